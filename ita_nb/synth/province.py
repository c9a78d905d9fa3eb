"""``ita-nb synth``: a whole workspace of an invented province, marked as synthetic in every output.

Start reading here. Drawn are only answers and published items (:mod:`ita_nb.synth.drawing`), from where
the country stands in that year (``synth.yaml``); every score follows by the official formula
(:mod:`ita_nb.synth.results`) and is printed as an
agency would copy it from its result page. Files are written only where nothing of others lies, and the
same bytes every time: ``data/synthetic.json`` marks the folder as made here and lists its files, so that
a later run may renew them and remove what it no longer makes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import yaml

from ita_nb.errors import ParameterError
from ita_nb.facts.framework import Framework
from ita_nb.facts.loader import facts_folder, load_framework
from ita_nb.intake.tables import AGENCIES, REMARKS, RESPONSES, STATED_RESULTS, STATED_SCORES, TableForm
from ita_nb.synth.drawing import Province, group_of, one_of, stream
from ita_nb.synth.results import SynthResult, draw_result, limits_of, refuse_undrawable
from ita_nb.synth.settings import load_settings
from ita_nb.thai import number_text

Row = dict[str, str]


def rows_of(framework: Framework, province: Province, result: SynthResult) -> dict[TableForm, list[Row]]:
    """Return the rows of one agency by table, its scores printed with the decimals of the year."""
    agency = {column: str(value) for column, value in asdict(result.who.agency).items()}
    found = {
        STATED_SCORES: _scores(framework, result),
        STATED_RESULTS: [_result(framework, result)],
        RESPONSES: list(_responses(framework, result)),
        REMARKS: list(_remarks(framework, province, result)),
    }
    rows = {form: [{"agency_id": agency["agency_id"], **row} for row in own] for form, own in found.items()}
    return {AGENCIES: [{column: agency[column] for column in AGENCIES.columns}], **rows}


def _scores(framework: Framework, result: SynthResult) -> list[Row]:
    decimals = framework.rounding.decimals
    return [
        {"node": node.code, "part": node.part, "score": number_text(score, decimals)}
        for node, score in result.scores.items()
    ]


def _result(framework: Framework, result: SynthResult) -> Row:
    groups = result.who.groups
    columns = {"IIT": "n_iit", "EIT.1": "n_eit1", "EIT.2": "n_eit2"}  # the table has none for an EIT in one
    known = {
        group_of(i.code, part) for i in framework.instruments for part in framework.parts_of(i.code) or ("",)
    }
    return {
        "level_th": result.level_th,
        **{column: str(groups[group]) for group, column in columns.items() if group in known},
        "population_iit": str(result.who.staff),
    }


def _responses(framework: Framework, result: SynthResult) -> Iterator[Row]:
    for node, drawn in result.drawn.items():
        n = sum((drawn.answers or {}).values())
        for option, people in (drawn.answers or {}).items():
            share = number_text(Fraction(100 * people, n), framework.rounding.decimals)
            yield {"item": node.code, "part": node.part, "option": option, "share": share}


def _remarks(framework: Framework, province: Province, result: SynthResult) -> Iterator[Row]:
    """Yield the assessor's remarks on missing items; of some agencies they are known, of others not."""
    settings = load_settings()
    rng = stream(province.seed, result.who.number, framework.fiscal_year, "remarks")
    if rng.random() >= settings.model.remark_share:
        return
    for item in framework.items:
        drawn = next((d for node, d in result.drawn.items() if node.code == item.code), None)
        if drawn is None or drawn.score:
            continue
        text = settings.remarks_th[one_of(rng, len(settings.remarks_th))]
        text = f"{text.format(title=item.title_th or item.code)} {settings.mark_th}"
        yield {"item": item.code, "kind": "assessor", "text_th": text, "status": "confirmed"}


MARKER = "data/synthetic.json"


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Return a table as CSV text; a column that a row lacks is empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_workspace(out: Path, texts: Mapping[str, str], made: str) -> tuple[Path, ...]:
    """Write the files (by path under ``out``) and return their paths.

    ``made`` says what is made: of something else an earlier run's files go, unless they were changed.

    Raises ParameterError when ``out`` holds data or files of these names that were not made here.
    """
    encoded = {name: text.encode() for name, text in texts.items()}
    made_before, before = _made_before(out)
    foreign = [name for name in encoded if name not in before and (out / name).exists()]
    if foreign:
        raise _foreign(out, ", ".join(foreign[:5]))
    marks = {name: _mark(content) for name, content in encoded.items()}
    if made_before == made:
        marks = before | marks
    else:
        for name in sorted(set(before) - set(marks)):
            path = out / name
            if path.is_file() and _mark(path.read_bytes()) == before[name]:  # else changed since: theirs
                path.unlink()
    # The marker comes first: a run that is killed midway can be repeated.
    marker = json.dumps({"synthetic": made, "files": marks}, ensure_ascii=False, indent=1)
    _write(out / MARKER, f"{marker}\n".encode())
    for name, content in encoded.items():
        _write(out / name, content)
    return tuple(out / name for name in [MARKER, *encoded])


def _made_before(out: Path) -> tuple[str, dict[str, str]]:
    """Return what an earlier run made here, and its files, each with its mark; nothing in a new folder."""
    path = out / MARKER
    if not path.exists():
        if (out / "data").exists():
            raise _foreign(out, "data/")
        return "", {}
    try:
        marker = json.loads(path.read_text(encoding="utf-8"))
        root = out.resolve()
        inside = {n: m for n, m in marker["files"].items() if (root / n).resolve().is_relative_to(root)}
        files = {str(name): str(mark) for name, mark in inside.items()}
        return str(marker["synthetic"]), files
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _foreign(out, f"{MARKER} ที่อ่านไม่ได้ ({error})") from error


def _foreign(out: Path, found: str) -> ParameterError:
    return ParameterError(
        where=str(out),
        expected="โฟลเดอร์ใหม่ หรือโฟลเดอร์ที่ ita-nb synth สร้างไว้ (a new folder, or one made by ita-nb synth)",
        found=found,
        todo="ระบุ -o เป็นโฟลเดอร์ใหม่ เพื่อไม่ให้ข้อมูลสังเคราะห์ปนกับข้อมูลจริง",
    )


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


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
