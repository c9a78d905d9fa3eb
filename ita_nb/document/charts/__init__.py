"""Charts as small SVG drawings with text as outlines; legible in black-and-white print.

One visual language (:mod:`~ita_nb.document.charts.style`), one sheet to draw on
(:mod:`~ita_nb.document.charts.canvas`), and a module for each kind of chart. They take plain values;
what a case shows, and what is said of it, is decided in the exhibits.
"""

from __future__ import annotations

from ita_nb.document.charts.answers import Bar, Share, answers_chart, topic_answers_chart
from ita_nb.document.charts.coverage import Answered, coverage_chart
from ita_nb.document.charts.profile import profile_chart
from ita_nb.document.charts.radar import radar_chart
from ita_nb.document.charts.style import Entry, Level
from ita_nb.document.charts.trend import trend_chart
from ita_nb.document.charts.waterfall import waterfall_chart

__all__ = [
    "Answered",
    "Bar",
    "Entry",
    "Level",
    "Share",
    "answers_chart",
    "coverage_chart",
    "profile_chart",
    "radar_chart",
    "topic_answers_chart",
    "trend_chart",
    "waterfall_chart",
]
