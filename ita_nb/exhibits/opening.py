"""Cover, the result in one sentence, scores by instrument and by indicator."""

from __future__ import annotations

import base64
from fractions import Fraction

from ita_nb.case import Case
from ita_nb.document.blocks import Callout, Column, Cover, Heading, Paragraph, Row, Seal, Section, Table
from ita_nb.document.narrative import voice_of
from ita_nb.exhibits import figures, text
from ita_nb.facts.framework import TOTAL
from ita_nb.intake.record import Node, brief_of
from ita_nb.parameters import ReportParameters
from ita_nb.progress import ProgressCase
from ita_nb.thai import Digits, number_text


def cover(case: Case, parameters: ReportParameters) -> Section:
    """Return the cover of the analysis."""
    years = {"year": case.fiscal_year, "plan_year": case.plan_year}
    title = tuple(line.format(**years) for line in case.form.title_th)
    return cover_of(case, parameters, title, case.form.running_title_th.format(**years))


def cover_of(
    case: Case | ProgressCase, parameters: ReportParameters, title: tuple[str, ...], running_title: str
) -> Section:
    """Return the cover of a document; a working edition says on it that it is not for publication."""
    picture = base64.b64encode(case.record.emblem or b"").decode()
    if parameters.edition == "working":
        title += ("ฉบับทำงาน ใช้ภายในหน่วยงาน",)
    return Section(
        blocks=(
            Cover(
                title=title,
                agency=case.agency.name_th,
                place=text.place(case.agency),
                agency_id=case.agency.agency_id,
                fiscal_year=case.fiscal_year,
                running_title=running_title,
                digits=parameters.digits,
                edition=parameters.edition,
                draft=parameters.draft,
                shown=case.record.office.show.cover,
                seal=Seal(png=picture, alt=f"ตราสัญลักษณ์ของ{case.agency.name_th}") if picture else None,
            ),
        )
    )


def result(case: Case, *, working: bool) -> Section:
    """Return the result in one sentence and, in the working edition, what contradicts it."""
    blocks: list[Heading | Paragraph | Callout] = [
        Heading(level=1, text="ส่วนที่ 1 ผลการประเมิน"),
        Heading(level=2, text="ผลการประเมินโดยสรุป"),
        Paragraph(text=result_sentence(case), style="lead"),
    ]
    serious = [p for p in case.problems if p.severity == "error"]
    if working and serious:
        once = tuple(dict.fromkeys(map(brief_of, serious)))
        title = f"ต้องตรวจสอบกับต้นฉบับก่อนเผยแพร่ {len(once)} รายการ ดูส่วนที่ {text.CHECKS_PART}"
        blocks.append(Callout(kind="error", title=title, lines=once))
    return Section(blocks=tuple(blocks))


def result_sentence(case: Case) -> str:
    """Say the result as stated; where the parts contradict it, say both numbers in the same sentence."""
    stated = case.record.scores.get(Node(TOTAL))
    rebuilt = case.scores.recomputed(Node(TOTAL))
    computed = number_text(rebuilt.estimate.value) if rebuilt else ""
    voice, who = voice_of(case), {"agency": case.agency.name_th, "year": text.year(case)}
    if stated is None:
        if not computed:
            return voice.say("result.unknown", **who)
        return " ".join([voice.say("result.computed", score=computed, **who), *_level(case, "")])
    printed = number_text(stated.value)
    if not computed or not _is_doubted(case):
        return " ".join([voice.say("result.stated", score=printed, **who), *_level(case, case.level.stated)])
    sentence = [voice.say("result.printed", score=printed, **who)]
    sentence += _level(case, f'"{case.level.stated}"') if case.level.stated else []
    sentence += [voice.say("result.contradicted", score=computed), *_level(case, "")]
    return " ".join([*sentence, voice.say("result.to_verify")])


def _is_doubted(case: Case) -> bool:
    return any(p.rule in {"total-mismatch", "level-mismatch", "level-unknown"} for p in case.problems)


