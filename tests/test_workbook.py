"""The workbook of measures: complete, sortable as what it is, and no formula in it."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

import openpyxl
import pytest
from batch_entries import HOSTILE, batch, failed, made
from openpyxl.worksheet.worksheet import Worksheet

from ita_nb.batch.folder import Entry
from ita_nb.batch.workbook import workbook_bytes
from ita_nb.thai import visible

TITLE = "ผลการประเมิน จังหวัดทดลอง"


def opened(entries: list[Entry]) -> openpyxl.Workbook:
    """Return the workbook of the entries as a reader opens it."""
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(entries, title_th=TITLE)))


def rows_of(sheet: Worksheet) -> list[dict[str, Any]]:
    """Return the rows of a sheet by their headings."""
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def test_measures_of_all_agencies_stand_on_one_sheet() -> None:
    """Every measure of every document is a row, with its agency."""
    entries = [made("a"), made("b"), failed("c")]
    rows = rows_of(opened(entries)["มาตรการ"])

    expected = [(e.agency_id, row["measure_id"]) for e in entries for row in e.rows("measures")]
    assert sorted((row["รหัสหน่วยงาน"], row["รหัสมาตรการ"]) for row in rows) == sorted(expected)


def test_results_have_a_row_for_every_agency() -> None:
    """An agency without a document stands among the results too, with its status and no number."""
    done, without = rows_of(opened([made("a", "ก"), failed("b", "ข")])["ผล"])

    assert (done["คะแนนรวมที่ระบุ"], done["ระดับที่ระบุ"], done["IIT"], done["ผู้ตอบ IIT"]) == (
        49.74,
        "ปรับปรุงแก้ไขเร่งด่วน",
        95.68,
        42,
    )
    assert (without["เอกสาร"], without["คะแนนรวมที่ระบุ"], without["IIT"]) == ("จัดทำไม่สำเร็จ", None, None)


def test_every_column_is_explained() -> None:
    """The sheet of meanings names every column of the other two, in Thai."""
    book = opened(batch())
    rows = rows_of(book["คำอธิบาย"])

    expected = [(name, cell.value) for name in ("มาตรการ", "ผล") for cell in book[name][1]]
    assert [(row["แผ่นงาน"], row["ช่อง"]) for row in rows] == expected
    assert all(re.search("[ก-๙]", row["ความหมาย"]) for row in rows)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_text_stays_text(name: str) -> None:
    """Whatever an agency is called, its cell is that text, without what cannot be seen."""
    cell = opened([made("a", name)])["ผล"]["A2"]

    assert (cell.data_type, cell.value) == ("s", visible(name))


def test_there_is_no_formula_and_no_link() -> None:
    """No sheet holds a formula, and the file leads nowhere outside itself."""
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(batch(), title_th=TITLE))) as file:
        sheets = [file.read(n).decode() for n in file.namelist() if n.startswith("xl/worksheets/")]
        assert not [name for name in file.namelist() if "externalLink" in name]

    assert len(sheets) == 3
    assert [sheet for sheet in sheets if "<f>" in sheet or "<f " in sheet or "<hyperlink" in sheet] == []


def test_days_and_scores_are_values() -> None:
    """Days sort as days and scores add as numbers; the day is shown in the Buddhist calendar."""
    book = opened([made("a")])
    headings = [cell.value for cell in book["มาตรการ"][1]]
    start = book["มาตรการ"].cell(2, headings.index("เริ่ม") + 1)

    assert isinstance(start.value, dt.datetime)
    assert start.number_format == "[$-107041E]d mmm yyyy"
    assert isinstance(rows_of(book["ผล"])[0]["คะแนนรวมที่คำนวณได้"], float)


@pytest.mark.parametrize("name", ["มาตรการ", "ผล", "คำอธิบาย"])
def test_sheets_are_made_for_reading(name: str) -> None:
    """Header and first column stay in view, columns can be filtered, texts wrap, the font is the offices'."""
    sheet = opened(batch())[name]

    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == sheet.dimensions
    assert sheet.print_title_rows == "$1:$1"
    assert sheet["A2"].alignment.wrap_text
    assert sheet["A2"].font.name == "TH Sarabun New"


def test_a_row_is_as_high_as_its_longest_text() -> None:
    """Steps of many lines are in view, and the height is not fixed against later edits."""
    content = workbook_bytes([made("a")], title_th=TITLE)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["มาตรการ"]
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert b"customHeight" not in file.read("xl/worksheets/sheet1.xml")

    assert sheet.row_dimensions[2].height > 4 * 20


def test_names_stand_in_the_order_of_a_dictionary() -> None:
    """A vowel that is written before its consonant does not count before it."""
    names = ["เทศบาลตำบลไชยวาน", "เทศบาลตำบลหนองบัว", "เทศบาลตำบลเก่าย่าดี", "เทศบาลตำบลกุดจับ"]
    rows = rows_of(opened([made(f"a{n}", name) for n, name in enumerate(names)])["ผล"])

    assert [row["หน่วยงาน"].removeprefix("เทศบาลตำบล") for row in rows] == [
        "กุดจับ",
        "เก่าย่าดี",
        "ไชยวาน",
        "หนองบัว",
    ]


def test_an_empty_batch_has_its_sheets() -> None:
    """Without a single document the workbook still opens, with its headers."""
    book = opened([])

    assert [sheet.max_row for sheet in book] == [1, 1, 1 + book["มาตรการ"].max_column + book["ผล"].max_column]


def test_a_text_longer_than_excel_takes_is_cut() -> None:
    """The file opens although a text is too long for a cell."""
    assert len(opened([made("a", "ก" * 40_000)])["ผล"]["A2"].value) == 32_767
