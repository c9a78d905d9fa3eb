"""Blocks -> HTML: a snippet for Jupyter, and one offline page for the reader."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ita_nb.document.blocks import (
    NO_ROWS,
    Document,
    Figure,
    Heading,
    Item,
    Section,
    callout_title,
    items,
    page_runs,
)
from ita_nb.document.drawings import safe_file, safe_svg
from ita_nb.document.sheet import RunKind, webfonts, with_fonts
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


# --- items as the templates take them --------------------------------------------------------------


# A block, or a list of bullet paragraphs, and the id of a heading or figure.
_Shown = tuple[Item, str]


def _with_ids(placed: Iterable[Item], taken: Counter[str]) -> Iterator[_Shown]:
    """Yield the items in order; an id depends on content alone, so that links outlive changes elsewhere."""
    for item in placed:
        block, name = item.block, ""
        if isinstance(block, Heading | Figure):
            kind, content = (
                ("s", to_arabic_digits(block.text)) if isinstance(block, Heading) else ("f", block.svg)
            )
            name = f"{kind}-{blake2b(content.encode(), digest_size=4).hexdigest()}"
            taken[name] += 1
            name += f"-{taken[name]}" if taken[name] > 1 else ""
        yield item, name


def _index(parts: Iterable[tuple[RunKind, list[_Shown]]]) -> list[tuple[_Shown, list[_Shown]]]:
    """Return the headings of level 1, each with those of level 2 below it."""
    entries: list[tuple[_Shown, list[_Shown]]] = []
    for item, name in (shown for _, part in parts for shown in part):
        if isinstance(item.block, Heading) and item.block.level < 3:
            if item.block.level == 1 or not entries:
                entries.append(((item, name), []))
            else:
                entries[-1][1].append((item, name))
    return entries


# --- pages -----------------------------------------------------------------------------------------


def page_environment(package: str) -> Environment:
    """Return what the page templates of a package are read with: every text is escaped and made drawable."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=clean,
    )


@cache
def _environment() -> Environment:
    environment = page_environment("ita_nb.document")
    environment.filters |= {"lines": _lines, "css_string": _css_string, "callout_title": callout_title}
    environment.filters |= {
        "drawing": lambda figure, name: safe_svg(figure.svg, name, figure.alt),
        "picture": _picture_or_reason,
    }
    environment.globals["no_rows"] = NO_ROWS
    return environment


def fragment(section: Section) -> str:
    """Return a snippet that shows the section in Jupyter, light or dark, with its own small style."""
    blocks = _environment().get_template("blocks.html.j2").module
    return str(blocks.fragment(_with_ids(items(section.blocks), Counter())))  # type: ignore[attr-defined]


def render(document: Document) -> str:
    """Return the document as one HTML page that asks nothing of the network.

    Raises :class:`~ita_nb.errors.RenderError` when a figure's drawing is not SVG.
    """
    taken: Counter[str] = Counter()
    # Pages alike on paper are one part of the page on the screen.
    parts = [(run.kind, list(_with_ids(run.items, taken))) for run in page_runs(document)]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            cover=document.cover, index=_index(parts), parts=parts, fonts=webfonts(document.model_dump_json())
        )
    )


def _picture_or_reason(figure: Figure) -> Markup:
    # JupyterLab takes a drawing out of a notebook that it does not trust, and leaves a picture, in which no
    # font of a page is at hand.
    try:
        drawn = b64encode(with_fonts(safe_file(figure.svg)).encode()).decode()
    except RenderError as error:
        # Left to itself it would lose the whole section without failing the cell; render() does refuse it.
        return Markup("<pre>{}</pre>").format(error)
    return Markup('<img alt="{}" src="data:image/svg+xml;base64,{}">').format(visible(figure.alt), drawn)
