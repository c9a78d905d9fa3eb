"""A sheet to draw on, in points from its upper left corner; it becomes a small SVG of shapes and outlines.

Every coordinate is written here, with two decimals; every text passes here, in the digits of the document
and without characters that the font cannot draw. The same drawing gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from ita_nb.document import fonts
from ita_nb.document.charts.lettering import (
    UNITS,
    number,
    outline,
    shaped,
    text_width,
    wrapped,
)
from ita_nb.document.charts.style import (
    GRID_LINE,
    INK,
    LABEL,
    LEADING,
    WHITE,
    WIDTH,
    Fill,
    Look,
    Mark,
    Stroke,
)
from ita_nb.thai import Digits, in_digits

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]

# From the middle of a line to the foot of its letters, to the font size: half a consonant's height,
# and a little: two marks above a letter reach higher than any below it.
_FOOT = 0.33
_HEIGHT = 1.2  # of a line with its vowels and tones, to the font size
_OUTLINE = Stroke(INK, 0.7)
_OF_MARKS = 1.2  # the width of their lines


@dataclass(frozen=True)
class Box:
    """Where a line of text stands."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other: Box) -> bool:
        """Say whether the two lie over one another."""
        aside = self.right <= other.left or other.right <= self.left
        return not (aside or self.bottom <= other.top or other.bottom <= self.top)


@dataclass(frozen=True)
class Drawing:
    """A finished chart, and where its texts stand."""

    svg: str
    texts: tuple[Box, ...] = field(repr=False)


