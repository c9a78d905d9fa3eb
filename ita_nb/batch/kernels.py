"""The kernel of one run: forked or started afresh, on private sockets, limited and measured."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any
from uuid import uuid4

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.utils import run_sync

from ita_nb.batch.task import KernelKind
from ita_nb.batch.template import ADDRESS, ONE_THREAD, Forked, TemplateError, fork

# The kernel's own warnings are about its transport; an officer can do nothing about them. A history that
# nobody reads would be a database and a thread.
KERNEL_ARGUMENTS = ("--log-level=40", "--HistoryManager.enabled=False")

STDERR = 2
_START_SECONDS = 30.0  # until a fork, which has nothing to import, has opened its sockets
_ASK_SECONDS = 1.0
_SOON = 0.1


class RunKernel(AsyncKernelManager):
    """A kernel for one run, in the form in which papermill takes one; its files lie in ``folder``.

    A warm one is asked of the template that the environment names; without it, or when anything about it
    fails, the kernel is an ordinary one, and ``kind`` says so. What it writes past the notebook goes to
    ``output`` (a descriptor). ``memory_mb`` limits its data, on Linux (of a warm one what it takes
    beyond what it was forked with). ``env`` is added to its environment.
    """

    def __init__(
        self,
        folder: Path,
        kind: KernelKind,
        memory_mb: int | None = None,
        output: int = STDERR,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a kernel; papermill starts it."""
        # Ports can be lost to another process between being found free and being used; files cannot.
        transport = "ipc" if os.name == "posix" else "tcp"
        # Whatever kernel the notebook was last saved with.
        super().__init__(
            kernel_name="python3",
            connection_file=str(folder / "kernel.json"),
            transport=transport,
            client_factory=_Client,
        )
        self.folder = folder
        self.kind = kind
        self.memory_mb = memory_mb
        self.output = output
        self.env = env or {}
        self._clients: list[AsyncKernelClient] = []
        self._started = _Provisioner(kernel_id=str(uuid4()), kernel_spec=self.kernel_spec, parent=self)
        self.provisioner = self._started

    def client(self, **options: Any) -> AsyncKernelClient:  # type: ignore[override]  # as in its base
        """Return a client, which goes when the kernel goes."""
        client = super().client(**options)
        self._clients.append(client)
        return client

    def end(self) -> None:
        """End the kernel at once and free what it held."""
        for client in self._clients:
            client.stop_channels()
        run_sync(self.shutdown_kernel)(now=True)

    @property
    def cpu_seconds(self) -> float:
        """What the kernel has used, user and system, once it has ended; 0 where this is not known."""
        return getattr(self._started.started, "cpu_seconds", 0.0)

    @property
    def peak_mb(self) -> int:
        """The most memory that the kernel held, once it has ended; 0 where this is not known."""
        return getattr(self._started.started, "peak_mb", 0)


