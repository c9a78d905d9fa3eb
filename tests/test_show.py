"""What an analyst displays in a cell: in HTML, PDF and Word once each, or named as not printed."""

from __future__ import annotations

import datetime as dt
import io
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple

import in_process
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
from conftest import AGENCY, REPOSITORY, YEAR, Workspace
from matplotlib.figure import Figure as Drawing
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from reading import Written, of_html, of_pdf, of_word, squeezed, written

from ita_nb.batch.run import run_batch
from ita_nb.displayed import section_of
from ita_nb.document import html
from ita_nb.document.blocks import Callout, Cover, Document, Figure, Section, Table
from ita_nb.document.drawings import words_apart
from ita_nb.document.figures import prepare
from ita_nb.document.notebook import read_document
from ita_nb.errors import RenderError
from ita_nb.execution import Execution
from ita_nb.report import make
from ita_nb.thai import Digits

REPORT = REPOSITORY / "notebooks" / "agency_report.ipynb"


class Case(NamedTuple):
    """A cell, the kinds of block that it prints, words that stand once in each format, what is told of it."""

    source: str
    prints: str
    words: tuple[str, ...] = ()
    told: str = ""


DRAWN = 'fig, ax = plt.subplots(); ax.plot([1, 2], [79.64, 84.5]); fig.set_label("{0}")\n'
CASES = {
    "frame": Case(
        'pd.DataFrame({"ชื่อกก": ["ตารางกก"], "ค่ากก": [84.995]})', "table", ("ตารางกก", "ชื่อกก", "๘๕.๐๐")
    ),
    "frame shown": Case(
        'show(pd.DataFrame({"ข": ["ตารางขข"]}), "คำบรรยายขข", note="หมายเหตุขข")',
        "table paragraph",
        ("ตารางขข", "คำบรรยายขข", "หมายเหตุขข"),
    ),
    "two frames": Case(
        'display(pd.DataFrame({"ค": ["ตารางคค"]}))\npd.DataFrame({"ค": ["ตารางคอ"]})',
        "table table",
        ("ตารางคค", "ตารางคอ"),
    ),
    "series": Case(
        'pd.Series([7130.5], index=["แถวงง"], name="หัวงง")', "table", ("แถวงง", "หัวงง", "๗๑๓๐.๕๐")
    ),
    "unnamed series": Case('pd.Series(["ค่าจจ"])', "table", ("ค่าจจ",)),
    "styler": Case(
        'pd.DataFrame({"ฉ": [0.875]}).style.format("{:.1%} ฉฉ").set_caption("คำบรรยายฉฉ").hide(axis="index")',
        "table",
        ("๘๗.๕%ฉฉ", "คำบรรยายฉฉ"),
    ),
    "figure": Case(DRAWN.format("ภาพชช") + 'ax.set_xlabel("แกนชช")\nfig', "figure", ("ภาพชช",)),
    "figure shown": Case(DRAWN.format("") + 'show(fig, "ชื่อซซ", alt="ภาพซซ")', "figure", ("ชื่อซซ", "ภาพซซ")),
    "axes": Case(DRAWN.format("ภาพญญ") + 'ax.set_title("ชื่อญญ")\nax', "figure", ("ภาพญญ", "ชื่อญญ")),
    "axes of a plot": Case(
        'made = pd.DataFrame({"ฎ": [1, 2]}).plot.bar(title="ชื่อฎฎ")\nmade.figure.set_label("ภาพฎฎ")\nmade',
        "figure",
        ("ชื่อฎฎ", "ภาพฎฎ"),
    ),
    "title set last": Case(DRAWN.format("ภาพฏฏ") + 'ax.set_title("ชื่อฏฏ")', "figure", ("ภาพฏฏ", "ชื่อฏฏ")),
    "left open": Case(DRAWN.format("ภาพฐฐ") + "None", "figure", ("ภาพฐฐ",)),
    "pyplot": Case('plt.figure(label="ภาพฑฑ"); plt.plot([1, 2])\nplt.show()', "figure", ("ภาพฑฑ",)),
    "lines last": Case('plt.figure(label="ภาพฒฒ")\nplt.plot([1, 2])', "figure", ("ภาพฒฒ",)),
    "two figures": Case(
        DRAWN.format("ภาพณณ") + DRAWN.format("ภาพณอ") + "None", "figure figure", ("ภาพณณ", "ภาพณอ")
    ),
    "array of axes": Case(
        'fig, axs = plt.subplots(2, 2); fig.set_label("ภาพดด")\naxs[0, 0].set_title("ชื่อดด")\naxs',
        "figure",
        ("ภาพดด",),
    ),
    "figure and words": Case(
        DRAWN.format("ภาพตต") + 'print("พิมพ์ตต")\nshow(ax, "ชื่อตต")',
        "paragraph figure",
        ("ภาพตต", "พิมพ์ตต", "ชื่อตต"),
    ),
    "hidden by a semicolon": Case('"ซ่อนถถ";', ""),
    "block": Case(
        'from ita_nb.document import blocks\nshow(blocks.Paragraph(text="บล็อกทท"))', "paragraph", ("บล็อกทท",)
    ),
    "section": Case('blocks.Section(blocks=(blocks.Paragraph(text="ส่วนธธ"),))', "paragraph", ("ส่วนธธ",)),
    "text": Case('"ข้อความนน"', "paragraph", ("ข้อความนน",)),
    "text shown": Case(
        'show("ข้อความบบ", note="หมายเหตุบบ")', "paragraph paragraph", ("ข้อความบบ", "หมายเหตุบบ")
    ),
    "number": Case("7131.125", "paragraph", ("๗๑๓๑.๑๓",)),
    "number of numpy": Case("np.float64(7132.125)", "paragraph", ("๗๑๓๒.๑๓",)),
    "number of a frame": Case("pd.Series([7133.125, 7133.125]).mean()", "paragraph", ("๗๑๓๓.๑๓",)),
    "whole number": Case("7134", "paragraph", ("๗๑๓๔",)),
    "fraction shown": Case("show(Fraction(57081, 8))", "paragraph", ("๗๑๓๕.๑๓",)),
    "print": Case('print("พิมพ์ปป")\nprint("พิมพ์ปอ", 7136)', "paragraph", ("พิมพ์ปป", "พิมพ์ปอ๗๑๓๖")),
    "coloured print": Case(r'print("\x1b[31mพิมพ์ผผ\x1b[0m")', "paragraph", ("พิมพ์ผผ",)),
    "markdown": Case(
        'display(Markdown("## หัวฝฝ\\n\\nเนื้อ**ความฝฝ**"))', "heading paragraph", ("หัวฝฝ", "เนื้อความฝฝ")
    ),
    "nothing": Case("None", ""),
    "nothing printed": Case("print()", ""),
    "true": Case('"พพ" == "พพ"', "", told="True"),
    "stderr": Case('import sys; print("เตือนฟฟ", file=sys.stderr)', "", told="(stderr) เตือนฟฟ"),
    "widget": Case(
        "class VBox:\n    __repr__ = lambda self: 'VBox(children=ภภ)'\nVBox()", "", told="VBox(children=ภภ"
    ),
    "widget's data": Case(
        'display({"application/vnd.jupyter.widget-view+json": {}, "text/plain": "มม"}, raw=True)',
        "",
        told="widget-view",
    ),
    "object": Case("object()", "", told="<object>"),
    "list": Case('["ยย"]', "", told="['ยย']"),
    "artist alone": Case('plt.matplotlib.text.Text(0, 0, "รร")', "", told="Text(0, 0, 'รร')"),
    "video": Case('display(Video(url="ลล.mp4"))', "", told="IPython.core.display.Video"),
    "page": Case('display(HTML("<b>วว</b>"))', "", told="IPython.core.display.HTML"),
    "script": Case('display(Javascript("ศศ"))', "", told="application/javascript"),
    "picture": Case("display(Image(DOT))", "", told="image/png"),
    "501 rows": Case(
        'show(pd.DataFrame({"ษ": range(501)}), "ยาวษษ")', "", told="501 แถว (พิมพ์ได้ไม่เกิน 500 แถว) ยาวษษ"
    ),
    "5 MB": Case('print("ส" * 5_000_000)', "", told="5000001"),
    "not for show": Case('show(["หห"])', "", told="list"),
    "empty frame": Case('show(pd.DataFrame({"ฬ": []}), "ไม่มีแถวฬฬ")', "paragraph", ("ไม่มีแถวฬฬ",)),
    "figure without words": Case(
        'show(plt.figure(), "ไม่มีคำฮฮ")', "figure", told="แผนภาพ ไม่มีคำฮฮ ไม่มีข้อความแทนภาพ (alt)"
    ),
    "axes without anything": Case(
        "fig, ax = plt.subplots()\nax", "figure", told="แผนภาพ ไม่มีข้อความแทนภาพ (alt)"
    ),
}
SET_UP = """
import matplotlib.pyplot as plt, numpy as np, pandas as pd
from fractions import Fraction
from IPython.display import HTML, Image, Javascript, Markdown, Video
from ita_nb import exhibits, open_report, show
DOT = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da"
                    "6364f80f00010501012718e3660000000049454e44ae426082")
report = open_report(globals())
"""


