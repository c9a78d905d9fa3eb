"""No file counts as done that is not the document asked for: each check, on a file broken in that way."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import nbformat
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_process import HANNANGAM, executed, task_for

from ita_nb.document import html, pdf, word
from ita_nb.document.blocks import Document, Figure
from ita_nb.document.notebook import read_document
from ita_nb.execution import Execution
from ita_nb.frames import TABLES_MIME, Tables
from ita_nb.report import make
from ita_nb.task import Task
from ita_nb.thai import number_text
from ita_nb.verify import Expected, UnverifiedError, expect, numbers_in, verify

FORMATS = ("html", "pdf", "docx")


@dataclass(frozen=True)
class Report:
    """A task, its executed notebook, and what was read out of it."""

    task: Task
    notebook: Any
    document: Document
    tidy: Tables
    expected: Expected

    @classmethod
    def of(cls, task: Task) -> Report:
        """Make the report of a task."""
        notebook = executed(task)
        document, tidy = read_document(notebook), tables_in(notebook)
        return cls(task, notebook, document, tidy, expect(notebook, document, tidy, task))


def rendered(document: Document, name: str) -> bytes:
    """Return a document as a file."""
    content = {"html": html, "pdf": pdf, "docx": word}[name].render(document)
    return content.encode() if isinstance(content, str) else content


def tables_in(notebook: Any) -> Tables:
    """Return the tables that a notebook displays."""
    shown = (output.data for cell in notebook.cells for output in cell.get("outputs", ()))
    return Tables(**next(data[TABLES_MIME] for data in shown if TABLES_MIME in data))


@pytest.fixture(scope="module")
def report() -> Report:
    """The demo report as a publication, and without its figures, which take long to draw."""
    whole = Report.of(task_for(edition="publish", draft=True))
    blocks = tuple(block for block in whole.document.blocks if not isinstance(block, Figure))
    document = whole.document.model_copy(update={"blocks": blocks})
    return replace(
        whole, document=document, expected=expect(whole.notebook, document, whole.tidy, whole.task)
    )


@pytest.fixture(scope="module")
def made_pdf(report: Report) -> bytes:
    """Its PDF."""
    return rendered(report.document, "pdf")


def edited(document: Document, *edits: tuple[str, str], count: int = 1) -> Document:
    """Return a document with passages of its text put differently; the first of each, or all."""
    text = document.model_dump_json()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, count)
    return Document.model_validate_json(text)


# ---------------------------------------------------------------- what is right passes

# The ten documents of the demo in both digits are verified when they are made for all tests.

RIGHT = {
    "analysis": {},
    "progress": {
        "agency_id": "chaimongkhon",
        "name_th": "เทศบาลตำบลไชยมงคล",
        "fiscal_year": 2566,
        "document": "progress",
        "digits": "arabic",
    },
}


@pytest.mark.parametrize("changed", RIGHT.values(), ids=RIGHT)
def test_what_was_made_passes(changed: dict[str, Any]) -> None:
    """Every kind of document passes in every format."""
    report = Report.of(task_for(**changed))

    for name in FORMATS:
        verify(rendered(report.document, name), report.expected, name)


# ---------------------------------------------------------------- the notebook against task and tables


def with_row(tidy: Tables, table: str, number: int, **values: Any) -> Tables:
    """Return tables with some values of one row changed."""
    tables = deepcopy(dict(tidy.tables))
    tables[table][number] |= values
    return Tables(tables)


def with_score(tidy: Tables, node: str, stated: float, part: str = "") -> Tables:
    """Return tables with another stated score of a node."""
    rows = [(row["node"], row["part"]) for row in tidy.tables["scores"]]
    return with_row(tidy, "scores", rows.index((node, part)), stated=stated)


OTHER_TABLES: dict[str, tuple[Callable[[Tables], Tables], str]] = {
    "row of another agency": (lambda t: with_row(t, "losses", 5, agency_id="bangkrabue"), "bangkrabue 2568"),
    "row of another year": (lambda t: with_row(t, "scores", 0, fiscal_year=2567), "hannangam 2567"),
    "another name": (lambda t: with_row(t, "results", 0, name_th="เทศบาลตำบลอื่น"), "เทศบาลตำบลอื่น"),
    "another edition": (lambda t: with_row(t, "results", 0, edition="working"), "working"),
    "no result": (lambda t: Tables({**t.tables, "results": []}), "หนึ่งแถว"),
    "another total": (lambda t: with_row(t, "results", 0, total_stated=49.75), "คะแนนรวม ๔๙.๗๕"),
    "another level": (lambda t: with_row(t, "results", 0, level_stated="ปรับปรุง"), 'ระดับ "ปรับปรุง"'),
    "another instrument": (lambda t: with_score(t, "IIT", 95.69), "คะแนนIIT"),
    "another part": (lambda t: with_score(t, "EIT", 95.53, "1"), "ส่วนที่ 1"),
    "another indicator": (lambda t: with_score(t, "7", 97.06), "ตัวชี้วัดที่ 7"),
    "one measure less": (
        lambda t: Tables({**t.tables, "measures": t.tables["measures"][:-1]}),
        "ตารางมาตรการมี 6 แถว",
    ),
    "another measure": (lambda t: with_row(t, "measures", 0, title_th="มาตรการอื่น"), "ตรงกัน 6 แถว"),
    "confirmed measure": (lambda t: with_row(t, "measures", 0, status="confirmed"), "ตรงกัน 6 แถว"),
}


@pytest.mark.parametrize(("change", "said"), OTHER_TABLES.values(), ids=OTHER_TABLES)
def test_a_notebook_that_is_not_of_its_tables_is_refused(
    report: Report, change: Callable[[Tables], Tables], said: str
) -> None:
    """A notebook whose tables are of another agency or year, or hold other numbers, is refused."""
    with pytest.raises(UnverifiedError, match=re.escape(said)):
        expect(report.notebook, report.document, change(report.tidy), report.task)


OTHER_TASKS: dict[str, tuple[dict[str, Any], str]] = {
    "agency": ({"agency_id": "bangkrabue"}, "พารามิเตอร์ agency_id"),
    "year": ({"fiscal_year": 2567}, "พารามิเตอร์ fiscal_year"),
    "edition": ({"edition": "working"}, "พารามิเตอร์ edition"),
    "digits": ({"digits": "arabic"}, "พารามิเตอร์ digits"),
    "draft": ({"draft": False}, "พารามิเตอร์ draft"),
    "name": ({"name_th": "เทศบาลตำบลอื่น"}, "ปก (agency)"),
}


@pytest.mark.parametrize(("changed", "said"), OTHER_TASKS.values(), ids=OTHER_TASKS)
def test_a_notebook_of_another_task_is_refused(report: Report, changed: dict[str, Any], said: str) -> None:
    """A notebook that ran for another agency, year, edition or form than asked for is refused."""
    with pytest.raises(UnverifiedError, match=re.escape(said)):
        expect(report.notebook, report.document, report.tidy, replace(report.task, **changed))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"agency_id":"hannangam"', '"agency_id":"bangkrabue"', "ปก (agency_id)"),
        ('"fiscal_year":2568', '"fiscal_year":2567', "ปก (fiscal_year)"),
        *((f'"level":1,"text":"ส่วนที่ {part} ', '"level":1,"text":"', f"ส่วนที่ {part}") for part in "๑๒๓"),
    ],
)
def test_a_document_of_another_or_without_a_part_is_refused(
    report: Report, old: str, new: str, said: str
) -> None:
    """A cover that names another agency or year than the parameters, or a missing part, is refused."""
    with pytest.raises(UnverifiedError, match=re.escape(said)):
        expect(report.notebook, edited(report.document, (old, new), count=-1), report.tidy, report.task)


def test_an_error_cell_is_refused(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook in which a cell raised is no document, whatever its other cells show."""
    notebook = deepcopy(report.notebook)
    error = nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue="by zero", traceback=[])
    notebook.cells[-1].outputs.append(error)
    monkeypatch.setattr("ita_nb.execution.run_notebook", lambda *_, **__: Execution(notebook, "cold", 0.0))
    failure = make(report.task).failure

    assert (failure.cause, "ZeroDivisionError" in failure.message_th) == ("unverified", True)


