"""What was received of one agency and year: values as printed, and what could not be used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from ita_nb.errors import Problem
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Node, Question
from ita_nb.facts.rules import rule_named
from ita_nb.intake.params_file import Acceptance, Office

RemarkKind = Literal["assessor", "suggestion", "cause", "note", "guideline"]
Status = Literal["draft", "confirmed"]
# People may also decide against a measure, and say why.
MeasureStatus = Literal["draft", "confirmed", "declined"]
# How far a measure has come, as its people say; it is never read out of their texts.
State = Literal["done", "under_way", "not_due", "not_done"]


def item_text(framework: Framework, code: str) -> str:
    """Code and official wording or name of a node; says so where it is unknown, or of an earlier year."""
    title, found = framework.title(code), framework.by_code[code]
    if title is None:
        topic = f" หัวข้อ{found.topic_th}" if isinstance(found, Question) and found.topic_th else ""
        return f"{code} (ยังไม่ทราบถ้อยคำทางการ{topic})"
    if code in framework.groups:
        return f"{Node(code).name_th} {title}"
    is_carried = "questions" in framework.carried and isinstance(found, Question)
    return f"{code} {title}" + (f" (ถ้อยคำของปี {framework.carried['questions']})" if is_carried else "")


def node_text(framework: Framework, node: Node) -> str:
    """Like :func:`item_text`, with the part where there is one; what the year does not know, by its code."""
    known = node.code in framework.by_code
    return f"{item_text(framework, node.code)}{part_text(node)}" if known else node.name_th


def part_text(node: Node) -> str:
    """`` (ส่วนที่ 1)`` for what is scored in parts, else nothing."""
    return f" (ส่วนที่ {node.part})" if node.part else ""


def subject_of(problem: Problem) -> str:
    """What a problem is about, in Thai: its node, or what its rule says instead."""
    name = Node.of_label(problem.node).name_th
    return rule_named(problem.rule).subject_th.format(name=name, code=problem.node)


def brief_of(problem: Problem) -> str:
    """A problem in a few Thai words: what it is about, what is stated, what it should be."""
    brief_th = rule_named(problem.rule).brief_th
    stated, expected = problem.stated or "ไม่มีข้อมูล", problem.expected or "ไม่มีข้อมูล"
    return f"{subject_of(problem)}: {brief_th.format(stated=stated, expected=expected)}"


@dataclass(frozen=True)
class Agency:
    """An agency as the workspace names it."""

    agency_id: str
    name_th: str
    agency_type: str = ""
    district_th: str = ""
    province_th: str = ""


@dataclass(frozen=True)
class StatedScore:
    """A score as printed (0-100), exactly, and half a unit of its last printed decimal."""

    value: Fraction
    text: str
    half_unit: Fraction


@dataclass(frozen=True)
class Answer:
    """The share (percent, as printed) or the count of one answer option."""

    option: str
    share: Fraction | None = None
    share_text: str = ""
    count: int | None = None


@dataclass(frozen=True)
class Remark:
    """A text of a person about one item."""

    item: str
    kind: RemarkKind
    text_th: str
    status: Status


@dataclass(frozen=True)
class PlannedMeasure:
    """A measure that answers one or more weak items; dates lie in the plan year."""

    measure_id: str
    items: tuple[str, ...]
    title_th: str
    steps_th: tuple[str, ...]
    start: dt.date | None
    end: dt.date | None
    responsible_th: str
    follow_up_th: str
    status: MeasureStatus
    topic: int | None = None
    output_th: str = ""
    evidence_th: tuple[str, ...] = ()
    reason_th: str = ""


@dataclass(frozen=True)
class Result:
    """What is recorded of one measure on a day: what was made, what came of it, where that can be seen.

    ``reason_th`` says why a measure is not done, or not due in spite of its period.
    """

    measure_id: str
    as_of: dt.date | None
    output_th: str = ""
    outcome_th: str = ""
    evidence: str = ""
    suggestion_th: str = ""
    reason_th: str = ""
    state: State | None = field(default=None, kw_only=True)

    @property
    def made_th(self) -> str:
        """The output; what people write there of a measure that is not due or not done is none."""
        return "" if self.state in {"not_due", "not_done"} else self.output_th


@dataclass(frozen=True)
class Record:
    """Everything received of one agency and fiscal year (Buddhist); ``emblem`` is a PNG picture."""

    agency: Agency
    fiscal_year: int
    scores: Mapping[Node, StatedScore]
    level_th: str = ""
    respondents: Mapping[str, int] = field(default_factory=dict)
    population_iit: int | None = None
    answers: Mapping[Node, tuple[Answer, ...]] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    measures: tuple[PlannedMeasure, ...] = ()
    results: tuple[Result, ...] = ()
    office: Office = field(default_factory=Office)
    accepted: tuple[Acceptance, ...] = ()
    form: str | None = None
    emblem: bytes | None = None
    peers: Mapping[str, Mapping[Node, Fraction]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    slice_hash: str = ""

    @property
    def is_total_only(self) -> bool:
        """Whether nothing but the total was received, so that there is nothing to analyse."""
        return {*self.scores, *self.answers} == {Node(TOTAL)} and not self.measures and not self.remarks
