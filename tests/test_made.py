"""One guarded way to replace a file: what people edited is kept, and a set is replaced whole or not."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ita_nb.made import (
    ClaimedError,
    StoreError,
    claimed,
    clear,
    edited,
    put,
    read_records,
    record_only,
)

STEM = "a-2568-analysis"
ENDINGS = ("html", "docx", "xlsx", "ipynb")
NAMES = tuple(f"{STEM}.{ending}" for ending in ENDINGS)


def contents(edition: str, *names: str) -> dict[str, bytes]:
    """Return the files of an edition."""
    return {name: f"{edition} of {name}".encode() for name in names or NAMES}


def make(folder: Path, edition: str, *names: str, stem: str = STEM) -> list[str]:
    """Put an edition in place; return the names of the copies."""
    copies = put(folder, stem, {"key": edition, "failure": None}, contents(edition, *names))
    return [copy.relative_to(folder).as_posix() for copy in copies]


def held(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder but the records."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != "made.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with an edition in it."""
    make(tmp_path / "out", "old")
    return tmp_path / "out"


def test_an_edition_replaces_the_last(folder: Path) -> None:
    """Afterwards the folder holds the new files and nothing else, and the record says which they are."""
    assert make(folder, "new") == []
    assert held(folder) == contents("new")
    assert edited(folder, read_records(folder)[STEM]) == {}


# ---------------------------------------------------------------- what people edited

Trouble = Callable[[Path], None]


def written(folder: Path, text: str) -> None:
    """Put something else in place of the record."""
    (folder / "made.json").write_text(text, encoding="utf-8")


def claiming(folder: Path, name: str) -> None:
    """Let the record claim a file outside the folder."""
    (folder.parent / "x").write_bytes(b"theirs")
    records = read_records(folder)
    records[STEM]["files"][name] = {"sha256": "0" * 64, "bytes": 6}
    written(folder, json.dumps(records))


RECORDS: dict[str, Trouble] = {
    "kept": lambda _: None,
    "deleted": lambda folder: (folder / "made.json").unlink(),
    "cut off": lambda folder: written(folder, '{"a-2568-analysis": {"fi'),
    "a list": lambda folder: written(folder, "[]"),
    "no records": lambda folder: written(
        folder, '{"a-2568-analysis": 1, "b": {"files": [1]}, "c": {"files": {"x": {}}}}'
    ),
    "deep": lambda folder: written(folder, "[" * 100_000),
    "of another agency": lambda folder: written(
        folder, (folder / "made.json").read_text(encoding="utf-8").replace("a-2568", "b-2568")
    ),
    "outside": lambda folder: claiming(folder, "../x"),
}


@pytest.mark.parametrize("trouble", RECORDS.values(), ids=RECORDS)
@pytest.mark.parametrize("name", NAMES)
def test_an_edited_file_is_never_lost(folder: Path, name: str, trouble: Trouble) -> None:
    """Whatever became of the record, the edited content is kept beside, told, and kept once."""
    (folder / name).write_bytes(b"by hand")
    trouble(folder)
    ending = name.rpartition(".")[2]
    told = make(folder, "new")

    assert f"{STEM}.edited-1.{ending}" in told
    assert (folder / f"{STEM}.edited-1.{ending}").read_bytes() == b"by hand"
    assert contents("new").items() <= held(folder).items()
    assert make(folder, "newer") == []
    assert not (folder.parent / "x").exists() or (folder.parent / "x").read_bytes() == b"theirs"


def test_each_edited_content_is_kept_once(folder: Path) -> None:
    """A content that is kept already is told again and not copied; another takes the next number."""
    told = []
    for content in (b"one", b"two", b"one"):
        (folder / NAMES[1]).write_bytes(content)
        told += make(folder, "new")

    assert told == [f"{STEM}.edited-{number}.docx" for number in (1, 2, 1)]
    assert len(held(folder)) == len(NAMES) + 2


@pytest.mark.parametrize("own", [[], [NAMES[1]]], ids=["ours", "edited"])
def test_a_format_that_is_no_longer_asked_for(folder: Path, own: list[str]) -> None:
    """What we made of it goes; what a person edited is kept."""
    for name in own:
        (folder / name).write_bytes(b"by hand")
    copies = make(folder, "new", NAMES[0])

    assert copies == [f"{STEM}.edited-1.docx"] * len(own)
    assert held(folder) == contents("new", NAMES[0]) | dict.fromkeys(copies, b"by hand")


