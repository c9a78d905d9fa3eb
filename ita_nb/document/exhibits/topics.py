"""The analysis by topic, in the parts that the official form asks for."""

from __future__ import annotations

from fractions import Fraction

from ita_nb.analysis.diagnosis import lowest_of_topic, reading_of
from ita_nb.analysis.planner import draft_entry
from ita_nb.analysis.respondents import Distribution
from ita_nb.case import Case
from ita_nb.document.blocks import Block, Callout, Column, Figure, Heading, Paragraph, Row, Section, Table
from ita_nb.document.charts import distribution_chart
from ita_nb.document.exhibits import text
from ita_nb.facts.catalogue import CatalogueMeasure
from ita_nb.facts.framework import TOTAL
from ita_nb.facts.kinds import Topic
from ita_nb.intake.record import Node, RemarkKind, brief_of, subject_of
from ita_nb.thai import Digits, number_text

_REMARK_LABELS: dict[RemarkKind, str] = {
    "assessor": "หมายเหตุจากผู้ตรวจประเมิน",
    "note": "หมายเหตุ",
    "suggestion": "ข้อเสนอแนะ",
}


def topics(case: Case, digits: Digits, *, working: bool) -> Section:
    """Return every topic: its items, the lowest one, what lowered it, cause and guideline."""
    blocks: list[Block] = [Heading(level=1, text="ส่วนที่ 2 การวิเคราะห์ผลการประเมินตามประเด็น")]
    if working and case.intervals:
        blocks.append(
            text.note(
                "ช่วงความเชื่อมั่น 95% ครอบคลุมเฉพาะความคลาดเคลื่อนจากการสุ่ม เสมือนผู้ตอบเป็นตัวอย่างสุ่ม "
                "ข้อที่ไม่มีการแจกแจงคำตอบใช้ช่วงกว้างที่สุดที่เป็นไปได้"
            )
        )
    blocks += _on_groups(case, working=working)
    for topic in case.framework.topics:
        blocks += _topic(case, topic, digits, working=working)
    return Section(blocks=tuple(blocks))


def _on_groups(case: Case, *, working: bool) -> list[Block]:
    """What was written on an indicator or above it, and the items that no topic holds."""
    placed = {code for topic in case.framework.topics for code in topic.items}
    loose = [code for code in case.framework.leaves if code not in placed]
    blocks: list[Block] = []
    for code in (TOTAL, *case.framework.groups, *loose):
        for kind, label in _GROUP_LABELS.items():
            name = "คะแนนรวม" if code == TOTAL else text.item_text(case.framework, code)
            lines = person_texts(case, code, kind, working=working)
            blocks += [Paragraph(style="bullet", label=f"{name} {label}", text=line) for line in lines]
    heading = Heading(level=2, text="ข้อสังเกตระดับแบบวัดและตัวชี้วัด")
    return [heading, *blocks] if blocks else []


_GROUP_LABELS: dict[RemarkKind, str] = {
    "cause": "สาเหตุเกิดจาก",
    "assessor": "หมายเหตุจากผู้ตรวจประเมิน",
    "guideline": "แนวทางการยกระดับผลการประเมินฯ",
}


def _topic(case: Case, topic: Topic, digits: Digits, *, working: bool) -> list[Block]:
    blocks: list[Block] = [Heading(level=2, text=f"ประเด็นที่ {topic.no} {topic.name_th}")]
    blocks.append(_item_table(case, topic, working=working))
    if working:
        blocks += _contradictions(case, topic)
    lowest = lowest_of_topic(case.scores, topic)
    if not lowest:
        printed = any(node.code in topic.items for node in case.record.scores)
        sentence = "ทุกข้อที่มีคะแนนได้เต็ม 100 คะแนน" if printed else "ไม่มีข้อมูลคะแนนของข้อในประเด็นนี้"
        blocks.append(Paragraph(label=_LOWEST, text=sentence))
        if printed:
            keep = "คงแนวปฏิบัติเดิมและปรับปรุงข้อมูลให้เป็นปัจจุบัน"
            blocks.append(Paragraph(label="แนวทางการยกระดับผลการประเมินฯ", text=keep))
    for node in lowest:
        blocks += _explanation(case, node, digits, working=working, label=_LOWEST)
    for node in _also_spoken_of(case, topic, lowest):
        blocks += _explanation(case, node, digits, working=working, label=_ALSO)
    return blocks


_LOWEST, _ALSO = "ข้อที่ได้คะแนนน้อยที่สุด", "ข้ออื่นที่ควรพิจารณา"


def _also_spoken_of(case: Case, topic: Topic, lowest: tuple[Node, ...]) -> list[Node]:
    """The other weak questions of a topic, and the items on which people wrote something."""
    weak = {w.node for w in case.weaknesses if w.node.code in {q.code for q in case.framework.questions}}
    written = {r.item for r in case.record.remarks} - {node.code for node in lowest}
    low_items = {w.node.code for w in case.weaknesses} - {node.code for node in weak}
    return [
        node
        for code in topic.items
        for node in _nodes(case, code)
        if node in case.record.scores
        and node not in lowest
        and (node in weak or (code in written and code not in low_items))
    ]


