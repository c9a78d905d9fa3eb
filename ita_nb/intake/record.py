"""What was received of one agency and year: values as printed, and what could not be used.

Also what a batch made of many, read back from its merged tables: the agencies of one fiscal year with their
results, and who is missing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from ita_nb.errors import IntakeError, Problem
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Node, Question
from ita_nb.facts.rules import rule_named
from ita_nb.intake.params_file import Acceptance, Office
from ita_nb.thai import thai_order, visible

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


# ---------------------------------------------------------------- members


# What is needed of each table; the rest of its columns is for others.
_AGENCY = ("agency_id", "name_th", "agency_type", "district_th", "province_th")
_RESPONDENTS = {
    "n_iit": (Node("IIT"),),
    "n_eit1": (Node("EIT", "1"), Node("EIT")),  # of EIT as a whole in a year without parts
    "n_eit2": (Node("EIT", "2"),),
}
_NEEDED = {
    "results": (
        *(*_AGENCY, "fiscal_year", "document", "total_stated", "total_recomputed", "level_stated"),
        *(
            "level_recomputed",
            *_RESPONDENTS,
            "respondents_inferred",
            "previous_year",
            "previous_total",
            "change",
        ),
    ),
    "scores": ("agency_id", "fiscal_year", "node", "part", "stated", "recomputed"),
    "losses": ("agency_id", "fiscal_year", "kind", "node", "part", "score", "loss"),
    "problems": (
        *("agency_id", "fiscal_year", "rule", "severity", "node", "part", "stated", "expected"),
        *("message_th", "message_en"),
    ),
    "agencies": ("agency_id", "fiscal_year", "name_th", "document", "status", "message_th"),
}
# What is said of a document that was not made, by its status.
NOT_MADE_TH = {
    "failed": "จัดทำไม่สำเร็จ",
    "stopped": "ข้อมูลยังไม่พร้อม",
    "left": "ยังไม่ได้จัดทำ",
}
# Single answers and unexplained rests are of one agency only.
_KINDS = {"instrument", "indicator", "question", "item"}

Row = dict[str, Any]


@dataclass(frozen=True)
class Lost:
    """What one node cost one agency: its kind in the tree of losses, its score (0-100), and the loss.

    ``loss`` is in points of the total; ``None`` where that cannot be told apart.
    """

    kind: str
    node: Node
    score: float | None
    loss: float | None


@dataclass(frozen=True)
class Member:
    """One agency's result: scores 0-100, losses in points of the total, ``None`` for what is unknown.

    ``total`` is the recomputed one, and the stated one where nothing allows to recompute it; ``level`` is by
    the year's rule. A score is the printed one, else the recomputed one.
    """

    agency: Agency
    total: float | None
    total_stated: float | None
    total_is_stated: bool
    level_stated: str
    level: str
    respondents: Mapping[Node, int] = field(default_factory=dict)
    has_inferred: bool = False
    previous_year: int | None = None
    previous_total: float | None = None
    change: float | None = None
    scores: Mapping[Node, float] = field(default_factory=dict)
    losses: tuple[Lost, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class NotMade:
    """An agency whose document the latest run did not make: failed, stopped or left, and what was said of it.

    ``has_earlier``: an earlier edition is there, and its result is the one that counts.
    """

    agency_id: str
    name_th: str
    status: str
    message_th: str
    has_earlier: bool = False


@dataclass(frozen=True)
class Found:
    """The analyses of the newest fiscal year of a batch, and the other years that it holds."""

    fiscal_year: int
    members: tuple[Member, ...]
    not_made: tuple[NotMade, ...]
    other_years: tuple[int, ...]


def read_members(folder: Path) -> Found:
    """Read the merged tables in the output folder of a batch.

    Raises IntakeError where there is no analysis of any agency, or a table cannot be used.
    """
    tables = {name: _read(folder / "tables" / f"{name}.parquet", needed) for name, needed in _NEEDED.items()}
    results, agencies = (
        [row for row in tables[name] if row["document"] == "analysis"] for name in ("results", "agencies")
    )
    years = sorted({row["fiscal_year"] for row in (*results, *agencies)})
    if not years:
        raise IntakeError(
            where=str(folder),
            expected="โฟลเดอร์ผลลัพธ์ของ ita-nb batch ที่มีเอกสารวิเคราะห์อย่างน้อยหนึ่งหน่วยงาน",
            found="ไม่พบรายการใน tables/results.parquet และ tables/agencies.parquet",
            todo="สั่ง ita-nb batch ก่อน หรือแก้พารามิเตอร์ folder",
        )
    year = years[-1]
    own = {row["agency_id"]: row for row in results if row["fiscal_year"] == year}
    parts: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for name in ("scores", "losses", "problems"):
        for row in tables[name]:
            if row["fiscal_year"] == year:
                parts[row["agency_id"]][name].append(row)
    members = [_member(row, parts[agency_id]) for agency_id, row in own.items()]
    not_made = [
        NotMade(
            row["agency_id"],
            _one_line(row["name_th"]),
            row["status"],
            row["message_th"] or "",
            row["agency_id"] in own,
        )
        for row in agencies
        if row["fiscal_year"] == year and row["status"] != "done"
    ]
    order = thai_order([*(m.agency.name_th for m in members), *(m.name_th for m in not_made)])
    return Found(
        year,
        tuple(sorted(members, key=lambda m: (order[m.agency.name_th], m.agency.agency_id))),
        tuple(sorted(not_made, key=lambda m: (order[m.name_th], m.agency_id))),
        tuple(years[:-1]),
    )


def _one_line(text: str | None) -> str:
    return " ".join(visible(text or "").split())


def _read(path: Path, needed: Iterable[str]) -> list[Row]:
    """Return the rows of a merged table; none where there is no such file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[Row] = (
            pq.ParquetFile(path).read([*needed], use_threads=False).select([*needed]).to_pylist()
        )
    except FileNotFoundError:
        return []
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise IntakeError(
            where=f"{path.parent.name}/{path.name}",
            expected="ตารางที่ ita-nb เขียน มีช่อง " + ", ".join(needed),
            found=str(error)[:200],
            todo="สั่ง ita-nb batch หรือ ita-nb index อีกครั้งเพื่อสร้างตารางของโฟลเดอร์นี้ใหม่",
        ) from error
    return rows


