"""WordprocessingML in Python: elements, paragraphs, runs, fields. All text passes here and stays text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TypeAlias

from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.oxml.xmlchemy import BaseOxmlElement

from ita_nb.document import sheet
from ita_nb.document.blocks import LIST_MARK, NO_ROWS, Row, Signature, Table
from ita_nb.document.sheet import SHEETS, RunKind, Sheet, TextStyle, width_of
from ita_nb.thai import to_arabic_digits, visible

Element: TypeAlias = BaseOxmlElement

# Characters that no XML file may hold; the control characters among them are not visible anyway.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_THAI = re.compile("[\u0e00-\u0e7f]")


def clean(text: str) -> str:
    """Return ``text`` without what cannot be seen or cannot stand in a file; ``\\n`` stays."""
    return _NOT_XML.sub("", visible(text))


def plain(text: str) -> str:
    """Return ``text`` on one line, for places that hold no layout (alternative text, metadata)."""
    return " ".join(clean(text).split())


def element(tag: str, *children: Element | None, **attributes: object) -> Element:
    """Return ``<w:tag>`` with its ``w:`` attributes and children; a child that is None is left out."""
    made: Element = OxmlElement(
        f"w:{tag}", {qn(f"w:{name}"): str(value) for name, value in attributes.items()}
    )
    made.extend([child for child in children if child is not None])
    return made


def run(text: str, *, bold: bool = False) -> Element:
    """Return a run of ``text``; ``\\n`` becomes a line break.

    Thai is a complex script to Word: a run that holds some says so, and is set by the settings for it.
    """
    cleaned = clean(text).strip("\n")
    looks = [element("b"), element("bCs")] if bold else []
    looks += [element("cs")] if _THAI.search(cleaned) else []
    lines = [
        part
        for number, line in enumerate(cleaned.split("\n"))
        for part in (element("br") if number else None, _words(line, "t") if line else None)
    ]
    return element("r", element("rPr", *looks) if looks else None, *lines)


def field(instruction: str, result: str) -> list[Element]:
    """Return the runs of a field that Word computes anew, with its result for the time being."""
    return [*opened_field(instruction), run(result), field_mark("end")]


def opened_field(instruction: str, **attributes: str) -> list[Element]:
    """Return the beginning of a field that may run over paragraphs."""
    code = element("r", _words(f" {instruction} ", "instrText"))
    return [field_mark("begin", **attributes), code, field_mark("separate")]


def field_mark(kind: str, **attributes: str) -> Element:
    """Return where a field begins, parts its instruction from its result, or ends."""
    return element("r", element("fldChar", fldCharType=kind, **attributes))


def paragraph(
    style: str,
    content: Iterable[Element] = (),
    *,
    keep_next: bool = False,
    before: int | None = None,
    hanging: tuple[int, int] | None = None,
    dots: int | None = None,
    align: str = "",
) -> Element:
    """Return a paragraph of ``style`` and whatever of it differs from the style.

    ``keep_next``: on one page with the next paragraph. In twentieths of a point: ``before`` is the space
    over it; ``hanging`` is its indent, and how far its first line stands out of it; a tab fills the line
    with dots up to ``dots``.
    """
    properties = element(
        "pPr",
        element("pStyle", val=style),
        element("keepNext") if keep_next else None,
        element("tabs", element("tab", val="right", leader="dot", pos=dots)) if dots is not None else None,
        element("spacing", before=before) if before is not None else None,
        element("ind", left=hanging[0], hanging=hanging[1]) if hanging else None,
        element("jc", val=align) if align else None,
    )
    return element("p", properties, *content)


def _words(text: str, tag: str) -> Element:
    made = element(tag)
    made.text = text
    # Without it Word drops the spaces at either end.
    made.set(qn("xml:space"), "preserve")
    return made


# ---------------------------------------------------------------- lists, captions, room


_CAPTION = re.compile(r"(ตาราง|ภาพ)ที่ ([0-9๐-๙]+) ")


def twips(points: float) -> int:
    """Return a length in Word's unit, twentieths of a point."""
    return round(points * 20)


def hanging(text: str, style: TextStyle, indent: float = 0.0) -> tuple[int, int] | None:
    """Return indent and overhang (twentieths of a point) that put the text of a list item under itself."""
    mark = LIST_MARK.match(clean(text))
    if mark is None:
        return None
    overhang = width_of(mark.group(), style)
    return twips(indent + overhang), twips(overhang)


