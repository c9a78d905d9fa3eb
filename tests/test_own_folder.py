"""A notebook of a batch runs in a folder of its own, and finds the workspace that it was told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from ita_nb.errors import IntakeError
from ita_nb.intake.workspace import WORKSPACE, find_workspace


def _workspace(folder: Path) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "agencies.csv").touch()
    return folder


@pytest.mark.parametrize(
    ("here", "start", "found"),
    [
        ("named/own", ".", "named"),
        ("elsewhere", ".", "named"),
        ("other/own", ".", "named"),
        ("other", "own", "other"),
        ("elsewhere", "own", "named"),
    ],
    ids=["within", "outside", "in-another", "asked-for-another", "asked-for-none"],
)
def test_the_named_workspace_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: str, start: str, found: str
) -> None:
    """By default the workspace that the environment names is taken; another is taken when asked for."""
    for name in ("named", "other"):
        _workspace(tmp_path / name)
    for folder in ("named/own", "other/own", "elsewhere/own"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / here)
    monkeypatch.setenv(WORKSPACE, str(tmp_path / "named"))

    assert find_workspace(Path(start)) == (tmp_path / found).resolve()


@pytest.mark.parametrize("named", ["", "no/such/folder"])
def test_a_name_of_nothing_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """Where the environment names no folder, nothing is guessed outside any workspace."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(WORKSPACE, named)

    with pytest.raises(IntakeError):
        find_workspace(Path())
