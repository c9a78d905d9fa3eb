"""What was received of one agency and year: values as printed, and what could not be used."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

from ita_nb.errors import Problem
from ita_nb.facts.framework import TOTAL, Framework
from ita_nb.facts.kinds import Question
from ita_nb.facts.rules import rule_named
from ita_nb.intake.params_file import Acceptance, Office
from ita_nb.thai import to_arabic_digits

_LABEL = re.compile(r"(?P<code>\d+(?=/)|[A-Z]{3}|[ieo]\d+)[./](?P<part>\d)")
_KIND = re.compile(r"^(?:แบบวัด|ตัวชี้วัดย่อย|ตัวชี้วัด|ข้อ)(?:ที่)?")
# Before the part at the end; the point of 9.1 is none.
_PART = re.compile(r"(?:/|ส่วนที่|(?:(?<=[a-z])|(?<=[a-z]\d)|(?<=[a-z]\d\d))\.)(?=\d$)")
_NAMED = {"คะแนนรวม": TOTAL, "iit": "IIT", "eit": "EIT", "oit": "OIT"}
RemarkKind = Literal["assessor", "suggestion", "cause", "note", "guideline"]
Status = Literal["draft", "confirmed"]
# People may also decide against a measure, and say why.
MeasureStatus = Literal["draft", "confirmed", "declined"]
# How far a measure has come, as its people say; it is never read out of their texts.
State = Literal["done", "under_way", "not_due", "not_done"]


class Node(NamedTuple):
    """A place in the score tree: ``total``, ``IIT``, ``9``, ``i10``; ``part`` is empty, ``1`` or ``2``."""

    code: str
    part: str = ""

    @property
    def label(self) -> str:
        """``EIT.1`` for part 1 of EIT, ``7/1`` for that of indicator 7 (``9.1`` is a code), else the code."""
        sign = "/" if self.code[:1].isdecimal() else "."
        return f"{self.code}{sign}{self.part}" if self.part else self.code

    @property
    def name_th(self) -> str:
        """``คะแนนรวม``, ``EIT ส่วนที่ 1``, ``ตัวชี้วัดที่ 9``, ``ตัวชี้วัดย่อยที่ 9.1``, ``ข้อ i10``."""
        part = f" ส่วนที่ {self.part}" if self.part else ""
        if self.code == TOTAL:
            return "คะแนนรวม"
        if self.code.isdecimal():
            return f"ตัวชี้วัดที่ {self.code}{part}"
        if self.code.replace(".", "", 1).isdecimal():
            return f"ตัวชี้วัดย่อยที่ {self.code}{part}"
        is_leaf = self.code[:1].islower() and self.code[1:].isdecimal()
        return f"{'ข้อ ' if is_leaf else ''}{self.code}{part}"

    @classmethod
    def of_label(cls, label: str) -> Node:
        """Return the node of a label; whatever is none (a measure's id) is taken as a code."""
        found = _LABEL.fullmatch(label)
        return cls(*found.group("code", "part")) if found else cls(label)

    @classmethod
    def typed(cls, text: str) -> Node:
        """Return the node that a person typed: a code, a label, or the name of :attr:`name_th`.

        ``I 10``, ``i๑๐`` and ``ข้อ i10`` are ``i10``; ``EIT.1`` and ``EIT ส่วนที่ 1`` are part 1 of ``EIT``.
        """
        plain = to_arabic_digits(re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", text))).lower()
        code, _, part = _PART.sub(" ", _KIND.sub("", plain)).partition(" ")
        return cls(_NAMED.get(code, code), part)


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
