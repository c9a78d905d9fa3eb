"""What a batch does when something breaks: one case stays one case, and the next run goes on from there."""

from __future__ import annotations

import io
import multiprocessing
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
import pytest
from conftest import REPOSITORY, Workspace
from small_batch import SmallBatch, is_alive

from ita_nb.batch.claim import ClaimedError, claimed
from ita_nb.batch.ledger import Ledger
from ita_nb.batch.processes import ProcessEngine
from ita_nb.batch.run import BatchResult, run_batch
from ita_nb.batch.stores import sha256_of, unwritable
from ita_nb.batch.task import MadeFile, Outcome, Task
from ita_nb.cli import main

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills by signal")
MakeBatch = Callable[..., SmallBatch]


@pytest.fixture
def make_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeBatch:
    """Return batches of so many agencies of one name, some of them named otherwise."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)

    def make(count: int, name: str = "", **others: str) -> SmallBatch:
        return SmallBatch.make(tmp_path / "workspace", {f"a{n:02}": name for n in range(count)} | others)

    return make


def _started(batch: SmallBatch, kernel: str = "cold") -> subprocess.Popen[str]:
    """Start the batch as a process that leads a group of its own, as a shell does."""
    return subprocess.Popen(
        batch.command(kernel), stderr=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True
    )


def _ended(runner: subprocess.Popen[str]) -> str:
    _, told = runner.communicate(timeout=60)
    return told


def _until(is_so: Callable[[], object], within: float = 60) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _family(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def _is_whole(batch: SmallBatch) -> bool:
    """Whether every file that the ledger tells of is in place as it was recorded."""
    return not (batch.out / "ledger.sqlite").exists() or batch.recorded().items() <= batch.in_place().items()


def test_a_cell_that_raises_for_three_stops_nobody_else(make_batch: MakeBatch) -> None:
    """21 of 24 are made; the three are one group of the digest, with its cell and one command."""
    batch = make_batch(21, b1="raise", b2="raise", b3="raise")
    result = batch.run()

    assert result.exit_code == 1
    assert (result.tally.made, len(result.tally.failed)) == (21, 3)
    assert "3 แห่ง: เซลล์ของสมุดบันทึกทำงานผิดพลาด (เซลล์ที่ 3)" in batch.digest()
    assert batch.digest().count("ita-nb report") == 1


def test_a_killed_worker_costs_nothing(make_batch: MakeBatch) -> None:
    """When a worker is killed its task is made by another; all are made, each recorded once."""
    batch = make_batch(6, "sleep 0.4")
    runner = _started(batch)
    _until(batch.executed)
    psutil.Process(batch.worker()).kill()
    _ended(runner)

    assert runner.returncode == 0
    assert len(batch.executed()) == 7
    assert set(Counter(batch.editions()).values()) == {1}
    assert _is_whole(batch)


@pytest.mark.skipif(sys.platform != "linux", reason="the template needs Linux")
def test_a_killed_template_costs_nothing(make_batch: MakeBatch) -> None:
    """When the template is killed its workers go on and all are made."""
    batch = make_batch(12, "sleep 0.1")
    runner = _started(batch, "warm")
    _until(batch.executed)
    next(p for p in _family(runner.pid) if "ita_nb.batch.template" in p.cmdline()).kill()
    _ended(runner)

    assert runner.returncode == 0
    assert len(batch.editions()) == 12


def test_ctrl_c_finishes_what_runs(make_batch: MakeBatch) -> None:
    """After one Ctrl-C no task is lost or begun; the digest tells how many are left, and how to go on."""
    batch = make_batch(20, "sleep 0.3")
    runner = _started(batch)
    _until(lambda: len(batch.executed()) >= 2)
    os.killpg(runner.pid, signal.SIGINT)
    told = _ended(runner)
    made = len(batch.executed())

    assert runner.returncode == 1
    assert made < 10
    assert sorted(batch.editions()) == sorted(batch.executed())
    assert "รอรายงานที่กำลังทำให้เสร็จ" in told
    assert f"ยังไม่ได้ทำ {20 - made} แห่ง" in told
    assert f"ita-nb batch {batch.file}" in told
    assert "left" in (batch.out / "manifest.csv").read_text(encoding="utf-8-sig")
    assert batch.run().exit_code == 0
    assert len(batch.executed()) == 20


def test_ctrl_c_twice_stops_at_once(make_batch: MakeBatch) -> None:
    """After the second Ctrl-C nothing is waited for; what was recorded stays, and nothing else is left."""
    batch = make_batch(4, "sleep 600", a00="")
    runner = _started(batch)
    _until(lambda: len(batch.executed()) >= 3)
    _until(lambda: (batch.out / "ledger.sqlite").exists() and batch.editions())
    for _ in range(2):
        os.killpg(runner.pid, signal.SIGINT)
        time.sleep(0.3)
    told = _ended(runner)

    assert runner.returncode == 1
    assert batch.editions() == ["a00"]
    assert batch.unfinished() == []
    assert "ยังไม่ได้ทำ 3 แห่ง" in told


def test_killed_at_any_moment_the_next_run_goes_on(make_batch: MakeBatch) -> None:
    """After ten random moments the union is complete, nothing recorded is done twice, all files verify."""
    batch, moments = make_batch(99, "sleep 0.05"), random.Random(5)  # noqa: S311 - no secret
    ready = multiprocessing.get_context("forkserver")  # it has imported what every run would import again
    ready.set_forkserver_preload(["small_batch"])
    for number in range(10):
        begun, recorded = len(batch.executed()), set(batch.editions()) if _has_ledger(batch) else set()
        runner = ready.Process(target=batch.run)
        runner.start()
        if number % 2:
            _until(lambda begun=begun: len(batch.executed()) > begun)
            time.sleep(moments.uniform(0, 0.15))
        else:
            time.sleep(moments.uniform(0, 0.8))
        family = _family(runner.pid)
        runner.kill()
        runner.join()
        runner.close()
        _until(lambda family=family: not any(is_alive(p.pid) for p in family))

        assert not recorded & set(batch.executed()[begun:])
        assert _is_whole(batch)
    result = batch.run()

    assert result.exit_code == 0, batch.digest()
    assert sorted(batch.editions()) == sorted(f"a{number:02}" for number in range(99))
    assert batch.recorded() == batch.in_place()
    assert batch.unfinished() == []


def _has_ledger(batch: SmallBatch) -> bool:
    ledger = batch.out / "ledger.sqlite"
    return ledger.exists() and ledger.stat().st_size > 0


def test_of_two_batches_in_one_folder_the_second_is_refused(make_batch: MakeBatch) -> None:
    """While one batch is at work another is refused before it does anything; the first is not disturbed."""
    batch = make_batch(4, "sleep 0.3")
    runner = _started(batch)
    _until(batch.executed)
    with pytest.raises(ClaimedError, match="ชุดงานอื่นกำลังทำงานอยู่"):
        batch.run()
    _ended(runner)

    assert runner.returncode == 0
    assert len(batch.executed()) == len(batch.editions()) == 4


# ---------------------------------------------------------------- disks


@pytest.fixture
def on_disk(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a batch with its output folder on a disk of its own, copied afterwards."""
    private = ["unshare", "--user", "--map-root-user", "--mount"]
    can = (
        shutil.which("unshare")
        and not subprocess.run(
            [*private, "mount", "-t", "tmpfs", "none", tmp_path], capture_output=True, check=False
        ).returncode
    )
    if not can:
        pytest.skip("no private mounts here")

    def run(batch: SmallBatch, options: str, copy: Path) -> subprocess.CompletedProcess[str]:
        batch.out.mkdir(parents=True)
        script = (
            'mount -t tmpfs -o "$1" none "$COPIED" && shift && "$@"; s=$?; cp -a "$COPIED"/. "$TO"; exit $s'
        )
        environment = os.environ | {"COPIED": str(batch.out), "TO": str(copy)}
        copy.mkdir()
        return subprocess.run(
            [*private, "sh", "-c", script, "sh", options, *batch.command()],
            capture_output=True, text=True, encoding="utf-8", env=environment, check=False,
        )  # fmt: skip

    return run


