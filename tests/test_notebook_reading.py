"""From an executed notebook to its document."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat import NotebookNode, v4

from ita_nb.document.blocks import MIME, Cover, Heading, Paragraph, Section, Table
from ita_nb.document.notebook import prose, read_document
from ita_nb.errors import RenderError

COVER = Cover(
    title=("รายงาน",),
    agency="เทศบาลตำบลตัวอย่าง",
    agency_id="tuayang",
    fiscal_year=2568,
    running_title="รายงาน",
    digits="thai",
    edition="working",
)


def shown(*blocks: Any, kind: str = "execute_result") -> NotebookNode:
    """Return the output of a cell that shows ``blocks``."""
    return output({MIME: Section(blocks=blocks).model_dump(mode="json"), "text/html": "<p>"}, kind)


def output(data: dict[str, Any], kind: str = "display_data") -> NotebookNode:
    """Return an output of the given mime bundle."""
    return v4.new_output(kind, data=data)


def code(*outputs: NotebookNode) -> NotebookNode:
    """Return an executed code cell."""
    return v4.new_code_cell("show()", outputs=list(outputs))


def markdown(source: str, *tags: str) -> NotebookNode:
    """Return a Markdown cell."""
    return v4.new_markdown_cell(source, metadata={"tags": list(tags)})


def notebook(*cells: NotebookNode) -> NotebookNode:
    """Return a notebook of the cells."""
    return v4.new_notebook(cells=list(cells))


def test_blocks_come_in_the_order_of_the_cells() -> None:
    """Displays, results and prose follow each other as in the notebook."""
    read = read_document(
        notebook(
            code(shown(COVER)),
            markdown("# หนึ่ง"),
            code(shown(Paragraph(text="สอง"), kind="display_data"), shown(Paragraph(text="สาม"))),
            markdown("สี่"),
        )
    )

    assert read.blocks == (
        COVER,
        Heading(level=1, text="หนึ่ง"),
        Paragraph(text="สอง"),
        Paragraph(text="สาม"),
        Paragraph(text="สี่"),
    )


def test_cover_comes_first() -> None:
    """Prose above the cell of the cover does not push the cover from its place."""
    assert read_document(notebook(markdown("คำนำ"), code(shown(COVER)))).blocks == (
        COVER,
        Paragraph(text="คำนำ"),
    )


def test_guide_cells_are_for_the_notebook_only() -> None:
    """A Markdown cell tagged guide does not reach the document."""
    read = read_document(
        notebook(markdown("# วิธีใช้", "guide"), code(shown(COVER)), markdown("เนื้อหา", "other"))
    )

    assert read.blocks == (COVER, Paragraph(text="เนื้อหา"))


@pytest.mark.parametrize(
    "cell",
    [
        code(v4.new_output("stream", text="กำลังทำงาน")),
        code(v4.new_output("stream", name="stderr", text="เตือน")),
        code(output({"text/plain": "42"})),
        code(output({"image/png": "AAAA"}, "execute_result")),
        code(),
        v4.new_raw_cell("ดิบ"),
        markdown("   \n"),
    ],
)
def test_other_cells_add_nothing(cell: NotebookNode) -> None:
    """Streams, plain results, raw cells and empty prose are no part of the document."""
    assert read_document(notebook(code(shown(COVER)), cell)).blocks == (COVER,)


def test_prose_takes_the_digits_of_the_document() -> None:
    """Numbers of Markdown cells are written as those of the exhibits, but for addresses."""
    read = read_document(notebook(code(shown(COVER)), markdown("ข้อ 12 ดู https://a.go.th/12")))

    assert read.blocks[1] == Paragraph(text="ข้อ ๑๒ ดู https://a.go.th/12")


FAILED = v4.new_output("error", ename="ValueError", evalue="ไม่พบปี", traceback=[])
BANNER = "<span style='color:red'>An Exception was encountered at 'In [3]'.</span>"
BAD_PAYLOADS: dict[str, Any] = {
    "not an object": "blocks",
    "no blocks": {},
    "unknown block": {"blocks": [{"type": "chart"}]},
    "unknown field": {"blocks": [{"type": "paragraph", "text": "ก", "html": "<b>"}]},
    "row too short": {"blocks": [{"type": "table", "columns": [{"heading": "ก"}], "rows": [{"cells": []}]}]},
}
STOPPED = v4.new_code_cell("x", metadata={"papermill": {"exception": True}})


@pytest.mark.parametrize(
    ("cells", "where", "found"),
    [
        ((code(shown(COVER)), code(FAILED)), "เซลล์ที่ 2", "ValueError: ไม่พบปี"),
        ((code(shown(COVER), FAILED),), "เซลล์ที่ 1", "ValueError: ไม่พบปี"),
        ((markdown(BANNER, "papermill-error-cell-tag"), code(shown(COVER))), "เซลล์ที่ 1", "papermill"),
        ((markdown(BANNER, "papermill-error-cell-tag"), code(FAILED)), "เซลล์ที่ 2", "ValueError: ไม่พบปี"),
        ((code(shown(COVER)), STOPPED), "เซลล์ที่ 2", "papermill"),
        ((), "สมุดงาน", "ยังไม่ได้สั่งทำงาน"),
        ((markdown("# รายงาน"), code()), "สมุดงาน", "ยังไม่ได้สั่งทำงาน"),
        ((code(shown(Paragraph(text="ก"))),), "สมุดงาน", "ไม่มีปก"),
        ((code(shown(COVER)), code(shown(COVER))), "สมุดงาน", "2 ปก: เทศบาลตำบลตัวอย่าง, เทศบาลตำบลตัวอย่าง"),
        *(((code(output({MIME: payload})),), "เซลล์ที่ 1", "") for payload in BAD_PAYLOADS.values()),
    ],
    ids=[
        "error output",
        "error after a display",
        "papermill banner",
        "papermill banner and its error",
        "papermill exception",
        "no cells",
        "not run",
        "no cover",
        "two covers",
        *BAD_PAYLOADS,
    ],
)
def test_unfit_notebook_is_refused(cells: tuple[NotebookNode, ...], where: str, found: str) -> None:
    """A notebook that failed, did not run or holds no report is refused, with the place and the find."""
    with pytest.raises(RenderError) as caught:
        read_document(notebook(*cells))

    assert where in caught.value.where
    assert found in caught.value.found
    assert caught.value.todo


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# หนึ่ง", [Heading(level=1, text="หนึ่ง")]),
        ("###### หก", [Heading(level=3, text="หก")]),
        ("หัว\n===", [Heading(level=1, text="หัว")]),
        ("#", []),
        ("ก\n\nข", [Paragraph(text="ก"), Paragraph(text="ข")]),
        ("ก\nข", [Paragraph(text="ก ข")]),
        ("ก  \nข", [Paragraph(text="ก\nข")]),
        ("*เอน* **หนา** `x = 1` [ลิงก์](http://a)", [Paragraph(text="เอน หนา x = 1 ลิงก์")]),
        ("![ภาพ](a.png) <http://a.th>", [Paragraph(text="ภาพ http://a.th")]),
        ("- ก\n- **ข**", [Paragraph(text="ก", style="bullet"), Paragraph(text="ข", style="bullet")]),
        ("3. ก\n4. ข", [Paragraph(text="3. ก"), Paragraph(text="4. ข")]),
        ("1. ก\n   - ข", [Paragraph(text="1. ก"), Paragraph(text="ข", style="bullet")]),
        ("- ก\n\n  ข", [Paragraph(text="ก\nข", style="bullet")]),
        ("a <b>ข</b>", [Paragraph(text="a <b>ข</b>")]),
        ("<script>\nx\n</script>", [Paragraph(text="<script>\nx\n</script>")]),
        ("&lt;b&gt; &amp; \\*", [Paragraph(text="<b> & *")]),
        ("{{ x }} {% y %}", [Paragraph(text="{{ x }} {% y %}")]),
        ("> ก", [Paragraph(text="ก")]),
        ("```\nก\n  ข\n```", [Paragraph(text="ก\n  ข")]),
        ("---", []),
        ("ก\ud800ข", [Paragraph(text="กข")]),
    ],
)
def test_markdown_becomes_plain_blocks(source: str, expected: list[Any]) -> None:
    """Markdown keeps its words and its structure, and loses its markup."""
    assert list(prose(source)) == expected


def test_markdown_table_becomes_a_table() -> None:
    """A table in prose keeps its headings, alignment and cells."""
    (block,) = prose("| ตัวชี้วัด | คะแนน |\n|---|--:|\n| **ก** | 95.40 |")

    assert isinstance(block, Table)
    assert [(column.heading, column.align) for column in block.columns] == [
        ("ตัวชี้วัด", "left"),
        ("คะแนน", "right"),
    ]
    assert [row.cells for row in block.rows] == [("ก", "95.40")]


def test_reading_leaves_the_notebook_alone() -> None:
    """The notebook is the same after it was read."""
    given = notebook(code(shown(COVER)), markdown("ข้อ 1"))
    before = given.copy()
    read_document(given)

    assert given == before
