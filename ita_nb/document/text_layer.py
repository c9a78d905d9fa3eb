"""Repair of the Thai text that is copied out of, searched in and read aloud from a PDF made by Typst.

Typst (its PDF writer krilla, issues 411 and 425 there) draws a Thai tone mark above an upper vowel as a
run of its own, and says of *both* runs that they stand for the whole cluster: ``แต่งตั้ง`` is extracted
as ``แต่งตั้ตั้ง``. It also tells readers that ignore ``/ActualText`` that every glyph of a cluster means the
whole cluster. What the page shows is right; only what it says is mended here.

Words used: a *run* is the operand of one text-showing operator; a *cluster* is a consonant with its
marks; a *span* is a marked content sequence with ``/ActualText``, which replaces what its glyphs mean.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf

# Thai marks drawn above the consonant: the only ones that can be raised out of their cluster.
_MARKS_ABOVE = frozenset("\u0e31\u0e34\u0e35\u0e36\u0e37\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e4e")
_SARA_AM, _NIKHAHIT, _SARA_AA = "ำ", "ํ", "า"

_STRING = rb"\((?:\\.|[^\\()])*\)"
_TOKEN = re.compile(
    rb"/Span\s*<<\s*/ActualText\s*(?:<(?P<text>[0-9A-Fa-f]*)>|(?P<plain>" + _STRING + rb"))\s*>>\s*BDC"
    rb"|(?P<begin>\b(?:BDC|BMC)\b)"
    rb"|(?P<end>\bEMC\b)"
    rb"|/(?P<font>\w+)\s+[\d.]+\s+Tf"
    rb"|\[(?P<array>(?:" + _STRING + rb"|[^\[\]()])*)\]\s*TJ"
    rb"|(?P<single>" + _STRING + rb")\s*Tj",
    re.DOTALL,
)
_STRINGS = re.compile(_STRING, re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_GLYPH_TEXT = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>")


@dataclass
class _Font:
    """The ``/ToUnicode`` map of an embedded font, and what the pages teach about its glyphs."""

    resource: pikepdf.Object
    text_of: dict[int, str]
    learned: dict[int, set[str]] = field(default_factory=dict)


@dataclass
class _Span:
    """A span: where its hexadecimal text lies in the content stream, and what it says."""

    start: int
    end: int
    text: str


@dataclass
class _Run:
    """Glyphs shown by one operator; ``span`` is ``None`` when the font's own map speaks for them."""

    font: _Font
    glyphs: tuple[int, ...]
    span: _Span | None
    text: str


def repair(pdf: bytes) -> bytes:
    """Return ``pdf`` with every Thai cluster extracted once; tags, language and metadata are kept.

    ``pdf`` is a file as Typst writes it. Files without Thai clusters come back with the same content.
    Raises pikepdf.PdfError when ``pdf`` is not a PDF.
    """
    with pikepdf.open(io.BytesIO(pdf)) as document:
        fonts: dict[tuple[int, int], _Font] = {}
        for page in document.pages:
            _repair_page(document, page, fonts)
        for font in fonts.values():
            _rewrite_font_map(document, font)
        repaired = io.BytesIO()
        document.save(repaired, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return repaired.getvalue()


def _repair_page(document: pikepdf.Pdf, page: pikepdf.Page, fonts: dict[tuple[int, int], _Font]) -> None:
    content = page.Contents.read_bytes()
    runs = list(_runs(content, _fonts_of(page, fonts)))
    for chain in _chains(runs):
        _share_out(chain)
    for run in runs:
        _learn(run)
    mended = _with_texts(content, [run.span for run in runs if run.span is not None])
    if mended != content:
        page.Contents = document.make_stream(mended)


def _fonts_of(page: pikepdf.Page, known: dict[tuple[int, int], _Font]) -> dict[str, _Font]:
    """Return the page's fonts by resource name; a font shared between pages is one object."""
    fonts: dict[str, _Font] = {}
    for name, resource in (page.resources.get("/Font") or {}).items():
        if "/ToUnicode" in resource:
            identity = resource.ToUnicode.objgen
            if identity not in known:
                known[identity] = _Font(resource, _read_font_map(resource))
            fonts[name[1:]] = known[identity]
    return fonts


def _read_font_map(resource: pikepdf.Object) -> dict[int, str]:
    pairs = _GLYPH_TEXT.findall(resource.ToUnicode.read_bytes().partition(b"beginbfchar")[2])
    return {int(glyph, 16): _from_hex(text) for glyph, text in pairs}


def _runs(content: bytes, fonts: dict[str, _Font]) -> Iterator[_Run]:
    """Yield the runs of a content stream in drawing order, each with what a reader takes it for."""
    font: _Font | None = None
    open_marks: list[_Span | None] = []  # None: marked content that does not replace text
    for token in _TOKEN.finditer(content):
        if token["text"] is not None:
            open_marks.append(_Span(*token.span("text"), text=_from_hex(token["text"])))
        elif token["begin"] or token["plain"]:
            open_marks.append(None)
        elif token["end"]:
            if open_marks:
                open_marks.pop()
        elif token["font"]:
            font = fonts.get(token["font"].decode())
        elif font is not None:
            glyphs = _glyphs(token["array"] if token["array"] is not None else token["single"])
            span = next((mark for mark in reversed(open_marks) if mark is not None), None)
            text = span.text if span else "".join(font.text_of.get(glyph, "") for glyph in glyphs)
            yield _Run(font, glyphs, span, text)


def _glyphs(operand: bytes) -> tuple[int, ...]:
    """Return the two-byte glyph numbers in the strings of a text-showing operand."""
    shown = b"".join(_ESCAPE.sub(_unescape, literal[1:-1]) for literal in _STRINGS.findall(operand))
    return tuple(int.from_bytes(shown[i : i + 2], "big") for i in range(0, len(shown), 2))


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8) & 0xFF]) if code.isdigit() else _ESCAPED.get(code, code)


