"""What a real batch does when something breaks: one case stays one case, and the next run goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from conftest import AGENCY, YEAR, Workspace
from in_process import HANNANGAM
from small_batch import REPOSITORY, SmallBatch
from test_run import until

from ita_nb.made import edited, read_records

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kills by signal what is forked"),
]
_MARK = "ITA_NB_TESTED"  # in the environment of everything that a batch starts


def few(root: Path, number: int, *lines: str) -> SmallBatch:
    """Return a workspace of agencies with a total each, of which HTML is wanted."""
    batch = SmallBatch.make(root, {f"a{n:02}": f"เทศบาลตำบลที่ {n}" for n in range(number)})
    asked = ("fiscal_year: 2568", "agencies: {all: true}", "overview: false", "formats: [html]")
    batch.write("params/few.yaml", *asked, *lines)
    return batch


def started(batch: SmallBatch) -> subprocess.Popen[str]:
    """Start the command of the batch as the leader of a group, as a shell does."""
    environment = os.environ | {_MARK: str(batch.root), "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "ita_nb", "batch", str(batch.file), "--workspace", str(batch.root)]
    return subprocess.Popen(
        [*command, "--jobs", "2"],
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        env=environment,
    )


def ended(runner: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the end of a batch, and return its exit status and what it said."""
    told = runner.communicate(timeout=300)[1]
    return runner.returncode, told


def is_alive(process: psutil.Process) -> bool:
    """Whether a process runs, and has not only ended unnoticed."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def left(batch: SmallBatch) -> list[psutil.Process]:
    """Return the processes of a batch that still run."""
    found = psutil.process_iter(["environ"])  # of those that may not be asked the environment is none
    ours = [p for p in found if (p.info["environ"] or {}).get(_MARK) == str(batch.root)]
    return [process for process in ours if is_alive(process)]


def made(batch: SmallBatch) -> dict[str, str]:
    """Return when each agency was made whose files are all in place as they were recorded."""
    found = {}
    for folder in batch.out.glob("a*"):
        for record in read_records(folder).values():
            assert edited(folder, record) == {}
            found |= {folder.name: record["made_at"]} if "made_at" in record else {}
    return found


def assert_all_well(batch: SmallBatch, number: int) -> None:
    """Check that everything is made, with nothing beside it, and that no process is left."""
    until(lambda: not left(batch))
    assert len(made(batch)) == len([*batch.out.glob("*/*.html")]) == number
    assert [*batch.out.rglob("*.edited-*"), *batch.unfinished(), *batch.out.rglob("*.failed.*")] == []


def test_killed_at_any_moment_the_next_run_goes_on(tmp_path: Path) -> None:
    """After ten random moments all is made, nothing recorded twice, no file is half, no process left."""
    batch, moments = few(tmp_path, 12), random.Random(5)  # noqa: S311 - no secret
    for number in range(10):
        before, runner = made(batch), started(batch)
        if number % 2:
            until(lambda before=before, runner=runner: made(batch) != before or runner.poll() is not None)
            time.sleep(moments.uniform(0, 0.5))
        else:
            time.sleep(moments.uniform(0, 8))
        runner.kill()
        ended(runner)
        until(lambda: not left(batch))
        assert before.items() <= made(batch).items()
    before = made(batch)

    assert ended(started(batch))[0] == 0
    assert before.items() <= made(batch).items()
    assert_all_well(batch, 12)


@pytest.mark.parametrize("depth", [1, 2, 3, 4], ids=["fork server", "worker", "forks", "kernel"])
def test_a_process_that_is_killed_costs_nothing(tmp_path: Path, depth: int) -> None:
    """Whichever process of a batch is killed, at two random moments, everything is made."""
    batch, moments = few(tmp_path, 8), random.Random(depth)  # noqa: S311 - no secret
    runner = started(batch)
    until(lambda: made(batch))
    for _ in range(2):
        found: list[psutil.Process] = []
        while not found and runner.poll() is None:
            found = processes(runner.pid, depth)
        for process in found[:1]:  # the oldest: a report is tried twice, not three times
            process.kill()
        time.sleep(moments.uniform(0, 1))

    assert ended(runner)[0] == 0, batch.digest()
    assert_all_well(batch, 8)


def processes(runner: int, depth: int) -> list[psutil.Process]:
    """Return the processes so many forks below the runner's, each of which has the next ones."""
    try:
        found = [p for p in psutil.Process(runner).children() if "forkserver" in "".join(p.cmdline())]
        for _ in range(depth - 1):
            found = [child for process in found for child in process.children()]
        return sorted(found, key=psutil.Process.create_time)
    except psutil.NoSuchProcess:
        return []


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
@pytest.mark.parametrize("is_early", [True, False], ids=["while it starts", "while it works"])
def test_ctrl_c_of_a_real_batch(tmp_path: Path, is_early: bool, times: int) -> None:
    """The terminal sends it to every process; what is not made is told, and made next."""
    batch = few(tmp_path, 8)
    runner = started(batch)
    until(lambda: processes(runner.pid, 1) if is_early else made(batch))
    for _ in range(times):
        os.killpg(runner.pid, signal.SIGINT)
        time.sleep(0.5)
    (status, told), there = ended(runner), made(batch)
    until(lambda: not left(batch))

    assert (status, "Traceback" in told) == (1, False)
    assert f"ยังไม่ได้ทำ {8 - len(there)} แห่ง" in told
    assert ended(started(batch))[0] == 0
    assert there.items() <= made(batch).items()
    assert_all_well(batch, 8)


