"""The posterior of a question's score: closed forms, an exact enumeration, many random draws, symmetries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ita_nb.analysis import uncertainty as module
from ita_nb.analysis.uncertainty import dirichlet_interval, posterior

POINTS = (100, 80, 60, 40, 20, 0)
FOUR = (100, 67, 33, 0)
I10, I13, FULL = (33, 1, 0, 1, 1, 6), (35, 2, 2, 1, 1, 1), (42, 0, 0, 0, 0, 0)
DRAWS = 100_000

COUNTS = st.lists(st.integers(0, 60), min_size=6, max_size=6).filter(any)
UNSEEN = st.one_of(st.none(), st.integers(1, 60))


def population_of(counts: Sequence[int], unseen: int | None) -> int | None:
    """The population that has so many members who did not answer."""
    return None if unseen is None else sum(counts) + unseen


def scores_of_unseen(counts: Sequence[int], points: Sequence[int], unseen: int) -> dict[F, F]:
    """The exact probability of every score of the population, one unseen member's answer after the other."""
    states: dict[tuple[int, ...], F] = {(0,) * len(counts): F(1)}
    for answered in range(unseen):
        following: dict[tuple[int, ...], F] = defaultdict(F)
        for state, chance in states.items():
            for k, count in enumerate(counts):
                weight = F(1, len(counts)) + count + state[k]
                into = (*state[:k], state[k] + 1, *state[k + 1 :])
                following[into] += chance * weight / (sum(counts) + 1 + answered)
        states = following
    found: dict[F, F] = defaultdict(F)
    for state, chance in states.items():
        total = sum((c + x) * s for c, x, s in zip(counts, state, points, strict=True))
        found[F(total, sum(counts) + unseen)] += chance
    return found


# ------------------------------------------------------------------ mean and standard deviation


@pytest.mark.parametrize(
    ("mass", "population", "mean", "deviation"),
    [
        (3, None, 79.777778, 5.516676),
        (1, None, 81.162791, 5.575189),
        (6, None, 77.916667, 5.416013),
        (0, None, 81.904762, 5.600566),
        (0, 60, 81.904762, 3.067557),
        (1, 60, 81.682171, 3.078999),
    ],
)
def test_posterior_of_i10(mass: float, population: int | None, mean: float, deviation: float) -> None:
    """Posterior mean and deviation of i10, for a large and for a finite population."""
    assert posterior(I10, POINTS, mass, population) == pytest.approx((mean, deviation), abs=1e-5)


def test_posterior_at_the_ceiling() -> None:
    """42 answers all at the top give a mean of 98.837 under a prior of mass 1."""
    assert posterior(FULL, POINTS)[0] == pytest.approx(98.837209, abs=1e-5)


# ------------------------------------------------------------------ closed forms


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
@pytest.mark.parametrize(
    ("n", "others"),
    [(1, 0), (2, 1), (42, 0), (42, 21), (400, 3), (400, 400), (50_000, 0), (50_000, 300), (50_000, 25_000)],
)
def test_two_options_of_a_large_population_are_beta(n: int, others: int, level: float) -> None:
    """With two options the score of a large population has the quantiles of a beta distribution."""
    ends = stats.beta(n - others + 0.5, others + 0.5).ppf([(1 - level) / 2, (1 + level) / 2])

    found = dirichlet_interval((n - others, others), (100, 0), level=level)

    assert found == pytest.approx(100 * ends, abs=1e-5)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
@pytest.mark.parametrize(
    ("n", "others", "population"),
    [(1, 0, 5), (2, 1, 300), (42, 0, 60), (42, 3, 2000), (400, 3, 4000), (40_000, 100, 44_000)],
)
def test_two_options_of_a_finite_population_are_beta_binomial(
    n: int, others: int, population: int, level: float
) -> None:
    """With two options the unseen answers have the quantiles of a beta-binomial distribution."""
    unseen = stats.betabinom(population - n, n - others + 0.5, others + 0.5)
    ends = [100 * (n - others + unseen.ppf(p)) / population for p in ((1 - level) / 2, (1 + level) / 2)]

    found = dirichlet_interval((n - others, others), (100, 0), population, level)

    assert found == pytest.approx(ends, abs=1e-9)


