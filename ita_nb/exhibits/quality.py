"""How far the numbers can be trusted: checks, what is not known, and where everything came from."""

from __future__ import annotations

from typing import Literal

from ita_nb.analysis.reconcile import LAYER_NAMES, NodeCheck
from ita_nb.case import Case
from ita_nb.document.blocks import (
    Block,
    Callout,
    Column,
    Heading,
    Paragraph,
    Row,
    Section,
    Table,
)
from ita_nb.document.narrative import say
from ita_nb.document.quality import VERDICT_TH, not_checked_by_reason, respondents_lines, short_name
from ita_nb.errors import Problem, Severity
from ita_nb.exhibits import text
from ita_nb.exhibits.text import working_only
from ita_nb.frames import AnyCase, Report
from ita_nb.intake.people import acceptance_of
from ita_nb.intake.record import subject_of
from ita_nb.thai import number_text, short_date

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
    blocks: list[Block] = [Heading(level=2, text="คะแนนที่ระบุเทียบกับคะแนนที่คำนวณซ้ำ")]
    if compared:
        blocks.append(_comparison(compared, say("checks.from_rounded")))
    else:
        blocks.append(Paragraph(text=say("checks.nothing_to_compare")))
    blocks.append(Heading(level=2, text="รายการที่ต้องตรวจสอบ"))
    if not case.problems:
        blocks.append(Paragraph(text=say("checks.no_conflict")))
    blocks += callouts(case)
    blocks.append(Heading(level=2, text="จำนวนผู้ตอบแบบวัด"))
    blocks += [Paragraph(text=line, style="bullet") for line in respondents_lines(case)]
    return Section(blocks=tuple(blocks))


def callouts(case: AnyCase) -> list[Callout]:
    """Return each problem with who accepted it, and with the only edit that mends it."""
    found = []
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


def _comparison(compared: list[NodeCheck], note: str) -> Table:
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
        notes=(note,),
    )


@working_only
def unknowns(report: Report[Case]) -> Section:
    """Return what is not known of the year, and the checks that could not be made."""
    case = report.case
    blocks: list[Block] = [Heading(level=2, text=f"สิ่งที่ยังไม่ทราบเกี่ยวกับการประเมิน {text.year(case)}")]
    gaps = case.framework.gaps_th
    blocks += [Paragraph(text=gap.text_th, style="bullet") for gap in gaps]
    if not gaps:
        blocks.append(Paragraph(text=say("checks.nothing_unknown")))
    blocks.append(Heading(level=2, text="สิ่งที่ตรวจสอบไม่ได้ และเหตุผล"))
    reasons = not_checked_by_reason(case)
    if not reasons:
        blocks.append(Paragraph(text=say("checks.all_checked")))
    blocks += [
        Paragraph(label=", ".join(map(short_name, nodes)), text=why, style="bullet")
        for why, nodes in reasons.items()
    ]
    return Section(blocks=tuple(blocks))


def provenance(report: Report[AnyCase]) -> Section:
    """Return where the numbers and the document came from: a table, or one line in publication."""
    case, working = report.case, report.is_working
    marks = case.provenance
    if not working:
        line = f"จัดทำด้วยโปรแกรม ita-nb รุ่น {marks.code} ข้อมูลชุด {marks.data}"
        return Section(blocks=(text.note(line),))
    rows = (
        Row(cells=("หน่วยงาน", f"{case.agency.name_th} (รหัส {case.agency.agency_id})")),
        Row(cells=("ข้อมูลของหน่วยงาน", f"ลายนิ้วมือ {marks.data}")),
        Row(cells=("โปรแกรม", f"ita-nb รุ่น {marks.code}")),
        Row(
            cells=(
                f"ข้อเท็จจริงของการประเมิน ปีงบประมาณ พ.ศ. {case.framework.fiscal_year}",
                f"ลายนิ้วมือ {marks.framework}",
            )
        ),
    )
    table = Table(
        columns=(Column(heading="รายการ", width=2.0), Column(heading="ค่า", width=3.0)),
        rows=rows,
        caption="ที่มา",
        notes=(say("checks.fingerprints"),),
    )
    return Section(blocks=(Heading(level=2, text="ที่มาของตัวเลขและเอกสาร"), table))