def _node(row: Row) -> Node:
    return Node(row["node"], row["part"] or "")


def _member(row: Row, parts: Mapping[str, list[Row]]) -> Member:
    stated, recomputed = row["total_stated"], row["total_recomputed"]
    printed = ((r, r["recomputed"] if r["stated"] is None else r["stated"]) for r in parts["scores"])
    return Member(
        agency=Agency(*(_one_line(row[column]) for column in _AGENCY)),
        total=stated if recomputed is None else recomputed,
        total_stated=stated,
        total_is_stated=recomputed is None and stated is not None,
        level_stated=row["level_stated"] or "",
        level=row["level_recomputed"] or "",
        respondents={
            node: row[column] for column, nodes in _RESPONDENTS.items() if row[column] for node in nodes
        },
        has_inferred=bool(row["respondents_inferred"]),
        previous_year=row["previous_year"],
        previous_total=row["previous_total"],
        change=row["change"],
        scores={_node(r): score for r, score in printed if score is not None and r["node"] != TOTAL},
        losses=tuple(
            Lost(r["kind"], _node(r), r["score"], r["loss"]) for r in parts["losses"] if r["kind"] in _KINDS
        ),
        problems=tuple(
            Problem(
                rule=r["rule"],
                severity=r["severity"],
                node=_node(r).label,
                stated=r["stated"] or None,
                expected=r["expected"] or None,
                message_th=r["message_th"] or "",
                message_en=r["message_en"] or "",
            )
            for r in parts["problems"]
        ),
    )
