"""An executed notebook -> the document it holds: blocks from the outputs, prose from Markdown cells."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Literal, cast

import mistune
from nbformat import NotebookNode
from pydantic import ValidationError

from ita_nb.document.blocks import (
    MIME,
    Align,
    Block,
    Column,
    Cover,
    Document,
    Heading,
    Paragraph,
    Row,
    Section,
    Table,
)
from ita_nb.errors import RenderError

# A Markdown cell with this tag speaks to whoever works in the notebook, not to the document's reader.
GUIDE_TAG = "guide"
# Papermill leaves two such cells in a notebook whose run failed, and removes them in the next run.
_FAILURE_TAG = "papermill-error-cell-tag"
_RUN_AGAIN = "เปิดสมุดงาน แก้สาเหตุของข้อผิดพลาด แล้วสั่งทำงานใหม่ทั้งเล่มตั้งแต่ต้น"

_Token = dict[str, Any]


def read_document(notebook: NotebookNode) -> Document:
    """Return the document of an executed notebook, its cover first and the rest in cell order.

    Raises :class:`~ita_nb.errors.RenderError` when a cell failed, a payload is not made of blocks,
    no output holds blocks at all, or there is not exactly one cover.
    """
    _refuse_failures(notebook)
    displayed: list[Block] = []
    everything: list[Block | str] = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code":
            blocks = [block for payload in _payloads(cell) for block in _section(payload, number).blocks]
            displayed += blocks
            everything += blocks
        elif cell.cell_type == "markdown" and GUIDE_TAG not in _tags(cell):
            everything.append(cell.source)
    cover = _only_cover(displayed)
    rest: list[Block] = []
    for entry in everything:
        # Prose is written in the notebook, before anyone has chosen the digits of the document.
        rest += (
            Section(blocks=prose(entry)).in_digits(cover.digits).blocks if isinstance(entry, str) else [entry]
        )
    return Document(cover=cover, blocks=(cover, *(block for block in rest if not isinstance(block, Cover))))


def prose(markdown: str) -> tuple[Block, ...]:
    """Return the headings, paragraphs, lists and tables of a Markdown text as blocks of plain text.

    Emphasis, code and links are reduced to their text, HTML is plain text, and a heading deeper than
    level 3 becomes level 3.
    """
    # A lone surrogate can stand in a notebook's JSON, but in no text that is to be written out.
    text = markdown.encode("utf-8", "ignore").decode("utf-8")
    # Without a renderer mistune returns its tokens, not text.
    return tuple(_blocks(cast("list[_Token]", _parser().parse(text)[0])))


def _tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def _refuse_failures(notebook: NotebookNode) -> None:
    failures: dict[int, str] = {}
    traces: dict[int, str] = {}
    for number, cell in enumerate(notebook.cells, start=1):
        errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
        if errors:
            failures[number] = f"{errors[0].ename}: {errors[0].evalue}"
        if cell.metadata.get("papermill", {}).get("exception") is True or _FAILURE_TAG in _tags(cell):
            traces[number] = "ร่องรอยของการทำงานที่หยุดกลางคัน (papermill)"
    # Papermill's traces stand above the error itself, which says more.
    for number, found in (failures or traces).items():
        raise RenderError(where=_where(number), expected="ทุกเซลล์ทำงานสำเร็จ", found=found, todo=_RUN_AGAIN)


def _payloads(cell: NotebookNode) -> Iterator[Any]:
    for output in cell.outputs:
        if output.output_type in {"display_data", "execute_result"} and MIME in output.data:
            yield output.data[MIME]


def _section(payload: object, number: int) -> Section:
    try:
        return Section.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "blocks"
        found = f"{place}: {first['msg']}"
    raise RenderError(
        where=_where(number),
        expected=f"เนื้อหาชนิด {MIME} ที่ ita-nb รุ่นนี้รู้จัก",
        found=found,
        todo="สั่งสมุดงานทำงานใหม่ด้วย ita-nb รุ่นที่ใช้ส่งออก",
    )


def _only_cover(displayed: list[Block]) -> Cover:
    covers = [block for block in displayed if isinstance(block, Cover)]
    if len(covers) == 1:
        return covers[0]
    expected, found = "ปกหนึ่งปก", f"{len(covers)} ปก: {', '.join(cover.agency for cover in covers)}"
    if not covers:
        found = "ไม่มีปก"
    if not displayed:
        expected = "ผลลัพธ์ของ ita-nb ในเซลล์ของสมุดงาน"
        found = "ไม่มีเลย สมุดงานยังไม่ได้สั่งทำงาน หรือไม่ใช่รายงานของ ita-nb"
    todo = "เปิดสมุดงานรายงานของ ita-nb สั่งทำงานทั้งเล่มตั้งแต่ต้น แล้วส่งออกใหม่"
    raise RenderError(where="สมุดงาน", expected=expected, found=found, todo=todo)


def _where(number: int) -> str:
    return f"สมุดงาน เซลล์ที่ {number}"


@cache
def _parser() -> mistune.Markdown:
    return mistune.create_markdown(renderer=None, plugins=["table"])


def _blocks(tokens: Iterable[_Token]) -> Iterator[Block]:
    for token in tokens:
        match token["type"]:
            case "heading":
                level = cast("Literal[1, 2, 3]", min(token["attrs"]["level"], 3))
                yield from (Heading(level=level, text=text) for text in _texts(token))
            case "paragraph" | "block_text" | "block_code" | "block_html":
                yield from (Paragraph(text=text) for text in _texts(token))
            case "list":
                yield from _list_items(token)
            case "table":
                yield _table(token)
            case "block_quote":
                yield from _blocks(token["children"])


def _texts(token: _Token) -> list[str]:
    """Return the token's text in a list, which is empty when there is nothing to read."""
    text = _text(token).strip()
    return [text] if text else []


def _text(token: _Token) -> str:
    match token["type"]:
        case "text":
            return html.unescape(token["raw"])
        case "softbreak":
            return " "
        case "linebreak":
            return "\n"
    return str(token["raw"]) if "raw" in token else "".join(map(_text, token.get("children", [])))


def _list_items(token: _Token) -> Iterator[Block]:
    """Flatten a list: each item is a paragraph, a numbered one keeps its number in its text."""
    ordered = token["attrs"]["ordered"]
    for number, item in enumerate(token["children"], start=token["attrs"].get("start", 1)):
        own = [child for child in item["children"] if child["type"] not in {"list", "table"}]
        text = "\n".join(block.text for block in _blocks(own) if isinstance(block, Paragraph | Heading))
        if text:
            yield Paragraph(text=f"{number}. {text}") if ordered else Paragraph(text=text, style="bullet")
        yield from _blocks(child for child in item["children"] if child["type"] in {"list", "table"})


def _table(token: _Token) -> Table:
    head, *bodies = token["children"]
    aligns = [cast("Align", cell["attrs"]["align"] or "left") for cell in head["children"]]
    columns = [
        Column(heading=_text(cell), align=align) for cell, align in zip(head["children"], aligns, strict=True)
    ]
    rows = [Row(cells=tuple(map(_text, row["children"]))) for body in bodies for row in body["children"]]
    return Table(columns=tuple(columns), rows=tuple(rows))
