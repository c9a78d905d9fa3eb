"""The index of a batch as people use it, on a desktop and on a phone: search, filters, sorting, keyboard."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from batch_entries import batch, failed, made
from test_html_accessibility import HOST, axe
from test_html_in_browser import chromium, pytestmark, relaxed

from ita_nb.batch.folder import Entry
from ita_nb.batch.pages import index_page

__all__ = ["axe", "pytestmark"]

# A reader's hands, and what the page then shows; the host passes it on.
PROBE = """addEventListener("load", async () => {
  await document.fonts.ready;
  const root = document.documentElement, form = document.querySelector("#find");
  const said = {width: innerWidth, passed: new Set(), violations: []};
  const look = async state => {
    const found = await axe.run(document);
    found.passes.forEach(rule => said.passed.add(rule.id));
    for (const rule of found.violations) for (const node of rule.nodes)
      said.violations.push(`${state} ${rule.id} ${node.target}: ${node.html} ${node.failureSummary}`);
  };
  const shown = () => [...document.querySelectorAll("tbody tr")].filter(row => row.offsetHeight)
    .map(row => row.querySelector("small").textContent.trim());
  const change = (name, value) => {
    form.elements[name].value = value;
    form.elements[name].dispatchEvent(new Event("input", {bubbles: true}));
  };
  const searched = value => {
    change("search", value);
    return shown();
  };
  const status = () => document.querySelector("[role=status]").textContent;
  const heads = [...document.querySelectorAll("thead th")];
  const press = name => heads.find(head => head.textContent === name).querySelector("button").click();
  const sorts = () => heads.filter(head => head.ariaSort).map(head => `${head.textContent} ${head.ariaSort}`);

  await look("whole");
  said.first = {rows: shown(), status: status(), sorts: sorts()};
  said.searches = Object.fromEntries(SEARCHES.map(text => [text, searched(text)]));
  change("search", "ไม่มีชื่อนี้");
  said.none = status();
  await look("nothing found");
  change("search", "");
  change("place", "เพ็ญ");
  said.filtered = {rows: shown(), status: status()};
  await look("filtered");
  form.querySelector("button").click();
  await new Promise(done => setTimeout(done, 50));
  said.reset = shown().length;
  said.orders = {};
  for (const name of ["คะแนนรวม", "คะแนนรวม", "หน่วยงาน", "หน่วยงาน"]) {
    press(name);
    said.orders[sorts().join()] = shown();
  }
  document.querySelectorAll("details").forEach(details => details.open = true);
  await look("unfolded");

  said.tabs = [...document.querySelectorAll("a[href], button, input, select, summary")]
    .filter(element => element.tabIndex < 0).map(element => element.outerHTML);
  said.overflow = root.scrollWidth - root.clientWidth;
  said.requests = performance.getEntriesByType("resource").map(entry => entry.name);
  said.fonts = [...document.fonts].map(font => font.family + font.weight + font.status);
  parent.postMessage(JSON.stringify({...said, passed: [...said.passed]}), "*");
});"""

# What is typed, and the agencies that are found by it.
SEARCHES = {
    "แสนสุข": ["saensuk"],
    "SAENSUK": ["saensuk"],
    "น้ำพอง": ["namphong"],
    "น้ํ\u0e32พอง": ["namphong"],  # sara am in two signs
    "เพ็ญ แสน": ["saensuk"],
    "เทศบาลตำบล ๗": ["seven"],
    "เทศบาลตำบล 7": ["seven"],
    "จัดทำไม่สำเร็จ": ["bankao"],
    "html": [],
}

TITLE = "ผลการประเมิน จังหวัดทดลอง ปีงบประมาณ พ.ศ. 2568"
BESIDE = ("measures.xlsx", "manifest.csv", "tables/results.csv")
ENTRIES: list[Entry] = [
    made("saensuk", "เทศบาลตำบลแสนสุข", {"total_stated": 9.5}, district_th="เพ็ญ"),
    made("namphong", "เทศบาลตำบลน้ำพอง", {"total_stated": 100.0}),
    made("seven", "เทศบาลตำบล 7 สี", {"total_stated": 80.25}),
    made("chaiwan", "เทศบาลตำบลไชยวาน", {"total_stated": None, "total_recomputed": None}),
    failed("bankao", "องค์การบริหารส่วนตำบลเก่าย่าดี", district_th="เพ็ญ"),
]

Said = dict[str, Any]


@pytest.fixture(scope="module", name="said")
def _said(tmp_path_factory: pytest.TempPathFactory, axe: str) -> list[Said]:
    """What is found in the page in a phone's window and in a desktop's."""
    folder = tmp_path_factory.mktemp("index")
    content = index_page(ENTRIES, TITLE, beside=BESIDE).decode()
    searches = f"const SEARCHES = {json.dumps([*SEARCHES])};"
    page = relaxed(content, folder / "page.html", axe, searches, PROBE)
    host = folder / "host.html"
    host.write_text(HOST.format(page=page.as_uri()), encoding="utf-8")
    dom = chromium(folder, host, "--dump-dom", "--window-size=1800,900", "--virtual-time-budget=60000").stdout
    answers = [json.loads(html.unescape(answer)) for answer in re.findall("<pre>(.*?)</pre>", dom, re.DOTALL)]
    assert sorted(answer["width"] for answer in answers) == [390, 1280]
    return sorted(answers, key=lambda answer: int(answer["width"]))


def test_axe_finds_nothing(said: list[Said]) -> None:
    """No rule of axe-core is violated, wide or narrow: whole, filtered, without a row, or unfolded."""
    assert all({"color-contrast", "heading-order", "region"} <= {*answer["passed"]} for answer in said)
    assert [found for answer in said for found in answer["violations"]] == []


def test_rows_begin_in_the_order_of_their_names(said: list[Said]) -> None:
    """All agencies are shown at first, by name, and the page says so."""
    for answer in said:
        assert answer["first"] == {
            "rows": ["seven", "chaiwan", "namphong", "saensuk", "bankao"],
            "status": "แสดง ๕ จาก ๕ แห่ง",
            "sorts": ["หน่วยงาน ascending"],
        }


@pytest.mark.parametrize(("typed", "found"), SEARCHES.items())
def test_search_finds(said: list[Said], typed: str, found: list[str]) -> None:
    """Names, codes, districts and statuses are found by parts, in either digits; formats are not."""
    assert [answer["searches"][typed] for answer in said] == [found, found]


def test_nothing_found_is_said(said: list[Said]) -> None:
    """A search without a result says so where a screen reader hears it."""
    assert [answer["none"] for answer in said] == ["ไม่พบหน่วยงานที่ตรงกับที่ค้นหา"] * 2


def test_filters_choose_and_are_cleared(said: list[Said]) -> None:
    """A district's agencies alone are shown; the button brings all back."""
    for answer in said:
        assert answer["filtered"] == {"rows": ["saensuk", "bankao"], "status": "แสดง ๒ จาก ๕ แห่ง"}
        assert answer["reset"] == 5


