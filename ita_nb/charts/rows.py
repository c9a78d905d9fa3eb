"""Charts with a row for each label: dots, steps, bars, stacked shares and cells.

The vertical axis counts the rows, from 0 at the top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes

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
from ita_nb.thai import apart, signed_text

_WIDEST_LABEL = 190.0
_MANY = 12  # with more rows, labels have one line
_GUIDE: Look = {"colors": "#e4e8ec", "linewidths": 0.6}
_VERY_MANY = 22  # with more rows, words are tiny
_BAR = 0.28  # half of a bar, in rows


def _rows(
    ax: Axes | None,
    labels: Sequence[str],
    signs: Mapping[str, Look],
    *,
    ticks: Sequence[int] = (),
    of: str = "",
    values: Sequence[str] = (),
    groups: Sequence[str] = (),
    size: float = LABEL,
    padding: float = 2.6,
    top: float = 4.0,
    left: float = _WIDEST_LABEL,
    least: float = 0.0,
    widest: float = WIDTH,
) -> tuple[Axes, float]:
    """Return axes with a row for each label, its value behind it and its group before it, and their width.

    ``ticks`` are written under the axes, then what the ``signs`` mean and, at the right, what the axis is
    of. ``left`` is the most that labels take, ``least`` the least; ``widest`` is the most that the axes take.
    """
    shown = [wrapped(label, left, size, 2 if len(labels) <= _MANY else 1) for label in labels]
    groups = [wrapped(group, 60, size, weight="bold") for group in groups]
    gutter = style.widest(groups, weight="bold") + 12 if any(groups) else 0
    before, behind = max(least, gutter + style.widest(shown, size) + 8), style.widest(values, size, "bold")
    right = max(behind + 12 if values else 0.5, WIDTH - before - widest)
    pitch = size * style.LEADING * (1 + any("\n" in label for label in shown)) + padding
    of_key = WIDTH - style.width(of, SMALL) - 12 if of else WIDTH
    foot = 24 if ticks else 11 if signs or of else -6
    under = foot + 8 + style.KEY_LINE * (style.key_lines(signs, of_key) - 1)
    ax = style.sheet(ax, pitch * len(labels), before, right, top, under)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    beside = place(ax, 0)
    style.write_each(ax, [(gutter - before, y, label) for y, label in enumerate(shown)], beside, size)
    behind_each = [(behind + 12, y, value) for y, value in enumerate(values)]
    style.write_each(ax, behind_each, place(ax, 1), size, ha="right", weight="bold")
    for group, first, last in style.runs(groups):
        if group:
            write(ax, -before, (first + last) / 2, group, beside, size, weight="bold")
            ends = [(gutter - before - 6, first - 0.4), (gutter - before - 6, last + 0.4)]
            style.lines(ax, [ends], beside, **style.AXIS)
    style.draw_key(ax, signs, -before, -foot, place(ax, 0, 0), of_key)
    write(ax, 0 if ticks else right, -foot, of, place(ax, 1, 0), ha="right", color=MUTED)
    if ticks:
        ax.set_xlim(ticks[0], ticks[-1])
        style.lines(ax, [[(ticks[0], y), (ticks[-1], y)] for y in range(len(labels))], **_GUIDE)
        style.lines(ax, [[(x, -0.5), (x, len(labels) - 0.5)] for x in ticks], **style.GRID_LINE)
        style.lines(ax, [[(0, 0), (1, 0)]], ax.transAxes, **style.AXIS)
        under_each = [(x, -9, f"{x}") for x in ticks]
        style.write_each(ax, under_each, place(ax, None, 0), ha="center", color=MUTED)
    return ax, before


# ---------------------------------------------------------------- scores, losses, amounts

_LOST = fill(FULL_BAR)
_STEPS = {"เสียมากที่สุด": fill(WHITE, "///", WEAK_BAR), "ได้เพิ่ม": fill(WHITE)}
_END = mark("D", INK, INK, 6.0)
_UNEXPLAINED, _REST = 0.005, "ส่วนที่ไม่ได้จำแนก"  # points; what is less is printed as nothing


def profile(
    scores: pd.DataFrame, *, line: float, levels: Mapping[str, float] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw scores (0-100) as dots, a row each, against the score to pass and further levels by their names.

    Needs ``label`` and ``score``; ``instrument`` groups the rows, ``kind`` is what a row is, and ``name``
    how a sentence calls it. A score below ``line`` has another mark, a missing one is a word.
    """
    if not style.needs(scores, "label", "score") or scores["score"].isna().all():
        return style.nothing(ax)
    found, levels = style.numbers(scores["score"]), {style.line_name(line): line, **(levels or {})}
    ticks = style.score_ticks(min(*[s for s in found if s is not None], *levels.values()) - 2)
    ax, _ = _rows(
        ax,
        style.texts(scores, "label"),
        style.passing(found, line),
        ticks=ticks,
        of=f"คะแนน (แกนเริ่มที่ {ticks[0]})",
        values=[printed(score) for score in found],
        groups=style.texts(scores, "instrument"),
        top=style.LEVELS_TOP,
    )
    style.levels_across(ax, levels, high=style.room(ax)[0] + 20)
    style.score_dots(ax, [(score, y) for y, score in enumerate(found)], found, line)
    of, words, data = style.described(scores)
    notes = [f"เส้น{name} คือคะแนนรวมขั้นต่ำของระดับนั้น ไม่ใช่เกณฑ์ของคะแนนรายตัวชี้วัด" for name in [*levels][1:]]
    return style.finished(ax, f"แผนภูมิจุดคะแนน{of}เทียบกับ{' และ'.join(levels)}: {words}", data, notes)


