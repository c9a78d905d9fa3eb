"""The first params file: every draft in it, good to read back, written once and never touched again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from conftest import AGENCY, PLAN_YEAR, REPOSITORY, YEAR, ConsistentAgency, Workspace
from opened import Opened

from ita_nb.analysis.diagnosis import draft_entry
from ita_nb.case import Case, build_case
from ita_nb.document import first_words
from ita_nb.document.first_words import unfiled_drafts, write_first, write_unfiled
from ita_nb.document.gate import blockers, refuse_unready
from ita_nb.intake.params_file import Words, read_words, words_path
from ita_nb.intake.record import RemarkKind
from ita_nb.parameters import ReportParameters

Add = Callable[..., ConsistentAgency]
PARAMS = f"params/{AGENCY}-{YEAR}.yaml"
SCORES = f"data/{YEAR}/stated_scores.csv"
REMARKS = f"data/{YEAR}/remarks.csv"
DRAFTS = f"params/{AGENCY}-{YEAR}.drafts.yaml"
WROTE, UNFILED = "เขียนแฟ้มให้กรอกแล้ว: ", "ร่างที่ยังไม่มีใน "
KINDS: tuple[RemarkKind, ...] = ("cause", "guideline")


def without_words(root: Path) -> Workspace:
    """Make a copy of the repository's workspace without any file of words."""
    for folder in ("data", "notebooks"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    return Workspace(root)


@pytest.fixture
def bare(tmp_path: Path) -> Workspace:
    """Return a workspace in which nobody has written anything yet."""
    return without_words(tmp_path / "workspace")


class Filed(NamedTuple):
    """A case before its first file was written, that file, and the case read again with it."""

    before: Case
    path: Path
    after: Case

    @property
    def content(self) -> dict[str, Any]:
        """What the file holds."""
        found = yaml.safe_load(self.path.read_text(encoding="utf-8"))
        assert isinstance(found, dict)
        return found


def filed(workspace: Workspace, agency_id: str = AGENCY, year: int = YEAR) -> Filed:
    """Write the first file of an agency and read the case again."""
    before = build_case(agency_id, year, workspace.root)
    path = words_path(workspace.root, agency_id, year, "analysis")
    assert write_first(before, path)
    return Filed(before, path, build_case(agency_id, year, workspace.root))


def confirmed(found: Filed) -> Case:
    """Confirm everything in the file, as a person would by search and replace, and read the case again."""
    text = found.path.read_text(encoding="utf-8")
    assert "status: draft\n" in text
    found.path.write_text(text.replace("status: draft\n", "status: confirmed\n"), encoding="utf-8")
    root = found.path.parent.parent
    return build_case(found.before.agency.agency_id, found.before.fiscal_year, root)


def drafts(case: Case) -> list[str]:
    """Return the blockers that are drafts."""
    return [blocker.text_th for blocker in blockers(case) if "ร่าง" in blocker.text_th]


# ------------------------------------------------------------------------- a report, and a second one


class Runs(NamedTuple):
    """Two reports of the real case, and the file after the first, after its author, after the second."""

    one: subprocess.CompletedProcess[str]
    first: bytes
    edited: bytes
    two: subprocess.CompletedProcess[str]
    last: bytes
    unfiled: dict[str, Any]


def command(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``ita-nb report`` of the agency as people do, without the PDF."""
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "ita_nb",
            "report",
            AGENCY,
            "--year",
            str(YEAR),
            "--format",
            "html",
            *arguments,
        ],
        cwd=workspace.root,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Make a report without a file of words; then its author edits it, a score changes, and a second one."""
    workspace = without_words(tmp_path_factory.mktemp("first") / "workspace")
    one = command(workspace)
    path = workspace.root / PARAMS
    first = path.read_bytes()
    text = first.decode().replace("status: draft", "status: confirmed", 1).replace("\n", "\r\n")
    workspace.write(PARAMS, f"\ufeff{text}\r\n# ผู้วิเคราะห์: ตรวจแล้วครึ่งหนึ่ง   \r\n\r\n")
    edited = path.read_bytes()
    workspace.edit(SCORES, f"{AGENCY},o1,,100", f"{AGENCY},o1,,0")
    two = command(workspace)
    unfiled = yaml.safe_load((workspace.root / DRAFTS).read_text(encoding="utf-8"))
    return Runs(one, first, edited, two, path.read_bytes(), unfiled)


def test_a_report_names_the_first_file_that_it_wrote(runs: Runs) -> None:
    """Where there is no file of words the report writes one, and says so on stderr."""
    assert f"{WROTE}{PARAMS} " in runs.one.stderr
    assert PARAMS not in runs.one.stdout


def test_the_report_files_what_its_case_proposes(runs: Runs, bare: Workspace) -> None:
    """The file of a report is the one of its case, byte by byte."""
    assert filed(bare).path.read_bytes() == runs.first


def test_right_after_writing_nothing_is_unfiled(runs: Runs) -> None:
    """The run that wrote the file names no draft that is missing from it."""
    assert UNFILED not in runs.one.stderr


def test_both_reports_are_made(runs: Runs) -> None:
    """Neither writing the file nor finding an edited one keeps the report from being made."""
    assert [(ran.returncode, ran.stdout.count("analysis.html")) for ran in (runs.one, runs.two)] == [
        (0, 1)
    ] * 2


def test_a_second_report_leaves_the_edited_file_alone(runs: Runs) -> None:
    """Whatever its author did to the file, and though the data changed, not a byte of it changes."""
    assert runs.edited != runs.first
    assert runs.last == runs.edited


def test_drafts_that_are_not_in_the_file_are_named(runs: Runs) -> None:
    """That drafts became necessary after the file was written is told on stderr, with where they stand."""
    (line,) = [line for line in runs.two.stderr.splitlines() if UNFILED in line]
    assert f"{UNFILED}{PARAMS} " in line
    assert DRAFTS in line


def test_only_the_drafts_that_are_missing_stand_beside(runs: Runs) -> None:
    """Beside the file stand the texts and the measure of the item that became weak, and no others."""
    assert [(t["item"], t["kind"]) for t in runs.unfiled["texts"]] == [("o1", "cause"), ("o1", "guideline")]
    assert [m["items"] for m in runs.unfiled["measures"]] == [["o1"]]


def test_a_second_report_does_not_say_that_it_wrote(runs: Runs) -> None:
    """Only the run that wrote the file says so."""
    assert WROTE not in runs.two.stderr


def test_a_refused_publication_files_what_has_to_be_confirmed(bare: Workspace) -> None:
    """Whoever is refused finds the drafts in the file that the refusal names; no document is made."""
    ran = command(bare, "--edition", "publish")
    assert (ran.returncode, (bare.root / PARAMS).exists()) == (1, True)
    assert PARAMS in ran.stderr
    assert not (bare.root / "outputs").exists()


# --------------------------------------------------------------------------------- what stands in it


@pytest.mark.parametrize("kind", KINDS)
def test_every_weak_item_has_its_draft_texts(bare: Workspace, kind: RemarkKind) -> None:
    """Each weak item on which nobody wrote has the cause and the guideline of the catalogue, as drafts."""
    found = filed(bare)
    written = {(r.item, r.kind) for r in found.before.record.remarks}
    expected: dict[str, tuple[str, str]] = {}
    for weakness in found.before.weaknesses:
        entry = draft_entry(found.before.framework, found.before.catalogue, weakness)
        text = entry.candidate_cause_th if kind == "cause" else entry.guideline_th
        if (weakness.node.code, kind) not in written:
            expected.setdefault(weakness.node.code, (text, "draft"))
    texts = [t for t in found.content["texts"] if t["kind"] == kind]
    assert {t["item"]: (t["text_th"], t["status"]) for t in texts} == expected != {}
    assert len(texts) == len(expected)


def test_what_people_wrote_in_the_table_is_not_copied(bare: Workspace) -> None:
    """The causes of remarks.csv stay there: a second copy would have to be confirmed twice."""
    causes = {t["item"] for t in filed(bare).content["texts"] if t["kind"] == "cause"}
    assert causes & {"i10", "i13", "e7", "o16"} == set()


def test_every_draft_measure_is_in_the_file(bare: Workspace) -> None:
    """The measures of the file are those of the plan, in its order, each a draft."""
    found = filed(bare)
    measures = [(m["measure_id"], m["status"]) for m in found.content["measures"]]
    assert measures == [(m.measure_id, "draft") for m in found.before.plan] != []


def test_an_item_weak_in_both_parts_stands_once(bare: Workspace) -> None:
    """A question that is weak for both groups of respondents has one cause, one guideline, one measure."""
    rows = [(AGENCY, "e1", part, score) for part, score in (("1", "70"), ("2", "60"))]
    bare.write_rows(SCORES, ["agency_id", "node", "part", "score"], rows)
    content = filed(bare).content
    assert [(t["item"], t["kind"]) for t in content["texts"]] == [("e1", "cause"), ("e1", "guideline")]
    assert [m["items"] for m in content["measures"]] == [["e1"]]


def test_an_agency_without_weakness_gets_empty_lists(bare: Workspace) -> None:
    """Where nothing has to be raised the file is written too, with nothing to confirm."""
    bare.write_rows(SCORES, ["agency_id", "node", "score"], [(AGENCY, "i4", "100")])
    for table in ("stated_results", "responses", "remarks"):
        bare.drop(f"data/{YEAR}/{table}.csv")
    content = filed(bare).content
    assert (content["texts"], content["measures"]) == ([], [])


def test_dates_of_the_file_are_buddhist(bare: Workspace) -> None:
    """The period of every measure is written in the years that people use."""
    days = [m[end] for m in filed(bare).content["measures"] for end in ("start", "end")]
    assert {day[:4] for day in days} == {str(PLAN_YEAR - 1), str(PLAN_YEAR)}


def test_the_file_shows_what_can_be_switched(bare: Workspace) -> None:
    """Every switch stands in the file with its default, so that nobody has to look it up."""
    found = filed(bare)
    assert found.content["office"]["show"] == found.before.record.office.show.model_dump()


# ------------------------------------------------------------------------------------ read back again

REAL = [(AGENCY, YEAR), ("bangkrabue", 2565)]


@pytest.mark.parametrize(("agency_id", "year"), REAL)
class TestReadBack:
    """The file that was written is a good file and says what was proposed."""

    def test_it_brings_no_problem(self, bare: Workspace, agency_id: str, year: int) -> None:
        """Reading the file back finds nothing wrong in it."""
        found = filed(bare, agency_id, year)
        assert found.after.record.problems == found.before.record.problems

    def test_it_gives_the_same_plan(self, bare: Workspace, agency_id: str, year: int) -> None:
        """The plan with the file is the plan without it, to the last field."""
        found = filed(bare, agency_id, year)
        assert found.after.plan == found.before.plan != ()

    def test_it_holds_every_draft(self, bare: Workspace, agency_id: str, year: int) -> None:
        """With the file nothing is left that only the catalogue knows."""
        found = filed(bare, agency_id, year)
        assert unfiled_drafts(found.before) == found.before.plan
        assert unfiled_drafts(found.after) == ()

    def test_drafts_stay_drafts(self, bare: Workspace, agency_id: str, year: int) -> None:
        """Writing the file confirms nothing: every draft still keeps the document from publication."""
        found = filed(bare, agency_id, year)
        assert set(drafts(found.before)) <= set(drafts(found.after))
        assert len(drafts(found.after)) >= len(found.content["measures"]) + len(found.content["texts"])

    def test_confirming_everything_leaves_no_draft(self, bare: Workspace, agency_id: str, year: int) -> None:
        """Where all drafts stand in the file, confirming them there is all there is to confirm."""
        bare.drop(f"data/{year}/remarks.csv")
        found = filed(bare, agency_id, year)
        assert drafts(found.before) != []
        assert drafts(confirmed(found)) == []


def test_drafts_of_the_table_are_confirmed_in_the_table(bare: Workspace) -> None:
    """With the whole file confirmed, what is left are the draft causes of remarks.csv, by their items."""
    left = [line.partition(" (")[0] for line in drafts(confirmed(filed(bare)))]
    assert left == [f"ข้อ {item}: สาเหตุยังเป็นร่าง" for item in ("i10", "i13", "e7", "o16")]


def test_a_consistent_agency_may_publish_when_its_file_is_confirmed(
    workspace: Workspace, add_consistent: Add
) -> None:
    """Where all numbers agree, confirming the first file with causes that are known is all that is needed."""
    found = filed(workspace, add_consistent(items={"o13": 0}).agency_id)
    assert blockers(found.before) != []
    text = found.path.read_text(encoding="utf-8").replace("text_th: อาจ", "text_th: พบว่า")
    found.path.write_text(text, encoding="utf-8")
    refuse_unready(confirmed(found))


def test_a_guess_is_not_published_as_a_cause(workspace: Workspace, add_consistent: Add) -> None:
    """Search and replace of the status alone leaves the candidate causes, and the gate names them."""
    found = filed(workspace, add_consistent(items={"o13": 0}).agency_id)
    assert any("ข้อสันนิษฐาน" in blocker.text_th for blocker in blockers(confirmed(found)))


@pytest.mark.parametrize("name", ["cover", "memo", "meeting", "suggestions", "contact", "signature"])
def test_the_file_adds_nothing_to_the_parts_of_the_office(bare: Workspace, name: str) -> None:
    """Before anyone has filled anything in, a part of the office is the same with the file as without."""
    found = filed(bare)
    parameters = ReportParameters(agency_id=AGENCY, fiscal_year=YEAR)
    before, after = (getattr(Opened(case, parameters), name)() for case in (found.before, found.after))
    assert after == before


def put_own_draft(workspace: Workspace) -> None:
    """Let the agency have a draft measure of its own in measures.csv."""
    header = ["agency_id", "measure_id", "items", "title_th", "status"]
    rows = [(AGENCY, "m1", "i10", "ทะเบียนยืม", "draft")]
    workspace.write_rows(f"data/{PLAN_YEAR}/measures.csv", header, rows)


def test_a_draft_of_measures_csv_is_not_doubled(bare: Workspace) -> None:
    """A draft measure that the agency wrote itself stands in its table and needs no second copy."""
    put_own_draft(bare)
    found = filed(bare)
    assert found.after.record.problems == found.before.record.problems == ()
    assert "m1" not in {m["measure_id"] for m in found.content["measures"]}


# ---------------------------------------------------------------------- what an existing file lacks


def test_beside_a_whole_file_there_is_nothing(bare: Workspace) -> None:
    """Where every draft is filed, no second file appears."""
    found = filed(bare)
    assert write_unfiled(found.after, found.path) is None
    assert [p.name for p in found.path.parent.iterdir()] == [found.path.name]


def emptied(found: Filed) -> Case:
    """Take every draft out of the file and read the case again."""
    text = found.path.read_text(encoding="utf-8")
    found.path.write_text(text[: text.index("texts:")], encoding="utf-8")
    return build_case(AGENCY, YEAR, found.path.parent.parent)


def test_drafts_that_were_taken_out_stand_beside(bare: Workspace) -> None:
    """What the file lacks can be copied from beside it: all that the first file held."""
    found = filed(bare)
    content = found.content
    beside = write_unfiled(emptied(found), found.path)
    assert beside == bare.root / DRAFTS
    again = yaml.safe_load(beside.read_text(encoding="utf-8"))
    assert (again["texts"], again["measures"]) == (content["texts"], content["measures"])


def test_drafts_copied_back_are_filed(bare: Workspace) -> None:
    """The drafts beside the file are good to copy: with them at its end nothing is missing any more."""
    found = filed(bare)
    beside = write_unfiled(emptied(found), found.path)
    assert beside is not None
    found.path.write_text(
        found.path.read_text(encoding="utf-8") + beside.read_text(encoding="utf-8"), encoding="utf-8"
    )
    again = build_case(AGENCY, YEAR, bare.root)
    assert again.plan == found.after.plan
    assert write_unfiled(again, found.path) is None


def test_the_drafts_beside_are_taken_away_when_they_are_filed(bare: Workspace) -> None:
    """Drafts that are not missing any more do not lie about."""
    found = filed(bare)
    whole = found.path.read_bytes()
    write_unfiled(emptied(found), found.path)
    found.path.write_bytes(whole)
    assert write_unfiled(build_case(AGENCY, YEAR, bare.root), found.path) is None
    assert not (bare.root / DRAFTS).exists()


def test_the_drafts_beside_are_not_read(bare: Workspace) -> None:
    """What stands beside the file is a copy to work from: it enters no document."""
    found = filed(bare)
    before = emptied(found)
    write_unfiled(before, found.path)
    assert build_case(AGENCY, YEAR, bare.root).record == before.record


# --------------------------------------------------------------------------------------- hostile names

NAMES = (
    "เทศบาล: ตัวอย่าง # 1",
    "'เทศบาล' \"ตัวอย่าง\"",
    "เทศบาล\nagency_id: ปลอม",
    "เทศบาล\r\n---\nagency_id: ปลอม",
    "เทศบาล\u2028agency_id: ปลอม",
    "เทศบาล\x85agency_id: ปลอม",
    "😀 เทศบาล é",
    "<b>เทศบาล</b><script>alert(1)</script>",
    "=cmd|' /C calc'!A1",
    "{name} {0} {year!r} %s",
    "--- &a *a !!python/object:x @ `",
)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return the real case of which nobody has written anything yet."""
    return build_case(AGENCY, YEAR, without_words(tmp_path_factory.mktemp("case") / "workspace").root)


def text_under(case: Case, name: str) -> str:
    """Return the text of the first file if the agency had that name."""
    agency = replace(case.agency, name_th=name)
    return first_words.first_words(replace(case, record=replace(case.record, agency=agency)))


def read_back(root: Path, text: str) -> Words:
    """Read a text as the file of words of the agency."""
    path = words_path(root, AGENCY, YEAR, "analysis")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return read_words(root, AGENCY, YEAR)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_cannot_leave_its_comment(case: Case, tmp_path: Path, name: str) -> None:
    """Whatever an agency is called, the file reads back and holds what it holds under its own name."""
    own = read_back(tmp_path, text_under(case, case.agency.name_th))
    assert read_back(tmp_path, text_under(case, name)) == own
    assert own.measures


@pytest.mark.parametrize("name", NAMES)
def test_the_file_says_whose_it_is(case: Case, name: str) -> None:
    """The name stands in the first line of the file, on one line."""
    first_line = text_under(case, name).split("\n", 1)[0]
    assert first_line.startswith("# ")
    assert first_line.endswith(f" ปีงบประมาณ พ.ศ. {YEAR}")
    assert [word for word in name.split() if word not in first_line] == []


@pytest.mark.parametrize(
    "name",
    [
        "เทศบาล\x96ตัวอย่าง",
        "เทศบาล\x07",
        "เทศบาล\x7f",
        "เทศบาล\ufffe",
    ],
    ids=ascii,
)
def test_a_name_with_a_control_character_does_not_spoil_the_file(
    case: Case, tmp_path: Path, name: str
) -> None:
    """What a broken conversion leaves in a name (U+0096) must not make a file that cannot be read back."""
    assert read_back(tmp_path, text_under(case, name)).measures


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_reads_back_from_the_workspace(bare: Workspace, name: str) -> None:
    """From the table of agencies to the file and back the plan is the same."""
    bare.write_rows("data/agencies.csv", ["agency_id", "name_th"], [(AGENCY, name)])
    found = filed(bare)
    assert found.after.agency.name_th == name
    assert found.after.plan == found.before.plan


# ------------------------------------------------------------------------------- never over a file


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a: [", "ของฉัน: 1\n".encode()], ids=repr)
def test_an_existing_file_is_never_touched(bare: Workspace, content: bytes) -> None:
    """Whatever stands in the place of the file stays, were it empty, broken or of another program."""
    case = build_case(AGENCY, YEAR, bare.root)
    path = bare.write(PARAMS, "")
    path.write_bytes(content)
    assert write_first(case, path) is False
    assert path.read_bytes() == content


def appears(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let somebody save the file while its first content is being made."""
    content_of = first_words.first_words

    def interrupted(case: Case) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("ของฉัน: 1\n", encoding="utf-8")
        return content_of(case)

    monkeypatch.setattr(first_words, "first_words", interrupted)


def without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be one that knows no links."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)


def test_a_file_that_appears_meanwhile_is_left_alone(
    bare: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file saved by its author while the first one is being made is not replaced."""
    case, path = build_case(AGENCY, YEAR, bare.root), bare.root / PARAMS
    appears(monkeypatch, path)
    assert write_first(case, path) is False
    assert path.read_text(encoding="utf-8") == "ของฉัน: 1\n"


def test_a_file_that_appears_meanwhile_on_a_disk_without_links_is_left_alone(
    bare: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a disk without links lets the first file replace one that its author saved."""
    case, path = build_case(AGENCY, YEAR, bare.root), bare.root / PARAMS
    appears(monkeypatch, path)
    without_links(monkeypatch)
    assert write_first(case, path) is False


def test_a_disk_without_links_gets_the_file_too(bare: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk that knows no links the file is written all the same."""
    case, path = build_case(AGENCY, YEAR, bare.root), bare.root / PARAMS
    without_links(monkeypatch)
    assert write_first(case, path) is True
    assert path.read_text(encoding="utf-8") == first_words.first_words(case)


def test_nothing_else_is_left_in_the_folder(bare: Workspace) -> None:
    """The folder of words holds the file and no half one beside it."""
    assert [p.name for p in filed(bare).path.parent.iterdir()] == [f"{AGENCY}-{YEAR}.yaml"]


class Unwritable(NamedTuple):
    """A report in a workspace whose params folder cannot be written."""

    ran: subprocess.CompletedProcess[str]
    root: Path


@pytest.fixture(scope="module")
def unwritable(tmp_path_factory: pytest.TempPathFactory) -> Unwritable:
    """Make a report where a file stands in the place of the params folder."""
    workspace = without_words(tmp_path_factory.mktemp("unwritable") / "workspace")
    workspace.write("params", "a file, no folder")
    return Unwritable(command(workspace), workspace.root)


def test_an_unwritable_params_folder_does_not_lose_the_report(unwritable: Unwritable) -> None:
    """The documents are in their place, whatever becomes of the first file of words."""
    made = {p.suffix for p in (unwritable.root / "outputs" / str(YEAR) / AGENCY).iterdir()}
    assert made >= {".ipynb", ".html"}


def test_what_stands_in_the_place_of_the_params_folder_is_left_alone(unwritable: Unwritable) -> None:
    """The file in the place of the folder is as it was."""
    assert (unwritable.root / "params").read_text(encoding="utf-8") == "a file, no folder"


def test_an_unwritable_params_folder_is_told_with_the_report(unwritable: Unwritable) -> None:
    """The command names the documents that it made, and says that the file of words was not written."""
    ran = unwritable.ran
    assert re.findall(r"analysis\.(\w+)$", ran.stdout, re.MULTILINE) == ["ipynb", "html"]
    assert PARAMS in ran.stderr
    assert "ข้อผิดพลาดที่ไม่คาดไว้" not in ran.stderr
