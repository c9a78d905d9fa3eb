"""The measures of all agencies in one Excel workbook, beside their results and what each column says.

Text stays text: no cell is a formula, whatever an agency is called. The same entries give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins

from ita_nb.batch.folder import STATUS_TH, Entry, by_name
from ita_nb.thai import marks_apart, visible

_FONT = "TH Sarabun New"  # what Thai offices write with
_BLUE, _LINE = "FF173F73", "FFB9C0C9"
_LONGEST = 32_767  # characters; Excel refuses more in a cell
_LINE_HEIGHT, _TALLEST = 23.5, 409.0  # points; of the font at 14 points, and what Excel allows
_FILLED = 0.8  # of a line: the rest is left where a word does not fit
_DAY = dt.datetime(1980, 1, 1)  # the earliest that a zip file can tell
_MEASURE_STATUS_TH = {"draft": "ร่าง", "confirmed": "ยืนยันแล้ว"}
_FORMATS = {
    "text": "@",
    "code": "@",
    "whole": "0",
    "score": "0.00",
    "day": "[$-107041E]d mmm yyyy",  # a day of the Buddhist calendar with a Thai month
}


class Column(NamedTuple):
    """A column of a sheet: heading, width in characters, what it says, and which value of a row it shows."""

    heading: str
    width: int
    says: str
    name: str
    kind: Literal["text", "code", "whole", "score", "day"] = "text"


_AGENCY = (
    Column("หน่วยงาน", 46, "ชื่อหน่วยงานตามแฟ้ม agencies เรียงตามพจนานุกรมไทย", "name_th"),
    Column("รหัสหน่วยงาน", 18, "รหัสในแฟ้ม agencies ใช้อ้างถึงหน่วยงานในคำสั่งและชื่อแฟ้ม", "agency_id", "code"),
    Column("อำเภอ", 16, "อำเภอที่ตั้ง", "district_th"),
    Column("ปีงบประมาณ", 14, "ปีงบประมาณ (พ.ศ.) ของเอกสาร", "fiscal_year", "whole"),
)
_SHEETS = {
    "มาตรการ": (
        *_AGENCY,
        Column("ประเด็น", 10, "ประเด็นที่มาตรการอยู่ภายใต้ (1-7) ว่างในปีที่ไม่ได้แบ่งตามประเด็น", "topic", "whole"),
        Column("ข้อที่ยกระดับ", 14, "ข้อคำถามหรือตัวชี้วัดที่มาตรการตอบ", "items", "code"),
        Column("รหัสมาตรการ", 13, "รหัสของมาตรการ ไม่ซ้ำภายในหน่วยงานและปีเดียวกัน", "measure_id", "code"),
        Column("มาตรการ", 40, "ชื่อมาตรการ", "title_th"),
        Column("ขั้นตอน/วิธีการ", 60, "ขั้นตอนการดำเนินการ บรรทัดละหนึ่งขั้นตอน", "steps_th"),
        Column("เริ่ม", 14, "วันเริ่มดำเนินการ", "start", "day"),
        Column("สิ้นสุด", 14, "วันสิ้นสุดการดำเนินการ", "end", "day"),
        Column("ผู้รับผิดชอบ", 22, "ส่วนราชการหรือผู้รับผิดชอบ", "responsible_th"),
        Column("การกำกับติดตาม", 36, "วิธีกำกับติดตามและรอบเวลา", "follow_up_th"),
        Column("ผลผลิต", 30, "ผลผลิตที่คาดว่าจะได้รับ", "output_th"),
        Column("หลักฐาน", 36, "หลักฐานที่ต้องเก็บ บรรทัดละหนึ่งรายการ", "evidence_th"),
        Column("สถานะ", 12, "ร่าง = ระบบเสนอ ยังไม่มีผู้ยืนยัน, ยืนยันแล้ว = หน่วยงานยืนยันแล้ว", "status"),
    ),
    "ผล": (
        *_AGENCY,
        Column("ประเภท", 22, "ประเภทหน่วยงาน", "agency_type"),
        Column(
            "เอกสาร",
            17,
            "จัดทำแล้ว, จัดทำไม่สำเร็จ, ข้อมูลยังไม่พร้อม หรือยังไม่ได้จัดทำ (เหตุอยู่ใน index.html)",
            "status",
        ),
        Column("คะแนนรวมที่ระบุ", 13, "คะแนนรวมตามที่พิมพ์ในประกาศ", "total_stated", "score"),
        Column("คะแนนรวมที่คำนวณได้", 14, "คำนวณซ้ำจากคะแนนที่พิมพ์ในระดับย่อย", "total_recomputed", "score"),
        Column("ระดับที่ระบุ", 20, "ระดับผลการประเมินตามที่พิมพ์", "level_stated"),
        Column("ระดับที่คำนวณได้", 20, "ระดับตามเกณฑ์ของปีนั้น จากคะแนนที่คำนวณซ้ำหรือที่ระบุ", "level_recomputed"),
        Column("IIT", 9, "คะแนนแบบวัด IIT ตามที่พิมพ์ หากไม่ได้พิมพ์ไว้เป็นค่าที่คำนวณได้", "IIT", "score"),
        Column("EIT", 9, "คะแนนแบบวัด EIT เช่นเดียวกัน", "EIT", "score"),
        Column("OIT", 9, "คะแนนแบบวัด OIT เช่นเดียวกัน", "OIT", "score"),
        Column("ผู้ตอบ IIT", 11, "จำนวนผู้ตอบ IIT (คน)", "n_iit", "whole"),
        Column("ผู้ตอบ EIT ส่วนที่ 1", 12, "จำนวนผู้ตอบ EIT ส่วนที่ 1 หรือทั้งแบบวัด (คน)", "n_eit1", "whole"),
        Column("ผู้ตอบ EIT ส่วนที่ 2", 12, "จำนวนผู้ตอบ EIT ส่วนที่ 2 (คน)", "n_eit2", "whole"),
        Column("จำนวนผู้ตอบอนุมาน", 14, "ใช่ = จำนวนผู้ตอบอนุมานจากคะแนนที่พิมพ์ ไม่ได้ระบุไว้", "inferred"),
        Column("ข้อขัดแย้ง", 11, "จำนวนตัวเลขหรือข้อมูลที่ขัดแย้งกันหรือใช้ไม่ได้", "errors", "whole"),
        Column("ข้อเตือน", 12, "จำนวนข้อที่ควรตรวจสอบ", "warnings", "whole"),
        Column(
            "คลาดเคลื่อนไม่เกิน",
            13,
            "ค่ามากที่สุดของความคลาดเคลื่อนมาตรฐานของคะแนนรวมจากการสำรวจ (คะแนน)",
            "total_error_bound",
            "score",
        ),
        Column("ปีก่อนที่เทียบ", 12, "ปีล่าสุดก่อนหน้าที่มีคะแนนรวม", "previous_year", "whole"),
        Column("คะแนนรวมปีก่อน", 13, "คะแนนรวมของปีนั้น", "previous_total", "score"),
        Column("ต่างจากปีก่อน", 13, "คะแนนรวมลบด้วยของปีก่อน ว่างหากสองปีเทียบกันไม่ได้", "change", "score"),
    ),
    "คำอธิบาย": (
        Column("แผ่นงาน", 14, "", "sheet"),
        Column("ช่อง", 30, "", "heading"),
        Column("ความหมาย", 90, "", "says"),
    ),
}


def workbook_bytes(entries: Iterable[Entry], *, title_th: str) -> bytes:
    """Return the bytes of the workbook: sheets มาตรการ, ผล and คำอธิบาย."""
    ordered = by_name(entries)
    book = Workbook(write_only=True)
    book.properties.title = visible(title_th)
    book.properties.creator = "ita-nb"
    book.properties.created = _DAY
    explained = [(name, column) for name, columns in _SHEETS.items() for column in columns if column.says]
    rows: dict[str, list[dict[str, Any]]] = {
        "มาตรการ": [_measure(entry, row) for entry in ordered for row in entry.rows("measures")],
        "ผล": [_result(entry) for entry in ordered],
        "คำอธิบาย": [{"sheet": name, **column._asdict()} for name, column in explained],
    }
    for name, columns in _SHEETS.items():
        _write_sheet(book, name, columns, rows[name])
    return _saved(book)


def _measure(entry: Entry, row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        **_agency(entry),
        "steps_th": _numbered(row["steps_th"]),
        "evidence_th": _numbered(row["evidence_th"]),
        "status": _MEASURE_STATUS_TH.get(row["status"], row["status"]),
    }


def _result(entry: Entry) -> dict[str, Any]:
    result = next(iter(entry.rows("results")), {})
    # The score of an instrument as printed, else as recomputed from what is printed below it.
    scores = {
        row["node"]: row["recomputed"] if row["stated"] is None else row["stated"]
        for row in entry.rows("scores")
        if not row["part"]
    }
    inferred = {True: "ใช่", False: "ไม่", None: None}[result.get("respondents_inferred")]
    return {**scores, **result, **_agency(entry), "status": STATUS_TH[entry.status], "inferred": inferred}


def _agency(entry: Entry) -> dict[str, Any]:
    return {
        name: getattr(entry, name) for name in "name_th agency_id agency_type district_th fiscal_year".split()
    }


def _numbered(text: str | None) -> str:
    """Number the lines of a text where there are several, for a wrapped line looks like a new one."""
    lines = (text or "").split("\n")
    return "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1)) if lines[1:] else lines[0]


def _write_sheet(book: Any, name: str, columns: Sequence[Column], rows: Iterable[dict[str, Any]]) -> None:
    sheet = book.create_sheet(name)
    letters = [get_column_letter(number + 1) for number in range(len(columns))]
    for letter, column in zip(letters, columns, strict=True):
        sheet.column_dimensions[letter].width = column.width
    sheet.freeze_panes = "B2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 8  # A3
    sheet.page_setup.fitToHeight = 0  # as many pages as the rows need, one page wide
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.7, footer=0.3)  # inches
    sheet.oddFooter.center.text = "หน้า &P จาก &N"
    sheet.row_dimensions[1].height = max(_height(column.heading, column.width) for column in columns)
    sheet.append([_head(sheet, column) for column in columns])
    # A row is written when it is appended, so the same cells with their styles serve every row.
    cells = [_cell(sheet, column.kind) for column in columns]
    number = 1
    for number, row in enumerate(rows, start=2):
        for cell, column in zip(cells, columns, strict=True):
            _fill(cell, row.get(column.name))
        texts = [(cell.value, column.width) for cell, column in zip(cells, columns, strict=True)]
        height = max(_height(text, width) for text, width in texts if isinstance(text, str))
        sheet.row_dimensions[number].height = height
        sheet.append(cells)
    sheet.auto_filter.ref = f"A1:{letters[-1]}{number}"


def _head(sheet: Any, column: Column) -> Any:
    cell = _cell(sheet, "text")
    cell.value = column.heading
    cell.font = Font(name=_FONT, size=14, bold=True, color="FFFFFFFF")
    cell.fill = PatternFill("solid", fgColor=_BLUE)
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    return cell


def _cell(sheet: Any, kind: str) -> Any:
    cell = WriteOnlyCell(sheet)
    line = Side(style="thin", color=_LINE)
    is_text = kind in {"text", "code"}
    cell.font = Font(name=_FONT, size=14)
    cell.border = Border(left=line, right=line, top=line, bottom=line)
    cell.alignment = Alignment(
        vertical="top", wrap_text=True, horizontal="left" if is_text else "right", indent=int(is_text)
    )
    cell.number_format = _FORMATS[kind]
    return cell


def _height(text: str, width: int) -> float:
    """Estimate in points: not every program fits rows to wrapped text when it opens a file."""
    lines = sum(max(1, math.ceil(len(marks_apart(line)) / (width * _FILLED))) for line in text.split("\n"))
    return min(lines * _LINE_HEIGHT, _TALLEST)


def _fill(cell: Any, value: Any) -> None:
    cell.value = visible(value)[:_LONGEST] if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"  # else what begins with "=" would be a formula


def _saved(book: Any) -> bytes:
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
