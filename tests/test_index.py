"""The index of a batch as it is written: complete without its script, safe whatever agencies are called."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import os
import re
import shlex
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from batch_entries import HOSTILE, batch, failed, made, tables
from conftest import YEAR
from openpyxl.worksheet.worksheet import Worksheet

from ita_nb.batch.digest import RunFacts, digest_text, is_all_well, tell
from ita_nb.batch.folder import CAUSES, Asked, Entry, Failure, MadeFile, Note, cause_th, completed
from ita_nb.batch.pages import href, index_page
from ita_nb.batch.summary import Summed
from ita_nb.batch.workbook import workbook_bytes
from ita_nb.thai import visible

NAME = "north-2568"


class Page(HTMLParser):
    """What a page holds: its elements with their attributes, and the text that a reader sees."""

    def __init__(self, entries: list[Entry], **how: Any) -> None:
        """Parse the index of the entries."""
        super().__init__()
        self.source = index_page(entries, NAME, **how).decode()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._texts: list[str] = []
        self.feed(re.sub(r"(?s)<style>.*?</style>", "", self.source))
        self.text = " ".join(" ".join(self._texts).split())
        found = [attrs.get("href") or attrs.get("src") for _, attrs in self.elements]
        self.addresses = [address for address in found if address]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self._texts += [data] if self.elements and self.elements[-1][0] != "script" else []


def arabic(*entries: Entry) -> str:
    """Return the text of the index of the entries, in Arabic digits."""
    return Page([*entries], digits="arabic").text


# ---------------------------------------------------------------- safety


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("a/b.html", "./a/b.html"),
        ("ก ข/50%#?.pdf", "./%E0%B8%81%20%E0%B8%82/50%25%23%3F.pdf"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ("//evil.example/a.html", "./evil.example/a.html"),
        ('a".html', "./a%22.html"),
    ],
)
def test_addresses_stay_in_the_folder(path: str, address: str) -> None:
    """The name of a file can make its link neither a script nor a link to elsewhere."""
    assert href(path) == address


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_names_are_text(name: str) -> None:
    """Whatever an agency, its district or its files are called, it adds no element and no attribute."""
    plain, strange = ((MadeFile(f"{text}.html", 1, "", is_edited=False),) for text in ("a", name))
    one = Page([made("a", "ก", made=plain)])
    other = Page([made("a", name, district_th=name, made=strange, result={"level_stated": name})])

    shapes = [[(tag, [*attrs]) for tag, attrs in page.elements] for page in (one, other)]
    assert shapes[0] == shapes[1]


def test_nothing_is_asked_of_the_network_and_no_other_script_runs() -> None:
    """Every address is in the page, its folder, or data; the policy forbids all else but the one script."""
    page = Page(batch(), beside=("measures.xlsx",))
    policy = next(attrs["content"] for _, attrs in page.elements if attrs.get("http-equiv"))
    (script,) = re.findall(r"(?s)<script>(.*?)</script>", page.source)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert [a for a in page.addresses if not a.startswith(("./", "#", "data:"))] == []
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{digest}';")
    assert [key for _, attrs in page.elements for key in attrs if key.startswith("on")] == []


# ---------------------------------------------------------------- what is reached


def test_every_report_is_reached_in_every_format() -> None:
    """Each file of each agency has a link, relative to the page."""
    assert {*Page([made("banmai"), made("chaiwan")]).addresses} >= {
        f"./{agency}/{agency}-2568-analysis.{ending}"
        for agency in ("banmai", "chaiwan")
        for ending in ("html", "pdf", "docx", "ipynb")
    }


def test_files_of_the_whole_batch_are_reached() -> None:
    """Overview, workbook, manifest and tables have links, named for what they are."""
    beside = ("province_overview.html", "measures.xlsx", "manifest.csv", "tables/results.csv")
    page = Page([made("a")], beside=beside)

    assert {f"./{path}" for path in beside} <= {*page.addresses}
    assert "ภาพรวมของทั้งชุด: HTML มาตรการและผลของทุกหน่วยงาน: Excel" in page.text
    assert "ตาราง results: CSV" in page.text


def test_a_failure_is_told_with_its_command_and_notebook() -> None:
    """Cause, place and message as they are, the command that repeats it, and the partial notebook."""
    page = Page([failed("bankao")])

    assert "จัดทำไม่สำเร็จ: เซลล์ของสมุดบันทึกทำงานผิดพลาด (๑ แห่ง)" in page.text
    assert "เซลล์ที่ 7: ValueError: <b>ค่า</b> ทำซ้ำ: ita-nb report bankao --year 2568" in page.text
    assert "./bankao/bankao-2568-analysis.failed.ipynb" in page.addresses


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_is_told(cause: str) -> None:
    """The heading over agencies without a document names the cause, as the digest does."""
    entry = failed("a", failure=Failure(cause=cause, message_th="ผิด"))

    assert f"จัดทำไม่สำเร็จ: {cause_th(cause, 2568)} (1 แห่ง)" in arabic(entry)


def test_rows_lead_to_their_failures() -> None:
    """The link of a row without a document leads to a place that is in the page."""
    page = Page(batch())
    inside = [address[1:] for address in page.addresses if address.startswith("#")]

    assert len(inside) == 4
    assert {*inside} <= {attrs.get("id") for _, attrs in page.elements}


# ---------------------------------------------------------------- what is said


NAMES = ("เทศบาลตำบลไชยวาน", "เทศบาลตำบลหนองบัว", "เทศบาลตำบลเก่าย่าดี", "เทศบาลตำบลกุดจับ")


def test_names_stand_in_the_order_of_a_dictionary() -> None:
    """Page (without a script) and workbook have the Thai order of the names, whatever the totals.

    A vowel that is written before its consonant does not count before it.
    """
    entries = [made(f"a{n}", name, {"total_stated": 90.0 + n}) for n, name in enumerate(NAMES)]
    rows = rows_of(opened(entries)["ผล"])

    assert re.findall("เทศบาลตำบล([ก-๙]+)", Page(entries).text) == ["กุดจับ", "เก่าย่าดี", "ไชยวาน", "หนองบัว"]
    assert [row["หน่วยงาน"] for row in rows] == [NAMES[3], NAMES[2], NAMES[0], NAMES[1]]


def test_the_whole_batch_is_counted_and_nobody_ranked() -> None:
    """The numbers at the top add up; no agency is numbered, and sorting by total is said to be no rank."""
    text = arabic(*batch())
    counts = [int(n) for n in re.findall(r"(?:จัดทำแล้ว|จัดทำไม่สำเร็จ|ข้อมูลยังไม่พร้อม|ยังไม่ได้จัดทำ) (\d+) แห่ง", text)]

    assert (counts, len(batch())) == ([9, 1, 1, 1], 12)
    assert ("ทั้งหมด 12 แห่ง" in text, "มีข้อขัดแย้ง 1 แห่ง" in text) == (True, True)
    assert "ทั้งหมด ๑๒ แห่ง" in Page(batch()).text
    assert ("ลำดับที่" in text, "ไม่ใช่การจัดอันดับ" in text) == (False, True)


CLOSE = {"total_stated": 97.18, "total_recomputed": 97.17, "level_stated": "ผ่าน", "level_recomputed": "ผ่าน"}
LEVELS = {**CLOSE, "level_stated": "ผ่านดี"}
ALIKE = {
    "total_stated": 94.18,
    "total_recomputed": 94.1806,
    "level_stated": "ผ่านดี",
    "level_recomputed": "ผ่านดี",
}


@pytest.mark.parametrize(
    ("problem", "result", "shown"),
    [
        (("total-mismatch", "error"), CLOSE, "97.18 คำนวณได้ 97.17 ผ่าน"),
        (("total-mismatch", "warning"), CLOSE, "97.18 ผ่าน"),
        (("indicator-mismatch", "error"), CLOSE, "97.18 ผ่าน"),
        (("total-mismatch", "error"), ALIKE, "94.18 ผ่านดี"),
        (("total-mismatch", "error"), LEVELS, "97.18 คำนวณได้ 97.17 ผ่านดี คำนวณได้ ผ่าน"),
        (("level-mismatch", "error"), LEVELS, "97.18 ผ่านดี คำนวณได้ ผ่าน"),
        (("level-unknown", "error"), LEVELS, "97.18 ผ่านดี คำนวณได้ ผ่าน"),
        (("indicator-mismatch", "error"), LEVELS, "97.18 ผ่านดี"),
        (("indicator-mismatch", "error"), {**CLOSE, "total_stated": None}, "คำนวณได้ 97.17 ผ่าน"),
    ],
    ids=[
        "total",
        "warning",
        "other score",
        "alike",
        "both",
        "level",
        "unknown level",
        "no doubt",
        "unstated",
    ],
)
def test_what_was_computed_stands_where_it_is_needed(
    problem: tuple[str, str], result: dict[str, Any], shown: str
) -> None:
    """Beside a stated total or level that the checks speak against, and where none was stated."""
    rule, severity = problem
    own = {**tables("a", **result), "problems": [{"rule": rule, "severity": severity}]}

    assert f"จัดทำแล้ว {shown} – HTML" in arabic(made("a", tables=own, district_th=""))


ONE, ELSEWHERE = made("a"), made("b", district_th="เมือง", province_th="เลย")


@pytest.mark.parametrize(
    ("entries", "how", "title"),
    [
        ([ONE, failed("c")], {}, "ผลการประเมิน ITA จังหวัดอุดรธานี ปีงบประมาณ พ.ศ. ๒๕๖๘"),
        ([ONE, ELSEWHERE], {}, "ผลการประเมิน ITA ชุดงาน north-2568 ปีงบประมาณ พ.ศ. ๒๕๖๘"),
        ([failed("c")], {}, "ผลการประเมิน ITA ชุดงาน north-2568 ปีงบประมาณ พ.ศ. ๒๕๖๘"),
        ([made("a", document="progress")], {}, "รายงานผลตามมาตรการ ITA จังหวัดอุดรธานี ปีงบประมาณ พ.ศ. ๒๕๖๘"),
        ([ONE], {"part": "1/2"}, "ผลการประเมิน ITA จังหวัดอุดรธานี ปีงบประมาณ พ.ศ. ๒๕๖๘ (ส่วนที่ ๑ จาก ๒)"),
    ],
    ids=["one province", "two", "unknown", "measures", "a part"],
)
def test_the_title_says_what_the_page_is_about(entries: list[Entry], how: dict[str, Any], title: str) -> None:
    """It names the province that all agree on, else the batch, the year and the part; then batch and day."""
    page = Page(entries, **how)

    assert re.findall("<h1>(.*?)</h1>", page.source) == [title]
    assert re.search("ชุดงาน north-2568 จัดทำสารบัญเมื่อวันที่ [๑-๓]?[๐-๙] [ก-๙]+ ๒๕[๐-๙]{2}", page.text)


def test_contradictions_can_be_found() -> None:
    """Each row that has a document tells whether there are contradictions, and a filter offers both."""
    page = Page([made("a", errors=2), made("b"), failed("c")])
    rows = [attrs["data-doubt"] for _, attrs in page.elements if "data-doubt" in attrs]

    assert sorted(rows) == ["", "มีข้อขัดแย้ง", "ไม่มีข้อขัดแย้ง"]
    assert "doubt" in [attrs["name"] for tag, attrs in page.elements if tag == "select"]


def test_progress_is_counted_in_measures() -> None:
    """A batch of reports on measures shows how many have a recorded result, and no totals."""
    text = arabic(made("sithong", document="progress"))

    assert ("มาตรการที่บันทึกผลไว้" in text, "4 จาก 4" in text, "คะแนนรวม" in text) == (True, True, False)


def test_provinces_are_told_where_there_are_several() -> None:
    """The district carries its province only where the batch has more than one."""
    assert "เมือง จังหวัดเลย" in arabic(ONE, ELSEWHERE, failed("c"))
    assert "เมือง จังหวัดเลย" not in arabic(ELSEWHERE, failed("c"))


def test_a_province_fits_in_a_small_file() -> None:
    """The page of 300 agencies stays under 600 KB."""
    entries = [made(f"agency{n:03}", f"องค์การบริหารส่วนตำบลบ้านใหม่ไชยพจน์ที่ {n}") for n in range(300)]

    assert len(index_page(entries, NAME)) < 600_000


# ---------------------------------------------------------------- the workbook of measures


TITLE = "ผลการประเมิน จังหวัดทดลอง"


def opened(entries: list[Entry]) -> openpyxl.Workbook:
    """Return the workbook of the entries as a reader opens it."""
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(entries, title_th=TITLE)))


def rows_of(sheet: Worksheet) -> list[dict[str, Any]]:
    """Return the rows of a sheet by their headings."""
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_text_stays_text(name: str) -> None:
    """Whatever an agency is called, its cell is that text, without what cannot be seen."""
    cell = opened([made("a", name)])["ผล"]["A2"]

    assert (cell.data_type, cell.value) == ("s", visible(name))


def parts_of(entries: list[Entry]) -> dict[str, str]:
    """Return the parts of the file of a workbook."""
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(entries, title_th=TITLE))) as file:
        return {name: file.read(name).decode("utf-8", "replace") for name in file.namelist()}


def test_there_is_no_formula_and_no_link() -> None:
    """No sheet holds a formula, and the file leads nowhere outside itself."""
    parts = parts_of(batch())
    sheets = [text for name, text in parts.items() if name.startswith("xl/worksheets/")]

    assert [name for name in parts if "externalLink" in name] == []
    assert [bool(re.search("<f>|<f |<hyperlink", sheet)) for sheet in sheets] == [False] * 3


def test_days_and_scores_are_values() -> None:
    """Days sort as days and scores add as numbers; the day is shown in the Buddhist calendar."""
    book = opened([made("a")])
    headings = [cell.value for cell in book["มาตรการ"][1]]
    start = book["มาตรการ"].cell(2, headings.index("เริ่ม") + 1)

    assert (type(start.value), start.number_format) == (dt.datetime, "[$-107041E]d mmm yyyy")
    assert isinstance(rows_of(book["ผล"])[0]["คะแนนรวมที่คำนวณได้"], float)


@pytest.mark.parametrize("name", ["มาตรการ", "ผล", "คำอธิบาย"])
def test_sheets_are_made_for_reading(name: str) -> None:
    """Header and first column stay in view, columns can be filtered, texts wrap, the font is the offices'."""
    sheet = opened(batch())[name]
    cell = sheet["A2"]

    assert (sheet.freeze_panes, sheet.print_title_rows) == ("B2", "$1:$1")
    assert sheet.auto_filter.ref == sheet.dimensions
    assert (cell.alignment.wrap_text, cell.font.name) == (True, "TH Sarabun New")


