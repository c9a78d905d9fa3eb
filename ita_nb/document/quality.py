"""How far the numbers can be trusted, in words: for the documents and for ``check``, which draws nothing."""

from __future__ import annotations

from collections import defaultdict

from ita_nb.case import Case
from ita_nb.intake.record import Node

SEVERITY_TH = {"error": "ผิด", "warning": "เตือน", "note": "แจ้ง"}
VERDICT_TH = {"match": "ตรง", "mismatch": "ไม่ตรง", "unchecked": "ไม่ได้ตรวจ"}


def respondents_lines(case: Case) -> list[str]:
    """Return one Thai line a group of respondents: how many, and how that is known."""
    lines = []
    for group, found in case.respondents.items():
        name = Node.of_label(group).name_th
        if found.n is None:
            lines.append(f"{name}: ไม่ทราบจำนวน")
        elif found.inferred:
            multiples = ", ".join(str(found.n * k) for k in (2, 3))
            lines.append(
                f"{name}: {found.n} คน เป็นค่าอนุมานจากคะแนนที่พิมพ์ จำนวนที่เป็นพหุคูณก็เข้าได้เช่นกัน ({multiples}, ...)"
            )
        else:
            lines.append(f"{name}: {found.n} คน ตามที่ระบุ")
    return lines or ["ไม่มีข้อมูลพอจะทราบจำนวนผู้ตอบ"]


def not_checked_by_reason(case: Case) -> dict[str, list[str]]:
    """Return reason (Thai) -> the nodes that could not be checked for it."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for row in case.not_checked:
        reasons[row.why].append(row.node)
    return dict(reasons)


def short_name(label: str) -> str:
    """Return the code of a question or item, and the Thai name of anything above, from a node's label."""
    node = Node.of_label(label)
    return node.code if node.code[:1] in "ieo" else node.name_th
