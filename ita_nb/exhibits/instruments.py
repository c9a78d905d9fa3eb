"""The analysis by instrument: ranking of the indicators, highest and lowest, and advice per instrument."""

from __future__ import annotations

from fractions import Fraction

from ita_nb.analysis.diagnosis import Weakness
from ita_nb.analysis.reconstruct import MissingItems, missing_items
from ita_nb.analysis.scores import FULL
from ita_nb.case import Case
from ita_nb.document.blocks import Block, Column, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.exhibits.text import CAUSE, GUIDELINE, catalogue_entry, decisions, person_texts
from ita_nb.facts.kinds import TOTAL, Indicator, Instrument, Node
from ita_nb.frames import Report
from ita_nb.intake.record import RemarkKind
from ita_nb.thai import number_text


def ends(report: Report[Case]) -> Section:
    """Name the indicators with the highest and the lowest score; nothing where none has one."""
    known = text.known_indicators(report.case)
    found = [score for _, score in known]
    told = (("คะแนนสูงสุด", max(found)), ("คะแนนต่ำสุด", min(found))) if found else ()
    bullets = (Paragraph(style="bullet", label=label, text=_at(known, score)) for label, score in told)
    return Section(blocks=tuple(bullets))


def _at(known: list[tuple[Indicator, Fraction]], score: Fraction) -> str:
    names = text.listed([f"ตัวชี้วัดที่ {i.code} {i.name_th}" for i, own in known if own == score])
    return f"{number_text(score)} คะแนน ({names})"


def by_instrument(report: Report[Case]) -> Section:
    """Return the indicators under their instruments with what to mend, improve or keep."""
    case, working = report.case, report.is_working
    blocks: list[Block] = [
        Heading(level=1, text="ส่วนที่ 2 การวิเคราะห์ผลการประเมินตามแบบวัด"),
        *(Paragraph(style="bullet", text=line) for line in _against_pass_score(case)),
    ]
    blocks += _advice(case, TOTAL, working=working)
    for instrument in case.framework.instruments:
        blocks += _instrument(case, instrument, working=working)
    return Section(blocks=tuple(blocks))


def _against_pass_score(case: Case) -> list[str]:
    """Name the instruments that reach the pass score, those that do not, and those without data."""
    line = _line(case)
    mark = {"line": number_text(line, 0)}
    codes: dict[str, list[str]] = {
        "instruments.reached": [],
        "instruments.below": [],
        "instruments.unknown": [],
    }
    for i in case.framework.instruments:
        score = text.known_score(case, i.code)
        side = "unknown" if score is None else "below" if score < line else "reached"
        codes[f"instruments.{side}"].append(i.code)
    return [
        say(situation, names=text.listed(own), **({} if situation == "instruments.unknown" else mark))
        for situation, own in codes.items()
        if own
    ]


def _instrument(case: Case, instrument: Instrument, *, working: bool) -> list[Block]:
    indicators = [i for i in case.framework.indicators if i.instrument == instrument.code]
    scored = [(i, s) for i in indicators if (s := text.known_score(case, i.code)) is not None]
    score = text.known_score(case, instrument.code)
    blocks: list[Block] = [Heading(level=2, text=f"{instrument.name_th} ({instrument.code})")]
    if score is None:
        sentences = [_without_score(instrument, len(scored), len(indicators))]
    else:
        sentences = [_with_score(case, instrument, score), *_ends(instrument, scored)]
    blocks += [Paragraph(text=sentence) for sentence in sentences]
    if scored:
        blocks.append(_table(case, instrument, indicators, working=working))
    else:
        blocks += _written_below(case, indicators, working=working)
    return blocks + _advice(case, instrument.code, working=working)


def _without_score(instrument: Instrument, scored: int, indicators: int) -> str:
    if not scored:
        return say("instrument.no_scores", code=instrument.code)
    situation = "instrument.incomplete" if scored < indicators else "instrument.unweighted"
    return say(situation, code=instrument.code)


def _with_score(case: Case, instrument: Instrument, score: Fraction) -> str:
    """Say the score and on which side of the pass score it lies."""
    line = _line(case)
    shown = {"code": instrument.code, "score": number_text(score)}
    if score == line:
        return say("instrument.level", **shown)
    situation = "instrument.below" if score < line else "instrument.above"
    return say(situation, line=number_text(line, 0), gap=number_text(abs(score - line)), **shown)


def _ends(instrument: Instrument, scored: list[tuple[Indicator, Fraction]]) -> list[str]:
    """Name the highest and the lowest of several indicators; equal ones are named together."""
    if len(scored) < 2:
        return [] if scored else [say("instrument.no_indicator_scores", code=instrument.code)]
    scores = [score for _, score in scored]
    high, low = max(scores), min(scores)
    if high == low:
        return [say("instrument.even", score=number_text(high))]
    at = {end: text.listed([i.name_th for i, score in scored if score == end]) for end in (high, low)}
    values = {"high_score": number_text(high), "low_score": number_text(low)}
    return [say("instrument.ends", high=at[high], low=at[low], **values)]


