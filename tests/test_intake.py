"""Received files: what is accepted, what becomes a listed problem, and what stops the work."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from conftest import AGENCY, BROKEN, PLAN_YEAR, YEAR, Workspace

from ita_nb.case import build_case
from ita_nb.errors import IntakeError, Problem
from ita_nb.facts.kinds import Node
from ita_nb.facts.loader import known_years, load_framework
from ita_nb.intake.peers import read_directory
from ita_nb.intake.record import Record
from ita_nb.intake.workspace import find_workspace, read_record
from ita_nb.thai import parse_number, revealed, to_thai_digits

SCORES = f"data/{YEAR}/stated_scores.csv"
RESPONSES = f"data/{YEAR}/responses.csv"
MEASURES = f"data/{PLAN_YEAR}/measures.csv"


MEASURE_COLUMNS = (
    "agency_id,measure_id,topic,items,title_th,steps_th,start,end,responsible_th,follow_up_th,status"
)


class Listed(NamedTuple):
    """A broken file and the problem that must be listed for it; ``line`` is where the message points."""

    file: str
    rule: str
    node: str
    found: str | None
    line: int | None
    severity: str = "error"


class Refused(NamedTuple):
    """A broken file that stops the work on an agency, and what each part of the message must name."""

    file: str
    where: str
    expected: str
    found: str
    todo: str
    agency_id: str = AGENCY


LISTED = (
    Listed("stated_scores_score_over_100", "score-out-of-range", "i10", "819.0", 3),
    Listed("stated_scores_score_below_0", "score-out-of-range", "i10", "-81.90", 3),
    Listed("stated_scores_text_in_score", "not-a-number", "i10", "แปดสิบเอ็ด", 3),
    Listed("stated_scores_comma_in_score", "not-a-number", "i10", "81,90", 3),
    Listed("stated_scores_two_numbers_in_score", "not-a-number", "i10", "81.90 / 89.10", 3),
    Listed("stated_scores_not_a_finite_number", "not-a-number", "i10", "NaN", 3),
    Listed("stated_scores_duplicated_row_conflicting", "duplicate-row", "i10", "81.90, 89.10", 4),
    Listed("stated_scores_duplicated_row_alike", "duplicate-row", "i10", "81.90, 81.90", 4, "warning"),
    Listed("stated_scores_unknown_node", "unknown-node", "x9", "x9", 3),
    Listed("stated_scores_unknown_indicator", "unknown-node", "11", "11", 3),
    Listed("stated_scores_item_of_other_year", "item-of-other-year", "o43", "o43", 3),
    Listed("stated_scores_question_of_other_year", "item-of-other-year", "i30", "i30", 3),
    Listed("stated_scores_part_of_undivided_question", "unknown-value", "i10", "1", 3),
    Listed("stated_scores_unknown_part", "unknown-value", "e1", "3", 3),
    Listed("stated_scores_one_comma_too_few", "too-few-cells", "i10", "3 ช่อง", 3),
    Listed("stated_scores_item_off_its_scale", "score-off-scale", "o12", "๕", 3, "warning"),
    Listed("stated_scores_part_named_twice", "unknown-value", "EIT", "2", 3),
    Listed("responses_negative_share", "negative-share", "i10", "-2.38", 5),
    Listed("responses_negative_count", "negative-share", "i10", "-1", 3),
    Listed("responses_half_a_person", "not-a-number", "i10", "1.5", 3),
    Listed("responses_text_in_share", "not-a-number", "i10", "สอง", 3),
    Listed("responses_empty_distribution", "empty-distribution", "i10", None, 2),
    Listed("responses_one_option_without_figure", "empty-distribution", "i10", None, 7),
    Listed("responses_unknown_option", "unknown-option", "i10", "ปานกลาง", 7),
    Listed("responses_duplicated_option", "duplicate-row", "i10", "ไม่มี", 8),
    Listed("responses_unknown_item", "unknown-node", "x9", "x9", 2),
    Listed("responses_item_of_other_year", "item-of-other-year", "i30", "i30", 2),
    Listed("responses_indicator_instead_of_question", "unknown-option", "4", "มาก", 2),
    Listed("responses_total_instead_of_question", "unknown-option", "total", "มาก", 2),
    Listed("responses_published_item", "unknown-option", "o13", "มาก", 2),
    Listed("stated_results_text_in_respondents", "not-a-number", "IIT", "สี่สิบสอง", 2),
    Listed("stated_results_negative_respondents", "negative-share", "IIT", "-42", 2),
    Listed("stated_results_half_a_respondent", "not-a-number", "IIT", "42.5", 2),
    Listed("stated_results_duplicated_row", "duplicate-row", "total", "ผ่านดี, ผ่าน", 3),
    Listed("stated_results_respondents_above_staff", "respondents-above-staff", "IIT", "42", 2),
    Listed("remarks_too_few_cells", "too-few-cells", "o13", "3 ช่อง", 2),
    Listed("remarks_unknown_kind", "unknown-value", "o13", "remark", 2),
    Listed("remarks_unknown_status", "unknown-value", "o13", "done", 2),
    Listed("remarks_item_of_other_year", "item-of-other-year", "o43", "o43", 2),
    Listed("measures_item_of_other_year", "item-of-other-year", "o43", "o43", 2),
    Listed("measures_unknown_item", "unknown-node", "x9", "x9", 2),
    Listed("measures_unknown_status", "unknown-value", "m1", "เสร็จ", 2),
    Listed("measures_date_with_slashes", "unknown-value", "m1", "31/13/2568", 2),
    Listed("measures_day_that_does_not_exist", "unknown-value", "m1", "2569-02-30", 2),
    Listed("measures_text_in_topic", "not-a-number", "m1", "ห้า", 2),
    Listed("measures_unknown_topic", "unknown-value", "m1", "99", 2),
    Listed("measures_duplicated_id", "duplicate-row", "m1", None, 3),
)

REFUSED = (
    Refused("stated_scores_no_score_of_agency", SCORES, "hannangam", "ไม่มีแถว", "เพิ่มหรือแก้แถวคะแนน"),
    Refused("stated_scores_no_usable_score", SCORES, "hannangam", "เก้าสิบห้า", "เพิ่มหรือแก้แถวคะแนน"),
    Refused("stated_scores_windows_874", f"{SCORES} บรรทัด 2", "UTF-8", "Windows-874", "CSV UTF-8"),
    Refused("stated_scores_utf_16", SCORES, "UTF-8", "Unicode Text", "CSV UTF-8"),
    Refused("stated_scores_unknown_column", SCORES, "agency_id, node, part, score", '"scroe"', '"score"'),
    Refused("stated_scores_missing_column", SCORES, "agency_id, node, part, score", "ขาดช่อง score", "เพิ่มช่อง"),
    Refused("stated_scores_duplicated_column", SCORES, "ไม่ซ้ำ", "score", "ลบช่องที่ซ้ำ"),
    Refused("stated_scores_too_many_cells", f"{SCORES} บรรทัด 3", "4 ช่อง", "5 ช่อง", '"..."'),
    Refused(
        "stated_scores_unclosed_quote", f"{SCORES} บรรทัด 3", "เครื่องหมายคำพูด", "end of data", "ตรวจเครื่องหมาย"
    ),
    Refused("stated_scores_empty_file", SCORES, "agency_id, node, part, score", "ขาดช่อง agency_id", "เพิ่มช่อง"),
    Refused("remarks_comma_unquoted", f"data/{YEAR}/remarks.csv บรรทัด 2", "5 ช่อง", "6 ช่อง", '"..."'),
    Refused("remarks_missing_column", f"data/{YEAR}/remarks.csv", "text_th", "ขาดช่อง text_th", "เพิ่มช่อง"),
    Refused("agencies_numeric_id", "data/agencies.csv บรรทัด 3", "อักษร a-z", '"0012"', "รหัสหน่วยงาน", "0012"),
    Refused("agencies_path_in_id", "data/agencies.csv บรรทัด 3", "อักษร a-z", '"../x"', "รหัสหน่วยงาน", "../x"),
    Refused(
        "agencies_path_inside_id", "data/agencies.csv บรรทัด 3", "อักษร a-z", '"a/../x"', "รหัสหน่วยงาน", "a/../x"
    ),
    Refused("agencies_thai_id", "data/agencies.csv บรรทัด 3", "อักษร a-z", '"ตัวอย่าง"', "รหัสหน่วยงาน", "ตัวอย่าง"),
    Refused("agencies_empty_id", "data/agencies.csv บรรทัด 3", "อักษร a-z", '""', "รหัสหน่วยงาน", ""),
    Refused("agencies_duplicated_id", "data/agencies.csv บรรทัด 3", "ไม่ซ้ำ", '"hannangam" ซ้ำ', "แก้แถวนี้"),
    Refused(
        "agencies_missing_name", "data/agencies.csv บรรทัด 3", "มีชื่อหน่วยงาน", '"tuayang"', "แก้แถวนี้", "tuayang"
    ),
    Refused("agencies_missing_column", "data/agencies.csv", "name_th", "ขาดช่อง name_th", "เพิ่มช่อง"),
)

READ_ALL_THE_SAME = (
    *("stated_scores_very_many_decimals", "stated_results_no_respondents"),
    "stated_scores_invisible_character_in_node",  # in its own test: what stands there cannot be quoted
)


def received(workspace: Workspace, agency_id: str = AGENCY) -> Record:
    """Read what the workspace holds of the agency."""
    return read_record(workspace.root, agency_id, load_framework(YEAR))


def listed(workspace: Workspace, name: str) -> tuple[Problem, ...]:
    """Return the problems of intake with one broken file in the workspace."""
    workspace.put_broken(f"{name}.csv")
    return received(workspace).problems


def measured(workspace: Workspace, *cells: tuple[str, str]) -> Record:
    """Read the record of measures with these items and steps, as CSV holds them."""
    rows = [
        f"hannangam,m{number},5,{items},ทะเบียนสัญญา,{steps},,,กองคลัง,ทุกไตรมาส,confirmed"
        for number, (items, steps) in enumerate(cells, start=1)
    ]
    workspace.write(MEASURES, "\n".join([MEASURE_COLUMNS, *rows, ""]))
    return received(workspace)


def refusal(workspace: Workspace, agency_id: str = AGENCY) -> IntakeError:
    """Return the error that reading the workspace ends in."""
    with pytest.raises(IntakeError) as caught:
        received(workspace, agency_id)
    return caught.value


# ------------------------------------------------------------------------------------ broken files


@pytest.mark.parametrize("case", LISTED, ids=lambda case: case.file)
def test_an_unusable_row_is_one_listed_problem(workspace: Workspace, case: Listed) -> None:
    """Its rule, node, severity and value are named with file and line; one bad answer spoils its question."""
    place = workspace.put_broken(f"{case.file}.csv")
    record = received(workspace)
    (problem,) = record.problems
    assert (problem.rule, problem.node, problem.severity) == (case.rule, case.node, case.severity)
    assert case.found in {None, problem.stated}
    assert f"{place} บรรทัด {case.line} " in problem.message_th
    assert (case.found or case.node) in problem.message_th
    assert not case.file.startswith("responses_") or record.answers == {}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.file)
def test_an_unusable_file_stops_the_work(workspace: Workspace, case: Refused) -> None:
    """A file that cannot be used raises an error that says where, expected, found and what to do."""
    workspace.put_broken(f"{case.file}.csv")
    error = refusal(workspace, case.agency_id)
    assert error.where == case.where
    assert case.expected in error.expected
    assert case.found in error.found
    assert case.todo in error.todo


# Wrong only as a whole distribution, so the analysis finds them. Of what is unusable the rule is left open.
FOUND_BY_ANALYSIS = {
    "responses_shares_sum_to_97": ("shares-sum", "97.00"),
    "responses_share_over_100": ("shares-sum", "807.13"),
    "responses_all_counts_zero": None,
    "responses_share_and_count_mixed": None,
    "responses_share_contradicts_count": None,
}


@pytest.mark.parametrize(("name", "found"), FOUND_BY_ANALYSIS.items())
def test_answers_that_say_nothing_are_listed(
    workspace: Workspace, name: str, found: tuple[str, str] | None
) -> None:
    """Shares that do not add up to 100, counts of zero, shares beside or against counts are an error."""
    workspace.put_broken(f"{name}.csv")
    (problem,) = [p for p in build_case(AGENCY, YEAR, workspace.root).problems if p.node == "i10"]
    assert problem.severity == "error"
    assert found in {None, (problem.rule, problem.stated)}
    assert [part for part in ("i10", *(found or ())[1:]) if part not in problem.message_th] == []


def test_no_respondents_at_all_are_a_listed_problem(workspace: Workspace) -> None:
    """A stated number of 0 respondents is listed with its place and not used."""
    place = workspace.put_broken("stated_results_no_respondents.csv")
    case = build_case(AGENCY, YEAR, workspace.root)
    assert [f"{place} บรรทัด 2" in p.message_th for p in case.record.problems if p.stated == "0"] == [True]
    assert "IIT" not in case.record.respondents


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("very_many_decimals", Fraction("81." + "904761" * 10)),
        ("duplicated_row_alike", Fraction("81.90")),
        ("duplicated_row_conflicting", None),
    ],
)
def test_an_odd_score_is_read_exactly_or_not_at_all(
    workspace: Workspace, name: str, value: Fraction | None
) -> None:
    """Sixty decimals are a number, two equal scores are one, and of two different ones none is used."""
    workspace.put_broken(f"stated_scores_{name}.csv")
    scores = {node.code: score.value for node, score in received(workspace).scores.items()}
    assert scores.get("i10") == value


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("stated_results_half_a_respondent", "จำนวนเต็ม"),
        ("stated_results_negative_respondents", "จำนวน"),
        ("responses_half_a_person", "จำนวนเต็ม"),
    ],
)
def test_a_wrong_count_is_told_what_a_count_is(workspace: Workspace, name: str, wanted: str) -> None:
    """The message about a count asks for a whole number of people, not for a score or a share."""
    message = listed(workspace, name)[0].message_th
    assert wanted in message
    assert "95.40" not in message
    assert "0 ถึง 100" not in message


@pytest.mark.parametrize("name", ["measures_date_with_slashes", "measures_day_that_does_not_exist"])
def test_a_message_does_not_claim_that_a_used_row_is_unused(workspace: Workspace, name: str) -> None:
    """A measure with an unreadable date is dropped if, and only if, the message says so."""
    workspace.put_broken(f"{name}.csv")
    record = received(workspace)
    assert ("ไม่ใช้แถวนี้" in record.problems[0].message_th) == (record.measures == ())


def test_every_broken_file_is_used_here() -> None:
    """Each file of tests/broken stands in one of the tables above, and the reverse."""
    tables = [*(c.file for c in LISTED), *(c.file for c in REFUSED), *FOUND_BY_ANALYSIS]
    assert sorted([*tables, *READ_ALL_THE_SAME]) == sorted(p.stem for p in BROKEN.glob("*.csv"))


# ------------------------------------------------------------------------ what a bad row leaves alone


def test_a_bad_row_leaves_the_other_rows_in_use(workspace: Workspace) -> None:
    """One unusable score costs that score only."""
    before = received(workspace).scores
    workspace.edit(SCORES, "hannangam,i10,,81.90", "hannangam,i10,,8190")
    after = received(workspace).scores
    assert set(before) - set(after) == {Node("i10")}


@pytest.mark.parametrize("case", [c for c in REFUSED if c.agency_id != AGENCY], ids=lambda case: case.file)
def test_an_agency_that_cannot_be_used_stops_no_other(workspace: Workspace, case: Refused) -> None:
    """A row of the agencies that cannot be used is refused alone."""
    before = received(workspace)
    workspace.put_broken(f"{case.file}.csv")
    assert received(workspace) == before


@pytest.mark.parametrize("file", ["agencies.csv", f"{YEAR}/stated_scores.csv", f"{YEAR}/remarks.csv"])
def test_a_row_with_too_many_cells_stops_its_own_agency_only(workspace: Workspace, file: str) -> None:
    """A comma without quotes in one agency's row does not keep the others from their documents."""
    before = received(workspace)
    if file != "agencies.csv":
        workspace.append("data/agencies.csv", "another,อบต.อื่น,,,")
        workspace.append(SCORES, "another,i10,,1")
    workspace.append(f"data/{file}", "another,a,b,c,d,e,f,g")
    assert received(workspace) == before
    assert refusal(workspace, "another").where.startswith(f"data/{file} บรรทัด")


