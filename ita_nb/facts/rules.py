"""The named checks: severity, wording in two languages, and the tolerances they use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from ita_nb.errors import Confidence, Problem, Severity
from ita_nb.facts.kinds import Exact, Value
from ita_nb.facts.yaml_file import FACTS, read_own
from ita_nb.thai import revealed


class Rule(Value):
    """One check: its public name, its default severity, an example, and its message templates.

    ``subject_th`` is what the check is about, where that is not the node itself; ``brief_th`` says
    in a few words what does not agree. ``to_accept`` marks a note that somebody must have seen before
    publication, like a warning.
    """

    rule: str
    severity: Severity = "error"
    what_th: str
    subject_th: str = "{name}"
    brief_th: str = "ระบุ {stated} ที่คาดไว้ {expected}"
    example_th: str
    message_th: str
    message_en: str
    to_accept: bool = False


class Rules(Value):
    """All checks, and the tolerances (in score points, shares in percent) that they apply.

    ``pages`` holds the fewest and the most pages that a finished document may have.
    """

    tolerance: Exact
    warning_up_to: Exact
    shares_sum_tolerance: Exact
    respondents_limit: int
    peers_min: int
    pages: Mapping[str, tuple[int, int]]
    nothing_th: tuple[str, ...]
    other_assessors: Mapping[str, str]
    rules: tuple[Rule, ...]


@cache
def load_rules() -> Rules:
    """Load the checks of ``rules.yaml``."""
    return read_own(FACTS / "rules.yaml", Rules)


def says_nothing(text: str) -> bool:
    """Whether a text is what people write where they have nothing to say, such as a dash."""
    return text.strip() in load_rules().nothing_th


def rule_named(name: str) -> Rule:
    """Return the check of that public name."""
    return next(rule for rule in load_rules().rules if rule.rule == name)


# What is left out because of a problem: the whole row, or one value of it.
_UNUSED = {
    "row": {"unused": "แถวนี้", "unused_en": "row"},
    "value": {"unused": "ค่านี้ แต่ยังใช้ส่วนอื่นของแถว", "unused_en": "value (the rest of the row is)"},
}


def problem(
    rule: str,
    node: str,
    *,
    stated: str | None = None,
    expected: str | None = None,
    severity: Severity | None = None,
    suggestion: str | None = None,
    confidence: Confidence = "confirmed",
    unused: Literal["row", "value"] = "row",
    **fields: str,
) -> Problem:
    """Build the row of one problem from the wording of its rule; ``fields`` fill the templates."""
    found = rule_named(rule)
    fill = {
        "name": node,
        "stated": revealed(stated or "-"),
        "expected": expected or "-",
        **_UNUSED[unused],
        **fields,
    }
    return Problem(
        rule=rule,
        severity=severity or found.severity,
        node=node,
        stated=stated,
        expected=expected,
        message_th=found.message_th.format(**fill),
        message_en=found.message_en.format(**{**fill, "name": node}),
        suggestion=suggestion,
        confidence=confidence,
    )
