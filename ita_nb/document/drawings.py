"""A drawing as a page takes it: its shape, and its words apart from its lines.

Charts carry each line of text as outlines, which look the same everywhere, and beside them say what the
outlines spell (:data:`SPELT`). Where the bundled font is at hand, as in a PDF, the words can be set as text:
they can be searched, and the file holds no outline of every letter.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

# The attribute of a group of outlines that says what they spell.
SPELT = "data-text"

_TAG = re.compile(r"<svg\b[^>]*>")
_NUMBER = r"(\d+(?:\.\d+)?)(?![\d.])"
_VIEW_BOX = re.compile(rf"""\sviewBox\s*=\s*["']\s*[^\s,]+[\s,]+[^\s,]+[\s,]+{_NUMBER}[\s,]+{_NUMBER}""")
_SIDES = tuple(re.compile(rf"""\s{side}\s*=\s*["']\s*{_NUMBER}""") for side in ("width", "height"))
_PLACE = r"-?\d+(?:\.\d+)?"
_SPELT_GROUP = re.compile(
    rf'<g {SPELT}="(?P<text>[^"]*)" data-size="(?P<size>\d+(?:\.\d+)?)"(?P<bold> data-bold="1")?'
    r'(?: fill="(?P<color>#[0-9a-fA-F]{6})")? '
    rf'transform="translate\((?P<x>{_PLACE}) (?P<y>{_PLACE})\)[^"]*">(?:<use [^>]*/>)*</g>'
)


@dataclass(frozen=True)
class Words:
    """A line of text in a drawing: where its foot line begins, its size, in the drawing's own unit."""

    text: str
    x: float
    y: float
    size: float
    bold: bool
    color: str | None


def size_of(svg: str) -> tuple[float, float] | None:
    """Return width and height of a drawing in its own unit; ``None`` when it does not say."""
    tag = _TAG.search(svg)
    if tag is None:
        return None
    box = _VIEW_BOX.search(tag[0])
    sides = [side.search(tag[0]) for side in _SIDES]
    numbers = [float(text) for text in (box.groups() if box else [side[1] for side in sides if side])]
    return (numbers[0], numbers[1]) if len(numbers) == 2 and all(numbers) else None


def words_apart(svg: str) -> tuple[str, tuple[Words, ...]]:
    """Return the drawing without its spelt outlines, and what they spell."""
    found = tuple(
        Words(
            html.unescape(group["text"]),
            float(group["x"]),
            float(group["y"]),
            float(group["size"]),
            group["bold"] is not None,
            group["color"],
        )
        for group in _SPELT_GROUP.finditer(svg)
    )
    return (_SPELT_GROUP.sub("", svg), found) if found else (svg, ())
