"""The report on measures: states, promises, what a record lacks, bad rows, and scores before and after."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction as F
from functools import cache

import opened
import pytest
from conftest import REPOSITORY, Workspace
from in_process import command
from opened import Opened

from ita_nb.analysis.progress import (
    MeasureProgress,
    ScoreChange,
    day_of_report,
    find_progress,
    promise_of,
    score_changes,
    state_of,
)
from ita_nb.analysis.scores import Scores
from ita_nb.analysis.wording import text_problems
from ita_nb.document.blocks import Cover, Paragraph, Table
from ita_nb.document.gate import blockers
from ita_nb.errors import IntakeError, Problem
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Node
from ita_nb.facts.loader import load_framework
from ita_nb.intake.params_file import Acceptance, Office
from ita_nb.intake.record import Agency, PlannedMeasure, Record, Result, State, StatedScore
from ita_nb.progress import ProgressCase, build_progress

TAKOTHONG, SITHONG, CHAIMONGKHON = ("takothong", 2568), ("sithong", 2564), ("chaimongkhon", 2566)
PLAN_YEAR = 2568
EVERYTHING = {"output", "outcome"}  # what a table asks for
AGENCY = Agency("x", "องค์การบริหารส่วนตำบลทดสอบ")


def day(text: str) -> dt.date | None:
    """A day of the Common Era, or none."""
    return dt.date.fromisoformat(text) if text else None


def measure(measure_id: str = "M1", start: str = "", end: str = "", **values: object) -> PlannedMeasure:
    """A confirmed measure without anything that is not given."""
    plain = PlannedMeasure(measure_id, (), "มาตรการ", (), day(start), day(end), "", "", "confirmed")
    return replace(plain, **values)  # type: ignore[arg-type]


def result(measure_id: str = "M1", output: str = "", **values: str) -> Result:
    """A record of a measure on the last day of the plan year."""
    return replace(Result(measure_id, dt.date(2025, 9, 30), output), **values)  # type: ignore[arg-type]


# ---------------------------------------------------------------- the state on a day


@pytest.mark.parametrize(
    ("output", "state", "end", "expected"),
    [
        (None, None, "", "unrecorded"),  # without a row
        ("", None, "2025-05-31", "overdue"),
        ("", None, "2025-06-01", "unrecorded"),  # the last day still counts
        ("", None, "", "unrecorded"),
        ("ประชุมแล้ว", None, "2025-05-31", "recorded"),
        ("ยังไม่ถึงกำหนด", None, "2025-12-31", "recorded"),  # a state is never read out of a text
        ("ยังไม่ถึงกำหนด", "not_due", "2025-12-31", "not_due"),
        ("", "not_due", "2025-05-31", "not_due"),
        ("", "not_done", "", "not_done"),
        ("ดำเนินการแล้วเสร็จ", "under_way", "", "under_way"),
        ("", "done", "2025-05-31", "done"),
    ],
)
def test_state(output: str | None, state: State | None, end: str, expected: str) -> None:
    """The stated state, else recorded, late, or not recorded; outcome and evidence alone are no result."""
    record = None if output is None else Result("M1", None, output, "พึงพอใจ", "รายงาน", state=state)

    assert state_of(measure(end=end), record, dt.date(2025, 6, 1)) == expected


@pytest.mark.parametrize(
    ("period", "recorded", "stated", "expected"),
    [
        ("six_months", [], None, dt.date(2025, 3, 31)),
        ("twelve_months", [], None, dt.date(2025, 9, 30)),
        ("six_months", [dt.date(2025, 2, 1), dt.date(2025, 4, 9)], None, dt.date(2025, 4, 9)),
        ("twelve_months", [None, dt.date(2025, 8, 1)], None, dt.date(2025, 8, 1)),
        ("twelve_months", [None], None, dt.date(2025, 9, 30)),
        ("six_months", [dt.date(2025, 4, 9)], dt.date(2025, 1, 15), dt.date(2025, 1, 15)),
    ],
    ids=["six", "twelve", "newest-record", "undated-record", "undated-only", "stated"],
)
def test_day_of_report(
    period: str, recorded: Sequence[dt.date | None], stated: dt.date | None, expected: dt.date
) -> None:
    """The day is the stated one, else that of the newest record, else the end of the period."""
    results = [Result(f"M{i}", as_of) for i, as_of in enumerate(recorded)]

    assert day_of_report(PLAN_YEAR, period, results, stated) == expected  # type: ignore[arg-type]


# ---------------------------------------------------------------- promised against recorded


@pytest.mark.parametrize(
    ("promised", "recorded", "expected"),
    [
        ("รายงาน จำนวน 4 ฉบับ", "จัดทำรายงาน 4 ฉบับ", "met"),
        ("รายงาน จำนวน 4 ฉบับ", "จัดทำรายงาน 5 ฉบับ", "met"),
        ("รายงาน จำนวน 4 ฉบับ", "จัดทำรายงาน 3 ฉบับ", "fewer"),
        ("รายงาน จำนวน ๔ ฉบับ", "จัดทำรายงาน 3 ฉบับ", "fewer"),
        ("รายงาน จำนวน 4 ฉบับ", "จัดทำรายงาน ๔ ฉบับ", "met"),
        ("รายงาน จำนวน 4 ฉบับ", "จัดทำรายงาน๔ฉบับ", "met"),
        ("คู่มือ จำนวน 1 เล่ม", "จัดทำคู่มือแล้ว", "uncounted"),
        ("คู่มือ จำนวน 1 เล่ม", "ประกาศ 3 ฉบับ", "uncounted"),  # another unit says nothing
        ("คู่มือ จำนวน 1 เล่ม", "", "unrecorded"),
        ("คู่มือ", "คู่มือ 1 เล่ม", "unpromised"),
        ("", "คู่มือ 1 เล่ม", "unpromised"),
        ("", "", "unpromised"),
        ("เผยแพร่ครบ 3 ช่องทาง จำนวน 24 เรื่อง", "เผยแพร่ 3 ช่องทาง 20 เรื่อง", "fewer"),  # the last number
        ("ประชุม จำนวน 2 ครั้ง", "ประชุม 1 ครั้ง และอบรม 2 ครั้ง", "uncounted"),  # which is meant?
        ("ประชุม จำนวน 2 ครั้ง", "ประชุม 2 ครั้ง และอบรม 2 ครั้ง", "met"),
        ("ผู้เข้าร่วม จำนวน 1,200 คน", "ผู้เข้าร่วม 900 คน", "fewer"),
        ("ผู้เข้าร่วม จำนวน 300 คน", "ผู้เข้าร่วม 1,200 คน", "met"),
        ("ประชุม จำนวน 2 ครั้ง", "ประชุมเฉลี่ย 0.2 ครั้ง", "uncounted"),
        ("ประชุม จำนวน 2 ครั้ง", "ประชุมปีงบประมาณ พ.ศ. 2568 ครั้งที่ 1", "uncounted"),
        ("แผนปฏิบัติการป้องกันการทุจริต (พ.ศ. 2566-2570)", "จัดทำแผนแล้ว", "unpromised"),
    ],
)
def test_promise(promised: str, recorded: str, expected: str) -> None:
    """The last promised number is held against the recorded numbers of the same unit, in any digits."""
    assert promise_of(promised, recorded) == expected


# ---------------------------------------------------------------- what a record lacks


def entries(
    measures: Sequence[PlannedMeasure], results: Sequence[Result], asked: set[str] | None = None
) -> dict[str, MeasureProgress]:
    """What became of some measures on the last day of the plan year, by measure."""
    found = find_progress(measures, results, dt.date(2025, 9, 30), EVERYTHING if asked is None else asked)
    return {entry.measure.measure_id: entry for entry in found}


UNCOUNTED = (
    "จัดประชุมแล้ว",
    "1. จัดประชุม\n2. จัดอบรม",
    "๑) จัดประชุม\n๒) จัดอบรม",
    "จัดทำแนวทางปี 2568",
    "จัดทำแนวทาง พ.ศ. ๒๕๖๘",
    "จัดทำแนวทางประจำปีงบประมาณ พ.ศ. 2568",
    "เปิดให้บริการในเวลา 08.00-16.30 น.",
    "เปิดให้บริการในเวลา 08:00 น.",
    "ใช้ E-Service ได้ตลอด 24 ชั่วโมง",
    "จัดอบรมเมื่อวันที่ 8 มีนาคม 2564",
    "จัดอบรมเมื่อวันที่ ๘ มีนาคม ๒๕๖๔",
    "จัดอบรมเมื่อ 1 ตุลาคม 2567",
    "จัดอบรมเมื่อ 8 ม.ค. 2568",
    "จัดอบรมเมื่อ 8 ธ.ค. 67",
    "จัดอบรมเมื่อ 8 มี.ค. 2564",
    "จัดอบรมเมื่อ 8 เม.ย. 64",
    "จัดอบรมเมื่อ 8 มิ.ย. 2564",
    "จัดอบรมเมื่อวันที่ 8-9 มีนาคม 2564",
    "จัดอบรมเมื่อวันที่ 8 และ 9 มีนาคม 2564",
)
COUNTED = (
    "จัดประชุม 2 ครั้ง",
    "จัดประชุม ๒ ครั้ง",
    "จัดอบรมเมื่อวันที่ 8 มีนาคม 2564 มีผู้เข้าร่วม 42 คน",
    "1. จัดประชุม 3 ครั้ง",
    "แจกแผ่นพับ 1,200 แผ่น",
    "แจกแผ่นพับ 12 แผ่น ในปี 2568",
    "แจกแผ่นพับ 1200 แผ่น",
    "บุคลากรของ อบต. 25 คน เข้ารับการอบรม",
    "ความพึงพอใจร้อยละ 85.50",
    "จัดประชุมตลอดปี 12 ครั้ง",
)


@pytest.mark.parametrize(
    ("output", "outcome", "evidence", "expected"),
    [
        *((output, "พึงพอใจ", "รายงาน", {"number"}) for output in UNCOUNTED),
        *((output, "พึงพอใจ", "รายงาน", set()) for output in COUNTED),
        ("ประชุม 2 ครั้ง", "", "รายงาน", {"outcome"}),
        ("ประชุม 2 ครั้ง", "พึงพอใจ", "", {"evidence"}),
        ("ประชุม 2 ครั้ง", "", "", {"outcome", "evidence"}),
    ],
)
def test_what_a_record_lacks(output: str, outcome: str, evidence: str, expected: set[str]) -> None:
    """List numbers, years, hours and dates count nothing that was made; other numbers do."""
    record = result(output=output, outcome_th=outcome, evidence=evidence)

    assert set(entries([measure()], [record])["M1"].lacks) == expected


def test_measure_without_a_record_lacks_everything() -> None:
    """Of a measure without a row everything is missing, but no number of an output that is not there."""
    assert set(entries([measure()], [])["M1"].lacks) == {"output", "outcome", "evidence"}


@pytest.mark.parametrize("output", ["", "ประชุม 2 ครั้ง"], ids=["no-output", "output"])
def test_outcome_is_missing_only_where_asked(output: str) -> None:
    """Where the form of the year has no column for an outcome, none is missing."""
    found = entries([measure()], [result(output=output, evidence="รายงาน")], {"output"})

    assert "outcome" not in found["M1"].lacks


# ---------------------------------------------------------------- slips in texts


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (("จัดประชาคม", "จัดประชาคม"), {"M1": ("M2",), "M2": ("M1",)}),
        (("จัดประชาคม", "จัด  ประชาคม\n"), {"M1": ("M2",), "M2": ("M1",)}),  # white space is no difference
        (("ก", "ก", "ก"), {"M1": ("M2", "M3"), "M2": ("M1", "M3"), "M3": ("M1", "M2")}),
        (("จัดประชาคม 50 คน", "จัดประชาคม 51 คน"), {"M1": (), "M2": ()}),
        (("", ""), {"M1": (), "M2": ()}),  # nothing recorded is not the same record
    ],
    ids=["two", "spaces", "three", "different", "empty"],
)
def test_repeated_outputs(outputs: Sequence[str], expected: dict[str, tuple[str, ...]]) -> None:
    """Each measure names the others with the same recorded output."""
    ids = [f"M{i}" for i in range(1, len(outputs) + 1)]
    found = entries([measure(i) for i in ids], [result(i, o) for i, o in zip(ids, outputs, strict=True)])

    assert {i: entry.repeated_in for i, entry in found.items()} == expected


def problems(
    measures: Sequence[PlannedMeasure], results: Sequence[Result] = (), office: Office | None = None
) -> list[Problem]:
    """What is found in the texts of a plan."""
    record = Record(AGENCY, PLAN_YEAR - 1, {}, office=office or Office())
    return list(text_problems(measures, record, PLAN_YEAR, results))


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("ผลการประเมินปีงบประมาณ พ.ศ. 2563", ["2563"]),
        ("ผลการประเมินปี ๒๕๖๓", ["2563"]),
        ("แผนประจำปี 2571", ["2571"]),
        ("แผนปี 2566 และปี 2570", ["2566", "2570"]),
        ("แผนปี 2566 ทบทวนแผนปี 2566", ["2566"]),
        ("แผนปี 2567", []),  # the year before, its own and the next are what plans speak of
        ("แผนปี 2568", []),
        ("แผนปี 2569", []),
        ("มาตรฐานสากล ปี 2023", []),  # a Common Era year
        ("บริษัท อัครฟาร์ม 2563 จำกัด", []),  # no word for a year before it
        ("โทร. 044 2563 1234 งบประมาณ 2563 บาท", []),
        ("ปี 25631", []),
    ],
)
def test_year_in_text(text: str, years: list[str]) -> None:
    """A Buddhist year more than one from the plan year is named once, whatever the digits."""
    found = [p for p in problems([measure(title_th=text)]) if p.rule == "year-in-text"]

    assert [p.stated for p in found] == years


@pytest.mark.parametrize(
    "values", [{"title_th": "ปี 2560"}, {"steps_th": ("ขั้นหนึ่ง", "ปี 2560")}, {"follow_up_th": "ปี 2560"}]
)
def test_year_is_found_in_every_text_of_a_measure(values: dict[str, object]) -> None:
    """Titles, steps and follow-up are read."""
    assert [p.node for p in problems([measure("M7", **values)])] == ["M7"]


@pytest.mark.parametrize("place", ["output_th", "outcome_th", "suggestion_th"])
def test_year_is_found_in_every_text_of_a_result(place: str) -> None:
    """Outputs, outcomes and suggestions are read."""
    assert [p.node for p in problems([measure("M7")], [result("M7", **{place: "ปี 2560"})])] == ["M7"]


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["สำนักปลัด"] * 3, [("3", "3")]),
        (["สำนักปลัด", "สำนักปลัด", "กองคลัง"], [("2", "3")]),
        (["สำนักปลัด", "สำนักปลัด", "กองคลัง", "กองช่าง"], []),  # half is not more than half
        (["สำนักปลัด"] * 2, []),  # of two measures nothing can be said
        ([""] * 4, []),  # empty cells repeat nothing
        (["สำนักปลัด", "สำนักปลัด", "", ""], []),
    ],
    ids=["all", "two-of-three", "half", "two-measures", "empty", "some-empty"],
)
def test_repeated_cell(cells: Sequence[str], found: list[tuple[str, str]]) -> None:
    """One text in more than half of at least three measures is named with how many of how many."""
    measures = [measure(f"M{i}", responsible_th=cell) for i, cell in enumerate(cells)]

    assert [(p.stated, p.expected) for p in problems(measures) if p.rule == "repeated-cell"] == found


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("ผู้รับผิดชอบ", {"responsible_th": "สำนักปลัด"}),
        ("การติดตามผล", {"follow_up_th": "รายงานทุกเดือน"}),
        ("ช่วงระยะเวลา", {"start": "2024-10-01", "end": "2025-09-30"}),
        ("ขั้นตอน", {"steps_th": ("ประชุม", "รายงาน")}),
    ],
)
def test_repeated_cell_names_its_column(column: str, values: dict[str, object]) -> None:
    """The message names the column that repeats."""
    measures = [measure(f"M{i}", **values) for i in range(3)]  # type: ignore[arg-type]

    assert [column in p.message_th for p in problems(measures)] == [True]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ((), []),
        (("อบต.ทดสอง",), [("อบต.ทดสอง", AGENCY.name_th)]),
        (("อบต.ทดสอง", "ทดสาม"), [("อบต.ทดสอง, ทดสาม", AGENCY.name_th)]),
    ],
)
def test_printed_names(names: tuple[str, ...], found: list[tuple[str, str]]) -> None:
    """Other spellings of the agency's name are one problem that names them all, and the name used."""
    office = Office(printed_names=names)

    assert [(p.stated, p.expected) for p in problems([measure()], office=office)] == found


