"""A case as pandas tables: their columns are a contract, their rows hold what the case found, unrounded."""

from __future__ import annotations

import datetime as dt
import io
import json
import keyword
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import AGENCY, REPOSITORY, YEAR, Workspace
from hypothesis import given
from hypothesis import strategies as st
from opened import report_of

from ita_nb import frames
from ita_nb.analysis.reconcile import NodeCheck
from ita_nb.analysis.scores import Estimate
from ita_nb.case import Case, build_case
from ita_nb.displayed import section_of
from ita_nb.document.blocks import Table
from ita_nb.errors import ItaError, ParameterError
from ita_nb.exhibits.figures import SENTENCES
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.frames import CODEBOOK, MERGED, AnyCase, merged_rows
from ita_nb.notebook import open_report
from ita_nb.progress import ProgressCase, build_progress
from ita_nb.tables import arrow_table, columns_of, read_tables, with_stem
from ita_nb.thai import number_text

COLUMNS = {
    "results": "node part name_th agency_type district_th province_th document edition total_stated "
    "total_recomputed level_stated level_recomputed n_iit n_eit1 n_eit2 respondents_inferred errors warnings "
    "total_error_bound previous_year previous_total change",
    "scores": "node part kind order label name_th title_th instrument instrument_th stated recomputed low "
    "high layer verdict score score_text",
    "questions": "node part wording concept polarity options indicator topic",
    "answers": "node part label option share share_text count inferred assumed points lost",
    "losses": "node part kind option label instrument score loss loss_text percent step",
    "weaknesses": "node part topic label score loss reasons pattern measures",
    "problems": "node part rule severity stated expected confidence message_th message_en suggestion",
    "measures": "node part measure_id topic items title_th steps_th start end responsible_th follow_up_th "
    "output_th evidence_th status",
    "progress": "node part measure_id items title_th start end as_of state reason_th promise lacks",
    "remarks": "node part kind text_th status",
    "not_checked": "node part rule why",
}


@cache
def case() -> Case:
    """The real case."""
    return build_case(AGENCY, YEAR, REPOSITORY)


@cache
def progress() -> ProgressCase:
    """The real report on measures."""
    return build_progress("takothong", YEAR, REPOSITORY)


CASES: dict[str, Any] = {"analysis": case, "progress": progress}


def new_agency(workspace: Workspace, *scores: str, year: int = YEAR) -> Case:
    """The case of a made-up agency with these rows (node,part,score)."""
    workspace.append("data/agencies.csv", "mai,เทศบาลตำบลใหม่,เทศบาลตำบล,,")
    workspace.append(f"data/{year}/stated_scores.csv", *(f"mai,{row}" for row in scores))
    return build_case("mai", year, workspace.root)


def only(frame: pd.DataFrame, **values: object) -> pd.Series[Any]:
    """The one row with these values."""
    for column, value in values.items():
        frame = frame[frame[column] == value]
    (place,) = frame.index
    return frame.loc[place]  # type: ignore[no-any-return]


# ---------------------------------------------------------------- the contract


def test_no_column_is_a_keyword() -> None:
    """Every column can be asked for with a point, in Python as in a query."""
    names = [name for columns in CODEBOOK.values() for name in columns]

    assert [name for name in names if keyword.iskeyword(name) or not name.isidentifier()] == []


def test_the_codebook_explains_every_column() -> None:
    """Each column of each table has its meaning in Thai and in plain English, and a unit."""
    book = frames.codebook()
    explained = {table: " ".join(rows["column"]) for table, rows in book.groupby("table", sort=False)}

    assert explained == COLUMNS
    assert book[book.th.str.contains("[A-Za-z]") & ~book.th.str.contains("IIT|EIT")].empty
    assert [text for text in book.en if not text.isascii() or text.endswith(".") or not text] == []
    assert set(book.unit) <= set(TYPES)


