"""The Word file as LibreOffice takes it. Run with ``-m browser``."""

from __future__ import annotations

import io
import shutil
import subprocess
from itertools import groupby
from pathlib import Path

import docx
import pypdfium2
import pytest
from documents import page_texts
from docx.enum.section import WD_ORIENT
from reading import squeezed
from test_word import EVERYTHING, HOSTILE, file, found

from ita_nb.document.blocks import PageBreak, Paragraph

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(SOFFICE is None, reason="soffice is not on PATH"),
]
FILES = ("specimen", "report")


@pytest.fixture(scope="module")
def converted(real_report: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the specimen and the real report, as LibreOffice writes them as text and PDF."""
    folder = tmp_path_factory.mktemp("libreoffice")
    hostile = (PageBreak(), *(Paragraph(text=text) for text in HOSTILE))
    (folder / "specimen.docx").write_bytes(file(*EVERYTHING, *hostile))
    shutil.copyfile(real_report[".docx"], folder / "report.docx")
    for kind in ("txt:Text (encoded):UTF8", "pdf"):
        subprocess.run(
            [
                str(SOFFICE),
                f"-env:UserInstallation={(folder / 'profile').as_uri()}",
                "--headless",
                "--convert-to",
                kind,
                "--outdir",
                str(folder),
                *(str(folder / f"{name}.docx") for name in FILES),
            ],
            capture_output=True,
            check=True,
            timeout=300,
        )
    return folder


@pytest.mark.parametrize("name", FILES)
def test_text_is_whole_and_in_order(converted: Path, name: str) -> None:
    """Every paragraph and cell of the file is in the converted text, in the same order."""
    document = docx.Document(io.BytesIO((converted / f"{name}.docx").read_bytes()))
    text = squeezed((converted / f"{name}.txt").read_text(encoding="utf-8-sig"))
    missing, reached = [], 0
    for _, block in found(document):
        for passage in [block] if isinstance(block, str) else [cell for row in block for cell in row]:
            at = text.find(squeezed(passage), reached)
            if at < 0:
                missing.append(passage)
            else:
                reached = at + len(squeezed(passage))

    assert missing == []


@pytest.mark.parametrize("name", FILES)
def test_pages_are_a4_in_the_order_of_the_sections(converted: Path, name: str) -> None:
    """The converted pages are A4 and turn where the sections do."""
    document = docx.Document(io.BytesIO((converted / f"{name}.docx").read_bytes()))
    with pypdfium2.PdfDocument(converted / f"{name}.pdf") as pdf:
        sizes = [page.get_size() for page in pdf]
    pages = [width > height for width, height in sizes]
    sections = [section.orientation == WD_ORIENT.LANDSCAPE for section in document.sections]

    assert {tuple(round(side) for side in sorted(size)) for size in sizes} == {(595, 842)}
    assert [turned for turned, _ in groupby(pages)] == [turned for turned, _ in groupby(sections)]


@pytest.mark.parametrize("name", FILES)
def test_no_page_is_empty(converted: Path, name: str) -> None:
    """Every page that has a header holds more than that and its number."""
    document = docx.Document(io.BytesIO((converted / f"{name}.docx").read_bytes()))
    running = [c.text for c in document.sections[1].header.tables[0].rows[0].cells]
    texts = [squeezed(text) for text in page_texts(converted / f"{name}.pdf")]
    pages = [text for text in texts if squeezed(running[0]) in text]

    assert len(pages) >= len(document.sections) - 1
    assert [text for text in pages if len(text) < len(squeezed("".join(running))) + 12] == []
