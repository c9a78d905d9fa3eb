"""Lines of a paragraph: where each ends, and how far its letters are moved apart to reach the margin.

Typst would break Thai inside words and can justify it at spaces only, which Thai hardly has. Since the
bundled font has no kerning between Thai letters, a line is as wide as its letters' advances together, so
the lines can be set here, exactly, and Typst only draws them. All lengths are in points.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import dropwhile, groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

from ita_nb import thai
from ita_nb.document.sheet import TextStyle, width_of

# Line ends that are a hair's breadth from the margin must not look too wide to Typst, which would wrap them.
_SAFETY = 0.15
# How far, in em, a space or a gap between letters may open or close before the line looks uneven.
_SPACE_OPENS, _SPACE_CLOSES = 0.35, 0.06
_LETTERS_OPEN, _LETTERS_CLOSE = 0.05, 0.004
# Where letters and spaces together cannot reach the margin, spaces alone open up to so many em.
_SPACE_OPENS_AT_MOST = 0.8
# A last line shorter than this share of the full one looks lost.
_SHORT_LAST_LINE = 0.12
_FAR_FROM_FULL = 0.4  # of the line's room
_HOPELESS = 10.0
# Marks over and under a letter, and sara am, stay with it: no gap opens before them.
_THAI_DIGITS = frozenset("๐๑๒๓๔๕๖๗๘๙")
_CLINGING = frozenset(map(chr, [0x0E31, *range(0x0E33, 0x0E3B), *range(0x0E47, 0x0E4F)]))


class Word(NamedTuple):
    """A unit as a line takes it: text, weight, width, the spaces in it, the gaps before its letters."""

    text: str
    bold: bool
    width: float
    spaces: int
    gaps: int

    @property
    def is_space(self) -> bool:
        """Whether a line may end here and lose it."""
        return self.text == " "


@dataclass(frozen=True)
class Line:
    """One line: ``indent`` from the left, then its text in stretches of one weight.

    ``tracking`` is added between letters, ``spacing`` to every space.
    """

    indent: float
    text: tuple[tuple[str, bool], ...]
    tracking: float = 0.0
    spacing: float = 0.0


@dataclass(frozen=True)
class Measure:
    """The room of a paragraph: full width, what its first line and its other lines leave free on the left."""

    width: float
    first: float = 0.0
    rest: float = 0.0

    def indent(self, line: int) -> float:
        """Return what line number ``line`` (from 0) leaves free."""
        return self.rest if line else self.first

    def room(self, line: int) -> float:
        """Return the width of the text of line number ``line``."""
        return self.width - self.indent(line) - _SAFETY


def words_of(units: Iterable[Unit], style: TextStyle, room: float) -> list[Word]:
    """Return the units as words; one that is wider than ``room`` is parted until its parts fit."""
    found: list[Word] = []
    for unit in units:
        word = _word(unit, style)
        smaller = parts(unit) if word.width > room else (unit,)
        found += [word] if len(smaller) == 1 else words_of(smaller, style, room)
    return found


@lru_cache(maxsize=50_000)
def _word(unit: Unit, style: TextStyle) -> Word:
    text = "".join(unit)
    gaps = sum(character not in _CLINGING for character in text)
    return Word(text, style.bold, width_of(text, style), text.count(" "), gaps)


def ragged(words: Sequence[Word], measure: Measure) -> list[Line]:
    """Fill each line as far as it goes; for cells, headings and whatever is short or centred."""
    lines: list[list[Word]] = [[]]
    used, waiting = 0.0, []  # spaces wait: at a line end they vanish
    for word in words:
        if word.is_space:
            waiting.append(word)
            continue
        gap = sum(space.width for space in waiting)
        if lines[-1] and used + gap + word.width > measure.room(len(lines) - 1):
            lines.append([])
            used, waiting, gap = 0.0, [], 0.0
        lines[-1] += [*waiting, word] if lines[-1] else [word]
        used += (gap if used else 0.0) + word.width
        waiting = []
    return [Line(measure.indent(n), _stretches(line)) for n, line in enumerate(lines)]


def justified(words: Sequence[Word], measure: Measure, size: float) -> list[Line]:
    """Fill the lines evenly to both margins, all but the last; ``size`` is that of the text."""
    seen = [word for number, word in enumerate(words) if number or not word.is_space]
    ends = _best_ends(seen, measure, size)
    lines: list[Line] = []
    for number, (start, end) in enumerate(pairwise([0, *ends])):
        line = [*dropwhile(attrgetter("is_space"), seen[start:end])]
        loose = measure.room(number) - sum(word.width for word in line)
        is_last = number == len(ends) - 1
        # Typst sets each weight and each script by itself, and opens no gap where they meet.
        gaps = sum(word.gaps for word in line) - sum(_scripts(text) for text, _ in _stretches(line))
        fill = _Fill(sum(word.spaces for word in line), gaps)
        tracking, spacing = (0.0, 0.0) if is_last and loose >= 0 else _spread(fill, loose, size)
        lines.append(Line(measure.indent(number), _stretches(line), tracking, spacing))
    return lines


class _Fill(NamedTuple):
    """What of a line can open: its spaces, and the gaps between its letters."""

    spaces: int
    gaps: int

    def gives(self, size: float, *, opens: bool) -> float:
        """How much the line can open, or close, before it looks uneven."""
        space, letters = (_SPACE_OPENS, _LETTERS_OPEN) if opens else (_SPACE_CLOSES, _LETTERS_CLOSE)
        return (self.spaces * space + self.gaps * letters) * size


def _scripts(text: str) -> int:
    """Count the stretches of one script; what belongs to no script goes with what stands before it."""
    known = (character for character in text if character.isalpha() or character in _THAI_DIGITS)
    return max(1, sum(1 for _ in groupby(known, key=lambda c: "\u0e00" <= c <= "\u0e7f")))


def _spread(fill: _Fill, loose: float, size: float) -> tuple[float, float]:
    """Return the tracking and the spacing that take up ``loose``, as far as they may."""
    opens = loose >= 0
    space, letters = (_SPACE_OPENS, _LETTERS_OPEN) if opens else (-_SPACE_CLOSES, -_LETTERS_CLOSE)
    most = fill.gives(size, opens=opens)
    share = min(abs(loose) / most, 1.0) if most else 0.0
    tracking, spacing = letters * size * share, space * size * share
    if share == 1.0 and opens:
        # What cannot reach the margin even so is left as it is: short, but not torn apart.
        spacing = (loose - fill.gaps * tracking) / fill.spaces if fill.spaces else math.inf
        if spacing > _SPACE_OPENS_AT_MOST * size:
            return 0.0, 0.0
    return tracking, spacing


def _best_ends(words: Sequence[Word], measure: Measure, size: float) -> list[int]:
    """Return the end of each line so that all lines together are stretched as little as possible."""
    costs, came_from = {0: 0.0}, {0: 0}
    for start in range(len(words)):
        if start not in costs:
            continue
        for end, own in _possible_ends(words, start, measure.room(1 if start else 0), size):
            if costs[start] + own < costs.get(end, math.inf):
                costs[end], came_from[end] = costs[start] + own, start
    ends = [len(words)]
    while ends[-1]:
        ends.append(came_from[ends[-1]])
    return ends[-2::-1]


def _possible_ends(words: Sequence[Word], start: int, room: float, size: float) -> list[tuple[int, float]]:
    """Return the ends of a line that begins at ``start``, each with its cost; there is always one."""
    found: list[tuple[int, float, float]] = []
    width, spaces, gaps = 0.0, 0, -1
    for number in range(start, len(words)):
        word = words[number]
        if word.is_space and not width:
            continue  # at the beginning of a line it vanishes
        width, spaces, gaps = width + word.width, spaces + word.spaces, gaps + word.gaps
        if word.is_space:
            continue
        fill, loose = _Fill(spaces, gaps), room - width
        if found and loose < -fill.gives(size, opens=False):
            break
        is_last = number == len(words) - 1
        is_short = width < _SHORT_LAST_LINE * room
        cost = float(is_short) if is_last and loose >= 0 else _cost(fill, loose, size)
        found.append((number + 1, cost, 0.0 if is_last else loose))
    # A line that is far from full is taken only where nothing else fits behind it.
    full = [(end, cost) for end, cost, loose in found if loose < _FAR_FROM_FULL * room]
    return full or [found[-1][:2]]


def _cost(fill: _Fill, loose: float, size: float) -> float:
    """How uneven a line looks: the square of how far it is opened, and much more beyond what may be."""
    most = fill.gives(size, opens=loose >= 0)
    share = abs(loose) / most if most else _HOPELESS
    return share**2 if share <= 1 else 1 + _HOPELESS * (share - 1)


def _stretches(line: Iterable[Word]) -> tuple[tuple[str, bool], ...]:
    """Join the words of one weight."""
    return tuple(
        ("".join(word.text for word in run), bold) for bold, run in groupby(line, key=lambda w: w.bold)
    )


# ---------------------------------------------------------------- where a line may end
#
# Thai is written without spaces, and Typst's own segmenter ends lines inside official words. So the text
# is cut here. A *unit* is a word with the signs that cling to it, or a date: ``(แผน`` ``ต่าง ๆ`` ``๙๕.๒%``
# ``๑ ต.ค. ๒๕๖๘``. It is a tuple of the pieces it may be parted into where it is wider than its line: a web
# address in any column, an agency's name in a narrow one.


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
    is_first = character not in _CANNOT_START and not unicodedata.combining(character)
    return character in _OPENING or (_is_letter(character) and is_first)


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
