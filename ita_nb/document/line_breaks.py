"""Where a line of the PDF may end: Thai text cut into units that Typst keeps whole.

Thai is written without spaces, and Typst's own segmenter ends lines inside official words. So the text
is cut here. A *unit* is a word with the signs that cling to it, or a date: ``(แผน`` ``ต่าง ๆ`` ``๙๕.๒%``
``๑ ต.ค. ๒๕๖๘``. A long unit carries its parts, into which it is broken where it does not fit: a web
address in any column, an agency's name in a narrow one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ita_nb import thai

# A unit is its text alone, or its text with the smaller units it may be broken into.
Unit = str | list["str | list[Unit]"]

SPACE = " "

# Up to so many characters a unit fits an ordinary column; in a narrow one, a syllable does.
FITS_A_COLUMN = 8
FITS_A_NARROW_COLUMN = 3

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
# A consonant with the vowels and marks that cannot leave it, or one other character.
_CLUSTER = re.compile(r"[เ-ไ]?[^เ-ไ][ะ-ฺๅ็-๎]*|[เ-ไ]", re.DOTALL)
_THAI = re.compile(r"[ก-๎]{2,}")
# The places where an address may be broken, as in print: after its signs.
_AFTER_SIGN = re.compile(r"(?<=[/\-_.?&=@+])(?=[^/\-_.?&=@+])")


def units(line: str, names: tuple[str, ...], fits: int = FITS_A_COLUMN) -> list[Unit]:
    """Cut one line of text into units and single spaces; no space is at either end.

    ``names`` are kept whole, as in :func:`ita_nb.thai.words`. Units of more than ``fits`` characters
    carry their parts.
    """
    glued: list[list[str]] = []
    for word in _words(line, names):
        if glued and _cling(glued, word):
            glued[-1].append(word)
        else:
            glued.append([word])
    return [SPACE if pieces == [SPACE] else _unit(tuple(pieces), fits) for pieces in glued]


def _words(line: str, names: tuple[str, ...]) -> Iterator[str]:
    """Yield words and single spaces; a repetition sign brings its space with it."""
    space = ""
    for piece in _pieces(line.strip(), names):
        if piece.isspace():
            space = SPACE
        elif piece:
            if space and piece[0] not in _REPETITION:
                yield SPACE
                space = ""
            yield space + piece
            space = ""


def _pieces(line: str, names: tuple[str, ...]) -> Iterator[str]:
    for number, stretch in enumerate(_DATE.split(line)):
        if number % 2:
            yield stretch
        else:
            for word in thai.words(stretch, names):
                yield from _WHITE.split(word)


def _cling(before: list[list[str]], word: str) -> bool:
    """Say whether ``word`` must stay on the line of the unit before it."""
    if word == SPACE or before[-1] == [SPACE]:
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


@lru_cache(maxsize=20_000)
def _unit(pieces: tuple[str, ...], fits: int) -> Unit:
    text = "".join(pieces)
    if len(text) <= fits:
        return text
    parts = list(pieces) if len(pieces) > 1 else _parts(text)
    return [text, [text] if parts == [text] else [_unit((part,), fits) for part in parts]]


def _parts(word: str) -> list[str]:
    """Cut a word where it hurts least: into smaller words, at signs, anywhere."""
    for cut in (thai.words, _short_words, _AFTER_SIGN.split, _CLUSTER.findall):
        parts = [part for part in cut(word) if part]
        if len(parts) > 1:
            return parts
    return [word]


def _short_words(word: str) -> list[str]:
    """Cut the Thai of one dictionary word into its short words and, failing these, its syllables."""
    if not _THAI.search(word):
        return [word]
    from pythainlp.corpus import thai_words
    from pythainlp.tokenize import subword_tokenize

    parts: list[str] = []
    for syllable in subword_tokenize(word, engine="dict"):
        joined = (parts[-1] if parts else "") + syllable
        if len(joined) <= FITS_A_COLUMN and joined != word and joined in thai_words():
            parts[-1:] = [joined]
        else:
            parts.append(syllable)
    return parts
