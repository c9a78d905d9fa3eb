"""One worker process, seen from the process that runs the batch: start it, hand it a task, end it.

A worker reads a task on one line and answers with its outcome on one line. None outlives its runner, however
that ended (:mod:`ita_nb.batch.lifeline`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import IO, Any, Protocol

from ita_nb.batch import lifeline
from ita_nb.batch.task import Outcome, Task
from ita_nb.batch.template import ADDRESS, ONE_THREAD, fork

WORKER = "ita_nb.batch.worker"
_ENDING = 5.0  # seconds that a worker gets to end by itself
_TOLD = 400  # characters of a dead worker's last words that are passed on


class Process(Protocol):
    """What an ordinary and a forked process have in common."""

    pid: int

    def poll(self) -> int | None:
        """Return the exit status, ``None`` while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end. Raises subprocess.TimeoutExpired."""

    def kill(self) -> None:
        """End it at once."""


class WorkerDiedError(Exception):
    """The worker ended, or answered no outcome, while it had a task. The message is its last words."""


class WorkerOverranError(Exception):
    """The worker had a task for longer than it may, and was killed."""


class Worker:
    """A running worker. ``is_forked`` tells whether it came from the template."""

    def __init__(
        self, process: Process, asking: IO[str], answering: IO[str], errors: IO[bytes], *, is_forked: bool
    ) -> None:
        """Take over a started process with the pipes to and from it and the file of what it complains of."""
        self._process, self._asking, self._answering, self._errors = process, asking, answering, errors
        self.is_forked = is_forked
        self._first_mb = 0
        self._ending = threading.RLock()  # a forked process can be waited for by one thread at a time

    def ask(self, task: Task, seconds: float) -> Outcome:
        """Hand over a task and wait for its outcome, at most ``seconds``.

        Raises WorkerDiedError or WorkerOverranError; the worker is gone then.
        """
        overran = threading.Event()

        def stop() -> None:
            overran.set()
            self.kill()

        limit = threading.Timer(seconds, stop)
        limit.daemon = True
        limit.start()
        try:
            answer = self._exchange(task.to_json())
        finally:
            limit.cancel()
        outcome = _read(answer)
        if outcome is not None and outcome.key == task.key:
            return outcome
        self.kill()  # what answers anything else can no longer be trusted
        if overran.is_set():
            raise WorkerOverranError
        raise WorkerDiedError(self._last_words() or answer[:_TOLD])

    def _exchange(self, line: str) -> str:
        try:
            self._asking.write(line + "\n")
            self._asking.flush()
            return self._answering.readline()
        except (OSError, ValueError):  # a pipe that broke, or was closed under a blocked reader
            return ""

    def grew(self, by: float, at_least_mb: int) -> bool:
        """Whether its memory grew by the share ``by`` and by ``at_least_mb`` since this was first asked."""
        import psutil

        try:
            now_mb = psutil.Process(self._process.pid).memory_info().rss >> 20
        except psutil.Error:
            return False
        self._first_mb = self._first_mb or now_mb
        return bool(now_mb - self._first_mb > max(at_least_mb, by * self._first_mb))

    def end(self) -> None:
        """Let it end, as nobody will ask again, and see to it that it does."""
        with self._ending:
            with contextlib.suppress(OSError):
                self._asking.write(lifeline.END)
                self._asking.close()
            try:
                self._process.wait(_ENDING)
            except subprocess.TimeoutExpired:
                self.kill()
            for pipe in (self._asking, self._answering, self._errors):
                with contextlib.suppress(OSError):
                    pipe.close()

    def kill(self) -> None:
        """End it and what it started, at once. Any thread may call this, at any time."""
        with self._ending:
            _kill_group(self._process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_ENDING)

    def _last_words(self) -> str:
        with contextlib.suppress(OSError, ValueError):
            self._errors.seek(0)
            said = self._errors.read().decode("utf-8", errors="replace").strip()
            return said[-_TOLD:]
        return ""


def _read(answer: str) -> Outcome | None:
    try:
        return Outcome.from_json(answer)
    except (ValueError, KeyError, TypeError):
        return None


def _kill_group(process: Process) -> None:
    if process.poll() is not None:
        return  # its number may be another's by now
    # A worker leads a group of its own, so that Ctrl-C at the terminal reaches the runner only.
    with contextlib.suppress(OSError):
        if os.name == "posix" and os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def start_ordinary(module: str = WORKER) -> Worker:
    """Start a worker as a process of its own, on any system. Raises OSError."""
    apart: dict[str, Any] = (
        {"start_new_session": True}
        if os.name == "posix"
        else {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    )

    def start(incoming: int, outgoing: int, errors: int) -> Process:
        return subprocess.Popen(  # noqa: S603 - our own module by our own interpreter
            [sys.executable, "-P", "-m", lifeline.__name__, module],
            stdin=incoming,
            stdout=outgoing,
            stderr=errors,
            env=os.environ | ONE_THREAD | {"PYTHONUTF8": "1"},
            **apart,
        )

    return _started(start, is_forked=False)


def start_forked(address: str, module: str = WORKER) -> Worker:
    """Have the template at ``address`` fork a worker, which outlives it. Raises TemplateError."""
    env = os.environ | ONE_THREAD | {ADDRESS: address}

    def start(incoming: int, outgoing: int, errors: int) -> Process:
        return fork(address, f"{lifeline.__name__}:serve", [module], (incoming, outgoing, errors), env)

    return _started(start, is_forked=True)


def _started(start: Callable[[int, int, int], Process], *, is_forked: bool) -> Worker:
    """Start a process with pipes of which it holds the only far ends: one that ended is then noticed."""
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - the worker keeps it
    incoming, asking = os.pipe()
    answering, outgoing = os.pipe()
    try:
        process = start(incoming, outgoing, errors.fileno())
    except BaseException:
        errors.close()
        os.close(asking)
        os.close(answering)
        raise
    finally:
        os.close(incoming)
        os.close(outgoing)
    return Worker(
        process,
        os.fdopen(asking, "w", encoding="utf-8", newline="\n"),
        os.fdopen(answering, encoding="utf-8"),
        errors,
        is_forked=is_forked,
    )