def cell_paragraphs(text: str, style: str, *, align: str = "", keep_next: bool = False) -> Iterator[Element]:
    """Yield each line of a cell as a paragraph of its own, so that each item of a list hangs."""
    for line in clean(text).strip("\n").split("\n"):
        yield paragraph(
            style,
            [run(line)] if line else [],
            keep_next=keep_next,
            hanging=hanging(line, sheet.CELL) if align in {"", "left"} else None,
            align="" if align == "left" else align,
        )


def caption(text: str) -> Element:
    """Return a caption, kept with what follows; its number is a field, so that Word numbers anew.

    ``text`` is the whole caption, as the layout gives it: ``ตารางที่ 3 ...``.
    """
    found = _CAPTION.match(text)
    if found is None:
        return paragraph("Caption", [run(text)])
    word, number = found.groups()
    digits = "ARABIC" if to_arabic_digits(number) == number else "THAIARABIC"
    content = [run(f"{word}ที่ "), *field(rf"SEQ {word} \* {digits}", number)]
    return paragraph("Caption", [*content, run(f" {text[found.end() :]}")])


def height_of(text: str, style: TextStyle, width: float) -> float:
    """Estimate how high (points) ``text`` will be in a column of ``width`` points."""
    lines = sum(
        max(1, math.ceil(width_of(line, style) / max(width, 1.0))) for line in clean(text).split("\n")
    )
    return lines * style.size * (sheet.LINE_HEIGHT + style.leading)


# ---------------------------------------------------------------- tables


_NUMBER = re.compile(r"[0-9๐-๙][0-9๐-๙.,%]*")
_SHADE = "F2F2F2"
# How much wider a number may be than it is measured here, in a font of its own.
_LATITUDE = 1.1
# A row is kept on one page up to this share of the page's height; a longer one would leave a hole.
_WHOLE = 0.5


def report_table(table: Table, numbered: str, page: Sheet) -> list[Element]:
    """Return the caption, the table and its notes; the last one is a paragraph."""
    frame = _Frame(table, page)
    rows = [_header(frame)]
    for number, row in enumerate(table.rows, start=1):
        following = table.rows[number].kind if number < len(table.rows) else ""
        if row.kind == "group":
            # One that leads other rows stays with the first of them.
            leads = following in {"body", "total"}
            rows.append(_spanning(row.cells[0], "TableStrong", frame, _shade(), keep_next=leads))
        else:
            # The notes are not left alone on the next page.
            rows.append(_row(row, frame, keep_next=not following and bool(table.notes)))
    if not table.rows:
        rows.append(_spanning(NO_ROWS, "TableText", frame, align="center"))
    properties = element(
        "tblPr",
        element("tblStyle", val="ReportTable"),
        element("tblW", w=sum(frame.widths), type="dxa"),
        element("tblLayout", type="fixed"),
        # The first row looks like a header, the first column like any other.
        element(
            "tblLook", val="0420", firstRow=1, lastRow=0, firstColumn=0, lastColumn=0, noHBand=0, noVBand=1
        ),
        element("tblCaption", val=plain(numbered)) if numbered else None,
    )
    return [
        *([caption(numbered)] if numbered else []),
        element("tbl", properties, _grid(frame.widths), *rows),
        *([paragraph("TableNote", [run(note)]) for note in table.notes] or [paragraph("AfterTable")]),
    ]


def signatures(signature: Signature, kind: RunKind) -> list[Element]:
    """Return the signers side by side, each row a plain table that stays on one page of that kind."""
    columns = min(len(signature.signers), sheet.SIGNERS[kind])
    width = SHEETS[kind].text_width / max(columns, 2)
    made: list[Element] = []
    for start in range(0, len(signature.signers), columns):
        signers = signature.signers[start : start + columns]
        cells = [_signer(lines, width) for lines in signers]
        made += [plain_table(cells, [twips(width)] * len(cells)), paragraph("AfterTable")]
    return made


def plain_table(cells: Sequence[Element], widths: Sequence[int], height: int | None = None) -> Element:
    """Return a centred row of cells without any line, on one page; all in twentieths of a point.

    What does not fit into ``height`` is not shown.
    """
    properties = element(
        "tblPr",
        element("tblStyle", val="PlainTable"),
        element("tblW", w=sum(widths), type="dxa"),
        element("jc", val="center"),
        element("tblLayout", type="fixed"),
    )
    exactly = element("trHeight", val=height, hRule="exact") if height is not None else None
    of_row = element("trPr", element("cantSplit"), exactly)
    return element("tbl", properties, _grid(widths), element("tr", of_row, *cells))


