"""The blocks a document is made of: immutable values that know nothing of HTML, PDF or Word.

Exhibits return a :class:`Section`. In Jupyter a section shows itself as HTML and carries its content
as JSON under :data:`MIME`; the renderers read that JSON out of the executed notebook and nothing
else. All text is plain text: it never holds markup. ``\\n`` in a cell or a paragraph starts a new line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ita_nb.document.drawings import words_changed
from ita_nb.document.sheet import RunKind
from ita_nb.thai import Digits, in_digits, visible

MIME = "application/vnd.ita-nb.blocks+json"

Align = Literal["left", "center", "right"]
# Fields whose text is not for reading: identifiers, pictures and the digit style itself.
_NOT_TEXT = frozenset(
    {"type", "style", "kind", "align", "orientation", "png", "agency_id", "digits", "edition"}
    | {"name", "sections", "other_sections"}
)


class _Value(BaseModel):
    """An immutable value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def mapped(self, change: Callable[[str], str]) -> Self:
        """Return the same with every text of it changed."""
        return type(self).model_validate(_map_text(self.model_dump(), change))


class Heading(_Value):
    """A heading of level 1 (part of the document), 2 (section) or 3."""

    type: Literal["heading"] = "heading"
    level: Literal[1, 2, 3]
    text: str


class Paragraph(_Value):
    """A paragraph; ``label`` is a bold lead-in such as ``สาเหตุ``, ``bold`` says where else it is bold.

    Each pair is a first character of ``text`` and the one behind the last; pairs follow one another.
    """

    type: Literal["paragraph"] = "paragraph"
    text: str
    label: str = ""
    style: Literal["body", "lead", "bullet", "small"] = "body"
    bold: tuple[tuple[int, int], ...] = ()

    @property
    def stretches(self) -> list[tuple[str, bool]]:
        """The text in stretches of one weight, each with whether it is bold; without the label."""
        ends = [0, *(end for pair in self.bold for end in pair), len(self.text)]
        cut = [(self.text[a:b], bool(n % 2)) for n, (a, b) in enumerate(pairwise(ends))]
        return [(text, is_bold) for text, is_bold in cut if text]


class Column(_Value):
    """A table column; ``width`` is its share of the table's width, relative to the other columns."""

    heading: str
    width: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    align: Align = "left"


class Row(_Value):
    """A table row. A ``group`` row has one cell, which spans the table; a ``total`` row is strong."""

    cells: tuple[str, ...]
    kind: Literal["body", "group", "total"] = "body"


class Table(_Value):
    """A table. Its header row is repeated on every page; rows are kept whole where they fit."""

    type: Literal["table"] = "table"
    columns: tuple[Column, ...] = Field(min_length=1)
    rows: tuple[Row, ...]
    caption: str = ""
    notes: tuple[str, ...] = ()
    name: str = ""

    @model_validator(mode="after")
    def _rows_fit_columns(self) -> Table:
        for number, row in enumerate(self.rows, start=1):
            expected = 1 if row.kind == "group" else len(self.columns)
            if len(row.cells) != expected:
                raise ValueError(
                    f"row {number} of table {self.caption!r} has {len(row.cells)} cells, expected {expected}"
                )
        return self


class Figure(_Value):
    """A drawing: SVG, its words as text; the same in words (``alt``), and the data behind it.

    A publication must have the words.

    ``caption`` is the takeaway: what the drawing shows, in one sentence. It stands above the drawing.
    ``[[name]]`` in other texts becomes its number, as that of a table does.
    """

    type: Literal["figure"] = "figure"
    svg: str
    alt: str
    caption: str = ""
    name: str = ""
    data: Table | None = None
    width: float = Field(default=1.0, gt=0, le=1)


class Callout(_Value):
    """A framed remark."""

    type: Literal["callout"] = "callout"
    kind: Literal["note", "caution", "draft", "error"]
    title: str
    lines: tuple[str, ...] = ()


class PageBreak(_Value):
    """A new page; what follows is laid out in ``orientation`` until the next page break."""

    type: Literal["page_break"] = "page_break"
    orientation: Literal["portrait", "landscape"] = "portrait"