def test_a_row_is_as_high_as_its_longest_text() -> None:
    """Steps of many lines are in view, and the height is not fixed against later edits."""
    assert opened([made("a")])["มาตรการ"].row_dimensions[2].height > 4 * 20
    assert "customHeight" not in parts_of([made("a")])["xl/worksheets/sheet1.xml"]


def test_measures_of_all_agencies_stand_on_one_sheet() -> None:
    """Every measure of every document is a row, with its agency."""
    entries = [made("a"), made("b"), failed("c")]
    rows = rows_of(opened(entries)["มาตรการ"])

    assert sorted((row["รหัสหน่วยงาน"], row["รหัสมาตรการ"]) for row in rows) == sorted(
        (entry.agency_id, row["measure_id"]) for entry in entries for row in entry.rows("measures")
    )


def test_results_have_a_row_for_every_agency() -> None:
    """An agency without a document stands among the results too, with its status and no number."""
    rows = rows_of(opened([made("a", "ก"), failed("b", "ข")])["ผล"])
    columns = ("เอกสาร", "คะแนนรวมที่ระบุ", "ระดับที่ระบุ", "IIT", "ผู้ตอบ IIT")

    assert [row[column] for row in rows for column in columns][1:8] == [
        *(49.74, "ปรับปรุงแก้ไขเร่งด่วน", 95.68, 42),
        *("จัดทำไม่สำเร็จ", None, None),
    ]


