"""``ita-nb synth``: a whole workspace of an invented province, marked as synthetic in every output.

Start reading here. Drawn are only answers and published items (:mod:`ita_nb.synth.drawing`), from where
the country stands in that year (``synth.yaml``); every score follows by the official formula
(:mod:`ita_nb.synth.workspace`) and is printed as an
agency would copy it from its result page. Files are written only where nothing of others lies, and the
same bytes every time: ``made.json`` marks the folder as made here and lists its files, so that a later run
may renew them and remove what it no longer makes (:mod:`ita_nb.made`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pandas as pd
import yaml

from ita_nb.analysis.levels import level_of
from ita_nb.errors import FactsError, ParameterError
from ita_nb.facts.framework import Framework, Group
from ita_nb.facts.kinds import TOTAL, Indicator, Item, Node, SubIndicator
from ita_nb.facts.loader import facts_folder, load_framework
from ita_nb.intake.tables import AGENCIES, REMARKS, RESPONSES, STATED_RESULTS, STATED_SCORES, TableForm
from ita_nb.made import RECORDS, put, read_records, record_only
from ita_nb.synth.drawing import (
    Drawn,
    Province,
    SynthAgency,
    draw_agency,
    draw_answers,
    load_settings,
    one_of,
    stream,
)
from ita_nb.thai import number_text

Row = dict[str, str]


def rows_of(framework: Framework, province: Province, result: SynthResult) -> dict[TableForm, list[Row]]:
    """Return the rows of one agency by table, its scores printed with the decimals of the year."""
    agency, decimals = result.who.agency, framework.rounding.decimals
    found = {
        STATED_SCORES: [
            {"node": node.code, "part": node.part, "score": number_text(score, decimals)}
            for node, score in result.scores.items()
        ],
        STATED_RESULTS: [_result(framework, result)],
        RESPONSES: list(_responses(framework, result)),
        REMARKS: list(_remarks(framework, province, result)),
    }
    rows = {form: [{"agency_id": agency.agency_id, **row} for row in own] for form, own in found.items()}
    return {AGENCIES: [{column: getattr(agency, column) for column in AGENCIES.columns}], **rows}


def _result(framework: Framework, result: SynthResult) -> Row:
    groups = result.who.groups
    columns = {"IIT": "n_iit", "EIT.1": "n_eit1", "EIT.2": "n_eit2"}  # the table has none for an EIT in one
    known = {
        Node(i.code, p).label for i in framework.instruments for p in framework.parts_of(i.code) or ("",)
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
    if rng.random() >= settings.model["remark_share"]:
        return
    for item in framework.items:
        drawn = next((d for node, d in result.drawn.items() if node.code == item.code), None)
        if drawn is None or drawn.score:
            continue
        text = settings.remarks_th[one_of(rng, len(settings.remarks_th))]
        text = f"{text.format(title=item.title_th or item.code)} {settings.mark_th}"
        yield {"item": item.code, "kind": "assessor", "text_th": text, "status": "confirmed"}


def _put(out: Path, fiscal_year: int, made: str, contents: Mapping[str, bytes]) -> list[Path]:
    """Put the files of a year in place; return the copies of what people had edited.

    ``made`` says what is made: the files of something else, made here before, go. Raises ParameterError where
    anything of others lies there.
    """
    records, own = read_records(out), f"synthetic-{fiscal_year}"
    parts = [record.get(part, {}) for record in records.values() for part in ("files", "placing")]
    ours = {name for part in parts for name in part}
    foreign = [name for name in contents if name not in ours and (out / name).exists()]
    foreign += [stem for stem, record in records.items() if "synthetic" not in record]
    if foreign or (not ours and (out / "data").exists()):
        raise ParameterError(
            where=str(out),
            expected="โฟลเดอร์ใหม่ หรือโฟลเดอร์ที่ ita-nb synth สร้างไว้ (a new folder, or one made by ita-nb synth)",
            found=", ".join(foreign[:5]) or "data/",
            todo="ระบุ -o เป็นโฟลเดอร์ใหม่ เพื่อไม่ให้ข้อมูลสังเคราะห์ปนกับข้อมูลจริง",
        )
    copies = put(out, own, {"synthetic": made}, contents)
    # Years of one province may lie side by side.
    for stem, record in [(s, r) for s, r in records.items() if s != own and r["synthetic"] != made]:
        files = {name: file for name, file in record["files"].items() if name not in contents}
        record_only(out, stem, {"files": files})
        copies += put(out, stem, record, {})
    return copies


def make_province(
    name: str, agencies: int, fiscal_year: int, seed: int, out: Path
) -> tuple[list[Path], list[Path]]:
    """Write the workspace of a synthetic province of ``agencies`` agencies into ``out``.

    Returns its files, and the copies of those that people had edited.

    The same arguments give the same bytes, and agency k is the same whatever the number of agencies. Raises
    FactsError for a year that is unknown or has nothing to draw, ParameterError for unusable arguments or a
    folder with data of others.
    """
    plain = " ".join(name.split())
    if not plain or agencies < 1:
        raise ParameterError(
            where="--province, --agencies",
            expected="ชื่อจังหวัด และจำนวนหน่วยงานตั้งแต่ 1 (a name, and at least one agency)",
            found=f"{name!r}, {agencies}",
            todo="ระบุใหม่ เช่น --province ทดลอง --agencies 24",
        )
    province = Province(plain, fiscal_year, seed)
    framework = load_framework(fiscal_year, facts_folder(out))
    refuse_undrawable(framework)
    results = (draw_result(framework, province, number) for number in range(1, agencies + 1))
    rows = [rows_of(framework, province, result) for result in results]
    texts = {}
    for form in rows[0]:
        table = pd.DataFrame([row for own in rows for row in own[form]], columns=[*form.columns])
        place = "data" if form is AGENCIES else f"data/{fiscal_year}"
        texts[f"{place}/{form.name}.csv"] = table.to_csv(index=False, lineterminator="\n")
    texts |= {
        f"params/province-{fiscal_year}.yaml": _batch_file(province),
        "README.txt": _readme(province, agencies, limits_of(framework)),
    }
    made = f"{province.marked_name}: {agencies} agencies, seed {seed}"
    copies = _put(out, fiscal_year, made, {name: text.encode() for name, text in texts.items()})
    return [out / name for name in (RECORDS, *texts)], copies


def _batch_file(province: Province) -> str:
    values = {
        "batch": f"province-{province.fiscal_year}",
        "fiscal_year": province.fiscal_year,
        "agencies": {"province": province.marked_name},
        "formats": ["html", "pdf", "docx"],
    }
    text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False)
    return f"# {load_settings().mark_th} synthetic data\n{text}"


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


# ---------------------------------------------------------------- results


Terms = list[tuple[Fraction | None, Fraction | None]]
Scores = Mapping[Node, Fraction | None]


def roll_up(framework: Framework, drawn: Mapping[Node, Fraction]) -> dict[Node, Fraction]:
    """Return every score that follows from the drawn ones, in the order of a result page.

    A group is the weighted mean of what stands below it. Where the weights of published items inside
    their group are unknown, these count alike; no other unknown weight is made up.
    """
    found: dict[Node, Fraction | None] = dict(drawn)
    below_first: list[Group] = [*framework.sub_indicators, *framework.indicators, *framework.instruments]
    for group in below_first:
        for part in framework.parts_of(group.code):
            found[Node(group.code, part)] = _weighted(_terms(framework, found, group.code, part))
    for group in below_first:
        found.setdefault(Node(group.code), _of_group(framework, found, group.code))
    found[Node(TOTAL)] = _weighted(_terms(framework, found, TOTAL, ""))
    order = [Node(code, part) for code in framework.by_code for part in ("", *framework.parts_of(code))]
    return {node: score for node in (Node(TOTAL), *order) if (score := found.get(node)) is not None}


def _of_group(framework: Framework, found: Scores, code: str) -> Fraction | None:
    parts = framework.parts_of(code)
    if parts:
        instrument = framework.instrument_of(code)
        return _weighted([(framework.part_weight(instrument, p), found.get(Node(code, p))) for p in parts])
    plain = _plain_below(framework, code)
    if plain:
        return _weighted([(Fraction(1, len(plain)), found.get(Node(child))) for child in plain])
    return _weighted(_terms(framework, found, code, ""))


def _plain_below(framework: Framework, code: str) -> tuple[str, ...]:
    """Return the items (or groups of items) below a group when their weights are unknown, else nothing."""
    inside = (SubIndicator, Item) if isinstance(framework.by_code[code], Indicator) else (Item,)
    below = [framework.by_code[c] for c in framework.children(code)]
    members = [node for node in below if isinstance(node, inside)]
    return tuple(m.code for m in members) if any(m.weight is None for m in members) else ()


def _terms(framework: Framework, found: Scores, code: str, part: str) -> Terms:
    children = framework.children(code)
    return [(framework.by_code[child].weight, found.get(Node(child, part))) for child in children]


def _weighted(terms: Terms) -> Fraction | None:
    known = [(w, score) for w, score in terms if w is not None and score is not None]
    return sum((w * s for w, s in known), Fraction(0)) if terms and len(known) == len(terms) else None


def refuse_undrawable(framework: Framework) -> None:
    """Raise FactsError when the year has no indicators to score."""
    if framework.indicators:
        return
    raise FactsError(
        where=f"ข้อเท็จจริงของการประเมิน ปีงบประมาณ พ.ศ. {framework.fiscal_year}",
        expected="ปีที่ทราบตัวชี้วัด เช่น " + ", ".join(map(str, load_settings().years)),
        found="ยังไม่ทราบตัวชี้วัด จึงไม่มีคะแนนที่สร้างได้ (the indicators are not known: there is nothing to draw)",
        todo="ระบุ --year เป็นปีอื่น หรือเพิ่มข้อเท็จจริงของปีนี้ใน facts/",
    )


def limits_of(framework: Framework) -> list[str]:
    """Return what cannot be drawn, or is assumed, in the framework's year."""
    questions, nearest = framework.questions, load_settings().nearest_year(framework.fiscal_year)
    unknown = [q.code for q in questions if framework.points(q.code) is None and not q.sub_questions]
    lined = [q.code for q in questions if q.sub_questions]
    alike = [code for code in framework.groups if _plain_below(framework, code)]
    missing = [i.code for i in framework.indicators if i.instrument == "OIT" and i.code not in alike]
    bare = [code for code in missing if not framework.children(code)]
    none_th = f" และไม่มีคะแนนตัวชี้วัดที่ {', '.join(bare)}" if bare else ""
    limits = {
        "ไม่ทราบน้ำหนักในคะแนนรวม จึงมีเพียงคะแนนตัวชี้วัดและรายข้อ ไม่มีคะแนนแบบวัด คะแนนรวม และระดับ": (
            framework.weight_in_total(framework.indicators[0].code) is None
        ),
        "ไม่ทราบข้อคำถาม คะแนนตัวชี้วัดของ IIT และ EIT จึงสร้างเสมือนมีข้อเดียว และไม่มีการแจกแจงคำตอบ": not questions,
        f"ไม่ทราบตัวเลือกคำตอบของ {', '.join(unknown)} จึงมีเพียงคะแนน สร้างด้วยตัวเลือกสมมติ": unknown,
        f"{', '.join(lined)} ตอบเป็นรายบรรทัด จึงมีเพียงคะแนนเฉลี่ยของทุกบรรทัด": lined,
        f"ไม่ทราบน้ำหนักของข้อมูลเปิดเผยภายใน {', '.join(alike)} จึงให้ทุกข้อเท่ากัน{none_th}": alike,
        f"ไม่มีค่าที่ปรับเทียบของปีนี้ จึงสร้างตามระดับคะแนนของปี {nearest}": nearest != framework.fiscal_year,
    }
    return [limit for limit, holds in limits.items() if holds]


@dataclass(frozen=True)
class SynthResult:
    """What ITA would print of a synthetic agency, unrounded; ``level_th`` is empty without a total."""

    who: SynthAgency
    drawn: Mapping[Node, Drawn]
    scores: Mapping[Node, Fraction]
    level_th: str


def draw_result(framework: Framework, province: Province, number: int) -> SynthResult:
    """Draw agency ``number`` (from 1) and its result."""
    settings = load_settings()
    who = draw_agency(province, number)
    year = settings.years[settings.nearest_year(framework.fiscal_year)]
    drawn = draw_answers(framework, province, who, year)
    scores = roll_up(framework, {node: leaf.score for node, leaf in drawn.items()})
    instruments = [scores.get(Node(i.code)) for i in framework.instruments]
    total = scores.get(Node(TOTAL))
    level = level_of(framework, total, instruments) if total is not None else None
    return SynthResult(who, drawn, scores, level or "")
