"""The index of a batch as it is written: complete without its script, safe whatever agencies are called."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from batch_entries import HOSTILE, batch, failed, made, tables

from ita_nb.batch.folder import CAUSES, Entry, Failure, MadeFile, cause_th
from ita_nb.batch.pages import href, index_page

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
    page = Page([made("banmai"), made("chaiwan")])
    expected = {
        f"./{agency}/{agency}-2568-analysis.{ending}"
        for agency in ("banmai", "chaiwan")
        for ending in ("html", "pdf", "docx", "ipynb")
    }

    assert expected <= {*page.addresses}


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


def test_names_stand_in_the_order_of_a_dictionary() -> None:
    """Without a script the rows are in the Thai order of the names, whatever the totals."""
    names = ["เทศบาลตำบลไชยวาน", "เทศบาลตำบลหนองบัว", "เทศบาลตำบลเก่าย่าดี", "เทศบาลตำบลกุดจับ"]
    entries = [made(f"a{n}", name, {"total_stated": 90.0 + n}) for n, name in enumerate(names)]
    shown = re.findall("เทศบาลตำบล([ก-๙]+)", Page(entries).text)

    assert shown == ["กุดจับ", "เก่าย่าดี", "ไชยวาน", "หนองบัว"]


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