def own_cells(path: Path, *cells: NotebookNode) -> NotebookNode:
    """Return a notebook of the parameters of another one, the set-up above, the cover, and ``cells``."""
    template = nbformat.read(path, as_version=4).cells
    parameters = next(cell for cell in template if "parameters" in cell.metadata.get("tags", ()))
    cover = new_code_cell("exhibits.cover(report)", metadata={"tags": ["section:cover"]})
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return new_notebook(cells=[parameters, new_code_cell(SET_UP), cover, *cells], metadata=kernel)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """A notebook of all cases, run by papermill in a kernel of Jupyter."""
    folder = tmp_path_factory.mktemp("shown")
    cells = [new_code_cell(case.source) for case in CASES.values()]
    note = new_markdown_cell("หมายเหตุ **หนาอย่างเดียว** _เอนเป็นหนา_ ปกติ 7137")
    nbformat.write(own_cells(REPORT, *cells, note), folder / "in.ipynb")
    command = [
        sys.executable,
        "-m",
        "papermill",
        folder / "in.ipynb",
        folder / "out.ipynb",
        "--no-progress-bar",
    ]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    return nbformat.read(folder / "out.ipynb", as_version=4)


def of_case(executed: NotebookNode, name: str) -> Document:
    """What is read of the cell of one case."""
    # papermill puts a cell of parameters behind that of the template only where some are given
    first = len(executed.cells) - len(CASES) - 1
    cell = executed.cells[first + list(CASES).index(name)]
    return read_document(new_notebook(cells=[executed.cells[first - 1], cell]))


