"""A defective province as a batch: every defect stops its own agency, or is told in its documents."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from in_process import without_kernel
from small_batch import StandIn

from ita_nb.batch.folder import Entry
from ita_nb.batch.run import BatchResult, run_batch
from ita_nb.case import build_case
from ita_nb.errors import IntakeError
from ita_nb.report import make
from ita_nb.synth.workspace import make_province
from ita_nb.thai import to_thai_digits

YEAR = 2568
Rows = dict[str, list[dict[str, str]]]  # the rows of one agency by table


class Defect(NamedTuple):
    """A mistake as real workspaces have them: how it gets in, which rule names it, how its batch ends.

    It ends ``made``; ``contradictory``, with errors counted in its document; or stopped by a cause.
    """

    edit: Callable[[Rows], None]
    rule: str = ""
    ends: str = "made"


def typed(table: str, column: str, text: Callable[[str], str], node: str = "") -> Callable[[Rows], None]:
    """Return the edit of one cell: of the row of a node, or of the first row."""

    def edit(own: Rows) -> None:
        row = next(row for row in own[table] if not node or row["node"] == node)
        row[column] = text(row[column])

    return edit


def repeated(text: Callable[[str], str]) -> Callable[[Rows], None]:
    """Return the edit that gives the score of an indicator once more."""

    def edit(own: Rows) -> None:
        row = next(row for row in own["stated_scores"] if row["node"] == "1")
        own["stated_scores"].append({**row, "score": text(row["score"])})

    return edit


def without_data(own: Rows) -> None:
    """Leave the agency in the table of agencies only."""
    for table in own.keys() - {"agencies"}:
        own[table].clear()


def in_thai_digits(own: Rows) -> None:
    """Write every number of the agency in Thai digits."""
    numbers = {"score", "share", "part", "n_iit", "n_eit1", "n_eit2", "population_iit"}
    for row in (row for rows in own.values() for row in rows):
        row |= {column: to_thai_digits(row[column]) for column in numbers & row.keys()}


def named(name: str) -> Defect:
    """Return what is no defect: a name that is only text, whatever it looks like."""
    return Defect(typed("agencies", "name_th", lambda own: name.format(own)))


def slipped(text: str) -> str:
    """Move the decimal point by one place."""
    return f"{float(text) / 10:.3f}"


SCORE, RESULT = ("stated_scores", "score"), "stated_results"
DEFECTS = {
    "no-data": Defect(without_data, "IntakeError", "no-data"),
    "broken-params": Defect(lambda _: None, "IntakeError", "words"),
    "digits-swapped": Defect(
        typed(*SCORE, lambda s: s[1] + s[0] + s[2:], "total"), "total-mismatch", "contradictory"
    ),
    "decimal-slip": Defect(typed(*SCORE, slipped, "total"), "total-mismatch", "contradictory"),
    "other-year": Defect(
        typed("stated_scores", "node", lambda _: "o43", "o1"), "item-of-other-year", "contradictory"
    ),
    "unknown-code": Defect(
        typed("stated_scores", "node", lambda _: "ข้อมูลข้อแรก", "o1"), "unknown-node", "contradictory"
    ),
    "shares-sum": Defect(
        typed("responses", "share", lambda s: f"{abs(float(s) - 20):.2f}"), "shares-sum", "contradictory"
    ),
    "other-level": Defect(typed(RESULT, "level_th", lambda _: "AA"), "level-unknown", "contradictory"),
    "no-point": Defect(
        typed(*SCORE, lambda s: s.replace(".", ""), "1"), "score-out-of-range", "contradictory"
    ),
    "two-values": Defect(repeated(slipped), "duplicate-row", "contradictory"),
    "one-value-twice": Defect(repeated(str), "duplicate-row"),
    "thousands": Defect(typed(RESULT, "population_iit", lambda s: f"{int(s) + 1000:,}")),
    "thai-digits": Defect(in_thai_digits),
    "name-like-code": named(
        '<b>{}</b><script>alert(1)</script> "x" \'; DROP TABLE agencies; -- ../../\\ 🏛️👩‍💼✅'
    ),
    "name-like-formula": named('=HYPERLINK("https://example.invalid","{}")'),
    "name-of-two-lines": named("{} \u202eبلدية تجريبية\u202c\nสาขาที่สอง " + "ตัวอย่าง " * 200),
    "none": Defect(lambda _: None),
}
# One agency whose document is made with its contradictions stands in the batch for all of them.
BATCHED = [kind for kind in DEFECTS if DEFECTS[kind].ends != "contradictory" or kind == "digits-swapped"]


def agency_of(kind: str) -> str:
    """Return the code of the agency that has a defect."""
    return f"synth-{list(DEFECTS).index(kind) + 1:03d}"


def plant(root: Path) -> None:
    """Put every defect into its agency, and save the tables as Excel does: with BOM and CRLF."""
    every: dict[str, Rows] = {agency_of(kind): {} for kind in DEFECTS}
    for path in [root / "data/agencies.csv", *(root / f"data/{YEAR}").glob("*.csv")]:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        for agency_id, own in every.items():
            own[path.stem] = [row for row in rows if row["agency_id"] == agency_id]
    columns = {table: list(rows[0]) for own in every.values() for table, rows in own.items() if rows}
    for kind, defect in DEFECTS.items():
        defect.edit(every[agency_of(kind)])
    for table, names in columns.items():
        folder = "data" if table == "agencies" else f"data/{YEAR}"
        with (root / folder / f"{table}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(row for own in every.values() for row in own[table])
    broken = agency_of("broken-params")
    path = root / f"params/{broken}-{YEAR}.yaml"
    path.write_text(f"agency_id: {broken}\nfiscal_year: {YEAR}\nofice: {{}}\n", encoding="utf-8")


class Defective(NamedTuple):
    """A batch of the defective agencies of a province, and what became of each."""

    root: Path
    result: BatchResult
    entries: dict[str, Entry]


@pytest.fixture(scope="module")
def defective(tmp_path_factory: pytest.TempPathFactory) -> Defective:
    """The batch, run once."""
    root = tmp_path_factory.mktemp("defective") / "province"
    make_province("ทดสอบ", len(DEFECTS), YEAR, 1, root)
    plant(root)
    batch = root / "params/defective.yaml"
    chosen = f"agencies: {{list: {json.dumps([agency_of(kind) for kind in BATCHED])}}}"
    batch.write_text(f"fiscal_year: {YEAR}\n{chosen}\nformats: [html]\noverview: false\n", encoding="utf-8")
    with without_kernel():
        result = run_batch(batch, workspace=root, engine=StandIn(make, 1), stream=io.StringIO())
    return Defective(root, result, {entry.agency_id: entry for entry in result.summed.entries})


@pytest.mark.parametrize("kind", DEFECTS)
def test_a_defect_is_named_by_its_rule(defective: Defective, kind: str) -> None:
    """The rule that is claimed to find a defect finds it; what is harmless gives no error at all."""
    try:
        problems = build_case(agency_of(kind), YEAR, defective.root).problems
    except IntakeError:
        found = {"IntakeError"}
    else:
        harmless = not DEFECTS[kind].rule
        found = {p.rule for p in problems if p.severity == "error" or not harmless} or {""}

    assert DEFECTS[kind].rule in found


@pytest.mark.parametrize("kind", BATCHED)
def test_a_defect_ends_as_it_should(defective: Defective, kind: str) -> None:
    """Its agency is stopped by the cause, or made with the contradiction counted, or made as any other."""
    entry = defective.entries[agency_of(kind)]
    ended = "contradictory" if entry.errors else "made"

    assert (entry.failure.cause if entry.failure else ended) == DEFECTS[kind].ends
    assert len(entry.made) == (0 if entry.failure else 2)


def test_every_group_of_the_defective_has_its_command(defective: Defective) -> None:
    """The digest tells each cause by its short name, its agency by name, and one command."""
    digest = (defective.result.summed.folder / "digest.txt").read_text(encoding="utf-8")

    for kind, said in {"no-data": f"ไม่มีข้อมูลปี {YEAR}", "broken-params": "แฟ้มใน params ใช้ไม่ได้"}.items():
        agency = agency_of(kind)
        name = defective.entries[agency].name_th
        assert f"  1 แห่ง: {said}\n    หน่วยงาน: {name} ({agency})\n" in digest
        assert digest.count(f"ita-nb report {agency} --year {YEAR} --format html --workspace ") == 1
