"""What a batch hands out and gets back: a :class:`Task` for one document, an :class:`Outcome` of it.

Both travel as one line of JSON: to a worker process on this machine, or to one on another.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ita_nb.thai import Digits

DocumentName = Literal["analysis", "progress"]
EditionName = Literal["working", "publish"]
KernelKind = Literal["warm", "cold"]
# The notebook that makes each document, in the workspace's folder of notebooks.
NOTEBOOKS: dict[DocumentName, str] = {
    "analysis": "agency_report.ipynb",
    "progress": "measures_progress.ipynb",
}

# Why a task failed: what a person looks for first. The digest groups by these.
Cause = Literal[
    "cell-failed",  # a cell of the notebook raised
    "cell-timeout",  # a cell ran longer than the limit
    "run-timeout",  # the whole run did
    "memory",  # the kernel asked for more memory than the limit, or was killed for it
    "kernel-died",  # the kernel ended or did not start, in both attempts
    "worker-died",  # the process that ran the kernel and made the documents ended
    "unverified",  # a document was made, and is not the document that was asked for
    "refused",  # the publication edition is not ready
    "data",  # what was received of the agency cannot be used
    "disk",  # a file could not be written
    "unexpected",  # none of these: a fault of the program
]


@dataclass(frozen=True)
class Task:
    """One document of one agency to make.

    ``key`` is the fingerprint of everything that the result depends on (:mod:`ita_nb.batch.keys`).
    ``workspace`` is the absolute folder of the data, as the machine that works on it calls it; ``out`` the
    folder in which ``<agency_id>/<stem>.<ending>`` are put. Limits: seconds and MB.
    """

    key: str
    agency_id: str
    name_th: str
    fiscal_year: int
    workspace: str
    out: str
    document: DocumentName = "analysis"
    edition: EditionName = "working"
    digits: Digits = "thai"
    draft: bool = False
    formats: tuple[str, ...] = ("html", "pdf", "docx")
    kernel: KernelKind = "warm"
    cell_seconds: int = 120
    run_seconds: int = 600
    memory_mb: int = 2048

    @property
    def stem(self) -> str:
        """Name of the files that the task makes, without their endings."""
        return f"{self.agency_id}-{self.fiscal_year}-{self.document}"

    def to_json(self) -> str:
        """Return the task on one line."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Task:
        """Read what :meth:`to_json` wrote."""
        values = json.loads(line)
        return cls(**values | {"formats": tuple(values["formats"])})


def parameters_of(task: Task) -> dict[str, Any]:
    """Return the parameters that a task hands to its notebook; what people wrote stays in its file."""
    return {name: getattr(task, name) for name in ("agency_id", "fiscal_year", "edition", "digits", "draft")}


@dataclass(frozen=True)
class MadeFile:
    """A file that was put in place, by its path under the output folder."""

    path: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Failure:
    """Why a task failed, for a person and for grouping.

    ``where`` is the cell (``เซลล์ที่ 3``) or the file; ``kept`` is the partial notebook under the output
    folder, or ``""`` where nothing was left to keep.
    """

    cause: Cause
    where: str
    message_th: str
    kept: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a task: its files, or its failure; never both.

    ``content`` is the tidy tables of the document, packed (:mod:`ita_nb.batch.content`).
    ``seconds`` is wall time, ``cpu_seconds`` is of the worker and the kernel together, ``peak_mb`` the most
    memory that the kernel held and what the worker held in the end, together. ``errors`` counts problems
    of severity error in the agency's data, and ``pages`` the pages of the PDF (0 without one).
    """

    key: str
    agency_id: str
    files: tuple[MadeFile, ...] = ()
    failure: Failure | None = None
    content: str = ""
    errors: int = 0
    pages: int = 0
    kernel: KernelKind = "warm"
    attempts: int = 1
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: int = 0

    @property
    def is_done(self) -> bool:
        """Whether the documents were made, verified and put in place."""
        return self.failure is None

    def to_json(self) -> str:
        """Return the outcome on one line."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Outcome:
        """Read what :meth:`to_json` wrote."""
        values: dict[str, Any] = json.loads(line)
        values["files"] = tuple(MadeFile(**file) for file in values["files"])
        values["failure"] = Failure(**values["failure"]) if values["failure"] else None
        return cls(**values)
