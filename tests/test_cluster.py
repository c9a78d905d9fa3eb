"""The engine of many machines, on a real scheduler with workers that die, differ, leave and join."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from cluster_at_home import Cluster, cluster_at_home, made_certificates
from conftest import AGENCY, REPOSITORY, YEAR

from ita_nb.batch import calls, connection
from ita_nb.batch.cluster import DaskEngine
from ita_nb.batch.connection import ClusterError
from ita_nb.batch.task import Failure, Outcome, Task
from ita_nb.errors import ParameterError
from ita_nb.intake.directory import read_directory

MakeTask = Callable[..., Task]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a cluster with one worker."""
    with cluster_at_home(tmp_path_factory.mktemp("cluster"), workers=1) as started:
        yield started


@pytest.fixture
def make_task(tmp_path: Path) -> MakeTask:
    """Return tasks in a folder of their own; the name of the agency tells the stand-in what to do."""

    def made(agency_id: str, name: str = "") -> Task:
        return Task(f"key of {agency_id}", agency_id, name, 2568, str(tmp_path), str(tmp_path / "out"))

    return made


def _submitted(engine: DaskEngine, tasks: list[Task]) -> Iterator[Outcome]:
    for task in tasks:
        engine.submit(task)
    return engine.as_completed()


def _causes(outcomes: Iterator[Outcome]) -> dict[str, str]:
    return {o.agency_id: o.failure.cause if o.failure else "" for o in outcomes}


def _is_told_in_thai(failure: Failure | None, said: str) -> bool:
    """Whether the message says so, in Thai but for "worker"."""
    assert failure
    return said in failure.message_th and not re.search(
        "[A-Za-z]{2}", failure.message_th.replace("worker", "")
    )


def test_a_worker_killed_midway_costs_nothing(tmp_path: Path, make_task: MakeTask) -> None:
    """With one of two workers killed every task has exactly one outcome, and its documents."""
    tasks = [make_task(f"a{number}", "sleep 0.05") for number in range(40)]
    with cluster_at_home(tmp_path, workers=2) as cluster:
        engine = cluster.engine(tasks_per_call=5)
        seen: list[Outcome] = []
        for outcome in _submitted(engine, tasks):
            seen.append(outcome)
            if len(seen) == 5:
                cluster.workers[0].kill()
        engine.close()

    assert Counter(outcome.key for outcome in seen) == {task.key: 1 for task in tasks}
    assert [outcome.failure for outcome in seen if not outcome.is_done] == []
    assert len(list((tmp_path / "out").glob("*/*.pdf"))) == 40