# ---------------------------------------------------------------- bad rows

PROGRESS = f"data/{PLAN_YEAR}/progress.csv"
MEASURES = f"data/{PLAN_YEAR}/measures.csv"
HEADER = ("agency_id", "measure_id", "as_of", "output_th", "outcome_th", "evidence", "suggestion_th")
Rows = Sequence[tuple[str, str, str]]
Build = Callable[[Rows], ProgressCase]


@pytest.fixture
def built_from(workspace: Workspace) -> Build:
    """Return a function that builds the case of takothong from (measure, day, output) rows alone."""

    def build(rows: Rows) -> ProgressCase:
        own = [("takothong", *row, "พึงพอใจ", "รายงาน", "") for row in rows]
        workspace.write_rows(PROGRESS, HEADER, own)
        return build_progress(*TAKOTHONG, workspace.root)

    return build


def recorded(case: ProgressCase) -> dict[str, str]:
    """The outputs that a case uses, by measure."""
    return {r.measure_id: r.output_th for r in case.record.results}


def errors(case: ProgressCase) -> list[tuple[str, str]]:
    """The problems that keep a report from publication: rule and what it is about."""
    return [(p.rule, p.node) for p in case.problems if p.severity == "error"]


def test_unknown_measure_leaves_the_other_rows(built_from: Build) -> None:
    """Only the row of the measure that does not exist is set aside, named with its place, to be settled."""
    rows = [(measure_id, "2568-09-30", measure_id) for measure_id in ("T01", "T99", "T03")]
    case = built_from(rows)
    (found,) = [p for p in case.problems if p.rule == "unknown-measure"]

    assert recorded(case) == {"T01": "T01", "T03": "T03"}
    assert found.message_th.startswith(f"{PROGRESS} บรรทัด 3 ")
    assert '"T99"' in found.message_th
    assert any('"T99"' in blocker.text_th for blocker in blockers(case))