@pytest.mark.parametrize(
    ("pressed", "order"),
    [
        ("คะแนนรวม ascending", "saensuk seven namphong chaiwan bankao"),
        ("คะแนนรวม descending", "namphong seven saensuk chaiwan bankao"),
        ("หน่วยงาน ascending", "seven chaiwan namphong saensuk bankao"),
        ("หน่วยงาน descending", "bankao saensuk namphong chaiwan seven"),
    ],
)
def test_columns_sort(said: list[Said], pressed: str, order: str) -> None:
    """Totals sort as numbers, names as in a Thai dictionary; what is unknown comes last both ways."""
    assert [answer["orders"][pressed] for answer in said] == [order.split()] * 2


def test_everything_is_reached_by_keyboard(said: list[Said]) -> None:
    """No link and no control is taken out of the order of the tab key."""
    assert [element for answer in said for element in answer["tabs"]] == []


def test_page_fits_its_window(said: list[Said]) -> None:
    """The page is never wider than a phone or a desktop's window."""
    assert [answer["overflow"] for answer in said] == [0, 0]


def test_nothing_is_asked_of_the_network(said: list[Said]) -> None:
    """Fonts come from the page, and nothing else is loaded."""
    for answer in said:
        assert [name for name in answer["requests"] if not name.startswith("data:")] == []
        assert answer["fonts"] == ["Sarabun400loaded", "Sarabun700loaded"]


def test_own_script_runs_under_the_pages_policy_and_no_other(tmp_path: Path) -> None:
    """As it is written, the page runs its script, refuses nothing of its own, and names run none."""
    page = tmp_path / "index.html"
    page.write_bytes(index_page(batch(), TITLE, beside=BESIDE))
    done = chromium(tmp_path, page, "--dump-dom")

    assert "แสดง ๑๒ จาก ๑๒ แห่ง" in done.stdout
    assert [line for line in done.stderr.splitlines() if ":CONSOLE" in line] == []


def test_names_that_hold_a_script_would_be_refused(tmp_path: Path) -> None:
    """Even a script that got into the page would not run: the policy knows only the page's own."""
    page = tmp_path / "index.html"
    content = index_page(batch(), TITLE).decode()
    page.write_text(
        content.replace("<main>", "<main><script>document.title='attacked'</script>"), encoding="utf-8"
    )
    done = chromium(tmp_path, page, "--dump-dom")

    assert "<title>attacked" not in done.stdout
    assert "Content Security Policy" in done.stderr
