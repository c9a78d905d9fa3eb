"""Synthetic provinces: repeatable, marked, calibrated, true to the formula."""

from __future__ import annotations

import csv
import datetime as dt
import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from statistics import fmean

import pytest
import yaml
from country import Country, draw_country
from hypothesis import given, settings
from hypothesis import strategies as st

from ita_nb.case import build_case
from ita_nb.errors import FactsError, ParameterError
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.facts.loader import load_framework
from ita_nb.made import StoreError, put
from ita_nb.synth.drawing import Province, counts, load_settings, stream
from ita_nb.synth.workspace import SynthResult, draw_result, make_province, refuse_undrawable

YEAR = 2568
CALIBRATED = sorted(load_settings().years)
MARK = "(ข้อมูลสังเคราะห์)"
SOME = 24
# How far 400 drawn agencies of 40 provinces may lie from the national figures.
STANDARD_ERRORS = 3


def _make(out: Path, agencies: int = 6, year: int = YEAR, seed: int = 1) -> None:
    make_province("ทดสอบ", agencies, year, seed, out)


def _contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _agencies(root: Path) -> dict[str, dict[str, str]]:
    return {row["agency_id"]: row for row in _rows(root / "data/agencies.csv")}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A province."""
    root = tmp_path_factory.mktemp("synth") / "clean"
    _make(root, SOME)
    return root


# ---------------------------------------------------------------------- repeatable


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs with the same arguments write the same bytes under the same names."""
    for name in ("one", "two"):
        _make(tmp_path / name, SOME)

    assert _contents(tmp_path / "one") == _contents(tmp_path / "two")


def test_another_seed_gives_another_province(tmp_path: Path, clean: Path) -> None:
    """The seed decides the scores."""
    _make(tmp_path, SOME, seed=2)
    one, other = (root / f"data/{YEAR}/stated_scores.csv" for root in (tmp_path, clean))

    assert one.read_bytes() != other.read_bytes()


def test_an_agency_is_the_same_in_a_larger_province(tmp_path: Path) -> None:
    """The rows of the first agencies do not depend on how many follow."""
    _make(tmp_path / "few", SOME)
    _make(tmp_path / "many", 60)
    few = {row["agency_id"] for row in _rows(tmp_path / "few/data/agencies.csv")}

    for path in sorted((tmp_path / "few").rglob("*.csv")):
        many = _rows(tmp_path / "many" / path.relative_to(tmp_path / "few"))
        assert _rows(path) == [row for row in many if row["agency_id"] in few], path.name


def test_an_agency_keeps_its_identity_in_another_year(tmp_path: Path) -> None:
    """The same seed gives the same agencies in every year, and the years lie side by side in one folder."""
    _make(tmp_path, year=2567)
    before = (tmp_path / "data/agencies.csv").read_bytes()
    _make(tmp_path, year=YEAR)

    assert (tmp_path / "data/agencies.csv").read_bytes() == before
    assert (tmp_path / "data/2567/stated_scores.csv").exists()


# ---------------------------------------------------------------------- marked


def test_everything_is_marked(clean: Path) -> None:
    """Name and province of every agency, and every remark, which stands far from them, end with the mark."""
    agencies, remarks = _agencies(clean).values(), _rows(clean / f"data/{YEAR}/remarks.csv")
    marked = [*(row["name_th"] for row in agencies), *(row["text_th"] for row in remarks)]

    assert [text for text in marked if not text.endswith(MARK)] == []
    assert {row["province_th"] for row in agencies} == {f"ทดสอบ {MARK}"}
    assert remarks != []


def test_no_place_is_real(clean: Path) -> None:
    """Every agency and district is called สมมุติ (supposed), and no two agencies share a name."""
    places = [(row["name_th"], row["district_th"]) for row in _agencies(clean).values()]

    assert [names for names in places if not all("สมมุติ" in name for name in names)] == []
    assert len(dict(places)) == len(places)


def test_names_stay_unique_beyond_the_syllables() -> None:
    """A province of more agencies than there are places still has no two of one name."""
    assert len({_drawn(number).who.agency.name_th for number in (1, 325, 649)}) == 3


