"""The first params file: every draft in it, good to read back, written once and never touched again."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import Mock

import pytest
import yaml
from conftest import AGENCY, PLAN_YEAR, REPOSITORY, YEAR, ConsistentAgency, Workspace
from in_process import command
from opened import report_of

from ita_nb import exhibits
from ita_nb.analysis.diagnosis import draft_entry
from ita_nb.case import Case, build_case
from ita_nb.document import first_words
from ita_nb.document.first_words import unfiled_drafts, write_first, write_unfiled
from ita_nb.document.gate import blockers, refuse_unready
from ita_nb.intake.params_file import Words, read_words, words_path

Add = Callable[..., ConsistentAgency]
PARAMS = f"params/{AGENCY}-{YEAR}.yaml"
SCORES = f"data/{YEAR}/stated_scores.csv"
DRAFTS = f"params/{AGENCY}-{YEAR}.drafts.yaml"
WROTE, UNFILED = "เขียนแฟ้มให้กรอกแล้ว: ", "ร่างที่ยังไม่มีใน "
REAL = {AGENCY: YEAR, "bangkrabue": 2565}


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
        return dict(yaml.safe_load(self.path.read_text(encoding="utf-8")))

    def edited(self, *changes: tuple[str, str]) -> Case:
        """Replace in the file as a person would by search and replace, and read the case again."""
        text = self.path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.path.write_text(text, encoding="utf-8")
        return build_case(self.before.agency.agency_id, self.before.fiscal_year, self.path.parent.parent)


CONFIRMED = ("status: draft\n", "status: confirmed\n")


def filed(workspace: Workspace, agency_id: str = AGENCY, year: int = YEAR) -> Filed:
    """Write the first file of an agency and read the case again."""
    before = build_case(agency_id, year, workspace.root)
    path = words_path(workspace.root, agency_id, year, "analysis")
    assert write_first(before, path)
    return Filed(before, path, build_case(agency_id, year, workspace.root))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Filed]:
    """The first files of real agencies, written once for all tests; who changes one takes a copy."""
    folder = tmp_path_factory.mktemp("real")
    return {agency: filed(without_words(folder / agency), agency, year) for agency, year in REAL.items()}


@pytest.fixture
def own(real: dict[str, Filed], tmp_path: Path) -> Filed:
    """A copy of the first file of the demo agency, in a workspace of its own."""
    shutil.copytree(real[AGENCY].path.parent.parent, tmp_path / "own")
    return real[AGENCY]._replace(path=tmp_path / "own" / PARAMS)


@pytest.fixture
def case(real: dict[str, Filed]) -> Case:
    """The real case of which nobody has written anything yet."""
    return real[AGENCY].before


def drafts(case: Case) -> list[str]:
    """Return the blockers that are drafts."""
    return [blocker.text_th for blocker in blockers(case) if "ร่าง" in blocker.text_th]


# ------------------------------------------------------------------------- a report, and a second one

REPORT = ("report", AGENCY, "--year", str(YEAR), "--format", "html")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Make a report without a file of words; then its author edits it, a score changes, and a second one."""
    workspace = without_words(tmp_path_factory.mktemp("first") / "workspace")
    path, found = workspace.root / PARAMS, SimpleNamespace(one=command(workspace.root, *REPORT))
    found.first = path.read_bytes()
    text = found.first.decode().replace("status: draft", "status: confirmed", 1).replace("\n", "\r\n")
    workspace.write(PARAMS, f"\ufeff{text}\r\n# ผู้วิเคราะห์: ตรวจแล้วครึ่งหนึ่ง   \r\n\r\n")
    found.edited = path.read_bytes()
    workspace.edit(SCORES, f"{AGENCY},o1,,100", f"{AGENCY},o1,,0")
    found.two = command(workspace.root, *REPORT)
    found.last = path.read_bytes()
    found.unfiled = yaml.safe_load((workspace.root / DRAFTS).read_text(encoding="utf-8"))
    return found


