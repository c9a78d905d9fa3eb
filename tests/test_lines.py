"""Lines: they end between words, are as wide as they say, and reach both margins where they should."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from ita_nb.document.lines import Line, Measure, Unit, justified, parts, ragged, units, words_of
from ita_nb.document.sheet import BODY, BODY_BOLD, CM, DIRECTORY, TextStyle, width_of

WIDTH = 16 * CM
AGENCY = "องค์การบริหารส่วนตำบลหนองหว้า"
TEXT = (
    "จากการประเมินคุณธรรมและความโปร่งใสในการดำเนินงานของหน่วยงานภาครัฐ หน่วยงานมีผลคะแนน ๙๔.๑๘ คะแนน อยู่ในระดับผ่านดี "
    "โดยตัวชี้วัดที่ได้คะแนนสูงสุด ได้แก่ การเปิดเผยข้อมูล และตัวชี้วัดที่ได้คะแนนต่ำสุด ได้แก่ ประสิทธิภาพการสื่อสาร "
    "ซึ่งเจ้าหน้าที่ผู้รับผิดชอบได้วิเคราะห์ประเด็นที่ต้องพัฒนา ประจำปีงบประมาณ พ.ศ. ๒๕๖๘ และกำหนดมาตรการเพื่อยกระดับการให้บริการ"
)
# Every consonant with every mark, the vowels before and after, digits, signs and Latin pairs that fonts kern.
CONSONANTS = [chr(code) for code in range(0x0E01, 0x0E2F)]
MARKS = [chr(code) for code in (0x0E31, *range(0x0E34, 0x0E3B), *range(0x0E47, 0x0E4F), 0x0E33)]
SAMPLES = (
    [consonant + mark for consonant in CONSONANTS for mark in MARKS]
    + [consonant + "ี" + tone for consonant in CONSONANTS for tone in "่้๊๋์"]
    + [
        "น้ำ",
        "กำหนด",
        "ฤๅ",
        "เป่า",
        "๐๑๒๓๔๕๖๗๘๙",
        "AVATAR To",
        "fi fl ffi",
        "0123456789",
        "“ก” – …",
        "i1, o12 (EIT)",
        "ร้อยละ ๙๕.๔๐",
    ]
)


def set_text(text: str, width: float = WIDTH, style: TextStyle = BODY, *, even: bool = True) -> list[Line]:
    """Return the lines of a paragraph."""
    measure = Measure(width)
    words = words_of(units(text, ()), style, measure.room(0))
    return justified(words, measure, style.size) if even else ragged(words, measure)


def plain(lines: list[Line]) -> list[str]:
    """Return what the lines say."""
    return ["".join(words for words, _ in line.text) for line in lines]


def drawn_width(line: Line, style: TextStyle = BODY) -> float:
    """Return how wide Typst will draw the line, by the rules that it follows."""
    text = "".join(words for words, _ in line.text)
    # Typst sets each script by itself, and opens no gap between two.
    scripts = re.findall(r"[ก-๛][^A-Za-z]*|[A-Za-z][^ก-๛]*", text)
    gaps = sum(character not in MARKS for character in text) - max(1, len(scripts))
    return width_of(text, style) + gaps * line.tracking + text.count(" ") * line.spacing


def test_width_is_what_typst_draws(tmp_path: Path) -> None:
    """The sum of the advances is the drawn width, letter by letter, with tracking and opened spaces."""
    template = tmp_path / "measure.typ"
    template.write_text(
        """#let samples = json(bytes(sys.inputs.samples))
        #set text(font: "Sarabun", size: 12.5pt, kerning: false, ligatures: false)
        #set text(lang: "th", fallback: false, tracking: 0.5pt, spacing: 100% + 2pt)
        #context [#metadata(samples.map(s => measure(box(s)).width.pt())) <widths>]
        """,
        encoding="utf-8",
    )
    found = typst.query(
        str(template),
        "<widths>",
        field="value",
        one=True,
        sys_inputs={"samples": json.dumps(SAMPLES)},
        font_paths=[str(DIRECTORY)],
        ignore_system_fonts=True,
    )
    expected = [drawn_width(Line(0.0, ((sample, False),), tracking=0.5, spacing=2.0)) for sample in SAMPLES]
    assert json.loads(found) == pytest.approx(expected, abs=0.01)


def test_lines_reach_both_margins() -> None:
    """All lines but the last are as wide as the paragraph; the last keeps its natural width."""
    *full, last = set_text(TEXT)
    assert [drawn_width(line) for line in full] == pytest.approx([WIDTH] * len(full), abs=0.2)
    assert (last.tracking, last.spacing) == (0.0, 0.0)


def test_first_line_is_indented() -> None:
    """The first line begins further right and still ends at the margin."""
    measure = Measure(WIDTH, first=50.0)
    first = justified(words_of(units(TEXT, ()), BODY, measure.room(0)), measure, BODY.size)[0]
    assert first.indent + drawn_width(first) == pytest.approx(WIDTH, abs=0.2)


def test_even_lines_are_opened_less_than_greedy_ones() -> None:
    """No line of an ordinary paragraph is opened beyond what looks even."""
    assert max(line.tracking for line in set_text(TEXT)) <= 0.05 * BODY.size


@pytest.mark.parametrize("even", [True, False], ids=["justified", "ragged"])
@given(
    pieces=st.lists(
        st.sampled_from([*TEXT.split(), "๑๒๓", "(ก)", "www.a.go.th/ita/o11", "x" * 80, "😀", "ๆ"]),
        max_size=40,
    ),
    width=st.floats(min_value=30, max_value=600),
)
def test_no_line_is_too_wide_and_nothing_is_lost(even: bool, pieces: list[str], width: float) -> None:
    """Whatever the text and the column, each line fits it, begins and ends with words, and none is lost."""
    text = " ".join(pieces)
    lines = set_text(text, width, even=even)
    assert "".join(plain(lines)).replace(" ", "") == text.replace(" ", "")
    assert all(line == line.strip() for line in plain(lines))
    widest_letter = 1.3 * BODY.size
    assert all(drawn_width(line) <= max(width, widest_letter) + 0.01 for line in lines)


def test_bold_is_measured_as_bold() -> None:
    """Bold letters are wider, and a line of them holds less."""
    assert width_of(TEXT, BODY_BOLD) > width_of(TEXT, BODY)


def test_no_gap_is_counted_where_the_weight_changes() -> None:
    """A line that begins in bold reaches the margin with one gap less."""
    measure = Measure(WIDTH)
    words = [*words_of(units("สาเหตุเกิดจาก", ()), BODY_BOLD, WIDTH), *words_of(units(TEXT, ()), BODY, WIDTH)]
    first = justified(words, measure, BODY.size)[0]
    (label, _), (rest, _) = first.text
    letters = sum(character not in MARKS for character in label + rest)
    opened = (letters - 2) * first.tracking + rest.count(" ") * first.spacing
    assert width_of(label, BODY_BOLD) + width_of(rest, BODY) + opened == pytest.approx(WIDTH, abs=0.2)


# ---------------------------------------------------------------- where a line may end


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