FAULTS = {
    "a00": ("raise ValueError('ล้มเหลว')", "cell-failed"),
    "a01": ("import time; time.sleep(600)", "cell-timeout"),
    "a02": ("held = []\nwhile True: held.append(bytearray(1 << 24))", "memory"),
    "a03": ("import os; os.kill(os.getpid(), 9)", "kernel-died"),
}


def test_what_a_cell_does_is_told_by_its_cause(tmp_path: Path) -> None:
    """Each fault of an agency's own notebook is its own, with the notebook as far as it came."""
    batch = few(tmp_path / "งาน {y} จังหวัด", 5, "limits: {cell_seconds: 5, memory_mb: 1024}")
    shared = nbformat.read(REPOSITORY / "notebooks/agency_report.ipynb", as_version=4)
    first = next(i for i, cell in enumerate(shared.cells) if "parameters" in cell.metadata.get("tags", ()))
    shared.cells.insert(first + 1, None)
    for agency_id, (source, _) in FAULTS.items():
        shared.cells[first + 1] = nbformat.v4.new_code_cell(source)
        batch.write(f"work/{agency_id}-2568.ipynb", nbformat.writes(shared))
    assert ended(started(batch))[0] == 1
    causes = {i: (source, batch.record(i)["failure"]["cause"]) for i, (source, _) in FAULTS.items()}

    assert causes == FAULTS
    assert list(made(batch)) == ["a04"]
    for agency_id in FAULTS:
        kept = batch.out / agency_id / f"{agency_id}-2568-analysis.failed.ipynb"
        assert FAULTS[agency_id][0] in {cell.source for cell in nbformat.read(kept, as_version=4).cells}
        assert f"ita-nb report {agency_id} --year 2568" in batch.digest()
    until(lambda: not left(batch))


# ---------------------------------------------------------------- processes that make reports


# Makes so many reports at a time, as often as it is told to, and says what became of each.
RUNNER = """
import json, signal, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from ita_nb.batch import warm
from ita_nb.task import Task

agency_id, name_th, year, root = sys.argv[1:]
task = Task(agency_id, name_th, int(year), Path(root), formats=("html",))
signal.signal(signal.SIGINT, lambda *_: None)
with ThreadPoolExecutor(2) as pool:
    for line in sys.stdin:
        for made in pool.map(warm.make_apart, [task] * int(line)):
            cause = made.failure and made.failure.cause
            print(json.dumps([cause, made.record.get("kernel"), len(made.contents)]), flush=True)
    warm.stop()
"""
# What the cells begin with: the worker is what the fork server of the runner has started.
CELL = """
import os, time, psutil
from pathlib import Path
begun = Path({!r})
parents = psutil.Process().parents()
runner = next(n for n, process in enumerate(parents) if "make_apart" in " ".join(process.cmdline()))
worker = parents[runner - 2]
"""


