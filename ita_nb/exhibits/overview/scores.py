"""The scores of the agencies: totals and levels, by indicator, and against an earlier year."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import pandas as pd

from ita_nb import charts
from ita_nb.analysis.province import Spread, Step, spread_of, step_decimals, steps_of
from ita_nb.analysis.scores import FULL
from ita_nb.document.blocks import Block, Column, Figure, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.exhibits.figures import drawn
from ita_nb.exhibits.overview.names import (
    Overview,
    of_results,
    short_forms_note,
    short_names_of,
    year_of,
)
from ita_nb.exhibits.sentences import listed
from ita_nb.facts.crosswalk import year_th
from ita_nb.facts.kinds import Node
from ita_nb.facts.rules import load_rules
from ita_nb.intake.record import Member, node_text
from ita_nb.province import MOST_IN_ORDER, Province
from ita_nb.thai import number_text, signed_text

_NO_TYPE = "ไม่ได้ระบุประเภท"


@of_results
def totals(overview: Overview) -> Section:
    """Return how the totals spread and how many agencies are in each level."""
    return _totals(overview.province) + _levels(overview.province)


def _totals(province: Province) -> Section:
    """Return the distribution of the totals: sentence, chart, and table by type of agency."""
    found = spread_of(province.totals)
    blocks: list[Block] = [
        Heading(level=1, text="ส่วนที่ 2 คะแนนรวมและระดับ"),
        Heading(level=2, text="การกระจายของคะแนนรวม"),
    ]
    if found is None:
        blocks.append(Paragraph(text=say("overview.no_totals")))
        return Section(blocks=tuple(blocks))
    score = number_text(found.median)
    if found.count == 1:
        blocks.append(Paragraph(text=say("overview.one_total", score=score)))
    elif found.least == found.greatest:
        blocks.append(Paragraph(text=say("overview.equal_totals", count=found.count, score=score)))
    else:
        ends = {"low_score": number_text(found.lower), "high_score": number_text(found.upper)}
        blocks.append(
            Paragraph(text=say("overview.totals", count=found.count, score=score, **ends), style="lead")
        )
        blocks.append(_figure(province))
    blocks.append(_types_table(province, found))
    return Section(blocks=tuple(blocks))


def _figure(province: Province) -> Figure:
    steps = steps_of(province.totals, float(FULL))
    lines = _lines(province)
    name, line = next(iter(lines.items()))
    passing = sum(total >= line for total in province.totals)
    counted = [(s.low, s.high, s.count, _in_words(s)) for s in steps]
    frame = pd.DataFrame(counted, columns=["low", "high", "count", "label"])
    return drawn(
        charts.histogram(frame, of="คะแนนรวม", levels=lines),
        f"{passing} จาก {len(province.totals)} หน่วยงานได้คะแนนรวมไม่ต่ำกว่า{name} คะแนน"
        + (" ซึ่งต่ำกว่าช่วงที่แสดง" if line <= steps[0].low else ""),
        Table(
            columns=(Column(heading="คะแนนรวม", width=2), Column(heading="จำนวนหน่วยงาน", align="right")),
            rows=tuple(Row(cells=(_in_words(s), f"{s.count}")) for s in steps),
        ),
    )


def _in_words(step: Step) -> str:
    decimals = step_decimals(step)
    last = "ถึง" if step.high == FULL else "ถึงต่ำกว่า"
    return f"{number_text(step.low, decimals)} {last} {number_text(step.high, decimals)}"


def _lines(province: Province) -> dict[str, float]:
    """Return the score to pass, then the other totals at which a level begins."""
    line = province.framework.reference_lines.pass_score
    others = {level.total_min: level.name_th for level in province.framework.levels}
    levels = {
        f"ระดับ{name} {number_text(score, 0)}": float(score)
        for score, name in sorted(others.items())
        if score not in {line, 0}
    }
    return {f"เกณฑ์ {number_text(line, 0)}": float(line), **levels}


def _types_table(province: Province, found: Spread) -> Table:
    least = load_rules().peers_min
    scores: dict[str, list[float]] = {}
    for member in province.members:
        if member.total is not None:
            scores.setdefault(member.agency.agency_type or _NO_TYPE, []).append(member.total)
    rows = [
        Row(cells=(name, f"{len(own)}", *_five(spread_of(own) if len(own) >= least else None)))
        for name, own in sorted(scores.items(), key=lambda group: -len(group[1]))
    ]
    headings = ("ต่ำสุด", "ควอร์ไทล์ที่ 1", "ค่ากลาง", "ควอร์ไทล์ที่ 3", "สูงสุด")
    return Table(
        columns=(
            Column(heading="ประเภทหน่วยงาน", width=2.8),
            Column(heading="จำนวน", width=0.9, align="right"),
            *(Column(heading=heading, width=1.1, align="right") for heading in headings),
        ),
        rows=(*rows, Row(kind="total", cells=("รวม", f"{found.count}", *_five(found)))),
        caption=f"การกระจายของคะแนนรวม {year_of(province)}",
        notes=_notes(province, has_small_group=min(map(len, scores.values())) < least),
    )


def _notes(province: Province, *, has_small_group: bool) -> tuple[str, ...]:
    notes = [say("overview.basis")]
    stated = sum(member.total_is_stated for member in province.members)
    unknown = len(province.members) - len(province.totals)
    notes += [say("overview.basis_stated", count=stated)] if stated else []
    notes += [say("overview.basis_unknown", count=unknown)] if unknown else []
    notes += [say("overview.by_type", count=load_rules().peers_min)] if has_small_group else []
    return tuple(notes)


def _five(found: Spread | None) -> tuple[str, ...]:
    if found is None:
        return ("-",) * 5
    values = (found.least, found.lower, found.median, found.upper, found.greatest)
    return tuple(number_text(value) for value in values)


def _levels(province: Province) -> Section:
    """Return how many agencies are in each level by the rule of the year, and as stated."""
    known = province.framework.levels
    heading = Heading(level=2, text="ระดับผลการประเมิน")
    if not known:
        return Section(blocks=(heading, Paragraph(text=say("overview.no_levels"))))
    by_rule = Counter(member.level for member in province.members)
    stated = Counter(member.level_stated for member in province.members)
    rows = [
        Row(
            cells=(
                level.name_th,
                text.level_condition(level),
                f"{by_rule[level.name_th]}",
                f"{stated[level.name_th]}",
            )
        )
        for level in known
    ]
    names = {level.name_th for level in known}
    other = sum(number for name, number in stated.items() if name and name not in names)
    unruled = sum(number for name, number in by_rule.items() if name not in names)
    rows += [Row(cells=("ชื่ออื่นที่ไม่ใช่ระดับของปีนี้", "-", "-", f"{other}"))] if other else []
    unknown = unruled, stated[""]
    rows += [Row(cells=(text.NO_DATA, "-", *map(str, unknown)))] if any(unknown) else []
    whole = f"{len(province.members)}"
    table = Table(
        columns=(
            Column(heading="ระดับ", width=2.0),
            Column(heading="เงื่อนไขของปีนี้", width=3.8),
            Column(heading="ตามเกณฑ์\n(หน่วยงาน)", width=1.3, align="right"),
            Column(heading="ตามที่ระบุ\n(หน่วยงาน)", width=1.3, align="right"),
        ),
        rows=(*rows, Row(kind="total", cells=("รวม", "", whole, whole))),
        caption=f"จำนวนหน่วยงานตามระดับ {year_of(province)}",
        notes=(say("overview.levels"),),
    )
    return Section(blocks=(heading, table))


# ---------------------------------------------------------------- by indicator, like agencies side by side


@of_results
def likeness(overview: Overview) -> Section:
    """Return the heat map of agencies and indicators, on as many pages as it takes."""
    province = overview.province
    blocks: list[Block] = [Heading(level=1, text="ส่วนที่ 3 คะแนนรายตัวชี้วัดของทุกหน่วยงาน")]
    if not province.likeness:
        count = len(province.members)
        too_many = say("overview.too_many", count=count) if count > MOST_IN_ORDER else ""
        blocks.append(Paragraph(text=too_many or say("overview.no_indicators")))
        return Section(blocks=tuple(blocks))
    reading = f"{say('overview.likeness')} {say('overview.shades')}"
    blocks.append(Paragraph(text=reading))
    gap = len(province.members) - len(province.likeness)
    if gap:
        blocks.append(Paragraph(text=say("overview.without_indicators", count=gap)))
    pages = _pages(province.likeness)
    blocks += [
        _cells_figure(province, page, number, len(pages)) for number, page in enumerate(pages, start=1)
    ]
    blocks += [text.note(note) for note in short_forms_note(province.likeness)]
    return Section(blocks=tuple(blocks))


def _pages(members: Sequence[Member]) -> list[Sequence[Member]]:
    """Part the agencies, in their order, into pages of about the same length."""
    count = math.ceil(len(members) / charts.MOST_ROWS)
    ends = [round(len(members) * page / count) for page in range(count + 1)]
    return [members[first:last] for first, last in pairwise(ends)]


def _cells_figure(province: Province, page: Sequence[Member], number: int, pages: int) -> Figure:
    names, indicators = short_names_of(province), province.framework.indicators
    rows = {names[member.agency.agency_id]: province.indicator_scores(member) for member in page}
    cells = [
        (name, indicator.code, indicator.instrument, score)
        for name, scores in rows.items()
        for indicator, score in zip(indicators, scores, strict=True)
    ]
    of = f" (ภาพย่อยที่ {number} จาก {pages})" if pages > 1 else ""
    takeaway = _takeaway(province, [*rows.values()])
    return drawn(
        charts.heatmap(pd.DataFrame(cells, columns=["label", "column", "instrument", "score"])),
        caption=f"{takeaway}{of}",
        alt=f"ตารางสีคะแนนรายตัวชี้วัดของ {len(rows)} หน่วยงาน สีเข้มคือคะแนนต่ำ{of}: {takeaway} "
        "คะแนนทุกค่าอยู่ในตารางรายหน่วยงานของภาคผนวก",
        data=Table(
            columns=(
                Column(heading="หน่วยงาน", width=4),
                *(Column(heading=f"ตัวชี้วัดที่ {i.code}", align="right") for i in indicators),
            ),
            rows=tuple(Row(cells=(name, *map(text.score, scores))) for name, scores in rows.items()),
        ),
    )


def _takeaway(province: Province, rows: Sequence[Sequence[float | None]]) -> str:
    """Say at which indicator most of these agencies lie below the line of the year."""
    line = province.framework.reference_lines.pass_score
    below = [
        sum(score is not None and score < line for score in column) for column in zip(*rows, strict=True)
    ]
    most, mark = max(below), f"เกณฑ์ {number_text(line, 0)} คะแนน"
    if most == 0:
        return f"ไม่มีตัวชี้วัดใดของ {len(rows)} หน่วยงานนี้ต่ำกว่า{mark}"
    indicators = province.framework.indicators
    codes = [i.code for i, own in zip(indicators, below, strict=True) if own == most]
    names = [node_text(province.framework, Node(code)) for code in codes]
    count = f"{'ตัวชี้วัดละ ' if len(names) > 1 else ''}{most} จาก {len(rows)} หน่วยงาน"
    return f"{listed(names, 'ตัวชี้วัด')} มีหน่วยงานได้ต่ำกว่า{mark}มากที่สุด คือ {count}"


# ---------------------------------------------------------------- against an earlier year


@of_results
def changes(overview: Overview) -> Section:
    """Return the differences to the earlier year that compare, or why there are none."""
    province = overview.province
    blocks: list[Block] = [Heading(level=1, text="ส่วนที่ 6 เทียบกับปีก่อน")]
    found = [member.change for member in province.members if member.change is not None]
    before = sum(m.previous_total is not None and m.change is None for m in province.members)
    if not found:
        why = say("overview.not_comparable", count=before) if before else say("overview.no_previous")
        return Section(blocks=(*blocks, Paragraph(text=why)))
    up, down = sum(c > 0 for c in found), sum(c < 0 for c in found)
    blocks.append(Paragraph(text=say("overview.changes", count=len(found), up=up, down=down), style="lead"))
    blocks.append(Paragraph(text=say("overview.changes_reading")))
    rest = len(province.members) - len(found)
    if rest:
        blocks.append(Paragraph(text=say("overview.changes_unknown", count=rest, gap=before)))
    blocks += [_change_figure(found)] if min(found) < max(found) else []
    return Section(blocks=(*blocks, _changes_table(province)))


def _change_figure(found: Sequence[float]) -> Figure:
    steps = steps_of(found)
    counted = [(s.low, s.high, s.count, _change_in_words(s)) for s in steps]
    frame = pd.DataFrame(counted, columns=["low", "high", "count", "label"])
    what = "ผลต่างของคะแนนรวมจากปีก่อน"
    return drawn(
        charts.histogram(frame, of=what, levels={"ไม่เปลี่ยน": 0}),
        f"{what}มีค่ากลาง {signed_text(median(found))} คะแนน",
        Table(
            columns=(Column(heading="ผลต่าง", width=2), Column(heading="จำนวนหน่วยงาน", align="right")),
            rows=tuple(Row(cells=(_change_in_words(s), f"{s.count}")) for s in steps),
        ),
    )


def _change_in_words(step: Step) -> str:
    decimals = step_decimals(step)
    return f"{signed_text(step.low, decimals)} ถึงต่ำกว่า {signed_text(step.high, decimals)}"


def _changes_table(province: Province) -> Table:
    by_year: dict[int, list[float]] = {}
    for member in province.members:
        if member.change is not None and member.previous_year is not None:
            by_year.setdefault(member.previous_year, []).append(member.change)
    rows = [
        Row(
            cells=(
                year_th(year),
                f"{len(own)}",
                f"{sum(c > 0 for c in own)}",
                f"{sum(c < 0 for c in own)}",
                f"{sum(c == 0 for c in own)}",
                signed_text(median(own)),
            )
        )
        for year, own in sorted(by_year.items())
    ]
    headings = ("หน่วยงาน", "เพิ่มขึ้น", "ลดลง", "เท่าเดิม", "ค่ากลางของผลต่าง")
    return Table(
        columns=(
            Column(heading="ปีที่เทียบ", width=2.6),
            *(Column(heading=heading, width=1.2, align="right") for heading in headings),
        ),
        rows=tuple(rows),
        caption=f"จำนวนหน่วยงานตามผลต่างของคะแนนรวม {year_of(province)} จากปีก่อน",
    )
