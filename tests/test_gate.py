"""What keeps a document from publication."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import AGENCY, PLAN_YEAR, REPOSITORY, YEAR, ConsistentAgency, Workspace
from in_process import without_kernel

from ita_nb.case import Case, build_case
from ita_nb.document.gate import blockers, refuse_unready
from ita_nb.errors import PublicationRefusedError
from ita_nb.report import make_report
from ita_nb.task import Task

Add = Callable[..., ConsistentAgency]
COLUMNS = (
    "agency_id",
    "measure_id",
    "items",
    "title_th",
    "steps_th",
    "start",
    "end",
    "responsible_th",
    "status",
)


@pytest.mark.parametrize("typed", ["o12", "ข้อ o12", "ข้อ O๑๒"])
def test_a_warning_is_accepted_by_the_name_that_the_tool_prints(workspace: Workspace, typed: str) -> None:
    """``accepted`` takes a node as tables do: the warning keeps nothing back, and no entry is idle."""
    workspace.write(f"data/{YEAR}/stated_scores.csv", f"agency_id,node,score\n{AGENCY},o12,5\n")
    entry = f"{{rule: score-off-scale, node: {typed}, reason_th: ตรงกับต้นฉบับ, by_th: ปลัด, date: 1 ต.ค. 68}}"
    text = f"agency_id: {AGENCY}\nfiscal_year: {YEAR}\naccepted:\n  - {entry}\n"
    workspace.write(f"params/{AGENCY}-{YEAR}.yaml", text)
    case = build_case(AGENCY, YEAR, workspace.root)
    assert [p.rule for p in case.problems if p.rule == "acceptance-idle"] == []
    assert [line for line in lines(case) if "o12" in line and "มาตรคะแนน" in line] == []


def lines(case: Case) -> list[str]:
    """Return the blockers as the command line prints them."""
    return [blocker.text_th for blocker in blockers(case)]


def with_measures(
    workspace: Workspace, agency: ConsistentAgency, leave_out: str = "", draft: str = ""
) -> Case:
    """Build the case of a consistent agency whose every weak item has a measure, but for the exceptions."""
    weak = build_case(agency.agency_id, YEAR, workspace.root).weaknesses
    codes = list(dict.fromkeys(weakness.node.code for weakness in weak))
    assert {leave_out, draft} <= {"", *codes}
    rows = [
        (
            agency.agency_id,
            f"m-{code}",
            code,
            f"มาตรการของ {code}",
            "ขั้นหนึ่ง",
            f"{PLAN_YEAR - 1}-10-01",
            f"{PLAN_YEAR}-09-30",
            "สำนักปลัด",
            "draft" if code == draft else "confirmed",
        )
        for code in codes
        if code != leave_out
    ]
    workspace.write_rows(f"data/{PLAN_YEAR}/measures.csv", COLUMNS, rows)
    return build_case(agency.agency_id, YEAR, workspace.root)


NAMED = (
    ("คะแนนรวม", "49.74"),
    ("ตัวชี้วัดที่ 7", "97.60"),
    ("i13", "119.99"),
    ("ระดับ", "ปรับปรุงแก้ไขเร่งด่วน"),
    ("o13-missing", "มาตรการยังเป็นร่าง"),
    ("o12-incomplete", "มาตรการยังเป็นร่าง"),
    ("o16-incomplete", "มาตรการยังเป็นร่าง"),
    ("i10-absent", "มาตรการยังเป็นร่าง"),
    ("ข้อ i10", "สาเหตุยังเป็นร่าง"),
    ("ข้อ i13", "สาเหตุยังเป็นร่าง"),
    ("ข้อ e7", "สาเหตุยังเป็นร่าง"),
    ("ข้อ o16", "สาเหตุยังเป็นร่าง"),
)


def test_the_real_case_is_refused_with_all_its_blockers() -> None:
    """The refusal names the agency, the year and each contradiction, draft measure and draft cause.

    It says what to do. The assessor's remark and the note are confirmed and do not stand in the way.
    """
    case = build_case(AGENCY, YEAR, REPOSITORY)
    with pytest.raises(PublicationRefusedError) as caught:
        refuse_unready(case)
    assert case.agency.name_th in caught.value.where
    assert str(YEAR) in caught.value.where
    assert all(line in caught.value.found for line in lines(case))
    assert [named for named in NAMED if not any(all(s in line for s in named) for line in lines(case))] == []
    assert not any("(assessor)" in line or "(note)" in line for line in lines(case))
    assert "--draft" in caught.value.todo


def test_a_consistent_agency_with_confirmed_measures_may_publish(
    workspace: Workspace, add_consistent: Add, tmp_path: Path
) -> None:
    """Where all numbers agree and a confirmed measure answers every weak item, nothing blocks.

    The publication edition is made, as HTML and PDF, with no mark of a draft in it.
    """
    case = with_measures(workspace, add_consistent(items={"o13": 0}))
    assert case.weaknesses, "the made-up agency must have something to improve"
    assert blockers(case) == []
    task = Task(case.agency.agency_id, "", YEAR, workspace.root, edition="publish")
    with without_kernel():
        paths = {path.suffix: path for path in make_report(task, tmp_path / "out").paths}

    assert paths[".pdf"].read_bytes().startswith(b"%PDF")
    assert "(ร่าง)" not in paths[".html"].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("unlike", "said"),
    [({"draft": "o13"}, "m-o13"), ({"leave_out": "o13"}, "o13-missing")],
    ids=["a draft", "a draft of the catalogue for an item that nobody answered"],
)
def test_one_draft_measure_blocks(
    workspace: Workspace, add_consistent: Add, unlike: dict[str, str], said: str
) -> None:
    """A single measure that is still a draft is the one blocker, by its name."""
    case = with_measures(workspace, add_consistent(items={"o13": 0}), **unlike)
    assert [line for line in lines(case) if said in line] == lines(case) != []


def test_one_contradiction_blocks(workspace: Workspace, add_consistent: Add) -> None:
    """A stated total that does not follow from the indicators is the one blocker."""
    agency = add_consistent()
    text = (workspace.root / f"data/{YEAR}/stated_scores.csv").read_text(encoding="utf-8")
    total = next(line for line in text.splitlines() if line.startswith(f"{agency.agency_id},total"))
    workspace.edit(f"data/{YEAR}/stated_scores.csv", total, f"{agency.agency_id},total,,88.88")
    case = with_measures(workspace, agency)
    assert [line for line in lines(case) if "88.88" in line] == lines(case) != []