@pytest.mark.parametrize(
    ("typed", "named"),
    [("t01", "T01 (ต่างกันที่ตัวพิมพ์"), ("T0\u200b1", "T0[ZERO WIDTH SPACE]1"), ("T๐๑", "T01 (")],
)
def test_a_measure_id_that_looks_right_is_told_what_differs(
    built_from: Build, typed: str, named: str
) -> None:
    """Another case, Thai digits and invisible characters in an id are named beside the id that was meant."""
    (found,) = built_from(((typed, "2568-09-30", "ก"),)).problems[:1]

    assert found.rule == "unknown-measure"
    assert named in found.message_th


@pytest.mark.parametrize("as_of", ["30/9/2568", "๓๐ ก.ย. ๖๘", "กันยายน 2568", "ไตรมาส 4", "45930"])
def test_a_record_may_be_dated_in_any_spelling(built_from: Build, as_of: str) -> None:
    """Of a month or a quarter of the plan year the last day is the day of the record."""
    case = built_from((("T01", as_of, "ก"),))

    assert ([r.as_of for r in case.record.results], errors(case)) == ([dt.date(2025, 9, 30)], [])


NEWEST = {
    "newest-last": (("T01", "2568-03-31", "เก่า"), ("T01", "2568-09-30", "ใหม่")),
    "newest-first": (("T01", "2568-09-30", "ใหม่"), ("T01", "2568-03-31", "เก่า")),
    "three": (("T01", "2568-03-31", "เก่า"), ("T01", "2568-09-30", "ใหม่"), ("T01", "2568-06-30", "กลาง")),
    "undated-first": (("T01", "", "ไม่มีวัน"), ("T01", "2568-03-31", "ใหม่")),
    "undated-last": (("T01", "2568-03-31", "ใหม่"), ("T01", "", "ไม่มีวัน")),
    "mixed-eras": (("T01", "2025-09-30", "ใหม่"), ("T01", "2568-03-31", "เก่า")),
}


