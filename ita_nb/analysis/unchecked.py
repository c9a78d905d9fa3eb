"""Which comparisons could not be made, and why: silence about a number must not look like a match."""

from __future__ import annotations

from collections.abc import Iterable

from ita_nb.analysis.levels import LevelFinding
from ita_nb.analysis.reconcile import rule_of
from ita_nb.analysis.reconstruct import missing_items, needed_sum, plain_mean_is_impossible
from ita_nb.analysis.respondents import Respondents, group_of
from ita_nb.analysis.scores import Scores
from ita_nb.errors import NotChecked
from ita_nb.facts.framework import TOTAL
from ita_nb.facts.kinds import Question
from ita_nb.intake.record import Node
from ita_nb.thai import number_text


def not_checked(
    scores: Scores, respondents: dict[str, Respondents], level: LevelFinding
) -> Iterable[NotChecked]:
    """Yield every comparison that could not be made, and why."""
    framework = scores.framework
    for node in scores.record.scores:
        if scores.recomputed(node) is None:
            yield NotChecked(rule_of(scores, node), node.label, _why(scores, node, respondents))
    for instrument in framework.instruments:
        if scores.best(Node(instrument.code)) is None:
            children = framework.children(instrument.code)
            scored = any(scores.best(Node(c)) is not None for c in children)
            why = (
                "ไม่ทราบน้ำหนักของตัวชี้วัด จึงคำนวณคะแนนแบบวัดไม่ได้" if scored else "ไม่มีคะแนนของแบบวัดหรือตัวชี้วัดของแบบวัดนี้"
            )
            yield NotChecked("instrument-mismatch", instrument.code, why)
    if scores.recomputed(Node(TOTAL)) is None and level.recomputed is None:
        yield NotChecked("level-mismatch", TOTAL, "คำนวณคะแนนรวมหรือคะแนนแบบวัดได้ไม่ครบ จึงจัดระดับใหม่ไม่ได้")
    elif not level.stated:
        yield NotChecked("level-mismatch", TOTAL, "ไม่ได้ระบุระดับผลการประเมินไว้")


def _why(scores: Scores, node: Node, respondents: dict[str, Respondents]) -> str:
    framework = scores.framework
    if node.code == TOTAL or framework.parent(node.code) == TOTAL:
        return "คะแนนของตัวชี้วัด แบบวัด หรือส่วน มีไม่ครบ"
    leaf = framework.leaves.get(node.code)
    if isinstance(leaf, Question):
        given = node in scores.distributions
        return "ร้อยละของคำตอบที่ระบุรวมกันไม่ได้ 100" if given else "ไม่มีร้อยละของคำตอบรายตัวเลือก"
    if leaf is not None:
        return "คะแนนรายการข้อมูลเปิดเผยมาจากผู้ตรวจประเมิน ไม่มีตัวเลขที่ละเอียดกว่านี้"
    return _why_indicator(scores, node, respondents)


def _why_indicator(scores: Scores, node: Node, respondents: dict[str, Respondents]) -> str:
    framework = scores.framework
    children = framework.children(node.code)
    absent = [c for c in children if scores.printed(Node(c, node.part)) is None]
    if not children:
        return "ไม่ทราบว่าตัวชี้วัดนี้ประกอบด้วยข้อใด"
    reasons = []
    if any(framework.by_code[c].weight is None for c in children):
        reasons.append("ไม่ทราบน้ำหนักภายในของตัวชี้วัด")
    if absent:
        reasons.append("ไม่มีคะแนนของ " + ", ".join(absent))
    step = plain_mean_is_impossible(scores, node)
    if step is not None:
        printed = scores.record.scores[node].text
        reasons.append(
            f"ค่าเฉลี่ยธรรมดาของ {len(children)} ข้อเปลี่ยนทีละ {number_text(step)} จึงให้ค่า {printed} ไม่ได้"
        )
    if absent and not framework.parts_of(node.code):
        questions = tuple(Node(c, node.part) for c in absent)
        needed = needed_sum(scores, node, questions, respondents.get(group_of(framework, questions[0])))
        if needed is not None:
            reasons.append(
                f"คะแนนที่ไม่ได้พิมพ์ต้องรวมกันได้ {number_text(needed.total)} (เฉลี่ย {number_text(needed.mean)})"
            )
    missing = missing_items(scores, node)
    if missing is not None:
        counts = ", ".join(f"ตัวชี้วัดย่อยที่ {code} จำนวน {n} ข้อ" for code, n in missing.counts)
        reasons.append(f"คะแนนที่พิมพ์เกิดได้ทางเดียว คือมีข้อที่ไม่ได้คะแนนใน{counts}")
    return "; ".join(reasons)
