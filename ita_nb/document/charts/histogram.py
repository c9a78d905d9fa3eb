"""How many agencies stand in each step of a scale: upright bars with their counts."""

from __future__ import annotations

from collections.abc import Sequence

from ita_nb.document.charts.canvas import Canvas, Drawing
from ita_nb.document.charts.style import (
    AXIS,
    LEVEL_LINES,
    MUTED,
    SMALL,
    WIDTH,
    Fill,
    Level,
    Scale,
    spread,
)
from ita_nb.thai import Digits, number_text

Step = tuple[float, float, int]  # from, up to, how many

_BAR = Fill("#86a8c8")
_LEFT, _RIGHT, _TOP, _BOTTOM = 14.0, WIDTH - 14.0, 52.0, 158.0
_GAP = 1.5  # between bars


def histogram_chart(steps: Sequence[Step], levels: Sequence[Level], of: str, digits: Digits) -> Drawing:
    """Draw the steps from the left; the first level is the one to pass, ``of`` names the scale.

    Steps follow one another without a gap, and at least one of them is not empty.
    """
    canvas = Canvas(digits)
    scale = Scale(steps[0][0], steps[-1][1], _LEFT, _RIGHT, ())
    most = max(count for *_, count in steps)
    # The lines of the levels lie behind the bars and their counts.
    _draw_levels(canvas, scale, levels)
    for low, high, count in steps:
        left, right = scale.at(low) + _GAP / 2, scale.at(high) - _GAP / 2
        height = (_BOTTOM - _TOP) * count / most
        if count:
            canvas.rect(left, _BOTTOM - height, right - left, height, _BAR)
            at = ((left + right) / 2, _BOTTOM - height - 7)
            canvas.text(at, f"{count}", anchor="middle", size=SMALL, bold=True, ground=True)
    canvas.line([(_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)], AXIS)
    _draw_ticks(canvas, scale, [steps[0][0], *(high for _, high, _ in steps)])
    what = canvas.wrapped(f"ตัวเลขบนแท่งคือจำนวนหน่วยงาน แกนนอนคือ{of}", WIDTH, SMALL, lines=1)
    canvas.text((WIDTH, _BOTTOM + 26), what, anchor="end", size=SMALL, color=MUTED)
    return canvas.drawing(_BOTTOM + 34)


def _draw_ticks(canvas: Canvas, scale: Scale, edges: Sequence[float]) -> None:
    """Label as many edges as stand apart, with the same decimals all."""
    decimals = 0 if all(edge.is_integer() for edge in map(float, edges)) else 1
    texts = [number_text(edge, decimals) for edge in edges]
    room = max(canvas.width(text, SMALL) for text in texts) + 8
    width = scale.at(edges[1]) - scale.at(edges[0])
    every = next(n for n in range(1, len(edges) + 1) if n * width >= room or n == len(edges))
    for edge, text in list(zip(edges, texts, strict=True))[::-every]:
        x = scale.at(edge)
        canvas.line([(x, _BOTTOM), (x, _BOTTOM + 3)], AXIS)
        canvas.text((x, _BOTTOM + 11), text, anchor="middle", size=SMALL, color=MUTED)


def _draw_levels(canvas: Canvas, scale: Scale, levels: Sequence[Level]) -> None:
    inside = [level for level in levels if scale.low < level.score < scale.high]
    names = [canvas.wrapped(level.name, WIDTH / 4, SMALL, lines=1) for level in inside]
    places = [scale.at(level.score) for level in inside]
    named = spread(places, [canvas.width(name, SMALL) + 10 for name in names], 0, WIDTH)
    for level, name, x, at in zip(inside, names, places, named, strict=True):
        stroke = LEVEL_LINES[level != levels[0]]
        canvas.line([(at, 14), (x, 24), (x, _BOTTOM)], stroke)
        canvas.text((at, 7), name, anchor="middle", size=SMALL)
