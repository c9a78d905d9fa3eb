"""What one wrong figure must not do: travel, accuse a right one, or get a wrong repair."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from conftest import AGENCY, REPOSITORY, YEAR, Workspace
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ita_nb.analysis.levels import find_level
from ita_nb.analysis.losses import loss_tree
from ita_nb.analysis.reconcile import level_problems, mismatches, share_problems
from ita_nb.analysis.respondents import implied_respondents
from ita_nb.analysis.scores import Scores
from ita_nb.analysis.slips import single_edits
from ita_nb.analysis.uncertainty import Intervals
from ita_nb.case import Case, build_case
from ita_nb.cli.check import check_json, check_text
from ita_nb.errors import ItaError, Problem
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


def problems_of(scores: Scores) -> list[Problem]:
    """The mismatches of some scores."""
    return list(mismatches(scores, scores.respondents))


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
    ("item", "typed"), [("i4", "95.17"), ("i6", "91.69"), ("i14", "97.51"), ("i1", "90.59")]
)
def test_one_slip_does_not_multiply_the_respondents(case: Case, item: str, typed: str) -> None:
    """A mistyped score that fits a multiple of n leaves n at 42 and is named."""
    found = changed(case, item, typed).respondents["IIT"]

    assert (found.n, found.misfits) == (42, (Node(item),))


@pytest.mark.parametrize(
    ("item", "typed", "indicator", "suggestion"),
    [
        ("i4", "95.17", "2", "i4: 95.17 -> 95.71"),
        ("i6", "91.69", "2", "i6: 91.69 -> 96.19"),
        ("i14", "97.51", "5", "i14: 97.51 -> 95.71"),
    ],
)
def test_slip_is_found_where_it_is(
    case: Case, item: str, typed: str, indicator: str, suggestion: str
) -> None:
    """The mistyped question is the only suggestion, not its indicator."""
    scores = changed(case, item, typed)

    assert {p.node: p.suggestion for p in problems_of(scores)}[indicator] == suggestion


@pytest.mark.parametrize("n", [37, 58, 90, 160, 240])
@pytest.mark.parametrize("seed", range(4))
def test_true_respondents_are_found(n: int, seed: int) -> None:
    """From fifteen true scores n is found, or a number that it is a multiple of, and nobody is accused."""
    found = implied_respondents(FRAMEWORK, record(survey(n, seed)))["IIT"]

    assert found.n is None or n % found.n == 0
    assert found.misfits == ()


@pytest.mark.parametrize("n", [450, 1200, 5000])
@pytest.mark.parametrize("questions", [3, 5, 15])
def test_many_respondents_accuse_no_score(n: int, questions: int) -> None:
    """With many respondents no right score is called impossible."""
    found = implied_respondents(FRAMEWORK, record(survey(n, 7, questions)))["IIT"]

    assert found.misfits == ()


def test_few_scores_give_no_number() -> None:
    """Two scores of many people fit small numbers by chance: n stays unknown."""
    found = implied_respondents(FRAMEWORK, record(survey(380, 3, 2)))["IIT"]

    assert found.n is None


def counted(counts: tuple[int, ...]) -> dict[Node, tuple[Answer, ...]]:
    """Counted answers to i10."""
    options = FRAMEWORK.points("i10") or {}
    return {Node("i10"): tuple(Answer(o, count=c) for o, c in zip(options, counts, strict=True))}


def test_counted_answers_give_the_respondents() -> None:
    """The sum of counted answers is the number of respondents, and is not inferred."""
    own = record({"i10": "81.90"}, answers=counted((33, 1, 0, 1, 1, 6)))
    found = implied_respondents(FRAMEWORK, own)["IIT"]

    assert (found.n, found.inferred) == (42, False)


def test_counts_against_a_stated_number_are_a_problem() -> None:
    """Counts that add up to another number than stated are listed."""
    own = record({"i10": "81.90"}, answers=counted((33, 1, 0, 1, 1, 4)), respondents={"IIT": 42})
    scores = Scores(FRAMEWORK, own)

    assert [p.rule for p in share_problems(scores, scores.respondents)] == ["shares-without-count"]


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
    """When an indicator is mistyped, no other official number is suggested to be changed."""
    suggestions = [p.suggestion or "" for p in problems_of(changed(case, indicator, typed))]

    assert [s for s in suggestions if s and not s.startswith(f"{indicator}:")] == []


def test_a_slip_does_not_travel_to_the_questions(case: Case) -> None:
    """A full score typed for an indicator is found there, not at its questions."""
    nodes = {p.node for p in problems_of(changed(case, "2", "100"))}

    assert nodes & {"i4", "i5", "i6"} == set()


# What the reader of numbers takes, of scores: signs, digits of either kind, zeros and decimals without end.
WRITTEN = st.from_regex(r"[+]?0{0,3}(?:\d{1,2}(?:\.\d{1,30})?|100(?:\.0{1,30})?)", fullmatch=True).map(
    lambda text: text.translate(str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789"))
)
PLACES = ("total,", "IIT,", "EIT,1", "OIT,", "1,", "7,", "9,", "i1,", "i10,", "e1,1", "e9,1", "o1,", "o12,")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
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
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        workspace.write("data/agencies.csv", f"agency_id,name_th\n{AGENCY},หน่วยงานทดสอบ\n")
        workspace.write(
            f"data/{YEAR}/stated_scores.csv", "\n".join([rows[0], *others, f"{AGENCY},{place},{text}"])
        )
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


def test_census_has_no_sampling_error(case: Case) -> None:
    """When all staff answered, the interval is the score itself."""
    scores = Scores(FRAMEWORK, replace(case.record, population_iit=42))
    found = Intervals(scores)[Node("i10")]

    assert (found.low, found.high) == (81.9, 81.9)


def test_small_staff_narrows_the_interval(case: Case) -> None:
    """With 42 of 60 staff asked, the interval of i10 is narrower than for a large group."""
    wide = Intervals(Scores(FRAMEWORK, case.record))[Node("i10")]
    narrow = Intervals(Scores(FRAMEWORK, replace(case.record, population_iit=60)))[Node("i10")]

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


@pytest.mark.parametrize("text", ["ดู https://www.nan.go.th/ita", "Document: None", "😀 é"])
def test_peoples_words_do_not_stop_the_report(workspace: Workspace, tmp_path: Path, text: str) -> None:
    """A remark or a name that looks like a fault of the program is only text."""
    workspace.write_rows(
        f"data/{YEAR}/remarks.csv",
        ["agency_id", "item", "kind", "text_th", "status"],
        [(AGENCY, "i10", "cause", text, "confirmed")],
    )
    workspace.edit("data/agencies.csv", "ตำบลหันนางาม,", f"ตำบลหันนางาม {text},")
    task = Task(AGENCY, "", YEAR, workspace.root, formats=("html",))

    assert len(make_report(task, tmp_path / "out").paths) == 2


def test_locked_file_leaves_the_old_set_whole(tmp_path: Path) -> None:
    """When one target cannot be written, none is replaced."""
    out = tmp_path / "out"
    (out / f"{AGENCY}-{YEAR}-analysis.html").mkdir(parents=True)
    old = out / f"{AGENCY}-{YEAR}-analysis.ipynb"
    old.write_text("old", encoding="utf-8")

    with pytest.raises(ItaError, match="--out"):
        make_report(Task(AGENCY, "", YEAR, REPOSITORY, formats=("html",)), out)

    assert old.read_text(encoding="utf-8") == "old"
    assert [p.name for p in out.iterdir() if p.suffix == ".part"] == []


def test_measure_without_topic_stands_under_its_items_topic(workspace: Workspace) -> None:
    """The topic column is optional: the first item's topic is the measure's."""
    workspace.write(
        f"data/{YEAR + 1}/measures.csv",
        f"agency_id,measure_id,items,title_th,status\n{AGENCY},m1,i10,ทะเบียนยืม,confirmed\n",
    )
    (own,) = [m for m in build_case(AGENCY, YEAR, workspace.root).plan if m.measure_id == "m1"]

    assert own.topic == 4


def test_steps_lose_their_own_numbers(workspace: Workspace) -> None:
    """Steps that people numbered are not numbered twice."""
    workspace.write(
        f"data/{YEAR + 1}/measures.csv",
        f'agency_id,measure_id,items,title_th,steps_th\n{AGENCY},m1,i10,ทะเบียน,"1. จัดทำ\n๒) เผยแพร่"\n',
    )
    (own,) = [m for m in build_case(AGENCY, YEAR, workspace.root).plan if m.measure_id == "m1"]

    assert own.steps_th == ("จัดทำ", "เผยแพร่")
