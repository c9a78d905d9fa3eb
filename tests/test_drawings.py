"""Figures of matplotlib: as small drawings, with their words apart, in every format and on the screen."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pikepdf
import pytest
from defusedxml.ElementTree import fromstring
from documents import page_texts
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure as Drawn
from PIL import Image
from reading import elements, marked_texts

from ita_nb.document import html, pdf
from ita_nb.document.blocks import Cover, Document, Figure, Section
from ita_nb.document.drawings import size_of, words_apart
from ita_nb.document.figures import prepare, svg_of
from ita_nb.document.sheet import TextStyle, printable, width_of
from ita_nb.document.typesetting import raster

TITLE, ACROSS, UPWARDS, LEGEND = "คะแนนการใช้อำนาจ", "ข้อคำถาม น้ำ", "ดำเนินงานตั้งแต่ต้น", "ร้อยละ 12.50"
HOSTILE = (
    "</text><script>alert(1)</script>",
    'a < b & "c"',
    "$x$ costs $5",
    "]]> <!-- -->",
    "&#60;b&#62; 38",
)
COVER = Cover(
    title=("รายงาน",),
    agency="เทศบาลตำบลตัวอย่าง",
    agency_id="sample",
    fiscal_year=2568,
    running_title="รายงาน",
    digits="arabic",
    edition="working",
)


@pytest.fixture(autouse=True)
def _prepared() -> Iterator[None]:
    """Let matplotlib have the font, and be as before afterwards."""
    with mpl.rc_context():
        mpl.rcParams.update({"figure.max_open_warning": 0})
        prepare()
        yield
    plt.close("all")


def rich(**options: Any) -> Drawn:
    """Return a figure with words of every kind, hatching, marks and a picture."""
    drawn = Drawn(figsize=(7, 4), **options)
    left, right = drawn.subplots(1, 2)
    drawn.suptitle(TITLE, weight="bold")
    left.bar(["ก", "ข"], [80, 90], hatch="//", label=LEGEND)
    left.plot(["ก", "ข"], [40, 50], marker="o")
    left.set(xlabel=ACROSS, ylabel=UPWARDS)
    left.tick_params(axis="x", rotation=45)
    left.legend()
    drawn.colorbar(right.imshow(np.arange(4).reshape(2, 2) - 2.5))
    return drawn


def note(text: str, **looks: Any) -> Drawn:
    """Return an empty figure that says ``text``."""
    drawn = Drawn(figsize=(4, 2), dpi=72)
    drawn.text(0.5, 0.5, text, **looks)
    return drawn


def texts(svg: str) -> list[str]:
    """Return the words of a drawing in their order."""
    return [words.text for words in words_apart(svg)[1]]


def document(*svgs: str, alt: str = "คำบรรยายภาพ") -> Document:
    """Return a document of figures."""
    return Document(cover=COVER, blocks=(COVER, *(Figure(svg=svg, alt=alt) for svg in svgs)))


def pdf_text(*svgs: str) -> str:
    """Return what a reader finds on the page of figures in a PDF."""
    return " ".join(page_texts(pdf.render(document(*svgs)))[1].split())


def on_page(*svgs: str, alt: str = "คำบรรยายภาพ") -> list[str]:
    """Return the drawings in an HTML page of figures."""
    return re.findall(r"<svg.*?</svg>", html.render(document(*svgs, alt=alt)), re.DOTALL)


# ---------------------------------------------------------------- a figure as a drawing

FRAME = pd.DataFrame({"คะแนน": [1, 2]}, index=["ก", "ข"])
FIGURES: dict[str, Callable[[], Drawn]] = {
    "fixed": rich,
    "dpi": lambda: rich(dpi=200),
    "constrained": lambda: rich(layout="constrained"),
    "tight": lambda: rich(layout="tight"),
    "pyplot": lambda: plt.subplots()[0],
    "nothing": Drawn,
    "bars": lambda: FRAME.plot(kind="bar").figure,
    "pie": lambda: FRAME.plot(kind="pie", y="คะแนน", autopct="%.2f").figure,
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_equal_figures_are_equal_drawings(make: Callable[[], Drawn]) -> None:
    """Nothing of a drawing tells time or process, and its figure is as before: resolution, size, canvas."""
    drawn = make()
    before = drawn.dpi, tuple(drawn.get_size_inches()), drawn.canvas
    assert svg_of(drawn) == svg_of(make())
    assert (drawn.dpi, tuple(drawn.get_size_inches()), drawn.canvas) == before


@pytest.mark.parametrize("dpi", [50, 72, 300])
def test_resolution_changes_nothing(dpi: int) -> None:
    """A drawing is in points, whatever the figure's pixels are."""
    assert svg_of(rich(dpi=dpi)) == svg_of(rich(dpi=100))


