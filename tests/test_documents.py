"""The documents of all five agencies, in both digit styles, as their readers get them.

HTML, PDF and Word say the same, in whole words of one kind of digits, and keep what they promise.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from conftest import AGENCY, REPOSITORY, YEAR
from documents import Made, strings
from opened import report_of
from pythainlp.corpus import thai_words
from reading import docx_tables, elements, html_tables, pdf_tables, runs, squeezed

from ita_nb.analysis.scores import Scores
from ita_nb.analysis.trend import find_trend
from ita_nb.case import build_case
from ita_nb.document.blocks import Figure, Paragraph, Table
from ita_nb.document.html import clean
from ita_nb.document.sheet import SHEETS, printable
from ita_nb.facts.kinds import Node
from ita_nb.facts.loader import load_framework
from ita_nb.intake.record import Record, StatedScore
from ita_nb.thai import Digits, words

DIGITS: dict[Digits, str] = {"thai": "๐๑๒๓๔๕๖๗๘๙", "arabic": "0123456789"}
# The headings that each agency's own published table prints, in its order.
HEADINGS = {
    AGENCY: (
        "ประเด็นที่ต้องยกระดับผลการประเมินฯ",
        "มาตรการ โครงการ หรือกิจกรรม",
        "ขั้นตอนหรือวิธีการปฏิบัติ",
        "ช่วงระยะเวลาในการดำเนินการ",
        "ผู้รับผิดชอบ",
    ),
    "bangkrabue": ("มาตรการ/แนวทาง", "วิธีการดำเนินการ", "ผู้รับผิดชอบ", "ระยะเวลาดำเนินการ", "การติดตามผล"),
    "takothong": (
        "ลำดับที่",
        "มาตรการหรือกิจกรรมที่ดำเนินการ",
        "ขั้นตอนหรือวิธีการปฏิบัติ",
        "ช่วงระยะเวลาในการดำเนินการ",
        "ผู้รับผิดชอบ",
        "ผลการดำเนินการ (output)",
        "ผลลัพธ์หรือผลสัมฤทธิ์ในการดำเนินการ (outcome/result)",
    ),
    "sithong": (
        "มาตรการ",
        "วิธีการดำเนินการ",
        "ผู้รับผิดชอบ",
        "ระยะเวลาดำเนินการ",
        "ผลการดำเนินการ",
        "ข้อเสนอแนะ",
    ),
    "chaimongkhon": (
        "ประเด็นที่ต้องปรับปรุงแก้ไข/ประเด็นที่ต้องพัฒนา",
        "ผู้รับผิดชอบ",
        "ขั้นตอนหรือวิธีการ/มาตรการ",
        "การรายงานผลและการกำกับติดตาม กำหนดเวลาแล้วเสร็จ",
    ),
}
# What the title page calls the document; a plan without results is not called a report.
TITLES = {
    AGENCY: "การวิเคราะห์ผลการประเมินคุณธรรมและความโปร่งใส",
    "bangkrabue": "การวิเคราะห์ผลการประเมินคุณธรรมและความโปร่งใส",
    "takothong": "รายงานผลการดำเนินการเพื่อส่งเสริมคุณธรรมและความโปร่งใสภายในหน่วยงาน",
    "sithong": "รายงานผลการดำเนินการตามมาตรการส่งเสริมคุณธรรมและความโปร่งใสภายในหน่วยงาน",
    "chaimongkhon": "มาตรการส่งเสริมคุณธรรมและความโปร่งใสภายในหน่วยงาน",
}
# Everyday words that the dictionary cuts in two: a line must not end inside them either.
WHOLE = "เอกสาร เผยแพร่ เว็บไซต์ ผู้บริหาร ประชาชน ขั้นตอน มาตรการ ตัวชี้วัด ราคากลาง บุคลากร กิจกรรม".split()
# Latin words that official Thai documents write as they are, and the marks of the provenance.
LATIN = set(
    "ITA IIT EIT OIT ITAS E-Service e-service E-mail QR Q A AA Dos Don ts e-GP URL url Facebook code output "
    "outcome result ita-nb".split()
)
# Letter levels: after the word for a level or alone in a cell; "E-Service" and "Q&A" are none.
LETTERS = re.compile(r"(?:ระดับ|^)\s*(?:AA|[A-F])(?![A-Za-z&-])|(?<![A-Za-z&])AA(?![A-Za-z])")
WORDS = re.compile(r"ผ่านดี|ระดับ\s*\"?ผ่าน|ต้องปรับปรุง(?!แก้ไข)|ปรับปรุงแก้ไขเร่งด่วน")
# Fingerprints are to be copied, so their digits stay as they are.
COPIED = re.compile(r"\d+\.\d+\.\d+\+[0-9a-f]+|\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{8,}\b")


def printed_lines(made: Made) -> set[str]:
    """Return every line that the document prints."""
    return {line for text in made.strings for line in printable(text).split("\n")}


def test_cover_names_the_document(made: Made) -> None:
    """The title page says what the document is and whose."""
    cover = squeezed(made.pages[0])

    assert squeezed(TITLES[made.agency_id]) in cover
    assert squeezed(made.document.cover.agency) in cover


def test_no_page_is_empty(made: Made) -> None:
    """Every page holds more than its header and number."""
    assert [i for i, text in enumerate(made.pages, start=1) if len(text.strip()) < 80] == []


def test_the_page_is_one_small_file(made: Made) -> None:
    """The HTML file has under 700 KB, and loads nothing: no address in src, href or url() but its own."""
    loads = re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)["']|url\(\s*["']?([^"')]*)""", made.html)

    assert made.files[".html"].stat().st_size < 700_000
    assert [u for pair in loads for u in pair if u and not u.startswith(("#", "data:"))] == []


