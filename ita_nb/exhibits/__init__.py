"""The exhibits of the documents: findings of a case -> blocks, each in the reader's words.

A notebook makes one :class:`AgencyReport` or :class:`ProgressReport` and displays its parts. Which sections
a part holds, and in which order, is the form of the year (``facts/forms.yaml``).
"""

from __future__ import annotations

from ita_nb.case import Case
from ita_nb.document.blocks import PageBreak, Section
from ita_nb.document.checklist import analysis_checklist, known_item_name, progress_checklist
from ita_nb.document.gate import blockers, refuse_unready
from ita_nb.document.narrative import voice_of
from ita_nb.document.tidy import TidyTables
from ita_nb.exhibits import (
    checklist,
    instruments,
    office,
    opening,
    plan,
    points,
    progress,
    published_items,
    quality,
    topics,
    trend,
)
from ita_nb.exhibits.text import remark_texts
from ita_nb.facts.forms import PartName
from ita_nb.facts.framework import TOTAL
from ita_nb.parameters import ReportParameters
from ita_nb.progress import ProgressCase

_NOTHING = Section(blocks=())


def _papers(case: Case | ProgressCase, document: str) -> office.Papers:
    item = known_item_name(case.requirement)
    return office.Papers(case.agency, case.record.office, document, item, voice_of(case))


class _Report:
    """What both documents share: edition, digits, the parts of the form, and the office's own sections."""

    def __init__(self, case: Case | ProgressCase, parameters: ReportParameters) -> None:
        if parameters.edition == "publish" and not parameters.draft:
            refuse_unready(case)
        self._subject = case
        self.parameters = parameters

    def part(self, name: PartName) -> Section:
        """Return one part of the document: its sections in the order of the form."""
        whole = _NOTHING
        for section in self._subject.form.parts.get(name, ()):
            whole += getattr(self, section)()
        return whole

    def tables(self) -> TidyTables:
        """The tidy tables behind the document, for programs; no reader of the document sees them."""
        return TidyTables.of(self._subject, self.parameters.edition)

    @property
    def _working(self) -> bool:
        return self.parameters.edition == "working"

    def _shown(self, section: Section) -> Section:
        return section.in_digits(self.parameters.digits)

    def _checks_only(self, section: Section) -> Section:
        return self._shown(section) if self._working else _NOTHING

    def _papers(self) -> office.Papers:
        raise NotImplementedError

    def memo(self) -> Section:
        """The memo that asks the executive to take note and to permit publication."""
        return self._shown(office.memo(self._papers()))

    def meeting(self) -> Section:
        """The meeting that considered the result: date, place, who, resolution."""
        return self._shown(office.meeting(self._papers()))

    def contact(self) -> Section:
        """Where a reader can ask."""
        return self._shown(office.contact(self._papers()))

    def signature(self) -> Section:
        """The signature block."""
        return self._shown(office.signature(self._papers()))


