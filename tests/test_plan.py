"""What a batch has to do: read from its file, and checked agency by agency before anything starts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fontpkg_sarabun
import pytest
import small_batch
from conftest import AGENCY, PLAN_YEAR, REPOSITORY, YEAR, Workspace

from ita_nb.batch import plan as keys
from ita_nb.batch.batch_file import read_batch
from ita_nb.batch.folder import Stopped
from ita_nb.batch.plan import Fingerprints, Plan, make_plan, parse_part
from ita_nb.cli import main
from ita_nb.errors import FactsError, IntakeError, ItaError, ParameterError
from ita_nb.facts.loader import FRAMEWORKS
from ita_nb.facts.rules import load_rules
from ita_nb.intake.peers import read_directory
from ita_nb.report import Failure, Made, put_made
from ita_nb.task import Limits, Task

SCORES = f"data/{YEAR}/stated_scores.csv"
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


def planned(workspace: Workspace, text: str = ALL, **asked: Any) -> Plan:
    """Plan a batch with this file."""
    batch = read_batch(workspace.write(BATCH, text))
    return make_plan(batch, workspace.root, batch.out(workspace.root), **({"kernel": "warm"} | asked))


def of(plan: Plan) -> list[str]:
    """Return the agencies of the tasks."""
    return [task.agency_id for task in plan.tasks]


def stopped(plan: Plan) -> list[Stopped]:
    """Return those that are stopped, with a folder or without."""
    return [*plan.asked.stopped, *(stop for _, stop in plan.stopped)]


def stops(plan: Plan) -> dict[str, str]:
    """Return the causes of those that are stopped."""
    return {stop.agency_id: stop.cause for stop in stopped(plan)}


def choosing(agencies: str) -> str:
    """Return the file of a batch that chooses these agencies."""
    return f"fiscal_year: {YEAR}\nagencies: {agencies}\n"


LOEI = choosing("{province: เลย}")


# ---------------------------------------------------------------- the file


def test_a_short_file_is_enough(province: Workspace) -> None:
    """Year and agencies suffice; the rest has defaults, and the file's name is the batch's."""
    plan = planned(province, ALL)
    task, limits = plan.tasks[0], Limits(cell_seconds=120, run_seconds=600, memory_mb=2048)

    assert (plan.asked.batch, plan.asked.overview) == ("loei", True)
    assert task == Task(
        task.agency_id, task.name_th, YEAR, province.root, limits=limits, key=task.key, peers=task.peers
    )


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
        agency_id="ban1",
        name_th="อบต.ban1",
        fiscal_year=YEAR,
        workspace=province.root,
        document="analysis",
        edition="publish",
        digits="arabic",
        draft=True,
        formats=("pdf", "html"),
        kernel="cold",
        limits=Limits(5, 50, 512),
        key=task.key,
    )


@pytest.mark.parametrize(
    ("given", "out"),
    [
        ("", "outputs/loei"),
        ("out: x\n", "x"),
        ("out: outputs/../x\n", "x"),
        *((f"batch: {name}\n", f"outputs/{name}") for name in ("ชุดที่1", "หนองบัวลำภู", "น้ำ-2568", "a.b_c")),
    ],
)
def test_where_the_results_go(province: Workspace, given: str, out: str) -> None:
    """The output folder lies in the workspace; vowels and tone marks of Thai may be in a name."""
    assert read_batch(province.write(BATCH, ALL + given)).out(province.root) == province.root / out


@pytest.mark.parametrize("year", ["๒๕๖๘", '"2568"', "'๒๕๖๘'"])
def test_a_year_may_be_written_as_people_write_it(province: Workspace, year: str) -> None:
    """Thai digits and quotes say the same year."""
    path = province.write(BATCH, ALL.replace("2568", year))

    assert read_batch(path).parameters.fiscal_year == YEAR


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
    "an address": (ALL + "out: s3://bucket/ita\n", ["บรรทัด 3", "ไม่ใช่ที่อยู่"]),
}


@pytest.mark.parametrize(("text", "named"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_refused(workspace: Workspace, text: str, named: list[str]) -> None:
    """A mistake in the file is named with its line, and an unknown key with the nearest known one."""
    with pytest.raises((ParameterError, IntakeError)) as caught:
        read_batch(workspace.write(BATCH, text))

    assert caught.value.where.startswith("params/loei.yaml")
    assert [part for part in named if part not in str(caught.value)] == []


OUTSIDE = {
    "out above": ALL + "out: ../x\n",
    "out absolute": ALL + "out: /srv/x\n",
    "out over another": ALL + "out: outputs/../../x\n",
    "agencies above": choosing("{file: ../who.txt}"),
    "agencies absolute": choosing("{file: /etc/hostname}"),
    "agencies by a link": choosing("{file: params/link.txt}"),
}


@pytest.mark.parametrize("text", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_what_a_batch_file_names_lies_in_the_workspace(province: Workspace, text: str) -> None:
    """A file from elsewhere reaches nothing outside: neither to write there nor to read it."""
    (province.root.parent / "who.txt").write_text("ban1\n")
    (province.root / "params/link.txt").symlink_to(province.root.parent / "who.txt")
    with pytest.raises(ParameterError, match="ภายในโฟลเดอร์งาน"):
        planned(province, text)


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
    (stop,) = stopped(planned(province, choosing("{list: [bam1, ban2]}")))

    assert (stop.agency_id, stop.cause) == ("bam1", "unknown")
    assert 'ใช้รหัส "ban1"' in stop.message_th


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
    assert "ban2" in stopped(plan)[0].message_th or "บรรทัด" in stopped(plan)[0].message_th


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
    plan = planned(province, choosing(f"{{list: [{agency}]}}") + more)
    tasks = [task for task, _ in plan.stopped] or [Task(agency, "", YEAR, province.root)]
    monkeypatch.chdir(province.root)
    monkeypatch.setattr(sys, "argv", tasks[0].command)
    with pytest.raises(SystemExit) as left:
        main()

    assert (bool(left.value.code), stopped(plan)[0].message_th in capsys.readouterr().err) == (True, True)


@pytest.mark.parametrize(
    ("row", "todo"),
    [
        ("001,อบต.เลขล้วน,,,เลย", ""),
        ("../x,อบต.ทางเดิน,,,เลย", ""),
        (",อบต.ไม่มีรหัส,,,เลย", ""),
        # the name of a folder beside the reports
        ("tables,อบต.ชื่อชน,,,เลย", "ตั้งรหัสหน่วยงานใหม่"),
        ("TABLES,อบต.ชื่อชน,,,เลย", "ตั้งรหัสหน่วยงานใหม่"),
    ],
)
def test_an_unusable_row_is_not_lost(province: Workspace, row: str, todo: str) -> None:
    """A row of the table that cannot be used is stopped by name, not left out silently."""
    code = row.split(",")[0]
    province.append("data/agencies.csv", row)
    province.append(SCORES, f"{code},total,,90")
    plan = planned(province, LOEI)

    assert of(plan) == ["ban1", "ban2", "ban3"]
    assert stops(plan) == {code: "unusable-row"}
    assert todo in stopped(plan)[0].message_th


def test_an_unusable_row_of_no_known_province_is_told(province: Workspace) -> None:
    """Where the province cannot be read, the agency is named beside the batch, and stops none."""
    province.append("data/agencies.csv", "ban4,อบต.,จุลภาคเกิน,ตำบล,เมือง,เลย")
    plan = planned(province, LOEI)

    assert (of(plan), stops(plan)) == (["ban1", "ban2", "ban3"], {})
    assert [notice for notice in plan.notices if "ban4" in notice and "ไม่ทราบจังหวัด" in notice]


def test_notebooks_that_are_not_the_program_s_are_told(province: Workspace) -> None:
    """Who has a notebook of its own is ready, and is named; so is a shared one that differs, by its file."""
    shared = (province.root / "notebooks/agency_report.ipynb").read_text(encoding="utf-8")
    province.write(f"work/ban2-{YEAR}.ipynb", shared)
    before = planned(province, LOEI)
    province.write("notebooks/agency_report.ipynb", shared + "\n")
    plan = planned(province, LOEI)

    assert of(plan) == ["ban1", "ban2", "ban3"]
    assert [notice for notice in plan.notices if "สมุดบันทึกของหน่วยงานเอง" in notice and "ban2" in notice]
    (notice,) = {*plan.notices} - {*before.notices}
    assert "agency_report.ipynb" in notice


def test_an_overview_that_is_not_asked_for_needs_no_notebook(province: Workspace) -> None:
    """Without an overview its notebook is not looked at."""
    province.write("notebooks/province_overview.ipynb", "[]")

    assert len(planned(province, LOEI + "overview: false\n").tasks) == 3


def test_codes_that_differ_by_capitals_only(province: Workspace) -> None:
    """Where two agencies would share a folder on some disks, the second is stopped."""
    province.append("data/agencies.csv", "Ban1,อบต.อีกแห่ง,,,")
    province.append(SCORES, "Ban1,total,,90")
    (stop,) = stopped(planned(province, choosing("{list: [ban1, Ban1]}")))

    assert (stop.agency_id, stop.cause) == ("Ban1", "duplicate")
    assert '"ban1"' in stop.message_th


@pytest.mark.parametrize(
    ("content", "who", "told"),
    [
        ("agency_id,node,คะแนน\nban1,total,1\n", ["ban1", "ban2", "ban3"], "UTF-8"),
        ("agency_id,node,part,score\nban1,i4,,๙๐\nban2,total,,90\nban3,total,,90\n", ["ban1"], "Windows-874"),
    ],
    ids=["the first line", "one row"],
)
def test_what_is_no_utf_8_stops_by_name(province: Workspace, content: str, who: list[str], told: str) -> None:
    """Where the first line cannot be read nobody is ready, and each knows why; else the row's own agency."""
    (province.root / SCORES).write_bytes(content.encode("cp874"))
    plan = planned(province, LOEI)

    assert stops(plan) == dict.fromkeys(who, "unusable")
    assert [stop.agency_id for stop in stopped(plan) if told not in stop.message_th] == []


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
    "no agencies table": (lambda w: w.drop("data/agencies.csv"), ParameterError, "agencies.csv"),
    "no name column": (lambda w: w.put_broken("agencies_missing_column.csv"), IntakeError, "name_th"),
    "a year without facts": (lambda w: w.edit(BATCH, "2568", "2599"), FactsError, "2562"),
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
    path = province.write(BATCH, ALL)
    change(province)
    with pytest.raises(kind, match=named):
        planned(province, path.read_text(encoding="utf-8"))


