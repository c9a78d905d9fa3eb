"""Cover, the result in one sentence, scores by instrument and by indicator."""

from __future__ import annotations

import base64
import math
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from ita_nb.case import Case
from ita_nb.document.blocks import Callout, Column, Cover, Heading, Paragraph, Row, Seal, Section, Table
from ita_nb.document.gate import open_problems
from ita_nb.document.narrative import say
from ita_nb.document.quality import level_lines, weights_note
from ita_nb.exhibits import progress, text
from ita_nb.facts.forms import load_forms
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.frames import Report
from ita_nb.intake.record import brief_of, node_text
from ita_nb.progress import ProgressCase
from ita_nb.thai import number_text

if TYPE_CHECKING:
    import pandas as pd


def cover(report: Report[Any]) -> Section:
    """Return the cover; a working edition says on it that it is not for publication."""
    case, parameters = report.case, report.parameters
    if isinstance(case, ProgressCase):
        title, running = progress.document_title(case), progress.running_title(case)
    else:
        years = {"year": case.fiscal_year, "plan_year": case.plan_year}
        title = tuple(line.format(**years) for line in case.form.title_th)
        running = case.form.running_title_th.format(**years)
    if report.is_working:
        title += ("ฉบับทำงาน ใช้ภายในหน่วยงาน",)
    picture = base64.b64encode(case.record.emblem or b"").decode()
    sections = case.form.sections
    known = load_forms()
    forms = (known.progress if isinstance(case, ProgressCase) else known.analysis).values()
    every = dict.fromkeys(name for form in forms for name in form.sections)
    shown = Cover(
        title=title,
        agency=case.agency.name_th,
        place=text.place(case.agency),
        agency_id=case.agency.agency_id,
        fiscal_year=case.fiscal_year,
        running_title=running,
        digits=parameters.digits,
        edition=parameters.edition,
        draft=parameters.draft,
        shown=case.record.office.show.cover,
        seal=Seal(png=picture, alt=f"ตราสัญลักษณ์ของ{case.agency.name_th}") if picture else None,
        sections=sections,
        other_sections=tuple(name for name in every if name not in sections),
    )
    return Section(blocks=(shown,))


def result(report: Report[Case]) -> Section:
    """Return the result in one sentence and, in the working edition, what contradicts it."""
    case, working = report.case, report.is_working
    blocks: list[Heading | Paragraph | Callout] = [
        Heading(level=1, text="ส่วนที่ 1 ผลการประเมิน"),
        Heading(level=2, text="ผลการประเมินโดยสรุป"),
        Paragraph(text=result_sentence(case), style="lead"),
    ]
    if weights_note(case.framework):
        blocks.append(text.note(weights_note(case.framework)))
    if working:
        blocks += [Paragraph(text=line, style="bullet") for line in level_lines(case)]
    serious = open_problems(case)
    if working and serious:
        once = tuple(dict.fromkeys(map(brief_of, serious)))
        title = f"ต้องตรวจสอบกับต้นฉบับก่อนเผยแพร่ {len(once)} รายการ ดูส่วนที่ {text.checks_part(case)}"
        kind: Literal["error", "caution"] = (
            "error" if any(p.severity == "error" for p in serious) else "caution"
        )
        blocks.append(Callout(kind=kind, title=title, lines=once))
    return Section(blocks=tuple(blocks))


def result_sentence(case: Case) -> str:
    """Say the result as stated; where the parts contradict it, say both numbers in the same sentence."""
    stated = case.record.scores.get(Node(TOTAL))
    rebuilt = case.scores.recomputed(Node(TOTAL))
    computed = number_text(rebuilt.estimate.value) if rebuilt else ""
    who = {"agency": case.agency.name_th, "year": text.year(case)}
    if stated is None:
        if not computed:
            return say("result.unknown", **who)
        return " ".join([say("result.computed", score=computed, **who), *_level(case, "")])
    printed = number_text(stated.value)
    if not computed or not _is_doubted(case):
        return " ".join([say("result.stated", score=printed, **who), *_level(case, case.level.stated)])
    sentence = [say("result.printed", score=printed, **who)]
    sentence += _level(case, f'"{case.level.stated}"') if case.level.stated else []
    sentence += [say("result.contradicted", score=computed), *_level(case, "")]
    return " ".join([*sentence, say("result.to_verify")])


