"""A case as pandas tables, each named by its row; one codebook says what every column holds.

:data:`CODEBOOK` is the contract: which tables there are, their columns in order, what each says in Thai (also
its heading in a document) and English, and its unit. :func:`rows` gives plain values that go into JSON
(days as ``YYYY-MM-DD``, numbers unrounded, ``None`` for what is unknown); :func:`frame` gives the same as a
DataFrame (NaN for an unknown number, ``""`` for an unknown text). Exact fractions stay in the case: a number
here is the nearest float, and a column that ends in ``_text`` is the exact value as a document prints it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, NoReturn, TypeVar

from ita_nb.analysis.diagnosis import reading_of, topic_of
from ita_nb.analysis.losses import LossNode, lost_parts
from ita_nb.case import Case
from ita_nb.errors import ParameterError
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Indicator, Item, Node, Question
from ita_nb.intake.record import PlannedMeasure, node_text
from ita_nb.parameters import ReportParameters
from ita_nb.progress import ProgressCase
from ita_nb.thai import apart, nearest, number_text

if TYPE_CHECKING:
    import pandas as pd

AnyCase = Case | ProgressCase
CaseT = TypeVar("CaseT", bound=AnyCase, covariant=True)
Values = dict[str, Any]


class Meaning(NamedTuple):
    """What a column says, in Thai and English, and the unit of its values."""

    th: str
    en: str
    unit: str


SCORE, POINTS, PERCENT = "score 0-100", "points of the total", "percent"
COUNT, PERSONS, YEAR = "count", "persons", "Buddhist fiscal year"
TEXT, CODE, DATE, YES = "text", "code", "date", "true or false"
_NUMBERS = {SCORE, POINTS, PERCENT}
_WHOLE = {COUNT, PERSONS, YEAR}

_NODE = {
    "node": Meaning("รหัส", "place in the score tree: total, IIT, 9, i10; empty where there is none", CODE),
    "part": Meaning("ส่วนที่", "1 or 2 where it is of one part of EIT, else empty", CODE),
}
_LABEL = {"label": Meaning("รายการ", "the node as a row of a table names it", TEXT)}
_LOST = {
    "score": Meaning("คะแนน", "score that the loss is counted from; not always that of `scores`", SCORE),
    "loss": Meaning("คะแนนรวมที่เสียไป", "what the node cost the total; empty where it cannot be told", POINTS),
}
_MEASURE = {
    "measure_id": Meaning("รหัสมาตรการ", "the measure, unique in one agency and year", CODE),
    "items": Meaning("ข้อที่มาตรการมุ่งยกระดับ", "codes of the items that it answers, commas between", TEXT),
    "title_th": Meaning("มาตรการ", "name of the measure", TEXT),
    "start": Meaning("วันเริ่มต้น", "first day of the measure", DATE),
    "end": Meaning("วันสิ้นสุด", "last day of the measure", DATE),
}

CODEBOOK: Mapping[str, Mapping[str, Meaning]] = {
    "results": {
        **_NODE,
        "name_th": Meaning("หน่วยงาน", "name of the agency", TEXT),
        "agency_type": Meaning("ประเภทหน่วยงาน", "kind of the agency", TEXT),
        "district_th": Meaning("อำเภอ", "district of the agency", TEXT),
        "province_th": Meaning("จังหวัด", "province of the agency", TEXT),
        "document": Meaning("เอกสาร", "analysis of a result, or progress of measures", CODE),
        "edition": Meaning("ฉบับ", "working or publish", CODE),
        "total_stated": Meaning("คะแนนรวมที่ระบุ", "total as printed", SCORE),
        "total_recomputed": Meaning("คะแนนรวมที่คำนวณ", "total that the printed scores below it give", SCORE),
        "level_stated": Meaning("ระดับที่ระบุ", "level as printed", TEXT),
        "level_recomputed": Meaning("ระดับตามเกณฑ์", "level by the rule of the year", TEXT),
        "n_iit": Meaning("ผู้ตอบ IIT", "respondents of IIT", PERSONS),
        "n_eit1": Meaning(
            "ผู้ตอบ EIT ส่วนที่ 1", "respondents of EIT part 1, or of an EIT without parts", PERSONS
        ),
        "n_eit2": Meaning("ผู้ตอบ EIT ส่วนที่ 2", "respondents of EIT part 2", PERSONS),
        "respondents_inferred": Meaning("จำนวนผู้ตอบเป็นค่าอนุมาน", "a number was read off the scores", YES),
        "errors": Meaning("รายการที่ผิด", "problems of severity error", COUNT),
        "warnings": Meaning("รายการเตือน", "problems of severity warning", COUNT),
        "total_error_bound": Meaning("ความคลาดเคลื่อนสูงสุด", "greatest standard error by sampling", POINTS),
        "previous_year": Meaning("ปีก่อนที่มีคะแนน", "latest earlier year with a total", YEAR),
        "previous_total": Meaning("คะแนนรวมปีก่อน", "total of that year, as printed where it is", SCORE),
        "change": Meaning("ผลต่าง", "total minus previous total; empty where years do not compare", POINTS),
    },
    "scores": {
        **_NODE,
        "kind": Meaning("ชนิด", "total, instrument, part, indicator, sub_indicator, question or item", CODE),
        "order": Meaning("ลำดับ", "place in the score tree of the year, from 0", COUNT),
        **_LABEL,
        "name_th": Meaning("ชื่อ", "the node in Thai words", TEXT),
        "title_th": Meaning("รายละเอียด", "official name or wording; empty where it is unknown", TEXT),
        "instrument": Meaning("แบบวัด", "IIT, EIT or OIT; empty for the total", CODE),
        "instrument_th": Meaning("ชื่อแบบวัด", "name of the instrument", TEXT),
        "stated": Meaning("คะแนนที่ระบุ", "score as printed", SCORE),
        "recomputed": Meaning("คะแนนที่คำนวณ", "score that the printed values below the node give", SCORE),
        "low": Meaning("ต่ำสุดที่เป็นไปได้", "least recomputed score that printed rounding allows", SCORE),
        "high": Meaning("สูงสุดที่เป็นไปได้", "greatest recomputed score that printed rounding allows", SCORE),
        "layer": Meaning("คำนวณจาก", "what the recomputed score was computed from", CODE),
        "verdict": Meaning("ผลการตรวจ", "match, mismatch or unchecked", CODE),
        "score": Meaning(
            "คะแนน", "the stated score; the recomputed one where that is missing or disputed", SCORE
        ),
        "score_text": Meaning("คะแนน", "that score as a document prints it", TEXT),
    },
    "questions": {
        **_NODE,
        "wording": Meaning("ข้อคำถาม", "official wording; empty where it is unknown", TEXT),
        "concept": Meaning("เรื่องที่ถาม", "what is asked, under one name across the years", CODE),
        "polarity": Meaning("ทิศทาง", "positive, or negative where the first answer is the worst", CODE),
        "options": Meaning("คำตอบ", "the answers in the order of the scale, bars between", TEXT),
        "indicator": Meaning("ตัวชี้วัด", "code of the indicator", CODE),
        "topic": Meaning("ประเด็น", "number of the topic that names the question, 1-7", COUNT),
    },
    "answers": {
        **_NODE,
        **_LABEL,
        "option": Meaning("คำตอบ", "the answer", TEXT),
        "share": Meaning("ร้อยละ", "its share of the respondents", PERCENT),
        "share_text": Meaning("ร้อยละที่พิมพ์", "the share as printed; empty where only a count is", TEXT),
        "count": Meaning("จำนวนคน", "how many gave it", PERSONS),
        "inferred": Meaning("อนุมาน", "the count was read off the shares, not printed", YES),
        "assumed": Meaning("เสนอแทน", "the share is a proposed reading of a misprint", YES),
        "points": Meaning("คะแนนของคำตอบ", "points of the answer", SCORE),
        "lost": Meaning(
            "คะแนนที่เสีย", "points of the question lost by it: share x (100 - points) / 100", SCORE
        ),
    },
    "losses": {
        **_NODE,
        "kind": Meaning("ชนิด", "kind of the node, option of an answer, or remainder of its parent", CODE),
        "option": Meaning("คำตอบ", "the answer, where the row is of one answer", TEXT),
        **_LABEL,
        "instrument": Meaning("แบบวัด", "IIT, EIT or OIT; empty for the total", CODE),
        **_LOST,
        "loss_text": Meaning("คะแนนรวมที่เสียไป", "the loss with four decimals, as a document prints it", TEXT),
        "percent": Meaning("ร้อยละของที่เสียทั้งหมด", "the loss as a share of all that the total lost", PERCENT),
        "step": Meaning("ขั้น", "one of the parts that together make up what the total lost", YES),
    },
    "weaknesses": {
        **_NODE,
        "topic": Meaning("ประเด็น", "number of the topic that names the item, 1-7", COUNT),
        **_LABEL,
        **_LOST,
        "reasons": Meaning("เหตุที่ต้องยกระดับ", "below_pass, lowest_of_topic, item_below_full", TEXT),
        "pattern": Meaning("ลักษณะที่เสียคะแนน", "way in which the points were lost", CODE),
        "measures": Meaning(
            "มาตรการที่รองรับ", "measure_id of the measures that answer it, commas between", TEXT
        ),
    },
    "problems": {
        **_NODE,
        "rule": Meaning("กฎที่ตรวจ", "name of the check", CODE),
        "severity": Meaning("ความรุนแรง", "error, warning or note", CODE),
        "stated": Meaning("ที่ระบุ", "what is stated, as a person would write it", TEXT),
        "expected": Meaning("ที่ควรเป็น", "what was expected, as a person would write it", TEXT),
        "confidence": Meaning("ความแน่นอน", "of the weakest fact that the verdict rests on", CODE),
        "message_th": Meaning("รายละเอียด", "the problem in Thai", TEXT),
        "message_en": Meaning("รายละเอียด (อังกฤษ)", "the problem in English", TEXT),
        "suggestion": Meaning("ข้อเสนอ", "the only single edit that satisfies every constraint", TEXT),
    },
    "measures": {
        **_NODE,
        "measure_id": _MEASURE["measure_id"],
        "topic": Meaning("ประเด็น", "number of the topic under which the measure stands, 1-7", COUNT),
        "items": _MEASURE["items"],
        "title_th": _MEASURE["title_th"],
        "steps_th": Meaning("ขั้นตอน", "steps, a line each", TEXT),
        "start": _MEASURE["start"],
        "end": _MEASURE["end"],
        "responsible_th": Meaning("ผู้รับผิดชอบ", "who is responsible", TEXT),
        "follow_up_th": Meaning("การกำกับติดตาม", "how it is followed up", TEXT),
        "output_th": Meaning("ผลผลิตที่กำหนด", "promised output", TEXT),
        "evidence_th": Meaning("หลักฐานที่ต้องเก็บ", "evidence to keep, a line each", TEXT),
        "status": Meaning("สถานะ", "draft or confirmed", CODE),
    },
    "progress": {
        **_NODE,
        **_MEASURE,
        "as_of": Meaning("ณ วันที่", "day of the report", DATE),
        "state": Meaning(
            "สถานะ", "done, under_way, not_due or not_done; recorded, overdue or unrecorded: not stated", CODE
        ),
        "reason_th": Meaning("เหตุผล", "why a measure is not done, or not due in spite of its period", TEXT),
        "promise": Meaning("เทียบกับที่กำหนด", "recorded output against the promised one", CODE),
        "lacks": Meaning("สิ่งที่ยังขาด", "what the record lacks, with commas between", TEXT),
    },
    "remarks": {
        **_NODE,
        "kind": Meaning("ชนิด", "assessor, suggestion, cause, note or guideline", CODE),
        "text_th": Meaning("ข้อความ", "what a person wrote", TEXT),
        "status": Meaning("สถานะ", "draft or confirmed", CODE),
    },
    "not_checked": {
        **_NODE,
        "rule": Meaning("กฎที่ตรวจ", "name of the check that could not be made", CODE),
        "why": Meaning("เหตุผล", "why, in Thai", TEXT),
    },
}

# The tables that a batch merges.
MERGED = ("results", "scores", "losses", "weaknesses", "problems", "measures", "progress")


def codebook() -> pd.DataFrame:
    """Return the codebook as a table: one row a column of a table."""
    import pandas as pd

    found = [
        (table, name, *meaning) for table, columns in CODEBOOK.items() for name, meaning in columns.items()
    ]
    return pd.DataFrame(found, columns=["table", "column", "th", "en", "unit"])


def rows(case: AnyCase, name: str) -> list[Values]:
    """Return the rows of a table with all columns of the codebook in order; ``None`` for what is unknown."""
    return [{column: row.get(column) for column in CODEBOOK[name]} for row in _ROWS[name](case)]


def frame(case: AnyCase, name: str) -> pd.DataFrame:
    """Return a table of the codebook as a DataFrame; an empty one has its columns and types all the same."""
    import pandas as pd  # half a second that `check` does without

    found = rows(case, name)
    return pd.DataFrame(
        {column: _typed([row[column] for row in found], m.unit) for column, m in CODEBOOK[name].items()}
    )


def _typed(values: list[Any], unit: str) -> Any:
    """Return a column in the type of its unit; casting a whole table afterwards takes five times as long."""
    import numpy as np
    import pandas as pd

    if unit in _NUMBERS:
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    if unit in _WHOLE:
        return pd.array(values, dtype="Int64")
    if unit == DATE:
        return pd.to_datetime(pd.Series(values, dtype=object), format="%Y-%m-%d")
    if unit == YES:
        return np.array(values, dtype=bool)
    return pd.array(["" if value is None else str(value) for value in values], dtype="str")


# ---------------------------------------------------------------- what each table holds


def _results(case: AnyCase) -> Iterator[Values]:
    severities = Counter(problem.severity for problem in case.problems)
    row = {
        **vars(case.agency),
        "node": TOTAL,
        "part": "",
        "edition": "working",
        "errors": severities["error"],
        "warnings": severities["warning"],
    }
    if isinstance(case, ProgressCase):
        yield {**row, "document": "progress"}
        return
    total = next((check for check in case.nodes if check.node == Node(TOTAL)), None)
    yield {
        **row,
        **_respondents(case),
        **_previous(case),
        "document": "analysis",
        "total_stated": _float(total.stated if total else None),
        "total_recomputed": _float(total.recomputed.value if total and total.recomputed else None),
        "level_stated": case.level.stated or None,
        "level_recomputed": case.level.by_rule,
        "total_error_bound": case.total_error_bound,
    }


def _respondents(case: Case) -> Values:
    groups = case.respondents
    own = {
        "n_iit": groups.get("IIT"),
        "n_eit1": groups.get("EIT.1", groups.get("EIT")),
        "n_eit2": groups.get("EIT.2"),
    }
    known = {column: group for column, group in own.items() if group is not None and group.n is not None}
    inferred = any(group.inferred for group in known.values()) if known else None
    return {column: group.n for column, group in known.items()} | {"respondents_inferred": inferred}


def _previous(case: Case) -> Values:
    total = case.trend.of(TOTAL)
    change = total.changes[-1] if total and total.changes else None
    if change is None or change.after_year != case.fiscal_year:
        return {}
    return {
        "previous_year": change.before_year,
        "previous_total": _float(change.before),
        "change": _float(change.difference),
    }


def _scores(case: AnyCase) -> Iterator[Values]:
    """Yield every node that has a score, and where an indicator has one, every indicator of the year."""
    if not isinstance(case, Case):
        return
    framework = case.framework
    checks = {check.node: check for check in case.nodes}
    named = [Node(indicator.code) for indicator in framework.indicators]
    named = named if any(node in checks for node in named) else []
    order = {code: place for place, code in enumerate((TOTAL, *framework.by_code))}
    for node in sorted({*checks, *named}, key=lambda n: (order[n.code], n.part)):
        check, instrument = checks.get(node), _instrument(framework, node.code)
        stated = check.stated if check else None
        rebuilt = check.recomputed if check else None
        weighted = node in case.scores.weighted_points
        disputed = stated is None or weighted or (check is not None and check.verdict == "mismatch")
        # Weighted points are read as the score that they mean.
        read = stated / case.scores.weighted_points.get(node, 1) if stated is not None else None
        best = rebuilt.value if rebuilt and disputed else read
        yield {
            "node": node.code,
            "part": node.part,
            "kind": _kind(framework, node),
            "order": order[node.code],
            "label": _label(framework, node),
            "name_th": node.name_th,
            "title_th": framework.title(node.code) if node.code in framework.by_code else None,
            "instrument": instrument,
            "instrument_th": framework.title(instrument) if instrument else None,
            "stated": _float(stated),
            "recomputed": _float(rebuilt.value if rebuilt else None),
            "low": _float(rebuilt.low if rebuilt else None),
            "high": _float(rebuilt.high if rebuilt else None),
            "layer": check.layer if check else None,
            "verdict": check.verdict if check else "unchecked",
            "score": _float(best),
            "score_text": number_text(best) if best is not None else None,
        }


def _questions(case: AnyCase) -> Iterator[Values]:
    framework = case.framework
    for question in framework.questions:
        options = framework.scale_by_code[question.scale].options or ()
        topic = topic_of(framework.topics, question.code)
        yield {
            "node": question.code,
            "part": "",
            "wording": question.text_th,
            "concept": question.concept,
            "polarity": question.polarity,
            "options": " | ".join(option.label_th for option in options),
            "indicator": question.indicator,
            "topic": topic.no if topic else None,
        }


def _answers(case: AnyCase) -> Iterator[Values]:
    """Yield the answers as printed; of a misprint its proposed reading, where there is exactly one."""
    if not isinstance(case, Case):
        return
    for node in case.scores.distributions:
        read, assumed = reading_of(case.scores, node, case.respondents)
        shown = read or case.scores.distributions[node]
        lost = shown.lost_by_option() or {}
        counts = shown.counts or (None,) * len(shown.answers)
        for answer, printed, share, count in zip(
            shown.answers, case.record.answers[node], shown.shares, counts, strict=True
        ):
            yield {
                "node": node.code,
                "part": node.part,
                "label": node_text(case.framework, node),
                "option": answer.option,
                "share": _float(share),
                "share_text": printed.share_text,
                "count": count,
                "inferred": count is not None and printed.count is None,
                "assumed": assumed,
                "points": _float(shown.points.get(answer.option)),
                "lost": _float(lost.get(answer.option)),
            }


def _losses(case: AnyCase) -> Iterator[Values]:
    tree = case.losses if isinstance(case, Case) else None
    steps = {id(part) for part in lost_parts(tree)}
    for found in tree.walk() if tree else ():
        loss = found.loss
        yield {
            "node": found.node.code,
            "part": found.node.part,
            "kind": found.kind,
            "option": found.option,
            "label": _loss_label(case.framework, found),
            "instrument": _instrument(case.framework, found.node.code),
            "score": _float(found.score),
            "loss": _float(loss),
            "loss_text": number_text(loss, 4) if loss is not None else None,
            "percent": _float(100 * loss / tree.loss) if loss is not None and tree and tree.loss else None,
            "step": id(found) in steps,
        }


def _weaknesses(case: AnyCase) -> Iterator[Values]:
    if not isinstance(case, Case):
        return
    for weak in case.weaknesses:
        yield {
            "node": weak.node.code,
            "part": weak.node.part,
            "topic": weak.topic,
            "label": node_text(case.framework, weak.node),
            "score": _float(weak.score),
            "loss": _float(weak.loss),
            "reasons": ", ".join(weak.reasons),
            "pattern": weak.pattern,
            "measures": ", ".join(case.coverage.matrix[weak.node]),
        }


def _problems(case: AnyCase) -> Iterator[Values]:
    for problem in case.problems:
        yield {**vars(problem), **_place(problem.node)}


def _measures(case: AnyCase) -> Iterator[Values]:
    own = (entry.measure for entry in case.entries) if isinstance(case, ProgressCase) else case.plan
    yield from map(_measure, own)


def _measure(measure: PlannedMeasure) -> Values:
    return {
        **vars(measure),
        "node": measure.items[0] if measure.items else "",
        "part": "",
        "items": ", ".join(measure.items),
        "steps_th": "\n".join(measure.steps_th),
        "start": _day(measure.start),
        "end": _day(measure.end),
        "evidence_th": "\n".join(measure.evidence_th),
    }


def _progress(case: AnyCase) -> Iterator[Values]:
    if not isinstance(case, ProgressCase):
        return
    for entry in case.entries:
        yield {
            **_measure(entry.measure),
            "as_of": _day(case.as_of),
            "state": entry.state,
            "reason_th": entry.reason_th,
            "promise": entry.promise,
            "lacks": ", ".join(entry.lacks),
        }


def _remarks(case: AnyCase) -> Iterator[Values]:
    for remark in case.record.remarks:
        yield {**vars(remark), "node": remark.item, "part": ""}


def _not_checked(case: AnyCase) -> Iterator[Values]:
    for row in case.not_checked if isinstance(case, Case) else ():
        yield {**vars(row), **_place(row.node)}


_ROWS: Mapping[str, Callable[[AnyCase], Iterable[Values]]] = {
    "results": _results,
    "scores": _scores,
    "questions": _questions,
    "answers": _answers,
    "losses": _losses,
    "weaknesses": _weaknesses,
    "problems": _problems,
    "measures": _measures,
    "progress": _progress,
    "remarks": _remarks,
    "not_checked": _not_checked,
}


# ---------------------------------------------------------------- an opened report


class _Table:
    """A table of a report: made when it is first asked for, then kept."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, report: Report[Any], owner: object) -> pd.DataFrame:
        found = frame(report.case, self.name)
        report.__dict__[self.name] = found
        return found


