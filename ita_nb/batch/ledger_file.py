"""The file of a ledger: opening it, whatever state it is in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path

from ita_nb.errors import ItaError

# Marks the file as a ledger of this program ("ITN") in its present layout, the last two digits: a change of
# ledger.sql counts them up.
_LAYOUT = 0x49544E04
# Another process may be writing: seconds to wait for it.
_PATIENCE = 60
# Kinds of errors of a file that is damaged, or no database: the lower byte of SQLite's code.
BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class LedgerError(ItaError):
    """The ledger of an output folder cannot be read or written."""


class _BrokenError(Exception):
    """The file is damaged, or no ledger of this layout."""


def open_ledger(path: Path) -> tuple[sqlite3.Connection, str]:
    """Open or begin the ledger, and say in Thai what had to be done for it: mostly nothing.

    One that is damaged, or of another version of the program, is set aside under another name and a new one
    begun. Raises LedgerError where the file cannot be opened.
    """
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _usable(path), ""
        except _BrokenError as error:
            aside = _set_aside(path)
            return _usable(path), (
                f"บัญชีงาน {path.name} ใช้ไม่ได้ ({error}) จึงเก็บไว้เป็น {aside.name} และเริ่มบัญชีใหม่ ทุกหน่วยงานจะจัดทำใหม่"
            )


def open_existing(path: Path) -> sqlite3.Connection:
    """Open a ledger that must be there and be whole. Raises LedgerError."""
    with told(path):
        if not path.is_file():
            raise _unusable(path, "ไม่มีแฟ้มนี้")
        try:
            return _usable(path)
        except _BrokenError as error:
            raise _unusable(path, f"แฟ้มใช้ไม่ได้: {error}") from error


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what goes wrong with the file into a LedgerError that says what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _unusable(path, str(error)) from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all that is done inside, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):  # a full disk has rolled it back already
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _unusable(path: Path, found: str) -> LedgerError:
    return LedgerError(
        where=str(path),
        expected="บัญชีงานของโฟลเดอร์ผลลัพธ์ที่อ่านและเขียนได้",
        found=found,
        todo="ตรวจว่าโฟลเดอร์เขียนได้ มีเนื้อที่เหลือ และไม่มีชุดงานอื่นกำลังเขียนอยู่ แล้วสั่งใหม่",
    )


def _usable(path: Path) -> sqlite3.Connection:
    # No write-ahead log: it does not work on a network share, where output folders often are.
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        _check(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF in BROKEN:
            raise _BrokenError(str(error)) from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    """Lay out a file that holds nothing yet. Raises _BrokenError for one that is no whole ledger."""
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        schema = files("ita_nb.batch").joinpath("ledger.sql").read_text(encoding="utf-8")
        connection.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {_LAYOUT}; COMMIT")
    if connection.execute("PRAGMA user_version").fetchone()[0] != _LAYOUT:
        raise _BrokenError("ไม่ใช่บัญชีงานของโปรแกรมรุ่นนี้")
    said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if said != "ok":
        raise _BrokenError(" ".join(said.split()))


def _set_aside(path: Path) -> Path:
    aside = _free(path)
    journal = path.with_name(f"{path.name}-journal")
    if journal.exists():  # it belongs to the broken file: the new one must not be rolled back by it
        journal.replace(aside.with_name(f"{aside.name}-journal"))
    return path.replace(aside)


def _free(path: Path) -> Path:
    """Return a name beside ``path`` that nothing has yet."""
    number = 1
    while (free := path.with_name(f"{path.stem}.broken-{number}{path.suffix}")).exists():
        number += 1
    return free
