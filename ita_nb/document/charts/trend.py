"""Scores over the years, and the boundaries across which they cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ita_nb.document.charts.canvas import Canvas, Drawing
from ita_nb.document.charts.legend import draw_legend
from ita_nb.document.charts.style import (
    AXIS,
    FULL_BAR,
    GRID_LINE,
    INK,
    LEVEL_LINES,
    MUTED,
    SMALL,
    WEAK_BAR,
    WHITE,
    WIDTH,
    Level,
    Line,
    Look,
    Scale,
    Stroke,
    score_scale,
)
from ita_nb.thai import Digits, number_text

Series = tuple[str, Sequence[Fraction | None]]

# Mark and dashes of each series tell them apart without colour.
LINES = (
    Line(Stroke(INK, 2.0), Look("circle", INK, INK)),
    Line(Stroke(FULL_BAR, 1.2), Look("square", FULL_BAR, WHITE)),
    Line(Stroke(WEAK_BAR, 1.2, (5, 1.5)), Look("triangle", WEAK_BAR, WEAK_BAR)),
    Line(Stroke(MUTED, 1.2, (1.5, 1.2)), Look("diamond", MUTED, WHITE)),
)
_BOUNDARY = Stroke(INK, 1.0, (7, 4))
# Each series stands a little to the side of the next, so that equal scores do not hide each other.
_ASIDE = 5.0
_LEFT, _TOP, _BOTTOM = 40.0, 24.0, 170.0
_ROOM = 3.0  # points of the score between the lowest mark and the beginning of the axis


def trend_chart(
    years: Sequence[int], series: Sequence[Series], boundaries: Sequence[int], level: Level, digits: Digits
) -> Drawing:
    """Draw the scores over the years; no line crosses the dashed line that stands before a boundary year.

    The scores of the first series are printed under the years.
    """
    canvas = Canvas(digits)
    scores = [score for _, own in series for score in own if score is not None]
    right = WIDTH - canvas.width(level.name, SMALL) - 8
    upright = score_scale(float(min([*scores, level.score])) - _ROOM, _BOTTOM, _TOP)
    across = Scale(min(years) - 0.5, max(years) + 0.5, _LEFT, right, tuple(years))
    _draw_axes(canvas, upright, across, series[0])
    y = upright.at(level.score)
    canvas.line([(_LEFT, y), (right, y)], LEVEL_LINES[1])
    canvas.text((right + 6, y), level.name, size=SMALL)
    for year in boundaries:
        x = across.at((max((y for y in years if y < year), default=year - 1) + year) / 2)
        canvas.line([(x, _TOP), (x, _BOTTOM)], _BOUNDARY)
    for number, (_, own) in enumerate(series):
        line = LINES[number % len(LINES)]
        aside = _ASIDE * (number - (len(series) - 1) / 2)
        for stretch in stretches(years, own, boundaries):
            points = [(across.at(year) + aside, upright.at(score)) for year, score in stretch]
            canvas.line(points, line.stroke)
            for point in points:
                canvas.mark(point, line.look, 3.2)
    meanings: list[tuple[Line | Stroke, str]] = [
        (LINES[number % len(LINES)], name) for number, (name, _) in enumerate(series)
    ]
    draw_legend(canvas, 7, [*meanings, *([(_BOUNDARY, "มีรายการที่เทียบข้ามเส้นไม่ได้")] if boundaries else [])])
    return canvas.drawing(_BOTTOM + 46)


def stretches(
    years: Sequence[int], scores: Sequence[Fraction | None], boundaries: Sequence[int]
) -> list[list[tuple[int, Fraction]]]:
    """Cut a series where its line must end: before a boundary year, and where a score is missing."""
    found: list[list[tuple[int, Fraction]]] = [[]]
    for year, score in zip(years, scores, strict=True):
        if score is None or year in boundaries:
            found.append([])
        if score is not None:
            found[-1].append((year, score))
    return [stretch for stretch in found if stretch]


def _draw_axes(canvas: Canvas, upright: Scale, across: Scale, first: Series) -> None:
    for tick in upright.ticks:
        y = upright.at(tick)
        canvas.line([(across.start, y), (across.end, y)], GRID_LINE)
        canvas.text((across.start - 6, y), f"{tick}", anchor="end", size=SMALL, color=MUTED)
    canvas.line([(across.start, upright.start), (across.end, upright.start)], AXIS)
    name, scores = first
    for year, score in zip(across.ticks, scores, strict=True):
        shown = "-" if score is None else number_text(score)
        canvas.text((across.at(year), upright.start + 16), f"{year}\n{shown}", anchor="middle", size=SMALL)
    under = f"ปีงบประมาณ พ.ศ. (บรรทัดล่าง: {name})  แกนตั้งเป็นคะแนน เริ่มที่ {upright.low:g}"
    shown = canvas.wrapped(under, across.end, SMALL, lines=1)
    middle = (across.start + across.end) / 2, upright.start + 37
    canvas.text(middle, shown, anchor="middle", size=SMALL, color=MUTED)
