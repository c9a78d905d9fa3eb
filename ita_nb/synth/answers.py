"""What is drawn of an agency's result: how its respondents answered, and which items it published.

Nothing else is drawn; every score above comes out of these by the official formula
(:mod:`ita_nb.synth.formula`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from operator import mul
from random import Random

from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Item, Polarity, Question, Scale
from ita_nb.intake.record import Node
from ita_nb.synth.agencies import Province, SynthAgency
from ita_nb.synth.chance import counts, logistic, normal, stream
from ita_nb.synth.settings import YearSettings, load_settings


@dataclass(frozen=True)
class Drawn:
    """The exact score (0-100) of a question, item or indicator; answers by option where these are known."""

    score: Fraction
    answers: Mapping[str, int] | None = None


def draw_answers(
    framework: Framework, province: Province, agency: SynthAgency, year: YearSettings
) -> dict[Node, Drawn]:
    """Draw the answers and items of an agency in the framework's year.

    ``year`` is where the country stands. An indicator without known questions is drawn as one question.
    """
    rng = stream(province.seed, agency.number, framework.fiscal_year)
    widths = load_settings().model.agency
    places = {
        code: year.located[code]
        + province.effect
        + width * (year.oit_spread if code == "OIT" else 1) * agency.goodness[code]
        for code, width in widths.items()
    }
    found: dict[Node, Drawn] = {}
    for question in framework.questions:
        found |= _question(framework, question, agency, places, rng)
    for item in framework.items:
        drawn = _item(framework, item, places, rng)
        found |= {Node(item.code): drawn} if drawn else {}
    for indicator in framework.indicators:
        if not framework.leaves_of(indicator.code) and indicator.instrument in agency.groups:
            found |= _bare_indicator(framework, indicator.code, agency, places, rng)
    return found


def group_of(code: str, part: str) -> str:
    """Return the group of respondents of an instrument and part, as ``EIT.1``."""
    return f"{code}.{part}" if part else code


def _question(
    framework: Framework, question: Question, agency: SynthAgency, places: Mapping[str, float], rng: Random
) -> dict[Node, Drawn]:
    """Draw a question in each of its parts. One that is answered line by line is the mean of its lines."""
    model = load_settings().model
    instrument = framework.instrument_of(question.code)
    own = _ease("question", question.concept or question.code) * model.question
    own += normal(rng) * model.question_of_agency
    known = framework.points(question.code)
    found = {}
    for part in framework.parts_of(question.code) or ("",):
        n = agency.groups[group_of(instrument, part)]
        place = places[instrument] + own + model.part.get(part, 0.0)
        lines = [(line.scale, line.polarity) for line in question.sub_questions]
        grids = [points_of(framework, *line) for line in lines or [(question.scale, question.polarity)]]
        drawn = [_answered(grid, place, n, rng) for grid in grids]
        score = sum((_mean(g, c) for g, c in zip(grids, drawn, strict=True)), Fraction(0)) / len(grids)
        answers = None
        if known is not None:
            by_points = dict(zip(grids[0], drawn[0], strict=True))
            answers = {label: by_points[points] for label, points in known.items()}
        found[Node(question.code, part)] = Drawn(score, answers)
    return found


def _item(framework: Framework, item: Item, places: Mapping[str, float], rng: Random) -> Drawn | None:
    """Draw whether a published item counts in full or not at all; ``None`` where its points are unknown."""
    values = framework.scale_by_code[item.scale].values
    chance = rng.random()  # drawn in any case, so that the stream goes on alike
    if not values:
        return None
    place = places[item.instrument] + _ease("item", item.concept or item.code) * load_settings().model.item
    return Drawn(max(values) if chance < logistic(place) else min(values))


def _bare_indicator(
    framework: Framework, code: str, agency: SynthAgency, places: Mapping[str, float], rng: Random
) -> dict[Node, Drawn]:
    instrument = framework.instrument_of(code)
    grid = load_settings().stand_in_points
    place = places[instrument] + normal(rng) * load_settings().model.question_of_agency
    return {Node(code): Drawn(_mean(grid, _answered(grid, place, agency.groups[instrument], rng)))}


def points_of(framework: Framework, scale: str, polarity: Polarity | None) -> tuple[Fraction, ...]:
    """Return the points of a scale's answers, the best first: as known, else by its step, else stand-ins."""
    return _points(framework.scale_by_code[scale], polarity)


@lru_cache(maxsize=256)
def _points_of_step(step: Fraction) -> tuple[Fraction, ...]:
    return tuple(100 - i * step for i in range(int(100 / step) + 1))


def _points(scale: Scale, polarity: Polarity | None) -> tuple[Fraction, ...]:
    if scale.options is not None and polarity is not None:
        return tuple(sorted((getattr(option, polarity) for option in scale.options), reverse=True))
    return _points_of_step(scale.step) if scale.step else load_settings().stand_in_points


def _answered(grid: Sequence[Fraction], place: float, n: int, rng: Random) -> tuple[int, ...]:
    """Draw how many of ``n`` people give each answer: each reaches a grade with the odds of its place."""
    span = load_settings().model.answer_span
    reached = [logistic(place + span * float(100 - points) / 100) for points in grid[:-1]] + [1.0]
    return counts(rng, [here - above for above, here in zip([0.0, *reached], reached, strict=False)], n)


def _mean(grid: tuple[Fraction, ...], drawn: Sequence[int]) -> Fraction:
    denominator, points = _whole(grid)
    return Fraction(sum(map(mul, points, drawn)), denominator * sum(drawn))


@lru_cache(maxsize=64)
def _whole(grid: tuple[Fraction, ...]) -> tuple[int, tuple[int, ...]]:
    """Return points as whole numbers over one denominator: thousands of means are much faster so."""
    denominator = math.lcm(*(points.denominator for points in grid))
    return denominator, tuple(int(points * denominator) for points in grid)


@lru_cache(maxsize=1024)
def _ease(kind: str, concept: str) -> float:
    """Return how easy a question or item is, anywhere and in every year: it goes by what is asked."""
    return normal(stream(kind, concept))
