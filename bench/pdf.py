"""What a PDF of the demo report costs beside a browser's: ratios within one run.

Run by ``make bench``. Chromium comes from the system; without it only our own time is shown. Every rendering
has another agency's name, as in a batch: Typst sets it anew, and what agencies share is cut into words once.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROUNDS = 5
BROWSER_ROUNDS = 3


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


_ASK = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


def browser_folder(chromium: str, folder: Path) -> Path:
    """Return a folder that Playwright takes for its own download of the browser: the system's, linked."""
    env = os.environ | {"PLAYWRIGHT_BROWSERS_PATH": str(folder)}
    asked = subprocess.run([sys.executable, "-c", _ASK], env=env, check=True, capture_output=True, text=True)
    edition = Path(asked.stdout.strip()).relative_to(folder).parts[0].rpartition("-")[2]
    # Headless runs look for the shell, not for the full browser.
    shell = f"chromium_headless_shell-{edition}/chrome-headless-shell-linux64/chrome-headless-shell"
    path = folder / shell
    path.parent.mkdir(parents=True)
    path.symlink_to(chromium)
    return folder


def main() -> None:
    """Print the medians of ours and of the browser's way, and their ratio."""
    import nbformat

    from ita_nb.document import html, pdf
    from ita_nb.document.notebook import read_document
    from ita_nb.report import make_report
    from ita_nb.task import Task

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notebook = make_report(Task("hannangam", "", 2568, ROOT, formats=("html",)), folder).paths[0]
        document = read_document(nbformat.read(notebook, as_version=4))
        renamed = (
            document.model_copy(
                update={"cover": document.cover.model_copy(update={"agency": f"เทศบาลตำบลที่ {n}"})}
            )
            for n in range(100)
        )
        pdf.render(next(renamed))
        html.render(next(renamed))
        ours = statistics.median(seconds(lambda: pdf.render(next(renamed))) for _ in range(ROUNDS))
        page = statistics.median(seconds(lambda: html.render(next(renamed))) for _ in range(ROUNDS))
        print(f"PDF of the demo report, warm                  {ours:6.2f} s (limit 0.5)")
        print(f"HTML of the demo report, warm                 {page:6.2f} s")
        chromium = shutil.which("chromium")
        if chromium is None:
            print("chromium is not installed: nothing to compare with (make test-browser installs it)")
            return
        env = os.environ | {"PLAYWRIGHT_BROWSERS_PATH": str(browser_folder(chromium, folder / "browsers"))}
        command = [
            sys.executable,
            "-m",
            "nbconvert",
            "--to",
            "webpdf",
            "--disable-chromium-sandbox",
            str(notebook),
        ]
        theirs = statistics.median(
            seconds(lambda: subprocess.run(command, env=env, check=True, capture_output=True))
            for _ in range(BROWSER_ROUNDS)
        )
        print(
            f"nbconvert --to webpdf, the same notebook      {theirs:6.2f} s = {theirs / ours:.0f} times ours"
        )


if __name__ == "__main__":
    main()
