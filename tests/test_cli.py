"""The command line: what it prints, where, and with which exit status."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import in_process
import pytest
from conftest import AGENCY, BROKEN, REPOSITORY, YEAR, ConsistentAgency, Workspace, printed
from small_batch import StandIn

from ita_nb.cli import main
from ita_nb.facts.loader import load_framework
from ita_nb.facts.rules import load_rules

CHECK = ("check", AGENCY, "--year", str(YEAR))


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
    """Return a function that runs the command in this process: faster, and an exception fails the test.

    It runs in the workspace, until the test goes elsewhere.
    """
    monkeypatch.chdir(workspace.root)

    def run_here(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["ita-nb", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        return Ran(int(left.value.code or 0), *capsys.readouterr())

    return run_here


# -------------------------------------------------------------------------------- check of one agency


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
def listing() -> Ran:
    """Return what ``check`` does for the real agency."""
    return shell(Workspace(REPOSITORY), *CHECK)


def test_check_prints_the_reconciliation_and_exits_1(listing: Ran) -> None:
    """The real agency's contradictions are printed on stdout and make the exit status 1."""
    total = next(line for line in listing.out.splitlines() if line.strip().startswith("คะแนนรวม"))

    assert (listing.status, listing.err) == (1, "")
    assert all(text in total for text in ("49.74", "94.1806", "94.1756-94.1846", "ไม่ตรง"))


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
def test_check_says_what_was_found(listing: Ran, text: str) -> None:
    """The printed check holds the levels, the respondents, the problems and what was not checked."""
    assert text in listing.out


@pytest.fixture(scope="module")
def document() -> Any:
    """Return the JSON document of the real agency: with --json nothing else stands on stdout or stderr."""
    ran = shell(Workspace(REPOSITORY), *CHECK, "--json")
    assert (ran.status, ran.err) == (1, "")
    return json.loads(ran.out)


KEYS = {
    "nodes": "node part stated recomputed low high from verdict",
    "problems": "rule severity node stated expected message_th message_en suggestion confidence",
    "not_checked": "rule node why",
}


@pytest.mark.parametrize(("table", "keys"), KEYS.items())
def test_json_has_the_keys_of_the_contract(document: Any, table: str, keys: str) -> None:
    """The keys of the document and of its rows are the published ones."""
    assert set(document) == {*KEYS, "agency_id", "fiscal_year", "level", "respondents"}
    assert {frozenset(row) for row in document[table]} == {frozenset(keys.split())}


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
    found = row["stated"], row["recomputed"], row["verdict"]

    assert found == (stated, recomputed and pytest.approx(recomputed, abs=5e-7), verdict)


def test_json_has_the_rest_of_the_real_case(document: Any) -> None:
    """Interval and layer of the total, levels side by side, respondents, and the five contradictions."""
    total = document["nodes"][0]

    assert (total["low"], total["high"]) == (pytest.approx(94.1756), pytest.approx(94.1846))
    assert {**document, "nodes": total["from"], "problems": "", "not_checked": ""} == {
        "agency_id": AGENCY,
        "fiscal_year": YEAR,
        "nodes": "indicators",
        "level": {"stated": "ปรับปรุงแก้ไขเร่งด่วน", "recomputed": "ผ่านดี", "possible": ["ผ่านดี"]},
        "respondents": {"IIT": 42, "EIT.1": 43},
        "problems": "",
        "not_checked": "",
    }
    assert sorted((row["rule"], row["node"]) for row in document["problems"]) == [
        ("indicator-mismatch", "7"),
        ("level-mismatch", "total"),
        ("level-unknown", "total"),
        ("shares-sum", "i13"),
        ("total-mismatch", "total"),
    ]


def test_json_names_only_published_rules(document: Any) -> None:
    """Every problem and every unchecked node names a rule that --rules lists."""
    known = {rule.rule for rule in load_rules().rules}

    assert {row["rule"] for row in document["problems"] + document["not_checked"]} <= known