# ---------------------------------------------------------------- reports on measures, and publication


def test_a_report_on_measures_needs_measures(province: Workspace) -> None:
    """For the other document the agencies with measures of the year are ready."""
    plan = planned(province, ALL + "document: progress\n")

    assert (of(plan), stops(plan)["ban1"]) == (["takothong"], "no-data")


def test_a_report_on_measures_of_a_year_without_facts(province: Workspace) -> None:
    """Where the year of the scores has no facts, each agency with measures is stopped for that."""
    province.write("data/2599/measures.csv", "agency_id,measure_id,items,title_th\nban1,m1,i10,จุดยืม\n")
    plan = planned(province, "fiscal_year: 2599\nagencies: {list: [ban1]}\ndocument: progress\n")

    assert stops(plan) == {"ban1": "no-facts"}


@pytest.mark.parametrize(
    ("more", "ready", "cause", "told"),
    [("", [], {AGENCY: "not-ready"}, "ฉบับเผยแพร่ของ"), ("draft: true\n", [AGENCY], {}, "")],
    ids=["whole", "draft"],
)
def test_publication_is_checked_before(
    province: Workspace, more: str, ready: list[str], cause: dict[str, str], told: str
) -> None:
    """An agency with unconfirmed drafts is stopped with each reason; a draft of the edition is made."""
    plan = planned(province, choosing(f"{{list: [{AGENCY}]}}") + "edition: publish\n" + more)

    assert (of(plan), stops(plan)) == (ready, cause)
    assert told in "".join(stop.message_th for stop in stopped(plan))


