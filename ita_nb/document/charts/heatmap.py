"""A sheet of scores: a row for each agency, a column for each indicator, darker where points were lost.

Every cell holds its number, so that nothing depends on a shade, and the shades alone fall into few steps
that stay apart in black-and-white print.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise

from ita_nb.document.charts.canvas import Canvas, Drawing
from ita_nb.document.charts.legend import draw_legend
from ita_nb.document.charts.style import (
    AXIS,
    GRID_LINE,
    INK,
    MUTED,
    SMALL,
    TINY,
    WHITE,
    WIDTH,
    Entry,
    Fill,
)
from ita_nb.thai import Digits, number_text

# A score of at least so much has the fill of the same place; the last fill is of what is below all.
BOUNDS = tuple(map(Fraction, (95, 90, 85, 75, 50)))
FILLS = tuple(map(Fill, (WHITE, "#dfe8f0", "#bccfe0", "#93b1cd", "#5f88b0", "#1f4468")))
MISSING = Fill(WHITE, (1,), MUTED, 4.0)
MOST_ROWS = 40
_LIGHT_TEXT_FROM = 5  # the first fill on which black letters are hard to read

_ROW, _TOP = 14.0, 34.0
_WIDEST_LABEL, _WIDEST_CELL = 190.0, 40.0


@dataclass(frozen=True)
class HeatRow:
    """An agency: its name, and its scores (0-100) in the order of the columns, ``None`` where missing."""

    label: str
    scores: tuple[Fraction | None, ...]


def heatmap_chart(rows: Sequence[HeatRow], columns: Sequence[Entry], digits: Digits) -> Drawing:
    """Draw at most 40 rows; the columns' labels stand above them, and their groups above those.

    There is at least one row and one column, and each row has a score or ``None`` for every column.
    """
    canvas = Canvas(digits)
    labels = [canvas.wrapped(row.label, _WIDEST_LABEL - 8, SMALL, lines=1) for row in rows]
    left = max(canvas.width(label, SMALL) for label in labels) + 8
    wide = min(_WIDEST_CELL, (WIDTH - left) / len(columns))
    _draw_columns(canvas, columns, left, wide)
    for place, (label, row) in enumerate(zip(labels, rows, strict=True)):
        top = _TOP + place * _ROW
        canvas.text((0, top + _ROW / 2), label, size=SMALL)
        for number, score in enumerate(row.scores):
            _draw_cell(canvas, (left + number * wide, top), wide, score)
    bottom = _TOP + len(rows) * _ROW
    _draw_grid(canvas, left, wide, len(columns), bottom)
    canvas.line([(left, bottom), (left + wide * len(columns), bottom)], AXIS)
    _draw_legend(canvas, bottom, [score for row in rows for score in row.scores])
    return canvas.drawing(bottom + 37)


def _draw_columns(canvas: Canvas, columns: Sequence[Entry], left: float, wide: float) -> None:
    place = 0
    for group, members in groupby(columns, key=lambda column: column.group):
        start, place = left + place * wide, place + len(list(members))
        end = left + place * wide
        shown = canvas.wrapped(group, end - start - 2, SMALL, lines=1)
        canvas.text(((start + end) / 2, 7), shown, anchor="middle", size=SMALL, bold=True)
        if group:
            canvas.line([(start + 2, 15), (end - 2, 15)], AXIS)
    for number, column in enumerate(columns):
        shown = canvas.wrapped(column.label, wide - 2, SMALL, lines=1)
        canvas.text((left + (number + 0.5) * wide, _TOP - 9), shown, anchor="middle", size=SMALL)


def _draw_grid(canvas: Canvas, left: float, wide: float, columns: int, bottom: float) -> None:
    y = _TOP
    while y < bottom:
        canvas.line([(left, y), (left + columns * wide, y)], GRID_LINE)
        y += _ROW
    for number in range(columns + 1):
        x = left + number * wide
        canvas.line([(x, _TOP), (x, bottom)], GRID_LINE)


def _draw_cell(canvas: Canvas, at: tuple[float, float], wide: float, score: Fraction | None) -> None:
    place = _place(score) if score is not None else None
    if place is None:
        canvas.rect(*at, wide, _ROW, MISSING, GRID_LINE)
    elif place:  # what is white is drawn by the sheet and the lines between the cells
        right, bottom = at[0] + wide, at[1] + _ROW
        canvas.area([at, (right, at[1]), (right, bottom), (at[0], bottom)], FILLS[place].color)
    if score is not None and place is not None:
        color = WHITE if place >= _LIGHT_TEXT_FROM else INK
        middle = (at[0] + wide / 2, at[1] + _ROW / 2)
        canvas.text(middle, number_text(score, 1), anchor="middle", size=TINY, color=color)


def _place(score: Fraction) -> int:
    return next((place for place, bound in enumerate(BOUNDS) if score >= bound), len(BOUNDS))


def _draw_legend(canvas: Canvas, bottom: float, scores: Sequence[Fraction | None]) -> None:
    """Say what each shade means that is used, on two lines: lighter above, darker below."""
    used = {_place(score) for score in scores if score is not None}
    names = [f"{number_text(BOUNDS[0], 0)} ขึ้นไป"]
    names += [f"{number_text(low, 0)} ถึงต่ำกว่า {number_text(high, 0)}" for high, low in pairwise(BOUNDS)]
    names += [f"ต่ำกว่า {number_text(BOUNDS[-1], 0)}"]
    signs = [(FILLS[place], names[place]) for place in sorted(used)]
    if None in scores:
        signs.append((MISSING, "ไม่มีข้อมูล"))
    draw_legend(canvas, bottom + 13, signs[:4])
    draw_legend(canvas, bottom + 28, signs[4:])
