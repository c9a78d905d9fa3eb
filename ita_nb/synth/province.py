"""``ita-nb synth``: a whole workspace of an invented province, marked as synthetic in every output.

Start reading here. Drawn are only answers and published items (:mod:`ita_nb.synth.answers`), from where
the country stands in that year (``synth.yaml``); every score follows by the official formula
(:mod:`ita_nb.synth.formula`) and is printed as a result page prints it (:mod:`ita_nb.synth.rows`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from ita_nb.errors import ParameterError
from ita_nb.facts.loader import facts_folder, load_framework
from ita_nb.intake.tables import AGENCIES, TableForm
from ita_nb.synth.agencies import Province
from ita_nb.synth.limits import limits_of, refuse_undrawable
from ita_nb.synth.results import draw_result
from ita_nb.synth.rows import Row, rows_of
from ita_nb.synth.settings import load_settings
from ita_nb.synth.writing import csv_text, write_workspace


def make_province(name: str, agencies: int, fiscal_year: int, seed: int, out: Path) -> tuple[Path, ...]:
    """Write the workspace of a synthetic province of ``agencies`` agencies into ``out``; return its files.

    The same arguments give the same bytes, and agency k is the same whatever the number of agencies. Raises
    FactsError for a year that is unknown or has nothing to draw, ParameterError for unusable arguments or a
    folder with data of others.
    """
    province = Province(_checked_name(name, agencies), fiscal_year, seed)
    framework = load_framework(fiscal_year, facts_folder(out))
    refuse_undrawable(framework)
    numbers = range(1, agencies + 1)
    rows = [rows_of(framework, province, draw_result(framework, province, number)) for number in numbers]
    texts = {
        **_tables(fiscal_year, rows),
        f"params/province-{fiscal_year}.yaml": _batch_file(province),
        "README.txt": _readme(province, agencies, limits_of(framework)),
    }
    # Years of one province may lie side by side.
    made = f"{province.marked_name}: {agencies} agencies, seed {seed}"
    return write_workspace(out, texts, made)


def _checked_name(name: str, agencies: int) -> str:
    plain = " ".join(name.split())
    if not plain or agencies < 1:
        raise ParameterError(
            where="--province, --agencies",
            expected="ชื่อจังหวัด และจำนวนหน่วยงานตั้งแต่ 1 (a name, and at least one agency)",
            found=f"{name!r}, {agencies}",
            todo="ระบุใหม่ เช่น --province ทดลอง --agencies 24",
        )
    return plain


def _tables(fiscal_year: int, agencies: Sequence[Mapping[TableForm, Sequence[Row]]]) -> dict[str, str]:
    """Return the text of every table by its path, from the rows of every agency."""
    texts = {}
    for form in agencies[0]:
        folder = "data" if form is AGENCIES else f"data/{fiscal_year}"
        texts[f"{folder}/{form.name}.csv"] = csv_text(
            form.columns, (r for own in agencies for r in own[form])
        )
    return texts


def _batch_file(province: Province) -> str:
    values = {
        "batch": f"province-{province.fiscal_year}",
        "fiscal_year": province.fiscal_year,
        "agencies": {"province": province.marked_name},
        "formats": ["html", "pdf", "docx"],
    }
    mark = load_settings().mark_th
    return f"# {mark} synthetic data\n" + yaml.safe_dump(values, allow_unicode=True, sort_keys=False)


def _readme(province: Province, agencies: int, limits: Sequence[str]) -> str:
    """Return what the folder is, in Thai and in English, as plain text."""
    year = province.fiscal_year
    lines = [
        f"{province.marked_name} ปีงบประมาณ พ.ศ. {year} จำนวน {agencies} หน่วยงาน",
        "ข้อมูลทั้งหมดในโฟลเดอร์นี้เป็นข้อมูลสังเคราะห์ที่โปรแกรมสุ่มขึ้น ไม่ใช่ผลการประเมินของหน่วยงานใด",
        "ห้ามอ้างอิงหรือเผยแพร่เป็นผลการประเมินจริง",
        "All data in this folder are synthetic: drawn at random by a program, the result of no agency.",
        "Do not quote or publish them as real.",
        "",
        f"สร้างด้วย / made by: ita-nb synth, seed {province.seed}",
        f"จัดทำเอกสาร / make the documents: ita-nb batch params/province-{year}.yaml",
    ]
    if limits:
        lines += ["", "ข้อจำกัดของปีนี้", *(f"- {limit}" for limit in limits)]
    return "\n".join(lines) + "\n"
