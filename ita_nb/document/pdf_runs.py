"""The text of a PDF page as its content stream shows it: runs of glyphs, and what readers take them for.

Made for the very regular files of Typst (krilla): fonts with two-byte glyph numbers, a matrix before
each text object (``BT`` to ``ET``), which holds a text of one style and height. Many operators show it: a new
one wherever a *span*, marked content with ``/ActualText``, replaces what glyphs mean. A *run* is what is read
together: a whole text object, or as much of it as has no wide gap.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import NamedTuple

import pikepdf

_PLAIN = rb"(?:\\.|[^\\()])"
# Brackets that come in pairs need no escape within a string; two letters may well be drawn as a pair.
_STRING = rb"\((?:" + _PLAIN + rb"|\((?:" + _PLAIN + rb"|\(" + _PLAIN + rb"*\))*\))*\)"
_HEX = rb"<[0-9A-Fa-f]*>"
_NUMBER = rb"[-+]?[\d.]+"
# No string holds the letters ET: two-byte glyph numbers never get that high.
_TEXT_OBJECT = re.compile(rb"BT\b([^E]*(?:E(?!T\b)[^E]*)*)ET")
_FONT_NAME = re.compile(rb"/(\w+)\s+[\d.]+\s+Tf\b")
# What one operator shows: its span if it has one, font, matrix, operand. Anything else but EMC is unknown.
_SHOWN = re.compile(
    rb"(?:/Span\s*<<\s*/ActualText\s*(<[0-9A-Fa-f]*>|" + _STRING + rb")\s*>>\s*BDC\s*)?"
    rb"((?:\d\s+Tr\s*)?/(\w+)\s+([\d.]+)\s+Tf)\s+"
    # Typst draws downwards, and so sets text with a mirrored matrix.
    rb"1\s0\s0\s-1\s(\S+)\s(\S+)\s+Tm\s*"
    # Nor does a string hold these operators behind its brackets.
    rb"(?:\[([^]]*(?:\](?!\s*TJ)[^]]*)*)\]\s*TJ|(\([^)]*(?:\)(?!\s*Tj)[^)]*)*\)|" + _HEX + rb")\s*Tj)"
    rb"|EMC\b|(\S)",
    re.DOTALL,
)
_LONGEST_MATRIX = 150  # bytes
_UPRIGHT = [b"1", b"0", b"0", b"-1"]
# Steps within a text, in em: larger ones are the white between columns.
SMALLEST_TRUE_STEP = 0.5
_UNSEEN = 0.01  # 1/1000 em: a shift that is none
_ELEMENT = re.compile(
    rb"(?P<string>" + _STRING + rb")|(?P<hex>" + _HEX + rb")|(?P<number>" + _NUMBER + rb")", re.DOTALL
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"} | {
    octal % code: bytes([code]) for code in range(256) for octal in (b"%o", b"%02o", b"%03o")
}
GLYPH_TEXT = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>")


class Piece(NamedTuple):
    """What one operator shows: its glyphs and what they mean, by a span of its own or by the font."""

    text: str
    glyphs: tuple[int, ...]
    in_span: bool


@dataclass(slots=True)
class Stretch:
    """Pieces of a text object with no wide gap between them; every glyph keeps its place."""

    setup: bytes  # the operators for mode, font and size
    size: float
    across: bytes  # its place in the text object, as the file writes it
    down: bytes
    operand: bytes
    advance: float  # points
    pieces: tuple[Piece, ...]
    text: str
    glyphs: tuple[int, ...]
    in_span: bool


_fields = attrgetter(*Stretch.__slots__)


@dataclass
class Font:
    """An embedded font: its glyphs' texts and widths (1/1000 em), and what the pages teach of them."""

    resource: pikepdf.Object
    text_of: dict[int, str]
    width_of: Mapping[int, float]  # nothing for a mark
    learned: dict[int, set[str]] = field(default_factory=dict)
    seen: set[Piece] = field(default_factory=set)
    stretches: dict[bytes, tuple[Stretch, ...]] = field(default_factory=dict)  # by text object
    _read: dict[tuple[bytes, bytes], tuple[Piece, float]] = field(default_factory=dict)

    def read(self, says: bytes, operand: bytes) -> tuple[Piece, float]:
        """Return what an operand shows, perhaps in a span that ``says`` it, and its width (1/1000 em)."""
        # The same words and spaces come again and again.
        known = self._read.get((says, operand))
        if known is None:
            glyphs, shift = _glyphs_and_shift(operand)
            text = _spelt(says) if says else "".join(self.text_of.get(glyph, "") for glyph in glyphs)
            known = Piece(text, glyphs, bool(says)), shift + sum(map(self.width_of.__getitem__, glyphs))
            self._read[says, operand] = known
        return known


@dataclass(slots=True, kw_only=True)
class Run(Stretch):
    """A stretch at its place on the page; its text object holds ``start:end`` of the content stream.

    ``x`` and ``y`` (points) are its origin, along and across the way that it is turned (``turn``). ``group``
    counts the matrices. A run that is ``joined_to`` another is not drawn any more; in that other all but
    ``pieces`` says so.
    """

    start: int
    end: int
    font: Font
    turn: tuple[bytes, ...]
    x: float
    y: float
    group: int
    last_group: int  # of what was joined
    last: Piece
    changed: bool
    joined_to: Run | None = None

    def written(self) -> bytes:
        """Return the operators that show the run, in a span of its own where it needs one."""
        shown = b"%s 1 0 0 -1 %s %s Tm[%s]TJ" % (self.setup, self.across, self.down, self.operand)
        if not self.in_span:
            return b" " + shown
        return b"/Span<</ActualText<FEFF%s>>>BDC %s\nEMC" % (to_hex(self.text), shown)