# ---------------------------------------------------------------- the tables


READERS = {
    ".html": lambda content: html_tables(content.decode()),
    ".pdf": pdf_tables,
    ".docx": docx_tables,
}


@pytest.mark.parametrize("ending", READERS)
def test_tables_are_those_of_the_notebook(made: Made, ending: str) -> None:
    """Every cell of every table stands in each format as the notebook holds it."""
    tables = [
        [[column.heading for column in block.columns], *(row.cells for row in block.rows)]
        for block in made.document.blocks
        if isinstance(block, Table)
    ]

    assert READERS[ending](made.files[ending].read_bytes()) == [
        [[squeezed(str(clean(cell))) for cell in row] for row in table] for table in tables
    ]


def test_official_headings_begin_the_html_table(made: Made) -> None:
    """One table of the HTML has the headings of the agency's published table, in its order, before others."""
    official = [squeezed(heading) for heading in HEADINGS[made.agency_id]]

    assert [table[0][: len(official)] for table in html_tables(made.html)].count(official) == 1


def test_official_headings_stand_on_turned_pages(made: Made) -> None:
    """The official headings stand together on a landscape page of the PDF, in an analysis on each."""
    pdf = pypdfium2.PdfDocument(made.files[".pdf"])
    turned = [squeezed(text) for page, text in zip(pdf, made.pages, strict=True) if page.get_width() > 800]
    headed = [all(squeezed(h) in text for h in HEADINGS[made.agency_id]) for text in turned]

    assert any(headed)
    assert all(headed) or made.kind == "progress"


# ---------------------------------------------------------------- the text of the PDF


def running_text(made: Made) -> str:
    """The pages one after the other, without running headers, page numbers and line ends."""
    cover = made.document.cover
    header = squeezed(printable(cover.running_title)) + squeezed(printable(cover.agency))
    pages = []
    for page in made.pages:
        lines = re.sub(r"\n[0-9๐-๙]+\s*$", "", page).split("\n")
        begun = next((n for n in range(1, 5) if squeezed("".join(lines[:n])) == header), 0)
        pages.append("".join(lines[begun:]))
    return "".join(pages)


def paragraphs_of(made: Made) -> list[Paragraph]:
    """Return the paragraphs of the document."""
    return [block for block in made.document.blocks if isinstance(block, Paragraph)]


@pytest.mark.parametrize("file", ["html", "pdf", "docx"])
def test_every_paragraph_is_found_again(made: Made, file: str) -> None:
    """Every paragraph is in the text of each file, in the extracted text of the PDF too with its marks."""
    whole = squeezed(running_text(made) if file == "pdf" else made.texts[file])
    lost = [p.text for p in paragraphs_of(made) if squeezed(printable(p.label + p.text)) not in whole]

    assert lost == []


def test_every_word_is_whole(made: Made) -> None:
    """No space has come between the letters of any text between two spaces of a paragraph."""
    whole = running_text(made)
    parted = [word for p in paragraphs_of(made) for word in printable(p.text).split() if word not in whole]

    assert parted == []


# ---------------------------------------------------------------- nothing stands over a border


def rules_of(page: pypdfium2.PdfPage) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
    """The upright and the level lines of a page, each with its place and its two ends."""
    upright, level = [], []
    for shape in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH]):
        left, low, right, high = shape.get_bounds()
        if right - left < 2 and high - low > 6:
            upright.append(((left + right) / 2, low, high))
        elif high - low < 2 and right - left > 6:
            level.append(((low + high) / 2, left, right))
    return upright, level


