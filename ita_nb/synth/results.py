"""The result of a synthetic agency by the official formula, and what the facts of a year leave out of it.

Scores are exact until one is printed, then rounded half up to the decimals of the year, as real pages are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ita_nb.analysis.levels import level_of
from ita_nb.errors import FactsError
from ita_nb.facts.framework import Framework, Group
from ita_nb.facts.kinds import TOTAL, Indicator, Item, Node, SubIndicator
from ita_nb.synth.drawing import Drawn, Province, SynthAgency, draw_agency, draw_answers
from ita_nb.synth.settings import load_settings

Terms = list[tuple[Fraction | None, Fraction | None]]


def roll_up(framework: Framework, drawn: Mapping[Node, Fraction]) -> dict[Node, Fraction]:
    """Return every score that follows from the drawn ones, in the order of a result page.

    A group is the weighted mean of what stands below it. Where the weights of published items inside
    their group are unknown, these count alike; no other unknown weight is made up.
    """
    found: dict[Node, Fraction] = dict(drawn)
    below_first: list[Group] = [*framework.sub_indicators, *framework.indicators, *framework.instruments]
    for group in below_first:
        for part in framework.parts_of(group.code):
            _put(found, Node(group.code, part), _weighted(_terms(framework, found, group.code, part)))
    for group in below_first:
        node = Node(group.code)
        if node not in found:
            _put(found, node, _of_group(framework, found, group.code))
    _put(found, Node(TOTAL), _weighted(_terms(framework, found, TOTAL, "")))
    return {node: found[node] for node in _page_order(framework) if node in found}


def _of_group(framework: Framework, found: Mapping[Node, Fraction], code: str) -> Fraction | None:
    parts = framework.parts_of(code)
    if parts:
        instrument = framework.instrument_of(code)
        return _weighted([(framework.part_weight(instrument, p), found.get(Node(code, p))) for p in parts])
    plain = _plain_below(framework, code)
    if plain:
        values = [found[Node(child)] for child in plain if Node(child) in found]
        return sum(values, Fraction(0)) / len(values) if len(values) == len(plain) else None
    return _weighted(_terms(framework, found, code, ""))


def _plain_below(framework: Framework, code: str) -> tuple[str, ...]:
    """Return the items (or groups of items) below a group when their weights are unknown, else nothing."""
    inside = (SubIndicator, Item) if isinstance(framework.by_code[code], Indicator) else (Item,)
    below = [framework.by_code[c] for c in framework.children(code)]
    members = [node for node in below if isinstance(node, inside)]
    return tuple(m.code for m in members) if any(m.weight is None for m in members) else ()


def _terms(framework: Framework, found: Mapping[Node, Fraction], code: str, part: str) -> Terms:
    children = framework.children(code)
    return [(framework.by_code[child].weight, found.get(Node(child, part))) for child in children]


def _weighted(terms: Terms) -> Fraction | None:
    known = [(w, score) for w, score in terms if w is not None and score is not None]
    return sum((w * s for w, s in known), Fraction(0)) if terms and len(known) == len(terms) else None


def _put(found: dict[Node, Fraction], node: Node, score: Fraction | None) -> None:
    if score is not None:
        found[node] = score


def _page_order(framework: Framework) -> Iterable[Node]:
    yield Node(TOTAL)
    for code in framework.by_code:
        yield Node(code)
        yield from (Node(code, part) for part in framework.parts_of(code))


def refuse_undrawable(framework: Framework) -> None:
    """Raise FactsError when the year has no indicators to score."""
    if framework.indicators:
        return
    settings = load_settings()
    raise FactsError(
        where=f"ข้อเท็จจริงของการประเมิน ปีงบประมาณ พ.ศ. {framework.fiscal_year}",
        expected="ปีที่ทราบตัวชี้วัด เช่น " + ", ".join(map(str, settings.years)),
        found="ยังไม่ทราบตัวชี้วัด จึงไม่มีคะแนนที่สร้างได้ (the indicators are not known: there is nothing to draw)",
        todo="ระบุ --year เป็นปีอื่น หรือเพิ่มข้อเท็จจริงของปีนี้ใน facts/",
    )


def limits_of(framework: Framework) -> list[str]:
    """Return what cannot be drawn, or is assumed, in the framework's year."""
    found = []
    if framework.weight_in_total(framework.indicators[0].code) is None:
        found.append("ไม่ทราบน้ำหนักในคะแนนรวม จึงมีเพียงคะแนนตัวชี้วัดและรายข้อ ไม่มีคะแนนแบบวัด คะแนนรวม และระดับ")
    if not framework.questions:
        found.append("ไม่ทราบข้อคำถาม คะแนนตัวชี้วัดของ IIT และ EIT จึงสร้างเสมือนมีข้อเดียว และไม่มีการแจกแจงคำตอบ")
    unknown = [
        q.code for q in framework.questions if framework.points(q.code) is None and not q.sub_questions
    ]
    if unknown:
        found.append(f"ไม่ทราบตัวเลือกคำตอบของ {', '.join(unknown)} จึงมีเพียงคะแนน สร้างด้วยตัวเลือกสมมติ")
    lined = [q.code for q in framework.questions if q.sub_questions]
    if lined:
        found.append(f"{', '.join(lined)} ตอบเป็นรายบรรทัด จึงมีเพียงคะแนนเฉลี่ยของทุกบรรทัด")
    alike = [code for code in framework.groups if _plain_below(framework, code)]
    if alike:
        missing = [i.code for i in framework.indicators if i.instrument == "OIT" and i.code not in alike]
        bare = [code for code in missing if not framework.children(code)]
        none_th = f" และไม่มีคะแนนตัวชี้วัดที่ {', '.join(bare)}" if bare else ""
        found.append(f"ไม่ทราบน้ำหนักของข้อมูลเปิดเผยภายใน {', '.join(alike)} จึงให้ทุกข้อเท่ากัน{none_th}")
    nearest = load_settings().nearest_year(framework.fiscal_year)
    if nearest != framework.fiscal_year:
        found.append(f"ไม่มีค่าที่ปรับเทียบของปีนี้ จึงสร้างตามระดับคะแนนของปี {nearest}")
    return found


@dataclass(frozen=True)
class SynthResult:
    """What ITA would print of a synthetic agency, unrounded; ``level_th`` is empty without a total."""

    who: SynthAgency
    drawn: Mapping[Node, Drawn]
    scores: Mapping[Node, Fraction]
    level_th: str


def draw_result(framework: Framework, province: Province, number: int) -> SynthResult:
    """Draw agency ``number`` (from 1) and its result."""
    settings = load_settings()
    who = draw_agency(province, number)
    year = settings.years[settings.nearest_year(framework.fiscal_year)]
    drawn = draw_answers(framework, province, who, year)
    scores = roll_up(framework, {node: leaf.score for node, leaf in drawn.items()})
    instruments = [scores.get(Node(i.code)) for i in framework.instruments]
    total = scores.get(Node(TOTAL))
    level = level_of(framework, total, instruments) if total is not None else None
    return SynthResult(who, drawn, scores, level or "")
