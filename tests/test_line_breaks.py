"""Where a line may end: between units, and nowhere else."""

from __future__ import annotations

import pytest

from ita_nb.document.lines import Unit, parts, units

AGENCY = "องค์การบริหารส่วนตำบลหนองหว้า"


def texts(found: tuple[Unit, ...]) -> list[str]:
    """Return the units' texts."""
    return ["".join(unit) for unit in found]


def leaves(unit: Unit) -> list[str]:
    """Return the smallest parts of a unit, in order."""
    smaller = parts(unit)
    return texts(smaller) if len(smaller) == 1 else [leaf for part in smaller for leaf in leaves(part)]


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
        ("ร้อยละ ๙๕.๒๓% ลด", ["ร้อยละ ๙๕.๒๓%", " ", "ลด"]),
        ("ส่วนที่ ๓ มาตรการ", ["ส่วนที่ ๓", " ", "มาตรการ"]),
        ("ได้ ๘๑.๙๐ คะแนน", ["ได้", " ", "๘๑.๙๐ คะแนน"]),
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
    ("text", "expected"),
    [
        (AGENCY, ["องค์การบริหารส่วนตำบล", "หนอง", "หว้า"]),
        ("องค์การบริหารส่วนตำบล", ["องค์การ", "บริหาร", "ส่วน", "ตำบล"]),
        ("www.a.go.th/o1-x", ["www.", "a.", "go.", "th/", "o1-", "x"]),
        ("บริหาร", ["บริ", "หาร"]),
        ("(แผน)", ["(", "แผน", ")"]),
        ("๘๑.๙๐ คะแนน", ["๘๑.๙๐", " ", "คะแนน"]),
        ("?" * 9, ["?"] * 9),
        ("ก", ["ก"]),
    ],
)
def test_parts(text: str, expected: list[str]) -> None:
    """What is wider than its line is parted first where it hurts least."""
    (unit,) = units(text, (AGENCY,))
    assert texts(parts(unit)) == expected


@pytest.mark.parametrize("text", [AGENCY, "น้ำ" * 1000, "x" * 3000, "😀<b>#a\\", "กิ๊กก๊อก(ๆ)ฯ"])
def test_nothing_is_lost(text: str) -> None:
    """Joined, the smallest parts are the text again."""
    assert "".join(leaf for unit in units(text, ()) for leaf in leaves(unit)) == text