def test_a_pipe_of_another_encoding_still_gets_utf_8(workspace: Workspace) -> None:
    """Thai is written as UTF-8 whatever the system thinks of the pipe."""
    ran = shell(workspace, "facts", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")

    assert (ran.status, "ปีงบประมาณ" in ran.out) == (0, True)


# ---------------------------------------------------------------------------- a clean agency: status 0


def test_a_consistent_agency_passes(run: Run, add_consistent: Callable[..., ConsistentAgency]) -> None:
    """Where every printed number follows from the answers there is no problem and the status is 0."""
    agency = add_consistent()
    ran = run("check", agency.agency_id, "--year", str(YEAR), "--json")
    document, level = json.loads(ran.out), agency.level

    assert (ran.status, document["problems"]) == (0, [])
    assert document["level"] == {"stated": level, "recomputed": level, "possible": [level]}


def test_a_consistent_agency_is_recomputed_to_the_printed_digits(
    run: Run, add_consistent: Callable[..., ConsistentAgency]
) -> None:
    """Each recomputed interval holds the exact score from which the numbers were printed."""
    agency = add_consistent(items={"o13": 0, "o12": 50})
    document = json.loads(run("check", agency.agency_id, "--year", str(YEAR), "--json").out)
    rows = [row for row in document["nodes"] if row["recomputed"] is not None and row["stated"] is not None]

    assert len(rows) > 40
    for row in rows:
        exact = agency.scores[row["node"], row["part"]]
        assert row["low"] - 1e-9 <= exact <= row["high"] + 1e-9, row
        assert printed(exact) == f"{row['stated']:.2f}"


# -------------------------------------------------------------------------------------- rules and facts


def test_rules_lists_every_rule_with_an_example(run: Run) -> None:
    """Each check is named at the start of a line and followed by its example."""
    ran = run("check", "--rules")
    named = [line.split(" ")[0] for line in ran.out.splitlines() if not line.startswith(" ")]
    assert (ran.status, named) == (0, [rule.rule for rule in load_rules().rules])
    assert all(rule.example_th in ran.out for rule in load_rules().rules)


def test_facts_of_a_year_prints_everything_known_and_unknown(run: Run) -> None:
    """Every instrument, indicator, question, item, level, topic, source and gap of the year is printed."""
    facts, ran = load_framework(YEAR), run("facts", str(YEAR))
    titles = [text for code in facts.by_code if (text := facts.title(code)) is not None]
    named = [named.name_th for named in (*facts.levels, *facts.topics)]
    gaps = [*(gap.text_th for gap in facts.gaps_th), "(ไม่ทราบถ้อยคำทางการ)", "ไม่ทราบน้ำหนักภายใน"]

    assert [text for text in (*titles, *named, *facts.sources, *gaps) if text not in ran.out] == []
    assert ran.status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["facts"], f"  {YEAR}: "),
        *(([name, "--help"], f"ita-nb {name}") for name in ("report", "check", "facts")),
    ],
    ids=" ".join,
)
def test_what_there_is_can_be_asked(run: Run, arguments: list[str], said: str) -> None:
    """Without a year every known year is listed; --help shows how to call a command."""
    ran = run(*arguments)

    assert (ran.status, said in ran.out) == (0, True)


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
    "no such workspace": ((*CHECK, "--workspace", "nosuch"), "nosuch"),
    "report of nobody": (("report", "hannangm", "--year", "2568"), '"hannangam"'),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage_exits_2_and_names_what_is_wrong(run: Run, name: str) -> None:
    """Wrong usage prints nothing on stdout, a message on stderr, and exits 2."""
    arguments, named = WRONG[name]
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert named in ran.err


def test_a_message_has_its_four_parts(run: Run) -> None:
    """Every error says where, what was expected, what was found and what to do."""
    message = run("check", "hannangm", "--year", "2568").err

    assert message.index("ที่คาดไว้:") < message.index("ที่พบ:") < message.index("วิธีแก้:")


def test_a_failure_shows_no_stack_trace(workspace: Workspace) -> None:
    """As people run it, a failure is a message and a status."""
    ran = shell(workspace, "check", "hannangm", "--year", "2568")

    assert (ran.status, "Traceback" in ran.err, ran.out) == (2, False, "")


