"""Which scores of two years may be compared: codes, wordings, options and rules change from year to year.

A question or published item is found again by its concept, never by its code, and is comparable only
where wording and options are known and equal in both years. A group is comparable only where no change
is listed that touches it. What is not comparable says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ita_nb.facts.framework import Framework, Leaf
from ita_nb.facts.kinds import LEVEL, TOTAL, Item, Question

# ``ประจำปีงบประมาณ พ.ศ. ...`` says of which year a title speaks, not of what.
_YEAR_IN_TITLE = re.compile(
    r"ประจำปี(?:งบประมาณ)?(?:\s*(?:พ\.ศ\.)?\s*[0-9๐-๙]{4})?|(?:ปี(?:งบประมาณ)?\s*)?(?:พ\.ศ\.)?\s*[0-9๐-๙]{4}"
)


@dataclass(frozen=True)
class Link:
    """A node of a later year and what it was in an earlier one.

    ``before`` and ``after`` are codes; ``before`` is ``None`` where nothing corresponds. The reasons say
    why the scores are not comparable or, where they are but not for certain, what has to be kept in mind.
    """

    before: str | None
    after: str
    comparable: bool
    certain: bool
    reasons_th: tuple[str, ...]


def link(frameworks: Mapping[int, Framework], before: int, after: int, code: str) -> Link:
    """Link a node of the year ``after`` (a code of that year) to the earlier year ``before``."""
    unknown = [year for year in (before, after) if year not in frameworks]
    if unknown:
        return _linked(None, code, [_no_facts(year) for year in unknown])
    if code in frameworks[after].leaves:
        return _link_leaf(frameworks, before, after, code)
    return _link_group(frameworks, before, after, code)


def level_names_comparable(frameworks: Mapping[int, Framework], before: int, after: int) -> bool:
    """Return whether the level names of two years may stand side by side."""
    if any(year not in frameworks for year in range(before, after + 1)):
        return False
    schemes = {frameworks[year].level_basis.scheme for year in (before, after)}
    changed = any(
        change.node == LEVEL for y in range(before + 1, after + 1) for change in frameworks[y].changes
    )
    return len(schemes) == 1 and "unknown" not in schemes and not changed


def year_th(fiscal_year: int) -> str:
    """Name a fiscal year as the reasons do."""
    return f"ปีงบประมาณ พ.ศ. {fiscal_year}"


def _no_facts(fiscal_year: int) -> str:
    return f"ไม่มีข้อมูลหลักเกณฑ์การประเมินของ{year_th(fiscal_year)} จึงไม่ทราบว่าเกณฑ์เปลี่ยนไปหรือไม่"


def _linked(before: str | None, after: str, reasons: list[str], caveats: Iterable[str] = ()) -> Link:
    """Return a link that is refused for its reasons or, where there is none, accepted with its caveats."""
    said = tuple(dict.fromkeys(reasons or caveats))
    return Link(before, after, comparable=not reasons, certain=bool(reasons or not said), reasons_th=said)


# ---------------------------------------------------------------- groups, instruments, the total


def _link_group(frameworks: Mapping[int, Framework], before: int, after: int, code: str) -> Link:
    ends = {year: frameworks[year] for year in (before, after)}
    without = [year for year, f in ends.items() if code not in {TOTAL, *f.groups}]
    if without:
        return _linked(None, code, [f"{year_th(year)} ไม่มีคะแนนรหัสนี้" for year in without])
    reasons = [_no_facts(year) for year in range(before + 1, after + 1) if year not in frameworks]
    steps = [year for year in range(before + 1, after + 1) if year in frameworks]
    reasons += [f"{year_th(y)}: {text}" for y in steps for text in _changes_touching(frameworks[y], code)]
    reasons += [f"ไม่ทราบน้ำหนักภายในของ{year_th(y)}" for y, f in ends.items() if not inner_weights(f, code)]
    sizes = {len(f.children(code)) for f in ends.values()}
    if len(sizes) > 1 and not reasons:
        reasons.append(f"จำนวนรายการภายในของ{year_th(before)} กับ{year_th(after)} ไม่เท่ากัน")
    differing = _leaves_that_differ(ends[before], ends[after], code)
    if differing:
        named = f"ถ้อยคำหรือเกณฑ์ของข้อ {', '.join(differing)}"
        reasons.append(f"{named} ใน{year_th(before)} กับ{year_th(after)} ไม่ตรงกัน")
    caveats = [
        f"น้ำหนักหรือรายการของ{year_th(year)} ยังไม่ยืนยันทั้งหมด"
        for year, f in ends.items()
        if any(n.confidence != "confirmed" for n in f.by_code.values() if code in f.ancestors(n.code))
    ]
    if inner_weights(ends[before], code) != inner_weights(ends[after], code):
        caveats.append(f"น้ำหนักภายในของ{year_th(before)} กับ{year_th(after)} ไม่เท่ากัน")
    return _linked(code, code, reasons, caveats)


def inner_weights(framework: Framework, code: str) -> tuple[Fraction, ...] | None:
    """Return the weights one level below a group, in the order of the file; ``None`` unless all are known."""
    weights = [framework.by_code[child].weight for child in framework.children(code)]
    known = tuple(weight for weight in weights if weight is not None)
    return known if known and len(known) == len(weights) else None


def _changes_touching(framework: Framework, code: str) -> list[str]:
    """Return what changed at a node, above it or below it; the names of the levels touch no score."""
    above = framework.ancestors(code) if code in framework.by_code else (TOTAL,)
    below = [node for node in framework.by_code if code in framework.ancestors(node)]
    return [c.text_th for c in framework.changes if c.node in {code, *above, *below}]


def _leaves_that_differ(before: Framework, after: Framework, code: str) -> list[str]:
    """Return the questions and items below a group that are known not to be what they were."""
    pairs = [(_like(before, after.leaves[leaf]), after.leaves[leaf]) for leaf in after.leaves_of(code)]
    return [new.code for old, new in pairs if old and _different(_asked(before, old), _asked(after, new))]


# ---------------------------------------------------------------- questions and published items


def _link_leaf(frameworks: Mapping[int, Framework], before: int, after: int, code: str) -> Link:
    new = frameworks[after].leaves[code]
    old = _like(frameworks[before], new)
    if not new.concept:
        return _linked(None, code, [f"ไม่มีข้อมูลว่าข้อของ{year_th(after)} ตรงกับข้อใดของ{year_th(before)}"])
    if old is None:
        return _linked(None, code, [f"{year_th(before)} ไม่พบข้อที่ระบุว่าถามเรื่องเดียวกัน"])
    block = "questions" if isinstance(new, Question) else "items"
    carried = [year for year in (before, after) if block in frameworks[year].carried]
    reasons = [f"ถ้อยคำของ{year_th(year)} ยกมาจากปีก่อน ยังไม่ยืนยัน" for year in carried]
    steps = {year: frameworks[year] for year in range(before + 1, after + 1) if year in frameworks}
    reasons += [
        f"{year_th(year)}: {change.text_th}"
        for year, f in steps.items()
        for change in f.changes
        if (then := _like(f, new)) and change.node == then.code
    ]
    asked = {before: _asked(frameworks[before], old), after: _asked(frameworks[after], new)}
    for what in asked[after]:
        unknown = [f"ยังไม่ทราบ{what}ของ{year_th(year)}" for year in asked if asked[year][what] is None]
        differ = what in _different(asked[before], asked[after])
        reasons += unknown or [f"{what}ของ{year_th(before)} กับ{year_th(after)} ไม่ตรงกัน"] * differ
    caveats = [*_caveats(frameworks[before], old), *_caveats(frameworks[after], new)]
    return _linked(old.code, code, reasons, caveats)


def _like(framework: Framework, other: Leaf) -> Leaf | None:
    """Return the question or item of a year that has the concept of one of another year."""
    same = (leaf for leaf in framework.leaves.values() if leaf.concept == other.concept)
    return next((leaf for leaf in same if other.concept and type(leaf) is type(other)), None)


def _asked(framework: Framework, leaf: Leaf) -> dict[str, object]:
    """Return what two years must have in common, by its name in the reasons; ``None`` is not known."""
    text, scale = framework.title(leaf.code), framework.scale_by_code[leaf.scale]
    if isinstance(leaf, Item):
        title = None if text is None else _plain(_YEAR_IN_TITLE.sub(" ", text))
        return {"ชื่อข้อ": title, "เกณฑ์การให้คะแนน": frozenset(scale.values) or None}
    lines = leaf.sub_questions or (leaf,)
    options = [_options(framework, line.scale) for line in lines]
    polarities = [line.polarity for line in lines]
    texts = [_plain(line.text_th) for line in leaf.sub_questions]
    return {
        "ถ้อยคำ": None if text is None else _plain(text),
        "ข้อย่อย": tuple(zip(texts, options, polarities, strict=False)),
        "ตัวเลือกคำตอบหรือคะแนนของตัวเลือก": None if None in options else frozenset(options),
        "ทิศทางการให้คะแนน": None if None in polarities else frozenset(polarities),
    }


def _different(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """Return what is known of both and not the same."""
    known = [what for what in after if None not in (before[what], after[what])]
    return [what for what in known if before[what] != after[what]]


def _options(framework: Framework, scale: str) -> frozenset[object] | None:
    """Return label and points (on a positive and on a negative question) of the options, in any order."""
    options = framework.scale_by_code[scale].options or ()
    return frozenset((_plain(o.label_th), o.positive, o.negative) for o in options) or None


def _plain(text: str) -> str:
    return " ".join(text.split())


def _caveats(framework: Framework, leaf: Leaf) -> list[str]:
    """Say where the wording or the scale of this year is not confirmed."""
    lines = leaf.sub_questions if isinstance(leaf, Question) else ()
    scales = {line.scale for line in lines} or {leaf.scale}
    surely = {framework.scale_by_code[scale].confidence for scale in scales}
    surely |= {leaf.scale_confidence} if isinstance(leaf, Question) else set()
    wording = "ชื่อข้อ" if isinstance(leaf, Item) else "ถ้อยคำ"
    named = {wording: {leaf.confidence}, "เกณฑ์การให้คะแนน": surely}
    unsure = [what for what, confidences in named.items() if confidences != {"confirmed"}]
    return [f"{what}ของ{year_th(framework.fiscal_year)} เป็นข้อมูลอนุมานหรือยังไม่ยืนยัน" for what in unsure]
