"""The sentences that cells ask for by name: ``report.sentence("profile")``; each has one case that holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ita_nb.analysis.losses import LossNode, lost_parts
from ita_nb.analysis.scores import FULL
from ita_nb.analysis.trend import NodeTrend
from ita_nb.case import Case
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.facts.crosswalk import year_th
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.thai import number_text

if TYPE_CHECKING:
    import pandas as pd

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
    nodes = dict.fromkeys(zip(about["node"], about["part"], strict=True))
    found = []
    for node in (Node(*place) for place in nodes):
        read = case.scores.distributions[node]
        full = (
            s for s, a in zip(read.shares, read.answers, strict=True) if read.points.get(a.option) == FULL
        )
        found.append((node.name_th, sum(full, Fraction(0))))
    return of_topic_answers(found) if found else ""


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

_MOST_NAMES = 3


def listed(names: Sequence[str], classifier: str) -> str:
    """Name up to three things (``ก, ข และ ค``), else say how many there are (``5 ข้อ``)."""
    if len(names) > _MOST_NAMES:
        return f"{len(names)} {classifier}"
    return text.listed(names)


# ---------------------------------------------------------------- indicators


def _those(found: Named, value: Fraction) -> str:
    """Name the indicators that have a score, and the score."""
    names = [name for name, own in found if own == value]
    points = f"{number_text(value)} คะแนน"
    if len(names) > _MOST_NAMES:
        return f"{listed(names, 'ตัวชี้วัด')}ที่ได้ {points} เท่ากัน"
    return f"{listed(names, 'ตัวชี้วัด')} ({points}{' เท่ากัน' if len(names) > 1 else ''})"


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
    at = text.apart(listed(names, classifier))
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


@dataclass(frozen=True)
class GivenAnswer:
    """An answer: its share (percent); the people who gave it, its points and what it lost, where known."""

    option: str
    share: Fraction
    count: int | None
    points: Fraction | None
    lost: Fraction | None


def of_answers(item: str, answers: Sequence[GivenAnswer]) -> str:
    """Say how many gave the answer with full points, and by which answer the question lost most."""
    losses = [answer.lost for answer in answers if answer.lost is not None]
    if not losses:
        return f"คำตอบของ{item} ตามที่ระบุ ยังไม่ทราบคะแนนของแต่ละคำตอบ"
    full = [answer for answer in answers if answer.points == FULL]
    best = listed([_quoted(answer) for answer in full], "คำตอบ")
    most = max(losses)
    if not most:
        counts = [answer.count for answer in answers if answer.count is not None]
        people = f" {sum(counts)} คน" if counts else ""
        return f"{item} ผู้ตอบทั้งหมด{people} ตอบ {best} ซึ่งได้คะแนนเต็ม"
    worst = listed([f"{_quoted(a)} ({_people(a, answers)})" for a in answers if a.lost == most], "คำตอบ")
    lost = f"เสียคะแนนมากที่สุดจากคำตอบ {worst}"
    if not sum(answer.share for answer in full):
        return f"{item} ไม่มีผู้ตอบ {best} ซึ่งได้คะแนนเต็ม และ{lost}"
    given = listed([f"{_quoted(a)} ({_people(a, answers)})" for a in full], "คำตอบ")
    return f"{item} มีผู้ตอบ {given} ซึ่งได้คะแนนเต็ม และ{lost}"


def _quoted(answer: GivenAnswer) -> str:
    return f'"{answer.option}"'


def _people(answer: GivenAnswer, answers: Sequence[GivenAnswer]) -> str:
    share = f"ร้อยละ {number_text(answer.share)}"
    if answer.count is None:
        return share
    return f"{answer.count} จาก {sum(a.count or 0 for a in answers)} คน หรือ{share}"


def of_topic_answers(found: Named) -> str:
    """Say which question has the smallest share (percent) of answers with full points."""
    lowest = min(share for _, share in found)
    names = [name for name, share in found if share == lowest]
    those = f"{len(found)} ข้อที่มีการแจกแจงคำตอบ"
    full = "ผู้ให้คำตอบที่ได้คะแนนเต็ม"
    if len(names) == len(found):
        return f"ทั้ง {those}มี{full}เท่ากัน คือร้อยละ {number_text(lowest)}"
    tie = "เท่ากัน" if len(names) > 1 else ""
    return f"ใน {those} {listed(names, 'ข้อ')} มี{full}น้อยที่สุด{tie} คือร้อยละ {number_text(lowest)}"


# ---------------------------------------------------------------- years

DOUBT = "คะแนนที่ระบุขัดกับคะแนนส่วนประกอบของปีนั้น ต้องตรวจสอบกับประกาศผลก่อนนำไปเทียบ"


def of_trend(first: NodeTrend, boundaries: Sequence[int]) -> str:
    """Say what became of a score between the two newest years, as far as they can be compared."""
    crossing = " เส้นประแนวตั้งคั่นปีที่มีคะแนนอย่างน้อยหนึ่งรายการเปรียบเทียบกับปีก่อนหน้าไม่ได้" if boundaries else ""
    if not first.changes:
        return f"{first.node.name_th}มีข้อมูลเพียงปีเดียว{crossing}"
    change = first.changes[-1]
    names = f"{first.node.name_th}{year_th(change.after_year)}", year_th(change.before_year)
    if change.difference is None:
        return f"{names[0]} เปรียบเทียบกับ{names[1]} ไม่ได้{crossing}"
    if any(p.contradicted for p in first.points[-2:]):
        return f"{names[0]} กับ{names[1]}: {DOUBT}{crossing}"
    if not change.difference:
        return f"{names[0]} เท่ากับ{names[1]}{crossing}"
    direction = "สูงกว่า" if change.difference > 0 else "ต่ำกว่า"
    return f"{names[0]} {direction}{names[1]} {number_text(abs(change.difference))} คะแนน{crossing}"


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
        open_ones = text.apart(listed(without, classifier))
        sentence = f"{weak} {count - len(without)} ใน {count} {classifier}มีมาตรการรองรับ ที่ยังไม่มีคือ{open_ones}"
    if unfounded:
        sentence += f" ทั้งนี้ {_unfounded(unfounded, measures)}ไม่มี{weak}รองรับ"
    return f"{sentence} (นับร่าง {drafts} มาตรการที่ยังไม่ยืนยันด้วย)" if drafts else sentence


def _unfounded(count: int, measures: int) -> str:
    if measures == 1:
        return "มีมาตรการเดียว และมาตรการนี้"
    return f"มาตรการทั้ง {count} มาตรการ" if count == measures else f"มาตรการ {count} ใน {measures} มาตรการ"