def test_an_option_of_the_same_points_adds_its_share_of_the_prior() -> None:
    """Options of equal points are one option: three, two of them alike, are a beta distribution again."""
    ends = stats.beta(30 + 2 / 3, 5 + 1 / 3).ppf([0.025, 0.975])

    assert dirichlet_interval((20, 10, 5), (100, 100, 0)) == pytest.approx(100 * ends, abs=1e-5)


# ------------------------------------------------------------------ exact enumeration and random draws


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
@pytest.mark.parametrize(
    ("counts", "points", "unseen"),
    [(I10, POINTS, 3), (FULL, POINTS, 5), ((0, 0, 1, 0, 0, 0), POINTS, 5), ((9, 4, 2, 1), FOUR, 8)],
)
def test_ends_of_a_small_population_are_the_outermost_likely_scores(
    counts: tuple[int, ...], points: tuple[int, ...], unseen: int, level: float
) -> None:
    """Each end is the outermost score with at least half of what the level leaves at it and beyond."""
    chances, tail = scores_of_unseen(counts, points, unseen), F(1 - level).limit_denominator(1000) / 2
    low = min(x for x in chances if sum(p for y, p in chances.items() if y <= x) >= tail)
    high = max(x for x in chances if sum(p for y, p in chances.items() if y >= x) >= tail)

    found = dirichlet_interval(counts, points, sum(counts) + unseen, level)

    assert found == pytest.approx((float(low), float(high)), abs=1e-9)


@pytest.mark.parametrize("population", [None, 60, 150, 2000, 8000])
@pytest.mark.parametrize(
    ("counts", "points"),
    [(I10, POINTS), (I13, POINTS), (FULL, POINTS), ((10, 8, 7, 6, 6, 5), POINTS), ((30, 8, 3, 1), FOUR)],
)
def test_ends_leave_the_tails_that_many_draws_leave(
    counts: tuple[int, ...], points: tuple[int, ...], population: int | None
) -> None:
    """Of many random populations at most a tail, within the error of drawing, lies beyond each end."""
    rng = np.random.default_rng(7)
    shares = rng.dirichlet(np.asarray(counts) + 1 / len(counts), size=DRAWS)
    scores = shares @ np.asarray(points, dtype=float)
    if population is not None:
        people = rng.multinomial(population - sum(counts), shares) + np.asarray(counts)
        scores = people @ np.asarray(points) / population
    low, high = dirichlet_interval(counts, points, population)
    small, error = 0.01, 5 * (0.025 * 0.975 / DRAWS) ** 0.5

    assert np.mean(scores < low - small) < 0.025 + error
    assert np.mean(scores > high + small) < 0.025 + error
    assert np.mean(scores <= low + small) > 0.025 - error
    assert np.mean(scores >= high - small) > 0.025 - error


