"""The report of agencies with little data, or none that is weak: every exhibit says what it can."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from conftest import AGENCY, YEAR, Workspace
from opened import REPOSITORY, Opened, report_of

from ita_nb import exhibits
from ita_nb.case import Case, build_case
from ita_nb.document import html, pdf
from ita_nb.document.blocks import Callout, Cover, Document, Paragraph, Table

SCORES = {
    "only-the-total": [("total", "", "88.88")],
    "only-instruments": [("IIT", "", "90"), ("EIT", "", "91"), ("OIT", "", "92")],
    "only-parts": [("IIT", "", "90"), ("EIT", "1", "80"), ("EIT", "2", "100"), ("OIT", "", "92")],
    "only-one-question": [("i7", "", "๙๕.๒๔")],
    "only-one-item-at-zero": [("o17", "", "0")],
    "everything-full": [(c, "", "100") for c in ("total", "IIT", "EIT", "OIT", *map(str, range(1, 11)))],
    "ties-for-the-lowest": [("i4", "", "90"), ("i5", "", "90"), ("i6", "", "90"), ("o12", "", "100")],
    "questions-of-both-parts": [("e1", "1", "70"), ("e1", "2", "60")],
}


def document_of(report: Opened) -> Document:
    """All sections of a report, those of other forms too, as the renderers take them."""
    blocks = tuple(block for section in report.sections.values() for block in section.blocks)
    return Document(cover=next(b for b in blocks if isinstance(b, Cover)), blocks=blocks)


@pytest.fixture(params=SCORES, ids=str)
def sparse(request: pytest.FixtureRequest, workspace: Workspace) -> Case:
    """An agency of which only a few scores are known."""
    rows = [(AGENCY, *row) for row in SCORES[request.param]]
    workspace.write_rows(f"data/{YEAR}/stated_scores.csv", ["agency_id", "node", "part", "score"], rows)
    for name in ("stated_results", "responses", "remarks"):
        (workspace.root / f"data/{YEAR}/{name}.csv").unlink()
    return build_case(AGENCY, YEAR, workspace.root)


@pytest.mark.parametrize("edition", ["working", "publish"])
def test_sparse_agencies_get_a_report(sparse: Case, edition: str) -> None:
    """Whatever little is known, page and PDF are made, and no missing value shows as a Python object."""
    document = document_of(report_of(sparse, edition=edition, draft=edition == "publish"))
    text = document.model_dump_json(exclude={"blocks": {"__all__": {"svg"}}})

    assert pdf.render(document).startswith(b"%PDF")
    assert sparse.agency.name_th in html.render(document)
    assert re.findall(r"\b(?:None|nan|NaN|Fraction)\b", text) == []


def test_every_exhibit_is_displayed_by_a_notebook() -> None:
    """Each official part is called by a cell of a report's notebook."""
    names = ("agency_report.ipynb", "measures_progress.ipynb")
    cells = "".join((REPOSITORY / "notebooks" / name).read_text(encoding="utf-8") for name in names)

    assert [name for name in exhibits.__all__ if f"exhibits.{name}(" not in cells] == []


@pytest.fixture(scope="module")
def case() -> Case:
    """The real case."""
    return build_case(AGENCY, YEAR, REPOSITORY)


@pytest.mark.parametrize("digits", ["thai", "arabic"])
def test_digits_of_the_whole_document(case: Case, digits: str) -> None:
    """One digit style rules every table but the fingerprints."""
    foreign = set("0123456789" if digits == "thai" else "๐๑๒๓๔๕๖๗๘๙")
    tables = [b for b in document_of(report_of(case, digits=digits)).blocks if isinstance(b, Table)]
    cells = [c for t in tables if "ที่มา" not in t.caption for row in t.rows for c in row.cells]

    assert [cell for cell in cells if foreign & set(cell)] == []


def test_publication_shows_no_workings(case: Case) -> None:
    """Checks, uncertainty and coverage stay in the working edition, and so do unconfirmed causes."""
    report = report_of(case, edition="publish", draft=True)
    workings = [getattr(report, name)() for name in "low_lists sensitivity coverage checks unknowns".split()]
    official = (report.topics() + report.published_items()).model_dump(
        exclude={"blocks": {"__all__": {"svg"}}}
    )

    assert [section.blocks for section in workings] == [()] * 5
    assert "(ร่าง)" not in str(official)


def test_topic_with_contradicted_items_is_marked(case: Case) -> None:
    """The topic of e4 to e6 warns that their scores contradict indicator 7."""
    callouts = [b for b in report_of(case).topics().blocks if isinstance(b, Callout)]

    assert ["ตัวชี้วัดที่ ๗" in c.title for c in callouts] == [True]


@pytest.mark.parametrize(
    "hostile", ["<b>หน่วยงาน</b>", "=cmd|' /C calc'!A0", "#let x = 1", "$x$ {{ 1 }}", "a\u202eb"]
)
def test_hostile_agency_name_is_text(case: Case, hostile: str) -> None:
    """An agency's name is printed as text, whatever it holds."""
    named = replace(case, record=replace(case.record, agency=replace(case.agency, name_th=hostile)))
    page = html.render(document_of(report_of(named)))

    assert "<b>หน่วยงาน" not in page


def test_confirmed_cause_replaces_the_candidate(workspace: Workspace) -> None:
    """A confirmed cause is printed without the draft mark."""
    workspace.write(
        f"data/{YEAR}/remarks.csv",
        f"agency_id,item,kind,text_th,status\n{AGENCY},i10,cause,ทะเบียนยืมอยู่คนละอาคาร,confirmed\n",
    )
    report = report_of(build_case(AGENCY, YEAR, workspace.root), edition="publish", draft=True)
    causes = [b.text for b in report.topics().blocks if isinstance(b, Paragraph) and b.label == "สาเหตุเกิดจาก"]

    assert causes == ["ทะเบียนยืมอยู่คนละอาคาร"]
