"""The workspace on disk: ``data/agencies.csv`` and one folder a fiscal year -> :class:`Record`."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from ita_nb.errors import IntakeError, Problem
from ita_nb.facts.framework import Framework
from ita_nb.intake import rows
from ita_nb.intake.emblem import read_emblem
from ita_nb.intake.office import Office
from ita_nb.intake.params_file import Words, read_words
from ita_nb.intake.record import Agency, Record
from ita_nb.intake.tables import (
    AGENCIES,
    MEASURES,
    PROGRESS,
    REMARKS,
    RESPONSES,
    STATED_RESULTS,
    STATED_SCORES,
    TableForm,
    TableRow,
    read_table,
)


def find_workspace(start: Path) -> Path:
    """Return the nearest folder from ``start`` upwards that holds ``data/agencies.csv`` (or ``.parquet``).

    Raises IntakeError when there is none.
    """
    for folder in (start.resolve(), *start.resolve().parents) if start.is_dir() else ():
        if any((folder / "data" / f"agencies.{ending}").exists() for ending in ("csv", "parquet")):
            return folder
    raise IntakeError(
        where=str(start),
        expected="โฟลเดอร์งานที่มีแฟ้ม data/agencies.csv",
        found="ไม่พบแฟ้มนี้ในโฟลเดอร์ที่ระบุและโฟลเดอร์ที่อยู่เหนือขึ้นไป",
        todo="ย้ายไปที่โฟลเดอร์งาน หรือระบุ --workspace โฟลเดอร์งาน",
    )


def read_agencies(workspace: Path) -> dict[str, Agency]:
    """Read every agency of the workspace by its id. Raises IntakeError for an unusable table."""
    table = read_table(workspace / "data", AGENCIES, "data")
    agencies: dict[str, Agency] = {}
    for row in table or []:
        agency_id = row["agency_id"]
        if not agency_id[:1].isascii() or not agency_id[:1].isalpha() or not _is_file_name(agency_id):
            raise IntakeError(
                where=row.where,
                expected="agency_id ขึ้นต้นด้วยอักษร a-z และใช้เฉพาะ a-z 0-9 ขีดกลาง ขีดล่าง เช่น hannangam",
                found=f'"{agency_id}"',
                todo="ตั้งรหัสหน่วยงานใหม่ให้เป็นข้อความ",
            )
        if agency_id in agencies or not row["name_th"]:
            raise IntakeError(
                where=row.where,
                expected="รหัสหน่วยงานไม่ซ้ำ และมีชื่อหน่วยงาน",
                found=f'"{agency_id}" ซ้ำ' if agency_id in agencies else f'"{agency_id}" ไม่มี name_th',
                todo="แก้แถวนี้ในแฟ้ม",
            )
        agencies[agency_id] = Agency(**{column: row[column] for column in AGENCIES.columns})
    return agencies


def _is_file_name(text: str) -> bool:
    # The id becomes a folder and a file name: nothing else may come through here.
    return all(c.isascii() and (c.isalnum() or c in "-_") for c in text)


def find_agency(workspace: Path, agency_id: str) -> Agency:
    """Return one agency of the workspace. Raises IntakeError naming the nearest when there is none."""
    agencies = read_agencies(workspace)
    if agency_id in agencies:
        return agencies[agency_id]
    near = difflib.get_close_matches(agency_id, agencies, n=1)
    raise IntakeError(
        where="data/agencies.csv",
        expected=f"หน่วยงานที่มีในแฟ้ม ({len(agencies)} หน่วยงาน เช่น {', '.join(list(agencies)[:5])})",
        found=f'"{agency_id}"',
        todo=f'ใช้รหัส "{near[0]}"' if near else "ตรวจรหัสหน่วยงาน หรือเพิ่มหน่วยงานในแฟ้ม",
    )


def read_record(workspace: Path, agency_id: str, framework: Framework, words: Words | None = None) -> Record:
    """Read what the workspace holds of one agency in the framework's year.

    ``words`` stand in place of ``params/<agency>-<year>.yaml`` where they are given. Rows that cannot be
    used become problems of the record; raises IntakeError when nothing can be done: unknown agency, no
    data of the year, a file that cannot be read, or not one usable score.
    """
    agency = find_agency(workspace, agency_id)
    year = framework.fiscal_year
    words = read_words(workspace, agency_id, year) if words is None else words
    plan_year = words.office.plan_year or framework.plan_year
    tables = {form: _read_year(workspace, year, form) for form in _YEAR_TABLES}
    tables[MEASURES] = _read_year(workspace, plan_year, MEASURES)
    if tables[STATED_SCORES] is None:
        raise IntakeError(
            where=f"data/{year}/stated_scores.csv",
            expected=f"แฟ้มคะแนนของปีงบประมาณ พ.ศ. {year}",
            found="ไม่มีแฟ้มนี้",
            todo="สร้างแฟ้มตาม data/README.md หรือตรวจปีที่ระบุใน --year"
            + _hint_of_progress(workspace, agency_id, year),
        )
    own = {form: [r for r in table or [] if r["agency_id"] == agency_id] for form, table in tables.items()}
    record = rows.record_of(agency, framework, own, words, plan_year)
    if not record.scores:
        raise IntakeError(
            where=f"data/{year}/stated_scores.csv",
            expected=f'คะแนนอย่างน้อยหนึ่งค่าของ "{agency_id}"',
            found="; ".join(p.message_th for p in record.problems) or "ไม่มีแถวของหน่วยงานนี้",
            todo="เพิ่มหรือแก้แถวคะแนนของหน่วยงานในแฟ้ม" + _hint_of_progress(workspace, agency_id, year),
        )
    agencies = read_agencies(workspace)
    record = _with_emblem(record, workspace)
    return replace(
        record,
        peers=rows.peer_scores(agencies, agency_id, tables[STATED_SCORES] or [], framework),
        slice_hash=_slice_hash(agency, own, words, emblem=record.emblem),
    )


def _with_emblem(record: Record, workspace: Path) -> Record:
    problems: list[Problem] = []
    emblem = read_emblem(workspace, record.office.logo, problems)
    return replace(record, emblem=emblem, problems=(*record.problems, *problems))


def _hint_of_progress(workspace: Path, agency_id: str, year: int) -> str:
    """Whoever asks for an analysis where there are only measures most likely wants the report on these."""
    table = _read_year(workspace, year, MEASURES) or []
    if not any(row["agency_id"] == agency_id for row in table):
        return ""
    return f" (มีมาตรการของปี {year} อยู่แล้ว หากต้องการรายงานผลตามมาตรการ ให้ระบุ --document progress)"


def read_stated(workspace: Path, agency_id: str, framework: Framework) -> Record | None:
    """Read only the scores and the level of a year, for comparisons; ``None`` where there are none."""
    year = framework.fiscal_year
    tables = {form: _read_year(workspace, year, form) for form in (STATED_SCORES, STATED_RESULTS)}
    own = {form: [r for r in table or [] if r["agency_id"] == agency_id] for form, table in tables.items()}
    if not own[STATED_SCORES]:
        return None
    agency = find_agency(workspace, agency_id)
    nothing: dict[TableForm, list[TableRow]] = {form: [] for form in (RESPONSES, REMARKS, MEASURES)}
    record = rows.record_of(agency, framework, {**own, **nothing}, Words(), framework.plan_year)
    return replace(record, slice_hash=_slice_hash(agency, own)) if record.scores else None


def scored_year(workspace: Path, agency_id: str, plan_year: int) -> int:
    """Return the year whose scores the measures of ``plan_year`` answer: the one before, as a rule.

    An analysis may state another plan year (``office.plan_year``) than the rule gives.
    """
    own = read_words(workspace, agency_id, plan_year)
    return plan_year if own.office.plan_year == plan_year else plan_year - 1


def read_plan(
    workspace: Path, agency_id: str, plan_year: int, framework: Framework, office: Office
) -> Record:
    """Read the measures of ``plan_year``, what is recorded of them, and the remarks on the scored year.

    ``framework`` is of the year whose scores the measures answer. Measures that were confirmed in its
    analysis (``params/<agency>-<scored year>.yaml``) count beside those of ``measures.csv``. Raises
    IntakeError when there is no measure at all.
    """
    agency = find_agency(workspace, agency_id)
    year = framework.fiscal_year
    planned = read_words(workspace, agency_id, year)
    if (planned.office.plan_year or framework.plan_year) != plan_year:
        planned = Words()  # its measures are for another year
    tables = {
        MEASURES: _read_year(workspace, plan_year, MEASURES),
        PROGRESS: _read_year(workspace, plan_year, PROGRESS),
        REMARKS: _read_year(workspace, year, REMARKS),
    }
    own = {form: [r for r in table or [] if r["agency_id"] == agency_id] for form, table in tables.items()}
    record = rows.plan_of(agency, framework, own, planned, office, plan_year)
    if not record.measures:
        raise IntakeError(
            where=f"data/{plan_year}/measures.csv",
            expected=f'มาตรการอย่างน้อยหนึ่งข้อของ "{agency_id}" สำหรับปีงบประมาณ พ.ศ. {plan_year}',
            found="; ".join(p.message_th for p in record.problems) or "ไม่มีแถวของหน่วยงานนี้",
            todo=f"เพิ่มมาตรการในแฟ้มนี้ หรือยืนยันมาตรการใน params/{agency_id}-{year}.yaml "
            "(--year ของ --document progress คือปีของมาตรการ)",
        )
    record = _with_emblem(record, workspace)
    return replace(record, slice_hash=_slice_hash(agency, own, planned, Words(office), emblem=record.emblem))


_YEAR_TABLES = (STATED_SCORES, STATED_RESULTS, RESPONSES, REMARKS)


def _read_year(workspace: Path, year: int, form: TableForm) -> list[TableRow] | None:
    return read_table(workspace / "data" / str(year), form, f"data/{year}")


def _slice_hash(
    agency: Agency,
    own: Mapping[TableForm, Iterable[TableRow]],
    *words: Words,
    emblem: bytes | None = None,
) -> str:
    # Only this agency's rows count, so a correction for another agency leaves the fingerprint alone.
    content = {form.name: [sorted(row.values.items()) for row in table] for form, table in own.items()}
    written = [
        [w.office.model_dump(mode="json"), *(sorted(row.values.items()) for row in (*w.texts, *w.measures))]
        for w in words
    ]
    text = json.dumps([vars(agency), content, written], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode() + (emblem or b"")).hexdigest()[:12]
