"""Cover, the result in one sentence and by instrument, and what an office adds: memo, contact, signature."""

from __future__ import annotations

import base64
import math
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from ita_nb.case import Case
from ita_nb.document.blocks import Callout, Column, Cover, Heading, Paragraph, Row, Seal, Section, Table
from ita_nb.document.gate import level_lines, open_problems, weights_note
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.facts.forms import load_forms
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.frames import Report
from ita_nb.intake.record import brief_of, node_text
from ita_nb.progress import ProgressCase
from ita_nb.thai import number_text

if TYPE_CHECKING:
    import pandas as pd
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ita_nb.document.blocks import Block, PageBreak, Signature
from ita_nb.document.gate import known_item_name
from ita_nb.exhibits.text import NOTHING, section
from ita_nb.frames import AnyCase
from ita_nb.intake.params_file import Office, Period, Signer
from ita_nb.thai import long_date


def cover(report: Report[Any]) -> Section:
    """Return the cover; a working edition says on it that it is not for publication."""
    case, parameters = report.case, report.parameters
    picture = base64.b64encode(case.record.emblem or b"").decode()
    sections = case.form.sections
    known = load_forms()
    forms = (known.progress if isinstance(case, ProgressCase) else known.analysis).values()
    every = dict.fromkeys(name for form in forms for name in form.sections)
    return section(
        Cover(
            title=(*_title(case), *(("ฉบับทำงาน ใช้ภายในหน่วยงาน",) if report.is_working else ())),
            agency=case.agency.name_th,
            place=text.place(case.agency),
            agency_id=case.agency.agency_id,
            fiscal_year=case.fiscal_year,
            running_title=_running_title(case),
            digits=parameters.digits,
            edition=parameters.edition,
            draft=parameters.draft,
            shown=case.record.office.show.cover,
            seal=Seal(png=picture, alt=f"ตราสัญลักษณ์ของ{case.agency.name_th}") if picture else None,
            sections=sections,
            other_sections=tuple(name for name in every if name not in sections),
        )
    )


def result(report: Report[Case]) -> Section:
    """Return the result in one sentence and, in the working edition, what contradicts it."""
    case, weights = report.case, weights_note(report.case.framework)
    serious, levels = (open_problems(case), level_lines(case)) if report.is_working else ((), ())
    once = tuple(dict.fromkeys(map(brief_of, serious)))
    contradicted = Callout(
        kind="error" if any(p.severity == "error" for p in serious) else "caution",
        title=f"ต้องตรวจสอบกับต้นฉบับก่อนเผยแพร่ {len(once)} รายการ ดูส่วนที่ {text.checks_part(case)}",
        lines=once,
    )
    return section(
        Heading(level=1, text="ส่วนที่ 1 ผลการประเมิน"),
        Heading(level=2, text="ผลการประเมินโดยสรุป"),
        Paragraph(text=result_sentence(case), style="lead"),
        text.note(weights) if weights else None,
        [Paragraph(text=line, style="bullet") for line in levels],
        contradicted if serious else None,
    )


def result_sentence(case: Case) -> str:
    """Say the result as stated; where the parts contradict it, say both numbers in the same sentence."""
    stated = case.record.scores.get(Node(TOTAL))
    rebuilt = case.scores.recomputed(Node(TOTAL))
    computed = number_text(rebuilt.estimate.value) if rebuilt else ""
    who = {"agency": case.agency.name_th, "year": text.year(case)}
    if stated is None:
        if not computed:
            return say("result.unknown", **who)
        return " ".join([say("result.computed", score=computed, **who), *_level(case, "")])
    printed = number_text(stated.value)
    doubts = {"total-mismatch", "outside-range", "level-mismatch", "level-unknown"}
    if not computed or not any(p.rule in doubts and p.node == TOTAL for p in case.problems):
        return " ".join([say("result.stated", score=printed, **who), *_level(case, case.level.stated)])
    sentence = [say("result.printed", score=printed, **who)]
    sentence += _level(case, f'"{case.level.stated}"') if case.level.stated else []
    sentence += [say("result.contradicted", score=computed), *_level(case, "")]
    return " ".join([*sentence, say("result.to_verify")])


def _level(case: Case, stated: str) -> list[str]:
    """Return the clause on the level: the stated one, else the one by the rule, else none."""
    if stated:
        return [say("result.level", level=text.level(stated))]
    by_rule = case.level.by_rule
    return [say("result.level_by_rule", level=text.level(by_rule))] if by_rule else []


