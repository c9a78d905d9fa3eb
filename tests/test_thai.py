"""Thai digits, numbers, dates and word boundaries."""

from __future__ import annotations

import datetime as dt
import gc
import importlib.util
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ita_nb.thai import (
    OFFICIAL_TERMS,
    Digits,
    duration_th,
    in_digits,
    long_date,
    number_text,
    parse_number,
    revealed,
    to_arabic_digits,
    to_buddhist_year,
    to_common_year,
    to_thai_digits,
    visible,
    words,
)

# ------------------------------------------------------------------------------------------ digits


@pytest.mark.parametrize(
    ("arabic", "thai"),
    [
        ("0123456789", "๐๑๒๓๔๕๖๗๘๙"),
        ("95.40", "๙๕.๔๐"),
        ("ข้อ i10 ได้ 81.90", "ข้อ i๑๐ ได้ ๘๑.๙๐"),
        ("ไม่มีตัวเลข", "ไม่มีตัวเลข"),
        ("", ""),
    ],
)
def test_digits_go_both_ways(arabic: str, thai: str) -> None:
    """Thai and Arabic digits are exchanged one for one and nothing else changes."""
    assert to_thai_digits(arabic) == thai
    assert to_arabic_digits(thai) == arabic


VERBATIM = (
    "https://www.example.go.th/2568/o13.pdf?id=7",
    "www.example.go.th/2568",
    "saraban_06390101@dla.go.th",
    "1f2e3d4c5b6a",
    "0dc61a0e",
)


@pytest.mark.parametrize(
    ("text", "digits", "printed"),
    [
        *((f"ข้อ 13 {text} ปี 2568", "thai", f"ข้อ ๑๓ {text} ปี ๒๕๖๘") for text in VERBATIM),
        # another digit would be another page
        ("https://example.go.th/ประกาศ๑ ข้อ ๑๓", "arabic", "https://example.go.th/ประกาศ๑ ข้อ 13"),
    ],
)
def test_addresses_and_fingerprints_keep_their_digits(text: str, digits: Digits, printed: str) -> None:
    """What is to be copied, not read, keeps its digits between numbers that change."""
    assert in_digits(text, digits) == printed


@given(st.text())
def test_choosing_digits_twice_changes_nothing_more(text: str) -> None:
    """A text already in the chosen digits stays as it is."""
    once = in_digits(text, "thai")
    assert in_digits(once, "thai") == once


# ----------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("95.40", Fraction("95.4")),
        ("๙๕.๔๐", Fraction("95.4")),
        ("๙5.4๐", Fraction("95.4")),
        (" 100 ", Fraction(100)),
        ("-2.38", Fraction("-2.38")),
        ("+3", Fraction(3)),
        ("0", Fraction(0)),
        ("", None),
        (".", None),
        ("5.", None),
        (".5", None),
        ("1,250", Fraction(1250)),
        ("๑,๒๕๐", Fraction(1250)),
        ("-12,345,678.50", Fraction("-12345678.5")),
        ("95,40", None),
        ("1,25", None),
        ("1,2500", None),
        ("1250,000", None),
        ("1,250,00", None),
        ("0,125", None),
        (",250", None),
        ("1,,250", None),
        ("1,250,", None),
        ("1, 250", None),
        ("1.250,000", None),
        ("95.40%", None),
        ("9 5", None),
        ("1e2", None),
        ("1/2", None),
        ("0x10", None),
        ("1_000", None),
        ("--5", None),
        ("95.4.0", None),
        ("nan", None),
        ("inf", None),
        ("½", None),
        ("เก้าสิบห้า", None),
        ("__import__('os')", None),
    ],
)
def test_a_number_is_read_exactly_or_not_at_all(text: str, value: Fraction | None) -> None:
    """A text that is one plain number gives exactly that number, any other text gives none."""
    assert parse_number(text) == value


@given(st.text(max_size=30))
@example("9" * 5000)
def test_reading_a_number_never_fails(text: str) -> None:
    """Any text is either a number or none, a cell filled with digits too."""
    assert isinstance(parse_number(text), Fraction | None)


