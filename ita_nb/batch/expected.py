"""What every file of one report must say: by its task, by its tidy tables, and by the notebook itself.

A report about the wrong agency is the worst failure, so nothing of a made file is taken on trust. Here the
notebook is held against its task and its tables; :mod:`ita_nb.batch.verify` then holds each file against the
result. All comparing is of text: white space and what cannot be seen say nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from ita_nb.batch.agreement import check_measures, check_result, check_scores, leads_of, measure_labels
from ita_nb.batch.content import lines_of
from ita_nb.batch.said import ABSENT, UnverifiedError, numbers_in
from ita_nb.batch.task import Task, parameters_of
from ita_nb.document.blocks import Document, Figure, Heading
from ita_nb.document.drawings import words_apart
from ita_nb.frames import SPILLED, Tables
from ita_nb.thai import in_digits, visible

# The parts that each document has; the working edition has one more, of checks.
_PARTS = {"analysis": 3, "progress": 2}


@dataclass(frozen=True)
class Phrase:
    """A text that stands in every file, and what it is."""

    text: str
    what_th: str


@dataclass(frozen=True)
class Expected:
    """What every file of one report must say.

    ``numbers`` counts every number of the text, ``behind_figures`` those of the figures' data (HTML shows
    them), ``in_figures`` those that are drawn as text (PDF). ``own_words`` are people's texts that look like
    faults of the program.
    """

    task: Task
    phrases: tuple[Phrase, ...]
    numbers: Counter[str]
    behind_figures: Counter[str]
    in_figures: Counter[str]
    own_words: frozenset[str]


def expect(notebook: NotebookNode, document: Document, tidy: Tables, task: Task) -> Expected:
    """Return what the files of a task's notebook must say.

    ``document`` and ``tidy`` are what was read out of the executed notebook. Raises UnverifiedError where
    it is not the notebook of the task, or says other numbers than its own tables.
    """
    where = f"{task.stem}.ipynb"
    _check_parameters(notebook, task, where)
    _check_cover(document, task, where)
    _check_keys(tidy, task, where)
    check_result(document, tidy.tables["results"][0], where)
    check_scores(document, tidy.tables["scores"], where)
    labels = measure_labels(tidy.tables["measures"], task.digits)
    check_measures(document, labels, where)
    figures = [block for block in document.blocks if isinstance(block, Figure)]
    year_th = f"ปีงบประมาณ พ.ศ. {task.fiscal_year}"
    phrases = (
        Phrase(in_digits(task.name_th, task.digits), "ชื่อหน่วยงาน"),
        Phrase(in_digits(year_th, task.digits), "ปีงบประมาณ"),
        *(Phrase(text, "หัวข้อ") for text in _parts(document, task, tidy, where)),
        *(Phrase(text, "ประโยคสรุปผล") for text in leads_of(document)),
        *(Phrase(label, "แถวของมาตรการ") for label in labels),
    )
    return Expected(
        task,
        phrases,
        numbers_in(visible(cell) for line in lines_of(document) for cell in line.split("\t")),
        numbers_in(visible(c) for f in figures if f.data for row in f.data.rows for c in row.cells),
        numbers_in(visible(word.text) for figure in figures for word in words_apart(figure.svg)[1]),
        frozenset(tidy.own_words) | _spilled_by_people(document),
    )


def _spilled_by_people(document: Document) -> frozenset[str]:
    """Return what people's own cells display that looks like a fault of the program."""
    own = Document(cover=document.cover, blocks=document.own)
    said = "\n".join([*lines_of(own), *document.remarks])
    return frozenset(SPILLED.findall(said))


# ---------------------------------------------------------------- whose document it is


def _check_parameters(notebook: NotebookNode, task: Task, where: str) -> None:
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    for name, asked in parameters_of(task).items():
        if given.get(name) != asked:
            expected = f"พารามิเตอร์ {name} ของสมุดบันทึกเป็น {asked}"
            raise UnverifiedError(where, expected, str(given.get(name)))


def _check_cover(document: Document, task: Task, where: str) -> None:
    cover = document.cover
    # The name on the cover has its numbers in the digits of the document.
    asked = {**parameters_of(task), "agency": in_digits(task.name_th, task.digits)}
    for name, value in asked.items():
        shown = getattr(cover, name)
        if shown != value:
            raise UnverifiedError(where, f"ปก ({name}) เป็น {value}", str(shown))


def _check_keys(tidy: Tables, task: Task, where: str) -> None:
    """Check that every row is of the task's agency and year, and the one result of its document."""
    for table, rows in tidy.tables.items():
        for row in rows:
            found = row["agency_id"], row["fiscal_year"]
            if found != (task.agency_id, task.fiscal_year):
                expected = f"ทุกแถวของตาราง {table} เป็นของ {task.agency_id} {task.fiscal_year}"
                raise UnverifiedError(where, expected, " ".join(map(str, found)))
    results = [(row["name_th"], row["document"], row["edition"]) for row in tidy.tables["results"]]
    if results != [(task.name_th, task.document, task.edition)]:
        expected = f"ผลการประเมินหนึ่งแถวของ {task.name_th}, {task.document}, {task.edition}"
        shown = "; ".join(", ".join(map(str, row)) for row in results)
        raise UnverifiedError(where, expected, shown or ABSENT)


def _parts(document: Document, task: Task, tidy: Tables, where: str) -> Iterator[str]:
    """Yield the heading of each part that the document must have."""
    headings = [b.text for b in document.blocks if isinstance(b, Heading) and b.level == 1]
    # Of a total alone there is nothing to analyse.
    is_total_only = [row["kind"] for row in tidy.tables["scores"]] == ["total"]
    parts = 1 if is_total_only else _PARTS[task.document]
    for number in range(1, parts + (task.edition == "working") + 1):
        begin = in_digits(f"ส่วนที่ {number} ", task.digits)
        heading = next((text for text in headings if text.startswith(begin)), None)
        if heading is None:
            raise UnverifiedError(where, f'หัวข้อ "{begin}..."', ABSENT)
        yield heading