@pytest.mark.parametrize("name", CASES)
def test_a_display_becomes_blocks_or_is_named(executed: NotebookNode, name: str) -> None:
    """Each thing displayed gives the blocks of its kind, once; what cannot be printed is named, once."""
    found, case = of_case(executed, name), CASES[name]
    told = [remark for remark in found.remarks if remark.startswith("เซลล์ที่")]

    assert [b.type for b in found.blocks if not isinstance(b, Cover | Callout)] == case.prints.split()
    assert [in_thai(case.told) in in_thai(remark) for remark in told] == [True] * bool(case.told)


# ---------------------------------------------------------------- the three formats


@pytest.fixture(scope="module")
def document(executed: NotebookNode) -> Document:
    """The document of all cases."""
    return read_document(executed)


@pytest.fixture(scope="module")
def formats(document: Document) -> Mapping[str, Written]:
    """The document of all cases in the three formats."""
    return written(document)


def shown_as(document: Document, alt: str) -> Figure:
    """The figure with these words."""
    return next(b for b in document.blocks if isinstance(b, Figure) and b.alt == alt)


@pytest.mark.parametrize("ending", ["html", "pdf", "docx"])
def test_every_display_stands_once_in_every_format(formats: Mapping[str, Written], ending: str) -> None:
    """Nothing vanishes and nothing is printed twice: words, captions, cells, and figures by their words.

    The working edition itself says what of the notebook it does not hold.
    """
    page = formats[ending]
    everything = page.text + "\n".join(page.alts)
    words = [word for case in CASES.values() for word in case.words]

    assert {word: everything.count(word) for word in words} == dict.fromkeys(words, 1)
    assert [c.told for c in CASES.values() if squeezed(in_thai(c.told)) not in page.text] == []


def in_thai(text: str) -> str:
    """A text in the digits of the document."""
    return text.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))


def test_tables_are_equal_in_every_format(formats: Mapping[str, Written]) -> None:
    """Every cell of every table is the same in HTML, PDF and Word."""
    assert formats["html"].tables == formats["pdf"].tables == formats["docx"].tables


@pytest.mark.parametrize("ending", ["html", "pdf", "docx"])
def test_emphasis_is_bold(formats: Mapping[str, Written], ending: str) -> None:
    """Emphasis of Markdown is bold in each format, the words beside it are not."""
    bold = formats[ending].bold

    assert [word in bold for word in ("หนาอย่างเดียว", "เอนเป็นหนา", "ความฝฝ", "ปกติ๗๑๓๗")] == [True] * 3 + [
        False
    ]


def test_words_of_a_chart_follow_the_digits_of_the_document(document: Document) -> None:
    """Ticks and axis titles of an analyst's chart are in Thai digits, and are words, not outlines."""
    words = [found.text for found in words_apart(shown_as(document, "ภาพชช").svg)[1]]

    assert "แกนชช" in words
    assert [text for text in words if re.search("[0-9]", text)] == []


def test_a_title_leaves_the_picture_for_the_caption(document: Document) -> None:
    """The title of a chart stands above it as its caption and no more in it."""
    figure = shown_as(document, "ภาพญญ")

    assert (figure.caption, "ชื่อญญ" in figure.svg) == ("ชื่อญญ", False)


def test_an_opened_notebook_shows_its_figures(executed: NotebookNode) -> None:
    """Each figure has alternative text in the notebook itself, also where no script and no SVG may run."""
    outputs = [output.get("data", {}) for cell in executed.cells for output in cell.get("outputs", ())]
    shown = [page for data in outputs if "<figure" in (page := data.get("text/html", ""))]

    assert len(shown) == sum(case.prints.count("figure") for case in CASES.values())
    assert [page for page in shown if '<img alt="' not in page or "<svg" in page] == []
    assert any('<img alt="ภาพชช" src="data:image/svg+xml;base64,' in page for page in shown)


# ---------------------------------------------------------------- tables


