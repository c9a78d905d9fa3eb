"""The result of one synthetic agency: its drawn answers, every score that follows, and its level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ita_nb.analysis.levels import level_of
from ita_nb.facts.framework import TOTAL, Framework
from ita_nb.intake.record import Node
from ita_nb.synth.agencies import Province, SynthAgency, draw_agency
from ita_nb.synth.answers import Drawn, draw_answers
from ita_nb.synth.formula import roll_up
from ita_nb.synth.settings import load_settings


@dataclass(frozen=True)
class SynthResult:
    """What ITA would print of a synthetic agency, unrounded; ``level_th`` is empty without a total."""

    who: SynthAgency
    drawn: Mapping[Node, Drawn]
    scores: Mapping[Node, Fraction]
    level_th: str


def draw_result(framework: Framework, province: Province, number: int) -> SynthResult:
    """Draw agency ``number`` (from 1) and its result."""
    settings = load_settings()
    who = draw_agency(province, number)
    year = settings.years[settings.nearest_year(framework.fiscal_year)]
    drawn = draw_answers(framework, province, who, year)
    scores = roll_up(framework, {node: leaf.score for node, leaf in drawn.items()})
    instruments = [scores.get(Node(i.code)) for i in framework.instruments]
    total = scores.get(Node(TOTAL))
    level = level_of(framework, total, instruments) if total is not None else None
    return SynthResult(who, drawn, scores, level or "")
