"""The command line: what it prints, where, and with which exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from conftest import AGENCY, BROKEN, REPOSITORY, YEAR, ConsistentAgency, Workspace, printed

from ita_nb.cli import main
from ita_nb.facts.loader import load_framework
from ita_nb.facts.rules import load_rules

CHECK = ("check", AGENCY, "--year", str(YEAR))
TRACE = "Traceback (most recent call last)"


class Ran(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


def shell(workspace: Workspace, *arguments: str, **environment: str) -> Ran:
    """Run ``python -m ita_nb`` in a workspace, as people do."""
    done = subprocess.run(
        [sys.executable, "-m", "ita_nb", *arguments],
        cwd=workspace.root,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the command in this process: faster, and an exception fails the test."""

    def run_here(*arguments: str) -> Ran:
        monkeypatch.chdir(workspace.root)
        monkeypatch.setattr(sys, "argv", ["ita-nb", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        shown = capsys.readouterr()
        return Ran(int(left.value.code or 0), shown.out, shown.err)

    return run_here


# -------------------------------------------------------------------------------- check of one agency


def test_check_prints_the_reconciliation_and_exits_1(workspace: Workspace) -> None:
    """The real agency's contradictions are printed on stdout and make the exit status 1."""
    ran = shell(workspace, *CHECK)
    assert (ran.status, ran.err) == (1, "")
    lines = ran.out.splitlines()
    total = next(line for line in lines if line.strip().startswith("คะแนนรวม"))
    assert all(text in total for text in ("49.74", "94.1806", "94.1756-94.1846", "ไม่ตรง"))


def test_check_waits_for_no_drawing(workspace: Workspace) -> None:
    """A check, which only counts, loads neither matplotlib nor pandas: they take longer than it does."""
    script = f"""
import atexit, sys
from ita_nb.cli import main
atexit.register(lambda: print([name for name in ("matplotlib", "pandas") if name in sys.modules]))
sys.argv = {["ita-nb", *CHECK]}
main()
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=workspace.root, capture_output=True, encoding="utf-8", check=False
    )

    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.fixture(scope="module")
def listing() -> str:
    """Return what ``check`` prints of the real agency."""
    return shell(Workspace(REPOSITORY), *CHECK).out


@pytest.mark.parametrize(
    "text",
    [
        "องค์การบริหารส่วนตำบลหันนางาม ปีงบประมาณ พ.ศ. 2568",
        "ที่ระบุ: ปรับปรุงแก้ไขเร่งด่วน",
        "จากคะแนนที่คำนวณซ้ำ: ผ่านดี\n",
        "IIT: 42 คน เป็นค่าอนุมาน",
        "EIT ส่วนที่ 1: 43 คน เป็นค่าอนุมาน",
        "(84, 126, ...)",
        "[ผิด] total-mismatch:",
        "[ผิด] level-unknown:",
        "น้อยที่สุด: 22.38 -> 2.38",
        "95.1938 (614 หน่วยของ 20/43)",
        "ไม่ทราบน้ำหนักภายในของตัวชี้วัด",
    ],
)
def test_check_says_what_was_found(listing: str, text: str) -> None:
    """The printed check holds the levels, the respondents, the problems and what was not checked."""
    assert text in listing


def test_json_is_one_document_and_nothing_else(workspace: Workspace) -> None:
    """With --json stdout is exactly one JSON document and stderr is empty."""
    ran = shell(workspace, *CHECK, "--json")
    assert (ran.status, ran.err) == (1, "")
    assert isinstance(json.loads(ran.out), dict)


@pytest.fixture(scope="module")
def document() -> Any:
    """Return the JSON document of the real agency, checked once for all the claims about it."""
    return json.loads(shell(Workspace(REPOSITORY), *CHECK, "--json").out)


def test_json_has_the_keys_of_the_contract(document: Any) -> None:
    """The keys of the document and of its rows are the published ones."""
    assert set(document) == {
        "agency_id",
        "fiscal_year",
        "nodes",
        "level",
        "respondents",
        "problems",
        "not_checked",
    }
    node = {"node", "part", "stated", "recomputed", "low", "high", "from", "verdict"}
    problem = {
        "rule",
        "severity",
        "node",
        "stated",
        "expected",
        "message_th",
        "message_en",
        "suggestion",
        "confidence",
    }
    assert {frozenset(row) for row in document["nodes"]} == {frozenset(node)}
    assert {frozenset(row) for row in document["problems"]} == {frozenset(problem)}
    assert {frozenset(row) for row in document["not_checked"]} == {frozenset({"rule", "node", "why"})}


@pytest.mark.parametrize(
    ("node", "part", "stated", "recomputed", "verdict"),
    [
        ("total", "", 49.74, 94.180600, "mismatch"),
        ("IIT", "", 95.68, 95.682, "match"),
        ("EIT", "", None, 97.753333, "unchecked"),
        ("OIT", "", 90.38, 90.375, "match"),
        ("7", "", 97.60, 100.0, "mismatch"),
        ("9", "", 80.75, None, "unchecked"),
        ("i10", "", 81.90, 81.904762, "match"),
        ("i13", "", 91.43, None, "unchecked"),
    ],
)
def test_json_has_the_exact_values(
    document: Any, node: str, part: str, stated: float, recomputed: float, verdict: str
) -> None:
    """Stated and recomputed scores stand side by side, unrounded, with the verdict."""
    row = next(r for r in document["nodes"] if (r["node"], r["part"]) == (node, part))
    assert (row["stated"], row["verdict"]) == (stated, verdict)
    assert row["recomputed"] == (recomputed if recomputed is None else pytest.approx(recomputed, abs=5e-7))


def test_json_has_the_interval_of_the_total(document: Any) -> None:
    """The total carries the interval that printed rounding allows, and the layer it comes from."""
    total = document["nodes"][0]
    assert (total["low"], total["high"]) == (pytest.approx(94.1756), pytest.approx(94.1846))
    assert total["from"] == "indicators"


def test_json_has_level_and_respondents(document: Any) -> None:
    """The stated level survives beside the recomputed one; the respondents are those implied."""
    assert document["level"] == {
        "stated": "ปรับปรุงแก้ไขเร่งด่วน",
        "recomputed": "ผ่านดี",
        "possible": ["ผ่านดี"],
    }
    assert document["respondents"] == {"IIT": 42, "EIT.1": 43}
    assert (document["agency_id"], document["fiscal_year"]) == (AGENCY, YEAR)


def test_json_names_only_published_rules(document: Any) -> None:
    """Every problem and every unchecked node names a rule that --rules lists."""
    known = {rule.rule for rule in load_rules().rules}
    assert {row["rule"] for row in document["problems"] + document["not_checked"]} <= known


def test_json_lists_the_problems_of_the_real_case(document: Any) -> None:
    """The five contradictions of the real case, each at its node."""
    assert sorted((row["rule"], row["node"]) for row in document["problems"]) == [
        ("indicator-mismatch", "7"),
        ("level-mismatch", "total"),
        ("level-unknown", "total"),
        ("shares-sum", "i13"),
        ("total-mismatch", "total"),
    ]


def test_a_pipe_of_another_encoding_still_gets_utf_8(workspace: Workspace) -> None:
    """Thai is written as UTF-8 whatever the system thinks of the pipe."""
    ran = shell(workspace, "facts", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert ran.status == 0
    assert "ปีงบประมาณ" in ran.out


# ---------------------------------------------------------------------------- a clean agency: status 0


def test_a_consistent_agency_passes(run: Run, add_consistent: Callable[..., ConsistentAgency]) -> None:
    """Where every printed number follows from the answers there is no problem and the status is 0."""
    agency = add_consistent()
    ran = run("check", agency.agency_id, "--year", str(YEAR), "--json")
    document = json.loads(ran.out)
    assert (ran.status, document["problems"]) == (0, [])
    assert document["level"] == {
        "stated": agency.level,
        "recomputed": agency.level,
        "possible": [agency.level],
    }


def test_a_consistent_agency_is_recomputed_to_the_printed_digits(
    run: Run, add_consistent: Callable[..., ConsistentAgency]
) -> None:
    """Each recomputed interval holds the exact score from which the numbers were printed."""
    agency = add_consistent(items={"o13": 0, "o12": 50})
    document = json.loads(run("check", agency.agency_id, "--year", str(YEAR), "--json").out)
    rows = [row for row in document["nodes"] if row["recomputed"] is not None and row["stated"] is not None]
    assert len(rows) > 40
    slack = 1e-9
    for row in rows:
        exact = agency.scores[row["node"], row["part"]]
        assert row["low"] - slack <= exact <= row["high"] + slack, row
        assert printed(exact) == f"{row['stated']:.2f}"


# -------------------------------------------------------------------------------------- rules and facts


def test_rules_lists_every_rule_with_an_example(run: Run) -> None:
    """Each check is named at the start of a line and followed by its example."""
    ran = run("check", "--rules")
    named = [line.split(" ")[0] for line in ran.out.splitlines() if not line.startswith(" ")]
    assert (ran.status, named) == (0, [rule.rule for rule in load_rules().rules])
    assert all(rule.example_th in ran.out for rule in load_rules().rules)


def test_facts_lists_the_known_years(run: Run) -> None:
    """Without a year, every year that has facts is listed."""
    ran = run("facts")
    assert ran.status == 0
    assert f"  {YEAR}: " in ran.out


def test_facts_of_a_year_prints_everything_known(run: Run) -> None:
    """Every instrument, indicator, question, item, level, topic and source of the year is printed."""
    framework = load_framework(YEAR)
    ran = run("facts", str(YEAR))
    titles = [text for code in framework.by_code if (text := framework.title(code)) is not None]
    names = [level.name_th for level in framework.levels] + [topic.name_th for topic in framework.topics]
    assert ran.status == 0
    assert [text for text in [*titles, *names, *framework.sources] if text not in ran.out] == []


def test_facts_of_a_year_prints_what_is_unknown(run: Run) -> None:
    """The gaps are printed as well as the facts."""
    out = run("facts", str(YEAR)).out
    assert [gap.text_th for gap in load_framework(YEAR).gaps_th if gap.text_th not in out] == []
    assert "(ไม่ทราบถ้อยคำทางการ)" in out
    assert "ไม่ทราบน้ำหนักภายใน" in out


@pytest.mark.parametrize("name", ["report", "check", "facts"])
def test_every_command_has_help_with_an_example(run: Run, name: str) -> None:
    """--help says what a command does and shows how to call it."""
    ran = run(name, "--help")
    assert ran.status == 0
    assert f"ita-nb {name}" in ran.out


# ------------------------------------------------------------------------------------------ wrong usage

WRONG = {
    "unknown agency": (("check", "hannangm", "--year", "2568"), '"hannangam"'),
    "agency far from any": (("check", "zzz", "--year", "2568"), "data/agencies.csv"),
    "agency with a path": (("check", "../hannangam", "--year", "2568"), "data/agencies.csv"),
    "year without facts": (("check", AGENCY, "--year", "2599"), "2599"),
    "year of the Common Era": (("check", AGENCY, "--year", "2025"), "2025"),
    "facts of an unknown year": (("facts", "2599"), "2599"),
    "facts of a word": (("facts", "today"), "today"),
    "year as a word": (("check", AGENCY, "--year", "now"), "--year"),
    "no year": (("check", AGENCY), "--year"),
    "no agency": (("check", "--year", "2568"), "AGENCY"),
    "wrong option": (("check", AGENCY, "--yaer", "2568"), "--yaer"),
    "wrong command": (("chekc", AGENCY), "chekc"),
    "no workspace": (("check", AGENCY, "--year", "2568", "--workspace", "/"), "data/agencies.csv"),
    "unknown format": (("report", AGENCY, "--year", "2568", "--format", "html,doc"), "doc"),
    "no format": (("report", AGENCY, "--year", "2568", "--format", ","), "--format"),
    "unknown edition": (("report", AGENCY, "--year", "2568", "--edition", "final"), "final"),
    "unknown digits": (("report", AGENCY, "--year", "2568", "--digits", "roman"), "roman"),
    "report of nobody": (("report", "hannangm", "--year", "2568"), '"hannangam"'),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage_exits_2_and_names_what_is_wrong(run: Run, name: str) -> None:
    """Wrong usage prints nothing on stdout, a message on stderr, and exits 2."""
    arguments, named = WRONG[name]
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert named in ran.err


def test_a_mistyped_workspace_is_refused(run: Run) -> None:
    """A workspace folder that does not exist is wrong usage, even inside another workspace."""
    ran = run(*CHECK, "--workspace", "nosuch")
    assert (ran.status, ran.out) == (2, "")
    assert "nosuch" in ran.err


@pytest.mark.parametrize("part", ["ที่คาดไว้:", "ที่พบ:", "วิธีแก้:"])
def test_a_message_has_its_four_parts(run: Run, part: str) -> None:
    """Every error says where, what was expected, what was found and what to do."""
    assert part in run("check", "hannangm", "--year", "2568").err


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "hannangm", "--year", "2568"),
        ("check", AGENCY, "--yaer", "2568"),
        ("facts", "2599"),
        ("report", AGENCY, "--year", "2568", "--edition", "publish"),
    ],
    ids=" ".join,
)
def test_a_failing_command_shows_no_stack_trace(workspace: Workspace, arguments: tuple[str, ...]) -> None:
    """As people run it, a failure is a message and a status, never a stack trace."""
    ran = shell(workspace, *arguments)
    assert ran.status in (1, 2)
    assert ran.err != ""
    assert TRACE not in ran.err + ran.out


def test_a_report_into_a_file_is_refused(workspace: Workspace) -> None:
    """Where the output folder is a file, the message names it and the file stays as it was."""
    target = workspace.write("taken", "mine")
    ran = shell(workspace, "report", AGENCY, "--year", "2568", "--format", "html", "--out", "taken")
    assert TRACE not in ran.err
    assert (ran.status, "taken" in ran.err) == (2, True)
    assert target.read_text(encoding="utf-8") == "mine"


def test_a_refused_publication_exits_1_and_writes_nothing(run: Run, workspace: Workspace) -> None:
    """The publication edition of the real case is refused with its blockers and leaves no file."""
    ran = run("report", AGENCY, "--year", "2568", "--edition", "publish", "--out", "published")
    assert (ran.status, ran.out) == (1, "")
    assert "49.74" in ran.err
    assert "o13-missing" in ran.err
    assert not (workspace.root / "published").exists()


# ------------------------------------------------------------------------------------------- bad files

# These files leave nothing to work with; with any other one the rest is still checked.
UNUSABLE = {
    "stated_scores_no_score_of_agency",
    "stated_scores_no_usable_score",
    "stated_scores_windows_874",
    "stated_scores_utf_16",
    "stated_scores_unknown_column",
    "stated_scores_missing_column",
    "stated_scores_duplicated_column",
    "stated_scores_too_many_cells",
    "stated_scores_unclosed_quote",
    "stated_scores_empty_file",
    "remarks_comma_unquoted",
    "remarks_missing_column",
    "agencies_duplicated_id",
    "agencies_missing_column",
}
# Its one bad row is of another agency than the one that is checked.
OF_ANOTHER = {path.stem for path in BROKEN.glob("agencies_*.csv")} - UNUSABLE


@pytest.mark.parametrize("name", sorted({path.stem for path in BROKEN.glob("*.csv")} - OF_ANOTHER))
def test_a_bad_file_is_a_message_and_a_status(run: Run, workspace: Workspace, name: str) -> None:
    """An unusable file exits 2 with a message; one bad row exits 1 with the problem in the list."""
    clean = set(run(*CHECK).out.splitlines())
    place = workspace.put_broken(f"{name}.csv")
    ran = run(*CHECK)
    if name in UNUSABLE:
        assert (ran.status, ran.out) == (2, "")
        assert place in ran.err
    else:
        assert (ran.status, ran.err) == (1, "")
        # The real case has problems of its own: the bad row must add one.
        assert [line for line in ran.out.splitlines() if line.startswith("  [") and line not in clean]


def test_a_bad_file_with_json_prints_no_half_document(run: Run, workspace: Workspace) -> None:
    """When the input is unusable, --json leaves stdout empty and the message goes to stderr."""
    workspace.put_broken("stated_scores_windows_874.csv")
    ran = run(*CHECK, "--json")
    assert (ran.status, ran.out) == (2, "")


def test_a_listed_problem_is_in_the_json_document(run: Run, workspace: Workspace) -> None:
    """A row that could not be used stands among the problems with its place."""
    workspace.put_broken("stated_scores_text_in_score.csv")
    rows = json.loads(run(*CHECK, "--json").out)["problems"]
    found = next(row for row in rows if row["rule"] == "not-a-number")
    assert (found["node"], found["stated"]) == ("i10", "แปดสิบเอ็ด")
    assert f"data/{YEAR}/stated_scores.csv บรรทัด 3" in found["message_th"]
