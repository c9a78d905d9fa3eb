"""The fingerprint of a task: of everything that its documents depend on, and of nothing else.

Of the received data only the agency's own rows count, so a correction for one agency makes one task new.
The scores of the others, with which a document compares, are left out on purpose; they have a fingerprint
of their own, by which it can be told whose document compares with an earlier state of them.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path

import fontpkg_sarabun
import yaml

from ita_nb.batch.notebook_files import notebook_of
from ita_nb.batch.task import Task
from ita_nb.errors import IntakeError
from ita_nb.facts.loader import facts_folder
from ita_nb.facts.provenance import code_version
from ita_nb.facts.rules import load_rules
from ita_nb.intake.directory import doubts, read_directory
from ita_nb.intake.params_file import words_path
from ita_nb.intake.peers import Marks
from ita_nb.intake.tables import AGENCIES, STATED_SCORES, YEAR_TABLES, Table, TableForm, read_table

# What the result depends on; not where it is put, what makes it, and how long that may take.
_ASKED = ("agency_id", "fiscal_year", "document", "edition", "digits", "draft", "formats")
# The one in C where it is there: it reads the same YAML several times faster.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True)
class Keyed:
    """The fingerprint of a task, and that of the scores with which its document compares (or ``""``)."""

    key: str
    peers: str


class Fingerprints:
    """The fingerprints of the tasks of one workspace; what they share is read once.

    The workspace must not change while they are worked out.
    """

    def __init__(self, workspace: Path) -> None:
        """Take the folder of the data; nothing is read yet."""
        self._workspace = workspace
        self._marks: dict[int, dict[str, Marks]] = {}

    def task_key(self, task: Task) -> Keyed:
        """Return the fingerprints of a task, whatever its own ``key`` says."""
        digest = hashlib.sha256(self._shared)
        asked = {name: value for name, value in asdict(task).items() if name in _ASKED}
        asked["formats"] = sorted(task.formats)
        _add(digest, "asked", repr(asked).encode())
        _add(digest, "notebook", _file(notebook_of(task)))
        for name, content in (*self._rows(task), *self._words(task)):
            _add(digest, name, content)
        return Keyed(digest.hexdigest(), self._peers(task))

    @cached_property
    def _shared(self) -> bytes:
        digest = hashlib.sha256()
        _add(digest, "code", code_version().encode())
        _add(digest, "environment", environment().encode())
        _add(digest, "fonts", _fonts())
        folder = facts_folder(self._workspace)
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            _add(digest, path.relative_to(folder).as_posix(), path.read_bytes())
        return digest.digest()

    @cached_property
    def _tables(self) -> list[tuple[int, str, Table | bytes | None]]:
        """Every table of every year, or what is said of one that cannot be read."""
        years = sorted(int(p.name) for p in (self._workspace / "data").iterdir() if _is_year(p))
        every = [(year, form.name, self._table(str(year), form)) for year in years for form in YEAR_TABLES]
        return [(0, AGENCIES.name, self._table("", AGENCIES)), *every]

    def _table(self, folder: str, form: TableForm) -> Table | bytes | None:
        try:
            return read_table(self._workspace / "data" / folder, form, f"data/{folder}".rstrip("/"))
        except IntakeError as error:
            return str(error).encode()

    def _rows(self, task: Task) -> Iterator[tuple[str, bytes]]:
        # Measures are for the year after the scores at the latest: what comes later is in no document.
        for year, name, table in self._tables:
            if year > task.fiscal_year + 1:
                continue
            if isinstance(table, bytes):
                yield f"{year}/{name}", table
            elif table is not None and task.agency_id in table:
                yield f"{year}/{name}", table.fingerprint(task.agency_id)
        tables = (t for year, _, t in self._tables if year <= task.fiscal_year + 1 and isinstance(t, Table))
        for doubt in doubts(read_directory(self._workspace), task.agency_id, tables):
            yield "doubt", repr(doubt).encode("utf-8", "surrogatepass")

    def _words(self, task: Task) -> Iterator[tuple[str, bytes]]:
        """Yield the files of people's words that the document reads, and the pictures that they name."""
        home, agency_id, year = self._workspace, task.agency_id, task.fiscal_year
        paths = [words_path(home, agency_id, year, task.document)]
        if task.document == "progress":  # measures and office come from the analysis that set them
            paths += [words_path(home, agency_id, y, "analysis") for y in (year, year - 1)]
        for path in paths:
            content = _file(path)
            if content:
                yield path.name, content
                for logo in _logos(content):
                    yield f"logo of {path.name}", _logo(home, logo)

    def _peers(self, task: Task) -> str:
        """Return the fingerprint of the others' scores, ``""`` where they are too few to compare with."""
        agency = read_directory(self._workspace).agencies.get(task.agency_id)
        if task.document != "analysis" or agency is None:
            return ""
        if task.fiscal_year not in self._marks:
            self._marks[task.fiscal_year] = _marks(self._workspace, self._scores(task.fiscal_year))
        marks = self._marks[task.fiscal_year].get(agency.agency_type, Marks({}))
        if marks.number_without(agency.agency_id) < load_rules().peers_min:
            return ""
        return marks.without(agency.agency_id)

    def _scores(self, fiscal_year: int) -> Table | None:
        found = [t for year, name, t in self._tables if (year, name) == (fiscal_year, STATED_SCORES.name)]
        return next((table for table in found if isinstance(table, Table)), None)


