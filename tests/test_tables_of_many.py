"""Tables of many agencies with damage in them: it costs the agency in whose row it stands, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import AGENCY, YEAR, Workspace
from hypothesis import given
from hypothesis import strategies as st

from ita_nb.case import build_case
from ita_nb.errors import IntakeError, Problem
from ita_nb.intake.peers import read_directory
from ita_nb.intake.tables import REMARKS, STATED_SCORES, TableForm, read_table
from ita_nb.intake.workspace import WORKSPACE, find_workspace, unclaimed

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
def test_an_id_that_is_no_folder_is_refused(workspace: Workspace, agency_id: str) -> None:
    """Names of devices, of the program's own folders and very long ones stop their own agency."""
    workspace.write("data/agencies.csv", f"agency_id,name_th\n{agency_id},ก\n{'a' * 40},ข\n")
    directory = read_directory(workspace.root)

    assert ([*directory.refused], [*directory.agencies]) == ([agency_id], ["a" * 40])


# ---------------------------------------------------------------- rows of nobody


HEADER = "agency_id,node,part,score\n"


@pytest.mark.parametrize(
    ("code", "near"),
    [(f"{AGENCY[:-1]}", AGENCY), (AGENCY.capitalize(), AGENCY), ("zzzzzzzz", "")],
    ids=["letter-missing", "capital", "nothing-alike"],
)
def test_a_mistyped_code_is_named(workspace: Workspace, code: str, near: str) -> None:
    """A row of a code that agencies.csv lacks is told with its file, and the nearest code if one is near."""
    workspace.write(f"data/{YEAR}/stated_scores.csv", HEADER + f"{code},total,,90\n")
    told = next(line for line in unclaimed(workspace.root, YEAR) if "มีแถว" in line)

    assert ("stated_scores.csv" in told, f'"{code}"' in told, f'"{near}")' in told) == (
        True,
        True,
        bool(near),
    )


def test_an_absent_table_is_named(workspace: Workspace) -> None:
    """A table that is not there is told: its name may be mistyped."""
    workspace.drop(f"data/{YEAR}/responses.csv")

    assert any("responses.csv" in line for line in unclaimed(workspace.root, YEAR))


@pytest.mark.parametrize(
    ("code", "named"),
    [
        (AGENCY.capitalize(), "ต่างกันที่ตัวพิมพ์ใหญ่เล็ก"),
        ("hannangm", '"hannangm"'),
        ("hannangam\u200b", "ZERO WIDTH SPACE"),
        ("\ufeffhannangam", "ZERO WIDTH NO-BREAK SPACE"),
        ("hannan\u00adgam", "SOFT HYPHEN"),
        ("han\u00a0nangam", "NO-BREAK SPACE"),
    ],
)
def test_rows_of_a_like_code_are_a_warning_of_the_agency(workspace: Workspace, code: str, named: str) -> None:
    """Rows that were most likely meant for an agency are told where its numbers are, with what differs."""
    workspace.append(FILE, f"{code},i2,,95")
    (problem,) = doubted(workspace)

    assert (problem.severity, problem.node, problem.stated) == ("warning", "total", code)
    assert [part for part in (FILE, named, "hannangam") if part not in problem.message_th] == []


@pytest.mark.parametrize("code", ["zzzzzzzz", "hannangam2", "hannangam๒", "tambonhannangamnuea"])
def test_other_codes_are_none_of_the_agency(workspace: Workspace, code: str) -> None:
    """A code that is not alike, or has another number in it, is another agency's."""
    workspace.append(FILE, f"{code},i2,,95")

    assert doubted(workspace) == []


def test_a_code_is_told_to_the_agency_it_is_most_like(workspace: Workspace) -> None:
    """Of two agencies that are alike the nearer one is told, not both."""
    workspace.append("data/agencies.csv", "hannangamm,อบต.อื่น,,,")
    workspace.append(FILE, "hannangamm,i2,,95", "Hannangamm,i1,,95")

    assert (len(doubted(workspace)), len(doubted(workspace, "hannangamm"))) == (0, 1)


def test_an_agency_without_rows_is_told_where_they_are(workspace: Workspace) -> None:
    """Where all rows bear a mistyped code, the refusal names it."""
    text = (workspace.root / FILE).read_text(encoding="utf-8")
    workspace.write(FILE, text.replace(f"{AGENCY},", f"{AGENCY.upper()},"))
    with pytest.raises(IntakeError, match="HANNANGAM"):
        build_case(AGENCY, YEAR, workspace.root)


# ------------------------------------------------------------------- what check and report say of one agency

FILE = f"data/{YEAR}/stated_scores.csv"


def doubted(workspace: Workspace, agency_id: str = AGENCY) -> list[Problem]:
    """The problems of an agency that are about its code or its name."""
    rules = {"rows-of-near-code", "agency-name-twice"}
    return [p for p in build_case(agency_id, YEAR, workspace.root).problems if p.rule in rules]


TWIN, PLACE = "องค์การบริหารส่วนตำบลหันนางาม,องค์การบริหารส่วนตำบล", "ศรีบุญเรือง,หนองบัวลำภู"


@pytest.mark.parametrize("name", [TWIN, TWIN.replace("ตำบลหัน", "ตำบล\u200bหัน", 1)])
def test_two_agencies_of_one_name_and_place_are_told_to_both(workspace: Workspace, name: str) -> None:
    """The same name in the same district and province is a warning of each, invisible letters or not."""
    workspace.append("data/agencies.csv", f"twin,{name},{PLACE}")
    workspace.append(FILE, "twin,i2,,95")
    for agency_id, other in ((AGENCY, "twin"), ("twin", AGENCY)):
        (problem,) = doubted(workspace, agency_id)

        assert (problem.rule, problem.severity, problem.node) == ("agency-name-twice", "warning", "total")
        assert other in problem.message_th


def test_one_name_in_two_districts_is_nothing(workspace: Workspace) -> None:
    """Many agencies of the country share a name; unknown districts prove nothing."""
    workspace.append("data/agencies.csv", f"other,{TWIN},เมือง,หนองบัวลำภู", f"bare,{TWIN},,")

    assert doubted(workspace) == []


# ---------------------------------------------------------------- the workspace of a notebook


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
    for folder in ("named/own", "other/own", "elsewhere/own", "named/data", "other/data"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("named", "other"):
        (tmp_path / name / "data/agencies.csv").touch()
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
