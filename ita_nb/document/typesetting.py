"""Typst with the bundled fonts and no others: a document must look the same on every machine."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

import typst

from ita_nb.document.drawings import for_typst
from ita_nb.document.fonts import DIRECTORY
from ita_nb.errors import RenderError


def typeset(
    source: bytes, inputs: dict[str, str], *, where: str, expected: str, todo: str, **options: Any
) -> bytes:
    """Compile ``source`` with ``inputs`` and return the file; ``options`` are those of Typst's compiler.

    Raises RenderError, which says ``where``, what was ``expected`` and what ``todo``.
    """
    try:
        # Formats with a file for each page can give a list; with one page, and PDF, they do not.
        return cast("bytes", _compiler().compile(source, sys_inputs=inputs, **options))
    except BaseException as error:
        # A panic inside Typst is no Exception, and must not end a whole batch.
        if not isinstance(error, typst.TypstError) and type(error).__name__ != "PanicException":
            raise
        found = " ".join(str(error).split())
        raise RenderError(where=where, expected=expected, found=found, todo=todo) from error


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[DIRECTORY])
    # A drawing could name files beside it; in the folder of the fonts there is nothing to be read but fonts.
    return typst.Compiler(root=DIRECTORY, font_paths=fonts)


# ---------------------------------------------------------------- drawings as PNG


PIXELS_PER_INCH = 200

_DRAWING = Path(__file__).with_name("drawing.typ")
_SHEET = b"""
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#set text(font: "Sarabun", fallback: false, kerning: false, ligatures: false)
#drawing(json(bytes(sys.inputs.drawing)))
"""


@dataclass(frozen=True)
class Raster:
    """A picture as PNG bytes, and its size in points."""

    png: bytes
    width: float
    height: float


@lru_cache(maxsize=64)  # a notebook is exported more often than its figures change
def raster(svg: str, width: float, tallest: float) -> Raster:
    """Draw ``svg`` as wide as ``width`` points, or narrower where it would be higher than ``tallest``.

    Raises RenderError when ``svg`` is not one well-formed SVG element, or Typst cannot draw it.
    """
    png = typeset(
        _DRAWING.read_bytes() + _SHEET,
        {"drawing": json.dumps(for_typst(svg, width, tallest))},
        where="แผนภาพ",
        expected="Typst วาดภาพ SVG ได้",
        todo="สร้างแผนภาพใหม่ด้วยเครื่องมือของ ita-nb แล้วสั่งสมุดบันทึกทำงานอีกครั้ง",
        format="png",
        ppi=PIXELS_PER_INCH,
    )
    # The header of a PNG begins with its width and height in pixels.
    across, down = struct.unpack(">II", png[16:24])
    drawn = min(width, tallest * across / down)
    return Raster(png, drawn, drawn * down / across)
