"""Who the overview is of: cover, who is missing and why, how far the numbers can be trusted, the annex."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from ita_nb.document.blocks import Block, Column, Cover, Heading, PageBreak, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.document.quality import SEVERITY_TH
from ita_nb.errors import Problem
from ita_nb.exhibits import text
from ita_nb.exhibits.overview.names import (
    Overview,
    names_of,
    of_results,
    short_forms_note,
    short_names_of,
    year_of,
)
from ita_nb.exhibits.text import working_only
from ita_nb.facts.crosswalk import year_th
from ita_nb.facts.rules import load_rules
from ita_nb.intake.record import NOT_MADE_TH, Member, NotMade, brief_of
from ita_nb.province import Province, survey_weights
from ita_nb.thai import number_text

# Messages end by saying what to do about it, which is for whoever runs the batch.
_WHAT_TO_DO = "วิธีแก้:"
_LONGEST_MESSAGE = 240


def cover(overview: Overview) -> Section:
    """Return the cover; a working edition says on it that it is not for publication."""
    province, parameters = overview.province, overview.parameters
    subject = parameters.title or _place(province)
    title = (
        "ภาพรวมผลการประเมินคุณธรรมและความโปร่งใส",
        "ในการดำเนินงานของหน่วยงานภาครัฐ",
        f"ประจำ{year_of(province)}",
        *(("ฉบับทำงาน ใช้ภายในเท่านั้น",) if parameters.edition == "working" else ()),
    )
    return Section(
        blocks=(
            Cover(
                title=title,
                agency=subject,
                agency_id=province.name,
                fiscal_year=province.fiscal_year,
                running_title=f"ภาพรวมผลการประเมิน ITA {year_of(province)}",
                digits=parameters.digits,
                edition=parameters.edition,
            ),
        )
    )


def _place(province: Province) -> str:
    """Name the province of the agencies; several are counted."""
    places = sorted({m.agency.province_th for m in province.members} - {""})
    if not places:
        return "หน่วยงานในชุดนี้"
    word = "" if places[0].startswith("จังหวัด") else "จังหวัด"
    return f"หน่วยงานใน{word}{places[0]}" if len(places) == 1 else f"หน่วยงานใน {len(places)} จังหวัด"


def members(overview: Overview) -> Section:
    """Return how many agencies of which types there are, and who is missing."""
    province = overview.province
    year = year_of(province)
    count = len(province.members)
    missing = [one for one in province.not_made if not one.has_earlier]
    earlier = [one for one in province.not_made if one.has_earlier]
    scope = say("overview.scope", year=year, count=count) if count else say("overview.nobody", year=year)
    blocks: list[Block] = [
        Heading(level=1, text="ส่วนที่ 1 หน่วยงานในภาพรวม"),
        Paragraph(text=scope, style="lead"),
        *([Paragraph(text=say("overview.perception"))] if count else []),
    ]
    if province.other_years:
        years = text.listed([year_th(y) for y in province.other_years])
        blocks.append(Paragraph(text=say("overview.other_years", years=years)))
    blocks += [_types_table(province)] if count else []
    blocks.append(Heading(level=2, text="หน่วยงานที่ไม่มีผล"))
    if missing:
        blocks.append(Paragraph(text=say("overview.missing", count=len(missing))))
        blocks.append(_not_made_table(missing, "หน่วยงานที่ไม่มีผลในภาพรวม"))
    else:
        blocks.append(Paragraph(text=say("overview.complete")))
    if earlier:
        blocks.append(Paragraph(text=say("overview.earlier", count=len(earlier))))
        blocks.append(_not_made_table(earlier, "หน่วยงานที่ใช้ผลของฉบับก่อน"))
    return Section(blocks=tuple(blocks))


def _types_table(province: Province) -> Table:
    counts = Counter(m.agency.agency_type or "ไม่ได้ระบุประเภท" for m in province.members)
    rows = [Row(cells=(name, f"{number}")) for name, number in sorted(counts.items(), key=lambda c: -c[1])]
    return Table(
        columns=(
            Column(heading="ประเภทหน่วยงาน", width=4),
            Column(heading="จำนวนหน่วยงาน", width=1.4, align="right"),
        ),
        rows=(*rows, Row(kind="total", cells=("รวม", f"{len(province.members)}"))),
        caption="หน่วยงานที่มีผล จำแนกตามประเภท",
    )


def _not_made_table(found: Sequence[NotMade], caption: str) -> Table:
    return Table(
        columns=(
            Column(heading="หน่วยงาน", width=3.0),
            Column(heading="สถานะ", width=1.6),
            Column(heading="เหตุ", width=4.0),
        ),
        rows=tuple(
            Row(cells=(one.name_th or one.agency_id, NOT_MADE_TH.get(one.status, one.status), _why(one)))
            for one in found
        ),
        caption=caption,
    )


def _why(one: NotMade) -> str:
    message = one.message_th.partition(_WHAT_TO_DO)[0].strip()
    shown = message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…"
    return shown or text.NO_DATA


# ---------------------------------------------------------------- annex


_UNKNOWN = "-"


def agencies(overview: Overview) -> Section:
    """Return the table of all agencies on turned pages: both totals, level, indicators, band of ranks."""
    province = overview.province
    if not province.members:
        return Section(blocks=())
    names, indicators = short_names_of(province), province.framework.indicators
    bands = {m.agency.agency_id: b for m, b in zip(province.judged, province.bands, strict=False)}
    rows = []
    for member in province.members:
        band = bands.get(member.agency.agency_id)
        rows.append(
            Row(
                cells=(
                    names[member.agency.agency_id],
                    _score(member.total_stated, 2),
                    _UNKNOWN if member.total_is_stated else _score(member.total, 2),
                    member.level or _UNKNOWN,
                    *(_score(score, 1) for score in province.indicator_scores(member)),
                    f"{band.first}–{band.last}" if band else _UNKNOWN,
                )
            )
        )
    columns = (
        Column(heading="หน่วยงาน", width=2.6),
        Column(heading="คะแนนที่ประกาศ", width=1.5, align="right"),
        Column(heading="คะแนนที่คำนวณ", width=1.5, align="right"),
        Column(heading="ระดับตามเกณฑ์", width=1.7),
        *(Column(heading=i.code, width=1.25, align="right") for i in indicators),
        Column(heading="ช่วงอันดับ", width=1.4, align="center"),
    )
    table = Table(
        columns=columns,
        rows=tuple(rows),
        caption=f"คะแนนรวมที่ประกาศและที่คำนวณ ระดับ คะแนนรายตัวชี้วัด และช่วงอันดับของทุกหน่วยงาน {year_of(province)}",
    )
    missing = f"{_UNKNOWN} หมายถึง ไม่มีข้อมูล หรือไม่ทราบจำนวนผู้ตอบครบทุกกลุ่มจึงบอกช่วงอันดับไม่ได้"
    notes = (say("overview.annex"), missing, *short_forms_note(province.members))
    heading = Heading(level=1, text="ภาคผนวก คะแนนรายหน่วยงาน")
    # Before the table: behind its last row a remark could stand alone on a page.
    remarks = tuple(text.note(note) for note in notes)
    return Section(blocks=(PageBreak(orientation="landscape"), heading, *remarks, table, PageBreak()))


def _score(score: float | None, decimals: int) -> str:
    return _UNKNOWN if score is None else number_text(score, decimals)


def provenance(overview: Overview) -> Section:
    """Return where the numbers and the document came from."""
    province = overview.province
    rows = (
        ("โฟลเดอร์ของชุดเอกสาร", province.name),
        ("หน่วยงานที่มีผล", f"{len(province.members)} หน่วยงาน"),
        ("โปรแกรม", f"ita-nb รุ่น {province.code}"),
        (f"ข้อเท็จจริงของการประเมิน {year_of(province)}", f"ลายนิ้วมือ {province.facts}"),
    )
    table = Table(
        columns=(Column(heading="รายการ", width=2.0), Column(heading="ค่า", width=3.0)),
        rows=tuple(Row(cells=row) for row in rows),
        caption="ที่มา",
    )
    return Section(blocks=(Heading(level=1, text="ที่มาของตัวเลขและเอกสาร"), table))


# ---------------------------------------------------------------- how far to trust the numbers


_MOST_BRIEFS = 3
_ORDER = tuple(SEVERITY_TH)


@working_only
@of_results
def quality(overview: Overview) -> Section:
    """Return the problems by rule, the agencies whose numbers contradict each other, the respondents."""
    province = overview.province
    blocks: list[Block] = [Heading(level=1, text="ส่วนที่ 7 คุณภาพของข้อมูล")]
    return Section(blocks=(*blocks, *_problems(province), *_respondents(province)))


def _problems(province: Province) -> list[Block]:
    found = [(member, problem) for member in province.members for problem in member.problems]
    heading = Heading(level=2, text="สิ่งที่การตรวจสอบพบ")
    if not found:
        return [heading, Paragraph(text=say("overview.no_problems"))]
    whole = len({member.agency.agency_id for member, _ in found})
    told = say("overview.problems", count=len(found), whole=whole)
    doubted = [m for m in province.members if any(p.severity == "error" for p in m.problems)]
    blocks: list[Block] = [heading, Paragraph(text=told), _rules_table(found)]
    if not doubted:
        return [*blocks, Paragraph(text=say("overview.no_contradictions"))]
    return [
        *blocks,
        Paragraph(text=say("overview.contradictions", count=len(doubted))),
        _doubted_table(province, doubted),
    ]


def _rules_table(found: Iterable[tuple[Member, Problem]]) -> Table:
    what = {rule.rule: rule.what_th for rule in load_rules().rules}
    agencies: dict[tuple[str, str], list[str]] = defaultdict(list)
    for member, problem in found:
        agencies[problem.severity, problem.rule].append(member.agency.agency_id)
    ordered = sorted(
        agencies.items(), key=lambda own: (_severity_place(own[0][0]), -len(set(own[1])), own[0][1])
    )
    return Table(
        columns=(
            Column(heading="สิ่งที่พบ", width=4.6),
            Column(heading="ความสำคัญ", width=1.1, align="center"),
            Column(heading="รายการ", width=1.0, align="right"),
            Column(heading="หน่วยงาน", width=1.1, align="right"),
        ),
        rows=tuple(
            Row(
                cells=(
                    what.get(rule, rule),
                    SEVERITY_TH.get(severity, severity),
                    f"{len(ids)}",
                    f"{len(set(ids))}",
                )
            )
            for (severity, rule), ids in ordered
        ),
        caption="สิ่งที่การตรวจสอบพบ จำแนกตามรายการตรวจ",
    )


def _severity_place(severity: str) -> int:
    return _ORDER.index(severity) if severity in _ORDER else len(_ORDER)


def _doubted_table(province: Province, doubted: Iterable[Member]) -> Table:
    names = names_of(province)
    return Table(
        columns=(Column(heading="หน่วยงาน", width=2.6), Column(heading="สิ่งที่ต้องตรวจกับต้นฉบับ", width=4.6)),
        rows=tuple(Row(cells=(names[m.agency.agency_id], _briefs(m))) for m in doubted),
        caption=f"หน่วยงานที่มีตัวเลขขัดกันหรือข้อมูลใช้ไม่ได้ {year_of(province)}",
        notes=(say("overview.annex"),),
    )


def _briefs(member: Member) -> str:
    known = {rule.rule for rule in load_rules().rules}
    errors = [problem for problem in member.problems if problem.severity == "error"]
    briefs = list(dict.fromkeys(brief_of(p) if p.rule in known else p.message_th for p in errors))
    rest = len(briefs) - _MOST_BRIEFS
    more = [f"และอีก {rest} รายการ"] if rest > 0 else []
    return "\n".join([*briefs[:_MOST_BRIEFS], *more])


def _respondents(province: Province) -> list[Block]:
    members = province.members
    heading = Heading(level=2, text="จำนวนผู้ตอบ")
    rows = []
    for node in survey_weights(province.framework):
        known = sum(bool(member.respondents.get(node)) for member in members)
        rows.append(Row(cells=(node.name_th, f"{known}", f"{len(members) - known}")))
    table = Table(
        columns=(
            Column(heading="กลุ่มผู้ตอบ", width=3),
            Column(heading="ทราบจำนวน\n(หน่วยงาน)", width=1.4, align="right"),
            Column(heading="ไม่ทราบจำนวน\n(หน่วยงาน)", width=1.4, align="right"),
        ),
        rows=tuple(rows),
        caption="หน่วยงานที่ทราบและไม่ทราบจำนวนผู้ตอบ",
    )
    inferred = sum(member.has_inferred for member in members)
    told = [Paragraph(text=say("overview.inferred", count=inferred))] if inferred else []
    return [heading, *told, table]