def table_of(thing: object, caption: str = "", **named: str) -> Table:
    """The only block that is printed of a thing, a table."""
    (block,) = section_of(thing, caption, **named).blocks
    return block


VALUES: list[tuple[Any, str]] = [
    (84.995, "85.00"),
    (88.125, "88.13"),
    (-0.001, "0.00"),
    (np.float32(0.5), "0.50"),
    (float("nan"), "ไม่มีข้อมูล"),
    (np.float32("nan"), "ไม่มีข้อมูล"),
    (float("inf"), "inf"),
    (Fraction(2, 3), "0.67"),
    (Decimal("0.125"), "0.13"),
    (12, "12"),
    (np.int64(12), "12"),
    (None, "-"),
    (pd.NaT, "-"),
    (pd.NA, "-"),
    (dt.date(2025, 10, 1), "1 ต.ค. 2568"),
    (pd.Timestamp("2025-10-01"), "1 ต.ค. 2568"),
    (True, "ใช่"),
    (False, "ไม่ใช่"),
    (np.bool_(True), "ใช่"),
    ("", ""),
    ("ก\nข", "ก\nข"),
]


@pytest.mark.parametrize(("value", "said"), VALUES, ids=lambda value: repr(value))
def test_a_value_is_said_as_a_document_says_it(value: object, said: str) -> None:
    """Numbers round half up, days are Thai, and what is missing is a word or a dash."""
    frame = pd.DataFrame({"ค่า": pd.Series([value, "ข้อความ"], dtype=object)})

    assert [row.cells[0] for row in table_of(frame).rows] == [said, "ข้อความ"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1.0, None], ["1.00", "ไม่มีข้อมูล"]),
        (pd.array([1, None], dtype="Int64"), ["1", "-"]),
        (pd.Series([84.995, 1], dtype="float32"), ["85.00", "1.00"]),
        ([True, False], ["ใช่", "ไม่ใช่"]),
        (pd.to_datetime(["2025-10-01", None]), ["1 ต.ค. 2568", "-"]),
        (pd.Categorical(["ก", None]), ["ก", "ไม่มีข้อมูล"]),
    ],
    ids=["floats", "whole numbers", "short floats", "yes and no", "days", "categories"],
)
def test_a_column_of_one_type_is_said_likewise(values: Any, said: list[str]) -> None:
    """Typed columns read as loose values do; a float of half the length says what it holds."""
    assert [row.cells[0] for row in table_of(pd.DataFrame({"ค่า": values})).rows] == said


GROUPS = pd.MultiIndex.from_tuples([("IIT", "i1"), ("EIT", "e1")], names=["แบบวัด", None])
TOTAL = pd.DataFrame({"ก": [3]}, index=["รวม"]).style
SHAPES: dict[str, tuple[Any, list[tuple[str, ...]]]] = {
    "row numbers are left out": (pd.DataFrame({"ก": ["ข"]}, index=[7]), [("ก",), ("ข",)]),
    "names of rows are a column": (pd.DataFrame({"ก": ["ข"]}, index=["ค"]), [("รายการ", "ก"), ("ค", "ข")]),
    "a named index": (
        pd.DataFrame({"ก": ["ข"]}, index=pd.Index([7], name="ข้อ")), [("ข้อ", "ก"), ("7", "ข")]
    ),
    "index and column of one name": (
        pd.DataFrame({"ก": ["ข"]}, index=pd.Index(["ค"], name="ก")), [("ก", "ก"), ("ค", "ข")]
    ),
    "an index of two": (
        pd.DataFrame({"ก": ["ข", "ค"]}, index=GROUPS),
        [("แบบวัด", "รายการ", "ก"), ("IIT", "i1", "ข"), ("EIT", "e1", "ค")],
    ),
    "columns of two": (
        pd.DataFrame([["ข", "ค"]], columns=pd.MultiIndex.from_tuples([("IIT", "i1"), ("EIT", "")])),
        [("IIT i1", "EIT"), ("ข", "ค")],
    ),
    "two columns of one name": (pd.DataFrame([["ข", "ค"]], columns=["ก", "ก"]), [("ก", "ก"), ("ข", "ค")]),
    "names of the codebook": (
        pd.DataFrame({"label": ["ก"], "score": [84.995]}), [("รายการ", "คะแนน"), ("ก", "85.00")]
    ),
    "a series": (pd.Series(["ข"], name="ก"), [("ก",), ("ข",)]),
    "what was grouped": (
        pd.DataFrame({"ก": ["ข", "ข"], "ค": [1.0, 2.0]}).groupby("ก")["ค"].mean(), [("ก", "ค"), ("ข", "1.50")]
    ),
    "a style": (
        pd.DataFrame({"ก": [0.5], "ข": ["ค\tง"]}).style.format({"ก": "{:.0%}"}), [("ก", "ข"), ("50%", "ค\tง")]
    ),
    "a style of columns of two": (
        pd.DataFrame([["ข", "ค"]], columns=pd.MultiIndex.from_tuples([("IIT", "i1"), ("IIT", "i2")])).style,
        [("IIT i1", "IIT i2"), ("ข", "ค")],
    ),
    "a style of an index of two": (
        pd.DataFrame({"ก": ["ข", "ค"]}, index=GROUPS).style,
        [("แบบวัด", "รายการ", "ก"), ("IIT", "i1", "ข"), ("EIT", "e1", "ค")],
    ),
    "a style with a row below": (
        pd.DataFrame({"ก": [1, 2]}, index=["ข", "ค"]).style.concat(TOTAL),
        [("รายการ", "ก"), ("ข", "1"), ("ค", "2"), ("รวม", "3")],
    ),
    "a style with columns hidden": (
        pd.DataFrame({"ก": [1], "ข": [2]}).style.hide(subset=["ก"], axis="columns"), [("ข",), ("2",)]
    ),
    "a style of named rows": (
        pd.DataFrame({"ก": [0.5]}, index=["ค"]).style.format("{:.3f}"), [("รายการ", "ก"), ("ค", "0.500")]
    ),
}  # fmt: skip