def test_no_cell_is_overfull(made: Made) -> None:
    """No letter stands across a border of a table or outside the margins."""
    over = []
    pdf = pypdfium2.PdfDocument(made.files[".pdf"])
    for number, page in enumerate(pdf, start=1):
        upright, level = rules_of(page)
        sheet = SHEETS["landscape" if page.get_width() > page.get_height() else "portrait"]
        text = page.get_textpage()
        for place in range(text.count_chars()):
            letter = chr(pdfium.FPDFText_GetUnicode(text.raw, place))
            left, low, right, high = text.get_charbox(place)
            if letter.isspace() or right <= left:
                continue
            x, y = (left + right) / 2, (low + high) / 2
            crossed = any(left + 0.5 < at < right - 0.5 and begin < y < end for at, begin, end in upright)
            crossed |= any(low + 0.7 < at < high - 0.7 and begin < x < end for at, begin, end in level)
            if crossed or left < sheet.left - 1 or right > page.get_width() - sheet.right + 1:
                over.append((number, letter))
    pdf.close()

    assert over == []


# ---------------------------------------------------------------- what the PDF promises


def test_the_pdf_keeps_what_it_promises(made: Made) -> None:
    """PDF/UA-1 and PDF/A-2a are claimed; language, title and tags are there, each drawing told in words."""
    with pikepdf.open(made.files[".pdf"]) as pdf:
        root, tags = pdf.Root, pdf.Root.StructTreeRoot
        metadata = root.Metadata.read_bytes().decode()
        claims = re.findall(r"<(pdf\w+:(?:part|conformance))>(\w+)<", metadata)
        told = [squeezed(str(figure.get("/Alt", ""))) for figure in elements(tags, "/Figure")]

        assert {*claims} == {("pdfuaid:part", "1"), ("pdfaid:part", "2"), ("pdfaid:conformance", "A")}
        assert (str(root.Lang), bool(root.ViewerPreferences.DisplayDocTitle)) == ("th-TH", True)
        assert str(pdf.docinfo["/Title"]) != ""
        assert bool(root.MarkInfo.Marked)
        assert all(next(elements(tags, role), None) for role in ("/H1", "/P", "/Table", "/TH", "/TD"))
    drawn = [block.alt for block in made.document.blocks if isinstance(block, Figure)]
    assert told == [squeezed(printable(alt)) for alt in drawn]


# ---------------------------------------------------------------- digits, words, glyphs


@pytest.mark.parametrize("file", ["html", "pdf", "docx"])
def test_digits_are_of_the_chosen_kind(made: Made, file: str) -> None:
    """The year stands in the chosen digits, and none of the other are left but for what is to be copied."""
    year = "".join(DIGITS[made.digits][int(figure)] for figure in str(made.year))
    (other,) = {*DIGITS} - {made.digits}

    assert f"ปีงบประมาณพ.ศ.{year}" in squeezed(made.texts[file])
    assert re.findall(f".*[{DIGITS[other]}].*", COPIED.sub("", made.texts[file])) == []


def boundaries(text: str, names: tuple[str, ...]) -> set[int]:
    """The places in a text without its spaces where a word begins, alone or inside a long compound."""
    found, at = set(), 0
    for word in map(squeezed, words(text, names)):
        found.add(at)
        # A narrow column may part a compound such as สวัสดิการสังคม, between two words.
        known = thai_words() if len(word) > 8 else frozenset()
        found |= {at + i for i in range(1, len(word)) if word[:i] in known and word[i:] in known}
        at += len(word)
    return found


