"""The index of a batch as it is written: complete without its script, safe whatever agencies are called."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import date
from html.parser import HTMLParser
from typing import Any, get_args

import pytest
from batch_entries import HOSTILE, batch, failed, made

from ita_nb.batch.content import Content
from ita_nb.batch.entries import Entry
from ita_nb.batch.index import href, index_page
from ita_nb.batch.plan import StopCause, stop_name
from ita_nb.batch.task import Failure, MadeFile
from ita_nb.thai import Digits

TITLE = "ผลการประเมิน จังหวัดทดลอง ปีงบประมาณ พ.ศ. 2568"


@dataclass
class Page(HTMLParser):
    """What the page holds: its elements with their attributes, and its text."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    _inside: str = ""

    def __post_init__(self) -> None:
        """Set up the parser."""
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, _: str) -> None:
        """Leave a script or style."""
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        """The text that a reader sees, on one line."""
        return " ".join(" ".join(self.texts).split())

    @property
    def addresses(self) -> list[str]:
        """Everything that the page leads to or loads."""
        found = [attrs.get("href") or attrs.get("src") for _, attrs in self.elements]
        return [address for address in found if address]


def page_of(entries: list[Entry], digits: Digits = "thai", beside: tuple[str, ...] = ()) -> Page:
    """Return the parsed index of the entries."""
    page = Page()
    page.feed(index_page(entries, title_th=TITLE, digits=digits, beside=beside).decode())
    return page


def names_of(page: Page) -> list[str]:
    """Return the names in the order of the rows."""
    content = " ".join(page.texts)
    return re.findall(r"เทศบาลตำบล[ก-๙]+", content)


def test_every_report_is_reached_in_every_format() -> None:
    """Each file of each agency has a link, relative to the page."""
    page = page_of([made("banmai"), made("chaiwan")])

    for agency in ("banmai", "chaiwan"):
        for ending in ("html", "pdf", "docx", "ipynb"):
            assert f"./{agency}/{agency}-2568-analysis.{ending}" in page.addresses


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
    strange = (MadeFile(f"{name}.html", 1, ""),)
    plain = page_of([made("a", "ก", files=(MadeFile("a.html", 1, ""),))])
    page = page_of([made("a", name, district_th=name, files=strange, result={"level_stated": name})])

    assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain.elements]
    assert [[*attrs] for _, attrs in page.elements] == [[*attrs] for _, attrs in plain.elements]


def test_messages_are_text() -> None:
    """The message of a failure is shown as it is."""
    page = page_of([failed("bankao")])

    assert "เซลล์ที่ 7: ValueError: <b>ค่า</b>" in page.text


def test_nothing_is_asked_of_the_network() -> None:
    """Every address is a place in the page, in its folder, or data; its policy forbids the rest."""
    page = page_of(batch(), beside=("measures.xlsx",))
    policy = next(attrs["content"] for _, attrs in page.elements if attrs.get("http-equiv"))

    assert [a for a in page.addresses if not a.startswith(("./", "#", "data:"))] == []
    assert (policy or "").startswith("default-src 'none'; script-src 'sha256-")


def test_only_the_pages_own_script_may_run() -> None:
    """The policy names the fingerprint of the one script, and no attribute holds another."""
    page = page_of(batch())
    digest = base64.b64encode(hashlib.sha256("".join(page.scripts).encode()).digest()).decode()

    assert [tag for tag, _ in page.elements].count("script") == 1
    assert any(f"'sha256-{digest}'" in (attrs.get("content") or "") for _, attrs in page.elements)
    assert [key for _, attrs in page.elements for key in attrs if key.startswith("on")] == []


def test_names_stand_in_the_order_of_a_dictionary() -> None:
    """Without a script the rows are in the Thai order of the names, whatever the totals."""
    names = ["เทศบาลตำบลไชยวาน", "เทศบาลตำบลหนองบัว", "เทศบาลตำบลเก่าย่าดี", "เทศบาลตำบลกุดจับ"]
    entries = [made(f"a{n}", name, {"total_stated": 90.0 + n}) for n, name in enumerate(names)]

    assert [name.removeprefix("เทศบาลตำบล") for name in names_of(page_of(entries))] == [
        "กุดจับ",
        "เก่าย่าดี",
        "ไชยวาน",
        "หนองบัว",
    ]


def test_there_is_no_rank() -> None:
    """No agency is numbered, and the page says that sorting by total is none."""
    text = page_of(batch()).text

    assert "ลำดับที่" not in text
    assert "ไม่ใช่การจัดอันดับ" in text


