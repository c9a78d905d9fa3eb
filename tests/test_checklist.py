"""What a published analysis must contain, by its round, and what is said where that is missing or unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pypdfium2
import pytest
import yaml
from conftest import AGENCY, PLAN_YEAR, YEAR, ConsistentAgency, Workspace, yaml_text
from opened import Opened

from ita_nb.case import Case, build_case
from ita_nb.document.blocks import Callout, Paragraph, Section, Table
from ita_nb.document.gate import Checked, analysis_checklist, blockers, item_name, refuse_unready
from ita_nb.errors import PublicationRefusedError
from ita_nb.facts.kinds import Element
from ita_nb.facts.loader import FRAMEWORKS, known_years, load_framework
from ita_nb.parameters import ReportParameters
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


def gate(case: Case) -> list[str]:
    """Return the lines of the gate about missing elements of the measures."""
    analysis = [c.required.text_th for c in analysis_checklist(case) if c.required.element == "analysis"]
    lines = [b.text_th for b in blockers(case) if b.text_th.startswith("ขาด")]
    return [line for line in lines if not line.startswith(tuple(f"ขาด{text}: " for text in analysis))]


# ---------------------------------------------------------------------- elements of every known round


def test_every_element_that_a_measure_can_lack_is_tried_here() -> None:
    """What the facts ask of a measures item is the analysis or stands in the table of this file."""
    asked = {r.element for y in known_years() for r in load_framework(y).publication.measures_item.required}
    assert asked == {"analysis", *FILLED_BY}


@pytest.mark.parametrize("year", known_years())
def test_a_complete_plan_lacks_nothing(workspace: Workspace, year: int) -> None:
    """Where every measure is filled in, no element of the round is missing in the measures."""
    assert missing(planned(workspace, year)) == []


@pytest.mark.parametrize("year", known_years())
def test_the_elements_are_those_of_the_round(workspace: Workspace, year: int) -> None:
    """The measures are checked against the item of the round in which they are published."""
    checked = analysis_checklist(planned(workspace, year))
    asked = load_framework(year).publication.measures_item.required
    assert tuple(c.required for c in checked) == asked


@pytest.mark.parametrize(("year", "element"), REQUIRED)
class TestMissing:
    """An element that one measure lacks is named: in the checklist, with the number, at the gate."""

    def test_it_is_the_only_one_missing(self, workspace: Workspace, year: int, element: Element) -> None:
        """Exactly the element whose cell is empty is missing."""
        case = planned(workspace, year, empty=FILLED_BY[element])
        assert [c.required.element for c in missing(case)] == [element]

    def test_the_measure_is_named_by_its_number(
        self, workspace: Workspace, year: int, element: Element
    ) -> None:
        """The number is the one that the measure has in the table of the document."""
        case = planned(workspace, year, empty=FILLED_BY[element])
        number = next(i for i, m in enumerate(case.plan, start=1) if lacks(m, FILLED_BY[element]))
        assert missing(case)[0].found_th.endswith(f"ขาดมาตรการที่ {number}")

    def test_the_gate_names_it_in_the_words_of_the_round(
        self, workspace: Workspace, year: int, element: Element
    ) -> None:
        """The gate has one line about it, in the wording of the facts of the round."""
        words = next(
            r.text_th for r in load_framework(year).publication.measures_item.required if r.element == element
        )
        (line,) = gate(planned(workspace, year, empty=FILLED_BY[element]))
        assert line.startswith(f"ขาด{words}: ")


def lacks(measure: object, columns: Sequence[str]) -> bool:
    """Say whether a measure of the plan holds nothing in these columns."""
    return not any(getattr(measure, column) for column in columns)


@pytest.mark.parametrize("year", [y for y in known_years() if (y, "steps") in REQUIRED])
def test_what_the_round_does_not_ask_for_may_be_missing(workspace: Workspace, year: int) -> None:
    """An empty cell that is no element of the round keeps nothing from publication."""
    columns = [c for e, cells in FILLED_BY.items() if (year, e) not in REQUIRED for c in cells]
    assert missing(planned(workspace, year, empty=[c for c in columns if c != "items"])) == []


def test_every_measure_that_lacks_an_element_is_counted(workspace: Workspace) -> None:
    """Of seven measures two without an owner are named, and five are said to have one."""
    with_measures(workspace)
    path = workspace.root / f"data/{PLAN_YEAR}/measures.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("สำนักปลัด", "", 2), encoding="utf-8")
    case = build_case(AGENCY, YEAR, workspace.root)
    without = [str(i) for i, m in enumerate(case.plan, start=1) if not m.responsible_th]
    whole = len(case.plan)
    assert [c.found_th for c in missing(case)] == [
        f"มี {whole - 2} จาก {whole} มาตรการ ขาดมาตรการที่ {', '.join(without)}"
    ]


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


def exhibit(case: Case, **parameters: object) -> Section:
    """Return the checklist of the document, in Arabic digits."""
    values = {"agency_id": case.agency.agency_id, "fiscal_year": case.fiscal_year, **parameters}
    values = {"digits": "arabic", **values}
    return Opened(case, ReportParameters.model_validate(values)).checklist()


def rows(section: Section) -> list[tuple[str, str]]:
    """Return the elements of the table with their verdicts."""
    (table,) = [b for b in section.blocks if isinstance(b, Table)]
    return [(row.cells[0], row.cells[2]) for row in table.rows]


def test_every_element_has_a_row_with_its_verdict(workspace: Workspace) -> None:
    """The table says of each required element whether it is there."""
    case = with_measures(workspace, empty=("responsible_th",))
    expected = [(c.required.text_th, "มี" if c.present else "ขาด") for c in analysis_checklist(case)]
    assert rows(exhibit(case)) == expected
    assert ("ผู้รับผิดชอบ", "ขาด") in expected


def test_a_round_without_facts_is_named_in_the_document(workspace: Workspace) -> None:
    """The reader is told that the round is not known and what it was compared with."""
    texts = [b.text for b in exhibit(planned(workspace, UNKNOWN_ROUND)).blocks if isinstance(b, Paragraph)]
    assert any("เพราะยังไม่ทราบข้อของรอบที่ต้องใช้เอกสารนี้" in line for line in texts)


def test_a_round_whose_elements_are_unknown_says_so(workspace: Workspace) -> None:
    """Where it is not known what a round asks for, there is no table of verdicts but a sentence."""
    section = exhibit(planned(workspace, 2562))
    assert [b for b in section.blocks if isinstance(b, Table)] == []
    assert "ไม่ทราบองค์ประกอบที่ต้องมีของรอบนี้" in section.model_dump_json()


@pytest.mark.parametrize(("year", "there"), [(PLAN_YEAR, True), (2562, False)])
def test_what_was_not_read_in_a_manual_is_called_so(workspace: Workspace, year: int, there: bool) -> None:
    """Elements that were inferred from documents of agencies carry that remark; no elements, no remark."""
    remark = "อ่านหรืออนุมานจากเอกสารของหน่วยงาน"
    assert (remark in exhibit(planned(workspace, year)).model_dump_json()) is there


def test_the_document_lists_what_keeps_it_from_publication(workspace: Workspace) -> None:
    """The frame below the table has a line for every blocker of the gate."""
    case = with_measures(workspace, empty=("responsible_th",), draft="i10")
    (frame,) = [b for b in exhibit(case).blocks if isinstance(b, Callout)]
    assert set(frame.lines) == {b.brief_th for b in blockers(case)}
    assert f"{len(blockers(case))} รายการ" in frame.title


def test_a_document_that_may_be_published_has_no_frame(workspace: Workspace, add_consistent: Add) -> None:
    """Where nothing is in the way the checklist is the table alone."""
    agency = add_consistent(items={"o13": 0})
    section = exhibit(with_measures(workspace, agency_id=agency.agency_id))
    assert [b for b in section.blocks if isinstance(b, Callout)] == []
    assert {verdict for _, verdict in rows(section)} == {"มี"}


def test_the_publication_edition_shows_no_checklist(workspace: Workspace) -> None:
    """The checklist is for the office, not for the public."""
    assert exhibit(with_measures(workspace), edition="publish", draft=True).blocks == ()


# ------------------------------------------------------------------------- an incomplete publication


class Incomplete(NamedTuple):
    """An agency whose numbers agree, with a measure that lacks three elements, and two drafts."""

    case: Case
    root: Path


@pytest.fixture
def incomplete(workspace: Workspace, add_consistent: Add) -> Incomplete:
    """Return an agency that has only its elements and drafts in the way of publication."""
    agency_id = add_consistent(items={"o13": 0}).agency_id
    empty = ("steps_th", "start", "end", "responsible_th")
    with_measures(workspace, agency_id=agency_id, empty=empty, draft="o13")
    texts = [{"item": "o13", "kind": "cause", "text_th": "ลิงก์ผิด", "status": "draft"}]
    words = {"agency_id": agency_id, "fiscal_year": YEAR, "texts": texts}
    workspace.write(f"params/{agency_id}-{YEAR}.yaml", yaml.safe_dump(words, allow_unicode=True))
    return Incomplete(build_case(agency_id, YEAR, workspace.root), workspace.root)


SAYS = (
    "ขาดขั้นตอนหรือวิธีการปฏิบัติ: ",
    "ขาดช่วงระยะเวลาในการดำเนินการ: ",
    "ขาดผู้รับผิดชอบ: ",
    "มาตรการยังเป็นร่าง: มาตรการของ o13 (รหัส m-o13)",
    "ข้อ o13: สาเหตุยังเป็นร่าง",
)


@pytest.mark.parametrize("says", SAYS)
def test_the_refusal_names_each_element_and_each_draft(incomplete: Incomplete, says: str) -> None:
    """Whoever is refused reads at once everything that is missing or not confirmed."""
    with pytest.raises(PublicationRefusedError) as caught:
        refuse_unready(incomplete.case)
    assert f"\n    - {says}" in caught.value.found


def test_the_refusal_names_nothing_else(incomplete: Incomplete) -> None:
    """The number of things to settle is that of the elements and drafts."""
    with pytest.raises(PublicationRefusedError) as caught:
        refuse_unready(incomplete.case)
    assert caught.value.found.startswith(f"{len(SAYS)} รายการ\n")
    assert caught.value.found.count("\n    - ") == len(SAYS)


@pytest.mark.parametrize(
    "place", ["params/{}-2568.yaml", "data/2569/measures.csv", "data/2568/remarks.csv", "--draft"]
)
def test_the_refusal_says_where_to_settle_it(incomplete: Incomplete, place: str) -> None:
    """The files in which drafts are confirmed are named, and the way to go on without."""
    with pytest.raises(PublicationRefusedError) as caught:
        refuse_unready(incomplete.case)
    assert place.format(incomplete.case.agency.agency_id) in caught.value.todo


def test_a_refused_publication_leaves_no_document(incomplete: Incomplete, tmp_path: Path) -> None:
    """The publication edition of an incomplete document is not made."""
    agency_id = incomplete.case.agency.agency_id
    out = tmp_path / "out"
    with pytest.raises(PublicationRefusedError):
        make_report(Task(agency_id, "", YEAR, incomplete.root, edition="publish"), out)
    assert not out.exists()


def test_a_draft_publication_is_made_with_a_watermark_on_every_page(
    incomplete: Incomplete, tmp_path: Path
) -> None:
    """With --draft the same document is made, and no page of it can be taken for the official one."""
    agency_id = incomplete.case.agency.agency_id
    task = Task(agency_id, "", YEAR, incomplete.root, edition="publish", draft=True, formats=("pdf",))
    _, path = make_report(task, tmp_path / "out").paths
    pdf = pypdfium2.PdfDocument(path)
    pages = [page.get_textpage().get_text_range().splitlines() for page in pdf]
    pdf.close()
    assert [number for number, lines in enumerate(pages, start=1) if "ร่าง" not in lines] == []
    assert len(pages) > 5
