"""The analysis by topic, in the parts that the official form asks for."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ita_nb.analysis.diagnosis import lowest_of_topic, reading_of
from ita_nb.analysis.respondents import Distribution
from ita_nb.analysis.scores import FULL
from ita_nb.analysis.uncertainty import LEVEL
from ita_nb.case import Case
from ita_nb.document.blocks import Block, Callout, Column, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits import figures, text
from ita_nb.exhibits.text import (
    CAUSE,
    GUIDELINE,
    catalogue_entry,
    guidelines,
    is_written_on,
    person_texts,
    weakness_of,
)
from ita_nb.facts.kinds import TOTAL, Item, Node, Question, Topic
from ita_nb.frames import Report
from ita_nb.intake.record import RemarkKind, brief_of, subject_of
from ita_nb.thai import number_text

_LOWEST, _ALSO_WEAK, _ALSO_WRITTEN = "ข้อที่ได้คะแนนน้อยที่สุด", "ข้ออื่นที่ต้องยกระดับ", "ข้ออื่นที่มีข้อสังเกต"
_REMARK_LABELS: dict[RemarkKind, str] = {
    "assessor": "หมายเหตุจากผู้ตรวจประเมิน",
    "note": "หมายเหตุ",
    "suggestion": "ข้อเสนอแนะ",
}
_GROUP_LABELS: dict[RemarkKind, str] = {
    "cause": CAUSE,
    "assessor": "หมายเหตุจากผู้ตรวจประเมิน",
    "guideline": GUIDELINE,
}


def topics(report: Report[Case]) -> Section:
    """Return every topic: its items, the lowest one, what lowered it, cause and guideline."""
    case, working = report.case, report.is_working
    blocks: list[Block] = [Heading(level=1, text="ส่วนที่ 2 การวิเคราะห์ผลการประเมินตามประเด็น")]
    if working and case.intervals:
        blocks.append(text.note(say("topics.intervals", percent=_confidence())))
    found_in = {topic.no: list(_spoken_of(case, topic, working=working)) for topic in case.framework.topics}
    nodes = [node for topic in case.framework.topics for node in _nodes_of(case, topic)]
    if not any(found_in.values()) and not any(node in case.record.scores for node in nodes):
        return Section(blocks=(*blocks, *_unanalysed(case), *_on_groups(case, working=working)))
    blocks += _on_groups(case, working=working)
    for topic in case.framework.topics:
        blocks += _topic(case, topic, found_in[topic.no], working=working)
    return Section(blocks=tuple(blocks))


def _unanalysed(case: Case) -> list[Block]:
    """Say once for all topics that nothing is known below the indicators, and name the topics."""
    named = case.framework.topics
    return [
        Paragraph(text=say("no_item_scores.topics", count=len(named))),
        *(Paragraph(style="bullet", text=f"ประเด็นที่ {topic.no} {topic.name_th}") for topic in named),
    ]


def _confidence() -> str:
    return number_text(100 * LEVEL, 0)


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


def _topic(case: Case, topic: Topic, items: list[tuple[Node, str]], *, working: bool) -> list[Block]:
    """Return a topic with the items that the analysis speaks of, each under its label."""
    blocks: list[Block] = [Heading(level=2, text=f"ประเด็นที่ {topic.no} {topic.name_th}")]
    together = figures.topic_answers(case, topic)
    if any(node in case.record.scores for node in _nodes_of(case, topic)):
        blocks += [_item_table(case, topic, working=working), *([together] if together else [])]
    else:
        blocks.append(Paragraph(text=say("topic.no_scores")))
    if working:
        blocks += _contradictions(case, topic)
    if not lowest_of_topic(case.scores, topic):
        blocks += _nothing_low(case, topic)
    codes = [node.code for node, _ in items]
    for place, (node, label) in enumerate(items):
        blocks += _explanation(case, node, label, charted=together is None)
        # Of a question scored in parts people's words are told once.
        blocks += _words(case, node, working=working) if node.code not in codes[:place] else []
    return blocks


def _nothing_low(case: Case, topic: Topic) -> list[Block]:
    """Say that every item is full, or every one that has a score; nothing where none has."""
    scored = [node in case.record.scores for node in _nodes_of(case, topic)]
    if not any(scored):
        return []
    situation = "topic.all_full" if all(scored) else "topic.known_full"
    return [
        Paragraph(label=_LOWEST, text=say(situation, full=number_text(FULL, 0))),
        Paragraph(label=GUIDELINE, text=say("topic.keep")),
    ]


def _spoken_of(case: Case, topic: Topic, *, working: bool) -> Iterator[tuple[Node, str]]:
    """Yield the lowest items of a topic, then its other weak questions and those on which people wrote.

    The other weak published items have a table of their own.
    """
    lowest = lowest_of_topic(case.scores, topic)
    told = {node.code for node in lowest}
    yield from ((node, _LOWEST) for node in lowest)
    for node in _nodes_of(case, topic):
        is_weak = weakness_of(case, node) is not None
        if node in lowest or (is_weak and isinstance(case.framework.by_code[node.code], Item)):
            continue
        if is_weak:
            yield node, _ALSO_WEAK
        elif node.code not in told and is_written_on(case, node.code, working=working):
            yield node, _ALSO_WRITTEN


def _contradictions(case: Case, topic: Topic) -> list[Block]:
    """Warn where the items of a topic contradict their indicator: their scores may not be what they seem."""
    doubted = [
        p
        for p in case.problems
        if p.rule == "indicator-mismatch"
        and set(case.framework.children(Node.of_label(p.node).code)) & set(topic.items)
    ]
    return [
        Callout(
            kind="caution",
            title=say("topic.contradicted", subject=subject_of(p), part=text.checks_part(case)),
            lines=(brief_of(p),),
        )
        for p in doubted
    ]


def _item_table(case: Case, topic: Topic, *, working: bool) -> Table:
    nodes = _nodes_of(case, topic)
    with_intervals = working and any(node in case.intervals for node in nodes)
    interval = Column(heading=f"ช่วงความเชื่อมั่นร้อยละ {_confidence()}", width=1.8, align="center")
    return Table(
        columns=(
            Column(heading=case.form.columns_th[0], width=5.0),
            Column(heading=case.form.columns_th[1], width=1.0, align="right"),
            *([interval] if with_intervals else []),
        ),
        rows=tuple(
            Row(
                cells=(
                    text.node_item(case, node),
                    _score_cell(case, node),
                    *([_interval_cell(case, node)] if with_intervals else []),
                )
            )
            for node in nodes
        ),
        caption=f"คะแนนรายข้อ ประเด็นที่ {topic.no}",
    )


def _nodes_of(case: Case, topic: Topic) -> list[Node]:
    """Return the items of a topic, one for each part that has a score of its own."""
    nodes: list[Node] = []
    for code in topic.items:
        parts = [Node(code, part) for part in ("", *case.framework.parts_of(code))]
        nodes += [node for node in parts if node in case.record.scores] or [Node(code)]
    return nodes


def _score_cell(case: Case, node: Node) -> str:
    found = case.record.scores.get(node)
    return "ไม่ได้ระบุ" if found is None else number_text(found.value)


def _interval_cell(case: Case, node: Node) -> str:
    interval = case.intervals.get(node)
    return "-" if interval is None else f"{number_text(interval.low)} – {number_text(interval.high)}"


def _explanation(case: Case, node: Node, label: str, *, charted: bool) -> list[Block]:
    item, found = text.spoken_item(case, node), case.record.scores.get(node)
    if found is None:
        return [Paragraph(label=label, text=say("item.unscored", item=item))]
    said = say("item.score", item=item, score=number_text(found.value))
    return [Paragraph(label=label, text=said), *what_lowered(case, node, charted=charted)]


def _words(case: Case, node: Node, *, working: bool) -> list[Block]:
    """Cause, remarks and guideline: people's words first, else candidates, marked as such."""
    blocks: list[Block] = []
    causes = person_texts(case, node.code, "cause", working=working)
    entry = catalogue_entry(case, node)
    if not causes and working and entry is not None:
        causes = [f"{text.DRAFT} ข้อเสนอของระบบให้พิจารณา: {entry.candidate_cause_th}"]
    blocks += [Paragraph(label=CAUSE, text=cause) for cause in causes]
    for kind, label in _REMARK_LABELS.items():
        found = person_texts(case, node.code, kind, working=working)
        blocks += [Paragraph(label=label, text=remark) for remark in found]
    lines = guidelines(case, node, working=working)
    return blocks + [Paragraph(label=GUIDELINE, text=line) for line in lines]


