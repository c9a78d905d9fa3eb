"""What is drawn of a synthetic province: who its agencies are, how people answered, which items stood.

Nothing else is drawn; every score above comes out of these by the official formula
(:mod:`ita_nb.synth.results`). An agency has streams of its own: the k-th is the same in a province of 24
and in one of 240, and who it is is the same in every year. Only ``Random.random`` gives the same numbers
in every version of Python, so all chance is made from it.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from operator import mul
from random import Random
from statistics import NormalDist

from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Item, Node, Polarity, Question
from ita_nb.intake.record import Agency
from ita_nb.synth.settings import AgencyType, YearSettings, load_settings

_NORMAL = NormalDist()


def stream(*key: object) -> Random:
    """Return the stream of that key: what is drawn from one never depends on what another one drew."""
    return Random("/".join(map(str, key)))  # noqa: S311 the point is that it can be repeated


def normal(rng: Random) -> float:
    """Draw from the standard normal distribution."""
    return _NORMAL.inv_cdf(rng.random() or 0.5)  # 0 has no place on it


def logistic(place: float) -> float:
    """Return the probability at a place of the latent scale."""
    return 1 / (1 + math.exp(-place))


def pick(rng: Random, shares: Sequence[float]) -> int:
    """Draw one of the places of ``shares`` (fractions that add up to 1)."""
    return min(bisect(list(accumulate(shares)), rng.random()), len(shares) - 1)


def one_of(rng: Random, number: int) -> int:
    """Draw one of ``number`` equally likely places."""
    return int(rng.random() * number)


def shuffled(rng: Random, number: int) -> list[int]:
    """Return the places 0 to ``number`` - 1 in a drawn order."""
    return sorted(range(number), key=lambda _: rng.random())


def counts(rng: Random, shares: Sequence[float], n: int) -> tuple[int, ...]:
    """Draw how many of ``n`` people fall to each of the shares (a multinomial draw)."""
    edges = list(accumulate(shares))[:-1]
    found = [0] * len(shares)
    for _ in range(n):
        found[bisect(edges, rng.random())] += 1
    return tuple(found)


@dataclass(frozen=True)
class Province:
    """A province to draw: its name as given, its year, and the seed that all its streams begin with."""

    name: str
    fiscal_year: int
    seed: int

    @property
    def marked_name(self) -> str:
        """The name as every table shows it."""
        return f"{self.name} {load_settings().mark_th}"

    @property
    def effect(self) -> float:
        """What the province adds to the latent place of all its agencies."""
        model = load_settings().model
        drawn = normal(stream(self.seed, "province"))
        return model.province * min(max(drawn, -model.province_limit), model.province_limit)


@dataclass(frozen=True)
class SynthAgency:
    """One invented agency. ``groups`` are the respondents by group (``IIT``, ``EIT.1``, ``EIT``).

    ``goodness`` is the standardised latent effect of the agency by instrument; ``staff`` counts those
    who could have answered IIT.
    """

    number: int
    agency: Agency
    groups: Mapping[str, int]
    staff: int
    goodness: Mapping[str, float]


def draw_agency(province: Province, number: int) -> SynthAgency:
    """Draw agency ``number`` (from 1) of the province; another year of it gives the same agency."""
    settings = load_settings()
    rng = stream(province.seed, number, "agency")
    kind = settings.agency_types[pick(rng, [k.share for k in settings.agency_types])]
    district = settings.names.districts[one_of(rng, len(settings.names.districts))]
    groups = _groups(kind, normal(rng), normal(rng))
    staff = math.ceil(groups["IIT"] / (settings.respondents.answered + 0.2 * rng.random()))
    correlation = settings.model.common
    shared = math.sqrt(correlation) * normal(rng)
    return SynthAgency(
        number=number,
        agency=Agency(
            agency_id=f"synth-{number:03d}",
            name_th=f"{kind.name_th}{_place(province.seed, number)} {settings.mark_th}",
            agency_type=kind.name_th,
            district_th=district,
            province_th=province.marked_name,
        ),
        groups=groups,
        staff=staff,
        goodness={code: shared + math.sqrt(1 - correlation) * normal(rng) for code in settings.model.agency},
    )


def _groups(kind: AgencyType, inside: float, outside: float) -> dict[str, int]:
    """Return the respondents of every group; EIT as a whole, and in two parts."""
    settings = load_settings().respondents
    internal = max(settings.least, round(kind.internal * math.exp(settings.scatter * inside)))
    external = max(2 * settings.least, round(kind.external * math.exp(settings.scatter * outside)))
    own = round(external * settings.part_1)
    return {"IIT": internal, "EIT": external, "EIT.1": own, "EIT.2": external - own}


def _place(seed: int, number: int) -> str:
    """Return an invented place; no two agencies of a province share one."""
    places = _places(seed)
    turn, at = divmod(number - 1, len(places))
    return f"{places[at]}{load_settings().names.supposed}" + (f" {turn + 1}" if turn else "")


@lru_cache(maxsize=8)
def _places(seed: int) -> tuple[str, ...]:
    names = load_settings().names
    every = [begin + end for begin in names.places_begin for end in names.places_end]
    return tuple(every[i] for i in shuffled(stream(seed, "places"), len(every)))


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
    found = framework.scale_by_code[scale]
    if found.options is not None and polarity is not None:
        return tuple(sorted((getattr(option, polarity) for option in found.options), reverse=True))
    return _points_of_step(found.step) if found.step else load_settings().stand_in_points


@lru_cache(maxsize=256)
def _points_of_step(step: Fraction) -> tuple[Fraction, ...]:
    return tuple(100 - i * step for i in range(int(100 / step) + 1))


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
