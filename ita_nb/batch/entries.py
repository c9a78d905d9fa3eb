"""What became of each agency of a batch, as the files beside the reports tell it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ita_nb.batch.content import Content, TidyRow
from ita_nb.batch.task import Cause, DocumentName, Failure, KernelKind, MadeFile
from ita_nb.intake.members import NOT_MADE_TH
from ita_nb.thai import thai_order

if TYPE_CHECKING:
    from ita_nb.batch.plan import StopCause

Status = Literal["done", "unchanged", "failed", "stopped", "left"]
FAILED = "failed"  # the folder of the notebooks that did not become a report
OVERVIEW = "province_overview"  # name of its files, and of its notebook, without their endings

# Whoever reads the files asks what is there; that a document was not made anew concerns the run alone.
STATUS_TH = {
    "done": "จัดทำแล้ว",
    "unchanged": "จัดทำแล้ว",
    **NOT_MADE_TH,
}

CAUSE_TH: dict[Cause, str] = {
    "cell-failed": "เซลล์ของสมุดบันทึกทำงานผิดพลาด",
    "cell-timeout": "เซลล์ของสมุดบันทึกใช้เวลาเกินกำหนด",
    "run-timeout": "การจัดทำใช้เวลาเกินกำหนด",
    "memory": "ใช้หน่วยความจำเกินกำหนด",
    "kernel-died": "เคอร์เนลหยุดทำงาน",
    "worker-died": "โปรเซสที่จัดทำเอกสารหยุดทำงาน",
    "unverified": "เอกสารไม่ผ่านการตรวจสอบ",
    "refused": "ฉบับเผยแพร่ยังไม่พร้อม",
    "data": "ใช้ข้อมูลที่ได้รับไม่ได้",
    "disk": "เขียนแฟ้มไม่ได้",
    "unexpected": "ข้อผิดพลาดที่ไม่คาดไว้",
}


@dataclass(frozen=True)
class Entry:
    """One document of one agency and what became of it.

    ``done``: made by this run; ``unchanged``: made before, from the same; ``failed``: tried in vain;
    ``stopped``: could not be tried, for the cause ``stop`` and what ``failure`` says; ``left``: not reached
    before the run ended.

    ``files`` are in place, of an earlier edition where this run failed; ``content`` is what they say.
    ``is_lost``: one of them was there when this run ended with it, and is no longer.
    ``command`` is what repeats a failure, as typed. ``errors``, ``pages`` and ``seconds`` are those of
    :class:`~ita_nb.batch.task.Outcome`.
    """

    agency_id: str
    name_th: str
    fiscal_year: int
    document: DocumentName
    status: Status
    agency_type: str = ""
    district_th: str = ""
    province_th: str = ""
    files: tuple[MadeFile, ...] = ()
    failure: Failure | None = None
    stop: StopCause | None = None
    content: Content | None = None
    errors: int = 0
    pages: int = 0
    seconds: float = 0.0
    kernel: KernelKind = "warm"
    command: str = ""
    is_lost: bool = False

    def rows(self, table: str) -> Sequence[TidyRow]:
        """Return the rows of one of the document's tidy tables; none where there is no document."""
        return self.content.tables.get(table, ()) if self.content else ()

    @property
    def result(self) -> TidyRow:
        """The one row of ``results``; empty where there is no document."""
        return next(iter(self.rows("results")), {})


def by_code(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries in the order of the agencies' codes, for programs."""
    return sorted(entries, key=lambda e: (e.agency_id, e.fiscal_year, e.document))


def by_name(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries in the order of a Thai dictionary, for people."""
    ordered = by_code(entries)
    place = thai_order(entry.name_th for entry in ordered)
    return sorted(ordered, key=lambda e: place[e.name_th])