class Report(Generic[CaseT]):
    """What a notebook opens: a case, the case as tables, and how the document is to be made.

    It holds and forwards nothing: official parts are functions of :mod:`ita_nb.exhibits` that take a report.
    """

    scores, questions, answers = _Table("scores"), _Table("questions"), _Table("answers")
    losses, weaknesses, measures = _Table("losses"), _Table("weaknesses"), _Table("measures")
    progress, remarks = _Table("progress"), _Table("remarks")
    problems, not_checked = _Table("problems"), _Table("not_checked")

    def __init__(self, case: CaseT, parameters: ReportParameters, home: Path, sentences: Sentences) -> None:
        """Bind a case to the way it is shown; ``home`` is the workspace, ``sentences`` are called by name."""
        self.case, self.parameters = case, parameters
        self._home, self._sentences = home, sentences

    @property
    def facts(self) -> Framework:
        """What is true of the year whose scores are analysed, such as ``facts.pass_score``."""
        return self.case.framework

    @property
    def levels(self) -> dict[str, float]:
        """What the highest level asks of the total (0-100), by its name, where that is known."""
        line = self.facts.reference_lines.pass_score
        highest = max(self.facts.levels, key=lambda level: level.total_min, default=None)
        if highest is None or highest.total_min == line:
            return {}
        name = f"ระดับ{apart(highest.name_th)} {number_text(highest.total_min, 0)}"
        return {name: float(highest.total_min)}

    @property
    def is_working(self) -> bool:
        """Whether this is the working edition: with checks, uncertainty, candidates and drafts."""
        return self.parameters.edition == "working"

    @property
    def total(self) -> float | None:
        """The total (0-100): recomputed, else stated; ``None`` where neither is known."""
        tree = self.case.losses if isinstance(self.case, Case) else None
        return _float(tree.score if tree else None)

    def sentence(self, name: str, *about: pd.DataFrame) -> str:
        """Return the sentence of that name for this case, ``""`` where there is nothing to say.

        ``about`` narrows it to the rows of a table, where the sentence allows. Raises ParameterError for an
        unknown name.
        """
        if name not in self._sentences:
            raise _unknown("report.sentence", name, self._sentences)
        return self._sentences[name](self.case, *about)

    def path(self, name: str) -> Path:
        """Return a file of the workspace, whatever folder the notebook runs in. Raises ParameterError."""
        found = (self._home / name).resolve()
        if not found.is_relative_to(self._home.resolve()) or not found.exists():
            near = chain.from_iterable(self._home.glob(f"{at}*{found.suffix}") for at in ("", "[!.]*/**/"))
            names = (path.relative_to(self._home).as_posix() for path in near)
            raise _unknown("report.path", name, islice(names, _MOST_FILES), "วางแฟ้มนี้ไว้ในโฟลเดอร์งาน")
        return found

    def __repr__(self) -> str:
        """Say whose report it is, and name its tables."""
        tables = [name for name, value in vars(Report).items() if isinstance(value, _Table)]
        return f"<Report {self.case.agency.agency_id} {self.case.fiscal_year}: {', '.join(tables)}>"

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse a name that a report does not have, with the nearest one."""
        known = [known for known in dir(type(self)) if not known.startswith("_")]
        raise AttributeError(f"report.{name}: ไม่มีชื่อนี้ ใกล้เคียงที่สุดคือ report.{nearest(name, known, 0.0)}")


Sentences = Mapping[str, Callable[..., str]]
_MOST_FILES = 2000  # of a workspace that are looked through for a name that is nearly the one asked for


def _unknown(where: str, name: str, known: Iterable[str], otherwise: str = "") -> ParameterError:
    """Return the error that gives the nearest name, or the other advice where no name is near."""
    names = sorted(known)
    near = nearest(name, names, 0.8 if otherwise else 0.0)
    return ParameterError(
        where=f'{where}("{name}")',
        expected=", ".join(names[:40]) or "แฟ้มในโฟลเดอร์งาน",
        found=f'ไม่มี "{name}"',
        todo=f'ใช้ "{near}"' if near else otherwise,
    )


# ---------------------------------------------------------------- for programs

TABLES_MIME = "application/vnd.ita-nb.tables+json"
# What a missing value, a raw Python object or a lost character looks like when it slips into a document.
SPILLED = re.compile(r"\b(?:nan|None|NaT|Traceback|Fraction\(|<built-in)\b|\ufffd")


@dataclass(frozen=True)
class Tables:
    """The tables behind a document, for the programs that merge many; people see how long they are.

    ``own_words`` are people's own texts that would look like a fault of the program; ``verdict`` is the total
    (0-100), the levels that are possible and the number of problems.
    """

    tables: Mapping[str, list[Values]]
    own_words: tuple[str, ...] = ()
    verdict: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say in Thai how many rows there are."""
        count = sum(map(len, self.tables.values()))
        return f"ตารางข้อมูลของเอกสารนี้ {count} แถว สำหรับรวมและเปรียบเทียบหลายหน่วยงาน"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """Show the summary in Jupyter, and carry the content for programs."""
        del include, exclude  # Jupyter's filter is optional to honour; all forms are always wanted
        content = {"tables": self.tables, "own_words": list(self.own_words), "verdict": self.verdict}
        return {"text/plain": str(self), "text/html": f"<p>{self}</p>", TABLES_MIME: content}


