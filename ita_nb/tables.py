"""A case as tidy pandas tables, for whoever explores it: one row is what the function's name says."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd

from ita_nb.case import Case


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def nodes(case: Case) -> pd.DataFrame:
    """One row a score node: stated, recomputed, the interval of printed rounding (0-100), verdict."""
    return pd.DataFrame(
        {
            "node": check.node.code,
            "part": check.node.part,
            "stated": _float(check.stated),
            "recomputed": _float(check.recomputed.value if check.recomputed else None),
            "low": _float(check.recomputed.low if check.recomputed else None),
            "high": _float(check.recomputed.high if check.recomputed else None),
            "layer": check.layer,
            "verdict": check.verdict,
        }
        for check in case.nodes
    )


def losses(case: Case) -> pd.DataFrame:
    """One row a node of the tree of lost points: ``loss`` in points of the total, score 0-100."""
    return pd.DataFrame(
        {
            "kind": found.kind,
            "node": found.node.code,
            "part": found.node.part,
            "option": found.option,
            "score": _float(found.score),
            "loss": _float(found.loss),
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
            "loss": _float(weak.loss),
            "pattern": weak.pattern,
            "measures": ", ".join(case.coverage.matrix[weak.node]),
        }
        for weak in case.weaknesses
    )


def problems(case: Case) -> pd.DataFrame:
    """One row a problem: rule, severity, node, what is stated, what was expected, the message."""
    return pd.DataFrame([vars(problem) for problem in case.problems])
