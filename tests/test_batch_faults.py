"""What a real batch does when something breaks: one case stays one case, and the next run goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
import pytest
from small_batch import REPOSITORY, SmallBatch

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


def ended(runner: subprocess.Popen[str]) -> str:
    """Wait for the end of a batch, and return what it said."""
    return runner.communicate(timeout=300)[1]


def left(batch: SmallBatch) -> list[psutil.Process]:
    """Return the processes of a batch that still run."""
    found = []
    for process in psutil.process_iter():
        try:
            is_ours = process.environ().get(_MARK) == str(batch.root)
        except psutil.Error:
            continue
        found += [process] if is_ours and process.status() != psutil.STATUS_ZOMBIE else []
    return found


def until(is_so: Callable[[], object]) -> None:
    """Wait for something, two minutes at most."""
    end = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


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
    before, runner = made(batch), started(batch)

    assert (ended(runner), runner.returncode)[1] == 0
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

    assert (ended(runner), runner.returncode)[1] == 0, batch.digest()
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
    told, there = ended(runner), made(batch)
    until(lambda: not left(batch))

    assert (runner.returncode, "Traceback" in told) == (1, False)
    assert f"ยังไม่ได้ทำ {8 - len(there)} แห่ง" in told
    runner = started(batch)
    assert (ended(runner), runner.returncode)[1] == 0
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
    runner = started(batch)
    ended(runner)
    failures = {agency_id: batch.record(agency_id)["failure"] for agency_id in FAULTS}

    assert runner.returncode == 1
    assert {i: failure["cause"] for i, failure in failures.items()} == {
        i: cause for i, (_, cause) in FAULTS.items()
    }
    assert list(made(batch)) == ["a04"]
    for agency_id in FAULTS:
        kept = batch.out / agency_id / f"{agency_id}-2568-analysis.failed.ipynb"
        assert FAULTS[agency_id][0] in {cell.source for cell in nbformat.read(kept, as_version=4).cells}
        assert f"ita-nb report {agency_id} --year 2568" in batch.digest()
    until(lambda: not left(batch))
