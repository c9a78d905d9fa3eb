"""What is known of the assessment in one fiscal year: the facts file, typed and cross-checked.

One YAML file a year lies in ``frameworks/``. A new year is a new file, no new code. The loader checks
the file both ways (weights sum to 1, every parent exists, no parent is without children, every scale
is defined and used, every gap is declared) and fails naming the offender.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from ita_nb.errors import FactsError

Confidence = Literal["confirmed", "partial", "derived", "unknown"]
Polarity = Literal["positive", "negative"]

FRAMEWORKS = Path(str(files("ita_nb.facts"))) / "frameworks"
TOTAL = "total"


def _exact(value: Any) -> Any:
    """Read ``1/3``, ``0.30`` and ``85`` exactly; floats never enter."""
    return Fraction(str(value)) if isinstance(value, (str, int)) else value


Exact = Annotated[Fraction, BeforeValidator(_exact)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Fact(_Value):
    """Anything that is known: where from (keys of ``sources``) and how surely."""

    source: tuple[str, ...]
    confidence: Confidence
    note_th: str = ""


class Source(_Value):
    """Where facts were read: an address or document, and what it is."""

    ref: str
    what_th: str


class Part(Fact):
    """A part of an instrument with respondents of its own (EIT 1 and 2)."""

    part: str
    name_th: str
    weight: Exact


class Instrument(Fact):
    """IIT, EIT or OIT; ``weight`` is its share of the total."""

    code: str
    name_th: str
    weight: Exact
    parts: tuple[Part, ...] = ()


class Indicator(Fact):
    """One of the ten indicators; ``weight`` is its share of the instrument."""

    code: str
    name_th: str
    instrument: str
    weight: Exact
    name_variants: tuple[str, ...] = ()


class Option(_Value):
    """An answer and its points (0-100) on a positive and on a negative question."""

    label_th: str
    positive: Exact
    negative: Exact


class Scale(Fact):
    """How answers become points. ``step`` is the grid of one answer; ``options`` is null when unknown."""

    code: str
    step: Exact | None = None
    options: tuple[Option, ...] | None = None
    values: tuple[Exact, ...] = ()
    absent_option: str = ""


class Question(Fact):
    """A survey question; ``weight`` is its share of the indicator (of each part)."""

    code: str
    indicator: str
    weight: Exact
    text_th: str | None
    topic_th: str = ""
    scale: str
    scale_confidence: Confidence
    polarity: Polarity


class Item(Fact):
    """A published item (OIT); ``weight`` is its share of the indicator, null when unknown."""

    code: str
    indicator: str
    weight: Exact | None
    title_th: str
    scale: str
    elements_th: tuple[str, ...] = ()


class Level(Fact):
    """A level: the least total and, where it has one, the least score of every instrument."""

    name_th: str
    total_min: Exact
    each_instrument_min: Exact | None = None


class Topic(Fact):
    """One of the topics by which the analysis must be written, and its questions and items."""

    no: int
    name_th: str
    items: tuple[str, ...]


class RequiredItem(Fact):
    """What a published item about measures must contain, and the columns of its table."""

    code: str
    title_th: str
    columns_th: tuple[str, ...]
    required_th: tuple[str, ...]
    required_source: tuple[str, ...]
    required_confidence: Confidence


class AnalysisForm(Fact):
    """The columns and the parts of the analysis by topic."""

    columns_th: tuple[str, ...]
    parts_th: tuple[str, ...]


class YearRule(Fact):
    """For which year the measures are made: the scored year plus ``plan_year_offset``."""

    plan_year_offset: int


class Publication(_Value):
    """What the agency has to publish about its result."""

    measures_item: RequiredItem
    report_item: RequiredItem
    analysis: AnalysisForm
    year_rule: YearRule


class Rounding(Fact):
    """How scores are printed."""

    decimals: int
    mode: Literal["half_up"]


class LevelBasis(Fact):
    """How the level rule is read, and what is open about it."""


class ReferenceLines(Fact):
    """The score that counts as passing (0-100)."""

    pass_score: Exact


class Weakness(Fact):
    """When an item is weak and needs a measure (scores 0-100)."""

    score_below: Exact
    lowest_of_topic_below: Exact
    item_below: Exact
    text_th: str


class Gap(_Value):
    """Something that is not known, in words a reader of the report understands."""

    node: str
    text_th: str


class Framework(_Value):
    """Everything known of one fiscal year (Buddhist). Codes are text: ``IIT``, ``9``, ``i10``, ``o13``."""

    fiscal_year: int
    summary_th: str
    sources: Mapping[str, Source]
    instruments: tuple[Instrument, ...]
    indicators: tuple[Indicator, ...]
    scales: tuple[Scale, ...]
    questions: tuple[Question, ...]
    items: tuple[Item, ...]
    rounding: Rounding
    levels: tuple[Level, ...]
    level_basis: LevelBasis
    reference_lines: ReferenceLines
    weakness: Weakness
    topics: tuple[Topic, ...]
    publication: Publication
    gaps_th: tuple[Gap, ...]

    @cached_property
    def by_code(self) -> dict[str, Instrument | Indicator | Question | Item]:
        """Every node but the total, by its code, in the order of the file."""
        return {n.code: n for n in _nodes(self)}

    @cached_property
    def leaves(self) -> dict[str, Question | Item]:
        """Questions and published items by code."""
        leaves: list[Question | Item] = [*self.questions, *self.items]
        return {n.code: n for n in leaves}

    @cached_property
    def scale_by_code(self) -> dict[str, Scale]:
        """Scales by code."""
        return {scale.code: scale for scale in self.scales}

    @property
    def plan_year(self) -> int:
        """The fiscal year for which measures are planned on this result."""
        return self.fiscal_year + self.publication.year_rule.plan_year_offset

    def parent(self, code: str) -> str:
        """Return the code one level up; the parent of an instrument is ``total``."""
        node = self.by_code[code]
        if isinstance(node, Instrument):
            return TOTAL
        return node.instrument if isinstance(node, Indicator) else node.indicator

    def children(self, code: str) -> tuple[str, ...]:
        """Return the codes one level down, in the order of the file."""
        if code == TOTAL:
            return tuple(i.code for i in self.instruments)
        return tuple(c for c in self.by_code if self.parent(c) == code)

    def instrument_of(self, code: str) -> str:
        """Return the instrument that an indicator, a question or an item belongs to."""
        while self.parent(code) != TOTAL:
            code = self.parent(code)
        return code

    def parts_of(self, code: str) -> tuple[str, ...]:
        """Return the parts in which a node is also scored: of EIT ``("1", "2")``, else none."""
        node = self.by_code[self.instrument_of(code)] if code != TOTAL else None
        return tuple(p.part for p in node.parts) if isinstance(node, Instrument) else ()

    def part_weight(self, instrument: str, part: str) -> Fraction:
        """Return the share of one part in the instrument's score."""
        node = self.by_code[instrument]
        parts = node.parts if isinstance(node, Instrument) else ()
        return next(p.weight for p in parts if p.part == part)

    def weight_in_total(self, code: str, part: str = "") -> Fraction | None:
        """Return what one point of the node is worth in the total, or ``None`` when not known.

        Source: nominal weights of the file, multiplied up the tree (statistics of composite indicators).
        """
        weight = Fraction(1)
        if part:
            weight *= self.part_weight(self.instrument_of(code), part)
        while code != TOTAL:
            own = self.by_code[code].weight
            if own is None:
                return None
            weight *= own
            code = self.parent(code)
        return weight

    def points(self, code: str) -> dict[str, Fraction] | None:
        """Return option label -> points (0-100) of a question, or ``None`` when the options are unknown."""
        question = self.leaves[code]
        if not isinstance(question, Question):
            return None
        options = self.scale_by_code[question.scale].options
        if options is None:
            return None
        return {o.label_th: getattr(o, question.polarity) for o in options}

    def title(self, code: str) -> str | None:
        """Return the official Thai name or wording, or ``None`` where the wording is unknown."""
        node = self.by_code[code]
        if isinstance(node, Question):
            return node.text_th
        return node.title_th if isinstance(node, Item) else node.name_th


