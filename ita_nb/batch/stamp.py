"""The mark that the files beside the reports are those of what was asked for, so they are not made again."""

from __future__ import annotations

import contextlib
import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

from ita_nb.batch.asked import Asked
from ita_nb.batch.plan import Plan

_SUMMED_UP = ".summed_up"
_BESIDE = ("manifest.csv", "index.html", "measures.xlsx", "tables/*", "province_overview.*")


def is_summed_up(folder: Path, state: str) -> bool:
    """Whether the files were made from this state and are all there still."""
    try:
        stamp = json.loads((folder / _SUMMED_UP).read_text(encoding="utf-8"))
        return bool(stamp["state"] == state) and all((folder / name).is_file() for name in stamp["files"])
    except (OSError, ValueError, TypeError, KeyError):
        return False


def mark_summed_up(folder: Path, state: str) -> None:
    """Mark the files that are there as made from this state."""
    found = [path.relative_to(folder).as_posix() for pattern in _BESIDE for path in folder.glob(pattern)]
    with contextlib.suppress(OSError):  # then they are only made once more
        (folder / _SUMMED_UP).write_text(json.dumps({"state": state, "files": found}), encoding="utf-8")


def forget_summed_up(folder: Path) -> None:
    """Remove the mark: what it was made from is about to change."""
    (folder / _SUMMED_UP).unlink(missing_ok=True)


def state_of(plan: Plan, asked: Asked, overview: Path | None) -> str:
    """Return a fingerprint of what the files tell, how they are to be, and the notebook of the overview."""
    lines = [
        *(task.key for task in (*plan.tasks, *plan.unchanged)),
        *(f"{stop.agency_id} {stop.cause} {stop.message_th}" for stop in plan.stopped),
    ]
    how = [asked.title_th, asked.digits, str(find_spec("pyarrow") is not None)]
    if overview is not None:
        how.append(hashlib.sha256(overview.read_bytes()).hexdigest() if overview.is_file() else "none")
    return hashlib.sha256("\n".join([*how, *sorted(lines)]).encode()).hexdigest()
