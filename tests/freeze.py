"""What two checkouts of this repository make of the same data, compared: a tool, no test of the suite.

    git worktree add ../before COMMIT
    python tests/freeze.py ../before . [--only WORD ...] [--keep DIR] [--lines N] [--svg]

Both run in the environment of the interpreter that runs this, each with its own sources first on the path and
in copies of its workspace, so that neither is touched. The jobs, two at a time:

* ``report ...``: the five real documents, working and publication edition (with ``--draft``, so that it is
  made), Thai and Arabic digits, and what the publication edition without ``--draft`` says;
* ``batch ...``: the workspaces of ``tests/frozen``, twelve of clean synthetic agencies (``synthetic-...``)
  and a province of 60 with planted defects (``province-...``), some with their overview;
* ``check ...``: ``check --json`` of every agency of these, for every year that has scores.

``--only`` takes the jobs with one of the words in their names: ``hannangam``, ``check``, ``synthetic``,
``"batch province"``. ``--keep`` names a new folder for all that is made, and for the texts that are
compared: ``diff -r DIR/JOB/old.texts DIR/JOB/new.texts`` shows everything that differs in a job. Drawings are
compared by what is read from them, with ``--svg`` also as they are.

Prints the first lines of each difference, once for all files of a job that have it, and a table of how many
are equal; exit status 0: all, 1: not all. Passed over are fingerprints and versions of the program, times,
sizes, hashes, the day of an index and temporary places.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import html
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
import nbformat
import openpyxl
import pypdfium2
from docx.oxml.ns import qn

FROZEN = Path(__file__).resolve().parent / "frozen"
REPORTS = (
    ("hannangam", "2568", "analysis"),
    ("bangkrabue", "2565", "analysis"),
    ("takothong", "2568", "progress"),
    ("sithong", "2564", "progress"),
    ("chaimongkhon", "2566", "progress"),
)
EDITIONS = {"working": ["--edition", "working"], "draft": ["--edition", "publish", "--draft"]}
PROCESSES = 2
READ_BLOCKS = "--read-blocks"  # so this file runs itself inside a checkout
_CHANGING_COLUMNS = {"bytes", "sha256", "seconds", "cpu_seconds", "made_at"}
_CHANGING = (
    (re.compile(r"(รุ่น|ลายนิ้วมือ|ข้อมูลชุด)(\s*)[0-9๐-๙a-f.+]{6,}"), r"\1\2…"),
    (re.compile(r"(จัดทำสารบัญเมื่อวันที่) \S+ \S+ [0-9๐-๙]{4}"), r"\1 …"),
    (re.compile(r"ทำแล้ว .* เหลืออีกประมาณ .*\n"), ""),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[0-9:.+Z]*"), "<time>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<hash>"),
)
# An element that is no text but may have an alternative text, and tags that end no line.
_NO_TEXT = re.compile(r"<(script|style|svg)\b([^>]*)>.*?</\1>", re.DOTALL)
_ALTERNATIVE = re.compile(r'<[^>]*\s(?:alt|aria-label)="([^"]+)"[^>]*>')
_INLINE = re.compile(r"</?(?:a|b|code|em|i|small|span|strong|sub|sup|td|th|wbr)\b[^>]*>")
Texts = dict[tuple[str, str], list[str]]  # the lines to compare by (kind, name)


@dataclass(frozen=True)
class Job:
    """Commands by the names of what they make, in a workspace: that of ``data``, else the checkout's own."""

    name: str
    commands: dict[str, list[str]]
    data: Path | None = None