TYPES = {
    "score 0-100": "float64",
    "points of the total": "float64",
    "percent": "float64",
    "count": "Int64",
    "persons": "Int64",
    "Buddhist fiscal year": "Int64",
    "true or false": "bool",
    "date": "datetime64",
    "text": "str",
    "code": "str",
}


@pytest.mark.parametrize("name", CODEBOOK)
@pytest.mark.parametrize("document", CASES)
def test_columns_and_types_are_those_of_the_codebook(document: str, name: str) -> None:
    """A frame has all columns in order and of the type of their unit, also where it has no rows."""
    found, meanings = frames.frame(CASES[document](), name), CODEBOOK[name]
    types = {column: str(kind).split("[")[0] for column, kind in found.dtypes.items()}

    assert list(found) == list(meanings)
    assert types == {column: TYPES[meaning.unit] for column, meaning in meanings.items()}
    assert [row.keys() == meanings.keys() for row in frames.rows(CASES[document](), name)] == [True] * len(
        found
    )


@pytest.mark.parametrize("document", CASES)
def test_rows_are_plain_values(document: str) -> None:
    """Every row goes into JSON as it is: texts, numbers, None; days are ISO dates."""
    every = {name: frames.rows(CASES[document](), name) for name in CODEBOOK}

    assert json.loads(json.dumps(every, allow_nan=False)) == every


# ---------------------------------------------------------------- the rows


def of_score(stated: float | None, recomputed: float | None, verdict: str, score: float, text: str) -> Any:
    """What a row of scores says: the score is the one that a reader works with, as printed."""
    values = (stated, recomputed and pytest.approx(recomputed, abs=5e-7), verdict)
    return dict(zip(("stated", "recomputed", "verdict"), values, strict=True)) | {
        "score": pytest.approx(score, abs=5e-7),
        "score_text": text,
    }


HELD: dict[str, tuple[str, dict[str, object], dict[str, object]]] = {
    # Stated and recomputed side by side, None for what is unknown.
    "the result": (
        "results",
        {},
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
        },
    ),
    # The score is as printed; the recomputed one where none is, or where its own parts contradict it.
    **{
        f"score of {node} {part}": ("scores", {"node": node, "part": part}, of_score(*values))
        for (node, part), values in {
            ("total", ""): (49.74, 94.1806, "mismatch", 94.1806, "94.18"),
            ("7", ""): (97.6, 100.0, "mismatch", 100.0, "100.00"),
            ("OIT", ""): (90.38, 90.375, "match", 90.38, "90.38"),
            ("9", ""): (80.75, None, "unchecked", 80.75, "80.75"),
            ("o13", ""): (0.0, None, "unchecked", 0.0, "0.00"),
            ("EIT", ""): (None, 97.753333, "unchecked", 97.753333, "97.75"),
            ("8", "1"): (None, 94.42, "unchecked", 94.42, "94.42"),
        }.items()
    },
    "names of a node": (
        "scores",
        {"node": "9"},
        {
            "kind": "indicator",
            "label": "9 การเปิดเผยข้อมูล",
            "name_th": "ตัวชี้วัดที่ 9",
            "instrument": "OIT",
        },
    ),
    "a weak item and its measures": (
        "weaknesses",
        {"node": "i10"},
        {"topic": 4, "score": 81.9, "pattern": "absent", "measures": "i10-absent"},
    ),
    "the measure of a weak item": ("measures", {"measure_id": "i10-absent"}, {"items": "i10"}),
    "days of a measure": (
        "measures",
        {"measure_id": "i1-any"},
        {"start": "2025-10-01", "end": "2026-09-30", "status": "draft"},
    ),
    "a problem as written": (
        "problems",
        {"rule": "total-mismatch"},
        {"node": "total", "stated": "49.74", "expected": "94.18"},
    ),
}


@pytest.mark.parametrize(("table", "chosen", "expected"), HELD.values(), ids=HELD)
def test_rows_hold_what_was_found(table: str, chosen: dict[str, object], expected: dict[str, object]) -> None:
    """The rows of the real agency say what its case found, unrounded, and None for what is unknown."""
    (row,) = (row for row in frames.rows(case(), table) if chosen.items() <= row.items())

    assert {name: row[name] for name in expected} == expected


