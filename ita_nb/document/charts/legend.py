"""What the marks, areas and lines of a chart mean, in one line below or above it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from ita_nb.document.charts.canvas import Canvas
from ita_nb.document.charts.style import BELOW, REACHED, SMALL, WIDTH, Fill, Line, Look, Stroke

Sign = Look | Fill | Stroke | Line

_SIGN = 15.0  # the room of a sign
_LINE = 24.0  # the room of a piece of line
_BETWEEN = 16.0


def draw_legend(canvas: Canvas, y: float, meanings: Iterable[tuple[Sign, str]]) -> None:
    """Draw each sign with what it means, from the left."""
    x = 0.0
    for sign, meaning in meanings:
        room = _draw_sign(canvas, x, y, sign)
        shown = canvas.wrapped(meaning, WIDTH - x - room, SMALL, lines=1)
        canvas.text((x + room, y), shown, size=SMALL)
        x += room + canvas.width(shown, SMALL) + _BETWEEN


def _draw_sign(canvas: Canvas, x: float, y: float, sign: Sign) -> float:
    """Draw a sign and return the room that it takes."""
    match sign:
        case Look():
            canvas.mark((x + 5, y), sign)
            return _SIGN
        case Fill():
            canvas.rect(x + 0.5, y - 4, 13, 8, sign)
            return _SIGN + 3
        case Line():
            canvas.line([(x, y), (x + _LINE - 4, y)], sign.stroke)
            canvas.mark((x + _LINE / 2 - 2, y), sign.look, 3.2)
            return _LINE
        case Stroke():
            canvas.line([(x, y), (x + _LINE - 4, y)], sign)
            return _LINE


def passing(values: Iterable[Fraction | None], line: Fraction) -> list[tuple[Look, str]]:
    """Return what the marks of scores above and below a line mean, as far as there are such scores."""
    below = {value < line for value in values if value is not None}
    meanings = {False: (REACHED, "ไม่ต่ำกว่าเกณฑ์"), True: (BELOW, "ต่ำกว่าเกณฑ์")}
    return [meaning for is_below, meaning in meanings.items() if is_below in below]
