"""The parameters of the notebooks: their names and types, and the traps of papermill closed.

papermill alone goes on with the default when a parameter is misspelt, when its type is wrong, or when
the notebook has lost its ``parameters`` tag: the report is then about the wrong agency. The check
reads papermill's injected cell, so it works in a plain ``papermill`` run too.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from ita_nb.errors import ParameterError
from ita_nb.intake.params_file import Words, words_of
from ita_nb.thai import Digits, nearest

# papermill writes this comment above the values that it injects.
INJECTED_COMMENT = "# Parameters"


class _Parameters(BaseModel):
    """Values of a notebook: their types are checked, never converted, and an unknown one is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


_Notebook = TypeVar("_Notebook", bound=_Parameters)


class ReportParameters(_Parameters):
    """What a report is about and how it is made; ``fiscal_year`` is the Buddhist year of the ITA round."""

    agency_id: str
    fiscal_year: int
    edition: Literal["working", "publish"] = "working"
    digits: Digits = "thai"
    draft: bool = False
    workspace: str = "."
    office: dict[str, Any] = {}
    texts: list[dict[str, Any]] = []
    measures: list[dict[str, Any]] = []
    accepted: list[dict[str, Any]] = []
    form: str = ""

    def words(self, filed: Words) -> Words:
        """Return what people wrote: what was handed over with the parameters, else what their file holds.

        ``papermill -f params/X.yaml`` hands the whole file over; ``ita-nb`` leaves it where it is.
        """
        names = {"agency_id": self.agency_id, "fiscal_year": self.fiscal_year}
        words = words_of({**names, **self.handed}, {}, "พารามิเตอร์ของสมุดบันทึก", "analysis")
        return replace(filed, **{key: getattr(words, key) for key in self.handed})

    @property
    def handed(self) -> dict[str, Any]:
        """What people wrote and was handed over with the parameters."""
        given = {key: getattr(self, key) for key in ("office", "texts", "measures", "accepted", "form")}
        return {key: value for key, value in given.items() if value}


class OverviewParameters(_Parameters):
    """Which batch an overview is of and how it is made; ``folder`` is the batch's output folder,
    absolute or in the workspace.

    Without a ``title`` the overview is named after the province of its agencies.
    """

    folder: str
    title: str = ""
    edition: Literal["working", "publish"] = "working"
    digits: Digits = "thai"
    workspace: str = "."


def read_parameters(namespace: Mapping[str, Any]) -> ReportParameters:
    """Read and check the parameters of a report from its notebook's namespace (``globals()``).

    Raises ParameterError for a misspelt parameter, a wrong type, or injected values that the
    notebook's own defaults would override.
    """
    return _read(namespace, ReportParameters)


def read_overview_parameters(namespace: Mapping[str, Any]) -> OverviewParameters:
    """Read and check the parameters of an overview, as :func:`read_parameters` does those of a report."""
    return _read(namespace, OverviewParameters)


def validate(values: Mapping[str, Any]) -> ReportParameters:
    """Check names and types of a report's parameters. Raises ParameterError naming each offender."""
    return _validated(values, ReportParameters)


def _read(namespace: Mapping[str, Any], kind: type[_Notebook]) -> _Notebook:
    history = [str(source) for source in namespace.get("In", ())]
    _check_injected(history, kind)
    return _validated({name: namespace[name] for name in kind.model_fields if name in namespace}, kind)


def _validated(values: Mapping[str, Any], kind: type[_Notebook]) -> _Notebook:
    unknown = sorted(set(values) - set(kind.model_fields))
    if unknown:
        raise _unknown(unknown, kind)
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        offences = "; ".join(
            f"{'.'.join(map(str, e['loc']))} = {values.get(str(e['loc'][0]))!r}"
            f" ({'ไม่ได้ระบุ' if e['type'] == 'missing' else 'ชนิดหรือค่าไม่ถูกต้อง'})"
            for e in error.errors()
        )
        raise ParameterError(
            where="พารามิเตอร์ของสมุดบันทึก",
            expected=", ".join(f"{n}: {_type_name(n, kind)}" for n in kind.model_fields),
            found=offences,
            todo='แก้ค่าของพารามิเตอร์ ข้อความอยู่ในเครื่องหมายคำพูด เช่น digits: "thai" ตัวเลขไม่ต้องมี',
        ) from error


def _type_name(name: str, kind: type[_Parameters]) -> str:
    annotation = kind.model_fields[name].annotation
    lists = dict.fromkeys((dict, list), "รายการ")
    names: dict[Any, str] = {str: "ข้อความ", int: "จำนวนเต็ม", bool: "true/false", **lists}
    found = names.get(get_origin(annotation) or annotation)
    return found or " หรือ ".join(getattr(annotation, "__args__", ()))


def _unknown(names: Sequence[str], kind: type[_Parameters]) -> ParameterError:
    known = list(kind.model_fields)
    return ParameterError(
        where="พารามิเตอร์ของสมุดบันทึก",
        expected=", ".join(known),
        found="ชื่อที่ไม่รู้จัก " + ", ".join(names),
        todo="แก้ชื่อเป็น " + ", ".join(nearest(name, known, 0.0) for name in names),
    )


def _check_injected(history: Sequence[str], kind: type[_Parameters]) -> None:
    injected = [i for i, source in enumerate(history) if source.startswith(INJECTED_COMMENT)]
    for i in injected:
        unknown = sorted(assigned_in(history[i]) - set(kind.model_fields))
        if unknown:
            raise _unknown(unknown, kind)
    needed = {name for name, field in kind.model_fields.items() if field.is_required()}
    defaults = [i for i, source in enumerate(history) if i not in injected and needed <= assigned_in(source)]
    if injected and defaults and max(defaults) > max(injected):
        raise ParameterError(
            where="สมุดบันทึก",
            expected='เซลล์ค่าตั้งต้นที่มีป้าย (tag) "parameters" เป็นเซลล์โค้ดแรก',
            found="ค่าที่ส่งเข้ามาถูกค่าตั้งต้นของสมุดบันทึกเขียนทับ เพราะไม่มีป้ายนี้",
            todo='ใส่ป้าย "parameters" ให้เซลล์ค่าตั้งต้น แล้วสั่งใหม่',
        )


def assigned_in(source: str) -> set[str]:
    """Return the names that a cell gives a value to."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with magics assigns nothing that matters here
        return set()
    targets = [t for s in tree.body if isinstance(s, ast.Assign) for t in s.targets]
    targets += [s.target for s in tree.body if isinstance(s, ast.AnnAssign)]
    return {t.id for t in targets if isinstance(t, ast.Name)}