class Canvas:
    """A white sheet as wide as the text of a page."""

    def __init__(self, digits: Digits) -> None:
        """Begin a drawing whose numbers are written in ``digits``."""
        self._digits = digits
        self._shapes: list[str] = []
        self._glyphs: dict[tuple[bool, str], str] = {}
        self._texts: list[Box] = []

    def drawing(self, height: float) -> Drawing:
        """Return what was drawn, on a sheet of the given height."""
        wide, high = number(WIDTH), number(height)
        outlines = "".join(f'<path id="{name}" d="{outline(key)}"/>' for key, name in self._glyphs.items())
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}pt" height="{high}pt" '
            f'viewBox="0 0 {wide} {high}" fill="{INK}"><defs>{outlines}</defs>'
            f'<path d="M0 0H{wide}V{high}H0z" fill="{WHITE}"/>{"".join(self._shapes)}</svg>'
        )
        return Drawing(svg, tuple(self._texts))

    # ------------------------------------------------------------------ shapes

    def line(self, points: Sequence[Point], stroke: Stroke = GRID_LINE) -> None:
        """Draw straight lines from point to point."""
        self._path(_through(points), stroke=stroke)

    def area(self, points: Sequence[Point], fill: str = "none", stroke: Stroke | None = None) -> None:
        """Draw a closed area."""
        self._path(_through(points) + "z", fill=fill, stroke=stroke)

    def rect(
        self, left: float, top: float, width: float, height: float, fill: Fill, stroke: Stroke = _OUTLINE
    ) -> None:
        """Draw an upright rectangle with its hatching and outline."""
        right, bottom = left + width, top + height
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        self.area(corners, fill.color)
        hatching = "".join(
            _through(line)
            for rising in fill.hatch
            for line in _hatching(corners[0], corners[2], rising, fill.gap)
        )
        if hatching:
            self._path(hatching, stroke=Stroke(fill.lines, 0.8))
        self.area(corners, stroke=stroke)

    def mark(self, at: Point, look: Look, radius: float = 3.6) -> None:
        """Draw a mark around a point."""
        if look.mark == "circle":
            x, y, r = (number(value) for value in (*at, radius))
            self._shapes.append(
                f'<circle cx="{x}" cy="{y}" r="{r}" fill="{look.fill}" stroke="{look.color}"'
                f' stroke-width="{_OF_MARKS}"/>'
            )
        elif look.mark == "cross":
            stroke = Stroke(look.color, 1.6)
            for sign in (1, -1):
                self.line(
                    [(at[0] - radius, at[1] - sign * radius), (at[0] + radius, at[1] + sign * radius)], stroke
                )
        else:
            points = [(at[0] + radius * x, at[1] + radius * y) for x, y in _FORMS[look.mark]]
            self.area(points, look.fill, Stroke(look.color, _OF_MARKS))

    def _path(self, data: str, fill: str = "none", stroke: Stroke | None = None) -> None:
        looks = f' stroke="{stroke.color}" stroke-width="{number(stroke.width)}"' if stroke else ""
        if stroke and stroke.dash:
            looks += f' stroke-dasharray="{" ".join(map(number, stroke.dash))}"'
        self._shapes.append(f'<path d="{data}" fill="{fill}"{looks}/>')

    # ------------------------------------------------------------------ text

    def _as_drawn(self, text: str) -> str:
        return fonts.printable(in_digits(text, self._digits))

    def width(self, text: str, size: float = LABEL, *, bold: bool = False) -> float:
        """Return the width of the widest line of a text as it will be drawn."""
        return max(text_width(line, size, bold=bold) for line in self._as_drawn(text).split("\n"))

    def wrapped(self, text: str, width: float, size: float = LABEL, *, lines: int = 2) -> str:
        """Break a text between words into at most ``lines`` lines of a width; the rest is left out."""
        return wrapped(self._as_drawn(text), width, size, lines=lines)

    def text(
        self,
        at: Point,
        text: str,
        *,
        anchor: Anchor = "start",
        size: float = LABEL,
        bold: bool = False,
        color: str = INK,
        ground: bool = False,
    ) -> None:
        """Write a text whose middle line is at ``at``; a white ``ground`` keeps lines from crossing it."""
        lines = self._as_drawn(text).split("\n")
        top = at[1] - (len(lines) - 1) * LEADING * size / 2
        for place, line in enumerate(lines):
            width = text_width(line, size, bold=bold)
            left = at[0] - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            self._line_of_text(
                (left, top + place * LEADING * size), line, size, color, bold=bold, ground=ground
            )

    def _line_of_text(
        self, at: Point, line: str, size: float, color: str, *, bold: bool, ground: bool
    ) -> None:
        if not line:
            return
        found = shaped(line, bold=bold)
        half = _HEIGHT * size / 2
        width = found.width * size / UNITS
        self._texts.append(Box(line, at[0], at[1] - half, at[0] + width, at[1] + half))
        if ground:
            left, right = at[0] - 1.5, at[0] + width + 1.5
            self.area(
                [(left, at[1] - half), (right, at[1] - half), (right, at[1] + half), (left, at[1] + half)],
                WHITE,
            )
        uses = "".join(
            f'<use href="#{self._name(glyph.key)}"{_place("x", glyph.x)}{_place("y", glyph.y)}/>'
            for glyph in found.glyphs
        )
        place = f"translate({number(at[0])} {number(at[1] + _FOOT * size)})scale({size / UNITS:g})"
        # Most text is in the colour of the whole drawing.
        fill = "" if color == INK else f' fill="{color}"'
        self._shapes.append(f'<g{fill} transform="{place}">{uses}</g>')

    def _name(self, key: tuple[bool, str]) -> str:
        return self._glyphs.setdefault(key, f"g{len(self._glyphs)}")


def _place(axis: str, value: float) -> str:
    return f' {axis}="{number(round(value))}"' if round(value) else ""


def _through(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


_FORMS: dict[Mark, tuple[Point, ...]] = {
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "triangle": ((0, -1.1), (1.1, 0.9), (-1.1, 0.9)),
    "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
}


def _hatching(corner: Point, opposite: Point, rising: int, gap: float) -> list[list[Point]]:
    """Return the slanting lines of a rectangle, cut at its edges: patterns are not drawn alike everywhere."""
    (left, top), (right, bottom) = corner, opposite
    width, height = right - left, bottom - top
    lines: list[list[Point]] = []
    start = gap / 2
    while start < width + height:
        # The line x + y = start, from the lower left to the upper right, inside the rectangle.
        ends = [(max(0.0, start - height), min(start, height)), (min(start, width), max(0.0, start - width))]
        if rising < 0:
            ends = [(x, height - y) for x, y in ends]
        lines.append([(left + x, top + y) for x, y in ends])
        start += gap * 2**0.5
    return lines
