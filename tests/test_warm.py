"""Processes that make reports: whatever is killed, a report is made or told, and no process is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import nbformat
import psutil
import pytest
from conftest import AGENCY, YEAR, Workspace
from in_process import HANNANGAM

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux"),
]
SECONDS = 60

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
        self._root = workspace.root

    def ask(self, count: int = 1) -> None:
        """Have reports made at the same time."""
        assert self.process.stdin
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """Return what became of a report: the cause of a failure, the kind of the kernel, how many files."""
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def wait_for_cells(self, count: int) -> None:
        """Wait until so many kernels are in the midst of their notebook."""
        assert within(lambda: len([*self._root.glob("begun*")]) == count)

    def family(self) -> list[psutil.Process]:
        """Return every process that it, and those, have started so far, and that lives."""
        is_there = self.process.poll() is None
        found = psutil.Process(self.process.pid).children(recursive=True) if is_there else []
        self._known |= {process.pid: process for process in found}
        return [p for p in self._known.values() if is_alive(p)]

    def end(self) -> None:
        """Let it end, and with it all others."""
        self.family()
        self.process.communicate()
        assert self.process.returncode == 0
        assert within(lambda: not self.family())


def is_alive(process: psutil.Process) -> bool:
    """Whether a process runs, and has not only ended unnoticed."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def within(holds: Callable[[], bool]) -> bool:
    """Whether something becomes true before long."""
    end = time.monotonic() + SECONDS
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


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
LONG = "begun.with_name(f'begun{os.getpid()}').touch()\ntime.sleep(4)"


def test_a_killed_worker_costs_one_try(start: Start) -> None:
    """The report is made again by another worker, in an ordinary kernel; the next one is warm again."""
    runner = start(ONCE)
    runner.ask()
    runner.ask()
    answers = [runner.answer() for _ in range(2)]
    runner.end()

    assert answers == [[None, "cold", 2], [None, "warm", 2]]


def test_a_report_that_kills_every_worker_fails_alone(start: Start) -> None:
    """After two workers it is told, and no process is left."""
    runner = start("worker.kill()")
    runner.ask()
    answer = runner.answer()
    runner.end()

    assert answer == ["worker-died", None, 0]


def test_a_killed_fork_server_is_renewed(start: Start) -> None:
    """With it and its workers gone the next report is made all the same, and the one after is warm."""
    runner = start("")
    runner.ask()
    answers = [runner.answer()]
    for process in runner.family():
        process.kill()
    for _ in range(2):
        runner.ask()
        answers.append(runner.answer())
    runner.end()

    assert answers == [[None, "warm", 2], [None, "cold", 2], [None, "warm", 2]]


def test_no_process_is_left_by_a_killed_runner(start: Start) -> None:
    """When the runner is killed its fork server, workers and kernels end, in the midst of their reports."""
    runner = start(LONG)
    runner.ask(2)
    runner.wait_for_cells(2)
    family = runner.family()
    runner.process.kill()
    runner.process.wait()

    assert len(family) > 6
    assert within(lambda: not runner.family())


def test_an_interrupt_of_the_terminal_reaches_the_runner_only(start: Start) -> None:
    """On Ctrl-C the reports in the making are finished: the runner alone decides what becomes of them."""
    runner = start(LONG)
    runner.ask(2)
    runner.wait_for_cells(2)
    os.killpg(runner.process.pid, signal.SIGINT)
    answers = [runner.answer() for _ in range(2)]
    runner.end()

    assert answers == [[None, "warm", 2]] * 2
