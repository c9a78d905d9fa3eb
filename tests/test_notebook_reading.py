"""From an executed notebook to its document: what is printed, where it stands, and what is told."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat import NotebookNode, v4

from ita_nb.document.blocks import MIME, Callout, Cover, Document, Heading, Paragraph, Section, Table
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


def code(*outputs: NotebookNode, tag: str = "", template: bool = False) -> NotebookNode:
    """Return an executed code cell, of the program's own where it is of its template."""
    metadata = {"tags": [tag]} if tag else {}
    cell = v4.new_code_cell("show()", outputs=list(outputs), metadata=metadata)
    if template:
        cell["id"] = f"ita-{cell['id']}"
    return cell


def own(text: str) -> NotebookNode:
    """Return the output of ``show(text)``: displayed by a cell, no part that is official."""
    section = Section(blocks=(Paragraph(text=text),), shown=True)
    return output({MIME: section.model_dump(mode="json"), "text/html": "<p>"})


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


def stream(text: str, name: str = "stdout") -> NotebookNode:
    """Return what a cell wrote."""
    return v4.new_output("stream", name=name, text=text)


PRINTED: dict[str, tuple[NotebookNode, list[str]]] = {
    "print": (code(stream("กำลังทำงาน\n")), ["กำลังทำงาน"]),
    "two lines": (code(stream("หนึ่ง\nสอง\n")), ["หนึ่ง\nสอง"]),
    "whole number": (code(output({"text/plain": "42"})), ["๔๒"]),
    "number": (code(output({"text/plain": "84.995"})), ["๘๕.๐๐"]),
    "number of numpy": (code(output({"text/plain": "np.float64(84.995)"})), ["๘๕.๐๐"]),
    "text": (code(output({"text/plain": "'ก\\nข'"})), ["ก\nข"]),
    "text of numpy": (code(output({"text/plain": "np.str_('ก')"})), ["ก"]),
    "Markdown": (code(output({"text/markdown": "**ก** 1", "text/plain": "<Markdown>"})), ["ก ๑"]),
    "half a letter": (code(stream("ก\ud800ข")), ["กข"]),
    "no output": (code(), []),
    "nothing printed": (code(stream("\n")), []),
    "tables for programs": (code(output({"application/vnd.ita-nb.tables+json": {}, "text/plain": "x"})), []),
    "raw cell": (v4.new_raw_cell("ดิบ"), []),
    "empty prose": (markdown("   \n"), []),
}


@pytest.mark.parametrize(("cell", "texts"), PRINTED.values(), ids=PRINTED)
def test_texts_and_numbers_are_paragraphs(cell: NotebookNode, texts: list[str]) -> None:
    """What a cell prints, its bare last value and displayed Markdown are paragraphs; the rest is quiet."""
    read = read_document(notebook(code(shown(COVER)), cell))

    assert [block.text for block in read.blocks if isinstance(block, Paragraph)] == texts
    assert (len(read.blocks), read.remarks) == (1 + len(texts), ())


TOLD: dict[str, tuple[NotebookNode, str]] = {
    "stderr": (stream("Warning:\n  เก่า", "stderr"), "ข้อความเตือน (stderr) Warning: เก่า"),
    "picture": (output({"image/png": "AAAA", "text/plain": "<Image>"}), "ผลลัพธ์ชนิด image/png <Image>"),
    "page": (output({"text/html": "<b>", "text/plain": "<HTML>"}), "ผลลัพธ์ชนิด text/html <HTML>"),
    "object": (output({"text/plain": "<X at 0x7f01>"}), "ผลลัพธ์ชนิด text/plain <X>"),
    "list": (output({"text/plain": "[1, 2]"}), "ผลลัพธ์ชนิด text/plain [1, 2]"),
    "missing number": (output({"text/plain": "nan"}), "ผลลัพธ์ชนิด text/plain nan"),
    "yes": (output({"text/plain": "True"}), "ผลลัพธ์ชนิด text/plain True"),
    "long text": (output({"text/plain": repr("ก" * 1_000_001)}), "ผลลัพธ์ชนิด text/plain 'กกก"),
    "long print": (stream("ก" * 1_000_001), "ข้อความจาก print ยาว 1000001 ตัวอักษร (พิมพ์ได้ไม่เกิน 1000000)"),
    "deep nest": (output({"text/plain": "(" * 5000}), "ผลลัพธ์ชนิด text/plain (((("),
}


