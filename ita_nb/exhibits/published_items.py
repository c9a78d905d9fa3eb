"""The published items (OIT) that are not full."""

from __future__ import annotations

from fractions import Fraction

from ita_nb.analysis.scores import FULL
from ita_nb.case import Case
from ita_nb.document.blocks import Column, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.exhibits.written import GUIDELINE, guidelines, person_texts
from ita_nb.frames import Report
from ita_nb.intake.record import Node
from ita_nb.thai import number_text


def published_items(report: Report[Case]) -> Section:
    """Return the published items that are not full, with the assessor's remarks and what to do."""
    case, working = report.case, report.is_working
    limit = case.framework.weakness.item_below
    items = {i.code for i in case.framework.items}
    known = {n: s.value for n, s in case.record.scores.items() if n.code in items}
    low = [(node, value) for node, value in known.items() if value < limit]
    heading = Heading(level=2, text="ข้อมูลเปิดเผย (OIT) ที่ยังไม่ได้คะแนนเต็ม")
    if not low:
        return Section(blocks=(heading, Paragraph(text=_none_low(len(known), len(items)))))
    remarks = {node.code: person_texts(case, node.code, "assessor", working=working) for node, _ in low}
    columns = [Column(heading="ข้อมูลเปิดเผย", width=2.6), Column(heading="คะแนน", width=1.1, align="right")]
    if any(remarks.values()):
        columns.append(Column(heading="หมายเหตุจากผู้ตรวจประเมิน", width=2.6))
    columns.append(Column(heading=GUIDELINE, width=2.8))
    rows = tuple(
        _row(case, node, value, remarks if any(remarks.values()) else None, working=working)
        for node, value in low
    )
    caption = f"ข้อมูลเปิดเผยที่ได้ต่ำกว่า {number_text(limit, 0)} คะแนน {text.year(case)}"
    return Section(blocks=(heading, Table(columns=tuple(columns), rows=rows, caption=caption)))


def _none_low(known: int, items: int) -> str:
    if not known:
        return say("published.no_scores")
    situation = "published.all_full" if known == items else "published.known_full"
    return say(situation, full=number_text(FULL, 0))


def _row(
    case: Case, node: Node, value: Fraction, remarks: dict[str, list[str]] | None, *, working: bool
) -> Row:
    remark = [] if remarks is None else ["\n".join(remarks[node.code]) or "ไม่มีหมายเหตุ"]
    lines = guidelines(case, node, working=working)
    cells = (text.item_text(case.framework, node.code), number_text(value), *remark, "\n".join(lines))
    return Row(cells=cells)
