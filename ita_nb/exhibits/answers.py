"""What lowered the score of a question, by answer: a sentence, a chart and a table."""

from __future__ import annotations

from fractions import Fraction

from ita_nb.analysis.diagnosis import reading_of
from ita_nb.analysis.respondents import Distribution
from ita_nb.analysis.scores import FULL
from ita_nb.case import Case
from ita_nb.document.blocks import Block, Column, Paragraph, Row, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits import figures, text
from ita_nb.facts.kinds import Question
from ita_nb.intake.record import Node
from ita_nb.thai import number_text

_LABEL = "สิ่งที่ทำให้คะแนนลดลง"


def what_lowered(case: Case, node: Node, *, charted: bool) -> list[Block]:
    """Return what lowered a question's score; nothing for a full score or a published item.

    A proposed reading of a misprint is called one. ``charted`` asks for a chart of its own.
    """
    if not isinstance(case.framework.by_code[node.code], Question):
        return []
    reading, assumed = reading_of(case.scores, node, case.respondents)
    if reading is None:
        return [Paragraph(label=_LABEL, text=_why_not(case, node))]
    lost = reading.lost_by_option()
    if lost is not None and not any(lost.values()):
        return []
    doubt = say("answers.proposed") if assumed else ""
    sentence = _costliest(lost) if lost is not None else say("answers.without_points")
    sentence += " (ตามค่าที่ระบบเสนอ)" if assumed else ""
    chart = [figures.answers(case, node, reading, doubt)] if charted else []
    return [Paragraph(label=_LABEL, text=sentence), *chart, _table(case, node, reading, doubt)]


def _why_not(case: Case, node: Node) -> str:
    if node in case.scores.distributions:
        return say("answers.unusable", full=number_text(FULL, 0))
    return say("answers.unknown")


def _costliest(lost: dict[str, Fraction]) -> str:
    """Name the answer, or the answers, that lost the most of the question's points."""
    whole, most = sum(lost.values(), Fraction(0)), max(lost.values())
    worst = [option for option, points in lost.items() if points == most]
    shown = {"lost": number_text(most), "whole": number_text(whole)}
    if len(worst) > 1:
        return say("answers.tied", options=text.listed([f'"{o}"' for o in worst]), **shown)
    return say("answers.costliest", option=worst[0], share=number_text(100 * most / whole), **shown)


def _table(case: Case, node: Node, reading: Distribution, doubt: str) -> Table:
    """Shares as printed, people and lost points, an answer a row."""
    lost = reading.lost_by_option() or {}
    rows = tuple(
        Row(
            cells=(
                answer.option,
                _share_cell(printed.share_text, answer.share_text) or number_text(share),
                str(reading.counts[i]) if reading.counts else "-",
                number_text(lost[answer.option]) if lost else "-",
            )
        )
        for i, (answer, printed, share) in enumerate(
            zip(reading.answers, case.record.answers[node], reading.shares, strict=True)
        )
    )
    return Table(
        columns=(
            Column(heading="คำตอบ", width=1.6),
            Column(heading="ร้อยละที่พิมพ์", width=1.2, align="right"),
            Column(heading="จำนวนคน", width=1.0, align="right"),
            Column(heading="คะแนนที่เสีย", width=1.2, align="right"),
        ),
        rows=rows,
        caption=f"การแจกแจงคำตอบของข้อ {node.code}",
        notes=(doubt,) if doubt else (),
    )


def _share_cell(printed: str, read: str) -> str:
    """The share as printed, with the proposed reading behind it where there is one."""
    return printed if printed == read else f"{printed} (เสนอ {read})"
