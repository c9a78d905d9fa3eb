"""The sections of a report as its notebook displays them: the notebook's own cells, run without a kernel."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

import nbformat
from conftest import REPOSITORY

from ita_nb import charts, exhibits, frames
from ita_nb.case import Case
from ita_nb.displayed import section_of
from ita_nb.document.blocks import Cover, Document, Section
from ita_nb.document.gate import refuse_unready
from ita_nb.document.notebook import prose
from ita_nb.exhibits.figures import SENTENCES
from ita_nb.frames import AnyCase, Report
from ita_nb.parameters import ReportParameters


def report_of(case: AnyCase, **parameters: object) -> Opened:
    """Open a case as the notebook does, in the given edition and digits."""
    values = {"agency_id": case.agency.agency_id, "fiscal_year": case.fiscal_year, **parameters}
    return Opened(case, ReportParameters.model_validate(values))


class Opened:
    """A report and its sections by name: ``report.topics()``, and its parts: ``report.part("result")``."""

    def __init__(self, case: AnyCase, parameters: ReportParameters) -> None:
        """Open the report; PublicationRefusedError where a publication is not ready."""
        if parameters.edition == "publish" and not parameters.draft:
            refuse_unready(case)
        self.case = case
        self.report: Report[Any] = Report(case, parameters, REPOSITORY, SENTENCES)

    @cached_property
    def sections(self) -> dict[str, Section]:
        """Every section of the notebook by name, in the digits of the document."""
        found: dict[str, Section] = {}
        namespace: dict[str, Any] = {"charts": charts, "exhibits": exhibits, "frames": frames}
        namespace |= {"report": self.report, "line": self.report.facts.pass_score}
        for name, kind, source in _cells(isinstance(self.case, Case)):
            shown: list[Section] = []
            if kind == "markdown":
                shown.append(Section(blocks=prose(source)))
            else:
                namespace["show"] = lambda thing, *given, s=shown, **named: s.append(
                    section_of(thing, *given, **named)
                )
                exec(source, namespace)  # noqa: S102 our own notebook
            for section in shown:
                found[name] = found.get(name, Section(blocks=())) + section.in_digits(
                    self.report.parameters.digits
                )
        return found

    def part(self, name: str) -> Section:
        """Return the sections of a part of the form, one after the other."""
        return self._together(self.case.form.parts.get(name, ()))  # type: ignore[call-overload]

    def document(self) -> Document:
        """Return the whole document, its sections in the order of the form."""
        whole = self._together(self.case.form.sections)
        cover = next(block for block in whole.blocks if isinstance(block, Cover))
        return Document(cover=cover, blocks=whole.blocks)

    def _together(self, names: tuple[str, ...]) -> Section:
        return Section(blocks=tuple(block for name in names for block in self.sections[name].blocks))

    def __getattr__(self, name: str) -> Callable[[], Section]:
        """Return a section by its name, as a function without arguments."""
        if name.startswith("_") or name not in self.sections:
            raise AttributeError(name)
        return lambda: self.sections[name]


@cache
def _cells(analysis: bool) -> list[tuple[str, str, Any]]:
    """Return section and kind of each cell that is part of the document, and its text or compiled code."""
    name = "agency_report.ipynb" if analysis else "measures_progress.ipynb"
    cells = nbformat.read(REPOSITORY / "notebooks" / name, as_version=4).cells
    tagged = [(next(iter(cell.metadata.get("tags", ())), ""), cell) for cell in cells]
    return [
        (
            tag.removeprefix("section:"),
            cell.cell_type,
            cell.source if cell.cell_type == "markdown" else compile(cell.source, tag, "exec"),
        )
        for tag, cell in tagged
        if tag.startswith("section:")
    ]
