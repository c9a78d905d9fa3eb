"""The bundled font, cut down to a document's characters, as data addresses for its page or its drawings."""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from pathlib import Path

from ita_nb.document import fonts
from ita_nb.document.blocks import Document

# One set serves nearly every document, so that a batch cuts the fonts once.
COMMON = frozenset([*range(0x20, 0x7F), 0xA0, *range(0x0E00, 0x0E80), *map(ord, "–—‘’“”…•×±≥≤")])


_FILES = {400: fonts.REGULAR, 700: fonts.BOLD}


def webfonts(document: Document) -> dict[int, str]:
    """Return the two fonts by weight, cut to the document's characters, as base64 WOFF."""
    characters = COMMON.union(map(ord, set(document.model_dump_json())))
    return {weight: webfont(path, characters) for weight, path in _FILES.items()}


def with_fonts(svg: str) -> str:
    """Return a drawing with the fonts of its words inside, for places where it sees no other."""
    faces = "".join(
        f"@font-face{{font-family:{fonts.FAMILY};font-weight:{weight};"
        f"src:url(data:font/woff;base64,{webfont(path, COMMON)})}}"
        for weight, path in _FILES.items()
        if weight == 400 or f'font-weight="{weight}"' in svg
    )
    return svg.replace(">", f"><style>{faces}text{{font-family:{fonts.FAMILY}}}</style>", 1)


@lru_cache(maxsize=8)
def webfont(path: Path, characters: frozenset[int]) -> str:
    """Return a font cut to ``characters`` (code points), as base64 WOFF."""
    # The subsetter takes long to load, and a notebook cell that shows a table has no need of it.
    from fontTools.subset import Options, Subsetter, load_font, save_font

    options = Options(flavor="woff", hinting=False, notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    file = io.BytesIO()
    with load_font(str(path), options) as font:
        subsetter.subset(font)
        save_font(font, file, options)
    return base64.b64encode(file.getvalue()).decode()
