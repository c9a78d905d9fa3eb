"""Synthetic provinces: repeatable, marked, calibrated, true to the formula."""

from __future__ import annotations

import csv
import datetime as dt
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
import yaml
from country import Country, draw_country
from hypothesis import given, settings
from hypothesis import strategies as st

from ita_nb.case import Case, build_case
from ita_nb.errors import FactsError, ParameterError
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.facts.loader import load_framework
from ita_nb.synth import make_province
from ita_nb.synth.drawing import Province, counts, stream
from ita_nb.synth.results import draw_result, refuse_undrawable
from ita_nb.synth.settings import load_settings

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


def _errors(case: Case) -> list[str]:
    return [f"{p.rule} {p.node}: {p.message_en}" for p in case.problems if p.severity == "error"]


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

    file = f"data/{YEAR}/stated_scores.csv"
    assert (tmp_path / file).read_bytes() != (clean / file).read_bytes()


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


def test_every_agency_is_marked(clean: Path) -> None:
    """Name and province of every agency end with the mark."""
    agencies = _agencies(clean)

    assert [a for a, row in agencies.items() if not row["name_th"].endswith(MARK)] == []
    assert {row["province_th"] for row in agencies.values()} == {f"ทดสอบ {MARK}"}


def test_no_place_is_real(clean: Path) -> None:
    """Every agency and district is called สมมุติ (supposed), and no two agencies share a name."""
    agencies = _agencies(clean)
    places = {a: (row["name_th"], row["district_th"]) for a, row in agencies.items()}

    assert [a for a, names in places.items() if not all("สมมุติ" in name for name in names)] == []
    assert len({name for name, _ in places.values()}) == len(agencies)


def test_names_stay_unique_beyond_the_syllables() -> None:
    """A province of more agencies than there are places still has no two of one name."""
    framework, province = load_framework(YEAR), Province("ก", YEAR, 1)
    names = [draw_result(framework, province, n).who.agency.name_th for n in (1, 325, 649)]

    assert len(set(names)) == 3


def test_remarks_are_marked(clean: Path) -> None:
    """A remark, which stands in a document far from the name, carries the mark itself."""
    remarks = _rows(clean / f"data/{YEAR}/remarks.csv")

    assert remarks
    assert [row for row in remarks if not row["text_th"].endswith(MARK)] == []


def test_readme_says_so_in_two_languages(clean: Path) -> None:
    """The README says in Thai and in English that all is synthetic."""
    text = (clean / "README.txt").read_text(encoding="utf-8")

    assert "ข้อมูลสังเคราะห์" in text
    assert "synthetic" in text


def test_batch_file_selects_the_province(clean: Path) -> None:
    """The batch file names the province exactly as the table of agencies does."""
    values = yaml.safe_load((clean / f"params/province-{YEAR}.yaml").read_text(encoding="utf-8"))

    assert values["fiscal_year"] == YEAR
    assert {row["province_th"] for row in _agencies(clean).values()} == {values["agencies"]["province"]}


@pytest.mark.parametrize("name", ["<b>x</b>", "=1+1", 'ก"ข\nค', "a: [b", "../x"])
def test_a_hostile_province_is_only_text(tmp_path: Path, name: str) -> None:
    """Whatever the province is called, tables and batch file hold it as text, on one line."""
    make_province(name, 1, YEAR, 1, tmp_path)
    (agency,) = _agencies(tmp_path).values()
    values = yaml.safe_load((tmp_path / f"params/province-{YEAR}.yaml").read_text(encoding="utf-8"))

    assert agency["province_th"] == values["agencies"]["province"] == f"{' '.join(name.split())} {MARK}"


# ---------------------------------------------------------------------- true to the formula


@cache
def _case(root: Path, agency: str, year: int) -> Case:
    return build_case(agency, year, root)


@pytest.fixture(scope="module", params=[2562, 2564, 2566, 2567, YEAR])
def printed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """The cases of two clean agencies of a year."""
    root = tmp_path_factory.mktemp("printed")
    _make(root, 2, request.param)
    return [_case(root, agency, request.param) for agency in _agencies(root)]


def test_a_clean_agency_has_no_error(printed: list[Case]) -> None:
    """Of a clean synthetic agency the checks find no problem of severity error."""
    assert [error for case in printed for error in _errors(case)] == []


def test_every_printed_score_is_recomputed(printed: list[Case]) -> None:
    """No score, recomputed from what is printed below it, is another than the printed one."""
    verdicts = {
        (case.agency.agency_id, check.node): check.verdict for case in printed for check in case.nodes
    }

    assert [node for node, verdict in verdicts.items() if verdict == "mismatch"] == []


def test_the_printed_total_is_recomputed(printed: list[Case]) -> None:
    """Where the weights are known the total is recomputed, and is the printed one."""
    verdicts = {check.verdict for case in printed for check in case.nodes if check.node.code == TOTAL}
    weights = printed[0].framework.weight_in_total("1")

    assert verdicts == (set() if weights is None else {"match"})


