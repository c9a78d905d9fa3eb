"""What is drawn of a synthetic province: who its agencies are, how people answered, which items stood.

Nothing else is drawn; every score above comes out of these by the official formula
(:mod:`ita_nb.synth.workspace`). An agency has streams of its own: the k-th is the same in a province of 24
and in one of 240, and who it is is the same in every year. Only ``Random.random`` gives the same numbers
in every version of Python, so all chance is made from it.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate
from operator import mul
from random import Random
from statistics import NormalDist
from typing import Any

from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import Exact, Fact, Node, Polarity, Question, Source, Value
from ita_nb.facts.yaml_file import load_yaml
from ita_nb.intake.record import Agency

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


def one_of(rng: Random, number: int) -> int:
    """Draw one of ``number`` equally likely places."""
    return int(rng.random() * number)


def shuffled(rng: Random, number: int) -> list[int]:
    """Return the places 0 to ``number`` - 1 in a drawn order."""
    return sorted(range(number), key=lambda _: rng.random())


def counts(rng: Random, shares: Sequence[float], n: int) -> tuple[int, ...]:
    """Draw how many of ``n`` people fall to each of the shares (a multinomial draw)."""
    edges = list(accumulate(shares))[:-1]
    found = Counter(bisect(edges, rng.random()) for _ in range(n))
    return tuple(found[place] for place in range(len(shares)))


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
        drawn, limit = normal(stream(self.seed, "province")), model["province_limit"]
        return float(model["province"] * min(max(drawn, -limit), limit))


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
    edges = list(accumulate(kind["share"] for kind in settings.agency_types))
    kind = settings.agency_types[min(bisect(edges, rng.random()), len(edges) - 1)]
    district = settings.names["districts"][one_of(rng, len(settings.names["districts"]))]
    groups = _groups(kind, normal(rng), normal(rng))
    staff = math.ceil(groups["IIT"] / (settings.respondents["answered"] + 0.2 * rng.random()))
    correlation = settings.model["common"]
    shared = math.sqrt(correlation) * normal(rng)
    return SynthAgency(
        number=number,
        agency=Agency(
            agency_id=f"synth-{number:03d}",
            name_th=f"{kind['name_th']}{_place(province.seed, number)} {settings.mark_th}",
            agency_type=kind["name_th"],
            district_th=district,
            province_th=province.marked_name,
        ),
        groups=groups,
        staff=staff,
        goodness={
            code: shared + math.sqrt(1 - correlation) * normal(rng) for code in settings.model["agency"]
        },
    )


def _groups(kind: Mapping[str, Any], inside: float, outside: float) -> dict[str, int]:
    """Return the respondents of every group; EIT as a whole, and in two parts."""
    settings = load_settings().respondents
    internal = max(settings["least"], round(kind["internal"] * math.exp(settings["scatter"] * inside)))
    external = max(2 * settings["least"], round(kind["external"] * math.exp(settings["scatter"] * outside)))
    own = round(external * settings["part_1"])
    return {"IIT": internal, "EIT": external, "EIT.1": own, "EIT.2": external - own}


def _place(seed: int, number: int) -> str:
    """Return an invented place; no two agencies of a province share one."""
    places = _places(seed)
    turn, at = divmod(number - 1, len(places))
    return f"{places[at]}{load_settings().names['supposed']}" + (f" {turn + 1}" if turn else "")


@lru_cache(maxsize=8)
def _places(seed: int) -> tuple[str, ...]:
    names = load_settings().names
    every = [begin + end for begin in names["places_begin"] for end in names["places_end"]]
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
    model = load_settings().model
    places = {
        code: year.located[code]
        + province.effect
        + width * (year.oit_spread if code == "OIT" else 1) * agency.goodness[code]
        for code, width in model["agency"].items()
    }
    found: dict[Node, Drawn] = {}
    for question in framework.questions:
        found |= _question(framework, question, agency, places, rng)
    for item in framework.items:
        place = places[item.instrument] + _ease("item", item.concept or item.code) * model["item"]
        # Drawn in any case, so that the stream goes on alike where the points are unknown.
        values, counts_in_full = framework.scale_by_code[item.scale].values, rng.random() < logistic(place)
        if values:
            found[Node(item.code)] = Drawn(max(values) if counts_in_full else min(values))
    for indicator in framework.indicators:
        instrument, grid = indicator.instrument, load_settings().stand_in_points
        if not framework.leaves_of(indicator.code) and instrument in agency.groups:
            place = places[instrument] + normal(rng) * model["question_of_agency"]
            answered = _answered(grid, place, agency.groups[instrument], rng)
            found[Node(indicator.code)] = Drawn(_mean(grid, answered))
    return found


def _question(
    framework: Framework, question: Question, agency: SynthAgency, places: Mapping[str, float], rng: Random
) -> dict[Node, Drawn]:
    """Draw a question in each of its parts. One that is answered line by line is the mean of its lines."""
    model = load_settings().model
    instrument = framework.instrument_of(question.code)
    own = _ease("question", question.concept or question.code) * model["question"]
    own += normal(rng) * model["question_of_agency"]
    known = framework.points(question.code)
    found = {}
    for part in framework.parts_of(question.code) or ("",):
        n = agency.groups[Node(instrument, part).label]
        place = places[instrument] + own + model["part"].get(part, 0.0)
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


def points_of(framework: Framework, scale: str, polarity: Polarity | None) -> tuple[Fraction, ...]:
    """Return the points of a scale's answers, the best first: as known, else by its step, else stand-ins."""
    found = framework.scale_by_code[scale]
    if found.options is not None and polarity is not None:
        return tuple(sorted((getattr(option, polarity) for option in found.options), reverse=True))
    if not found.step:
        return load_settings().stand_in_points
    return tuple(100 - i * found.step for i in range(int(100 / found.step) + 1))


def _answered(grid: Sequence[Fraction], place: float, n: int, rng: Random) -> tuple[int, ...]:
    """Draw how many of ``n`` people give each answer: each reaches a grade with the odds of its place."""
    span = load_settings().model["answer_span"]
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


# ---------------------------------------------------------------- settings


class YearSettings(Fact):
    """The national result of a year (scores 0-100, shares as fractions) and the constants that give it."""

    mean: Exact | None = None
    pass_share: Exact | None = None
    located: Mapping[str, float]
    oit_spread: float


class Settings(Value):
    """Everything of ``synth.yaml``; of the model, respondents, types and names by the keys there."""

    sources: Mapping[str, Source]
    mark_th: str
    years: Mapping[int, YearSettings]
    model: Mapping[str, Any]
    respondents: Mapping[str, Any]
    agency_types: tuple[Mapping[str, Any], ...]
    stand_in_points: tuple[Exact, ...]
    names: Mapping[str, Any]
    remarks_th: tuple[str, ...]

    def nearest_year(self, fiscal_year: int) -> int:
        """Return the calibrated year nearest to ``fiscal_year``: itself where it has an entry."""
        return min(self.years, key=lambda year: (abs(year - fiscal_year), year))


@cache
def load_settings() -> Settings:
    """Load ``synth.yaml``."""
    text = files("ita_nb.synth").joinpath("synth.yaml").read_text(encoding="utf-8")
    return Settings.model_validate(load_yaml(text))