@pytest.mark.parametrize(("thing", "expected"), SHAPES.values(), ids=SHAPES)
def test_a_table_keeps_its_headings_and_rows(thing: Any, expected: list[tuple[str, ...]]) -> None:
    """Whatever shape a frame has, every heading and every cell is there, and row numbers are not."""
    table = table_of(thing)
    headings = tuple(column.heading for column in table.columns)

    assert [headings, *(row.cells for row in table.rows)] == expected


def test_a_style_of_several_lines_is_named() -> None:
    """A Styler whose cells hold lines cannot be read cell by cell: it is named, and no row goes silently."""
    section = section_of(pd.DataFrame({"ก": ["ข\nค"]}).style, "ตาราง")

    assert (section.blocks, "หลายบรรทัด ตาราง" in section.left_out[0]) == ((), True)


def test_numbers_stand_right() -> None:
    """Columns of numbers are aligned right, others left."""
    frame = pd.DataFrame({"ก": ["ข"], "ค": [1.5], "ง": [2], "จ": [True]})

    assert [column.align for column in table_of(frame).columns] == ["left", "right", "right", "left"]


def test_500_rows_are_printed() -> None:
    """The longest table that is printed has 500 rows, each once."""
    assert len(table_of(pd.DataFrame({"ก": range(500)})).rows) == 500


def test_a_wide_table_is_parted() -> None:
    """Thirty columns stand in tables that fit a page; each begins with the names of the rows."""
    frame = pd.DataFrame([range(30)], columns=[f"ช่อง {n}" for n in range(30)], index=["แถว"])
    tables = section_of(frame, "กว้าง").blocks

    assert [column.heading for table in tables for column in table.columns[1:]] == list(frame)
    assert {(table.columns[0].heading, table.rows[0].cells[0]) for table in tables} == {("รายการ", "แถว")}
    assert max(len(table.columns) for table in tables) <= 10
    assert [table.caption for table in tables] == ["กว้าง", *["กว้าง (ต่อ)"] * (len(tables) - 1)]


# ---------------------------------------------------------------- figures


def drawing(*titles: str, label: str = "") -> Drawing:
    """An analyst's figure, with axes for each title."""
    prepare()
    figure, axes = plt.subplots(1, max(1, len(titles)), squeeze=False)
    for ax, title in zip(axes[0], titles or ("",), strict=True):
        ax.plot([1, 2])
        ax.set_title(title)
    figure.set_label(label)
    return figure


def figure_of(thing: object, caption: str = "", **named: str) -> Figure:
    """The only block that is printed of a thing, a figure."""
    (block,) = section_of(thing, caption, **named).blocks
    return block


@pytest.mark.parametrize(
    ("title", "label", "caption", "alt", "expected"),
    [
        ("ชื่อ", "ป้าย", "", "", ("ชื่อ", "ป้าย")),
        ("ชื่อ", "ป้าย", "คำบรรยาย", "", ("คำบรรยาย", "ป้าย")),
        ("", "ป้าย", "", "แทนภาพ", ("", "แทนภาพ")),
        ("", "", "", "", ("", "")),
    ],
)
def test_caption_and_words_of_a_figure(
    title: str, label: str, caption: str, alt: str, expected: tuple[str, str]
) -> None:
    """The caption is the given one, else the title; the words are the given ones, else the label."""
    shown = figure_of(drawing(title, label=label), caption, alt=alt)

    assert (shown.caption, shown.alt) == expected


def test_a_figure_stays_as_it_was() -> None:
    """Shown twice, a figure has its title as caption both times, and still has it for its maker."""
    figure = drawing("ชื่อ")

    assert figure_of(figure) == figure_of(figure.axes[0])
    assert figure.axes[0].get_title() == "ชื่อ"


def test_titles_of_many_axes_stay_in_the_picture() -> None:
    """Titles that tell axes of one figure apart are no caption."""
    shown = figure_of(drawing("ซ้าย", "ขวา"))

    assert (shown.caption, "ซ้าย" in shown.svg, "ขวา" in shown.svg) == ("", True, True)


