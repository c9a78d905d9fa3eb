"""``ita-nb merge``: the shards of a batch become one output folder, with the files beside the reports."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import TextIO

from ita_nb.batch.asked import ASKED, Asked, Part, read_asked
from ita_nb.batch.batch_file import Limits as UsualLimits
from ita_nb.batch.claim import claimed
from ita_nb.batch.digest import Note, Tally, command_text
from ita_nb.batch.entries import Entry
from ita_nb.batch.execution import Limits
from ita_nb.batch.ledger import LEDGER, Ledger
from ita_nb.batch.plan import Stopped
from ita_nb.batch.shards import Conflict, MergeResult, Shard, Unmerged, merge, shard_text
from ita_nb.batch.standing import Document, document_of, entries_of_merge, task_of
from ita_nb.batch.summing_up import Wanted, sum_up, tell_digest
from ita_nb.batch.task import Failure, Task
from ita_nb.errors import IntakeError
from ita_nb.intake.workspace import find_workspace
from ita_nb.thai import long_date


@dataclass(frozen=True)
class MergedBatch:
    """What became of the shards, and of every agency that they were asked for."""

    result: MergeResult
    tally: Tally

    @property
    def exit_code(self) -> int:
        """0 when all was taken over and every agency has its documents, else 1."""
        return 0 if self.tally.is_all_well else 1


def merge_batches(shards: Sequence[Path], into: Path, stream: TextIO | None = None) -> MergedBatch:
    """Merge the output folders ``shards`` into one and say on ``stream`` (stderr) what became of them.

    The overview is made where ``into`` lies in a workspace, unless the batch wants none. Raises an ItaError
    where ``into`` cannot be written or another batch is at work in it.
    """
    folder = into.resolve()
    sources = [source.resolve() for source in shards]
    with claimed(folder):
        found = {source: read_asked(source) for source in dict.fromkeys([*sources, folder])}
        result = merge(shards, folder)
        result = replace(result, unmerged=(*result.unmerged, *_unknown(result.merged, found)))
        asked = _together([a for s, a in found.items() if a and s != folder], found[folder], folder)
        home = _workspace_of(folder)
        with Ledger.open(folder / LEDGER) as ledger:
            tasks, stopped = _last_words(asked.parts, ledger)
            entries = entries_of_merge(ledger, tasks, stopped, home)
            failed = _failed(ledger, tasks, entries)
        wants_overview = asked.overview and any(entry.document == "analysis" for entry in entries)
        limits = UsualLimits()
        notes = sum_up(
            folder,
            lambda: entries,
            Wanted(
                asked.title_th,
                asked.digits,
                workspace=home if wants_overview else None,
                limits=Limits(limits.cell_seconds, limits.run_seconds, limits.memory_mb),
            ),
        )
        notes += asked.write(folder)
        left = {document_of(e) for e in entries if e.status == "left"}
        again = _again(asked.parts, {document_of(task) for task, _ in failed} | left, stopped)
        again.append(("ita-nb", "merge", *map(str, shards), "--into", str(into)))
        tally = Tally(
            name=asked.title_th,
            out=str(folder),
            again=again[0],
            then=again[1:],
            is_merged=True,
            made=result.copied,
            unchanged=result.unchanged,
            contradictory=tuple(e for e in entries if e.errors and e.status in {"done", "unchanged"}),
            stopped=tuple(stopped),
            failed=failed,
            left=tuple({document_of(task): task for task in tasks if document_of(task) in left}.values()),
            notes=(
                *_notes(result),
                *_twice([s for s in sources if s != folder], found),
                *_missing(asked.parts),
                *notes,
            ),
        )
        tell_digest(tally, folder, stream or sys.stderr)
    return MergedBatch(result, tally)


def _unknown(merged: Iterable[Path], found: dict[Path, Asked | None]) -> list[Unmerged]:
    why = f"{ASKED}: ไม่มีหรืออ่านไม่ได้ จึงไม่ทราบว่าหน่วยงานใดถูกหยุดไว้ ให้สั่งส่วนนี้ซ้ำแล้วรวมใหม่"
    return [Unmerged(folder, "", why) for folder in merged if found[folder] is None]


def _together(shards: Sequence[Asked], there: Asked | None, folder: Path) -> Asked:
    """Return what the shards were asked for; what is there of other shards, merged before, stays."""
    every = [*shards, *([there] if there else [])]
    if not every:
        return Asked(folder.name, "thai", overview=True, parts=())
    parts = [part for asked in shards for part in asked.parts]
    again = {part.command for part in parts}
    parts += [part for part in (there.parts if there else ()) if part.command not in again]
    return replace(every[0], parts=tuple(parts))


def _last_words(parts: Sequence[Part], ledger: Ledger) -> tuple[list[Task], list[Stopped]]:
    """Return the tasks of all parts, and who was stopped and neither asked for nor made since."""
    tasks: dict[Document, list[tuple[str, Task]]] = {}
    stops: dict[Document, tuple[str, Stopped]] = {}
    for part in sorted(parts, key=lambda part: part.at):
        for task in part.tasks:
            tasks.setdefault(document_of(task), []).append((part.at, task))
        stops |= {document_of(stop.task): (part.at, stop) for stop in part.stopped}
    stopped = []
    for document, (at, stop) in stops.items():
        since = [asked_at for asked_at, _ in tasks.get(document, ())]
        since += [edition.made_at for edition in ledger.editions(*document)]
        if not since or max(since) <= at:
            stopped.append(stop)
            tasks.pop(document, None)
    return [task for asked in tasks.values() for _, task in asked], stopped


def _failed(
    ledger: Ledger, tasks: Iterable[Task], entries: Iterable[Entry]
) -> tuple[tuple[Task, Failure], ...]:
    """Return the failures that are the last word, with what was tried."""
    by_key = {task.key: task for task in tasks}
    are_failed = {document_of(e) for e in entries if e.status == "failed"}
    runs = ledger.failed(ledger.latest_keys()).values()
    return tuple(
        (by_key.get(run.key) or task_of(run), run.failure) for run in runs if document_of(run) in are_failed
    )


def _again(parts: Iterable[Part], undone: set[Document], stopped: Iterable[Stopped]) -> list[tuple[str, ...]]:
    """Return the commands that go on with the parts of which something is not done."""
    undone = undone | {document_of(stop.task) for stop in stopped}
    return [
        part.command
        for part in parts
        if undone & {document_of(t) for t in (*part.tasks, *(s.task for s in part.stopped))}
    ]


def _notes(result: MergeResult) -> list[Note]:
    differ = "แต่ละส่วนทำจากข้อมูลหรือโปรแกรมต่างกัน ใช้ฉบับล่าสุด"
    return [
        *(Note(differ, _conflict(conflict)) for conflict in result.conflicts),
        *(
            Note("นำมาไม่ได้", f"{unmerged.folder} {unmerged.agency_id} {unmerged.why}")
            for unmerged in result.unmerged
        ),
    ]


def _twice(sources: Iterable[Path], found: Mapping[Path, Asked | None]) -> list[Note]:
    """Tell which part was given more than once, by the folders: in its place another may be meant."""
    holders: dict[Shard, list[str]] = defaultdict(list)
    for source in sources:
        asked = found[source]
        for shard in {part.shard for part in asked.parts if part.shard} if asked else ():
            holders[shard].append(str(source))
    return [
        Note(f"ได้รับส่วนที่ {text} ซ้ำ", ", ".join(folders))
        for text, folders in ((shard_text(shard), holders[shard]) for shard in sorted(holders))
        if len(folders) > 1
    ]


def _missing(parts: Sequence[Part]) -> list[Note]:
    """Tell which parts of the batch are neither given nor merged before, each with its command."""
    held = {part.shard: _before_shard(part.command) for part in parts if part.shard}
    if len(held) < len({part.shard for part in parts}):
        return []  # the whole batch is there
    lacking = {n: [k for k in range(1, n + 1) if (k, n) not in held] for n in {n for _, n in held}}
    if not all(lacking.values()):
        return []  # divided anew, and all parts of one division are there
    commands = {n: command for (_, n), command in held.items()}
    shards = [(k, n) for n in sorted(lacking) for k in lacking[n]]
    return [
        Note(f"ขาดส่วนที่ {text}", command_text([*commands[n], "--shard", text]))
        for text, n in ((shard_text(shard), shard[1]) for shard in shards)
    ]


def _before_shard(command: Iterable[str]) -> list[str]:
    return list(takewhile(lambda word: word != "--shard", command))


def _conflict(conflict: Conflict) -> str:
    made = datetime.fromisoformat(conflict.kept).astimezone()
    return f"{conflict.agency_id} ({long_date(made.date())} {made:%H:%M} น.)"


def _workspace_of(folder: Path) -> Path | None:
    try:
        return find_workspace(folder)
    except IntakeError:
        return None
