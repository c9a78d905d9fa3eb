"""The file of a ledger: opening it, whatever state it is in, and bringing an older one up to date."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from ita_nb.errors import ItaError

# Marks the file as a ledger of this program ("ITNB"), whatever it is called.
_APPLICATION = 0x49544E42
# Another process may be writing: seconds to wait for it.
_PATIENCE = 60
# Kinds of errors of a file that is damaged, or no database: the lower byte of SQLite's code.
BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class LedgerError(ItaError):
    """The ledger of an output folder cannot be read or written."""


@dataclass(frozen=True)
class Notice:
    """What happened to a ledger while it was opened, for a person."""

    text_th: str
    text_en: str


class _BrokenError(Exception):
    """The file is damaged, or no ledger."""


def open_ledger(path: Path) -> tuple[sqlite3.Connection, Notice | None]:
    """Open or begin the ledger, and say what had to be done for it.

    An older one is brought up to date, and a copy of it kept beside it; a broken one is set aside under
    another name and a new one begun. Raises LedgerError for one that a newer program wrote, and where the
    file cannot be opened.
    """
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _usable(path)
        except _BrokenError as error:
            aside = _set_aside(path)
            connection, _ = _usable(path)
            return connection, Notice(
                f"บัญชีงาน {path.name} เสียหาย ({error}) จึงเก็บไว้เป็น {aside.name} และเริ่มบัญชีใหม่ "
                "ทุกหน่วยงานจะจัดทำใหม่",
                f"the ledger {path.name} is damaged ({error}); it is kept as {aside.name} "
                "and a new one begun: every agency is made anew",
            )


def open_existing(path: Path) -> sqlite3.Connection:
    """Open a ledger that must be there and be whole. Raises LedgerError."""
    with told(path):
        if not path.is_file():
            raise _unusable(path, "ไม่มีแฟ้มนี้")
        try:
            return _usable(path)[0]
        except _BrokenError as error:
            raise _unusable(path, f"แฟ้มเสียหาย: {error}") from error


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


def _usable(path: Path) -> tuple[sqlite3.Connection, Notice | None]:
    # No write-ahead log: it does not work on a network share, where output folders often are.
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        version = _version(connection)
        if version > len(_steps()):
            raise LedgerError(
                where=str(path),
                expected=f"บัญชีงานรุ่นไม่เกิน {len(_steps())}",
                found=f"รุ่น {version} ซึ่งเขียนโดยโปรแกรมรุ่นใหม่กว่า",
                todo="ปรับโปรแกรมเป็นรุ่นใหม่ หรือระบุโฟลเดอร์ผลลัพธ์อื่นด้วย --out บัญชีเดิมไม่ถูกเปลี่ยน",
            )
        _check(connection)
        return connection, _brought_up_to_date(connection, path, version)
    except sqlite3.DatabaseError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF in BROKEN:
            raise _BrokenError(str(error)) from error
        raise
    except BaseException:
        connection.close()
        raise


def _version(connection: sqlite3.Connection) -> int:
    """Return the version of the ledger, 0 for a file that holds nothing yet."""
    empty = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != _APPLICATION and not empty:
        raise _BrokenError("ไม่ใช่บัญชีงานของโปรแกรมนี้")
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _check(connection: sqlite3.Connection) -> None:
    said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if said != "ok":
        raise _BrokenError(" ".join(said.split()))


def _brought_up_to_date(connection: sqlite3.Connection, path: Path, version: int) -> Notice | None:
    if version == len(_steps()):
        return None
    copy = _free(path, f"version-{version}")
    if version:
        with closing(sqlite3.connect(copy)) as kept:
            connection.backup(kept)
    with transaction(connection):
        # Another process may have been faster.
        for number in range(_version(connection), len(_steps())):
            for statement in _steps()[number]:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(_steps())}")
    if not version:
        return None
    return Notice(
        f"ปรับบัญชีงาน {path.name} จากรุ่น {version} เป็นรุ่น {len(_steps())} แล้ว สำเนาของเดิมคือ {copy.name}",
        f"the ledger {path.name} was brought from version {version} to {len(_steps())}; "
        f"{copy.name} is a copy of the old one",
    )


@cache
def _steps() -> list[list[str]]:
    """Return the statements that lead from each version to the next, beginning with an empty file."""
    script = files("ita_nb.batch").joinpath("ledger.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- version \d+\n", script, flags=re.MULTILINE)[1:]
    return [[s for s in part.split(";\n") if s.strip()] for part in parts]


def _set_aside(path: Path) -> Path:
    aside = _free(path, "broken")
    journal = path.with_name(f"{path.name}-journal")
    if journal.exists():  # it belongs to the broken file: the new one must not be rolled back by it
        journal.replace(aside.with_name(f"{aside.name}-journal"))
    return path.replace(aside)


def _free(path: Path, what: str) -> Path:
    """Return a name beside ``path`` that nothing has yet."""
    number = 1
    while (free := path.with_name(f"{path.stem}.{what}-{number}{path.suffix}")).exists():
        number += 1
    return free
