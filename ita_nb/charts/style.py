"""What all charts share: sheets of a fixed layout, looks, words, keys, and the check of a table's columns.

Nothing depends on colour: series differ by mark and dash, areas by lightness and hatching, so that a
chart says the same in black-and-white print. Sizes are in points.

A sheet is as wide as the text of a page, and its margins are reckoned from the widths of the words that
stand in them: nothing is measured while it is drawn. Words stand in the units of the data or in points from
a corner of the axes (:func:`place`), so that a chart fits any axes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.transforms import Affine2D, ScaledTranslation, blended_transform_factory

from ita_nb.document.figures import prepare
from ita_nb.document.sheet import TextStyle, printable, width_of
from ita_nb.errors import FrameError
from ita_nb.thai import nearest, number_text, words

Look = dict[str, Any]  # arguments of a matplotlib artist

WIDTH = 453.6  # the text width of an A4 page
LABEL, SMALL, TINY = 9.5, 8.5, 7.0  # font sizes
LEADING = 1.32  # line to line, to the font size: room for a vowel below and a tone above
NO_DATA = "ไม่มีข้อมูล"
_NOTHING = "ไม่มีข้อมูลที่จะแสดงในแผนภูมินี้"
_MOST_TOLD = 30  # values are said in words one by one

WHITE, INK, MUTED, GRID = "#ffffff", "#1f2933", "#52606d", "#cbd2d9"
FULL_BAR, PALE_BAR, WEAK_BAR = "#2f5d8a", "#86a8c8", "#b4451f"


def mark(form: str, color: str, fill: str, size: float = 7.0) -> Look:
    """Return the look of single marks: a form of matplotlib's, its outline and what it is filled with."""
    fills = {"markerfacecolor": fill, "markeredgecolor": color, "markersize": size}
    return {"linestyle": "none", "marker": form, "markeredgewidth": 1.2, "clip_on": False, **fills}


def fill(color: str, hatch: str = "", lines: str = INK) -> Look:
    """Return the look of areas: their colour, their hatching and the colour of its lines."""
    look: Look = {"facecolor": color, "edgecolor": INK, "linewidth": 0.7}
    return look | {"hatch": hatch, "hatchcolor": lines} if hatch else look


AXIS: Look = {"colors": MUTED, "linewidths": 0.8}
GRID_LINE: Look = {"colors": GRID, "linewidths": 0.6}
# The first level is the one to pass.
LEVEL_LINES: tuple[Look, ...] = (
    {"color": INK, "linewidth": 1.2, "linestyle": (0, (3.7, 2.1))},
    {"color": INK, "linewidth": 1.0, "linestyle": (0, (1.2, 2.2))},
)
REACHED, BELOW = mark("o", FULL_BAR, FULL_BAR), mark("^", WEAK_BAR, WHITE)


# ---------------------------------------------------------------- tables


def needs(frame: pd.DataFrame, *columns: str) -> bool:
    """Say whether a table has rows; raise FrameError where it lacks one of the columns."""
    has = [str(name) for name in frame.columns]
    missing = [name for name in columns if name not in has]
    if missing:
        near = [f"{found} ให้เป็น {name}" for name in missing if (found := nearest(name, has))]
        raise FrameError(
            where="ตารางของแผนภูมิ",
            expected=f"คอลัมน์ {', '.join(columns)}",
            found=f"ไม่มี {', '.join(missing)} มีเพียง {', '.join(has) or '(ไม่มีคอลัมน์)'}",
            todo=f"เปลี่ยนชื่อคอลัมน์ {', '.join(near)}" if near else "ใช้ตารางที่มีคอลัมน์เหล่านี้",
        )
    return not frame.empty


def numbers(column: Iterable[Any]) -> list[Any]:
    """Return the numbers of a column as they are, ``None`` where one is missing."""
    return [None if pd.isna(value) else value for value in column]


def texts(frame: pd.DataFrame, name: str) -> list[str]:
    """Return the texts of a column that a table may have, else none for any row."""
    return [str(value) for value in frame[name].fillna("")] if name in frame else [""] * len(frame)


def names(frame: pd.DataFrame) -> list[str]:
    """Return how a sentence calls each row: by ``name`` where there is one, else ``label`` and ``kind``."""
    if "name" in frame:
        return texts(frame, "name")
    kinds = zip(texts(frame, "label"), texts(frame, "kind"), strict=True)
    return [f"ตัวชี้วัดที่ {label}" if kind == "indicator" else label for label, kind in kinds]


def printed(value: Any, decimals: int = 2) -> str:
    """Write a number rounded half up, or the words for a missing one."""
    return NO_DATA if value is None else number_text(value, decimals)


