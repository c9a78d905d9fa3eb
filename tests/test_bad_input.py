"""What a tired or hostile hand may enter: the documents are still made, right, and safe in every format."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import AGENCY, PLAN_YEAR, REPOSITORY, YEAR, Workspace
from documents import page_texts
from in_process import without_kernel
from reading import docx_tables, html_tables, pdf_tables, squeezed

from ita_nb.document.blocks import Document, Table
from ita_nb.document.html import clean
from ita_nb.document.notebook import read_document
from ita_nb.document.sheet import printable
from ita_nb.report import make_report
from ita_nb.task import Task

NAME = "เทศบาลตำบล" + " ".join(["หนองบัวลำภู"] * 200)
STEPS = "\n".join(f"ขั้นที่ {number} ตรวจเอกสารและบันทึกผล" for number in range(1, 41))
LONG = "ตรวจสอบความครบถ้วนของข้อมูลที่เผยแพร่ " * 80  # over 3,000 characters
STRANGE = (
    '#sys $x$ <script>alert(1)</script> =HYPERLINK("http://x.y";"z") 😀 a\u200bb עברית { MERGEFIELD x } %PDF'
)
COLUMNS = (
    "agency_id,measure_id,topic,items,title_th,steps_th,start,end,responsible_th,follow_up_th,status".split(
        ","
    )
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of an agency in whose files all of it stands at once, by the ending of each file."""
    root = tmp_path_factory.mktemp("bad") / "workspace"
    for folder in ("data", "params", "notebooks"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    workspace = Workspace(root)
    workspace.edit("data/agencies.csv", f"{AGENCY},องค์การบริหารส่วนตำบลหันนางาม", f"{AGENCY},{NAME}")
    workspace.write_rows(
        f"data/{PLAN_YEAR}/measures.csv",
        COLUMNS,
        [
            (AGENCY, "M1", "1", "i1", STRANGE, STEPS, "2568-10-01", "2569-09-30", LONG, STRANGE, "confirmed"),
            (
                AGENCY,
                "M2",
                "2",
                "e7",
                "มาตรการที่สอง",
                "ขั้นเดียว",
                "2568-10-01",
                "2569-09-30",
                "กองคลัง",
                "",
                "draft",
            ),
        ],
    )
    with without_kernel():
        report = make_report(Task(AGENCY, "", YEAR, root), root.parent / "out")
    return {path.suffix: path for path in report.paths}


@pytest.fixture(scope="module")
def document(files: dict[str, Path]) -> Document:
    """The blocks of that report."""
    return read_document(nbformat.reads(files[".ipynb"].read_text(encoding="utf-8"), as_version=4))


def cells(document: Document, seen: Callable[[str], str]) -> list[list[list[str]]]:
    """The tables as the blocks hold them, in the letters that a format has."""
    tables = [block for block in document.blocks if isinstance(block, Table)]
    return [
        [
            [squeezed(column.heading) for column in table.columns],
            *([squeezed(seen(squeezed(str(clean(cell))))) for cell in row.cells] for row in table.rows),
        ]
        for table in tables
    ]


@pytest.mark.parametrize(
    ("ending", "tables", "seen"),
    [(".html", html_tables, str), (".docx", docx_tables, str), (".pdf", pdf_tables, printable)],
)
def test_every_cell_is_held(
    files: dict[str, Path],
    document: Document,
    ending: str,
    tables: Callable[[Any], object],
    seen: Callable[[str], str],
) -> None:
    """HTML and Word say what was entered, letter by letter; the PDF has ``?`` where its font lacks one."""
    content = files[ending].read_bytes()
    assert tables(content.decode() if ending == ".html" else content) == cells(document, seen)


def test_agency_is_named_in_full(document: Document, files: dict[str, Path]) -> None:
    """A name of 200 words stands whole on the cover of the PDF."""
    assert document.cover.agency == NAME
    assert squeezed(NAME) in squeezed("".join(page_texts(files[".pdf"])[:3]))


def test_nothing_that_was_entered_acts(files: dict[str, Path]) -> None:
    """The page has no script; no text becomes a field, a link or a reference to the outside in Word."""
    package = zipfile.ZipFile(files[".docx"])
    xml = package.read("word/document.xml").decode()
    fields = re.findall(r"<w:instrText[^>]*>([^<]*)<", xml)
    assert re.findall(r"<script\b", files[".html"].read_text(encoding="utf-8")) == []
    assert [field for field in fields if "HYPERLINK(" in field or "MERGEFIELD" in field] == []
    assert [name for name in package.namelist() if b'TargetMode="External"' in package.read(name)] == []