def test_a_report_writes_the_first_file_and_names_it(runs: SimpleNamespace, real: dict[str, Filed]) -> None:
    """Where there is no file of words the report writes its case's, byte by byte, and says so on stderr."""
    assert runs.first == real[AGENCY].path.read_bytes()
    assert (runs.one.returncode, runs.one.stdout.count("analysis.html")) == (0, 1)
    assert f"{WROTE}{PARAMS} " in runs.one.stderr
    assert UNFILED not in runs.one.stderr
    assert PARAMS not in runs.one.stdout


def test_a_second_report_leaves_the_edited_file_alone(runs: SimpleNamespace) -> None:
    """Whatever its author did to the file, and though the data changed, not a byte of it changes.

    The report is made all the same.
    """
    assert runs.first != runs.edited == runs.last
    assert (runs.two.returncode, runs.two.stdout.count("analysis.html")) == (0, 1)
    assert WROTE not in runs.two.stderr


def test_only_the_drafts_that_are_missing_stand_beside(runs: SimpleNamespace) -> None:
    """The texts and the measure of the item that became weak, no others, stand where stderr says."""
    (line,) = [line for line in runs.two.stderr.splitlines() if UNFILED in line]
    assert f"{UNFILED}{PARAMS} " in line
    assert DRAFTS in line
    assert [(t["item"], t["kind"]) for t in runs.unfiled["texts"]] == [("o1", "cause"), ("o1", "guideline")]
    assert [m["items"] for m in runs.unfiled["measures"]] == [["o1"]]


def test_a_refused_publication_files_what_has_to_be_confirmed(bare: Workspace) -> None:
    """Whoever is refused finds the drafts in the file that the refusal names; no document is made."""
    ran = command(bare.root, *REPORT, "--edition", "publish")
    assert (ran.returncode, (bare.root / PARAMS).exists()) == (1, True)
    assert PARAMS in ran.stderr
    assert not (bare.root / "outputs").exists()


def test_an_unwritable_params_folder_does_not_lose_the_report(bare: Workspace) -> None:
    """Where a file stands in place of the folder it stays, the documents are made, and both are told."""
    bare.write("params", "a file, no folder")
    ran = command(bare.root, *REPORT)
    made = {path.suffix for path in (bare.root / "outputs" / str(YEAR) / AGENCY).iterdir()}
    assert made >= {".ipynb", ".html"}
    assert (bare.root / "params").read_text(encoding="utf-8") == "a file, no folder"
    assert re.findall(r"analysis\.(\w+)$", ran.stdout, re.MULTILINE) == ["ipynb", "html"]
    assert PARAMS in ran.stderr
    assert "ข้อผิดพลาดที่ไม่คาดไว้" not in ran.stderr


# --------------------------------------------------------------------------------- what stands in it


def test_every_weak_item_has_its_draft_texts(real: dict[str, Filed]) -> None:
    """Each weak item has the catalogue's cause and guideline as drafts, but for what people wrote."""
    found = real[AGENCY]
    expected: dict[tuple[str, str], str] = {}
    for weakness in found.before.weaknesses:
        entry = draft_entry(found.before.framework, found.before.catalogue, weakness)
        expected.setdefault((weakness.node.code, "cause"), entry.candidate_cause_th)
        expected.setdefault((weakness.node.code, "guideline"), entry.guideline_th)
    for item in ("i10", "i13", "e7", "o16"):  # of which remarks.csv holds causes
        del expected[item, "cause"]
    texts = found.content["texts"]
    assert {(t["item"], t["kind"]): t["text_th"] for t in texts} == expected
    assert [t["status"] for t in texts] == ["draft"] * len(expected)


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


def test_the_file_is_written_for_people(real: dict[str, Filed]) -> None:
    """Dates are in the years that people use; every switch stands there with its default."""
    found = real[AGENCY]
    days = [measure[end] for measure in found.content["measures"] for end in ("start", "end")]
    assert {day[:4] for day in days} == {str(PLAN_YEAR - 1), str(PLAN_YEAR)}
    assert found.content["office"]["show"] == found.before.record.office.show.model_dump()