def test_a_read_only_folder_is_told_before_anything_runs(
    make_batch: MakeBatch, on_disk: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Where the folder cannot be written the message says so, and no worker is started."""
    batch = make_batch(2)
    ended = on_disk(batch, "ro", tmp_path / "copy")

    assert ended.returncode != 0
    assert "StoreError" in ended.stderr
    assert "เขียนแฟ้มผลลัพธ์ได้" in ended.stderr
    assert batch.executed() == []


@pytest.mark.parametrize("size", ["600k", "2m"])
def test_a_full_disk_loses_nothing(
    make_batch: MakeBatch,
    on_disk: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    size: str,
) -> None:
    """The batch stops with a clear message; what is recorded is whole, and with room the next run goes on."""
    batch = make_batch(24)
    ended = on_disk(batch, f"size={size}", tmp_path / "copy")
    shutil.rmtree(batch.out)
    shutil.copytree(tmp_path / "copy", batch.out)
    begun, recorded = len(batch.executed()), set(batch.editions())

    assert ended.returncode == 1
    assert "เนื้อที่ในดิสก์เต็ม" in ended.stderr or "บันทึกบัญชีงานไม่ได้" in ended.stderr
    assert 0 < len(recorded) < 24
    assert begun < 24
    assert _is_whole(batch)
    assert batch.unfinished() == []
    assert batch.run().exit_code == 0
    assert not recorded & set(batch.executed()[begun:])
    assert len(batch.in_place()) == 48


# ---------------------------------------------------------------- what people did to the files


def _edit(batch: SmallBatch, agency: str, ending: str = "html") -> Path:
    path = batch.out / agency / f"{agency}-2568-analysis.{ending}"
    path.write_text("แก้ไขด้วยมือ", encoding="utf-8")
    return path


def test_an_edited_file_outlives_a_run(make_batch: MakeBatch) -> None:
    """A document that a person edited is not made again, stays as it is, and is told of."""
    batch, told = make_batch(3), io.StringIO()
    batch.run()
    path = _edit(batch, "a01")
    result = batch.run(stream=told)

    assert (result.exit_code, result.tally.unchanged, len(batch.executed())) == (0, 3, 3)
    assert path.read_text(encoding="utf-8") == "แก้ไขด้วยมือ"
    assert "มีแฟ้มที่แก้ไขด้วยมือ 1 แห่ง (เก็บไว้ตามเดิม)" in told.getvalue()
    assert "มีแฟ้มที่แก้ไขด้วยมือ 1 แห่ง (เก็บไว้ตามเดิม)" in batch.digest()


@pytest.mark.parametrize("is_fresh", [True, False], ids=["fresh", "data changed"])
def test_an_edited_file_is_set_aside_before_it_is_replaced(make_batch: MakeBatch, is_fresh: bool) -> None:
    """Where the document must be made anew the edited one is kept beside it, twice if edited twice."""
    batch = make_batch(3)
    batch.run()
    for number in (1, 2):
        path = _edit(batch, "a01")
        path.write_text(f"แก้ไขด้วยมือ {number}", encoding="utf-8")
        batch.name({"a00": "", "a01": f"made {number}", "a02": ""})
        result = batch.run(fresh=is_fresh)
        kept = path.with_name(f"{path.stem}.edited-{number}.html")

        assert kept.read_text(encoding="utf-8") == f"แก้ไขด้วยมือ {number}"
        assert path.read_text(encoding="utf-8").startswith("a01 ")
        assert result.tally.set_aside == (f"a01/{kept.name}",)
        assert f"a01/{kept.name}" in batch.digest()


@pytest.mark.parametrize("is_edited", [False, True], ids=["as it was made", "edited"])
def test_no_file_of_a_former_edition_stays_beside_the_new_one(make_batch: MakeBatch, is_edited: bool) -> None:
    """A format that is not asked for any more goes with its edition; one that was edited is set aside."""
    batch = make_batch(2)
    _with_word_file(batch, "a01")
    if is_edited:
        _edit(batch, "a01", "docx")
    stranger = batch.out / "a01" / "notes.docx"
    stranger.write_text("ของหน่วยงาน", encoding="utf-8")
    result = batch.run()
    kept = ["a01-2568-analysis.edited-1.docx"] if is_edited else []

    assert sorted(path.name for path in (batch.out / "a01").glob("*.docx")) == [*kept, stranger.name]
    assert [path.rpartition("/")[2] for path in result.tally.set_aside] == kept


def test_a_former_file_that_was_left_goes_with_the_next_run(make_batch: MakeBatch) -> None:
    """What a killed run could not take away any more does not stay when nothing is to be made."""
    batch = make_batch(2)
    path = _with_word_file(batch, "a01")
    content = path.read_bytes()
    batch.run()
    path.write_bytes(content)

    assert batch.run().tally.unchanged == 2
    assert not path.exists()


def test_a_former_file_that_cannot_be_removed_is_told(
    make_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documents are made all the same, and the digest says what stayed."""

    def refuse(path: Path) -> None:
        raise unwritable(path, PermissionError("in use"))

    batch = make_batch(2)
    _with_word_file(batch, "a01")
    monkeypatch.setattr("ita_nb.batch.editions_in_place.remove", refuse)
    result = batch.run()

    assert (result.exit_code, result.tally.made) == (1, 2)
    assert "นำแฟ้มของฉบับก่อนออกไม่ได้" in batch.digest()


def _with_word_file(batch: SmallBatch, agency: str) -> Path:
    """Put a Word file of an earlier edition in place, and record it."""
    path = batch.out / agency / f"{agency}-2568-analysis.docx"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"made")
    task = Task("earlier", agency, "", 2568, str(batch.root), str(batch.out))
    file = MadeFile(f"{agency}/{path.name}", 4, sha256_of(path))
    with Ledger.open(batch.out / "ledger.sqlite") as ledger:
        ledger.record(task, Outcome(task.key, agency, (file,)))
    return path


