"""A workspace of made-up agencies for batches that the stand-in worker runs; also runs one as a program.

``python small_batch.py WORKSPACE [KERNEL]`` runs the batch of the workspace with two stand-in workers.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import psutil

from ita_nb.batch.processes import ProcessEngine
from ita_nb.batch.run import BatchResult, run_batch

REPOSITORY = Path(__file__).resolve().parent.parent
STAND_IN = "stand_in_worker"
NAME = "few"


@dataclass(frozen=True)
class SmallBatch:
    """A workspace with one batch file of all its agencies."""

    root: Path

    @classmethod
    def make(cls, root: Path, names: Mapping[str, str]) -> SmallBatch:
        """Write the agencies by id and name; the name tells the stand-in what to do."""
        (root / "data" / "2568").mkdir(parents=True)
        (root / "params").mkdir()
        shutil.copytree(REPOSITORY / "notebooks", root / "notebooks")
        made = cls(root)
        made.name(names)
        scores = [f"{agency_id},total,,90.00" for agency_id in names]
        made.write("data/2568/stated_scores.csv", "agency_id,node,part,score", *scores)
        made.write(f"params/{NAME}.yaml", "fiscal_year: 2568", "agencies: {all: true}", "overview: false")
        return made

    def write(self, file: str, *lines: str) -> None:
        """Replace or create a file."""
        (self.root / file).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def name(self, names: Mapping[str, str]) -> None:
        """Write the table of the agencies."""
        header = "agency_id,name_th,agency_type,district_th,province_th"
        rows = (
            f'{agency_id},"{name or "made"}",เทศบาลตำบล,อำเภอ {agency_id},สมมติ'
            for agency_id, name in names.items()
        )
        self.write("data/agencies.csv", header, *rows)

    @property
    def file(self) -> Path:
        """The batch file."""
        return self.root / "params" / f"{NAME}.yaml"

    @property
    def out(self) -> Path:
        """The output folder."""
        return self.root / "outputs" / NAME

    def run(self, *, stream: TextIO | None = None, kernel: str = "cold", **other: object) -> BatchResult:
        """Run the batch with two stand-in workers."""
        engine = ProcessEngine(2, kernel, STAND_IN)  # type: ignore[arg-type]
        stream = stream or io.StringIO()
        return run_batch(self.file, workspace=self.root, engine=engine, stream=stream, **other)  # type: ignore[arg-type]

    def command(self, kernel: str = "cold") -> list[str]:
        """Return the command that runs it in a process of its own."""
        return [sys.executable, __file__, str(self.root), kernel]

    def executed(self) -> list[str]:
        """Return the agencies that workers began, in their order."""
        log = self.root / "executed.log"
        return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []

    def worker(self) -> int:
        """Return the process of the worker that began the last task."""
        return int((self.root / "executed.log").read_text().split()[-1])

    def digest(self) -> str:
        """Return the digest of the last run."""
        return (self.out / "digest.txt").read_text(encoding="utf-8")

    def recorded(self) -> dict[str, str]:
        """Return the fingerprint of every file that the ledger holds as the newest, by its path."""
        question = "SELECT path, sha256 FROM files ORDER BY run_id"
        with closing(sqlite3.connect(self.out / "ledger.sqlite")) as ledger:
            return dict(ledger.execute(question).fetchall())

    def editions(self) -> list[str]:
        """Return the agency of every edition that the ledger holds."""
        question = "SELECT agency_id FROM editions JOIN runs USING (run_id)"
        with closing(sqlite3.connect(self.out / "ledger.sqlite")) as ledger:
            return [agency_id for (agency_id,) in ledger.execute(question)]

    def in_place(self) -> dict[str, str]:
        """Return the fingerprint of every report file in the folder, by its path."""
        found = (path for ending in ("html", "pdf") for path in self.out.glob(f"*/*.{ending}"))
        return {
            path.relative_to(self.out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in found
        }

    def unfinished(self) -> list[Path]:
        """Return what a run must not leave: half files and work folders."""
        return [p for p in self.out.rglob("*") if p.suffix == ".part" or p.name == ".work"]


def is_alive(process: int) -> bool:
    """Whether a process still runs; one that only waits for somebody to take note of its end does not."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    result = SmallBatch(Path(sys.argv[1])).run(stream=sys.stderr, kernel=sys.argv[2])
    sys.exit(result.exit_code)
