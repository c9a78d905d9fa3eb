"""A whole batch: plan, make what is to be made, put each report in place as it comes, sum up.

An executor makes the reports, on this machine or on others; only this process writes, so whatever ends a run,
the next one goes on from what lies in the folders.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from ita_nb.batch.batch_file import read_batch
from ita_nb.batch.digest import RunFacts, is_all_well, tell
from ita_nb.batch.folder import ASKED, Note
from ita_nb.batch.plan import Part, Plan, make_plan
from ita_nb.batch.summary import Summed, put_beside, sum_up
from ita_nb.intake.workspace import find_workspace
from ita_nb.made import StoreError, claimed, clear, read_records, record_only
from ita_nb.report import Failure, Made, put_made
from ita_nb.task import KernelKind, Task
from ita_nb.thai import duration_th, visible

_NO_ROOM = 16 * 2**20  # bytes: with less free, a file that could not be written is no single case
_LOOK_SECONDS = 1.0
_FINISHING = "หยุดตามคำสั่ง: รอรายงานที่กำลังทำให้เสร็จ (กด Ctrl-C อีกครั้งเพื่อหยุดทันที)"


class Engine(Protocol):
    """Where reports are made: an executor that is given ``width`` of them at a time."""

    width: int

    def submit(self, task: Task) -> Future[Made]:
        """Have a task made."""

    def lost(self) -> str:
        """Return in Thai why nothing more will come, mostly ``""``."""

    def close(self) -> None:
        """End what still runs, at once; may be called twice."""


class LocalEngine:
    """Processes of this machine, one for each of ``jobs`` threads."""

    def __init__(self, jobs: int | None = None) -> None:
        """Start nothing yet; by default there is a job for each core."""
        from ita_nb.batch import warm  # heavy, and often there is nothing to do

        warm.stopped.clear()
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.width, self._warm = jobs or cores, warm
        self._executor: Executor = ThreadPoolExecutor(self.width)

    def submit(self, task: Task) -> Future[Made]:
        """Have a task made."""
        return self._executor.submit(self._warm.make_apart, task)

    def lost(self) -> str:
        """Nothing is ever lost here: a process that dies is an outcome."""
        return ""

    def close(self) -> None:
        """End what still runs, at once."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._warm.stop()


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch: what its folder holds, and what only the run knows."""

    summed: Summed
    facts: RunFacts
    plan: Plan

    @property
    def exit_code(self) -> int:
        """0 when every agency of the batch has its documents, else 1."""
        return 0 if is_all_well(self.summed, self.facts) else 1


def run_batch(
    batch_file: Path,
    *,
    workspace: Path,
    jobs: int | None = None,
    kernel: KernelKind = "warm",
    fresh: bool = False,
    part: Part | None = None,
    engine: Engine | None = None,
    engine_options: Sequence[str] = (),
    out: Path | None = None,
    stream: TextIO | None = None,
) -> BatchResult:
    """Make what ``batch_file`` asks for and is not made yet, and say on ``stream`` (stderr) how it goes.

    ``fresh`` makes everything anew; ``part`` only that one. Without an ``engine`` up to ``jobs`` processes
    of this machine work (one a core); ``engine_options`` are the words that ask for that engine, for the
    command that goes on.

    Ctrl-C finishes what runs and sums up; a second one stops at once. Raises an ItaError where the batch
    cannot be read, another one is at work in the folder, or the folder cannot be written.
    """
    stream = stream or sys.stderr
    home = find_workspace(workspace)
    batch = read_batch(batch_file)
    # A part has a folder of its own beside: its index tells of its agencies alone.
    beside = f"-part{part[0]}of{part[1]}" if part else ""
    whole = batch.out(home)
    folder = out.resolve() if out else whole.with_name(f"{whole.name}{beside}")
    options = {
        "--workspace": "" if workspace == Path() else str(workspace),
        "--jobs": str(jobs or ""),
        "--kernel": "" if kernel == "warm" else kernel,
        "--part": f"{part[0]}/{part[1]}" if part else "",
        "--out": str(out or ""),
    }
    given = [word for name, value in options.items() if value for word in (name, value)]
    with claimed(folder):
        clear(folder)
        plan = make_plan(batch, home, folder, kernel=kernel, fresh=fresh, part=part)
        told = [plan.summary_th(), *(f"โปรดตรวจ: {text}" for text in plan.notices)]
        stream.write(visible("\n".join(told)) + "\n")
        stream.flush()
        asked = {ASKED: plan.asked.model_dump_json(indent=1).encode()}
        facts = RunFacts(
            unchanged=len(plan.unchanged),
            outdated=plan.outdated,
            set_aside=put_beside(folder, "asked", "", asked),
            notes=[*_record_stops(plan, folder, fresh=fresh)],
            again=["ita-nb", "batch", str(batch_file), *given, *engine_options],
        )
        run = _Run(folder, plan, facts)
        with run.interruptible():
            if plan.tasks:
                run.work(engine or LocalEngine(jobs), stream)
            limits = batch.parameters.limits.of_task()
            # Who stopped the batch wants to go.
            summed = sum_up(folder, home=home, only_asked=True, overview=not run.is_stopping, limits=limits)
            tell(summed, facts, stream)
    return BatchResult(summed, facts, plan)


@dataclass
class _Run:
    """What has become of the batch so far."""

    folder: Path
    plan: Plan
    facts: RunFacts
    is_stopping: bool = False
    is_interrupted: bool = False

    def work(self, engine: Engine, stream: TextIO) -> None:
        """Have all tasks made; each outcome is in its folder before the next one is looked at."""
        try:
            with ticking(stream, len(self.plan.tasks)) as tick:
                for made in self._outcomes(engine):
                    is_good = self._put(made)
                    tick(_FINISHING if self.is_interrupted else "", failed=not is_good)
        except KeyboardInterrupt:
            self.is_stopping = True
        finally:
            if self.is_interrupted:  # what is still to be done is short, and tells what was made
                signal.signal(signal.SIGINT, signal.SIG_IGN)
            engine.close()

    def _outcomes(self, engine: Engine) -> Iterator[Made]:
        """Yield what became of each task, a few being handed out at a time."""
        waiting, running = deque(self.plan.tasks), dict[Future[Made], Task]()
        while running or (waiting and not self.is_stopping):
            while waiting and not self.is_stopping and len(running) < engine.width:
                task = waiting.popleft()
                running[engine.submit(task)] = task
            done, _ = wait(running, _LOOK_SECONDS, FIRST_COMPLETED)
            for future in done:
                yield _outcome(future, running.pop(future))
            why = "" if done else engine.lost()
            if why:
                self.is_stopping = True
                self.facts.notes.append(Note("เครื่องที่รับงานหายไป จึงหยุด", why))
                return

    def _put(self, made: Made) -> bool:
        """Put what became of a task into its folder; return whether its documents are there."""
        try:
            self.facts.set_aside += put_made(made, self.folder / made.task.agency_id)
        except StoreError as error:
            self.facts.notes.append(Note("เขียนแฟ้มไม่ได้", str(error)))
            free = shutil.disk_usage(self.folder).free
            if free < _NO_ROOM and not self.is_stopping:
                self.is_stopping = True
                self.facts.notes.append(Note("เนื้อที่ในดิสก์เต็ม จึงหยุด เหลือ", f"{free / 2**20:.1f} MB"))
            return False
        self.facts.slow += made.task.kernel == "warm" and made.record.get("kernel") == "cold"
        self.facts.made += made.failure is None
        return made.failure is None

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the first Ctrl-C stop the handing out, and only the second one raise KeyboardInterrupt."""
        if threading.current_thread() is not threading.main_thread():
            yield  # signals are the main thread's
            return

        def interrupt(*_: object) -> None:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self.is_interrupted = self.is_stopping = True

        before = signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def _outcome(future: Future[Made], task: Task) -> Made:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - an engine that fails is an outcome as well
        return Made(task, failure=Failure("worker-died", "", f"{type(error).__name__}: {error}"))


