"""``ita-nb merge``: the shards of a batch become one output folder, with the files beside the reports."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ita_nb.batch.claim import claimed
from ita_nb.batch.digest import Note
from ita_nb.batch.ledger import LEDGER, Ledger
from ita_nb.batch.shards import MergeResult, merge
from ita_nb.batch.standing import entries_of_ledger
from ita_nb.batch.summing_up import sum_up
from ita_nb.errors import IntakeError
from ita_nb.intake.workspace import find_workspace
from ita_nb.thai import visible


@dataclass(frozen=True)
class MergedBatch:
    """What became of the shards, how many documents the last word of is a failure, and what else failed."""

    result: MergeResult
    failed: int
    notes: tuple[Note, ...]

    @property
    def exit_code(self) -> int:
        """0 when all was taken over and nothing in it failed, else 1."""
        return 1 if self.result.unmerged or self.result.conflicts or self.failed or self.notes else 0


def merge_batches(shards: Sequence[Path], into: Path, stream: TextIO | None = None) -> MergedBatch:
    """Merge the output folders ``shards`` into one and say on ``stream`` (stderr) what became of them.

    The overview is made where ``into`` lies in a workspace. Raises an ItaError where ``into`` cannot be
    written or another batch is at work in it.
    """
    folder = into.resolve()
    with claimed(folder):
        result = merge(shards, folder)
        with Ledger.open(folder / LEDGER) as ledger:
            entries = entries_of_ledger(ledger)
        notes = sum_up(folder, lambda: entries, title_th=folder.name, workspace=_workspace_of(folder))
    merged = MergedBatch(result, sum(entry.failure is not None for entry in entries), tuple(notes))
    (stream or sys.stderr).write("\n".join(_lines_th(merged, folder)) + "\n")
    return merged


def _workspace_of(folder: Path) -> Path | None:
    try:
        return find_workspace(folder)
    except IntakeError:
        return None


def _lines_th(merged: MergedBatch, folder: Path) -> Iterator[str]:
    result = merged.result
    yield f"รวมแล้ว {len(result.merged):,} ส่วน"
    yield f"นำเอกสารมา {result.copied:,} ฉบับ มีอยู่แล้ว {result.unchanged:,} ฉบับ"
    for conflict in result.conflicts:
        yield f"{conflict.agency_id}: แต่ละส่วนทำจากข้อมูลหรือโปรแกรมต่างกัน ใช้ฉบับล่าสุด ({conflict.kept})"
    for unmerged in result.unmerged:
        yield f"นำมาไม่ได้: {unmerged.folder} {unmerged.agency_id} {' '.join(visible(unmerged.why).split())}"
    if merged.failed:
        yield f"ไม่สำเร็จ {merged.failed:,} แห่ง (ดู manifest.csv)"
    for note in merged.notes:
        yield f"{note.what_th}: {' '.join(visible(note.message).split())}"
    yield f"ผลลัพธ์อยู่ที่ {folder}"
