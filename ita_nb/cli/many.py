"""The commands for many agencies: a batch, its shards, its editions, a cluster, a synthetic province."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ita_nb.cli.options import Agency, DocumentKind, Workspace, Year, app, as_seen_from_here, say


class Kernel(StrEnum):
    """Warm: forked from a process that has imported everything. Cold: an ordinary kernel for each."""

    warm = "warm"
    cold = "cold"


def _folder(todo: str) -> Callable[[str], Path]:
    """Return the parser of a folder; whoever types an address is told ``todo`` (Thai)."""

    def parse(typed: str) -> Path:
        from ita_nb.batch.stores import is_address

        # As a path an address would silently become a folder of this machine.
        if is_address(typed):
            raise typer.BadParameter(f'"{typed}" เป็นที่อยู่ ไม่ใช่โฟลเดอร์ในเครื่องนี้ {todo}')
        return Path(typed)

    return parse


_MERGED_HERE = "การรวมใช้เฉพาะโฟลเดอร์ในเครื่อง ให้คัดลอกผลลัพธ์จากที่อยู่นั้นมาไว้ในโฟลเดอร์ก่อน"
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        parser=_folder("ให้ระบุที่อยู่ที่ out: ในแฟ้มชุดงาน"),
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
    kernel: Annotated[
        Kernel, typer.Option(help="warm = เคอร์เนลที่เตรียมไว้แล้ว (เร็ว), cold = เคอร์เนลปกติ")
    ] = Kernel.warm,
    fresh: Annotated[
        bool,
        typer.Option("--fresh/--resume", help="--fresh ทำใหม่ทุกหน่วยงาน, --resume ทำเฉพาะที่ยังไม่เสร็จหรือเปลี่ยน"),
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="K/N", help="ทำเฉพาะส่วนที่ K จาก N ส่วน แล้วรวมด้วย ita-nb merge"),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="ที่อยู่ของ Dask scheduler เช่น tls://host:8786"),
    ] = None,
    certificates: Annotated[
        Path | None, typer.Option("--certificates", help="โฟลเดอร์ใบรับรองจาก ita-nb cluster cert")
    ] = None,
    out: Out = None,
    workspace: Workspace = Path(),
) -> None:
    """จัดทำเอกสารของทุกหน่วยงานในชุดงาน พร้อมสารบัญและภาพรวม. ตัวอย่าง: ita-nb batch params/province.yaml"""
    from ita_nb.batch.run import run_batch
    from ita_nb.batch.shards import parse_shard

    if certificates is not None and scheduler is None:
        raise typer.BadParameter("--certificates ใช้คู่กับ --scheduler tls://ที่อยู่:พอร์ต")
    with ExitStack() as stack:
        engine = None
        if scheduler is not None:
            from ita_nb.batch.cluster import DaskEngine

            engine = DaskEngine(scheduler, security=certificates)
            stack.callback(engine.close)
        result = run_batch(
            params,
            workspace=workspace,
            jobs=jobs,
            kernel=kernel.value,
            fresh=fresh,
            shard=parse_shard(shard) if shard else None,
            engine=engine,
            engine_options=_engine_options(scheduler, certificates),
            out=out,
        )
    raise typer.Exit(result.exit_code)


def _engine_options(scheduler: str | None, certificates: Path | None) -> list[str]:
    """Return the words that ask for the same cluster again."""
    if scheduler is None:
        return []
    return ["--scheduler", scheduler, *(["--certificates", str(certificates)] if certificates else [])]


@app.command()
def merge(
    shards: Annotated[
        list[Path],
        typer.Argument(parser=_folder(_MERGED_HERE), metavar="DIR...", help="โฟลเดอร์ผลลัพธ์ของแต่ละส่วน"),
    ],
    into: Annotated[
        Path, typer.Option("--into", parser=_folder(_MERGED_HERE), metavar="DIR", help="โฟลเดอร์ที่รวมผลลัพธ์")
    ],
) -> None:
    """รวมผลลัพธ์ของชุดงานที่แบ่งทำหลายเครื่อง. ตัวอย่าง: ita-nb merge ส่วน1 ส่วน2 --into outputs/province"""
    from ita_nb.batch.merging import merge_batches

    raise typer.Exit(merge_batches(shards, into).exit_code)


@app.command()
def diff(
    agency: Agency,
    year: Year,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            parser=_folder("ประวัติของชุดงานที่ส่งผลลัพธ์ไปยังที่อยู่ อยู่ที่ outputs/ชื่อชุดงาน ในโฟลเดอร์งาน"),
            metavar="DIR",
            help="โฟลเดอร์ผลลัพธ์ของชุดงาน",
        ),
    ],
    document: Annotated[DocumentKind, typer.Option(help="analysis หรือ progress")] = DocumentKind.analysis,
    old: Annotated[int, typer.Option("--from", help="ฉบับที่เทียบ นับจากฉบับแรกเป็น 1 (ปกติคือฉบับก่อนล่าสุด)")] = -2,
    new: Annotated[int, typer.Option("--to", help="ฉบับใหม่ (ปกติคือฉบับล่าสุด)")] = -1,
) -> None:
    """แสดงตัวเลขและข้อความที่ต่างกันระหว่างสองฉบับ. ตัวอย่าง: ita-nb diff hannangam --year ปี --out โฟลเดอร์"""
    from ita_nb.batch.diff import diff_text_th

    typer.echo(diff_text_th(out, agency, year, document.value, old, new))


@app.command()
def synth(
    province: Annotated[str, typer.Option("--province", help="ชื่อจังหวัดสมมติ")],
    agencies: Annotated[int, typer.Option("--agencies", min=1, help="จำนวนหน่วยงาน")],
    year: Year,
    out: Annotated[Path, typer.Option("-o", "--out", help="โฟลเดอร์ใหม่ที่จะสร้าง")],
    seed: Annotated[int, typer.Option("--seed", help="เลขตั้งต้น: เลขเดิมได้ข้อมูลเดิมทุกไบต์")] = 1,
    defects: Annotated[bool, typer.Option("--defects", help="ใส่ข้อบกพร่องที่พบจริงไว้ทดสอบ")] = False,
) -> None:
    """สร้างข้อมูลสังเคราะห์ไว้ทดลอง. ตัวอย่าง: ita-nb synth --province ทดลอง --agencies 24 --year ปี -o ทดลอง"""
    from ita_nb.batch.notebook_files import OWN_NOTEBOOKS
    from ita_nb.synth import make_province

    made = make_province(province, agencies, year, seed, out, defects=defects, notebooks=OWN_NOTEBOOKS)
    for path in made.paths:
        typer.echo(as_seen_from_here(path))
    say(f"ข้อมูลสังเคราะห์ ไม่ใช่ผลการประเมินจริง ข้อบกพร่องที่ใส่ไว้ {len(made.defects)} รายการ")


cluster = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(cluster, name="cluster", help="เครื่องหลายเครื่องด้วย Dask")


@cluster.command()
def cert(
    out: Annotated[Path, typer.Option("-o", "--out", help="โฟลเดอร์ใหม่สำหรับใบรับรอง")],
    hosts: Annotated[list[str] | None, typer.Option("--host", help="ชื่อหรือที่อยู่ของเครื่อง (ระบุซ้ำได้)")] = None,
    days: Annotated[int, typer.Option("--days", min=1, help="อายุใบรับรอง (วัน)")] = 365,
) -> None:
    """สร้างใบรับรองส่วนตัวสำหรับเชื่อมเครื่องด้วย TLS. ตัวอย่าง: ita-nb cluster cert --host 10.0.0.5 -o certs"""
    from ita_nb.batch.certificates import make_certificates

    made = make_certificates(out, hosts or ["localhost", "127.0.0.1"], days)
    for path in made.paths:
        typer.echo(as_seen_from_here(path))
    say(made.how_to_th)
