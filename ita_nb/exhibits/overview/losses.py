"""What costs the agencies together most points, which to help first, and which differ by more than chance.

Whom to help stands by what they can publish themselves, and by what others perceive, apart; bands of ranks
stand in place of a league table.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist, median

import pandas as pd

from ita_nb import charts
from ita_nb.analysis.province import LEVEL, Funnel, SharedLoss
from ita_nb.document.blocks import Block, Column, Figure, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.exhibits.figures import drawn
from ita_nb.exhibits.overview.members import Overview, names_of, of_results, short_forms_note, short_names_of
from ita_nb.exhibits.text import section, working_only
from ita_nb.facts.rules import load_rules
from ita_nb.intake.record import Lost, Member, node_text
from ita_nb.province import Province, survey_weights
from ita_nb.thai import number_text

_MOST_ITEMS = 20
_DECIMALS = 3  # a question costs hundredths of a point


@of_results
def costs(overview: Overview) -> Section:
    """Return the lost points by indicator and by item, and the items that cannot be told apart."""
    province = overview.province
    shared, caption = province.costs["indicator"], "คะแนนรวมที่ทุกหน่วยงานเสียไป จำแนกตามตัวชี้วัด"
    told = [one for one in shared if one.mean]
    nothing: list[Block] = [] if told else [Paragraph(text=_why_nothing(province, shared))]
    return section(
        Heading(level=1, text="ส่วนที่ 4 รายการที่เสียคะแนนรวมมากที่สุด"),
        Heading(level=2, text="จำแนกตามตัวชี้วัด"),
        nothing or [_figure(province, told), _table(province, told, caption)],
        Heading(level=2, text="จำแนกตามข้อ"),
        _items(province),
    )


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
    caption = "ข้อที่ทุกหน่วยงานเสียคะแนนรวมมากที่สุด เรียงจากมากไปน้อย"
    told_table = [_table(province, told[:_MOST_ITEMS], caption)] if told else []
    return [*told_table, *(_untold(province, untold[:_MOST_ITEMS]) if untold else [])]


def _figure(province: Province, known: Sequence[SharedLoss]) -> Figure:
    amounts = [(node_text(province.framework, s.node), s.whole or 0) for s in known]
    first, most = node_text(province.framework, known[0].node), known[0].whole or 0
    share = number_text(100 * most / sum(s.whole or 0 for s in known))
    return drawn(
        charts.bars(pd.DataFrame(amounts, columns=["label", "value"]), of="คะแนนรวมที่ทุกหน่วยงานเสียไปรวมกัน"),
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


def _untold(province: Province, found: Sequence[SharedLoss]) -> list[Block]:
    table = Table(
        columns=(
            Column(heading="ข้อ", width=4.6),
            Column(heading="หน่วยงานที่ได้ไม่เต็ม", width=1.6, align="right"),
        ),
        rows=tuple(
            Row(cells=(node_text(province.framework, s.node), f"{s.losing} จาก {s.agencies}")) for s in found
        ),
        caption="ข้อที่หน่วยงานได้คะแนนไม่เต็มมากที่สุด",
    )
    return [Paragraph(text=say("overview.items_untold")), table]


# ---------------------------------------------------------------- which agencies to help first


MOST = 15
_MOST_CAUSES = 3
_MOST_CODES = 4


@working_only
@of_results
def priorities(overview: Overview) -> Section:
    """Return the agencies that lose most, by published items and by surveys, with what costs them most."""
    province = overview.province
    surveys = {node.code for node in survey_weights(province.framework)}
    published = [i.code for i in province.framework.instruments if i.code not in surveys]
    asked = [i.code for i in province.framework.instruments if i.code in surveys]
    return section(
        Heading(level=1, text="ส่วนที่ 8 หน่วยงานที่ควรได้รับความช่วยเหลือก่อน"),
        Paragraph(text=say("overview.priorities", count=MOST)),
        Heading(level=2, text=f"ข้อมูลเปิดเผย ({', '.join(published)})"),
        Paragraph(text=say("overview.priorities_published")),
        _needs(province, published, "หน่วยงานที่เสียคะแนนรวมจากข้อมูลเปิดเผยมากที่สุด"),
        Heading(level=2, text=f"คะแนนการรับรู้จากการสำรวจ ({', '.join(asked)})"),
        Paragraph(text=say("overview.priorities_surveys")),
        _needs(province, asked, "หน่วยงานที่เสียคะแนนรวมจากคะแนนการรับรู้มากที่สุด"),
    )


def _needs(province: Province, instruments: Sequence[str], caption: str) -> list[Block]:
    asked = ((member, _lost(member, instruments)) for member in province.members)
    found = [(member, lost) for member, lost in asked if lost is not None]
    losing = sorted((need for need in found if need[1] > 0), key=lambda need: -need[1])
    if not losing:
        why = "overview.priorities_none" if found else "overview.priorities_unknown"
        return [Paragraph(text=say(why))]
    # Who loses as much as the last one shown is shown too.
    edge = losing[:MOST][-1][1]
    shown = [need for need in losing if need[1] >= edge]
    whole, own = sum(lost for _, lost in losing), sum(lost for _, lost in shown)
    share = number_text(100 * own / whole)
    told = say("overview.priorities_share", lost=number_text(own), share=share, count=len(found))
    names = short_names_of(province)
    table = Table(
        columns=(
            Column(heading="หน่วยงาน", width=2.0),
            Column(heading="คะแนนรวมที่เสียไป", width=1.0, align="right"),
            Column(heading="ตัวชี้วัดที่เสียมากที่สุด (คะแนนรวมที่เสีย) และข้อ", width=5.0),
        ),
        rows=tuple(
            Row(
                cells=(
                    names[member.agency.agency_id],
                    number_text(lost),
                    _costliest(province, member, instruments),
                )
            )
            for member, lost in shown
        ),
        caption=caption,
        notes=short_forms_note(member for member, _ in shown),
    )
    return [table, text.note(told), *_named_items(province, [member for member, _ in shown], instruments)]


def _lost(member: Member, instruments: Sequence[str]) -> float | None:
    """Return the points that a member lost in the instruments; ``None`` where that is not known of each."""
    losses = {row.node.code: row.loss for row in member.losses if row.kind == "instrument"}
    known = [loss for code in instruments if (loss := losses.get(code)) is not None]
    return sum(known) if known and len(known) == len(instruments) else None


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
    own = [row for row in member.losses if row.kind == "indicator" and row.node.code in framework.by_code]
    return [row for row in own if framework.instrument_of(row.node.code) in instruments]


def _codes(province: Province, member: Member, indicator: Lost) -> list[str]:
    """Return the items below an indicator that lost points, the costliest first where that is known."""
    lost: dict[str, float] = {}
    below = set(province.framework.leaves_of(indicator.node.code))
    for row in member.losses:
        if row.node.code in below and row.loss != 0:
            lost[row.node.code] = lost.get(row.node.code, 0) + (row.loss or 0)  # of both parts together
    return sorted(lost, key=lambda code: -lost[code])


def _named_items(province: Province, members: Sequence[Member], instruments: Sequence[str]) -> list[Block]:
    """Return the titles of the items that the table above names by their codes."""
    named = {
        code
        for member in members
        for indicator in _indicators(province, member, instruments)
        for code in _codes(province, member, indicator)[:_MOST_CODES]
    }
    framework = province.framework
    rows = tuple(Row(cells=(text.item_text(framework, c),)) for c in framework.leaves if c in named)
    caption = "ชื่อหรือถ้อยคำของข้อที่อ้างถึงในตารางก่อนหน้า"
    return [Table(columns=(Column(heading="ข้อ"),), rows=rows, caption=caption)] if rows else []


# ---------------------------------------------------------------- more than chance, and bands of ranks


# Two-sided shares of the agencies between the limits where chance alone is at work.
LIMITS = (0.95, 0.998)
_CURVE = 40  # pieces of a drawn limit


@of_results
def funnel(overview: Overview) -> Section:
    """Return the funnel plot with who stands outside, and the bands of ranks."""
    province = overview.province
    return section(
        Heading(level=1, text="ส่วนที่ 5 ความแตกต่างที่เกินความบังเอิญ และช่วงอันดับ"),
        Heading(level=2, text="คะแนนรวมเทียบกับความบังเอิญจากการสุ่มผู้ตอบ"),
        _judged(province, province.funnel) if province.funnel else Paragraph(text=_why_none(province)),
        _bands(province) if province.bands else None,
    )


def _judged(province: Province, found: Funnel) -> list[Block]:
    """Return the funnel plot and who stands outside."""
    times, gap = number_text(found.dispersion, 1), len(province.members) - len(province.judged)
    chance, dispersed = say("overview.funnel_by_chance"), say("overview.funnel_dispersed", times=times)
    # The widest limits that an agency stands outside of, by its place among the judged.
    scores = enumerate(found.adjusted)
    outside = {place: share for place, score in scores for share in LIMITS if abs(score) > _reach(share)}
    return [
        Paragraph(text=say("overview.funnel_reading")),
        Paragraph(text=dispersed if found.between else chance),
        _funnel_figure(province, found, outside),
        text.note(say("overview.funnel_errors")),
        *([text.note(say("overview.funnel_unknown", count=gap))] if gap else []),
        *([_outside_table(province, found, outside)] if outside else []),
    ]


def _bands(province: Province) -> list[Block]:
    """Return how wide the bands of ranks are and how many agencies can be told from the middle."""
    whole = len(province.bands)
    wide = median(band.last - band.first + 1 for band in province.bands)
    upper = sum(band.last <= whole / 2 for band in province.bands)
    lower = sum(band.first > whole / 2 for band in province.bands)
    rows = (
        ("ทั้งช่วงอยู่ครึ่งที่คะแนนสูงกว่า", upper),
        ("คร่อมทั้งสองครึ่ง แยกไม่ได้", whole - upper - lower),
        ("ทั้งช่วงอยู่ครึ่งที่คะแนนต่ำกว่า", lower),
    )
    table = Table(
        columns=(
            Column(heading="ช่วงอันดับที่เป็นไปได้", width=4),
            Column(heading="จำนวนหน่วยงาน", width=1.4, align="right"),
        ),
        rows=(
            *(Row(cells=(name, f"{count}")) for name, count in rows),
            Row(kind="total", cells=("รวม", f"{whole}")),
        ),
        caption="จำนวนหน่วยงานตามช่วงอันดับ",
        notes=(say("overview.bands_method", percent=number_text(100 * LEVEL, 0)),),
    )
    told = say("overview.bands", wide=number_text(wide, 0), whole=whole)
    return [Heading(level=2, text="ช่วงอันดับแทนอันดับ"), Paragraph(text=told), table]


def _why_none(province: Province) -> str:
    if None in survey_weights(province.framework).values():
        return say("overview.funnel_unweighted")
    return say("overview.funnel_few", count=len(province.judged), line=load_rules().peers_min)


def _reach(share: float) -> float:
    return NormalDist().inv_cdf((1 + share) / 2)


def _percent(share: float) -> str:
    return number_text(100 * share, 0 if (100 * share).is_integer() else 1)


def _funnel_figure(province: Province, found: Funnel, outside: dict[int, float]) -> Figure:
    agencies = [member.agency.agency_id for member in province.judged]
    names, errors = names_of(province), [province.error_bounds[agency] for agency in agencies]
    totals = [member.total or 0.0 for member in province.judged]
    numbers = pd.Series(range(1, len(outside) + 1), index=outside).reindex(range(len(errors)))
    frame = pd.DataFrame({"error": errors, "score": totals, "number": numbers})
    first = _percent(LIMITS[0])
    chance = number_text(len(errors) * (1 - LIMITS[0]), 0)
    takeaway = (
        say("overview.funnel_outside", count=len(outside), percent=first, chance=chance)
        if outside
        else say("overview.funnel_inside", percent=first)
    )
    return drawn(
        charts.funnel(frame, centre=found.centre, limits=_limits(found, errors)),
        alt=f"แผนภูมิกรวยของคะแนนรวม {len(errors)} หน่วยงาน "
        f"ค่ากลาง {number_text(found.centre)} คะแนน: {takeaway}",
        caption=takeaway,
        data=Table(
            columns=(
                Column(heading="หน่วยงาน", width=4),
                Column(heading="คะแนนรวม", align="right"),
                Column(heading="ความคลาดเคลื่อนมาตรฐาน", align="right"),
                Column(heading="คะแนนมาตรฐาน", align="right"),
            ),
            rows=tuple(
                Row(cells=(names[agency], text.score(total), number_text(error), number_text(score)))
                for agency, total, error, score in zip(agencies, totals, errors, found.adjusted, strict=True)
            ),
        ),
    )


def _limits(found: Funnel, errors: Sequence[float]) -> pd.DataFrame:
    low, high = min(errors) * 0.9, max(errors) * 1.05
    steps = [low + (high - low) * step / _CURVE for step in range(_CURVE + 1)]
    curves = [
        (f"ร้อยละ {_percent(share)}", e, *found.limits(e, _reach(share))) for share in LIMITS for e in steps
    ]
    return pd.DataFrame(curves, columns=["name", "error", "low", "high"])


def _outside_table(province: Province, found: Funnel, outside: dict[int, float]) -> Table:
    names = names_of(province)
    crossed = [(province.judged[place], found.adjusted[place], share) for place, share in outside.items()]
    return Table(
        columns=(
            Column(heading="เลขในแผนภาพ", width=0.9, align="center"),
            Column(heading="หน่วยงาน", width=3.6),
            Column(heading="คะแนนรวม", width=1.1, align="right"),
            Column(heading="ความคลาดเคลื่อนมาตรฐาน", width=1.4, align="right"),
            Column(heading="อยู่นอกเส้น", width=1.9),
        ),
        rows=tuple(
            Row(
                cells=(
                    f"{number}",
                    names[member.agency.agency_id],
                    text.score(member.total),
                    number_text(province.error_bounds[member.agency.agency_id]),
                    f"{'สูงกว่า' if score > 0 else 'ต่ำกว่า'}เส้นร้อยละ {_percent(share)}",
                )
            )
            for number, (member, score, share) in enumerate(crossed, start=1)
        ),
        caption="หน่วยงานที่อยู่นอกเส้น เรียงตามลำดับอักษรไทย",
        notes=(say("overview.annex"),),
    )
