"""Pieces of wording that several exhibits share, people's own texts on a node among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import wraps
from typing import Any, get_args

from ita_nb.analysis.diagnosis import Weakness, answers, draft_entry
from ita_nb.case import Case
from ita_nb.document.blocks import Paragraph, Section
from ita_nb.document.narrative import say
from ita_nb.facts.catalogue import CatalogueMeasure
from ita_nb.facts.kinds import Indicator, Level, Node, Question
from ita_nb.intake.record import (
    Agency,
    PlannedMeasure,
    Remark,
    RemarkKind,
    node_text,
    part_text,
)
from ita_nb.intake.record import item_text as item_text
from ita_nb.thai import apart as apart
from ita_nb.thai import number_text

NO_DATA = "ไม่มีข้อมูล"
DRAFT = "(ร่าง)"
NOTHING = Section(blocks=())

_Exhibit = Callable[[Any], Section]  # of a report, or of an overview


def working_only(exhibit: _Exhibit) -> _Exhibit:
    """Make an exhibit of the working edition: a publication shows nothing of it."""

    @wraps(exhibit)
    def shown(report: Any) -> Section:
        return exhibit(report) if report.is_working else NOTHING

    return shown


def score(value: Fraction | float | None) -> str:
    """Two decimals, or the words for a missing score."""
    return NO_DATA if value is None else number_text(value)


def level_condition(level: Level) -> str:
    """The least scores that a level asks for."""
    each = level.each_instrument_min
    whole = f"คะแนนรวมไม่ต่ำกว่า {number_text(level.total_min, 0)}"
    return whole if each is None else f"{whole} และทุกแบบวัดไม่ต่ำกว่า {number_text(each, 0)}"


def known_score(case: Case, code: str) -> Fraction | None:
    """The score of a node: the printed one, else the recomputed one; ``None`` where there is neither."""
    best = case.scores.best(Node(code))
    return best.value if best else None


def known_indicators(case: Case) -> list[tuple[Indicator, Fraction]]:
    """The indicators that have a score, each with it."""
    found = [(indicator, known_score(case, indicator.code)) for indicator in case.framework.indicators]
    return [(indicator, score) for indicator, score in found if score is not None]


def node_item(case: Case, node: Node) -> str:
    """Code and wording of a node, naming the part where the question is scored in parts."""
    return node_text(case.framework, node)


def spoken_item(case: Case, node: Node) -> str:
    """A node as a sentence names it: ``ข้อ o13 รายงาน...``; a question's wording stands in quotation marks."""
    framework = case.framework
    title = framework.title(node.code)
    if isinstance(framework.by_code[node.code], Question) and title is not None:
        return f'{Node(node.code).name_th} "{title}"{part_text(node)}'
    word = "ข้อ " if node.code in framework.leaves else ""
    return f"{word}{node_item(case, node)}"


def listed(names: Sequence[str]) -> str:
    """Name several things in a sentence: ``IIT``, ``IIT และ EIT``, ``ข้อแรก, ข้อที่สอง และข้อที่สาม``."""
    *first, last = names
    return f"{', '.join(first)} และ{apart(last)}" if first else last


def level(name: str) -> str:
    """A level as a sentence names it: ``ระดับผ่านดี``, ``ระดับ AA``."""
    return f"ระดับ{apart(name)}"


def remark_texts(remarks: Iterable[Remark], kind: RemarkKind, *, working: bool) -> list[str]:
    """People's texts of a kind; unconfirmed ones carry the mark, and stay out of publication."""
    found = [r for r in remarks if r.kind == kind]
    confirmed = [r.text_th for r in found if r.status == "confirmed"]
    drafts = [f"{DRAFT} {r.text_th}" for r in found if r.status == "draft"]
    return confirmed + (drafts if working else [])


def checks_part(case: Case) -> int:
    """Return the number of the part that holds the checks: the last one."""
    return sum(name in case.form.parts for name in ("result", "analysis", "measures", "checks"))


def note(text: str) -> Paragraph:
    """A small remark under an exhibit."""
    return Paragraph(text=text, style="small")


def measure_name(case: Case, measure: PlannedMeasure) -> str:
    """``มาตรการที่ 3``: the number by which the document's tables refer to a measure."""
    return f"มาตรการที่ {case.plan.index(measure) + 1}"


def place(agency: Agency) -> str:
    """District and province, each with its word, as far as they are known."""
    parts = [
        text if not text or text.startswith(word) else word + text
        for word, text in (("อำเภอ", agency.district_th), ("จังหวัด", agency.province_th))
    ]
    return " ".join(part for part in parts if part)


def year(case: Case) -> str:
    """The fiscal year of the scores, in words."""
    return f"ปีงบประมาณ พ.ศ. {case.fiscal_year}"


def plan_year(case: Case) -> str:
    """The fiscal year of the measures, in words."""
    return f"ปีงบประมาณ พ.ศ. {case.plan_year}"


# ---------------------------------------------------------------- what people wrote on a node


CAUSE, GUIDELINE = "สาเหตุเกิดจาก", "แนวทางการยกระดับผลการประเมินฯ"


def person_texts(case: Case, code: str, kind: RemarkKind, *, working: bool) -> list[str]:
    """People's texts on a node; unconfirmed ones carry the mark, and stay out of publication."""
    if kind == "note" and not working:  # a note is for the analyst, not for the published document
        return []
    return remark_texts((r for r in case.record.remarks if r.item == code), kind, working=working)


def is_written_on(case: Case, code: str, *, working: bool) -> bool:
    """Return whether the edition shows anything that people wrote on a node."""
    return any(person_texts(case, code, kind, working=working) for kind in get_args(RemarkKind))


def weakness_of(case: Case, node: Node) -> Weakness | None:
    """Return the weakness of a node; ``None`` if it is not weak."""
    return next((w for w in case.weaknesses if w.node == node), None)


def catalogue_entry(case: Case, node: Node) -> CatalogueMeasure | None:
    """Return the catalogue's entry for a weak item and the way it lost its points; ``None`` if not weak."""
    weak = weakness_of(case, node)
    return draft_entry(case.framework, case.catalogue, weak) if weak else None


def guidelines(case: Case, node: Node, *, working: bool) -> list[str]:
    """People's guideline; else what was decided; else the draft one (working) or that there is none yet."""
    written = person_texts(case, node.code, "guideline", working=working)
    found = written or decisions(case, node)
    entry = None if found else catalogue_entry(case, node)
    if entry is None:
        return found
    return [f"{DRAFT} {entry.guideline_th}" if working else say("guideline.none")]


def decisions(case: Case, node: Node) -> list[str]:
    """The confirmed measures that answer a node, or why there is none of it."""
    answering = [m for m in case.plan if m.status == "confirmed" and answers(case.framework, m, node.code)]
    reason = case.coverage.declined.get(node)
    if not answering and reason:
        return [say("guideline.declined", reason=reason)]
    return [say("guideline.by_measure", measure=measure_name(case, m), title=m.title_th) for m in answering]
