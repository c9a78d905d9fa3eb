"""The completeness gate: what a document must contain, element by element, and what of it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ita_nb.case import Case
from ita_nb.facts.kinds import Element, RequiredElement
from ita_nb.facts.rounds import Requirement
from ita_nb.intake.record import PlannedMeasure, Result
from ita_nb.progress import ProgressCase


@dataclass(frozen=True)
class Checked:
    """One required element: whether it is there, and what was found (Thai)."""

    required: RequiredElement
    present: bool
    found_th: str


# A cell of the measures table that every measure must fill.
_CELLS: dict[Element, Callable[[PlannedMeasure], object]] = {
    "measures": lambda m: m.title_th,
    "steps": lambda m: m.steps_th,
    "period": lambda m: m.start or m.end,
    "responsible": lambda m: m.responsible_th,
    "follow_up": lambda m: m.follow_up_th,
    "issues": lambda m: m.items or m.topic,
}
_RECORDED: dict[Element, Callable[[Result], str]] = {
    "output": lambda r: r.output_th,
    "outcome": lambda r: r.outcome_th,
    "suggestion": lambda r: r.suggestion_th,
}


def analysis_checklist(case: Case) -> tuple[Checked, ...]:
    """Return the required elements of the analysis and measures document, as far as the case has them."""
    return tuple(_of_analysis(case, element) for element in case.requirement.item.required)


def _of_analysis(case: Case, required: RequiredElement) -> Checked:
    if required.element == "result":
        known = case.losses is not None
        return Checked(required, known, "มีคะแนนรวม" if known else "ไม่มีคะแนนรวม")
    if required.element == "analysis":
        scored = [n for n in case.record.scores if n.code in case.framework.by_code]
        found = f"วิเคราะห์จากคะแนน {len(scored)} รายการ" if scored else "ไม่มีคะแนนต่ำกว่าระดับคะแนนรวมให้วิเคราะห์"
        return Checked(required, bool(scored), found)
    if not case.plan and not case.weaknesses:
        return Checked(required, present=True, found_th="ไม่มีข้อที่ต้องยกระดับ จึงไม่มีมาตรการ")
    return _of_measures(required, case.plan, ())


def progress_checklist(case: ProgressCase) -> tuple[Checked, ...]:
    """Return the required elements of the report on the measures, as far as the case has them."""
    measures = [entry.measure for entry in case.entries]
    return tuple(_of_measures(r, measures, case.record.results) for r in case.requirement.item.required)


def _of_measures(
    required: RequiredElement, measures: Sequence[PlannedMeasure], results: Sequence[Result]
) -> Checked:
    by_id = {r.measure_id: r for r in results}
    missing: list[str] = []
    for number, measure in enumerate(measures, start=1):
        if required.element in _CELLS:
            filled = bool(_CELLS[required.element](measure))
        else:
            result = by_id.get(measure.measure_id)
            filled = result is not None and bool(_RECORDED[required.element](result))
        if not filled:
            missing.append(str(number))
    if not measures:
        return Checked(required, present=False, found_th="ไม่มีมาตรการ")
    found = f"ครบ {len(measures)} มาตรการ"
    if missing:
        found = (
            f"มี {len(measures) - len(missing)} จาก {len(measures)} มาตรการ ขาดมาตรการที่ {', '.join(missing)}"
        )
    return Checked(required, not missing, found)


def item_name(requirement: Requirement) -> str:
    """Return the item that the document answers: code, title and round, as far as they are known."""
    item = requirement.item
    code = f"ข้อ {item.code}" if item.code else "ข้อที่ยังไม่ทราบรหัส"
    title = f" {item.title_th}" if item.title_th else ""
    if requirement.borrowed_from is not None:
        return (
            f"ยังไม่มีข้อเท็จจริงของรอบปีงบประมาณ พ.ศ. {requirement.round_year} "
            f"จึงเทียบกับ{code}{title} ของปีงบประมาณ พ.ศ. {requirement.borrowed_from}"
        )
    return f"{code}{title} ของการประเมินรอบปีงบประมาณ พ.ศ. {requirement.round_year}"
