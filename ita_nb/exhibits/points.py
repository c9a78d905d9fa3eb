"""Where the points went: by indicator, by item, lists of the lowest, and published items not full."""

from __future__ import annotations

from fractions import Fraction

from ita_nb.analysis.levels import find_targets
from ita_nb.analysis.losses import LossNode, lost_parts
from ita_nb.analysis.scores import FULL
from ita_nb.case import Case
from ita_nb.document.blocks import Callout, Column, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.document.quality import next_level_line
from ita_nb.exhibits import text
from ita_nb.exhibits.sentences import part_name
from ita_nb.exhibits.text import GUIDELINE, NOTHING, guidelines, person_texts, working_only
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.frames import Report
from ita_nb.thai import number_text


def loss_tables(report: Report[Case]) -> Section:
    """Return the tables of the points that each instrument and indicator lost, where any are known."""
    case = report.case
    tree, parts = case.losses, lost_parts(case.losses)
    if tree is None or not any(part.loss for part in parts):
        return NOTHING
    ordered = sorted(parts, key=lambda n: -(n.loss or 0))
    tables = (_instrument_table(case, tree), _loss_table(case, ordered, tree))
    return Section(blocks=tuple(filter(None, tables)))


def _instrument_table(case: Case, tree: LossNode) -> Table | None:
    """Return the points that each instrument lost of the total."""
    rows = [n for n in tree.children if n.kind == "instrument" and n.loss is not None]
    if not rows:
        return None
    return Table(
        columns=(
            Column(heading="แบบวัด", width=3.6),
            Column(heading="คะแนน", width=1.0, align="right"),
            Column(heading="คะแนนรวมที่เสียไป", width=1.3, align="right"),
            Column(heading="ร้อยละของที่เสียทั้งหมด", width=1.3, align="right"),
        ),
        rows=tuple(
            Row(
                cells=(
                    f"{case.framework.title(n.node.code)} ({n.node.code})",
                    text.score(n.score),
                    number_text(n.loss or 0, 4),
                    number_text(_percent(n, tree)),
                )
            )
            for n in rows
        ),
        caption="คะแนนรวมที่เสียไป จำแนกตามแบบวัด",
    )


@working_only
def targets(report: Report[Case]) -> Section:
    """Return the least common score that the lower instruments need for each level above."""
    case = report.case
    found = find_targets(case.scores)
    heading, line = Heading(level=2, text="ระยะห่างจากระดับที่สูงกว่า"), next_level_line(case)
    if not found:
        return Section(blocks=(heading, Paragraph(text=line)) if line else ())
    table = Table(
        columns=(
            Column(heading="ระดับที่สูงกว่า", width=1.6),
            Column(heading="เงื่อนไข", width=3.0),
            Column(heading="คะแนนที่ต้องได้เท่ากันทุกแบบวัดที่ยังต่ำกว่า", width=2.2, align="right"),
            Column(heading="แบบวัดที่ต้องเพิ่ม", width=2.0),
        ),
        rows=tuple(
            Row(
                cells=(
                    t.level.name_th,
                    text.level_condition(t.level),
                    number_text(t.needed),
                    "\n".join(f"{code} จาก {number_text(now)}" for code, now, _ in t.rises) or "-",
                )
            )
            for t in found
        ),
        caption=f"ระยะห่างจากระดับที่สูงกว่า {text.year(case)}",
        notes=(say("targets.by_formula"),),
    )
    return Section(blocks=(heading, table))


def _loss_table(case: Case, ordered: list[LossNode], tree: LossNode) -> Table:
    rows = [
        Row(
            cells=(
                _part_label(case, n),
                text.score(n.score),
                number_text(n.loss or 0, 4),
                number_text(_percent(n, tree)),
                _items_cell(n),
            )
        )
        for n in ordered
    ]
    basis = "losses.rebuilt" if case.scores.recomputed(Node(TOTAL)) else "losses.printed"
    whole = (text.score(tree.score), number_text(tree.loss or 0, 4), number_text(_percent(tree, tree)))
    return Table(
        columns=(
            Column(heading="ตัวชี้วัด", width=2.4),
            Column(heading="คะแนน", width=1.0, align="right"),
            Column(heading="คะแนนรวมที่เสียไป", width=1.2, align="right"),
            Column(heading="ร้อยละของที่เสียทั้งหมด", width=1.2, align="right"),
            Column(heading="ข้อที่ทำให้เสียคะแนน (คะแนนรวมที่เสีย)", width=3.2),
        ),
        rows=(*rows, Row(kind="total", cells=("รวม", *whole, "-"))),
        caption="คะแนนรวมที่เสียไป จำแนกตามตัวชี้วัด เรียงจากมากไปน้อย",
        notes=(say("losses.no_cause"), say(basis)),
    )


def _part_label(case: Case, part: LossNode) -> str:
    if part.kind == "indicator":
        return f"{part.node.code} {case.framework.title(part.node.code)}"
    return part_name(case, part)


def _percent(node: LossNode, tree: LossNode) -> Fraction:
    return 100 * (node.loss or Fraction(0)) / tree.loss if tree.loss else Fraction(0)


