"""The catalogue of draft measures of one fiscal year: by item and by the way its points were lost.

A year without a catalogue of its own borrows from the nearest year that has one: the measures of the
question or item about the same subject (its ``concept``), whatever code it has there. What is left has the
general measures alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from ita_nb.errors import Confidence, FactsError
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Value
from ita_nb.facts.loader import load_framework
from ita_nb.facts.yaml_file import FACTS, read_own

CATALOGUES = FACTS / "measures"

Pattern = Literal["any", "absent", "practice", "observed", "missing", "incomplete"]


class PatternName(Value):
    """What a pattern of lost points is called."""

    name_th: str


class Day(Value):
    """A day of the plan year without its year."""

    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)


class CatalogueMeasure(Value):
    """A draft measure for one item and one pattern; ``output_count`` output units are promised."""

    id: str
    item: str
    pattern: Pattern
    title_th: str
    steps_th: tuple[str, ...] = Field(min_length=3, max_length=6)
    responsible_th: str
    start: Day
    end: Day
    follow_up_th: str
    output_th: str
    output_count: int = Field(gt=0)
    output_unit_th: str
    evidence_th: tuple[str, ...] = Field(min_length=1)
    candidate_cause_th: str
    guideline_th: str


class Catalogue(Value):
    """The draft measures of one fiscal year, and ``general`` ones for the rest.

    A file has those of a year, or (``general.yaml``) those for any year and what the patterns are called.
    """

    fiscal_year: int | None = None
    source: str
    confidence: Confidence
    patterns: Mapping[Pattern, PatternName] = {}
    measures: tuple[CatalogueMeasure, ...]
    general: tuple[CatalogueMeasure, ...] = ()

    def choose(self, node: str, pattern: Pattern, above: Sequence[str] = ()) -> CatalogueMeasure:
        """Return the measure of a node for the pattern, else its general one, else that of a node above.

        ``above`` are the codes above the node, the nearest first. Raises FactsError when there is none.
        """
        by_id = {m.id: m for m in (*self.general, *self.measures)}
        for name in (f"{node}-{pattern}", *(f"{code}-any" for code in (node, *above))):
            if name in by_id:
                return by_id[name]
        raise FactsError(
            where="measures/general.yaml",
            expected=f"มาตรการทั่วไปของ {node} หรือของตัวชี้วัดหรือแบบวัดที่ข้อนี้สังกัด",
            found="ไม่มี",
            todo="เพิ่มมาตรการทั่วไปในแฟ้ม",
        )


@cache
def _read(path: Path) -> Catalogue:
    return read_own(path, Catalogue)


def load_catalogue(framework: Framework, folder: Path | None = None) -> Catalogue:
    """Load the draft measures for a year: its own, else those of other years about the same subjects.

    ``folder`` is where the workspace keeps facts of its own. Raises FactsError naming what is missing or
    does not exist.
    """
    general = _read(CATALOGUES / "general.yaml")
    path = CATALOGUES / f"{framework.fiscal_year}.yaml"
    if path.exists():
        measures = _read(path).measures
        ids, leaves = [m.id for m in measures], framework.leaves
        offences = [
            *(f"{i} is defined twice" for i in sorted({i for i in ids if ids.count(i) > 1})),
            *(f"{m.id} is not {m.item}-{m.pattern}" for m in measures if m.id != f"{m.item}-{m.pattern}"),
            *(f"{c} has no general measure" for c in sorted(leaves) if f"{c}-any" not in ids),
            *(f"{m.id} is for an unknown item" for m in measures if m.item not in leaves),
        ]
        if offences:
            raise FactsError(
                where=f"measures/{path.name}",
                expected="มาตรการครบทุกข้อ ไม่ซ้ำ",
                found="; ".join(offences),
                todo="แก้รายการที่ระบุชื่อไว้",
            )
    else:
        measures = _borrowed(framework, folder)
    year = {"fiscal_year": framework.fiscal_year, "measures": measures, "general": general.measures}
    return general.model_copy(update=year)


def _borrowed(framework: Framework, folder: Path | None) -> tuple[CatalogueMeasure, ...]:
    """Return the measures of the same subjects in the nearest years that have any, by this year's codes."""
    wanting = {leaf.concept: leaf.code for leaf in framework.leaves.values() if leaf.concept}
    paths = {int(path.stem): path for path in CATALOGUES.glob("*.yaml") if path.stem.isdecimal()}
    found: list[CatalogueMeasure] = []
    for year in sorted(paths, key=lambda year: (abs(year - framework.fiscal_year), year)):
        measures = _read(paths[year]).measures
        leaves = load_framework(year, folder).leaves
        concepts = {item: leaves[item].concept for m in measures if (item := m.item) in leaves}
        codes = {item: wanting.pop(about) for item, about in concepts.items() if about in wanting}
        found += [
            m.model_copy(update={"id": f"{codes[m.item]}-{m.pattern}", "item": codes[m.item]})
            for m in measures
            if m.item in codes
        ]
    return tuple(found)
