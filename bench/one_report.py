"""How much one report costs beside the same steps done by separate commands: ratios within one run.

Run by ``make bench``. Absolute times depend on the machine; only the ratios mean something.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROUNDS = 3


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(*command: object) -> None:
    """Run one of this environment's commands in the workspace."""
    subprocess.run([sys.executable, "-m", *map(str, command)], cwd=ROOT, check=True, capture_output=True)


def shell_loop(folder: Path) -> None:
    """What people do today: papermill, then nbconvert once a format."""
    executed = folder / "out.ipynb"
    run("papermill", "notebooks/agency_report.ipynb", executed, "-f", "params/hannangam-2568.yaml")
    run("nbconvert", "--to", "ita_html", executed)
    run("nbconvert", "--to", "ita_pdf", executed)


def main() -> None:
    """Interleave the candidates and print medians as ratios."""
    from ita_nb.case import build_case
    from ita_nb.report import make_report
    from ita_nb.task import Task

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        candidates: dict[str, Callable[[], object]] = {
            "papermill + nbconvert twice, as commands": lambda: shell_loop(folder),
            "ita-nb report, as a command": lambda: run(
                "ita_nb", "report", "hannangam", "--year", "2568", "--out", folder
            ),
            "make_report in one process": lambda: make_report(Task("hannangam", "", 2568, ROOT), folder),
            "build_case (the numbers alone)": lambda: build_case("hannangam", 2568, ROOT),
        }
        times: dict[str, list[float]] = {label: [] for label in candidates}
        for _ in range(ROUNDS):
            for label, work in candidates.items():
                times[label].append(seconds(work))
    medians = {label: statistics.median(values) for label, values in times.items()}
    whole = next(iter(medians.values()))
    for label, median in medians.items():
        print(f"{label:<45} {median / whole:6.1%} of the commands")


main()