def all_jobs() -> Iterator[Job]:
    """Yield every job, those of the real documents first."""
    for agency, year, document in REPORTS:
        asked = ["report", agency, "--year", year, "--document", document]
        commands = {"publish": [*asked, "--edition", "publish", "--out", "made/publish"]}
        for name in (f"{edition}-{digits}" for edition in EDITIONS for digits in ("thai", "arabic")):
            edition, digits = name.split("-")
            commands[name] = [*asked, *EDITIONS[edition], "--digits", digits, "--out", f"made/{name}"]
        yield Job(f"report {agency}-{year}-{document}", commands)
        yield Job(f"check {agency}-{year}", {"json": ["check", agency, "--year", year, "--json"]})
    for file in sorted(FROZEN.glob("*/params/batch.yaml")):
        data = file.parents[1]
        agencies = list(csv.DictReader((data / "data/agencies.csv").read_text("utf-8").splitlines()))
        years = sorted(path.parent.name for path in data.glob("data/*/stated_scores.csv"))
        pairs = [(row["agency_id"], year) for row in agencies for year in years]
        checks = {f"{a}-{year}": ["check", a, "--year", year, "--json"] for a, year in pairs}
        yield Job(f"batch {data.name}", {"batch": ["batch", "params/batch.yaml", "--jobs", "1"]}, data)
        yield Job(f"check {data.name}", checks, data)


# ---------------------------------------------------------------- running a job in a checkout


def python(checkout: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in ``home`` with the sources of the checkout."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONUTF8": "1"}
    command = [sys.executable, *words]
    return subprocess.run(
        command, cwd=home, env=environment, capture_output=True, encoding="utf-8", check=False
    )


def run(job: Job, checkout: Path, home: Path, *, with_svg: bool) -> tuple[Texts, float]:
    """Do a job in the new folder ``home``; return all that came of it, and the seconds that it took."""
    began = time.monotonic()
    for folder in ("data", "params"):
        shutil.copytree((job.data or checkout) / folder, home / folder)
    shutil.copytree(checkout / "notebooks", home / "notebooks")
    before = {path: path.read_bytes() for path in files_of(home)}
    texts: Texts = {}
    for name, words in job.commands.items():
        done = python(checkout, home, "-m", "ita_nb", *words)
        texts["exit status", name] = [str(done.returncode)]
        texts["messages", name] = done.stderr.splitlines()
        texts["check" if words[0] == "check" else "printed", name] = done.stdout.splitlines()
    made = [path for path in files_of(home) if before.get(path) != path.read_bytes()]
    texts["files", "all"] = [str(path.relative_to(home)) for path in made]
    notebooks = [path for path in made if path.suffix == ".ipynb"]
    for path, lines in zip(notebooks, blocks_of(notebooks, checkout, home, with_svg=with_svg), strict=True):
        texts["blocks", str(path.relative_to(home))] = lines
    for path in made:
        for kind, read in READERS.get(path.suffix, {}).items():
            texts[kind, str(path.relative_to(home))] = lines_of(read, path)
    texts = {key: neutral(lines, home) for key, lines in texts.items()}
    for (kind, name), lines in texts.items():
        text = home.with_name(f"{home.name}.texts") / kind / f"{name}.txt"
        text.parent.mkdir(parents=True, exist_ok=True)
        text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return texts, time.monotonic() - began


def files_of(folder: Path) -> list[Path]:
    """Return the files under a folder, but for hidden ones."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def neutral(lines: Iterable[str], home: Path) -> list[str]:
    """Return lines without what differs between any two runs."""
    text = "".join(f"{line}\n" for line in lines).replace(str(home), "WORKSPACE")
    for pattern, instead in _CHANGING:
        text = pattern.sub(instead, text)
    return text.splitlines()


# ---------------------------------------------------------------- blocks, read inside the checkout


def read_blocks(paths: Iterable[str]) -> Iterator[Any]:
    """Yield what the package's ``read_document`` finds in each notebook, wherever that function stands."""
    package = Path(importlib.import_module("ita_nb").__path__[0])
    sources = (p for p in sorted(package.rglob("*.py")) if "\ndef read_document(" in p.read_text("utf-8"))
    module = ".".join(next(sources).relative_to(package.parent).with_suffix("").parts)
    read_document = importlib.import_module(module.removesuffix(".__init__")).read_document
    for path in paths:
        try:
            yield read_document(nbformat.reads(Path(path).read_text("utf-8"), as_version=4))
        except Exception as error:  # noqa: BLE001 - whatever is raised is what the checkout makes of it
            yield f"{type(error).__name__}: {error}"


def blocks_of(notebooks: list[Path], checkout: Path, home: Path, *, with_svg: bool) -> list[list[str]]:
    """Return the blocks of each notebook as lines of JSON, or why there are none."""
    if not notebooks:
        return []
    done = python(checkout, home, __file__, READ_BLOCKS, *map(str, notebooks))
    if done.returncode:
        return [done.stderr.splitlines()[-1:]] * len(notebooks)
    left_out = set() if with_svg else {"svg"}
    return [list(flat(document, left_out)) for document in json.loads(done.stdout)]