def _contradictions(case: Case, topic: Topic) -> list[Block]:
    """Warn where the items of a topic contradict their indicator: their scores may not be what they seem."""
    doubted = [p for p in case.problems if p.rule == "indicator-mismatch"]
    return [
        Callout(
            kind="caution",
            title=f"คะแนนรายข้อของประเด็นนี้ขัดกับคะแนน{subject_of(p)} ดูส่วนที่ 4",
            lines=(brief_of(p),),
        )
        for p in doubted
        if set(case.framework.children(p.node)) & set(topic.items)
    ]


def _item_table(case: Case, topic: Topic, *, working: bool) -> Table:
    columns = [
        Column(heading=case.form.columns_th[0], width=5.0),
        Column(heading=case.form.columns_th[1], width=1.0, align="right"),
    ]
    if working:
        columns.append(Column(heading="ช่วงความเชื่อมั่น 95%", width=1.8, align="center"))
    rows = [
        Row(
            cells=(text.node_item(case, node), _score_cell(case, node), *_interval_cells(case, node, working))
        )
        for code in topic.items
        for node in _nodes(case, code)
    ]
    return Table(
        columns=tuple(columns),
        rows=tuple(rows),
        caption=f"คะแนนรายข้อ ประเด็นที่ {topic.no}",
    )


def _nodes(case: Case, code: str) -> list[Node]:
    printed = [Node(code, part) for part in ("", *case.framework.parts_of(code))]
    return [node for node in printed if node in case.record.scores] or [Node(code)]


def _score_cell(case: Case, node: Node) -> str:
    found = case.record.scores.get(node)
    return "ไม่ได้ระบุ" if found is None else number_text(found.value)


def _interval_cells(case: Case, node: Node, working: bool) -> tuple[str, ...]:  # noqa: FBT001 a flag of the edition
    if not working:
        return ()
    interval = case.intervals.get(node)
    if interval is None:
        return ("-",)
    return (f"{number_text(interval.low)} – {number_text(interval.high)}",)


def _explanation(case: Case, node: Node, digits: Digits, *, working: bool, label: str) -> list[Block]:
    item = text.node_item(case, node)
    value = number_text(case.record.scores[node].value)
    blocks: list[Block] = [Paragraph(label=label, text=f"{item} ได้ {value} คะแนน")]
    blocks += _what_lowered(case, node, digits)
    blocks += _words(case, node, working=working)
    return blocks


def _what_lowered(case: Case, node: Node, digits: Digits) -> list[Block]:
    """What lowered the score, by answer; a proposed reading of a misprint is called one."""
    reading, assumed = reading_of(case.scores, node, case.respondents)
    lost = reading.lost_by_option() if reading else None
    if lost and not any(lost.values()):
        return []
    if reading is None or not lost:
        why = "ไม่มีข้อมูลร้อยละของคำตอบ จึงบอกไม่ได้ว่าคำตอบใดทำให้คะแนนลดลง"
        is_question = node.code in {q.code for q in case.framework.questions}
        return [Paragraph(label="สิ่งที่ทำให้คะแนนลดลง", text=why)] if is_question else []
    whole = sum(lost.values(), Fraction(0))
    worst = max(lost, key=lambda option: lost[option])
    share = number_text(100 * lost[worst] / whole) if whole else "0.00"
    sentence = (
        f'คำตอบ "{worst}" ทำให้เสีย {number_text(lost[worst])} จาก {number_text(whole)} คะแนนที่ข้อนี้เสียไป '
        f"คิดเป็นร้อยละ {share}"
    )
    caption = f"ร้อยละของคำตอบข้อ {node.code}"
    doubt = "คำนวณจากค่าที่ระบบเสนอแทนตัวเลขที่พิมพ์ผิด ยังไม่ได้ยืนยันกับต้นฉบับ"
    if assumed:
        sentence, caption = f"{sentence} ({doubt})", f"{caption} ตามค่าที่ระบบเสนอ"
    return [
        Paragraph(label="สิ่งที่ทำให้คะแนนลดลง", text=sentence),
        _answer_chart(node, reading, caption, digits),
        _answer_table(case, node, reading, (doubt,) if assumed else ()),
    ]


def _answer_chart(node: Node, reading: Distribution, caption: str, digits: Digits) -> Figure:
    options = [a.option for a in reading.answers]
    return Figure(
        svg=distribution_chart(options, [float(s) for s in reading.shares], reading.counts, digits),
        alt=f"แผนภูมิแท่งร้อยละของคำตอบข้อ {node.code} "
        + ", ".join(f"{o} {number_text(s)}" for o, s in zip(options, reading.shares, strict=True)),
        caption=caption,
    )


