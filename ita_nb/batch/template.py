"""The template: one process that has imported and warmed everything, and forks workers and kernels.

Importing and warming what a report needs takes seconds; a fork of a process that has done so takes
milliseconds and shares its memory. The template itself does nothing but fork (:mod:`ita_nb.batch.forking`):
it has one thread, for a fork copies no other. Linux only; elsewhere, and whenever it fails, workers and
kernels are ordinary processes.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from ita_nb.batch.task import Task
from ita_nb.errors import ItaError

# The environment variable in which kernels and workers find the address of the template.
ADDRESS = "ITA_NB_TEMPLATE"

# One process does the work of one core; more threads of it would only fight with the other processes.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_ENVIRONMENT = ONE_THREAD | {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # Arrow's allocator would start a thread
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # read when matplotlib is imported
}
_START_SECONDS = 180
_END_SECONDS = 10
_ANSWER_SECONDS = 30
_PREFIX = "ita-nb-"  # of a private folder; then the number of the process that made it
_LONGEST_FOLDER = 60  # characters: the path of a socket must not be longer than about 100


class TemplateError(ItaError):
    """The template cannot start, or cannot fork; ordinary processes can do all that it does."""

    def __init__(self, found: str) -> None:
        """Say what went wrong."""
        super().__init__(
            where="กระบวนการต้นแบบ",
            expected="กระบวนการต้นแบบพร้อมแตกกระบวนการ",
            found=found,
            todo="ไม่ต้องแก้ไข โปรแกรมจะใช้เคอร์เนลแบบปกติแทน ซึ่งช้ากว่า (--kernel cold)",
        )


def private_folder(beside: str | None = None) -> Path:
    """Make a folder that only this user can enter, with a name short enough for sockets in it.

    It lies in the folder of the template at ``beside``, which goes when the template goes, else among
    the temporary files, where :func:`clear_left_folders` finds it when this process was killed.
    """
    # Not beside the outputs: these may be on a share, where there can be no sockets.
    within = str(Path(beside).parent) if beside else tempfile.gettempdir()
    if len(within) > _LONGEST_FOLDER or not Path(within).is_dir():
        within = _short_folder()
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=within))


def clear_left_folders() -> None:
    """Remove the private folders of processes that have gone: whoever is killed leaves his."""
    import psutil

    for within in {tempfile.gettempdir(), _short_folder()}:
        for folder in Path(within).glob(f"{_PREFIX}*-*"):
            pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
            if pid.isdecimal() and not psutil.pid_exists(int(pid)):
                shutil.rmtree(folder, ignore_errors=True)  # another user's stays


def _short_folder() -> str:
    return "/tmp" if os.name == "posix" else tempfile.gettempdir()  # noqa: S108 mkdtemp is safe there


class Template:
    """The owner's hold on the template: it lives until :meth:`close`, or until the owner dies."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        """Take over a process that is ready; see :meth:`start`."""
        self._process = process
        self._folder = folder

    @classmethod
    def start(cls, tasks: Sequence[Task] = ()) -> Template:
        """Start a template and wait until it is ready.

        It also builds what ``tasks`` say, a few of the batch, so that tables, words and fonts of the
        batch are at hand. Raises TemplateError where it cannot start.
        """
        if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
            raise TemplateError(f"ใช้ได้บน Linux เท่านั้น (ระบบนี้คือ {sys.platform})")
        folder = private_folder()
        # Without -P the folder of the owner would stand in the search path of every kernel.
        command = [sys.executable, "-P", "-m", "ita_nb.batch.template", str(folder / "t")]
        process = subprocess.Popen(  # noqa: S603 our own module
            [*command, *(task.to_json() for task in tasks)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | _ENVIRONMENT,
            start_new_session=True,
        )
        template = cls(process, folder)
        answer = template._answer()
        if answer != "ok":
            template.close()
            raise TemplateError(answer or f"จบการทำงานด้วยรหัส {process.returncode}")
        return template

    def _answer(self) -> str:
        stdout = self._process.stdout
        if stdout is None or not select.select([stdout], [], [], _START_SECONDS)[0]:
            return f"ไม่พร้อมภายใน {_START_SECONDS} วินาที"
        return stdout.readline().decode().strip()

    @property
    def address(self) -> str:
        """The path of the socket that takes the requests of :func:`fork`."""
        return str(self._folder / "t")

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the template and what is bound to it. May be called twice."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()  # the end of its input is the end of the template
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Template:
        """Hold the template for a with block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the template."""
        self.close()


class Forked:
    """A process that the template has forked; looks like a Popen.

    ``cpu_seconds`` (user and system) and ``peak_mb`` (resident, what it shares with the template counted)
    are known once it has ended. Where the template died before it, ``returncode`` is -9 whatever happened.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket) -> None:
        """Take over a connection on which a fork was asked for. Raises OSError where it is lost."""
        number, fds, _, _ = socket.recv_fds(connection, 4, 1)
        if not fds:
            raise ConnectionError("the template did not fork")
        self.pid = int.from_bytes(number, "big")
        self.returncode: int | None = None
        self.cpu_seconds, self.peak_mb = 0.0, 0
        self._connection, self._handle = connection, fds[0]

    def fileno(self) -> int:
        """Return a descriptor that is readable once the process has ended."""
        return self._handle

    def poll(self) -> int | None:
        """Return the exit status, or ``None`` while the process runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit status. Raises TimeoutExpired after ``timeout`` seconds."""
        if self.returncode is None:
            end = select.poll()
            end.register(self._handle, select.POLLIN)
            if not end.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired(f"forked {self.pid}", timeout or 0)
            self._take_leave()
        return self.returncode or 0

    def _take_leave(self) -> None:
        try:
            status, self.cpu_seconds, self.peak_mb = json.loads(self._connection.recv(200))
        except (OSError, ValueError):
            status = -signal.SIGKILL
        self.returncode = status
        self._connection.close()
        os.close(self._handle)

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signum)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process."""
        self.send_signal(signal.SIGKILL)


def fork(
    address: str,
    target: str,
    arguments: Sequence[Any] = (),
    fds: Sequence[int] = (),
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    *,
    bound: bool = False,
) -> Forked:
    """Let the template at ``address`` fork a process that calls ``target`` (``module:function``).

    The function is called with ``arguments`` (what JSON can carry), then the numbers that the open files
    ``fds`` have in the new process; what it returns is the exit status. The process has a session of its
    own, nothing to read, and ``env`` and ``cwd`` where they are given. One that is ``bound`` dies with the
    template and with whoever called this; another outlives both. Raises TemplateError.
    """
    given = {"env": env if env is None else dict(env), "cwd": cwd, "bound": bound}
    body = json.dumps({"target": target, "arguments": list(arguments), **given}).encode()
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_ANSWER_SECONDS)
    try:
        connection.connect(address)
        socket.send_fds(connection, [len(body).to_bytes(4, "big")], list(fds))
        connection.sendall(body)
        return Forked(connection)
    except (OSError, ValueError) as error:
        connection.close()
        raise TemplateError(f"{type(error).__name__}: {error}") from error


if __name__ == "__main__":
    from ita_nb.batch.forking import main

    main(sys.argv[1], sys.argv[2:])
