"""The parameters of the notebooks: wrong ones stop the run."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from conftest import AGENCY, REPOSITORY, YEAR

from ita_nb.errors import ParameterError
from ita_nb.parameters import ReportParameters, read_parameters, validate

GOOD = {"agency_id": AGENCY, "fiscal_year": YEAR}
DEFAULTS = 'agency_id: str = "hannangam"  # which agency\nfiscal_year: int = 2568\nedition = "working"\n'
INJECTED = '# Parameters\nagency_id = "other"\nfiscal_year = 2568\n'


def notebook(*cells: str, **values: Any) -> dict[str, Any]:
    """Return the names of a notebook after its cells ran: IPython's history and the parameters."""
    return {"In": ["", *cells], "agency_id": "other", "fiscal_year": YEAR, **values}


# ---------------------------------------------------------------------------------- names and types


def test_parameters_cannot_be_changed_afterwards() -> None:
    """Only agency and year are needed; what was checked is a value and stays as it was checked."""
    parameters = validate(GOOD)
    assert parameters == ReportParameters(agency_id=AGENCY, fiscal_year=YEAR)
    with pytest.raises(ValueError, match="frozen"):
        parameters.agency_id = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("agnecy_id", "agency_id"), ("year", "fiscal_year"), ("Edition", "edition"), ("digit", "digits")],
)
def test_a_misspelt_name_is_refused_with_the_nearest(name: str, meant: str) -> None:
    """An unknown parameter is named, with the known one that it was meant to be."""
    with pytest.raises(ParameterError) as caught:
        validate({**GOOD, name: "x"})
    assert name in caught.value.found
    assert meant in caught.value.todo


@pytest.mark.parametrize(
    "wrong",
    [
        {"agency_id": 12},
        {"agency_id": None},
        {"agency_id": True},
        {"fiscal_year": "2568"},
        {"fiscal_year": 2568.0},
        {"fiscal_year": True},
        {"edition": "final"},
        {"edition": "Publish"},
        {"digits": "roman"},
        {"draft": "yes"},
        {"draft": 1},
        {"agency_id": 12, "fiscal_year": "2568"},
    ],
)
def test_a_wrong_type_or_value_is_refused(wrong: dict[str, object]) -> None:
    """Each value of another type is named with its parameter, never converted."""
    with pytest.raises(ParameterError) as caught:
        validate({**GOOD, **wrong})
    for name, value in wrong.items():
        assert f"{name} = {value!r}" in caught.value.found
        assert f"{name}: " in caught.value.expected


@pytest.mark.parametrize(("given", "missing"), [("agency_id", "fiscal_year"), ("fiscal_year", "agency_id")])
def test_a_needed_parameter_must_be_given(given: str, missing: str) -> None:
    """Without agency or year there is no report, and the message names which is missing."""
    with pytest.raises(ParameterError) as caught:
        validate({given: GOOD[given]})
    assert missing in caught.value.found


@pytest.mark.parametrize(
    "path", sorted((REPOSITORY / "params").glob("*-*[!t]?.yaml")), ids=lambda path: path.name
)
def test_the_parameter_files_of_the_repository_are_good(path: Any) -> None:
    """Every committed parameter file passes, with the agency as text."""
    assert isinstance(validate(yaml.safe_load(path.read_text(encoding="utf-8"))).agency_id, str)


# ------------------------------------------------------------------------- inside a running notebook


def test_injected_values_below_the_defaults_count() -> None:
    """In a good papermill run the injected cell follows the defaults, and its values are used."""
    assert read_parameters(notebook(DEFAULTS, INJECTED)).agency_id == "other"


@pytest.mark.parametrize("injected", [INJECTED, '# Parameters\nagency_id = "other"\n'], ids=["all", "one"])
def test_injected_values_above_the_defaults_are_refused(injected: str) -> None:
    """Without the tag papermill injects above the defaults, and even one that would win stops the run."""
    with pytest.raises(ParameterError) as caught:
        read_parameters(notebook(injected, DEFAULTS, agency_id=AGENCY))
    assert "เขียนทับ" in caught.value.found
    assert '"parameters"' in caught.value.todo


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("agency_id", 12),
        ("fiscal_year", "2568"),
        ("draft", "yes"),
        ("edition", "final"),
        ("agnecy_id", "other"),  # papermill alone would go on with the default
    ],
)
def test_a_wrong_value_in_a_notebook_is_refused(name: str, value: object) -> None:
    """An injected value of another type, or of a name that is none, stops the run and is named."""
    with pytest.raises(ParameterError, match=name):
        read_parameters(notebook(DEFAULTS, f"# Parameters\n{name} = {value!r}\n", **{name: value}))


@pytest.mark.parametrize(
    "cells",
    [
        (DEFAULTS,),
        (DEFAULTS, "region = 'north'\nagnecy_id = 1"),
        ("%matplotlib inline", DEFAULTS, "!ls"),
        (DEFAULTS, "case.agency", DEFAULTS),
        (),
    ],
    ids=["plain", "with own names", "with magics", "run twice", "no history"],
)
def test_interactive_use_is_accepted(cells: tuple[str, ...]) -> None:
    """Without an injected cell the user may define and run what they like."""
    assert read_parameters(notebook(*cells, region="north", df=[1, 2])).agency_id == "other"


def test_a_namespace_without_history_is_accepted() -> None:
    """Outside of IPython the parameters are simply the names."""
    assert read_parameters({**GOOD, "unrelated": 1}).fiscal_year == YEAR
