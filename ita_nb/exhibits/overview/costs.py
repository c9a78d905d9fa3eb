"""What costs the agencies together most points: by indicator and by question or published item."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ita_nb import charts
from ita_nb.analysis.shared_losses import SharedLoss
from ita_nb.document.blocks import Block, Column, Figure, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits.figures import drawn
from ita_nb.exhibits.overview.names import Overview, of_results
from ita_nb.intake.record import node_text
from ita_nb.province import Province
from ita_nb.thai import number_text

_MOST_ITEMS = 20
_DECIMALS = 3  # a question costs hundredths of a point


@of_results
def costs(overview: Overview) -> Section:
    """Return the lost points by indicator and by item, and the items that cannot be told apart."""
    province = overview.province
    blocks: list[Block] = [
        Heading(level=1, text="ส่วนที่ 4 รายการที่เสียคะแนนรวมมากที่สุด"),
        Heading(level=2, text="จำแนกตามตัวชี้วัด"),
    ]
    shared = province.costs["indicator"]
    told = [one for one in shared if one.mean]
    if told:
        caption = "คะแนนรวมที่ทุกหน่วยงานเสียไป จำแนกตามตัวชี้วัด"
        blocks += [_figure(province, told), _table(province, told, caption)]
    else:
        blocks.append(Paragraph(text=_why_nothing(province, shared)))
    blocks.append(Heading(level=2, text="จำแนกตามข้อ"))
    return Section(blocks=(*blocks, *_items(province)))


def _why_nothing(province: Province, shared: Sequence[SharedLoss]) -> str:
    weights = [province.framework.weight_in_total(i.code) for i in province.framework.indicators]
    if not weights or None in weights:
        return say("overview.costs_unweighted")
    return say("overview.costs_nothing" if shared else "overview.costs_unknown")


def _items(province: Province) -> list[Block]:
    items = province.costs["leaf"]
    if not items:
        return [Paragraph(text=say("overview.no_items"))]
    if not any(shared.losing for shared in items):
        return [Paragraph(text=say("overview.costs_nothing"))]
    told = [shared for shared in items if shared.mean]
    untold = sorted((s for s in items if s.mean is None), key=lambda s: -s.losing)
    blocks: list[Block] = []
    if told:
        caption = "ข้อที่ทุกหน่วยงานเสียคะแนนรวมมากที่สุด เรียงจากมากไปน้อย"
        blocks.append(_table(province, told[:_MOST_ITEMS], caption))
    if untold:
        blocks.append(Paragraph(text=say("overview.items_untold")))
        blocks.append(_untold_table(province, untold[:_MOST_ITEMS]))
    return blocks


def _figure(province: Province, known: Sequence[SharedLoss]) -> Figure:
    amounts = [(node_text(province.framework, s.node), s.whole or 0) for s in known]
    first, most = node_text(province.framework, known[0].node), known[0].whole or 0
    share = number_text(100 * most / sum(s.whole or 0 for s in known))
    of = "คะแนนรวมที่ทุกหน่วยงานเสียไปรวมกัน"
    return drawn(
        charts.bars(pd.DataFrame(amounts, columns=["label", "value"]), of=of),
        f"{first} เสียคะแนนรวมมากที่สุด ทุกหน่วยงานรวมกัน {number_text(most)} คะแนน คิดเป็นร้อยละ {share} ของที่เสียทั้งหมด",
        _table(province, known, ""),
    )


def _table(province: Province, found: Sequence[SharedLoss], caption: str) -> Table:
    return Table(
        columns=(
            Column(heading="รายการ", width=4.6),
            Column(heading="คะแนนรวมที่ทุกหน่วยงานเสียไป", width=1.4, align="right"),
            Column(heading="เฉลี่ยต่อหน่วยงาน", width=1.2, align="right"),
            Column(heading="หน่วยงานที่เสียคะแนน", width=1.4, align="right"),
        ),
        rows=tuple(
            Row(
                cells=(
                    node_text(province.framework, shared.node),
                    number_text(shared.whole or 0),
                    number_text(shared.mean or 0, _DECIMALS),
                    f"{shared.losing} จาก {shared.agencies}",
                )
            )
            for shared in found
        ),
        caption=caption,
        notes=(say("overview.costs_basis"),) if caption else (),
    )


def _untold_table(province: Province, found: Sequence[SharedLoss]) -> Table:
    return Table(
        columns=(
            Column(heading="ข้อ", width=4.6),
            Column(heading="หน่วยงานที่ได้ไม่เต็ม", width=1.6, align="right"),
        ),
        rows=tuple(
            Row(cells=(node_text(province.framework, s.node), f"{s.losing} จาก {s.agencies}")) for s in found
        ),
        caption="ข้อที่หน่วยงานได้คะแนนไม่เต็มมากที่สุด",
    )
