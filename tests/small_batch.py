"""A workspace of made-up agencies for batches, and an engine that stands in for the processes of a real one.

``python small_batch.py WORKSPACE`` runs the batch of the workspace with that engine, as a program.
"""

from __future__ import annotations

import io
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from ita_nb.batch.run import BatchResult, run_batch
from ita_nb.made import read_records
from ita_nb.report import Failure, Made
from ita_nb.tables import columns_of
from ita_nb.task import Task

REPOSITORY = Path(__file__).resolve().parent.parent
NAME = "few"
YEAR = 2568


def made(task: Task) -> Made:
    """Return what a report of a task might be; its agency's name tells what to do: ``fail``, ``sleep 1``."""
    what, _, seconds = task.name_th.partition(" ")
    if what == "sleep":
        time.sleep(float(seconds))
    if what == "raise":
        raise RuntimeError("an engine that fails")
    if what == "fail":
        return Made(task, failure=Failure("cell-failed", "เซลล์ที่ 3", "ข้อความ", 3), partial=b"{}")
    names = ("agency_id", "name_th", "fiscal_year", "document", "edition", "key", "peers")
    record: dict[str, Any] = {name: getattr(task, name) for name in names}
    record |= {"kernel": task.kernel, "seconds": 1.0, "pages": 1, "errors": 0, "failure": None}
    result = dict.fromkeys(columns_of("results")) | {
        name: getattr(task, name) for name in ("agency_id", "name_th", "fiscal_year", "document", "edition")
    }
    contents = {f"{task.stem}.{ending}": f"{task.key} {ending}".encode() for ending in task.formats}
    return Made(task, record, contents, {"results": [result | {"total_stated": 90.0, "errors": 0}]})


class StandIn:
    """An engine of threads that calls a function for each task, and remembers whose tasks it was given."""

    def __init__(self, make: Callable[[Task], Made] = made, width: int = 2) -> None:
        """Prepare so many threads."""
        self.width, self._make, self.asked = width, make, list[str]()
        self._executor = ThreadPoolExecutor(width)

    def submit(self, task: Task) -> Future[Made]:
        """Have a task made."""
        self.asked.append(task.agency_id)
        return self._executor.submit(self._make, task)

    def lost(self) -> str:
        """Return that more will come."""
        return ""

    def close(self) -> None:
        """Wait for what runs."""
        self._executor.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class SmallBatch:
    """A workspace with one batch file of all its agencies."""

    root: Path

    @classmethod
    def make(cls, root: Path, names: Mapping[str, str]) -> SmallBatch:
        """Write the agencies by id and name, each with a total."""
        (root / "params").mkdir(parents=True)
        shutil.copytree(REPOSITORY / "notebooks", root / "notebooks")
        batch = cls(root)
        batch.name(names)
        scores = [f"{agency_id},total,,90.00" for agency_id in names]
        batch.write(f"data/{YEAR}/stated_scores.csv", "agency_id,node,part,score", *scores)
        batch.write(f"params/{NAME}.yaml", f"fiscal_year: {YEAR}", "agencies: {all: true}", "overview: false")
        return batch

    def write(self, file: str, *lines: str) -> Path:
        """Replace or create a file."""
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def name(self, names: Mapping[str, str]) -> None:
        """Write the table of the agencies."""
        header = "agency_id,name_th,agency_type,district_th,province_th"
        rows = (f'{i},"{name or "made"}",เทศบาลตำบล,อำเภอ {i},สมมติ' for i, name in names.items())
        self.write("data/agencies.csv", header, *rows)

    @property
    def file(self) -> Path:
        """The batch file."""
        return self.root / "params" / f"{NAME}.yaml"

    @property
    def out(self) -> Path:
        """The output folder."""
        return self.root / "outputs" / NAME

    def run(self, *, stream: TextIO | None = None, **other: Any) -> BatchResult:
        """Run the batch with an engine that stands in, unless another is given."""
        values: dict[str, Any] = {"engine": StandIn()} | other
        return run_batch(self.file, workspace=self.root, stream=stream or io.StringIO(), **values)

    def command(self) -> list[str]:
        """Return the command that runs it in a process of its own."""
        return [sys.executable, __file__, str(self.root)]

    def digest(self) -> str:
        """Return the digest of the last run."""
        return (self.out / "digest.txt").read_text(encoding="utf-8")

    def record(self, agency_id: str) -> dict[str, Any]:
        """Return the record of an agency's analysis."""
        return read_records(self.out / agency_id)[f"{agency_id}-{YEAR}-analysis"]

    def unfinished(self) -> list[Path]:
        """Return what a run must not leave: half files."""
        return [path for path in self.out.rglob("*") if path.suffix == ".part"]


if __name__ == "__main__":
    sys.exit(SmallBatch(Path(sys.argv[1])).run(stream=sys.stderr).exit_code)