class Runner:
    """A process that has reports made in processes apart, in a session of its own, as on a terminal."""

    def __init__(self, workspace: Workspace) -> None:
        """Start it."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, AGENCY, HANNANGAM, str(YEAR), workspace.root],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._known: dict[int, psutil.Process] = {}

    def ask(self, count: int = 1) -> None:
        """Have reports made at the same time."""
        assert self.process.stdin
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """Return what became of a report: the cause of a failure, the kind of the kernel, how many files."""
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def family(self) -> list[psutil.Process]:
        """Return every process that it, and those, have started so far, and that lives."""
        is_there = self.process.poll() is None
        found = psutil.Process(self.process.pid).children(recursive=True) if is_there else []
        self._known |= {process.pid: process for process in found}
        return [process for process in self._known.values() if is_alive(process)]

    def end(self) -> None:
        """Let it end, and with it all others."""
        self.family()
        self.process.communicate()
        assert self.process.returncode == 0
        until(lambda: not self.family())


Start = Callable[[str], Runner]


@pytest.fixture
def start(workspace: Workspace) -> Iterator[Start]:
    """Return a function that starts a runner for a notebook with one more cell."""
    started: list[Runner] = []

    def begin(cell: str) -> Runner:
        path = workspace.root / "notebooks/agency_report.ipynb"
        notebook = nbformat.read(path, as_version=4)
        source = CELL.format(str(workspace.root / "begun")) + cell
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": ["explore"]}))
        nbformat.write(notebook, path)
        started.append(Runner(workspace))
        return started[-1]

    yield begin
    for runner in started:
        runner.process.kill()
        runner.process.communicate()


ONCE = "if not begun.exists():\n    begun.touch()\n    worker.kill()"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(ONCE, [[None, "cold", 2], [None, "warm", 2]]), ("worker.kill()", [["worker-died", None, 0]])],
    ids=["once", "every time"],
)
def test_a_killed_worker_costs_one_try(start: Start, cell: str, expected: list[list[object]]) -> None:
    """The report is made again by another worker, in an ordinary kernel; the next one is warm again.

    After two workers it fails alone, and no process is left.
    """
    runner = start(cell)
    for _ in expected:
        runner.ask()
    answers = [runner.answer() for _ in expected]
    runner.end()

    assert answers == expected


def test_a_killed_fork_server_is_renewed(start: Start) -> None:
    """With it and its workers gone the next report is made all the same, and the one after is warm."""
    runner, answers = start(""), []
    for number in range(3):
        runner.ask()
        answers.append(runner.answer())
        for process in runner.family() if number == 0 else ():
            process.kill()
    runner.end()

    assert answers == [[None, "warm", 2], [None, "cold", 2], [None, "warm", 2]]


@pytest.fixture
def busy(start: Start, workspace: Workspace) -> Runner:
    """Return a runner with two kernels in the midst of their notebooks."""
    runner = start("begun.with_name(f'begun{os.getpid()}').touch()\ntime.sleep(4)")
    runner.ask(2)
    until(lambda: len([*workspace.root.glob("begun*")]) == 2)
    return runner


def test_no_process_is_left_by_a_killed_runner(busy: Runner) -> None:
    """When the runner is killed its fork server, workers and kernels end, in the midst of their reports."""
    assert len(busy.family()) > 6
    busy.process.kill()
    busy.process.wait()
    until(lambda: not busy.family())


def test_an_interrupt_of_the_terminal_reaches_the_runner_only(busy: Runner) -> None:
    """On Ctrl-C the reports in the making are finished: the runner alone decides what becomes of them."""
    os.killpg(busy.process.pid, signal.SIGINT)
    answers = [busy.answer() for _ in range(2)]
    busy.end()

    assert answers == [[None, "warm", 2]] * 2
