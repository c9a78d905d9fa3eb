"""The sentences that cells ask for by name: ``report.sentence("profile")``; each has one case that holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ita_nb.analysis.losses import LossNode, lost_parts
from ita_nb.analysis.scores import FULL
from ita_nb.case import Case
from ita_nb.document.narrative import say
from ita_nb.exhibits import takeaways, text
from ita_nb.facts.framework import TOTAL
from ita_nb.intake.record import Node

if TYPE_CHECKING:
    import pandas as pd

_LEAST_FOR_RADAR = 3


def total(case: Case) -> str:
    """Name the total that the lost points lead to."""
    return "คะแนนรวมที่คำนวณ" if case.scores.recomputed(Node(TOTAL)) else "คะแนนรวม"


def indicators(case: Case) -> str:
    """Head the table of the indicators, or say that no score of one is known."""
    known = text.known_indicators(case)
    return f"คะแนนตัวชี้วัด {text.year(case)}" if known else say("result.no_indicator_scores")


def ranking(case: Case) -> str:
    """Head the table of the indicators by rank, or say that there is none."""
    known = text.known_indicators(case)
    return f"ลำดับคะแนนรายตัวชี้วัด {text.year(case)}" if known else say("ranking.no_scores")


def unranked(case: Case) -> str:
    """Name the indicators that have no rank for want of a score."""
    known = {indicator.code for indicator, _ in text.known_indicators(case)}
    rest = [f"{i.code}. {i.name_th}" for i in case.framework.indicators if i.code not in known]
    return say("ranking.unranked", names=text.listed(rest)) if rest and known else ""


def profile(case: Case) -> str:
    """Say how many indicators lie under the line, and which is lowest."""
    found = _named_indicators(case)
    missing = len(case.framework.indicators) - len(found)
    line = case.framework.reference_lines.pass_score
    return takeaways.of_profile(found, missing, line) if found else ""


def radar(case: Case) -> str:
    """Say which indicators are highest and lowest, where there are enough for a picture."""
    found = _named_indicators(case)
    missing = len(case.framework.indicators) - len(found)
    return takeaways.of_radar(found, missing) if len(found) >= _LEAST_FOR_RADAR else ""


def losses(case: Case) -> str:
    """Say where most of the lost points stand, that nothing is lost, or why that cannot be told."""
    parts = lost_parts(case.losses)
    if not parts:
        return say("losses.unweighted" if text.known_indicators(case) else "losses.no_scores")
    if not any(part.loss for part in parts):
        return say("losses.nothing")
    found = [(part_name(case, part), part.loss or Fraction(0)) for part in parts]
    return takeaways.of_losses(found, "ตัวชี้วัด" if {p.kind for p in parts} == {"indicator"} else "รายการ")


def answers(case: Case, about: pd.DataFrame) -> str:
    """Say which of the questions of ``about`` (a table of answers) has the fewest full answers."""
    nodes = dict.fromkeys(zip(about["node"], about["part"], strict=True))
    found = []
    for node in (Node(*place) for place in nodes):
        read = case.scores.distributions[node]
        full = (
            s for s, a in zip(read.shares, read.answers, strict=True) if read.points.get(a.option) == FULL
        )
        found.append((node.name_th, sum(full, Fraction(0))))
    return takeaways.of_topic_answers(found) if found else ""


SENTENCES: Mapping[str, Callable[..., Any]] = {
    found.__name__: found for found in (total, indicators, ranking, unranked, profile, radar, losses, answers)
}


def _named_indicators(case: Case) -> list[tuple[str, Fraction]]:
    known = text.known_indicators(case)
    return [(text.item_text(case.framework, indicator.code), score) for indicator, score in known]


def part_name(case: Case, part: LossNode) -> str:
    """Name a part of the lost points as a sentence does."""
    if part.kind == "remainder":
        return f"ส่วนที่อธิบายไม่ได้ด้วยคะแนนย่อยของ{part.node.name_th}"
    return text.item_text(case.framework, part.node.code)
