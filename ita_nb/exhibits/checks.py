"""Checks of the numbers, sources and what a document must hold; the report on the measures and its checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

from ita_nb.analysis.progress import (
    ANSWERABLE,
    STATE_TH,
    AnyState,
    Lack,
    MeasureProgress,
    Promise,
    ScoreChange,
    counted,
)
from ita_nb.analysis.reconcile import LAYER_NAMES, NodeCheck
from ita_nb.case import Case
from ita_nb.document.blocks import (
    Block,
    Callout,
    Column,
    Heading,
    PageBreak,
    Paragraph,
    Row,
    Section,
    Table,
)
from ita_nb.document.gate import (
    NO_RESULTS,
    VERDICT_TH,
    analysis_checklist,
    blockers,
    item_name,
    not_checked_by_reason,
    progress_checklist,
    respondents_lines,
    short_name,
)
from ita_nb.document.narrative import say
from ita_nb.errors import Problem, Severity
from ita_nb.exhibits import text
from ita_nb.exhibits.plan import Grouping, TableRow, period_text, table_of_measures
from ita_nb.exhibits.text import NOTHING, section, working_only
from ita_nb.facts.forms import load_forms
from ita_nb.facts.listing import CONFIDENCE_TH
from ita_nb.frames import AnyCase, Report
from ita_nb.intake.people import acceptance_of
from ita_nb.intake.record import subject_of
from ita_nb.progress import ProgressCase
from ita_nb.thai import long_date, number_text, short_date, signed_text

KIND: dict[Severity, Literal["error", "caution", "note"]] = {
    "error": "error",
    "warning": "caution",
    "note": "note",
}


@working_only
def checks(report: Report[Case]) -> Section:
    """Return stated against recomputed scores, the problems found, and the respondents."""
    case = report.case
    compared = [c for c in case.nodes if c.recomputed is not None and c.stated is not None]
    return section(
        Heading(level=2, text="คะแนนที่ระบุเทียบกับคะแนนที่คำนวณซ้ำ"),
        _comparison(compared) if compared else Paragraph(text=say("checks.nothing_to_compare")),
        Heading(level=2, text="รายการที่ต้องตรวจสอบ"),
        _callouts(case) or Paragraph(text=say("checks.no_conflict")),
        Heading(level=2, text="จำนวนผู้ตอบแบบวัด"),
        [Paragraph(text=line, style="bullet") for line in respondents_lines(case)],
    )


def _callouts(case: AnyCase) -> list[Block]:
    """Return each problem with who accepted it, and with the only edit that mends it."""
    found: list[Block] = []
    for problem in case.problems:
        lines = [problem.message_th, *_accepted(case, problem)]
        if problem.suggestion:
            lines.append(f"ข้อเสนอที่สอดคล้องกับทุกเงื่อนไข: {problem.suggestion} (โปรดยืนยันกับต้นฉบับ)")
        found.append(Callout(kind=KIND[problem.severity], title=subject_of(problem), lines=tuple(lines)))
    return found


def _accepted(case: AnyCase, problem: Problem) -> list[str]:
    """Say who decided to publish in spite of a problem, and why."""
    found = acceptance_of(problem, case.record.accepted)
    if found is None:
        return []
    day = f" เมื่อ {short_date(found.date)}" if found.date else ""
    return [f"รับรองโดย {found.by_th}{day} เหตุผล: {found.reason_th}"]


def _comparison(compared: list[NodeCheck]) -> Table:
    return Table(
        columns=(
            Column(heading="รายการ", width=1.7),
            Column(heading="ที่ระบุ", width=1.0, align="right"),
            Column(heading="ที่คำนวณ", width=1.3, align="right"),
            Column(heading="ช่วงที่การปัดเศษยอมให้", width=2.7, align="center"),
            Column(heading="คำนวณจาก", width=1.7),
            Column(heading="ผล", width=0.9),
        ),
        rows=tuple(
            Row(
                cells=(
                    c.node.name_th,
                    text.score(c.stated),
                    number_text(c.recomputed.value, 4),
                    f"{number_text(c.recomputed.low, 4)} – {number_text(c.recomputed.high, 4)}",
                    LAYER_NAMES[c.layer][0],
                    VERDICT_TH[c.verdict],
                )
            )
            for c in compared
            if c.recomputed is not None and c.layer is not None
        ),
        caption="การตรวจสอบคะแนน",
        notes=(say("checks.from_rounded"),),
    )


@working_only
def unknowns(report: Report[Case]) -> Section:
    """Return what is not known of the year, and the checks that could not be made."""
    case = report.case
    gaps = [Paragraph(text=gap.text_th, style="bullet") for gap in case.framework.gaps_th]
    unchecked = [
        Paragraph(label=", ".join(map(short_name, nodes)), text=why, style="bullet")
        for why, nodes in not_checked_by_reason(case).items()
    ]
    return section(
        Heading(level=2, text=f"สิ่งที่ยังไม่ทราบเกี่ยวกับการประเมิน {text.year(case)}"),
        gaps or Paragraph(text=say("checks.nothing_unknown")),
        Heading(level=2, text="สิ่งที่ตรวจสอบไม่ได้ และเหตุผล"),
        unchecked or Paragraph(text=say("checks.all_checked")),
    )


def provenance(report: Report[AnyCase]) -> Section:
    """Return where the numbers and the document came from: a table, or one line in publication."""
    case, marks = report.case, report.case.provenance
    if not report.is_working:
        return section(text.note(f"จัดทำด้วยโปรแกรม ita-nb รุ่น {marks.code} ข้อมูลชุด {marks.data}"))
    facts = f"ข้อเท็จจริงของการประเมิน ปีงบประมาณ พ.ศ. {case.framework.fiscal_year}"
    table = Table(
        columns=(Column(heading="รายการ", width=2.0), Column(heading="ค่า", width=3.0)),
        rows=(
            Row(cells=("หน่วยงาน", f"{case.agency.name_th} (รหัส {case.agency.agency_id})")),
            Row(cells=("ข้อมูลของหน่วยงาน", f"ลายนิ้วมือ {marks.data}")),
            Row(cells=("โปรแกรม", f"ita-nb รุ่น {marks.code}")),
            Row(cells=(facts, f"ลายนิ้วมือ {marks.framework}")),
        ),
        caption="ที่มา",
        notes=(say("checks.fingerprints"),),
    )
    return section(Heading(level=2, text="ที่มาของตัวเลขและเอกสาร"), table)


# ---------------------------------------------------------------- required elements


@working_only
def checklist(report: Report[Any]) -> Section:
    """Return the heading of the checks, the checklist, and what keeps the document from publication."""
    case: AnyCase = report.case
    if isinstance(case, ProgressCase):
        checked, part = progress_checklist(case), 3
    else:
        checked, part = analysis_checklist(case), text.checks_part(case)
    requirement, found = case.requirement, blockers(case)
    begin: list[Block] = [
        PageBreak(),
        Heading(level=1, text=f"ส่วนที่ {part} การตรวจสอบก่อนเผยแพร่"),
        Heading(level=2, text="รายการตรวจองค์ประกอบก่อนเผยแพร่"),
        Paragraph(text=say("checklist.purpose", item=item_name(requirement))),
    ]
    sure = f"ความแน่นอนของรหัสและชื่อข้อ: {CONFIDENCE_TH[requirement.item.confidence]}"
    notes = [note for note in (sure, requirement.item.note_th) if note]
    notes += sorted({c.required.note_th for c in checked if c.required.note_th} - set(notes))
    if requirement.forms.offered and isinstance(case, Case) and not case.record.is_total_only:
        names = (load_forms().analysis[name].name_th for name in requirement.forms.offered)
        notes.append(f"เอกสารใช้{case.form.name_th} ซึ่งยังไม่ยืนยันว่าเป็นแบบทางการของรอบนี้")
        notes.append(f"แบบที่เลือกได้ในแฟ้มพารามิเตอร์ คือ {' หรือ '.join(names)}")
    if any(c.required.confidence != "confirmed" for c in checked):
        notes.append(say("checklist.inferred", sure=CONFIDENCE_TH["confirmed"]))
    table = Table(
        columns=(
            Column(heading="องค์ประกอบที่ต้องมี", width=3.0),
            Column(heading="ความแน่นอน", width=1.2),
            Column(heading="ผล", width=0.8, align="center"),
            Column(heading="ที่พบในเอกสารนี้", width=3.2),
        ),
        rows=tuple(
            Row(
                cells=(
                    c.required.text_th,
                    CONFIDENCE_TH[c.required.confidence],
                    "มี" if c.present else "ขาด",
                    c.found_th,
                )
            )
            for c in checked
        ),
        caption="การตรวจองค์ประกอบ",
        notes=tuple(notes),
    )
    if not checked:
        none = Paragraph(text=say("checklist.unknown_elements"))
        return section(begin, none, [text.note(line) for line in notes])
    count = Callout(
        kind="caution",
        title=f"ยังเผยแพร่ไม่ได้ มี {len(found)} รายการที่ต้องแก้หรือยืนยันก่อน",
        lines=tuple(dict.fromkeys(b.brief_th for b in found)),
    )
    return section(begin, table, count if found else None)


# ---------------------------------------------------------------- the report on the measures


LACK_TH: dict[Lack, str] = {
    "output": "ผลการดำเนินการ (output)",
    "number": "จำนวนที่นับได้ในผลการดำเนินการ",
    "outcome": "ผลลัพธ์ (outcome)",
    "evidence": "หลักฐาน",
}
PROMISE_TH: dict[Promise, str] = {
    "met": "บันทึกจำนวนไว้ไม่น้อยกว่าที่กำหนด",
    "fewer": "บันทึกจำนวนไว้น้อยกว่าที่กำหนด",
    "uncounted": "บันทึกไว้โดยไม่มีจำนวนในหน่วยนับเดียวกัน",
    "unpromised": "แผนไม่ได้กำหนดจำนวนผลผลิตไว้ จึงเทียบไม่ได้",
    "unrecorded": "ยังไม่มีผลที่บันทึกไว้",
}


def progress_summary(report: Report[ProgressCase]) -> Section:
    """Return how many measures are in which state on the day; a plan without results says so."""
    case = report.case
    no_report = Callout(kind="error", title="เอกสารนี้ยังไม่เป็นรายงานผลการดำเนินการ", lines=(NO_RESULTS,))
    lines = tuple(dict.fromkeys(p.message_th for p in case.problems if p.severity == "error"))
    serious = Callout(kind="error", title=f"ต้องแก้ก่อนเผยแพร่ {len(lines)} รายการ", lines=lines)
    rows = [Row(cells=(STATE_TH[state], str(count))) for state, count in _counts(case).items()]
    rows.append(Row(kind="total", cells=("รวม", str(len(case.entries)))))
    table = Table(
        columns=(
            Column(heading="สถานะ", width=4.0),
            Column(heading="จำนวนมาตรการ", width=1.4, align="right"),
        ),
        rows=tuple(rows),
        caption=f"สถานะของมาตรการ ณ วันที่ {long_date(case.as_of)}",
    )
    return section(
        Heading(level=1, text="ส่วนที่ 1 สรุปการดำเนินการ"),
        None if case.has_results else no_report,
        Paragraph(style="lead", text=_sentence(case)),
        serious if report.is_working and lines else None,
        table,
    )


def _sentence(case: ProgressCase) -> str:
    states = say(
        "progress.states",
        agency=case.agency.name_th,
        plan_year=f"ปีงบประมาณ พ.ศ. {case.plan_year}",
        count=len(case.entries),
        day=long_date(case.as_of),
        states=text.listed([f"{STATE_TH[state]} {count} มาตรการ" for state, count in _counts(case).items()]),
    )
    made = [entry.result for entry in case.entries if entry.result and entry.result.made_th]
    if not made:
        return states
    counts = {
        "count": len(made),
        "counted": sum(any(counted(result.made_th)) for result in made),
        "evident": sum(bool(result.evidence) for result in made),
    }
    return f"{states} {say('progress.results', **counts)}"


def _counts(case: ProgressCase) -> dict[AnyState, int]:
    counts = Counter(entry.state for entry in case.entries)
    return {state: counts[state] for state in STATE_TH if counts[state]}


def before_and_after(report: Report[ProgressCase]) -> Section:
    """Return the scores before and after where they can be compared, and say why elsewhere."""
    case = report.case
    heading = Heading(level=2, text="คะแนนของข้อที่มาตรการมุ่งยกระดับ ก่อนและหลังปีของมาตรการ")
    years = {"before": case.framework.fiscal_year, "after": case.plan_year}
    if case.plan_year == case.framework.fiscal_year:
        return NOTHING  # the result and the measures are of one year: nothing lies before or after
    known = {(c.node, c.after): c for c in case.compared if c.before is not None or c.after is not None}
    if not any(c.before is not None and c.after is not None for c in known.values()):
        none = Paragraph(text=say("progress.no_scores", **years))
        return section(heading, none) if report.is_working else NOTHING
    table = Table(
        columns=(
            Column(heading="ข้อ", width=3.6),
            Column(heading=f"ปี {case.framework.fiscal_year}", width=1.0, align="right"),
            Column(heading=f"ปี {case.plan_year}", width=1.0, align="right"),
            Column(heading="ต่างกัน", width=1.0, align="right"),
            Column(heading="หมายเหตุ", width=2.6),
        ),
        rows=tuple(_compared_row(case, c) for c in known.values()),
        caption="คะแนนก่อนและหลัง",
        notes=(say("progress.no_cause"),),
    )
    return section(heading, table)


def _compared_row(case: ProgressCase, found: ScoreChange) -> Row:
    comparable = found.link is not None and found.link.comparable
    gap, note = "-", "ไม่มีคะแนนครบสองปี"
    if found.link is not None and not comparable:
        note = "เปรียบเทียบไม่ได้: " + "; ".join(found.link.reasons_th)
    elif comparable and found.before is not None and found.after is not None and found.link is not None:
        gap = signed_text(found.after - found.before)
        note = "; ".join(found.link.reasons_th) or "ถ้อยคำและตัวเลือกตรงกัน"
    part = f" (ส่วนที่ {found.node.part})" if found.node.part else ""
    numbers = [str(i) for i, e in enumerate(case.entries, start=1) if found.node.code in e.measure.items]
    return Row(
        cells=(
            f"{text.item_text(case.framework, found.node.code)}{part}\nมาตรการที่ {', '.join(numbers)}",
            text.score(found.before),
            text.score(found.after),
            gap,
            note,
        )
    )


def progress_table(report: Report[ProgressCase]) -> Section:
    """Return the table of the report in the year's form, in landscape where the form asks for it."""
    case, form = report.case, report.case.form.table
    rows = [TableRow(i, e.measure, e.result, e.state) for i, e in enumerate(case.entries, start=1)]
    name = "ผลการดำเนินการตามมาตรการ" if case.has_results else "มาตรการและสถานะเทียบกับกำหนดเวลา"
    caption = f"{name} ปีงบประมาณ พ.ศ. {case.plan_year}"
    return section(
        PageBreak(orientation=form.orientation),
        Heading(level=1, text=f"ส่วนที่ 2 {name}"),
        Paragraph(text=say("progress.table", plan_year=case.plan_year, year=case.framework.fiscal_year)),
        table_of_measures(form, rows, Grouping(case.framework), caption),
    )


