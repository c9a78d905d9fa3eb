"""A case as pandas tables: their columns are a contract, their rows hold what the case found, unrounded."""

from __future__ import annotations

import datetime as dt
import json
import keyword
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import pandas as pd
import pytest
from conftest import AGENCY, REPOSITORY, YEAR, Workspace
from hypothesis import given
from hypothesis import strategies as st
from opened import report_of

from ita_nb import frames, open_report
from ita_nb.analysis.reconcile import NodeCheck
from ita_nb.analysis.scores import Estimate
from ita_nb.case import Case, build_case
from ita_nb.document.blocks import Table
from ita_nb.errors import ItaError, ParameterError
from ita_nb.exhibits.sentences import SENTENCES
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.frames import CODEBOOK, MERGED, AnyCase
from ita_nb.progress import ProgressCase, build_progress
from ita_nb.show import section_of
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


def test_columns_are_the_contract() -> None:
    """Tables and columns have their agreed names and order: notebooks and merged tables stand on them."""
    assert {name: " ".join(columns) for name, columns in CODEBOOK.items()} == COLUMNS


@pytest.mark.parametrize("columns", CODEBOOK.values(), ids=CODEBOOK)
def test_every_table_begins_with_node_and_part(columns: Any) -> None:
    """Each row says which node it is about, so that any two tables can be joined."""
    assert list(columns)[:2] == ["node", "part"]


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


def test_there_are_empty_frames_among_them() -> None:
    """The claim on types is one on empty frames too."""
    assert [name for name in CODEBOOK if frames.frame(progress(), name).empty] == [
        "scores", "answers", "losses", "weaknesses", "remarks", "not_checked",
    ]  # fmt: skip
    assert frames.frame(case(), "progress").empty


@pytest.mark.parametrize("document", CASES)
def test_rows_are_plain_values(document: str) -> None:
    """Every row goes into JSON as it is: texts, numbers, None; days are ISO dates."""
    every = {name: frames.rows(CASES[document](), name) for name in CODEBOOK}

    assert json.loads(json.dumps(every, allow_nan=False)) == every


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
    (result,) = frames.rows(case(), "results")

    assert result[column] == value


def test_a_result_without_a_total_is_told(workspace: Workspace) -> None:
    """An agency of which no total is known has a result all the same, with nothing in its place."""
    found = new_agency(workspace, "i1,,80")
    (result,) = frames.rows(found, "results")

    assert (result["name_th"], result["total_stated"], result["total_recomputed"]) == (
        "เทศบาลตำบลใหม่",
        None,
        None,
    )
    assert report_of(found).report.total is None


# Node and part: stated, recomputed, verdict, the score that a reader works with, as printed.
SCORES = {
    ("total", ""): (49.74, 94.1806, "mismatch", 94.1806, "94.18"),
    ("7", ""): (97.6, 100.0, "mismatch", 100.0, "100.00"),
    ("OIT", ""): (90.38, 90.375, "match", 90.38, "90.38"),
    ("9", ""): (80.75, None, "unchecked", 80.75, "80.75"),
    ("o13", ""): (0.0, None, "unchecked", 0.0, "0.00"),
    ("EIT", ""): (None, 97.753333, "unchecked", 97.753333, "97.75"),
    ("8", "1"): (None, 94.42, "unchecked", 94.42, "94.42"),
}


@pytest.mark.parametrize("place", SCORES, ids=str)
def test_score_is_the_stated_one_unless_missing_or_disputed(place: tuple[str, str]) -> None:
    """The score is as printed; the recomputed one where none is, or where its own parts contradict it."""
    row = only(frames.frame(case(), "scores"), node=place[0], part=place[1])
    stated, recomputed, verdict, score, text = SCORES[place]
    numbers = [
        None if pd.isna(value) else round(value, 6) for value in (row.stated, row.recomputed, row.score)
    ]

    assert (numbers, row.verdict, row.score_text) == ([stated, recomputed, score], verdict, text)
    assert recomputed is None or row.low <= row.recomputed <= row.high


