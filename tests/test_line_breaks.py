"""Where a line may end: between units, and nowhere else."""

from __future__ import annotations

import pytest

from ita_nb.document.line_breaks import FITS_A_NARROW_COLUMN, Unit, units

AGENCY = "องค์การบริหารส่วนตำบลหนองหว้า"


def texts(parts: list[Unit]) -> list[str]:
    """Return the units' texts, without their parts."""
    return [part if isinstance(part, str) else str(part[0]) for part in parts]


def leaves(unit: Unit) -> list[str]:
    """Return the smallest parts of a unit, in order."""
    if isinstance(unit, str):
        return [unit]
    return [leaf for part in unit[1] for leaf in ([part] if part == unit[0] else leaves(part))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ขั้นตอนต่าง ๆ ของ", ["ขั้นตอน", "ต่าง ๆ", " ", "ของ"]),
        ("เด็กเด็ก ๆ", ["เด็ก", "เด็ก ๆ"]),
        ("กรุงเทพฯ ดี", ["กรุงเทพฯ", " ", "ดี"]),
        ("คู่มือ ฯลฯ", ["คู่มือ ฯลฯ"]),
        ("(ร่าง) แผน", ["(ร่าง)", " ", "แผน"]),
        ("คำ “แผน” นี้", ["คำ", " ", "“แผน”", " ", "นี้"]),
        ('คำ "แผน" นี้', ["คำ", " ", '"แผน"', " ", "นี้"]),
        ("ร้อยละ ๙๕.๒๓% ลด", ["ร้อยละ", " ", "๙๕.๒๓%", " ", "ลด"]),
        ("ลดลง -5.2 จุด", ["ลดลง", " ", "-5.2", " ", "จุด"]),
        ("และ/หรือ", ["และ/", "หรือ"]),
        ("๑ ต.ค. ๒๕๖๘ – ๓๐ กันยายน พ.ศ. ๒๕๖๙", ["๑ ต.ค. ๒๕๖๘", " ", "–", " ", "๓๐ กันยายน พ.ศ. ๒๕๖๙"]),
        ("ปี พ.ศ. 2568", ["ปี", " ", "พ.ศ. 2568"]),
        ("ดู https://www.a.go.th/o1", ["ดู", " ", "https://www.a.go.th/o1"]),
        (f"ของ{AGENCY}ได้", ["ของ", AGENCY, "ได้"]),
        ("  แผน   งาน ", ["แผน", " ", "งาน"]),
        ("   ", []),
        ("", []),
        ("ๆ", ["ๆ"]),
    ],
)
def test_units(text: str, expected: list[str]) -> None:
    """Signs stay with their word, dates and names are whole, white space is one space."""
    assert texts(units(text, (AGENCY,))) == expected


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (AGENCY, ["องค์การ", "บริหาร", "ส่วน", "ตำบล", "หนอง", "หว้า"]),
        ("https://www.a.go.th/o1-x", ["https", "://", "www.", "a.", "go.", "th/", "o1-", "x"]),
        ("?" * 9, ["?"] * 9),
        ("a" * 9, ["a"] * 9),
    ],
)
def test_parts(unit: str, expected: list[str]) -> None:
    """What fits no column is broken where it hurts least."""
    assert [leaf for part in units(unit, (AGENCY,)) for leaf in leaves(part)] == expected


def test_parts_in_narrow_columns() -> None:
    """For a narrow column even an ordinary word carries its syllables."""
    (unit,) = units("บริหาร", (), FITS_A_NARROW_COLUMN)
    assert leaves(unit) == ["บริ", "หาร"]


@pytest.mark.parametrize("text", [AGENCY, "น้ำ" * 1000, "x" * 3000, "😀<b>#a\\", "กิ๊กก๊อก(ๆ)ฯ"])
def test_nothing_is_lost(text: str) -> None:
    """Joined, the smallest parts are the text again."""
    assert "".join(leaf for unit in units(text, ()) for leaf in leaves(unit)) == text
