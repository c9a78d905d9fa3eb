"""The publication gate: which blocking problems and unconfirmed drafts keep a document from publication."""

from __future__ import annotations

from ita_nb.case import Case
from ita_nb.errors import PublicationRefusedError


def blockers(case: Case) -> list[str]:
    """Return one Thai line for everything that has to be settled before publication."""
    lines = [f"{p.node}: {p.message_th}" for p in case.problems if p.severity == "error"]
    lines += [f"{m.measure_id}: มาตรการยังเป็นร่าง ({m.title_th})" for m in case.plan if m.status == "draft"]
    lines += [f"{r.item}: ข้อความ ({r.kind}) ยังเป็นร่าง" for r in case.record.remarks if r.status == "draft"]
    lines += [f"{node.label}: ข้อที่ต้องยกระดับยังไม่มีมาตรการ" for node in case.coverage.uncovered]
    return lines


def refuse_unready(case: Case) -> None:
    """Raise PublicationRefusedError naming every blocker, if there is one."""
    found = blockers(case)
    if found:
        raise PublicationRefusedError(
            where=f"ฉบับเผยแพร่ของ{case.agency.name_th} ปีงบประมาณ พ.ศ. {case.fiscal_year}",
            expected="ไม่มีตัวเลขที่ขัดแย้งและไม่มีร่างที่รอการยืนยัน",
            found=f"{len(found)} รายการ\n    - " + "\n    - ".join(found),
            todo="แก้ข้อมูลหรือยืนยันร่างในแฟ้ม data/ แล้วสั่งใหม่ หรือใช้ --draft เพื่อทำฉบับที่มีลายน้ำ",
        )
