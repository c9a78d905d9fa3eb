"""Scores on spokes around a centre, as the national results site shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ita_nb.document.charts.canvas import Anchor, Canvas, Drawing, Point
from ita_nb.document.charts.legend import draw_legend, passing
from ita_nb.document.charts.style import (
    BELOW,
    FULL_BAR,
    GRID_LINE,
    LABEL,
    LEADING,
    LEVEL_LINES,
    MUTED,
    REACHED,
    SMALL,
    TINY,
    WIDTH,
    Entry,
    Level,
    Stroke,
    spread,
)
from ita_nb.thai import Digits, number_text

_RADIUS = 86.0
_RINGS = (20, 40, 60, 80, 100)
_SCORES = Stroke(FULL_BAR, 1.6)
_AWAY = 10.0  # from the outer ring to the labels
_BESIDE = 6.0
# A number nearer than this (points of the score) to a line that crosses its spot is left out.
_CLEAR = 6.0
_WIDE_APART = 0.75


@dataclass(frozen=True)
class _Label:
    """A spoke's name and score, where it starts, and how it hangs there."""

    text: str
    at: Point
    anchor: Anchor
    height: float


def radar_chart(entries: Sequence[Entry], level: Level, digits: Digits, missing: str) -> Drawing:
    """Draw scores (0-100) on spokes from 0 in the centre to 100, against the ring of a level.

    The outline is broken where a score is missing. There must be at least three entries.
    """
    canvas = Canvas(digits)
    labels = _labels(canvas, entries, missing)
    top = min(label.at[1] - label.height / 2 for label in labels)
    bottom = max(label.at[1] + label.height / 2 for label in labels)
    centre = (WIDTH / 2, 2 - top)
    web = _Web(canvas, centre, len(entries))
    web.draw(level)
    web.name_rings(entries, level)
    web.draw_scores(entries, level)
    for label in labels:
        canvas.text((label.at[0] + centre[0], label.at[1] + centre[1]), label.text, anchor=label.anchor)
    y = centre[1] + bottom + 10
    draw_legend(canvas, y, [*passing((e.value for e in entries), level.score), (LEVEL_LINES[0], level.name)])
    canvas.text((WIDTH, y), "แกน 0 (ศูนย์กลาง) ถึง 100 (วงนอก)", anchor="end", size=SMALL, color=MUTED)
    return canvas.drawing(y + 8)


class _Web:
    """The spokes and rings of a radar chart."""

    def __init__(self, canvas: Canvas, centre: Point, spokes: int) -> None:
        self._canvas, self._centre, self._spokes = canvas, centre, spokes
        # Midway between two spokes a ring is nearer to the centre than on them.
        self._inwards = math.cos(math.pi / spokes)

    def at(self, spoke: float, score: float) -> Point:
        """Return the place of a score; spokes are counted clockwise from the top."""
        x, y = _direction(spoke, self._spokes)
        return self._centre[0] + x * score / 100 * _RADIUS, self._centre[1] + y * score / 100 * _RADIUS

    def draw(self, level: Level) -> None:
        for spoke in range(self._spokes):
            self._canvas.line([self._centre, self.at(spoke, 100)], GRID_LINE)
        for score in _RINGS:
            self._canvas.area([self.at(spoke, score) for spoke in range(self._spokes)], stroke=GRID_LINE)
        ring = [self.at(spoke, float(level.score)) for spoke in range(self._spokes)]
        self._canvas.area(ring, stroke=LEVEL_LINES[0])

    def name_rings(self, entries: Sequence[Entry], level: Level) -> None:
        """Number the rings between two spokes where the fewest numbers lie under a line."""
        clear = [self._clear_rings(entries, spoke, level) for spoke in range(self._spokes)]
        between = max(range(self._spokes), key=lambda spoke: len(clear[spoke]))
        for score in clear[between]:
            place = self.at(between + 0.5, score * self._inwards)
            self._canvas.text(place, f"{score}", anchor="middle", size=TINY, color=MUTED, ground=True)

    def _clear_rings(self, entries: Sequence[Entry], spoke: int, level: Level) -> list[int]:
        """Return the rings whose number no line crosses midway between a spoke and the next.

        The outermost ring is named in the legend.
        """
        lines = [float(level.score) * self._inwards]
        first, second = entries[spoke].value, entries[(spoke + 1) % self._spokes].value
        if first is not None and second is not None:
            together = float(first + second)
            lines.append(2 * float(first) * float(second) * self._inwards / together if together else 0.0)
        # Where three or four spokes bring the rings together, every second one is numbered.
        numbered = _RINGS[:-1] if self._inwards > _WIDE_APART else _RINGS[1:-1:2]
        return [
            score for score in numbered if all(abs(score * self._inwards - line) >= _CLEAR for line in lines)
        ]

    def draw_scores(self, entries: Sequence[Entry], level: Level) -> None:
        places = [None if e.value is None else self.at(i, float(e.value)) for i, e in enumerate(entries)]
        for before, after in pairwise([*places, places[0]]):
            if before and after:
                self._canvas.line([before, after], _SCORES)
        for entry, place in zip(entries, places, strict=True):
            if entry.value is not None and place:
                self._canvas.mark(place, BELOW if entry.value < level.score else REACHED, 3.0)


def _direction(spoke: float, spokes: int) -> Point:
    angle = 2 * math.pi * spoke / spokes
    return math.sin(angle), -math.cos(angle)


def _labels(canvas: Canvas, entries: Sequence[Entry], missing: str) -> list[_Label]:
    """Return the labels around the centre; those of one side keep apart."""
    labels = [_label(canvas, entry, place, len(entries), missing) for place, entry in enumerate(entries)]
    for side in ("start", "end"):
        own = [place for place, label in enumerate(labels) if label.anchor == side]
        heights = [labels[place].height for place in own]
        room = max(_RADIUS + _AWAY, sum(heights) / 2)
        middles = spread([labels[place].at[1] for place in own], heights, -room, room)
        for place, middle in zip(own, middles, strict=True):
            old = labels[place]
            labels[place] = _Label(old.text, (old.at[0], middle), old.anchor, old.height)
    return labels


def _label(canvas: Canvas, entry: Entry, place: int, spokes: int, missing: str) -> _Label:
    score = missing if entry.value is None else number_text(entry.value)
    x, y = _direction(place, spokes)
    is_beside = abs(x) > 0.1
    aside = math.copysign(abs(x) * (_RADIUS + _AWAY) + _BESIDE, x) if is_beside else 0.0
    # Over and under the web there is room as wide as its upper and lower edge.
    room = WIDTH / 2 - abs(aside) if is_beside else _RADIUS * 1.2
    text = f"{canvas.wrapped(entry.label, room)}\n{score}"
    height = LABEL * LEADING * (text.count("\n") + 1) + 2
    away = y * (_RADIUS + _AWAY)
    if not is_beside:
        return _Label(text, (0, away + math.copysign(height / 2 - 2, y)), "middle", height)
    return _Label(text, (aside, away), "start" if x > 0 else "end", height)
