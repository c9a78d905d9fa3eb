"""Running a notebook by papermill: in an empty folder, in a forked or an ordinary kernel, within limits.

A fork of a process that has imported everything starts in milliseconds and shares its memory; an ordinary
kernel takes seconds, and gives the same outputs. A fork copies no thread, so a process that will have some
forks one first that never has (:class:`Forks`), and that forks the kernels.
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any, NamedTuple
from uuid import uuid4

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.utils import run_sync

from ita_nb.errors import RenderError
from ita_nb.intake.params_file import DocumentName
from ita_nb.intake.workspace import WORKSPACE
from ita_nb.notebook_files import check_notebook, forget_folders
from ita_nb.task import ENVIRONMENT, Cause, KernelKind, Limits

# The kernel's own warnings are about its transport; an officer can do nothing about them. A history that
# nobody reads would be a database and a thread.
_ARGUMENTS = ["--log-level=40", "--HistoryManager.enabled=False"]
# What a kernel and an exporter import in their life, late imports among them.
_MODULES = """
    papermill papermill.inspection nbclient nbformat.validator
    ipykernel.kernelapp ipykernel.zmqshell ipykernel.debugger ipykernel.subshell
    IPython.core.completerlib IPython.core.debugger IPython.core.historyapp IPython.core.magics
    IPython.core.oinspect IPython.core.pylabtools IPython.extensions.storemagic faulthandler pdb
    tornado.platform.asyncio matplotlib.textpath matplotlib.pyplot matplotlib_inline.config
    pythainlp.tokenize fontTools.subset pikepdf pypdfium2 typst docx pandas pandas.io.formats.style
    mistune mistune.plugins.footnotes mistune.plugins.formatting mistune.plugins.table mistune.renderers.html
    ipykernel.kernelspec pyarrow pyarrow.parquet ita_nb.tables
    ita_nb.document.notebook ita_nb.document.html ita_nb.document.pdf ita_nb.document.word ita_nb.notebook
    ita_nb.charts ita_nb.verify
