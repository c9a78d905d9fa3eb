"""Sections of Word: a page run's sheet of paper, its header and its page number."""

from __future__ import annotations

from copy import copy

from docx.enum.section import WD_HEADER_FOOTER
from docx.parts.document import DocumentPart

from ita_nb.document import sheet
from ita_nb.document.blocks import Cover
from ita_nb.document.layout import RunKind
from ita_nb.document.lines import width_of
from ita_nb.document.sheet import CM, SHEETS, Sheet
from ita_nb.document.word.elements import Element, clean, element, field, paragraph, run, twips
from ita_nb.document.word.tables import cell, plain_table
from ita_nb.thai import in_digits

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
