"""Weaknesses -> the plan: people's own measures first, drafts from the catalogue for the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ita_nb.analysis.diagnosis import Weakness
from ita_nb.facts.catalogue import Catalogue, CatalogueMeasure, Day
from ita_nb.facts.framework import TOTAL, Framework
from ita_nb.intake.record import Node, PlannedMeasure
from ita_nb.thai import to_common_year


@dataclass(frozen=True)
class Coverage:
    """Weaknesses against measures, both ways.

    ``matrix`` holds weakness node -> ids of the measures that answer it; ``uncovered`` are weaknesses
    without a measure; ``unfounded`` are measures without a weakness; ``declined`` holds weakness ->
    why people decided against a measure (without a reason it counts as uncovered).
    """

    matrix: dict[Node, tuple[str, ...]]
    uncovered: tuple[Node, ...]
    unfounded: tuple[PlannedMeasure, ...]
    declined: dict[Node, str]


def make_plan(
    framework: Framework,
    catalogue: Catalogue,
    weaknesses: Sequence[Weakness],
    own: Sequence[PlannedMeasure],
    plan_year: int,
) -> tuple[PlannedMeasure, ...]:
    """Return the agency's own measures and a draft for every weakness that they leave, by topic."""
    drafts = (
        draft_measure(framework, catalogue, w, plan_year)
        for w in _once_a_code(weaknesses)
        if not any(answers(framework, measure, w.node.code) for measure in own)
    )
    kept = [measure for measure in own if measure.status != "declined"]
    return in_order(framework, (*kept, *drafts))


def in_order(framework: Framework, measures: Iterable[PlannedMeasure]) -> tuple[PlannedMeasure, ...]:
    """Return measures by topic, inside a topic as they came: the order that numbers them in documents."""
    last = len(framework.topics) + 1
    return tuple(sorted(measures, key=lambda measure: measure.topic or last))


def answers(framework: Framework, measure: PlannedMeasure, code: str) -> bool:
    """Return whether a measure is about a node: about itself, its indicator, or something inside it.

    A measure for a whole instrument answers that instrument alone: it says nothing of a single item.
    """
    instruments = {i.code for i in framework.instruments}
    above = {c for c in framework.ancestors(code) if c not in {TOTAL, *instruments}}
    for item in measure.items:
        if item == code or item in above:
            return True
        if item in framework.by_code and code in framework.ancestors(item):
            return True
    return False


def _once_a_code(weaknesses: Iterable[Weakness]) -> Iterable[Weakness]:
    # A question weak in both parts of EIT is one practice to mend: one measure.
    first: dict[str, Weakness] = {}
    for weakness in weaknesses:
        first.setdefault(weakness.node.code, weakness)
    return first.values()


def draft_entry(framework: Framework, catalogue: Catalogue, weakness: Weakness) -> CatalogueMeasure:
    """Return the catalogue's entry for a weakness: of the item itself, else of what stands above it."""
    line = (weakness.node.code, *framework.ancestors(weakness.node.code)[:-1])
    # Of an item of which nothing is known, only what stands above it has a measure.
    code, *above = line[1:] if weakness.node.code in framework.unplaced else line
    return catalogue.choose(code, weakness.pattern, above)


def draft_measure(
    framework: Framework, catalogue: Catalogue, weakness: Weakness, plan_year: int
) -> PlannedMeasure:
    """Return the draft measure for a weakness, in the plan year."""
    measure = draft_entry(framework, catalogue, weakness)
    return PlannedMeasure(
        measure_id=f"{weakness.node.code}-{measure.pattern}",
        items=(weakness.node.code,),
        title_th=measure.title_th,
        steps_th=measure.steps_th,
        start=plan_date(plan_year, measure.start),
        end=plan_date(plan_year, measure.end),
        responsible_th=measure.responsible_th,
        follow_up_th=measure.follow_up_th,
        status="draft",
        topic=weakness.topic,
        output_th=f"{measure.output_th} จำนวน {measure.output_count} {measure.output_unit_th}",
        evidence_th=measure.evidence_th,
    )


def plan_date(plan_year: int, day: Day) -> dt.date:
    """Return a day inside the Thai fiscal year ``plan_year`` (Buddhist), which begins on 1 October before."""
    begins_before = day.month >= 10
    return dt.date(to_common_year(plan_year) - begins_before, day.month, day.day)


def find_coverage(
    framework: Framework,
    weaknesses: Sequence[Weakness],
    plan: Sequence[PlannedMeasure],
    own: Sequence[PlannedMeasure],
) -> Coverage:
    """Return the coverage matrix both ways; ``own`` also holds the measures that people declined."""
    matrix = {
        w.node: tuple(m.measure_id for m in plan if answers(framework, m, w.node.code)) for w in weaknesses
    }
    declined = {
        w.node: m.reason_th
        for w in weaknesses
        for m in own
        if m.status == "declined" and answers(framework, m, w.node.code)
    }
    return Coverage(
        matrix,
        tuple(node for node, found in matrix.items() if not found and not declined.get(node)),
        tuple(m for m in plan if not any(answers(framework, m, w.node.code) for w in weaknesses)),
        declined,
    )
