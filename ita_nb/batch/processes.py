"""The engine of this machine: a few worker processes, each with one task at a time.

Each seat has a thread that only waits for its worker, so the same code runs on every system. Workers are
forked from the template where there can be one, and are ordinary processes elsewhere.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Iterator

from ita_nb.batch.task import Failure, KernelKind, Outcome, Task
from ita_nb.batch.template import Template, TemplateError, clear_left_folders
from ita_nb.batch.workers import (
    WORKER,
    Worker,
    WorkerDiedError,
    WorkerOverranError,
    start_forked,
    start_ordinary,
)

_GRACE = 60.0  # seconds beyond a task's own limit: the worker keeps that one, this is for a worker that hangs
_TRIES = 2
_TEMPLATES = 5  # how many templates may die in one batch before ordinary processes take over
# A worker that grew by both is replaced: its libraries keep what they computed of every agency.
_GROWTH, _GROWTH_MB = 0.5, 200
_TICK = 0.2  # seconds after which a waiting loop looks again whether the batch was cancelled


class ProcessEngine:
    """Runs tasks in up to ``jobs`` worker processes; see :class:`~ita_nb.batch.engine.Engine`.

    ``worker`` is the module that the workers run: ``python -m worker``, and its ``serve`` in a forked one.
    :meth:`cancel` only sets a flag, so a signal handler may call it.
    """

    def __init__(self, jobs: int, kernel: KernelKind = "warm", worker: str = WORKER) -> None:
        """Prepare the engine; nothing is started before the first task."""
        self._jobs, self._module = max(1, jobs), worker
        clear_left_folders()
        self._nursery = _Nursery(worker) if kernel == "warm" else None
        self._waiting: deque[Task] = deque()
        self._ended: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._lock = threading.Condition()
        self._running = 0
        self._seats: list[threading.Thread] = []
        self._workers: dict[threading.Thread, Worker] = {}  # by the seat
        self._is_cancelled = self._is_closed = False

    def submit(self, task: Task) -> None:
        """Queue a task; it starts when there is room."""
        with self._lock:
            self._waiting.append(task)
            if len(self._seats) < self._jobs:
                self._add_seat()
            self._lock.notify()

    def _add_seat(self) -> None:
        seat = threading.Thread(target=self._sit, daemon=True)
        try:
            seat.start()
        except RuntimeError as error:  # the machine gives no more threads: fewer seats do the work
            if not self._seats:
                self._ended.put(_unforeseen(self._waiting.pop(), error))
        else:
            self._seats.append(seat)

    def as_completed(self) -> Iterator[Outcome]:
        """Yield one outcome for every submitted task that was not cancelled, as they end."""
        while not self._is_over():
            with contextlib.suppress(queue.Empty):
                yield self._ended.get(timeout=_TICK)

    def cancel(self) -> None:
        """Start nothing more: what runs is finished and yielded, what waits is dropped."""
        self._is_cancelled = True

    def close(self) -> None:
        """Stop what still runs and free everything."""
        self._is_cancelled = self._is_closed = True
        with self._lock:
            workers = tuple(self._workers.values())
            self._lock.notify_all()
        for worker in workers:
            worker.kill()
        for seat in self._seats:
            seat.join()
        if self._nursery is not None:
            self._nursery.close()

    @property
    def trouble(self) -> str:
        """Why workers and kernels were started the slow way where warm ones were asked for, else ``""``."""
        return self._nursery.trouble if self._nursery else ""

    def _is_over(self) -> bool:
        with self._lock:
            idle = not self._running and (self._is_cancelled or not self._waiting)
            return idle and self._ended.empty()

    def _next(self) -> Task | None:
        """Take the next task, waiting for one; ``None`` when there will be none."""
        with self._lock:
            while not self._is_cancelled:
                if self._waiting:
                    self._running += 1
                    return self._waiting.popleft()
                self._lock.wait(_TICK)
        return None

    def _sit(self) -> None:
        while (task := self._next()) is not None:
            outcome: Outcome | None = None
            try:
                outcome = self._attempted(task)
            except Exception as error:  # noqa: BLE001 - whatever it is, the other agencies go on
                outcome = _unforeseen(task, error)
                with contextlib.suppress(Exception):
                    self._dismiss()
            finally:
                with self._lock:
                    if outcome is not None and not self._is_closed:
                        self._ended.put(outcome)
                    self._running -= 1
        self._dismiss()

    def _attempted(self, task: Task) -> Outcome:
        """Have a task done by the worker of this seat, by a second one where the first died."""
        told = ""
        for attempt in range(1, _TRIES + 1):
            try:
                worker = self._workers.get(threading.current_thread()) or self._hired(task)
                outcome = worker.ask(task, task.run_seconds + _GRACE)
            except WorkerOverranError:
                self._dismiss()
                return _overran(task, attempt)
            except (WorkerDiedError, OSError) as error:
                told = str(error)
                self._dismiss()
                if self._is_closed:
                    break
            else:
                if not self._is_still_good(worker, task, outcome):
                    self._dismiss()
                return outcome
        return _died(task, told)

    def _hired(self, task: Task) -> Worker:
        worker = (self._nursery and self._nursery.worker(task)) or start_ordinary(self._module)
        with self._lock:
            self._workers[threading.current_thread()] = worker
            if self._is_closed:
                worker.kill()
        return worker

    def _is_still_good(self, worker: Worker, task: Task, outcome: Outcome) -> bool:
        # Kernels of a warm batch that start cold tell that the worker's template is gone.
        is_orphan = worker.is_forked and task.kernel == "warm" and outcome.kernel == "cold"
        return not is_orphan and not worker.grew(_GROWTH, _GROWTH_MB)

    def _dismiss(self) -> None:
        """Let the worker of this seat go, where there is one."""
        worker = self._workers.get(threading.current_thread())
        if worker is not None:
            try:
                worker.end()
            finally:
                with self._lock:
                    del self._workers[threading.current_thread()]


class _Nursery:
    """The template that workers are forked from: started with the first, and anew when it has died.

    ``trouble`` is what was wrong when it could not be started (Thai), ``""`` where nothing was.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._lock = threading.Lock()
        self._template: Template | None = None
        self._left = _TEMPLATES
        self.trouble = ""

    def worker(self, sample: Task) -> Worker | None:
        """Return a forked worker, ``None`` where there is no template to fork it from."""
        with self._lock:
            while template := self._ready(sample):
                try:
                    return start_forked(template.address, self._module)
                except TemplateError:
                    self._drop()
        return None

    def close(self) -> None:
        """End the template."""
        with self._lock:
            self._left = 0
            self._drop()

    def _ready(self, sample: Task) -> Template | None:
        if self._template is not None and not self._template.is_alive:
            self._drop()
        if self._template is None and self._left:
            self._left -= 1
            self._template = self._started(sample)
        return self._template

    def _started(self, sample: Task) -> Template | None:
        for _ in range(_TRIES):
            try:
                return Template.start([sample])
            except (TemplateError, OSError) as error:
                self.trouble = error.found if isinstance(error, TemplateError) else str(error)
        self._left = 0
        return None

    def _drop(self) -> None:
        if self._template is not None:
            self._template.close()
            self._template = None


def _overran(task: Task, attempt: int) -> Outcome:
    limit = task.run_seconds + int(_GRACE)
    return _failed(
        task,
        Failure(
            "run-timeout",
            "",
            f"ไม่เสร็จภายใน {limit} วินาที และไม่หยุดเองตามกำหนด {task.run_seconds} วินาที จึงถูกหยุด",
        ),
        attempt,
    )


def _died(task: Task, told: str) -> Outcome:
    return _failed(
        task,
        Failure(
            "worker-died",
            "",
            f"โปรแกรมที่จัดทำเอกสารหยุดกลางคันทั้ง {_TRIES} ครั้ง {told}".strip(),
        ),
        _TRIES,
    )


def _unforeseen(task: Task, error: Exception) -> Outcome:
    said = f"{type(error).__name__}: {error}"
    failure = Failure("unexpected", "", f"ข้อผิดพลาดของโปรแกรม {said}")
    return _failed(task, failure, 1)


def _failed(task: Task, failure: Failure, attempts: int) -> Outcome:
    return Outcome(task.key, task.agency_id, failure=failure, kernel=task.kernel, attempts=attempts)
