"""The commands: for one agency, for many, and for what is known of the years."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ita_nb.cli.options import (
    Agency,
    Document,
    Kernel,
    Workspace,
    Year,
    app,
    as_seen_from_here,
    folder,
    say,
    year_of,
)
from ita_nb.errors import IntakeError, ParameterError
from ita_nb.task import EditionName
from ita_nb.thai import Digits

if TYPE_CHECKING:
    from ita_nb.report import FiledWords


@app.command()
def report(
    agency: Agency,
    year: Year,
    document: Document = "analysis",
    edition: Annotated[EditionName, typer.Option(help="working = ฉบับทำงาน, publish = ฉบับเผยแพร่")] = "working",
    formats: Annotated[
        str, typer.Option("--format", help="รูปแบบที่ต้องการ คั่นด้วยจุลภาค: html,pdf,docx")
    ] = "html,pdf,docx",
    digits: Annotated[Digits, typer.Option(help="ตัวเลขทั้งเอกสาร")] = "thai",
    out: Annotated[
        Path | None,
        typer.Option("--out", parser=folder, metavar="DIR", help="โฟลเดอร์ผลลัพธ์ (ปกติ outputs/ปี/หน่วยงาน)"),
    ] = None,
    kernel: Kernel = "warm",
    draft: Annotated[bool, typer.Option("--draft", help="ทำฉบับเผยแพร่ทั้งที่ยังมีร่าง โดยใส่ลายน้ำ")] = False,
    notebook: Annotated[
        Path | None,
        typer.Option("--notebook", metavar="FILE", help="สมุดบันทึกที่ใช้แทน (ปกติ work/หน่วยงาน-ปี.ipynb ถ้ามี)"),
    ] = None,
    workspace: Workspace = Path(),
) -> None:
    """จัดทำเอกสารวิเคราะห์ผลและตารางมาตรการ หรือรายงานผลตามมาตรการ. ตัวอย่าง: ita-nb report hannangam --year ปี"""
    from ita_nb.notebook_files import OWN_NOTEBOOKS, is_the_programs
    from ita_nb.report import make_report
    from ita_nb.task import Task

    task = Task(
        agency_id=agency,
        name_th="",
        fiscal_year=year,
        workspace=workspace,
        document=document,
        edition=edition,
        digits=digits,
        draft=draft,
        formats=tuple(part.strip() for part in formats.split(",") if part.strip()),
        kernel=kernel,
        notebook=notebook,
    )
    made = make_report(task, out)
    if made.notebook.resolve().parent != OWN_NOTEBOOKS:
        other = "" if is_the_programs(made.notebook) else " (ต่างจากของโปรแกรม)"
        say(f"สมุดบันทึกที่ใช้: {as_seen_from_here(made.notebook)}{other}")
    for problem in (*made.without, *made.set_aside):
        say(f"[{problem.rule}] {problem.message_th}")
    for remark in made.remarks:
        say(f"ควรตรวจดูในสมุดบันทึก (ไม่ได้พิมพ์ พิมพ์ไว้นอกแบบ หรือไม่มีข้อความแทนภาพ): {remark}")
    for path in made.paths:
        typer.echo(as_seen_from_here(path))
    _say_copies(made.copies)
    _say_words(made.words)
    if made.set_aside:
        say(f"จัดทำเอกสารแล้ว แต่มีข้อมูลที่ใช้ไม่ได้ {len(made.set_aside)} รายการตามข้างต้น")
        raise typer.Exit(1)


@app.command()
def lab(
    agency: Agency,
    year: Year,
    document: Document = "analysis",
    workspace: Workspace = Path(),
) -> None:
    """เปิดสมุดบันทึกของหน่วยงานใน JupyterLab แก้ไขได้โดยต้นฉบับไม่เปลี่ยน. ตัวอย่าง: ita-nb lab hannangam --year ปี"""
    from ita_nb.case import build_case
    from ita_nb.intake.workspace import find_workspace
    from ita_nb.notebook_files import make_work_notebook, work_notebook
    from ita_nb.progress import build_progress

    if find_spec("jupyterlab") is None:
        raise ParameterError(
            where="ita-nb lab",
            expected="JupyterLab",
            found="ยังไม่ได้ติดตั้ง",
            todo=f'ติดตั้งด้วยคำสั่ง {sys.executable} -m pip install "ita-nb[lab]" แล้วสั่งใหม่',
        )
    home = find_workspace(workspace)
    path = work_notebook(home, agency, year, document)
    if not path.exists():
        # What its cells would stop at is better told here.
        build = build_progress if document == "progress" else build_case
        build(agency, year, home)
        with _writing(path):
            make_work_notebook(home, agency, year, document)
    say(f"สมุดบันทึก: {as_seen_from_here(path)} (กด Ctrl-C เพื่อปิด JupyterLab)")
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance([f"--ServerApp.root_dir={home}", str(path)])


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="โฟลเดอร์ใหม่ที่จะสร้าง")],
) -> None:
    """สร้างโฟลเดอร์งานใหม่ มีตารางพร้อมหัวตาราง สมุดบันทึก และคำแนะนำ. ตัวอย่าง: ita-nb init งานita"""
    from ita_nb.intake.workspace import make_workspace
    from ita_nb.notebook_files import OWN_NOTEBOOKS

    with _writing(folder):
        made = make_workspace(folder, OWN_NOTEBOOKS)
    for path in made:
        typer.echo(as_seen_from_here(path))
    say(f"เริ่มจากอ่าน {folder / 'README.txt'}")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say of a file or folder that cannot be written what to do."""
    try:
        yield
    except OSError as error:
        raise IntakeError(
            where=str(path), expected="ที่ที่เขียนแฟ้มได้", found=str(error), todo="ตรวจสิทธิ์และเนื้อที่ว่าง แล้วสั่งใหม่"
        ) from error


