"""What stands beside the reports: which files, made when, and what of people's own is kept; ita-nb index."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from batch_entries import HOSTILE, ask, batch, failed, made, place, rewrite, tables
from conftest import YEAR, Workspace
from hypothesis import given
from hypothesis import strategies as st
from made_up_province import made_up

from ita_nb.batch import pages
from ita_nb.batch.folder import ASKED, Entry, Stopped, read_entries, with_tables
from ita_nb.batch.pages import measures_page
from ita_nb.batch.summary import Summed, harmless, manifest_csv, merged_files, sum_up
from ita_nb.cli import main
from ita_nb.document import html, pdf
from ita_nb.document.blocks import Cover, Document, Paragraph
from ita_nb.errors import RenderError
from ita_nb.frames import MERGED
from ita_nb.made import RECORDS, TABLES, put, sha256_of
from ita_nb.tables import AGENCIES, columns_of, with_stem
from ita_nb.task import Limits

EVERY = (*MERGED, AGENCIES)
BESIDE = {
    *("manifest.csv", "measures.xlsx", "index.html", "tables/codebook.csv"),
    *(f"tables/{name}.{ending}" for name in EVERY for ending in ("csv", "parquet")),
}


def rows_of(content: bytes) -> list[dict[str, str]]:
    """Read a CSV file as Excel would."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a batch of two agencies, both made."""
    ask(tmp_path, ("one", 1), ("two", 1))
    for agency_id in ("one", "two"):
        place(tmp_path, agency_id)
    return tmp_path


def summed(folder: Path, *, only_asked: bool = True) -> Summed:
    """Sum up without an overview."""
    return sum_up(folder, home=None, only_asked=only_asked)


def beside(folder: Path) -> dict[str, int]:
    """Return when each file beside the agencies' folders was put there."""
    found = [*folder.glob("*.*"), *folder.glob("tables/*")]  # hidden ones as well
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in found
        if path.is_file() and path.name not in {"batch.json", "made.json"}
    }


# ---------------------------------------------------------------- when


def test_everything_is_made_and_nothing_else(folder: Path) -> None:
    """Manifest, index, workbook, codebook, every table twice; what a killed run has left goes."""
    (folder / ".index.html.part").write_bytes(b"half")

    assert (summed(folder).notes, {*beside(folder)}) == ([], BESIDE)


def test_nothing_is_made_again_when_nothing_changed(folder: Path) -> None:
    """A second time every file is the same file, and as much is known."""
    first, before = summed(folder), beside(folder)
    second = summed(folder)

    assert beside(folder) == before
    assert len({tuple((e.stem, e.status, e.name_th) for e in s.entries) for s in (first, second)}) == 1


