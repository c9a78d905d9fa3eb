"""The scores of all agencies by indicator, like ones side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from ita_nb import charts
from ita_nb.document.blocks import Block, Column, Figure, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.exhibits.figures import drawn
from ita_nb.exhibits.overview.names import (
    Overview,
    of_results,
    short_forms_note,
    short_names_of,
)
from ita_nb.exhibits.takeaways import listed
from ita_nb.intake.members import Member
from ita_nb.intake.record import Node, node_text
from ita_nb.province import MOST_IN_ORDER, Province
from ita_nb.thai import number_text


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
    blocks += [_figure(province, page, number, len(pages)) for number, page in enumerate(pages, start=1)]
    blocks += [text.note(note) for note in short_forms_note(province.likeness)]
    return Section(blocks=tuple(blocks))


def _pages(members: Sequence[Member]) -> list[Sequence[Member]]:
    """Part the agencies, in their order, into pages of about the same length."""
    count = math.ceil(len(members) / charts.MOST_ROWS)
    ends = [round(len(members) * page / count) for page in range(count + 1)]
    return [members[first:last] for first, last in pairwise(ends)]


def _figure(province: Province, page: Sequence[Member], number: int, pages: int) -> Figure:
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