# ---------------------------------------------------------------- each file against the notebook

HEADING = '"text":"คะแนนรายตัวชี้วัด"'
# What is put differently, once or (for names of agency and year) everywhere, and what is said of the file.
CHANGED: dict[str, tuple[str, str, int, str]] = {
    "digit of the total in the result": ("ได้ ๙๔.๑๘ คะแนน", "ได้ ๙๔.๑๙ คะแนน", 1, "ประโยคสรุปผล"),
    "digit of the total in the table": ('"๔๙.๗๔","๙๔.๑๘"', '"๔๙.๗๔","๙๔.๑๙"', 1, "ตัวเลข ๙๔.๑๘"),
    "digit of an instrument": ('"๙๕.๖๘","๙๕.๖๘"', '"๙๕.๘๖","๙๕.๖๘"', 1, "ตัวเลข ๙๕.๖๘"),
    "digit of an indicator": ('"IIT","๙๖.๙๘"', '"IIT","๙๖.๘๙"', 1, "ตัวเลข ๙๖.๙๘"),
    "score of a namesake": ('"IIT","๙๖.๙๘"', '"IIT","๙๖.๙๗"', 1, "ตัวเลข"),
    "level": ("ระดับผ่านดี", "ระดับผ่าน", 1, "ประโยคสรุปผล"),
    "measure": ("มาตรการที่ ๓\\n", "มาตรการที่ ๔\\n", 1, "แถวของมาตรการ"),
    "part": ('"level":1,"text":"ส่วนที่ ๓ ', '"level":1,"text":"ภาค ๓ ', 1, "หัวข้อ"),
    "spilled value": (HEADING, '"text":"คะแนนรายตัวชี้วัด nan"', 1, "nan"),
    "agency": (HANNANGAM, "องค์การบริหารส่วนตำบลหันนางอม", -1, "ชื่อหน่วยงาน"),
    "year": ("๒๕๖๘", "๒๕๖๗", -1, "ปีงบประมาณ"),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("old", "new", "count", "said"), CHANGED.values(), ids=CHANGED)
