"""One agency over the years: points, what separates them, and the changes that may be read as such.

Scores of two years are only subtracted where :mod:`ita_nb.facts.crosswalk` finds them comparable; a change
that is not comparable keeps its reason instead. Nothing here says why a score changed. Sources: Kitagawa's
split of a change into scores and weights; mid-rank percentiles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ita_nb.analysis.diagnosis import leaf_scores
from ita_nb.analysis.scores import FULL, Scores, weighted
from ita_nb.analysis.slips import agrees, distance
from ita_nb.facts.crosswalk import Link, level_names_comparable, link
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, LevelScheme, Node
from ita_nb.facts.rules import load_rules
from ita_nb.intake.peers import Peers, Standing

ByYear = Mapping[int, Scores]
Frameworks = Mapping[int, Framework]


@dataclass(frozen=True)
class TrendPoint:
    """The score of a node in one year; ``contradicted`` where what is printed is not what its parts give."""

    fiscal_year: int
    node: Node
    score: Fraction
    contradicted: bool = False


@dataclass(frozen=True)
class Boundary:
    """Between the previous year with data and this one something changed for the node."""

    fiscal_year: int
    reasons_th: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """A change in two parts that add up to it: as if only the scores, as if only the weights had changed."""

    scores: Fraction
    weights: Fraction


@dataclass(frozen=True)
class Change:
    """A node in two years; only a comparable link makes a change of the two scores.

    ``before`` is ``None`` where the earlier year has no such score.
    """

    node: Node
    before_year: int
    after_year: int
    before: Fraction | None
    after: Fraction
    link: Link
    split: Split | None = None

    @property
    def difference(self) -> Fraction | None:
        """After minus before, or ``None`` where the two cannot be compared."""
        return self.after - self.before if self.link.comparable and self.before is not None else None


@dataclass(frozen=True)
class NodeTrend:
    """A node over the years with data: its points, and the boundaries and changes between them."""

    node: Node
    points: tuple[TrendPoint, ...]
    boundaries: tuple[Boundary, ...]
    changes: tuple[Change, ...]

    def score(self, fiscal_year: int) -> Fraction | None:
        """Return the score of a year."""
        return next((p.score for p in self.points if p.fiscal_year == fiscal_year), None)


@dataclass(frozen=True)
class LevelNames:
    """Printed levels by year that may stand side by side: one kind of names, one rule."""

    scheme: LevelScheme
    by_year: Mapping[int, str]


@dataclass(frozen=True)
class Trend:
    """The total, the instruments and the indicators over the years; items of the two newest years.

    The newest year is the one that the report is about.
    """

    years: tuple[int, ...]
    nodes: tuple[NodeTrend, ...]
    items: tuple[Change, ...]
    levels: tuple[LevelNames, ...]

    def of(self, code: str) -> NodeTrend | None:
        """Return the trend of the total (``total``), an instrument or an indicator."""
        return next((trend for trend in self.nodes if trend.node.code == code), None)


@dataclass(frozen=True)
class Percentile:
    """Where a score stands among ``peers`` other agencies of the same type in the same year (0-100)."""

    node: Node
    score: Fraction
    peers: int
    percentile: Fraction


def find_trend(scores_by_year: ByYear, frameworks: Frameworks) -> Trend:
    """Return what the years with data show, each judged by the rules of its own year.

    ``frameworks`` hold every year that is known: what lies between two years with data decides as well.
    """
    newest_first = sorted(scores_by_year, reverse=True)
    groups = dict.fromkeys(code for year in newest_first for code in _codes(scores_by_year[year].framework))
    found = [_node_trend(scores_by_year, frameworks, Node(code)) for code in groups]
    nodes = tuple(trend for trend in found if trend.points)
    of_items = {year for year, scores in scores_by_year.items() if leaf_scores(scores)}
    years = tuple(sorted(of_items | {p.fiscal_year for trend in nodes for p in trend.points}))
    items = _item_changes(scores_by_year, frameworks, *years[-2:]) if len(years) > 1 else ()
    return Trend(years, nodes, items, _levels(scores_by_year, frameworks))


def _codes(framework: Framework) -> list[str]:
    return [TOTAL, *(i.code for i in framework.instruments), *(i.code for i in framework.indicators)]


def _node_trend(scores_by_year: ByYear, frameworks: Frameworks, node: Node) -> NodeTrend:
    points = []
    for year, scores in sorted(scores_by_year.items()):
        best = scores.best(node) if node.code in _codes(scores.framework) else None
        if best is not None:
            points.append(TrendPoint(year, node, best.value, agrees(scores, node) is False))
    changes = []
    for old, new in pairwise(points):
        years = (old.fiscal_year, new.fiscal_year)
        between = link(frameworks, *years, node.code)
        split = _split(scores_by_year, frameworks, years, node.code) if between.comparable else None
        changes.append(Change(node, *years, old.score, new.score, between, split))
    boundaries = [Boundary(c.after_year, c.link.reasons_th) for c in changes if not c.link.comparable]
    return NodeTrend(node, tuple(points), tuple(boundaries), tuple(changes))


def kitagawa(
    before: Sequence[Fraction],
    after: Sequence[Fraction],
    weights_before: Sequence[Fraction],
    weights_after: Sequence[Fraction],
) -> Split:
    """Split the change of a weighted sum exactly: sum(mean(w) dx) for scores, sum(dw mean(x)) for weights."""
    terms = list(zip(before, after, weights_before, weights_after, strict=True))
    return Split(
        sum(((w0 + w1) / 2 * (x1 - x0) for x0, x1, w0, w1 in terms), Fraction(0)),
        sum(((w1 - w0) * (x0 + x1) / 2 for x0, x1, w0, w1 in terms), Fraction(0)),
    )


def _split(scores_by_year: ByYear, frameworks: Frameworks, years: tuple[int, int], code: str) -> Split | None:
    """Split a change where the groups below are known and comparable in both years and the weights differ."""
    framework = frameworks[years[1]]
    children = framework.children(code)
    below_are_groups = all(child in framework.groups for child in children)
    if not below_are_groups or not all(link(frameworks, *years, child).comparable for child in children):
        return None
    before, after = (_weighed(scores_by_year[year], code, children) for year in years)
    if before is None or after is None or before[1] == after[1]:
        return None
    return kitagawa(before[0], after[0], before[1], after[1])


def _weighed(
    scores: Scores, code: str, children: Sequence[str]
) -> tuple[list[Fraction], list[Fraction]] | None:
    """Return scores and weights below a group, or ``None`` unless they give its score."""
    own = scores.best(Node(code))
    found = [(scores.framework.by_code[child].weight, scores.best(Node(child))) for child in children]
    below = [(w, estimate) for w, estimate in found if w is not None and estimate is not None]
    if own is None or len(below) < len(children):
        return None
    if distance(own.value, weighted(below)) > load_rules().tolerance:
        return None
    return [estimate.value for _, estimate in below], [w for w, _ in below]


def _item_changes(
    scores_by_year: ByYear, frameworks: Frameworks, before: int, after: int
) -> tuple[Change, ...]:
    """Return every printed question and item of the later year with what it was in the earlier one."""
    changes = []
    for node, score in leaf_scores(scores_by_year[after]).items():
        between = link(frameworks, before, after, node.code)
        old = scores_by_year[before].printed(Node(between.before, node.part)) if between.before else None
        changes.append(Change(node, before, after, old.value if old else None, score, between))
    return tuple(changes)


def _levels(scores_by_year: ByYear, frameworks: Frameworks) -> tuple[LevelNames, ...]:
    """Group the printed levels of the years; a year that may not stand beside the one before starts anew."""
    groups: list[LevelNames] = []
    for year, scores in sorted(scores_by_year.items()):
        name, scheme = scores.record.level_th, _scheme(scores)
        last = groups[-1] if groups else None
        if (
            name
            and last
            and last.scheme == scheme
            and level_names_comparable(frameworks, max(last.by_year), year)
        ):
            groups[-1] = LevelNames(scheme, {**last.by_year, year: name})
        elif name:
            groups.append(LevelNames(scheme, {year: name}))
    return tuple(groups)


def _scheme(scores: Scores) -> LevelScheme:
    """Return the kind of names of a year, unless the printed level is plainly of the other kind."""
    scheme = scores.framework.level_basis.scheme
    return scheme if scores.record.level_th.isascii() == (scheme == "letters") else "unknown"


def percentile(standing: Standing) -> Fraction:
    """Return the mid-rank percentile of a score in a group: those below and half of those equal, of all."""
    return FULL * (standing.below + Fraction(standing.equal, 2)) / standing.others


def percentile_among_peers(scores: Scores, node: Node) -> Percentile | None:
    """Return where a score stands among agencies of the same type and year, if there are enough of them."""
    own = scores.best(node)
    if own is None:
        return None
    standing = Peers.of(scores.record.peers).standing(node, own.value)
    if standing.others < load_rules().peers_min:
        return None
    return Percentile(node, own.value, standing.others, percentile(standing))
