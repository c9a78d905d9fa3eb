"""A fiscal year that nobody has heard of, as data alone: its file, scores, documents and refusals."""

from __future__ import annotations

import copy
import html as markup
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pypdfium2
import pytest
import yaml
from conftest import AGENCY, REPOSITORY, Workspace, yaml_text
from documents import word_text
from test_cli import Ran, shell

from ita_nb.analysis.trend import Trend
from ita_nb.case import build_case
from ita_nb.exhibits.plan import Grouping, TableRow, table_of_measures
from ita_nb.facts.catalogue import Pattern, load_catalogue
from ita_nb.facts.crosswalk import link
from ita_nb.facts.forms import DocumentForm, Field, Forms, MeasuresForm, load_forms
from ita_nb.facts.listing import facts_text
from ita_nb.facts.loader import FRAMEWORKS, load_framework
from ita_nb.history import known_frameworks
from ita_nb.intake.record import PlannedMeasure, Result
from ita_nb.progress import build_progress

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


@dataclass(frozen=True)
class Made:
    """What the command said, and the text of both files without white space."""

    ran: Ran
    texts: dict[str, str]


def squeezed(text: str) -> str:
    """A text without white space: lines may end anywhere between words."""
    return re.sub(r"\s+", "", text)


def pdf_text(path: Path) -> str:
    """The text of a PDF."""
    pdf = pypdfium2.PdfDocument(path)
    found = "".join(page.get_textpage().get_text_range() for page in pdf)
    pdf.close()
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """``ita-nb report hannangam --year 2599`` in a workspace with the file of that year, made once."""
    root = tmp_path_factory.mktemp("new-year") / "workspace"
    for folder in ("data", "notebooks"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    workspace = Workspace(root)
    write_year(workspace, made_up())
    write_scores(workspace, NEW, SCORES, "ระดับเงิน")
    ran = shell(workspace, "report", AGENCY, "--year", str(NEW), "--digits", "arabic")
    stem = root / "outputs" / str(NEW) / AGENCY / f"{AGENCY}-{NEW}-analysis"
    page = stem.with_suffix(".html").read_text(encoding="utf-8") if ran.status == 0 else ""
    html = re.sub(r"<(style|svg)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    texts = {"html": markup.unescape(html)}
    if page:
        texts |= {"pdf": pdf_text(stem.with_suffix(".pdf")), "docx": word_text(stem.with_suffix(".docx"))}
    return Made(ran, {name: squeezed(text) for name, text in texts.items()})


def test_report_of_the_new_year_is_made(made: Made) -> None:
    """The command makes the documents of a year that only the workspace knows."""
    assert made.ran.status == 0, made.ran.err


@pytest.mark.parametrize("file", ["html", "pdf", "docx"])
@pytest.mark.parametrize(
    "phrase",
    [
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
    ],
)
def test_report_of_the_new_year_shows(made: Made, phrase: str, file: str) -> None:
    """Year, levels, wording, codes, weights, required elements, form and headings are those of its file."""
    assert squeezed(phrase) in made.texts[file]


@pytest.mark.parametrize("file", ["html", "pdf", "docx"])
@pytest.mark.parametrize(
    "phrase",
    ["ผ่านดี", "ต้องปรับปรุงโดยด่วน", "ประเด็นที่ต้องยกระดับผลการประเมินฯ", "ขอยืมทรัพย์สินของราชการไปใช้อย่างถูกต้อง"],
)
def test_report_of_the_new_year_has_nothing_of_the_old(made: Made, phrase: str, file: str) -> None:
    """Nothing that the file changed is left of the year that it was copied from."""
    assert squeezed(phrase) not in made.texts[file]


@pytest.mark.parametrize(("code", "before", "pattern"), [("i10", "i10", "any"), ("o29", "o28", "missing")])
def test_draft_measures_are_borrowed(new_year: Workspace, code: str, before: str, pattern: Pattern) -> None:
    """A weak item of a year without a catalogue gets the draft of the same subject, under its own code."""
    (draft,) = (m for m in build_case(AGENCY, NEW, new_year.root).plan if m.items == (code,))

    assert draft.title_th == load_catalogue(load_framework(LIKE)).choose(before, pattern).title_th


# ---------------------------------------------------------------- its facts, by the command line


def test_facts_list_the_new_year(new_year: Workspace) -> None:
    """The list of years has a line for it, with its summary, beside those of the package."""
    ran = shell(new_year, "facts")
    years = re.findall(r"^\s+(\d{4}):", ran.out, flags=re.MULTILINE)

    assert (ran.status, years) == (0, [*map(str, range(2562, 2570)), str(NEW)])
    assert "ปีที่แต่งขึ้นเพื่อทดสอบ" in ran.out


@pytest.mark.parametrize("text", [WORDING, REQUIRED, *LEVELS, *HEADINGS, "i16", "น้ำหนัก 50%"])
def test_facts_show_the_new_year(new_year: Workspace, text: str) -> None:
    """What the workspace's file says is what the command prints of the year."""
    assert text in facts_text(NEW, new_year.root / "facts")


def test_facts_find_the_workspace(new_year: Workspace) -> None:
    """``ita-nb facts 2599 --workspace DIR`` prints the year from another folder."""
    ran = shell(Workspace(new_year.root.parent), "facts", str(NEW), "--workspace", str(new_year.root))

    assert (ran.status, ran.err) == (0, "")
    assert all(text in ran.out for text in (f"ปีงบประมาณ พ.ศ. {NEW}", WORDING, "ระดับทองแดง"))


def test_other_workspaces_do_not_know_it(workspace: Workspace) -> None:
    """Without the file the year is refused with the years that are known."""
    ran = shell(workspace, "facts", str(NEW))

    assert ran.status == 2
    assert "2568, 2569" in ran.err


# ---------------------------------------------------------------- comparing it with other years

NEXT = LIKE + 1
REASON = "ข้อมูลเปิดเผยเปลี่ยนทั้งชุด"


def compared(workspace: Workspace, changes: list[Facts]) -> Trend:
    """The trend of the agency from 2568 to a 2569 of the workspace's own."""
    facts = like_2568(NEXT)
    facts["changes"] = changes
    write_year(workspace, facts)
    write_scores(workspace, NEXT, {"IIT": "97.00", "EIT": "98.00", "OIT": "95.00", "total": "96.50"})
    return build_case(AGENCY, NEXT, workspace.root).trend


def change(node: str) -> Facts:
    """A change of a node, as a facts file lists it."""
    return {"node": node, "text_th": REASON, "source": ["ita_nb"], "confidence": "derived"}


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ([], set()),
        (["OIT"], {"OIT", "total"}),
        (["1"], {"IIT", "total"}),
        (["total"], {"total", "IIT", "EIT", "OIT"}),
        (["level"], set()),
    ],
    ids=["nothing", "instrument", "indicator", "everything", "names-of-levels"],
)
def test_comparison_is_refused_where_the_file_says_so(
    workspace: Workspace, changes: list[str], refused: set[str]
) -> None:
    """A change touches what stands above and below it; the rest stays comparable."""
    trend = compared(workspace, [change(node) for node in changes])
    found = {one.node.code: one.changes[-1] for one in trend.nodes if one.changes}

    assert {code for code in ("total", "IIT", "EIT", "OIT") if found[code].difference is None} == refused