def test_a_huge_drawing_is_named() -> None:
    """A drawing of more than 1 MB is left out and named."""
    figure = drawing()
    figure.axes[0].scatter(range(40_000), np.random.default_rng(1).random(40_000))
    section = section_of(figure, "จุดมากมาย")

    assert (section.blocks, "จุดมากมาย" in section.left_out[0]) == ((), True)


# ---------------------------------------------------------------- names, numbers, digits


def cover(digits: Digits = "arabic", **changes: Any) -> Section:
    """A cover as a cell displays it."""
    values = {"title": ("รายงาน",), "agency": "เทศบาลตำบลตัวอย่าง", "agency_id": "a", "fiscal_year": 2568}
    values |= {"running_title": "รายงาน", "edition": "working", "digits": digits}
    return Section(blocks=(Cover.model_validate(values | changes),))


def book(*shown: Section | str, **changes: Any) -> NotebookNode:
    """An executed notebook that displays sections; a text is a Markdown cell."""
    cells = []
    for content in (cover(**changes), *shown):
        if isinstance(content, str):
            cells.append(new_markdown_cell(content))
        else:
            data = content._repr_mimebundle_()
            cells.append(new_code_cell(outputs=[nbformat.v4.new_output("display_data", data=data)]))
    return new_notebook(cells=cells)


FRAME = pd.DataFrame({"ก": ["ดู [[rates]]"]})
LOSSES = section_of(FRAME, "คะแนนที่เสีย ดู [[rates]]", name="losses")


def rates() -> Section:
    """A figure with a name, which names a table."""
    return section_of(
        drawing(), "อัตรา ดู [[losses]]", name="rates", alt="ภาพของ [[losses]]", note="จาก [[losses]]"
    )


@pytest.mark.parametrize(
    ("digits", "table", "picture"), [("thai", "ตารางที่ ๒", "ภาพที่ ๑"), ("arabic", "ตารางที่ 2", "ภาพที่ 1")]
)
def test_references_become_numbers(digits: Digits, table: str, picture: str) -> None:
    """``[[name]]`` is the number of what has the name: in prose, captions, cells, notes, words of figures."""
    first = section_of(FRAME, "ตารางแรก")
    read = read_document(book(rates(), first, LOSSES, "ดู [[losses]] และ [[rates]]", digits=digits))
    said = read.model_dump_json(exclude={"own"})

    assert f"ดู {table} และ {picture}" in said
    assert [text in said for text in (f"อัตรา ดู {table}", f"ภาพของ {table}", f"จาก {table}")] == [True] * 3
    assert said.count(f"ดู {picture}") == 3
    assert "[[" not in said


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ((LOSSES, "ดู [[loses]]"), "[[losses]]"),
        ((LOSSES, LOSSES), '"losses" ใช้มากกว่าหนึ่งครั้ง'),
        (("ดู [[losses]]",), "[[losses]]"),
        ((section_of(pd.DataFrame({"ก": [1]}), name="losses"), "ดู [[losses]]"), "[[losses]]"),
    ],
    ids=["unknown", "doubled", "nothing is named", "without caption it has no number"],
)
def test_names_that_lead_nowhere_stop_the_export(cells: tuple[Section | str, ...], said: str) -> None:
    """A name that nothing has, or that two things have, is an error that names it and the nearest."""
    with pytest.raises(RenderError, match=re.escape(said)):
        read_document(book(rates(), *cells) if cells[0] is LOSSES else book(*cells))


# ---------------------------------------------------------------- what a publication asks for

WITHOUT_WORDS = (
    (section_of(drawing("ชื่อ")), "แผนภาพ ชื่อ"),
    (section_of(drawing(), "คำบรรยาย"), "แผนภาพ คำบรรยาย"),
    (section_of(plt.figure()), "แผนภาพ"),
)


@pytest.mark.parametrize(("section", "named"), WITHOUT_WORDS)
def test_a_figure_without_words(section: Section, named: str) -> None:
    """A figure without words is named in the working edition and in a draft, refused in a publication."""
    told = f"เซลล์ที่ 2: {named} ไม่มีข้อความแทนภาพ (alt)"

    assert read_document(book(section)).remarks == (told,)
    assert read_document(book(section, edition="publish", draft=True)).remarks == (told,)
    with pytest.raises(RenderError, match=f"{named} มีข้อความแทนภาพ"):
        read_document(book(section, edition="publish"))


def test_a_figure_without_words_is_made_all_the_same() -> None:
    """Its caption stands in for the missing words, so that every format can be written."""
    assert written(read_document(book(WITHOUT_WORDS[1][0])))["pdf"].alts == ["คำบรรยาย"]


# ---------------------------------------------------------------- texts are texts