def test_every_column_is_explained() -> None:
    """The sheet of meanings names every column of the other two, in Thai."""
    book = opened(batch())
    rows = rows_of(book["คำอธิบาย"])

    assert [(row["แผ่นงาน"], row["ช่อง"]) for row in rows] == [
        (name, cell.value) for name in ("มาตรการ", "ผล") for cell in book[name][1]
    ]
    assert all(re.search("[ก-๙]", row["ความหมาย"]) for row in rows)


def test_an_empty_batch_has_its_sheets() -> None:
    """Without a single document the workbook still opens, with its headers."""
    book = opened([])

    assert [sheet.max_row for sheet in book] == [1, 1, 1 + book["มาตรการ"].max_column + book["ผล"].max_column]


def test_a_text_longer_than_excel_takes_is_cut() -> None:
    """The file opens although a text is too long for a cell."""
    assert len(opened([made("a", "ก" * 40_000)])["ผล"]["A2"].value) == 32_767


# ---------------------------------------------------------------- the digest


WHY = "data/2568/x.csv\n  ที่คาดไว้: คะแนน\n  ที่พบ: ไม่มีแถว\n  วิธีแก้: เพิ่มแถว"
AGAIN = ["ita-nb", "batch", "params/udon.yaml"]
HOME = Path("/data/นคร พนม")
ASKED = Asked(batch="udon", fiscal_year=YEAR, document="analysis")