def _items_cell(indicator: LossNode) -> str:
    lost = [c for c in indicator.children if c.kind in {"question", "item"} and c.loss]
    told = [
        f"{c.node.code} ({number_text(c.loss or 0, 4)})" for c in sorted(lost, key=lambda c: -(c.loss or 0))
    ]
    untold = [c.node.code for c in indicator.children if c.loss is None]
    rest = [c.loss for c in indicator.children if c.kind == "remainder" and c.loss is not None]
    lines = [", ".join(told)] if told else []
    if untold:
        lines.append(f"{', '.join(untold)} (แยกรายข้อไม่ได้ เพราะไม่ทราบน้ำหนักภายใน)")
    elif rest and abs(rest[0]) >= Fraction(1, 100):
        lines.append(f"ข้อที่ไม่ได้ระบุคะแนนหรือคะแนนขัดแย้งกัน ({number_text(rest[0], 4)})")
    return "\n".join(lines) or ("-" if not indicator.loss else "ไม่มีคะแนนรายข้อ")


@working_only
def low_lists(report: Report[Case]) -> Section:
    """Return the three lists of low items side by side."""
    case = report.case
    lists = case.lowest
    by_score = [f"{n.code}: {number_text(s)}" for n, s in lists.by_score]
    by_loss = [f"{n.code}: {number_text(loss, 4)}" for n, loss in lists.by_loss]
    if lists.by_gap is None:
        by_gap, reference = [], say("lowest.no_reference")
    else:
        by_gap = [f"{g.node.code}: {number_text(g.gap)}" for g in lists.by_gap]
        reference = say("lowest.reference", count=lists.reference.agencies if lists.reference else 0)
    lists_shown = [by_score, by_loss] + ([by_gap] if lists.by_gap is not None else [])
    headings = ["คะแนนต่ำที่สุด", "เสียคะแนนรวมมากที่สุด", "ต่ำกว่าค่าอ้างอิงมากที่สุด"][: len(lists_shown)]
    heading = Heading(level=2, text="ข้อที่ต่ำที่สุดในแต่ละมุมมอง")
    if not any(lists_shown) and not lists.untold:
        known = any(node.code in case.framework.leaves for node in case.record.scores)
        full = number_text(FULL, 0)
        sentence = say("lowest.known_full", full=full) if known else say("lowest.no_scores")
        return Section(blocks=(heading, Paragraph(text=sentence)))
    length = max(1, *map(len, lists_shown))
    rows = tuple(
        Row(cells=(str(i + 1), *(own[i] if i < len(own) else "-" for own in lists_shown)))
        for i in range(length)
    )
    notes = [say("lowest.lists_differ"), reference]
    if lists.untold:
        notes.append(say("lowest.untold", names=text.listed([n.code for n in lists.untold])))
    table = Table(
        columns=(
            Column(heading="ลำดับ", width=0.6, align="center"),
            *(Column(heading=heading, width=1.7) for heading in headings),
        ),
        rows=rows,
        caption=f"ข้อที่ต่ำที่สุด {text.year(case)}",
        notes=tuple(notes),
    )
    return Section(blocks=(heading, table))


@working_only
def sensitivity(report: Report[Case]) -> Section:
    """Return the unofficial rescoring without the ambiguous answer, where a distribution is known."""
    case = report.case
    heading = Heading(level=2, text='ผลของการนับคำตอบ "ไม่มี" เป็นศูนย์คะแนน')
    if not case.sensitivity:
        return Section(blocks=(heading, Paragraph(text=say("sensitivity.none"))))
    lines = tuple(
        say(
            "sensitivity.item",
            item=text.spoken_item(case, s.node),
            option=s.option,
            percent=number_text(100 * s.absent_share),
            score=number_text(s.score, 4),
            gain=number_text(s.total_gain, 4),
        )
        for s in case.sensitivity
    )
    return Section(
        blocks=(
            heading,
            Callout(kind="note", title="คะแนนสมมติ ไม่ใช่คะแนนทางการ คะแนนทางการนับคำตอบนี้เป็น 0", lines=lines),
        )
    )


# ---------------------------------------------------------------- published items (OIT)


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
    has_remarks = any(remarks.values())
    table = Table(
        columns=(
            Column(heading="ข้อมูลเปิดเผย", width=2.6),
            Column(heading="คะแนน", width=1.1, align="right"),
            *([Column(heading="หมายเหตุจากผู้ตรวจประเมิน", width=2.6)] if has_remarks else []),
            Column(heading=GUIDELINE, width=2.8),
        ),
        rows=tuple(
            Row(
                cells=(
                    text.item_text(case.framework, node.code),
                    number_text(value),
                    *(["\n".join(remarks[node.code]) or "ไม่มีหมายเหตุ"] if has_remarks else []),
                    "\n".join(guidelines(case, node, working=working)),
                )
            )
            for node, value in low
        ),
        caption=f"ข้อมูลเปิดเผยที่ได้ต่ำกว่า {number_text(limit, 0)} คะแนน {text.year(case)}",
    )
    return Section(blocks=(heading, table))


def _none_low(known: int, items: int) -> str:
    if not known:
        return say("published.no_scores")
    situation = "published.all_full" if known == items else "published.known_full"
    return say(situation, full=number_text(FULL, 0))
