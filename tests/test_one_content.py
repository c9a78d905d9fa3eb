"""HTML, PDF and Word say the same of the same blocks, and refuse the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from reading import squeezed, written
from specimen import COLUMNS, SVG, specimen

from ita_nb.document import html, pdf, word
from ita_nb.document.blocks import Block, Callout, Document, Figure, PageBreak, Paragraph, Table
from ita_nb.errors import RenderError


def document(*blocks: Block) -> Document:
    """Return a document of a cover and blocks."""
    cover = specimen(seal=None, draft=False).cover
    return Document(cover=cover, blocks=(cover, *blocks))


TABLE = Table(columns=COLUMNS, rows=(), caption="ว่าง")
FIGURE = Figure(svg=SVG, alt="แถบ", caption="รูป")
SAID: dict[str, tuple[tuple[Block, ...], list[str]]] = {
    "a note with a title": ((Callout(kind="note", title="การรับรู้"),), ["หมายเหตุ: การรับรู้"]),
    "a caution": ((Callout(kind="caution", title="ไม่ตรง"),), ["ข้อควรระวัง: ไม่ตรง"]),
    "a draft without a title": ((Callout(kind="draft", title="", lines=("บรรทัด",)),), ["ร่าง", "บรรทัด"]),
    "an error": ((Callout(kind="error", title="ไม่พบ"),), ["ข้อผิดพลาด: ไม่พบ"]),
    "a title that is the kind": ((Callout(kind="note", title="หมายเหตุ"),), ["หมายเหตุ"]),
    "captions are counted apart, over page breaks, in the digits of the document": (
        (TABLE, FIGURE, PageBreak(), TABLE, FIGURE),
        ["ตารางที่ ๑ ว่าง", "ภาพที่ ๑ รูป", "ตารางที่ ๒ ว่าง", "ภาพที่ ๒ รูป"],
    ),
    "an empty table says so": ((TABLE,), ["ตัวชี้วัด", "คะแนน", "ไม่มีรายการ"]),
    "lines of a paragraph": ((Paragraph(text="หนึ่ง\nสอง", label="สาเหตุ"),), ["สาเหตุ หนึ่ง", "สอง"]),
}


@pytest.mark.parametrize(("blocks", "said"), SAID.values(), ids=SAID)
def test_all_formats_say(blocks: tuple[Block, ...], said: list[str]) -> None:
    """What a block means stands in words, in its order, in all formats."""
    for name, made in written(document(*blocks)).items():
        places = [made.text.find(squeezed(text)) for text in said]
        assert places == sorted(places), name
        assert -1 not in places, name


NOT_DRAWINGS = {
    "nothing": "",
    "text": "ไม่ใช่ภาพ",
    "cut short": "<svg xmlns='http://www.w3.org/2000/svg'><path>",
    "html": "<html><body/></html>",
    "entities": '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>',
    "outside entity": '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
    "too deep": "<svg>" + "<g>" * 5000 + "</g>" * 5000 + "</svg>",
}


@pytest.mark.parametrize("render", [html.render, pdf.render, word.render], ids=["html", "pdf", "docx"])
@pytest.mark.parametrize("svg", NOT_DRAWINGS.values(), ids=NOT_DRAWINGS)
def test_what_is_no_drawing_is_refused(svg: str, render: Callable[[Document], Any]) -> None:
    """A figure that cannot be shown stops the document: one without it would look complete."""
    with pytest.raises(RenderError, match=r"แผนภาพ|ภาพ SVG ที่สมบูรณ์"):
        render(document(Figure(svg=svg, alt="ภาพ")))
