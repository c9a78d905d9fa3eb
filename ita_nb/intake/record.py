"""What was received of one agency and year: values as printed, and what could not be used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

from ita_nb.errors import Problem
from ita_nb.facts.framework import TOTAL

RemarkKind = Literal["assessor", "suggestion", "cause", "note", "guideline"]
Status = Literal["draft", "confirmed"]


class Node(NamedTuple):
    """A place in the score tree: ``total``, ``IIT``, ``9``, ``i10``; ``part`` is empty, ``1`` or ``2``."""

    code: str
    part: str = ""

    @property
    def label(self) -> str:
        """``EIT.1`` for part 1 of EIT, else the code."""
        return f"{self.code}.{self.part}" if self.part else self.code

    @property
    def name_th(self) -> str:
        """``คะแนนรวม``, ``EIT ส่วนที่ 1``, ``ตัวชี้วัดที่ 9``, ``ข้อ i10``."""
        part = f" ส่วนที่ {self.part}" if self.part else ""
        if self.code == TOTAL:
            return "คะแนนรวม"
        if self.code.isdecimal():
            return f"ตัวชี้วัดที่ {self.code}{part}"
        return f"{self.code if self.code.isupper() else 'ข้อ ' + self.code}{part}"


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
    status: Status
    topic: int | None = None
    output_th: str = ""
    evidence_th: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """Everything received of one agency and fiscal year (Buddhist)."""

    agency: Agency
    fiscal_year: int
    scores: Mapping[Node, StatedScore]
    level_th: str = ""
    respondents: Mapping[str, int] = field(default_factory=dict)
    population_iit: int | None = None
    answers: Mapping[Node, tuple[Answer, ...]] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    measures: tuple[PlannedMeasure, ...] = ()
    peers: Mapping[str, Mapping[Node, Fraction]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    slice_hash: str = ""
