"""The text of a PDF page as its content stream shows it: runs of glyphs, and what readers take them for.

Made for the very regular files of Typst (krilla): fonts with two-byte glyph numbers, literal strings, an
upright matrix before each run. A *run* is the operand of one text-showing operator; a *span* is marked
content with ``/ActualText``, which replaces what its glyphs mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import pikepdf

_STRING = rb"\((?:\\.|[^\\()])*\)"
_NUMBER = rb"[-+]?[\d.]+"
# Every alternative begins with a plain character outside its group: re can then skip quickly to it.
_TOKEN = re.compile(
    rb"/(?P<span>Span\s*<<\s*/ActualText\s*(?:<(?P<hex>[0-9A-Fa-f]*)>|" + _STRING + rb")\s*>>\s*BDC)"
    rb"|B(?P<begin>DC|MC)\b"
    rb"|E(?P<end>MC)\b"
    rb"|c(?P<page_matrix>m)\b"
    rb"|T(?P<text_matrix>m)\b"
    rb"|/(?P<font>\w+)\s+(?P<size>[\d.]+)\s+Tf"
    rb"|\[(?P<array>(?:" + _STRING + rb"|[^\[\]()])*)\]\s*TJ"
    rb"|\((?P<string>(?:\\.|[^\\()])*)\)\s*Tj",
    re.DOTALL,
)
_LONGEST_MATRIX = 120  # bytes
_ELEMENT = re.compile(rb"(?P<string>" + _STRING + rb")|(?P<number>" + _NUMBER + rb")", re.DOTALL)
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

    def width(self, glyph: int) -> float:
        """Return how far the glyph moves on, in 1/1000 em: nothing for a mark."""
        return self.width_of.get(glyph, self.default_width)


@dataclass
class Span:
    """Marked content with ``/ActualText``: where its opening operator lies, and what it says.

    Typst writes one run into each.
    """

    start: int
    end: int
    text: str


@dataclass
class Run:
    """The glyphs shown by one operator, which lies at ``start:end`` of the content stream.

    ``x`` and ``y`` (points) are its origin, ``None`` when it is turned. Typst draws a text of one style
    and height in a ``group`` of runs. ``span`` is ``None`` when the font's own map says what the glyphs
    mean. A run that is ``joined_to`` another is not drawn any more.
    """

    start: int
    end: int
    font: Font
    size: float
    x: float | None
    y: float | None
    group: int
    operand: bytes
    glyphs: tuple[int, ...]
    advance: float
    span: Span | None
    text: str
    in_span: bool = field(init=False)
    last_group: int = field(init=False)
    changed: bool = False
    joined_to: Run | None = None

    def __post_init__(self) -> None:
        """Begin as written: what is joined later may bring a span and another group."""
        self.in_span, self.last_group = self.span is not None, self.group


@dataclass
class _State:
    """What a content stream has set up when it comes to a run."""

    font: Font | None = None
    size: float = 0
    group: int = 0
    page_origin: tuple[float, float] | None = None
    text_origin: tuple[float, float] | None = None
    marks: list[Span | None] = field(default_factory=list)


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
    state = _State()
    for token in _TOKEN.finditer(content):
        if token["span"]:
            state.marks.append(Span(*token.span(), text=from_hex(token["hex"] or b"")))
        elif token["begin"]:
            state.marks.append(None)
        elif token["end"]:
            state.marks = state.marks[:-1]
        elif token["page_matrix"]:
            state.group += 1
            state.page_origin = _origin(content, token.start())
        elif token["text_matrix"]:
            state.text_origin = _origin(content, token.start())
        elif token["font"]:
            state.font, state.size = fonts.get(token["font"]), float(token["size"])
        elif state.font is not None:
            yield _run(token, state, state.font)


def _origin(content: bytes, end: int) -> tuple[float, float] | None:
    """Return where the upright matrix before ``end`` puts the origin; ``None`` when it turns or scales.

    Typst draws downwards, and so sets text with a mirrored matrix.
    """
    a, b, c, d, x, y = content[max(0, end - _LONGEST_MATRIX) : end].split()[-6:]
    return (float(x), float(y)) if (a, b, c, d) == (b"1", b"0", b"0", b"-1") else None


def _run(token: re.Match[bytes], state: _State, font: Font) -> Run:
    operand = token["array"] if token["array"] is not None else b"(" + token["string"] + b")"
    glyphs, shift = _glyphs_and_shift(operand)
    span = next((mark for mark in reversed(state.marks) if mark), None)
    text = span.text if span else "".join(font.text_of.get(glyph, "") for glyph in glyphs)
    advance = (shift + sum(map(font.width, glyphs))) * state.size / 1000
    x = y = None
    if state.page_origin and state.text_origin:
        x = state.page_origin[0] + state.text_origin[0]
        y = state.page_origin[1] - state.text_origin[1]
    return Run(*token.span(), font, state.size, x, y, state.group, operand, glyphs, advance, span, text)


@lru_cache(maxsize=10_000)  # the same words and spaces come again and again
def _glyphs_and_shift(operand: bytes) -> tuple[tuple[int, ...], float]:
    """Return the two-byte glyph numbers of an operand, and the sum of the shifts between (1/1000 em)."""
    shown, shift = b"", 0.0
    for element in _ELEMENT.finditer(operand):
        if element["string"]:
            shown += _ESCAPE.sub(_unescape, element["string"][1:-1])
        else:
            shift -= float(element["number"])
    return tuple(int.from_bytes(shown[i : i + 2], "big") for i in range(0, len(shown), 2)), shift


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8) & 0xFF]) if code.isdigit() else _ESCAPED.get(code, code)


def from_hex(text: bytes) -> str:
    """Read a hexadecimal text of a PDF (UTF-16, with or without its mark)."""
    return bytes.fromhex(text.decode("ascii")).removeprefix(b"\xfe\xff").decode("utf-16-be")


def to_hex(text: str) -> bytes:
    """Write ``text`` as hexadecimal UTF-16, without a mark."""
    return text.encode("utf-16-be").hex().upper().encode("ascii")