def flat(value: Any, left_out: set[str], margin: str = "") -> Iterator[str]:
    """Yield a line for each mapping (a block, a column, a row); what it holds follows with a margin."""
    if isinstance(value, list):
        for entry in value:
            yield from flat(entry, left_out, margin)
    elif isinstance(value, dict):
        inner = [k for k, v in value.items() if isinstance(v[0] if isinstance(v, list) and v else v, dict)]
        own = {k: v for k, v in value.items() if k not in left_out and k not in inner}
        yield margin + json.dumps(own, ensure_ascii=False)
        for name in inner:
            yield from flat(value[name], left_out, margin + "  ")
    else:
        yield margin + json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------- the text of the files


def lines_of(read: Callable[[Path], Iterator[str]], path: Path) -> list[str]:
    """Return what a reader finds in a file, or why it cannot be read."""
    try:
        return list(read(path))
    except Exception as error:  # noqa: BLE001 - a damaged file is something to tell
        return [f"cannot be read: {type(error).__name__}: {error}"]


def text_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file."""
    yield from path.read_text(encoding="utf-8").splitlines()


def html_lines(path: Path) -> Iterator[str]:
    """Yield the text of a page: a line for each paragraph, table row and alternative text."""
    page = _ALTERNATIVE.sub(r"<p>[\1]<p>", _NO_TEXT.sub(r"<p\2>", path.read_text(encoding="utf-8")))
    page = re.sub(r"</t[dh]>", " | ", re.sub(r"<br\b[^>]*>", " / ", " ".join(page.split())))
    lines = (" ".join(line.split()) for line in re.split(r"<[^>]+>", _INLINE.sub("", page)))
    yield from map(html.unescape, filter(None, lines))


def pdf_lines(path: Path) -> Iterator[str]:
    """Yield the text of each page under its number."""
    for number, page in enumerate(pypdfium2.PdfDocument(path), start=1):
        yield f"--- page {number}"
        yield from page.get_textpage().get_text_range().splitlines()


def word_lines(path: Path) -> Iterator[str]:
    """Yield the paragraphs and table rows of a Word file, then its headers and footers."""
    document = docx.Document(str(path))
    for element in document.element.body.iter(qn("w:p"), qn("w:tr")):
        if element.tag == qn("w:tr"):
            cells = element.iterchildren(qn("w:tc"))
            yield " | ".join(" / ".join(map(_word_text, cell.iter(qn("w:p")))) for cell in cells)
        elif element.getparent().tag != qn("w:tc"):
            yield _word_text(element)
    for section in document.sections:
        for edge in (section.header, section.footer, section.first_page_header, section.first_page_footer):
            yield " / ".join(paragraph.text for paragraph in edge.paragraphs)


def _word_text(paragraph: Any) -> str:
    """Return the text of a paragraph, and the alternative texts of its pictures."""
    found = paragraph.iter(qn("w:t"), qn("wp:docPr"))
    return "".join(e.text or "" if e.tag == qn("w:t") else f"[{e.get('descr', '')}]" for e in found)


def workbook_lines(path: Path) -> Iterator[str]:
    """Yield the rows of every sheet under its name."""
    for sheet in openpyxl.load_workbook(path):
        yield f"--- sheet {sheet.title}"
        yield from (json.dumps(row, ensure_ascii=False, default=str) for row in sheet.values)


def csv_lines(path: Path) -> Iterator[str]:
    """Yield the rows of a table, without the columns that change with every run."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        yield ", ".join(reader.fieldnames or [])
        for row in reader:
            kept = {column: cell for column, cell in row.items() if column not in _CHANGING_COLUMNS}
            yield json.dumps(kept, ensure_ascii=False)


READERS: dict[str, dict[str, Callable[[Path], Iterator[str]]]] = {
    ".html": {"html": html_lines, "html bytes": text_lines},
    ".pdf": {"pdf": pdf_lines},
    ".docx": {"word": word_lines},
    ".xlsx": {"workbook": workbook_lines},
    ".csv": {"tables": csv_lines},
    ".txt": {"digest": text_lines},
    ".yaml": {"params": text_lines},
}


