"""The measures table of the plan year, and its coverage of the weaknesses, both ways."""

from __future__ import annotations

from ita_nb.analysis.diagnosis import Reason, Weakness
from ita_nb.analysis.scores import FULL
from ita_nb.case import Case
from ita_nb.document.blocks import Block, Column, Heading, PageBreak, Paragraph, Row, Section, Table
from ita_nb.document.checklist import is_fully_scored
from ita_nb.document.exhibits import text
from ita_nb.document.exhibits.measures_table import Grouping, TableRow, measures_table
from ita_nb.facts.kinds import Topic
from ita_nb.thai import number_text

REASON_TH: dict[Reason, str] = {
    "below_pass": "คะแนนต่ำกว่าเกณฑ์",
    "lowest_of_topic": "ต่ำที่สุดของประเด็น",
    "item_below_full": "ข้อมูลเปิดเผยไม่ได้คะแนนเต็ม",
}


def measures(case: Case, *, working: bool) -> Section:
    """Return the measures table in the form of the year, or in the one that the office chose."""
    blocks: list[Block] = [
        PageBreak(orientation=case.measures_form.orientation),
        Heading(
            level=1,
            text=f"ส่วนที่ 3 มาตรการส่งเสริมคุณธรรมและความโปร่งใสภายในหน่วยงาน ประจำ{text.plan_year(case)}",
        ),
        Paragraph(
            text=f"จากการวิเคราะห์ผลการประเมินคุณธรรมและความโปร่งใสในการดำเนินงาน {text.year(case)} "
            f"{case.agency.name_th} กำหนดมาตรการสำหรับ{text.plan_year(case)} ดังนี้"
        ),
    ]
    if working:
        rule = f"ข้อที่ต้องมีมาตรการ คือ ข้อที่{case.framework.weakness.text_th}"
        blocks.append(text.note(f"{rule} (เกณฑ์ของเครื่องมือนี้ ไม่ใช่เกณฑ์ของการประเมิน)"))
        if any(m.status == "draft" for m in case.plan):
            blocks.append(text.note(f"มาตรการที่มีเครื่องหมาย {text.DRAFT} เป็นร่างของระบบ รอผู้รับผิดชอบพิจารณายืนยัน"))
    blocks.append(_table(case, working=working))
    if not case.plan:
        whole = "ไม่มีข้อที่ต้องยกระดับตามเกณฑ์ และหน่วยงานไม่ได้กำหนดมาตรการเพิ่มเติม"
        partly = "ไม่พบข้อที่ต้องยกระดับจากคะแนนที่มี แต่คะแนนไม่ครบ จึงยังบอกไม่ได้ว่าไม่ต้องมีมาตรการ"
        known = is_fully_scored(case) and not case.weaknesses
        blocks.append(Paragraph(text=whole if known else partly))
    leaves = case.framework.leaves
    if any(score.value == FULL and node.code in leaves for node, score in case.record.scores.items()):
        blocks.append(text.note("ข้อที่ได้คะแนนเต็ม 100 ให้คงแนวปฏิบัติเดิม จึงไม่กำหนดเป็นมาตรการในตารางนี้"))
    return Section(blocks=tuple(blocks))


def _table(case: Case, *, working: bool) -> Table:
    rows = [TableRow(i, measure) for i, measure in enumerate(case.plan, start=1)]
    notes: dict[str, list[str]] = {}
    for weakness in case.weaknesses if working else ():
        notes.setdefault(weakness.node.code, []).append(loss_text(weakness))
    grouping = Grouping(case.framework, lambda topic: _why_empty(case, topic), notes)
    caption = f"มาตรการส่งเสริมคุณธรรมและความโปร่งใส {text.plan_year(case)}"
    return measures_table(case.measures_form, rows, grouping, caption)


def _why_empty(case: Case, topic: Topic) -> str:
    """Say why a topic has no measure; without a score nothing can be said of its items."""
    reasons = [r for node, r in case.coverage.declined.items() if node.code in topic.items and r]
    if reasons:
        return f"ไม่กำหนดมาตรการ เพราะ{'; '.join(dict.fromkeys(reasons))}"
    scored = {node.code for node in case.record.scores} & set(topic.items)
    if any(w.topic == topic.no for w in case.weaknesses):
        return "ยังไม่มีมาตรการของประเด็นนี้"
    if not scored:
        return "ไม่มีคะแนนรายข้อ จึงยังระบุข้อที่ต้องยกระดับไม่ได้"
    if len(scored) < len(topic.items):
        return "ไม่พบข้อที่ต้องยกระดับจากข้อที่มีคะแนน"
    return "ไม่มีข้อที่ต้องยกระดับ"


