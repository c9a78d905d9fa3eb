"""How every agency of a batch stands when a run ends, as the files beside the reports tell it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ita_nb.batch.digest import command_text, reproduction
from ita_nb.batch.edition import Edition
from ita_nb.batch.entries import Entry, Status
from ita_nb.batch.ledger import FailedRun, Ledger
from ita_nb.batch.plan import Plan, Stopped
from ita_nb.batch.task import Cause, DocumentName, Failure, Task
from ita_nb.errors import IntakeError
from ita_nb.intake.directory import read_directory
from ita_nb.intake.record import Agency

Document = tuple[str, int, DocumentName]  # of which agency, of which fiscal year
# What an entry tells of its agency, by the name that it has in the tables as well.
_OF_AGENCY = ("name_th", "agency_type", "district_th", "province_th")


def entries_of_plan(
    plan: Plan, ledger: Ledger, workspace: Path, failed: Mapping[str, Failure], ended: Container[str]
) -> list[Entry]:
    """Return an entry for every agency of a plan.

    ``failed`` are the failures of this run by key, ``ended`` the keys of all tasks that it ended. Where a
    document could not be made now, an earlier edition that is still in place stands in its entry.
    """
    agencies = read_directory(workspace).agencies
    made = [task for task in plan.tasks if task.key in ended and task.key not in failed]
    statuses: dict[str, Status] = {task.key: "unchanged" for task in plan.unchanged}
    statuses |= {task.key: "done" for task in made}
    return [
        *_of_made([*plan.unchanged, *made], statuses, ledger),
        *(
            _of_task(task, agencies, ledger, failed.get(task.key))
            for task in plan.tasks
            if task.key not in statuses
        ),
        *(_of_stop(stop, agencies, ledger) for stop in plan.stopped),
    ]


def _of_made(tasks: Iterable[Task], statuses: Mapping[str, Status], ledger: Ledger) -> Iterator[Entry]:
    """Yield the entries of tasks that were made, also where somebody removed files since."""
    by_key = {task.key: task for task in tasks}
    for edition in ledger.current(by_key):
        del by_key[edition.key]
        yield _of_edition(edition, statuses[edition.key])
    for key, task in by_key.items():
        editions = ledger.editions(task.agency_id, task.fiscal_year, task.document)
        edition = next(edition for edition in reversed(editions) if edition.key == key)
        yield replace(_of_edition(edition, statuses[key]), is_lost=True)


def entries_of_merge(
    ledger: Ledger, tasks: Iterable[Task], stopped: Iterable[Stopped], workspace: Path | None
) -> list[Entry]:
    """Return an entry for every document that a merged ledger knows or that its shards were asked for.

    ``tasks`` are what the shards were to make, ``stopped`` those of whom that is the last word. A document
    that no shard made as it was asked for, or of which a file is gone, is left.
    """
    agencies = _agencies_beside(workspace)
    by_key = {task.key: task for task in tasks}
    keys = set(ledger.latest_keys())
    failed = ledger.failed(keys)
    known: dict[Document, Entry] = {}
    for edition in ledger.current(keys - failed.keys()):
        known[document_of(edition)] = _of_edition(edition, "unchanged")
    for key, run in failed.items():
        known[document_of(run)] = _of_task(by_key.get(key) or task_of(run), agencies, ledger, run.failure)
    settled = {document_of(task) for key, task in by_key.items() if key in keys} & known.keys()
    for task in by_key.values():
        if document_of(task) not in settled:
            known[document_of(task)] = _of_task(task, agencies, ledger, None)
    for stop in stopped:
        known[document_of(stop.task)] = _of_stop(stop, agencies, ledger)
    return [*known.values()]


def _agencies_beside(workspace: Path | None) -> Mapping[str, Agency]:
    try:
        return read_directory(workspace).agencies if workspace else {}
    except IntakeError:  # the names are then those that the shards knew
        return {}


def task_of(run: FailedRun) -> Task:
    """Return the task of a failure of which nothing but the ledger tells."""
    return Task(
        run.key, run.agency_id, "", run.fiscal_year, "", "", document=run.document, edition=run.edition
    )


def document_of(of: Task | Edition | FailedRun | Entry) -> Document:
    """Return which document of which agency it is."""
    return of.agency_id, of.fiscal_year, of.document


def _of_task(task: Task, agencies: Mapping[str, Agency], ledger: Ledger, failure: Failure | None) -> Entry:
    entry = _named(task, "failed" if failure else "left", agencies)
    command = command_text(reproduction(task))
    return _with_earlier(replace(entry, failure=failure, command=command), ledger)


def _of_stop(stop: Stopped, agencies: Mapping[str, Agency], ledger: Ledger) -> Entry:
    entry = _named(stop.task, "stopped", agencies)
    cause: Cause = "refused" if stop.cause == "not-ready" else "data"
    failure = Failure(cause, "", stop.message_th)
    # Alone it would be made; the batch itself shows what is wrong.
    command = "" if stop.cause == "duplicate" else command_text(reproduction(stop.task))
    return _with_earlier(replace(entry, failure=failure, stop=stop.cause, command=command), ledger)


def _named(task: Task, status: Status, agencies: Mapping[str, Agency]) -> Entry:
    name = task.name_th or task.agency_id
    entry = Entry(task.agency_id, name, task.fiscal_year, task.document, status)
    if task.agency_id not in agencies:
        return entry
    agency = agencies[task.agency_id]
    return replace(entry, **{name: getattr(agency, name) for name in _OF_AGENCY})


def _of_edition(edition: Edition, status: Status) -> Entry:
    entry = Entry(edition.agency_id, edition.agency_id, edition.fiscal_year, edition.document, status)
    return _with_edition(entry, edition)


def _with_earlier(entry: Entry, ledger: Ledger) -> Entry:
    """Add the last edition of the document whose files are still in place, if there is one."""
    editions = ledger.editions(entry.agency_id, entry.fiscal_year, entry.document)
    there = ledger.done([edition.key for edition in editions])
    edition = next((e for e in reversed(editions) if e.key in there), None)
    return entry if edition is None else _with_edition(entry, edition)


def _with_edition(entry: Entry, edition: Edition) -> Entry:
    """Add what an edition made; the agency is described as its document does."""
    content = edition.content
    described = next(iter(content.tables.get("results", ())), {})
    agency: dict[str, Any] = {name: described[name] or "" for name in _OF_AGENCY if name in described}
    return replace(
        entry,
        files=edition.files,
        content=content,
        errors=edition.errors,
        pages=edition.pages,
        seconds=edition.seconds,
        kernel=edition.kernel,
        **agency,
    )