def entry(
    agency_id: str, cause: str = "", message: str = "KeyError: 'i1'", where: str = "", **other: Any
) -> Entry:
    """Return an entry with a failure of a cause; without one its document is done."""
    failure = Failure(cause=cause, where=where, message_th=message) if cause else None
    status = "done" if not cause else "stopped" if CAUSES[cause].is_stop else "failed"
    standard = {"name_th": f"อบต.{agency_id}", "fiscal_year": YEAR, "document": "analysis", "status": status}
    return Entry.model_construct(agency_id=agency_id, failure=failure, **standard | other)


def raised(agency_id: str, **other: Any) -> Entry:
    """Return an entry of which a cell raised."""
    return entry(agency_id, "cell-failed", where="เซลล์ที่ 3", **other)


def left(agency_id: str) -> Entry:
    """Return an entry that was not reached."""
    return entry(agency_id, status="left")


def summed(*entries: Entry, asked: Asked = ASKED, title: str = "udon", **other: Any) -> Summed:
    """Return what was summed up of entries, in a workspace whose name needs quotes."""
    return Summed(Path("/out"), title, completed(entries, asked, HOME), **{"notes": (), "aside": (), **other})


def text_of(*entries: Entry, run: RunFacts | None = None, details: str = "", **other: Any) -> str:
    """Return the digest of a run that ended with these entries; its facts may be given."""
    return digest_text(summed(*entries, **other), run or RunFacts(again=AGAIN), details)


