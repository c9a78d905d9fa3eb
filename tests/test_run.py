"""The loop of a batch and what surrounds it: the claim on the folder, progress, going on, the digest."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import small_batch
from hypothesis import given
from hypothesis import strategies as st
from small_batch import SmallBatch, StandIn

from ita_nb.batch import run as running
from ita_nb.batch.run import ticking
from ita_nb.batch.summary import sum_up_what_lies
from ita_nb.made import RECORDS, ClaimedError, StoreError, claimed
from ita_nb.report import Made
from ita_nb.task import Task

NAMES = {f"a{number}": "" for number in range(6)}
EDITED = "แก้ไขด้วยมือ"
Change = Callable[[SmallBatch], object]


@pytest.fixture
def few(tmp_path: Path) -> SmallBatch:
    """Return a batch of six agencies."""
    return SmallBatch.make(tmp_path / "workspace", NAMES)


def document(few: SmallBatch, agency_id: str, ending: str = "html") -> Path:
    """Return where a document of an agency lies."""
    return few.out / agency_id / f"{agency_id}-2568-analysis.{ending}"


def ask(few: SmallBatch, *lines: str) -> None:
    """Write another batch file."""
    few.write("params/few.yaml", "fiscal_year: 2568", "agencies: {all: true}", "overview: false", *lines)


def correct(few: SmallBatch, agency_id: str) -> None:
    """Correct the score of an agency."""
    scores = few.root / "data/2568/stated_scores.csv"
    scores.write_text(scores.read_text().replace(f"{agency_id},total,,90.00", f"{agency_id},total,,91.00"))


def files(folder: Path) -> dict[str, bytes]:
    """Return every file under a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def manifest(folder: Path) -> list[dict[str, str]]:
    """Return the list of files, but for how long they took."""
    with (folder / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        return [{**row, "seconds": ""} for row in csv.DictReader(file)]


def of(folder: Path, column: str = "status") -> dict[str, str]:
    """Return what the list of files says of each agency."""
    return {row["agency_id"]: row[column] for row in manifest(folder)}


def until(is_so: Callable[[], object]) -> None:
    """Wait for something, a minute at most."""
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


# ---------------------------------------------------------------- how far it is


def _log(total: int, failing: tuple[int, ...] = (), seconds_each: float = 0.0) -> list[str]:
    now, stream = [100.0], io.StringIO()
    with ticking(stream, total, lambda: now[0]) as tick:
        for number in range(total):
            now[0] += seconds_each
            tick(failed=number in failing)
    return stream.getvalue().splitlines()


@pytest.mark.parametrize(
    ("total", "seconds_each", "lines", "second"),
    [
        (240, 0, 11, "ทำแล้ว 24/240 (10 %) ไม่สำเร็จ 1 เหลืออีกประมาณ 0 วินาที"),
        (100, 31, 101, "ทำแล้ว 1/100 (1 %) ไม่สำเร็จ 1 เหลืออีกประมาณ 51 นาที"),
        (10, 600, 11, "ทำแล้ว 1/10 (10 %) ไม่สำเร็จ 1 เหลืออีกประมาณ 1 ชั่วโมง 30 นาที"),
    ],
)
def test_a_log_tells_how_far_it_is(total: int, seconds_each: float, lines: int, second: str) -> None:
    """A log gets a line each tenth, or each half minute, with the failures and the time left at this pace."""
    told = _log(total, (0,), seconds_each)

    assert (len(told), told[0]) == (lines, f"เริ่มจัดทำ {total} แห่ง")
    assert told[1].partition(" เหลือ")[0] == second.partition(" เหลือ")[0]
    assert seconds_each == 0 or told[1] == second


@given(total=st.integers(1, 400))
def test_the_last_line_is_the_last_state(total: int) -> None:
    """However many tasks, the last line tells that all have ended, once."""
    lines = _log(total)

    assert [line for line in lines if f"{total}/{total}" in line] == lines[-1:]


def test_a_terminal_gets_one_bar() -> None:
    """On a terminal there is one bar with done and total, the time left, failures and the notice."""
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    with ticking(stream, 3) as tick:
        tick("รอ", failed=True)

    assert [part for part in ("1/3", "เหลือเวลา", "ไม่สำเร็จ 1", "รอ") if part not in stream.getvalue()] == []


# ---------------------------------------------------------------- what is made


def test_all_are_made_told_and_listed(few: SmallBatch) -> None:
    """Plan, progress and digest come in this order; the folder holds every file, and nothing unfinished."""
    stream = io.StringIO()
    result, told = few.run(stream=stream), stream.getvalue()

    assert result.exit_code == 0
    assert told.index("พร้อม 6 จาก 6") < told.index("ทำแล้ว 6/6") < told.index("จัดทำแล้วในครั้งนี้ 6 แห่ง")
    assert len(manifest(few.out)) == 18
    assert "ครบทุกแห่ง ไม่มีข้อผิดพลาด" in few.digest()
    assert few.unfinished() == []


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (lambda _: None, []),
        (lambda few: correct(few, "a3"), ["a3"]),
        (lambda few: document(few, "a3").unlink(), ["a3"]),
        (lambda few: (few.out / "index.html").unlink(), []),
        (lambda few: rewrite(few, "a3", made_at="3112-01-01T00:00:00+00:00"), []),
        (lambda few: [os.utime(path, (2**33, 2**33)) for path in few.out.rglob("*")], []),
    ],
    ids=["nothing", "a score", "a document", "the index", "a Buddhist clock", "files of the future"],
)
def test_nothing_is_made_twice(few: SmallBatch, change: Change, again: list[str]) -> None:
    """A second run makes what changed, and leaves everything else alone."""
    few.run()
    before = files(few.out)
    change(few)
    engine = StandIn()
    result, after = few.run(engine=engine), files(few.out)

    assert (result.exit_code, engine.asked, result.facts.unchanged) == (0, again, 6 - len(again))
    assert {name for name in before | after if before.get(name) != after.get(name)} <= {
        *(name for name in before if name[:2] in again),
        *("digest.txt", "batch.json", RECORDS, "index.html", "manifest.csv", "a3/made.json"),
    }


