"""The required elements of the document as a table: what is asked, how surely, and what is there."""

from __future__ import annotations

from collections.abc import Sequence

from ita_nb.case import Case
from ita_nb.document.blocks import Callout, Column, Heading, Paragraph, Row, Section, Table
from ita_nb.document.checklist import Checked, item_name
from ita_nb.document.gate import Blocker
from ita_nb.document.narrative import voice_of
from ita_nb.exhibits import text
from ita_nb.listing import CONFIDENCE_TH
from ita_nb.progress import ProgressCase


def checklist(case: Case | ProgressCase, checked: Sequence[Checked], blockers: Sequence[Blocker]) -> Section:
    """Return the checklist, and in a frame what keeps the document from publication."""
    voice, requirement = voice_of(case), case.requirement
    heading = Heading(level=2, text="รายการตรวจองค์ประกอบก่อนเผยแพร่")
    intro = Paragraph(text=voice.say("checklist.purpose", item=item_name(requirement)))
    notes = [f"ความแน่นอนของรหัสและชื่อข้อ: {CONFIDENCE_TH[requirement.item.confidence]}"]
    if requirement.item.note_th:
        notes.append(requirement.item.note_th)
    notes += sorted({c.required.note_th for c in checked if c.required.note_th} - set(notes))
    if any(c.required.confidence != "confirmed" for c in checked):
        notes.append(voice.say("checklist.inferred", sure=CONFIDENCE_TH["confirmed"]))
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
        none = Paragraph(text=voice.say("checklist.unknown_elements"))
        return Section(blocks=(heading, intro, none, *(text.note(line) for line in notes)))
    if not blockers:
        return Section(blocks=(heading, intro, table))
    count = Callout(
        kind="caution",
        title=f"ยังเผยแพร่ไม่ได้ มี {len(blockers)} รายการที่ต้องแก้หรือยืนยันก่อน",
        lines=tuple(dict.fromkeys(b.brief_th for b in blockers)),
    )
    return Section(blocks=(heading, intro, table, count))
