"""An executed notebook -> the document it holds: blocks from the outputs, prose from Markdown cells."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import mistune
from nbformat import NotebookNode
from pydantic import ValidationError

from ita_nb.document.blocks import (
    MIME,
    Block,
    Callout,
    Column,
    Cover,
    Document,
    Figure,
    Heading,
    Paragraph,
    Row,
    Section,
    Table,
    captions,
)
from ita_nb.errors import RenderError
from ita_nb.thai import nearest, number_text

# What these cells show is for the person at the notebook, not for the document's reader.
UNPRINTED = frozenset({"guide", "explore"})
# The tag of a cell that begins or continues a section of the document; cells without one follow it.
_SECTION = "section:"
# Cells that came with the program have ids of this kind; a cell that a person adds has one of Jupyter's.
TEMPLATE_ID = "ita-"
# The section after which a working edition says what of the notebook it does not print.
CHECKLIST = "checklist"
MOST_LETTERS = 1_000_000  # of what a cell prints
_OUR_KINDS = "application/vnd.ita-nb."
_REFERENCE = re.compile(r"\[\[([^\W\d][\w-]*)\]\]")
_NUMPY = re.compile(r"^np\.\w+\((.*)\)$")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # differs in every run
# How the last line of a cell that draws comes out beside its drawing.
_ARTISTS = ("<", "[<", "(<", "Text(", "array([<", "array([[<")
# Papermill leaves two such cells in a notebook whose run failed, and removes them in the next run.
_FAILURE_TAG = "papermill-error-cell-tag"
_RUN_AGAIN = "เปิดสมุดบันทึก แก้สาเหตุของข้อผิดพลาด แล้วสั่งทำงานใหม่ทั้งเล่มตั้งแต่ต้น"

_Placed = tuple[Block, bool]  # whether a person made it in a cell
_Token = dict[str, Any]
# Without a renderer mistune returns its tokens, not text.
_PARSER = mistune.create_markdown(renderer=None, plugins=["table"])


@dataclass(frozen=True)
class _Piece:
    """What one output or Markdown cell gives to the document, and the section that it belongs to.

    ``template``: of a cell that came with the program, by its id; ``cell`` is its number.
    """

    cell: int
    section: str
    template: bool
    content: Section

    def named(self, what: str) -> str:
        return f"เซลล์ที่ {self.cell}: {what}"


def read_document(notebook: NotebookNode) -> Document:
    """Return the document of an executed notebook: its cover, then its sections as the form orders them.

    Without sections in the cover, what cells display stands in the order of the cells. What a cell displays
    and no document can print is named in ``remarks``; so is what the form of the year has no place for, which
    stands last in a working edition. Raises :class:`~ita_nb.errors.RenderError` when a cell failed, a payload
    is not made of blocks, no output holds blocks at all, there is not exactly one cover, a reference leads
    nowhere, or a publication holds a figure without words.
    """
    _refuse_failures(notebook)
    pieces = list(_pieces(notebook))
    cover = _only_cover(
        [block for piece in pieces if not piece.content.shown for block in piece.content.blocks]
    )
    printed, remarks = _arranged(pieces, cover)
    remarks += [piece.named(what) for piece in pieces for what in piece.content.left_out]
    placed: list[_Placed] = [(cover, False)]
    end_of_checklist = 0
    for piece in printed:
        for block in piece.content.blocks:
            is_own = piece.content.shown
            if isinstance(block, Figure) and not block.alt.strip():
                remarks.append(piece.named(_without_words(cover, piece, block)))
                block, is_own = block.model_copy(update={"alt": block.caption or "แผนภาพ"}), True
            if not isinstance(block, Cover):
                placed.append((block, is_own))
        end_of_checklist = len(placed) if piece.section == CHECKLIST else end_of_checklist
    placed = _referred(cover, placed)
    blocks = [block for block, _ in placed]
    if remarks and cover.edition == "working":
        title = f"ในสมุดบันทึกมี {len(remarks)} รายการที่ควรตรวจดู: ไม่ได้พิมพ์ พิมพ์ไว้นอกแบบ หรือไม่มีข้อความแทนภาพ"
        told = Callout(kind="caution", title=title, lines=tuple(remarks))
        blocks.insert(end_of_checklist or len(blocks), told)
    whole = Section(blocks=tuple(blocks)).in_digits(cover.digits).blocks
    own = tuple(block for block, is_own in placed if is_own)
    return Document(cover=cast("Cover", whole[0]), blocks=whole, remarks=tuple(remarks), own=own)


def _pieces(notebook: NotebookNode) -> Iterator[_Piece]:
    section = ""
    for number, cell in enumerate(notebook.cells, start=1):
        tags = _tags(cell)
        section = next((tag.removeprefix(_SECTION) for tag in tags if tag.startswith(_SECTION)), section)
        if UNPRINTED & set(tags):
            continue
        own = prose(cell.source) if cell.cell_type == "markdown" else ()
        found = _displayed(cell, number) if cell.cell_type == "code" else [Section(blocks=own, shown=True)]
        for content in [*found] or [Section(blocks=())]:  # the section of a silent cell is not missing
            yield _Piece(number, section, str(cell.get("id", "")).startswith(TEMPLATE_ID), content)


# ---------------------------------------------------------------- what stands where


def _arranged(pieces: Sequence[_Piece], cover: Cover) -> tuple[list[_Piece], list[str]]:
    """Return the pieces as the form orders their sections, and what is to be said of the others."""
    if not cover.sections:
        return list(pieces), []
    there = {piece.section for piece in pieces}
    printed = [p for name in ("", *cover.sections) for p in pieces if p.section == name]
    others = [
        p
        for p in pieces
        if p.section not in {"", *cover.sections}
        and p.content.blocks
        # What is official may stand in a section that only other forms of the document have.
        and (p.section not in cover.other_sections or (p.content.shown and not p.template))
    ]
    is_published = cover.edition == "publish"
    told = "ฉบับเผยแพร่จึงไม่พิมพ์" if is_published else "จึงพิมพ์ไว้ท้ายเอกสาร"
    remarks = [f"สมุดบันทึกไม่มีเซลล์ของส่วน {name}" for name in cover.sections if name not in there]
    remarks += [f"ส่วน {name} ไม่มีในแบบเอกสารของปีนี้ {told}" for name in dict.fromkeys(p.section for p in others)]
    return printed if is_published else [*printed, *others], remarks


def _without_words(cover: Cover, piece: _Piece, figure: Figure) -> str:
    """Say that a figure has no alternative text. Raises RenderError in a publication."""
    named = f"แผนภาพ {figure.caption}".strip() + " "
    if cover.edition == "publish" and not cover.draft:
        raise _refused(
            f"{named}มีข้อความแทนภาพ ตามที่ฉบับเผยแพร่ต้องมี",
            "ไม่มี",
            'ระบุด้วย show(..., alt="ข้อความที่บอกว่าภาพแสดงอะไร") แล้วสั่งทำงานใหม่',
            piece.cell,
        )
    return f"{named}ไม่มีข้อความแทนภาพ (alt)"


def _referred(cover: Cover, placed: Sequence[_Placed]) -> list[_Placed]:
    """Put numbers in place of ``[[name]]`` in what people wrote.

    Raises RenderError for a name that leads nowhere, or that two things have.
    """
    own = [block for block, is_own in placed if is_own]
    names = [block.name for block, _ in placed if isinstance(block, Table | Figure) and block.name]
    asked = set(_REFERENCE.findall(" ".join(block.model_dump_json(exclude={"svg"}) for block in own)))
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise _refused(f'ชื่อ (name) ไม่ซ้ำกัน แต่ "{doubled[0]}" ใช้มากกว่าหนึ่งครั้ง', doubled[0], "ตั้งชื่อใหม่ให้ต่างกัน")
    numbers = captions(Document(cover=cover, blocks=tuple(block for block, _ in placed))) if asked else {}
    for name in sorted(asked - numbers.keys()):
        near = nearest(name, numbers, 0.0)
        known = ", ".join(numbers) or "ไม่มีตารางหรือภาพที่มีทั้งชื่อและคำบรรยาย"
        raise _refused(
            f"ชื่อของตารางหรือภาพที่มีคำบรรยาย: {known}", f"[[{name}]]", f"ใช้ [[{near}]]" if near else "ลบออก"
        )

    def numbered(text: str) -> str:
        return _REFERENCE.sub(lambda found: numbers[found[1]], text)

    return [(b.mapped(numbered) if asked and is_own else b, is_own) for b, is_own in placed]


def _refused(expected: str, found: str, todo: str, cell: int = 0) -> RenderError:
    where = f"สมุดบันทึก เซลล์ที่ {cell}" if cell else "สมุดบันทึก"
    return RenderError(where=where, expected=expected, found=found, todo=todo)


# ---------------------------------------------------------------- what a cell displays


def _displayed(cell: NotebookNode, number: int) -> Iterator[Section]:
    """Yield what a code cell gives to the document, output by output."""
    sections = [_of_output(output, number) for output in cell.outputs]
    has_picture = any(isinstance(block, Figure) for s in sections if s for block in s.blocks)
    for output, content in zip(cell.outputs, sections, strict=True):
        if content is not None:
            yield content
        elif not has_picture or not _is_artist(output):
            yield Section(blocks=(), shown=True, left_out=(_kind_of(output),))


def _of_output(output: NotebookNode, number: int) -> Section | None:
    """Return what a document prints of an output, ``None`` where it can print nothing."""
    if output.output_type == "stream":
        text = "".join(output.text)
        if output.name != "stdout" or len(text) > MOST_LETTERS:
            return None
        printed = Paragraph(text=_without_surrogates(text).strip("\n"))
        return Section(blocks=(printed,) if printed.text else (), shown=True)
    data = output.get("data", {})
    if MIME in data:
        return _section(data[MIME], number)
    if any(kind.startswith(_OUR_KINDS) for kind in data):  # what programs read
        return Section(blocks=())
    if "text/markdown" in data:
        return Section(blocks=prose("".join(data["text/markdown"])), shown=True)
    if {*data} == {"text/plain"}:
        return _bare("".join(data["text/plain"]))
    return None if data else Section(blocks=())


def _bare(text: str) -> Section | None:
    """Return the last value of a cell as a paragraph: a text or a number; nothing for what is no value."""
    plain = _NUMPY.sub(r"\1", text)
    try:
        value = ast.literal_eval(plain)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    if type(value) not in {str, int, float} or len(text) > MOST_LETTERS:
        return None
    said = number_text(value) if isinstance(value, float) else str(value)
    return Section(blocks=(Paragraph(text=_without_surrogates(said)),), shown=True)


def _is_artist(output: NotebookNode) -> bool:
    """Say whether an output only names what a drawing is made of, beside the drawing itself."""
    plain = "".join(output.get("data", {}).get("text/plain", ""))
    return plain.startswith(_ARTISTS) and {*output.get("data", {})} == {"text/plain"}


def _kind_of(output: NotebookNode) -> str:
    """Name an output that no document can print."""
    if output.output_type == "stream":
        if output.name == "stdout":
            return f"ข้อความจาก print ยาว {len(''.join(output.text))} ตัวอักษร (พิมพ์ได้ไม่เกิน {MOST_LETTERS})"
        return f"ข้อความเตือน (stderr) {' '.join(''.join(output.text).split())[:120]}"
    kinds = [kind for kind in output.data if kind not in {"text/plain", "text/html"}] or list(output.data)
    plain = _ADDRESS.sub("", " ".join("".join(output.data.get("text/plain", "")).split()))
    return f"ผลลัพธ์ชนิด {kinds[0]} {plain[:60]}".strip()


def prose(markdown: str) -> tuple[Block, ...]:
    """Return the headings, paragraphs, lists and tables of a Markdown text as blocks of plain text.

    Emphasis of any kind is bold in paragraphs; elsewhere it, code and links are reduced to their text. HTML
    is plain text, and a heading deeper than level 3 becomes level 3.
    """
    return tuple(_blocks(cast("list[_Token]", _PARSER.parse(_without_surrogates(markdown))[0])))


def _without_surrogates(text: str) -> str:
    """Take out what can stand in a notebook's JSON, but in no text that is to be written out."""
    return text.encode("utf-8", "ignore").decode("utf-8")