# ------------------------------------------------------------------------------------ read back again


@pytest.mark.parametrize("agency_id", REAL)
def test_the_file_says_what_was_proposed(real: dict[str, Filed], agency_id: str) -> None:
    """It brings no problem, holds every draft as a draft, and gives the same plan to the last field."""
    before, _, after = real[agency_id]
    assert after.record.problems == before.record.problems
    assert unfiled_drafts(before) == before.plan == after.plan != ()
    assert unfiled_drafts(after) == ()


@pytest.mark.parametrize("agency_id", REAL)
def test_confirming_everything_leaves_no_draft(bare: Workspace, agency_id: str) -> None:
    """Where all drafts stand in the file, confirming them there is all there is to confirm."""
    bare.drop(f"data/{REAL[agency_id]}/remarks.csv")
    found = filed(bare, agency_id, REAL[agency_id])
    assert drafts(found.before) != []
    assert drafts(found.edited(CONFIRMED)) == []


def test_drafts_of_the_table_are_confirmed_in_the_table(own: Filed) -> None:
    """With the whole file confirmed, what is left are the draft causes of remarks.csv, by their items."""
    left = [line.partition(" (")[0] for line in drafts(own.edited(CONFIRMED))]
    assert left == [f"ข้อ {item}: สาเหตุยังเป็นร่าง" for item in ("i10", "i13", "e7", "o16")]


def test_a_consistent_agency_may_publish_when_its_causes_are_known(
    workspace: Workspace, add_consistent: Add
) -> None:
    """Confirmed, a candidate cause is still a guess, which the gate names; known causes may be published."""
    found = filed(workspace, add_consistent(items={"o13": 0}).agency_id)
    assert any("ข้อสันนิษฐาน" in blocker.text_th for blocker in blockers(found.edited(CONFIRMED)))
    refuse_unready(found.edited(("text_th: อาจ", "text_th: พบว่า")))


def test_the_file_adds_nothing_to_the_parts_of_the_office(real: dict[str, Filed]) -> None:
    """Before anyone has filled anything in, a part of the office is the same with the file as without."""
    before, _, after = real[AGENCY]
    for name in ("cover", "memo", "meeting", "suggestions", "contact", "signature"):
        section = getattr(exhibits, name)
        assert section(report_of(after).report) == section(report_of(before).report), name


def test_a_draft_of_measures_csv_is_not_doubled(bare: Workspace) -> None:
    """A draft measure that the agency wrote itself stands in its table and needs no second copy."""
    rows = [(AGENCY, "m1", "i10", "ทะเบียนยืม", "draft")]
    bare.write_rows(
        f"data/{PLAN_YEAR}/measures.csv", ["agency_id", "measure_id", "items", "title_th", "status"], rows
    )
    found = filed(bare)
    assert found.after.record.problems == found.before.record.problems == ()
    assert "m1" not in {m["measure_id"] for m in found.content["measures"]}


# ---------------------------------------------------------------------- what an existing file lacks


def emptied(found: Filed) -> Case:
    """Take every draft out of the file and read the case again."""
    text = found.path.read_text(encoding="utf-8")
    return found.edited((text[text.index("texts:") :], ""))


def test_beside_a_whole_file_there_is_nothing(real: dict[str, Filed]) -> None:
    """Where every draft is filed no second file appears, and no half one is left of the first."""
    found = real[AGENCY]
    assert write_unfiled(found.after, found.path) is None
    assert [p.name for p in found.path.parent.iterdir()] == [found.path.name]


def test_drafts_that_were_taken_out_stand_beside(own: Filed) -> None:
    """What the file lacks can be copied from beside it, all that the first file held; nothing reads it."""
    content, before = own.content, emptied(own)
    beside = write_unfiled(before, own.path)
    assert beside == own.path.parent.parent / DRAFTS
    again = yaml.safe_load(beside.read_text(encoding="utf-8"))
    assert (again["texts"], again["measures"]) == (content["texts"], content["measures"])
    assert own.edited().record == before.record


