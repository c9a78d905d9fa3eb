"""The tables of a whole batch: those of all agencies one below the other, as CSV and as Parquet.

Rows stand in the order of the agencies' codes, so the same contents give the same bytes. Every table of
:data:`ita_nb.frames.MERGED` is written, an empty one with its header alone.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

from ita_nb.batch.content import TidyRow, columns_of
from ita_nb.batch.entries import Entry, by_code
from ita_nb.frames import MERGED, Meaning

# What each unit of the codebook is in Parquet.
_TYPES = {
    "text": "string",
    "code": "string",
    "date": "date32",
    "count": "int64",
    "persons": "int64",
    "Buddhist fiscal year": "int64",
    "true or false": "bool_",
    "score 0-100": "float64",
    "points of the total": "float64",
    "percent": "float64",
}
# A spreadsheet takes a text that begins so for a formula, which could fetch or run something.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]\d+(?:\.\d+)?")


def merged(entries: Iterable[Entry]) -> dict[str, list[TidyRow]]:
    """Return every table of the codebook with the rows of all entries."""
    contents = [entry.content for entry in by_code(entries) if entry.content is not None]
    return {name: list(chain.from_iterable(c.tables.get(name, ()) for c in contents)) for name in MERGED}


def table_csv(name: str, rows: Iterable[TidyRow]) -> bytes:
    """Return a table as CSV: scores unrounded, dates as ``YYYY-MM-DD``, an empty cell for the unknown."""
    cells = [_cell_of(column, meaning) for column, meaning in columns_of(name).items()]
    return csv_bytes(columns_of(name), ([cell(row) for cell in cells] for row in rows))


def _cell_of(column: str, meaning: Meaning) -> Callable[[TidyRow], object]:
    # Most cells are numbers, which need no look at their first character.
    if meaning.unit in {"text", "code"}:
        return lambda row: harmless(row.get(column))
    return lambda row: row.get(column)


def table_parquet(name: str, rows: Sequence[TidyRow]) -> bytes:
    """Return a table as Parquet, typed by the codebook, its texts to the letter. Needs pyarrow."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {}
    for column, meaning in columns_of(name).items():
        values = [_as_typed(row.get(column), meaning.unit) for row in rows]
        columns[column] = pa.array(values, type=getattr(pa, _TYPES[meaning.unit])())
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written)
    return written.getvalue()


def _as_typed(value: Any, unit: str) -> Any:
    if value is None:
        return None
    if unit == "date":
        return dt.date.fromisoformat(value)
    return str(value) if unit in {"text", "code"} else value


def codebook_csv() -> bytes:
    """Return what each column of each table says, and its unit."""
    rows = [(table, column, *meaning) for table in MERGED for column, meaning in columns_of(table).items()]
    return csv_bytes(("table", "column", "th", "en", "unit"), rows)


def csv_bytes(header: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows as CSV in UTF-8, with the mark at its beginning by which Excel knows Thai."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(chain([header], rows))
    return text.getvalue().encode("utf-8-sig")


def harmless(value: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would run as a formula; numbers stay numbers."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
