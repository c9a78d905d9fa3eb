"""Numbers in people's texts that count something, told from dates, years, hours and numberings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ita_nb.thai import MONTHS, MONTHS_SHORT, to_arabic_digits

_MONTH = "(?:" + "|".join(re.escape(m) for m in (*MONTHS, *MONTHS_SHORT)) + ")"
_NUMBER = re.compile(r"\d[\d,./:]*\d|\d")
_COUNT = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,9}(?:\.\d{1,9})?")
_LIST_MARK = re.compile(r"(?m)^\s*\d{1,2}\s*[.)](?!\d)")
# What makes the number behind it a name and no count: "ครั้งที่ 3", "หมู่ 1", "มาตรา 9", "โทร 0..."
_NUMBERING = re.compile(r"(?:ที่|หมู่|ม\.|มาตรา|ไตรมาส|ข้อ|โทร|โทร\.|โทรศัพท์|พ\.ศ\.|ค\.ศ\.|" + _MONTH + r")\s*$")
_YEAR_WORD = re.compile(r"(?:ปี|ปีงบประมาณ|ประจำปี)\s*$")
# A day, or the first day of several ("8-9 มีนาคม", "8 และ 9 มีนาคม"); an hour of the day.
_DAY_OR_HOUR = re.compile(rf"\s*(?:(?:และ|ถึง|[-–,])\s*\d{{1,2}}\s*)*{_MONTH}|\s*(?:น\.|นาฬิกา|ชั่วโมง)")
_CLOCK = re.compile(r"\d{1,2}[.:]\d{2}(?:\s*(?:[-–]|ถึง)\s*\d{1,2}[.:]\d{2})?\s*(?:น\.|นาฬิกา)")
_YEAR_LENGTH = 4


def counted(text: str) -> Iterator[tuple[float, str]]:
    """Yield every number that counts something, with the text behind it (which begins with its unit)."""
    plain = _LIST_MARK.sub(" ", to_arabic_digits(text))
    plain = _CLOCK.sub(" ", plain)
    for found in _NUMBER.finditer(plain):
        digits = found.group().rstrip(".,")
        before, behind = plain[: found.start()], plain[found.start() + len(digits) :]
        named = _NUMBERING.search(before) or (_YEAR_WORD.search(before) and len(digits) == _YEAR_LENGTH)
        if named or _DAY_OR_HOUR.match(behind) or not _COUNT.fullmatch(digits):
            continue
        yield float(digits.replace(",", "")), behind.lstrip()
