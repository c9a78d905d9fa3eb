"""What is copied out of the PDF is what was written: Typst's text layer, repaired."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from functools import cache

import numpy as np
import pikepdf
import pypdfium2
import pytest
import typst
from documents import page_texts
from reading import runs

from ita_nb.document.pdf_runs import Font, fonts_of, runs_of
from ita_nb.document.sheet import DIRECTORY
from ita_nb.document.typesetting import repair

WORDS = tuple(
    "แต่งตั้ง น้ำหนัก กำหนด ปี่ ป้า ปั๊ม ญู ฐุ ทั้งสิ้น ที่ดี ผู้รับ สิทธิ์ ยิ่ง ซึ่ง เมื่อ กี่ พ.ศ. ๒๕๖๘ ครู สอน ทั้งนี้ฯ "
    "คำสั่ง จัดทำ ฟื้นฟู ชายฝั่ง ปั่นป่วน เปี่ยม เฟื่อง ป้ำ ก๋วยเตี๋ยว ฎุ ปู ดูแล รู้ ตั้งตั้ง มากมาก (ทั้ง) 95.40% ITA".split()
)
# Lines of unlike lengths around the words: on a page of two short lines pdfium takes columns for lines.
FILLER = "มาตรการส่งเสริมคุณธรรม และ ความโปร่งใส ของ หน่วยงาน ".split() * 8
SOURCE = b"""
#set document(title: "t", author: "a")
#set page(width: 21cm, height: auto)
#set text(font: "Sarabun", fallback: false, lang: "th",
          size: 1pt * float(sys.inputs.size), weight: int(sys.inputs.weight))
#set par(leading: 1em)
#json(bytes(sys.inputs.words)).map(word => box(word)).join([ ])
"""


@cache
def raw(words: tuple[str, ...] = WORDS, size: float = 12, weight: int = 400) -> bytes:
    """Return a PDF as Typst writes it, each word in a box."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[DIRECTORY])
    return typst.Compiler(SOURCE, font_paths=fonts).compile(
        format="pdf",
        sys_inputs={"words": json.dumps([*words, *FILLER]), "size": str(size), "weight": str(weight)},
        pdf_standards=["ua-1", "a-2a"],
        timestamp=0,
    )


def extracted(pdf: bytes) -> list[str]:
    """Return the words of the first page as pdfium, which is Chrome's reader, extracts them."""
    return page_texts(pdf)[0].split()


def picture(pdf: bytes) -> np.ndarray:
    """Return the first page as grey values, three pixels for a point."""
    with pypdfium2.PdfDocument(pdf) as document:
        return document[0].render(scale=3, grayscale=True).to_numpy().astype(int)


def test_typst_still_needs_the_repair() -> None:
    """Typst doubles clusters; when this fails, the repair can go."""
    assert "แต่งตั้ตั้ง" in "".join(extracted(raw()))


@pytest.mark.parametrize("weight", [400, 700])
@pytest.mark.parametrize("size", [9, 10.7, 12.5, 16, 20])
def test_words_are_exact(size: float, weight: int) -> None:
    """Every word is extracted exactly, at every size and weight in use."""
    words = extracted(repair(raw(size=size, weight=weight)))
    assert words == [*WORDS, *FILLER]


@pytest.mark.parametrize("vowel", "ัิีึื")
@pytest.mark.parametrize("mark", "่้๊๋์")
def test_every_stack_is_exact(vowel: str, mark: str) -> None:
    """Every mark over every upper vowel is extracted once, over narrow and tall consonants."""
    stacks = tuple(consonant + vowel + mark + "ง" for consonant in "กปญฟฐ")
    for weight in (400, 700):
        assert extracted(repair(raw(stacks, 16, weight)))[: len(stacks)] == list(stacks)


def test_impossible_cluster_is_said_once() -> None:
    """A mark shifted too far to be moved is still extracted once."""
    text = "".join(extracted(repair(raw(("กั็บ", "ขิ็ด")))))
    assert text.count("ก") == 1 + "".join(FILLER).count("ก")
    assert text.count("ข") == 1 + "".join(FILLER).count("ข")


def test_page_looks_the_same() -> None:
    """No glyph moves by more than two thirds of a point, the most that a mark is raised at this size."""
    before, after = picture(raw()), picture(repair(raw()))
    shifts = [np.roll(after, (down, right), (0, 1)) for down in (-2, -1, 0, 1, 2) for right in (-1, 0, 1)]
    changed = np.min([np.abs(before - shifted) for shifted in shifts], axis=0) > 128
    assert not changed.any()


