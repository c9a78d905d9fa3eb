"""One report, whole: check the request, run the notebook by papermill, export, verify, move into place.

Everything is made in a work folder and moved only when it has been verified, so a failure leaves
what was there before.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ita_nb.batch.execution import run_notebook
from ita_nb.batch.exports import export
from ita_nb.batch.notebook_files import check_notebook, notebook_of
from ita_nb.batch.stores import put_together
from ita_nb.batch.task import Task, parameters_of
from ita_nb.case import Case, build_case
from ita_nb.document.first_words import write_first, write_unfiled
from ita_nb.document.gate import blockers, refuse_unready
from ita_nb.errors import ParameterError, Problem
from ita_nb.intake.params_file import words_path
from ita_nb.intake.workspace import find_workspace
from ita_nb.parameters import validate
from ita_nb.progress import ProgressCase, build_progress
from ita_nb.thai import Digits

FORMATS = ("html", "pdf", "docx")


@dataclass(frozen=True)
class ReportRequest:
    """What ``ita-nb report`` is asked for. ``out`` defaults to ``outputs/<year>/<agency_id>/``.

    ``notebook`` stands in place of the one that :func:`~ita_nb.batch.notebook_files.notebook_of` names.
    """

    agency_id: str
    fiscal_year: int
    document: Literal["analysis", "progress"] = "analysis"
    edition: Literal["working", "publish"] = "working"
    digits: Digits = "thai"
    draft: bool = False
    formats: tuple[str, ...] = FORMATS
    workspace: Path = field(default_factory=Path)
    out: Path | None = None
    notebook: Path | None = None


@dataclass(frozen=True)
class MadeReport:
    """The files made, the notebook that ran, the received rows that could not be used, the params file.

    ``without`` is what the documents do without, such as a logo that cannot be used; ``remarks`` name what
    the notebook displays and the documents do not print.
    """

    paths: tuple[Path, ...]
    notebook: Path
    set_aside: tuple[Problem, ...]
    without: tuple[Problem, ...]
    words: FiledWords
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class FiledWords:
    """The params file of people's words: where it is, whether this run wrote it, and why it could not.

    ``unfiled`` is the file of the drafts that an existing params file does not hold.
    """

    path: Path
    written: bool = False
    unfiled: Path | None = None
    failure: str = ""


def make_report(request: ReportRequest) -> MadeReport:
    """Make the report and return its files.

    Raises an ItaError when the request or the data are unusable, the publication edition is not
    ready, or a made document does not verify; nothing is then left in the output folder.
    """
    formats = _checked_formats(request.formats)
    workspace = find_workspace(request.workspace)
    build = build_progress if request.document == "progress" else build_case
    case = build(request.agency_id, request.fiscal_year, workspace)
    filed = words_path(workspace, request.agency_id, request.fiscal_year, request.document)
    if request.edition == "publish" and not request.draft:
        if blockers(case):
            file_words(case, filed)  # what is refused for its drafts must have them somewhere to confirm
        refuse_unready(case)
    out = request.out or workspace / "outputs" / str(request.fiscal_year) / request.agency_id
    task = Task(
        key="",
        agency_id=request.agency_id,
        name_th=case.agency.name_th,
        fiscal_year=request.fiscal_year,
        workspace=str(workspace),
        out=str(out),
        document=request.document,
        edition=request.edition,
        digits=request.digits,
        draft=request.draft,
        formats=formats,
    )
    parameters = parameters_of(task)
    validate(parameters)
    notebook = request.notebook or notebook_of(task)
    check_notebook(notebook, parameters, request.document)
    with tempfile.TemporaryDirectory(prefix=f"ita-nb-{os.getpid()}-") as work:
        executed = Path(work) / f"{task.stem}.ipynb"
        made = export(run_notebook(notebook, executed, parameters, workspace), executed, task)
        paths = tuple(out / path.name for path in made.paths)
        put_together(made.paths, out)
    # Afterwards: the notebook has to find what the case was built from.
    words = FiledWords(filed) if request.edition == "publish" else file_words(case, filed)
    set_aside = tuple(p for p in case.record.problems if p.severity == "error")
    return MadeReport(paths, notebook, set_aside, _without(case.record.problems), words, made.remarks)


def _without(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    # No edition prints it for readers, and only the analyst's edition lists problems at all.
    return tuple(p for p in problems if p.rule == "logo-unreadable")


def file_words(case: Case | ProgressCase, path: Path) -> FiledWords:
    """Write the first params file, or the drafts that it lacks; a failure is told, not raised."""
    try:
        written = write_first(case, path)
        return FiledWords(path, written, None if written else write_unfiled(case, path))
    except OSError as error:
        return FiledWords(path, failure=str(error))


def _checked_formats(formats: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise ParameterError(
            where="--format",
            expected="รูปแบบที่ทำได้ คั่นด้วยจุลภาค: " + ",".join(FORMATS),
            found=", ".join(unknown) or "ไม่ได้ระบุ",
            todo="ระบุใหม่ เช่น --format html,pdf",
        )
    return tuple(dict.fromkeys(formats))
