"""What costs the agencies together most points, and which agencies to help first.

These stand by what they can publish themselves, and by what others perceive, apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ita_nb import charts
from ita_nb.analysis.province import SharedLoss
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
from ita_nb.exhibits.text import working_only
from ita_nb.intake.record import Lost, Member, node_text
from ita_nb.province import Province, survey_weights
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


# ---------------------------------------------------------------- which agencies to help first


MOST = 15
_MOST_CAUSES = 3
_MOST_CODES = 4


@dataclass(frozen=True)
class _Need:
    """An agency and the points of the total that it lost in some instruments."""

    member: Member
    lost: float


@working_only
@of_results
def priorities(overview: Overview) -> Section:
    """Return the agencies that lose most, by published items and by surveys, with what costs them most."""
    province = overview.province
    surveys = {node.code for node in survey_weights(province.framework)}
    published = [i.code for i in province.framework.instruments if i.code not in surveys]
    asked = [i.code for i in province.framework.instruments if i.code in surveys]
    return Section(
        blocks=(
            Heading(level=1, text="ส่วนที่ 8 หน่วยงานที่ควรได้รับความช่วยเหลือก่อน"),
            Paragraph(text=say("overview.priorities", count=MOST)),
            Heading(level=2, text=f"ข้อมูลเปิดเผย ({', '.join(published)})"),
            Paragraph(text=say("overview.priorities_published")),
            *_needs(province, published, "หน่วยงานที่เสียคะแนนรวมจากข้อมูลเปิดเผยมากที่สุด"),
            Heading(level=2, text=f"คะแนนการรับรู้จากการสำรวจ ({', '.join(asked)})"),
            Paragraph(text=say("overview.priorities_surveys")),
            *_needs(province, asked, "หน่วยงานที่เสียคะแนนรวมจากคะแนนการรับรู้มากที่สุด"),
        )
    )


def _needs(province: Province, instruments: Sequence[str], caption: str) -> list[Block]:
    found = [need for member in province.members if (need := _need(member, instruments))]
    losing = sorted((need for need in found if need.lost > 0), key=lambda need: -need.lost)
    if not losing:
        why = "overview.priorities_none" if found else "overview.priorities_unknown"
        return [Paragraph(text=say(why))]
    # Who loses as much as the last one shown is shown too.
    edge = losing[min(MOST, len(losing)) - 1].lost
    shown = [need for need in losing if need.lost >= edge]
    whole, own = sum(need.lost for need in losing), sum(need.lost for need in shown)
    share = number_text(100 * own / whole)
    told = say("overview.priorities_share", lost=number_text(own), share=share, count=len(found))
    blocks: list[Block] = [_needs_table(province, shown, instruments, caption), text.note(told)]
    named = _named_table(province, [need.member for need in shown], instruments)
    return [*blocks, named] if named else blocks


def _need(member: Member, instruments: Sequence[str]) -> _Need | None:
    """Return what a member lost in the instruments; ``None`` where that is not known of each."""
    losses = {row.node.code: row.loss for row in member.losses if row.kind == "instrument"}
    known = [loss for code in instruments if (loss := losses.get(code)) is not None]
    return _Need(member, sum(known)) if known and len(known) == len(instruments) else None


def _needs_table(
    province: Province, shown: Sequence[_Need], instruments: Sequence[str], caption: str
) -> Table:
    names = short_names_of(province)
    return Table(
        columns=(
            Column(heading="หน่วยงาน", width=2.0),
            Column(heading="คะแนนรวมที่เสียไป", width=1.0, align="right"),
            Column(heading="ตัวชี้วัดที่เสียมากที่สุด (คะแนนรวมที่เสีย) และข้อ", width=5.0),
        ),
        rows=tuple(
            Row(
                cells=(
                    names[need.member.agency.agency_id],
                    number_text(need.lost),
                    _costliest(province, need.member, instruments),
                )
            )
            for need in shown
        ),
        caption=caption,
        notes=short_forms_note(need.member for need in shown),
    )


def _costliest(province: Province, member: Member, instruments: Sequence[str]) -> str:
    """Name the indicators that cost the member most, each with its costliest items."""
    own = [row for row in _indicators(province, member, instruments) if row.loss]
    lines = []
    for indicator in sorted(own, key=lambda row: -(row.loss or 0))[:_MOST_CAUSES]:
        codes = _codes(province, member, indicator)
        rest = len(codes) - _MOST_CODES
        more = f" และอีก {rest} ข้อ" if rest > 0 else ""
        title = f"{node_text(province.framework, indicator.node)} ({number_text(indicator.loss or 0)})"
        lines.append(f"{title} ข้อ {', '.join(codes[:_MOST_CODES])}{more}" if codes else title)
    return "\n".join(lines) or text.NO_DATA


def _indicators(province: Province, member: Member, instruments: Sequence[str]) -> list[Lost]:
    framework = province.framework
    known = [row for row in member.losses if row.node.code in framework.by_code]
    own = [row for row in known if framework.instrument_of(row.node.code) in instruments]
    return [row for row in own if row.kind == "indicator"]


def _codes(province: Province, member: Member, indicator: Lost) -> list[str]:
    """Return the items below an indicator that lost points, the costliest first where that is known."""
    lost: dict[str, float] = {}
    below = set(province.framework.leaves_of(indicator.node.code))
    for row in member.losses:
        if row.node.code in below and row.loss != 0:
            lost[row.node.code] = lost.get(row.node.code, 0) + (row.loss or 0)  # of both parts together
    return sorted(lost, key=lambda code: -lost[code])


def _named_table(province: Province, members: Sequence[Member], instruments: Sequence[str]) -> Table | None:
    """Return the titles of the items that the table above names by their codes."""
    named = {
        code
        for member in members
        for indicator in _indicators(province, member, instruments)
        for code in _codes(province, member, indicator)[:_MOST_CODES]
    }
    framework = province.framework
    rows = [Row(cells=(text.item_text(framework, code),)) for code in framework.leaves if code in named]
    if not rows:
        return None
    caption = "ชื่อหรือถ้อยคำของข้อที่อ้างถึงในตารางก่อนหน้า"
    return Table(columns=(Column(heading="ข้อ"),), rows=tuple(rows), caption=caption)
