"""Start reading here: one agency, one year, the whole story on one page.

:func:`build_case` loads what is true of the year (:mod:`ita_nb.facts`), reads what was received of the
agency (:mod:`ita_nb.intake`), and computes once what every output needs (:mod:`ita_nb.analysis`). The
result is one immutable record; notebooks show it through :mod:`ita_nb.document`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ita_nb.analysis.diagnosis import LowLists, Weakness, find_weaknesses, low_lists
from ita_nb.analysis.levels import LevelFinding, find_level
from ita_nb.analysis.losses import LossNode, WithoutAbsent, loss_tree, without_absent
from ita_nb.analysis.planner import Coverage, find_coverage, make_plan
from ita_nb.analysis.reconcile import (
    NodeCheck,
    check_nodes,
    level_problems,
    mismatches,
    respondent_problems,
    share_problems,
)
from ita_nb.analysis.respondents import Respondents
from ita_nb.analysis.scores import Scores
from ita_nb.analysis.uncertainty import Interval, question_intervals, total_standard_error_bound
from ita_nb.analysis.unchecked import not_checked
from ita_nb.errors import NotChecked, Problem
from ita_nb.facts.catalogue import Catalogue, load_catalogue
from ita_nb.facts.framework import Framework
from ita_nb.facts.loader import framework_version, load_framework
from ita_nb.facts.provenance import code_version
from ita_nb.intake.record import Agency, Node, PlannedMeasure, Record
from ita_nb.intake.workspace import find_workspace, read_record


@dataclass(frozen=True)
class Provenance:
    """Fingerprints of the agency's slice of the data, of the code, and of the facts of the year."""

    data: str
    code: str
    framework: str


@dataclass(frozen=True)
class Case:
    """Everything that any output says about one agency and fiscal year (Buddhist)."""

    framework: Framework
    catalogue: Catalogue
    record: Record
    scores: Scores
    respondents: dict[str, Respondents]
    nodes: tuple[NodeCheck, ...]
    level: LevelFinding
    problems: tuple[Problem, ...]
    not_checked: tuple[NotChecked, ...]
    losses: LossNode | None
    lowest: LowLists
    sensitivity: tuple[WithoutAbsent, ...]
    intervals: dict[Node, Interval]
    total_error_bound: float | None
    weaknesses: tuple[Weakness, ...]
    plan: tuple[PlannedMeasure, ...]
    coverage: Coverage
    provenance: Provenance

    @property
    def agency(self) -> Agency:
        """The agency that the case is about."""
        return self.record.agency

    @property
    def fiscal_year(self) -> int:
        """The ITA round (Buddhist fiscal year) whose scores are analysed."""
        return self.framework.fiscal_year


def build_case(agency_id: str, fiscal_year: int, workspace: Path | str = ".") -> Case:
    """Build the case of one agency and year from the workspace at or above ``workspace``.

    Raises FactsError (no facts for the year) or IntakeError (nothing usable was received); problems
    in single rows or numbers do not raise, they are listed in ``problems``.
    """
    framework = load_framework(fiscal_year)
    catalogue = load_catalogue(fiscal_year)
    record = read_record(find_workspace(Path(workspace)), agency_id, framework)

    scores = Scores(framework, record)
    respondents = scores.respondents
    level = find_level(scores)
    losses = loss_tree(scores)
    weaknesses = find_weaknesses(scores, losses, respondents)
    plan = make_plan(framework, catalogue, weaknesses, record.measures)

    return Case(
        framework=framework,
        catalogue=catalogue,
        record=record,
        scores=scores,
        respondents=respondents,
        nodes=tuple(check_nodes(scores)),
        level=level,
        problems=(
            *record.problems,
            *mismatches(scores, respondents),
            *share_problems(scores, respondents),
            *respondent_problems(scores, respondents),
            *level_problems(scores, level),
        ),
        not_checked=tuple(not_checked(scores, respondents, level)),
        losses=losses,
        lowest=low_lists(scores, losses),
        sensitivity=tuple(found for node in scores.distributions if (found := without_absent(scores, node))),
        intervals=question_intervals(scores),
        total_error_bound=total_standard_error_bound(scores),
        weaknesses=weaknesses,
        plan=plan,
        coverage=find_coverage(weaknesses, plan),
        provenance=Provenance(record.slice_hash, code_version(), framework_version(fiscal_year)),
    )
