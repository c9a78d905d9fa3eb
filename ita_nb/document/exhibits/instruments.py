"""The analysis by instrument: ranking of the indicators, highest and lowest, and advice per instrument."""

from __future__ import annotations

from fractions import Fraction

from ita_nb.analysis.diagnosis import Weakness
from ita_nb.analysis.planner import draft_entry
from ita_nb.analysis.reconstruct import missing_items
from ita_nb.case import Case
from ita_nb.document.blocks import Block, Column, Heading, Paragraph, Row, Section, Table
from ita_nb.document.exhibits import text
from ita_nb.document.exhibits.topics import person_texts
from ita_nb.facts.framework import TOTAL
from ita_nb.facts.kinds import Indicator, Instrument
from ita_nb.intake.record import Node, RemarkKind
from ita_nb.thai import number_text


def ranking(case: Case) -> Section:
    """Return the indicators from the highest score to the lowest, and both ends in a sentence."""
    known = [(i, found) for i in case.framework.indicators if (found := _score(case, i.code)) is not None]
    heading = Heading(level=2, text="ลำดับคะแนนรายตัวชี้วัด")
    if not known:
        return Section(blocks=(heading, Paragraph(text="ไม่มีข้อมูลคะแนนรายตัวชี้วัด")))
    ordered = sorted(known, key=lambda pair: -pair[1])
    rows = tuple(
        Row(cells=(_rank(place, ordered), f"{i.code}. {i.name_th}", i.instrument, number_text(score)))
        for place, (i, score) in enumerate(ordered)
    )
    table = Table(
        columns=(
            Column(heading="อันดับ", width=0.7, align="center"),
            Column(heading="ตัวชี้วัด", width=3.6),
            Column(heading="แบบวัด", width=0.9, align="center"),
            Column(heading="คะแนน", width=1.0, align="right"),
        ),
        rows=rows,
        caption=f"ลำดับคะแนนรายตัวชี้วัด {text.year(case)}",
    )
    ends = f"คะแนนสูงสุด: {number_text(ordered[0][1])} คะแนน คะแนนต่ำสุด: {number_text(ordered[-1][1])} คะแนน"
    return Section(blocks=(heading, table, Paragraph(text=ends)))


def _rank(place: int, ordered: list[tuple[Indicator, Fraction]]) -> str:
    """Equal scores share a rank: the order between them would mean nothing."""
    return str(next(i for i, (_, score) in enumerate(ordered, start=1) if score == ordered[place][1]))


def by_instrument(case: Case, *, working: bool) -> Section:
    """Return the indicators under their instruments with what to mend, improve or keep."""
    blocks: list[Block] = [
        Heading(level=1, text="ส่วนที่ 2 การวิเคราะห์ผลการประเมินตามแบบวัด"),
        Paragraph(text=_against_pass_score(case)),
    ]
    blocks += _advice(case, TOTAL, working=working)
    for instrument in case.framework.instruments:
        blocks += _instrument(case, instrument, working=working)
    return Section(blocks=tuple(blocks))


def _against_pass_score(case: Case) -> str:
    """Name the instruments that reach the pass score, those that do not, and those without data."""
    line = case.framework.reference_lines.pass_score
    found = {i.code: _score(case, i.code) for i in case.framework.instruments}
    reached = [code for code, score in found.items() if score is not None and score >= line]
    below = [code for code, score in found.items() if score is not None and score < line]
    unknown = [code for code, score in found.items() if score is None]
    mark = number_text(line, 0)
    parts = []
    if reached:
        parts.append(f"แบบวัดที่ได้ตั้งแต่ {mark} คะแนนขึ้นไป ได้แก่ {', '.join(reached)}")
    if below:
        parts.append(f"แบบวัดที่ได้ต่ำกว่า {mark} คะแนน ได้แก่ {', '.join(below)}")
    if unknown:
        parts.append(f"แบบวัดที่ไม่มีข้อมูล ได้แก่ {', '.join(unknown)}")
    return " ".join(parts)


def _instrument(case: Case, instrument: Instrument, *, working: bool) -> list[Block]:
    framework = case.framework
    indicators = [i for i in framework.indicators if i.instrument == instrument.code]
    score = _score(case, instrument.code)
    name = f"{instrument.name_th} ({instrument.code})"
    line = framework.reference_lines.pass_score
    blocks: list[Block] = [Heading(level=2, text=name)]
    if score is None:
        is_scored = any(_score(case, i.code) is not None for i in indicators)
        why = "ไม่ได้ระบุคะแนนของแบบวัด และยังไม่ทราบน้ำหนักจึงคำนวณไม่ได้" if is_scored else "ไม่มีข้อมูลคะแนนของแบบวัดนี้"
        shown = _table(case, instrument, indicators, working=working) if is_scored else []
        return [*blocks, Paragraph(text=why), *shown, *_advice(case, instrument.code, working=working)]
    gap = number_text(abs(score - line))
    side = (
        f"ต่ำกว่าเกณฑ์ {number_text(line, 0)} อยู่ {gap}"
        if score < line
        else f"สูงกว่าเกณฑ์ {number_text(line, 0)} อยู่ {gap}"
    )
    sentence = f"ได้ {number_text(score)} คะแนน {side if score != line else 'เท่ากับเกณฑ์'}"
    scored = [(i, s) for i in indicators if (s := _score(case, i.code)) is not None]
    if len(scored) > 1:
        high, low = max(scored, key=lambda p: p[1]), min(scored, key=lambda p: p[1])
        sentence += (
            f" ตัวชี้วัดที่ได้คะแนนสูงสุดคือ{high[0].name_th} ({number_text(high[1])}) "
            f"ต่ำสุดคือ{low[0].name_th} ({number_text(low[1])})"
        )
    blocks.append(Paragraph(text=sentence))
    blocks += _table(case, instrument, indicators, working=working)
    return blocks + _advice(case, instrument.code, working=working)


