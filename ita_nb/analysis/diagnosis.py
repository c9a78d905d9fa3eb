"""Which items are weak, in which way they lost their points, and three different "lowest" lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ita_nb.analysis.losses import LossNode, loss_of
from ita_nb.analysis.reconcile import proposed_shares
from ita_nb.analysis.respondents import Distribution, Respondents, group_of
from ita_nb.analysis.scores import FULL, Scores
from ita_nb.facts.catalogue import Catalogue, CatalogueMeasure, Day, Pattern
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Item, Node, Question, Topic
from ita_nb.facts.rules import load_rules
from ita_nb.intake.peers import Peers
from ita_nb.intake.record import PlannedMeasure
from ita_nb.thai import to_common_year

Reason = Literal["below_pass", "lowest_of_topic", "item_below_full"]


@dataclass(frozen=True)
class Weakness:
    """A weak question or published item, by the rule of the framework; or a weak indicator of unknown items.

    ``topic`` is ``None`` for an item that no topic names. ``loss`` is in points of the total, ``None``
    where it cannot be told apart; ``shared_loss`` is then the loss of its indicator.
    """

    node: Node
    score: Fraction
    reasons: tuple[Reason, ...]
    topic: int | None
    pattern: Pattern
    loss: Fraction | None
    shared_loss: Fraction | None = None


@dataclass(frozen=True)
class Gap:
    """How far a score lies under the reference (points 0-100)."""

    node: Node
    score: Fraction
    reference: Fraction

    @property
    def gap(self) -> Fraction:
        """Reference minus score."""
        return self.reference - self.score


@dataclass(frozen=True)
class Reference:
    """Scores to compare with: the mean of ``agencies`` other agencies of the same type in the same year."""

    agencies: int
    means: dict[Node, Fraction]


@dataclass(frozen=True)
class LowLists:
    """Three orders of "lowest": by score, by loss to the total, by gap to a reference.

    ``by_gap`` is ``None`` without a reference; ``untold`` are items whose loss cannot be told apart.
    """

    by_score: tuple[tuple[Node, Fraction], ...]
    by_loss: tuple[tuple[Node, Fraction], ...]
    untold: tuple[Node, ...]
    by_gap: tuple[Gap, ...] | None
    reference: Reference | None


def leaf_scores(scores: Scores) -> dict[Node, Fraction]:
    """Return the printed score of every question (of each part) and published item."""
    leaves = scores.framework.leaves
    printed = {node: s.value for node, s in scores.record.scores.items() if node.code in leaves}
    order = list(leaves)
    return dict(sorted(printed.items(), key=lambda entry: (order.index(entry[0].code), entry[0].part)))


def topic_of(topics: Iterable[Topic], code: str) -> Topic | None:
    """Return the topic that names an item, or ``None``."""
    return next((topic for topic in topics if code in topic.items), None)


def lowest_of_topic(scores: Scores, topic: Topic) -> tuple[Node, ...]:
    """Return the lowest items of a topic (several when they tie), or none when all are full or unprinted."""
    found = {node: s for node, s in leaf_scores(scores).items() if node.code in topic.items}
    limit = scores.framework.weakness.lowest_of_topic_below
    lowest = min(found.values(), default=FULL)
    return tuple(node for node, score in found.items() if score == lowest and score < limit)


def find_weaknesses(
    scores: Scores, tree: LossNode | None, respondents: dict[str, Respondents]
) -> tuple[Weakness, ...]:
    """Return the weak items in the order of the topics, then those without a topic.

    The rule is data (``weakness`` of the framework): a score under the pass score, the lowest of its
    topic when not full, or a published item that is not full.
    """
    framework = scores.framework
    rule = framework.weakness
    lowest = {node for topic in framework.topics for node in lowest_of_topic(scores, topic)}
    found = []
    for node, score in leaf_scores(scores).items():
        reasons: list[Reason] = []
        if score < rule.score_below:
            reasons.append("below_pass")
        if node in lowest:
            reasons.append("lowest_of_topic")
        if isinstance(framework.leaves[node.code], Item) and score < rule.item_below:
            reasons.append("item_below_full")
        if reasons:
            found.append(_weakness(scores, tree, respondents, node, score, tuple(reasons)))
    for node, score in _unexplained_groups(scores, {w.node.code for w in found}):
        found.append(_weakness(scores, tree, respondents, node, score, ("below_pass",)))
    last = len(framework.topics) + 1
    order = list(framework.by_code)
    return tuple(sorted(found, key=lambda w: (w.topic or last, order.index(w.node.code))))


def _unexplained_groups(scores: Scores, weak: set[str]) -> Iterable[tuple[Node, Fraction]]:
    """Yield the groups under the pass score in which nothing weak is known: they stand for their items.

    From below upwards, so that an indicator that stands for its items explains its instrument too.
    """
    framework, known = scores.framework, set(weak)
    for code in reversed(framework.groups):
        estimate = scores.best(Node(code))
        if estimate is None or estimate.value >= framework.weakness.score_below:
            continue
        if not any(code in framework.ancestors(other) for other in known):
            known.add(code)
            yield Node(code), estimate.value


def _weakness(
    scores: Scores,
    tree: LossNode | None,
    respondents: dict[str, Respondents],
    node: Node,
    score: Fraction,
    reasons: tuple[Reason, ...],
) -> Weakness:
    topic = topic_of(scores.framework.topics, node.code)
    loss = loss_of(tree, node)
    above = Node(scores.framework.parent(node.code))
    return Weakness(
        node,
        score,
        reasons,
        topic.no if topic else None,
        pattern_of(scores, node, score, respondents),
        loss,
        None if loss is not None else loss_of(tree, above),
    )


def pattern_of(scores: Scores, node: Node, score: Fraction, respondents: dict[str, Respondents]) -> Pattern:
    """Return the way the item lost its points."""
    leaf = scores.framework.by_code[node.code]
    if isinstance(leaf, Item):
        return "missing" if score == 0 else "incomplete"
    if not isinstance(leaf, Question):
        return "any"
    if leaf.polarity == "negative":
        return "observed"
    reading, _ = reading_of(scores, node, respondents)
    lost = reading.lost_by_option() if reading else None
    absent = scores.framework.scale_by_code[leaf.scale].absent_option
    whole = sum(lost.values()) if lost else Fraction(0)
    if not lost or not whole or not absent:
        return "any"
    return "absent" if 2 * lost.get(absent, Fraction(0)) >= whole else "practice"


def reading_of(
    scores: Scores, node: Node, respondents: dict[str, Respondents]
) -> tuple[Distribution | None, bool]:
    """Return the distribution to explain a question with, and whether it is the proposed reading.

    A misprinted distribution is read as the only repair that satisfies every constraint, where there
    is exactly one; whoever shows it must say that it is a proposal.
    """
    distribution = scores.distributions.get(node)
    if distribution is None or distribution.adds_up:
        return distribution, False
    group = respondents.get(group_of(scores.framework, node))
    proposal, _ = proposed_shares(scores, node, distribution, group)
    if proposal is None:
        return None, False
    return distribution.as_proposed(proposal, group.n if group else None), True


def find_reference(scores: Scores) -> Reference | None:
    """Return the mean scores of the agencies of the same type in the same year, if there are enough."""
    peers, least = Peers.of(scores.record.peers), load_rules().peers_min
    if len(peers) < least:
        return None
    means = {node: peers.mean(node, least) for node in leaf_scores(scores)}
    return Reference(len(peers), {node: mean for node, mean in means.items() if mean is not None})


def low_lists(scores: Scores, tree: LossNode | None, length: int = 5) -> LowLists:
    """Return the three lists side by side, at most ``length`` items each; full scores are left out."""
    found = {node: score for node, score in leaf_scores(scores).items() if score < FULL}
    losses = {node: loss_of(tree, node) for node in found}
    told = {node: loss for node, loss in losses.items() if loss}
    reference = find_reference(scores)
    gaps = None
    if reference is not None:
        below = [Gap(n, s, reference.means[n]) for n, s in found.items() if n in reference.means]
        gaps = tuple(sorted((g for g in below if g.gap > 0), key=lambda g: -g.gap)[:length])
    return LowLists(
        tuple(sorted(found.items(), key=lambda entry: entry[1])[:length]),
        tuple(sorted(told.items(), key=lambda entry: -entry[1])[:length]),
        tuple(node for node, loss in losses.items() if loss is None),
        gaps,
        reference,
    )


# ---------------------------------------------------------------- planner


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