def outputs(case: Case) -> Section:
    """Return what each measure promises to have made, and the evidence to keep for the later report."""
    blocks: list[Block] = [PageBreak(), Heading(level=2, text="ผลผลิตที่ต้องนับได้และหลักฐานที่ต้องเก็บ")]
    promised = [m for m in case.plan if m.output_th or m.evidence_th]
    if not promised:
        return Section(blocks=tuple(blocks[:1]))
    table = Table(
        columns=(
            Column(heading="มาตรการ", width=3.0),
            Column(heading="ผลผลิต", width=2.6),
            Column(heading="หลักฐาน", width=3.6),
        ),
        rows=tuple(
            Row(
                cells=(
                    f"{text.measure_name(case, m)} {m.title_th}",
                    m.output_th or "ไม่ได้ระบุ",
                    "\n".join(f"- {line}" for line in m.evidence_th) or "ไม่ได้ระบุ",
                )
            )
            for m in promised
        ),
        caption="ผลผลิตและหลักฐานของมาตรการ",
        notes=("ใช้ประกอบการรายงานผลการดำเนินการตามมาตรการเมื่อครบ 6 เดือนและ 12 เดือน",),
    )
    return Section(blocks=(*blocks, table))


def loss_text(weakness: Weakness) -> str:
    """Say the score of a weak item and what it cost the total, as far as that can be told."""
    own = f"ได้ {number_text(weakness.score)} คะแนน"
    if weakness.loss is not None:
        return f"{own} เสียคะแนนรวม {number_text(weakness.loss, 4)}"
    if weakness.shared_loss is not None:
        return f"{own} รวมอยู่ใน {number_text(weakness.shared_loss)} คะแนนรวมที่ตัวชี้วัดเสีย (แยกรายข้อไม่ได้)"
    return own


def coverage(case: Case) -> Section:
    """Return the coverage matrix: weakness without measure, measure without weakness."""
    rows = tuple(
        Row(
            cells=(
                text.node_item(case, w.node),
                number_text(w.score),
                ", ".join(REASON_TH[r] for r in w.reasons),
                case.catalogue.patterns[w.pattern].name_th,
                "\n".join(_answering(case, w)) or _declined(case, w),
            )
        )
        for w in case.weaknesses
    )
    columns = (
        Column(heading="ข้อที่ต้องยกระดับ", width=2.9),
        Column(heading="คะแนน", width=1.1, align="right"),
        Column(heading="เหตุที่ต้องยกระดับ", width=1.8),
        Column(heading="ลักษณะการเสียคะแนน", width=2.2),
        Column(heading="มาตรการ", width=1.2),
    )
    uncovered = ", ".join(node.label for node in case.coverage.uncovered) or "ไม่มี"
    unfounded = ", ".join(text.measure_name(case, m) for m in case.coverage.unfounded) or "ไม่มี"
    blocks: list[Block] = [Heading(level=2, text="ความครอบคลุมของมาตรการ")]
    if rows:
        blocks.append(Table(columns=columns, rows=rows, caption="ข้อที่ต้องยกระดับเทียบกับมาตรการ"))
    else:
        blocks.append(Paragraph(text="ไม่มีข้อที่ต้องยกระดับตามเกณฑ์"))
    blocks.append(Paragraph(style="bullet", label="ข้อที่ต้องยกระดับแต่ยังไม่มีมาตรการ", text=uncovered))
    blocks.append(Paragraph(style="bullet", label="มาตรการที่ไม่มีข้อที่ต้องยกระดับรองรับ", text=unfounded))
    return Section(blocks=tuple(blocks))


def _answering(case: Case, weakness: Weakness) -> list[str]:
    ids = case.coverage.matrix[weakness.node]
    return [f"ที่ {i}" for i, m in enumerate(case.plan, start=1) if m.measure_id in ids]


def _declined(case: Case, weakness: Weakness) -> str:
    reason = case.coverage.declined.get(weakness.node)
    return f"ไม่กำหนดมาตรการ เพราะ{reason}" if reason else "ยังไม่มีมาตรการ"