@pytest.mark.parametrize("rows", NEWEST.values(), ids=NEWEST)
def test_newest_row_counts(built_from: Build, rows: Rows) -> None:
    """Of several rows of one measure the one with the latest day counts, wherever it stands."""
    case = built_from(rows)

    assert (recorded(case), errors(case)) == ({"T01": "ใหม่"}, [])


@pytest.mark.parametrize("as_of", ["2568-09-30", ""], ids=["dated", "undated"])
def test_two_rows_of_one_day(built_from: Build, as_of: str) -> None:
    """Of two rows of one measure and day the first is used, and the second is a problem."""
    case = built_from((("T01", as_of, "แถวแรก"), ("T01", as_of, "แถวที่สอง")))

    assert (recorded(case), errors(case)) == ({"T01": "แถวแรก"}, [("duplicate-row", "T01")])


@pytest.mark.parametrize("as_of", ["30/13/2568", "เดือนหน้า", "2568-13-01", "2568-02-30", "2568"])
def test_unreadable_day(built_from: Build, as_of: str) -> None:
    """A day that cannot be read is named with place, value and what is expected; what is recorded stays."""
    case = built_from((("T01", as_of, "ประชุม 2 ครั้ง"),))
    message = case.problems[0].message_th

    assert (recorded(case), errors(case)) == ({"T01": "ประชุม 2 ครั้ง"}, [("unknown-value", "T01")])
    assert all(part in message for part in (f"{PROGRESS} บรรทัด 2 ", f'"{as_of}"', "as_of", "31/3/25xx"))


