"""What may be said of a year: every year and level, from a total alone to a year of which little is known."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from conftest import Workspace
from hypothesis import given, settings
from hypothesis import strategies as st
from opened import report_of

from ita_nb.analysis.levels import find_level, level_of
from ita_nb.analysis.scores import Scores
from ita_nb.case import Case, build_case
from ita_nb.cli.check import check_json, check_text
from ita_nb.document.gate import blockers
from ita_nb.errors import FactsError, IntakeError
from ita_nb.facts.kinds import Node
from ita_nb.facts.listing import years_text
from ita_nb.facts.loader import load_framework, write_new_year
from ita_nb.intake.record import Agency, Record, StatedScore
from ita_nb.thai import number_text

NAME = "องค์การบริหารส่วนตำบลทดสอบ"
ALL_YEARS = tuple(range(2562, 2571))
WORDS_YEARS = (2566, 2567, 2568)

Stated = dict[str, str]


@pytest.fixture
def bare(tmp_path: Path) -> Workspace:
    """A workspace with one agency and nothing else."""
    workspace = Workspace(tmp_path)
    workspace.write_rows("data/agencies.csv", ("agency_id", "name_th"), [("here", NAME)])
    return workspace


def case_of(workspace: Workspace, year: int, stated: Stated, level: str = "") -> Case:
    """The case of an agency with these scores; a node may have its part behind a slash (``7/1``)."""
    rows = [("here", *node.partition("/")[::2], score) for node, score in stated.items()]
    workspace.write_rows(f"data/{year}/stated_scores.csv", ("agency_id", "node", "part", "score"), rows)
    workspace.write_rows(f"data/{year}/stated_results.csv", ("agency_id", "level_th"), [("here", level)])
    return build_case("here", year, workspace.root)


def found(case: Case) -> list[tuple[str, str]]:
    """The rule and severity of every problem above note."""
    return [(p.rule, p.severity) for p in case.problems if p.severity != "note"]


# ------------------------------------------------------------------ the levels that are possible

TOP, GOOD, PASS, POOR, WORST = "ผ่านดีเยี่ยม", "ผ่านดี", "ผ่าน", "ต้องปรับปรุง", "ต้องปรับปรุงโดยด่วน"
ERROR, WARNING = [("level-mismatch", "error")], [("level-mismatch", "warning")]
SET: list[tuple[int, Stated, str, tuple[str, ...], list[tuple[str, str]]]] = [
    (2568, {"total": "96.00"}, WORST, (TOP, GOOD), ERROR),
    (2568, {"total": "๙๖.๐๐"}, WORST, (TOP, GOOD), ERROR),
    (2568, {"total": "96.00"}, PASS, (TOP, GOOD), WARNING),  # only 30/30/40 exclude it
    (2568, {"total": "96.00"}, GOOD, (TOP, GOOD), []),
    (2568, {"total": "95.20"}, PASS, (TOP, GOOD, PASS), []),
    (2567, {"total": "92.00"}, POOR, (GOOD, PASS), ERROR),
    (2568, {"total": "86.00", "IIT": "99", "EIT": "90"}, TOP, (PASS,), ERROR),
    (2566, {"total": "88.40", "6": "81", "7": "83", "8": "77"}, GOOD, (PASS,), ERROR),
    (2568, {"IIT": "85.00", "EIT": "85.00", "OIT": "85.00"}, GOOD, (GOOD, PASS, POOR), []),
    (2568, {"total": "100"}, TOP, (TOP,), []),
    (2568, {"total": "69.99"}, WORST, (WORST,), []),
    (2568, {"total": "94.64", "EIT": "84.99"}, PASS, (PASS,), []),  # a real case of 2568
    (2564, {"total": "86.50"}, "A", ("A",), []),
    (2564, {"total": "85.00"}, "A", ("A", "B"), []),
    (2569, {"total": "96.00"}, WORST, (TOP, GOOD), WARNING),
    (2570, {"total": "92.00"}, "", (GOOD, PASS), []),
    # contradictions: the weights say nothing then, the rest still does
    (2568, {"total": "96.00", "IIT": "50.00"}, WORST, (PASS,), [("total-mismatch", "warning"), *ERROR]),
    (2564, {"total": "96.00", "IIT": "50.00"}, "F", ("AA",), [("total-mismatch", "error"), *ERROR]),
    # all bounds together
    (2568, {"total": "84.99"} | dict.fromkeys("123456789", "85.00") | {"10": "84.98"}, PASS, (POOR,), ERROR),
    (2568, {"total": "70.00", "IIT": "70.00", "EIT": "70.02", "OIT": "70.00"}, WORST, (POOR,), WARNING),
    # within the tolerance of published tables
    (2568, {"total": "85.00", "IIT": "84.99", "EIT": "84.98", "OIT": "84.99"}, PASS, (PASS, POOR), []),
    # names as people write them
    (2568, {"total": "90.00"}, "ระดับผ่านดี", (GOOD, PASS), []),
    (2568, {"total": "90.00"}, "ผ่าน ดี", (GOOD, PASS), []),
]


@pytest.mark.parametrize(("year", "stated", "level", "possible", "problems"), SET)
def test_a_stated_level_is_judged_by_the_levels_that_are_possible(
    bare: Workspace,
    year: int,
    stated: Stated,
    level: str,
    possible: tuple[str, ...],
    problems: list[tuple[str, str]],
) -> None:
    """A level outside the set is wrong; where nothing but unconfirmed facts exclude it, it is a warning."""
    case = case_of(bare, year, stated, level)

    assert (case.level.possible, found(case)) == (possible, problems)


SCORES = st.integers(0, 10_000).map(lambda n: Fraction(n, 100))


@given(st.sampled_from(WORDS_YEARS), SCORES, SCORES, SCORES)
def test_the_level_of_exact_scores_is_always_possible(
    year: int, iit: Fraction, eit: Fraction, oit: Fraction
) -> None:
    """Whatever the scores are, their own level is in the set of any part of them."""
    framework = load_framework(year)
    total = iit * Fraction(3, 10) + eit * Fraction(3, 10) + oit * Fraction(4, 10)
    level = level_of(framework, total, (iit, eit, oit))
    whole = {"IIT": iit, "EIT": eit, "OIT": oit, "total": total}
    printed = {code: number_text(score) for code, score in whole.items()}
    scores = {
        Node(code): StatedScore(Fraction(text), text, Fraction(1, 200)) for code, text in printed.items()
    }
    for codes in (["total"], ["total", "EIT"], ["IIT", "OIT", "total"], [*whole]):
        own = {node: score for node, score in scores.items() if node.code in codes}
        found = find_level(Scores(framework, Record(Agency("here", NAME), year, own, level_th=level or "")))
        assert level in found.possible
        assert level in found.under_any_weights


@pytest.mark.parametrize(
    ("year", "level", "whose"),
    [
        (2568, "A", "A เป็นชื่อของปี 2562–2565"),
        (2568, "A (ผ่าน)", "A เป็นชื่อของปี 2562–2565"),
        (2564, "A (ผ่าน)", "ผ่าน เป็นชื่อของปี 2566–2568"),
    ],
)
def test_a_name_of_another_scheme_says_whose_it_is(
    bare: Workspace, year: int, level: str, whose: str
) -> None:
    """The message names the years in which the level had that name."""
    case = case_of(bare, year, {"total": "90.00"}, level)
    (told,) = case.problems

    assert whose in told.message_th
    assert (told.rule, told.severity) == ("level-unknown", "error")


# ------------------------------------------------------------------ how firmly a contradiction is stated

TEN = dict(zip(map(str, range(1, 11)), "70.59 80 81 82 83 84 85 86 87 88".split(), strict=True))
THREE = {"IIT": "90", "EIT": "90", "OIT": "90"}
OUTSIDE = [("outside-range", "error")]
FIRMNESS: list[tuple[int, Stated, list[tuple[str, str]]]] = [
    # confirmed weights; weights of another kind of agency; weights taken over
    (2564, THREE | {"total": "90.50"}, [("total-mismatch", "error")]),
    (2568, {"IIT": "80", "EIT": "90", "OIT": "90", "total": "88.00"}, [("total-mismatch", "warning")]),
    (2569, {"IIT": "80", "EIT": "90", "OIT": "90", "total": "88.00"}, [("total-mismatch", "warning")]),
    # no weights can give it
    (2568, {"IIT": "80", "EIT": "90", "OIT": "90", "total": "95.00"}, [("total-mismatch", "error")]),
    (2569, {"IIT": "80", "EIT": "90", "OIT": "90", "total": "95.00"}, [("total-mismatch", "warning")]),
    (2564, TEN | {"total": "68.73"}, [("total-mismatch", "error")]),
    (2567, TEN | {"total": "68.73"}, [("outside-range", "error")]),
    (2566, TEN | {"total": "68.73"}, [("outside-range", "error")]),
    (2562, TEN | {"total": "68.73"}, [("outside-range", "warning")]),
    (2568, {"o12": "50", "o13": "100"} | {"9": "40"}, []),  # not all items are printed
    (2566, {"6": "81", "7": "83", "8": "77", "EIT": "83.00"}, []),
    (2566, {"6": "81", "7": "83", "8": "77", "EIT": "83.02"}, [("outside-range", "error")]),
    # a rule that other numbers of the record confirm
    (
        2568,
        {"9": "80", "10": "90", "OIT": "89", "IIT": "91"}
        | dict(zip("12345", ["90"] * 4 + ["95"], strict=True)),
        [("instrument-mismatch", "error")],
    ),
    (2568, {"9": "80", "10": "90", "OIT": "89"}, [("instrument-mismatch", "warning")]),
    # equal scores agree by any rule and confirm none
    (
        2568,
        {"9": "80", "10": "90", "OIT": "89", "IIT": "100"} | dict.fromkeys("12345", "100"),
        [("instrument-mismatch", "warning")],
    ),
    (2566, {"EIT": "70", "EIT/1": "80", "EIT/2": "81", "6": "69", "7": "70", "8": "71"}, OUTSIDE),
    # 2568 has a list of its own: o43 is of another year
    (2568, {"total": "90.00", "o43": "0"}, [("item-of-other-year", "error")]),
]


@pytest.mark.parametrize(("year", "stated", "problems"), FIRMNESS)
def test_a_contradiction_is_as_firm_as_the_weakest_fact(
    bare: Workspace, year: int, stated: Stated, problems: list[tuple[str, str]]
) -> None:
    """Confirmed facts make errors, derived ones warnings, partial ones errors where something agrees."""
    assert found(case_of(bare, year, stated)) == problems


def test_every_problem_says_how_sure_it_is(bare: Workspace) -> None:
    """The JSON of a warning that rests on partial weights says partial."""
    stated = {"IIT": "80", "EIT": "90", "OIT": "90", "total": "88.00"}
    row = check_json(case_of(bare, 2568, stated))["problems"][0]

    assert (row["rule"], row["confidence"], row["expected"]) == ("total-mismatch", "partial", "87.00")


# ------------------------------------------------------------------ what was received is shown


@pytest.mark.parametrize("year", ALL_YEARS)
def test_a_total_alone_is_shown_with_its_levels_and_the_next_one(bare: Workspace, year: int) -> None:
    """Check prints the number, the set, the distance to the next level, and what would tell more."""
    told = check_text(case_of(bare, year, {"total": "92.00"}))

    levels = "A" if year < WORDS_YEARS[0] else "ผ่านดี หรือ ผ่าน"
    for text in ("92.00", f"ระดับที่เป็นไปได้ตามเกณฑ์: {levels}", "ขาดอีก 3.00 คะแนน", "หากมีคะแนนของแบบวัด"):
        assert text in told
    assert "จากคะแนนที่คำนวณซ้ำ" not in told


def test_reasons_say_scores_are_missing_only_where_they_are(bare: Workspace) -> None:
    """With every indicator printed and no weight known, it is the weights that are missing."""
    case = case_of(bare, 2566, TEN | {"IIT": "80.00"})
    why = {row.node: row.why for row in case.not_checked}

    assert why["IIT"] == "ไม่ทราบน้ำหนักของคะแนนที่อยู่ภายใน"


def test_a_report_of_a_total_alone_is_short_and_complete(bare: Workspace) -> None:
    """It has the total, the set and the distance, and no section that says that there is nothing."""
    report = report_of(case_of(bare, 2568, {"total": "92.00"}), digits="arabic")
    text = report.document().model_dump_json()

    for wanted in ("92.00", "ผ่านดี หรือ ผ่าน", "ขาดอีก 3.00 คะแนน"):
        assert wanted in text
    assert text.count("น้ำหนัก 30/30/40") == 1
    assert "ส่วนที่ 3" not in text


POINTS = {"IIT": "25.04", "EIT": "26.20", "OIT": "30.00"}


@pytest.mark.parametrize(
    "beside",
    [
        {"total": "81.24"},
        {"total": "81.25"},  # each printed number is rounded by itself
        {str(n): "83.47" for n in range(1, 6)}
        | {str(n): "87.33" for n in range(6, 9)}
        | {"9": "75.00", "10": "75.00"},
    ],
    ids=["the total", "the total, rounded", "the indicators"],
)
def test_weighted_points_are_recognised(bare: Workspace, beside: Stated) -> None:
    """Instruments printed as points of 30, 30 and 40 are read as the scores that they mean."""
    case = case_of(bare, 2568, POINTS | beside)
    rows = {row["node"]: row for row in check_json(case)["nodes"]}

    assert found(case) == []
    assert [p.expected for p in case.problems if p.rule == "weighted-points"] == ["83.47", "87.33", "75.00"]
    assert (rows["IIT"]["stated"], case.level.possible) == (25.04, (POOR,))


# ------------------------------------------------------------------ what is not known is a note


def answers(workspace: Workspace, year: int, item: str, *options: str) -> None:
    """Give a question an even distribution over options."""
    share = 100 / len(options)
    rows = [("here", item, "1", option, f"{share:.2f}") for option in options]
    header = ("agency_id", "item", "part", "option", "share")
    workspace.write_rows(f"data/{year}/responses.csv", header, rows)


def test_a_distribution_of_unknown_options_is_kept_with_one_note(bare: Workspace) -> None:
    """The options of e9 in 2568 are unknown: its answers are shown, no score is computed from them."""
    answers(bare, 2568, "e9", "ดีมาก", "ดี", "พอใช้", "แย่")
    case = case_of(bare, 2568, {"e9/1": "94.42"})

    assert [(p.rule, p.severity) for p in case.problems] == [("options-unknown", "note")]
    assert [a.option for a in next(iter(case.record.answers.values()))] == ["ดีมาก", "ดี", "พอใช้", "แย่"]


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("วิทยาลัยเทคนิคทดสอบ", "สอศ."),
        ("โรงเรียนทดสอบวิทยา", "สพฐ."),
        ("โรงพยาบาลทดสอบ", "MOIT"),
    ],
)
def test_lists_of_other_assessors_are_named(bare: Workspace, name: str, listed: str) -> None:
    """Codes of colleges, schools and hospitals look like those of NACC: a note says whose they are."""
    bare.write_rows("data/agencies.csv", ("agency_id", "name_th"), [("here", name)])
    case = case_of(bare, 2568, {"total": "90.00", "o37": "100", "o13": "0"})

    assert [(p.rule, p.severity) for p in case.problems] == [("other-assessor", "note")]
    assert listed in case.problems[0].message_th
    assert case.framework.title("o13") is None


def test_a_list_that_may_lack_an_entry_refutes_nothing(bare: Workspace) -> None:
    """The items of 2569 were read at one organisation: o27 is kept, o0 is no code at all."""
    case = case_of(bare, 2569, {"total": "90.00", "o27": "0", "o0": "0"})

    assert {node.code for node in case.record.scores} == {"total", "o27"}
    assert [p.node for p in case.problems] == ["o0"]


# ------------------------------------------------------------------ a year of which little is known

NEW_ROUND = TEN | {"total": "84.01", "i1": "90.00", "i10": "80.00", "o13": "0"}
NEW_ROUND |= {"IIT": "79.32", "EIT": "85.00", "OIT": "87.50", "1": "70.59", "total": "84.30"}


PARTS = {"7/1": "85.55", "7/2": "85.45", "EIT/1": "85.11", "9.1": "81.23", "i16": "93.21", "e4/1": "86.12"}


@pytest.mark.parametrize("year", [2569, 2570])
def test_a_new_round_is_used_without_a_problem(bare: Workspace, year: int) -> None:
    """Every right number of a round that nobody has documents of is kept, drafted for and printed."""
    case = case_of(bare, year, NEW_ROUND, POOR)
    weak = {w.node.code for w in case.weaknesses if case.coverage.matrix[w.node]}
    whole = NEW_ROUND | PARTS
    text = report_of(case_of(bare, year, whole, POOR), digits="arabic").document().model_dump_json()

    assert found(case) == []
    assert len(case.record.scores) == len(NEW_ROUND)
    assert {w.node.code for w in case.weaknesses} == weak >= {"i10", "o13"}
    assert [score for score in whole.values() if number_text(Fraction(score)) not in text] == []
    assert "(ถ้อยคำของปี 2568)" in text
    assert text.count("น้ำหนัก 30/30/40 ของปีนี้ยังไม่ยืนยัน") == 1


@pytest.mark.parametrize("nobody", ['""', '"-"', "ไม่มี", '"\\u200b"', '"..."'])
def test_an_acceptance_needs_a_name_and_a_reason(bare: Workspace, nobody: str) -> None:
    """A dash or something invisible is nobody."""
    bare.write("params/here-2569.yaml", ACCEPTED.replace("ปลัด อบต.", nobody))
    with pytest.raises(IntakeError, match="ผู้รับรอง"):
        case_of(bare, 2569, NEW_ROUND)


ACCEPTED = """agency_id: here
fiscal_year: 2569
accepted:
  - {rule: wording-carried-over, reason_th: ตรงกับหน้าผลคะแนน, by_th: ปลัด อบต., date: 2569-09-01}
