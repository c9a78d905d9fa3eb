"""The ``ita-nb`` command: thin over the package; Thai for people, JSON for programs.

Exit status: 0 done; 1 done, with failures or blocking problems listed; 2 wrong usage or unusable input.
"""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ita_nb.errors import IntakeError, ItaError, PublicationRefusedError
from ita_nb.thai import to_arabic_digits

if TYPE_CHECKING:
    from ita_nb.batch.report import FiledWords

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="วิเคราะห์ผลการประเมิน ITA ของหน่วยงาน ตรวจตัวเลข และจัดทำเอกสารที่ต้องเผยแพร่",
)


class DocumentKind(StrEnum):
    """The documents that ``report`` can make."""

    analysis = "analysis"
    progress = "progress"


class Edition(StrEnum):
    """Working: with checks and drafts. Publish: the clean official document."""

    working = "working"
    publish = "publish"


class DigitStyle(StrEnum):
    """The digits of the whole document."""

    thai = "thai"
    arabic = "arabic"


def _year(typed: str | int) -> int:
    plain = to_arabic_digits(str(typed))
    if not plain.isdecimal():
        raise typer.BadParameter(f'ปีงบประมาณ (พ.ศ.) ต้องเป็นตัวเลขสี่หลัก แต่พบ "{typed}"')
    return int(plain)


Agency = Annotated[str, typer.Argument(metavar="AGENCY", help="รหัสหน่วยงานใน data/agencies.csv เช่น hannangam")]
Year = Annotated[
    int, typer.Option("--year", parser=_year, metavar="YEAR", help="ปีงบประมาณ (พ.ศ.) ของผลการประเมิน สี่หลัก")
]
Workspace = Annotated[Path, typer.Option("--workspace", help="โฟลเดอร์งานที่มี data/ (ถ้าไม่ระบุ ใช้โฟลเดอร์ปัจจุบัน)")]


@app.command()
def report(
    agency: Agency,
    year: Year,
    document: Annotated[
        DocumentKind,
        typer.Option(
            help="analysis = วิเคราะห์ผลและมาตรการ (--year คือปีของผล), "
            "progress = รายงานผลตามมาตรการ (--year คือปีของมาตรการ)"
        ),
    ] = DocumentKind.analysis,
    edition: Annotated[
        Edition, typer.Option(help="working = ฉบับทำงาน, publish = ฉบับเผยแพร่")
    ] = Edition.working,
    formats: Annotated[
        str, typer.Option("--format", help="รูปแบบที่ต้องการ คั่นด้วยจุลภาค: html,pdf,docx")
    ] = "html,pdf,docx",
    digits: Annotated[DigitStyle, typer.Option(help="ตัวเลขทั้งเอกสาร")] = DigitStyle.thai,
    out: Annotated[Path | None, typer.Option("--out", help="โฟลเดอร์ผลลัพธ์ (ปกติ outputs/ปี/หน่วยงาน)")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="ทำฉบับเผยแพร่ทั้งที่ยังมีร่าง โดยใส่ลายน้ำ")] = False,
    workspace: Workspace = Path(),
) -> None:
    """จัดทำเอกสารวิเคราะห์ผลและตารางมาตรการ หรือรายงานผลตามมาตรการ. ตัวอย่าง: ita-nb report hannangam --year ปี"""
    from ita_nb.batch.report import ReportRequest, make_report

    request = ReportRequest(
        agency_id=agency,
        fiscal_year=year,
        document=document.value,
        edition=edition.value,
        digits=digits.value,
        draft=draft,
        formats=tuple(part.strip() for part in formats.split(",") if part.strip()),
        workspace=workspace,
        out=out,
    )
    made = make_report(request)
    for problem in (*made.without, *made.set_aside):
        _say(f"[{problem.rule}] {problem.message_th}")
    for path in made.paths:
        typer.echo(_as_seen_from_here(path))
    _say_words(made.words)
    if made.set_aside:
        _say(f"จัดทำเอกสารแล้ว แต่มีข้อมูลที่ใช้ไม่ได้ {len(made.set_aside)} รายการตามข้างต้น")
        raise typer.Exit(1)


