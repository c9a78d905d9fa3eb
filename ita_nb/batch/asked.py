"""What a run was asked for, beside its ledger: ``batch.json``, from which ``ita-nb merge`` knows the whole.

The ledger holds what was tried. Agencies that were stopped or not reached, and how the batch wants its
files, stand here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from ita_nb.batch.digest import Note
from ita_nb.batch.plan import Batch, Plan, StopCause, Stopped
from ita_nb.batch.shards import Shard, parse_shard, shard_text
from ita_nb.batch.stores import write_whole
from ita_nb.batch.task import Task
from ita_nb.errors import ParameterError
from ita_nb.thai import Digits

ASKED = "batch.json"
_OWN = ("key", "agency_id", "name_th")  # what differs between the tasks of one run


@dataclass(frozen=True)
class Part:
    """One run: the command that goes on with it, since when (ISO 8601, UTC) it is as told, its agencies.

    ``shard`` is the part of the batch that it is, ``None`` for the whole.
    """

    command: tuple[str, ...]
    at: str
    tasks: tuple[Task, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    shard: Shard | None = None


@dataclass(frozen=True)
class Asked:
    """How a batch wants its files, and its runs: one, or those of its merged shards.

    ``overview``: whether there is to be one.
    """

    title_th: str
    digits: Digits
    overview: bool
    parts: tuple[Part, ...]

    def write(self, folder: Path) -> list[Note]:
        """Replace the file of a folder, unless it says the same but for the time; return what failed."""
        if _timeless(read_asked(folder)) == _timeless(self):
            return []
        content = asdict(self) | {"parts": [_packed(one) for one in self.parts]}
        try:
            write_whole(folder / ASKED, json.dumps(content, ensure_ascii=False, indent=1).encode())
        except OSError as error:  # only who merges this folder misses it
            return [Note(f"เขียนแฟ้ม {ASKED} ไม่ได้", str(error))]
        return []


def asked_of(batch: Batch, plan: Plan, command: Iterable[str], shard: Shard | None) -> Asked:
    """Return what a run knows when it begins."""
    wanted = batch.parameters
    tasks = sorted((*plan.tasks, *plan.unchanged), key=lambda task: task.agency_id)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    part = Part(tuple(command), now, tuple(tasks), plan.stopped, shard)
    return Asked(wanted.batch, wanted.digits, wanted.wants_overview, (part,))


def read_asked(folder: Path) -> Asked | None:
    """Return what the file of a folder says, ``None`` where there is none or it cannot be used."""
    try:
        content = json.loads((folder / ASKED).read_text(encoding="utf-8"))
        asked = Asked(**content | {"parts": tuple(map(_unpacked, content["parts"]))})
    except (OSError, ValueError, TypeError, KeyError, ParameterError):
        return None
    causes = {stop.cause for part in asked.parts for stop in part.stopped}
    # A newer program may have other words.
    return asked if asked.digits in get_args(Digits) and causes <= {*get_args(StopCause)} else None


def _timeless(asked: Asked | None) -> Asked | None:
    return asked and replace(asked, parts=tuple(replace(part, at="") for part in asked.parts))


def _packed(part: Part) -> dict[str, Any]:
    every = [*part.tasks, *(stop.task for stop in part.stopped)]
    return {
        "command": part.command,
        "at": part.at,
        "shard": shard_text(part.shard),
        "task": asdict(replace(every[0], key="", agency_id="", name_th="")) if every else {},
        "tasks": [_own(task) for task in part.tasks],
        "stopped": [
            {
                **_own(stop.task),
                **{name: getattr(stop, name) for name in ("cause", "message_th")},
            }
            for stop in part.stopped
        ],
    }


def _own(task: Task) -> dict[str, str]:
    return {name: getattr(task, name) for name in _OWN}


def _unpacked(content: Mapping[str, Any]) -> Part:
    like = content["task"]

    def task(own: Mapping[str, Any]) -> Task:
        values = like | {name: own[name] for name in _OWN}
        return Task(**values | {"formats": tuple(values["formats"])})

    return Part(
        tuple(content["command"]),
        content["at"],
        tuple(task(own) for own in content["tasks"]),
        tuple(Stopped(task(own), own["cause"], own["message_th"]) for own in content["stopped"]),
        parse_shard(content["shard"]) if content.get("shard") else None,
    )