CHANGES: dict[str, Callable[[Path], object]] = {
    "a document was made": lambda folder: place(folder, "one", pages=3),
    "one failed": lambda folder: rewrite(folder / "one", failure={"cause": "data", "message_th": "x"}),
    "one was edited": lambda folder: (folder / f"one/one-{YEAR}-analysis.html").write_text("x"),
    "one is gone": lambda folder: (folder / f"one/one-{YEAR}-analysis.html").unlink(),
    "another title": lambda folder: ask(folder, ("one", 1), ("two", 1), batch="อื่น"),
    "another digit": lambda folder: ask(folder, ("one", 1), ("two", 1), digits="arabic"),
    "one is asked for no longer": lambda folder: ask(folder, ("one", 1)),
    "a file beside is gone": lambda folder: (folder / "tables/results.csv").unlink(),
    "the record beside is damaged": lambda folder: (folder / "made.json").write_text("{"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_all_is_made_again_when_anything_changed(folder: Path, change: Callable[[Path], object]) -> None:
    """The index follows whatever it tells or links to."""
    summed(folder)
    before = beside(folder)["index.html"]
    change(folder)
    summed(folder)

    assert ({*beside(folder)}, beside(folder)["index.html"] > before) == (BESIDE, True)


def test_what_a_person_edited_beside_is_set_aside(folder: Path) -> None:
    """An edited index and workbook are kept beside the new ones, and their copies told."""
    summed(folder)
    for name in ("index.html", "measures.xlsx"):
        (folder / name).write_text("by hand")
    place(folder, "one", pages=3)
    aside = {path.name: path.read_text() for path in summed(folder).aside}

    assert aside == {"index.edited-1.html": "by hand", "measures.edited-1.xlsx": "by hand"}


def test_a_locked_file_is_told_and_the_others_are_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook that is open in Excel stays as it was, is told by name, and is made the next time."""
    summed(folder)
    place(folder, "one", pages=3)
    replace = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target.name == "measures.xlsx":
            raise PermissionError(13, "Permission denied", str(target))
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse)
        before = beside(folder)
        (note,) = summed(folder).notes
        after = beside(folder)

    assert "measures.xlsx" in note.message
    assert {name for name, at in after.items() if at == before[name]} == {"measures.xlsx"}
    assert summed(folder).notes == []
    assert beside(folder)["measures.xlsx"] > before["measures.xlsx"]


@pytest.mark.parametrize("name", ["tables", "index.html"])
def test_no_link_is_written_through(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    """A folder from elsewhere may hold links: what they lead to stays as it was, which is told."""
    elsewhere = tmp_path_factory.mktemp("other")
    (elsewhere / "index.html").write_text("mine")
    (folder / name).symlink_to(elsewhere if name == "tables" else elsewhere / name)
    (note,) = summed(folder, only_asked=False).notes

    assert f"{name} เป็นลิงก์" in note.message
    assert {path.name: path.read_text() for path in elsewhere.iterdir()} == {"index.html": "mine"}


def test_what_is_left_out_is_told_again(folder: Path) -> None:
    """A second time too, though nothing changed since."""
    place(folder, "two")
    (folder / "two/tables.parquet").write_bytes((folder / "one/tables.parquet").read_bytes())
    told = summed(folder).notes

    assert (len(told), summed(folder).notes) == (1, told)


@pytest.mark.parametrize("make", [merged_files, manifest_csv])
def test_the_same_entries_give_the_same_bytes(make: Callable[[list[Entry]], object]) -> None:
    """In whatever order the entries come."""
    assert make(batch()) == make(batch()[::-1])


# ---------------------------------------------------------------- manifest


def test_the_manifest_has_a_row_for_each_file(folder: Path) -> None:
    """Each file stands in it with size, hash and status; an edited one with its own hash, and marked."""
    path = folder / f"one/one-{YEAR}-analysis.html"
    path.write_bytes(b"by hand")
    summed(folder)
    rows = rows_of((folder / "manifest.csv").read_bytes())

    assert [row["file"].rpartition(".")[2] for row in rows] == ["ipynb", "html", "pdf", "docx"] * 2
    assert {(row["status"], row["pages"], row["errors"]) for row in rows} == {("done", "", "0")}
    assert [(row["file"], row["bytes"], row["sha256"]) for row in rows if row["edited"] == "True"] == [
        (path.relative_to(folder).as_posix(), "7", sha256_of(path))
    ]


@pytest.mark.parametrize("status", ["failed", "stopped", "left"])
def test_the_manifest_says_why_there_is_no_document(status: str) -> None:
    """An agency without a document has one row: no file, but cause, place and message, on one line."""
    (row,) = rows_of(manifest_csv([failed("bankao", status=status)]))
    told = {"cause": "cell-failed", "where": "เซลล์ที่ 7", "message_th": "ValueError: <b>ค่า</b>"}

    assert row.items() >= {"agency_id": "bankao", "status": status, "file": "", "bytes": "", **told}.items()


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_no_name_spoils_a_table(name: str) -> None:
    """Whatever an agency is called, no cell is a formula, and the manifest has one line a file."""
    entries = [made("banmai", name)]
    manifest, results = manifest_csv(entries), merged_files(entries)["tables/results.csv"]
    cells = [cell for content in (manifest, results) for row in rows_of(content) for cell in row.values()]

    assert (manifest[:3], len(manifest.decode("utf-8-sig").splitlines())) == (b"\xef\xbb\xbf", 5)
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))] == []


@pytest.mark.parametrize(
    ("text", "written"),
    [
        *(
            (text, f"'{text}")
            for text in ("=1+1", "+66 42 000000", "-ไม่มี", "@SUM(A1)", "\t=1", "\r=1", "＝1+1")
        ),
        *((same, same) for same in ("-0.50", "+3", "เทศบาล=ตำบล", "", -0.5, None)),
    ],
)
def test_formulas_become_texts(text: object, written: object) -> None:
    """An apostrophe stands before what a spreadsheet would run; plain numbers and other texts stay."""
    assert harmless(text) == written


@given(st.text())
def test_every_text_can_be_read_back(text: str) -> None:
    """At most one apostrophe is added, in front."""
    assert harmless(text) in {text, f"'{text}"}


# ---------------------------------------------------------------- merged tables


@pytest.mark.parametrize("name", MERGED)
def test_tables_hold_all_agencies_by_their_codes(name: str) -> None:
    """CSV and Parquet have the columns of the codebook, and the rows of all agencies as they were."""
    entries = [made("b", HOSTILE["formula"]), made("a", document="progress"), failed("c")]
    files = merged_files(entries)
    expected = [row for entry in (entries[1], entries[0]) for row in entry.rows(name)]

    assert pq.read_table(io.BytesIO(files[f"tables/{name}.parquet"])).to_pylist() == expected
    read = pd.read_csv(io.BytesIO(files[f"tables/{name}.csv"]))
    assert ([*read.columns], len(read)) == ([*columns_of(name)], len(expected))


def test_csv_scores_are_unrounded() -> None:
    """A recomputed score keeps every digit."""
    files = merged_files([made("banmai", result={"total_recomputed": 94.18061234567891})])

    assert [row["total_recomputed"] for row in rows_of(files["tables/results.csv"])] == ["94.18061234567891"]


def test_a_batch_without_any_document_has_its_tables() -> None:
    """They have their columns, and the agencies say what became of them."""
    files = merged_files([failed("bankao")])

    assert pq.read_table(io.BytesIO(files["tables/results.parquet"])).column_names == [*columns_of("results")]
    assert rows_of(files["tables/agencies.csv"])[0]["status"] == "failed"


def test_the_codebook_explains_every_column() -> None:
    """Each column of each table stands in codebook.csv with what it says and its unit."""
    rows = rows_of(merged_files([])["tables/codebook.csv"])

    assert [(row["table"], row["column"]) for row in rows] == [(t, c) for t in EVERY for c in columns_of(t)]
    assert all(row["th"] and row["en"] and row["unit"] for row in rows)


# ---------------------------------------------------------------- measures


def measures(agency_id: str, *states: tuple[str, str, str]) -> Entry:
    """Return a report on measures in these states, each with what its record lacks, and its reason."""
    own = tables(agency_id, "progress")
    own["progress"] = [
        {"measure_id": f"M{n}", "title_th": "<b>ชื่อ</b>", "state": state, "lacks": lacks, "reason_th": reason}
        for n, (state, lacks, reason) in enumerate(states, 1)
    ]
    return made(agency_id, f"อบต.{agency_id}", document="progress", tables=own)


def test_the_page_of_measures_counts_states_and_evidence() -> None:
    """Above stands how many are in which state with which evidence; below every measure, by agency."""
    one = measures("b", ("done", "", ""), ("not_done", "", "ไม่มีงบ"))
    other = measures("a", ("done", "output, evidence", ""), ("overdue", "evidence", ""))
    page = measures_page([one, made("c"), other], "arabic").decode()
    rows = [re.findall(r"(?s)<t[dh][^>]*>(.*?)</t[dh]>", row) for row in re.findall(r"(?s)<tr.*?</tr>", page)]

    assert rows[1:5] == [
        ["ดำเนินการแล้วเสร็จ", "1", "1", "0", "2"],
        ["ไม่ได้ดำเนินการ", "0", "0", "1", "1"],
        ["พ้นกำหนดแล้ว ยังไม่มีผลที่บันทึกไว้", "0", "1", "0", "1"],
        ["รวม", "1", "2", "1", "4"],
    ]
    name = "&lt;b&gt;ชื่อ&lt;/b&gt;"
    assert rows[6:] == [
        ["อบต.a", name, "ดำเนินการแล้วเสร็จ", "", "ขาด"],
        ["อบต.a", name, "พ้นกำหนดแล้ว ยังไม่มีผลที่บันทึกไว้", "", "ขาด"],
        ["อบต.b", name, "ดำเนินการแล้วเสร็จ", "", "มี"],
        ["อบต.b", name, "ไม่ได้ดำเนินการ", "ไม่มีงบ", "ไม่ต้องมี"],
    ]


def test_the_page_of_measures_goes_with_the_reports_on_measures(tmp_path: Path) -> None:
    """It is there, and in the index, as long as there is a report on measures in the folder."""
    place(tmp_path, "one")
    measured = place(tmp_path, "two", "progress")
    summed(tmp_path)
    assert (tmp_path / "measures.html").exists()
    assert "./measures.html" in (tmp_path / "index.html").read_text(encoding="utf-8")
    shutil.rmtree(measured)
    summed(tmp_path)

    assert not (tmp_path / "measures.html").exists()


# ---------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        (lambda folder: folder, 0, "ครบทุกแห่ง"),
        (lambda folder: ask(folder, ("one", 1), ("two", 1), ("three", 2)), 1, "ขาดส่วนที่ 2/2"),
        (lambda folder: ask(folder, ("one", 1), ("three", 1)), 1, "ยังไม่ได้ทำ 1 แห่ง"),
        (lambda folder: (folder / "two/made.json").write_text("{"), 1, "ไม่นำมารวม: two"),
        (lambda folder: rewrite(folder / "one", failure={"cause": "memory"}), 1, "ไม่สำเร็จ 1 แห่ง"),
        (
            lambda folder: [path.rename(folder / "x") for path in folder.glob("*/made.json")],
            2,
            "ไม่มีโฟลเดอร์ของหน่วยงาน",
        ),
    ],
    ids=["all well", "a part is missing", "an agency is missing", "a bad folder", "a failure", "no agencies"],
)
def test_the_index_of_a_folder(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path], object],
    status: int,
    told: str,
) -> None:
    """``ita-nb index`` sums up what lies there: 0 all well, 1 something is missing, 2 nothing to sum up."""
    change(folder)
    if status == 2:
        (folder / "batch.json").unlink()
    monkeypatch.setattr(sys, "argv", ["ita-nb", "index", str(folder)])
    with pytest.raises(SystemExit) as left:
        main()

    assert left.value.code == status
    assert told in capsys.readouterr().err
    assert (folder / "digest.txt").exists() == (status < 2)


# ---------------------------------------------------------------- the overview


LIMITS = Limits(1, 2, 3)


def overviews(monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> list[bool]:
    """Have overviews made of nothing; return of each if the tables were there before, and within limits."""
    made: list[bool] = []

    def make(folder: Path, _home: Path, _digits: str, limits: Limits | None) -> dict[str, bytes]:
        made.append((folder / "tables/results.parquet").exists() and limits == LIMITS)
        if error:
            raise error
        return {"province_overview.html": b"x"}

    monkeypatch.setattr(pages, "make_overview", make)
    return made


@pytest.fixture
def home(workspace: Workspace) -> Path:
    """Return a workspace with a batch of one agency in its outputs."""
    folder = workspace.root / "outputs" / "udon"
    place(folder, "one")
    ask(folder, ("one", 1))
    return workspace.root


def at(home: Path, **how: Any) -> Summed:
    """Sum up the batch of a workspace."""
    return sum_up(home / "outputs" / "udon", home=home, only_asked=True, limits=LIMITS, **how)


def test_the_overview_comes_after_the_tables(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It finds them, has the limits of the batch, is linked, and made again if its notebook changed only."""
    made = overviews(monkeypatch)
    notes = at(home).notes + at(home).notes
    (home / "notebooks/province_overview.ipynb").write_text("{}")
    at(home)

    assert (notes, made) == ([], [True, True])
    assert "./province_overview.html" in (home / "outputs/udon/index.html").read_text(encoding="utf-8")


def test_a_failed_overview_is_told_and_tried_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other files are made, an earlier overview stays and is linked, and the next run tries again."""
    overviews(monkeypatch)
    at(home)
    place(home / "outputs/udon", "one", pages=3)
    made = overviews(monkeypatch, RuntimeError("x"))
    told = [at(home).notes, at(home).notes]
    page = (home / "outputs/udon/index.html").read_text(encoding="utf-8")

    assert (told, made) == ([[("ภาพรวม", "RuntimeError: x")]] * 2, [True, True])
    assert (bool(re.search("PDF [3๓] หน้า", page)), "./province_overview.html" in page) == (True, True)


@pytest.mark.parametrize(
    ("asked", "how"),
    [
        ({"overview": False}, {}),
        ({"document": "progress"}, {}),
        ({}, {"overview": False}),
        ({}, {"home": None}),
    ],
    ids=["not asked for", "of measures", "the run was stopped", "no workspace"],
)
def test_there_is_not_always_an_overview(
    home: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], how: dict[str, Any]
) -> None:
    """Then none is made, and none is missing."""
    made = overviews(monkeypatch)
    ask(home / "outputs/udon", ("one", 1), **asked)

    notes = sum_up(home / "outputs/udon", **{"home": home, "only_asked": True, **how}).notes
    assert (notes, made) == ([], [])


def test_the_overview_is_of_what_lies_there(tmp_path: Path, workspace: Workspace) -> None:
    """Its notebook runs on the merged tables; it bears title and year and names no folder of this machine."""
    folder = made_up(8).write(workspace.root / "outputs" / "made-up")
    files = pages.make_overview(folder, workspace.root, "thai", None)

    assert [*files] == [f"province_overview.{ending}" for ending in ("html", "ipynb", "pdf")]
    assert [name for name, content in files.items() if str(tmp_path).encode() in content] == []


COVER = Cover(
    title=("ภาพรวมผลการประเมิน", "ประจำปีงบประมาณ พ.ศ. ๒๕๖๘"),
    agency="หน่วยงานในจังหวัดทดลอง",
    agency_id="x",
    fiscal_year=YEAR,
    running_title="ภาพรวม",
    digits="thai",
    edition="working",
)


@pytest.mark.parametrize(
    ("other", "cut", "told"),
    [
        ({}, None, nullcontext()),
        ({"title": ("อื่น",)}, None, pytest.raises(RenderError, match=r"overview\.html")),
        ({"agency": "อื่น"}, None, pytest.raises(RenderError, match=r"overview\.html")),
        ({"fiscal_year": 2500}, None, pytest.raises(RenderError, match=r"overview\.html")),
        ({}, 500, pytest.raises(RenderError, match=r"overview\.pdf")),
    ],
    ids=["right", "title", "province", "year", "cut off"],
)
def test_the_overview_is_verified(
    other: dict[str, Any], cut: int | None, told: AbstractContextManager[Any]
) -> None:
    """Files without the title, the province or the fiscal year, or that do not open, are no overview."""
    document = Document(cover=COVER, blocks=(COVER, Paragraph(text="ข้อความ")))
    files = html.render(document).encode(), pdf.render(document)[:cut]
    with told:
        pages.verify_overview(*files, COVER.model_copy(update=other))


# ---------------------------------------------------------------- folders from elsewhere are data


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
        (lambda bad: (bad / f"{STEM}.pdf").unlink(), "left", 3),
        (shutil.rmtree, "left", 0),
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
