"""One report, whole: check the request, run the notebook by papermill, export, verify, move into place.

Everything is made in a work folder and moved only when it has been verified, so a failure leaves
what was there before.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ita_nb.batch.verify import verify_docx, verify_html, verify_pdf
from ita_nb.case import Case, build_case
from ita_nb.document.first_words import write_first, write_unfiled
from ita_nb.document.gate import blockers, refuse_unready
from ita_nb.errors import ItaError, ParameterError, Problem, RenderError
from ita_nb.intake.params_file import words_path
from ita_nb.intake.workspace import find_workspace
from ita_nb.parameters import ReportParameters, validate
from ita_nb.progress import ProgressCase, build_progress
from ita_nb.thai import Digits

NOTEBOOKS = {"analysis": "agency_report.ipynb", "progress": "measures_progress.ipynb"}
FORMATS = ("html", "pdf", "docx")


@dataclass(frozen=True)
class ReportRequest:
    """What ``ita-nb report`` is asked for. ``out`` defaults to ``outputs/<year>/<agency_id>/``."""

    agency_id: str
    fiscal_year: int
    document: Literal["analysis", "progress"] = "analysis"
    edition: Literal["working", "publish"] = "working"
    digits: Digits = "thai"
    draft: bool = False
    formats: tuple[str, ...] = FORMATS
    workspace: Path = field(default_factory=Path)
    out: Path | None = None


@dataclass(frozen=True)
class MadeReport:
    """The files made, the rows of the received data that could not be used for them, and the params file.

    ``without`` is what the documents do without, such as a logo that cannot be used.
    """

    paths: tuple[Path, ...]
    set_aside: tuple[Problem, ...]
    without: tuple[Problem, ...]
    words: FiledWords


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
    parameters = validate(
        {
            "agency_id": request.agency_id,
            "fiscal_year": request.fiscal_year,
            "edition": request.edition,
            "digits": request.digits,
            "draft": request.draft,
        }
    )
    notebook = workspace / "notebooks" / NOTEBOOKS[request.document]
    out = request.out or workspace / "outputs" / str(request.fiscal_year) / request.agency_id
    stem = f"{request.agency_id}-{request.fiscal_year}-{request.document}"
    with tempfile.TemporaryDirectory(prefix="ita-nb-") as work:
        executed = Path(work) / f"{stem}.ipynb"
        # What people wrote stays in its file; the notebook reads it there.
        handed = parameters.model_dump(exclude={"office", "texts", "measures"})
        run_notebook(notebook, executed, handed, workspace)
        made = _exports(case, parameters, executed, formats)
        paths = _moved_together(made, out)
    # Afterwards: the notebook has to find what the case was built from.
    words = FiledWords(filed) if request.edition == "publish" else file_words(case, filed)
    set_aside = tuple(p for p in case.record.problems if p.severity == "error")
    return MadeReport(paths, set_aside, _without(case.record.problems), words)


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


def _exports(
    case: Case | ProgressCase, parameters: ReportParameters, executed: Path, formats: tuple[str, ...]
) -> list[Path]:
    made = [executed]
    for name in formats:
        path = executed.with_suffix(f".{name}")
        path.write_bytes(_exported(executed, name))
        verify = {"html": verify_html, "pdf": verify_pdf, "docx": verify_docx}[name]
        verify(path.read_bytes(), case, digits=parameters.digits, shown_as=path.name)
        made.append(path)
    return made


def run_notebook(notebook: Path, executed: Path, parameters: Mapping[str, Any], folder: Path) -> None:
    """Execute a notebook by papermill in ``folder`` after checking what papermill would let pass.

    Raises ParameterError (no ``parameters`` cell, a parameter that the notebook does not declare) or
    RenderError (a cell failed; the message names it).
    """
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    _check_notebook(notebook, parameters)
    try:
        papermill.execute_notebook(
            notebook,
            executed,
            parameters=dict(parameters),
            cwd=folder,
            kernel_name="python3",  # whatever kernel the notebook was last saved with
            progress_bar=False,
            # The kernel's own warnings are about its transport; an officer can do nothing about them.
            extra_arguments=["--log-level=40"],
        )
    except PapermillExecutionError as error:
        raise RenderError(
            where=f"{notebook.name} เซลล์ที่ {error.exec_count}",
            expected="สมุดบันทึกทำงานจนจบ",
            found=f"{error.ename}: {error.evalue}",
            todo="แก้ข้อมูลหรือพารามิเตอร์ตามข้อความ แล้วสั่งใหม่",
        ) from error
    except (DeadKernelError, NoSuchKernel, RuntimeError) as error:
        raise RenderError(
            where=notebook.name,
            expected="เคอร์เนล Python ทำงานจนจบ",
            found=f"{type(error).__name__}: {error}",
            todo="ตรวจหน่วยความจำที่เหลือ และติดตั้งใหม่ด้วย make report แล้วสั่งใหม่",
        ) from error
    _forget_paths(executed)


def _forget_paths(executed: Path) -> None:
    """Keep this machine's folders out of a notebook that goes to other people."""
    import nbformat

    notebook = _read(executed)
    record = notebook.metadata.papermill
    for name in ("input_path", "output_path"):
        record[name] = Path(record[name]).name
    executed.write_text(nbformat.writes(notebook), encoding="utf-8")


