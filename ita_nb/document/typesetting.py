"""Typst with the bundled fonts and no others, and the repair of the text of a PDF that it made.

Thai is copied, searched for and read aloud wrongly in four ways (the PDF writer is krilla; issues 411 and
425 there):

* A tone mark over an upper vowel is drawn as a run of its own, up to 5 % of the text size lower than the
  consonant's, and *both* runs say the whole cluster: ``แต่งตั้ง`` is extracted as ``แต่งตั้ตั้ง``, in large type
  with line ends around the mark. Cure: the mark joins the consonant's run, where it stands that much
  higher; nobody sees the difference.
* A space drawn alone paints nothing, and pdfium (Chrome, Edge) ignores it and guesses from the gap:
  ``ผู้ ที่`` becomes ``ผู้ที่``, ``พ.ศ. ๒๕๖๘`` ``พ.ศ.๒๕๖๘``. Cure: the space joins the run before it.
* A word is drawn in many runs, and pdfium guesses what lies between them: a mark set back over its
  consonant leaves a gap that it takes for a space (``ปื่น``, ``ปื่ น``), and on pages of tables it takes single
  letters for lines written downwards. Cure: the runs of a word become one, and no letter stays alone.
* To readers that ignore ``/ActualText`` every glyph of a cluster means the whole cluster. Cure: each
  glyph is mapped to its own letter.

The file also gets its language here: Typst is told another one (``report.typ`` says why).

A *cluster* is a consonant with its marks; *run* and *span* are explained in :mod:`ita_nb.document.pdf_runs`.
"""

from __future__ import annotations

import io
import json
import re
import struct
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, cast

import pikepdf
import typst

from ita_nb.document.drawings import for_typst
from ita_nb.document.pdf_runs import (
    GLYPH_TEXT,
    SMALLEST_TRUE_STEP,
    Font,
    Run,
    fonts_of,
    runs_of,
    shift_to,
    to_hex,
)
from ita_nb.document.sheet import DIRECTORY
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


# ---------------------------------------------------------------- text layer


# Thai marks drawn above the consonant, written as numbers because they are unreadable alone:
# mai han akat, sara i to sara uee, mai taikhu to yamakkan.
_MARKS_ABOVE = frozenset(map(chr, [0x0E31, *range(0x0E34, 0x0E38), *range(0x0E47, 0x0E4F)]))
_SARA_AM, _NIKHAHIT, _SARA_AA = "\u0e33", "\u0e4d", "\u0e32"
# The largest shift that may be dropped, in em. Only impossible clusters (mai taikhu over a vowel) are
# shifted further; they keep their place, and only their text is mended.
_NEGLIGIBLE_SHIFT = 0.06
# No reader takes a smaller step from one run to the next for a space, in em.
_LARGEST_UNSEEN_STEP = 0.05
_LANGUAGE = "th-TH"
# Half the time of the usual level for files 4 % larger.
pikepdf.settings.set_flate_compression_level(5)