class Seal(_Value):
    """The agency's emblem: a PNG picture as base64 text, and the same in words."""

    png: str = Field(pattern=r"^[A-Za-z0-9+/]+=*$")
    alt: str = Field(min_length=1)


class Cover(_Value):
    """The cover page, and what every page must know: whose document, of which year, in which edition.

    ``draft`` puts a watermark on every page. ``fiscal_year`` is the Buddhist year that names the document.
    Without ``shown`` the title stands at the top of the first page instead of on a page of its own.
    Without a ``seal`` the room for it stays free. ``sections`` are the names of the document's sections in
    their order, ``other_sections`` those that other forms of the document have.
    """

    type: Literal["cover"] = "cover"
    title: tuple[str, ...]
    agency: str
    place: str = ""
    agency_id: str
    fiscal_year: int
    running_title: str
    digits: Digits
    edition: Literal["working", "publish"]
    draft: bool = False
    shown: bool = True
    seal: Seal | None = None
    sections: tuple[str, ...] = ()
    other_sections: tuple[str, ...] = ()


class Signature(_Value):
    """Signature blocks, side by side: each signer is the lines under the dotted line."""

    type: Literal["signature"] = "signature"
    signers: tuple[tuple[str, ...], ...]


Block = Annotated[
    Heading | Paragraph | Table | Figure | Callout | PageBreak | Cover | Signature,
    Field(discriminator="type"),
]


