"""Verify a report before anyone may have it: right agency, right year, right numbers, nothing broken.

A report about the wrong agency is the worst failure, so nothing of a made file is taken on trust. The
notebook is held against its task and its own tables (:func:`expect`), then each file against the result
(:func:`verify`). All comparing is of text: white space and what cannot be seen say nothing.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from textwrap import shorten
from typing import Any
from zipfile import BadZipFile

import pikepdf
import pypdfium2
from nbformat import NotebookNode

from ita_nb.document.blocks import (
    Block,
    Callout,
    Cover,
    Document,
    Figure,
    Heading,
    Paragraph,
    Signature,
    Table,
)
from ita_nb.document.drawings import words_apart
from ita_nb.document.pdf_runs import fonts_of, runs_of
from ita_nb.document.sheet import printable
from ita_nb.errors import RenderError
from ita_nb.facts.rules import load_rules
from ita_nb.frames import SPILLED, Tables, Values
from ita_nb.task import Task
from ita_nb.thai import Digits, in_digits, number_text, visible

_TELL_US = "แจ้งผู้ดูแลโปรแกรมพร้อมแฟ้มข้อมูลของหน่วยงาน เอกสารนี้ยังไม่ถูกนำไปวางในโฟลเดอร์ผลลัพธ์"
ABSENT = "ไม่มีในเอกสาร"
# The parts that each document has; the working edition has one more, of checks.
_PARTS = {"analysis": 3, "progress": 2}

_INSTRUMENT = re.compile(r"[A-Z]{3}")
_IN_BRACKETS = re.compile(r"\(([A-Z]{3})\)$")
_PART = re.compile(r"[A-Z]{3} ส่วนที่ \d(?!\d)")

_RUN = re.compile(r"[+\-0-9๐-๙][0-9๐-๙.,]*")
# Longer ones (telephones, accounts) may be parted at a line's end.
_LONGEST_NUMBER = 9  # characters, the sign with them
# Beside these a run of digits is part of something else: a code, an address, a date.
_BEFORE, _AFTER = frozenset("_./:@-"), frozenset("_/@-+")

_LONGEST_QUOTED = 300  # characters of a text that a message repeats
_HEADER = 400  # characters that may stand above the text of a page
_DIGITS = "0123456789๐๑๒๓๔๕๖๗๘๙"
_OPENS = "แฟ้มที่เปิดได้"
_NOT_SEEN = re.compile(r"<style.*?</style>|<svg.*?</svg>|<[^>]+>", re.DOTALL)
_EMBEDDED = ("/FontFile", "/FontFile2", "/FontFile3")


class UnverifiedError(RenderError):
    """A made file is not the document that was asked for."""

    def __init__(self, where: str, expected: str, found: str, todo: str = _TELL_US) -> None:
        """Say what was expected and what was found."""
        super().__init__(where=where, expected=expected, found=found, todo=todo)


@dataclass(frozen=True)
class Expected:
    """What every file of one report must say: texts, each with what it is, and how often each number.

    ``numbers`` counts the numbers of the text, ``behind_figures`` those of the figures' data (HTML shows
    them), ``in_figures`` those that are drawn as text (PDF). ``own_words`` are people's texts that look like
    faults of the program.
    """

    task: Task
    phrases: tuple[tuple[str, str], ...]
    numbers: Counter[str]
    behind_figures: Counter[str]
    in_figures: Counter[str]
    own_words: frozenset[str]


def expect(notebook: NotebookNode, document: Document, tidy: Tables, task: Task) -> Expected:
    """Return what the files of a task's notebook must say.

    ``document`` and ``tidy`` are what was read out of the executed notebook. Raises UnverifiedError where
    it is not the notebook of the task, or says other numbers than its own tables.
    """
    where = f"{task.stem}.ipynb"
    _check_whose(notebook, document, tidy, task, where)
    _check_result(document, tidy.tables["results"][0], where)
    _check_scores(document, tidy.tables["scores"], where)
    labels = _measure_labels(tidy.tables["measures"], task.digits)
    _check_measures(document, labels, where)
    figures = [block for block in document.blocks if isinstance(block, Figure)]
    own = Document(cover=document.cover, blocks=document.own)
    spilled = SPILLED.findall("\n".join([*_lines_of(own), *document.remarks]))
    return Expected(
        task,
        (
            (in_digits(task.name_th, task.digits), "ชื่อหน่วยงาน"),
            (in_digits(f"ปีงบประมาณ พ.ศ. {task.fiscal_year}", task.digits), "ปีงบประมาณ"),
            *((text, "หัวข้อ") for text in _parts(document, task, tidy, where)),
            *((text, "ประโยคสรุปผล") for text in _leads_of(document)),
            *((label, "แถวของมาตรการ") for label in labels),
        ),
        numbers_in(visible(cell) for line in _lines_of(document) for cell in line.split("\t")),
        numbers_in(visible(c) for f in figures if f.data for row in f.data.rows for c in row.cells),
        numbers_in(visible(word.text) for figure in figures for word in words_apart(figure.svg)[1]),
        frozenset([*tidy.own_words, *spilled]),
    )


def verify(content: bytes, expected: Expected, ending: str) -> int:
    """Verify a file of a report: it opens and says what it must; return how many pages a PDF has, else 0.

    ``ending`` is html, pdf or docx. Raises UnverifiedError naming what is wrong.
    """
    shown_as = f"{expected.task.stem}.{ending}"
    numbers, drawn = expected.numbers, visible
    if ending == "pdf":
        pages = pdf_pages(content, shown_as)
        fewest, most = load_rules().pages[expected.task.document]
        if not fewest <= len(pages) <= most:
            raise UnverifiedError(shown_as, f"เอกสาร {fewest}-{most} หน้า", f"{len(pages)} หน้า")
        numbers, drawn = numbers + expected.in_figures, printable
    elif ending == "html":
        pages, numbers = [html_text(content, shown_as)], numbers + expected.behind_figures
    else:
        pages = [_docx_text(content, shown_as)]
    text, texts = "\n".join(pages), [squeezed(page) for page in pages]
    for phrase, what_th in expected.phrases:
        if not _stands(squeezed(drawn(phrase)), texts):
            said = shorten(phrase, _LONGEST_QUOTED, placeholder=" …")
            raise UnverifiedError(shown_as, f'{what_th} "{said}"', ABSENT)
    for number, count in (numbers - numbers_in([text])).items():
        wanted = numbers[number]
        times = f"ตัวเลข {number} {wanted} แห่ง ตามสมุดบันทึก"
        raise UnverifiedError(shown_as, times, f"{wanted - count} แห่ง")
    spilled = next((m[0] for m in SPILLED.finditer(text) if m[0] not in expected.own_words), None)
    if spilled or "\0" in text:
        clean = "ไม่มีค่าว่าง ข้อความของโปรแกรม หรือตัวอักษรที่หายไป"
        raise UnverifiedError(shown_as, clean, spilled or "U+0000")
    return len(pages) if ending == "pdf" else 0


# ---------------------------------------------------------------- whose document it is


def _check_whose(notebook: NotebookNode, document: Document, tidy: Tables, task: Task, where: str) -> None:
    """Check the parameters, the cover and every row: they are of the task's agency, year and document."""
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    # The name on the cover has its numbers in the digits of the document.
    on_cover = {**task.parameters, "agency": in_digits(task.name_th, task.digits)}
    found = [
        *(
            (f"พารามิเตอร์ {name} ของสมุดบันทึก", asked, given.get(name))
            for name, asked in task.parameters.items()
        ),
        *((f"ปก ({name})", asked, getattr(document.cover, name)) for name, asked in on_cover.items()),
    ]
    for what, asked, shown in found:
        if asked != shown:
            raise UnverifiedError(where, f"{what} เป็น {asked}", str(shown))
    for table, rows in tidy.tables.items():
        others = {(row["agency_id"], row["fiscal_year"]) for row in rows} - {
            (task.agency_id, task.fiscal_year)
        }
        if others:
            expected = f"ทุกแถวของตาราง {table} เป็นของ {task.agency_id} {task.fiscal_year}"
            raise UnverifiedError(where, expected, "; ".join(" ".join(map(str, other)) for other in others))
    results = [(row["name_th"], row["document"], row["edition"]) for row in tidy.tables["results"]]
    if results != [(task.name_th, task.document, task.edition)]:
        expected = f"ผลการประเมินหนึ่งแถวของ {task.name_th}, {task.document}, {task.edition}"
        told = "; ".join(", ".join(map(str, row)) for row in results)
        raise UnverifiedError(where, expected, told or ABSENT)


