"""The text of a PDF page as its content stream shows it: runs of glyphs, and what readers take them for.

Made for the very regular files of Typst (krilla): fonts with two-byte glyph numbers, an upright
matrix before each run. A *run* is the operand of one text-showing operator; a *span* is marked content
with ``/ActualText``, which replaces what its glyphs mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import pikepdf

_PLAIN = rb"(?:\\.|[^\\()])"
# Brackets that come in pairs need no escape within a string; two letters may well be drawn as a pair.
_STRING = rb"\((?:" + _PLAIN + rb"|\((?:" + _PLAIN + rb"|\(" + _PLAIN + rb"*\))*\))*\)"
_HEX = rb"<[0-9A-Fa-f]*>"
_NUMBER = rb"[-+]?[\d.]+"
# A matrix of the page, or a whole run: its span if it has one, font, matrix, and what is shown. Every
# alternative begins with a plain character outside its group: re can then skip quickly to it.
_TOKEN = re.compile(
    rb"c(m)\b"
    rb"|/(?:(Span\s*<<\s*/ActualText\s*(?:<([0-9A-Fa-f]*)>|" + _STRING + rb")\s*>>\s*BDC)"
    rb"\s*(?:\d\s+Tr\s*)?/)?"
    rb"(\w+)\s+([\d.]+)\s+Tf\s+"
    # Typst draws downwards, and so sets text with a mirrored matrix; turned text has no place.
    rb"(?:1\s0\s0\s-1\s(" + _NUMBER + rb")\s(" + _NUMBER + rb")\s|(?:" + _NUMBER + rb"\s+){6})Tm\s*"
    rb"(?:(\[(?:" + _STRING + rb"|[^\[\]()])*\]\s*TJ)|(" + _STRING + rb"|" + _HEX + rb")\s*Tj)",
    re.DOTALL,
)
_SPAN, _ARRAY, _STRING_SHOWN = 2, 8, 9  # groups of the above
_LONGEST_MATRIX = 120  # bytes
_ELEMENT = re.compile(
    rb"(?P<string>" + _STRING + rb")|(?P<hex>" + _HEX + rb")|(?P<number>" + _NUMBER + rb")", re.DOTALL
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
GLYPH_TEXT = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>")


@dataclass
class Font:
    """An embedded font: its glyphs' texts and widths (1/1000 em), and what the pages teach of them."""

    resource: pikepdf.Object
    text_of: dict[int, str]
    width_of: dict[int, float]
    default_width: float
    learned: dict[int, set[str]] = field(default_factory=dict)
    taught: set[tuple[str, tuple[int, ...]]] = field(default_factory=set)
    _read: dict[bytes, tuple[tuple[int, ...], float, str]] = field(default_factory=dict)

    def width(self, glyph: int) -> float:
        """Return how far the glyph moves on, in 1/1000 em: nothing for a mark."""
        return self.width_of.get(glyph, self.default_width)

    def read(self, operand: bytes) -> tuple[tuple[int, ...], float, str]:
        """Return the glyphs of an operand, how far they move on (1/1000 em), and what they mean alone."""
        # The same words and spaces come again and again.
        if operand not in self._read:
            glyphs, shift = _glyphs_and_shift(operand)
            text = "".join(self.text_of.get(glyph, "") for glyph in glyphs)
            self._read[operand] = glyphs, shift + sum(map(self.width, glyphs)), text
        return self._read[operand]


@dataclass(slots=True)
class Run:
    """The glyphs shown by one operator, which lies at ``start:end`` of the content stream.

    Before it, from ``head`` on, its font and place are set up; first of all, up to ``span_end``, the marked
    content with ``/ActualText`` that holds the run is opened. There is none (``span_end`` is ``head``) when
    the font's own map says what the glyphs mean. ``x`` and ``y`` (points) are its origin, ``None`` when it
    is turned. Typst draws a text of one style and height in a ``group`` of runs. A run that is
    ``joined_to`` another is not drawn any more.
    """

    head: int
    span_end: int
    start: int
    end: int
    font: Font
    size: float
    x: float | None
    y: float | None
    group: int
    last_group: int  # of what was joined
    operand: bytes
    glyphs: tuple[int, ...]
    advance: float
    in_span: bool
    text: str
    changed: bool = False
    joined_to: Run | None = None


