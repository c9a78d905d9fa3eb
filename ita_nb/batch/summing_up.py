"""The end of a batch: the files beside the reports, the overview, the digest; no failure undoes a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ita_nb.batch.digest import Note, Tally, digest_text, shortened_th
from ita_nb.batch.entries import FAILED, OVERVIEW, Entry
from ita_nb.batch.execution import Limits
from ita_nb.batch.shards import Shard
from ita_nb.batch.stores import write_whole
from ita_nb.thai import Digits

DIGEST = "digest.txt"
_GATHERING = "แฟ้มรวมและสารบัญ"
_OVERVIEW = "ภาพรวม"


@dataclass(frozen=True)
class Wanted:
    """How the files are to be: title and digits; ``shard`` is the part of the batch that they are of.

    With a ``workspace`` there is to be an overview, made within ``limits``.
    """

    title_th: str
    digits: Digits
    limits: Limits
    workspace: Path | None = None
    shard: Shard | None = None


def sum_up(folder: Path, entries: Callable[[], Sequence[Entry]], wanted: Wanted) -> list[Note]:
    """Make the files beside the reports of ``folder`` and, where it is wanted, the overview.

    Returns what failed; what was there of it stays.
    """
    from ita_nb.batch.gather import INDEX, gather

    notes: list[Note] = []
    every: list[Entry] = []

    def write(only: str = "") -> None:
        def warn(told: str) -> None:
            notes.append(Note(_GATHERING, told))

        gather(
            folder,
            every,
            title_th=wanted.title_th,
            digits=wanted.digits,
            shard=wanted.shard,
            warn=warn,
            only=only,
        )

    def gather_all() -> None:
        every.extend(entries())
        _forget_failures(folder, every)
        write()

    def overview(home: Path) -> None:
        from ita_nb.batch.overview import make_overview

        before = set(folder.glob(f"{OVERVIEW}.*"))
        make_overview(folder, home, wanted.digits, wanted.limits)
        if set(folder.glob(f"{OVERVIEW}.*")) != before:
            write(INDEX)  # it links to the overview

    _attempt(_GATHERING, gather_all, notes)
    if wanted.workspace is not None and not notes:
        home = wanted.workspace
        _attempt(_OVERVIEW, lambda: overview(home), notes)
    return notes


def _forget_failures(folder: Path, entries: Iterable[Entry]) -> None:
    """Remove the partial notebooks of documents that are in place again, made or found unchanged."""
    for entry in entries:
        if entry.status in {"done", "unchanged"}:
            for name in {Path(file.path).with_suffix(".ipynb").name for file in entry.files}:
                with suppress(OSError):  # open in another program: the next run removes it
                    (folder / FAILED / name).unlink(missing_ok=True)
    with suppress(OSError):  # none, or others are left in it
        (folder / FAILED).rmdir()


def _attempt(what_th: str, step: Callable[[], object], notes: list[Note]) -> None:
    try:
        step()
    except Exception as error:  # noqa: BLE001 - the reports are made: whatever it is, the digest tells it
        notes.append(Note(what_th, f"{type(error).__name__}: {error}"))


def tell_digest(tally: Tally, folder: Path, stream: TextIO) -> None:
    """Write the digest into the folder, and what matters most of it to ``stream``."""
    whole, path = digest_text(tally), folder / DIGEST
    try:
        write_whole(path, whole.encode())
    except OSError:  # a full disk: the terminal is all that is left
        stream.write(whole)
    else:
        stream.write(shortened_th(tally, str(path)))
    stream.flush()