""".split()
# What people use in cells of their own: imported where the notebook names it, for it takes long.
_IN_CELLS = ("scipy.stats",)
# Parts of papermill, of the check of notebooks and of the kernel that nobody uses here, and that take long
# where they are installed: nobody steps through a batch.
_UNUSED = ("rfc3987_syntax", "boto3", "debugpy")

_START_SECONDS = 60
# How long the last words of a cell may be on their way: a machine may have far more kernels than cores.
_OUTPUT_SECONDS = 30
_ASK_SECONDS, _SOON = 1.0, 0.1
# A kernel that died holding so much of what it was allowed has most probably died of it.
_NEARLY_ALL = 0.9
_LONGEST_FOLDER = 60  # characters: the path of a socket must not be longer than about 100

# What was expected, and what to do.
_WORDS: dict[Cause, tuple[str, str]] = {
    "cell-failed": (
        "สมุดบันทึกทำงานจนจบ",
        "แก้ข้อมูลหรือพารามิเตอร์ตามข้อความ แล้วสั่งใหม่",
    ),
    "cell-timeout": (
        "แต่ละเซลล์ทำงานเสร็จภายใน {0.cell_seconds} วินาที",
        "ตรวจเซลล์ที่ระบุ หรือเพิ่มเวลาต่อเซลล์ แล้วสั่งใหม่",
    ),
    "run-timeout": (
        "สมุดบันทึกทำงานเสร็จทั้งเล่มภายใน {0.run_seconds} วินาที",
        "ลดจำนวนงานที่ทำพร้อมกัน หรือเพิ่มเวลาต่อเล่ม แล้วสั่งใหม่",
    ),
    "memory": (
        "หน่วยความจำเพียงพอสำหรับสมุดบันทึก",
        "ตรวจเซลล์ที่ระบุ ลดจำนวนงานที่ทำพร้อมกัน หรือเพิ่มขีดจำกัดหน่วยความจำ แล้วสั่งใหม่",
    ),
    "kernel-died": (
        "เคอร์เนล Python ทำงานจนจบ",
        "ตรวจหน่วยความจำที่เหลือ และติดตั้งใหม่ด้วย make report แล้วสั่งใหม่",
    ),
}


class ExecutionError(RenderError):
    """A notebook did not run to its end.

    ``cause`` says why, ``cell`` is the number that the kernel counts (0 before the first cell), and
    ``notebook`` is the notebook as far as it has come, ``None`` where no kernel started.
    """

    def __init__(self, name: str, cause: Cause, cell: int, found: str, limits: Limits, notebook: Any) -> None:
        """Put the trouble into words."""
        expected, todo = (text.format(limits) for text in _WORDS[cause])
        self.cause, self.cell, self.notebook = cause, cell, notebook
        place = f"{name} เซลล์ที่ {cell}" if cell else name
        super().__init__(where=place, expected=expected, found=found, todo=todo)


class Execution(NamedTuple):
    """A notebook with its outputs, the kind of its kernel at last, and what its kernels used."""

    notebook: Any
    kernel: KernelKind
    cpu_seconds: float


def preload(notebook: Path | None = None) -> None:
    """Import what kernels and exporters need, and what a notebook names, so that forks have it."""
    os.environ.update(ENVIRONMENT)
    modules: dict[str, Any] = sys.modules
    hidden = [name for name in _UNUSED if modules.setdefault(name, None) is None]
    for name in _MODULES:
        importlib.import_module(name)
    for name in hidden:
        del modules[name]
    with suppress(OSError, ValueError):  # told where it is run
        text = notebook.read_text(encoding="utf-8") if notebook else ""
        for name in (name for name in _IN_CELLS if name in text):
            importlib.import_module(name)
    # It registers itself with the kernel that imports it; a kernel must not find it imported.
    modules.pop("matplotlib_inline.backend_inline", None)


def run_notebook(
    notebook: Path,
    parameters: Mapping[str, Any],
    workspace: Path,
    *,
    document: DocumentName | None = None,
    forks: Forks | None = None,
    limits: Limits | None = None,
    is_quiet: bool = False,
    finish: Callable[[Any], str] = lambda _: "",
) -> Execution:
    """Run a notebook; return it with its outputs.

    It runs in an empty folder and finds its data in ``workspace``; its kernel is one of ``forks``, else an
    ordinary one. It must be a notebook of ``document``, where that is given. ``finish`` returns the source of
    a cell to run after all others, which no document prints, or ``""``. Where a kernel is lost, one more
    attempt is made, in an ordinary one. Raises ExecutionError, or ParameterError (see
    :func:`~ita_nb.notebook_files.check_notebook`).
    """
    import nbformat  # heavy, if nothing is hidden from it: see _UNUSED

    check_notebook(notebook, parameters, document)
    loaded = nbformat.read(notebook, as_version=4)
    if last_cell := finish(loaded):
        loaded.cells.append(nbformat.v4.new_code_cell(last_cell, metadata={"tags": ["explore"]}))
    attempts: list[_Attempt] = []
    for source in (forks, None):
        attempts.append(_Attempt(loaded, notebook.name, limits or Limits(), is_quiet=is_quiet))
        attempts[-1].make(source, dict(parameters), workspace)
        if not attempts[-1].lost_kernel:
            break
    last = attempts[-1]
    if last.cause:
        made = next((one.notebook for one in reversed(attempts) if one.notebook), None)
        raise ExecutionError(notebook.name, last.cause, last.cell, last.found, last.limits, made)
    return Execution(last.notebook, last.kind, sum(one.cpu_seconds for one in attempts))


def _private_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that only this user can enter, with a name short enough for sockets in it."""
    # Not beside the outputs: these may be on a share, where there can be no sockets.
    usual = tempfile.gettempdir()
    is_long = os.name == "posix" and len(usual) > _LONGEST_FOLDER
    place = "/tmp" if is_long else usual  # noqa: S108 safe there
    return tempfile.TemporaryDirectory(prefix="ita-nb-", dir=place, ignore_cleanup_errors=True)


