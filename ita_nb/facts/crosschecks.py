"""The cross-checks of a facts file, both ways; each yields the offenders by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ita_nb.facts.forms import load_forms
from ita_nb.facts.framework import TOTAL, Framework
from ita_nb.facts.kinds import Fact, Item, Question, Value

LEVEL = "level"


def _codes_are_unique(f: Framework) -> Iterable[str]:
    codes = [n.code for n in f.instruments] + [n.code for n in f.indicators]
    codes += [n.code for n in f.sub_indicators] + [n.code for n in f.questions] + [n.code for n in f.items]
    yield from (f"code {c} is defined twice" for c in sorted({c for c in codes if codes.count(c) > 1}))


def _parents_exist_and_have_children(f: Framework) -> Iterable[str]:
    for code in f.by_code:
        if f.parent(code) not in {TOTAL, *f.groups}:
            yield f"{code} has the parent {f.parent(code)}, which does not exist"
    subs = {s.code: s.indicator for s in f.sub_indicators}
    for item in f.items:
        if item.sub_indicator and subs.get(item.sub_indicator) != item.indicator:
            yield f"{item.code} stands under {item.sub_indicator}, which is not part of {item.indicator}"
    # Nothing below a group is known only where the file says so.
    parents = {f.parent(code) for code in f.by_code} | _declared(f)
    yield from (f"{code} has no children" for code in f.groups if code not in parents)


def _weights_sum_to_one(f: Framework) -> Iterable[str]:
    for parent in (TOTAL, *f.groups):
        weights = [f.by_code[c].weight for c in f.by_code if f.parent(c) == parent]
        known = [w for w in weights if w is not None]
        if known and (len(known) < len(weights) or sum(known) != 1):
            yield f"the weights inside {parent} sum to {sum(known)}, expected 1"
    for instrument in f.instruments:
        weights = [p.weight for p in instrument.parts]
        if weights and None not in weights and sum(w for w in weights if w is not None) != 1:
            yield f"the weights of the parts of {instrument.code} do not sum to 1"


def _scales_are_defined_and_used(f: Framework) -> Iterable[str]:
    used = {n.scale for n in f.leaves.values()} | {s.scale for q in f.questions for s in q.sub_questions}
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
    for item in (f.publication.measures_item, f.publication.report_item):
        if item.code is not None and item.code not in f.leaves:
            yield f"the item {item.code} of the publication rules does not exist"


def _forms_exist(f: Framework) -> Iterable[str]:
    forms, known = f.publication.forms, load_forms()
    for kind in ("analysis", "measures", "progress"):
        name = getattr(forms, kind)
        if name not in getattr(known, kind):
            yield f"there is no {kind} form {name}"
    if forms.analysis == "by_topic" and not f.topics:
        yield "the analysis is by topic, but no topic is given"


def _changes_name_known_nodes(f: Framework) -> Iterable[str]:
    known = {TOTAL, LEVEL, *f.by_code}
    yield from (f"changes name {c.node}, which does not exist" for c in f.changes if c.node not in known)


def _concepts_are_unique(f: Framework) -> Iterable[str]:
    concepts = [n.concept for n in f.leaves.values() if n.concept]
    yield from (f"concept {c} is given twice" for c in sorted({c for c in concepts if concepts.count(c) > 1}))


def _sources_are_defined_and_used(f: Framework) -> Iterable[str]:
    facts = list(_all_facts(f))
    cited = {key for fact in facts for key in fact.source}
    yield from (f"source {k} is cited but not defined" for k in sorted(cited - set(f.sources)))
    yield from (f"source {k} is defined but not cited" for k in sorted(set(f.sources) - cited))
    for fact in facts:
        if not fact.source and fact.confidence != "unknown":
            yield f"{getattr(fact, 'code', type(fact).__name__)} is {fact.confidence} but has no source"


def _declared(f: Framework) -> set[str]:
    return {node for gap in f.gaps_th for node in gap.nodes}


def _gaps_are_declared(f: Framework) -> Iterable[str]:
    missing = {code for code, leaf in f.leaves.items() if _is_unknown(f, leaf)}
    missing |= {f.parent(code) for code, node in f.by_code.items() if node.weight is None}
    missing |= {i.code for i in f.instruments for p in i.parts if p.weight is None}
    declared = _declared(f)
    yield from (f"{c} has an unknown fact but no entry in gaps_th" for c in sorted(missing - declared))
    known = declared & set(f.leaves) - missing
    yield from (f"gaps_th names {c}, of which everything is known" for c in sorted(known))
    strange = declared - {TOTAL, LEVEL, *f.by_code}
    yield from (f"gaps_th names {c}, which does not exist" for c in sorted(strange))


def _is_unknown(f: Framework, leaf: Question | Item) -> bool:
    if isinstance(leaf, Item):
        return leaf.title_th is None
    return leaf.text_th is None or (f.points(leaf.code) is None and not leaf.sub_questions)


def _levels_descend(f: Framework) -> Iterable[str]:
    # The level rule is tested in the order of the file: a higher bound after a lower one could never apply.
    for above, below in zip(f.levels, f.levels[1:], strict=False):
        if below.total_min > above.total_min:
            yield f"level {below.name_th} stands after {above.name_th} but asks for more"
    if f.levels and f.levels[-1].total_min != 0:
        yield f"the last level {f.levels[-1].name_th} does not begin at 0"
    if not f.levels and LEVEL not in _declared(f):
        yield f"no level is given, and gaps_th does not name {LEVEL}"


def _all_facts(value: object) -> Iterable[Fact]:
    if isinstance(value, Fact):
        yield value
    if isinstance(value, Value):
        for name in type(value).model_fields:
            yield from _all_facts(getattr(value, name))
    elif isinstance(value, tuple):
        for member in value:
            yield from _all_facts(member)


def all_facts(framework: Framework) -> tuple[Fact, ...]:
    """Return every fact of a year that carries a source and a confidence."""
    return tuple(_all_facts(framework))


CHECKS: tuple[Callable[[Framework], Iterable[str]], ...] = (
    _codes_are_unique,
    _parents_exist_and_have_children,
    _scales_are_defined_and_used,
    _weights_sum_to_one,
    _topics_name_known_leaves,
    _required_items_exist,
    _forms_exist,
    _changes_name_known_nodes,
    _concepts_are_unique,
    _sources_are_defined_and_used,
    _gaps_are_declared,
    _levels_descend,
)
