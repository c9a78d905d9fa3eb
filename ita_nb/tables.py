"""A case as tidy tables, for whoever explores it or merges many: one row is what the table's name says.

:data:`CODEBOOK` is the contract: which tables there are, their columns in order, what each says and its
unit. :func:`tidy` returns plain rows that go into JSON (dates as ``YYYY-MM-DD``, scores unrounded, ``None``
for what is unknown); the other functions return the same rows as pandas tables.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ita_nb.analysis.respondents import Respondents
from ita_nb.case import Case
from ita_nb.facts.framework import TOTAL
from ita_nb.intake.record import Node, PlannedMeasure
from ita_nb.listing import as_float, node_rows
from ita_nb.progress import ProgressCase

if TYPE_CHECKING:
    import pandas as pd

TidyRow = dict[str, Any]
Tables = dict[str, list[TidyRow]]


class Meaning(NamedTuple):
    """What a column says, in one line, and the unit of its values."""

    says: str
    unit: str


_SCORE, _POINTS, _COUNT, _PERSONS = "score 0-100", "points of the total", "count", "persons"
_TEXT, _CODE, _DATE, _YEAR, _YES = "text", "code", "date", "Buddhist fiscal year", "true or false"
_KEYS = {
    "agency_id": Meaning("the agency, as in data/agencies.csv", _CODE),
    "fiscal_year": Meaning(
        "year that names the document: of the result, or of the measures reported on", _YEAR
    ),
}
_NODE = {
    "node": Meaning(
        "place in the score tree: total, instrument, indicator, question or published item", _CODE
    ),
    "part": Meaning("1 or 2 where the score is of one part of EIT, else empty", _CODE),
}
_LOST = {
    "score": Meaning("score of the node", _SCORE),
    "loss": Meaning("what the node cost the total; empty where that cannot be told apart", _POINTS),
}
_MEASURE = {
    "measure_id": Meaning("the measure, unique in one agency and year", _CODE),
    "items": Meaning("codes of the items that the measure answers, with commas between", _TEXT),
    "title_th": Meaning("name of the measure", _TEXT),
    "start": Meaning("first day of the measure", _DATE),
    "end": Meaning("last day of the measure", _DATE),
}

CODEBOOK: Mapping[str, Mapping[str, Meaning]] = {
    "results": {
        "agency_id": _KEYS["agency_id"],
        "name_th": Meaning("name of the agency", _TEXT),
        "agency_type": Meaning("kind of the agency", _TEXT),
        "district_th": Meaning("district of the agency", _TEXT),
        "province_th": Meaning("province of the agency", _TEXT),
        "fiscal_year": _KEYS["fiscal_year"],
        "document": Meaning("analysis of a result, or progress of measures", _CODE),
        "edition": Meaning("working or publish", _CODE),
        "total_stated": Meaning("total as printed", _SCORE),
        "total_recomputed": Meaning("total that the printed scores below it give", _SCORE),
        "level_stated": Meaning("level as printed", _TEXT),
        "level_recomputed": Meaning("level by the rule of the year", _TEXT),
        "n_iit": Meaning("respondents of IIT", _PERSONS),
        "n_eit1": Meaning("respondents of EIT part 1, or of EIT in a year without parts", _PERSONS),
        "n_eit2": Meaning("respondents of EIT part 2", _PERSONS),
        "respondents_inferred": Meaning("a number of respondents was read off the scores, not stated", _YES),
        "errors": Meaning("problems of severity error", _COUNT),
        "warnings": Meaning("problems of severity warning", _COUNT),
        "total_error_bound": Meaning("greatest standard error of the total by sampling", _POINTS),
        "previous_year": Meaning("latest earlier year with a total", _YEAR),
        "previous_total": Meaning("total of that year, as printed where it is", _SCORE),
        "change": Meaning("total minus previous total; empty where the years do not compare", _POINTS),
    },
    "scores": {
        **_KEYS,
        **_NODE,
        "name_th": Meaning("the node in Thai words", _TEXT),
        "stated": Meaning("score as printed", _SCORE),
        "recomputed": Meaning("score that the printed values below the node give", _SCORE),
        "low": Meaning("least recomputed score that the printed rounding allows", _SCORE),
        "high": Meaning("greatest recomputed score that the printed rounding allows", _SCORE),
        "verdict": Meaning("match, mismatch or unchecked", _CODE),
    },
    "losses": {
        **_KEYS,
        "kind": Meaning("kind of the node, option of an answer, or remainder that no node explains", _CODE),
        **_NODE,
        "option": Meaning("the answer, where the row is of one answer", _TEXT),
        **_LOST,
    },
    "weaknesses": {
        **_KEYS,
        "topic": Meaning("number of the topic that names the item, 1-7", _CODE),
        **_NODE,
        **_LOST,
        "pattern": Meaning("way in which the points were lost", _CODE),
        "measures": Meaning("measure_id of the measures that answer it, with commas between", _TEXT),
    },
    "problems": {
        **_KEYS,
        "rule": Meaning("name of the check", _CODE),
        "severity": Meaning("error, warning or notice", _CODE),
        "node": Meaning("what the problem is about: a node with its part, or a measure_id", _CODE),
        "stated": Meaning("what is stated, as a person would write it", _TEXT),
        "expected": Meaning("what was expected, as a person would write it", _TEXT),
        "message_th": Meaning("the problem in Thai", _TEXT),
        "message_en": Meaning("the problem in English", _TEXT),
        "suggestion": Meaning("the only single edit that satisfies every constraint", _TEXT),
    },
    "measures": {
        **_KEYS,
        "measure_id": _MEASURE["measure_id"],
        "topic": Meaning("number of the topic under which the measure stands, 1-7", _CODE),
        "items": _MEASURE["items"],
        "title_th": _MEASURE["title_th"],
        "steps_th": Meaning("steps, a line each", _TEXT),
        "start": _MEASURE["start"],
        "end": _MEASURE["end"],
        "responsible_th": Meaning("who is responsible", _TEXT),
        "follow_up_th": Meaning("how it is followed up", _TEXT),
        "output_th": Meaning("promised output", _TEXT),
        "evidence_th": Meaning("evidence to keep, a line each", _TEXT),
        "status": Meaning("draft or confirmed", _CODE),
    },
    "progress": {
        **_KEYS,
        **_MEASURE,
        "as_of": Meaning("day of the report", _DATE),
        "status": Meaning("recorded, overdue, underway, not_begun or no_period on that day", _CODE),
        "promise": Meaning("recorded output against the promised one", _CODE),
        "lacks": Meaning("what the record lacks, with commas between", _TEXT),
    },
}


def tidy(case: Case | ProgressCase, edition: str = "working") -> Tables:
    """Return every table of the codebook by its name; those that the document has nothing for are empty."""
    found: dict[str, Iterable[Mapping[str, Any]]] = {
        "results": [_result(case) | {"edition": edition}],
        "problems": (vars(problem) for problem in case.problems),
        "measures": map(_measure, _measures(case)),
    }
    if isinstance(case, ProgressCase):
        found["progress"] = _progress(case)
    else:
        found |= {"scores": _scores(case), "losses": _losses(case), "weaknesses": _weaknesses(case)}
    return {name: _rows(case, name, found.get(name, ())) for name in CODEBOOK}


def nodes(case: Case) -> pd.DataFrame:
    """One row a score node: stated, recomputed, the interval of printed rounding (0-100), verdict, layer."""
    frame = _frame(case, "scores", _scores(case))
    frame["from"] = [check.layer for check in case.nodes]
    return frame


def losses(case: Case) -> pd.DataFrame:
    """One row a node of the tree of lost points: ``loss`` in points of the total, score 0-100."""
    return _frame(case, "losses", _losses(case))


def weaknesses(case: Case) -> pd.DataFrame:
    """One row a weak question or item: topic, score (0-100), loss to the total, pattern, its measures."""
    return _frame(case, "weaknesses", _weaknesses(case))


def problems(case: Case | ProgressCase) -> pd.DataFrame:
    """One row a problem: rule, severity, node, what is stated, what was expected, the message."""
    return _frame(case, "problems", (vars(problem) for problem in case.problems))


def progress(case: ProgressCase) -> pd.DataFrame:
    """One row a measure: its period, status on the day of the report, and what its record lacks."""
    return _frame(case, "progress", _progress(case))


def _rows(case: Case | ProgressCase, name: str, found: Iterable[Mapping[str, Any]]) -> list[TidyRow]:
    """Return rows with the columns of the codebook in its order; what a row does not know is ``None``."""
    keys = {"agency_id": case.agency.agency_id, "fiscal_year": case.fiscal_year}
    whole = ({**row, **keys} for row in found)
    return [{column: row.get(column) for column in CODEBOOK[name]} for row in whole]


def _frame(case: Case | ProgressCase, name: str, found: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd  # half a second that a document does without

    frame = pd.DataFrame(_rows(case, name, found), columns=list(CODEBOOK[name]))
    days = [column for column, meaning in CODEBOOK[name].items() if meaning.unit == _DATE]
    return frame.assign(**{column: pd.to_datetime(frame[column], format="%Y-%m-%d") for column in days})


def _result(case: Case | ProgressCase) -> TidyRow:
    severities = Counter(problem.severity for problem in case.problems)
    row = {**vars(case.agency), "errors": severities["error"], "warnings": severities["warning"]}
    if isinstance(case, ProgressCase):
        return {**row, "document": "progress"}
    total = next((check for check in case.nodes if check.node == Node(TOTAL)), None)
    rebuilt = total.recomputed if total else None
    return {
        **row,
        **_respondents(case.respondents),
        **_previous(case),
        "document": "analysis",
        "total_stated": as_float(total.stated if total else None),
        "total_recomputed": as_float(rebuilt.value if rebuilt else None),
        "level_stated": case.level.stated or None,
        "level_recomputed": case.level.recomputed,
        "total_error_bound": case.total_error_bound,
    }


def _respondents(groups: Mapping[str, Respondents]) -> TidyRow:
    own = {
        "n_iit": groups.get("IIT"),
        "n_eit1": groups.get("EIT.1", groups.get("EIT")),
        "n_eit2": groups.get("EIT.2"),
    }
    known = {column: group for column, group in own.items() if group is not None and group.n is not None}
    inferred = any(group.inferred for group in known.values()) if known else None
    return {column: group.n for column, group in known.items()} | {"respondents_inferred": inferred}


def _previous(case: Case) -> TidyRow:
    total = case.trend.of(TOTAL)
    change = total.changes[-1] if total and total.changes else None
    if change is None or change.after_year != case.fiscal_year:
        return {}
    return {
        "previous_year": change.before_year,
        "previous_total": as_float(change.before),
        "change": as_float(change.difference),
    }


def _scores(case: Case) -> Iterable[TidyRow]:
    for check, row in zip(case.nodes, node_rows(case), strict=True):
        yield {**row, "name_th": check.node.name_th}


def _losses(case: Case) -> Iterable[TidyRow]:
    for found in case.losses.walk() if case.losses else ():
        yield {
            "kind": found.kind,
            "node": found.node.code,
            "part": found.node.part,
            "option": found.option,
            "score": as_float(found.score),
            "loss": as_float(found.loss),
        }


def _weaknesses(case: Case) -> Iterable[TidyRow]:
    for weak in case.weaknesses:
        yield {
            "topic": weak.topic,
            "node": weak.node.code,
            "part": weak.node.part,
            "score": as_float(weak.score),
            "loss": as_float(weak.loss),
            "pattern": weak.pattern,
            "measures": ", ".join(case.coverage.matrix[weak.node]),
        }


def _measures(case: Case | ProgressCase) -> Iterable[PlannedMeasure]:
    return (entry.measure for entry in case.entries) if isinstance(case, ProgressCase) else case.plan


def _measure(measure: PlannedMeasure) -> TidyRow:
    return {
        **vars(measure),
        "items": ", ".join(measure.items),
        "steps_th": "\n".join(measure.steps_th),
        "start": _day(measure.start),
        "end": _day(measure.end),
        "evidence_th": "\n".join(measure.evidence_th),
    }


def _progress(case: ProgressCase) -> Iterable[TidyRow]:
    for entry in case.entries:
        yield {
            **_measure(entry.measure),
            "as_of": _day(case.as_of),
            "status": entry.status,
            "promise": entry.promise,
            "lacks": ", ".join(entry.lacks),
        }


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
