"""A sheet of rows: groups and labels at the left, an axis of scores in the middle, values at the right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ita_nb.document.charts.canvas import Canvas, Drawing
from ita_nb.document.charts.legend import Sign, draw_legend
from ita_nb.document.charts.style import (
    AXIS,
    GRID_LINE,
    LABEL,
    LEADING,
    LEVEL_LINES,
    MUTED,
    SMALL,
    WIDTH,
    Entry,
    Level,
    Scale,
    Stroke,
    axis_text,
    score_scale,
    spread,
)

TOP = 20.0  # room for the names of the levels
_GAP = 4.0  # between groups
_PADDING = 2.4  # of a row, above and below its label together
_WIDEST_LABEL = 172.0
_GUIDE = Stroke("#e4e8ec", 0.6)


@dataclass(frozen=True)
class _Row:
    label: str
    middle: float
    height: float


class RowSheet:
    """Rows with their labels drawn; what stands between label and value is the chart's own."""

    def __init__(
        self,
        canvas: Canvas,
        entries: Sequence[Entry],
        values: Sequence[str],
        lowest: float,
        top: float = TOP,
    ) -> None:
        """Lay out the rows and draw what they share; the axis begins at or below ``lowest``."""
        self.canvas, self._top = canvas, top
        gutter = max((canvas.width(e.group, bold=True) + 12 for e in entries if e.group), default=0.0)
        labels = [canvas.wrapped(e.label, _WIDEST_LABEL) for e in entries]
        self._rows = _rows(labels, [e.group for e in entries], top)
        self.bottom = self._rows[-1].middle + self._rows[-1].height / 2
        left = gutter + max(canvas.width(label) for label in labels) + 10
        right = WIDTH - max(canvas.width(value, bold=True) for value in values) - 12
        self.scale: Scale = score_scale(lowest, left, right)
        self._draw_groups([e.group for e in entries], gutter)
        for row, value in zip(self._rows, values, strict=True):
            canvas.text((gutter, row.middle), row.label)
            canvas.line([(left, row.middle), (right + 6, row.middle)], _GUIDE)
            canvas.text((WIDTH, row.middle), value, anchor="end", bold=True)
        for tick in self.scale.ticks:
            x = self.scale.at(tick)
            canvas.line([(x, self._top), (x, self.bottom)], GRID_LINE)
            canvas.text((x, self.bottom + 9), f"{tick}", anchor="middle", size=SMALL, color=MUTED)
        canvas.line([(left, self.bottom), (right, self.bottom)], AXIS)

    @property
    def middles(self) -> list[float]:
        """The height at which each row's mark stands."""
        return [row.middle for row in self._rows]

    def draw_levels(self, levels: Sequence[Level]) -> None:
        """Draw the lines of the levels, each with its name above."""
        inside = [level for level in levels if level.score >= self.scale.low]
        sizes = [self.canvas.width(level.name, SMALL) + 8 for level in inside]
        places = [self.scale.at(level.score) for level in inside]
        named = spread(places, sizes, self.scale.start, WIDTH)
        for level, stroke, x, at in zip(inside, LEVEL_LINES, places, named, strict=False):
            self.canvas.line([(at, self._top - 6), (x, self._top), (x, self.bottom)], stroke)
            self.canvas.text((at, self._top - 13), level.name, anchor="middle", size=SMALL)

    def finished(self, of: str, meanings: Iterable[tuple[Sign, str]]) -> Drawing:
        """Say what the marks mean and, at the end of the axis, what it shows; return the drawing."""
        y = self.bottom + 24
        draw_legend(self.canvas, y, meanings)
        self.canvas.text(
            (self.scale.end, y), axis_text(self.scale, of), anchor="end", size=SMALL, color=MUTED
        )
        return self.canvas.drawing(y + 8)

    def _draw_groups(self, groups: Sequence[str], gutter: float) -> None:
        place = 0
        for group, members in groupby(groups):
            count = len(list(members))
            own = self._rows[place : place + count]
            top, bottom = own[0].middle - own[0].height / 2, own[-1].middle + own[-1].height / 2
            if group:
                self.canvas.text((0, (top + bottom) / 2), group, bold=True)
                self.canvas.line([(gutter - 6, top + 2), (gutter - 6, bottom - 2)], AXIS)
            place += count


def _rows(labels: Sequence[str], groups: Sequence[str], top: float) -> list[_Row]:
    rows: list[_Row] = []
    edge = top
    for place, label in enumerate(labels):
        edge += _GAP if place and groups[place] != groups[place - 1] else 0
        height = LABEL * LEADING * (label.count("\n") + 1) + _PADDING
        rows.append(_Row(label, edge + height / 2, height))
        edge += height
    return rows
