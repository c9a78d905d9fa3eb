"""The record of a batch: what is read from its merged tables, what is computed once, and what is refused."""

from __future__ import annotations

import math
import random
from itertools import pairwise, permutations
from pathlib import Path

import pytest
from conftest import REPOSITORY, Workspace
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_up_province import YEAR, Batch, built, made_up

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
from ita_nb.analysis.uncertainty import standard_error_bound
from ita_nb.case import build_case
from ita_nb.errors import FactsError, IntakeError
from ita_nb.facts.kinds import Node
from ita_nb.frames import merged_rows
from ita_nb.intake.record import Lost
from ita_nb.province import build_province, survey_weights
from ita_nb.tables import AGENCIES


@pytest.fixture
def batch() -> Batch:
    """Twelve agencies, all with a result."""
    return made_up(12)


# ---------------------------------------------------------------- what is read


def test_real_tables_are_read(tmp_path: Path) -> None:
    """The tables of a real case give its totals, scores, losses and problems as the case has them."""
    case = build_case("hannangam", YEAR, REPOSITORY)
    (member,) = built(Batch({**merged_rows(case, "working"), AGENCIES: []}), tmp_path).members
    told = {(r.kind, r.node): r.loss for r in member.losses}

    assert (member.total, member.scores[Node("9")]) == (pytest.approx(94.1806), 80.75)
    assert member.respondents == {Node("IIT"): 42, Node("EIT", "1"): 43, Node("EIT"): 43}
    assert member.has_inferred
    assert [p.severity for p in member.problems] == [p.severity for p in case.problems]
    assert (told["indicator", Node("9")], told["item", Node("o12")]) == (pytest.approx(3.85), None)


def test_total_is_the_recomputed_one(batch: Batch, tmp_path: Path) -> None:
    """The recomputed total counts, the stated one where there is no other, else none."""
    for row in batch.tables["results"]:
        row.update(agency_id=f"x{row['agency_id']}", total_stated="", total_recomputed="")
    batch.result(0).update(total_stated=49.74, total_recomputed=94.18)
    batch.result(1).update(total_stated=88.5)
    found = {m.agency.agency_id: (m.total, m.total_is_stated) for m in built(batch, tmp_path).members}

    assert [found[f"xa00{i}"] for i in range(3)] == [(94.18, False), (88.5, True), (None, False)]


def test_names_stand_in_thai_order(batch: Batch, tmp_path: Path) -> None:
    """A vowel written before its consonant does not part names that belong together."""
    names = ["เทศบาลตำบลไผ่", "เทศบาลตำบลผักไห่", "เทศบาลตำบลเกาะ", "เทศบาลตำบลแก้ง", "เทศบาลตำบลกาหลง"]
    for name, row in zip(names, batch.tables["results"], strict=False):
        row["name_th"] = name
    found = [m.agency.name_th for m in built(batch, tmp_path).members if m.agency.name_th in names]

    expected = ["กาหลง", "เกาะ", "แก้ง", "ผักไห่", "ไผ่"]
    assert [name.removeprefix("เทศบาลตำบล") for name in found] == expected


@pytest.mark.parametrize(
    ("name", "read"), [("=HYPERLINK(1)", "=HYPERLINK(1)"), ("'อบต.ก'", "'อบต.ก'"), ("ก\nข \u202eค", "ก ข ค")]
)
def test_hostile_names_are_text(batch: Batch, tmp_path: Path, name: str, read: str) -> None:
    """A name is read to the letter, on one line."""
    batch.result(0)["name_th"] = name

    assert read in {m.agency.name_th for m in built(batch, tmp_path).members}


def test_newest_year_counts(batch: Batch, tmp_path: Path) -> None:
    """Of several years in one folder the newest is shown, and the others are named."""
    for row in batch.tables["results"][:4]:
        row["fiscal_year"] = YEAR - 1
    found = built(batch, tmp_path)

    assert (found.fiscal_year, len(found.members), found.other_years) == (YEAR, 8, (YEAR - 1,))


def test_reports_on_measures_are_no_results(batch: Batch, tmp_path: Path) -> None:
    """A report on measures stands in the same tables, but has no result."""
    batch.result(0)["document"] = "progress"

    assert len(built(batch, tmp_path).members) == 11


def test_batch_without_any_result_is_read(batch: Batch, tmp_path: Path) -> None:
    """Where every document failed the list of agencies alone says of which year and who."""
    failed = [{**row, "status": "failed"} for row in batch.tables[AGENCIES]]
    found = built(Batch({**Batch().tables, AGENCIES: failed}), tmp_path)

    assert (found.fiscal_year, len(found.members), len(found.not_made)) == (YEAR, 0, 12)


