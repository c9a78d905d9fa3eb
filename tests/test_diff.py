"""What two editions of one document differ in: numbers, rows and lines, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ita_nb.batch.content import Content
from ita_nb.batch.diff import IDENTITY, Diff, RowChange, ValueChange, diff, diff_text_th
from ita_nb.batch.edition import Edition
from ita_nb.batch.ledger import LEDGER, Ledger
from ita_nb.batch.ledger_file import LedgerError
from ita_nb.batch.task import Outcome, Task
from ita_nb.errors import ParameterError
from ita_nb.tables import CODEBOOK

SCORE = {"agency_id": "a", "fiscal_year": 2568, "node": "i10", "part": "", "stated": 81.9, "verdict": "match"}


def content(texts: tuple[str, ...] = (), **tables: list[dict[str, Any]]) -> Content:
    """Return the content of an edition."""
    return Content(tables, texts)


def edition(said: Content, agency_id: str = "a") -> Edition:
    """Return an edition that says so."""
    return Edition(
        "k", agency_id, 2568, "analysis", "working", "now", (), said.packed(), 0, 0, "warm", 1, 1, 1, ""
    )


def between(before: Content, after: Content) -> Diff:
    """Return what two editions with this content differ in."""
    return diff(edition(before), edition(after))


# ---------------------------------------------------------------- numbers


def test_a_changed_number_is_named() -> None:
    """A number is named by table, row and column, with what it was, is, and the exact difference."""
    found = between(content(scores=[SCORE]), content(scores=[SCORE | {"stated": 82.1}]))
    (change,) = found.values

    assert change == ValueChange("scores", ("i10", ""), "stated", 81.9, 82.1)
    assert change.difference == F("0.2")
    assert (found.rows, found.texts) == ((), ())


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [(1, 2.5, F("1.5")), (None, 1.0, None), (1.0, None, None), ("ก", "ข", None), (True, 1.5, None)],
)
def test_only_numbers_are_subtracted(before: Any, after: Any, difference: F | None) -> None:
    """What is no number in both editions has no difference, but is a change all the same."""
    (change,) = between(
        content(scores=[SCORE | {"stated": before}]), content(scores=[SCORE | {"stated": after}])
    ).values

    assert (change.before, change.after, change.difference) == (before, after, difference)


def test_rows_of_one_edition_only() -> None:
    """A row that came or went is named once, not value by value."""
    other = SCORE | {"node": "i11"}
    found = between(content(scores=[SCORE]), content(scores=[other]))

    assert found.rows == (
        RowChange("scores", ("i10", ""), "removed"),
        RowChange("scores", ("i11", ""), "added"),
    )
    assert found.values == ()


def test_order_is_no_difference() -> None:
    """Rows are found by what they are about, wherever they stand."""
    other = SCORE | {"node": "i11"}

    assert between(content(scores=[SCORE, other]), content(scores=[other, SCORE])).is_empty


def test_rows_alike_are_told_apart_by_their_order() -> None:
    """Of two problems of one rule and node the second is compared with the second."""
    problems = [{"rule": "duplicate-row", "node": "i10", "stated": text} for text in ("1", "2")]
    changed = [problems[0], problems[1] | {"stated": "3"}]

    assert between(content(problems=problems), content(problems=changed)).values == (
        ValueChange("problems", ("duplicate-row", "i10", "2"), "stated", "2", "3"),
    )


def test_a_table_of_another_version_is_compared_by_position() -> None:
    """A table that only an older program wrote, or a column more, is no obstacle."""
    found = between(content(old=[{"x": 1}], scores=[SCORE]), content(scores=[SCORE | {"new": 1}]))

    assert found.rows == (RowChange("old", ("1",), "removed"),)
    assert found.values == (ValueChange("scores", ("i10", ""), "new", None, 1),)


def test_every_table_has_an_identity() -> None:
    """Each table of the codebook says which of its columns a row is known by."""
    assert set(IDENTITY) == set(CODEBOOK)
    assert [name for name, columns in IDENTITY.items() if set(columns) - set(CODEBOOK[name])] == []


NUMBERS = st.one_of(st.none(), st.integers(-999, 999), st.floats(-1e6, 1e6), st.text(max_size=3))
ROWS = st.lists(
    st.fixed_dictionaries(
        {"node": st.sampled_from("abc"), "part": st.sampled_from(["", "1"]), "stated": NUMBERS}
    ),
    max_size=6,
)
TEXTS = st.lists(st.sampled_from(["ก", "ข", "-", "+", "@@ -1 +1 @@", "--- x", "ค\tง"]), max_size=6).map(tuple)
CONTENTS = st.builds(lambda rows, texts: content(texts, scores=rows), ROWS, TEXTS)


@given(CONTENTS)
def test_an_edition_is_like_itself(said: Content) -> None:
    """Between an edition and itself there is no difference."""
    assert between(said, said).is_empty


@given(CONTENTS, CONTENTS)
def test_the_way_back_is_the_same_reversed(before: Content, after: Content) -> None:
    """From new to old the same values change by the opposite amount."""
    there, back = between(before, after), between(after, before)

    assert {(c.table, c.row, c.column): c.difference for c in there.values} == {
        (c.table, c.row, c.column): None if c.difference is None else -c.difference for c in back.values
    }
    assert {(c.table, c.row) for c in there.rows} == {(c.table, c.row) for c in back.rows}


@given(CONTENTS, CONTENTS)
def test_all_lines_are_accounted_for(before: Content, after: Content) -> None:
    """The lines that went and came are what the two texts have more than each other."""
    found = between(before, after)
    gone = [line[1:] for line in found.texts if line[0] == "-"]
    come = [line[1:] for line in found.texts if line[0] == "+"]

    assert sorted([*before.texts, *come]) == sorted([*after.texts, *gone])


# ---------------------------------------------------------------- texts


def test_only_changed_lines_are_shown() -> None:
    """Of the text only the lines that changed are there, without places or dates."""
    found = between(content(("ก", "ข", "ค", "ง")), content(("ก", "ข๒", "ค", "ง")))

    assert found.texts == ("-ข", "+ข๒")


@pytest.mark.parametrize("stamp", ["จัดทำด้วยโปรแกรม ita-nb รุ่น 0.1.0+aa", "ลายนิ้วมือ 0a1b2c"])
def test_the_stamp_is_no_difference(stamp: str) -> None:
    """The line that says which data and code made the document does not count."""
    assert between(content(("ก", stamp)), content(("ก", stamp + "9"))).is_empty


@pytest.mark.parametrize("other", [{"agency_id": "b"}, {"fiscal_year": 2567}, {"document": "progress"}])
def test_other_documents_are_not_compared(other: dict[str, Any]) -> None:
    """Two agencies, years or documents have no difference, but nothing in common."""
    with pytest.raises(ValueError, match="not the same document"):
        diff(edition(content()), replace(edition(content()), **other))


# ---------------------------------------------------------------- for the command line


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return an output folder with three editions of one agency; the last two say the same."""
    said = [
        content(("ชื่อ\t81.90",), scores=[SCORE, SCORE | {"node": "i11"}]),
        content(("ชื่อ\t82.10\x1b[2J",), scores=[SCORE | {"stated": 82.1, "verdict": None}]),
    ]
    with Ledger.open(tmp_path / LEDGER) as ledger:
        for i, one in enumerate([*said, said[1]]):
            task = Task(f"k{i}", "a", "ก", 2568, "", "")
            ledger.record(task, Outcome(task.key, "a", content=one.packed()))
    return tmp_path


