"""What stands in a folder: ``made.json``, the record of what was made, and the one way to replace a file.

Every record is of one stem (``hannangam-<year>-analysis``) and names the files of its last good making with
their hashes. A file that is not byte for byte what a record says we made is someone's work: whoever replaces
it, it is first copied beside itself as ``<name>.edited-1.<ending>``. What is not known counts as edited.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ita_nb.errors import ItaError

RECORDS = "made.json"
TABLES = "tables.parquet"
LOCK = ".lock"
# What a record names: the files in place, those that are being put there, what a failed run has left.
_PARTS = ("files", "placing", "partial")
# A record may come from elsewhere: its files lie in its folder, or in those below, and none is hidden.
_NAME = re.compile(r"(?:[^./\\][^/\\]*/)*[^./\\][^/\\]*")

Record = dict[str, Any]


class StoreError(ItaError):
    """A file could not be written to, or read from, the place of the outputs."""


class ClaimedError(ItaError):
    """Another run is at work in the output folder."""


@contextmanager
def claimed(folder: Path, seconds: float = 0) -> Iterator[None]:
    """Hold a folder, which is made, for one run; wait for another one up to ``seconds``.

    The lock ends with the process, however that ends. Raises ClaimedError, or StoreError where the folder
    cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=seconds)
    except Timeout as error:
        raise ClaimedError(
            where=str(folder),
            expected="ไม่มีงานอื่นกำลังเขียนโฟลเดอร์ผลลัพธ์นี้",
            found="มีงานอื่นกำลังทำงานอยู่ในโฟลเดอร์นี้",
            todo="รอให้งานนั้นเสร็จแล้วสั่งใหม่ หรือเลือกโฟลเดอร์อื่นด้วย --out",
        ) from error
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def read_records(folder: Path) -> dict[str, Record]:
    """Return the records of a folder by their stems; none where they are missing or damaged."""
    try:
        found = json.loads((folder / RECORDS).read_text(encoding="utf-8"))
        return {stem: record for stem, record in found.items() if _is_usable(record)}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def _is_usable(record: Any) -> bool:
    try:
        named = [item for part in _PARTS for item in record.get(part, {}).items()]
        return "files" in record and all(_NAME.fullmatch(n) and f["sha256"] + "" for n, f in named)
    except (AttributeError, LookupError, TypeError):
        return False


def put(
    folder: Path, stem: str, record: Mapping[str, Any], contents: Mapping[str, bytes], part: str = "files"
) -> list[Path]:
    """Put the files of a record in place, all or none, and return the copies of what people had edited.

    ``contents`` are by their paths under the folder; ``part`` of the record names them: ``files``, or
    ``partial`` for what a failed run has left. What stood there before and is not asked for any longer
    goes. Raises StoreError; everything is then as it was.
    """
    records = read_records(folder)
    former = records.get(stem, {"files": {}})
    placed = {name: _described(content) for name, content in contents.items()}
    gone = former.get(part, {}).keys() | (former.get("partial", {}).keys() if part == "files" else set())
    known = [one[part] for one in records.values() for part in _PARTS if part in one]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        copies = [_aside(folder / name, name, [*known, placed]) for name in sorted({*gone, *contents})]
        # Killed in the midst, the next run knows the old and the new files for ours, and none for current.
        _write_records(folder, records | {stem: {**former, "key": "", "placing": placed}})
        _replace(folder, contents)
        for name in gone - contents.keys():
            (folder / name).unlink(missing_ok=True)
        for other in records.values():  # tables.parquet is of all documents of the folder
            other["files"].update({name: placed[name] for name in other["files"].keys() & placed.keys()})
        for other in records.values() if TABLES in placed else ():  # the one file of all their tables
            other["files"] |= {TABLES: placed[TABLES]} if TABLES in other["files"] else {}
        _write_records(folder, records | {stem: {**record, part: placed}})
    except OSError as error:
        raise unwritable(folder, error) from error
    return [copy for copy in copies if copy]


def record_only(folder: Path, stem: str, changes: Mapping[str, Any]) -> None:
    """Change what a record says beside its files, such as a failure. Raises StoreError."""
    records = read_records(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_records(folder, records | {stem: {"files": {}, **records.get(stem, {}), **changes}})
    except OSError as error:
        raise unwritable(folder, error) from error


def edited(folder: Path, record: Record) -> dict[str, str] | None:
    """Return the hashes of the files of a record that people edited.

    ``None`` where a file is missing, or its tables are not ours: these are for programs, which trust them.
    """
    found = {name: sha256_of(folder / name) for name in record["files"]}
    changed = {name: sha for name, sha in found.items() if sha != record["files"][name]["sha256"]}
    return (
        None
        if None in changed.values() or TABLES in changed
        else {n: sha for n, sha in changed.items() if sha}
    )


def sha256_of(path: Path) -> str | None:
    """Return the fingerprint of a file's content, ``None`` where there is no file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file at once, so that nobody meets half of it. Raises OSError; it is then as before."""
    _replace(path.parent, {path.name: content})


def _described(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _write_records(folder: Path, records: Mapping[str, Record]) -> None:
    text = json.dumps(records, ensure_ascii=False, indent=1)
    write_whole(folder / RECORDS, text.encode("utf-8", "backslashreplace"))


def _aside(path: Path, name: str, known: Iterable[Mapping[str, Any]]) -> Path | None:
    """Copy a file that is not what we made; return the copy's path, of one that is there already too."""
    found = sha256_of(path)
    if found is None or found in {files[name]["sha256"] for files in known if name in files}:
        return None
    for number in itertools.count(1):
        aside = path.with_stem(f"{path.stem}.edited-{number}")
        if not aside.exists():
            write_whole(aside, path.read_bytes())
        if sha256_of(aside) == found:
            return aside
    raise AssertionError("numbers do not end")


def _replace(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write beside the targets first, so that what can fail for want of room fails before any is replaced."""
    parts = {folder / name: _beside(folder / name) for name in contents}
    try:
        for (target, part), content in zip(parts.items(), contents.values(), strict=True):
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                target.open("r+b").close()  # open in another program, on Windows
            part.write_bytes(content)
        for target, part in parts.items():
            part.replace(target)
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    """Return where a file is written before it is whole."""
    return path.with_name(f".{path.name}.part")


def clear(folder: Path) -> None:
    """Remove what a killed run left half written in a folder and those in it."""
    for part in (*folder.glob(".*.part"), *folder.glob("*/.*.part")):
        with suppress(OSError):
            part.unlink()


def unwritable(place: Path, error: Exception) -> StoreError:
    """Return the error that says in four parts why nothing could be put at a place."""
    return StoreError(
        where=str(place),
        expected="เขียนแฟ้มผลลัพธ์ได้ทุกแฟ้ม",
        found=str(error),
        todo="ตรวจสิทธิ์เขียนและเนื้อที่ว่าง ปิดโปรแกรมที่เปิดแฟ้มนี้อยู่ หรือเลือกโฟลเดอร์อื่นด้วย --out แฟ้มชุดเดิมยังอยู่ครบ",
    )
