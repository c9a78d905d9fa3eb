"""What an office adds to its documents by hand: which parts are shown, memo, meeting, signers, contact."""

from __future__ import annotations

import datetime as dt
import io
import warnings
from pathlib import Path
from typing import Annotated, Any, Literal

from PIL import Image, ImageOps
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ita_nb.errors import Problem
from ita_nb.facts.framework import TOTAL
from ita_nb.facts.rules import load_rules, problem, says_nothing
from ita_nb.thai import Span, nearest, read_span, to_arabic_digits

Period = Literal["six_months", "twelve_months"]


def _span(value: Any) -> Span | None:
    return None if value is None or value == "" else read_span(str(value))


def _last_day(value: Any) -> Any:
    span = _span(value)
    return span and span[1]


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
    as_of: Annotated[dt.date | None, BeforeValidator(_last_day)] = None
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


# ---------------------------------------------------------------- emblem


_MEGABYTES = 5
# A small file can hold a picture that fills the memory.
_MILLION_PIXELS = 25
_EXPECTED = f"แฟ้มภาพ PNG หรือ JPEG ในโฟลเดอร์งาน ไม่เกิน {_MEGABYTES} เมกะไบต์ และไม่เกิน {_MILLION_PIXELS} ล้านพิกเซล"
# Pixels of the longer side: on paper 3 cm, at most 500 pixels an inch. A picture with a photograph's many
# colours is made smaller until it weighs no more than this, for each document carries it.
_SIDES = (600, 450, 300)
_HEAVY = 200_000
_OPAQUE = 255
_TOO_FINE, _TOO_FINE_EN = "ภาพละเอียดเกินไป", "it has too many pixels"


class _UnusableError(Exception):
    """The file cannot be used; said in Thai and in English."""

    def __init__(self, found: str, found_en: str) -> None:
        super().__init__(found)
        self.found, self.found_en = found, found_en


def read_emblem(workspace: Path, logo: str, problems: list[Problem]) -> bytes | None:
    """Return the picture that ``office.logo`` names, upright, as a PNG of at most 600 pixels a side.

    ``logo`` is relative to the workspace. ``None`` where nothing is named; a file that cannot be used
    becomes a problem, for the document can do without it.
    """
    name = logo.strip()
    if not name:
        return None
    try:
        return _png(_content(workspace, name))
    except _UnusableError as error:
        problems.append(
            problem(
                "logo-unreadable",
                "total",
                stated=name,
                expected=_EXPECTED,
                where="office.logo",
                found=error.found,
                found_en=error.found_en,
            )
        )
        return None


def _content(workspace: Path, name: str) -> bytes:
    """Return the bytes of the file; only a file inside the workspace may get into a document."""
    home = workspace.resolve()
    try:
        # Windows writes folders with backslashes.
        path = (home / name.replace("\\", "/")).resolve()
        if not path.is_relative_to(home):
            raise _UnusableError("อยู่นอกโฟลเดอร์งาน", "it lies outside the workspace")
        if not path.exists():
            raise _UnusableError("ไม่มีแฟ้มนี้", "there is no such file")
        if path.is_dir():
            raise _UnusableError("เป็นโฟลเดอร์ ไม่ใช่แฟ้มภาพ", "it is a folder")
        if not path.is_file():
            raise _UnusableError("ไม่ใช่แฟ้มภาพ", "it is no picture file")
        if path.stat().st_size > _MEGABYTES * 2**20:
            raise _UnusableError("แฟ้มใหญ่เกินไป", "the file is too large")
        return path.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        raise _UnusableError("อ่านแฟ้มไม่ได้", "the file cannot be read") from error


def _png(content: bytes) -> bytes:
    try:
        image = _upright(content)
    except _UnusableError:
        raise
    except Exception as error:  # a broken picture raises whatever its decoder trips over
        raise _UnusableError("ไม่ใช่ภาพ PNG หรือ JPEG ที่สมบูรณ์", "it is no whole PNG or JPEG picture") from error
    for side in _SIDES:
        small = image.copy()
        small.thumbnail((side, side))
        file = io.BytesIO()
        small.save(file, "PNG", optimize=True)
        if file.tell() <= _HEAVY:
            break
    return file.getvalue()


def _upright(content: bytes) -> Image.Image:
    """Return the pixels alone: turned as the camera says, eight bits a colour, without metadata."""
    with warnings.catch_warnings():
        # Pillow's own limits are far above the one below: from the lower it warns, from the upper it refuses.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image: Image.Image = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
        except Image.DecompressionBombError as error:
            raise _UnusableError(_TOO_FINE, _TOO_FINE_EN) from error
    if image.width * image.height > _MILLION_PIXELS * 1_000_000:
        size = f"{image.width} x {image.height}"
        raise _UnusableError(f"{_TOO_FINE} ({size} พิกเซล)", f"{_TOO_FINE_EN} ({size})")
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16 bits a pixel
        image = image.convert("I").point(lambda level: level * (1 / 257)).convert("L")
    plain = image.convert("RGBA")
    if plain.getchannel("A").getextrema() == (_OPAQUE, _OPAQUE):
        plain = plain.convert("RGB")
    plain.info.clear()
    return plain
