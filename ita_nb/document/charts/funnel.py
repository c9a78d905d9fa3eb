"""Scores against how surely they are known, between limits that narrow as the certainty grows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ita_nb.document.charts.canvas import Box, Canvas, Drawing, Point
from ita_nb.document.charts.legend import draw_legend
from ita_nb.document.charts.style import (
    AXIS,
    BELOW,
    FULL_BAR,
    GRID_LINE,
    INK,
    MUTED,
    SMALL,
    TINY,
    WHITE,
    WIDTH,
    Look,
    Scale,
    Stroke,
    score_scale,
)
from ita_nb.thai import Digits, number_text

INSIDE = Look("circle", FULL_BAR, WHITE)
OUTSIDE = Look("triangle", BELOW.color, BELOW.color)
CENTRE = Stroke(INK, 1.2)
LIMITS = (Stroke(INK, 1.0, (4.5, 2.5)), Stroke(INK, 1.0, (1.2, 2.2)))
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, WIDTH - 10.0, 26.0, 286.0
_MARK = 2.8
_TICKS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_MOST_TICKS = 8
_ASIDE = 9.0  # from a mark to the middle of its number


@dataclass(frozen=True)
class Placed:
    """An agency: the standard error of its score, the score (0-100), and its number where it has one."""

    error: float
    score: float
    number: int | None = None


@dataclass(frozen=True)
class Limit:
    """A pair of limits: its name, and both scores at each of some standard errors, the least first."""

    name: str
    points: tuple[tuple[float, float, float], ...]


def funnel_chart(placed: Sequence[Placed], centre: float, limits: Sequence[Limit], digits: Digits) -> Drawing:
    """Draw the agencies; those with a number stand outside the limits and carry it where there is room.

    Limits are drawn as far as there are scores: none beyond 100. There is at least one agency.
    """
    canvas = Canvas(digits)
    lowest = min([centre, *(one.score for one in placed)])
    upright = score_scale(lowest - 1, _BOTTOM, _TOP)
    errors = [one.error for one in placed]
    across = _across(min(errors), max(errors))
    _draw_axes(canvas, upright, across)
    for limit, stroke in zip(limits, LIMITS, strict=False):
        for side in (1, 2):
            inside = [(at[0], min(100.0, max(upright.low, at[side]))) for at in limit.points]
            canvas.line([(across.at(error), upright.at(score)) for error, score in inside], stroke)
    y = upright.at(centre)
    canvas.line([(_LEFT, y), (_RIGHT, y)], CENTRE)
    spots = [(across.at(one.error), upright.at(one.score)) for one in placed]
    for one, spot in zip(placed, spots, strict=True):
        canvas.mark(spot, INSIDE if one.number is None else OUTSIDE, _MARK)
    _draw_numbers(canvas, placed, spots)
    meanings: list[tuple[Look | Stroke, str]] = [(CENTRE, "ค่ากลาง")]
    meanings += [(stroke, limit.name) for stroke, limit in zip(LIMITS, limits, strict=False)]
    if any(one.number is not None for one in placed):
        meanings.append((OUTSIDE, "อยู่นอกเส้น"))
    draw_legend(canvas, 8, meanings)
    return canvas.drawing(_BOTTOM + 36)


def _across(least: float, greatest: float) -> Scale:
    """Return the axis of standard errors: the greatest at the left, where least is known."""
    low, high = least * 0.9, greatest * 1.05
    return Scale(low, high if high > low else low + 1, _RIGHT, _LEFT, ())


def _draw_axes(canvas: Canvas, upright: Scale, across: Scale) -> None:
    for tick in upright.ticks:
        y = upright.at(tick)
        canvas.line([(_LEFT, y), (_RIGHT, y)], GRID_LINE)
        canvas.text((_LEFT - 6, y), f"{tick}", anchor="end", size=SMALL, color=MUTED)
    canvas.line([(_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)], AXIS)
    step = next((s for s in _TICKS if (across.high - across.low) / s < _MOST_TICKS), _TICKS[-1])
    for number in range(math.ceil(across.low / step), math.floor(across.high / step) + 1):
        x = across.at(number * step)
        canvas.line([(x, _BOTTOM), (x, _BOTTOM + 3)], AXIS)
        text = number_text(number * step, 2)
        canvas.text((x, _BOTTOM + 11), text, anchor="middle", size=SMALL, color=MUTED)
    under = f"ความคลาดเคลื่อนมาตรฐาน (คะแนน) ยิ่งไปทางขวายิ่งมีผู้ตอบมาก  แกนตั้งเป็นคะแนนรวม เริ่มที่ {upright.low:g}"
    canvas.text(((_LEFT + _RIGHT) / 2, _BOTTOM + 27), under, anchor="middle", size=SMALL, color=MUTED)


def _draw_numbers(canvas: Canvas, placed: Sequence[Placed], spots: Sequence[Point]) -> None:
    """Write each number beside its mark, where it covers neither another number nor a mark."""
    taken = [_around(spot, 2 * _MARK, 2 * _MARK) for spot in spots]
    for one, (x, y) in zip(placed, spots, strict=True):
        if one.number is None:
            continue
        text = f"{one.number}"
        size = canvas.width(text, TINY) + 1, TINY * 1.2
        places = [(x + _ASIDE, y), (x - _ASIDE, y), (x, y + _ASIDE), (x, y - _ASIDE)]
        free = next((p for p in places if _is_free(_around(p, *size), taken)), None)
        if free is not None:
            taken.append(_around(free, *size))
            canvas.text(free, text, anchor="middle", size=TINY)


def _around(middle: Point, width: float, height: float) -> Box:
    x, y = middle
    return Box("", x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _is_free(box: Box, taken: Sequence[Box]) -> bool:
    inside = box.left > _LEFT and box.right < WIDTH and box.top > _TOP and box.bottom < _BOTTOM
    return inside and not any(box.covers(other) for other in taken)