def runs(groups: Iterable[str]) -> list[tuple[str, int, int]]:
    """Return each run of equal names that follow one another: the name, its first place and its last."""
    found = [(name, [place for place, _ in run]) for name, run in groupby(enumerate(groups), itemgetter(1))]
    return [(name, places[0], places[-1]) for name, places in found]


def line_name(line: Any) -> str:
    """Name the score that counts as passing."""
    return f"เกณฑ์ {printed(line, 2 if line % 1 else 0)}"


def told(of: Sequence[str], values: Sequence[Any]) -> str:
    """Say each value with its name, or of very many the least and the greatest."""
    pairs = list(zip(of, values, strict=True))
    known = [pair for pair in pairs if pair[1] is not None]
    if len(pairs) <= _MOST_TOLD or not known:
        return ", ".join(f"{name} {printed(value)}" for name, value in pairs)
    least, most = (end(known, key=lambda pair: pair[1]) for end in (min, max))
    ends = f"ต่ำสุด {least[0]} {printed(least[1])} สูงสุด {most[0]} {printed(most[1])}"
    return f"{len(pairs)} รายการ {ends}"


# ---------------------------------------------------------------- sheets


class Sheet(Figure):
    """A chart as a page takes it: its label says what it shows, ``data`` are its numbers as printed.

    ``notes`` stand under the numbers.
    """

    data: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    is_empty = False  # there was nothing to draw


def sheet(
    ax: Axes | None, height: float, left: float = 0, right: float = 0, top: float = 0, bottom: float = 0
) -> Axes:
    """Return ``ax``, else the axes of a new sheet: so high, with these margins around; neither has ticks."""
    if ax is None:
        prepare()
        whole = top + height + bottom
        figure = Sheet(figsize=(WIDTH / 72, whole / 72), dpi=72, facecolor=WHITE)
        inner = (WIDTH - left - right) / WIDTH, height / whole
        ax = figure.add_axes((left / WIDTH, bottom / whole, *inner))
    ax.set_axis_off()
    return ax


def finished(ax: Axes, description: str, data: pd.DataFrame | None = None, notes: Iterable[str] = ()) -> Axes:
    """Return the axes; a sheet of our own gets its description and its numbers with their notes."""
    if isinstance(ax.figure, Sheet):
        ax.figure.set_label(description)
        ax.figure.data, ax.figure.notes = data, tuple(notes)
    return ax


def nothing(ax: Axes | None) -> Axes:
    """Return axes that say that there is nothing to draw."""
    ax = sheet(ax, 30)
    write(ax, 0, 0, _NOTHING, place(ax, 0.5, 0.5), ha="center", color=MUTED)
    if isinstance(ax.figure, Sheet):
        ax.figure.is_empty = True
    return finished(ax, _NOTHING)


def room(ax: Axes) -> tuple[float, float]:
    """Return width and height of the axes."""
    return ax.bbox.width * 72 / ax.figure.dpi, ax.bbox.height * 72 / ax.figure.dpi


# Words are centred between the highest tone and the lowest vowel; letters and digits alone stand lower.
_LIFT = 0.6


def place(ax: Axes, x: float | None = None, y: float | None = None) -> Any:
    """Return how words stand in each direction: in the data, or in points from that share of the axes."""
    inches = ax.figure.dpi_scale_trans
    lift = ScaledTranslation(0, _LIFT / 72, inches)
    corner = ScaledTranslation(x or 0, y or 0, ax.transAxes)  # type: ignore[arg-type]
    points, data = Affine2D().scale(1 / 72) + inches + corner + lift, ax.transData + lift
    return blended_transform_factory(data if x is None else points, data if y is None else points)


def write(ax: Axes, x: float, y: float, text: str, where: Any, size: float = SMALL, **look: Any) -> None:
    """Write words around a place (see :func:`place`)."""
    look = {"va": "center", "linespacing": 1, "color": INK, **look}
    ax.text(x, y, text, transform=where, fontsize=size, **look)


def write_each(
    ax: Axes, found: Iterable[tuple[float, float, str]], where: Any, *size: float, **look: Any
) -> None:
    """Write words at several places, all in one look."""
    for x, y, text in found:
        write(ax, x, y, text, where, *size, **look)


def lines(ax: Axes, segments: Sequence[Any], where: Any = None, **look: Any) -> None:
    """Draw straight lines, each a list of points, behind everything."""
    found = LineCollection(segments, transform=where or ax.transData, clip_on=False, zorder=0, **look)
    ax.add_collection(found, autolim=False)


