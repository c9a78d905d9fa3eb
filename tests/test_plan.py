"""What a batch has to do: read from its file, and checked agency by agency before anything starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import AGENCY, REPOSITORY, YEAR, Workspace
from hypothesis import given
from hypothesis import strategies as st

from ita_nb.batch.digest import reproduction
from ita_nb.batch.entries import FAILED
from ita_nb.batch.gather import TABLES
from ita_nb.batch.ledger import LEDGER, Ledger
from ita_nb.batch.plan import Plan, Stopped, make_plan, read_batch
from ita_nb.batch.stores import sha256_of
from ita_nb.batch.task import MadeFile, Outcome, Task
from ita_nb.cli import main
from ita_nb.errors import FactsError, IntakeError, ItaError, ParameterError
from ita_nb.facts.rules import load_rules
from ita_nb.intake.directory import OWN_FOLDERS

DATA = f"data/{YEAR}"
SCORES = f"{DATA}/stated_scores.csv"
BATCH = "params/loei.yaml"
OF_MEASURES = (REPOSITORY / "notebooks/measures_progress.ipynb").read_text(encoding="utf-8")
ALL = "fiscal_year: 2568\nagencies: {all: true}\n"


@pytest.fixture
def province(workspace: Workspace) -> Workspace:
    """Return a workspace with the demo agencies and three ready ones in Loei."""
    ids = ["ban1", "ban2", "ban3"]
    workspace.append("data/agencies.csv", *(f"{i},อบต.{i},องค์การบริหารส่วนตำบล,เมือง,เลย" for i in ids))
    workspace.append(SCORES, *(f"{i},total,,90" for i in ids))
    return workspace


def planned(workspace: Workspace, text: str = ALL, ledger: Ledger | None = None, **asked: Any) -> Plan:
    """Plan a batch with this file."""
    batch = read_batch(workspace.write(BATCH, text))
    return make_plan(batch, workspace.root, ledger, **({"kernel": "warm"} | asked))


def of(plan: Plan) -> list[str]:
    """Return the agencies of the tasks."""
    return [task.agency_id for task in plan.tasks]


def stops(plan: Plan) -> dict[str, str]:
    """Return the causes of those that are stopped."""
    return {stopped.agency_id: stopped.cause for stopped in plan.stopped}


def choosing(agencies: str) -> str:
    """Return the file of a batch that chooses these agencies."""
    return f"fiscal_year: {YEAR}\nagencies: {agencies}\n"


# ---------------------------------------------------------------- the file


def test_a_short_file_is_enough(province: Workspace) -> None:
    """Year and agencies suffice; the rest has defaults, and the file's name is the batch's."""
    batch = read_batch(province.write(BATCH, ALL))

    assert batch.name == "loei"
    assert batch.out(province.root) == str(province.root / "outputs/loei")
    assert batch.parameters.model_dump(exclude={"agencies"}) == {
        "batch": "loei",
        "fiscal_year": YEAR,
        "document": "analysis",
        "edition": "working",
        "digits": "thai",
        "draft": False,
        "formats": ["html", "pdf", "docx"],
        "out": "",
        "limits": {"cell_seconds": 120, "run_seconds": 600, "memory_mb": 2048},
        "overview": True,
    }


def test_a_full_file_is_in_the_tasks(province: Workspace) -> None:
    """Everything that the file says about documents and limits arrives in each task."""
    text = """
batch: loei-all
fiscal_year: 2568
document: analysis
edition: publish
digits: arabic
draft: true
formats: [pdf, html, pdf]
agencies: {list: [ban1]}
out: elsewhere/loei
limits: {cell_seconds: 5, run_seconds: 50, memory_mb: 512}
overview: false
"""
    (task,) = planned(province, text, kernel="cold").tasks

    assert task == Task(
        key=task.key,
        agency_id="ban1",
        name_th="อบต.ban1",
        fiscal_year=YEAR,
        workspace=str(province.root),
        out=str(province.root / "elsewhere/loei"),
        document="analysis",
        edition="publish",
        digits="arabic",
        draft=True,
        formats=("pdf", "html"),
        kernel="cold",
        cell_seconds=5,
        run_seconds=50,
        memory_mb=512,
    )


@pytest.mark.parametrize(
    ("given", "out"),
    [("", "{root}/outputs/loei"), ("out: x\n", "{root}/x"), ("out: /srv/x\n", "/srv/x")],
)
def test_where_the_results_go(province: Workspace, given: str, out: str) -> None:
    """The output folder is of the workspace, or absolute."""
    assert {t.out for t in planned(province, ALL + given).tasks} == {out.format(root=province.root)}


def test_the_command_may_say_where(province: Workspace) -> None:
    """An output folder of the command line stands in place of the file's."""
    assert {task.out for task in planned(province, ALL, out="/srv/y").tasks} == {"/srv/y"}