def test_batch_file_selects_the_province(clean: Path) -> None:
    """The batch file names the province as the table does; the README says in two languages what it is."""
    values = yaml.safe_load((clean / f"params/province-{YEAR}.yaml").read_text(encoding="utf-8"))
    readme = (clean / "README.txt").read_text(encoding="utf-8")

    assert values["fiscal_year"] == YEAR
    assert {row["province_th"] for row in _agencies(clean).values()} == {values["agencies"]["province"]}
    assert [word for word in ("ข้อมูลสังเคราะห์", "synthetic") if word not in readme] == []


@pytest.mark.parametrize("name", ["<b>x</b>", "=1+1", 'ก"ข\nค', "a: [b", "../x"])
def test_a_hostile_province_is_only_text(tmp_path: Path, name: str) -> None:
    """Whatever the province is called, tables and batch file hold it as text, on one line."""
    make_province(name, 1, YEAR, 1, tmp_path)
    (agency,) = _agencies(tmp_path).values()
    values = yaml.safe_load((tmp_path / f"params/province-{YEAR}.yaml").read_text(encoding="utf-8"))

    assert agency["province_th"] == values["agencies"]["province"] == f"{' '.join(name.split())} {MARK}"


# ---------------------------------------------------------------------- true to the formula


def _drawn(number: int, seed: int = 1) -> SynthResult:
    return draw_result(load_framework(YEAR), Province("ก", YEAR, seed), number)


@pytest.mark.parametrize("year", [2562, 2564, 2566, 2567, YEAR])
def test_a_clean_agency_agrees_with_itself(tmp_path: Path, year: int) -> None:
    """Of a clean agency the checks find no error, and no recomputed score is another than the printed one.

    Where the weights are known the total is recomputed too.
    """
    _make(tmp_path, 2, year)
    for case in (build_case(agency, year, tmp_path) for agency in _agencies(tmp_path)):
        totals = {check.verdict for check in case.nodes if check.node.code == TOTAL}

        assert [problem for problem in case.problems if problem.severity == "error"] == []
        assert [check.node for check in case.nodes if check.verdict == "mismatch"] == []
        assert totals == (set() if case.framework.weight_in_total("1") is None else {"match"})


@given(seed=st.integers(0, 10**9), number=st.integers(1, 9999))
@settings(max_examples=12, deadline=dt.timedelta(seconds=5))
def test_scores_follow_the_formula(seed: int, number: int) -> None:
    """Whatever is drawn, the scores above are its official means: 30/30/40, parts alike, plain means."""
    score = {node.label: value for node, value in _drawn(number, seed).scores.items()}

    assert score["total"] == Fraction(3, 10) * (score["IIT"] + score["EIT"]) + Fraction(4, 10) * score["OIT"]
    assert score["EIT"] == (score["EIT.1"] + score["EIT.2"]) / 2
    assert score["6/2"] == (score["e1.2"] + score["e2.2"] + score["e3.2"]) / 3
    assert score["10"] == sum(score[f"o{i}"] for i in range(21, 29)) / 8


@given(seed=st.integers(0, 10**9), number=st.integers(1, 9999))
@settings(max_examples=12, deadline=dt.timedelta(seconds=5))
def test_everyone_of_a_group_answers_every_question(seed: int, number: int) -> None:
    """The answers to every question add up to the respondents of its group, and give its score."""
    framework, result = load_framework(YEAR), _drawn(number, seed)
    answered = {node: d for node, d in result.drawn.items() if d.answers and framework.points(node.code)}

    for node, drawn in answered.items():
        points = framework.points(node.code)
        people = result.who.groups[
            framework.instrument_of(node.code) + (f".{node.part}" if node.part else "")
        ]
        assert sum(drawn.answers.values()) == people
        assert sum(n * points[o] for o, n in drawn.answers.items()) == drawn.score * people


@given(
    n=st.integers(0, 500), weights=st.lists(st.floats(0.01, 1), min_size=2, max_size=6), seed=st.integers()
)
def test_counts_add_up(n: int, weights: list[float], seed: int) -> None:
    """A multinomial draw loses nobody."""
    shares = [w / sum(weights) for w in weights]

    assert sum(counts(stream(seed), shares, n)) == n


