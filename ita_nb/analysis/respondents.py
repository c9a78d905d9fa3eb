"""How many people answered, read off the printed scores, and the answer distributions in counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from ita_nb.analysis.lattice import HALF_UNIT, READABLE, counts_of_shares, grid_steps
from ita_nb.facts.framework import Framework, Question
from ita_nb.facts.rules import load_rules
from ita_nb.intake.record import Answer, Node, Record


@dataclass(frozen=True)
class Respondents:
    """The respondents of one group (``IIT``, ``EIT.1``).

    ``n`` is the stated number, else the smallest that fits every score (multiples fit as well),
    else ``None``; ``misfits`` are the scores that n respondents cannot give; ``contradictory`` says
    that no number fits.
    """

    group: str
    n: int | None
    inferred: bool
    misfits: tuple[Node, ...] = ()
    contradictory: bool = False


@dataclass(frozen=True)
class Distribution:
    """The answers to one question: as printed, and in counts where the printed shares allow one reading.

    ``score`` (0-100) is exact from counts, else from shares, else ``None`` when they do not add up.
    """

    node: Node
    answers: tuple[Answer, ...]
    points: Mapping[str, Fraction]
    counts: tuple[int, ...] | None
    shares_sum: Fraction

    @property
    def adds_up(self) -> bool:
        """Whether the shares add up to 100 within what rounding allows."""
        return abs(self.shares_sum - 100) <= load_rules().shares_sum_tolerance

    @property
    def shares(self) -> tuple[Fraction, ...]:
        """Shares in percent: exact from counts, else as printed."""
        if self.counts:
            return tuple(Fraction(100 * count, sum(self.counts)) for count in self.counts)
        return tuple(a.share or Fraction(0) for a in self.answers)

    @property
    def score(self) -> Fraction | None:
        """The mean of the answers' points."""
        if not self.adds_up:
            return None
        pairs = zip(self.shares, self.answers, strict=True)
        points = sum((s * self.points[a.option] for s, a in pairs), Fraction(0))
        return points / sum(self.shares, Fraction(0))

    def lost_by_option(self) -> dict[str, Fraction] | None:
        """Return option -> points of the question lost through it; together 100 minus the score."""
        if not self.adds_up:
            return None
        whole = sum(self.shares)
        return {
            a.option: s * (100 - self.points[a.option]) / whole
            for s, a in zip(self.shares, self.answers, strict=True)
        }

    def as_proposed(self, shares: tuple[str, ...]) -> Distribution:
        """Return the same answers with other shares (percent, as text), in the order of the options."""
        answers = tuple(
            Answer(a.option, Fraction(text), text) for a, text in zip(self.answers, shares, strict=True)
        )
        return replace(self, answers=answers, counts=None, shares_sum=sum(map(Fraction, shares), Fraction(0)))

    def score_interval(self) -> tuple[Fraction, Fraction]:
        """Return the least and the greatest score whose shares print as they do and add up to 100."""
        if not any(a.share_text for a in self.answers):  # counts were given: nothing was rounded
            return (self.score or Fraction(0),) * 2
        boxes = [
            (self.points[a.option], max(Fraction(0), s - HALF_UNIT), s + HALF_UNIT)
            for s, a in zip((a.share or Fraction(0) for a in self.answers), self.answers, strict=True)
        ]
        return _extreme(sorted(boxes)), _extreme(sorted(boxes, reverse=True))


def _extreme(boxes: list[tuple[Fraction, Fraction, Fraction]]) -> Fraction:
    """Fill shares up from their lower bounds in the given order of points until they add up to 100."""
    left = 100 - sum(low for _, low, _ in boxes)
    score = Fraction(0)
    for points, low, high in boxes:
        extra = min(max(left, Fraction(0)), high - low)
        left -= extra
        score += points * (low + extra) / 100
    return score


def group_of(framework: Framework, node: Node) -> str:
    """Return the group of respondents that a question's score comes from."""
    return Node(framework.instrument_of(node.code), node.part).label


@dataclass(frozen=True)
class _Constraint:
    """A printed score or distribution that restricts the number of respondents."""

    node: Node
    score: Fraction | None = None
    step: Fraction = Fraction(20)
    shares: tuple[Fraction, ...] = ()

    def allows(self, n: int) -> bool:
        if self.score is not None:
            return bool(grid_steps(self.score, self.step, n))
        return n > READABLE or bool(counts_of_shares(self.shares, n))


