"""The index of a batch: one offline page with a row for each agency, its reports, and what went wrong.

Without a script the page is whole and in the order of a Thai dictionary; its script adds search, filters and
sorting. It shows no rank: totals that lie close together cannot be told apart.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from ita_nb.batch.entries import CAUSE_TH, STATUS_TH, Entry, by_name
from ita_nb.batch.plan import stop_name
from ita_nb.batch.shards import Shard
from ita_nb.batch.task import DocumentName, MadeFile
from ita_nb.document import fonts
from ita_nb.document.html import page_environment
from ita_nb.document.webfonts import COMMON, webfont
from ita_nb.thai import Digits, in_digits, long_date, number_text, thai_order

# The formats in which readers look first, and what they call them.
_FORMATS = {".html": "HTML", ".pdf": "PDF", ".docx": "Word", ".xlsx": "Excel", ".ipynb": "Notebook"}
_FORMATS |= {".csv": "CSV", ".parquet": "Parquet"}
_HEADINGS: dict[DocumentName, str] = {"analysis": "ผลการประเมิน ITA", "progress": "รายงานผลตามมาตรการ ITA"}
# The checks that speak against a stated total, and against a stated level, which rests on it.
_OF_TOTAL = frozenset({"total-mismatch"})
_OF_LEVEL = _OF_TOTAL | {"level-mismatch", "level-unknown"}
_DOUBTS = {True: "มีข้อขัดแย้ง", False: "ไม่มีข้อขัดแย้ง"}
_TOTALS = ("total_stated", "total_recomputed")
_BESIDE = {
    "province_overview": "ภาพรวมของทั้งชุด",
    "measures": "มาตรการและผลของทุกหน่วยงาน",
    "manifest": "รายการแฟ้มทั้งหมด",
}


@dataclass(frozen=True)
class Link:
    """Where a file is, from the page, and how it is called."""

    href: str
    label: str


@dataclass(frozen=True)
class Shown:
    """A row of the page. ``total`` and ``errors`` are for sorting, the rest as it is read."""

    number: int
    entry: Entry
    status: str
    place: str
    level: str
    total: float | None
    total_text: str
    recomputed_text: str
    level_recomputed: str
    recorded: tuple[int, int]
    doubt: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Trouble:
    """Agencies without a document for one cause."""

    status: str
    cause: str
    rows: tuple[Shown, ...]


def index_page(
    entries: Iterable[Entry],
    *,
    title_th: str,
    digits: Digits = "thai",
    beside: Sequence[str] = (),
    shard: Shard | None = None,
    made_on: date | None = None,
) -> bytes:
    """Return the page of the batch ``title_th``, or its part ``shard``, made today or on another day.

    ``beside`` are the other files of the batch, by their paths under the same folder.
    """
    ordered = by_name(entries)
    has_provinces = len({entry.province_th for entry in ordered if entry.province_th}) > 1
    rows = [_shown(number, entry, has_provinces=has_provinces) for number, entry in enumerate(ordered)]
    script = files("ita_nb.batch").joinpath("templates/index.js").read_text(encoding="utf-8")
    page: str = _template().render(
        title=_heading(ordered, title_th, digits, shard),
        batch=title_th,
        made_on=in_digits(long_date(made_on or date.today()), digits),
        rows=rows,
        counts=_counts(rows),
        contradicted=sum(row.entry.errors > 0 for row in rows),
        levels=_choices(row.level for row in rows),
        places=_choices(row.place for row in rows),
        doubts=[doubt for doubt in _DOUBTS.values() if any(row.doubt == doubt for row in rows)],
        troubles=_troubles(rows),
        has_totals=any(row.total is not None for row in rows),
        has_progress=any(row.recorded[1] for row in rows),
        has_years=len({(row.entry.fiscal_year, row.entry.document) for row in rows}) > 1,
        beside=_beside(beside),
        href=href,
        digits=digits,
        shown=lambda value: in_digits(str(value), digits),
        script=Markup(script),  # noqa: S704 - the package's own file
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        fonts={400: webfont(fonts.REGULAR, COMMON), 700: webfont(fonts.BOLD, COMMON)},
    )
    return page.encode("utf-8")


def _heading(entries: Sequence[Entry], batch: str, digits: Digits, shard: Shard | None) -> str:
    """Return what the page is about: the one province, else the batch as it is called."""
    what = " และ".join(_HEADINGS[name] for name in _HEADINGS if any(e.document == name for e in entries))
    provinces = {entry.province_th.removeprefix("จังหวัด") for entry in entries if entry.province_th}
    whose = f"จังหวัด{provinces.pop()}" if len(provinces) == 1 else f"ชุดงาน {batch}"
    years = in_digits(", ".join(map(str, sorted({entry.fiscal_year for entry in entries}))), digits)
    part = in_digits(f" (ส่วนที่ {shard[0]} จาก {shard[1]})", digits) if shard else ""
    return f"{what} {whose} ปีงบประมาณ พ.ศ. {years}{part}"


@cache
def _template() -> Any:
    return page_environment("ita_nb.batch").get_template("index.html.j2")


def _shown(number: int, entry: Entry, *, has_provinces: bool) -> Shown:
    result, against = entry.result, _errors(entry)
    stated, recomputed = (_score(result, column) for column in _TOTALS)
    level, level_recomputed = result.get("level_stated") or "", result.get("level_recomputed") or ""
    province = f" จังหวัด{entry.province_th}" if has_provinces and entry.province_th else ""
    recorded = [row["state"] in {"done", "recorded"} for row in entry.rows("progress")]
    return Shown(
        number=number,
        entry=entry,
        status=STATUS_TH[entry.status],
        place=f"{entry.district_th}{province}".strip(),
        level=level,
        total=next((result[c] for c in _TOTALS if result.get(c) is not None), None),
        total_text=stated,
        # Within what rounding allows the two may differ: only what the checks say is a contradiction.
        recomputed_text="" if recomputed == stated or (stated and not against & _OF_TOTAL) else recomputed,
        level_recomputed=(
            "" if level_recomputed == level or (level and not against & _OF_LEVEL) else level_recomputed
        ),
        recorded=(sum(recorded), len(recorded)),
        doubt=_DOUBTS[entry.errors > 0] if entry.files else "",
        links=_links(entry.files, entry.pages),
    )


def _errors(entry: Entry) -> frozenset[str]:
    """Return the names of the checks that the agency's numbers fail."""
    return frozenset(row["rule"] for row in entry.rows("problems") if row["severity"] == "error")


