"""Amounts as bars from zero, a row each, in the order given."""

from __future__ import annotations

from collections.abc import Sequence

from ita_nb.document.charts.canvas import Canvas, Drawing
from ita_nb.document.charts.style import (
    AXIS,
    LABEL,
    LEADING,
    MUTED,
    SMALL,
    WIDTH,
    Entry,
    Fill,
)
from ita_nb.thai import Digits, number_text

BAR = Fill("#86a8c8")
_LABELS, _BAR, _PADDING, _TOP = 226.0, 10.0, 4.0, 2.0


def bars_chart(entries: Sequence[Entry], of: str, decimals: int, digits: Digits) -> Drawing:
    """Draw a bar for each entry with its value behind it; ``of`` says below what the values are.

    No value is missing or below zero, and one at least is above it.
    """
    canvas = Canvas(digits)
    values = [number_text(entry.value or 0, decimals) for entry in entries]
    room = WIDTH - _LABELS - max(canvas.width(value, SMALL, bold=True) for value in values) - 8
    most = max(float(entry.value or 0) for entry in entries)
    y = _TOP
    for entry, value in zip(entries, values, strict=True):
        label = canvas.wrapped(entry.label, _LABELS - 10, SMALL)
        height = max(SMALL * LEADING * (label.count("\n") + 1), LABEL * LEADING) + _PADDING
        middle, width = y + height / 2, room * float(entry.value or 0) / most
        canvas.text((0, middle), label, size=SMALL)
        canvas.rect(_LABELS, middle - _BAR / 2, max(width, 0.5), _BAR, BAR)
        canvas.text((_LABELS + width + 5, middle), value, size=SMALL, bold=True)
        y += height
    canvas.line([(_LABELS, _TOP), (_LABELS, y)], AXIS)
    shown = canvas.wrapped(of, WIDTH, SMALL, lines=1)
    canvas.text((WIDTH, y + 10), shown, anchor="end", size=SMALL, color=MUTED)
    return canvas.drawing(y + 18)
