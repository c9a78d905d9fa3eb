"""How each kind of defect is planted in the files of an agency; every planter says where it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from ita_nb.facts.framework import TOTAL, Framework
from ita_nb.facts.kinds import Item
from ita_nb.facts.loader import known_years, load_framework
from ita_nb.intake.tables import RESPONSES, STATED_RESULTS, STATED_SCORES
from ita_nb.synth.rows import YEAR_TABLES, AgencyFiles, Row
from ita_nb.synth.settings import load_settings
from ita_nb.thai import to_thai_digits

# Plants one kind and returns where.
Planter = Callable[[AgencyFiles, Framework], str]


def has_room(kind: str, framework: Framework) -> bool:
    """Whether the facts of the year leave room for a kind of defect."""
    if kind.startswith("total-"):
        return framework.weight_in_total(framework.indicators[0].code) is not None
    if kind == "shares-sum":
        return any(framework.points(q.code) is not None for q in framework.questions)
    return kind != "level-of-other-framework" or bool(framework.levels and _other_level(framework))


# ---------------------------------------------------------------------- rows


def _no_data(own: AgencyFiles, framework: Framework) -> str:
    for form in YEAR_TABLES:
        own.rows[form] = []
    return f"data/{framework.fiscal_year}/"


def _row_of(own: AgencyFiles, code: str) -> Row:
    return next(row for row in own.rows[STATED_SCORES] if row["node"] == code)


def _retyped(framework: Framework, row: Row, text: str) -> str:
    where = f"{_file(framework, STATED_SCORES.name)} {row['node']}: {row['score']} -> {text}"
    row["score"] = text
    return where


def _file(framework: Framework, name: str) -> str:
    return f"data/{framework.fiscal_year}/{name}.csv"


def _swapped(text: str) -> str:
    """Return a score with two neighbouring digits swapped, so that it is another one by a point at least."""
    edits = [
        text[:i] + text[i + 1] + text[i] + text[i + 2 :]
        for i in range(len(text) - 1)
        if "." not in text[i : i + 2]
    ]
    digits_up = [
        text[:i] + str((int(text[i]) + 5) % 10) + text[i + 1 :] for i in range(len(text.split(".")[0]))
    ]
    before = Fraction(text)
    return next(t for t in [*edits, *digits_up] if abs(Fraction(t) - before) >= 1 and Fraction(t) <= 100)


def _total_digits_swapped(own: AgencyFiles, framework: Framework) -> str:
    row = _row_of(own, TOTAL)
    return _retyped(framework, row, _swapped(row["score"]))


def _total_decimal_slip(own: AgencyFiles, framework: Framework) -> str:
    row = _row_of(own, TOTAL)
    return _retyped(framework, row, str(float(Fraction(row["score"]) / 10)))


def _recoded(own: AgencyFiles, framework: Framework, code: str) -> str:
    row = next(r for r in own.rows[STATED_SCORES] if isinstance(framework.leaves.get(r["node"]), Item))
    where = f"{_file(framework, STATED_SCORES.name)} {row['node']} -> {code}"
    row["node"] = code
    return where


def _item_of_other_year(own: AgencyFiles, framework: Framework) -> str:
    return _recoded(own, framework, f"o{len(framework.items) + 15}")


def _unknown_code(own: AgencyFiles, framework: Framework) -> str:
    return _recoded(own, framework, "ข้อมูลข้อแรก")


def _shares_sum(own: AgencyFiles, framework: Framework) -> str:
    # As in the first real case, where 2.38 was printed as 22.38.
    row = next(r for r in own.rows[RESPONSES] if Fraction(r["share"]) < 10)
    typed = f"2{row['share']}"
    place = f"{row['item']} {row['option']}".strip()
    where = f"{_file(framework, RESPONSES.name)} {place}: {row['share']} -> {typed}"
    row["share"] = typed
    return where


def _other_level(framework: Framework) -> str:
    """Return a level word that this year's rule does not have and another year's rule has."""
    own = {level.name_th for level in framework.levels}
    others = (level.name_th for year in known_years() for level in load_framework(year).levels)
    return next((name for name in others if name not in own), "")


def _level_of_other_framework(own: AgencyFiles, framework: Framework) -> str:
    (row,) = own.rows[STATED_RESULTS]
    other = _other_level(framework)
    where = f"{_file(framework, STATED_RESULTS.name)} level_th: {row['level_th']} -> {other}"
    row["level_th"] = other
    return where


def _score_out_of_range(own: AgencyFiles, framework: Framework) -> str:
    row = next(r for r in own.rows[STATED_SCORES] if Fraction(r["score"]) >= 2)
    return _retyped(framework, row, row["score"].replace(".", ""))


def _repeated(own: AgencyFiles, framework: Framework, *, changed: bool) -> str:
    row = _row_of(own, framework.indicators[0].code)
    again = {**row, "score": _swapped(row["score"])} if changed else dict(row)
    own.rows[STATED_SCORES].append(again)
    return f"{_file(framework, STATED_SCORES.name)} {row['node']}: {row['score']}, {again['score']}"


def _broken_params(own: AgencyFiles, framework: Framework) -> str:
    year = framework.fiscal_year
    own.params = (
        f"# {load_settings().mark_th}\nagency_id: {own.agency_id}\nfiscal_year: {year}\nofice: {{}}\n"
    )
    return f"params/{own.agency_id}-{year}.yaml ofice"


def _thousands_separator(own: AgencyFiles, framework: Framework) -> str:
    (row,) = own.rows[STATED_RESULTS]
    staff = int(row["population_iit"]) + 1000
    row["population_iit"] = f"{staff:,}"
    return f"{_file(framework, STATED_RESULTS.name)} population_iit: {staff:,}"


def _thai_digits(own: AgencyFiles, framework: Framework) -> str:
    written = {"score", "share", "part", "n_iit", "n_eit1", "n_eit2", "population_iit"}
    for form in YEAR_TABLES:
        for row in own.rows[form]:
            row |= {column: to_thai_digits(row[column]) for column in written & set(row)}
    return f"data/{framework.fiscal_year}/"


# ---------------------------------------------------------------------- names


def _renamed(own: AgencyFiles, name: str) -> str:
    # Whatever the name holds, it still ends with the mark.
    own.agency["name_th"] = f"{name} {load_settings().mark_th}"
    return "data/agencies.csv name_th"


def _hostile(kind: str) -> Planter:
    def planter(own: AgencyFiles, _framework: Framework) -> str:
        plain = own.agency["name_th"].removesuffix(load_settings().mark_th).strip()
        return _renamed(own, load_settings().defects.hostile_names[kind].format(name=plain))

    return planter


def _long_name(own: AgencyFiles, _framework: Framework) -> str:
    settings = load_settings()
    words = [settings.defects.long_name_word] * settings.defects.long_name_words
    # Headers cut long names off at the end, and have to show the mark all the same.
    return _renamed(own, " ".join([settings.mark_th, *words]))


PLANTERS: Mapping[str, Planter] = {
    "no-data": _no_data,
    "total-digits-swapped": _total_digits_swapped,
    "total-decimal-slip": _total_decimal_slip,
    "item-of-other-year": _item_of_other_year,
    "unknown-code": _unknown_code,
    "shares-sum": _shares_sum,
    "level-of-other-framework": _level_of_other_framework,
    "score-out-of-range": _score_out_of_range,
    "duplicate-different": lambda own, framework: _repeated(own, framework, changed=True),
    "duplicate-same": lambda own, framework: _repeated(own, framework, changed=False),
    "broken-params": _broken_params,
    "thousands-separator": _thousands_separator,
    "thai-digits": _thai_digits,
    "name-long": _long_name,
    **{
        f"name-{kind}": _hostile(f"name-{kind}")
        for kind in "markup formula quotes line-break right-to-left emoji".split()
    },
}
