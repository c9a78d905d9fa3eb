"""Drawings as PNG pictures, for formats that show no SVG everywhere; drawn by Typst, on any machine alike."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ita_nb.document.drawings import for_typst
from ita_nb.document.typesetting import typeset

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
