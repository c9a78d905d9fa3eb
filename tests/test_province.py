"""The record of a batch: what is read from its merged tables, what is computed once, and what is refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from conftest import REPOSITORY, Workspace
from made_up_province import YEAR, Batch, made_up

from ita_nb.analysis.uncertainty import standard_error_bound
from ita_nb.case import build_case
from ita_nb.errors import FactsError, IntakeError
from ita_nb.facts.kinds import Node
from ita_nb.frames import merged_rows
from ita_nb.province import MOST_IN_ORDER, Province, build_province, survey_weights
from ita_nb.tables import AGENCIES


def built(batch: Batch, folder: Path) -> Province:
    """The record of a batch after its tables were written."""
    return build_province(batch.write(folder), REPOSITORY)


@pytest.fixture
def batch() -> Batch:
    """Twelve agencies, all with a result."""
    return made_up(12)


# ---------------------------------------------------------------- what is read


def test_real_tables_are_read(tmp_path: Path) -> None:
    """The tables of a real case give its totals, scores, losses and problems as the case has them."""
    case = build_case("hannangam", YEAR, REPOSITORY)
    (member,) = built(Batch({**merged_rows(case, "working"), AGENCIES: []}), tmp_path).members
    assert case.losses is not None

    assert member.total == pytest.approx(94.1806)
    assert member.scores[Node("9")] == 80.75
    assert member.respondents == {Node("IIT"): 42, Node("EIT", "1"): 43, Node("EIT"): 43}
    assert member.has_inferred
    assert sum(p.severity == "error" for p in member.problems) == sum(
        p.severity == "error" for p in case.problems
    )
    told = {(r.kind, r.node): r.loss for r in member.losses}
    assert told["indicator", Node("9")] == pytest.approx(3.85)
    assert told["item", Node("o12")] is None


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


def test_batch_without_any_result_is_read(batch: Batch, tmp_path: Path) -> None:
    """Where every document failed the list of agencies alone says of which year and who."""
    empty = Batch()
    empty.tables[AGENCIES] = [{**row, "status": "failed"} for row in batch.tables[AGENCIES]]
    found = built(empty, tmp_path)

    assert (found.fiscal_year, len(found.members), len(found.not_made)) == (YEAR, 0, 12)


def test_folder_lies_in_the_workspace(batch: Batch, workspace: Workspace) -> None:
    """A relative folder is found from any folder of the workspace, as a notebook in JupyterLab needs."""
    batch.write(workspace.root / "outputs" / "made-up")

    assert len(build_province("outputs/made-up", workspace.root / "notebooks").members) == 12


def test_record_cannot_be_changed(batch: Batch, tmp_path: Path) -> None:
    """What was read stays as it was read."""
    found = built(batch, tmp_path)
    with pytest.raises(FrozenInstanceError):
        found.members = ()  # type: ignore[misc]


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
    """Two agencies with the same respondents have the same error, whatever their scores."""
    counts = {"n_iit": 42, "n_eit1": 43, "n_eit2": 20}
    batch.result(0).update(counts)
    batch.result(1).update(counts)
    found = built(batch, tmp_path)

    assert batch.result(0)["total_recomputed"] != batch.result(1)["total_recomputed"]
    assert found.error_bounds["a000"] == pytest.approx(found.error_bounds["a001"])


def test_error_is_the_bound_at_the_mean_scores(batch: Batch, tmp_path: Path) -> None:
    """The error is that of an agency with the mean scores of all and its own respondents."""
    batch.result(0).update(n_iit=42, n_eit1=43, n_eit2=20)
    found = built(batch, tmp_path)
    variance = 0.0
    for (node, weight), n in zip(survey_weights(found.framework).items(), (42, 43, 20), strict=True):
        mean = sum(m.scores[node] for m in found.members) / len(found.members)
        variance += ((weight or 0) * standard_error_bound(mean, n)) ** 2

    assert found.error_bounds["a000"] ** 2 == pytest.approx(variance)


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
    found = built(batch, tmp_path)

    assert {m.agency.agency_id for m in found.likeness} == {f"a{i:03}" for i in range(12)} - {"a003"}


def test_too_many_agencies_are_not_ordered(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A country is no picture: beyond a number of agencies there is no order by likeness."""
    monkeypatch.setattr("ita_nb.province.MOST_IN_ORDER", 11)

    assert MOST_IN_ORDER >= 400
    assert built(batch, tmp_path).likeness == ()
