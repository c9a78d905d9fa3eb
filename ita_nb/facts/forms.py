"""The forms of the documents: parts, sections and their order, table columns with the official headings.

A form is data (``forms.yaml``); the file of a year names the forms that its documents take. Cells of the
notebooks say by their tag to which section they belong.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from ita_nb.errors import FactsError
from ita_nb.facts.kinds import Fact, Source, Value
from ita_nb.facts.yaml_file import FACTS, read_own

Field = Literal[
    "number",
    "issue",
    "measure",
    "steps",
    "period",
    "responsible",
    "follow_up",
    "output",
    "outcome",
    "suggestion",
    "state",
]
PartName = Literal["front", "result", "analysis", "measures", "closing", "checks"]


class FormColumn(Value):
    """A column of a measures table; ``added`` marks one that the official form does not have."""

    heading_th: str
    field: Field
    width: float
    added: bool = False


class MeasuresForm(Value):
    """The table of measures: its columns, what its rows are grouped by, and how the page lies."""

    name_th: str
    orientation: Literal["portrait", "landscape"] = "landscape"
    group_by: Literal["topic", "indicator", "none"] = "none"
    columns: tuple[FormColumn, ...]


class OfficialForm(MeasuresForm, Fact):
    """The table of measures as a document of its own has it."""


class DocumentForm(Fact):
    """A document: its title, and the sections of each of its parts in their order.

    ``title_th`` may speak of ``{year}``, ``{plan_year}`` and ``{period}``.
    """

    name_th: str
    title_th: tuple[str, ...]
    running_title_th: str
    parts: Mapping[PartName, tuple[str, ...]]

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections of all parts in their order."""
        return tuple(section for part in self.parts.values() for section in part)


class ProgressForm(DocumentForm):
    """A report on the measures: a document, and the form of its table."""

    table: MeasuresForm


class AnalysisForm(DocumentForm):
    """An analysis of the result: a document, and the columns of its analysis table."""

    columns_th: tuple[str, ...]


class Forms(Value):
    """Every known form by its name."""

    sources: Mapping[str, Source]
    analysis: Mapping[str, AnalysisForm]
    measures: Mapping[str, OfficialForm]
    progress: Mapping[str, ProgressForm]


@cache
def load_forms() -> Forms:
    """Load ``forms.yaml``. Raises FactsError naming what is wrong in it."""
    forms = read_own(FACTS / "forms.yaml", Forms)
    every = [*forms.analysis.values(), *forms.measures.values(), *forms.progress.values()]
    unknown = sorted({key for form in every for key in form.source} - set(forms.sources))
    if unknown:
        raise FactsError(
            where="forms.yaml",
            expected="แหล่งที่มาที่นิยามไว้ใน sources",
            found=", ".join(unknown),
            todo="เพิ่มแหล่งที่มาหรือแก้ชื่อ",
        )
    return forms
