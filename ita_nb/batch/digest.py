"""What became of a batch, to read at its end, grouped by what to do about it.

The wording is in ``digest.yaml``. Names and messages are other people's text: each is shown on one line
(each part of a message on its own), without characters that would steer a terminal.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any

from ita_nb.batch.entries import CAUSE_TH, Entry
from ita_nb.batch.plan import Stopped, stop_name
from ita_nb.batch.task import Cause, Failure, Task
from ita_nb.facts.own_yaml import load_yaml
from ita_nb.thai import visible

_USUAL = {choice.name: choice.default for choice in fields(Task)}
_NAMED = 10  # agencies of a group that are named
_LONGEST_NAME = 100  # characters
_LONGEST = 900  # characters of a line of a message
# Where a message of ItaError begins its other parts, or a point of a list: a name may hold line ends as well.
_PARTS = re.compile(r"\n  +(?=(?:ที่คาดไว้|ที่พบ|วิธีแก้): |- )")
_MOST_PARTS = 40
_GIST = ("ที่พบ: ", "วิธีแก้: ")  # the parts of a message of which the end of a run tells
_LONGEST_GIST = 200  # characters of each
# A report alone has no limits: what went beyond one here goes on there.
_BEYOND_LIMITS: frozenset[Cause] = frozenset({"cell-timeout", "run-timeout", "memory"})


@dataclass(frozen=True)
class Note:
    """Something of the batch as a whole that failed, such as its overview."""

    what_th: str
    message: str


@dataclass(frozen=True)
class Tally:
    """What became of every agency of a batch.

    ``made`` and ``unchanged`` are counts, ``contradictory`` those of both that have errors in their data,
    ``outdated`` how many of the unchanged compare with scores of others that changed since.
    ``edited`` are those of the unchanged of which a person edited a file, ``set_aside`` the copies that were
    kept of edited files that were made anew.
    ``slow`` is how many of the made ones had an ordinary kernel for want of a warm one, and ``slow_why`` why.
    ``again`` is the command that goes on, ``then`` those after it; ``out`` the folder of the results.
    ``is_merged``: made elsewhere and merged, ``unchanged`` were merged before.
    """

    name: str
    out: str
    again: Sequence[str]
    then: Sequence[Sequence[str]] = ()
    is_merged: bool = False
    made: int = 0
    slow: int = 0
    slow_why: str = ""
    unchanged: int = 0
    outdated: int = 0
    contradictory: tuple[Task | Entry, ...] = ()
    edited: tuple[Task, ...] = ()
    set_aside: tuple[str, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    failed: tuple[tuple[Task, Failure], ...] = ()
    left: tuple[Task, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def is_all_well(self) -> bool:
        """Whether every agency of the batch has its documents."""
        return not (self.stopped or self.failed or self.left or self.notes)


def command_text(words: Sequence[str]) -> str:
    """Quote a command as the shell of this system wants it."""
    return shlex.join(words) if os.name == "posix" else subprocess.list2cmdline(words)


def reproduction(task: Task) -> list[str]:
    """Return the command that makes the documents of one task alone."""
    options = [
        *(["--document", task.document] if task.document != _USUAL["document"] else []),
        *(["--edition", task.edition] if task.edition != _USUAL["edition"] else []),
        *(["--digits", task.digits] if task.digits != _USUAL["digits"] else []),
        *(["--draft"] if task.draft else []),
        *(["--format", ",".join(task.formats)] if task.formats != _USUAL["formats"] else []),
    ]
    place = ["--workspace", task.workspace] if task.workspace else []
    return ["ita-nb", "report", task.agency_id, "--year", str(task.fiscal_year), *options, *place]


def digest_text(tally: Tally) -> str:
    """Return the whole digest."""
    lines = [*_counts(tally), *_groups(tally, is_short=False), *_closing(tally)]
    return "\n".join(lines) + "\n"


def shortened_th(tally: Tally, details: str) -> str:
    """Return the digest for the end of a run: of each group one agency and the gist of its message."""
    lines = [*_counts(tally), *_groups(tally, is_short=True), *_closing(tally)]
    if tally.contradictory or not tally.is_all_well:
        lines.append(_say("shortened", path=details))
    return "\n".join(lines) + "\n"


def _counts(tally: Tally) -> Iterator[str]:
    yield _say("title", name=_one_line(tally.name))
    yield _say("taken" if tally.is_merged else "made", n=tally.made)
    if tally.slow:
        yield _say("slow", n=tally.slow, why=_one_line(tally.slow_why)).rstrip()
    yield _say("taken_before" if tally.is_merged else "unchanged", n=tally.unchanged)
    if tally.outdated:
        yield _say("outdated", n=tally.outdated)
    if tally.contradictory:
        yield _say("contradictory", n=len(tally.contradictory))
        yield _named(tally.contradictory)
    if tally.edited:
        yield _say("edited", n=len(tally.edited))
        yield _named(tally.edited)
    if tally.set_aside:
        yield _say("set_aside", n=len(tally.set_aside))
        yield from (_say("copy", path=_one_line(path)) for path in tally.set_aside)


@dataclass(frozen=True)
class _Group:
    """Agencies with one cause: its name, who they are, and what is known of the first of them."""

    what: str
    tasks: Sequence[Task]
    message: str
    command: Sequence[str]
    is_unlimited: bool = False
    kept: str = ""


def _groups(tally: Tally, *, is_short: bool) -> Iterator[str]:
    if tally.stopped:
        yield _say("stopped", n=len(tally.stopped))
        for stops in _grouped(tally.stopped, lambda stop: stop.cause):
            yield from _group_lines(_of_stops(stops, tally.again), is_short=is_short)
    if tally.failed:
        yield _say("failed", n=len(tally.failed))
        for failed in _grouped(tally.failed, lambda pair: (pair[1].cause, pair[1].where)):
            yield from _group_lines(_of_failed(failed), is_short=is_short)
    if tally.left:
        yield _say("left", n=len(tally.left))


def _of_stops(stops: Sequence[Stopped], again: Sequence[str]) -> _Group:
    first = stops[0]
    # Alone, an agency is in nobody's way.
    command = again if first.cause == "duplicate" else reproduction(first.task)
    name = stop_name(first.cause, first.task.fiscal_year)
    return _Group(name, [stop.task for stop in stops], first.message_th, command)


def _of_failed(failed: Sequence[tuple[Task, Failure]]) -> _Group:
    task, failure = failed[0]
    return _Group(
        CAUSE_TH[failure.cause] + (_say("at", where=_one_line(failure.where)) if failure.where else ""),
        [task for task, _ in failed],
        failure.message_th,
        reproduction(task),
        failure.cause in _BEYOND_LIMITS,
        failure.kept,
    )


def _group_lines(group: _Group, *, is_short: bool) -> Iterator[str]:
    yield _say("group", n=len(group.tasks), what=group.what)
    if is_short:
        yield _say("example", code=_code(group.tasks[0]), gist=_gist(group.message)).rstrip()
        return
    yield _named(group.tasks)
    if group.message:
        yield from _message_lines("message", group.message)
    yield _say("reproduce", command=command_text(group.command))
    if group.is_unlimited:
        yield _say("unlimited")
    if group.kept:
        yield _say("kept", path=group.kept)


def _closing(tally: Tally) -> Iterator[str]:
    if tally.notes:
        yield _say("notes")
    for note in tally.notes:
        yield from _message_lines("note", note.message, what=note.what_th)
    if tally.stopped or tally.failed or tally.left:
        yield _say("again", command=command_text(tally.again))
        yield from (_say("then", command=command_text(words)) for words in tally.then)
    if tally.is_all_well and tally.contradictory:
        yield _say("all_made", n=len(tally.contradictory))
    elif tally.is_all_well:
        yield _say("all_well")
    yield _say("folder", out=tally.out)


def _message_lines(line: str, message: str, **values: object) -> Iterator[str]:
    first, *others = (_one_line(part) for part in _PARTS.split(message, _MOST_PARTS))
    yield _say(line, message=first, **values)
    yield from (_say("part", part=part) for part in others)


def _gist(message: str) -> str:
    """Return what was found and what to do; of a message without these parts its beginning."""
    parts = [_one_line(part, _LONGEST_GIST) for part in _PARTS.split(message, _MOST_PARTS)]
    return " ".join(part for part in parts if part.startswith(_GIST)) or parts[0]


def _named(tasks: Sequence[Task | Entry]) -> str:
    shown = ", ".join(_agency(task) for task in tasks[:_NAMED])
    rest = len(tasks) - _NAMED
    return _say("agencies", names=shown + (_say("more", n=rest) if rest > 0 else ""))


def _code(task: Task | Entry) -> str:
    return _one_line(task.agency_id, _LONGEST_NAME)  # an unknown one is whatever was asked for


def _agency(task: Task | Entry) -> str:
    code = _code(task)
    return f"{_one_line(task.name_th, _LONGEST_NAME)} ({code})" if task.name_th else code


def _grouped(members: Iterable[Any], key: Any) -> list[list[Any]]:
    """Return the members in groups of one key, the largest group first, otherwise in their order."""
    groups: dict[Any, list[Any]] = {}
    for member in members:
        groups.setdefault(key(member), []).append(member)
    return sorted(groups.values(), key=len, reverse=True)


def _one_line(text: str, longest: int = _LONGEST) -> str:
    plain = " ".join(visible(text).split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def _say(line: str, **values: object) -> str:
    sentence: str = _words()[line]
    return sentence.format(**values)


@cache
def _words() -> Any:
    return load_yaml(resources.files("ita_nb.batch").joinpath("digest.yaml").read_text(encoding="utf-8"))
