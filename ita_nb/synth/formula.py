"""The official formula upwards: from drawn answers and items to every score of the result page.

Exact until a score is printed, then rounded half up to the decimals of the year, as real pages are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from ita_nb.facts.framework import TOTAL, Framework, Group
from ita_nb.facts.kinds import Indicator, Item, SubIndicator
from ita_nb.intake.record import Node

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


def items_count_alike(framework: Framework) -> tuple[str, ...]:
    """Return the groups whose published items count alike because their weights are unknown."""
    return tuple(code for code in framework.groups if _plain_below(framework, code))


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
