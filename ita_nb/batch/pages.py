"""The pages beside the reports of a batch: its index, the measures of all agencies, and the overview."""

from __future__ import annotations

import base64
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from ita_nb.analysis.progress import ANSWERABLE, STATE_TH
from ita_nb.batch.folder import STATUS_TH, Entry, by_name, cause_th
from ita_nb.document import fonts, html, pdf
from ita_nb.document.blocks import Column, Cover, Document, Heading, Row, Table
from ita_nb.document.fonts import printable
from ita_nb.document.html import page_environment
from ita_nb.document.notebook import read_document
from ita_nb.document.webfonts import COMMON, webfont
from ita_nb.execution import run_notebook
from ita_nb.notebook_files import OVERVIEW, notebook_bytes, shared_notebook
from ita_nb.task import Limits
from ita_nb.thai import Digits, in_digits, long_date, number_text, thai_order, visible
from ita_nb.verify import ABSENT, UnverifiedError, html_text, pdf_pages, squeezed

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
    title_th: str,
    digits: Digits = "thai",
    beside: Sequence[str] = (),
    part: str | None = None,
) -> bytes:
    """Return the index of the batch ``title_th``, or its ``part`` (``1/3``), made today.

    It has a row for each agency, its reports, and what went wrong. Without a script the page is whole and in
    the order of a Thai dictionary; its script adds search, filters and sorting. It shows no rank: totals that
    lie close together cannot be told apart. ``beside`` are the other files of the batch, by their paths under
    the same folder.
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
        fonts={400: webfont(fonts.REGULAR, COMMON), 700: webfont(fonts.BOLD, COMMON)},
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


# ---------------------------------------------------------------- measures page


_EVIDENCE_TH = ("มี", "ขาด", "ไม่ต้องมี")
_TITLE = ("สถานะและหลักฐานของมาตรการส่งเสริมคุณธรรมและความโปร่งใส", "ของทุกหน่วยงาน")


def measures_page(entries: Sequence[Entry], digits: Digits) -> bytes:
    """Return the page as HTML; ``b""`` where no entry is a report on measures.

    Evidence is asked for of what is done, or should be.
    """
    found = [(entry, row, _evidence(row)) for entry in by_name(entries) for row in entry.rows("progress")]
    if not found:
        return b""
    years = sorted({entry.fiscal_year for entry, *_ in found})
    counts = Counter((_state(row), evidence) for _, row, evidence in found)
    states = [
        state for state in dict.fromkeys([*STATE_TH.values(), *(s for s, _ in counts)]) if _sum(counts, state)
    ]
    summary = Table(
        columns=(
            Column(heading="สถานะ", width=3),
            *(Column(heading=f"{e}\nหลักฐาน", align="right") for e in _EVIDENCE_TH),
            Column(heading="รวม", align="right"),
        ),
        rows=(
            *(
                Row(cells=(s, *(str(counts[s, e]) for e in _EVIDENCE_TH), str(_sum(counts, s))))
                for s in states
            ),
            Row(kind="total", cells=("รวม", *(str(_sum(counts, e)) for e in _EVIDENCE_TH), str(len(found)))),
        ),
        caption="จำนวนมาตรการตามสถานะและหลักฐาน",
    )
    widths = {"หน่วยงาน": 2.4, "มาตรการ": 3.6, "สถานะ": 2.0, "เหตุผล": 2.2, "หลักฐาน": 1.2}
    each = Table(
        columns=tuple(Column(heading=heading, width=width) for heading, width in widths.items()),
        rows=tuple(
            Row(
                cells=(
                    entry.name_th + (f" ปีงบประมาณ พ.ศ. {entry.fiscal_year}" if years[1:] else ""),
                    row["title_th"] or row["measure_id"] or "",
                    _state(row),
                    row["reason_th"] or "",
                    evidence,
                )
            )
            for entry, row, evidence in found
        ),
        caption="มาตรการของทุกหน่วยงาน",
    )
    year = f"ปีงบประมาณ พ.ศ. {', '.join(map(str, years))}"
    cover = Cover(
        title=(*_TITLE, year),
        agency=_whose([entry for entry, *_ in found]),
        agency_id="measures",
        fiscal_year=years[-1],
        running_title=f"สถานะของมาตรการ {year}",
        digits=digits,
        edition="working",
        shown=False,
    )
    blocks = (cover, Heading(level=1, text="สรุป"), summary, Heading(level=1, text="รายมาตรการ"), each)
    document = Document(cover=cover, blocks=blocks).mapped(lambda text: in_digits(text, digits))
    return html.render(document).encode()


def _state(row: dict[str, Any]) -> str:
    return STATE_TH.get(row["state"], row["state"] or "")


def _evidence(row: dict[str, Any]) -> str:
    if "evidence" in (row["lacks"] or ""):
        return _EVIDENCE_TH[1]
    return _EVIDENCE_TH[0 if row["state"] in ANSWERABLE else 2]


def _sum(counts: Counter[tuple[str, str]], name: str) -> int:
    return sum(count for pair, count in counts.items() if name in pair)


def _whose(entries: Sequence[Entry]) -> str:
    places = {entry.province_th.removeprefix("จังหวัด") for entry in entries}
    whose = f"หน่วยงานในจังหวัด{places.pop()}" if len(places) == 1 and places != {""} else "หน่วยงานในชุดนี้"
    return f"{whose} {len({entry.agency_id for entry in entries}):,} แห่ง"


# ---------------------------------------------------------------- overview


_STEM = "province_overview"


def make_overview(folder: Path, workspace: Path, digits: Digits, limits: Limits | None) -> dict[str, bytes]:
    """Return the files of the overview of what ``folder`` holds, verified. Raises an ItaError."""
    # The notebook goes to other people: where it can, it names no folder of this machine.
    inside = folder.is_relative_to(workspace)
    seen = os.fspath(folder.relative_to(workspace) if inside else folder)
    parameters = {"folder": seen, "digits": digits}
    run = run_notebook(shared_notebook(workspace, OVERVIEW), parameters, workspace, limits=limits)
    document = read_document(run.notebook)
    page, paper = html.render(document).encode(), pdf.render(document)
    verify_overview(page, paper, document.cover)
    return {f"{_STEM}.html": page, f"{_STEM}.ipynb": notebook_bytes(run.notebook), f"{_STEM}.pdf": paper}


def verify_overview(page: bytes, paper: bytes, cover: Cover) -> None:
    """Check that HTML and PDF bear the title and the fiscal year, and that all of the PDF can be read.

    Raises UnverifiedError.
    """
    phrases = (*cover.title, cover.agency, in_digits(f"ปีงบประมาณ พ.ศ. {cover.fiscal_year}", cover.digits))
    web, print_ = f"{_STEM}.html", f"{_STEM}.pdf"
    for name, drawn, texts in (
        (web, visible, [html_text(page, web)]),
        (print_, printable, pdf_pages(paper, print_)),
    ):
        for phrase in phrases:
            if not any(squeezed(drawn(phrase)) in squeezed(text) for text in texts):
                raise UnverifiedError(name, f'ข้อความบนปก "{phrase}"', ABSENT)
