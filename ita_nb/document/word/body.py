"""Items of a page run as paragraphs, tables and pictures of Word."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterable, Iterator, Sequence

from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.parts.document import DocumentPart
from docx.shared import Pt

from ita_nb.document import sheet
from ita_nb.document.blocks import Callout, Cover, Figure, Heading, PageBreak, Paragraph, Signature, Table
from ita_nb.document.layout import CONTENTS_TITLE, Item, RunKind, callout_title
from ita_nb.document.sheet import CM, SHEETS, Sheet
from ita_nb.document.typesetting import raster
from ita_nb.document.word.elements import (
    Element,
    caption,
    closed_field,
    element,
    hanging,
    height_of,
    opened_field,
    paragraph,
    plain,
    run,
    twips,
)
from ita_nb.document.word.tables import report_table, signatures
from ita_nb.errors import RenderError

# What the table of contents lists; the field finds its part of the document by this bookmark.
_LISTED = "report_parts"
_STYLES = {"body": "BodyText", "lead": "LeadText", "bullet": "ListBullet", "small": "SmallText"}
_SIZES = {"lead": sheet.LEAD, "small": sheet.SMALL}
# In points.
_ABOVE_TITLE = 5 * CM  # the seal, or the room for it
_UNDER_PLACE = CM
_AROUND_FIGURE = 3 * CM  # its caption stands on its page
# How much higher lines may be than they are measured here: the cover is to stay on its page in any font.
_LINES_GROW = 1.5


class Body:
    """Makes the content of one document: gives out bookmarks and picture numbers."""

    def __init__(self, part: DocumentPart, contents: Sequence[Item]) -> None:
        """Take the part that will hold the content, and the headings to list."""
        self._part = part
        self._contents = contents
        self._bookmarks = {id(item): f"_Toc{number:08}" for number, item in enumerate(contents, start=1)}
        self._ids = 0

    def items(self, items: Sequence[Item], kind: RunKind) -> Iterator[Element]:
        """Yield the paragraphs and tables of a page run of that kind; the last one is a paragraph."""
        for number, item in enumerate(items):
            following = items[number + 1].block if number + 1 < len(items) else None
            if isinstance(item.block, Callout) and number and isinstance(items[number - 1].block, Callout):
                # Frames of one kind would grow into one.
                yield paragraph("AfterTable")
            if isinstance(item.block, Paragraph):
                # What is signed stands on the page of its signatures.
                yield self._paragraph(item.block, keep_next=isinstance(following, Signature))
            else:
                yield from self._item(item, kind, leads=number == 0)

    def contents(self) -> Iterator[Element]:
        """Yield the table of contents: a field with linked entries, to which Word adds the page numbers."""
        yield paragraph("TOCHeading", [run(CONTENTS_TITLE)])
        for number, item in enumerate(self._contents):
            title = plain(item.block.text) if isinstance(item.block, Heading) else ""
            link = element("hyperlink", run(title), anchor=self._bookmarks[id(item)], history=1)
            begin = opened_field(rf'TOC \o "1-2" \h \z \b {_LISTED}') if number == 0 else []
            yield paragraph(f"TOC{item.level}", [*begin, link])
        yield paragraph("AfterTable", [closed_field()])
        # The section's properties must not stand within the field: LibreOffice would lose the page number.
        yield paragraph("AfterTable")

    def _item(self, item: Item, kind: RunKind, *, leads: bool) -> Iterable[Element]:
        page = SHEETS[kind]
        match item.block:
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
                return self._cover(item.block, page) if item.block.shown else self._title_block(item.block)
            case PageBreak() | Paragraph():
                raise TypeError("page breaks part the page runs; paragraphs are made with what follows them")
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
        size = _SIZES.get(block.style, sheet.BODY)
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
        size = {"width": Pt(width)} if width is not None else {}
        inline = self._part.new_pic_inline(io.BytesIO(png), height=Pt(height), **size)
        for side in ("distT", "distB", "distL", "distR"):
            inline.set(side, "0")
        self._ids += 1
        described = {"id": str(self._ids), "name": f"ภาพ {self._ids}", "descr": plain(alt) or "แผนภาพ"}
        for name, value in described.items():
            inline.docPr.set(name, value)
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

    def _cover(self, cover: Cover, page: Sheet) -> list[Element]:
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