class _Attempt:
    """One attempt to run a notebook, and what is known of it."""

    def __init__(self, loaded: Any, name: str, limits: Limits, *, is_quiet: bool) -> None:
        self._loaded, self._name, self.limits, self._is_quiet = loaded, name, limits, is_quiet
        self.notebook: Any = None  # as far as it has come
        self.kind: KernelKind = "cold"
        self.cpu_seconds, self._peak_mb = 0.0, 0
        self.cause: Cause | None = None
        self.cell, self.found, self.lost_kernel = 0, "", False
        self._index, self._began = -1, monotonic()  # the cell that was begun last
        self._is_last = False  # whether the time for all ends before the time for the cell

    def make(self, forks: Forks | None, parameters: dict[str, Any], workspace: Path) -> None:
        """Run the notebook; what goes wrong with it is told in ``cause``, not raised."""
        from jupyter_client.kernelspec import NoSuchKernel
        from nbclient.exceptions import CellTimeoutError
        from papermill.exceptions import PapermillExecutionError

        try:
            self._run(forks, parameters, workspace)
        except PapermillExecutionError as error:
            self.cause = "memory" if error.ename.endswith("MemoryError") else "cell-failed"
            self.cell, self.found = error.exec_count or 0, f"{error.ename}: {error.evalue}"
        except CellTimeoutError:
            self._fail("run-timeout" if self._is_last else "cell-timeout", "ยังทำงานอยู่เมื่อครบกำหนดเวลา")
        except (NoSuchKernel, RuntimeError) as error:
            self.lost_kernel = True
            limit = self.limits.memory_mb
            ate_all = limit is not None and self._peak_mb >= _NEARLY_ALL * limit
            self._fail("memory" if ate_all else "kernel-died", f"{type(error).__name__}: {error}")
        else:
            # For papermill an exit in a cell is a good end, though no later cell ran.
            for exit_ in _errors(self.notebook.cells[self._index]):
                self._fail("cell-failed", f"{exit_.ename}: {exit_.evalue}")

    def _run(self, forks: Forks | None, parameters: dict[str, Any], workspace: Path) -> None:
        from papermill.engines import papermill_engines
        from papermill.execute import execute_notebook, raise_for_execution_errors

        with _private_folder() as folder:
            kernel = _Kernel(Path(folder), workspace, self.limits.memory_mb, forks, is_quiet=self._is_quiet)
            try:
                # Prepared and run apart: in one step it would be written, which takes long, and the folder
                # of this process be changed.
                prepared = execute_notebook(
                    self._loaded,
                    None,
                    parameters=parameters,
                    kernel_name="python3",  # whatever the notebook was last saved with
                    language="python",
                    prepare_only=True,
                )
                self.notebook = papermill_engines.execute_notebook_with_engine(
                    None,
                    prepared,
                    kernel_name="python3",
                    progress_bar=False,
                    autosave_cell_every=0,
                    start_timeout=_START_SECONDS,
                    iopub_timeout=_OUTPUT_SECONDS,
                    km=kernel,
                    extra_arguments=_ARGUMENTS,
                    ipython_hist_file="",
                    resources={"metadata": {"path": kernel.start.folder}},
                    timeout_func=self._seconds,
                    on_notebook_start=self._begin,
                    on_cell_start=self._begin_cell,
                )
                raise_for_execution_errors(self.notebook, None)
            finally:
                kernel.end()
                self.kind = "warm" if kernel.forked else "cold"
                self.cpu_seconds, self._peak_mb = kernel.used()

    def _begin(self, notebook: Any) -> None:
        self.notebook = notebook
        forget_folders(notebook, self._name)

    def _begin_cell(self, cell: Any, cell_index: int) -> None:  # noqa: ARG002 nbclient names both
        self._index = cell_index

    def _seconds(self, _cell: Any) -> float | None:
        """Return how long the next cell may take."""
        cell, run = self.limits.cell_seconds, self.limits.run_seconds
        left = None if run is None else max(self._began + run - monotonic(), 0.01)
        self._is_last = left is not None and (cell is None or left < cell)
        return left if self._is_last else cell

    def _fail(self, cause: Cause, found: str) -> None:
        """Put the failure into the notebook, so that nobody takes it for a whole one."""
        from nbformat.v4 import new_output

        begun = self.notebook.cells[: self._index + 1] if self.notebook else []
        self.cause, self.found = cause, found
        self.cell = sum(1 for cell in begun if cell.cell_type == "code" and cell.source.strip())
        if begun and not _errors(begun[-1]):
            told = new_output("error", ename=cause, evalue=found, traceback=[f"{cause}: {found}"])
            begun[-1].outputs.append(told)
            begun[-1].metadata.papermill.update(exception=True, status="failed")
            self.notebook.metadata.papermill["exception"] = True


