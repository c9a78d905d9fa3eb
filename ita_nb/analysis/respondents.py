"""How many people answered, read off the printed scores, and the answer distributions in counts."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Node, Question
from ita_nb.facts.rules import load_rules
from ita_nb.intake.record import Answer, Record


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

    ``score`` (0-100) is exact from counts, else from shares, else ``None`` when they do not add up, or when
    the points of the answers are unknown (``points`` is empty).
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
        if not self.adds_up or not self.points:
            return None
        pairs = zip(self.shares, self.answers, strict=True)
        points = sum((s * self.points[a.option] for s, a in pairs), Fraction(0))
        return points / sum(self.shares, Fraction(0))

    def lost_by_option(self) -> dict[str, Fraction] | None:
        """Return option -> points of the question lost through it; together 100 minus the score."""
        if not self.adds_up or not self.points:
            return None
        whole = sum(self.shares)
        return {
            a.option: s * (100 - self.points[a.option]) / whole
            for s, a in zip(self.shares, self.answers, strict=True)
        }

    def as_proposed(self, shares: tuple[str, ...], n: int | None) -> Distribution:
        """Return the same answers with other shares (percent, as text), read in counts of n people."""
        answers = tuple(
            Answer(a.option, Fraction(text), text) for a, text in zip(self.answers, shares, strict=True)
        )
        exact = tuple(map(Fraction, shares))
        readings = counts_of_shares(exact, n) if n else []
        counts = readings[0] if len(readings) == 1 else None
        return replace(self, answers=answers, counts=counts, shares_sum=sum(exact, Fraction(0)))

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

    def sizes(self, limit: int) -> frozenset[int]:
        """The numbers of respondents up to ``limit`` that allow what is printed."""
        if self.score is not None:
            return sizes_allowing(self.score, self.step, limit)
        whole = (sizes_allowing(share, Fraction(100), limit) for share in self.shares)
        return frozenset(n for n in frozenset.intersection(*whole) if self.allows(n))

    def allows(self, n: int) -> bool:
        """Whether n respondents can give what is printed."""
        if self.score is not None:
            return bool(grid_steps(self.score, self.step, n))
        return n > READABLE or bool(counts_of_shares(self.shares, n))

    def steps(self) -> list[Fraction]:
        """The grid step of each printed figure that says something about n."""
        return [self.step] if self.score is not None else [Fraction(100) for s in self.shares if 0 < s < 100]


def implied_respondents(framework: Framework, record: Record) -> dict[str, Respondents]:
    """Read the number of respondents of every group off its printed scores and distributions.

    A stated number comes first, then the sum of counted answers. Otherwise the smallest number that
    fits every score is given, if so good a fit would hardly come by chance. Source: GRIM-type checks;
    42 and its multiples alone fit the eight two-decimal scores of the first real case.
    """
    constraints: dict[str, list[_Constraint]] = {group: [] for group in record.respondents}
    for constraint in _constraints(framework, record):
        constraints.setdefault(group_of(framework, constraint.node), []).append(constraint)
    counted = _counted(framework, record)
    for group in counted:
        constraints.setdefault(group, [])
    return {
        group: _respondents(group, found, record.respondents.get(group, counted.get(group)))
        for group, found in constraints.items()
    }


def _constraints(framework: Framework, record: Record) -> Iterable[_Constraint]:
    for node, score in record.scores.items():
        leaf = framework.leaves.get(node.code)
        # 0 and 100 fit any number of respondents.
        if isinstance(leaf, Question) and 0 < score.value < 100:
            step = framework.step(node.code)
            if step is not None:
                yield _Constraint(node, score=score.value, step=step)
    tolerance = load_rules().shares_sum_tolerance
    for node, answers in record.answers.items():
        shares = tuple(a.share for a in answers if a.share is not None)
        if len(shares) == len(answers) and abs(sum(shares, Fraction(0)) - 100) <= tolerance:
            yield _Constraint(node, shares=shares)


def _counted(framework: Framework, record: Record) -> dict[str, int]:
    """Return the sum of counted answers of each group, where all its counted questions agree."""
    sums: dict[str, set[int]] = {}
    for node, answers in record.answers.items():
        counts = [a.count for a in answers if a.count is not None]
        if len(counts) == len(answers):
            sums.setdefault(group_of(framework, node), set()).add(sum(counts))
    return {group: found.pop() for group, found in sums.items() if len(found) == 1}


def _respondents(group: str, constraints: list[_Constraint], known: int | None) -> Respondents:
    if known is not None:
        misfits = tuple(c.node for c in constraints if c.score is not None and not c.allows(known))
        return Respondents(group, known, inferred=False, misfits=misfits)
    unknown = Respondents(group, None, inferred=True)
    if not constraints:
        return unknown
    sizes = [c.sizes(load_rules().respondents_limit) for c in constraints]
    together = min(frozenset.intersection(*sizes), default=None)
    without = _one_left_out(constraints, sizes, together)
    if without:
        misfit = min(without, key=lambda i: without[i])
        # A distribution that does not fit is spoken of as one, not as a score.
        nodes = (constraints[misfit].node,) if constraints[misfit].score is not None else ()
        return Respondents(group, without[misfit], inferred=True, misfits=nodes)
    if together is None:
        return Respondents(group, None, inferred=True, contradictory=True)
    return Respondents(group, together, inferred=True) if _is_sure(constraints, together, 1) else unknown


def _one_left_out(
    constraints: list[_Constraint], sizes: list[frozenset[int]], together: int | None
) -> dict[int, int]:
    """Return, by the place of a figure left out, the n on which all others agree more simply.

    One mistyped score breaks every fit, or fits only a multiple of the true n: that all the others
    then lie on the coarser grid is no chance.
    """
    found: dict[int, int] = {}
    others = len(constraints) - 1
    for i in range(len(constraints) if others else 0):
        fits = frozenset.intersection(*(own for j, own in enumerate(sizes) if j != i))
        n = min(fits, default=None)
        if n is None or not _is_sure(constraints[:i] + constraints[i + 1 :], n, len(constraints)):
            continue
        finer = together is not None and together % n == 0 and together > n
        if together is None or (finer and len(constraints) * (together // n) ** -others < _CHANCE):
            found[i] = n
    return found


# How likely a fit by accident may be before a number of respondents is not believed.
_CHANCE = 0.01


def _is_sure(constraints: list[_Constraint], n: int, trials: int) -> bool:
    """Whether so good a fit at n or below would hardly come by chance in so many trials."""
    steps = [float(step) for c in constraints for step in c.steps()]
    window = float(2 * HALF_UNIT)
    by_chance = sum(math.prod(min(1.0, k * window / step) for step in steps) for k in range(1, n + 1))
    return trials * by_chance < _CHANCE


def read_distributions(
    framework: Framework, record: Record, respondents: Mapping[str, Respondents]
) -> dict[Node, Distribution]:
    """Return every received distribution, in counts where n and the printed score allow one reading."""
    found = {}
    for node, answers in record.answers.items():
        known = framework.points(node.code) or {}
        points = known if all(a.option in known for a in answers) else {}
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
    if stated is not None and points and len(readings) > 1:
        readings = [c for c in readings if abs(score_of(c, points) - stated.value) <= stated.half_unit]
    return readings[0] if len(readings) == 1 else None


def score_of(counts: tuple[int, ...], points: Mapping[str, Fraction]) -> Fraction:
    """Return the mean points (0-100) of counted answers, options in scale order."""
    return sum((c * p for c, p in zip(counts, points.values(), strict=True)), Fraction(0)) / sum(counts)


# ---------------------------------------------------------------- lattice


HALF_UNIT = Fraction(1, 200)
# Above this a two-decimal share stands for several counts, and reading counts off shares says nothing.
READABLE = 10_000


def grid_steps(score: Fraction, step: Fraction, n: int, half_unit: Fraction = HALF_UNIT) -> range:
    """Return the numbers of grid steps k for which ``k * step / n`` prints as ``score``."""
    low = math.ceil((score - half_unit) * n / step)
    high = math.floor((score + half_unit) * n / step)
    return range(max(0, low), min(high, math.floor(100 * n / step)) + 1)


def nearest_on_grid(score: Fraction, step: Fraction, n: int) -> Fraction:
    """Return the possible score of n respondents that is nearest to ``score``."""
    k = score * n / step
    below = Fraction(math.floor(k))
    nearest = below if k - below <= Fraction(1, 2) else below + 1
    return min(nearest * step / n, Fraction(100))


def counts_of_shares(
    shares: Sequence[Fraction], n: int, half_unit: Fraction = HALF_UNIT
) -> list[tuple[int, ...]]:
    """Return every tuple of whole counts that adds to n and prints as ``shares`` (percent).

    None for more than :data:`READABLE` respondents, of whom printed shares say nothing.
    """
    if n > READABLE:
        return []
    choices = [grid_steps(share, Fraction(100), n, half_unit) for share in shares]
    if not all(choices):
        return []
    # Up to READABLE respondents a share allows one or two counts, so this product stays small.
    return [counts for counts in itertools.product(*choices) if sum(counts) == n]


def sizes_allowing(
    score: Fraction, step: Fraction, limit: int, half_unit: Fraction = HALF_UNIT
) -> frozenset[int]:
    """Return the numbers of respondents up to ``limit`` of whom a grid step prints as ``score``."""
    low, high = (score - half_unit) / step, (score + half_unit) / step
    # Whole numbers only: this runs for every score and every size.
    (above, of_above), (below, of_below) = high.as_integer_ratio(), low.as_integer_ratio()
    return frozenset(n for n in range(1, limit + 1) if n * above // of_above >= -(-n * below // of_below))
