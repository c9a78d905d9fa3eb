"""What lies in the output folder of a batch: an entry for each document, read from the folders alone.

An agency's folder is its own record (:mod:`ita_nb.made`), and ``batch.json`` says what was asked for. Both
may come from another computer, so they are data: exact expected names, nothing through a link, no long
file, every value of its type. What is not so is told and left out, and the others go on.
"""

from __future__ import annotations

import glob
import os
import re
import shlex
import stat
import subprocess
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from ita_nb.errors import IntakeError
from ita_nb.intake.params_file import DocumentName
from ita_nb.intake.peers import AGENCY_ID, OWN_FOLDERS, read_directory
from ita_nb.made import RECORDS, TABLES, sha256_of
from ita_nb.tables import read_tables
from ita_nb.task import FORMATS, EditionName, Format, KernelKind, Task
from ita_nb.thai import Digits, thai_order, visible

ASKED = "batch.json"
_ENDINGS = ("ipynb", "html", "pdf", "docx")
_LONGEST = {RECORDS: 1_000_000, ASKED: 20_000_000}  # bytes
_OF_AGENCY = ("name_th", "agency_type", "district_th", "province_th")
_LEFT_OUT = "ไม่นำมารวม"

Status = Literal["done", "failed", "stopped", "left"]
STATUS_TH: Mapping[Status, str] = {
    "done": "จัดทำแล้ว",
    "failed": "จัดทำไม่สำเร็จ",
    "stopped": "ข้อมูลยังไม่พร้อม",
    "left": "ยังไม่ได้จัดทำ",
}


