"""The tables that a batch merges, as files: an agency's own ``tables.parquet``, and one kind of row for all.

An agency's folder holds one file with the rows of all its documents, told apart by the columns ``table`` and
``stem``: a file for each table would cost as much again at every run. A column whose unit differs between
tables is named by its table as well (``problems.stated`` is a text).

Nothing here starts a thread, so that a process which packs can be forked; Arrow's allocator starts one unless
``JE_ARROW_MALLOC_CONF=background_thread:false`` is in the environment when pyarrow is first imported.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ita_nb.frames import CODEBOOK, MERGED, Meaning

Row = Mapping[str, Any]
# A file may come from elsewhere, and a small one could unfold into more than memory holds.
_MOST_ROWS = 50_000
_MOST_BYTES = 50_000_000
_PLAIN = {"PLAIN", "RLE"}
_KEYS = {
    "agency_id": Meaning("รหัสหน่วยงาน", "the agency, as in data/agencies.csv", "code"),
    "fiscal_year": Meaning(
        "ปีงบประมาณ", "year that names the document: of the result, or of the measures", "Buddhist fiscal year"
    ),
}
# What a summary adds to the merged tables: what became of every document that was asked for.
AGENCIES = "agencies"
_AGENCIES = {
    "name_th": Meaning("หน่วยงาน", "name of the agency", "text"),
    "document": Meaning("เอกสาร", "analysis of a result, or progress of measures", "code"),
    "status": Meaning("สถานะ", "done, failed, stopped, or left: not made as it was asked for", "code"),
    "message_th": Meaning("เหตุ", "why there is no document, or none of the latest data", "text"),
}
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


def columns_of(table: str) -> dict[str, Meaning]:
    """Return the columns of a merged table: whose row it is, then those of the codebook."""
    return {**_KEYS, **(_AGENCIES if table == AGENCIES else CODEBOOK[table])}


def arrow_table(table: str, rows: Sequence[Row]) -> Any:
    """Return rows as an Arrow table, typed by the codebook, its texts to the letter."""
    import pyarrow as pa

    schema = _schema(table)
    units = [meaning.unit for meaning in columns_of(table).values()]
    columns = [
        pa.array(_typed([row.get(field.name) for row in rows], unit), field.type)
        for field, unit in zip(schema, units, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _typed(values: list[Any], unit: str) -> list[Any]:
    if unit in {"text", "code"}:
        return [None if value is None else str(value) for value in values]
    if unit == "date":
        return [None if value is None else dt.date.fromisoformat(value) for value in values]
    return values


def with_stem(existing: bytes | None, stem: str, tables: Mapping[str, Sequence[Row]]) -> bytes:
    """Return a ``tables.parquet`` with the tables of a document, and those of other documents as they were.

    What cannot be read of the existing file is left out.
    """
    try:
        found = read_tables(existing) if existing else {}
    except ValueError:
        found = {}
    found[stem] = {table: arrow_table(table, tables.get(table, ())) for table in MERGED}
    return _packed(found)


def _packed(documents: Mapping[str, Mapping[str, Any]]) -> bytes:
    import pyarrow as pa

    schema, renamed = _layout()
    parts = []
    for stem, tables in sorted(documents.items()):
        for table, content in tables.items():
            rows = content.num_rows
            own = dict(zip(renamed[table], content.columns, strict=True))
            own |= {"table": pa.repeat(table, rows), "stem": pa.repeat(stem, rows)}
            columns = [own[f.name] if f.name in own else pa.nulls(rows, f.type) for f in schema]
            parts.append(pa.Table.from_arrays(columns, schema=schema))
    return parquet_bytes(pa.concat_tables(parts))


def parquet_bytes(table: Any) -> bytes:
    """Return an Arrow table as Parquet; the same rows give the same bytes."""
    import pyarrow.parquet as pq

    written = io.BytesIO()
    pq.write_table(
        table.combine_chunks(),
        written,
        use_dictionary=False,  # its pages say how long they are
        write_statistics=False,
        compression="zstd",
        store_schema=False,
    )
    return written.getvalue()


def read_tables(source: bytes | Path) -> dict[str, dict[str, Any]]:
    """Return the Arrow tables of a ``tables.parquet`` by the stem of the document and their own names.

    Raises OSError where there is no such file, ValueError for one that :func:`with_stem` cannot have made.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    content = source if isinstance(source, bytes) else source.read_bytes()
    schema, renamed = _layout()
    try:
        file = pq.ParquetFile(io.BytesIO(content), pre_buffer=False)
        _check(file, schema)
        whole = file.read(use_threads=False)
        whole.validate(full=True)
        numbers = [column for column in whole.columns if pa.types.is_floating(column.type)]
        if any(pc.any(pc.invert(pc.is_finite(column))).as_py() for column in numbers):
            raise ValueError("ตารางมีค่าที่ไม่ใช่ตัวเลข")
        found = {}
        for stem in whole["stem"].unique().to_pylist():
            own = whole.filter(pc.equal(whole["stem"], stem))
            if {*own["table"].unique().to_pylist()} - {*MERGED}:
                raise ValueError("มีตารางที่โปรแกรมไม่รู้จัก")
            found[stem] = {
                table: own.filter(pc.equal(own["table"], table))
                .select(renamed[table])
                .rename_columns([*columns_of(table)])
                for table in MERGED
            }
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"อ่านตารางไม่ได้: {error}") from error
    return found


def _check(file: Any, schema: Any) -> None:
    """Refuse other columns, and what would unfold: it may come from elsewhere."""
    groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    encodings = {e for g in groups for n in range(g.num_columns) for e in g.column(n).encodings}
    size = sum(group.total_byte_size for group in groups)
    if not file.schema_arrow.equals(schema):
        raise ValueError("ช่องของตารางต่างจากที่ ita-nb รุ่นนี้กำหนด")
    if file.metadata.num_rows > _MOST_ROWS or size > _MOST_BYTES or encodings - _PLAIN:
        raise ValueError("ตารางใหญ่เกินกว่าของหน่วยงานหนึ่ง")


def merged_table(table: str, parts: Iterable[Any]) -> Any:
    """Return the rows of several documents one below the other; without any, the empty table."""
    import pyarrow as pa

    return pa.concat_tables([_schema(table).empty_table(), *parts])


@cache
def _schema(table: str) -> Any:
    import pyarrow as pa

    pa.set_cpu_count(1)
    return pa.schema([(c, getattr(pa, _TYPES[m.unit])()) for c, m in columns_of(table).items()])


@cache
def _layout() -> tuple[Any, dict[str, list[str]]]:
    """Return the columns of the one file, and by table the names that its own columns have there."""
    import pyarrow as pa

    types = {"table": pa.string(), "stem": pa.string()}
    renamed: dict[str, list[str]] = {}
    for table in MERGED:
        own = {f.name: f.type for f in _schema(table)}
        named = {
            name: name if types.get(name, kind) == kind else f"{table}.{name}" for name, kind in own.items()
        }
        types |= {named[name]: kind for name, kind in own.items()}
        renamed[table] = [*named.values()]
    return pa.schema([*types.items()]), renamed
