"""A document with every kind of block, in every style that it has."""

from __future__ import annotations

import base64
import io
from typing import Any, get_args

from PIL import Image

from ita_nb.document.blocks import (
    Callout,
    Column,
    Cover,
    Document,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Row,
    Seal,
    Signature,
    Table,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><rect width="90" height="30"/></svg>'
WIDE = Table(
    columns=tuple(Column(heading=f"ช่องที่ {number}") for number in range(12)),
    rows=tuple(Row(cells=("มาตรการ",) * 12) for _ in range(40)),
    caption="ตารางกว้าง",
)
COLUMNS = (Column(heading="ตัวชี้วัด", width=3), Column(heading="คะแนน", align="right"))
GROUPED = Table(
    columns=(*COLUMNS, Column(heading="")),
    rows=(
        Row(kind="group", cells=("กลุ่มที่ไม่มีแถว",)),
        Row(kind="group", cells=("IIT",)),
        Row(cells=("การปฏิบัติหน้าที่", "๙๕.๔๐", "")),
        Row(kind="total", cells=("รวม", "๙๕.๔๐", "ครบ")),
    ),
    caption="คะแนน",
    notes=("ที่มา",),
)


def picture(width: int = 60, height: int = 60) -> str:
    """Return a small PNG as base64."""
    file = io.BytesIO()
    Image.new("RGBA", (width, height), (23, 63, 115, 128)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def specimen(**changes: Any) -> Document:
    """Return a document with every kind of block; ``changes`` replace fields of its cover."""
    values = {
        "title": ("รายงานผลการประเมิน",),
        "agency": "เทศบาลตำบลตัวอย่าง",
        "place": "อำเภอเมือง จังหวัดตัวอย่าง",
        "agency_id": "sample",
        "fiscal_year": 2568,
        "running_title": "รายงาน",
        "digits": "thai",
        "edition": "working",
        "draft": True,
        "seal": Seal(png=picture(), alt="ตราสัญลักษณ์ของเทศบาลตำบลตัวอย่าง"),
    }
    cover = Cover.model_validate(values | changes)
    figure = Figure(svg=SVG, alt="แถบสีดำ", caption="ตัวชี้วัดเดียวที่ต่ำกว่าเกณฑ์", data=GROUPED)
    kinds = get_args(Callout.model_fields["kind"].annotation)
    blocks = (
        Heading(level=2, text="บันทึกข้อความ"),
        Heading(level=1, text="ส่วนที่ ๑"),
        *(Paragraph(text="ผลการประเมิน", label="สรุป", style=s) for s in ("body", "lead", "bullet", "small")),
        Heading(level=3, text="ข้ามระดับ"),
        GROUPED,
        Table(columns=COLUMNS, rows=(), caption="ตารางว่าง"),
        Table(columns=COLUMNS, rows=(Row(cells=("ไม่มีชื่อตาราง", "")),)),
        figure,
        figure,
        Figure(svg=SVG, alt="แถบสีดำ"),
        *(Callout(kind=kind, title="ผลรวมไม่ตรง", lines=("ตรวจสอบ",)) for kind in kinds),
        Callout(kind="note", title=""),
        PageBreak(orientation="landscape"),
        Heading(level=1, text="ส่วนที่ ๒"),
        WIDE,
        PageBreak(),
        Signature(signers=(("(นายสมชาย ใจดี)", "ผู้จัดทำ"), ("(นางสมหญิง รักชาติ)",))),
    )
    return Document(cover=cover, blocks=(cover, *blocks))