def test_style_of_others_changes_no_bytes() -> None:
    """Options that were set after the figure was made do not reach the drawing."""
    drawn, svg = rich(), svg_of(rich())
    mpl.rcParams.update({"svg.hashsalt": None, "svg.fonttype": "path", "text.parse_math": True})
    assert svg_of(drawn) == svg


@pytest.mark.parametrize("text", ["น้ำ 😀", "ครอบครัว 漢字", *HOSTILE])
def test_words_are_those_that_were_written(text: str) -> None:
    """Words come back as the font can draw them, without a warning for what it cannot."""
    assert texts(svg_of(note(text))) == [printable(text)]


@pytest.mark.parametrize("options", [{"family": "monospace"}, {"style": "italic"}, {"parse_math": True}])
def test_font_of_others_gives_way(options: dict[str, Any]) -> None:
    """Whatever font and mathematics were asked for, words are measured and written alike."""
    assert svg_of(note("ค่า $x$ 5", **options)) == svg_of(note("ค่า $x$ 5"))


def test_numbers_of_axes_are_plain() -> None:
    """Negative numbers have the hyphen that documents write; powers of ten no marks of mathematics."""
    drawn = Drawn()
    axes = drawn.subplots()
    axes.plot([-5, 5], [1, 10_000])
    axes.set_yscale("log")
    found = texts(svg_of(drawn))
    assert {"-4", "10^3"} <= {*found}
    assert not [text for text in found if re.search(r"[^\d.^-]", text)]


def test_nothing_is_named_in_vain() -> None:
    """Of the names of shapes, those are left that something refers to; axes, ticks and lines have none."""
    svg = re.sub("<image[^>]*>", "", svg_of(rich()))
    names = re.findall(r'\bid="([^"]*)"', svg)
    assert len(names) == len({*names})
    assert all(f"#{name}" in svg for name in names)


def test_words_over_the_edge_widen_the_drawing() -> None:
    """A label that does not fit is not cut: the drawing grows, and every word lies in it."""
    drawn = Drawn(figsize=(4, 2))
    drawn.subplots().barh(["ก", "ป้ายที่ยาวเกินกว่าที่ว่างทางซ้ายของแผนภาพนี้"], [1, 2])
    svg = svg_of(drawn)
    assert size_of(svg)[0] > 4 * 72 + 50
    assert min(words.x for words in words_apart(svg)[1]) >= 0


@pytest.mark.parametrize(("x", "clip"), [(500, False), (-0.2, True)])
def test_words_that_nobody_sees_are_left_out(x: float, clip: bool) -> None:
    """Words beside the cut-out of their axes, or far from the sheet, are in no drawing."""
    drawn = Drawn()
    drawn.subplots().text(x, 0.5, "หาย", clip_on=clip)
    assert "หาย" not in texts(svg_of(drawn))


def test_shapes_with_links_stay() -> None:
    """A bar that leads somewhere is still drawn, and leads nowhere."""
    drawn = Drawn()
    drawn.subplots().bar([1], [1], color="#123456", url="https://example.org")
    svg = svg_of(drawn)
    assert "#123456" in svg
    assert "example" not in svg


# ---------------------------------------------------------------- its shape, and its words apart


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('<svg viewBox="0 0 90 30">', (90, 30)),
        ('<svg viewBox="-5 -7.5 90 30">', (90, 30)),
        ("<svg viewBox='0,0,90.5,30'>", (90.5, 30)),
        ('<svg width="12pt" height="6pt">', (12, 6)),
        ('<svg height="6" width="12" viewBox="0 0 90 30">', (90, 30)),
        ("<svg>", None),
        ('<svg width="12">', None),
        ('<svg width="0" height="5">', None),
        ('<svg viewBox="0 0 1.2.3 4">', None),
        ('<svg stroke-width="2" height="5">', None),
        ("no drawing", None),
    ],
)
def test_size(tag: str, expected: tuple[float, float] | None) -> None:
    """The size is that of the view box, else that of the sides, else unknown."""
    assert size_of(tag) == expected


