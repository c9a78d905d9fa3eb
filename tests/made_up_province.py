"""A made-up batch folder: merged tables of agencies whose scores are drawn from the facts of the year."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from conftest import REPOSITORY

from ita_nb.analysis.levels import level_of
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Question
from ita_nb.facts.loader import load_framework
from ita_nb.frames import MERGED
from ita_nb.province import Province, build_province
from ita_nb.tables import AGENCIES, arrow_table, parquet_bytes

Row = dict[str, Any]
YEAR = 2568
FIRST = ("หนอง", "บ้าน", "โคก", "นา", "โนน", "ห้วย", "ดอน", "วัง", "ท่า", "เขา", "กุด", "แก้ง", "เมือง", "ไผ่")
SECOND = (
    "บัว",
    "ไผ่",
    "ขาม",
    "แดง",
    "ใหญ่",
    "น้อย",
    "ม่วง",
    "แก้ว",
    "ทราย",
    "สูง",
    "หิน",
    "เกลือ",
    "ยาง",
    "เสียว",
    "ปลา",
)
TYPES = ("องค์การบริหารส่วนตำบล", "เทศบาลตำบล", "เทศบาลเมือง")


@dataclass
class Batch:
    """The tables of a batch before they are written; tests change them as they need."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in (*MERGED, AGENCIES)})

    def write(self, folder: Path) -> Path:
        """Write the folder as a batch leaves it, and return it; an empty text is unknown."""
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        for name, rows in self.tables.items():
            plain = [
                {column: None if value == "" else value for column, value in row.items()} for row in rows
            ]
            (folder / "tables" / f"{name}.parquet").write_bytes(parquet_bytes(arrow_table(name, plain)))
        return folder

    def result(self, number: int) -> Row:
        """The result of an agency by its number in the batch."""
        return self.tables["results"][number]


def built(batch: Batch, folder: Path) -> Province:
    """The record of a batch after its tables were written."""
    return build_province(batch.write(folder), REPOSITORY)


def made_up(count: int, seed: int = 7, year: int = YEAR) -> Batch:
    """A batch of so many agencies with a result, and none missing."""
    framework, rng, batch = load_framework(year), random.Random(seed), Batch()  # noqa: S311 no secret
    pairs = [(a, b) for a in FIRST for b in SECOND]
    rng.shuffle(pairs)
    for number in range(count):
        kind = TYPES[min(2, rng.randrange(8) // 3)]
        name = kind + "".join(pairs[number % len(pairs)]) + ("" if number < len(pairs) else f" {number}")
        agency = {
            **dict(zip(("agency_id", "name_th", "agency_type"), (f"a{number:03}", name, kind), strict=True)),
            "district_th": rng.choice(FIRST) + rng.choice(SECOND),
            "province_th": "สมมติบุรี",
        }
        _add(batch, framework, rng, agency)
        done = {"document": "analysis", "status": "done", "fiscal_year": year}
        batch.tables[AGENCIES].append({"agency_id": agency["agency_id"], "name_th": name, **done})
    return batch


def _add(batch: Batch, framework: Framework, rng: random.Random, agency: Row) -> None:
    """Draw the answers' means by question and the scores of published items, and roll them up."""
    keys = {"agency_id": agency["agency_id"], "fiscal_year": framework.fiscal_year}
    ability = rng.gauss(93, 3.5)
    leaves: dict[tuple[str, str], float] = {}
    for leaf in (*framework.questions, *framework.items):
        for part in framework.parts_of(leaf.code) or ("",):
            if isinstance(leaf, Question):
                leaves[leaf.code, part] = min(100.0, max(0.0, ability + rng.gauss(0, 4)))
            else:
                leaves[leaf.code, part] = 100.0 if rng.random() < (ability - 20) / 80 else 0.0
    groups = _rolled_up(framework, leaves)
    n = {"n_iit": rng.randrange(20, 140), "n_eit1": rng.randrange(30, 260), "n_eit2": rng.randrange(10, 60)}
    before = rng.gauss(ability - 3, 3)
    batch.tables["results"].append(
        {
            **agency,
            **keys,
            **n,
            "document": "analysis",
            "edition": "working",
            "total_stated": round(groups["total", ""], 2),
            "total_recomputed": groups["total", ""],
            "level_recomputed": _level(framework, groups),
            "level_stated": _level(framework, groups),
            "respondents_inferred": rng.random() < 0.2,
            "errors": 0,
            "warnings": 0,
            "previous_year": framework.fiscal_year - 1,
            "previous_total": before,
            "change": groups["total", ""] - before,
        }
    )
    for (node, part), score in (*groups.items(), *leaves.items()):
        batch.tables["scores"].append({**keys, "node": node, "part": part, "stated": score})
        batch.tables["losses"].append(
            {**keys, "node": node, "part": part, **_loss(framework, node, part, score)}
        )


def _rolled_up(framework: Framework, leaves: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """Average upwards; what has nothing below it in the facts of the year gets the mean of all."""
    everything = list(leaves.values())

    def mean(scores: Iterable[float]) -> float:
        own = list(scores) or everything
        return sum(own) / len(own)

    found: dict[tuple[str, str], float] = {}
    for indicator in framework.indicators:
        below = framework.leaves_of(indicator.code)
        found[indicator.code, ""] = mean(score for (code, _), score in leaves.items() if code in below)
    for instrument in framework.instruments:
        groups = (found.get((code, "")) for code in framework.children(instrument.code))
        found[instrument.code, ""] = mean(score for score in groups if score is not None)
        for part in framework.parts_of(instrument.code):
            found[instrument.code, part] = mean(s for (_, p), s in leaves.items() if p == part)
    weights = {i.code: float(i.weight or Fraction(1, 3)) for i in framework.instruments}
    found["total", ""] = sum(weight * found[code, ""] for code, weight in weights.items())
    return found


def _level(framework: Framework, groups: Mapping[tuple[str, str], float]) -> str:
    instruments = [Fraction(groups[i.code, ""]) for i in framework.instruments]
    return level_of(framework, Fraction(groups["total", ""]), instruments) or ""


def _loss(framework: Framework, node: str, part: str, score: float) -> Row:
    kinds = {"total": "total"} | {i.code: "instrument" for i in framework.instruments}
    kinds |= {i.code: "indicator" for i in framework.indicators}
    kinds |= {q.code: "question" for q in framework.questions} | {o.code: "item" for o in framework.items}
    weight = framework.weight_in_total(node, part)
    known = None if weight is None and score < 100 else float(weight or 0) * (100 - score)
    return {"kind": kinds[node], "score": score, "loss": known}
