"""How every agency of a batch stands when a run ends, as the files beside the reports tell it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ita_nb.batch.digest import command_text, reproduction
from ita_nb.batch.edition import Edition
from ita_nb.batch.entries import Entry, Status
from ita_nb.batch.ledger import Ledger
from ita_nb.batch.plan import Plan, Stopped
from ita_nb.batch.task import Cause, DocumentName, Failure, Task
from ita_nb.intake.directory import read_directory
from ita_nb.intake.record import Agency

# What an entry tells of its agency, by the name that it has in the tables as well.
_OF_AGENCY = ("name_th", "agency_type", "district_th", "province_th")


def entries_of_plan(
    plan: Plan,
    ledger: Ledger,
    workspace: Path,
    document: DocumentName,
    failed: Mapping[str, Failure],
    ended: Container[str],
) -> list[Entry]:
    """Return an entry for every agency of a plan.

    ``failed`` are the failures of this run by key, ``ended`` the keys of all tasks that it ended. Where a
    document could not be made now, an earlier edition that is still in place stands in its entry.
    """
    agencies = read_directory(workspace).agencies
    every = (*plan.tasks, *plan.unchanged)
    editions = {edition.key: edition for edition in ledger.current(task.key for task in every)}
    entries = [_of_edition(editions[t.key], "unchanged") for t in plan.unchanged if t.key in editions]
    for task in plan.tasks:
        if task.key in ended and task.key not in failed:
            entries.append(_of_edition(editions[task.key], "done"))
        else:
            entries.append(_of_task(task, agencies, ledger, failed.get(task.key)))
    return [
        *entries,
        *(_of_stop(stop, plan.fiscal_year, document, agencies, ledger) for stop in plan.stopped),
    ]


def entries_of_ledger(ledger: Ledger) -> list[Entry]:
    """Return an entry for every document that a ledger knows, going by its last run."""
    keys = ledger.latest_keys()
    failed = ledger.failed(keys)
    entries = [_of_edition(edition, "unchanged") for edition in ledger.current(set(keys) - failed.keys())]
    for run in failed.values():
        entry = Entry(
            run.agency_id, run.agency_id, run.fiscal_year, run.document, "failed", failure=run.failure
        )
        entries.append(_with_earlier(entry, ledger))
    return entries


def _of_task(task: Task, agencies: Mapping[str, Agency], ledger: Ledger, failure: Failure | None) -> Entry:
    entry = _named(task.agency_id, task.fiscal_year, task.document, "failed" if failure else "left", agencies)
    command = command_text(reproduction(task))
    return _with_earlier(replace(entry, failure=failure, command=command), ledger)


def _of_stop(
    stop: Stopped, fiscal_year: int, document: DocumentName, agencies: Mapping[str, Agency], ledger: Ledger
) -> Entry:
    entry = _named(stop.agency_id, fiscal_year, document, "stopped", agencies)
    cause: Cause = "refused" if stop.cause == "not-ready" else "data"
    failure = Failure(cause, "", stop.message_th, stop.message_en)
    # Alone it would be made; the batch itself shows what is wrong.
    command = "" if stop.cause == "duplicate" else command_text(reproduction(stop.task))
    return _with_earlier(replace(entry, failure=failure, command=command), ledger)


def _named(
    agency_id: str, fiscal_year: int, document: DocumentName, status: Status, agencies: Mapping[str, Agency]
) -> Entry:
    entry = Entry(agency_id, agency_id, fiscal_year, document, status)
    if agency_id not in agencies:
        return entry
    agency = agencies[agency_id]
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
