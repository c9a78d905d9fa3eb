"""A notebook runs the same in a forked and in an ordinary kernel; what fails is limited, named and kept."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

import ita_nb
from ita_nb.document.notebook import read_document
from ita_nb.errors import ParameterError, RenderError
from ita_nb.execution import ExecutionError, Forks, preload, run_notebook
from ita_nb.notebook_files import check_notebook, partial_bytes
from ita_nb.task import ENVIRONMENT, Cause, KernelKind, Limits

KINDS: tuple[KernelKind, ...] = ("warm", "cold")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux")


@dataclass(frozen=True)
class Ran:
    """What became of a run: its notebook, the kind of its kernel, or how it failed."""

    notebook: Any
    kernel: str = ""
    cpu_seconds: float = 0.0
    cause: Cause | None = None
    cell: int = 0
    message: str = ""

    @property
    def said(self) -> list[str]:
        """What each cell printed."""
        outputs = [output for cell in self.notebook.cells for output in cell.get("outputs", ())]
        return ["".join(output.text).strip() for output in outputs if output.get("name") == "stdout"]


def notebook(folder: Path, *cells: str, parameters: str = "x = 0") -> Path:
    """Write a notebook with a cell of parameters and the given ones."""
    v4 = nbformat.v4
    made = v4.new_notebook(cells=[v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})])
    made.cells += [v4.new_code_cell(cell) for cell in cells]
    path = folder / "notebook.ipynb"
    path.write_text(nbformat.writes(made), encoding="utf-8")
    return path


_forks: Forks  # of the process apart


def begin() -> None:
    """Fork what forks kernels while this process has no threads."""
    global _forks
    preload()
    assert Forks.can_start()
    _forks = Forks()


def run_apart(path: Path, kind: KernelKind, limits: Limits) -> Ran:
    """Run a notebook in the process apart."""
    try:
        forks = _forks if kind == "warm" else None
        return Ran(*run_notebook(path, {"x": 1}, path.parent, forks=forks, limits=limits, is_quiet=True))
    except ExecutionError as error:
        return Ran(error.notebook, cause=error.cause, cell=error.cell, message=str(error))


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def apart() -> Iterator[ProcessPoolExecutor]:
    """Return a process whose kernels can be forked, which this one with its threads is not."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=begin) as pool:
            pool.submit(os.getpid).result()
            yield pool


@pytest.fixture
def run(apart: ProcessPoolExecutor, tmp_path: Path) -> Run:
    """Return a function that runs cells."""

    def run_cells(*cells: str, kind: KernelKind = "warm", **limits: int) -> Ran:
        return apart.submit(run_apart, notebook(tmp_path, *cells), kind, Limits(**limits)).result()

    return run_cells


SURROUNDINGS = """\
import gc, os, random, signal, sys
import matplotlib.pyplot as plt
import numpy as np
print(sorted(name for name in globals() if not name.startswith("_")), x, gc.isenabled(), __name__)
print(signal.getsignal(signal.SIGTERM), sys.stdin.isatty(), os.environ["MPLBACKEND"], "LEFT" in os.environ)
"""
DRAWN = """\
print(os.getcwd(), os.listdir())
open("tmp.csv", "x").close()
print(random.random(), np.random.random())
"""
LEAVE = "os.environ['LEFT'] = '1'; held = b'x' * (60 << 20); plt.plot([1, 2]);"


def test_every_run_begins_anew(run: Run, tmp_path: Path) -> None:
    """Names, signals and environment are the same in both kinds, and nothing is left to the next run.

    Each runs in an empty folder of its own, which goes with it, draws its own random numbers, carries its
    figure, and its use is measured.
    """
    runs = [run(SURROUNDINGS, DRAWN, LEAVE, kind=kind) for kind in ("warm", "cold", "warm")]
    surroundings, drawn = zip(*(one.said for one in runs), strict=True)
    listed, numbers = zip(*(text.split("\n") for text in drawn), strict=True)
    folders = [Path(text.removesuffix(" []")) for text in listed]

    assert [one.kernel for one in runs] == ["warm", "cold", "warm"]
    assert len({*surroundings}) == 1
    assert len({*folders}) == len({number for pair in numbers for number in pair.split()}) / 2 == 3
    assert [folder for folder in folders if folder.exists() or tmp_path in folder.parents] == []
    assert [path.name for path in tmp_path.iterdir()] == ["notebook.ipynb"]
    assert all("image/png" in one.notebook.cells[-1].outputs[-1].data for one in runs)
    assert all(one.cpu_seconds > 0.02 for one in runs)


# ---------------------------------------------------------------- what fails

