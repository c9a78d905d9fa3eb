"""Scores as dots against the lines of the levels."""

from __future__ import annotations

from collections.abc import Sequence

from ita_nb.document.charts.canvas import Canvas, Drawing
from ita_nb.document.charts.legend import passing
from ita_nb.document.charts.rows import RowSheet
from ita_nb.document.charts.style import BELOW, REACHED, Entry, Level
from ita_nb.thai import Digits, number_text

_ROOM = 2.0  # between the beginning of the axis and the lowest mark


def profile_chart(entries: Sequence[Entry], levels: Sequence[Level], digits: Digits, missing: str) -> Drawing:
    """Draw a dot a row; scores below the first level have another mark, and ``missing`` ones are words.

    At least one entry must have a score.
    """
    canvas = Canvas(digits)
    values = [missing if entry.value is None else number_text(entry.value) for entry in entries]
    scores = [entry.value for entry in entries if entry.value is not None]
    lowest = min([*scores, *(level.score for level in levels)])
    sheet = RowSheet(canvas, entries, values, float(lowest) - _ROOM)
    sheet.draw_levels(levels)
    line = levels[0].score
    for entry, y in zip(entries, sheet.middles, strict=True):
        if entry.value is not None:
            canvas.mark((sheet.scale.at(entry.value), y), BELOW if entry.value < line else REACHED)
    return sheet.finished("คะแนน", passing((entry.value for entry in entries), line))
