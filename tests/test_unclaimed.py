"""Rows and tables that belong to no agency are told, not lost."""

from __future__ import annotations

import pytest
from conftest import AGENCY, YEAR, Workspace

from ita_nb.case import build_case
from ita_nb.errors import IntakeError, Problem
from ita_nb.intake.workspace import unclaimed

HEADER = "agency_id,node,part,score\n"


@pytest.mark.parametrize(
    ("code", "near"),
    [(f"{AGENCY[:-1]}", AGENCY), (AGENCY.capitalize(), AGENCY), ("zzzzzzzz", "")],
    ids=["letter-missing", "capital", "nothing-alike"],
)
def test_a_mistyped_code_is_named(workspace: Workspace, code: str, near: str) -> None:
    """A row of a code that agencies.csv lacks is told with its file, and the nearest code if one is near."""
    workspace.write(f"data/{YEAR}/stated_scores.csv", HEADER + f"{code},total,,90\n")
    told = next(line for line in unclaimed(workspace.root, YEAR) if "มีแถว" in line)

    assert ("stated_scores.csv" in told, f'"{code}"' in told, f'"{near}")' in told) == (
        True,
        True,
        bool(near),
    )


def test_an_absent_table_is_named(workspace: Workspace) -> None:
    """A table that is not there is told: its name may be mistyped."""
    (workspace.root / f"data/{YEAR}/responses.csv").unlink()

    assert any("responses.csv" in line for line in unclaimed(workspace.root, YEAR))


# ------------------------------------------------------------------- what check and report say of one agency

SCORES = f"data/{YEAR}/stated_scores.csv"


def doubted(workspace: Workspace, agency_id: str = AGENCY) -> list[Problem]:
    """The problems of an agency that are about its code or its name."""
    rules = {"rows-of-near-code", "agency-name-twice"}
    return [p for p in build_case(agency_id, YEAR, workspace.root).problems if p.rule in rules]


@pytest.mark.parametrize(
    ("code", "named"),
    [
        (AGENCY.capitalize(), "ต่างกันที่ตัวพิมพ์ใหญ่เล็ก"),
        ("hannangm", '"hannangm"'),
        ("hannangam\u200b", "ZERO WIDTH SPACE"),
        ("\ufeffhannangam", "ZERO WIDTH NO-BREAK SPACE"),
        ("hannan\u00adgam", "SOFT HYPHEN"),
        ("han\u00a0nangam", "NO-BREAK SPACE"),
    ],
)
def test_rows_of_a_like_code_are_a_warning_of_the_agency(workspace: Workspace, code: str, named: str) -> None:
    """Rows that were most likely meant for an agency are told where its numbers are, with what differs."""
    workspace.append(SCORES, f"{code},i2,,95")
    (problem,) = doubted(workspace)
    assert (problem.severity, problem.node, problem.stated) == ("warning", "total", code)
    assert all(part in problem.message_th for part in (SCORES, named, "hannangam"))


@pytest.mark.parametrize("code", ["zzzzzzzz", "hannangam2", "hannangam๒", "tambonhannangamnuea"])
def test_other_codes_are_none_of_the_agency(workspace: Workspace, code: str) -> None:
    """A code that is not alike, or has another number in it, is another agency's."""
    workspace.append(SCORES, f"{code},i2,,95")
    assert doubted(workspace) == []


def test_a_code_is_told_to_the_agency_it_is_most_like(workspace: Workspace) -> None:
    """Of two agencies that are alike the nearer one is told, not both."""
    workspace.append("data/agencies.csv", "hannangamm,อบต.อื่น,,,")
    workspace.append(SCORES, "hannangamm,i2,,95", "Hannangamm,i1,,95")
    assert (len(doubted(workspace)), len(doubted(workspace, "hannangamm"))) == (0, 1)


def test_an_agency_without_rows_is_told_where_they_are(workspace: Workspace) -> None:
    """Where all rows bear a mistyped code, the refusal names it."""
    text = (workspace.root / SCORES).read_text(encoding="utf-8")
    workspace.write(SCORES, text.replace(f"{AGENCY},", f"{AGENCY.upper()},"))
    with pytest.raises(IntakeError, match="HANNANGAM"):
        build_case(AGENCY, YEAR, workspace.root)


TWIN = "องค์การบริหารส่วนตำบลหันนางาม,องค์การบริหารส่วนตำบล"


@pytest.mark.parametrize("name", [TWIN, TWIN.replace("ตำบลหัน", "ตำบล\u200bหัน", 1)])
def test_two_agencies_of_one_name_and_place_are_told_to_both(workspace: Workspace, name: str) -> None:
    """The same name in the same district and province is a warning of each, invisible letters or not."""
    district, province = place_of(workspace)
    workspace.append("data/agencies.csv", f"twin,{name},{district},{province}")
    workspace.append(SCORES, "twin,i2,,95")
    told = [doubted(workspace), doubted(workspace, "twin")]
    assert [[(p.rule, p.severity, p.node) for p in found] for found in told] == [
        [("agency-name-twice", "warning", "total")]
    ] * 2
    assert "twin" in told[0][0].message_th
    assert AGENCY in told[1][0].message_th


def test_one_name_in_two_districts_is_nothing(workspace: Workspace) -> None:
    """Many agencies of the country share a name; unknown districts prove nothing."""
    _, province = place_of(workspace)
    workspace.append("data/agencies.csv", f"other,{TWIN},เมือง,{province}", f"bare,{TWIN},,")
    assert doubted(workspace) == []


def place_of(workspace: Workspace) -> tuple[str, str]:
    """The district and the province of the agency of the repository."""
    agency = build_case(AGENCY, YEAR, workspace.root).agency
    return agency.district_th, agency.province_th