def _answer_table(case: Case, node: Node, reading: Distribution, notes: tuple[str, ...]) -> Table:
    """Shares as printed, people and lost points, an answer a row."""
    lost = reading.lost_by_option() or {}
    rows = tuple(
        Row(
            cells=(
                answer.option,
                _share_cell(printed.share_text, answer.share_text) or number_text(share),
                str(reading.counts[i]) if reading.counts else "-",
                number_text(lost[answer.option]),
            )
        )
        for i, (answer, printed, share) in enumerate(
            zip(reading.answers, case.record.answers[node], reading.shares, strict=True)
        )
    )
    return Table(
        columns=(
            Column(heading="คำตอบ", width=1.6),
            Column(heading="ร้อยละที่พิมพ์", width=1.2, align="right"),
            Column(heading="จำนวนคน", width=1.0, align="right"),
            Column(heading="คะแนนที่เสีย", width=1.2, align="right"),
        ),
        rows=rows,
        caption=f"การแจกแจงคำตอบของข้อ {node.code}",
        notes=notes,
    )


def _share_cell(printed: str, read: str) -> str:
    """The share as printed, with the proposed reading behind it where there is one."""
    return printed if printed == read else f"{printed} (เสนอ {read})"


def _words(case: Case, node: Node, *, working: bool) -> list[Block]:
    """Cause, remarks and guideline: people's words first, else candidates, marked as such."""
    blocks: list[Block] = []
    causes = person_texts(case, node.code, "cause", working=working)
    blocks += [Paragraph(label="สาเหตุเกิดจาก", text=cause) for cause in causes]
    entry = _draft_entry(case, node)
    if not causes and working and entry is not None:
        blocks.append(
            Paragraph(
                label="สาเหตุเกิดจาก", text=f"{text.DRAFT} ข้อเสนอของระบบให้พิจารณา: {entry.candidate_cause_th}"
            )
        )
    for kind, label in _REMARK_LABELS.items():
        if kind == "note" and not working:  # a note is for the analyst, not for the published document
            continue
        found = person_texts(case, node.code, kind, working=working)
        blocks += [Paragraph(label=label, text=remark) for remark in found]
    guidelines = _guidelines(case, node, working=working)
    blocks += [Paragraph(label="แนวทางการยกระดับผลการประเมินฯ", text=line) for line in guidelines]
    return blocks


def _guidelines(case: Case, node: Node, *, working: bool) -> list[str]:
    """People's guideline; else the draft one (working), or the measures that answer the item (publish)."""
    written = person_texts(case, node.code, "guideline", working=working)
    if written:
        return written
    entry = _draft_entry(case, node)
    if working and entry is not None:
        return [f"{text.DRAFT} {entry.guideline_th}"]
    answering = [m for m in case.plan if node.code in m.items and m.status == "confirmed"]
    return [f"ดำเนินการตาม{text.measure_name(case, m)} {m.title_th}" for m in answering]


def _draft_entry(case: Case, node: Node) -> CatalogueMeasure | None:
    """Return the catalogue's entry for a weak item and the way it lost its points; ``None`` if not weak."""
    weak = next((w for w in case.weaknesses if w.node == node), None)
    return draft_entry(case.framework, case.catalogue, weak) if weak else None


def person_texts(case: Case, code: str, kind: RemarkKind, *, working: bool) -> list[str]:
    """People's texts on a node; unconfirmed ones carry the mark, and stay out of publication."""
    return text.remark_texts((r for r in case.record.remarks if r.item == code), kind, working=working)


def published_items(case: Case, *, working: bool) -> Section:
    """Return the published items that are not full, with the assessor's remarks and what to do."""
    limit = case.framework.weakness.item_below
    items = {i.code for i in case.framework.items}
    low = [(n, s.value) for n, s in case.record.scores.items() if n.code in items and s.value < limit]
    heading = Heading(level=2, text="ข้อมูลเปิดเผย (OIT) ที่ยังไม่ได้คะแนนเต็ม")
    if not low:
        known = any(n.code in items for n in case.record.scores)
        sentence = "ข้อมูลเปิดเผยทุกข้อที่มีคะแนนได้เต็ม 100 คะแนน" if known else "ไม่มีข้อมูลคะแนนรายข้อของข้อมูลเปิดเผย"
        return Section(blocks=(heading, Paragraph(text=sentence)))
    rows = tuple(_published_row(case, node, value, working=working) for node, value in low)
    table = Table(
        columns=(
            Column(heading="ข้อมูลเปิดเผย", width=2.6),
            Column(heading="คะแนน", width=1.1, align="right"),
            Column(heading="หมายเหตุจากผู้ตรวจประเมิน", width=2.6),
            Column(heading="แนวทางการยกระดับผลการประเมินฯ", width=2.8),
        ),
        rows=rows,
        caption=f"ข้อมูลเปิดเผยที่ได้ต่ำกว่า {number_text(limit, 0)} คะแนน {text.year(case)}",
    )
    return Section(blocks=(heading, table))


def _published_row(case: Case, node: Node, value: Fraction, *, working: bool) -> Row:
    guidelines = _guidelines(case, node, working=working)
    remarks = person_texts(case, node.code, "assessor", working=working)
    return Row(
        cells=(
            text.item_text(case.framework, node.code),
            number_text(value),
            "\n".join(remarks) or "ไม่มีหมายเหตุ",
            "\n".join(guidelines) or "-",
        )
    )