def test_a_result_without_a_total_is_told(workspace: Workspace) -> None:
    """An agency of which no total is known has a result all the same, with nothing in its place."""
    found = new_agency(workspace, "i1,,80")
    (result,) = frames.rows(found, "results")

    assert [result[name] for name in ("name_th", "total_stated", "total_recomputed")] == [
        "เทศบาลตำบลใหม่", None, None
    ]  # fmt: skip
    assert report_of(found).report.total is None


# Node and part: stated, recomputed, verdict, the score that a reader works with, as printed.
def test_a_recomputed_score_lies_in_its_interval() -> None:
    """Every recomputed score has ends, and lies between them."""
    scores = frames.frame(case(), "scores").dropna(subset="recomputed")

    assert scores.recomputed.between(scores.low, scores.high).all()


def test_score_is_the_recomputed_one_where_none_is_stated(workspace: Workspace) -> None:
    """An indicator without a printed score has that of its parts; one without either has none, and a row."""
    found = new_agency(workspace, "i1,,80", "i2,,90", "i3,,100", "10,,70")
    scores = frames.frame(found, "scores").set_index("node")[["stated", "score", "score_text", "verdict"]]

    assert scores.loc[["1", "2"]].isna().values.tolist() == [
        [True, False, False, False],
        [True, True, False, False],
    ]
    assert scores.loc["1"].tolist()[1:3] == [90.0, "90.00"]
    assert scores.loc["2"].tolist()[2:] == ["", "unchecked"]
    assert {str(n) for n in range(1, 11)} <= {*scores.index}


def test_scores_are_not_rounded() -> None:
    """A recomputed score is the exact one, as far as a float can hold it."""
    exact = next(check.recomputed.value for check in case().nodes if check.node == Node("EIT"))

    assert only(frames.frame(case(), "scores"), node="EIT", part="").recomputed == float(exact)


def test_scores_stand_in_the_order_of_the_year() -> None:
    """The total comes first, each node before those below it, each with its kind."""
    scores = frames.frame(case(), "scores")

    assert scores.order.is_monotonic_increasing
    assert (scores.node[0], scores.kind[0]) == ("total", "total")
    assert set(scores.kind) == {"total", "instrument", "part", "indicator", "question", "item"}


def test_parts_of_an_instrument_have_a_kind(workspace: Workspace) -> None:
    """A score of one part of EIT is of that part, whatever node it is of."""
    scores = frames.frame(new_agency(workspace, "EIT,1,80", "EIT,2,90", "e1,2,70"), "scores")

    assert only(scores, node="EIT", part="1").kind == "part"
    assert only(scores, node="e1", part="2").kind == "question"


def test_questions_are_those_of_the_year() -> None:
    """Every question of the year is there with its answers in the order of the scale."""
    questions = frames.frame(case(), "questions")
    known = {q.code: q for q in case().framework.questions}

    assert questions.node.tolist() == list(known)
    for row in questions.itertuples():
        options = case().framework.scale_by_code[known[str(row.node)].scale].options or ()
        assert row.options == " | ".join(option.label_th for option in options)
    assert set(questions.polarity) <= {"positive", "negative"}


def test_lost_of_answers_adds_up_to_what_the_question_lost(add_consistent: Any, workspace: Workspace) -> None:
    """What the answers of a question lost together is its distance from full points."""
    agency = add_consistent()
    answers = frames.frame(build_case(agency.agency_id, YEAR, workspace.root), "answers")
    found = answers.dropna(subset="points").groupby(["node", "part"])[["share", "lost"]].sum()

    assert len(found) > 10
    for place, (share, lost) in found.iterrows():
        assert share == pytest.approx(100, abs=0.05)
        assert lost == pytest.approx(100 - float(agency.scores[place]), abs=0.01)