class Section(_Value):
    """Blocks in reading order: what an exhibit returns and a notebook cell displays.

    ``shown``: displayed by a cell, no exhibit of the program. ``left_out`` names what cannot be printed.
    """

    blocks: tuple[Block, ...]
    shown: bool = False
    left_out: tuple[str, ...] = ()

    def __add__(self, other: Section) -> Section:
        """Return the blocks of both, in order."""
        return Section(blocks=self.blocks + other.blocks)

    def in_digits(self, digits: Digits) -> Section:
        """Return the section with every number of its text in ``digits``."""
        return self.mapped(partial(in_digits, digits=digits))

    def __repr__(self) -> str:
        """Name the section; its content would fill a third of a notebook a second time."""
        return f"<Section of {len(self.blocks)} blocks>"

    __str__ = __repr__

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Show as HTML in Jupyter, and carry the content for the renderers; both are always wanted."""
        from ita_nb.document.html import fragment

        return {"text/html": fragment(self), MIME: self.model_dump(mode="json")}


class Document(_Value):
    """A whole document as the renderers take it: its cover and its blocks, the cover among them.

    ``remarks`` say what of the notebook is not in it, ``own_words`` are the blocks that people made in cells.
    """

    cover: Cover
    blocks: tuple[Block, ...]
    remarks: tuple[str, ...] = ()
    own: tuple[Block, ...] = ()


def _map_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {
            key: part
            if key in _NOT_TEXT
            else words_changed(part, change)
            if key == "svg"
            else _map_text(part, change)
            for key, part in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_map_text(v, change) for v in value]
    return change(value) if isinstance(value, str) else value


# ---------------------------------------------------------------- what stands where
#
# Decided once for all renderers, so that "ตารางที่ 3" is the same table on the screen, in the PDF and in Word.
# Each renderer says only how an item looks in its format.


CONTENTS_TITLE = "สารบัญ"
NO_ROWS = "ไม่มีรายการ"  # what an empty table says
# Lines of a list are indented under their text: "1. ", "(๒) ", "- ".
LIST_MARK = re.compile(r"\s*((?:\(?[0-9๐-๙]{1,2}(?:\.[0-9๐-๙]{1,2})*[.)]|[-–•])\s+)(?=\S)")
CALLOUT_KINDS = {"note": "หมายเหตุ", "caution": "ข้อควรระวัง", "draft": "ร่าง", "error": "ข้อผิดพลาด"}

# Documents with fewer headings are looked through faster than their table of contents is read.
_HEADINGS_OF_A_LONG_DOCUMENT = 12


@dataclass(frozen=True)
class Item:
    """A block, or a list of bullet paragraphs, with what its place in the document adds to it.

    ``level`` is a heading's level without gaps (1 first, never two steps down at once); ``caption`` is
    the whole caption of a table or figure, with its number.
    """

    block: Block | tuple[Paragraph, ...]
    level: int = 0
    caption: str = ""


@dataclass(frozen=True)
class PageRun:
    """Pages alike; the run begins on a new page."""

    kind: RunKind
    items: tuple[Item, ...]


def page_runs(document: Document) -> tuple[PageRun, ...]:
    """Part a document into its runs of pages. What cannot be seen makes no page."""
    blocks = [block for block in document.blocks if is_seen(block)]
    for title in [block for block in blocks if isinstance(block, Cover) and not block.shown]:
        # It has no page of its own: it stands above the first part of the document (a memo may precede).
        blocks.remove(title)
        blocks.insert(next((place for place, block in enumerate(blocks) if _begins_part(block)), 0), title)
    runs: list[tuple[RunKind, list[Item]]] = [("portrait", [])]
    for item in items(blocks, document.cover.digits):
        match item.block:
            case PageBreak(orientation=orientation):
                runs.append((orientation, []))
            case Cover(shown=True):
                runs += [("cover", [item]), ("portrait", [])]
            case _:
                runs[-1][1].append(item)
    return tuple(PageRun(kind, tuple(placed)) for kind, placed in runs if placed)


def items(blocks: Iterable[Block], digits: Digits | None = None) -> Iterator[Item]:
    """Yield the blocks in order, lists gathered; captions are numbered when ``digits`` are given."""
    level, count = 0, Counter[str]()
    # Neighbouring bullets are one list, as a screen reader announces them.
    for is_bullet, run in groupby(blocks, lambda b: isinstance(b, Paragraph) and b.style == "bullet"):
        if is_bullet:
            yield Item(tuple(block for block in run if isinstance(block, Paragraph)))
            continue
        for block in run:
            caption = block.caption if isinstance(block, Table | Figure) else ""
            if isinstance(block, Heading):
                # A reader who jumps from heading to heading must not miss a level.
                level = min(block.level, level + 1)
            elif caption and digits is not None:
                word = "ตาราง" if isinstance(block, Table) else "ภาพ"
                count[word] += 1
                caption = f"{word}{in_digits(f'ที่ {count[word]}', digits)} {caption}"
            yield Item(block, level if isinstance(block, Heading) else 0, caption)


def captions(document: Document) -> dict[str, str]:
    """Return under which number each named table and figure stands: name -> ``ตารางที่ 3``."""
    return {
        item.block.name: " ".join(item.caption.split()[:2])
        for run in page_runs(document)
        for item in run.items
        if isinstance(item.block, Table | Figure) and item.block.name and item.caption
    }


def contents(runs: Sequence[PageRun]) -> tuple[Item, ...]:
    """Return the headings of levels 1 and 2 from the first part on; none where the document is short.

    A document without a page for its title is meant to be short.
    """
    if not any(run.kind == "cover" for run in runs):
        return ()
    headings = [item for run in runs for item in run.items if isinstance(item.block, Heading)]
    first = next((n for n, item in enumerate(headings) if _begins_part(item.block)), 0)
    listed = tuple(item for item in headings[first:] if item.level < 3)
    return listed if len(listed) >= _HEADINGS_OF_A_LONG_DOCUMENT else ()


def contents_run(runs: Sequence[PageRun]) -> int:
    """Return the number of the run before which the contents stand: that of the first part."""
    return next((n for n, run in enumerate(runs) if any(_begins_part(i.block) for i in run.items)), 0)


def callout_title(callout: Callout) -> str:
    """Return the title with its kind in words: frames alone are nothing to those who do not see them."""
    kind, title = CALLOUT_KINDS[callout.kind], callout.title
    return title if title.startswith(kind) else ": ".join(filter(None, [kind, title]))


def is_seen(block: Block) -> bool:
    """Say whether anything of the block can be seen."""
    match block:
        case Heading():
            return bool(visible(block.text).strip())
        case Paragraph():
            return bool(visible(block.label + block.text).strip())
        case Signature():
            return bool(block.signers)
        case _:
            return True


def _begins_part(block: object) -> bool:
    return isinstance(block, Heading) and block.level == 1