def test_a_row_whose_agency_cannot_be_told_stops_all(workspace: Workspace) -> None:
    """Where the id stands behind other columns, a comma too many may have moved it."""
    workspace.write(SCORES, f"node,agency_id,score\ni10,{AGENCY},81.90\ni,4,{AGENCY},90\n")
    assert refusal(workspace).where == f"{SCORES} บรรทัด 3"


def test_a_bad_row_of_another_agency_is_not_listed(workspace: Workspace) -> None:
    """Only the agency's own rows are its problems."""
    workspace.append(SCORES, "another,i10,,ไม่ทราบ")
    assert received(workspace).problems == ()


# ---------------------------------------------------------------------------- files that are not there


def test_a_year_without_scores_says_which_file_is_missing(workspace: Workspace) -> None:
    """Without the scores file the message names it."""
    workspace.drop(SCORES)
    error = refusal(workspace)
    assert (error.where, error.found) == (SCORES, "ไม่มีแฟ้มนี้")


def test_a_folder_in_the_place_of_a_file_is_a_clear_error(workspace: Workspace) -> None:
    """What the system cannot read as a file is refused with its name."""
    workspace.drop(SCORES)
    (workspace.root / SCORES).mkdir()
    assert refusal(workspace).where == SCORES


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("hannangm", '"hannangam"'),
        ("Hannangam", "ต่างกันที่ตัวพิมพ์ใหญ่เล็ก"),
        ("HannanGam", 'ใช้รหัส "hannangam"'),
        ("hannangam\u200b", "hannangam[ZERO WIDTH SPACE]"),
        ("zzz", "ตรวจรหัสหน่วยงาน"),
    ],
)
def test_an_unknown_agency_gets_the_nearest_one_proposed(workspace: Workspace, asked: str, told: str) -> None:
    """It is refused with the nearest id, where one is near, and with what differs that cannot be seen."""
    error = refusal(workspace, asked)
    assert error.found.startswith(f'"{revealed(asked)}"')
    assert told in str(error)


