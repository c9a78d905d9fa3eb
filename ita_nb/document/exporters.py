"""nbconvert exporters: ``jupyter nbconvert --to ita_html`` and the *Save and Export* menu of JupyterLab."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from nbconvert.exporters import Exporter
from nbconvert.utils.exceptions import ConversionException
from nbformat import NotebookNode
from traitlets import List

from ita_nb.document.notebook import read_document
from ita_nb.errors import RenderError


class _RefusedError(RenderError, ConversionException):
    """A RenderError that nbconvert recognises, reports and turns into exit status 1."""


class _DocumentExporter(Exporter):
    """Reads the document out of the notebook; subclasses name the module that renders it."""

    # Of nbconvert's preprocessors only --execute has a meaning here: the rest rework cells that the
    # document does not show. It stays off unless it is asked for.
    default_preprocessors = List(["nbconvert.preprocessors.ExecutePreprocessor"]).tag(config=True)
    renderer = ""

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Return the rendered document and nbconvert's resources; RenderError when it is refused."""
        executed, resources = super().from_notebook_node(nb, resources, **kw)
        try:
            document = read_document(executed)
            for remark in document.remarks:
                self.log.warning("ควรตรวจดูในสมุดบันทึก (ไม่ได้พิมพ์ พิมพ์ไว้นอกแบบ หรือไม่มีข้อความแทนภาพ): %s", remark)
            # Typst and python-docx are loaded by those who make their files only.
            return import_module(self.renderer).render(document), resources
        except RenderError as error:
            # "from None": nbconvert logs the whole chain, and the message is what its reader needs.
            raise _RefusedError(**error.parts) from None


class ItaHtmlExporter(_DocumentExporter):
    """One HTML file that needs no network."""

    export_from_notebook = "ITA HTML"
    output_mimetype = "text/html"
    file_extension = ".html"
    renderer = "ita_nb.document.html"


class ItaPdfExporter(_DocumentExporter):
    """A tagged PDF, made by Typst."""

    export_from_notebook = "ITA PDF"
    output_mimetype = "application/pdf"
    file_extension = ".pdf"
    renderer = "ita_nb.document.pdf"


class ItaDocxExporter(_DocumentExporter):
    """A Word file, made by python-docx."""

    export_from_notebook = "ITA Word"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    file_extension = ".docx"
    renderer = "ita_nb.document.word"
