"""Rows and tables that belong to no agency are told, not lost."""

from __future__ import annotations

import pytest
from conftest import AGENCY, YEAR, Workspace

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
