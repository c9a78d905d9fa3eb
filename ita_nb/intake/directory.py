"""Who is in the workspace: ``data/agencies.csv``, one row an agency."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ita_nb.errors import IntakeError, Problem
from ita_nb.facts.framework import TOTAL
from ita_nb.facts.rules import problem
from ita_nb.intake.record import Agency
from ita_nb.intake.tables import AGENCIES, Table, TableRow, read_table
from ita_nb.thai import folded, nearest, overlooked_th, revealed

# Folders that a batch puts beside those of the agencies, and what Windows takes for devices; in which case
# some disks see no difference.
OWN_FOLDERS = frozenset({"tables"})
_DEVICES = {"con", "nul", "prn", "aux", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
AGENCY_ID = r"[A-Za-z][A-Za-z0-9_-]{0,39}"


@dataclass(frozen=True, eq=False)  # equal only to itself: a key for what is worked out from it
class Directory:
    """The agencies of a workspace by their id, and those whose row cannot be used, with the reason.

    A refused agency stops nobody else; its province is known where its row can be read at all.
    """

    agencies: Mapping[str, Agency]
    refused: Mapping[str, IntakeError]
    refused_provinces: Mapping[str, str] = field(default_factory=dict)


def read_directory(workspace: Path) -> Directory:
    """Read the agencies of the workspace. Raises IntakeError for a table that cannot be read at all."""
    table = read_table(workspace / "data", AGENCIES, "data")
    return _directory(table) if table else Directory({}, {})


@lru_cache(maxsize=8)
def _directory(table: Table) -> Directory:
    agencies: dict[str, Agency] = {}
    refused: dict[str, IntakeError] = {}
    provinces: dict[str, str] = {}
    for agency_id in table.agency_ids:
        try:
            found = table.rows_of(agency_id)
            provinces[agency_id] = found[-1]["province_th"]
            agencies[agency_id] = _agency(agency_id, found)
        except IntakeError as error:
            refused[agency_id] = error
    return Directory(agencies, refused, {i: p for i, p in provinces.items() if i in refused})


def _agency(agency_id: str, found: Sequence[TableRow]) -> Agency:
    # The id becomes a folder and a file name: nothing else may come through here.
    if not re.fullmatch(AGENCY_ID, agency_id):
        raise IntakeError(
            where=found[0].where,
            expected="agency_id ขึ้นต้นด้วยอักษร a-z ใช้เฉพาะ a-z 0-9 ขีดกลาง ขีดล่าง ไม่เกิน 40 ตัวอักษร เช่น hannangam",
            found=f'"{revealed(agency_id)[:100]}"',
            todo="ตั้งรหัสหน่วยงานใหม่ให้เป็นข้อความ",
        )
    if agency_id.casefold() in OWN_FOLDERS | _DEVICES:
        raise IntakeError(
            where=found[0].where,
            expected="agency_id ที่ไม่ใช่ชื่อโฟลเดอร์ของโปรแกรม (tables) หรือชื่ออุปกรณ์ของ Windows (con, nul ฯลฯ)",
            found=f'"{agency_id}"',
            todo="ตั้งรหัสหน่วยงานใหม่",
        )
    row = found[-1]
    if len(found) > 1 or not row["name_th"]:
        raise IntakeError(
            where=row.where,
            expected="รหัสหน่วยงานไม่ซ้ำ และมีชื่อหน่วยงาน",
            found=f'"{agency_id}" ซ้ำ' if len(found) > 1 else f'"{agency_id}" ไม่มี name_th',
            todo="แก้แถวนี้ในแฟ้ม",
        )
    return Agency(**{column: row[column] for column in AGENCIES.columns})


def _name_and_place(agency: Agency) -> tuple[str, ...]:
    return tuple(folded(text) for text in (agency.name_th, agency.district_th, agency.province_th))


@lru_cache(maxsize=8)
def _by_name_and_place(directory: Directory) -> Mapping[tuple[str, ...], list[str]]:
    """Return the agencies by name and place, for all of them at once: each is asked for its namesakes."""
    found: dict[tuple[str, ...], list[str]] = {}
    for agency_id, agency in directory.agencies.items():
        found.setdefault(_name_and_place(agency), []).append(agency_id)
    return found


def find_agency(workspace: Path, agency_id: str) -> Agency:
    """Return one agency of the workspace.

    Raises IntakeError naming the nearest when there is none, and saying what is wrong with its row where
    that cannot be used.
    """
    directory = read_directory(workspace)
    agencies = directory.agencies
    if agency_id in agencies:
        return agencies[agency_id]
    if agency_id in directory.refused:
        raise directory.refused[agency_id].with_traceback(None)
    near = nearest(agency_id, agencies)
    raise IntakeError(
        where="data/agencies.csv",
        expected=f"หน่วยงานที่มีในแฟ้ม ({len(agencies)} หน่วยงาน เช่น {', '.join(list(agencies)[:5])})",
        found=f'"{revealed(agency_id)}"',
        todo=f'ใช้รหัส "{near}"{overlooked_th(agency_id, near)}'
        if near
        else "ตรวจรหัสหน่วยงาน หรือเพิ่มหน่วยงานในแฟ้ม",
    )


@lru_cache(maxsize=256)
def strays(table: Table, directory: Directory) -> tuple[str, ...]:
    """Return the codes of a table that no agency has."""
    return tuple(sorted(set(table.agency_ids) - {*directory.agencies, *directory.refused}))


def doubts(directory: Directory, agency_id: str, tables: Iterable[Table | None]) -> Iterator[Problem]:
    """Yield what stands beside an agency's own rows and may be its own: rows of a like code, a namesake.

    Codes that differ in their numbers (``ban-1``, ``ban-2``) are of agencies side by side, no slips.
    """
    for table, code in ((found, code) for found in tables if found for code in strays(found, directory)):
        numbers, own = ([c for c in folded(text) if c.isdecimal()] for text in (code, agency_id))
        # The second comparison is with every agency, so that the cheap one comes first.
        if (
            numbers == own
            and nearest(code, [agency_id], 0.8)
            and nearest(code, directory.agencies) == agency_id
        ):
            yield problem(
                "rows-of-near-code",
                TOTAL,
                stated=code,
                expected=agency_id + overlooked_th(code, agency_id),
                where=table.shown_as,
            )
    name = _name_and_place(directory.agencies[agency_id]) if agency_id in directory.agencies else ()
    alike = _by_name_and_place(directory).get(name, []) if all(name) else []
    namesakes = ", ".join(other for other in alike if other != agency_id)
    if namesakes:
        yield problem(
            "agency-name-twice",
            TOTAL,
            stated=directory.agencies[agency_id].name_th,
            expected=f"ไม่ซ้ำกับรหัส {namesakes}",
        )
