"""Small workspaces for the tests: a copy of the repository's, with a few files changed."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, settings

from ita_nb.facts.framework import Framework
from ita_nb.facts.loader import load_framework
from ita_nb.report import make_report
from ita_nb.task import Task

pytest_plugins = ["documents"]  # the fixture of the ten documents

# A slow machine makes no test fail.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")

REPOSITORY = Path(__file__).resolve().parent.parent
BROKEN = Path(__file__).resolve().parent / "broken"
YEAR = 2568
PLAN_YEAR = 2569
AGENCY = "hannangam"

# Where a file of tests/broken goes: the longest table name that begins its own name decides.
_PLACES = {
    "agencies": "data/agencies.csv",
    "stated_scores": f"data/{YEAR}/stated_scores.csv",
    "stated_results": f"data/{YEAR}/stated_results.csv",
    "responses": f"data/{YEAR}/responses.csv",
    "remarks": f"data/{YEAR}/remarks.csv",
    "measures": f"data/{PLAN_YEAR}/measures.csv",
}


class _InFull(yaml.SafeDumper):
    """Writes what stands twice twice: aliases are refused."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 the name of its base
        """Never name a part."""
        return True


def yaml_text(data: object) -> str:
    """Return data as a YAML file in the order of its keys."""
    return yaml.dump(data, Dumper=_InFull, allow_unicode=True, sort_keys=False)