def one_line(text: str, longest: int = 1_000) -> str:
    """Return a text on one line, cut, without characters that cannot be seen or would steer a terminal."""
    plain = " ".join(visible(text).split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


# ---------------------------------------------------------------- causes


class Cause(NamedTuple):
    """A cause in Thai; ``is_stop``: the agency was stopped before the first kernel started.

    ``is_of_batch``: the agency's own command would not fail.
    """

    name_th: str
    is_stop: bool = False
    is_of_batch: bool = False


CAUSES: Mapping[str, Cause] = {
    "cell-failed": Cause("เซลล์ของสมุดบันทึกทำงานผิดพลาด"),
    "cell-timeout": Cause("เซลล์ของสมุดบันทึกใช้เวลาเกินกำหนด"),
    "run-timeout": Cause("การจัดทำใช้เวลาเกินกำหนด"),
    "memory": Cause("ใช้หน่วยความจำเกินกำหนด"),
    "kernel-died": Cause("เคอร์เนลหยุดทำงาน"),
    "worker-died": Cause("โปรเซสที่จัดทำเอกสารหยุดทำงาน"),
    "unverified": Cause("เอกสารไม่ผ่านการตรวจสอบ"),
    "refused": Cause("ฉบับเผยแพร่ยังไม่พร้อม"),
    "data": Cause("ใช้ข้อมูลที่ได้รับไม่ได้"),
    "disk": Cause("เขียนแฟ้มไม่ได้"),
    "unexpected": Cause("ข้อผิดพลาดที่ไม่คาดไว้"),
    "unknown": Cause("ไม่รู้จักรหัส", is_stop=True),
    "unusable-row": Cause("แถวใน data/agencies.csv ใช้ไม่ได้", is_stop=True),
    "duplicate": Cause("รหัสซ้ำกับหน่วยงานอื่นเมื่อไม่แยกตัวพิมพ์", is_stop=True, is_of_batch=True),
    "no-data": Cause("ไม่มีข้อมูลปี {year}", is_stop=True),
    "no-facts": Cause("ไม่มีข้อเท็จจริงของการประเมินปีที่ต้องใช้", is_stop=True),
    "words": Cause("แฟ้มใน params ใช้ไม่ได้", is_stop=True),
    "notebook": Cause("สมุดบันทึกใน work ใช้ไม่ได้", is_stop=True),
    "unusable": Cause("ข้อมูลปี {year} ใช้ไม่ได้", is_stop=True),
    "not-ready": Cause("ฉบับเผยแพร่ยังไม่พร้อม", is_stop=True),
}


def cause_th(cause: str, fiscal_year: int) -> str:
    """Return the short Thai name of a cause."""
    return CAUSES[cause].name_th.format(year=fiscal_year)


# ---------------------------------------------------------------- what is written in JSON

Line = Annotated[str, AfterValidator(one_line)]
Text = Annotated[str, AfterValidator(lambda text: visible(text)[:10_000])]
AgencyId = Annotated[str, Field(pattern=f"^{AGENCY_ID}$")]
Year = Annotated[int, Field(ge=1000, le=9999)]
Count = Annotated[int, Field(ge=0, le=10**9)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class _File(_Data):
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Failure(_Data):
    """Why there is no document: a cause of :data:`~ita_nb.batch.folder.CAUSES`, the place, the message."""

    cause: Literal[*CAUSES]  # type: ignore[valid-type]
    where: Line = ""
    message_th: Text = ""


class _Record(_Data):
    agency_id: AgencyId
    name_th: Line = ""
    fiscal_year: Year
    document: DocumentName
    key: Line = ""
    files: dict[str, _File] = {}
    partial: dict[str, _File] = {}
    pages: Count = 0
    errors: Count = 0
    kernel: KernelKind = "warm"
    seconds: Annotated[float, Field(ge=0, le=10**9)] = 0.0
    failure: Failure | None = None

    @property
    def stem(self) -> str:
        """Name of the document's files without their endings."""
        return f"{self.agency_id}-{self.fiscal_year}-{self.document}"


class Chosen(_Data):
    """An agency of a batch: the part of the batch that makes its document, and from what (``key``)."""

    agency_id: AgencyId
    name_th: Line
    part: Count = 1
    key: Line


class Stopped(Failure):
    """An agency that was asked for and has no folder, whatever its code is, and why."""

    agency_id: Line
    name_th: Line


class Asked(_Data):
    """What a batch was asked for, whichever ``part`` of it (``1/3``) a run has made."""

    batch: Line
    fiscal_year: Year
    document: DocumentName
    edition: EditionName = "working"
    digits: Digits = "thai"
    draft: bool = False
    formats: tuple[Format, ...] = FORMATS
    overview: bool = True
    part: Annotated[str, Field(pattern=r"^[1-9]\d{0,3}/[1-9]\d{0,3}$")] | None = None
    agencies: tuple[Chosen, ...] = ()
    stopped: tuple[Stopped, ...] = ()


class Note(NamedTuple):
    """Something of a folder as a whole that is not as it should be."""

    what_th: str
    message: str


def read_asked(folder: Path) -> Asked | None:
    """Return what a folder was asked for; ``None`` where nobody asked, or the file cannot be used."""
    try:
        return Asked.model_validate_json(_content(folder / ASKED))
    except (OSError, ValueError):
        return None


def _content(path: Path) -> bytes:
    """Return what stands in a file that is no link and not too long. Raises OSError or ValueError."""
    if _size_of(path) > _LONGEST[path.name]:
        raise ValueError(f"{path.name} ใหญ่เกินไป")
    return path.read_bytes()


def _size_of(path: Path) -> int:
    about = path.lstat()
    if not stat.S_ISREG(about.st_mode):
        raise ValueError(f"{path.name} เป็นลิงก์หรือไม่ใช่แฟ้ม")
    return about.st_size


# ---------------------------------------------------------------- entries


class MadeFile(NamedTuple):
    """A file of a document by its path under the folder, as it is; ``is_edited``: not as it was made."""

    path: str
    size: int  # bytes
    sha256: str
    is_edited: bool


class Entry(_Record):
    """One document of one agency, what its record says, and what became of it.

    ``failed``: tried in vain; ``stopped``: could not be tried; ``left``: asked for, and not there as it was
    asked for. ``made`` are the files in place, of an earlier making unless it is ``done``; ``kept`` is the
    partial notebook of a failure, ``command`` what repeats it. ``tables`` are the Arrow tables of
    :mod:`ita_nb.tables`, once read.
    """

    status: Status
    is_asked: bool = False
    agency_type: str = ""
    district_th: str = ""
    province_th: str = ""
    made: tuple[MadeFile, ...] = ()
    tables_sha256: str = ""
    kept: str = ""
    command: str = ""
    tables: Mapping[str, Any] = Field(default={}, repr=False)

    @property
    def is_edited(self) -> bool:
        """Whether a person edited one of the files."""
        return any(file.is_edited for file in self.made)

    def but(self, **changes: Any) -> Entry:
        """Return the same entry with other values."""
        return self.model_copy(update=changes)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of one of the document's tables; none where there is no document."""
        return list(self.tables[table].to_pylist()) if self.tables else []


def command_text(words: Sequence[str]) -> str:
    """Quote a command as the shell of this system wants it."""
    return shlex.join(words) if os.name == "posix" else subprocess.list2cmdline(words)


def by_name(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries in the order of a Thai dictionary, for people."""
    ordered = sorted(entries, key=lambda entry: entry.stem)
    place = thai_order(entry.name_th for entry in ordered)
    return sorted(ordered, key=lambda entry: place[entry.name_th])


def read_entries(folder: Path, *, only_asked: bool) -> tuple[list[Entry], list[Note]]:
    """Return what became of every document of a folder, by code, and what is not as it should be.

    ``only_asked``: of what ``batch.json`` asks for in its part, as the end of a run wants it; else whatever
    lies there, and everything that any part was asked for. The tables are not read yet.
    """
    asked, notes = read_asked(folder), list[Note]()
    if asked is None and (folder / ASKED).exists():
        notes.append(Note(f"อ่าน {ASKED} ไม่ได้", "จึงไม่ทราบว่าขาดหน่วยงานใด"))
    own = asked.part.partition("/")[0] if asked and asked.part and only_asked else ""
    entries = [_entry_of(asked, one) for one in asked.agencies if own in {"", str(one.part)}] if asked else []
    chosen = {entry.stem: entry for entry in entries}
    wanted = {entry.agency_id for entry in entries} if asked and only_asked else None
    found: dict[str, Entry] = {}
    for place in sorted(folder.iterdir()):
        for one in _read_place(place) if wanted is None or place.name in wanted else ():
            if isinstance(one, Note):
                notes.append(one)
            elif wanted is None or one.stem in chosen:
                found[one.stem] = one
    notes += _missing_parts(asked, found.values()) if asked and not only_asked else []
    for stem, entry in chosen.items():
        there = found.get(stem, entry).but(is_asked=True)
        is_other = there.status == "done" and there.key != entry.key
        found[stem] = there.but(status="left") if is_other else there
    if asked:
        stops = [_entry_of(asked, stop).but(status="stopped", failure=stop) for stop in asked.stopped]
        found = {entry.stem: entry for entry in stops} | found
    return sorted(found.values(), key=lambda entry: entry.stem), notes


def _entry_of(asked: Asked, one: Chosen | Stopped) -> Entry:
    return Entry.model_construct(
        agency_id=one.agency_id,
        name_th=one.name_th or one.agency_id,
        fiscal_year=asked.fiscal_year,
        document=asked.document,
        status="left",
        key=one.key if isinstance(one, Chosen) else "",
    )


def _missing_parts(asked: Asked, there: Iterable[Entry]) -> Iterator[Note]:
    """Yield the parts of which no agency has a folder."""
    ids, last = {entry.agency_id for entry in there}, max([one.part for one in asked.agencies], default=1)
    for part in range(1, last + 1) if last > 1 else ():
        own = {one.agency_id for one in asked.agencies if one.part == part}
        if own and not own & ids:
            yield Note(f"ขาดส่วนที่ {part}/{last}", f"{len(own):,} แห่ง")


def _read_place(place: Path) -> Iterator[Entry | Note]:
    """Yield the entries of an agency's folder, and why something in it is left out."""
    try:
        records = _records(place)
    except (OSError, ValueError) as why:
        yield Note(_LEFT_OUT, f"{one_line(place.name, 100)}: {one_line(str(why), 200)}")
        return
    known = {record.files[TABLES].sha256 for record in records.values() if TABLES in record.files}
    for stem, record in records.items():
        try:
            yield from _read_document(place, stem, record, known)
        except (OSError, ValueError) as why:
            yield Note(_LEFT_OUT, f"{place.name}/{one_line(stem, 100)}: {one_line(str(why), 200)}")


def _records(place: Path) -> dict[str, _Record]:
    """Return the records of an agency's folder; none where it is none. Raises OSError or ValueError."""
    if place.name.startswith(".") or place.name.casefold() in OWN_FOLDERS or not place.is_dir():
        return {}
    if not any([*place.glob(RECORDS), *place.glob(f"{glob.escape(place.name)}-2???-*.*")]):
        return {}
    if place.is_symlink():
        raise ValueError("เป็นลิงก์")
    if not re.fullmatch(AGENCY_ID, place.name):
        raise ValueError("ชื่อโฟลเดอร์ไม่ใช่รหัสหน่วยงาน")
    try:
        return TypeAdapter(dict[str, _Record]).validate_json(_content(place / RECORDS))
    except (OSError, ValueError) as error:
        raise ValueError(f"ไม่มี {RECORDS} หรือใช้ไม่ได้: {error}") from error


def _read_document(place: Path, stem: str, record: _Record, known: Container[str]) -> Iterator[Entry | Note]:
    if (place.name, stem) != (record.agency_id, record.stem):
        raise ValueError("บันทึกเป็นของหน่วยงานหรือเอกสารอื่น")
    names = [*(f"{stem}.{ending}" for ending in _ENDINGS), TABLES]
    if record.files and (TABLES not in record.files or {*record.files} - {*names}):
        raise ValueError("บันทึกขาดแฟ้มหรือมีแฟ้มที่ไม่ใช่ของเอกสาร")
    files = {name: _found(place / name, record.files[name]) for name in names if name in record.files}
    gone = [name for name, file in files.items() if file is None]
    if gone:
        yield Note("เอกสารถูกลบหรือย้าย ให้สั่งอีกครั้งเพื่อจัดทำใหม่", f"{place.name}: {', '.join(gone)}")
    tables = files.pop(TABLES, None)
    if tables and tables.sha256 not in known:
        raise ValueError(f"{TABLES} ไม่ใช่แฟ้มที่โปรแกรมเขียน")
    status: Status = "left" if gone else "done"
    if record.failure:
        status = "stopped" if CAUSES[record.failure.cause].is_stop else "failed"
    kept = f"{stem}.failed.ipynb"
    is_kept = kept in record.partial and _found(place / kept, record.partial[kept])
    yield Entry.model_construct(
        **{**dict(record), "name_th": record.name_th or record.agency_id},
        status=status,
        made=tuple(file for file in files.values() if file),
        tables_sha256=tables.sha256 if tables else "",
        kept=f"{place.name}/{kept}" if is_kept else "",
    )


def _found(path: Path, made: _File) -> MadeFile | None:
    """Return a file as it is, ``None`` where it is gone."""
    try:
        size, sha256 = _size_of(path), sha256_of(path) or ""
    except FileNotFoundError:
        return None
    return MadeFile(f"{path.parent.name}/{path.name}", size, sha256, sha256 != made.sha256)


# ---------------------------------------------------------------- what is known beside the records


def completed(entries: Iterable[Entry], asked: Asked | None, workspace: Path | None) -> list[Entry]:
    """Return the entries with the places of their agencies, and with the commands that make a document alone.

    Both are of this machine's workspace, and of what :class:`Asked` and a record can say, checked.
    """
    try:
        agencies = read_directory(workspace).agencies if workspace else {}
    except IntakeError:
        agencies = {}
    how = asked or Asked.model_construct()
    place = ["--workspace", str(workspace)] if workspace else []
    found = []
    for entry in entries:
        known = vars(agencies[entry.agency_id]) if entry.agency_id in agencies else {}
        is_alone = entry.failure is None or not CAUSES[entry.failure.cause].is_of_batch
        task = Task(
            entry.agency_id,
            "",
            entry.fiscal_year,
            Path(),
            entry.document,
            how.edition,
            how.digits,
            draft=how.draft,
            formats=how.formats,
        )
        command = (
            command_text([*task.command, *place])
            if is_alone and re.fullmatch(AGENCY_ID, entry.agency_id)
            else ""
        )
        found.append(entry.but(**known, command="" if entry.status == "done" else command))
    return found


def with_tables(folder: Path, entries: Iterable[Entry]) -> tuple[list[Entry], list[Note]]:
    """Return the entries with their tables, each agency as its document names it.

    What has damaged tables, or rows of another agency, is left out and told.
    """
    found, notes = [], []
    for entry in entries:
        try:
            found.append(_with_tables(folder, entry) if entry.tables_sha256 else entry)
        except (OSError, ValueError) as error:
            notes.append(Note(_LEFT_OUT, f"{entry.agency_id}/{TABLES}: {one_line(str(error), 200)}"))
            found += [entry.but(status="left", made=(), failure=None)] if entry.is_asked else []
    return found, notes


def _with_tables(folder: Path, entry: Entry) -> Entry:
    documents = read_tables(folder / entry.agency_id / TABLES)
    for stem, tables in documents.items():
        keys = [table.select(["agency_id", "fiscal_year"]).to_pydict().values() for table in tables.values()]
        pairs = {pair for columns in keys for pair in zip(*columns, strict=True)}
        if any((a, f"{a}-{year}") != (entry.agency_id, stem.rpartition("-")[0]) for a, year in pairs):
            raise ValueError("มีแถวของหน่วยงานหรือปีอื่น")
    loaded = entry.but(tables=documents.get(entry.stem, {}))
    results = loaded.rows("results")
    if [row["document"] for row in results] != [entry.document]:
        raise ValueError("ไม่มีผลของเอกสารนี้หนึ่งแถว")
    return loaded.but(**{name: results[0][name] or "" for name in _OF_AGENCY})
