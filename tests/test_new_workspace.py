"""``ita-nb init``: an empty workspace that leads to a report."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import command

from ita_nb.facts.loader import known_years
from ita_nb.intake.tables import AGENCIES, YEAR_TABLES, read_table

YEAR = known_years()[-1]


def test_every_table_has_its_headings(tmp_path: Path) -> None:
    """The tables of the newest known year are there, each with all columns of its form and no row."""
    (tmp_path / "งาน").mkdir()  # an empty folder that somebody made for it will do
    assert command(tmp_path, "init", "งาน").returncode == 0
    data = tmp_path / "งาน/data"
    headings = {
        path.relative_to(data).as_posix(): path.read_text(encoding="utf-8-sig")
        for path in data.rglob("*.csv")
    }
    tables = [read_table(data / str(YEAR), form, "data") for form in YEAR_TABLES]

    assert headings == {
        "agencies.csv": ",".join(AGENCIES.columns) + "\n",
        **{f"{YEAR}/{form.name}.csv": ",".join(form.columns) + "\n" for form in YEAR_TABLES},
    }
    assert [table.agency_ids for table in tables if table] == [()] * len(YEAR_TABLES)


def test_the_rest_is_there(tmp_path: Path) -> None:
    """Beside the data: the project's notebooks, a place for people's words, and a note where to begin."""
    command(tmp_path, "init", "งาน")
    made, project = (folder / "notebooks" for folder in (tmp_path / "งาน", Path(__file__).parents[1]))
    notebooks = [{path.name: path.read_bytes() for path in own.glob("*.ipynb")} for own in (made, project)]

    assert {path.name for path in made.parent.iterdir()} == {"README.txt", "data", "notebooks", "params"}
    assert notebooks[0] == notebooks[1]
    assert len([*made.iterdir()]) == len(notebooks[0])


def test_the_note_leads_to_a_check(tmp_path: Path) -> None:
    """The rows that the note gives as examples go into the tables as they stand, and are read."""
    command(tmp_path, "init", "งาน")
    note = (tmp_path / "งาน/README.txt").read_text(encoding="utf-8")
    agency, *scores = [line.strip() for line in note.splitlines() if line.strip().startswith("banmai,")]
    for name, rows in (("agencies", [agency]), (f"{YEAR}/stated_scores", scores)):
        with (tmp_path / f"งาน/data/{name}.csv").open("a", encoding="utf-8") as file:
            file.write("\n".join(rows) + "\n")
    (words,) = [line.split()[1:5] for line in note.splitlines() if "ita-nb check" in line]
    ran = command(tmp_path, *words, "--workspace", "งาน")

    assert (ran.returncode, len(scores)) == (0, 2)
    assert "องค์การบริหารส่วนตำบลบ้านใหม่" in ran.stdout


@pytest.mark.parametrize("there", ["data/agencies.csv", "ของเดิม.docx", ".git/config"])
def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path, there: str) -> None:
    """What stands there already is named, and nothing is written."""
    path = tmp_path / "งาน" / there
    path.parent.mkdir(parents=True)
    path.write_text("เดิม", encoding="utf-8")
    ran = command(tmp_path, "init", "งาน")

    assert (ran.returncode, Path(there).parts[0] in ran.stderr) == (2, True)
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == [path]


@pytest.mark.parametrize(
    ("folder", "found"), [("แฟ้ม", "แฟ้มชื่อนี้"), ("แฟ้ม/งาน", "Not a directory")], ids=["file", "below"]
)
def test_a_file_is_no_place_for_a_folder(tmp_path: Path, folder: str, found: str) -> None:
    """Where a file stands in the way, that is told like any other error."""
    (tmp_path / "แฟ้ม").write_text("เดิม", encoding="utf-8")
    ran = command(tmp_path, "init", folder)

    assert (ran.returncode, found in ran.stderr, "วิธีแก้" in ran.stderr) == (2, True, True)
