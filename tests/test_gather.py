"""The files beside the reports: manifest, merged tables, and how they are put in place."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from batch_entries import HOSTILE, batch, failed, made
from hypothesis import given
from hypothesis import strategies as st

from ita_nb.batch.content import columns_of
from ita_nb.batch.entries import Entry
from ita_nb.batch.gather import MANIFEST_COLUMNS, gather, manifest_csv
from ita_nb.batch.merged import harmless, merged, table_csv, table_parquet
from ita_nb.frames import MERGED

TITLE = "ผลการประเมิน จังหวัดทดลอง"


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the content of every file by its path in the folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def rows_of(content: bytes) -> list[dict[str, str]]:
    """Read a CSV file as Excel would."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_everything_beside_the_reports_is_written(tmp_path: Path) -> None:
    """Manifest, index, workbook, codebook, and every table of the codebook twice; and nothing else."""
    written = gather(tmp_path, batch(), title_th=TITLE)

    tables = {f"tables/{name}.{ending}" for name in MERGED for ending in ("csv", "parquet")}
    expected = {"manifest.csv", "index.html", "measures.xlsx", "tables/codebook.csv", *tables}
    assert {*files_of(tmp_path)} == expected
    assert {path.relative_to(tmp_path).as_posix() for path in written} == expected


def test_the_same_entries_give_the_same_bytes(tmp_path: Path) -> None:
    """A second time, and in whatever order the entries come, every file is the same to the byte."""
    gather(tmp_path / "a", batch(), title_th=TITLE)
    gather(tmp_path / "b", batch()[::-1], title_th=TITLE)

    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


def test_only_the_manifest_tells_what_was_not_made_anew(tmp_path: Path) -> None:
    """An unchanged document is, for all readers but those of the manifest, a document that was made."""
    gather(tmp_path / "a", [made("banmai")], title_th=TITLE)
    gather(tmp_path / "b", [made("banmai", status="unchanged")], title_th=TITLE)
    first, second = files_of(tmp_path / "a"), files_of(tmp_path / "b")

    assert [name for name in first if first[name] != second[name]] == ["manifest.csv"]


def test_a_batch_without_any_document_has_its_files(tmp_path: Path) -> None:
    """Where everything failed, the tables have their headers and the manifest says why."""
    gather(tmp_path, [failed("bankao")], title_th=TITLE)

    assert rows_of((tmp_path / "tables/results.csv").read_bytes()) == []
    assert pd.read_parquet(tmp_path / "tables/results.parquet").columns.to_list() == [*columns_of("results")]
    assert rows_of((tmp_path / "manifest.csv").read_bytes())[0]["cause"] == "cell-failed"


