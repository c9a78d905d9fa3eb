"""A matplotlib figure as a small drawing whose words stay words, in the bundled Thai font.

Words are measured by their letters' own widths, as Typst and browsers set them: no glyph is loaded, and a
figure looks the same whatever font its maker had.
"""

from __future__ import annotations

import cmath
import io
import math
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import matplotlib
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, weight_dict

from ita_nb.document import sheet
from ita_nb.document.sheet import TextStyle, width_of

_PIXELS_PER_INCH = 144  # of pictures within a drawing
_BOLD_FROM = 600  # of the weights 100 to 900
# How SVG says where words are held, and at which share of their width; the first it takes for granted.
_ANCHORS = {"left": ("", 0.0), "center": ("middle", 0.5), "right": ("end", 1.0)}
# Words may stand so far outside the sheet, in sheets: the drawing grows. What is further off is left out.
_FURTHEST = 1.0
# Marks of matplotlib's own mathematics, which the ticks of logarithmic axes are written in.
_MATHEMATICS = re.compile(r"\$?\\mathdefault|[{}]|\$$")
# Links would take their shapes with them where no link may be.
_NEEDLESS = re.compile(r"</?a\b[^>]*>|(?<=>)\s+(?=<|$)")
_PLACES = re.compile(r' (?:d|x|y|width|height)="[^"]*"')
_NEEDLESS_DECIMALS = re.compile(r"(\.\d\d)\d+")


@cache
def prepare() -> None:
    """Let matplotlib draw with the bundled Thai font, for this process; again it does nothing."""
    for path in (sheet.REGULAR, sheet.BOLD):
        fontManager.addfont(path)
    matplotlib.rcParams.update(
        {
            "font.family": sheet.FAMILY,
            # A sign of money is no mathematics, and a minus is the hyphen that documents write.
            "text.parse_math": False,
            "axes.unicode_minus": False,
        }
    )


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG, in points, with each line of its words as a ``<text>`` element.

    Every figure will do, of any size and resolution; it is as before afterwards. Words that reach over its
    edge widen the drawing. Equal figures give the same bytes.
    """
    canvas, dpi = figure.canvas, figure.dpi
    try:
        # A point is a pixel, and whatever lays the figure out measures words as they will be drawn.
        _Canvas(figure)
        figure.dpi = 72
        with matplotlib.rc_context({"svg.hashsalt": sheet.FAMILY}):
            renderer = _Renderer(figure)
            figure.draw(renderer)
        return renderer.svg()
    finally:
        figure.dpi = dpi
        figure.set_canvas(canvas)


class _Canvas(FigureCanvasBase):
    def get_renderer(self) -> _Renderer:
        return _Renderer(self.figure)


class _Renderer(RendererSVG):
    """Draws as matplotlib does, but for the words and for names that nothing refers to."""

    def __init__(self, figure: Figure) -> None:
        self._out = io.StringIO()
        # left, top, right and bottom of sheet and words
        self._edges = (0.0, 0.0, figure.bbox.width, figure.bbox.height)
        unsaid = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        super().__init__(*self._edges[2:], self._out, "", _PIXELS_PER_INCH, metadata=unsaid)  # type: ignore[no-untyped-call]

    def svg(self) -> str:
        """Return what was drawn; nothing can be drawn any more."""
        self.finalize()  # type: ignore[no-untyped-call]
        written = self._out.getvalue()
        written = _NEEDLESS.sub("", written[written.index("<svg") :])
        written = _PLACES.sub(lambda places: _NEEDLESS_DECIMALS.sub(r"\1", places[0]), written)
        left, top, right, bottom = self._edges
        box = " ".join(f"{side:g}" for side in (left, top, right - left, bottom - top))
        return re.sub(' width=.*? viewBox="[^"]*"', f' viewBox="{box}"', written, count=1)

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Draw without groups: they would only name the parts of the figure."""

    def close_group(self, s: str) -> None:
        """Close nothing."""

    def get_text_width_height_descent(
        self,
        s: str,
        prop: FontProperties,
        ismath: object,  # noqa: ARG002 matplotlib's own
    ) -> tuple[float, float, float]:
        """Return width, height and depth of one line of words, in points."""
        size = prop.get_size_in_points()
        height = size * sheet.LINE_HEIGHT
        return width_of(_shown(s), _style(prop)), height, height - size * sheet.ASCENT

    def _get_font_height_metrics(self, prop: FontProperties) -> tuple[float, float, float]:
        # matplotlib asks the renderer first, and else reads them from the font, once a text.
        size = prop.get_size_in_points()
        return size * sheet.ASCENT, size * (sheet.LINE_HEIGHT - sheet.ASCENT), 0.0

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: object = False,  # noqa: ARG002, FBT002 matplotlib's own
        mtext: Any = None,
    ) -> None:
        """Write a line of words whose foot begins at ``x`` and ``y``, turned by ``angle`` degrees."""
        text, style = _shown(s), _style(prop)
        width = width_of(text, style)
        # On the plane of complex numbers, downwards: where the foot begins, and the way that the words run.
        foot, way = complex(x, y), cmath.rect(1, -math.radians(angle))
        if not text.strip() or not self._takes(foot + way * width / 2, gc.get_clip_rectangle()):
            return
        over, under = style.size * sheet.ASCENT, style.size * (sheet.LINE_HEIGHT - sheet.ASCENT)
        self._widen([foot + way * complex(along, side) for along in (0, width) for side in (-over, under)])
        anchor, share = _ANCHORS["center" if angle else mtext.get_ha() if mtext else "left"]
        at = foot + way * width * share
        color = gc.get_rgb()
        alpha = gc.get_alpha() if gc.get_forced_alpha() else color[3]
        self.writer.element(
            "text",
            text,
            {
                "x": f"{at.real:.2f}",
                "y": f"{at.imag:.2f}",
                "font-size": f"{style.size:g}",
                "font-weight": "700" if style.bold else "",
                "fill": to_hex(color),
                "opacity": f"{alpha:g}" if alpha != 1 else "",
                "text-anchor": anchor,
                "transform": f"rotate({-angle:g} {at.real:.2f} {at.imag:.2f})" if angle else "",
            },
        )

    def _takes(self, middle: complex, clip: Any) -> bool:
        """Whether words are to be written: their middle is not cut off, and not far from the sheet."""
        x, y = middle.real, self.height - middle.imag
        near = all(-_FURTHEST <= share <= 1 + _FURTHEST for share in (x / self.width, y / self.height))
        return near and (clip is None or clip.contains(x, y))

    def _widen(self, corners: Sequence[complex]) -> None:
        left, top, right, bottom = self._edges
        across, down = [corner.real for corner in corners], [corner.imag for corner in corners]
        self._edges = min(left, *across), min(top, *down), max(right, *across), max(bottom, *down)


def _shown(text: str) -> str:
    if r"\mathdefault" in text:
        text = _MATHEMATICS.sub("", text).replace(r"\times", "×")
    return sheet.printable(text.replace("\N{MINUS SIGN}", "-"))


def _style(prop: FontProperties) -> TextStyle:
    weight = prop.get_weight()
    heavy = weight_dict[weight] if isinstance(weight, str) else weight
    return TextStyle(prop.get_size_in_points(), bold=heavy >= _BOLD_FROM)
