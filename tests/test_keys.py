"""The fingerprint of a task: it changes with all that its documents depend on, and with nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import AGENCY, PLAN_YEAR, YEAR, Workspace

from ita_nb.batch import keys
from ita_nb.batch.keys import Fingerprints, Keyed, environment
from ita_nb.batch.task import Task
from ita_nb.facts.loader import FRAMEWORKS
from ita_nb.facts.rules import load_rules
from ita_nb.intake.directory import read_directory

DATA = f"data/{YEAR}"
OTHER = "khangban"
TYPE = "องค์การบริหารส่วนตำบล"
PROGRESS = f"params/{AGENCY}-{YEAR}-progress.yaml"

Change = Callable[[Workspace], object]


def task(workspace: Workspace, agency_id: str = AGENCY, **asked: Any) -> Task:
    """Return a task of the workspace."""
    return Task("", agency_id, "", asked.pop("fiscal_year", YEAR), str(workspace.root), "out", **asked)


def keyed(workspace: Workspace, agency_id: str = AGENCY, **asked: Any) -> Keyed:
    """Return the fingerprints of a task, from what the workspace holds now."""
    return Fingerprints(workspace.root).task_key(task(workspace, agency_id, **asked))


@pytest.fixture
def province(workspace: Workspace) -> Workspace:
    """Return a workspace in which another agency of the same type has scores, answers and measures."""
    workspace.append("data/agencies.csv", f"{OTHER},อบต.ข้างบ้าน,{TYPE},เมือง,เลย")
    workspace.append(f"{DATA}/stated_scores.csv", f"{OTHER},total,,90", f"{OTHER},i10,,80")
    workspace.append(f"{DATA}/responses.csv", f"{OTHER},i10,,ดี,1,")
    return workspace


# ---------------------------------------------------------------- what changes a key

OWN: dict[str, Change] = {
    "a score": lambda w: w.edit(f"{DATA}/stated_scores.csv", f"{AGENCY},i10,,81.90", f"{AGENCY},i10,,81.91"),
    "a score more": lambda w: w.append(f"{DATA}/stated_scores.csv", f"{AGENCY},i2,,99"),
    "a result": lambda w: w.drop(f"{DATA}/stated_results.csv"),
    "an answer": lambda w: w.append(f"{DATA}/responses.csv", f"{AGENCY},i11,,ดี,1,"),
    "a remark": lambda w: w.append(f"{DATA}/remarks.csv", f"{AGENCY},i10,note,ใหม่,confirmed"),
    "a measure": lambda w: w.write(
        f"data/{PLAN_YEAR}/measures.csv", f"agency_id,measure_id,items,title_th\n{AGENCY},m1,i10,จุดยืม\n"
    ),
    "an earlier year": lambda w: w.write(
        "data/2567/stated_scores.csv", f"agency_id,node,score\n{AGENCY},total,90\n"
    ),
    "its name": lambda w: w.edit("data/agencies.csv", "ตำบลหันนางาม,", "ตำบลหันนางามใหม่,"),
    "its own words": lambda w: w.append(f"params/{AGENCY}-{YEAR}.yaml", "# ใหม่"),
    "facts of the workspace": lambda w: w.write(
        f"facts/{YEAR}.yaml", (FRAMEWORKS / f"{YEAR}.yaml").read_text(encoding="utf-8") + "\n"
    ),
    "its own notebook": lambda w: w.write(f"work/{AGENCY}-{YEAR}.ipynb", "{}"),
    "the notebook": lambda w: w.edit("notebooks/agency_report.ipynb", '"nbformat": 4', '"nbformat":  4'),
    "rows that may be its own": lambda w: w.append(f"{DATA}/stated_scores.csv", f"{AGENCY.upper()},i2,,9"),
    "a namesake": lambda w: w.append(
        "data/agencies.csv",
        "twin," + ",".join(vars(read_directory(w.root).agencies[AGENCY]).values()).partition(",")[2],
    ),
    "an unreadable earlier year": lambda w: w.write("data/2567/stated_scores.csv", "ไม่ใช่ตาราง\n"),
}


@pytest.mark.parametrize("change", OWN.values(), ids=OWN.keys())
def test_what_a_document_depends_on_makes_it_new(province: Workspace, change: Change) -> None:
    """Anything of the agency that can be in its document changes its key."""
    before = keyed(province).key
    change(province)

    assert keyed(province).key != before


OTHERS: dict[str, Change] = {
    "another's score": lambda w: w.edit(f"{DATA}/stated_scores.csv", f"{OTHER},i10,,80", f"{OTHER},i10,,81"),
    "another's row before": lambda w: w.edit(
        f"{DATA}/stated_scores.csv",
        "agency_id,node,part,score\n",
        f"agency_id,node,part,score\n{OTHER},i2,,1\n",
    ),
    "a new agency": lambda w: w.append("data/agencies.csv", "mai,อบต.ใหม่,,,"),
    "rows of nobody": lambda w: w.append(f"{DATA}/stated_scores.csv", "zzz,i2,,9"),
    "an unusable agency": lambda w: w.append("data/agencies.csv", "001,อบต.ใหม่,,,"),
    "another's notebook": lambda w: w.write(f"work/{OTHER}-{YEAR}.ipynb", "{}"),
    "its notebook of the measures": lambda w: w.write(f"work/{AGENCY}-{YEAR}-progress.ipynb", "{}"),
    "no notebooks but the package's": lambda w: shutil.rmtree(w.root / "notebooks"),
    "another's words": lambda w: w.write(f"params/{OTHER}-{YEAR}.yaml", f"agency_id: {OTHER}\n"),
    "words of an agency of a longer name": lambda w: w.write(f"params/{AGENCY}-2-{YEAR}.yaml", "x: 1\n"),
    "drafts that the program wrote": lambda w: w.write(f"params/{AGENCY}-{YEAR}.drafts.yaml", "x: 1\n"),
    "its report on the measures": lambda w: w.write(PROGRESS, "x: 1\n"),
    "a later year": lambda w: w.write(
        "data/2570/stated_scores.csv", f"agency_id,node,score\n{AGENCY},total,90\n"
    ),
    "another notebook": lambda w: w.drop("notebooks/measures_progress.ipynb"),
    "another's year": lambda w: w.write("data/2567/remarks.csv", "agency_id,item,kind,text_th\n"),
    "what was made": lambda w: w.write(f"outputs/{YEAR}/{AGENCY}/x.html", "x"),
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS.keys())
def test_what_a_document_does_not_depend_on_leaves_it_alone(province: Workspace, change: Change) -> None:
    """A correction for another agency, or of another document, leaves the key as it was."""
    before = keyed(province).key
    change(province)

    assert keyed(province).key == before


@pytest.mark.parametrize(
    "asked",
    [
        {"agency_id": OTHER},
        {"fiscal_year": 2567},
        {"document": "progress"},
        {"edition": "publish"},
        {"digits": "arabic"},
        {"draft": True},
        {"formats": ("html",)},
    ],
    ids=lambda asked: next(iter(asked)),
)
def test_what_is_asked_for_is_in_the_key(province: Workspace, asked: dict[str, Any]) -> None:
    """Another document, edition or format of the same data is another task."""
    assert keyed(province, **asked).key != keyed(province).key


@pytest.mark.parametrize(
    "asked",
    [{"kernel": "cold"}, {"cell_seconds": 1}, {"memory_mb": 500}, {"formats": ("docx", "pdf", "html")}],
    ids=lambda asked: next(iter(asked)),
)
def test_how_it_is_made_is_not_in_the_key(province: Workspace, asked: dict[str, Any]) -> None:
    """Neither the kernel nor the limits, nor the order of the formats, make a document anew."""
    assert keyed(province, **asked).key == keyed(province).key


def test_neither_is_where_it_lies(province: Workspace, tmp_path: Path) -> None:
    """The same workspace at another place gives the same key, so that machines agree."""
    before = keyed(province).key
    moved = Workspace(province.root.rename(tmp_path / "moved"))

    assert keyed(moved).key == before


# ---------------------------------------------------------------- words and pictures

WORDS = f"agency_id: {AGENCY}\nfiscal_year: {YEAR}\noffice: {{logo: %s}}\n"


@pytest.mark.parametrize("name", ["params/logo.png", r"params\logo.png", "'params/logo.png '"])
def test_the_logo_is_in_the_key(workspace: Workspace, name: str) -> None:
    """Another picture under the same name makes the document new."""
    workspace.write(f"params/{AGENCY}-{YEAR}.yaml", WORDS % name)
    found = []
    for content in ("one", "two"):
        workspace.write("params/logo.png", content)
        found.append(keyed(workspace).key)

    assert found[0] != found[1]


@pytest.mark.parametrize(
    "name",
    [
        "../outside.png",
        "missing.png",
        "params",
        "[1, 2]",
        "{a: b}",
        '"\\0"',
        "''",
        "*x",
        "params/" + "x" * 300,
    ],
)
def test_a_logo_that_no_document_reads_is_no_obstacle(workspace: Workspace, name: str) -> None:
    """Whatever stands for the picture, there is a key: what is wrong with it is said elsewhere."""
    workspace.write(f"params/{AGENCY}-{YEAR}.yaml", WORDS % name)
    (workspace.root.parent / "outside.png").write_bytes(b"one")
    before = keyed(workspace).key
    (workspace.root.parent / "outside.png").write_bytes(b"two")

    assert keyed(workspace).key == before


@pytest.mark.parametrize(
    "file", [f"{AGENCY}-{YEAR}-progress.yaml", f"{AGENCY}-{YEAR}.yaml", f"{AGENCY}-{YEAR - 1}.yaml"]
)
def test_a_report_on_measures_reads_the_words_of_their_analysis(workspace: Workspace, file: str) -> None:
    """Measures and office may stand in the analysis of the year before, or of the same year."""
    before = keyed(workspace, document="progress").key
    workspace.write(f"params/{file}", "# ใหม่\n")

    assert keyed(workspace, document="progress").key != before


# ---------------------------------------------------------------- the program itself


@pytest.mark.parametrize("name", ["code_version", "environment"])
def test_code_and_packages_are_in_the_key(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Another version of the program or of a package makes every document new."""
    before = keyed(workspace).key
    monkeypatch.setattr(keys, name, lambda: "another")

    assert keyed(workspace).key != before