def instruments(report: Report[Case]) -> Section:
    """Return the table of instruments and their parts: stated, recomputed, and the verdict."""
    case = report.case
    nodes, heading = _instrument_nodes(case), Heading(level=2, text="คะแนนจำแนกตามแบบวัด")
    if all(case.scores.best(node) is None for node in nodes):
        return section(heading, Paragraph(text=say("result.no_instrument_scores")))
    stated, rebuilt = case.record.scores.get(Node(TOTAL)), case.scores.recomputed(Node(TOTAL))
    total = Row(
        kind="total",
        cells=(
            "คะแนนรวม",
            "100",
            text.score(stated.value if stated else None),
            text.score(rebuilt.estimate.value if rebuilt else None),
        ),
    )
    table = Table(
        columns=(
            Column(heading="แบบวัด", width=4.2),
            Column(heading="น้ำหนัก\n(ร้อยละ)", width=1.4, align="right"),
            Column(heading="คะแนนที่ระบุ", width=1.5, align="right"),
            Column(heading="คะแนนที่คำนวณ", width=1.5, align="right"),
        ),
        rows=(*(_instrument_row(case, node) for node in nodes), total),
        caption=f"คะแนนรวมและคะแนนแบบวัด {text.year(case)}",
        notes=(say("result.rounded"),),
    )
    # A bound of nothing is no bound: it means that nothing was there to bound.
    bound = number_text(case.total_error_bound) if report.is_working and case.total_error_bound else ""
    return section(heading, table, text.note(say("result.error_bound", bound=bound)) if bound else None)


def _instrument_nodes(case: Case) -> list[Node]:
    """Return the instruments and their parts, each with what else is stated of it and stands nowhere else."""
    framework, found = case.framework, list[Node]()
    inner = [
        n
        for n in case.record.scores
        if n.code in framework.unplaced or (n.code in framework.groups and (n.part or "." in n.code))
    ]
    for i in framework.instruments:
        found += [Node(i.code), *(Node(i.code, p.part) for p in i.parts)]
        found += [n for n in inner if n.code != i.code and framework.instrument_of(n.code) == i.code]
    return found


def _instrument_row(case: Case, node: Node) -> Row:
    instrument = next((i for i in case.framework.instruments if i.code == node.code), None)
    full = case.scores.weighted_points.get(node)
    if instrument is None:
        name, weight = node_text(case.framework, node), ""
    elif node.part:
        part = next(p for p in instrument.parts if p.part == node.part)
        name, weight = f"{node.code} ส่วนที่ {node.part} {part.name_th}", ""
    else:
        name = f"{instrument.name_th} ({node.code})"
        weight = "ไม่ทราบ" if instrument.weight is None else number_text(100 * instrument.weight, 0)
    printed, rebuilt = case.record.scores.get(node), case.scores.recomputed(node)
    return Row(
        cells=(
            name,
            weight,
            ("ไม่ได้ระบุ" if printed is None else number_text(printed.value))
            + (f"\n(ถ่วงน้ำหนัก เต็ม {number_text(100 * full, 0)})" if full else ""),
            text.score(rebuilt.estimate.value if rebuilt else None),
        )
    )


def against(scores: pd.Series, line: float) -> pd.Series:
    """Say of each score (0-100) how far it lies over or under a line; a missing one has no data."""
    return scores.map(partial(_against, line=Fraction(str(line))))


def _against(score: float, line: Fraction) -> str:
    if math.isnan(score):
        return text.NO_DATA
    value = Fraction(str(score))
    gap = number_text(abs(value - line))
    return f"ต่ำกว่า {gap}" if value < line else f"สูงกว่า {gap}" if value > line else "เท่ากับเกณฑ์"


# ---------------------------------------------------------------- what an office adds


_BLANK = "." * 40
_SHORT_BLANK = "." * 20
# Whoever usually signs; an office names its own signers in params/<agency>-<year>.yaml.
_CHAIN = (
    Signer(role_th="ผู้จัดทำ"),
    Signer(role_th="ผู้ตรวจสอบ"),
    Signer(role_th="ผู้บริหารของหน่วยงาน"),
)
# Each box stands before its word, and the reason on the line of the refusal.
_ANSWER = f"( ) ทราบ ( ) อนุญาตให้เผยแพร่\n( ) ไม่อนุญาต เนื่องจาก {_BLANK}"


