"""A batch in parts on several machines (``--shard 2/5``), and their output folders merged into one."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ita_nb.batch.claim import WORK
from ita_nb.batch.edition import Edition
from ita_nb.batch.ledger import LEDGER, FailedRun, Ledger
from ita_nb.batch.ledger_file import LedgerError
from ita_nb.batch.stores import put_together, unwritable
from ita_nb.batch.task import DocumentName, Outcome, Task
from ita_nb.errors import ParameterError

Shard = tuple[int, int]
_Document = tuple[str, int, DocumentName]
_Offer = tuple[Edition, Path]  # and the folder that has it
# A path of another machine's ledger that may be used here: a file in a folder, neither hidden.
_INSIDE = re.compile(r"(?!\.)[^/\\]+/(?!\.)[^/\\]+")


@dataclass(frozen=True)
class Conflict:
    """A document that the shards made from different data or programs; the latest edition was kept.

    ``kept`` is when the kept one was made (ISO 8601, UTC).
    """

    agency_id: str
    fiscal_year: int
    document: DocumentName
    kept: str


@dataclass(frozen=True)
class Unmerged:
    """What could not be taken over: a shard (``agency_id`` is ``""``), or an agency of one. ``why``: Thai."""

    folder: Path
    agency_id: str
    why: str


@dataclass(frozen=True)
class MergeResult:
    """``merged``: the shards taken over; ``copied``, ``unchanged``: documents moved, and there before."""

    merged: tuple[Path, ...]
    copied: int
    unchanged: int
    conflicts: tuple[Conflict, ...]
    unmerged: tuple[Unmerged, ...]


def parse_shard(text: str) -> Shard:
    """Read ``K/N``: part K of N. Raises ParameterError."""
    found = re.fullmatch(r"\s*([0-9]{1,6})\s*/\s*([0-9]{1,6})\s*", text)
    part, parts = (int(number) for number in found.groups()) if found else (0, 0)
    if not 1 <= part <= parts:
        raise ParameterError(
            where="--shard",
            expected="K/N คือส่วนที่ K จากทั้งหมด N ส่วน โดย K ตั้งแต่ 1 ถึง N",
            found=text or "ไม่ได้ระบุ",
            todo="ระบุใหม่ เช่น --shard 2/5 และสั่งให้ครบทั้ง 5 ส่วน",
        )
    return part, parts


def shard_text(shard: Shard | None) -> str:
    """Write what :func:`parse_shard` reads; ``""`` for no part."""
    return f"{shard[0]}/{shard[1]}" if shard else ""


def part_of(shard: Shard, agency_id: str) -> bool:
    """Whether an agency belongs to a part: the same on every machine, and of nearly equal parts."""
    part, parts = shard
    return int.from_bytes(hashlib.sha256(agency_id.encode()).digest()[:8], "big") % parts == part - 1


def merge(sources: Sequence[Path], into: Path) -> MergeResult:
    """Copy what the shards made into one output folder, and their ledgers into its ledger.

    Every copied file is compared with the fingerprint of when it was made. A shard, or an agency of one,
    that cannot be taken over is listed and left out; merging again adds only what is new. ``into`` must be
    claimed by the caller. Raises LedgerError or StoreError where ``into`` cannot be written.
    """
    folders = [f for f in dict.fromkeys(source.resolve() for source in sources) if f != into.resolve()]
    held, unmerged = _read(folders)
    with Ledger.open(into / LEDGER) as ledger:
        there = {_document(edition): edition for edition in _in_place(ledger)}
        copied: dict[_Document, Edition] = {}
        offers = _offers(held)
        for document, offered in offers.items():
            edition, refused = _newest(offered, into, there.get(document))
            unmerged += refused
            if edition is not None:
                copied[document] = edition
        for one in held:
            ledger.merge_from(one.folder / LEDGER)
        _say_last(ledger, [*(there | copied).values()])
        _copy_partial(held, ledger, into)
    unchanged = len(offers.keys() & there.keys() - copied.keys())
    merged = tuple(one.folder for one in held)
    return MergeResult(merged, len(copied), unchanged, _conflicts(offers), tuple(unmerged))


@dataclass(frozen=True)
class _Held:
    """What a shard holds: the editions that are in place, and the last failures."""

    folder: Path
    editions: Sequence[Edition]
    failed: Sequence[FailedRun]


def _read(folders: Iterable[Path]) -> tuple[list[_Held], list[Unmerged]]:
    held: list[_Held] = []
    unmerged: list[Unmerged] = []
    for folder in folders:
        try:
            with Ledger.open_existing(folder / LEDGER) as ledger:
                failed = ledger.failed(ledger.latest_keys()).values()
                held.append(_Held(folder, _in_place(ledger), tuple(failed)))
        except LedgerError as error:
            unmerged.append(Unmerged(folder, "", f"{LEDGER}: {error.found}"))
    return held, unmerged


def _in_place(ledger: Ledger) -> list[Edition]:
    keys = ledger.latest_keys()
    failed = ledger.failed(keys).values()  # an earlier edition may still be there
    earlier = [e.key for f in failed for e in ledger.editions(f.agency_id, f.fiscal_year, f.document)]
    return list(ledger.done([*keys, *earlier]).values())


def _document(edition: Edition) -> _Document:
    return edition.agency_id, edition.fiscal_year, edition.document


def _offers(held: Iterable[_Held]) -> dict[_Document, list[_Offer]]:
    """Return who has an edition of each document, the newest first."""
    offers: dict[_Document, list[_Offer]] = defaultdict(list)
    for one in held:
        for edition in one.editions:
            offers[_document(edition)].append((edition, one.folder))
    return {
        document: sorted(offers[document], key=lambda offer: offer[0].made_at, reverse=True)
        for document in sorted(offers)
    }


def _conflicts(offers: Mapping[_Document, Sequence[_Offer]]) -> tuple[Conflict, ...]:
    return tuple(
        Conflict(*document, offered[0][0].made_at)
        for document, offered in offers.items()
        if len({edition.key for edition, _ in offered}) > 1
    )


def _newest(
    offered: Iterable[_Offer], into: Path, there: Edition | None
) -> tuple[Edition | None, list[Unmerged]]:
    """Copy the newest edition that is whole, unless the one that is ``there`` is as new."""
    refused: list[Unmerged] = []
    for edition, folder in offered:
        if there is not None and there.made_at >= edition.made_at:
            break
        why = _copy(edition, folder, into)
        if not why:
            return edition, refused
        refused.append(Unmerged(folder, edition.agency_id, why))
    return None, refused


def _copy(edition: Edition, folder: Path, into: Path) -> str:
    """Copy the files of an edition; return what is wrong with one of them, ``""`` where nothing is."""
    contents: dict[str, bytes] = {}
    for file in edition.files:
        if not _INSIDE.fullmatch(file.path) or not file.path.startswith(f"{edition.agency_id}/"):
            return f"{file.path} ไม่อยู่ในโฟลเดอร์ของหน่วยงาน"
        try:
            content = (folder / file.path).read_bytes()
        except OSError as error:
            return f"อ่าน {file.path} ไม่ได้: {error}"
        if hashlib.sha256(content).hexdigest() != file.sha256:
            return f"{file.path} ไม่ใช่แฟ้มที่จัดทำไว้ (ถูกแก้ไขหรือเสียหาย)"
        contents[Path(file.path).name] = content
    _put(contents, into, edition.agency_id)
    return ""


def _say_last(ledger: Ledger, in_place: Sequence[Edition]) -> None:
    """Record anew what is in place, where an older run was merged after it: the last word counts."""
    done = ledger.done(edition.key for edition in in_place)
    for edition in in_place:
        if edition.key not in done:
            every = ledger.editions(*_document(edition))
            whole = next(e for e in every if (e.key, e.made_at) == (edition.key, edition.made_at))
            ledger.record(*_recorded(whole), whole.peers)


def _recorded(edition: Edition) -> tuple[Task, Outcome]:
    task = Task(
        key=edition.key,
        agency_id=edition.agency_id,
        name_th="",
        fiscal_year=edition.fiscal_year,
        workspace="",
        out="",
        document=edition.document,
        edition=edition.edition,
    )
    outcome = Outcome(
        key=edition.key,
        agency_id=edition.agency_id,
        files=edition.files,
        content=edition.packed,
        errors=edition.errors,
        pages=edition.pages,
        kernel=edition.kernel,
        seconds=edition.seconds,
        cpu_seconds=edition.cpu_seconds,
        peak_mb=edition.peak_mb,
    )
    return task, outcome


def _copy_partial(held: Iterable[_Held], ledger: Ledger, into: Path) -> None:
    """Copy the partial notebooks of the documents of which the last word is a failure."""
    last = ledger.failed(ledger.latest_keys())
    for one in held:
        for run in one.failed:
            kept = run.failure.kept
            if run == last.get(run.key) and _INSIDE.fullmatch(kept) and (one.folder / kept).is_file():
                partial = one.folder / kept
                _put({partial.name: partial.read_bytes()}, into, partial.parent.name)


def _put(contents: Mapping[str, bytes], into: Path, folder: str) -> None:
    """Put files, by their names, together into a folder of the output folder."""
    try:
        (into / WORK).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into / WORK) as work:
            made = [Path(work, name) for name in contents]
            for path, content in zip(made, contents.values(), strict=True):
                path.write_bytes(content)
            put_together(made, into / folder)
    except OSError as error:
        raise unwritable(into, error) from error