def _score(result: Mapping[str, Any], column: str) -> str:
    value = result.get(column)
    return "" if value is None else number_text(value)


def _links(made: Iterable[MadeFile], pages: int) -> tuple[Link, ...]:
    by_ending = {PurePosixPath(file.path).suffix: file for file in made}
    found = []
    for ending, label in _FORMATS.items():
        if ending in by_ending:
            counted = f"{label} {pages} หน้า" if ending == ".pdf" and pages else label
            found.append(Link(href(by_ending[ending].path), counted))
    return tuple(found)


def href(path: str) -> str:
    """Return the address of a file under the page's own folder: never another place, whatever its name."""
    return f"./{quote(path.lstrip('/'))}"


def _beside(paths: Iterable[str]) -> list[tuple[str, list[Link]]]:
    """Return the other files by what they are; the tables by their names."""
    groups: dict[str, list[Link]] = {}
    for path in map(PurePosixPath, paths):
        what = _BESIDE.get(path.stem, f"ตาราง {path.stem}")
        groups.setdefault(what, []).append(Link(href(str(path)), _FORMATS.get(path.suffix, path.suffix)))
    return list(groups.items())


def _counts(rows: Iterable[Shown]) -> list[tuple[str, int]]:
    counted = Counter(row.status for row in rows)
    return [(status, counted[status]) for status in dict.fromkeys(STATUS_TH.values()) if counted[status]]


def _choices(values: Iterable[str]) -> list[str]:
    return [*thai_order(value for value in values if value)]


def _troubles(rows: Sequence[Shown]) -> list[Trouble]:
    """Return what has no document, what failed first, the most frequent cause first."""
    groups: dict[tuple[str, str], list[Shown]] = {}
    for status in STATUS_TH:
        for row in rows:
            if row.entry.status == status and row.entry.failure is not None:
                groups.setdefault((row.status, _cause(row.entry)), []).append(row)
    places = {status: place for place, status in enumerate(STATUS_TH.values())}
    found = [Trouble(status, cause, tuple(members)) for (status, cause), members in groups.items()]
    return sorted(found, key=lambda trouble: (places[trouble.status], -len(trouble.rows)))


def _cause(entry: Entry) -> str:
    if entry.stop:
        return stop_name(entry.stop, entry.fiscal_year)
    return CAUSE_TH[entry.failure.cause] if entry.failure else ""
