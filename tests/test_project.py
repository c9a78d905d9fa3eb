"""The house itself: versions agree, imports run one way, years are data, the story fits on a page."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ita_nb"
SOURCES = sorted(PACKAGE.rglob("*.py"))
# Who may import whom: a layer may import itself and what stands before it.
LAYERS = (
    *"errors thai made facts intake task analysis history case progress".split(),
    *"parameters frames tables synth province document displayed charts exhibits".split(),
    *"notebook notebook_files execution verify report batch cli".split(),
)


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def _locked() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {_name(name): version for name, version in pairs}


def _project() -> dict[str, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"core": project["dependencies"], **project["optional-dependencies"]}


def _conda() -> dict[str, str]:
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    pip = next(d["pip"] for d in conda["dependencies"] if isinstance(d, dict))
    return {_name(line): line.split("==")[1] for line in pip if "==" in line}


def test_lock_holds_exact_versions_only() -> None:
    """Every line of the lock is a comment or name==version: no address, no range."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if not re.fullmatch(r"#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line)] == []


@pytest.mark.parametrize("group", ["core", "browser", "cluster", "dev", "lab"])
def test_lock_covers_the_project(group: str) -> None:
    """Every dependency of the project is locked, in a version that it takes."""
    locked = _locked()
    asked = [Requirement(dependency) for dependency in _project()[group]]

    assert [str(r) for r in asked if not r.specifier.contains(locked.get(_name(r.name), "0"))] == []
    assert {_name(r.name) for r in asked} <= set(locked)


def test_environment_lists_what_the_project_needs() -> None:
    """environment.yml names the core and lab dependencies, neither more nor fewer."""
    needed = {_name(d) for d in _project()["core"] + _project()["lab"]}

    assert set(_conda()) == needed


def test_environment_agrees_with_the_lock() -> None:
    """environment.yml pins the versions of the lock."""
    locked = _locked()

    assert {name: locked[name] for name in _conda()} == _conda()


def _layer(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def _imported(path: Path) -> set[str]:
    """Return the modules of the package that a module imports."""
    imports = [
        n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.ImportFrom)
    ]
    # ``from ita_nb import charts`` names its layer behind the import.
    named = {f"ita_nb.{alias.name}" for n in imports if n.module == "ita_nb" for alias in n.names}
    return named | {n.module for n in imports if n.module and n.module.startswith("ita_nb.")}


def test_imports_run_one_way() -> None:
    """A module imports only its own layer and the layers before it."""
    backwards = []
    for path in SOURCES:
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own not in {"__init__", "__main__"}:
            allowed = {*LAYERS[: LAYERS.index(own) + 1], "__version__", "open_report"}
            backwards += [f"{path.name}: {m}" for m in _imported(path) if _layer(m) not in allowed]

    assert backwards == []


def test_no_fiscal_year_in_code() -> None:
    """A new fiscal year is new data: no year stands in the code, not even in an example."""
    year = re.compile(r"\b2[45][0-9]{2}\b")
    found = [f"{p.name}: {m.group()}" for p in SOURCES for m in year.finditer(p.read_text(encoding="utf-8"))]

    # The one bound that tells Buddhist from Common Era years is no fiscal year.
    assert found == ["thai.py: 2400"]


def test_the_story_fits_on_a_page() -> None:
    """case.py is the place to start reading, so it stays short."""
    assert len((PACKAGE / "case.py").read_text(encoding="utf-8").splitlines()) <= 145


def test_no_dumping_ground() -> None:
    """No module is named for being a mixture."""
    assert [p.name for p in SOURCES if p.stem in {"utils", "util", "helpers", "common", "misc"}] == []


def test_files_are_read_in_few_places() -> None:
    """Files are opened where they are read or made: in no arithmetic, no exhibit, no chart."""
    opening = re.compile(r"\bopen\(|read_csv|read_parquet|\.read_text\(|\.read_bytes\(")
    places = {
        p.relative_to(PACKAGE).parts[0] for p in SOURCES if opening.search(p.read_text(encoding="utf-8"))
    }

    assert not places & {
        "analysis",
        "case.py",
        "frames.py",
        "charts",
        "exhibits",
        "displayed.py",
        "notebook.py",
    }


def test_tests_are_documented() -> None:
    """Every test says in one sentence what it claims."""
    silent = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        silent += [
            f"{path.name}:{n.name}"
            for n in ast.walk(tree)
            if isinstance(n, ast.FunctionDef) and n.name.startswith("test_") and not ast.get_docstring(n)
        ]

    assert silent == []
