"""What one wrong figure must not do: travel, accuse a right one, or get a wrong repair."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import tempfile
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from conftest import AGENCY, REPOSITORY, YEAR, Workspace
from hypothesis import example, given, settings
from hypothesis import strategies as st
from in_process import without_kernel

from ita_nb.analysis.levels import find_level
from ita_nb.analysis.losses import loss_tree
from ita_nb.analysis.reconcile import level_problems, mismatches, share_problems
from ita_nb.analysis.respondents import implied_respondents
from ita_nb.analysis.scores import Scores
from ita_nb.analysis.slips import single_edits
from ita_nb.analysis.uncertainty import Intervals
from ita_nb.case import Case, build_case
from ita_nb.cli.check import check_json, check_text
from ita_nb.facts.kinds import Node
from ita_nb.facts.loader import load_framework
from ita_nb.intake.record import Agency, Answer, Record, StatedScore
from ita_nb.report import make_report
from ita_nb.task import Task
from ita_nb.thai import number_text, to_thai_digits

FRAMEWORK = load_framework(YEAR)
HALF = F(1, 200)


@pytest.fixture(scope="module")
def case() -> Case:
    """The real case."""
    return build_case(AGENCY, YEAR, REPOSITORY)


def stated(text: str) -> StatedScore:
    """A score as printed."""
    return StatedScore(F(text), text, HALF)


def changed(case: Case, label: str, text: str) -> Scores:
    """The real scores with one value typed otherwise."""
    node = Node(*label.split("."))
    return Scores(FRAMEWORK, replace(case.record, scores={**case.record.scores, node: stated(text)}))


def record(scores: dict[str, str], **more: object) -> Record:
    """A record of some scores."""
    nodes = {Node(*key.split(".")): stated(text) for key, text in scores.items()}
    return Record(Agency("x", "หน่วยงานทดสอบ"), YEAR, nodes, **more)  # type: ignore[arg-type]


def survey(n: int, seed: int, questions: int = 15) -> dict[str, str]:
    """Question scores that n people really gave, printed to two decimals."""
    draw = random.Random(seed)  # noqa: S311 no secret depends on it
    found = {}
    for question in [q for q in FRAMEWORK.questions if q.code.startswith("i")][:questions]:
        options = list((FRAMEWORK.points(question.code) or {}).values())
        weights = [8 if p == 100 else 1 for p in options]
        found[question.code] = number_text(sum(draw.choices(options, weights, k=n)) / n)
    return found


# ------------------------------------------------------------------ respondents


@pytest.mark.parametrize(
    ("item", "typed", "indicator", "suggestion"),
    [
        ("i4", "95.17", "2", "i4: 95.17 -> 95.71"),
        ("i6", "91.69", "2", "i6: 91.69 -> 96.19"),
        ("i14", "97.51", "5", "i14: 97.51 -> 95.71"),
        ("i1", "90.59", "1", None),
    ],
)
def test_slip_is_found_where_it_is(
    case: Case, item: str, typed: str, indicator: str, suggestion: str | None
) -> None:
    """A mistyped score that fits a multiple of n leaves n at 42; it is the suggestion, not its indicator."""
    scores = changed(case, item, typed)
    found = scores.respondents["IIT"]

    assert (found.n, found.misfits) == (42, (Node(item),))
    assert suggestion in {
        None,
        {p.node: p.suggestion for p in mismatches(scores, scores.respondents)}.get(indicator),
    }


@pytest.mark.parametrize(
    ("n", "seed", "questions"),
    [
        *itertools.product([37, 58, 90, 160, 240], range(4), [15]),
        *itertools.product([450, 1200, 5000], [7], [3, 5, 15]),
    ],
)
def test_true_respondents_are_found(n: int, seed: int, questions: int) -> None:
    """From true scores n is found, or one that it is a multiple of; no right score is accused."""
    found = implied_respondents(FRAMEWORK, record(survey(n, seed, questions)))["IIT"]

    assert found.n is None or n > 240 or n % found.n == 0
    assert found.misfits == ()


def test_few_scores_give_no_number() -> None:
    """Two scores of many people fit small numbers by chance: n stays unknown."""
    found = implied_respondents(FRAMEWORK, record(survey(380, 3, 2)))["IIT"]

    assert found.n is None


@pytest.mark.parametrize(("last", "stated_n", "rules"), [(6, None, []), (4, 42, ["shares-without-count"])])
def test_counted_answers_are_respondents(last: int, stated_n: int | None, rules: list[str]) -> None:
    """Their sum is the number of respondents, not inferred; against another stated number it is a problem."""
    options = zip(FRAMEWORK.points("i10") or {}, (33, 1, 0, 1, 1, last), strict=True)
    answers = {Node("i10"): tuple(Answer(option, count=count) for option, count in options)}
    stated_ns = {} if stated_n is None else {"IIT": stated_n}
    scores = Scores(FRAMEWORK, record({"i10": "81.90"}, answers=answers, respondents=stated_ns))
    found = scores.respondents["IIT"]

    assert (found.n, found.inferred) == (42, False)
    assert [p.rule for p in share_problems(scores, scores.respondents)] == rules


# ------------------------------------------------------------------ slips


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("94.50", "95.40"), ("89.10", "81.90"), ("95.10", "95.71"), ("98.957", "98.97")],
)
def test_common_slips_are_one_edit(typed: str, meant: str) -> None:
    """Swaps over the point, lost digits, inserted digits: each is one edit away."""
    assert meant in single_edits(typed, 2)


@pytest.mark.parametrize(("indicator", "typed"), [("3", "100"), ("2", "100"), ("4", "93.28")])
def test_no_right_number_is_offered_for_repair(case: Case, indicator: str, typed: str) -> None:
    """When an indicator is mistyped, no other official number is to be changed, and none accused."""
    scores = changed(case, indicator, typed)
    problems = list(mismatches(scores, scores.respondents))
    suggestions = [p.suggestion for p in problems if p.suggestion]

    assert [s for s in suggestions if not s.startswith(f"{indicator}:")] == []
    assert {p.node for p in problems} & {*FRAMEWORK.children(indicator)} == set()


# What the reader of numbers takes, of scores: signs, digits of either kind, zeros and decimals without end.
WRITTEN = st.from_regex(r"[+]?0{0,3}(?:\d{1,2}(?:\.\d{1,30})?|100(?:\.0{1,30})?)", fullmatch=True).map(
    lambda text: text.translate(str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789"))
)
PLACES = ("total,", "IIT,", "EIT,1", "OIT,", "1,", "7,", "9,", "i1,", "i10,", "e1,1", "e9,1", "o1,", "o12,")


@settings(max_examples=15)
@given(place=st.sampled_from(PLACES), written=WRITTEN, thai=st.booleans())
@example(place="total,", written="49.7412345678", thai=False)
@example(place="total,", written="49.7412345678", thai=True)
@example(place="9,", written="0.000000000000000000001", thai=False)
@example(place="i1,", written="+00100.000", thai=False)
def test_any_number_that_is_read_can_be_checked(place: str, written: str, thai: bool) -> None:
    """Whatever the reader of numbers takes for a score, at any place, is stated, checked and told."""
    text = to_thai_digits(written) if thai else written
    rows = (REPOSITORY / "data" / str(YEAR) / "stated_scores.csv").read_text(encoding="utf-8").splitlines()
    others = [row for row in rows[1:] if not row.startswith(f"{AGENCY},{place},")]
    scores = "\n".join([rows[0], *others, f"{AGENCY},{place},{text}"])
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        workspace.write("data/agencies.csv", f"agency_id,name_th\n{AGENCY},หน่วยงานทดสอบ\n")
        workspace.write(f"data/{YEAR}/stated_scores.csv", scores)
        found = build_case(AGENCY, YEAR, workspace.root)

    assert found.record.scores[Node(*place.split(","))].value == F(written)
    assert check_text(found)
    assert check_json(found)["problems"] is not None


# ------------------------------------------------------------------ levels, losses, intervals


def test_level_inside_the_rounding_is_no_problem() -> None:
    """A level that the printed rounding allows is not called wrong."""
    indicators = {str(i): "95.00" for i in range(1, 11)} | {"8": "94.99", "total": "95.00"}
    scores = Scores(FRAMEWORK, record(indicators, level_th="ผ่านดีเยี่ยม"))

    assert list(level_problems(scores, find_level(scores))) == []


def test_parts_are_not_counted_twice() -> None:
    """With whole and parts of a question printed, its loss counts once."""
    own = record(
        {"6": "90", "e1": "90", "e1.1": "80", "e1.2": "100", "IIT": "100", "OIT": "100", "EIT": "90"}
    )
    tree = loss_tree(Scores(FRAMEWORK, own))

    assert tree is not None
    assert [n.node.label for n in tree.walk() if n.kind == "question"] == ["e1.1", "e1.2"]


def test_a_known_staff_narrows_the_interval(case: Case) -> None:
    """With all staff asked the interval is the score itself, with 42 of 60 narrower than unknown."""
    staffs = (42, 60, None)
    records = [replace(case.record, population_iit=staff) for staff in staffs]
    census, narrow, wide = (Intervals(Scores(FRAMEWORK, own))[Node("i10")] for own in records)

    assert (census.low, census.high) == (81.9, 81.9)
    assert narrow.high - narrow.low < wide.high - wide.low


# ------------------------------------------------------------------ documents


def test_plain_papermill_cannot_pass_the_gate(tmp_path: Path) -> None:
    """The publication edition is refused in a plain papermill run too."""
    command = [sys.executable, "-m", "papermill", "notebooks/agency_report.ipynb", tmp_path / "o.ipynb"]
    command += ["-f", "params/hannangam-2568.yaml", "-p", "edition", "publish"]
    done = subprocess.run(
        command, cwd=REPOSITORY, check=False, capture_output=True, text=True, encoding="utf-8"
    )

    assert done.returncode == 1
    assert "PublicationRefusedError" in done.stderr


def test_peoples_words_do_not_stop_the_report(workspace: Workspace, tmp_path: Path) -> None:
    """A remark or a name that looks like a fault of the program is only text."""
    text = "ดู https://www.nan.go.th/ita Document: None 😀 é"
    header = ["agency_id", "item", "kind", "text_th", "status"]
    workspace.write_rows(f"data/{YEAR}/remarks.csv", header, [(AGENCY, "i10", "cause", text, "confirmed")])
    workspace.edit("data/agencies.csv", "ตำบลหันนางาม,", f"ตำบลหันนางาม {text},")
    task = Task(AGENCY, "", YEAR, workspace.root, formats=("html",))

    with without_kernel():
        assert len(make_report(task, tmp_path / "out").paths) == 2


def test_measure_without_topic_stands_under_its_items_topic(workspace: Workspace) -> None:
    """The topic column is optional: the first item's topic is the measure's."""
    workspace.write(
        f"data/{YEAR + 1}/measures.csv",
        f"agency_id,measure_id,items,title_th,status\n{AGENCY},m1,i10,ทะเบียนยืม,confirmed\n",
    )
    (own,) = [m for m in build_case(AGENCY, YEAR, workspace.root).plan if m.measure_id == "m1"]

    assert own.topic == 4