# ---------------------------------------------------------------- what is done already


def folder_of(workspace: Workspace, agency_id: str) -> Path:
    """Return where the documents of an agency lie."""
    return workspace.root / "outputs/loei" / agency_id


@pytest.fixture
def done(province: Workspace) -> Workspace:
    """Return the workspace after a batch of its three ready agencies."""
    make_all(province)
    return province


def make_all(workspace: Workspace) -> None:
    """Make every task of the batch of Loei."""
    for task in planned(workspace, LOEI).tasks:
        put_made(small_batch.made(task), folder_of(workspace, task.agency_id))


def fail(workspace: Workspace) -> None:
    """Have an agency fail that was made before."""
    task = Task("ban2", "", YEAR, workspace.root)
    put_made(Made(task, failure=Failure("cell-failed", "", "")), folder_of(workspace, "ban2"))


MADE = "outputs/loei/ban{}/made.json"
ANALYSIS = f"outputs/loei/ban2/ban2-{YEAR}-analysis"
SINCE: dict[str, tuple[Change, list[str]]] = {
    "nothing": (lambda _: None, []),
    "its score changed": (lambda w: w.edit(SCORES, "ban2,total,,90", "ban2,total,,91"), ["ban2"]),
    "a file is gone": (lambda w: w.drop(f"{ANALYSIS}.html"), ["ban2"]),
    "its tables are gone": (lambda w: w.drop("outputs/loei/ban2/tables.parquet"), ["ban2"]),
    "its record is gone": (lambda w: w.drop(MADE.format(2)), ["ban2"]),
    "its record is damaged": (lambda w: w.write(MADE.format(2), '{"ban2-'), ["ban2"]),
    "its record is another's": (
        lambda w: w.write(MADE.format(2), (w.root / MADE.format(1)).read_text()),
        ["ban2"],
    ),
    "it failed": (fail, ["ban2"]),
    "it became unusable": (lambda w: w.edit(SCORES, "ban2,total,,90", "ban2,total,,ดี"), []),
    "another became unusable": (lambda w: w.append(SCORES, "ban1,total,,ดี"), ["ban1"]),
}


