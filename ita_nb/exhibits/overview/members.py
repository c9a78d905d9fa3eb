"""Who the overview is of and how it names them, who is missing and why, how far to trust it, the annex."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ita_nb.document.blocks import Block, Column, Cover, Heading, PageBreak, Paragraph, Row, Section, Table
from ita_nb.document.gate import SEVERITY_TH
from ita_nb.document.narrative import say
from ita_nb.errors import Problem
from ita_nb.exhibits import text
from ita_nb.exhibits.text import only_with, section, working_only
from ita_nb.facts.crosswalk import year_th
from ita_nb.facts.rules import load_rules
from ita_nb.intake.record import NOT_MADE_TH, Member, NotMade, brief_of
from ita_nb.parameters import OverviewParameters
from ita_nb.province import Province, survey_weights
from ita_nb.thai import number_text

# The usual short forms of what stands before a name; the longest first, for one may begin another.
_SHORT = {
    "องค์การบริหารส่วนจังหวัด": "อบจ.",
    "องค์การบริหารส่วนตำบล": "อบต.",
    "เทศบาลนคร": "ทน.",
    "เทศบาลเมือง": "ทม.",
    "เทศบาลตำบล": "ทต.",
}
_LONG = re.compile(rf"\A(?:{'|'.join(_SHORT)})(?!\Z)")
# A slip of many pages is no name; its beginning is enough to find it.
_LONGEST = 120


@dataclass(frozen=True)
class Overview:
    """What the overview's notebook opens: the province, and how the document is to be made."""

    province: Province
    parameters: OverviewParameters

    @property
    def is_working(self) -> bool:
        """Whether this is the working edition."""
        return self.parameters.edition == "working"


of_results = only_with("province.members")


def names_of(province: Province) -> dict[str, str]:
    """Return the name of each member by its id; where two share a name, with district or id behind it."""
    agencies = [member.agency for member in province.members]
    names = Counter(agency.name_th for agency in agencies)
    places = Counter((agency.name_th, agency.district_th) for agency in agencies)
    found = {}
    for agency in agencies:
        shared = names[agency.name_th] > 1
        told_apart = agency.district_th and places[agency.name_th, agency.district_th] == 1
        aside = f" (อ.{agency.district_th})" if told_apart else f" ({agency.agency_id})"
        name = agency.name_th or agency.agency_id
        cut = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
        found[agency.agency_id] = f"{cut}{aside if shared else ''}"
    return found


def short_names_of(province: Province) -> dict[str, str]:
    """Return the names as :func:`names_of` does, with the short form of what stands before them."""
    return {key: _LONG.sub(lambda found: _SHORT[found[0]], name) for key, name in names_of(province).items()}


def short_forms_note(members: Iterable[Member]) -> tuple[str, ...]:
    """Return what the short forms stand for that these members' names need; nothing where none does."""
    used = {found[0] for member in members if (found := _LONG.match(member.agency.name_th))}
    told = [f"{short} คือ {long}" for long, short in _SHORT.items() if long in used]
    return (", ".join(told),) if told else ()


def year_of(province: Province) -> str:
    """The fiscal year of the results, in words."""
    return f"ปีงบประมาณ พ.ศ. {province.fiscal_year}"


# ---------------------------------------------------------------- cover, members and who is missing


# Messages end by saying what to do about it, which is for whoever runs the batch.
_WHAT_TO_DO = "วิธีแก้:"
_LONGEST_MESSAGE = 240


def cover(overview: Overview) -> Section:
    """Return the cover; a working edition says on it that it is not for publication."""
    province, parameters = overview.province, overview.parameters
    title = (
        "ภาพรวมผลการประเมินคุณธรรมและความโปร่งใส",
        "ในการดำเนินงานของหน่วยงานภาครัฐ",
        f"ประจำ{year_of(province)}",
        *(("ฉบับทำงาน ใช้ภายในเท่านั้น",) if parameters.edition == "working" else ()),
    )
    return section(
        Cover(
            title=title,
            agency=parameters.title or _place(province),
            agency_id=province.name,
            fiscal_year=province.fiscal_year,
            running_title=f"ภาพรวมผลการประเมิน ITA {year_of(province)}",
            digits=parameters.digits,
            edition=parameters.edition,
        )
    )


def _place(province: Province) -> str:
    """Name the province of the agencies; several are counted."""
    places = sorted({m.agency.province_th for m in province.members} - {""})
    if not places:
        return "หน่วยงานในชุดนี้"
    return (
        f"หน่วยงานในจังหวัด{places[0].removeprefix('จังหวัด')}"
        if len(places) == 1
        else f"หน่วยงานใน {len(places)} จังหวัด"
    )


def members(overview: Overview) -> Section:
    """Return how many agencies of which types there are, and who is missing."""
    province = overview.province
    year, count = year_of(province), len(province.members)
    missing = [one for one in province.not_made if not one.has_earlier]
    earlier = [one for one in province.not_made if one.has_earlier]
    scope = say("overview.scope", year=year, count=count) if count else say("overview.nobody", year=year)
    years = [year_th(y) for y in province.other_years]
    complete = [Paragraph(text=say("overview.complete"))]
    return section(
        Heading(level=1, text="ส่วนที่ 1 หน่วยงานในภาพรวม"),
        Paragraph(text=scope, style="lead"),
        Paragraph(text=say("overview.perception")) if count else None,
        Paragraph(text=say("overview.other_years", years=text.listed(years))) if years else None,
        _types_table(province) if count else None,
        Heading(level=2, text="หน่วยงานที่ไม่มีผล"),
        _not_made("overview.missing", missing, "หน่วยงานที่ไม่มีผลในภาพรวม") or complete,
        _not_made("overview.earlier", earlier, "หน่วยงานที่ใช้ผลของฉบับก่อน"),
    )


