"""The scores of an agency in other years, for whoever compares: only what the workspace holds."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from ita_nb.analysis.scores import Scores
from ita_nb.analysis.trend import Trend, find_trend
from ita_nb.errors import IntakeError
from ita_nb.facts.framework import Framework
from ita_nb.facts.loader import (
    Provenance,
    code_version,
    facts_folder,
    framework_version,
    known_years,
    load_framework,
)
from ita_nb.intake.peers import Peers
from ita_nb.intake.record import Record
from ita_nb.intake.workspace import read_stated


def known_frameworks(home: Path, first: int = 0, last: int = 9999) -> dict[int, Framework]:
    """Return the facts of the known years from ``first`` to ``last``, by fiscal year (Buddhist)."""
    folder = facts_folder(home)
    return {year: load_framework(year, folder) for year in known_years(folder) if first <= year <= last}


def scores_of(home: Path, agency_id: str, framework: Framework) -> Scores | None:
    """Return the agency's scores of another year, or ``None`` where there are none that can be used.

    A file of another year that cannot be read must not keep this year's document from being made.
    """
    try:
        record = read_stated(home, agency_id, framework)
    except IntakeError:
        return None
    return Scores(framework, record) if record else None


def read_trend(home: Path, scores: Scores) -> Trend:
    """Compare the scores with those of every earlier year that the workspace holds."""
    year, agency_id = scores.framework.fiscal_year, scores.record.agency.agency_id
    held = _held(home, year)
    frameworks = known_frameworks(home, min([*held, year]), year)
    found = {y: scores_of(home, agency_id, frameworks.get(y) or _of_other_rules(y)) for y in held}
    frameworks[year] = scores.framework
    return find_trend({**{y: s for y, s in found.items() if s is not None}, year: scores}, frameworks)


def _held(home: Path, before: int) -> list[int]:
    """Return the years before one of which the workspace has a folder; of some nothing may be known."""
    names = (path.name for path in (home / "data").glob("*") if path.is_dir())
    return sorted(
        year
        for name in names
        if re.fullmatch(r"[0-9]{4}", name) and before - 100 < (year := int(name)) < before
    )


def _of_other_rules(year: int) -> Framework:
    """Return a year of which nothing is known but that it had a total: its numbers stand as printed."""
    known = load_framework(known_years()[0])
    blocks = ("instruments", "indicators", "sub_indicators", "questions", "items", "levels", "topics")
    basis = known.level_basis.model_copy(update={"scheme": "unknown", "confidence": "unknown"})
    return known.changed(fiscal_year=year, level_basis=basis, **dict.fromkeys(blocks, ()))


def provenance_of(home: Path, record: Record, framework: Framework, last: int) -> Provenance:
    """Return the fingerprints of everything that a document of this record rests on.

    That is the agency's rows of this year and of every other year up to ``last`` that is compared with,
    the peers, the code, and the facts of these years.
    """
    folder, agency_id = facts_folder(home), record.agency.agency_id
    years = sorted({framework.fiscal_year, last, *_held(home, last)})
    known = known_frameworks(home, years[0], last) | {framework.fiscal_year: framework}
    rows = [record.slice_hash, *(_rows(home, agency_id, known.get(y) or _of_other_rules(y)) for y in years)]
    peers = Peers.of(record.peers).fingerprint
    facts = [framework_version(year, folder) for year in years if year in known]
    return Provenance(_digest(rows, peers), code_version(), _digest(facts))


def _rows(home: Path, agency_id: str, framework: Framework) -> str:
    scores = scores_of(home, agency_id, framework)
    return scores.record.slice_hash if scores else ""


def _digest(*content: object) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()[:12]
