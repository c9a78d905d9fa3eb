"""A small batch for the tests of the files beside the reports: the demo's real tables under several names."""

from __future__ import annotations

from functools import cache
from typing import Any

from conftest import AGENCY, REPOSITORY, YEAR

from ita_nb.batch.content import Content
from ita_nb.batch.entries import Entry
from ita_nb.batch.task import Failure, MadeFile
from ita_nb.case import build_case
from ita_nb.frames import merged_rows
from ita_nb.progress import build_progress

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


def content(agency_id: str, name_th: str, document: str = "analysis", **result: Any) -> Content:
    """Return the demo's tables under another agency; ``result`` changes its row of results."""
    tables = {
        name: [{**row, "agency_id": agency_id} for row in rows] for name, rows in _real(document).items()
    }
    tables["results"][0] |= {"name_th": name_th, **result}
    return Content(tables)


def made(agency_id: str, name_th: str = "เทศบาลตำบลบ้านใหม่", result: Any = None, **values: Any) -> Entry:
    """Return an entry whose document was made; ``result`` changes its row of results."""
    document = values.get("document", "analysis")
    files = tuple(
        MadeFile(f"{agency_id}/{agency_id}-{YEAR}-{document}.{ending}", 10, "f" * 64)
        for ending in ("ipynb", "html", "pdf", "docx")
    )
    standard = {
        "fiscal_year": YEAR,
        "document": document,
        "status": "done",
        "district_th": "บ้านผือ",
        "province_th": "อุดรธานี",
        "files": files,
        "content": content(agency_id, name_th, document, **(result or {})),
        "pages": 12,
    }
    return Entry(agency_id, name_th, **standard | values)


def failed(agency_id: str, name_th: str = "เทศบาลตำบลบ้านเก่า", **values: Any) -> Entry:
    """Return an entry whose notebook failed."""
    failure = Failure("cell-failed", "เซลล์ที่ 7", "ValueError: <b>ค่า</b>", f"failed/{agency_id}.ipynb")
    standard = {
        "fiscal_year": YEAR,
        "document": "analysis",
        "status": "failed",
        "failure": failure,
        "command": f"ita-nb report {agency_id} --year {YEAR}",
    }
    return Entry(agency_id, name_th, **standard | values)


def batch() -> list[Entry]:
    """Return a batch with every status and every hostile name."""
    hostile = [made(f"hostile-{what}", name) for what, name in HOSTILE.items()]
    stopped = Failure("data", f"data/{YEAR}/stated_scores.csv", "ไม่มีแถวของหน่วยงานนี้")
    return [
        made("banmai"),
        made("chaiwan", "เทศบาลตำบลไชยวาน", {"total_recomputed": 49.74, "level_recomputed": None}, errors=5),
        made("kaoya", "เทศบาลตำบลเก่าย่าดี", status="unchanged", district_th="เพ็ญ"),
        *hostile,
        failed("bankao"),
        failed("stopped", "เทศบาลตำบลหนองบัว", status="stopped", failure=stopped),
        failed("left", "เทศบาลตำบลโนนสูง", status="left", failure=None),
    ]
