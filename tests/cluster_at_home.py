"""A Dask cluster on this machine for tests: a scheduler and workers, each a process of its own, with TLS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

HERE = "127.0.0.1"
_WAIT = 60.0  # seconds


@dataclass
class Cluster:
    """A running scheduler, the files of its TLS, and the workers that were started."""

    folder: Path
    tls: tuple[Path, Path, Path]
    address: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add_worker(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker of one thread that nobody restarts; it joins a little later."""
        options = options or ("--nthreads", "1", "--no-nanny")
        return self.start("worker", self.address, "--host", HERE, *options)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a program of Dask with the files of TLS."""
        pairs = zip(("--tls-ca-file", "--tls-cert", "--tls-key"), self.tls, strict=True)
        tls = [text for option, path in pairs for text in (option, str(path))]
        command = [sys.executable, "-m", "dask", *words, "--no-dashboard", *tls]
        with (self.folder / "cluster.log").open("ab") as log:
            environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
            process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=environment)
        self.processes.append(process)
        return process


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
def cluster_at_home(folder: Path, workers: Sequence[Sequence[str]] = ((),)) -> Iterator[Cluster]:
    """Start a scheduler and workers with their options on loopback; end them all afterwards."""
    cluster = Cluster(folder, made_certificates(folder / "certificates"))
    told = folder / "scheduler.json"
    cluster.start(
        *("scheduler", "--host", HERE, "--port", "0", "--protocol", "tls", "--scheduler-file", str(told))
    )
    try:
        cluster.address = _address(told)
        for options in workers:
            cluster.add_worker(*options)
        yield cluster
    finally:
        for process in reversed(cluster.processes):  # a worker would look for its scheduler for a while
            process.terminate()
            try:
                process.wait(_WAIT)
            except subprocess.TimeoutExpired:
                process.kill()


def _address(told: Path) -> str:
    until = time.monotonic() + _WAIT
    while time.monotonic() < until:
        try:
            return str(json.loads(told.read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError):
            time.sleep(0.05)
    raise TimeoutError("the scheduler did not start")
