"""YAML: ours, read fast; that of a person with the line of every key, so that a mistake can be pointed at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ita_nb.errors import FactsError, IntakeError
from ita_nb.thai import nearest, revealed

Spot = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)
FACTS = Path(__file__).parent


# The one in C where it is there: it reads the same YAML several times faster.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(text: str) -> Any:
    """Return what ``text`` says, made of plain values only. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 both are the safe one


def read_own(path: Path, kind: type[M]) -> M:
    """Return what a file of the package says. Raises FactsError naming what is wrong in it."""
    try:
        return kind.model_validate(load_yaml(path.read_text(encoding="utf-8")))
    except (OSError, ValidationError, yaml.YAMLError) as error:
        raise FactsError(
            where=f"{path.parent.name}/{path.name}",
            expected="โครงสร้างของแฟ้มตามที่โปรแกรมรู้จัก",
            found=str(error),
            todo="แก้แฟ้มตามที่แจ้ง",
        ) from error


class PlainLoader(yaml.SafeLoader):
    """Makes plain values; a day stays text, so that it may be written as people do."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if not tag.endswith(":timestamp")]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path, shown: str, loader: Any = yaml.BaseLoader) -> tuple[Any, dict[Spot, int]]:
    """Return what a file says, and the line of every key and entry.

    ``loader`` decides what becomes of its words: by default they all stay text.
    Raises IntakeError with file and line for what is no YAML, and for a key that stands twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        _refuse_aliases(text, shown)
        reader = loader(text)
        tree = reader.get_single_node()
        data = reader.construct_document(tree) if tree is not None else None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise IntakeError(
            where=f"{shown} บรรทัด {line}",
            expected="แฟ้มรหัสอักขระ UTF-8",
            found=f"ไบต์ที่ {error.start + 1} ไม่ใช่ UTF-8 (อาจบันทึกเป็น Windows-874)",
            todo="บันทึกแฟ้มใหม่เป็น UTF-8",
        ) from error
    except yaml.reader.ReaderError as error:
        line = text[: int(error.position)].count("\n") + 1
        raise IntakeError(
            where=f"{shown} บรรทัด {line}",
            expected="ข้อความที่มองเห็นได้",
            found=f"อักขระควบคุม #x{ord(text[int(error.position)]):04x}",
            todo="ลบอักขระที่มองไม่เห็นในบรรทัดนี้ (พิมพ์ข้อความใหม่แทนการวาง)",
        ) from error
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:  # ValueError: a 30th of February
        raise IntakeError(
            where=shown,
            expected="แฟ้ม YAML รหัสอักขระ UTF-8 ที่เว้นวรรคหน้าบรรทัดตรงกัน",
            found=" ".join(str(error).split()),
            todo="แก้บรรทัดที่ระบุ ข้อความที่มีเครื่องหมาย : หรือ # ให้อยู่ในเครื่องหมายคำพูด",
        ) from error
    lines: dict[Spot, int] = {}
    for spot, line in _lines(tree):
        if spot in lines:  # YAML keeps the last of two equal keys silently: the other text would be lost
            raise IntakeError(
                where=f"{shown} บรรทัด {line}",
                expected=f'"{spot[-1]}" เพียงครั้งเดียว',
                found=f"มีอยู่แล้วที่บรรทัด {lines[spot]}",
                todo="รวมสองรายการเป็นรายการเดียว",
            )
        lines[spot] = line
    return data, lines


# What pydantic calls a mistake, in words that an officer understands.
_MISTAKES_TH = {
    "bool_parsing": "ที่คาดไว้คือ true หรือ false",
    "bool_type": "ที่คาดไว้คือ true หรือ false",
    "int_parsing": "ที่คาดไว้คือจำนวนเต็ม",
    "int_type": "ที่คาดไว้คือจำนวนเต็ม",
    "literal_error": "ไม่อยู่ในรายการที่เลือกได้",
    "tuple_type": "ที่คาดไว้คือรายการ ขึ้นต้นแต่ละรายการด้วยขีด (-)",
    "list_type": "ที่คาดไว้คือรายการ ขึ้นต้นแต่ละรายการด้วยขีด (-)",
    "string_type": "ที่คาดไว้คือข้อความ ข้อความที่เป็นตัวเลขล้วนให้อยู่ในเครื่องหมายคำพูด",
}
_GROUP_TH = "ที่คาดไว้คือกลุ่มของ ชื่อ: ค่า"


def offence(error: Any, lines: Mapping[Spot, int], model: type[BaseModel]) -> str:
    """Return one mistake that pydantic found, in Thai, with its line; of an unknown key the nearest one."""
    spot: Spot = tuple(error["loc"])
    if error["type"] == "misfit":
        spot = ("office", error["ctx"]["key"])
    line = next((lines[spot[:n]] for n in range(len(spot), 0, -1) if spot[:n] in lines), None)
    place = f"บรรทัด {line} " if line else ""
    name = ".".join(str(step + 1) if isinstance(step, int) else step for step in spot)
    if error["type"] == "extra_forbidden":
        return (
            f'{place}ไม่รู้จักชื่อ "{revealed(name)}" '
            f'(ใกล้เคียงที่สุดคือ "{nearest(str(spot[-1]), _keys(spot, model), 0.0)}")'
        )
    if error["type"] == "missing":
        return f'{place}ขาด "{name}"'
    if error["type"] == "misfit":
        return f'{place}"{name}" มีค่าที่ใช้ไม่ได้: {error["ctx"]["mistake"]}'
    said = str(error["ctx"]["error"]) if error["type"] == "value_error" else ""
    mistake = said or _MISTAKES_TH.get(error["type"], _GROUP_TH)
    if error["type"] == "literal_error":
        mistake += ": " + error["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
    if not spot:
        return mistake
    return f'{place}"{name}" มีค่าที่ใช้ไม่ได้: {str(error["input"])[:60]} ({mistake})'


def _keys(spot: Spot, root: type[BaseModel]) -> list[str]:
    """Return the keys that the place of an unknown one knows."""
    model: Any = root
    for step in spot[:-1]:
        if isinstance(step, str):
            model = _models(model.model_fields[step].annotation)
    return list(model.model_fields)


def _models(annotation: Any) -> Any:
    """Return the model in ``Meeting``, ``Meeting | None`` or ``tuple[Signer, ...]``."""
    parts = (annotation, *getattr(annotation, "__args__", ()))
    return next(part for part in parts if isinstance(part, type) and issubclass(part, BaseModel))


def _refuse_aliases(text: str, shown: str) -> None:
    """Refuse names for parts of the file: a few of them stand for more than memory holds."""
    event: Any
    with suppress(yaml.YAMLError):  # told where the file is read
        for event in yaml.parse(text, Loader=_LOADER):
            if getattr(event, "anchor", None):
                raise IntakeError(
                    where=f"{shown} บรรทัด {event.start_mark.line + 1}",
                    expected="ค่าที่เขียนเต็มทุกแห่ง",
                    found=f"ชื่ออ้างอิงของ YAML (& หรือ *) {event.anchor}",
                    todo="เขียนค่าซ้ำเต็มทุกแห่ง ข้อความที่ขึ้นต้นด้วย & หรือ * ให้อยู่ในเครื่องหมายคำพูด",
                )


def _lines(node: yaml.Node | None, spot: Spot = ()) -> Iterator[tuple[Spot, int]]:
    inner: list[tuple[str | int, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        inner = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        inner = [(i, value, value) for i, value in enumerate(node.value)]
    for step, begin, value in inner:
        yield (*spot, step), begin.start_mark.line + 1
        yield from _lines(value, (*spot, step))