def _parts(document: Document, task: Task, tidy: Tables, where: str) -> Iterator[str]:
    """Yield the heading of each part that the document must have."""
    headings = [b.text for b in document.blocks if isinstance(b, Heading) and b.level == 1]
    # Of a total alone there is nothing to analyse.
    is_total_only = [row["kind"] for row in tidy.tables["scores"]] == ["total"]
    parts = 1 if is_total_only else _PARTS[task.document]
    for number in range(1, parts + (task.edition == "working") + 1):
        begin = in_digits(f"ส่วนที่ {number} ", task.digits)
        heading = next((text for text in headings if text.startswith(begin)), None)
        if heading is None:
            raise UnverifiedError(where, f'หัวข้อ "{begin}..."', ABSENT)
        yield heading


# ---------------------------------------------------------------- the numbers of its own tables


def _check_result(document: Document, result: Values, where: str) -> None:
    """Check total and level in the sentence of the result."""
    digits, said = document.cover.digits, " ".join(" ".join(_leads_of(document)).split())
    stated = result["total_stated"]
    total = stated if stated is not None else result["total_recomputed"]
    if total is not None and in_digits(number_text(total), digits) not in numbers_in([said]):
        expected = f"คะแนนรวม {in_digits(number_text(total), digits)} ในประโยคสรุปผล"
        raise UnverifiedError(where, expected, said or ABSENT)
    level = (result["level_stated"] if stated is not None else None) or result["level_recomputed"]
    if level is not None:
        name = " ".join(in_digits(level, digits).split())
        # Some names of levels begin others: ผ่าน, ผ่านดี, ผ่านดีเยี่ยม.
        if not re.search(rf'ระดับ ?"?{re.escape(name)}"?(?=\s|$)', said):
            raise UnverifiedError(where, f'ระดับ "{name}" ในประโยคสรุปผล', said or ABSENT)