STUBBORN = "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass"
FAILURES: dict[str, tuple[str, dict[str, int], Cause, str]] = {
    "raises": ("raise ValueError('ผิดพลาด')", {}, "cell-failed", "ValueError: ผิดพลาด"),
    "exits": ("import sys; sys.exit()", {}, "cell-failed", "SystemExit"),
    "is interrupted": ("raise KeyboardInterrupt", {}, "cell-failed", "KeyboardInterrupt"),
    "sleeps": ("import time; time.sleep(60)", {"cell_seconds": 1}, "cell-timeout", "1 วินาที"),
    "cannot be interrupted": (STUBBORN, {"cell_seconds": 1}, "cell-timeout", "1 วินาที"),
    "takes long in all": (
        "import time; time.sleep(60)",
        {"cell_seconds": 30, "run_seconds": 2},
        "run-timeout",
        "2 วินาที",
    ),
    "asks for much": ("held = bytearray(3 << 30)", {"memory_mb": 2048}, "memory", "MemoryError"),
    "takes more and more": (
        "held = []\nwhile True: held.append(bytearray(1 << 24))",
        {"memory_mb": 1024},
        "memory",
        "MemoryError",
    ),
    "dies": ("import os; os._exit(3)", {}, "kernel-died", "DeadKernelError"),
    "dies with all it may have": (
        "import os; held = b'x' * (885 << 20); os._exit(3)",
        {"memory_mb": 1024},
        "memory",
        "DeadKernelError",
    ),
}
COLD = ("sleeps", "asks for much")  # the kinds differ in how they are limited and ended


@pytest.mark.parametrize(
    ("name", "kind"), [*((name, "warm") for name in FAILURES), *((name, "cold") for name in COLD)]
)
def test_a_failure_is_named(run: Run, name: str, kind: KernelKind) -> None:
    """It is told by its cause and its cell; what ran before is kept, and not taken for a whole notebook."""
    cell, limits, cause, found = FAILURES[name]
    ran = run("print('before')", cell, "print('after')", kind=kind, **limits)

    assert (ran.cause, ran.cell, ran.said) == (cause, 4, ["before"])
    assert found in ran.message
    assert "notebook.ipynb เซลล์ที่ 4" in ran.message
    with pytest.raises(RenderError, match="เซลล์ที่"):
        read_document(ran.notebook)


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_kernel_is_replaced_once(run: Run, tmp_path: Path, kind: KernelKind) -> None:
    """A kernel that is killed is followed by an ordinary one, in which the run is whole."""
    once = f"""
import os, time
from pathlib import Path
if not (tried := Path({str(tmp_path / "tried")!r})).exists():
    tried.touch()
    os.kill(os.getpid(), 9)
    time.sleep(60)
"""
    ran = run(once, "print('done')", kind=kind)

    assert (ran.kernel, ran.cause, ran.said) == ("cold", None, ["done"])


@pytest.mark.parametrize(("kind", "taken"), [("warm", 150), ("cold", 20)])
def test_a_notebook_may_take_what_its_limit_says(run: Run, kind: KernelKind, taken: int) -> None:
    """Under a small limit a notebook has room: what a forked kernel inherits is not counted."""
    assert run(f"held = bytearray({taken} << 20)", kind=kind, memory_mb=256).kernel == kind


def test_a_partial_notebook_names_no_folder(run: Run, tmp_path: Path) -> None:
    """Neither its traceback nor what papermill writes into it names a folder of this machine."""
    ran = run(f"from ita_nb.case import build_case\nbuild_case('nobody', 2568, {str(tmp_path)!r})")
    text = partial_bytes(ran.notebook, without=[tmp_path]).decode()
    places = (f"{tmp_path}{os.sep}", str(Path(ita_nb.__file__).parents[1]), sys.prefix)

    assert [place for place in places if place in text] == []
    assert "ita_nb/case.py" in text


def test_where_no_kernel_starts_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says so, names the notebook, and has no notebook to keep."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "ipykernel_launcher.py").write_text("raise SystemExit(1)", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "broken"))
    with pytest.raises(ExecutionError) as caught:
        run_notebook(notebook(tmp_path, "1"), {}, tmp_path, is_quiet=True)

    assert (caught.value.cause, caught.value.where) == ("kernel-died", "notebook.ipynb")


# ---------------------------------------------------------------- what is refused before it runs

OURS = "agency_id: str = 'a'\ntexts: list = []"
REFUSED: dict[str, tuple[str, str]] = {
    "a parameter that it does not declare": ("other = 1", "ประกาศไว้ other"),
    "of the measures": ("agency_id = 'a'", "สมุดบันทึกของเอกสาร progress"),
    "of the previous version": (
        f"{OURS}\nfrom ita_nb.document.exhibits import AgencyReport",
        "โปรแกรมรุ่นก่อน",
    ),
}


@pytest.mark.parametrize(("parameters", "found"), REFUSED.values(), ids=REFUSED)
def test_a_notebook_that_cannot_take_its_task_is_refused(tmp_path: Path, parameters: str, found: str) -> None:
    """What papermill would let pass is told with what to do."""
    with pytest.raises(ParameterError, match=found) as caught:
        check_notebook(notebook(tmp_path, parameters=parameters), {"agency_id": "a"}, "analysis")

    assert caught.value.todo


BEFORE = '"cells": [{"cell_type": "code", "metadata": {}, "source": "1"},'


@pytest.mark.parametrize(
    ("old", "new"), [('"parameters"', '"other"'), ('"cells": [', BEFORE)], ids=["no tag", "code before it"]
)
def test_the_tagged_cell_is_the_first(tmp_path: Path, old: str, new: str) -> None:
    """Without the tag, or with code before it, the values of the task would be written over."""
    path = notebook(tmp_path, parameters=OURS)
    check_notebook(path, {"agency_id": "a"}, "analysis")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ParameterError, match="ไม่มีเซลล์นี้เป็นเซลล์โค้ดแรก"):
        check_notebook(path, {"agency_id": "a"}, "analysis")
