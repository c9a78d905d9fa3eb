"""``ita-nb synth``: a whole workspace of an invented province, marked as synthetic in every output.

Start reading here. Drawn are only answers and published items (:mod:`ita_nb.synth.answers`), from where
the country stands in that year (``synth.yaml``); every score follows by the official formula
(:mod:`ita_nb.synth.formula`) and is printed as a result page prints it (:mod:`ita_nb.synth.rows`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from ita_nb.errors import ParameterError
from ita_nb.facts.framework import Framework
from ita_nb.facts.loader import facts_folder, load_framework
from ita_nb.intake.tables import AGENCIES, REMARKS
from ita_nb.synth.agencies import Province
from ita_nb.synth.defects import Defect, left_out, of_file, plant, table_of
from ita_nb.synth.limits import Limit, limits_of, refuse_undrawable
from ita_nb.synth.results import draw_result
from ita_nb.synth.rows import YEAR_TABLES, AgencyFiles, files_of
from ita_nb.synth.settings import load_settings
from ita_nb.synth.writing import csv_text, windows_text, write_workspace


@dataclass(frozen=True)
class SynthReport:
    """What was made: the files, the planted defects, and what the facts of the year did not allow."""

    paths: tuple[Path, ...]
    defects: tuple[Defect, ...]
    limits: tuple[Limit, ...]


def make_province(
    name: str,
    agencies: int,
    fiscal_year: int,
    seed: int,
    out: Path,
    *,
    defects: bool = False,
    notebooks: Path,
) -> SynthReport:
    """Write the workspace of a synthetic province of ``agencies`` agencies into ``out``.

    ``notebooks`` is the project's folder of notebooks, to copy. The same arguments give the same bytes,
    and agency k is the same whatever the number of agencies. Raises FactsError for a year that is unknown
    or has nothing to draw, ParameterError for unusable arguments or a folder with data of others.
    """
    province = Province(_checked_name(name, agencies), fiscal_year, seed)
    framework = load_framework(fiscal_year, facts_folder(out))
    refuse_undrawable(framework)
    files = [
        files_of(framework, province, draw_result(framework, province, number))
        for number in range(1, agencies + 1)
    ]
    planted = plant(files, framework, seed) if defects else ()
    limits = limits_of(framework)
    texts = _tables(framework, files)
    if defects:
        windows = f"data/{fiscal_year}/{REMARKS.name}.csv"
        texts[windows] = windows_text(texts[windows])
        planted = (*planted, of_file(windows))
        texts["defects.csv"] = csv_text(list(Defect.__dataclass_fields__), table_of(planted))
    texts |= {f"params/{own.agency_id}-{fiscal_year}.yaml": own.params for own in files if own.params}
    texts[f"params/province-{fiscal_year}.yaml"] = _batch_file(province)
    texts["README.txt"] = _readme(province, framework, agencies, planted, limits)
    # Years of one province may lie side by side; defects are of one year alone.
    made = f"{province.marked_name}: {agencies} agencies, seed {seed}"
    made += f", defects of {fiscal_year}" if defects else ""
    return SynthReport(write_workspace(out, texts, notebooks, made), planted, limits)


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


def _tables(framework: Framework, files: Sequence[AgencyFiles]) -> dict[str, str]:
    """Return the text of every table by its path."""
    texts = {f"data/{AGENCIES.name}.csv": csv_text(AGENCIES.columns, (own.agency for own in files))}
    for form in YEAR_TABLES:
        rows = (row for own in files for row in own.rows[form])
        texts[f"data/{framework.fiscal_year}/{form.name}.csv"] = csv_text(form.columns, rows)
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


def _readme(
    province: Province,
    framework: Framework,
    agencies: int,
    planted: Sequence[Defect],
    limits: Iterable[Limit],
) -> str:
    """Return what the folder is, in Thai and in English, as plain text."""
    year = framework.fiscal_year
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
    found = list(limits)
    if found:
        lines += ["", "ข้อจำกัดของปีนี้ / limits of this year:"]
        lines += [f"- {limit.text_th}\n  {limit.text_en}" for limit in found]
    if planted:
        lines += [
            "",
            f"ใส่ข้อบกพร่องไว้ {len(planted)} รายการ ดู defects.csv",
            f"{len(planted)} defects were planted on purpose, see defects.csv",
        ]
        none = ", ".join(left_out(framework))
        lines += [f"ชนิดที่ปีนี้ไม่มี / kinds that this year has no room for: {none}"] if none else []
    return "\n".join(lines) + "\n"
