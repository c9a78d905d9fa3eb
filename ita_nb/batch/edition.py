"""One edition of one document, as the ledger keeps it, and what editions tell of the cost of more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ita_nb.batch.content import Content
from ita_nb.batch.task import DocumentName, EditionName, KernelKind, MadeFile
from ita_nb.thai import duration_th

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Edition:
    """What was made of one agency, once.

    ``made_at`` is ISO 8601 in UTC; ``packed`` is the content as :class:`~ita_nb.batch.content.Content` packs
    it, and ``""`` where only the files were asked for; ``peers`` is the fingerprint of the others' scores
    with which the document compares (``""``: with none). ``is_edited`` tells that a person changed a file
    of it since. The other fields are those of :class:`~ita_nb.batch.task.Outcome`.
    """

    key: str
    agency_id: str
    fiscal_year: int
    document: DocumentName
    edition: EditionName
    made_at: str
    files: tuple[MadeFile, ...]
    packed: str
    errors: int
    pages: int
    kernel: KernelKind
    seconds: float
    cpu_seconds: float
    peak_mb: int
    peers: str
    is_edited: bool = False

    @property
    def content(self) -> Content:
        """What the documents say. Raises ValueError where it is damaged or was not asked for."""
        return Content.unpacked(self.packed)


@dataclass(frozen=True)
class Cost:
    """What one edition cost: wall seconds, MB of memory at most, bytes of files."""

    seconds: float
    peak_mb: int
    size: int


@dataclass(frozen=True)
class Estimate:
    """What a batch will take, going by ``rests_on`` earlier editions; memory and disk in MB of 10^6 bytes."""

    jobs: int
    seconds: float
    memory_mb: int
    disk_mb: int
    rests_on: int

    @classmethod
    def of(cls, costs: Sequence[Cost], tasks: int, jobs: int) -> Estimate | None:
        """Take the medians of earlier costs, of memory the most; ``None`` where there are none."""
        if not costs:
            return None
        rounds = math.ceil(tasks / jobs)
        return cls(
            jobs=jobs,
            seconds=rounds * median(cost.seconds for cost in costs),
            memory_mb=min(jobs, tasks) * max(cost.peak_mb for cost in costs),
            disk_mb=math.ceil(tasks * median(cost.size for cost in costs) / _MEGABYTE),
            rests_on=len(costs),
        )

    def text_th(self) -> str:
        """Say it in one Thai line."""
        return (
            f"คาดว่าใช้เวลา {duration_th(self.seconds)} "
            f"หน่วยความจำ {self.memory_mb:,} เมกะไบต์ เนื้อที่ {self.disk_mb:,} เมกะไบต์ "
            f"(ทำพร้อมกัน {self.jobs} งาน ประมาณจากเอกสาร {self.rests_on} ฉบับก่อนหน้า)"
        )
