"""Small pieces of wording that several exhibits share."""

from __future__ import annotations

from fractions import Fraction

from ita_nb.case import Case
from ita_nb.document.blocks import Paragraph
from ita_nb.errors import Problem
from ita_nb.facts.framework import Question
from ita_nb.facts.rules import rule_named
from ita_nb.intake.record import Node, PlannedMeasure
from ita_nb.thai import number_text

NO_DATA = "ไม่มีข้อมูล"
DRAFT = "(ร่าง)"


def score(value: Fraction | float | None) -> str:
    """Two decimals, or the words for a missing score."""
    return NO_DATA if value is None else number_text(value)


def item_text(case: Case, code: str) -> str:
    """Code and official wording of a question or item; says so where the wording is unknown."""
    leaf = case.framework.leaves[code]
    title = case.framework.title(code)
    if title is None and isinstance(leaf, Question):
        return f"{code} (ยังไม่ทราบถ้อยคำทางการ หัวข้อ{leaf.topic_th})"
    return f"{code} {title}"


def node_item(case: Case, node: Node) -> str:
    """Like :func:`item_text`, naming the part where the question is scored in parts."""
    text = item_text(case, node.code)
    return f"{text} (ส่วนที่ {node.part})" if node.part else text


def subject(problem: Problem) -> str:
    """What a problem is about, in Thai: its node, or what its rule says instead."""
    return rule_named(problem.rule).subject_th.format(name=Node(*problem.node.split(".", 1)).name_th)


def brief(problem: Problem) -> str:
    """A problem in a few Thai words: what it is about, what is stated, what it should be."""
    brief_th = rule_named(problem.rule).brief_th
    stated, expected = problem.stated or NO_DATA, problem.expected or NO_DATA
    return f"{subject(problem)}: {brief_th.format(stated=stated, expected=expected)}"


def note(text: str) -> Paragraph:
    """A small remark under an exhibit."""
    return Paragraph(text=text, style="small")


def measure_name(case: Case, measure: PlannedMeasure) -> str:
    """``มาตรการที่ 3``: the number by which the document's tables refer to a measure."""
    return f"มาตรการที่ {case.plan.index(measure) + 1}"


def place(case: Case) -> str:
    """District and province, each with its word, as far as they are known."""
    agency = case.agency
    parts = [
        text if not text or text.startswith(word) else word + text
        for word, text in (("อำเภอ", agency.district_th), ("จังหวัด", agency.province_th))
    ]
    return " ".join(part for part in parts if part)


def year(case: Case) -> str:
    """The fiscal year of the scores, in words."""
    return f"ปีงบประมาณ พ.ศ. {case.fiscal_year}"


def plan_year(case: Case) -> str:
    """The fiscal year of the measures, in words."""
    return f"ปีงบประมาณ พ.ศ. {case.framework.plan_year}"
