"""What the ``check`` command prints: Thai text for people, plain data for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ita_nb import frames
from ita_nb.analysis.reconcile import LAYER_NAMES, NodeCheck
from ita_nb.case import Case
from ita_nb.document.gate import (
    SEVERITY_TH,
    VERDICT_TH,
    level_lines,
    next_level_line,
    not_checked_by_reason,
    respondents_lines,
    short_name,
    weights_note,
)
from ita_nb.facts.rules import load_rules
from ita_nb.intake.people import acceptance_of
from ita_nb.thai import number_text

_NODE = ("node", "part", "stated", "recomputed", "low", "high", "layer", "verdict")


def check_json(case: Case) -> dict[str, Any]:
    """Return the document that ``check AGENCY --json`` prints; scores are unrounded numbers."""
    rows = [row for row in frames.rows(case, "scores") if row["score"] is not None]
    return {
        "agency_id": case.agency.agency_id,
        "fiscal_year": case.fiscal_year,
        "nodes": [{"from" if name == "layer" else name: row[name] for name in _NODE} for row in rows],
        "level": {
            "stated": case.level.stated or None,
            "recomputed": case.level.recomputed,
            "possible": list(case.level.possible),
        },
        "respondents": {group: found.n for group, found in case.respondents.items()},
        "problems": [asdict(problem) for problem in case.problems],
        "not_checked": [asdict(row) for row in case.not_checked],
    }


def check_text(case: Case) -> str:
    """Return the reconciliation of one agency as plain Thai text, a line each."""
    lines = [f"{case.agency.name_th} ปีงบประมาณ พ.ศ. {case.fiscal_year}", "", "คะแนนที่ระบุ เทียบกับที่คำนวณซ้ำ"]
    lines += [f"  {_node_text(check)}" for check in case.nodes]
    lines += ["", "ระดับผลการประเมิน", f"  ที่ระบุ: {case.level.stated or 'ไม่ได้ระบุ'}"]
    rebuilt = f"จากคะแนนที่คำนวณซ้ำ: {case.level.recomputed}" if case.level.recomputed else ""
    by_weights = case.level.possible != case.level.under_any_weights
    weights = weights_note(case.framework) if by_weights else ""
    lines += [f"  {line}" for line in (*level_lines(case), weights, rebuilt, next_level_line(case)) if line]
    lines += ["", "จำนวนผู้ตอบ"] + [f"  {line}" for line in respondents_lines(case)]
    lines += ["", f"สิ่งที่ต้องตรวจสอบ {len(case.problems)} รายการ"]
    for problem in case.problems:
        accepted = acceptance_of(problem, case.record.accepted)
        by = f" รับรองโดย {accepted.by_th}" if accepted else ""
        lines.append(f"  [{SEVERITY_TH[problem.severity]}{by}] {problem.rule}: {problem.message_th}")
        if problem.suggestion:
            lines.append(f"      ข้อเสนอที่สอดคล้องกับทุกเงื่อนไข (โปรดยืนยันกับต้นฉบับ): {problem.suggestion}")
    lines += ["", "สิ่งที่ตรวจไม่ได้ และเหตุผล"]
    lines += [
        f"  {', '.join(map(short_name, nodes))}: {why}" for why, nodes in not_checked_by_reason(case).items()
    ]
    return "\n".join(lines)


def _node_text(check: NodeCheck) -> str:
    stated = number_text(check.stated) if check.stated is not None else "ไม่ได้ระบุ"
    name = f"{check.node.name_th:<22} ระบุ {stated:>10}"
    if check.recomputed is None or check.layer is None:
        return f"{name}  {VERDICT_TH[check.verdict]}"
    found = check.recomputed
    interval = f"{number_text(found.low, 4)}-{number_text(found.high, 4)}"
    basis = LAYER_NAMES[check.layer][0]
    value = number_text(found.value, 4)
    return f"{name}  คำนวณได้ {value:>9}  ช่วง {interval}  จาก{basis}  {VERDICT_TH[check.verdict]}"


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
