"""The engine of many machines: workers of Dask, each with a few tasks at a time.

Calls are handed out as there is room, so that little waits at the scheduler when the batch is cancelled.
Dask repeats a call whose worker was lost; a task that was put in place before is simply made again.
"""

from __future__ import annotations

import hashlib
import math
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ita_nb.batch import calls
from ita_nb.batch.connection import connect
from ita_nb.batch.task import Cause, Failure, Outcome, Task

_FETCH = 10.0  # seconds for the answer of a call, a few KB a task, to arrive
_TICK = 0.1  # seconds after which calls are looked at again
_LOOK = 1.0  # seconds after which the workers are counted again
_PATIENCE = 120.0  # seconds without any worker until the rest of the batch is given up
_CALLS_EACH = 2  # calls handed out for each worker: one that runs, and one so that it need not wait
# How tasks are handed out. When a worker dies, Dask blames all calls that it had: those that were lost are
# repeated task by task, and those tasks that were lost again when no other call runs.
_TOGETHER, _APART, _SOLE = range(3)


class DaskEngine:
    """Runs tasks on the workers of a Dask cluster; see :class:`~ita_nb.batch.engine.Engine`.

    ``tls`` are the files of :func:`~ita_nb.batch.connection.connect`. A call
    holds up to ``tasks_per_call`` tasks, fewer towards the end of the batch lest some workers stand idle.
    ``function`` names what a worker does with a task, as :func:`ita_nb.batch.calls.make_apart` does.
    ``patience``: seconds without any worker after which the rest is given up. :meth:`cancel` only sets a
    flag, so a signal handler may call it.
    """

    def __init__(
        self,
        address: str,
        *,
        tls: Sequence[Path] = (),
        tasks_per_call: int = 25,
        function: str = calls.MAKE,
        patience: float = _PATIENCE,
    ) -> None:
        """Connect, and look whether the workers are fit. Raises ParameterError or ClusterError."""
        self._client = connect(address, tls)
        self._batch = uuid.uuid4().hex
        self._per_call, self._function, self._patience = tasks_per_call, function, patience
        self._waiting: tuple[deque[Task], ...] = (deque(), deque(), deque())  # by how they are handed out
        self._running: dict[Any, _Call] = {}  # by the future
        self._handed_out = self._workers = 0
        self._counted, self._seen = -math.inf, time.monotonic()
        self._is_cancelled = self._is_told = self._is_closed = False

    def submit(self, task: Task) -> None:
        """Queue a task; it starts when there is room."""
        self._waiting[_TOGETHER].append(task)

    def as_completed(self) -> Iterator[Outcome]:
        """Yield one outcome for every submitted task that was not cancelled, as they end."""
        while not self._is_over():
            self._count_workers()
            if self._is_cancelled:
                self._tell()
            else:
                self._hand_out()
            ended = self._collected() or self._given_up()
            yield from ended
            if not ended:
                time.sleep(_TICK)

    def cancel(self) -> None:
        """Start nothing more: what runs is finished and yielded, what waits is dropped."""
        self._is_cancelled = True

    def close(self) -> None:
        """Stop what still runs and free everything."""
        if self._is_closed:
            return
        self._is_closed = self._is_cancelled = True
        if self._client.status == "running":
            with suppress(OSError, TimeoutError):
                self._client.cancel(list(self._running), force=True)
                self._client.run(calls.finish, self._batch, on_error="ignore")
        self._running.clear()
        self._client.close()

    def _is_over(self) -> bool:
        waits = not self._is_cancelled and any(self._waiting)
        return self._is_closed or not (self._running or waits)

    def _count_workers(self) -> None:
        now = time.monotonic()
        if now - self._counted < _LOOK:
            return
        self._workers = 0
        with suppress(OSError, TimeoutError):
            self._workers = len(self._client.nthreads()) if self._client.status == "running" else 0
        self._counted = time.monotonic()
        if self._workers:
            self._seen = self._counted

    def _hand_out(self) -> None:
        while len(self._running) < _CALLS_EACH * self._workers and any(self._waiting):
            how = next(how for how, tasks in enumerate(self._waiting) if tasks)
            others = {running.how for running in self._running.values()}
            if others and _SOLE in {how, *others}:
                break
            call = self._next_call(how)
            self._running[self._submitted(call)] = call

    def _next_call(self, how: int) -> _Call:
        queue = self._waiting[how]
        share = math.ceil(len(queue) / (_CALLS_EACH * self._workers))
        size = min(self._per_call, share) if how == _TOGETHER else 1
        return _Call(how, [queue.popleft() for _ in range(size)])

    def _submitted(self, call: _Call) -> Any:
        self._handed_out += 1
        keys = "".join([self._batch, str(self._handed_out), *(task.key for task in call.tasks)])
        return self._client.submit(
            calls.call,
            self._batch,
            calls.identity(),
            self._function,
            [task.to_json() for task in call.tasks],
            key=f"ita_nb_call-{hashlib.sha256(keys.encode()).hexdigest()[:32]}",
            pure=False,
        )

    def _tell(self) -> None:
        """Let the calls that run end after the task that they are at, and the others at once."""
        if not self._is_told and self._workers:
            self._is_told = True
            with suppress(OSError, TimeoutError):
                self._client.run(calls.stop, self._batch, on_error="ignore")

    def _collected(self) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for future in [future for future in self._running if future.done()]:
            answer = _answer(future)
            if answer is None:
                continue
            call = self._running.pop(future)
            future.release()
            outcomes += [Outcome.from_json(line) for line in answer.lines]
            outcomes += self._lost(call.tasks[len(answer.lines) :], call.how, answer)
        return outcomes

    def _lost(self, tasks: Sequence[Task], how: int, answer: _Answer) -> list[Outcome]:
        """Give another chance to the tasks of a call that was lost, fail those that have had all."""
        if self._is_cancelled:
            return []
        if how == _SOLE:
            return [_failed(task, answer) for task in tasks]
        self._waiting[how + 1].extend(tasks)
        return []

    def _given_up(self) -> list[Outcome]:
        if self._workers or time.monotonic() - self._seen < self._patience:
            return []
        tasks = [task for call in self._running.values() for task in call.tasks]
        if not self._is_cancelled:
            tasks += [task for queue in self._waiting for task in queue]
        self._running.clear()
        for queue in self._waiting:
            queue.clear()
        seconds = f"{self._patience:.0f}"
        gone = _Answer(told_th=f"ไม่มี worker นาน {seconds} วินาที")
        return [_failed(task, gone) for task in tasks]