def test_lost_is_the_share_times_the_points_below_full() -> None:
    """What an answer lost can be computed again from its row."""
    answers = frames.frame(case(), "answers")

    assert answers.lost.tolist() == pytest.approx(answers.share * (100 - answers.points) / 100)


def test_losses_add_up() -> None:
    """The losses of the instruments are that of the total, and so are those of the steps."""
    losses = frames.frame(case(), "losses")
    total, steps = only(losses, kind="total"), losses[losses.step]
    of_total = (losses.kind == "remainder") & (losses.node == TOTAL)

    assert losses[(losses.kind == "instrument") | of_total].loss.sum() == pytest.approx(total.loss)
    assert (steps.loss.sum(), steps.percent.sum()) == (pytest.approx(total.loss), pytest.approx(100))
    assert total.score == report_of(case()).report.total == pytest.approx(100 - total.loss)


@pytest.mark.parametrize(
    ("scores", "lost", "has_percent"),
    [(["total,,80", "IIT,,90", "1,,70"], 20, True), (["total,,100"], 0, False)],
    ids=["what is unexplained is a step of its own", "of nothing there is no share"],
)
def test_steps_add_up_where_little_is_known(
    workspace: Workspace, scores: list[str], lost: float, has_percent: bool
) -> None:
    """Where only some scores are known the steps still lead to the total."""
    losses = frames.frame(new_agency(workspace, *scores), "losses")

    assert losses.loss.max() == losses[losses.step].loss.sum() == pytest.approx(lost)
    assert losses.percent.notna().any() == has_percent


def test_measures_keep_a_line_for_each_step() -> None:
    """Steps and evidence are a line each, and a problem says itself in Thai and English."""
    row = only(frames.frame(case(), "measures"), measure_id="i1-any")
    problem = only(frames.frame(case(), "problems"), rule="total-mismatch")

    assert (len(row.steps_th.splitlines()), len(row.evidence_th.splitlines())) == (4, 3)
    assert ["49.74" in text for text in (problem.message_th, problem.message_en)] == [True, True]


def test_progress_has_a_row_for_each_measure() -> None:
    """A report on measures has no scores, and each measure also in the progress, with the day."""
    (result,) = frames.rows(progress(), "results")
    measures, done = frames.frame(progress(), "measures"), frames.frame(progress(), "progress")

    assert (result["document"], result["warnings"], result["total_stated"]) == ("progress", 13, None)
    assert done.measure_id.tolist() == measures.measure_id.tolist()
    assert done.as_of.dt.date.unique().tolist() == [dt.date(2025, 9, 30)]


def test_remarks_and_what_was_not_checked_are_rows() -> None:
    """What people wrote and what could not be checked name the node that they are about."""
    remarks, unchecked = frames.frame(case(), "remarks"), frames.frame(case(), "not_checked")

    assert remarks.text_th.tolist() == [remark.text_th for remark in case().record.remarks]
    assert set(remarks.node) <= {*case().framework.by_code, ""}
    assert len(unchecked) == len(case().not_checked)
    assert "" not in set(unchecked.why)


# ---------------------------------------------------------------- text and number are those of the record

HUNDREDTHS = st.integers(0, 10_000).map(lambda n: Fraction(n, 100))
TIES = st.integers(0, 9_999).map(lambda n: Fraction(2 * n + 1, 200))  # 84.995
MEANS = st.builds(Fraction, st.integers(0, 50_000), st.integers(500, 700))
SCORE = st.one_of(HUNDREDTHS, TIES, MEANS, st.just(Fraction("84.995"))).filter(lambda score: score <= 100)