@pytest.mark.parametrize(("change", "again"), SINCE.values(), ids=SINCE.keys())
def test_what_is_made_again(done: Workspace, change: Change, again: list[str]) -> None:
    """Exactly the agency whose documents are not there as now asked for is made again."""
    change(done)

    assert of(planned(done, LOEI)) == again


def test_the_summary_counts_the_unchanged(done: Workspace) -> None:
    """Nothing is made twice, unless everything is asked for anew."""
    assert planned(done, LOEI).summary_th() == "พร้อม 3 จาก 3 หน่วยงาน; ทำแล้วและไม่เปลี่ยนแปลง 3 ต้องทำ 0"
    assert of(planned(done, LOEI, fresh=True)) == ["ban1", "ban2", "ban3"]


def test_an_edited_file_is_kept(done: Workspace) -> None:
    """An agency of which a person edited a document is not made again, and the plan names it."""
    done.write(f"{ANALYSIS}.html", "edited")
    plan = planned(done, LOEI)

    assert (of(plan), plan.edited) == ([], ("ban2",))
    assert plan.summary_th().endswith("มีแฟ้มที่แก้ไขด้วยมือ 1 แห่ง (เก็บไว้ตามเดิม): ban2")


def test_an_agency_that_left_the_batch_is_named(done: Workspace) -> None:
    """Who is no longer chosen, for a mistyped province say, does not vanish without a word."""
    notices = planned(done, choosing("{list: [ban1, ban3]}")).notices

    assert "ไม่อยู่ในชุดงานนี้แล้ว 1 แห่ง (แฟ้มเดิมยังอยู่ ไม่มีในสารบัญ): ban2" in "".join(notices)


def test_documents_that_compare_with_earlier_scores_are_told(workspace: Workspace) -> None:
    """After a correction the others stay as they are, and the plan says that they compare with before."""
    ids = [f"ban{i}" for i in range(load_rules().peers_min + 1)]
    workspace.append("data/agencies.csv", *(f"{i},อบต.{i},อบต.,เมือง,เลย" for i in ids))
    workspace.append(SCORES, *(f"{i},total,,90" for i in ids))
    make_all(workspace)
    workspace.edit(SCORES, "ban0,total,,90", "ban0,total,,91")
    plan = planned(workspace, LOEI)

    assert (of(plan), list(plan.outdated)) == (["ban0"], ids[1:])
    assert f"ของหน่วยงานอื่น {len(ids) - 1}" in plan.summary_th()


# ---------------------------------------------------------------- parts


