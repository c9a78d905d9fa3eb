"""Exact test vectors: the real result of hannangam, and worked examples of the statistics."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ita_nb.analysis import uncertainty
from ita_nb.analysis.diagnosis import find_coverage
from ita_nb.analysis.levels import level_of
from ita_nb.analysis.losses import loss_of, loss_tree
from ita_nb.analysis.reconstruct import needed_sum, plain_mean_is_impossible
from ita_nb.analysis.respondents import counts_of_shares, grid_steps, implied_respondents, nearest_on_grid
from ita_nb.analysis.scores import Estimate, Scores, weighted
from ita_nb.analysis.slips import score_repairs, share_repairs, single_edits
from ita_nb.analysis.uncertainty import (
    all_top_bound,
    standard_error_bound,
    unseen_bound,
)
from ita_nb.case import Case, build_case
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.facts.loader import load_framework
from ita_nb.intake.record import Agency, Answer, PlannedMeasure, Record, StatedScore

ROOT = Path(__file__).parents[1]
HALF = F(1, 200)
SHARES_I13 = ("83.33", "4.76", "4.76", "2.38", "22.38", "2.38")
FIRST_PRINTING_I10 = ("78.57", "2.38", "0.00", "2.38", "2.38", "11.29")
FRAMEWORK = load_framework(2568)


@pytest.fixture(scope="module")
def case() -> Case:
    """The real case, built once."""
    return build_case("hannangam", 2568, ROOT)


def stated(text: str) -> StatedScore:
    """A score as printed to two decimals."""
    return StatedScore(F(text), text, HALF)


def record(scores: dict[str, str], **more: object) -> Record:
    """A record that holds only some scores; ``EIT.1`` names a part."""
    nodes = {Node(*key.split(".")): stated(text) for key, text in scores.items()}
    return Record(Agency("x", "หน่วยงานทดสอบ"), 2568, nodes, **more)  # type: ignore[arg-type]


def printed(indicators: list[str]) -> dict[str, str]:
    """The ten indicators by number."""
    return {str(i): text for i, text in enumerate(indicators, start=1)}


HANNANGAM = "95.40 96.98 99.52 92.38 94.13 98.45 97.60 97.21 80.75 100.00".split()
BANG_KRABUE = "81.64 77.05 79.52 74.10 78.30 78.88 82.02 74.75 97.50 100.00".split()


# ------------------------------------------------------------------ roll-up


@pytest.mark.parametrize(
    ("node", "value", "low", "high"),
    [
        (Node(TOTAL), "94.1806", "94.1756", "94.1846"),
        (Node("IIT"), "95.682", "95.677", "95.687"),
        (Node("EIT"), F(29326, 300), F(2932450, 30000), F(2932750, 30000)),
        (Node("OIT"), "90.375", "90.37", "90.3775"),
    ],
)
def test_real_roll_up(case: Case, node: Node, value: object, low: object, high: object) -> None:
    """The ten printed indicators give these exact scores and intervals."""
    recomputed = case.scores.recomputed(node)

    assert recomputed is not None
    assert (recomputed.estimate.value, recomputed.estimate.low, recomputed.estimate.high) == (
        F(str(value)),
        F(str(low)),
        F(str(high)),
    )


@pytest.mark.parametrize(
    ("indicators", "total"), [(HANNANGAM, F("94.1806")), (BANG_KRABUE, F("86.5016"))], ids=["001", "003"]
)
def test_total_of_published_indicators(indicators: list[str], total: F) -> None:
    """Two published sets of indicators give their totals by 30/30/40."""
    recomputed = Scores(FRAMEWORK, record(printed(indicators))).recomputed(Node(TOTAL))

    assert recomputed is not None
    assert recomputed.estimate.value == total


@pytest.mark.parametrize(
    ("scores", "layer", "value"),
    [
        ({"IIT": "90", "EIT": "80", "OIT": "70"}, "instruments", F(79)),
        ({"IIT": "90", "EIT.1": "80", "EIT.2": "100", "OIT": "70"}, "instruments", F(82)),
        (printed(["90"] * 10), "indicators", F(90)),
        (printed(["90"] * 10) | {"IIT": "50"}, "indicators", F(90)),
    ],
    ids=["instruments", "parts", "indicators", "indicators-before-instruments"],
)
def test_layer_of_total(scores: dict[str, str], layer: str, value: F) -> None:
    """The total stands on the indicators where all are printed, else on instruments or parts."""
    recomputed = Scores(FRAMEWORK, record(scores)).recomputed(Node(TOTAL))

    assert recomputed is not None
    assert (recomputed.layer, recomputed.estimate.value) == (layer, value)


def test_missing_indicator_gives_no_total() -> None:
    """A missing indicator gives a missing total, not a zero."""
    assert Scores(FRAMEWORK, record(printed(["90"] * 9))).recomputed(Node(TOTAL)) is None


def test_full_part_deduces_its_indicators(case: Case) -> None:
    """A part printed 100 leaves no room: each of its indicators is 100."""
    deduced = case.scores.recomputed(Node("7", "2"))

    assert deduced is not None
    assert (deduced.layer, deduced.estimate.value) == ("ceiling", 100)


def test_full_indicator_is_not_rebuilt_from_itself() -> None:
    """Scores deduced from a full indicator are no evidence for that indicator."""
    scores = Scores(FRAMEWORK, record({"2": "100"}))

    assert scores.recomputed(Node("2")) is None


@given(st.lists(st.integers(0, 10000), min_size=10, max_size=10))
def test_true_total_lies_in_the_interval(hundredths: list[int]) -> None:
    """Whatever the unrounded indicators were, the interval from their printed values holds the total."""
    true = [F(h, 100) + F(1, 300) if h < 10000 else F(100) for h in hundredths]
    scores = Scores(FRAMEWORK, record(printed([f"{h // 100}.{h % 100:02}" for h in hundredths])))
    recomputed = scores.recomputed(Node(TOTAL))
    weights = [FRAMEWORK.weight_in_total(i.code) for i in FRAMEWORK.indicators]
    total = sum(w * t for w, t in zip(weights, true, strict=True) if w is not None)

    assert recomputed is not None
    assert recomputed.estimate.low <= total <= recomputed.estimate.high


# ------------------------------------------------------------------ reconciliation


@pytest.mark.parametrize(
    ("label", "verdict"),
    [
        ("total", "mismatch"),
        ("IIT", "match"),
        ("EIT", "unchecked"),
        ("EIT.1", "match"),
        ("OIT", "match"),
        ("2", "match"),
        ("7", "mismatch"),
        ("8", "match"),
        ("9", "unchecked"),
        ("i10", "match"),
        ("i13", "unchecked"),
    ],
)
def test_real_verdicts(case: Case, label: str, verdict: str) -> None:
    """Each slip of the real document is found where it is and does not travel."""
    assert {c.node.label: c.verdict for c in case.nodes}[label] == verdict


def test_stated_total_survives(case: Case) -> None:
    """The stated total stays 49.74 beside the recomputed one."""
    assert {c.node.label: c.stated for c in case.nodes}["total"] == F("49.74")


def test_real_problems(case: Case) -> None:
    """The real document has these five problems and no others."""
    assert [(p.rule, p.node) for p in case.problems] == [
        ("total-mismatch", "total"),
        ("indicator-mismatch", "7"),
        ("shares-sum", "i13"),
        ("level-unknown", "total"),
        ("level-mismatch", "total"),
    ]


def test_message_about_e4_to_e6(case: Case) -> None:
    """The message says what e4 to e6 must average: 614 units of 20/43."""
    message = next(p.message_th for p in case.problems if p.node == "7")

    assert all(text in message for text in ("e4, e5, e6", "95.1938", "614", "20/43"))


def test_indicator_9_is_said_not_invented(case: Case) -> None:
    """Indicator 9 cannot be rebuilt: the weights are unknown and a plain mean is impossible."""
    why = next(n.why for n in case.not_checked if n.node == "9")

    assert "ไม่ทราบน้ำหนักภายใน" in why
    assert "80.75" in why


@pytest.mark.parametrize(
    ("stated_total", "severity"), [("90.02", "warning"), ("90.05", "warning"), ("90.20", "error")]
)
def test_severity_grows_with_the_gap(stated_total: str, severity: str) -> None:
    """A difference up to 0.05 beyond rounding warns, a larger one is an error."""
    from ita_nb.analysis.reconcile import mismatches

    scores = Scores(FRAMEWORK, record(printed(["90.00"] * 10) | {"total": stated_total}))

    assert [p.severity for p in mismatches(scores, {})] == [severity]


# ------------------------------------------------------------------ level


@pytest.mark.parametrize(
    ("total", "instruments", "level"),
    [
        ("95", ("95", "95", "95"), "ผ่านดีเยี่ยม"),
        ("97.90", ("99", "99", "94.99"), "ผ่านดี"),
        ("94.1806", ("95.682", "97.7533", "90.375"), "ผ่านดี"),
        ("94.64", ("99", "84.99", "99"), "ผ่าน"),
        ("85", ("85", "85", "85"), "ผ่านดี"),
        ("84.99", ("99", "99", "65"), "ต้องปรับปรุง"),
        ("70", ("70", "70", "70"), "ต้องปรับปรุง"),
        ("69.99", ("70", "70", "70"), "ต้องปรับปรุงโดยด่วน"),
        ("0", ("0", "0", "0"), "ต้องปรับปรุงโดยด่วน"),
        ("96", ("99", None, "99"), None),
        ("96", ("90", None, "99"), None),
        ("80", (None, None, None), "ต้องปรับปรุง"),
    ],
)
def test_level_rule(total: str, instruments: tuple[str | None, ...], level: str | None) -> None:
    """The level follows from total and instruments together, at the exact bounds."""
    known = [None if text is None else F(text) for text in instruments]

    assert level_of(FRAMEWORK, F(total), known) == level


def test_real_levels(case: Case) -> None:
    """The stated label, the level by the recomputed scores, and the levels that are possible."""
    level = case.level

    assert (level.stated, level.recomputed, level.possible) == (
        "ปรับปรุงแก้ไขเร่งด่วน",
        "ผ่านดี",
        ("ผ่านดี",),
    )


# ------------------------------------------------------------------ respondents and grids


def test_real_respondents(case: Case) -> None:
    """42 staff and 43 of the public answered, both inferred."""
    assert {g: (r.n, r.inferred, r.misfits) for g, r in case.respondents.items()} == {
        "IIT": (42, True, ()),
        "EIT.1": (43, True, ()),
    }


@pytest.mark.parametrize(
    ("shares", "fits"),
    [
        (("78.57", "2.38", "0", "2.38", "2.38", "14.29"), [42 * k for k in range(1, 10)]),
        (SHARES_I13, []),
    ],
    ids=["i10", "i13-as-printed"],
)
def test_respondents_of_shares(shares: tuple[str, ...], fits: list[int]) -> None:
    """Printed shares fit 42 and its multiples, or nothing at all."""
    exact = [F(text) for text in shares]

    assert [n for n in range(1, 401) if counts_of_shares(exact, n)] == fits


@pytest.mark.parametrize(
    ("scores", "n"),
    [
        ("90.95 81.90 91.43 95.71 99.05 96.19 99.52 95.24", 42),
        ("96.74 96.28 93.49 95.35 94.42", 43),
    ],
)
def test_respondents_of_scores(scores: str, n: int) -> None:
    """Two-decimal question scores alone fit n and its multiples only."""
    fits = [m for m in range(1, 401) if all(grid_steps(F(text), F(20), m) for text in scores.split())]

    assert fits == [n * k for k in range(1, len(fits) + 1)]


@pytest.mark.parametrize(("score", "possible"), [("5.27", False), ("5.28", True)])
def test_grim_example(score: str, possible: bool) -> None:
    """The published example: of 43 people a mean of 5.27 is impossible, 5.28 possible."""
    assert bool(grid_steps(F(score), F(1), 43)) is possible


def test_mistyped_score_is_found_by_the_grid(case: Case) -> None:
    """One transposed score (90.59 for 90.95) is named, and the other scores still give n."""
    scores = {**case.record.scores, Node("i1"): stated("90.59")}
    found = implied_respondents(FRAMEWORK, replace(case.record, scores=scores))["IIT"]

    assert (found.n, found.misfits) == (42, (Node("i1"),))


def test_nearest_possible_score() -> None:
    """The nearest score that 42 people can give to 90.59 is 90.476."""
    assert nearest_on_grid(F("90.59"), F(20), 42) == F(190 * 20, 42)


def test_stated_respondents_are_believed_and_checked() -> None:
    """A stated n is kept, and scores that it cannot give are named."""
    own = record({"i1": "90.95", "i4": "95.00"}, respondents={"IIT": 42})

    assert implied_respondents(FRAMEWORK, own)["IIT"].misfits == (Node("i4"),)


@given(st.lists(st.integers(0, 30), min_size=6, max_size=6).filter(sum))
def test_true_counts_are_among_the_readings(counts: list[int]) -> None:
    """Shares printed from real counts always allow those counts."""
    from ita_nb.thai import number_text

    n = sum(counts)
    shares = [F(number_text(F(100 * c, n))) for c in counts]

    assert tuple(counts) in counts_of_shares(shares, n)


# ------------------------------------------------------------------ slips


@pytest.mark.parametrize(
    ("shares", "item", "by_sum", "repaired"),
    [
        (SHARES_I13, "i13", 2, ("83.33", "4.76", "4.76", "2.38", "2.38", "2.38")),
        (FIRST_PRINTING_I10, "i10", 5, ("78.57", "2.38", "0.00", "2.38", "2.38", "14.29")),
    ],
)
def test_share_repairs(
    case: Case, shares: tuple[str, ...], item: str, by_sum: int, repaired: tuple[str, ...]
) -> None:
    """The sum alone allows several repairs, all constraints together exactly one."""
    everything = share_repairs(
        shares, n=42, points=FRAMEWORK.points(item), score=case.record.scores[Node(item)]
    )

    assert (len(share_repairs(shares)), everything) == (by_sum, [repaired])


def test_no_single_edit_mends_the_total(case: Case) -> None:
    """No one-digit edit turns 49.74 into the recomputed total."""
    assert score_repairs(case.scores, Node(TOTAL), case.respondents) == []


def test_swapping_digits_comes_near() -> None:
    """The nearest edit, 94.74, still misses by 0.5594."""
    gap = min(abs(F(edit) - F("94.1806")) for edit in single_edits("49.74"))

    assert gap == F("0.5594")


def test_transposed_question_is_repaired(case: Case) -> None:
    """A transposed question score is the only single edit that satisfies everything."""
    scores = Scores(
        FRAMEWORK, replace(case.record, scores={**case.record.scores, Node("i4"): stated("95.17")})
    )
    repairs = score_repairs(scores, Node("2"), case.respondents)

    assert [(r.node.code, r.printed, r.repaired) for r in repairs] == [("i4", "95.17", "95.71")]


@given(st.decimals(0, 100, places=2))
def test_edits_are_canonical(value: object) -> None:
    """Every edit is another number of 0-100 with the same decimals."""
    edits = single_edits(f"{value:.2f}")

    assert all(0 <= F(e) <= 100 and len(e.split(".")[1]) == 2 and e != f"{value:.2f}" for e in edits)


def test_needed_sum_of_e4_to_e6(case: Case) -> None:
    """Indicator 7 with a full part 2 needs 614 units of 20/43 in part 1."""
    questions = tuple(Node(c, "1") for c in ("e4", "e5", "e6"))
    needed = needed_sum(case.scores, Node("7", "1"), questions, case.respondents["EIT.1"])

    assert needed is not None
    assert (needed.units, needed.unit, needed.mean) == (614, F(20, 43), F(614 * 20, 129))


def test_needed_sum_of_i2_and_i3(case: Case) -> None:
    """The unprinted i2 and i3 must add up to 410 units, 195.238."""
    needed = needed_sum(case.scores, Node("1"), (Node("i2"), Node("i3")), case.respondents["IIT"])

    assert needed is not None
    assert (needed.units, needed.total) == (410, F(410 * 20, 42))


def test_plain_mean_cannot_give_indicator_9(case: Case) -> None:
    """A plain mean of 20 items at 0/50/100 moves in steps of 2.5 and never prints 80.75."""
    assert plain_mean_is_impossible(case.scores, Node("9")) == F("2.5")


# ------------------------------------------------------------------ lost points


def test_real_losses_by_indicator(case: Case) -> None:
    """The ten losses are exact and add up to 5.8194."""
    expected = [F(x) for x in ".276 .1812 .0288 .4572 .3522 .155 .24 .279 3.85 0".split()]

    assert [loss_of(case.losses, Node(str(i))) for i in range(1, 11)] == expected


def test_indicator_9_holds_two_thirds_of_the_losses(case: Case) -> None:
    """66.158 % of the lost points sit in indicator 9."""
    assert case.losses is not None
    assert case.losses.loss is not None
    assert F(385, 100) / case.losses.loss == F("3.85") / F("5.8194")
    assert float(F("3.85") / case.losses.loss) == pytest.approx(0.661580, abs=1e-6)


def test_real_loss_of_i10(case: Case) -> None:
    """i10 costs 0.361905 of the total: 380/21 points times 1/50."""
    assert loss_of(case.losses, Node("i10")) == F(380, 21) / 50


def test_i10_by_option(case: Case) -> None:
    """The losses of i10 by answer are exact."""
    distribution = case.scores.distributions[Node("i10")]

    assert list((distribution.lost_by_option() or {}).values()) == [
        0,
        F(10, 21),
        0,
        F(10, 7),
        F(40, 21),
        F(100, 7),
    ]


@pytest.mark.parametrize("item", ["o12", "o13", "o16"])
def test_items_of_unknown_weight_have_no_loss(case: Case, item: str) -> None:
    """An item whose weight is unknown gets no invented loss."""
    assert loss_of(case.losses, Node(item)) is None


def test_without_absent(case: Case) -> None:
    """Without "ไม่มี" i10 is 95.5556 and the total gains 0.2730; the answer carries 15/19 of the loss."""
    (found,) = case.sensitivity

    assert (found.node.code, found.score, found.total_gain, found.absent_share) == (
        "i10",
        F(860, 9),
        F(86, 315),
        F(15, 19),
    )


@pytest.fixture(scope="module")
def every_child(case: Case) -> list[tuple[F, F]]:
    """Loss of every inner node beside the sum of its children's."""
    assert case.losses is not None
    inner = [n for n in case.losses.walk() if n.children and n.loss is not None]
    return [(n.loss, sum((c.loss for c in n.children if c.loss is not None), F(0))) for n in inner if n.loss]


