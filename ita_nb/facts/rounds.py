"""Which published item a document answers: documents of one round speak of the years before it.

The measures for a year are published in the round of that year; in which round they are reported on is a
rule of its own, and it changed. Source: ``publication.year_rule`` of the facts files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import RequiredItem
from ita_nb.facts.loader import framework_file, load_framework


@dataclass(frozen=True)
class Requirement:
    """The item of a round that a document answers, and whether facts of that round are known at all.

    Where they are not, ``item`` is that of ``borrowed_from``, the nearest year that is known.
    """

    round_year: int
    item: RequiredItem
    borrowed_from: int | None = None


def measures_requirement(scored: Framework, plan_year: int, folder: Path | None) -> Requirement:
    """Return the measures item of the round in which measures for ``plan_year`` are published."""
    if framework_file(plan_year, folder) is None:
        return Requirement(plan_year, scored.publication.measures_item, scored.fiscal_year)
    return Requirement(plan_year, load_framework(plan_year, folder).publication.measures_item)


def report_requirement(scored: Framework, plan_year: int, folder: Path | None) -> Requirement:
    """Return the report item of the round that reports the measures of ``plan_year``."""
    known = {
        year: load_framework(year, folder)
        for year in (plan_year, plan_year + 1)
        if framework_file(year, folder) is not None
    }
    for year, framework in known.items():
        if framework.publication.year_rule.reported_year_offset == year - plan_year:
            return Requirement(year, framework.publication.report_item)
    nearest = known.get(plan_year, scored)
    return Requirement(plan_year, nearest.publication.report_item, nearest.fiscal_year)
