"""The memory of an output folder: one SQLite file of what was made, from what, and what went wrong.

Only the process that runs a batch writes it, one transaction an outcome, so a run that is killed at any
moment leaves every outcome either whole or absent. No outcome is deleted.
"""

from __future__ import annotations

import sqlite3
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from ita_nb.batch.edition import Cost, Edition, Estimate
from ita_nb.batch.ledger_file import open_existing, open_ledger, told, transaction
from ita_nb.batch.stores import sha256_of
from ita_nb.batch.task import DocumentName, EditionName, Failure, MadeFile, Outcome, Task

LEDGER = "ledger.sqlite"
# SQLite takes a limited number of values in one question.
_AT_ONCE = 500
# What the last editions cost says more than what the first ones did.
_RECENT = 500

_Values = dict[str, Any]
_EDITION = """
    SELECT run_id, key, agency_id, fiscal_year, document, edition, ended_at, errors, pages, kernel,
           seconds, cpu_seconds, peak_mb, peers
    FROM editions JOIN runs USING (run_id)
"""


@dataclass(frozen=True)
class FailedRun:
    """A task that failed when it was last run; ``ended_at`` is ISO 8601 in UTC."""

    key: str
    agency_id: str
    fiscal_year: int
    document: DocumentName
    edition: EditionName
    ended_at: str
    failure: Failure


@dataclass(frozen=True)
class Record:
    """The last that was recorded of a file; ``is_former``: by an edition before the document's last one."""

    file: MadeFile
    ended_at: float  # POSIX seconds
    is_former: bool

    def is_edited(self, out: Path) -> bool | None:
        """Whether a person changed the file under ``out`` since; ``None`` where it is not there.

        It is read only where its time speaks against it.
        """
        path = out / self.file.path
        try:
            state = path.stat()
        except OSError:
            return None
        if not stat.S_ISREG(state.st_mode):
            return None
        if state.st_size != self.file.size or state.st_mtime <= self.ended_at:
            return state.st_size != self.file.size
        try:
            return sha256_of(path) != self.file.sha256
        except OSError:  # who keeps it open may be writing it
            return True


