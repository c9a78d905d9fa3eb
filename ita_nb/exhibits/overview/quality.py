"""How far the numbers of the batch can be trusted: problems by rule, contradictions, respondents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ita_nb.document.blocks import Block, Column, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.document.quality import SEVERITY_TH
from ita_nb.errors import Problem
from ita_nb.exhibits.overview.names import Overview, names_of, of_results, year_of
from ita_nb.exhibits.text import working_only
from ita_nb.facts.rules import load_rules
from ita_nb.intake.members import Member
from ita_nb.intake.record import brief_of
from ita_nb.province import Province, survey_weights

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
    ordered = sorted(agencies.items(), key=lambda own: (_place(own[0][0]), -len(set(own[1])), own[0][1]))
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


def _place(severity: str) -> int:
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
