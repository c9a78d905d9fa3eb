"""The exhibits of the overview: the agencies of one batch together -> blocks, each in the reader's words.

``province_overview.ipynb`` makes one :class:`ProvinceReport` and displays its sections.
"""

from __future__ import annotations

from ita_nb.document.blocks import Section
from ita_nb.exhibits.overview import (
    annex,
    changes,
    costs,
    funnel,
    likeness,
    opening,
    priorities,
    quality,
    totals,
)
from ita_nb.parameters import OverviewParameters
from ita_nb.province import Province

_NOTHING = Section(blocks=())


class ProvinceReport:
    """The sections of the overview in the chosen edition and digits.

    The working edition is for whoever helps the agencies: it alone shows the quality of the data and whom to
    help first; in the publication edition these methods return an empty section. Without a result of any
    agency the cover and the first section alone have something to show.
    """

    def __init__(self, province: Province, parameters: OverviewParameters) -> None:
        """Bind a province to the way it is to be shown."""
        self.province = province
        self.parameters = parameters

    def cover(self) -> Section:
        """Cover page; it also tells the renderers whose document this is."""
        return self._shown(opening.cover(self.province, self.parameters))

    def members(self) -> Section:
        """How many agencies, and who is missing and why."""
        return self._shown(opening.members(self.province))

    def totals(self) -> Section:
        """How the totals spread, and the levels with the conditions of the year."""
        return self._of_results(
            totals.totals(self.province, self.parameters.digits) + totals.levels(self.province)
        )

    def likeness(self) -> Section:
        """Agencies and indicators as a heat map, like agencies side by side."""
        return self._of_results(likeness.likeness(self.province, self.parameters.digits))

    def costs(self) -> Section:
        """Indicators and items that cost the agencies together most points."""
        return self._of_results(costs.costs(self.province, self.parameters.digits))

    def funnel(self) -> Section:
        """Who differs by more than chance, and bands of ranks."""
        found = funnel.funnel(self.province, self.parameters.digits) + funnel.bands(self.province)
        return self._of_results(found)

    def changes(self) -> Section:
        """The totals against an earlier year, where they compare."""
        return self._of_results(changes.changes(self.province, self.parameters.digits))

    def quality(self) -> Section:
        """Problems by rule, agencies with contradictions, respondents."""
        return self._of_results(quality.quality(self.province)) if self._working else _NOTHING

    def priorities(self) -> Section:
        """Whom to help first, by published items and by surveys apart."""
        return self._of_results(priorities.priorities(self.province)) if self._working else _NOTHING

    def agencies(self) -> Section:
        """Every agency's numbers, by name."""
        return self._shown(annex.agencies(self.province))

    def provenance(self) -> Section:
        """Where the numbers and the document came from."""
        return self._shown(annex.provenance(self.province))

    @property
    def _working(self) -> bool:
        return self.parameters.edition == "working"

    def _of_results(self, section: Section) -> Section:
        return self._shown(section) if self.province.members else _NOTHING

    def _shown(self, section: Section) -> Section:
        return section.in_digits(self.parameters.digits)
