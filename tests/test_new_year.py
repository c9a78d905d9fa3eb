"""A fiscal year that nobody has heard of, as data alone: its file, scores, documents and refusals."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from conftest import AGENCY, REPOSITORY, Workspace, yaml_text
from documents import Made
from in_process import command, without_kernel

from ita_nb.case import build_case
from ita_nb.exhibits.plan import Grouping, TableRow, table_of_measures
from ita_nb.facts.catalogue import Pattern, load_catalogue
from ita_nb.facts.crosswalk import link
from ita_nb.facts.forms import DocumentForm, Field, Forms, MeasuresForm, load_forms
from ita_nb.facts.loader import FRAMEWORKS, load_framework
from ita_nb.history import known_frameworks
from ita_nb.intake.record import PlannedMeasure, Result
from ita_nb.progress import build_progress
from ita_nb.report import make_report
from ita_nb.task import Task

NEW, PLAN, LIKE = 2599, 2600, 2568
WORDING = "เจ้าหน้าที่ของหน่วยงานท่านยืมครุภัณฑ์ตามระเบียบใหม่ มากน้อยเพียงใด"
LEVELS = {"ระดับทอง": "90", "ระดับเงิน": "75", "ระดับทองแดง": "0"}
REQUIRED = "แผนภาพแสดงการกำกับติดตามรายไตรมาส"
HEADINGS = ("มาตรการ/แนวทาง", "วิธีการดำเนินการ", "ผู้รับผิดชอบ", "ระยะเวลาดำเนินการ", "การติดตามผล")
SCORES = {"IIT": "80", "EIT": "90", "OIT": "92", "total": "88.50", "i10": "70.00", "i16": "95.00", "o29": "0"}

Facts = dict[str, Any]
Edit = Callable[[Facts], None]


# ---------------------------------------------------------------- the file of the new year


def like_2568(year: int) -> Facts:
    """The facts of the package's year, said of another one."""
    facts: Facts = yaml.safe_load((FRAMEWORKS / f"{LIKE}.yaml").read_text(encoding="utf-8"))
    return facts | {"fiscal_year": year, "changes": []}


def entry(facts: Facts, table: str, code: str) -> Facts:
    """The entry of a table by its code."""
    found: Facts = next(row for row in facts[table] if row["code"] == code)
    return found


def rename(facts: Facts, table: str, old: str, new: str) -> None:
    """Give a question or item another code, in its topic and gaps too."""
    entry(facts, table, old)["code"] = new
    for names in (*(t["items"] for t in facts["topics"]), *(g["nodes"] for g in facts["gaps_th"])):
        names[:] = [new if name == old else name for name in names]


def made_up() -> Facts:
    """A year like 2568 with other codes, weights, wording, levels, required elements and forms."""
    facts = like_2568(NEW)
    facts["summary_th"] = "ปีที่แต่งขึ้นเพื่อทดสอบ"
    rename(facts, "questions", "i15", "i16")
    rename(facts, "items", "o28", "o29")
    facts["publication"]["report_item"]["code"] = "o29"
    for code, weight in (("IIT", "1/4"), ("EIT", "1/4"), ("OIT", "1/2")):
        entry(facts, "instruments", code)["weight"] = weight
    entry(facts, "questions", "i10")["text_th"] = WORDING
    known = {"source": ["ita_nb"], "confidence": "derived"}
    facts["levels"] = [{"name_th": name, "total_min": least, **known} for name, least in LEVELS.items()]
    required = facts["publication"]["measures_item"]["required"]
    required.append({"element": "follow_up", "text_th": REQUIRED, **known})
    facts["publication"]["forms"] |= {"analysis": "by_instrument", "measures": "follow_up"}
    return facts


def write_year(workspace: Workspace, facts: Facts) -> None:
    """Put the file of a year where a workspace keeps facts of its own."""
    text = yaml_text(facts)
    workspace.write(f"facts/{facts['fiscal_year']}.yaml", text)


def write_scores(workspace: Workspace, year: int, scores: dict[str, str], level: str = "") -> None:
    """Put the agency's scores and level of a year into the data."""
    rows = [(AGENCY, node, score) for node, score in scores.items()]
    workspace.write_rows(f"data/{year}/stated_scores.csv", ("agency_id", "node", "score"), rows)
    workspace.write_rows(f"data/{year}/stated_results.csv", ("agency_id", "level_th"), [(AGENCY, level)])


@pytest.fixture
def new_year(workspace: Workspace) -> Workspace:
    """A workspace that knows the new year."""
    write_year(workspace, made_up())
    write_scores(workspace, NEW, SCORES, "ระดับเงิน")
    return workspace


