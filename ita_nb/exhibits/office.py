"""The switchable parts that an office adds: memo, meeting, suggestions, contact, signature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ita_nb.case import Case
from ita_nb.document.blocks import Block, Heading, PageBreak, Paragraph, Section, Signature
from ita_nb.document.gate import known_item_name
from ita_nb.document.narrative import say
from ita_nb.exhibits import progress, text
from ita_nb.exhibits.text import NOTHING
from ita_nb.facts.framework import TOTAL
from ita_nb.frames import AnyCase, Report
from ita_nb.intake.office import Office, Signer
from ita_nb.intake.record import Agency, Remark, RemarkKind
from ita_nb.progress import ProgressCase
from ita_nb.thai import long_date

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


@dataclass(frozen=True)
class _Papers:
    """What the office's parts speak of: the agency, its own entries, the document's name and its item."""

    agency: Agency
    office: Office
    document_th: str
    item_th: str


def _papers(case: AnyCase) -> _Papers:
    document = progress.document_name(case) if isinstance(case, ProgressCase) else _analysis_name(case)
    item = known_item_name(case.requirement)
    return _Papers(case.agency, case.record.office, document, item)


def _analysis_name(case: Case) -> str:
    return (
        f"การวิเคราะห์ผลการประเมินคุณธรรมและความโปร่งใส {text.year(case)} "
        f"และมาตรการส่งเสริมคุณธรรมและความโปร่งใส {text.plan_year(case)}"
    )


def memo(report: Report[Any]) -> Section:
    """Return the memo that asks the executive to take note and to permit publication, on its own page."""
    papers = _papers(report.case)
    if not papers.office.show.memo:
        return NOTHING
    entry = papers.office.memo
    website = entry.website or (papers.office.contact.website if papers.office.contact else "")
    where = f"เว็บไซต์ของหน่วยงาน {website}".strip()
    day = long_date(entry.date) if entry.date else _SHORT_BLANK
    makers, deciders = _makers_and_deciders(_signers(papers.office))
    # Level 2, so that a title without a cover page of its own stands above the document, not the memo.
    blocks: list[Block] = [
        Heading(level=2, text="บันทึกข้อความ"),
        Paragraph(label="ส่วนราชการ", text=entry.department_th or papers.agency.name_th),
        Paragraph(label="ที่", text=f"{entry.number_th or _SHORT_BLANK} วันที่ {day}"),
        Paragraph(label="เรื่อง", text=f"{papers.document_th} และขออนุญาตเผยแพร่ต่อสาธารณะ"),
        Paragraph(label="เรียน", text=_addressee(papers, deciders[-1])),
        Paragraph(label="สิ่งที่ส่งมาด้วย", text="เอกสารตามเรื่องข้างต้น จำนวน 1 ฉบับ"),
        Paragraph(text=_basis(papers)),
        Paragraph(text=say("memo.request", where=where)),
        Signature(signers=tuple(map(_lines, makers))),
        *_forwarded(papers, deciders),
        Paragraph(label="ความเห็นของผู้บริหาร", text=_ANSWER),
        Signature(signers=tuple(map(_lines, deciders))),  # side by side: the memo keeps to one page
        PageBreak(),
    ]
    return Section(blocks=tuple(blocks))


def _makers_and_deciders(chain: Sequence[Signer]) -> tuple[Sequence[Signer], Sequence[Signer]]:
    """Part the chain: who made the document signs the request together; then one after the other decides."""
    made = 1
    while made < len(chain) - 1 and chain[made].role_th == chain[0].role_th != "":
        made += 1
    return chain[:made], chain[made:]


def _addressee(papers: _Papers, executive: Signer) -> str:
    return papers.office.memo.to_th or executive.position_th or _BLANK


def _forwarded(papers: _Papers, deciders: Sequence[Signer]) -> Iterator[Block]:
    """Yield how each signer between makers and executive passes the memo on, with room for an opinion."""
    for signer, following in pairwise(deciders):
        is_last = following is deciders[-1]
        to = _addressee(papers, following) if is_last else following.position_th or _BLANK
        opinion = f"เรียน {to} เพื่อโปรดพิจารณา\nความเห็น {_BLANK}"
        yield Paragraph(label=f"ความเห็นของ{signer.role_th or signer.position_th or 'ผู้ตรวจสอบ'}", text=opinion)


def _basis(papers: _Papers) -> str:
    basis = say("memo.basis", agency=papers.agency.name_th)
    return f"{basis} {say('memo.item', item=papers.item_th)}" if papers.item_th else basis


def meeting(report: Report[Any]) -> Section:
    """Return the record of the meeting that considered the result: date, place, who, resolution."""
    papers = _papers(report.case)
    held = papers.office.meeting
    if held is None or not papers.office.show.meeting:
        return NOTHING
    lines = [
        ("วันที่ประชุม", long_date(held.date) if held.date else ""),
        ("สถานที่", held.place_th),
        ("ผู้เข้าร่วมประชุม", ", ".join(held.present_th)),
        ("มติที่ประชุม", held.resolution_th),
    ]
    paragraphs = [Paragraph(label=label, text=value) for label, value in lines if value]
    if not paragraphs:
        return NOTHING
    return Section(blocks=(Heading(level=2, text="การประชุมพิจารณาผลการประเมินและกำหนดมาตรการ"), *paragraphs))


def suggestions(report: Report[Any]) -> Section:
    """Return what was suggested on the result: by outsiders; in a report on measures by the assessors too."""
    case, office = report.case, report.case.record.office
    remarks = case.record.remarks
    blocks: list[Block] = []
    if isinstance(case, ProgressCase):
        blocks += _listed("ข้อเสนอแนะจากการประเมิน", _lines_of(remarks, "assessor", report))
    else:
        above = {TOTAL, *case.framework.groups}
        remarks = tuple(remark for remark in remarks if remark.item in above)
    lines = [
        line for line in (*office.suggestions, *_lines_of(remarks, "suggestion", report)) if line.strip()
    ]
    blocks += _listed("ข้อเสนอแนะจากผู้มีส่วนได้ส่วนเสีย", lines) if office.show.suggestions else []
    return Section(blocks=tuple(blocks))


def _lines_of(remarks: Iterable[Remark], kind: RemarkKind, report: Report[Any]) -> list[str]:
    return text.remark_texts(remarks, kind, working=report.is_working)


def _listed(heading: str, lines: Sequence[str]) -> list[Block]:
    items = [Paragraph(style="bullet", text=line) for line in lines]
    return [Heading(level=2, text=heading), *items] if items else []


def contact(report: Report[Any]) -> Section:
    """Return where a reader can ask about the document."""
    papers = _papers(report.case)
    known = papers.office.contact
    if known is None or not papers.office.show.contact:
        return NOTHING
    lines = [
        ("ส่วนงาน", known.department_th),
        ("ที่อยู่", known.address_th),
        ("โทรศัพท์", known.phone),
        ("อีเมล", known.email),
        ("เว็บไซต์", known.website),
    ]
    paragraphs = [Paragraph(label=label, text=value) for label, value in lines if value]
    if not paragraphs:
        return NOTHING
    whose = Paragraph(label="หน่วยงาน", text=f"{papers.agency.name_th} {text.place(papers.agency)}".strip())
    return Section(blocks=(Heading(level=2, text="ข้อมูลการติดต่อ"), whose, *paragraphs))


def signature(report: Report[Any]) -> Section:
    """Return the signatures of the document, or nothing when they are switched off."""
    papers = _papers(report.case)
    if not papers.office.show.signature:
        return NOTHING
    sentence = say("signature.statement", document=papers.document_th)
    blocks = (
        Heading(level=2, text="การลงนามรับรองเอกสาร"),
        Paragraph(text=sentence),
        Signature(signers=tuple(map(_lines, _signers(papers.office)))),
    )
    return Section(blocks=blocks)


def _signers(office: Office) -> tuple[Signer, ...]:
    return office.signers if len(office.signers) > 1 else (*office.signers, *_CHAIN[len(office.signers) :])


def _lines(signer: Signer) -> tuple[str, ...]:
    """Return the lines under the dotted line: name in brackets, position, role."""
    name = f"({signer.name_th})" if signer.name_th else f"({_BLANK})"
    return tuple(line for line in (name, signer.position_th, signer.role_th) if line)
