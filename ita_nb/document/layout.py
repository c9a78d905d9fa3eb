"""What the renderers share: runs of pages, lists, heading levels, numbered captions, the table of contents.

Each renderer says only how an item looks in its format; what stands where, and under which number, is
decided once, so that "ตารางที่ 3" is the same table on the screen, in the PDF and in Word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from ita_nb.document.blocks import (
    Block,
    Callout,
    Cover,
    Document,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Signature,
    Table,
)
from ita_nb.thai import Digits, in_digits, visible

RunKind = Literal["cover", "portrait", "landscape"]
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
    runs: list[tuple[RunKind, list[Block]]] = [("portrait", [])]
    title: Cover | None = None
    for block in document.blocks:
        if isinstance(block, PageBreak):
            runs.append((block.orientation, []))
        elif isinstance(block, Cover):
            if block.shown:
                runs += [("cover", [block]), ("portrait", [])]
            else:
                title = block
        elif is_seen(block):
            runs[-1][1].append(block)
    if title is not None:
        _put_title(title, runs)
    placed = _Placed(document.cover.digits)
    return tuple(PageRun(kind, tuple(placed.items(blocks))) for kind, blocks in runs if blocks)


def items(blocks: Iterable[Block], digits: Digits | None = None) -> Iterator[Item]:
    """Yield the blocks in order, lists gathered; captions are numbered when ``digits`` are given."""
    return _Placed(digits).items(blocks)


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
    with_parts = (n for n, run in enumerate(runs) if any(_begins_part(item.block) for item in run.items))
    return next(with_parts, 0)


def callout_title(callout: Callout) -> str:
    """Return the title with its kind in words: frames alone are nothing to those who do not see them."""
    kind = CALLOUT_KINDS[callout.kind]
    if callout.title.startswith(kind):
        return callout.title
    return ": ".join(filter(None, [kind, callout.title]))


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


def _put_title(title: Cover, runs: list[tuple[RunKind, list[Block]]]) -> None:
    """Put a title that has no page of its own above the first part of the document (a memo may precede)."""
    for _, blocks in runs:
        for place, block in enumerate(blocks):
            if _begins_part(block):
                blocks.insert(place, title)
                return
    runs[0][1].insert(0, title)


class _Placed:
    """Blocks in reading order, each given what depends on those before it."""

    def __init__(self, digits: Digits | None) -> None:
        self._digits = digits
        self._level = 0
        self._count = {"ตาราง": 0, "ภาพ": 0}

    def items(self, blocks: Iterable[Block]) -> Iterator[Item]:
        # Neighbouring bullets are one list, as a screen reader announces them.
        for is_bullet, run in groupby(blocks, lambda b: isinstance(b, Paragraph) and b.style == "bullet"):
            if is_bullet:
                yield Item(tuple(block for block in run if isinstance(block, Paragraph)))
            else:
                yield from map(self._item, run)

    def _item(self, block: Block) -> Item:
        if isinstance(block, Heading):
            # A reader who jumps from heading to heading must not miss a level.
            self._level = min(block.level, self._level + 1)
            return Item(block, level=self._level)
        if isinstance(block, Table):
            return Item(block, caption=self._numbered("ตาราง", block.caption))
        if isinstance(block, Figure):
            return Item(block, caption=self._numbered("ภาพ", block.caption))
        return Item(block)

    def _numbered(self, word: str, caption: str) -> str:
        if not caption or self._digits is None:
            return caption
        self._count[word] += 1
        return f"{word}{in_digits(f'ที่ {self._count[word]}', self._digits)} {caption}"