@given(stated=SCORE, recomputed=SCORE, verdict=st.sampled_from(["match", "mismatch", "unchecked"]))
def test_text_and_number_of_a_score_equal_the_record(
    stated: Fraction, recomputed: Fraction, verdict: Any
) -> None:
    """The text is the exact value rounded half up; number and shown table say the same."""
    checks = (
        NodeCheck(Node("1"), stated, Estimate(recomputed, recomputed, recomputed), "questions", verdict),
        NodeCheck(Node("2"), None, Estimate(recomputed, recomputed, recomputed), "questions", "unchecked"),
        NodeCheck(Node("3"), stated, None, None, "unchecked"),
    )
    scores = frames.frame(replace(case(), nodes=checks), "scores").iloc[:3]
    exact = [recomputed if verdict == "mismatch" else stated, recomputed, stated]
    texts = [number_text(value) for value in exact]
    (table,) = section_of(scores[["score", "score_text"]]).blocks

    assert scores.score.tolist() == [float(value) for value in exact]
    assert scores.score_text.tolist() == texts
    assert isinstance(table, Table)
    assert [row.cells for row in table.rows] == [(text, text) for text in texts]


def test_a_score_goes_through_the_workspace_unchanged(workspace: Workspace) -> None:
    """A score as a file prints it is the number and, half up, the text of the frame."""
    printed = {"i1": "84.995", "i2": "79.64", "i3": "๘๘.๑๒๕", "i4": "0", "i5": "100", "i6": "0.004"}
    found = new_agency(workspace, *(f"{node},,{score}" for node, score in printed.items()))
    scores = frames.frame(found, "scores").set_index("node").loc[list(printed)]

    assert scores.stated.tolist() == [84.995, 79.64, 88.125, 0.0, 100.0, 0.004]
    assert scores.score_text.tolist() == ["85.00", "79.64", "88.13", "0.00", "100.00", "0.00"]


# ---------------------------------------------------------------- an opened report

PLAIN = """
from ita_nb import open_report
report = open_report({"agency_id": "hannangam", "fiscal_year": 2568})
print(round(report.total, 4), report.facts.pass_score, len(report.scores), report.sentence("total"))
print(report.path("data/agencies.csv").name)
"""


@pytest.mark.parametrize("folder", [".", "data/2568"])
def test_a_report_opens_in_plain_python(folder: str) -> None:
    """Without a notebook's shell a report opens from any folder of the workspace, and holds its tables."""
    command = [sys.executable, "-W", "error", "-c", PLAIN]
    done = subprocess.run(
        command, cwd=REPOSITORY / folder, check=False, capture_output=True, text=True, encoding="utf-8"
    )
    scores = len(frames.rows(case(), "scores"))

    assert (done.stderr, done.stdout) == ("", f"94.1806 85.0 {scores} คะแนนรวมที่คำนวณ\nagencies.csv\n")


@cache
def report() -> Any:
    """The real report, opened."""
    return open_report({"agency_id": AGENCY, "fiscal_year": YEAR, "workspace": str(REPOSITORY)})


def test_a_report_holds_its_tables() -> None:
    """Every table but those for programs is an attribute, made once; so an analyst's own column stays."""
    held = [name for name in CODEBOOK if name != "results"]

    assert {name: list(getattr(report(), name)) for name in held} == {n: list(CODEBOOK[n]) for n in held}
    assert all(getattr(report(), name) is getattr(report(), name) for name in held)


def test_facts_and_total_are_those_of_the_case() -> None:
    """The facts are those of the year, the total is that of the losses."""
    assert (report().facts, report().total) == (report().case.framework, float(case().losses.score))


@pytest.mark.parametrize(
    ("asked", "nearest"),
    {
        "score": "report.scores",
        "weakneses": "report.weaknesses",
        "totl": "report.total",
        "part": "report.path",
        "fact": "report.facts",
    }.items(),
)
def test_an_unknown_name_is_an_error_with_the_nearest(asked: str, nearest: str) -> None:
    """A report forwards nothing: what it does not have is refused, and the nearest name is told."""
    with pytest.raises(AttributeError, match=f"report.{asked}: .*{nearest}$"):
        getattr(report(), asked)


