"""The file of a person's words, ``params/<agency>-<year>.yaml``: parameters, office, texts, own measures.

It is read with the line of every key, so that whatever is wrong in it can be pointed at. Its texts and
measures become rows like those of ``remarks.csv`` and ``measures.csv`` and are checked by the same code.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from ita_nb.errors import IntakeError
from ita_nb.facts.forms import load_forms
from ita_nb.intake.office import Entry, Office
from ita_nb.intake.tables import TableRow

Spot = tuple[str | int, ...]


class TextEntry(Entry):
    """A person's text on one node of the score tree; see ``remarks.csv``."""

    item: str
    kind: str
    text_th: str
    status: str = ""


class MeasureEntry(Entry):
    """A measure that a person chose or wrote; see ``measures.csv``."""

    measure_id: str
    items: tuple[str, ...] = ()
    topic: str | int = ""
    title_th: str
    steps_th: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    responsible_th: str = ""
    follow_up_th: str = ""
    output_th: str = ""
    evidence_th: tuple[str, ...] = ()
    status: str = ""


class Content(BaseModel):
    """The keys of the file: those of the notebook's parameters, and what a person writes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agency_id: str
    fiscal_year: int
    edition: Literal["working", "publish"] = "working"
    digits: Literal["thai", "arabic"] = "thai"
    draft: bool = False
    workspace: str = "."
    office: Office = Office()
    texts: tuple[TextEntry, ...] = ()
    measures: tuple[MeasureEntry, ...] = ()

    @field_validator("office")
    @classmethod
    def _forms_exist(cls, office: Office) -> Office:
        forms = load_forms()
        for name, known in ((office.measures_form, forms.measures), (office.progress_form, forms.progress)):
            if name is not None and name not in known:
                raise ValueError(f"{name} is no form; known: {', '.join(known)}")
        return office


@dataclass(frozen=True)
class Words:
    """What a person wrote for one agency and year; texts and measures as rows with their place."""

    office: Office = field(default_factory=Office)
    texts: tuple[TableRow, ...] = ()
    measures: tuple[TableRow, ...] = ()


def words_path(workspace: Path, agency_id: str, fiscal_year: int) -> Path:
    """Return where the words of an agency and year stand."""
    return workspace / "params" / f"{agency_id}-{fiscal_year}.yaml"


def read_words(workspace: Path, agency_id: str, fiscal_year: int) -> Words:
    """Read ``params/<agency>-<year>.yaml``; nothing when there is no such file.

    Raises IntakeError with file and line for anything that cannot be used, and when the file is of
    another agency or year than its name says.
    """
    path = words_path(workspace, agency_id, fiscal_year)
    if not path.exists():
        return Words()
    shown = f"params/{path.name}"
    try:
        text = path.read_text(encoding="utf-8-sig")
        tree = yaml.compose(text, Loader=_Loader)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 a safe loader without dates
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise IntakeError(
            where=shown,
            expected="แฟ้ม YAML รหัสอักขระ UTF-8 ที่เว้นวรรคหน้าบรรทัดตรงกัน",
            found=" ".join(str(error).split()),
            todo="แก้บรรทัดที่ระบุ ข้อความที่มีเครื่องหมาย : หรือ # ให้อยู่ในเครื่องหมายคำพูด",
        ) from error
    lines = dict(_lines(tree)) if tree is not None else {}
    _refuse_repeated(tree, shown)
    words = words_of(data if data is not None else {}, lines, shown)
    for key, value in (("agency_id", agency_id), ("fiscal_year", fiscal_year)):
        if data[key] != value:
            raise IntakeError(
                where=f"{shown} บรรทัด {lines.get((key,), 1)}",
                expected=f"{key}: {value} ตามชื่อแฟ้ม",
                found=str(data[key]),
                todo="แก้ค่าหรือชื่อแฟ้มให้ตรงกัน เพื่อไม่ให้ข้อความของหน่วยงานหรือปีอื่นปนเข้ามา",
            )
    return words


def words_of(data: Any, lines: Mapping[Spot, int], shown: str) -> Words:
    """Check the content of the file and turn its texts and measures into rows. Raises IntakeError."""
    if not isinstance(data, dict):
        raise IntakeError(
            where=shown, expected="รายการ ชื่อ: ค่า", found=str(data)[:80], todo="ดูตัวอย่างใน README.th.md"
        )
    try:
        content = Content.model_validate(data)
    except ValidationError as error:
        raise IntakeError(
            where=shown,
            expected="ชื่อและค่าตามที่ README.th.md อธิบาย",
            found="; ".join(_offence(e, lines) for e in error.errors()),
            todo="แก้บรรทัดที่ระบุ แฟ้มเดิมไม่ถูกเปลี่ยน",
        ) from error
    return Words(
        content.office,
        tuple(_row(entry, ("texts", i), lines, shown) for i, entry in enumerate(content.texts)),
        tuple(_row(entry, ("measures", i), lines, shown) for i, entry in enumerate(content.measures)),
    )


def _row(entry: Entry, spot: Spot, lines: Mapping[Spot, int], shown: str) -> TableRow:
    joined = {"items": ",", "steps_th": "\n", "evidence_th": "\n"}
    values = {
        name: joined[name].join(value) if name in joined else str(value).strip()
        for name, value in entry.model_dump().items()
    }
    line = lines.get(spot)
    return TableRow(f"{shown} บรรทัด {line}" if line else shown, values)


def _offence(error: Any, lines: Mapping[Spot, int]) -> str:
    spot: Spot = tuple(error["loc"])
    line = next((lines[spot[:n]] for n in range(len(spot), 0, -1) if spot[:n] in lines), None)
    place = f"บรรทัด {line} " if line else ""
    name = ".".join(map(str, spot))
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(spot[-1]), _keys(spot), n=1, cutoff=0.0)
        return f'{place}ไม่รู้จักชื่อ "{name}"' + (f' (ใกล้เคียงที่สุดคือ "{near[0]}")' if near else "")
    if error["type"] == "missing":
        return f'{place}ขาด "{name}"'
    return f'{place}"{name}" มีค่าที่ใช้ไม่ได้: {str(error["input"])[:60]} ({error["msg"]})'


def _keys(spot: Spot) -> list[str]:
    """Return the keys that the place of an unknown one knows."""
    model: Any = Content
    for step in spot[:-1]:
        if isinstance(step, str):
            model = _models(model.model_fields[step].annotation)
    return list(model.model_fields)


def _models(annotation: Any) -> Any:
    """Return the model inside ``Meeting | None`` or ``tuple[Signer, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(found for part in annotation.__args__ if (found := _maybe(part)) is not None)


def _maybe(annotation: Any) -> Any:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


class _Loader(yaml.SafeLoader):
    """Reads ``<year>-10-01`` as text: Buddhist days must not become Common Era ones."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _lines(node: yaml.Node, spot: Spot = ()) -> Iterator[tuple[Spot, int]]:
    if spot:
        yield spot, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*spot, key.value), key.start_mark.line + 1
            yield from ((s, n) for s, n in _lines(value, (*spot, key.value)) if s != (*spot, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            yield from _lines(value, (*spot, i))


def _refuse_repeated(node: yaml.Node | None, shown: str) -> None:
    """YAML keeps the last of two equal keys silently: the other text would be lost."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise IntakeError(
                    where=f"{shown} บรรทัด {line}",
                    expected=f'"{key.value}" เพียงครั้งเดียว',
                    found=f"มีอยู่แล้วที่บรรทัด {seen[key.value]}",
                    todo="รวมสองรายการเป็นรายการเดียว",
                )
            seen[key.value] = line
            _refuse_repeated(value, shown)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_repeated(value, shown)
