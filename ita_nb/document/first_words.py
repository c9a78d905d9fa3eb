"""The first params file of an agency and year: every draft written out, to be confirmed by a person.

It is written once. What stands in it belongs to its author: no later run changes it.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ita_nb.analysis.diagnosis import draft_entry
from ita_nb.case import Case
from ita_nb.intake.record import PlannedMeasure
from ita_nb.progress import ProgressCase
from ita_nb.thai import to_buddhist_year, visible

_HEAD = """\
# {name} ปีงบประมาณ พ.ศ. {year}
# ระบบเขียนแฟ้มนี้ครั้งเดียวและจะไม่เขียนทับ สิ่งที่แก้ไว้ในแฟ้มนี้จึงไม่หาย
"""
_HEAD_DRAFTS = """\
# ร่างทั้งหมดที่ระบบเสนอ รอผู้รับผิดชอบพิจารณา: แก้ข้อความให้ตรงกับหน่วยงาน แล้วเปลี่ยน status: draft เป็น confirmed
# สาเหตุที่ขึ้นต้นด้วยคำว่า "อาจ" เป็นเพียงข้อสันนิษฐาน ให้เขียนสาเหตุจริงแทน หรือลบรายการนั้น
# มาตรการที่ตัดสินใจไม่กำหนด ให้ใส่ status: declined และ reason_th: เหตุผล (ลบทั้งรายการแล้วร่างจะกลับมา)
"""
_HEAD_UNFILED = """\
# {name} ปีงบประมาณ พ.ศ. {year}
# ร่างที่ยังไม่มีใน {file} ระบบเขียนทับแฟ้มนี้ทุกครั้งและไม่อ่านจากแฟ้มนี้
# คัดลอกรายการที่ต้องการไปต่อท้าย texts: และ measures: ของ {file}
"""
_OFFICE = """
# ส่วนที่เลือกให้มีหรือไม่มีในเอกสารได้ (true = มี, false = ไม่มี) วันที่เขียนเป็น ปี-เดือน-วัน ของปี พ.ศ.
office:
{period}  show: {{cover: true, memo: false, meeting: true, suggestions: true, contact: true, signature: true}}
  memo: {{number_th: '', date: '', department_th: '', to_th: '', website: ''}}
  meeting: {{date: '', place_th: '', present_th: [], resolution_th: ''}}
  suggestions: []
  contact: {{department_th: '', address_th: '', phone: '', email: '', website: ''}}
  logo: ''  # ภาพตราสัญลักษณ์ของหน่วยงานบนปก เช่น params/logo/{agency_id}.png (PNG หรือ JPEG)
  signers:
    - {{role_th: ผู้จัดทำ, name_th: '', position_th: ''}}
    - {{role_th: ผู้ตรวจสอบ, name_th: '', position_th: ''}}
    - {{role_th: ผู้บริหารของหน่วยงาน, name_th: '', position_th: ''}}
"""
_PERIOD = """\
  period: twelve_months  # six_months คือรอบ 6 เดือน
  as_of: ''  # วันที่รายงาน เว้นว่างคือวันล่าสุดที่บันทึกผล
  # คำเตือนที่ตรวจแล้วว่าถูกต้อง ให้ผู้รับผิดชอบรับรองไว้ท้ายแฟ้ม (accepted: ชิดขอบซ้าย) เช่น
  # accepted: [{rule: evidence-missing, measure_id: m1, reason_th: เหตุผล, by_th: ชื่อผู้รับรอง}]
