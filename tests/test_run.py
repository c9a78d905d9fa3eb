"""The loop of a batch and what surrounds it: the claim on the folder, progress, going on, the digest."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_province import made_up
from small_batch import REPOSITORY, STAND_IN, SmallBatch

from ita_nb.batch import overview, verify
from ita_nb.batch.claim import ClaimedError, claimed
from ita_nb.batch.execution import Limits
from ita_nb.batch.merging import merge_batches
from ita_nb.batch.processes import ProcessEngine
from ita_nb.batch.run import run_batch
from ita_nb.batch.said import UnverifiedError
from ita_nb.batch.stores import StoreError
from ita_nb.batch.task import Outcome
from ita_nb.batch.ticker import Ticker
from ita_nb.document import html, pdf
from ita_nb.document.blocks import Cover, Document, Paragraph
from ita_nb.thai import long_date


class Clock:
    """A clock that stands still until it is told otherwise."""

    now = 100.0

    def __call__(self) -> float:
        """Return the seconds that it shows."""
        return self.now


def _log(total: int, failing: tuple[int, ...] = (), seconds_each: float = 0.0) -> list[str]:
    clock, stream = Clock(), io.StringIO()
    with Ticker(stream, total, clock) as ticker:
        for number in range(total):
            clock.now += seconds_each
            ticker.tick(failed=number in failing)
    return stream.getvalue().splitlines()


class TestTicker:
    """How far a batch is."""

    def test_a_log_gets_few_lines(self) -> None:
        """Of 240 quick tasks a log tells the first state, each tenth, and the last."""
        lines = _log(240)

        assert len(lines) == 11
        assert lines[0] == "เริ่มจัดทำ 240 แห่ง"
        assert lines[-1] == "ทำแล้ว 240/240 (100 %) ไม่สำเร็จ 0"

    def test_a_slow_batch_speaks_now_and_then(self) -> None:
        """When tasks take long a log gets a line at least each half minute."""
        assert len(_log(100, seconds_each=31)) == 101

    def test_failures_so_far_are_told(self) -> None:
        """The lines count failures as they come."""
        lines = _log(10, failing=(2, 3))

        assert [line.rpartition("ไม่สำเร็จ ")[2].split()[0] for line in lines[1:]] == list("0012222222")

    def test_the_time_left_goes_by_the_pace_so_far(self) -> None:
        """After a tenth in ten minutes, ninety minutes are left."""
        assert _log(10, seconds_each=600)[1].endswith("เหลืออีกประมาณ 1 ชั่วโมง 30 นาที")

    @given(total=st.integers(1, 400))
    def test_the_last_line_is_the_last_state(self, total: int) -> None:
        """However many tasks, the last line tells that all have ended, once."""
        lines = _log(total)

        assert [line for line in lines if f"{total}/{total}" in line] == lines[-1:]

    def test_a_terminal_gets_one_bar(self) -> None:
        """On a terminal there is one bar with done and total, the time left, failures and the notice."""
        stream = io.StringIO()
        stream.isatty = lambda: True  # type: ignore[method-assign]
        with Ticker(stream, 3) as ticker:
            ticker.tick(failed=True)
            ticker.notice = "รอ"
        shown = stream.getvalue()

        for part in ("1/3", "เหลือเวลา", "ไม่สำเร็จ 1", "รอ"):
            assert part in shown


_CLAIM = """
import sys
from pathlib import Path
from ita_nb.batch import overview
from ita_nb.batch.claim import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


