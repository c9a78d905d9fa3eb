"""A synthetic result as rows of the workspace tables, as an agency would copy them from its result page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction

from ita_nb.facts.framework import Framework
from ita_nb.intake.tables import (
    AGENCIES,
    REMARKS,
    RESPONSES,
    STATED_RESULTS,
    STATED_SCORES,
    TableForm,
)
from ita_nb.synth.agencies import Province
from ita_nb.synth.answers import group_of
from ita_nb.synth.chance import one_of, stream
from ita_nb.synth.results import SynthResult
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
