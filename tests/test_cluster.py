"""The engine of many machines, on a real scheduler with workers that die, differ, leave and join."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_at_home import Cluster, cluster_at_home, made_certificates
from small_batch import SmallBatch

from ita_nb.batch.cluster import ClusterError, DaskEngine
from ita_nb.batch.run import run_batch
from ita_nb.errors import ParameterError
from ita_nb.report import Made, make


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a cluster with one worker."""
    with cluster_at_home(tmp_path_factory.mktemp("cluster")) as started:
        yield started


def _few(root: Path, number: int) -> SmallBatch:
    """Return a workspace of agencies with a total each, of which HTML is wanted."""
    batch = SmallBatch.make(root, {f"a{n}": f"เทศบาลตำบลที่ {n}" for n in range(number)})
    asked = ("fiscal_year: 2568", "agencies: {all: true}", "overview: false", "formats: [html]")
    batch.write("params/few.yaml", *asked)
    return batch


def _run(batch: SmallBatch, cluster: Cluster, **engine: Any) -> tuple[Any, str]:
    stream = io.StringIO()
    made = DaskEngine(cluster.address, batch.root, tls=cluster.tls, **engine)
    return run_batch(batch.file, workspace=batch.root, engine=made, stream=stream), stream.getvalue()


@pytest.mark.slow
def test_a_worker_killed_midway_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one of two workers killed each of 40 agencies is put in place once, by this process alone."""
    from ita_nb.batch import run

    batch, put = _few(tmp_path / "workspace", 40), list[str]()
    with cluster_at_home(tmp_path, [(), ()]) as cluster:

        def put_made(made: Made, folder: Path) -> list[Path]:
            put.append(folder.name)
            if len(put) == 5:
                cluster.processes[1].kill()
            return real(made, folder)

        real = run.put_made
        monkeypatch.setattr(run, "put_made", put_made)
        result, _ = _run(batch, cluster)

    assert result.exit_code == 0
    assert sorted(put) == sorted(f"a{n}" for n in range(40))
    assert len(list(batch.out.glob("*/*.html"))) == 40


@pytest.mark.slow
def test_documents_are_those_of_this_machine(cluster: Cluster, tmp_path: Path) -> None:
    """A worker that has no folder in common makes the same page."""
    batch = _few(tmp_path / "มี ช่องว่าง {y}", 1)
    result, _ = _run(batch, cluster)
    here = make(result.plan.tasks[0])

    assert result.exit_code == 0
    assert (batch.out / "a0/a0-2568-analysis.html").read_bytes() == here.contents["a0-2568-analysis.html"]


@pytest.mark.slow
def test_a_scheduler_that_disappears_ends_the_batch(tmp_path: Path) -> None:
    """What was made stays, the rest is told, and the command that goes on makes it."""
    batch = _few(tmp_path / "workspace", 3)
    with cluster_at_home(tmp_path) as cluster:
        engine = DaskEngine(cluster.address, batch.root, tls=cluster.tls, patience=3)
        for process in reversed(cluster.processes):
            process.kill()
        result = run_batch(batch.file, workspace=batch.root, engine=engine, stream=io.StringIO())

    assert result.exit_code == 1
    assert batch.run().exit_code == 0


@pytest.mark.slow
def test_a_worker_of_another_version_that_joins_late_leaves(cluster: Cluster, tmp_path: Path) -> None:
    """It hands back what it was given: every document is made by the others."""
    batch = _few(tmp_path / "workspace", 6)
    engine = DaskEngine(cluster.address, batch.root, tls=cluster.tls)
    other = tmp_path / "other.py"
    other.write_text("from ita_nb.batch import cluster\ncluster.identity = lambda: {'ita-nb': 'other'}\n")
    joined = cluster.add_worker("--nthreads", "1", "--no-nanny", "--preload", str(other))
    engine._client.wait_for_workers(2, timeout=60)
    result = run_batch(batch.file, workspace=batch.root, engine=engine, stream=io.StringIO())

    assert result.exit_code == 0
    assert joined.wait(30) == 0


def test_workers_that_differ_are_refused(tmp_path: Path) -> None:
    """A worker with two threads is named before anything is made."""
    two = ("--nthreads", "2", "--no-nanny")
    with cluster_at_home(tmp_path, [two]) as cluster, pytest.raises(ClusterError, match="2 เธรด"):
        DaskEngine(cluster.address, tmp_path, tls=cluster.tls)


@pytest.mark.parametrize(
    ("address", "with_tls", "found"),
    [
        ("tcp://10.0.0.1:8786", False, "โดยไม่มีใบรับรอง"),
        ("tcp://10.0.0.1:8786", True, "และใบรับรอง"),
        ("tls://127.0.0.1:8786", False, "โดยไม่มีใบรับรอง"),
        ("tcp://127.0.0.1:8786", True, "และใบรับรอง"),
        ("127.0.0.1:8786", False, "127.0.0.1:8786"),
        ("", False, "ไม่ได้ระบุ"),
    ],
)
def test_an_address_that_protects_nothing_is_refused(
    tmp_path: Path, address: str, with_tls: bool, found: str
) -> None:
    """Plain connections are for this machine only, and certificates for encrypted ones."""
    tls = made_certificates(tmp_path / "tls") if with_tls else ()
    with pytest.raises(ParameterError) as error:
        DaskEngine(address, tmp_path, tls=tls)
    assert found in error.value.found


def test_unusable_certificates_are_named(tmp_path: Path) -> None:
    """A file that is missing is told."""
    files = made_certificates(tmp_path / "tls")
    files[1].unlink()
    with pytest.raises(ParameterError, match="ไม่มีแฟ้มนี้"):
        DaskEngine("tls://127.0.0.1:1", tmp_path, tls=files)


@pytest.mark.parametrize("which", ["stranger", "expired"])
def test_a_certificate_of_others_does_not_connect(cluster: Cluster, tmp_path: Path, which: str) -> None:
    """Another authority's, or one that has expired, is told with its cause."""
    tls = made_certificates(tmp_path / "tls", expired=which == "expired")
    if which == "expired":
        tls = (cluster.tls[0], *tls[1:])
    with pytest.raises(ClusterError, match=r"certificate|SSL|เปิดอยู่"):
        DaskEngine(cluster.address, tmp_path, tls=tls)
