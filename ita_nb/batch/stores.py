"""Where finished files are put: a folder of this machine, or any address that fsspec knows.

``out`` is a path (``outputs/udon/banmai``) or an address (``s3://bucket/udon/banmai``).
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ita_nb.batch.task import MadeFile
from ita_nb.errors import ItaError

# In these an object appears whole when its upload ends; elsewhere a reader could meet half a file.
_WHOLE_OBJECTS = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory"}


class StoreError(ItaError):
    """A file could not be written to, or read from, the place of the outputs."""


def is_address(out: str) -> bool:
    """Whether ``out`` is an fsspec address, not a path of this machine."""
    return "://" in out


def put_together(made: Sequence[Path], out: str) -> tuple[MadeFile, ...]:
    """Put all files under ``out``, or none: a locked file must not leave a mixed set.

    The files are moved away from where they were made. Their paths in the result begin with the last
    part of ``out``. An object store replaces them one after another: what is whole is each file.
    Raises StoreError.
    """
    try:
        name = PurePosixPath(Path(out).as_posix()).name
        described = tuple(_described(path, f"{name}/{path.name}") for path in made)
        if is_address(out):
            _upload(made, out)
        else:
            _move(made, Path(out))
    except ItaError:
        raise
    except Exception as error:
        raise unwritable(out, error) from error
    return described


def size_of(path: str) -> int | None:
    """Return the bytes of a file or an object, ``None`` where there is none."""
    if not is_address(path):
        return Path(path).stat().st_size if Path(path).is_file() else None
    store, inside = _store_of(path)
    return int(store.size(inside)) if store.isfile(inside) else None


def is_changed(path: str, recorded: MadeFile, before: float) -> bool | None:
    """Whether a file is another one than was recorded ``before`` (POSIX seconds); ``None`` where none is.

    It is read only where its time speaks against it, and at an address never: there its size decides.
    """
    if is_address(path):
        size = size_of(path)
        return None if size is None else size != recorded.size
    try:
        state = Path(path).stat()
    except OSError:
        return None
    if not stat.S_ISREG(state.st_mode):
        return None
    if state.st_size != recorded.size or state.st_mtime <= before:
        return state.st_size != recorded.size
    try:
        return sha256_of(Path(path)) != recorded.sha256
    except OSError:  # who keeps it open may be writing it
        return True


def copy_aside(path: str) -> str:
    """Copy a file that a person edited to ``<stem>.edited-<number>`` beside it; return the copy's path.

    A copy that is there already is not made again. Raises StoreError.
    """
    stem, dot, ending = path.rpartition(".")
    try:
        content = _read(path)
        for number in itertools.count(1):
            aside = f"{stem}.edited-{number}{dot}{ending}"
            if size_of(aside) is None:
                _write(aside, content)
                return aside
            if _read(aside) == content:
                return aside
    except ItaError:
        raise
    except Exception as error:
        raise unwritable(path, error) from error
    raise AssertionError("numbers do not end")


def _read(path: str) -> bytes:
    if not is_address(path):
        return Path(path).read_bytes()
    store, inside = _store_of(path)
    return bytes(store.cat_file(inside))


def _write(path: str, content: bytes) -> None:
    if is_address(path):
        store, inside = _store_of(path)
        store.pipe_file(inside, content)
        return
    target = Path(path)
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(content)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def remove(path: str) -> None:
    """Remove a file or an object, where there is one. Raises StoreError."""
    try:
        if not is_address(path):
            Path(path).unlink(missing_ok=True)
            return
        store, inside = _store_of(path)
        if store.exists(inside):
            store.rm_file(inside)
    except ItaError:
        raise
    except Exception as error:
        raise unwritable(path, error) from error


def sha256_of(path: Path) -> str:
    """Return the fingerprint of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _described(path: Path, shown_as: str) -> MadeFile:
    return MadeFile(shown_as, path.stat().st_size, sha256_of(path))


def _move(made: Sequence[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    targets = [folder / path.name for path in made]
    for target in targets:
        if target.exists():
            target.open("r+b").close()
    try:
        _replace(made, targets)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_then_replace(made, targets)


def _copy_then_replace(made: Sequence[Path], targets: Sequence[Path]) -> None:
    """Copy beside the targets first, so that what can fail for want of room fails before any is replaced."""
    beside = [target.with_name(f".{target.name}.part") for target in targets]
    try:
        for path, part in zip(made, beside, strict=True):
            shutil.copyfile(path, part)
        _replace(beside, targets)
    finally:
        for part in beside:
            part.unlink(missing_ok=True)
    for path in made:
        path.unlink()


def _replace(made: Sequence[Path], targets: Sequence[Path]) -> None:
    for path, target in zip(made, targets, strict=True):
        path.replace(target)


def _upload(made: Sequence[Path], out: str) -> None:
    store, folder = _store_of(out)
    store.makedirs(folder, exist_ok=True)
    targets = [f"{folder}/{path.name}" for path in made]
    protocols = {store.protocol} if isinstance(store.protocol, str) else set(store.protocol)
    if protocols & _WHOLE_OBJECTS:
        for path, target in zip(made, targets, strict=True):
            store.put_file(str(path), target)
    else:
        _upload_then_rename(made, targets, store)
    for path in made:
        path.unlink()


def _upload_then_rename(made: Sequence[Path], targets: Sequence[str], store: Any) -> None:
    beside = [
        f"{target.rpartition('/')[0]}/.{path.name}.part" for path, target in zip(made, targets, strict=True)
    ]
    try:
        for path, part in zip(made, beside, strict=True):
            store.put_file(str(path), part)
        for part, target in zip(beside, targets, strict=True):
            store.mv(part, target)
    finally:
        for part in filter(store.exists, beside):
            store.rm_file(part)


def _store_of(address: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs

        store, inside = url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise StoreError(
            where=address,
            expected="ที่อยู่ของที่เก็บแฟ้มซึ่งเครื่องนี้เปิดได้ เช่น s3://ชื่อถัง/โฟลเดอร์",
            found=f"{type(error).__name__}: {error}",
            todo='ติดตั้งส่วนเสริมด้วย pip install "ita-nb[cluster]" หรือใช้โฟลเดอร์ในเครื่อง',
        ) from error
    return store, str(inside).rstrip("/")


def unwritable(out: str, error: Exception) -> StoreError:
    """Return the error that says in four parts why nothing could be put under ``out``."""
    todo = "ปิดโปรแกรมที่เปิดแฟ้มนี้อยู่ หรือเลือกโฟลเดอร์อื่นด้วย --out แฟ้มชุดเดิมยังอยู่ครบ"
    if is_address(out):
        todo = "ตรวจสิทธิ์เขียนและการเชื่อมต่อกับที่เก็บแฟ้ม แล้วสั่งใหม่"
    return StoreError(
        where=out,
        expected="เขียนแฟ้มผลลัพธ์ได้ทุกแฟ้ม",
        found=str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}",
        todo=todo,
    )