def fonts_of(page: pikepdf.Page, known: dict[tuple[int, int], Font]) -> dict[bytes, Font]:
    """Return the page's fonts by resource name; a font shared between pages is one object."""
    fonts: dict[bytes, Font] = {}
    for name, resource in (page.resources.get("/Font") or {}).items():
        if "/ToUnicode" in resource:
            identity = resource.ToUnicode.objgen
            if identity not in known:
                known[identity] = _read_font(resource)
            fonts[name[1:].encode()] = known[identity]
    return fonts


def _read_font(resource: pikepdf.Object) -> Font:
    # The format's own default is 1000; Typst writes 0, the width of every mark.
    default_width = float(resource.DescendantFonts[0].get("/DW", 1000))
    return Font(resource, _read_glyph_texts(resource), _read_widths(resource), default_width)


def _read_glyph_texts(resource: pikepdf.Object) -> dict[int, str]:
    pairs = GLYPH_TEXT.findall(resource.ToUnicode.read_bytes().partition(b"beginbfchar")[2])
    return {int(glyph, 16): from_hex(text) for glyph, text in pairs}


def _read_widths(resource: pikepdf.Object) -> dict[int, float]:
    """Read ``/W``: ``first [w w ...]`` and ``first last w``, one after the other."""
    entries = list(resource.DescendantFonts[0].get("/W") or [])
    widths: dict[int, float] = {}
    while entries:
        first, second = int(entries.pop(0)), entries.pop(0)
        if isinstance(second, pikepdf.Array):
            widths |= {first + i: float(width) for i, width in enumerate(second)}
        else:
            widths |= dict.fromkeys(range(first, int(second) + 1), float(entries.pop(0)))
    return widths


def runs_of(content: bytes, fonts: dict[bytes, Font]) -> Iterator[Run]:
    """Yield the runs of a content stream in drawing order."""
    group = 0
    page_origin: tuple[float, float] | None = None
    for token in _TOKEN.finditer(content):
        page_matrix, span, says, name, size, right, up, array, string = token.groups()
        if page_matrix:
            group += 1
            page_origin = _origin(content[max(0, token.start() - _LONGEST_MATRIX) : token.start()])
            continue
        font = fonts.get(name)
        if font is None:
            continue
        x = y = None
        if page_origin and right:
            x, y = page_origin[0] + float(right), page_origin[1] - float(up)
        operand = array[1:-2].rstrip()[:-1] if array else string
        glyphs, advance, text = font.read(operand)
        head, start, end = token.start(), token.start(_ARRAY if array else _STRING_SHOWN), token.end()
        span_end = head
        if span:
            span_end, text = token.end(_SPAN), from_hex(says or b"")
        points = float(size)
        advance *= points / 1000
        in_span = span is not None
        yield Run(
            head,
            span_end,
            start,
            end,
            font,
            points,
            x,
            y,
            group,
            group,
            operand,
            glyphs,
            advance,
            in_span,
            text,
        )


def _origin(before: bytes) -> tuple[float, float] | None:
    """Return where an upright matrix at the end of ``before`` puts the origin; ``None`` for any other."""
    a, b, c, d, x, y = before.split()[-6:]
    return (float(x), float(y)) if (a, b, c, d) == (b"1", b"0", b"0", b"-1") else None


def _glyphs_and_shift(operand: bytes) -> tuple[tuple[int, ...], float]:
    """Return the two-byte glyph numbers of an operand, and the sum of the shifts between (1/1000 em)."""
    shown, shift = b"", 0.0
    for element in _ELEMENT.finditer(operand):
        if element["string"]:
            shown += _ESCAPE.sub(_unescape, element["string"][1:-1])
        elif element["hex"]:
            shown += bytes.fromhex(element["hex"][1:-1].decode("ascii"))
        else:
            shift -= float(element["number"])
    return tuple(int.from_bytes(shown[i : i + 2], "big") for i in range(0, len(shown), 2)), shift


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8) & 0xFF]) if code.isdigit() else _ESCAPED.get(code, code)


@cache  # few texts, read again and again
def from_hex(text: bytes) -> str:
    """Read a hexadecimal text of a PDF (UTF-16, with or without its mark)."""
    return bytes.fromhex(text.decode("ascii")).removeprefix(b"\xfe\xff").decode("utf-16-be")


def to_hex(text: str) -> bytes:
    """Write ``text`` as hexadecimal UTF-16, without a mark."""
    return text.encode("utf-16-be").hex().upper().encode("ascii")
