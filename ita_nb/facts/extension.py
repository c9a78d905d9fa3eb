"""One year on top of another: what may be assumed of a later year, and how a short file extends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ita_nb.facts.crosschecks import LEVEL, all_facts, unknown_nodes, used_scales
from ita_nb.facts.framework import TOTAL, Framework
from ita_nb.facts.kinds import Gap

EXTENDS = "extends"
# What is true of one round only. Codes of published items move every year, so that none is taken over.
_OF_ONE_YEAR: dict[str, Any] = {
    "items": [],
    "open_lists": [],
    "sub_indicators": [],
    "calendar": {"results": None, "source": [], "confidence": "unknown"},
}
_BOOKKEEPING = {"fiscal_year", "summary_th", "sources", "changes", "gaps_th", "carried"}
_AS_IN = "ตามปี"
_UNSURE = "ยังไม่พบเอกสารของปีนี้ จึงไม่ทราบว่า{what}เปรียบเทียบกับปีก่อนหน้าได้หรือไม่"


def extended(base: dict[str, Any], own: Mapping[str, Any], fiscal_year: int) -> dict[str, Any]:
    """Return the facts of ``base`` with the blocks that ``own`` has in their place, both as read.

    Where ``base`` is of another year its blocks are marked as taken over (``carried``), every fact in them as
    derived.
    """
    own = {name: value for name, value in own.items() if name != EXTENDS}
    if not base:
        return own
    before = base["fiscal_year"]
    taken = base if before == fiscal_year else _assumed(base, before, fiscal_year)
    carried = {name: year for name, year in taken.get("carried", {}).items() if name not in own}
    merged = {**taken, **own, "carried": carried}
    if isinstance(merged["sources"], dict):
        merged["sources"] = {**taken["sources"], **merged["sources"]}
    return merged


def _assumed(base: dict[str, Any], before: int, fiscal_year: int) -> dict[str, Any]:
    taken = {name: _derived(value, before) for name, value in base.items()} | _OF_ONE_YEAR
    publication = taken["publication"]
    for name in ("measures_item", "report_item"):
        publication = {**publication, name: {**publication[name], "code": None, "title_th": None}}
    nothing = {"source": [], "confidence": "unknown"}
    changes = [
        {"node": node, "text_th": _UNSURE.format(what=what), **nothing}
        for node, what in ((TOTAL, "คะแนน"), (LEVEL, "ชื่อและเกณฑ์ของระดับ"))
    ]
    summary = f"ใช้ข้อเท็จจริงของปี {before} ที่ยังไม่ยืนยันสำหรับปีนี้ ยังไม่ทราบรายการข้อมูลเปิดเผย"
    carried = dict.fromkeys(base.keys() - _OF_ONE_YEAR.keys() - _BOOKKEEPING, before)
    own = {"fiscal_year": fiscal_year, "summary_th": summary, "carried": carried | base.get("carried", {})}
    return {**taken, "publication": publication, "changes": changes, **own}


def _derived(value: Any, before: int) -> Any:
    """Mark every fact inside as derived from an earlier year; what was unknown stays unknown."""
    if isinstance(value, list):
        return [_derived(member, before) for member in value]
    if not isinstance(value, dict):
        return value
    found = {key: _derived(member, before) for key, member in value.items()}
    for key in ("confidence", "scale_confidence"):
        if found.get(key, "unknown") != "unknown":
            found[key] = "derived"
    if found.get("confidence") == "derived" and not found.get("note_th", "").startswith(_AS_IN):
        found["note_th"] = f"{_AS_IN} {before}"  # its own note speaks of that year
    return found


def fitted(f: Framework, own: Mapping[str, Any]) -> Framework:
    """Leave out of the blocks that ``own`` does not give what fits no more, and declare what is unknown."""
    used = used_scales(f)
    if "topics" not in own:
        f = f.changed(topics=f.known_topics())
    if "scales" not in own:
        f = f.changed(scales=tuple(scale for scale in f.scales if scale.code in used))
    # What contradicts itself is told by the checks.
    sound = used <= {*f.scale_by_code} and {f.parent(c) for c in f.by_code} <= {TOTAL, *f.groups}
    if "gaps_th" not in own and sound:
        f = f.changed(gaps_th=tuple(_gaps(f)))
    cited = {key for fact in all_facts(f) for key in fact.source} | {*own.get("sources", ())}
    return f.changed(sources={key: source for key, source in f.sources.items() if key in cited})


def _gaps(f: Framework) -> Iterator[Gap]:
    unknown = unknown_nodes(f)
    for gap in f.gaps_th:
        nodes = tuple(
            node
            for node in gap.nodes
            if node in unknown or node in f.groups or (node == LEVEL and not f.levels)
        )
        if nodes or not gap.nodes:
            yield gap.model_copy(update={"nodes": nodes})
    undeclared = unknown - {node for gap in f.gaps_th for node in gap.nodes}
    if undeclared:
        nodes = tuple(sorted(undeclared))
        yield Gap(nodes=nodes, text_th="รายการภายใน น้ำหนัก หรือถ้อยคำของข้อเหล่านี้ในปีนี้")