def test_plan_without_measures_is_refused(workspace: Workspace) -> None:
    """Without any measure there is nothing to report on; the message names file and agency."""
    with pytest.raises(IntakeError, match=r"data/2568/measures\.csv[\s\S]*hannangam"):
        build_progress("hannangam", PLAN_YEAR, workspace.root)


WORDS = """\
agency_id: takothong
fiscal_year: 2568
measures:
  - {measure_id: N1, title_th: มาตรการของปีถัดไป, start: 2568-10-01, end: 2569-09-30, status: confirmed}
"""


def test_measures_of_the_analysis_of_the_same_year_stay_out(workspace: Workspace) -> None:
    """What the analysis of 2568 plans for 2569 is no measure of the report on 2568."""
    workspace.write("params/takothong-2568.yaml", WORDS)
    case = build_progress(*TAKOTHONG, workspace.root)

    assert "N1" not in [entry.measure.measure_id for entry in case.entries]


def test_measures_of_the_analysis_of_the_year_before_count(workspace: Workspace) -> None:
    """What the analysis of 2567 planned for 2568 stands beside the measures of the table."""
    words = WORDS.replace("2569-", "2568-").replace("2568-10", "2567-10").replace(": 2568", ": 2567")
    workspace.write("params/takothong-2567.yaml", words)
    case = build_progress(*TAKOTHONG, workspace.root)

    assert [entry.measure.measure_id for entry in case.entries][-2:] == ["T10", "N1"]


# ---------------------------------------------------------------- remarks under the report

REMARKS = f"data/{PLAN_YEAR - 1}/remarks.csv"


@pytest.mark.parametrize(
    ("kind", "status", "printed", "of_stakeholders"),
    [
        ("suggestion", "confirmed", True, True),
        ("suggestion", "draft", False, False),
        ("assessor", "confirmed", True, False),
    ],
)
def test_confirmed_remark_is_published(
    workspace: Workspace, kind: str, status: str, printed: bool, of_stakeholders: bool
) -> None:
    """What stakeholders or the assessor said is printed as theirs once it is confirmed."""
    row = ("takothong", "IIT", kind, "ข้อความทดสอบ", status)
    workspace.write_rows(REMARKS, ("agency_id", "item", "kind", "text_th", "status"), [row])
    report = report_of(build_progress(*TAKOTHONG, workspace.root), edition="publish", draft=True)
    section = report.suggestions().model_dump_json()

    assert ("ข้อความทดสอบ" in section) == printed
    assert ("ข้อเสนอแนะจากผู้มีส่วนได้ส่วนเสีย" in section) == of_stakeholders