@pytest.mark.parametrize(
    ("status", "has_result", "expected"),
    [
        ("failed", False, [("a000", "failed", False)]),
        ("stopped", False, [("a000", "stopped", False)]),
        ("left", False, [("a000", "left", False)]),
        ("failed", True, [("a000", "failed", True)]),
        ("done", True, []),
    ],
)
def test_who_is_missing(
    batch: Batch, tmp_path: Path, status: str, has_result: bool, expected: list[tuple[str, str, bool]]
) -> None:
    """An agency whose document was not made is told, with whether an earlier result stands in for it."""
    batch.tables[AGENCIES][0]["status"] = status
    if not has_result:
        del batch.tables["results"][0]
    found = built(batch, tmp_path)

    assert [(one.agency_id, one.status, one.has_earlier) for one in found.not_made] == expected
    assert len(found.members) == 11 + has_result


def test_folder_lies_in_the_workspace(batch: Batch, workspace: Workspace) -> None:
    """A relative folder is found from any folder of the workspace, as a notebook in JupyterLab needs."""
    batch.write(workspace.root / "outputs" / "made-up")

    assert len(build_province("outputs/made-up", workspace.root / "notebooks").members) == 12


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("spoilt", ["not-parquet", "cut-off", "other-table"])
def test_unusable_tables_are_named(batch: Batch, tmp_path: Path, spoilt: str) -> None:
    """A table that was spoilt stops the overview and is named with what to do."""
    path = batch.write(tmp_path) / "tables" / "scores.parquet"
    whole = path.with_name("losses.parquet").read_bytes()
    path.write_bytes(
        {"not-parquet": "รหัส".encode("cp874"), "cut-off": whole[:-99], "other-table": whole}[spoilt]
    )

    with pytest.raises(IntakeError, match=r"tables/scores.parquet(.|\n)*ita-nb index"):
        build_province(tmp_path, REPOSITORY)


@pytest.mark.parametrize("folder", ["empty", "nowhere"])
def test_folder_without_a_batch_is_refused(tmp_path: Path, folder: str) -> None:
    """A folder without tables, or none at all, is named with what to do."""
    (tmp_path / "empty").mkdir()

    with pytest.raises(IntakeError, match="ita-nb batch"):
        build_province(tmp_path / folder, REPOSITORY)


def test_year_without_facts_is_refused(batch: Batch, tmp_path: Path) -> None:
    """A year that nothing is known of cannot be shown."""
    for row in batch.tables["results"]:
        row["fiscal_year"] = 2999

    with pytest.raises(FactsError, match="2999"):
        built(batch, tmp_path)


# ---------------------------------------------------------------- what is computed


def test_errors_hang_on_respondents_alone(batch: Batch, tmp_path: Path) -> None:
    """Two agencies with the same respondents have the same error, whatever their scores.

    It is that of an agency with the mean scores of all and their own respondents.
    """
    for number in (0, 1):
        batch.result(number).update(n_iit=42, n_eit1=43, n_eit2=20)
    found = built(batch, tmp_path)
    weights = survey_weights(found.framework)
    means = [sum(m.scores[node] for m in found.members) / len(found.members) for node in weights]
    errors = [
        (weight or 0) * standard_error_bound(mean, n)
        for weight, mean, n in zip(weights.values(), means, (42, 43, 20), strict=True)
    ]

    assert batch.result(0)["total_recomputed"] != batch.result(1)["total_recomputed"]
    assert found.error_bounds["a000"] == pytest.approx(math.hypot(*errors))
    assert found.error_bounds["a000"] == pytest.approx(found.error_bounds["a001"])


@pytest.mark.parametrize("column", ["n_iit", "n_eit1", "n_eit2", "total"])
def test_unknown_respondents_have_no_error(batch: Batch, tmp_path: Path, column: str) -> None:
    """Without a group of respondents, or without a total, an agency is not judged."""
    unknown = {"total": {"total_stated": "", "total_recomputed": ""}}.get(column, {column: ""})
    batch.result(0).update(unknown)
    found = built(batch, tmp_path)

    assert "a000" not in found.error_bounds
    assert len(found.judged) == len(found.bands) == 11


