"""The running sentences of the documents: one for each situation, from ``narrative.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Self

import yaml
from pydantic import ValidationError, model_validator

from ita_nb.errors import FactsError
from ita_nb.facts.kinds import Value
from ita_nb.facts.yaml_file import load_yaml

FILE = "narrative.yaml"

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# A number or a free text, which may begin with one, has a space on each side, or stands at an end or in
# brackets; any other value has one behind it, for it may end in a number, a Latin letter or a closing mark.
_GLUED_BEFORE = re.compile(r"[^\s(\"]\{([a-z_]+)\}")
_GLUED_BEHIND = re.compile(r"\{([a-z_]+)\}[^\s)\",;]")
_FAULTS: dict[str, re.Pattern[str]] = {
    "มีตัวเลขพิมพ์ไว้ในถ้อยคำ": re.compile(r"[0-9๐-๙]"),
    "มีช่องว่างที่ต้น ที่ท้าย หรือมากกว่าหนึ่งช่อง": re.compile(r"^\s|\s$|\s\s|[^\S ]"),
    "มีวงเล็บปีกกาที่ไม่ใช่ช่องใส่ค่า": re.compile(r"[{}]"),
    "ไม้ยมกต้องมีช่องว่างข้างหน้าและข้างหลัง": re.compile(r"[^ ]ๆ|ๆ[^ )\"]"),
}


class Wording(Value):
    """Every situation (``topic.keep``) with its sentence, and the placeholders that stand apart from Thai."""

    numbers: frozenset[str]
    free_texts: frozenset[str]
    situations: Mapping[str, str]

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        """Refuse sentences that are not spaced as Thai is, naming every fault."""
        faults = [
            f"{name}: {fault}"
            for name, sentence in self.situations.items()
            for fault in self._faults(sentence)
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults(self, sentence: str) -> Iterator[str]:
        plain = _PLACEHOLDER.sub("X", sentence)
        yield from (f'{what} "{sentence}"' for what, form in _FAULTS.items() if form.search(plain))
        apart = self.numbers | self.free_texts
        glued = {*_GLUED_BEHIND.findall(sentence), *(apart & {*_GLUED_BEFORE.findall(sentence)})}
        if glued:
            yield f'ต้องเว้นวรรคที่ {", ".join(sorted(glued))} "{sentence}"'

    def placeholders(self, situation: str) -> frozenset[str]:
        """Return the names of the values that a situation asks for."""
        return frozenset(_PLACEHOLDER.findall(self.situations[situation]))


@cache
def load_wording() -> Wording:
    """Load ``narrative.yaml``. Raises FactsError naming what is wrong in it."""
    text = files("ita_nb.document").joinpath(FILE).read_text(encoding="utf-8")
    try:
        return Wording.model_validate(load_yaml(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise FactsError(
            where=FILE,
            expected="แต่ละสถานการณ์มีถ้อยคำเดียวที่เว้นวรรคถูกต้อง",
            found=str(error),
            todo="แก้แฟ้มตามที่แจ้ง",
        ) from error


def say(situation: str, /, **values: str | int) -> str:
    """Return the sentence of a situation with its values, which are text that stands as it is.

    Raises LookupError for an unknown situation, and TypeError for a value that is missing or not asked for.
    """
    wording = load_wording()
    if situation not in wording.situations:
        raise LookupError(f"no wording for {situation!r} in {FILE}")
    asked = wording.placeholders(situation)
    if asked != values.keys():
        raise TypeError(f"{situation} takes {sorted(asked)}, got {sorted(values)}")
    return _PLACEHOLDER.sub(lambda found: str(values[found.group(1)]), wording.situations[situation])