def test_the_listing_is_thai_and_aligned(out: Path) -> None:
    """The command line shows a table of values and the changed lines, steering no terminal."""
    assert diff_text_th(out, "a", 2568, "analysis", 1, 2).splitlines() == [
        "a ปีงบประมาณ พ.ศ. 2568: ฉบับที่ 1 (ฉบับทำงาน) เทียบกับ ฉบับที่ 2 (ฉบับทำงาน)",
        "",
        "ตัวเลขและค่าในตาราง: ต่างกัน 3 รายการ",
        "  ตาราง   แถว  คอลัมน์       เดิม    ใหม่    ผลต่าง",
        "  scores  i11  ไม่มีแถวนี้แล้ว",
        "  scores  i10  stated      81.90  82.10  +0.20",
        "  scores  i10  verdict     match  -",
        "",
        "ข้อความ: ต่างกัน 2 บรรทัด (- เดิม + ใหม่)",
        "  - ชื่อ | 81.90",
        "  + ชื่อ | 82.10[2J",
    ]


def test_editions_alike_are_said_to_be(out: Path) -> None:
    """Without a number the last two editions are compared; where they say the same, that is said."""
    assert diff_text_th(out, "a", 2568, "analysis").splitlines()[1:] == ["เหมือนกันทั้งตัวเลขและข้อความ"]


def test_numbers_that_look_alike_are_written_finer(tmp_path: Path) -> None:
    """A difference in the third decimal can be seen."""
    with Ledger.open(tmp_path / LEDGER) as ledger:
        for i, stated in enumerate((81.901, 81.902)):
            task = Task(f"k{i}", "a", "ก", 2568, "", "")
            one = content(scores=[SCORE | {"stated": stated}])
            ledger.record(task, Outcome(task.key, "a", content=one.packed()))

    assert "81.901000  81.902000  +0.001000" in diff_text_th(tmp_path, "a", 2568, "analysis")


@pytest.mark.parametrize(("old", "new"), [(0, 1), (1, 4), (-4, -1), (1, 0)])
def test_an_edition_that_is_not_there(out: Path, old: int, new: int) -> None:
    """The message says how many editions there are."""
    with pytest.raises(ParameterError, match="มี 3 ฉบับ"):
        diff_text_th(out, "a", 2568, "analysis", old, new)


def test_a_folder_without_ledger(tmp_path: Path) -> None:
    """Where nothing was made, that is said, and no ledger is begun."""
    with pytest.raises(LedgerError, match="ไม่มีแฟ้มนี้"):
        diff_text_th(tmp_path, "a", 2568, "analysis")

    assert list(tmp_path.iterdir()) == []
