"""What workers and kernels have ready from the start: modules, facts, words, fonts, tables of the batch.

It runs in the template, so nothing here may leave a thread or a ZMQ context behind.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from ita_nb.batch.notebook_files import notebook_of
from ita_nb.batch.task import Task, parameters_of

# What a worker and a kernel import in their life, late imports among them.
_MODULES = """
    papermill papermill.inspection nbclient nbformat.validator jupyter_client.asynchronous
    ipykernel.kernelapp ipykernel.zmqshell ipykernel.debugger ipykernel.subshell psutil
    IPython.core.completerlib IPython.core.debugger IPython.core.historyapp IPython.core.magics
    IPython.core.oinspect
    IPython.core.pylabtools IPython.extensions.storemagic faulthandler pdb tornado.platform.asyncio
    matplotlib.textpath pythainlp.tokenize
    fontTools.subset pikepdf pypdfium2 typst docx matplotlib.pyplot matplotlib_inline.config pandas
    pandas.io.formats.style
    ita_nb.batch.kernels ita_nb.batch.lifeline ita_nb.batch.report ita_nb.batch.worker
    ita_nb.document.html ita_nb.document.pdf ita_nb.document.word ita_nb.notebook ita_nb.charts
""".split()
# What people use in cells of their own: imported where the notebook names it, for it takes long.
_IN_CELLS = ("scipy.stats",)
# Parts of papermill, of the check of notebooks and of the kernel that nobody uses here, and that take long
# where they are installed: nobody steps through a batch.
_UNUSED = "rfc3987_syntax", "boto3", "pyarrow", "debugpy"


def warm_up(tasks: Sequence[Task]) -> None:
    """Import everything, load the facts of all years, and make the documents of ``tasks`` once, unseen."""
    gc.disable()  # much is made here, and all of it stays
    _import_modules()
    _import_named_in({notebook_of(task) for task in tasks})
    _load_facts()
    for workspace, year in {(task.workspace, task.fiscal_year) for task in tasks}:
        _load_peers(Path(workspace), year)
    for task in tasks:
        # What cannot be made is told where it is asked for.
        with suppress(Exception):
            _rehearse(task)
    # The collector, which the children switch on again, would write to, and so copy, every page that they
    # share: it leaves alone what is here. To collect first would cost more than the garbage is worth.
    gc.freeze()


def _import_modules() -> None:
    modules = cast("dict[str, Any]", sys.modules)
    hidden = [name for name in _UNUSED if modules.setdefault(name, None) is None]
    for name in _MODULES:
        importlib.import_module(name)
    for name in hidden:
        del modules[name]


def _import_named_in(notebooks: Iterable[Path]) -> None:
    for notebook in notebooks:
        with suppress(OSError, ValueError):  # told where it is run
            text = notebook.read_text(encoding="utf-8")
            for module in (name for name in _IN_CELLS if name in text):
                importlib.import_module(module)
    # It registers itself with the kernel that imports it; a kernel must not find it imported.
    sys.modules.pop("matplotlib_inline.backend_inline", None)


def _load_facts() -> None:
    from ita_nb.document.fonts import advances, printable
    from ita_nb.document.narrative import load_wording
    from ita_nb.facts.forms import load_forms
    from ita_nb.facts.loader import known_years, load_framework
    from ita_nb.facts.provenance import code_version
    from ita_nb.facts.rules import load_rules
    from ita_nb.thai import words

    for year in known_years():
        load_framework(year)
    for load in (load_forms, load_rules, load_wording, code_version):
        load()
    for bold in (False, True):
        advances(bold=bold)
    words(printable("ก"))


def _load_peers(workspace: Path, fiscal_year: int) -> None:
    """Read what the agencies of every type are compared with; each kernel would do it anew."""
    from ita_nb.errors import ItaError
    from ita_nb.facts.loader import facts_folder, load_framework
    from ita_nb.intake.workspace import warm_peers

    with suppress(ItaError):  # told where a document needs it
        warm_peers(workspace, load_framework(fiscal_year, facts_folder(workspace)))


def _rehearse(task: Task) -> None:
    """Make what the notebook of a task displays, and its page; what Typst makes would leave threads."""
    from ita_nb import charts, exhibits, frames, open_report
    from ita_nb.document import html
    from ita_nb.document.blocks import Cover, Document, Section
    from ita_nb.show import section_of

    report = open_report(parameters_of(task) | {"workspace": task.workspace}, task.document)
    made: list[Any] = [frames.tables_of(report)]
    for name in exhibits.__all__:
        with suppress(Exception):  # some are of the other document
            made.append(getattr(exhibits, name)(report))
    with suppress(Exception):  # a report on measures has no scores
        made.append(section_of(charts.profile(report.scores, line=report.facts.pass_score), "ก"))
        made.append(section_of(report.scores.head(), "ก"))
    for section in made:
        section._repr_mimebundle_()
    blocks = tuple(block for section in made if isinstance(section, Section) for block in section.blocks)
    html.render(Document(cover=next(b for b in blocks if isinstance(b, Cover)), blocks=blocks))
