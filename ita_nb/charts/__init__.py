"""Charts of tables by matplotlib: each takes a frame and returns axes, which can be drawn on further.

A chart says in words what it shows (``ax.figure.get_label()``), has no title, and is legible in
black-and-white print. Given ``ax``, it draws there and leaves the rest of that figure alone. A frame without
rows gives axes with one sentence; one without a needed column raises FrameError.
"""

from __future__ import annotations

from ita_nb.charts.planes import funnel, histogram, radar, trend
from ita_nb.charts.rows import MOST_MEASURES, MOST_ROWS, answers, bars, coverage, heatmap, profile, waterfall

__all__ = [
    "MOST_MEASURES",
    "MOST_ROWS",
    "answers",
    "bars",
    "coverage",
    "funnel",
    "heatmap",
    "histogram",
    "profile",
    "radar",
    "trend",
    "waterfall",
]
