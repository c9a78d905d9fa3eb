"""The engine of many machines: workers of Dask, each with one report at a time.

A worker gets the workspace once, as bytes, and returns each report as bytes: no shared folder is needed, and
only this process writes. Beyond this machine everything is encrypted, by Dask's own TLS.
"""

from __future__ import annotations

import io
import ipaddress
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ita_nb.batch import warm
from ita_nb.batch.plan import environment, logos
from ita_nb.errors import ItaError, ParameterError
from ita_nb.facts.loader import code_version
from ita_nb.report import Made
from ita_nb.task import Task

_CONNECT_SECONDS = 20.0  # to reach the scheduler and a first worker
_PATIENCE = 120.0  # seconds without any worker until the rest of the batch is given up
_FOLDERS = ("data", "params", "facts", "notebooks", "work")


class ClusterError(ItaError):
    """The scheduler cannot be reached, or its workers are not fit for the batch."""


class DaskEngine:
    """Makes reports on the workers of a Dask cluster; see :class:`~ita_nb.batch.run.Engine`."""

    def __init__(
        self, address: str, workspace: Path, *, tls: Sequence[Path] = (), patience: float = _PATIENCE
    ) -> None:
        """Connect, look whether the workers are fit, and hand the workspace out.

        ``tls`` are the certificate of the authority, that of this machine and its key, as PEM files: none for
        plain ``tcp://``, which is for this machine only. Raises ParameterError or ClusterError.
        """
        self._client = _connect(address, tls)
        self._patience, self._seen = patience, time.monotonic()
        # Twice the workers, so that none has to wait for its next report.
        self.width = 2 * len(self._client.nthreads())
        self._workspace = self._client.scatter([packed(workspace)], broadcast=True, hash=False)[0]
        self._executor = self._client.get_executor(pure=False, retries=2)

    def submit(self, task: Task) -> Future[Made]:
        """Have a task made."""
        made: Future[Made] = self._executor.submit(make_there, task, self._workspace, identity())
        return made

    def lost(self) -> str:
        """Return why nothing more will come: for too long there was no worker."""
        now = time.monotonic()
        with suppress(OSError, TimeoutError):
            if self._client.status == "running" and self._client.nthreads():
                self._seen = now
        return f"ไม่มี worker นาน {self._patience:.0f} วินาที" if now - self._seen > self._patience else ""

    def close(self) -> None:
        """Stop what still runs and free everything."""
        if self._client.status == "running":
            self._executor.shutdown(wait=False)  # which cancels what waits
            with suppress(OSError, TimeoutError):
                self._client.run(warm.stop, on_error="ignore")
        self._client.close()


@cache
def identity() -> Mapping[str, str]:
    """Return the version of everything that must be the same on all machines, by name."""
    packages = dict(line.split(" ", 1) for line in environment().splitlines())
    cluster = {name: metadata.version(name) for name in ("dask", "distributed")}
    return {"ita-nb": code_version(), **packages, **cluster}


