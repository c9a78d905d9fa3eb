"""What a published analysis must contain, by its round, and what is said where that is missing or unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from conftest import AGENCY, PLAN_YEAR, YEAR, ConsistentAgency, Workspace, yaml_text
from documents import page_texts
from in_process import without_kernel
from opened import report_of

from ita_nb.case import Case, build_case
from ita_nb.document.blocks import Callout, Section, Table
from ita_nb.document.gate import Checked, analysis_checklist, blockers, item_name
from ita_nb.errors import PublicationRefusedError
from ita_nb.facts.kinds import Element
from ita_nb.facts.loader import FRAMEWORKS, known_years, load_framework
from ita_nb.report import make_report
from ita_nb.task import Task

Add = Callable[..., ConsistentAgency]
COLUMNS = (
    *("agency_id", "measure_id", "items", "title_th", "steps_th", "start", "end", "responsible_th"),
    *("follow_up_th", "status"),
)
# The columns of measures.csv that fill each element, and so what to leave empty for it to be missing.
FILLED_BY: dict[Element, tuple[str, ...]] = {
    "issues": ("items",),
    "measures": ("title_th",),
    "steps": ("steps_th",),
    "period": ("start", "end"),
    "responsible": ("responsible_th",),
    "follow_up": ("follow_up_th",),
}
# Of every round with facts: the elements that its measures item must contain and a measure can lack.
REQUIRED = [
    (year, required.element)
    for year in known_years()
    for required in load_framework(year).publication.measures_item.required
    if required.element in FILLED_BY
]
UNKNOWN_ROUND = max(known_years()) + 1


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """Return a workspace in which nobody has written anything about the agency yet."""
    for path in (workspace.root / "params").glob(f"{AGENCY}-*.yaml"):
        path.unlink()
    return workspace


def scored_year(plan_year: int) -> int:
    """Return the year whose scores the measures of a plan year answer; the first known one its own."""
    return max(plan_year - 1, min(known_years()))


def put_scores(workspace: Workspace, year: int, *scores: tuple[str, str]) -> None:
    """Leave the agency these scores of a year and nothing else."""
    rows = [(AGENCY, *score) for score in scores]
    workspace.write_rows(f"data/{year}/stated_scores.csv", ["agency_id", "node", "score"], rows)
    for name in ("stated_results", "responses", "remarks"):
        (workspace.root / f"data/{year}/{name}.csv").unlink(missing_ok=True)


def planned(workspace: Workspace, plan_year: int, empty: Sequence[str] = (), **office: object) -> Case:
    """Build a case of two weak items, planned for a year; the second measure lacks what is ``empty``."""
    year = scored_year(plan_year)
    put_scores(workspace, year, ("o1", "0"), ("o2", "0"))
    words = {"agency_id": AGENCY, "fiscal_year": year, "office": {"plan_year": plan_year, **office}}
    workspace.write(f"params/{AGENCY}-{year}.yaml", yaml.safe_dump(words))
    return with_measures(workspace, AGENCY, plan_year, empty=empty)


def with_measures(
    workspace: Workspace,
    agency_id: str = AGENCY,
    plan_year: int = PLAN_YEAR,
    empty: Sequence[str] = (),
    draft: str = "",
) -> Case:
    """Give every weak item a complete confirmed measure; the second one lacks what stands in ``empty``."""
    weaknesses = build_case(agency_id, scored_year(plan_year), workspace.root).weaknesses
    codes = list(dict.fromkeys(w.node.code for w in weaknesses))
    rows = []
    for number, code in enumerate(codes, start=1):
        whole = {
            "agency_id": agency_id,
            "measure_id": f"m-{code}",
            "items": code,
            "title_th": f"มาตรการของ {code}",
            "steps_th": f"ขั้นตอนของ {code}",
            "start": f"{plan_year - 1}-10-{number:02}",
            "end": f"{plan_year}-09-{number:02}",
            "responsible_th": "สำนักปลัด",
            "follow_up_th": f"ติดตาม {code}",
            "status": "draft" if code == draft else "confirmed",
        }
        rows.append([("" if number == 2 and c in empty else whole[c]) for c in COLUMNS])
    assert len(rows) > 1
    workspace.write_rows(f"data/{plan_year}/measures.csv", COLUMNS, rows)
    return build_case(agency_id, scored_year(plan_year), workspace.root)


def missing(case: Case) -> list[Checked]:
    """Return the elements of the measures that are not there."""
    return [c for c in analysis_checklist(case) if not c.present and c.required.element != "analysis"]


# ---------------------------------------------------------------------- elements of every known round


def test_every_element_that_a_measure_can_lack_is_tried_here() -> None:
    """What the facts ask of a measures item is the analysis or stands in the table of this file."""
    asked = {r.element for y in known_years() for r in load_framework(y).publication.measures_item.required}
    assert asked == {"analysis", *FILLED_BY}


@pytest.mark.parametrize("year", known_years())
def test_a_complete_plan_lacks_nothing(workspace: Workspace, year: int) -> None:
    """The measures are checked against the item of the round in which they are published."""
    case = planned(workspace, year)
    asked = load_framework(year).publication.measures_item.required
    assert tuple(c.required for c in analysis_checklist(case)) == asked
    assert missing(case) == []


@pytest.mark.parametrize(("year", "element"), REQUIRED)
def test_a_missing_element_is_named(workspace: Workspace, year: int, element: Element) -> None:
    """It alone, in the checklist by the number of its measure, and at the gate in the words of the round."""
    case = planned(workspace, year, empty=FILLED_BY[element])
    (found,) = missing(case)
    has = [any(getattr(measure, column) for column in FILLED_BY[element]) for measure in case.plan]
    said = f"ขาด{found.required.text_th}: "
    assert found.required.element == element
    assert found.found_th.endswith(f"ขาดมาตรการที่ {has.index(False) + 1}")
    assert len([b for b in blockers(case) if b.text_th.startswith(said)]) == 1


@pytest.mark.parametrize("year", [y for y in known_years() if (y, "steps") in REQUIRED])
def test_what_the_round_does_not_ask_for_may_be_missing(workspace: Workspace, year: int) -> None:
    """An empty cell that is no element of the round keeps nothing from publication."""
    columns = [c for e, cells in FILLED_BY.items() if (year, e) not in REQUIRED for c in cells]
    assert missing(planned(workspace, year, empty=[c for c in columns if c != "items"])) == []


@pytest.mark.parametrize(
    ("year", "column", "lacks_period"),
    [(PLAN_YEAR, "start", True), (PLAN_YEAR, "end", True), (2566, "start", False), (2566, "end", True)],
)
def test_half_a_period_is_none_where_both_days_are_printed(
    workspace: Workspace, year: int, column: str, lacks_period: bool
) -> None:
    """A table with a column for the period needs both days; one that prints the deadline needs only that."""
    found = [c.required.element for c in missing(planned(workspace, year, empty=(column,)))]
    assert found == (["period"] if lacks_period else [])


@pytest.mark.parametrize(
    ("form", "absent"),
    [("by_indicator", []), ("follow_up", ["issues"]), ("results_and_advice", ["issues", "follow_up"])],
)
def test_what_the_chosen_table_has_no_column_for_is_missing(
    workspace: Workspace, form: str, absent: list[str]
) -> None:
    """An element that the table chosen by the office cannot print is not in the document."""
    assert [c.required.element for c in missing(planned(workspace, 2566, measures_form=form))] == absent


@pytest.mark.parametrize("year", [y for y in known_years() if y > min(known_years())])
def test_the_analysis_is_the_one_that_the_round_asks_for(workspace: Workspace, year: int) -> None:
    """Items that cannot be placed in the topics of the round are analysed otherwise, which is said."""
    found = {c.required.element: c for c in analysis_checklist(planned(workspace, year))}["analysis"]
    assert found.present
    assert ("ไม่ทราบว่าข้อของปีนี้อยู่ในประเด็นใด" in found.found_th) is (year == 2567)


@pytest.mark.parametrize(
    ("node", "score", "present"),
    [
        ("total", "88.88", False),
        ("IIT", "90", True),
        ("7", "90", True),
        ("i7", "95.24", True),
        ("o17", "0", True),
    ],
)
def test_an_analysis_needs_a_score_below_the_total(
    workspace: Workspace, node: str, score: str, present: bool
) -> None:
    """From the total alone nothing can be analysed, and the checklist says so."""
    put_scores(workspace, YEAR, (node, score))
    checked = analysis_checklist(build_case(AGENCY, YEAR, workspace.root))
    assert [c.present for c in checked if c.required.element == "analysis"] == [present]


@pytest.mark.parametrize(
    ("codes", "present", "says"),
    [
        ([i.code for i in load_framework(YEAR).indicators], True, "ไม่มีข้อที่ต้องยกระดับ"),
        ([i.code for i in load_framework(YEAR).indicators][1:], False, "คะแนนมีไม่ครบทุกตัวชี้วัด"),
        (["i4"], False, "คะแนนมีไม่ครบทุกตัวชี้วัด"),
    ],
    ids=["every indicator", "all but one", "one question"],
)
def test_only_a_whole_result_without_weakness_needs_no_measure(
    workspace: Workspace, codes: list[str], present: bool, says: str
) -> None:
    """Where nothing has to be raised there need not be a measure; from a part of the scores nobody knows."""
    put_scores(workspace, YEAR, *((code, "100") for code in codes))
    checked = analysis_checklist(build_case(AGENCY, YEAR, workspace.root))
    assert {c.present for c in checked if c.required.element != "analysis"} == {present}
    assert all(c.found_th.startswith(says) for c in checked if c.required.element != "analysis")


@pytest.mark.parametrize(("node", "score", "present"), [("total", "88.88", True), ("o17", "0", False)])
def test_a_new_element_is_new_data(workspace: Workspace, node: str, score: str, present: bool) -> None:
    """A workspace whose facts ask for the result too gets that element checked, without any code."""
    facts = yaml.safe_load((FRAMEWORKS / f"{PLAN_YEAR}.yaml").read_text(encoding="utf-8"))
    required = facts["publication"]["measures_item"]["required"]
    required.insert(0, {**required[0], "element": "result", "text_th": "ผลการประเมินของปีที่ผ่านมา"})
    workspace.write(f"facts/{PLAN_YEAR}.yaml", yaml_text(facts))
    put_scores(workspace, YEAR, (node, score))
    first = analysis_checklist(build_case(AGENCY, YEAR, workspace.root))[0]
    assert (first.required.text_th, first.present) == ("ผลการประเมินของปีที่ผ่านมา", present)


# ------------------------------------------------------------------------------------ rounds not known


def test_a_round_without_facts_is_checked_by_the_nearest(workspace: Workspace) -> None:
    """The elements of the scored year stand in for those of a round that nothing is known of."""
    case = planned(workspace, UNKNOWN_ROUND, empty=("responsible_th",))
    asked = load_framework(UNKNOWN_ROUND - 1).publication.measures_item.required
    assert tuple(c.required for c in analysis_checklist(case)) == asked
    assert [c.required.element for c in missing(case)] == ["responsible"]


@pytest.mark.parametrize(
    ("year", "says"),
    [
        (2566, "ข้อ o42 มาตรการส่งเสริมคุณธรรมและความโปร่งใสภายในหน่วยงาน ของการประเมินรอบปีงบประมาณ พ.ศ. 2566"),
        (2567, "ข้อที่ยังไม่ทราบรหัสและชื่อ ของการประเมินรอบปีงบประมาณ พ.ศ. 2567"),
        (2569, "ข้อ o25 การนำผลการประเมิน ITA ไปสู่การพัฒนาองค์กร ของการประเมินรอบปีงบประมาณ พ.ศ. 2569"),
        (
            UNKNOWN_ROUND,
            "ข้อ o25 การนำผลการประเมิน ITA ไปสู่การพัฒนาองค์กร ซึ่งเป็นของรอบปีงบประมาณ พ.ศ. 2569 เพราะยังไม่ทราบ",
        ),
    ],
)
def test_the_document_says_which_item_it_answers(workspace: Workspace, year: int, says: str) -> None:
    """Code and title of the round; where they are unknown, or borrowed from another year, that."""
    assert item_name(planned(workspace, year).requirement).startswith(says)


# --------------------------------------------------------------------------- as a reader sees the list


def rows(section: Section) -> list[tuple[str, str]]:
    """Return the elements of the table with their verdicts."""
    (table,) = [b for b in section.blocks if isinstance(b, Table)]
    return [(row.cells[0], row.cells[2]) for row in table.rows]


def test_the_reader_sees_what_is_missing(workspace: Workspace) -> None:
    """A row for each element with its verdict, each measure without it counted, a line for each blocker."""
    with_measures(workspace, draft="i10")
    path = workspace.root / f"data/{PLAN_YEAR}/measures.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("สำนักปลัด", "", 2), encoding="utf-8")
    case = build_case(AGENCY, YEAR, workspace.root)
    without = ", ".join(str(i) for i, m in enumerate(case.plan, start=1) if not m.responsible_th)
    found = f"มี {len(case.plan) - 2} จาก {len(case.plan)} มาตรการ ขาดมาตรการที่ {without}"
    section = report_of(case, digits="arabic").checklist()
    (frame,) = [b for b in section.blocks if isinstance(b, Callout)]
    assert [c.found_th for c in missing(case)] == [found]
    assert rows(section) == [
        (c.required.text_th, "มี" if c.present else "ขาด") for c in analysis_checklist(case)
    ]
    assert ("ผู้รับผิดชอบ", "ขาด") in rows(section)
    assert set(frame.lines) == {b.brief_th for b in blockers(case)}
    assert f"{len(blockers(case))} รายการ" in frame.title
    assert report_of(case, edition="publish", draft=True).checklist().blocks == ()


@pytest.mark.parametrize(
    ("year", "tables", "says"),
    [
        (PLAN_YEAR, 1, "อ่านหรืออนุมานจากเอกสารของหน่วยงาน"),
        (UNKNOWN_ROUND, 1, "เพราะยังไม่ทราบข้อของรอบที่ต้องใช้เอกสารนี้"),
        (2562, 0, "ไม่ทราบองค์ประกอบที่ต้องมีของรอบนี้"),
    ],
)
def test_what_is_not_known_of_a_round_is_said(
    workspace: Workspace, year: int, tables: int, says: str
) -> None:
    """Elements inferred from documents, a round without facts, one without elements: no verdicts."""
    section = report_of(planned(workspace, year)).checklist()
    text = section.model_dump_json()
    assert len([b for b in section.blocks if isinstance(b, Table)]) == tables
    assert says in text
    assert ("อ่านหรืออนุมานจากเอกสารของหน่วยงาน" in text) == bool(tables)


def test_a_document_that_may_be_published_has_no_frame(workspace: Workspace, add_consistent: Add) -> None:
    """Where nothing is in the way the checklist is the table alone."""
    agency = add_consistent(items={"o13": 0})
    section = report_of(with_measures(workspace, agency_id=agency.agency_id)).checklist()
    assert [b for b in section.blocks if isinstance(b, Callout)] == []
    assert {verdict for _, verdict in rows(section)} == {"มี"}


# ------------------------------------------------------------------------- an incomplete publication


@pytest.fixture
def incomplete(workspace: Workspace, add_consistent: Add) -> Task:
    """An agency that has only three missing elements and two drafts in the way of publication."""
    agency_id = add_consistent(items={"o13": 0}).agency_id
    empty = ("steps_th", "start", "end", "responsible_th")
    with_measures(workspace, agency_id=agency_id, empty=empty, draft="o13")
    texts = [{"item": "o13", "kind": "cause", "text_th": "ลิงก์ผิด", "status": "draft"}]
    words = {"agency_id": agency_id, "fiscal_year": YEAR, "texts": texts}
    workspace.write(f"params/{agency_id}-{YEAR}.yaml", yaml.safe_dump(words, allow_unicode=True))
    return Task(agency_id, "", YEAR, workspace.root, edition="publish", formats=("pdf",))


def test_a_refused_publication_names_what_is_in_its_way(incomplete: Task, tmp_path: Path) -> None:
    """Each element and each draft, nothing else, with where to settle it; none is made."""
    says = (
        "ขาดขั้นตอนหรือวิธีการปฏิบัติ: ",
        "ขาดช่วงระยะเวลาในการดำเนินการ: ",
        "ขาดผู้รับผิดชอบ: ",
        "มาตรการยังเป็นร่าง: มาตรการของ o13 (รหัส m-o13)",
        "ข้อ o13: สาเหตุยังเป็นร่าง",
    )
    places = (f"params/{incomplete.agency_id}-2568.yaml", "data/2569/measures.csv", "data/2568/remarks.csv")
    with pytest.raises(PublicationRefusedError) as caught:
        make_report(incomplete, tmp_path / "out")
    count, *lines = caught.value.found.split("\n    - ")
    assert count.startswith(f"{len(says)} รายการ")
    assert {next((said for said in says if line.startswith(said)), line) for line in lines} == {*says}
    assert len(lines) == len(says)
    assert [place for place in (*places, "--draft") if place not in caught.value.todo] == []
    assert not (tmp_path / "out").exists()


def test_a_draft_publication_is_made_with_a_watermark_on_every_page(incomplete: Task, tmp_path: Path) -> None:
    """With --draft the same document is made, and no page of it can be taken for the official one."""
    with without_kernel():
        _, path = make_report(replace(incomplete, draft=True), tmp_path / "out").paths
    pages = [text.splitlines() for text in page_texts(path)]
    assert [number for number, lines in enumerate(pages, start=1) if "ร่าง" not in lines] == []
    assert len(pages) > 5
