"""What stands beside the reports: which files, made when, and what of people's own is kept; ita-nb index."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable
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
from ita_nb.batch.folder import Entry
from ita_nb.batch.pages import measures_page
from ita_nb.batch.summary import Summed, harmless, manifest_csv, merged_files, sum_up
from ita_nb.cli import main
from ita_nb.document import html, pdf
from ita_nb.document.blocks import Cover, Document, Paragraph
from ita_nb.errors import RenderError
from ita_nb.frames import MERGED
from ita_nb.made import put
from ita_nb.tables import AGENCIES, columns_of
from ita_nb.task import Limits

TABLES = (*MERGED, AGENCIES)
BESIDE = {
    *("manifest.csv", "measures.xlsx", "index.html", "tables/codebook.csv"),
    *(f"tables/{name}.{ending}" for name in TABLES for ending in ("csv", "parquet")),
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
    assert summed(folder).notes == []
    assert {*beside(folder)} == BESIDE


def test_nothing_is_made_again_when_nothing_changed(folder: Path) -> None:
    """A second time every file is the same file, and as much is known."""
    first, before = summed(folder), beside(folder)
    second = summed(folder)

    assert beside(folder) == before
    assert [(e.stem, e.status, e.name_th) for e in second.entries] == [
        (e.stem, e.status, e.name_th) for e in first.entries
    ]


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
    before = beside(folder)
    change(folder)
    summed(folder)

    assert {*beside(folder)} == BESIDE
    assert beside(folder)["index.html"] > before["index.html"]


def test_what_a_person_edited_beside_is_set_aside(folder: Path) -> None:
    """An edited index and workbook are kept beside the new ones, and their copies told."""
    summed(folder)
    for name in ("index.html", "measures.xlsx"):
        (folder / name).write_text("by hand")
    place(folder, "one", pages=3)
    copies = {folder / "index.edited-1.html", folder / "measures.edited-1.xlsx"}

    assert {*summed(folder).aside} == copies
    assert {path.read_text() for path in copies} == {"by hand"}


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

    assert "measures.xlsx" in note.message
    assert {name for name, at in beside(folder).items() if at == before[name]} == {"measures.xlsx"}
    assert summed(folder).notes == []
    assert beside(folder)["measures.xlsx"] > before["measures.xlsx"]


@pytest.mark.parametrize("name", ["tables", "index.html"])
def test_no_link_is_written_through(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    """A folder from elsewhere may hold links: what they lead to stays as it was, which is told."""
    elsewhere = tmp_path_factory.mktemp("other") / "elsewhere"
    elsewhere.mkdir() if name == "tables" else elsewhere.write_text("mine")
    (folder / name).symlink_to(elsewhere)
    (note,) = summed(folder, only_asked=False).notes

    assert f"{name} เป็นลิงก์" in note.message
    assert elsewhere.read_text() == "mine" if elsewhere.is_file() else not [*elsewhere.iterdir()]


def test_what_is_left_out_is_told_again(folder: Path) -> None:
    """A second time too, though nothing changed since."""
    put(
        folder / "two",
        f"two-{YEAR}-analysis",
        {"agency_id": "two", "fiscal_year": YEAR, "document": "analysis"},
        {},
    )
    place(folder, "two")
    content = (folder / "one/tables.parquet").read_bytes()
    record = {"agency_id": "two", "name_th": "", "fiscal_year": YEAR, "document": "analysis", "key": "k"}
    put(folder / "two", f"two-{YEAR}-analysis", record, {"tables.parquet": content})
    told = summed(folder).notes

    assert len(told) == 1
    assert summed(folder).notes == told


def test_the_same_entries_give_the_same_bytes() -> None:
    """In whatever order the entries come."""
    assert merged_files(batch()) == merged_files(batch()[::-1])
    assert manifest_csv(batch()) == manifest_csv(batch()[::-1])


# ---------------------------------------------------------------- manifest


def test_the_manifest_has_a_row_for_each_file(folder: Path) -> None:
    """Each file stands in it with size, hash and status; an edited one with its own hash, and marked."""
    path = folder / f"one/one-{YEAR}-analysis.html"
    path.write_bytes(b"by hand")
    summed(folder)
    rows = rows_of((folder / "manifest.csv").read_bytes())
    (edited,) = (row for row in rows if row["edited"] == "True")

    assert [row["file"].rpartition(".")[2] for row in rows] == ["ipynb", "html", "pdf", "docx"] * 2
    assert {(row["status"], row["pages"], row["errors"]) for row in rows} == {("done", "", "0")}
    assert (edited["file"], edited["bytes"], len(edited["sha256"])) == (
        path.relative_to(folder).as_posix(),
        "7",
        64,
    )


@pytest.mark.parametrize("status", ["failed", "stopped", "left"])
def test_the_manifest_says_why_there_is_no_document(status: str) -> None:
    """An agency without a document has one row: no file, but cause, place and message, on one line."""
    (row,) = rows_of(manifest_csv([failed("bankao", status=status)]))

    assert (row["agency_id"], row["status"], row["file"], row["bytes"]) == ("bankao", status, "", "")
    assert [row[c] for c in ("cause", "where", "message_th")] == [
        "cell-failed",
        "เซลล์ที่ 7",
        "ValueError: <b>ค่า</b>",
    ]


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_no_name_spoils_a_table(name: str) -> None:
    """Whatever an agency is called, no cell is a formula, and the manifest has one line a file."""
    entries = [made("banmai", name)]
    manifest = manifest_csv(entries)
    cells = [
        cell
        for content in (manifest, merged_files(entries)["tables/results.csv"])
        for row in rows_of(content)
        for cell in row.values()
    ]

    assert (manifest[:3], len(manifest.decode("utf-8-sig").splitlines())) == (b"\xef\xbb\xbf", 5)
    assert [cell for cell in cells if cell[:1] in {*"=+-@\t"} - {""}] == []


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
    entry: Entry = made("banmai", result={"total_recomputed": 94.18061234567891})
    (row,) = rows_of(merged_files([entry])["tables/results.csv"])

    assert float(row["total_recomputed"]) == 94.18061234567891


def test_a_batch_without_any_document_has_its_tables() -> None:
    """They have their columns, and the agencies say what became of them."""
    files = merged_files([failed("bankao")])

    assert pd.read_parquet(io.BytesIO(files["tables/results.parquet"])).columns.to_list() == [
        *columns_of("results")
    ]
    assert rows_of(files["tables/agencies.csv"])[0]["status"] == "failed"


def test_the_codebook_explains_every_column() -> None:
    """Each column of each table stands in codebook.csv with what it says and its unit."""
    rows = rows_of(merged_files([])["tables/codebook.csv"])

    assert [(row["table"], row["column"]) for row in rows] == [(t, c) for t in TABLES for c in columns_of(t)]
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
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert ((tmp_path / "measures.html").exists(), "./measures.html" in index) == (True, True)
    for path in measured.iterdir():
        path.unlink()
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
    first, again = at(home), at(home)
    notebook = home / "notebooks" / "province_overview.ipynb"
    notebook.parent.mkdir(exist_ok=True)
    notebook.write_text("{}")
    at(home)

    assert (first.notes, again.notes, made) == ([], [], [True, True])
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
    assert ("PDF 3 หน้า" in page or "PDF ๓ หน้า" in page, "./province_overview.html" in page) == (True, True)


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
    ("other", "cut", "named"),
    [
        ({}, None, ""),
        ({"title": ("อื่น",)}, None, r"overview\.html"),
        ({"agency": "อื่น"}, None, r"overview\.html"),
        ({"fiscal_year": 2500}, None, r"overview\.html"),
        ({}, 500, r"overview\.pdf"),
    ],
    ids=["right", "title", "province", "year", "cut off"],
)
def test_the_overview_is_verified(other: dict[str, Any], cut: int | None, named: str) -> None:
    """Files without the title, the province or the fiscal year, or that do not open, are no overview."""
    document = Document(cover=COVER, blocks=(COVER, Paragraph(text="ข้อความ")))
    files = html.render(document).encode(), pdf.render(document)[:cut], COVER.model_copy(update=other)
    if not named:
        pages.verify_overview(*files)
        return
    with pytest.raises(RenderError, match=named):
        pages.verify_overview(*files)
