"""The columns of the workbook's sheets: heading, width, what each says, and where its values come from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ita_nb.batch.content import TidyRow
from ita_nb.batch.entries import STATUS_TH, Entry

MEASURE_STATUS_TH = {"draft": "ร่าง", "confirmed": "ยืนยันแล้ว"}

Kind = Literal["text", "code", "whole", "score", "day"]
Source = Callable[[Entry, TidyRow], Any]


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its heading, width in characters, what it says, and where its value comes from."""

    heading: str
    width: int
    says: str
    value: Source
    kind: Kind = "text"


def _entry(field: str) -> Source:
    return lambda entry, _: getattr(entry, field)


def _row(field: str) -> Source:
    return lambda _, row: row.get(field)


def _day(field: str) -> Source:
    return lambda _, row: dt.date.fromisoformat(row[field]) if row.get(field) else None


def _numbered(field: str) -> Source:
    """Number the lines of a text where there are several, for a wrapped line looks like a new one."""

    def value(_: Entry, row: TidyRow) -> Any:
        lines = (row.get(field) or "").split("\n")
        return "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1)) if lines[1:] else lines[0]

    return value


def _score(node: str) -> Source:
    """The score of an instrument as printed, else as recomputed from what is printed below it."""

    def value(entry: Entry, _: TidyRow) -> Any:
        found = next((s for s in entry.rows("scores") if s["node"] == node and not s["part"]), {})
        return found.get("stated") if found.get("stated") is not None else found.get("recomputed")

    return value


