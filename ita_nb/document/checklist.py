"""The completeness gate: what a document must contain, element by element, and what of it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ita_nb.analysis.progress import ANSWERABLE
from ita_nb.case import Case
from ita_nb.facts.forms import Field, MeasuresForm, load_forms
from ita_nb.facts.kinds import Element, RequiredElement
from ita_nb.facts.rounds import Requirement
from ita_nb.intake.record import Node, PlannedMeasure, Result
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
    "period": lambda m: m.start and m.end,
    "responsible": lambda m: m.responsible_th,
    "follow_up": lambda m: m.follow_up_th,
    "issues": lambda m: m.items or m.topic,
}
_RECORDED: dict[Element, Callable[[Result], str]] = {
    "output": lambda r: r.output_th,
    "outcome": lambda r: r.outcome_th,
    "suggestion": lambda r: r.suggestion_th,
}


# The columns in which an element is printed; one of them is enough.
_FIELDS: dict[Element, tuple[Field, ...]] = {
    "issues": ("issue",),
    "measures": ("measure", "steps"),
    "steps": ("steps",),
    "period": ("period", "follow_up"),
    "responsible": ("responsible",),
    "follow_up": ("follow_up",),
    "output": ("output",),
    "outcome": ("outcome",),
    "suggestion": ("suggestion",),
}


def analysis_checklist(case: Case) -> tuple[Checked, ...]:
    """Return the required elements of the analysis and measures document, as far as the case has them."""
    return tuple(_of_analysis(case, element) for element in case.requirement.item.required)


def _of_analysis(case: Case, required: RequiredElement) -> Checked:
    if required.element == "result":
        known = case.losses is not None
        return Checked(required, known, "มีคะแนนรวม" if known else "ไม่มีคะแนนรวม")
    if required.element == "analysis":
        return _of_the_analysis(case, required)
    if not case.plan and not case.weaknesses:
        whole = is_fully_scored(case)
        found = "ไม่มีข้อที่ต้องยกระดับ จึงไม่มีมาตรการ" if whole else "คะแนนมีไม่ครบทุกตัวชี้วัด จึงยังสรุปไม่ได้ว่าข้อใดต้องมีมาตรการ"
        return Checked(required, whole, found)
    rows = {number: (measure, None) for number, measure in enumerate(case.plan, start=1)}
    return _of_measures(required, rows, case.measures_form)


def _of_the_analysis(case: Case, required: RequiredElement) -> Checked:
    scored = [n for n in case.record.scores if n.code in case.framework.by_code]
    if not scored:
        return Checked(required, present=False, found_th="ไม่มีคะแนนต่ำกว่าระดับคะแนนรวมให้วิเคราะห์")
    asked = load_forms().analysis[case.record.form or case.requirement.forms.analysis]
    if asked != case.form:
        # What the facts do not hold cannot be asked of an office; it is told, and does not block.
        why = f"เป็น{case.form.name_th} เพราะยังไม่ทราบว่าข้อของปีนี้อยู่ในประเด็นใด โปรดตรวจกับคู่มือ"
        return Checked(required, present=True, found_th=why)
    return Checked(required, present=True, found_th=f"วิเคราะห์จากคะแนน {len(scored)} รายการ")


def is_fully_scored(case: Case) -> bool:
    """Return whether every indicator has a score (or, where no indicator is known, every item)."""
    framework = case.framework
    codes = [i.code for i in framework.indicators] or list(framework.leaves)
    return bool(codes) and all(case.scores.best(Node(code)) is not None for code in codes)


def progress_checklist(case: ProgressCase) -> tuple[Checked, ...]:
    """Return the required elements of the report on the measures, as far as the case has them."""
    return tuple(_of_progress(case, element) for element in case.requirement.item.required)


def _of_progress(case: ProgressCase, required: RequiredElement) -> Checked:
    """Check an element of the report; what came of a measure is asked of those that have come so far."""
    rows = {
        number: (entry.measure, entry.result)
        for number, entry in enumerate(case.entries, start=1)
        if required.element not in _RECORDED or entry.state in ANSWERABLE
    }
    if not rows:
        return Checked(required, case.has_results, "ไม่มีมาตรการที่ดำเนินการแล้วเสร็จหรือบันทึกผลไว้")
    return _of_measures(required, rows, case.form.table)


def _of_measures(
    required: RequiredElement,
    rows: Mapping[int, tuple[PlannedMeasure, Result | None]],
    form: MeasuresForm,
) -> Checked:
    if required.element not in _FIELDS:
        return Checked(required, present=False, found_th="ไม่ใช่องค์ประกอบของตารางมาตรการ โปรดแก้ข้อเท็จจริงของปี")
    columns = {column.field for column in form.columns}
    shown = [f for f in _FIELDS[required.element] if f in columns]
    if required.element == "issues" and form.group_by != "none":
        shown.append("issue")
    if not shown:
        return Checked(required, present=False, found_th=f"{form.name_th} ไม่มีคอลัมน์สำหรับข้อนี้")
    missing = [
        str(number)
        for number, (measure, result) in rows.items()
        if not _is_there(required.element, measure, result, shown)
    ]
    if not rows:
        return Checked(required, present=False, found_th="ไม่มีมาตรการ")
    found = f"ครบ {len(rows)} มาตรการ"
    if missing:
        there = f"มี {len(rows) - len(missing)} จาก {len(rows)} มาตรการ"
        found = f"{there} ขาดมาตรการที่ {', '.join(missing)}"
    return Checked(required, not missing, found)


def _is_there(
    element: Element, measure: PlannedMeasure, result: Result | None, shown: Sequence[Field]
) -> bool:
    if element == "period" and "period" not in shown:
        return measure.end is not None  # such a form prints the day of completion only
    if element in _CELLS:
        return bool(_CELLS[element](measure))
    return result is not None and bool(_RECORDED[element](result))


def item_name(requirement: Requirement) -> str:
    """Return the item that the document answers, as far as it is known, and how surely."""
    item = requirement.item
    year = f"ปีงบประมาณ พ.ศ. {requirement.round_year}"
    name = f"ข้อ {item.code} {item.title_th or ''}".strip() if item.code else "ข้อที่ยังไม่ทราบรหัสและชื่อ"
    if requirement.certain:
        return f"{name} ของการประเมินรอบ{year}"
    return f"{name} ซึ่งเป็นของรอบ{year} เพราะยังไม่ทราบข้อของรอบที่ต้องใช้เอกสารนี้"


def known_item_name(requirement: Requirement) -> str:
    """Return the item's name where code and round are known, else nothing: for papers that people sign."""
    return item_name(requirement) if requirement.certain and requirement.item.code else ""
