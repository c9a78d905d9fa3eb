"""The running sentences of the documents: wording from ``narrative.yaml``, chosen without repetition.

A situation has one phrasing, or several that say the same. :class:`Voice` then picks one by agency, year and
turn: neighbouring topics never use the same words, two agencies speak differently, and an agency that makes
its document again gets the same one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BeforeValidator, ValidationError

from ita_nb.case import Case
from ita_nb.errors import FactsError
from ita_nb.facts.kinds import Value
from ita_nb.facts.yaml_file import load_yaml
from ita_nb.progress import ProgressCase

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


_Phrasings = Annotated[
    tuple[str, ...], BeforeValidator(lambda said: (said,) if isinstance(said, str) else said)
]


class _File(Value):
    numbers: frozenset[str]
    free_texts: frozenset[str]
    situations: Mapping[str, Mapping[str, _Phrasings]]


@dataclass(frozen=True)
class Wording:
    """Every situation (``topic.keep``) with its phrasings, and the placeholders that stand apart from Thai.

    Raises FactsError naming every fault, so that what is loaded can be said.
    """

    situations: Mapping[str, tuple[str, ...]]
    apart: frozenset[str]

    def __post_init__(self) -> None:
        """Refuse wording that is not alike, repeated, or not spaced as Thai is."""
        faults = [
            f"{name}: {fault}"
            for name, phrasings in self.situations.items()
            for fault in self._faults(phrasings)
        ]
        if faults:
            raise _refused("; ".join(faults))

    def _faults(self, phrasings: tuple[str, ...]) -> Iterator[str]:
        if len(set(phrasings)) < max(1, len(phrasings)):
            yield f"ถ้อยคำที่ต่างกันมี {len(set(phrasings))} จาก {len(phrasings)} แบบ"
        if len({tuple(sorted(_PLACEHOLDER.findall(phrasing))) for phrasing in phrasings}) > 1:
            yield "ช่องใส่ค่าของแต่ละแบบไม่ตรงกัน"
        for phrasing in phrasings:
            plain = _PLACEHOLDER.sub("X", phrasing)
            yield from (f'{what} "{phrasing}"' for what, form in _FAULTS.items() if form.search(plain))
            glued = {*_GLUED_BEHIND.findall(phrasing), *(self.apart & {*_GLUED_BEFORE.findall(phrasing)})}
            if glued:
                yield f'ต้องเว้นวรรคที่ {", ".join(sorted(glued))} "{phrasing}"'

    def placeholders(self, situation: str) -> frozenset[str]:
        """Return the names of the values that a situation asks for."""
        return frozenset(_PLACEHOLDER.findall(self.situations[situation][0]))


@cache
def load_wording() -> Wording:
    """Load ``narrative.yaml``. Raises FactsError naming what is wrong in it."""
    text = files("ita_nb.document").joinpath(FILE).read_text(encoding="utf-8")
    try:
        read = _File.model_validate(load_yaml(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise _refused(str(error)) from error
    named = {f"{group}.{name}": said for group, own in read.situations.items() for name, said in own.items()}
    return Wording(named, read.numbers | read.free_texts)


def _refused(found: str) -> FactsError:
    return FactsError(
        where=FILE,
        expected="แต่ละสถานการณ์มีถ้อยคำ หากมีหลายแบบต้องต่างกัน ใช้ช่องใส่ค่าชุดเดียวกัน และเว้นวรรคถูกต้อง",
        found=found,
        todo="แก้แฟ้มตามที่แจ้ง",
    )


@dataclass(frozen=True)
class Voice:
    """How the documents of one agency and fiscal year (Buddhist) say things."""

    agency_id: str
    fiscal_year: int

    def say(self, situation: str, turn: int = 0, /, **values: str | int) -> str:
        """Return the sentence of a situation with its values; the next turn has other words.

        Values are text that stands as it is. Raises LookupError for an unknown situation, and TypeError
        for a value that is missing or not asked for.
        """
        wording = load_wording()
        if situation not in wording.situations:
            raise LookupError(f"no wording for {situation!r} in {FILE}")
        asked = wording.placeholders(situation)
        if asked != values.keys():
            raise TypeError(f"{situation} takes {sorted(asked)}, got {sorted(values)}")
        phrasings = wording.situations[situation]
        phrasing = phrasings[(self._start(situation) + turn) % len(phrasings)]
        return _PLACEHOLDER.sub(lambda found: str(values[found.group(1)]), phrasing)

    def _start(self, situation: str) -> int:
        # Python's own hash differs from run to run; a document must not.
        key = f"{self.agency_id}\n{self.fiscal_year}\n{situation}".encode("utf-8", "surrogatepass")
        return int.from_bytes(blake2b(key, digest_size=8).digest(), "big")


def voice_of(case: Case | ProgressCase) -> Voice:
    """Return the voice of a case's documents."""
    return Voice(case.agency.agency_id, case.fiscal_year)