@pytest.mark.parametrize("name", ["ชุดที่1", "หนองบัวลำภู", "น้ำ-2568", "a.b_c"])
def test_a_batch_may_have_a_thai_name(province: Workspace, name: str) -> None:
    """A name with Thai vowels and tone marks is a name like any other."""
    assert planned(province, ALL + f"batch: {name}\n").tasks[0].out.endswith(f"/outputs/{name}")


@pytest.mark.parametrize("year", ["๒๕๖๘", '"2568"', "'๒๕๖๘'"])
def test_a_year_may_be_written_as_people_write_it(province: Workspace, year: str) -> None:
    """Thai digits and quotes say the same year."""
    text = f"fiscal_year: {year}\nagencies: {{all: true}}\n"
    assert read_batch(province.write(BATCH, text)).parameters.fiscal_year == YEAR


def test_a_missing_batch_file_names_those_that_are_there(province: Workspace) -> None:
    """Who mistypes the file's name reads which files there are."""
    province.write(BATCH, ALL)
    with pytest.raises(ParameterError, match=r"ไม่มีแฟ้มนี้[^$]*params/loei.yaml"):
        read_batch(province.root / "params/loie.yaml")


WRONG = {
    "unknown key": ("fiscal_yaer: 2568\n", ["บรรทัด 1", '"fiscal_yaer"', '"fiscal_year"']),
    "unknown selection": (choosing("{provinces: เลย}"), ["บรรทัด 2", '"agencies.provinces"', '"province"']),
    "unknown limit": (ALL + "limits:\n  cell_second: 5\n", ["บรรทัด 4", '"cell_seconds"']),
    "year in words": ("fiscal_year: ปีนี้\nagencies: {all: true}\n", ["บรรทัด 1", "fiscal_year", "ปี พ.ศ. สี่หลัก"]),
    "word for true": (ALL + "draft: maybe\n", ["draft", "true หรือ false"]),
    "number for an id": (choosing("{list: [0012]}"), ["agencies.list.1", "ที่คาดไว้คือข้อความ", "เครื่องหมายคำพูด"]),
    "word for a list": (choosing("{list: ban1}"), ["agencies.list", "รายการ"]),
    "unknown format": (ALL + "formats: [txt]\n", ["formats.1", "txt", "ไม่อยู่ในรายการ", "html, pdf, docx"]),
    "no format": (ALL + "formats: []\n", ["formats", "อย่างน้อยหนึ่งรูปแบบ"]),
    "nobody chosen": (choosing("{}"), ["agencies", "อย่างน้อยหนึ่งอย่าง"]),
    "all and some": (choosing("{all: true, list: [ban1]}"), ["agencies", "ใช้ร่วมกับ"]),
    "no agencies": ("fiscal_year: 2568\n", ['ขาด "agencies"']),
    "no year": ("agencies: {all: true}\n", ['ขาด "fiscal_year"']),
    "no memory": (ALL + "limits: {memory_mb: 0}\n", ["limits.memory_mb"]),
    "path for a name": (ALL + "batch: ../x\n", ["batch", "ชื่อโฟลเดอร์"]),
    "key twice": (ALL + "draft: true\ndraft: false\n", ["บรรทัด 4", "มีอยู่แล้วที่บรรทัด 3"]),
    "no mapping": ("- a\n", ["รายการ ชื่อ: ค่า"]),
    "empty": ("", ["รายการ ชื่อ: ค่า"]),
    "no such day": (ALL + "batch: 2568-02-31\n", ["YAML"]),
    "no yaml": ("fiscal_year: [", ["YAML"]),
}