def test_the_workspace_is_found_from_a_folder_inside(workspace: Workspace) -> None:
    """The nearest folder upwards that holds the agencies is the workspace."""
    assert find_workspace(workspace.root / "data" / str(YEAR)) == workspace.root


@pytest.mark.parametrize(("folder", "named"), [("..", r"data/agencies\.csv"), ("nosuch", "nosuch")])
def test_no_workspace_is_a_clear_error(workspace: Workspace, folder: str, named: str) -> None:
    """Nowhere upwards a table of agencies, or a mistyped folder: it is never taken for the one around it."""
    with pytest.raises(IntakeError, match=named):
        find_workspace(workspace.root / folder)


# ------------------------------------------------------------------------------------- good input


@pytest.mark.parametrize(
    ("line", "node", "value"),
    [
        ("hannangam,i10,,๘๑.๙๐", Node("i10"), "81.90"),
        ("hannangam,I10,,81.90", Node("i10"), "81.90"),
        ("hannangam,o๑๓,,๕๐", Node("o13"), "50"),
        ('hannangam," i 10 ",, 81.90 ', Node("i10"), "81.90"),
        ("hannangam,ｉ１０,,81.90", Node("i10"), "81.90"),
        ("hannangam,TOTAL,,94.18", Node("total"), "94.18"),
        ("hannangam,eit,๑,95.50", Node("EIT", "1"), "95.50"),
        ("hannangam,๑๐,,100", Node("10"), "100"),
        ("hannangam,i10,,+81.9", Node("i10"), "81.90"),
        ("hannangam,คะแนนรวม,,94.18", Node("total"), "94.18"),
        ("hannangam,แบบวัด IIT,,95.68", Node("IIT"), "95.68"),
        ("hannangam,ตัวชี้วัดที่ ๑,,95", Node("1"), "95"),
        ("hannangam,ข้อ i4,,95.71", Node("i4"), "95.71"),
        ("hannangam,EIT ส่วนที่ 1,,95.50", Node("EIT", "1"), "95.50"),
        ("hannangam,แบบวัด EIT (ส่วนที่ ๒),,95.50", Node("EIT", "2"), "95.50"),
        ("hannangam,EIT ส่วนที่ 1,1,95.50", Node("EIT", "1"), "95.50"),
        ("hannangam,EIT,ส่วนที่ ๒,95.50", Node("EIT", "2"), "95.50"),
        ("hannangam,EIT.1,,95.50", Node("EIT", "1"), "95.50"),
        ("hannangam,7/1,,95.50", Node("7", "1"), "95.50"),
        ("hannangam,ข้อ e1 ส่วนที่ 2,,95.50", Node("e1", "2"), "95.50"),
        ("hannangam,E1.2,,95.50", Node("e1", "2"), "95.50"),
    ],
)
def test_codes_and_numbers_are_read_as_people_write_them(
    workspace: Workspace, line: str, node: Node, value: str
) -> None:
    """Thai digits, capitals, wide letters and stray spaces give the same node and number."""
    workspace.write(SCORES, f"agency_id,node,part,score\n{line}\n")
    record = received(workspace)
    assert {n: s.value for n, s in record.scores.items()} == {node: Fraction(value)}
    assert record.problems == ()


