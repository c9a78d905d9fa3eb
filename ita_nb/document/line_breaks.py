"""Where a line may end: Thai text cut into units that are kept whole.

Thai is written without spaces, and Typst's own segmenter ends lines inside official words. So the text
is cut here. A *unit* is a word with the signs that cling to it, or a date: ``(แผน`` ``ต่าง ๆ`` ``๙๕.๒%``
``๑ ต.ค. ๒๕๖๘``. It is a tuple of the pieces it may be parted into where it is wider than its line: a web
address in any column, an agency's name in a narrow one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ita_nb import thai

# The words and signs that one unit is made of; joined, they are its text.
Unit = tuple[str, ...]

SPACE: Unit = (" ",)

# A word of so many characters is short; a longer one is parted into such words before its syllables.
_SHORT_WORD = 8

_OPENING = frozenset("([{<«“‘฿")
_CLOSING = frozenset(")]}>»”’%")
_REPETITION = frozenset("ๆฯ")  # they belong to the word before, even over a space
_CANNOT_START = frozenset("ๆฯะาำๅ")
_MAY_BREAK_AFTER = frozenset("/-–—")
_WHITE = re.compile(r"(\s+)")
# A date is read as one word: its day and its year do not leave the month.
_MONTH = "|".join([*thai.MONTHS, *map(re.escape, thai.MONTHS_SHORT), r"พ\.ศ\."])
_DATE = re.compile(
    rf"((?<![0-9๐-๙])(?:[0-9๐-๙]{{1,2}} )?(?:{_MONTH}) (?:พ\.ศ\. )?[0-9๐-๙]{{2,4}}(?![0-9๐-๙]))"
)
_NUMBER = re.compile(r"[0-9๐-๙][0-9๐-๙.,]*%?")
# What a number does not leave, and what does not leave a number.
_BEFORE_NUMBERS = ("ที่", "ร้อยละ", "พ.ศ.", "จำนวน")
_COUNTED = frozenset("คะแนน ข้อ คน มาตรการ ตัวชี้วัด ประเด็น หน่วยงาน รายการ เดือน วัน ปี ครั้ง เรื่อง ฉบับ ชุด".split())
# A consonant with the vowels and marks that cannot leave it, or one other character.
_CLUSTER = re.compile(r"[เ-ไ]?[^เ-ไ][ะ-ฺๅ็-๎]*|[เ-ไ]", re.DOTALL)
_THAI = re.compile(r"[ก-๎]{2,}")
# The places where an address may be broken, as in print: after its signs.
_AFTER_SIGN = re.compile(r"(?<=[/\-_.?&=@+])(?=[^/\-_.?&=@+])")


@lru_cache(maxsize=20_000)  # tables say the same in many rows
def units(line: str, names: tuple[str, ...]) -> tuple[Unit, ...]:
    """Cut one line of text into units and single spaces; no space is at either end.

    ``names`` are kept whole, as in :func:`ita_nb.thai.words`.
    """
    glued: list[list[str]] = []
    for word in _words(line, names):
        if glued and _cling(glued, word):
            glued[-1].append(word)
        else:
            glued.append([word])
    return tuple(map(tuple, _with_ordinals(glued)))


def _with_ordinals(glued: list[list[str]]) -> list[list[str]]:
    """Join an ordinal with its noun: no line ends in ``ส่วน|ที่ ๓``."""
    joined: list[list[str]] = []
    for pieces in glued:
        is_ordinal = pieces[0] == "ที่" and len(pieces) > 1 and _NUMBER.fullmatch(pieces[1].strip())
        if is_ordinal and joined and _is_letter(joined[-1][-1][-1]):
            joined[-1] += pieces
        else:
            joined.append(pieces)
    return joined


@lru_cache(maxsize=5_000)
def parts(unit: Unit) -> tuple[Unit, ...]:
    """Part a unit that is wider than its line where it hurts least; what cannot be parted comes back alone.

    First into its words and signs, then into smaller words, at the signs of an address, between syllables,
    and at last between any two letters.
    """
    if len(unit) > 1:
        spaced = (_WHITE.split(piece) if piece != " " else [piece] for piece in unit)
        return tuple((piece,) for pieces in spaced for piece in pieces if piece)
    word = unit[0]
    for cut in (thai.words, _short_words, _AFTER_SIGN.split, _CLUSTER.findall):
        found = [part for part in cut(word) if part]
        if len(found) > 1:
            return tuple((part,) for part in found)
    return (unit,)


def _words(line: str, names: tuple[str, ...]) -> Iterator[str]:
    """Yield words and single spaces; what is read with the word before it brings its space with it."""
    space, earlier, before = "", "", ""
    for piece in _pieces(line.strip(), names):
        if piece.isspace():
            space = " "
        elif piece:
            if space and not _read_together(earlier, before, piece):
                yield " "
                space = ""
            yield space + piece
            space, earlier, before = "", before, piece


def _read_together(earlier: str, before: str, piece: str) -> bool:
    """Say whether no line ends before ``piece``: ``ต่าง ๆ``, ``ร้อยละ ๙๕``, ``ส่วนที่ ๓``, ``๕ คะแนน``."""
    if piece[0] in _REPETITION:
        return True
    if _NUMBER.fullmatch(piece):
        return before.endswith(_BEFORE_NUMBERS)
    # An ordinal counts nothing: what follows it stands by itself.
    return piece in _COUNTED and _NUMBER.fullmatch(before) is not None and not earlier.endswith("ที่")


def _pieces(line: str, names: tuple[str, ...]) -> Iterator[str]:
    for number, stretch in enumerate(_DATE.split(line)):
        if number % 2:
            yield stretch
        else:
            for word in thai.words(stretch, names):
                yield from _WHITE.split(word)


def _cling(before: list[list[str]], word: str) -> bool:
    """Say whether ``word`` must stay on the line of the unit before it."""
    if word[0] == " " != word:
        return True
    if word == " " or before[-1] == [" "]:
        return False
    unit, start = "".join(before[-1]), word[0]
    if _is_latin(unit[-1]) and _is_latin(start):
        return True
    return not (_may_end_line(unit) and _may_start_line(start))


def _may_end_line(unit: str) -> bool:
    if unit[-1] in _MAY_BREAK_AFTER:
        # A minus or a bullet stays with what follows, and so does the beginning of an address.
        return len(unit) > 1 and not unit.endswith("//")
    return unit[-1] in _CLOSING or _is_letter(unit[-1])


def _may_start_line(character: str) -> bool:
    if character in _OPENING:
        return True
    return _is_letter(character) and character not in _CANNOT_START and not unicodedata.combining(character)


def _is_letter(character: str) -> bool:
    # Letters, digits, and the vowels that stand over or under a letter.
    return unicodedata.category(character)[0] in "LNM"


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _short_words(word: str) -> list[str]:
    """Cut the Thai of one dictionary word into its short words and, failing these, its syllables."""
    if not _THAI.search(word):
        return [word]
    from pythainlp.corpus import thai_words
    from pythainlp.tokenize import subword_tokenize

    parts: list[str] = []
    for syllable in subword_tokenize(word, engine="dict"):
        joined = (parts[-1] if parts else "") + syllable
        if len(joined) <= _SHORT_WORD and joined != word and joined in thai_words():
            parts[-1:] = [joined]
        else:
            parts.append(syllable)
    return parts