def repair(pdf: bytes) -> bytes:
    """Return ``pdf`` with every Thai cluster extracted once and no space lost, and Thai as its language.

    ``pdf`` is a file as Typst writes it, in one language. Tags and metadata are kept, and the same file
    gives the same bytes. Raises pikepdf.PdfError when ``pdf`` is not a PDF.
    """
    with pikepdf.open(io.BytesIO(pdf)) as document:
        fonts: dict[tuple[int, int], Font] = {}
        for page in document.pages:
            _repair_page(page, fonts)
        for font in fonts.values():
            _learn(font)
            _rewrite_glyph_texts(font)
        _name_language(document)
        repaired = io.BytesIO()
        document.save(repaired, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return repaired.getvalue()


def _name_language(document: pikepdf.Pdf) -> None:
    said, metadata = str(document.Root.Lang), document.Root.Metadata
    document.Root.Lang = pikepdf.String(_LANGUAGE)
    before, language, after = metadata.read_bytes().partition(b"<dc:language>")
    after = after.replace(f">{said}<".encode(), f">{_LANGUAGE}<".encode(), 1)
    metadata.write(before + language + after)


def _repair_page(page: pikepdf.Page, fonts: dict[tuple[int, int], Font]) -> None:
    content = page.Contents.read_bytes()
    runs = list(runs_of(content, fonts_of(page, fonts)))
    for chain in _chains(runs):
        _mend_cluster(chain)
    drawn = [run for run in runs if not run.joined_to]
    for run in drawn:
        run.font.seen.add(run.last)
    _keep_words(drawn)
    mended = _rewritten(content, runs)
    if mended != content:
        page.Contents.write(mended)


def _chains(runs: list[Run]) -> list[list[Run]]:
    """Return the runs that say one cluster together: the consonant's, then one per raised mark."""
    chains: list[list[Run]] = []
    for run in runs:
        if chains and _repeats(run, chains[-1][0]):
            chains[-1].append(run)
        else:
            chains.append([run])
    return [chain for chain in chains if len(chain) > 1]


def _repeats(run: Run, first: Run) -> bool:
    # Fewer glyphs than letters, and the letters at the end are marks: a syllable that is truly
    # written twice shows its consonant again, and so has as many glyphs as letters.
    drawn = len(run.glyphs)
    return (
        first.last.in_span
        and run.text == first.last.text
        and 0 < drawn < len(run.text)
        and _MARKS_ABOVE.issuperset(run.text[-drawn:])
    )


def _mend_cluster(chain: list[Run]) -> None:
    first, *raised = chain
    if all(_can_join(first, run) for run in raised):
        for run in raised:
            _join(first, run)
            first.last = first.last._replace(glyphs=first.last.glyphs + run.glyphs)
        # The rest of the word, drawn at the consonant's height again, is the next group.
        first.last_group += 1
        return
    cluster = rest = first.last.text
    for run in reversed(raised):
        drawn = len(run.glyphs)
        rest, own = rest[:-drawn], rest[-drawn:]
        run.last = run.last._replace(text=own)
        _say(run, own)
    first.last = first.last._replace(text=rest)
    _say(first, first.text.removesuffix(cluster) + rest)


def _can_join(first: Run, run: Run) -> bool:
    is_alike = first.turn == run.turn and first.font is run.font and first.size == run.size
    return is_alike and abs(first.y - run.y) <= _NEGLIGIBLE_SHIFT * first.size


def _join(first: Run, run: Run) -> None:
    """Draw the glyphs of ``run`` at the end of ``first``, where they stand now from left to right."""
    step = _step(first, run)
    first.operand += shift_to(step, first.size) + run.operand
    first.glyphs += run.glyphs
    first.advance += run.advance + step
    first.in_span = first.in_span or run.in_span
    first.last_group = run.last_group
    first.changed, run.joined_to = True, first


def _step(first: Run, run: Run) -> float:
    """Return the distance from the end of ``first`` to ``run``, in points."""
    return run.x - first.x - first.advance


def _keep_words(drawn: list[Run]) -> None:
    """Join the runs of each word, and what a reader would lose or set apart."""
    for run, after in pairwise(drawn):
        # What was joined stands in the run before it.
        before = run.joined_to or run
        if _can_join(before, after) and _belong_together(before, after):
            text = before.text + after.text
            _join(before, after)
            _say(before, text)


def _belong_together(run: Run, after: Run) -> bool:
    step = abs(_step(run, after)) / run.size
    if step > SMALLEST_TRUE_STEP:
        return False
    same_word = after.group == run.last_group
    # A space alone is one of them.
    lone_glyph = 1 in {len(run.glyphs), len(after.pieces[0].glyphs)}
    after_mark_set_back = run.font.width_of[run.glyphs[-1]] == 0 and step > _LARGEST_UNSEEN_STEP
    return same_word or lone_glyph or after_mark_set_back


def _say(run: Run, text: str) -> None:
    run.text, run.changed = text, True


def _learn(font: Font) -> None:
    """Note what each glyph means by itself, from the pieces that have a letter for each glyph."""
    for stretches in font.stretches.values():
        for stretch in stretches:
            # Raised marks may belong to the last piece: as they do on the page, it is seen already.
            font.seen.update(stretch.pieces[:-1])
    for text, glyphs, _ in font.seen:
        letters = _drawn_letters(text, len(glyphs)) if text else []
        if len(letters) == len(glyphs):
            for glyph, letter in zip(glyphs, letters, strict=True):
                font.learned.setdefault(glyph, set()).add(letter)


def _drawn_letters(text: str, glyphs: int) -> list[str]:
    """Split ``text`` as fonts draw it: sara am in two halves, the first perhaps one with the tone mark."""
    if glyphs == 1:
        return [text]
    if glyphs == len(text) and text[-1] == _SARA_AM and text[-2] in _MARKS_ABOVE:
        return [*text[:-2], text[-2] + _NIKHAHIT, _SARA_AA]
    return list(text.replace(_SARA_AM, _NIKHAHIT + _SARA_AA))


def _rewritten(content: bytes, runs: list[Run]) -> bytes:
    """Return the content stream with the text objects of changed runs written anew."""
    pieces: list[bytes] = []
    done = 0
    for (start, end), of_object in groupby(runs, key=lambda run: (run.start, run.end)):
        text_object = list(of_object)
        if any(run.changed or run.joined_to for run in text_object):
            # A run that is joined to another leaves nothing, not even its span.
            written = [run.written() for run in text_object if not run.joined_to]
            pieces += [content[done:start], *written, b"\n"]
            done = end
    return b"".join([*pieces, content[done:]])


def _rewrite_glyph_texts(font: Font) -> None:
    """Map every glyph that was learned without contradiction to its own letter."""

    def line(match: re.Match[bytes]) -> bytes:
        texts = font.learned.get(int(match[1], 16), set())
        return b"<%s> <%s>" % (match[1], to_hex(*texts)) if len(texts) == 1 else match[0]

    head, start, pairs = font.resource.ToUnicode.read_bytes().partition(b"beginbfchar")
    font.resource.ToUnicode.write(head + start + GLYPH_TEXT.sub(line, pairs))
