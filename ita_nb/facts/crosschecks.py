"""The cross-checks of a facts file, both ways; each yields the offender by name and what is wrong (Thai)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from ita_nb.facts.forms import load_forms
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import LEVEL, TOTAL, all_facts

# The code or name of the offender, and the sentence that names it.
Offences = Iterable[tuple[str, str]]


def checks(f: Framework) -> Iterator[Offences]:
    """Yield what each check finds: a later one may rely on what an earlier one assured."""
    codes = [n.code for n in (*f.instruments, *f.indicators, *f.sub_indicators)]
    codes += [n.code for n in (*f.questions, *f.items)]
    yield ((c, f"รหัส {c} กำหนดไว้สองครั้ง") for c in _twice(codes))
    yield _parents_without_children(f)
    yield _scales(f)
    yield _weights(f)
    placed = [code for topic in f.topics for code in topic.items]
    yield [
        *((c, f"ประเด็นระบุข้อ {c} ซึ่งไม่มี") for c in placed if c not in f.leaves),
        *((c, f"{c} อยู่ในสองประเด็น") for c in _twice(placed)),
    ]
    required = [item.code for item in (f.publication.measures_item, f.publication.report_item) if item.code]
    yield ((c, f"publication ระบุข้อ {c} ซึ่งไม่มี") for c in required if c not in f.leaves)
    yield _forms(f)
    known = {TOTAL, LEVEL, *f.by_code}
    yield ((c.node, f"changes ระบุ {c.node} ซึ่งไม่มี") for c in f.changes if c.node not in known)
    concepts = [n.concept for n in f.leaves.values() if n.concept]
    yield ((c, f"concept {c} ใช้กับสองข้อ") for c in _twice(concepts))
    yield _sources(f)
    yield _gaps(f)
    yield _levels(f)


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _parents_without_children(f: Framework) -> Offences:
    parents = {code: f.parent(code) for code in f.by_code}
    strange = {code: parent for code, parent in parents.items() if parent not in {TOTAL, *f.groups}}
    yield from ((c, f"{c} อยู่ภายใต้ {parent} ซึ่งไม่มี") for c, parent in strange.items())
    subs = {s.code: s.indicator for s in f.sub_indicators}
    yield from (
        (item.code, f"{item.code} อยู่ภายใต้ {item.sub_indicator} ซึ่งไม่ใช่ส่วนของ {item.indicator}")
        for item in f.items
        if item.sub_indicator and subs.get(item.sub_indicator) != item.indicator
    )
    # Nothing below a group is known only where the file says so.
    full = {*parents.values(), *_declared(f)}
    yield from ((code, f"{code} ไม่มีข้อที่อยู่ภายใน") for code in f.groups if code not in full)


def _weights(f: Framework) -> Offences:
    for parent in (TOTAL, *f.groups):
        weights = [f.by_code[c].weight for c in f.by_code if f.parent(c) == parent]
        known = [w for w in weights if w is not None]
        if known and (len(known) < len(weights) or sum(known) != 1):
            yield (
                "instruments" if parent == TOTAL else parent,
                f"น้ำหนักภายใน {parent} รวมกันได้ {sum(known)} ที่คาดไว้คือ 1",
            )
    for instrument in f.instruments:
        known = [p.weight for p in instrument.parts if p.weight is not None]
        if known and len(known) == len(instrument.parts) and sum(known) != 1:
            yield instrument.code, f"น้ำหนักของส่วนต่าง ๆ ของ {instrument.code} รวมกันไม่ได้ 1"


def used_scales(f: Framework) -> set[str]:
    """Return the scales on which something of the year is scored."""
    return {n.scale for n in f.leaves.values()} | {s.scale for q in f.questions for s in q.sub_questions}


def _scales(f: Framework) -> Offences:
    used = used_scales(f)
    yield from ((s, f"ใช้ scale {s} แต่ไม่ได้กำหนดไว้") for s in sorted(used - set(f.scale_by_code)))
    yield from ((s, f"กำหนด scale {s} แต่ไม่ได้ใช้") for s in sorted(set(f.scale_by_code) - used))
    yield from (
        (scale.code, f"scale {scale.code} ไม่มีตัวเลือก {scale.absent_option}")
        for scale in f.scales
        if scale.absent_option not in {"", *(o.label_th for o in scale.options or ())}
    )


def _forms(f: Framework) -> Offences:
    forms, known = f.publication.forms, load_forms()
    own = {kind: getattr(forms, kind) for kind in ("analysis", "measures", "progress")}
    strange = {kind: name for kind, name in own.items() if name not in getattr(known, kind)}
    yield from ((name, f"ไม่มีแบบ {kind} ชื่อ {name}") for kind, name in strange.items())
    if forms.analysis == "by_topic" and not f.topics:
        yield "by_topic", "การวิเคราะห์ตามประเด็น (by_topic) ต้องมี topics"


def _sources(f: Framework) -> Offences:
    facts = all_facts(f)
    cited = {key for fact in facts for key in fact.source}
    samples = sorted(key for key, source in f.sources.items() if source.ref.startswith("<"))
    yield from ((k, f"แหล่งที่มา {k} ยังเป็นข้อความตัวอย่าง") for k in samples)
    yield from ((k, f"อ้างแหล่งที่มา {k} แต่ไม่ได้กำหนดไว้") for k in sorted(cited - set(f.sources)))
    yield from ((k, f"กำหนดแหล่งที่มา {k} แต่ไม่ได้อ้าง") for k in sorted(set(f.sources) - cited))
    bare = [fact for fact in facts if not fact.source and fact.confidence != "unknown"]
    names = [getattr(fact, "code", type(fact).__name__) for fact in bare]
    told = zip(names, bare, strict=True)
    yield from ((n, f"{n} มี confidence: {fact.confidence} แต่ไม่มีแหล่งที่มา") for n, fact in told)


def _declared(f: Framework) -> set[str]:
    return {node for gap in f.gaps_th for node in gap.nodes}


def unknown_nodes(f: Framework) -> set[str]:
    """Return the codes of which something is unknown, so that an entry of ``gaps_th`` has to name them."""
    missing = {code for code in f.leaves if f.title(code) is None}
    missing |= {q.code for q in f.questions if f.points(q.code) is None and not q.sub_questions}
    missing |= {f.parent(code) for code, node in f.by_code.items() if node.weight is None}
    missing |= {code for code in f.groups if not f.children(code)}
    return missing | {i.code for i in f.instruments for p in i.parts if p.weight is None}


def _gaps(f: Framework) -> Offences:
    missing, declared = unknown_nodes(f), _declared(f)
    undeclared = sorted(missing - declared)
    yield from ((c, f"{c} มีสิ่งที่ยังไม่ทราบ แต่ gaps_th ไม่ได้ระบุ") for c in undeclared)
    known = declared & set(f.leaves) - missing
    yield from ((c, f"gaps_th ระบุ {c} ซึ่งทราบครบแล้ว") for c in sorted(known))
    strange = declared - {TOTAL, LEVEL, *f.by_code}
    yield from ((c, f"gaps_th ระบุ {c} ซึ่งไม่มี") for c in sorted(strange))


def _levels(f: Framework) -> Offences:
    # The level rule is tested in the order of the file: a higher bound after a lower one could never apply.
    yield from (
        (below.name_th, f"ระดับ {below.name_th} อยู่หลัง {above.name_th} แต่กำหนดคะแนนสูงกว่า")
        for above, below in pairwise(f.levels)
        if below.total_min > above.total_min
    )
    if f.levels and f.levels[-1].total_min != 0:
        yield f.levels[-1].name_th, f"ระดับสุดท้าย {f.levels[-1].name_th} ไม่ได้เริ่มที่ 0"
    if not f.levels and LEVEL not in _declared(f):
        yield "levels", f"ไม่มีระดับผล และ gaps_th ไม่ได้ระบุ {LEVEL}"
