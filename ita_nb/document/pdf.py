"""A document as PDF: blocks -> JSON -> Typst -> text-layer repair.

Typst gets the content as data only, never as markup, so no text can become a command. This module
decides *what* each page holds (words, lists, page runs); ``report.typ`` decides what it looks like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

import typst

from ita_nb.document import text_layer
from ita_nb.document.blocks import (
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
from ita_nb.document.fonts import DIRECTORY, printable
from ita_nb.document.layout import Item, callout_title, page_runs
from ita_nb.document.line_breaks import FITS_A_COLUMN, FITS_A_NARROW_COLUMN, Unit, units
from ita_nb.errors import RenderError

# Tagged for screen readers, and self-contained for archives.
STANDARDS: list[typst.PDFStandard] = ["ua-1", "a-2a"]

_TEMPLATE = Path(__file__).with_name("report.typ")
# PDF/A wants a date of making; the same document must give the same bytes.
_TIMESTAMP = 0
# Shorter parts of a name could be found inside other words (แพร่ in เผยแพร่).
_SHORTEST_NAME = 6
# Below this share of the table's width (2.2 cm of a portrait page), many a word is wider than its column.
_NARROW_SHARE = 0.14
# Lines of a list are indented under their text: "1. ", "(๒) ", "- ".
_LIST_MARK = re.compile(r"\s*((?:\(?[0-9๐-๙]{1,2}(?:\.[0-9๐-๙]{1,2})*[.)]|[-–•])\s+)(?=\S)")

_Json = dict[str, Any]
_Line = dict[str, str | list[Unit]]


def render(document: Document) -> bytes:
    """Return the document as the bytes of an A4 PDF: PDF/UA-1 and PDF/A-2a, Sarabun embedded.

    The same document gives the same bytes. Raises RenderError when Typst cannot set it.
    """
    content = json.dumps(_Content(document.cover).of(document))
    try:
        pdf = typst.Compiler(_TEMPLATE, font_paths=_fonts()).compile(
            format="pdf",
            sys_inputs={"content": content},
            pdf_standards=STANDARDS,
            timestamp=_TIMESTAMP,
        )
    except typst.TypstError as error:
        raise _refused(document.cover, error) from error
    except BaseException as error:
        # A panic inside Typst is no Exception, and must not end a whole batch.
        if type(error).__name__ != "PanicException":
            raise
        raise _refused(document.cover, error) from error
    # Formats with a file for each page give a list; PDF does not.
    return text_layer.repair(cast("bytes", pdf))


def _refused(cover: Cover, error: BaseException) -> RenderError:
    return RenderError(
        where=f"เอกสาร PDF ของ{cover.agency} ({cover.agency_id})",
        expected="Typst จัดหน้าเอกสารได้",
        found=" ".join(str(error).split()),
        todo="ตรวจแผนภาพ (SVG) และข้อความของเอกสาร แล้วสร้างใหม่ หากยังไม่ได้โปรดแจ้งผู้ดูแลโปรแกรมพร้อมข้อความนี้",
    )


@cache
def _fonts() -> typst.Fonts:
    """Return the bundled fonts and no others: a document must look the same on every machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[DIRECTORY])


