"""The scores of the members of a finite population who have not answered: an exact discrete distribution.

Their numbers by option are Dirichlet-multinomial: independent negative binomials, given that these add up
to the number of the unseen. The sum of their scores is discrete, and all its probabilities come from one
discrete Fourier transform over its steps. What is neglected on the way is below 1e-7 in probability.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

_EXPONENT = 18.0  # e^-18 is about 1.5e-8
_ROUNDING = 1e-7  # of a probability
_SAME_POINT = 0.005  # half of the last decimal in which points are stated
_STEPS_USUAL, _STEPS_MOST = 100, 10_000  # between the lowest and the highest points
_LEAST_TOTAL = 12.0  # respondents for whom the circle of points is chosen
_BLOCK = 1 << 16  # numbers held at once

_Floats = npt.NDArray[np.float64]
_Whole = npt.NDArray[np.int64]


def quantiles_of_unseen(alpha: _Floats, score: _Floats, unseen: int, tail: float) -> tuple[float, float]:
    """Return the quantiles, at both tails, of the sum of the scores of so many unseen members.

    ``alpha``: the Dirichlet parameters of the options; ``score``: their points, of which two differ. Each
    quantile is the outermost value with at least ``tail`` of the probability at it and beyond.
    """
    if unseen == 0:
        return 0.0, 0.0
    step, moves = _moves(score, int(alpha.argmax()))
    first, chances = _chances(alpha, moves, unseen)
    low, high = _outermost(chances, tail), len(chances) - 1 - _outermost(chances[::-1], tail)
    base = unseen * float(score[alpha.argmax()])
    return base + (first + low) * step, base + (first + high) * step


def _outermost(chances: _Floats, tail: float) -> int:
    """Return the first place at which the probabilities up to it add to ``tail``, but for rounding."""
    return int(np.searchsorted(np.maximum.accumulate(np.cumsum(chances)), tail - _ROUNDING))


def _moves(score: _Floats, chief: int) -> tuple[float, _Whole]:
    """Return the greatest common step of the points, and each option's steps from the ``chief`` one.

    Points stated in rounded decimals (66.67) lie on the grid that they were rounded from.
    """
    span = float(np.ptp(score))
    for most in (_STEPS_USUAL, _STEPS_MOST):
        parts = np.arange(1, most + 1)
        on_grid = np.outer(parts, (score - score[chief]) / span)
        fits = (np.abs(on_grid - on_grid.round()).max(axis=1) * span / parts <= _SAME_POINT).nonzero()[0]
        if len(fits):
            break
    chosen = int(fits[0])
    return span / (chosen + 1), on_grid[chosen].round().astype(np.int64)


def _chances(alpha: _Floats, moves: _Whole, unseen: int) -> tuple[int, _Floats]:
    """Return the probabilities of the sum of the unseen members' moves, and the sum at the first of them.

    The characteristic function at the frequency w is the coefficient of z^unseen in
    prod (1 - w^move z)^-alpha, found as a mean over a circle. Points of the circle and frequencies share
    one set of angles, so that every factor is looked up in one table.
    """
    total = float(alpha.sum())
    first, length = _window(alpha, moves, unseen)
    # The circle on which the wanted coefficient is largest; for very few respondents a smaller one, which
    # needs fewer points.
    odds = unseen / max(total, _LEAST_TOTAL)
    radius = odds / (1 + odds)
    nodes = math.ceil(_reach(unseen * (1 + odds), 1 + odds)) + 1
    angles = nodes * -(-length // nodes)
    turn = 2 * math.pi / angles
    factors = -np.log((1 - radius * np.exp(1j * turn * np.arange(angles))) / (1 - radius))
    whole = _log_coefficient(total, unseen) + total * math.log(1 - radius) + unseen * math.log(radius)
    least = whole - _EXPONENT
    places = np.arange(nodes) * (angles // nodes)
    places = places[alpha.max() * factors.real[places] > least]
    frequencies = _needed(alpha, moves, radius, angles, least)
    spectrum = np.zeros(angles // 2 + 1, dtype=complex)
    twice, back = np.concatenate([factors, factors]), -1j * turn * (places * unseen % angles) - whole
    block = max(1, _BLOCK // len(places))
    for start in range(0, len(frequencies), block):
        some = frequencies[start : start + block]
        logs = np.tile(back, (len(some), 1))
        for a, move in zip(alpha, moves, strict=True):
            logs += a * twice[(some * move % angles)[:, None] + places]
        spectrum[some] = np.exp(logs).sum(axis=1) / nodes
    return first, np.roll(np.fft.irfft(spectrum.conj(), angles), -first)[:length]


def _window(alpha: _Floats, moves: _Whole, unseen: int) -> tuple[int, int]:
    """Return the least sum of moves that is not negligible, and how many there are from it on."""
    total = float(alpha.sum())
    mean = float(alpha @ moves) / total
    inflation = 1 + unseen / total
    variance = float(alpha @ (moves - mean) ** 2) / total * unseen * inflation
    reach = _reach(variance, float(np.abs(moves - mean).max()) * inflation)
    first = max(math.floor(mean * unseen - reach), int(moves.min()) * unseen)
    last = min(math.ceil(mean * unseen + reach), int(moves.max()) * unseen)
    return first, last - first + 1


def _log_coefficient(total: float, unseen: int) -> float:
    """Return the logarithm of the coefficient of z^unseen in (1 - z)^-total."""
    return math.lgamma(unseen + total) - math.lgamma(total) - math.lgamma(unseen + 1)


def _reach(variance: float, scale: float) -> float:
    """Return how far a sum of gammas or negative binomials may lie from its mean (Bernstein's bound)."""
    linear = _EXPONENT * scale
    return linear + math.sqrt(linear**2 + 2 * _EXPONENT * variance)


def _needed(alpha: _Floats, moves: _Whole, radius: float, angles: int, least: float) -> _Whole:
    """Return the frequencies at which the logarithm of the product of all factors can exceed ``least``.

    The factors of two options are not both great at once unless the frequency turns them alike: their
    product is nowhere above 1 / (1 + 2 k (1 - |cos|)), ``cos`` of half the angle between them. Where the
    chief option (move 0) has the majority it is paired with each other one, else all are with all.
    """
    if 2 * alpha.max() >= alpha.sum():
        apart, shares = np.abs(moves), alpha / 2
    else:
        apart = np.abs(moves[:, None] - moves).ravel()
        shares = np.outer(alpha, alpha).ravel() / (4 * alpha.sum())
    weights = np.bincount(apart, shares)
    differences = weights[1:].nonzero()[0] + 1
    frequencies = np.arange(angles // 2 + 1)
    k = 2 * radius / (1 - radius) ** 2
    lowered = np.zeros(len(frequencies))
    for difference in differences:
        half_angle = math.pi / angles * (difference * frequencies % (2 * angles))
        lowered += weights[difference] * np.log1p(2 * k * (1 - np.abs(np.cos(half_angle))))
    return frequencies[-lowered > least]