def _check_notebook(notebook: Path, parameters: Mapping[str, Any]) -> None:
    from papermill.inspection import inspect_notebook

    if not notebook.exists():
        raise ParameterError(
            where=str(notebook.parent),
            expected=f"สมุดบันทึก {notebook.name}",
            found="ไม่มีแฟ้มนี้",
            todo="คัดลอกโฟลเดอร์ notebooks ของโครงการมาไว้ในโฟลเดอร์งาน",
        )
    code = [c for c in _read(notebook).cells if c.cell_type == "code"]
    tagged = [i for i, cell in enumerate(code) if "parameters" in cell.metadata.get("tags", ())]
    declared = set(inspect_notebook(notebook)) if tagged == [0] else set()
    if tagged != [0] or set(parameters) - declared:
        raise ParameterError(
            where=notebook.name,
            expected='เซลล์โค้ดแรกมีป้าย (tag) "parameters" และประกาศ ' + ", ".join(parameters),
            found="ประกาศไว้ " + (", ".join(sorted(declared)) or "ไม่มีเซลล์นี้เป็นเซลล์โค้ดแรก"),
            todo="ใช้สมุดบันทึกต้นฉบับของโครงการ หรือใส่ป้ายและพารามิเตอร์ให้ครบ",
        )


def _exported(executed: Path, name: str) -> bytes:
    from ita_nb.document import html, pdf, word
    from ita_nb.document.notebook import read_document

    document = read_document(_read(executed))
    if name == "html":
        return html.render(document).encode()
    return pdf.render(document) if name == "pdf" else word.render(document)


def _read(path: Path) -> Any:
    import nbformat
    from nbformat.reader import NotJSONError

    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except (NotJSONError, nbformat.ValidationError, OSError, ValueError) as error:
        raise ParameterError(
            where=str(path),
            expected="แฟ้มสมุดบันทึก (.ipynb) ที่สมบูรณ์",
            found=f"{type(error).__name__}: {str(error)[:200]}",
            todo="ใช้สมุดบันทึกต้นฉบับของโครงการ",
        ) from error


def _moved_together(made: list[Path], out: Path) -> tuple[Path, ...]:
    """Put all files in place, or none: a locked file must not leave a mixed set."""
    targets = [out / path.name for path in made]
    # The work folder may lie on another disk: copy beside the target first, then replace at once.
    beside = [target.with_name(f".{target.name}.part") for target in targets]
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path, part in zip(made, beside, strict=True):
            shutil.copyfile(path, part)
        for target in targets:
            if target.exists():
                target.open("r+b").close()
        for part, target in zip(beside, targets, strict=True):
            part.replace(target)
    except OSError as error:
        for part in beside:
            if out.is_dir():
                part.unlink(missing_ok=True)
        raise ItaError(
            where=str(out),
            expected="เขียนแฟ้มผลลัพธ์ได้ทุกแฟ้ม",
            found=str(error),
            todo="ปิดโปรแกรมที่เปิดแฟ้มนี้อยู่ หรือเลือกโฟลเดอร์อื่นด้วย --out แฟ้มชุดเดิมยังอยู่ครบ",
        ) from error
    return tuple(targets)