class _Content:
    """Turns blocks into the JSON that ``report.typ`` takes; knows the names to keep whole."""

    def __init__(self, cover: Cover) -> None:
        self._names = _names(cover)

    def of(self, document: Document) -> _Json:
        """Return the whole content: what every page must know, and the page runs."""
        cover = document.cover
        return {
            # PDF/UA refuses a document without a title.
            "title": _plain(" ".join(cover.title)) or _plain(cover.running_title) or "รายงาน",
            "agency": _plain(cover.agency),
            "running": [self.lines(cover.running_title), self.lines(cover.agency)],
            "digits": cover.digits,
            "draft": cover.draft,
            "page_runs": [
                {"kind": run.kind, "items": [self._item(item) for item in run.items]}
                for run in page_runs(document)
            ],
        }

    def lines(self, text: str, fits: int = FITS_A_COLUMN) -> list[_Line]:
        """Return the lines of ``text``, each as its list mark and its units."""
        return [self._line(line, fits) for line in printable(text).strip("\n").split("\n")]

    def _line(self, line: str, fits: int) -> _Line:
        mark = _LIST_MARK.match(line)
        return {
            "mark": mark[1].strip() if mark else "",
            "units": units(line[mark.end() :] if mark else line, self._names, fits),
        }

    def _item(self, item: Item) -> _Json:
        match item.block:
            case Heading():
                return self._heading(item.block, item.level)
            case Paragraph():
                return self._paragraph(item.block)
            case Table():
                return self._table(item.block, item.caption)
            case Figure():
                return self._figure(item.block, item.caption)
            case Callout():
                return self._callout(item.block)
            case Cover():
                return self._title_page(item.block)
            case Signature():
                return {"type": "signature", "signers": [self._each(signer) for signer in item.block.signers]}
            case PageBreak():
                raise TypeError("page breaks part the page runs and are in none")
            case paragraphs:
                return {"type": "bullets", "items": [self._paragraph(paragraph) for paragraph in paragraphs]}

    def _each(self, texts: Iterable[str]) -> list[list[_Line]]:
        return [self.lines(text) for text in texts]

    def _heading(self, heading: Heading, level: int) -> _Json:
        return {
            "type": "heading",
            "level": level,
            "look": heading.level,
            "lines": self.lines(heading.text),
        }

    def _paragraph(self, paragraph: Paragraph) -> _Json:
        return {
            "type": "paragraph",
            "style": paragraph.style,
            "label": self.lines(paragraph.label) if paragraph.label else [],
            "lines": self.lines(paragraph.text),
        }

    def _table(self, table: Table, caption: str) -> _Json:
        narrow = _NARROW_SHARE * sum(column.width for column in table.columns)
        fits = [FITS_A_NARROW_COLUMN if c.width < narrow else FITS_A_COLUMN for c in table.columns]

        def cells(texts: Iterable[str]) -> list[list[_Line]]:
            return [self.lines(text, longest) for text, longest in zip(texts, fits, strict=False)]

        return {
            "type": "table",
            "caption": self.lines(caption) if caption else [],
            "widths": [column.width for column in table.columns],
            "align": [column.align for column in table.columns],
            "headings": cells(column.heading for column in table.columns),
            "rows": [{"kind": row.kind, "cells": cells(row.cells)} for row in table.rows],
            "notes": self._each(table.notes),
        }

    def _figure(self, figure: Figure, caption: str) -> _Json:
        return {
            "type": "figure",
            "svg": figure.svg,
            # PDF/UA refuses a figure without words.
            "alt": _plain(figure.alt or figure.caption) or "แผนภาพ",
            "caption": self.lines(caption) if caption else [],
            "width": figure.width,
        }

    def _callout(self, callout: Callout) -> _Json:
        return {
            "type": "callout",
            "kind": callout.kind,
            "title": self.lines(callout_title(callout)),
            "lines": self._each(callout.lines),
        }

    def _title_page(self, cover: Cover) -> _Json:
        return {
            "type": "cover" if cover.shown else "title_block",
            "title": self._each(cover.title),
            "agency": self.lines(cover.agency),
            "place": self.lines(cover.place) if cover.place else [],
        }


def _names(cover: Cover) -> tuple[str, ...]:
    """Return the names that no line may part: agency and place, and their parts between spaces."""
    parts = [part for text in (cover.agency, cover.place) for part in printable(text).split()]
    return tuple(sorted({part for part in parts if len(part) >= _SHORTEST_NAME}))


def _plain(text: str) -> str:
    """Return ``text`` on one line, for places that hold no layout (bookmarks, metadata, alt text)."""
    return " ".join(printable(text).split())