def test_published_items_count_in_full_or_not() -> None:
    """A published item is drawn as 0 or 100, nothing between."""
    items = [Node(item.code) for item in load_framework(YEAR).items]

    assert {_drawn(number).scores[item] for number in range(1, 9) for item in items} == {0, 100}


# ---------------------------------------------------------------------- calibrated


@cache
def _country(year: int) -> Country:
    """Four hundred agencies in 40 provinces, none of which the constants were found with."""
    return draw_country(load_framework(year), range(10_000, 10_040), 10)


@pytest.mark.parametrize("year", CALIBRATED)
def test_the_country_comes_out_as_published(year: int) -> None:
    """The mean total and the share passing of 400 agencies are those of the country, within chance."""
    country, known = _country(year), load_settings().years[year]

    assert abs(country.means[TOTAL] - known.mean) <= STANDARD_ERRORS * country.mean_error
    if known.pass_share is not None:
        assert abs(country.pass_share - known.pass_share) <= STANDARD_ERRORS * country.pass_error


@pytest.mark.parametrize("seed", [1, 2])
def test_one_province_lies_near_the_country(seed: int) -> None:
    """A single province of 400 agencies, with an effect of its own, is within the wider tolerance."""
    known = load_settings().years[YEAR]
    country = draw_country(load_framework(YEAR), [seed], 400)

    assert abs(country.means[TOTAL] - known.mean) <= 3
    assert abs(country.pass_share - known.pass_share) <= Fraction(7, 100)


@pytest.mark.parametrize("year", CALIBRATED)
def test_disclosure_differs_more_than_the_surveys(year: int) -> None:
    """Agencies differ most in OIT, as the published tables show, and least in IIT."""
    deviations = _country(year).deviations

    assert deviations["OIT"] > deviations["EIT"] > deviations["IIT"]


def test_a_province_moves_all_its_agencies() -> None:
    """Provinces differ by more than the chance of who is in them."""
    seeds = sorted(range(50), key=lambda seed: Province("", YEAR, seed).effect)
    one, other = (draw_country(load_framework(YEAR), [seed], 60) for seed in (seeds[0], seeds[-1]))
    error = max(one.deviations[TOTAL], other.deviations[TOTAL]) / 60**0.5

    assert other.means[TOTAL] - one.means[TOTAL] > 2 * error


def test_respondents_are_as_many_as_reported() -> None:
    """Over many agencies 46 internal and 94 external people answer on average, as group 6 reported."""
    groups = [_drawn(number).who.groups for number in range(1, 301)]

    assert fmean(g["IIT"] for g in groups) == pytest.approx(46, abs=3)
    assert fmean(g["EIT.1"] + g["EIT.2"] for g in groups) == pytest.approx(94, abs=6)


# ---------------------------------------------------------------------- what is not known


def test_a_year_without_weights_has_no_total(tmp_path: Path) -> None:
    """Only indicators and items are drawn; what is not known, or assumed, is written in the README."""
    _make(tmp_path, 2, 2566)
    nodes = {row["node"] for row in _rows(tmp_path / "data/2566/stated_scores.csv")}
    readme = (tmp_path / "README.txt").read_text(encoding="utf-8")
    told = ("ไม่ทราบน้ำหนักในคะแนนรวม", "ข้อจำกัดของปีนี้", "ไม่มีค่าที่ปรับเทียบของปีนี้")

    assert nodes & {TOTAL, "IIT", "EIT", "OIT"} == set()
    assert {str(i) for i in range(1, 11)} <= nodes
    assert [text for text in told if text not in readme] == []


# ---------------------------------------------------------------------- what is not known


def test_a_year_without_facts_is_refused(tmp_path: Path) -> None:
    """Nothing can be drawn of a year that nobody knows, or without indicators; no file is left."""
    with pytest.raises(FactsError, match="2550"):
        _make(tmp_path / "new", year=2550)
    with pytest.raises(FactsError, match="ยังไม่ทราบตัวชี้วัด"):
        refuse_undrawable(load_framework(YEAR).changed(indicators=()))

    assert not (tmp_path / "new").exists()