@pytest.mark.parametrize(
    ("text", "half_unit"), [("95", "0.005"), ("95.4", "0.005"), ("95.40", "0.005"), ("95.404", "0.0005")]
)
def test_a_score_counts_as_printed_with_two_decimals_at_least(
    workspace: Workspace, text: str, half_unit: str
) -> None:
    """Trailing zeros that a spreadsheet dropped do not widen the rounding interval."""
    workspace.write(SCORES, f"agency_id,node,score\nhannangam,i10,{text}\n")
    assert received(workspace).scores[Node("i10")].half_unit == Fraction(half_unit)


@pytest.mark.parametrize("mark", ["\ufeff", ""], ids=["with BOM", "without BOM"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_byte_order_mark_and_line_ending_do_not_matter(workspace: Workspace, mark: str, ending: str) -> None:
    """A file saved by Excel reads like one saved by an editor."""
    before = received(workspace)
    text = (workspace.root / SCORES).read_text(encoding="utf-8")
    workspace.write(SCORES, mark + text.replace("\n", ending))
    assert received(workspace) == before


def test_optional_columns_may_be_missing(workspace: Workspace) -> None:
    """Tables with their required columns only are read."""
    workspace.write("data/agencies.csv", "agency_id,name_th\nhannangam,หันนางาม\n")
    workspace.write(SCORES, "agency_id,node,score\nhannangam,i10,81.90\n")
    workspace.write(f"data/{YEAR}/stated_results.csv", "agency_id\nhannangam\n")
    workspace.write(RESPONSES, "agency_id,item,option,share\nhannangam,i10,มาก,100\n")
    workspace.write(f"data/{YEAR}/remarks.csv", "agency_id,item,kind,text_th\nhannangam,i10,note,ข้อความ\n")
    record = received(workspace)
    assert record.problems == ()
    assert [remark.status for remark in record.remarks if remark.kind == "note"] == ["draft"]


def test_blank_lines_and_blank_scores_are_passed_over(workspace: Workspace) -> None:
    """An empty line, and a node whose score was not yet filled in, are no problems."""
    workspace.write(SCORES, "agency_id,node,part,score\n\nhannangam,i4,,\n,,,\nhannangam,i10,,81.90\n")
    record = received(workspace)
    assert set(record.scores) == {Node("i10")}
    assert record.problems == ()


def test_counts_need_only_the_options_that_were_chosen(workspace: Workspace) -> None:
    """An option left out of a counted distribution was chosen by nobody; the score stays exact."""
    counts = {"มากที่สุด": 33, "มาก": 1, "น้อย": 1, "น้อยที่สุด": 1, "ไม่มี": 6}
    workspace.write_rows(
        RESPONSES,
        ["agency_id", "item", "option", "count"],
        [(AGENCY, "i10", option, n) for option, n in counts.items()],
    )
    case = build_case(AGENCY, YEAR, workspace.root)
    node = next(check for check in case.nodes if check.node == Node("i10"))
    assert node.recomputed is not None
    exact = Fraction(33 * 100 + 80 + 40 + 20, 42)
    assert (node.recomputed.low, node.recomputed.value, node.recomputed.high) == (exact,) * 3
    assert node.verdict == "match"


@pytest.mark.parametrize(
    ("items", "codes"),
    [
        ("o12,o13", ("o12", "o13")),
        ("o12;o13", ("o12", "o13")),
        ("o12 o13", ("o12", "o13")),
        ("O12, o๑๓", ("o12", "o13")),
        ("ข้อ o12, ข้อ o๑๓", ("o12", "o13")),
        ("ข้อ o12\nข้อ o13", ("o12", "o13")),
        ("ข้อ o12 ข้อ o13", ("o12", "o13")),
        ("ตัวชี้วัดที่ 1, แบบวัด IIT, i 10", ("1", "IIT", "10")),
        ("EIT ส่วนที่ 1\nตัวชี้วัดที่ ๙", ("EIT", "9")),
        ("EIT.1;7/2", ("EIT", "7")),
    ],
)
def test_a_measure_may_answer_several_items(workspace: Workspace, items: str, codes: tuple[str, ...]) -> None:
    """Codes or names, parted by commas, semicolons or spaces; a part is of the whole node."""
    assert measured(workspace, (f'"{items}"', "ก")).measures[0].items == codes


@pytest.mark.parametrize("year", known_years())
def test_the_names_that_the_tool_prints_are_read(year: int) -> None:
    """Every node of every year is read back from its name, its label and its code with its part."""
    framework = load_framework(year)
    nodes = [Node(c, p) for c in ("total", *framework.by_code) for p in ("", *framework.parts_of(c))]
    spelled = {
        node: (node.name_th, node.label, to_thai_digits(node.name_th), f" {node.label.upper()} ")
        for node in nodes
    }
    assert [text for node, texts in spelled.items() for text in texts if Node.typed(text) != node] == []


def test_an_invisible_character_in_a_code_is_named(workspace: Workspace) -> None:
    """A code that looks right is refused with the name of what cannot be seen in it."""
    (problem,) = listed(workspace, "stated_scores_invisible_character_in_node")
    assert (problem.rule, problem.stated) == ("unknown-node", "i\u200b10")
    assert "i[ZERO WIDTH SPACE]10" in problem.message_th


@pytest.mark.parametrize("file", ["stated_scores_one_comma_too_few", "remarks_too_few_cells"])
def test_one_comma_too_few_is_said_to_be_that(workspace: Workspace, file: str) -> None:
    """The message says how many cells the line has, how many the header, and what they lack."""
    message = listed(workspace, file)[0].message_th
    width = 4 if file.startswith("stated") else 5
    assert f"(พบ 3 ช่อง ที่คาดไว้คือ {width} ช่องตามหัวตาราง อาจขาดจุลภาค)" in message
    assert ("score" if width == 4 else "text_th") in message


def test_any_problem_of_a_short_row_says_that_it_is_short(workspace: Workspace) -> None:
    """Where a lost comma moves the cells, the problem that comes of it names the likely cause."""
    workspace.write(RESPONSES, "agency_id,item,part,option,share,count\nhannangam,i10,มากที่สุด,78.57,33\n")
    (problem,) = received(workspace).problems
    assert "(พบ 5 ช่อง ที่คาดไว้คือ 6 ช่องตามหัวตาราง อาจขาดจุลภาค)" in problem.message_th


def test_absent_optional_cells_at_the_end_are_nothing(workspace: Workspace) -> None:
    """Rows may end early where only optional columns follow."""
    workspace.write(SCORES, "agency_id,node,score,part\nhannangam,i10,81.90\n")
    workspace.write(f"data/{YEAR}/stated_results.csv", "agency_id,level_th,n_iit,n_eit1\nhannangam,ผ่านดี\n")
    workspace.write(f"data/{YEAR}/remarks.csv", "agency_id,item,kind,text_th,status\nhannangam,i10,note,ก\n")
    assert received(workspace).problems == ()


@pytest.mark.parametrize("typed", ["5", "๓๐", "99.99", "0.01"])
@pytest.mark.parametrize("year", [2564, 2568])
def test_a_score_off_its_scale_is_kept_and_told(workspace: Workspace, typed: str, year: int) -> None:
    """As firmly as the scale is known: an error where it is confirmed, else a warning; the score stays."""
    workspace.write(f"data/{year}/stated_scores.csv", f"agency_id,node,score\n{AGENCY},o1,{typed}\n")
    framework = load_framework(year)
    record = read_record(workspace.root, AGENCY, framework)
    confidence = framework.scale_by_code[framework.leaves["o1"].scale].confidence
    (problem,) = [p for p in record.problems if p.rule == "score-off-scale"]
    assert (problem.severity, problem.confidence) == (
        "error" if confidence == "confirmed" else "warning",
        confidence,
    )
    assert record.scores[Node("o1")].value == parse_number(typed)


@pytest.mark.parametrize("value", [0, 50, 100])
def test_a_score_of_the_scale_is_nothing(workspace: Workspace, value: int) -> None:
    """The values of the scale are no problem, however they are written."""
    workspace.write(SCORES, f"agency_id,node,score\n{AGENCY},o12,{value}.00\n{AGENCY},o13,{value}\n")
    assert received(workspace).problems == ()


@pytest.mark.parametrize(
    ("n", "staff", "told"), [("42", "30", 1), ("๔๒", "42", 0), ("1", "1", 0), ("1", "0", 1), ("", "30", 0)]
)
def test_more_respondents_than_staff_are_an_error(
    workspace: Workspace, n: str, staff: str, told: int
) -> None:
    """Both numbers are kept; all of a staff of one may have answered."""
    workspace.drop(RESPONSES)
    workspace.write(
        f"data/{YEAR}/stated_results.csv", f"agency_id,n_iit,population_iit\nhannangam,{n},{staff}\n"
    )
    record = received(workspace)
    assert [p.rule for p in record.problems] == ["respondents-above-staff"] * told
    assert record.population_iit == int(staff)


def test_counted_answers_are_respondents_too(workspace: Workspace) -> None:
    """More counted answers than staff are the same error where no number of respondents is stated."""
    workspace.write(RESPONSES, "agency_id,item,option,count\nhannangam,i10,มาก,31\n")
    workspace.write(f"data/{YEAR}/stated_results.csv", "agency_id,population_iit\nhannangam,30\n")
    assert [(p.rule, p.stated) for p in received(workspace).problems] == [("respondents-above-staff", "31")]


@pytest.mark.parametrize(
    ("cell", "steps"),
    [("หนึ่ง\n\n สอง \nสาม", ("หนึ่ง", "สอง", "สาม")), ("1. จัดทำ\n๒) เผยแพร่", ("จัดทำ", "เผยแพร่"))],
)
def test_steps_are_the_lines_of_their_cell(workspace: Workspace, cell: str, steps: tuple[str, ...]) -> None:
    """Each line of the steps cell is a step without the number that people gave it; blank lines are none."""
    assert measured(workspace, ("o13", f'"{cell}"')).measures[0].steps_th == steps


def test_a_line_number_counts_the_lines_of_the_file(workspace: Workspace) -> None:
    """After a cell of several lines a message still points at the line that an editor shows."""
    record = measured(workspace, ("o13", '"หนึ่ง\nสอง"'), ("o43", "ก"))
    assert "บรรทัด 4 " in record.problems[0].message_th


@pytest.mark.parametrize(
    "text",
    [
        "<b>เทศบาล</b><script>alert(1)</script>",
        "=cmd|' /C calc'!A1",
        '#let x = read("/etc/passwd")',
        "{{ 7 * 7 }} {stated} %s",
        "$HOME `id` \\input{x}",
        'เทศบาล, "ตัวอย่าง"',
    ],
)
def test_text_from_people_survives_as_text(workspace: Workspace, text: str) -> None:
    """Markup, formulas, code and templates in names, remarks and bad cells come through unchanged."""
    workspace.write_rows("data/agencies.csv", ["agency_id", "name_th"], [(AGENCY, text)])
    remarks = [(AGENCY, "o13", "assessor", text)]
    workspace.write_rows(f"data/{YEAR}/remarks.csv", ["agency_id", "item", "kind", "text_th"], remarks)
    scores = [(AGENCY, "i10", text), (AGENCY, "i4", "95.71")]
    workspace.write_rows(SCORES, ["agency_id", "node", "score"], scores)
    record = received(workspace)
    assert (record.agency.name_th, record.remarks[0].text_th) == (text, text)
    assert text in record.problems[0].message_th


# ---------------------------------------------------------------------------------------- Parquet


def as_parquet(workspace: Workspace, file: str, **columns: list[Any]) -> None:
    """Write a Parquet file in the place of a CSV file, which goes."""
    import pandas as pd

    path = workspace.root / file
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(columns).to_parquet(path.with_suffix(".parquet"))


def test_parquet_reads_like_csv(workspace: Workspace) -> None:
    """Scores kept as text in Parquet give the same record as the CSV file."""
    before = received(workspace).scores
    rows = [line.split(",") for line in (workspace.root / SCORES).read_text(encoding="utf-8").splitlines()]
    columns = {name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}
    as_parquet(workspace, SCORES, **columns)
    assert received(workspace).scores == before


def test_parquet_numbers_and_gaps_are_read(workspace: Workspace) -> None:
    """Numbers kept as floats, with gaps between them, are scores and blanks."""
    as_parquet(workspace, SCORES, agency_id=[AGENCY] * 3, node=["i10", "i4", "9"], score=[81.9, None, 100.0])
    scores = {node: score.value for node, score in received(workspace).scores.items()}
    assert scores == {Node("i10"): Fraction("81.9"), Node("9"): Fraction(100)}


def test_parquet_timestamps_are_dates(workspace: Workspace) -> None:
    """A column of timestamps holds the days of a measure."""
    import pandas as pd

    as_parquet(
        workspace,
        MEASURES,
        agency_id=[AGENCY],
        measure_id=["m1"],
        items=["o13"],
        title_th=["ทะเบียนสัญญา"],
        start=[pd.Timestamp(2025, 10, 1)],
    )
    assert received(workspace).measures[0].start == dt.date(2025, 10, 1)


def test_a_broken_parquet_file_is_a_clear_error(workspace: Workspace) -> None:
    """A file that only calls itself Parquet is refused with its name."""
    workspace.drop(SCORES)
    workspace.write(SCORES.replace(".csv", ".parquet"), "no parquet")
    assert refusal(workspace).where == SCORES.replace(".csv", ".parquet")


# ------------------------------------------------------------------------------------ side effects


def test_reading_leaves_the_workspace_as_it_was(workspace: Workspace) -> None:
    """Building a case changes no file and makes none, and nothing is carried over to the next reading."""
    trees = []
    for _ in range(2):
        trees.append({path: path.is_file() and path.read_bytes() for path in workspace.root.rglob("*")})
        trees.append(build_case(AGENCY, YEAR, workspace.root).record)
    assert trees[:2] == trees[2:]


@pytest.mark.parametrize(
    ("line", "same"), [("another,i10,,12", True), ("hannangam,i2,,97.62", False)], ids=["other's", "own"]
)
def test_the_fingerprint_is_of_the_own_rows_only(workspace: Workspace, line: str, same: bool) -> None:
    """The fingerprint of the data changes with the agency's own rows and with nobody else's."""
    before = received(workspace).slice_hash
    workspace.append(SCORES, line)
    assert (received(workspace).slice_hash == before) is same


def test_every_agency_of_the_table_is_read(workspace: Workspace) -> None:
    """The agencies come by their id with what the table says of each."""
    workspace.append("data/agencies.csv", "Tuayang-2_b,เทศบาลตำบลตัวอย่าง,เทศบาลตำบล,เมือง,ลำปาง")
    agencies = read_directory(workspace.root).agencies
    assert [next(iter(agencies)), list(agencies)[-1]] == [AGENCY, "Tuayang-2_b"]
    assert agencies["Tuayang-2_b"].province_th == "ลำปาง"