def _level(case: Case, stated: str) -> list[str]:
    """Return the clause on the level: the stated one, else the one by the rule, else none."""
    voice = voice_of(case)
    if stated:
        return [voice.say("result.level", level=text.level(stated))]
    by_rule = case.level.recomputed
    return [voice.say("result.level_by_rule", level=text.level(by_rule))] if by_rule else []


def instruments(case: Case, *, working: bool) -> Section:
    """Return the table of instruments and their parts: stated, recomputed, and the verdict."""
    nodes, heading = _instrument_nodes(case), Heading(level=2, text="คะแนนจำแนกตามแบบวัด")
    if all(case.scores.best(node) is None for node in nodes):
        none = Paragraph(text=voice_of(case).say("result.no_instrument_scores"))
        return Section(blocks=(heading, none))
    rows = [_instrument_row(case, node) for node in nodes]
    columns = [Column(heading="แบบวัด", width=4.2), Column(heading="น้ำหนัก\n(ร้อยละ)", width=1.4, align="right")]
    columns += [
        Column(heading="คะแนนที่ระบุ", width=1.5, align="right"),
        Column(heading="คะแนนที่คำนวณ", width=1.5, align="right"),
    ]
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
        columns=tuple(columns),
        rows=(*rows, total),
        caption=f"คะแนนรวมและคะแนนแบบวัด {text.year(case)}",
        notes=(voice_of(case).say("result.rounded"),),
    )
    blocks = (heading, table)
    # A bound of nothing is no bound: it means that nothing was there to bound.
    if not working or not case.total_error_bound:
        return Section(blocks=blocks)
    remark = voice_of(case).say("result.error_bound", bound=number_text(case.total_error_bound))
    return Section(blocks=(*blocks, text.note(remark)))


def _instrument_nodes(case: Case) -> list[Node]:
    framework = case.framework
    return [Node(i.code, part) for i in framework.instruments for part in ("", *(p.part for p in i.parts))]


def _instrument_row(case: Case, node: Node) -> Row:
    instrument = next(i for i in case.framework.instruments if i.code == node.code)
    if node.part:
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
            "ไม่ได้ระบุ" if printed is None else number_text(printed.value),
            text.score(rebuilt.estimate.value if rebuilt else None),
        )
    )


def indicators(case: Case, digits: Digits) -> Section:
    """Return the table of the indicators and their charts against the lines of the year."""
    framework = case.framework
    line = framework.reference_lines.pass_score
    values = {i.code: case.scores.best(Node(i.code)) for i in framework.indicators}
    found = {code: e.value if e else None for code, e in values.items()}
    heading = Heading(level=2, text="คะแนนรายตัวชี้วัด")
    if not any(values.values()):
        none = Paragraph(text=voice_of(case).say("result.no_indicator_scores"))
        return Section(blocks=(heading, none))
    rows = tuple(
        Row(cells=(i.code, i.name_th, i.instrument, text.score(found[i.code]), _against(found[i.code], line)))
        for i in framework.indicators
    )
    table = Table(
        columns=(
            Column(heading="ตัวชี้วัดที่", width=0.9, align="center"),
            Column(heading="รายละเอียดตัวชี้วัด", width=3.2),
            Column(heading="แบบวัด", width=0.9, align="center"),
            Column(heading="คะแนน", width=1.0, align="right"),
            Column(heading=f"เทียบกับเกณฑ์ {number_text(line, 0)}", width=1.8),
        ),
        rows=rows,
        caption=f"คะแนนตัวชี้วัด {text.year(case)}",
    )
    drawn = (figures.profile(case, digits), figures.radar(case, digits))
    return Section(blocks=(heading, table, *filter(None, drawn)))


def _against(value: Fraction | None, line: Fraction) -> str:
    if value is None:
        return text.NO_DATA
    gap = number_text(abs(value - line))
    return f"ต่ำกว่า {gap}" if value < line else f"สูงกว่า {gap}" if value > line else "เท่ากับเกณฑ์"
