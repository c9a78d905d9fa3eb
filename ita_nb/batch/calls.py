"""What runs inside a worker of Dask: a call, that is a few tasks one after another.

The documents are made as on one machine, in a process of its own that is forked from a template, both
started by the first call of a batch. The worker itself stays small and goes on answering the scheduler.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import metadata
from pkgutil import resolve_name

from ita_nb.batch.keys import environment
from ita_nb.batch.processes import ProcessEngine
from ita_nb.batch.task import Outcome, Task
from ita_nb.facts.provenance import code_version

# Makes the documents of one task; stands here by name, for it is looked up in the worker.
MAKE = f"{__name__}:make_apart"

_lock = threading.Lock()
_stopped: set[str] = set()  # batches whose calls are to end
_users: set[str] = set()  # batches for which the engine below was started
_engine: ProcessEngine | None = None


@cache
def identity() -> Mapping[str, str]:
    """Return the version of everything that must be the same on all machines, by name."""
    packages = dict(line.split(" ", 1) for line in environment().splitlines())
    cluster = {name: metadata.version(name) for name in ("dask", "distributed")}
    return {"ita-nb": code_version(), **packages, **cluster}


def call(batch: str, expected: Mapping[str, str], function: str, lines: Sequence[str]) -> list[str]:
    """Do the tasks that ``lines`` hold and return a line for each that was done: fewer where it is stopped.

    A worker that joined late and is not like the others hands the call back and leaves the cluster.
    """
    from distributed import Reschedule, get_worker

    worker = get_worker()
    if identity() != expected or worker.state.nthreads != 1:
        worker.loop.add_callback(worker.close_gracefully, reason="not the versions of the batch")
        raise Reschedule
    make: Callable[[Task, str], Outcome | None] = resolve_name(function)
    done: list[str] = []
    for line in lines:
        outcome = None if batch in _stopped else make(Task.from_json(line), batch)
        if outcome is None:
            break
        done.append(outcome.to_json())
    return done


def make_apart(task: Task, batch: str) -> Outcome | None:
    """Make the documents of a task in a process apart; ``None`` where that was stopped midway."""
    global _engine
    with _lock:
        if batch in _stopped:
            return None
        _users.add(batch)
        _engine = engine = _engine or ProcessEngine(1, task.kernel)
    engine.submit(task)
    return next(engine.as_completed(), None)


def stop(batch: str) -> None:
    """Let the calls of a batch end after the task that they are at."""
    _stopped.add(batch)


def finish(batch: str) -> None:
    """Free what a batch needed; what it still runs is ended."""
    global _engine
    with _lock:
        _stopped.add(batch)
        _users.discard(batch)
        engine = _engine
        if engine is None or _users:
            return
        _engine = None
    engine.close()