def boxes(ax: Axes, found: Iterable[tuple[float, float, float, float]], **look: Any) -> None:
    """Draw rectangles, each its left, right, bottom and top in the data; nothing where there are none."""
    corners = [[(a, c), (b, c), (b, d), (a, d)] for a, b, c, d in found]
    if corners:
        ax.add_collection(PolyCollection(corners, clip_on=False, **look), autolim=False)


def dots(ax: Axes, points: Iterable[tuple[Any, Any]], **look: Any) -> None:
    """Draw marks, or a line, through places of the data; nothing where there are none."""
    found = [(float(x), float(y)) for x, y in points]
    if found:
        ax.plot(*zip(*found, strict=True), **look)


def ground(ax: Axes, found: Iterable[tuple[float, float, str]], weight: str = "normal") -> None:
    """Whiten the areas under small words that stand at these places of the data."""
    (left, right), (low, high), (wide, tall) = ax.get_xlim(), ax.get_ylim(), room(ax)
    half = abs(high - low) / tall * SMALL * 0.6
    sides = [(x, y, (width(text, SMALL, weight) / 2 + 1.5) * (right - left) / wide) for x, y, text in found]
    boxes(ax, [(x - w, x + w, y - half, y + half) for x, y, w in sides], facecolor=WHITE, zorder=1.5)


# ---------------------------------------------------------------- words

# Digits are converted when the document is made: room is kept for the widest of either kind.
_WIDEST_DIGITS = str.maketrans(dict.fromkeys("0123456789๐๑๒๓๔๕๖๗๘๙", "๗"))
_CLUSTER = re.compile(r".[\u0e31\u0e33-\u0e3a\u0e47-\u0e4e]*")  # a letter and what clings to it
_MORE = "…"
_MOST_LETTERS = 12  # in a width of the font size, marks above and below among them


@lru_cache(maxsize=4096)
def width(text: str, size: float = LABEL, weight: str = "normal") -> float:
    """Return the width of the widest line of a text in whichever digits it will be written."""
    style = TextStyle(size, bold=weight == "bold")
    shown = printable(text).translate(_WIDEST_DIGITS)
    return max(width_of(line, style) for line in shown.split("\n"))


def widest(found: Iterable[str], size: float = LABEL, weight: str = "normal") -> float:
    """Return the width of the widest text; nothing where there is none."""
    return max((width(text, size, weight) for text in found), default=0.0)


@lru_cache(maxsize=4096)
def wrapped(text: str, most: float, size: float = LABEL, lines: int = 1, weight: str = "normal") -> str:
    """Break a text between words into lines of a width at most; what is left over becomes an ellipsis."""
    # Nobody writes a label of many pages; of a slip only what could fit is worth setting.
    could_fit = max(0, int(lines * most / size * _MOST_LETTERS))
    found = [""]
    for word in words(printable(" ".join(text.split()))[:could_fit]):
        for piece in [word] if width(word, size, weight) <= most else _CLUSTER.findall(word):
            if width((found[-1] + piece).rstrip(), size, weight) > most:
                found.append("")
            found[-1] += piece if found[-1] else piece.lstrip()
    if len(found) > lines:
        last = words(found[lines - 1])
        while last and width("".join(last).rstrip() + _MORE, size, weight) > most:
            last = last[:-1] if len(last) > 1 else _CLUSTER.findall(last[0])[:-1]
        found[lines - 1] = "".join(last).rstrip() + _MORE
    return "\n".join(line.rstrip() for line in found[:lines])


# ---------------------------------------------------------------- axes of scores


def score_ticks(lowest: Any) -> range:
    """Return at most eight ticks of an axis of scores, from at or below ``lowest`` to 100."""
    for step in (1, 2, 5, 10, 20):
        low = max(0, min(100 - step, step * math.floor(lowest / step)))
        low -= (low - 100) % step  # a tick stands at 100
        if low >= 0 and (100 - low) // step < 8:
            break
    return range(low, 101, step)