def _nodes(f: Framework) -> list[Instrument | Indicator | Question | Item]:
    return [*f.instruments, *f.indicators, *f.questions, *f.items]


def _groups(f: Framework) -> list[Instrument | Indicator]:
    return [*f.instruments, *f.indicators]


def known_years(folder: Path = FRAMEWORKS) -> tuple[int, ...]:
    """Return the fiscal years (Buddhist) that have a facts file, oldest first."""
    return tuple(sorted(int(path.stem) for path in folder.glob("*.yaml")))


@cache
def load_framework(fiscal_year: int, folder: Path = FRAMEWORKS) -> Framework:
    """Load and cross-check the facts of ``fiscal_year`` (Buddhist).

    Raises FactsError when the year has no facts or the file contradicts itself.
    """
    path = folder / f"{fiscal_year}.yaml"
    if not path.exists():
        raise FactsError(
            where=f"ข้อเท็จจริงของการประเมิน ปีงบประมาณ พ.ศ. {fiscal_year}",
            expected="ปีที่มีข้อมูล ได้แก่ " + ", ".join(map(str, known_years(folder))),
            found=str(fiscal_year),
            todo="ตรวจปีงบประมาณ (พ.ศ.) ที่ระบุใน --year หรือดูปีที่มีด้วยคำสั่ง ita-nb facts",
        )
    try:
        framework = Framework.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise FactsError(
            where=path.name, expected="โครงสร้างของแฟ้มข้อเท็จจริง", found=str(error), todo="แก้แฟ้มตามที่แจ้ง"
        ) from error
    if framework.fiscal_year != fiscal_year:
        _refuse(path.name, [f"fiscal_year is {framework.fiscal_year}, the file is named {fiscal_year}"])
    for check in _CHECKS:  # one after the other: a later check may rely on what an earlier one assured
        _refuse(path.name, list(check(framework)))
    return framework


def _refuse(file_name: str, offences: list[str]) -> None:
    if offences:
        raise FactsError(
            where=file_name,
            expected="ข้อเท็จจริงที่สอดคล้องกันทั้งแฟ้ม",
            found="; ".join(offences),
            todo="แก้รายการที่ระบุชื่อไว้",
        )


def framework_version(fiscal_year: int, folder: Path = FRAMEWORKS) -> str:
    """Return a short fingerprint of the facts file: the version that a report states."""
    return hashlib.sha256((folder / f"{fiscal_year}.yaml").read_bytes()).hexdigest()[:12]


# ------------------------------------------------------------------ cross-checks: each yields offenders


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
    if isinstance(value, _Value):
        for name in type(value).model_fields:
            yield from _all_facts(getattr(value, name))
    elif isinstance(value, tuple):
        for member in value:
            yield from _all_facts(member)


_CHECKS: tuple[Callable[[Framework], Iterable[str]], ...] = (
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