def test_a_task_that_kills_its_worker_fails_alone(tmp_path: Path, make_task: MakeTask) -> None:
    """Of a call that kills every worker the tasks are tried one by one; the others are made."""
    with cluster_at_home(
        tmp_path, workers=0, environment={"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    ) as cluster:
        cluster.add_worker("--nthreads", "1", "--nanny")  # which starts it again
        engine = cluster.engine()
        outcomes = list(_submitted(engine, [make_task("a"), make_task("b", "die"), make_task("c")]))
        engine.close()
    (lost,) = (outcome.failure for outcome in outcomes if outcome.failure)

    assert _is_told_in_thai(lost, "หยุดกลางคัน")
    assert _causes(iter(outcomes)) == {"a": "", "b": "worker-died", "c": ""}


def test_an_error_of_the_program_fails_its_task_alone(cluster: Cluster, make_task: MakeTask) -> None:
    """What raises where it should give an outcome is told, and the tasks of its call are made."""
    engine = cluster.engine()
    outcomes = {
        o.agency_id: o for o in _submitted(engine, [make_task("a"), make_task("b", "babble no JSON")])
    }
    engine.close()

    assert outcomes["a"].is_done
    failure = outcomes["b"].failure
    assert failure
    assert failure.cause == "unexpected"
    assert "JSONDecodeError" in failure.message_th


def test_a_worker_of_another_version_that_joins_late_leaves(
    cluster: Cluster, make_task: MakeTask, tmp_path: Path
) -> None:
    """It hands back what it was given: every document is made by the others."""
    engine = cluster.engine(tasks_per_call=1)
    outcomes = _submitted(engine, [make_task(f"a{number}", "sleep 0.2") for number in range(20)])
    first = next(outcomes)
    joined = cluster.add_worker("--nthreads", "1", "--no-nanny", "--preload", str(_other_version(tmp_path)))
    seen = [first, *outcomes]
    engine.close()

    assert joined.wait(20) == 0
    assert Counter(o.is_done for o in seen) == {True: 20}


def test_unfit_workers_are_refused(tmp_path: Path) -> None:
    """A worker of two threads and one of other versions are named, with what differs."""
    with cluster_at_home(tmp_path, workers=0) as cluster:
        cluster.add_worker("--nthreads", "2", "--no-nanny", "--preload", str(_other_version(tmp_path)))
        with pytest.raises(ClusterError) as refused:
            cluster.engine()

    assert "ใช้ 2 เธรด" in refused.value.found
    assert "pandas 0.1 (เครื่องนี้ " in refused.value.found


def test_without_any_worker_the_rest_is_given_up(tmp_path: Path, make_task: MakeTask) -> None:
    """When all workers are gone for longer than the patience, every task has an outcome that says so."""
    with cluster_at_home(tmp_path, workers=1) as cluster:
        engine = cluster.engine(patience=1, tasks_per_call=2)
        outcomes = _submitted(engine, [make_task(f"a{number}", "sleep 0.1") for number in range(10)])
        first = next(outcomes)
        cluster.workers[0].kill()
        rest = list(outcomes)
        engine.close()
    causes = _causes(iter(rest))
    last = next(outcome for outcome in rest if outcome.agency_id == "a9")

    assert first.is_done
    assert len(causes) == 9
    assert _is_told_in_thai(last.failure, "ไม่มี worker นาน 1 วินาที")
    assert set(causes.values()) <= {"", "worker-died"}
    assert causes["a9"] == "worker-died"


def test_without_the_scheduler_the_rest_is_given_up(tmp_path: Path, make_task: MakeTask) -> None:
    """When the scheduler is gone, every task has an outcome, and the engine can be closed."""
    with cluster_at_home(tmp_path, workers=1) as cluster:
        engine = cluster.engine(patience=1, tasks_per_call=2)
        outcomes = _submitted(engine, [make_task(f"a{number}", "sleep 0.1") for number in range(10)])
        first = next(outcomes)
        cluster.scheduler.kill()
        causes = _causes(outcomes)
        engine.close()

    assert first.is_done
    assert len(causes) == 9
    assert causes["a9"] == "worker-died"


def test_a_real_report_comes_from_a_worker(cluster: Cluster, tmp_path: Path) -> None:
    """Without a stand-in a worker makes the demo report; when the batch is over it holds no process of it."""
    name = read_directory(REPOSITORY).agencies[AGENCY].name_th
    place = tmp_path / "out"
    task = Task("key", AGENCY, name, YEAR, str(REPOSITORY), str(place), formats=("html",))
    engine = cluster.engine(function=calls.MAKE)
    (outcome,) = _submitted(engine, [task])
    engine.close()

    assert outcome.failure is None
    assert [file.path for file in outcome.files] == [
        f"{AGENCY}/{task.stem}.{end}" for end in ("ipynb", "html")
    ]
    assert name in (place / AGENCY / f"{task.stem}.html").read_text(encoding="utf-8")
    assert psutil.Process(cluster.workers[0].pid).children(recursive=True) == []


@pytest.mark.parametrize(
    ("address", "certified", "found"),
    [
        ("tcp://10.0.0.5:8786", False, "โดยไม่เข้ารหัส"),
        ("tcp://scheduler.example:8786", False, "โดยไม่เข้ารหัส"),
        ("tcp://127.0.0.1.example:8786", False, "โดยไม่เข้ารหัส"),
        ("tcp://127.0.0.1:8786", True, "ไม่ใช้ใบรับรอง"),
        ("tls://10.0.0.5:8786", False, "ไม่ได้ระบุใบรับรอง"),
        ("10.0.0.5:8786", False, "10.0.0.5:8786"),
        ("ws://10.0.0.5:8786", False, "ws://10.0.0.5:8786"),
        ("inproc://here", False, "inproc://here"),
        ("tls://", True, "tls://"),
        ("", False, "ไม่ได้ระบุ"),
    ],
)
def test_addresses_that_are_not_safe_are_refused(
    address: str, certified: bool, found: str, tmp_path: Path
) -> None:
    """Nothing is sent in the clear beyond this machine, and no address is guessed."""
    with pytest.raises(ParameterError) as refused:
        DaskEngine(address, tls=[tmp_path] * 3 if certified else ())

    assert found in refused.value.found


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tcp://localhost:1", "tcp://[::1]:1"])
def test_a_scheduler_that_does_not_answer_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens the message names the address; loopback needs no certificates."""
    monkeypatch.setattr(connection, "_CONNECT", 0.3)

    with pytest.raises(ClusterError) as failed:
        DaskEngine(address)

    assert failed.value.where == address


def test_other_certificates_do_not_open_the_cluster(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has certificates of another authority is not let in."""
    monkeypatch.setattr(connection, "_CONNECT", 1)

    with pytest.raises(ClusterError):
        cluster.engine(tls=made_certificates(tmp_path / "other"))


def test_an_expired_certificate_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the certificate of the machines has expired the message says so."""
    monkeypatch.setattr(connection, "_CONNECT", 1)
    monkeypatch.setattr(
        "cluster_at_home.made_certificates", lambda folder: made_certificates(folder, expired=True)
    )
    with cluster_at_home(tmp_path, workers=0) as cluster, pytest.raises(ClusterError, match="expired"):
        cluster.engine()


@pytest.mark.parametrize("number", range(3), ids=["authority", "certificate", "key"])
@pytest.mark.parametrize("content", [None, "no certificate"], ids=["missing", "damaged"])
def test_a_file_that_cannot_be_used_is_named(number: int, content: str | None, tmp_path: Path) -> None:
    """Before anything is sent the message names the files, and which of them is missing."""
    tls = made_certificates(tmp_path / "certificates")
    tls[number].unlink()
    if content:
        tls[number].write_text(content)

    with pytest.raises(ParameterError) as refused:
        DaskEngine("tls://127.0.0.1:1", tls=tls)

    assert (f"{tls[number]} (ไม่มีแฟ้มนี้)" in refused.value.found) == (content is None)
    assert str(tls[number]) in refused.value.found


def _other_version(folder: Path) -> Path:
    """Return what a worker loads to pass for one with another pandas."""
    path = folder / "other_version.py"
    path.write_text(
        "from ita_nb.batch import calls\ncalls.environment = lambda: 'pandas 0.1'\n",
        encoding="utf-8",
    )
    return path
