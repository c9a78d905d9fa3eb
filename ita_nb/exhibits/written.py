"""What people wrote on a node, and the guideline that stands for it in each edition."""

from __future__ import annotations

from typing import get_args

from ita_nb.analysis.diagnosis import Weakness
from ita_nb.analysis.planner import answers, draft_entry
from ita_nb.case import Case
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.facts.catalogue import CatalogueMeasure
from ita_nb.intake.record import Node, RemarkKind

CAUSE, GUIDELINE = "สาเหตุเกิดจาก", "แนวทางการยกระดับผลการประเมินฯ"


def person_texts(case: Case, code: str, kind: RemarkKind, *, working: bool) -> list[str]:
    """People's texts on a node; unconfirmed ones carry the mark, and stay out of publication."""
    if kind == "note" and not working:  # a note is for the analyst, not for the published document
        return []
    return text.remark_texts((r for r in case.record.remarks if r.item == code), kind, working=working)


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
    return [f"{text.DRAFT} {entry.guideline_th}" if working else say("guideline.none")]


def decisions(case: Case, node: Node) -> list[str]:
    """The confirmed measures that answer a node, or why there is none of it."""
    answering = [m for m in case.plan if m.status == "confirmed" and answers(case.framework, m, node.code)]
    reason = case.coverage.declined.get(node)
    if not answering and reason:
        return [say("guideline.declined", reason=reason)]
    return [
        say("guideline.by_measure", measure=text.measure_name(case, m), title=m.title_th) for m in answering
    ]