def cell(width: int, content: Sequence[Element], *properties: Element | None, span: int = 1) -> Element:
    """Return a cell of ``width`` twentieths of a point over ``span`` columns; ``properties`` follow these."""
    spanned = element("gridSpan", val=span) if span > 1 else None
    return element("tc", element("tcPr", element("tcW", w=width, type="dxa"), spanned, *properties), *content)


class _Frame:
    """The columns of a table on a page: widths in twentieths of a point, and what fits in them."""

    def __init__(self, table: Table, page: Sheet) -> None:
        self.columns = table.columns
        self.page = page
        whole = sum(column.width for column in table.columns)
        shares = [column.width / whole * page.text_width for column in table.columns]
        rows = [row.cells for row in table.rows if row.kind != "group"]
        needs = [_need([row[number] for row in rows]) for number in range(len(shares))]
        ends = [twips(end) for end in accumulate(_fitted(shares, needs), initial=0.0)]
        self.widths = [end - start for start, end in pairwise(ends)]

    def height(self, cells: Sequence[str], style: sheet.TextStyle) -> float:
        """Estimate the height of a row in points."""
        side, over = sheet.CELL_INSET
        rooms = [width / 20 - 2 * side for width in self.widths]
        heights = [height_of(text, style, room) for text, room in zip(cells, rooms, strict=True)]
        return max(heights) + 2 * over


def _need(texts: Iterable[str]) -> float:
    """Return the width in points of a column in which no number is broken."""
    numbers = {number for text in texts for number in _NUMBER.findall(text)}
    widest = max((width_of(number, sheet.HEAD_CELL) for number in numbers), default=0.0)
    return widest * _LATITUDE + 2 * sheet.CELL_INSET[0]


def _fitted(widths: Sequence[float], needs: Sequence[float]) -> list[float]:
    """Return the widths, what some lack taken from what others can spare; unchanged where none can."""
    lacking = sum(max(0.0, need - width) for width, need in zip(widths, needs, strict=True))
    spare = sum(max(0.0, width - need) for width, need in zip(widths, needs, strict=True))
    if not 0.0 < lacking < spare:
        return [*widths]
    kept = 1 - lacking / spare
    return [need + max(0.0, width - need) * kept for width, need in zip(widths, needs, strict=True)]


def _header(frame: _Frame) -> Element:
    headings = [column.heading for column in frame.columns]
    height = frame.height(headings, sheet.HEAD_CELL)
    repeated = height < sheet.TALLEST_HEADER * frame.page.text_height
    cells = [
        cell(width, [*cell_paragraphs(heading, "TableHead", align="center")])
        for heading, width in zip(headings, frame.widths, strict=True)
    ]
    return element("tr", _row_properties(whole=repeated, repeated=repeated), *cells)


def _row(row: Row, frame: _Frame, *, keep_next: bool) -> Element:
    strong = row.kind == "total"
    height = frame.height(row.cells, sheet.HEAD_CELL if strong else sheet.CELL)
    whole = height < _WHOLE * frame.page.text_height
    style = "TableStrong" if strong else "TableText"
    cells = [
        cell(
            width,
            [*cell_paragraphs(text, style, align=column.align, keep_next=keep_next and whole)],
            _shade() if strong else None,
        )
        for text, column, width in zip(row.cells, frame.columns, frame.widths, strict=True)
    ]
    return element("tr", _row_properties(whole=whole), *cells)


def _spanning(
    text: str, style: str, frame: _Frame, *properties: Element, align: str = "", keep_next: bool = False
) -> Element:
    content = [*cell_paragraphs(text, style, align=align, keep_next=keep_next)]
    spanning = cell(sum(frame.widths), content, *properties, span=len(frame.widths))
    return element("tr", _row_properties(whole=True), spanning)


def _signer(lines: Sequence[str], width: float) -> Element:
    length = min(width - sheet.BETWEEN_SIGNERS, sheet.SIGNATURE_LINE)
    side = (width - length) / 2
    dotted = paragraph(
        "SignatureLine",
        [run("ลงชื่อ"), element("r", element("tab"))],
        hanging=(twips(side), 0),
        dots=twips(side + length),
    )
    return cell(twips(width), [dotted, *(paragraph("Signer", [run(line)]) for line in lines)])


def _grid(widths: Sequence[int]) -> Element:
    return element("tblGrid", *(element("gridCol", w=width) for width in widths))


def _row_properties(*, whole: bool, repeated: bool = False) -> Element | None:
    properties = [element("cantSplit")] if whole else []
    properties += [element("tblHeader")] if repeated else []
    return element("trPr", *properties) if properties else None


def _shade() -> Element:
    return element("shd", val="clear", color="auto", fill=_SHADE)
