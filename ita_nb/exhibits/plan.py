"""The measures table of the plan year, and its coverage of the weaknesses, both ways."""

from __future__ import annotations

from ita_nb.analysis.diagnosis import Reason, Weakness
from ita_nb.analysis.scores import FULL
from ita_nb.case import Case
from ita_nb.document.blocks import Block, Column, Heading, PageBreak, Paragraph, Row, Section, Table
from ita_nb.document.gate import is_fully_scored
from ita_nb.document.narrative import say
from ita_nb.exhibits import figures, text
from ita_nb.exhibits.measures_form import Grouping, TableRow, table_of_measures
from ita_nb.exhibits.text import working_only
from ita_nb.facts.kinds import Topic
from ita_nb.frames import Report
from ita_nb.thai import number_text

REASON_TH: dict[Reason, str] = {
    "below_pass": "คะแนนต่ำกว่าเกณฑ์",
    "lowest_of_topic": "ต่ำที่สุดของประเด็น",
    "item_below_full": "ข้อมูลเปิดเผยไม่ได้คะแนนเต็ม",
}


def measures_table(report: Report[Case]) -> Section:
    """Return the measures table in the form of the year, or in the one that the office chose."""
    case, working = report.case, report.is_working
    year = f"ประจำ{text.plan_year(case)}"
    heading = Heading(level=1, text=f"ส่วนที่ 3 มาตรการส่งเสริมคุณธรรมและความโปร่งใสภายในหน่วยงาน {year}")
    table = _table(case, working=working)
    if table is None:
        return Section(blocks=(PageBreak(), heading, *_no_measures(case), *_reasons(case)))
    blocks: list[Block] = [PageBreak(orientation=case.measures_form.orientation), heading]
    years = {"year": text.year(case), "plan_year": text.plan_year(case)}
    intro = Paragraph(text=say("measures.intro", agency=case.agency.name_th, **years))
    blocks += [intro] if case.plan else _no_measures(case)
    blocks += [text.note(line) for line in _rules(case)] if working else []
    blocks.append(table)
    if _keeps_full_items(case):
        blocks.append(text.note(say("measures.full_kept", full=number_text(FULL, 0))))
    return Section(blocks=tuple(blocks))


def _rules(case: Case) -> list[str]:
    """Which items must have a measure, and what the mark of a draft means where there is one."""
    lines = [say("measures.rule", rule=case.framework.weakness.text_th)]
    if any(m.status == "draft" for m in case.plan):
        lines.append(say("measures.drafts", mark=text.DRAFT))
    return lines


def _no_measures(case: Case) -> list[Block]:
    """Say why there is no measure at all: none wanted, none needed, or not known."""
    if case.weaknesses:
        return [Paragraph(text=say("measures.all_declined", count=len(case.weaknesses)))]
    situation = "measures.none_needed" if is_fully_scored(case) else "measures.not_found"
    return [Paragraph(text=say(situation))]


def _reasons(case: Case) -> list[Block]:
    """Why each weak item has no measure, where no table of topics says so."""
    return [
        Paragraph(style="bullet", label=text.node_item(case, node), text=reason or "ยังไม่ได้ให้เหตุผล")
        for node, reason in case.coverage.declined.items()
    ]


def _keeps_full_items(case: Case) -> bool:
    full = {n.code for n, score in case.record.scores.items() if score.value == FULL}
    planned = {code for measure in case.plan for code in measure.items}
    return bool(full & set(case.framework.leaves)) and not full & planned