def test_refusal_gives_the_reason_of_the_file(workspace: Workspace) -> None:
    """The refused comparison says what the file says, with the year."""
    trend = compared(workspace, [change("OIT")])
    (reason,) = next(one.changes[-1].link.reasons_th for one in trend.nodes if one.node.code == "OIT")

    assert reason == f"ปีงบประมาณ พ.ศ. {NEXT}: {REASON}"


@pytest.mark.parametrize("code", ["total", "IIT", "OIT"])
def test_years_without_facts_between_are_refused(new_year: Workspace, code: str) -> None:
    """2568 and 2599 are not compared: nobody knows what changed between them."""
    found = link(known_frameworks(new_year.root), LIKE, NEW, code)

    assert not found.comparable
    assert any("ไม่มีข้อมูลหลักเกณฑ์การประเมินของปีงบประมาณ พ.ศ. 2570" in reason for reason in found.reasons_th)


@pytest.mark.parametrize(("code", "before"), [("i16", "i15"), ("o29", "o28"), ("i10", "i10")])
def test_moved_codes_are_found_again(new_year: Workspace, code: str, before: str) -> None:
    """A question or item with another code is found by its concept."""
    assert link(known_frameworks(new_year.root), LIKE, NEW, code).before == before


def test_changed_wording_is_refused(new_year: Workspace) -> None:
    """A question asked in other words is not compared, and the reason names the wording."""
    found = link(known_frameworks(new_year.root), LIKE, NEW, "i10")

    assert not found.comparable
    assert any(reason.startswith("ถ้อยคำ") for reason in found.reasons_th)


# ---------------------------------------------------------------- a file with a defect


