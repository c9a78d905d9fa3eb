"""Thai text and numbers: digits, rounding for the eye, word boundaries, and dates as people write them."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import os
import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import Literal, cast

# pythainlp makes a folder in the home directory at import unless it is told not to.
os.environ.setdefault("PYTHAINLP_READ_ONLY", "1")
os.environ.setdefault("PYTHAINLP_OFFLINE", "1")

Digits = Literal["thai", "arabic"]

_TO_THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_TO_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
# Addresses and fingerprints stay as they are in any digit style: they are to be copied, not read.
_VERBATIM = re.compile(
    r"(\b\d+\.\d+\.\d+\+[0-9a-f]+\b|https?://\S+|www\.\S+|\S+@\S+|\b[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:th|com|net|org)\b\S*|\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{8,}\b)"
)
_NUMBER = re.compile(r"[+-]?(?:\d{1,100}|[1-9]\d{0,2}(?:,\d{3}){1,33})(?:\.\d{1,100})?")

MONTHS = (
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
)

MONTHS_SHORT = tuple("ม.ค. ก.พ. มี.ค. เม.ย. พ.ค. มิ.ย. ก.ค. ส.ค. ก.ย. ต.ค. พ.ย. ธ.ค.".split())

# Official terms that newmm would cut, or that must not be parted at a line end.
OFFICIAL_TERMS = (
    "องค์การบริหารส่วนตำบล",
    "องค์การบริหารส่วนจังหวัด",
    "เทศบาลตำบล",
    "เทศบาลเมือง",
    "เทศบาลนคร",
    "คุณธรรม",
    "กระบวนการ",
    "ประจำปีงบประมาณ",
    "จัดซื้อจัดจ้าง",
    "ประพฤติมิชอบ",
    "ข้าราชการ",
    "ตัวชี้วัด",
    "ร้อยละ",
    "น้ำหนัก",
    "คู่มือ",
    "เบาะแส",
    "นาที",
    "มาตรการ",
    "โครงการ",
    "ข้อสั่งการ",
    "ผู้อำนวยการ",
    "เจ้าหน้าที่",
    "สำนักปลัด",
    "ติดตาม",
    "คิดเป็น",
    "มากน้อยเพียงใด",
    "เอกสาร",
    "เผยแพร่",
    "ราคากลาง",
    "กองคลัง",
    "กองช่าง",
    "กองการศึกษา",
    "ผู้มีส่วนได้ส่วนเสีย",
    "ข้อมูล",
    "ข่าวสาร",
    "หน่วยงาน",
    "ควอร์ไทล์",
    "ช่วยเหลือ",
)


def to_thai_digits(text: str) -> str:
    """``"95.40"`` -> ``"๙๕.๔๐"``; addresses and fingerprints are left alone."""
    return _outside_verbatim(text, _TO_THAI)


def _outside_verbatim(text: str, table: dict[int, int]) -> str:
    pieces = _VERBATIM.split(text)
    return "".join(piece if i % 2 else piece.translate(table) for i, piece in enumerate(pieces))


def to_arabic_digits(text: str) -> str:
    """``"๙๕.๔๐"`` -> ``"95.40"``."""
    return text.translate(_TO_ARABIC)


def in_digits(text: str, digits: Digits) -> str:
    """Write every number of ``text`` in the digits chosen for the whole document."""
    return to_thai_digits(text) if digits == "thai" else _outside_verbatim(text, _TO_ARABIC)


_ORDINARY = {
    **dict.fromkeys([0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "),
    **dict.fromkeys([0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029], "\n"),
    0x2011: "-",
}


def visible(text: str) -> str:
    """Return text without control, zero-width and direction characters; ``\\n`` stays.

    They cannot be seen, but they can reverse the order in which a line is read, or make two
    agencies of one. Spaces, line ends and hyphens of other kinds, as Word and web pages hold them,
    become the ordinary ones.
    """
    if text.isprintable() and "\u2011" not in text:
        return text
    plain = text.replace("\r\n", "\n").translate(_ORDINARY)
    return "".join(c for c in plain if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})


def revealed(text: str) -> str:
    """Return text with every character that cannot be seen, or only looks like a space, by its name."""
    return "".join(
        c if c.isprintable() or c == "\n" else f"[{unicodedata.name(c, f'U+{ord(c):04X}')}]" for c in text
    )


def nearest(name: str, known: Iterable[str], least: float = 0.6) -> str:
    """Return the known name that is written most like another, ``""`` where none is alike enough (0-1).

    Case, digits of either kind, white space and what cannot be seen make no difference.
    """
    plain = {folded(one): one for one in known}
    return next((plain[found] for found in difflib.get_close_matches(folded(name), plain, 1, least)), "")


def overlooked_th(name: str, meant: str) -> str:
    """Say that a name differs from the one meant only in what is easily overlooked, else ``""``."""
    is_alike = name != meant and folded(name) == folded(meant)
    return " (ต่างกันที่ตัวพิมพ์ใหญ่เล็ก เลขไทย หรืออักขระที่มองไม่เห็น)" if is_alike else ""


def folded(name: str) -> str:
    """Return a name without what is easily overlooked: case, kind of digits, white space, the invisible."""
    return to_arabic_digits("".join(visible(name).split())).casefold()


def parse_number(text: str) -> Fraction | None:
    """Read a number in Thai or Arabic digits exactly; ``None`` when the text is not one number.

    Commas may part thousands and stand nowhere else: ``1,25`` might be meant as 1.25 or as 125.
    """
    plain = to_arabic_digits(text.strip())
    return Fraction(plain.replace(",", "")) if _NUMBER.fullmatch(plain) else None


def number_text(value: Fraction | Decimal | float, decimals: int = 2) -> str:
    """Round half up *for the eye*: the only place in the package that rounds.

    Published scores round half up; Python's own rounding goes to even (0.125 -> 0.12). A float stands for the
    decimal that it prints as: 84.995 is 84.995, not the binary fraction below it. Its last digits are those
    of its arithmetic: a mean of 66.70499999999998 is 66.705.
    """
    exact = Fraction(f"{value:.12g}" if isinstance(value, float) else value)
    # Whole numbers only: no precision can disturb a half.
    units = math.floor(abs(exact) * 10**decimals + Fraction(1, 2))
    whole, rest = divmod(units, 10**decimals)
    sign = "-" if exact < 0 and units else ""
    return f"{sign}{whole}.{rest:0{decimals}d}" if decimals else f"{sign}{whole}"


def signed_text(value: Fraction | Decimal | float, decimals: int = 2) -> str:
    """Write a difference with its sign, rounded as :func:`number_text`; what rounds to nothing has none."""
    shown = number_text(value, decimals)
    return f"+{shown}" if Fraction(shown) > 0 else shown


def apart(what: str) -> str:
    """Write what follows a Thai word: Thai runs on; Latin letters, numbers and quotes stand apart."""
    return what if "\u0e01" <= what[:1] <= "\u0e4e" else f" {what}"


_MARKS = dict.fromkeys([0x0E31, *range(0x0E34, 0x0E3B), *range(0x0E47, 0x0E4F)])


def marks_apart(text: str) -> str:
    """Return a text without the marks above and below its letters: about as wide as it is long."""
    return text.translate(_MARKS)


def to_buddhist_year(year: int) -> int:
    """Return the Buddhist year of a Common Era year."""
    return year + 543


def to_common_year(year: int) -> int:
    """Return the Common Era year of a Buddhist year."""
    return year - 543


def fiscal_year_of(day: dt.date) -> int:
    """Return the Thai fiscal year (Buddhist) that a day lies in; it begins on 1 October before."""
    return to_buddhist_year(day.year) + (day.month >= 10)


def long_date(day: dt.date) -> str:
    """Write a date in full, in the Buddhist year."""
    return f"{day.day} {MONTHS[day.month - 1]} {to_buddhist_year(day.year)}"


def short_date(day: dt.date) -> str:
    """Write a date with a short month, in the Buddhist year, for narrow columns."""
    return f"{day.day} {MONTHS_SHORT[day.month - 1]} {to_buddhist_year(day.year)}"


@lru_cache(maxsize=64)
def _kept_whole(names: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted({*OFFICIAL_TERMS, *MONTHS_SHORT, *filter(None, names)}, key=len, reverse=True)
    # Runs of Latin letters, digits and their points stay whole too: newmm would cut "o27".
    return re.compile("|".join([*map(re.escape, longest_first), r"[A-Za-z0-9๐-๙][A-Za-z0-9๐-๙.,%/-]*"]))


@cache
def _newmm() -> Callable[..., list[str]]:
    import gc

    # Building the word trie with the collector off is three times as fast.
    collects = gc.isenabled()
    gc.disable()
    try:
        from pythainlp.tokenize import word_tokenize

        word_tokenize("ก", engine="newmm")
    finally:
        if collects:
            gc.enable()
    return cast("Callable[..., list[str]]", word_tokenize)


def words(text: str, names: tuple[str, ...] = ()) -> list[str]:
    """Cut ``text`` into words between which a line may end; joined, they are ``text`` again.

    ``names`` (the agency, its district and province) and the official terms are kept whole; the
    rest is cut by newmm. White space comes back as words of its own.
    """
    pieces: list[str] = []
    end = 0
    for match in _kept_whole(names).finditer(text):
        pieces += _cut(text[end : match.start()])
        pieces.append(match.group())
        end = match.end()
    return _with_prefixes([*pieces, *_cut(text[end:])])


@lru_cache(maxsize=20_000)  # the reports of a province ask the same of thousands of agencies
def _cut(text: str) -> tuple[str, ...]:
    return tuple(_newmm()(text, engine="newmm")) if text else ()


# They make a noun of what follows, and are never the last thing on a line.
_PREFIXES = frozenset({"การ", "ความ", "ผู้"})


def _with_prefixes(pieces: list[str]) -> list[str]:
    joined: list[str] = []
    for piece in pieces:
        if joined and joined[-1] in _PREFIXES and "\u0e01" <= piece[:1] <= "\u0e4e":
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def thai_order(names: Iterable[str]) -> dict[str, int]:
    """Return the place of each name in a Thai dictionary; names that are equal there follow their letters."""
    from pythainlp.util import collate

    return {name: place for place, name in enumerate(collate(sorted(set(names))))}


def duration_th(seconds: float) -> str:
    """Write a time to wait as a person says it: not more exact than it can be known."""
    if seconds < 90:
        return f"{max(1, round(seconds))} วินาที"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} นาที"
    return f"{minutes // 60} ชั่วโมง" + (f" {minutes % 60} นาที" if minutes % 60 else "")


# ---------------------------------------------------------------- dates


Span = tuple[dt.date, dt.date]

# What messages say is understood; a year stands as 25xx, because no year stands in the code.
DATES_TH = (
    "วันที่ในลำดับ วัน เดือน ปี เช่น 31 มี.ค. 25xx, 31/3/25xx, 25xx-03-31, มีนาคม 25xx, ไตรมาส 2 ปี 25xx "
    "หรือ 1 ต.ค. 25xx – 31 มี.ค. 25xx (ปี พ.ศ. หรือสองหลักท้ายของปี พ.ศ.)"
)
# They say nothing that the rest does not: words before a day or a year, and the time of a day.
_NOISE = re.compile(r"วันที่|เดือน|[พค]\.?\s*ศ\.?|(?<=\d)[T\s]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?")
_ALL_YEAR = re.compile(r"(?:ตลอด|ทั้ง)ปี(?:งบประมาณ)?")
_BETWEEN = re.compile(r"(?<=.)\s*(?:[-–—]|ถึง)\s*")
# What Excel makes of a date: its days since the end of 1899, also of a Buddhist year typed as it stands.
_SERIAL = re.compile(r"\A([345]\d{4}|2[34]\d{4})(?:\.\d+)?\Z")
_YEAR = r"(?P<year>\d{4}|\d{2})"
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        rf"(?P<day>\d{{1,2}})\s*[-/.]\s*(?P<month>\d{{1,2}})\s*[-/.]\s*{_YEAR}",
        rf"(?:(?P<day>\d{{1,2}})[\s/-]*)?(?P<month>[ก-๎][ก-๎. ]*?)(?:[\s/-]*{_YEAR})?",
        rf"(?P<month>ไตรมาส(?:ที่)?\s*[1-4])(?:\s*/?\s*(?:ของ)?(?:ปี(?:งบประมาณ)?)?\s*{_YEAR})?(?P<day>)",
    )
)
# The first month of each; the fiscal year begins in October.
_MONTHS = {
    **{name.replace(".", ""): n for names in (MONTHS, MONTHS_SHORT) for n, name in enumerate(names, start=1)},
    **{f"{n:0{width}}": n for width in (1, 2) for n in range(1, 13)},
    **{f"ไตรมาส{n + 1}": month for n, month in enumerate((10, 1, 4, 7))},
}


def read_span(text: str, plan_year: int | None = None) -> Span:
    """Return the first and the last day of what is written: a day, month or quarter, or from one to another.

    A year may be Buddhist, its last two digits, or of the Common Era; where none is written, the day lies in
    the fiscal year ``plan_year``. Raises ValueError, with what is understood, for anything else.
    """
    words = _NOISE.sub("", to_arabic_digits(visible(text))).strip()
    if plan_year and _ALL_YEAR.fullmatch(words):
        year = to_common_year(plan_year)
        return dt.date(year - 1, 10, 1), dt.date(year, 9, 30)
    plain = _SERIAL.sub(lambda days: f"{dt.date(1899, 12, 30) + dt.timedelta(int(days[1]))}", words)
    halves = [(plain[: sign.start()], plain[sign.end() :]) for sign in _BETWEEN.finditer(plain)]
    for beginning, ending in [("", plain), *halves]:
        last = _span(ending, dt.date(to_common_year(plan_year), 9, 30) if plan_year else None)
        if last and beginning.isdecimal():  # "1 – 31 ต.ค."
            beginning += f"/{last[1].month}/{last[1].year}"
        first = _span(beginning, last[1]) if beginning and last else last
        if first and last:
            return first[0], last[1]
    raise ValueError(f"ที่คาดไว้คือ{DATES_TH}")


def _span(text: str, end: dt.date | None) -> Span | None:
    """Read one side of a period, or all of it; without a year it is in the twelve months up to ``end``."""
    match = next((found for form in _FORMS if (found := form.fullmatch(text))), None)
    if match is None or not (match["year"] or end):
        return None
    name, year = re.sub(r"[. ]|ที่", "", match["month"]), int(f"25{match['year'] or ''}"[-4:])
    # No office plans measures for a Common Era year so far ahead: such a year is a Buddhist one.
    year, length = to_common_year(year) if year > 2400 else year, 3 if name.startswith("ไตรมาส") else 1
    try:
        month = _MONTHS[name]
        if end is not None and not match["year"]:
            year = end.year - (month > end.month)
        elif length == 3:  # the year of a quarter is the fiscal one
            year -= month >= 10
        first, ends = dt.date(year, month, int(match["day"] or 1)), month + length - 1
        return first, first if match["day"] else dt.date(year, ends, monthrange(year, ends)[1])
    except (KeyError, ValueError):
        return None
