"""Who is in a synthetic province: invented names, types, sizes, and how good each agency is.

An agency has streams of its own: the k-th is the same in a province of 24 and in one of 240, and in
every year.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ita_nb.intake.record import Agency
from ita_nb.synth.chance import normal, one_of, pick, shuffled, stream
from ita_nb.synth.settings import AgencyType, Model, load_settings


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
    least = math.ceil(groups["IIT"] / (settings.respondents.answered + 0.2 * rng.random()))
    common = normal(rng)
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
        staff=least,
        goodness={code: _mixed(settings.model, common, normal(rng)) for code in settings.model.agency},
    )


def _groups(kind: AgencyType, inside: float, outside: float) -> dict[str, int]:
    """Return the respondents of every group; EIT as a whole, and in two parts."""
    settings = load_settings().respondents
    internal = max(settings.least, round(kind.internal * math.exp(settings.scatter * inside)))
    external = max(2 * settings.least, round(kind.external * math.exp(settings.scatter * outside)))
    own = round(external * settings.part_1)
    return {"IIT": internal, "EIT": external, "EIT.1": own, "EIT.2": external - own}


def _mixed(model: Model, common: float, own: float) -> float:
    return math.sqrt(model.common) * common + math.sqrt(1 - model.common) * own


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
