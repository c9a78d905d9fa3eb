"""What a province costs: a batch beside the usual shell loop and beside its own floor, in one run.

Run by ``make bench``. The province is synthetic. The loop is what people write today: papermill, nbconvert to
HTML, nbconvert to PDF through a browser, one agency after another. The floor is the same work
in one warm process: the code of the notebook's cells called as it stands, the renderers, and the verification
of what they made; no kernel, no papermill, no ledger, nothing beside the reports.
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from pdf import browser_folder

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
YEAR = 2568
LOOPED, FEW, MANY, STARTS = 4, 24, 240, 500


@dataclass
class Cost:
    """Wall and CPU seconds of a command with all its descendants, and the peak of their memory (PSS, MB)."""

    wall: float
    cpu: float
    peak: float = 0.0
    printed: str = field(default="", repr=False)


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None, expect: int = 0) -> Cost:
    """Run a command to its end; its exit status must be the expected one."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    child = subprocess.Popen(
        [*map(str, command)], cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    watch = Watch(child.pid)
    printed, _ = child.communicate()
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if child.returncode != expect:
        raise SystemExit(f"{command} ended with {child.returncode}:\n{printed[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, watch.stop(), printed)


class Watch:
    """Samples the memory of a process and all its descendants (Linux)."""

    def __init__(self, pid: int) -> None:
        """Begin to sample."""
        self._pid, self._peak, self._ended = pid, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """End sampling and return the peak in MB."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _sample(self) -> None:
        while not self._ended.wait(1.0):
            self._peak = max(self._peak, sum(map(_pss, _tree(self._pid))))


def _tree(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(stat[1]), []).append(int(entry.name))
    found, rest = [], [root]
    while rest:
        found.append(rest.pop())
        rest += parents.get(found[-1], [])
    return found


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def province(folder: Path, agencies: int) -> Path:
    """Make a synthetic province and return its batch file, for HTML and PDF only, as the loop makes them."""
    command = [
        "synth",
        "--province",
        "ทดสอบ",
        "--agencies",
        str(agencies),
        "--year",
        str(YEAR),
        "--seed",
        "1",
    ]
    run(BIN / "ita-nb", *command, "-o", folder, cwd=ROOT)
    (batch,) = (folder / "params").glob("*.yaml")
    batch.write_text(
        f"fiscal_year: {YEAR}\nagencies: {{all: true}}\nformats: [html, pdf]\noverview: false\n",
        encoding="utf-8",
    )
    return batch


def ids(folder: Path) -> list[str]:
    """Return the agencies of a workspace."""
    with (folder / "data" / "agencies.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row["agency_id"] for row in csv.DictReader(file)]


def loop(folder: Path, env: dict[str, str]) -> Cost:
    """Return the cost of an agency in the usual loop: the median wall time, the mean CPU time."""
    costs = []
    for agency in ids(folder)[:LOOPED]:
        made = folder / "loop" / f"{agency}.ipynb"
        made.parent.mkdir(exist_ok=True)
        parts = [
            run(
                *(BIN / "papermill", "notebooks/agency_report.ipynb", made, "-p", "agency_id", agency),
                *("-p", "fiscal_year", str(YEAR), "--no-progress-bar"),
                cwd=folder,
            ),
            run(BIN / "jupyter", "nbconvert", "--to", "html", made, cwd=folder),
            run(BIN / "jupyter", "nbconvert", "--to", "webpdf", made, cwd=folder, env=env),
        ]
        costs.append(Cost(sum(p.wall for p in parts), sum(p.cpu for p in parts)))
    return Cost(statistics.median(c.wall for c in costs), statistics.mean(c.cpu for c in costs))


_FLOOR = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from in_process import run
from ita_nb.batch.expected import parameters_of
from ita_nb.batch.exports import export
from ita_nb.batch.task import NOTEBOOKS, Task
from ita_nb.intake.directory import read_directory
names = {code: agency.name_th for code, agency in read_directory(Path()).agencies.items()}
def make(agency):
    task = Task("", agency, names[agency], int(sys.argv[2]), ".", ".", formats=("html", "pdf"))
    notebook, trouble = run(Path("notebooks", NOTEBOOKS[task.document]), parameters_of(task), Path("."))
    export(notebook, Path("floor", f"{task.stem}.ipynb"), task)
first, *rest = sys.argv[3:]
Path("floor").mkdir()
make(first)
before = os.times()
for agency in rest:
    make(agency)
after = os.times()
print((after.user + after.system - before.user - before.system) / len(rest))
"""


def floor(folder: Path) -> float:
    """Return the CPU seconds of an agency by plain function calls in one warm process."""
    words = [ROOT / "tests", str(YEAR), *ids(folder)[:FEW]]
    return float(run(sys.executable, "-c", _FLOOR, *words, cwd=folder).printed)


def batch(folder: Path, file: Path) -> Cost:
    """Run a batch with two workers."""
    return run(BIN / "ita-nb", "batch", file, "--jobs", "2", cwd=folder)


def executed_after_a_change(folder: Path, file: Path) -> int:
    """Add a respondent to one agency's row, run again, and return how many agencies were executed."""
    table = folder / "data" / str(YEAR) / "stated_results.csv"
    with table.open(encoding="utf-8-sig", newline="") as rows:
        results = list(csv.DictReader(rows))
    results[7]["n_iit"] = str(int(results[7]["n_iit"]) + 1)
    with table.open("w", encoding="utf-8", newline="") as rows:
        writer = csv.DictWriter(rows, list(results[0]))
        writer.writeheader()
        writer.writerows(results)
    batch(folder, file)
    with (folder / "outputs" / file.stem / "manifest.csv").open(encoding="utf-8-sig", newline="") as rows:
        return len({row["agency_id"] for row in csv.DictReader(rows) if row["status"] == "done"})


_TINY = {
    "cells": [
        {"cell_type": "code", "execution_count": None, "id": "a", "metadata": {"tags": ["parameters"]},
         "outputs": [], "source": "n = 0"},
        {"cell_type": "code", "execution_count": None, "id": "b", "metadata": {}, "outputs": [],
         "source": "print(n)"},
    ],
    "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}  # fmt: skip


def _start(folder: Path, number: int) -> bool:
    from ita_nb.batch.execution import ExecutionError, execute

    tiny, made = folder / "tiny.ipynb", folder / f"{number}.ipynb"
    try:
        done = execute(tiny, made, {"n": number}, folder, kernel="warm")
    except ExecutionError:
        return False
    return done.kernel == "warm" and done.attempts == 1


def failed_starts(folder: Path) -> int:
    """Start tiny notebooks as fast as possible in eight processes; return how many did not start at once."""
    from ita_nb.batch.template import Template

    (folder / "tiny.ipynb").write_text(json.dumps(_TINY), encoding="utf-8")
    with Template.start() as template:
        os.environ["ITA_NB_TEMPLATE"] = template.address
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(8, mp_context=spawned) as pool:
            started = list(pool.map(_start, [folder] * STARTS, range(STARTS)))
    return started.count(False)


def line(what: str, value: str) -> None:
    """Print one row of the report."""
    print(f"{what:<68} {value}", flush=True)


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as name:
        few, many = Path(name) / "few", Path(name) / "many"
        few_file, many_file = province(few, FEW), province(many, MANY)
        base = floor(few)
        ours = batch(few, few_file)
        line(f"floor: plain functions in one warm process, CPU s an agency (n={FEW - 1})", f"{base:.2f}")
        line(f"batch of {FEW}, start of the template counted: wall s an agency", f"{ours.wall / FEW:.2f}")
        line(f"batch of {FEW}: CPU s an agency", f"{ours.cpu / FEW:.2f}")
        line("  CPU against the floor (limit 1.5)", f"{ours.cpu / FEW / base:.2f}x")
        chromium = shutil.which("chromium")
        if chromium:
            folder = browser_folder(chromium, Path(name) / "browsers")
            theirs = loop(few, os.environ | {"PLAYWRIGHT_BROWSERS_PATH": str(folder)})
            line(f"shell loop: wall s an agency, median of {LOOPED}", f"{theirs.wall:.2f}")
            line("  wall, loop against batch (at least 20)", f"{theirs.wall / (ours.wall / FEW):.1f}x")
            line("  CPU, loop against batch (at least 10)", f"{theirs.cpu / (ours.cpu / FEW):.1f}x")
        else:
            print("chromium is not installed: no loop to compare with (make test-browser installs it)")
        first = batch(many, many_file)
        growth = (first.cpu / MANY) / (ours.cpu / FEW)
        line(f"batch of {MANY}: wall / CPU s an agency", f"{first.wall / MANY:.2f} / {first.cpu / MANY:.2f}")
        line(f"  growth of CPU an agency from {FEW} to {MANY} (limit 1.1)", f"{growth:.2f}x")
        line(f"  peak memory (PSS), {FEW} / {MANY} agencies, MB", f"{ours.peak:.0f} / {first.peak:.0f}")
        line("  growth of peak memory (limit 1.2)", f"{first.peak / ours.peak:.2f}x")
        again = batch(many, many_file)
        line(
            f"unchanged re-run of {MANY}: share of the first run's CPU (limit 1 %)",
            f"{again.cpu / first.cpu:.2%}",
        )
        line("one agency changed: executed (exactly 1)", str(executed_after_a_change(many, many_file)))
        line(f"failed starts in {STARTS} with 8 workers (0)", str(failed_starts(Path(name))))


if __name__ == "__main__":
    main()