def _weights(facts: Facts) -> None:
    entry(facts, "instruments", "OIT")["weight"] = "0.40"


def _other_year(facts: Facts) -> None:
    facts["fiscal_year"] = 2598


def _form(facts: Facts) -> None:
    facts["publication"]["forms"]["measures"] = "by_moon"


def _element(facts: Facts) -> None:
    facts["publication"]["measures_item"]["required"][0]["element"] = "poem"


def _code(facts: Facts) -> None:
    facts["topics"][0]["items"].append("i99")


def _key(facts: Facts) -> None:
    facts["fiscalyear"] = NEW


DEFECTS: dict[str, tuple[Edit, str]] = {
    "weights": (_weights, "น้ำหนักภายใน total รวมกันได้ 9/10 ที่คาดไว้คือ 1"),
    "year": (_other_year, "fiscal_year: 2598 ที่คาดไว้คือ 2599"),
    "form": (_form, "ไม่มีแบบ measures ชื่อ by_moon"),
    "element": (_element, "poem"),
    "code": (_code, "i99"),
    "key": (_key, "fiscalyear"),
}


@pytest.mark.parametrize(
    "command", [("facts", str(NEW)), ("report", AGENCY, f"--year={NEW}")], ids=lambda c: c[0]
)
@pytest.mark.parametrize(("edit", "offender"), DEFECTS.values(), ids=DEFECTS)
def test_defective_file_is_refused(
    new_year: Workspace, edit: Edit, offender: str, command: tuple[str, ...]
) -> None:
    """A file that contradicts itself is refused with status 2, its name and the offender."""
    facts = copy.deepcopy(made_up())
    edit(facts)
    text = yaml_text(facts)
    new_year.write(f"facts/{NEW}.yaml", text)
    ran = shell(new_year, *command)

    assert ran.status == 2
    assert f"{NEW}.yaml" in ran.err
    assert offender in ran.err


def _with_defect(workspace: Workspace) -> None:
    workspace.write(f"facts/{NEW}.yaml", "fiscal_year: 2599\n")


def test_defect_of_another_year_leaves_the_analysis(workspace: Workspace) -> None:
    """A half-written file of a later year does not stop the analysis of this one."""
    _with_defect(workspace)

    assert build_case(AGENCY, LIKE, workspace.root).fiscal_year == LIKE


def test_defect_of_another_year_leaves_the_report(workspace: Workspace) -> None:
    """Nor does it stop the report on measures."""
    _with_defect(workspace)

    assert build_progress("takothong", LIKE, workspace.root).plan_year == LIKE


def test_file_name_in_thai_digits(workspace: Workspace) -> None:
    """A file named in Thai digits is read or left alone, but every listed year has a file."""
    workspace.write("facts/๒๕๙๙.yaml", yaml_text(made_up()))

    assert shell(workspace, "facts").status == 0


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
every_document = pytest.mark.parametrize(("form", "notebook"), DOCUMENTS.values(), ids=DOCUMENTS)
every_table = pytest.mark.parametrize("form", TABLES.values(), ids=TABLES)


@every_document
def test_sections_are_those_of_the_notebook(form: DocumentForm, notebook: str) -> None:
    """Every section that a form names has a cell in the notebook of the document."""
    text = (REPOSITORY / "notebooks" / notebook).read_text(encoding="utf-8")

    assert set(form.sections) <= set(re.findall(r'"section:(\w+)"', text))


@pytest.mark.parametrize("form", [form for form, _ in DOCUMENTS.values()], ids=DOCUMENTS)
def test_sections_stand_once(form: DocumentForm) -> None:
    """No section stands twice in a document."""
    named = [section for part in form.parts.values() for section in part]

    assert sorted(named) == sorted(set(named))


@every_table
def test_widths_are_positive(form: MeasuresForm) -> None:
    """Every column has a width."""
    assert [column.heading_th for column in form.columns if column.width <= 0] == []


@every_table
def test_columns_stand_once(form: MeasuresForm) -> None:
    """No heading and no field stands twice in a table."""
    headings, fields = [c.heading_th for c in form.columns], [c.field for c in form.columns]

    assert (len(set(headings)), len(set(fields))) == (len(form.columns), len(form.columns))


@every_table
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


@pytest.mark.parametrize("kind", ["analysis", "measures", "progress"])
@pytest.mark.parametrize("year", range(2562, 2570))
def test_years_name_forms_that_exist(year: int, kind: str) -> None:
    """Every real year names a form of each kind."""
    name = getattr(load_framework(year).publication.forms, kind)

    assert name in getattr(FORMS, kind)
