"""The charts: what they draw and say, room for every text, and legibility in black and white."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from ita_nb import charts
from ita_nb.charts.style import Sheet, score_ticks, spread, width, wrapped
from ita_nb.document.drawings import safe_svg
from ita_nb.document.figures import svg_of
from ita_nb.errors import FrameError

LINE, LEVELS = 85, {"ระดับ AA 95": 95}
OPTIONS = ("มากที่สุด", "มาก", "ค่อนข้างมาก", "น้อย", "น้อยที่สุด", "ไม่มี")
LONG = "การส่งเสริมคุณธรรมและความโปร่งใสของหน่วยงาน " * 50
Numbers = Sequence[float | None]


def labels(count: int, name: str) -> list[str]:
    """So many labels that differ."""
    return [f"{number} {name}" for number in range(1, count + 1)]


def scores(values: Numbers, name: str = "ตัวชี้วัด") -> pd.DataFrame:
    """A row for each score, in three groups."""
    groups = ["IIT", "EIT", "OIT"]
    own = [groups[min(2, 3 * place // len(values))] for place in range(len(values))]
    return pd.DataFrame({"label": labels(len(values), name), "score": values, "instrument": own})


def losses(values: Numbers, name: str = "ตัวชี้วัด") -> pd.DataFrame:
    """A row for each loss."""
    return scores(values, name).rename(columns={"score": "loss"})


def waterfall(values: Numbers, name: str = "ตัวชี้วัด") -> Axes:
    """The steps of these losses, which lead to the total."""
    return charts.waterfall(losses(values, name), total=100 - sum(value or 0 for value in values))


def answered(counts: Sequence[Sequence[int]], name: str = "ข้อ") -> pd.DataFrame:
    """Questions answered by so many people, the best answer first."""
    rows = [
        (f"i{number}", f"i{number} {name}", option, 100 * count / (sum(own) or 1), count)
        for number, own in enumerate(counts, 1)
        for option, count in zip(OPTIONS, own, strict=False)
    ]
    return pd.DataFrame(rows, columns=["node", "label", "option", "share", "count"])


def years(values: dict[str, Numbers]) -> pd.DataFrame:
    """Scores of consecutive years by label."""
    rows = [(2560 + year, name, score) for name, own in values.items() for year, score in enumerate(own)]
    return pd.DataFrame(rows, columns=["fiscal_year", "label", "score"])


def matrix(rows: int, columns: int, name: str = "ข้อ", *, covered: bool = True) -> pd.DataFrame:
    """One measure a row, every third a draft; or none for any, and then no measure has a weakness."""
    status = ["confirmed" if number % 3 else "draft" for number in range(columns)]
    numbers = [row % columns if covered else None for row in range(rows)]
    found: list[tuple[str, int | None, str]] = [
        (f"i{row} {name}", number and number + 1, "ยังไม่มีมาตรการ" if number is None else status[number])
        if number != 0
        else (f"i{row} {name}", 1, status[0])
        for row, number in enumerate(numbers)
    ]
    rest = sorted({*range(columns)} - {number for number in numbers if number is not None})
    found += [("", number + 1, status[number]) for number in rest]
    return pd.DataFrame(found, columns=["label", "measure", "status"])


MATRIX = pd.DataFrame(
    [("ก", 1, "confirmed"), ("ก", 2, "draft"), ("ข", None, "ยังไม่มีมาตรการ"), ("", 3, "draft")],
    columns=["label", "measure", "status"],
)


def heat(rows: int, name: str = "อบต.") -> pd.DataFrame:
    """Ten indicators of so many agencies: every shade, and a missing score."""
    values = (100, 93, 86, 80, 60, 20, None, 99.96, 0, 50)
    found = [
        (label, f"{column}", "IIT" if column < 6 else "OIT", value)
        for label in labels(rows, name)
        for column, value in enumerate(values, 1)
    ]
    return pd.DataFrame(found, columns=["label", "column", "instrument", "score"])


def counted(counts: Sequence[int], step: float = 1.0) -> pd.DataFrame:
    """Steps from 80 upwards."""
    lows = [80 + step * place for place in range(len(counts))]
    frame = pd.DataFrame({"low": lows, "high": [low + step for low in lows], "count": counts})
    return frame.assign(label=[f"ช่วง {low:g}" for low in lows])


def funnel(values: Sequence[float], outside: int = 2) -> Axes:
    """Scores with rising errors, the first of them outside."""
    numbers = [place + 1 if place < outside else None for place in range(len(values))]
    errors = [0.5 + place / 10 for place in range(len(values))]
    curves = [
        (f"ร้อยละ {share}", e / 10, 90 - z * e / 10, 90 + z * e / 10)
        for share, z in ((95, 2), (99.8, 3))
        for e in range(1, 40)
    ]
    limits = pd.DataFrame(curves, columns=["name", "error", "low", "high"])
    frame = pd.DataFrame({"error": errors, "score": values, "number": numbers})
    return charts.funnel(frame, centre=90, limits=limits)


def sheet_of(ax: Axes) -> Sheet:
    """The house figure of a chart."""
    assert isinstance(ax.figure, Sheet)
    return ax.figure


def words_of(ax: Axes) -> list[str]:
    """Every text that a chart shows."""
    return [text.get_text() for text in ax.texts if text.get_text()]


def boxes_of(ax: Axes) -> list[tuple[str, Bbox]]:
    """Every text of a chart and where Agg draws it, in points; so finely that hinting moves nothing."""
    figure = sheet_of(ax)
    figure.dpi = 72 * _FINE
    renderer = FigureCanvasAgg(figure).get_renderer()
    shown = [text for text in figure.findobj(Text) if text.get_text().strip()]
    boxes = [text.get_window_extent(renderer) for text in shown]
    return [(text.get_text(), Bbox(box.get_points() / _FINE)) for text, box in zip(shown, boxes, strict=True)]


_FINE = 8


def assert_legible(ax: Axes) -> None:
    """No text covers another, and none leaves the sheet."""
    found, (wide, high) = boxes_of(ax), sheet_of(ax).get_size_inches() * 72
    over = [
        (a, b)
        for (a, one), (b, other) in combinations(found, 2)
        if min(one.x1, other.x1) - max(one.x0, other.x0) > 0.5
        and min(one.y1, other.y1) - max(one.y0, other.y0) > 2
    ]
    outside = [
        text
        for text, box in found
        if box.x0 < -0.5 or box.y0 < -1 or box.x1 > wide + 0.5 or box.y1 > high + 1
    ]

    assert (over, outside) == ([], [])


# ---------------------------------------------------------------- what a table must hold

EMPTY: dict[str, tuple[Callable[..., Axes], list[str], dict[str, Any]]] = {
    "profile": (charts.profile, ["label", "score"], {"line": LINE}),
    "radar": (charts.radar, ["label", "score"], {"line": LINE}),
    "waterfall": (charts.waterfall, ["label", "loss"], {"total": 90}),
    "answers": (charts.answers, ["node", "label", "option", "share"], {}),
    "trend": (charts.trend, ["fiscal_year", "label", "score"], {"line": LINE}),
    "coverage": (charts.coverage, ["label", "measure", "status"], {}),
    "bars": (charts.bars, ["label", "value"], {"of": "คะแนน"}),
    "histogram": (charts.histogram, ["low", "high", "count", "label"], {"of": "คะแนนรวม"}),
    "heatmap": (charts.heatmap, ["label", "column", "score"], {}),
    "funnel": (
        charts.funnel,
        ["error", "score"],
        {"centre": 90, "limits": pd.DataFrame(columns=["name", "error", "low", "high"])},
    ),
}


@pytest.mark.parametrize(("chart", "columns", "more"), EMPTY.values(), ids=EMPTY)
def test_empty_table_is_a_sentence(
    chart: Callable[..., Axes], columns: list[str], more: dict[str, Any]
) -> None:
    """A table without rows gives axes with one sentence, and says that there is nothing to draw."""
    ax = chart(pd.DataFrame(columns=columns), **more)

    assert len(words_of(ax)) == 1
    assert sheet_of(ax).is_empty
    assert sheet_of(ax).get_label() == words_of(ax)[0]
    assert_legible(ax)


@pytest.mark.parametrize(("chart", "columns", "more"), EMPTY.values(), ids=EMPTY)
def test_missing_columns_are_named(
    chart: Callable[..., Axes], columns: list[str], more: dict[str, Any]
) -> None:
    """The error names what is missing, what there is, and the nearest name."""
    *kept, last = columns
    with pytest.raises(FrameError) as raised:
        chart(pd.DataFrame(columns=[*kept, f"{last}s"]), **more)

    assert f"ไม่มี {last} " in raised.value.found
    assert all(name in raised.value.found for name in kept)
    assert f"{last}s ให้เป็น {last}" in raised.value.todo


@pytest.mark.parametrize(
    "ax",
    [
        lambda: charts.profile(scores([None, None]), line=LINE),
        lambda: charts.radar(scores([90, 80, None]), line=LINE),
        lambda: charts.waterfall(losses([0, 0]), total=100),
        lambda: charts.waterfall(losses([1, 2]), total=None),
    ],
    ids=["no score", "two spokes", "nothing lost", "no total"],
)
def test_nothing_to_draw(ax: Callable[[], Axes]) -> None:
    """No score, too few spokes, no loss and an unknown total are no picture."""
    assert sheet_of(ax()).is_empty


# ---------------------------------------------------------------- what they draw and say


def marks_of(ax: Axes, marker: str) -> list[tuple[float, float]]:
    """Where the marks of a form stand in the data; those of the key have one mark a sign."""
    lines = [line for line in ax.get_lines() if line.get_marker() == marker and line.get_markevery() is None]
    return [at for line in lines for at in zip(line.get_xdata(), line.get_ydata(), strict=True)]


SIGNS = {"ไม่ต่ำกว่าเกณฑ์", "ต่ำกว่าเกณฑ์"}
SAID: dict[str, tuple[Callable[[], Axes], set[str], set[str]]] = {
    "scores, missing ones, line and levels": (
        lambda: charts.profile(scores([90, 80, None, 85]), line=LINE, levels=LEVELS),
        {"90.00", "80.00", "85.00", "ไม่มีข้อมูล", "เกณฑ์ 85", "ระดับ AA 95", *SIGNS},
        set(),
    ),
    "the key of marks above": (
        lambda: charts.profile(scores([90, 95]), line=LINE), {"ไม่ต่ำกว่าเกณฑ์"}, {"ต่ำกว่าเกณฑ์"}
    ),
    "the key of marks below": (
        lambda: charts.profile(scores([70, 80]), line=LINE), {"ต่ำกว่าเกณฑ์"}, {"ไม่ต่ำกว่าเกณฑ์"}
    ),
    # A float is printed as the decimal that people read in it.
    "rounded half up": (lambda: charts.profile(scores([84.995, 90]), line=LINE), {"85.00"}, {"84.99"}),
    "steps down and up": (
        lambda: waterfall([3, -1, 2]), {"-3.00", "+1.00", "-2.00", "ได้เพิ่ม", "เสียมากที่สุด"}, set()
    ),
    "what the rows do not explain": (
        lambda: charts.waterfall(losses([3, None]), total=95),
        {"-3.00", "ไม่มีข้อมูล", "ส่วนที่ไม่ได้จำแนก", "-2.00", "95.00"},
        set(),
    ),
    "a loss that rounds to nothing": (lambda: waterfall([0.001, 2]), {"0.00"}, {"+0.00", "-0.00"}),
    "a gain that rounds to nothing": (lambda: waterfall([-0.001, 2]), {"0.00"}, {"+0.00", "-0.00"}),
    "an answer too rare for a number in the bar": (
        lambda: charts.answers(answered([(970, 10, 5, 5, 5, 5)])),
        {"มาก 1.00% (10 คน)", "ค่อนข้างมาก 0.50% (5 คน)", "ร้อยละของผู้ตอบ 1000 คน"},
        set(),
    ),
    "a weakness without measure": (lambda: charts.coverage(MATRIX), {"ยังไม่มีมาตรการ"}, set()),
    "points outside by number": (lambda: funnel([99.0, 82.0, 90.0, 91.0], 2), {"1", "2"}, {"3"}),
}  # fmt: skip


@pytest.mark.parametrize(("chart", "said", "unsaid"), SAID.values(), ids=SAID)
def test_what_a_chart_says(chart: Callable[[], Axes], said: set[str], unsaid: set[str]) -> None:
    """Every value and every sign in use is said, and nothing else."""
    found = set(words_of(chart()))

    assert (said - found, unsaid & found) == (set(), set())


MARKS: dict[str, tuple[Callable[[], Axes], dict[str, list[tuple[float, float]]]]] = {
    # A score has the mark of its side of the line; a missing one has none.
    "profile": (
        lambda: charts.profile(scores([90, 80, None, 85]), line=LINE),
        {"o": [(90, 0), (85, 3)], "^": [(80, 1)]},
    ),
    "ends of the steps": (lambda: waterfall([3, -1, 2]), {"D": [(100, 0), (96, 4)]}),
    # Confirmed measures, drafts, and measures without a weakness.
    "matrix": (lambda: charts.coverage(MATRIX), {"o": [(1, 0), (2, 0)], "x": [(1, 1)], "D": [(3, 2)]}),
}


@pytest.mark.parametrize(("chart", "marks"), MARKS.values(), ids=MARKS)
def test_marks_stand_at_their_numbers(
    chart: Callable[[], Axes], marks: dict[str, list[tuple[float, float]]]
) -> None:
    """Each mark stands where its number is."""
    ax = chart()

    assert {marker: marks_of(ax, marker) for marker in marks} == marks


DESCRIBED: dict[str, tuple[Callable[[], Axes], str]] = {
    "profile": (
        lambda: charts.profile(scores([90, 88.125, None]).assign(kind="indicator"), line=LINE, levels=LEVELS),
        (
            "แผนภูมิจุดคะแนนรายตัวชี้วัดเทียบกับเกณฑ์ 85 และระดับ AA 95: ตัวชี้วัดที่ 1 ตัวชี้วัด 90.00, "
            "ตัวชี้วัดที่ 2 ตัวชี้วัด 88.13, ตัวชี้วัดที่ 3 ตัวชี้วัด ไม่มีข้อมูล"
        ),
    ),
    "waterfall": (
        lambda: charts.waterfall(losses([1, 2.5]), total=96.5),
        "แผนภูมิขั้นบันไดจากคะแนนเต็ม 100.00 ลงมาถึงคะแนนรวม 96.50 เสียไปที่ 1 ตัวชี้วัด 1.00, 2 ตัวชี้วัด 2.50",
    ),
    "very many rows, by their ends": (
        lambda: charts.profile(scores([float(50 + i) for i in range(40)]), line=LINE),
        ": 40 รายการ ต่ำสุด 1 ตัวชี้วัด 50.00 สูงสุด 40 ตัวชี้วัด 89.00",
    ),
    "matrix": (
        lambda: charts.coverage(MATRIX),
        "ก มาตรการที่ 1, 2; ข ยังไม่มีมาตรการ; ไม่มีข้อที่ต้องยกระดับรองรับ มาตรการที่ 3",
    ),
}


@pytest.mark.parametrize(("chart", "told"), DESCRIBED.values(), ids=DESCRIBED)
def test_descriptions_say_every_value(chart: Callable[[], Axes], told: str) -> None:
    """What a chart shows, against what, and all values are said in words."""
    assert sheet_of(chart()).get_label().endswith(told)


@pytest.mark.parametrize(
    ("ax", "rows"),
    [
        (lambda: charts.profile(scores([90.0, None]), line=LINE), [("IIT", "90.00"), ("EIT", "ไม่มีข้อมูล")]),
        (lambda: charts.waterfall(losses([2]), total=98), [("2.00",), ("2.00",), ("98.00",)]),
        (lambda: charts.answers(answered([(3, 1)])), [("มากที่สุด", "75.00", "3"), ("มาก", "25.00", "1")]),
        (lambda: charts.trend(years({"ก": [80, None]}), line=LINE), [("80.00",), ("ไม่มีข้อมูล",)]),
    ],
    ids=["profile", "waterfall", "answers", "trend"],
)
def test_numbers_behind_a_chart(ax: Callable[[], Axes], rows: list[tuple[str, ...]]) -> None:
    """The data of a chart are its numbers as printed."""
    assert [row[1:] for row in sheet_of(ax()).data.itertuples(index=False, name=None)] == rows


@pytest.mark.parametrize(("values", "most"), [([1, 2, 3], 1), ([3, 3, 1], 2), ([2, 2, 2], 3)], ids=str)
def test_greatest_losses_are_hatched(values: list[float], most: int) -> None:
    """Every greatest loss is hatched, and no other."""
    hatched = [area for area in waterfall(values).collections if area.get_hatch()]

    assert sum(len(area.get_paths()) for area in hatched) == most


@pytest.mark.parametrize(
    ("ax", "expected"),
    [
        (lambda: waterfall([3, -1, 2]), [(96, 98), (97, 98), (97, 100)]),
        (lambda: charts.waterfall(losses([3, None]), total=95), [(95, 97), (97, 100)]),
    ],
    ids=["a gain leads back", "what the rows do not explain is a step of its own"],
)
def test_steps_lead_from_full_marks_to_the_total(
    ax: Callable[[], Axes], expected: list[tuple[int, int]]
) -> None:
    """The steps hang together, and never miss the total."""
    areas = [area for area in ax().collections if isinstance(area, PolyCollection)]
    steps = [path.get_extents() for area in areas for path in area.get_paths()]

    assert sorted((round(box.x0), round(box.x1)) for box in steps) == expected


def test_outline_is_broken_where_a_score_is_missing() -> None:
    """No line of the radar touches a missing score."""
    ax = charts.radar(scores([90, None, 80, 70, 60]), line=LINE)
    outline = next(line for line in ax.get_lines() if line.get_linewidth() == 1.6)
    spokes = [not math.isnan(x) for x in outline.get_xdata()]

    assert spokes == [True, False, True, True, True, True]


def test_bars_run_from_the_best_answer() -> None:
    """Points order the answers of a question; those with equal options stand together."""
    frame = answered([(1, 2), (3, 1, 1), (5, 5)]).assign(points=lambda f: f["option"].map(OPTIONS.index))
    found = words_of(charts.answers(frame))

    assert [text for text in found if text.startswith("i")] == ["i2 ข้อ", "i1 ข้อ", "i3 ข้อ"]
    assert found.index("มาก") < found.index("มากที่สุด")


def test_parts_of_a_question_are_bars() -> None:
    """A question with two parts has a bar for each."""
    frame = pd.concat([answered([(3, 1)]).assign(part=part) for part in ("1", "2")])

    assert words_of(charts.answers(frame)).count("i1 ข้อ") == 2


@pytest.mark.parametrize(
    ("boundaries", "values", "pieces"),
    [
        ((), [80, 85, 90], 2),
        ((2562,), [80, 85, 90], 1),
        ((2561, 2562), [80, 85, 90], 0),
        ((), [80, None, 90], 0),
    ],
    ids=["no boundary", "one", "two", "missing year"],
)
def test_line_ends_at_a_boundary(boundaries: tuple[int, ...], values: Numbers, pieces: int) -> None:
    """No line is drawn across a boundary or a missing score."""
    ax = charts.trend(years({"ก": values}), line=LINE, boundaries=boundaries)
    (line,) = (line for line in ax.get_lines() if line.get_label() == "ก")
    known = [not math.isnan(y) for y in line.get_ydata()]

    assert sum(a and b for a, b in pairwise(known)) == pieces


def test_too_many_measures_are_refused() -> None:
    """More measures than the labels leave room for are an error."""
    charts.coverage(matrix(3, charts.MOST_MEASURES))
    with pytest.raises(ValueError, match="at most"):
        charts.coverage(matrix(3, charts.MOST_MEASURES + 1))


def test_every_score_stands_in_its_cell() -> None:
    """A full heat map holds each score, and leaves room for a caption on its page."""
    ax = charts.heatmap(heat(charts.MOST_ROWS))

    assert words_of(ax).count("86.0") == charts.MOST_ROWS
    assert sheet_of(ax).get_figheight() * 72 < 660


# ---------------------------------------------------------------- in axes of others

DRAWN: dict[str, Callable[..., Axes]] = {
    "profile": lambda **more: charts.profile(scores([90, 80]), line=LINE, **more),
    "radar": lambda **more: charts.radar(scores([90, 80, 70]), line=LINE, **more),
    "waterfall": lambda **more: charts.waterfall(losses([3, 2]), total=95, **more),
    "answers": lambda **more: charts.answers(answered([(3, 1), (2, 2)]), **more),
    "trend": lambda **more: charts.trend(years({"ก": [80, 90]}), line=LINE, **more),
    "coverage": lambda **more: charts.coverage(matrix(3, 3), **more),
    "bars": lambda **more: charts.bars(pd.DataFrame({"label": ["ก"], "value": [1]}), of="ข", **more),
    "histogram": lambda **more: charts.histogram(counted([1, 2]), of="คะแนนรวม", **more),
    "heatmap": lambda **more: charts.heatmap(heat(2), **more),
}


@pytest.mark.parametrize("chart", DRAWN.values(), ids=DRAWN)
def test_nothing_outside_given_axes_is_touched(chart: Callable[..., Axes]) -> None:
    """In axes of others a chart draws there only: figure, size, label and other axes stay."""
    figure = Figure(figsize=(9, 4), dpi=100, label="ของผู้วิเคราะห์")
    left, right = figure.subplots(1, 2)
    before = left.get_position().bounds, right.get_position().bounds

    assert chart(ax=right) is right
    assert (left.get_position().bounds, right.get_position().bounds) == before
    assert (list(left.texts), list(left.lines), left.axison) == ([], [], True)
    assert (figure.get_label(), tuple(figure.get_size_inches())) == ("ของผู้วิเคราะห์", (9, 4))
    assert svg_of(figure)


@pytest.mark.parametrize("chart", DRAWN.values(), ids=DRAWN)
def test_same_numbers_give_the_same_picture(chart: Callable[..., Axes]) -> None:
    """A chart of the same table is the same bytes, as wide as the text of a page, and small."""
    svg = svg_of(sheet_of(chart()))

    assert svg == svg_of(sheet_of(chart()))
    assert re.search(r'viewBox="0 0 453\.6 ', svg)
    assert len(svg) < 20_000


# ---------------------------------------------------------------- black and white


def grey(color: Any) -> float:
    """How light a colour is in black-and-white print, 0 to 1."""
    red, green, blue = to_rgb(color)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def areas_of(ax: Axes) -> list[tuple[float, str]]:
    """Lightness and hatching of every kind of area."""
    found = [c for c in ax.collections if isinstance(c, PolyCollection) and c.get_linewidth()[0]]
    return [
        (grey(area.get_facecolor()[0][:3]), area.get_hatch() or "")
        for area in found
        if area.get_zorder() <= 1
    ]


def looks_of(lines: Iterable[Line2D]) -> set[tuple[Any, ...]]:
    """What is left of lines without colour: mark, whether it is filled, dashes and width."""
    return {
        (
            str(line.get_marker()),
            grey(line.get_markerfacecolor()) < 0.5,
            line.get_linestyle(),
            str(line._dash_pattern) if hasattr(line, "_dash_pattern") else "",
            line.get_linewidth(),
        )
        for line in lines
    }


@pytest.mark.parametrize(
    "ax",
    [
        lambda: charts.answers(answered([(1, 1, 1, 1, 1, 1)])),
        lambda: waterfall([3, -1, 2]),
        lambda: charts.heatmap(heat(1)),
    ],
    ids=["answers", "waterfall", "heatmap"],
)
def test_areas_differ_without_colour(ax: Callable[[], Axes]) -> None:
    """Any two kinds of areas differ by hatching or plainly by lightness."""
    areas = areas_of(ax())

    assert len(areas) >= 3
    assert [(a, b) for a, b in combinations(areas, 2) if a[1] == b[1] and abs(a[0] - b[0]) < 0.06] == []


def test_lines_differ_without_colour() -> None:
    """Series differ by mark and dashes, levels by dashes, marks by form or filling."""
    series = years({name: [80, 90] for name in "กขคง"})
    lines = [line for line in charts.trend(series, line=LINE).get_lines() if line.get_label() in "กขคง"]
    profile = charts.profile(scores([90, 80]), line=LINE, levels=LEVELS).get_lines()

    marks = charts.coverage(MATRIX).get_lines()

    assert [len(looks_of(found)) for found in (lines, profile, marks)] == [4, 4, 4]


# ---------------------------------------------------------------- room

HOSTILE = {
    "formula": "ราคา $x_1$ ถึง $y^2$ $",
    "markup": '<b>ตัวหนา</b> & "อ้าง" ]]> <!-- -->',
    "emoji": "ผลงาน 🏆👩‍👩‍👧 ดี\ufe0f",
    "long": LONG,
    "one long word": "ก" * 3000,
    "latin": "x" * 3000,
    "lines": "บรรทัด\nที่สอง\r\nที่สาม\tแท็บ",
    "unseen": "\u202eกลับ\u202c\u200b\x00",
    "empty": "",
    "stacked marks": "ป้ำปั๊มปี๊ฎุฐูญู่",
}
NAMED: dict[str, Callable[[str], Axes]] = {
    "profile": lambda name: charts.profile(scores([80, 90, None], name), line=LINE, levels={name: 95}),
    "radar": lambda name: charts.radar(scores([80, 90, None, 95] + [100] * 6, name), line=LINE),
    "waterfall": lambda name: waterfall([1, 2, 0], name),
    "answers": lambda name: charts.answers(answered([(33, 1, 0, 1, 1, 6)], name)),
    "several answers": lambda name: charts.answers(answered([(9, 1), (3, 2, 5)], name)),
    "trend": lambda name: charts.trend(
        years({name: [80, 90]}), line=LINE, line_label=name, boundaries=[2561]
    ),
    "coverage": lambda name: charts.coverage(matrix(3, 4, name)),
    "bars": lambda name: charts.bars(pd.DataFrame({"label": [name, "ข"], "value": [3, 0]}), of=name),
    "histogram": lambda name: charts.histogram(counted([3, 0]), of=name, levels={name: 80.5}),
    "heatmap": lambda name: charts.heatmap(heat(3, name)),
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("chart", NAMED.values(), ids=NAMED)
def test_hostile_labels_break_no_chart(chart: Callable[[str], Axes], name: str) -> None:
    """Whatever a label holds, the drawing is well-formed, its texts keep apart, and it stays small."""
    ax = chart(name)
    svg = svg_of(sheet_of(ax))

    assert "<svg" in safe_svg(svg, "f", name)
    assert len(svg) < 20_000
    assert_legible(ax)


ROWS = {
    "one": [80.0],
    "ten": [79.64, 95.4, None, 88.125, 100.0, 0.0, 97.2, 85.0, 99.99, 70.5],
    "thirty": [float(70 + row) for row in range(30)],
    "equal": [85.0] * 10,
    "full": [100.0] * 10,
    "nothing": [0.0] * 10,
    "close": [99.1, 99.2, 99.3],
}
SIZED: dict[str, Callable[[Numbers, str], Axes]] = {
    "profile": lambda own, name: charts.profile(scores(own, name), line=LINE, levels=LEVELS),
    "radar": lambda own, name: charts.radar(scores(own, name), line=LINE),
    "waterfall": lambda own, name: waterfall([(v or 0) / 10 / len(own) for v in own], name),
    "answers": lambda own, name: charts.answers(
        answered([(int(v or 0), 100 - int(v or 0), 3) for v in own], name)
    ),
    "trend": lambda own, name: charts.trend(years({name: own, "ข": own}), line=LINE, boundaries=[2560]),
    "series": lambda own, name: charts.trend(
        years({f"{i} {name}": [v, v] for i, v in enumerate(own)}), line=LINE
    ),
    "coverage": lambda own, name: charts.coverage(matrix(len(own), 7, name)),
    "uncovered": lambda own, name: charts.coverage(matrix(len(own), 24, name, covered=False)),
    "bars": lambda own, name: charts.bars(
        pd.DataFrame({"label": labels(len(own), name), "value": own}), of=name
    ),
    "histogram": lambda own, name: charts.histogram(
        counted([int(v or 0) for v in own]), of=name, levels={"เกณฑ์ 85": 85, "ระดับ AA 95": 95}
    ),
    "heatmap": lambda own, name: charts.heatmap(heat(len(own), name)),
    "funnel": lambda own, _: funnel([v or 0.0 for v in own], 12),
}


@pytest.mark.parametrize("name", ["ข้อ", "การใช้ทรัพย์สินของราชการ", LONG], ids=["short", "usual", "long"])
@pytest.mark.parametrize("values", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("chart", SIZED.values(), ids=SIZED)
def test_every_text_has_room(chart: Callable[[Numbers, str], Axes], values: Numbers, name: str) -> None:
    """However many rows and however long their labels, no text leaves the sheet or covers another."""
    assert_legible(chart(values, name))


@settings(max_examples=8, deadline=None)
@given(st.lists(st.none() | st.floats(0, 100), min_size=10, max_size=10).filter(any))
def test_scores_of_any_size_keep_their_labels_apart(values: list[float | None]) -> None:
    """Whatever the scores, no label of profile, radar, waterfall or histogram covers another."""
    for name in ("profile", "radar", "waterfall", "histogram"):
        assert_legible(SIZED[name](values, "การใช้ทรัพย์สินของราชการ"))


@settings(max_examples=12, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=60), st.integers(0, 12))
def test_any_funnel_is_legible(values: list[float], outside: int) -> None:
    """Whatever the scores, no number of the funnel covers another text or leaves the sheet."""
    assert_legible(funnel(values, outside))


@pytest.mark.parametrize("count", range(3, 16))
def test_any_number_of_spokes(count: int) -> None:
    """From three indicators upwards, the labels of a radar keep apart."""
    assert_legible(SIZED["radar"]([float(80 + spoke) for spoke in range(count)], "การใช้ทรัพย์สินของราชการ"))


# ---------------------------------------------------------------- the pieces


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(1, 20)), min_size=1, max_size=8))
def test_spread_labels_keep_apart(found: list[tuple[float, float]]) -> None:
    """Spread labels do not overlap, keep their order, and stay inside where there is room."""
    centres, sizes = [c for c, _ in found], [s for _, s in found]
    places = spread(centres, sizes, 0, 100)
    order = sorted(range(len(places)), key=lambda i: (centres[i], i))

    for before, after in pairwise(order):
        assert places[after] - places[before] >= (sizes[before] + sizes[after]) / 2 - 1e-9
    assert places[order[0]] - sizes[order[0]] / 2 >= -1e-9
    assert places[order[-1]] + sizes[order[-1]] / 2 <= max(100, sum(sizes)) + 1e-9


@pytest.mark.parametrize(
    ("lowest", "low", "ticks"),
    [
        (94.18, 94, 7),
        (99.99, 99, 2),
        (100, 99, 2),
        (86.5, 86, 8),
        (72.1, 70, 7),
        (Fraction(60), 60, 5),
        (3, 0, 6),
        (-2, 0, 6),
    ],
)
def test_axis_begins_below_the_lowest_score(lowest: float, low: int, ticks: int) -> None:
    """An axis begins at a tick at or below the lowest score, ends at 100, and has few ticks."""
    found = score_ticks(lowest)

    assert (found[0], found[-1], len(found)) == (low, 100, ticks)


@pytest.mark.parametrize("text", [LONG, "การใช้ทรัพย์สินของราชการ", "x" * 400, "", " "])
@pytest.mark.parametrize("most", [20.0, 60.0, 200.0])
def test_wrapped_lines_fit(text: str, most: float) -> None:
    """No line of a wrapped label is wider than its room, and there are no more lines than allowed."""
    lines = wrapped(text, most, 9.5, 2).split("\n")

    assert len(lines) <= 2
    assert max(width(line, 9.5) for line in lines) <= most


@pytest.mark.parametrize(("most", "lines"), [(2, "การใช้ทรัพย์สินของ\nราชการ"), (1, "การใช้ทรัพย์สินของ…")])
def test_lines_end_between_words(most: int, lines: str) -> None:
    """A label is broken between words, and what is left out is marked."""
    assert wrapped("การใช้ทรัพย์สินของราชการ", 90, 9.5, most) == lines


def test_room_is_kept_for_digits_of_either_kind() -> None:
    """Digits are written in Thai or Arabic later: a number is as wide in both."""
    assert width("95.40") == width("๙๕.๔๐") > 0
