"""Loading the facts of a fiscal year: one YAML file a year in ``frameworks/``; a new year is a new file.

A workspace may bring facts of its own in ``facts/`` (a year that is announced before the next release of
this package, or a corrected one); its file comes before the package's. The loader checks the file both
ways (weights sum to 1, every parent exists, every scale is defined and used, every gap is declared) and
fails naming the offender.
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
from ita_nb.facts.own_yaml import load_yaml
from ita_nb.thai import to_buddhist_year

FRAMEWORKS = Path(str(files("ita_nb.facts"))) / "frameworks"


def facts_folder(workspace: Path) -> Path:
    """Return where a workspace keeps facts of its own."""
    return workspace / "facts"


def known_years(folder: Path | None = None) -> tuple[int, ...]:
    """Return the fiscal years (Buddhist) that have a facts file, here or in ``folder``, oldest first."""
    folders = [FRAMEWORKS] if folder is None else [folder, FRAMEWORKS]
    return tuple(
        sorted(
            {
                int(p.stem)
                for f in folders
                for p in f.glob("*.yaml")
                if p.stem.isascii() and p.stem.isdecimal()
            }
        )
    )


def framework_file(fiscal_year: int, folder: Path | None = None) -> Path | None:
    """Return the facts file of a year: that of ``folder`` first, then the package's; ``None`` without one."""
    for place in (folder, FRAMEWORKS):
        if place is not None and (place / f"{fiscal_year}.yaml").exists():
            return place / f"{fiscal_year}.yaml"
    return None


def load_framework(fiscal_year: int, folder: Path | None = None) -> Framework:
    """Load and cross-check the facts of ``fiscal_year`` (Buddhist), from ``folder`` first.

    Raises FactsError when the year has no facts or the file contradicts itself.
    """
    path = framework_file(fiscal_year, folder)
    if path is None:
        raise FactsError(
            where=f"ข้อเท็จจริงของการประเมิน ปีงบประมาณ พ.ศ. {fiscal_year}",
            expected="ปีที่มีข้อมูล ได้แก่ " + ", ".join(map(str, known_years(folder))),
            found=str(fiscal_year) + _of_the_common_era(fiscal_year),
            todo="ตรวจปีงบประมาณ (พ.ศ.) ที่ระบุ หรือดูปีที่มีด้วยคำสั่ง ita-nb facts "
            "(ปีใหม่เพิ่มได้ด้วยแฟ้ม facts/<ปี>.yaml ในโฟลเดอร์งาน)",
        )
    return _load(path, fiscal_year)


def _of_the_common_era(year: int) -> str:
    """Say which Buddhist year somebody means who typed one of the Common Era."""
    buddhist = to_buddhist_year(year)
    return f" (ปี ค.ศ. {year} คือ พ.ศ. {buddhist})" if buddhist in known_years() else ""


@cache
def _load(path: Path, fiscal_year: int) -> Framework:
    try:
        framework = Framework.model_validate(load_yaml(path.read_text(encoding="utf-8")))
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


def framework_version(fiscal_year: int, folder: Path | None = None) -> str:
    """Return a short fingerprint of the facts file: the version that a report states."""
    path = framework_file(fiscal_year, folder)
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path else ""
