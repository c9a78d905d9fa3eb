"""What a document says, without how it looks: its tables, packed small, and its lines.

The ledger keeps it of every edition: the tables of a batch are merged from it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ita_nb.document.blocks import (
    Block,
    Callout,
    Cover,
    Document,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Signature,
    Table,
)
from ita_nb.errors import RenderError

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from ita_nb.frames import Meaning, Tables

TidyRow = Mapping[str, Any]


@dataclass(frozen=True)
class Content:
    """``tables`` by name, one mapping a row."""

    tables: Mapping[str, Sequence[TidyRow]]

    def packed(self) -> str:
        """Return the content compressed, as base64 text."""
        plain = json.dumps({"tables": self.tables}, ensure_ascii=False)
        return base64.b64encode(zlib.compress(plain.encode())).decode("ascii")

    @classmethod
    def unpacked(cls, packed: str) -> Content:
        """Read what :meth:`packed` wrote. Raises ValueError where it is damaged."""
        try:
            values = json.loads(zlib.decompress(base64.b64decode(packed)))
        except zlib.error as error:
            raise ValueError(f"damaged content: {error}") from error
        return cls(values["tables"])


# ---------------------------------------------------------------- tables


def columns_of(name: str) -> dict[str, Meaning]:
    """Return the columns of a merged table: whose row it is, then those of the codebook."""
    from ita_nb.frames import CODEBOOK, Meaning  # heavy: a batch that has nothing to do goes without

    return {**{column: Meaning(*said) for column, said in _KEYS.items()}, **CODEBOOK[name]}


_KEYS = {
    "agency_id": ("รหัสหน่วยงาน", "the agency, as in data/agencies.csv", "code"),
    "fiscal_year": (
        *("ปีงบประมาณ", "year that names the document: of the result, or of the measures"),
        "Buddhist fiscal year",
    ),
}


def read_tables(notebook: NotebookNode) -> Tables:
    """Return the tables that an executed notebook carries.

    Raises RenderError where it does not carry them exactly once, or not in the columns of the codebook.
    """
    from ita_nb.frames import MERGED, TABLES_MIME, Tables

    found = [
        output.data[TABLES_MIME]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if TABLES_MIME in output.get("data", {})
    ]
    if len(found) != 1:
        raise _unreadable("ตารางข้อมูลหนึ่งชุด จากเซลล์ tables_of(report)", f"{len(found)} ชุด")
    try:
        tables, own_words = found[0]["tables"], found[0]["own_words"]
        odd = [name for name in {*MERGED, *tables} if not _is_merged(name, tables.get(name))]
    except (KeyError, TypeError, AttributeError) as error:
        raise _unreadable("เนื้อหาที่ ita-nb เขียน", f"{type(error).__name__}: {error}") from error
    if odd:
        raise _unreadable("ตารางและคอลัมน์ตามที่ ita-nb รุ่นนี้กำหนด", "ต่างกันที่ตาราง " + ", ".join(sorted(odd)))
    # A notebook's file sorts the names of everything: the order of the columns is that of the codebook.
    ordered = {name: [{c: row[c] for c in columns_of(name)} for row in tables[name]] for name in MERGED}
    return Tables(ordered, tuple(own_words))


def _is_merged(name: str, rows: Iterable[Mapping[str, Any]] | None) -> bool:
    from ita_nb.frames import MERGED

    return name in MERGED and rows is not None and all(row.keys() == columns_of(name).keys() for row in rows)


def _unreadable(expected: str, found: str) -> RenderError:
    todo = "ใช้สมุดบันทึกต้นฉบับของโครงการ แล้วสั่งทำงานใหม่ทั้งเล่มด้วย ita-nb รุ่นเดียวกัน"
    return RenderError(where="สมุดบันทึก", expected=expected, found=found, todo=todo)


# ---------------------------------------------------------------- lines


def lines_of(document: Document) -> tuple[str, ...]:
    """Return what the document says line by line as it is read, the cells of a row with tabs between."""
    return tuple(line for block in document.blocks for line in _lines(block) if line.strip())


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Cover():
            yield from map(_flat, (*block.title, block.agency, block.place))
        case Heading():
            yield _flat(block.text)
        case Paragraph():
            yield _flat(f"{block.label} {block.text}".strip())
        case Table():
            rows = (block.caption,), tuple(c.heading for c in block.columns), *(r.cells for r in block.rows)
            yield from ("\t".join(map(_flat, cells)) for cells in rows)
            yield from map(_flat, block.notes)
        case Figure():
            yield _flat(block.caption)
        case Callout():
            yield from map(_flat, (block.title, *block.lines))
        case Signature():
            yield from (_flat(line) for signer in block.signers for line in signer)
        case PageBreak():
            pass


def _flat(text: str) -> str:
    return " ".join(text.split())