def test_parts_make_up_the_whole(province: Workspace) -> None:
    """Every agency is in exactly one part, and each part knows all of them, and who is stopped."""
    whole, parts = planned(province), [planned(province, part=(k, 3)) for k in (1, 2, 3)]
    known = [([one.agency_id for one in p.asked.agencies], p.asked.stopped) for p in (whole, *parts)]

    assert sorted(agency for part in parts for agency in of(part)) == sorted(of(whole))
    assert known == known[:1] * 4


@pytest.mark.parametrize("text", ["", "0/3", "4/3", "1/0", "-1/3", "1", "1/2/3", "one/two", "1/99999"])
def test_no_part_at_all(text: str) -> None:
    """Anything but K of N is refused."""
    with pytest.raises(ParameterError, match="--part"):
        parse_part(text)


# ---------------------------------------------------------------- the fingerprint of a task


DATA = f"data/{YEAR}"
OTHER = "khangban"
TYPE = "องค์การบริหารส่วนตำบล"
PROGRESS = f"params/{AGENCY}-{YEAR}-progress.yaml"


def keyed(workspace: Workspace, **asked: Any) -> Task:
    """Return a task with its fingerprints, from what the workspace holds now."""
    values = {"agency_id": AGENCY, "name_th": "", "fiscal_year": YEAR, "workspace": workspace.root}
    return Fingerprints(workspace.root).keyed(Task(**values | asked))


def test_neither_is_where_it_lies(neighbours: Workspace, tmp_path: Path) -> None:
    """The same workspace at another place gives the same key, so that machines agree."""
    before = keyed(neighbours).key

    assert keyed(Workspace(neighbours.root.rename(tmp_path / "moved"))).key == before


@pytest.mark.parametrize("name", ["params/logo.png", r"params\logo.png", "'params/logo.png '"])
def test_the_logo_is_in_the_key(workspace: Workspace, name: str) -> None:
    """Another picture under the same name makes the document new."""
    workspace.write(f"params/{AGENCY}-{YEAR}.yaml", WORDS % name)
    workspace.write("params/logo.png", "one")
    before = keyed(workspace).key
    workspace.write("params/logo.png", "two")

    assert keyed(workspace).key != before


@pytest.fixture
def neighbours(workspace: Workspace) -> Workspace:
    """Return a workspace in which another agency of the same type has scores, answers and measures."""
    workspace.append("data/agencies.csv", f"{OTHER},อบต.ข้างบ้าน,{TYPE},เมือง,เลย")
    workspace.append(f"{DATA}/stated_scores.csv", f"{OTHER},total,,90", f"{OTHER},i10,,80")
    workspace.append(f"{DATA}/responses.csv", f"{OTHER},i10,,ดี,1,")
    return workspace


# ---------------------------------------------------------------- what changes a key

OWN: dict[str, Change] = {
    "a score": lambda w: w.edit(f"{DATA}/stated_scores.csv", f"{AGENCY},i10,,81.90", f"{AGENCY},i10,,81.91"),
    "a score more": lambda w: w.append(f"{DATA}/stated_scores.csv", f"{AGENCY},i2,,99"),
    "a result": lambda w: w.drop(f"{DATA}/stated_results.csv"),
    "an answer": lambda w: w.append(f"{DATA}/responses.csv", f"{AGENCY},i11,,ดี,1,"),
    "a remark": lambda w: w.append(f"{DATA}/remarks.csv", f"{AGENCY},i10,note,ใหม่,confirmed"),
    "a measure": lambda w: w.write(
        f"data/{PLAN_YEAR}/measures.csv", f"agency_id,measure_id,items,title_th\n{AGENCY},m1,i10,จุดยืม\n"
    ),
    "an earlier year": lambda w: w.write(
        "data/2567/stated_scores.csv", f"agency_id,node,score\n{AGENCY},total,90\n"
    ),
    "its name": lambda w: w.edit("data/agencies.csv", "ตำบลหันนางาม,", "ตำบลหันนางามใหม่,"),
    "its own words": lambda w: w.append(f"params/{AGENCY}-{YEAR}.yaml", "# ใหม่"),
    "facts of the workspace": lambda w: w.write(
        f"facts/{YEAR}.yaml", (FRAMEWORKS / f"{YEAR}.yaml").read_text(encoding="utf-8") + "\n"
    ),
    "its own notebook": lambda w: w.write(f"work/{AGENCY}-{YEAR}.ipynb", "{}"),
    "the notebook": lambda w: w.edit("notebooks/agency_report.ipynb", '"nbformat": 4', '"nbformat":  4'),
    "rows that may be its own": lambda w: w.append(f"{DATA}/stated_scores.csv", f"{AGENCY.upper()},i2,,9"),
    "a namesake": lambda w: w.append(
        "data/agencies.csv",
        "twin," + ",".join(vars(read_directory(w.root).agencies[AGENCY]).values()).partition(",")[2],
    ),
    "an unreadable earlier year": lambda w: w.write("data/2567/stated_scores.csv", "ไม่ใช่ตาราง\n"),
}