"""


def test_carried_wording_is_confirmed_once_before_publication(bare: Workspace) -> None:
    """It keeps a document from publication until somebody accepts it by name; then its mark is gone."""
    asked = [b.text_th for b in blockers(case_of(bare, 2569, NEW_ROUND, POOR)) if "ถ้อยคำ" in b.text_th]
    bare.write("params/here-2569.yaml", ACCEPTED)
    after = build_case("here", 2569, bare.root)

    assert len(asked) == 1
    assert "accepted: - {rule: wording-carried-over" in asked[0]
    assert [b.text_th for b in blockers(after) if "ถ้อยคำ" in b.text_th] == []
    assert "questions" not in after.framework.carried


@pytest.mark.parametrize(
    ("form", "name"), [(None, "ประเด็น"), ("by_topic", "ประเด็น"), ("by_indicator", "ทุกตัวชี้วัด")]
)
def test_the_form_of_a_round_is_chosen_in_the_params(bare: Workspace, form: str | None, name: str) -> None:
    """Both forms are offered; by topic is the default."""
    chosen = f"form: {form}\n" if form else ""
    bare.write("params/here-2569.yaml", f"agency_id: here\nfiscal_year: 2569\n{chosen}")

    assert name in case_of(bare, 2569, NEW_ROUND).form.name_th


def test_years_before_the_known_ones_stand_in_the_trend_as_printed(bare: Workspace) -> None:
    """Totals of 2560 and 2561 are points of their own scheme: shown, compared with nothing."""
    for year, total in ((2560, "66.20"), (2561, "71.05"), (2562, "80.00")):
        case_of(bare, year, {"total": total}) if year > 2561 else bare.write_rows(
            f"data/{year}/stated_scores.csv", ("agency_id", "node", "score"), [("here", "total", total)]
        )
    trend = case_of(bare, 2568, {"total": "92.00"}).trend.of("total")

    assert trend is not None
    assert [(p.fiscal_year, p.score) for p in trend.points] == [
        (2560, Fraction("66.20")),
        (2561, Fraction("71.05")),
        (2562, 80),
        (2568, 92),
    ]
    assert [change.difference for change in trend.changes] == [None, None, None]


# ------------------------------------------------------------------ the file of a year extends one

CALENDAR = "calendar: {results: 2569-08-15, source: [ita_nb], confidence: confirmed}\n"


def test_a_file_of_the_workspace_extends_the_year_block_by_block(bare: Workspace) -> None:
    """A block that is given stands in the place of the year's; the others keep their confidence."""
    bare.write("facts/2568.yaml", f"fiscal_year: 2568\n{CALENDAR}".replace("2569", "2568"))
    own = load_framework(2568, bare.root / "facts")

    assert own.calendar.confidence == "confirmed"
    assert own.questions == load_framework(2568).questions
    assert own.carried == {}