def tables_of(report: Report[AnyCase]) -> Tables:
    """Return the tables of a report for programs, each row with whose it is."""
    case = report.case
    # Other agencies stand in the record by their scores only; a province of them would cost the most.
    inputs = [
        replace(case.record, peers={}),
        case.problems,
        *([case.trend] if isinstance(case, Case) else []),
    ]
    own_words = sorted({word for text in _texts_in(inputs) for word in SPILLED.findall(text)})
    tables = merged_rows(case, report.parameters.edition)
    result = tables["results"][0]
    recomputed = result["total_recomputed"]
    verdict = {
        "total": result["total_stated"] if recomputed is None else recomputed,
        "levels": list(case.level.possible) if isinstance(case, Case) else [],
        "problems": len(case.problems),
    }
    return Tables(tables, tuple(own_words), verdict)


def merged_rows(case: AnyCase, edition: str) -> dict[str, list[Values]]:
    """Return the tables that a batch merges, each row beginning with its agency and fiscal year."""
    keys = {"agency_id": case.agency.agency_id, "fiscal_year": case.fiscal_year}
    found = {name: [{**keys, **row} for row in rows(case, name)] for name in MERGED}
    found["results"][0]["edition"] = edition
    return found


def _texts_in(value: object) -> Iterator[str]:
    """Yield every text inside records, models and collections."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts_in([*value.keys(), *value.values()])
    elif isinstance(value, (list, tuple)):
        for member in value:
            yield from _texts_in(member)
    elif hasattr(value, "__dict__"):
        yield from _texts_in(vars(value))


# ---------------------------------------------------------------- pieces


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _place(label: str) -> Values:
    node = Node.of_label(label)
    return {"node": node.code, "part": node.part}


def _instrument(framework: Framework, code: str) -> str | None:
    return framework.instrument_of(code) if code in framework.by_code else None


def _kind(framework: Framework, node: Node) -> str:
    found = framework.by_code.get(node.code)
    if isinstance(found, Question):
        return "question"
    if isinstance(found, Item):
        return "item"
    if found is None or node.part:
        return "part" if node.part else "total"
    if node.code in {instrument.code for instrument in framework.instruments}:
        return "instrument"
    return "indicator" if isinstance(found, Indicator) else "sub_indicator"


def _label(framework: Framework, node: Node) -> str:
    """Name a node as a row does: ``9 การเปิดเผยข้อมูล``, ``แบบวัด... (IIT)``, ``i1 ...``."""
    kind = _kind(framework, node)
    if kind == "instrument":
        return f"{framework.title(node.code)} ({node.code})"
    if kind in {"indicator", "sub_indicator"}:
        return f"{node.code} {framework.title(node.code)}"
    return node.name_th if kind == "part" else node_text(framework, node)


def _loss_label(framework: Framework, found: LossNode) -> str:
    if found.kind == "remainder":
        return f"ส่วนที่อธิบายไม่ได้ด้วยคะแนนย่อยของ{found.node.name_th}"
    return found.option or _label(framework, found.node)