def spread(centres: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Move labels apart along one axis, as little as may be, so that none covers another.

    Each takes ``sizes`` around its centre and stays between ``low`` and ``high`` where there is room for
    all; else they run over ``high``. The order of the centres is kept.
    """
    order = sorted(range(len(centres)), key=lambda i: (centres[i], i))
    found = list(centres)
    edge = low
    for i in order:
        found[i] = max(centres[i], edge + sizes[i] / 2)
        edge = found[i] + sizes[i] / 2
    edge = max(high, low + sum(sizes))
    for i in reversed(order):
        found[i] = min(found[i], edge - sizes[i] / 2)
        edge = found[i] - sizes[i] / 2
    return found


LEVELS_TOP = 20.0  # the room that names of levels take


def levels_across(
    ax: Axes, levels: Mapping[str, Any], low: float = 0, high: float = WIDTH, above: float = 0
) -> None:
    """Draw upright lines at levels inside the axis, as far above the axes as ``above``, and name them there.

    The names stand between two places (points from the left of the axes).
    """
    (first, last), wide = ax.get_xlim(), room(ax)[0]
    inside = {name: level for name, level in levels.items() if first < level < last}
    shown_names = [wrapped(name, (high - low) / len(inside) - 8, SMALL) for name in inside]
    at = [float((level - first) / (last - first)) * wide for level in inside.values()]
    named = spread(at, [width(name, SMALL) + 8 for name in shown_names], low, high)
    for name, shown, x, middle in zip(inside, shown_names, at, named, strict=True):
        look = LEVEL_LINES[name != next(iter(levels))]
        ax.axvline(float(levels[name]), zorder=0.5, label=name, **look)
        bend = (x, x, middle), (0, above, above + 6)
        ax.add_artist(Line2D(*bend, transform=place(ax, 0, 1), clip_on=False, **look))
        write(ax, middle, above + 13, shown, place(ax, 0, 1), ha="center")


# ---------------------------------------------------------------- keys

KEY_LINE = 13.0
_SIGN, _SIGN_ROOM, _BETWEEN = 16.0, 21.0, 14.0


def key_places(meanings: Iterable[str], most: float = WIDTH) -> list[tuple[float, int, str]]:
    """Return where each sign of a key stands, from the left in lines so wide: points, line, and words."""
    found: list[tuple[float, int, str]] = []
    x, line = 0.0, 0
    for meaning in meanings:
        shown = wrapped(meaning, most - _SIGN_ROOM, SMALL)
        end = x + _SIGN_ROOM + width(shown, SMALL)
        if x and end > most:
            end, x, line = end - x, 0.0, line + 1
        found.append((x, line, shown))
        x = end + _BETWEEN
    return found


def key_lines(meanings: Iterable[str], most: float = WIDTH) -> int:
    """Return how many lines a key has: one at least."""
    return max((line for _, line, _ in key_places(meanings, most)), default=0) + 1


def draw_key(
    ax: Axes, signs: Mapping[str, Look], left: float, top: float, where: Any, most: float = WIDTH
) -> None:
    """Say what each look means, from the left; the middle of the first line is at ``top``."""
    for look, (aside, line, shown) in zip(signs.values(), key_places(signs, most), strict=True):
        x, y = left + aside, top - line * KEY_LINE
        write(ax, x + _SIGN_ROOM, y, shown, where)
        if "facecolor" in look:
            area = Rectangle((x + 0.5, y - 4 - _LIFT), _SIGN - 1, 8, transform=where, clip_on=False, **look)
            ax.add_patch(area)
        else:
            ends = (x, x + _SIGN / 2, x + _SIGN), [y - _LIFT] * 3
            look = {"markevery": [1], "transform": where, **look, "clip_on": False}
            ax.add_artist(Line2D(*ends, **look))


def passing(values: Iterable[Any], line: Any) -> dict[str, Look]:
    """Return what the marks of scores above and below a line mean, as far as there are such scores."""
    below = {value < line for value in values if value is not None}
    meanings = {"ไม่ต่ำกว่าเกณฑ์": (REACHED, False), "ต่ำกว่าเกณฑ์": (BELOW, True)}
    return {meaning: look for meaning, (look, is_below) in meanings.items() if is_below in below}


def score_dots(ax: Axes, points: Iterable[tuple[Any, Any]], scores: Sequence[Any], line: Any) -> None:
    """Draw the mark of each known score that tells on which side of a line it lies."""
    pairs = [(at, score < line) for at, score in zip(points, scores, strict=True) if score is not None]
    for look, is_below in ((REACHED, False), (BELOW, True)):
        dots(ax, [at for at, side in pairs if side == is_below], **look)


def described(scores: pd.DataFrame) -> tuple[str, str, pd.DataFrame]:
    """Return of what the scores are, where that is known, all of them in words, and as a table of texts."""
    are_indicators, found = set(texts(scores, "kind")) == {"indicator"}, numbers(scores["score"])
    columns = {"แบบวัด": texts(scores, "instrument"), "คะแนน": [printed(score) for score in found]}
    data = pd.DataFrame({"ตัวชี้วัด" if are_indicators else "รายการ": names(scores), **columns})
    return "รายตัวชี้วัด" if are_indicators else "", told(names(scores), found), data
