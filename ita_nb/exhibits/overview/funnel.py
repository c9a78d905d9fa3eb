"""Which agencies differ by more than chance, and bands of ranks: what stands in place of a league table."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist, median

import pandas as pd

from ita_nb import charts
from ita_nb.analysis.province import LEVEL, Funnel
from ita_nb.document.blocks import Block, Column, Figure, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.exhibits.figures import drawn
from ita_nb.exhibits.overview.names import Overview, names_of, of_results
from ita_nb.facts.rules import load_rules
from ita_nb.province import Province, survey_weights
from ita_nb.thai import number_text

# Two-sided shares of the agencies between the limits where chance alone is at work.
LIMITS = (0.95, 0.998)
_CURVE = 40  # pieces of a drawn limit


@of_results
def funnel(overview: Overview) -> Section:
    """Return the funnel plot with who stands outside, and the bands of ranks."""
    return _funnel(overview.province) + _bands(overview.province)


def _funnel(province: Province) -> Section:
    """Return the funnel plot and who stands outside, or why there is none."""
    found = province.funnel
    blocks: list[Block] = [
        Heading(level=1, text="ส่วนที่ 5 ความแตกต่างที่เกินความบังเอิญ และช่วงอันดับ"),
        Heading(level=2, text="คะแนนรวมเทียบกับความบังเอิญจากการสุ่มผู้ตอบ"),
    ]
    if found is None:
        blocks.append(Paragraph(text=_why_none(province)))
        return Section(blocks=tuple(blocks))
    blocks.append(Paragraph(text=say("overview.funnel_reading")))
    times = number_text(found.dispersion, 1)
    blocks.append(
        Paragraph(
            text=say("overview.funnel_dispersed", times=times)
            if found.between
            else say("overview.funnel_by_chance")
        )
    )
    outside = _outside(found)
    blocks += [_figure(province, found, outside), text.note(say("overview.funnel_errors"))]
    gap = len(province.members) - len(province.judged)
    blocks += [text.note(say("overview.funnel_unknown", count=gap))] if gap else []
    blocks += [_outside_table(province, found, outside)] if outside else []
    return Section(blocks=tuple(blocks))


def _bands(province: Province) -> Section:
    """Return how wide the bands of ranks are and how many agencies can be told from the middle."""
    if not province.bands:
        return Section(blocks=())
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
    return Section(blocks=(Heading(level=2, text="ช่วงอันดับแทนอันดับ"), Paragraph(text=told), table))


def _why_none(province: Province) -> str:
    if None in survey_weights(province.framework).values():
        return say("overview.funnel_unweighted")
    return say("overview.funnel_few", count=len(province.judged), line=load_rules().peers_min)


def _reach(share: float) -> float:
    return NormalDist().inv_cdf((1 + share) / 2)


def _outside(found: Funnel) -> dict[int, float]:
    """Return the widest limits that an agency stands outside of, by its place among the judged."""
    outside = {}
    for place, score in enumerate(found.adjusted):
        crossed = [share for share in LIMITS if abs(score) > _reach(share)]
        if crossed:
            outside[place] = crossed[-1]
    return outside


def _percent(share: float) -> str:
    return number_text(100 * share, 0 if (100 * share).is_integer() else 1)


def _figure(province: Province, found: Funnel, outside: dict[int, float]) -> Figure:
    errors = [province.error_bounds[member.agency.agency_id] for member in province.judged]
    numbers = {place: number for number, place in enumerate(outside, start=1)}
    placed = [
        (error, member.total or 0.0, numbers.get(place))
        for place, (error, member) in enumerate(zip(errors, province.judged, strict=True))
    ]
    frame = pd.DataFrame(placed, columns=["error", "score", "number"])
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
        data=_data(province, found, errors),
    )


def _limits(found: Funnel, errors: Sequence[float]) -> pd.DataFrame:
    low, high = min(errors) * 0.9, max(errors) * 1.05
    steps = [low + (high - low) * step / _CURVE for step in range(_CURVE + 1)]
    curves = [
        (f"ร้อยละ {_percent(share)}", e, *found.limits(e, _reach(share))) for share in LIMITS for e in steps
    ]
    return pd.DataFrame(curves, columns=["name", "error", "low", "high"])


def _data(province: Province, found: Funnel, errors: Sequence[float]) -> Table:
    names = names_of(province)
    return Table(
        columns=(
            Column(heading="หน่วยงาน", width=4),
            Column(heading="คะแนนรวม", align="right"),
            Column(heading="ความคลาดเคลื่อนมาตรฐาน", align="right"),
            Column(heading="คะแนนมาตรฐาน", align="right"),
        ),
        rows=tuple(
            Row(
                cells=(
                    names[member.agency.agency_id],
                    text.score(member.total),
                    number_text(error),
                    number_text(score),
                )
            )
            for member, error, score in zip(province.judged, errors, found.adjusted, strict=True)
        ),
    )


def _outside_table(province: Province, found: Funnel, outside: dict[int, float]) -> Table:
    names = names_of(province)
    rows = []
    for number, (place, share) in enumerate(outside.items(), start=1):
        member = province.judged[place]
        side = "สูงกว่า" if found.adjusted[place] > 0 else "ต่ำกว่า"
        rows.append(
            Row(
                cells=(
                    f"{number}",
                    names[member.agency.agency_id],
                    text.score(member.total),
                    number_text(province.error_bounds[member.agency.agency_id]),
                    f"{side}เส้นร้อยละ {_percent(share)}",
                )
            )
        )
    return Table(
        columns=(
            Column(heading="เลขในแผนภาพ", width=0.9, align="center"),
            Column(heading="หน่วยงาน", width=3.6),
            Column(heading="คะแนนรวม", width=1.1, align="right"),
            Column(heading="ความคลาดเคลื่อนมาตรฐาน", width=1.4, align="right"),
            Column(heading="อยู่นอกเส้น", width=1.9),
        ),
        rows=tuple(rows),
        caption="หน่วยงานที่อยู่นอกเส้น เรียงตามลำดับอักษรไทย",
        notes=(say("overview.annex"),),
    )
