"""A whole batch: plan, run what is to be made, record each outcome as it comes, sum up.

The ledger is written outcome by outcome by this process alone, so whatever ends a run, the next one goes on
from there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from ita_nb.batch.asked import Asked, asked_of
from ita_nb.batch.claim import claimed
from ita_nb.batch.digest import Note, Tally
from ita_nb.batch.editions_in_place import set_aside, take_away_former
from ita_nb.batch.engine import Engine
from ita_nb.batch.entries import OVERVIEW, Entry
from ita_nb.batch.execution import Limits
from ita_nb.batch.ledger import LEDGER, Ledger
from ita_nb.batch.ledger_file import LedgerError
from ita_nb.batch.notebook_files import shared_notebook
from ita_nb.batch.plan import Batch, Plan, make_plan, read_batch
from ita_nb.batch.processes import ProcessEngine
from ita_nb.batch.shards import Shard, shard_text
from ita_nb.batch.stamp import forget_summed_up, is_summed_up, mark_summed_up, state_of
from ita_nb.batch.stores import StoreError
from ita_nb.batch.summing_up import Wanted, sum_up, tell_digest
from ita_nb.batch.task import Failure, KernelKind, Outcome, Task
from ita_nb.batch.ticker import Ticker
from ita_nb.intake.workspace import find_workspace

_NO_ROOM = 16 * 2**20  # bytes: with less free, a file that could not be written is no single case
_FINISHING = "หยุดตามคำสั่ง: รอรายงานที่กำลังทำให้เสร็จ (กด Ctrl-C อีกครั้งเพื่อหยุดทันที)"
_LOST = "เอกสารถูกลบหรือย้ายระหว่างการจัดทำชุดงาน ให้สั่งอีกครั้งเพื่อจัดทำใหม่"


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch; ``tally`` is the digest's content, ``out`` the folder of the results."""

    tally: Tally
    out: Path

    @property
    def exit_code(self) -> int:
        """0 when every agency of the batch has its documents, else 1."""
        return 0 if self.tally.is_all_well else 1


def run_batch(
    batch_file: Path,
    *,
    workspace: Path,
    jobs: int | None = None,
    kernel: KernelKind = "warm",
    fresh: bool = False,
    shard: Shard | None = None,
    engine: Engine | None = None,
    engine_options: Sequence[str] = (),
    out: Path | None = None,
    stream: TextIO | None = None,
) -> BatchResult:
    """Make what ``batch_file`` asks for and is not made yet, and say on ``stream`` (stderr) how it goes.

    ``fresh`` makes everything anew; ``shard`` only a part. Without an ``engine`` up to ``jobs`` processes
    of this machine work (one a core); ``engine_options`` are the words that ask for that engine, for the
    command that goes on.

    Ctrl-C finishes what runs and sums up; a second one stops at once. Raises an ItaError where the batch
    cannot be read, another one is at work in the folder, or the folder cannot be written.
    """
    stream = stream or sys.stderr
    home = find_workspace(workspace)
    batch = read_batch(batch_file)
    folder = _folder(batch, home, shard, out)
    again = _again(batch_file, workspace, jobs=jobs, kernel=kernel, shard=shard, out=out)
    again += engine_options
    jobs = jobs or _cores()
    with claimed(folder), Ledger.open(folder / LEDGER) as ledger:
        plan = make_plan(batch, home, ledger, kernel=kernel, fresh=fresh, shard=shard, out=str(folder))
        _tell_plan(plan, ledger, jobs, stream)
        asked, progress = asked_of(batch, plan, again, shard), _Progress()
        unwritten = asked.write(folder)
        if fresh:
            ledger.renew(task.key for task in plan.tasks)
        progress.set_aside += set_aside(plan.tasks, ledger)
        for task in plan.unchanged:
            progress.take_away_former(task, ledger)
        if plan.tasks:
            forget_summed_up(folder)
            _work(plan, ledger, engine or ProcessEngine(jobs, kernel), progress, folder, stream)
        progress.notes += unwritten
        if not progress.is_aborted:
            _sum_up(folder, home, batch, plan, asked, ledger, progress)
        tally = progress.tally(plan, asked, folder)
        tell_digest(tally, folder, stream)
    return BatchResult(tally, folder)


@dataclass
class _Progress:
    """What has become of the batch so far."""

    ended: set[str] = field(default_factory=set)  # keys
    made: int = 0
    contradictory: list[Task] = field(default_factory=list)
    slow: int = 0
    slow_why: str = ""
    failed: list[tuple[Task, Failure]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)  # copies of edited files, under the results
    is_aborted: bool = False

    def count(self, task: Task, outcome: Outcome) -> None:
        self.ended.add(task.key)
        if outcome.failure is not None:
            self.failed.append((task, outcome.failure))
        else:
            self.made += 1
            self.slow += task.kernel == "warm" and outcome.kernel == "cold"
            self.contradictory += [task] if outcome.errors else []

    def take_away_former(self, task: Task, ledger: Ledger) -> None:
        try:
            self.set_aside += take_away_former(task, ledger)
        except StoreError as error:
            self.notes.append(Note("นำแฟ้มของฉบับก่อนออกไม่ได้", str(error)))

    def tally(self, plan: Plan, asked: Asked, folder: Path) -> Tally:
        contradictory = [*self.contradictory, *plan.contradictory]
        return Tally(
            name=asked.title_th,
            out=str(folder),
            again=asked.parts[0].command,
            made=self.made,
            contradictory=tuple(sorted(contradictory, key=lambda task: task.agency_id)),
            slow=self.slow,
            slow_why=self.slow_why,
            unchanged=len(plan.unchanged),
            outdated=len(plan.outdated),
            edited=plan.edited,
            set_aside=tuple(dict.fromkeys(self.set_aside)),
            stopped=plan.stopped,
            failed=tuple(self.failed),
            left=tuple(task for task in plan.tasks if task.key not in self.ended),
            notes=tuple(self.notes),
        )


