"""What stands beside the reports of a batch: list of files, merged tables, workbook, pages, overview.

All of it is made anew from the agencies' folders, unless nothing changed, and replaced as every file of ours
is: what a person edited is set aside. What cannot be written stays as it was and is told.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ita_nb.batch.folder import (
    ASKED,
    Asked,
    Entry,
    Note,
    completed,
    one_line,
    read_asked,
    read_entries,
    with_tables,
)
from ita_nb.errors import IntakeError, ParameterError
from ita_nb.facts.loader import code_version
from ita_nb.frames import MERGED
from ita_nb.intake.workspace import find_workspace
from ita_nb.made import RECORDS, claimed, clear, put, read_records, sha256_of, unwritable
from ita_nb.notebook_files import OVERVIEW, shared_notebook
from ita_nb.tables import AGENCIES, arrow_table, columns_of, merged_table, parquet_bytes
from ita_nb.task import Limits

_MANIFEST = (
    *"agency_id name_th fiscal_year document status cause where message_th".split(),
    *"file bytes sha256 pages errors kernel seconds edited".split(),
)
# A spreadsheet takes a text that begins so for a formula, which could fetch or run something.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]\d+(?:\.\d+)?")

Contents = dict[str, bytes]


@dataclass(frozen=True)
class Summed:
    """What a folder holds now: its entries, what is not as it should be, and the copies of edited files."""

    folder: Path
    title_th: str
    entries: Sequence[Entry]
    notes: Sequence[Note]
    aside: Sequence[Path]


def sum_up(
    folder: Path, *, home: Path | None, only_asked: bool, overview: bool = True, limits: Limits | None = None
) -> Summed:
    """Make the files beside the reports of a folder where anything changed, and return what it holds.

    ``only_asked`` as in :func:`~ita_nb.batch.folder.read_entries`. ``home`` is the workspace, without which
    there is no ``overview``; its notebook runs within ``limits``. Raises OSError where the folder cannot be
    read.
    """
    clear(folder)
    entries, notes = read_entries(folder, only_asked=only_asked)
    asked = read_asked(folder)
    entries = completed(entries, asked, home)
    asked = asked or Asked.model_construct(batch=folder.name)
    asked = asked if only_asked else asked.model_copy(update={"part": None})
    is_wanted = overview and asked.overview and any(entry.document == "analysis" for entry in entries)
    kinds = ["tables", "workbook", "measures", *(["overview"] if home and is_wanted else []), "index"]
    notebook = home and sha256_of(shared_notebook(home, OVERVIEW))
    how = repr((entries, asked.batch, asked.digits, asked.part, code_version(), notebook))
    state = hashlib.sha256(how.encode("utf-8", "backslashreplace")).hexdigest()
    records = read_records(folder)
    stale = [name for name in kinds if not _is_current(folder, records.get(name, {}), state)]
    aside: list[Path] = []
    if stale:
        entries, left_out = with_tables(folder, entries)
        notes += left_out
        for name in dict.fromkeys([*stale, "index"]):  # which links to the others
            try:
                # What is left out now must be told by the next run as well.
                contents = _files(name, folder, entries, asked, home, limits)
                aside += put_beside(folder, name, "" if left_out else state, contents)
            except Exception as error:  # noqa: BLE001 - the reports are made: whatever it is, it is told
                what = "ภาพรวม" if name == "overview" else "แฟ้มรวมและสารบัญ"
                notes.append(Note(what, f"{type(error).__name__}: {error}"))
    return Summed(folder, asked.batch, entries, notes, aside)


def sum_up_what_lies(folder: Path, workspace: Path | None) -> Summed:
    """Sum up whatever agencies' folders lie in a folder, copied together or made here.

    Without a ``workspace`` it is the one that the folder lies in; where it lies in none there is no overview.
    Raises an ItaError for a folder without any, one that cannot be written, and for no workspace.
    """
    place = folder.resolve()
    try:
        home = find_workspace(workspace or place)
    except IntakeError:
        if workspace:
            raise
        home = None
    if not any([*place.glob(f"*/{RECORDS}"), *place.glob(ASKED)]):
        raise ParameterError(
            where=str(folder),
            expected="โฟลเดอร์ผลลัพธ์ของ ita-nb batch ซึ่งมีโฟลเดอร์ของหน่วยงาน",
            found="ไม่มีโฟลเดอร์ของหน่วยงาน" if place.is_dir() else "ไม่มีโฟลเดอร์นี้",
            todo="ระบุโฟลเดอร์ที่คัดลอกโฟลเดอร์ของหน่วยงานมารวมไว้",
        )
    with claimed(place):
        return sum_up(place, home=home, only_asked=False)


def put_beside(folder: Path, kind: str, key: str, contents: Contents) -> list[Path]:
    """Put files beside the agencies' folders; return the copies of what people had edited.

    Raises StoreError where they cannot be written, or a link would lead elsewhere.
    """
    for path in {folder / name for name in contents} | {folder / Path(name).parts[0] for name in contents}:
        if path.is_symlink():
            raise unwritable(path, ValueError(f"{path.name} เป็นลิงก์ ให้ลบลิงก์นี้แล้วสั่งใหม่"))
    return put(folder, kind, {"key": key}, contents)


def _is_current(folder: Path, record: dict[str, Any], state: str) -> bool:
    return record.get("key") == state and all((folder / name).is_file() for name in record["files"])


def _files(
    kind: str, folder: Path, entries: Sequence[Entry], asked: Asked, home: Path | None, limits: Limits | None
) -> Contents:
    """Return the files of one kind."""
    # Imported here: mostly nothing is to be made.
    from ita_nb.batch import pages, workbook

    match kind:
        case "tables":
            return {"manifest.csv": manifest_csv(entries), **merged_files(entries)}
        case "workbook":
            return {"measures.xlsx": workbook.workbook_bytes(entries, title_th=asked.batch)}
        case "measures":
            page = pages.measures_page(entries, asked.digits)
            return {"measures.html": page} if page else {}
        case "overview" if home:
            return pages.make_overview(folder, home, asked.digits, limits)
    records = [read_records(folder).get(name, {}) for name in ("overview", "measures", "workbook", "tables")]
    beside = [name for record in records for name in record.get("files", ()) if (folder / name).is_file()]
    return {"index.html": pages.index_page(entries, asked.batch, asked.digits, beside, asked.part)}


# ---------------------------------------------------------------- tables


def merged_files(entries: Iterable[Entry]) -> Contents:
    """Return every table with the rows of all entries, as CSV and as Parquet, and the codebook."""
    entries = sorted(entries, key=lambda entry: entry.stem)
    files = {}
    for table in (*MERGED, AGENCIES):
        whole = (
            arrow_table(AGENCIES, [_agency(entry) for entry in entries])
            if table == AGENCIES
            else merged_table(table, [entry.tables[table] for entry in entries if entry.tables])
        )
        files[f"tables/{table}.csv"] = table_csv(table, whole)
        files[f"tables/{table}.parquet"] = parquet_bytes(whole)
    meanings = [(t, c, *meaning) for t in (*MERGED, AGENCIES) for c, meaning in columns_of(t).items()]
    files["tables/codebook.csv"] = csv_bytes(("table", "column", "th", "en", "unit"), meanings)
    return files


def _agency(entry: Entry) -> dict[str, Any]:
    message = entry.failure.message_th if entry.failure else ""
    keys = ("agency_id", "fiscal_year", "name_th", "document", "status")
    return {name: getattr(entry, name) for name in keys} | {"message_th": message}


def table_csv(table: str, content: Any) -> bytes:
    """Return a table as CSV: scores unrounded, dates as ``YYYY-MM-DD``, an empty cell for the unknown."""
    columns = [
        map(harmless, column.to_pylist()) if meaning.unit in {"text", "code"} else column.to_pylist()
        for column, meaning in zip(content.columns, columns_of(table).values(), strict=True)
    ]
    return csv_bytes(content.column_names, zip(*columns, strict=True))


def csv_bytes(header: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows as CSV in UTF-8, with the mark at its beginning by which Excel knows Thai."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode("utf-8-sig")


def harmless(value: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would run as a formula; numbers stay numbers."""
    is_formula = isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value)
    return f"'{value}" if is_formula else value


def manifest_csv(entries: Iterable[Entry]) -> bytes:
    """Return the list of files for Excel: a row each, and one for an agency that has none.

    A text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line end gets an apostrophe before it, so
    that Excel takes none for a formula.
    """
    rows = [row for entry in sorted(entries, key=lambda entry: entry.stem) for row in _manifest_rows(entry)]
    return csv_bytes(_MANIFEST, rows)


def _manifest_rows(entry: Entry) -> Iterator[list[object]]:
    failure = entry.failure
    why = (failure.cause, failure.where, failure.message_th) if failure else ("", "", "")
    head = [entry.agency_id, entry.name_th, entry.fiscal_year, entry.document, entry.status, *why]
    tail = [entry.pages or None, entry.errors, entry.kernel, f"{entry.seconds:.1f}"]
    rows = [[*head, file.path, file.size, file.sha256, *tail, file.is_edited] for file in entry.made]
    for row in rows or [[*head, *[None] * (len(_MANIFEST) - len(head))]]:
        yield [harmless(one_line(cell, 10_000)) if isinstance(cell, str) else cell for cell in row]
