"""Inside the template process: warm up, then one loop that forks on request and tells how it ended.

Whoever holds the other end of standard input owns the template: its end is the end of the template. A
request comes on a connection of its own, and so does the answer: the number of the new process with a handle
for it, and one line when it has ended. Who closes the connection of a bound process ends it.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import traceback
import types
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ita_nb.batch.task import Task

_REQUEST_SECONDS = 5
_MOST_FDS = 8
_PR_SET_PDEATHSIG = 1


def main(address: str, tasks: Sequence[str]) -> None:
    """Warm up, say ``ok`` (or what is wrong) in one line on standard output, and serve at ``address``."""
    try:
        check_one_thread()
        from ita_nb.batch.warmup import warm_up

        warm_up([Task.from_json(line) for line in tasks])
        check_one_thread()
        server = _Server(address)
    except BaseException as error:  # noqa: BLE001 whatever it is, the owner is told and goes on without
        told = " ".join(f"{type(error).__name__}: {error}".split())
        os.write(1, f"{told}\n".encode())
        sys.exit(1)
    try:
        os.write(1, b"ok\n")
    except BrokenPipeError:  # the owner died while it waited
        shutil.rmtree(Path(address).parent, ignore_errors=True)
        sys.exit(1)
    os.dup2(2, 1)  # nobody reads on
    server.serve()


def check_one_thread() -> None:
    """Refuse to go on with a second thread: a fork would copy its locks, and not the thread.

    Raises RuntimeError naming the threads.
    """
    threads = sorted(Path("/proc/self/task").glob("*/comm"))
    if len(threads) > 1:
        names = ", ".join(path.read_text().strip() for path in threads)
        raise RuntimeError(f"the template has {len(threads)} threads: {names}")


@dataclass(frozen=True)
class _Request:
    """What is asked for, see :func:`ita_nb.batch.template.fork`."""

    target: str
    arguments: Sequence[Any]
    env: Mapping[str, str] | None
    cwd: str | None
    bound: bool


@dataclass
class _Child:
    bound: bool
    connection: socket.socket | None  # None once whoever asked for the process has gone


class _Server:
    def __init__(self, address: str) -> None:
        self._folder = Path(address).parent
        self._children: dict[int, _Child] = {}
        self._selector = selectors.PollSelector()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address)
        self._listener.listen(128)
        # Signals are put into a socket, to be seen by the one loop.
        self._signals, self._signalled = socket.socketpair()
        for end in (self._signals, self._signalled):
            end.settimeout(0)
        signal.set_wakeup_fd(self._signalled.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._selector.register(0, selectors.EVENT_READ, self._look_for_owner)
        self._selector.register(self._signals, selectors.EVENT_READ, self._reap)
        self._selector.register(self._listener, selectors.EVENT_READ, self._take_request)

    def serve(self) -> None:
        """Work until the owner has gone."""
        while True:
            for key, _ in self._selector.select():
                key.data()

    def _look_for_owner(self) -> None:
        if os.read(0, 1):
            return
        for pid, child in self._children.items():
            if child.bound:
                _kill(pid)
        shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(0)

    def _take_request(self) -> None:
        connection, _ = self._listener.accept()
        fds: list[int] = []
        try:
            connection.settimeout(_REQUEST_SECONDS)
            size, fds, _, _ = socket.recv_fds(connection, 4, _MOST_FDS)
            request = _Request(**json.loads(_received(connection, int.from_bytes(size, "big"))))
            check_one_thread()
            sys.stdout.flush()
            pid = os.fork()
            if pid == 0:
                self._become(connection, request, fds)
            self._adopt(pid, _Child(request.bound, connection))
        except (OSError, ValueError, TypeError, RuntimeError):
            traceback.print_exc()
            connection.close()  # which tells whoever asked
        finally:
            for fd in fds:
                os.close(fd)

    def _become(self, connection: socket.socket, request: _Request, fds: Sequence[int]) -> NoReturn:
        """Go on as the new process, in which nothing of the template is left open."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            others = (child.connection for child in self._children.values())
            for end in (self._listener, self._signals, self._signalled, connection, *others):
                if end:
                    end.close()
            status = _run(request, fds) or 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:  # noqa: BLE001 nothing may return into the loop of the template
            traceback.print_exc()
        finally:
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _adopt(self, pid: int, child: _Child) -> None:
        self._children[pid] = child
        if not (connection := child.connection):
            return
        handle = os.pidfd_open(pid)
        try:
            socket.send_fds(connection, [pid.to_bytes(4, "big")], [handle])
            self._selector.register(
                connection, selectors.EVENT_READ, lambda: self._look_for_client(pid, connection)
            )
        except OSError:
            self._lose_client(pid)
        finally:
            os.close(handle)

    def _look_for_client(self, pid: int, connection: socket.socket) -> None:
        try:
            if connection.recv(1):
                return
        except OSError:
            pass
        self._selector.unregister(connection)
        self._lose_client(pid)

    def _lose_client(self, pid: int) -> None:
        child = self._children[pid]
        if child.connection:
            child.connection.close()
            child.connection = None
        if child.bound:
            _kill(pid)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            self._signals.recv(4096)
        for pid, child in list(self._children.items()):
            if not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                continue
            if child.bound:
                _kill(pid)  # what it has started; until it is reaped, its number is nobody else's
            _, status, usage = os.wait4(pid, 0)
            del self._children[pid]
            if child.connection:
                self._selector.unregister(child.connection)
                ended = [os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime]
                with suppress(OSError):
                    child.connection.sendall(json.dumps([*ended, usage.ru_maxrss // 1024]).encode())
                child.connection.close()


def _received(connection: socket.socket, size: int) -> bytes:
    body = b""
    while len(body) < size:
        piece = connection.recv(size - len(body))
        if not piece:
            raise ConnectionError("the request ended before its end")
        body += piece
    return body


def _kill(pid: int) -> None:
    """End a process and the group that it leads."""
    for kill in (os.killpg, os.kill):  # for a moment after the fork there is no group yet
        with suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _run(request: _Request, fds: Sequence[int]) -> int | None:
    """Make the new process what was asked for, and call its function."""
    os.setsid()
    if request.bound:
        _die_with_parent()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if request.env is not None:
        os.environ.clear()
        os.environ.update(request.env)
    if request.cwd is not None:
        os.chdir(request.cwd)
    # Python seeds its own generator anew after a fork; numpy does not.
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    sys.modules["__main__"] = types.ModuleType("__main__")
    gc.enable()
    module, _, name = request.target.partition(":")
    function = getattr(importlib.import_module(module), name)
    found: int | None = function(*request.arguments, *fds)
    return found


def _die_with_parent() -> None:
    template = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != template:  # it had died before
        os._exit(1)