def test_everyone_is_counted() -> None:
    """Made, unchanged, contradictory, stopped, failed and left are counted, each on a line."""
    run = RunFacts(made=1200, unchanged=3, again=AGAIN)
    ends = [
        entry("a", errors=2),
        entry("b", errors=1),
        entry("s", "no-data"),
        raised("f"),
        left("l"),
        left("m"),
    ]

    assert [line for line in text_of(*ends, run=run).splitlines() if "แห่ง" in line and line[0] != " "] == [
        "จัดทำแล้วในครั้งนี้ 1,200 แห่ง",
        "ไม่เปลี่ยนแปลง ไม่ต้องทำใหม่ 3 แห่ง",
        "มีตัวเลขทางการที่ขัดแย้งกันหรือข้อมูลที่ใช้ไม่ได้ 2 แห่ง (ดูรายการตรวจสอบในเอกสาร)",
        "หยุดไว้ก่อนเริ่ม 1 แห่ง",
        "ไม่สำเร็จ 1 แห่ง",
        "ยังไม่ได้ทำ 2 แห่ง",
    ]


def test_a_folder_that_nobody_ran_is_told_without_a_run() -> None:
    """What is there is counted, who is missing is named, and there is no command that goes on."""
    text = digest_text(summed(entry("a"), left("b")), None)

    assert text.splitlines()[1:] == [
        "จัดทำแล้ว 1 ฉบับ",
        "ยังไม่ได้ทำ 1 แห่ง",
        "    หน่วยงาน: อบต.b (b)",
        f"ผลลัพธ์อยู่ที่ {Path('/out')}",
    ]


