"""A defective province as a batch: every planted defect stops its own agency, or is told in its documents."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import in_process
import pytest
from conftest import REPOSITORY

from ita_nb.batch import worker
from ita_nb.batch.run import BatchResult, run_batch
from ita_nb.batch.task import Outcome, Task
from ita_nb.intake.directory import read_directory
from ita_nb.synth import make_province
from ita_nb.synth.settings import load_settings

YEAR = 2568
# Why an agency with a defect is stopped; the others are made.
STOPPED = {"no-data": "no-data", "broken-params": "words"}
# What is found in the data is counted as errors in the documents of these; the rest does no harm.
CONTRADICTORY = {
    "total-digits-swapped",
    "total-decimal-slip",
    "item-of-other-year",
    "unknown-code",
    "shares-sum",
    "level-of-other-framework",
    "score-out-of-range",
    "duplicate-different",
}
KINDS = [kind.kind for kind in load_settings().defects.kinds]


@dataclass
class Here:
    """An engine that makes everything in this process, without kernels, and keeps the outcomes."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    waiting: list[Task] = field(default_factory=list)

    def submit(self, task: Task) -> None:
        """Queue a task."""
        self.waiting.append(task)

    def as_completed(self) -> Iterator[Outcome]:
        """Make what was queued."""
        while self.waiting:
            outcome = worker.make_one(self.waiting.pop())
            self.outcomes[outcome.agency_id] = outcome
            yield outcome

    def cancel(self) -> None:
        """Start nothing more."""
        self.waiting.clear()

    def close(self) -> None:
        """Free nothing: there is nothing."""


@dataclass(frozen=True)
class Defective:
    """A batch of the defective agencies of a province: who has which defect, and what became of them."""

    agencies: dict[str, str]  # by kind of defect
    outcomes: dict[str, Outcome]
    result: BatchResult
    root: Path


@pytest.fixture(scope="module")
def defective(tmp_path_factory: pytest.TempPathFactory) -> Defective:
    """The batch, run once."""
    root = tmp_path_factory.mktemp("defective") / "province"
    made = make_province(
        "ทดสอบ",
        load_settings().defects.block,
        YEAR,
        1,
        root,
        defects=True,
        notebooks=REPOSITORY / "notebooks",
    )
    agencies = {defect.kind: defect.agency_id for defect in made.defects if defect.agency_id}
    batch = root / "params/defective.yaml"
    chosen = f"agencies: {{list: {json.dumps(list(agencies.values()))}}}"
    batch.write_text(f"fiscal_year: {YEAR}\n{chosen}\nformats: [html]\noverview: false\n", encoding="utf-8")
    engine = Here()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "execute", in_process.execute)
        result = run_batch(batch, workspace=root, engine=engine, stream=io.StringIO())
    return Defective(agencies, engine.outcomes, result, root)


@pytest.mark.parametrize("kind", KINDS)
def test_a_defect_ends_as_it_should(defective: Defective, kind: str) -> None:
    """Its agency is stopped by the cause, or made with the contradiction counted, or made as any other."""
    agency = defective.agencies[kind]
    causes = {stop.agency_id: stop.cause for stop in defective.result.tally.stopped}
    outcome = defective.outcomes.get(agency)
    made = None if outcome is None else (outcome.is_done, outcome.errors > 0)

    assert (causes.get(agency), made) == (
        (STOPPED[kind], None) if kind in STOPPED else (None, (True, kind in CONTRADICTORY))
    )


def test_the_digest_counts_every_defective_agency(defective: Defective) -> None:
    """Made, contradictory and stopped add up to the planted defects, and none failed."""
    tally = defective.result.tally

    assert (len(tally.stopped), len(tally.contradictory)) == (len(STOPPED), len(CONTRADICTORY))
    assert (tally.made, tally.failed) == (len(KINDS) - len(STOPPED), ())


def test_every_group_of_the_defective_has_its_command(defective: Defective) -> None:
    """The digest tells each cause by its short name, its agency by name, and one command a language."""
    digest = (defective.result.out / "digest.txt").read_text(encoding="utf-8")
    names = read_directory(defective.root).agencies

    for kind, said in {"no-data": f"ไม่มีข้อมูลปี {YEAR}", "broken-params": "แฟ้มใน params ใช้ไม่ได้"}.items():
        agency = defective.agencies[kind]
        assert f"  1 แห่ง: {said}\n    หน่วยงาน: {names[agency].name_th} ({agency})\n" in digest
        assert digest.count(f"ita-nb report {agency} --year {YEAR} --format html --workspace ") == 2
