"""nbconvert exporters: ``jupyter nbconvert --to ita_html`` and the *Save and Export* menu of JupyterLab."""

from __future__ import annotations

from typing import Any, NoReturn

from nbconvert.exporters import Exporter
from nbconvert.utils.exceptions import ConversionException
from nbformat import NotebookNode
from traitlets import List, default

from ita_nb.document.blocks import Document
from ita_nb.document.notebook import read_document
from ita_nb.errors import RenderError


class _RefusedError(RenderError, ConversionException):
    """A RenderError that nbconvert recognises, reports and turns into exit status 1."""


class _DocumentExporter(Exporter):
    """Reads the document out of the notebook; subclasses say what to make of it."""

    # Of nbconvert's preprocessors only --execute has a meaning here: the rest rework cells that the
    # document does not show. It stays off unless it is asked for.
    default_preprocessors = List(["nbconvert.preprocessors.ExecutePreprocessor"]).tag(config=True)
    extension = ""

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return self.extension

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Return the rendered document and nbconvert's resources; RenderError when it is refused."""
        executed, resources = super().from_notebook_node(nb, resources, **kw)
        try:
            document = read_document(executed)
            for remark in document.remarks:
                self.log.warning("ควรตรวจดูในสมุดบันทึก (ไม่ได้พิมพ์ พิมพ์ไว้นอกแบบ หรือไม่มีข้อความแทนภาพ): %s", remark)
            return self.render(document), resources
        except RenderError as error:
            _refuse(error)

    def render(self, document: Document) -> str | bytes:
        """Return the file's content."""
        raise NotImplementedError


class ItaHtmlExporter(_DocumentExporter):
    """One HTML file that needs no network."""

    export_from_notebook = "ITA HTML"
    output_mimetype = "text/html"
    extension = ".html"

    def render(self, document: Document) -> str:
        """Return the page as text."""
        from ita_nb.document import html

        return html.render(document)


class ItaPdfExporter(_DocumentExporter):
    """A tagged PDF, made by Typst."""

    export_from_notebook = "ITA PDF"
    output_mimetype = "application/pdf"
    extension = ".pdf"

    def render(self, document: Document) -> bytes:
        """Return the file's bytes."""
        # Typst is loaded by those who make a PDF only.
        from ita_nb.document.pdf import render

        return render(document)


class ItaDocxExporter(_DocumentExporter):
    """A Word file, made by python-docx."""

    export_from_notebook = "ITA Word"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    extension = ".docx"

    def render(self, document: Document) -> bytes:
        """Return the file's bytes."""
        # python-docx is loaded by those who make a Word file only.
        from ita_nb.document.word import render

        return render(document)


def _refuse(error: RenderError) -> NoReturn:
    # "from None": nbconvert logs the whole chain, and the message is what its reader needs.
    raise _RefusedError(**error.parts) from None