@dataclass(frozen=True)
class Workspace:
    """A workspace on disk; file names are relative to its root."""

    root: Path

    def write(self, file: str, text: str) -> Path:
        """Replace or create a file with the given text."""
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return path

    def write_rows(self, file: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
        """Replace or create a CSV file with the given header and rows."""
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([header, *rows])
        return self.write(file, text.getvalue())

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace one passage of a file that must be there exactly once."""
        text = (self.root / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        self.write(file, text.replace(old, new))

    def append(self, file: str, *lines: str) -> None:
        """Add lines to the end of a file."""
        text = (self.root / file).read_text(encoding="utf-8")
        self.write(file, text + "".join(f"{line}\n" for line in lines))

    def drop(self, file: str) -> None:
        """Remove a file."""
        (self.root / file).unlink()

    def put_broken(self, name: str) -> str:
        """Put a file of ``tests/broken`` in its place and return that place."""
        place = next(place for table, place in _PLACES.items() if name.startswith(table))
        target = self.root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(BROKEN / name, target)
        return place


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return a copy of the repository's data, parameters and notebooks."""
    root = tmp_path / "workspace"
    for folder in ("data", "params", "notebooks"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    return Workspace(root)


# ---------------------------------------------------------------- an agency whose numbers all agree


def printed(value: Fraction) -> str:
    """Print a score with two decimals, half up, by whole numbers only."""
    hundredths = int(value * 100 + Fraction(1, 2))
    return f"{hundredths // 100}.{hundredths % 100:02d}"


@dataclass(frozen=True)
class Survey:
    """The counted answers of one question (and part), in the order of its options."""

    item: str
    part: str
    counts: tuple[int, ...]
    options: tuple[str, ...]
    points: tuple[Fraction, ...]

    @property
    def score(self) -> Fraction:
        """The mean points of all who answered."""
        together = sum((n * p for n, p in zip(self.counts, self.points, strict=True)), Fraction(0))
        return together / sum(self.counts)


@dataclass(frozen=True)
class ConsistentAgency:
    """What was written for the made-up agency, exactly: scores by (node, part), its level, its counts."""

    agency_id: str
    scores: dict[tuple[str, str], Fraction]
    level: str
    respondents: dict[str, int]
    surveys: tuple[Survey, ...]


def _survey(framework: Framework, code: str, part: str, n: int, shift: int) -> Survey:
    """Spread n people over the options: most give full points, ``shift`` of them the next lower ones."""
    # The options of some questions are not known; any points on the known grid will do for a score.
    known = framework.points(code) or {"full": Fraction(100), "less": Fraction(80)}
    best_first = sorted(known.items(), key=lambda option: -option[1])
    counts = [0] * len(best_first)
    counts[0], counts[1] = n - shift, shift
    by_option = dict(zip((option for option, _ in best_first), counts, strict=True))
    return Survey(
        code, part, tuple(by_option[option] for option in known), tuple(known), tuple(known.values())
    )


def _mean(values: Iterable[Fraction]) -> Fraction:
    found = list(values)
    return sum(found, Fraction(0)) / len(found)


def _rolled_up(
    framework: Framework, surveys: Sequence[Survey], items: dict[str, Fraction]
) -> dict[tuple[str, str], Fraction]:
    """Return every exact score above the questions and published items."""
    scores = {(s.item, s.part): s.score for s in surveys} | {(o, ""): score for o, score in items.items()}
    for indicator in framework.indicators:
        children = framework.children(indicator.code)
        parts = framework.parts_of(indicator.code) or ("",)
        by_part = [_mean(scores[child, part] for child in children) for part in parts]
        scores[indicator.code, ""] = _mean(by_part)
    for instrument in framework.instruments:
        indicators = framework.children(instrument.code)
        scores[instrument.code, ""] = _mean(scores[code, ""] for code in indicators)
        for part in framework.parts_of(instrument.code):
            questions = [framework.children(code) for code in indicators]
            scores[instrument.code, part] = _mean(
                _mean(scores[q, part] for q in group) for group in questions
            )
    scores["total", ""] = sum((i.weight * scores[i.code, ""] for i in framework.instruments), Fraction(0))
    return scores


@pytest.fixture
def add_consistent(workspace: Workspace) -> Callable[..., ConsistentAgency]:
    """Return a function that adds a made-up agency whose printed numbers all follow from counted answers."""

    def add(agency_id: str = "samoe", items: dict[str, int] | None = None) -> ConsistentAgency:
        framework = load_framework(YEAR)
        sizes = {"": 40, "1": 50, "2": 25}
        surveys = tuple(
            _survey(framework, question.code, part, sizes[part], shift=1 + i % 2)
            for i, question in enumerate(framework.questions)
            for part in framework.parts_of(question.code) or ("",)
        )
        item_scores = {item.code: Fraction(100) for item in framework.items}
        item_scores |= {code: Fraction(score) for code, score in (items or {}).items()}
        scores = _rolled_up(framework, surveys, item_scores)
        lowest = min(scores[i.code, ""] for i in framework.instruments)
        level = "ผ่านดีเยี่ยม" if lowest >= 95 else "ผ่านดี"
        assert lowest >= 85
        respondents = {"n_iit": 40, "n_eit1": 50, "n_eit2": 25}
        workspace.append("data/agencies.csv", f"{agency_id},เทศบาลตำบลเสมอ,เทศบาลตำบล,เมือง,ลำปาง")
        workspace.append(
            f"data/{YEAR}/stated_scores.csv",
            *(f"{agency_id},{node},{part},{printed(score)}" for (node, part), score in scores.items()),
        )
        workspace.append(f"data/{YEAR}/stated_results.csv", f"{agency_id},{level},40,50,25,44")
        workspace.append(
            f"data/{YEAR}/responses.csv",
            *(
                f"{agency_id},{s.item},{s.part},{option},{printed(Fraction(100 * n, sum(s.counts)))},{n}"
                for s in surveys
                if framework.points(s.item) is not None
                for option, n in zip(s.options, s.counts, strict=True)
            ),
        )
        return ConsistentAgency(agency_id, scores, level, respondents, surveys)

    return add


@pytest.fixture(scope="session")
def real_report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of ``ita-nb report hannangam --year 2568``, by their ending; made once."""
    out = tmp_path_factory.mktemp("report")
    report = make_report(Task(AGENCY, "", YEAR, REPOSITORY), out)
    return {path.suffix: path for path in report.paths}
