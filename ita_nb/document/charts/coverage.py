"""Which measure answers which weakness, and what is left over on either side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ita_nb.document.charts.canvas import Canvas, Drawing
from ita_nb.document.charts.legend import draw_legend
from ita_nb.document.charts.style import (
    AXIS,
    FULL_BAR,
    GRID_LINE,
    INK,
    LEADING,
    SMALL,
    TINY,
    WEAK_BAR,
    WHITE,
    WIDTH,
    Look,
)
from ita_nb.thai import Digits

CONFIRMED = Look("circle", FULL_BAR, FULL_BAR)
DRAFT = Look("circle", FULL_BAR, WHITE)
WITHOUT_MEASURE = Look("cross", WEAK_BAR, WEAK_BAR)
WITHOUT_WEAKNESS = Look("diamond", INK, WHITE)

_HEADINGS = ("ข้อที่ต้องยกระดับ", "มาตรการที่")
_UNFOUNDED = "ไม่มีข้อที่ต้องยกระดับรองรับ"
_WIDEST_COLUMN, _WIDEST_LABEL = 26.0, 300.0
_BESIDE_HEADINGS = 9.0  # the room between the two, and behind the second
_TOP = 16.0
_SPACIOUS, _CLOSE = 10, 22  # so many rows at most


@dataclass(frozen=True)
class Answered:
    """A weakness: its label, the places (from 0) of its measures, and words for having none."""

    label: str
    by: frozenset[int]
    without: str = ""


@dataclass(frozen=True)
class _Sizes:
    """How rows are set: the size of their text, most lines of a label, and the room around it."""

    text: float
    lines: int
    padding: float


def coverage_chart(
    weaknesses: Sequence[Answered], confirmed: Sequence[bool], digits: Digits
) -> Drawing | None:
    """Draw weaknesses as rows, measures as numbered columns, and a mark where one answers the other.

    ``confirmed`` says of each measure whether it is confirmed or a draft; the two have different marks. A
    row without a mark has a cross and words at its end, a column without one a diamond in a last row.
    There must be at least one of each. ``None`` where so many columns leave the labels too little room.
    """
    canvas = Canvas(digits)
    sizes = _sizes(len(weaknesses))
    unfounded = sorted(set(range(len(confirmed))) - {place for one in weaknesses for place in one.by})
    widths = _widths(canvas, weaknesses, len(confirmed), sizes)
    if widths is None:
        return None
    matrix = _Matrix(canvas, widths, len(confirmed), sizes)
    for one in weaknesses:
        matrix.add_row(one.label)
        for place in sorted(one.by):
            matrix.mark(place, CONFIRMED if confirmed[place] else DRAFT)
        if not one.by:
            matrix.mark_end(one.without)
    if unfounded:
        matrix.add_row(_UNFOUNDED)
        for place in unfounded:
            matrix.mark(place, WITHOUT_WEAKNESS)
    bottom = matrix.finish()
    answering = {confirmed[place] for one in weaknesses for place in one.by}
    meanings = (
        (CONFIRMED, "มาตรการที่ยืนยันแล้ว", True in answering),
        (DRAFT, "ร่างมาตรการ", False in answering),
        (WITHOUT_MEASURE, "ข้อที่ไม่มีมาตรการ", any(not one.by for one in weaknesses)),
        (WITHOUT_WEAKNESS, "มาตรการที่ไม่มีข้อรองรับ", bool(unfounded)),
    )
    draw_legend(canvas, bottom + 13, [(look, meaning) for look, meaning, is_used in meanings if is_used])
    return canvas.drawing(bottom + 21)


def _sizes(rows: int) -> _Sizes:
    if rows <= _SPACIOUS:
        return _Sizes(SMALL, 2, 6.5)
    return _Sizes(SMALL, 1, 2.8) if rows <= _CLOSE else _Sizes(TINY, 1, 2.2)


def _widths(
    canvas: Canvas, weaknesses: Sequence[Answered], columns: int, sizes: _Sizes
) -> tuple[float, float] | None:
    """Return the widths of the labels and of a column; ``None`` where they do not fit side by side."""
    ends = [canvas.width(one.without, sizes.text) + 18 for one in weaknesses if not one.by]
    room = WIDTH - max(ends, default=0.0)
    labels = [*(one.label for one in weaknesses), _UNFOUNDED]
    headings = canvas.width("".join(_HEADINGS), SMALL, bold=True)
    longest = max(headings + 18, *(canvas.width(label, sizes.text) + 8 for label in labels))
    # Labels leave the columns as much as their numbers need, but never less than their own headings.
    narrow = canvas.width(f"{columns}", TINY) + 4
    left = min(longest, _WIDEST_LABEL, room - columns * narrow)
    if left < headings + _BESIDE_HEADINGS:
        return None
    return left, min(_WIDEST_COLUMN, (room - left) / columns)


class _Matrix:
    """Rows and columns of cells, drawn from the top; ``widths`` are those of the labels and of a column."""

    def __init__(self, canvas: Canvas, widths: tuple[float, float], columns: int, sizes: _Sizes) -> None:
        self._canvas, self._sizes, self._columns = canvas, sizes, columns
        self._left, self._wide = widths
        self._right = self._left + columns * self._wide
        self._edges = [_TOP]
        self._middle = 0.0
        self._draw_headings()

    def _draw_headings(self) -> None:
        first, second = _HEADINGS
        self._canvas.text((0, _TOP - 8), first, size=SMALL, bold=True)
        self._canvas.text((self._left - 5, _TOP - 8), second, anchor="end", size=SMALL, bold=True)
        size = SMALL if self._canvas.width(f"{self._columns}", SMALL) + 3 < self._wide else TINY
        for place in range(self._columns):
            at = (self._at(place), _TOP - 8)
            self._canvas.text(at, f"{place + 1}", anchor="middle", size=size)

    def _at(self, place: int) -> float:
        return self._left + (place + 0.5) * self._wide

    def add_row(self, label: str) -> None:
        sizes = self._sizes
        shown = self._canvas.wrapped(label, self._left - 8, sizes.text, lines=sizes.lines)
        height = sizes.text * LEADING * (shown.count("\n") + 1) + sizes.padding
        self._middle = self._edges[-1] + height / 2
        self._edges.append(self._edges[-1] + height)
        self._canvas.text((0, self._middle), shown, size=sizes.text)
        self._canvas.line([(0, self._edges[-1]), (self._right, self._edges[-1])], GRID_LINE)

    def mark(self, place: int, look: Look) -> None:
        self._canvas.mark((self._at(place), self._middle), look, min(3.6, self._wide / 3))

    def mark_end(self, words: str) -> None:
        self._canvas.mark((self._right + 8, self._middle), WITHOUT_MEASURE, 2.8)
        self._canvas.text((self._right + 15, self._middle), words, size=self._sizes.text, color=WEAK_BAR)

    def finish(self) -> float:
        """Draw the lines between the columns, and return where the matrix ends."""
        bottom = self._edges[-1]
        for place in range(self._columns + 1):
            x = self._left + place * self._wide
            self._canvas.line([(x, _TOP), (x, bottom)], GRID_LINE)
        self._canvas.line([(0, _TOP), (self._right, _TOP)], AXIS)
        return bottom
