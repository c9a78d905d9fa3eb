"""Every notebook is prose, calls and displays; it runs, and it stops where papermill would go on."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import golden_lines
import nbformat
import pytest
import yaml
from in_process import executed as executed_here
from papermill.inspection import inspect_notebook

from ita_nb import charts, exhibits, frames
from ita_nb.document.blocks import Document, Table
from ita_nb.document.notebook import TEMPLATE_ID, read_document
from ita_nb.errors import ItaError, ParameterError, RenderError
from ita_nb.execution import run_notebook
from ita_nb.exhibits.overview import Overview
from ita_nb.exhibits.sentences import SENTENCES
from ita_nb.facts.forms import load_forms
from ita_nb.frames import Report
from ita_nb.parameters import ReportParameters
from ita_nb.report import make_report
from ita_nb.task import Task

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
REPORT = ROOT / "notebooks" / "agency_report.ipynb"
MEASURES = ROOT / "notebooks" / "measures_progress.ipynb"


def read(path: Path) -> Any:
    """A notebook file."""
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)


def code_cells(path: Path) -> list[Any]:
    """The code cells of a notebook file."""
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def papermill(notebook: Path, out: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a notebook by the papermill command, as a user would."""
    command = [sys.executable, "-m", "papermill", notebook, out, *options, "--no-progress-bar"]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, encoding="utf-8")


class Ran(NamedTuple):
    """A notebook run by papermill, what the renderers read out of it, and the files of ``ita-nb report``."""

    notebook: Path
    document: Document
    files: dict[str, Path]

    @property
    def text(self) -> str:
        """All text of the document's blocks, as JSON."""
        return self.document.model_dump_json(exclude={"blocks": {"__all__": {"svg"}}})


def ran(notebook: Path, agency_id: str, params: str, folder: Path, files: dict[str, Path]) -> Ran:
    """Run a notebook with the parameters of an agency."""
    out = folder / f"{agency_id}.ipynb"
    papermill(notebook, out, "-f", ROOT / "params" / params).check_returncode()
    return Ran(out, read_document(read(out)), files)


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory, real_report: dict[str, Path]) -> Ran:
    """The report of the analysis."""
    folder = tmp_path_factory.mktemp("papermill")
    return ran(REPORT, "hannangam", "hannangam-2568.yaml", folder, real_report)


