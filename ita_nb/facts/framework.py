"""What is known of the assessment in one fiscal year, typed; and the score tree that it describes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

Confidence = Literal["confirmed", "partial", "derived", "unknown"]
Polarity = Literal["positive", "negative"]

TOTAL = "total"


def _exact(value: Any) -> Any:
    """Read ``1/3``, ``0.30`` and ``85`` exactly; floats never enter."""
    try:
        return Fraction(str(value)) if isinstance(value, (str, int)) else value
    except ZeroDivisionError as error:  # pydantic only turns ValueError into its own
        raise ValueError(f"{value} divides by zero") from error


Exact = Annotated[Fraction, BeforeValidator(_exact)]


class Value(BaseModel):
    """An immutable part of a facts file; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Fact(Value):
    """Anything that is known: where from (keys of ``sources``) and how surely."""

    source: tuple[str, ...]
    confidence: Confidence
    note_th: str = ""


class Source(Value):
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


class Option(Value):
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


class Publication(Value):
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


class Gap(Value):
    """Something that is not known, in words a reader of the report understands."""

    node: str
    text_th: str


class Framework(Value):
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
        nodes: list[Instrument | Indicator | Question | Item] = [
            *self.instruments,
            *self.indicators,
            *self.questions,
            *self.items,
        ]
        return {n.code: n for n in nodes}

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
        question = self.leaves.get(code)
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
