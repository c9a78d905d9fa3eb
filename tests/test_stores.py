"""Finished files are put in place together or not at all; what a person edited is kept."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest

from ita_nb.batch.stores import StoreError, copy_aside, put_together, remove
from ita_nb.batch.task import MadeFile

NAMES = ("a-2568-analysis.html", "a-2568-analysis.pdf")


@pytest.fixture
def made(tmp_path: Path) -> list[Path]:
    """Return two finished files in a work folder."""
    return _made(tmp_path / "work", b"new")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a folder for the files of an agency, with an earlier edition in it."""
    put_together(_made(tmp_path / "earlier", b"old"), tmp_path / "out" / "a")
    return tmp_path / "out" / "a"


def _made(folder: Path, content: bytes) -> list[Path]:
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes(content + name.encode())
    return [folder / name for name in NAMES]


def _held(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}


def test_the_result_describes_the_files(made: list[Path], out: Path) -> None:
    """Paths begin with the agency's folder; sizes and fingerprints are those of what was put in place."""
    described = put_together(made, out)

    assert described == tuple(
        MadeFile(f"a/{name}", len(content), hashlib.sha256(content).hexdigest())
        for name, content in sorted(_held(out).items())
    )


def test_the_earlier_edition_is_replaced(made: list[Path], out: Path) -> None:
    """Afterwards the place holds the new files, and nothing else."""
    put_together(made, out)

    assert _held(out) == {name: b"new" + name.encode() for name in NAMES}


def test_copies_are_kept_under_the_next_free_name(out: Path) -> None:
    """Each edited content is kept once, under the first number that is free, and the file stays."""
    names = []
    for content in (b"one", b"two", b"one"):
        (out / NAMES[0]).write_bytes(content)
        names.append(copy_aside(out / NAMES[0]).name)
    held = _held(out)

    assert names == [f"a-2568-analysis.edited-{number}.html" for number in (1, 2, 1)]
    assert [held[name] for name in (*names[:2], NAMES[0])] == [b"one", b"two", b"one"]
    assert len(held) == len(NAMES) + 2


def test_what_cannot_be_copied_is_told(out: Path) -> None:
    """A file that cannot be read is an error, not a lost copy."""
    with pytest.raises(StoreError, match="missing"):
        copy_aside(out / "missing.docx")


def test_remove_takes_away_what_is_there(out: Path) -> None:
    """A file is removed; one that is not there is no error."""
    for _ in range(2):
        remove(out / NAMES[0])

    assert list(_held(out)) == [NAMES[1]]


def test_a_full_disk_leaves_the_earlier_edition(
    made: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When there is no room for the second copy, both earlier files stand and no half one does."""
    place = tmp_path / "out" / "a"
    put_together(_made(tmp_path / "earlier", b"old"), place)

    def copy(path: Path, part: Path) -> None:
        part.write_bytes(b"half")
        if path.name == NAMES[1]:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ita_nb.batch.stores.shutil.copyfile", copy)
    with pytest.raises(StoreError) as failed:
        put_together(made, place)

    assert "No space left" in failed.value.found
    assert _held(place) == {name: b"old" + name.encode() for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_cannot_be_replaced_leaves_the_set(name: str, made: list[Path], tmp_path: Path) -> None:
    """Where a folder stands in the place of one file, the other one is not replaced either."""
    place = tmp_path / "out" / "a"
    put_together(_made(tmp_path / "earlier", b"old"), place)
    (place / name).unlink()
    (place / name).mkdir()
    other = next(n for n in NAMES if n != name)

    with pytest.raises(StoreError):
        put_together(made, place)

    assert _held(place) == {other: b"old" + other.encode()}


def test_a_place_that_is_a_file_is_told(made: list[Path], tmp_path: Path) -> None:
    """The message names the place and what to do."""
    (tmp_path / "out").write_text("", encoding="utf-8")

    with pytest.raises(StoreError) as failed:
        put_together(made, tmp_path / "out" / "a")

    assert failed.value.where == str(tmp_path / "out" / "a")
    assert "--out" in failed.value.todo
