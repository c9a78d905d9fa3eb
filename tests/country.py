"""What a country of synthetic provinces comes to: means, deviations, the share that passes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.synth.drawing import Province
from ita_nb.synth.workspace import draw_result


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


def draw_country(framework: Framework, seeds: Sequence[int], agencies: int) -> Country:
    """Draw a province of so many agencies for every seed, and sum the country up."""
    codes = (TOTAL, *(i.code for i in framework.instruments))
    columns: dict[str, list[float]] = {code: [] for code in codes}
    for seed in seeds:
        province = Province("", framework.fiscal_year, seed)
        for number in range(1, agencies + 1):
            scores = draw_result(framework, province, number).scores
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