def test_the_short_file_of_a_new_year_is_filled_in_by_uncommenting(bare: Workspace) -> None:
    """``facts new`` writes a file that holds as it stands, and with every block of it uncommented."""
    path = write_new_year(2570, bare.root / "facts")
    as_written = load_framework(2570, bare.root / "facts")
    blocks = path.read_text(encoding="utf-8").partition("\nextends")[2]
    head = path.read_text(encoding="utf-8").partition("\nextends")[0]
    path.write_text(head + "\nextends" + re.sub(r"(?m)^# ", "", blocks), encoding="utf-8")
    text = path.read_text(encoding="utf-8").replace("<วันประกาศผล>", "15 ส.ค. 2570")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FactsError, match="ข้อความตัวอย่าง"):
        load_framework(2570, bare.root / "facts")
    path.write_text(text.replace("ref: <", "ref: คู่มือ <"), encoding="utf-8")
    filled = load_framework(2570, bare.root / "facts")

    assert {i.confidence for i in as_written.instruments} == {"derived"}
    assert {i.confidence for i in filled.instruments} == {"confirmed"}
    assert [item.code for item in filled.items] == ["o1"]


@pytest.mark.parametrize(("year", "told"), [(2570, "ไม่เขียนทับ"), (2600, "2600"), (2400, "2400")])
def test_a_file_of_a_year_is_written_once_and_of_near_years(bare: Workspace, year: int, told: str) -> None:
    """``facts new`` neither writes over a file nor writes one of a year of which nothing can be known."""
    write_new_year(2570, bare.root / "facts")
    with pytest.raises(FactsError, match=told):
        write_new_year(year, bare.root / "facts")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({2570: "fiscal_year: 2570\nlevles: []\n"}, 'บรรทัด 2 ไม่รู้จักชื่อ "levles" (ใกล้เคียงที่สุดคือ "levels")'),
        ({2570: "fiscal_year: 2570\ncalendar: {result: null}\n"}, "บรรทัด 2"),
        ({2570: "fiscal_year: 2571\n"}, "บรรทัด 1 fiscal_year: 2571 ที่คาดไว้คือ 2570"),
        ({2570: "fiscal_year: 2570\nextends: last\n"}, "บรรทัด 2 extends: last"),
        ({2570: "fiscal_year: 2570\ncarried: {}\n"}, "บรรทัด 2 ไม่รู้จักชื่อ"),
        (
            {2570: "fiscal_year: 2570\ncalendar: {results: 2570-13-45, source: [], confidence: unknown}\n"},
            "บรรทัด 2",
        ),
        ({2570: "fiscal_year: 2570\ntopics: [\n"}, "line"),
        (
            {2570: "fiscal_year: 2570\nextends: 2571\n", 2571: "fiscal_year: 2571\nextends: 2570\n"},
            "2570 → 2571 → 2570",
        ),
        ({2570: "fiscal_year: 2570\nextends: 2570\n"}, "2570 → 2570"),
        (
            {
                2569: "fiscal_year: 2569\nextends: 2568\nlevles: []\n",
                2570: "fiscal_year: 2570\nextends: 2569\n",
            },
            'บรรทัด 3 ไม่รู้จักชื่อ "levles"',
        ),
    ],
    ids=[
        "unknown block",
        "unknown key",
        "other year",
        "no year",
        "no block",
        "no day",
        "no YAML",
        "cycle",
        "itself",
        "a wrong file below",
    ],
)
def test_a_wrong_file_of_a_year_is_refused_with_its_line(
    bare: Workspace, files: dict[int, str], told: str
) -> None:
    """The message is Thai and names the line and what was expected."""
    for year, text in files.items():
        bare.write(f"facts/{year}.yaml", text)
    with pytest.raises(FactsError) as caught:
        load_framework(2570, bare.root / "facts")

    assert told in str(caught.value)