def _is_doubted(case: Case) -> bool:
    return any(
        p.rule in {"total-mismatch", "outside-range", "level-mismatch", "level-unknown"} and p.node == TOTAL
        for p in case.problems
    )


def _level(case: Case, stated: str) -> list[str]:
    """Return the clause on the level: the stated one, else the one by the rule, else none."""
    if stated:
        return [say("result.level", level=text.level(stated))]
    by_rule = case.level.by_rule
    return [say("result.level_by_rule", level=text.level(by_rule))] if by_rule else []


def instruments(report: Report[Case]) -> Section:
    """Return the table of instruments and their parts: stated, recomputed, and the verdict."""
    case, working = report.case, report.is_working
    nodes, heading = _instrument_nodes(case), Heading(level=2, text="คะแนนจำแนกตามแบบวัด")
    if all(case.scores.best(node) is None for node in nodes):
        none = Paragraph(text=say("result.no_instrument_scores"))
        return Section(blocks=(heading, none))
    stated, rebuilt = case.record.scores.get(Node(TOTAL)), case.scores.recomputed(Node(TOTAL))
    total = Row(
        kind="total",
        cells=(
            "คะแนนรวม",
            "100",
            text.score(stated.value if stated else None),
            text.score(rebuilt.estimate.value if rebuilt else None),
        ),
    )
    table = Table(
        columns=(
            Column(heading="แบบวัด", width=4.2),
            Column(heading="น้ำหนัก\n(ร้อยละ)", width=1.4, align="right"),
            Column(heading="คะแนนที่ระบุ", width=1.5, align="right"),
            Column(heading="คะแนนที่คำนวณ", width=1.5, align="right"),
        ),
        rows=(*(_instrument_row(case, node) for node in nodes), total),
        caption=f"คะแนนรวมและคะแนนแบบวัด {text.year(case)}",
        notes=(say("result.rounded"),),
    )
    # A bound of nothing is no bound: it means that nothing was there to bound.
    bound = number_text(case.total_error_bound) if working and case.total_error_bound else ""
    remark = [text.note(say("result.error_bound", bound=bound))] if bound else []
    return Section(blocks=(heading, table, *remark))


def _instrument_nodes(case: Case) -> list[Node]:
    """Return the instruments and their parts, each with what else is stated of it and stands nowhere else."""
    framework, found = case.framework, list[Node]()
    inner = [
        n
        for n in case.record.scores
        if n.code in framework.unplaced or (n.code in framework.groups and (n.part or "." in n.code))
    ]
    for i in framework.instruments:
        found += [Node(i.code), *(Node(i.code, p.part) for p in i.parts)]
        found += [n for n in inner if n.code != i.code and framework.instrument_of(n.code) == i.code]
    return found


def _instrument_row(case: Case, node: Node) -> Row:
    instrument = next((i for i in case.framework.instruments if i.code == node.code), None)
    full = case.scores.weighted_points.get(node)
    if instrument is None:
        name, weight = node_text(case.framework, node), ""
    elif node.part:
        part = next(p for p in instrument.parts if p.part == node.part)
        name, weight = f"{node.code} ส่วนที่ {node.part} {part.name_th}", ""
    else:
        name = f"{instrument.name_th} ({node.code})"
        weight = "ไม่ทราบ" if instrument.weight is None else number_text(100 * instrument.weight, 0)
    printed, rebuilt = case.record.scores.get(node), case.scores.recomputed(node)
    return Row(
        cells=(
            name,
            weight,
            ("ไม่ได้ระบุ" if printed is None else number_text(printed.value))
            + (f"\n(ถ่วงน้ำหนัก เต็ม {number_text(100 * full, 0)})" if full else ""),
            text.score(rebuilt.estimate.value if rebuilt else None),
        )
    )


def against(scores: pd.Series, line: float) -> pd.Series:
    """Say of each score (0-100) how far it lies over or under a line; a missing one has no data."""
    return scores.map(partial(_against, line=Fraction(str(line))))


def _against(score: float, line: Fraction) -> str:
    if math.isnan(score):
        return text.NO_DATA
    value = Fraction(str(score))
    gap = number_text(abs(value - line))
    return f"ต่ำกว่า {gap}" if value < line else f"สูงกว่า {gap}" if value > line else "เท่ากับเกณฑ์"
