"""An order in which agencies with like scores stand side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Scores = Sequence[float | None]


def order_by_likeness(rows: Sequence[Scores]) -> tuple[int, ...]:
    """Return the places of the rows so that neighbours are alike (average linkage, optimal leaf order).

    Rows are compared where both have a score; those that share none are as far apart as any. The end with
    the higher mean comes first. Rows without any score come last, in their own order.
    """
    table = np.asarray([[np.nan if s is None else s for s in row] for row in rows], dtype=float)
    known = [place for place, row in enumerate(table) if not np.isnan(row).all()]
    unknown = [place for place in range(len(rows)) if place not in set(known)]
    ordered = [known[place] for place in _leaves(table[known])] if len(known) > 2 else known
    if ordered and np.nanmean(table[ordered[0]]) < np.nanmean(table[ordered[-1]]):
        ordered.reverse()
    return (*ordered, *unknown)


def _leaves(table: NDArray[np.float64]) -> list[int]:
    from scipy.cluster.hierarchy import leaves_list, linkage

    tree = linkage(_distances(table), method="average", optimal_ordering=True)
    return [int(place) for place in leaves_list(tree)]


def _distances(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the condensed root mean square differences of the rows over the scores that both have."""
    first, second = np.triu_indices(len(table), k=1)
    squares = (table[first] - table[second]) ** 2
    shared = (~np.isnan(squares)).sum(axis=1)
    found: NDArray[np.float64] = np.sqrt(np.nansum(squares, axis=1) / np.maximum(shared, 1))
    found[shared == 0] = found.max(initial=0.0)
    return found