# ---------------------------------------------------------------- scores before and after


@cache
def years() -> dict[int, Framework]:
    """The facts of the real years."""
    return {year: load_framework(year) for year in range(2562, 2570)}


def scores(year: int, **printed: str) -> Scores:
    """The scores of an agency in a year, as printed."""
    found = {Node(code): StatedScore(F(text), text, F(1, 200)) for code, text in printed.items()}
    return Scores(years()[year], Record(AGENCY, year, found))


def change(before: Scores | None, after: Scores | None, code: str) -> ScoreChange:
    """The comparison of one item of the earlier year."""
    (found,) = score_changes([measure(items=(code,))], before, after, years())
    return found


@pytest.mark.parametrize(
    ("year", "before", "after", "expected"),
    [
        (2567, {"i10": "70.00"}, {"i10": "81.90"}, (F(70), F("81.90"), True)),
        # the report on prevention
        (2565, {"o41": "0"}, {"o38": "100", "o41": "50"}, (F(0), F(100), True)),
        # of the others only the code is the same: a plan of spending, in 2566 E-Service
        (2565, {"o18": "100"}, {"o18": "0"}, (F(100), None, False)),
        (2565, {"o38": "100"}, {"o38": "0"}, (F(100), None, False)),
        (2566, {"o25": "100"}, {"o25": "0"}, (F(100), None, False)),
        (2567, {"o13": "100"}, {"o13": "0"}, (F(100), None, False)),
        # other options
        (2567, {"e1": "90.00"}, {"e1": "96.74"}, (F(90), F("96.74"), False)),
    ],
)
def test_same_subject_is_compared(
    year: int, before: dict[str, str], after: dict[str, str], expected: tuple[F, F | None, bool]
) -> None:
    """An item has the later score of the same subject, wherever it moved; only like is compared with like."""
    found = change(scores(year, **before), scores(year + 1, **after), *before)

    assert (found.before, found.after, bool(found.link and found.link.comparable)) == expected


def test_other_options_are_refused_with_the_reason() -> None:
    """A question with other options says why it is not compared."""
    found = change(scores(2567, e1="90.00"), scores(2568, e1="96.74"), "e1")

    assert found.link is not None
    assert [("ตัวเลือกคำตอบ" in reason, "ไม่ตรงกัน" in reason) for reason in found.link.reasons_th] == [
        (True, True)
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"i10": "70"}, {}, (F(70), None)),
        ({}, {"i10": "80"}, (None, F(80))),
        ({"i10": "70"}, None, (F(70), None)),
        (None, {"i10": "80"}, (None, None)),  # without the earlier year its codes mean nothing
        (None, None, (None, None)),
    ],
    ids=["no-later-score", "no-earlier-score", "no-later-year", "no-earlier-year", "neither"],
)
def test_missing_score(
    before: dict[str, str] | None, after: dict[str, str] | None, expected: tuple[F | None, F | None]
) -> None:
    """A missing score is missing, never zero."""
    early = None if before is None else scores(2567, **before)
    late = None if after is None else scores(2568, **after)
    found = change(early, late, "i10")

    assert (found.before, found.after) == expected


# ---------------------------------------------------------------- the comparison as readers see it

EARLY, LATE = f"data/{PLAN_YEAR - 1}/stated_scores.csv", f"data/{PLAN_YEAR}/stated_scores.csv"


def report_of(case: ProgressCase, **parameters: object) -> Opened:
    """The report of a case in Arabic digits."""
    return opened.report_of(case, digits="arabic", **parameters)


def scored(
    workspace: Workspace, early: dict[str, str], late: dict[str, str], items: Sequence[str]
) -> ProgressCase:
    """Takothong with these scores of both years and a measure for each of these items."""
    for file, values in ((EARLY, early), (LATE, late)):
        rows = [("takothong", code, score) for code, score in values.items()]
        workspace.write_rows(file, ("agency_id", "node", "score"), rows)
    measures = [("takothong", f"T0{i}", code, f"มาตรการของ {code}") for i, code in enumerate(items, start=1)]
    workspace.write_rows(MEASURES, ("agency_id", "measure_id", "items", "title_th"), measures)
    return build_progress(*TAKOTHONG, workspace.root)


def comparison(case: ProgressCase) -> list[tuple[str, ...]]:
    """The rows of the comparison: code, both scores and their difference; none without a table."""
    tables = [block for block in report_of(case).compared().blocks if isinstance(block, Table)]
    return [(row.cells[0].split()[0], *row.cells[1:4]) for table in tables for row in table.rows]


CAUSAL = re.compile("ทำให้|ส่งผล|เพราะ|เนื่องจาก|เป็นผล(?:จาก|มาจาก)|ช่วยให้|(?<!ไม่ได้แสดงว่า)เกิดจาก")


