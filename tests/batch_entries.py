"""Small batches for the tests of what is summed up: the demo's real tables under several names."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from conftest import AGENCY, REPOSITORY, YEAR

from ita_nb.batch.folder import ASKED, Asked, Chosen, Entry, Failure, MadeFile
from ita_nb.case import build_case
from ita_nb.frames import MERGED, merged_rows
from ita_nb.made import RECORDS, TABLES, put
from ita_nb.progress import build_progress
from ita_nb.tables import arrow_table, with_stem

ENDINGS = ("ipynb", "html", "pdf", "docx")
HOSTILE = {
    "formula": '=HYPERLINK("http://evil.example","คลิก")',
    "command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "markup": '"><img src=x onerror=alert(1)><script>alert(1)</script>&amp;{{ 7*7 }}',
    "path": "../../../etc/passwd",
    "lines": "เทศบาล\nตำบล\r\nบ้านใหม่, จำกัด",
    "invisible": "เทศบาล\u202e\u200b\x07ตำบล",
}


@cache
def _real(document: str) -> dict[str, list[dict[str, Any]]]:
    if document == "progress":
        return merged_rows(build_progress("sithong", 2564, REPOSITORY), "working")
    return merged_rows(build_case(AGENCY, YEAR, REPOSITORY), "working")


def tables(agency_id: str, document: str = "analysis", **result: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the demo's tables under another agency; ``result`` changes its row of results."""
    keys = {"agency_id": agency_id, "fiscal_year": YEAR}
    found = {name: [{**row, **keys} for row in rows] for name, rows in _real(document).items()}
    found["results"][0] |= result
    return found


# ---------------------------------------------------------------- entries


def made(agency_id: str, name_th: str = "เทศบาลตำบลบ้านใหม่", result: Any = None, **values: Any) -> Entry:
    """Return an entry whose document was made; ``result`` changes its row of results."""
    document = values.get("document", "analysis")
    own = values.pop("tables", None) or tables(agency_id, document, name_th=name_th, **(result or {}))
    files = [f"{agency_id}/{agency_id}-{YEAR}-{document}.{ending}" for ending in ENDINGS]
    standard = {
        "fiscal_year": YEAR,
        "document": document,
        "status": "done",
        "district_th": "บ้านผือ",
        "province_th": "อุดรธานี",
        "made": tuple(MadeFile(path, 10, "f" * 64, is_edited=False) for path in files),
        "tables": {name: arrow_table(name, own[name]) for name in MERGED},
        "pages": 12,
    }
    return Entry.model_construct(agency_id=agency_id, name_th=name_th, **standard | values)


def failed(agency_id: str, name_th: str = "เทศบาลตำบลบ้านเก่า", **values: Any) -> Entry:
    """Return an entry whose notebook failed."""
    standard = {
        "fiscal_year": YEAR,
        "document": "analysis",
        "status": "failed",
        "failure": Failure(cause="cell-failed", where="เซลล์ที่ 7", message_th="ValueError: <b>ค่า</b>"),
        "kept": f"{agency_id}/{agency_id}-{YEAR}-analysis.failed.ipynb",
        "command": f"ita-nb report {agency_id} --year {YEAR}",
    }
    return Entry.model_construct(agency_id=agency_id, name_th=name_th, **standard | values)


def batch() -> list[Entry]:
    """Return a batch with every status and every hostile name."""
    stop = Failure(cause="no-data", message_th="ไม่มีแถวของหน่วยงานนี้")
    return [
        made("banmai"),
        made("chaiwan", "เทศบาลตำบลไชยวาน", {"total_recomputed": 49.74, "level_recomputed": None}, errors=5),
        made("kaoya", "เทศบาลตำบลเก่าย่าดี", district_th="เพ็ญ"),
        *(made(f"hostile-{what}", name) for what, name in HOSTILE.items()),
        failed("bankao"),
        failed("stopped", "เทศบาลตำบลหนองบัว", status="stopped", failure=stop, kept=""),
        failed("left", "เทศบาลตำบลโนนสูง", status="left", failure=None, kept=""),
    ]


# ---------------------------------------------------------------- folders


def place(folder: Path, agency_id: str, document: str = "analysis", **values: Any) -> Path:
    """Write the folder of an agency as a run leaves it, and return it; ``values`` are of its record."""
    stem = f"{agency_id}-{YEAR}-{document}"
    record = {"agency_id": agency_id, "name_th": f"อบต.{agency_id}", "fiscal_year": YEAR}
    contents = {f"{stem}.{ending}": f"{ending} of {stem}".encode() for ending in ENDINGS}
    contents[TABLES] = with_stem(None, stem, tables(agency_id, document, name_th=record["name_th"]))
    put(folder / agency_id, stem, {**record, "document": document, "key": "k", **values}, contents)
    return folder / agency_id


def rewrite(place: Path, **changes: Any) -> None:
    """Change what the one record of a folder says."""
    records = json.loads((place / RECORDS).read_text(encoding="utf-8"))
    ((stem, record),) = records.items()
    stem = changes.pop("stem", stem)
    (place / RECORDS).write_text(json.dumps({stem: {**record, **changes}}), encoding="utf-8")


def ask(folder: Path, *agencies: tuple[str, int], **values: Any) -> None:
    """Write what a batch was asked for: the agencies, each with its part."""
    chosen = tuple(Chosen(agency_id=i, name_th=f"อบต.{i}", part=part, key="k") for i, part in agencies)
    standard = {"batch": "ทดลอง", "fiscal_year": YEAR, "document": "analysis", "agencies": chosen}
    asked = Asked(**standard | values).model_dump_json()
    (folder / ASKED).write_text(asked, encoding="utf-8")
