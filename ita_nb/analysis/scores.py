"""Rolling scores up the tree, exactly, with the interval that printed rounding allows.

A node is recomputed from printed values, never from recomputed ones where printed ones exist, so
that one slip is found where it is and does not travel. Source of the formulas: the framework file.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal

from ita_nb.analysis.respondents import (
    Distribution,
    Respondents,
    implied_respondents,
    read_distributions,
)
from ita_nb.errors import Confidence
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Instrument, Node, Question, SubIndicator, weakest
from ita_nb.intake.record import Record, StatedScore

FULL = Fraction(100)
# Where a deduced value would be wider than this it says nothing worth printing.
_DEDUCED_WIDTH = Fraction(1, 20)

Layer = Literal[
    "counts",
    "shares",
    "questions",
    "items",
    "sub_indicators",
    "parts",
    "indicators",
    "instruments",
    "ceiling",
]


@dataclass(frozen=True)
class Estimate:
    """A score (0-100) and the interval that the printed rounding of its inputs allows."""

    value: Fraction
    low: Fraction
    high: Fraction

    def clipped(self) -> Estimate:
        """Keep the interval and the value inside 0-100."""
        if self.low.numerator >= 0 and self.high <= FULL and self.low <= self.value <= self.high:
            return self
        low, value, high = (min(max(x, Fraction(0)), FULL) for x in (self.low, self.value, self.high))
        return Estimate(value, low, high)


@dataclass(frozen=True)
class Recomputed:
    """A recomputed score and the layer that it was recomputed from."""

    estimate: Estimate
    layer: Layer


def weighted(terms: Iterable[tuple[Fraction, Estimate]]) -> Estimate:
    """Return the weighted sum of estimates; weights may be negative."""
    known = list(terms)
    ends = [(w, e.low, e.high) if w >= 0 else (w, e.high, e.low) for w, e in known]
    return Estimate(
        _sum_of_products((w, e.value) for w, e in known),
        _sum_of_products((w, low) for w, low, _ in ends),
        _sum_of_products((w, high) for w, _, high in ends),
    )


def _sum_of_products(pairs: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
    """Add up over whole numbers and reduce once: fractions would be reduced at every step."""
    numerator, denominator = 0, 1
    for a, b in pairs:
        below = a.denominator * b.denominator
        common = math.lcm(denominator, below)
        numerator = numerator * (common // denominator) + a.numerator * b.numerator * (common // below)
        denominator = common
    return Fraction(numerator, denominator)


class Scores:
    """All scores of one record under one framework: printed, recomputed, and the best of both."""

    def __init__(self, framework: Framework, record: Record) -> None:
        """Bind a record to the framework of its year; nothing is computed yet."""
        self.framework = framework
        self.record = record
        self._recomputed: dict[Node, Recomputed | None] = {}
        self._printed: dict[Node, Estimate | None] = {}
        self._weights: dict[tuple[str, str], Fraction | None] = {}

    def with_score(self, node: Node, score: StatedScore) -> Scores:
        """Return the same scores with one printed value read differently (the distributions stay)."""
        changed = Scores(self.framework, replace(self.record, scores={**self.record.scores, node: score}))
        changed.respondents, changed.distributions = self.respondents, self.distributions
        # The search for a mistyped score asks hundreds of these: what does not change is taken over.
        changed._weights, changed.weighted_points = self._weights, self.weighted_points
        changed._printed = {other: found for other, found in self._printed.items() if other != node}
        return changed

    @cached_property
    def respondents(self) -> dict[str, Respondents]:
        """The number of respondents of each group, stated or inferred."""
        return implied_respondents(self.framework, self.record)

    @cached_property
    def distributions(self) -> dict[Node, Distribution]:
        """The answer distributions, checked against the implied number of respondents."""
        return read_distributions(self.framework, self.record, self.respondents)

    @cached_property
    def weighted_points(self) -> dict[Node, Fraction]:
        """The instruments that are printed as weighted points (of 30, 30 and 40), with their weights.

        All of them are where they add up to the printed total, which scores of 100 never do; else those that
        are their weight times what their printed indicators give.
        """
        stated, instruments = self.record.scores, self.framework.instruments
        weights = {node: i.weight for i in instruments if (node := Node(i.code)) in stated and i.weight}
        printed = [stated[node] for node in weights]
        total = stated.get(Node(TOTAL))
        if total is not None and total.value and len(weights) == len(instruments):
            off = abs(sum(score.value for score in printed) - total.value)
            if off <= sum(score.half_unit for score in (*printed, total)):
                return weights
        return {node: weight for node, weight in weights.items() if self._is_weighted(node, weight)}

    def _is_weighted(self, node: Node, weight: Fraction) -> bool:
        """Whether a printed instrument is its weight times what its printed indicators give."""
        below, score = self.from_indicators(node.code), self.record.scores[node]
        if below is None or not below.value:
            return False
        return abs(below.value * weight - score.value) <= 2 * score.half_unit

    def from_indicators(self, instrument: str) -> Estimate | None:
        """Return an instrument as its printed indicators give it; ``None`` unless all of them are printed."""
        return self._weigh_printed(instrument, [Node(c) for c in self.framework.children(instrument)])

    def children_range(self, node: Node) -> Estimate | None:
        """Return the lowest and the highest score that any mean of what is printed below a node can have."""
        found = self.ranges_below(node)
        if not found:
            return None
        low, high = max(e.low for e in found), min(e.high for e in found)
        return Estimate((low + high) / 2, low, high) if low <= high else found[0]

    def ranges_below(self, node: Node) -> list[Estimate]:
        """Return the lowest and the highest score of each kind of which all below a node are printed.

        Of a total the instruments and the indicators; of an instrument its indicators and parts; of an
        indicator its parts, and its questions or items.
        """
        return [e for e in (self._all_printed(nodes) for nodes in self._below(node)) if e is not None]

    def total_span(self) -> Estimate | None:
        """Return the totals that the weights allow, whatever the instruments of unknown score are."""
        terms, known = [], 0
        for instrument in self.framework.instruments:
            found = self.best(Node(instrument.code)) or self.children_range(Node(instrument.code))
            known += found is not None
            terms.append((instrument.weight, found or Estimate(FULL / 2, Fraction(0), FULL)))
        complete = self._complete(terms, "instruments") if known else None
        return complete.estimate if complete else None

    def _below(self, node: Node) -> Iterable[list[Node]]:
        f = self.framework
        if node.code == TOTAL:
            yield [Node(i.code) for i in f.instruments]
            yield [Node(i.code) for i in f.indicators]
            return
        yield [Node(i.code, node.part) for i in f.indicators if i.instrument == node.code]
        if node.code in f.groups:
            yield [Node(node.code, part) for part in f.parts_of(node.code) if not node.part]
            yield [Node(child, node.part) for child in f.children(node.code)]

    def _all_printed(self, nodes: list[Node]) -> Estimate | None:
        printed = [self.printed(node) for node in nodes]
        known = [estimate for estimate in printed if estimate is not None]
        if not known or len(known) < len(printed):
            return None
        low, high = min(e.low for e in known), max(e.high for e in known)
        return Estimate((low + high) / 2, low, high)

    def printed(self, node: Node) -> Estimate | None:
        """Return the printed score with half a unit of its last decimal on either side.

        Weighted points are read as the score that they mean.
        """
        if node not in self._printed:
            self._printed[node] = self._print(node)
        return self._printed[node]

    def _print(self, node: Node) -> Estimate | None:
        score = self.record.scores.get(node)
        if score is None:
            return None
        is_instrument = isinstance(self.framework.by_code.get(node.code), Instrument)
        of = self.weighted_points.get(node, Fraction(1)) if is_instrument else Fraction(1)
        low, high = score.value - score.half_unit, score.value + score.half_unit
        return Estimate(score.value / of, low / of, high / of).clipped()

    def best(self, node: Node) -> Estimate | None:
        """Return the printed score, else the recomputed one; of weighted points the recomputed one first."""
        printed, recomputed = self.printed(node), self.recomputed(node)
        if recomputed is not None and (printed is None or node in self.weighted_points):
            return recomputed.estimate
        return printed

    def recomputed(self, node: Node) -> Recomputed | None:
        """Return the score recomputed by the rule of this module, or ``None`` where nothing allows it."""
        if node not in self._recomputed:
            self._recomputed[node] = self._recompute(node)
        return self._recomputed[node]

    def confidence(self, node: Node, layer: Layer) -> Confidence:
        """Return how sure the facts are by which a node is recomputed from a layer: the weakest of them."""
        f = self.framework
        found: list[Confidence] = [f.averaging.confidence]
        if layer in {"counts", "shares"}:
            asked = f.leaves[node.code]
            found += [f.scale_by_code[asked.scale].confidence]
            found += [asked.scale_confidence] if isinstance(asked, Question) else []
        elif layer == "parts":
            instrument = f.by_code[f.instrument_of(node.code)]
            found += [p.confidence for p in instrument.parts] if isinstance(instrument, Instrument) else []
        elif node.code in f.groups and f.parent(node.code) != TOTAL:
            found.append(f.by_code[node.code].confidence)
        else:
            inside = [i for i in f.indicators if node.code in {TOTAL, i.instrument}]
            found += [i.confidence for i in inside if layer == "indicators"]
            found += [f.weights_confidence] if node.code == TOTAL else []
        return weakest(found if layer != "ceiling" else found[:1])

    def nodes(self) -> list[Node]:
        """Every node that is printed, or recomputed from printed values below it, from the total down."""
        framework = self.framework
        every = [Node(TOTAL)]
        for code in framework.by_code:
            every.append(Node(code))
            every += [Node(code, part) for part in framework.parts_of(code)]
        return [node for node in every if self._from_below(node) is not None]

    def _from_below(self, node: Node) -> Estimate | None:
        """Return the best score that was not deduced from a node above: rolling up must not go in circles."""
        recomputed = self.recomputed(node)
        if self.printed(node) is None and recomputed is not None and recomputed.layer == "ceiling":
            return None
        return self.best(node)

    # ------------------------------------------------------------------ one rule a kind of node

    def _recompute(self, node: Node) -> Recomputed | None:
        if node.code == TOTAL:
            return self._of_total()
        if node.code in self.framework.leaves:
            return self._of_leaf(node)
        if self.framework.parent(node.code) == TOTAL:
            return self._of_part(node) if node.part else self._of_instrument(node.code)
        return self._of_indicator(node)

    def _layer_below(self, code: str) -> Layer:
        """Name what a group is recomputed from: what stands one level below it."""
        below = [self.framework.by_code[c] for c in self.framework.children(code)]
        if any(isinstance(node, SubIndicator) for node in below):
            return "sub_indicators"
        if any(node.code in self.framework.groups for node in below):
            return "indicators"
        return "questions" if any(isinstance(node, Question) for node in below) else "items"

    def _of_total(self) -> Recomputed | None:
        indicators = [i.code for i in self.framework.indicators]
        printed = self._weigh_printed(TOTAL, [Node(code) for code in indicators])
        if printed:
            return Recomputed(printed, "indicators")
        instruments = [(i.weight, self._best_of_instrument(i.code)) for i in self.framework.instruments]
        return self._complete(instruments, "instruments")

    def _of_instrument(self, code: str) -> Recomputed | None:
        children = self.framework.children(code)
        printed = self.from_indicators(code)
        if printed:
            return Recomputed(printed, "indicators")
        parts = self._from_printed_parts(code)
        if parts:
            return Recomputed(parts, "parts")
        terms = [(self._inside(c, code), self._from_below(Node(c))) for c in children]
        return self._complete(terms, self._layer_below(code))

    def _of_part(self, node: Node) -> Recomputed | None:
        """Part p of an instrument: what its printed indicators leave for it, else its own indicators."""
        framework = self.framework
        children = framework.children(node.code)
        whole = self.from_indicators(node.code)
        others = [Node(node.code, part) for part in framework.parts_of(node.code) if part != node.part]
        printed = [(framework.part_weight(node.code, o.part), self.printed(o)) for o in others]
        known = [(-w, estimate) for w, estimate in printed if w is not None and estimate is not None]
        share = framework.part_weight(node.code, node.part)
        if whole and share and len(known) == len(others):
            rest = weighted([(Fraction(1), whole), *known])
            scaled = Estimate(rest.value / share, rest.low / share, rest.high / share)
            return Recomputed(scaled.clipped(), "indicators")
        terms = [(self._inside(c, node.code), self._from_below(Node(c, node.part))) for c in children]
        return self._complete(terms, "indicators")

    def _of_indicator(self, node: Node) -> Recomputed | None:
        framework = self.framework
        children = framework.children(node.code)
        terms = [(framework.by_code[c].weight, self._from_below(Node(c, node.part))) for c in children]
        own = self._complete(terms, self._layer_below(node.code))
        if own or node.part:
            return own or self._ceiling(node)
        instrument = framework.parent(node.code)
        # A part deduced from the whole part of the instrument does not stem from this indicator.
        parts = [
            (framework.part_weight(instrument, part), self.best(Node(node.code, part)))
            for part in framework.parts_of(node.code)
        ]
        return self._complete(parts, "parts") or self._ceiling(node)

    def _of_leaf(self, node: Node) -> Recomputed | None:
        distribution = self.distributions.get(node)
        if distribution is not None and distribution.score is not None:
            low, high = distribution.score_interval()
            layer: Layer = "counts" if distribution.counts else "shares"
            return Recomputed(Estimate(distribution.score, low, high), layer)
        return self._ceiling(node)

    # ------------------------------------------------------------------ pieces

    def _ceiling(self, node: Node) -> Recomputed | None:
        """A mean of 100 leaves no room: every part of it is 100."""
        parent = Node(self.framework.parent(node.code), node.part)
        if parent.code == TOTAL:
            return None
        above = self.printed(parent)
        if above is None:
            deduced = self._ceiling(parent)
            above = deduced.estimate if deduced else None
        if above is None or above.value != FULL:
            return None
        weight = self.framework.by_code[node.code].weight
        low = FULL - (FULL - above.low) / weight if weight else FULL
        return Recomputed(Estimate(FULL, low, FULL), "ceiling") if FULL - low <= _DEDUCED_WIDTH else None

    def _best_of_instrument(self, code: str) -> Estimate | None:
        return self.printed(Node(code)) or self._from_printed_parts(code) or self._from_below(Node(code))

    def _from_printed_parts(self, code: str) -> Estimate | None:
        parts = self.framework.parts_of(code)
        terms = [(self.framework.part_weight(code, p), self.printed(Node(code, p))) for p in parts]
        complete = self._complete(terms, "parts")
        return complete.estimate if complete else None

    def _weigh_printed(self, parent: str, nodes: list[Node]) -> Estimate | None:
        """Weigh nodes up to ``parent``; ``None`` unless every one of them is printed."""
        complete = self._complete(
            [(self._inside(n.code, parent), self.printed(n)) for n in nodes], "indicators"
        )
        return complete.estimate if complete else None

    def _inside(self, code: str, ancestor: str) -> Fraction | None:
        if (code, ancestor) not in self._weights:
            own, above = self.framework.weight_in_total(code), self.framework.weight_in_total(ancestor)
            self._weights[code, ancestor] = own / above if own is not None and above else None
        return self._weights[code, ancestor]

    @staticmethod
    def _complete(
        terms: Sequence[tuple[Fraction | None, Estimate | None]], layer: Layer
    ) -> Recomputed | None:
        known = [(w, e) for w, e in terms if w is not None and e is not None]
        if not terms or len(known) < len(terms):
            return None
        return Recomputed(weighted(known).clipped(), layer)
