"""The page as Chromium shows it. Run with ``-m browser``."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pypdfium2
import pytest

from ita_nb.document.blocks import (
    Block,
    Column,
    Cover,
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

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on PATH"),
]

AGENCY = "องค์การบริหารส่วนตำบลหันนางาม"
COVER = Cover(
    title=("รายงานผลการประเมิน",),
    agency=AGENCY,
    agency_id="hannangam",
    fiscal_year=2568,
    running_title="รายงาน",
    digits="thai",
    edition="working",
    draft=True,
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><rect width="90" height="30"/></svg>'
WIDE = Table(
    columns=tuple(Column(heading=f"ช่องที่ {number}") for number in range(12)),
    rows=tuple(Row(cells=("มาตรการ",) * 12) for _ in range(40)),
    caption="ตารางกว้าง",
)
BLOCKS = (
    COVER,
    Heading(level=1, text="ส่วนที่ ๑"),
    Paragraph(text="<script>document.title='ถูกโจมตี'</script>"),
    Figure(svg=SVG, alt="แถบสีดำ", caption="แผนภาพ"),
    PageBreak(orientation="landscape"),
    WIDE,
)
# The probe reports into the page what a script of our own finds: sizes, fonts and what was asked for.
PROBE = """addEventListener("load", async () => {
  await document.fonts.ready;
  const root = document.documentElement, out = document.createElement("pre");
  const fonts = [...document.fonts].map(font => font.family + font.weight + font.status).join(" ");
  const requests = performance.getEntriesByType("resource").filter(entry => !entry.name.startsWith("data:"));
  const overflow = root.scrollWidth - root.clientWidth;
  out.textContent = `PROBE overflow=${overflow} requests=${requests.length} ${fonts}`;
  document.body.append(out);
})"""


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
    path.write_text(render(Document(cover=COVER, blocks=BLOCKS)), encoding="utf-8")
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
    """The page is built with the agency's name, and typed script stays text."""
    done = chromium(tmp_path, page, "--dump-dom")

    assert AGENCY in done.stdout
    assert "<title>รายงานผลการประเมิน" in done.stdout
    assert "&lt;script&gt;" in done.stdout


def test_nothing_fails_to_load(tmp_path: Path, page: Path) -> None:
    """The console has no error: nothing was missing, refused by the policy or asked of the network."""
    log = chromium(tmp_path, page, "--dump-dom").stderr

    assert [line for line in log.splitlines() if ":CONSOLE" in line] == []


@pytest.mark.parametrize("width", [500, 1200])
def test_page_fits_its_window_and_uses_its_own_fonts(tmp_path: Path, page: Path, width: int) -> None:
    """Only the table scrolls sideways; both fonts come from the page, and nothing else is asked for."""
    options = ("--dump-dom", f"--window-size={width},900", "--virtual-time-budget=5000")
    probed = relaxed(page.read_text(encoding="utf-8"), tmp_path / "probed.html", PROBE)
    dom = chromium(tmp_path, probed, *options).stdout

    assert "PROBE overflow=0 requests=0" in dom
    assert "Sarabun400loaded" in dom
    assert "Sarabun700loaded" in dom


def test_page_can_be_photographed(tmp_path: Path, page: Path) -> None:
    """The screenshot is a picture with something on it."""
    picture = tmp_path / "page.png"
    chromium(tmp_path, page, f"--screenshot={picture}", "--window-size=500,900")

    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 10_000


def printed(folder: Path, page: Path) -> list[tuple[bool, str]]:
    """Print the page; return whether each sheet lies, and its text."""
    paper = folder / "page.pdf"
    chromium(folder, page, "--no-pdf-header-footer", f"--print-to-pdf={paper}")
    document = pypdfium2.PdfDocument(paper)
    try:
        sheets = [document[number] for number in range(len(document))]
        return [(s.get_width() > s.get_height(), s.get_textpage().get_text_bounded()) for s in sheets]
    finally:
        document.close()


def test_paper_has_landscape_pages_for_landscape_parts(tmp_path: Path, page: Path) -> None:
    """Printed, the cover and the text stand upright, and the wide table lies and repeats its header."""
    sheets = printed(tmp_path, page)

    assert [lies for lies, _ in sheets] == [False, False] + [True] * (len(sheets) - 2)
    assert len(sheets) > 3
    assert all("ช่องที่" in text for _, text in sheets[2:])


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
    page.write_text(render(Document(cover=COVER, blocks=(COVER, *blocks))), encoding="utf-8")

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

    assert AGENCY in done.stdout
    assert ":CONSOLE" not in done.stderr