def packed(workspace: Path) -> bytes:
    """Return what the reports of a workspace are made of: its folders of words and data, and its logos."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted({*_inputs(workspace)}):
            target.write(path, path.relative_to(workspace).as_posix())
    return content.getvalue()


def _inputs(workspace: Path) -> Iterator[Path]:
    for path in (path for name in _FOLDERS for path in (workspace / name).rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(workspace).parts):
            yield path
            yield from logos(workspace.resolve(), path.read_bytes()) if path.suffix == ".yaml" else ()


def make_there(task: Task, workspace: bytes, expected: Mapping[str, str]) -> Made:
    """Make the document of a task on a worker, in a process apart.

    A worker that joined late and is not like the others hands the task back and leaves the cluster.
    """
    from distributed import Reschedule, get_worker

    worker = get_worker()
    if identity() != expected or worker.state.nthreads != 1:
        worker.loop.add_callback(worker.close_gracefully, reason="not the versions of the batch")
        raise Reschedule
    warm.stopped.clear()  # of the batch before
    made = warm.make_apart(replace(task, workspace=Path(_unpacked(workspace).name).resolve()))
    return replace(made, task=task)


@lru_cache(maxsize=1)
def _unpacked(workspace: bytes) -> tempfile.TemporaryDirectory[str]:
    """Return the folder of a workspace; it goes with the next one, or with the worker."""
    folder = tempfile.TemporaryDirectory(prefix="ita-nb-")
    with zipfile.ZipFile(io.BytesIO(workspace)) as source:
        source.extractall(folder.name)
    return folder


# ---------------------------------------------------------------- connecting


def _connect(address: str, tls: Sequence[Path]) -> Any:
    """Return a client of a scheduler whose workers are fit for a batch."""
    try:
        from distributed import Client
    except ImportError as error:
        raise ItaError(
            where="--scheduler",
            expected="ส่วนเสริมสำหรับทำงานหลายเครื่อง (cluster)",
            found=str(error),
            todo='ติดตั้งด้วย pip install "ita-nb[cluster]"',
        ) from error
    _check_address(address, tls)
    security = _security_of(tls) if tls else None
    try:
        client: Any = Client(address, security=security, timeout=_CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        # Of a handshake that failed only the cause tells why, such as a certificate that has expired.
        why = f"{type(error).__name__}: {error} {error.__cause__ or ''}"
        raise _unreachable(address, why.rstrip()) from error
    try:
        _check_workers(client, address)
    except BaseException:
        client.close()
        raise
    return client


def _security_of(tls: Sequence[Path]) -> Any:
    """Return what Dask needs to connect with these files, encrypted or not at all."""
    from distributed import Security

    names = ("tls_ca_file", "tls_client_cert", "tls_client_key")
    files = dict(zip(names, map(str, tls), strict=True))
    security: Any = Security(require_encryption=True, **files)  # type: ignore[no-untyped-call]
    try:
        security.get_connection_args("client")
    except OSError as error:  # it names no file
        shown = ", ".join(f"{path}{'' if path.is_file() else ' (ไม่มีแฟ้มนี้)'}" for path in tls)
        raise ParameterError(
            where="--tls-ca --tls-cert --tls-key",
            expected="แฟ้ม PEM สามแฟ้ม: ใบรับรองของผู้ออกใบรับรอง ใบรับรองของเครื่องนี้ และกุญแจของใบรับรองนั้น",
            found=f"{shown}: {error}",
            todo="ระบุแฟ้มที่อ่านได้และเข้าคู่กัน วิธีสร้างอยู่ใน README.md",
        ) from error
    return security


def _check_address(address: str, tls: Sequence[Path]) -> None:
    parts = urlsplit(address)
    is_fit = parts.scheme == "tls" if tls else parts.scheme == "tcp" and _is_loopback(parts.hostname or "")
    if not is_fit or not parts.hostname:
        raise ParameterError(
            where="--scheduler",
            expected="tls://เครื่อง:8786 พร้อม --tls-ca --tls-cert --tls-key (tcp:// ซึ่งส่งข้อมูลโดยไม่เข้ารหัส "
            "ใช้ได้เฉพาะภายในเครื่องเดียวกัน เช่น tcp://127.0.0.1:8786)",
            found=f"{address or 'ไม่ได้ระบุที่อยู่'} {'และใบรับรอง' if tls else 'โดยไม่มีใบรับรอง'}",
            todo="เปิด scheduler และ worker ด้วยใบรับรองของหน่วยงาน ตามตัวอย่างใน README.md",
        )


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _check_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        threads = client.nthreads()
        versions = client.run(identity, on_error="return")
    except (OSError, TimeoutError) as error:
        raise _unreachable(address, f"ไม่มี worker ({error})") from error
    ours = identity()
    found = [f"{worker} ใช้ {count} เธรด" for worker, count in threads.items() if count != 1]
    found += [
        f"{worker} {_difference(ours, theirs)}" for worker, theirs in versions.items() if theirs != ours
    ]
    if found:
        raise ClusterError(
            where=address,
            expected="worker ทุกตัวใช้เธรดเดียว และโปรแกรมกับไลบรารีรุ่นเดียวกับเครื่องนี้",
            found="; ".join(found),
            todo="ติดตั้งรุ่นเดียวกันทุกเครื่อง แล้วเปิด worker ใหม่ด้วย --nthreads 1",
        )


def _difference(ours: Mapping[str, str], theirs: Mapping[str, str] | Exception) -> str:
    if isinstance(theirs, Exception):
        return f"{type(theirs).__name__}: {theirs}"
    names = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    return ", ".join(f"{name} {theirs.get(name, '-')} (เครื่องนี้ {ours.get(name, '-')})" for name in names)


def _unreachable(address: str, found: str) -> ClusterError:
    return ClusterError(
        where=address,
        expected="Dask scheduler ที่เปิดอยู่ และมี worker อย่างน้อยหนึ่งตัว",
        found=found,
        todo="ตรวจที่อยู่และใบรับรอง แล้วเปิด scheduler กับ worker ตามตัวอย่างใน README.md",
    )