_AGENCY = (
    Column("หน่วยงาน", 46, "ชื่อหน่วยงานตามแฟ้ม agencies เรียงตามพจนานุกรมไทย", _entry("name_th")),
    Column("รหัสหน่วยงาน", 18, "รหัสในแฟ้ม agencies ใช้อ้างถึงหน่วยงานในคำสั่งและชื่อแฟ้ม", _entry("agency_id"), "code"),
    Column("อำเภอ", 16, "อำเภอที่ตั้ง", _entry("district_th")),
    Column("ปีงบประมาณ", 14, "ปีงบประมาณ (พ.ศ.) ของเอกสาร", _entry("fiscal_year"), "whole"),
)
MEASURE_COLUMNS = (
    *_AGENCY,
    Column("ประเด็น", 10, "ประเด็นที่มาตรการอยู่ภายใต้ (1-7) ว่างในปีที่ไม่ได้แบ่งตามประเด็น", _row("topic"), "whole"),
    Column("ข้อที่ยกระดับ", 14, "ข้อคำถามหรือตัวชี้วัดที่มาตรการตอบ", _row("items"), "code"),
    Column("รหัสมาตรการ", 13, "รหัสของมาตรการ ไม่ซ้ำภายในหน่วยงานและปีเดียวกัน", _row("measure_id"), "code"),
    Column("มาตรการ", 40, "ชื่อมาตรการ", _row("title_th")),
    Column("ขั้นตอน/วิธีการ", 60, "ขั้นตอนการดำเนินการ บรรทัดละหนึ่งขั้นตอน", _numbered("steps_th")),
    Column("เริ่ม", 14, "วันเริ่มดำเนินการ", _day("start"), "day"),
    Column("สิ้นสุด", 14, "วันสิ้นสุดการดำเนินการ", _day("end"), "day"),
    Column("ผู้รับผิดชอบ", 22, "ส่วนราชการหรือผู้รับผิดชอบ", _row("responsible_th")),
    Column("การกำกับติดตาม", 36, "วิธีกำกับติดตามและรอบเวลา", _row("follow_up_th")),
    Column("ผลผลิต", 30, "ผลผลิตที่คาดว่าจะได้รับ", _row("output_th")),
    Column("หลักฐาน", 36, "หลักฐานที่ต้องเก็บ บรรทัดละหนึ่งรายการ", _numbered("evidence_th")),
    Column(
        "สถานะ",
        12,
        "ร่าง = ระบบเสนอ ยังไม่มีผู้ยืนยัน, ยืนยันแล้ว = หน่วยงานยืนยันแล้ว",
        lambda _, row: MEASURE_STATUS_TH.get(row["status"], row["status"]),
    ),
)
RESULT_COLUMNS = (
    *_AGENCY,
    Column("ประเภท", 22, "ประเภทหน่วยงาน", _entry("agency_type")),
    Column(
        "เอกสาร",
        17,
        "จัดทำแล้ว, จัดทำไม่สำเร็จ, ข้อมูลยังไม่พร้อม หรือยังไม่ได้จัดทำ (เหตุอยู่ใน index.html)",
        lambda entry, _: STATUS_TH[entry.status],
    ),
    Column("คะแนนรวมที่ระบุ", 13, "คะแนนรวมตามที่พิมพ์ในประกาศ", _row("total_stated"), "score"),
    Column("คะแนนรวมที่คำนวณได้", 14, "คำนวณซ้ำจากคะแนนที่พิมพ์ในระดับย่อย", _row("total_recomputed"), "score"),
    Column("ระดับที่ระบุ", 20, "ระดับผลการประเมินตามที่พิมพ์", _row("level_stated")),
    Column(
        "ระดับที่คำนวณได้",
        20,
        "ระดับตามเกณฑ์ของปีนั้น จากคะแนนที่คำนวณซ้ำหรือที่ระบุ",
        _row("level_recomputed"),
    ),
    Column("IIT", 9, "คะแนนแบบวัด IIT ตามที่พิมพ์ หากไม่ได้พิมพ์ไว้เป็นค่าที่คำนวณได้", _score("IIT"), "score"),
    Column("EIT", 9, "คะแนนแบบวัด EIT เช่นเดียวกัน", _score("EIT"), "score"),
    Column("OIT", 9, "คะแนนแบบวัด OIT เช่นเดียวกัน", _score("OIT"), "score"),
    Column("ผู้ตอบ IIT", 11, "จำนวนผู้ตอบ IIT (คน)", _row("n_iit"), "whole"),
    Column("ผู้ตอบ EIT ส่วนที่ 1", 12, "จำนวนผู้ตอบ EIT ส่วนที่ 1 หรือทั้งแบบวัด (คน)", _row("n_eit1"), "whole"),
    Column("ผู้ตอบ EIT ส่วนที่ 2", 12, "จำนวนผู้ตอบ EIT ส่วนที่ 2 (คน)", _row("n_eit2"), "whole"),
    Column(
        "จำนวนผู้ตอบอนุมาน",
        14,
        "ใช่ = จำนวนผู้ตอบอนุมานจากคะแนนที่พิมพ์ ไม่ได้ระบุไว้",
        lambda _, row: {True: "ใช่", False: "ไม่"}.get(row.get("respondents_inferred")),  # type: ignore[arg-type]
    ),
    Column("ข้อขัดแย้ง", 11, "จำนวนตัวเลขหรือข้อมูลที่ขัดแย้งกันหรือใช้ไม่ได้", _row("errors"), "whole"),
    Column("ข้อเตือน", 12, "จำนวนข้อที่ควรตรวจสอบ", _row("warnings"), "whole"),
    Column(
        "คลาดเคลื่อนไม่เกิน",
        13,
        "ค่ามากที่สุดของความคลาดเคลื่อนมาตรฐานของคะแนนรวมจากการสำรวจ (คะแนน)",
        _row("total_error_bound"),
        "score",
    ),
    Column("ปีก่อนที่เทียบ", 12, "ปีล่าสุดก่อนหน้าที่มีคะแนนรวม", _row("previous_year"), "whole"),
    Column("คะแนนรวมปีก่อน", 13, "คะแนนรวมของปีนั้น", _row("previous_total"), "score"),
    Column("ต่างจากปีก่อน", 13, "คะแนนรวมลบด้วยของปีก่อน ว่างหากสองปีเทียบกันไม่ได้", _row("change"), "score"),
)
MEANING_COLUMNS = (
    Column("แผ่นงาน", 14, "", _row("sheet")),
    Column("ช่อง", 30, "", _row("heading")),
    Column("ความหมาย", 90, "", _row("says")),
)
