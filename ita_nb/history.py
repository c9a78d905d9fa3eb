"""The scores of an agency in other years, for whoever compares: only what the workspace holds."""

from __future__ import annotations

from pathlib import Path

from ita_nb.analysis.scores import Scores
from ita_nb.analysis.trend import Trend, find_trend
from ita_nb.facts.framework import Framework
from ita_nb.facts.loader import facts_folder, known_years, load_framework
from ita_nb.intake.workspace import read_stated


def known_frameworks(home: Path) -> dict[int, Framework]:
    """Return the facts of every known year, by fiscal year (Buddhist)."""
    folder = facts_folder(home)
    return {year: load_framework(year, folder) for year in known_years(folder)}


def scores_of(home: Path, agency_id: str, framework: Framework) -> Scores | None:
    """Return the agency's scores of the framework's year, or ``None`` where there are none."""
    record = read_stated(home, agency_id, framework)
    return Scores(framework, record) if record else None


def read_trend(home: Path, scores: Scores) -> Trend:
    """Compare the scores with those of every earlier year that the workspace holds."""
    frameworks, year = known_frameworks(home), scores.framework.fiscal_year
    agency_id = scores.record.agency.agency_id
    earlier = {y: scores_of(home, agency_id, framework) for y, framework in frameworks.items() if y < year}
    return find_trend({**{y: s for y, s in earlier.items() if s is not None}, year: scores}, frameworks)