def _table(case: Case, instrument: Instrument, indicators: list[Indicator], *, working: bool) -> Table:
    """Return the indicators of an instrument with what to do."""
    name, what_to_do = case.form.columns_th[:2]
    return Table(
        columns=(Column(heading=name, width=2.2), Column(heading=what_to_do, width=4.8)),
        rows=tuple(_row(case, i, working=working) for i in indicators),
        caption=f"การวิเคราะห์ตัวชี้วัดของ {instrument.code} {text.year(case)}",
    )


def _written_below(case: Case, indicators: list[Indicator], *, working: bool) -> list[Block]:
    """What people wrote on indicators that have no score, and so no table."""
    return [
        Paragraph(style="bullet", label=Node(i.code).name_th, text=line)
        for i in indicators
        for line in _written(case, i.code, working=working)
    ]


def _advice(case: Case, code: str, *, working: bool) -> list[Block]:
    """What the assessment and people say of the whole instrument."""
    whole = "" if code == TOTAL else f" {code}"
    labels: dict[RemarkKind, str] = {
        "cause": CAUSE,
        "assessor": f"ข้อเสนอแนะจากการประเมิน{whole}",
        "guideline": GUIDELINE,
    }
    return [
        Paragraph(label=label, text=line)
        for kind, label in labels.items()
        for line in person_texts(case, code, kind, working=working)
    ]


def _row(case: Case, indicator: Indicator, *, working: bool) -> Row:
    score = text.known_score(case, indicator.code)
    name = f"{indicator.code}. {indicator.name_th}\n{text.score(score)}" + ("" if score is None else " คะแนน")
    return Row(cells=(name, "\n".join(_what_to_do(case, indicator, score, working=working))))


def _what_to_do(case: Case, indicator: Indicator, score: Fraction | None, *, working: bool) -> list[str]:
    if score is None:
        return [text.NO_DATA, *_written(case, indicator.code, working=working)]
    weak = [w for w in case.weaknesses if case.framework.indicator_of(w.node.code) == indicator.code]
    missing = missing_items(case.scores, Node(indicator.code))
    verb = "แก้ไข" if score < _line(case) else "ปรับปรุง" if weak or missing else "รักษาระดับ"
    items = [w for w in weak if w.node != Node(indicator.code)]
    lines = [f"{verb}: {_why(case, indicator, score, items, missing)}"]
    lines += [f"- {text.spoken_item(case, w.node)} {number_text(w.score)} คะแนน" for w in items]
    lines += _written(case, indicator.code, working=working)
    guided = {r.item for r in case.record.remarks if r.kind == "guideline"}
    for weakness in weak:
        decided = decisions(case, weakness.node)
        entry = catalogue_entry(case, weakness.node)
        if not decided and working and entry and weakness.node.code not in guided:
            decided = [f"แนวทาง: {text.DRAFT} {entry.guideline_th}"]
        lines += decided
    return list(dict.fromkeys(lines))


_TEXTS_TH: dict[RemarkKind, str] = {
    "cause": CAUSE,
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
            if kind == "suggestion" and code in framework.groups:
                continue
            texts = person_texts(case, code, kind, working=working)
            lines += [f"{where}{label}: {line}" for line in texts]
    return lines


def _why(
    case: Case,
    indicator: Indicator,
    score: Fraction,
    items: list[Weakness],
    missing: MissingItems | None,
) -> str:
    """Say why an indicator is to be mended, improved or kept, as far as its items are known."""
    line = _line(case)
    mark = number_text(line, 0)
    scored = {node.code for node in case.record.scores} & set(case.framework.leaves_of(indicator.code))
    if items:
        return say("indicator.weak_items", count=len(items))
    if score < line:
        situation = "indicator.below_items" if scored else "indicator.below"
        return say(situation, line=mark, gap=number_text(line - score))
    if score == FULL:
        return say("indicator.full")
    if missing is not None:
        places = ", ".join(_place(case, sub, n) for sub, n in missing.counts)
        return say("indicator.one_way", score=number_text(score), places=places)
    return say("indicator.fine" if scored else "indicator.unknown_items", line=mark)


def _place(case: Case, sub_indicator: str, count: int) -> str:
    codes = case.framework.children(sub_indicator)
    name = text.item_text(case.framework, sub_indicator)
    return f"{count} ข้อใน{name} ({codes[0]}-{codes[-1]})"


def _line(case: Case) -> Fraction:
    return case.framework.reference_lines.pass_score
