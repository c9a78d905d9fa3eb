"""Funnel, bands of ranks, likeness and shared losses: exact examples, and what must hold for any numbers."""

from __future__ import annotations

import math
import random
from itertools import pairwise, permutations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ita_nb.analysis.province import (
    error_of_groups,
    find_funnel,
    joint_reach,
    order_by_likeness,
    rank_bands,
    shared_losses,
    spread_of,
    steps_of,
)
from ita_nb.facts.kinds import Node
from ita_nb.intake.record import Lost

# ---------------------------------------------------------------- the funnel

# Passing agencies of nine provinces as published (459 of 879), on the arcsine scale of proportions.
PASSED = (132, 36, 70, 57, 41, 36, 26, 33, 28)
AGENCIES = (144, 65, 129, 103, 91, 92, 70, 104, 81)
POOLED = math.asin(math.sqrt(459 / 879))
PROVINCES = find_funnel(
    [math.asin(math.sqrt(x / n)) for x, n in zip(PASSED, AGENCIES, strict=True)],
    [1 / (2 * math.sqrt(n)) for n in AGENCIES],
    POOLED,
)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (PROVINCES.plain[0], "11.2887"),
        (PROVINCES.dispersion, "19.074049"),
        (PROVINCES.between, "0.0527814"),
        (PROVINCES.adjusted[0], "2.014493"),
    ],
    ids=["plain", "dispersion", "between", "adjusted"],
)
def test_published_provinces(found: float, expected: str) -> None:
    """Nine published provinces give the known overdispersion and the known adjusted score."""
    decimals = len(expected.partition(".")[2])

    assert f"{found:.{decimals}f}" == expected


def test_overdispersion_leaves_one_province_outside() -> None:
    """Limits of chance alone flag five of nine provinces, those with the variance beyond it one."""
    outside = [sum(abs(z) > 1.96 for z in scores) for scores in (PROVINCES.plain, PROVINCES.adjusted)]

    assert outside == [5, 1]


def test_variance_beyond_chance_is_that_of_a_meta_analysis() -> None:
    """Around the precision-weighted mean the variance is DerSimonian and Laird's."""
    found = find_funnel([70, 80, 85, 90, 95], [6, 4, 3, 2, 1])

    assert (found.centre, found.between) == pytest.approx((92.248803828, 47.765589782), rel=1e-9)


VALUES = st.lists(st.floats(0, 100), min_size=1, max_size=30)


@given(VALUES, st.data())
def test_outside_the_limits_is_beyond_the_score(values: list[float], data: st.DataObject) -> None:
    """A value lies outside the limits at its error exactly when its adjusted score is beyond their reach."""
    errors = data.draw(st.lists(st.floats(0.1, 10), min_size=len(values), max_size=len(values)))
    found = find_funnel(values, errors)
    for value, error, score in zip(values, errors, found.adjusted, strict=True):
        low, high = found.limits(error, 1.96)
        if abs(abs(score) - 1.96) > 1e-6:
            assert (value < low or value > high) == (abs(score) > 1.96)


@given(st.floats(0, 100), st.lists(st.floats(0.1, 10), min_size=1, max_size=10))
def test_equal_values_differ_by_nothing(value: float, errors: list[float]) -> None:
    """Where all values are equal nothing varies beyond chance, and none stands outside."""
    found = find_funnel([value] * len(errors), errors)

    assert found.between == 0
    assert max(map(abs, found.adjusted)) < 1e-9


@given(VALUES)
def test_adjusted_scores_are_never_farther_out(values: list[float]) -> None:
    """Variance beyond chance only ever brings a value nearer to the centre."""
    found = find_funnel(values, [1.5] * len(values))

    assert all(abs(a) <= abs(p) for a, p in zip(found.adjusted, found.plain, strict=True))


@pytest.mark.parametrize(
    ("values", "errors"), [([], []), ([90.0], [0.0]), ([90.0, 80.0], [1.0, -1.0])], ids=str
)
def test_funnel_needs_values_with_errors(values: list[float], errors: list[float]) -> None:
    """Without a value, or with an error that is none, there is no funnel."""
    with pytest.raises(ValueError, match="standard error"):
        find_funnel(values, errors)


def test_error_of_two_surveys() -> None:
    """The bound of a total from 42 and 43 respondents is the known one."""
    groups = [(0.3, 95.682, 42), (0.15, 95.5, 43)]

    assert error_of_groups(groups) == pytest.approx(1.053661, abs=1e-6)


# ---------------------------------------------------------------- bands of ranks

MEANS, ERRORS = (70, 80, 85, 90, 95), (6, 4, 3, 2, 1)


def test_known_bands() -> None:
    """Five means with their errors have the known joint bands; 1 is the rank of the highest."""
    assert joint_reach(5) == pytest.approx(2.568763168, abs=1e-8)
    assert rank_bands(MEANS, ERRORS) == ((2, 5), (2, 5), (1, 5), (1, 5), (1, 3))


