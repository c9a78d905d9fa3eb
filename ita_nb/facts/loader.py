"""Loading the facts of a fiscal year: what the files say that speak of it, put on top of each other.

The package has a file a year in ``frameworks/``; a workspace may bring its own in ``facts/``. A file
*extends* a year block by block (:func:`ita_nb.facts.loader.extended`): that of a workspace the package's
file of the same year, or, where there is none, the nearest earlier year; ``extends`` names another one. The
year after a known one needs no file at all. What is taken over from another year is marked as derived. The
result is checked both ways (weights sum to 1, every parent exists, every scale is defined and used, every gap
is declared) and refused naming the offender and its line.

Also here: in which round a document is published, for documents of one round speak of the years before it;
and the fingerprint of the code, which a document states beside that of the facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from ita_nb import __version__
from ita_nb.errors import FactsError, IntakeError
from ita_nb.facts.crosschecks import checks, unknown_nodes, used_scales
from ita_nb.facts.forms import AnalysisForm, MeasuresForm, load_forms
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import LEVEL, TOTAL, Forms, Gap, RequiredItem, all_facts
from ita_nb.facts.yaml_file import FACTS, PlainLoader, Spot, load_yaml, offence, read_yaml
from ita_nb.thai import to_arabic_digits, to_buddhist_year

# How many years ahead of the newest known one somebody may look up facts.
_NEAR = 10
FRAMEWORKS = FACTS / "frameworks"


def facts_folder(workspace: Path) -> Path:
    """Return where a workspace keeps facts of its own."""
    return workspace / "facts"


def known_years(folder: Path | None = None) -> tuple[int, ...]:
    """Return the fiscal years (Buddhist) that have a facts file, here or in ``folder``, oldest first."""
    found = [p.stem for f in (folder, FRAMEWORKS) if f is not None for p in f.glob("*.yaml")]
    return tuple(sorted({int(name) for name in found if name.isascii() and name.isdecimal()}))


def load_framework(fiscal_year: int, folder: Path | None = None) -> Framework:
    """Return the checked facts of ``fiscal_year`` (Buddhist), those of ``folder`` first.

    Raises FactsError when nothing is known of the year or the year before, or a file contradicts itself.
    """
    # How the files of the folder stand, so that one that a person mends is read again.
    own = sorted((path.name, path.stat().st_mtime_ns) for path in folder.glob("*.yaml")) if folder else ()
    return _load(fiscal_year, folder, tuple(own))


def framework_version(fiscal_year: int, folder: Path | None = None) -> str:
    """Return a short fingerprint of the facts files of a year: the version that a report states."""
    content = b"".join(file.path.read_bytes() for file in _chain(fiscal_year, folder))
    return hashlib.sha256(content).hexdigest()[:12]


def write_new_year(fiscal_year: int, folder: Path) -> Path:
    """Write the short file in which a year is extended, to be filled in. Raises FactsError where one is."""
    path, known = folder / f"{fiscal_year}.yaml", known_years()
    if path.exists():
        raise FactsError(
            where=str(path), expected="ยังไม่มีแฟ้มนี้", found="มีแฟ้มอยู่แล้ว", todo="แก้แฟ้มเดิม (ระบบไม่เขียนทับ)"
        )
    if not known[0] <= fiscal_year <= known[-1] + _NEAR:
        raise _unknown_year(fiscal_year, known)
    base = max(year for year in known if year <= fiscal_year)
    text = (FACTS / "new_year.txt").read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("{year}", str(fiscal_year)).replace("{base}", str(base)), encoding="utf-8")
    return path


class _File(NamedTuple):
    """What one file says of a year, and the lines of a person's file."""

    fiscal_year: int
    path: Path
    data: Any
    lines: Mapping[Spot, int]


