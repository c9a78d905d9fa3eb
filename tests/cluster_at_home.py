"""A Dask cluster on this machine for tests: a scheduler and workers, each a process of its own, with TLS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trustme

from ita_nb.batch.cluster import DaskEngine

TESTS = Path(__file__).parent
HERE = "127.0.0.1"
_WAIT = 60.0  # seconds


@dataclass
class Cluster:
    """A running scheduler, the files of its TLS, and the workers that were started."""

    address: str
    folder: Path
    scheduler: subprocess.Popen[bytes]
    tls: tuple[Path, Path, Path]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict)

    def add_worker(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker of one thread that nobody restarts; it joins a little later."""
        options = options or ("--nthreads", "1", "--no-nanny")
        command = ["worker", self.address, "--host", HERE, "--no-dashboard", *options]
        worker = _started([*command, *_tls(self.tls)], self.folder, self.environment)
        self.workers.append(worker)
        return worker

    def engine(self, **other: Any) -> DaskEngine:
        """Connect to it, with the stand-in for what makes documents unless another function is named."""
        values = {"tls": self.tls, "function": "stand_in_call:make"} | other
        return DaskEngine(self.address, **values)


def made_certificates(folder: Path, *, expired: bool = False) -> tuple[Path, Path, Path]:
    """Write the certificate of a new authority, one of this machine and its key; return the three files."""
    folder.mkdir()
    authority = trustme.CA()
    until = datetime.now(UTC) - timedelta(days=1) if expired else None
    machine = authority.issue_cert(HERE, not_after=until)
    files = folder / "ca.pem", folder / "node.pem", folder / "node-key.pem"
    made = authority.cert_pem, machine.cert_chain_pems[0], machine.private_key_pem
    for path, content in zip(files, made, strict=True):
        content.write_to_path(path)
    return files


@contextmanager
def cluster_at_home(
    folder: Path, workers: int, environment: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """Start a scheduler and workers on loopback; end them all afterwards."""
    environment = environment or {}
    made = made_certificates(folder / "certificates")
    told = folder / "scheduler.json"
    command = ["scheduler", "--host", HERE, "--port", "0", "--protocol", "tls", "--no-dashboard"]
    scheduler = _started([*command, "--scheduler-file", str(told), *_tls(made)], folder, environment)
    cluster = Cluster("", folder, scheduler, made, environment=environment)
    try:
        cluster.address = _address(told)
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        for process in (*cluster.workers, scheduler):
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()  # a worker before its scheduler: it would look for that one for a while
    try:
        process.wait(_WAIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _started(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    log = (folder / "cluster.log").open("ab")
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=folder,
            stdout=log,
            stderr=log,
            env=os.environ | {"PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"} | dict(environment),
        )


def _tls(files: Sequence[Path]) -> list[str]:
    pairs = zip(("--tls-ca-file", "--tls-cert", "--tls-key"), files, strict=True)
    return [text for option, path in pairs for text in (option, str(path))]


def _address(told: Path) -> str:
    until = time.monotonic() + _WAIT
    while time.monotonic() < until:
        try:
            return str(json.loads(told.read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError):
            time.sleep(0.05)
    raise TimeoutError("the scheduler did not start")
