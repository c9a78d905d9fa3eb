"""JupyterLab as ``ita-nb lab`` opens it: export by its server, and a person's way through it in Chromium."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import nbformat
import pypdfium2
import pytest
from conftest import AGENCY, REPOSITORY, YEAR
from test_html_in_browser import CHROMIUM, pytestmark
from test_show import FOUND, add_cells, found_in, run

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["pytestmark"]

NAME = "องค์การบริหารส่วนตำบลหันนางาม"
NOTEBOOK = f"work/{AGENCY}-{YEAR}.ipynb"
PATIENCE = 120  # seconds, for what is a matter of one or two


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its workspace, and the address that ``ita-nb lab`` would open in a browser."""

    root: Path
    address: str

    def export(self, name: str, notebook: str) -> bytes:
        """Return what the server's export answers; raises HTTPError where it is no file."""
        parts = urlsplit(self.address)
        token = parse_qs(parts.query)["token"][0]
        query = f"download=true&token={token}"
        with urlopen(f"http://{parts.netloc}/nbconvert/{name}/{notebook}?{query}") as answer:
            return bytes(answer.read())


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """``ita-nb lab`` at work in a copy of the data, without opening a browser."""
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("งาน ita")
    for folder in ("data", "params"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings = {"open_browser": False, "allow_root": True, "port": free.getsockname()[1]}
    (home / "jupyter_server_config.json").write_text(json.dumps({"ServerApp": settings}), encoding="utf-8")
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "ita_nb", "lab", AGENCY, "--year", str(YEAR)],
            cwd=root,
            env={**os.environ, **dict.fromkeys(folders, str(home))},
            stdout=log,
            stderr=log,
        )
    try:
        yield Lab(root, _address(home, server))
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _address(home: Path, server: subprocess.Popen[bytes]) -> str:
    """Return the address in the page with which the server opens a browser at the notebook."""
    until = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < until:
        for page in home.glob("jpserver-file-to-run-*-open.html"):
            if found := re.search('href="([^"]+)"', page.read_text(encoding="utf-8")):
                return html.unescape(found[1])
        time.sleep(0.1)
    pytest.fail((home / "log").read_text(encoding="utf-8"))


# ---------------------------------------------------------------- export by the server


@pytest.mark.parametrize("name", ["html", "pdf", "docx"])
def test_the_server_exports_what_report_makes(lab: Lab, real_report: dict[str, Path], name: str) -> None:
    """The export of JupyterLab's menu gives the bytes that ``ita-nb report`` makes of the same notebook."""
    shutil.copy(real_report[".ipynb"], lab.root / "executed.ipynb")

    assert lab.export(f"ita_{name}", "executed.ipynb") == real_report[f".{name}"].read_bytes()


@pytest.fixture(scope="module")
def own(lab: Lab) -> str:
    """An executed notebook with the four cells of an analyst, in the server's folder."""
    own = lab.root / "own.ipynb"
    shutil.copy(REPOSITORY / "notebooks/agency_report.ipynb", own)
    add_cells(own)
    run("papermill", own, own, "-f", f"params/{AGENCY}-{YEAR}.yaml", folder=lab.root)
    return own.name


@pytest.mark.parametrize("name", ["html", "pdf", "docx"])
def test_the_server_exports_what_an_analyst_added(lab: Lab, own: str, name: str) -> None:
    """Table, chart, print and note stand in the export as they do in the documents of the commands."""
    assert found_in(lab.export(f"ita_{name}", own), name) == FOUND


def not_run(notebook: Any) -> None:
    """Take all outputs away."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []


def without_cover(notebook: Any) -> None:
    """Take the outputs away that hold the cover."""
    for cell in notebook.cells:
        if '"cover"' in json.dumps(cell.get("outputs")):
            cell.outputs = []


def failing(notebook: Any) -> None:
    """Let the last cell end in an error."""
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="<b>ผิด</b>", traceback=[])
    notebook.cells.append(nbformat.v4.new_code_cell("รายงาน()", outputs=[error]))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (not_run, "สมุดบันทึกยังไม่ได้สั่งทำงาน"),
        (failing, "ที่พบ: ValueError: <b>ผิด</b>"),
        (without_cover, "ที่พบ: ไม่มีปก"),
    ],
)
def test_a_refused_export_says_why(lab: Lab, real_report: dict[str, Path], change: Any, reason: str) -> None:
    """The page that the browser shows instead of a file says in Thai what was found and what to do."""
    notebook = nbformat.read(real_report[".ipynb"], as_version=4)
    change(notebook)
    nbformat.write(notebook, lab.root / "refused.ipynb")
    with pytest.raises(HTTPError) as refused:
        lab.export("ita_pdf", "refused.ipynb")

    said = html.unescape(refused.value.read().decode())
    assert reason in said
    assert "วิธีแก้: เปิดสมุดบันทึก" in said


# ---------------------------------------------------------------- a person's way through it

EXPORT = ("File", "Save and Export Notebook As", "Ita_pdf")


@pytest.fixture(scope="module")
def page(lab: Lab) -> Iterator[Page]:
    """The window in which JupyterLab has opened the notebook; no error is written to its console."""
    from playwright.sync_api import sync_playwright  # another extra of the project than the other tests need

    errors: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(1000 * PATIENCE)
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(lab.address)
        page.get_by_text("| Idle").wait_for()
        yield page
        chromium.close()
    assert errors == []


def choose(page: Page, menu: str, *entries: str) -> None:
    """Choose an entry of a menu, or of one of its menus."""
    page.get_by_role("menuitem", name=menu, exact=True).first.click()
    for entry in entries:
        page.locator(".lm-Menu-itemLabel").get_by_text(entry, exact=True).last.click()


def test_export_before_the_run_says_why_not(page: Page) -> None:
    """Who exports a notebook that has not run reads why there is no file, in the window that opens."""
    with page.context.expect_page() as opened:
        choose(page, *EXPORT)

    opened.value.get_by_text("สมุดบันทึกยังไม่ได้สั่งทำงาน").wait_for()
    opened.value.close()


def test_run_add_a_cell_and_export(lab: Lab, page: Page, tmp_path: Path) -> None:
    """The notebook runs, takes a cell of one's own, and is exported as PDF from the menu."""
    outputs = page.locator(".jp-OutputArea-output")
    choose(page, "Run", "Run All Cells")
    outputs.filter(has_text=NAME).first.wait_for()
    for key in ("Escape", "b", "Enter"):  # a cell below the last one
        page.keyboard.press(key)
    page.keyboard.type('print("ยอด" + "เยี่ยม")')
    page.keyboard.press("Shift+Enter")
    outputs.filter(has_text="ยอดเยี่ยม").wait_for()
    with page.expect_download() as made:
        choose(page, *EXPORT)
    made.value.save_as(tmp_path / "made.pdf")

    paper = pypdfium2.PdfDocument(tmp_path / "made.pdf")
    words = "".join(sheet.get_textpage().get_text_bounded() for sheet in paper)
    assert NAME in words
    assert "ส่วนที่ ๑ ผลการประเมิน" in words
    assert made.value.suggested_filename == f"{AGENCY}-{YEAR}.pdf"
    assert "ยอดเยี่ยม" in words
    assert "ยอดเยี่ยม" in (lab.root / NOTEBOOK).read_text(encoding="utf-8")