class Ledger:
    """The ledger of one output folder. ``notice`` says in Thai what happened when it was opened."""

    def __init__(self, path: Path, connection: sqlite3.Connection, notice: str = "") -> None:
        """Bind an open file; use :meth:`open`."""
        self._path, self._connection = path, connection
        self.notice = notice

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or begin the ledger of the files in its own folder.

        Raises LedgerError where that cannot be done. A broken ledger is set aside: see ``notice``.
        """
        return cls(path, *open_ledger(path))

    @classmethod
    def open_existing(cls, path: Path) -> Self:
        """Open a ledger to read in; raises LedgerError where there is none, or a broken one."""
        return cls(path, open_existing(path))

    def close(self) -> None:
        """Free the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Close it when the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free the file."""
        self.close()

    # ------------------------------------------------------------------ writing

    def record(self, task: Task, outcome: Outcome, peers: str = "") -> None:
        """Write what became of a task: its edition, or its failure. ``peers`` is of :class:`Keyed`.

        Raises LedgerError where it cannot be written; the ledger is then as before. Raises ValueError for
        the outcome of another task.
        """
        if (outcome.key, outcome.agency_id) != (task.key, task.agency_id):
            raise ValueError(f"the outcome of {outcome.agency_id} is not of the task of {task.agency_id}")
        failure = outcome.failure
        run = {
            "key": task.key,
            "agency_id": task.agency_id,
            "fiscal_year": task.fiscal_year,
            "document": task.document,
            "edition": task.edition,
            "ended_at": datetime.now(UTC).isoformat(timespec="microseconds"),
            "cause": failure.cause if failure else "",
            "place": _storable(failure.where) if failure else "",
            "message_th": _storable(failure.message_th) if failure else "",
            "kept": failure.kept if failure else "",
            "kernel": outcome.kernel,
            "attempts": outcome.attempts,
            "seconds": outcome.seconds,
            "cpu_seconds": outcome.cpu_seconds,
            "peak_mb": outcome.peak_mb,
        }
        edition = {
            "errors": outcome.errors,
            "pages": outcome.pages,
            "peers": peers,
            "content": outcome.content,
        }
        files = [
            {"position": i, "path": file.path, "size": file.size, "sha256": file.sha256}
            for i, file in enumerate(outcome.files)
        ]
        with told(self._path), transaction(self._connection):
            self._add(run, None if failure else edition, files)
            if not failure:
                self._connection.execute("DELETE FROM renewals WHERE key = ?", (task.key,))

    def renew(self, keys: Iterable[str]) -> None:
        """Note that these tasks are to be done anew, until they are. Raises LedgerError."""
        with told(self._path), transaction(self._connection):
            rows = [(key,) for key in keys]
            self._connection.executemany("INSERT OR IGNORE INTO renewals (key) VALUES (?)", rows)

    def agencies(self, fiscal_year: int, document: str) -> list[str]:
        """Return the agencies of which a document of the year was ever made, by code."""
        question = """
            SELECT DISTINCT agency_id FROM runs JOIN editions USING (run_id)
            WHERE fiscal_year = ? AND document = ? ORDER BY agency_id
        """
        with told(self._path):
            return [code for (code,) in self._connection.execute(question, (fiscal_year, document))]

    def merge_from(self, other: Path) -> int:
        """Take over the runs of another ledger that this one lacks; return how many.

        Afterwards the runs of both are in the order of time, so the last one of a document is its last word.
        Raises LedgerError where the other one cannot be read; this one is then as before. The files
        themselves are for the caller to move.
        """
        with closing(open_existing(other)) as source, told(self._path), transaction(self._connection):
            source.row_factory = sqlite3.Row
            runs = source.execute("SELECT * FROM runs ORDER BY run_id")
            taken = sum(self._taken_over(source, run) for run in runs)
            self._put_in_order()
            return taken

    def _put_in_order(self) -> None:
        """Number the runs anew by when they ended, unless they are in that order."""
        question = "SELECT run_id FROM runs ORDER BY ended_at, run_id"
        ordered = [run_id for (run_id,) in self._connection.execute(question)]
        if ordered == sorted(ordered):
            return
        self._connection.execute("PRAGMA defer_foreign_keys = ON")
        # Below zero first: there no number is taken.
        moves = [(-number, run_id) for number, run_id in enumerate(ordered, start=1)]
        for table in ("runs", "editions", "files"):
            self._connection.executemany(f"UPDATE {table} SET run_id = ? WHERE run_id = ?", moves)  # noqa: S608 our own names
            self._connection.execute(f"UPDATE {table} SET run_id = -run_id")  # noqa: S608 our own names

    def _taken_over(self, source: sqlite3.Connection, run: sqlite3.Row) -> bool:
        known = "SELECT 1 FROM runs WHERE key = :key AND ended_at = :ended_at"
        if self._connection.execute(known, dict(run)).fetchone():
            return False
        own = {"run_id": run["run_id"]}
        edition = source.execute("SELECT * FROM editions WHERE run_id = :run_id", own).fetchone()
        files = source.execute("SELECT * FROM files WHERE run_id = :run_id", own).fetchall()
        self._add(dict(run), dict(edition) if edition else None, [dict(file) for file in files])
        return True

    def _add(
        self, run: dict[str, Any], edition: dict[str, Any] | None, files: Iterable[dict[str, Any]]
    ) -> None:
        """Insert a run with what it made; the number of the run is given here."""
        run_id = self._insert("runs", {name: value for name, value in run.items() if name != "run_id"})
        if edition is not None:
            self._insert("editions", edition | {"run_id": run_id})
            for file in files:
                self._insert("files", file | {"run_id": run_id})

    def _insert(self, table: str, values: _Values) -> int | None:
        # The names are those of the schema; only values come from elsewhere.
        names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        return self._connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", values).lastrowid  # noqa: S608

    # ------------------------------------------------------------------ reading

    def done(self, keys: Iterable[str]) -> dict[str, Edition]:
        """Return the editions of these tasks whose files are all still in place, without their content.

        That is: there, whether a person edited them or not, and written by no later run.
        """
        return {key: edition for key, (_, edition) in self._done(keys).items()}

    def current(self, keys: Iterable[str]) -> Iterator[Edition]:
        """Yield the editions of these tasks that are in place, with content, in the order of the keys."""
        asked = list(keys)
        found = self._done(asked)
        for run_id, edition in (found[key] for key in dict.fromkeys(asked) if key in found):
            yield self._with_content(run_id, edition)

    def editions(self, agency_id: str, fiscal_year: int, document: DocumentName) -> list[Edition]:
        """Return every edition of a document of an agency, the oldest first, with its content."""
        where = "WHERE agency_id = ? AND fiscal_year = ? AND document = ? ORDER BY run_id"
        found = self._asked(f"{_EDITION} {where}", (agency_id, fiscal_year, document))
        return [self._with_content(run_id, edition) for run_id, edition in self._read(found)]

    def latest_keys(self) -> list[str]:
        """Return the key of the last run of every document of every agency, by agency."""
        question = """
            SELECT key FROM runs
            WHERE run_id IN (SELECT max(run_id) FROM runs GROUP BY agency_id, fiscal_year, document)
            ORDER BY agency_id, fiscal_year, document
        """
        return [key for (key,) in self._asked(question)]

    def renewals(self) -> set[str]:
        """Return the keys of the tasks that are to be done anew though an edition of them is in place."""
        return {key for (key,) in self._asked("SELECT key FROM renewals")}

    def records(self, agency_id: str, fiscal_year: int, document: DocumentName) -> list[Record]:
        """Return the last that was recorded of every file that a document of an agency ever had."""
        question = """
            SELECT path, size, sha256, ended_at, run_id <> (SELECT max(every.run_id) FROM own AS every)
            FROM (SELECT *, max(run_id) OVER (PARTITION BY path) AS last FROM own) WHERE run_id = last
        """
        own = """
            WITH own AS (SELECT * FROM files JOIN runs USING (run_id)
                         WHERE agency_id = ? AND fiscal_year = ? AND document = ?)
        """
        return [
            Record(MadeFile(*file), _seconds(ended_at), bool(is_former))
            for *file, ended_at, is_former in self._asked(own + question, (agency_id, fiscal_year, document))
        ]

    def failed(self, keys: Iterable[str]) -> dict[str, FailedRun]:
        """Return those of these tasks that failed when they were last run."""
        found: dict[str, FailedRun] = {}
        for some in _chunks(keys):
            question = f"""
                SELECT key, agency_id, fiscal_year, document, edition, ended_at,
                       cause, place, message_th, kept
                FROM runs WHERE run_id IN (
                    SELECT max(run_id) FROM runs WHERE key IN ({_places(some)}) GROUP BY key
                )
            """  # noqa: S608 only question marks are put in
            for row in self._asked(question, some):
                failure = Failure(*row[6:])
                if failure.cause:
                    key, agency_id, year, document, edition, ended_at = row[:6]
                    found[key] = FailedRun(key, agency_id, year, document, edition, ended_at, failure)
        return found

    def estimate(self, task_count: int, jobs: int) -> Estimate | None:
        """Return what so many tasks will take, going by the last editions; ``None`` without any."""
        question = """
            SELECT seconds, peak_mb,
                   (SELECT coalesce(sum(size), 0) FROM files WHERE files.run_id = runs.run_id)
            FROM editions JOIN runs USING (run_id) ORDER BY run_id DESC LIMIT ?
        """
        return Estimate.of([Cost(*row) for row in self._asked(question, (_RECENT,))], task_count, jobs)

    # ------------------------------------------------------------------ pieces

    def _done(self, keys: Iterable[str]) -> dict[str, tuple[int, Edition]]:
        found: dict[str, tuple[int, Edition]] = {}
        for some in _chunks(keys):
            rows = self._asked(f"{_EDITION} WHERE key IN ({_places(some)}) ORDER BY run_id", some)
            latest = {row[1]: row for row in rows}
            whole = self._in_place([row[0] for row in latest.values()])
            for run_id, edition in self._read([row for row in latest.values() if row[0] in whole]):
                found[edition.key] = run_id, replace(edition, is_edited=whole[run_id])
        return found

    def _in_place(self, run_ids: Sequence[int]) -> dict[int, bool]:
        """Return the runs all of whose files are there and no later run's, and whether one was edited."""
        question = f"""
            SELECT run_id, (SELECT max(run_id) FROM files AS every WHERE every.path = files.path),
                   ended_at, path, size, sha256
            FROM files JOIN runs USING (run_id) WHERE run_id IN ({_places(run_ids)})
        """  # noqa: S608 only question marks are put in
        states: dict[int, list[bool | None]] = defaultdict(list)
        for run_id, last, ended_at, *file in self._asked(question, run_ids):
            record = Record(MadeFile(*file), _seconds(ended_at), is_former=False)
            states[run_id].append(record.is_edited(self._path.parent) if last == run_id else None)
        return {run_id: any(found) for run_id, found in states.items() if None not in found}

    def _read(self, rows: Sequence[Sequence[Any]]) -> list[tuple[int, Edition]]:
        files: dict[int, list[MadeFile]] = defaultdict(list)
        for some in _chunks(row[0] for row in rows):
            question = f"""
                SELECT run_id, path, size, sha256 FROM files WHERE run_id IN ({_places(some)})
                ORDER BY run_id, position
            """  # noqa: S608 only question marks are put in
            for run_id, *file in self._asked(question, some):
                files[run_id].append(MadeFile(*file))
        names = "key agency_id fiscal_year document edition made_at errors pages".split()
        names += "kernel seconds cpu_seconds peak_mb peers".split()
        return [
            (run_id, Edition(files=tuple(files[run_id]), packed="", **dict(zip(names, rest, strict=True))))
            for run_id, *rest in rows
        ]

    def _with_content(self, run_id: int, edition: Edition) -> Edition:
        ((packed,),) = self._asked("SELECT content FROM editions WHERE run_id = ?", (run_id,))
        return replace(edition, packed=packed)

    def _asked(self, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with told(self._path):
            return self._connection.execute(question, tuple(values)).fetchall()


def _chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    every = list(values)
    return (every[i : i + _AT_ONCE] for i in range(0, len(every), _AT_ONCE))


def _places(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _seconds(ended_at: str) -> float:
    return datetime.fromisoformat(ended_at).timestamp()


def _storable(text: str) -> str:
    # A message may quote bytes that are no text; SQLite takes no half characters.
    return text.encode("utf-8", "replace").decode()
