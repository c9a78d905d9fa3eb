"""Text as outlines in the bundled Thai font: shaping, widths, and lines that end between words.

Outlines look the same wherever a drawing is shown.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from matplotlib.ft2font import FT2Font, LoadFlags
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


# In these pieces a glyph depends on nothing outside its own: a Thai letter with the marks and vowels that
# hang on it, a digit, a space, a run of signs, which the font may kern, and a Latin word between spaces.
# Other text is shaped as a whole: what joins, and what is kerned, depends on where two scripts meet.
_HANGING = "\u0e31\u0e33-\u0e3a\u0e45\u0e47-\u0e4e"
_SIGNS = r"!-/:-@\[-`{-~\u00d7\u00b1\u2013\u2014\u2018-\u201d\u2022\u2026\u2264\u2265"
_PIECE = re.compile(
    rf"[\u0e01-\u0e30\u0e32\u0e40-\u0e44][{_HANGING}]*|[{_SIGNS}]+|[ 0-9\u0e50-\u0e59]"
    r"|(?<![^ ])[A-Za-z][A-Za-z0-9\u0e50-\u0e59]*(?![^ ])"
)


@dataclass(frozen=True)
class _Piece:
    """What :class:`Shaped` holds, and how far the next piece's glyphs stand from this one's (units)."""

    glyphs: tuple[Glyph, ...]
    width: float
    advance: float


@lru_cache(maxsize=4096)
def _piece(text: str, *, bold: bool) -> _Piece:
    font = _font(bold)
    placed, outlines, _ = _SHAPER.get_glyphs_with_font(font, text)
    for name, (vertices, codes) in outlines.items():
        if (bold, name) not in _outlines:
            _outlines[bold, name] = _path(vertices.tolist(), codes.tolist())
    glyphs = tuple(Glyph((bold, name), x, -y) for name, x, y, _ in placed if _outlines[bold, name])
    return _Piece(
        glyphs, _measured(font, text, LoadFlags.FORCE_AUTOHINT), _measured(font, text, LoadFlags.NO_HINTING)
    )


def _measured(font: Any, text: str, flags: LoadFlags) -> float:
    font.set_text(text, flags=flags)
    return float(font.get_width_height()[0]) / 64


def _pieces(text: str, *, bold: bool) -> list[_Piece]:
    parts = _PIECE.findall(text)
    return [_piece(part, bold=bold) for part in (parts if "".join(parts) == text else [text])]


@lru_cache(maxsize=4096)
def shaped(text: str, *, bold: bool = False) -> Shaped:
    """Shape one line of text that the font can draw (see :func:`ita_nb.document.fonts.printable`)."""
    glyphs: list[Glyph] = []
    width = at = 0.0
    for piece in _pieces(text, bold=bold):
        glyphs += [Glyph(glyph.key, at + glyph.x, glyph.y) for glyph in piece.glyphs]
        width, at = width + piece.width, at + piece.advance
    return Shaped(tuple(glyphs), width)


def outline(key: tuple[bool, str]) -> str:
    """Return the outline of a glyph of a text that was shaped before, as SVG path data."""
    return _outlines[key]


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of one line, in the unit of ``size``."""
    return _width(text, bold=bold) * size / UNITS


@lru_cache(maxsize=4096)
def _width(text: str, *, bold: bool) -> float:
    return sum(piece.width for piece in _pieces(text, bold=bold))


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
        if len(found) > lines:
            break
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