def test_exact_values_have_exact_ranks() -> None:
    """Without error every band is one rank, and equal values share theirs."""
    assert rank_bands([90, 95, 95, 80], [0, 0, 0, 0]) == ((3, 3), (1, 2), (1, 2), (4, 4))


@given(VALUES, st.floats(0.001, 20))
def test_band_holds_the_rank_of_the_value(values: list[float], error: float) -> None:
    """The rank by the value itself, counted from either end, lies in the band."""
    for value, band in zip(values, rank_bands(values, [error] * len(values)), strict=True):
        first = 1 + sum(other > value for other in values)
        last = sum(other >= value for other in values)
        assert band.first <= first <= last <= band.last <= len(values)


def test_nobody_has_no_band() -> None:
    """Without an agency there are no bands."""
    assert rank_bands([], []) == ()


# ---------------------------------------------------------------- likeness


def test_like_rows_stand_side_by_side() -> None:
    """Two mixed groups are told apart, and the group with the higher scores comes first."""
    rows = [[90, 90], [50, 51], [91, 90], [51, 50], [90, 91], [50, 50]]

    assert [place % 2 for place in order_by_likeness(rows)] == [0, 0, 0, 1, 1, 1]


def test_order_is_the_best_of_its_tree() -> None:
    """On a line of values the neighbours are the next ones: no other order has a shorter way."""
    values = [3.0, 99.0, 41.0, 40.0, 7.0, 90.0]
    rows = [[value] for value in values]

    def way(order: tuple[int, ...]) -> float:
        return sum(abs(values[a] - values[b]) for a, b in pairwise(order))

    assert way(order_by_likeness(rows)) == min(map(way, permutations(range(len(values)))))


SCORES = st.none() | st.floats(0, 100)


@settings(deadline=None)
@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.lists(SCORES, min_size=n, max_size=n), max_size=12)))
def test_every_row_has_one_place(rows: list[list[float | None]]) -> None:
    """Whatever is missing, each row stands once in the order, and those without a score at its end."""
    order = order_by_likeness(rows)
    empty = [all(score is None for score in rows[place]) for place in order]

    assert sorted(order) == list(range(len(rows)))
    assert empty == sorted(empty)


def test_likeness_does_not_hang_on_the_order_of_the_rows() -> None:
    """Shuffled rows come out in the same order of scores."""
    rows = [[float(value), float(value * value % 97)] for value in range(1, 20)]
    shuffled = random.Random(1).sample(rows, len(rows))  # noqa: S311 no secret

    assert [rows[i] for i in order_by_likeness(rows)] == [shuffled[i] for i in order_by_likeness(shuffled)]


# ---------------------------------------------------------------- losses that many share


def lost(code: str, *losses: float | None) -> list[Lost]:
    """One row an agency of a node."""
    return [Lost("item", Node(code), None, loss) for loss in losses]


def test_means_are_over_all_agencies_that_have_the_node() -> None:
    """Full marks count as no loss, and the costliest node comes first."""
    found = shared_losses([*lost("o1", 0.0, 0.5), *lost("i1", 1.0, 1.0, 0.0)])

    assert [(s.node.code, s.mean, s.losing, s.agencies) for s in found] == [
        ("i1", pytest.approx(2 / 3), 2, 3),
        ("o1", 0.25, 1, 2),
    ]


def test_what_many_lose_comes_before_what_one_loses() -> None:
    """An item known of one agency does not stand above one that costs all of them nearly as much."""
    found = shared_losses([*lost("o1", 1.4), *lost("o2", *[1.2] * 300)])

    assert [s.node.code for s in found] == ["o2", "o1"]


def test_mean_of_full_marks_alone_is_none() -> None:
    """Where one loss cannot be told apart there is no mean, and the agency counts as losing."""
    (found,) = shared_losses(lost("o12", 0.0, None, 0.0))

    assert (found.mean, found.losing, found.agencies) == (None, 1, 3)


# ---------------------------------------------------------------- distributions


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_steps_hold_every_score(values: list[float]) -> None:
    """Scores fall into at most 20 steps that follow one another, and none reaches beyond 100."""
    steps = steps_of(values, 100)

    assert sum(step.count for step in steps) == len(values)
    assert 1 <= len(steps) <= 20
    assert steps[-1].high <= 100
    assert all(a.high == b.low for a, b in pairwise(steps))
    assert steps[0].low <= min(values)
    assert max(values) <= steps[-1].high


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=60))
@example([19.0, -5e-324])
def test_steps_hold_every_difference(values: list[float]) -> None:
    """Each difference lies in the step that counts it."""
    for step in steps_of(values):
        assert step.count == sum(step.low <= value < step.high for value in values)


def test_nothing_has_no_distribution() -> None:
    """Without a value there are neither steps nor five numbers."""
    assert (steps_of([]), spread_of([])) == ((), None)


def test_five_numbers() -> None:
    """Quartiles lie between the values where they must."""
    found = spread_of([1, 2, 3, 4])

    assert found is not None
    assert (found.least, found.lower, found.median, found.upper, found.greatest) == (1, 1.75, 2.5, 3.25, 4)
