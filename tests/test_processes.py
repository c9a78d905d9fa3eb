"""The engine of this machine: every task gets an outcome, whatever becomes of its worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from small_batch import is_alive

from ita_nb.batch import processes
from ita_nb.batch.processes import ProcessEngine
from ita_nb.batch.task import Outcome, Task
from ita_nb.batch.template import Template, TemplateError, private_folder
from ita_nb.batch.workers import Worker

TESTS = Path(__file__).parent
STAND_IN = "stand_in_worker"
MakeTask = Callable[..., Task]


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS), prepend=os.pathsep)


@pytest.fixture
def make_task(tmp_path: Path) -> MakeTask:
    """Return tasks in a folder of their own; the name of the agency tells the stand-in what to do."""

    def make(agency_id: str, name: str = "", **other: object) -> Task:
        values = {"key": f"key of {agency_id}", "agency_id": agency_id, "name_th": name, "fiscal_year": 2568}
        return Task(**values, workspace=str(tmp_path), out=str(tmp_path / "out"), **other)  # type: ignore[arg-type]

    return make


@pytest.fixture
def engine() -> Iterator[ProcessEngine]:
    """Return an engine of two ordinary workers, closed in the end."""
    made = ProcessEngine(2, "cold", STAND_IN)
    yield made
    made.close()


def _all(engine: ProcessEngine, tasks: list[Task]) -> dict[str, Outcome]:
    for task in tasks:
        engine.submit(task)
    return {outcome.agency_id: outcome for outcome in engine.as_completed()}


def _executed(folder: Path) -> list[list[str]]:
    return [line.split() for line in (folder / "executed.log").read_text(encoding="utf-8").splitlines()]


def _workers() -> list[psutil.Process]:
    every = (p for p in psutil.Process().children(recursive=True) if is_alive(p.pid))
    return [p for p in every if "ita_nb.batch.lifeline" in p.cmdline()]


def test_every_task_has_one_outcome(engine: ProcessEngine, make_task: MakeTask, tmp_path: Path) -> None:
    """Forty tasks give forty outcomes, made by two workers and no more."""
    outcomes = _all(engine, [make_task(f"a{number}") for number in range(40)])

    assert [outcome.is_done for outcome in outcomes.values()] == [True] * 40
    assert len({process for _, process in _executed(tmp_path)}) == 2


def test_more_tasks_may_come_while_outcomes_are_read(engine: ProcessEngine, make_task: MakeTask) -> None:
    """A task that is submitted between two outcomes is yielded as well."""
    engine.submit(make_task("first"))
    seen = []
    for outcome in engine.as_completed():
        seen.append(outcome.agency_id)
        if len(seen) < 3:
            engine.submit(make_task(f"after{len(seen)}"))

    assert seen == ["first", "after1", "after2"]


def test_a_dead_worker_gives_its_task_a_second_try(engine: ProcessEngine, make_task: MakeTask) -> None:
    """A task whose worker died once is made by another worker."""
    assert _all(engine, [make_task("a", "die once")])["a"].is_done


def test_a_task_that_kills_two_workers_fails_alone(engine: ProcessEngine, make_task: MakeTask) -> None:
    """The third worker is for the next task; the failure tells the last words of the second."""
    outcomes = _all(engine, [make_task("a", "die"), make_task("b"), make_task("c")])

    failure = outcomes["a"].failure
    assert failure
    assert failure.cause == "worker-died"
    assert "สิ้นใจ" in failure.message_th
    assert outcomes["a"].attempts == 2
    assert outcomes["b"].is_done
    assert outcomes["c"].is_done


@pytest.mark.parametrize(
    "answer",
    ["no JSON", "{}", "[]", '{"key": 1}', Outcome("key of another", "b").to_json()],
    ids=["text", "empty", "list", "half", "of another task"],
)
def test_a_worker_that_babbles_is_not_believed(
    engine: ProcessEngine, make_task: MakeTask, answer: str
) -> None:
    """An answer that is no outcome of the task counts as the death of the worker."""
    failure = _all(engine, [make_task("a", f"babble {answer}")])["a"].failure

    assert failure
    assert failure.cause == "worker-died"


def test_a_worker_that_cannot_start_fails_the_task(make_task: MakeTask) -> None:
    """Without a usable worker every task has an outcome that says why."""
    engine = ProcessEngine(1, "cold", "no_such_module")
    failure = _all(engine, [make_task("a")])["a"].failure
    engine.close()

    assert failure
    assert "no_such_module" in failure.message_th


def test_a_worker_that_hangs_is_killed(
    engine: ProcessEngine, make_task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past its limit and the grace a task fails as overrun, and its worker is gone."""
    monkeypatch.setattr(processes, "_GRACE", 0.5)
    failure = _all(engine, [make_task("a", "sleep 600", run_seconds=0)])["a"].failure

    assert failure
    assert failure.cause == "run-timeout"
    assert _workers() == []


