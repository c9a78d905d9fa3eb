"""Drawings on a page: their shape, and their words apart from their lines."""

from __future__ import annotations

import pytest

from ita_nb.document.charts.canvas import Canvas
from ita_nb.document.drawings import size_of, words_apart

TEXTS = ("คะแนนรวม 94.18", 'a < b & "c"', "<script>alert(1)</script>", "กำลัง\nสองบรรทัด", "$x$")


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('<svg viewBox="0 0 90 30">', (90, 30)),
        ("<svg viewBox='0,0,90.5,30'>", (90.5, 30)),
        ('<svg width="12pt" height="6pt">', (12, 6)),
        ('<svg height="6" width="12" viewBox="0 0 90 30">', (90, 30)),
        ("<svg>", None),
        ('<svg width="12">', None),
        ('<svg width="0" height="5">', None),
        ('<svg viewBox="0 0 1.2.3 4">', None),
        ('<svg stroke-width="2" height="5">', None),
        ("no drawing", None),
    ],
)
def test_size(tag: str, expected: tuple[float, float] | None) -> None:
    """The size is that of the view box, else that of the sides, else unknown."""
    assert size_of(tag) == expected


def drawn(*texts: str) -> str:
    """Return a chart's sheet with these texts."""
    canvas = Canvas("arabic")
    for number, text in enumerate(texts):
        canvas.text((20, 20 + 30 * number), text, bold=number % 2 == 1, color="#b4451f")
    return canvas.drawing(200).svg


@pytest.mark.parametrize("text", TEXTS)
def test_words_are_those_that_were_drawn(text: str) -> None:
    """Every line of text comes back as it was written."""
    _, words = words_apart(drawn(text))
    assert "\n".join(word.text for word in words) == text


def test_outlines_of_words_are_gone() -> None:
    """What is left holds no outline of a letter in use."""
    rest, _ = words_apart(drawn(*TEXTS))
    assert "<use" not in rest


def test_looks_of_words_are_kept() -> None:
    """Size, weight and colour come with the words."""
    _, words = words_apart(drawn("ก", "ข"))
    assert [(word.bold, word.color) for word in words] == [(False, "#b4451f"), (True, "#b4451f")]


def test_other_drawings_are_left_alone() -> None:
    """A drawing that spells nothing stays as it is, to the byte."""
    svg = '<svg viewBox="0 0 9 9"><g transform="translate(1 1)"><use href="#a"/></g></svg>'
    assert words_apart(svg) == (svg, ())