def test_a_fresh_run_that_was_cut_off_goes_on(make_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that goes on, without ``--fresh``, makes those that the fresh run did not come to."""
    batch = make_batch(3)
    batch.run()
    submit = ProcessEngine.submit
    with monkeypatch.context() as patch:
        patch.setattr(
            ProcessEngine, "submit", lambda engine, task: task.agency_id == "a01" or submit(engine, task)
        )
        cut_off = batch.run(fresh=True)
    went_on = batch.run()

    assert [task.agency_id for task in cut_off.tally.left] == ["a01"]
    assert (went_on.tally.made, went_on.tally.unchanged, batch.executed()[5:]) == (1, 2, ["a01"])


def test_a_damaged_lock_is_made_anew(make_batch: MakeBatch) -> None:
    """The lock holds nothing: whatever was written into it, the batch runs, and others are kept out."""
    batch = make_batch(2)
    batch.out.mkdir(parents=True)
    (batch.out / ".lock").write_bytes(b"\0 no database" * 999)

    assert batch.run().tally.made == 2
    with claimed(batch.out), pytest.raises(ClaimedError):
        batch.run()


# ---------------------------------------------------------------- the ledger as it is found


def test_a_broken_ledger_is_begun_anew(make_batch: MakeBatch) -> None:
    """It is set aside and told of, every agency is made again, and the reports are those of the new one."""
    batch, told = make_batch(3), io.StringIO()
    batch.run()
    (batch.out / "ledger.sqlite").write_bytes(b"\0 not a ledger" * 999)
    result = batch.run(stream=told)

    assert (result.exit_code, result.tally.made) == (0, 3)
    assert "เก็บไว้เป็น ledger.broken-1.sqlite และเริ่มบัญชีใหม่" in told.getvalue()
    assert (batch.out / "ledger.broken-1.sqlite").read_bytes() == b"\0 not a ledger" * 999
    assert batch.recorded() == batch.in_place()


# ---------------------------------------------------------------- the real worker and kernels


def test_a_real_cell_that_raises_is_told_with_its_notebook(workspace: Workspace) -> None:
    """With real kernels one of two agencies fails in its cell: its notebook is kept, the other is made."""
    notebook = workspace.root / "notebooks" / "agency_report.ipynb"
    cells = nbformat.read(notebook, as_version=4)
    cells.cells.append(
        nbformat.v4.new_code_cell('if agency_id == "sithong":\n    raise ValueError("ล้มเหลว")')
    )
    nbformat.write(cells, notebook)
    workspace.write("data/2568/stated_scores.csv", _two_agencies(workspace))
    batch = workspace.write(
        "params/two.yaml",
        "fiscal_year: 2568\nagencies: {list: [hannangam, sithong]}\nformats: [html]\noverview: false\n",
    )
    result = run_batch(batch, workspace=workspace.root, jobs=2, stream=io.StringIO())
    ((task, failure),) = result.tally.failed

    assert result.exit_code == 1
    assert result.tally.made == 1
    assert (task.agency_id, failure.cause) == ("sithong", "cell-failed")
    assert "เซลล์ที่" in failure.where
    assert "ล้มเหลว" in (result.out / failure.kept).read_text(encoding="utf-8")
    assert failure.kept in (result.out / "digest.txt").read_text(encoding="utf-8")


# What a cell does for an agency, and what the digest calls it.
FAULTS = {
    "raises": ("raise ValueError('ล้มเหลว')", "เซลล์ของสมุดบันทึกทำงานผิดพลาด"),
    "sleeps": ("import time; time.sleep(600)", "เซลล์ของสมุดบันทึกใช้เวลาเกินกำหนด"),
    "hoards": ("held = []\nwhile True: held.append(bytearray(1 << 24))", "ใช้หน่วยความจำเกินกำหนด"),
    "is-killed": ("import os; os.kill(os.getpid(), 9)", "เคอร์เนลหยุดทำงาน"),
}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> BatchResult:
    """The result of a batch with real kernels in which a cell goes wrong in another way for each agency."""
    root = tmp_path_factory.mktemp("a") / "งาน จังหวัด"
    (root / "data/2568").mkdir(parents=True)
    for name in ("params", "notebooks"):
        (root / name).mkdir()
    agencies = [f"{agency},เทศบาลตำบลสมมติ {agency}" for agency in FAULTS]
    scores = [f"{agency},total,,90.00" for agency in FAULTS]
    _write_lines(root / "data/agencies.csv", "agency_id,name_th", *agencies)
    _write_lines(root / "data/2568/stated_scores.csv", "agency_id,node,part,score", *scores)
    notebook = nbformat.read(REPOSITORY / "notebooks/agency_report.ipynb", as_version=4)
    deeds = {agency: deed for agency, (deed, _) in FAULTS.items()}
    first = next(i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", ()))
    notebook.cells.insert(first + 1, nbformat.v4.new_code_cell(f"exec({deeds!r}[agency_id])"))
    nbformat.write(notebook, root / "notebooks/agency_report.ipynb")
    _write_lines(
        root / "params/faulty.yaml",
        "fiscal_year: 2568",
        "agencies: {all: true}",
        "formats: [html]",
        "overview: false",
        "limits: {cell_seconds: 5, memory_mb: 1024}",
    )
    return run_batch(root / "params/faulty.yaml", workspace=root, jobs=2, stream=io.StringIO())


def _write_lines(path: Path, *lines: str) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("agency", "said"), [(agency, said) for agency, (_, said) in FAULTS.items()], ids=FAULTS
)
def test_what_a_cell_does_is_told_by_its_cause(faulty: BatchResult, agency: str, said: str) -> None:
    """Each fault is a group of its own with the cell, the agency, and the notebook as far as it came."""
    lines = (faulty.out / "digest.txt").read_text(encoding="utf-8").splitlines()
    group = lines.index(f"  1 แห่ง: {said} (เซลล์ที่ 3)")
    told = "\n".join(lines[group : group + 9])

    assert f"({agency})" in lines[group + 1]
    assert f"ita-nb report {agency} --year 2568" in told
    assert f"failed/{agency}-2568-analysis.ipynb" in told
    assert (faulty.out / "failed" / f"{agency}-2568-analysis.ipynb").is_file()


def test_the_command_of_a_failure_shows_it_again(
    faulty: BatchResult, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command of the digest, taken as the shell reads it, ends with the same cell and the same error."""
    digest = (faulty.out / "digest.txt").read_text(encoding="utf-8")
    command = next(line for line in digest.splitlines() if "ita-nb report raises" in line).partition(": ")[2]
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as left:
        main()
    told = capsys.readouterr().err

    assert left.value.code
    assert "เซลล์ที่ 3" in told
    assert "ValueError: ล้มเหลว" in told


def _two_agencies(workspace: Workspace) -> str:
    """Return the scores of hannangam, and the same as those of another agency."""
    header, *lines = (
        (workspace.root / "data/2568/stated_scores.csv").read_text(encoding="utf-8-sig").splitlines()
    )
    own = [line for line in lines if line.startswith("hannangam,")]
    other = [line.replace("hannangam,", "sithong,", 1) for line in own]
    return "\n".join([header, *own, *other, ""])


def test_an_agency_that_left_the_batch_is_named(make_batch: MakeBatch) -> None:
    """Who is no longer chosen, for a mistyped province say, does not vanish without a word."""
    batch, stream = make_batch(3), io.StringIO()
    batch.run()
    batch.write("params/few.yaml", "fiscal_year: 2568", "agencies: {list: [a00, a02]}", "overview: false")
    batch.run(stream=stream)

    assert "ไม่อยู่ในชุดงานนี้แล้ว 1 แห่ง (แฟ้มเดิมยังอยู่ ไม่มีในสารบัญ): a01" in stream.getvalue()