@given(seed=st.integers(0, 10**9), number=st.integers(1, 9999))
@settings(max_examples=12, deadline=dt.timedelta(seconds=5))
def test_scores_follow_the_formula(seed: int, number: int) -> None:
    """Whatever is drawn, the scores above are its official means: 30/30/40, parts alike, plain means."""
    framework = load_framework(YEAR)
    result = draw_result(framework, Province("ก", YEAR, seed), number)
    score = {node.label: value for node, value in result.scores.items()}

    assert score["total"] == Fraction(3, 10) * (score["IIT"] + score["EIT"]) + Fraction(4, 10) * score["OIT"]
    assert score["EIT"] == (score["EIT.1"] + score["EIT.2"]) / 2
    assert score["6/2"] == (score["e1.2"] + score["e2.2"] + score["e3.2"]) / 3
    assert score["10"] == sum(score[f"o{i}"] for i in range(21, 29)) / 8


@given(seed=st.integers(0, 10**9), number=st.integers(1, 9999))
@settings(max_examples=12, deadline=dt.timedelta(seconds=5))
def test_everyone_of_a_group_answers_every_question(seed: int, number: int) -> None:
    """The answers to every question add up to the respondents of its group, and give its score."""
    framework = load_framework(YEAR)
    result = draw_result(framework, Province("ก", YEAR, seed), number)

    for node, drawn in result.drawn.items():
        points = framework.points(node.code)
        if drawn.answers is None or points is None:
            continue
        group = framework.instrument_of(node.code) + (f".{node.part}" if node.part else "")
        assert sum(drawn.answers.values()) == result.who.groups[group]
        assert sum(n * points[o] for o, n in drawn.answers.items()) == drawn.score * result.who.groups[group]


@given(
    n=st.integers(0, 500), weights=st.lists(st.floats(0.01, 1), min_size=2, max_size=6), seed=st.integers()
)
def test_counts_add_up(n: int, weights: list[float], seed: int) -> None:
    """A multinomial draw loses nobody."""
    shares = [w / sum(weights) for w in weights]

    assert sum(counts(stream(seed), shares, n)) == n


def test_published_items_count_in_full_or_not() -> None:
    """A published item is drawn as 0 or 100, nothing between."""
    framework, province = load_framework(YEAR), Province("ก", YEAR, 1)
    drawn = [draw_result(framework, province, n).scores for n in range(1, 9)]

    assert {scores[Node(item.code)] for scores in drawn for item in framework.items} == {0, 100}


# ---------------------------------------------------------------------- calibrated


@cache
def _country(year: int) -> Country:
    """Four hundred agencies in 40 provinces, none of which the constants were found with."""
    return draw_country(load_framework(year), range(10_000, 10_040), 10)


@pytest.mark.parametrize("year", CALIBRATED)
def test_the_country_comes_out_as_published(year: int) -> None:
    """The mean total and the share passing of 400 agencies are those of the country, within chance."""
    country, known = _country(year), load_settings().years[year]

    assert known.mean is not None
    assert abs(country.means[TOTAL] - known.mean) <= STANDARD_ERRORS * country.mean_error
    if known.pass_share is not None:
        assert abs(country.pass_share - known.pass_share) <= STANDARD_ERRORS * country.pass_error


@pytest.mark.parametrize("seed", [1, 2])
def test_one_province_lies_near_the_country(seed: int) -> None:
    """A single province of 400 agencies, with an effect of its own, is within the wider tolerance."""
    known = load_settings().years[YEAR]
    country = draw_country(load_framework(YEAR), [seed], 400)

    assert known.mean is not None
    assert known.pass_share is not None
    assert abs(country.means[TOTAL] - known.mean) <= 3
    assert abs(country.pass_share - known.pass_share) <= Fraction(7, 100)


@pytest.mark.parametrize("year", CALIBRATED)
def test_disclosure_differs_more_than_the_surveys(year: int) -> None:
    """Agencies differ most in OIT, as the published tables show, and least in IIT."""
    deviations = _country(year).deviations

    assert deviations["OIT"] > deviations["EIT"] > deviations["IIT"]


def test_a_province_moves_all_its_agencies() -> None:
    """Provinces differ by more than the chance of who is in them."""
    framework = load_framework(YEAR)
    one, other = (draw_country(framework, [seed], 60) for seed in _extreme_seeds())

    error = max(one.deviations[TOTAL], other.deviations[TOTAL]) / 60**0.5
    assert other.means[TOTAL] - one.means[TOTAL] > 2 * error


def _extreme_seeds() -> tuple[int, int]:
    effects = {seed: Province("", YEAR, seed).effect for seed in range(50)}
    return min(effects, key=lambda s: effects[s]), max(effects, key=lambda s: effects[s])


def test_respondents_are_as_many_as_reported() -> None:
    """Over many agencies 46 internal and 94 external people answer on average, as group 6 reported."""
    framework, province = load_framework(YEAR), Province("ก", YEAR, 1)
    groups = [draw_result(framework, province, n).who.groups for n in range(1, 301)]

    assert sum(g["IIT"] for g in groups) / 300 == pytest.approx(46, abs=3)
    assert sum(g["EIT.1"] + g["EIT.2"] for g in groups) / 300 == pytest.approx(94, abs=6)