def test_comparison(workspace: Workspace) -> None:
    """Both scores, the difference where they may be compared, else why not; and never a cause of it."""
    early = {"i10": "70.00", "i13": "95.00", "e1": "90.00", "i4": "88.00"}
    late = {"i10": "81.90", "i13": "91.43", "e1": "96.74"}
    case = scored(workspace, early, late, [*early])
    texts = [getattr(report_of(case), part)().model_dump_json() for part in ("compared", "summary")]

    assert sorted(comparison(case)) == [
        ("e1", "90.00", "96.74", "-"),
        ("i10", "70.00", "81.90", "+11.90"),
        ("i13", "95.00", "91.43", "-3.57"),
        ("i4", "88.00", "ไม่มีข้อมูล", "-"),
    ]
    assert ["ตัวเลือกคำตอบ" in why for why in re.findall('"เปรียบเทียบไม่ได้: ([^"]*)', texts[0])] == [True]
    assert "ไม่ได้แสดงว่าเกิดจากมาตรการ" in texts[0]
    assert [text for text in texts if CAUSAL.search(text)] == []


@pytest.mark.parametrize(("early", "late"), [("70.001", "70.004"), ("70.004", "70.001")])
def test_difference_that_rounds_to_nothing_has_no_sign(workspace: Workspace, early: str, late: str) -> None:
    """A difference that is printed as nothing has no sign; an item of two measures is compared once."""
    case = scored(workspace, {"i10": early}, {"i10": late}, ["i10", "i10"])

    assert comparison(case) == [("i10", "70.00", "70.00", "0.00")]


@pytest.mark.parametrize("report", [("bangkrabue", 2565), TAKOTHONG], ids=["one year", "no scores"])
def test_without_scores_of_two_years_nothing_is_compared(report: tuple[str, int]) -> None:
    """Bangkrabue's measures are for the year of the scores, and of takothong no score is known."""
    assert comparison(build_progress(*report, REPOSITORY)) == []


# ---------------------------------------------------------------- the three real reports


@cache
def real(agency_id: str, year: int) -> ProgressCase:
    """A real report as it stands in the repository."""
    return build_progress(agency_id, year, REPOSITORY)


# A real report: its measures by state, day, that day in words, and what is odd in its texts.
PUBLISHED = [
    (
        TAKOTHONG,
        {"recorded": [f"T{i:02d}" for i in range(1, 11)]},
        dt.date(2025, 9, 30),
        "30 กันยายน 2568",
        [
            ("printed-names", "total"),
            ("year-in-text", "T09"),
            ("repeated-cell", "total"),
            ("repeated-output", "T04"),
            *(("evidence-missing", f"T{i:02d}") for i in range(1, 11)),
        ],
    ),
    (
        SITHONG,
        {"recorded": ["S1", "S2", "S3", "S4"]},
        dt.date(2021, 9, 30),
        "30 กันยายน 2564",
        [
            ("printed-names", "total"),
            ("repeated-cell", "total"),
            *(("evidence-missing", f"S{i}") for i in range(1, 5)),
        ],
    ),
    (
        CHAIMONGKHON,
        {"overdue": ["C1"], "unrecorded": ["C2", "C3", "C4", "C5", "C6", "C7"]},
        dt.date(2023, 3, 31),  # the six months, without any record
        "31 มีนาคม 2566",
        [("printed-names", "total")],
    ),
]


@pytest.mark.parametrize(("report", "states", "as_of", "day", "problems"), PUBLISHED)
def test_real_reports(
    report: tuple[str, int],
    states: dict[str, list[str]],
    as_of: dt.date,
    day: str,
    problems: list[tuple[str, str]],
) -> None:
    """States, day and what is odd are those of the published report, and the first sentence counts them."""
    case = real(*report)
    found: dict[str, list[str]] = {}
    for entry in case.entries:
        found.setdefault(entry.state, []).append(entry.measure.measure_id)
    lead = next(b.text for b in report_of(case).summary().blocks if isinstance(b, Paragraph))

    assert (found, case.as_of) == (states, as_of)
    assert [(p.rule, p.node) for p in case.problems] == problems
    assert f"จำนวน {len(case.entries)} มาตรการ" in lead
    assert f"ณ วันที่ {day} " in lead


def test_texts_of_takothong() -> None:
    """T02 and T04 report one hearing, the only output with a number; T09 speaks of 2563 in a plan of 2568."""
    case = real(*TAKOTHONG)
    (found,) = [p for p in case.problems if p.rule == "year-in-text"]

    assert {e.measure.measure_id: e.repeated_in for e in case.entries if e.repeated_in} == {
        "T02": ("T04",),
        "T04": ("T02",),
    }
    assert [e.measure.measure_id for e in case.entries if "number" not in e.lacks] == ["T02", "T04"]
    assert (found.node, found.stated, found.expected) == ("T09", "2563", "2568")