class _Call(NamedTuple):
    """Tasks that were handed out together, and how."""

    how: int
    tasks: Sequence[Task]


class _Answer(NamedTuple):
    """What came back of a call: a line for each task that was done, and what became of the others."""

    lines: Sequence[str] = ()
    cause: Cause = "worker-died"
    told_th: str = "worker หยุดกลางคัน"


def _answer(future: Any) -> _Answer | None:
    """Return the answer of a call that ended, ``None`` where it is still on its way."""
    from distributed import CancelledError, KilledWorker

    if future.status == "finished":
        try:
            return _Answer(future.result(timeout=_FETCH))
        except (TimeoutError, OSError, KilledWorker):
            return None  # its worker has ended since: Dask repeats the call, or gives it up
        except CancelledError:
            return _Answer()
    error = future.exception() if future.status == "error" else None
    if error is None or isinstance(error, KilledWorker):
        return _Answer()
    said = f"{type(error).__name__}: {error}"
    return _Answer((), "unexpected", f"ข้อผิดพลาดของโปรแกรม {said}")


def _failed(task: Task, answer: _Answer) -> Outcome:
    failure = Failure(
        answer.cause,
        "",
        f"เครื่องที่รับงานทำงานนี้ไม่สำเร็จ: {answer.told_th}",
    )
    return Outcome(task.key, task.agency_id, failure=failure, kernel=task.kernel)
