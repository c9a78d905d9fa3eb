"""From full marks down to the total: a step a row."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ita_nb.document.charts.canvas import Canvas, Drawing
from ita_nb.document.charts.rows import RowSheet
from ita_nb.document.charts.style import GAINED, INK, LOST, LOST_MOST, MUTED, Entry, Fill, Look, Stroke
from ita_nb.thai import Digits, number_text, signed_text

_FULL = Fraction(100)
_END = Look("diamond", INK, INK)
_STEP = Stroke(MUTED, 0.7, (1.5, 1.5))
_BAR = 9.0


def waterfall_chart(losses: Sequence[Entry], full: str, total: str, digits: Digits) -> Drawing:
    """Draw what each entry took from 100; ``full`` and ``total`` name the first and the last row.

    Values are points lost, none of them missing; a negative one is a gain. The greatest loss differs by
    its hatching.
    """
    lost = [entry.value or Fraction(0) for entry in losses]
    after = [_FULL - sum(lost[: place + 1], Fraction(0)) for place in range(len(lost))]
    entries = [Entry(full, _FULL), *losses, Entry(total, after[-1])]
    values = [number_text(_FULL), *(signed_text(-loss) for loss in lost), number_text(after[-1])]
    canvas = Canvas(digits)
    sheet = RowSheet(canvas, entries, values, float(min(after)), top=4.0)
    stands = [_FULL, *after]
    for place, (y, below) in enumerate(zip(sheet.middles, sheet.middles[1:], strict=False)):
        x = sheet.scale.at(stands[place])
        canvas.line([(x, y), (x, below)], _STEP)
    for before, loss, y in zip(stands, lost, sheet.middles[1:], strict=False):
        ends = sorted(sheet.scale.at(value) for value in (before, before - loss))
        width = max(1.2, ends[1] - ends[0])
        canvas.rect(ends[0], y - _BAR / 2, width, _BAR, _fill(loss, max(lost)))
    for score, y in ((_FULL, sheet.middles[0]), (after[-1], sheet.middles[-1])):
        canvas.mark((sheet.scale.at(score), y), _END)
    signs: list[tuple[Fill, str]] = [(LOST_MOST, "เสียมากที่สุด")] if max(lost) > 0 else []
    signs += [(GAINED, "ได้เพิ่ม")] if min(lost) < 0 else []
    return sheet.finished("คะแนนรวม", signs)


def _fill(loss: Fraction, most: Fraction) -> Fill:
    if loss < 0:
        return GAINED
    return LOST_MOST if loss == most > 0 else LOST
