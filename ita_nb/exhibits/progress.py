"""The report on the measures: the state of each, its table in the year's form, and what its record lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

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
from ita_nb.document.gate import NO_RESULTS
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.exhibits.checks import callouts
from ita_nb.exhibits.plan import (
    Grouping,
    TableRow,
    period_text,
    table_of_measures,
)
from ita_nb.exhibits.text import NOTHING, working_only
from ita_nb.frames import Report
from ita_nb.intake.params_file import Period
from ita_nb.progress import ProgressCase
from ita_nb.thai import long_date, signed_text

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
PERIOD_TH: dict[Period, str] = {"six_months": "รอบ 6 เดือน", "twelve_months": "รอบ 12 เดือน"}


def document_title(case: ProgressCase) -> tuple[str, ...]:
    """Return the lines of the title; a plan without any result is not called a report."""
    period = PERIOD_TH[case.record.office.period]
    lines = case.form.title_th
    if not case.has_results:
        lines = (
            "มาตรการส่งเสริมคุณธรรมและความโปร่งใส",
            "ภายในหน่วยงาน ประจำปีงบประมาณ พ.ศ. {plan_year}",
            "สถานะเทียบกับกำหนดเวลา {period}",
            "(ยังไม่เป็นรายงานผลการดำเนินการ)",
        )
    return tuple(line.format(plan_year=case.plan_year, period=period) for line in lines)


def document_name(case: ProgressCase) -> str:
    """Return the title as a sentence names it: its lines in one, spaced as Thai is, without remarks."""
    # A title breaks inside a phrase too; only year, period and state stand apart from what precedes.
    lines = [line for line in document_title(case) if line and not line.startswith("(")]
    return "".join(f" {line}" if line.startswith(_APART) else line for line in lines).strip()


_APART = ("ประจำ", "รอบ", "สถานะ")


def running_title(case: ProgressCase) -> str:
    """Return the title above each page."""
    if case.has_results:
        return case.form.running_title_th.format(plan_year=case.plan_year)
    return f"มาตรการส่งเสริมคุณธรรมและความโปร่งใส ปีงบประมาณ พ.ศ. {case.plan_year}"


def progress_summary(report: Report[ProgressCase]) -> Section:
    """Return how many measures are in which state on the day; a plan without results says so."""
    case, working = report.case, report.is_working
    blocks: list[Block] = [Heading(level=1, text="ส่วนที่ 1 สรุปการดำเนินการ")]
    if not case.has_results:
        title = "เอกสารนี้ยังไม่เป็นรายงานผลการดำเนินการ"
        blocks.append(Callout(kind="error", title=title, lines=(NO_RESULTS,)))
    blocks.append(Paragraph(style="lead", text=_sentence(case)))
    serious = [p for p in case.problems if p.severity == "error"]
    if working and serious:
        lines = tuple(dict.fromkeys(p.message_th for p in serious))
        blocks.append(Callout(kind="error", title=f"ต้องแก้ก่อนเผยแพร่ {len(lines)} รายการ", lines=lines))
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
    return Section(blocks=(*blocks, table))


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
    case, working = report.case, report.is_working
    heading = Heading(level=2, text="คะแนนของข้อที่มาตรการมุ่งยกระดับ ก่อนและหลังปีของมาตรการ")
    years = {"before": case.framework.fiscal_year, "after": case.plan_year}
    if case.plan_year == case.framework.fiscal_year:
        return Section(blocks=())  # the result and the measures are of one year: nothing lies before or after
    known = {(c.node, c.after): c for c in case.compared if c.before is not None or c.after is not None}
    if not any(c.before is not None and c.after is not None for c in known.values()):
        none = Paragraph(text=say("progress.no_scores", **years))
        return Section(blocks=(heading, none) if working else ())
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
    return Section(blocks=(heading, table))


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
    case = report.case
    form = case.form.table
    rows = [TableRow(i, e.measure, e.result, e.state) for i, e in enumerate(case.entries, start=1)]
    name = "ผลการดำเนินการตามมาตรการ" if case.has_results else "มาตรการและสถานะเทียบกับกำหนดเวลา"
    caption = f"{name} ปีงบประมาณ พ.ศ. {case.plan_year}"
    return Section(
        blocks=(
            PageBreak(orientation=form.orientation),
            Heading(level=1, text=f"ส่วนที่ 2 {name}"),
            Paragraph(text=say("progress.table", plan_year=case.plan_year, year=case.framework.fiscal_year)),
            table_of_measures(form, rows, Grouping(case.framework), caption),
        )
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
    what = "ผลผลิตที่กำหนดเทียบกับที่บันทึก" if promised else "สถานะและสิ่งที่ยังขาดของแต่ละมาตรการ"
    table = Table(
        columns=(
            Column(heading="มาตรการ", width=3.0),
            Column(heading="ช่วงระยะเวลา", width=1.5),
            Column(heading="สถานะ", width=1.9),
            *_PROMISED_COLUMNS[: 2 * promised],
            Column(heading="สิ่งที่ยังขาด", width=2.4),
        ),
        rows=tuple(rows),
        caption=f"{what} ณ วันที่ {long_date(case.as_of)}",
    )
    heading = Heading(level=2, text="สถานะ ผลผลิต และหลักฐานที่ยังขาด")
    # Above the table: under a table that fills its page the note would have a page of its own.
    above = () if promised else (text.note(say("progress.unpromised")),)
    return Section(blocks=(PageBreak(orientation="landscape"), heading, *above, table, PageBreak()))


_PROMISED_COLUMNS = (
    Column(heading="ผลผลิตที่กำหนดในแผน", width=2.0),
    Column(heading="เทียบกับผลที่บันทึก", width=2.2),
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
    case = report.case
    found = callouts(case) or [Paragraph(text=say("progress.no_problems"))]
    return Section(blocks=(Heading(level=2, text="รายการที่ต้องตรวจสอบ"), *found))


def upright(report: Report[ProgressCase]) -> Section:
    """Return the way back to upright pages after the table."""
    turned = report.case.form.table.orientation == "landscape"
    return Section(blocks=(PageBreak(),)) if turned else NOTHING
