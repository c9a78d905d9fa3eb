"""What is read of a folder of agencies: what became of each, and whatever comes from elsewhere is data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from batch_entries import ask, place, rewrite, tables
from conftest import YEAR

from ita_nb.batch.folder import ASKED, Entry, Stopped, read_entries, with_tables
from ita_nb.made import RECORDS, TABLES, put
from ita_nb.tables import with_stem

STEM = f"bad-{YEAR}-analysis"
FAILURE = {
    "cause": "cell-failed",
    "cell": 3,
    "where": "เซลล์ที่ 3",
    "message_th": "KeyError",
    "command": "rm -rf /",
}


def read(folder: Path, *, only_asked: bool = False) -> tuple[dict[str, Entry], str]:
    """Return the entries of a folder by agency, and all that is told beside them."""
    entries, notes = read_entries(folder, only_asked=only_asked)
    entries, left_out = with_tables(folder, entries)
    return {entry.agency_id: entry for entry in entries}, "\n".join(": ".join(n) for n in (*notes, *left_out))


# ---------------------------------------------------------------- what became of each


def gone(bad: Path) -> None:
    """Remove a document."""
    (bad / f"{STEM}.pdf").unlink()


def no_folder(bad: Path) -> None:
    """Remove all."""
    for path in bad.iterdir():
        path.unlink()
    bad.rmdir()


def only_a_failure(bad: Path) -> None:
    """Leave what a run leaves that failed at the first attempt."""
    for path in bad.iterdir():
        path.unlink()
    record = {"agency_id": "bad", "fiscal_year": YEAR, "document": "analysis", "key": "", "failure": FAILURE}
    put(bad, STEM, {**record, "files": {}}, {f"{STEM}.failed.ipynb": b"{}"}, "partial")


@pytest.mark.parametrize(
    ("change", "status", "files"),
    [
        (lambda bad: bad, "done", 4),
        (lambda bad: rewrite(bad, made_at="9999-12-31T00:00:00+00:00"), "done", 4),
        (lambda bad: rewrite(bad, key="other"), "left", 4),
        (lambda bad: rewrite(bad, failure=FAILURE), "failed", 4),
        (lambda bad: rewrite(bad, failure={"cause": "no-data", "message_th": ""}), "stopped", 4),
        (only_a_failure, "failed", 0),
        (gone, "left", 3),
        (no_folder, "left", 0),
    ],
    ids=[
        "made",
        "by another clock",
        "of other data",
        "failed",
        "stopped",
        "never made",
        "a file is gone",
        "no folder",
    ],
)
def test_what_became_of_an_agency(
    tmp_path: Path, change: Callable[[Path], object], status: str, files: int
) -> None:
    """The record says it, against what was asked for; files of an earlier making are still known."""
    ask(tmp_path, ("bad", 1))
    change(place(tmp_path, "bad"))
    for only_asked in (True, False):
        entry = read(tmp_path, only_asked=only_asked)[0]["bad"]
        assert (entry.status, len(entry.made)) == (status, files)


def test_what_a_failed_run_has_left_is_known(tmp_path: Path) -> None:
    """The partial notebook is named, the message kept, and no command of the record."""
    only_a_failure(place(tmp_path, "bad"))
    entry = read(tmp_path)[0]["bad"]

    assert (entry.kept, entry.failure and entry.failure.where) == (f"bad/{STEM}.failed.ipynb", "เซลล์ที่ 3")
    assert "rm -rf" not in repr(entry)


def test_an_edited_file_is_known(tmp_path: Path) -> None:
    """It stays in place with its own hash and size, and the others are not edited."""
    path = place(tmp_path, "bad") / f"{STEM}.docx"
    path.write_bytes(b"edited by hand")
    files = read(tmp_path)[0]["bad"].made

    assert [(file.path, file.size) for file in files if file.is_edited] == [(f"bad/{STEM}.docx", 14)]


def test_two_documents_share_a_folder(tmp_path: Path) -> None:
    """An analysis and a report on measures are two entries, each with its own tables."""
    bad = place(tmp_path, "bad")
    stem = f"bad-{YEAR}-progress"
    both = with_stem((bad / TABLES).read_bytes(), stem, tables("bad", "progress"))
    record = {"agency_id": "bad", "fiscal_year": YEAR, "document": "progress", "key": "k"}
    put(bad, stem, record, {f"{stem}.html": b"html", TABLES: both})
    entries = with_tables(tmp_path, read_entries(tmp_path, only_asked=False)[0])[0]

    assert [(e.document, len(e.made), len(e.rows("progress"))) for e in entries] == [
        ("analysis", 4, 0),
        ("progress", 1, 4),
    ]


def test_who_is_asked_for(tmp_path: Path) -> None:
    """The end of a run counts its own part of the batch; an index whatever lies there, and who is missing."""
    ask(tmp_path, ("one", 1), ("two", 2), ("three", 3), part="1/3")
    for agency_id in ("one", "two", "extra"):
        place(tmp_path, agency_id)
    own, of_all = read(tmp_path, only_asked=True), read(tmp_path)

    assert ({*own[0]}, own[1]) == ({"one"}, "")
    assert {i: e.status for i, e in of_all[0].items()} == {
        "one": "done",
        "two": "done",
        "three": "left",
        "extra": "done",
    }
    assert of_all[1] == "ขาดส่วนที่ 3/3: 1 แห่ง"


def test_agencies_without_a_folder_are_told(tmp_path: Path) -> None:
    """Whoever was stopped and has no folder stands in batch.json, whatever the code is."""
    stop = Stopped(agency_id="../x\x1b[2J", name_th="", cause="unknown", message_th="ไม่รู้จัก")
    ask(tmp_path, ("one", 1), stopped=(stop,))
    place(tmp_path, "one")
    found = read(tmp_path, only_asked=True)[0]

    assert {i: e.status for i, e in found.items()} == {"one": "done", "../x[2J": "stopped"}


# ---------------------------------------------------------------- from elsewhere


def linked(path: Path) -> None:
    """Put a link in a path's place, to the same content elsewhere."""
    elsewhere = path.parents[1] / "tables" / path.name
    elsewhere.parent.mkdir(exist_ok=True)
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def packed(bad: Path, stem: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Put other tables into the folder, with a record that says so."""
    content = rows and with_stem(None, stem, rows)
    (bad / f"{STEM}.html").unlink()
    put(bad, STEM, {**json.loads((bad / RECORDS).read_text())[STEM]}, {TABLES: content or b"PAR1"})


def replaced(path: Path, content: bytes) -> None:
    """Write something else."""
    path.write_bytes(content)


def file_named(bad: Path, name: str) -> None:
    """Name a file in the record that is no document of the agency."""
    known = json.loads((bad / RECORDS).read_text())[STEM]["files"]
    rewrite(bad, files={**known, name: {"sha256": "f" * 64, "bytes": 1}})


BAD: dict[str, Callable[[Path], object]] = {
    "no record": lambda bad: (bad / RECORDS).unlink(),
    "cut off": lambda bad: replaced(bad / RECORDS, (bad / RECORDS).read_bytes()[:-20]),
    "no JSON": lambda bad: replaced(bad / RECORDS, b"\xff\xfe"),
    "a list": lambda bad: replaced(bad / RECORDS, b"[]"),
    "too deep": lambda bad: replaced(bad / RECORDS, b'{"a":' * 100_000),
    "too long": lambda bad: replaced(bad / RECORDS, (bad / RECORDS).read_bytes() + b" " * 2_000_000),
    "text for a number": lambda bad: rewrite(bad, pages="12"),
    "negative": lambda bad: rewrite(bad, errors=-1),
    "endless number": lambda bad: rewrite(bad, seconds=float("inf")),
    "no year": lambda bad: rewrite(bad, fiscal_year=10**400),
    "unknown cause": lambda bad: rewrite(bad, failure={**FAILURE, "cause": "none"}),
    "no hash": lambda bad: rewrite(bad, files={f"{STEM}.html": {"sha256": "x", "bytes": 1}}),
    "another agency": lambda bad: rewrite(bad, agency_id="good"),
    "another document": lambda bad: rewrite(bad, stem=f"bad-{YEAR}-progress"),
    "a file above": lambda bad: file_named(bad, "../good/x.html"),
    "a file below": lambda bad: file_named(bad, "x/y.html"),
    "a program": lambda bad: file_named(bad, f"{STEM}.exe"),
    "without tables": lambda bad: rewrite(bad, files={f"{STEM}.html": {"sha256": "f" * 64, "bytes": 1}}),
    "the folder is a link": lambda bad: linked(bad),
    "the record is a link": lambda bad: linked(bad / RECORDS),
    "a file is a link": lambda bad: linked(bad / f"{STEM}.pdf"),
    "a file is a folder": lambda bad: ((bad / f"{STEM}.pdf").unlink(), (bad / f"{STEM}.pdf").mkdir()),
    "tables changed": lambda bad: replaced(
        bad / TABLES, with_stem(None, STEM, tables("bad", total_stated=1.0))
    ),
    "tables damaged": lambda bad: packed(bad, STEM, {}),
    "rows of another agency": lambda bad: packed(bad, STEM, tables("good")),
    "rows under another": lambda bad: packed(bad, f"good-{YEAR}-analysis", tables("good")),
    "another document's": lambda bad: packed(bad, STEM, tables("bad", document="progress")),
    "no number": lambda bad: packed(bad, STEM, tables("bad", total_stated=float("nan"))),
    "no code": lambda bad: bad.rename(bad.with_name("รหัส ไทย")),
    "a long code": lambda bad: bad.rename(bad.with_name("b" * 41)),
}


@pytest.mark.parametrize("defect", BAD.values(), ids=BAD)
def test_a_bad_folder_is_told_and_left_out(tmp_path: Path, defect: Callable[[Path], object]) -> None:
    """It is named once, nothing of it is counted, and the others go on."""
    place(tmp_path, "good")
    defect(place(tmp_path, "bad"))
    entries, told = read(tmp_path)

    assert [*entries] == ["good"]
    assert told.count("ไม่นำมารวม: ") == 1 == len(told.splitlines())


def test_a_bad_folder_that_was_asked_for_is_left(tmp_path: Path) -> None:
    """Its agency stands among those that are missing."""
    ask(tmp_path, ("bad", 1), ("good", 1))
    place(tmp_path, "good")
    packed(place(tmp_path, "bad"), STEM, tables("good"))

    assert {i: (e.status, len(e.made)) for i, e in read(tmp_path)[0].items()} == {
        "good": ("done", 4),
        "bad": ("left", 0),
    }


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[1]",
        b'{"batch": 1}',
        b" " * 21_000_000,
        b'{"batch": "x", "fiscal_year": 2568, "document": "x"}',
    ],
    ids=["no JSON", "a list", "a number", "too long", "unknown word"],
)
def test_a_bad_list_of_the_asked_is_told(tmp_path: Path, content: bytes) -> None:
    """Who is missing is not known then; what lies there is."""
    place(tmp_path, "good")
    (tmp_path / ASKED).write_bytes(content)
    entries, told = read(tmp_path)

    assert ([*entries], ASKED in told) == (["good"], True)


def test_other_folders_are_nobodys_business(tmp_path: Path) -> None:
    """What holds neither record nor documents is passed over without a word."""
    for name in ("tables", "mine", ".hidden", "รูป"):
        (tmp_path / name).mkdir()
    (tmp_path / "tables" / RECORDS).write_text("{")

    assert read(tmp_path) == ({}, "")


def test_texts_from_elsewhere_steer_nothing(tmp_path: Path) -> None:
    """Control characters are gone from names and messages, and what is endless is cut."""
    failure = {**FAILURE, "where": "ก\nข\x1b]0;x\x07" + "ค" * 5000, "message_th": "\x1b[2Jพัง"}
    rewrite(place(tmp_path, "bad"), name_th="อบต.\u202eก\x1b[31m", failure=failure)
    entry = read_entries(tmp_path, only_asked=False)[0][0]

    assert "\x1b" not in repr(entry)
    assert (entry.name_th, entry.failure and len(entry.failure.where)) == ("อบต.ก[31m", 1000)
