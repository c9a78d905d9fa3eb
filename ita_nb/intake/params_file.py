"""The file of a person's words, ``params/<agency>-<year>.yaml``: parameters, office, texts, own measures.

It is read with the line of every key, so that whatever is wrong in it can be pointed at. Its texts and
measures become rows like those of ``remarks.csv`` and ``measures.csv`` and are checked by the same code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ita_nb.dates import Span, read_span
from ita_nb.errors import IntakeError
from ita_nb.facts.forms import load_forms
from ita_nb.facts.kinds import TOTAL
from ita_nb.facts.rules import load_rules, says_nothing
from ita_nb.facts.yaml_file import Spot, offence, read_yaml
from ita_nb.intake.tables import MEASURES, REMARKS, TableForm, TableRow
from ita_nb.thai import nearest, revealed, to_arabic_digits

Period = Literal["six_months", "twelve_months"]


def _span(value: Any) -> Span | None:
    return None if value is None or value == "" else read_span(str(value))


def _day(value: Any) -> Any:
    span = _span(value)
    if span is not None and span[0] != span[1]:
        raise ValueError("ที่คาดไว้คือวันเดียว ไม่ใช่ช่วงเวลาหรือทั้งเดือน")
    return span and span[1]


def whole_year(value: Any) -> Any:
    """Read a year in Thai or Arabic digits; ``true`` is no year."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not to_arabic_digits(str(value)).isdecimal():
        raise ValueError("ที่คาดไว้คือปี พ.ศ. สี่หลัก")
    return int(to_arabic_digits(str(value)))


def _nothing_as(empty: Any) -> BeforeValidator:
    """Read a key that was left empty (``texts:``) as nothing."""
    return BeforeValidator(lambda value: empty if value is None or value == "" else value)


Day = Annotated[dt.date | None, BeforeValidator(_day)]
Lines = Annotated[tuple[str, ...], _nothing_as(())]


class Entry(BaseModel):
    """Something a person fills in; unknown keys are refused, so that a slip of the keys is not lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Show(Entry):
    """Which of the switchable parts a document shows; a part without content is left out anyway."""

    cover: bool = True
    memo: bool = False
    meeting: bool = True
    suggestions: bool = True
    contact: bool = True
    signature: bool = True


class Memo(Entry):
    """The memo (บันทึกข้อความ) that asks the executive to take note and to permit publication."""

    number_th: str = ""
    date: Day = None
    department_th: str = ""
    to_th: str = ""
    website: str = ""


class Meeting(Entry):
    """The meeting that considered the result: when, where, who, and what it resolved."""

    date: Day = None
    place_th: str = ""
    present_th: Lines = ()
    resolution_th: str = ""


class Signer(Entry):
    """One signature: in which role (ผู้จัดทำ), whose name, which position."""

    role_th: str = ""
    name_th: str = ""
    position_th: str = ""


class Contact(Entry):
    """Where a reader of the document can ask."""

    department_th: str = ""
    address_th: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""


class Office(Entry):
    """All of it. ``plan_year`` and the forms stand in place of the year's own rule where a document differs.

    ``printed_names`` are other spellings of the agency's name that its published document prints; ``logo``
    is a picture of its emblem, relative to the workspace.
    """

    plan_year: Annotated[int | None, BeforeValidator(whole_year)] = None
    measures_form: Annotated[str | None, _nothing_as(None)] = None
    progress_form: Annotated[str | None, _nothing_as(None)] = None
    period: Annotated[Period, _nothing_as("twelve_months")] = "twelve_months"
    as_of: Annotated[dt.date | None, BeforeValidator(lambda value: (span := _span(value)) and span[1])] = None
    printed_names: Lines = ()
    logo: str = ""
    show: Annotated[Show, _nothing_as({})] = Field(default_factory=Show)
    memo: Annotated[Memo, _nothing_as({})] = Field(default_factory=Memo)
    meeting: Annotated[Meeting | None, _nothing_as(None)] = None
    suggestions: Lines = ()
    contact: Annotated[Contact | None, _nothing_as(None)] = None
    signers: Annotated[tuple[Signer, ...], _nothing_as(())] = ()

    def with_people_of(self, other: Office) -> Office:
        """Return the office with another document's signers, contact and logo where its own are blank."""
        named = any(signer.name_th or signer.position_th for signer in self.signers)
        reachable = self.contact is not None and any(self.contact.model_dump().values())
        return self.model_copy(
            update={
                "signers": self.signers if named else other.signers,
                "contact": self.contact if reachable else other.contact,
                "logo": self.logo or other.logo,
            }
        )