"""


def write_first(case: Case | ProgressCase, path: Path) -> bool:
    """Write the first params file with every draft; return whether it was written.

    An existing file is never touched, not even when it appears while this one is being written.
    """
    if path.exists():
        return False
    content = first_words(case)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(content, encoding="utf-8")
    try:
        try:
            os.link(part, path)  # unlike a rename it does not replace what is there
        except OSError:  # there is a file by now, or the disk knows no links
            with path.open("x", encoding="utf-8") as file:
                file.write(content)
    except FileExistsError:
        return False
    finally:
        part.unlink(missing_ok=True)
    return True


def first_words(case: Case | ProgressCase) -> str:
    """Return the text of the first params file."""
    is_analysis = isinstance(case, Case)
    agency_id, year = case.agency.agency_id, case.fiscal_year
    parts = [
        _HEAD.format(name=_one_line(case.agency.name_th), year=year),
        _HEAD_DRAFTS if is_analysis else "",
        _dump({"agency_id": agency_id, "fiscal_year": year}),
        _OFFICE.format(period="" if is_analysis else _PERIOD, agency_id=agency_id),
    ]
    return "".join([*parts, *_drafts(case)])


def _one_line(name: str) -> str:
    # A line break in a name must not end the comment that names it.
    return " ".join("".join(c for c in visible(name) if c not in "\ufffe\uffff").split())


def _drafts(case: Case | ProgressCase) -> list[str]:
    """The drafts that nobody has written on, as the parts of a file; a report on measures has none."""
    if not isinstance(case, Case):
        return []
    texts, measures = _texts(case), [_measure(m) for m in unfiled_drafts(case)]
    return [
        "\n# สาเหตุและแนวทางของแต่ละข้อ\n",
        _dump({"texts": texts}),
        "\n# มาตรการ\n",
        _dump({"measures": measures}),
    ]


def write_unfiled(case: Case | ProgressCase, path: Path) -> Path | None:
    """Write the drafts that the params file at ``path`` does not hold beside it, to copy from.

    Returns that file, or ``None`` (and no such file) when there is nothing to copy.
    """
    beside = path.with_name(f"{path.stem}.drafts.yaml")
    if not isinstance(case, Case) or not unfiled_drafts(case):
        beside.unlink(missing_ok=True)
        return None
    name = _one_line(case.agency.name_th)
    head = _HEAD_UNFILED.format(name=name, year=case.fiscal_year, file=path.name)
    beside.write_text("".join([head, *_drafts(case)]), encoding="utf-8")
    return beside


def _dump(value: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(value), allow_unicode=True, sort_keys=False, width=110)


def _texts(case: Case) -> list[dict[str, str]]:
    """The candidate causes and draft guidelines of every weak item that nobody has written on."""
    written = {(r.item, r.kind) for r in case.record.remarks}
    found: dict[tuple[str, str], str] = {}
    for weakness in case.weaknesses:
        entry = draft_entry(case.framework, case.catalogue, weakness)
        code = weakness.node.code
        for kind, text in (("cause", entry.candidate_cause_th), ("guideline", entry.guideline_th)):
            if (code, kind) not in written:
                found.setdefault((code, kind), text)
    return [
        {"item": code, "kind": kind, "text_th": text, "status": "draft"}
        for (code, kind), text in found.items()
    ]


def _measure(measure: PlannedMeasure) -> dict[str, Any]:
    return {
        "measure_id": measure.measure_id,
        "items": list(measure.items),
        "title_th": measure.title_th,
        "steps_th": list(measure.steps_th),
        "start": _day(measure.start),
        "end": _day(measure.end),
        "responsible_th": measure.responsible_th,
        "follow_up_th": measure.follow_up_th,
        "output_th": measure.output_th,
        "evidence_th": list(measure.evidence_th),
        "status": measure.status,
    }


def _day(day: dt.date | None) -> str:
    return f"{to_buddhist_year(day.year)}-{day:%m-%d}" if day else ""


def unfiled_drafts(case: Case) -> tuple[PlannedMeasure, ...]:
    """Return the draft measures that only the catalogue holds: nobody has them to confirm yet."""
    filed = {m.measure_id for m in case.record.measures}
    return tuple(m for m in case.plan if m.status == "draft" and m.measure_id not in filed)
