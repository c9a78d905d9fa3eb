"""Dates as people write them: in tables, in params files, as days, months, quarters and periods."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from conftest import AGENCY, PLAN_YEAR, YEAR, Workspace
from hypothesis import given
from hypothesis import strategies as st

from ita_nb.case import build_case
from ita_nb.errors import IntakeError
from ita_nb.facts.loader import load_framework
from ita_nb.intake.record import PlannedMeasure, Record
from ita_nb.intake.workspace import read_record
from ita_nb.progress import build_progress
from ita_nb.thai import long_date, read_span, short_date, to_thai_digits

MEASURES = f"data/{PLAN_YEAR}/measures.csv"
PARAMS = f"params/{AGENCY}-{YEAR}.yaml"

# What is written, and its first and last day.
PERIODS = {
    "๑ ต.ค. ๖๗ – ๓๐ ก.ย. ๖๘": ("2024-10-01", "2025-09-30"),
    "มี.ค. ๖๔ ถึง เม.ย. ๖๔": ("2021-03-01", "2021-04-30"),
    "ต.ค. 2568": ("2025-10-01", "2025-10-31"),
    "กุมภาพันธ์ 2567": ("2024-02-01", "2024-02-29"),
    "ตค 68": ("2025-10-01", "2025-10-31"),
    "ต.ค.-68": ("2025-10-01", "2025-10-31"),
    "ต.ค. – มี.ค. 2569": ("2025-10-01", "2026-03-31"),
    "1-31 ต.ค. 2568": ("2025-10-01", "2025-10-31"),
    "1/10/68-30/9/69": ("2025-10-01", "2026-09-30"),
    "2568-10-01 - 2569-09-30": ("2025-10-01", "2026-09-30"),
    "วันที่ 1 เดือนตุลาคม พ.ศ. 2568 ถึงวันที่ 30 กันยายน พ.ศ. 2569": ("2025-10-01", "2026-09-30"),
    "ไตรมาสที่ 2 ของปีงบประมาณ 2569": ("2026-01-01", "2026-03-31"),
    "ไตรมาส 1/2569": ("2025-10-01", "2025-12-31"),
    # of a single day both are the same
    "6 มิถุนายน 2568": ("2025-06-06", "2025-06-06"),
    "6 มิ.ย. ๒๕๖๘": ("2025-06-06", "2025-06-06"),
    "6 มิย 68": ("2025-06-06", "2025-06-06"),
    "1/10/2568": ("2025-10-01", "2025-10-01"),
    "1/10/68": ("2025-10-01", "2025-10-01"),
    "๐๑/๑๐/๒๕๖๘": ("2025-10-01", "2025-10-01"),
    "1.10.2568": ("2025-10-01", "2025-10-01"),
    "1-ต.ค.-68": ("2025-10-01", "2025-10-01"),
    "1/10/2025": ("2025-10-01", "2025-10-01"),
    "2568-10-1": ("2025-10-01", "2025-10-01"),
    "2025-10-01 00:00:00": ("2025-10-01", "2025-10-01"),
    "2025-10-01T00:00:00": ("2025-10-01", "2025-10-01"),
    "01/10/2568 0:00": ("2025-10-01", "2025-10-01"),
    "45931": ("2025-10-01", "2025-10-01"),
    "๔๕๙๓๑": ("2025-10-01", "2025-10-01"),
    "45931.0": ("2025-10-01", "2025-10-01"),
    "244258": (
        "2025-10-01",
        "2025-10-01",
    ),  # 1/10/2568 typed into a spreadsheet that counts in the Common Era
    "1\u00a0ต.ค.\u200b 2568": ("2025-10-01", "2025-10-01"),
    "29/2/2567": ("2024-02-29", "2024-02-29"),
}
# Read only where the plan year is known.
OF_THE_PLAN_YEAR = {
    "ไตรมาส 1": ("2025-10-01", "2025-12-31"),
    "ไตรมาส ๔": ("2026-07-01", "2026-09-30"),
    "ไตรมาส 1 ถึง ไตรมาส 2": ("2025-10-01", "2026-03-31"),
    "พ.ย.": ("2025-11-01", "2025-11-30"),
    "มกราคม": ("2026-01-01", "2026-01-31"),
}
UNREADABLE = (
    *("31/13/2568", "13/31/2568", "30/2/2569", "29/2/2568", "2568", "เร็ว ๆ นี้", "ไตรมาส 5", "ไตรมาส 12"),
    *(
        "1 – 2",
        "68",
        "1 มกรา 2568",
        "2569-02-30",
        "-",
        "1/10/256",
        "1 ต.ค. 2568 ถึง",
        "Oct 2025",
        "20251001",
        "ถึง 30 ก.ย. 69",
    ),
)


def days(first: str, last: str) -> tuple[dt.date, dt.date]:
    """Two days of the Common Era."""
    return dt.date.fromisoformat(first), dt.date.fromisoformat(last)


@pytest.mark.parametrize("written", PERIODS)
def test_a_period_is_read_from_its_first_to_its_last_day(written: str) -> None:
    """Months, quarters and periods have a first and a last day, with or without a plan year."""
    assert read_span(written) == read_span(written, PLAN_YEAR) == days(*PERIODS[written])


@pytest.mark.parametrize("written", OF_THE_PLAN_YEAR)
def test_without_a_year_it_is_in_the_plan_year(written: str) -> None:
    """A quarter or a month without a year lies in the fiscal year of the plan, and in none without one."""
    assert read_span(written, PLAN_YEAR) == days(*OF_THE_PLAN_YEAR[written])
    with pytest.raises(ValueError, match="31/3/25xx"):
        read_span(written)


@pytest.mark.parametrize("written", UNREADABLE)
def test_what_is_no_date_is_refused(written: str) -> None:
    """What cannot be read is told with examples of what can, never guessed."""
    with pytest.raises(ValueError, match="31/3/25xx"):
        read_span(written, PLAN_YEAR)


@given(st.dates(dt.date(1960, 1, 1), dt.date(2080, 12, 31)))
def test_what_the_tool_prints_it_reads(day: dt.date) -> None:
    """Dates in full and in short, in both digits, with slashes and two-digit years are the day they say."""
    year = day.year + 543
    spelled = [long_date(day), short_date(day), f"{day.day}/{day.month}/{year}", day.isoformat()]
    spelled += [f"{day.day}/{day.month}/{year % 100:02}"] if year // 100 == 25 else []
    assert {read_span(form) for text in spelled for form in (text, to_thai_digits(text))} == {(day, day)}


@given(st.text(max_size=12) | st.text(alphabet="0123456789๑๒/-–. ถึงตคมไรสาพศ", max_size=14))
def test_no_text_is_more_than_a_date_or_none(text: str) -> None:
    """Any text is a period or is refused."""
    with contextlib.suppress(ValueError):
        assert {type(day) for day in read_span(text, PLAN_YEAR)} == {dt.date}


# --------------------------------------------------------------------------------------- where they stand


def measured(workspace: Workspace, start: str, end: str, place: str) -> tuple[PlannedMeasure, Record]:
    """Read a measure of that start and end from the table or from the params file."""
    if place == "table":
        header = ("agency_id", "measure_id", "items", "title_th", "start", "end")
        workspace.write_rows(MEASURES, header, [(AGENCY, "m1", "o13", "ทะเบียน", start, end)])
        workspace.drop(PARAMS)
    else:
        entry = f"{{measure_id: m1, items: [o13], title_th: ทะเบียน, start: '{start}', end: '{end}'}}"
        workspace.write(PARAMS, f"agency_id: {AGENCY}\nfiscal_year: {YEAR}\nmeasures:\n  - {entry}\n")
    record = read_record(workspace.root, AGENCY, load_framework(YEAR))
    return record.measures[0], record


@pytest.mark.parametrize("place", ["table", "file"])
@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("ต.ค. 2568", "มี.ค. 2569", ("2025-10-01", "2026-03-31")),
        ("1 ต.ค. 68 – 30 ก.ย. 69", "", ("2025-10-01", "2026-09-30")),
        ("ไตรมาส ๑", "", ("2025-10-01", "2025-12-31")),
        ("ไตรมาส 1", "ไตรมาส 2", ("2025-10-01", "2026-03-31")),
        ("45931", "2026-09-30 00:00:00", ("2025-10-01", "2026-09-30")),
        ("1/10/2568", "", ("2025-10-01", "")),
        ("", "ก.ย. ๖๙", ("", "2026-09-30")),
    ],
)
def test_a_measure_runs_from_the_first_to_the_last_day(
    workspace: Workspace, start: str, end: str, expected: tuple[str, str], place: str
) -> None:
    """``start`` takes the first day of its cell, ``end`` the last; a period alone in ``start`` has both."""
    measure, record = measured(workspace, start, end, place)
    assert tuple(day.isoformat() if day else "" for day in (measure.start, measure.end)) == expected
    assert record.problems == ()


@pytest.mark.parametrize("place", ["table", "file"])
def test_an_unreadable_end_is_not_taken_from_the_start(workspace: Workspace, place: str) -> None:
    """A period in ``start`` gives no end where ``end`` holds something that cannot be read."""
    measure, record = measured(workspace, "ต.ค. 2568", "31/13/2568", place)
    assert (measure.start, measure.end) == (dt.date(2025, 10, 1), None)
    (problem,) = record.problems
    assert (problem.rule, problem.node, problem.stated) == ("unknown-value", "m1", "31/13/2568")
    assert "ไตรมาส 2" in problem.message_th


@pytest.mark.parametrize("key", ["memo", "meeting"])
@pytest.mark.parametrize("written", ["6 มิถุนายน ๒๕๖๘", "6/6/68", "45814", "2025-06-06 00:00:00"])
def test_a_day_of_the_office_may_be_spelled_in_any_way(workspace: Workspace, key: str, written: str) -> None:
    """Memo and meeting take every spelling of a day."""
    head = f"agency_id: {AGENCY}\nfiscal_year: {YEAR}\n"
    workspace.write(PARAMS, f"{head}office:\n  {key}: {{date: {written}}}\n")
    office = build_case(AGENCY, YEAR, workspace.root).record.office
    assert getattr(office, key).date == dt.date(2025, 6, 6)


def test_a_report_may_be_of_a_month(workspace: Workspace) -> None:
    """The day of a report on measures is the last one of the month or period that was written."""
    head = f"agency_id: takothong\nfiscal_year: {YEAR}\n"
    workspace.write(f"params/takothong-{YEAR}-progress.yaml", f"{head}office: {{as_of: ก.ย. ๖๘}}\n")
    assert build_progress("takothong", YEAR, workspace.root).as_of == dt.date(2025, 9, 30)


def test_a_month_is_no_day_of_a_meeting(workspace: Workspace) -> None:
    """Where one day is asked for, a month is refused with its line: which day it was is not known."""
    head = f"agency_id: {AGENCY}\nfiscal_year: {YEAR}\n"
    workspace.write(PARAMS, f"{head}office:\n  meeting: {{date: มิ.ย. 2568}}\n")
    with pytest.raises(IntakeError, match=r"บรรทัด 4 .*มิ\.ย\. 2568.*วันเดียว"):
        build_case(AGENCY, YEAR, workspace.root)
