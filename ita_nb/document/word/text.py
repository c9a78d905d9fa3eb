"""Text as paragraphs: lists hang, captions are numbered by fields; and how much room text will take."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ita_nb.document import sheet
from ita_nb.document.layout import LIST_MARK
from ita_nb.document.lines import width_of
from ita_nb.document.sheet import TextStyle
from ita_nb.document.word.elements import Element, clean, field, paragraph, run
from ita_nb.thai import to_arabic_digits

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
