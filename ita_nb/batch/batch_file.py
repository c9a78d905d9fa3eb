"""The file of a batch, ``params/<batch>.yaml``: which agencies, which document, and within what limits."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from ita_nb import task
from ita_nb.errors import ParameterError
from ita_nb.facts.yaml_file import offence, read_yaml
from ita_nb.intake.params_file import DocumentName, whole_year
from ita_nb.intake.peers import Directory
from ita_nb.task import EditionName, Format
from ita_nb.thai import Digits, nearest

_Texts = list[str]
# Vowels and tone marks of Thai are no letters for a regular expression.
_NAME = re.compile(r"[^\W_][\w\u0e31\u0e34-\u0e3a\u0e47-\u0e4e.-]{0,99}")


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Selection(_Group):
    """Which agencies: those of provinces, of a list and of a file of the workspace, each once; or all."""

    province: Annotated[_Texts | None, BeforeValidator(lambda v: [v] if isinstance(v, str) else v)] = None
    list: _Texts | None = None
    file: str | None = None
    all: bool = False

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        others = self.province is not None or self.list is not None or self.file is not None
        if self.all and others:
            raise ValueError("all: true ใช้ร่วมกับ province, list หรือ file ไม่ได้")
        if not self.all and not others:
            raise ValueError("ต้องมีอย่างน้อยหนึ่งอย่างใน province, list, file หรือ all: true")
        return self


class Limits(_Group):
    """What one task may use: seconds for a cell, seconds for the run, MB of memory."""

    cell_seconds: int = Field(default=120, ge=1)
    run_seconds: int = Field(default=600, ge=1)
    memory_mb: int = Field(default=2048, ge=256)

    def of_task(self) -> task.Limits:
        """Return them as a task has them."""
        return task.Limits(**self.model_dump())


def _file_name(name: str) -> str:
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise ValueError("ที่คาดไว้คือชื่อที่ใช้เป็นชื่อโฟลเดอร์ได้: ตัวอักษร ตัวเลข จุด ขีดกลาง ขีดล่าง")
    return name


def _folder(out: str) -> str:
    if "://" in out:  # as a path it would silently become a folder of this machine
        raise ValueError("ที่คาดไว้คือโฟลเดอร์ในเครื่องนี้ ไม่ใช่ที่อยู่ ให้คัดลอกผลลัพธ์ไปยังที่อยู่นั้นภายหลัง")
    return out


def _some(formats: list[Format]) -> list[Format]:
    if not formats:
        raise ValueError("ต้องมีอย่างน้อยหนึ่งรูปแบบ")
    return list(dict.fromkeys(formats))


class BatchParameters(_Group):
    """The keys of the file. ``fiscal_year`` is Buddhist; ``out`` is a folder of the workspace."""

    batch: Annotated[str, AfterValidator(_file_name)]
    fiscal_year: Annotated[int, BeforeValidator(whole_year)]
    document: DocumentName = "analysis"
    edition: EditionName = "working"
    digits: Digits = "thai"
    draft: bool = False
    formats: Annotated[list[Format], AfterValidator(_some)] = ["html", "pdf", "docx"]
    agencies: Selection
    out: Annotated[str, AfterValidator(_folder)] = ""
    limits: Limits = Limits()
    overview: bool = True

    @property
    def wants_overview(self) -> bool:
        """Whether there is to be an overview: it is one of results, not of measures."""
        return self.overview and self.document == "analysis"


@dataclass(frozen=True)
class Batch:
    """A batch as its file asks for it; ``path`` is that file."""

    path: Path
    parameters: BatchParameters

    def out(self, workspace: Path) -> Path:
        """Return the output folder (absolute) that the file asks for, or the default.

        Raises ParameterError for one outside the workspace.
        """
        return _inside(workspace, self.parameters.out or f"outputs/{self.parameters.batch}", "out")


def _inside(workspace: Path, name: str, where: str) -> Path:
    """Return what a batch file names: it may come from elsewhere, and what it names lies in the workspace."""
    path = (workspace / name).resolve()
    if not path.is_relative_to(workspace.resolve()):
        raise ParameterError(
            where=where,
            expected="ที่ซึ่งอยู่ภายในโฟลเดอร์งาน",
            found=name,
            todo="แก้ชื่อในแฟ้มชุดงาน (นับจากโฟลเดอร์งาน) โฟลเดอร์ผลลัพธ์ที่อื่นให้ระบุในคำสั่งด้วย --out",
        )
    return path


def read_batch(path: Path) -> Batch:
    """Read the file of a batch. Raises an ItaError that names the line of what cannot be used."""
    shown = f"{path.parent.name}/{path.name}".removeprefix("/")
    if not path.is_file():
        others = ", ".join(sorted(f"{path.parent.name}/{p.name}" for p in path.parent.glob("*.yaml"))[:5])
        raise ParameterError(
            where=shown,
            expected="แฟ้มชุดงาน (.yaml)",
            found="ไม่มีแฟ้มนี้",
            todo=f"ระบุแฟ้มที่มีอยู่ เช่น {others}" if others else "สร้างแฟ้มตามตัวอย่างใน README.th.md",
        )
    data, lines = read_yaml(path, shown, yaml.SafeLoader)
    if not isinstance(data, dict):
        raise ParameterError(
            where=shown,
            expected="รายการ ชื่อ: ค่า เช่น fiscal_year และ agencies",
            found=str(data)[:80],
            todo="ดูตัวอย่างใน README.th.md",
        )
    try:
        return Batch(path, BatchParameters.model_validate({"batch": path.stem, **data}))
    except ValidationError as error:
        raise ParameterError(
            where=shown,
            expected="ชื่อและค่าของแฟ้มชุดงาน ได้แก่ " + ", ".join(BatchParameters.model_fields),
            found="; ".join(dict.fromkeys(offence(e, lines, BatchParameters) for e in error.errors())),
            todo="แก้บรรทัดที่ระบุ แล้วสั่งใหม่",
        ) from error


def chosen_ids(batch: Batch, workspace: Path, directory: Directory) -> list[str]:
    """Return the agencies that a batch asks for, each once, whether they can be used or not.

    Those of the workspace come first, in its order. Raises an ItaError for a province without agencies
    and for a file that cannot be read.
    """
    selection = batch.parameters.agencies
    every = [*directory.agencies, *directory.refused]
    if selection.all:
        return every
    named = [agency_id.strip() for agency_id in selection.list or ()]
    if selection.file is not None:
        named += _ids_of_file(workspace, selection.file)
    named += _ids_of_provinces(selection.province or (), directory)
    wanted, known = set(named), set(every)
    return [*(i for i in every if i in wanted), *dict.fromkeys(i for i in named if i not in known)]


def _ids_of_provinces(asked: Sequence[str], directory: Directory) -> list[str]:
    """Return the agencies of provinces, those with an unusable row too."""
    places = {a.agency_id: a.province_th for a in directory.agencies.values()}
    places |= directory.refused_provinces
    bare = {agency_id: _bare(place) for agency_id, place in places.items() if place}
    known = list(dict.fromkeys(bare.values()))
    unknown = [name for name in asked if _bare(name) not in known]
    if unknown:
        near = [f'"{near}"' for name in unknown if (near := nearest(_bare(name), known))]
        raise ParameterError(
            where="agencies.province",
            expected="จังหวัดที่มีใน data/agencies.csv" + (f" เช่น {', '.join(known[:5])}" if known else ""),
            found=", ".join(f'"{name}"' for name in unknown),
            todo=f"แก้ชื่อเป็น {', '.join(near)}"
            if near
            else ("ใช้ชื่อจังหวัดตามที่มีในแฟ้ม" if known else "แก้แถวที่ใช้ไม่ได้ หรือเติมช่อง province_th ในแฟ้ม"),
        )
    provinces = {_bare(name) for name in asked}
    return [agency_id for agency_id, province in bare.items() if province in provinces]


def _bare(province: str) -> str:
    return province.strip().removeprefix("จังหวัด").removeprefix("จ.").strip()


def _ids_of_file(workspace: Path, name: str) -> list[str]:
    """Read the ids of a text file (one a line, ``#`` begins a note) or of the column of a CSV file."""
    path = _inside(workspace, name, "agencies.file")
    try:
        text = path.read_bytes().decode("utf-8-sig")
        if path.suffix.lower() == ".csv":
            rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
            found = [row.get("agency_id") or "" for row in rows]
        else:
            found = [line.partition("#")[0] for line in text.splitlines()]
        trouble = "ไม่มีช่อง agency_id หรือไม่มีรหัสหน่วยงานในแฟ้ม"
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        found, trouble = [], str(error)
    ids = [agency_id.strip() for agency_id in found if agency_id.strip()]
    if not ids:
        raise ParameterError(
            where=f"agencies.file: {name}",
            expected="แฟ้มในโฟลเดอร์งาน เป็นข้อความรหัสละบรรทัด หรือ CSV UTF-8 ที่มีช่อง agency_id",
            found=trouble,
            todo="แก้ชื่อแฟ้มหรือเนื้อหาของแฟ้ม (ตำแหน่งแฟ้มนับจากโฟลเดอร์งาน)",
        )
    return ids