@pytest.fixture(scope="module")
def progress(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The report on the measures."""
    folder = tmp_path_factory.mktemp("progress")
    made = make_report(Task("takothong", "", 2568, ROOT, "progress"), folder / "made").paths
    files = {path.suffix: path for path in made}
    return ran(MEASURES, "takothong", "takothong-2568-progress.yaml", folder, files)


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

    def test_parameters_come_first(self, path: Path) -> None:
        """Committed notebooks hold no outputs; the first code cell alone is tagged parameters."""
        cells = code_cells(path)

        assert [c for c in cells if c.outputs or c.execution_count] == []
        assert [i for i, c in enumerate(cells) if "parameters" in tags(c)] == [0]

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
        source = code_cells(path)[1].source

        assert ("open_" in source, "show(" in source, len(source.splitlines()) <= 4) == (True, False, True)

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
        sources = " ".join(c.source for c in code_cells(path))

        assert set(re.findall(r'report\.sentence\("(\w+)"', sources)) <= set(SENTENCES)

    def test_cells_are_known_as_the_programs(self, path: Path) -> None:
        """The ids of cells tell those of the program from those that a person adds; each is there once."""
        ids = [cell.id for cell in read(path).cells]

        assert len({name for name in ids if name.startswith(TEMPLATE_ID)}) == len(ids)

    def test_code_stands_under_a_heading(self, path: Path) -> None:
        """The first cell is a heading, so all code stands under one."""
        first = read(path).cells[0]

        assert (first.cell_type, first.source[:2]) == ("markdown", "# ")

    def test_parameters_explain_themselves(self, path: Path) -> None:
        """papermill --help-notebook can explain every parameter."""
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
    files = (ROOT / "params").glob("*-*[!t]?.yaml")
    values = [yaml.safe_load(path.read_text(encoding="utf-8"))["agency_id"] for path in files]

    assert [v for v in values if not isinstance(v, str)] == []


DOCUMENTS = ("analysis", "progress")


@pytest.fixture(params=DOCUMENTS)
def either(request: pytest.FixtureRequest) -> Ran:
    """Both documents, one after the other."""
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(
    ("document", "phrase"),
    [
        ("analysis", "องค์การบริหารส่วนตำบลหันนางาม"),
        ("analysis", "๔๙.๗๔"),
        ("analysis", "๙๔.๑๘"),
        ("analysis", "ผ่านดี"),
        ("analysis", "๐.๓๖๑๙"),
        ("analysis", "๓.๘๕"),
        ("analysis", "๖๖.๑๖"),
        ("analysis", "๙๕.๕๕๕๖"),
        ("analysis", "๒๒.๓๘"),
        ("analysis", "๖๑๔"),
        ("analysis", "ปีงบประมาณ พ.ศ. ๒๕๖๙"),
        ("analysis", "e๔, e๕, e๖"),
        ("analysis", "น้ำหนักภายในของตัวชี้วัดที่ ๙"),
        ("analysis", "๔๒ คน"),
        ("analysis", "url ที่ชี้แจงเพิ่มเติม"),
        ("progress", "องค์การบริหารส่วนตำบลตะโกทอง"),
        ("progress", "จำนวน ๑๐ มาตรการ"),
        ("progress", "ณ วันที่ ๓๐ กันยายน ๒๕๖๘"),
        ("progress", "มีผู้เข้าร่วม ๕๐ คน"),
        ("progress", "ผลข้อความเดียวกันใช้กับมาตรการที่ ๔"),
        ("progress", "กล่าวถึงปี ๒๕๖๓"),
        ("progress", "องค์กรบริหารส่วนตำบลต.โกทอง"),
        ("progress", "๑ ต.ค. ๒๕๖๗"),
        ("progress", "ข้อ o๒๖ รายงานผลการดำเนินการ"),
    ],
)
def test_report_says(request: pytest.FixtureRequest, document: str, phrase: str) -> None:
    """The report states the real findings, in Thai digits."""
    assert phrase in request.getfixturevalue(document).text


def test_report_spills_nothing(either: Ran) -> None:
    """No missing value or raw object shows in the report."""
    assert [spill for spill in ('"nan"', "None", "NaN", "Fraction(") if spill in either.text] == []


def test_digits_are_of_one_kind(analysis: Ran) -> None:
    """With Thai digits no Arabic digit is left in any table but the fingerprints."""
    tables = [b for b in analysis.document.blocks if isinstance(b, Table) and "ที่มา" not in b.caption]
    cells = [cell for table in tables for row in table.rows for cell in row.cells]

    assert [cell for cell in cells if re.search("[0-9]", cell)] == []


@pytest.mark.parametrize(
    ("document", "caption", "firsts"),
    [
        ("analysis", "มาตรการส่งเสริม", ["i๑", "e๗", "i๑๐", "o๑๒", "o๑๓", "o๑๖", "i๑๓"]),
        ("progress", "ผลการดำเนินการตามมาตรการ", [*"๑๒๓๔๕๖๗๘๙", "๑๐"]),
    ],
    ids=DOCUMENTS,
)
def test_table_has_a_row_for_each_measure(
    request: pytest.FixtureRequest, document: str, caption: str, firsts: list[str]
) -> None:
    """A measure for each of the seven weak items, by topic; a result for each of the ten measures."""
    blocks = request.getfixturevalue(document).document.blocks
    table = next(b for b in blocks if isinstance(b, Table) and caption in b.caption)

    assert [row.cells[0].split()[0] for row in table.rows if row.kind == "body"] == firsts


@pytest.mark.parametrize(
    ("notebook", "options", "error"),
    [
        (REPORT, ("-p", "agnecy_id", "hannangam"), "ParameterError"),
        (REPORT, ("-r", "fiscal_year", "2568"), "ParameterError"),
        (REPORT, ("-p", "agency_id", "0012"), "ParameterError"),
        (
            MEASURES,
            ("-p", "agency_id", "chaimongkhon", "-p", "fiscal_year", "2566", "-p", "edition", "publish"),
            "PublicationRefusedError",
        ),
    ],
    ids=["misspelt", "text-for-a-year", "number-for-a-code", "a-plan-as-a-report"],
)
def test_plain_papermill_stops(tmp_path: Path, notebook: Path, options: tuple[str, ...], error: str) -> None:
    """A misspelt parameter, a wrong type or an unready publication stops a plain papermill run."""
    done = papermill(notebook, tmp_path / "out.ipynb", *options)

    assert (done.returncode, error in done.stderr) == (1, True)


def test_a_notebook_without_the_tag_stops(tmp_path: Path) -> None:
    """Its defaults would overwrite the values: papermill stops, and the runner before a kernel starts."""
    path = tmp_path / "agency_report.ipynb"
    path.write_text(REPORT.read_text(encoding="utf-8").replace('"parameters"', '"other"'), encoding="utf-8")
    done = papermill(path, tmp_path / "out.ipynb", "-f", ROOT / "params" / "hannangam-2568.yaml")

    assert (done.returncode, "ParameterError" in done.stderr) == (1, True)
    with pytest.raises(ParameterError, match="parameters"):
        run_notebook(path, {"agency_id": "hannangam"}, ROOT)


@pytest.mark.parametrize(
    ("notebook", "parameters", "named"),
    [
        (REPORT, {"agency_id": "nobody"}, "nobody"),
        (MEASURES, {"agency_id": "takothong", "fiscal_year": 2569}, r"data/2569/measures\.csv"),
    ],
    ids=DOCUMENTS,
)
def test_runner_names_the_failing_cell(notebook: Path, parameters: dict[str, Any], named: str) -> None:
    """A failing cell becomes an error that names it and its message."""
    with pytest.raises(RenderError, match=named):
        run_notebook(notebook, parameters, ROOT)


def test_parameters_of_the_command_line_are_used(tmp_path: Path) -> None:
    """Single parameters make the report of another agency in other digits."""
    given = ("-p", "agency_id", "sithong", "-p", "fiscal_year", "2564", "-p", "digits", "arabic")
    papermill(MEASURES, tmp_path / "out.ipynb", *given).check_returncode()
    cover = read_document(read(tmp_path / "out.ipynb")).cover

    assert (cover.agency_id, cover.fiscal_year, cover.digits) == ("sithong", 2564, "arabic")


def test_parameters_of_the_measures_are_those_of_every_report() -> None:
    """Their notebook declares each parameter but texts, measures and form, which belong to an analysis."""
    declared = set(inspect_notebook(str(MEASURES)))

    assert declared == set(ReportParameters.model_fields) - {"texts", "measures", "form"}


@pytest.mark.parametrize(
    ("document", "stem"), [("analysis", "hannangam-2568-analysis"), ("progress", "takothong-2568-progress")]
)
def test_report_makes_the_named_files(request: pytest.FixtureRequest, document: str, stem: str) -> None:
    """The files are named for agency, year and document."""
    files = request.getfixturevalue(document).files.values()

    assert [path.name for path in files] == [
        f"{stem}.{ending}" for ending in ("ipynb", "html", "pdf", "docx")
    ]


def test_report_names_no_folder_of_this_machine(either: Ran) -> None:
    """The executed notebook that goes to other people names no folder of this machine."""
    assert str(ROOT) not in either.files[".ipynb"].read_text(encoding="utf-8")


def test_papermill_gives_the_same_document(either: Ran) -> None:
    """A run by papermill and one by ita-nb report give the same document, drawings included."""
    assert read_document(read(either.files[".ipynb"])) == either.document


@pytest.mark.parametrize("name", ["html", "pdf", "docx"])
def test_nbconvert_gives_the_same_document(either: Ran, tmp_path: Path, name: str) -> None:
    """papermill and jupyter nbconvert give the same bytes as ita-nb report."""
    copy = tmp_path / "out.ipynb"
    shutil.copy(either.notebook, copy)
    command = [sys.executable, "-m", "nbconvert", "--to", f"ita_{name}", copy]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    assert copy.with_suffix(f".{name}").read_bytes() == either.files[f".{name}"].read_bytes()


def test_failed_report_leaves_what_was_there(tmp_path: Path) -> None:
    """A report that cannot be made leaves the files of the last one alone, and nothing half."""
    last = tmp_path / "hannangam-2568-analysis.pdf"
    last.write_bytes(b"the last edition")
    with pytest.raises(ItaError):
        make_report(Task("hannangam", "", 2568, ROOT, edition="publish"), tmp_path)

    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {last.name: b"the last edition"}


def test_draft_publication_hides_the_working_parts() -> None:
    """A publication edition made with --draft is marked, and shows no checks."""
    document = read_document(executed_here(golden_lines.task_for(edition="publish", draft=True)))

    assert document.cover.draft
    assert "การตรวจสอบตัวเลข" not in document.model_dump_json()
