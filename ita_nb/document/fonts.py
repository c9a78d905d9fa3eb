"""The bundled Thai font: where it lies, and which characters it can draw."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

import fontpkg_sarabun
from fontTools.ttLib import TTFont

from ita_nb.thai import visible

FAMILY = "Sarabun"
DIRECTORY = Path(fontpkg_sarabun.__file__).parent / "files"
REGULAR = DIRECTORY / "Sarabun-Regular.ttf"
BOLD = DIRECTORY / "Sarabun-Bold.ttf"

SUBSTITUTE = "?"


@cache
def advances(*, bold: bool) -> dict[str, int]:
    """Return how far each character moves on, in 1/1000 em, without kerning: nothing for a mark."""
    with TTFont(BOLD if bold else REGULAR, lazy=True) as font:
        widths = font["hmtx"].metrics
        return {chr(code): widths[glyph][0] for code, glyph in font.getBestCmap().items()}


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide ``text`` is on one line, in the unit of ``size``."""
    known = advances(bold=bold)
    return sum(known.get(character, 1000) for character in text) * size / 1000


@cache
def _drawable() -> frozenset[str]:
    with TTFont(REGULAR, lazy=True) as regular, TTFont(BOLD, lazy=True) as bold:
        return frozenset("\n") | frozenset(map(chr, regular.getBestCmap().keys() & bold.getBestCmap().keys()))


def printable(text: str) -> str:
    """Return ``text`` with every character that the font can draw.

    Control and zero-width characters vanish, and a character without a glyph becomes ``?``: a box
    in an official document would look like an error of the reader's machine.
    """
    shown, drawable = unicodedata.normalize("NFC", visible(text)), _drawable()
    if drawable.issuperset(shown):
        return shown
    return "".join(character if character in drawable else SUBSTITUTE for character in shown)
