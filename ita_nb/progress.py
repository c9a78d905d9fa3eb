"""The second story, told after :mod:`ita_nb.case`: what became of the measures of one agency and plan year.

:func:`build_progress` reads the measures, what is recorded of them, and the scores before and after where
there are any; notebooks show the result through :mod:`ita_nb.document`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from ita_nb.analysis.diagnosis import in_order
from ita_nb.analysis.progress import (
    MeasureProgress,
    ScoreChange,
    day_of_report,
    find_progress,
    score_changes,
    state_problems,
)
from ita_nb.analysis.wording import text_problems
from ita_nb.errors import ParameterError, Problem
from ita_nb.facts.forms import ProgressForm, load_forms
from ita_nb.facts.framework import Framework
from ita_nb.facts.loader import Provenance, Requirement, facts_folder, load_framework, report_requirement
from ita_nb.history import known_frameworks, provenance_of, scores_of
from ita_nb.intake.params_file import Rewrite, Words, read_words
from ita_nb.intake.people import idle_acceptances
from ita_nb.intake.record import Agency, Record
from ita_nb.intake.workspace import find_workspace, framework_of, read_plan, scored_year
from ita_nb.thai import to_common_year


@dataclass(frozen=True)
class ProgressCase:
    """Everything that a report on the measures of one agency and plan year (Buddhist) says.

    ``framework`` is of the year whose scores the measures answer: their item codes are of that year.
    """

    framework: Framework
    plan_year: int
    requirement: Requirement
    form: ProgressForm
    record: Record
    as_of: dt.date
    entries: tuple[MeasureProgress, ...]
    compared: tuple[ScoreChange, ...]
    problems: tuple[Problem, ...]
    provenance: Provenance

    @property
    def agency(self) -> Agency:
        """The agency that the report is about."""
        return self.record.agency

    @property
    def fiscal_year(self) -> int:
        """The year that names the document: the plan year of the measures."""
        return self.plan_year

    @property
    def has_results(self) -> bool:
        """Whether anything is recorded, or the state of every measure; without it this is no report."""
        results = [entry.result for entry in self.entries]
        return any(r and r.made_th for r in results) or all(r and r.state for r in results)

    @property
    def not_due_before(self) -> dt.date:
        """The day after which a measure must end to be not due: for twelve months beyond the plan year."""
        year_end = dt.date(to_common_year(self.plan_year), 9, 30)
        return self.as_of if self.record.office.period == "six_months" else max(self.as_of, year_end)


def build_progress(
    agency_id: str, plan_year: int, workspace: Path | str = ".", rewrite: Rewrite | None = None
) -> ProgressCase:
    """Build the report on the measures of ``plan_year`` from the workspace at or above ``workspace``.

    Raises FactsError (no facts for the scored year) or IntakeError (no measure of that year).
    """
    home = find_workspace(Path(workspace))
    facts = facts_folder(home)
    filed = read_words(home, agency_id, plan_year, "progress")
    words = rewrite(filed) if rewrite else filed
    _refuse_words_of_an_analysis(words, agency_id, plan_year)
    known = load_framework(scored_year(home, agency_id, plan_year), facts)
    framework = framework_of(home, agency_id, known)
    analysis = read_words(home, agency_id, framework.fiscal_year).office
    words = replace(words, office=words.office.with_people_of(analysis))
    record = read_plan(home, agency_id, plan_year, framework, words)
    record = replace(record, measures=in_order(framework, record.measures))
    office = record.office
    as_of = day_of_report(plan_year, office.period, record.results, office.as_of)

    frameworks = known_frameworks(home, framework.fiscal_year, plan_year)
    own = frameworks.get(plan_year, framework)
    before = scores_of(home, agency_id, framework)
    after = scores_of(home, agency_id, own) if own is not framework else None
    requirement = report_requirement(framework, plan_year, facts)
    form = load_forms().progress[office.progress_form or requirement.forms.progress]
    asked = {column.field for column in form.table.columns}
    entries = find_progress(record.measures, record.results, as_of, asked)
    # A measure that goes on beyond the plan year is right to be not finished.
    open_ids = {e.measure.measure_id for e in entries if e.state in {"not_due", "under_way"}}
    late = ("period-outside-plan-year", "warning")
    problems = (
        *(p for p in record.problems if (p.rule, p.severity) != late or p.node not in open_ids),
        *text_problems(record.measures, record, plan_year, record.results),
        *state_problems(entries, as_of),
    )

    return ProgressCase(
        framework=framework,
        plan_year=plan_year,
        requirement=requirement,
        form=form,
        record=record,
        as_of=as_of,
        entries=entries,
        compared=score_changes(record.measures, before, after, frameworks),
        problems=(*problems, *idle_acceptances(problems, record.accepted)),
        provenance=provenance_of(home, record, framework, plan_year),
    )


def _refuse_words_of_an_analysis(words: Words, agency_id: str, plan_year: int) -> None:
    """Texts and measures belong to an analysis: whoever hands them over has taken the wrong file."""
    if words.texts or words.measures:
        raise ParameterError(
            where="พารามิเตอร์ของสมุดบันทึก",
            expected=f"แฟ้มของรายงานผล params/{agency_id}-{plan_year}-progress.yaml ซึ่งมีแต่ office",
            found="texts หรือ measures ซึ่งเป็นของเอกสารวิเคราะห์",
            todo="ใช้แฟ้มของรายงานผล หรือไม่ต้องส่งแฟ้มพารามิเตอร์",
        )