def _table(case: Case, *, working: bool) -> Table | None:
    """Return the table; ``None`` where it would hold no measure and no topic of which anything is known."""
    by_topic = case.measures_form.group_by == "topic"
    known = {node.code for node in (*case.record.scores, *case.coverage.declined)}
    if not case.plan and not (by_topic and any(known & set(t.items) for t in case.framework.topics)):
        return None
    rows = [TableRow(i, measure) for i, measure in enumerate(case.plan, start=1)]
    notes: dict[str, list[str]] = {}
    for weakness in case.weaknesses if working else ():
        notes.setdefault(weakness.node.code, []).append(loss_text(weakness))
    grouping = Grouping(case.framework, lambda topic: _why_empty(case, topic), notes)
    caption = f"มาตรการส่งเสริมคุณธรรมและความโปร่งใส {text.plan_year(case)}"
    return table_of_measures(case.measures_form, rows, grouping, caption)


def _why_empty(case: Case, topic: Topic) -> str:
    """Say why a topic has no measure; without a score nothing can be said of its items."""
    reasons = [r for node, r in case.coverage.declined.items() if node.code in topic.items and r]
    if reasons:
        return say("guideline.declined", reason="; ".join(dict.fromkeys(reasons)))
    scored = {node.code for node in case.record.scores} & set(topic.items)
    if any(w.topic == topic.no for w in case.weaknesses):
        return say("empty_topic.pending")
    if not scored:
        return say("empty_topic.no_scores")
    situation = "empty_topic.known_none" if len(scored) < len(topic.items) else "empty_topic.none"
    return say(situation)


def outputs(report: Report[Case]) -> Section:
    """Return what each measure promises to have made, and the evidence to keep for the later report."""
    case = report.case
    promised = [m for m in case.plan if m.output_th or m.evidence_th]
    if not promised:
        return Section(blocks=(PageBreak(),))
    notes = [say("outputs.use", half=6, whole=12)]
    silent = [text.measure_name(case, m) for m in case.plan if m not in promised]
    if silent:
        notes.append(say("outputs.unpromised", measures=text.listed(silent)))
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
        notes=tuple(notes),
    )
    heading = Heading(level=2, text="ผลผลิตที่ต้องนับได้และหลักฐานที่ต้องเก็บ")
    return Section(blocks=(PageBreak(), heading, table))


def loss_text(weakness: Weakness) -> str:
    """Say the score of a weak item and what it cost the total, as far as that can be told."""
    own = f"ได้ {number_text(weakness.score)} คะแนน"
    if weakness.loss is not None:
        return f"{own} เสียคะแนนรวม {number_text(weakness.loss, 4)} คะแนน"
    if weakness.shared_loss is not None:
        lost = number_text(weakness.shared_loss)
        return f"{own} อยู่ในตัวชี้วัดที่เสียคะแนนรวม {lost} คะแนน (แยกรายข้อไม่ได้)"
    return own


@working_only
def coverage(report: Report[Case]) -> Section:
    """Return the coverage matrix: weakness without measure, measure without weakness."""
    case = report.case
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
    figure = figures.coverage(case)
    blocks: list[Block] = [Heading(level=2, text="ความครอบคลุมของมาตรการ"), *([figure] if figure else [])]
    if rows:
        blocks.append(Table(columns=columns, rows=rows, caption="ข้อที่ต้องยกระดับเทียบกับมาตรการ"))
    else:
        situation = "coverage.none" if is_fully_scored(case) else "coverage.unknown"
        blocks.append(Paragraph(text=say(situation)))
    blocks.append(Paragraph(style="bullet", label="ข้อที่ต้องยกระดับแต่ยังไม่มีมาตรการ", text=uncovered))
    blocks.append(Paragraph(style="bullet", label="มาตรการที่ไม่มีข้อที่ต้องยกระดับรองรับ", text=unfounded))
    return Section(blocks=tuple(blocks))


def _answering(case: Case, weakness: Weakness) -> list[str]:
    ids = case.coverage.matrix[weakness.node]
    return [f"ที่ {i}" for i, m in enumerate(case.plan, start=1) if m.measure_id in ids]


def _declined(case: Case, weakness: Weakness) -> str:
    reason = case.coverage.declined.get(weakness.node)
    return say("guideline.declined", reason=reason) if reason else "ยังไม่มีมาตรการ"
