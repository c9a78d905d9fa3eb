"""What changed between two editions of one document: numbers by table, row and column; texts by line."""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from ita_nb.batch.content import TidyRow, without_stamp
from ita_nb.batch.edition import Edition
from ita_nb.batch.ledger import LEDGER, Ledger
from ita_nb.batch.task import DocumentName
from ita_nb.errors import ParameterError
from ita_nb.thai import number_text, signed_text, visible

# What a row of each table is known by, beside the agency and the year, which are the same in both editions.
IDENTITY: Mapping[str, tuple[str, ...]] = {
    "results": (),
    "scores": ("node", "part"),
    "losses": ("kind", "node", "part", "option"),
    "weaknesses": ("node", "part"),
    "problems": ("rule", "node", "part"),
    "measures": ("measure_id",),
    "progress": ("measure_id",),
}
_EDITION_TH = {"working": "ฉบับทำงาน", "publish": "ฉบับเผยแพร่"}
_ROW_TH = {"added": "เพิ่มแถว", "removed": "ไม่มีแถวนี้แล้ว"}
_FINE = 6  # decimals, for two numbers that look alike with fewer

RowKey = tuple[str, ...]


@dataclass(frozen=True)
class RowChange:
    """A row that only one of the editions has."""

    table: str
    row: RowKey
    kind: Literal["added", "removed"]


@dataclass(frozen=True)
class ValueChange:
    """A value that differs; ``None`` stands for what is unknown."""

    table: str
    row: RowKey
    column: str
    before: Any
    after: Any

    @property
    def difference(self) -> Fraction | None:
        """After minus before, exactly, where both are numbers."""
        before, after = _number(self.before), _number(self.after)
        return None if before is None or after is None else after - before