def rewrite(few: SmallBatch, agency_id: str, **values: Any) -> None:
    """Change what the record of an agency says."""
    path = few.out / agency_id / RECORDS
    ((stem, record),) = json.loads(path.read_text(encoding="utf-8")).items()
    path.write_text(json.dumps({stem: record | values}), encoding="utf-8")


def test_a_fresh_run_that_was_cut_off_goes_on(few: SmallBatch) -> None:
    """The command that goes on, without ``--fresh``, makes those that the fresh run did not come to."""

    def cut_off(task: Task) -> Made:
        if task.agency_id == "a3":
            raise KeyboardInterrupt
        return small_batch.made(task)

    few.run()
    first, second = StandIn(cut_off, 1), StandIn()
    result = few.run(engine=first, fresh=True)

    assert (result.exit_code, of(few.out)["a3"], of(few.out)["a2"]) == (1, "left", "done")
    assert few.run(engine=second).exit_code == 0
    assert second.asked == ["a3", "a4", "a5"]


def test_a_failure_is_told_kept_and_tried_again(few: SmallBatch) -> None:
    """Its command and partial notebook are in the digest; the next run tries it alone."""
    few.run()
    few.name(NAMES | {"a2": "fail", "a4": "raise"})
    result, digest, kept = few.run(), few.digest(), document(few, "a2", "failed.ipynb")

    assert (result.exit_code, result.facts.made, of(few.out, "cause")["a4"]) == (1, 0, "worker-died")
    for part in (
        "1 แห่ง: เซลล์ของสมุดบันทึกทำงานผิดพลาด (เซลล์ที่ 3)",
        f"ita-nb report a2 --year 2568 --workspace {few.root}",
        f"a2/{kept.name}",
        f"ด้วยคำสั่ง: ita-nb batch {few.file} --workspace {few.root}",
    ):
        assert part in digest
    assert (kept.exists(), document(few, "a2").exists()) == (True, True)

    few.name(NAMES | {"a2": "another"})
    engine = StandIn()
    assert (few.run(engine=engine).exit_code, engine.asked, kept.exists()) == (0, ["a2", "a4"], False)