def test_score_is_the_recomputed_one_where_none_is_stated(workspace: Workspace) -> None:
    """An indicator without a printed score has that of its parts; one without either has none, and a row."""
    found = new_agency(workspace, "i1,,80", "i2,,90", "i3,,100", "10,,70")
    scores = frames.frame(found, "scores").set_index("node")

    assert (scores.loc["1"].stated, scores.loc["1"].score, scores.loc["1"].score_text) != (80, 90, "90.00")
    assert pd.isna(scores.loc["1"].stated)
    assert (scores.loc["1"].score, scores.loc["1"].score_text) == (90.0, "90.00")
    assert pd.isna(scores.loc["2"].score)
    assert (scores.loc["2"].score_text, scores.loc["2"].verdict) == ("", "unchecked")
    assert scores[scores.kind == "indicator"].index.tolist() == [str(n) for n in range(1, 11)]


def test_scores_are_not_rounded() -> None:
    """A recomputed score is the exact one, as far as a float can hold it."""
    exact = next(check for check in case().nodes if check.node == Node("EIT"))

    assert exact.recomputed is not None
    assert only(frames.frame(case(), "scores"), node="EIT", part="").recomputed == float(
        exact.recomputed.value
    )


def test_scores_stand_in_the_order_of_the_year() -> None:
    """The total comes first, each node before those below it, each with its kind and its names."""
    scores = frames.frame(case(), "scores")
    row = only(scores, node="9")

    assert scores.order.is_monotonic_increasing
    assert (scores.node[0], scores.kind[0]) == ("total", "total")
    assert (row.kind, row.label, row.name_th) == ("indicator", "9 การเปิดเผยข้อมูล", "ตัวชี้วัดที่ 9")
    assert row.instrument == "OIT"
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
    total = only(losses, kind="total").loss
    of_total = (losses.kind == "remainder") & (losses.node == TOTAL)

    assert losses[(losses.kind == "instrument") | of_total].loss.sum() == pytest.approx(total)
    assert losses[losses.step].loss.sum() == pytest.approx(total)
    assert losses[losses.step].percent.sum() == pytest.approx(100)
    assert only(losses, kind="total").score == report_of(case()).report.total == pytest.approx(100 - total)


def test_steps_add_up_where_little_is_known(workspace: Workspace) -> None:
    """Where only some scores are known, what they leave unexplained is a step of its own."""
    losses = frames.frame(new_agency(workspace, "total,,80", "IIT,,90", "1,,70"), "losses")

    assert losses[losses.step].loss.sum() == pytest.approx(20)


def test_nothing_lost_has_no_percent(workspace: Workspace) -> None:
    """Of nothing there is no share."""
    losses = frames.frame(new_agency(workspace, "total,,100"), "losses")

    assert losses.loss.tolist() == [0.0]
    assert losses.percent.isna().all()


def test_weaknesses_name_their_measures() -> None:
    """A weak item names the measures that answer it, which are rows of the measures."""
    row = only(frames.frame(case(), "weaknesses"), node="i10")

    assert (row.topic, row.score, row.pattern, row.measures) == (4, 81.9, "absent", "i10-absent")
    assert only(frames.frame(case(), "measures"), measure_id="i10-absent")["items"] == "i10"


def test_measures_keep_a_line_for_each_step() -> None:
    """Steps and evidence are a line each, days are days."""
    row = only(frames.frame(case(), "measures"), measure_id="i1-any")

    assert len(row.steps_th.splitlines()) == 4
    assert len(row.evidence_th.splitlines()) == 3
    assert (row.start.date(), row.end.date(), row.status) == (
        dt.date(2025, 10, 1),
        dt.date(2026, 9, 30),
        "draft",
    )


def test_problems_speak_both_languages() -> None:
    """A problem keeps what is stated and expected as written, and says itself in Thai and English."""
    row = only(frames.frame(case(), "problems"), rule="total-mismatch")

    assert (row.node, row.stated, row.expected) == ("total", "49.74", "94.18")
    assert "49.74" in row.message_th
    assert "49.74" in row.message_en


def test_progress_has_a_result_without_scores() -> None:
    """A report on measures has a result that knows the agency and its problems, and no total."""
    (result,) = frames.rows(progress(), "results")

    assert (result["document"], result["warnings"], result["total_stated"]) == ("progress", 13, None)


def test_progress_has_a_row_for_each_measure() -> None:
    """Each measure stands in the measures and in the progress, with the day of the report."""
    measures, done = frames.frame(progress(), "measures"), frames.frame(progress(), "progress")

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


@pytest.mark.parametrize("folder", [".", "notebooks", "data/2568"])
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
    assert report().facts is report().case.framework
    assert report().total == float(case().losses.score)  # type: ignore[arg-type,union-attr]


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
