"""The publication gate: which problems, drafts and missing elements keep a document from publication.

The checklist says of each element that a document must contain what of it is there. Last
stands how far the numbers can be trusted, in words: for the documents and for ``check``, which draws nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from ita_nb.analysis.levels import next_level
from ita_nb.analysis.progress import ANSWERABLE, STATE_TH, MeasureProgress
from ita_nb.case import Case
from ita_nb.errors import Problem, PublicationRefusedError
from ita_nb.facts.forms import Field, MeasuresForm, load_forms
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Element, Node, RequiredElement
from ita_nb.facts.loader import Requirement
from ita_nb.facts.rules import rule_named
from ita_nb.intake.people import acceptance_of
from ita_nb.intake.record import PlannedMeasure, Remark, RemarkKind, Result, State, brief_of
from ita_nb.progress import ProgressCase
from ita_nb.thai import long_date, number_text

_KINDS_TH: dict[RemarkKind, str] = {
    "assessor": "หมายเหตุจากผู้ตรวจประเมิน",
    "suggestion": "ข้อเสนอแนะ",
    "cause": "สาเหตุ",
    "note": "หมายเหตุ",
    "guideline": "แนวทาง",
}
NO_RESULTS = (
    "ไม่มีผลการดำเนินการของมาตรการใดเลย เอกสารนี้จึงเป็นแผนมาตรการ ไม่ใช่รายงานผลการดำเนินการ "
    "ต้องบันทึกผลอย่างน้อยหนึ่งมาตรการ หรือระบุสถานะครบทุกมาตรการ ก่อนเผยแพร่เป็นรายงาน"
)

NO_TOTAL = "ไม่มีคะแนนรวม และคะแนนที่มีไม่พอให้คำนวณ"
# What people say of the result that a report on its measures repeats.
SHOWN_IN_PROGRESS: frozenset[RemarkKind] = frozenset({"assessor", "suggestion"})


@dataclass(frozen=True)
class Blocker:
    """Something to settle before publication: in full for the command line, in brief for the document."""

    text_th: str
    brief_th: str


def blockers(case: Case | ProgressCase) -> list[Blocker]:
    """Return everything that has to be settled before publication."""
    remarks = case.record.remarks
    if isinstance(case, ProgressCase):
        first = [] if case.has_results else [NO_RESULTS]
        found = _numbers(case) + _states(case) + _drafts(entry.measure for entry in case.entries)
        lines = _draft_remarks(r for r in remarks if r.kind in SHOWN_IN_PROGRESS)
        checked = progress_checklist(case)
    else:
        first = [] if case.losses is not None else [NO_TOTAL]
        found = _numbers(case) + _drafts(case.plan)
        lines = _draft_remarks(remarks) + _guesses(remarks) + _uncovered(case)
        checked = analysis_checklist(case)
    lines += [f"ขาด{c.required.text_th}: {c.found_th}" for c in checked if not c.present]
    return [*(Blocker(line, line) for line in first), *found, *(Blocker(line, line) for line in lines)]


def open_problems(case: Case | ProgressCase) -> list[Problem]:
    """Return the problems that keep a document from publication: neither mended nor accepted by anyone."""
    return [
        p
        for p in case.problems
        if (p.severity != "note" or rule_named(p.rule).to_accept)
        and acceptance_of(p, case.record.accepted) is None
    ]


def _numbers(case: Case | ProgressCase) -> list[Blocker]:
    return [Blocker(p.message_th + _how_to_accept(case, p), brief_of(p)) for p in open_problems(case)]


def _how_to_accept(case: Case | ProgressCase, problem: Problem) -> str:
    """Say how a warning that is right as it stands is accepted, to be copied into the params file."""
    if problem.severity == "error":
        return ""
    node = Node.of_label(problem.node)
    is_score = node.code in {TOTAL, *case.framework.by_code}
    subject = {"node": node.code, "part": node.part} if is_score else {"measure_id": problem.node}
    named = ", ".join(f"{key}: {value}" for key, value in subject.items() if value and value != TOTAL)
    rule = f"rule: {problem.rule}" + (f", {named}" if named else "")
    ending = "-progress" if isinstance(case, ProgressCase) else ""
    file = f"params/{case.agency.agency_id}-{case.fiscal_year}{ending}.yaml"
    line = f"- {{{rule}, reason_th: เหตุผล, by_th: ชื่อผู้รับรอง}}"
    return f" [หากถูกต้องแล้ว รับรองใน {file} โดยเพิ่มใต้บรรทัด accepted: {line}]"


def _states(case: ProgressCase) -> list[Blocker]:
    """Name every measure of which the report does not say how far it has come, or why not further."""
    told = {p.node for p in open_problems(case) if p.rule == "state-against-period"}
    return [
        Blocker(
            f"{entry.measure.title_th} (รหัส {entry.measure.measure_id}): {fault} โปรด{todo}",
            f"มาตรการที่ {number}: {fault}",
        )
        for number, entry in enumerate(case.entries, start=1)
        if entry.measure.measure_id not in told
        for fault, todo in _unsaid(entry, case)
    ]


def _unsaid(entry: MeasureProgress, case: ProgressCase) -> Iterator[tuple[str, str]]:
    """Yield what is not said of a measure, and what is to be done about it."""
    is_six, end, day = case.record.office.period == "six_months", entry.measure.end, case.not_due_before
    state = STATE_TH[entry.state]
    is_later = end is not None and end > day
    if entry.state in {"overdue", "unrecorded"} or (is_six and entry.state == "recorded"):
        yield state, f"ระบุ state ({', '.join(get_args(State))})"
    elif entry.state == "not_done" and not entry.reason_th:
        yield f"{state} แต่ไม่ได้ให้เหตุผล", "ระบุใน reason_th"
    elif entry.state == "not_due" and not is_later and not (is_six and entry.reason_th):
        todo = "ระบุเหตุผลใน reason_th หรือแก้ state" if is_six else "แก้ state เช่น not_done พร้อม reason_th"
        yield f"{state} แต่ช่วงเวลาไม่ได้สิ้นสุดหลังวันที่ {long_date(day)}", todo


def _drafts(measures: Iterable[PlannedMeasure]) -> list[Blocker]:
    return [
        Blocker(f"มาตรการยังเป็นร่าง: {m.title_th} (รหัส {m.measure_id})", f"มาตรการที่ {number} ยังเป็นร่าง")
        for number, m in enumerate(measures, start=1)
        if m.status == "draft"
    ]


def _draft_remarks(remarks: Iterable[Remark]) -> list[str]:
    return [
        f'{Node(r.item).name_th}: {_KINDS_TH[r.kind]}ยังเป็นร่าง ("{r.text_th[:40]}...")'
        for r in remarks
        if r.status == "draft"
    ]


def _guesses(remarks: Iterable[Remark]) -> list[str]:
    """A cause that says "may be" is a candidate still, whatever its status: a published one is known."""
    return [
        f'{Node(r.item).name_th}: สาเหตุที่ยืนยันแล้วยังเป็นข้อสันนิษฐาน ("{r.text_th[:40]}...") '
        "ให้เขียนสาเหตุจริง หรือลบรายการนี้"
        for r in remarks
        if r.kind == "cause"
        and r.status == "confirmed"
        and (r.text_th.startswith("อาจ") or "ก่อนยืนยัน" in r.text_th)
    ]


def _uncovered(case: Case) -> list[str]:
    unexplained, nothing = "ไม่กำหนดมาตรการแต่ยังไม่ให้เหตุผล (reason_th)", "ยังไม่มีมาตรการ"
    return [
        f"{node.name_th}: ข้อที่ต้องยกระดับ{unexplained if node in case.coverage.declined else nothing}"
        for node in case.coverage.uncovered
    ]


def refuse_unready(case: Case | ProgressCase) -> None:
    """Raise PublicationRefusedError naming every blocker, if there is one."""
    found = blockers(case)
    if not found:
        return
    found += [Blocker(p.message_th, "") for p in case.problems if p.rule == "acceptance-idle"]
    agency_id, year = case.agency.agency_id, case.fiscal_year
    if isinstance(case, ProgressCase):
        todo = (
            "บันทึกสถานะ (state) ผลการดำเนินการ (output_th) ผลลัพธ์ (outcome_th) หลักฐาน (evidence) "
            f"หรือเหตุผล (reason_th) ของแต่ละมาตรการใน data/{case.plan_year}/progress.csv "
            f"คำเตือนที่ถูกต้องอยู่แล้วให้รับรองใน params/{agency_id}-{case.plan_year}-progress.yaml "
            f"มาตรการที่ยังเป็นร่างให้ยืนยันใน data/{case.plan_year}/measures.csv "
            f"หรือ params/{agency_id}-{case.framework.fiscal_year}.yaml "
        )
    else:
        todo = (
            f"(1) ตัวเลข: ตรวจกับต้นฉบับแล้วแก้ใน data/{year}/ "
            f"(2) มาตรการและข้อความ: แก้และเปลี่ยน status เป็น confirmed ใน params/{agency_id}-{year}.yaml "
            f"หรือใน data/{case.plan_year}/measures.csv และ data/{year}/remarks.csv "
            "ข้อที่ตัดสินใจไม่กำหนดมาตรการให้ใส่ status: declined พร้อม reason_th "
        )
    raise PublicationRefusedError(
        where=f"ฉบับเผยแพร่ของ{case.agency.name_th} ปีงบประมาณ พ.ศ. {year}",
        expected="องค์ประกอบครบ ไม่มีตัวเลขที่ขัดแย้ง และไม่มีร่างที่รอการยืนยัน",
        found=f"{len(found)} รายการ\n    - " + "\n    - ".join(blocker.text_th for blocker in found),
        todo=f"{todo}หรือใช้ --draft เพื่อทำฉบับที่มีลายน้ำทุกหน้า",
    )


# ---------------------------------------------------------------- completeness


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


# ---------------------------------------------------------------- quality


SEVERITY_TH = {"error": "ผิด", "warning": "เตือน", "note": "แจ้ง"}
VERDICT_TH = {"match": "ตรง", "mismatch": "ไม่ตรง", "unchecked": "ไม่ได้ตรวจ"}


def respondents_lines(case: Case) -> list[str]:
    """Return one Thai line a group of respondents: how many, and how that is known."""
    lines = []
    for group, found in case.respondents.items():
        name = Node.of_label(group).name_th
        if found.n is None:
            lines.append(f"{name}: ไม่ทราบจำนวน")
        elif found.inferred:
            lines.append(
                f"{name}: {found.n} คน เป็นค่าอนุมานจากคะแนนที่พิมพ์ "
                f"จำนวนที่เป็นพหุคูณก็เข้าได้เช่นกัน ({2 * found.n}, {3 * found.n}, ...)"
            )
        else:
            lines.append(f"{name}: {found.n} คน ตามที่ระบุ")
    return lines or ["ไม่มีข้อมูลพอจะทราบจำนวนผู้ตอบ"]


def not_checked_by_reason(case: Case) -> dict[str, list[str]]:
    """Return reason (Thai) -> the nodes that could not be checked for it."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for row in case.not_checked:
        reasons[row.why].append(row.node)
    return dict(reasons)