def test_a_report_into_a_file_is_refused(
    run: Run, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the output folder is a file, the message names it and the file stays as it was."""
    monkeypatch.setattr("ita_nb.execution.run_notebook", in_process.run_notebook)
    target = workspace.write("taken", "mine")
    ran = run("report", AGENCY, "--year", "2568", "--format", "html", "--out", "taken")

    assert (ran.status, "taken" in ran.err) == (2, True)
    assert target.read_text(encoding="utf-8") == "mine"


def test_a_refused_publication_exits_1_and_writes_nothing(run: Run, workspace: Workspace) -> None:
    """The publication edition of the real case is refused with its blockers and leaves no file."""
    ran = run("report", AGENCY, "--year", "2568", "--edition", "publish", "--out", "published")

    assert (ran.status, ran.out) == (1, "")
    assert [text for text in ("49.74", "o13-missing") if text not in ran.err] == []
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


@pytest.mark.parametrize("name", sorted(UNUSABLE))
def test_an_unusable_file_is_a_message_and_a_status(run: Run, workspace: Workspace, name: str) -> None:
    """An unusable file exits 2 with a message."""
    place = workspace.put_broken(f"{name}.csv")
    ran = run(*CHECK)

    assert (ran.status, ran.out, place in ran.err) == (2, "", True)


@pytest.mark.parametrize("name", sorted({p.stem for p in BROKEN.glob("*.csv")} - OF_ANOTHER - UNUSABLE))
def test_a_bad_row_is_a_problem_and_a_status(run: Run, workspace: Workspace, listing: Ran, name: str) -> None:
    """One bad row exits 1 with one more problem in the list than the real case has of its own."""
    workspace.put_broken(f"{name}.csv")
    ran = run(*CHECK)

    assert (ran.status, ran.err) == (1, "")
    assert {line for line in ran.out.splitlines() if line.startswith("  [")} - {*listing.out.splitlines()}


def test_a_bad_file_with_json_prints_no_half_document(run: Run, workspace: Workspace) -> None:
    """When the input is unusable, --json leaves stdout empty and the message goes to stderr."""
    workspace.put_broken("stated_scores_windows_874.csv")

    assert run(*CHECK, "--json")[:2] == (2, "")


def test_a_listed_problem_is_in_the_json_document(run: Run, workspace: Workspace) -> None:
    """A row that could not be used stands among the problems with its place."""
    workspace.put_broken("stated_scores_text_in_score.csv")
    rows = json.loads(run(*CHECK, "--json").out)["problems"]
    (found,) = (row for row in rows if row["rule"] == "not-a-number")

    assert (found["node"], found["stated"]) == ("i10", "แปดสิบเอ็ด")
    assert f"data/{YEAR}/stated_scores.csv บรรทัด 3" in found["message_th"]


# ---------------------------------------------------------------- many agencies


BATCH = f"params/province-{YEAR}.yaml"


@pytest.fixture
def province(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two synthetic agencies, and a batch of their HTML alone; commands run in their workspace."""
    size = ["--province", "ทดลอง", "--agencies", "2", "--year", str(YEAR), "--seed", "3"]
    assert run("synth", *size, "-o", tmp_path / "trial").status == 0
    monkeypatch.chdir(tmp_path / "trial")
    chosen = f"fiscal_year: {YEAR}\nagencies: {{all: true}}\nformats: [html]\noverview: false\n"
    Path(BATCH).write_text(chosen, encoding="utf-8")
    return tmp_path / "trial"


def statuses(folder: Path) -> dict[str, str]:
    """Return what the list of files of an output folder says of each agency."""
    with (folder / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["agency_id"]: row["status"] for row in csv.DictReader(file)}


def test_synth_prints_what_it_made(tmp_path: Path, run: Run) -> None:
    """The paths stand on stdout, one a line; that all is synthetic is said beside it."""
    ran = run("synth", "--province", "ทดลอง", "--agencies", "1", "--year", "๒๕๖๘", "-o", tmp_path / "x")

    assert [line for line in ran.out.splitlines() if not Path(line).exists()] == []
    assert "สังเคราะห์" in ran.err


def test_a_batch_its_repetition_and_its_index(province: Path, run: Run) -> None:
    """A batch makes every agency, again makes none, and its index tells when one is lost."""
    out = province / "outputs" / Path(BATCH).stem
    first, again = run("batch", BATCH, "--jobs", "2"), run("batch", BATCH, "--jobs", "2")
    whole = run("index", out).status, statuses(out)
    shutil.rmtree(out / "synth-002")
    lost = run("index", out).status, statuses(out)

    assert (first.status, again.status, "จัดทำแล้วในครั้งนี้ 0 แห่ง" in again.err) == (0, 0, True)
    assert whole == (0, {"synth-001": "done", "synth-002": "done"})
    assert lost == (1, {"synth-001": "done", "synth-002": "left"})


WRONG_USE = {
    "part beyond": (["--part", "5/2"], "5/2"),
    "part no number": (["--part", "one"], "one"),
    "no jobs": (["--jobs", "0"], "--jobs"),
    "kernel": (["--kernel", "hot"], "hot"),
    "plain tcp": (["--scheduler", "tcp://192.0.2.1:8786"], "tcp://192.0.2.1:8786"),
    "no scheduler": (["--tls-ca", "a", "--tls-cert", "b", "--tls-key", "c"], "--scheduler"),
    "no key": (["--scheduler", "tls://h:1", "--tls-ca", "a", "--tls-cert", "b"], "--tls-key"),
}
WRONG_FILES = {
    "no batch file": (None, "nothing.yaml"),
    "a key": ("fiscal_year: 2568\nagencys: {all: true}\n", "agencies"),
    "outside": ("fiscal_year: 2568\nagencies: {all: true}\nout: ../x\n", "../x"),
}


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        *((["batch", BATCH, *options], None, said) for options, said in WRONG_USE.values()),
        *((["batch", "params/nothing.yaml"], text, said) for text, said in WRONG_FILES.values()),
    ],
    ids=[*WRONG_USE, *WRONG_FILES],
)
def test_a_batch_that_cannot_be_is_refused(
    province: Path, run: Run, arguments: list[str], text: str | None, said: str
) -> None:
    """A wrong option or file ends with status 2, names what was typed, and starts nothing."""
    if text:
        Path("params/nothing.yaml").write_text(text)
    ran = run(*arguments)

    assert (ran.status, said in ran.err, (province / "outputs").exists()) == (2, True, False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["batch", BATCH, "--out", "s3://bucket/ita"],
        ["index", "s3://bucket/ita"],
        ["report", "a", "--year", str(YEAR), "--out", "s3://bucket/ita"],
        ["synth", "--province", "a", "--agencies", "1", "--year", str(YEAR), "-o", "s3://bucket/ita"],
    ],
    ids=["batch", "index", "report", "synth"],
)
def test_an_address_is_no_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """An address ends with status 2, says that a folder was expected, and makes no folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    ran = run(*arguments)

    assert (ran.status, list(Path().iterdir())) == (2, [])
    assert re.search("ที่คาดไว้: โฟลเดอร์.*\n.*ที่พบ: s3://bucket/ita.*\n.*วิธีแก้: ", ran.err)


@pytest.mark.usefixtures("province")
@pytest.mark.parametrize(
    "words",
    [
        ["--scheduler", "tls://h:1", "--tls-ca", "my ca", "--tls-cert", "b", "--tls-key", "c"],
        ["--scheduler", "tcp://localhost:1"],
        [],
    ],
)
def test_the_command_to_go_on_asks_for_the_same_cluster(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """Scheduler and certificates are handed on as they were typed."""
    handed: list[str] = []

    def take(*_: object, engine_options: list[str], **__: object) -> object:
        handed.extend(engine_options)
        return SimpleNamespace(exit_code=0)

    monkeypatch.setattr("ita_nb.batch.run.run_batch", take)
    monkeypatch.setattr("ita_nb.batch.cluster.DaskEngine", lambda *_, **__: StandIn())

    assert (run("batch", BATCH, *words)[0], handed) == (0, words)
