"""The page as Chromium shows it: in view, readable by ear, printed, and offline. Run with ``-m browser``."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from conftest import REPOSITORY
from documents import DOCUMENTS
from opened import report_of
from specimen import SVG, specimen

from ita_nb.case import build_case
from ita_nb.document.blocks import (
    Block,
    Column,
    Document,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Row,
    Section,
    Table,
)
from ita_nb.document.html import fragment, render
from ita_nb.progress import build_progress

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on PATH"),
]

SCRIPT = Paragraph(text="<script>document.title='ถูกโจมตี'</script>")
SAMPLE = specimen()
BLOCKS = (*SAMPLE.blocks, SCRIPT)


def chromium(folder: Path, page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Open ``page`` in Chromium with a new profile and no network."""
    command = [
        str(CHROMIUM),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--enable-logging=stderr",
        f"--user-data-dir={folder / 'profile'}",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        *options,
        page.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Write the sample page to a file."""
    path = tmp_path / "report.html"
    path.write_text(render(Document(cover=SAMPLE.cover, blocks=BLOCKS)), encoding="utf-8")
    return path


def relaxed(content: str, path: Path, *scripts: str) -> Path:
    """Write a copy of the page with scripts, which the page's own policy would not let run."""
    before, policy, after = content.partition("default-src 'none'")
    assert policy
    page, end, _ = after.rpartition("</body>")
    added = "".join(f"<script>{script}</script>" for script in scripts)
    path.write_text(f"{before}script-src 'unsafe-inline'{page}{added}{end}</html>", encoding="utf-8")
    return path


def test_page_shows_the_agency_and_runs_no_script(tmp_path: Path, page: Path) -> None:
    """Typed script stays text, and nothing was missing, refused by the policy or asked of the network."""
    done = chromium(tmp_path, page, "--dump-dom")

    assert SAMPLE.cover.agency in done.stdout
    assert "<title>รายงานผลการประเมิน" in done.stdout
    assert "&lt;script&gt;" in done.stdout
    assert ":CONSOLE" not in done.stderr


def printed(folder: Path, page: Path) -> list[tuple[bool, str]]:
    """Print the page; return whether each sheet lies, and its text."""
    paper = folder / "page.pdf"
    chromium(folder, page, "--no-pdf-header-footer", f"--print-to-pdf={paper}")
    with pypdfium2.PdfDocument(paper) as document:
        return [(s.get_width() > s.get_height(), s.get_textpage().get_text_bounded()) for s in document]


def test_paper_has_landscape_pages_for_landscape_parts(tmp_path: Path, page: Path) -> None:
    """Printed, the wide table alone lies, and repeats its header."""
    sheets = printed(tmp_path, page)

    assert [lies for lies, _ in groupby(lies for lies, _ in sheets)] == [False, True, False]
    assert [lies for lies, _ in sheets].count(True) > 1
    assert all("ช่องที่" in text for lies, text in sheets if lies)


def test_headings_and_rows_are_never_alone_on_paper(tmp_path: Path) -> None:
    """Wherever a page ends, a heading has its table, a header row its rows, a last row the one before."""
    tall = "\n".join(["ลง"] * 3)
    table = Table(
        columns=(Column(heading="งาน"), Column(heading="ผล")),
        rows=tuple(Row(cells=(name, tall)) for name in ("กอ", "ขอ", "คอ", "งอ")),
        caption="บอก",
    )
    blocks: list[Block] = []
    for lines in range(12, 32):
        blocks += [PageBreak(), Paragraph(text="\n".join(["ลง"] * lines)), Heading(level=2, text="ยก"), table]
    page = tmp_path / "ends.html"
    page.write_text(render(Document(cover=SAMPLE.cover, blocks=(SAMPLE.cover, *blocks))), encoding="utf-8")

    texts = [set(text.split()) for _, text in printed(tmp_path, page)]

    assert sum("งาน" in words for words in texts) > 25  # some tables part, some do not
    for first, then in (("ยก", "บอก"), ("บอก", "งาน"), ("งอ", "คอ")):
        assert [words for words in texts if first in words and then not in words] == []
    rows = {"กอ", "ขอ", "คอ", "งอ"}
    assert [words for words in texts if "งาน" in words and not rows & words] == []


def test_fragment_shows_without_error(tmp_path: Path) -> None:
    """The snippet for Jupyter is valid by itself."""
    path = tmp_path / "fragment.html"
    path.write_text(
        f"<!doctype html><meta charset=utf-8>{fragment(Section(blocks=BLOCKS))}", encoding="utf-8"
    )

    done = chromium(tmp_path, path, "--dump-dom")

    assert SAMPLE.cover.agency in done.stdout
    assert ":CONSOLE" not in done.stderr


# ---------------------------------------------------------------- on a desktop and on a phone

# What a script of our own finds in the page; the host passes it on.
PROBE = """addEventListener("load", async () => {
  await document.fonts.ready;
  const said = {width: innerWidth, passed: new Set(), violations: []};
  const look = async state => {
    const found = await axe.run(document);
    found.passes.forEach(rule => said.passed.add(rule.id));
    for (const rule of found.violations) for (const node of rule.nodes)
      said.violations.push(`${state} ${rule.id} ${node.target}: ${node.html} ${node.failureSummary}`);
  };
  const index = document.querySelector("#index"), nav = document.querySelector("nav");
  await look("folded");
  document.querySelectorAll("details").forEach(details => details.open = true);
  if (getComputedStyle(index).display === "none") index.showPopover();
  await look("unfolded");
  if (index.matches(":popover-open")) index.hidePopover();

  const root = document.documentElement;
  said.overflow = root.scrollWidth - root.clientWidth;
  said.fonts = [...document.fonts].map(font => font.family + font.weight + font.status);
  said.requests = performance.getEntriesByType("resource").map(entry => entry.name);
  const isBar = nav.offsetWidth === root.clientWidth;
  said.shown = isBar ? "bar" : "column";
  said.covered = [];
  const isInView = (element, name) => {
    const box = element.getBoundingClientRect(), end = isBar ? nav.getBoundingClientRect().top : innerHeight;
    if (box.top < -1 && box.bottom < 1 || box.top > end - 8) said.covered.push(name);
  };
  for (const link of nav.querySelectorAll("a")) {
    location.hash = link.hash;
    isInView(document.querySelector(link.hash), link.hash);
  }
  for (const element of document.querySelectorAll("main summary, main [tabindex]")) {
    // Where a person pages down, the next one may peep in at the foot of the window.
    scrollBy(0, element.getBoundingClientRect().top - innerHeight + 20);
    element.focus();
    isInView(element, element.outerHTML.slice(0, 80));
  }
  scrollTo(0, root.scrollHeight);
  const place = nav.getBoundingClientRect();
  said.navigation = [place.top, place.bottom, innerHeight].map(Math.round);
  parent.postMessage(JSON.stringify({...said, passed: [...said.passed]}), "*");
});"""
# Chromium's own window cannot be as narrow as a phone's; a frame in it can.
HOST = """<!doctype html><script>addEventListener("message", said => {{
  const out = document.createElement("pre");
  out.textContent = said.data;
  document.body.append(out);
}});</script>
<iframe src="{page}" width="1280" height="800"></iframe>
<iframe src="{page}" width="390" height="844"></iframe>"""


def report(agency_id: str, year: int, kind: str, edition: str) -> Document:
    """Return an agency's document as the notebook displays it, a draft where it may not be published."""
    build = build_case if kind == "analysis" else build_progress
    case = build(agency_id, year, REPOSITORY)
    return report_of(case, edition=edition, draft=edition == "publish").document()


PAGES: dict[str, Callable[[], Document]] = {
    "specimen": specimen,
    "without a page for the title": lambda: specimen(shown=False),
    "neither draft nor seal": lambda: specimen(draft=False, seal=None, edition="publish"),
} | {
    f"{agency_id} {edition}": lambda made=(agency_id, year, kind, edition): report(*made)
    for agency_id, year, kind in DOCUMENTS
    for edition in ("working", "publish")
}


Said = dict[str, Any]


@pytest.fixture(scope="module")
def axe() -> str:
    """The checker itself, which a Python package brings along."""
    found = find_spec("axe_playwright_python")
    return Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8")


def in_windows(folder: Path, page: str, *scripts: str) -> list[Said]:
    """Return what scripts find in a page in a phone's window and in a desktop's."""
    path, host = relaxed(page, folder / "page.html", *scripts), folder / "host.html"
    host.write_text(HOST.format(page=path.as_uri()), encoding="utf-8")
    dom = chromium(folder, host, "--dump-dom", "--window-size=1800,900", "--virtual-time-budget=60000").stdout
    said = [json.loads(html.unescape(answer)) for answer in re.findall("<pre>(.*?)</pre>", dom, re.DOTALL)]
    assert sorted(answer["width"] for answer in said) == [390, 1280]
    return sorted(said, key=lambda answer: int(answer["width"]))


@pytest.fixture(scope="module", params=PAGES.values(), ids=PAGES)
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, axe: str) -> list[Said]:
    """What is found in each page; it is opened once for all tests."""
    return in_windows(tmp_path_factory.mktemp("page"), render(request.param()), axe, PROBE)