def test_glyphs_mean_their_own_letters() -> None:
    """Readers that ignore ActualText find letters, not whole clusters, behind the glyphs."""
    with pikepdf.open(io.BytesIO(repair(raw()))) as document:
        (font,) = fonts_of(document.pages[0], {}).values()
    longest = {text for text in font.text_of.values() if len(text) > 1}
    # Nothing but sara am with its tone mark is drawn as one glyph.
    assert longest == {"\u0e49\u0e4d"}


def test_no_run_is_a_lone_space() -> None:
    """No space is drawn alone, because pdfium ignores it."""
    with pikepdf.open(io.BytesIO(repair(raw()))) as document:
        assert " " not in [run.text for run in runs(document)]


def test_marked_content_stays_balanced() -> None:
    """Every marked content sequence that begins also ends."""
    with pikepdf.open(io.BytesIO(repair(raw()))) as document:
        operators = [str(operator) for _, operator in pikepdf.parse_content_stream(document.pages[0])]
    assert operators.count("BDC") + operators.count("BMC") == operators.count("EMC")


def test_repair_twice_is_repair_once() -> None:
    """A repaired file needs no repair."""
    once = repair(raw())
    assert extracted(repair(once)) == extracted(once)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (rb"(\000A)Tj", (65,)),
        (rb"[(\000A)-12 (\000B)]TJ", (65, 66)),
        (rb"[(\000(\000\001\000))]TJ", (40, 1, 41)),
        (rb"(\000(\000(\000)\000))Tj", (40, 40, 41, 41)),
        (rb"(\000\(\000\\)Tj", (40, 92)),
        (rb"[<00410042>-3<0043>]TJ", (65, 66, 67)),
        (rb"<0041>Tj", (65,)),
    ],
    ids=["string", "array", "brackets in pairs", "brackets in brackets", "escapes", "hexadecimal", "alone"],
)
def test_every_way_to_write_glyphs_is_read(operator: bytes, expected: tuple[int, ...]) -> None:
    """A run's glyphs are found however the file writes them."""
    font = Font(pikepdf.Dictionary(), {}, defaultdict(lambda: 500))
    content = rb"q 1 0 0 -1 10 20 cm BT 0 Tr/f0 12 Tf 1 0 0 -1 0 0 Tm" + operator + b" ET Q"
    (run,) = runs_of(content, {b"f0": font})
    assert run.glyphs == expected


SET_UP = b"0 Tr/f0 10 Tf 1 0 0 -1 "


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (SET_UP + b"0 0 Tm(\\000A)Tj " + SET_UP + b"5 0 Tm(\\000B)Tj", ["AB"]),
        (SET_UP + b"0 0 Tm(\\000A)Tj " + SET_UP + b"20 0 Tm(\\000B)Tj", ["A", "B"]),
        (SET_UP + b"0 0 Tm(\\000A)Tj " + SET_UP + b"5 3 Tm(\\000B)Tj", ["A", "B"]),
        (b"/Span<</ActualText<FEFF0E01>>>BDC " + SET_UP + b"0 0 Tm(\\000A)Tj\nEMC", ["ก"]),
        (b"/Span<</ActualText(q\\(r)>>BDC " + SET_UP + b"0 0 Tm(\\000A)Tj\nEMC", ["q(r"]),
        (SET_UP + b"0 0 Tm(\\000A)Tj 3 Ts " + SET_UP + b"5 0 Tm(\\000B)Tj", []),
        (SET_UP + b"0 0 Tm(\\000A)Tj /f1 10 Tf 1 0 0 -1 5 0 Tm(\\000B)Tj", []),
    ],
    ids=[
        "neighbours",
        "wide gap",
        "other height",
        "span",
        "span in letters",
        "unknown operator",
        "two fonts",
    ],
)
def test_a_run_is_what_is_read_together(shown: bytes, expected: list[str]) -> None:
    """Operators without a gap between them are one run; a text object that is not understood has none."""
    font = Font(pikepdf.Dictionary(), {65: "A", 66: "B"}, defaultdict(lambda: 500))
    content = b"q 1 0 0 -1 10 20 cm BT " + shown + b" ET Q"
    assert [run.text for run in runs_of(content, {b"f0": font})] == expected


def test_language_is_thai() -> None:
    """The catalog and the metadata say Thai, whatever language Typst was told."""
    typeset = raw().replace(b"/Lang(th)", b"/Lang(ja)").replace(b"<rdf:li>th<", b"<rdf:li>ja<")
    assert typeset != raw()
    with pikepdf.open(io.BytesIO(repair(typeset))) as document:
        assert str(document.Root.Lang) == "th-TH"
        metadata = b"".join(document.Root.Metadata.read_bytes().split())
    assert b"<dc:language><rdf:Bag><rdf:li>th-TH</rdf:li></rdf:Bag>" in metadata


def test_not_a_pdf() -> None:
    """Something else than a PDF is refused."""
    with pytest.raises(pikepdf.PdfError):
        repair(b"not a PDF")