def _marks(workspace: Path, scores: Table | None) -> dict[str, Marks]:
    """Return the marks of the agencies that have scores, by type; an agency without a type has no peers."""
    marks: dict[str, dict[str, bytes]] = {}
    for agency in read_directory(workspace).agencies.values():
        if scores and agency.agency_type and agency.agency_id in scores:
            found = marks.setdefault(agency.agency_type, {})
            found[agency.agency_id] = scores.fingerprint(agency.agency_id)
    return {kind: Marks(found) for kind, found in marks.items()}


@cache
def environment() -> str:
    """Return the versions of Python and of every package that the project asks for, one a line."""
    asked = [found.split(";")[0] for found in metadata.requires("ita-nb") or () if "extra ==" not in found]
    names = sorted(re.split(r"[^\w.-]", name.strip())[0] for name in asked)
    python = f"python {sys.version_info.major}.{sys.version_info.minor}"
    return "\n".join([python, *(f"{name} {metadata.version(name)}" for name in names)])


@cache
def _fonts() -> bytes:
    digest = hashlib.sha256()
    for path in sorted((Path(fontpkg_sarabun.__file__).parent / "files").iterdir()):
        _add(digest, path.name, path.read_bytes())
    return digest.digest()


def _is_year(folder: Path) -> bool:
    return folder.name.isascii() and folder.name.isdecimal() and folder.is_dir()


def _file(path: Path) -> bytes:
    """Return what a file holds, nothing where there is none: whoever needs it says so."""
    return path.read_bytes() if path.is_file() else b""


def _logos(words: bytes) -> list[str]:
    """Return the picture that a file of people's words names, as far as it can be read at all."""
    if b"logo" not in words:
        return []
    try:
        content = yaml.load(words, Loader=_LOADER)  # noqa: S506 it makes nothing but text
    except (yaml.YAMLError, RecursionError):
        return []
    office = content.get("office") if isinstance(content, dict) else None
    logo = office.get("logo") if isinstance(office, dict) else None
    return [logo] if isinstance(logo, str) else []


def _logo(workspace: Path, name: str) -> bytes:
    """Return the picture's bytes; nothing where it lies outside the workspace, where no document reads it."""
    try:
        path = (workspace / name.strip().replace("\\", "/")).resolve()
        return _file(path) if path.is_relative_to(workspace.resolve()) else b""
    except (OSError, ValueError, RuntimeError):  # RuntimeError: a link that leads to itself
        return b""


def _add(digest: hashlib._Hash, name: str, content: bytes) -> None:
    # With its name and length no content can pass for another's.
    digest.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogatepass"))
    digest.update(content)
