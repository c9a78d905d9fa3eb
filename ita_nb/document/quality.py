"""How far the numbers can be trusted, in words: for the documents and for ``check``, which draws nothing."""

from __future__ import annotations

from collections import defaultdict

from ita_nb.analysis.levels import next_level
from ita_nb.case import Case
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Node
from ita_nb.thai import number_text

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


def weights_note(framework: Framework) -> str:
    """Say that the weights of the instruments are not confirmed; ``""`` where they are, or are unknown."""
    weights = [i.weight for i in framework.instruments if i.weight is not None]
    if framework.weights_confidence == "confirmed" or len(weights) < len(framework.instruments):
        return ""
    return f"น้ำหนัก {'/'.join(number_text(100 * w, 0) for w in weights)} ของปีนี้ยังไม่ยืนยัน"


def level_lines(case: Case) -> list[str]:
    """Say in Thai which levels the scores leave possible, and what would tell more."""
    level, scores = case.level, case.scores
    lines = [f"ระดับที่เป็นไปได้ตามเกณฑ์: {' หรือ '.join(level.possible) or 'จัดระดับไม่ได้'}"]
    unknown = [i.code for i in case.framework.instruments if scores.best(Node(i.code)) is None]
    if len(level.possible) > 1 and not unknown:
        lines.append("มีมากกว่าหนึ่งระดับเพราะการปัดเศษ (ไม่ทราบว่าจัดระดับจากคะแนนก่อนหรือหลังปัดเศษ)")
    if unknown:
        lines.append(f"หากมีคะแนนของแบบวัด {', '.join(unknown)} และตัวชี้วัด จะบอกระดับและจุดที่เสียคะแนนได้ละเอียดขึ้น")
    return lines


def next_level_line(case: Case) -> str:
    """Say how far the next level is, or what the highest asks for; ``""`` where there is none above."""
    further = next_level(case.scores, case.level)
    if further is None:
        return ""
    each, least = further.level.each_instrument_min, number_text(further.level.total_min)
    kind = "ระดับสูงสุด" if further.level.name_th in case.level.possible else "ระดับถัดไป"
    line = f"{kind} คือ {further.level.name_th} ต้องได้คะแนนรวมไม่ต่ำกว่า {least}"
    line += f" (ขาดอีก {number_text(further.missing)} คะแนน)" if further.missing else ""
    return line + (f" และทุกแบบวัดไม่ต่ำกว่า {number_text(each)}" if each is not None else "")


def short_name(label: str) -> str:
    """Return the code of a question or item, and the Thai name of anything above, from a node's label."""
    node = Node.of_label(label)
    return node.code if node.code[:1] in "ieo" else node.name_th
