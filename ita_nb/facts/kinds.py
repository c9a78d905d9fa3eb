"""Places in the score tree, and the kinds of facts that the file of a year holds: immutable values."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict

from ita_nb.dates import read_span
from ita_nb.errors import Confidence
from ita_nb.thai import to_arabic_digits

TOTAL = "total"
# The names of the levels, where a change or a gap speaks of them.
LEVEL = "level"
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


def weakest(confidences: Iterable[Confidence]) -> Confidence:
    """Return how sure a verdict is that rests on facts of such confidence."""
    return max(confidences, key=get_args(Confidence).index, default="confirmed")


_LABEL = re.compile(r"(?P<code>\d+(?=/)|[A-Z]{3}|[ieo]\d+)[./](?P<part>\d)")
_KIND = re.compile(r"^(?:แบบวัด|ตัวชี้วัดย่อย|ตัวชี้วัด|ข้อ)(?:ที่)?")
# Before the part at the end; the point of 9.1 is none.
_PART = re.compile(r"(?:/|ส่วนที่|(?:(?<=[a-z])|(?<=[a-z]\d)|(?<=[a-z]\d\d))\.)(?=\d$)")
_NAMED = {"คะแนนรวม": TOTAL, "iit": "IIT", "eit": "EIT", "oit": "OIT"}


class Node(NamedTuple):
    """A place in the score tree: ``total``, ``IIT``, ``9``, ``i10``; ``part`` is empty, ``1`` or ``2``."""

    code: str
    part: str = ""

    @property
    def label(self) -> str:
        """``EIT.1`` for part 1 of EIT, ``7/1`` for that of indicator 7 (``9.1`` is a code), else the code."""
        sign = "/" if self.code[:1].isdecimal() else "."
        return f"{self.code}{sign}{self.part}" if self.part else self.code

    @property
    def name_th(self) -> str:
        """``คะแนนรวม``, ``EIT ส่วนที่ 1``, ``ตัวชี้วัดที่ 9``, ``ตัวชี้วัดย่อยที่ 9.1``, ``ข้อ i10``."""
        part = f" ส่วนที่ {self.part}" if self.part else ""
        if self.code == TOTAL:
            return "คะแนนรวม"
        if self.code.isdecimal():
            return f"ตัวชี้วัดที่ {self.code}{part}"
        if self.code.replace(".", "", 1).isdecimal():
            return f"ตัวชี้วัดย่อยที่ {self.code}{part}"
        is_leaf = self.code[:1].islower() and self.code[1:].isdecimal()
        return f"{'ข้อ ' if is_leaf else ''}{self.code}{part}"

    @classmethod
    def of_label(cls, label: str) -> Node:
        """Return the node of a label; whatever is none (a measure's id) is taken as a code."""
        found = _LABEL.fullmatch(label)
        return cls(*found.group("code", "part")) if found else cls(label)

    @classmethod
    def typed(cls, text: str) -> Node:
        """Return the node that a person typed: a code, a label, or the name of :attr:`name_th`.

        ``I 10``, ``i๑๐`` and ``ข้อ i10`` are ``i10``; ``EIT.1`` and ``EIT ส่วนที่ 1`` are part 1 of ``EIT``.
        """
        plain = to_arabic_digits(re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", text))).lower()
        code, _, part = _PART.sub(" ", _KIND.sub("", plain)).partition(" ")
        return cls(_NAMED.get(code, code), part)


class Value(BaseModel):
    """An immutable part of a facts file; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Fact(Value):
    """Anything that is known: where from (keys of ``sources``) and how surely."""

    source: tuple[str, ...]
    confidence: Confidence
    note_th: str = ""


class Scored(Fact):
    """What has a score: its code, and its share of what it stands under, null when unknown."""

    code: str
    weight: Exact | None


class Source(Value):
    """Where facts were read: an address or document, and what it is."""

    ref: str
    what_th: str


class Part(Fact):
    """A part of an instrument with respondents of its own (EIT 1 and 2)."""

    part: str
    name_th: str
    weight: Exact | None


class Instrument(Scored):
    """IIT, EIT or OIT; ``weight`` is its share of the total."""

    name_th: str
    parts: tuple[Part, ...] = ()


class Indicator(Scored):
    """One of the ten indicators."""

    name_th: str
    instrument: str
    name_variants: tuple[str, ...] = ()


class SubIndicator(Scored):
    """A group of published items inside an indicator (``9.1``)."""

    name_th: str
    indicator: str


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


class Asked(Scored):
    """A question or a published item: where it stands, and on which scale it is scored.

    ``concept`` names what it is about, across years; see :mod:`ita_nb.facts.crosswalk`. Where the indicator
    is unknown, it stands under its ``instrument``.
    """

    instrument: str = ""
    indicator: str | None
    scale: str
    concept: str = ""


class Question(Asked):
    """A survey question; ``weight`` is its share of the indicator (of each part)."""

    text_th: str | None
    topic_th: str = ""
    scale_confidence: Confidence
    polarity: Polarity | None
    sub_questions: tuple[SubQuestion, ...] = ()


class Item(Asked):
    """A published item (OIT); it stands under its sub-indicator where that is known."""

    instrument: str = "OIT"
    sub_indicator: str | None = None
    title_th: str | None
    elements_th: tuple[str, ...] = ()


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


def all_facts(value: object) -> tuple[Fact, ...]:
    """Return every fact in a year, or in a part of it, that carries a source and a confidence."""
    own = (value,) if isinstance(value, Fact) else ()
    if isinstance(value, Value):
        value = tuple(getattr(value, name) for name in type(value).model_fields)
    inner = value if isinstance(value, tuple) else ()
    return (*own, *(fact for member in inner for fact in all_facts(member)))
