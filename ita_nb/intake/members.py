"""The merged tables of a batch -> the agencies of one fiscal year with their results, and who is missing."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from ita_nb.errors import IntakeError, Problem, Severity
from ita_nb.facts.framework import TOTAL
from ita_nb.intake.merged import read_merged
from ita_nb.intake.record import Agency, Node
from ita_nb.thai import thai_order, visible

# What is needed of each table; the rest of its columns is for others.
_AGENCY = ("agency_id", "name_th", "agency_type", "district_th", "province_th")
_RESPONDENTS = {
    "n_iit": (Node("IIT"),),
    "n_eit1": (Node("EIT", "1"), Node("EIT")),  # of EIT as a whole in a year without parts
    "n_eit2": (Node("EIT", "2"),),
}
_RESULTS = (
    *(*_AGENCY, "fiscal_year", "document", "total_stated", "total_recomputed", "level_stated"),
    *("level_recomputed", *_RESPONDENTS, "respondents_inferred", "previous_year", "previous_total", "change"),
)
_SCORES = ("agency_id", "fiscal_year", "node", "part", "stated", "recomputed")
_LOSSES = ("agency_id", "fiscal_year", "kind", "node", "part", "score", "loss")
_PROBLEMS = (
    "agency_id",
    "fiscal_year",
    "rule",
    "severity",
    "node",
    "part",
    "stated",
    "expected",
    "message_th",
)
_MANIFEST = ("agency_id", "name_th", "fiscal_year", "document", "status", "message_th")
_DONE = {"done", "unchanged"}
# What is said of a document that was not made, by its status in the manifest.
NOT_MADE_TH = {
    "failed": "จัดทำไม่สำเร็จ",
    "stopped": "ข้อมูลยังไม่พร้อม",
    "left": "ยังไม่ได้จัดทำ",
}
# Single answers and unexplained rests are of one agency only.
_KINDS = {"instrument", "indicator", "question", "item"}

Rows = Sequence[Mapping[str, str]]


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
    results = [r for r in _read(folder, "results", _RESULTS) if r["document"] == "analysis"]
    manifest = read_merged(folder / "manifest.csv", _MANIFEST) or []
    tasks = [row for row in manifest if row["document"] in {"analysis", ""} and row["fiscal_year"]]
    years = sorted({_whole(row, "fiscal_year") or 0 for row in [*results, *tasks]})
    if not years:
        raise IntakeError(
            where=str(folder),
            expected="โฟลเดอร์ผลลัพธ์ของ ita-nb batch ที่มีเอกสารวิเคราะห์อย่างน้อยหนึ่งหน่วยงาน",
            found="ไม่พบรายการใน tables/results.csv และ manifest.csv",
            todo="สั่ง ita-nb batch ก่อน หรือแก้พารามิเตอร์ folder",
        )
    year = years[-1]
    parts = {
        name: _by_agency(_read(folder, name, columns), year)
        for name, columns in (("scores", _SCORES), ("losses", _LOSSES), ("problems", _PROBLEMS))
    }
    # The last row of an agency is its latest edition.
    own = {row["agency_id"]: row for row in results if _whole(row, "fiscal_year") == year}
    members = [_member(row, parts) for row in own.values()]
    # The manifest has a row for each file of an agency.
    not_made = {
        row["agency_id"]: NotMade(
            row["agency_id"],
            _one_line(row["name_th"]),
            row["status"],
            row["message_th"],
            row["agency_id"] in own,
        )
        for row in tasks
        if _whole(row, "fiscal_year") == year and row["status"] not in _DONE
    }
    order = thai_order([*(m.agency.name_th for m in members), *(m.name_th for m in not_made.values())])
    return Found(
        year,
        tuple(sorted(members, key=lambda m: (order[m.agency.name_th], m.agency.agency_id))),
        tuple(sorted(not_made.values(), key=lambda m: (order[m.name_th], m.agency_id))),
        tuple(years[:-1]),
    )


def _one_line(text: str) -> str:
    return " ".join(visible(text).split())


def _read(folder: Path, name: str, columns: Sequence[str]) -> Rows:
    return read_merged(folder / "tables" / f"{name}.csv", columns) or []


def _by_agency(rows: Rows, year: int) -> dict[str, list[Mapping[str, str]]]:
    found: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        if _whole(row, "fiscal_year") == year:
            found[row["agency_id"]].append(row)
    return found


def _member(row: Mapping[str, str], parts: Mapping[str, Mapping[str, Rows]]) -> Member:
    scores, losses, problems = (parts[name].get(row["agency_id"], ()) for name in parts)
    stated, recomputed = _number(row, "total_stated"), _number(row, "total_recomputed")
    counts = {column: _whole(row, column) for column in _RESPONDENTS}
    return Member(
        agency=Agency(*(_one_line(row[column]) for column in _AGENCY)),
        total=stated if recomputed is None else recomputed,
        total_stated=stated,
        total_is_stated=recomputed is None and stated is not None,
        level_stated=row["level_stated"],
        level=row["level_recomputed"],
        respondents={node: n for column, n in counts.items() if n for node in _RESPONDENTS[column]},
        has_inferred=row["respondents_inferred"].lower() == "true",
        previous_year=_whole(row, "previous_year"),
        previous_total=_number(row, "previous_total"),
        change=_number(row, "change"),
        scores=dict(_scores(scores)),
        losses=tuple(_lost(r) for r in losses if r["kind"] in _KINDS),
        problems=tuple(map(_problem, problems)),
    )


def _scores(rows: Rows) -> Iterator[tuple[Node, float]]:
    for row in rows:
        stated = _number(row, "stated")
        score = _number(row, "recomputed") if stated is None else stated
        if score is not None and row["node"] != TOTAL:
            yield Node(row["node"], row["part"]), score


def _lost(row: Mapping[str, str]) -> Lost:
    return Lost(row["kind"], Node(row["node"], row["part"]), _number(row, "score"), _number(row, "loss"))


def _problem(row: Mapping[str, str]) -> Problem:
    return Problem(
        rule=row["rule"],
        severity=cast("Severity", row["severity"]),
        node=Node(row["node"], row["part"]).label,
        stated=row["stated"] or None,
        expected=row["expected"] or None,
        message_th=row["message_th"],
        message_en=row.get("message_en", ""),
    )


def _number(row: Mapping[str, str], column: str) -> float | None:
    text = row[column].strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise IntakeError(
            where=f"ตารางรวมของ {row['agency_id']} ช่อง {column}",
            expected="ตัวเลขหรือช่องว่าง",
            found=text[:80],
            todo="สั่ง ita-nb batch อีกครั้งเพื่อสร้างตารางใหม่ ไม่ควรแก้ตารางรวมด้วยมือ",
        )
    return value


def _whole(row: Mapping[str, str], column: str) -> int | None:
    value = _number(row, column)
    return None if value is None else int(value)
