"""The required elements of the document as a table: what is asked, how surely, and what is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ita_nb.case import Case
from ita_nb.document.blocks import Callout, Column, Heading, PageBreak, Paragraph, Row, Section, Table
from ita_nb.document.checklist import Checked, analysis_checklist, item_name, progress_checklist
from ita_nb.document.gate import blockers
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.exhibits.text import working_only
from ita_nb.facts.forms import load_forms
from ita_nb.facts.listing import CONFIDENCE_TH
from ita_nb.frames import AnyCase, Report
from ita_nb.progress import ProgressCase


@working_only
def checklist(report: Report[Any]) -> Section:
    """Return the heading of the checks, the checklist, and what keeps the document from publication."""
    case = report.case
    if isinstance(case, ProgressCase):
        return _checklist(case, progress_checklist(case), part=3)
    return _checklist(case, analysis_checklist(case), part=text.checks_part(case))


def _checklist(case: AnyCase, checked: Sequence[Checked], part: int) -> Section:
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
    if not found:
        return Section(blocks=(*begin, heading, intro, table))
    count = Callout(
        kind="caution",
        title=f"ยังเผยแพร่ไม่ได้ มี {len(found)} รายการที่ต้องแก้หรือยืนยันก่อน",
        lines=tuple(dict.fromkeys(b.brief_th for b in found)),
    )
    return Section(blocks=(*begin, heading, intro, table, count))