def _leads_of(document: Document) -> tuple[str, ...]:
    """Return the sentences that lead the document: its result."""
    return tuple(b.text for b in document.blocks if isinstance(b, Paragraph) and b.style == "lead")


def _check_scores(document: Document, scores: Iterable[Values], where: str) -> None:
    """Check that a row of some table names each instrument and indicator and holds its numbers."""
    digits, rows_by_name = document.cover.digits, _rows_by_name(document)
    for score in scores:
        known = [
            in_digits(number_text(v), digits) for v in (score["stated"], score["recomputed"]) if v is not None
        ]
        if not _INSTRUMENT.fullmatch(score["node"]):  # of an indicator one number stands in a table
            known = known[:1] if score["node"].isdecimal() and not score["part"] else []
        name = in_digits(score["name_th"] if score["part"] else score["node"], digits)
        if known and not any(numbers_in(cells).keys() >= set(known) for cells in rows_by_name[name]):
            expected = f"คะแนน{score['name_th']} {', '.join(sorted(set(known)))} ในตาราง"
            found = " / ".join(" | ".join(cells) for cells in rows_by_name[name])
            raise UnverifiedError(where, expected, found or ABSENT)


def _rows_by_name(document: Document) -> Mapping[str, list[tuple[str, ...]]]:
    """Return the rows of all tables by what they are of: ``7``, ``IIT``, ``EIT ส่วนที่ 1``."""
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    rows = (row.cells for block in document.blocks if isinstance(block, Table) for row in block.rows)
    for cells in rows:
        # An indicator by its number, alone or before its name; an instrument in brackets behind its name.
        for code in {cell.partition(". ")[0] for cell in cells}:
            if code.isdecimal():
                found[code].append(cells)
        if instrument := _IN_BRACKETS.search(cells[0]):
            found[instrument[1]].append(cells)
        if part := _PART.match(cells[0]):
            found[part[0]].append(cells)
    return found


def _measure_labels(measures: Iterable[Values], digits: Digits) -> list[str]:
    """Return number and title of each measure as its row in the table of measures begins."""
    marked = (f"{'(ร่าง) ' if row['status'] == 'draft' else ''}{row['title_th']}" for row in measures)
    return [in_digits(f"{number}\n{title}", digits) for number, title in enumerate(marked, start=1)]


def _check_measures(document: Document, labels: Iterable[str], where: str) -> None:
    """Check that one table has a row for each measure and no other."""
    wanted = [squeezed(label) for label in labels]
    most = 0
    for table in (block for block in document.blocks if isinstance(block, Table)):
        if sum(row.kind == "body" for row in table.rows) == len(wanted):
            rows = [squeezed("".join(row.cells)) for row in table.rows]
            most = max(most, sum(any(label in row for row in rows) for label in wanted))
    if most < len(wanted):
        raise UnverifiedError(where, f"ตารางมาตรการมี {len(wanted)} แถว", f"ตรงกัน {most} แถว")


# ---------------------------------------------------------------- what a document and a text say


def _lines_of(document: Document) -> tuple[str, ...]:
    """Return what the document says line by line as it is read, the cells of a row with tabs between."""
    return tuple(line for block in document.blocks for line in map(_flat, _lines(block)) if line.strip())


def _lines(block: Block) -> Iterator[str | Sequence[str]]:
    match block:
        case Cover():
            yield from (*block.title, block.agency, block.place)
        case Heading():
            yield block.text
        case Paragraph():
            yield f"{block.label} {block.text}"
        case Table():
            yield block.caption
            yield tuple(column.heading for column in block.columns)
            yield from (row.cells for row in block.rows)
            yield from block.notes
        case Figure():
            yield block.caption
        case Callout():
            yield from (block.title, *block.lines)
        case Signature():
            yield from (line for signer in block.signers for line in signer)


