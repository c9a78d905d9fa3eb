"""What a notebook opens: its parameters checked, its case built once, its shell taught to carry displays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, overload

from ita_nb.case import Case, build_case
from ita_nb.displayed import register
from ita_nb.document.gate import refuse_unready
from ita_nb.errors import ParameterError
from ita_nb.exhibits.figures import SENTENCES
from ita_nb.exhibits.overview import Overview
from ita_nb.frames import AnyCase, Report, Tables, tables_of
from ita_nb.intake.workspace import find_workspace
from ita_nb.parameters import read_overview_parameters, read_parameters
from ita_nb.progress import ProgressCase, build_progress
from ita_nb.province import build_province
from ita_nb.thai import Digits

_opened: list[Report[Any]] = []
# Cases by document, agency, year and workspace that a process has built before it forks a kernel.
built: dict[tuple[str, str, int, Path], AnyCase] = {}


@overload
def open_report(namespace: Mapping[str, Any]) -> Report[Case]: ...
@overload
def open_report(namespace: Mapping[str, Any], document: Literal["progress"]) -> Report[ProgressCase]: ...
def open_report(namespace: Mapping[str, Any], document: str = "analysis") -> Report[Any]:
    """Open the report that the parameters in a notebook's ``globals()`` ask for; plain Python works too.

    ``document`` is ``"analysis"`` of a result or ``"progress"`` of measures. Raises an ItaError for
    parameters or data that cannot be used, and PublicationRefusedError where a publication is not ready.
    """
    parameters = read_parameters(namespace)
    build = build_progress if document == "progress" else build_case
    home = find_workspace(Path(parameters.workspace))
    ready = built.get((document, parameters.agency_id, parameters.fiscal_year, home))
    if ready is None or parameters.handed:
        ready = build(parameters.agency_id, parameters.fiscal_year, home, parameters.words)
    case: AnyCase = ready
    if parameters.edition == "publish" and not parameters.draft:
        refuse_unready(case)
    report = Report(case, parameters, home, SENTENCES)
    if _prepare(parameters.digits):
        _opened.append(report)
    return report


def opened_tables() -> Tables:
    """Return the tables of the report that this notebook has opened, its first one. Raises ParameterError."""
    if not _opened:
        raise ParameterError(
            where="สมุดบันทึก",
            expected="เซลล์ที่เปิดรายงานด้วย open_report(globals())",
            found="ไม่มีเซลล์นี้",
            todo="คัดลอกเซลล์นี้จากสมุดบันทึกที่ได้จาก ita-nb lab",
        )
    return tables_of(_opened[0])


def open_overview(namespace: Mapping[str, Any]) -> Overview:
    """Open the overview of a batch that the parameters in a notebook's ``globals()`` ask for."""
    parameters = read_overview_parameters(namespace)
    province = build_province(parameters.folder, parameters.workspace)
    _prepare(parameters.digits)
    return Overview(province, parameters)


def _prepare(digits: Digits) -> bool:
    """Draw with the Thai font, and let the notebook's shell, where there is one, carry what cells display."""
    from IPython import get_ipython

    from ita_nb.document.figures import prepare

    prepare()
    if (shell := get_ipython()) is not None:
        register(shell, digits)
    return shell is not None