def test_who_is_stopped_is_told_everywhere(few: SmallBatch) -> None:
    """The digest, the index, the list of files, batch.json and a record in its own folder say why."""
    few.name(NAMES | {"odd": ""})
    result = few.run()
    page = (few.out / "index.html").read_text(encoding="utf-8")
    asked = json.loads((few.out / "batch.json").read_text(encoding="utf-8"))

    assert (result.exit_code, result.facts.made) == (1, 6)
    assert (of(few.out)["odd"], of(few.out, "cause")["odd"]) == ("stopped", "no-data")
    assert "ข้อมูลยังไม่พร้อม: ไม่มีข้อมูลปี ๒๕๖๘ (๑ แห่ง)" in page
    assert "ita-nb report odd --year 2568" in few.digest()
    assert few.record("odd")["failure"]["cause"] == "no-data"
    assert {one["agency_id"] for one in asked["agencies"]} == {*NAMES, "odd"}


def test_a_batch_on_measures_has_no_overview(few: SmallBatch) -> None:
    """The overview is one of results: a batch of reports on measures makes none, and misses none."""
    few.write("params/few.yaml", "fiscal_year: 2568", "agencies: {all: true}", "document: progress")
    header = "agency_id,measure_id,items,title_th"
    few.write("data/2568/measures.csv", header, *(f"{i},m1,i10,จุดยืม" for i in NAMES))
    result = few.run()

    assert (result.exit_code, result.summed.notes, result.facts.made) == (0, [], 6), few.digest()
    assert not [*few.out.glob("province_overview.*")]


def test_the_command_to_go_on_repeats_the_options(few: SmallBatch, tmp_path: Path) -> None:
    """Jobs, part, folder and cluster stand in the command that goes on; fresh does not."""
    there = ["--scheduler", "tls://192.0.2.1:8786", "--tls-ca", "my ca.pem"]
    result = few.run(
        jobs=3, part=(1, 1), kernel="cold", out=tmp_path / "there", fresh=True, engine_options=there
    )

    assert list(result.facts.again[3:]) == [
        *["--workspace", str(few.root), "--jobs", "3", "--kernel", "cold", "--part", "1/1"],
        *["--out", str(tmp_path / "there")],
        *there,
    ]


def test_names_steer_no_terminal(few: SmallBatch) -> None:
    """Control characters of a name, and those that turn the direction, reach no stream, digest or page."""
    few.name(NAMES | {"a1": "ชื่อ\x1b[2J\x07\u202eกลับ", "a2": "fail\x1b]0;x\x07", "odd": "ไม่มี\x9bข้อมูล"})
    stream = io.StringIO()
    few.run(stream=stream)
    texts = [stream.getvalue(), few.digest(), (few.out / "index.html").read_text(encoding="utf-8")]

    assert [
        re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text) for text in texts
    ] == [
        [],
        [],
        [],
    ]


# ---------------------------------------------------------------- what people edited


def _same_size_and_older(few: SmallBatch) -> None:
    path = document(few, "a1")
    path.write_bytes(b"x" * path.stat().st_size)
    os.utime(path, (1, 1))
    correct(few, "a1")


REASONS: dict[str, tuple[str, Change]] = {
    **{
        f"a correction: {ending}": (f"a1/a1-2568-analysis.{ending}", lambda few: correct(few, "a1"))
        for ending in ("html", "docx", "pdf")
    },
    "no record": ("a1/a1-2568-analysis.docx", lambda few: (few.out / "a1" / RECORDS).unlink()),
    "a damaged record": ("a1/a1-2568-analysis.docx", lambda few: few.write("outputs/few/a1/made.json", "{")),
    "another's record": (
        "a1/a1-2568-analysis.docx",
        lambda few: shutil.copy(few.out / "a2" / RECORDS, few.out / "a1"),
    ),
    "the same size, older": ("a1/a1-2568-analysis.html", _same_size_and_older),
    "a format no longer asked for": ("a1/a1-2568-analysis.docx", lambda few: ask(few, "formats: [html]")),
    "the index": ("index.html", lambda few: correct(few, "a1")),
    "the workbook": ("measures.xlsx", lambda few: correct(few, "a1")),
    "a table": ("tables/results.csv", lambda few: correct(few, "a1")),
    "the digest": ("digest.txt", lambda _: None),
    "no record of the folder": ("index.html", lambda few: (few.out / RECORDS).unlink()),
}


