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
from nbconvert import get_exporter
from nbformat import NotebookNode, v4
from papermill.inspection import inspect_notebook

from ita_nb import charts, exhibits, frames
from ita_nb.document.blocks import MIME, Callout, Cover, Document, Heading, Paragraph, Section, Table
from ita_nb.document.notebook import TEMPLATE_ID, prose, read_document
from ita_nb.errors import ParameterError, RenderError
from ita_nb.execution import run_notebook
from ita_nb.exhibits.figures import SENTENCES
from ita_nb.exhibits.overview import Overview
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


def test_papermill_gives_the_same_document(either: Ran) -> None:
    """A run by papermill and one by ita-nb report give the same document, drawings included."""
    assert read_document(read(either.files[".ipynb"])) == either.document


@pytest.mark.parametrize("name", ["html", "pdf", "docx"])
def test_nbconvert_gives_the_same_document(either: Ran, name: str) -> None:
    """papermill and an exporter of nbconvert, by its name, give the same bytes as ita-nb report."""
    content, _ = get_exporter(f"ita_{name}")().from_filename(str(either.notebook))
    written = content if isinstance(content, bytes) else content.encode()

    assert written == either.files[f".{name}"].read_bytes()


def test_the_command_of_nbconvert_gives_the_same_document(analysis: Ran, tmp_path: Path) -> None:
    """So does jupyter nbconvert, run by hand beside a copy."""
    copy = shutil.copy(analysis.notebook, tmp_path / "out.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "ita_pdf", copy]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    assert (tmp_path / "out.pdf").read_bytes() == analysis.files[".pdf"].read_bytes()


# ---------------------------------------------------------------- from an executed notebook to its document


COVER = Cover(
    title=("รายงาน",),
    agency="เทศบาลตำบลตัวอย่าง",
    agency_id="tuayang",
    fiscal_year=2568,
    running_title="รายงาน",
    digits="thai",
    edition="working",
)


def shown(*blocks: Any, kind: str = "execute_result") -> NotebookNode:
    """Return the output of a cell that shows ``blocks``."""
    return output({MIME: Section(blocks=blocks).model_dump(mode="json"), "text/html": "<p>"}, kind)


def output(data: dict[str, Any], kind: str = "display_data") -> NotebookNode:
    """Return an output of the given mime bundle."""
    return v4.new_output(kind, data=data)


def code(*outputs: NotebookNode, tag: str = "", template: bool = False) -> NotebookNode:
    """Return an executed code cell, of the program's own where it is of its template."""
    metadata = {"tags": [tag]} if tag else {}
    cell = v4.new_code_cell("show()", outputs=list(outputs), metadata=metadata)
    if template:
        cell["id"] = f"ita-{cell['id']}"
    return cell


def own(text: str) -> NotebookNode:
    """Return the output of ``show(text)``: displayed by a cell, no part that is official."""
    section = Section(blocks=(Paragraph(text=text),), shown=True)
    return output({MIME: section.model_dump(mode="json"), "text/html": "<p>"})


def markdown(source: str, *tags: str) -> NotebookNode:
    """Return a Markdown cell."""
    return v4.new_markdown_cell(source, metadata={"tags": list(tags)})


def notebook(*cells: NotebookNode) -> NotebookNode:
    """Return a notebook of the cells."""
    return v4.new_notebook(cells=list(cells))


def test_blocks_come_in_the_order_of_the_cells() -> None:
    """Displays, results and prose follow each other as in the notebook."""
    read = read_document(
        notebook(
            code(shown(COVER)),
            markdown("# หนึ่ง"),
            code(shown(Paragraph(text="สอง"), kind="display_data"), shown(Paragraph(text="สาม"))),
            markdown("สี่"),
        )
    )

    assert read.blocks == (
        COVER,
        Heading(level=1, text="หนึ่ง"),
        Paragraph(text="สอง"),
        Paragraph(text="สาม"),
        Paragraph(text="สี่"),
    )


@pytest.mark.parametrize(
    "cells",
    [
        [markdown("เนื้อหา"), code(shown(COVER))],
        [markdown("# วิธีใช้", "guide"), code(shown(COVER)), markdown("เนื้อหา", "other")],
    ],
    ids=["the cover comes first", "guides are for the notebook only"],
)
def test_what_the_document_begins_with(cells: list[NotebookNode]) -> None:
    """Prose above the cover does not push it from its place, and a guide does not reach the document."""
    assert read_document(notebook(*cells)).blocks == (COVER, Paragraph(text="เนื้อหา"))


def stream(text: str, name: str = "stdout") -> NotebookNode:
    """Return what a cell wrote."""
    return v4.new_output("stream", name=name, text=text)


PRINTED: dict[str, tuple[NotebookNode, list[str]]] = {
    "print": (code(stream("กำลังทำงาน\n")), ["กำลังทำงาน"]),
    "two lines": (code(stream("หนึ่ง\nสอง\n")), ["หนึ่ง\nสอง"]),
    "whole number": (code(output({"text/plain": "42"})), ["๔๒"]),
    "number": (code(output({"text/plain": "84.995"})), ["๘๕.๐๐"]),
    "number of numpy": (code(output({"text/plain": "np.float64(84.995)"})), ["๘๕.๐๐"]),
    "text": (code(output({"text/plain": "'ก\\nข'"})), ["ก\nข"]),
    "text of numpy": (code(output({"text/plain": "np.str_('ก')"})), ["ก"]),
    "Markdown": (code(output({"text/markdown": "**ก** 1", "text/plain": "<Markdown>"})), ["ก ๑"]),
    "half a letter": (code(stream("ก\ud800ข")), ["กข"]),
    "no output": (code(), []),
    "nothing printed": (code(stream("\n")), []),
    "tables for programs": (code(output({"application/vnd.ita-nb.tables+json": {}, "text/plain": "x"})), []),
    "raw cell": (v4.new_raw_cell("ดิบ"), []),
    "empty prose": (markdown("   \n"), []),
}


@pytest.mark.parametrize(("cell", "texts"), PRINTED.values(), ids=PRINTED)
def test_texts_and_numbers_are_paragraphs(cell: NotebookNode, texts: list[str]) -> None:
    """What a cell prints, its bare last value and displayed Markdown are paragraphs; the rest is quiet."""
    read = read_document(notebook(code(shown(COVER)), cell))

    assert [block.text for block in read.blocks if isinstance(block, Paragraph)] == texts
    assert (len(read.blocks), read.remarks) == (1 + len(texts), ())


TOLD: dict[str, tuple[NotebookNode, str]] = {
    "stderr": (stream("Warning:\n  เก่า", "stderr"), "ข้อความเตือน (stderr) Warning: เก่า"),
    "picture": (output({"image/png": "AAAA", "text/plain": "<Image>"}), "ผลลัพธ์ชนิด image/png <Image>"),
    "page": (output({"text/html": "<b>", "text/plain": "<HTML>"}), "ผลลัพธ์ชนิด text/html <HTML>"),
    "object": (output({"text/plain": "<X at 0x7f01>"}), "ผลลัพธ์ชนิด text/plain <X>"),
    "list": (output({"text/plain": "[1, 2]"}), "ผลลัพธ์ชนิด text/plain [1, 2]"),
    "missing number": (output({"text/plain": "nan"}), "ผลลัพธ์ชนิด text/plain nan"),
    "yes": (output({"text/plain": "True"}), "ผลลัพธ์ชนิด text/plain True"),
    "long text": (output({"text/plain": repr("ก" * 1_000_001)}), "ผลลัพธ์ชนิด text/plain 'กกก"),
    "long print": (stream("ก" * 1_000_001), "ข้อความจาก print ยาว 1000001 ตัวอักษร (พิมพ์ได้ไม่เกิน 1000000)"),
    "deep nest": (output({"text/plain": "(" * 5000}), "ผลลัพธ์ชนิด text/plain (((("),
}


@pytest.mark.parametrize(("found", "said"), TOLD.values(), ids=TOLD)
def test_what_cannot_be_printed_is_named(found: NotebookNode, said: str) -> None:
    """What no document can hold is named with its cell, in the remarks and in the working edition itself."""
    read = read_document(notebook(code(shown(COVER)), code(found)))
    (remark,) = read.remarks

    assert remark.startswith(f"เซลล์ที่ 2: {said}")
    assert len(remark) < 200
    assert [type(block) for block in read.blocks] == [Cover, Callout]


def test_prose_takes_the_digits_of_the_document() -> None:
    """Numbers of Markdown cells are written as those of the exhibits, but for addresses."""
    read = read_document(notebook(code(shown(COVER)), markdown("ข้อ 12 ดู https://a.go.th/12")))

    assert read.blocks[1] == Paragraph(text="ข้อ ๑๒ ดู https://a.go.th/12")


# ---------------------------------------------------------------- where it stands


def book(*cells: NotebookNode, **changes: Any) -> NotebookNode:
    """Return a notebook whose cover names the sections a, b, checklist and c; other forms have d."""
    values = {
        "sections": ("a", "b", "checklist", "c"),
        "other_sections": ("d",),
        "digits": "arabic",
        **changes,
    }
    cover = COVER.model_copy(update=values)
    return notebook(code(shown(cover), tag="section:a", template=True), *cells)


def official(text: str, section: str) -> NotebookNode:
    """Return a cell that came with the program and shows an official paragraph."""
    return code(shown(Paragraph(text=text)), tag=f"section:{section}", template=True)


# One cell of every section that the form has, in another order.
WHOLE = [official("c", "c"), official("b", "b"), official("รายการ", "checklist")]


def said(document: Document) -> list[str]:
    """Return the texts in order; what the program tells about the notebook is a star."""
    texts = (block for block in document.blocks if not isinstance(block, Cover))
    return ["*" if isinstance(block, Callout) else getattr(block, "text", "") for block in texts]


ARRANGED: dict[str, tuple[list[NotebookNode], list[str]]] = {
    "the form's order": (WHOLE, ["b", "รายการ", "c"]),
    "untagged cells follow": (
        [WHOLE[0], code(own("ของฉัน")), markdown("คำ"), *WHOLE[1:]], ["b", "รายการ", "c", "ของฉัน", "คำ"]
    ),
    "other tags do not pass on": ([WHOLE[0], markdown("คำ", "mine"), *WHOLE[1:]], ["b", "รายการ", "c", "คำ"]),
    "guide and explore are not printed": (
        [WHOLE[0], markdown("แนะ", "guide"), code(own("ลอง"), stream("ลอง"), tag="explore"), *WHOLE[1:]],
        ["b", "รายการ", "c"],
    ),
    "a cell behind them is of the section above": (
        [WHOLE[0], markdown("แนะ", "guide"), code(own("ของฉัน")), *WHOLE[1:]], ["b", "รายการ", "c", "ของฉัน"]
    ),
    "a section in two places": (
        [*WHOLE, official("b2", "b"), code(own("ของฉัน"))], ["b", "b2", "ของฉัน", "รายการ", "c"]
    ),
    "official blocks of another form": ([*WHOLE, official("d", "d")], ["b", "รายการ", "c"]),
    "cells of the program in another form's section": (
        [*WHOLE, code(own("ตาราง"), tag="section:d", template=True)], ["b", "รายการ", "c"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("edition", ["working", "publish"])
@pytest.mark.parametrize(("cells", "expected"), ARRANGED.values(), ids=ARRANGED)
def test_sections_stand_as_the_form_orders_them(
    cells: list[NotebookNode], expected: list[str], edition: str
) -> None:
    """Cells stand where the form puts their section, in the order of the notebook within it."""
    read = read_document(book(*cells, edition=edition))

    assert (said(read), read.remarks) == (expected, ())


def test_what_stands_above_the_first_section_is_of_the_front() -> None:
    """A cell before any section stands behind the cover, before the sections."""
    whole = book(*WHOLE)
    whole.cells.insert(0, markdown("คำนำ"))

    assert said(read_document(whole)) == ["คำนำ", "b", "รายการ", "c"]


@pytest.mark.parametrize(
    ("cells", "expected", "remarks"),
    [
        ([], ["รายการ", "*", "c"], ("สมุดบันทึกไม่มีเซลล์ของส่วน b",)),
        ([code(tag="section:b", template=True)], ["รายการ", "c"], ()),
    ],
    ids=["missing", "nothing to say in this case"],
)
def test_a_missing_section_is_named(
    cells: list[NotebookNode], expected: list[str], remarks: tuple[str, ...]
) -> None:
    """A section of the form without a cell in the notebook is told by name."""
    read = read_document(book(*WHOLE[::2], *cells))

    assert (said(read), read.remarks) == (expected, remarks)


STRAY: dict[str, tuple[list[NotebookNode], str]] = {
    "own display in a section of another form": (
        [official("d", "d"), code(own("ของฉัน")), code(stream("ของฉันด้วย"), tag="section:d")], "d"
    ),
    "section that no form has": (
        [code(own("ของฉัน"), tag="section:x"), markdown("ของฉันด้วย")], "x"
    ),
    "official block in a section that no form has": (
        [official("ของฉัน", "x"), official("ของฉันด้วย", "x")], "x"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "name"), STRAY.values(), ids=STRAY)
def test_what_the_form_has_no_place_for_is_named(cells: list[NotebookNode], name: str) -> None:
    """It stands last in the working edition, is left out of the publication, and is named once in both."""
    working = read_document(book(*cells, *WHOLE))
    publish = read_document(book(*cells, *WHOLE, edition="publish"))

    assert said(working) == ["b", "รายการ", "*", "c", "ของฉัน", "ของฉันด้วย"]
    assert working.remarks == (f"ส่วน {name} ไม่มีในแบบเอกสารของปีนี้ จึงพิมพ์ไว้ท้ายเอกสาร",)
    assert said(publish) == ["b", "รายการ", "c"]
    assert publish.remarks == (f"ส่วน {name} ไม่มีในแบบเอกสารของปีนี้ ฉบับเผยแพร่จึงไม่พิมพ์",)


def test_without_a_checklist_it_is_told_at_the_end() -> None:
    """What is not printed is told behind the last block where the form has no checklist."""
    assert said(
        read_document(book(official("b", "b"), code(stream("!", "stderr")), sections=("a", "b")))
    ) == [
        "b",
        "*",
    ]


def test_a_notebook_of_the_previous_version_is_read_in_the_order_of_its_cells() -> None:
    """Its cover names no sections: everything stands where its cell stands, tagged or not."""
    cells = [official("c", "c"), code(own("ของฉัน"), tag="section:x"), official("b", "b")]

    assert said(read_document(book(*cells, sections=(), other_sections=()))) == ["c", "ของฉัน", "b"]


# ---------------------------------------------------------------- what is refused

FAILED = v4.new_output("error", ename="ValueError", evalue="ไม่พบปี", traceback=[])
BANNER = "<span style='color:red'>An Exception was encountered at 'In [3]'.</span>"
BAD_PAYLOADS: dict[str, Any] = {
    "not an object": "blocks",
    "no blocks": {},
    "unknown block": {"blocks": [{"type": "chart"}]},
    "unknown field": {"blocks": [{"type": "paragraph", "text": "ก", "html": "<b>"}]},
    "row too short": {"blocks": [{"type": "table", "columns": [{"heading": "ก"}], "rows": [{"cells": []}]}]},
}
STOPPED = v4.new_code_cell("x", metadata={"papermill": {"exception": True}})


@pytest.mark.parametrize(
    ("cells", "where", "found"),
    [
        ((code(shown(COVER)), code(FAILED)), "เซลล์ที่ 2", "ValueError: ไม่พบปี"),
        ((code(shown(COVER), FAILED),), "เซลล์ที่ 1", "ValueError: ไม่พบปี"),
        ((markdown(BANNER, "papermill-error-cell-tag"), code(shown(COVER))), "เซลล์ที่ 1", "papermill"),
        ((markdown(BANNER, "papermill-error-cell-tag"), code(FAILED)), "เซลล์ที่ 2", "ValueError: ไม่พบปี"),
        ((code(shown(COVER)), STOPPED), "เซลล์ที่ 2", "papermill"),
        ((), "สมุดบันทึก", "ยังไม่ได้สั่งทำงาน"),
        ((markdown("# รายงาน"), code()), "สมุดบันทึก", "ยังไม่ได้สั่งทำงาน"),
        ((code(shown(Paragraph(text="ก"))),), "สมุดบันทึก", "ไม่มีปก"),
        ((code(shown(COVER)), code(shown(COVER))), "สมุดบันทึก", "2 ปก: เทศบาลตำบลตัวอย่าง, เทศบาลตำบลตัวอย่าง"),
        *(((code(output({MIME: payload})),), "เซลล์ที่ 1", "") for payload in BAD_PAYLOADS.values()),
    ],
    ids=[
        "error output",
        "error after a display",
        "papermill banner",
        "papermill banner and its error",
        "papermill exception",
        "no cells",
        "not run",
        "no cover",
        "two covers",
        *BAD_PAYLOADS,
    ],
)
def test_unfit_notebook_is_refused(cells: tuple[NotebookNode, ...], where: str, found: str) -> None:
    """A notebook that failed, did not run or holds no report is refused, with the place and the find."""
    with pytest.raises(RenderError) as caught:
        read_document(notebook(*cells))

    assert where in caught.value.where
    assert found in caught.value.found
    assert caught.value.todo


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# หนึ่ง", [Heading(level=1, text="หนึ่ง")]),
        ("###### หก", [Heading(level=3, text="หก")]),
        ("หัว\n===", [Heading(level=1, text="หัว")]),
        ("#", []),
        ("ก\n\nข", [Paragraph(text="ก"), Paragraph(text="ข")]),
        ("ก\nข", [Paragraph(text="ก ข")]),
        ("ก  \nข", [Paragraph(text="ก\nข")]),
        (
            "*เอน* **หนา** `x = 1` [ลิงก์](http://a)",
            [Paragraph(text="เอน หนา x = 1 ลิงก์", bold=((0, 3), (4, 7)))],
        ),
        ("![ภาพ](a.png) <http://a.th>", [Paragraph(text="ภาพ http://a.th")]),
        (
            "- ก\n- **ข**",
            [Paragraph(text="ก", style="bullet"), Paragraph(text="ข", style="bullet", bold=((0, 1),))],
        ),
        ("3. ก\n4. ข", [Paragraph(text="3. ก"), Paragraph(text="4. ข")]),
        ("1. ก\n   - ข", [Paragraph(text="1. ก"), Paragraph(text="ข", style="bullet")]),
        ("- ก\n\n  ข", [Paragraph(text="ก\nข", style="bullet")]),
        ("a <b>ข</b>", [Paragraph(text="a <b>ข</b>")]),
        ("<script>\nx\n</script>", [Paragraph(text="<script>\nx\n</script>")]),
        ("&lt;b&gt; &amp; \\*", [Paragraph(text="<b> & *")]),
        ("{{ x }} {% y %}", [Paragraph(text="{{ x }} {% y %}")]),
        ("> ก", [Paragraph(text="ก")]),
        ("```\nก\n  ข\n```", [Paragraph(text="ก\n  ข")]),
        ("---", []),
        ("ก\ud800ข", [Paragraph(text="กข")]),
    ],
)
def test_markdown_becomes_plain_blocks(source: str, expected: list[Any]) -> None:
    """Markdown keeps its words and its structure, and loses its markup."""
    assert list(prose(source)) == expected


def test_markdown_table_becomes_a_table() -> None:
    """A table in prose keeps its headings, alignment and cells."""
    (block,) = prose("| ตัวชี้วัด | คะแนน |\n|---|--:|\n| **ก** | 95.40 |")

    assert isinstance(block, Table)
    assert [(column.heading, column.align) for column in block.columns] == [
        ("ตัวชี้วัด", "left"),
        ("คะแนน", "right"),
    ]
    assert [row.cells for row in block.rows] == [("ก", "95.40")]


def test_reading_leaves_the_notebook_alone() -> None:
    """The notebook is the same after it was read."""
    given = notebook(code(shown(COVER)), markdown("ข้อ 1"))
    before = given.copy()
    read_document(given)

    assert given == before