HOSTILE = [
    "<b>หนา</b>",
    "</text><script>alert(1)</script>",
    "]]></svg><img src=x onerror=alert(1)>",
    "=HYPERLINK(1)",
    "#let x = 1; #panic()",
    "$x^2$ \\alpha @key *ดาว* _เส้น_ `รหัส`",
    "{{ 7 * 7 }} {% if %}",
    '" onload="x" ]( http://a )',
]
HIDDEN = "ก\u202eข\u200bค\x00ง\ufeff"


def hostile(text: str) -> NotebookNode:
    """A notebook that shows a text wherever a display can hold one."""
    figure = drawing(text)
    figure.axes[0].plot([1, 2], label=text)
    figure.axes[0].set_xlabel(text)
    figure.axes[0].legend()
    frame = pd.DataFrame({text: [text]}, index=pd.Index([text], name=text))
    made = book(section_of(frame, text, note=text), section_of(figure, alt=text), section_of(text))
    printed = nbformat.v4.new_output("stream", name="stdout", text=text)
    value = nbformat.v4.new_output("execute_result", data={"text/plain": repr(text)})
    made.cells.append(new_code_cell(outputs=[printed, value]))
    return made


def tags_of(page: str) -> set[tuple[str, ...]]:
    """The elements of a page, each by its name and those of its attributes."""
    found = set[tuple[str, ...]]()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.add((tag, *(name for name, _ in attrs)))  # type: ignore[method-assign]
    parser.feed(page)
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_never_markup(text: str) -> None:
    """A text comes out letter by letter wherever it stands: in cells, captions, notes, figures and prints."""
    document = read_document(hostile(text))
    page, formats = html.render(document), written(document)

    # four in the table, its caption, its note, the caption of the figure, the text, the print, the value
    counts = {ending: found.text.count(squeezed(text)) for ending, found in formats.items()}
    assert {ending: count >= 10 for ending, count in counts.items()} == dict.fromkeys(counts, True)
    assert {tuple(found.alts) for found in formats.values()} == {(squeezed(text),)}
    assert formats["html"].tables == formats["pdf"].tables == formats["docx"].tables
    figure = next(block for block in document.blocks if isinstance(block, Figure))
    assert [words.text for words in words_apart(figure.svg)[1]].count(text) == 2
    assert tags_of(page) == tags_of(html.render(read_document(hostile("ธรรมดา"))))


def test_what_cannot_be_seen_is_left_out() -> None:
    """Marks that turn the order of reading, and characters that no file can hold, reach no format."""
    document = read_document(hostile(HIDDEN))
    texts = [found.text for found in written(document).values()]

    assert re.search("[\u202e\u200b\x00\ufeff]", html.render(document)) is None
    assert [re.search("[\u202e\x00\ufeff]", text) for text in texts] == [None] * 3
    assert [text for text in texts if text.count("กขคง") < 10] == []


# ---------------------------------------------------------------- whichever way a document is made


FORMATS = ("html", "pdf", "docx")
CELLS = (
    new_code_cell(
        "import pandas as pd\n"
        'mine = pd.DataFrame({"กองงาน": ["กองคลังของฉัน", "กองช่างของฉัน"], "ร้อยละของฉัน": [84.995, 7131.5]})\n'
        "mine"
    ),
    new_code_cell(
        'ax = mine.plot.bar(x="กองงาน", y="ร้อยละของฉัน", title="แผนภูมิของฉัน ๒ กอง", legend=False)\n'
        'ax.figure.set_label("แท่งของฉันสองแท่ง")\n'
        "ax"
    ),
    new_code_cell('print("พิมพ์ของฉัน", 7132)'),
    new_markdown_cell("หมายเหตุ**ของฉัน** ว่าด้วย 7133"),
)


def add_cells(path: Path) -> None:
    """Put the four cells behind the indicators of a notebook."""
    notebook = nbformat.read(path, as_version=4)
    tagged = [n for n, c in enumerate(notebook.cells) if "section:indicators" in c.metadata.get("tags", ())]
    notebook.cells[tagged[-1] + 1 : tagged[-1] + 1] = CELLS
    nbformat.write(notebook, path)


@pytest.fixture
def own(workspace: Workspace) -> Path:
    """A workspace with two agencies, whose notebook holds the four cells behind its indicators."""
    add_cells(workspace.root / "notebooks/agency_report.ipynb")
    workspace.append("data/agencies.csv", "mai,เทศบาลตำบลใหม่,เทศบาลตำบล,,")
    workspace.append(f"data/{YEAR}/stated_scores.csv", "mai,total,,90.00", "mai,IIT,,90.00")
    return workspace.root