def test_real_tree_adds_up_at_every_level(every_child: list[tuple[F, F]]) -> None:
    """The children's losses add up to their parent's, exactly."""
    assert [own for own, below in every_child if own != below] == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), min_size=6, max_size=6).filter(sum), min_size=15, max_size=15))
def test_tree_from_answers_leaves_no_remainder(answers: list[list[int]]) -> None:
    """With every answer counted, the options alone explain the instrument's loss, exactly."""
    questions = [q for q in FRAMEWORK.questions if q.code.startswith("i")]
    given_answers = {}
    for question, counts in zip(questions, answers, strict=True):
        options = FRAMEWORK.points(question.code) or {}
        own = counts[: len(options)] if sum(counts[: len(options)]) else [1] * len(options)
        given_answers[Node(question.code)] = tuple(
            Answer(option, count=count) for option, count in zip(options, own, strict=True)
        )
    scores = Scores(FRAMEWORK, record({"EIT": "100", "OIT": "100"}, answers=given_answers))
    tree = loss_tree(scores)

    assert tree is not None
    options = [n for n in tree.walk() if n.kind == "option"]
    assert sum((n.loss for n in options if n.loss is not None), F(0)) == tree.loss


# ------------------------------------------------------------------ uncertainty


@pytest.mark.parametrize(("n", "bound"), [(20, 0.139108), (42, 0.068843), (100, 0.029513), (400, 0.007461)])
def test_all_top_bound(n: int, bound: float) -> None:
    """The exact bound when everybody chose the top answer."""
    assert all_top_bound(n) == pytest.approx(bound, abs=1e-6)