@pytest.mark.parametrize(("text", "named"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, named: list[str]) -> None:
    """A mistake in the file is named with its line, and an unknown key with the nearest known one."""
    path = tmp_path / "params/loei.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises((ParameterError, IntakeError)) as caught:
        read_batch(path)

    assert caught.value.where.startswith("params/loei.yaml")
    assert [part for part in named if part not in str(caught.value)] == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A batch without file is told with its name."""
    with pytest.raises(ParameterError, match=r"no\.yaml"):
        read_batch(tmp_path / "no.yaml")


# ---------------------------------------------------------------- who is chosen

CHOSEN = {
    "a province": ("{province: เลย}", ["ban1", "ban2", "ban3"]),
    "a province in full": ("{province: จังหวัดเลย}", ["ban1", "ban2", "ban3"]),
    "provinces": ("{province: [เลย, หนองบัวลำภู]}", [AGENCY, "ban1", "ban2", "ban3"]),
    "a list": ("{list: [ban3, ban1]}", ["ban1", "ban3"]),
    "the same twice": ("{list: [ban1, ' ban1', ban1]}", ["ban1"]),
    "a list and a province": ("{province: เลย, list: [ban2, hannangam]}", [AGENCY, "ban1", "ban2", "ban3"]),
    "a text file": ("{file: params/who.txt}", ["ban1", "ban2"]),
    "a csv file": ("{file: params/who.csv}", ["ban2", "ban3"]),
}


@pytest.mark.parametrize(("agencies", "expected"), CHOSEN.values(), ids=CHOSEN.keys())
def test_who_is_chosen(province: Workspace, agencies: str, expected: list[str]) -> None:
    """Each agency is chosen once, in the order of the workspace, however often it is named."""
    province.write("params/who.txt", "\ufeffban2  # ข้างบ้าน\n\n# หมายเหตุ\nban1\n")
    province.write("params/who.csv", "\ufeffname_th,agency_id\nก,ban3\nข,\nค,ban2\n")

    assert of(planned(province, choosing(agencies))) == expected


NOBODY = {
    "unknown province": ("{province: เลม}", ['"เลม"', 'แก้ชื่อเป็น "เลย"']),
    "no such file": ("{file: params/nobody.txt}", ["params/nobody.txt", "No such file"]),
    "no column": ("{file: data/agencies.txt.csv}", ["ไม่มีช่อง agency_id"]),
    "empty file": ("{file: params/empty.txt}", ["ไม่มีรหัสหน่วยงานในแฟ้ม"]),
    "no text": ("{file: params/bytes.txt}", ["utf-8"]),
    "empty list": ("{list: []}", ["อย่างน้อยหนึ่งแห่ง"]),
}


@pytest.mark.parametrize(("agencies", "named"), NOBODY.values(), ids=NOBODY.keys())
def test_a_choice_of_nobody_is_refused(province: Workspace, agencies: str, named: list[str]) -> None:
    """A choice that cannot be read or finds nobody stops the batch with its reason."""
    province.write("data/agencies.txt.csv", "id\nban1\n")
    province.write("params/empty.txt", "# ว่าง\n")
    (province.root / "params/bytes.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ParameterError) as caught:
        planned(province, choosing(agencies))

    assert [part for part in named if part not in str(caught.value)] == []


# ---------------------------------------------------------------- who is stopped


def test_one_line_says_how_it_stands(province: Workspace) -> None:
    """The summary counts who is ready, and who is stopped by cause, the most frequent first."""
    plan = planned(province, choosing("{province: [เลย, ชัยภูมิ], list: [nobody]}"))

    assert plan.summary_th() == "พร้อม 3 จาก 6 หน่วยงาน; หยุดไว้ 3: ไม่มีข้อมูลปี 2568 (2), ไม่รู้จักรหัส (1)"


def test_an_unknown_code_names_the_nearest(province: Workspace) -> None:
    """Who is not in the workspace is stopped, with the code that is written most like it."""
    (stopped,) = planned(province, choosing("{list: [bam1, ban2]}")).stopped

    assert (stopped.agency_id, stopped.cause) == ("bam1", "unknown")
    assert 'ใช้รหัส "ban1"' in stopped.message_th


Change = Callable[[Workspace], object]
STOPS: dict[str, tuple[Change, str]] = {
    "no row of the year": (lambda w: w.edit(SCORES, "ban2,total,,90\n", ""), "no-data"),
    "no usable score": (lambda w: w.edit(SCORES, "ban2,total,,90", "ban2,total,,ดี"), "unusable"),
    "a comma too many": (lambda w: w.edit(SCORES, "ban2,total,,90", "ban2,total,,9,0"), "unusable"),
    "a broken params file": (lambda w: w.write(f"params/ban2-{YEAR}.yaml", "office: [\n"), "words"),
    "another's params file": (
        lambda w: w.write(f"params/ban2-{YEAR}.yaml", f"agency_id: ban1\nfiscal_year: {YEAR}\n"),
        "words",
    ),
    "a notebook of its own that is none": (lambda w: w.write(f"work/ban2-{YEAR}.ipynb", "[]"), "notebook"),
    "a notebook of its own for the measures": (
        lambda w: w.write(f"work/ban2-{YEAR}.ipynb", OF_MEASURES),
        "notebook",
    ),
    "no name": (lambda w: w.edit("data/agencies.csv", "ban2,อบต.ban2", "ban2,"), "unusable-row"),
    "twice in the table": (lambda w: w.append("data/agencies.csv", "ban2,อบต.ban2,,,"), "unusable-row"),
    "a name with a comma": (
        lambda w: w.edit("data/agencies.csv", "ban2,อบต.ban2", "ban2,อบต.,ban2"),
        "unusable-row",
    ),
}


@pytest.mark.parametrize(("change", "cause"), STOPS.values(), ids=STOPS.keys())
def test_a_bad_agency_stops_no_other(province: Workspace, change: Change, cause: str) -> None:
    """What is wrong with one agency is listed with where it stands; the others are ready."""
    change(province)
    plan = planned(province, choosing("{list: [ban1, ban2, ban3]}"))

    assert of(plan) == ["ban1", "ban3"]
    assert stops(plan) == {"ban2": cause}
    assert "ban2" in plan.stopped[0].message_th or "บรรทัด" in plan.stopped[0].message_th


Said = tuple[Change, str, str]  # what is changed, whom the batch asks for, what else its file says
TOLD: dict[str, Said] = {
    **{name: (change, "ban2", "") for name, (change, _) in STOPS.items()},
    "unknown code": (lambda _: None, "bam1", ""),
    "no measures": (lambda _: None, "ban1", "document: progress\n"),
    "not ready": (lambda _: None, AGENCY, "edition: publish\ndigits: arabic\nformats: [pdf]\n"),
}


@pytest.mark.parametrize(("change", "agency", "more"), TOLD.values(), ids=TOLD.keys())
def test_the_report_alone_is_stopped_by_the_same(
    province: Workspace,
    change: Change,
    agency: str,
    more: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command for one agency of those that are stopped fails with the same message."""
    change(province)
    (stopped,) = planned(province, choosing(f"{{list: [{agency}]}}") + more).stopped
    monkeypatch.setattr(sys, "argv", reproduction(stopped.task))
    with pytest.raises(SystemExit) as left:
        main()

    assert (bool(left.value.code), stopped.message_th in capsys.readouterr().err) == (True, True)


@pytest.mark.parametrize("row", ["001,อบต.เลขล้วน,,,เลย", "../x,อบต.ทางเดิน,,,เลย", ",อบต.ไม่มีรหัส,,,เลย"])
def test_an_unusable_row_is_not_lost(province: Workspace, row: str) -> None:
    """A row of the table that cannot be used is stopped with its province, not left out silently."""
    province.append("data/agencies.csv", row)
    plan = planned(province, choosing("{province: เลย}"))

    assert of(plan) == ["ban1", "ban2", "ban3"]
    assert stops(plan) == {row.split(",")[0]: "unusable-row"}


@pytest.mark.parametrize("code", ["failed", "Failed", "tables", "TABLES"])
def test_a_folder_of_the_batch_is_nobody_s_code(province: Workspace, code: str) -> None:
    """An agency whose code is the name of a folder beside the reports is stopped with what to do."""
    province.append("data/agencies.csv", f"{code},อบต.ชื่อชน,,,เลย")
    province.append(SCORES, f"{code},total,,90")
    plan = planned(province, choosing("{province: เลย}"))

    assert of(plan) == ["ban1", "ban2", "ban3"]
    assert stops(plan) == {code: "unusable-row"}
    assert "ตั้งรหัสหน่วยงานใหม่" in plan.stopped[0].message_th


def test_a_notebook_of_its_own_is_told(province: Workspace) -> None:
    """An agency that has a notebook of its own is ready like the others, and is named."""
    shared = (province.root / "notebooks/agency_report.ipynb").read_text(encoding="utf-8")
    province.write(f"work/ban2-{YEAR}.ipynb", shared)
    plan = planned(province, choosing("{province: เลย}"))

    assert of(plan) == ["ban1", "ban2", "ban3"]
    assert [notice for notice in plan.notices if "สมุดบันทึกของหน่วยงานเอง" in notice and "ban2" in notice]


def test_the_folders_of_the_batch_are_known() -> None:
    """No folder that a batch makes beside those of the agencies is left out."""
    assert {FAILED, TABLES} == OWN_FOLDERS


def test_an_overview_that_is_not_asked_for_needs_no_notebook(province: Workspace) -> None:
    """Without an overview its notebook is not looked at."""
    province.write("notebooks/province_overview.ipynb", "[]")

    assert len(planned(province, LOEI + "overview: false\n").tasks) == 3


def test_codes_that_differ_by_capitals_only(province: Workspace) -> None:
    """Where two agencies would share a folder on some disks, the second is stopped."""
    province.append("data/agencies.csv", "Ban1,อบต.อีกแห่ง,,,")
    province.append(SCORES, "Ban1,total,,90")
    (stopped,) = planned(province, choosing("{list: [ban1, Ban1]}")).stopped

    assert (stopped.agency_id, stopped.cause) == ("Ban1", "duplicate")
    assert '"ban1"' in stopped.message_th


def test_a_table_that_cannot_be_read_stops_everybody_by_name(province: Workspace) -> None:
    """A scores file that is no UTF-8 leaves nobody ready, and each knows why."""
    (province.root / SCORES).write_bytes("agency_id,node,score\nban1,รวม,1\n".encode("cp874"))
    plan = planned(province, choosing("{province: เลย}"))

    assert stops(plan) == dict.fromkeys(["ban1", "ban2", "ban3"], "unusable")
    assert all("Windows-874" in stopped.message_th for stopped in plan.stopped)


WHOLE: dict[str, tuple[Change, type[ItaError], str]] = {
    "no tagged cell": (
        lambda w: w.edit("notebooks/agency_report.ipynb", '"parameters"', '"parameter"'),
        ParameterError,
        "ไม่มีเซลล์นี้เป็นเซลล์โค้ดแรก",
    ),
    "a parameter spelt otherwise": (
        lambda w: w.edit("notebooks/agency_report.ipynb", "fiscal_year:", "fiscal_yaer:"),
        ParameterError,
        "fiscal_yaer",
    ),
    "the notebook of the measures": (
        lambda w: w.write("notebooks/agency_report.ipynb", OF_MEASURES),
        ParameterError,
        "--document progress",
    ),
    "no notebook but text": (
        lambda w: w.write("notebooks/agency_report.ipynb", "[]"),
        ParameterError,
        "แฟ้มสมุดบันทึก",
    ),
    "an overview without parameters": (
        lambda w: w.edit("notebooks/province_overview.ipynb", '"parameters"', '"parameter"'),
        ParameterError,
        "province_overview.ipynb",
    ),
    "no agencies table": (lambda w: w.drop("data/agencies.csv"), IntakeError, "agencies.csv"),
    "no name column": (lambda w: w.put_broken("agencies_missing_column.csv"), IntakeError, "name_th"),
    "contradictory facts": (
        lambda w: w.write(f"facts/{YEAR}.yaml", "fiscal_year: 1\n"),
        FactsError,
        "2568.yaml",
    ),
}


@pytest.mark.parametrize(("change", "kind", "named"), WHOLE.values(), ids=WHOLE.keys())
def test_what_stops_the_whole_batch(
    province: Workspace, change: Change, kind: type[ItaError], named: str
) -> None:
    """What no agency can do without is said once, before anything else."""
    change(province)
    with pytest.raises(kind, match=named):
        planned(province)


def test_a_year_without_facts_stops_the_whole_batch(province: Workspace) -> None:
    """The message names the years that are known."""
    with pytest.raises(FactsError, match="2562"):
        planned(province, ALL.replace("2568", "2599"))


# ---------------------------------------------------------------- reports on measures, and publication


def test_a_report_on_measures_needs_measures(province: Workspace) -> None:
    """For the other document the agencies with measures of the year are ready."""
    plan = planned(province, ALL + "document: progress\n")

    assert of(plan) == ["takothong"]
    assert stops(plan)["ban1"] == "no-data"


def test_a_report_on_measures_of_a_year_without_facts(province: Workspace) -> None:
    """Where the year of the scores has no facts, each agency with measures is stopped for that."""
    head = "agency_id,measure_id,items,title_th"
    province.write("data/2599/measures.csv", f"{head}\nban1,m1,i10,จุดยืม\n")

    assert stops(
        planned(province, choosing("{list: [ban1]}").replace("2568", "2599") + "document: progress\n")
    ) == {"ban1": "no-facts"}


def test_publication_is_checked_before(province: Workspace) -> None:
    """For the publication edition an agency with unconfirmed drafts is stopped with each reason."""
    plan = planned(province, choosing(f"{{list: [{AGENCY}]}}") + "edition: publish\n")

    assert stops(plan) == {AGENCY: "not-ready"}
    assert "ฉบับเผยแพร่ของ" in plan.stopped[0].message_th


def test_a_draft_of_the_publication_needs_no_readiness(province: Workspace) -> None:
    """With ``draft: true`` the edition is made with its watermark."""
    assert of(planned(province, choosing(f"{{list: [{AGENCY}]}}") + "edition: publish\ndraft: true\n")) == [
        AGENCY
    ]


# ---------------------------------------------------------------- what is done already


def run(plan: Plan, ledger: Ledger) -> None:
    """Record every task as done, with a file each."""
    for task in plan.tasks:
        path = Path(task.out) / task.agency_id / f"{task.stem}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("made", encoding="utf-8")
        files = (MadeFile(f"{task.agency_id}/{path.name}", 4, sha256_of(path)),)
        ledger.record(task, Outcome(task.key, task.agency_id, files), plan.peers[task.key])


LOEI = choosing("{province: เลย}")


@pytest.fixture
def done(province: Workspace) -> Workspace:
    """Return the workspace after a batch of its three ready agencies."""
    with opened(province) as ledger:
        run(planned(province, LOEI, ledger), ledger)
    return province


def opened(workspace: Workspace) -> Ledger:
    """Return the ledger of the batch."""
    return Ledger.open(workspace.root / "outputs/loei" / LEDGER)


def test_nothing_is_done_twice(done: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done and rests on the same is not made again, and not even checked."""
    monkeypatch.setattr("ita_nb.batch.plan._checked", None)
    with opened(done) as ledger:
        plan = planned(done, LOEI, ledger)

    assert (of(plan), len(plan.unchanged), plan.outdated) == ([], 3, ())
    assert plan.summary_th() == "พร้อม 3 จาก 3 หน่วยงาน; ทำแล้วและไม่เปลี่ยนแปลง 3 ต้องทำ 0"


def test_a_correction_for_one_makes_one(done: Workspace) -> None:
    """After one agency's data changed exactly one is made anew."""
    done.edit(SCORES, "ban2,total,,90", "ban2,total,,91")
    with opened(done) as ledger:
        plan = planned(done, LOEI, ledger)

    assert (of(plan), [task.agency_id for task in plan.unchanged]) == (["ban2"], ["ban1", "ban3"])


def test_a_lost_file_is_made_again(done: Workspace) -> None:
    """An agency whose document is no longer there is made anew."""
    done.drop(f"outputs/loei/ban3/ban3-{YEAR}-analysis.html")
    with opened(done) as ledger:
        assert of(planned(done, LOEI, ledger)) == ["ban3"]


@pytest.mark.parametrize("text", ["made longer", "edit"], ids=["another size", "the same size"])
def test_an_edited_file_is_kept(done: Workspace, text: str) -> None:
    """An agency of which a person edited a document is not made again, and the plan names it."""
    path = done.write(f"outputs/loei/ban3/ban3-{YEAR}-analysis.html", text)
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 60))
    with opened(done) as ledger:
        plan = planned(done, LOEI, ledger)

    assert (of(plan), [task.agency_id for task in plan.edited]) == ([], ["ban3"])
    assert plan.summary_th().endswith("มีแฟ้มที่แก้ไขด้วยมือ 1 แห่ง (เก็บไว้ตามเดิม): ban3")