def test_the_list_of_years_names_a_file_that_cannot_be_used(bare: Workspace) -> None:
    """The other years are listed all the same."""
    bare.write("facts/2570.yaml", "fiscal_year: 2570\nlevles: []\n")
    told = years_text(bare.root / "facts")

    assert "2570: ใช้ไม่ได้ (facts/2570.yaml: บรรทัด 2" in told
    assert "2569: ยืนยันแล้ว" in told


@pytest.mark.parametrize("year", ALL_YEARS)
@pytest.mark.parametrize("stated", [{"total": "100"}, {"i1": "100"}, {"o1": "0"}, {"9": "0"}, {"IIT": "1"}])
def test_one_score_of_any_kind_is_enough_in_every_year(bare: Workspace, year: int, stated: Stated) -> None:
    """Whatever single number was received, it is a node, and the case has no error."""
    case = case_of(bare, year, stated)

    assert [row["stated"] for row in check_json(case)["nodes"] if row["node"] in stated] == [
        float(*stated.values())
    ]
    assert [p for p in case.problems if p.severity == "error"] == []


# ------------------------------------------------------------------ whatever is received

VALUES = ["100", "0", "85.00", "84.995", "๙๕.๒๐", "49.7412345678", "1", "25.04", "62.38", "90.95"]
CODES = ["i16", "i40", "e20", "o37", "9.1", "10.2", "o99"]
NAMES = [NAME, "วิทยาลัยเทคนิคทดสอบ", "โรงพยาบาลทดสอบ <b>", "=cmd"]


