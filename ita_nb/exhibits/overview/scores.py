"""The scores of the agencies: totals and levels, by indicator, and against an earlier year."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
from ita_nb.exhibits.overview.members import Overview, of_results, short_forms_note, short_names_of, year_of
from ita_nb.exhibits.text import section
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
    province, levels = overview.province, overview.province.framework.levels
    found = spread_of(province.totals)
    return section(
        Heading(level=1, text="ส่วนที่ 2 คะแนนรวมและระดับ"),
        Heading(level=2, text="การกระจายของคะแนนรวม"),
        Paragraph(text=say("overview.no_totals")) if found is None else _totals(province, found),
        Heading(level=2, text="ระดับผลการประเมิน"),
        _levels(province) if levels else Paragraph(text=say("overview.no_levels")),
    )


def _totals(province: Province, found: Spread) -> list[Block]:
    """Return the distribution of the totals: sentence, chart, and table by type of agency."""
    score, table = number_text(found.median), _types_table(province, found)
    if found.count == 1:
        return [Paragraph(text=say("overview.one_total", score=score)), table]
    if found.least == found.greatest:
        return [Paragraph(text=say("overview.equal_totals", count=found.count, score=score)), table]
    ends = {"low_score": number_text(found.lower), "high_score": number_text(found.upper)}
    told = say("overview.totals", count=found.count, score=score, **ends)
    return [Paragraph(text=told, style="lead"), _figure(province), table]


def _figure(province: Province) -> Figure:
    steps, lines = steps_of(province.totals, float(FULL)), _lines(province)
    name, line = next(iter(lines.items()))
    passing = sum(total >= line for total in province.totals)
    takeaway = f"{passing} จาก {len(province.totals)} หน่วยงานได้คะแนนรวมไม่ต่ำกว่า{name} คะแนน"
    below = " ซึ่งต่ำกว่าช่วงที่แสดง" if line <= steps[0].low else ""
    return _histogram(steps, number_text, "คะแนนรวม", "คะแนนรวม", lines, f"{takeaway}{below}")


def _histogram(
    steps: Sequence[Step],
    in_text: Callable[[float, int], str],
    heading: str,
    what: str,
    levels: Mapping[str, float],
    takeaway: str,
) -> Figure:
    """Return how many agencies lie in each step; the full score belongs to the step that ends there."""
    frame = pd.DataFrame(steps)
    frame["label"] = [
        f"{in_text(s.low, step_decimals(s))} {'ถึง' if s.high == FULL else 'ถึงต่ำกว่า'} "
        f"{in_text(s.high, step_decimals(s))}"
        for s in steps
    ]
    rows = tuple(
        Row(cells=(label, f"{count}")) for label, count in zip(frame["label"], frame["count"], strict=True)
    )
    columns = Column(heading=heading, width=2), Column(heading="จำนวนหน่วยงาน", align="right")
    return drawn(charts.histogram(frame, of=what, levels=levels), takeaway, Table(columns=columns, rows=rows))


def _lines(province: Province) -> dict[str, float]:
    """Return the score to pass, then the other totals at which a level begins."""
    line = province.framework.reference_lines.pass_score
    names = {level.total_min: level.name_th for level in province.framework.levels}
    others = sorted(names.keys() - {line, 0})
    levels = {f"ระดับ{names[score]} {number_text(score, 0)}": float(score) for score in others}
    return {f"เกณฑ์ {number_text(line, 0)}": float(line), **levels}


def _types_table(province: Province, found: Spread) -> Table:
    least = load_rules().peers_min
    known = [(m.agency.agency_type or _NO_TYPE, m.total) for m in province.members if m.total is not None]
    types = dict.fromkeys(name for name, _ in known)
    scores = {name: [total for own, total in known if own == name] for name in types}
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
    stated = sum(member.total_is_stated for member in province.members)
    unknown = len(province.members) - len(province.totals)
    return (
        say("overview.basis"),
        *([say("overview.basis_stated", count=stated)] if stated else []),
        *([say("overview.basis_unknown", count=unknown)] if unknown else []),
        *([say("overview.by_type", count=load_rules().peers_min)] if has_small_group else []),
    )


def _five(found: Spread | None) -> tuple[str, ...]:
    if found is None:
        return ("-",) * 5
    return tuple(map(number_text, (found.least, found.lower, found.median, found.upper, found.greatest)))


def _levels(province: Province) -> Table:
    """Return how many agencies are in each level by the rule of the year, and as stated."""
    known = province.framework.levels
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
    return Table(
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


# ---------------------------------------------------------------- by indicator, like agencies side by side


@of_results
def likeness(overview: Overview) -> Section:
    """Return the heat map of agencies and indicators, on as many pages as it takes."""
    province = overview.province
    heading = Heading(level=1, text="ส่วนที่ 3 คะแนนรายตัวชี้วัดของทุกหน่วยงาน")
    shown, whole = province.likeness, len(province.members)
    if not shown:
        too_many = say("overview.too_many", count=whole) if whole > MOST_IN_ORDER else ""
        return section(heading, Paragraph(text=too_many or say("overview.no_indicators")))
    gap = whole - len(shown)
    # Pages of about the same length.
    count = math.ceil(len(shown) / charts.MOST_ROWS)
    ends = pairwise(round(len(shown) * page / count) for page in range(count + 1))
    return section(
        heading,
        Paragraph(text=f"{say('overview.likeness')} {say('overview.shades')}"),
        Paragraph(text=say("overview.without_indicators", count=gap)) if gap else None,
        [_cells_figure(province, shown[a:b], number, count) for number, (a, b) in enumerate(ends, start=1)],
        [text.note(note) for note in short_forms_note(shown)],
    )


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
    return f"{text.listed(names, 'ตัวชี้วัด')} มีหน่วยงานได้ต่ำกว่า{mark}มากที่สุด คือ {count}"


# ---------------------------------------------------------------- against an earlier year


@of_results
def changes(overview: Overview) -> Section:
    """Return the differences to the earlier year that compare, or why there are none."""
    province = overview.province
    heading = Heading(level=1, text="ส่วนที่ 6 เทียบกับปีก่อน")
    found = [member.change for member in province.members if member.change is not None]
    before = sum(m.previous_total is not None and m.change is None for m in province.members)
    if not found:
        why = say("overview.not_comparable", count=before) if before else say("overview.no_previous")
        return section(heading, Paragraph(text=why))
    up, down, rest = sum(c > 0 for c in found), sum(c < 0 for c in found), len(province.members) - len(found)
    return section(
        heading,
        Paragraph(text=say("overview.changes", count=len(found), up=up, down=down), style="lead"),
        Paragraph(text=say("overview.changes_reading")),
        Paragraph(text=say("overview.changes_unknown", count=rest, gap=before)) if rest else None,
        _change_figure(found) if min(found) < max(found) else None,
        _changes_table(province),
    )


def _change_figure(found: Sequence[float]) -> Figure:
    what = "ผลต่างของคะแนนรวมจากปีก่อน"
    takeaway = f"{what}มีค่ากลาง {signed_text(median(found))} คะแนน"
    return _histogram(steps_of(found), signed_text, "ผลต่าง", what, {"ไม่เปลี่ยน": 0}, takeaway)


def _changes_table(province: Province) -> Table:
    found = [(m.previous_year, m.change) for m in province.members if m.change is not None]
    years = sorted({year for year, _ in found if year is not None})
    by_year = {year: [change for own, change in found if own == year] for year in years}
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
        for year, own in by_year.items()
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