@given(
    st.decimals(min_value=-1000, max_value=1000, places=4).map(lambda value: (f"{value:f}", value))
    | st.integers(-(10**12), 10**12).map(lambda value: (f"{value:,}", value))
)
def test_a_printed_number_reads_back_in_both_digits(printed: tuple[str, Decimal | int]) -> None:
    """A number in Arabic or Thai digits, its thousands parted or not, is read as the same exact number."""
    text, value = printed
    assert parse_number(text) == parse_number(to_thai_digits(text)) == Fraction(value)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (Fraction("0.125"), 2, "0.13"),
        (0.125, 2, "0.13"),
        (Decimal("2.675"), 2, "2.68"),
        (Fraction("2.675"), 2, "2.68"),
        (Fraction("0.124999"), 2, "0.12"),
        (Fraction("90.375"), 2, "90.38"),
        (Fraction("96.9833"), 2, "96.98"),
        (Fraction(2, 3), 2, "0.67"),
        (Fraction(1, 3), 4, "0.3333"),
        (Fraction("94.18056"), 4, "94.1806"),
        (Fraction(100), 2, "100.00"),
        (Fraction("99.995"), 2, "100.00"),
        (Fraction("0.5"), 0, "1"),
        (Fraction("1.5"), 0, "2"),
        (Fraction("2.5"), 0, "3"),
        (Fraction(0), 2, "0.00"),
        (Fraction("-0.125"), 2, "-0.13"),
        (Fraction("-2.384"), 2, "-2.38"),
        (Fraction("-0.001"), 2, "0.00"),
        (Fraction(125, 1000) - Fraction(1, 10**40), 2, "0.12"),
        (Fraction(1, 3), 30, "0." + "3" * 30),
        (Fraction(10**40), 2, str(10**40) + ".00"),
        # what binary arithmetic leaves in the last digits does not turn a half down
        (66.705, 2, "66.71"),
        (66.70499999999998, 2, "66.71"),
        (66.10499999999999, 2, "66.11"),
        (-0.12499999999999999, 2, "-0.13"),
    ],
)
def test_numbers_round_half_up_for_the_eye(
    value: Fraction | Decimal | float, decimals: int, text: str
) -> None:
    """A half goes away from zero, anything less goes back, and no nothing is negative."""
    assert number_text(value, decimals) == text


@given(st.fractions(min_value=-1000, max_value=1000))
@example(Fraction(125, 1000) - Fraction(1, 10**40))
def test_rounding_moves_a_number_by_half_a_unit_at_most(value: Fraction) -> None:
    """What is printed lies within half a hundredth of the number."""
    assert abs(Fraction(number_text(value)) - value) <= Fraction("0.005")


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=40))
def test_a_mean_of_printed_floats_is_printed_as_the_exact_mean(hundredths: list[int]) -> None:
    """Sums and means of scores with two decimals print as the exact ones do."""
    floats = [number / 100 for number in hundredths]
    exact = Fraction(sum(hundredths), 100)
    assert number_text(sum(floats)) == number_text(exact)
    assert number_text(sum(floats) / len(floats)) == number_text(exact / len(floats))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("i\u200b10", "i[ZERO WIDTH SPACE]10"),
        ("\ufeffi10", "[ZERO WIDTH NO-BREAK SPACE]i10"),
        ("i\u00a010", "i[NO-BREAK SPACE]10"),
        ("i\u00ad10", "i[SOFT HYPHEN]10"),
        ("i10\u0007", "i10[U+0007]"),
        ("ข้อ i10 น้ำ", "ข้อ i10 น้ำ"),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, shown: str) -> None:
    """Characters without a picture stand by their names, everything else as it is."""
    assert revealed(text) == shown


@given(st.fractions(min_value=0, max_value=100), st.fractions(min_value=0, max_value=100))
def test_rounding_keeps_the_order(one: Fraction, other: Fraction) -> None:
    """The greater of two numbers is never printed as the smaller one."""
    low, high = sorted((one, other))
    assert Fraction(number_text(low)) <= Fraction(number_text(high))


