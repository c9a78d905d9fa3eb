"""What became of a batch, to read at its end, grouped by what to do about it.

Names and messages are other people's text: each is shown on one line (each part of a message on its own),
without characters that would steer a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from ita_nb.batch.folder import CAUSES, Entry, Note, cause_th, command_text, one_line
from ita_nb.batch.summary import Summed, put_beside
from ita_nb.made import StoreError

DIGEST = "digest.txt"
_NAMED = 10  # agencies of a group that are named
_LONGEST, _LONGEST_NAME, _LONGEST_GIST = 900, 100, 200  # characters
# Where a message of ItaError begins its other parts, or a point of a list: a name may hold line ends as well.
_PARTS = re.compile(r"\n  +(?=(?:ที่คาดไว้|ที่พบ|วิธีแก้): |- )")
_MOST_PARTS = 40
_GIST = ("ที่พบ: ", "วิธีแก้: ")  # the parts of a message of which the end of a run tells
# A report alone has no limits: what went beyond one here goes on there.
_BEYOND_LIMITS = {"cell-timeout", "run-timeout", "memory"}


@dataclass
class RunFacts:
    """What only the run knows that has just ended.

    ``made`` and ``unchanged`` are counts; ``slow`` is how many of the made ones had an ordinary kernel for
    want of a warm one. ``outdated`` are the unchanged agencies that compare with scores
    of others that changed since, ``set_aside`` the copies of edited files that were made anew. ``again`` is
    the command that goes on.
    """

    made: int = 0
    unchanged: int = 0
    slow: int = 0
    outdated: Sequence[str] = ()
    set_aside: list[Path] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    again: Sequence[str] = ()


def is_all_well(summed: Summed, run: RunFacts | None = None) -> bool:
    """Whether every agency that was asked for has its documents, and nothing else failed."""
    return not (summed.notes or (run and run.notes) or any(e.status != "done" for e in summed.entries))


def tell(summed: Summed, run: RunFacts | None, stream: TextIO) -> None:
    """Write the digest into the folder, and what matters most of it to ``stream``."""
    whole = digest_text(summed, run)
    try:
        aside = put_beside(summed.folder, "digest", "", {DIGEST: whole.encode()})
        summed = replace(summed, aside=[*summed.aside, *aside])
        stream.write(digest_text(summed, run, details=str(summed.folder / DIGEST)))
    except StoreError:  # a full disk: the terminal is all that is left
        stream.write(whole)
    stream.flush()


def digest_text(summed: Summed, run: RunFacts | None, details: str = "") -> str:
    """Return the digest; with the place of its ``details`` of each group one agency and the gist alone."""
    entries, again = summed.entries, command_text(run.again) if run else ""
    doubtful = [e for e in entries if e.errors and e.status == "done"]
    lines = [f"สรุปผลชุดงาน {one_line(summed.title_th, _LONGEST)}", *_counts(summed, run, doubtful)]
    undone = {status: [e for e in entries if e.status == status] for status in ("stopped", "failed", "left")}
    for status, what in (("stopped", "หยุดไว้ก่อนเริ่ม"), ("failed", "ไม่สำเร็จ"), ("left", "ยังไม่ได้ทำ")):
        own = undone[status]
        lines += [f"{what} {len(own):,} แห่ง"] if own else []
        for group in _grouped(own) if status != "left" else ():
            lines += _group_lines(group, again, is_short=bool(details))
    if undone["left"] and not run and not details:
        lines.append(_named(undone["left"]))
    notes = [*summed.notes, *(run.notes if run else ())]
    lines += ["สิ่งที่ทำไม่สำเร็จนอกจากนี้"] if notes else []
    lines += [line for note in notes for line in _message_lines(f"  {one_line(note.what_th)}", note.message)]
    if any(undone.values()) and again:
        lines.append(f"ทำต่อ หรือทำใหม่เฉพาะที่หยุดไว้และไม่สำเร็จเมื่อแก้ไขแล้ว ด้วยคำสั่ง: {again}")
    if is_all_well(summed, run):
        doubt = f"จัดทำเอกสารครบทุกแห่ง แต่ต้องตรวจสอบตัวเลขของ {len(doubtful):,} แห่งที่มีข้อขัดแย้งก่อนนำไปใช้"
        lines.append(doubt if doubtful else "ครบทุกแห่ง ไม่มีข้อผิดพลาด")
    lines.append(f"ผลลัพธ์อยู่ที่ {summed.folder}")
    if details and (doubtful or not is_all_well(summed, run)):
        lines.append(f"รายละเอียดอยู่ที่ {details}")
    return "\n".join(lines) + "\n"


def _counts(summed: Summed, run: RunFacts | None, doubtful: Sequence[Entry]) -> Iterator[str]:
    if run is None:
        yield f"จัดทำแล้ว {sum(e.status == 'done' for e in summed.entries):,} ฉบับ"
    else:
        yield f"จัดทำแล้วในครั้งนี้ {run.made:,} แห่ง"
        if run.slow:
            yield f"  ในจำนวนนี้ ใช้เคอร์เนลแบบปกติ ซึ่งช้ากว่า เพราะเตรียมไว้ล่วงหน้าไม่ได้ {run.slow:,} แห่ง"
        yield f"ไม่เปลี่ยนแปลง ไม่ต้องทำใหม่ {run.unchanged:,} แห่ง"
        if run.outdated:
            yield (
                "  ในจำนวนนี้ เทียบกับคะแนนของหน่วยงานอื่นก่อนที่คะแนนนั้นจะถูกแก้ "
                f"{len(run.outdated):,} แห่ง (ทำใหม่ทั้งหมดด้วย --fresh)"
            )
    if doubtful:
        yield f"มีตัวเลขทางการที่ขัดแย้งกันหรือข้อมูลที่ใช้ไม่ได้ {len(doubtful):,} แห่ง (ดูรายการตรวจสอบในเอกสาร)"
        yield _named(doubtful)
    if edited := [entry for entry in summed.entries if entry.is_edited]:
        yield f"  ในจำนวนนี้ มีแฟ้มที่แก้ไขด้วยมือ {len(edited):,} แห่ง (เก็บไว้ตามเดิม)"
        yield _named(edited)
    if aside := [*(run.set_aside if run else ()), *summed.aside]:
        yield f"แฟ้มที่แก้ไขด้วยมือของฉบับก่อน เก็บสำเนาไว้ข้างฉบับใหม่ {len(aside):,} แฟ้ม"
        yield from (f"    {one_line(str(path), _LONGEST)}" for path in aside)


def _grouped(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Return the entries in groups of one cause and place, the largest group first."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.failure:
            groups.setdefault((entry.failure.cause, entry.failure.where), []).append(entry)
    return sorted(groups.values(), key=len, reverse=True)


def _group_lines(group: Sequence[Entry], again: str, *, is_short: bool) -> Iterator[str]:
    first, failure = group[0], group[0].failure
    if failure is None:
        return
    place = f" ({one_line(failure.where, _LONGEST)})" if failure.where else ""
    yield f"  {len(group):,} แห่ง: {cause_th(failure.cause, first.fiscal_year)}{place}"
    if is_short:
        yield f"    เช่น {one_line(first.agency_id, _LONGEST_NAME)}: {_gist(failure.message_th)}".rstrip()
        return
    yield _named(group)
    if failure.message_th:
        yield from _message_lines("    ข้อความ", failure.message_th)
    # Alone, an agency is in nobody's way.
    if command := again if CAUSES[failure.cause].is_of_batch else first.command:
        yield f"    ทำซ้ำเพื่อดูปัญหา: {command}"
    if failure.cause in _BEYOND_LIMITS:
        yield "    (คำสั่งนี้ไม่จำกัดเวลาและหน่วยความจำ หยุดได้ด้วย Ctrl-C)"
    if first.kept:
        yield f"    สมุดบันทึกที่ทำได้ถึงตอนนั้น: {first.kept}"


def _message_lines(what: str, message: str) -> Iterator[str]:
    """Yield what is told, then of the message what was expected, what was found, and what to do."""
    first, *others = (one_line(part, _LONGEST) for part in _PARTS.split(message, _MOST_PARTS))
    yield f"{what}: {first}"
    yield from (f"      {part}" for part in others)


def _gist(message: str) -> str:
    """Return what was found and what to do; of a message without these parts its beginning."""
    parts = [one_line(part, _LONGEST_GIST) for part in _PARTS.split(message, _MOST_PARTS)]
    return " ".join(part for part in parts if part.startswith(_GIST)) or parts[0]


def _named(entries: Sequence[Entry]) -> str:
    shown = ", ".join(_agency(entry) for entry in entries[:_NAMED])
    rest = len(entries) - _NAMED
    return f"    หน่วยงาน: {shown}" + (f" และอีก {rest:,} แห่ง" if rest > 0 else "")


def _agency(entry: Entry) -> str:
    code, name = (one_line(text, _LONGEST_NAME) for text in (entry.agency_id, entry.name_th))
    return code if name == code else f"{name} ({code})"
