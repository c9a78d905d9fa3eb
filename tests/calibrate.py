"""Finds the constants of a year in ``synth.yaml`` from its national figures, and prints them.

A tool, not a test: ``python tests/calibrate.py YEAR`` starts from the constants that stand there: for each
spread of OIT around theirs, the latent places that give the means of the instruments; of these spreads the
one whose share passing is nearest. Repeat from the printed ones until the spread stays. A year without a
share passing keeps its spread.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from ita_nb.facts.framework import TOTAL, Framework
from ita_nb.facts.loader import load_framework
from ita_nb.intake.record import Node
from ita_nb.synth.agencies import Province
from ita_nb.synth.results import draw_result
from ita_nb.synth.settings import YearSettings, load_settings

# The whole country in small: its provinces are drawn too, so that no single one decides.
PROVINCES, AGENCIES = 600, 4
_STEPS = (-0.2, -0.1, 0.0, 0.1, 0.2)
_ROUNDS = 3


@dataclass(frozen=True)
class Country:
    """Mean scores (0-100) by node code, their standard deviations, and the share that passes.

    ``mean_error`` and ``pass_error`` are the standard errors of the mean total and of that share, from the
    differences between the provinces.
    """

    means: Mapping[str, float]
    deviations: Mapping[str, float]
    pass_share: float
    mean_error: float
    pass_error: float


def draw_country(
    framework: Framework, seeds: Sequence[int], agencies: int, year: YearSettings | None = None
) -> Country:
    """Draw a province of so many agencies for every seed, and sum the country up."""
    codes = (TOTAL, *(i.code for i in framework.instruments))
    columns: dict[str, list[float]] = {code: [] for code in codes}
    for seed in seeds:
        province = Province("", framework.fiscal_year, seed)
        for number in range(1, agencies + 1):
            scores = draw_result(framework, province, number, year).scores
            for code in codes:
                columns[code].append(float(scores[Node(code)]))
    totals = columns[TOTAL]
    passed = [float(score >= framework.reference_lines.pass_score) for score in totals]
    return Country(
        {code: fmean(column) for code, column in columns.items()},
        {code: pstdev(column) for code, column in columns.items()},
        fmean(passed),
        _error(totals, agencies),
        _error(passed, agencies),
    )


def _error(values: Sequence[float], agencies: int) -> float:
    """Return the standard error of the mean of values that come province by province."""
    means = [fmean(values[i : i + agencies]) for i in range(0, len(values), agencies)]
    return pstdev(means) / math.sqrt(max(len(means) - 1, 1))


def calibrated(framework: Framework, year: YearSettings) -> tuple[YearSettings, Country]:
    """Return the settings of a year with constants that give its national figures, and what they give."""
    targets = _targets(framework, year)
    steps = _STEPS if year.pass_share is not None else (0.0,)
    spreads = [round(year.oit_spread + step, 2) for step in steps]
    found = [_located(framework, year.model_copy(update={"oit_spread": s}), targets) for s in spreads]
    wanted = float(year.pass_share or 0)
    return min(found, key=lambda pair: abs(pair[1].pass_share - wanted))


def _targets(framework: Framework, year: YearSettings) -> dict[str, float]:
    """Return the mean of every instrument; OIT makes up what the surveys leave of the total."""
    surveys = {"IIT": float(year.iit_mean or 0), "EIT": float(year.eit_mean or 0)}
    weights = {i.code: float(i.weight or 0) for i in framework.instruments}
    left = float(year.mean or 0) - sum(weights[code] * mean for code, mean in surveys.items())
    return {**surveys, "OIT": left / weights["OIT"]}


def _located(
    framework: Framework, year: YearSettings, targets: Mapping[str, float]
) -> tuple[YearSettings, Country]:
    country = draw_country(framework, range(PROVINCES), AGENCIES, year)
    for _ in range(_ROUNDS):
        moved = {c: year.located[c] + _logit(targets[c]) - _logit(country.means[c]) for c in targets}
        year = year.model_copy(update={"located": {c: round(place, 3) for c, place in moved.items()}})
        country = draw_country(framework, range(PROVINCES), AGENCIES, year)
    return year, country


def _logit(score: float) -> float:
    return math.log(score / (100 - score))


def main() -> None:
    """Print the constants of the year named on the command line."""
    fiscal_year = int(sys.argv[1])
    year, country = calibrated(load_framework(fiscal_year), load_settings().years[fiscal_year])
    places = ", ".join(f"{code}: {place}" for code, place in year.located.items())
    sys.stdout.write(f"    located: {{{places}}}\n    oit_spread: {year.oit_spread}\n# gives {country}\n")


if __name__ == "__main__":
    main()
