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

from ita_nb.analysis.scores import FULL, Estimate, Scores
from ita_nb.facts.kinds import TOTAL, Indicator, Node, Question

Kind = Literal["total", "instrument", "indicator", "sub_indicator", "question", "item", "option", "remainder"]


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


def loss_tree(scores: Scores) -> LossNode | None:
    """Return the tree of lost points, or ``None`` when the total can neither be recomputed nor is stated.

    It stands on the recomputed total: a stated total that contradicts its own parts explains nothing.
    """
    recomputed = scores.recomputed(Node(TOTAL))
    total = recomputed.estimate if recomputed else scores.printed(Node(TOTAL))
    if total is None:
        return None
    instruments = [_instrument(scores, i.code) for i in scores.framework.instruments]
    return _closed(Node(TOTAL), "total", total.value, FULL - total.value, [i for i in instruments if i])


def _instrument(scores: Scores, code: str) -> LossNode | None:
    recomputed = scores.recomputed(Node(code))
    estimate = recomputed.estimate if recomputed else scores.printed(Node(code))
    if estimate is None:
        return None
    return _weighed(scores, Node(code), "instrument", estimate, _below(scores, code))


def _below(scores: Scores, code: str) -> list[LossNode]:
    """Return the nodes under a group, of which a score is known."""
    found: list[LossNode | None] = []
    for child in scores.framework.children(code):
        if child in scores.framework.leaves:
            found += [_leaf(scores, node) for node in _scored(scores, child)]
        else:
            found.append(_group(scores, child))
    return [node for node in found if node]


def _group(scores: Scores, code: str) -> LossNode | None:
    """Return an indicator or sub-indicator with what stands under it."""
    estimate = scores.best(Node(code))
    if estimate is None:
        return None
    kind: Kind = "indicator" if isinstance(scores.framework.by_code[code], Indicator) else "sub_indicator"
    return _weighed(scores, Node(code), kind, estimate, _below(scores, code))


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
    kind: Kind = "question" if isinstance(framework.leaves[node.code], Question) else "item"
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


def _weighed(
    scores: Scores, node: Node, kind: Kind, estimate: Estimate, children: list[LossNode]
) -> LossNode:
    weight = scores.framework.weight_in_total(node.code)
    loss = weight * (FULL - estimate.value) if weight is not None else None
    return _closed(node, kind, estimate.value, loss, children)


def _closed(
    node: Node, kind: Kind, score: Fraction, loss: Fraction | None, children: list[LossNode]
) -> LossNode:
    """Add what the children do not explain as a remainder, so that every level adds up exactly."""
    if loss is not None and children:
        rest = loss - sum(child.loss or 0 for child in children)
        if rest or any(child.loss is None for child in children):
            children = [*children, LossNode(node, "remainder", None, rest)]
    return LossNode(node, kind, score, loss, tuple(children))


def loss_of(tree: LossNode | None, node: Node) -> Fraction | None:
    """Return the points of the total that a node lost, or ``None`` where that cannot be told."""
    found = (
        [n for n in tree.walk() if n.node == node and n.kind not in {"option", "remainder"}] if tree else []
    )
    return found[0].loss if found else None


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
    if distribution is None or distribution.score is None or lost is None or weight is None:
        return None
    if not option or not lost.get(option) or distribution.points[option] != 0:
        return None
    rest = [
        (s, distribution.points[a.option])
        for s, a in zip(distribution.shares, distribution.answers, strict=True)
    ]
    kept = [(s, p) for (s, p), a in zip(rest, distribution.answers, strict=True) if a.option != option]
    whole = sum(s for s, _ in kept)
    if not whole:
        return None
    score = sum((s * p for s, p in kept), Fraction(0)) / whole
    return WithoutAbsent(
        node, option, score, (score - distribution.score) * weight, lost[option] / sum(lost.values())
    )
