"""The commands for many agencies: a batch, its shards, a synthetic province."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ita_nb.cli.options import Workspace, Year, app, as_seen_from_here, folder, say


class Kernel(StrEnum):
    """Warm: forked from a process that has imported everything. Cold: an ordinary kernel for each."""

    warm = "warm"
    cold = "cold"


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
    from ita_nb.batch.run import run_batch
    from ita_nb.batch.shards import parse_shard

    files = {"--tls-ca": tls_ca, "--tls-cert": tls_cert, "--tls-key": tls_key}
    tls = [path for path in files.values() if path is not None]
    if tls and (scheduler is None or len(tls) < len(files)):
        raise typer.BadParameter(
            "--tls-ca --tls-cert และ --tls-key ต้องระบุทั้งสาม คู่กับ --scheduler tls://ที่อยู่:พอร์ต"
        )
    cluster = {"--scheduler": scheduler, **files}
    with ExitStack() as stack:
        engine = None
        if scheduler is not None:
            from ita_nb.batch.cluster import DaskEngine

            engine = DaskEngine(scheduler, tls=tls)
            stack.callback(engine.close)
        result = run_batch(
            params,
            workspace=workspace,
            jobs=jobs,
            kernel=kernel.value,
            fresh=fresh,
            shard=parse_shard(shard) if shard else None,
            engine=engine,
            engine_options=[w for name, value in cluster.items() if value for w in (name, str(value))],
            out=out,
        )
    raise typer.Exit(result.exit_code)


@app.command()
def merge(
    shards: Annotated[
        list[Path],
        typer.Argument(parser=folder, metavar="DIR...", help="โฟลเดอร์ผลลัพธ์ของแต่ละส่วน"),
    ],
    into: Annotated[Path, typer.Option("--into", parser=folder, metavar="DIR", help="โฟลเดอร์ที่รวมผลลัพธ์")],
) -> None:
    """รวมผลลัพธ์ของชุดงานที่แบ่งทำหลายเครื่อง. ตัวอย่าง: ita-nb merge ส่วน1 ส่วน2 --into outputs/province"""
    from ita_nb.batch.merging import merge_batches

    raise typer.Exit(merge_batches(shards, into).exit_code)


@app.command()
def synth(
    province: Annotated[str, typer.Option("--province", help="ชื่อจังหวัดสมมติ")],
    agencies: Annotated[int, typer.Option("--agencies", min=1, help="จำนวนหน่วยงาน")],
    year: Year,
    out: Annotated[Path, typer.Option("-o", "--out", parser=folder, metavar="DIR", help="โฟลเดอร์ใหม่ที่จะสร้าง")],
    seed: Annotated[int, typer.Option("--seed", help="เลขตั้งต้น: เลขเดิมได้ข้อมูลเดิมทุกไบต์")] = 1,
) -> None:
    """สร้างข้อมูลสังเคราะห์ไว้ทดลอง. ตัวอย่าง: ita-nb synth --province ทดลอง --agencies 24 --year ปี -o ทดลอง"""
    from ita_nb.synth import make_province

    for path in make_province(province, agencies, year, seed, out):
        typer.echo(as_seen_from_here(path))
    say("ข้อมูลสังเคราะห์ ไม่ใช่ผลการประเมินจริง")
