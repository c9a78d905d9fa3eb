"""A document as Word: blocks -> paragraphs, tables and pictures, by python-docx, for editing before signing.

What it looks like stands in ``template/``, an empty document as plain XML: styles, numbering, settings.
Unlike the PDF, the text keeps emoji and foreign letters: Word draws them from other fonts. Text is only
ever text: nothing in it can become a field, a link or markup.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import cache
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.enum.section import WD_HEADER_FOOTER
from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.parts.document import DocumentPart
from docx.shared import Pt

from ita_nb.document import sheet
from ita_nb.document.blocks import (
    CONTENTS_TITLE,
    Callout,
    Cover,
    Document,
    Figure,
    Heading,
    Item,
    PageBreak,
    Paragraph,
    Signature,
    Table,
    callout_title,
    contents,
    contents_run,
    page_runs,
)
from ita_nb.document.sheet import CM, SHEETS, RunKind, Sheet, width_of
from ita_nb.document.typesetting import raster
from ita_nb.document.word.elements import (
    Element,
    caption,
    cell,
    clean,
    element,
    field,
    field_mark,
    hanging,
    height_of,
    opened_field,
    paragraph,
    plain,
    plain_table,
    report_table,
    run,
    signatures,
    twips,
)
from ita_nb.errors import RenderError
from ita_nb.thai import in_digits


def render(document: Document) -> bytes:
    """Return the document as the bytes of a ``.docx`` file.

    The same document gives the same bytes. Raises RenderError when a figure or the seal is no picture.
    """
    made = new_file(document.cover)
    runs = page_runs(document)
    listed = contents(runs)
    body = Body(made.part, document.cover, listed)
    pages = [(run.kind, [*body.items(run.items, run.kind)]) for run in runs]
    if listed:
        pages[-1][1].append(element("bookmarkEnd", id=0))  # of what the contents list
        pages.insert(contents_run(runs), ("portrait", [*body.contents()]))
    if not pages:
        pages = [("portrait", [paragraph("BodyText")])]
    for number, (kind, content) in enumerate(pages, start=1):
        section = body.section(kind, begins_count=number > 1 and pages[number - 2][0] == "cover")
        made.element.body.extend(content)
        if number < len(pages):
            # A section ends with the paragraph that holds its properties; the last one with the document.
            content[-1].get_or_add_pPr().append(section)
        else:
            made.element.body.append(section)
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
# What the table of contents lists; the field finds its part of the document by this bookmark.
_LISTED = "report_parts"
_STYLES = {"body": "BodyText", "lead": "LeadText", "bullet": "ListBullet", "small": "SmallText"}
# In points.
_ABOVE_TITLE = 5 * CM  # the seal, or the room for it
_UNDER_PLACE = CM
_AROUND_FIGURE = 3 * CM  # its caption stands on its page
# How much higher lines may be than they are measured here: the cover is to stay on its page in any font.
_LINES_GROW = 1.5


class Body:
    """Makes the content of one document: gives out bookmarks and picture numbers, headers and footers.

    Page runs of a kind share header and footer.
    """

    def __init__(self, part: DocumentPart, cover: Cover, contents: Sequence[Item]) -> None:
        """Take the part that will hold the content, the cover of all pages, and the headings to list."""
        self._part = part
        self._cover = cover
        self._headers: dict[RunKind, str] = {}
        self._footers: dict[bool, str] = {}
        self._contents = contents
        self._bookmarks = {id(item): f"_Toc{number:08}" for number, item in enumerate(contents, start=1)}
        self._ids = 0

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

    # ------------------------------------------------------------ items of a page run

    def items(self, items: Sequence[Item], kind: RunKind) -> Iterator[Element]:
        """Yield the paragraphs and tables of a page run of that kind; the last one is a paragraph."""
        for number, item in enumerate(items):
            following = items[number + 1].block if number + 1 < len(items) else None
            if isinstance(item.block, Callout) and number and isinstance(items[number - 1].block, Callout):
                # Frames of one kind would grow into one.
                yield paragraph("AfterTable")
            yield from self._item(item, kind, leads=number == 0, is_signed=isinstance(following, Signature))

    def contents(self) -> Iterator[Element]:
        """Yield the table of contents: a field with linked entries, to which Word adds the page numbers."""
        yield paragraph("TOCHeading", [run(CONTENTS_TITLE)])
        for number, item in enumerate(self._contents):
            title = plain(item.block.text) if isinstance(item.block, Heading) else ""
            link = element("hyperlink", run(title), anchor=self._bookmarks[id(item)], history=1)
            # Word is told that its result is old.
            toc = rf'TOC \o "1-2" \h \z \b {_LISTED}'
            begin = opened_field(toc, dirty="true") if number == 0 else []
            yield paragraph(f"TOC{item.level}", [*begin, link])
        yield paragraph("AfterTable", [field_mark("end")])
        # The section's properties must not stand within the field: LibreOffice would lose the page number.
        yield paragraph("AfterTable")

    def _item(self, item: Item, kind: RunKind, *, leads: bool, is_signed: bool) -> Iterable[Element]:
        page = SHEETS[kind]
        match item.block:
            case Paragraph():
                # What is signed stands on the page of its signatures.
                return [self._paragraph(item.block, keep_next=is_signed)]
            case Heading():
                return self._heading(item, item.block, leads=leads)
            case Table():
                return report_table(item.block, item.caption, page)
            case Figure():
                return self._figure(item.block, item.caption, page)
            case Callout():
                return _callout(item.block)
            case Signature():
                return signatures(item.block, kind)
            case Cover():
                return (
                    self._cover_page(item.block, page) if item.block.shown else self._title_block(item.block)
                )
            case PageBreak():
                raise TypeError("page breaks part the page runs and are in none")
            case bullets:
                return map(self._paragraph, bullets)

    def _heading(self, item: Item, heading: Heading, *, leads: bool) -> list[Element]:
        """Return a heading, with a bookmark where it is listed; without space above where it ``leads``."""
        content = [run(heading.text)]
        before = []
        if id(item) in self._bookmarks:
            self._ids += 1
            begin = element("bookmarkStart", id=self._ids, name=self._bookmarks[id(item)])
            content = [begin, *content, element("bookmarkEnd", id=self._ids)]
            if item is self._contents[0]:
                before = [element("bookmarkStart", id=0, name=_LISTED)]
        return [*before, paragraph(f"Heading{item.level}", content, before=0 if leads else None)]

    def _paragraph(self, block: Paragraph, *, keep_next: bool = False) -> Element:
        style = _STYLES[block.style]
        label = [run(f"{plain(block.label)} ", bold=True)] if block.label else []
        if label and block.style == "body":
            style = "LabelledText"
        size = {"lead": sheet.LEAD, "small": sheet.SMALL}.get(block.style, sheet.BODY)
        indent = sheet.INDENT if style == "BodyText" else 0.0
        hangs = None if label or block.style == "bullet" else hanging(block.text, size, indent)
        text = [run(words, bold=is_bold) for words, is_bold in block.stretches]
        return paragraph(style, [*label, *text], keep_next=keep_next, hanging=hangs)

    def _figure(self, figure: Figure, numbered: str, page: Sheet) -> list[Element]:
        drawing = raster(figure.svg, figure.width * page.text_width, page.text_height - _AROUND_FIGURE)
        picture = self._picture(drawing.png, figure.alt or figure.caption, drawing.height, drawing.width)
        above = [caption(numbered)] if numbered else []
        return [*above, paragraph("Figure", [picture])]

    def _picture(self, png: bytes, alt: str, height: float, width: float | None = None) -> Element:
        """Return a run with a picture; its size is in points, its width else as its proportions say."""
        across = None if width is None else Pt(width)
        inline = self._part.new_pic_inline(io.BytesIO(png), across, Pt(height))
        inline.attrib.update(dict.fromkeys(("distT", "distB", "distL", "distR"), "0"))
        self._ids += 1
        described = {"id": str(self._ids), "name": f"ภาพ {self._ids}", "descr": plain(alt) or "แผนภาพ"}
        inline.docPr.attrib.update(described)
        return element("r", element("drawing", inline))

    def _seal(self, cover: Cover) -> list[Element]:
        """Return the run of the agency's emblem, or nothing where there is none."""
        if cover.seal is None:
            return []
        try:
            return [self._picture(base64.b64decode(cover.seal.png), cover.seal.alt, sheet.SEAL_HEIGHT)]
        except (
            binascii.Error,
            InvalidImageStreamError,
            UnexpectedEndOfFileError,
            UnrecognizedImageError,
        ) as error:
            raise RenderError(
                where=f"ตราของ{cover.agency} ({cover.agency_id})",
                expected="ภาพ PNG ที่สมบูรณ์",
                found=f"{type(error).__name__}: {error}",
                todo="บันทึกภาพตราใหม่เป็น PNG แล้วสั่งใหม่",
            ) from error

    def _cover_page(self, cover: Cover, page: Sheet) -> list[Element]:
        """Return the cover; agency and place stand at its foot as far as the title leaves room."""
        lines = [
            *((line, sheet.COVER_TITLE) for line in cover.title),
            (cover.agency, sheet.COVER_AGENCY),
            (cover.place, sheet.COVER_PLACE),
        ]
        used = sum(height_of(text, style, page.text_width) for text, style in lines) * _LINES_GROW
        free = page.text_height - _ABOVE_TITLE - _UNDER_PLACE - used
        return [
            paragraph("CoverSeal", self._seal(cover)),
            *(paragraph("Title", [run(line)]) for line in cover.title),
            paragraph("CoverAgency", [run(cover.agency)], before=twips(max(free, CM))),
            *([paragraph("CoverPlace", [run(cover.place)])] if cover.place else []),
        ]

    def _title_block(self, cover: Cover) -> list[Element]:
        seal = self._seal(cover)
        return [
            *([paragraph("SealAboveText", seal)] if seal else []),
            *(paragraph("TitleAboveText", [run(line)]) for line in cover.title),
            paragraph("AgencyAboveText", [run(cover.agency)]),
            *([paragraph("PlaceAboveText", [run(cover.place)])] if cover.place else []),
        ]


def _callout(callout: Callout) -> list[Element]:
    """Return a frame of paragraphs: alike and next to one another, they share their frame."""
    style = f"Callout{callout.kind.capitalize()}"
    return [
        paragraph(style, [run(callout_title(callout), bold=True)], keep_next=bool(callout.lines)),
        *(paragraph(style, [run(line)]) for line in callout.lines),
    ]
