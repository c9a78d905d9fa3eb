"""Processes for a batch: each report is made in one of its own, forked from one that has all at hand.

The standard library's fork server forks them (elsewhere than on Linux they are started afresh, which takes
longer): it imports everything and rehearses a few reports once, so that a fork of it shares all that. A
process that dies takes nothing but its own report along, and a fork server that dies is started anew.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ita_nb.execution import Forks, die_with, preload
from ita_nb.report import Failure, Made, make
from ita_nb.task import ENVIRONMENT, Task

_CAN_FORK = hasattr(os, "pidfd_open")
CONTEXT: Any = multiprocessing.get_context("forkserver" if _CAN_FORK else "spawn")
# What the fork server rehearses; it reads this variable when it starts.
_REHEARSED = "ITA_NB_REHEARSED"
# Seconds that a report may take after its notebook, before its process is ended.
_EXPORT_SECONDS = 300
_END_SECONDS = 5
# Reports after which a process is renewed: each leaves some memory in the libraries that it uses.
_MOST_REPORTS = 24


def _start(task: Task) -> None:
    """Start the fork server where there is none, to rehearse a task: all of a batch are of one kind."""
    if not _CAN_FORK:
        return
    from multiprocessing import forkserver, resource_tracker

    with _starting:
        # Ctrl-C is the runner's alone, also while the fork server imports: what it starts inherits that.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        os.environ.update(ENVIRONMENT)
        os.environ[_REHEARSED] = json.dumps(
            [task.agency_id, task.fiscal_year, task.document, str(task.workspace)]
        )
        CONTEXT.set_forkserver_preload([__name__])
        forkserver.ensure_running()
        del os.environ[_REHEARSED]
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """A process that makes reports one after another for one thread of this one."""

    def __init__(self, task: Task) -> None:
        _start(task)
        # A worker of Dask is a daemon, and those may have no children; ours end with it all the same.
        multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
        self._connection, theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=_serve, args=(theirs, os.getpid()), daemon=True)
        self._process.start()
        theirs.close()
        self._is_busy, self.reports = False, 0
        _workers.append(self)

    def make(self, task: Task) -> Made:
        """Have a report made. Raises OSError or EOFError where the process dies."""
        self._is_busy, self.reports = True, self.reports + 1
        self._connection.send(task)
        seconds = task.limits.run_seconds
        longest = None if seconds is None else 2 * seconds + _EXPORT_SECONDS
        if self._connection.poll(longest):
            made: Made = self._connection.recv()
            self._is_busy = False
            return made
        self.end()
        return Made(task, failure=Failure("run-timeout", "", f"ยังจัดทำเอกสารไม่เสร็จหลังจาก {longest} วินาที"))

    def end(self) -> int:
        """End the process, also in the midst of a report; return its exit status."""
        with suppress(ValueError):  # it was ended before
            _workers.remove(self)
        with suppress(OSError):
            self._connection.send(None)
        self._process.join(0 if self._is_busy else _END_SECONDS)
        self._process.kill()
        self._process.join()
        self._connection.close()  # not before: another thread may wait at it
        return int(self._process.exitcode or 0)


stopped = threading.Event()  # nobody waits for reports any more
_starting = threading.Lock()
_own = threading.local()  # the worker of each thread
_workers: list[_Worker] = []


def make_apart(task: Task) -> Made:
    """Make the document of a task in a process apart; where that dies, once more, with a cold kernel."""
    code = 0
    for kind in (task.kernel, "cold"):
        worker: _Worker | None = getattr(_own, "worker", None)
        try:
            if worker and worker.reports == _MOST_REPORTS:
                worker.end()
            if worker not in _workers:
                worker = None  # where what forks it has died there is none
                worker = _own.worker = _Worker(task)
            if not stopped.is_set():
                return worker.make(replace(task, kernel=kind))
        except (OSError, EOFError):
            pass
        code = worker.end() if worker else code
        if stopped.is_set():
            break
    return Made(task, failure=Failure("worker-died", "", f"โปรเซสที่จัดทำเอกสารหยุดทำงานกลางคัน (รหัส {code})"))


def stop() -> None:
    """End every process, also those that still make a report, and the fork server."""
    from multiprocessing import forkserver

    stopped.set()
    for worker in [*_workers]:
        worker.end()
    # It would end with this process, but nobody would know what it has used; and it has rehearsed one batch.
    with suppress(AttributeError, OSError, TypeError):
        os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)  # type: ignore[attr-defined]
        forkserver._forkserver._stop()  # type: ignore[attr-defined]


def _serve(connection: Connection, owner: int) -> None:
    """Make reports until nobody asks any more; the runner alone decides when this process ends."""
    gc.enable()  # off since the rehearsal
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forks = Forks() if Forks.can_start() else None
    die_with(owner)
    with suppress(EOFError, OSError):
        while (task := connection.recv()) is not None:
            connection.send(make(task, forks))
    if forks:
        forks.close()


def _rehearse(task: Task) -> None:
    """Make what a notebook displays, and its page; what Typst makes would leave threads."""
    from ita_nb import charts, exhibits, frames, open_report
    from ita_nb.displayed import section_of
    from ita_nb.document import html
    from ita_nb.document.blocks import Cover, Document, Section
    from ita_nb.document.sheet import advances, printable
    from ita_nb.thai import words

    for bold in (False, True):
        advances(bold=bold)
    words(printable("ก"))
    asked = {"agency_id": task.agency_id, "fiscal_year": task.fiscal_year, "workspace": str(task.workspace)}
    report: Any = open_report(asked, task.document)
    made: list[Any] = [frames.tables_of(report)]
    for name in exhibits.__all__:
        with suppress(Exception):  # some are of the other document
            made.append(getattr(exhibits, name)(report))
    with suppress(Exception):  # a report on measures has no scores
        made.append(section_of(charts.profile(report.scores, line=report.facts.pass_score), "ก"))
        made.append(section_of(report.scores.head(), "ก"))
    for section in made:
        section._repr_mimebundle_()
    blocks = tuple(block for section in made if isinstance(section, Section) for block in section.blocks)
    html.render(Document(cover=next(b for b in blocks if isinstance(b, Cover)), blocks=blocks))


def _warm_up() -> None:
    from ita_nb.facts.loader import facts_folder, known_years, load_framework
    from ita_nb.intake.workspace import warm_peers
    from ita_nb.notebook_files import notebook_of

    gc.disable()  # much is made here, and all of it stays
    agency_id, fiscal_year, document, workspace = json.loads(os.environ.pop(_REHEARSED))
    task = Task(agency_id, "", fiscal_year, Path(workspace), document=document)
    preload(notebook_of(task))
    with suppress(Exception):  # what cannot be made is told where it is asked for
        for year in known_years():
            load_framework(year)
        warm_peers(task.workspace, load_framework(fiscal_year, facts_folder(task.workspace)))
        _rehearse(task)
    # The collector, which the forks switch on again, would write to, and so copy, every page that they
    # share: it leaves alone what is here.
    gc.freeze()


if _REHEARSED in os.environ:
    # Nothing that goes wrong here may end the fork server.
    with suppress(Exception):
        _warm_up()
