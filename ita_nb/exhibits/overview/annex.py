"""Every agency's numbers in one table by name, and where they came from."""

from __future__ import annotations

from ita_nb.document.blocks import Column, Heading, PageBreak, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits import text
from ita_nb.exhibits.overview.names import Overview, short_forms_note, short_names_of, year_of
from ita_nb.thai import number_text

_UNKNOWN = "-"


def agencies(overview: Overview) -> Section:
    """Return the table of all agencies on turned pages: both totals, level, indicators, band of ranks."""
    province = overview.province
    if not province.members:
        return Section(blocks=())
    names, indicators = short_names_of(province), province.framework.indicators
    bands = {m.agency.agency_id: b for m, b in zip(province.judged, province.bands, strict=False)}
    rows = []
    for member in province.members:
        band = bands.get(member.agency.agency_id)
        rows.append(
            Row(
                cells=(
                    names[member.agency.agency_id],
                    _score(member.total_stated, 2),
                    _UNKNOWN if member.total_is_stated else _score(member.total, 2),
                    member.level or _UNKNOWN,
                    *(_score(score, 1) for score in province.indicator_scores(member)),
                    f"{band.first}–{band.last}" if band else _UNKNOWN,
                )
            )
        )
    columns = (
        Column(heading="หน่วยงาน", width=2.6),
        Column(heading="คะแนนที่ประกาศ", width=1.5, align="right"),
        Column(heading="คะแนนที่คำนวณ", width=1.5, align="right"),
        Column(heading="ระดับตามเกณฑ์", width=1.7),
        *(Column(heading=i.code, width=1.25, align="right") for i in indicators),
        Column(heading="ช่วงอันดับ", width=1.4, align="center"),
    )
    table = Table(
        columns=columns,
        rows=tuple(rows),
        caption=f"คะแนนรวมที่ประกาศและที่คำนวณ ระดับ คะแนนรายตัวชี้วัด และช่วงอันดับของทุกหน่วยงาน {year_of(province)}",
    )
    missing = f"{_UNKNOWN} หมายถึง ไม่มีข้อมูล หรือไม่ทราบจำนวนผู้ตอบครบทุกกลุ่มจึงบอกช่วงอันดับไม่ได้"
    notes = (say("overview.annex"), missing, *short_forms_note(province.members))
    heading = Heading(level=1, text="ภาคผนวก คะแนนรายหน่วยงาน")
    # Before the table: behind its last row a remark could stand alone on a page.
    remarks = tuple(text.note(note) for note in notes)
    return Section(blocks=(PageBreak(orientation="landscape"), heading, *remarks, table, PageBreak()))


def _score(score: float | None, decimals: int) -> str:
    return _UNKNOWN if score is None else number_text(score, decimals)


def provenance(overview: Overview) -> Section:
    """Return where the numbers and the document came from."""
    province = overview.province
    rows = (
        ("โฟลเดอร์ของชุดเอกสาร", province.name),
        ("หน่วยงานที่มีผล", f"{len(province.members)} หน่วยงาน"),
        ("โปรแกรม", f"ita-nb รุ่น {province.code}"),
        (f"ข้อเท็จจริงของการประเมิน {year_of(province)}", f"ลายนิ้วมือ {province.facts}"),
    )
    table = Table(
        columns=(Column(heading="รายการ", width=2.0), Column(heading="ค่า", width=3.0)),
        rows=tuple(Row(cells=row) for row in rows),
        caption="ที่มา",
    )
    return Section(blocks=(Heading(level=1, text="ที่มาของตัวเลขและเอกสาร"), table))