@settings(max_examples=20)
@given(st.data())
def test_whatever_is_received_makes_a_report(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Any scores, numbers of people, levels and answers of any year open in either edition."""
    year = data.draw(st.sampled_from(ALL_YEARS))
    framework = load_framework(year)
    places = [f"{code}/{part}" for code in framework.by_code for part in framework.parts_of(code)]
    nodes = st.sampled_from(["total", *framework.by_code, *places, *CODES])
    stated = data.draw(st.dictionaries(nodes, st.sampled_from(VALUES), min_size=1, max_size=40))
    workspace = Workspace(tmp_path_factory.mktemp("any"))
    name = data.draw(st.sampled_from(NAMES))
    workspace.write_rows("data/agencies.csv", ("agency_id", "name_th"), [("here", name)])
    item = data.draw(st.sampled_from(["i1", "i3", "e9", "e20"]))
    options = data.draw(st.sampled_from([("มากที่สุด", "มาก"), ("ใช่", "ไม่"), ("มี", "ไม่มี")]))
    answers(workspace, year, item, *options)
    people = [data.draw(st.sampled_from(["", "1", "42"])), data.draw(st.sampled_from(["", "30"]))]
    level = data.draw(st.sampled_from(["", "A (ผ่าน)", GOOD, "ดี"]))
    try:
        case_of(workspace, year, stated)
    except IntakeError:  # nothing of it can be used: said, not made
        return
    header = ("agency_id", "level_th", "n_iit", "population_iit")
    workspace.write_rows(f"data/{year}/stated_results.csv", header, [("here", level, *people)])
    case = build_case("here", year, workspace.root)
    edition = data.draw(st.sampled_from(["working", "publish"]))

    assert check_text(case)
    assert report_of(case, edition=edition, draft=edition == "publish").sections