# ---------------------------------------------------------------------- never over others' data


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("data/agencies.csv", "data/"),
        ("README.txt", "README.txt"),
        (f"params/province-{YEAR}.yaml", f"params/province-{YEAR}.yaml"),
    ],
)
def test_files_of_others_are_never_overwritten(tmp_path: Path, file: str, said: str) -> None:
    """Data that were not made by synth, or a file under one of our names, are refused and stay."""
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError, match=said):
        _make(tmp_path)

    assert _contents(tmp_path) == {file: b"mine"}


def test_a_synthetic_folder_is_renewed(tmp_path: Path) -> None:
    """A second run replaces what the first one made, and removes what it no longer makes."""
    _make(tmp_path / "twice", year=2567)
    for name in ("twice", "fresh"):
        _make(tmp_path / name, 3)

    twice, fresh = (_contents(tmp_path / name).items() for name in ("twice", "fresh"))
    assert [name for name, _ in fresh ^ twice] == ["made.json"] * 2


@pytest.mark.parametrize(("year", "agencies"), [(YEAR, 6), (YEAR, 3), (2567, 3)])
def test_what_someone_changed_is_kept(tmp_path: Path, year: int, agencies: int) -> None:
    """A file that was changed since is set aside and told, made anew or no longer made."""
    _make(tmp_path, year=year)
    (tmp_path / f"data/{year}/remarks.csv").write_text("mine", encoding="utf-8")
    copies = make_province("ทดสอบ", agencies, YEAR, 1, tmp_path)[1]

    assert copies == [tmp_path / f"data/{year}/remarks.edited-1.csv"]
    assert copies[0].read_text(encoding="utf-8") == "mine"


def test_results_of_others_are_never_touched(tmp_path: Path) -> None:
    """A folder in which reports were made is refused and stays as it is."""
    put(tmp_path, "index", {"key": ""}, {"index.html": b"x"})
    before = _contents(tmp_path)
    with pytest.raises(ParameterError, match="index"):
        _make(tmp_path)

    assert _contents(tmp_path) == before


def test_a_run_that_fails_loses_nothing(tmp_path: Path) -> None:
    """Where a file cannot be written everything of the former run is still there."""
    _make(tmp_path)
    batch = tmp_path / f"params/province-{YEAR}.yaml"
    batch.unlink()
    batch.mkdir()
    before = _contents(tmp_path / "data")
    with pytest.raises(StoreError):
        _make(tmp_path, 3)

    assert _contents(tmp_path / "data") == before


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"synthetic": 1, "files": 2}'])
def test_a_damaged_record_protects_the_folder(tmp_path: Path, record: str) -> None:
    """Where the record cannot be read the data may be anyone's, and are refused."""
    (tmp_path / "data").mkdir()
    (tmp_path / "made.json").write_text(record, encoding="utf-8")
    with pytest.raises(ParameterError, match="synth"):
        _make(tmp_path)


def test_a_record_reaches_nothing_outside(tmp_path: Path) -> None:
    """Files outside the folder that a record names are not removed."""
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    record, outside = tmp_path / "out/made.json", tmp_path / "outside.txt"
    record.parent.mkdir()
    named = {"x": {"synthetic": "x", "files": {"../outside.txt": {"sha256": nothing}}}}
    record.write_text(json.dumps(named), encoding="utf-8")
    outside.write_text("", encoding="utf-8")
    _make(tmp_path / "out", 2)

    assert outside.exists()


@pytest.mark.parametrize(("name", "agencies"), [("", 3), (" \n", 3), ("ก", 0)])
def test_unusable_arguments_are_refused(tmp_path: Path, name: str, agencies: int) -> None:
    """A province without a name, or without agencies, is refused: where, expected, found, what to do."""
    with pytest.raises(ParameterError) as raised:
        make_province(name, agencies, YEAR, 1, tmp_path / "new")
    error = raised.value

    assert all((error.where, error.expected, error.found, error.todo))
    assert not (tmp_path / "new").exists()