def _known_rule(name: str) -> str:
    known = [rule.rule for rule in load_rules().rules]
    if name not in known:
        near = nearest(name, known, 0.0)
        raise ValueError(f'ไม่มีกฎชื่อนี้ ใกล้เคียงที่สุดคือ "{near}" ดูทั้งหมดด้วย ita-nb check --rules')
    return name


def _reasoned(text: str) -> str:
    if not any(letter.isalpha() for letter in text) or says_nothing(text):
        raise ValueError("ที่คาดไว้คือข้อความที่ระบุเหตุผลหรือชื่อและตำแหน่งของผู้รับรอง")
    return text


class Acceptance(Entry):
    """Somebody's decision to publish in spite of a warning: which one, why, who, and when.

    ``node``, ``part`` and ``measure_id`` say what the warning is about; without them it is about the whole.
    """

    rule: Annotated[str, AfterValidator(_known_rule)]
    node: str = TOTAL
    part: str = ""
    measure_id: str = ""
    reason_th: Annotated[str, AfterValidator(_reasoned)]
    by_th: Annotated[str, AfterValidator(_reasoned)]
    date: Day = None


# ---------------------------------------------------------------- the file


DocumentName = Literal["analysis", "progress"]
ChosenForm = Literal["by_topic", "by_indicator"]


def _entry(form: TableForm, **more: Any) -> Any:
    """Return the model of what a person writes in a row of a table."""
    columns: dict[str, Any] = {c: (str, ... if c in form.required else "") for c in form.columns}
    columns |= {c: (Lines, ()) for c in ("items", "steps_th", "evidence_th") if c in columns}
    del columns["agency_id"]
    return create_model(form.name, __base__=Entry, **columns, **more)


_OR_NOTHING = BeforeValidator(lambda value: value or ())
# A person's text on one node of the score tree.
TextEntry = _entry(REMARKS)
# A measure that a person chose, wrote or declined. A declined one (``status: declined``) needs a reason; its
# items then have no measure on purpose.
MeasureEntry = _entry(MEASURES, reason_th=(str, ""))


class ProgressContent(Entry):
    """The keys of the file of a progress report: the notebook's parameters, and what the office adds."""

    agency_id: str
    fiscal_year: Annotated[int, BeforeValidator(whole_year)]
    edition: Literal["working", "publish"] = "working"
    digits: Literal["thai", "arabic"] = "thai"
    draft: bool = False
    workspace: str = "."
    office: Annotated[Office, BeforeValidator(lambda value: value or {})] = Office()
    accepted: Annotated[tuple[Acceptance, ...], _OR_NOTHING] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for key, mistake in _misfits(self):
            # The key goes along, so that the message can name its line.
            raise PydanticCustomError("misfit", "{mistake}", {"key": key, "mistake": mistake})
        return self


def _misfits(content: ProgressContent) -> Iterator[tuple[str, str]]:
    """Yield the keys of the office whose values do not go with the rest of the file."""
    forms, office = load_forms(), content.office
    for key, known in (("measures_form", forms.measures), ("progress_form", forms.progress)):
        name = getattr(office, key)
        if name is not None and name not in known:
            yield key, f"ไม่มีแบบ {name} มีแต่ {', '.join(known)}"
    years = (content.fiscal_year, content.fiscal_year + 1)
    if office.plan_year is not None and office.plan_year not in years:
        yield "plan_year", f"{office.plan_year} ที่คาดไว้คือ {years[0]} หรือ {years[1]} (พ.ศ.)"
    if isinstance(content, Content):
        there = f"เป็นของรายงานผล ให้ย้ายไปที่ params/{content.agency_id}-{content.fiscal_year}-progress.yaml"
        own = ("as_of", "period", "progress_form")
        yield from ((key, there) for key in own if getattr(office, key) != getattr(Office(), key))


