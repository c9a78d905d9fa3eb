"""Which comparisons could not be made, and why: silence about a number must not look like a match."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from ita_nb.analysis.levels import LevelFinding
from ita_nb.analysis.respondents import Respondents, grid_steps, group_of
from ita_nb.analysis.scores import FULL, Scores
from ita_nb.analysis.slips import broken_range, rule_of
from ita_nb.errors import NotChecked
from ita_nb.facts.kinds import TOTAL, Node, Question
from ita_nb.thai import number_text


def not_checked(
    scores: Scores, respondents: dict[str, Respondents], level: LevelFinding
) -> Iterable[NotChecked]:
    """Yield every comparison that could not be made, and why."""
    framework = scores.framework
    for node in scores.record.scores:
        if scores.recomputed(node) is None and not broken_range(scores, node):
            yield NotChecked(rule_of(scores, node), node.label, _why(scores, node, respondents))
    for instrument in framework.instruments:
        if scores.best(Node(instrument.code)) is None:
            why = _why_group(scores, Node(instrument.code))
            yield NotChecked("instrument-mismatch", instrument.code, f"ไม่ได้ระบุคะแนนของแบบวัดนี้ และ{why}")
    if not level.stated:
        yield NotChecked("level-mismatch", TOTAL, "ไม่ได้ระบุระดับผลการประเมินไว้")
    elif not level.possible:
        yield NotChecked("level-mismatch", TOTAL, "ไม่ทราบเกณฑ์ระดับของปี หรือไม่มีคะแนนให้จัดระดับ")


def _why(scores: Scores, node: Node, respondents: dict[str, Respondents]) -> str:
    framework = scores.framework
    if node.code in framework.unplaced:
        return "ปีนี้ยังไม่ทราบรายการข้อนี้ จึงแสดงคะแนนตามที่ระบุ"
    if node.code == TOTAL or framework.parent(node.code) == TOTAL:
        return _why_group(scores, node)
    leaf = framework.leaves.get(node.code)
    if isinstance(leaf, Question):
        given = node in scores.distributions
        if given and scores.distributions[node].adds_up:
            return "ยังไม่ทราบตัวเลือกคำตอบหรือคะแนนของตัวเลือก"
        return "ร้อยละของคำตอบที่ระบุรวมกันไม่ได้ 100" if given else "ไม่มีร้อยละของคำตอบรายตัวเลือก"
    if leaf is not None:
        return "คะแนนรายการข้อมูลเปิดเผยมาจากผู้ตรวจประเมิน ไม่มีตัวเลขที่ละเอียดกว่านี้"
    return _why_indicator(scores, node, respondents)


def _why_group(scores: Scores, node: Node) -> str:
    """Say why an instrument or the total cannot be recomputed: scores are missing, or else the weights."""
    framework = scores.framework
    below = [Node(c, node.part) for c in framework.children(node.code) if c in framework.groups]
    absent = [n.code for n in below if scores.best(n) is None]
    if absent:
        kind = "แบบวัด" if node.code == TOTAL else "ตัวชี้วัดที่"
        return f"ไม่มีคะแนนของ{kind} {', '.join(absent)}"
    return "ไม่ทราบน้ำหนักของคะแนนที่อยู่ภายใน"


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


# ---------------------------------------------------------------- reconstruct


class NeededSum(NamedTuple):
    """The only sum of some questions' scores that gives the printed indicator, and their mean.

    ``units`` counts grid steps of ``unit`` score points; ``total`` = ``units * unit``.
    """

    units: int
    unit: Fraction
    total: Fraction
    mean: Fraction


def needed_sum(
    scores: Scores, node: Node, questions: tuple[Node, ...], respondents: Respondents | None
) -> NeededSum | None:
    """Return what ``questions`` (of indicator ``node``) must add up to, the other ones being as printed.

    ``None`` where the number of respondents is unknown, another question is not printed, weights are
    unequal, or more than one sum prints as the indicator does.
    """
    framework = scores.framework
    children = tuple(Node(code, node.part) for code in framework.children(node.code))
    # The score that the indicator has in print, or that is left over by its other part.
    target = scores.printed(node)
    if target is None and node.part:
        target = scores.left_for(node, scores.printed(Node(node.code)), scores.best)
    weights = {framework.by_code[c.code].weight for c in children}
    steps = [framework.step(child.code) for child in children]
    if target is None or respondents is None or respondents.n is None or len(weights) > 1 or None in steps:
        return None
    unit = Fraction(math.gcd(*(int(step) for step in steps if step is not None)), respondents.n)
    printed = [scores.record.scores.get(child) for child in children if child not in questions]
    fitting = [grid_steps(score.value, unit, 1) if score else range(0) for score in printed]
    if any(len(units) != 1 for units in fitting):
        return None
    known = sum(only for (only,) in fitting)
    low = math.ceil(target.low * len(children) / unit) - known
    high = math.floor(target.high * len(children) / unit) - known
    most = math.floor(100 * len(questions) / unit)
    possible = range(max(low, 0), min(high, most) + 1)
    if len(possible) != 1:
        return None
    total = possible[0] * unit
    return NeededSum(possible[0], unit, total, total / len(questions))


class MissingItems(NamedTuple):
    """How many items of each sub-indicator have no points, by the printed score of the indicator alone."""

    indicator: Node
    counts: tuple[tuple[str, int], ...]


def missing_items(scores: Scores, node: Node) -> MissingItems | None:
    """Return the only numbers of items without points that give the printed score of an indicator.

    It needs sub-indicators of known weights and items that score all or nothing; ``None`` where several
    combinations print as the indicator does, or nothing is missing.
    """
    framework = scores.framework
    printed = scores.record.scores.get(node)
    subs = [s for s in framework.sub_indicators if s.indicator == node.code]
    sizes = [framework.children(s.code) for s in subs]
    values = {
        v for codes in sizes for c in codes for v in framework.scale_by_code[framework.leaves[c].scale].values
    }
    if printed is None or not subs or values != {Fraction(0), FULL} or any(s.weight is None for s in subs):
        return None
    # Losses in whole units: a combination is one sum of whole numbers.
    steps = [s.weight * FULL / len(codes) for s, codes in zip(subs, sizes, strict=True) if s.weight]
    unit = Fraction(1, math.lcm(*(step.denominator for step in steps), printed.half_unit.denominator * 2))
    lost, allowed = (FULL - printed.value) / unit, printed.half_unit / unit
    whole = [int(step / unit) for step in steps]
    choices = (range(len(codes) + 1) for codes in sizes)
    found = [
        counts
        for counts in itertools.product(*choices)
        if abs(sum(n * step for n, step in zip(counts, whole, strict=True)) - lost) <= allowed
    ]
    if len(found) != 1 or not any(found[0]):
        return None
    return MissingItems(node, tuple((s.code, n) for s, n in zip(subs, found[0], strict=True) if n))


def plain_mean_is_impossible(scores: Scores, node: Node) -> Fraction | None:
    """Return the step of a plain mean of the indicator's items when its printed score is not on that grid.

    ``None`` when a plain mean could give the printed score, or the items' values are unknown.
    """
    framework = scores.framework
    children = framework.children(node.code)
    leaves = [framework.leaves[c] for c in children if c in framework.leaves]
    values = {v for leaf in leaves for v in framework.scale_by_code[leaf.scale].values}
    printed = scores.record.scores.get(node)
    if printed is None or not values or len(leaves) < len(children):
        return None
    step = Fraction(math.gcd(*(int(v) for v in values)), len(children))
    return None if grid_steps(printed.value, step, 1, printed.half_unit) else step