@pytest.mark.parametrize(
    ("method", "asked", "nearest"),
    [
        ("sentence", "profil", "profile"),
        ("path", "data/agency.csv", "data/agencies.csv"),
        ("path", "params/hannangam2568.yaml", "params/hannangam-2568.yaml"),
        ("path", "../outside.csv", "วางแฟ้มนี้ไว้ในโฟลเดอร์งาน"),
        ("path", "data/mine.csv", "วางแฟ้มนี้ไว้ในโฟลเดอร์งาน"),
    ],
)
def test_an_unknown_sentence_or_file_is_an_error_with_the_nearest(
    method: str, asked: str, nearest: str
) -> None:
    """What does not exist or lies outside the workspace is an error that names the nearest, if near."""
    with pytest.raises(ParameterError) as caught:
        getattr(report(), method)(asked)

    assert (caught.value.where, caught.value.found) == (f'report.{method}("{asked}")', f'ไม่มี "{asked}"')
    assert nearest in caught.value.todo


@pytest.mark.parametrize("name", SENTENCES)
def test_every_sentence_is_there(name: str) -> None:
    """Every name has its sentence for the real case; one can be narrowed to the rows of a table."""
    about = [report().answers.query("node == 'i10'")] if name == "answers" else []

    assert (report().sentence(name, *about) == "") == (name == "unranked")


def test_a_misspelt_parameter_stops_in_plain_python_too() -> None:
    """The names and types of the parameters are checked without a notebook as well."""
    with pytest.raises(ItaError, match="fiscal_year"):
        open_report({"agency_id": AGENCY, "fiscal_year": str(YEAR)})


# ---------------------------------------------------------------- for programs


@pytest.mark.parametrize("document", CASES)
def test_tables_for_programs_name_agency_and_year(document: str) -> None:
    """Every row of every merged table begins with whose it is, then has the columns of the codebook."""
    found: AnyCase = CASES[document]()
    merged = frames.merged_rows(found, "publish")
    keys = {(row["agency_id"], row["fiscal_year"]) for rows in merged.values() for row in rows}
    columns = {name: {tuple(row) for row in rows} for name, rows in merged.items()}

    assert keys == {(found.agency.agency_id, YEAR)}
    assert list(merged) == list(MERGED)
    assert all(c == {("agency_id", "fiscal_year", *CODEBOOK[name])} for name, c in columns.items() if c)
    assert merged["results"][0]["edition"] == "publish"


def test_tables_for_programs_are_said_to_people() -> None:
    """People see one Thai sentence that counts the rows; no block and no picture travels with it."""
    shown = frames.tables_of(report())._repr_mimebundle_()
    count = sum(map(len, frames.merged_rows(case(), "working").values()))

    assert shown["text/plain"] == f"ตารางข้อมูลของเอกสารนี้ {count} แถว สำหรับรวมและเปรียบเทียบหลายหน่วยงาน"
    assert shown["text/html"] == f"<p>{shown['text/plain']}</p>"
    assert set(shown) == {"text/plain", "text/html", frames.TABLES_MIME}


def test_own_words_are_those_of_people(workspace: Workspace) -> None:
    """What people wrote and looks like a fault of the program is told, wherever they wrote it."""
    workspace.edit("data/agencies.csv", "ศรีบุญเรือง", "None")
    workspace.write_rows(
        f"data/{YEAR}/remarks.csv",
        ["agency_id", "item", "kind", "text_th", "status"],
        [(AGENCY, "i10", "cause", "ดู nan และ \ufffd", "confirmed")],
    )
    found = report_of(build_case(AGENCY, YEAR, workspace.root)).report

    assert frames.tables_of(found).own_words == ("None", "nan", "\ufffd")


# ---------------------------------------------------------------- years that do and do not compare


@pytest.mark.parametrize(
    ("totals", "change"),
    [({2563: "80.70", 2564: "86.25"}, 5.55), ({2565: "86.00", 2568: "90.00"}, None)],
    ids=["same rules", "other rules"],
)
def test_only_years_that_compare_give_a_change(
    workspace: Workspace, totals: dict[int, str], change: float | None
) -> None:
    """The earlier total is kept; it is subtracted only where the rules of both years allow it."""
    workspace.append("data/agencies.csv", "mai,เทศบาลตำบลใหม่,เทศบาลตำบล,,")
    for year, total in totals.items():
        header = ["agency_id", "node", "part", "score"]
        workspace.write_rows(f"data/{year}/stated_scores.csv", header, [("mai", "total", "", total)])
    (found,) = frames.rows(build_case("mai", max(totals), workspace.root), "results")
    year, total = min(totals.items())

    assert (found["previous_year"], found["previous_total"], found["change"]) == (year, float(total), change)


