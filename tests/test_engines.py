"""What every engine promises, whether it works in this process, in others, or on a cluster."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cluster_at_home import Cluster, cluster_at_home
from stand_in_call import make

from ita_nb.batch.engine import Engine
from ita_nb.batch.processes import ProcessEngine
from ita_nb.batch.task import Outcome, Task

TESTS = Path(__file__).parent
Start = Callable[[], Engine]
MakeTask = Callable[..., Task]


class _Here:
    """The smallest engine: one task after another, in this process."""

    def __init__(self) -> None:
        self._waiting: deque[Task] = deque()

    def submit(self, task: Task) -> None:
        self._waiting.append(task)

    def as_completed(self) -> Iterator[Outcome]:
        while self._waiting:
            yield make(self._waiting.popleft(), "")

    def cancel(self) -> None:
        self._waiting.clear()

    def close(self) -> None:
        self._waiting.clear()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a cluster with two workers."""
    with cluster_at_home(tmp_path_factory.mktemp("cluster"), workers=2) as started:
        yield started


@pytest.fixture(params=["here", "processes", "cluster"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Return one engine after another, with a stand-in for what makes documents, and close it."""
    monkeypatch.setenv("PYTHONPATH", f"{TESTS}{os.pathsep}{TESTS.parent}")
    started: dict[str, Start] = {
        "here": _Here,
        "processes": lambda: ProcessEngine(2, "cold", "stand_in_worker"),
        "cluster": lambda: request.getfixturevalue("cluster").engine(tasks_per_call=3),
    }
    made = started[request.param]()
    yield made
    made.close()


@pytest.fixture
def make_task(tmp_path: Path) -> MakeTask:
    """Return tasks in a folder of their own; the name of the agency tells the stand-in what to do."""

    def made(agency_id: str, name: str = "") -> Task:
        return Task(f"key of {agency_id}", agency_id, name, 2568, str(tmp_path), str(tmp_path / "out"))

    return made


def _executed(folder: Path) -> list[str]:
    return [line.split()[0] for line in (folder / "executed.log").read_text(encoding="utf-8").splitlines()]


def test_every_task_has_exactly_one_outcome(engine: Engine, make_task: MakeTask) -> None:
    """Twenty tasks give twenty outcomes, each of its own task."""
    tasks = [make_task(f"a{number}") for number in range(20)]
    for task in tasks:
        engine.submit(task)

    assert Counter((o.key, o.agency_id) for o in engine.as_completed()) == {
        (task.key, task.agency_id): 1 for task in tasks
    }


def test_the_files_of_an_outcome_are_in_place(engine: Engine, make_task: MakeTask, tmp_path: Path) -> None:
    """When an outcome is yielded, its files stand under the output folder with their sizes."""
    engine.submit(make_task("a"))
    (outcome,) = engine.as_completed()

    assert len(outcome.files) == 2
    assert [(tmp_path / "out" / f.path).stat().st_size for f in outcome.files] == [
        f.size for f in outcome.files
    ]


def test_a_failure_is_an_outcome(engine: Engine, make_task: MakeTask) -> None:
    """A task that fails is told as what it is, and the others are made."""
    for task in (make_task("a"), make_task("b", "raise"), make_task("c")):
        engine.submit(task)
    causes = {o.agency_id: o.failure and o.failure.cause for o in engine.as_completed()}

    assert causes == {"a": None, "b": "cell-failed", "c": None}


def test_text_from_people_arrives_as_it_is(engine: Engine, make_task: MakeTask) -> None:
    """A name with quotes, a newline and a tag does not disturb the protocol."""
    engine.submit(make_task("a", 'อบต."บ้าน\n<b>=cmd|\u2028../ใหม่'))
    (outcome,) = engine.as_completed()

    assert outcome.is_done


def test_more_tasks_may_come_while_outcomes_are_read(engine: Engine, make_task: MakeTask) -> None:
    """A task that is submitted between two outcomes is yielded as well."""
    engine.submit(make_task("first"))
    seen = []
    for outcome in engine.as_completed():
        seen.append(outcome.agency_id)
        if len(seen) < 3:
            engine.submit(make_task(f"after{len(seen)}"))

    assert seen == ["first", "after1", "after2"]


def test_an_idle_engine_yields_nothing(engine: Engine) -> None:
    """Without tasks there is no outcome to wait for."""
    assert list(engine.as_completed()) == []


def test_cancel_finishes_what_runs_and_drops_what_waits(
    engine: Engine, make_task: MakeTask, tmp_path: Path
) -> None:
    """After cancel everything that was started is yielded, and most was never started."""
    for number in range(60):
        engine.submit(make_task(f"a{number}", "sleep 0.1"))
    seen = []
    for outcome in engine.as_completed():
        engine.cancel()
        seen.append(outcome.agency_id)

    assert sorted(seen) == sorted(_executed(tmp_path))
    assert len(seen) < 30


def test_close_ends_the_outcomes(engine: Engine, make_task: MakeTask) -> None:
    """An engine that is closed in the middle yields no more, and may be closed again."""
    for number in range(20):
        engine.submit(make_task(f"a{number}", "sleep 0.1"))
    outcomes = engine.as_completed()
    next(outcomes)
    engine.close()
    engine.close()

    assert len(list(outcomes)) < 15