def run(*command: str | Path, folder: Path) -> None:
    """Run a command of the project as a person would."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def by_papermill_and_nbconvert(root: Path, out: Path) -> list[Path]:
    """Run by papermill, export by nbconvert, each format by the exporter that the package installs."""
    made, installed = out / "out.ipynb", entry_points(group="nbconvert.exporters")
    run("papermill", "notebooks/agency_report.ipynb", made, "-f", f"params/{AGENCY}-{YEAR}.yaml", folder=root)
    for exporter in (entry.load()() for entry in installed if entry.value.startswith("ita_nb.")):
        content, _ = exporter.from_filename(str(made))
        path = made.with_suffix(exporter.file_extension)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [made]


def by_batch(root: Path, out: Path) -> list[Path]:
    """Make the reports of both agencies in kernels forked from a warm one."""
    wanted = f"fiscal_year: {YEAR}\nagencies: {{list: [{AGENCY}, mai]}}\noverview: false\n"
    (root / "params/two.yaml").write_text(wanted, encoding="utf-8")
    stream = io.StringIO()
    result = run_batch(root / "params/two.yaml", workspace=root, jobs=2, out=out, stream=stream)
    assert result.exit_code == 0, stream.getvalue()
    return [out / agency / f"{agency}-{YEAR}-analysis.ipynb" for agency in (AGENCY, "mai")]


FOUND = {
    "table": [["กองงาน", "ร้อยละของฉัน"], ["กองคลังของฉัน", "๘๕.๐๐"], ["กองช่างของฉัน", "๗๑๓๑.๕๐"]],
    "chart": (1, 1),
    "print": 1,
    "note": 1,
    "bold": True,
}


def found_in(content: bytes, name: str) -> dict[str, object]:
    """What stands in a document of the four additions: the table, and how often the others."""
    page = of_html(content.decode()) if name == "html" else {"pdf": of_pdf, "docx": of_word}[name](content)
    return {
        "table": next((table for table in page.tables if table[0][0] == "กองงาน"), None),
        "chart": (page.text.count("แผนภูมิของฉัน๒กอง"), page.alts.count("แท่งของฉันสองแท่ง")),
        "print": page.text.count("พิมพ์ของฉัน๗๑๓๒"),
        "note": page.text.count("หมายเหตุของฉันว่าด้วย๗๑๓๓"),
        "bold": "ของฉัน" in page.bold,
    }


@pytest.mark.parametrize("way", [by_papermill_and_nbconvert, by_batch], ids=lambda way: way.__name__)
def test_all_four_are_in_every_format(
    way: Callable[[Path, Path], list[Path]], own: Path, tmp_path: Path
) -> None:
    """Table, chart, print and note stand in HTML, PDF and Word once each, in the digits of the document."""
    for notebook in way(own, tmp_path):
        for name in FORMATS:
            assert found_in(notebook.with_suffix(f".{name}").read_bytes(), name) == FOUND


# ---------------------------------------------------------------- what verification must let pass


def printed(text: str) -> NotebookNode:
    """A cell that printed a text."""
    return new_code_cell(outputs=[new_output("stream", name="stdout", text=text)])


def displayed(frame: pd.DataFrame) -> NotebookNode:
    """A cell that showed a table."""
    data = section_of(frame, "ตารางของฉัน")._repr_mimebundle_()
    return new_code_cell(outputs=[new_output("display_data", data=data)])


LABELS = ["การปฏิบัติหน้าที่และการใช้งบประมาณของหน่วยงาน"] * 40
NUMBERS = [[10_000 * row + column + 0.125 for column in range(30)] for row in range(40)]
PASSED = {
    "lines that end in numbers": printed("คะแนน 7141\nคะแนน 7142\n7143"),
    "what looks like a fault": printed("None nan NaT Traceback Fraction(1, 2) \ufffd"),
    "letters of other scripts": printed("😀 中文 עברית Ω → ✓"),
    "lists and tables": new_markdown_cell(
        "| ก | ข |\n|--|--|\n| 7144 | |\n\n- 7145\n- 7146\n\n1. 7147\n2. 7148"
    ),
    "missing values": displayed(pd.DataFrame({"ก": ["nan", None], "ข": [None, 1.5], "ค": [pd.NaT, pd.NaT]})),
    "lines in cells": displayed(pd.DataFrame({"ก": ["ก 7151\nข 7152"], "ข": ["1. 7153\n2. 7154"]})),
    "many columns": displayed(pd.DataFrame(NUMBERS, index=LABELS)),
    "some columns": displayed(pd.DataFrame(NUMBERS, index=LABELS).iloc[:, :9]),
}


@pytest.fixture(scope="module")
def plain() -> NotebookNode:
    """The executed notebook of the real report."""
    return in_process.executed(in_process.task_for())


@pytest.mark.parametrize("cell", PASSED.values(), ids=PASSED)
def test_what_people_add_is_verified(
    plain: NotebookNode, cell: NotebookNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers and words of an added cell are found again in every format, and none is taken for a fault."""
    notebook = deepcopy(plain)
    notebook.cells.insert(10, cell)
    monkeypatch.setattr("ita_nb.execution.run_notebook", lambda *_, **__: Execution(notebook, "cold", 0.0))
    made = make(in_process.task_for())

    assert (made.failure, len(made.contents), made.remarks) == (None, 1 + len(FORMATS), ())
