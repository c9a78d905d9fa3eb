"""A case as tidy pandas tables, for whoever explores it: one row is what the function's name says."""

from __future__ import annotations

import pandas as pd

from ita_nb.case import Case
from ita_nb.listing import as_float, node_rows
from ita_nb.progress import ProgressCase


def nodes(case: Case) -> pd.DataFrame:
    """One row a score node: stated, recomputed, the interval of printed rounding (0-100), verdict."""
    return pd.DataFrame(node_rows(case))


def losses(case: Case) -> pd.DataFrame:
    """One row a node of the tree of lost points: ``loss`` in points of the total, score 0-100."""
    return pd.DataFrame(
        {
            "kind": found.kind,
            "node": found.node.code,
            "part": found.node.part,
            "option": found.option,
            "score": as_float(found.score),
            "loss": as_float(found.loss),
        }
        for found in (case.losses.walk() if case.losses else ())
    )


def weaknesses(case: Case) -> pd.DataFrame:
    """One row a weak question or item: topic, score (0-100), loss to the total, pattern, its measures."""
    return pd.DataFrame(
        {
            "topic": weak.topic,
            "node": weak.node.code,
            "part": weak.node.part,
            "score": float(weak.score),
            "loss": as_float(weak.loss),
            "pattern": weak.pattern,
            "measures": ", ".join(case.coverage.matrix[weak.node]),
        }
        for weak in case.weaknesses
    )


def problems(case: Case | ProgressCase) -> pd.DataFrame:
    """One row a problem: rule, severity, node, what is stated, what was expected, the message."""
    return pd.DataFrame([vars(problem) for problem in case.problems])


def progress(case: ProgressCase) -> pd.DataFrame:
    """One row a measure: its period, status on the day of the report, and what its record lacks."""
    return pd.DataFrame(
        {
            "measure_id": entry.measure.measure_id,
            "items": ", ".join(entry.measure.items),
            "title_th": entry.measure.title_th,
            "start": entry.measure.start,
            "end": entry.measure.end,
            "as_of": case.as_of,
            "status": entry.status,
            "promise": entry.promise,
            "lacks": ", ".join(entry.lacks),
        }
        for entry in case.entries
    )
