"""Charts in a plane: scores around a centre, over years and by their errors, and counts along a scale."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from ita_nb.charts import style
from ita_nb.charts.style import (
    FULL_BAR,
    INK,
    LABEL,
    MUTED,
    SMALL,
    TINY,
    WEAK_BAR,
    WHITE,
    WIDTH,
    Look,
    fill,
    mark,
    place,
    printed,
    wrapped,
    write,
)

# ---------------------------------------------------------------- spokes

_RADIUS = 86.0
_RINGS = (20, 40, 60, 80, 100)
_AWAY, _BESIDE = 10.0, 6.0  # of labels, from the outer ring
_CLEAR = 6  # points of the score; a ring's number nearer to the line to reach is left out
_LEAST_SPOKES = 3
_FEW = 12  # so many spokes have labels of two lines, over and under the web too


def radar(scores: pd.DataFrame, *, line: float, ax: Axes | None = None) -> Axes:
    """Draw scores (0-100) on spokes, clockwise from the top, from 0 in the centre, and the score to pass.

    Needs ``label`` and ``score``; the other columns as in :func:`~ita_nb.charts.profile`.
    The outline is broken where a score is missing; with fewer than three scores there is nothing to draw.
    """
    if not style.needs(scores, "label", "score") or scores["score"].count() < _LEAST_SPOKES:
        return style.nothing(ax)
    found, labels = style.numbers(scores["score"]), _spoke_labels(scores)
    above = max(_RADIUS, *(y + height / 2 for *_, y, height in labels)) + 2
    below = max(_RADIUS, *(height / 2 - y for *_, y, height in labels)) + 10
    aside = WIDTH / 2 - _RADIUS
    ax = style.sheet(ax, 2 * _RADIUS, aside, aside, above - _RADIUS, below - _RADIUS + 8)
    ax.set(xlim=(-100, 100), ylim=(-100, 100))
    _draw_web(ax, found, line)
    spots = [_at(spoke, len(found), score or 0) for spoke, score in enumerate(found)]
    outline = [(math.nan, math.nan) if score is None else at for at, score in zip(spots, found, strict=True)]
    style.dots(ax, [*outline, outline[0]], color=FULL_BAR, linewidth=1.6, clip_on=False)
    style.score_dots(ax, spots, found, line)
    middle = place(ax, 0.5, 0.5)
    for text, side, x, y, _ in labels:
        write(ax, x, y, text, middle, LABEL, ha=side)
    name = style.line_name(line)
    style.draw_key(ax, style.passing(found, line) | {name: style.LEVEL_LINES[0]}, -WIDTH / 2, -below, middle)
    write(ax, WIDTH / 2, -below, "แกน 0 (ศูนย์กลาง) ถึง 100 (วงนอก)", middle, ha="right", color=MUTED)
    of, words, data = style.described(scores)
    return style.finished(ax, f"แผนภูมิใยแมงมุมคะแนน{of} แกน 0 ถึง 100 เทียบกับ{name}: {words}", data)


def _at(spoke: float, spokes: int, far: Any) -> tuple[float, float]:
    angle = 2 * math.pi * spoke / spokes
    return math.sin(angle) * float(far), math.cos(angle) * float(far)


def _spoke_labels(scores: pd.DataFrame) -> list[tuple[str, str, float, float, float]]:
    """Return each spoke's label with its score: text, alignment, place from the centre (points), height."""
    found: list[tuple[str, str, float, float, float]] = []
    pairs = zip(style.texts(scores, "label"), style.numbers(scores["score"]), strict=True)
    for spoke, (label, score) in enumerate(pairs):
        x, y = _at(spoke, len(scores), _RADIUS + _AWAY)
        side = "center" if abs(x) < 1 and len(scores) <= _FEW else "left" if x > -1 else "right"
        x += {"left": _BESIDE, "center": 0, "right": -_BESIDE}[side]
        # Over and under the web there is room as wide as its upper and lower edge.
        most = 1.2 * _RADIUS if side == "center" else WIDTH / 2 - abs(x)
        text = f"{wrapped(label, most, LABEL, 1 + (len(scores) <= _FEW))}\n{printed(score)}"
        height = LABEL * style.LEADING * (text.count("\n") + 1) + 2
        found.append((text, side, x, y + math.copysign(height / 2 - 2, y) * (side == "center"), height))
    for side in ("left", "right"):
        own = [place for place, label in enumerate(found) if label[1] == side]
        heights = [found[place][4] for place in own]
        most = max(_RADIUS + _AWAY, sum(heights) / 2)
        ys = style.spread([found[place][3] for place in own], heights, -most, most)
        for place_, y in zip(own, ys, strict=True):
            found[place_] = (*found[place_][:3], y, found[place_][4])
    return found