def _table(case: Case, instrument: Instrument, indicators: list[Indicator], *, working: bool) -> list[Block]:
    """Return the indicators of an instrument with what to do; none where no indicator is known."""
    rows = tuple(_row(case, i, working=working) for i in indicators)
    if not rows:
        return []
    columns = (
        Column(heading=case.form.columns_th[0], width=2.2),
        Column(heading=case.form.columns_th[1], width=4.8),
    )
    caption = f"การวิเคราะห์ตัวชี้วัดของ {instrument.code} {text.year(case)}"
    return [Table(columns=columns, rows=rows, caption=caption)]


def _advice(case: Case, code: str, *, working: bool) -> list[Block]:
    """What the assessment and people say of the whole instrument."""
    labels: dict[RemarkKind, str] = {
        "cause": "สาเหตุเกิดจาก",
        "assessor": f"ข้อเสนอแนะจากการประเมิน {code}",
        "guideline": "แนวทางการยกระดับผลการประเมินฯ",
    }
    return [
        Paragraph(label=label, text=line)
        for kind, label in labels.items()
        for line in person_texts(case, code, kind, working=working)
    ]


def _row(case: Case, indicator: Indicator, *, working: bool) -> Row:
    score = _score(case, indicator.code)
    name = f"{indicator.code}. {indicator.name_th}\n{text.score(score)}" + ("" if score is None else " คะแนน")
    return Row(cells=(name, "\n".join(_what_to_do(case, indicator, score, working=working))))


def _what_to_do(case: Case, indicator: Indicator, score: Fraction | None, *, working: bool) -> list[str]:
    line = case.framework.reference_lines.pass_score
    if score is None:
        return [text.NO_DATA, *_written(case, indicator.code, working=working)]
    weak = [w for w in case.weaknesses if case.framework.indicator_of(w.node.code) == indicator.code]
    verb = "แก้ไข" if score < line else "ปรับปรุง" if weak else "รักษาระดับ"
    lines = [f"{verb}: {_why(case, indicator.code, score, weak)}"]
    lines += _written(case, indicator.code, working=working)
    written = {r.item for r in case.record.remarks if r.kind == "guideline"}
    for weakness in weak:
        answering = [m for m in case.plan if weakness.node.code in m.items and m.status == "confirmed"]
        if answering:
            lines += [f"ดำเนินการตาม{text.measure_name(case, m)} {m.title_th}" for m in answering]
        elif working and weakness.node.code not in written:
            entry = draft_entry(case.framework, case.catalogue, weakness)
            lines.append(f"{text.DRAFT} {entry.guideline_th}")
    return list(dict.fromkeys(lines))


_TEXTS_TH: dict[RemarkKind, str] = {
    "cause": "สาเหตุเกิดจาก",
    "assessor": "หมายเหตุจากผู้ตรวจประเมิน",
    "note": "หมายเหตุ",
    "suggestion": "ข้อเสนอแนะ",
    "guideline": "แนวทาง",
}


def _written(case: Case, indicator: str, *, working: bool) -> list[str]:
    """What people wrote on an indicator and on everything below it; notes are for the analyst only."""
    framework = case.framework
    below = [code for code in framework.by_code if indicator in framework.ancestors(code)]
    lines = []
    for code in (indicator, *below):
        where = "" if code == indicator else f"{Node(code).name_th} "
        for kind, label in _TEXTS_TH.items():
            if (kind == "note" and not working) or (kind == "suggestion" and code in framework.groups):
                continue
            texts = person_texts(case, code, kind, working=working)
            lines += [f"{where}{label}: {line}" for line in texts]
    return lines


def _why(case: Case, code: str, score: Fraction, weak: list[Weakness]) -> str:
    line = case.framework.reference_lines.pass_score
    leaves = [w for w in weak if w.node != Node(code)]
    if leaves:
        return "ข้อที่ต้องยกระดับ ได้แก่ " + ", ".join(w.node.label for w in leaves)
    if score < line:
        return f"ได้ต่ำกว่าเกณฑ์ {number_text(line, 0)} อยู่ {number_text(line - score)} คะแนน ไม่มีคะแนนรายข้อ"
    if score == 100:
        return "ได้คะแนนเต็ม ให้คงแนวปฏิบัติเดิมและปรับปรุงข้อมูลให้เป็นปัจจุบัน"
    missing = missing_items(case.scores, Node(code))
    if missing is None:
        return f"ได้ไม่ต่ำกว่าเกณฑ์ {number_text(line, 0)} ยังไม่มีคะแนนรายข้อให้ระบุข้อที่ต้องยกระดับ"
    places = ", ".join(_place(case, sub, n) for sub, n in missing.counts)
    return f"คะแนน {number_text(score)} เกิดได้ทางเดียวตามสูตร คือมีข้อที่ไม่ได้คะแนน{places} โปรดตรวจข้อเหล่านี้"


def _place(case: Case, sub_indicator: str, count: int) -> str:
    codes = case.framework.children(sub_indicator)
    name = text.item_text(case.framework, sub_indicator)
    return f" {count} ข้อใน{name} ({codes[0]}-{codes[-1]})"


def _score(case: Case, code: str) -> Fraction | None:
    found = case.scores.best(Node(code))
    return found.value if found else None