def _errors(cell: Any) -> list[Any]:
    return [output for output in cell.get("outputs", ()) if output.output_type == "error"]


# ---------------------------------------------------------------- the kernel of one attempt


class _Kernel(AsyncKernelManager):
    """A kernel for one run, in the form in which papermill takes one; its files lie in ``folder``.

    It is one of ``forks``; without, or where these cannot, an ordinary one. ``memory_mb`` limits its data, on
    Linux (of a forked one what it takes beyond what it was forked with).
    """

    def __init__(
        self, folder: Path, workspace: Path, memory_mb: int | None, forks: Forks | None, *, is_quiet: bool
    ) -> None:
        # Ports can be lost to another process between being found free and being used; files cannot.
        transport = "ipc" if os.name == "posix" else "tcp"
        super().__init__(
            kernel_name="python3",
            connection_file=str(folder / "kernel.json"),
            transport=transport,
            client_factory=_Client,
        )
        # What a cell writes by a mere name must not meet anything, nor an import what lies beside the data.
        self._run_folder = folder / "run"
        self._run_folder.mkdir()
        # People's own settings of IPython must not change an official document.
        env = {**ENVIRONMENT, WORKSPACE: str(workspace.absolute()), "IPYTHONDIR": str(folder / "ipython")}
        self.start = _Start(self.connection_file, str(self._run_folder), env, memory_mb, is_quiet)
        self.forked = None
        if forks:
            self.write_connection_file()
            with suppress(OSError, EOFError):
                self.forked = forks.fork(self.start)
        self._clients: list[AsyncKernelClient] = []
        self._used_before, _ = _used_by_children()
        self.provisioner = _Provisioner(kernel_id=str(uuid4()), kernel_spec=self.kernel_spec, parent=self)

    def client(self, **options: Any) -> AsyncKernelClient:  # type: ignore[override]  # as in its base
        """Return a client, which goes when the kernel goes."""
        client = super().client(**options)
        self._clients.append(client)
        return client

    def end(self) -> None:
        """End the kernel at once and free what it held."""
        for client in self._clients:
            client.stop_channels()
        if self.forked:
            self.forked.send_signal(signal.SIGKILL)
            self.forked.wait()
        run_sync(self.shutdown_kernel)(now=True)

    def used(self) -> tuple[float, int]:
        """Return CPU seconds and the peak of memory (MB) of a kernel that has ended; 0 where not known."""
        if self.forked:
            return self.forked.used
        cpu_seconds, peak_mb = _used_by_children()
        return cpu_seconds - self._used_before, peak_mb


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
    """Takes the kernel that was forked, else starts an ordinary one."""

    parent: _Kernel
    process: Any = None  # a Popen, or what looks like one

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Start the kernel, unless it runs."""
        kernel = self.parent
        if kernel.forked:
            self.process, self.pid = kernel.forked, kernel.forked.pid
            return self.connection_info
        output = subprocess.DEVNULL if kernel.start.is_quiet else 2
        options |= {"env": {**options["env"], **kernel.start.env}, "cwd": kernel.start.folder}
        info = await super().launch_kernel(cmd, **options, stdout=output, stderr=output)
        _limit_memory(self.process.pid, kernel.start.memory_mb)
        return info

    async def kill(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 the caller's form
        """End the kernel, and wait for that: else its manager would look again after 100 ms."""
        process = self.process
        await super().kill(restart)
        if process:
            process.wait()


def _used_by_children() -> tuple[float, int]:
    """Return CPU seconds and the highest peak of memory (MB) of the children that have ended, where known."""
    if os.name != "posix":
        return 0.0, 0
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime, _mb(usage.ru_maxrss)


def _mb(peak: int) -> int:
    """Return a peak of memory, which systems count in units of their own, in MB."""
    return peak >> (20 if sys.platform == "darwin" else 10)


# ---------------------------------------------------------------- forked kernels


class _Start(NamedTuple):
    """What a kernel starts with; ``folder`` is where it runs."""

    connection_file: str
    folder: str
    env: dict[str, str]
    memory_mb: int | None
    is_quiet: bool


class Forks:
    """A process that forks kernels, one at a time: it was forked itself while this one had no threads."""

    def __init__(self) -> None:
        """Fork the process; it ends with this one. See :meth:`can_start`."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self._pipe, theirs = Pipe()
        self._pid = os.fork()
        if not self._pid:
            try:
                self._pipe.close()
                _serve(theirs)
            finally:
                os._exit(1)
        theirs.close()

    @staticmethod
    def can_start() -> bool:
        """Whether this process may be forked: it has one thread, and is no kernel itself."""
        tasks, kernels = Path("/proc/self/task"), sys.modules.get("ipykernel.kernelapp")
        is_kernel = kernels is not None and kernels.IPKernelApp.initialized()
        return tasks.is_dir() and len(list(tasks.iterdir())) == 1 and not is_kernel

    def fork(self, start: _Start) -> _Forked:
        """Return a kernel. Raises OSError or EOFError where the process that forks has gone."""
        self._pipe.send(start)
        return _Forked(self._pipe.recv(), self._pipe)

    def close(self) -> None:
        """End the process that forks."""
        self._pipe.close()
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


