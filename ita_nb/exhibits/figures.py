"""The figures of a case: each a drawing, its takeaway, the same in words, and the data behind it.

What a sentence says is decided in :mod:`~ita_nb.exhibits.takeaways`, what a drawing looks like in
:mod:`ita_nb.document.charts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from ita_nb.analysis.diagnosis import reading_of
from ita_nb.analysis.respondents import Distribution
from ita_nb.analysis.scores import FULL
from ita_nb.analysis.trend import NodeTrend
from ita_nb.case import Case
from ita_nb.document import charts
from ita_nb.document.blocks import Column, Figure, Row, Table
from ita_nb.exhibits import takeaways, text
from ita_nb.facts.kinds import Topic
from ita_nb.intake.record import Node
from ita_nb.thai import Digits, number_text


def _levels(case: Case) -> list[charts.Level]:
    """Return the score that counts as passing and, where it is known, what the highest level asks for."""
    line = case.framework.reference_lines.pass_score
    levels = [charts.Level(line, f"เกณฑ์ {number_text(line, 0)}")]
    highest = max(case.framework.levels, key=lambda level: level.total_min, default=None)
    if highest is not None and highest.total_min != line:
        name = f"{text.level(highest.name_th)} {number_text(highest.total_min, 0)}"
        levels.append(charts.Level(highest.total_min, name))
    return levels


# ---------------------------------------------------------------- answers


def answers(case: Case, node: Node, reading: Distribution, digits: Digits, doubt: str = "") -> Figure:
    """Return the answers to one question as a bar; ``doubt`` says what is to be doubted about them."""
    given = _given(reading)
    bar = charts.Bar(text.node_item(case, node), _shares(given))
    takeaway = takeaways.of_answers(node.name_th, given)
    return Figure(
        svg=charts.answers_chart(bar, digits).svg,
        alt=f"แผนภูมิแท่งร้อยละของคำตอบ{node.name_th}: {_shares_in_words(bar)}",
        caption=f"{takeaway} ({doubt})" if doubt else takeaway,
        data=_answers_table([(node, bar)]),
    )


def topic_answers(case: Case, topic: Topic, digits: Digits) -> Figure | None:
    """Return the answers to all questions of a topic, a bar each; ``None`` for fewer than two questions."""
    found = [
        (node, *reading_of(case.scores, node, case.respondents))
        for code in topic.items
        for node in case.scores.distributions
        if node.code == code
    ]
    readings = [(node, reading, assumed) for node, reading, assumed in found if reading is not None]
    if len(readings) < 2:
        return None
    bars = [
        (node, charts.Bar(text.node_item(case, node), _shares(_given(reading))))
        for node, reading, _ in readings
    ]
    full = [(node.name_th, _full_share(_given(reading))) for node, reading, _ in readings]
    proposed = text.listed([node.name_th for node, _, assumed in readings if assumed] or [""])
    doubt = f" ({proposed} ใช้ค่าที่ระบบเสนอแทนตัวเลขที่พิมพ์ผิด ยังไม่ได้ยืนยันกับต้นฉบับ)" if proposed else ""
    return Figure(
        svg=charts.topic_answers_chart([bar for _, bar in bars], digits).svg,
        alt="แผนภูมิแท่งร้อยละของคำตอบรายข้อ: "
        + "; ".join(f"{node.name_th} {_shares_in_words(bar)}" for node, bar in bars),
        caption=takeaways.of_topic_answers(full) + doubt,
        data=_answers_table(bars),
    )


def _given(reading: Distribution) -> list[takeaways.GivenAnswer]:
    """Return the answers of a usable distribution, the best first."""
    lost = reading.lost_by_option() or {}
    counts = reading.counts or (None,) * len(reading.answers)
    found = [
        takeaways.GivenAnswer(a.option, share, count, reading.points[a.option], lost[a.option])
        for a, share, count in zip(reading.answers, reading.shares, counts, strict=True)
    ]
    return sorted(found, key=lambda answer: -answer.points)


def _shares(given: Iterable[takeaways.GivenAnswer]) -> tuple[charts.Share, ...]:
    return tuple(charts.Share(answer.option, answer.share, answer.count) for answer in given)


def _full_share(given: Iterable[takeaways.GivenAnswer]) -> Fraction:
    return sum((answer.share for answer in given if answer.points == FULL), Fraction(0))


def _shares_in_words(bar: charts.Bar) -> str:
    return ", ".join(share.in_words for share in bar.shares)


def _answers_table(bars: Iterable[tuple[Node, charts.Bar]]) -> Table:
    rows: list[Row] = []
    for node, bar in bars:
        rows.append(Row(kind="group", cells=(node.name_th,)))
        rows += [
            Row(cells=(s.option, number_text(s.share), "-" if s.count is None else str(s.count)))
            for s in bar.shares
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


def trend(case: Case, shown: Sequence[NodeTrend], digits: Digits) -> Figure:
    """Return the scores of the given nodes (at least one) over the years, as the lines of a chart."""
    years = case.trend.years
    boundaries = sorted({b.fiscal_year for one in shown for b in one.boundaries})
    series = [(one.node.name_th, [one.score(year) for year in years]) for one in shown]
    told = [
        f"{name} " + " ".join(f"ปี {y} {text.score(v)}" for y, v in zip(years, own, strict=True))
        for name, own in series
    ]
    line = _levels(case)[0]
    rows = tuple(Row(cells=(str(year), *(text.score(one.score(year)) for one in shown))) for year in years)
    names = (Column(heading=name, align="right") for name, _ in series)
    return Figure(
        svg=charts.trend_chart(years, series, boundaries, line, digits).svg,
        alt=f"แผนภูมิเส้นคะแนนรายปีเทียบกับ{line.name}: {', '.join(told)}",
        caption=takeaways.of_trend(shown[0], boundaries),
        data=Table(columns=(Column(heading="ปีงบประมาณ พ.ศ.", width=1.4, align="center"), *names), rows=rows),
    )


# ---------------------------------------------------------------- measures


def coverage(case: Case, digits: Digits) -> Figure | None:
    """Return weaknesses against measures; ``None`` where there are none of either, or too many to draw."""
    if not case.weaknesses or not case.plan:
        return None
    places = {measure.measure_id: place for place, measure in enumerate(case.plan)}
    by = {
        w.node: frozenset(places[i] for i in case.coverage.matrix[w.node] if i in places)
        for w in case.weaknesses
    }
    rows = [
        charts.Answered(text.node_item(case, w.node), by[w.node], _without(case, w.node))
        for w in case.weaknesses
    ]
    answering = frozenset().union(*by.values())
    confirmed = [measure.status == "confirmed" for measure in case.plan]
    drawing = charts.coverage_chart(rows, confirmed, digits)
    if drawing is None:
        return None
    table = _coverage_table(rows, len(case.plan))
    return Figure(
        svg=drawing.svg,
        alt="ตารางจุดข้อที่ต้องยกระดับเทียบกับมาตรการ: "
        + "; ".join(f"{row.cells[0]} {row.cells[1]}" for row in table.rows),
        caption=takeaways.of_coverage(
            {node.name_th: bool(own) for node, own in by.items()},
            _classifier(case, by),
            measures=len(case.plan),
            unfounded=len(case.plan) - len(answering),
            drafts=sum(not confirmed[place] for place in answering),
        ),
        data=table,
    )


def _without(case: Case, node: Node) -> str:
    return "ไม่กำหนดมาตรการ" if case.coverage.declined.get(node) else "ยังไม่มีมาตรการ"


def _classifier(case: Case, nodes: Iterable[Node]) -> str:
    is_leaf = {node.code in case.framework.leaves for node in nodes}
    if is_leaf == {True}:
        return "ข้อ"
    are_indicators = all(case.framework.indicator_of(node.code) == node.code for node in nodes)
    return "ตัวชี้วัด" if are_indicators else "รายการ"


def _coverage_table(rows: Sequence[charts.Answered], measures: int) -> Table:
    """Return the measures of every weakness, and those that answer none."""
    unfounded = sorted(set(range(measures)) - {place for row in rows for place in row.by})
    cells = [(row.label, _measures_in_words(row.by) or row.without) for row in rows]
    if unfounded:
        cells.append(("ไม่มีข้อที่ต้องยกระดับรองรับ", _measures_in_words(unfounded)))
    return Table(
        columns=(Column(heading="ข้อที่ต้องยกระดับ", width=3.2), Column(heading="มาตรการ", width=1.8)),
        rows=tuple(Row(cells=pair) for pair in cells),
    )


def _measures_in_words(places: Iterable[int]) -> str:
    numbers = ", ".join(str(place + 1) for place in sorted(places))
    return f"มาตรการที่ {numbers}" if numbers else ""