@pytest.mark.parametrize(
    ("counts", "points"),
    [
        (I10, POINTS),
        (FULL, POINTS),
        ((400, 0, 0, 0, 0, 0), POINTS),
        ((20_000, 100, 50, 0, 0, 10), POINTS),
        ((400, 5), (100, 0)),
        ((42, 0), (100, 0)),
    ],
)
def test_shrunk_interval_joins_the_exact_one(
    counts: tuple[int, ...], points: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the exact method ends, the interval of a large population, shrunk, differs by < 0.01 points."""
    population = sum(counts) + 5000
    exact = dirichlet_interval(counts, points, population)
    monkeypatch.setattr(module, "_EXACT_UNSEEN", 0)

    assert dirichlet_interval(counts, points, population) == pytest.approx(exact, abs=0.01)


# ------------------------------------------------------------------ what holds of every interval


@settings(max_examples=60, deadline=None)
@given(COUNTS, UNSEEN)
def test_interval_lies_around_the_posterior_mean(counts: list[int], unseen: int | None) -> None:
    """The interval lies in 0-100, around the posterior mean, and not beyond Cantelli's bound."""
    population = population_of(counts, unseen)
    low, high = dirichlet_interval(counts, POINTS, population)
    mean, deviation = posterior(counts, POINTS, 1, population)

    assert 0 <= low <= mean + 1e-9
    assert mean - 1e-9 <= high <= 100
    assert max(mean - low, high - mean) <= deviation * (0.975 / 0.025) ** 0.5 + 1e-6


@settings(max_examples=60, deadline=None)
@given(COUNTS, UNSEEN)
def test_a_higher_level_gives_a_wider_interval(counts: list[int], unseen: int | None) -> None:
    """The interval of a lower level lies within that of a higher one."""
    population = population_of(counts, unseen)
    ends = [dirichlet_interval(counts, POINTS, population, level) for level in (0.8, 0.95, 0.99)]

    assert [low for low, _ in ends] == sorted((low for low, _ in ends), reverse=True)
    assert [high for _, high in ends] == sorted(high for _, high in ends)


@settings(max_examples=60, deadline=None)
@given(COUNTS, UNSEEN)
def test_interval_turns_round_with_the_points(counts: list[int], unseen: int | None) -> None:
    """Points counted from the other end give the interval counted from the other end."""
    population = population_of(counts, unseen)
    low, high = dirichlet_interval(counts, POINTS, population)

    turned = dirichlet_interval(counts, POINTS[::-1], population)

    assert turned == pytest.approx((100 - high, 100 - low), abs=5e-6)


@settings(max_examples=60, deadline=None)
@given(COUNTS, UNSEEN, st.permutations(range(6)))
def test_order_of_the_options_is_of_no_account(
    counts: list[int], unseen: int | None, order: list[int]
) -> None:
    """The options in another order give the same interval."""
    population = population_of(counts, unseen)
    mixed = [counts[k] for k in order], [POINTS[k] for k in order]

    found = dirichlet_interval(*mixed, population)

    assert found == pytest.approx(dirichlet_interval(counts, POINTS, population), abs=5e-6)


# ------------------------------------------------------------------ special cases


def test_interval_is_repeatable() -> None:
    """The same counts give the same interval, to the last bit."""
    assert dirichlet_interval(I13, POINTS) == dirichlet_interval(I13, POINTS)


@pytest.mark.parametrize("population", [None, 20])
def test_options_of_one_score_leave_no_doubt(population: int | None) -> None:
    """Where every option has the same points, both ends are these points."""
    assert dirichlet_interval((3, 4), (50, 50), population) == (50, 50)


def test_nobody_unseen_leaves_no_doubt() -> None:
    """When the whole population answered, both ends are the score itself."""
    assert dirichlet_interval(I10, POINTS, 42) == pytest.approx((1720 / 21, 1720 / 21))


def test_rounded_thirds_are_thirds() -> None:
    """Points stated as 66.67 and 33.33 give the interval of exact thirds."""
    counts, thirds = (30, 8, 3, 1), (100, 200 / 3, 100 / 3, 0)

    rounded = dirichlet_interval(counts, (100, 66.67, 33.33, 0), 60)

    assert rounded == pytest.approx(dirichlet_interval(counts, thirds, 60), abs=0.005)


def test_points_on_no_usual_grid_are_kept_to_two_decimals() -> None:
    """Points with no common step of 1 are taken to the decimals in which they are stated."""
    chances = scores_of_unseen((5, 2, 1), [10000, 6213, 0], 3)
    low = min(x for x in chances if sum(p for y, p in chances.items() if y <= x) >= F(1, 40))

    assert dirichlet_interval((5, 2, 1), (100, 62.13, 0), 11)[0] == pytest.approx(float(low) / 100, abs=0.005)