def _record_stops(plan: Plan, folder: Path, *, fresh: bool) -> Iterator[Note]:
    """Say in the folders who was stopped, and that all is to be made anew, also by a run that goes on.

    Yields what cannot be said.
    """
    stops = [Made(task, failure=Failure(stop.cause, "", stop.message_th)) for task, stop in plan.stopped]
    again = [task for task in plan.tasks if fresh and task.stem in read_records(folder / task.agency_id)]
    steps: Iterable[Callable[[], object]] = [
        *(partial(put_made, made, folder / made.task.agency_id) for made in stops),
        *(partial(record_only, folder / task.agency_id, task.stem, {"key": ""}) for task in again),
    ]
    for step in steps:
        try:
            step()
        except StoreError as error:
            yield Note("เขียนแฟ้มไม่ได้", str(error))


# ---------------------------------------------------------------- how far it is


_STEPS = 10  # lines of a log, about
_SILENCE = 30.0  # seconds after which a log gets a line anyway


@contextmanager
def ticking(
    stream: TextIO, total: int, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[..., None]]:
    """Show on ``stream`` how ``total`` tasks end: as a bar on a terminal, else as lines of a log.

    Gives what is to be called at the end of each task, with whether it ``failed`` and with a notice to show
    beside. ``clock`` returns seconds.
    """
    columns = "จัดทำรายงาน", BarColumn(), MofNCompleteColumn(), "เหลือเวลา", TimeRemainingColumn()
    bar = Progress(*columns, "{task.description}", console=Console(file=stream), get_time=clock)
    bar.add_task("", total=total)
    began = last = clock()
    failures = shown = 0

    def line(text: str) -> None:
        stream.write(f"{text}\n")
        stream.flush()

    def tick(notice: str = "", *, failed: bool) -> None:
        nonlocal failures, shown, last
        failures += failed
        told = f"ไม่สำเร็จ {failures:,} {notice}".rstrip()
        bar.update(bar.task_ids[0], advance=1, description=told)
        done, now = int(bar.tasks[0].completed), clock()
        has_stepped = done * _STEPS // total > shown * _STEPS // total
        if not stream.isatty() and (has_stepped or now - last >= _SILENCE):
            shown, last = done, now
            rest = duration_th((now - began) / done * (total - done))
            left = "" if notice or done == total else f" เหลืออีกประมาณ {rest}"
            line(f"ทำแล้ว {done:,}/{total:,} ({done * 100 // total} %) {told}{left}")

    if not stream.isatty():
        line(f"เริ่มจัดทำ {total:,} แห่ง")
        yield tick
        return
    with bar:
        yield tick