class _Client(AsyncKernelClient):
    """Talks on two channels only, and is ready as soon as both have answered."""

    def start_channels(self, *_: bool, **__: bool) -> None:
        """Open the channels for requests and for output."""
        super().start_channels(stdin=False, hb=False, control=False)

    def stop_channels(self) -> None:
        """Close the two channels."""
        for channel in (self.shell_channel, self.iopub_channel):
            channel.stop()

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers. Raises RuntimeError when it dies, or after ``timeout`` seconds.

        The client's own waits for 200 ms in which nothing is said.
        """
        end = monotonic() + (timeout or float("inf"))
        while not await self._answers():
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if monotonic() > end:
                raise RuntimeError(f"Kernel did not answer in {timeout:.0f} seconds")

    async def _answers(self) -> bool:
        asked = self.kernel_info()
        try:
            reply = await self._message(self.shell_channel, asked, _ASK_SECONDS)
            # What it said before the output channel was connected is lost; then it is asked again.
            while (await self._message(self.iopub_channel, asked, _SOON))["content"] != {
                "execution_state": "idle"
            }:
                pass
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True

    async def _message(self, channel: Any, asked: str, seconds: float) -> dict[str, Any]:
        """Return the next message that answers a request. Raises Empty after ``seconds`` without any."""
        while True:
            message: dict[str, Any] = await channel.get_msg(timeout=seconds)
            if message["parent_header"].get("msg_id") == asked:
                return message


class _Provisioner(LocalProvisioner):
    """Starts the kernel in the way that its manager asks for."""

    parent: RunKernel
    process: Any = None  # a Popen, or what looks like one
    started: Forked | _Ordinary | None = None

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Fork or start the kernel."""
        run = self.parent
        # People's own settings of IPython must not change an official document.
        env = {**options["env"], **ONE_THREAD, **run.env, "IPYTHONDIR": str(run.folder / "ipython")}
        if run.kind == "warm":
            try:
                self.process = self.started = _forked(run, env, options.get("cwd"))
                return self.connection_info
            except TemplateError:
                run.kind = "cold"
        output = {"stdout": run.output, "stderr": run.output}
        info = await super().launch_kernel(cmd, **options | {"env": env} | output)
        if hasattr(os, "wait4"):
            self.process = self.started = _Ordinary(self.process)
        limit_memory(self.process.pid, run.memory_mb)
        return info

    async def kill(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 the caller's form
        """End the kernel, and wait for that: else its manager would look again after 100 ms."""
        process = self.process
        await super().kill(restart)
        if process:
            process.wait()


class _Ordinary:
    """A started process that is measured when it ends; looks like a Popen."""

    stdin = stdout = stderr = None

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid = process.pid
        self.cpu_seconds, self.peak_mb = 0.0, 0

    def poll(self) -> int | None:
        """Return the exit status, or ``None`` while the process runs."""
        return self._look(os.WNOHANG)

    def wait(self) -> int:
        """Wait for the end and return the exit status."""
        return self._look(0) or 0

    def _look(self, options: int) -> int | None:
        if self._process.returncode is None:
            pid, status, usage = os.wait4(self.pid, options)
            if pid:
                self._process.returncode = os.waitstatus_to_exitcode(status)
                self.cpu_seconds = usage.ru_utime + usage.ru_stime
                # In bytes on macOS, in kB elsewhere.
                self.peak_mb = usage.ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10)
        return self._process.returncode

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless the process has ended."""
        self._process.send_signal(signum)

    def terminate(self) -> None:
        """Ask the process to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End the process."""
        self._process.kill()


def _forked(run: RunKernel, env: Mapping[str, str], cwd: str | None) -> Forked:
    """Return a kernel that the template has forked, its sockets open. Raises TemplateError."""
    address = os.environ.get(ADDRESS)
    if not address:
        raise TemplateError(f"ไม่ได้ตั้งค่า {ADDRESS}")
    arguments = [["-f", run.connection_file, *KERNEL_ARGUMENTS], run.memory_mb]
    ready, told = os.pipe()
    try:
        fds = (told, run.output)
        try:
            kernel = fork(address, f"{__name__}:become_kernel", arguments, fds, env, cwd, bound=True)
        finally:
            os.close(told)
        if not select.select([ready], [], [], _START_SECONDS)[0] or not os.read(ready, 1):
            kernel.kill()
            raise TemplateError(f"เคอร์เนลไม่เริ่มทำงาน (รหัส {kernel.wait()})")
    finally:
        os.close(ready)
    return kernel


def become_kernel(argv: Sequence[str], memory_mb: int | None, ready: int, output: int) -> None:
    """Be a kernel, in a process that the template has forked; ``ready`` is told when it can be reached."""
    from ipykernel.kernelapp import IPKernelApp

    if memory_mb is not None:
        # What it was forked with is the template's: the notebook may take as much as in an ordinary kernel.
        limit_memory(os.getpid(), memory_mb + _data_mb())
    for standard in (1, 2):
        os.dup2(output, standard)
    sys.argv[1:] = argv
    app = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize(list(argv))  # type: ignore[no-untyped-call]
    os.write(ready, b".")
    os.close(ready)
    app.start()  # type: ignore[no-untyped-call]


def _data_mb() -> int:
    """Return how many MB of its own this process holds, as :func:`limit_memory` counts them; on Linux."""
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) >> 10 for line in status if line.startswith("VmData:"))


def limit_memory(pid: int, memory_mb: int | None) -> None:
    """Limit what a process may hold of its own (code and shared files are not counted); on Linux."""
    if memory_mb is None or sys.platform != "linux":
        return
    import resource

    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_DATA, (memory_mb << 20, memory_mb << 20))
