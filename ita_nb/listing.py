"""What the ``check`` and ``facts`` commands print: Thai text for people, plain data for JSON."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from ita_nb.analysis.reconcile import LAYER_NAMES
from ita_nb.case import Case
from ita_nb.facts.framework import Fact, Framework, Scale
from ita_nb.facts.loader import known_years, load_framework
from ita_nb.facts.rules import load_rules
from ita_nb.intake.record import Node
from ita_nb.thai import number_text

CONFIDENCE_TH = {"confirmed": "ยืนยันแล้ว", "partial": "บางส่วน", "derived": "อนุมาน", "unknown": "ไม่ทราบ"}
VERDICT_TH = {"match": "ตรง", "mismatch": "ไม่ตรง", "unchecked": "ไม่ได้ตรวจ"}
SEVERITY_TH = {"error": "ผิด", "warning": "เตือน", "notice": "แจ้ง"}


def check_json(case: Case) -> dict[str, Any]:
    """Return the document that ``check AGENCY --json`` prints; scores are unrounded numbers."""
    return {
        "agency_id": case.agency.agency_id,
        "fiscal_year": case.fiscal_year,
        "nodes": node_rows(case),
        "level": {"stated": case.level.stated or None, "recomputed": case.level.recomputed},
        "respondents": {group: found.n for group, found in case.respondents.items()},
        "problems": [asdict(problem) for problem in case.problems],
        "not_checked": [asdict(row) for row in case.not_checked],
    }


def node_rows(case: Case) -> list[dict[str, Any]]:
    """Return one row a score node: stated, recomputed, the interval of printed rounding (0-100), verdict."""
    return [
        {
            "node": check.node.code,
            "part": check.node.part,
            "stated": as_float(check.stated),
            "recomputed": as_float(check.recomputed.value if check.recomputed else None),
            "low": as_float(check.recomputed.low if check.recomputed else None),
            "high": as_float(check.recomputed.high if check.recomputed else None),
            "from": check.layer,
            "verdict": check.verdict,
        }
        for check in case.nodes
    ]


def as_float(value: Fraction | None) -> float | None:
    """Return an exact score as a plain number, for programs; people get :func:`ita_nb.thai.number_text`."""
    return None if value is None else float(value)


def check_text(case: Case) -> str:
    """Return the reconciliation of one agency as plain Thai text, a line each."""
    lines = [f"{case.agency.name_th} ปีงบประมาณ พ.ศ. {case.fiscal_year}", "", "คะแนนที่ระบุ เทียบกับที่คำนวณซ้ำ"]
    for check in case.nodes:
        if check.recomputed is None or check.layer is None:
            continue
        stated = number_text(check.stated) if check.stated is not None else "ไม่ได้ระบุ"
        interval = f"{number_text(check.recomputed.low, 4)}-{number_text(check.recomputed.high, 4)}"
        value = number_text(check.recomputed.value, 4)
        lines.append(
            f"  {check.node.name_th:<22} ระบุ {stated:>10}  คำนวณได้ {value:>9}"
            f"  ช่วง {interval}  จาก{LAYER_NAMES[check.layer][0]}  {VERDICT_TH[check.verdict]}"
        )
    level = case.level
    lines += ["", "ระดับผลการประเมิน", f"  ที่ระบุ: {level.stated or 'ไม่ได้ระบุ'}"]
    lines.append(f"  ตามเกณฑ์ จากคะแนนที่ระบุ: {level.of_stated_scores or 'จัดระดับไม่ได้'}")
    lines.append(f"  ตามเกณฑ์ จากคะแนนที่คำนวณซ้ำ: {level.recomputed or 'จัดระดับไม่ได้'}")
    lines += ["", "จำนวนผู้ตอบ"] + [f"  {line}" for line in respondents_lines(case)]
    lines += ["", f"สิ่งที่ต้องตรวจสอบ {len(case.problems)} รายการ"]
    for problem in case.problems:
        lines.append(f"  [{SEVERITY_TH[problem.severity]}] {problem.rule}: {problem.message_th}")
        if problem.suggestion:
            lines.append(f"      ข้อเสนอที่สอดคล้องกับทุกเงื่อนไข (โปรดยืนยันกับต้นฉบับ): {problem.suggestion}")
    lines += ["", "สิ่งที่ตรวจไม่ได้ และเหตุผล"]
    lines += [
        f"  {', '.join(map(short_name, nodes))}: {why}" for why, nodes in not_checked_by_reason(case).items()
    ]
    return "\n".join(lines)


def respondents_lines(case: Case) -> list[str]:
    """Return one Thai line a group of respondents: how many, and how that is known."""
    lines = []
    for group, found in case.respondents.items():
        name = Node(*group.split(".", 1)).name_th
        if found.n is None:
            lines.append(f"{name}: ไม่ทราบจำนวน")
        elif found.inferred:
            multiples = ", ".join(str(found.n * k) for k in (2, 3))
            lines.append(
                f"{name}: {found.n} คน เป็นค่าอนุมานจากคะแนนที่พิมพ์ จำนวนที่เป็นพหุคูณก็เข้าได้เช่นกัน ({multiples}, ...)"
            )
        else:
            lines.append(f"{name}: {found.n} คน ตามที่ระบุ")
    return lines or ["ไม่มีข้อมูลพอจะทราบจำนวนผู้ตอบ"]


def not_checked_by_reason(case: Case) -> dict[str, list[str]]:
    """Return reason (Thai) -> the nodes that could not be checked for it."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for row in case.not_checked:
        reasons[row.why].append(row.node)
    return dict(reasons)