def test_unchanged_files_are_not_read(done: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither size nor time speaks against a file the plan does not read it."""
    monkeypatch.setattr("ita_nb.batch.ledger.sha256_of", None)
    with opened(done) as ledger:
        assert len(planned(done, LOEI, ledger).unchanged) == 3


def test_what_was_to_be_made_anew_is_gone_on_with(done: Workspace) -> None:
    """After a fresh run that was cut off, those that it did not come to are made, the others are done."""
    with opened(done) as ledger:
        plan = planned(done, LOEI, ledger, fresh=True)
        ledger.renew(task.key for task in plan.tasks)
        run(replace(plan, tasks=plan.tasks[:1]), ledger)

        assert of(planned(done, LOEI, ledger)) == ["ban2", "ban3"]


def test_fresh_makes_everything_again(done: Workspace) -> None:
    """On request nothing counts as done."""
    with opened(done) as ledger:
        assert of(planned(done, LOEI, ledger, fresh=True)) == ["ban1", "ban2", "ban3"]


def test_an_agency_that_became_unusable_is_stopped(done: Workspace) -> None:
    """Documents that rest on what is no longer usable do not count as done."""
    done.edit(SCORES, "ban2,total,,90", "ban2,total,,ดี")
    with opened(done) as ledger:
        plan = planned(done, LOEI, ledger)

    assert (stops(plan), of(plan)) == ({"ban2": "unusable"}, [])


def test_documents_that_compare_with_earlier_scores_are_told(workspace: Workspace) -> None:
    """After a correction the others stay as they are, and the plan says that they compare with before."""
    ids = [f"ban{i}" for i in range(load_rules().peers_min + 1)]
    workspace.append("data/agencies.csv", *(f"{i},อบต.{i},อบต.,เมือง,เลย" for i in ids))
    workspace.append(SCORES, *(f"{i},total,,90" for i in ids))
    with opened(workspace) as ledger:
        run(planned(workspace, LOEI, ledger), ledger)
        workspace.edit(SCORES, "ban0,total,,90", "ban0,total,,91")
        plan = planned(workspace, LOEI, ledger)

    assert (of(plan), list(plan.outdated)) == (["ban0"], ids[1:])
    assert f"ของหน่วยงานอื่น {len(ids) - 1}" in plan.summary_th()


# ---------------------------------------------------------------- parts


def test_parts_make_up_the_whole(province: Workspace) -> None:
    """Every agency is in exactly one part, whether it is ready or stopped."""
    whole = planned(province)
    parts = [planned(province, shard=(k, 3)) for k in (1, 2, 3)]

    assert sorted(agency for part in parts for agency in of(part)) == sorted(of(whole))
    assert sorted(agency for part in parts for agency in stops(part)) == sorted(stops(whole))


@given(st.lists(st.sampled_from([*"abcde"]), max_size=5), st.lists(st.sampled_from([*"vwxyz"]), max_size=5))
def test_the_summary_counts_everybody(ready: list[str], stopped: list[str]) -> None:
    """Ready and stopped together are the agencies that were asked for."""
    tasks = tuple(Task(i, i, i, YEAR, "", "") for i in ready)
    unknown = tuple(Stopped(Task(i, i, "", YEAR, "", ""), "unknown", "") for i in stopped)
    plan = Plan(tasks, (), unknown, YEAR)

    assert plan.summary_th().startswith(f"พร้อม {len(ready)} จาก {len(ready) + len(stopped)} หน่วยงาน")