# ------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (dt.date(2025, 10, 1), "1 ตุลาคม 2568"),
        (dt.date(2026, 9, 30), "30 กันยายน 2569"),
        (dt.date(2024, 2, 29), "29 กุมภาพันธ์ 2567"),
        (dt.date(2026, 1, 5), "5 มกราคม 2569"),
    ],
)
def test_a_long_date_is_thai_and_buddhist(day: dt.date, text: str) -> None:
    """A date is written with the Thai month and the Buddhist year."""
    assert long_date(day) == text


@given(st.integers(min_value=1, max_value=3000))
def test_years_go_both_ways(year: int) -> None:
    """Buddhist and Common Era years are 543 apart."""
    assert to_common_year(to_buddhist_year(year)) == year == to_buddhist_year(year) - 543


# ------------------------------------------------------------------------------------ what is seen


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("หนึ่ง\u200bสอง", "หนึ่งสอง"),
        ("ab\u202edc", "abdc"),
        ("a\x00b\x1bc", "abc"),
        ("a\tb", "a b"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("น้ำ กำ ฯลฯ", "น้ำ กำ ฯลฯ"),
    ],
)
def test_invisible_characters_are_left_out(text: str, seen: str) -> None:
    """Characters that cannot be seen are dropped and lines stay lines."""
    assert visible(text) == seen


# ------------------------------------------------------------------------------------------- words


TEXTS = st.text() | st.text(alphabet="กขคงจชดตนบปมยรลวสหอะาำิีุู่้์เแโใไๆฯ๐๑๒ 19.%abo-,", max_size=60)


@settings(max_examples=150)
@given(TEXTS, st.text(alphabet="กนมาเ ", max_size=8))
@example("น้ำท่วมที่กำแพง  สองช่อง\nบรรทัดใหม่ o27, 95.40% ฯลฯ", "กำแพง")
@example("", "")
def test_words_joined_are_the_text(text: str, name: str) -> None:
    """Cutting into words loses and adds nothing, whatever the text, with a name to keep whole or without."""
    assert "".join(words(text)) == "".join(words(text, (name,))) == text


@pytest.mark.parametrize(
    ("before", "whole", "after", "names"),
    [
        *(("การพัฒนา", term, "ของหน่วยงาน", ()) for term in OFFICIAL_TERMS),
        *(("ข้อ ", run, " ของหน่วยงาน", ()) for run in ("o27", "95.40%", "๙๕.๔๐", "2568/1", "i10", "ITA")),
        *(
            ("ผลของ", name, "อำเภอเมือง", (name,))
            # also with characters that mean something to a pattern
            for name in ("หันนางาม", "องค์การบริหารส่วนตำบลหันนางาม", "ศรีบุญเรือง", "ก.(ข)+[ค]*")
        ),
        ("ตำบล", "บ้านใหม่พัฒนา", "อำเภอเมือง", ("บ้านใหม่", "บ้านใหม่พัฒนา")),  # the longer name wins
    ],
)
def test_terms_names_and_codes_are_kept_whole(
    before: str, whole: str, after: str, names: tuple[str, ...]
) -> None:
    """Official terms, codes, numbers and given names are one word in the middle of a sentence."""
    assert whole in words(f"{before}{whole}{after}", names)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.1, "1 วินาที"), (89, "89 วินาที"), (91, "2 นาที"), (5400, "1 ชั่วโมง 30 นาที"), (7200, "2 ชั่วโมง")],
)
def test_durations_are_no_more_exact_than_known(seconds: float, text: str) -> None:
    """Seconds up to a minute and a half, minutes up to an hour and a half, then hours and minutes."""
    assert duration_th(seconds) == text


@pytest.mark.parametrize("collects", [True, False], ids=["on", "off"])
def test_loading_the_words_leaves_the_collector_as_it_was(collects: bool) -> None:
    """Whoever has switched the garbage collector off finds it off after the first text was cut."""
    spec = importlib.util.find_spec("ita_nb.thai")
    assert spec
    assert spec.loader
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    (gc.enable if collects else gc.disable)()
    try:
        fresh.words("กรุงเทพ")
        assert gc.isenabled() is collects
    finally:
        gc.enable()
