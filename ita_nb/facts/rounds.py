"""Which published item a document answers: documents of one round speak of the years before it.

The measures for a year are published in the round of that year; in which round they are reported on is a
rule of its own, and it changed. Source: ``publication.year_rule`` of the facts files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ita_nb.facts.forms import AnalysisForm, MeasuresForm, load_forms
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Forms, RequiredItem
from ita_nb.facts.loader import framework_file, load_framework


@dataclass(frozen=True)
class Requirement:
    """The item of a round that a document answers, and the forms of that round's documents.

    ``certain`` is false where the round has no facts, or where it is not known which round reports the
    measures of the year; item and forms are then those of ``round_year``, the nearest year that is known.
    """

    round_year: int
    item: RequiredItem
    forms: Forms
    certain: bool = True


def measures_requirement(scored: Framework, plan_year: int, folder: Path | None) -> Requirement:
    """Return the measures item of the round in which measures for ``plan_year`` are published."""
    known = framework_file(plan_year, folder) is not None
    framework = load_framework(plan_year, folder) if known else scored
    publication = framework.publication
    return Requirement(framework.fiscal_year, publication.measures_item, publication.forms, known)


def report_requirement(scored: Framework, plan_year: int, folder: Path | None) -> Requirement:
    """Return the report item of the round that reports the measures of ``plan_year``."""
    known = {
        year: load_framework(year, folder)
        for year in (plan_year, plan_year + 1)
        if framework_file(year, folder) is not None
    }
    for year, framework in known.items():
        publication = framework.publication
        if publication.year_rule.reported_year_offset == year - plan_year:
            return Requirement(year, publication.report_item, publication.forms)
    nearest = known.get(plan_year, scored)
    publication = nearest.publication
    return Requirement(nearest.fiscal_year, publication.report_item, publication.forms, certain=False)


def analysis_form(
    requirement: Requirement, scored: Framework, chosen: str | None, *, total_only: bool
) -> AnalysisForm:
    """Return the form of the analysis: the office's choice, else that of the round.

    By topic only where the scored year's items are placed in topics; with nothing but a total a short one.
    """
    known, own = load_forms().analysis, chosen or requirement.forms.analysis
    if total_only:
        return known["total_only"]
    placed = any(topic.items for topic in scored.topics)
    return known[own if placed or own != "by_topic" else "by_instrument"]


def measures_form(requirement: Requirement, scored: Framework, chosen: str | None) -> MeasuresForm:
    """Return the form of the measures table: the office's choice, else that of the round."""
    known = load_forms().measures
    own = requirement.forms.measures
    if own == "by_topic" and not scored.topics:
        own = "by_indicator"
    return known[chosen or own]
