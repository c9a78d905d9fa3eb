"""The visual language of all charts: colours, sizes, marks and line styles, and how labels keep apart.

Nothing depends on colour: series differ by mark and dash, areas by lightness and hatching, so that a
chart says the same in black-and-white print. All measures are in points.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

WHITE, INK, MUTED, GRID = "#ffffff", "#1f2933", "#52606d", "#cbd2d9"
FULL_BAR, WEAK_BAR = "#2f5d8a", "#b4451f"

WIDTH = 453.6  # the text width of an A4 page
LABEL, SMALL, TINY = 9.5, 8.5, 7.0  # font sizes
LEADING = 1.32  # line to line, to the font size: room for a vowel below and a tone above

Mark = Literal["circle", "square", "triangle", "diamond", "cross"]


@dataclass(frozen=True)
class Stroke:
    """How a line looks; ``dash`` is on, off, on, off..."""

    color: str = INK
    width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Look:
    """How a mark looks: its form, and what it is filled with."""

    mark: Mark
    color: str
    fill: str


@dataclass(frozen=True)
class Line:
    """How a series of scores looks: the line, and the mark at each score."""

    stroke: Stroke
    look: Look


@dataclass(frozen=True)
class Fill:
    """How an area looks: ``hatch`` is the directions of its lines (1 rising, -1 falling), none for none."""

    color: str
    hatch: tuple[Literal[1, -1], ...] = ()
    lines: str = INK
    gap: float = 4.0


@dataclass(frozen=True)
class Level:
    """A score (0-100) that a line is drawn for, and its name."""

    score: Fraction
    name: str


@dataclass(frozen=True)
class Entry:
    """A row of a chart: its label, its value (``None`` where it is missing), and the group that it is in."""

    label: str
    value: Fraction | None
    group: str = ""


AXIS = Stroke(MUTED, 0.8)
GRID_LINE = Stroke(GRID, 0.6)
# The first level is the one to pass.
LEVEL_LINES = (Stroke(INK, 1.2, (4.5, 2.5)), Stroke(INK, 1.0, (1.2, 2.2)))

REACHED = Look("circle", FULL_BAR, FULL_BAR)
BELOW = Look("triangle", WEAK_BAR, WHITE)
LOST = Fill(FULL_BAR)
LOST_MOST = Fill(WHITE, (1,), WEAK_BAR, 3.2)
GAINED = Fill(WHITE)


@dataclass(frozen=True)
class Scale:
    """A straight axis: values from ``low`` to ``high`` stand between two places; ``ticks`` are labelled."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[int, ...]

    def at(self, value: float | Fraction) -> float:
        """Return the place of a value."""
        return self.start + (float(value) - self.low) / (self.high - self.low) * (self.end - self.start)


_STEPS = (1, 2, 5, 10, 20)
_MOST_TICKS = 8


def score_scale(lowest: float, start: float, end: float) -> Scale:
    """Return an axis of scores that ends at 100 and begins at the next tick below ``lowest``."""
    step = next(s for s in _STEPS if _low(lowest, s) is not None)
    low = _low(lowest, step) or 0
    return Scale(low, 100, start, end, tuple(range(low, 101, step)))


def _low(lowest: float, step: int) -> int | None:
    """Return the beginning of an axis with ticks every ``step``, or ``None`` where these were too many."""
    low = max(0, min(100 - step, step * math.floor(lowest / step)))
    low -= (low - 100) % step  # a tick stands at 100
    return low if (100 - low) // step < _MOST_TICKS and low >= 0 else None


def axis_text(scale: Scale, of: str = "คะแนน") -> str:
    """Say what an axis shows and, because it need not begin at zero, where it begins."""
    return f"{of} (แกนเริ่มที่ {scale.low:g})"


def spread(centres: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Move labels apart along one axis, as little as may be, so that none covers another.

    Each takes ``sizes`` around its centre and stays between ``low`` and ``high`` where there is room for
    all; else they run over ``high``. The order of the centres is kept.
    """
    order = sorted(range(len(centres)), key=lambda i: (centres[i], i))
    found = list(centres)
    edge = low
    for i in order:
        found[i] = max(centres[i], edge + sizes[i] / 2)
        edge = found[i] + sizes[i] / 2
    edge = max(high, low + sum(sizes))
    for i in reversed(order):
        found[i] = min(found[i], edge - sizes[i] / 2)
        edge = found[i] - sizes[i] / 2
    return found
