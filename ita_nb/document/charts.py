"""Charts as SVG with text as paths, in the bundled Thai font; legible in black-and-white print."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from functools import cache
from typing import Any, Literal

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure

from ita_nb.document import fonts
from ita_nb.thai import Digits, in_digits, number_text, words

INK, MUTED, GRID = "#1f2933", "#52606d", "#cbd2d9"
FULL_BAR, WEAK_BAR = "#2f5d8a", "#b4451f"
_WIDTH = 6.3  # inches: the text width of an A4 page


@cache
def _style() -> Any:  # matplotlib types the keys one by one
    for path in (fonts.REGULAR, fonts.BOLD):
        font_manager.fontManager.addfont(str(path))
    return {
        "font.family": fonts.FAMILY,
        "font.size": 10,
        "svg.fonttype": "path",
        "svg.hashsalt": "ita-nb",  # the same chart gives the same bytes
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": INK,
        "hatch.linewidth": 0.6,
        "text.parse_math": False,  # "$" in a text is a dollar sign; mathtext would misplace Thai marks
    }


def _context() -> AbstractContextManager[None]:
    return mpl.rc_context(_style())


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None}, bbox_inches="tight", pad_inches=0.04)
    return buffer.getvalue()


def wrapped(text: str, characters: int) -> str:
    """Break a label between words after about ``characters``; matplotlib does not wrap Thai itself."""
    lines = [""]
    for word in words(text):
        if len(lines[-1]) + len(word) > characters and lines[-1].strip():
            lines.append("")
        lines[-1] += word if lines[-1] or not word.isspace() else ""
    return "\n".join(line.rstrip() for line in lines)


def indicator_chart(
    labels: Sequence[str], scores: Sequence[float | None], pass_score: float, digits: Digits
) -> str:
    """Bars of the indicators (0-100) against the pass score; bars under it differ by hatching too."""
    with _context():
        figure = Figure(figsize=(_WIDTH, 0.36 * len(labels) + 0.7))
        axes = figure.add_subplot()
        rows = range(len(labels))
        for row, score in zip(rows, scores, strict=True):
            if score is None:
                axes.text(1, row, "ไม่มีข้อมูล", va="center", color=MUTED)
                continue
            weak = score < pass_score
            axes.barh(
                row,
                score,
                height=0.62,
                color=WEAK_BAR if weak else FULL_BAR,
                hatch="///" if weak else None,
                edgecolor="white",
            )
            text = in_digits(number_text(score), digits)
            # The white ground keeps the line of the pass score from crossing a number.
            ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
            axes.text(score + 0.9, row, text, va="center", ha="left", fontweight="bold", bbox=ground)
        axes.axvline(pass_score, color=INK, linewidth=1.2, linestyle="--")
        axes.text(
            pass_score,
            -0.85,
            in_digits(f"เกณฑ์ {number_text(pass_score, 0)}", digits),
            ha="center",
            va="bottom",
            fontsize=9,
        )
        axes.set_yticks(list(rows), [in_digits(wrapped(label, 40), digits) for label in labels])
        _bar_axes(axes, 112, [0, 20, 40, 60, 80, 100], digits)
        axes.set_ylim(len(labels) - 0.4, -0.9)
        return _svg(figure)


def loss_chart(labels: Sequence[str], losses: Sequence[Fraction], digits: Digits) -> str:
    """Bars of the points of the total that each indicator lost."""
    with _context():
        figure = Figure(figsize=(_WIDTH, 0.36 * len(labels) + 0.55))
        axes = figure.add_subplot()
        # The numbers are printed from the exact values, as in the table.
        most = max([*map(float, losses), 0.01])
        for row, exact in enumerate(losses):
            loss = float(exact)
            axes.barh(row, loss, height=0.62, color=WEAK_BAR if loss == most else FULL_BAR, edgecolor="white")
            text = in_digits(number_text(exact), digits)
            axes.text(loss + most * 0.012, row, text, va="center", ha="left", fontweight="bold")
        axes.set_yticks(range(len(labels)), [in_digits(wrapped(label, 40), digits) for label in labels])
        axes.set_xlabel("คะแนนรวมที่เสียไป (คะแนน)")
        _bar_axes(axes, most * 1.14, None, digits)
        axes.set_ylim(len(labels) - 0.4, -0.6)
        return _svg(figure)


def distribution_chart(
    options: Sequence[str], shares: Sequence[float], counts: Sequence[int] | None, digits: Digits
) -> str:
    """Bars of the answer shares (percent), with the number of people where it is known."""
    with _context():
        figure = Figure(figsize=(_WIDTH, 0.34 * len(options) + 0.55))
        axes = figure.add_subplot()
        for row, share in enumerate(shares):
            axes.barh(row, share, height=0.62, color=FULL_BAR, edgecolor="white")
            people = f" ({counts[row]} คน)" if counts is not None else ""
            text = in_digits(f"{number_text(share)}%{people}", digits)
            axes.text(share + 1, row, text, va="center", ha="left")
        axes.set_yticks(range(len(options)), list(options))
        axes.set_xlabel("ร้อยละของผู้ตอบ")
        _bar_axes(axes, 118, [0, 20, 40, 60, 80, 100], digits)
        axes.set_ylim(len(options) - 0.4, -0.6)
        return _svg(figure)


def _line_style(color: str, marker: str, line: Any, face: str, width: float = 1.2) -> dict[str, Any]:
    return {
        "color": color,
        "marker": marker,
        "linestyle": line,
        "markerfacecolor": face,
        "linewidth": width,
        "markersize": 6,
        "clip_on": False,  # a marker at 100 stands on the edge
        "zorder": 3,
    }


# Marker and line of each series tell them apart without colour.
_SERIES = (
    _line_style(INK, "o", "-", INK, 2.0),
    _line_style(FULL_BAR, "s", "-", "white"),
    _line_style(WEAK_BAR, "^", (0, (5, 1.5)), WEAK_BAR),
    _line_style(MUTED, "D", (0, (1.5, 1.2)), "white"),
)


def trend_chart(
    years: Sequence[int],
    series: Sequence[tuple[str, Sequence[float | None]]],
    boundaries: Sequence[int],
    pass_score: float,
    digits: Digits,
) -> str:
    """Lines of the scores over the years; no line crosses the dashed line that stands before a boundary year.

    The scores of the first series are printed under the years.
    """
    with _context():
        figure = Figure(figsize=(_WIDTH, 3.1))
        axes = figure.add_subplot()
        # Each series a little to the side of the next, so that equal scores do not hide each other.
        step = 0.016 * (max(years) - min(years) + 1)
        for number, (name, scores) in enumerate(series):
            shift = step * (number - (len(series) - 1) / 2)
            stretches = _stretches(years, scores, boundaries)
            for stretch in stretches:
                axes.plot(
                    [year + shift for year, _ in stretch],
                    [score for _, score in stretch],
                    label=name if stretch is stretches[0] else None,
                    **_SERIES[number % len(_SERIES)],
                )
        dashes: dict[str, Any] = {"color": INK, "linewidth": 1.0, "linestyle": (0, (6, 4))}
        for year in boundaries:
            before = max((y for y in years if y < year), default=year - 1)
            axes.axvline((before + year) / 2, **dashes)
        if boundaries:
            axes.plot([], [], label="มีรายการที่เทียบข้ามเส้นไม่ได้", **dashes)
        _trend_axes(axes, years, series, pass_score, digits)
        return _svg(figure)


def _stretches(
    years: Sequence[int], scores: Sequence[float | None], boundaries: Sequence[int]
) -> list[list[tuple[int, float]]]:
    """Cut a series where its line must end: before a boundary year, and where a score is missing."""
    stretches: list[list[tuple[int, float]]] = [[]]
    for year, score in zip(years, scores, strict=True):
        if score is None or year in boundaries:
            stretches.append([])
        if score is not None:
            stretches[-1].append((year, score))
    return [stretch for stretch in stretches if stretch]


def _trend_axes(
    axes: Any,
    years: Sequence[int],
    series: Sequence[tuple[str, Sequence[float | None]]],
    pass_score: float,
    digits: Digits,
) -> None:
    lowest = min([pass_score, *(v for _, own in series for v in own if v is not None)])
    bottom = max(0, 10 * math.floor((lowest - 5) / 10))
    axes.set_xlim(min(years) - 0.5, max(years) + 0.5)
    axes.set_ylim(bottom, 100)
    axes.set_yticks(range(bottom, 101, 5 if bottom >= 60 else 10 if bottom >= 20 else 20))
    axes.yaxis.set_major_formatter(lambda value, _: in_digits(f"{value:g}", digits))
    for label in axes.get_yticklabels():
        label.set_verticalalignment("center")  # Thai digits have no baseline to centre on
    axes.set_ylabel("คะแนน")
    name, first = series[0]
    under = [f"{year}\n{'-' if v is None else number_text(v)}" for year, v in zip(years, first, strict=True)]
    axes.set_xticks(list(years), [in_digits(label, digits) for label in under], color=INK)
    axes.set_xlabel(f"ปีงบประมาณ พ.ศ. (บรรทัดล่าง: {name})")
    axes.axhline(pass_score, color=INK, linewidth=1.2, linestyle=":")
    axes.text(
        1.01,
        pass_score,
        in_digits(f"เกณฑ์ {number_text(pass_score, 0)}", digits),
        transform=axes.get_yaxis_transform(),
        va="center",
        fontsize=9,
    )
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.02, 1.02), ncols=5, frameon=False, fontsize=9, handlelength=2.6
    )
    _plain_axes(axes, "y", ("top", "right"))


def _bar_axes(axes: Any, right: float, ticks: Sequence[float] | None, digits: Digits) -> None:
    axes.set_xlim(0, right)
    if ticks is not None:
        axes.set_xticks(list(ticks))
    axes.xaxis.set_major_formatter(lambda value, _: in_digits(f"{value:g}", digits))
    _plain_axes(axes, "x", ("top", "right", "left"))


def _plain_axes(axes: Any, grid: Literal["x", "y"], without: Sequence[str]) -> None:
    axes.grid(visible=True, axis=grid, color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in without:
        axes.spines[side].set_visible(False)
