"""WordprocessingML in Python: elements, paragraphs, runs, fields. All text passes here and stays text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.oxml.xmlchemy import BaseOxmlElement

from ita_nb.document import sheet
from ita_nb.document.layout import LIST_MARK
from ita_nb.document.lines import width_of
from ita_nb.document.sheet import TextStyle
from ita_nb.thai import to_arabic_digits, visible

Element: TypeAlias = BaseOxmlElement

# Characters that no XML file may hold; the control characters among them are not visible anyway.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_THAI = re.compile("[\u0e00-\u0e7f]")


def clean(text: str) -> str:
    """Return ``text`` without what cannot be seen or cannot stand in a file; ``\\n`` stays."""
    return _NOT_XML.sub("", visible(text))


def plain(text: str) -> str:
    """Return ``text`` on one line, for places that hold no layout (alternative text, metadata)."""
    return " ".join(clean(text).split())


def element(tag: str, *children: Element | None, **attributes: object) -> Element:
    """Return ``<w:tag>`` with its ``w:`` attributes and children; a child that is None is left out."""
    made: Element = OxmlElement(
        f"w:{tag}", {qn(f"w:{name}"): str(value) for name, value in attributes.items()}
    )
    made.extend([child for child in children if child is not None])
    return made


def run(text: str, *, bold: bool = False) -> Element:
    """Return a run of ``text``; ``\\n`` becomes a line break.

    Thai is a complex script to Word: a run that holds some says so, and is set by the settings for it.
    """
    cleaned = clean(text).strip("\n")
    is_thai = element("cs") if _THAI.search(cleaned) else None
    weight = [element("b"), element("bCs")] if bold else []
    made = element("r")
    if weight or is_thai is not None:
        made.append(element("rPr", *weight, is_thai))
    for number, line in enumerate(cleaned.split("\n")):
        if number:
            made.append(element("br"))
        if line:
            made.append(_words(line, "t"))
    return made


def tab() -> Element:
    """Return a run that is one tab."""
    return element("r", element("tab"))


def field(instruction: str, result: str) -> list[Element]:
    """Return the runs of a field that Word computes anew, with its result for the time being."""
    code = element("r", _words(f" {instruction} ", "instrText"))
    return [_mark("begin"), code, _mark("separate"), run(result), _mark("end")]


def opened_field(instruction: str) -> list[Element]:
    """Return the beginning of a field that runs over paragraphs; Word is told that its result is old."""
    code = element("r", _words(f" {instruction} ", "instrText"))
    return [_mark("begin", dirty="true"), code, _mark("separate")]


def closed_field() -> Element:
    """Return the end of an opened field."""
    return _mark("end")


def paragraph(
    style: str,
    content: Iterable[Element] = (),
    *,
    keep_next: bool = False,
    before: int | None = None,
    hanging: tuple[int, int] | None = None,
    dots: int | None = None,
    align: str = "",
) -> Element:
    """Return a paragraph of ``style`` and whatever of it differs from the style.

    ``keep_next``: on one page with the next paragraph. In twentieths of a point: ``before`` is the space
    over it; ``hanging`` is its indent, and how far its first line stands out of it; a tab fills the line
    with dots up to ``dots``.
    """
    indent = {"left": hanging[0], "hanging": hanging[1]} if hanging else {}
    stop = element("tab", val="right", leader="dot", pos=dots) if dots is not None else None
    properties = element(
        "pPr",
        element("pStyle", val=style),
        element("keepNext") if keep_next else None,
        element("tabs", stop) if stop is not None else None,
        element("spacing", before=before) if before is not None else None,
        element("ind", **indent) if indent else None,
        element("jc", val=align) if align else None,
    )
    return element("p", properties, *content)


def _words(text: str, tag: str) -> Element:
    made = element(tag)
    made.text = text
    # Without it Word drops the spaces at either end.
    made.set(qn("xml:space"), "preserve")
    return made


def _mark(kind: str, **attributes: str) -> Element:
    return element("r", element("fldChar", fldCharType=kind, **attributes))


# ---------------------------------------------------------------- lists, captions, room


_CAPTION = re.compile(r"(ตาราง|ภาพ)ที่ ([0-9๐-๙]+) ")


def twips(points: float) -> int:
    """Return a length in Word's unit, twentieths of a point."""
    return round(points * 20)


def hanging(text: str, style: TextStyle, indent: float = 0.0) -> tuple[int, int] | None:
    """Return indent and overhang (twentieths of a point) that put the text of a list item under itself."""
    mark = LIST_MARK.match(clean(text))
    if mark is None:
        return None
    overhang = width_of(mark.group(), style)
    return twips(indent + overhang), twips(overhang)


def cell_paragraphs(text: str, style: str, *, align: str = "", keep_next: bool = False) -> Iterator[Element]:
    """Yield each line of a cell as a paragraph of its own, so that each item of a list hangs."""
    for line in clean(text).strip("\n").split("\n"):
        yield paragraph(
            style,
            [run(line)] if line else [],
            keep_next=keep_next,
            hanging=hanging(line, sheet.CELL) if align in {"", "left"} else None,
            align="" if align == "left" else align,
        )


def caption(text: str) -> Element:
    """Return a caption, kept with what follows; its number is a field, so that Word numbers anew.

    ``text`` is the whole caption, as the layout gives it: ``ตารางที่ 3 ...``.
    """
    found = _CAPTION.match(text)
    if found is None:
        return paragraph("Caption", [run(text)])
    word, number = found.groups()
    digits = "ARABIC" if to_arabic_digits(number) == number else "THAIARABIC"
    content = [run(f"{word}ที่ "), *field(rf"SEQ {word} \* {digits}", number)]
    return paragraph("Caption", [*content, run(f" {text[found.end() :]}")])


def height_of(text: str, style: TextStyle, width: float) -> float:
    """Estimate how high (points) ``text`` will be in a column of ``width`` points."""
    lines = sum(
        max(1, math.ceil(width_of(line, style) / max(width, 1.0))) for line in clean(text).split("\n")
    )
    return lines * style.size * (sheet.LINE_HEIGHT + style.leading)