def memo(report: Report[Any]) -> Section:
    """Return the memo that asks the executive to take note and to permit publication, on its own page."""
    case, office = report.case, report.case.record.office
    if not office.show.memo:
        return NOTHING
    entry = office.memo
    website = entry.website or (office.contact.website if office.contact else "")
    where = f"เว็บไซต์ของหน่วยงาน {website}".strip()
    day = long_date(entry.date) if entry.date else _SHORT_BLANK
    makers, deciders = _makers_and_deciders(_signers(office))
    # Level 2, so that a title without a cover page of its own stands above the document, not the memo.
    return section(
        Heading(level=2, text="บันทึกข้อความ"),
        Paragraph(label="ส่วนราชการ", text=entry.department_th or case.agency.name_th),
        Paragraph(label="ที่", text=f"{entry.number_th or _SHORT_BLANK} วันที่ {day}"),
        Paragraph(label="เรื่อง", text=f"{_document_name(case)} และขออนุญาตเผยแพร่ต่อสาธารณะ"),
        Paragraph(label="เรียน", text=_addressee(office, deciders[-1])),
        Paragraph(label="สิ่งที่ส่งมาด้วย", text="เอกสารตามเรื่องข้างต้น จำนวน 1 ฉบับ"),
        Paragraph(text=_basis(case)),
        Paragraph(text=say("memo.request", where=where)),
        Signature(signers=tuple(map(_lines, makers))),
        [_forwarded(office, pair, deciders[-1]) for pair in pairwise(deciders)],
        Paragraph(label="ความเห็นของผู้บริหาร", text=_ANSWER),
        Signature(signers=tuple(map(_lines, deciders))),  # side by side: the memo keeps to one page
        PageBreak(),
    )


def _makers_and_deciders(chain: Sequence[Signer]) -> tuple[Sequence[Signer], Sequence[Signer]]:
    """Part the chain: who made the document signs the request together; then one after the other decides."""
    made = 1
    while made < len(chain) - 1 and chain[made].role_th == chain[0].role_th != "":
        made += 1
    return chain[:made], chain[made:]


def _addressee(office: Office, executive: Signer) -> str:
    return office.memo.to_th or executive.position_th or _BLANK


def _forwarded(office: Office, pair: tuple[Signer, Signer], executive: Signer) -> Paragraph:
    """Return how a signer between makers and executive passes the memo on, with room for an opinion."""
    signer, following = pair
    to = _addressee(office, following) if following is executive else following.position_th or _BLANK
    opinion = f"เรียน {to} เพื่อโปรดพิจารณา\nความเห็น {_BLANK}"
    return Paragraph(label=f"ความเห็นของ{signer.role_th or signer.position_th or 'ผู้ตรวจสอบ'}", text=opinion)


def _basis(case: AnyCase) -> str:
    basis, item = say("memo.basis", agency=case.agency.name_th), known_item_name(case.requirement)
    return f"{basis} {say('memo.item', item=item)}" if item else basis


def meeting(report: Report[Any]) -> Section:
    """Return the record of the meeting that considered the result: date, place, who, resolution."""
    office = report.case.record.office
    held = office.meeting
    if held is None or not office.show.meeting:
        return NOTHING
    lines = [
        ("วันที่ประชุม", long_date(held.date) if held.date else ""),
        ("สถานที่", held.place_th),
        ("ผู้เข้าร่วมประชุม", ", ".join(held.present_th)),
        ("มติที่ประชุม", held.resolution_th),
    ]
    return _entries("การประชุมพิจารณาผลการประเมินและกำหนดมาตรการ", lines)


def _entries(heading: str, lines: Iterable[tuple[str, str]], *first: Paragraph) -> Section:
    """Return what an office filled in, each under its label; nothing where that is nothing."""
    filled = [Paragraph(label=label, text=value) for label, value in lines if value]
    return section(Heading(level=2, text=heading), first, filled) if filled else NOTHING