@pytest.mark.parametrize(("digits", "said"), [("thai", "๑๒ แห่ง"), ("arabic", "12 แห่ง")])
def test_counts_are_in_the_digits_of_the_batch(digits: Digits, said: str) -> None:
    """The number of agencies stands at the top, in the digits of the documents."""
    entries = batch()
    assert len(entries) == 12

    assert f"ทั้งหมด {said}" in page_of(entries, digits).text


def test_counts_add_up() -> None:
    """Made and unchanged count as one, and the statuses together are all agencies."""
    text = page_of(batch(), "arabic").text
    counts = [int(n) for n in re.findall(r"(?:จัดทำแล้ว|จัดทำไม่สำเร็จ|ข้อมูลยังไม่พร้อม|ยังไม่ได้จัดทำ) (\d+) แห่ง", text)]

    assert counts == [9, 1, 1, 1]
    assert "มีข้อขัดแย้ง 1 แห่ง" in text


def test_both_totals_are_shown_where_they_differ() -> None:
    """The stated total stands first, and what the scores below it give stands beside it."""
    text = page_of([made("banmai")]).text

    assert "๔๙.๗๔ คำนวณได้ ๙๔.๑๘ ปรับปรุงแก้ไขเร่งด่วน คำนวณได้ ผ่านดี" in text


def test_one_total_is_shown_where_they_agree() -> None:
    """Totals that are alike to two decimals are one number."""
    alike = {"total_stated": 94.18, "total_recomputed": 94.1806, "level_stated": "ผ่านดี"}

    assert "๙๔.๑๘ ผ่านดี –" in page_of([made("banmai", result=alike)]).text


def _against(agency_id: str, *problems: tuple[str, str], **result: object) -> Entry:
    """Return a made document of which the checks say this: rules with their severities."""
    entry = made(agency_id, result=result)
    rows = [{"agency_id": agency_id, "rule": rule, "severity": severity} for rule, severity in problems]
    assert entry.content
    return replace(entry, content=Content({**entry.content.tables, "problems": rows}))


@pytest.mark.parametrize(
    ("problems", "is_shown"),
    [
        ((("total-mismatch", "error"),), True),
        ((("total-mismatch", "warning"),), False),
        ((("indicator-mismatch", "error"),), False),
        ((), False),
    ],
    ids=["error", "warning", "of another score", "none"],
)
def test_what_rounding_explains_is_no_alarm(problems: tuple[tuple[str, str], ...], is_shown: bool) -> None:
    """The recomputed total is shown where the checks find an error in the total, and nowhere else."""
    close = {
        "total_stated": 97.18,
        "total_recomputed": 97.17,
        "level_stated": "ผ่าน",
        "level_recomputed": "ผ่าน",
    }
    text = page_of([_against("a", *problems, **close)]).text

    assert "๙๗.๑๘" in text
    assert ("คำนวณได้ ๙๗.๑๗" in text) == is_shown


@pytest.mark.parametrize("rule", ["total-mismatch", "level-mismatch", "level-unknown"])
def test_a_contradicted_level_is_shown_with_the_right_one(rule: str) -> None:
    """The level by the year's rule stands beside the stated one where the checks speak against that."""
    levels = {"level_stated": "ผ่านดี", "level_recomputed": "ผ่าน"}

    assert "ผ่านดี คำนวณได้ ผ่าน" in page_of([_against("a", (rule, "error"), **levels)]).text
    assert "ผ่านดี คำนวณได้ ผ่าน" not in page_of([_against("a", **levels)]).text


def test_a_total_that_is_not_stated_is_computed() -> None:
    """Where nothing was stated there is nothing to contradict: what was computed stands, and is called so."""
    unstated = {"total_stated": None, "total_recomputed": 97.17}

    assert "คำนวณได้ ๙๗.๑๗" in page_of([_against("a", **unstated)]).text


def _title(entries: list[Entry], name: str = "north-2568", **how: Any) -> str:
    page = index_page(entries, title_th=name, made_on=date(2025, 11, 21), **how).decode()
    (title,) = re.findall("<h1>(.*?)</h1>", page)
    return str(title)


@pytest.mark.parametrize(
    ("entries", "title"),
    [
        ([made("a"), failed("c")], "ผลการประเมิน ITA จังหวัดอุดรธานี ปีงบประมาณ พ.ศ. ๒๕๖๘"),
        (
            [made("a"), made("b", province_th="เลย")],
            "ผลการประเมิน ITA ชุดงาน north-2568 ปีงบประมาณ พ.ศ. ๒๕๖๘",
        ),
        ([failed("c")], "ผลการประเมิน ITA ชุดงาน north-2568 ปีงบประมาณ พ.ศ. ๒๕๖๘"),
        ([made("a", document="progress")], "รายงานผลตามมาตรการ ITA จังหวัดอุดรธานี ปีงบประมาณ พ.ศ. ๒๕๖๘"),
    ],
    ids=["one province", "two", "unknown", "measures"],
)
def test_the_title_says_what_the_page_is_about(entries: list[Entry], title: str) -> None:
    """It names the province that all agree on, else the batch as it is called, and the year."""
    assert _title(entries) == title


