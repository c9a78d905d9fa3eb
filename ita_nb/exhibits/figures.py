"""The figures of a case: each a drawing, its takeaway, the same in words, and the data behind it.

What a sentence says is decided in :mod:`~ita_nb.exhibits.sentences`, what a drawing looks like in
:mod:`ita_nb.charts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import cast

import pandas as pd
from matplotlib.axes import Axes

from ita_nb import charts
from ita_nb.analysis.diagnosis import reading_of
from ita_nb.analysis.respondents import Distribution
from ita_nb.analysis.scores import FULL
from ita_nb.analysis.trend import NodeTrend
from ita_nb.case import Case
from ita_nb.document.blocks import Column, Figure, Row, Table
from ita_nb.exhibits import sentences, text
from ita_nb.facts.kinds import Node, Topic
from ita_nb.show import section_of
from ita_nb.thai import number_text


def drawn(ax: Axes, caption: str, data: Table | None = None, alt: str = "") -> Figure:
    """Return a chart with its caption; ``data`` and ``alt`` stand in for what it says of itself."""
    (shown,) = section_of(ax, caption, alt=alt).blocks
    return cast("Figure", shown.model_copy(update={"data": data}) if data else shown)


# ---------------------------------------------------------------- answers


def answers(case: Case, node: Node, reading: Distribution, doubt: str = "") -> Figure:
    """Return the answers to one question as a bar; ``doubt`` says what is to be doubted about them."""
    given = {node: _given(reading)}
    takeaway = sentences.of_answers(node.name_th, given[node])
    ax = charts.answers(_answers_frame(case, given))
    return drawn(ax, f"{takeaway} ({doubt})" if doubt else takeaway, _answers_table(given))


def topic_answers(case: Case, topic: Topic) -> Figure | None:
    """Return the answers to all questions of a topic, a bar each; ``None`` for fewer than two questions."""
    found = [
        (node, *reading_of(case.scores, node, case.respondents))
        for code in topic.items
        for node in case.scores.distributions
        if node.code == code
    ]
    given = {node: _given(reading) for node, reading, _ in found if reading is not None}
    if len(given) < 2:
        return None
    full = [
        (node.name_th, sum((answer.share for answer in own if answer.points == FULL), Fraction(0)))
        for node, own in given.items()
    ]
    proposed = text.listed([node.name_th for node, _, assumed in found if assumed and node in given] or [""])
    doubt = f" ({proposed} ใช้ค่าที่ระบบเสนอแทนตัวเลขที่พิมพ์ผิด ยังไม่ได้ยืนยันกับต้นฉบับ)" if proposed else ""
    ax = charts.answers(_answers_frame(case, given))
    return drawn(ax, sentences.of_topic_answers(full) + doubt, _answers_table(given))


_Given = dict[Node, list[sentences.GivenAnswer]]


def _answers_frame(case: Case, given: _Given) -> pd.DataFrame:
    rows = [
        (node.code, node.part, text.node_item(case, node), node.name_th, a.option, a.share, a.count)
        for node, own in given.items()
        for a in own
    ]
    return pd.DataFrame(rows, columns=["node", "part", "label", "name", "option", "share", "count"])


def _given(reading: Distribution) -> list[sentences.GivenAnswer]:
    """Return the answers of a usable distribution, the best first; as given where points are unknown."""
    lost = reading.lost_by_option() or {}
    counts = reading.counts or (None,) * len(reading.answers)
    found = [
        sentences.GivenAnswer(a.option, share, count, reading.points.get(a.option), lost.get(a.option))
        for a, share, count in zip(reading.answers, reading.shares, counts, strict=True)
    ]
    return sorted(found, key=lambda answer: -(answer.points or 0))


def _answers_table(given: _Given) -> Table:
    rows: list[Row] = []
    for node, own in given.items():
        rows.append(Row(kind="group", cells=(node.name_th,)))
        rows += [
            Row(cells=(a.option, number_text(a.share), "-" if a.count is None else str(a.count))) for a in own
        ]
    return Table(
        columns=(
            Column(heading="คำตอบ", width=2.4),
            Column(heading="ร้อยละ", width=1.0, align="right"),
            Column(heading="จำนวนคน", width=1.0, align="right"),
        ),
        rows=tuple(rows),
    )


# ---------------------------------------------------------------- years


def trend(case: Case, shown: Sequence[NodeTrend]) -> Figure:
    """Return the scores of the given nodes (at least one) over the years, as the lines of a chart."""
    years = case.trend.years
    boundaries = sorted({b.fiscal_year for one in shown for b in one.boundaries})
    scores = [(year, one.node.name_th, one.score(year)) for one in shown for year in years]
    frame = pd.DataFrame(scores, columns=["fiscal_year", "label", "score"])
    line = case.framework.reference_lines.pass_score
    ax = charts.trend(frame, line=float(line), boundaries=boundaries)
    return drawn(ax, sentences.of_trend(shown[0], boundaries))


# ---------------------------------------------------------------- measures


def coverage(case: Case) -> Figure | None:
    """Return weaknesses against measures; ``None`` where there are none of either, or too many to draw."""
    if not case.weaknesses or not case.plan or len(case.plan) > charts.MOST_MEASURES:
        return None
    numbers = {measure.measure_id: number for number, measure in enumerate(case.plan, start=1)}
    by = {w.node: [numbers[i] for i in case.coverage.matrix[w.node] if i in numbers] for w in case.weaknesses}
    answering = {number for own in by.values() for number in own}
    unfounded = sorted(set(numbers.values()) - answering)
    status = {numbers[measure.measure_id]: measure.status for measure in case.plan}
    rows = [
        (text.node_item(case, node), number, status[number] if number else _without(case, node))
        for node, own in by.items()
        for number in own or (None,)
    ]
    rows += [("", number, status[number]) for number in unfounded]
    ax = charts.coverage(pd.DataFrame(rows, columns=["label", "measure", "status"]))
    caption = sentences.of_coverage(
        {node.name_th: bool(own) for node, own in by.items()},
        _classifier(case, by),
        measures=len(case.plan),
        unfounded=len(unfounded),
        drafts=sum(status[number] != "confirmed" for number in answering),
    )
    return drawn(ax, caption)


def _without(case: Case, node: Node) -> str:
    return "ไม่กำหนดมาตรการ" if case.coverage.declined.get(node) else "ยังไม่มีมาตรการ"


def _classifier(case: Case, nodes: Iterable[Node]) -> str:
    is_leaf = {node.code in case.framework.leaves for node in nodes}
    if is_leaf == {True}:
        return "ข้อ"
    are_indicators = all(case.framework.indicator_of(node.code) == node.code for node in nodes)
    return "ตัวชี้วัด" if are_indicators else "รายการ"