def test_words_are_taken_out() -> None:
    """What is left of a drawing holds no text, and all its words are found."""
    rest, words = words_apart(svg_of(rich()))
    assert "<text" not in rest
    assert {TITLE, ACROSS, UPWARDS, LEGEND, "ก", "-2.5"} <= {line.text for line in words}


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ({}, (False, "#000000", 0)),
        ({"weight": "bold", "color": "#b4451f"}, (True, "#b4451f", 0)),
        ({"weight": 600, "alpha": 0.5}, (True, "#00000080", 0)),
        ({"rotation": 90}, (False, "#000000", -90)),
        ({"rotation": -30}, (False, "#000000", -330)),
    ],
)
def test_looks_of_words_are_kept(looks: dict[str, Any], expected: tuple[bool, str, float]) -> None:
    """Weight, colour with its opacity, and the turn come with the words."""
    _, (words,) = words_apart(svg_of(note("คำ", size=9, **looks)))
    assert (words.bold, words.color, words.angle) == expected
    assert words.size == 9


@pytest.mark.parametrize(("side", "share"), [("left", 0.0), ("center", 0.5), ("right", 1.0)])
@pytest.mark.parametrize("digits", ["arabic", "thai"])
def test_words_are_held_where_they_were(side: str, share: float, digits: Any) -> None:
    """Thai digits are wider; what was in the middle, or ended at a line, still does."""
    svg = svg_of(note("94.18", ha=side, size=10))
    section = Section(blocks=(Figure(svg=svg, alt="คะแนน"),)).in_digits(digits)
    _, (words,) = words_apart(section.blocks[0].svg)  # type: ignore[union-attr]
    assert words.x + share * width_of(words.text, TextStyle(10)) == pytest.approx(2 * 72, abs=0.02)


def test_place_of_turned_words() -> None:
    """A label written upwards begins below its middle, by half its width."""
    _, (words,) = words_apart(svg_of(note("กลาง", rotation=90, va="center", size=10)))
    assert words.y == pytest.approx(72 + width_of("กลาง", TextStyle(10)) / 2, abs=0.02)


def test_other_drawings_are_left_alone() -> None:
    """Text that is not a figure's line of words stays in the drawing, to the byte."""
    svg = '<svg viewBox="0 0 9 9"><text><tspan>ก</tspan></text><g><use href="#a"/></g></svg>'
    assert words_apart(svg) == (svg, ())


@pytest.mark.parametrize("text", ["ร้อยละ 12.50 ก&ข", *HOSTILE])
def test_digits_of_the_document(text: str) -> None:
    """Every number of the words is in the digits of the document; nothing else of the drawing changes."""
    svg = svg_of(note(text))
    section = Section(blocks=(Figure(svg=svg, alt="ภาพ"),))
    thai = section.in_digits("thai")
    found = thai.blocks[0].svg  # type: ignore[union-attr]
    assert not re.search("[0-9]", "".join(texts(found)))
    assert words_apart(found)[0] == words_apart(svg)[0]
    assert thai.in_digits("arabic") == section


# ---------------------------------------------------------------- in the three formats


@cache
def rich_svg() -> str:
    """Return the drawing of a rich figure."""
    return svg_of(rich(layout="constrained"))


def test_words_in_pdf() -> None:
    """A reader of the PDF finds every line of words once; one by ear the alternative text alone."""
    content = pdf.render(document(rich_svg()))
    found = " ".join(page_texts(content)[1].split())
    assert [found.count(text) for text in (TITLE, ACROSS, UPWARDS, LEGEND)] == [1, 1, 1, 1]
    with pikepdf.open(io.BytesIO(content)) as file:
        (figure,) = elements(file.Root.StructTreeRoot, "/Figure")
        assert str(figure.Alt) == "คำบรรยายภาพ"
        assert TITLE not in "".join(text for page in file.pages for text in marked_texts(page).values())


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 180, 270])
def test_turned_words_in_pdf(angle: float) -> None:
    """Tone marks and sara am are extracted once at every angle."""
    text = "แต่งตั้งผู้ใช้น้ำที่อำเภอ"
    assert text in pdf_text(svg_of(note(text, rotation=angle, ha="center", va="center")))