def test_a_locked_file_is_told_and_the_others_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workbook that is open in Excel stays as it was, is told by name, and leaves no half file."""
    (tmp_path / "measures.xlsx").write_bytes(b"open in Excel")
    replace = Path.replace

    def locked(path: Path, target: Path) -> Path:
        if target.name == "measures.xlsx":
            raise PermissionError(13, "Permission denied")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", locked)
    told: list[str] = []
    written = gather(tmp_path, batch(), title_th=TITLE, warn=told.append)

    assert (tmp_path / "measures.xlsx").read_bytes() == b"open in Excel"
    assert [line for line in told if "measures.xlsx" in line] == told
    assert len(told) == 1
    assert {"manifest.csv", "index.html"} <= {path.name for path in written}
    assert [name for name in files_of(tmp_path) if name.endswith(".part")] == []


def test_what_a_killed_run_left_is_replaced(tmp_path: Path) -> None:
    """A half written file of an earlier run is gone after the next one."""
    (tmp_path / ".manifest.csv.part").write_bytes(b"half")
    gather(tmp_path, batch(), title_th=TITLE)

    assert [name for name in files_of(tmp_path) if name.endswith(".part")] == []


# --- manifest --------------------------------------------------------------------------------------


def test_manifest_has_a_row_for_each_file() -> None:
    """Each file of each agency stands in the manifest with its size, fingerprint and status."""
    rows = rows_of(manifest_csv([made("banmai", errors=3)]))

    assert [row["file"].rpartition(".")[2] for row in rows] == ["ipynb", "html", "pdf", "docx"]
    assert {(row["bytes"], row["sha256"], row["status"], row["pages"], row["errors"]) for row in rows} == {
        ("10", "f" * 64, "done", "12", "3")
    }


@pytest.mark.parametrize("status", ["failed", "stopped", "left"])
def test_manifest_has_a_row_for_an_agency_without_files(status: str) -> None:
    """An agency without a document has one row, without a file."""
    (row,) = rows_of(manifest_csv([failed("bankao", status=status)]))

    assert (row["agency_id"], row["status"], row["file"], row["bytes"]) == ("bankao", status, "", "")
    assert [*row] == [*MANIFEST_COLUMNS]


def test_manifest_says_why() -> None:
    """Cause, place and message of a failure stand in the manifest, on one line."""
    entry = failed("bankao")
    (row,) = rows_of(manifest_csv([entry]))

    assert (row["cause"], row["where"], row["message_th"]) == (
        "cell-failed",
        "เซลล์ที่ 7",
        "ValueError: <b>ค่า</b>",
    )


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_no_name_spoils_the_manifest(name: str) -> None:
    """Whatever an agency is called, its rows are one line each, and no cell of them is a formula."""
    content = manifest_csv([made("banmai", name)])
    lines = content.decode("utf-8-sig").splitlines()

    assert len(lines) == 5
    assert [cell for row in rows_of(content) for cell in row.values() if cell[:1] in {*"=+-@\t"} - {""}] == []


def test_excel_knows_thai() -> None:
    """The file begins with the mark by which Excel tells UTF-8."""
    assert manifest_csv(batch()).startswith(b"\xef\xbb\xbf")


# --- texts that are no formulas --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+66 42 000000", "'+66 42 000000"),
        ("-ไม่มี", "'-ไม่มี"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1+1", "'＝1+1"),
        ("-0.50", "-0.50"),
        ("+3", "+3"),
        ("เทศบาล=ตำบล", "เทศบาล=ตำบล"),
        ("", ""),
        (-0.5, -0.5),
        (None, None),
    ],
)
def test_formulas_become_texts(text: object, written: object) -> None:
    """An apostrophe stands before what a spreadsheet would run; plain numbers and other texts stay."""
    assert harmless(text) == written


@given(st.text())
def test_every_text_can_be_read_back(text: str) -> None:
    """At most one apostrophe is added, in front."""
    assert harmless(text) in {text, f"'{text}"}


# --- merged tables ---------------------------------------------------------------------------------


def test_tables_hold_all_agencies_by_their_codes() -> None:
    """The rows of all agencies stand one below the other, in the order of their codes, as they were."""
    entries = [made("b"), made("a"), failed("c")]
    tables = merged(entries)

    assert [row["agency_id"] for row in tables["results"]] == ["a", "b"]
    for name, rows in tables.items():
        assert rows == [*entries[1].rows(name), *entries[0].rows(name)]


@pytest.mark.parametrize("name", MERGED)
def test_csv_has_the_columns_of_the_codebook(name: str) -> None:
    """The header is the codebook's, and there are as many rows as the documents have."""
    rows = merged([made("banmai"), made("sithong", document="progress")])[name]
    read = pd.read_csv(io.BytesIO(table_csv(name, rows)))

    assert [*read.columns] == [*columns_of(name)]
    assert len(read) == len(rows)


@pytest.mark.parametrize("name", MERGED)
def test_parquet_is_what_the_documents_hold(name: str) -> None:
    """Read back, a table has the values that it was made from: numbers unrounded, texts to the letter."""
    import pyarrow.parquet as pq

    rows = merged([made("banmai", HOSTILE["formula"]), made("sithong", document="progress")])[name]
    table = pq.read_table(io.BytesIO(table_parquet(name, rows)))
    days = [column for column, meaning in columns_of(name).items() if meaning.unit == "date"]
    codes = [column for column, meaning in columns_of(name).items() if meaning.unit == "code"]

    def as_read(row: dict[str, object]) -> dict[str, object]:
        told = {column: str(row[column]) for column in codes if row[column] is not None}
        return {**row, **told}

    read = [
        {c: (str(v) if c in days and v is not None else v) for c, v in row.items()}
        for row in table.to_pylist()
    ]
    assert read == [as_read(row) for row in rows]


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("results", "total_stated", "double"),
        ("results", "n_iit", "int64"),
        ("results", "respondents_inferred", "bool"),
        ("results", "previous_year", "int64"),
        ("measures", "start", "date32[day]"),
        ("measures", "topic", "int64"),
        ("measures", "measure_id", "string"),
    ],
)
def test_parquet_is_typed_even_where_it_is_empty(table: str, column: str, kind: str) -> None:
    """The type of a column comes from the codebook, so the tables of two batches go together."""
    import pyarrow.parquet as pq

    schema = pq.read_schema(io.BytesIO(table_parquet(table, [])))

    assert str(schema.field(column).type) == kind


def test_csv_scores_are_unrounded() -> None:
    """A recomputed score keeps every digit."""
    entry: Entry = made("banmai", result={"total_recomputed": 94.18061234567891})
    (row,) = rows_of(table_csv("results", merged([entry])["results"]))

    assert float(row["total_recomputed"]) == 94.18061234567891


def test_codebook_explains_every_column(tmp_path: Path) -> None:
    """Each column of each table stands in codebook.csv with what it says and its unit."""
    gather(tmp_path, batch(), title_th=TITLE)
    rows = rows_of((tmp_path / "tables/codebook.csv").read_bytes())

    assert [(row["table"], row["column"]) for row in rows] == [(t, c) for t in MERGED for c in columns_of(t)]
    assert all(row["th"] and row["en"] and row["unit"] for row in rows)