@cache
def _load(fiscal_year: int, folder: Path | None, _as_it_stands: object) -> Framework:
    chain = _chain(fiscal_year, folder)
    if any(file.lines for file in chain[1:]):
        load_framework(chain[1].fiscal_year, folder)  # what a person wrote is checked before it is built upon
    data: dict[str, Any] = {}
    for file in reversed(chain):
        data = extended(data, file.data, file.fiscal_year)
    if data["fiscal_year"] != fiscal_year:
        data = extended(data, {"fiscal_year": fiscal_year}, fiscal_year)
    top = chain[0]
    try:
        framework = Framework.model_validate(data)
    except ValidationError as error:
        raise _refused(
            top.path, "; ".join(offence(e, top.lines, Framework) for e in error.errors())
        ) from error
    if len(chain) > 1 or top.fiscal_year != fiscal_year:
        framework = fitted(framework, top.data if top.fiscal_year == fiscal_year else {})
    for found in checks(framework):
        offences = [f"{_line_of(name, top)}{what}" for name, what in found]
        if offences:
            raise _refused(top.path, "; ".join(offences))
    return framework


def _chain(fiscal_year: int, folder: Path | None, after: tuple[int, ...] = ()) -> list[_File]:
    """Return the files that speak of a year, what counts most first, then those of what it extends."""
    if fiscal_year in after:
        way = " → ".join(map(str, (*after, fiscal_year)))
        raise FactsError(
            where=f"facts/{after[0]}.yaml",
            expected=f"{EXTENDS} ที่ชี้ไปยังปีก่อนหน้าโดยไม่วนกลับ",
            found=f"วนกลับมาที่ปีเดิม ({way})",
            todo=f"แก้ {EXTENDS} ของแฟ้มใดแฟ้มหนึ่ง",
        )
    known = known_years(folder)
    if fiscal_year not in known:
        if fiscal_year - 1 not in known:
            raise _unknown_year(fiscal_year, known)
        return _chain(fiscal_year - 1, folder, (*after, fiscal_year))
    own, packed = folder and folder / f"{fiscal_year}.yaml", FRAMEWORKS / f"{fiscal_year}.yaml"
    found = [_own(own, fiscal_year)] if own and own.exists() else []
    if packed.exists() and (not found or found[0].data.get(EXTENDS, fiscal_year) == fiscal_year):
        found.append(_File(fiscal_year, packed, _read_packed(packed), {}))
    base = found[-1].data.get(EXTENDS)
    if base is None and found[-1].path != packed:
        base = max((year for year in known if year < fiscal_year), default=None)
    return found if base is None else [*found, *_chain(base, folder, (*after, fiscal_year))]


@cache
def _read_packed(path: Path) -> Any:
    return load_yaml(path.read_text(encoding="utf-8"))


def _own(path: Path, fiscal_year: int) -> _File:
    """Read the file of a workspace. Raises FactsError, with the line, where it cannot extend a year."""
    try:
        data, lines = read_yaml(path, f"facts/{path.name}", PlainLoader)
    except IntakeError as error:
        raise FactsError(**error.parts) from error
    if not isinstance(data, dict):
        raise _refused(path, "ไม่ใช่รายการ ชื่อ: ค่า")
    for name in sorted({"carried", "unplaced"} & {*data}):
        raise _refused(path, f'บรรทัด {lines[(name,)]} ไม่รู้จักชื่อ "{name}"')
    for name in {"fiscal_year", EXTENDS} & {*data}:
        data[name] = to_arabic_digits(str(data[name]))
        if not data[name].isdecimal():
            raise _refused(path, f"บรรทัด {lines[(name,)]} {name}: {data[name]} ที่คาดไว้คือปี พ.ศ. สี่หลัก")
        data[name] = int(data[name])
    if data.get("fiscal_year") != fiscal_year:
        line, found = lines.get(("fiscal_year",), 1), data.get("fiscal_year", "ไม่ได้ระบุ")
        raise _refused(path, f"บรรทัด {line} fiscal_year: {found} ที่คาดไว้คือ {fiscal_year} ตามชื่อแฟ้ม")
    return _File(fiscal_year, path, data, lines)


def _line_of(name: str, file: _File) -> str:
    """Name the line of a person's file on which an offender stands."""

    named = (n for spot, n in file.lines.items() if name in (spot[-1], reduce(getitem, spot, file.data)))
    line = next(named, None)
    return f"บรรทัด {line} " if line else ""


def _refused(path: Path, found: str) -> FactsError:
    return FactsError(
        where=f"{path.parent.name}/{path.name}",
        expected="ข้อเท็จจริงตามโครงสร้างของแฟ้ม และสอดคล้องกันทั้งแฟ้ม",
        found=found,
        todo="แก้รายการที่ระบุ ความหมายของแต่ละกลุ่มอธิบายไว้ใน ita_nb/facts/README.md",
    )