def test_words_on_the_page() -> None:
    """The HTML page holds the words as text, once, in a picture that is told in words."""
    page = html.render(document(rich_svg(), rich_svg(), alt='ภาพ "หนึ่ง" <b>'))
    assert page.count('role="img"') == 2
    assert page.count('aria-label="ภาพ &quot;หนึ่ง&quot; &lt;b&gt;"') == 2
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert [drawings[0].count(f">{text}</text>") for text in (TITLE, ACROSS, UPWARDS, LEGEND)] == [1, 1, 1, 1]
    names = re.findall(r'\bid="([^"]*)"', page)
    assert len(names) == len({*names})
    assert {*re.findall(r"[\"(]#(f-[^\")]*)", page)} <= {*names}


def test_nothing_of_a_figure_is_lost_on_the_page() -> None:
    """Hatching, marks, cut-outs and pictures are in the page as they are in the drawing."""
    svg = rich_svg()
    (drawing,) = on_page(svg)
    for part in ("<path", "<use", "<pattern", "<clipPath", "<image", "clip-path=", "url(#", "data:image/png"):
        assert drawing.count(part) == svg.count(part) > 0, part


def test_font_of_the_page_has_the_characters_of_figures() -> None:
    """A rare sign that only a figure writes can be drawn."""
    page = html.render(document(svg_of(note("€"))))
    assert ord("€") in embedded_fonts(page)[0].getBestCmap()


def embedded_fonts(text: str) -> list[TTFont]:
    """Return the fonts inside a page or a drawing."""
    found = re.findall(r"data:font/woff;base64,([^)]*)", text)
    return [TTFont(io.BytesIO(base64.b64decode(font))) for font in found]


@pytest.mark.parametrize("angle", [0, 90])
def test_words_are_drawn_in_word(angle: float) -> None:
    """The picture shows the words, where they stand in the figure, along the way that they run."""
    drawn = raster(svg_of(note("อำนาจ", rotation=angle, ha="center", va="center")), 400, 700).png
    down, across = np.nonzero(np.asarray(Image.open(io.BytesIO(drawn)).convert("L")) < 127)
    wide, high = np.ptp(across), np.ptp(down)
    assert (wide > high) == (angle == 0)
    assert np.mean(across) == pytest.approx(400 * 200 / 72 / 2, rel=0.05)


# ---------------------------------------------------------------- on the screen


def on_screen(svg: str, alt: str = "คะแนน") -> tuple[str, str]:
    """Return the picture's element, and the drawing in it, as a notebook shows a figure."""
    shown = html.fragment(Section(blocks=(Figure(svg=svg, alt=alt),)))
    (element,) = re.findall(r"<img [^>]*>", shown)
    assert "<svg" not in shown
    data = element.split("data:image/svg+xml;base64,")[1].rstrip('">')
    return element, base64.b64decode(data).decode()


def test_screen_shows_a_picture_with_words() -> None:
    """A notebook, trusted or not, shows a figure as a picture with alternative text and its own font."""
    element, drawing = on_screen(rich_svg(), alt='"ก" <b>')
    assert 'alt="&#34;ก&#34; &lt;b&gt;"' in element
    root = fromstring(drawing)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert TITLE in "".join(root.itertext())
    regular, bold = embedded_fonts(drawing)
    assert {*map(ord, TITLE + UPWARDS)} <= regular.getBestCmap().keys() & bold.getBestCmap().keys()


def test_screen_carries_the_fonts_that_it_needs() -> None:
    """A picture without bold words has one font, and is small."""
    element, drawing = on_screen(svg_of(note("คะแนน")))
    assert len(embedded_fonts(drawing)) == 1
    assert len(element) < 40_000


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_words(text: str) -> None:
    """Words that look like markup are words to Typst, on the page and on the screen."""
    svg = svg_of(note(text))
    for drawing in (*on_page(svg), on_screen(svg)[1]):
        said = [element.text for element in fromstring(drawing).iter() if element.tag.endswith("text")]
        assert said == [printable(text)]
    assert printable(text) in pdf_text(svg)
