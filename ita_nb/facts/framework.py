"""Everything known of the assessment in one fiscal year, and the score tree that it describes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

from ita_nb.errors import Confidence
from ita_nb.facts.kinds import (
    TOTAL,
    Averaging,
    Calendar,
    Change,
    Gap,
    Indicator,
    Instrument,
    Item,
    Level,
    LevelBasis,
    Publication,
    Question,
    ReferenceLines,
    Rounding,
    Scale,
    Source,
    SubIndicator,
    Topic,
    Value,
    WeaknessRule,
    weakest,
)

UNKNOWN: Final = "unknown"

Group = Instrument | Indicator | SubIndicator
Leaf = Question | Item


class Framework(Value):
    """Everything known of one fiscal year (Buddhist). Codes are text: ``IIT``, ``9``, ``9.1``, ``i10``.

    ``open_lists`` are blocks that may lack an entry. ``carried`` holds block -> the earlier year that it was
    taken over from, unconfirmed. ``unplaced`` are codes that a record has and of which the year knows
    nothing: they are part of no mean.
    """

    fiscal_year: int
    summary_th: str
    sources: Mapping[str, Source]
    instruments: tuple[Instrument, ...]
    indicators: tuple[Indicator, ...]
    sub_indicators: tuple[SubIndicator, ...] = ()
    scales: tuple[Scale, ...]
    questions: tuple[Question, ...]
    items: tuple[Item, ...]
    averaging: Averaging
    rounding: Rounding
    levels: tuple[Level, ...]
    level_basis: LevelBasis
    reference_lines: ReferenceLines
    weakness: WeaknessRule
    topics: tuple[Topic, ...]
    publication: Publication
    calendar: Calendar
    changes: tuple[Change, ...]
    gaps_th: tuple[Gap, ...]
    open_lists: tuple[str, ...] = ()
    carried: Mapping[str, int] = {}
    unplaced: frozenset[str] = frozenset()
    __hash__ = object.__hash__  # a key for what is worked out from it; by its content it would cost too much

    @cached_property
    def groups(self) -> dict[str, Group]:
        """Instruments, indicators and sub-indicators by code."""
        groups: list[Group] = [*self.instruments, *self.indicators, *self.sub_indicators]
        return {g.code: g for g in groups}

    @cached_property
    def leaves(self) -> dict[str, Leaf]:
        """Questions and published items by code."""
        leaves: list[Leaf] = [*self.questions, *self.items]
        return {n.code: n for n in leaves}

    @cached_property
    def by_code(self) -> dict[str, Group | Leaf]:
        """Every node but the total, by its code, in the order of the file."""
        return {**self.groups, **self.leaves}

    @cached_property
    def scale_by_code(self) -> dict[str, Scale]:
        """Scales by code."""
        return {scale.code: scale for scale in self.scales}

    @cached_property
    def _children(self) -> dict[str, tuple[str, ...]]:
        children: dict[str, list[str]] = {TOTAL: [], **{code: [] for code in self.by_code}}
        for code in self.by_code:
            if code not in self.unplaced:
                children.setdefault(self.parent(code), []).append(code)
        return {code: tuple(below) for code, below in children.items()}

    @property
    def plan_year(self) -> int:
        """The fiscal year for which measures are planned on this result."""
        return self.fiscal_year + self.publication.year_rule.plan_year_offset

    @property
    def pass_score(self) -> float:
        """The score that counts as passing (0-100)."""
        return float(self.reference_lines.pass_score)

    @property
    def weights_confidence(self) -> Confidence:
        """How surely the shares of the instruments in the total are known."""
        return weakest(instrument.confidence for instrument in self.instruments)

    def parent(self, code: str) -> str:
        """Return the code one level up; the parent of an instrument is ``total``."""
        node = self.by_code[code]
        match node:
            case Instrument():
                return TOTAL
            case Indicator():
                return node.instrument
            case SubIndicator():
                return node.indicator
            case Item():
                return node.sub_indicator or node.indicator or node.instrument
            case Question():
                return node.indicator or node.instrument

    def children(self, code: str) -> tuple[str, ...]:
        """Return the codes one level down, in the order of the file."""
        return self._children[code]

    def leaves_of(self, code: str) -> tuple[str, ...]:
        """Return the questions and items at or below a node, in the order of the file."""
        if code in self.leaves:
            return (code,)
        return tuple(leaf for child in self.children(code) for leaf in self.leaves_of(child))

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Return the codes above a node, the nearest first, ``total`` last."""
        above: list[str] = []
        while code != TOTAL:
            code = self.parent(code)
            above.append(code)
        return tuple(above)

    def instrument_of(self, code: str) -> str:
        """Return the instrument that a node belongs to."""
        return (code, *self.ancestors(code))[-2]

    def indicator_of(self, code: str) -> str | None:
        """Return the indicator that a node is or belongs to, or ``None`` where that is not known."""
        line = () if code == TOTAL else (code, *self.ancestors(code))
        return next((c for c in line if isinstance(self.by_code.get(c), Indicator)), None)

    def parts_of(self, code: str) -> tuple[str, ...]:
        """Return the parts in which a node is also scored: of EIT ``("1", "2")``, else none."""
        node = self.by_code[self.instrument_of(code)] if code != TOTAL else None
        return tuple(p.part for p in node.parts) if isinstance(node, Instrument) else ()

    def part_weight(self, instrument: str, part: str) -> Fraction | None:
        """Return the share of one part in the instrument's score, or ``None`` when not known."""
        parts = next(i.parts for i in self.instruments if i.code == instrument)
        return next(p.weight for p in parts if p.part == part)

    def weight_in_total(self, code: str, part: str = "") -> Fraction | None:
        """Return what one point of the node is worth in the total, or ``None`` when not known.

        Source: nominal weights of the file, multiplied up the tree (statistics of composite indicators).
        """
        weights = [self.by_code[c].weight for c in (code, *self.ancestors(code)) if c != TOTAL]
        weights += [self.part_weight(self.instrument_of(code), part)] if part else []
        known = [weight for weight in weights if weight is not None]
        return math.prod(known, start=Fraction(1)) if len(known) == len(weights) else None

    def points(self, code: str) -> dict[str, Fraction] | None:
        """Return option label -> points (0-100) of a question, or ``None`` when these are unknown.

        A question that is answered line by line has no distribution of its own.
        """
        question = self.leaves.get(code)
        if not isinstance(question, Question) or question.polarity is None or question.sub_questions:
            return None
        options = self.scale_by_code[question.scale].options
        if options is None:
            return None
        return {o.label_th: getattr(o, question.polarity) for o in options}

    def step(self, code: str) -> Fraction | None:
        """Return the grid on which one respondent's score of a question lies, or ``None`` when unknown.

        Of a question that is answered line by line, the mean of its lines lies on a finer grid.
        """
        question = self.leaves.get(code)
        if not isinstance(question, Question):
            return None
        steps = {self.scale_by_code[scale].step for scale in (line.scale for line in question.sub_questions)}
        step = self.scale_by_code[question.scale].step
        if steps - {step} or step is None:
            return None
        return step / max(1, len(question.sub_questions))

    def title(self, code: str) -> str | None:
        """Return the official Thai name or wording, or ``None`` where it is unknown."""
        node = self.by_code[code]
        if isinstance(node, Question):
            return node.text_th
        return node.title_th if isinstance(node, Item) else node.name_th

    def with_codes(self, codes: Iterable[str], *, items_known: bool = True) -> Framework:
        """Return the year with those codes too that it can neither know nor refute, as of unknown place.

        A code is refuted where the year has a list of its own of such codes, ``open_lists`` aside. With
        ``items_known`` false the published items are those of another assessor: no code means one of them.
        """
        items = self.items if items_known else ()
        lists: dict[str, tuple[Any, ...]] = {
            "questions": self.questions,
            "items": items,
            "sub_indicators": self.sub_indicators,
        }
        unsure = {*self.carried, *self.open_lists}
        own = {leaf.code[0] for name, found in lists.items() if name not in unsure for leaf in found}
        known = {leaf.code for found in lists.values() for leaf in found} | {*self.groups}
        new = [c for c in dict.fromkeys(codes) if c not in known and c[:1] not in own]
        added: dict[str, tuple[Any, ...]] = {
            "questions": tuple(
                Question(
                    code=c,
                    instrument={"i": "IIT", "e": "EIT"}[c[0]],
                    text_th=None,
                    polarity=None,
                    scale_confidence=UNKNOWN,
                    **_UNKNOWN_LEAF,
                )
                for c in new
                if re.fullmatch(r"[ie][1-9]\d?", c)
            ),
            "items": tuple(
                Item(code=c, title_th=None, **_UNKNOWN_LEAF) for c in new if re.fullmatch(r"o[1-9]\d?", c)
            ),
            "sub_indicators": tuple(
                SubIndicator(code=c, name_th="ยังไม่ทราบชื่อ", indicator=c.partition(".")[0], **_NOTHING)
                for c in new
                if re.fullmatch(r"\d+\.[1-9]\d?", c) and c.partition(".")[0] in self.groups
            ),
        }
        if items_known and not any(added.values()):
            return self
        changed = self.changed(
            **{name: (*lists[name], *found) for name, found in added.items()},
            scales=(*self.scales, Scale(code=UNKNOWN, source=(), confidence="unknown")),
            unplaced=frozenset(node.code for found in added.values() for node in found),
        )
        return changed.changed(topics=changed.known_topics())

    def known_topics(self) -> tuple[Topic, ...]:
        """Return the topics with those of their questions and items that the year has."""
        known = {*self.leaves} - self.unplaced
        return tuple(
            topic.model_copy(update={"items": tuple(code for code in topic.items if code in known)})
            for topic in self.topics
        )

    def with_wording_confirmed(self) -> Framework:
        """Return the year as one whose questions somebody has compared with the result page."""
        return self.changed(carried={k: year for k, year in self.carried.items() if k != "questions"})

    def changed(self, **values: Any) -> Framework:
        """Return the year with other blocks; a copy would keep what was worked out of the old ones."""
        own = {name: getattr(self, name) for name in Framework.model_fields}
        return Framework.model_construct(**(own | values))


_NOTHING: dict[str, Any] = {"source": (), "confidence": "unknown", "weight": None}
_UNKNOWN_LEAF: dict[str, Any] = {**_NOTHING, "indicator": None, "scale": UNKNOWN}
