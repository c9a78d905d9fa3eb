"""The sheet of paper and the type on it: what lines, Typst and Word must agree on. Lengths are in points."""

from __future__ import annotations

import base64
import io
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import fontpkg_sarabun
from fontTools.ttLib import TTFont

from ita_nb.thai import visible

RunKind = Literal["cover", "portrait", "landscape"]
CM = 72 / 2.54


@dataclass(frozen=True)
class Sheet:
    """A page of A4 and its margins."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def text_width(self) -> float:
        """What lies between the left and the right margin."""
        return self.width - self.left - self.right

    @property
    def text_height(self) -> float:
        """What lies between the upper and the lower margin."""
        return self.height - self.top - self.bottom


# Official papers leave 3 cm on the left, where they are filed, and 2 cm on the right.
_UPRIGHT = Sheet(21 * CM, 29.7 * CM, left=3 * CM, right=2 * CM, top=2.5 * CM, bottom=2.2 * CM)
# A turned page is filed at its upper edge.
_TURNED = Sheet(29.7 * CM, 21 * CM, left=2.2 * CM, right=2.2 * CM, top=2.5 * CM, bottom=2 * CM)
SHEETS: dict[RunKind, Sheet] = {"cover": _UPRIGHT, "portrait": _UPRIGHT, "landscape": _TURNED}


@dataclass(frozen=True)
class TextStyle:
    """Size, weight and the white between lines (em) of a kind of text."""

    size: float
    bold: bool = False
    leading: float = 0.16


# From the highest mark over a letter to the lowest under it, in em: lines never touch.
LINE_HEIGHT = 1.3
ASCENT = 1.068  # of it, above the foot of the letters
INDENT = 1.25 * CM  # of the first line of a paragraph
CELL_INSET = (5.0, 3.0)  # of table cells: at the sides, above and below
CALLOUT_INSET = 10.0
SIGNERS: dict[RunKind, int] = {"cover": 3, "portrait": 3, "landscape": 4}  # at most side by side
# The longest line to sign on, and the least gap between two signers.
SIGNATURE_LINE, BETWEEN_SIGNERS = 6.8 * CM, 0.6 * CM
SEAL_HEIGHT = 3 * CM
# A table's header higher than this share of a page could never be followed by a row.
TALLEST_HEADER = 1 / 3
BULLET_INDENT, BULLET_GAP = 0.6 * CM, 0.3 * CM
CONTENTS_STEP, PAGE_NUMBER_ROOM = 0.8 * CM, 1.2 * CM

# Sarabun at 12.5 pt looks as large as TH Sarabun at the official 16 pt.
BODY = TextStyle(12.5)
BODY_BOLD = TextStyle(12.5, bold=True)
LEAD = TextStyle(13.5)
SMALL = TextStyle(10.5)
CAPTION = TextStyle(11.5, bold=True)
CELL = TextStyle(10.7, leading=0.1)
HEAD_CELL = TextStyle(10.7, bold=True, leading=0.1)
# Of the page header: the first in which title and agency take two lines at most.
RUNNING = tuple(TextStyle(size, leading=0.1) for size in (9.5, 8.5, 7.5))
HEADINGS = (TextStyle(16, bold=True), TextStyle(14, bold=True), TextStyle(12.5, bold=True))
COVER_TITLE = TextStyle(20, bold=True)
COVER_AGENCY = TextStyle(17, bold=True)
COVER_PLACE = TextStyle(15)
TITLE_BLOCK = TextStyle(16, bold=True)


# ---------------------------------------------------------------- the bundled Thai font


FAMILY = "Sarabun"
DIRECTORY = Path(fontpkg_sarabun.__file__).parent / "files"
REGULAR = DIRECTORY / "Sarabun-Regular.ttf"
BOLD = DIRECTORY / "Sarabun-Bold.ttf"


@cache
def advances(*, bold: bool) -> dict[str, int]:
    """Return how far each character moves on, in 1/1000 em, without kerning: nothing for a mark."""
    with TTFont(BOLD if bold else REGULAR, lazy=True) as font:
        widths = font["hmtx"].metrics
        return {chr(code): widths[glyph][0] for code, glyph in font.getBestCmap().items()}


def width_of(text: str, style: TextStyle) -> float:
    """Return how wide ``text`` is on one line, in the unit of the style's size."""
    known = advances(bold=style.bold)
    return sum(known.get(character, 1000) for character in text) * style.size / 1000


@cache
def _drawable() -> frozenset[str]:
    return frozenset("\n") | (advances(bold=False).keys() & advances(bold=True).keys())


def printable(text: str) -> str:
    """Return ``text`` with every character that the font can draw.

    Control and zero-width characters vanish, and a character without a glyph becomes ``?``: a box
    in an official document would look like an error of the reader's machine.
    """
    shown, drawable = unicodedata.normalize("NFC", visible(text)), _drawable()
    if drawable.issuperset(shown):
        return shown
    return "".join(character if character in drawable else "?" for character in shown)


# ---------------------------------------------------------------- the font inside a page or a drawing


# One set serves nearly every document, so that a batch cuts the fonts once.
_COMMON = frozenset([*range(0x20, 0x7F), 0xA0, *range(0x0E00, 0x0E80), *map(ord, "–—‘’“”…•×±≥≤")])


_FILES = {400: REGULAR, 700: BOLD}


def webfonts(text: str) -> dict[int, str]:
    """Return the two fonts by weight, cut to the characters of a document's ``text``, as base64 WOFF."""
    characters = _COMMON.union(map(ord, set(text)))
    return {weight: _webfont(path, characters) for weight, path in _FILES.items()}


def with_fonts(svg: str) -> str:
    """Return a drawing with the fonts of its words inside, for places where it sees no other."""
    faces = "".join(
        f"@font-face{{font-family:{FAMILY};font-weight:{weight};"
        f"src:url(data:font/woff;base64,{_webfont(path, _COMMON)})}}"
        for weight, path in _FILES.items()
        if weight == 400 or f'font-weight="{weight}"' in svg
    )
    return svg.replace(">", f"><style>{faces}text{{font-family:{FAMILY}}}</style>", 1)


@lru_cache(maxsize=8)
def _webfont(path: Path, characters: frozenset[int]) -> str:
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