# ---------------------------------------------------------------- comparing


def compare(old: Texts, new: Texts, most_lines: int) -> Iterator[tuple[str, bool]]:
    """Print how two outcomes of a job differ; yield the kind of each text, and whether it is equal."""
    names: dict[tuple[str, str], list[str]] = {}
    for kind, name in sorted({*old, *new}):
        before, after = old.get((kind, name)), new.get((kind, name))
        if before != after:
            names.setdefault((kind, difference(kind, before, after, most_lines)), []).append(name)
        yield kind, before == after
    for (kind, shown), alike in names.items():
        rest = f" and {len(alike) - 1} more" if len(alike) > 1 else ""
        print(f"  different {kind}: {alike[0]}{rest}{shown}")


def difference(kind: str, before: list[str] | None, after: list[str] | None, most_lines: int) -> str:
    """Return the changed lines, not too many, or on which side there is nothing."""
    if before is None or after is None:
        return f" (only in {'NEW' if before is None else 'OLD'})"
    if kind == "html bytes":  # too long to read
        return ""
    changed = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
    changed = [line for line in changed if not line.startswith("@@")]
    rest = [f"... and {len(changed) - most_lines} lines more"] if len(changed) > most_lines else []
    return "".join(f"\n    {line}" for line in changed[:most_lines] + rest)


def compare_checkouts(
    jobs: list[Job], sides: dict[str, Path], folder: Path, asked: argparse.Namespace
) -> bool:
    """Run the jobs in both checkouts, print what is found, and return whether all is equal."""
    found: Counter[tuple[str, bool]] = Counter()
    with ProcessPoolExecutor(PROCESSES) as pool:
        running = []
        for job in jobs:
            homes = {folder / job.name.replace(" ", "-") / side: checkout for side, checkout in sides.items()}
            running.append([pool.submit(run, job, homes[home], home, with_svg=asked.svg) for home in homes])
        for job, pair in zip(jobs, running, strict=True):
            (old, old_seconds), (new, new_seconds) = (side.result() for side in pair)
            print(f"{job.name} ({old_seconds:.0f} and {new_seconds:.0f} s)")
            own = Counter(compare(old, new, asked.lines))
            equal = sum(count for (_, is_equal), count in own.items() if is_equal)
            print(f"  {equal} of {own.total()} equal", flush=True)
            found += own
    print(f"\n{'kind':<12} {'equal':>9} {'different':>9}")
    for kind in sorted({kind for kind, _ in found}):
        print(f"{kind:<12} {found[kind, True]:>9} {found[kind, False]:>9}")
    return all(is_equal for _, is_equal in found)


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Compare what two checkouts make of the same data.")
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORD", help="jobs with one of the words")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a new folder for all that is made")
    parser.add_argument("--lines", type=int, default=12, metavar="N", help="lines shown of a difference")
    parser.add_argument("--svg", action="store_true", help="compare the drawings in the blocks as well")
    asked = parser.parse_args()
    sides = {"old": asked.old.resolve(), "new": asked.new.resolve()}
    for checkout in sides.values():
        found = python(
            checkout, checkout, "-P", "-c", "import ita_nb; print(*ita_nb.__path__)"
        ).stdout.strip()
        if found != str(checkout / "ita_nb"):
            parser.error(f"{checkout} is no checkout: its package would come from {found or 'nowhere'}")
    jobs = [job for job in all_jobs() if any(word in job.name for word in asked.only)]
    if not jobs:
        parser.error("no such job; there are: " + ", ".join(job.name for job in all_jobs()))
    if asked.keep:
        asked.keep.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="freeze-") as folder:
        is_equal = compare_checkouts(jobs, sides, (asked.keep or Path(folder)).resolve(), asked)
    return 0 if is_equal else 1


if __name__ == "__main__":
    if sys.argv[1:2] == [READ_BLOCKS]:
        documents = list(read_blocks(sys.argv[2:]))
        print(json.dumps(documents, default=lambda value: value.model_dump(mode="json")))
        sys.exit(0)
    sys.exit(main())