def waterfall(
    losses: pd.DataFrame,
    *,
    full: float = 100,
    total: float | None,
    total_label: str = "คะแนนรวม",
    ax: Axes | None = None,
) -> Axes:
    """Draw the way from ``full`` (at most 100) down to ``total``, a step a row, in the order of the table.

    Needs ``label`` and ``loss``; the other columns as in :func:`profile`. The greatest loss is hatched, a
    gain (a negative loss) is empty. What the rows leave unexplained is a step of its own. Where nothing is
    lost or the total is unknown, there is nothing to draw.
    """
    if not style.needs(losses, "label", "loss") or total is None or not losses["loss"].fillna(0).any():
        return style.nothing(ax)
    labels, groups, names = (
        style.texts(losses, "label"),
        style.texts(losses, "instrument"),
        style.names(losses),
    )
    found = style.numbers(losses["loss"])
    rest = full - total - sum(loss for loss in found if loss is not None)
    if abs(rest) >= _UNEXPLAINED:
        labels, groups, names, found = [*labels, _REST], [*groups, ""], [*names, _REST], [*found, rest]
    lost = [loss or 0 for loss in found]
    after = [full - gone for gone in accumulate(lost, initial=0)]
    kinds = ["ได้เพิ่ม" if loss < 0 else "เสียมากที่สุด" if loss == max(lost) > 0 else "" for loss in lost]
    kinds = [style.NO_DATA if loss is None else kind for loss, kind in zip(found, kinds, strict=True)]
    steps = [style.NO_DATA if loss is None else signed_text(-loss) for loss in found]
    ticks = style.score_ticks(min(*after, total))
    ax, _ = _rows(
        ax,
        ["คะแนนเต็ม", *labels, total_label],
        {kind: look for kind, look in _STEPS.items() if kind in kinds},
        ticks=ticks,
        of=f"คะแนนรวม (แกนเริ่มที่ {ticks[0]})",
        values=[printed(full), *steps, printed(total)],
        groups=["", *groups, ""],
    )
    links = [[(float(x), y), (float(x), y + 1)] for y, x in enumerate(after)]
    style.lines(ax, links, colors=MUTED, linewidths=0.7, linestyles=[(0, (1.5, 1.5))])
    least = 1.2 * (100 - ticks[0]) / style.room(ax)[0]
    ends = [sorted(map(float, pair)) for pair in pairwise(after)]
    steps_drawn = [(a, max(b, a + least), y - _BAR, y + _BAR) for y, (a, b) in enumerate(ends, 1)]
    for kind, look in {"": _LOST, **_STEPS}.items():
        style.boxes(ax, [box for box, its in zip(steps_drawn, kinds, strict=True) if its == kind], **look)
    style.dots(ax, [(full, 0), (total, len(lost) + 1)], **_END)
    words = f"แผนภูมิขั้นบันไดจากคะแนนเต็ม {printed(full)} ลงมาถึง{total_label} {printed(total)} เสียไปที่ "
    rows = [*zip(names, map(printed, found), strict=True), ("รวมที่เสียไป", printed(full - total))]
    data = pd.DataFrame([*rows, (total_label, printed(total))], columns=["รายการ", "คะแนนรวมที่เสียไป"])
    note = "คำนวณก่อนปัดเศษ ผลบวกของตัวเลขที่ปัดแล้วจึงอาจต่างจากยอดรวมเล็กน้อย"
    return style.finished(ax, words + style.told(names, found), data, [note])


