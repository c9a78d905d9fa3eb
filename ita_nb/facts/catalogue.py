"""The catalogue of draft measures of one fiscal year: by item and by the way its points were lost."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ita_nb.errors import FactsError
from ita_nb.facts.framework import Confidence
from ita_nb.facts.loader import load_framework

CATALOGUES = Path(str(files("ita_nb.facts"))) / "measures"

Pattern = Literal["any", "absent", "practice", "observed", "missing", "incomplete"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PatternName(_Value):
    """What a pattern of lost points is called."""

    name_th: str


class Day(_Value):
    """A day of the plan year without its year."""

    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)


class CatalogueMeasure(_Value):
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


class Catalogue(_Value):
    """All draft measures of one fiscal year's items."""

    fiscal_year: int
    source: str
    confidence: Confidence
    patterns: dict[Pattern, PatternName]
    measures: tuple[CatalogueMeasure, ...]

    def choose(self, item: str, pattern: Pattern) -> CatalogueMeasure:
        """Return the measure of the item for the pattern, or the item's general one."""
        by_id = {m.id: m for m in self.measures}
        return by_id.get(f"{item}-{pattern}") or by_id[f"{item}-any"]


@cache
def load_catalogue(fiscal_year: int) -> Catalogue:
    """Load the catalogue and check that it covers every question and published item of the year.

    Raises FactsError naming what is missing or does not exist.
    """
    path = CATALOGUES / f"{fiscal_year}.yaml"
    try:
        catalogue = Catalogue.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, ValidationError, yaml.YAMLError) as error:
        raise FactsError(
            where=f"measures/{path.name}", expected="รายการมาตรการของปี", found=str(error), todo="แก้แฟ้มตามที่แจ้ง"
        ) from error
    leaves = set(load_framework(fiscal_year).leaves)
    ids = [m.id for m in catalogue.measures]
    offences = [f"{i} is defined twice" for i in sorted({i for i in ids if ids.count(i) > 1})]
    offences += [
        f"{m.id} is not {m.item}-{m.pattern}" for m in catalogue.measures if m.id != f"{m.item}-{m.pattern}"
    ]
    offences += [f"{c} has no general measure" for c in sorted(leaves) if f"{c}-any" not in ids]
    offences += [f"{m.id} is for an unknown item" for m in catalogue.measures if m.item not in leaves]
    if offences:
        raise FactsError(
            where=f"measures/{path.name}",
            expected="มาตรการครบทุกข้อ ไม่ซ้ำ",
            found="; ".join(offences),
            todo="แก้รายการที่ระบุชื่อไว้",
        )
    return catalogue