def test_a_part_says_so_in_its_title() -> None:
    """The index of a shard is not taken for that of the whole batch."""
    assert _title([made("a")], shard=(1, 2)).endswith("พ.ศ. ๒๕๖๘ (ส่วนที่ ๑ จาก ๒)")


def test_the_name_of_the_batch_and_the_day_are_told() -> None:
    """The name stands as it is, whatever the digits; the day is in the Buddhist year."""
    page = index_page([made("a")], title_th="north-2568", made_on=date(2025, 11, 21)).decode()

    assert "ชุดงาน north-2568 จัดทำสารบัญเมื่อวันที่ ๒๑ พฤศจิกายน ๒๕๖๘" in page


def test_contradictions_can_be_found() -> None:
    """Each row that has a document tells whether there are contradictions, and a filter offers both."""
    page = page_of([made("a", errors=2), made("b"), failed("c")])
    rows = [attrs["data-doubt"] for tag, attrs in page.elements if "data-doubt" in attrs]
    filters = [attrs["name"] for tag, attrs in page.elements if tag == "select"]

    assert sorted(value or "" for value in rows) == ["", "มีข้อขัดแย้ง", "ไม่มีข้อขัดแย้ง"]
    assert "doubt" in filters


def test_a_failure_is_told_with_its_command_and_notebook() -> None:
    """Cause, place, the command that repeats it and the partial notebook stand in the page."""
    page = page_of([failed("bankao")])

    assert "จัดทำไม่สำเร็จ: เซลล์ของสมุดบันทึกทำงานผิดพลาด (๑ แห่ง)" in page.text
    assert "ita-nb report bankao --year 2568" in page.text
    assert "./failed/bankao.ipynb" in page.addresses


def test_rows_lead_to_their_failures() -> None:
    """The link of a row without a document leads to a place that is in the page."""
    page = page_of(batch())
    targets = {attrs.get("id") for _, attrs in page.elements}

    inside = [address for address in page.addresses if address.startswith("#")]
    assert len(inside) == 4
    assert [address for address in inside if address[1:] not in targets] == []


def test_files_of_the_whole_batch_are_reached() -> None:
    """Overview, workbook, manifest and tables have links, named for what they are."""
    beside = ("province_overview.html", "measures.xlsx", "manifest.csv", "tables/results.csv")
    page = page_of([made("a")], beside=beside)

    assert {f"./{path}" for path in beside} <= {*page.addresses}
    assert "ภาพรวมของทั้งชุด: HTML" in page.text
    assert "ตาราง results: CSV" in page.text


def test_progress_is_counted_in_measures() -> None:
    """A batch of reports on measures shows how many have a recorded result, and no totals."""
    text = page_of([made("sithong", document="progress")], "arabic").text

    assert "มาตรการที่บันทึกผลไว้" in text
    assert "4 จาก 4" in text
    assert "คะแนนรวม" not in text


def test_provinces_are_told_where_there_are_several() -> None:
    """The district carries its province only where the batch has more than one."""
    here, there = made("a"), made("b", district_th="เมือง", province_th="เลย")

    assert "เมือง จังหวัดเลย" in page_of([here, there, failed("c")]).text
    assert "เมือง จังหวัดเลย" not in page_of([there, failed("c")]).text


def test_a_province_fits_in_a_small_file() -> None:
    """The page of 300 agencies stays under 600 KB."""
    entries = [made(f"agency{n:03}", f"องค์การบริหารส่วนตำบลบ้านใหม่ไชยพจน์ที่ {n}") for n in range(300)]

    assert len(index_page(entries, title_th=TITLE)) < 600_000


@pytest.mark.parametrize("cause", get_args(StopCause))
def test_every_stop_is_told_by_its_own_cause(cause: StopCause) -> None:
    """The heading over agencies that were stopped names the cause as the plan does."""
    entry = failed("a", status="stopped", failure=Failure("data", "", "ผิด"), stop=cause)

    assert f"ข้อมูลยังไม่พร้อม: {stop_name(cause, 2568)} (1 แห่ง)" in page_of([entry], "arabic").text
