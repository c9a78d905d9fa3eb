"""The analysis by instrument with advice for each, and the years side by side: which changes can be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import pandas as pd

from ita_nb import charts
from ita_nb.analysis.diagnosis import Weakness
from ita_nb.analysis.scores import FULL
from ita_nb.analysis.trend import Change, LevelNames, NodeTrend, Trend, percentile_among_peers
from ita_nb.analysis.unchecked import MissingItems, missing_items
from ita_nb.case import Case
from ita_nb.document.blocks import Block, Column, Figure, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.exhibits.figures import drawn
from ita_nb.exhibits.text import CAUSE, GUIDELINE, catalogue_entry, decisions, person_texts, section
from ita_nb.facts.crosswalk import year_th
from ita_nb.facts.kinds import TOTAL, Indicator, Instrument, LevelScheme, Node
from ita_nb.frames import Report
from ita_nb.intake.record import RemarkKind, node_text
from ita_nb.thai import number_text, signed_text


def ends(report: Report[Case]) -> Section:
    """Name the indicators with the highest and the lowest score; nothing where none has one."""
    names: dict[Fraction, list[str]] = {}
    for indicator, score in text.known_indicators(report.case):
        names.setdefault(score, []).append(f"ตัวชี้วัดที่ {indicator.code} {indicator.name_th}")
    told = (("คะแนนสูงสุด", max(names)), ("คะแนนต่ำสุด", min(names))) if names else ()
    at = {score: f"{number_text(score)} คะแนน ({text.listed(own)})" for score, own in names.items()}
    return section([Paragraph(style="bullet", label=label, text=at[score]) for label, score in told])


def by_instrument(report: Report[Case]) -> Section:
    """Return the indicators under their instruments with what to mend, improve or keep."""
    case, working = report.case, report.is_working
    return section(
        Heading(level=1, text="ส่วนที่ 2 การวิเคราะห์ผลการประเมินตามแบบวัด"),
        [Paragraph(style="bullet", text=line) for line in _against_pass_score(case)],
        _advice(case, TOTAL, working=working),
        *(_instrument(case, instrument, working=working) for instrument in case.framework.instruments),
    )


def _against_pass_score(case: Case) -> list[str]:
    """Name the instruments that reach the pass score, those that do not, and those without data."""
    line = _line(case)
    scores = {i.code: text.known_score(case, i.code) for i in case.framework.instruments}
    reached = [code for code, score in scores.items() if score is not None and score >= line]
    below = [code for code, score in scores.items() if score is not None and score < line]
    told = (("instruments.reached", reached), ("instruments.below", below))
    lines = [say(name, names=text.listed(own), line=number_text(line, 0)) for name, own in told if own]
    unknown = [code for code, score in scores.items() if score is None]
    return lines + ([say("instruments.unknown", names=text.listed(unknown))] if unknown else [])


def _instrument(case: Case, instrument: Instrument, *, working: bool) -> list[Block]:
    indicators = [i for i in case.framework.indicators if i.instrument == instrument.code]
    scored = [(i, s) for i in indicators if (s := text.known_score(case, i.code)) is not None]
    score = text.known_score(case, instrument.code)
    if score is None:
        unweighted = "instrument.incomplete" if len(scored) < len(indicators) else "instrument.unweighted"
        sentences = [say(unweighted if scored else "instrument.no_scores", code=instrument.code)]
    else:
        sentences = [_with_score(case, instrument, score), *_ends(instrument, scored)]
    # Without a score of an indicator there is no table: what people wrote on it stands by itself.
    written = [
        Paragraph(style="bullet", label=Node(i.code).name_th, text=line)
        for i in indicators
        for line in _written(case, i.code, working=working)
    ]
    return [
        Heading(level=2, text=f"{instrument.name_th} ({instrument.code})"),
        *(Paragraph(text=sentence) for sentence in sentences),
        *([_table(case, instrument, indicators, working=working)] if scored else written),
        *_advice(case, instrument.code, working=working),
    ]


def _table(case: Case, instrument: Instrument, indicators: list[Indicator], *, working: bool) -> Table:
    """Return the indicators of an instrument with what to do."""
    name, what_to_do = case.form.columns_th[:2]
    return Table(
        columns=(Column(heading=name, width=2.2), Column(heading=what_to_do, width=4.8)),
        rows=tuple(_row(case, i, working=working) for i in indicators),
        caption=f"การวิเคราะห์ตัวชี้วัดของ {instrument.code} {text.year(case)}",
    )


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
    for node in (weakness.node for weakness in weak):
        entry = catalogue_entry(case, node) if working and node.code not in guided else None
        draft = [f"แนวทาง: {text.DRAFT} {entry.guideline_th}"] if entry else []
        lines += decisions(case, node) or draft
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
    return [
        f"{'' if code == indicator else f'{Node(code).name_th} '}{label}: {line}"
        for code in (indicator, *below)
        for kind, label in _TEXTS_TH.items()
        if kind != "suggestion" or code not in framework.groups
        for line in person_texts(case, code, kind, working=working)
    ]


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
        subs = [(text.item_text(case.framework, c), case.framework.children(c), n) for c, n in missing.counts]
        places = ", ".join(f"{n} ข้อใน{name} ({codes[0]}-{codes[-1]})" for name, codes, n in subs)
        return say("indicator.one_way", score=number_text(score), places=places)
    return say("indicator.fine" if scored else "indicator.unknown_items", line=mark)


def _line(case: Case) -> Fraction:
    return case.framework.reference_lines.pass_score


# ---------------------------------------------------------------- the years side by side


DOUBT = "คะแนนที่ระบุขัดกับคะแนนส่วนประกอบของปีนั้น ต้องตรวจสอบกับประกาศผลก่อนนำไปเทียบ"
_LEVELS: dict[LevelScheme, str] = {
    "letters": "ระดับแบบตัวอักษร",
    "words": "ระดับแบบถ้อยคำ",
    "unknown": "ระดับ (ไม่ทราบแบบ)",
}


def trend(report: Report[Case]) -> Section:
    """Return the years side by side; changes of single items are shown in the working edition only."""
    case, working, found = report.case, report.is_working, report.case.trend
    heading = Heading(level=2, text="แนวโน้มรายปี")
    if len(found.years) < 2:
        only = [say("trend.one_year", year=year_th(year)) for year in found.years]
        return section(heading, Paragraph(text="".join(only) or say("trend.no_scores")), _among_peers(case))
    codes = [TOTAL, *(i.code for i in case.framework.instruments)]
    shown = [one for code in codes if (one := found.of(code)) is not None]
    changes = [change for one in found.nodes for change in one.changes]
    is_refused = any(not change.link.comparable for change in changes)
    # The publication says only that there is no comparison; the working edition lists them.
    published = [Paragraph(text=say("trend.refused"))] if is_refused else []
    are_new = working and found.items and found.items[0].after_year == case.fiscal_year
    items = found.items if are_new else ()
    return section(
        heading,
        _trend_figure(case, shown) if shown else Paragraph(text=say("trend.no_chart")),
        _scores_table(found, shown),
        _changes(case, changes, "ผลต่างของคะแนนที่เปรียบเทียบระหว่างปีได้"),
        _refusals(changes, "คะแนนที่เปรียบเทียบไม่ได้ และเหตุผล") if working else published,
        _changes(case, items, "ผลต่างของคะแนนรายข้อที่เปรียบเทียบระหว่างปีได้"),
        _refusals(items, "คะแนนรายข้อที่เปรียบเทียบไม่ได้ และเหตุผล"),
        _among_peers(case),
    )


def _trend_figure(case: Case, shown: Sequence[NodeTrend]) -> Figure:
    """Return the scores of the given nodes (at least one) over the years, as the lines of a chart."""
    years = case.trend.years
    boundaries = sorted({b.fiscal_year for one in shown for b in one.boundaries})
    scores = [(year, one.node.name_th, one.score(year)) for one in shown for year in years]
    frame = pd.DataFrame(scores, columns=["fiscal_year", "label", "score"])
    line = case.framework.reference_lines.pass_score
    ax = charts.trend(frame, line=float(line), boundaries=boundaries)
    return drawn(ax, _of_trend(shown[0], boundaries))


def _of_trend(first: NodeTrend, boundaries: Sequence[int]) -> str:
    """Say what became of a score between the two newest years, as far as they can be compared."""
    crossing = " เส้นประแนวตั้งคั่นปีที่มีคะแนนอย่างน้อยหนึ่งรายการเปรียบเทียบกับปีก่อนหน้าไม่ได้" if boundaries else ""
    if not first.changes:
        return f"{first.node.name_th}มีข้อมูลเพียงปีเดียว{crossing}"
    change = first.changes[-1]
    names = f"{first.node.name_th}{year_th(change.after_year)}", year_th(change.before_year)
    if change.difference is None:
        return f"{names[0]} เปรียบเทียบกับ{names[1]} ไม่ได้{crossing}"
    if any(p.contradicted for p in first.points[-2:]):
        return f"{names[0]} กับ{names[1]}: {DOUBT}{crossing}"
    if not change.difference:
        return f"{names[0]} เท่ากับ{names[1]}{crossing}"
    direction = "สูงกว่า" if change.difference > 0 else "ต่ำกว่า"
    return f"{names[0]} {direction}{names[1]} {number_text(abs(change.difference))} คะแนน{crossing}"


def _doubted(found: Trend) -> set[tuple[Node, int]]:
    """Return the printed scores that their own parts contradict."""
    return {(p.node, p.fiscal_year) for one in found.nodes for p in one.points if p.contradicted}


def _scores_table(found: Trend, shown: Sequence[NodeTrend]) -> Table:
    doubted = _doubted(found) & {(one.node, year) for one in shown for year in found.years}
    notes = ["ระดับเป็นชื่อที่ระบุในผลการประเมินของปีนั้น ระดับที่อยู่คนละคอลัมน์เปรียบเทียบกันไม่ได้"] if found.levels else []
    return Table(
        columns=(
            Column(heading="ปีงบประมาณ พ.ศ.", width=1.5, align="center"),
            *(Column(heading=one.node.name_th, width=1.1, align="right") for one in shown),
            *(Column(heading=name, width=1.45, align="center") for name in _level_headings(found.levels)),
        ),
        rows=tuple(
            Row(
                cells=(
                    str(year),
                    *(text.score(one.score(year)) + "**" * ((one.node, year) in doubted) for one in shown),
                    *(names.by_year.get(year, "-") for names in found.levels),
                )
            )
            for year in found.years
        ),
        caption="คะแนนและระดับรายปี",
        notes=(*notes, *([f"** {DOUBT}"] if doubted else [])),
    )


def _level_headings(levels: Sequence[LevelNames]) -> list[str]:
    """Head each column by its kind of names; columns of one kind are told apart by their years."""
    if len(levels) == 1:
        return ["ระดับ"]
    kinds = [names.scheme for names in levels]
    years = ["-".join(map(str, sorted({min(names.by_year), max(names.by_year)}))) for names in levels]
    return [
        f"{_LEVELS[kind]} ({own})" if kinds.count(kind) > 1 else _LEVELS[kind]
        for kind, own in zip(kinds, years, strict=True)
    ]


def _changes(case: Case, changes: Iterable[Change], caption: str) -> list[Block]:
    """Return the table of the changes that may be read as such, the newest years first."""
    told = [change for change in changes if change.difference is not None]
    if not told:
        return []
    marks = {change: _marks(change, _doubted(case.trend)) for change in told}
    with_split = any(change.split for change in told)
    rows: list[Row] = []
    for years, own in _by_years(told):
        rows.append(_years_row(years))
        rows += [Row(cells=_cells(case, c, marks[c])[: 5 if with_split else 4]) for c in own]
    columns = (
        Column(heading="รายการ", width=2.2),
        Column(heading="คะแนนปีก่อน", width=1.2, align="right"),
        Column(heading="คะแนนปีหลัง", width=1.2, align="right"),
        Column(heading="ผลต่าง", width=1.2, align="right"),
        Column(heading="แยกเป็น", width=2.0),
    )
    caveats = dict.fromkeys(reason for change in told for reason in change.link.reasons_th)
    notes = [say("trend.no_cause"), *([say("trend.split")] if with_split else [])]
    notes += [f"* เปรียบเทียบได้โดยมีข้อสังเกต: {', '.join(caveats)}"] if caveats else []
    notes += [f"** {DOUBT}"] if any("**" in mark.split() for mark in marks.values()) else []
    shown = columns[: 5 if with_split else 4]
    return [Table(columns=shown, rows=tuple(rows), caption=caption, notes=tuple(notes))]


def _marks(change: Change, doubted: set[tuple[Node, int]]) -> str:
    ends = {(change.node, change.before_year), (change.node, change.after_year)}
    return " ".join([*([] if change.link.certain else ["*"]), *(["**"] if ends & doubted else [])])


def _cells(case: Case, change: Change, marks: str) -> tuple[str, ...]:
    old_code = change.link.before
    moved = f" (เดิม {old_code})" if old_code and old_code != change.link.after else ""
    item = change.node.code in case.framework.leaves
    name = node_text(case.framework, change.node) if item else change.node.name_th
    split = change.split
    return (
        f"{name}{moved}{' ' if marks else ''}{marks}",
        text.score(change.before),
        text.score(change.after),
        signed_text(change.difference or Fraction(0)),
        f"จากคะแนน {signed_text(split.scores)}\nจากน้ำหนัก {signed_text(split.weights)}" if split else "-",
    )


def _by_years(changes: Iterable[Change]) -> list[tuple[tuple[int, int], list[Change]]]:
    """Group changes by their two years, the newest first."""
    grouped: dict[tuple[int, int], list[Change]] = {}
    for change in changes:
        grouped.setdefault((change.before_year, change.after_year), []).append(change)
    return sorted(grouped.items(), key=lambda entry: entry[0][::-1], reverse=True)


def _refusals(changes: Sequence[Change], caption: str) -> list[Block]:
    """Return the reasons why scores are not compared, each with the scores that it concerns."""
    rows: list[Row] = []
    for years, own in _by_years(changes):
        unknown = (f"ไม่มีคะแนนของ{year_th(years[0])}",)
        nodes_by_reason: dict[str, list[Node]] = {}
        for change in own:
            silent = unknown if change.before is None else ()
            for reason in silent if change.link.comparable else change.link.reasons_th:
                nodes_by_reason.setdefault(reason, []).append(change.node)
        listed = [Row(cells=(_names(nodes, len(own)), why)) for why, nodes in nodes_by_reason.items()]
        rows += [_years_row(years), *listed] if listed else []
    columns = (Column(heading="รายการ", width=1.6), Column(heading="เหตุผล", width=3.6))
    return [Table(columns=columns, rows=tuple(rows), caption=caption)] if rows else []


def _years_row(years: tuple[int, int]) -> Row:
    return Row(kind="group", cells=(f"{year_th(years[1])} เทียบกับ{year_th(years[0])}",))


def _names(nodes: Sequence[Node], all_nodes: int) -> str:
    """``คะแนนรวม, IIT, ตัวชี้วัดที่ 1, 2``: the word before a run of codes is said once."""
    if len(nodes) == all_nodes > 1:
        return "ทุกรายการที่มีคะแนน"
    said, last = [], ""
    for node in nodes:
        word, _, code = node.name_th.partition(" ")
        said.append(code if code and word == last else node.name_th)
        last = word
    return ", ".join(said)


def _among_peers(case: Case) -> list[Block]:
    found = percentile_among_peers(case.scores, Node(TOTAL))
    if found is None:
        return []
    doubt = f" ({DOUBT})" if (found.node, case.fiscal_year) in _doubted(case.trend) else ""
    values = {"score": number_text(found.score), "percentile": number_text(found.percentile)}
    place = say("trend.peers", count=found.peers, name=found.node.name_th, **values)
    return [Paragraph(text=f"{place}{doubt} {say('trend.peers_differ')}")]