@pytest.mark.parametrize(("found", "said"), TOLD.values(), ids=TOLD)
def test_what_cannot_be_printed_is_named(found: NotebookNode, said: str) -> None:
    """What no document can hold is named with its cell, in the remarks and in the working edition itself."""
    read = read_document(notebook(code(shown(COVER)), code(found)))
    (remark,) = read.remarks

    assert remark.startswith(f"เซลล์ที่ 2: {said}")
    assert len(remark) < 200
    assert [type(block) for block in read.blocks] == [Cover, Callout]


def test_prose_takes_the_digits_of_the_document() -> None:
    """Numbers of Markdown cells are written as those of the exhibits, but for addresses."""
    read = read_document(notebook(code(shown(COVER)), markdown("ข้อ 12 ดู https://a.go.th/12")))

    assert read.blocks[1] == Paragraph(text="ข้อ ๑๒ ดู https://a.go.th/12")


# ---------------------------------------------------------------- where it stands


def book(*cells: NotebookNode, **changes: Any) -> NotebookNode:
    """Return a notebook whose cover names the sections a, b, checklist and c; other forms have d."""
    values = {
        "sections": ("a", "b", "checklist", "c"),
        "other_sections": ("d",),
        "digits": "arabic",
        **changes,
    }
    cover = COVER.model_copy(update=values)
    return notebook(code(shown(cover), tag="section:a", template=True), *cells)


def official(text: str, section: str) -> NotebookNode:
    """Return a cell that came with the program and shows an official paragraph."""
    return code(shown(Paragraph(text=text)), tag=f"section:{section}", template=True)


# One cell of every section that the form has, in another order.
WHOLE = [official("c", "c"), official("b", "b"), official("รายการ", "checklist")]


def said(document: Document) -> list[str]:
    """Return the texts in order; what the program tells about the notebook is a star."""
    texts = (block for block in document.blocks if not isinstance(block, Cover))
    return ["*" if isinstance(block, Callout) else getattr(block, "text", "") for block in texts]