def fonts_of(page: pikepdf.Page, known: dict[tuple[int, int], Font]) -> dict[bytes, Font]:
    """Return the page's fonts by resource name; a font shared between pages is one object."""
    fonts: dict[bytes, Font] = {}
    for name, resource in (page.resources.get("/Font") or {}).items():
        if "/ToUnicode" in resource:
            identity = resource.ToUnicode.objgen
            if identity not in known:
                pairs = GLYPH_TEXT.findall(resource.ToUnicode.read_bytes().partition(b"beginbfchar")[2])
                texts = {int(glyph, 16): from_hex(text) for glyph, text in pairs}
                known[identity] = Font(resource, texts, _read_widths(resource.DescendantFonts[0]))
            fonts[name[1:].encode()] = known[identity]
    return fonts


def _read_widths(font: pikepdf.Object) -> Mapping[int, float]:
    """Read ``/W``: ``first [w w ...]`` and ``first last w``, one after the other."""
    entries = list(font.get("/W") or [])
    # The format's own default is 1000; Typst writes 0, the width of every mark.
    widths: defaultdict[int, float] = defaultdict(partial(float, font.get("/DW", 1000)))
    while entries:
        first, second = int(entries.pop(0)), entries.pop(0)
        if isinstance(second, pikepdf.Array):
            widths |= {first + i: float(width) for i, width in enumerate(second)}
        else:
            widths |= dict.fromkeys(range(first, int(second) + 1), float(entries.pop(0)))
    return widths


def runs_of(content: bytes, fonts: dict[bytes, Font]) -> Iterator[Run]:
    """Yield the runs of a content stream in drawing order."""
    group = done = 0
    for text_object in _TEXT_OBJECT.finditer(content):
        start, end = text_object.span(1)
        group += content.count(b"cm", done, start)
        body = text_object[1]
        name = _FONT_NAME.search(body)
        font = fonts.get(name[1]) if name else None
        if name and font:
            if body not in font.stretches:
                font.stretches[body] = _stretches(body, name[1], font)
            turn, x, y = _origin(content, done, start)
            for stretch in font.stretches[body]:
                yield Run(
                    *_fields(stretch),
                    start=start,
                    end=end,
                    font=font,
                    turn=turn,
                    x=x + float(stretch.across),
                    y=y - float(stretch.down),
                    group=group,
                    last_group=group,
                    last=stretch.pieces[-1],
                    changed=len(stretch.pieces) > 1,
                )
        done = end


def _origin(content: bytes, start: int, end: int) -> tuple[tuple[bytes, ...], float, float]:
    """Return how the last matrix before a text object turns it, and where it puts its origin."""
    end = content.rfind(b"cm", start, end)
    *turn, x, y = content[max(start, end - _LONGEST_MATRIX) : end].split()[-6:]
    right, down = float(x), float(y)
    if turn != _UPRIGHT:
        a, b, c, d = map(float, turn)
        right, down = right * a + down * b, -(right * c + down * d)
    return tuple(turn), right, down


def _stretches(body: bytes, name: bytes, font: Font) -> tuple[Stretch, ...]:
    """Read the text object of one font; none when it holds anything unknown, and so must be left alone."""
    found: list[Stretch] = []
    operands: list[bytes] = []
    pieces: list[Piece] = []
    begun: tuple[bytes, bytes, bytes, bytes] | None = None
    begin = end = size = 0.0
    for says, setup, own_name, points, across, down, array, string, unknown in _SHOWN.findall(body):
        if not setup and not unknown:
            continue  # the end of a span
        if own_name != name:
            return ()
        operand, x = array or string, float(across)
        step = x - end
        if begun is None or setup != begun[0] or down != begun[3] or abs(step) > SMALLEST_TRUE_STEP * size:
            if begun:
                found.append(_stretch(begun, operands, pieces, end - begin))
            begun, operands, pieces = (setup, points, across, down), [], []
            begin, size = x, float(points)
        else:
            operands.append(shift_to(step, size))
        piece, width = font.read(says, operand)
        operands.append(operand)
        pieces.append(piece)
        end = x + width * size / 1000
    if begun:
        found.append(_stretch(begun, operands, pieces, end - begin))
    return tuple(found)


def _stretch(
    begun: tuple[bytes, bytes, bytes, bytes], operands: list[bytes], pieces: list[Piece], advance: float
) -> Stretch:
    setup, size, across, down = begun
    return Stretch(
        setup,
        float(size),
        across,
        down,
        b"".join(operands),
        advance,
        tuple(pieces),
        "".join([piece.text for piece in pieces]),
        tuple([glyph for piece in pieces for glyph in piece.glyphs]),
        any(piece.in_span for piece in pieces),
    )


def shift_to(step: float, size: float) -> bytes:
    """Return what stands between two strings of an operand to move on by ``step`` points."""
    shift = -step / size * 1000
    return b" %.2f " % shift if abs(shift) >= _UNSEEN else b""


def _spelt(says: bytes) -> str:
    """Read the operand of ``/ActualText``."""
    if says.startswith(b"<"):
        return from_hex(says[1:-1])
    return _ESCAPE.sub(_unescape, says[1:-1]).decode("latin-1")


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
    return _ESCAPED.get(match[1], match[1])


def from_hex(text: bytes) -> str:
    """Read a hexadecimal text of a PDF (UTF-16, with or without its mark)."""
    return bytes.fromhex(text.decode("ascii")).removeprefix(b"\xfe\xff").decode("utf-16-be")


def to_hex(text: str) -> bytes:
    """Write ``text`` as hexadecimal UTF-16, without a mark."""
    return text.encode("utf-16-be").hex().upper().encode("ascii")