@app.command()
def check(
    agency: Annotated[str | None, typer.Argument(metavar="AGENCY", help="รหัสหน่วยงาน เช่น hannangam")] = None,
    year: Annotated[
        int | None,
        typer.Option("--year", parser=year_of, metavar="YEAR", help="ปีงบประมาณ (พ.ศ.) ของผลการประเมิน"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="พิมพ์ผลเป็น JSON เท่านั้น")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="แสดงรายการกฎที่ตรวจ พร้อมตัวอย่าง")] = False,
    workspace: Workspace = Path(),
) -> None:
    """ตรวจตัวเลขของหน่วยงาน: ที่ระบุเทียบกับที่คำนวณซ้ำ. ตัวอย่าง: ita-nb check hannangam --year ปี"""
    from ita_nb.cli.check import check_json, check_text, rules_text

    if rules:
        typer.echo(rules_text())
        return
    if agency is None or year is None:
        raise typer.BadParameter("ต้องระบุ AGENCY และ --year เช่น ita-nb check hannangam --year ปี")
    from ita_nb.case import build_case

    case = build_case(agency, year, workspace)
    if as_json:
        typer.echo(json.dumps(check_json(case), ensure_ascii=False, indent=1))
    else:
        typer.echo(check_text(case))
    if any(problem.severity == "error" for problem in case.problems):
        raise typer.Exit(1)


@app.command()
def facts(
    asked: Annotated[
        list[str] | None, typer.Argument(metavar="[YEAR | new YEAR]", help="ปีงบประมาณ (พ.ศ.)")
    ] = None,
    workspace: Workspace = Path(),
) -> None:
    """แสดงข้อเท็จจริงของการประเมินแต่ละปี พร้อมแหล่งที่มาและสิ่งที่ยังไม่ทราบ; new เขียนแฟ้มให้เติม. ตัวอย่าง: ita-nb facts ปี"""
    from ita_nb.facts.listing import facts_text, years_text
    from ita_nb.facts.loader import facts_folder, write_new_year
    from ita_nb.intake.workspace import find_workspace

    # A workspace may bring facts of its own; what the package knows is told anywhere.
    try:
        folder = facts_folder(find_workspace(workspace))
    except IntakeError:
        folder = facts_folder(workspace)
    match asked or []:
        case []:
            typer.echo(years_text(folder))
        case ["new", year]:
            typer.echo(str(as_seen_from_here(write_new_year(year_of(year), folder))))
        case [year]:
            typer.echo(facts_text(year_of(year), folder))
        case _:
            raise typer.BadParameter("ที่คาดไว้คือ ปี หรือ new ปี")


def _say_copies(copies: Iterable[Path]) -> None:
    for path in copies:
        say(f"แฟ้มเดิมไม่ตรงกับที่โปรแกรมจัดทำไว้ เก็บสำเนาไว้ที่ {as_seen_from_here(path)}")


def _say_words(words: FiledWords) -> None:
    """Say where the drafts stand that wait for a person."""
    path = as_seen_from_here(words.path)
    if words.failure:
        say(f"เขียนแฟ้มร่าง {path} ไม่ได้: {words.failure} (เอกสารจัดทำครบแล้ว)")
    elif words.written:
        todo = (
            "กรอกรอบที่รายงานและผู้ลงนาม"
            if path.stem.endswith("-progress")
            else "แก้ร่างและเปลี่ยน status เป็น confirmed"
        )
        say(f"เขียนแฟ้มให้กรอกแล้ว: {path} {todo} แล้วสั่งใหม่ (ระบบจะไม่เขียนทับแฟ้มนี้)")
    elif words.unfiled is not None:
        say(
            f"ร่างที่ยังไม่มีใน {path} เขียนไว้ที่ {as_seen_from_here(words.unfiled)} "
            "คัดลอกรายการที่ต้องการไปใส่ (ระบบไม่แก้แฟ้มของท่าน)"
        )


# ---------------------------------------------------------------- many


Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        parser=folder,
        metavar="DIR",
        help="โฟลเดอร์ผลลัพธ์ของชุดงาน (ปกติ outputs/ชื่อชุดงาน และ outputs/ชื่อชุดงาน-partKofN เมื่อทำเป็นส่วน)",
    ),
]


