"""The page as Chromium shows it. Run with ``-m browser``."""

from __future__ import annotations

import shutil
import subprocess
from itertools import groupby
from pathlib import Path

import pypdfium2
import pytest
from specimen import specimen

from ita_nb.document.blocks import (
    Block,
    Column,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Row,
    Section,
    Table,
)
from ita_nb.document.html import fragment, render

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


def relaxed(html: str, path: Path, *scripts: str) -> Path:
    """Write a copy of the page with scripts, which the page's own policy would not let run."""
    before, policy, after = html.partition("default-src 'none'")
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
