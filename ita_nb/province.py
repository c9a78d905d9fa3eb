"""The third story: the agencies of one batch and fiscal year together, read from the batch's merged tables.

:func:`build_province` reads what :mod:`ita_nb.tables` describes, as the batch has merged it, and computes
once what the overview shows. No agency's case is built again; ``province_overview.ipynb`` shows the result
through :mod:`ita_nb.document`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ita_nb.analysis.province import (
    Band,
    Funnel,
    SharedLoss,
    error_of_groups,
    find_funnel,
    order_by_likeness,
    rank_bands,
    shared_losses,
)
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Node
from ita_nb.facts.loader import code_version, facts_folder, framework_version, load_framework
from ita_nb.facts.rules import load_rules
from ita_nb.intake.record import Member, NotMade, read_members
from ita_nb.intake.workspace import find_workspace

# More rows than this are no picture, and to order them takes memory and time with their square.
MOST_IN_ORDER = 600


@dataclass(frozen=True)
class Province:
    """Everything that the overview says of the agencies of one batch and fiscal year (Buddhist).

    ``members`` are the agencies with a result, by name in Thai order. ``error_bounds`` are the greatest
    standard errors that sampling can give the total (points), where the respondents are known; ``funnel``
    and ``bands`` are of the agencies that have one, in the order of ``judged``. ``costs`` is by kind of node:
    indicator or leaf. ``code`` and ``facts`` are fingerprints.
    """

    name: str
    framework: Framework
    members: tuple[Member, ...]
    not_made: tuple[NotMade, ...]
    other_years: tuple[int, ...]
    likeness: tuple[Member, ...]
    costs: Mapping[str, tuple[SharedLoss, ...]]
    judged: tuple[Member, ...]
    error_bounds: Mapping[str, float]
    funnel: Funnel | None
    bands: tuple[Band, ...]
    code: str
    facts: str

    @property
    def fiscal_year(self) -> int:
        """The ITA round (Buddhist fiscal year) of the results."""
        return self.framework.fiscal_year

    @property
    def totals(self) -> list[float]:
        """The totals that are known, in the order of the members."""
        return [member.total for member in self.members if member.total is not None]

    def indicator_scores(self, member: Member) -> list[float | None]:
        """Return the scores of a member by indicator, in the order of the facts."""
        return [member.scores.get(Node(i.code)) for i in self.framework.indicators]


def build_province(folder: Path | str, workspace: Path | str = ".") -> Province:
    """Build the record of the batch whose outputs are in ``folder`` of the workspace, or anywhere (absolute).

    Raises IntakeError where the folder holds no table of a batch, FactsError for a year without facts.
    """
    home = find_workspace(Path(workspace))
    place, facts = home / folder, facts_folder(home)
    found = read_members(place)
    framework = load_framework(found.fiscal_year, facts)
    rows = [lost for member in found.members for lost in member.losses]
    bounds = _error_bounds(framework, found.members)
    judged = tuple(m for m in found.members if m.agency.agency_id in bounds)
    values = [m.total for m in judged if m.total is not None]
    own = [bounds[m.agency.agency_id] for m in judged]
    enough = len(judged) >= load_rules().peers_min

    return Province(
        name=place.resolve().name,
        framework=framework,
        members=found.members,
        not_made=found.not_made,
        other_years=found.other_years,
        likeness=_in_order(framework, found.members),
        costs={kind: shared_losses(r for r in rows if r.kind in kinds) for kind, kinds in _KINDS.items()},
        judged=judged,
        error_bounds=bounds,
        funnel=find_funnel(values, own) if enough else None,
        bands=rank_bands(values, own) if enough else (),
        code=code_version(),
        facts=framework_version(found.fiscal_year, facts),
    )


_KINDS = {"indicator": {"indicator"}, "leaf": {"question", "item"}}


def _in_order(framework: Framework, members: Sequence[Member]) -> tuple[Member, ...]:
    """Return the members with a score of an indicator, like ones side by side; none of too many."""
    rows = [[member.scores.get(Node(i.code)) for i in framework.indicators] for member in members]
    known = [place for place, row in enumerate(rows) if any(score is not None for score in row)]
    if len(known) > MOST_IN_ORDER:
        return ()
    return tuple(members[known[place]] for place in order_by_likeness([rows[p] for p in known]))


def _error_bounds(framework: Framework, members: Sequence[Member]) -> dict[str, float]:
    """Return the greatest standard error of each member's total that its respondents allow, by agency.

    It is that of an agency with the mean scores of all and this one's respondents. With each agency's own
    scores the error would shrink as the score rises, and the funnel would judge high scores more strictly.
    """
    weights = survey_weights(framework)
    means = {node: _mean([m.scores[node] for m in members if node in m.scores]) for node in weights}
    found = {}
    for member in members:
        groups = [(weights[node], means[node], member.respondents.get(node)) for node in weights]
        known = [(w, mean, n) for w, mean, n in groups if w is not None and mean is not None and n]
        error = error_of_groups(known)
        if member.total is not None and len(known) == len(groups) and error > 0:
            found[member.agency.agency_id] = error
    return found


def survey_weights(framework: Framework) -> dict[Node, float | None]:
    """Return what a point of each group of respondents is worth in the total, ``None`` where not known."""
    published = {framework.instrument_of(item.code) for item in framework.items}
    nodes = [
        Node(instrument.code, part)
        for instrument in framework.instruments
        if instrument.code not in published
        for part in (framework.parts_of(instrument.code) or ("",))
    ]
    weights = {node: framework.weight_in_total(*node) for node in nodes}
    return {node: None if weight is None else float(weight) for node, weight in weights.items()}


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
