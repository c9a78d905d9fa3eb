"""``tables.parquet``: what a document's tables are as a file, and what is refused to be read as one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import AGENCY, REPOSITORY, YEAR

from ita_nb.case import build_case
from ita_nb.frames import MERGED, merged_rows
from ita_nb.progress import build_progress
from ita_nb.tables import arrow_table, columns_of, read_tables, with_stem

STEM = f"{AGENCY}-{YEAR}-analysis"
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def analysis() -> Rows:
    """Return the tables of an analysis."""
    return merged_rows(build_case(AGENCY, YEAR, REPOSITORY), "working")


@pytest.fixture(scope="module")
def progress() -> Rows:
    """Return the tables of a report on measures, which has days."""
    return merged_rows(build_progress("sithong", 2564, REPOSITORY), "working")


def rows_in(content: bytes, stem: str) -> Rows:
    """Return what a file holds, with days as rows have them."""

    def plain(value: Any) -> Any:
        return value.isoformat() if hasattr(value, "isoformat") else value

    tables = read_tables(content)[stem]
    return {
        name: [{c: plain(v) for c, v in row.items()} for row in tables[name].to_pylist()] for name in MERGED
    }


@pytest.mark.parametrize("document", ["analysis", "progress"])
def test_a_file_holds_the_rows_as_they_were(document: str, request: pytest.FixtureRequest) -> None:
    """Read back, every value is what it was: numbers unrounded, texts to the letter, the unknown unknown."""
    rows = request.getfixturevalue(document)

    assert rows_in(with_stem(None, "stem", rows), "stem") == rows


def test_documents_share_a_file(analysis: Rows, progress: Rows) -> None:
    """A document is added to those that are there, and made anew it takes its own place."""
    both = with_stem(with_stem(None, STEM, analysis), "other", progress)

    assert [*read_tables(both)] == [STEM, "other"]
    assert with_stem(both, STEM, analysis) == both
    assert rows_in(with_stem(both, STEM, progress), STEM) == progress


def test_a_damaged_file_is_made_anew(analysis: Rows) -> None:
    """What cannot be read of a file is in nobody's way."""
    assert with_stem(b"PAR1 damaged", STEM, analysis) == with_stem(None, STEM, analysis)


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("results", "total_stated", "double"),
        ("results", "n_iit", "int64"),
        ("results", "respondents_inferred", "bool"),
        ("measures", "start", "date32[day]"),
        ("measures", "measure_id", "string"),
        ("scores", "stated", "double"),
        ("problems", "stated", "string"),
    ],
)
def test_columns_are_typed_even_without_rows(table: str, column: str, kind: str) -> None:
    """The type of a column comes from the codebook, so the tables of all agencies go together."""
    read = read_tables(with_stem(with_stem(None, "a", {}), "b", {table: [{column: None}]}))["b"][table]

    assert [*read.column_names] == [*columns_of(table)]
    assert str(read.schema.field(column).type) == kind


def written(table: Any, **options: Any) -> bytes:
    """Return a table as some program writes it."""
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def whole(count: int, table: str = "results") -> Any:
    """Return the one table inside a file, its first row so often."""
    row = pq.read_table(io.BytesIO(with_stem(None, "a", {"results": [{"name_th": "ก" * 1000}]})))
    row = row.set_column(0, "table", pa.array([table]))
    return row.take([0] * count)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PAR1PAR1",
        with_stem(None, "a", {"results": [{}]})[:-100],
        written(arrow_table("results", [{}])),
        written(whole(1, "unknown"), use_dictionary=False),
        written(whole(5), use_dictionary=True),
        written(whole(60_000), use_dictionary=False, compression="zstd"),
    ],
    ids=["empty", "no-footer", "cut-off", "other-columns", "unknown-table", "dictionary", "unfolds"],
)
def test_other_files_are_refused(content: bytes) -> None:
    """What no ``tables.parquet`` is, or unfolds to more than an agency has, is not read."""
    with pytest.raises(ValueError, match="ตาราง"):
        read_tables(content)


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    """A file that is not there is told apart from a damaged one."""
    with pytest.raises(FileNotFoundError):
        read_tables(tmp_path / "tables.parquet")