ARRANGED: dict[str, tuple[list[NotebookNode], list[str]]] = {
    "the form's order": (WHOLE, ["b", "รายการ", "c"]),
    "untagged cells follow": (
        [WHOLE[0], code(own("ของฉัน")), markdown("คำ"), *WHOLE[1:]], ["b", "รายการ", "c", "ของฉัน", "คำ"]
    ),
    "other tags do not pass on": ([WHOLE[0], markdown("คำ", "mine"), *WHOLE[1:]], ["b", "รายการ", "c", "คำ"]),
    "guide and explore are not printed": (
        [WHOLE[0], markdown("แนะ", "guide"), code(own("ลอง"), stream("ลอง"), tag="explore"), *WHOLE[1:]],
        ["b", "รายการ", "c"],
    ),
    "a cell behind them is of the section above": (
        [WHOLE[0], markdown("แนะ", "guide"), code(own("ของฉัน")), *WHOLE[1:]], ["b", "รายการ", "c", "ของฉัน"]
    ),
    "a section in two places": (
        [*WHOLE, official("b2", "b"), code(own("ของฉัน"))], ["b", "b2", "ของฉัน", "รายการ", "c"]
    ),
    "official blocks of another form": ([*WHOLE, official("d", "d")], ["b", "รายการ", "c"]),
    "cells of the program in another form's section": (
        [*WHOLE, code(own("ตาราง"), tag="section:d", template=True)], ["b", "รายการ", "c"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("edition", ["working", "publish"])
@pytest.mark.parametrize(("cells", "expected"), ARRANGED.values(), ids=ARRANGED)
def test_sections_stand_as_the_form_orders_them(
    cells: list[NotebookNode], expected: list[str], edition: str
) -> None:
    """Cells stand where the form puts their section, in the order of the notebook within it."""
    read = read_document(book(*cells, edition=edition))

    assert (said(read), read.remarks) == (expected, ())


def test_what_stands_above_the_first_section_is_of_the_front() -> None:
    """A cell before any section stands behind the cover, before the sections."""
    whole = book(*WHOLE)
    whole.cells.insert(0, markdown("คำนำ"))

    assert said(read_document(whole)) == ["คำนำ", "b", "รายการ", "c"]


STRAY: dict[str, tuple[list[NotebookNode], str]] = {
    "own display in a section of another form": (
        [official("d", "d"), code(own("ของฉัน")), code(stream("ของฉันด้วย"), tag="section:d")], "d"
    ),
    "section that no form has": (
        [code(own("ของฉัน"), tag="section:x"), markdown("ของฉันด้วย")], "x"
    ),
    "official block in a section that no form has": (
        [official("ของฉัน", "x"), official("ของฉันด้วย", "x")], "x"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "name"), STRAY.values(), ids=STRAY)
def test_what_the_form_has_no_place_for_is_named(cells: list[NotebookNode], name: str) -> None:
    """It stands last in the working edition, is left out of the publication, and is named once in both."""
    working = read_document(book(*cells, *WHOLE))
    publish = read_document(book(*cells, *WHOLE, edition="publish"))

    assert said(working) == ["b", "รายการ", "*", "c", "ของฉัน", "ของฉันด้วย"]
    assert working.remarks == (f"ส่วน {name} ไม่มีในแบบเอกสารของปีนี้ จึงพิมพ์ไว้ท้ายเอกสาร",)
    assert said(publish) == ["b", "รายการ", "c"]
    assert publish.remarks == (f"ส่วน {name} ไม่มีในแบบเอกสารของปีนี้ ฉบับเผยแพร่จึงไม่พิมพ์",)


def test_a_missing_section_is_named() -> None:
    """A section of the form without a cell in the notebook is told by name."""
    read = read_document(book(WHOLE[0], WHOLE[2]))

    assert (said(read), read.remarks) == (["รายการ", "*", "c"], ("สมุดบันทึกไม่มีเซลล์ของส่วน b",))


def test_a_section_whose_cells_show_nothing_is_not_missing() -> None:
    """A cell that has nothing to say in this case is there all the same."""
    assert read_document(book(*WHOLE[::2], code(tag="section:b", template=True))).remarks == ()


def test_without_a_checklist_it_is_told_at_the_end() -> None:
    """What is not printed is told behind the last block where the form has no checklist."""
    assert said(
        read_document(book(official("b", "b"), code(stream("!", "stderr")), sections=("a", "b")))
    ) == [
        "b",
        "*",
    ]


def test_a_notebook_of_the_previous_version_is_read_in_the_order_of_its_cells() -> None:
    """Its cover names no sections: everything stands where its cell stands, tagged or not."""
    cells = [official("c", "c"), code(own("ของฉัน"), tag="section:x"), official("b", "b")]

    assert said(read_document(book(*cells, sections=(), other_sections=()))) == ["c", "ของฉัน", "b"]


# ---------------------------------------------------------------- what is refused

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
        ((), "สมุดบันทึก", "ยังไม่ได้สั่งทำงาน"),
        ((markdown("# รายงาน"), code()), "สมุดบันทึก", "ยังไม่ได้สั่งทำงาน"),
        ((code(shown(Paragraph(text="ก"))),), "สมุดบันทึก", "ไม่มีปก"),
        ((code(shown(COVER)), code(shown(COVER))), "สมุดบันทึก", "2 ปก: เทศบาลตำบลตัวอย่าง, เทศบาลตำบลตัวอย่าง"),
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
        (
            "*เอน* **หนา** `x = 1` [ลิงก์](http://a)",
            [Paragraph(text="เอน หนา x = 1 ลิงก์", bold=((0, 3), (4, 7)))],
        ),
        ("![ภาพ](a.png) <http://a.th>", [Paragraph(text="ภาพ http://a.th")]),
        (
            "- ก\n- **ข**",
            [Paragraph(text="ก", style="bullet"), Paragraph(text="ข", style="bullet", bold=((0, 1),))],
        ),
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
