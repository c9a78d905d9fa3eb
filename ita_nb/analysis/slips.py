"""Slip finder: which single edit of one printed value satisfies every constraint at once.

An edit deletes, substitutes, inserts or swaps one digit. A repair is a suggestion that satisfies the
arithmetic; it is to be confirmed against the source and is never applied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ita_nb.analysis.respondents import Respondents, counts_of_shares, grid_steps, group_of, score_of
from ita_nb.analysis.scores import Estimate, Scores
from ita_nb.facts.kinds import TOTAL, Node, Question
from ita_nb.facts.rules import load_rules
from ita_nb.intake.record import StatedScore

_DIGITS = "0123456789"


@dataclass(frozen=True)
class Repair:
    """One printed value read differently: ``62.38`` where ``26.38`` is printed."""

    node: Node
    printed: str
    repaired: str


@lru_cache(maxsize=1024)  # the same value is edited for several constraints
def single_edits(text: str, decimals: int | None = None) -> frozenset[str]:
    """Return every value (0-100) that is one digit edit away from ``text``, with ``decimals`` decimals.

    ``decimals`` defaults to those of ``text``. Zeros at the end may be a spreadsheet's, so the text is
    also edited without them; a swap reaches over the decimal point.
    """
    places = len(text.partition(".")[2]) if decimals is None else decimals
    written = {text}
    if "." in text and text.endswith("0"):
        written |= {text.rstrip("0"), text.rstrip("0").rstrip(".")}
    padded = {_padded(edit, places) for form in written for edit in _one_edit(form)}
    numbers = (edit for edit in padded if edit is not None)
    return frozenset(edit for edit in numbers if Fraction(edit) <= 100 and Fraction(edit) != Fraction(text))


def _one_edit(text: str) -> set[str]:
    deleted = {text[:i] + text[i + 1 :] for i in range(len(text))}
    substituted = {text[:i] + d + text[i + 1 :] for i in range(len(text)) for d in _DIGITS if text[i] != "."}
    inserted = {text[:i] + d + text[i:] for i in range(len(text) + 1) for d in _DIGITS}
    swapped = {text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in range(len(text) - 1)}
    at = text.find(".")
    if 0 < at < len(text) - 1:
        swapped.add(text[: at - 1] + text[at + 1] + "." + text[at - 1] + text[at + 2 :])
    return deleted | substituted | inserted | swapped


def _padded(text: str, decimals: int) -> str | None:
    """Return a number as it would be printed with so many decimals, or ``None`` if it is none."""
    whole, _, fraction = text.partition(".")
    plain = whole.isdecimal() and str(int(whole)) == whole and text.count(".") <= 1
    if not plain or len(fraction) > decimals or not (fraction or "0").isdecimal():
        return None
    return f"{whole}.{fraction:0<{decimals}}" if decimals else whole


def share_repairs(
    shares: Sequence[str],
    *,
    n: int | None = None,
    points: Mapping[str, Fraction] | None = None,
    score: StatedScore | None = None,
) -> list[tuple[str, ...]]:
    """Return the rows of shares (percent, as text) that one edit makes consistent.

    Always asked: the sum is 100. With ``n``: whole counts exist. With ``points`` and ``score`` as
    well: the counts give the printed score.
    """
    repaired = []
    tolerance = load_rules().shares_sum_tolerance
    exact = [Fraction(share) for share in shares]
    for i, share in enumerate(shares):
        before, after = exact[:i], exact[i + 1 :]
        missing = 100 - sum((*before, *after), Fraction(0))
        for edit in sorted(single_edits(share)):
            value = Fraction(edit)
            if abs(value - missing) <= tolerance and _row_holds([*before, value, *after], n, points, score):
                repaired.append((*shares[:i], edit, *shares[i + 1 :]))
    return repaired


def _row_holds(
    row: list[Fraction], n: int | None, points: Mapping[str, Fraction] | None, score: StatedScore | None
) -> bool:
    if n is None:
        return True
    readings = counts_of_shares(row, n)
    if points is None or score is None:
        return bool(readings)
    return any(abs(score_of(counts, points) - score.value) <= score.half_unit for counts in readings)


def distance(stated: Fraction, recomputed: Estimate) -> Fraction:
    """Return how far a stated score lies outside the interval that printed rounding allows (0: inside)."""
    return max(recomputed.low - stated, stated - recomputed.high, Fraction(0))


def agrees(scores: Scores, node: Node) -> bool | None:
    """Return whether a node's printed score agrees with what is below it; ``None`` if not comparable.

    Where nothing allows to recompute it, it disagrees outside the lowest and the highest score below it.

    A score deduced from a full one above is no judge where that one has evidence of its own: a slip
    is found where it is and does not travel to what lies below.
    """
    printed, recomputed = scores.printed(node), scores.recomputed(node)
    if printed is None:
        return None
    if recomputed is None:
        return False if broken_range(scores, node) else None
    if recomputed.layer == "ceiling":
        above = scores.recomputed(Node(scores.framework.parent(node.code), node.part))
        if above is not None and above.layer != "ceiling":
            return None
    return distance(printed.value, recomputed.estimate) <= load_rules().tolerance


def broken_range(scores: Scores, node: Node) -> Estimate | None:
    """Return a range of scores below a node outside which its printed score lies: no weights can give it."""
    printed = scores.printed(node)
    ranges = scores.ranges_below(node) if printed else ()
    return next((r for r in ranges if printed and not r.low <= printed.value <= r.high), None)


def score_repairs(scores: Scores, failing: Node, respondents: Mapping[str, Respondents]) -> list[Repair]:
    """Return the single edits of one printed score that make ``failing`` agree and break nothing else."""
    decimals = scores.framework.rounding.decimals
    half_unit = Fraction(1, 2 * 10**decimals)
    return [
        Repair(node, printed.text, edit)
        for node in _involved(scores, failing)
        if (printed := scores.record.scores.get(node)) is not None
        for edit in sorted(single_edits(printed.text, decimals))
        if _repairs(scores, failing, node, StatedScore(Fraction(edit), edit, half_unit), respondents)
    ]


def _involved(scores: Scores, failing: Node) -> list[Node]:
    framework = scores.framework
    if failing.code in framework.leaves:
        return [failing]
    if failing.code == TOTAL:
        below = [i.code for i in framework.indicators] + [i.code for i in framework.instruments]
    else:
        below = list(framework.children(failing.code))
    parts = ("", *framework.parts_of(failing.code))
    return [failing, *(Node(code, part) for code in below for part in parts)]


def _repairs(
    scores: Scores, failing: Node, node: Node, edited: StatedScore, respondents: Mapping[str, Respondents]
) -> bool:
    if not _on_grid(scores, node, edited.value, respondents):
        return False
    changed = scores.with_score(node, edited)
    if node != failing and agrees(changed, failing) is not True:
        return False
    if node == failing and agrees(changed, failing) is False:
        return False
    # Near the failing node everything must agree: no repair of one score may leave its neighbour wrong.
    near = set(_involved(scores, failing))
    return all(
        agrees(changed, t) is not False or (agrees(scores, t) is False and t not in near)
        for t in {*_touched(scores, node), *near}
    )


def _touched(scores: Scores, node: Node) -> list[Node]:
    """Return every node whose constraint the value takes part in: itself, above it, and below it."""
    framework = scores.framework
    codes = [node.code]
    while codes[-1] != TOTAL:
        codes.append(framework.parent(codes[-1]))
    codes += framework.children(node.code) if node.code not in framework.leaves else ()
    return [Node(code, part) for code in codes for part in ("", *framework.parts_of(code))]


def _on_grid(scores: Scores, node: Node, value: Fraction, respondents: Mapping[str, Respondents]) -> bool:
    leaf = scores.framework.leaves.get(node.code)
    if leaf is None:
        return True
    if not isinstance(leaf, Question):
        values = scores.framework.scale_by_code[leaf.scale].values
        return not values or value in values  # without known values nothing is off the grid
    group, step = respondents.get(group_of(scores.framework, node)), scores.framework.step(node.code)
    if group is None or group.n is None or step is None:
        return True
    return bool(grid_steps(value, step, group.n))
