"""Cover, the result in one sentence, scores by instrument and by indicator."""

from __future__ import annotations

from fractions import Fraction

from ita_nb.case import Case
from ita_nb.document.blocks import Callout, Column, Cover, Figure, Heading, Paragraph, Row, Section, Table
from ita_nb.document.charts import indicator_chart
from ita_nb.document.exhibits import text
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
        title = f"ต้องตรวจสอบกับต้นฉบับก่อนเผยแพร่ {len(once)} รายการ ดูส่วนที่ 4"
        blocks.append(Callout(kind="error", title=title, lines=once))
    return Section(blocks=tuple(blocks))


def result_sentence(case: Case) -> str:
    """Say the result as stated; where the parts contradict it, say both numbers in the same sentence."""
    stated = case.record.scores.get(Node(TOTAL))
    rebuilt = case.scores.recomputed(Node(TOTAL))
    who = f"ผลการประเมินคุณธรรมและความโปร่งใสในการดำเนินงานของ{case.agency.name_th} {text.year(case)}"
    by_rule = f" ซึ่งตามเกณฑ์อยู่ในระดับ {case.level.recomputed}" if case.level.recomputed else ""
    if stated is None:
        if rebuilt is None:
            return f"{who} ไม่มีข้อมูลคะแนนรวม และคะแนนที่มีไม่พอให้คำนวณ"
        return f"{who} คำนวณจากคะแนนที่มีได้ {number_text(rebuilt.estimate.value)} คะแนน{by_rule}"
    level = f" อยู่ในระดับ {case.level.stated}" if case.level.stated else by_rule
    doubted = any(p.rule in {"total-mismatch", "level-mismatch", "level-unknown"} for p in case.problems)
    if not doubted or rebuilt is None:
        return f"{who} ได้คะแนนรวม {number_text(stated.value)} คะแนน{level}"
    printed = f' อยู่ในระดับ "{case.level.stated}"' if case.level.stated else ""
    return (
        f"{who} มีผลคะแนนรวมตามที่ระบุไว้ {number_text(stated.value)} คะแนน{printed} "
        f"แต่คะแนนที่ระบุไว้ในระดับย่อยคำนวณได้ {number_text(rebuilt.estimate.value)} คะแนน{by_rule} "
        "จึงต้องตรวจสอบกับประกาศผลก่อนนำไปใช้"
    )


def instruments(case: Case, *, working: bool) -> Section:
    """Return the table of instruments and their parts: stated, recomputed, and the verdict."""
    rows = [_instrument_row(case, node) for node in _instrument_nodes(case)]
    columns = [Column(heading="แบบวัด", width=4.2), Column(heading="น้ำหนัก (ร้อยละ)", width=1.4, align="right")]
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
        notes=("คะแนนที่คำนวณ ได้จากคะแนนที่พิมพ์ปัดเศษแล้ว จึงอาจต่างจากคะแนนที่ระบุได้เล็กน้อย",),
    )
    blocks = (Heading(level=2, text="คะแนนจำแนกตามแบบวัด"), table)
    # A bound of nothing is no bound: it means that nothing was there to bound.
    if not working or not case.total_error_bound:
        return Section(blocks=blocks)
    bound = number_text(case.total_error_bound)
    remark = (
        f"ความคลาดเคลื่อนมาตรฐานของคะแนนรวมจากการสำรวจมีค่าไม่เกิน {bound} คะแนน "
        "(เฉพาะความคลาดเคลื่อนจากการสุ่ม เสมือนผู้ตอบเป็นตัวอย่างสุ่ม ไม่รวมการไม่ตอบหรือการตอบไม่ตรงความจริง)"
    )
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
    """Return the table of the indicators and their chart against the pass score."""
    framework = case.framework
    line = framework.reference_lines.pass_score
    values = {i.code: case.scores.best(Node(i.code)) for i in framework.indicators}
    found = {code: e.value if e else None for code, e in values.items()}
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
    labels = [f"{i.code} {i.name_th}" for i in framework.indicators]
    takeaway = indicator_takeaway(case, found, line)
    figure = Figure(
        svg=indicator_chart(
            labels, [None if v is None else float(v) for v in found.values()], float(line), digits
        ),
        alt="แผนภูมิแท่งคะแนนรายตัวชี้วัด "
        + ", ".join(f"ตัวชี้วัดที่ {code} {text.score(value)}" for code, value in found.items()),
        caption=takeaway,
    )
    return Section(blocks=(Heading(level=2, text="คะแนนรายตัวชี้วัด"), table, figure))


def indicator_takeaway(case: Case, found: dict[str, Fraction | None], line: Fraction) -> str:
    """Say what the chart of the indicators shows in one sentence."""
    known = {code: value for code, value in found.items() if value is not None}
    if not known:
        return "ไม่มีข้อมูลคะแนนรายตัวชี้วัด"
    below = [code for code, value in known.items() if value < line]
    lowest = min(known, key=lambda code: known[code])
    name = f"ตัวชี้วัดที่ {lowest} {case.framework.title(lowest)} ({number_text(known[lowest])} คะแนน)"
    mark = number_text(line, 0)
    if not below:
        return f"ทุกตัวชี้วัดที่มีข้อมูลได้ไม่ต่ำกว่าเกณฑ์ {mark} คะแนน ต่ำที่สุดคือ{name}"
    if len(below) == 1:
        return f"{name} เป็นตัวชี้วัดเดียวที่ต่ำกว่าเกณฑ์ {mark} คะแนน"
    return f"ตัวชี้วัดที่ต่ำกว่าเกณฑ์ {mark} คะแนนมี {len(below)} ตัวชี้วัด ต่ำที่สุดคือ{name}"


def _against(value: Fraction | None, line: Fraction) -> str:
    if value is None:
        return text.NO_DATA
    gap = number_text(abs(value - line))
    return f"ต่ำกว่า {gap}" if value < line else f"สูงกว่า {gap}" if value > line else "เท่ากับเกณฑ์"