@pytest.mark.parametrize(("name", "change"), REASONS.values(), ids=REASONS.keys())
def test_what_a_person_edited_is_never_lost(few: SmallBatch, name: str, change: Change) -> None:
    """Whatever makes a file be replaced, the edited one is kept beside it, and told."""
    ask(few, "formats: [html, pdf, docx]")
    few.run()
    path = few.out / name
    path.write_text(EDITED, encoding="utf-8")
    change(few)
    edited, stream = path.read_bytes(), io.StringIO()
    few.run(stream=stream)
    kept = path.with_stem(f"{path.stem}.edited-1")

    assert kept.read_bytes() == edited
    assert not path.exists() or path.read_bytes() != edited
    assert kept.name in stream.getvalue() or name == "digest.txt"


def test_an_edited_file_outlives_a_run(few: SmallBatch) -> None:
    """Where nothing changed it stays in its place, is told, and is listed with its own fingerprint."""
    few.run()
    document(few, "a1").write_text(EDITED, encoding="utf-8")
    engine = StandIn()
    result = few.run(engine=engine)

    assert (result.exit_code, engine.asked) == (0, [])
    assert document(few, "a1").read_text(encoding="utf-8") == EDITED
    assert "มีแฟ้มที่แก้ไขด้วยมือ 1 แห่ง (เก็บไว้ตามเดิม)" in few.digest()
    assert [row["file"] for row in manifest(few.out) if row["edited"] == "True"] == [
        "a1/a1-2568-analysis.html"
    ]


# ---------------------------------------------------------------- parts


@pytest.fixture
def parts(few: SmallBatch) -> list[Path]:
    """Return the folders of three parts of a batch with a stopped agency, an unknown one, and the whole."""
    few.name(NAMES | {"odd": ""})
    ids = ", ".join([*NAMES, "odd", "unknown"])
    few.write("params/few.yaml", "fiscal_year: 2568", f"agencies: {{list: [{ids}]}}", "overview: false")
    results = [few.run(part=part) for part in ((1, 3), (2, 3), (3, 3))]
    few.run()
    assert all(result.exit_code == 1 for result in results)
    return [result.summed.folder for result in results]


def together(folders: list[Path], place: Path) -> Path:
    """Copy folders into one, as people do."""
    for folder in folders:
        shutil.copytree(folder, place, dirs_exist_ok=True)
    return place


def test_parts_copied_together_are_the_whole(few: SmallBatch, parts: list[Path], tmp_path: Path) -> None:
    """Each part has a folder of its own; their index tells the same as one run, stopped ones included."""
    place = together(parts, tmp_path / few.out.name)
    sum_up_what_lies(place, few.root)
    one, other = files(few.out), files(place)

    assert [folder.name for folder in parts] == [f"few-part{k}of3" for k in (1, 2, 3)]
    assert "(ส่วนที่ ๑ จาก ๓)</h1>" in (parts[0] / "index.html").read_text(encoding="utf-8")
    assert manifest(place) == manifest(few.out)
    assert of(place) == dict.fromkeys(NAMES, "done") | {"odd": "stopped", "unknown": "stopped"}
    for name in ("index.html", *(name for name in one if name.startswith("tables/"))):
        assert other[name] == one[name], name


def test_what_is_missing_of_the_whole_is_told(few: SmallBatch, parts: list[Path], tmp_path: Path) -> None:
    """A part that was not copied is a note; every agency without documents stands in the list."""
    of_part = [{i for i, status in of(folder).items() if status == "done"} for folder in parts]
    lost = min(of_part[0])
    place = together(
        [folder for folder, ids in zip(parts, of_part, strict=True) if ids is not of_part[2]], tmp_path / "x"
    )
    shutil.rmtree(place / lost)
    summed = sum_up_what_lies(place, few.root)
    left = {i for i, status in of(place).items() if status == "left"}

    assert "ขาดส่วนที่ 3/3" in {note.what_th for note in summed.notes}
    assert {lost, *of_part[2]} <= left
    assert of(place)["unknown"] == "stopped"


# ---------------------------------------------------------------- folders and disks


