"""What is asked for: a :class:`Task` is one document of one agency; it travels to other processes whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from ita_nb.intake.params_file import DocumentName
from ita_nb.thai import Digits

EditionName = Literal["working", "publish"]
KernelKind = Literal["warm", "cold"]
Format = Literal["html", "pdf", "docx"]
FORMATS: tuple[Format, ...] = get_args(Format)

# One process does the work of one core; more threads of it would only fight with the other processes, and
# a process with threads cannot be forked.
ENVIRONMENT = {
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # Arrow's own allocator would start a thread
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # read when matplotlib is imported
}

# Why a task failed: what a person looks for first. The digest groups by these.
Cause = Literal[
    "cell-failed",  # a cell of the notebook raised
    "cell-timeout",  # a cell ran longer than the limit
    "run-timeout",  # the whole run did
    "memory",  # the kernel asked for more memory than the limit, or was killed for it
    "kernel-died",  # the kernel ended or did not start, in both attempts
    "worker-died",  # the process that made the documents ended, in both attempts
    "unverified",  # a document was made, and is not the document that was asked for
    "refused",  # the publication edition is not ready
    "data",  # what was received of the agency cannot be used
    "disk",  # a file could not be written
    "unexpected",  # none of these: a fault of the program
]


@dataclass(frozen=True)
class Limits:
    """What one attempt may use: seconds for a cell and for all, MB of memory; ``None`` for no limit."""

    cell_seconds: int | None = None
    run_seconds: int | None = None
    memory_mb: int | None = None


@dataclass(frozen=True)
class Task:
    """One document of one agency to make.

    ``workspace`` is the absolute folder of the data, as the machine that works on it calls it; ``notebook``
    stands in place of the one that is found there. ``key`` is the fingerprint of everything that the result
    depends on, and ``peers`` that of the scores with which it compares (:mod:`ita_nb.batch.plan`).
    """

    agency_id: str
    name_th: str
    fiscal_year: int
    workspace: Path
    document: DocumentName = "analysis"
    edition: EditionName = "working"
    digits: Digits = "thai"
    draft: bool = False
    formats: tuple[str, ...] = FORMATS
    kernel: KernelKind = "warm"
    limits: Limits = Limits()
    notebook: Path | None = None
    key: str = ""
    peers: str = ""

    @property
    def stem(self) -> str:
        """Name of the files that the task makes, without their endings."""
        return f"{self.agency_id}-{self.fiscal_year}-{self.document}"

    @property
    def parameters(self) -> dict[str, Any]:
        """What the task hands to its notebook; what people wrote stays in its file."""
        names = ("agency_id", "fiscal_year", "edition", "digits", "draft")
        return {name: getattr(self, name) for name in names}

    @property
    def identity(self) -> dict[str, Any]:
        """Whose document it is, as a record says it."""
        names = ("agency_id", "name_th", "fiscal_year", "document", "edition")
        return {name: getattr(self, name) for name in names}

    @property
    def command(self) -> list[str]:
        """The words of the command that makes the documents of the task alone."""
        words = ["ita-nb", "report", self.agency_id, "--year", str(self.fiscal_year)]
        for name in ("document", "edition", "digits"):
            if getattr(self, name) != getattr(Task, name):
                words += [f"--{name}", getattr(self, name)]
        words += ["--draft"] if self.draft else []
        return words + (["--format", ",".join(self.formats)] if self.formats != FORMATS else [])