def test_what_nobody_foresaw_fails_its_task_alone(
    engine: ProcessEngine, make_task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no thread can be had to watch a worker its task fails, the worker goes, and the batch goes on."""
    whole = Worker.ask

    def ask(worker: Worker, task: Task, seconds: float) -> Outcome:
        if task.agency_id == "a":
            raise RuntimeError("can't start new thread")
        return whole(worker, task, seconds)

    monkeypatch.setattr(Worker, "ask", ask)
    outcomes = _all(engine, [make_task(name) for name in "abc"])
    engine.close()

    failure = outcomes["a"].failure
    assert failure
    assert (failure.cause, "can't start new thread" in failure.message_th) == ("unexpected", True)
    assert [outcomes[name].is_done for name in "bc"] == [True, True]
    assert _workers() == []


@pytest.mark.parametrize(("given", "done"), [(0, [False, False]), (1, [True, True])])
def test_seats_that_cannot_be_had_are_no_hindrance(
    engine: ProcessEngine, make_task: MakeTask, monkeypatch: pytest.MonkeyPatch, given: int, done: list[bool]
) -> None:
    """With a thread for one seat of two all is made; with none every task fails, and nothing waits."""
    whole, left = threading.Thread.start, [given]

    def start(thread: threading.Thread) -> None:
        if thread.name.endswith("(_sit)"):
            if not left[0]:
                raise RuntimeError("can't start new thread")
            left[0] -= 1
        whole(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    outcomes = _all(engine, [make_task(name) for name in "ab"])

    assert [outcomes[name].is_done for name in "ab"] == done
    assert {o.failure.cause for o in outcomes.values() if o.failure} <= {"unexpected"}


def test_cancel_finishes_what_runs_and_drops_what_waits(
    engine: ProcessEngine, make_task: MakeTask, tmp_path: Path
) -> None:
    """After cancel the running tasks have their outcome, and nothing else was started."""
    for number in range(10):
        engine.submit(make_task(f"a{number}", "sleep 0.8"))
    outcomes = []
    for outcome in engine.as_completed():
        engine.cancel()
        outcomes.append(outcome)

    # Both seats may have ended their first task, and begun the next one, before anybody could cancel.
    assert 1 < len(outcomes) <= 4
    assert len(outcomes) == len(_executed(tmp_path))


def test_close_ends_what_runs(engine: ProcessEngine, make_task: MakeTask, tmp_path: Path) -> None:
    """Close ends running workers at once; nothing is yielded any more, and it may be called again."""
    for number in range(4):
        engine.submit(make_task(f"a{number}", "sleep 600"))
    while not (tmp_path / "executed.log").exists():
        time.sleep(0.05)
    engine.close()
    engine.close()

    assert list(engine.as_completed()) == []
    assert _workers() == []


def test_no_process_is_left(engine: ProcessEngine, make_task: MakeTask) -> None:
    """After close no child is left, and none is a zombie."""
    before = psutil.Process().children(recursive=True)
    _all(engine, [make_task("a"), make_task("b", "die")])
    engine.close()

    assert psutil.Process().children(recursive=True) == before


def test_a_worker_that_grew_is_replaced(
    engine: ProcessEngine, make_task: MakeTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no allowance for growth at all a worker still serves once, and another takes over."""
    monkeypatch.setattr(processes, "_GROWTH", -1.0)
    monkeypatch.setattr(processes, "_GROWTH_MB", -1)
    _all(engine, [make_task(f"a{number}") for number in range(4)])

    assert len({process for _, process in _executed(tmp_path)}) == 4


_RUNNER = """
import sys
from pathlib import Path
from ita_nb.batch.processes import ProcessEngine
from ita_nb.batch.task import Task
engine = ProcessEngine(2, sys.argv[2], "stand_in_worker")
for name in ("a", "b"):
    engine.submit(Task(name, name, "sleep 600", 1, sys.argv[1], sys.argv[1] + "/out"))
list(engine.as_completed())
"""


def _workers_of_killed_runner(folder: Path, kernel: str) -> list[int]:
    runner = subprocess.Popen([sys.executable, "-c", _RUNNER, str(folder), kernel])
    log = folder / "executed.log"
    while not log.exists() or len(_executed(folder)) < 2:
        time.sleep(0.05)
    family = [p.pid for p in psutil.Process(runner.pid).children(recursive=True)]
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    return [*family, *(int(process) for _, process in _executed(folder))]


def _gone(pids: list[int], within: float = 30) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not any(map(is_alive, pids)):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_workers_end_with_their_runner(tmp_path: Path) -> None:
    """When the runner is killed its workers end in the middle of their tasks."""
    assert _gone(_workers_of_killed_runner(tmp_path, "cold"))


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_what_a_killed_process_left_is_cleared() -> None:
    """A new engine removes the private folders of processes that are gone, and no other's."""
    own = private_folder()
    leave = "import os; from ita_nb.batch.template import private_folder as p; print(p(), flush=True)"
    said = subprocess.run(
        [sys.executable, "-c", f"{leave}; os.kill(os.getpid(), 9)"],
        capture_output=True,
        text=True,
        check=False,
    )
    left = Path(said.stdout.strip())
    was_there = left.is_dir()
    ProcessEngine(1, "cold").close()

    assert (was_there, left.exists(), own.exists()) == (True, False, True)
    own.rmdir()


class TestForked:
    """Workers that are forked from the template."""

    pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the template needs Linux")

    def test_they_do_the_same(self, make_task: MakeTask, tmp_path: Path) -> None:
        """Forked workers make, fail, die and are replaced like ordinary ones; none is left."""
        engine = ProcessEngine(2, "warm", STAND_IN)
        tasks = [make_task(f"a{number}") for number in range(10)]
        outcomes = _all(engine, [*tasks, make_task("b", "die once"), make_task("c", "die")])
        engine.close()

        assert Counter(outcome.is_done for outcome in outcomes.values()) == {True: 11, False: 1}
        assert "สิ้นใจ" in str(outcomes["c"].failure)
        assert _gone([int(process) for _, process in _executed(tmp_path)])

    def test_without_a_template_they_are_ordinary(
        self, make_task: MakeTask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where no template can start, in two tries, ordinary workers make everything; the reason is kept."""
        tried = []

        def fail(_: object) -> Template:
            tried.append(1)
            raise TemplateError("มีสองเธรด")

        monkeypatch.setattr(Template, "start", fail)
        engine = ProcessEngine(1, "warm", STAND_IN)
        outcomes = _all(engine, [make_task("a"), make_task("b", "die once"), make_task("c")])
        engine.close()

        assert all(outcome.is_done for outcome in outcomes.values())
        assert engine.trouble == "มีสองเธรด"
        assert len(tried) == 2

    def test_they_survive_their_template(self, make_task: MakeTask, tmp_path: Path) -> None:
        """When the template is killed workers finish their tasks, and later ones come from a new template."""
        engine = ProcessEngine(1, "warm", STAND_IN)
        engine.submit(make_task("a", "sleep 1"))
        engine.submit(make_task("b", "die once"))
        while not (tmp_path / "executed.log").exists():
            time.sleep(0.05)
        nursery = engine._nursery
        assert nursery
        assert nursery._template
        first = nursery._template.pid
        os.kill(first, signal.SIGKILL)
        outcomes = {outcome.agency_id: outcome for outcome in engine.as_completed()}
        second = nursery._template.pid
        engine.close()

        assert [outcomes[name].is_done for name in "ab"] == [True, True]
        assert second != first

    def test_they_end_with_their_runner(self, tmp_path: Path) -> None:
        """When the runner is killed its template and workers end."""
        assert _gone(_workers_of_killed_runner(tmp_path, "warm"))
