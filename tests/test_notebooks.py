"""Every notebook is prose, calls and displays; it runs, and it stops where papermill would go on."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import golden_lines
import nbformat
import pytest
from in_process import executed as executed_here

from ita_nb import charts, exhibits, frames
from ita_nb.document.blocks import Document, Table
from ita_nb.document.notebook import TEMPLATE_ID, read_document
from ita_nb.errors import ItaError, ParameterError, RenderError
from ita_nb.execution import run_notebook
from ita_nb.exhibits.figures import SENTENCES
from ita_nb.exhibits.overview import Overview
from ita_nb.facts.forms import load_forms
from ita_nb.frames import Report
from ita_nb.report import make_report
from ita_nb.task import Task

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
REPORT = ROOT / "notebooks" / "agency_report.ipynb"
PARAMS = ROOT / "params" / "hannangam-2568.yaml"


def read(path: Path) -> Any:
    """A notebook file."""
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)


def code_cells(path: Path) -> list[Any]:
    """The code cells of a notebook file."""
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report notebook, run by the papermill command as a user would."""
    out = tmp_path_factory.mktemp("papermill") / "out.ipynb"
    command = [sys.executable, "-m", "papermill", REPORT, out, "-f", PARAMS, "--no-progress-bar"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def document(executed: Path) -> Document:
    """What the renderers read out of the executed notebook."""
    return read_document(read(executed))


def texts(document: Document) -> str:
    """All text of a document's blocks, as JSON."""
    return document.model_dump_json(exclude={"blocks": {"__all__": {"svg"}}})


def tags(cell: Any) -> list[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", ()))


def trees(path: Path, *, explore: bool = True) -> list[ast.Module]:
    """The code of a notebook, cell by cell, with or without cells for exploring."""
    return [ast.parse(cell.source) for cell in code_cells(path) if explore or tags(cell) != ["explore"]]


THINKING = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try, ast.If, ast.IfExp, ast.Lambda)
SECTIONS = {
    "agency_report.ipynb": [form.sections for form in load_forms().analysis.values()],
    "measures_progress.ipynb": [form.sections for form in load_forms().progress.values()],
    "province_overview.ipynb": [],
}
# What a cell may ask of the names that a notebook opens with.
KNOWN: dict[str, set[str]] = {
    "report": set(dir(Report)) | {"case", "parameters"},
    "overview": set(dir(Overview)) | {"province", "parameters"},
    "charts": set(charts.__all__),
    "exhibits": {*exhibits.__all__, *dir(exhibits.overview)},
    "frames": set(dir(frames)),
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
class TestShape:
    """What every notebook keeps to."""

    def test_no_outputs(self, path: Path) -> None:
        """Committed notebooks hold no outputs."""
        assert [c for c in code_cells(path) if c.outputs or c.execution_count] == []

    def test_parameters_come_first(self, path: Path) -> None:
        """Exactly one code cell is tagged parameters, and it is the first."""
        tagged = [i for i, c in enumerate(code_cells(path)) if "parameters" in tags(c)]

        assert tagged == [0]

    def test_tags_are_of_the_convention(self, path: Path) -> None:
        """A cell has one tag of four kinds or none; guides are prose, what is explored is code."""
        cells = read(path).cells
        sections = {f"section:{name}" for form in SECTIONS[path.name] for name in form}
        kinds = {"guide": "markdown", "explore": "code", "parameters": "code"}

        assert [tags(c) for c in cells if len(tags(c)) > 1] == []
        assert {tag for c in cells for tag in tags(c)} <= {*kinds, *sections}
        assert [
            c.source for c in cells for tag in tags(c) if kinds.get(tag, c.cell_type) != c.cell_type
        ] == []

    def test_every_section_of_every_form_has_a_cell(self, path: Path) -> None:
        """One notebook serves every form of its document: no section is missing in any."""
        there = {tag.removeprefix("section:") for cell in read(path).cells for tag in tags(cell)}

        assert [set(form) - there for form in SECTIONS[path.name]] == [set()] * len(SECTIONS[path.name])

    def test_the_set_up_is_short(self, path: Path) -> None:
        """Behind the parameters the report is opened in at most four lines, before anything is shown."""
        first, *_ = code_cells(path)[1:]

        assert "open_" in first.source
        assert "show(" not in first.source
        assert len(first.source.splitlines()) <= 4

    def test_cells_are_short(self, path: Path) -> None:
        """A cell has at most six lines, but for the parameters."""
        assert max(len(c.source.splitlines()) for c in code_cells(path)[1:]) <= 6

    def test_no_thinking(self, path: Path) -> None:
        """The thinking lives in the package: no def, class, loop, branch or try in a cell of the document."""
        nodes = [node for tree in trees(path, explore=False) for node in ast.walk(tree)]

        assert [ast.unparse(node) for node in nodes if isinstance(node, THINKING)] == []

    def test_no_item_and_no_year(self, path: Path) -> None:
        """A template serves every agency and year: no code of an item, and no year but a default."""
        sources = [cell.source for cell in read(path).cells if "parameters" not in tags(cell)]

        assert re.findall(r"\b[ieo]\d{1,2}\b|\b25\d\d\b", " ".join(sources)) == []

    def test_every_name_exists(self, path: Path) -> None:
        """What a cell asks of the report, the charts, the exhibits and the tables is there."""
        asked = [
            (node.value.id, node.attr)
            for tree in trees(path)
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        ]

        assert len(asked) > 10
        assert [(of, name) for of, name in asked if name not in KNOWN.get(of, {name})] == []

    def test_every_sentence_exists(self, path: Path) -> None:
        """The sentences that cells ask for by name are there."""
        asked = re.findall(r'report\.sentence\("(\w+)"', " ".join(c.source for c in code_cells(path)))

        assert set(asked) <= set(SENTENCES)

    def test_cells_are_known_as_the_programs(self, path: Path) -> None:
        """The ids of cells tell those of the program from those that a person adds; each is there once."""
        ids = [cell.id for cell in read(path).cells]

        assert [name for name in ids if not name.startswith(TEMPLATE_ID)] == []
        assert len(set(ids)) == len(ids)

    def test_code_stands_under_a_heading(self, path: Path) -> None:
        """The first cell is a heading, so all code stands under one."""
        first = read(path).cells[0]

        assert (first.cell_type, first.source[:2]) == ("markdown", "# ")

    def test_parameters_explain_themselves(self, path: Path) -> None:
        """papermill --help-notebook can explain every parameter."""
        from papermill.inspection import inspect_notebook

        found = inspect_notebook(str(path))

        assert [name for name, p in found.items() if not p["help"] or p["inferred_type_name"] == "None"] == []


@pytest.mark.parametrize("name", golden_lines.TASKS)
def test_cells_display_what_they_did(name: str) -> None:
    """What each cell displays is what tests/golden says; ``python tests/golden_lines.py`` renews it."""
    lines = list(golden_lines.lines_of(executed_here(golden_lines.TASKS[name])))

    assert lines == golden_lines.written(name).read_text(encoding="utf-8").splitlines()
    assert len(lines) < 120


def test_parameter_files_name_agencies_as_text() -> None:
    """Every code in params/ is text: a bare number would arrive as another number."""
    import yaml

    values = [
        yaml.safe_load(p.read_text(encoding="utf-8"))["agency_id"]
        for p in PARAMS.parent.glob("*-*[!t]?.yaml")
    ]

    assert [v for v in values if not isinstance(v, str)] == []


@pytest.mark.parametrize(
    "phrase",
    [
        "องค์การบริหารส่วนตำบลหันนางาม",
        "๔๙.๗๔",
        "๙๔.๑๘",
        "ผ่านดี",
        "๐.๓๖๑๙",
        "๓.๘๕",
        "๖๖.๑๖",
        "๙๕.๕๕๕๖",
        "๒๒.๓๘",
        "๖๑๔",
        "ปีงบประมาณ พ.ศ. ๒๕๖๙",
        "e๔, e๕, e๖",
        "น้ำหนักภายในของตัวชี้วัดที่ ๙",
        "๔๒ คน",
        "url ที่ชี้แจงเพิ่มเติม",
    ],
)
def test_report_says(document: Document, phrase: str) -> None:
    """The report states the real findings, in Thai digits."""
    assert phrase in texts(document)


@pytest.mark.parametrize("spill", ['"nan"', "None", "NaN", "Fraction("])
def test_report_spills_nothing(document: Document, spill: str) -> None:
    """No missing value or raw object shows in the report."""
    assert spill not in texts(document)


def test_digits_are_of_one_kind(document: Document) -> None:
    """With Thai digits no Arabic digit is left in any table but the fingerprints."""
    tables = [b for b in document.blocks if isinstance(b, Table) and "ที่มา" not in b.caption]
    cells = [cell for table in tables for row in table.rows for cell in row.cells]

    assert [cell for cell in cells if any(c in "0123456789" for c in cell)] == []


def test_measures_answer_the_weak_items(document: Document) -> None:
    """The measures table has a row for each of the seven weak items, by topic."""
    table = next(b for b in document.blocks if isinstance(b, Table) and "มาตรการส่งเสริม" in b.caption)
    items = [row.cells[0].split()[0] for row in table.rows if row.kind == "body"]

    assert items == ["i๑", "e๗", "i๑๐", "o๑๒", "o๑๓", "o๑๖", "i๑๓"]


def test_two_runs_give_the_same_document(document: Document) -> None:
    """Running again gives the same document, drawings included."""
    run = run_notebook(REPORT, {"agency_id": "hannangam"}, ROOT)

    assert read_document(run.notebook) == document


@pytest.mark.parametrize(
    "option",
    [("-p", "agnecy_id", "hannangam"), ("-r", "fiscal_year", "2568"), ("-p", "agency_id", "0012")],
    ids=["misspelt", "text-for-a-year", "number-for-a-code"],
)
def test_plain_papermill_stops(option: tuple[str, ...], tmp_path: Path) -> None:
    """A misspelt parameter or a wrong type stops a plain papermill run."""
    command = [
        sys.executable,
        "-m",
        "papermill",
        REPORT,
        tmp_path / "out.ipynb",
        *option,
        "--no-progress-bar",
    ]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, encoding="utf-8")

    assert done.returncode == 1
    assert "ParameterError" in done.stderr


def untagged(tmp_path: Path) -> Path:
    """The report notebook without its parameters tag."""
    notebook = read(REPORT)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", ()):
            cell.metadata["tags"] = []
    path = tmp_path / "agency_report.ipynb"
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    return path


def test_plain_papermill_stops_without_the_tag(tmp_path: Path) -> None:
    """Without the tag papermill's values would be overwritten by the defaults: the run stops."""
    command = [sys.executable, "-m", "papermill", untagged(tmp_path), tmp_path / "out.ipynb", "-f", PARAMS]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, encoding="utf-8")

    assert done.returncode == 1
    assert "ParameterError" in done.stderr