@pytest.mark.parametrize("report", [TAKOTHONG, SITHONG], ids=["takothong", "sithong"])
def test_reports_with_results_are_refused_until_their_cautions_are_accepted(report: tuple[str, int]) -> None:
    """They are called reports, and wait for publication until somebody accepts each of their warnings."""
    case = real(*report)
    (cover,) = (block for block in report_of(case).cover().blocks if isinstance(block, Cover))

    assert (cover.title[0].startswith("รายงานผล"), cover.running_title.startswith("รายงานผล")) == (True, True)
    assert blockers(case)
    assert [blocker.text_th for blocker in blockers(with_cautions_accepted(case))] == []


def test_sithong_is_asked_for_no_outcome() -> None:
    """The form of 2564 has no column for an outcome, so none is missing."""
    assert {lack for entry in real(*SITHONG).entries for lack in entry.lacks} == {"number", "evidence"}


def test_plan_without_results_is_refused_as_a_report(workspace: Workspace) -> None:
    """The publication edition of chaimongkhon ends with status 1 and says that it is a plan."""
    options = ("--year=2566", "--document=progress", "--edition=publish")
    ran = command(workspace.root, "report", "chaimongkhon", *options)

    assert ran.returncode == 1
    assert "เอกสารนี้จึงเป็นแผนมาตรการ ไม่ใช่รายงานผลการดำเนินการ" in ran.stderr
    assert not (workspace.root / "outputs").exists()


def test_plan_without_results_is_not_titled_a_report() -> None:
    """The working edition of chaimongkhon is made, and its title says that it is not yet a report."""
    (cover,) = (block for block in report_of(real(*CHAIMONGKHON)).cover().blocks if isinstance(block, Cover))

    assert "(ยังไม่เป็นรายงานผลการดำเนินการ)" in cover.title
    assert [line for line in (*cover.title, cover.running_title) if line.startswith("รายงานผล")] == []


def test_promise_is_shown_beside_the_record(workspace: Workspace) -> None:
    """A measure that promised a number shows in the report whether the record reaches it."""
    entry = (
        "{measure_id: N1, title_th: ประชุม, output_th: ประชุม จำนวน 4 ครั้ง, end: 2568-09-30, status: confirmed}"
    )
    words = f"agency_id: takothong\nfiscal_year: 2567\nmeasures:\n  - {entry}\n"
    workspace.write("params/takothong-2567.yaml", words)
    workspace.append(PROGRESS, "takothong,N1,2568-09-30,ประชุมแล้ว 3 ครั้ง,,,")
    section = report_of(build_progress(*TAKOTHONG, workspace.root)).incomplete()

    assert "บันทึกจำนวนไว้น้อยกว่าที่กำหนด" in section.model_dump_json()


@pytest.mark.parametrize("name", ["incomplete", "checks", "checklist"])
def test_publication_shows_no_workings(name: str) -> None:
    """What is missing and what has to be checked stays in the working edition."""
    accepted = with_cautions_accepted(real(*TAKOTHONG))

    assert getattr(report_of(accepted, edition="publish"), name)().blocks == ()


def with_cautions_accepted(case: ProgressCase) -> ProgressCase:
    """The same case after somebody accepted every warning by name."""
    entries = tuple(
        Acceptance(
            rule=p.rule, measure_id="" if p.node == "total" else p.node, reason_th="ตรวจแล้ว", by_th="ปลัด"
        )
        for p in case.problems
        if p.severity == "warning"
    )
    return replace(case, record=replace(case.record, accepted=entries))


@pytest.mark.parametrize(
    ("recorded", "says"),
    [
        ([], r"พ้นกำหนดแล้ว ยังไม่มีผลที่บันทึกไว้ 1 มาตรการ และยังไม่มีผลที่บันทึกไว้ 6 มาตรการ$"),
        (["C1"], r"บันทึกไว้ ไม่ได้ระบุสถานะ 1 มาตรการ และยังไม่มีผลที่บันทึกไว้ 6 มาตรการ ในจำนวนนี้มีผลที่บันทึกไว้ 1 "),
        (["C1", "C2", "C3", "C4", "C5", "C6", "C7"], r" 2566 บันทึกไว้ ไม่ได้ระบุสถานะ 7 มาตรการ ในจำนวนนี้"),
    ],
    ids=["none", "one", "all"],
)
def test_summary_calls_no_record_without_a_state_done(
    workspace: Workspace, recorded: list[str], says: str
) -> None:
    """The first sentence counts what is recorded; one recorded output makes a report of the plan."""
    rows = [("chaimongkhon", code, "2566-03-31", "จัดประชุม 2 ครั้ง", "", "", "") for code in recorded]
    workspace.write_rows("data/2566/progress.csv", HEADER, rows)
    case = build_progress(*CHAIMONGKHON, workspace.root)
    blocks = report_of(case).summary().blocks

    assert re.search(says, next(block.text for block in blocks if isinstance(block, Paragraph)))
    assert case.has_results == bool(recorded)
