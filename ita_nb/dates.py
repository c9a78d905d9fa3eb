"""Dates as people write them: one reader of days, months, quarters and what runs from one to another."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange

from ita_nb.thai import MONTHS, MONTHS_SHORT, to_arabic_digits, to_common_year, visible

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