def test_a_folder_belongs_to_one_batch_at_a_time(few: SmallBatch) -> None:
    """The second one is refused with what to do; whatever stands in the lock, it can be taken again."""
    few.write("outputs/few/.lock", "no lock" * 999)
    engine = StandIn()
    with claimed(few.out), pytest.raises(ClaimedError, match=r"กำลังทำงานอยู่.*\n.*--out"):
        few.run(engine=engine)

    assert (engine.asked, few.run().exit_code) == ([], 0)


@pytest.mark.parametrize("is_there", [True, False], ids=["read-only", "no folder"])
def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(
    few: SmallBatch, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    """The message names the folder, and nothing is made."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("read-only")

    if is_there:
        few.out.mkdir(parents=True)
        monkeypatch.setattr("ita_nb.made.FileLock.acquire", refuse)
    else:
        few.write("outputs", "")
    engine = StandIn()
    with pytest.raises(StoreError, match="เขียนแฟ้มผลลัพธ์ได้"):
        few.run(engine=engine)

    assert engine.asked == []


def test_what_a_killed_run_left_half_written_goes(few: SmallBatch) -> None:
    """Half files of ours go when a batch begins; people's files stay."""
    few.write("outputs/few/a1/.a1.html.part", "half")
    few.write("outputs/few/.digest.txt.part", "half")
    mine = few.write("outputs/few/mine.part", "whole")
    few.run()

    assert few.unfinished() == [mine]


@pytest.mark.parametrize("blocked", ["a2", "odd"], ids=["to be made", "stopped"])
def test_a_folder_of_an_agency_that_cannot_be_written_stops_nobody_else(
    few: SmallBatch, blocked: str
) -> None:
    """Where a file stands in its place the others are made, and it is told."""
    few.name(NAMES | {"odd": ""})
    few.write(f"outputs/few/{blocked}", "")
    result = few.run()

    assert (result.exit_code, result.facts.made) == (1, 6 - (blocked in NAMES))
    assert f"few/{blocked}" in few.digest()


def test_a_full_disk_loses_nothing(few: SmallBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch stops with a clear message; what was put is whole, and with room the next run goes on."""
    usage, engine, put = namedtuple("Usage", "free"), StandIn(width=1), running.put_made

    def full(made: Made, folder: Path) -> list[Path]:
        if folder.name in {"a0", "a1"}:
            return put(made, folder)
        raise StoreError(where=str(folder), expected="", found="No space left on device", todo="")

    with monkeypatch.context() as patch:
        patch.setattr(running, "put_made", full)
        patch.setattr(shutil, "disk_usage", lambda _: usage(1000))
        result, first = few.run(engine=engine), few.digest()

    assert (result.exit_code, engine.asked, "เนื้อที่ในดิสก์เต็ม" in first) == (1, ["a0", "a1", "a2"], True)
    engine = StandIn()
    assert (few.run(engine=engine).exit_code, sorted(engine.asked)) == (0, ["a2", "a3", "a4", "a5"])


# ---------------------------------------------------------------- Ctrl-C


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c(few: SmallBatch, times: int) -> None:
    """Once: what runs is finished and summed up; twice: nothing is waited for. The next run goes on."""
    few.name(NAMES | {"a1": "sleep 2", "a2": "sleep 2" if times == 1 else "sleep 30"})
    runner = subprocess.Popen(few.command(), stderr=subprocess.PIPE, text=True, encoding="utf-8")
    until(lambda: document(few, "a0").exists())
    for _ in range(times):
        runner.send_signal(signal.SIGINT)
        time.sleep(0.3)
    told = runner.communicate(timeout=60)[1]
    done = {i for i, status in of(few.out).items() if status == "done"}

    assert runner.returncode == 1
    # Whether a2 is begun when the signal comes is not told.
    assert done - {"a2"} == ({"a0", "a1"} if times == 1 else {"a0"})
    assert f"ยังไม่ได้ทำ {6 - len(done)} แห่ง" in told
    few.name(NAMES)
    engine = StandIn()
    assert (few.run(engine=engine).exit_code, {*engine.asked} & {"a3", "a4", "a5"}) == (0, {"a3", "a4", "a5"})
    assert few.unfinished() == []