EDITED = (MadeFile("e/e.html", 1, "f" * 64, is_edited=True),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (text_of(run=RunFacts(made=5, slow=3)), "เพราะเตรียมไว้ล่วงหน้าไม่ได้ 3 แห่ง"),
        (
            text_of(run=RunFacts(unchanged=5, outdated=("a", "b"))),
            "ก่อนที่คะแนนนั้นจะถูกแก้ 2 แห่ง (ทำใหม่ทั้งหมดด้วย --fresh)",
        ),
        (text_of(entry("e", made=EDITED)), "มีแฟ้มที่แก้ไขด้วยมือ 1 แห่ง (เก็บไว้ตามเดิม)\n    หน่วยงาน: อบต.e (e)"),
        (
            text_of(aside=(Path("x.html"),), run=RunFacts(set_aside=["y.docx"])),
            "2 แฟ้ม\n    y.docx\n    x.html\n",
        ),
        (text_of(notes=(Note("ขาดส่วนที่ 2/3", "4 แห่ง"),)), "สิ่งที่ทำไม่สำเร็จนอกจากนี้\n  ขาดส่วนที่ 2/3: 4 แห่ง\n"),
        (text_of(run=RunFacts(notes=(Note("ภาพรวม", "RenderError: x"),))), "  ภาพรวม: RenderError: x\n"),
        (text_of(entry("a", errors=1)), "แต่ต้องตรวจสอบตัวเลขของ 1 แห่งที่มีข้อขัดแย้งก่อนนำไปใช้"),
        (text_of(entry("a")), "ครบทุกแห่ง ไม่มีข้อผิดพลาด"),
    ],
    ids=[
        "slow",
        "outdated",
        "edited",
        "set aside",
        "notes",
        "notes of the run",
        "contradictions",
        "all well",
    ],
)
def test_what_else_is_worth_knowing_is_told(text: str, told: str) -> None:
    """Each with how many, and where somebody has to look."""
    assert told in text


@pytest.mark.parametrize(
    ("ends", "run", "is_well"),
    [
        ([entry("a"), entry("b", errors=1)], None, True),
        ([entry("a", "no-data")], None, False),
        ([raised("a")], None, False),
        ([left("a")], None, False),
        ([], RunFacts(notes=(Note("ภาพรวม", "x"),)), False),
    ],
    ids=["done", "stopped", "failed", "left", "noted"],
)
def test_when_all_is_well(ends: list[Entry], run: RunFacts | None, is_well: bool) -> None:
    """When every agency has its documents and nothing else failed."""
    assert is_all_well(summed(*ends), run) == is_well


def test_contradictory_agencies_are_named() -> None:
    """The first ten stand with name and code, then how many more, also at the end of a run."""
    ends = [entry(f"c{number:02}", errors=1) for number in range(12)]

    for details in ("", "/out/digest.txt"):
        told = text_of(*ends, details=details)
        assert "อบต.c00 (c00), อบต.c01 (c01)" in told
        assert "อบต.c09 (c09) และอีก 2 แห่ง" in told


