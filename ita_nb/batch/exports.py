"""An executed notebook -> the files of its report, each verified before anyone may have it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ita_nb.batch.content import Content, read_tables
from ita_nb.batch.expected import expect
from ita_nb.batch.said import UnverifiedError
from ita_nb.batch.task import Task
from ita_nb.batch.verify import verify_docx, verify_html, verify_pdf
from ita_nb.document.notebook import read_document
from ita_nb.errors import RenderError

_COPY_ANEW = "สมุดบันทึกเป็นรุ่นเก่าหรือถูกแก้ไข ให้ย้ายแฟ้มนั้นออกจากโฟลเดอร์ work หรือ notebooks เพื่อใช้ของโปรแกรมรุ่นนี้ แล้วสั่งใหม่"


@dataclass(frozen=True)
class Exported:
    """The verified files of a report, the notebook first; what they say; the pages of the PDF, 0 without.

    ``remarks`` name what the notebook displays and the document does not print.
    """

    paths: tuple[Path, ...]
    content: Content
    pages: int
    remarks: tuple[str, ...]


def export(notebook: Any, executed: Path, task: Task) -> Exported:
    """Make the formats of a task beside its notebook, run and written to ``executed``; verify every one.

    Raises UnverifiedError where something is not what was asked for, RenderError where a format cannot be
    made, OSError where a file cannot be written.
    """
    from ita_nb.document import html, pdf, word  # heavy, and whoever plans a batch imports this module too

    try:
        document, tidy = read_document(notebook), read_tables(notebook)
    except RenderError as error:
        found = f"{error.where}: {error.found}"
        raise UnverifiedError(executed.name, error.expected, found, _COPY_ANEW) from error
    expected = expect(notebook, document, tidy, task)
    paths, pages = [executed], 0
    for name in task.formats:
        path = executed.with_suffix(f".{name}")
        if name == "html":
            made = html.render(document).encode()
            verify_html(made, expected, path.name)
        elif name == "pdf":
            made = pdf.render(document)
            pages = verify_pdf(made, expected, path.name)
        else:
            made = word.render(document)
            verify_docx(made, expected, path.name)
        path.write_bytes(made)
        paths.append(path)
    return Exported(tuple(paths), Content(tidy.tables), pages, document.remarks)