def test_fonts_are_in_the_key(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another font makes every document new."""
    before = keyed(workspace).key
    monkeypatch.setattr(keys, "_fonts", lambda: b"another")

    assert keyed(workspace).key != before


def test_the_environment_names_what_makes_documents() -> None:
    """The versions of Python and of the packages that the project asks for stand in it, of no others."""
    names = [line.split()[0] for line in environment().splitlines()]

    assert {"python", "pandas", "typst", "matplotlib", "pikepdf"} <= set(names)
    assert not {"pytest", "ruff", "jupyterlab"} & set(names)


def test_fingerprints_need_no_heavy_package(workspace: Workspace) -> None:
    """A batch that has nothing to do imports neither pandas nor papermill nor matplotlib."""
    script = f"""
import json, sys
from pathlib import Path
from ita_nb.batch.keys import Fingerprints
from ita_nb.batch.task import Task
import ita_nb.batch.plan
home = Path({str(workspace.root)!r})
Fingerprints(home).task_key(Task("", {AGENCY!r}, "", {YEAR}, str(home), "out"))
heavy = "pandas numpy matplotlib papermill nbconvert nbformat pythainlp typst docx".split()
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert json.loads(ran.stdout) == []


# ---------------------------------------------------------------- the others


def alike(workspace: Workspace, number: int) -> None:
    """Add agencies of the demo agency's type."""
    ids = [f"alike{i}" for i in range(number)]
    workspace.append("data/agencies.csv", *(f"{i},อบต.,{TYPE},," for i in ids))
    workspace.append(f"{DATA}/stated_scores.csv", *(f"{i},total,,80" for i in ids))


def test_the_others_have_a_fingerprint_of_their_own(workspace: Workspace) -> None:
    """A correction for one of the others is told by the second fingerprint alone."""
    alike(workspace, load_rules().peers_min)
    before = keyed(workspace)
    workspace.edit(f"{DATA}/stated_scores.csv", "alike0,total,,80", "alike0,total,,81")
    after = keyed(workspace)

    assert after.key == before.key
    assert after.peers != before.peers


def test_one_s_own_correction_is_none_of_the_others(workspace: Workspace) -> None:
    """A correction of the own scores leaves the fingerprint of the others alone."""
    alike(workspace, load_rules().peers_min)
    before = keyed(workspace)
    workspace.edit(f"{DATA}/stated_scores.csv", f"{AGENCY},i10,,81.90", f"{AGENCY},i10,,81.91")

    assert keyed(workspace).peers == before.peers


@pytest.mark.parametrize(("missing", "has"), [(1, False), (0, True)])
def test_too_few_others_are_none(workspace: Workspace, missing: int, has: bool) -> None:
    """Where a document compares with nobody, there is no fingerprint of the others."""
    alike(workspace, load_rules().peers_min - missing)

    assert bool(keyed(workspace).peers) is has


def test_a_report_on_measures_compares_with_nobody(workspace: Workspace) -> None:
    """Only the analysis has a place among other agencies."""
    alike(workspace, load_rules().peers_min)

    assert keyed(workspace, document="progress").peers == ""


def test_the_key_of_the_task_itself_does_not_matter(workspace: Workspace) -> None:
    """The fingerprint of a task that has one already is the same."""
    asked = task(workspace)
    prints = Fingerprints(workspace.root)

    assert prints.task_key(replace(asked, key="x")) == prints.task_key(asked)
