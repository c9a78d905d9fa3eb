"""What a report on measures says was done: stated states, the reasons of a refusal, and evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import get_args

import pytest
from conftest import REPOSITORY, Workspace
from in_process import command
from opened import report_of

from ita_nb import frames
from ita_nb.document.blocks import Paragraph, Table
from ita_nb.document.gate import blockers
from ita_nb.errors import IntakeError
from ita_nb.intake.record import Result, State
from ita_nb.progress import ProgressCase, build_progress

AGENCY, PLAN_YEAR = "takothong", 2568
PARAMS = f"params/{AGENCY}-{PLAN_YEAR}-progress.yaml"
MEASURES, PROGRESS = f"data/{PLAN_YEAR}/measures.csv", f"data/{PLAN_YEAR}/progress.csv"
MEASURE_COLUMNS = (
    *("agency_id", "measure_id", "items", "title_th", "steps_th", "start", "end", "responsible_th"),
    *("follow_up_th", "status"),
)
RESULT_COLUMNS = (
    *("agency_id", "measure_id", "as_of", "state", "output_th", "outcome_th", "evidence"),
    *("suggestion_th", "reason_th"),
)
DAYS = {"six_months": "2568-03-31", "twelve_months": "2568-09-30"}
DONE = {
    "state": "done",
    "output_th": "ประชุม {} ครั้ง",
    "outcome_th": "ทราบทั่วกัน",
    "evidence": "https://example.go.th/{}",
}
BEFORE, AFTER = "2568-02-28", "2568-09-30"
CODES = [f"m{number:02}" for number in range(1, 13)]


def plan(
    workspace: Workspace,
    period: str,
    rest: Mapping[str, str] | None,
    *,
    done: int = 3,
    start: str = "2567-10-01",
    end: str = AFTER,
    accepted: Sequence[str] = (),
) -> ProgressCase:
    """Build a report on twelve measures: the first ones are done, ``rest`` is the row of each other."""
    measures, results = [], []
    for number, code in enumerate(CODES, start=1):
        of_rest = number > done
        days = (start, end) if of_rest else ("2567-10-01", BEFORE)
        values = (
            f"มาตรการ {code}",
            f"ขั้นตอนของ {code}",
            *days,
            f"กองที่ {number}",
            f"ติดตาม {code}",
            "confirmed",
        )
        measures.append((AGENCY, code, "", *values))
        own = rest if of_rest else DONE
        if own is not None:
            row = {"as_of": DAYS[period], **own, "agency_id": AGENCY, "measure_id": code}
            results.append([row.get(column, "").format(number) for column in RESULT_COLUMNS])
    workspace.write_rows(MEASURES, MEASURE_COLUMNS, measures)
    workspace.write_rows(PROGRESS, RESULT_COLUMNS, results)
    lines = "".join(f"\n  - {{{entry}, reason_th: ตรวจแล้ว, by_th: ปลัด}}" for entry in accepted)
    words = f"agency_id: {AGENCY}\nfiscal_year: {PLAN_YEAR}\noffice: {{period: {period}}}\naccepted:{lines}\n"
    workspace.write(PARAMS, words)
    return build_progress(AGENCY, PLAN_YEAR, workspace.root)


def refusals(case: ProgressCase, known: Sequence[str]) -> dict[str, int]:
    """How often each known phrase is the reason of a refusal; anything else stands in full."""
    found = [blocker.text_th for blocker in blockers(case)]
    return dict(Counter(next((phrase for phrase in known if phrase in line), line) for line in found))


# What is missing or contradicts itself, in the words of the refusal.
UNSTATED = "บันทึกไว้ ไม่ได้ระบุสถานะ โปรดระบุ state"
UNRECORDED = "ยังไม่มีผลที่บันทึกไว้ โปรดระบุ state"
NO_REASON = "ไม่ได้ดำเนินการ แต่ไม่ได้ให้เหตุผล โปรดระบุใน reason_th"
NOT_LATER = "ยังไม่ถึงกำหนด แต่ช่วงเวลาไม่ได้สิ้นสุดหลังวันที่"
CONTRADICTED = "โปรดแก้สถานะหรือช่วงเวลา"
NO_EVIDENCE = "ไม่มีหลักฐาน"
REPEATED = "ผลการดำเนินการข้อความเดียวกัน"
UNKNOWN_STATE = "ที่คาดไว้คือ done, under_way, not_due, not_done จึงไม่ใช้ค่านี้ แต่ยังใช้ส่วนอื่นของแถว"
ELEMENT = "ขาดผล"
AT_ODDS = "ให้ตรงกัน"
NO_PERIOD = "ขาดช่วงระยะเวลา"  # which the round asks for too
PHRASES = (
    *(UNSTATED, UNRECORDED, NO_REASON, NOT_LATER, CONTRADICTED, NO_EVIDENCE, REPEATED, AT_ODDS),
    *(UNKNOWN_STATE, ELEMENT, NO_PERIOD),
)
NOT_YET = {"output_th": "ยังไม่ถึงกำหนดดำเนินการ"}
RECORDED = {"output_th": "อบรมครั้งที่ {}", "outcome_th": "ทราบทั่วกัน", "evidence": "รายงานที่ {}"}
REASON = {"reason_th": "ไม่ได้รับงบประมาณ"}
NOT_DUE, NOT_DONE, UNDER_WAY = {"state": "not_due"}, {"state": "not_done"}, {"state": "under_way"}

SIX_MONTHS = {
    "honest": (NOT_DUE, {}, {}),
    "Thai digits": ({**NOT_DUE, "as_of": "๒๕๖๘-๐๓-๓๑"}, {}, {}),
    "not due says so in its output": ({**NOT_DUE, **NOT_YET}, {}, {}),
    "none done": (NOT_DUE, {"done": 0}, {}),
    "under way": (UNDER_WAY, {}, {}),
    "all done": (DONE, {}, {}),
    "only a text": (NOT_YET, {}, {UNSTATED: 9, NO_EVIDENCE: 9, REPEATED: 1, ELEMENT: 1}),
    "recorded without a state": (RECORDED, {}, {UNSTATED: 9}),
    "no row": (None, {}, {UNRECORDED: 9}),
    "empty row": ({}, {}, {UNRECORDED: 9}),
    "dash for a state": ({"state": "-"}, {}, {UNRECORDED: 9}),
    "unknown state": ({**RECORDED, "state": "finished"}, {}, {UNKNOWN_STATE: 9, UNSTATED: 9}),
    "no period": (NOT_DUE, {"end": ""}, {NOT_LATER: 9, NO_PERIOD: 1}),
    "no period, a reason": ({**NOT_DUE, **REASON}, {"end": ""}, {NO_PERIOD: 1}),
    "not due, but over": (NOT_DUE, {"end": BEFORE}, {CONTRADICTED: 9}),
    "not due, over on the day": (NOT_DUE, {"end": "2568-03-31"}, {CONTRADICTED: 9}),
    "not due, over, a reason": ({**NOT_DUE, **REASON}, {"end": BEFORE}, {}),
    "not done": (NOT_DONE, {}, {NO_REASON: 9}),
    "not done, a dash": ({**NOT_DONE, "reason_th": "-"}, {}, {NO_REASON: 9}),
    "not done, a reason": ({**NOT_DONE, **REASON}, {}, {}),
    "done before its start": (DONE, {"start": "2568-05-01"}, {CONTRADICTED: 9}),
    "under way before its start": (UNDER_WAY, {"start": "2568-05-01"}, {CONTRADICTED: 9}),
    "done without evidence": ({**DONE, "evidence": ""}, {}, {NO_EVIDENCE: 9}),
    "done without an outcome": ({**DONE, "outcome_th": ""}, {}, {ELEMENT: 1}),
}
TWELVE_MONTHS = {
    "not done, reasons": ({**NOT_DONE, **REASON}, {}, {}),
    "not done": (NOT_DONE, {}, {NO_REASON: 9}),
    "recorded without a state": (RECORDED, {}, {}),
    "under way": (UNDER_WAY, {}, {}),
    "no row": (None, {}, {UNRECORDED: 9}),
    "not due, over": (NOT_DUE, {}, {CONTRADICTED: 9}),
    "not due, over, a reason": ({**NOT_DUE, **REASON}, {}, {NOT_LATER: 9}),
    "not due, its period ends beyond the year": (
        {**NOT_DUE, "as_of": "๒๕๖๘-๐๘-๓๑"},
        {"end": "2568-12-01"},
        {},
    ),
    "not due in a day of August, over in September": (
        {**NOT_DUE, "as_of": "2568-08-31"},
        {"done": 0},
        {NOT_LATER: 12},
    ),
    "not due, accepted to end beyond the year": (
        NOT_DUE,
        {
            "end": "2568-12-31",
            "accepted": [f"rule: period-outside-plan-year, measure_id: {code}" for code in CODES[3:]],
        },
        {},
    ),
    "only a text": (NOT_YET, {}, {NO_EVIDENCE: 9, REPEATED: 1, ELEMENT: 1}),
    "under way, over": ({"state": "under_way"}, {"end": "2568-03-31"}, {CONTRADICTED: 9}),
    "under way, over, a reason": ({"state": "under_way", **REASON}, {"end": "2568-03-31"}, {}),
    "not done, but counted": (
        {"state": "not_done", **REASON, "output_th": "อบรมแล้ว 3 ครั้ง"},
        {},
        {AT_ODDS: 9},
    ),
}
CASES = [
    pytest.param(period, *case, id=f"{period}: {name}")
    for period, cases in (("six_months", SIX_MONTHS), ("twelve_months", TWELVE_MONTHS))
    for name, case in cases.items()
]


@pytest.mark.parametrize(("period", "rest", "how", "expected"), CASES)
def test_refused_with_each_reason_or_published(
    workspace: Workspace,
    period: str,
    rest: Mapping[str, str] | None,
    how: Mapping[str, object],
    expected: dict[str, int],
) -> None:
    """Three measures are done; what is said of the nine others lets the report pass, or is named for each."""
    case = plan(workspace, period, rest, **how)  # type: ignore[arg-type]

    assert refusals(case, PHRASES) == expected


def test_a_reason_of_a_refusal_names_the_measure_and_what_to_do(workspace: Workspace) -> None:
    """Each line names the measure by title and code, and the column to fill in."""
    lines = [b.text_th for b in blockers(plan(workspace, "six_months", NOT_DONE))]

    assert lines[0] == f"มาตรการ m04 (รหัส m04): {NO_REASON}"


@pytest.mark.parametrize("rule", ["evidence-mising", "no-such-rule"])
def test_acceptance_of_a_rule_that_is_not_there_is_refused(workspace: Workspace, rule: str) -> None:
    """A rule that no check has is named with its line and the nearest one."""
    with pytest.raises(IntakeError) as caught:
        plan(workspace, "six_months", NOT_DUE, accepted=[f"rule: {rule}, measure_id: m01"])

    assert "ไม่มีกฎชื่อนี้" in caught.value.found


def test_acceptance_of_evidence_that_is_there_is_idle(workspace: Workspace) -> None:
    """An acceptance that is about no warning is a note, and does not keep from publication."""
    case = plan(workspace, "six_months", NOT_DUE, accepted=["rule: evidence-missing, measure_id: m01"])

    assert [p.severity for p in case.problems if p.rule == "acceptance-idle"] == ["note"]
    assert blockers(case) == []


@pytest.mark.parametrize(
    ("state", "severity"), [("done", "warning"), ("under_way", "warning"), ("not_due", "error")]
)
def test_only_an_early_state_can_be_accepted(workspace: Workspace, state: str, severity: str) -> None:
    """Work may begin before its plan; a period that is over stays over, whoever says otherwise."""
    days = {"end": BEFORE} if state == "not_due" else {"start": "2568-05-01"}
    case = plan(workspace, "six_months", {**DONE, "state": state}, **days)  # type: ignore[arg-type]

    assert {p.severity for p in case.problems if p.rule == "state-against-period"} == {severity}


# ---------------------------------------------------------------- rows


def of_rows(workspace: Workspace, *rows: Mapping[str, str]) -> ProgressCase:
    """The report of which the first measure has these rows, the others none."""
    plan(workspace, "twelve_months", None, done=0)
    own = [{**row, "agency_id": AGENCY, "measure_id": "m01"} for row in rows]
    workspace.write_rows(PROGRESS, RESULT_COLUMNS, [[r.get(c, "") for c in RESULT_COLUMNS] for r in own])
    return build_progress(AGENCY, PLAN_YEAR, workspace.root)


def first(case: ProgressCase) -> tuple[str, str, str]:
    """State, output and reason of the first measure."""
    (result,) = case.record.results
    return case.entries[0].state, result.output_th, result.reason_th


OLD, NEW = {"as_of": "2568-03-31"}, {"as_of": "๒๕๖๘-๐๙-๓๐"}
ROWS = {
    "the newest decides": ([{**OLD, **NOT_DUE}, {**NEW, **DONE}], ("done", "ประชุม {} ครั้ง", "")),
    "wherever it stands": ([{**NEW, **DONE}, {**OLD, **NOT_DUE}], ("done", "ประชุม {} ครั้ง", "")),
    "back again": ([{**OLD, **DONE}, {**NEW, **UNDER_WAY}], ("under_way", "ประชุม {} ครั้ง", "")),
    "an empty cell erases nothing": ([{**OLD, **DONE}, NEW], ("done", "ประชุม {} ครั้ง", "")),
    "an old reason does not speak for a new state": (
        [{**OLD, **NOT_DONE, **REASON}, {**NEW, **UNDER_WAY}],
        ("under_way", "", ""),
    ),
    "a reason stays with its state": (
        [{**OLD, **NOT_DONE, **REASON}, {**NEW, **NOT_DONE}],
        ("not_done", "", REASON["reason_th"]),
    ),
}


@pytest.mark.parametrize(("rows", "expected"), ROWS.values(), ids=ROWS)
def test_state_of_several_rows(
    workspace: Workspace, rows: Sequence[Mapping[str, str]], expected: tuple[str, str, str]
) -> None:
    """The newest row of a measure decides its state; what it leaves empty stays as it was."""
    assert first(of_rows(workspace, *rows)) == expected


@pytest.mark.parametrize("state", ["finished", "Done", "not due", "ดำเนินการแล้วเสร็จ"])
def test_unknown_state_costs_only_itself(workspace: Workspace, state: str) -> None:
    """A state that is none is named with what is allowed; the rest of its row is used."""
    case = of_rows(workspace, {**RECORDED, **NEW, "state": state})
    (found,) = [p for p in case.problems if p.rule == "unknown-value"]

    assert first(case)[:2] == ("recorded", RECORDED["output_th"])
    assert (found.stated, found.expected) == (state, ", ".join(get_args(State)))
    assert found.message_th.startswith(f"{PROGRESS} บรรทัด 2 ")


# ---------------------------------------------------------------- as readers see it


HONEST = (
    "ดำเนินการแล้วเสร็จ 3 มาตรการ และยังไม่ถึงกำหนด 9 มาตรการ ในจำนวนนี้มีผลที่บันทึกไว้ 3 มาตรการ "
    "ระบุจำนวนที่นับได้ 3 มาตรการ และระบุหลักฐาน 3 มาตรการ"
)
ONLY_A_TEXT = (
    "ดำเนินการแล้วเสร็จ 3 มาตรการ และบันทึกไว้ ไม่ได้ระบุสถานะ 9 มาตรการ ในจำนวนนี้มีผลที่บันทึกไว้ 12 มาตรการ "
    "ระบุจำนวนที่นับได้ 3 มาตรการ และระบุหลักฐาน 3 มาตรการ"
)
SAYS = {
    "honest": (NOT_DUE, HONEST),
    "only a text": (NOT_YET, ONLY_A_TEXT),
    "a text beside its state": ({**NOT_DUE, **NOT_YET, "evidence": "แผน"}, HONEST),
}


@pytest.mark.parametrize(("rest", "says"), SAYS.values(), ids=SAYS)
def test_summary_counts_by_state_and_evidence(
    workspace: Workspace, rest: Mapping[str, str], says: str
) -> None:
    """The first sentence counts states, and of the results those with a number and with evidence."""
    blocks = report_of(plan(workspace, "six_months", rest), digits="arabic").summary().blocks

    assert next(b.text for b in blocks if isinstance(b, Paragraph)).endswith(f"ณ วันที่ 31 มีนาคม 2568 {says}")


@pytest.mark.parametrize(
    ("rest", "cell"),
    [
        (NOT_DUE, "สถานะ: ยังไม่ถึงกำหนด"),
        ({**NOT_DONE, **REASON}, "สถานะ: ไม่ได้ดำเนินการ\nเหตุผล: ไม่ได้รับงบประมาณ"),
        ({**UNDER_WAY, "output_th": "ร่างคู่มือ"}, "สถานะ: อยู่ระหว่างดำเนินการ\nร่างคู่มือ"),
        ({"output_th": "ร่างคู่มือ"}, "ร่างคู่มือ"),
        (None, "ยังไม่มีผลที่บันทึกไว้"),
    ],
    ids=["not-due", "not-done", "under-way", "no-state", "no-row"],
)
def test_every_row_tells_its_state_and_reason(
    workspace: Workspace, rest: Mapping[str, str] | None, cell: str
) -> None:
    """The output of a measure stands under its state, and the reason below it."""
    blocks = report_of(plan(workspace, "six_months", rest)).table().blocks
    (table,) = (block for block in blocks if isinstance(block, Table))

    assert table.rows[-1].cells[5] == cell


def test_frame_holds_state_and_reason(workspace: Workspace) -> None:
    """The table of an analyst holds the states and reasons as they were stated."""
    frame = frames.frame(plan(workspace, "six_months", {**NOT_DONE, **REASON}), "progress")

    assert frame.state.tolist() == ["done"] * 3 + ["not_done"] * 9
    assert frame.reason_th.tolist() == [""] * 3 + [REASON["reason_th"]] * 9


@pytest.mark.parametrize(
    ("early", "late", "tables"),
    [("70.00", "", 0), ("", "80.00", 0), ("70.00", "80.00", 1)],
    ids=["before", "after", "both"],
)
def test_comparison_without_a_pair_of_scores_is_left_out(
    workspace: Workspace, early: str, late: str, tables: int
) -> None:
    """Where no item has a score of both years there is nothing to compare, hence no table."""
    plan(workspace, "six_months", NOT_DUE)
    workspace.edit(MEASURES, f"{AGENCY},m01,,", f"{AGENCY},m01,i10,")
    for year, score in ((PLAN_YEAR - 1, early), (PLAN_YEAR, late)):
        rows = [(AGENCY, "i10", score)] if score else []
        workspace.write_rows(f"data/{year}/stated_scores.csv", ("agency_id", "node", "score"), rows)
    blocks = report_of(build_progress(AGENCY, PLAN_YEAR, workspace.root)).compared().blocks

    assert len([block for block in blocks if isinstance(block, Table)]) == tables


@pytest.mark.parametrize(("agency_id", "year", "count"), [("takothong", 2568, 10), ("sithong", 2564, 4)])
def test_published_reports_wait_for_their_evidence(agency_id: str, year: int, count: int) -> None:
    """Each real result without evidence keeps its report from publication, by name."""
    lines = [b.text_th for b in blockers(build_progress(agency_id, year, REPOSITORY))]

    assert len([line for line in lines if NO_EVIDENCE in line and "rule: evidence-missing" in line]) == count


@pytest.mark.parametrize(("rest", "status"), [(NOT_DUE, 0), (NOT_YET, 1)], ids=["honest", "only a text"])
def test_six_months_on_the_command_line(workspace: Workspace, rest: Mapping[str, str], status: int) -> None:
    """The honest report of three done measures is made; that of nine sentences is refused."""
    plan(workspace, "six_months", rest)
    options = (f"--year={PLAN_YEAR}", "--document=progress", "--edition=publish", "--format=html")

    assert command(workspace.root, "report", AGENCY, *options).returncode == status


def test_what_stands_in_the_output_of_a_measure_not_begun_is_no_result() -> None:
    """Whatever people write there, a measure that is not due or not done has made nothing."""
    made = [Result("m", None, "ข้อความ", state=state).made_th for state in get_args(State)]

    assert made == ["ข้อความ", "ข้อความ", "", ""]