def _tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def _refuse_failures(notebook: NotebookNode) -> None:
    cells = [*enumerate(notebook.cells, start=1)]
    failures = [
        (number, f"{output.ename}: {output.evalue}")
        for number, cell in cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    # Papermill's traces stand above the error itself, which says more.
    failures += [
        (number, "ร่องรอยของการทำงานที่หยุดกลางคัน (papermill)")
        for number, cell in cells
        if cell.metadata.get("papermill", {}).get("exception") is True or _FAILURE_TAG in _tags(cell)
    ]
    for number, found in failures:
        raise _refused("ทุกเซลล์ทำงานสำเร็จ", found, _RUN_AGAIN, number)


def _section(payload: object, number: int) -> Section:
    try:
        return Section.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "blocks"
        raise _refused(
            f"เนื้อหาชนิด {MIME} ที่ ita-nb รุ่นนี้รู้จัก",
            f"{place}: {first['msg']}",
            "สั่งสมุดบันทึกทำงานใหม่ด้วย ita-nb รุ่นที่ใช้ส่งออก",
            number,
        ) from None


def _only_cover(displayed: list[Block]) -> Cover:
    covers = [block for block in displayed if isinstance(block, Cover)]
    if len(covers) == 1:
        return covers[0]
    many = f"{len(covers)} ปก: {', '.join(cover.agency for cover in covers)}"
    expected, found = "ปกหนึ่งปก", many if covers else "ไม่มีปก"
    if not displayed:
        expected = "ผลลัพธ์ของ ita-nb ในเซลล์ของสมุดบันทึก"
        found = "ไม่มีเลย สมุดบันทึกยังไม่ได้สั่งทำงาน หรือไม่ใช่รายงานของ ita-nb"
    raise _refused(expected, found, "เปิดสมุดบันทึกรายงานของ ita-nb สั่งทำงานทั้งเล่มตั้งแต่ต้น แล้วส่งออกใหม่")


def _blocks(tokens: Iterable[_Token]) -> Iterator[Block]:
    for token in tokens:
        match token["type"]:
            case "heading":
                level = cast("Literal[1, 2, 3]", min(token["attrs"]["level"], 3))
                text = _text(token).strip()
                yield from [Heading(level=level, text=text)] if text else []
            case "paragraph" | "block_text" | "block_code" | "block_html":
                yield from _paragraph([(piece, bold) for piece, bold in _stretches(token)])
            case "list":
                yield from _list_items(token)
            case "table":
                yield _table(token)
            case "block_quote":
                yield from _blocks(token["children"])


def _paragraph(
    stretches: Iterable[tuple[str, bool]], style: Literal["body", "bullet"] = "body"
) -> Iterator[Paragraph]:
    """Yield one paragraph of stretches of text, each with whether it is bold; none where nothing is said."""
    text, bold = "", list[tuple[int, int]]()
    for piece, is_bold in stretches:
        piece = piece if text else piece.lstrip()
        if is_bold and piece:
            bold.append((len(text), len(text) + len(piece)))
        text += piece
    text = text.rstrip()
    if text:
        yield Paragraph(text=text, style=style, bold=tuple(pair for pair in bold if pair[1] <= len(text)))


def _text(token: _Token) -> str:
    return "".join(piece for piece, _ in _stretches(token))


def _stretches(token: _Token, *, bold: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield the text of a token piece by piece, each with whether it is emphasised."""
    match token["type"]:
        case "text":
            yield html.unescape(token["raw"]), bold
        case "softbreak":
            yield " ", bold
        case "linebreak":
            yield "\n", bold
        case _ if "raw" in token:
            yield str(token["raw"]), bold
        case kind:
            for child in token.get("children", []):
                yield from _stretches(child, bold=bold or kind in {"strong", "emphasis"})


def _list_items(token: _Token) -> Iterator[Block]:
    """Flatten a list: each item is a paragraph, a numbered one keeps its number in its text."""
    ordered = token["attrs"]["ordered"]
    for number, item in enumerate(token["children"], start=token["attrs"].get("start", 1)):
        own = [child for child in item["children"] if child["type"] not in {"list", "table"}]
        blocks = [Paragraph(text=b.text) if isinstance(b, Heading) else b for b in _blocks(own)]
        said = [block.stretches for block in blocks if isinstance(block, Paragraph)]
        lines = [piece for n, found in enumerate(said) for piece in ([("\n", False)] if n else []) + found]
        if lines:
            mark = [(f"{number}. ", False)] if ordered else []
            yield from _paragraph([*mark, *lines], "body" if ordered else "bullet")
        yield from _blocks(child for child in item["children"] if child["type"] in {"list", "table"})


def _table(token: _Token) -> Table:
    head, *bodies = token["children"]
    columns = [
        Column(heading=_text(cell), align=cell["attrs"]["align"] or "left") for cell in head["children"]
    ]
    rows = [Row(cells=tuple(map(_text, row["children"]))) for body in bodies for row in body["children"]]
    return Table(columns=tuple(columns), rows=tuple(rows))