OTHERS: dict[str, Change] = {
    "another's score": lambda w: w.edit(f"{DATA}/stated_scores.csv", f"{OTHER},i10,,80", f"{OTHER},i10,,81"),
    "another's row before": lambda w: w.edit(
        f"{DATA}/stated_scores.csv",
        "agency_id,node,part,score\n",
        f"agency_id,node,part,score\n{OTHER},i2,,1\n",
    ),
    "a new agency": lambda w: w.append("data/agencies.csv", "mai,อบต.ใหม่,,,"),
    "rows of nobody": lambda w: w.append(f"{DATA}/stated_scores.csv", "zzz,i2,,9"),
    "an unusable agency": lambda w: w.append("data/agencies.csv", "001,อบต.ใหม่,,,"),
    "another's notebook": lambda w: w.write(f"work/{OTHER}-{YEAR}.ipynb", "{}"),
    "its notebook of the measures": lambda w: w.write(f"work/{AGENCY}-{YEAR}-progress.ipynb", "{}"),
    "no notebooks but the package's": lambda w: shutil.rmtree(w.root / "notebooks"),
    "another's words": lambda w: w.write(f"params/{OTHER}-{YEAR}.yaml", f"agency_id: {OTHER}\n"),
    "words of an agency of a longer name": lambda w: w.write(f"params/{AGENCY}-2-{YEAR}.yaml", "x: 1\n"),
    "drafts that the program wrote": lambda w: w.write(f"params/{AGENCY}-{YEAR}.drafts.yaml", "x: 1\n"),
    "its report on the measures": lambda w: w.write(PROGRESS, "x: 1\n"),
    "a later year": lambda w: w.write(
        "data/2570/stated_scores.csv", f"agency_id,node,score\n{AGENCY},total,90\n"
    ),
    "another notebook": lambda w: w.drop("notebooks/measures_progress.ipynb"),
    "another's year": lambda w: w.write("data/2567/remarks.csv", "agency_id,item,kind,text_th\n"),
    "what was made": lambda w: w.write(f"outputs/{YEAR}/{AGENCY}/x.html", "x"),
}


@pytest.mark.parametrize(
    ("change", "is_new"),
    [*((c, True) for c in OWN.values()), *((c, False) for c in OTHERS.values())],
    ids=[*OWN, *OTHERS],
)
def test_a_document_is_new_with_what_it_depends_on(
    neighbours: Workspace, change: Change, is_new: bool
) -> None:
    """What can be in a document changes its key; a correction for another agency or document does not."""
    before = keyed(neighbours).key
    change(neighbours)

    assert (keyed(neighbours).key != before) is is_new


@pytest.mark.parametrize(
    ("asked", "is_new"),
    [
        ({"agency_id": OTHER}, True),
        ({"fiscal_year": 2567}, True),
        ({"document": "progress"}, True),
        ({"edition": "publish"}, True),
        ({"digits": "arabic"}, True),
        ({"draft": True}, True),
        ({"formats": ("html",)}, True),
        ({"formats": ("docx", "pdf", "html")}, False),
        ({"kernel": "cold"}, False),
        ({"limits": Limits(cell_seconds=1, memory_mb=500)}, False),
        ({"name_th": "another"}, False),
        ({"key": "another"}, False),
    ],
    ids=str,
)
def test_what_is_asked_for_is_in_the_key(neighbours: Workspace, asked: dict[str, Any], is_new: bool) -> None:
    """Another document, edition or format is another task; how it is made, and in which order, is not."""
    assert (keyed(neighbours, **asked).key != keyed(neighbours).key) is is_new


# ---------------------------------------------------------------- words and pictures

WORDS = f"agency_id: {AGENCY}\nfiscal_year: {YEAR}\noffice: {{logo: %s}}\n"


