"""The documents of all five agencies, in both digit styles, as their readers get them."""

from __future__ import annotations

import html as markup
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pikepdf
import pypdfium2
import pytest
from conftest import AGENCY, REPOSITORY, YEAR
from documents import Made
from opened import Opened
from pythainlp.corpus import thai_words
from reading import squeezed
from test_report_pages import block_texts, thai

from ita_nb.analysis.scores import Scores
from ita_nb.analysis.trend import find_trend
from ita_nb.case import build_case
from ita_nb.document.blocks import Cover, Document
from ita_nb.document.fonts import printable
from ita_nb.document.pdf_runs import fonts_of, runs_of
from ita_nb.facts.kinds import Node
from ita_nb.facts.loader import load_framework
from ita_nb.intake.record import Record, StatedScore
from ita_nb.parameters import ReportParameters
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


def test_document_is_whole(made: Made) -> None:
    """Notebook, HTML, PDF and Word are made together."""
    assert sorted(made.files) == [".docx", ".html", ".ipynb", ".pdf"]


def test_cover_names_the_document(made: Made) -> None:
    """The title page says what the document is and whose."""
    cover = squeezed(made.pages[0])

    assert squeezed(TITLES[made.agency_id]) in cover
    assert squeezed(made.document.cover.agency) in cover


# ---------------------------------------------------------------- the official tables


def table_headings(html: str) -> Iterator[tuple[str, ...]]:
    """Yield the headings of each table of an HTML file."""
    for head in re.findall(r"<thead.*?</thead>", html, flags=re.DOTALL):
        cells = re.findall(r"<th\b[^>]*>(.*?)</th>", head, flags=re.DOTALL)
        yield tuple(" ".join(markup.unescape(re.sub(r"<[^>]+>", "", cell)).split()) for cell in cells)


def test_official_headings_begin_the_html_table(made: Made) -> None:
    """One table of the HTML has the headings of the agency's published table, in its order, before others."""
    official = HEADINGS[made.agency_id]
    begins = [headings[: len(official)] for headings in table_headings(made.html)]

    assert begins.count(official) == 1


def test_official_headings_stand_on_turned_pages(made: Made) -> None:
    """All of the official headings stand together on a landscape page of the PDF."""
    pdf = pypdfium2.PdfDocument(made.files[".pdf"])
    turned = [squeezed(text) for page, text in zip(pdf, made.pages, strict=True) if page.get_width() > 800]

    assert any(all(squeezed(h) in text for h in HEADINGS[made.agency_id]) for text in turned)


# ---------------------------------------------------------------- digits, words, glyphs


def foreign_digits(text: str, digits: Digits) -> list[str]:
    """The lines of a text that hold digits of the other style, but for what is there to be copied."""
    other = "arabic" if digits == "thai" else "thai"
    return [line for line in COPIED.sub("", text).split("\n") if set(line) & set(DIGITS[other])]


@pytest.mark.parametrize("file", ["html", "pdf", "docx"])
def test_digits_are_of_one_kind(made: Made, file: str) -> None:
    """No digit of the other style is left outside addresses and fingerprints."""
    assert foreign_digits(made.texts[file], made.digits) == []


@pytest.mark.parametrize("file", ["html", "pdf", "docx"])
def test_digits_are_of_the_chosen_kind(made: Made, file: str) -> None:
    """The year of the document stands in the chosen digits."""
    year = "".join(DIGITS[made.digits][int(figure)] for figure in str(made.year))

    assert f"ปีงบประมาณพ.ศ.{year}" in squeezed(made.texts[file])


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
            if thai(above[-1]) and thai(below[0]):
                yield squeezed(above)[-8:], squeezed(below)[:8]


def test_no_word_is_broken_at_a_line_end(made: Made) -> None:
    """Wherever a line ends between two Thai letters, a word ends there too."""
    cover = made.document.cover
    names = (cover.agency, *re.split(r" |อำเภอ|จังหวัด", cover.place))
    sources = [(squeezed(text), boundaries(text, names)) for text in set(block_texts(made.document))]
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
    whole = "\n".join(block_texts(made.document))

    # In a list of numbers a line may well end after the comma.
    assert [number for number in parted if number.replace("\n", "") in whole] == []


def test_no_glyph_is_missing(made: Made) -> None:
    """No run of the PDF shows glyph 0, the box for a character that the font lacks."""
    with pikepdf.open(io.BytesIO(made.files[".pdf"].read_bytes())) as pdf:
        missing = [
            number
            for number, page in enumerate(pdf.pages, start=1)
            for run in runs_of(page.Contents.read_bytes(), fonts_of(page, {}))
            if 0 in run.glyphs
        ]

    assert missing == []


def test_no_character_is_replaced(made: Made) -> None:
    """Every character of the real documents has a glyph: none is shown as a question mark instead."""
    replaced = [text for text in all_strings(made.document) if printable(text).count("?") != text.count("?")]

    assert replaced == []


def all_strings(document: Document) -> Iterator[str]:
    """Yield every text of a document as it was written, drawings left out."""

    def walk(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key != "svg":
                    yield from walk(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                yield from walk(inner)
        elif isinstance(value, str):
            yield value

    yield from walk(document.model_dump())


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


def mixed(texts: Iterator[str]) -> list[str]:
    """The texts that a reader takes in at once in which level names of both kinds stand."""
    pieces = (piece for text in texts for piece in re.split(r"\n|(?<=[^0-9๐-๙])\. ", text))
    return [piece for piece in pieces if LETTERS.search(piece) and WORDS.search(piece)]


def test_kinds_of_level_names_are_not_mixed(made: Made) -> None:
    """No sentence and no cell holds a letter level beside a word level."""
    assert mixed(all_strings(made.document)) == []


@pytest.fixture(scope="module")
def of_both_kinds() -> Document:
    """The result of an agency that has a letter in one year and a word in a later one."""
    case, before = build_case(AGENCY, YEAR, REPOSITORY), 2565
    total = {Node("total"): StatedScore(Fraction("95.10"), "95.10", Fraction(1, 200))}
    earlier = Scores(load_framework(before), Record(case.agency, before, total, level_th="AA"))
    frameworks = {year: load_framework(year) for year in range(before, YEAR + 1)}
    trend = find_trend({before: earlier, YEAR: case.scores}, frameworks)
    parameters = ReportParameters(agency_id=AGENCY, fiscal_year=YEAR)
    report = Opened(replace(case, trend=trend), parameters)
    section = report.part("front") + report.part("result")
    cover = next(block for block in section.blocks if isinstance(block, Cover))
    return Document(cover=cover, blocks=section.blocks)


@pytest.mark.parametrize("kind", [LETTERS, WORDS], ids=["letters", "words"])
def test_both_kinds_are_told(of_both_kinds: Document, kind: re.Pattern[str]) -> None:
    """An agency with years of both kinds is told the level of each."""
    assert any(kind.search(text) for text in all_strings(of_both_kinds))


def test_both_kinds_stand_apart(of_both_kinds: Document) -> None:
    """Even then no sentence and no cell holds both."""
    assert mixed(all_strings(of_both_kinds)) == []


def test_years_side_by_side_name_no_cause(of_both_kinds: Document) -> None:
    """Where scores of two years stand side by side, nothing is said to have changed them."""
    assert [text for text in all_strings(of_both_kinds) if credited(text)] == []