@pytest.mark.parametrize(("population", "unseen"), [(45, 1), (50, 1), (60, 2), (100, 5)])
def test_unseen_bound(population: int, unseen: int) -> None:
    """The hypergeometric bound for 42 answers out of a finite population."""
    assert unseen_bound(42, population) == unseen


def test_bhatia_davis() -> None:
    """The greatest standard error of i10's mean for n = 42."""
    assert standard_error_bound(1720 / 21, 42) == pytest.approx(5.940350655, abs=1e-6)


def test_standard_error_bound_of_the_total(case: Case) -> None:
    """The surveys can move the total by a standard error of at most about 1.05."""
    assert case.total_error_bound == pytest.approx(1.053661, abs=2e-3)


def test_intervals_are_computed_when_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case knows which questions have an interval before one is computed, and computes each once."""
    asked: list[object] = []
    monkeypatch.setattr(uncertainty, "dirichlet_interval", lambda *given: asked.append(given) or (0.0, 1.0))
    intervals = build_case("hannangam", 2568, ROOT).intervals

    assert (Node("i10") in intervals, Node("o1") in intervals, len(asked)) == (True, False, 0)
    assert intervals[Node("i10")] is intervals[Node("i10")]
    assert len(asked) == 1
    assert list(intervals) == [node for node in intervals if intervals[node]]


ESTIMATES = st.tuples(
    st.fractions(-2, 2, max_denominator=400), st.lists(st.integers(0, 10_000), min_size=3, max_size=3)
)


@given(st.lists(ESTIMATES, max_size=9))
def test_a_weighted_sum_is_exact(terms: list[tuple[F, list[int]]]) -> None:
    """Value and ends are the plain sums; a negative weight takes the other end of its term."""
    known = [(w, Estimate(*(F(x, 100) for x in (v, low, high)))) for w, (v, low, high) in terms]
    found = weighted(known)

    assert found.value == sum((w * e.value for w, e in known), F(0))
    assert found.low == sum((w * (e.low if w >= 0 else e.high) for w, e in known), F(0))
    assert found.high == sum((w * (e.high if w >= 0 else e.low) for w, e in known), F(0))


# ------------------------------------------------------------------ weaknesses, lists, plan


def test_real_weaknesses(case: Case) -> None:
    """These seven items are weak, and no item that scored 100 is."""
    assert [w.node.code for w in case.weaknesses] == ["i1", "e7", "i10", "o12", "o13", "o16", "i13"]


@pytest.mark.parametrize(
    ("item", "pattern"),
    [("i10", "absent"), ("i13", "practice"), ("o13", "missing"), ("o12", "incomplete"), ("i1", "any")],
)
def test_real_patterns(case: Case, item: str, pattern: str) -> None:
    """The way the points were lost chooses the measure."""
    assert {w.node.code: w.pattern for w in case.weaknesses}[item] == pattern


def test_every_weakness_has_a_measure(case: Case) -> None:
    """The draft plan covers every weakness, with nothing beyond them."""
    assert (case.coverage.uncovered, case.coverage.unfounded) == ((), ())


def test_drafts_are_drafts(case: Case) -> None:
    """Every measure of the catalogue is a draft until a person confirms it."""
    assert {m.status for m in case.plan} == {"draft"}


def test_measures_lie_in_the_plan_year(case: Case) -> None:
    """Every period lies inside fiscal year 2569: 1 October 2025 to 30 September 2026."""
    import datetime as dt

    first, last = dt.date(2025, 10, 1), dt.date(2026, 9, 30)

    assert all(m.start and m.end and first <= m.start < m.end <= last for m in case.plan)


@pytest.mark.parametrize(
    ("order", "expected"),
    [("by_score", ["o13", "o12", "o16", "i10", "i1"]), ("by_loss", ["i10", "i1", "i13", "e7", "i12"])],
)
def test_low_lists_differ(case: Case, order: str, expected: list[str]) -> None:
    """The lowest scores and the largest losses are two different lists."""
    assert [node.code for node, _ in getattr(case.lowest, order)] == expected


def test_gap_list_needs_a_reference(case: Case) -> None:
    """Without peers there is no gap list, not an empty one."""
    assert case.lowest.by_gap is None


def test_gap_list_with_peers(case: Case) -> None:
    """With ten peers the gap is the peers' mean minus the own score."""
    from ita_nb.analysis.diagnosis import low_lists

    peers = {f"p{i}": {Node("i10"): F(90 + i % 2)} for i in range(10)}
    scores = Scores(FRAMEWORK, replace(case.record, peers=peers))
    (gap,) = low_lists(scores, case.losses).by_gap or ()

    assert (gap.node.code, gap.gap) == ("i10", F("90.5") - F("81.90"))


def test_coverage_of_the_published_plan(case: Case) -> None:
    """The published plan leaves e7, i1 and i13 open and spends eight rows on what is not weak."""
    published = "o6 o7 o8 o10 o20 e5 i10 o12 o13 o14 o16 o17".split()
    plan = [PlannedMeasure(code, (code,), code, (), None, None, "", "", "confirmed") for code in published]
    coverage = find_coverage(FRAMEWORK, case.weaknesses, plan, plan)

    assert [n.code for n in coverage.uncovered] == ["i1", "e7", "i13"]
    assert len(coverage.unfounded) == 8


def test_case_without_distributions_still_stands() -> None:
    """An agency with nothing but a total gives a case of one node."""
    scores = Scores(FRAMEWORK, record({"total": "88.88"}))
    tree = loss_tree(scores)

    assert tree is not None
    assert (tree.loss, tree.children) == (F("11.12"), ())
