"""Loading the facts of a fiscal year: one YAML file a year in ``frameworks/``; a new year is a new file.

The loader checks the file both ways (weights sum to 1, every parent exists, no parent is without
children, every scale is defined and used, every gap is declared) and fails naming the offender.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import ValidationError

from ita_nb.errors import FactsError
from ita_nb.facts.crosschecks import CHECKS
from ita_nb.facts.framework import Framework

FRAMEWORKS = Path(str(files("ita_nb.facts"))) / "frameworks"


def known_years(folder: Path = FRAMEWORKS) -> tuple[int, ...]:
    """Return the fiscal years (Buddhist) that have a facts file, oldest first."""
    return tuple(sorted(int(path.stem) for path in folder.glob("*.yaml")))


@cache
def load_framework(fiscal_year: int, folder: Path = FRAMEWORKS) -> Framework:
    """Load and cross-check the facts of ``fiscal_year`` (Buddhist).

    Raises FactsError when the year has no facts or the file contradicts itself.
    """
    path = folder / f"{fiscal_year}.yaml"
    if not path.exists():
        raise FactsError(
            where=f"ข้อเท็จจริงของการประเมิน ปีงบประมาณ พ.ศ. {fiscal_year}",
            expected="ปีที่มีข้อมูล ได้แก่ " + ", ".join(map(str, known_years(folder))),
            found=str(fiscal_year),
            todo="ตรวจปีงบประมาณ (พ.ศ.) ที่ระบุใน --year หรือดูปีที่มีด้วยคำสั่ง ita-nb facts",
        )
    try:
        framework = Framework.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, ValidationError, yaml.YAMLError) as error:
        raise FactsError(
            where=path.name, expected="โครงสร้างของแฟ้มข้อเท็จจริง", found=str(error), todo="แก้แฟ้มตามที่แจ้ง"
        ) from error
    if framework.fiscal_year != fiscal_year:
        _refuse(path.name, [f"fiscal_year is {framework.fiscal_year}, the file is named {fiscal_year}"])
    for check in CHECKS:  # one after the other: a later check may rely on what an earlier one assured
        _refuse(path.name, list(check(framework)))
    return framework


def _refuse(file_name: str, offences: list[str]) -> None:
    if offences:
        raise FactsError(
            where=file_name,
            expected="ข้อเท็จจริงที่สอดคล้องกันทั้งแฟ้ม",
            found="; ".join(offences),
            todo="แก้รายการที่ระบุชื่อไว้",
        )


def framework_version(fiscal_year: int, folder: Path = FRAMEWORKS) -> str:
    """Return a short fingerprint of the facts file: the version that a report states."""
    return hashlib.sha256((folder / f"{fiscal_year}.yaml").read_bytes()).hexdigest()[:12]
