"""What the ``facts`` command prints: all that is known of a year, how surely, and what is not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from ita_nb.errors import FactsError
from ita_nb.facts.forms import AnalysisForm, FormColumn, OfficialForm, ProgressForm, load_forms
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import LEVEL, TOTAL, Fact, Gap, Item, Question, RequiredItem, Scale, Source, all_facts
from ita_nb.facts.loader import known_years, load_framework
from ita_nb.thai import long_date, number_text

CONFIDENCE_TH = {"confirmed": "ยืนยันแล้ว", "partial": "บางส่วน", "derived": "อนุมาน", "unknown": "ไม่ทราบ"}
_POLARITY_TH = {"positive": "ข้อเชิงบวก", "negative": "ข้อเชิงลบ", None: "ไม่ทราบทิศทาง"}
_SCHEME_TH = {
    "letters": "ชื่อระดับเป็นตัวอักษร",
    "words": "ชื่อระดับเป็นถ้อยคำ",
    "unknown": "ไม่ทราบว่าชื่อระดับเป็นแบบใด",
}
_NODE_TH = {TOTAL: "คะแนนรวม", LEVEL: "ระดับผลการประเมิน"}


def years_text(folder: Path | None = None) -> str:
    """Return the fiscal years that have facts, a line each: how many facts are how sure, and the summary."""
    lines = ["ปีงบประมาณที่มีข้อเท็จจริง และจำนวนข้อเท็จจริง (ดูรายละเอียดด้วย ita-nb facts ปี)"]
    for year in known_years(folder):
        try:
            framework = load_framework(year, folder)
        except FactsError as error:  # the other years can be used all the same
            lines.append(f"  {year}: ใช้ไม่ได้ ({error.where}: {error.found})")
            continue
        sure: Counter[str] = Counter(fact.confidence for fact in all_facts(framework))
        counts = " ".join(f"{name} {sure[key]:>3}" for key, name in CONFIDENCE_TH.items())
        lines.append(f"  {year}: {counts}  {framework.summary_th}")
    return "\n".join(lines)


def facts_text(fiscal_year: int, folder: Path | None = None) -> str:
    """Return everything known of a year with source and confidence, and what is not known."""
    f = load_framework(fiscal_year, folder)
    day = f.calendar.results
    sections = {
        "แบบวัดและน้ำหนัก": _instruments(f),
        "ตัวชี้วัดและตัวชี้วัดย่อย": _indicators(f),
        "ตัวเลือกคำตอบและคะแนน": [_line(scale, _scale(scale)) for scale in f.scales],
        "ข้อคำถาม": [line for question in f.questions for line in _question(question)],
        "ข้อมูลเปิดเผย (OIT)": [line for item in f.items for line in _item(f, item)],
        "ระดับผลการประเมิน (พิจารณาตามลำดับ)": _levels(f),
        "ประเด็นของการวิเคราะห์": _topics(f),
        "แบบของเอกสาร": _forms(f),
        "ข้อเรื่องมาตรการ": _required(f.publication.measures_item),
        "ข้อเรื่องรายงานผลตามมาตรการ": _required(f.publication.report_item),
        "ปีของมาตรการ": _year_rule(f),
        "การหาค่าเฉลี่ย": [_line(f.averaging, "คะแนนทุกระดับเป็นค่าเฉลี่ย (ถ่วงน้ำหนัก) ของคะแนนภายใน")],
        "ปฏิทิน": [_line(f.calendar, f"ประกาศผล {long_date(day)}" if day else "ไม่ทราบวันประกาศผล")],
        "การปัดเศษ": [_line(f.rounding, f"ทศนิยม {f.rounding.decimals} ตำแหน่ง ปัดครึ่งขึ้น")],
        "เกณฑ์ผ่าน": [_line(f.reference_lines, f"{f.reference_lines.pass_score} คะแนน")],
        "เกณฑ์ข้อที่ต้องมีมาตรการ": [_line(f.weakness, f.weakness.text_th)],
        "สิ่งที่เปลี่ยนจากปีก่อนหน้า": _changes(f),
        "สิ่งที่ยังไม่ทราบ": [_gap(gap) for gap in f.gaps_th],
        "แหล่งที่มา": [f"  {key}: {source.what_th} ({source.ref})" for key, source in _all_sources(f).items()],
    }
    lines = [f"การประเมิน ITA ปีงบประมาณ พ.ศ. {fiscal_year}", f.summary_th]
    for heading, found in sections.items():
        lines += ["", heading, *(found or ["  ไม่มีข้อมูล"])]
    return "\n".join(lines)


def _gap(gap: Gap) -> str:
    nodes = ", ".join(_NODE_TH.get(node, node) for node in gap.nodes)
    return f"  - {gap.text_th}{nodes and f' [{nodes}]'}"


def _line(fact: Fact, text: str) -> str:
    note = f" หมายเหตุ: {fact.note_th}" if fact.note_th else ""
    sources = ", ".join(fact.source) or "ไม่มีแหล่งที่มา"
    return f"  {text} <{CONFIDENCE_TH[fact.confidence]}: {sources}>{note}"


def _weight(weight: Fraction | None) -> str:
    """Say a share: whole percents as percents, any other as the fraction that it is."""
    if weight is None:
        return "ไม่ทราบน้ำหนัก"
    percent = 100 * weight
    return f"น้ำหนัก {number_text(percent, 0)}%" if percent.denominator == 1 else f"น้ำหนัก {weight}"


# ------------------------------------------------------------------------------- the score tree


def _instruments(f: Framework) -> list[str]:
    lines = []
    for instrument in f.instruments:
        inside = "" if f.indicators else f" ({_inside(f, instrument.code)})"
        text = f"{instrument.code} {instrument.name_th} {_weight(instrument.weight)}{inside}"
        lines.append(_line(instrument, text))
        lines += [_line(p, f"  ส่วนที่ {p.part} {p.name_th} {_weight(p.weight)}") for p in instrument.parts]
    return lines


def _indicators(f: Framework) -> list[str]:
    lines = []
    for indicator in f.indicators:
        also = "".join(f" หรือ{name}" for name in indicator.name_variants)
        name = f"{indicator.code} {indicator.name_th}{also} ของ {indicator.instrument}"
        lines.append(_line(indicator, f"{name} {_weight(indicator.weight)} ({_inside(f, indicator.code)})"))
        for sub in (sub for sub in f.sub_indicators if sub.indicator == indicator.code):
            text = f"  {sub.code} {sub.name_th} {_weight(sub.weight)} ({_inside(f, sub.code)})"
            lines.append(_line(sub, text))
    return lines


def _inside(f: Framework, code: str) -> str:
    """Say what stands one level below a node: from which code to which, and what each weighs."""
    children = f.children(code)
    if not children:
        return "ไม่ทราบข้อที่อยู่ภายใน"
    names = children[0] if len(children) == 1 else f"{children[0]}-{children[-1]}"
    weights = dict.fromkeys(f.by_code[child].weight for child in children)
    if None in weights:
        return f"{names} ไม่ทราบน้ำหนักภายใน"
    return f"{names} {'ข้อละ' if len(children) > 1 else ''}{' หรือ '.join(map(_weight, weights))}"


def _scale(scale: Scale) -> str:
    if scale.options:
        options = ", ".join(f"{o.label_th} {o.positive}/{o.negative}" for o in scale.options)
        return f"{scale.code}: {options} (คะแนนข้อเชิงบวก/ข้อเชิงลบ)"
    if scale.values:
        return f"{scale.code}: คะแนนที่พบ {', '.join(str(v) for v in scale.values)}"
    step = "" if scale.step is None else f" ทราบเพียงขั้นละ {scale.step}"
    return f"{scale.code}: ไม่ทราบตัวเลือกหรือเกณฑ์การให้คะแนน{step}"


def _question(question: Question) -> list[str]:
    text = question.text_th or f"(ไม่ทราบถ้อยคำทางการ) {question.topic_th or 'ไม่ทราบเรื่องที่ถาม'}"
    lines = question.sub_questions
    polarity = "ทิศทางตามข้อย่อย" if lines and not question.polarity else _POLARITY_TH[question.polarity]
    scale = f"{question.scale} {CONFIDENCE_TH[question.scale_confidence]}"
    about = ", ".join(filter(None, (scale, polarity, _weight(question.weight), question.concept)))
    inner = [f"    - {line.text_th} [{line.scale}, {_POLARITY_TH[line.polarity]}]" for line in lines]
    return [_line(question, f"{question.code} {text} [{about}]"), *inner]


def _item(f: Framework, item: Item) -> list[str]:
    parent = f"อยู่ใน {f.parent(item.code)}"
    about = ", ".join(filter(None, (parent, _weight(item.weight), item.concept)))
    lines = [_line(item, f"{item.code} {item.title_th or '(ไม่ทราบชื่อข้อ)'} [{about}]")]
    return lines + ([f"    ต้องแสดง: {'; '.join(item.elements_th)}"] if item.elements_th else [])


def _levels(f: Framework) -> list[str]:
    lines = [_line(f.level_basis, _SCHEME_TH[f.level_basis.scheme])]
    for level in f.levels:
        each = level.each_instrument_min
        condition = f" และทุกแบบวัดไม่ต่ำกว่า {each}" if each is not None else ""
        lines.append(_line(level, f"{level.name_th}: คะแนนรวมไม่ต่ำกว่า {level.total_min}{condition}"))
    return lines if f.levels else [*lines, "  ไม่ทราบเกณฑ์ระดับ"]


# -------------------------------------------------------------------------------- the documents


def _topics(f: Framework) -> list[str]:
    lines = [_line(t, f"{t.no} {t.name_th}: {', '.join(t.items) or 'ไม่ทราบข้อ'}") for t in f.topics]
    placed = {code for topic in f.topics for code in topic.items}
    others = [code for code in f.leaves if code not in placed]
    return [*lines, f"  ยังไม่ทราบประเด็น: {', '.join(others)}"] if f.topics and others else lines


def _forms(f: Framework) -> list[str]:
    analysis, measures, progress = _own_forms(f)
    return [
        _line(f.publication.forms, "แบบที่เอกสารของปีนี้ใช้"),
        _line(analysis, f"การวิเคราะห์: {analysis.name_th}"),
        f"    ตาราง: {' / '.join(analysis.columns_th)}",
        _line(measures, f"มาตรการ: {measures.name_th}"),
        f"    ตาราง: {_headings(measures.columns)}",
        _line(progress, f"รายงานผลตามมาตรการ: {progress.name_th}"),
        f"    ตาราง: {_headings(progress.table.columns)}",
    ]


def _own_forms(f: Framework) -> tuple[AnalysisForm, OfficialForm, ProgressForm]:
    own, forms = f.publication.forms, load_forms()
    return forms.analysis[own.analysis], forms.measures[own.measures], forms.progress[own.progress]


def _headings(columns: Sequence[FormColumn]) -> str:
    return " / ".join(f"{c.heading_th}{' (โครงการเพิ่ม)' if c.added else ''}" for c in columns)


def _required(item: RequiredItem) -> list[str]:
    name = f"{item.code or '(ไม่ระบุรหัสข้อ)'} {item.title_th or '(ไม่ระบุชื่อข้อ)'}"
    required = [_line(element, f"  - {element.text_th}") for element in item.required]
    return [_line(item, name), *(required or ["    ไม่ทราบเนื้อหาที่ต้องแสดง"])]


def _year_rule(f: Framework) -> list[str]:
    rule, year = f.publication.year_rule, f.fiscal_year
    planned = f"มาตรการของปี {f.plan_year} ตอบผลของปี {year}"
    if rule.reported_year_offset is None:
        return [_line(rule, f"{planned} ไม่ทราบว่าข้อรายงานของปี {year} รายงานมาตรการของปีใด")]
    reported = year - rule.reported_year_offset
    return [_line(rule, f"{planned} ข้อรายงานของปี {year} รายงานมาตรการของปี {reported}")]


def _changes(f: Framework) -> list[str]:
    lines = [
        _line(change, f"{_NODE_TH.get(change.node, change.node)}: {change.text_th}") for change in f.changes
    ]
    return lines or ["  ไม่พบสิ่งที่เปลี่ยน"]


def _all_sources(f: Framework) -> dict[str, Source]:
    """Return the sources of the year, and those of the forms that its documents take."""
    analysis, measures, progress = _own_forms(f)
    cited = {key: load_forms().sources[key] for form in (analysis, measures, progress) for key in form.source}
    return dict(sorted({**cited, **f.sources}.items()))
