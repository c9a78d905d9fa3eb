"""Text as outlines in the bundled Thai font: shaping, widths, and lines that end between words.

Outlines look the same wherever a drawing is shown.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from matplotlib.ft2font import FT2Font
from matplotlib.textpath import TextToPath

from ita_nb.document import fonts
from ita_nb.thai import words

# So many units are the font size, and outlines lie on a grid of three units: in print that is a fraction of
# a dot, and in PDF, which knows curves by thirds only, every number of a curve is whole and short.
UNITS = 600
_GRID = 3
MORE = "…"
_MOST_LETTERS = 12  # in a width of the font size, marks above and below among them


@dataclass(frozen=True)
class Glyph:
    """A glyph of a text: the key of its outline, and where it stands (units, y downwards)."""

    key: tuple[bool, str]
    x: float
    y: float


@dataclass(frozen=True)
class Shaped:
    """A text of one line, shaped: its glyphs from left to right, and its width (units)."""

    glyphs: tuple[Glyph, ...]
    width: float


@cache
def _font(bold: bool) -> Any:  # noqa: FBT001 matplotlib's type; the two fonts are told apart by this alone
    font = FT2Font(str(fonts.BOLD if bold else fonts.REGULAR))
    font.set_size(UNITS, 72)
    return font


# An open font is read from a place in its file, which a process and its forks would move for each other.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_font.cache_clear)

_SHAPER = TextToPath()
_outlines: dict[tuple[bool, str], str] = {}


@lru_cache(maxsize=4096)
def shaped(text: str, *, bold: bool = False) -> Shaped:
    """Shape one line of text that the font can draw (see :func:`ita_nb.document.fonts.printable`)."""
    font = _font(bold)
    placed, outlines, _ = _SHAPER.get_glyphs_with_font(font, text)
    for name, (vertices, codes) in outlines.items():
        if (bold, name) not in _outlines:
            _outlines[bold, name] = _path(vertices.tolist(), codes.tolist())
    font.set_text(text)
    width = font.get_width_height()[0] / 64
    glyphs = (Glyph((bold, name), x, -y) for name, x, y, _ in placed if _outlines[bold, name])
    return Shaped(tuple(glyphs), width)


def outline(key: tuple[bool, str]) -> str:
    """Return the outline of a glyph of a text that was shaped before, as SVG path data."""
    return _outlines[key]


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of one line, in the unit of ``size``."""
    return shaped(text, bold=bold).width * size / UNITS if text else 0.0


def number(value: float) -> str:
    """Write a coordinate with at most two decimals: far finer than any printer."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def numbers(values: Sequence[float]) -> str:
    """Write coordinates; a sign parts two numbers as well as a space does."""
    return "".join(
        text if i == 0 or text[0] == "-" else f" {text}" for i, text in enumerate(map(number, values))
    )


# matplotlib's codes of a path, and how many points each takes.
_MOVE, _LINE, _CURVE, _CUBIC, _CLOSE = 1, 2, 3, 4, 79
_POINTS = {_MOVE: 1, _LINE: 1, _CURVE: 2, _CUBIC: 3}
_LETTERS = {_MOVE: "M", _LINE: "l", _CURVE: "q", _CUBIC: "c", _CLOSE: "z"}


def _path(vertices: Sequence[Sequence[float]], codes: Sequence[int]) -> str:
    """Write an outline on the grid of units, each step relative to the last point, which is shorter."""
    pieces: list[str] = []
    at, last = (0, 0), _CLOSE
    for code, points in _steps(vertices, codes):
        origin = (0, 0) if code == _MOVE else at
        steps = numbers([p - q for point in points for p, q in zip(point, origin, strict=True)])
        if code == _CLOSE:
            steps = ""
        elif code == last:  # the letter need not be said again
            steps = steps if steps.startswith("-") else f" {steps}"
        pieces.append(steps if code == last else _LETTERS[code] + steps)
        at, last = points[-1] if code != _CLOSE else at, code
    return "".join(pieces)


def _steps(
    vertices: Sequence[Sequence[float]], codes: Sequence[int]
) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield each step of a path with its points on the grid, y downwards."""
    place = 0
    while place < len(codes):
        length = _POINTS.get(codes[place], 1)
        yield codes[place], [(_on_grid(x), _on_grid(-y)) for x, y in vertices[place : place + length]]
        place += length


def _on_grid(value: float) -> int:
    return _GRID * round(value / _GRID)


def wrapped(text: str, width: float, size: float, *, bold: bool = False, lines: int = 2) -> str:
    """Break ``text`` between words into lines of at most ``width``; what does not fit ends in an ellipsis.

    ``width`` is in the unit of ``size``. White space, line breaks among it, is taken as single spaces.
    """
    found = [""]
    # Nobody writes a label of many pages; of a slip only what could fit is worth setting.
    could_fit = int(lines * width / size * _MOST_LETTERS)
    for word in words(" ".join(text.split())[: max(0, could_fit)]):
        if text_width((found[-1] + word).rstrip(), size, bold=bold) > width and found[-1].strip():
            found.append("")
        found[-1] += word if found[-1] or not word.isspace() else ""
    shown = [line.rstrip() for line in found[:lines]]
    if len(found) > lines:
        shown[-1] += MORE
    return "\n".join(_cut(line, width, size, bold=bold) for line in shown)


def _cut(line: str, width: float, size: float, *, bold: bool) -> str:
    """Shorten a line that is too long by whole words, a single word by characters."""
    if text_width(line, size, bold=bold) <= width:
        return line
    pieces = words(line.removesuffix(MORE))
    if len(pieces) == 1:
        pieces = list(pieces[0])

    def shortened(count: int) -> str:
        return "".join(pieces[:count]).rstrip() + MORE

    def too_long(count: int) -> bool:
        return text_width(shortened(count), size, bold=bold) > width

    return shortened(bisect_left(range(1, len(pieces)), x=True, key=too_long))
