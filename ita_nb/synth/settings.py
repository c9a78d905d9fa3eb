"""What synthetic provinces are drawn from (``synth.yaml``): national figures, the model, names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ita_nb.facts.kinds import Exact, Fact, Source, Value
from ita_nb.facts.yaml_file import load_yaml


class YearSettings(Fact):
    """The national result of a year (scores 0-100, shares as fractions) and the constants that give it."""

    mean: Exact | None = None
    pass_share: Exact | None = None
    iit_mean: Exact | None = None
    eit_mean: Exact | None = None
    located: Mapping[str, float]
    oit_spread: float


class Model(Fact):
    """Standard deviations on the latent scale, and what goes with them; see ``synth.yaml``."""

    province: float
    province_limit: float
    agency: Mapping[str, float]
    common: float
    question: float
    question_of_agency: float
    item: float
    answer_span: float
    part: Mapping[str, float]
    remark_share: float


class RespondentSettings(Fact):
    """How many people answer, and how they divide."""

    scatter: float
    least: int
    part_1: float
    answered: float


class AgencyType(Value):
    """A type of agency: its share of a province, and its median numbers of respondents."""

    name_th: str
    share: float
    internal: int
    external: int


class Names(Value):
    """The syllables of invented places."""

    places_begin: tuple[str, ...]
    places_end: tuple[str, ...]
    supposed: str
    districts: tuple[str, ...]


class Settings(Value):
    """Everything of ``synth.yaml``."""

    sources: Mapping[str, Source]
    mark_th: str
    years: Mapping[int, YearSettings]
    model: Model
    respondents: RespondentSettings
    agency_types: tuple[AgencyType, ...]
    stand_in_points: tuple[Exact, ...]
    names: Names
    remarks_th: tuple[str, ...]

    def nearest_year(self, fiscal_year: int) -> int:
        """Return the calibrated year nearest to ``fiscal_year``: itself where it has an entry."""
        return min(self.years, key=lambda year: (abs(year - fiscal_year), year))


@cache
def load_settings() -> Settings:
    """Load ``synth.yaml``."""
    text = files("ita_nb.synth").joinpath("synth.yaml").read_text(encoding="utf-8")
    return Settings.model_validate(load_yaml(text))
