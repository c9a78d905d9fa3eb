"""The exhibits of the agency report: findings of a case -> blocks, each in the reader's words.

A notebook makes one :class:`AgencyReport` and displays what its methods return, in order.
"""

from __future__ import annotations

from ita_nb.case import Case
from ita_nb.document.blocks import Section
from ita_nb.document.exhibits import opening, plan, points, quality, topics
from ita_nb.document.gate import refuse_unready
from ita_nb.parameters import ReportParameters


class AgencyReport:
    """The sections of the analysis and the measures table of one agency, in the chosen edition and digits.

    The working edition shows checks, uncertainty, candidates and drafts; in the publication edition the
    methods that only show these return an empty section, so one notebook serves both.
    """

    def __init__(self, case: Case, parameters: ReportParameters) -> None:
        """Bind a case to the way it is to be shown.

        Raises PublicationRefusedError when the publication edition is asked for but not ready, however
        the notebook is run.
        """
        if parameters.edition == "publish" and not parameters.draft:
            refuse_unready(case)
        self.case = case
        self.parameters = parameters

    @property
    def _working(self) -> bool:
        return self.parameters.edition == "working"

    def _shown(self, section: Section) -> Section:
        return section.in_digits(self.parameters.digits)

    def _checks_only(self, section: Section) -> Section:
        return self._shown(section) if self._working else Section(blocks=())

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

    def losses(self) -> Section:
        """Where the points went: chart and table."""
        return self._shown(points.losses(self.case, self.parameters.digits))

    def low_lists(self) -> Section:
        """Three lists of low items side by side."""
        return self._checks_only(points.low_lists(self.case))

    def sensitivity(self) -> Section:
        """Unofficial rescoring without the ambiguous answer "ไม่มี"."""
        return self._checks_only(points.sensitivity(self.case))

    def topics(self) -> Section:
        """The analysis by topic, as the form asks."""
        return self._shown(topics.topics(self.case, self.parameters.digits, working=self._working))

    def published_items(self) -> Section:
        """Published items under full marks, with the assessor's remarks."""
        return self._shown(topics.published_items(self.case, working=self._working))

    def measures(self) -> Section:
        """The measures table of the plan year, in landscape."""
        return self._shown(plan.measures(self.case, working=self._working))

    def outputs(self) -> Section:
        """What each measure promises, and the evidence to keep."""
        return self._shown(plan.outputs(self.case))

    def coverage(self) -> Section:
        """Weaknesses against measures, both ways."""
        return self._checks_only(plan.coverage(self.case))

    def checks(self) -> Section:
        """Stated against recomputed scores, and what has to be looked at."""
        return self._checks_only(quality.checks(self.case))

    def unknowns(self) -> Section:
        """What is not known, and what could not be checked."""
        return self._checks_only(quality.unknowns(self.case))

    def provenance(self) -> Section:
        """Fingerprints of data, code and facts."""
        return self._shown(quality.provenance(self.case, working=self._working))