def _chains(runs: list[_Run]) -> Iterator[list[_Run]]:
    """Yield the runs that say the same cluster again: the consonant's, then one per raised mark."""
    chain: list[_Run] = []
    for run in runs:
        if chain and _repeats(run, chain[0]):
            chain.append(run)
            continue
        if len(chain) > 1:
            yield chain
        chain = [run]
    if len(chain) > 1:
        yield chain


def _repeats(run: _Run, first: _Run) -> bool:
    # Fewer glyphs than letters, the letters at the end being marks: a word that is truly written
    # twice ("มาก มาก") shows its consonant again and so has as many glyphs as letters.
    drawn = len(run.glyphs)
    return (
        run.text == first.text
        and 0 < drawn < len(run.text)
        and first.span is not None
        and _MARKS_ABOVE.issuperset(run.text[-drawn:])
    )


def _share_out(chain: list[_Run]) -> None:
    """Leave every run of a cluster its own letters: each raised run the marks it draws."""
    rest = chain[0].text
    for run in reversed(chain[1:]):
        drawn = len(run.glyphs)
        rest, run.text = rest[:-drawn], rest[-drawn:]
    chain[0].text = rest
    for run in chain:
        if run.span:
            run.span.text = run.text


def _learn(run: _Run) -> None:
    """Note what each glyph of a run means by itself, when there is a letter for each glyph."""
    letters = run.text
    if _SARA_AM in letters:
        # The font draws sara am as its two halves.
        letters = letters.replace(_SARA_AM, _NIKHAHIT + _SARA_AA)
    alone = len(run.glyphs) == 1
    if len(letters) == len(run.glyphs) or alone:
        for glyph, text in zip(run.glyphs, [letters] if alone else letters, strict=True):
            run.font.learned.setdefault(glyph, set()).add(text)


def _with_texts(content: bytes, spans: list[_Span]) -> bytes:
    """Return the content stream with the spans' present texts in it."""
    pieces: list[bytes] = []
    end = 0
    for span in {span.start: span for span in spans}.values():
        pieces += [content[end : span.start], b"FEFF" + _to_hex(span.text)]
        end = span.end
    return b"".join([*pieces, content[end:]])


def _rewrite_font_map(document: pikepdf.Pdf, font: _Font) -> None:
    """Map every glyph that was learned without contradiction to its own letter."""

    def line(match: re.Match[bytes]) -> bytes:
        texts = font.learned.get(int(match[1], 16), set())
        return b"<%s> <%s>" % (match[1], _to_hex(*texts)) if len(texts) == 1 else match[0]

    before, start, after = font.resource.ToUnicode.read_bytes().partition(b"beginbfchar")
    mended = before + start + _GLYPH_TEXT.sub(line, after)
    font.resource.ToUnicode = document.make_stream(mended)


def _from_hex(text: bytes) -> str:
    return bytes.fromhex(text.decode("ascii")).removeprefix(b"\xfe\xff").decode("utf-16-be")


def _to_hex(text: str) -> bytes:
    return text.encode("utf-16-be").hex().upper().encode("ascii")