def _draw_web(ax: Axes, found: Sequence[Any], line: Any) -> None:
    """Draw rings and spokes, and number the rings between the two spokes with the highest scores."""
    count = len(found)
    rings = [[_at(spoke, count, ring) for spoke in range(count + 1)] for ring in _RINGS]
    style.lines(ax, rings + [[(0, 0), end] for end in rings[-1]], **style.GRID_LINE)
    ring = [_at(spoke, count, line) for spoke in range(count + 1)]
    style.dots(ax, ring, label=style.line_name(line), zorder=1, **style.LEVEL_LINES[0])
    least = [min(100 if score is None else score for score in pair) for pair in pairwise([*found, found[0]])]
    between, inwards = least.index(max(least)) + 0.5, math.cos(math.pi / count)
    clear = [number for number in _RINGS[:-1] if abs(number - line) >= _CLEAR]
    found_at = [(*_at(between, count, number * inwards), f"{number}") for number in clear]
    style.write_each(ax, found_at, place(ax), TINY, ha="center", color=MUTED)


# ---------------------------------------------------------------- years

_MARK: Look = {"markersize": 6.4, "markeredgewidth": 1.2, "clip_on": False}
# Mark and dashes of each series tell them apart without colour.
_LINES: tuple[Look, ...] = (
    {"color": INK, "linewidth": 2.0, "marker": "o", **_MARK},
    {"color": FULL_BAR, "linewidth": 1.2, "marker": "s", "markerfacecolor": WHITE, **_MARK},
    {"color": WEAK_BAR, "linewidth": 1.2, "marker": "^", "linestyle": (0, (4, 1.5)), **_MARK},
    {"color": MUTED, "linewidth": 1.2, "marker": "D", "markerfacecolor": WHITE, "linestyle": ":", **_MARK},
)
_BOUNDARY: Look = {"color": INK, "linewidth": 1.0, "linestyle": (0, (7, 4))}
_LEFT, _YEARS_HEIGHT = 40.0, 146.0


