"""Where the points went: an exact tree from the total down to the single answer.

The loss of option k is p_k (100 - s_k); times the weight of its question it is a share of the points
that the total lost. For a linear index this is the Shapley value against a full score, so the tree
needs no other method. What cannot be told apart stands as a remainder, never as a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ita_nb.analysis.scores import FULL, Scores
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Indicator, Instrument, Item, Node, Question, SubIndicator

Kind = Literal["total", "instrument", "indicator", "sub_indicator", "question", "item", "option", "remainder"]


_KINDS: dict[type, Kind] = {
    Instrument: "instrument",
    Indicator: "indicator",
    SubIndicator: "sub_indicator",
    Question: "question",
    Item: "item",
}


def kind_of(framework: Framework, code: str) -> Kind:
    """Return what a node of the score tree is."""
    return _KINDS[type(framework.by_code[code])] if code in framework.by_code else "total"


@dataclass(frozen=True)
class LossNode:
    """A node of the tree. ``loss`` is in points of the total; ``None`` where it cannot be told apart.

    The losses of the children add up to the loss of their parent, exactly. ``score`` is 0-100;
    ``option`` names the answer of an option node.
    """

    node: Node
    kind: Kind
    score: Fraction | None
    loss: Fraction | None
    children: tuple[LossNode, ...] = ()
    option: str = ""

    def walk(self) -> Iterator[LossNode]:
        """Yield this node and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def loss_tree(scores: Scores, code: str = TOTAL) -> LossNode | None:
    """Return the tree of lost points, or ``None`` when the total can neither be recomputed nor is stated.

    It stands on the recomputed total: a stated total that contradicts its own parts explains nothing. Below
    it the same is asked of each instrument, indicator and sub-indicator.
    """
    framework = scores.framework
    kind = kind_of(framework, code)
    estimate = scores.judged(Node(code)) if kind in {"total", "instrument"} else scores.best(Node(code))
    if estimate is None:
        return None
    below: list[LossNode | None] = []
    for child in framework.children(code):
        is_leaf = child in framework.leaves
        below += [_leaf(scores, n) for n in _scored(scores, child)] if is_leaf else [loss_tree(scores, child)]
    weight, children = framework.weight_in_total(code), [child for child in below if child]
    loss = weight * (FULL - estimate.value) if weight is not None else None
    if loss is not None and children:
        # What the children do not explain is a remainder, so that every level adds up exactly.
        rest = loss - sum(child.loss or 0 for child in children)
        if rest or any(child.loss is None for child in children):
            children.append(LossNode(Node(code), "remainder", None, rest))
    return LossNode(Node(code), kind, estimate.value, loss, tuple(children))


def _scored(scores: Scores, code: str) -> list[Node]:
    """Return the parts of a question where they are printed, else the whole: never both."""
    parts = [Node(code, part) for part in scores.framework.parts_of(code)]
    return parts if any(scores.printed(node) for node in parts) else [Node(code)]


def _leaf(scores: Scores, node: Node) -> LossNode | None:
    score = _leaf_score(scores, node)
    if score is None:
        return None
    framework = scores.framework
    weight = framework.weight_in_total(node.code, node.part)
    kind = kind_of(framework, node.code)
    if weight is None:
        # Full marks lose nothing whatever the weight; otherwise the loss cannot be told apart.
        return LossNode(node, kind, score, Fraction(0) if score == FULL else None)
    distribution = scores.distributions.get(node)
    lost = distribution.lost_by_option() if distribution else None
    options = tuple(
        LossNode(node, "option", None, weight * points, option=option)
        for option, points in (lost or {}).items()
        if points
    )
    return LossNode(node, kind, score, weight * (FULL - score), options)


def _leaf_score(scores: Scores, node: Node) -> Fraction | None:
    """Return the exact score from counted answers where it prints as the stated one, else the stated one."""
    printed, distribution = scores.printed(node), scores.distributions.get(node)
    exact = distribution.score if distribution else None
    if exact is not None and (printed is None or printed.low <= exact <= printed.high):
        return exact
    return printed.value if printed else None


def loss_of(tree: LossNode | None, node: Node) -> Fraction | None:
    """Return the points of the total that a node lost, or ``None`` where that cannot be told."""
    nodes = tree.walk() if tree else ()
    return next((n.loss for n in nodes if n.node == node and n.kind not in {"option", "remainder"}), None)


def lost_parts(tree: LossNode | None) -> list[LossNode]:
    """Return the nodes that together hold all lost points: indicators, and what stands above them alone.

    An instrument without indicators, and what the levels above cannot explain, are parts of their own.
    There are none where not a single point can be told apart.
    """
    parts: list[LossNode] = []
    for node in tree.children if tree else ():
        below = [c for c in node.children if c.kind == "indicator"]
        parts += [*below, *(c for c in node.children if c.kind == "remainder")] if below else [node]
    told = [part for part in parts if part.loss is not None]
    return told if any(part.kind != "remainder" for part in told) else []


@dataclass(frozen=True)
class WithoutAbsent:
    """An unofficial rescoring of one question without those who chose "does not exist".

    ``score`` is the question's score (0-100), ``total_gain`` what the total would gain;
    ``absent_share`` the share of the question's lost points that came through that option.
    """

    node: Node
    option: str
    score: Fraction
    total_gain: Fraction
    absent_share: Fraction


def without_absent(scores: Scores, node: Node) -> WithoutAbsent | None:
    """Rescore a question without its ambiguous option ("ไม่มี" scored as zero on a positive question).

    ``None`` when the question has no such option, lost nothing by it, or has no usable distribution.
    """
    distribution = scores.distributions.get(node)
    leaf = scores.framework.leaves[node.code]
    option = scores.framework.scale_by_code[leaf.scale].absent_option
    lost = distribution.lost_by_option() if distribution else None
    weight = scores.framework.weight_in_total(node.code, node.part)
    if distribution is None or distribution.score is None or not lost or weight is None:
        return None
    if not option or not lost.get(option) or distribution.points[option] != 0:
        return None
    shares = zip(distribution.answers, distribution.shares, strict=True)
    kept = {a.option: share for a, share in shares if a.option != option}
    if not any(kept.values()):
        return None
    points = sum((share * distribution.points[o] for o, share in kept.items()), Fraction(0))
    score = points / sum(kept.values())
    return WithoutAbsent(
        node, option, score, (score - distribution.score) * weight, lost[option] / sum(lost.values())
    )