def test_failures_are_grouped_by_cause_and_place() -> None:
    """The largest group first, with ten names, one command and one partial notebook each."""
    overran = entry("z", "cell-timeout", where="เซลล์ที่ 4")
    text = text_of(overran, *(raised(f"a{n:02}", kept=f"a{n:02}/x.failed.ipynb") for n in range(12)))

    assert re.findall(r"(\d+) แห่ง: เซลล์ของสมุดบันทึก(ทำงานผิดพลาด \(เซลล์ที่ 3\)|ใช้เวลา)", text) == [
        ("12", "ทำงานผิดพลาด (เซลล์ที่ 3)"),
        ("1", "ใช้เวลา"),
    ]
    assert ("อบต.a09 (a09) และอีก 2 แห่ง" in text, "a10" in text) == (True, False)
    assert (re.findall(r"ita-nb report (\w+)", text), text.count(".failed.ipynb")) == (["a00", "z"], 1)


def test_stopped_agencies_are_grouped_by_cause() -> None:
    """A group has the short name of its cause, the largest first, and the message of its first in full."""
    stopped = (entry(f"s{n:02}", "no-data", WHY if n == 0 else "ที่สอง") for n in range(15))
    text = text_of(entry("odd", "unknown"), *stopped)
    whole = "    ข้อความ: data/2568/x.csv\n      ที่คาดไว้: คะแนน\n      ที่พบ: ไม่มีแถว\n      วิธีแก้: เพิ่มแถว\n"

    assert text.index("15 แห่ง: ไม่มีข้อมูลปี 2568") < text.index("1 แห่ง: ไม่รู้จักรหัส")
    assert ("อบต.s09 (s09) และอีก 5 แห่ง" in text, whole in text, "ที่สอง" in text) == (True, True, False)


def test_the_points_of_a_message_stand_one_a_line() -> None:
    """What a publication still lacks is listed point by point."""
    message = "ก\n  ที่คาดไว้: ครบ\n  ที่พบ: 2 รายการ\n    - หนึ่ง\n    - สอง\n  วิธีแก้: แก้"
    told = "      ที่พบ: 2 รายการ\n      - หนึ่ง\n      - สอง\n      วิธีแก้: แก้\n"

    assert told in text_of(entry("a", "not-ready", message))


REPORT, PLACE = f"ita-nb report a --year {YEAR}", "--workspace '/data/นคร พนม'"


@pytest.mark.parametrize(
    ("failed", "asked", "command"),
    [
        (raised("a"), {}, f"{REPORT} {PLACE}"),
        (raised("a", document="progress"), {}, f"{REPORT} --document progress {PLACE}"),
        (
            entry("a", "not-ready"),
            {"edition": "publish", "digits": "arabic", "draft": True, "formats": ("html", "pdf")},
            f"{REPORT} --edition publish --digits arabic --draft --format html,pdf {PLACE}",
        ),
        (entry("a; rm x", "unknown"), {}, None),
        (entry("A", "duplicate"), {}, "ita-nb batch params/udon.yaml"),
    ],
    ids=["usual", "other document", "other choices", "unsafe code", "only among others"],
)
@pytest.mark.skipif(os.name != "posix", reason="quotes for the shell of POSIX")
def test_a_group_has_one_command(failed: Entry, asked: dict[str, Any], command: str | None) -> None:
    """It asks for the first document as the batch did; that of a double code needs the whole batch."""
    text = text_of(failed, failed.but(agency_id="zz"), asked=ASKED.model_copy(update=asked))
    begin = "    ทำซ้ำเพื่อดูปัญหา: "

    assert [line for line in text.splitlines() if begin in line] == ([f"{begin}{command}"] if command else [])


@pytest.mark.skipif(os.name != "posix", reason="quotes for the shell of POSIX")
def test_the_command_can_be_pasted() -> None:
    """A folder with spaces, quotes and dollars comes back whole from the shell's own reading."""
    home = Path('/data/it\'s $HOME; `x` "q"')
    (failed,) = completed([raised("a")], ASKED, home)

    assert shlex.split(failed.command)[-2:] == ["--workspace", str(home)]