# ---------------------------------------------------------------- what lowered the score of a question


_LOWERED = "สิ่งที่ทำให้คะแนนลดลง"


def what_lowered(case: Case, node: Node, *, charted: bool) -> list[Block]:
    """Return what lowered a question's score; nothing for a full score or a published item.

    A proposed reading of a misprint is called one. ``charted`` asks for a chart of its own.
    """
    if not isinstance(case.framework.by_code[node.code], Question):
        return []
    reading, assumed = reading_of(case.scores, node, case.respondents)
    if reading is None:
        return [Paragraph(label=_LOWERED, text=_why_unread(case, node))]
    lost = reading.lost_by_option()
    if lost is not None and not any(lost.values()):
        return []
    doubt = say("answers.proposed") if assumed else ""
    sentence = _costliest(lost) if lost is not None else say("answers.without_points")
    sentence += " (ตามค่าที่ระบบเสนอ)" if assumed else ""
    chart = [figures.answers(case, node, reading, doubt)] if charted else []
    return [Paragraph(label=_LOWERED, text=sentence), *chart, _answers_table(case, node, reading, doubt)]


def _why_unread(case: Case, node: Node) -> str:
    if node in case.scores.distributions:
        return say("answers.unusable", full=number_text(FULL, 0))
    return say("answers.unknown")


def _costliest(lost: dict[str, Fraction]) -> str:
    """Name the answer, or the answers, that lost the most of the question's points."""
    whole, most = sum(lost.values(), Fraction(0)), max(lost.values())
    worst = [option for option, points in lost.items() if points == most]
    shown = {"lost": number_text(most), "whole": number_text(whole)}
    if len(worst) > 1:
        return say("answers.tied", options=text.listed([f'"{o}"' for o in worst]), **shown)
    return say("answers.costliest", option=worst[0], share=number_text(100 * most / whole), **shown)


def _answers_table(case: Case, node: Node, reading: Distribution, doubt: str) -> Table:
    """Shares as printed, people and lost points, an answer a row."""
    lost = reading.lost_by_option() or {}
    rows = tuple(
        Row(
            cells=(
                answer.option,
                _share_cell(printed.share_text, answer.share_text) or number_text(share),
                str(reading.counts[i]) if reading.counts else "-",
                number_text(lost[answer.option]) if lost else "-",
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
        notes=(doubt,) if doubt else (),
    )


def _share_cell(printed: str, read: str) -> str:
    """The share as printed, with the proposed reading behind it where there is one."""
    return printed if printed == read else f"{printed} (เสนอ {read})"
