"""What stands beside the reports of a batch: the list of files, merged tables, a workbook, the index.

All of it is made anew from the entries, so none of it is a place to write in. Each file is replaced whole.
One that is locked (open in Excel, on Windows) stays as it was and is told; the others are made all the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from ita_nb.batch.entries import OVERVIEW, by_code
from ita_nb.batch.entries import Entry as Entry
from ita_nb.batch.index import index_page
from ita_nb.batch.merged import codebook_csv, csv_bytes, harmless, merged, table_csv, table_parquet
from ita_nb.batch.shards import Shard
from ita_nb.batch.stores import write_whole
from ita_nb.batch.workbook import workbook
from ita_nb.thai import Digits, visible

MANIFEST, INDEX, WORKBOOK, TABLES = "manifest.csv", "index.html", "measures.xlsx", "tables"

MANIFEST_COLUMNS = (
    *"agency_id name_th fiscal_year document status cause where message_th".split(),
    *"file bytes sha256 pages errors kernel seconds".split(),
)

Made = tuple[str, Callable[[], bytes]]


def gather(
    out: Path,
    entries: Sequence[Entry],
    *,
    title_th: str,
    digits: Digits = "thai",
    shard: Shard | None = None,
    warn: Callable[[str], None] = warnings.warn,
    only: str = "",
) -> tuple[Path, ...]:
    """Write every file that stands beside the reports of a batch, and return those that were written.

    ``title_th`` names the batch for readers, ``digits`` are those of the index, ``shard`` is the part of
    the batch that they are of. With the name of a file ``only`` that one is written anew. A file that
    cannot be written is left as it was and told to ``warn`` (Thai). Raises OSError only where the folder
    cannot be made.
    """
    (out / TABLES).mkdir(parents=True, exist_ok=True)
    written = []
    for name, make in _files(out, entries, title_th, digits, shard):
        if only and name != only:
            continue
        try:
            write_whole(out / name, make())
            written.append(out / name)
        except OSError as error:
            warn(f"เขียนแฟ้ม {name} ไม่ได้: {error} แฟ้มเดิมยังอยู่ ให้ปิดโปรแกรมที่เปิดแฟ้มนี้อยู่แล้วสั่งใหม่")
    return tuple(written)


def _files(
    out: Path, entries: Sequence[Entry], title_th: str, digits: Digits, shard: Shard | None
) -> Iterator[Made]:
    yield MANIFEST, partial(manifest_csv, entries)
    tables = []
    for name, make in _tables(entries):
        tables.append(f"{TABLES}/{name}")
        yield tables[-1], make
    yield WORKBOOK, partial(workbook, entries, title_th=title_th)
    overview = [path.name for path in sorted(out.glob(f"{OVERVIEW}.*"))]
    beside = [*overview, WORKBOOK, MANIFEST, *tables]
    page = partial(index_page, title_th=title_th, digits=digits, beside=beside, shard=shard)
    yield INDEX, partial(page, entries)


def _tables(entries: Sequence[Entry]) -> Iterator[Made]:
    for name, rows in merged(entries).items():
        yield f"{name}.csv", partial(table_csv, name, rows)
        yield f"{name}.parquet", partial(table_parquet, name, rows)
    yield "codebook.csv", codebook_csv


def manifest_csv(entries: Sequence[Entry]) -> bytes:
    """Return the list of files for Excel: a row each, and one for an agency that has none.

    A text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line end gets an apostrophe before it, so
    that Excel takes none for a formula.
    """
    return csv_bytes(MANIFEST_COLUMNS, (row for entry in by_code(entries) for row in _manifest_rows(entry)))


def _manifest_rows(entry: Entry) -> Iterator[list[object]]:
    failure = entry.failure
    why = (entry.stop or failure.cause, failure.where, failure.message_th) if failure else ("", "", "")
    head = [entry.agency_id, entry.name_th, entry.fiscal_year, entry.document, entry.status, *why]
    tail = [entry.pages or None, entry.errors, entry.kernel, f"{entry.seconds:.1f}"]
    rows = [[*head, file.path, file.size, file.sha256, *tail] for file in entry.files]
    for row in rows or [[*head, *[None] * (len(MANIFEST_COLUMNS) - len(head))]]:
        yield [harmless(_one_line(cell)) for cell in row]


def _one_line(cell: object) -> object:
    return " ".join(visible(cell).split()) if isinstance(cell, str) else cell
