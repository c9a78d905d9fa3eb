"""One page over all measures of a batch: how many are in which state with which evidence, then each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ita_nb.analysis.progress import ANSWERABLE, STATE_TH
from ita_nb.batch.folder import Entry, by_name
from ita_nb.document import html
from ita_nb.document.blocks import Column, Cover, Document, Heading, Row, Table
from ita_nb.thai import Digits, in_digits

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
                    f"{row['measure_id'] or ''} {row['title_th'] or ''}".strip(),
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