@working_only
def incomplete(report: Report[ProgressCase]) -> Section:
    """Return the measures whose record lacks something, and promised against recorded outputs."""
    case = report.case
    # Where the plan promised nothing there is nothing to compare: one sentence says so, not a row for each.
    promised = any(entry.measure.output_th for entry in case.entries)
    rows = [
        Row(
            cells=(
                f"มาตรการที่ {number} {entry.measure.title_th}",
                period_text(entry.measure.start, entry.measure.end),
                STATE_TH[entry.state],
                *((entry.measure.output_th or "ไม่ได้ระบุ", PROMISE_TH[entry.promise]) if promised else ()),
                _lacking(entry, case.entries),
            )
        )
        for number, entry in enumerate(case.entries, start=1)
    ]
    promised_columns = (
        Column(heading="ผลผลิตที่กำหนดในแผน", width=2.0),
        Column(heading="เทียบกับผลที่บันทึก", width=2.2),
    )
    what = "ผลผลิตที่กำหนดเทียบกับที่บันทึก" if promised else "สถานะและสิ่งที่ยังขาดของแต่ละมาตรการ"
    table = Table(
        columns=(
            Column(heading="มาตรการ", width=3.0),
            Column(heading="ช่วงระยะเวลา", width=1.5),
            Column(heading="สถานะ", width=1.9),
            *(promised_columns if promised else ()),
            Column(heading="สิ่งที่ยังขาด", width=2.4),
        ),
        rows=tuple(rows),
        caption=f"{what} ณ วันที่ {long_date(case.as_of)}",
    )
    return section(
        PageBreak(orientation="landscape"),
        Heading(level=2, text="สถานะ ผลผลิต และหลักฐานที่ยังขาด"),
        # Above the table: under a table that fills its page the note would have a page of its own.
        None if promised else text.note(say("progress.unpromised")),
        table,
        PageBreak(),
    )


def _lacking(entry: MeasureProgress, entries: Iterable[MeasureProgress]) -> str:
    lines = [LACK_TH[lack] for lack in entry.lacks]
    if entry.repeated_in:
        numbers = {e.measure.measure_id: i for i, e in enumerate(entries, start=1)}
        same = ", ".join(f"มาตรการที่ {numbers[i]}" for i in entry.repeated_in)
        lines.append(f"ผลข้อความเดียวกันใช้กับ{same}")
    return "\n".join(f"- {line}" for line in lines) or ("ครบ" if entry.state in ANSWERABLE else "-")


@working_only
def row_checks(report: Report[ProgressCase]) -> Section:
    """Return what has to be looked at in the rows and texts."""
    nothing = Paragraph(text=say("progress.no_problems"))
    return section(Heading(level=2, text="รายการที่ต้องตรวจสอบ"), _callouts(report.case) or nothing)


def upright(report: Report[ProgressCase]) -> Section:
    """Return the way back to upright pages after the table."""
    return section(PageBreak() if report.case.form.table.orientation == "landscape" else None)