def bars(amounts: pd.DataFrame, *, of: str, ax: Axes | None = None) -> Axes:
    """Draw amounts (none below zero) as bars from zero, a row each; ``of`` says what they are.

    Needs ``label`` and ``value``.
    """
    if not style.needs(amounts, "label", "value"):
        return style.nothing(ax)
    labels, found = style.texts(amounts, "label"), style.numbers(amounts["value"])
    values, shown = [printed(value) for value in found], wrapped(of, WIDTH - 24, SMALL)
    ax, _ = _rows(ax, labels, {}, of=shown, values=values, size=SMALL, left=226)
    most = max(float(value or 0) for value in found) or 1.0
    ax.set_xlim(0, most)
    ends = enumerate(max(float(value or 0), most / 500) for value in found)
    style.boxes(ax, [(0, x, y - _BAR, y + _BAR) for y, x in ends], **fill(style.PALE_BAR))
    style.lines(ax, [[(0, 0), (0, 1)]], ax.transAxes, **style.AXIS)
    return style.finished(ax, f"แผนภูมิแท่ง{of}: {style.told(labels, found)}")


# ---------------------------------------------------------------- answers

# From the best answer to the worst: darkness falls, then hatching grows denser.
_FILLS = (
    fill(FULL_BAR),
    fill(style.PALE_BAR),
    fill("#d9e3ec"),
    fill(WHITE, "//", MUTED),
    fill("#f3ddd3", "\\\\\\", WEAK_BAR),
    fill(WHITE, "xxx", WEAK_BAR),
)


class _Bar(NamedTuple):
    """The answers to one question, the best first: label and name of the question, then each answer."""

    options: tuple[str, ...]
    label: str
    name: str
    shares: list[Any]
    counts: list[Any]

    def in_words(self) -> list[str]:
        """Return each answer as ``มาก 2.38% (1 คน)``."""
        people = ["" if count is None else f" ({int(count)} คน)" for count in self.counts]
        found = zip(self.options, self.shares, people, strict=True)
        return [f"{option} {printed(share)}%{given}" for option, share, given in found]

    def as_printed(self) -> list[tuple[str, str, str]]:
        """Return option, share and people of each answer."""
        people = ["-" if count is None else f"{int(count)}" for count in self.counts]
        return list(zip(self.options, map(printed, self.shares), people, strict=True))


def _spread(count: int) -> list[int]:
    """Spread the fills over so many answers: the best and the worst always look alike."""
    return [round(place * (len(_FILLS) - 1) / max(1, count - 1)) for place in range(count)]


