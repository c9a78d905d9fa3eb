"""The documents as people use them, on a desktop and on a phone: readable by ear, in view, and offline."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY
from documents import DOCUMENTS
from opened import report_of
from specimen import SVG, specimen
from test_html_in_browser import chromium, pytestmark, relaxed

from ita_nb.case import build_case
from ita_nb.document.blocks import (
    Document,
    Figure,
    Heading,
)
from ita_nb.document.html import render
from ita_nb.progress import build_progress

__all__ = ["pytestmark"]

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