def test_a_file_that_says_something_else_is_refused(
    report: Report, old: str, new: str, count: int, said: str, name: str
) -> None:
    """A file in which one digit, the level, a measure, a part or a name is not the notebook's is refused."""
    document = edited(report.document, (old, new), count=count)
    with pytest.raises(UnverifiedError, match=re.escape(said)):
        verify(rendered(document, name), report.expected, name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_does_not_open_is_refused(report: Report, name: str) -> None:
    """Half a file is refused."""
    with pytest.raises(UnverifiedError, match="เปิดได้"):
        verify(b"\xff\xfe half a file", report.expected, name)


@pytest.mark.parametrize("name", ["html", "docx"])
def test_a_lost_character_is_refused(report: Report, name: str) -> None:
    """The mark of a character that was lost on the way is refused."""
    document = edited(report.document, (HEADING, HEADING[:-1] + '\ufffd"'))
    with pytest.raises(UnverifiedError, match="ตัวอักษรที่หายไป"):
        verify(rendered(document, name), report.expected, name)


@pytest.mark.parametrize("name", FORMATS)
def test_peoples_own_words_are_no_fault(report: Report, name: str) -> None:
    """What looks like a spilled value passes where people wrote it themselves."""
    file = rendered(edited(report.document, (HEADING, HEADING[:-1] + ' None"')), name)

    verify(file, replace(report.expected, own_words=frozenset({"None"})), name)


# ---------------------------------------------------------------- what only a PDF can lack


def with_two_pages(document: pikepdf.Pdf) -> None:
    """Leave the first two pages."""
    del document.pages[2:]


def with_font_outside(document: pikepdf.Pdf) -> None:
    """Take a font out of the file."""
    font = next(iter(document.pages[2].resources.Font.values()))
    descriptor = font.DescendantFonts[0].FontDescriptor
    for name in {"/FontFile", "/FontFile2", "/FontFile3"} & {*descriptor.keys()}:
        del descriptor[name]


def with_missing_glyph(document: pikepdf.Pdf) -> None:
    """Draw the box of a missing glyph for one letter of the third page."""
    page = document.pages[2]
    drawn = page.Contents.read_bytes()
    first = re.search(rb"\[\((\\000)(\\\d{3}|[^\\])", drawn)
    page.Contents = document.make_stream(drawn[: first.start(2)] + rb"\000" + drawn[first.end(2) :])


BROKEN = {
    "empty page": (pikepdf.Pdf.add_blank_page, "หน้าว่าง [0-9]+"),
    "pages missing": (with_two_pages, "3-400 หน้า"),
    "font not embedded": (with_font_outside, "ฝังอยู่ในแฟ้ม"),
    "missing glyph": (with_missing_glyph, "ในหน้า 3"),
}


@pytest.mark.parametrize(("damage", "said"), BROKEN.values(), ids=BROKEN)
def test_a_damaged_pdf_is_refused(
    report: Report, made_pdf: bytes, damage: Callable[[pikepdf.Pdf], None], said: str
) -> None:
    """A PDF with an empty page, too few pages, a font outside or a box for a letter is refused."""
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(made_pdf)) as document:
        damage(document)
        document.save(written)
    with pytest.raises(UnverifiedError, match=said):
        verify(written.getvalue(), report.expected, "pdf")


# ---------------------------------------------------------------- how it is said


def test_the_message_has_four_parts(report: Report) -> None:
    """The error says where, what was expected, what was found and what to do."""
    with pytest.raises(UnverifiedError) as caught:
        verify(b"<p>nothing</p>", report.expected, "html")

    assert caught.value.where == "hannangam-2568-analysis.html"
    assert caught.value.expected == f'ชื่อหน่วยงาน "{HANNANGAM}"'
    assert all((caught.value.found, caught.value.todo))


NUMBERS = {
    "ได้ ๔๙.๗๔ คะแนน": ["๔๙.๗๔"],
    "ผลต่าง -3.20 และ +1.5": ["-3.20", "+1.5"],
    "(95.68)": ["95.68"],
    "ปี 2568.": ["2568"],
    "1,234.5 บาท": ["1,234.5"],
    "ข้อ o12 และ 9.1": ["9.1"],
    "โทร 042-000000 หรือ 0812345678": [],
    "https://x.th/2568/1.5 ที่ 2025-10-01": [],
    "รุ่น 0.1.0+ab12": [],
}


@pytest.mark.parametrize(("text", "numbers"), NUMBERS.items())
def test_numbers_stand_by_themselves(text: str, numbers: list[str]) -> None:
    """Scores, counts and years are numbers; digits of codes, addresses, dates and telephones are not."""
    assert list(numbers_in([text]).elements()) == numbers


@given(st.integers(0, 10_000_000), st.integers(0, 5))
def test_scores_of_tables_round_as_those_of_documents(units: int, decimals: int) -> None:
    """A score that went through a float is written as the exact one is, halves too."""
    exact = Fraction(units, 10**decimals)

    assert number_text(float(exact)) == number_text(exact)
