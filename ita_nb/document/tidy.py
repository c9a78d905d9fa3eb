"""What a document says, without how it looks: its tidy tables as a notebook carries them, and its lines.

The last cell of a notebook displays its tables as JSON under :data:`MIME`; the readers of blocks pass over
it. Whatever works on many documents reads them here, and never computes a case a second time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from nbformat import NotebookNode
from pydantic import BaseModel

from ita_nb.case import Case
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
from ita_nb.progress import ProgressCase
from ita_nb.tables import CODEBOOK, Tables, tidy

MIME = "application/vnd.ita-nb.tables+json"
# What a missing value, a raw Python object or a lost character looks like when it slips into a document.
SPILLED = re.compile(r"\b(?:nan|None|NaT|Traceback|Fraction\(|<built-in)\b|\ufffd")
_NAMES_TH = {
    "results": "ผลการประเมิน",
    "scores": "คะแนน",
    "losses": "คะแนนที่เสีย",
    "weaknesses": "ข้อที่ต้องยกระดับ",
    "problems": "รายการที่ต้องตรวจสอบ",
    "measures": "มาตรการ",
    "progress": "สถานะของมาตรการ",
}


@dataclass(frozen=True)
class TidyTables:
    """The tables of one document; in Jupyter a short summary, and everything as JSON under :data:`MIME`.

    ``own_words`` are people's own texts that would look like a fault of the program.
    """

    tables: Tables
    own_words: tuple[str, ...] = ()

    @classmethod
    def of(cls, case: Case | ProgressCase, edition: str) -> TidyTables:
        """Return the tables of a case as a document of that edition shows it."""
        # Other agencies stand in the record by their scores only; a province of them would cost the most.
        own = replace(case.record, peers={})
        inputs = [own, case.problems, *([case.trend] if isinstance(case, Case) else [])]
        found = {word for text in _texts_in(inputs) for word in SPILLED.findall(text)}
        return cls(tidy(case, edition), tuple(sorted(found)))

    def __str__(self) -> str:
        """Say in Thai which tables there are, and how long they are."""
        rows = ", ".join(
            f"{_NAMES_TH[name]} {len(table)} แถว" for name, table in self.tables.items() if table
        )
        return f"ตารางข้อมูลของเอกสารนี้ สำหรับรวมและเปรียบเทียบหลายหน่วยงาน: {rows}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """Show the summary in Jupyter, and carry the content for programs."""
        del include, exclude  # Jupyter's filter is optional to honour; all forms are always wanted
        content = {"tables": self.tables, "own_words": list(self.own_words)}
        return {"text/plain": str(self), "text/html": f"<p>{self}</p>", MIME: content}


def read_tables(notebook: NotebookNode) -> Tables:
    """Return the tidy tables of an executed notebook by name. Raises RenderError as :func:`read_tidy`."""
    return read_tidy(notebook).tables


def read_tidy(notebook: NotebookNode) -> TidyTables:
    """Return the tables that an executed notebook carries.

    Raises RenderError where it does not carry them exactly once, or not in the columns of the codebook.
    """
    found = [
        output.data[MIME]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {})
    ]
    if len(found) != 1:
        raise _unreadable("ตารางข้อมูลหนึ่งชุด จากเซลล์ report.tables()", f"{len(found)} ชุด")
    try:
        tables, own_words = found[0]["tables"], found[0]["own_words"]
        odd = [name for name in {*CODEBOOK, *tables} if not _is_tidy(name, tables.get(name))]
    except (KeyError, TypeError, AttributeError) as error:
        raise _unreadable("เนื้อหาที่ ita-nb เขียน", f"{type(error).__name__}: {error}") from error
    if odd:
        raise _unreadable("ตารางและคอลัมน์ตามที่ ita-nb รุ่นนี้กำหนด", "ต่างกันที่ตาราง " + ", ".join(sorted(odd)))
    # A notebook's file sorts the names of everything: the order of the columns is that of the codebook.
    ordered = {
        name: [{c: row[c] for c in columns} for row in tables[name]] for name, columns in CODEBOOK.items()
    }
    return TidyTables(ordered, tuple(own_words))


def _is_tidy(name: str, rows: Iterable[Mapping[str, Any]] | None) -> bool:
    return name in CODEBOOK and rows is not None and all(row.keys() == CODEBOOK[name].keys() for row in rows)


def _unreadable(expected: str, found: str) -> RenderError:
    todo = "ใช้สมุดบันทึกต้นฉบับของโครงการ แล้วสั่งทำงานใหม่ทั้งเล่มด้วย ita-nb รุ่นเดียวกัน"
    return RenderError(where="สมุดงาน", expected=expected, found=found, todo=todo)


def _texts_in(value: object) -> Iterator[str]:
    """Yield every text inside records, models and collections."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        yield from _texts_in(value.model_dump(mode="json"))
    elif isinstance(value, Mapping):
        yield from _texts_in([*value.keys(), *value.values()])
    elif is_dataclass(value):
        yield from _texts_in([getattr(value, f.name) for f in fields(value)])
    elif isinstance(value, (list, tuple)):
        for member in value:
            yield from _texts_in(member)


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