class _Forked:
    """A kernel that was forked elsewhere, in the form of a Popen: what became of it is told on a pipe."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, pipe: Connection) -> None:
        self.pid, self._pipe = pid, pipe
        self.returncode: int | None = None
        self.used = 0.0, 0  # CPU seconds and the peak of memory (MB), known at its end

    def poll(self) -> int | None:
        """Return the exit status, or ``None`` while the process runs."""
        return self.wait() if self.returncode is None and self._pipe.poll() else self.returncode

    def wait(self) -> int | None:
        """Wait for the end and return the exit status."""
        if self.returncode is None:
            try:
                self.returncode, self.used = self._pipe.recv()
            except (OSError, EOFError):
                self.returncode = -signal.SIGKILL
                with suppress(ProcessLookupError):  # nobody can tell any longer what becomes of it
                    os.kill(self.pid, signal.SIGKILL)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def _serve(pipe: Connection) -> None:
    """Fork a kernel for each request and tell how it ended."""
    owner = os.getppid()
    os.setsid()
    while True:
        try:
            start = pipe.recv()
        except EOFError:
            os._exit(0)
        pid = os.fork()
        if not pid:
            pipe.close()
            _become_kernel(start, owner)
        pipe.send(pid)
        _, status, usage = os.wait4(pid, 0)
        exit_status = os.waitstatus_to_exitcode(status)
        pipe.send((exit_status, (usage.ru_utime + usage.ru_stime, _mb(usage.ru_maxrss))))


def _become_kernel(start: _Start, owner: int) -> None:
    """Be a kernel until it is told to end, or until its owner has ended."""
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    np.random.seed()  # as in an ordinary kernel: what was drawn before the fork would be drawn in each
    os.environ.update(start.env)
    os.chdir(start.folder)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    for standard in (1, 2):
        os.dup2(nothing if start.is_quiet else 2, standard)
    if start.memory_mb is not None:
        # What it was forked with is shared: the notebook may take as much as in an ordinary kernel.
        _limit_memory(os.getpid(), start.memory_mb + _data_mb())
    arguments = ["-f", start.connection_file, *_ARGUMENTS]
    sys.argv[1:] = arguments
    app = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize(arguments)  # type: ignore[no-untyped-call]
    die_with(owner)
    app.start()  # type: ignore[no-untyped-call]
    os._exit(0)


def die_with(owner: int) -> None:
    """End this process, by a thread that waits for it, as soon as its owner has ended, however that ended."""
    import select
    import threading

    if not hasattr(os, "pidfd_open"):
        return
    try:
        handle = os.pidfd_open(owner)
    except ProcessLookupError:
        os._exit(1)

    def watch() -> None:
        select.select([handle], [], [])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _data_mb() -> int:
    """Return how many MB of its own this process holds, as :func:`_limit_memory` counts them; on Linux."""
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) >> 10 for line in status if line.startswith("VmData:"))


def _limit_memory(pid: int, memory_mb: int | None) -> None:
    """Limit what a process may hold of its own (code and shared files are not counted); on Linux."""
    if memory_mb is None or sys.platform != "linux":
        return
    import resource

    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_DATA, (memory_mb << 20, memory_mb << 20))
