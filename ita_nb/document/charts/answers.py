"""The answers to questions as bars of 100 percent, from the best answer to the worst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from ita_nb.document.charts.canvas import Canvas, Drawing
from ita_nb.document.charts.style import (
    FULL_BAR,
    INK,
    MUTED,
    SMALL,
    WEAK_BAR,
    WHITE,
    WIDTH,
    Fill,
)
from ita_nb.thai import Digits, number_text

# From the best answer to the worst: darkness falls, then hatching grows denser.
FILLS = (
    Fill(FULL_BAR),
    Fill("#86a8c8"),
    Fill("#d9e3ec"),
    Fill(WHITE, (1,), MUTED, 5.0),
    Fill("#f3ddd3", (-1,), WEAK_BAR, 3.6),
    Fill(WHITE, (1, -1), WEAK_BAR, 2.8),
)
_LABELS = 168.0
_SWATCH = 17.0
_COLUMNS = 3


@dataclass(frozen=True)
class Share:
    """An answer: its name, its share (percent) and, where it is known, how many people gave it."""

    option: str
    share: Fraction
    count: int | None = None

    @property
    def in_words(self) -> str:
        """``มาก 2.38% (1 คน)``."""
        people = "" if self.count is None else f" ({self.count} คน)"
        return f"{self.option} {number_text(self.share)}%{people}"


@dataclass(frozen=True)
class Bar:
    """The answers to one question, the best first."""

    label: str
    shares: tuple[Share, ...]

    @property
    def options(self) -> tuple[str, ...]:
        """The names of the answers."""
        return tuple(share.option for share in self.shares)


def answers_chart(bar: Bar, digits: Digits) -> Drawing:
    """Draw the answers to one question; every share stands in the legend, however small its piece."""
    canvas = Canvas(digits)
    counts = [share.count for share in bar.shares if share.count is not None]
    people = f" {sum(counts)} คน" if counts else ""
    what = f"ร้อยละของผู้ตอบ{people}"
    canvas.text((WIDTH, 8), what, anchor="end", size=SMALL, color=MUTED)
    room = WIDTH - canvas.width(what, SMALL) - 12
    canvas.text((0, 8), canvas.wrapped(bar.label, room, SMALL, lines=1), size=SMALL)
    _draw_bar(canvas, bar, 0.5, 17, WIDTH - 1, 24)
    return canvas.drawing(_draw_options(canvas, [share.in_words for share in bar.shares], 53))


def topic_answers_chart(bars: Sequence[Bar], digits: Digits) -> Drawing:
    """Draw one bar a question; questions with the same answers share a legend and follow one another."""
    canvas = Canvas(digits)
    lines, pitch = (2, 27.0) if len(bars) <= 8 else (1, 16.0)
    y = 2.0
    for options, members in groupby(sorted(bars, key=lambda bar: bar.options), key=lambda bar: bar.options):
        for bar in members:
            label = canvas.wrapped(bar.label, _LABELS - 8, SMALL, lines=lines)
            canvas.text((0, y + pitch / 2), label, size=SMALL)
            _draw_bar(canvas, bar, _LABELS, y + 2, WIDTH - _LABELS - 0.5, pitch - 5)
            y += pitch
        y = _draw_options(canvas, options, y + 9) + 4
    return canvas.drawing(y - 4)


def _fill(place: int, count: int) -> Fill:
    """Spread the fills over the answers, so that the best and the worst always look alike."""
    return FILLS[round(place * (len(FILLS) - 1) / max(1, count - 1))]


def _draw_bar(canvas: Canvas, bar: Bar, left: float, top: float, width: float, height: float) -> None:
    whole = sum((share.share for share in bar.shares), Fraction(0))
    x = left
    for place, share in enumerate(bar.shares):
        piece = float(share.share / whole) * width if whole else 0.0
        if piece:
            fill = _fill(place, len(bar.shares))
            canvas.rect(x, top, piece, height, fill)
            text = f"{number_text(share.share)}%"
            if canvas.width(text, SMALL) + 6 <= piece:
                color = WHITE if fill == FILLS[0] else INK
                middle = (x + piece / 2, top + height / 2)
                canvas.text(middle, text, anchor="middle", size=SMALL, color=color, ground=bool(fill.hatch))
        x += piece


def _draw_options(canvas: Canvas, meanings: Sequence[str], top: float) -> float:
    """Draw what each fill means, in columns read line by line; return where that ends."""
    widest = max(canvas.width(meaning, SMALL) for meaning in meanings) + _SWATCH + 8
    columns = max(1, min(_COLUMNS, int(WIDTH // widest)))
    for place, meaning in enumerate(meanings):
        x, y = place % columns * WIDTH / columns, top + place // columns * 13
        canvas.rect(x + 0.5, y - 4, 12, 8, _fill(place, len(meanings)))
        canvas.text((x + _SWATCH, y), canvas.wrapped(meaning, WIDTH - _SWATCH, SMALL, lines=1), size=SMALL)
    return top + (len(meanings) - 1) // columns * 13 + 8
