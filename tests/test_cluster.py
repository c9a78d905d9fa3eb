"""The engine of many machines, on a real scheduler with workers that die, differ, leave and join."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_at_home import Cluster, cluster_at_home, made_certificates
from small_batch import SmallBatch
from test_batch_faults import few

from ita_nb.batch import run
from ita_nb.batch.cluster import ClusterError, DaskEngine
from ita_nb.batch.run import BatchResult, run_batch
from ita_nb.errors import ParameterError
from ita_nb.report import Made, make


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a cluster with one worker."""
    with cluster_at_home(tmp_path_factory.mktemp("cluster")) as started:
        yield started


def _run(batch: SmallBatch, cluster: Cluster, **engine: Any) -> BatchResult:
    made = DaskEngine(cluster.address, batch.root, tls=cluster.tls, **engine)
    return run_batch(batch.file, workspace=batch.root, engine=made, stream=io.StringIO())


@pytest.mark.slow
def test_a_worker_killed_midway_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one of two workers killed each of 40 agencies is put in place once, by this process alone."""
    batch, put, real = few(tmp_path / "workspace", 40), list[str](), run.put_made
    with cluster_at_home(tmp_path, [(), ()]) as cluster:

        def put_made(made: Made, folder: Path) -> list[Path]:
            put.append(folder.name)
            if len(put) == 5:
                cluster.processes[1].kill()
            return real(made, folder)

        monkeypatch.setattr(run, "put_made", put_made)
        assert _run(batch, cluster).exit_code == 0

    assert sorted(put) == sorted(path.parent.name for path in batch.out.glob("*/*.html"))
    assert len(put) == 40


@pytest.mark.slow
def test_documents_are_those_of_this_machine(cluster: Cluster, tmp_path: Path) -> None:
    """A worker that has no folder in common makes the same page."""
    batch = few(tmp_path / "มี ช่องว่าง {y}", 1)
    result = _run(batch, cluster)
    (page,) = batch.out.glob("*/*.html")

    assert result.exit_code == 0
    assert page.read_bytes() == make(result.plan.tasks[0]).contents[page.name]


@pytest.mark.slow
def test_a_scheduler_that_disappears_ends_the_batch(tmp_path: Path) -> None:
    """What was made stays, the rest is told, and the command that goes on makes it."""
    batch = few(tmp_path / "workspace", 3)
    with cluster_at_home(tmp_path) as cluster:
        engine = DaskEngine(cluster.address, batch.root, tls=cluster.tls, patience=3)
        for process in reversed(cluster.processes):
            process.kill()
        result = run_batch(batch.file, workspace=batch.root, engine=engine, stream=io.StringIO())

    assert (result.exit_code, batch.run().exit_code) == (1, 0)


@pytest.mark.slow
def test_a_worker_of_another_version_that_joins_late_leaves(cluster: Cluster, tmp_path: Path) -> None:
    """It hands back what it was given: every document is made by the others."""
    batch, other = few(tmp_path / "workspace", 6), tmp_path / "other.py"
    engine = DaskEngine(cluster.address, batch.root, tls=cluster.tls)
    other.write_text("from ita_nb.batch import cluster\ncluster.identity = lambda: {'ita-nb': 'other'}\n")
    joined = cluster.add_worker("--nthreads", "1", "--no-nanny", "--preload", str(other))
    engine._client.wait_for_workers(2, timeout=60)
    result = run_batch(batch.file, workspace=batch.root, engine=engine, stream=io.StringIO())

    assert (result.exit_code, joined.wait(30)) == (0, 0)


def test_workers_that_differ_are_refused(tmp_path: Path) -> None:
    """A worker with two threads is named before anything is made."""
    two = ("--nthreads", "2", "--no-nanny")
    with cluster_at_home(tmp_path, [two]) as cluster, pytest.raises(ClusterError, match="2 เธรด"):
        DaskEngine(cluster.address, tmp_path, tls=cluster.tls)


@pytest.mark.parametrize(
    ("address", "files", "found"),
    [
        ("tcp://10.0.0.1:8786", 0, "ใบรับรอง"),
        ("tcp://10.0.0.1:8786", 3, "ใบรับรอง"),
        ("tls://127.0.0.1:8786", 0, "โดยไม่มีใบรับรอง"),
        ("tcp://127.0.0.1:8786", 3, "และใบรับรอง"),
        ("127.0.0.1:8786", 0, "127.0.0.1:8786"),
        ("", 0, "ไม่ได้ระบุ"),
        ("tls://127.0.0.1:1", 2, "ไม่มีแฟ้มนี้"),
    ],
)
def test_an_address_that_protects_nothing_is_refused(
    tmp_path: Path, address: str, files: int, found: str
) -> None:
    """Plain connections are for this machine only, certificates for encrypted ones, and all must be there."""
    tls = made_certificates(tmp_path / "tls")
    for missing in tls[files:]:
        missing.unlink()
    with pytest.raises(ParameterError) as error:
        DaskEngine(address, tmp_path, tls=tls if files else ())

    assert found in error.value.found


@pytest.mark.parametrize("which", ["stranger", "expired"])
def test_a_certificate_of_others_does_not_connect(cluster: Cluster, tmp_path: Path, which: str) -> None:
    """Another authority's, or one that has expired, is told with its cause."""
    tls = made_certificates(tmp_path / "tls", expired=which == "expired")
    if which == "expired":
        tls = (cluster.tls[0], *tls[1:])
    with pytest.raises(ClusterError, match=r"certificate|SSL|เปิดอยู่"):
        DaskEngine(cluster.address, tmp_path, tls=tls)