def suggestions(report: Report[Any]) -> Section:
    """Return what was suggested on the result: by outsiders; in a report on measures by the assessors too."""
    case, office = report.case, report.case.record.office
    remarks, working = case.record.remarks, report.is_working
    above, on_measures = {TOTAL, *case.framework.groups}, isinstance(case, ProgressCase)
    assessed = text.remark_texts(remarks, "assessor", working=working) if on_measures else []
    kept = [remark for remark in remarks if on_measures or remark.item in above]
    lines = [*office.suggestions, *text.remark_texts(kept, "suggestion", working=working)]
    shown = [line for line in lines if line.strip()] if office.show.suggestions else []
    return section(_listed("ข้อเสนอแนะจากการประเมิน", assessed), _listed("ข้อเสนอแนะจากผู้มีส่วนได้ส่วนเสีย", shown))


def _listed(heading: str, lines: Sequence[str]) -> list[Block]:
    items = [Paragraph(style="bullet", text=line) for line in lines]
    return [Heading(level=2, text=heading), *items] if items else []


def contact(report: Report[Any]) -> Section:
    """Return where a reader can ask about the document."""
    agency, office = report.case.agency, report.case.record.office
    known = office.contact
    if known is None or not office.show.contact:
        return NOTHING
    lines = [
        ("ส่วนงาน", known.department_th),
        ("ที่อยู่", known.address_th),
        ("โทรศัพท์", known.phone),
        ("อีเมล", known.email),
        ("เว็บไซต์", known.website),
    ]
    whose = Paragraph(label="หน่วยงาน", text=f"{agency.name_th} {text.place(agency)}".strip())
    return _entries("ข้อมูลการติดต่อ", lines, whose)


def signature(report: Report[Any]) -> Section:
    """Return the signatures of the document, or nothing when they are switched off."""
    office = report.case.record.office
    if not office.show.signature:
        return NOTHING
    return section(
        Heading(level=2, text="การลงนามรับรองเอกสาร"),
        Paragraph(text=say("signature.statement", document=_document_name(report.case))),
        Signature(signers=tuple(map(_lines, _signers(office)))),
    )


def _signers(office: Office) -> tuple[Signer, ...]:
    return office.signers if len(office.signers) > 1 else (*office.signers, *_CHAIN[len(office.signers) :])


def _lines(signer: Signer) -> tuple[str, ...]:
    """Return the lines under the dotted line: name in brackets, position, role."""
    name = f"({signer.name_th})" if signer.name_th else f"({_BLANK})"
    return tuple(line for line in (name, signer.position_th, signer.role_th) if line)


# ---------------------------------------------------------------- the title


PERIOD_TH: dict[Period, str] = {"six_months": "รอบ 6 เดือน", "twelve_months": "รอบ 12 เดือน"}
_APART = ("ประจำ", "รอบ", "สถานะ")


def _title(case: AnyCase) -> tuple[str, ...]:
    """Return the lines of the title; a plan without any result is not called a report."""
    lines, values = case.form.title_th, {"year": case.fiscal_year, "plan_year": case.plan_year}
    if isinstance(case, ProgressCase) and not case.has_results:
        lines = (
            "มาตรการส่งเสริมคุณธรรมและความโปร่งใส",
            "ภายในหน่วยงาน ประจำปีงบประมาณ พ.ศ. {plan_year}",
            "สถานะเทียบกับกำหนดเวลา {period}",
            "(ยังไม่เป็นรายงานผลการดำเนินการ)",
        )
    return tuple(line.format(period=PERIOD_TH[case.record.office.period], **values) for line in lines)


def _running_title(case: AnyCase) -> str:
    """Return the title above each page."""
    if isinstance(case, ProgressCase) and not case.has_results:
        return f"มาตรการส่งเสริมคุณธรรมและความโปร่งใส ปีงบประมาณ พ.ศ. {case.plan_year}"
    return case.form.running_title_th.format(year=case.fiscal_year, plan_year=case.plan_year)


def _document_name(case: AnyCase) -> str:
    """Return the title as a sentence names it: its lines in one, spaced as Thai is, without remarks."""
    if isinstance(case, Case):
        measures = f"มาตรการส่งเสริมคุณธรรมและความโปร่งใส {text.plan_year(case)}"
        return f"การวิเคราะห์ผลการประเมินคุณธรรมและความโปร่งใส {text.year(case)} และ{measures}"
    # A title breaks inside a phrase too; only year, period and state stand apart from what precedes.
    lines = [line for line in _title(case) if line and not line.startswith("(")]
    return "".join(f" {line}" if line.startswith(_APART) else line for line in lines).strip()