def weights_note(framework: Framework) -> str:
    """Say that the weights of the instruments are not confirmed; ``""`` where they are, or are unknown."""
    weights = [i.weight for i in framework.instruments if i.weight is not None]
    if framework.weights_confidence == "confirmed" or len(weights) < len(framework.instruments):
        return ""
    return f"น้ำหนัก {'/'.join(number_text(100 * w, 0) for w in weights)} ของปีนี้ยังไม่ยืนยัน"


def level_lines(case: Case) -> list[str]:
    """Say in Thai which levels the scores leave possible, and what would tell more."""
    level, scores = case.level, case.scores
    lines = [f"ระดับที่เป็นไปได้ตามเกณฑ์: {' หรือ '.join(level.possible) or 'จัดระดับไม่ได้'}"]
    unknown = [i.code for i in case.framework.instruments if scores.best(Node(i.code)) is None]
    if len(level.possible) > 1 and not unknown:
        lines.append("มีมากกว่าหนึ่งระดับเพราะการปัดเศษ (ไม่ทราบว่าจัดระดับจากคะแนนก่อนหรือหลังปัดเศษ)")
    if unknown:
        lines.append(f"หากมีคะแนนของแบบวัด {', '.join(unknown)} และตัวชี้วัด จะบอกระดับและจุดที่เสียคะแนนได้ละเอียดขึ้น")
    return lines


def next_level_line(case: Case) -> str:
    """Say how far the next level is, or what the highest asks for; ``""`` where there is none above."""
    further = next_level(case.scores, case.level)
    if further is None:
        return ""
    each, least = further.level.each_instrument_min, number_text(further.level.total_min)
    kind = "ระดับสูงสุด" if further.level.name_th in case.level.possible else "ระดับถัดไป"
    line = f"{kind} คือ {further.level.name_th} ต้องได้คะแนนรวมไม่ต่ำกว่า {least}"
    line += f" (ขาดอีก {number_text(further.missing)} คะแนน)" if further.missing else ""
    return line + (f" และทุกแบบวัดไม่ต่ำกว่า {number_text(each)}" if each is not None else "")


def short_name(label: str) -> str:
    """Return the code of a question or item, and the Thai name of anything above, from a node's label."""
    node = Node.of_label(label)
    return node.code if node.code[:1] in "ieo" else node.name_th
