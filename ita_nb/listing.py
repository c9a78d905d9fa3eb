"""What the ``check`` and ``facts`` commands print: Thai text for people, plain data for JSON."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from ita_nb.analysis.reconcile import LAYER_NAMES
from ita_nb.case import Case
from ita_nb.facts.listing import CONFIDENCE_TH as CONFIDENCE_TH
from ita_nb.facts.listing import facts_text as facts_text
from ita_nb.facts.listing import years_text as years_text
from ita_nb.facts.rules import load_rules
from ita_nb.intake.record import Node
from ita_nb.thai import number_text

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
        name = Node.of_label(group).name_th
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
    node = Node.of_label(label)
    return node.code if node.code[:1] in "ieo" else node.name_th


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
