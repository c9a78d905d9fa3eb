"""The measures of all agencies in one Excel workbook, beside their results and what each column says.

Text stays text: no cell is a formula, whatever an agency is called. The same entries give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ita_nb.batch.content import TidyRow
from ita_nb.batch.entries import Entry, by_name
from ita_nb.batch.sheets import MEANING_COLUMNS, MEASURE_COLUMNS, RESULT_COLUMNS, Column, Kind
from ita_nb.thai import marks_apart, visible

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

_FONT = "TH Sarabun New"  # what Thai offices write with
_BLUE, _LINE = "FF173F73", "FFB9C0C9"
_LONGEST = 32_767  # characters; Excel refuses more in a cell
_LINE_HEIGHT, _TALLEST = 23.5, 409.0  # points; of the font at 14 points, and what Excel allows
_FILLED = 0.8  # of a line: the rest is left where a word does not fit
_DAY = dt.datetime(1980, 1, 1)  # the earliest that a zip file can tell
_FORMATS: dict[Kind, str] = {
    "text": "@",
    "code": "@",
    "whole": "0",
    "score": "0.00",
    "day": "[$-107041E]d mmm yyyy",  # a day of the Buddhist calendar with a Thai month
}


def workbook(entries: Iterable[Entry], *, title_th: str) -> bytes:
    """Return the bytes of the workbook: sheets มาตรการ, ผล and คำอธิบาย."""
    from openpyxl import Workbook

    ordered = by_name(entries)
    book = Workbook(write_only=True)
    book.properties.title = visible(title_th)
    book.properties.creator = "ita-nb"
    book.properties.created = _DAY
    sheets = {"มาตรการ": MEASURE_COLUMNS, "ผล": RESULT_COLUMNS}
    measures = ((entry, row) for entry in ordered for row in entry.rows("measures"))
    _write_sheet(book, "มาตรการ", MEASURE_COLUMNS, measures)
    _write_sheet(book, "ผล", RESULT_COLUMNS, ((entry, entry.result) for entry in ordered))
    _write_sheet(book, "คำอธิบาย", MEANING_COLUMNS, ((None, row) for row in _explained(sheets)))
    return _saved(book)


def _explained(sheets: Mapping[str, Sequence[Column]]) -> Iterator[TidyRow]:
    for sheet, columns in sheets.items():
        for column in columns:
            yield {"sheet": sheet, "heading": column.heading, "says": column.says}


def _write_sheet(
    book: Workbook, name: str, columns: Sequence[Column], rows: Iterable[tuple[Any, TidyRow]]
) -> None:
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(name)
    letters = [get_column_letter(number + 1) for number in range(len(columns))]
    for letter, column in zip(letters, columns, strict=True):
        sheet.column_dimensions[letter].width = column.width
    sheet.freeze_panes = "B2"
    _set_paper(sheet)
    sheet.row_dimensions[1].height = max(_height(column.heading, column.width) for column in columns)
    sheet.append(_header(sheet, columns))
    # A row is written when it is appended, so the same cells with their styles serve every row.
    cells = [_cell(sheet, column.kind) for column in columns]
    number = 1
    for number, (entry, row) in enumerate(rows, start=2):
        for cell, column in zip(cells, columns, strict=True):
            _fill(cell, column.value(entry, row))
        texts = [(cell.value, column.width) for cell, column in zip(cells, columns, strict=True)]
        height = max(_height(text, width) for text, width in texts if isinstance(text, str))
        sheet.row_dimensions[number].height = height
        sheet.append(cells)
    sheet.auto_filter.ref = f"A1:{letters[-1]}{number}"


def _set_paper(sheet: WriteOnlyWorksheet) -> None:
    from openpyxl.worksheet.page import PageMargins

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 8  # A3
    sheet.page_setup.fitToHeight = 0  # as many pages as the rows need, one page wide
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.7, footer=0.3)  # inches
    sheet.oddFooter.center.text = "หน้า &P จาก &N"


def _header(sheet: WriteOnlyWorksheet, columns: Iterable[Column]) -> list[WriteOnlyCell]:
    from openpyxl.styles import Alignment, Font, PatternFill

    cells = [_cell(sheet, "text") for _ in columns]
    for cell, column in zip(cells, columns, strict=True):
        cell.value = column.heading
        cell.font = Font(name=_FONT, size=14, bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor=_BLUE)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    return cells


def _cell(sheet: WriteOnlyWorksheet, kind: Kind) -> WriteOnlyCell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Border, Font, Side

    cell = WriteOnlyCell(sheet)
    line = Side(style="thin", color=_LINE)
    cell.font = Font(name=_FONT, size=14)
    cell.border = Border(left=line, right=line, top=line, bottom=line)
    cell.alignment = Alignment(
        vertical="top",
        wrap_text=True,
        horizontal="left" if kind in {"text", "code"} else "right",
        indent=1 if kind in {"text", "code"} else 0,
    )
    cell.number_format = _FORMATS[kind]
    return cell


def _height(text: str, width: int) -> float:
    """Estimate in points: not every program fits rows to wrapped text when it opens a file."""
    lines = sum(max(1, math.ceil(len(marks_apart(line)) / (width * _FILLED))) for line in text.split("\n"))
    return min(lines * _LINE_HEIGHT, _TALLEST)


def _fill(cell: WriteOnlyCell, value: Any) -> None:
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = visible(value)[:_LONGEST]
    cell.data_type = "s"  # else what begins with "=" would be a formula


def _saved(book: Workbook) -> bytes:
    """Return the file without the time at which it was written."""
    written, fixed = io.BytesIO(), io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
            # A height that is not the reader's own grows with what is typed into the row.
            content = re.sub(rb'(<row [^>]*) customHeight="1"', rb"\1", content)
            target.writestr(zipfile.ZipInfo(name, _DAY.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