def answers(answers: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how questions were answered, a bar of 100 percent each; those of equal options share a key.

    Needs ``node``, ``label``, ``option`` and ``share`` (percent); with ``part`` a question is a node and its
    part, ``points`` order its answers (else the table does), ``count`` are people, and ``name`` is how a
    sentence calls the question. The key of a single question tells shares and people.
    """
    if not style.needs(answers, "node", "label", "option", "share"):
        return style.nothing(ax)
    asked = answers.groupby(["node", "part"] if "part" in answers else ["node"], sort=False, dropna=False)
    bars = [_bar_of(own) for _, own in asked]
    is_alone = len(bars) == 1
    rows: list[_Bar | None] = []
    keys: list[tuple[int, dict[str, Look]]] = []  # each begins in the row after its bars, the last one below
    for options, own in groupby(sorted(bars, key=lambda bar: bar.options), key=lambda bar: bar.options):
        rows += [None] * (style.key_lines(keys[-1][1]) if keys else 0)
        rows += own
        meanings = bars[0].in_words() if is_alone else options
        keys.append(
            (len(rows), dict(zip(meanings, map(_FILLS.__getitem__, _spread(len(options))), strict=True)))
        )
    people = sum(int(count or 0) for count in bars[0].counts)
    of = f"ร้อยละของผู้ตอบ{f' {people} คน' if people else ''}" if is_alone else ""
    labels, below = [bar.label if bar else "" for bar in rows], keys.pop()[1]
    ax, before = _rows(ax, labels, below, of=of, size=SMALL, padding=4.6, left=200 if is_alone else 160)
    ax.set_xlim(0, 100)
    _draw_shares(ax, rows)
    pitch, corner = style.room(ax)[1] / len(rows), place(ax, 0, 1)
    for row, signs in keys:
        style.draw_key(ax, signs, -before, -(row + 0.5) * pitch, corner)
    words = [", ".join(bar.in_words()) for bar in bars]
    every = "; ".join(f"{bar.name} {own}" for bar, own in zip(bars, words, strict=True))
    asked_of, told = (bars[0].name, words[0]) if is_alone else ("รายข้อ", every)
    data = [(bar.name, *row) for bar in bars for row in bar.as_printed()]
    columns = ["ข้อ", "คำตอบ", "ร้อยละ", "จำนวนคน"]
    description = f"แผนภูมิแท่งร้อยละของคำตอบ{apart(asked_of)}: {told}"
    return style.finished(ax, description, pd.DataFrame(data, columns=columns))


def _bar_of(answers: pd.DataFrame) -> _Bar:
    if "points" in answers:
        answers = answers.sort_values("points", ascending=False, kind="stable")
    shares = style.numbers(answers["share"])
    counts = style.numbers(answers["count"]) if "count" in answers else [None] * len(shares)
    label, name = style.texts(answers, "label")[0], style.names(answers)[0]
    return _Bar(tuple(style.texts(answers, "option")), label, name, shares, counts)


def _draw_shares(ax: Axes, rows: Sequence[_Bar | None]) -> None:
    """Draw each bar in its row; a share is written where it has room."""
    pieces: dict[int, list[tuple[float, float, float, float]]] = {}
    grounds, inside, wide = [], place(ax), style.room(ax)[0] / 100
    for y, bar in [(y, bar) for y, bar in enumerate(rows) if bar]:
        whole = float(sum(share or 0 for share in bar.shares)) or 1.0
        edges = pairwise(accumulate((100 * float(share or 0) / whole for share in bar.shares), initial=0))
        for share, number, (a, b) in zip(bar.shares, _spread(len(bar.options)), edges, strict=True):
            pieces.setdefault(number, []).extend([(a, b, y - 0.38, y + 0.38)] if share else [])
            text, middle = f"{printed(share)}%", (a + b) / 2
            if style.width(text, SMALL) + 6 <= (b - a) * wide:
                write(ax, middle, y, text, inside, ha="center", color=INK if number else WHITE)
                grounds += [(middle, y, text)] if "hatch" in _FILLS[number] else []
    for number, own in pieces.items():
        style.boxes(ax, own, **_FILLS[number])
    style.ground(ax, grounds)


# ---------------------------------------------------------------- cells

MOST_MEASURES = 24  # beside more columns the labels have no room
_MARKS = {
    "มาตรการที่ยืนยันแล้ว": mark("o", FULL_BAR, FULL_BAR),
    "ร่างมาตรการ": mark("o", FULL_BAR, WHITE),
    "ข้อที่ไม่มีมาตรการ": mark("x", WEAK_BAR, WEAK_BAR, 6.0),
    "มาตรการที่ไม่มีข้อรองรับ": mark("D", INK, WHITE, 6.0),
}
_CONFIRMED, _DRAFT, _WITHOUT_MEASURE, _WITHOUT_WEAKNESS = _MARKS
_HEADINGS = ("ข้อที่ต้องยกระดับ", "มาตรการที่")
_UNFOUNDED = "ไม่มีข้อที่ต้องยกระดับรองรับ"
_WIDEST_WEAKNESS = 300.0


def _cells(
    ax: Axes | None, labels: Sequence[str], heads: Sequence[str], signs: Mapping[str, Look], **looks: Any
) -> tuple[Axes, float]:
    """Return axes of cells, a row each label, and how far the labels reach; columns are counted from 1."""
    count = len(heads)
    ax, before = _rows(ax, labels, signs, **looks)
    ax.set_xlim(0.5, count + 0.5)
    level = [[(0.5, y - 0.5), (count + 0.5, y - 0.5)] for y in range(len(labels) + 1)]
    upright = [[(x + 0.5, -0.5), (x + 0.5, len(labels) - 0.5)] for x in range(count + 1)]
    style.lines(ax, level + upright, **style.GRID_LINE)
    wide, above = style.room(ax)[0] / count - 2, place(ax, None, 1)
    size = SMALL if style.widest(heads, SMALL) <= wide else TINY
    found = [(x, 8, wrapped(head, wide, size)) for x, head in enumerate(heads, 1)]
    style.write_each(ax, found, above, size, ha="center")
    return ax, before


def coverage(answered: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw weaknesses as rows, measures as numbered columns, and a mark where one answers the other.

    Needs ``label`` (the weakness), ``measure`` (its number, from 1) and ``status``, a row for each pair:
    ``confirmed`` measures and others have marks of their own. A weakness without a measure has no number, and
    its ``status`` is what is written in the row; a measure without a weakness has an empty ``label``. Beside
    more than :data:`MOST_MEASURES` measures the labels have no room: that is a ValueError.
    """
    if not style.needs(answered, "label", "measure", "status"):
        return style.nothing(ax)
    rows: dict[str, list[tuple[Any, str]]] = {label: [] for label in style.texts(answered, "label") if label}
    columns = style.texts(answered, "label"), style.numbers(answered["measure"]), answered["status"]
    for label, number, status in zip(*columns, strict=True):
        rows.setdefault(label or _UNFOUNDED, []).append((number, status))
    count = int(max((number for own in rows.values() for number, _ in own if number is not None), default=1))
    if count > MOST_MEASURES:
        raise ValueError(f"{count} measures, at most {MOST_MEASURES} have room")
    places: dict[str, list[tuple[Any, int]]] = {meaning: [] for meaning in _MARKS}
    for y, (label, own) in enumerate(rows.items()):
        for number, status in own:
            meaning = _WITHOUT_MEASURE if number is None else _CONFIRMED if status == "confirmed" else _DRAFT
            places[_WITHOUT_WEAKNESS if label == _UNFOUNDED else meaning].append((number or 1, y))
    size = TINY if len(rows) > _VERY_MANY else SMALL
    least = style.width("".join(_HEADINGS), SMALL, "bold") + 14
    room_of_labels = min(_WIDEST_WEAKNESS, WIDTH - 8 - count * (style.width(f"{count}", TINY) + 3))
    ax, before = _cells(
        ax,
        list(rows),
        [f"{number}" for number in range(1, count + 1)],
        {meaning: look for meaning, look in _MARKS.items() if places[meaning]},
        size=size,
        padding=2.6 if len(rows) > _MANY else 4.6,
        top=16.0,
        left=room_of_labels,
        least=least,
        widest=26.0 * count,
    )
    above, beside, wide = place(ax, 0, 1), place(ax, 0), style.room(ax)[0] / count
    write(ax, -before, 8, _HEADINGS[0], above, weight="bold")
    write(ax, -5, 8, _HEADINGS[1], above, ha="right", weight="bold")
    style.lines(ax, [[(-before, 0), (count * wide, 0)]], above, **style.AXIS)
    for meaning, look in _MARKS.items():
        style.dots(ax, places[meaning], **{**look, "markersize": min(look["markersize"], wide / 1.5)})
    for y, own in enumerate(rows.values()):
        for status in [status for number, status in own if number is None]:
            shown = wrapped(status, WIDTH - before - wide - 4, size)
            write(ax, wide + 4, y, shown, beside, size, color=WEAK_BAR)
    numbers = {label: sorted(int(n) for n, _ in own if n is not None) for label, own in rows.items()}
    told = {
        label: f"มาตรการที่ {', '.join(map(str, numbers[label]))}" if numbers[label] else own[0][1]
        for label, own in rows.items()
    }
    words = "; ".join(f"{label} {measures}" for label, measures in told.items())
    data = pd.DataFrame({_HEADINGS[0]: [*told], "มาตรการ": [*told.values()]})
    return style.finished(ax, f"ตารางจุดข้อที่ต้องยกระดับเทียบกับมาตรการ: {words}", data)


# ---------------------------------------------------------------- scores by shades

# A score of at least so much has the shade of the same place; the last is of what is below all.
_BOUNDS = (95, 90, 85, 75, 50)
_SHADES = (WHITE, "#dfe8f0", "#bccfe0", "#93b1cd", "#5f88b0", "#1f4468")
_DARK = 5  # the first shade on which black letters are hard to read
_BETWEEN = tuple(f"{low} ถึงต่ำกว่า {high}" for high, low in pairwise(_BOUNDS))
_MEANINGS = (f"{_BOUNDS[0]} ขึ้นไป", *_BETWEEN, f"ต่ำกว่า {_BOUNDS[-1]}", style.NO_DATA)
_LOOKS = (*map(fill, _SHADES), fill(WHITE, "//", MUTED))
MOST_ROWS = 40  # fill a page


def heatmap(scores: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw scores (0-100) as cells, darker where points were lost; every cell holds its number.

    Needs ``label`` (the row), ``column`` (its heading) and ``score``; ``instrument`` groups the columns.
    :data:`MOST_ROWS` rows fill a page. Two scores in one cell are a ValueError.
    """
    if not style.needs(scores, "label", "column", "score"):
        return style.nothing(ax)
    table = scores.pivot(index="label", columns="column", values="score")
    table = table.loc[scores["label"].unique(), scores["column"].unique()]
    heads = dict(zip(style.texts(scores, "column"), style.texts(scores, "instrument"), strict=True))
    cells = [
        (x, y, score)
        for y, row in enumerate(table.to_numpy())
        for x, score in enumerate(style.numbers(row), 1)
    ]
    shades = [
        len(_SHADES) if score is None else sum(score < bound for bound in _BOUNDS) for *_, score in cells
    ]
    signs = {_MEANINGS[shade]: _LOOKS[shade] for shade in sorted(set(shades))}
    sizes: dict[str, Any] = {"size": SMALL, "padding": 2.8, "top": 34.0, "widest": 40.0 * len(heads)}
    ax, _ = _cells(ax, [str(label) for label in table.index], list(heads), signs, **sizes)
    for shade in set(shades):
        own = [
            (x - 0.5, x + 0.5, y - 0.5, y + 0.5)
            for (x, y, _), its in zip(cells, shades, strict=True)
            if its == shade
        ]
        style.boxes(ax, own, zorder=-1, **{**_LOOKS[shade], "edgecolor": style.GRID})
    inside, above = place(ax), place(ax, None, 1)
    for (x, y, score), shade in zip(cells, shades, strict=True):
        if score is not None:
            write(
                ax, x, y, printed(score, 1), inside, TINY, ha="center", color=INK if shade < _DARK else WHITE
            )
    for group, first, last in style.runs(heads.values()):
        shown = wrapped(group, (last - first + 1) * style.room(ax)[0] / len(heads) - 2, SMALL, weight="bold")
        write(ax, (first + last) / 2 + 1, 27, shown, above, ha="center", weight="bold")
        style.lines(ax, [[(first + 0.55, 19), (last + 1.45, 19)]] if group else [], above, **style.AXIS)
    names = [f"{table.index[y]} {table.columns[x - 1]}" for x, y, _ in cells]
    told = style.told(names, [score for *_, score in cells])
    return style.finished(ax, f"ตารางสีคะแนน {len(table)} แถว สีเข้มคือคะแนนต่ำ: {told}")
