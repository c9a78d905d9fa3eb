"""A drawing as a page takes it: its shape, and its words apart from its lines.

The words of a figure are text. Typst reads every sara am of a drawing wrongly, so they are taken out and set
by themselves, like those of the page.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ita_nb.document import fonts
from ita_nb.document.svg import safe_file

_TAG = re.compile(r"<svg\b[^>]*>")
_PLACE, _NUMBER = r"-?\d+(?:\.\d+)?", r"(\d+(?:\.\d+)?)(?![\d.])"
_VIEW_BOX = re.compile(
    rf"""\sviewBox\s*=\s*["']\s*({_PLACE})[\s,]+({_PLACE})[\s,]+{_NUMBER}[\s,]+{_NUMBER}"""
)
_SIDES = tuple(re.compile(rf"""\s{side}\s*=\s*["']\s*{_NUMBER}""") for side in ("width", "height"))
_WORDS = re.compile(r"(?<=>)[^<]+(?=</text>)")
# A line of words as :mod:`ita_nb.document.figures` writes it.
_LINE = re.compile(
    rf'<text x="(?P<x>{_PLACE})" y="(?P<y>{_PLACE})" font-size="(?P<size>[\d.]+)"'
    r'(?P<bold> font-weight="700")? fill="(?P<color>#[0-9a-f]{6})"(?: opacity="(?P<opacity>[\d.]+)")?'
    rf'(?: text-anchor="(?P<anchor>middle|end)")?(?: transform="rotate\((?P<angle>{_PLACE}) [^"]*")?'
    r">(?P<text>[^<]+)</text>"
)
_BEFORE_ANCHOR = {None: 0.0, "middle": 0.5, "end": 1.0}  # share of the words


@dataclass(frozen=True)
class Words:
    """A line of text in a drawing: where its foot begins, from the upper left corner, in the drawing's unit.

    From there it runs, turned clockwise by ``angle`` degrees. ``color`` is ``#rrggbb`` or ``#rrggbbaa``.
    """

    text: str
    x: float
    y: float
    size: float
    bold: bool
    color: str
    angle: float


def size_of(svg: str) -> tuple[float, float] | None:
    """Return width and height of a drawing in its own unit; ``None`` when it does not say."""
    box = _box_of(svg)
    return (box[2], box[3]) if box else None


def _box_of(svg: str) -> list[float] | None:
    """Return left, top, width and height of a drawing."""
    tag = _TAG.search(svg)
    if tag is None:
        return None
    box = _VIEW_BOX.search(tag[0])
    sides = [side.search(tag[0]) for side in _SIDES]
    numbers = list(map(float, box.groups() if box else ["0", "0", *(side[1] for side in sides if side)]))
    return numbers if len(numbers) == 4 and all(numbers[2:]) else None


def words_apart(svg: str) -> tuple[str, tuple[Words, ...]]:
    """Return the drawing without its words, and these."""
    box = _box_of(svg)
    found = tuple(_words(line, box[0], box[1]) for line in _LINE.finditer(svg)) if box else ()
    return (_LINE.sub("", svg), found) if found else (svg, ())


def _words(line: re.Match[str], left: float, top: float) -> Words:
    text, size, bold = fonts.printable(html.unescape(line["text"])), float(line["size"]), bool(line["bold"])
    angle = float(line["angle"] or 0)
    before = fonts.width_of(text, size, bold=bold) * _BEFORE_ANCHOR[line["anchor"]]
    x = float(line["x"]) - left - before * math.cos(math.radians(angle))
    y = float(line["y"]) - top - before * math.sin(math.radians(angle))
    through = f"{round(255 * float(line['opacity'])):02x}" if line["opacity"] else ""
    return Words(text, x, y, size, bold, line["color"] + through, angle)


def words_changed(svg: str, change: Callable[[str], str]) -> str:
    """Return the drawing with every line of its words changed."""
    return _WORDS.sub(lambda words: html.escape(change(html.unescape(words[0])), quote=False), svg)


def for_typst(svg: str, width: float, tallest: float) -> dict[str, Any]:
    """Return what ``drawing.typ`` draws, as JSON takes it: ``width`` points wide, or less where too high.

    Raises :class:`~ita_nb.errors.RenderError` when ``svg`` is not one well-formed SVG element.
    """
    size, (rest, words) = size_of(svg), words_apart(svg)
    if size is not None:
        width = min(width, tallest * size[0] / size[1])
    scale = width / size[0] if size else 1.0
    return {
        "svg": safe_file(rest),
        "width": width,
        "words": [
            [w.text, w.x * scale, w.y * scale, w.size * scale, w.bold, w.color, w.angle] for w in words
        ],
    }