class TestClaim:
    """The output folder belongs to one batch at a time."""

    def test_a_second_batch_is_refused(self, tmp_path: Path) -> None:
        """While a batch holds the folder another is refused with a message that says what to do."""
        with (
            claimed(tmp_path),
            pytest.raises(ClaimedError, match=r"ชุดงานอื่นกำลังทำงานอยู่.*\n.*--out"),
            claimed(tmp_path),
        ):
            pass

    def test_it_may_be_claimed_again(self, tmp_path: Path) -> None:
        """Once a batch has ended the next one may hold the folder."""
        for _ in range(2):
            with claimed(tmp_path / "new" / "folder"):
                assert (tmp_path / "new" / "folder").is_dir()

    def test_the_claim_dies_with_its_process(self, tmp_path: Path) -> None:
        """A batch in another process is refused while this one runs, and goes on when it was killed."""
        command = [sys.executable, "-c", _CLAIM, str(tmp_path)]
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert holder.stdin
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ClaimedError), claimed(tmp_path):
            pass
        holder.kill()
        holder.communicate()

        with claimed(tmp_path):
            pass

    def test_what_was_not_finished_is_removed(self, tmp_path: Path) -> None:
        """Work folders and half files go when a batch begins; reports and people's files stay."""
        for name in (
            "a/.a.html.part",
            ".digest.txt.part",
            ".work/x/y.ipynb",
            "a/a.html",
            "failed/a.ipynb",
            "mine.part",
        ):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        with claimed(tmp_path):
            left = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())

        assert left == [".lock", "a/a.html", "failed/a.ipynb", "mine.part"]

    def test_a_folder_that_cannot_be_made_is_told(self, tmp_path: Path) -> None:
        """Where a file stands in the way the message names the folder and what to do."""
        (tmp_path / "file").touch()
        with pytest.raises(StoreError, match="เขียนแฟ้มผลลัพธ์ได้"), claimed(tmp_path / "file" / "out"):
            pass


NAMES = {f"a{number}": "" for number in range(6)}


class _Meddling(ProcessEngine):
    """While it works somebody touches files of a document that is unchanged and of one that is made."""

    def __init__(self, few: SmallBatch, meddle: Callable[[Path], object]) -> None:
        super().__init__(1, "cold", STAND_IN)
        self._few, self._meddle = few, meddle

    def as_completed(self) -> Iterator[Outcome]:
        yield from super().as_completed()
        for agency_id in ("a0", "a3"):
            self._meddle(self._few.out / agency_id / f"{agency_id}-2568-analysis.pdf")


def _edit(path: Path) -> None:
    path.write_text("edited", encoding="utf-8")


