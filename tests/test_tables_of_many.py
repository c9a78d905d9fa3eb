"""Tables of many agencies with damage in them: it costs the agency in whose row it stands, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ita_nb.errors import IntakeError
from ita_nb.intake.peers import read_directory
from ita_nb.intake.tables import REMARKS, STATED_SCORES, TableForm, read_table

IDS = ("ban", "dong", "khok", "nong")
NODES = ("i1", "i2", "o1")
SCORES = "\n".join(
    ["agency_id,node,part,score", *(f"{i},{node},,9{n}.00" for i in IDS for n, node in enumerate(NODES))]
)
TEXTS = "\n".join(
    [
        "agency_id,item,kind,text_th",
        *(f'{i},i{n},cause,"บรรทัดแรก\nอีกบรรทัด"' for i in IDS for n in (1, 2)),
    ]
)


def _rows(folder: Path, form: TableForm, content: bytes) -> dict[str, list[dict[str, str]] | str]:
    """Return the rows of each agency, or what stops it."""
    (folder / "data/1").mkdir(parents=True, exist_ok=True)
    agencies = "agency_id,name_th\n" + "".join(f"{i},ก\n" for i in IDS)
    (folder / "data/agencies.csv").write_text(agencies, encoding="utf-8")
    path = folder / f"data/1/{form.name}.csv"
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    table = read_table(path.parent, form, "data/1")
    assert table
    found: dict[str, list[dict[str, str]] | str] = {}
    for agency_id in IDS:
        try:
            found[agency_id] = [dict(row.values) for row in table.rows_of(agency_id)]
        except IntakeError as error:
            found[agency_id] = f"{error.where}: {error.found}"
    # Rows of an id that nobody has are told by whoever plans a batch.
    return found | {i: "nobody's" for i in table.agency_ids if i not in IDS}


@pytest.mark.parametrize(
    ("form", "whole", "old", "new", "told"),
    [
        (STATED_SCORES, SCORES, "dong,i1,,90.00", "dong,i1,,9\xff0.00", {"dong": "บรรทัด 5"}),
        (STATED_SCORES, SCORES, "dong,i1,,90.00", 'dong,i1,,"90.00', {"dong": "บรรทัด 5"}),
        (STATED_SCORES, SCORES, "nong,o1,,92.00", 'nong,o1,,"92.00', {"nong": "บรรทัด 13"}),
        (STATED_SCORES, SCORES, "dong,i1,,90.00", f"dong,i1,,{'9' * 200_000}", {"dong": "บรรทัด 5"}),
        (STATED_SCORES, SCORES, "dong,i1,,90.00", 'dong,i1,,"90\n.00"', {"dong": "บรรทัด 5"}),
        (REMARKS, TEXTS, 'dong,i1,cause,"บรรทัดแรก', 'dong,i1,cause,""บรรทัดแรก', {"dong": "บรรทัด 6"}),
        (REMARKS, TEXTS, 'dong,i2,cause,"บรรทัดแรก', 'dong,i2,cause,"บรรทัด\xff', {"dong": "บรรทัด 8"}),
        (REMARKS, TEXTS, 'dong,i2,cause,"บรรทัดแรก\nอีกบรรทัด"', 'dong,i2,cause,"อีก', {"dong": "บรรทัด 8"}),
    ],
    ids=[
        "byte",
        "quote",
        "quote at the end",
        "long",
        "line end",
        "quote in text",
        "byte in text",
        "open text",
    ],
)
def test_damage_costs_its_own_agency(
    tmp_path: Path, form: TableForm, whole: str, old: str, new: str, told: dict[str, str]
) -> None:
    """Its agency is told with the line where the trouble begins; the others have all their rows."""
    before = _rows(tmp_path, form, whole.encode())
    assert old in whole
    after = _rows(tmp_path, form, whole.replace(old, new).encode("utf-8").replace("\xff".encode(), b"\xff"))

    assert {i for i in IDS if after[i] != before[i]} == told.keys()
    assert all(line in after[i] for i, line in told.items())


@pytest.mark.parametrize("damaged", ['"do\nng",i1', '"dong\r\n",i1', '"\ndong",i1'])
def test_a_line_end_in_an_id_cuts_no_row_off(tmp_path: Path, damaged: str) -> None:
    """A row whose id runs over two lines is that of its agency."""
    before = _rows(tmp_path, STATED_SCORES, SCORES.encode())
    assert _rows(tmp_path, STATED_SCORES, SCORES.replace("dong,i1", damaged).encode()) == before


def test_two_stray_quotes_swallow_no_rows(tmp_path: Path) -> None:
    """Rows between two stray quotes are read as rows of their own; the two that hold them are told."""
    before = _rows(tmp_path, STATED_SCORES, SCORES.encode())
    damaged = SCORES.replace("ban,i2,,91.00", 'ban,"i2,,91.00').replace("nong,i1,,90.00", 'nong,i1,,"90.00"')
    damaged = damaged.replace('nong,i1,,"90.00"', 'nong,i1,,90.00"')
    after = _rows(tmp_path, STATED_SCORES, damaged.encode())

    assert [after["dong"], after["khok"]] == [before["dong"], before["khok"]]
    assert "บรรทัด 3" in after["ban"]


@given(
    st.sampled_from([(STATED_SCORES, SCORES), (REMARKS, TEXTS)]),
    st.lists(st.tuples(st.integers(30, 150), st.sampled_from([b'"', b"\xa1", b'""', b"\n"])), max_size=4),
)
def test_no_agency_is_made_with_fewer_rows(
    tmp_path_factory: pytest.TempPathFactory, table: tuple[TableForm, str], edits: list[tuple[int, bytes]]
) -> None:
    """Whatever is inserted, an agency has all its rows, or is told, or a row is of an id that nobody has."""
    form, whole = table
    folder, content = tmp_path_factory.mktemp("damaged"), whole.encode()
    before = _rows(folder, form, content)
    for place, inserted in edits:
        content = content[:place] + inserted + content[place:]
    after = _rows(folder, form, content)

    fewer = [i for i in IDS if not isinstance(after[i], str) and len(after[i]) < len(before[i])]
    assert not fewer or after.keys() > before.keys()


@pytest.mark.parametrize("agency_id", ["con", "NUL", "com1", "Lpt9", "tables", "a" * 41])
def test_an_id_that_is_no_folder_is_refused(tmp_path: Path, agency_id: str) -> None:
    """Names of devices, of the program's own folders and very long ones stop their own agency."""
    (tmp_path / "data").mkdir()
    text = f"agency_id,name_th\n{agency_id},ก\n{'a' * 40},ข\n"
    (tmp_path / "data/agencies.csv").write_text(text, encoding="utf-8")
    directory = read_directory(tmp_path)

    assert [*directory.refused] == [agency_id]
    assert [*directory.agencies] == ["a" * 40]
