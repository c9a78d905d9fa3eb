"""The index of a batch: one offline page with a row for each agency, its reports, and what went wrong.

Without a script the page is whole and in the order of a Thai dictionary; its script adds search, filters and
sorting. It shows no rank: totals that lie close together cannot be told apart.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from ita_nb.batch.folder import STATUS_TH, Entry, by_name, cause_th
from ita_nb.document.html import page_environment
from ita_nb.document.sheet import webfonts
from ita_nb.thai import Digits, in_digits, long_date, number_text, thai_order

# The formats in which readers look first, and what they call them.
_FORMATS = {".html": "HTML", ".pdf": "PDF", ".docx": "Word", ".xlsx": "Excel", ".ipynb": "Notebook"}
_FORMATS |= {".csv": "CSV", ".parquet": "Parquet"}
_HEADINGS = {"analysis": "ผลการประเมิน ITA", "progress": "รายงานผลตามมาตรการ ITA"}
# The checks that speak against a stated total, and against a stated level, which rests on it.
_OF_TOTAL = {"total-mismatch"}
_OF_LEVEL = _OF_TOTAL | {"level-mismatch", "level-unknown"}
_DOUBTS = {True: "มีข้อขัดแย้ง", False: "ไม่มีข้อขัดแย้ง"}
_BESIDE = {
    "province_overview": "ภาพรวมของทั้งชุด",
    "measures": "มาตรการและผลของทุกหน่วยงาน",
    "manifest": "รายการแฟ้มทั้งหมด",
}


def index_page(
    entries: Iterable[Entry],
    *,
    title_th: str,
    digits: Digits = "thai",
    beside: Sequence[str] = (),
    part: str | None = None,
) -> bytes:
    """Return the page of the batch ``title_th``, or its ``part`` (``1/3``), made today.

    ``beside`` are the other files of the batch, by their paths under the same folder.
    """
    ordered = by_name(entries)
    has_provinces = len({entry.province_th for entry in ordered if entry.province_th}) > 1
    rows = [_row(number, entry, has_provinces=has_provinces) for number, entry in enumerate(ordered)]
    script = files("ita_nb.batch").joinpath("templates/index.js").read_text(encoding="utf-8")
    counted = Counter(row["status"] for row in rows)
    template: Any = page_environment("ita_nb.batch").get_template("index.html.j2")
    page: str = template.render(
        title=_heading(ordered, title_th, digits, part),
        batch=title_th,
        made_on=in_digits(long_date(date.today()), digits),
        rows=rows,
        counts=[(status, counted[status]) for status in STATUS_TH.values() if counted[status]],
        contradicted=sum(entry.errors > 0 for entry in ordered),
        levels=[*thai_order(row["level"] for row in rows if row["level"])],
        places=[*thai_order(row["place"] for row in rows if row["place"])],
        doubts=[doubt for doubt in _DOUBTS.values() if any(row["doubt"] == doubt for row in rows)],
        troubles=_troubles(rows),
        has_totals=any(row["total"] is not None for row in rows),
        has_progress=any(row["recorded"][1] for row in rows),
        has_years=len({(entry.fiscal_year, entry.document) for entry in ordered}) > 1,
        beside=_beside(beside),
        href=href,
        digits=digits,
        shown=lambda value: in_digits(str(value), digits),
        script=Markup(script),  # noqa: S704 - the package's own file
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        fonts=webfonts(""),
    )
    return page.encode("utf-8")


def _heading(entries: Sequence[Entry], batch: str, digits: Digits, part: str | None) -> str:
    """Return what the page is about: the one province, else the batch as it is called."""
    what = " และ".join(_HEADINGS[name] for name in _HEADINGS if any(e.document == name for e in entries))
    provinces = {entry.province_th.removeprefix("จังหวัด") for entry in entries if entry.province_th}
    whose = f"จังหวัด{provinces.pop()}" if len(provinces) == 1 else f"ชุดงาน {batch}"
    years = in_digits(", ".join(map(str, sorted({entry.fiscal_year for entry in entries}))), digits)
    share = in_digits(f" (ส่วนที่ {part.replace('/', ' จาก ')})", digits) if part else ""
    return f"{what} {whose} ปีงบประมาณ พ.ศ. {years}{share}"


def _row(number: int, entry: Entry, *, has_provinces: bool) -> dict[str, Any]:
    """Return a row of the page. ``total`` and ``recorded`` are for sorting, the rest is as it is read."""
    result = next(iter(entry.rows("results")), {})
    against = {row["rule"] for row in entry.rows("problems") if row["severity"] == "error"}
    totals = [result.get("total_stated"), result.get("total_recomputed")]
    stated, recomputed = ("" if total is None else number_text(total) for total in totals)
    level, level_recomputed = result.get("level_stated") or "", result.get("level_recomputed") or ""
    province = f" จังหวัด{entry.province_th}" if has_provinces and entry.province_th else ""
    recorded = [row["state"] in {"done", "recorded"} for row in entry.rows("progress")]
    return {
        "number": number,
        "entry": entry,
        "status": STATUS_TH[entry.status],
        "place": f"{entry.district_th}{province}".strip(),
        "level": level,
        "total": next((total for total in totals if total is not None), None),
        "total_text": stated,
        # Within what rounding allows the two may differ: only what the checks say is a contradiction.
        "recomputed_text": _other(stated, recomputed, is_against=bool(against & _OF_TOTAL)),
        "level_recomputed": _other(level, level_recomputed, is_against=bool(against & _OF_LEVEL)),
        "recorded": (sum(recorded), len(recorded)),
        "doubt": _DOUBTS[entry.errors > 0] if entry.made else "",
        "links": _links(entry),
    }


def _other(stated: str, recomputed: str, *, is_against: bool) -> str:
    return "" if recomputed == stated or (stated and not is_against) else recomputed


def _links(entry: Entry) -> list[tuple[str, str]]:
    """Return addresses and labels of the documents, in the order of the formats."""
    by_ending = {PurePosixPath(file.path).suffix: file.path for file in entry.made}
    labels = _FORMATS | ({".pdf": f"PDF {entry.pages} หน้า"} if entry.pages else {})
    return [(href(by_ending[ending]), label) for ending, label in labels.items() if ending in by_ending]


def href(path: str) -> str:
    """Return the address of a file under the page's own folder: never another place, whatever its name."""
    return f"./{quote(path.lstrip('/'))}"


def _beside(paths: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the other files by what they are; the tables by their names."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for path in map(PurePosixPath, paths):
        what = _BESIDE.get(path.stem, f"ตาราง {path.stem}")
        groups.setdefault(what, []).append((href(str(path)), _FORMATS.get(path.suffix, path.suffix)))
    return [*groups.items()]


def _troubles(rows: Sequence[dict[str, Any]]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Return status, cause and rows of what has no document: what failed, then the most frequent causes."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        entry = row["entry"]
        if entry.failure:
            cause = cause_th(entry.failure.cause, entry.fiscal_year)
            groups.setdefault((row["status"], cause), []).append(row)
    places = [*STATUS_TH.values()]
    found = [(status, cause, own) for (status, cause), own in groups.items()]
    return sorted(found, key=lambda trouble: (places.index(trouble[0]), -len(trouble[2])))