def _when(path: Path) -> int:
    return path.stat().st_mtime_ns


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallBatch:
    """Return a batch of six agencies that the stand-in worker makes."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    return SmallBatch.make(tmp_path / "workspace", NAMES)


class TestRun:
    """The loop."""

    def test_all_are_made_and_recorded(self, few: SmallBatch) -> None:
        """Six agencies give twelve files, as the ledger has them; exit 0, nothing unfinished is left."""
        result = few.run()

        assert result.exit_code == 0
        assert sorted(few.executed()) == sorted(NAMES)
        assert len(few.in_place()) == 12
        assert few.in_place() == few.recorded()
        assert few.unfinished() == []

    def test_plan_progress_and_digest_are_told(self, few: SmallBatch) -> None:
        """The plan comes first, then the progress, then the digest, which is kept."""
        stream = io.StringIO()
        few.run(stream=stream)
        told = stream.getvalue()

        assert told.index("พร้อม 6 จาก 6") < told.index("ทำแล้ว 6/6") < told.index("จัดทำแล้วในครั้งนี้ 6 แห่ง")
        assert few.digest().startswith("สรุปผลชุดงาน ")
        assert "ครบทุกแห่ง ไม่มีข้อผิดพลาด" in few.digest()

    def test_nothing_is_done_twice(self, few: SmallBatch) -> None:
        """A second run starts no worker, estimates nothing, and leaves the files beside the reports alone."""
        few.run()
        before = {path: path.stat().st_mtime_ns for path in few.out.glob("*.*") if path.name != "digest.txt"}
        stream = io.StringIO()
        result = few.run(stream=stream)

        assert len(few.executed()) == 6
        assert result.tally.unchanged == 6
        assert {path: path.stat().st_mtime_ns for path in before} == before
        assert "คาดว่าใช้เวลา" not in stream.getvalue()

    def test_a_correction_runs_one(self, few: SmallBatch) -> None:
        """After one agency's score was corrected exactly that one is made, and an estimate is given."""
        few.run()
        scores = few.root / "data/2568/stated_scores.csv"
        scores.write_text(scores.read_text().replace("a3,total,,90.00", "a3,total,,91.00"))
        stream = io.StringIO()
        result = few.run(stream=stream)

        assert few.executed()[6:] == ["a3"]
        assert (result.tally.made, result.tally.unchanged) == (1, 5)
        assert "คาดว่าใช้เวลา" in stream.getvalue()

    def test_fresh_makes_all_anew(self, few: SmallBatch) -> None:
        """With fresh everything is made again and the files are the new ones."""
        few.run()
        before = few.in_place()
        result = few.run(fresh=True)

        assert (result.tally.made, result.tally.unchanged) == (6, 0)
        assert few.in_place() == few.recorded()
        assert not set(before.values()) & set(few.in_place().values())

    def test_shards_share_the_work(self, few: SmallBatch, tmp_path: Path) -> None:
        """Three shards make every agency once, and each tells only of its own part."""
        results = [few.run(shard=(part, 3), out=tmp_path / f"shard{part}") for part in (1, 2, 3)]

        assert sorted(few.executed()) == sorted(NAMES)
        assert sum(result.tally.made for result in results) == 6

    def test_a_shard_leaves_the_folder_of_the_whole_alone(self, few: SmallBatch) -> None:
        """Without --out a part goes into a folder of its own beside that of the batch, and says so."""
        few.run()
        before = {path: _when(path) for path in few.out.rglob("*") if path.is_file()}
        stream = io.StringIO()
        result = few.run(shard=(1, 2), stream=stream)

        assert result.out == few.out.with_name("few-part1of2")
        assert list(result.out.glob("*/*.pdf"))
        assert {path: _when(path) for path in few.out.rglob("*") if path.is_file()} == before
        assert f"ผลลัพธ์อยู่ที่ {result.out}" in stream.getvalue()

    def test_a_shard_says_so_in_its_index(self, few: SmallBatch) -> None:
        """The title of the index of a part tells which part it is."""
        result = few.run(shard=(1, 2))

        assert "(ส่วนที่ ๑ จาก ๒)</h1>" in (result.out / "index.html").read_text(encoding="utf-8")

    def test_failures_are_told_and_exit_is_1(self, few: SmallBatch) -> None:
        """A failed agency is in the digest with its command; the others are made."""
        few.name(NAMES | {"a2": "raise"})
        result = few.run()

        assert result.exit_code == 1
        assert (result.tally.made, len(result.tally.failed)) == (5, 1)
        assert f"ita-nb report a2 --year 2568 --workspace {few.root}" in few.digest()
        assert f"ita-nb batch {few.file} --workspace {few.root}" in few.digest()

    def test_what_failed_is_tried_again(self, few: SmallBatch) -> None:
        """The next run tries the failed agency again, and only that one."""
        few.name(NAMES | {"a2": "raise"})
        few.run()
        few.run()

        assert few.executed()[6:] == ["a2"]

    def test_what_was_kept_of_a_failure_goes_with_it(self, few: SmallBatch) -> None:
        """The partial notebook goes when the document before the failure is the current one again."""
        few.run()
        kept = few.out / "failed" / "a2-2568-analysis.ipynb"
        kept.parent.mkdir()
        kept.touch()
        few.name(NAMES | {"a2": "raise"})
        few.run()
        stayed = kept.exists()
        few.name(NAMES)
        result = few.run()

        assert (stayed, kept.parent.exists(), result.tally.unchanged) == (True, False, 6)

    def test_stopped_agencies_make_exit_1(self, few: SmallBatch) -> None:
        """An agency without data of the year is stopped and told; the batch is not well."""
        few.name(NAMES | {"odd": ""})
        result = few.run()

        assert result.exit_code == 1
        assert [stop.agency_id for stop in result.tally.stopped] == ["odd"]
        assert "odd" in few.digest()

    def test_contradictions_are_counted(self, few: SmallBatch) -> None:
        """Agencies whose official numbers contradict each other are counted; they are made all the same."""
        few.name(NAMES | {"a1": "contradictory", "a4": "contradictory"})
        result = few.run()

        assert result.exit_code == 0
        assert [task.agency_id for task in result.tally.contradictory] == ["a1", "a4"]

    def test_contradictions_stay_told_when_nothing_changed(self, few: SmallBatch) -> None:
        """A second run, which makes nothing, names the same agencies."""
        few.name(NAMES | {"a1": "contradictory"})
        few.run()
        result = few.run()

        assert [task.agency_id for task in result.tally.contradictory] == ["a1"]
        assert "contradictory (a1)" in few.digest()

    def test_a_failed_overview_is_listed(self, few: SmallBatch, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the overview fails the reports stay, the digest tells it, and exit is 1."""

        def fail(*_: object) -> None:
            raise ValueError("no province")

        monkeypatch.setattr(overview, "make_overview", fail)
        few.write("params/few.yaml", "fiscal_year: 2568", "agencies: {all: true}")
        result = few.run()

        assert result.exit_code == 1
        assert result.tally.made == 6
        assert "ValueError: no province" in few.digest()

    def test_the_overview_comes_after_the_tables(
        self, few: SmallBatch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The overview finds the merged tables, and is linked in the index although it comes after it."""

        def make(folder: Path, *_: object) -> None:
            assert (folder / "tables" / "results.csv").exists()
            (folder / "province_overview.html").write_text("x")

        monkeypatch.setattr(overview, "make_overview", make)
        few.write("params/few.yaml", "fiscal_year: 2568", "agencies: {all: true}")
        result = few.run()

        assert result.exit_code == 0
        assert "province_overview.html" in (few.out / "index.html").read_text(encoding="utf-8")

    def test_a_batch_on_measures_has_no_overview(
        self, few: SmallBatch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The overview is one of results: a batch of progress reports makes none, and misses none."""
        monkeypatch.setattr(overview, "make_overview", lambda *_: pytest.fail("made"))
        few.write("params/few.yaml", "fiscal_year: 2568", "agencies: {all: true}", "document: progress")
        result = few.run()

        assert (len(result.tally.stopped), result.tally.notes) == (6, ())

    @pytest.mark.parametrize("deed", ["remove", "edit"])
    def test_a_file_touched_meanwhile_costs_no_agency_its_place(self, few: SmallBatch, deed: str) -> None:
        """Every agency stands in the list of files, the index is made, and who lost a file is told."""
        few.run()
        scores = few.root / "data/2568/stated_scores.csv"
        scores.write_text(scores.read_text().replace("a3,total,,90.00", "a3,total,,91.00"))
        (few.out / "index.html").unlink()
        meddle = Path.unlink if deed == "remove" else _edit
        engine = _Meddling(few, meddle)
        result = run_batch(few.file, workspace=few.root, engine=engine, stream=io.StringIO())
        with (few.out / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
            statuses = {row["agency_id"]: row["status"] for row in csv.DictReader(file)}

        assert statuses == dict.fromkeys(NAMES, "unchanged") | {"a3": "done"}
        assert (few.out / "index.html").exists()
        assert [note.message for note in result.tally.notes] == (["a0, a3"] if deed == "remove" else [])

    @pytest.mark.parametrize(
        "other", ["digits: arabic", "batch: another", "overview: true"], ids=lambda line: line.split(":")[0]
    )
    def test_another_request_makes_the_files_beside_anew(
        self, other: str, few: SmallBatch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Other digits or another title, and an overview wanted now, show in the files of the next run."""
        overviews: list[Path] = []
        monkeypatch.setattr(overview, "make_overview", lambda folder, *_: overviews.append(folder))
        few.run(out=few.out)
        before = _when(few.out / "index.html")
        lines = {"overview": "overview: false"} | {other.split(":")[0]: other}
        few.write("params/few.yaml", "fiscal_year: 2568", "agencies: {all: true}", *lines.values())
        few.run(out=few.out)

        assert _when(few.out / "index.html") > before
        assert len(overviews) == (other == "overview: true")

    @pytest.mark.parametrize("lost", ["index.html", "manifest.csv", "tables/scores.csv", "measures.xlsx"])
    def test_a_lost_file_beside_is_made_again(self, lost: str, few: SmallBatch) -> None:
        """A file that somebody removed is there again after a run that has nothing else to do."""
        few.run()
        (few.out / lost).unlink()
        few.run()

        assert (few.out / lost).exists()

    def test_a_changed_overview_is_made_again(self, few: SmallBatch, monkeypatch: pytest.MonkeyPatch) -> None:
        """When its notebook changed, the overview is made anew although no agency is; otherwise not."""
        made: list[Path] = []
        monkeypatch.setattr(overview, "make_overview", lambda folder, *_: made.append(folder))
        few.write("params/few.yaml", "fiscal_year: 2568", "agencies: {all: true}")
        few.run()
        few.run()
        notebook = few.root / "notebooks" / "province_overview.ipynb"
        notebook.write_text(notebook.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        few.run()

        assert len(made) == 2

    def test_the_cause_of_a_stop_is_told(self, few: SmallBatch) -> None:
        """The index names the cause of a stop as the plan does, and the list of files has its code."""
        few.name(NAMES | {"odd": ""})
        few.run()

        assert "ข้อมูลยังไม่พร้อม: ไม่มีข้อมูลปี ๒๕๖๘ (๑ แห่ง)" in (few.out / "index.html").read_text(encoding="utf-8")
        assert ",stopped,no-data," in (few.out / "manifest.csv").read_text(encoding="utf-8-sig")

    def test_the_command_to_go_on_repeats_the_options(self, few: SmallBatch, tmp_path: Path) -> None:
        """Jobs, shard, folder and cluster stand in the command that goes on; fresh does not."""
        few.name(NAMES | dict.fromkeys(NAMES, "raise"))
        there = ["--scheduler", "tls://192.0.2.1:8786", "--tls-ca", "my ca.pem"]
        result = few.run(jobs=3, shard=(1, 1), out=tmp_path / "there", fresh=True, engine_options=there)

        assert list(result.tally.again[3:]) == [
            *["--workspace", str(few.root), "--jobs", "3", "--shard", "1/1"],
            *["--out", str(tmp_path / "there")],
            *there,
        ]

    def test_after_ctrl_c_nobody_waits_for_the_overview(
        self, few: SmallBatch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where agencies are left the merged files are made and tell it, and the overview is not."""
        monkeypatch.setattr(overview, "make_overview", lambda *_: pytest.fail("made"))
        few.write("params/few.yaml", "fiscal_year: 2568", "agencies: {all: true}")
        engine = ProcessEngine(1, "cold", STAND_IN)
        monkeypatch.setattr(engine, "submit", lambda _: None)
        result = run_batch(few.file, workspace=few.root, engine=engine, stream=io.StringIO())

        assert len(result.tally.left) == 6
        assert (few.out / "manifest.csv").read_text(encoding="utf-8-sig").count("left") == 6
        assert "overview" not in few.digest()


class TestMerge:
    """Shards in one folder."""

    def test_shards_become_one_folder(self, few: SmallBatch, tmp_path: Path) -> None:
        """Three shards merged hold every agency as a single run would, with the files beside the reports."""
        shards = [tmp_path / f"shard{part}" for part in (1, 2, 3)]
        for part, folder in enumerate(shards, start=1):
            few.run(shard=(part, 3), out=folder)
        stream = io.StringIO()
        merged = merge_batches(shards, tmp_path / "merged", stream)

        assert merged.exit_code == 0
        assert "นำเอกสารมารวมในครั้งนี้ 6 ฉบับ" in stream.getvalue()
        assert len(list((tmp_path / "merged").glob("*/*.pdf"))) == 6
        assert (tmp_path / "merged" / "manifest.csv").exists()

    def test_the_whole_bears_no_part_in_its_title(self, few: SmallBatch, tmp_path: Path) -> None:
        """The index of the merged parts is that of the batch."""
        merge_batches(_shards(few, tmp_path), tmp_path / "merged", io.StringIO())

        assert "ส่วนที่" not in (tmp_path / "merged" / "index.html").read_text(encoding="utf-8")

    def test_a_missing_part_is_told(self, few: SmallBatch, tmp_path: Path) -> None:
        """Two parts of three merged: the third is told with its command, and exit is 1."""
        stream = io.StringIO()
        merged = merge_batches(_shards(few, tmp_path)[:2], tmp_path / "merged", stream)
        again = f"ita-nb batch {few.file} --workspace {few.root}"

        assert merged.exit_code == 1
        assert f"ขาดส่วนที่ 3/3: {again} --shard 3/3\n" in stream.getvalue()

    def test_a_part_merged_before_is_not_missing(self, few: SmallBatch, tmp_path: Path) -> None:
        """Parts may be merged one after the other: with the last one all is well."""
        *first, last = _shards(few, tmp_path)
        merge_batches(first, tmp_path / "merged", io.StringIO())

        assert merge_batches([last], tmp_path / "merged", io.StringIO()).exit_code == 0

    @pytest.mark.parametrize("is_copy", [False, True], ids=["same folder", "copy"])
    def test_a_part_given_twice_is_told(self, is_copy: bool, few: SmallBatch, tmp_path: Path) -> None:
        """The same part in place of another is told by its number and its folders; exit 1."""
        shards = _shards(few, tmp_path)
        again = shutil.copytree(shards[0], tmp_path / "copy") if is_copy else shards[0]
        merged = merge_batches([*shards, again], tmp_path / "merged", io.StringIO())
        (note,) = merged.tally.notes

        assert merged.exit_code == 1
        assert (note.what_th, note.message) == ("ได้รับส่วนที่ 1/3 ซ้ำ", f"{shards[0]}, {again}")

    def test_a_batch_divided_anew_is_whole(self, few: SmallBatch, tmp_path: Path) -> None:
        """Where all parts of one division are there, nothing is missing of another."""
        odd = few.run(shard=(1, 2), out=tmp_path / "odd").out

        assert (
            merge_batches([odd, *_shards(few, tmp_path)], tmp_path / "merged", io.StringIO()).tally.notes
            == ()
        )

    def test_parts_in_the_folder_of_the_whole_are_not_given_twice(
        self, few: SmallBatch, tmp_path: Path
    ) -> None:
        """Merging again into the folder of a part, which has them all by then, tells of no part twice."""
        shards = _shards(few, tmp_path)
        results = [merge_batches(shards, shards[0], io.StringIO()) for _ in range(2)]

        assert [merged.tally.notes for merged in results] == [(), ()]

    def test_contradictions_are_named_in_the_whole(self, few: SmallBatch, tmp_path: Path) -> None:
        """Who must check numbers first stands in the digest of the merged folder."""
        few.name(NAMES | {"a1": "contradictory"})
        merge_batches(_shards(few, tmp_path), tmp_path / "merged", io.StringIO())

        assert "(a1)" in (tmp_path / "merged" / "digest.txt").read_text(encoding="utf-8")

    def test_failures_of_shards_make_exit_1(self, few: SmallBatch, tmp_path: Path) -> None:
        """An agency that failed in its shard is told, and stands in the list of files."""
        few.name(NAMES | {"a2": "raise"})
        few.run(out=tmp_path / "one")
        stream = io.StringIO()
        merged = merge_batches([tmp_path / "one"], tmp_path / "merged", stream)

        assert merged.exit_code == 1
        assert "ไม่สำเร็จ 1 แห่ง" in stream.getvalue()
        assert "cell-failed" in (tmp_path / "merged" / "manifest.csv").read_text(encoding="utf-8-sig")

    def test_a_shard_that_is_none_is_told(self, few: SmallBatch, tmp_path: Path) -> None:
        """A folder without a ledger is named, the others are merged, and exit is 1."""
        few.run(out=tmp_path / "one")
        stream = io.StringIO()
        merged = merge_batches([tmp_path / "one", tmp_path / "none"], tmp_path / "merged", stream)

        assert merged.exit_code == 1
        assert str(tmp_path / "none") in stream.getvalue()
        assert len(list((tmp_path / "merged").glob("*/*.pdf"))) == 6

    def test_who_was_stopped_in_a_shard_is_not_lost(self, few: SmallBatch, tmp_path: Path) -> None:
        """An agency that its shard stopped is in the list of files and in the digest; exit 1."""
        few.name(NAMES | {"odd": ""})
        merged = merge_batches(_shards(few, tmp_path), tmp_path / "merged", io.StringIO())
        digest = (tmp_path / "merged" / "digest.txt").read_text(encoding="utf-8")

        assert merged.exit_code == 1
        assert ",stopped,no-data," in (tmp_path / "merged" / "manifest.csv").read_text(encoding="utf-8-sig")
        for part in ("หยุดไว้ก่อนเริ่ม 1 แห่ง", "ita-nb report odd --year 2568"):
            assert part in digest

    def test_who_was_made_after_a_stop_is_well(self, few: SmallBatch, tmp_path: Path) -> None:
        """Once the shard has made the agency that it had stopped, merging again forgets the stop."""
        few.name(NAMES | {"odd": ""})
        merge_batches(_shards(few, tmp_path), tmp_path / "merged", io.StringIO())
        with (few.root / "data/2568/stated_scores.csv").open("a") as scores:
            scores.write("odd,total,,90.00\n")
        merged = merge_batches(_shards(few, tmp_path), tmp_path / "merged", io.StringIO())

        assert (merged.exit_code, merged.tally.stopped) == (0, ())

    def test_who_was_left_in_a_shard_is_not_lost(self, few: SmallBatch, tmp_path: Path) -> None:
        """Agencies that a shard did not reach are told with the command that goes on with it; exit 1."""
        engine = ProcessEngine(1, "cold", STAND_IN)
        engine.submit = lambda _: None  # type: ignore[method-assign]  # as after Ctrl-C
        run_batch(few.file, workspace=few.root, engine=engine, out=tmp_path / "one", stream=io.StringIO())
        merged = merge_batches([tmp_path / "one"], tmp_path / "merged", io.StringIO())
        digest = (tmp_path / "merged" / "digest.txt").read_text(encoding="utf-8")

        assert (merged.exit_code, len(merged.tally.left)) == (1, 6)
        assert (tmp_path / "merged" / "manifest.csv").read_text(encoding="utf-8-sig").count("left") == 6
        assert f"--out {tmp_path / 'one'}\n  แล้วสั่ง: ita-nb merge {tmp_path / 'one'} --into" in digest

    def test_a_lost_document_is_left(self, few: SmallBatch, tmp_path: Path) -> None:
        """An agency of which a shard has lost a file is not counted as well."""
        few.run(out=tmp_path / "one")
        (tmp_path / "one" / "a2" / "a2-2568-analysis.pdf").unlink()
        merged = merge_batches([tmp_path / "one"], tmp_path / "merged", io.StringIO())

        assert (merged.exit_code, [task.agency_id for task in merged.tally.left]) == (1, ["a2"])

    def test_the_merged_files_are_as_the_batch_wants_them(
        self, few: SmallBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Title and digits are those of the batch, and where it wants no overview none is made."""
        monkeypatch.setattr(overview, "make_overview", lambda *_: pytest.fail("made"))
        few.write(
            "params/few.yaml",
            "fiscal_year: 2568",
            "agencies: {all: true}",
            "digits: arabic",
            "overview: false",
        )
        into = few.root / "outputs" / "merged"
        merged = merge_batches(_shards(few, tmp_path), into, io.StringIO())
        page = (into / "index.html").read_text(encoding="utf-8")

        assert merged.exit_code == 0
        assert "ปีงบประมาณ พ.ศ. 2568</h1>" in page
        assert "ชุดงาน few" in page
        assert "6 แห่ง" in page

    @pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"parts": [{}]}'], ids=str)
    def test_a_shard_that_does_not_tell_whom_it_stopped(
        self, content: str | None, few: SmallBatch, tmp_path: Path
    ) -> None:
        """Where the file that tells it is missing or broken, the shard is merged and named; exit 1."""
        few.run(out=tmp_path / "one")
        (tmp_path / "one" / "batch.json").unlink()
        if content is not None:
            (tmp_path / "one" / "batch.json").write_text(content)
        merged = merge_batches([tmp_path / "one"], tmp_path / "merged", io.StringIO())

        assert merged.exit_code == 1
        assert "batch.json" in merged.tally.notes[0].message
        assert len(list((tmp_path / "merged").glob("*/*.pdf"))) == 6

    def test_a_conflict_is_told_with_a_thai_date(self, few: SmallBatch, tmp_path: Path) -> None:
        """When the kept edition was made is told by the clock of the place, in the Buddhist year."""
        few.run(out=tmp_path / "one")
        scores = few.root / "data/2568/stated_scores.csv"
        scores.write_text(scores.read_text().replace("a3,total,,90.00", "a3,total,,91.00"))
        few.run(out=tmp_path / "two")
        merged = merge_batches([tmp_path / "one", tmp_path / "two"], tmp_path / "merged", io.StringIO())
        (conflict,) = merged.result.conflicts
        made = datetime.fromisoformat(conflict.kept).astimezone()

        assert merged.tally.notes[0].message == f"a3 ({long_date(made.date())} {made:%H:%M} น.)"


def _shards(few: SmallBatch, place: Path) -> list[Path]:
    folders = [place / f"shard{part}" for part in (1, 2, 3)]
    for part, folder in enumerate(folders, start=1):
        few.run(shard=(part, 3), out=folder)
    return folders


@pytest.fixture(scope="module")
def papers() -> dict[str, bytes]:
    """Return HTML and PDF of a document that bears the titles of COVER."""
    document = Document(cover=COVER, blocks=(COVER, Paragraph(text="เนื้อหา")))
    return {"html": html.render(document).encode(), "pdf": pdf.render(document)}


COVER = Cover(
    title=("ภาพรวมผลการประเมิน", "ประจำปีงบประมาณ พ.ศ. ๒๕๖๘"),
    agency="หน่วยงานในจังหวัดทดลอง",
    agency_id="few",
    fiscal_year=2568,
    running_title="ภาพรวม",
    digits="thai",
    edition="working",
)


class TestOverview:
    """The overview is verified before it is put in place, and runs within the limits of the batch."""

    def test_what_bears_its_title_and_year_is_right(self, papers: dict[str, bytes]) -> None:
        """HTML and PDF of one document pass."""
        overview.verify_overview(papers["html"], papers["pdf"], COVER)

    @pytest.mark.parametrize(
        "other", [{"agency": "หน่วยงานในจังหวัดอื่น"}, {"fiscal_year": 2567}, {"title": ("รายงานอื่น",)}], ids=str
    )
    def test_another_document_is_refused(self, other: dict[str, Any], papers: dict[str, bytes]) -> None:
        """Files without the title, the province or the fiscal year are not the overview."""
        with pytest.raises(UnverifiedError, match=r"province_overview\.html"):
            overview.verify_overview(papers["html"], papers["pdf"], COVER.model_copy(update=other))

    def test_an_unreadable_pdf_is_refused(self, papers: dict[str, bytes]) -> None:
        """Half a PDF is refused by name."""
        with pytest.raises(UnverifiedError, match=r"province_overview\.pdf"):
            overview.verify_overview(papers["html"], papers["pdf"][:500], COVER)

    def test_letters_without_a_glyph_are_refused(
        self, papers: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A PDF of which a font is not in the file is refused."""
        monkeypatch.setattr(verify, "_EMBEDDED", ())
        with pytest.raises(UnverifiedError, match="แบบอักษรฝัง"):
            overview.verify_overview(papers["html"], papers["pdf"], COVER)

    def test_it_has_the_limits_of_the_batch(self, few: SmallBatch) -> None:
        """A cell of the overview that takes longer than the batch allows ends it, and the digest says so."""
        few.write(
            "params/few.yaml", "fiscal_year: 2568", "agencies: {all: true}", "limits: {cell_seconds: 1}"
        )
        notebook = few.root / "notebooks" / "province_overview.ipynb"
        cells = nbformat.read(notebook, as_version=4)
        for cell in cells.cells:
            if cell.source.startswith("from ita_nb"):
                cell.source = "import time; time.sleep(60)"
        nbformat.write(cells, notebook)
        result = few.run()

        assert "1 วินาที" in result.tally.notes[0].message


def test_the_overview_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    """The real notebook, run on made-up tables, gives three files that do not tell where they were made."""
    folder = made_up(8).write(tmp_path / "outputs" / "made-up")
    shutil.copytree(REPOSITORY / "notebooks", tmp_path / "notebooks")
    shutil.copytree(REPOSITORY / "data", tmp_path / "data")
    overview.make_overview(folder, tmp_path, "thai", Limits(120, 600, 2048))
    made = sorted(folder.glob("province_overview.*"))

    assert [path.suffix for path in made] == [".html", ".ipynb", ".pdf"]
    assert not any(str(tmp_path).encode() in path.read_bytes() for path in made)
