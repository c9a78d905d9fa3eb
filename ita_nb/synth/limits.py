"""What the facts of a year do not let us draw, in words; refusal where nothing is left."""

from __future__ import annotations

from ita_nb.errors import FactsError
from ita_nb.facts.framework import Framework
from ita_nb.synth.formula import items_count_alike
from ita_nb.synth.settings import load_settings


def refuse_undrawable(framework: Framework) -> None:
    """Raise FactsError when the year has no indicators to score."""
    if framework.indicators:
        return
    settings = load_settings()
    raise FactsError(
        where=f"ข้อเท็จจริงของการประเมิน ปีงบประมาณ พ.ศ. {framework.fiscal_year}",
        expected="ปีที่ทราบตัวชี้วัด เช่น " + ", ".join(map(str, settings.years)),
        found="ยังไม่ทราบตัวชี้วัด จึงไม่มีคะแนนที่สร้างได้ (the indicators are not known: there is nothing to draw)",
        todo="ระบุ --year เป็นปีอื่น หรือเพิ่มข้อเท็จจริงของปีนี้ใน facts/",
    )


def limits_of(framework: Framework) -> list[str]:
    """Return what cannot be drawn, or is assumed, in the framework's year."""
    found = [_limit_of_weights(framework), *_limits_of_questions(framework), _limit_of_items(framework)]
    nearest = load_settings().nearest_year(framework.fiscal_year)
    if nearest != framework.fiscal_year:
        found.append(f"ไม่มีค่าที่ปรับเทียบของปีนี้ จึงสร้างตามระดับคะแนนของปี {nearest}")
    return [limit for limit in found if limit is not None]


def _limit_of_weights(framework: Framework) -> str | None:
    if framework.weight_in_total(framework.indicators[0].code) is not None:
        return None
    return "ไม่ทราบน้ำหนักในคะแนนรวม จึงมีเพียงคะแนนตัวชี้วัดและรายข้อ ไม่มีคะแนนแบบวัด คะแนนรวม และระดับ"


def _limits_of_questions(framework: Framework) -> list[str]:
    found = []
    if not framework.questions:
        found.append("ไม่ทราบข้อคำถาม คะแนนตัวชี้วัดของ IIT และ EIT จึงสร้างเสมือนมีข้อเดียว และไม่มีการแจกแจงคำตอบ")
    bare = [q.code for q in framework.questions if framework.points(q.code) is None and not q.sub_questions]
    if bare:
        found.append(f"ไม่ทราบตัวเลือกคำตอบของ {', '.join(bare)} จึงมีเพียงคะแนน สร้างด้วยตัวเลือกสมมติ")
    lined = [q.code for q in framework.questions if q.sub_questions]
    if lined:
        found.append(f"{', '.join(lined)} ตอบเป็นรายบรรทัด จึงมีเพียงคะแนนเฉลี่ยของทุกบรรทัด")
    return found


def _limit_of_items(framework: Framework) -> str | None:
    alike = items_count_alike(framework)
    missing = [i.code for i in framework.indicators if i.instrument == "OIT" and i.code not in alike]
    if not alike:
        return None
    bare = [code for code in missing if not framework.children(code)]
    none_th = f" และไม่มีคะแนนตัวชี้วัดที่ {', '.join(bare)}" if bare else ""
    return f"ไม่ทราบน้ำหนักของข้อมูลเปิดเผยภายใน {', '.join(alike)} จึงให้ทุกข้อเท่ากัน{none_th}"
