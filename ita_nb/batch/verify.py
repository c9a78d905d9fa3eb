"""Verify a made document before it counts as done: right agency, right year, nothing broken in it."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import pypdfium2
from pydantic import BaseModel

from ita_nb.case import Case
from ita_nb.document.fonts import printable
from ita_nb.errors import RenderError
from ita_nb.progress import ProgressCase
from ita_nb.thai import Digits, in_digits, visible

# What a missing value or a raw Python object looks like when it slips into a document.
_SPILLED = re.compile(r"\b(nan|None|NaT|Traceback|Fraction\(|<built-in)\b")


def verify_html(content: bytes, case: Case | ProgressCase, *, digits: Digits, shown_as: str) -> None:
    """Verify an HTML report. Raises RenderError naming what is wrong."""
    from html import unescape

    text = content.decode("utf-8")
    body = re.sub(r"<style.*?</style>|<svg.*?</svg>|<[^>]+>", " ", text, flags=re.DOTALL)
    _verify_text(unescape(body), visible(case.agency.name_th), case, digits, shown_as)


def verify_pdf(content: bytes, case: Case | ProgressCase, *, digits: Digits, shown_as: str) -> None:
    """Verify a PDF report: it opens, has pages, and says what it must. Raises RenderError."""
    document = pypdfium2.PdfDocument(content)
    try:
        texts = []
        for page in document:
            textpage = page.get_textpage()
            texts.append(textpage.get_text_range())
            textpage.close()
            page.close()
    finally:
        document.close()
    empty = [str(i) for i, text in enumerate(texts, start=1) if not text.strip()]
    if empty or not texts:
        _fail(shown_as, "ทุกหน้ามีเนื้อหา", f"หน้าว่าง {', '.join(empty) or 'ทั้งเอกสาร'}")
    _verify_text("\n".join(texts), printable(case.agency.name_th), case, digits, shown_as)


def verify_docx(content: bytes, case: Case | ProgressCase, *, digits: Digits, shown_as: str) -> None:
    """Verify a Word report: it opens, and says what it must. Raises RenderError."""
    import docx
    from docx.oxml.ns import qn

    body = docx.Document(io.BytesIO(content)).element.body
    # Some paragraphs lie in the cells of tables, and some texts in links.
    text = "\n".join("".join(paragraph.itertext(qn("w:t"))) for paragraph in body.iter(qn("w:p")))
    _verify_text(text, visible(case.agency.name_th), case, digits, shown_as)


def _own_words(case: Case | ProgressCase) -> set[str]:
    """What looks like a spill but is people's own text: an agency may write "None", and Nan is a province."""
    inputs = [case.record, case.problems, *([case.trend] if isinstance(case, Case) else [])]
    return {found.group() for text in _texts(inputs) for found in _SPILLED.finditer(text)}


def _texts(value: object) -> Iterator[str]:
    """Yield every text inside records, models and collections."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        yield from _texts(value.model_dump(mode="json"))
    elif isinstance(value, Mapping):
        yield from _texts([*value.keys(), *value.values()])
    elif is_dataclass(value):
        yield from _texts([getattr(value, f.name) for f in fields(value)])
    elif isinstance(value, (list, tuple)):
        for member in value:
            yield from _texts(member)


def _verify_text(text: str, name: str, case: Case | ProgressCase, digits: Digits, shown_as: str) -> None:
    squeezed = _squeezed(text)
    parts = ("ส่วนที่ 1", "ส่วนที่ 2", *(("ส่วนที่ 3",) if isinstance(case, Case) else ()))
    expected = [name, f"ปีงบประมาณ พ.ศ. {case.fiscal_year}", *parts]
    for phrase in expected:
        if _squeezed(in_digits(phrase, digits)) not in squeezed:
            _fail(shown_as, f'มีข้อความ "{phrase}"', "ไม่มีในเอกสาร")
    own = _own_words(case)
    spilled = next((found for found in _SPILLED.finditer(text) if found.group() not in own), None)
    if spilled:
        _fail(shown_as, "ไม่มีค่าว่างหรือข้อความของโปรแกรมในเอกสาร", spilled.group())


def _squeezed(text: str) -> str:
    # Lines end anywhere between words, so white space says nothing about what a document says.
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text))


def _fail(shown_as: str, expected: str, found: str) -> None:
    raise RenderError(
        where=shown_as,
        expected=expected,
        found=found,
        todo="แจ้งผู้ดูแลโปรแกรมพร้อมแฟ้มข้อมูลของหน่วยงาน เอกสารนี้ยังไม่ถูกนำไปวางในโฟลเดอร์ผลลัพธ์",
    )
