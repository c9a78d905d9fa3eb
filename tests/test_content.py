"""The tables and lines that an executed notebook carries for programs, beside what it shows people."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import nbformat
import pytest
from conftest import AGENCY, YEAR, Workspace
from in_process import executed, task_for

from ita_nb.batch.content import Content, lines_of, read_tables
from ita_nb.case import build_case
from ita_nb.document.blocks import (
    Callout,
    Column,
    Cover,
    Document,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Row,
    Signature,
    Table,
)
from ita_nb.document.notebook import read_document
from ita_nb.errors import RenderError
from ita_nb.frames import MERGED, TABLES_MIME, merged_rows


@pytest.fixture(scope="module")
def notebook() -> Any:
    """The executed notebook of the demo report, as it is read from its file."""
    return nbformat.reads(nbformat.writes(executed(task_for())), as_version=4)


def carrying(*contents: Any) -> Any:
    """Return a notebook that displays these contents under the mime type of tables."""
    outputs = [nbformat.v4.new_output("display_data", data={TABLES_MIME: content}) for content in contents]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])


# ---------------------------------------------------------------- tables


def test_tables_are_read_as_the_case_gives_them(notebook: Any) -> None:
    """What is read out of the file is what the case gives, columns in order, though files sort names."""
    expected = merged_rows(build_case(AGENCY, YEAR), "working")

    assert json.dumps(read_tables(notebook).tables) == json.dumps(expected)


def test_readers_of_blocks_pass_over_the_tables(notebook: Any) -> None:
    """The document is the same with and without the cell of the tables."""
    without = deepcopy(notebook)
    (last,) = [c for c in without.cells if c.source == "frames.tables_of(report)"]
    last.outputs = []

    assert read_document(without) == read_document(notebook)


GOOD: dict[str, Any] = {"tables": {name: [] for name in MERGED}, "own_words": []}
BAD: dict[str, tuple[tuple[Any, ...], str]] = {
    "none": ((), "0 ชุด"),
    "two": ((GOOD, GOOD), "2 ชุด"),
    "a list": (([],), "TypeError"),
    "without tables": (({"own_words": []},), "KeyError"),
    "a table missing": (
        ({**GOOD, "tables": {k: v for k, v in GOOD["tables"].items() if k != "scores"}},),
        "scores",
    ),
    "a table too many": (({**GOOD, "tables": {**GOOD["tables"], "extra": []}},), "extra"),
    "a column missing": (({**GOOD, "tables": {**GOOD["tables"], "losses": [{"agency_id": "x"}]}},), "losses"),
    "a row that is none": (({**GOOD, "tables": {**GOOD["tables"], "losses": ["x"]}},), "AttributeError"),
}


@pytest.mark.parametrize(("contents", "said"), BAD.values(), ids=BAD)
def test_tables_of_another_form_are_refused(contents: tuple[Any, ...], said: str) -> None:
    """A notebook without the tables, with two sets or with other columns is refused by name."""
    with pytest.raises(RenderError, match=said):
        read_tables(carrying(*contents))


def test_own_words_travel_with_the_notebook(workspace: Workspace) -> None:
    """They are read out of the notebook together with the tables."""
    workspace.edit("data/agencies.csv", "ศรีบุญเรือง", "None")
    made = executed(task_for(workspace=workspace.root))

    assert read_tables(made).own_words == ("None",)


# ---------------------------------------------------------------- lines


COVER = Cover(
    title=("รายงาน", "ประจำปี"),
    agency="เทศบาลตำบลใหม่",
    agency_id="mai",
    fiscal_year=2568,
    running_title="รายงาน",
    digits="thai",
    edition="working",
)


def lines(*blocks: Any) -> list[str]:
    """Return the lines of blocks."""
    return list(lines_of(Document(cover=COVER, blocks=blocks)))


BLOCKS: dict[str, tuple[Any, list[str]]] = {
    "cover": (COVER, ["รายงาน", "ประจำปี", "เทศบาลตำบลใหม่"]),
    "heading": (Heading(level=1, text="ส่วนที่ ๑"), ["ส่วนที่ ๑"]),
    "paragraph": (Paragraph(label="สาเหตุ", text="ไม่รู้\nขั้นตอน"), ["สาเหตุ ไม่รู้ ขั้นตอน"]),
    "table": (
        Table(
            columns=(Column(heading="ข้อ"), Column(heading="คะแนน")),
            rows=(Row(cells=("กลุ่ม",), kind="group"), Row(cells=("i๑\nถาม", "๙๐"))),
            caption="คะแนน",
            notes=("หมายเหตุ",),
        ),
        ["คะแนน", "ข้อ\tคะแนน", "กลุ่ม", "i๑ ถาม\t๙๐", "หมายเหตุ"],
    ),
    "figure": (Figure(svg="<svg/>", alt="ภาพ", caption="IIT ต่ำสุด"), ["IIT ต่ำสุด"]),
    "callout": (Callout(kind="error", title="ตรวจ", lines=("หนึ่ง", "สอง")), ["ตรวจ", "หนึ่ง", "สอง"]),
    "signature": (Signature(signers=(("(ก)", "นายก"), ("(ข)",))), ["(ก)", "นายก", "(ข)"]),
    "page break": (PageBreak(), []),
    "nothing": (Paragraph(text=" "), []),
}


@pytest.mark.parametrize(("block", "expected"), BLOCKS.values(), ids=BLOCKS)
def test_a_block_is_read_as_plain_lines(block: Any, expected: list[str]) -> None:
    """Every text of a block is a line; the cells of a row are one, with tabs between."""
    assert lines(block) == expected


def test_content_packs_and_unpacks(notebook: Any) -> None:
    """What the ledger keeps of a document comes out as it went in."""
    content = Content(read_tables(notebook).tables)

    assert Content.unpacked(content.packed()) == content
