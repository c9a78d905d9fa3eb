"""What became of a batch, to read at its end, grouped by what to do about it.

Names and messages are other people's text: each is shown on one line
(each part of a message on its own), without characters that would steer a terminal.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ita_nb.batch.entries import CAUSE_TH, Entry
from ita_nb.batch.plan import Stopped, stop_name
from ita_nb.batch.task import Cause, Failure, Task
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
        lines.append(f"รายละเอียดอยู่ที่ {details}")
    return "\n".join(lines) + "\n"


def _counts(tally: Tally) -> Iterator[str]:
    yield f"สรุปผลชุดงาน {_one_line(tally.name)}"
    if tally.is_merged:
        yield f"นำเอกสารมารวมในครั้งนี้ {tally.made:,} ฉบับ"
        yield f"รวมไว้ก่อนแล้ว {tally.unchanged:,} ฉบับ"
    else:
        yield f"จัดทำแล้วในครั้งนี้ {tally.made:,} แห่ง"
        if tally.slow:
            why = "ใช้เคอร์เนลแบบปกติ ซึ่งช้ากว่า เพราะเตรียมไว้ล่วงหน้าไม่ได้"
            yield f"  ในจำนวนนี้ {why} {tally.slow:,} แห่ง {_one_line(tally.slow_why)}".rstrip()
        yield f"ไม่เปลี่ยนแปลง ไม่ต้องทำใหม่ {tally.unchanged:,} แห่ง"
    if tally.outdated:
        why = "เทียบกับคะแนนของหน่วยงานอื่นก่อนที่คะแนนนั้นจะถูกแก้"
        yield f"  ในจำนวนนี้ {why} {tally.outdated:,} แห่ง (ทำใหม่ทั้งหมดด้วย --fresh)"
    if tally.contradictory:
        what = "มีตัวเลขทางการที่ขัดแย้งกันหรือข้อมูลที่ใช้ไม่ได้"
        yield f"{what} {len(tally.contradictory):,} แห่ง (ดูรายการตรวจสอบในเอกสาร)"
        yield _named(tally.contradictory)
    if tally.edited:
        yield f"  ในจำนวนนี้ มีแฟ้มที่แก้ไขด้วยมือ {len(tally.edited):,} แห่ง (เก็บไว้ตามเดิม)"
        yield _named(tally.edited)
    if tally.set_aside:
        yield f"แฟ้มที่แก้ไขด้วยมือของฉบับก่อน เก็บสำเนาไว้ข้างฉบับใหม่ {len(tally.set_aside):,} แฟ้ม"
        yield from (f"    {_one_line(path)}" for path in tally.set_aside)


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
        yield f"หยุดไว้ก่อนเริ่ม {len(tally.stopped):,} แห่ง"
        for stops in _grouped(tally.stopped, lambda stop: stop.cause):
            yield from _group_lines(_of_stops(stops, tally.again), is_short=is_short)
    if tally.failed:
        yield f"ไม่สำเร็จ {len(tally.failed):,} แห่ง"
        for failed in _grouped(tally.failed, lambda pair: (pair[1].cause, pair[1].where)):
            yield from _group_lines(_of_failed(failed), is_short=is_short)
    if tally.left:
        yield f"ยังไม่ได้ทำ {len(tally.left):,} แห่ง"


def _of_stops(stops: Sequence[Stopped], again: Sequence[str]) -> _Group:
    first = stops[0]
    # Alone, an agency is in nobody's way.
    command = again if first.cause == "duplicate" else reproduction(first.task)
    name = stop_name(first.cause, first.task.fiscal_year)
    return _Group(name, [stop.task for stop in stops], first.message_th, command)


def _of_failed(failed: Sequence[tuple[Task, Failure]]) -> _Group:
    task, failure = failed[0]
    return _Group(
        CAUSE_TH[failure.cause] + (f" ({_one_line(failure.where)})" if failure.where else ""),
        [task for task, _ in failed],
        failure.message_th,
        reproduction(task),
        failure.cause in _BEYOND_LIMITS,
        failure.kept,
    )


def _group_lines(group: _Group, *, is_short: bool) -> Iterator[str]:
    yield f"  {len(group.tasks):,} แห่ง: {group.what}"
    if is_short:
        yield f"    เช่น {_code(group.tasks[0])}: {_gist(group.message)}".rstrip()
        return
    yield _named(group.tasks)
    if group.message:
        yield from _message_lines("    ข้อความ", group.message)
    yield f"    ทำซ้ำเพื่อดูปัญหา: {command_text(group.command)}"
    if group.is_unlimited:
        yield "    (คำสั่งนี้ไม่จำกัดเวลาและหน่วยความจำ หยุดได้ด้วย Ctrl-C)"
    if group.kept:
        yield f"    สมุดบันทึกที่ทำได้ถึงตอนนั้น: {group.kept}"


def _closing(tally: Tally) -> Iterator[str]:
    if tally.notes:
        yield "สิ่งที่ทำไม่สำเร็จนอกจากนี้"
    for note in tally.notes:
        yield from _message_lines(f"  {note.what_th}", note.message)
    if tally.stopped or tally.failed or tally.left:
        yield f"ทำต่อ หรือทำใหม่เฉพาะที่หยุดไว้และไม่สำเร็จเมื่อแก้ไขแล้ว ด้วยคำสั่ง: {command_text(tally.again)}"
        yield from (f"  แล้วสั่ง: {command_text(words)}" for words in tally.then)
    if tally.is_all_well and tally.contradictory:
        doubtful = len(tally.contradictory)
        yield f"จัดทำเอกสารครบทุกแห่ง แต่ต้องตรวจสอบตัวเลขของ {doubtful:,} แห่งที่มีข้อขัดแย้งก่อนนำไปใช้"
    elif tally.is_all_well:
        yield "ครบทุกแห่ง ไม่มีข้อผิดพลาด"
    yield f"ผลลัพธ์อยู่ที่ {tally.out}"


def _message_lines(what: str, message: str) -> Iterator[str]:
    """Yield what is told, then of the message what was expected, what was found, and what to do."""
    first, *others = (_one_line(part) for part in _PARTS.split(message, _MOST_PARTS))
    yield f"{what}: {first}"
    yield from (f"      {part}" for part in others)


def _gist(message: str) -> str:
    """Return what was found and what to do; of a message without these parts its beginning."""
    parts = [_one_line(part, _LONGEST_GIST) for part in _PARTS.split(message, _MOST_PARTS)]
    return " ".join(part for part in parts if part.startswith(_GIST)) or parts[0]


def _named(tasks: Sequence[Task | Entry]) -> str:
    shown = ", ".join(_agency(task) for task in tasks[:_NAMED])
    rest = len(tasks) - _NAMED
    return f"    หน่วยงาน: {shown}" + (f" และอีก {rest:,} แห่ง" if rest > 0 else "")


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