class Content(ProgressContent):
    """The keys of the file of an analysis: also texts on items, and measures."""

    texts: Annotated[tuple[TextEntry, ...], _OR_NOTHING] = ()  # type: ignore[valid-type]
    measures: Annotated[tuple[MeasureEntry, ...], _OR_NOTHING] = ()  # type: ignore[valid-type]
    form: Annotated[ChosenForm | None, BeforeValidator(lambda value: value or None)] = None


@dataclass(frozen=True)
class Words:
    """What a person wrote for one agency and year; texts and measures as rows with their place."""

    office: Office = field(default_factory=Office)
    texts: tuple[TableRow, ...] = ()
    measures: tuple[TableRow, ...] = ()
    accepted: tuple[Acceptance, ...] = ()
    form: ChosenForm | None = None


# Puts words that were handed over in place of those of the file.
Rewrite = Callable[[Words], Words]


def words_path(workspace: Path, agency_id: str, fiscal_year: int, document: DocumentName) -> Path:
    """Return where the words for a document stand: that of an analysis bears no other name."""
    ending = "" if document == "analysis" else f"-{document}"
    return workspace / "params" / f"{agency_id}-{fiscal_year}{ending}.yaml"


def read_words(
    workspace: Path, agency_id: str, fiscal_year: int, document: DocumentName = "analysis"
) -> Words:
    """Read the words for a document; nothing when there is no such file.

    Raises IntakeError with file and line for anything that cannot be used, and when the file is of
    another agency or year than its name says.
    """
    path = words_path(workspace, agency_id, fiscal_year, document)
    if not path.exists():
        return Words()
    shown = f"params/{path.name}"
    # Every scalar stays text: a day does not become one of the Common Era, a telephone number no number.
    data, lines = read_yaml(path, shown)
    words = words_of(data or {}, lines, shown, document)
    for key, value in (("agency_id", agency_id), ("fiscal_year", fiscal_year)):
        if to_arabic_digits(str(data[key])) != str(value):
            raise IntakeError(
                where=f"{shown} บรรทัด {lines.get((key,), 1)}",
                expected=f"{key}: {value} ตามชื่อแฟ้ม",
                found=revealed(str(data[key])),
                todo="แก้ค่าหรือชื่อแฟ้มให้ตรงกัน เพื่อไม่ให้ข้อความของหน่วยงานหรือปีอื่นปนเข้ามา",
            )
    return words


def words_of(data: Any, lines: Mapping[Spot, int], shown: str, document: DocumentName) -> Words:
    """Check the content of the file and turn its texts and measures into rows. Raises IntakeError."""
    if not isinstance(data, dict):
        raise IntakeError(
            where=shown, expected="รายการ ชื่อ: ค่า", found=str(data)[:80], todo="ดูตัวอย่างใน README.th.md"
        )
    model = Content if document == "analysis" else ProgressContent
    try:
        content = model.model_validate(_as_text(data))
    except ValidationError as error:
        raise IntakeError(
            where=shown,
            expected="ชื่อและค่าตามที่ README.th.md อธิบาย",
            found="; ".join(offence(e, lines, model) for e in error.errors()),
            todo="แก้บรรทัดที่ระบุ แฟ้มเดิมไม่ถูกเปลี่ยน",
        ) from error
    if not isinstance(content, Content):
        return Words(content.office, accepted=content.accepted)
    return Words(
        content.office,
        tuple(_row(entry, ("texts", i), lines, shown) for i, entry in enumerate(content.texts)),
        tuple(_row(entry, ("measures", i), lines, shown) for i, entry in enumerate(content.measures)),
        content.accepted,
        content.form,
    )


def _as_text(value: Any) -> Any:
    """Take a number as it was written: papermill hands over what YAML made of it."""
    if isinstance(value, dict):
        return {key: _as_text(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_as_text(member) for member in value]
    is_written = isinstance(value, (int, float, dt.date)) and not isinstance(value, bool)
    return str(value) if is_written else value


def _row(entry: Entry, spot: Spot, lines: Mapping[Spot, int], shown: str) -> TableRow:
    joined = {"items": ",", "steps_th": "\n", "evidence_th": "\n"}
    values = {
        # "i 10" is one code, as a person types it.
        name: joined[name].join(v.replace(" ", "") if name == "items" else v for v in value)
        if name in joined
        else str(value).strip()
        for name, value in entry.model_dump().items()
    }
    line = lines.get(spot)
    return TableRow(f"{shown} บรรทัด {line}" if line else shown, values)
