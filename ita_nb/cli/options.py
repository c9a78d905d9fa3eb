"""What the commands share: their option types, the app itself, and how they speak."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ita_nb.errors import ParameterError
from ita_nb.intake.params_file import DocumentName
from ita_nb.task import KernelKind
from ita_nb.thai import visible

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="วิเคราะห์ผลการประเมิน ITA ของหน่วยงาน ตรวจตัวเลข และจัดทำเอกสารที่ต้องเผยแพร่",
)


def year_of(typed: str | int) -> int:
    """Read a Buddhist year in Thai or Arabic digits."""
    if not str(typed).isdecimal():
        raise typer.BadParameter(f'ปีงบประมาณ (พ.ศ.) ต้องเป็นตัวเลขสี่หลัก แต่พบ "{typed}"')
    return int(typed)  # of Thai digits too


def folder(typed: str) -> Path:
    """Return the folder that a person named; an address would silently become a folder of this machine."""
    if "://" in typed:
        raise ParameterError(
            where="โฟลเดอร์ที่ระบุในคำสั่ง",
            expected="โฟลเดอร์ในเครื่องนี้ หรือโฟลเดอร์ที่ต่อเข้ากับเครื่องนี้",
            found=f"{typed} ซึ่งเป็นที่อยู่ ไม่ใช่โฟลเดอร์",
            todo="ระบุโฟลเดอร์ แล้วคัดลอกแฟ้มระหว่างโฟลเดอร์กับที่อยู่นั้นด้วยโปรแกรมอื่น",
        )
    return Path(typed)


Agency = Annotated[str, typer.Argument(metavar="AGENCY", help="รหัสหน่วยงานใน data/agencies.csv เช่น hannangam")]
Year = Annotated[
    int, typer.Option("--year", parser=year_of, metavar="YEAR", help="ปีงบประมาณ (พ.ศ.) ของผลการประเมิน สี่หลัก")
]
Document = Annotated[
    DocumentName,
    typer.Option(
        help="analysis = วิเคราะห์ผลและมาตรการ (--year คือปีของผล), "
        "progress = รายงานผลตามมาตรการ (--year คือปีของมาตรการ)"
    ),
]
Kernel = Annotated[
    KernelKind, typer.Option("--kernel", help="warm = เคอร์เนลที่เตรียมไว้แล้ว (เร็ว), cold = เคอร์เนลปกติ")
]
Workspace = Annotated[Path, typer.Option("--workspace", help="โฟลเดอร์งานที่มี data/ (ถ้าไม่ระบุ ใช้โฟลเดอร์ปัจจุบัน)")]


def as_seen_from_here(path: Path) -> Path:
    """Return a path as short as whoever typed the command would write it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def say(message: str) -> None:
    """Speak to the person at the terminal, beside what programs read."""
    # What is told may quote other people's text, which must not steer the terminal.
    typer.echo(visible(message), err=True)
