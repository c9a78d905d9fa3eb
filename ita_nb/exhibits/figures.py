"""The figures of a case, each a drawing with its takeaway and data, and the sentences on what figures show.

Cells ask for sentences by name: ``report.sentence("profile")``. What a drawing looks like is decided in
:mod:`ita_nb.charts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import pandas as pd
from matplotlib.axes import Axes

from ita_nb import charts
from ita_nb.analysis.diagnosis import reading_of
from ita_nb.analysis.losses import LossNode, lost_parts
from ita_nb.analysis.respondents import Distribution
from ita_nb.analysis.scores import FULL
from ita_nb.case import Case
from ita_nb.displayed import section_of
from ita_nb.document.blocks import Column, Figure, Row, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.facts.kinds import TOTAL, Node, Topic
from ita_nb.intake.record import node_text
from ita_nb.thai import number_text


def drawn(ax: Axes, caption: str, data: Table | None = None, alt: str = "") -> Figure:
    """Return a chart with its caption; ``data`` and ``alt`` stand in for what it says of itself."""
    (shown,) = section_of(ax, caption, alt=alt).blocks
    return cast("Figure", shown.model_copy(update={"data": data}) if data else shown)


# ---------------------------------------------------------------- answers


@dataclass(frozen=True)
class GivenAnswer:
    """An answer: its share (percent); the people who gave it, its points and what it lost, where known."""

    option: str
    share: Fraction
    count: int | None
    points: Fraction | None
    lost: Fraction | None


def answers_figure(case: Case, node: Node, reading: Distribution, doubt: str = "") -> Figure:
    """Return the answers to one question as a bar; ``doubt`` says what is to be doubted about them."""
    given = _given(reading)
    takeaway = of_answers(node.name_th, given)
    return _drawn_answers(case, {node: given}, f"{takeaway} ({doubt})" if doubt else takeaway)


def topic_answers_figure(case: Case, topic: Topic) -> Figure | None:
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
    proposed = text.listed([node.name_th for node, _, assumed in found if assumed and node in given] or [""])
    doubt = f" ({proposed} ใช้ค่าที่ระบบเสนอแทนตัวเลขที่พิมพ์ผิด ยังไม่ได้ยืนยันกับต้นฉบับ)" if proposed else ""
    return _drawn_answers(case, given, of_topic_answers(_full_shares(given)) + doubt)


def _full_shares(given: Mapping[Node, Sequence[GivenAnswer]]) -> list[tuple[str, Fraction]]:
    """Return of each question the share (percent) of answers with full points."""
    return [
        (n.name_th, sum((a.share for a in own if a.points == FULL), Fraction(0))) for n, own in given.items()
    ]


def _given(reading: Distribution) -> list[GivenAnswer]:
    """Return the answers of a usable distribution, the best first; as given where points are unknown."""
    lost = reading.lost_by_option() or {}
    counts = reading.counts or (None,) * len(reading.answers)
    found = [
        GivenAnswer(a.option, share, count, reading.points.get(a.option), lost.get(a.option))
        for a, share, count in zip(reading.answers, reading.shares, counts, strict=True)
    ]
    return sorted(found, key=lambda answer: -(answer.points or 0))


def _drawn_answers(case: Case, given: Mapping[Node, Sequence[GivenAnswer]], caption: str) -> Figure:
    answers = [
        (node.code, node.part, node_text(case.framework, node), node.name_th, a.option, a.share, a.count)
        for node, own in given.items()
        for a in own
    ]
    columns = ["node", "part", "label", "name", "option", "share", "count"]
    rows: list[Row] = []
    for node, own in given.items():
        rows.append(Row(kind="group", cells=(node.name_th,)))
        rows += [
            Row(cells=(a.option, number_text(a.share), "-" if a.count is None else str(a.count))) for a in own
        ]
    data = Table(
        columns=(
            Column(heading="คำตอบ", width=2.4),
            Column(heading="ร้อยละ", width=1.0, align="right"),
            Column(heading="จำนวนคน", width=1.0, align="right"),
        ),
        rows=tuple(rows),
    )
    return drawn(charts.answers(pd.DataFrame(answers, columns=columns)), caption, data)


# ---------------------------------------------------------------- measures


def coverage_figure(case: Case) -> Figure | None:
    """Return weaknesses against measures; ``None`` where there are none of either, or too many to draw."""
    if not case.weaknesses or not case.plan or len(case.plan) > charts.MOST_MEASURES:
        return None
    numbers = {measure.measure_id: number for number, measure in enumerate(case.plan, start=1)}
    by = {w.node: [numbers[i] for i in case.coverage.matrix[w.node] if i in numbers] for w in case.weaknesses}
    answering = {number for own in by.values() for number in own}
    unfounded = sorted(set(numbers.values()) - answering)
    status = {numbers[measure.measure_id]: measure.status for measure in case.plan}
    without = {node: "ไม่กำหนดมาตรการ" if case.coverage.declined.get(node) else "ยังไม่มีมาตรการ" for node in by}
    rows = [
        (node_text(case.framework, node), number, status[number] if number else without[node])
        for node, own in by.items()
        for number in own or (None,)
    ]
    rows += [("", number, status[number]) for number in unfounded]
    ax = charts.coverage(pd.DataFrame(rows, columns=["label", "measure", "status"]))
    caption = of_coverage(
        {node.name_th: bool(own) for node, own in by.items()},
        _classifier(case, by),
        measures=len(case.plan),
        unfounded=len(unfounded),
        drafts=sum(status[number] != "confirmed" for number in answering),
    )
    return drawn(ax, caption)


def _classifier(case: Case, nodes: Iterable[Node]) -> str:
    if all(node.code in case.framework.leaves for node in nodes):
        return "ข้อ"
    are_indicators = all(case.framework.indicator_of(node.code) == node.code for node in nodes)
    return "ตัวชี้วัด" if are_indicators else "รายการ"


# ---------------------------------------------------------------- sentences that cells ask for by name


_LEAST_FOR_RADAR = 3


def total(case: Case) -> str:
    """Name the total that the lost points lead to."""
    return "คะแนนรวมที่คำนวณ" if case.scores.recomputed(Node(TOTAL)) else "คะแนนรวม"


def indicators(case: Case) -> str:
    """Head the table of the indicators, or say that no score of one is known."""
    known = text.known_indicators(case)
    return f"คะแนนตัวชี้วัด {text.year(case)}" if known else say("result.no_indicator_scores")


def ranking(case: Case) -> str:
    """Head the table of the indicators by rank, or say that there is none."""
    known = text.known_indicators(case)
    return f"ลำดับคะแนนรายตัวชี้วัด {text.year(case)}" if known else say("ranking.no_scores")


def unranked(case: Case) -> str:
    """Name the indicators that have no rank for want of a score."""
    known = {indicator.code for indicator, _ in text.known_indicators(case)}
    rest = [f"{i.code}. {i.name_th}" for i in case.framework.indicators if i.code not in known]
    return say("ranking.unranked", names=text.listed(rest)) if rest and known else ""


def profile(case: Case) -> str:
    """Say how many indicators lie under the line, and which is lowest."""
    found = _named_indicators(case)
    missing = len(case.framework.indicators) - len(found)
    line = case.framework.reference_lines.pass_score
    return of_profile(found, missing, line) if found else ""


def radar(case: Case) -> str:
    """Say which indicators are highest and lowest, where there are enough for a picture."""
    found = _named_indicators(case)
    missing = len(case.framework.indicators) - len(found)
    return of_radar(found, missing) if len(found) >= _LEAST_FOR_RADAR else ""


def losses(case: Case) -> str:
    """Say where most of the lost points stand, that nothing is lost, or why that cannot be told."""
    parts = lost_parts(case.losses)
    if not parts:
        return say("losses.unweighted" if text.known_indicators(case) else "losses.no_scores")
    if not any(part.loss for part in parts):
        return say("losses.nothing")
    found = [(part_name(case, part), part.loss or Fraction(0)) for part in parts]
    return of_losses(found, "ตัวชี้วัด" if {p.kind for p in parts} == {"indicator"} else "รายการ")


def answers(case: Case, about: pd.DataFrame) -> str:
    """Say which of the questions of ``about`` (a table of answers) has the fewest full answers."""
    nodes = map(Node, about["node"], about["part"])
    given = {node: _given(case.scores.distributions[node]) for node in nodes}
    return of_topic_answers(_full_shares(given)) if given else ""


SENTENCES: Mapping[str, Callable[..., Any]] = {
    found.__name__: found for found in (total, indicators, ranking, unranked, profile, radar, losses, answers)
}


def _named_indicators(case: Case) -> list[tuple[str, Fraction]]:
    known = text.known_indicators(case)
    return [(text.item_text(case.framework, indicator.code), score) for indicator, score in known]


def part_name(case: Case, part: LossNode) -> str:
    """Name a part of the lost points as a sentence does."""
    if part.kind == "remainder":
        return f"ส่วนที่อธิบายไม่ได้ด้วยคะแนนย่อยของ{part.node.name_th}"
    return text.item_text(case.framework, part.node.code)


# ---------------------------------------------------------------- what a figure shows: values -> words
#
# Values are compared exactly and rounded only where they are printed. What ties is named, or counted where it
# is more than three. No sentence says why anything is as it is.


Named = Sequence[tuple[str, Fraction]]

# ---------------------------------------------------------------- indicators


def _those(found: Named, value: Fraction) -> str:
    """Name the indicators that have a score, and the score."""
    names = [name for name, own in found if own == value]
    points = f"{number_text(value)} คะแนน"
    if len(names) > text.MOST_NAMES:
        return f"{text.listed(names, 'ตัวชี้วัด')}ที่ได้ {points} เท่ากัน"
    return f"{text.listed(names, 'ตัวชี้วัด')} ({points}{' เท่ากัน' if len(names) > 1 else ''})"


def _all_of(count: int, missing: int) -> str:
    return f"{count} ตัวชี้วัด{'ที่มีคะแนน' if missing else ''}"


def of_profile(found: Named, missing: int, line: Fraction) -> str:
    """Say how many indicators lie under the line, and which is lowest; ``missing`` more have no score."""
    mark = f"เกณฑ์ {number_text(line, 0)} คะแนน"
    lowest = min(value for _, value in found)
    side = "ต่ำกว่า" if lowest < line else "ไม่ต่ำกว่า"
    if len(found) == 1:
        only = "ซึ่งเป็นตัวชี้วัดเดียวที่มีคะแนน " if missing else ""
        return f"{found[0][0]} {only}ได้ {number_text(lowest)} คะแนน {side}{mark}"
    every = _all_of(len(found), missing)
    if lowest == max(value for _, value in found):
        if lowest == FULL:
            return f"ทั้ง {every}ได้คะแนนเต็ม {number_text(FULL, 0)} คะแนน"
        return f"ทั้ง {every}ได้ {number_text(lowest)} คะแนน เท่ากัน ซึ่ง{side}{mark}"
    below = sum(value < line for _, value in found)
    least = _those(found, lowest)
    if below == 1:
        return f"{least} เป็นตัวชี้วัดเดียวที่ต่ำกว่า{mark}"
    if below == 0:
        return f"ทั้ง {every}ได้ไม่ต่ำกว่า{mark} ต่ำที่สุดคือ{text.apart(least)}"
    how_many = f"ทั้ง {every}" if below == len(found) else f"{below} ใน {every}"
    return f"{how_many}ได้ต่ำกว่า{mark} ต่ำที่สุดคือ{text.apart(least)}"


def of_radar(found: Named, missing: int) -> str:
    """Say which indicators are highest and lowest, and how far apart."""
    low, high = min(value for _, value in found), max(value for _, value in found)
    if low == high:
        return f"คะแนนของ {_all_of(len(found), missing)}เท่ากันที่ {number_text(low)} คะแนน"
    ends = f"คะแนนสูงสุดคือ{text.apart(_those(found, high))} ต่ำสุดคือ{text.apart(_those(found, low))}"
    return f"{ends} ห่างกัน {number_text(high - low)} คะแนน"


# ---------------------------------------------------------------- lost points


def of_losses(found: Named, classifier: str) -> str:
    """Say what the total lost, and where most of that stands; ``found`` holds all of it."""
    whole = sum((value for _, value in found), Fraction(0))
    most = max(value for _, value in found)
    names = [name for name, value in found if value == most]
    lost = f"คะแนนรวมเสียไป {number_text(whole)} คะแนน"
    if most == whole and len(names) == 1:
        return f"{lost} อยู่ที่{names[0]}ทั้งหมด"
    at = text.apart(text.listed(names, classifier))
    each = f" {classifier}ละ" if len(names) > 1 else ""
    # Where something was gained the parts are more than the whole, and a share of it says nothing.
    is_share = whole > 0 and all(value >= 0 for _, value in found)
    together = "รวม" if len(names) > 1 else ""
    share = (
        f" {together}คิดเป็นร้อยละ {number_text(100 * most * len(names) / whole)} ของที่เสียทั้งหมด"
        if is_share
        else ""
    )
    return f"{lost} มากที่สุดอยู่ที่{at}{each} {number_text(most)} คะแนน{share}"


# ---------------------------------------------------------------- answers


def of_answers(item: str, answers: Sequence[GivenAnswer]) -> str:
    """Say how many gave the answer with full points, and by which answer the question lost most."""
    losses = [answer.lost for answer in answers if answer.lost is not None]
    if not losses:
        return f"คำตอบของ{item} ตามที่ระบุ ยังไม่ทราบคะแนนของแต่ละคำตอบ"
    full = [answer for answer in answers if answer.points == FULL]
    best = text.listed([f'"{a.option}"' for a in full], "คำตอบ")
    most = max(losses)
    if not most:
        counts = [answer.count for answer in answers if answer.count is not None]
        people = f" {sum(counts)} คน" if counts else ""
        return f"{item} ผู้ตอบทั้งหมด{people} ตอบ {best} ซึ่งได้คะแนนเต็ม"
    worst = text.listed([_people(a, answers) for a in answers if a.lost == most], "คำตอบ")
    lost = f"เสียคะแนนมากที่สุดจากคำตอบ {worst}"
    if not sum(answer.share for answer in full):
        return f"{item} ไม่มีผู้ตอบ {best} ซึ่งได้คะแนนเต็ม และ{lost}"
    given = text.listed([_people(a, answers) for a in full], "คำตอบ")
    return f"{item} มีผู้ตอบ {given} ซึ่งได้คะแนนเต็ม และ{lost}"


def _people(answer: GivenAnswer, answers: Sequence[GivenAnswer]) -> str:
    whole = sum(a.count or 0 for a in answers)
    people = "" if answer.count is None else f"{answer.count} จาก {whole} คน หรือ"
    return f'"{answer.option}" ({people}ร้อยละ {number_text(answer.share)})'


def of_topic_answers(found: Named) -> str:
    """Say which question has the smallest share (percent) of answers with full points."""
    lowest = min(share for _, share in found)
    names = [name for name, share in found if share == lowest]
    those = f"{len(found)} ข้อที่มีการแจกแจงคำตอบ"
    full = "ผู้ให้คำตอบที่ได้คะแนนเต็ม"
    if len(names) == len(found):
        return f"ทั้ง {those}มี{full}เท่ากัน คือร้อยละ {number_text(lowest)}"
    tie = "เท่ากัน" if len(names) > 1 else ""
    return f"ใน {those} {text.listed(names, 'ข้อ')} มี{full}น้อยที่สุด{tie} คือร้อยละ {number_text(lowest)}"


# ---------------------------------------------------------------- measures


def of_coverage(
    answered: Mapping[str, bool], classifier: str, measures: int, unfounded: int, drafts: int
) -> str:
    """Say which weaknesses have a measure (name -> whether), and how many measures answer none.

    ``drafts`` of the measures that answer a weakness are not confirmed.
    """
    weak = f"{classifier}ที่ต้องยกระดับ"
    without = [name for name, is_answered in answered.items() if not is_answered]
    count = len(answered)
    every = f"{weak}{'ทั้ง' if count > 1 else ''} {count} {classifier}"
    if not without:
        sentence = f"{every}มีมาตรการรองรับ"
    elif len(without) == count:
        sentence = f"{every}ไม่มีมาตรการรองรับ"
    else:
        open_ones = text.apart(text.listed(without, classifier))
        sentence = f"{weak} {count - len(without)} ใน {count} {classifier}มีมาตรการรองรับ ที่ยังไม่มีคือ{open_ones}"
    if unfounded:
        sentence += f" ทั้งนี้ {_unfounded(unfounded, measures)}ไม่มี{weak}รองรับ"
    return f"{sentence} (นับร่าง {drafts} มาตรการที่ยังไม่ยืนยันด้วย)" if drafts else sentence


def _unfounded(count: int, measures: int) -> str:
    if measures == 1:
        return "มีมาตรการเดียว และมาตรการนี้"
    return f"มาตรการทั้ง {count} มาตรการ" if count == measures else f"มาตรการ {count} ใน {measures} มาตรการ"