def _flat(said: str | Sequence[str]) -> str:
    return " ".join(said.split()) if isinstance(said, str) else "\t".join(map(_flat, said))


def numbers_in(texts: Iterable[str]) -> Counter[str]:
    """Count the numbers that stand by themselves, as people write scores, counts and years."""
    return Counter(number for text in texts for number in _numbers(text))


def _numbers(text: str) -> Iterator[str]:
    for run in _RUN.finditer(text):
        before, after = text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]
        number = run[0].rstrip(".,+-")
        is_part = before.isalnum() or before in _BEFORE or after.isalnum() or after in _AFTER
        if number and len(number) <= _LONGEST_NUMBER and not is_part:
            yield number


def squeezed(text: str) -> str:
    """Return text without white space: lines end anywhere between words.

    Characters that are others drawn as one (``ﬁ``, sara am) are taken apart, as some readers of PDF do.
    """
    return "".join(unicodedata.normalize("NFKC", text).split())


def _stands(phrase: str, pages: Sequence[str]) -> bool:
    """Whether a text stands on one of the pages, or ends one, but for its number, and begins the next."""
    if any(phrase in page for page in pages):
        return True
    for page, after in pairwise(pages):
        body, top = page.rstrip(_DIGITS), after[: _HEADER + len(phrase)]
        if any(body.endswith(phrase[:cut]) and phrase[cut:] in top for cut in range(1, len(phrase))):
            return True
    return False


# ---------------------------------------------------------------- reading the files


def html_text(content: bytes, shown_as: str) -> str:
    """Return the text of an HTML file but for its figures. Raises UnverifiedError where it is no text."""
    try:
        page = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnverifiedError(shown_as, _OPENS, str(error)) from error
    return unescape(_NOT_SEEN.sub(" ", page))


def _docx_text(content: bytes, shown_as: str) -> str:
    import docx
    from docx.oxml.ns import qn

    try:
        body = docx.Document(io.BytesIO(content)).element.body
    except (BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise UnverifiedError(shown_as, _OPENS, f"{type(error).__name__}: {error}") from error
    # Some paragraphs lie in the cells of tables, and some texts in links.
    piece, ends = qn("w:t"), (qn("w:p"), qn("w:br"))
    return "".join(e.text or "" if e.tag == piece else "\n" for e in body.iter(piece, *ends))


def pdf_pages(content: bytes, shown_as: str) -> list[str]:
    """Return the text of each page of a PDF that opens, with something on every page, its letters all drawn.

    Raises UnverifiedError for any other.
    """
    try:
        with pypdfium2.PdfDocument(content) as document:
            pages = [page.get_textpage().get_text_range() for page in document]
        _check_glyphs(content, shown_as)
    except (pypdfium2.PdfiumError, pikepdf.PdfError) as error:
        raise UnverifiedError(shown_as, _OPENS, str(error)) from error
    empty = [str(number) for number, text in enumerate(pages, start=1) if not text.strip()]
    if empty:
        raise UnverifiedError(shown_as, "ทุกหน้ามีเนื้อหา", f"หน้าว่าง {', '.join(empty)}")
    return pages


def _check_glyphs(content: bytes, shown_as: str) -> None:
    """Check that every font is in the file and no glyph is the box that stands for a missing one."""
    absent: set[str] = set()
    with pikepdf.open(io.BytesIO(content)) as document:
        for number, page in enumerate(document.pages, start=1):
            fonts: Any = page.resources.get("/Font", pikepdf.Dictionary())
            absent |= {str(font.get("/BaseFont")) for _, font in fonts.items() if not _is_embedded(font)}
            drawn = page.Contents.read_bytes() if "/Contents" in page else b""
            # Reading the runs of every page would take longer than all else here.
            suspect = b"\\000\\000" in drawn or b"\0\0" in drawn or b"<0000" in drawn
            if suspect and any(0 in run.glyphs for run in runs_of(drawn, fonts_of(page, {}))):
                raise UnverifiedError(shown_as, "ทุกตัวอักษรมีรูปในแบบอักษร", f"ช่องแทนตัวอักษรในหน้า {number}")
    if absent:
        raise UnverifiedError(shown_as, "แบบอักษรฝังอยู่ในแฟ้มทุกแบบ", ", ".join(sorted(absent)))


def _is_embedded(font: pikepdf.Object) -> bool:
    whole = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    described = whole.get("/FontDescriptor", pikepdf.Dictionary())
    return any(name in described for name in _EMBEDDED)
