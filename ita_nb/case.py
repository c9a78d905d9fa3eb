"""Start reading here: one agency, one year, the whole story on one page.

:func:`build_case` loads what is true of the year (:mod:`ita_nb.facts`), reads what was received of the
agency (:mod:`ita_nb.intake`), and computes once what every output needs (:mod:`ita_nb.analysis`). The
result is one immutable record; notebooks show it through :mod:`ita_nb.document`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ita_nb.analysis.diagnosis import (
    Coverage,
    LowLists,
    Weakness,
    find_coverage,
    find_weaknesses,
    low_lists,
    make_plan,
)
from ita_nb.analysis.levels import LevelFinding, find_level
from ita_nb.analysis.losses import LossNode, WithoutAbsent, loss_tree, without_absent
from ita_nb.analysis.reconcile import NodeCheck, check_nodes, number_problems
from ita_nb.analysis.respondents import Respondents
from ita_nb.analysis.scores import Scores
from ita_nb.analysis.trend import Trend
from ita_nb.analysis.uncertainty import Intervals, total_standard_error_bound
from ita_nb.analysis.unchecked import not_checked
from ita_nb.analysis.wording import year_problems
from ita_nb.errors import NotChecked, Problem
from ita_nb.facts.catalogue import Catalogue, load_catalogue
from ita_nb.facts.forms import AnalysisForm, MeasuresForm
from ita_nb.facts.framework import Framework
from ita_nb.facts.loader import (
    Provenance,
    Requirement,
    analysis_form,
    facts_folder,
    load_framework,
    measures_form,
    measures_requirement,
)
from ita_nb.history import provenance_of, read_trend
from ita_nb.intake.params_file import Rewrite, read_words
from ita_nb.intake.people import idle_acceptances
from ita_nb.intake.record import Agency, PlannedMeasure, Record
from ita_nb.intake.workspace import find_workspace, framework_of, read_record


@dataclass(frozen=True)
class Case:
    """Everything that any output says about one agency and fiscal year (Buddhist)."""

    framework: Framework
    requirement: Requirement
    form: AnalysisForm
    measures_form: MeasuresForm
    catalogue: Catalogue
    record: Record
    plan_year: int
    scores: Scores
    respondents: dict[str, Respondents]
    nodes: tuple[NodeCheck, ...]
    level: LevelFinding
    problems: tuple[Problem, ...]
    not_checked: tuple[NotChecked, ...]
    losses: LossNode | None
    lowest: LowLists
    sensitivity: tuple[WithoutAbsent, ...]
    intervals: Intervals
    total_error_bound: float | None
    weaknesses: tuple[Weakness, ...]
    plan: tuple[PlannedMeasure, ...]
    coverage: Coverage
    trend: Trend
    provenance: Provenance

    @property
    def agency(self) -> Agency:
        """The agency that the case is about."""
        return self.record.agency

    @property
    def fiscal_year(self) -> int:
        """The ITA round (Buddhist fiscal year) whose scores are analysed."""
        return self.framework.fiscal_year


def build_case(
    agency_id: str, fiscal_year: int, workspace: Path | str = ".", rewrite: Rewrite | None = None
) -> Case:
    """Build the case of one agency and year from the workspace at or above ``workspace``.

    What people wrote is read from ``params/<agency>-<year>.yaml``; ``rewrite`` may put other words in its
    place. Raises FactsError (no facts for the year) or IntakeError (nothing usable was received); problems
    in single rows or numbers do not raise, they are listed in ``problems``.
    """
    home = find_workspace(Path(workspace))
    facts = facts_folder(home)
    known = load_framework(fiscal_year, facts)
    framework = framework_of(home, agency_id, known)
    catalogue = load_catalogue(known, facts)
    filed = read_words(home, agency_id, fiscal_year)
    record = read_record(home, agency_id, framework, rewrite(filed) if rewrite else filed)
    plan_year = record.office.plan_year or framework.plan_year
    requirement = measures_requirement(framework, plan_year, facts)

    scores = Scores(framework, record)
    respondents = scores.respondents
    level = find_level(scores)
    losses = loss_tree(scores)
    weaknesses = find_weaknesses(scores, losses, respondents)
    plan = make_plan(framework, catalogue, weaknesses, record.measures, plan_year)
    problems = (
        *record.problems,
        *year_problems(framework, record, plan_year),
        *number_problems(scores, respondents, level),
    )

    if any(entry.rule == "wording-carried-over" for entry in record.accepted):
        framework = framework.with_wording_confirmed()

    return Case(
        framework=framework,
        requirement=requirement,
        form=analysis_form(requirement, framework, record.form, total_only=record.is_total_only),
        measures_form=measures_form(requirement, framework, record.office.measures_form or record.form),
        catalogue=catalogue,
        record=record,
        plan_year=plan_year,
        scores=scores,
        respondents=respondents,
        nodes=tuple(check_nodes(scores)),
        level=level,
        problems=(*problems, *idle_acceptances(problems, record.accepted)),
        not_checked=tuple(not_checked(scores, respondents, level)),
        losses=losses,
        lowest=low_lists(scores, losses),
        sensitivity=tuple(found for node in scores.distributions if (found := without_absent(scores, node))),
        intervals=Intervals(scores),
        total_error_bound=total_standard_error_bound(scores),
        weaknesses=weaknesses,
        plan=plan,
        coverage=find_coverage(framework, weaknesses, plan, record.measures),
        trend=read_trend(home, scores),
        provenance=provenance_of(home, record, framework, plan_year),
    )
