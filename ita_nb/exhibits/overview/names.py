"""How the overview names agencies and nodes, and the pieces of wording that its sections share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps

from ita_nb.document.blocks import Section
from ita_nb.exhibits.text import NOTHING
from ita_nb.intake.record import Member
from ita_nb.parameters import OverviewParameters
from ita_nb.province import Province

# The usual short forms of what stands before a name; the longest first, for one may begin another.
_SHORT = {
    "องค์การบริหารส่วนจังหวัด": "อบจ.",
    "องค์การบริหารส่วนตำบล": "อบต.",
    "เทศบาลนคร": "ทน.",
    "เทศบาลเมือง": "ทม.",
    "เทศบาลตำบล": "ทต.",
}
# A slip of many pages is no name; its beginning is enough to find it.
_LONGEST = 120


@dataclass(frozen=True)
class Overview:
    """What the overview's notebook opens: the province, and how the document is to be made."""

    province: Province
    parameters: OverviewParameters

    @property
    def is_working(self) -> bool:
        """Whether this is the working edition."""
        return self.parameters.edition == "working"


_Exhibit = Callable[[Overview], Section]


def of_results(exhibit: _Exhibit) -> _Exhibit:
    """Make an exhibit of the agencies' results: without any it shows nothing."""

    @wraps(exhibit)
    def shown(overview: Overview) -> Section:
        return exhibit(overview) if overview.province.members else NOTHING

    return shown


def names_of(province: Province) -> dict[str, str]:
    """Return the name of each member by its id; where two share a name, with district or id behind it."""
    agencies = [member.agency for member in province.members]
    names = Counter(agency.name_th for agency in agencies)
    places = Counter((agency.name_th, agency.district_th) for agency in agencies)
    found = {}
    for agency in agencies:
        shared = names[agency.name_th] > 1
        told_apart = agency.district_th and places[agency.name_th, agency.district_th] == 1
        aside = f" (อ.{agency.district_th})" if told_apart else f" ({agency.agency_id})"
        name = agency.name_th or agency.agency_id
        cut = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
        found[agency.agency_id] = f"{cut}{aside if shared else ''}"
    return found


def short_names_of(province: Province) -> dict[str, str]:
    """Return the names as :func:`names_of` does, with the short form of what stands before them."""
    return {agency_id: _shortened(name) for agency_id, name in names_of(province).items()}


def _shortened(name: str) -> str:
    for long, short in _SHORT.items():
        if name.startswith(long) and name != long:
            return f"{short}{name.removeprefix(long)}"
    return name


def short_forms_note(members: Iterable[Member]) -> tuple[str, ...]:
    """Return what the short forms stand for that these members' names need; nothing where none does."""
    used = {
        long
        for m in members
        for long in _SHORT
        if m.agency.name_th.startswith(long) and m.agency.name_th != long
    }
    told = [f"{short} คือ {long}" for long, short in _SHORT.items() if long in used]
    return (", ".join(told),) if told else ()


def year_of(province: Province) -> str:
    """The fiscal year of the results, in words."""
    return f"ปีงบประมาณ พ.ศ. {province.fiscal_year}"