@pytest.mark.parametrize(
    "name",
    ["สอง\nบรรทัด", "\x1b[2Jล้างจอ", "{n} {0}", "\u202eกลับ", "=cmd|'/C calc'!A0", "ก" * 5000],
    ids=["two lines", "escape", "braces", "direction", "formula", "endless"],
)
@pytest.mark.parametrize("cause", ["cell-failed", "no-data"])
def test_names_stay_on_one_line_as_text(name: str, cause: str) -> None:
    """Whatever an agency is called, it adds no line, steers no terminal and fills no screen."""
    harmless, hostile = (text_of(entry("a", cause, text, name_th=text), title=text) for text in ("x", name))

    assert len(hostile.splitlines()) == len(harmless.splitlines())
    assert ("\x1b" in hostile, max(map(len, hostile.splitlines())) < 1000) == (False, True)


@pytest.mark.parametrize("cause", [cause for cause in CAUSES if CAUSES[cause].is_stop])
def test_an_agency_without_a_name_is_told_by_its_code(cause: str) -> None:
    """Of an agency that nobody knows the code stands alone, whatever the cause."""
    assert "    หน่วยงาน: a1\n" in text_of(entry("a1", cause, name_th="a1"))


@pytest.mark.parametrize("cause", ["cell-timeout", "run-timeout", "memory", "data"])
def test_a_command_without_limits_says_so(cause: str) -> None:
    """What goes beyond a limit of the batch goes on in the command: it is said how to stop it."""
    assert ("หยุดได้ด้วย Ctrl-C" in text_of(entry("a", cause))) == (cause != "data")


@pytest.mark.parametrize(("end", "is_told"), [(left("a"), True), (raised("a"), True), (entry("a"), False)])
def test_the_command_to_go_on_stands_where_something_is_left(end: Entry, is_told: bool) -> None:
    """It is told where agencies are stopped, failed or left, and not where all is well."""
    assert ("ita-nb batch params/udon.yaml" in text_of(end)) == is_told


@pytest.mark.parametrize(
    ("message", "gist"),
    [
        (WHY, "ที่พบ: ไม่มีแถว วิธีแก้: เพิ่มแถว"),
        ("KeyError: 'i1'", "KeyError: 'i1'"),
        ("ก\n  ที่คาดไว้: ครบ\n  ที่พบ: 1 รายการ\n    - หนึ่ง\n  วิธีแก้: แก้", "ที่พบ: 1 รายการ วิธีแก้: แก้"),
        ("", ""),
    ],
    ids=["four parts", "one", "points", "none"],
)
def test_the_terminal_gets_the_gist_of_each_cause(message: str, gist: str) -> None:
    """A line has the first agency's code, what was found and what to do; the whole stands in the file."""
    text = text_of(
        entry("s", "no-data", message), entry("f", "cell-failed", message), details="/out/digest.txt"
    )

    assert [line for line in text.splitlines() if "เช่น" in line] == [
        f"    เช่น {i}: {gist}".rstrip() for i in "sf"
    ]
    assert ("อบต." in text, "รายละเอียดอยู่ที่ /out/digest.txt" in text) == (False, True)


def test_the_digest_is_put_into_the_folder(tmp_path: Path) -> None:
    """The whole stands in the file and the gist is said; where the disk is full the whole is said."""
    found, streams = summed(raised("a")), (io.StringIO(), io.StringIO())
    (tmp_path / "file").write_text("")
    for folder, stream in zip((tmp_path, tmp_path / "file"), streams, strict=True):
        tell(replace(found, folder=folder), None, stream)
    written = (tmp_path / "digest.txt").read_text(encoding="utf-8")

    assert written == digest_text(replace(found, folder=tmp_path), None)
    assert str(tmp_path / "digest.txt") in streams[0].getvalue()
    assert "ข้อความ: KeyError" in streams[1].getvalue()