def test_runner_refuses_a_notebook_without_the_tag(tmp_path: Path) -> None:
    """The runner refuses it before a kernel starts."""
    with pytest.raises(ParameterError, match="parameters"):
        run_notebook(untagged(tmp_path), {"agency_id": "hannangam"}, ROOT)


def test_runner_names_the_failing_cell() -> None:
    """A failing cell becomes an error that names it and its message."""
    with pytest.raises(RenderError, match="nobody"):
        run_notebook(REPORT, {"agency_id": "nobody"}, ROOT)


def test_report_makes_the_named_files(real_report: dict[str, Path]) -> None:
    """The files are named for agency, year and document."""
    assert [p.name for p in real_report.values()] == [
        f"hannangam-2568-analysis.{e}" for e in ("ipynb", "html", "pdf", "docx")
    ]


def test_report_names_no_folder_of_this_machine(real_report: dict[str, Path]) -> None:
    """The executed notebook that goes to other people names no folder of this machine."""
    assert str(ROOT) not in real_report[".ipynb"].read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["html", "pdf", "docx"])
def test_nbconvert_gives_the_same_document(
    real_report: dict[str, Path], executed: Path, tmp_path: Path, name: str
) -> None:
    """papermill and jupyter nbconvert give the same bytes as ita-nb report."""
    copy = tmp_path / "out.ipynb"
    shutil.copy(executed, copy)
    command = [sys.executable, "-m", "nbconvert", "--to", f"ita_{name}", copy]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    assert copy.with_suffix(f".{name}").read_bytes() == real_report[f".{name}"].read_bytes()


def test_failed_report_leaves_what_was_there(tmp_path: Path) -> None:
    """A report that cannot be made leaves the files of the last one alone, and nothing half."""
    last = tmp_path / "hannangam-2568-analysis.pdf"
    last.write_bytes(b"the last edition")

    with pytest.raises(ItaError):
        make_report(Task("hannangam", "", 2568, ROOT, edition="publish"), tmp_path)

    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {last.name: b"the last edition"}


def test_draft_publication_hides_the_working_parts(tmp_path: Path) -> None:
    """A publication edition made with --draft is marked, and shows no checks."""
    make_report(Task("hannangam", "", 2568, ROOT, edition="publish", draft=True, formats=("html",)), tmp_path)
    document = read_document(read(tmp_path / "hannangam-2568-analysis.ipynb"))

    assert document.cover.draft
    assert "การตรวจสอบตัวเลข" not in texts(document)
