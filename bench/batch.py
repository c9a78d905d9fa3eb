"""What a province costs: a batch beside the usual shell loop and beside its own floor, in one run.

Run by ``make bench``. The province is synthetic. The loop is what people write today: papermill, nbconvert to
HTML, nbconvert to PDF through a browser, one agency after another. The floor is the same work
in one warm process: the code of the notebook's cells called as it stands, the renderers, and the verification
of what they made; no kernel, no papermill, nothing written, nothing beside the reports.
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

from ita_nb.task import ENVIRONMENT

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
YEAR = 2568
LOOPED, REPEATED, FEW, MANY, STARTS = 4, 3, 24, 240, 500
_forks = None


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
    """Return the median cost of an agency in the usual loop."""
    costs = []
    for agency in ids(folder)[:LOOPED]:
        made = folder / "loop" / f"{agency}.ipynb"
        made.parent.mkdir(exist_ok=True)
        parts = [
            run(
                *(BIN / "papermill", ROOT / "notebooks/agency_report.ipynb", made, "-p", "agency_id", agency),
                *("-p", "fiscal_year", str(YEAR), "--no-progress-bar"),
                cwd=folder,
            ),
            run(BIN / "jupyter", "nbconvert", "--to", "html", made, cwd=folder),
            run(BIN / "jupyter", "nbconvert", "--to", "webpdf", made, cwd=folder, env=env),
        ]
        costs.append(Cost(sum(p.wall for p in parts), sum(p.cpu for p in parts)))
    return Cost(statistics.median(c.wall for c in costs), statistics.median(c.cpu for c in costs))


_FLOOR = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from in_process import run_notebook
from ita_nb import execution
from ita_nb.intake.peers import read_directory
from ita_nb.report import make_or_raise
from ita_nb.task import Task
execution.run_notebook = run_notebook
names = {code: agency.name_th for code, agency in read_directory(Path()).agencies.items()}
def make(agency):
    make_or_raise(Task(agency, names[agency], int(sys.argv[2]), Path().resolve(), formats=("html", "pdf")))
first, *rest = sys.argv[3:]
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


def whole_batch(folder: Path, file: Path) -> Cost:
    """Return the median cost of a batch from nothing."""
    costs = []
    for _ in range(REPEATED):
        shutil.rmtree(folder / "outputs", ignore_errors=True)
        costs.append(batch(folder, file))
    return Cost(*(statistics.median(getattr(c, name) for c in costs) for name in ("wall", "cpu", "peak")))


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
    before = records(folder / "outputs" / file.stem)
    batch(folder, file)
    after = records(folder / "outputs" / file.stem)
    return sum(after[agency] != before[agency] for agency in after)


def records(out: Path) -> dict[str, str]:
    """Return what the folder of each agency says was made."""
    return {path.parent.name: path.read_text(encoding="utf-8") for path in out.glob("*/made.json")}


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


def _prepare() -> None:
    from ita_nb import execution

    global _forks
    execution.preload()
    _forks = execution.Forks()


def _start(folder: Path, number: int) -> bool:
    from ita_nb.execution import ExecutionError, run_notebook

    try:
        return run_notebook(folder / "tiny.ipynb", {"n": number}, folder, forks=_forks).kernel == "warm"
    except ExecutionError:
        return False


def failed_starts(folder: Path) -> int:
    """Start tiny notebooks as fast as possible in eight processes; return how many did not start at once."""
    (folder / "tiny.ipynb").write_text(json.dumps(_TINY), encoding="utf-8")
    spawned = multiprocessing.get_context("spawn")
    os.environ.update(ENVIRONMENT)
    with ProcessPoolExecutor(8, mp_context=spawned, initializer=_prepare) as pool:
        started = list(pool.map(_start, [folder] * STARTS, range(STARTS)))
    return started.count(False)


def line(what: str, value: str) -> None:
    """Print one row of the report."""
    print(f"{what:<76} {value}", flush=True)


class Limits:
    """Prints ratios beside their limits, and remembers whether one was missed."""

    def __init__(self) -> None:
        """Nothing is missed yet."""
        self.is_missed = False

    def at_most(self, what: str, value: float, limit: float, shown: str = "{:.2f}x") -> None:
        """Print a value that must not be greater than its limit."""
        self._told(what, shown.format(value), f"at most {shown.format(limit)}", value <= limit)

    def at_least(self, what: str, value: float, limit: float, shown: str = "{:.1f}x") -> None:
        """Print a value that must not be smaller than its limit."""
        self._told(what, shown.format(value), f"at least {shown.format(limit)}", value >= limit)

    def _told(self, what: str, value: str, limit: str, is_met: bool) -> None:  # noqa: FBT001 one caller's fact
        self.is_missed |= not is_met
        line(f"  {what}", f"{value} ({limit}){'' if is_met else '  MISSED'}")


def main() -> None:
    """Print the costs and ratios; exit status 1 when a limit is missed."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:2]))
    limits = Limits()
    with tempfile.TemporaryDirectory() as name:
        few, many = Path(name) / "few", Path(name) / "many"
        few_file, many_file = province(few, FEW), province(many, MANY)
        base, ours = floor(few), whole_batch(few, few_file)
        line(f"floor: the same work in one warm process, CPU s an agency (n={FEW - 1})", f"{base:.2f}")
        line(
            f"batch of {FEW} from nothing, median of {REPEATED}: wall / CPU s an agency",
            f"{ours.wall / FEW:.2f} / {ours.cpu / FEW:.2f}",
        )
        limits.at_most("CPU against the floor, start counted", ours.cpu / FEW / base, 1.5)
        against_the_loop(limits, few, ours, Path(name))
        first = batch(many, many_file)
        line(f"batch of {MANY}: wall / CPU s an agency", f"{first.wall / MANY:.2f} / {first.cpu / MANY:.2f}")
        limits.at_most("CPU against the floor, start counted", first.cpu / MANY / base, 1.5)
        growth = (first.cpu / MANY) / (ours.cpu / FEW)
        limits.at_most(f"growth of CPU an agency from {FEW} to {MANY}", growth, 1.1)
        line(f"peak memory (PSS), {FEW} / {MANY} agencies, MB", f"{ours.peak:.0f} / {first.peak:.0f}")
        limits.at_most("growth of peak memory", first.peak / ours.peak, 1.2)
        again = batch(many, many_file)
        share = again.cpu / first.cpu
        limits.at_most(f"unchanged re-run of {MANY}: share of the first run's CPU", share, 0.01, "{:.2%}")
        changed = executed_after_a_change(many, many_file)
        limits.at_most("one agency changed: executed", changed, 1, "{:.0f}")
        limits.at_least("one agency changed: executed", changed, 1, "{:.0f}")
        limits.at_most(f"failed starts in {STARTS} with 8 workers", failed_starts(Path(name)), 0, "{:.0f}")
    sys.exit(1 if limits.is_missed else 0)


def against_the_loop(limits: Limits, folder: Path, ours: Cost, scratch: Path) -> None:
    """Measure the usual loop beside ours."""
    chromium = shutil.which("chromium")
    if not chromium:
        print("NOT MEASURED: the loop needs chromium (make test-browser installs it)")
        return
    browsers = browser_folder(chromium, scratch / "browsers")
    theirs = loop(folder, os.environ | {"PLAYWRIGHT_BROWSERS_PATH": str(browsers)})
    line(f"shell loop, median of {LOOPED}: wall / CPU s an agency", f"{theirs.wall:.2f} / {theirs.cpu:.2f}")
    limits.at_least("wall, loop against batch", theirs.wall / (ours.wall / FEW), 20)
    limits.at_least("CPU, loop against batch", theirs.cpu / (ours.cpu / FEW), 10)


if __name__ == "__main__":
    main()