@pytest.mark.parametrize(
    "name",
    [
        "../outside.png",
        "missing.png",
        "params",
        "[1, 2]",
        "{a: b}",
        '"\\0"',
        "''",
        "*x",
        "params/" + "x" * 300,
    ],
)
def test_a_logo_that_no_document_reads_is_no_obstacle(workspace: Workspace, name: str) -> None:
    """Whatever stands for the picture, there is a key: what is wrong with it is said elsewhere."""
    workspace.write(f"params/{AGENCY}-{YEAR}.yaml", WORDS % name)
    (workspace.root.parent / "outside.png").write_bytes(b"one")
    before = keyed(workspace).key
    (workspace.root.parent / "outside.png").write_bytes(b"two")

    assert keyed(workspace).key == before


@pytest.mark.parametrize(
    "file", [f"{AGENCY}-{YEAR}-progress.yaml", f"{AGENCY}-{YEAR}.yaml", f"{AGENCY}-{YEAR - 1}.yaml"]
)
def test_a_report_on_measures_reads_the_words_of_their_analysis(workspace: Workspace, file: str) -> None:
    """Measures and office may stand in the analysis of the year before, or of the same year."""
    before = keyed(workspace, document="progress").key
    workspace.write(f"params/{file}", "# ใหม่\n")

    assert keyed(workspace, document="progress").key != before


# ---------------------------------------------------------------- the program itself


@pytest.mark.parametrize("name", ["code_version", "environment"])
def test_code_and_packages_are_in_the_key(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Another version of the program or of a package makes every document new."""
    before = keyed(workspace).key
    monkeypatch.setattr(keys, name, lambda: "another")

    assert keyed(workspace).key != before


def test_fonts_are_in_the_key(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another font makes every document new."""
    before = keyed(workspace).key
    workspace.write("font/files/other.ttf", "another")
    monkeypatch.setattr(fontpkg_sarabun, "__file__", str(workspace.root / "font/__init__.py"))

    assert keyed(workspace).key != before


def test_fingerprints_need_no_heavy_package(workspace: Workspace) -> None:
    """A batch that has nothing to do imports neither pandas nor papermill nor matplotlib."""
    script = f"""
import json, sys
from pathlib import Path
from ita_nb.batch.plan import Fingerprints
from ita_nb.task import Task
import ita_nb.batch.run
home = Path({str(workspace.root)!r})
Fingerprints(home).keyed(Task({AGENCY!r}, "", {YEAR}, home))
heavy = "pandas pyarrow matplotlib papermill nbconvert nbformat pythainlp typst docx".split()
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert json.loads(ran.stdout) == []


# ---------------------------------------------------------------- the others


def alike(workspace: Workspace, number: int) -> None:
    """Add agencies of the demo agency's type."""
    ids = [f"alike{i}" for i in range(number)]
    workspace.append("data/agencies.csv", *(f"{i},อบต.,{TYPE},," for i in ids))
    workspace.append(f"{DATA}/stated_scores.csv", *(f"{i},total,,80" for i in ids))


@pytest.mark.parametrize(
    ("whose", "old", "new", "is_other"),
    [("alike0", "total,,80", "total,,81", True), (AGENCY, "i10,,81.90", "i10,,81.91", False)],
    ids=["another's", "its own"],
)
def test_the_others_have_a_fingerprint_of_their_own(
    workspace: Workspace, whose: str, old: str, new: str, is_other: bool
) -> None:
    """A correction for one of the others is told by the second fingerprint alone, one's own by the first."""
    alike(workspace, load_rules().peers_min)
    before = keyed(workspace)
    workspace.edit(f"{DATA}/stated_scores.csv", f"{whose},{old}", f"{whose},{new}")
    after = keyed(workspace)

    assert (after.key != before.key, after.peers != before.peers) == (not is_other, is_other)


@pytest.mark.parametrize(
    ("missing", "document", "has"), [(1, "analysis", False), (0, "analysis", True), (0, "progress", False)]
)
def test_who_compares_with_nobody_has_none(
    workspace: Workspace, missing: int, document: str, has: bool
) -> None:
    """Where the others are too few there is no fingerprint of them, nor for a report on measures."""
    alike(workspace, load_rules().peers_min - missing)

    assert bool(keyed(workspace, document=document).peers) is has
