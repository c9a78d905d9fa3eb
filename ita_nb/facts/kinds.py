"""The kinds of facts that the file of a year holds: immutable values, each with source and confidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from ita_nb.errors import Confidence
from ita_nb.thai import read_span

Polarity = Literal["positive", "negative"]
LevelScheme = Literal["letters", "words", "unknown"]
# What a published document can be asked to contain; ``document/gate.py`` knows how to find each.
Element = Literal[
    "result",
    "analysis",
    "issues",
    "measures",
    "steps",
    "period",
    "responsible",
    "follow_up",
    "output",
    "outcome",
    "suggestion",
]


def _exact(value: Any) -> Any:
    """Read ``1/3``, ``0.30`` and ``85`` exactly; floats never enter."""
    try:
        return Fraction(str(value)) if isinstance(value, (str, int)) else value
    except ZeroDivisionError as error:  # pydantic only turns ValueError into its own
        raise ValueError(f"{value} divides by zero") from error


Exact = Annotated[Fraction, BeforeValidator(_exact)]
BuddhistDay = Annotated[dt.date, BeforeValidator(lambda value: read_span(str(value))[0])]


_SURE: tuple[Confidence, ...] = ("confirmed", "partial", "derived", "unknown")


def weakest(confidences: Iterable[Confidence]) -> Confidence:
    """Return how sure a verdict is that rests on facts of such confidence."""
    return max(confidences, key=_SURE.index, default="confirmed")


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
    weight: Exact | None


class Instrument(Fact):
    """IIT, EIT or OIT; ``weight`` is its share of the total, null when unknown."""

    code: str
    name_th: str
    weight: Exact | None
    parts: tuple[Part, ...] = ()


class Indicator(Fact):
    """One of the ten indicators; ``weight`` is its share of the instrument."""

    code: str
    name_th: str
    instrument: str
    weight: Exact | None
    name_variants: tuple[str, ...] = ()


class SubIndicator(Fact):
    """A group of published items inside an indicator (``9.1``); ``weight`` is its share of the indicator."""

    code: str
    name_th: str
    indicator: str
    weight: Exact | None


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


class SubQuestion(Value):
    """A line of a question that is answered line by line; the question is the mean of its lines."""

    text_th: str
    scale: str
    polarity: Polarity | None


class Question(Fact):
    """A survey question; ``weight`` is its share of the indicator (of each part).

    ``concept`` names what is asked, across years; see :mod:`ita_nb.facts.crosswalk`. Where the indicator is
    unknown, the question stands under its ``instrument``.
    """

    code: str
    instrument: str = ""
    indicator: str | None
    weight: Exact | None
    text_th: str | None
    topic_th: str = ""
    scale: str
    scale_confidence: Confidence
    polarity: Polarity | None
    sub_questions: tuple[SubQuestion, ...] = ()
    concept: str = ""


class Item(Fact):
    """A published item (OIT); ``weight`` is its share of what it stands under, null when unknown.

    It stands under its sub-indicator, else its indicator, else (where neither is known) its instrument.
    """

    code: str
    instrument: str = "OIT"
    indicator: str | None
    sub_indicator: str | None = None
    weight: Exact | None
    title_th: str | None
    scale: str
    elements_th: tuple[str, ...] = ()
    concept: str = ""


class Level(Fact):
    """A level: the least total and, where it has one, the least score of every instrument."""

    name_th: str
    total_min: Exact
    each_instrument_min: Exact | None = None


class LevelBasis(Fact):
    """How the level rule is read, in which kind of names, and what is open about it."""

    scheme: LevelScheme


class Topic(Fact):
    """One of the topics by which the analysis must be written, and its questions and items."""

    no: int
    name_th: str
    items: tuple[str, ...]


class RequiredElement(Fact):
    """Something that a published document must contain."""

    element: Element
    text_th: str


class RequiredItem(Fact):
    """A published item about measures: its code and title (null when unknown) and what it must contain."""

    code: str | None
    title_th: str | None
    required: tuple[RequiredElement, ...]


class Forms(Fact):
    """Which forms of ``forms.yaml`` the documents take that are published in the round of this year.

    ``offered`` are the forms between which an office chooses while it is not known which one is asked for.
    """

    analysis: str
    measures: str
    progress: str
    offered: tuple[str, ...] = ()


class YearRule(Fact):
    """Which years the documents of a round speak of.

    Measures are made for the scored year plus ``plan_year_offset``; the report item of this round
    reports the measures of this year minus ``reported_year_offset`` (null when unknown).
    """

    plan_year_offset: int
    reported_year_offset: int | None


class Publication(Value):
    """What the agency has to publish about its result."""

    measures_item: RequiredItem
    report_item: RequiredItem
    forms: Forms
    year_rule: YearRule


class Averaging(Fact):
    """That every score is a weighted mean of what stands below it, whatever the weights are."""


class Rounding(Fact):
    """How scores are printed."""

    decimals: int
    mode: Literal["half_up"]


class ReferenceLines(Fact):
    """The score that counts as passing (0-100)."""

    pass_score: Exact


class WeaknessRule(Fact):
    """When an item is weak and needs a measure (scores 0-100)."""

    score_below: Exact
    lowest_of_topic_below: Exact
    item_below: Exact
    text_th: str


class Calendar(Fact):
    """Days of the round that a document can be checked against."""

    results: BuddhistDay | None


class Change(Fact):
    """What is not as in the year before, so that scores at or above ``node`` cannot be compared.

    ``node`` is a code of the score tree, ``total`` for everything, ``level`` for the names of the levels.
    """

    node: str
    text_th: str


class Gap(Value):
    """Something that is not known, in words a reader of the report understands, and whom it touches."""

    nodes: tuple[str, ...]
    text_th: str
