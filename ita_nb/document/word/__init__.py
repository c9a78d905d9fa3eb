"""A document as Word: blocks -> paragraphs, tables and pictures, by python-docx, for editing before signing.

What it looks like stands in ``template/``, an empty document as plain XML: styles, numbering, settings.
Unlike the PDF, the text keeps emoji and foreign letters: Word draws them from other fonts. Text is only
ever text: nothing in it can become a field, a link or markup.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from copy import copy
from functools import cache
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.enum.section import WD_HEADER_FOOTER
from docx.parts.document import DocumentPart

from ita_nb.document import sheet
from ita_nb.document.blocks import Cover, Document
from ita_nb.document.layout import RunKind, contents, contents_run, page_runs
from ita_nb.document.lines import width_of
from ita_nb.document.sheet import CM, SHEETS, Sheet
from ita_nb.document.word.body import Body
from ita_nb.document.word.elements import Element, clean, element, field, paragraph, plain, run, twips
from ita_nb.document.word.tables import cell, plain_table
from ita_nb.thai import in_digits


def render(document: Document) -> bytes:
    """Return the document as the bytes of a ``.docx`` file.

    The same document gives the same bytes. Raises RenderError when a figure or the seal is no picture.
    """
    made = new_file(document.cover)
    runs = page_runs(document)
    listed = contents(runs)
    body = Body(made.part, listed)
    pages = [(run.kind, [*body.items(run.items, run.kind)]) for run in runs]
    if listed:
        pages[-1][1].append(element("bookmarkEnd", id=0))  # of what the contents list
        pages.insert(contents_run(runs), ("portrait", [*body.contents()]))
    if not pages:
        pages = [("portrait", [paragraph("BodyText")])]
    sections = Sections(made.part, document.cover)
    before = None
    for number, (kind, content) in enumerate(pages, start=1):
        section = sections.section(kind, begins_count=before == "cover")
        made.element.body.extend(content)
        if number < len(pages):
            # A section ends with the paragraph that holds its properties; the last one with the document.
            content[-1].get_or_add_pPr().append(section)
        else:
            made.element.body.append(section)
        before = kind
    return saved(made)


# ---------------------------------------------------------------- the file


_TEMPLATE = Path(__file__).with_name("template")
# The earliest day that a zip file can tell: the same document must give the same bytes.
_DAY = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
_LONGEST_PROPERTY = 255  # characters; Word refuses more


def new_file(cover: Cover) -> WordDocument:
    """Return an empty document with the report's styles and the properties that the cover gives."""
    made = docx.Document(io.BytesIO(_template()))
    properties = made.core_properties
    properties.title = _property(" ".join(cover.title)) or _property(cover.running_title) or "รายงาน"
    properties.author = properties.last_modified_by = _property(cover.agency)
    properties.created = properties.modified = _DAY
    return made


def saved(document: WordDocument) -> bytes:
    """Return the document as the bytes of a ``.docx`` file."""
    written, fixed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(_entry(name), source.read(name))
    return fixed.getvalue()


@cache
def _template() -> bytes:
    """Return the template, which is kept as the plain files that a ``.docx`` file is a zip of."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for path in sorted(_TEMPLATE.rglob("*")):
            if path.is_file():
                target.writestr(_entry(path.relative_to(_TEMPLATE).as_posix()), path.read_bytes())
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DAY.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _property(text: str) -> str:
    return plain(text)[:_LONGEST_PROPERTY]


# ---------------------------------------------------------------- page runs: sheet, header, number


# In points: where the header begins, its two lines, the white between its halves, where the footer ends.
_HEADER_TOP, _HEADER_HEIGHT, _GAP, _FOOTER_BOTTOM = 1.2 * CM, 33.0, 0.5 * CM, CM
# The agency's share of the header's width: as much as its name needs, but never too little or too much.
_LEAST_SHARE, _LARGEST_SHARE = 0.25, 0.5


class Sections:
    """Makes the section properties of each page run; runs of a kind share header and footer."""

    def __init__(self, part: DocumentPart, cover: Cover) -> None:
        """Take the part that will hold them, and the cover, which names title and agency."""
        self._part = part
        self._cover = cover
        self._headers: dict[RunKind, str] = {}
        self._footers: dict[bool, str] = {}

    def section(self, kind: RunKind, *, begins_count: bool) -> Element:
        """Return the properties of a section that begins on a new page.

        ``begins_count``: its first page is number 1, for the cover is not counted.
        """
        page = SHEETS[kind]
        turned = {"orient": "landscape"} if page.width > page.height else {}
        count = {"start": 1} if begins_count else {}
        digits = "thaiNumbers" if self._cover.digits == "thai" else "decimal"
        made = element(
            "sectPr",
            element("type", val="nextPage"),
            element("pgSz", w=twips(page.width), h=twips(page.height), **turned),
            element(
                "pgMar",
                top=twips(page.top),
                right=twips(page.right),
                bottom=twips(page.bottom),
                left=twips(page.left),
                header=twips(_HEADER_TOP),
                footer=twips(_FOOTER_BOTTOM),
                gutter=0,
            ),
            element("pgNumType", fmt=digits, **count),
        )
        made.add_footerReference(WD_HEADER_FOOTER.PRIMARY, self._footer(kind))
        made.add_headerReference(WD_HEADER_FOOTER.PRIMARY, self._header(kind))
        return made

    def _header(self, kind: RunKind) -> str:
        if kind not in self._headers:
            part, self._headers[kind] = self._part.add_header_part()
            mark = [paragraph("DraftMark", [run("ร่าง")])] if self._cover.draft else []
            if kind == "cover":
                part.element[:] = mark or [paragraph("Header")]
            else:
                part.element[:] = [*mark, self._running(SHEETS[kind]), paragraph("AfterTable")]
        return self._headers[kind]

    def _running(self, page: Sheet) -> Element:
        """Return title and agency side by side: two lines at most, whatever the name's length."""
        needs = [
            width_of(clean(text), sheet.RUNNING[0]) + _GAP
            for text in (self._cover.running_title, self._cover.agency)
        ]
        share = min(max(needs[1] / sum(needs), _LEAST_SHARE), _LARGEST_SHARE)
        right = twips(share * page.text_width)
        left = twips(page.text_width) - right
        rule = element("bottom", val="single", sz=4, space=0, color="595959")
        halves = ((self._cover.running_title, left, ""), (self._cover.agency, right, "right"))
        cells = [
            cell(
                width,
                [paragraph("Header", [run(text)], align=align)],
                element("tcBorders", copy(rule)),
                element("vAlign", val="bottom"),
            )
            for text, width, align in halves
        ]
        return plain_table(cells, [left, right], twips(_HEADER_HEIGHT))

    def _footer(self, kind: RunKind) -> str:
        numbered = kind != "cover"
        if numbered not in self._footers:
            part, self._footers[numbered] = self._part.add_footer_part()
            number = field("PAGE", in_digits("1", self._cover.digits)) if numbered else []
            part.element[:] = [paragraph("Footer", number)]
        return self._footers[numbered]
