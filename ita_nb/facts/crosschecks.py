"""The cross-checks of a facts file, both ways; each yields the offenders by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ita_nb.facts.framework import (
    TOTAL,
    Fact,
    Framework,
    Indicator,
    Instrument,
    Item,
    Question,
    Value,
)


def _nodes(f: Framework) -> list[Instrument | Indicator | Question | Item]:
    return [*f.instruments, *f.indicators, *f.questions, *f.items]


def _groups(f: Framework) -> list[Instrument | Indicator]:
    return [*f.instruments, *f.indicators]


def _codes_are_unique(f: Framework) -> Iterable[str]:
    codes = [n.code for n in _nodes(f)]
    yield from (f"code {c} is defined twice" for c in sorted({c for c in codes if codes.count(c) > 1}))


def _parents_exist_and_have_children(f: Framework) -> Iterable[str]:
    for code in f.by_code:
        if f.parent(code) not in {TOTAL, *f.by_code}:
            yield f"{code} has the parent {f.parent(code)}, which does not exist"
    parents = {f.parent(code) for code in f.by_code}
    yield from (f"{n.code} has no children" for n in _groups(f) if n.code not in parents)


def _weights_sum_to_one(f: Framework) -> Iterable[str]:
    for parent in (TOTAL, *(n.code for n in _groups(f))):
        weights = [f.by_code[c].weight for c in f.by_code if f.parent(c) == parent]
        known = [w for w in weights if w is not None]
        if known and (len(known) < len(weights) or sum(known) != 1):
            yield f"the weights inside {parent} sum to {sum(known)}, expected 1"
    for instrument in f.instruments:
        if instrument.parts and sum(p.weight for p in instrument.parts) != 1:
            yield f"the weights of the parts of {instrument.code} do not sum to 1"


def _scales_are_defined_and_used(f: Framework) -> Iterable[str]:
    used = {n.scale for n in f.leaves.values()}
    yield from (f"scale {s} is used but not defined" for s in sorted(used - set(f.scale_by_code)))
    yield from (f"scale {s} is defined but not used" for s in sorted(set(f.scale_by_code) - used))
    for scale in f.scales:
        if scale.absent_option and scale.absent_option not in {o.label_th for o in scale.options or ()}:
            yield f"scale {scale.code} has no option {scale.absent_option}"


def _topics_name_known_leaves(f: Framework) -> Iterable[str]:
    placed = [code for topic in f.topics for code in topic.items]
    yield from (f"topic item {c} does not exist" for c in placed if c not in f.leaves)
    yield from (f"{c} stands in two topics" for c in sorted({c for c in placed if placed.count(c) > 1}))


def _required_items_exist(f: Framework) -> Iterable[str]:
    # The documents of one round may be asked for by the items of the next: only known codes can be checked.
    for item in (f.publication.measures_item, f.publication.report_item):
        if item.code not in f.leaves:
            yield f"the item {item.code} of the publication rules does not exist"


def _sources_are_defined_and_used(f: Framework) -> Iterable[str]:
    facts = list(_all_facts(f))
    cited = {key for fact in facts for key in fact.source}
    cited |= {k for i in (f.publication.measures_item, f.publication.report_item) for k in i.required_source}
    yield from (f"source {k} is cited but not defined" for k in sorted(cited - set(f.sources)))
    yield from (f"source {k} is defined but not cited" for k in sorted(set(f.sources) - cited))
    for fact in facts:
        if not fact.source and fact.confidence != "unknown":
            yield f"{getattr(fact, 'code', type(fact).__name__)} is {fact.confidence} but has no source"


def _gaps_are_declared(f: Framework) -> Iterable[str]:
    declared = {gap.node for gap in f.gaps_th}
    missing = {q.code for q in f.questions if q.text_th is None or f.points(q.code) is None}
    missing |= {f.parent(i.code) for i in f.items if i.weight is None}
    yield from (f"{c} has an unknown fact but no entry in gaps_th" for c in sorted(missing - declared))
    yield from (
        f"gaps_th names {c}, of which everything is known" for c in sorted(declared & set(f.leaves) - missing)
    )


def _levels_descend(f: Framework) -> Iterable[str]:
    # The level rule is tested in the order of the file: a higher bound after a lower one could never apply.
    for above, below in zip(f.levels, f.levels[1:], strict=False):
        if below.total_min > above.total_min:
            yield f"level {below.name_th} stands after {above.name_th} but asks for more"
    if f.levels and f.levels[-1].total_min != 0:
        yield f"the last level {f.levels[-1].name_th} does not begin at 0"


def _all_facts(value: object) -> Iterable[Fact]:
    if isinstance(value, Fact):
        yield value
    if isinstance(value, Value):
        for name in type(value).model_fields:
            yield from _all_facts(getattr(value, name))
    elif isinstance(value, tuple):
        for member in value:
            yield from _all_facts(member)


CHECKS: tuple[Callable[[Framework], Iterable[str]], ...] = (
    _codes_are_unique,
    _parents_exist_and_have_children,
    _scales_are_defined_and_used,
    _weights_sum_to_one,
    _topics_name_known_leaves,
    _required_items_exist,
    _sources_are_defined_and_used,
    _gaps_are_declared,
    _levels_descend,
)