# ---------------------------------------------------------------- its documents, by the command line


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of each file of a report in a workspace with the file of that year, unspaced."""
    root = tmp_path_factory.mktemp("new-year") / "workspace"
    for folder in ("data", "notebooks"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    workspace = Workspace(root)
    write_year(workspace, made_up())
    write_scores(workspace, NEW, SCORES, "ระดับเงิน")
    with without_kernel():
        paths = make_report(Task(AGENCY, "", NEW, root, digits="arabic")).paths
    made = Made(AGENCY, NEW, "analysis", "arabic", {path.suffix: path for path in paths})
    return {name: "".join(text.split()) for name, text in made.texts.items()}


SHOWN = (
    f"ประจำปีงบประมาณ พ.ศ. {NEW}",
    f"ประจำปีงบประมาณ พ.ศ. {PLAN}",
    "อยู่ในระดับ ระดับเงิน",
    f"i10 {WORDING}",
    "o29 รายงานผลการดำเนินการเพื่อส่งเสริมคุณธรรม",
    REQUIRED,
    "การวิเคราะห์ผลการประเมินตามแบบวัด",  # the form that the year's file names
    *HEADINGS,
    "ระดับทอง คะแนนรวมไม่ต่ำกว่า 90",
    "แบบตรวจการเปิดเผยข้อมูลสาธารณะ (OIT) 50",
)
CHANGED = ("ผ่านดี", "ต้องปรับปรุงโดยด่วน", "ประเด็นที่ต้องยกระดับผลการประเมินฯ", "ขอยืมทรัพย์สินของราชการไปใช้อย่างถูกต้อง")


@pytest.mark.parametrize("file", ["html", "pdf", "docx"])
def test_report_of_the_new_year_is_of_its_file(texts: dict[str, str], file: str) -> None:
    """Levels, wording, codes, weights, elements, form and headings are its own, none of the old is left."""
    there = [phrase for phrase in (*SHOWN, *CHANGED) if "".join(phrase.split()) in texts[file]]

    assert there == [*SHOWN]


@pytest.mark.parametrize(("code", "before", "pattern"), [("i10", "i10", "any"), ("o29", "o28", "missing")])
def test_draft_measures_are_borrowed(new_year: Workspace, code: str, before: str, pattern: Pattern) -> None:
    """A weak item of a year without a catalogue gets the draft of the same subject, under its own code."""
    (draft,) = (m for m in build_case(AGENCY, NEW, new_year.root).plan if m.items == (code,))

    assert draft.title_th == load_catalogue(load_framework(LIKE)).choose(before, pattern).title_th


# ---------------------------------------------------------------- its facts, by the command line


def test_facts_list_the_new_year(new_year: Workspace) -> None:
    """The list of years has a line for it, with its summary, beside those of the package."""
    ran = command(new_year.root, "facts")
    years = re.findall(r"^\s+(\d{4}):", ran.stdout, flags=re.MULTILINE)

    assert (ran.returncode, years) == (0, [*map(str, range(2562, 2570)), str(NEW)])
    assert "ปีที่แต่งขึ้นเพื่อทดสอบ" in ran.stdout


def test_facts_show_the_new_year_of_their_workspace_only(new_year: Workspace, tmp_path: Path) -> None:
    """What the file says is printed from any folder; elsewhere the year is refused with the known ones."""
    ran = command(tmp_path, "facts", str(NEW), "--workspace", str(new_year.root))
    wanted = (f"ปีงบประมาณ พ.ศ. {NEW}", WORDING, REQUIRED, *LEVELS, *HEADINGS, "i16", "น้ำหนัก 50%")
    elsewhere = command(REPOSITORY, "facts", str(NEW))

    assert (ran.returncode, ran.stderr) == (0, "")
    assert [text for text in wanted if text not in ran.stdout] == []
    assert elsewhere.returncode == 2
    assert "2568, 2569" in elsewhere.stderr


# ---------------------------------------------------------------- comparing it with other years

NEXT = LIKE + 1


def test_comparison_is_refused_where_the_file_says_so(workspace: Workspace) -> None:
    """A change of an instrument refuses it and what stands above, in the words of the file with the year."""
    known = {"source": ["ita_nb"], "confidence": "derived"}
    write_year(workspace, like_2568(NEXT) | {"changes": [{"node": "OIT", "text_th": "เปลี่ยนทั้งชุด", **known}]})
    write_scores(workspace, NEXT, {"IIT": "97.00", "EIT": "98.00", "OIT": "95.00", "total": "96.50"})
    trend = build_case(AGENCY, NEXT, workspace.root).trend
    found = {one.node.code: one.changes[-1] for one in trend.nodes if one.changes}

    assert {c for c in ("total", "IIT", "EIT", "OIT") if found[c].difference is None} == {"OIT", "total"}
    assert found["OIT"].link.reasons_th == (f"ปีงบประมาณ พ.ศ. {NEXT}: เปลี่ยนทั้งชุด",)


@pytest.mark.parametrize(
    ("code", "before", "reason"),
    [
        ("total", "total", "ไม่มีข้อมูลหลักเกณฑ์การประเมินของปีงบประมาณ พ.ศ. 2570"),
        ("OIT", "OIT", "ไม่มีข้อมูลหลักเกณฑ์การประเมินของปีงบประมาณ พ.ศ. 2570"),
        ("i10", "i10", "ถ้อยคำของ"),
        ("i16", "i15", ""),
        ("o29", "o28", ""),
    ],
)
def test_the_year_is_linked_to_the_known_ones(
    new_year: Workspace, code: str, before: str, reason: str
) -> None:
    """Moved codes are found by concept; other wording, and years of which nobody knows, are not compared."""
    found = link(known_frameworks(new_year.root), LIKE, NEW, code)

    assert found.before == before
    assert (found.comparable, reason in "".join(found.reasons_th)) == (not reason, True)


# ---------------------------------------------------------------- a file with a defect


@pytest.mark.parametrize(
    "arguments",
    [("facts", str(NEW)), ("report", AGENCY, f"--year={NEW}")],
    ids=lambda arguments: arguments[0],
)
def test_defective_file_is_refused(new_year: Workspace, arguments: tuple[str, ...]) -> None:
    """A file that contradicts itself is refused with status 2, its name and the offender."""
    facts = made_up()
    entry(facts, "instruments", "OIT")["weight"] = "0.40"
    write_year(new_year, facts)
    ran = command(new_year.root, *arguments)

    assert ran.returncode == 2
    assert f"{NEW}.yaml" in ran.stderr
    assert "น้ำหนักภายใน total รวมกันได้ 9/10 ที่คาดไว้คือ 1" in ran.stderr


def test_defect_of_another_year_leaves_this_one(workspace: Workspace) -> None:
    """A half-written file of a later year stops neither document of this one."""
    workspace.write(f"facts/{NEW}.yaml", "fiscal_year: 2599\n")

    assert build_case(AGENCY, LIKE, workspace.root).fiscal_year == LIKE
    assert build_progress("takothong", LIKE, workspace.root).plan_year == LIKE


def test_file_name_in_thai_digits(workspace: Workspace) -> None:
    """A file named in Thai digits is read or left alone, but every listed year has a file."""
    workspace.write("facts/๒๕๙๙.yaml", yaml_text(made_up()))

    assert command(workspace.root, "facts").returncode == 0


# ---------------------------------------------------------------- the forms that a year may name

FORMS: Forms = load_forms()
DOCUMENTS: dict[str, tuple[DocumentForm, str]] = {
    **{f"analysis-{name}": (form, "agency_report.ipynb") for name, form in FORMS.analysis.items()},
    **{f"progress-{name}": (form, "measures_progress.ipynb") for name, form in FORMS.progress.items()},
}
TABLES: dict[str, MeasuresForm] = {
    **{f"measures-{name}": form for name, form in FORMS.measures.items()},
    **{f"progress-{name}": form.table for name, form in FORMS.progress.items()},
}


@pytest.mark.parametrize(("form", "notebook"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_sections_are_those_of_the_notebook(form: DocumentForm, notebook: str) -> None:
    """Every section that a form names has a cell in the notebook of the document, and stands once."""
    text = (REPOSITORY / "notebooks" / notebook).read_text(encoding="utf-8")
    named = [section for part in form.parts.values() for section in part]

    assert set(named) <= set(re.findall(r'"section:(\w+)"', text))
    assert sorted(named) == sorted(set(named))


@pytest.mark.parametrize("form", TABLES.values(), ids=TABLES)
def test_columns_stand_once(form: MeasuresForm) -> None:
    """Every column has a width, and no heading and no field stands twice in a table."""
    headings, fields = {c.heading_th for c in form.columns}, {c.field for c in form.columns}

    assert len(headings) == len(fields) == len(form.columns)
    assert min(column.width for column in form.columns) > 0


@pytest.mark.parametrize("form", TABLES.values(), ids=TABLES)
def test_fields_are_known(form: MeasuresForm) -> None:
    """Every field is filled with what is known of a measure: a full one leaves no column empty."""
    measure = PlannedMeasure(
        measure_id="M1",
        items=("i1",),
        title_th="ชื่อมาตรการ",
        steps_th=("ขั้นตอนหนึ่ง",),
        start=None,
        end=None,
        responsible_th="สำนักปลัด",
        follow_up_th="ติดตามทุกเดือน",
        status="confirmed",
        topic=1,
    )
    result = Result("M1", None, "ผลผลิต", "ผลลัพธ์", "หลักฐาน", "ข้อเสนอ")
    row = TableRow(7, measure, result, "recorded")
    table = table_of_measures(form, [row], Grouping(load_framework(LIKE)), "ตาราง")
    (cells,) = (r.cells for r in table.rows if r.kind == "body")
    expected = {
        "number": "7",
        "issue": "i1 การปฏิบัติงาน",
        "measure": "ชื่อมาตรการ",
        "steps": "1. ขั้นตอนหนึ่ง",
        "period": "ไม่ได้ระบุ",
        "responsible": "สำนักปลัด",
        "follow_up": "ติดตามทุกเดือน",
        "output": "ผลผลิต",
        "outcome": "ผลลัพธ์",
        "suggestion": "ข้อเสนอ",
        "state": "บันทึกไว้ ไม่ได้ระบุสถานะ",
    }

    assert {c.field for c in form.columns} <= set(get_args(Field)) == set(expected)
    assert [
        c.field for c, cell in zip(form.columns, cells, strict=True) if expected[c.field] not in cell
    ] == []
