"""What the facts of a year do not let us draw, said in both languages; refusal where nothing is left."""

from __future__ import annotations

from dataclasses import dataclass

from ita_nb.errors import FactsError
from ita_nb.facts.framework import Framework
from ita_nb.synth.formula import items_count_alike
from ita_nb.synth.settings import load_settings


@dataclass(frozen=True)
class Limit:
    """One thing that a synthetic province lacks or assumes."""

    text_th: str
    text_en: str


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


def limits_of(framework: Framework) -> tuple[Limit, ...]:
    """Return what cannot be drawn, or is assumed, in the framework's year."""
    found = [_limit_of_weights(framework), *_limits_of_questions(framework), _limit_of_items(framework)]
    nearest = load_settings().nearest_year(framework.fiscal_year)
    if nearest != framework.fiscal_year:
        found.append(
            Limit(
                f"ไม่มีค่าที่ปรับเทียบของปีนี้ จึงสร้างตามระดับคะแนนของปี {nearest}",
                f"the year is not calibrated; it is drawn like {nearest}",
            )
        )
    return tuple(limit for limit in found if limit is not None)


def _limit_of_weights(framework: Framework) -> Limit | None:
    if framework.weight_in_total(framework.indicators[0].code) is not None:
        return None
    return Limit(
        "ไม่ทราบน้ำหนักในคะแนนรวม จึงมีเพียงคะแนนตัวชี้วัดและรายข้อ ไม่มีคะแนนแบบวัด คะแนนรวม และระดับ",
        "the weights in the total are unknown: only indicators and items, no score above them",
    )


def _limits_of_questions(framework: Framework) -> list[Limit]:
    found = []
    if not framework.questions:
        found.append(
            Limit(
                "ไม่ทราบข้อคำถาม คะแนนตัวชี้วัดของ IIT และ EIT จึงสร้างเสมือนมีข้อเดียว และไม่มีการแจกแจงคำตอบ",
                "no question is known: an indicator of IIT or EIT is drawn as one question, without answers",
            )
        )
    bare = [q.code for q in framework.questions if framework.points(q.code) is None and not q.sub_questions]
    if bare:
        found.append(
            Limit(
                f"ไม่ทราบตัวเลือกคำตอบของ {', '.join(bare)} จึงมีเพียงคะแนน สร้างด้วยตัวเลือกสมมติ",
                f"the options of {', '.join(bare)} are unknown: only scores, drawn with stand-in options",
            )
        )
    lined = [q.code for q in framework.questions if q.sub_questions]
    if lined:
        found.append(
            Limit(
                f"{', '.join(lined)} ตอบเป็นรายบรรทัด จึงมีเพียงคะแนนเฉลี่ยของทุกบรรทัด",
                f"{', '.join(lined)} are answered line by line: only the mean of their lines is given",
            )
        )
    return found


def _limit_of_items(framework: Framework) -> Limit | None:
    alike = items_count_alike(framework)
    missing = [i.code for i in framework.indicators if i.instrument == "OIT" and i.code not in alike]
    if not alike:
        return None
    bare = [code for code in missing if not framework.children(code)]
    none_th = f" และไม่มีคะแนนตัวชี้วัดที่ {', '.join(bare)}" if bare else ""
    none_en = f"; indicators {', '.join(bare)} have no score" if bare else ""
    return Limit(
        f"ไม่ทราบน้ำหนักของข้อมูลเปิดเผยภายใน {', '.join(alike)} จึงให้ทุกข้อเท่ากัน{none_th}",
        f"the weights of published items inside {', '.join(alike)} are unknown: they count alike{none_en}",
    )
