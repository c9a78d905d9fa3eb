"""``ita-nb init``: an empty workspace that leads to a report."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ita_nb.cli import main
from ita_nb.facts.loader import known_years
from ita_nb.intake.tables import AGENCIES, YEAR_TABLES, read_table

YEAR = known_years()[-1]
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command in an empty folder; it gives the status and what was said."""
    monkeypatch.chdir(tmp_path)

    def run_here(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["ita-nb", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        shown = capsys.readouterr()
        return int(left.value.code or 0), shown.out + shown.err

    return run_here


def test_every_table_has_its_headings(run: Run) -> None:
    """The tables of the newest known year are there, each with all columns of its form and no row."""
    assert run("init", "งาน")[0] == 0
    data = Path("งาน/data")
    headings = {
        path.relative_to(data).as_posix(): path.read_text(encoding="utf-8-sig")
        for path in data.rglob("*.csv")
    }

    assert headings == {
        "agencies.csv": ",".join(AGENCIES.columns) + "\n",
        **{f"{YEAR}/{form.name}.csv": ",".join(form.columns) + "\n" for form in YEAR_TABLES},
    }
    for form in YEAR_TABLES:
        table = read_table(data / str(YEAR), form, "data")
        assert table is not None
        assert table.agency_ids == ()


def test_the_rest_is_there(run: Run) -> None:
    """Beside the data: the project's notebooks, a place for people's words, and a note where to begin."""
    run("init", "งาน")
    project = Path(__file__).parents[1] / "notebooks"

    assert sorted(path.name for path in Path("งาน").iterdir()) == [
        "README.txt",
        "data",
        "notebooks",
        "params",
    ]
    assert {path.name: path.read_bytes() for path in Path("งาน/notebooks").iterdir()} == {
        path.name: path.read_bytes() for path in project.glob("*.ipynb")
    }


def test_the_note_leads_to_a_check(run: Run) -> None:
    """The rows that the note gives as examples go into the tables as they stand, and are read."""
    run("init", "งาน")
    note = Path("งาน/README.txt").read_text(encoding="utf-8")
    agency, *scores = [line.strip() for line in note.splitlines() if line.strip().startswith("banmai,")]
    with Path("งาน/data/agencies.csv").open("a", encoding="utf-8") as file:
        file.write(agency + "\n")
    with Path(f"งาน/data/{YEAR}/stated_scores.csv").open("a", encoding="utf-8") as file:
        file.write("\n".join(scores) + "\n")
    (command,) = [line.split()[1:5] for line in note.splitlines() if "ita-nb check" in line]
    status, said = run(*command, "--workspace", "งาน")

    assert (status, len(scores)) == (0, 2)
    assert "องค์การบริหารส่วนตำบลบ้านใหม่" in said


@pytest.mark.parametrize("there", ["data/agencies.csv", "ของเดิม.docx", ".git/config"])
def test_a_folder_that_is_not_empty_is_left_alone(run: Run, there: str) -> None:
    """What stands there already is named, and nothing is written."""
    path = Path("งาน", there)
    path.parent.mkdir(parents=True)
    path.write_text("เดิม", encoding="utf-8")
    status, said = run("init", "งาน")

    assert (status, Path(there).parts[0] in said) == (2, True)
    assert [found for found in Path("งาน").rglob("*") if found.is_file()] == [path]


@pytest.mark.parametrize(
    ("folder", "found"), [("แฟ้ม", "แฟ้มชื่อนี้"), ("แฟ้ม/งาน", "Not a directory")], ids=["file", "below"]
)
def test_a_file_is_no_place_for_a_folder(run: Run, folder: str, found: str) -> None:
    """Where a file stands in the way, that is told like any other error."""
    Path("แฟ้ม").write_text("เดิม", encoding="utf-8")
    status, said = run("init", folder)

    assert (status, found in said, "วิธีแก้" in said) == (2, True, True)


def test_an_empty_folder_will_do(run: Run) -> None:
    """A folder that somebody made for it is used."""
    Path("งาน").mkdir()

    assert run("init", "งาน")[0] == 0
