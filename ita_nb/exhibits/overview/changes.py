"""The totals against those of an earlier year, where the rules allow to compare them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import pandas as pd

from ita_nb import charts
from ita_nb.analysis.distribution import Step, step_decimals, steps_of
from ita_nb.document.blocks import Block, Column, Figure, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits.figures import drawn
from ita_nb.exhibits.overview.names import Overview, of_results, year_of
from ita_nb.facts.crosswalk import year_th
from ita_nb.province import Province
from ita_nb.thai import signed_text


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
    blocks += [_figure(found)] if min(found) < max(found) else []
    return Section(blocks=(*blocks, _table(province)))


def _figure(found: Sequence[float]) -> Figure:
    steps = steps_of(found)
    counted = [(s.low, s.high, s.count, _in_words(s)) for s in steps]
    frame = pd.DataFrame(counted, columns=["low", "high", "count", "label"])
    what = "ผลต่างของคะแนนรวมจากปีก่อน"
    return drawn(
        charts.histogram(frame, of=what, levels={"ไม่เปลี่ยน": 0}),
        f"{what}มีค่ากลาง {signed_text(median(found))} คะแนน",
        Table(
            columns=(Column(heading="ผลต่าง", width=2), Column(heading="จำนวนหน่วยงาน", align="right")),
            rows=tuple(Row(cells=(_in_words(s), f"{s.count}")) for s in steps),
        ),
    )


def _in_words(step: Step) -> str:
    decimals = step_decimals(step)
    return f"{signed_text(step.low, decimals)} ถึงต่ำกว่า {signed_text(step.high, decimals)}"


def _table(province: Province) -> Table:
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