# ---------------------------------------------------------------- as a file: tables.parquet


STEM = f"{AGENCY}-{YEAR}-analysis"
Rows = dict[str, list[dict[str, Any]]]


def stored(document: str) -> Rows:
    """The tables of a document, of which a report on measures has days."""
    return merged_rows(CASES[document](), "working")


def rows_in(content: bytes, stem: str) -> Rows:
    """Return what a file holds, with days as rows have them."""
    return {
        name: [
            {c: v.isoformat() if isinstance(v, dt.date) else v for c, v in row.items()}
            for row in read_tables(content)[stem][name].to_pylist()
        ]
        for name in MERGED
    }


@pytest.mark.parametrize("document", CASES)
def test_a_file_holds_the_rows_as_they_were(document: str) -> None:
    """Read back, every value is what it was: numbers unrounded, texts to the letter, the unknown unknown."""
    assert rows_in(with_stem(None, "stem", stored(document)), "stem") == stored(document)


def test_documents_share_a_file() -> None:
    """A document is added to those that are there, and made anew it takes its own place."""
    analysis, progress = stored("analysis"), stored("progress")
    both = with_stem(with_stem(None, STEM, analysis), "other", progress)

    assert [*read_tables(both)] == [STEM, "other"]
    assert with_stem(both, STEM, analysis) == both
    assert rows_in(with_stem(both, STEM, progress), STEM) == progress


def test_a_damaged_file_is_made_anew() -> None:
    """What cannot be read of a file is in nobody's way."""
    assert with_stem(b"PAR1 damaged", STEM, stored("analysis")) == with_stem(None, STEM, stored("analysis"))


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("results", "total_stated", "double"),
        ("results", "n_iit", "int64"),
        ("results", "respondents_inferred", "bool"),
        ("measures", "start", "date32[day]"),
        ("measures", "measure_id", "string"),
        ("scores", "stated", "double"),
        ("problems", "stated", "string"),
    ],
)
def test_columns_are_typed_even_without_rows(table: str, column: str, kind: str) -> None:
    """The type of a column comes from the codebook, so the tables of all agencies go together."""
    read = read_tables(with_stem(with_stem(None, "a", {}), "b", {table: [{column: None}]}))["b"][table]

    assert [*read.column_names] == [*columns_of(table)]
    assert str(read.schema.field(column).type) == kind


def written(table: Any, **options: Any) -> bytes:
    """Return a table as some program writes it."""
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def whole(count: int, table: str = "results") -> Any:
    """Return the one table inside a file, its first row so often."""
    row = pq.read_table(io.BytesIO(with_stem(None, "a", {"results": [{"name_th": "ก" * 1000}]})))
    row = row.set_column(0, "table", pa.array([table]))
    return row.take([0] * count)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PAR1PAR1",
        with_stem(None, "a", {"results": [{}]})[:-100],
        written(arrow_table("results", [{}])),
        written(whole(1, "unknown"), use_dictionary=False),
        written(whole(5), use_dictionary=True),
        written(whole(60_000), use_dictionary=False, compression="zstd"),
    ],
    ids=["empty", "no-footer", "cut-off", "other-columns", "unknown-table", "dictionary", "unfolds"],
)
def test_other_files_are_refused(content: bytes) -> None:
    """What no ``tables.parquet`` is, or unfolds to more than an agency has, is not read."""
    with pytest.raises(ValueError, match="ตาราง"):
        read_tables(content)


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    """A file that is not there is told apart from a damaged one."""
    with pytest.raises(FileNotFoundError):
        read_tables(tmp_path / "tables.parquet")