def line_ends(pages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the end of each line and the beginning of the next where Thai letters meet, without spaces."""
    for page in pages:
        lines = [line.strip() for line in page.split("\n") if line.strip()]
        for above, below in itertools.pairwise(lines):
            if "\u0e01" <= above[-1] <= "\u0e4e" and "\u0e01" <= below[0] <= "\u0e4e":
                yield squeezed(above)[-8:], squeezed(below)[:8]


def test_no_word_is_broken_at_a_line_end(made: Made) -> None:
    """Wherever a line ends between two Thai letters, a word ends there too."""
    cover = made.document.cover
    names = (cover.agency, *re.split(r" |อำเภอ|จังหวัด", cover.place))
    sources = [(squeezed(text), boundaries(text, names)) for text in printed_lines(made)]
    broken = []
    for tail, head in line_ends(made.pages):
        places = [(b, text.find(tail + head) + len(tail)) for text, b in sources if tail + head in text]
        broken += [tail + "|" + head] if places and not any(at in b for b, at in places) else []

    assert broken == []


def test_everyday_words_are_whole_at_line_ends(made: Made) -> None:
    """No line ends inside a word that every reader of such documents knows, whatever the dictionary says."""
    halves = {(word[:i], word[i:]) for word in WHOLE for i in range(1, len(word))}
    broken = [
        f"{tail}|{head}"
        for tail, head in line_ends(made.pages)
        if any(tail.endswith(a) and head.startswith(b) for a, b in halves)
    ]

    assert broken == []


def test_no_number_is_broken_at_a_line_end(made: Made) -> None:
    """No line ends inside a number."""
    parted = [m for text in made.pages for m in re.findall(r"[0-9๐-๙]+[.,]\n[0-9๐-๙]+", text)]
    whole = "\n".join(printed_lines(made))

    # In a list of numbers a line may well end after the comma.
    assert [number for number in parted if number.replace("\n", "") in whole] == []


def test_no_glyph_is_missing(made: Made) -> None:
    """No run of the PDF shows glyph 0, the box for a character that the font lacks."""
    with pikepdf.open(made.files[".pdf"]) as pdf:
        assert [run.text for run in runs(pdf) if 0 in run.glyphs] == []


def test_no_character_is_replaced(made: Made) -> None:
    """Every character of the real documents has a glyph: none is shown as a question mark instead."""
    assert [text for text in made.strings if printable(text).count("?") != text.count("?")] == []


@pytest.mark.parametrize("file", ["html", "pdf", "docx"])
def test_no_english_label(made: Made, file: str) -> None:
    """No English word is left but names that Thai documents use: no label such as "total:"."""
    text = COPIED.sub(" ", made.texts[file])
    codes = re.sub(r"\b[A-Zieo](?=[0-9๐-๙])", " ", text)  # of items (i10) and of measures (T09)
    found = set(re.findall(r"[A-Za-z]+(?:-[A-Za-z]+)*", codes))

    assert found - LATIN - {made.agency_id} == set()


@pytest.mark.parametrize("file", ["html", "pdf", "docx"])
def test_nothing_spills(made: Made, file: str) -> None:
    """No missing value or raw object shows."""
    assert re.findall(r"\b(?:None|nan|NaN|NaT|Fraction|Traceback)\b", made.texts[file]) == []


def test_signatures_stand_under_their_statement(made: Made) -> None:
    """No page asks for a signature without the statement that is signed."""
    signed = [page for page in made.pages if re.search(r"^\s*ลงชื่อ\s*$", page, flags=re.MULTILINE)]

    assert signed != []
    assert [page for page in signed if "ขอรับรองว่าข้อมูล" not in squeezed(page)] == []


# ---------------------------------------------------------------- what must never be said

CREDITS = re.compile(
    "ทำให้คะแนน|ส่งผลให้คะแนน|ช่วยให้คะแนน|คะแนน(?:เพิ่ม|สูง|ลด|ดี)(?:ขึ้น|ลง)?(?:เพราะ|เนื่องจาก)|คะแนนจากมาตรการ"
)
# Which answers lost the points of a question is arithmetic, and the published analyses call it so.
ARITHMETIC = re.compile("(?:สิ่งที่|คำตอบใด)ทำให้คะแนนลดลง")


def credited(text: str) -> list[str]:
    """Where a text says that anything made a score change."""
    return CREDITS.findall(ARITHMETIC.sub("", squeezed(text)))


@pytest.mark.parametrize("file", ["html", "pdf", "docx"])
def test_no_measure_is_credited_with_a_score(made: Made, file: str) -> None:
    """No document says that anything made a score change."""
    assert credited(made.texts[file]) == []


def mixed(texts: list[str]) -> list[str]:
    """The texts that a reader takes in at once in which level names of both kinds stand."""
    pieces = (piece for text in texts for piece in re.split(r"\n|(?<=[^0-9๐-๙])\. ", text))
    return [piece for piece in pieces if LETTERS.search(piece) and WORDS.search(piece)]


def test_kinds_of_level_names_are_not_mixed(made: Made) -> None:
    """No sentence and no cell holds a letter level beside a word level."""
    assert mixed(made.strings) == []


def test_levels_of_both_kinds_stand_apart() -> None:
    """An agency with a letter in one year and a word in a later one is told both, apart, with no cause."""
    case, before = build_case(AGENCY, YEAR, REPOSITORY), 2565
    total = {Node("total"): StatedScore(Fraction("95.10"), "95.10", Fraction(1, 200))}
    earlier = Scores(load_framework(before), Record(case.agency, before, total, level_th="AA"))
    frameworks = {year: load_framework(year) for year in range(before, YEAR + 1)}
    trend = find_trend({before: earlier, YEAR: case.scores}, frameworks)
    report = report_of(replace(case, trend=trend))
    texts = [*strings([part.model_dump() for part in (report.part("front"), report.part("result"))])]

    assert any(LETTERS.search(text) for text in texts)
    assert any(WORDS.search(text) for text in texts)
    assert mixed(texts) == []
    assert [text for text in texts if credited(text)] == []
