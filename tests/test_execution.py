"""A notebook runs the same in a warm and in an ordinary kernel; what fails is limited, named and kept."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import nbformat
import pytest
from conftest import Workspace
from in_process import task_for

from ita_nb.batch.execution import Execution, ExecutionError, Limits, execute
from ita_nb.batch.task import Cause, KernelKind
from ita_nb.batch.template import ADDRESS, Template, fork
from ita_nb.batch.worker import make_one
from ita_nb.document.notebook import read_document
from ita_nb.errors import RenderError

ROOT = Path(__file__).parents[1]
KINDS: tuple[KernelKind, ...] = ("warm", "cold")
WAIT = 60

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the template is for Linux")


@pytest.fixture(scope="module")
def template() -> Iterator[Template]:
    """A template that no test ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        with Template.start() as template:
            yield template


@pytest.fixture(autouse=True)
def address(template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let warm kernels find the template."""
    monkeypatch.setenv(ADDRESS, template.address)


def notebook(folder: Path, *cells: str) -> Path:
    """A notebook with a cell of parameters and the given ones."""
    v4 = nbformat.v4
    made = v4.new_notebook(cells=[v4.new_code_cell("x = 0", metadata={"tags": ["parameters"]})])
    made.cells += [v4.new_code_cell(cell) for cell in cells]
    path = folder / "notebook.ipynb"
    path.write_text(nbformat.writes(made), encoding="utf-8")
    return path


def read(path: Path) -> Any:
    """A notebook file."""
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)


def run(
    folder: Path, *cells: str, kernel: KernelKind = "warm", limits: Limits | None = None
) -> tuple[Execution, Any]:
    """Run cells, and return how they were run with the notebook that came of it."""
    path = notebook(folder, *cells)
    execution = execute(path, folder / "out.ipynb", {"x": 1}, folder, kernel=kernel, limits=limits)
    return execution, read(folder / "out.ipynb")


def said(made: Any) -> str:
    """What the last cell printed."""
    return "".join(output.text for output in made.cells[-1].outputs if output.output_type == "stream").strip()


def lasting(path: Path) -> Any:
    """A notebook without what differs between any two runs: times, durations and cell ids."""
    made = json.loads(path.read_text(encoding="utf-8"))
    for cell in made["cells"]:
        cell.pop("id")
        cell["metadata"].pop("execution", None)
    for record in (made["metadata"], *(cell["metadata"] for cell in made["cells"])):
        for key in ("start_time", "end_time", "duration"):
            record["papermill"].pop(key)
    made["metadata"]["papermill"].pop("output_path")
    return made


# ---------------------------------------------------------------- both kinds of kernel


@pytest.fixture(scope="module")
def reports(template: Template, tmp_path_factory: pytest.TempPathFactory) -> dict[KernelKind, Path]:
    """The same real report from both kinds of kernel."""
    folder = tmp_path_factory.mktemp("reports")
    made = {kind: folder / f"{kind}.ipynb" for kind in KINDS}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ADDRESS, template.address)
        for kind, path in made.items():
            report = ROOT / "notebooks" / "agency_report.ipynb"
            done = execute(report, path, {"agency_id": "hannangam"}, ROOT, kernel=kind)
            assert (done.kernel, done.attempts) == (kind, 1)
    return made


def test_both_kernels_give_the_same_outputs(reports: dict[KernelKind, Path]) -> None:
    """A report from a warm kernel is that of an ordinary one, but for times and ids."""
    assert lasting(reports["warm"]) == lasting(reports["cold"])


def test_executed_notebook_holds_the_document(reports: dict[KernelKind, Path]) -> None:
    """The document is read out of a notebook that a warm kernel made."""
    assert read_document(read(reports["warm"])).cover.agency_id == "hannangam"


def test_executed_notebook_names_no_folder(reports: dict[KernelKind, Path]) -> None:
    """A notebook that goes to other people names no folder of this machine."""
    assert str(ROOT) not in reports["warm"].read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_report_is_the_same_from_a_folder_of_its_own(
    reports: dict[KernelKind, Path], tmp_path: Path, kind: KernelKind
) -> None:
    """Run outside the workspace that it is told of, a report is the one that was run inside."""
    (tmp_path / "own").mkdir()
    path, notebook_ = tmp_path / f"{kind}.ipynb", ROOT / "notebooks" / "agency_report.ipynb"
    execute(notebook_, path, {"agency_id": "hannangam"}, tmp_path / "own", workspace=ROOT, kernel=kind)

    assert lasting(path) == lasting(reports[kind])


def test_cells_of_two_tasks_write_into_folders_of_their_own(workspace: Workspace, tmp_path: Path) -> None:
    """Both cells make a new ``tmp.csv``; neither stands in the workspace or in the output folder after."""
    part = "show(exhibits.contact(report))"
    workspace.edit("notebooks/agency_report.ipynb", part, f"open('tmp.csv', 'x').close(); {part}")
    before = sorted(workspace.root.rglob("*"))
    place = tmp_path / "out"
    tasks = [task_for(place, workspace.root, key=key, formats=("html",), kernel="warm") for key in "ab"]
    failures = [make_one(task).failure for task in tasks]

    assert failures == [None, None]
    assert sorted(workspace.root.rglob("*")) == before
    assert list(place.rglob("tmp.csv")) == []


def test_the_name_of_a_notebook_is_no_pattern(tmp_path: Path) -> None:
    """Braces in a path, which papermill would fill in, are part of the name."""
    folder = tmp_path / "งาน {x} {0} {"
    folder.mkdir()
    _, made = run(folder, "print(x)")

    assert (said(made), made.metadata.papermill.input_path) == ("1", "notebook.ipynb")


@pytest.mark.parametrize("kind", KINDS)
def test_figure_is_a_picture(tmp_path: Path, kind: KernelKind) -> None:
    """A figure that a cell leaves behind is in the notebook as a picture."""
    _, made = run(tmp_path, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);", kernel=kind)

    assert [sorted(output.data) for output in made.cells[-1].outputs] == [["image/png", "text/plain"]]


SURROUNDINGS = """\
import gc, os, signal, sys, threading
kept = sorted(name for name in globals() if not name.startswith("_"))
print(kept, os.getcwd(), sys.path[:2], sys.argv[1:2], gc.isenabled(), __name__, os.environ["MPLBACKEND"])
print(signal.getsignal(signal.SIGTERM), sys.stdin.isatty(), os.environ["OMP_NUM_THREADS"])
"""


def test_both_kernels_are_surrounded_alike(tmp_path: Path) -> None:
    """Names, folder, search path, signals and environment of a cell are the same in both kinds."""
    warm, cold = (said(run(tmp_path, SURROUNDINGS, kernel=kind)[1]) for kind in KINDS)

    assert warm == cold
    assert str(tmp_path) in warm


@pytest.mark.parametrize("kind", KINDS)
def test_use_of_the_kernel_is_known(tmp_path: Path, kind: KernelKind) -> None:
    """Time and memory of the kernel are measured."""
    work = "held = bytearray(150 << 20)\nfor _ in range(3_000_000): pass"
    execution, _ = run(tmp_path, work, kernel=kind)

    # Linux counts with a process what the one that forked it held: here all that earlier tests have loaded.
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    assert execution.cpu_seconds > 0.02
    assert 150 < execution.peak_mb < 1000 + ours


@pytest.mark.parametrize("kind", KINDS)
def test_run_leaves_no_file_and_stays_in_its_folder(
    tmp_path: Path, kind: KernelKind, template: Template
) -> None:
    """After a run no socket and no folder is left, and this process is where it was."""
    before = Path.cwd(), set(Path(template.address).parent.iterdir())
    run(tmp_path, "1", kernel=kind)

    assert (Path.cwd(), set(Path(template.address).parent.iterdir())) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebook.ipynb", "out.ipynb"]


def test_runs_differ_in_random_numbers(tmp_path: Path) -> None:
    """Two warm kernels draw different numbers, of Python and of numpy."""
    draw = "import random, numpy as np\nprint(random.random(), np.random.random())"
    drawn = [said(run(tmp_path, draw)[1]).split() for _ in range(2)]

    assert len({*drawn[0], *drawn[1]}) == 4


def test_one_run_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    """What a cell changes in modules and environment no later run sees."""
    start = "import os, json, matplotlib as m\n"
    run(tmp_path, start + "json.left = 1; m.rcParams['lines.linewidth'] = 9; os.environ['L'] = '1'")
    look = start + "print(hasattr(json, 'left'), m.rcParams['lines.linewidth'], 'L' in os.environ)"

    assert said(run(tmp_path, look)[1]) == "False 1.5 False"


# ---------------------------------------------------------------- without a template


@pytest.mark.parametrize("place", [None, "/no/such/template"])
def test_without_a_template_the_kernel_is_ordinary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str | None
) -> None:
    """Where no template answers the run is made in an ordinary kernel, and says so."""
    monkeypatch.delenv(ADDRESS)
    if place:
        monkeypatch.setenv(ADDRESS, place)

    assert run(tmp_path, "1")[0].kernel == "cold"


ONCE = """\
import os, time
from pathlib import Path
if not Path("tried").exists():
    Path("tried").touch()
    {deed}
    time.sleep(60)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_lost_kernel_is_replaced_once(tmp_path: Path, kind: KernelKind) -> None:
    """A kernel that is killed is followed by an ordinary one, and the run is whole."""
    execution, made = run(tmp_path, ONCE.format(deed="os.kill(os.getpid(), 9)"), "print('done')", kernel=kind)

    assert (execution.kernel, execution.attempts, said(made)) == ("cold", 2, "done")


def test_killed_template_costs_one_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the template is killed its kernel dies, and the run is made again in an ordinary one."""
    with Template.start() as own:
        monkeypatch.setenv(ADDRESS, own.address)
        execution, made = run(tmp_path, ONCE.format(deed="os.kill(os.getppid(), 9)"), "print('done')")

    assert (execution.kernel, execution.attempts, said(made)) == ("cold", 2, "done")


def run_some(folder: str, number: int) -> None:
    """Run a small notebook a few times in warm kernels; the exit status is 1 where one is not."""
    own = Path(folder) / str(number)
    own.mkdir()
    for _ in range(3):
        execution, _ = run(own, "print(x)")
        if (execution.kernel, execution.attempts) != ("warm", 1):
            sys.exit(1)


def test_many_kernels_at_once(template: Template, tmp_path: Path) -> None:
    """Twenty-four kernels, started by eight workers as fast as they can, all start at once."""
    workers = [
        fork(template.address, "test_execution:run_some", [str(tmp_path), n], env=os.environ)
        for n in range(8)
    ]

    assert [worker.wait(WAIT) for worker in workers] == [0] * 8


# ---------------------------------------------------------------- what fails


def failed(folder: Path, *cells: str, **options: Any) -> tuple[ExecutionError, Any]:
    """Run cells that fail, and return the error with the notebook that is left."""
    with pytest.raises(ExecutionError) as caught:
        run(folder, "print('before')", *cells, **options)
    made = folder / "out.ipynb"
    return caught.value, read(made)


FAILURES: dict[str, tuple[str, dict[str, Any], Cause, str]] = {
    "raises": ("raise ValueError('ผิดพลาด')", {}, "cell-failed", "ValueError: ผิดพลาด"),
    "exits": ("import sys; sys.exit()", {}, "cell-failed", "SystemExit"),
    "sleeps": ("import time; time.sleep(60)", {"cell_seconds": 1}, "cell-timeout", "1"),
    "cannot-be-interrupted": (
        "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass",
        {"cell_seconds": 1},
        "cell-timeout",
        "1",
    ),
    "takes-too-long-in-all": (
        "import time; time.sleep(60)",
        {"cell_seconds": 30, "run_seconds": 1},
        "run-timeout",
        "1",
    ),
    "asks-for-much": ("held = bytearray(3 << 30)", {"memory_mb": 2048}, "memory", "MemoryError"),
    "takes-more-and-more": (
        "held = []\nwhile True: held.append(bytearray(1 << 24))",
        {"memory_mb": 1024},
        "memory",
        "MemoryError",
    ),
    "asks-numpy-for-much": (
        "import numpy as np\nheld = np.ones(1 << 29)",
        {"memory_mb": 2048},
        "memory",
        "MemoryError",
    ),
    "ends": ("import os; os._exit(3)", {}, "kernel-died", "DeadKernelError"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_notebook_may_take_what_its_limit_says(tmp_path: Path, kind: KernelKind) -> None:
    """Under a small limit a notebook has room: what a forked kernel inherits is not counted."""
    taken = 20 if kind == "cold" else 150
    execution, _ = run(
        tmp_path, f"held = bytearray({taken} << 20)", kernel=kind, limits=Limits(memory_mb=256)
    )

    assert (execution.kernel, execution.attempts) == (kind, 1)


# The kinds differ in how they are started, limited and ended.
ALSO_COLD = ("raises", "sleeps", "asks-for-much", "ends")


@pytest.mark.parametrize(
    ("name", "kind"), [*((name, "warm") for name in FAILURES), *((name, "cold") for name in ALSO_COLD)]
)
def test_failure_is_named(tmp_path: Path, name: str, kind: KernelKind) -> None:
    """What goes wrong in a cell is told by its cause and its cell, and what ran before is kept."""
    cell, limits, cause, found = FAILURES[name]
    error, made = failed(tmp_path, cell, "print('after')", kernel=kind, limits=Limits(**limits))
    outputs = [output for c in made.cells for output in c.get("outputs", ())]
    printed = [output.text for output in outputs if output.get("name") == "stdout"]

    assert (error.cause, error.where) == (cause, "เซลล์ที่ 4")
    assert found in str(error)
    assert "notebook.ipynb เซลล์ที่ 4" in str(error)
    assert printed == ["before\n"]


@pytest.mark.parametrize("name", ["raises", "exits", "sleeps"])
def test_partial_notebook_is_not_taken_for_a_whole_one(tmp_path: Path, name: str) -> None:
    """No document is made from what a failed run leaves, though its cover be there."""
    cell, limits, _, _ = FAILURES[name]
    _, made = failed(tmp_path, cell, limits=Limits(**limits))

    with pytest.raises(RenderError, match="เซลล์ที่"):
        read_document(made)


def test_partial_notebook_names_no_folder(tmp_path: Path) -> None:
    """The traceback in a partial notebook names no folder of this machine."""
    failed(tmp_path, "from ita_nb.case import build_case\nbuild_case('nobody', 2568, '.')")
    text = (tmp_path / "out.ipynb").read_text(encoding="utf-8")

    assert [place for place in (str(tmp_path), str(ROOT), sys.prefix) if place in text] == []
    assert "ita_nb/case.py" in text


def test_kernel_that_does_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no kernel starts at all the error says so, names the notebook, and nothing is left."""
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "ipykernel_launcher.py").write_text("raise SystemExit(1)", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    with pytest.raises(ExecutionError) as caught:
        run(tmp_path, "1", kernel="cold")

    assert (caught.value.cause, caught.value.where) == ("kernel-died", "notebook.ipynb")
    assert caught.value.execution.attempts == 2
    assert not (tmp_path / "out.ipynb").exists()


def test_words_past_the_notebook_are_in_the_log(tmp_path: Path) -> None:
    """What kernels of both kinds write past their notebook is in the log that was named."""
    path, log = notebook(tmp_path, "import os; os._exit(os.write(2, b'last words\\n'))"), tmp_path / "log.txt"
    with pytest.raises(ExecutionError):
        execute(path, tmp_path / "out.ipynb", {}, tmp_path, kernel="warm", log=log)

    assert log.read_text(encoding="utf-8").count("last words\n") == 2


def test_every_cause_of_a_run_has_words() -> None:
    """The causes that a run can have are told in words, and are causes that a batch knows."""
    from ita_nb.batch.execution import _WORDS

    assert set(_WORDS) <= set(get_args(Cause))
    assert {case[2] for case in FAILURES.values()} == set(_WORDS)