def implied_respondents(framework: Framework, record: Record) -> dict[str, Respondents]:
    """Read the number of respondents of every group off its printed scores and distributions.

    Source: `statistics` of rounded percentages; 42 and its multiples alone fit eight two-decimal
    scores of the first real case.
    """
    groups: dict[str, list[_Constraint]] = {}
    for constraint in _constraints(framework, record):
        groups.setdefault(group_of(framework, constraint.node), []).append(constraint)
    for group in record.respondents:
        groups.setdefault(group, [])
    return {
        group: _respondents(group, found, record.respondents.get(group)) for group, found in groups.items()
    }


def _constraints(framework: Framework, record: Record) -> Iterable[_Constraint]:
    for node, score in record.scores.items():
        leaf = framework.leaves.get(node.code)
        # 0 and 100 fit any number of respondents.
        if isinstance(leaf, Question) and 0 < score.value < 100:
            step = framework.scale_by_code[leaf.scale].step
            if step is not None:
                yield _Constraint(node, score=score.value, step=step)
    tolerance = load_rules().shares_sum_tolerance
    for node, answers in record.answers.items():
        shares = tuple(a.share for a in answers if a.share is not None)
        if len(shares) == len(answers) and abs(sum(shares, Fraction(0)) - 100) <= tolerance:
            yield _Constraint(node, shares=shares)


def _respondents(group: str, constraints: list[_Constraint], stated: int | None) -> Respondents:
    if stated is not None:
        misfits = tuple(dict.fromkeys(c.node for c in constraints if not c.allows(stated)))
        return Respondents(group, stated, inferred=False, misfits=misfits)
    rules = load_rules()
    if sum(len(c.shares) or 1 for c in constraints) < rules.respondents_min_scores:
        return Respondents(group, None, inferred=True)
    allowed = [{n for n in range(1, rules.respondents_limit + 1) if c.allows(n)} for c in constraints]
    together = set.intersection(*allowed)
    if together:
        return Respondents(group, min(together), inferred=True)
    # One mistyped score breaks every fit; without it the others agree again.
    without = {
        c.node: set.intersection(*(a for j, a in enumerate(allowed) if j != i))
        for i, c in enumerate(constraints)
        if len(constraints) > rules.respondents_min_scores
    }
    fits = {node: min(found) for node, found in without.items() if found}
    if not fits:
        return Respondents(group, None, inferred=True, contradictory=True)
    misfit = min(fits, key=lambda node: fits[node])
    return Respondents(group, fits[misfit], inferred=True, misfits=(misfit,))


def read_distributions(framework: Framework, record: Record) -> dict[Node, Distribution]:
    """Return every received distribution, in counts where n and the printed score allow one reading."""
    respondents = implied_respondents(framework, record)
    found = {}
    for node, answers in record.answers.items():
        points = framework.points(node.code) or {}
        counted = tuple(a.count for a in answers if a.count is not None)
        if all(a.count is not None or a.share == 0 for a in answers):
            counts: tuple[int, ...] | None = tuple(a.count or 0 for a in answers)
            shares_sum = Fraction(100 if sum(counted) else 0)
        else:
            shares = tuple(a.share or Fraction(0) for a in answers)
            n = respondents[group_of(framework, node)].n if group_of(framework, node) in respondents else None
            counts, shares_sum = counts_reading(shares, n, points, record, node), sum(shares, Fraction(0))
        found[node] = Distribution(node, answers, points, counts, shares_sum)
    return found


def counts_reading(
    shares: tuple[Fraction, ...], n: int | None, points: Mapping[str, Fraction], record: Record, node: Node
) -> tuple[int, ...] | None:
    """Return the one reading of the shares in counts that also gives the printed score, or ``None``."""
    readings = counts_of_shares(shares, n) if n else []
    stated = record.scores.get(node)
    if stated is not None and len(readings) > 1:
        readings = [c for c in readings if abs(score_of(c, points) - stated.value) <= stated.half_unit]
    return readings[0] if len(readings) == 1 else None


def score_of(counts: tuple[int, ...], points: Mapping[str, Fraction]) -> Fraction:
    """Return the mean points (0-100) of counted answers, options in scale order."""
    return sum((c * p for c, p in zip(counts, points.values(), strict=True)), Fraction(0)) / sum(counts)
