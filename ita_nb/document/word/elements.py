"""WordprocessingML in Python: elements, paragraphs, runs, fields. All text passes here and stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.oxml.xmlchemy import BaseOxmlElement

from ita_nb.thai import visible

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