@app.command()
def check(
    agency: Annotated[str | None, typer.Argument(metavar="AGENCY", help="รหัสหน่วยงาน เช่น hannangam")] = None,
    year: Annotated[
        int | None,
        typer.Option("--year", parser=_year, metavar="YEAR", help="ปีงบประมาณ (พ.ศ.) ของผลการประเมิน"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="พิมพ์ผลเป็น JSON เท่านั้น")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="แสดงรายการกฎที่ตรวจ พร้อมตัวอย่าง")] = False,
    workspace: Workspace = Path(),
) -> None:
    """ตรวจตัวเลขของหน่วยงาน: ที่ระบุเทียบกับที่คำนวณซ้ำ. ตัวอย่าง: ita-nb check hannangam --year ปี"""
    from ita_nb import listing

    if rules:
        typer.echo(listing.rules_text())
        return
    if agency is None or year is None:
        raise typer.BadParameter("ต้องระบุ AGENCY และ --year เช่น ita-nb check hannangam --year ปี")
    from ita_nb.case import build_case

    case = build_case(agency, year, workspace)
    if as_json:
        typer.echo(json.dumps(listing.check_json(case), ensure_ascii=False, indent=1))
    else:
        typer.echo(listing.check_text(case))
    if any(problem.severity == "error" for problem in case.problems):
        raise typer.Exit(1)


@app.command()
def facts(
    year: Annotated[
        int | None, typer.Argument(metavar="[YEAR]", parser=_year, help="ปีงบประมาณ (พ.ศ.)")
    ] = None,
    workspace: Workspace = Path(),
) -> None:
    """แสดงข้อเท็จจริงของการประเมินแต่ละปี พร้อมแหล่งที่มาและสิ่งที่ยังไม่ทราบ. ตัวอย่าง: ita-nb facts ปี"""
    from ita_nb import listing
    from ita_nb.facts.loader import facts_folder
    from ita_nb.intake.workspace import find_workspace

    # A workspace may bring facts of its own; what the package knows is told anywhere.
    try:
        folder = facts_folder(find_workspace(workspace))
    except IntakeError:
        folder = facts_folder(workspace)
    typer.echo(listing.facts_text(year, folder) if year is not None else listing.years_text(folder))


def _say_words(words: FiledWords) -> None:
    """Say where the drafts stand that wait for a person."""
    path = _as_seen_from_here(words.path)
    if words.failure:
        _say(f"เขียนแฟ้มร่าง {path} ไม่ได้: {words.failure} (เอกสารจัดทำครบแล้ว)")
    elif words.written:
        todo = (
            "กรอกรอบที่รายงานและผู้ลงนาม"
            if path.stem.endswith("-progress")
            else "แก้ร่างและเปลี่ยน status เป็น confirmed"
        )
        _say(f"เขียนแฟ้มให้กรอกแล้ว: {path} {todo} แล้วสั่งใหม่ (ระบบจะไม่เขียนทับแฟ้มนี้)")
    elif words.unfiled is not None:
        _say(
            f"ร่างที่ยังไม่มีใน {path} เขียนไว้ที่ {_as_seen_from_here(words.unfiled)} "
            "คัดลอกรายการที่ต้องการไปใส่ (ระบบไม่แก้แฟ้มของท่าน)"
        )


def _as_seen_from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _say(message: str) -> None:
    typer.echo(message, err=True)


def main() -> None:
    """Run the command; an :class:`~ita_nb.errors.ItaError` becomes its message and an exit status."""
    # A console or a pipe with another encoding must not turn Thai into an error.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except ItaError as error:
        _say(f"ข้อผิดพลาด: {error}")
        sys.exit(1 if isinstance(error, PublicationRefusedError) else 2)
    except Exception as error:
        usage = getattr(error, "format_message", None)
        if usage is None:
            # The last resort: an officer can send a line, not a stack trace.
            _say(f"ข้อผิดพลาดที่ไม่คาดไว้: {type(error).__name__}: {error}\n  วิธีแก้: แจ้งผู้ดูแลโปรแกรมพร้อมข้อความนี้")
            if os.environ.get("ITA_NB_DEBUG"):
                raise
        else:
            _say(f"คำสั่งไม่ถูกต้อง: {usage()}\n  วิธีแก้: ดูวิธีใช้ด้วย ita-nb --help หรือ ita-nb คำสั่ง --help")
        sys.exit(2)
