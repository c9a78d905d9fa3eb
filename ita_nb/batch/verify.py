"""Verify a made file before it counts as done: right agency, right year, right numbers, nothing broken."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from html import unescape
from itertools import pairwise
from textwrap import shorten
from zipfile import BadZipFile

import pikepdf
import pypdfium2

from ita_nb.batch.expected import Expected
from ita_nb.batch.said import ABSENT, UnverifiedError, numbers_in, squeezed
from ita_nb.document.fonts import printable
from ita_nb.document.pdf_runs import fonts_of, runs_of
from ita_nb.facts.rules import load_rules
from ita_nb.frames import SPILLED
from ita_nb.thai import visible

_LONGEST_QUOTED = 300  # characters of a text that a message repeats
_HEADER = 400  # characters that may stand above the text of a page
_DIGITS = "0123456789๐๑๒๓๔๕๖๗๘๙"
_OPENS = "แฟ้มที่เปิดได้"
_NOT_SEEN = re.compile(r"<style.*?</style>|<svg.*?</svg>|<[^>]+>", re.DOTALL)
_EMBEDDED = ("/FontFile", "/FontFile2", "/FontFile3")


def verify_html(content: bytes, expected: Expected, shown_as: str) -> None:
    """Verify an HTML report. Raises UnverifiedError naming what is wrong."""
    text = html_text(content, shown_as)
    _verify([text], expected, expected.numbers + expected.behind_figures, visible, shown_as)


def html_text(content: bytes, shown_as: str) -> str:
    """Return the text of an HTML file but for its figures. Raises UnverifiedError where it is no text."""
    try:
        page = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnverifiedError(shown_as, _OPENS, str(error)) from error
    return unescape(_NOT_SEEN.sub(" ", page))


def verify_docx(content: bytes, expected: Expected, shown_as: str) -> None:
    """Verify a Word report: it opens, and says what it must. Raises UnverifiedError."""
    import docx
    from docx.oxml.ns import qn

    try:
        body = docx.Document(io.BytesIO(content)).element.body
    except (BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise UnverifiedError(shown_as, _OPENS, f"{type(error).__name__}: {error}") from error
    # Some paragraphs lie in the cells of tables, and some texts in links.
    piece, ends = qn("w:t"), (qn("w:p"), qn("w:br"))
    text = "".join(e.text or "" if e.tag == piece else "\n" for e in body.iter(piece, *ends))
    _verify([text], expected, expected.numbers, visible, shown_as)


def verify_pdf(content: bytes, expected: Expected, shown_as: str) -> int:
    """Verify a PDF report: it opens, every page says something, every letter can be drawn; return its pages.

    Raises UnverifiedError.
    """
    pages = pdf_pages(content, shown_as)
    fewest, most = load_rules().pages[expected.task.document]
    if not fewest <= len(pages) <= most:
        raise UnverifiedError(shown_as, f"เอกสาร {fewest}-{most} หน้า", f"{len(pages)} หน้า")
    _verify(pages, expected, expected.numbers + expected.in_figures, printable, shown_as)
    return len(pages)


def pdf_pages(content: bytes, shown_as: str) -> list[str]:
    """Return the text of each page of a PDF that opens, with something on every page, its letters all drawn.

    Raises UnverifiedError for any other.
    """
    try:
        pages = _page_texts(content)
        _verify_glyphs(content, shown_as)
    except (pypdfium2.PdfiumError, pikepdf.PdfError) as error:
        raise UnverifiedError(shown_as, _OPENS, str(error)) from error
    empty = [str(number) for number, text in enumerate(pages, start=1) if not text.strip()]
    if empty:
        raise UnverifiedError(shown_as, "ทุกหน้ามีเนื้อหา", f"หน้าว่าง {', '.join(empty)}")
    return pages


def _page_texts(content: bytes) -> list[str]:
    texts = []
    document = pypdfium2.PdfDocument(content)
    try:
        for page in document:
            textpage = page.get_textpage()
            texts.append(textpage.get_text_range())
            textpage.close()
            page.close()
    finally:
        document.close()
    return texts


def _verify_glyphs(content: bytes, shown_as: str) -> None:
    """Check that every font is in the file and no glyph is the box that stands for a missing one."""
    absent: set[str] = set()
    with pikepdf.open(io.BytesIO(content)) as document:
        for number, page in enumerate(document.pages, start=1):
            fonts = page.resources.get("/Font", pikepdf.Dictionary())
            absent |= {str(font.get("/BaseFont")) for _, font in fonts.items() if not _is_embedded(font)}
            drawn = page.Contents.read_bytes() if "/Contents" in page else b""
            # Reading the runs of every page would take longer than all else here.
            suspect = b"\\000\\000" in drawn or b"\0\0" in drawn or b"<0000" in drawn
            if suspect and any(0 in run.glyphs for run in runs_of(drawn, fonts_of(page, {}))):
                raise UnverifiedError(shown_as, "ทุกตัวอักษรมีรูปในแบบอักษร", f"ช่องแทนตัวอักษรในหน้า {number}")
    if absent:
        raise UnverifiedError(shown_as, "แบบอักษรฝังอยู่ในแฟ้มทุกแบบ", ", ".join(sorted(absent)))


def _is_embedded(font: pikepdf.Object) -> bool:
    whole = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    described = whole.get("/FontDescriptor", pikepdf.Dictionary())
    return any(name in described for name in _EMBEDDED)


def _verify(
    pages: Sequence[str],
    expected: Expected,
    numbers: Counter[str],
    drawn: Callable[[str], str],
    shown_as: str,
) -> None:
    """Check what the text of a file must and must not hold; ``drawn`` is how the format changes a text."""
    if not shown_as.startswith(f"{expected.task.stem}."):
        raise UnverifiedError(shown_as, f"ชื่อแฟ้ม {expected.task.stem}", shown_as)
    text, texts = "\n".join(pages), [squeezed(page) for page in pages]
    for phrase in expected.phrases:
        if not _stands(squeezed(drawn(phrase.text)), texts):
            said = shorten(phrase.text, _LONGEST_QUOTED, placeholder=" …")
            raise UnverifiedError(shown_as, f'{phrase.what_th} "{said}"', ABSENT)
    found = numbers_in([text])
    for number, count in (numbers - found).items():
        wanted = numbers[number]
        times = f"ตัวเลข {number} {wanted} แห่ง ตามสมุดบันทึก"
        raise UnverifiedError(shown_as, times, f"{wanted - count} แห่ง")
    spilled = next((m.group() for m in SPILLED.finditer(text) if m.group() not in expected.own_words), None)
    if spilled or "\0" in text:
        clean = "ไม่มีค่าว่าง ข้อความของโปรแกรม หรือตัวอักษรที่หายไป"
        raise UnverifiedError(shown_as, clean, spilled or "U+0000")


def _stands(phrase: str, pages: Sequence[str]) -> bool:
    """Whether a text stands on one of the pages, or ends one, but for its number, and begins the next."""
    if any(phrase in page for page in pages):
        return True
    for page, after in pairwise(pages):
        body, top = page.rstrip(_DIGITS), after[: _HEADER + len(phrase)]
        if any(body.endswith(phrase[:cut]) and phrase[cut:] in top for cut in range(1, len(phrase))):
            return True
    return False