def test_drafts_copied_back_are_filed(own: Filed) -> None:
    """With the drafts at the end of the file nothing is missing any more, and none lie about beside it."""
    beside = write_unfiled(emptied(own), own.path)
    with own.path.open("a", encoding="utf-8") as file:
        file.write(beside.read_text(encoding="utf-8"))
    again = own.edited()
    assert again.plan == own.after.plan
    assert write_unfiled(again, own.path) is None
    assert not beside.exists()


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
# What a broken conversion leaves in a name.
CONTROLS = ("เทศบาล\x96ตัวอย่าง", "เทศบาล\x07", "เทศบาล\x7f", "เทศบาล\ufffe")


def text_under(case: Case, name: str) -> str:
    """Return the text of the first file if the agency had that name."""
    agency = replace(case.agency, name_th=name)
    return first_words.first_words(replace(case, record=replace(case.record, agency=agency)))


def read_back(root: Path, text: str) -> Words:
    """Read a text as the file of words of the agency."""
    Workspace(root).write(PARAMS, text)
    return read_words(root, AGENCY, YEAR)


@pytest.mark.parametrize("name", [*NAMES, *CONTROLS], ids=ascii)
def test_a_name_cannot_leave_its_comment(case: Case, tmp_path: Path, name: str) -> None:
    """Whatever an agency is called, the file reads back and holds what it holds under its own name."""
    words = read_back(tmp_path, text_under(case, case.agency.name_th))
    assert read_back(tmp_path, text_under(case, name)) == words
    assert words.measures


@pytest.mark.parametrize("name", NAMES)
def test_the_file_says_whose_it_is(case: Case, name: str) -> None:
    """The name stands in the first line of the file, on one line."""
    first_line = text_under(case, name).split("\n", 1)[0]
    assert first_line.startswith("# ")
    assert first_line.endswith(f" ปีงบประมาณ พ.ศ. {YEAR}")
    assert [word for word in name.split() if word not in first_line] == []


def test_a_name_of_two_lines_reads_back_from_the_workspace(bare: Workspace) -> None:
    """From the table of agencies to the file and back the plan is the same."""
    bare.write_rows("data/agencies.csv", ["agency_id", "name_th"], [(AGENCY, NAMES[2])])
    before, _, after = filed(bare)
    assert (after.agency.name_th, after.plan) == (NAMES[2], before.plan)


# ------------------------------------------------------------------------------- never over a file


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a: [", "ของฉัน: 1\n".encode()], ids=repr)
def test_an_existing_file_is_never_touched(case: Case, tmp_path: Path, content: bytes) -> None:
    """Whatever stands in the place of the file stays, were it empty, broken or of another program."""
    path = tmp_path / "words.yaml"
    path.write_bytes(content)
    assert write_first(case, path) is False
    assert path.read_bytes() == content


@pytest.fixture(params=["links", "no links"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A usual disk, and one that knows no links."""
    if request.param == "no links":
        monkeypatch.setattr(os, "link", Mock(side_effect=PermissionError(1, "Operation not permitted")))


@pytest.mark.usefixtures("disk")
def test_a_file_that_appears_meanwhile_is_left_alone(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file saved by its author while the first one is being made is not replaced."""
    path = tmp_path / "words.yaml"
    monkeypatch.setattr(first_words, "first_words", lambda _: str(path.write_text("ของฉัน: 1\n", "utf-8")))
    assert write_first(case, path) is False
    assert path.read_text(encoding="utf-8") == "ของฉัน: 1\n"


@pytest.mark.usefixtures("disk")
def test_every_disk_gets_the_file(case: Case, tmp_path: Path) -> None:
    """On a disk that knows no links the file is written all the same."""
    path = tmp_path / "params" / "words.yaml"
    assert write_first(case, path) is True
    assert path.read_text(encoding="utf-8") == first_words.first_words(case)
