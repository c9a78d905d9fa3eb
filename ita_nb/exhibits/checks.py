"""How far the numbers can be trusted, what is not known, all sources, and what the document must hold."""

from __future__ import annotations

from typing import Any, Literal

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
from ita_nb.exhibits.text import working_only
from ita_nb.facts.forms import load_forms
from ita_nb.facts.listing import CONFIDENCE_TH
from ita_nb.frames import AnyCase, Report
from ita_nb.intake.people import acceptance_of
from ita_nb.intake.record import subject_of
from ita_nb.progress import ProgressCase
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
    nothing = Paragraph(text=say("checks.nothing_to_compare"))
    return Section(
        blocks=(
            Heading(level=2, text="คะแนนที่ระบุเทียบกับคะแนนที่คำนวณซ้ำ"),
            _comparison(compared) if compared else nothing,
            Heading(level=2, text="รายการที่ต้องตรวจสอบ"),
            *(callouts(case) or [Paragraph(text=say("checks.no_conflict"))]),
            Heading(level=2, text="จำนวนผู้ตอบแบบวัด"),
            *(Paragraph(text=line, style="bullet") for line in respondents_lines(case)),
        )
    )


def callouts(case: AnyCase) -> list[Block]:
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
    return Section(
        blocks=(
            Heading(level=2, text=f"สิ่งที่ยังไม่ทราบเกี่ยวกับการประเมิน {text.year(case)}"),
            *(gaps or [Paragraph(text=say("checks.nothing_unknown"))]),
            Heading(level=2, text="สิ่งที่ตรวจสอบไม่ได้ และเหตุผล"),
            *(unchecked or [Paragraph(text=say("checks.all_checked"))]),
        )
    )


def provenance(report: Report[AnyCase]) -> Section:
    """Return where the numbers and the document came from: a table, or one line in publication."""
    case, marks = report.case, report.case.provenance
    if not report.is_working:
        line = f"จัดทำด้วยโปรแกรม ita-nb รุ่น {marks.code} ข้อมูลชุด {marks.data}"
        return Section(blocks=(text.note(line),))
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
    return Section(blocks=(Heading(level=2, text="ที่มาของตัวเลขและเอกสาร"), table))


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
    begin = PageBreak(), Heading(level=1, text=f"ส่วนที่ {part} การตรวจสอบก่อนเผยแพร่")
    heading = Heading(level=2, text="รายการตรวจองค์ประกอบก่อนเผยแพร่")
    intro = Paragraph(text=say("checklist.purpose", item=item_name(requirement)))
    notes = [f"ความแน่นอนของรหัสและชื่อข้อ: {CONFIDENCE_TH[requirement.item.confidence]}"]
    if requirement.item.note_th:
        notes.append(requirement.item.note_th)
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
        return Section(blocks=(*begin, heading, intro, none, *(text.note(line) for line in notes)))
    count = Callout(
        kind="caution",
        title=f"ยังเผยแพร่ไม่ได้ มี {len(found)} รายการที่ต้องแก้หรือยืนยันก่อน",
        lines=tuple(dict.fromkeys(b.brief_th for b in found)),
    )
    return Section(blocks=(*begin, heading, intro, table, *([count] if found else [])))
