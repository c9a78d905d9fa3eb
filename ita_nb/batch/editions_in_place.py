"""What lies in an agency's folder when a new edition comes: nothing that a person wrote is lost.

A file that was edited by hand is copied beside itself before it is replaced or taken away. Files of a former
edition, such as the PDF where only HTML is asked for now, do not stay beside the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ita_nb.batch.ledger import Ledger, Record
from ita_nb.batch.stores import copy_aside, remove
from ita_nb.batch.task import Task

_ENDINGS = ("ipynb", "html", "pdf", "docx")


def set_aside(tasks: Iterable[Task], ledger: Ledger) -> list[str]:
    """Copy what a person edited of the documents that are to be made; return the copies under ``out``.

    Raises StoreError, LedgerError.
    """
    return [
        _copied(record, task)
        for task in tasks
        for record in _records(task, ledger)
        if record.is_edited(Path(task.out))
    ]


def take_away_former(task: Task, ledger: Ledger) -> list[str]:
    """Remove files of a document that its last edition lacks; return the copies of edited ones.

    Raises StoreError, LedgerError.
    """
    copies = []
    for record in _records(task, ledger):
        if not record.is_former or (is_edited := record.is_edited(Path(task.out))) is None:
            continue
        if is_edited:
            copies.append(_copied(record, task))
        remove(Path(task.out, record.file.path))
    return copies


def _records(task: Task, ledger: Ledger) -> Iterator[Record]:
    # A ledger may have come with files from elsewhere: no other path is touched.
    own = {f"{task.agency_id}/{task.stem}.{ending}" for ending in _ENDINGS}
    records = ledger.records(task.agency_id, task.fiscal_year, task.document)
    return (record for record in records if record.file.path in own)


def _copied(record: Record, task: Task) -> str:
    return copy_aside(Path(task.out, record.file.path)).relative_to(task.out).as_posix()
