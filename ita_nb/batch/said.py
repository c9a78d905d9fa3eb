"""What a text says when white space and what cannot be seen say nothing: its letters, its numbers.

And the error that is raised where a document says something else than it must.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from ita_nb.errors import RenderError

_RUN = re.compile(r"[+\-0-9๐-๙][0-9๐-๙.,]*")
# Longer ones (telephones, accounts) may be parted at a line's end.
_LONGEST = 9  # characters, the sign with them
# Beside these a run of digits is part of something else: a code, an address, a date.
_BEFORE, _AFTER = frozenset("_./:@-"), frozenset("_/@-+")


_TELL_US = "แจ้งผู้ดูแลโปรแกรมพร้อมแฟ้มข้อมูลของหน่วยงาน เอกสารนี้ยังไม่ถูกนำไปวางในโฟลเดอร์ผลลัพธ์"


class UnverifiedError(RenderError):
    """A made file is not the document that was asked for."""

    def __init__(self, where: str, expected: str, found: str, todo: str = _TELL_US) -> None:
        """Say what was expected and what was found."""
        super().__init__(where=where, expected=expected, found=found, todo=todo)


ABSENT = "ไม่มีในเอกสาร"


def numbers_in(texts: Iterable[str]) -> Counter[str]:
    """Count the numbers that stand by themselves, as people write scores, counts and years."""
    return Counter(number for text in texts for number in _numbers(text))


def _numbers(text: str) -> Iterator[str]:
    for run in _RUN.finditer(text):
        before, after = text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]
        number = run[0].rstrip(".,+-")
        is_part = before.isalnum() or before in _BEFORE or after.isalnum() or after in _AFTER
        if number and len(number) <= _LONGEST and not is_part:
            yield number


def squeezed(text: str) -> str:
    """Return text without white space: lines end anywhere between words.

    Characters that are others drawn as one (``ﬁ``, sara am) are taken apart, as some readers of PDF do.
    """
    return "".join(unicodedata.normalize("NFKC", text).split())