def short_name(label: str) -> str:
    """Return the code of a question or item, and the Thai name of anything above, from a node's label."""
    node = Node(*label.split(".", 1))
    return node.name_th if node.code.isdecimal() or node.code.isupper() else node.code


def rules_text() -> str:
    """Return the names of all checks with what each means and an example."""
    lines = []
    for rule in load_rules().rules:
        lines += [
            f"{rule.rule} [{SEVERITY_TH[rule.severity]}]",
            f"  {rule.what_th}",
            f"  ตัวอย่าง: {rule.example_th}",
        ]
    return "\n".join(lines)


def years_text() -> str:
    """Return the fiscal years that have facts, a line each."""
    lines = ["ปีงบประมาณที่มีข้อเท็จจริง (ดูรายละเอียดด้วย ita-nb facts ปี)"]
    return "\n".join(lines + [f"  {year}: {load_framework(year).summary_th}" for year in known_years()])


def facts_text(fiscal_year: int) -> str:
    """Return everything known of a year with source and confidence, and what is not known."""
    framework = load_framework(fiscal_year)
    lines = [f"การประเมิน ITA ปีงบประมาณ พ.ศ. {fiscal_year}", "", "แบบวัดและน้ำหนัก"]
    for instrument in framework.instruments:
        lines.append(
            _line(instrument, f"{instrument.code} {instrument.name_th} น้ำหนัก {_percent(instrument.weight)}")
        )
        lines += [
            _line(p, f"  ส่วนที่ {p.part} {p.name_th} น้ำหนักภายใน {_percent(p.weight)}") for p in instrument.parts
        ]
    lines += ["", "ตัวชี้วัด"]
    for indicator in framework.indicators:
        children = framework.children(indicator.code)
        inner = framework.by_code[children[0]].weight
        weights = "ไม่ทราบน้ำหนักภายใน" if inner is None else f"ข้อละ {inner}"
        lines.append(
            _line(
                indicator, f"{indicator.code} {indicator.name_th} ({children[0]}-{children[-1]}, {weights})"
            )
        )
    lines += ["", "ตัวเลือกคำตอบและคะแนน"] + [_line(scale, _scale(scale)) for scale in framework.scales]
    lines += ["", "ข้อคำถาม"]
    for q in framework.questions:
        text = q.text_th or f"(ไม่ทราบถ้อยคำทางการ) {q.topic_th}"
        polarity = "ข้อเชิงบวก" if q.polarity == "positive" else "ข้อเชิงลบ"
        lines.append(_line(q, f"{q.code} {text} [{q.scale}, {polarity}]"))
    lines += ["", "ข้อมูลเปิดเผย (OIT)"] + [
        _line(item, f"{item.code} {item.title_th}") for item in framework.items
    ]
    lines += ["", "ระดับผลการประเมิน (พิจารณาตามลำดับ)"]
    for level in framework.levels:
        each = level.each_instrument_min
        condition = f" และทุกแบบวัดไม่ต่ำกว่า {each}" if each is not None else ""
        lines.append(_line(level, f"{level.name_th}: คะแนนรวมไม่ต่ำกว่า {level.total_min}{condition}"))
    return "\n".join(lines + _publication_lines(framework) + _gap_lines(framework))