@pytest.mark.parametrize(("count", "judged"), [(9, False), (10, True)])
def test_few_agencies_are_not_judged(tmp_path: Path, count: int, judged: bool) -> None:
    """Fewer than ten agencies are no reference, so there is neither funnel nor band."""
    found = built(made_up(count), tmp_path)

    assert ((found.funnel is not None), bool(found.bands)) == (judged, judged)


@pytest.mark.parametrize("year", [2562, 2566])
def test_unknown_weights_judge_nobody(tmp_path: Path, year: int) -> None:
    """In a year whose weights are not known no error and no mean loss is known."""
    found = built(made_up(12, year=year), tmp_path)

    assert found.error_bounds == {}
    assert [shared for shared in found.costs["indicator"] if shared.mean] == []


def test_only_agencies_with_indicators_are_ordered(batch: Batch, tmp_path: Path) -> None:
    """An agency without a score of an indicator stands in no row of the heat map."""
    batch.tables["scores"] = [row for row in batch.tables["scores"] if row["agency_id"] != "a003"]

    assert {m.agency.agency_id for m in built(batch, tmp_path).likeness} == {
        f"a{i:03}" for i in range(12) if i != 3
    }


def test_too_many_agencies_are_not_ordered(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A country is no picture: beyond a number of agencies there is no order by likeness."""
    monkeypatch.setattr("ita_nb.province.MOST_IN_ORDER", 11)

    assert built(batch, tmp_path).likeness == ()


# ---------------------------------------------------------------- the funnel

# Passing agencies of nine provinces as published (459 of 879), on the arcsine scale of proportions.
PASSED = (132, 36, 70, 57, 41, 36, 26, 33, 28)
ASSESSED = (144, 65, 129, 103, 91, 92, 70, 104, 81)
POOLED = math.asin(math.sqrt(459 / 879))
PROVINCES = find_funnel(
    [math.asin(math.sqrt(x / n)) for x, n in zip(PASSED, ASSESSED, strict=True)],
    [1 / (2 * math.sqrt(n)) for n in ASSESSED],
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
    assert error_of_groups([(0.3, 95.682, 42), (0.15, 95.5, 43)]) == pytest.approx(1.053661, abs=1e-6)


# ---------------------------------------------------------------- bands of ranks


def test_known_bands() -> None:
    """Five means with their errors have the known joint bands; 1 is the rank of the highest."""
    assert joint_reach(5) == pytest.approx(2.568763168, abs=1e-8)
    assert rank_bands((70, 80, 85, 90, 95), (6, 4, 3, 2, 1)) == ((2, 5), (2, 5), (1, 5), (1, 5), (1, 3))


@pytest.mark.parametrize(
    ("values", "bands"),
    [([90, 95, 95, 80], ((3, 3), (1, 2), (1, 2), (4, 4))), ([], ())],
    ids=["some", "nobody"],
)
def test_exact_values_have_exact_ranks(values: list[float], bands: tuple[tuple[int, int], ...]) -> None:
    """Without error every band is one rank, and equal values share theirs; nobody has none."""
    assert rank_bands(values, [0] * len(values)) == bands


@given(VALUES, st.floats(0.001, 20))
def test_band_holds_the_rank_of_the_value(values: list[float], error: float) -> None:
    """The rank by the value itself, counted from either end, lies in the band."""
    for value, band in zip(values, rank_bands(values, [error] * len(values)), strict=True):
        first = 1 + sum(other > value for other in values)
        last = sum(other >= value for other in values)
        assert band.first <= first <= last <= band.last <= len(values)


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


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [*lost("o1", 0.0, 0.5), *lost("i1", 1.0, 1.0, 0.0)],
            [("i1", pytest.approx(2 / 3), 2, 3), ("o1", 0.25, 1, 2)],
        ),
        (
            [*lost("o1", 1.4), *lost("o2", *[1.2] * 300)],
            [("o2", pytest.approx(1.2), 300, 300), ("o1", 1.4, 1, 1)],
        ),
        (lost("o12", 0.0, None, 0.0), [("o12", None, 1, 3)]),
    ],
    ids=["full marks count as no loss", "what many lose comes first", "an unknown loss leaves no mean"],
)
def test_losses_that_many_share(rows: list[Lost], expected: list[tuple[object, ...]]) -> None:
    """Means are over all agencies that have the node, and the costliest node comes first."""
    assert [(s.node.code, s.mean, s.losing, s.agencies) for s in shared_losses(rows)] == expected


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
    assert vars(spread_of([1, 2, 3, 4])) == {
        "count": 4, "least": 1, "lower": 1.75, "median": 2.5, "upper": 3.25, "greatest": 4
    }  # fmt: skip