def _unknown_year(fiscal_year: int, known: tuple[int, ...]) -> FactsError:
    buddhist, last = to_buddhist_year(fiscal_year), known[-1]
    common = f" (ปี ค.ศ. {fiscal_year} คือ พ.ศ. {buddhist})" if buddhist in known_years() else ""
    new = f" (ปีใหม่เพิ่มได้ด้วยคำสั่ง ita-nb facts new {fiscal_year})" if last < fiscal_year <= last + _NEAR else ""
    return FactsError(
        where=f"ข้อเท็จจริงของการประเมิน ปีงบประมาณ พ.ศ. {fiscal_year}",
        expected="ปีที่มีข้อมูล ได้แก่ " + ", ".join(map(str, known)),
        found=f"{fiscal_year}{common}",
        todo=f"ตรวจปีงบประมาณ (พ.ศ.) ที่ระบุ หรือดูปีที่มีด้วยคำสั่ง ita-nb facts{new}",
    )


# ---------------------------------------------------------------- extension


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
        {"node": node, "text_th": f"ยังไม่พบเอกสารของปีนี้ จึงไม่ทราบว่า{what}เปรียบเทียบกับปีก่อนหน้าได้หรือไม่", **nothing}
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


# ---------------------------------------------------------------- provenance


@dataclass(frozen=True)
class Provenance:
    """Fingerprints of the agency's slice of the data, of the code, and of the facts of the year."""

    data: str
    code: str
    framework: str


@cache
def code_version() -> str:
    """Return the package version and a fingerprint of its code and facts, as ``0.1.0+1f2e3d4c5b6a``."""
    root, endings = FACTS.parent, {".py", ".yaml", ".typ", ".j2", ".css", ".js"}
    code = sorted(path for path in root.rglob("*") if path.suffix in endings)
    content = b"".join(p.relative_to(root).as_posix().encode() + b"\0" + p.read_bytes() for p in code)
    return f"{__version__}+{hashlib.sha256(content).hexdigest()[:12]}"


# ---------------------------------------------------------------- rounds


@dataclass(frozen=True)
class Requirement:
    """The item of a round that a document answers, and the forms of that round's documents.

    ``certain`` is false where the round has no facts, or where it is not known which round reports the
    measures of the year; item and forms are then those of ``round_year``, the nearest year that is known.
    """

    round_year: int
    item: RequiredItem
    forms: Forms
    certain: bool = True


def measures_requirement(scored: Framework, plan_year: int, folder: Path | None) -> Requirement:
    """Return the measures item of the round in which measures for ``plan_year`` are published."""
    known = plan_year in known_years(folder)
    framework = load_framework(plan_year, folder) if known else scored
    publication = framework.publication
    return Requirement(framework.fiscal_year, publication.measures_item, publication.forms, known)


def report_requirement(scored: Framework, plan_year: int, folder: Path | None) -> Requirement:
    """Return the report item of the round that reports the measures of ``plan_year``."""
    years = {plan_year, plan_year + 1} & {*known_years(folder)}
    known = {year: load_framework(year, folder) for year in sorted(years)}
    offsets = {year: f.publication.year_rule.reported_year_offset for year, f in known.items()}
    reporting = [f for year, f in known.items() if offsets[year] == year - plan_year]
    found = [*reporting, known.get(plan_year, scored)][0]
    publication = found.publication
    return Requirement(found.fiscal_year, publication.report_item, publication.forms, bool(reporting))


def analysis_form(
    requirement: Requirement, scored: Framework, chosen: str | None, *, total_only: bool
) -> AnalysisForm:
    """Return the form of the analysis: the office's choice, else that of the round.

    By topic only where the scored year's items are placed in topics; with nothing but a total a short one.
    """
    known, own = load_forms().analysis, chosen or requirement.forms.analysis
    if total_only:
        return known["total_only"]
    placed = any(topic.items for topic in scored.topics)
    return known[own if placed or own != "by_topic" else "by_instrument"]


def measures_form(requirement: Requirement, scored: Framework, chosen: str | None) -> MeasuresForm:
    """Return the form of the measures table: the office's choice, else that of the round."""
    known = load_forms().measures
    own = requirement.forms.measures
    if own == "by_topic" and not scored.topics:
        own = "by_indicator"
    return known[chosen or own]