def test_axe_finds_nothing(said: list[Said]) -> None:
    """No rule of axe-core, best practices included, is violated: wide or narrow, folded or unfolded."""
    assert all({"color-contrast", "heading-order", "region"} <= {*answer["passed"]} for answer in said)
    assert [found for answer in said for found in answer["violations"]] == []


def test_axe_finds_what_is_wrong(tmp_path: Path, axe: str) -> None:
    """The checker runs: a figure that loses its description is found."""
    page = specimen()
    blind = Document(
        cover=page.cover,
        blocks=(page.cover, Heading(level=1, text="ส่วนที่ ๑"), Figure(svg=SVG, alt="\u200b")),
    )
    answers = in_windows(tmp_path, render(blind), axe, PROBE)

    assert all("svg-img-alt" in " ".join(answer["violations"]) for answer in answers)


def test_only_tables_scroll_sideways(said: list[Said]) -> None:
    """The page itself is never wider than its window."""
    assert [answer["overflow"] for answer in said] == [0, 0]


def test_nothing_is_asked_of_the_network(said: list[Said]) -> None:
    """Whatever the page loads is in the page, both fonts too."""
    assert [name for answer in said for name in answer["requests"] if not name.startswith("data:")] == []
    assert [answer["fonts"] for answer in said] == [["Sarabun400loaded", "Sarabun700loaded"]] * 2


def test_index_stays_in_view(said: list[Said]) -> None:
    """At the foot of the document the index is a bar at the foot of a phone, a column on a desktop."""
    phone, desktop = said

    assert phone["shown"] == "bar"
    assert phone["navigation"] == [792, 844, 844]
    assert desktop["shown"] == "column"
    assert desktop["navigation"] == [0, 800, 800]


def test_nothing_that_is_jumped_to_is_covered(said: list[Said]) -> None:
    """Headings that the index leads to, tables and figures' data reached by keyboard are in view."""
    assert [name for answer in said for name in answer["covered"]] == []
