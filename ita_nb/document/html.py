"""Blocks -> HTML: a snippet for Jupyter, and one offline page for the reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ita_nb.document.blocks import (
    Block,
    Cover,
    Document,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Section,
)
from ita_nb.document.svg import safe_svg
from ita_nb.document.webfonts import webfonts
from ita_nb.errors import RenderError
from ita_nb.thai import to_arabic_digits, visible

# --- text ------------------------------------------------------------------------------------------


def clean(value: object) -> object:
    """Return text without what cannot be seen; other values, and finished markup, as they are."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _lines(text: str) -> Markup:
    return Markup("<br>").join(str(clean(text)).split("\n"))


def _css_string(text: str) -> Markup:
    """Write text as a CSS string of escapes only: it can end neither the string nor the style."""
    return Markup('"{}"').format("".join(f"\\{ord(c):x} " for c in str(clean(text))))


# --- items: blocks as the templates take them ------------------------------------------------------


@dataclass(frozen=True)
class _Item:
    """A block, or a run of bullet paragraphs, and what its place in the document adds to it."""

    kind: str
    block: Any
    id: str = ""
    tag: str = ""
    drawing: str = ""


class _Ids:
    """Gives ids that depend on content alone, so that links outlive changes elsewhere."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, prefix: str, content: str) -> str:
        stem = f"{prefix}-{blake2b(content.encode(), digest_size=4).hexdigest()}"
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name)
        return name


def _is_bullet(block: Block) -> bool:
    return isinstance(block, Paragraph) and block.style == "bullet"


def _items(blocks: Iterable[Block], draw: Callable[[Figure, str], Markup]) -> Iterator[_Item]:
    """Yield the blocks in order; ``draw`` takes a figure and its id, and returns the drawing."""
    ids = _Ids()
    rank = 1  # of the h1, which is the cover's title
    for bullets, run in groupby(blocks, key=_is_bullet):
        if bullets:
            yield _Item("bullets", tuple(run))
            continue
        for block in run:
            if isinstance(block, Heading):
                # A reader who jumps from heading to heading must not miss a level.
                rank = min(block.level + 1, rank + 1)
                yield _Item("heading", block, ids.new("s", to_arabic_digits(block.text)), f"h{rank}")
            elif isinstance(block, Figure):
                name = ids.new("f", block.svg)
                yield _Item("figure", block, name, drawing=draw(block, name))
            else:
                yield _Item(block.type, block)


@dataclass(frozen=True)
class _Part:
    """What lies between two page breaks."""

    orientation: str
    items: list[_Item]


def _parts(items: Iterable[_Item]) -> list[_Part]:
    parts = [_Part("portrait", [])]
    for item in items:
        if isinstance(item.block, PageBreak):
            parts.append(_Part(item.block.orientation, []))
        elif not isinstance(item.block, Cover):
            parts[-1].items.append(item)
    return [part for part in parts if part.items]


def _index(items: Iterable[_Item]) -> list[tuple[_Item, list[_Item]]]:
    """Return the headings of level 1, each with those of level 2 below it."""
    entries: list[tuple[_Item, list[_Item]]] = []
    for item in items:
        if isinstance(item.block, Heading) and item.block.level < 3:
            if item.block.level == 1 or not entries:
                entries.append((item, []))
            else:
                entries[-1][1].append(item)
    return entries


# --- pages -----------------------------------------------------------------------------------------


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ita_nb.document"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=clean,
    )
    environment.filters |= {"lines": _lines, "css_string": _css_string}
    return environment


def fragment(section: Section) -> str:
    """Return a snippet that shows the section in Jupyter, light or dark, with its own small style."""
    blocks = _environment().get_template("blocks.html.j2").module
    return str(blocks.fragment(_items(section.blocks, _drawing_or_reason)))  # type: ignore[attr-defined]


def render(document: Document) -> str:
    """Return the document as one HTML page that asks nothing of the network.

    Raises :class:`~ita_nb.errors.RenderError` when a figure's drawing is not SVG.
    """
    items = list(_items(document.blocks, _drawing))
    return (
        _environment()
        .get_template("report.html.j2")
        .render(cover=document.cover, index=_index(items), parts=_parts(items), fonts=webfonts(document))
    )


def _drawing(figure: Figure, name: str) -> Markup:
    return safe_svg(figure.svg, name, figure.alt)


def _drawing_or_reason(figure: Figure, name: str) -> Markup:
    # An error here would lose the whole section without failing the cell; render() does refuse it.
    try:
        return _drawing(figure, name)
    except RenderError as error:
        return Markup("<pre>{}</pre>").format(error)