@dataclass(frozen=True)
class Diff:
    """What differs: rows, values of rows that both have, and lines (``-`` before, ``+`` after)."""

    rows: tuple[RowChange, ...]
    values: tuple[ValueChange, ...]
    texts: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both editions say the same."""
        return not (self.rows or self.values or self.texts)


def diff(old: Edition, new: Edition) -> Diff:
    """Compare two editions, leaving out the stamp that says which data and code made them.

    Raises ValueError for editions of different documents, and for damaged content.
    """
    for name in ("agency_id", "fiscal_year", "document"):
        if getattr(old, name) != getattr(new, name):
            raise ValueError(
                f"not the same document: {name} is {getattr(old, name)} and {getattr(new, name)}"
            )
    before, after = old.content, new.content
    rows: list[RowChange] = []
    values: list[ValueChange] = []
    for table in dict.fromkeys((*before.tables, *after.tables)):
        was, now = (_by_key(table, content.tables.get(table, ())) for content in (before, after))
        rows += [RowChange(table, key, "removed") for key in was if key not in now]
        rows += [RowChange(table, key, "added") for key in now if key not in was]
        values += [change for key in was if key in now for change in _values(table, key, was[key], now[key])]
    texts = difflib.unified_diff(without_stamp(before.texts), without_stamp(after.texts), lineterm="", n=0)
    lines = tuple(line for i, line in enumerate(texts) if i > 1 and not line.startswith("@@"))
    return Diff(tuple(rows), tuple(values), lines)


def _by_key(table: str, rows: Iterable[TidyRow]) -> dict[RowKey, TidyRow]:
    """Return the rows by what they are known by; of several alike the later ones are numbered."""
    columns = IDENTITY.get(table)
    seen: Counter[RowKey] = Counter()
    found: dict[RowKey, TidyRow] = {}
    for row in rows:
        key = tuple(str(row.get(name) or "") for name in columns) if columns is not None else ()
        seen[key] += 1
        repeated = seen[key] > 1 or columns is None
        found[(*key, str(seen[key])) if repeated else key] = row
    return found


def _values(table: str, key: RowKey, before: TidyRow, after: TidyRow) -> Iterator[ValueChange]:
    for column in dict.fromkeys((*before, *after)):
        was, now = before.get(column), after.get(column)
        if was != now:
            yield ValueChange(table, key, column, was, now)


def _number(value: Any) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    # As JSON wrote it: 81.9 is 819/10, not the nearest binary fraction.
    return Fraction(repr(value))


# ---------------------------------------------------------------- for the command line


def diff_text_th(
    out: Path, agency_id: str, fiscal_year: int, document: DocumentName, old: int = -2, new: int = -1
) -> str:
    """Return what differs between two editions in the ledger of ``out``, in Thai, aligned.

    Editions count from the first as 1, or from the last as -1. Raises an ItaError where one of them is not
    there.
    """
    with Ledger.open_existing(out / LEDGER) as ledger:
        editions = ledger.editions(agency_id, fiscal_year, document)
    first, second = (_place(number, len(editions)) for number in (old, new))
    if first is None or second is None:
        raise ParameterError(
            where=f"{agency_id} ปีงบประมาณ พ.ศ. {fiscal_year} ({document})",
            expected=f"ฉบับที่ {old} และฉบับที่ {new} (ฉบับแรกคือ 1 ฉบับล่าสุดคือ -1)",
            found=f"มี {len(editions)} ฉบับในบัญชีของ {out}",
            todo="ตรวจรหัสหน่วยงาน ปี และ --document หรือระบุ --from และ --to ใหม่",
        )
    names = [f"ฉบับที่ {n} ({_EDITION_TH[editions[n - 1].edition]})" for n in (first, second)]
    title = f"{agency_id} ปีงบประมาณ พ.ศ. {fiscal_year}: {names[0]} เทียบกับ {names[1]}"
    return "\n".join([title, *_shown(diff(editions[first - 1], editions[second - 1]))])


def _place(number: int, editions: int) -> int | None:
    """Return the place of an edition from the first as 1, ``None`` where there is none."""
    place = number if number > 0 else editions + 1 + number
    return place if number and 1 <= place <= editions else None


def _shown(found: Diff) -> list[str]:
    if found.is_empty:
        return ["เหมือนกันทั้งตัวเลขและข้อความ"]
    lines = ["", f"ตัวเลขและค่าในตาราง: ต่างกัน {len(found.rows) + len(found.values)} รายการ"]
    of_rows = [(c.table, _named(c.row), _ROW_TH[c.kind], "", "", "") for c in found.rows]
    head = ("ตาราง", "แถว", "คอลัมน์", "เดิม", "ใหม่", "ผลต่าง")
    cells = [*of_rows, *(_cells(change) for change in found.values)]
    lines += _aligned([head, *cells]) if cells else []
    lines += ["", f"ข้อความ: ต่างกัน {len(found.texts)} บรรทัด (- เดิม + ใหม่)"]
    return lines + [f"  {line[0]} {_plain(line[1:])}" for line in found.texts]


def _cells(change: ValueChange) -> tuple[str, ...]:
    before, after = _number(change.before), _number(change.after)
    texts = [_plain(str(v)) if v not in (None, "") else "-" for v in (change.before, change.after)]
    difference = ""
    if change.difference is not None and before is not None and after is not None:
        decimals = 2 if number_text(before) != number_text(after) else _FINE
        texts = [number_text(value, decimals) for value in (before, after)]
        difference = signed_text(change.difference, decimals)
    return (change.table, _named(change.row), change.column, *texts, difference)


def _named(row: RowKey) -> str:
    return " ".join(_plain(part) for part in row if part) or "-"


def _plain(text: str) -> str:
    """Return people's text on one line, without what would steer a terminal; cells with bars between."""
    return " ".join(visible(text.replace("\t", " | ")).split())


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(map(_padded, row, widths)).rstrip() for row in rows]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: marks above and below take none."""
    return sum(unicodedata.category(character) not in {"Mn", "Me", "Cf"} for character in text)