def _publication_lines(framework: Framework) -> list[str]:
    lines = ["", "ประเด็นของการวิเคราะห์"]
    lines += [_line(t, f"{t.no} {t.name_th}: {', '.join(t.items)}") for t in framework.topics]
    placed = {code for topic in framework.topics for code in topic.items}
    lines.append("  ยังไม่ทราบประเด็น: " + ", ".join(c for c in framework.leaves if c not in placed))
    for item in (framework.publication.measures_item, framework.publication.report_item):
        lines += [
            "",
            _line(item, f"{item.code} {item.title_th}").strip(),
            "  ต้องแสดง: " + "; ".join(item.required_th),
        ]
        lines.append(f"  ตาราง: {' / '.join(item.columns_th)}")
        lines.append(f"  ที่มาของรายการ: {_sources(item.required_source, item.required_confidence)}")
    form, years, digits = framework.publication.analysis, framework.publication.year_rule, framework.rounding
    columns, parts = " / ".join(form.columns_th), "; ".join(form.parts_th)
    lines += ["", "รูปแบบการวิเคราะห์", _line(form, f"ตาราง: {columns} ส่วนที่ต้องเขียน: {parts}")]
    lines += [
        "",
        "ปีของมาตรการ",
        _line(years, f"มาตรการของปี {framework.plan_year} ตอบผลของปี {framework.fiscal_year}"),
    ]
    lines += ["", "การปัดเศษ", _line(digits, f"ทศนิยม {digits.decimals} ตำแหน่ง ปัดครึ่งขึ้น")]
    lines += [
        "",
        "เกณฑ์ผ่าน",
        _line(framework.reference_lines, f"{framework.reference_lines.pass_score} คะแนน"),
    ]
    rule = framework.weakness
    lines += ["", "เกณฑ์ข้อที่ต้องมีมาตรการ", _line(rule, rule.text_th)]
    return lines


def _gap_lines(framework: Framework) -> list[str]:
    lines = ["", "สิ่งที่ยังไม่ทราบ"] + [f"  - {gap.text_th}" for gap in framework.gaps_th]
    return (
        lines + ["", "แหล่งที่มา"] + [f"  {key}: {s.what_th} ({s.ref})" for key, s in framework.sources.items()]
    )


def _line(fact: Fact, text: str) -> str:
    note = f" หมายเหตุ: {fact.note_th}" if fact.note_th else ""
    return f"  {text} <{_sources(fact.source, fact.confidence)}>{note}"


def _sources(source: tuple[str, ...], confidence: str) -> str:
    return f"{CONFIDENCE_TH[confidence]}: {', '.join(source) or 'ไม่มีแหล่งที่มา'}"


def _percent(weight: Fraction) -> str:
    return f"{number_text(100 * weight, 0)}%"


def _scale(scale: Scale) -> str:
    if scale.options:
        options = ", ".join(f"{o.label_th} {o.positive}/{o.negative}" for o in scale.options)
        return f"{scale.code}: {options} (คะแนนข้อเชิงบวก/ข้อเชิงลบ)"
    if scale.values:
        return f"{scale.code}: คะแนนที่พบ {', '.join(str(v) for v in scale.values)}"
    return f"{scale.code}: ไม่ทราบตัวเลือก ทราบเพียงขั้นละ {scale.step}"
