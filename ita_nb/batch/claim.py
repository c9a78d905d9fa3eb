"""The output folder as the place of one batch at a time, without what a killed one left in it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from ita_nb.batch.ledger_file import BROKEN
from ita_nb.batch.stores import StoreError, unwritable
from ita_nb.errors import ItaError

LOCK = ".lock"
WORK = ".work"
_TRIES, _PAUSE = 5, 0.2


class ClaimedError(ItaError):
    """Another batch is at work in the output folder."""


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold the folder, which is made, for one batch; afterwards nothing unfinished is left in it.

    The lock is SQLite's, so on every system it ends with the process, however that ends. Raises
    ClaimedError, or StoreError where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = _taken(folder)
    except (OSError, sqlite3.Error) as error:
        raise unwritable(folder, error) from error
    with contextlib.closing(lock):
        _clear(folder)
        try:
            yield
        finally:
            with contextlib.suppress(StoreError):
                _clear(folder)


def _taken(folder: Path) -> sqlite3.Connection:
    try:
        return _locked(folder)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in BROKEN:
            raise
    (folder / LOCK).write_bytes(b"")  # it holds nothing; emptied, not replaced: another batch may hold it
    return _locked(folder)


def _locked(folder: Path) -> sqlite3.Connection:
    lock = sqlite3.connect(folder / LOCK, timeout=0, isolation_level=None)
    try:
        lock.execute("PRAGMA journal_mode = MEMORY")  # no second file that a killed batch would leave
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        lock.close()
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raise ClaimedError(
            where=str(folder),
            expected="ไม่มีชุดงานอื่นกำลังเขียนโฟลเดอร์ผลลัพธ์นี้",
            found="มีชุดงานอื่นกำลังทำงานอยู่ในโฟลเดอร์นี้",
            todo="รอให้ชุดงานนั้นเสร็จแล้วสั่งใหม่ หรือเลือกโฟลเดอร์อื่นด้วย --out",
        ) from error
    return lock


def _clear(folder: Path) -> None:
    """Remove what was not finished: work folders, and files beside the place that they were meant for."""
    for tries_left in range(_TRIES - 1, -1, -1):
        try:
            if (folder / WORK).exists():
                shutil.rmtree(folder / WORK)
            for part in (*folder.glob(".*.part"), *folder.glob("*/.*.part")):
                part.unlink()
            return
        except OSError as error:
            if not tries_left:
                raise unwritable(folder, error) from error
            time.sleep(_PAUSE)  # a worker of the killed batch may still be ending
