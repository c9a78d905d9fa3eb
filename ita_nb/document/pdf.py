"""A document as PDF: blocks -> lines -> JSON -> Typst -> text-layer repair.

Typst gets the content as data only, never as markup, so no text can become a command. This module
decides *what* each page holds and where its lines end; ``report.typ`` decides what it looks like.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ita_nb.document import sheet
from ita_nb.document.blocks import (
    CONTENTS_TITLE,
    LIST_MARK,
    NO_ROWS,
    Callout,
    Cover,
    Document,
    Figure,
    Heading,
    Item,
    PageBreak,
    Paragraph,
    Row,
    Signature,
    Table,
    callout_title,
    contents,
    contents_run,
    page_runs,
)
from ita_nb.document.drawings import for_typst
from ita_nb.document.lines import SPACE, Line, Measure, Word, justified, ragged, units, words_of
from ita_nb.document.sheet import SHEETS, RunKind, TextStyle, printable, width_of
from ita_nb.document.typesetting import repair, typeset

_TEMPLATES = [Path(__file__).with_name(name) for name in ("drawing.typ", "report.typ")]
# Shorter parts of a name could be found inside other words (แพร่ in เผยแพร่).
_SHORTEST_NAME = 6
_LONGEST = 10_000  # characters
_HEADER_LINES = 2
# Tables up to this share of a page are kept on one page.
_SHORT_TABLE = 0.33

_Json = dict[str, Any]


def render(document: Document) -> bytes:
    """Return the document as the bytes of an A4 PDF: PDF/UA-1 and PDF/A-2a, Sarabun embedded.

    The same document gives the same bytes. Raises RenderError when Typst cannot set it.
    """
    cover = document.cover
    pdf = typeset(
        b"".join(path.read_bytes() for path in _TEMPLATES),
        {"content": json.dumps(_content(document))},
        where=f"เอกสาร PDF ของ{cover.agency} ({cover.agency_id})",
        expected="Typst จัดหน้าเอกสารได้",
        todo="ตรวจแผนภาพ (SVG) และข้อความของเอกสาร แล้วสร้างใหม่ หากยังไม่ได้โปรดแจ้งผู้ดูแลโปรแกรมพร้อมข้อความนี้",
        format="pdf",
        # Tagged for screen readers, and self-contained for archives.
        pdf_standards=["ua-1", "a-2a"],
        # PDF/A wants a date of making; the same document must give the same bytes.
        timestamp=0,
    )
    return repair(pdf)


def _content(document: Document) -> _Json:
    """Return what ``report.typ`` takes: what every page must know, and the page runs."""
    cover, runs, names = document.cover, page_runs(document), _names(document.cover)
    listed = contents(runs)
    pages = {kind: _Page(names, kind, {id(item) for item in listed}) for kind in SHEETS}
    return {
        # PDF/UA refuses a document without a title.
        "title": _plain(" ".join(cover.title)) or _plain(cover.running_title) or "รายงาน",
        "agency": _plain(cover.agency),
        "digits": cover.digits,
        "draft": cover.draft,
        "sheets": {kind: vars(page) for kind, page in SHEETS.items()},
        "inset": sheet.CELL_INSET,
        "seal_height": sheet.SEAL_HEIGHT,
        "signature_line": sheet.SIGNATURE_LINE,
        "between_signers": sheet.BETWEEN_SIGNERS,
        "running": {kind: page.running(cover) for kind, page in pages.items()},
        "contents_title": CONTENTS_TITLE,
        "contents": pages["portrait"].contents(listed),
        "contents_run": contents_run(runs) if listed else -1,
        "runs": [{"kind": run.kind, "items": list(map(pages[run.kind].item, run.items))} for run in runs],
    }


class _Page:
    """Sets items on pages of one kind; knows the names to keep whole."""

    def __init__(self, names: tuple[str, ...], kind: RunKind, listed: set[int]) -> None:
        self._names = names
        self._kind = kind
        self._listed = listed  # ids of the headings in the table of contents
        self._sheet = SHEETS[kind]
        self._width = self._sheet.text_width

    def running(self, cover: Cover) -> _Json:
        """Return title and agency of the page header: smaller where they are long, two lines at most."""
        gap = 0.5 * sheet.CM
        for style in sheet.RUNNING:
            natural = width_of(printable(cover.agency), style) + 1
            right = min(natural, 0.6 * self._width)
            left = self._width - right - gap
            title, agency = self._set(cover.running_title, style, left), self._set(cover.agency, style, right)
            if max(len(title["lines"]), len(agency["lines"])) <= _HEADER_LINES:
                break
        return {"widths": [left, right], "title": _first_lines(title), "agency": _first_lines(agency)}

    def contents(self, listed: Iterable[Item]) -> list[_Json]:
        """Return the entries of the table of contents."""
        entries = []
        for item in listed:
            step = (item.level - 1) * sheet.CONTENTS_STEP
            style = sheet.BODY_BOLD if item.level == 1 else sheet.BODY
            text = item.block.text if isinstance(item.block, Heading) else ""
            room = self._width - sheet.PAGE_NUMBER_ROOM - step
            entries.append({"level": item.level, "step": step, "text": self._set(text, style, room)})
        return entries

    def item(self, item: Item) -> _Json:
        """Return an item with its lines set."""
        match item.block:
            case Heading():
                return {
                    "type": "heading",
                    "level": item.level,
                    "listed": id(item) in self._listed,
                    "look": item.block.level,
                    "plain": _plain(item.block.text),
                    "text": self._set(item.block.text, sheet.HEADINGS[item.block.level - 1]),
                }
            case Paragraph():
                return self._paragraph(item.block, self._width)
            case Table():
                return self._table(item.block, item.caption)
            case Figure():
                # With its caption it fits a page.
                tallest = self._sheet.text_height - 3 * sheet.CM
                return for_typst(item.block.svg, item.block.width * self._width, tallest) | {
                    "type": "figure",
                    # PDF/UA refuses a figure without words.
                    "alt": _plain(item.block.alt or item.block.caption) or "แผนภาพ",
                    "caption": self._set(item.caption, sheet.CAPTION) if item.caption else None,
                }
            case Callout():
                return self._callout(item.block)
            case Cover():
                return self._title_page(item.block)
            case Signature():
                return self._signature(item.block)
            case PageBreak():
                raise TypeError("page breaks part the page runs and are in none")
            case paragraphs:
                width = self._width - sheet.BULLET_INDENT - sheet.BULLET_GAP - width_of("•", sheet.BODY)
                return {"type": "bullets", "items": [self._paragraph(p, width) for p in paragraphs]}

    def _set(self, text: str, style: TextStyle, width: float | None = None) -> _Json:
        return _text(text, self._names, style, self._width if width is None else width)

    def _paragraph(self, paragraph: Paragraph, width: float) -> _Json:
        style = {"lead": sheet.LEAD, "small": sheet.SMALL}.get(paragraph.style, sheet.BODY)
        first = sheet.INDENT if paragraph.style == "body" and not paragraph.label else 0.0
        label = [(f"{_plain(paragraph.label)} ", True)] if paragraph.label else []
        text = _text([*label, *paragraph.stretches], self._names, style, width, first, justify=True)
        return {"type": "paragraph", "text": text}

    def _table(self, table: Table, caption: str) -> _Json:
        whole = sum(column.width for column in table.columns)
        widths = [column.width / whole * self._width for column in table.columns]
        headings = self._cells((column.heading for column in table.columns), widths, sheet.HEAD_CELL)
        head_height = _row_height(headings)
        # A header that fills the page could never be followed by a row.
        repeated = head_height < self._sheet.text_height * sheet.TALLEST_HEADER
        room = self._sheet.text_height - (head_height if repeated else 0.0) - sheet.CM
        rows = [self._row(row, widths, room) for row in table.rows]
        height = head_height + sum(row["height"] or room for row in rows)
        return {
            "type": "table",
            # A short table is not parted: a row alone at the end of a page is easily overlooked.
            "whole": height <= _SHORT_TABLE * self._sheet.text_height,
            "caption": self._set(caption, sheet.CAPTION) if caption else None,
            "widths": widths,
            "align": [column.align for column in table.columns],
            "headings": headings,
            "repeated": repeated,
            "head_height": head_height if repeated else None,
            "rows": rows,
            "nothing": self._set(NO_ROWS, sheet.CELL),
            "notes": [self._set(note, sheet.SMALL) for note in table.notes],
        }

    def _row(self, row: Row, widths: Sequence[float], room: float) -> _Json:
        style = sheet.CELL if row.kind == "body" else sheet.HEAD_CELL
        cells = self._cells(row.cells, [sum(widths)] if row.kind == "group" else widths, style)
        height = _row_height(cells)
        # A row that fits a page is kept whole.
        return {"kind": row.kind, "cells": cells, "height": height if height <= room else None}

    def _cells(self, texts: Iterable[str], widths: Sequence[float], style: TextStyle) -> list[_Json]:
        inset = 2 * sheet.CELL_INSET[0]
        return [self._set(text, style, width - inset) for text, width in zip(texts, widths, strict=True)]

    def _callout(self, callout: Callout) -> _Json:
        width = self._width - 2 * sheet.CALLOUT_INSET
        return {
            "type": "callout",
            "kind": callout.kind,
            "inset": sheet.CALLOUT_INSET,
            "title": self._set(callout_title(callout), sheet.BODY_BOLD, width),
            "lines": [self._set(line, sheet.BODY, width) for line in callout.lines],
        }

    def _signature(self, signature: Signature) -> _Json:
        columns = min(len(signature.signers), sheet.SIGNERS[self._kind])
        width = self._width / max(columns, 2)
        signers = [
            [self._set(line, sheet.BODY, width - sheet.CALLOUT_INSET) for line in signer]
            for signer in signature.signers
        ]
        height = max(sum(map(_height, signer)) for signer in signers)
        return {
            "type": "signature",
            "whole": height < self._sheet.text_height / 2,
            "columns": columns,
            "width": width,
            "signers": signers,
        }

    def _title_page(self, cover: Cover) -> _Json:
        title, agency, place = (
            (sheet.COVER_TITLE, sheet.COVER_AGENCY, sheet.COVER_PLACE)
            if cover.shown
            else (sheet.TITLE_BLOCK, sheet.BODY_BOLD, sheet.BODY)
        )
        return {
            "type": "cover" if cover.shown else "title_block",
            "seal": {"bytes": list(base64.b64decode(cover.seal.png)), "alt": _plain(cover.seal.alt)}
            if cover.seal
            else None,
            "title": [self._set(line, title) for line in cover.title],
            "agency": self._set(cover.agency, agency),
            "place": self._set(cover.place, place) if cover.place else None,
        }


# ---- Lines ----------------------------------------------------------------------------------------


def _text(
    text: str | Sequence[tuple[str, bool]],
    names: tuple[str, ...],
    style: TextStyle,
    width: float,
    first: float = 0.0,
    *,
    justify: bool = False,
) -> _Json:
    """Return the lines of ``text`` within ``width``; ``first`` indents the first.

    Text in more than one weight is given in stretches, each with whether it is bold.
    """
    lines: list[Line] = []
    for number, source in enumerate(_source_lines([(text, False)] if isinstance(text, str) else text)):
        mark = LIST_MARK.match("".join(words for words, _ in source))
        hanging = width_of(f"{mark[1].strip()} ", style) if mark else 0.0
        measure = Measure(width, first=0.0 if mark or number else first, rest=hanging)
        words = _words(source, names, style, min(measure.room(0), measure.room(1)))
        lines += justified(words, measure, style.size) if justify else ragged(words, measure)
    return {
        "size": style.size,
        "bold": style.bold,
        "leading": style.leading,
        "lines": [[line.indent, line.tracking, line.spacing, line.text] for line in lines],
    }


def _source_lines(stretches: Iterable[tuple[str, bool]]) -> list[list[tuple[str, bool]]]:
    """Part stretches of text where a new line was written; empty lines at both ends go."""
    lines: list[list[tuple[str, bool]]] = [[]]
    for text, bold in stretches:
        first, *others = printable(text).split("\n")
        lines[-1].append((first, bold))
        lines += [[(other, bold)] for other in others]
    filled = [number for number, line in enumerate(lines) if any(text for text, _ in line)]
    return lines[filled[0] : filled[-1] + 1] if filled else lines[:1]


def _words(
    source: Iterable[tuple[str, bool]], names: tuple[str, ...], style: TextStyle, room: float
) -> list[Word]:
    words: list[Word] = []
    space = False
    for text, bold in source:
        # Most lines hold no name, and are cut alike for every agency.
        here = tuple(name for name in names if name in text)
        found = words_of(units(text, here), TextStyle(style.size, bold=True) if bold else style, room)
        if words and found and (space or text[:1].isspace()):
            words += words_of([SPACE], style, room)
        words += found
        space = text[-1:].isspace() if found else space or bool(text)
    return words


def _first_lines(text: _Json) -> _Json:
    """Return the lines that a page header has room for; a sign says that there is more."""
    lines = text["lines"]
    if len(lines) > _HEADER_LINES:
        *above, (indent, tracking, spacing, words) = lines[:_HEADER_LINES]
        lines = [*above, [indent, tracking, spacing, (*words, ("…", text["bold"]))]]
    return text | {"lines": lines}


def _row_height(cells: Iterable[_Json]) -> float:
    return max(map(_height, cells)) + 2 * sheet.CELL_INSET[1]


def _height(text: _Json) -> float:
    count = max(1, len(text["lines"]))
    return float(text["size"] * (count * sheet.LINE_HEIGHT + (count - 1) * text["leading"]))


def _names(cover: Cover) -> tuple[str, ...]:
    """Return the names that no line may part: agency and place, and their parts between spaces."""
    found = [part for text in (cover.agency, cover.place) for part in printable(text).split()]
    return tuple(sorted({part for part in found if len(part) >= _SHORTEST_NAME}))


def _plain(text: str) -> str:
    """Return ``text`` on one line, for places that hold no layout (bookmarks, metadata, alt text).

    PDF/A refuses what is longer than 32,767 bytes.
    """
    plain = " ".join(printable(text).split())
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"