def _types_table(province: Province) -> Table:
    counts = Counter(m.agency.agency_type or "ไม่ได้ระบุประเภท" for m in province.members)
    rows = [Row(cells=(name, f"{number}")) for name, number in counts.most_common()]
    return Table(
        columns=(
            Column(heading="ประเภทหน่วยงาน", width=4),
            Column(heading="จำนวนหน่วยงาน", width=1.4, align="right"),
        ),
        rows=(*rows, Row(kind="total", cells=("รวม", f"{len(province.members)}"))),
        caption="หน่วยงานที่มีผล จำแนกตามประเภท",
    )


def _not_made(situation: str, found: Sequence[NotMade], caption: str) -> list[Block]:
    table = Table(
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
    return [Paragraph(text=say(situation, count=len(found))), table] if found else []


def _why(one: NotMade) -> str:
    message = one.message_th.partition(_WHAT_TO_DO)[0].strip()
    shown = message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…"
    return shown or text.NO_DATA


# ---------------------------------------------------------------- annex


_UNKNOWN = "-"


@of_results
def agencies(overview: Overview) -> Section:
    """Return the table of all agencies on turned pages: both totals, level, indicators, band of ranks."""
    province = overview.province
    names, indicators = short_names_of(province), province.framework.indicators
    judged = zip(province.judged, province.bands, strict=False)
    bands = {member.agency.agency_id: f"{band.first}–{band.last}" for member, band in judged}
    table = Table(
        columns=(
            Column(heading="หน่วยงาน", width=2.6),
            Column(heading="คะแนนที่ประกาศ", width=1.5, align="right"),
            Column(heading="คะแนนที่คำนวณ", width=1.5, align="right"),
            Column(heading="ระดับตามเกณฑ์", width=1.7),
            *(Column(heading=i.code, width=1.25, align="right") for i in indicators),
            Column(heading="ช่วงอันดับ", width=1.4, align="center"),
        ),
        rows=tuple(
            Row(
                cells=(
                    names[member.agency.agency_id],
                    _score(member.total_stated, 2),
                    _UNKNOWN if member.total_is_stated else _score(member.total, 2),
                    member.level or _UNKNOWN,
                    *(_score(score, 1) for score in province.indicator_scores(member)),
                    bands.get(member.agency.agency_id, _UNKNOWN),
                )
            )
            for member in province.members
        ),
        caption=f"คะแนนรวมที่ประกาศและที่คำนวณ ระดับ คะแนนรายตัวชี้วัด และช่วงอันดับของทุกหน่วยงาน {year_of(province)}",
    )
    missing = f"{_UNKNOWN} หมายถึง ไม่มีข้อมูล หรือไม่ทราบจำนวนผู้ตอบครบทุกกลุ่มจึงบอกช่วงอันดับไม่ได้"
    notes = (say("overview.annex"), missing, *short_forms_note(province.members))
    return section(
        PageBreak(orientation="landscape"),
        Heading(level=1, text="ภาคผนวก คะแนนรายหน่วยงาน"),
        # Before the table: behind its last row a remark could stand alone on a page.
        [text.note(note) for note in notes],
        table,
        PageBreak(),
    )


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
    return section(Heading(level=1, text="ที่มาของตัวเลขและเอกสาร"), table)


# ---------------------------------------------------------------- how far to trust the numbers


_MOST_BRIEFS = 3


@working_only
@of_results
def quality(overview: Overview) -> Section:
    """Return the problems by rule, the agencies whose numbers contradict each other, the respondents."""
    province, heading = overview.province, Heading(level=1, text="ส่วนที่ 7 คุณภาพของข้อมูล")
    return section(heading, _problems(province), _respondents(province))


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
    places = {severity: place for place, severity in enumerate(SEVERITY_TH)}
    ordered = sorted(
        agencies.items(), key=lambda own: (places.get(own[0][0], len(places)), -len(set(own[1])), own[0][1])
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
    nodes = survey_weights(province.framework)
    known = {node: sum(bool(member.respondents.get(node)) for member in members) for node in nodes}
    table = Table(
        columns=(
            Column(heading="กลุ่มผู้ตอบ", width=3),
            Column(heading="ทราบจำนวน\n(หน่วยงาน)", width=1.4, align="right"),
            Column(heading="ไม่ทราบจำนวน\n(หน่วยงาน)", width=1.4, align="right"),
        ),
        rows=tuple(Row(cells=(n.name_th, f"{own}", f"{len(members) - own}")) for n, own in known.items()),
        caption="หน่วยงานที่ทราบและไม่ทราบจำนวนผู้ตอบ",
    )
    inferred = sum(member.has_inferred for member in members)
    told = [Paragraph(text=say("overview.inferred", count=inferred))] if inferred else []
    return [heading, *told, table]
