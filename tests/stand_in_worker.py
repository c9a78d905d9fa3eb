"""A worker that makes tiny files instead of reports, and fails as the agency's name tells it to.

It stands in for ``ita_nb.batch.worker`` where what surrounds the work is tested. What it starts it writes
down in ``<workspace>/executed.log``, one line each: agency and process.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from ita_nb.batch.content import Content
from ita_nb.batch.stores import put_together
from ita_nb.batch.task import Failure, Outcome, Task
from ita_nb.errors import ItaError
from ita_nb.frames import MERGED


def serve(incoming: int, outgoing: int) -> None:
    """Answer each task until there are no more."""
    with (
        os.fdopen(incoming, encoding="utf-8") as asking,
        os.fdopen(outgoing, "w", encoding="utf-8") as answers,
    ):
        for line in asking:
            answers.write(_answer(Task.from_json(line)) + "\n")
            answers.flush()


def _answer(task: Task) -> str:
    with Path(task.workspace, "executed.log").open("a", encoding="utf-8") as log:
        log.write(f"{task.agency_id} {os.getpid()}\n")
    deed, _, how = task.name_th.partition(" ")
    if deed == "sleep":
        time.sleep(float(how))
    died = Path(task.workspace, f"{task.agency_id}.died")
    if deed == "die" and not (how == "once" and died.exists()):
        died.touch()
        os.write(2, "สิ้นใจ".encode())
        os._exit(3)
    if deed == "babble":
        return how
    if deed == "raise":
        failure = Failure("cell-failed", "เซลล์ที่ 3", "ตัวเลขหาย", f"failed/{task.stem}.ipynb")
        return Outcome(task.key, task.agency_id, failure=failure).to_json()
    return _made(task).to_json()


def _made(task: Task) -> Outcome:
    work = Path(task.out, ".work", f"{task.stem}-{os.getpid()}")
    try:
        work.mkdir(parents=True)
        made = [work / f"{task.stem}.{ending}" for ending in ("html", "pdf")]
        for path in made:
            path.write_text(f"{task.agency_id} {os.getpid()} {time.time_ns()}\n" * 2000, encoding="utf-8")
        files = put_together(made, Path(task.out, task.agency_id))
    except (OSError, ItaError) as error:
        failure = Failure("disk", task.out, str(error))
        return Outcome(task.key, task.agency_id, failure=failure)
    shutil.rmtree(work)
    content = Content({name: [] for name in MERGED}).packed()
    errors = int(task.name_th == "contradictory")
    return Outcome(task.key, task.agency_id, files, content=content, errors=errors)