def _work(
    plan: Plan, ledger: Ledger, engine: Engine, progress: _Progress, folder: Path, stream: TextIO
) -> None:
    """Have all tasks made; each outcome is in the ledger before the next one is looked at."""
    tasks = {task.key: task for task in plan.tasks}
    try:
        with Ticker(stream, len(tasks)) as ticker, _interruptible(engine, ticker):
            for task in plan.tasks:
                engine.submit(task)
            for outcome in engine.as_completed():
                task = tasks[outcome.key]
                ledger.record(task, outcome, plan.peers[task.key])
                progress.count(task, outcome)
                progress.take_away_former(task, ledger)
                ticker.tick(failed=not outcome.is_done)
                if outcome.failure is not None and outcome.failure.cause == "disk":
                    _stop_without_room(engine, folder, progress)
    except KeyboardInterrupt:
        progress.is_aborted = True
    except LedgerError as error:
        # What cannot be recorded would be made again: better to stop. What was recorded stays done.
        progress.is_aborted = True
        progress.notes.append(Note("บันทึกบัญชีงานไม่ได้ จึงหยุด", str(error)))
    finally:
        engine.close()
        if isinstance(engine, ProcessEngine):
            progress.slow_why = engine.trouble


def _stop_without_room(engine: Engine, folder: Path, progress: _Progress) -> None:
    free = shutil.disk_usage(folder).free
    if free < _NO_ROOM and not progress.notes:
        engine.cancel()
        found = f"{free / 2**20:.1f} MB"
        progress.notes.append(Note("เนื้อที่ในดิสก์เต็ม จึงหยุด เหลือ", found))


@contextlib.contextmanager
def _interruptible(engine: Engine, ticker: Ticker) -> Iterator[None]:
    """Let the first Ctrl-C cancel the engine, and only the second one raise KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return

    def interrupt(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        ticker.notice = _FINISHING
        engine.cancel()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _sum_up(
    folder: Path, home: Path, batch: Batch, plan: Plan, asked: Asked, ledger: Ledger, progress: _Progress
) -> None:
    """Make the files beside the reports, unless they are there and nothing changed."""
    from ita_nb.batch.standing import entries_of_plan

    notebook = shared_notebook(home, f"{OVERVIEW}.ipynb") if asked.overview else None
    state = state_of(plan, asked, notebook)
    if is_summed_up(folder, state):
        return
    failed = {task.key: failure for task, failure in progress.failed}
    is_left = len(progress.ended) < len(plan.tasks)
    limits = batch.parameters.limits
    lost: list[str] = []

    def entries() -> list[Entry]:
        every = entries_of_plan(plan, ledger, home, failed, progress.ended)
        lost[:] = [entry.agency_id for entry in every if entry.is_lost]
        return every

    progress.notes += sum_up(
        folder,
        entries,
        Wanted(
            asked.title_th,
            asked.digits,
            shard=asked.parts[0].shard,
            # Who stopped the batch wants to go.
            workspace=home if asked.overview and not is_left else None,
            limits=Limits(limits.cell_seconds, limits.run_seconds, limits.memory_mb),
        ),
    )
    if lost:
        progress.notes.append(Note(_LOST, ", ".join(lost)))
    if not progress.notes and not is_left:
        mark_summed_up(folder, state)


def _folder(batch: Batch, home: Path, shard: Shard | None, out: Path | None) -> Path:
    """Return the output folder.

    A part has a folder of its own, beside that of the whole: its index tells of its agencies alone.
    """
    if out:
        return out.resolve()
    folder = Path(batch.out(home))
    return folder.with_name(f"{folder.name}-part{shard[0]}of{shard[1]}") if shard else folder


def _tell_plan(plan: Plan, ledger: Ledger, jobs: int, stream: TextIO) -> None:
    lines = [ledger.notice] if ledger.notice else []
    lines.append(plan.summary_th())
    lines += (f"โปรดตรวจ: {notice}" for notice in plan.notices)
    if plan.tasks and (estimate := ledger.estimate(len(plan.tasks), jobs)) is not None:
        lines.append(estimate.text_th())
    stream.write("\n".join(lines) + "\n")
    stream.flush()


def _again(
    batch_file: Path,
    workspace: Path,
    *,
    jobs: int | None,
    kernel: KernelKind,
    shard: Shard | None,
    out: Path | None,
) -> list[str]:
    """Return the command that goes on with the batch."""
    options = {
        "--workspace": "" if workspace == Path() else str(workspace),
        "--jobs": str(jobs or ""),
        "--kernel": "" if kernel == "warm" else kernel,
        "--shard": shard_text(shard),
        "--out": str(out or ""),
    }
    given = [word for name, value in options.items() if value for word in (name, value)]
    return ["ita-nb", "batch", str(batch_file), *given]


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