class AgencyReport(_Report):
    """The sections of the analysis and the measures table of one agency, in the chosen edition and digits.

    The working edition shows checks, uncertainty, candidates and drafts; in the publication edition the
    methods that only show these return an empty section, so one notebook serves both.
    """

    def __init__(self, case: Case, parameters: ReportParameters) -> None:
        """Bind a case to the way it is to be shown.

        Raises PublicationRefusedError when the publication edition is asked for but not ready, however
        the notebook is run.
        """
        super().__init__(case, parameters)
        self.case = case

    def _papers(self) -> office.Papers:
        document = (
            f"การวิเคราะห์ผลการประเมินคุณธรรมและความโปร่งใส ปีงบประมาณ พ.ศ. {self.case.fiscal_year} "
            f"และมาตรการส่งเสริมคุณธรรมและความโปร่งใส ปีงบประมาณ พ.ศ. {self.case.plan_year}"
        )
        return _papers(self.case, document)

    def cover(self) -> Section:
        """Cover page; it also tells the renderers whose document this is."""
        return self._shown(opening.cover(self.case, self.parameters))

    def result(self) -> Section:
        """The result in one sentence, and the level."""
        return self._shown(opening.result(self.case, working=self._working))

    def instruments(self) -> Section:
        """Scores by instrument and part."""
        return self._shown(opening.instruments(self.case, working=self._working))

    def indicators(self) -> Section:
        """The indicators: table, and chart against the pass score."""
        return self._shown(opening.indicators(self.case, self.parameters.digits))

    def ranking(self) -> Section:
        """The indicators from the highest to the lowest."""
        return self._shown(instruments.ranking(self.case, self.parameters.digits))

    def trend(self) -> Section:
        """Scores over the years, with the boundaries across which they cannot be compared."""
        return self._shown(trend.trend(self.case, self.parameters.digits, working=self._working))

    def losses(self) -> Section:
        """Where the points went: chart and tables."""
        return self._shown(points.losses(self.case, self.parameters.digits))

    def targets(self) -> Section:
        """How far the next levels are."""
        return self._checks_only(points.targets(self.case))

    def low_lists(self) -> Section:
        """Three lists of low items side by side."""
        return self._checks_only(points.low_lists(self.case))

    def sensitivity(self) -> Section:
        """Unofficial rescoring without the ambiguous answer "ไม่มี"."""
        return self._checks_only(points.sensitivity(self.case))

    def topics(self) -> Section:
        """The analysis by topic, as the form asks."""
        return self._shown(topics.topics(self.case, self.parameters.digits, working=self._working))

    def by_instrument(self) -> Section:
        """The analysis by instrument, as the form asks."""
        return self._shown(instruments.by_instrument(self.case, working=self._working))

    def published_items(self) -> Section:
        """Published items under full marks, with the assessor's remarks."""
        return self._shown(published_items.published_items(self.case, working=self._working))

    def suggestions(self) -> Section:
        """What external stakeholders suggested."""
        above = {TOTAL, *self.case.framework.groups}
        remarks = [r for r in self.case.record.remarks if r.item in above]
        lines = remark_texts(remarks, "suggestion", working=self._working)
        return self._shown(office.suggestions(self._papers(), lines))

    def measures(self) -> Section:
        """The measures table of the plan year, in its form."""
        return self._shown(plan.measures(self.case, working=self._working))

    def outputs(self) -> Section:
        """What each measure promises, and the evidence to keep."""
        return self._shown(plan.outputs(self.case))

    def coverage(self) -> Section:
        """Weaknesses against measures, both ways."""
        return self._checks_only(plan.coverage(self.case, self.parameters.digits))

    def checklist(self) -> Section:
        """The required elements, and what keeps the document from publication."""
        checked = analysis_checklist(self.case)
        found = checklist.checklist(self.case, checked, blockers(self.case))
        return self._checks_only(quality.heading() + found)

    def checks(self) -> Section:
        """Stated against recomputed scores, and what has to be looked at."""
        return self._checks_only(quality.checks(self.case))

    def unknowns(self) -> Section:
        """What is not known, and what could not be checked."""
        return self._checks_only(quality.unknowns(self.case))

    def provenance(self) -> Section:
        """Fingerprints of data, code and facts."""
        return self._shown(quality.provenance(self.case, working=self._working))


class ProgressReport(_Report):
    """The sections of the report on the measures of one agency and plan year."""

    def __init__(self, case: ProgressCase, parameters: ReportParameters) -> None:
        """Bind a case to the way it is to be shown.

        Raises PublicationRefusedError when the publication edition is asked for but not ready: a plan
        without results is no report.
        """
        super().__init__(case, parameters)
        self.case = case

    def _papers(self) -> office.Papers:
        return _papers(self.case, progress.document_name(self.case))

    def cover(self) -> Section:
        """Cover page; it also tells the renderers whose document this is."""
        return self._shown(progress.cover(self.case, self.parameters))

    def summary(self) -> Section:
        """How many measures stand where."""
        return self._shown(progress.summary(self.case, working=self._working))

    def compared(self) -> Section:
        """Scores before and after, where they can be compared."""
        return self._shown(progress.compared(self.case, working=self._working))

    def table(self) -> Section:
        """The table of the report, in the form of the year."""
        return self._shown(progress.table(self.case))

    def incomplete(self) -> Section:
        """Promised against recorded outputs, and what each record lacks."""
        return self._checks_only(progress.incomplete(self.case))

    def upright(self) -> Section:
        """The way back to upright pages after the table."""
        return Section(blocks=(PageBreak(),)) if self.case.form.table.orientation == "landscape" else _NOTHING

    def suggestions(self) -> Section:
        """What was suggested on the result that the measures answer."""
        advice = remark_texts(self.case.record.remarks, "assessor", working=self._working)
        lines = remark_texts(self.case.record.remarks, "suggestion", working=self._working)
        section = office.advice(advice) + office.suggestions(self._papers(), lines)
        return self._shown(section)

    def checklist(self) -> Section:
        """The required elements, and what keeps the document from publication."""
        checked = progress_checklist(self.case)
        found = checklist.checklist(self.case, checked, blockers(self.case))
        return self._checks_only(quality.heading(3) + found)

    def checks(self) -> Section:
        """What has to be looked at in rows and texts."""
        return self._checks_only(progress.checks(self.case))

    def provenance(self) -> Section:
        """Fingerprints of data, code and facts."""
        return self._shown(quality.provenance(self.case, working=self._working))