def test_documents_share_a_folder(folder: Path) -> None:
    """Another document leaves the files of the first, and a file of both is edited by nobody."""
    for stem, edition in ((STEM, "a"), ("a-2568-progress", "b"), (STEM, "c"), ("a-2568-progress", "d")):
        assert make(folder, edition, f"{stem}.docx", "tables.parquet", stem=stem) == []

    assert held(folder).keys() == {f"{STEM}.docx", "a-2568-progress.docx", "tables.parquet"}
    assert [edited(folder, record) for record in read_records(folder).values()] == [{}, {}]


def test_what_a_failed_run_has_left_goes_with_the_next_good_one(folder: Path) -> None:
    """It stands beside the files of the last good making, and goes when there is a new one."""
    failed = {f"{STEM}.failed.ipynb": b"as far as it came"}
    put(folder, STEM, {**read_records(folder)[STEM], "failure": {"cause": "disk"}}, failed, "partial")
    beside = held(folder)
    record_only(folder, STEM, {"failure": {"cause": "data"}})

    assert beside == contents("old") | failed == held(folder)
    assert read_records(folder)[STEM]["failure"] == {"cause": "data"}
    assert make(folder, "new") == []
    assert held(folder) == contents("new")


# ---------------------------------------------------------------- killed, hindered, two at once


@pytest.mark.parametrize("number", range(len(NAMES) + 2))
def test_killed_at_any_moment_ours_are_known_for_ours(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Wherever a run ended, the next makes everything anew, and takes no file of ours for an edited one."""
    usual, left = Path.replace, [number]

    def replace(path: Path, target: Path) -> Path:
        if not left[0]:
            raise SystemExit
        left[0] -= 1
        return usual(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        with pytest.raises(SystemExit):
            make(folder, "new")
    record = read_records(folder)[STEM]

    assert record["key"] == ("" if number else "old")
    assert make(folder, "newer") == []
    assert held(folder) == contents("newer")


def full(patch: pytest.MonkeyPatch, _: Path) -> None:
    """There is no room for the last file."""
    usual = Path.write_bytes

    def write(path: Path, content: bytes) -> int:
        if NAMES[-1] in path.name:
            usual(path, b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        return usual(path, content)

    patch.setattr(Path, "write_bytes", write)


def in_the_way(_: pytest.MonkeyPatch, folder: Path) -> None:
    """A folder stands in the place of the last file."""
    (folder / NAMES[-1]).unlink()
    (folder / NAMES[-1] / "x").mkdir(parents=True)


def read_only(_: pytest.MonkeyPatch, folder: Path) -> None:
    """The folder cannot be written."""
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write everywhere")


HINDRANCES = {"full": full, "in the way": in_the_way, "read-only": read_only}


@pytest.mark.parametrize("hinder", HINDRANCES.values(), ids=HINDRANCES)
def test_all_files_are_replaced_or_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch, hinder: Callable[[pytest.MonkeyPatch, Path], None]
) -> None:
    """Where one file cannot be written all are as they were, no half one is left, and it is told."""
    hinder(monkeypatch, folder)
    before = held(folder)
    with pytest.raises(StoreError) as failed:
        make(folder, "new")
    folder.chmod(0o700)

    assert held(folder) == before
    assert (failed.value.where, "--out" in failed.value.todo) == (str(folder), True)


@pytest.mark.parametrize(
    "call",
    [
        lambda folder: make(folder, "new"),
        lambda folder: record_only(folder, STEM, {}),
        lambda folder: claimed(folder).__enter__(),
    ],
    ids=["put", "record", "claim"],
)
def test_a_place_that_is_a_file_is_told(tmp_path: Path, call: Callable[[Path], Any]) -> None:
    """A folder that cannot be made is told, by whoever needs it."""
    (tmp_path / "out").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="--out"):
        call(tmp_path / "out" / "a")


def test_half_files_are_cleared(folder: Path) -> None:
    """What a killed run left half written goes, in the folders of agencies too; nothing else does."""
    kept = held(folder)
    for place in (folder, folder / "a"):
        place.mkdir(exist_ok=True)
        (place / f".{NAMES[0]}.part").write_bytes(b"half")
    clear(folder)

    assert held(folder) == kept


HOLD = """
import sys, time
from pathlib import Path
from ita_nb.made import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_is_for_one_run_at_a_time(tmp_path: Path) -> None:
    """A second run is refused as long as the first lives, however that ends."""
    other = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE)
    other.stdout.readline()
    with pytest.raises(ClaimedError, match="--out"), claimed(tmp_path):
        pass
    other.kill()
    other.communicate()
    with claimed(tmp_path, 10):
        assert held(tmp_path).keys() <= {".lock"}