# ---------------------------------------------------------------------- what is not known


def test_a_year_without_weights_has_no_total(tmp_path: Path) -> None:
    """Where the weights are unknown only indicators and items are drawn, and the README says so."""
    _make(tmp_path, 2, 2566)
    rows = _rows(tmp_path / "data/2566/stated_scores.csv")
    nodes = {row["node"] for row in rows}

    assert nodes & {TOTAL, "IIT", "EIT", "OIT"} == set()
    assert {str(i) for i in range(1, 11)} <= nodes
    assert "ไม่ทราบน้ำหนักในคะแนนรวม" in (tmp_path / "README.txt").read_text(encoding="utf-8")


def test_a_year_that_is_not_calibrated_says_so(tmp_path: Path) -> None:
    """What the facts of the year do not allow, or is assumed, is written where the user looks."""
    _make(tmp_path, 2, 2566)
    text = (tmp_path / "README.txt").read_text(encoding="utf-8")

    assert "ข้อจำกัดของปีนี้" in text
    assert "ไม่มีค่าที่ปรับเทียบของปีนี้" in text


def test_a_year_without_facts_is_refused(tmp_path: Path) -> None:
    """Nothing can be drawn of a year that nobody knows; no file is left."""
    with pytest.raises(FactsError, match="2550"):
        _make(tmp_path / "new", year=2550)
    assert not (tmp_path / "new").exists()


def test_a_year_without_indicators_is_refused() -> None:
    """Where a workspace says that no indicator is known, there is nothing to draw."""
    with pytest.raises(FactsError, match="ยังไม่ทราบตัวชี้วัด"):
        refuse_undrawable(load_framework(YEAR).changed(indicators=()))


# ---------------------------------------------------------------------- never over others' data


def test_data_of_others_are_never_touched(tmp_path: Path) -> None:
    """A folder with data that were not made by synth is refused and stays as it is."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/agencies.csv").write_text("agency_id,name_th\n", encoding="utf-8")
    before = _contents(tmp_path)
    with pytest.raises(ParameterError, match="data/"):
        _make(tmp_path)
    assert _contents(tmp_path) == before


@pytest.mark.parametrize("file", ["README.txt", f"params/province-{YEAR}.yaml"])
def test_files_of_others_are_never_overwritten(tmp_path: Path, file: str) -> None:
    """A file of someone else under one of our names is refused, with its name."""
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError, match=file):
        _make(tmp_path)
    assert _contents(tmp_path) == {file: b"mine"}


def test_a_synthetic_folder_is_renewed(tmp_path: Path) -> None:
    """A second run replaces what the first one made, and removes what it no longer makes."""
    _make(tmp_path, year=2567)
    _make(tmp_path, 3)
    fresh = tmp_path / "fresh"
    _make(fresh, 3)
    expected = _contents(fresh)

    assert {n: c for n, c in _contents(tmp_path).items() if not n.startswith("fresh/")} == expected


def test_what_someone_changed_is_not_removed(tmp_path: Path) -> None:
    """A file of an earlier run that was changed since is left alone when it is no longer made."""
    _make(tmp_path, year=2567)
    (tmp_path / "data/2567/remarks.csv").write_text("mine", encoding="utf-8")
    _make(tmp_path, 3)

    assert [path.read_text(encoding="utf-8") for path in (tmp_path / "data/2567").iterdir()] == ["mine"]


@pytest.mark.parametrize("marker", ["", "[]", "{}", '{"synthetic": 1, "files": 2}'])
def test_a_damaged_marker_protects_the_folder(tmp_path: Path, marker: str) -> None:
    """Where the marker cannot be read the data may be anyone's, and are refused."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/synthetic.json").write_text(marker, encoding="utf-8")
    with pytest.raises(ParameterError, match="synthetic"):
        _make(tmp_path)


def test_a_marker_reaches_nothing_outside(tmp_path: Path) -> None:
    """Files outside the folder that a marker names are not removed."""
    out, outside = tmp_path / "out", tmp_path / "outside.txt"
    _make(out, 2)
    outside.write_text("", encoding="utf-8")
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    text = f'{{"synthetic": "x", "files": {{"../outside.txt": "{nothing}"}}}}'
    for path in out.rglob("*"):
        if path.is_file() and path.name != "synthetic.json":
            path.unlink()
    (out / "data/synthetic.json").write_text(text, encoding="utf-8")
    _make(out, 2)

    assert outside.exists()


@pytest.mark.parametrize(("name", "agencies"), [("", 3), (" \n", 3), ("ก", 0)])
def test_unusable_arguments_are_refused(tmp_path: Path, name: str, agencies: int) -> None:
    """A province without a name, or without agencies, is refused: where, expected, found, what to do."""
    with pytest.raises(ParameterError) as raised:
        make_province(name, agencies, YEAR, 1, tmp_path / "new")
    error = raised.value

    assert all((error.where, error.expected, error.found, error.todo))
    assert not (tmp_path / "new").exists()
