"""Files are put into a folder together and whole; what a person edited is copied beside itself."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path

from ita_nb.batch.task import MadeFile
from ita_nb.errors import ItaError


class StoreError(ItaError):
    """A file could not be written to, or read from, the place of the outputs."""


def put_together(made: Sequence[Path], folder: Path) -> tuple[MadeFile, ...]:
    """Put all files into a folder, which is made, or none: a locked file must not leave a mixed set.

    Their paths in the result begin with the name of the folder. Raises StoreError.
    """
    try:
        described = tuple(
            MadeFile(f"{folder.name}/{path.name}", path.stat().st_size, sha256_of(path)) for path in made
        )
        _copy(made, folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    return described


def copy_aside(path: Path) -> Path:
    """Copy a file that a person edited to ``<stem>.edited-<number>`` beside it; return the copy's path.

    A copy that is there already is not made again. Raises StoreError.
    """
    try:
        content = path.read_bytes()
        for number in itertools.count(1):
            aside = path.with_stem(f"{path.stem}.edited-{number}")
            if not aside.exists():
                write_whole(aside, content)
                return aside
            if aside.read_bytes() == content:
                return aside
    except OSError as error:
        raise unwritable(path, error) from error
    raise AssertionError("numbers do not end")


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file at once, so that nobody meets half of it. Raises OSError; it is then as before."""
    part = _beside(path)
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Remove a file, where there is one. Raises StoreError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def sha256_of(path: Path) -> str:
    """Return the fingerprint of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(made: Sequence[Path], folder: Path) -> None:
    """Copy beside the targets first, so that what can fail for want of room fails before any is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    targets = [folder / path.name for path in made]
    for target in targets:
        if target.exists():
            target.open("r+b").close()
    beside = [_beside(target) for target in targets]
    try:
        for path, part in zip(made, beside, strict=True):
            shutil.copyfile(path, part)
        for part, target in zip(beside, targets, strict=True):
            part.replace(target)
    finally:
        for part in beside:
            part.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    """Return where a file is written before it is whole; what a killed run leaves there is removed later."""
    return path.with_name(f".{path.name}.part")


def unwritable(place: Path, error: Exception) -> StoreError:
    """Return the error that says in four parts why nothing could be put at a place."""
    return StoreError(
        where=str(place),
        expected="เขียนแฟ้มผลลัพธ์ได้ทุกแฟ้ม",
        found=str(error),
        todo="ตรวจสิทธิ์เขียนและเนื้อที่ว่าง ปิดโปรแกรมที่เปิดแฟ้มนี้อยู่ หรือเลือกโฟลเดอร์อื่นด้วย --out แฟ้มชุดเดิมยังอยู่ครบ",
    )
