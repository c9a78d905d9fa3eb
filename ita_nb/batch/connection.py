"""Connecting to a Dask scheduler: encrypted beyond this machine, and only where its workers are fit."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ita_nb.batch import calls
from ita_nb.errors import ItaError, ParameterError

_CONNECT = 20.0  # seconds, to reach the scheduler and a first worker


class ClusterError(ItaError):
    """The scheduler cannot be reached, or its workers are not fit for the batch."""


def connect(address: str, tls: Sequence[Path] = ()) -> Any:
    """Return a client of a scheduler whose workers are fit for a batch.

    ``tls`` are the certificate of the authority, that of this machine and its key, as PEM files: none for
    plain ``tcp://``, which is for this machine only. Raises ParameterError or ClusterError.
    """
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
        client: Any = Client(address, security=security, timeout=_CONNECT, set_as_default=False)  # type: ignore[no-untyped-call]
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
    is_encrypted = parts.scheme == "tls"
    if is_encrypted and not tls:
        found = "ไม่ได้ระบุใบรับรอง"
    elif parts.scheme == "tcp" and not _is_loopback(parts.hostname or ""):
        found = f"{address} ซึ่งส่งข้อมูลผ่านเครือข่ายโดยไม่เข้ารหัส"
    elif parts.scheme not in ("tls", "tcp") or not parts.hostname:
        found = address or "ไม่ได้ระบุ"
    elif tls and not is_encrypted:
        found = f"{address} ซึ่งไม่ใช้ใบรับรอง"
    else:
        return
    raise ParameterError(
        where="--scheduler",
        expected="tls://เครื่อง:8786 พร้อม --tls-ca --tls-cert --tls-key (tcp:// ใช้ได้เฉพาะภายในเครื่องเดียวกัน เช่น tcp://127.0.0.1:8786)",
        found=found,
        todo="เปิด scheduler และ worker ด้วยใบรับรองของหน่วยงาน ตามตัวอย่างใน README.md",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_CONNECT)
        threads = client.nthreads()
        versions = client.run(calls.identity, on_error="return")
    except (OSError, TimeoutError) as error:
        raise _unreachable(address, f"ไม่มี worker ({error})") from error
    ours = calls.identity()
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