@app.command()
def batch(
    params: Annotated[Path, typer.Argument(metavar="PARAMS.yaml", help="แฟ้มชุดงาน เช่น params/province.yaml")],
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="จำนวนงานที่ทำพร้อมกัน (ปกติเท่าจำนวนแกนประมวลผล)")
    ] = None,
    kernel: Kernel = "warm",
    fresh: Annotated[
        bool,
        typer.Option("--fresh/--resume", help="--fresh ทำใหม่ทุกหน่วยงาน, --resume ทำเฉพาะที่ยังไม่เสร็จหรือเปลี่ยน"),
    ] = False,
    part: Annotated[
        str | None,
        typer.Option("--part", metavar="K/N", help="ทำเฉพาะส่วนที่ K จาก N ส่วน แล้วรวมด้วย ita-nb index"),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="ที่อยู่ของ Dask scheduler เช่น tls://host:8786"),
    ] = None,
    tls_ca: Annotated[
        Path | None, typer.Option("--tls-ca", metavar="FILE", help="ใบรับรองของผู้ออกใบรับรอง (PEM)")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="FILE", help="ใบรับรองของเครื่องนี้ (PEM)")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", metavar="FILE", help="กุญแจของใบรับรองของเครื่องนี้ (PEM)")
    ] = None,
    out: Out = None,
    workspace: Workspace = Path(),
) -> None:
    """จัดทำเอกสารของทุกหน่วยงานในชุดงาน พร้อมสารบัญและภาพรวม. ตัวอย่าง: ita-nb batch params/province.yaml"""
    from ita_nb.batch.plan import parse_part
    from ita_nb.batch.run import run_batch
    from ita_nb.intake.workspace import find_workspace

    files = {"--tls-ca": tls_ca, "--tls-cert": tls_cert, "--tls-key": tls_key}
    tls = [path for path in files.values() if path is not None]
    if tls and (scheduler is None or len(tls) < len(files)):
        raise typer.BadParameter(
            "--tls-ca --tls-cert และ --tls-key ต้องระบุทั้งสาม คู่กับ --scheduler tls://ที่อยู่:พอร์ต"
        )
    cluster = {"--scheduler": scheduler, **files}
    engine = None
    if scheduler is not None:
        from ita_nb.batch.cluster import DaskEngine

        engine = DaskEngine(scheduler, find_workspace(workspace), tls=tls)
    try:
        result = run_batch(
            params,
            workspace=workspace,
            jobs=jobs,
            kernel=kernel,
            fresh=fresh,
            part=parse_part(part) if part else None,
            engine=engine,
            engine_options=[w for name, value in cluster.items() if value for w in (name, str(value))],
            out=out,
        )
    finally:
        if engine is not None:
            engine.close()
    raise typer.Exit(result.exit_code)


@app.command()
def index(
    place: Annotated[
        Path, typer.Argument(parser=folder, metavar="FOLDER", help="โฟลเดอร์ที่มีโฟลเดอร์ผลลัพธ์ของหน่วยงาน")
    ],
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", help="โฟลเดอร์งานที่มี data/ (ถ้าไม่ระบุ ใช้โฟลเดอร์ที่อยู่เหนือโฟลเดอร์ผลลัพธ์)"),
    ] = None,
) -> None:
    """สรุปผลที่คัดลอกมารวมจากหลายเครื่อง: สารบัญ ตารางรวม และภาพรวม. ตัวอย่าง: ita-nb index outputs/province"""
    from ita_nb.batch.digest import is_all_well, tell
    from ita_nb.batch.summary import sum_up_what_lies

    summed = sum_up_what_lies(place, workspace)
    tell(summed, None, sys.stderr)
    raise typer.Exit(0 if is_all_well(summed) else 1)


@app.command()
def synth(
    province: Annotated[str, typer.Option("--province", help="ชื่อจังหวัดสมมติ")],
    agencies: Annotated[int, typer.Option("--agencies", min=1, help="จำนวนหน่วยงาน")],
    year: Year,
    out: Annotated[Path, typer.Option("-o", "--out", parser=folder, metavar="DIR", help="โฟลเดอร์ใหม่ที่จะสร้าง")],
    seed: Annotated[int, typer.Option("--seed", help="เลขตั้งต้น: เลขเดิมได้ข้อมูลเดิมทุกไบต์")] = 1,
) -> None:
    """สร้างข้อมูลสังเคราะห์ไว้ทดลอง. ตัวอย่าง: ita-nb synth --province ทดลอง --agencies 24 --year ปี -o ทดลอง"""
    from ita_nb.synth.workspace import make_province

    made, copies = make_province(province, agencies, year, seed, out)
    for path in made:
        typer.echo(as_seen_from_here(path))
    _say_copies(copies)
    say("ข้อมูลสังเคราะห์ ไม่ใช่ผลการประเมินจริง")
