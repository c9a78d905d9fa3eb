"""Stated against recomputed at every node: both survive, a difference is a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ita_nb.analysis.levels import LevelFinding
from ita_nb.analysis.reconstruct import needed_sum
from ita_nb.analysis.respondents import READABLE, Distribution, Respondents, group_of, nearest_on_grid
from ita_nb.analysis.scores import FULL, Estimate, Layer, Recomputed, Scores
from ita_nb.analysis.slips import agrees, broken_range, distance, score_repairs, share_repairs, single_edits
from ita_nb.errors import Confidence, Problem, Severity
from ita_nb.facts.kinds import TOTAL, Node, Question, weakest
from ita_nb.facts.loader import known_years, load_framework
from ita_nb.facts.rules import load_rules, problem
from ita_nb.thai import number_text

Verdict = Literal["match", "mismatch", "unchecked"]
_NOT_SURE = " (น้ำหนักของปีนี้ยังไม่ยืนยัน)", " (by weights that are not confirmed)"

LAYER_NAMES: dict[Layer, tuple[str, str]] = {
    "counts": ("การแจกแจงคำตอบ", "answer distribution"),
    "shares": ("การแจกแจงคำตอบ", "answer distribution"),
    "questions": ("คะแนนข้อคำถาม", "question scores"),
    "items": ("คะแนนรายการข้อมูลเปิดเผย", "item scores"),
    "sub_indicators": ("คะแนนตัวชี้วัดย่อย", "sub-indicators"),
    "parts": ("คะแนนของแต่ละส่วน", "part scores"),
    "indicators": ("คะแนนตัวชี้วัด", "indicators"),
    "instruments": ("คะแนนแบบวัด", "instruments"),
    "ceiling": ("คะแนนระดับบนที่เต็ม 100", "full score above it"),
}


@dataclass(frozen=True)
class NodeCheck:
    """One node: its stated score, its recomputed one, the layer used, and the verdict."""

    node: Node
    stated: Fraction | None
    recomputed: Estimate | None
    layer: Layer | None
    verdict: Verdict


def check_nodes(scores: Scores) -> list[NodeCheck]:
    """Compare stated and recomputed at every node, from the total down."""
    return [_check(scores, node) for node in scores.nodes()]


def _check(scores: Scores, node: Node) -> NodeCheck:
    stated, recomputed = scores.record.scores.get(node), scores.recomputed(node)
    agree = agrees(scores, node)
    verdict: Verdict = "unchecked" if agree is None else "match" if agree else "mismatch"
    return NodeCheck(
        node,
        stated.value if stated else None,
        recomputed.estimate if recomputed else None,
        recomputed.layer if recomputed else None,
        verdict,
    )


def rule_of(scores: Scores, node: Node) -> str:
    """Return the name of the rule that compares the node."""
    if node.code == TOTAL:
        return "total-mismatch"
    if node.code in scores.framework.leaves:
        return "question-mismatch"
    return "instrument-mismatch" if scores.framework.parent(node.code) == TOTAL else "indicator-mismatch"


def number_problems(
    scores: Scores, respondents: dict[str, Respondents], level: LevelFinding
) -> Iterable[Problem]:
    """Yield everything that does not agree in the numbers and the level of a record."""
    yield from mismatches(scores, respondents)
    yield from weighted_points(scores)
    yield from share_problems(scores, respondents)
    yield from respondent_problems(scores, respondents)
    yield from level_problems(scores, level)


def mismatches(scores: Scores, respondents: dict[str, Respondents]) -> Iterable[Problem]:
    """Yield a problem for every stated score that is not the recomputed one, or that no weights can give."""
    for check in check_nodes(scores):
        recomputed = scores.recomputed(check.node)
        if check.verdict == "mismatch" and recomputed is not None:
            yield _mismatch(scores, check.node, recomputed, respondents)
        elif check.verdict == "mismatch":
            yield _outside(scores, check.node)
    span, total = scores.total_span(), scores.printed(Node(TOTAL))
    far = span and total and distance(total.value, span) > load_rules().tolerance
    if span and far and agrees(scores, Node(TOTAL)) is None:
        yield _beyond(scores, span)


def _mismatch(
    scores: Scores, node: Node, recomputed: Recomputed, respondents: dict[str, Respondents]
) -> Problem:
    estimate = recomputed.estimate
    repairs = score_repairs(scores, node, respondents)
    only = repairs[0] if len(repairs) == 1 else None
    basis_th, basis_en = LAYER_NAMES[recomputed.layer]
    detail_th, detail_en = _needed_detail(scores, node, respondents)
    if not repairs:
        nearest_th, nearest_en = _nearest_detail(scores, node)
        detail_th, detail_en = detail_th + nearest_th, detail_en + nearest_en
    confidence = scores.confidence(node, recomputed.layer)
    severity = severity_of(confidence, reproduced=_is_reproduced(scores, node, recomputed.layer))
    below = broken_range(scores, node)
    if below is not None:
        severity = severity_of(scores.framework.averaging.confidence)
        span = f"{number_text(below.low, 4)}-{number_text(below.high, 4)}"
        detail_th += f" และอยู่นอกช่วงของคะแนนที่อยู่ภายใน ({span}) จึงเป็นไปไม่ได้ไม่ว่าใช้น้ำหนักใด"
        detail_en += f"; it lies outside the scores below it ({span}), which no weights allow"
    printed = scores.printed(node)
    if printed is None or distance(printed.value, estimate) <= load_rules().warning_up_to:
        severity = "warning"
    return problem(
        rule_of(scores, node),
        node.label,
        stated=scores.record.scores[node].text,
        expected=number_text(estimate.value),
        severity=severity,
        suggestion=f"{only.node.label}: {only.printed} -> {only.repaired}" if only else None,
        confidence=confidence,
        name=node.name_th,
        basis=basis_th,
        basis_en=basis_en,
        low=number_text(estimate.low, 4),
        high=number_text(estimate.high, 4),
        detail=detail_th,
        detail_en=detail_en,
    )


def weighted_points(scores: Scores) -> Iterable[Problem]:
    """Yield a note for every instrument that is printed as weighted points."""
    for node, weight in scores.weighted_points.items():
        stated = scores.record.scores[node]
        expected, full = number_text(stated.value / weight), number_text(100 * weight, 0)
        yield problem(
            "weighted-points",
            node.label,
            stated=stated.text,
            expected=expected,
            confidence=scores.framework.weights_confidence,
            name=node.name_th,
            full=full,
        )


def _beyond(scores: Scores, span: Estimate) -> Problem:
    """Return the problem of a total that the known instruments exclude whatever the others are."""
    confidence = scores.framework.weights_confidence
    low, high = number_text(span.low, 4), number_text(span.high, 4)
    return problem(
        "total-mismatch",
        TOTAL,
        stated=scores.record.scores[Node(TOTAL)].text,
        expected=f"{number_text(span.low)}-{number_text(span.high)}",
        severity=severity_of(confidence),
        confidence=confidence,
        basis="คะแนนแบบวัดที่ทราบ ไม่ว่าแบบวัดที่เหลือได้เท่าใด",
        basis_en="known instruments, whatever the others are",
        low=low,
        high=high,
        detail="",
        detail_en="",
    )


def severity_of(confidence: Confidence, *, reproduced: bool = False) -> Severity:
    """Return how firmly a contradiction may be stated: as firmly as the weakest fact that it rests on.

    ``reproduced`` says that another printed number of the record is what the same rule gives.
    """
    sure = confidence == "confirmed" or (confidence == "partial" and reproduced)
    return "error" if sure else "warning"


def _is_reproduced(scores: Scores, node: Node, layer: Layer) -> bool:
    """Whether another printed score agrees with what the same rule gives, and would not by any other rule."""
    return any(
        other != node
        and _tells(scores, other)
        and (found := scores.recomputed(other)) is not None
        and found.layer == layer
        and _kind_of(scores, other) == _kind_of(scores, node)
        and agrees(scores, other)
        for other in scores.record.scores
    )


def _tells(scores: Scores, node: Node) -> bool:
    """Whether a score could be another one: full marks, and means of equal scores, are alike by any rule."""
    below, printed = scores.children_range(node), scores.printed(node)
    if below is not None:
        return below.high - below.low > 2 * load_rules().tolerance
    return printed is not None and 0 < printed.value < FULL


def _kind_of(scores: Scores, node: Node) -> tuple[object, ...]:
    leaf = scores.framework.leaves.get(node.code)
    asked = (leaf.scale, leaf.polarity) if isinstance(leaf, Question) else ()
    return (rule_of(scores, node), *asked)


def _outside(scores: Scores, node: Node) -> Problem:
    below, confidence = broken_range(scores, node), scores.framework.averaging.confidence
    span = f"{number_text(below.low, 4)}-{number_text(below.high, 4)}" if below else "0-100"
    return problem(
        "outside-range",
        node.label,
        stated=scores.record.scores[node].text,
        expected=span,
        severity=severity_of(confidence),
        confidence=confidence,
        name=node.name_th,
    )


def _nearest_detail(scores: Scores, node: Node) -> tuple[str, str]:
    """Say that no single edit mends a mismatch, and how near the nearest one comes."""
    recomputed = scores.recomputed(node)
    if recomputed is None:
        return "", ""
    value = recomputed.estimate.value
    edits = single_edits(scores.record.scores[node].text, scores.framework.rounding.decimals)
    nearest = min(edits, key=lambda edit: (abs(Fraction(edit) - value), edit), default=None)
    gap = number_text(abs(Fraction(nearest) - value)) if nearest is not None else "0"
    if Fraction(gap) == 0:
        # There is none, or it would mend this comparison but break another: naming it would mislead.
        nothing_th = " ไม่มีการแก้ตัวเลขเพียงตัวเดียวที่ทำให้ตรงกันทุกเงื่อนไข"
        return nothing_th, "; no single edit satisfies everything"
    return (
        f" ไม่มีการแก้ตัวเลขเพียงตัวเดียวที่ทำให้ตรงกันทุกเงื่อนไข (ใกล้ที่สุดคือ {nearest} ซึ่งยังต่างอยู่ {gap})",
        f"; no single edit satisfies everything (the nearest is {nearest}, still {gap} away)",
    )


def _needed_detail(scores: Scores, node: Node, respondents: dict[str, Respondents]) -> tuple[str, str]:
    """Say what the questions of a contradicted indicator would have to be, where only one sum is possible."""
    framework = scores.framework
    if node.code in {TOTAL, *framework.leaves} or framework.parent(node.code) == TOTAL:
        return "", ""
    for part in framework.parts_of(node.code) or ("",):
        below = Node(node.code, part)
        questions = tuple(Node(c, part) for c in framework.children(node.code))
        if not questions or scores.printed(questions[0]) is None:
            continue
        needed = needed_sum(scores, below, questions, respondents.get(group_of(framework, questions[0])))
        if needed is None:
            continue
        names = ", ".join(q.code for q in questions)
        mean, unit = number_text(needed.mean, 4), f"{needed.unit.numerator}/{needed.unit.denominator}"
        where_th = f"ส่วนที่ {part}" if part else "ของตัวชี้วัดนี้"
        detail_th = f" คะแนนเฉลี่ยของ {names} ต้องเป็น {mean} ({needed.units} หน่วยของ {unit})"
        detail_en = f"; the mean of {names} must be {mean} ({needed.units} units of {unit})"
        return (
            f"{detail_th} ค่าที่พิมพ์ไว้จึงไม่ใช่คะแนน{where_th}",
            f"{detail_en}, so what is printed is not the score of {below.label}",
        )
    return "", ""


def share_problems(scores: Scores, respondents: dict[str, Respondents]) -> Iterable[Problem]:
    """Yield a problem for every distribution that does not add up or fits no counts."""
    for node, distribution in scores.distributions.items():
        group = respondents.get(group_of(scores.framework, node))
        if not distribution.adds_up:
            yield _sum_problem(scores, node, distribution, group)
        elif distribution.counts and group is not None and group.n not in {None, sum(distribution.counts)}:
            total = f"รวม {sum(distribution.counts)} คน"
            yield problem("shares-without-count", node.label, stated=total, expected=str(group.n))
        elif distribution.counts is None and group is not None and 0 < (group.n or 0) <= READABLE:
            shares = ", ".join(a.share_text for a in distribution.answers)
            yield problem(
                "shares-without-count", node.label, stated=shares, expected=str(group.n), name=node.code
            )


def proposed_shares(
    scores: Scores, node: Node, distribution: Distribution, group: Respondents | None
) -> tuple[tuple[str, ...] | None, int]:
    """Return the only single-edit repair that satisfies everything, and how many repairs the sum allows."""
    texts = [a.share_text for a in distribution.answers]
    by_sum = share_repairs(texts)
    if group is None or group.n is None or node not in scores.record.scores or not distribution.points:
        return (by_sum[0] if len(by_sum) == 1 else None), len(by_sum)
    whole = share_repairs(texts, n=group.n, points=distribution.points, score=scores.record.scores[node])
    return (whole[0] if len(whole) == 1 else None), len(by_sum)


def _sum_problem(
    scores: Scores, node: Node, distribution: Distribution, group: Respondents | None
) -> Problem:
    proposal, by_sum = proposed_shares(scores, node, distribution, group)
    suggestion, detail_th, detail_en = None, "", ""
    if proposal is not None:
        edited = next(
            (a, text) for a, text in zip(distribution.answers, proposal, strict=True) if a.share_text != text
        )
        suggestion = f"{edited[0].option}: {edited[0].share_text} -> {edited[1]}"
        detail_th = f" การแก้ตัวเลขเดียวที่ทำให้ผลรวมถูกต้องมี {by_sum} แบบ แต่ที่เข้ากับทุกเงื่อนไขมีแบบเดียว คือ {suggestion}"
        detail_en = f"; {by_sum} single edits mend the sum, exactly one satisfies everything: {suggestion}"
    return problem(
        "shares-sum",
        node.label,
        stated=number_text(distribution.shares_sum),
        expected="100.00",
        suggestion=suggestion,
        name=node.code,
        detail=detail_th,
        detail_en=detail_en,
    )


def respondent_problems(scores: Scores, respondents: dict[str, Respondents]) -> Iterable[Problem]:
    """Yield a problem for every score that the number of respondents makes impossible."""
    staff = scores.record.population_iit
    for group in respondents.values():
        if group.group == "IIT" and staff is not None and (group.n or 0) > staff:
            continue  # a disputed number of people accuses no score
        if group.contradictory:
            limit = str(load_rules().respondents_limit)
            yield problem("respondents-undetermined", group.group, name=group.group, limit=limit)
        for node in group.misfits:
            if node in scores.record.scores and group.n is not None:
                yield _misfit(scores, node, group.n, respondents)


def _misfit(scores: Scores, node: Node, n: int, respondents: dict[str, Respondents]) -> Problem:
    printed, framework = scores.record.scores[node], scores.framework
    step = framework.step(node.code)
    nearest = nearest_on_grid(printed.value, step, n) if step is not None else printed.value
    repairs = [r for r in score_repairs(scores, node, respondents) if r.node == node]
    suggestion = f"{printed.text} -> {repairs[0].repaired}" if len(repairs) == 1 else None
    group = group_of(framework, node)
    fits = any(
        isinstance(framework.leaves.get(other.code), Question)
        and group_of(framework, other) == group
        and other not in respondents[group].misfits
        and 0 < score.value < FULL
        for other, score in scores.record.scores.items()
    )
    confidence = framework.scale_by_code[framework.leaves[node.code].scale].confidence
    return problem(
        "respondents-mismatch",
        node.label,
        stated=printed.text,
        expected=number_text(nearest),
        severity=severity_of(confidence, reproduced=fits),
        suggestion=suggestion,
        confidence=confidence,
        name=node.name_th,
        n=str(n),
    )


def level_problems(scores: Scores, level: LevelFinding) -> Iterable[Problem]:
    """Yield a problem when the stated level is no label of the year, or is not possible by its rule.

    What only unconfirmed weights exclude is a warning.
    """
    framework = scores.framework
    labels, rule = [known.name_th for known in framework.levels], framework.level_basis.confidence
    words = re.split(r"[\s()]+", level.stated)
    # "ระดับผ่านดี" and "ผ่าน ดี" are the name as people write it.
    name = "".join(words).removeprefix("ระดับ")
    possible = " หรือ ".join(level.possible)
    if not level.stated or not labels:
        return
    whose = _whose(words, labels) if name not in labels else []
    if name not in labels:
        yield problem(
            "level-unknown",
            TOTAL,
            stated=level.stated,
            expected=possible or None,
            severity=severity_of(rule),
            confidence=rule,
            year=str(framework.fiscal_year),
            labels=", ".join(labels),
            whose="".join(f" {name} เป็นชื่อของปี {years}" for name, years in whose),
            whose_en="".join(f", {name} is a name of {years}" for name, years in whose),
        )
    if level.possible and not whose and not {name, *words} & {*level.possible}:
        by_weights = weakest([rule, framework.weights_confidence])
        confidence = by_weights if name in level.under_any_weights else rule
        yield problem(
            "level-mismatch",
            TOTAL,
            stated=level.stated,
            expected=possible,
            severity=severity_of(confidence),
            confidence=confidence,
            why=_NOT_SURE[0] if confidence != rule else "",
            why_en=_NOT_SURE[1] if confidence != rule else "",
        )


def _whose(words: Sequence[str], labels: Sequence[str]) -> list[tuple[str, str]]:
    """Return the names in a stated level that are of other years, with these."""
    known = [year for year in map(load_framework, known_years()) if "levels" not in year.carried]
    found = []
    for name in dict.fromkeys(words):
        own = [y.fiscal_year for y in known if name in {level.name_th for level in y.levels}]
        if own and name not in labels:
            found.append((name, f"{own[0]}–{own[-1]}"))
    return found
