"""The numbers of a document against its own tidy tables: total, level, instruments, indicators, measures."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from ita_nb.batch.content import TidyRow
from ita_nb.batch.said import ABSENT, UnverifiedError, numbers_in, squeezed
from ita_nb.document.blocks import Document, Paragraph, Table
from ita_nb.thai import Digits, in_digits, number_text

_INSTRUMENT = re.compile(r"[A-Z]{3}")
_IN_BRACKETS = re.compile(r"\(([A-Z]{3})\)$")
_PART = re.compile(r"[A-Z]{3} ส่วนที่ \d(?!\d)")


def check_result(document: Document, result: TidyRow, where: str) -> None:
    """Check total and level in the sentence of the result. Raises UnverifiedError."""
    digits, said = document.cover.digits, " ".join(" ".join(leads_of(document)).split())
    stated = result["total_stated"]
    total = stated if stated is not None else result["total_recomputed"]
    if total is not None and in_digits(number_text(total), digits) not in numbers_in([said]):
        number = in_digits(number_text(total), digits)
        expected = f"คะแนนรวม {number} ในประโยคสรุปผล"
        raise UnverifiedError(where, expected, said or ABSENT)
    level = (result["level_stated"] if stated is not None else None) or result["level_recomputed"]
    if level is not None:
        name = " ".join(in_digits(level, digits).split())
        # Some names of levels begin others: ผ่าน, ผ่านดี, ผ่านดีเยี่ยม.
        if not re.search(rf'ระดับ ?"?{re.escape(name)}"?(?=\s|$)', said):
            raise UnverifiedError(where, f'ระดับ "{name}" ในประโยคสรุปผล', said or ABSENT)


def leads_of(document: Document) -> tuple[str, ...]:
    """Return the sentences that lead the document: its result."""
    return tuple(b.text for b in document.blocks if isinstance(b, Paragraph) and b.style == "lead")


def check_scores(document: Document, scores: Iterable[TidyRow], where: str) -> None:
    """Check that a row of some table names each instrument and indicator and holds its numbers.

    Raises UnverifiedError.
    """
    digits, rows_by_name = document.cover.digits, _rows_by_name(document)
    for score in scores:
        wanted = _wanted(score, digits)
        name = in_digits(score["name_th"] if score["part"] else score["node"], digits)
        if wanted and not any(wanted <= numbers_in(cells).keys() for cells in rows_by_name[name]):
            expected = f"คะแนน{score['name_th']} {', '.join(sorted(wanted))} ในตาราง"
            found = " / ".join(" | ".join(cells) for cells in rows_by_name[name])
            raise UnverifiedError(where, expected, found or ABSENT)


def _wanted(score: TidyRow, digits: Digits) -> set[str]:
    """Return the numbers that a table shows of a node: both for an instrument, one for an indicator."""
    known = [
        in_digits(number_text(v), digits) for v in (score["stated"], score["recomputed"]) if v is not None
    ]
    if _INSTRUMENT.fullmatch(score["node"]):
        return set(known)
    return set(known[:1]) if score["node"].isdecimal() and not score["part"] else set()


def _rows_by_name(document: Document) -> Mapping[str, list[tuple[str, ...]]]:
    """Return the rows of all tables by what they are of: ``7``, ``IIT``, ``EIT ส่วนที่ 1``."""
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    rows = (row.cells for block in document.blocks if isinstance(block, Table) for row in block.rows)
    for cells in rows:
        # An indicator by its number, alone or before its name; an instrument in brackets behind its name.
        for code in {cell.partition(". ")[0] for cell in cells}:
            if code.isdecimal():
                found[code].append(cells)
        if instrument := _IN_BRACKETS.search(cells[0]):
            found[instrument[1]].append(cells)
        if part := _PART.match(cells[0]):
            found[part[0]].append(cells)
    return found


def measure_labels(measures: Iterable[TidyRow], digits: Digits) -> list[str]:
    """Return number and title of each measure as its row in the table of measures begins."""
    marked = (f"{'(ร่าง) ' if row['status'] == 'draft' else ''}{row['title_th']}" for row in measures)
    return [in_digits(f"{number}\n{title}", digits) for number, title in enumerate(marked, start=1)]


def check_measures(document: Document, labels: Iterable[str], where: str) -> None:
    """Check that one table has a row for each measure and no other. Raises UnverifiedError."""
    wanted = [squeezed(label) for label in labels]
    tables = [block for block in document.blocks if isinstance(block, Table)]
    lengths = [sum(row.kind == "body" for row in table.rows) for table in tables]
    alike = [table for table, length in zip(tables, lengths, strict=True) if length == len(wanted)]
    most = max((_held(table, wanted) for table in alike), default=0)
    if most < len(wanted):
        raise UnverifiedError(where, f"ตารางมาตรการมี {len(wanted)} แถว", f"ตรงกัน {most} แถว")


def _held(table: Table, wanted: Iterable[str]) -> int:
    rows = [squeezed("".join(row.cells)) for row in table.rows]
    return sum(any(label in row for row in rows) for label in wanted)
