"""The tidy tables: their columns are a contract, their rows hold what the case found, unrounded."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import Any

import pandas as pd
import pytest
from conftest import AGENCY, REPOSITORY, YEAR, Workspace
from ita_nb.tables import CODEBOOK, TidyRow

from ita_nb import tables
from ita_nb.case import Case, build_case
from ita_nb.facts.framework import TOTAL
from ita_nb.intake.record import Node
from ita_nb.progress import ProgressCase, build_progress

COLUMNS = {
    "results": "agency_id name_th agency_type district_th province_th fiscal_year document edition "
    "total_stated total_recomputed level_stated level_recomputed n_iit n_eit1 n_eit2 respondents_inferred "
    "errors warnings total_error_bound previous_year previous_total change",
    "scores": "agency_id fiscal_year node part name_th stated recomputed low high verdict",
    "losses": "agency_id fiscal_year kind node part option score loss",
    "weaknesses": "agency_id fiscal_year topic node part score loss pattern measures",
    "problems": "agency_id fiscal_year rule severity node stated expected message_th message_en suggestion",
    "measures": "agency_id fiscal_year measure_id topic items title_th steps_th start end responsible_th "
    "follow_up_th output_th evidence_th status",
    "progress": "agency_id fiscal_year measure_id items title_th start end as_of status promise lacks",
}


@cache
def case() -> Case:
    """The real case."""
    return build_case(AGENCY, YEAR, REPOSITORY)


@cache
def progress() -> ProgressCase:
    """The real report on measures."""
    return build_progress("takothong", 2568, REPOSITORY)


@cache
def of(document: str) -> dict[str, list[TidyRow]]:
    """The tidy tables of the real analysis or of the real report on measures."""
    return tables.tidy(progress() if document == "progress" else case())


def only(rows: list[TidyRow], **values: Any) -> TidyRow:
    """Return the one row with these values."""
    (row,) = [r for r in rows if values.items() <= r.items()]
    return row


# ---------------------------------------------------------------- the contract


def test_columns_are_the_contract() -> None:
    """Tables and columns have their agreed names and order: merged tables of years stand on them."""
    assert {name: " ".join(columns) for name, columns in CODEBOOK.items()} == COLUMNS


def test_every_column_says_what_it_is() -> None:
    """Each column has a line of plain English without a full stop, and a unit."""
    meanings = [meaning for columns in CODEBOOK.values() for meaning in columns.values()]

    assert [m for m in meanings if not m.says.isascii() or not m.unit or m.says.endswith(".")] == []


@pytest.mark.parametrize("document", ["analysis", "progress"])
def test_rows_have_the_columns_of_the_codebook(document: str) -> None:
    """Every table is there, and every row of it has all columns in their order."""
    assert list(of(document)) == list(CODEBOOK)
    assert [
        name for name, rows in of(document).items() for row in rows if list(row) != list(CODEBOOK[name])
    ] == []


@pytest.mark.parametrize("document", ["analysis", "progress"])
def test_rows_survive_json(document: str) -> None:
    """The rows go into JSON, strictly, and come out as they were."""
    assert json.loads(json.dumps(of(document), allow_nan=False)) == of(document)


@pytest.mark.parametrize("document", ["analysis", "progress"])
def test_every_row_says_whose_it_is(document: str) -> None:
    """Every row of every table names the agency and the year of its document."""
    agency = AGENCY if document == "analysis" else "takothong"
    keys = {(row["agency_id"], row["fiscal_year"]) for rows in of(document).values() for row in rows}

    assert keys == {(agency, 2568)}


# ---------------------------------------------------------------- the rows


@pytest.mark.parametrize(
    ("column", "value"),
    {
        "province_th": "หนองบัวลำภู",
        "document": "analysis",
        "edition": "working",
        "total_stated": 49.74,
        "total_recomputed": 94.1806,
        "level_stated": "ปรับปรุงแก้ไขเร่งด่วน",
        "level_recomputed": "ผ่านดี",
        "n_iit": 42,
        "n_eit1": 43,
        "n_eit2": None,
        "respondents_inferred": True,
        "errors": 5,
        "warnings": 0,
        "previous_year": None,
        "change": None,
    }.items(),
)
def test_result_holds_what_was_found(column: str, value: object) -> None:
    """The result of the real agency: stated and recomputed side by side, None for what is unknown."""
    (result,) = of("analysis")["results"]

    assert result[column] == value


def test_a_result_without_a_total_is_told(workspace: Workspace) -> None:
    """An agency of which no total is known has a result all the same, with nothing in its place."""
    workspace.append("data/agencies.csv", "mai,เทศบาลตำบลใหม่,เทศบาลตำบล,,")
    workspace.append(f"data/{YEAR}/stated_scores.csv", "mai,i1,,80")
    (result,) = tables.tidy(build_case("mai", YEAR, workspace.root))["results"]

    assert (result["name_th"], result["total_stated"], result["total_recomputed"]) == (
        "เทศบาลตำบลใหม่",
        None,
        None,
    )


def test_result_names_its_edition() -> None:
    """The edition is that of the document that carries the tables."""
    assert tables.tidy(case(), "publish")["results"][0]["edition"] == "publish"


def test_scores_hold_stated_and_recomputed() -> None:
    """A score keeps what is printed beside what its parts give, and the interval of rounding."""
    row = only(of("analysis")["scores"], node="7", part="")

    assert (row["stated"], row["recomputed"], row["verdict"], row["name_th"]) == (
        97.6,
        100.0,
        "mismatch",
        "ตัวชี้วัดที่ 7",
    )
    assert row["low"] <= row["recomputed"] <= row["high"]


def test_scores_are_not_rounded() -> None:
    """A recomputed score is the exact one, as far as a float can hold it."""
    exact = next(check for check in case().nodes if check.node == Node("EIT"))

    assert exact.recomputed is not None
    assert only(of("analysis")["scores"], node="EIT", part="")["recomputed"] == float(exact.recomputed.value)


def test_losses_of_instruments_add_up_to_that_of_the_total() -> None:
    """The losses of the instruments, and what none of them explains, are the loss of the total."""
    rows = of("analysis")["losses"]
    total = only(rows, kind="total")["loss"]
    below = [row["loss"] for row in rows if row["kind"] == "instrument"]
    below += [row["loss"] for row in rows if row["kind"] == "remainder" and row["node"] == TOTAL]

    assert sum(below) == pytest.approx(total)


def test_weaknesses_name_their_measures() -> None:
    """A weak item names the measures that answer it, which are rows of the measures."""
    row = only(of("analysis")["weaknesses"], node="i10")

    assert (row["topic"], row["score"], row["pattern"], row["measures"]) == (4, 81.9, "absent", "i10-absent")
    assert only(of("analysis")["measures"], measure_id="i10-absent")["items"] == "i10"


def test_measures_keep_a_line_for_each_step() -> None:
    """Steps and evidence are a line each, days are ISO dates."""
    row = only(of("analysis")["measures"], measure_id="i1-any")

    assert len(row["steps_th"].splitlines()) == 4
    assert len(row["evidence_th"].splitlines()) == 3
    assert (row["start"], row["end"], row["status"]) == ("2025-10-01", "2026-09-30", "draft")


def test_problems_speak_both_languages() -> None:
    """A problem keeps what is stated and expected as written, and says itself in Thai and English."""
    row = only(of("analysis")["problems"], rule="total-mismatch")

    assert (row["stated"], row["expected"]) == ("49.74", "94.18")
    assert "49.74" in row["message_th"]
    assert "49.74" in row["message_en"]


def test_progress_has_a_result_without_scores() -> None:
    """A report on measures has a row of results that knows the agency and its problems, and no score."""
    (result,) = of("progress")["results"]

    assert (result["document"], result["warnings"], result["total_stated"]) == ("progress", 3, None)
    assert [of("progress")[name] for name in ("scores", "losses", "weaknesses")] == [[], [], []]


def test_progress_has_a_row_for_each_measure() -> None:
    """Each measure stands in the measures and in the progress, with the day of the report."""
    rows = of("progress")
    ids = [row["measure_id"] for row in rows["measures"]]

    assert [row["measure_id"] for row in rows["progress"]] == ids
    assert {row["as_of"] for row in rows["progress"]} == {"2025-09-30"}


def test_an_analysis_has_no_progress() -> None:
    """The table of progress of an analysis is there and empty."""
    assert of("analysis")["progress"] == []


# ---------------------------------------------------------------- years that do and do not compare


def with_totals(workspace: Workspace, totals: dict[int, str]) -> TidyRow:
    """Make up an agency with a total in each year, and return its result of the latest."""
    workspace.append("data/agencies.csv", "mai,เทศบาลตำบลใหม่,เทศบาลตำบล,,")
    for year, total in totals.items():
        header = ["agency_id", "node", "part", "score"]
        workspace.write_rows(f"data/{year}/stated_scores.csv", header, [("mai", "total", "", total)])
    return tables.tidy(build_case("mai", max(totals), workspace.root))["results"][0]


@pytest.mark.parametrize(
    ("totals", "change"),
    [({2563: "80.70", 2564: "86.25"}, 5.55), ({2565: "86.00", 2568: "90.00"}, None)],
    ids=["same rules", "other rules"],
)
def test_only_years_that_compare_give_a_change(
    workspace: Workspace, totals: dict[int, str], change: float | None
) -> None:
    """The earlier total is kept; it is subtracted only where the rules of both years allow it."""
    found, (year, total) = with_totals(workspace, totals), min(totals.items())

    assert (found["previous_year"], found["previous_total"], found["change"]) == (year, float(total), change)


# ---------------------------------------------------------------- for whoever explores


@pytest.mark.parametrize(
    ("function", "name"),
    [(tables.losses, "losses"), (tables.weaknesses, "weaknesses"), (tables.problems, "problems")],
)
def test_frames_are_the_tidy_rows(function: Any, name: str) -> None:
    """A pandas table has the columns and rows of the tidy one."""
    frame = function(case())

    assert (list(frame), len(frame)) == (list(CODEBOOK[name]), len(of("analysis")[name]))


def test_nodes_are_the_scores_and_the_layer_they_come_from() -> None:
    """The table of nodes is that of scores, and says from which layer each is recomputed."""
    frame = tables.nodes(case())

    assert list(frame) == [*CODEBOOK["scores"], "from"]
    assert frame.set_index(["node", "part"]).loc[("total", ""), "from"] == "indicators"


def test_days_are_days_in_pandas() -> None:
    """The days of the progress are dates, not texts."""
    frame = tables.progress(progress())

    assert frame["as_of"].dt.date.unique().tolist() == [dt.date(2025, 9, 30)]


def test_an_empty_frame_has_its_columns(workspace: Workspace) -> None:
    """An agency without weak items has a table without rows, but with all columns."""
    workspace.append("data/agencies.csv", "mai,เทศบาลตำบลใหม่,เทศบาลตำบล,,")
    workspace.append(f"data/{YEAR}/stated_scores.csv", "mai,total,,100")
    frame = tables.weaknesses(build_case("mai", YEAR, workspace.root))

    assert isinstance(frame, pd.DataFrame)
    assert (list(frame), len(frame)) == (list(CODEBOOK["weaknesses"]), 0)