def trend(
    scores: pd.DataFrame,
    *,
    line: float,
    line_label: str = "",
    boundaries: Iterable[int] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw scores (0-100) over the years, a line each label in the order of the table, and the score to pass.

    Needs ``fiscal_year``, ``label`` and ``score``. No line crosses a missing score, or the dashed line that
    stands before each year of ``boundaries``. The scores of the first label are written under the years.
    """
    if not style.needs(scores, "fiscal_year", "label", "score"):
        return style.nothing(ax)
    table = scores.pivot(index="fiscal_year", columns="label", values="score").sort_index()
    series = {label: style.numbers(table[label]) for label in scores["label"].unique()}
    years, ends, name = (
        [int(year) for year in table.index],
        sorted(set(boundaries)),
        line_label or style.line_name(line),
    )
    signs = {label: _LINES[place % len(_LINES)] for place, label in enumerate(series)}
    signs |= {"มีรายการที่เทียบข้ามเส้นไม่ได้": _BOUNDARY} if ends else {}
    known = [score for own in series.values() for score in own if score is not None]
    ticks = style.score_ticks(min([*known, line]) - 3)
    beside, above = wrapped(name, 120, SMALL, 2), style.KEY_LINE * style.key_lines(signs)
    ax = style.sheet(ax, _YEARS_HEIGHT, _LEFT, style.width(beside, SMALL) + 8, above + 11, 46)
    ax.set(xlim=(years[0] - 0.5, years[-1] + 0.5), ylim=(ticks[0], 100))
    _draw_upright(ax, ticks)
    ax.axhline(float(line), zorder=0.5, label=name, **style.LEVEL_LINES[1])
    write(ax, 6, float(line), beside, place(ax, 1))
    gaps = [(max([year for year in years if year < end], default=end - 1) + end) / 2 for end in ends]
    for gap in gaps:
        ax.axvline(gap, zorder=0.5, **_BOUNDARY)
    # Each series stands a little to the side of the next, so that equal scores do not hide each other.
    step = min(5.0, 0.6 * style.room(ax)[0] / (years[-1] - years[0] + 1) / len(series))
    for number, (label, own) in enumerate(series.items()):
        points = sorted([*zip(years, own, strict=True), *((gap, None) for gap in gaps)], key=lambda at: at[0])
        aside = ScaledTranslation(step * (number - (len(series) - 1) / 2) / 72, 0, ax.figure.dpi_scale_trans)
        known = [(year, math.nan if score is None else score) for year, score in points]
        style.dots(ax, known, label=label, transform=ax.transData + aside, **signs[label])
    style.draw_key(ax, signs, -_LEFT, above + 4, place(ax, 0, 1))
    first, own = next(iter(series.items()))
    under = ["-" if score is None else printed(score) for score in own]
    _draw_years(ax, dict(zip(years, under, strict=True)))
    _write_under(ax, f"ปีงบประมาณ พ.ศ. (บรรทัดล่าง: {first})  แกนตั้งเป็นคะแนน เริ่มที่ {ticks[0]}", 37)
    shown = {label: [printed(score) for score in own] for label, own in series.items()}
    told = ", ".join(
        " ".join([label, *(f"ปี {year} {text}" for year, text in zip(years, own, strict=True))])
        for label, own in shown.items()
    )
    data = pd.DataFrame({"ปีงบประมาณ พ.ศ.": [f"{year}" for year in years], **shown})
    return style.finished(ax, f"แผนภูมิเส้นคะแนนรายปีเทียบกับ{name}: {told}", data)


def _draw_upright(ax: Axes, ticks: range) -> None:
    """Draw an upright axis of scores."""
    style.lines(ax, [[(0, y), (1, y)] for y in ticks], ax.get_yaxis_transform(), **style.GRID_LINE)
    style.lines(ax, [[(0, 0), (1, 0)]], ax.transAxes, **style.AXIS)
    style.write_each(ax, [(-6, y, f"{y}") for y in ticks], place(ax, 0), ha="right", color=MUTED)


def _draw_years(ax: Axes, scores: Mapping[int, str]) -> None:
    """Write years with a score under each, as many as stand apart, the last among them."""
    years = list(scores)
    needed = style.widest([f"{year}\n{score}" for year, score in scores.items()], SMALL) + 6
    every = math.ceil(needed * (years[-1] - years[0] + 1) / style.room(ax)[0])
    shown = [year for year in years if (years[-1] - year) % every == 0]
    found = [(year, -16, f"{year}\n{scores[year]}") for year in shown]
    style.write_each(ax, found, place(ax, None, 0), ha="center")


def _write_under(ax: Axes, text: str, y: float) -> None:
    """Say at the right under the axes what they show."""
    write(
        ax,
        0,
        -y,
        wrapped(text, style.room(ax)[0] + _LEFT - 6, SMALL),
        place(ax, 1, 0),
        ha="right",
        color=MUTED,
    )


# ---------------------------------------------------------------- counts along a scale

_SIDE, _ABOVE, _TALL, _GAP = 14.0, 52.0, 106.0, 0.75


def _draw_scale(ax: Axes, texts: Mapping[float, str]) -> None:
    """Draw ticks under the axes with their texts."""
    style.lines(ax, [[(x, 0), (x, -3)] for x in texts], place(ax, None, 0), **style.AXIS)
    found = [(x, -11, text) for x, text in texts.items()]
    style.write_each(ax, found, place(ax, None, 0), ha="center", color=MUTED)


def histogram(
    steps: pd.DataFrame, *, of: str, levels: Mapping[str, float] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw how many agencies stand in each step of a scale that ``of`` names, and named levels of it.

    Needs ``low``, ``high``, ``count`` and ``label`` (the step in words); steps follow one another without a
    gap. The first level is the one to pass.
    """
    if not style.needs(steps, "low", "high", "count", "label"):
        return style.nothing(ax)
    lows, highs, counts = (steps[name].tolist() for name in ("low", "high", "count"))
    ax = style.sheet(ax, _TALL, _SIDE, _SIDE, _ABOVE, 34)
    ax.set(xlim=(lows[0], highs[-1]), ylim=(0, max(*counts, 1)))
    wide, tall = style.room(ax)
    gap, up = _GAP * (highs[-1] - lows[0]) / wide, 7 * max(*counts, 1) / tall
    found = [(low, high, count) for low, high, count in zip(lows, highs, counts, strict=True) if count]
    style.boxes(ax, [(low + gap, high - gap, 0, count) for low, high, count in found], **fill(style.PALE_BAR))
    shown = [((low + high) / 2, count + up, f"{count}") for low, high, count in found]
    style.ground(ax, shown, "bold")
    style.write_each(ax, shown, place(ax), ha="center", weight="bold")
    style.lines(ax, [[(0, 0), (1, 0)]], ax.transAxes, **style.AXIS)
    edges = [lows[0], *highs]
    texts = [printed(edge, 0 if all(float(edge).is_integer() for edge in edges) else 1) for edge in edges]
    every = math.ceil((style.widest(texts, SMALL) + 8) * len(counts) / wide)
    _draw_scale(ax, dict(list(zip(edges, texts, strict=True))[:: -min(every, len(edges))]))
    style.levels_across(ax, levels or {}, -_SIDE, wide + _SIDE, _ABOVE - 24)
    what = wrapped(f"ตัวเลขบนแท่งคือจำนวนหน่วยงาน แกนนอนคือ{of}", WIDTH, SMALL)
    write(ax, _SIDE, -26, what, place(ax, 1, 0), ha="right", color=MUTED)
    told = [f"{label} มี {count} หน่วยงาน" for label, count in zip(steps["label"], counts, strict=True)]
    return style.finished(ax, f"แผนภูมิแท่งจำนวนหน่วยงานตาม{of}: {', '.join(told)}")


# ---------------------------------------------------------------- scores and their errors

_INSIDE, _OUTSIDE = mark("o", FULL_BAR, WHITE, 5.6), mark("^", WEAK_BAR, WEAK_BAR, 5.6)
_CENTRE: Look = {"color": INK, "linewidth": 1.2}
_ERRORS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_ASIDE = 9.0  # from a mark to the middle of its number


def funnel(agencies: pd.DataFrame, *, centre: float, limits: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw scores (0-100) by their standard errors, surer ones at the right, between limits around a centre.

    Needs ``error`` and ``score``; an agency with a ``number`` stands outside the limits and carries it where
    there is room. ``limits`` needs ``name``, ``error``, ``low`` and ``high``: the points of two curves each.
    """
    style.needs(agencies, "error", "score")
    style.needs(limits, "name", "error", "low", "high")
    if agencies.empty:
        return style.nothing(ax)
    spots = list(zip(agencies["error"], agencies["score"], strict=True))
    numbers = style.numbers(agencies["number"]) if "number" in agencies else [None] * len(spots)
    ticks = style.score_ticks(min(centre, *agencies["score"]) - 1)
    low, high = 0.9 * min(agencies["error"]), 1.05 * max(agencies["error"])
    ax = style.sheet(ax, 260, 34, 10, 26, 36)
    ax.set(xlim=(high if high > low else low + 1, low), ylim=(ticks[0], 100))
    _draw_upright(ax, ticks)
    step = next((step for step in _ERRORS if (high - low) / step < 8), _ERRORS[-1])
    shown = [step * place for place in range(math.ceil(low / step), math.floor(high / step) + 1)]
    _draw_scale(ax, {error: printed(error) for error in shown})
    signs: dict[str, Look] = {"ค่ากลาง": _CENTRE}
    for look, (name, curve) in zip(style.LEVEL_LINES, limits.groupby("name", sort=False), strict=False):
        for side in ("low", "high"):
            ax.plot(curve["error"], curve[side].clip(ticks[0], 100), zorder=0.5, label=str(name), **look)
        signs[str(name)] = look
    ax.axhline(float(centre), zorder=0.5, **_CENTRE)
    is_outside = [number is not None for number in numbers]
    for look, kind in ((_INSIDE, False), (_OUTSIDE, True)):
        style.dots(ax, [at for at, its in zip(spots, is_outside, strict=True) if its == kind], **look)
    _number(ax, spots, numbers)
    style.draw_key(ax, signs | ({"อยู่นอกเส้น": _OUTSIDE} if any(is_outside) else {}), -34, 18, place(ax, 0, 1))
    what = "ความคลาดเคลื่อนมาตรฐาน (คะแนน) ยิ่งไปทางขวายิ่งมีผู้ตอบมาก"
    _write_under(ax, f"{what}  แกนตั้งเป็นคะแนนรวม เริ่มที่ {ticks[0]}", 27)
    words = f"แผนภูมิกรวยของคะแนนรวม {len(spots)} หน่วยงาน ค่ากลาง {printed(centre)} คะแนน"
    return style.finished(ax, f"{words}: อยู่นอกเส้น {sum(is_outside)} หน่วยงาน")


def _number(ax: Axes, spots: Sequence[tuple[float, float]], numbers: Sequence[Any]) -> None:
    """Write each number beside its mark, where it covers neither another number nor a mark."""
    (left, right), (low, high), (wide, tall) = ax.get_xlim(), ax.get_ylim(), style.room(ax)
    places = [((x - left) / (right - left) * wide, (y - low) / (high - low) * tall) for x, y in spots]
    taken = [(x, y, 5.6, 5.6) for x, y in places]
    corner = place(ax, 0, 0)
    for (x, y), number in [pair for pair in zip(places, numbers, strict=True) if pair[1] is not None]:
        text = f"{int(number)}"
        sides = style.width(text, TINY) + 1, TINY * 1.3
        around = [(x + _ASIDE, y), (x - _ASIDE, y), (x, y + _ASIDE), (x, y - _ASIDE)]
        free = [(*at, *sides) for at in around if _is_free((*at, *sides), taken, (wide, tall))][:1]
        taken += free
        style.write_each(ax, [(*at[:2], text) for at in free], corner, TINY, ha="center")


_Box = tuple[float, float, float, float]  # middle, width and height


def _is_free(box: _Box, taken: Sequence[_Box], room: tuple[float, float]) -> bool:
    """Whether a box lies inside the axes and apart from all others."""
    x, y, wide, tall = box
    is_inside = wide / 2 < x < room[0] - wide / 2 and tall / 2 < y < room[1] - tall / 2
    return is_inside and all(
        abs(x - a) >= (wide + w) / 2 or abs(y - b) >= (tall + h) / 2 for a, b, w, h in taken
    )
