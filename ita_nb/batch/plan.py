"""What a batch has to do: every agency checked before the first kernel starts, and one task for each.

An agency whose documents are in place and rest on the same as now is neither checked nor made again.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path

import fontpkg_sarabun
import yaml

from ita_nb.batch.batch_file import Batch, BatchParameters, chosen_ids
from ita_nb.batch.folder import Asked, Chosen, Stopped, cause_th
from ita_nb.errors import FactsError, IntakeError, ItaError, ParameterError
from ita_nb.facts.loader import code_version, facts_folder, load_framework
from ita_nb.facts.rules import load_rules
from ita_nb.intake.params_file import read_words, words_path
from ita_nb.intake.peers import Directory, Marks, doubts, find_agency, read_directory
from ita_nb.intake.tables import AGENCIES, MEASURES, STATED_SCORES, YEAR_TABLES, Table, TableForm, read_table
from ita_nb.intake.workspace import framework_of, read_record, unclaimed
from ita_nb.made import edited, read_records
from ita_nb.notebook_files import (
    NOTEBOOKS,
    OVERVIEW,
    check_notebook,
    differing,
    notebook_of,
    shared_notebook,
    work_notebook,
)
from ita_nb.task import KernelKind, Task

_NAMED = 10  # agencies that one line names

Part = tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """The tasks to do, those that are done and unchanged, and the agencies that are stopped, with the cause.

    ``stopped`` are those with a folder of their own. ``edited`` and ``outdated`` are of the unchanged: a
    person edited a file, or other agencies' scores, with which it compares, changed since. ``notices`` tell
    in Thai what the data hold beside the agencies of the batch; ``asked`` is what ``batch.json`` will say.
    """

    tasks: tuple[Task, ...]
    unchanged: tuple[Task, ...]
    stopped: tuple[tuple[Task, Stopped], ...]
    asked: Asked
    edited: tuple[str, ...]
    outdated: tuple[str, ...]
    notices: tuple[str, ...]

    def summary_th(self) -> str:
        """Return one Thai line: how many are ready, unchanged and stopped, by cause."""
        stops = [*self.asked.stopped, *(stop for _, stop in self.stopped)]
        ready = len(self.tasks) + len(self.unchanged)
        parts = [f"พร้อม {ready} จาก {ready + len(stops)} หน่วยงาน"]
        if self.unchanged:
            parts.append(f"ทำแล้วและไม่เปลี่ยนแปลง {len(self.unchanged)} ต้องทำ {len(self.tasks)}")
        if stops:
            counted = Counter(cause_th(stop.cause, self.asked.fiscal_year) for stop in stops).most_common()
            parts.append(f"หยุดไว้ {len(stops)}: {', '.join(f'{cause} ({n})' for cause, n in counted)}")
        if self.outdated:
            parts.append(f"เอกสารเดิมที่เทียบกับคะแนนก่อนแก้ไขของหน่วยงานอื่น {len(self.outdated)}")
        if self.edited:
            parts.append("มีแฟ้มที่แก้ไขด้วยมือ" + _counted(self.edited, "เก็บไว้ตามเดิม"))
        return "; ".join(parts)


def make_plan(
    batch: Batch, home: Path, out: Path, *, kernel: KernelKind, fresh: bool = False, part: Part | None = None
) -> Plan:
    """Select the agencies of a batch and check each one that is not done already in ``out``.

    ``fresh`` does everything again; ``part`` is the one to make. Raises an ItaError for what stops the batch
    as a whole: a notebook that is missing or lacks parameters, a year without facts, an agency table or file
    that cannot be read, a province that has no agencies, or no agency at all.
    """
    wanted = batch.parameters
    # What the tasks of all agencies have in common.
    like = Task(
        agency_id="",
        name_th="",
        fiscal_year=wanted.fiscal_year,
        workspace=home,
        document=wanted.document,
        edition=wanted.edition,
        digits=wanted.digits,
        draft=wanted.draft,
        formats=tuple(wanted.formats),
        kernel=kernel,
        limits=wanted.limits.of_task(),
    )
    _check_whole(home, wanted, like, out)
    directory = read_directory(home)
    chosen = chosen_ids(batch, home, directory)
    if not chosen:
        raise ParameterError(
            where=str(batch.path),
            expected="หน่วยงานอย่างน้อยหนึ่งแห่ง",
            found="ไม่มีหน่วยงานที่ตรงกับ agencies",
            todo="แก้ agencies ในแฟ้มชุดงาน หรือเพิ่มหน่วยงานใน data/agencies.csv",
        )
    refused = {stop.agency_id: stop for stop in _refused(chosen, home, directory)}
    fingerprints, parts = Fingerprints(home), part[1] if part else 1
    named = [agency_id for agency_id in chosen if agency_id not in refused]
    keyed = [
        fingerprints.keyed(replace(like, agency_id=i, name_th=directory.agencies[i].name_th)) for i in named
    ]
    own = [task for task in keyed if part is None or part_of(task.agency_id, parts) == part[0]]
    unchanged: list[Task] = []
    changed: list[Task] = []
    outdated: list[str] = []
    by_hand: list[str] = []
    for task in own:
        record = read_records(out / task.agency_id).get(task.stem, {})
        is_same = not fresh and record.get("key") == task.key and not record.get("failure")
        found = edited(out / task.agency_id, record) if is_same else None
        (changed if found is None else unchanged).append(task)
        outdated += [task.agency_id] if found is not None and record.get("peers") != task.peers else []
        by_hand += [task.agency_id] if found else []
    stops = [(task, stop) for task in changed if (stop := _checked(task, home))]
    stopped = {task.agency_id for task, _ in stops}
    asked = Asked(
        batch=wanted.batch,
        fiscal_year=wanted.fiscal_year,
        document=wanted.document,
        edition=wanted.edition,
        digits=wanted.digits,
        draft=wanted.draft,
        formats=tuple(wanted.formats),
        overview=wanted.wants_overview,
        part=f"{part[0]}/{part[1]}" if part else None,
        agencies=tuple(
            Chosen(agency_id=t.agency_id, name_th=t.name_th, key=t.key, part=part_of(t.agency_id, parts))
            for t in keyed
        ),
        stopped=tuple(refused.values()),
    )
    notices = tuple(_notices(home, directory, wanted, chosen, out))
    tasks = tuple(task for task in changed if task.agency_id not in stopped)
    return Plan(tasks, tuple(unchanged), tuple(stops), asked, tuple(by_hand), tuple(outdated), notices)


def parse_part(text: str) -> Part:
    """Read ``K/N``: part K of N. Raises ParameterError."""
    found = re.fullmatch(r"\s*([0-9]{1,4})\s*/\s*([0-9]{1,4})\s*", text)
    part, parts = (int(number) for number in found.groups()) if found else (0, 0)
    if not 1 <= part <= parts:
        raise ParameterError(
            where="--part",
            expected="K/N คือส่วนที่ K จากทั้งหมด N ส่วน โดย K ตั้งแต่ 1 ถึง N",
            found=text or "ไม่ได้ระบุ",
            todo="ระบุใหม่ เช่น --part 2/5 และสั่งให้ครบทั้ง 5 ส่วน",
        )
    return part, parts


def part_of(agency_id: str, parts: int) -> int:
    """Return the part that an agency belongs to, from 1: the same on every machine, of nearly equal parts."""
    return int.from_bytes(hashlib.sha256(agency_id.encode()).digest()[:8], "big") % parts + 1


def _check_whole(home: Path, wanted: BatchParameters, like: Task, out: Path) -> None:
    check_notebook(shared_notebook(home, NOTEBOOKS[wanted.document]), like.parameters, wanted.document)
    if wanted.wants_overview:
        check_notebook(shared_notebook(home, OVERVIEW), {"folder": str(out), "digits": like.digits})
    if wanted.document == "analysis":  # a report on measures rests on the year before, or on its own
        load_framework(wanted.fiscal_year, facts_folder(home))


def _refused(chosen: Sequence[str], home: Path, directory: Directory) -> Iterator[Stopped]:
    """Yield the agencies that cannot have a folder: unknown, unusable, or of one name with another."""
    first: dict[str, str] = {}
    for agency_id in chosen:
        try:
            name = find_agency(home, agency_id).name_th
        except IntakeError as error:
            cause = "unusable-row" if agency_id in directory.refused else "unknown"
            yield Stopped(agency_id=agency_id, name_th="", cause=cause, message_th=str(error))
            continue
        other = first.setdefault(agency_id.casefold(), agency_id)
        if other != agency_id:  # some file systems would put both into one folder
            told = f'รหัส "{agency_id}" ต่างจาก "{other}" เพียงตัวพิมพ์เล็กใหญ่ ให้เปลี่ยนรหัสใดรหัสหนึ่ง'
            yield Stopped(agency_id=agency_id, name_th=name, cause="duplicate", message_th=told)


def _notices(
    home: Path, directory: Directory, wanted: BatchParameters, chosen: Sequence[str], out: Path
) -> Iterator[str]:
    """Yield what would be lost silently: rows of nobody, and agencies that the batch has no longer."""
    with suppress(IntakeError):  # told for each agency
        if wanted.document == "analysis":
            yield from unclaimed(home, wanted.fiscal_year)
    stem = f"-{wanted.fiscal_year}-{wanted.document}"
    places = (path for path in sorted(out.glob("*/")) if path.name not in set(chosen))
    gone = [path.name for path in places if f"{path.name}{stem}" in read_records(path)]
    if gone:
        yield "เคยจัดทำไว้ในโฟลเดอร์นี้ แต่ไม่อยู่ในชุดงานนี้แล้ว" + _counted(gone, "แฟ้มเดิมยังอยู่ ไม่มีในสารบัญ")
    lost = [
        i for i in directory.refused if wanted.agencies.province and not directory.refused_provinces.get(i)
    ]
    if lost:
        yield "แถวใน data/agencies.csv ใช้ไม่ได้ และไม่ทราบจังหวัด" + _counted(lost, "ไม่อยู่ในชุดงานนี้")
    if others := differing(home):
        yield f"สมุดบันทึกในโฟลเดอร์งานต่างจากของโปรแกรม: {', '.join(others)} (ใช้ของโฟลเดอร์งาน)"
    own = [i for i in chosen if work_notebook(home, i, wanted.fiscal_year, wanted.document).exists()]
    if own:
        yield "มีสมุดบันทึกของหน่วยงานเองใน work" + _counted(own, "ใช้แทนสมุดบันทึกของชุดงาน")


def _counted(agencies: Sequence[str], meaning: str) -> str:
    """Return how many agencies something is true of, what that means, and the first of them."""
    more = " …" if len(agencies) > _NAMED else ""
    return f" {len(agencies)} แห่ง ({meaning}): {', '.join(agencies[:_NAMED])}{more}"


# ---------------------------------------------------------------- one agency


def _checked(task: Task, home: Path) -> Stopped | None:
    """Return why no document can be made of an agency, ``None`` where nothing speaks against it."""
    try:
        cause = "words"
        read_words(home, task.agency_id, task.fiscal_year, task.document)
        cause = "notebook"
        check_notebook(notebook_of(task), task.parameters, task.document)
        cause = "unusable"
        _refuse_unready(task, home)
    except ItaError as error:
        if cause == "unusable" and isinstance(error, FactsError):
            cause = "no-facts"
        elif cause == "unusable" and isinstance(error, IntakeError):
            cause = "unusable" if _has_data(task, home) else "no-data"
        elif cause == "unusable":
            cause = "not-ready"
        return Stopped(agency_id=task.agency_id, name_th=task.name_th, cause=cause, message_th=str(error))
    return None


def _refuse_unready(task: Task, home: Path) -> None:
    publishing = task.edition == "publish" and not task.draft
    if task.document == "analysis" and not publishing:
        known = load_framework(task.fiscal_year, facts_folder(home))
        read_record(home, task.agency_id, framework_of(home, task.agency_id, known))
        return
    # Slow to import, and most batches do without.
    from ita_nb.case import build_case
    from ita_nb.document.gate import refuse_unready
    from ita_nb.progress import build_progress

    build = build_case if task.document == "analysis" else build_progress
    case = build(task.agency_id, task.fiscal_year, home)
    if publishing:
        refuse_unready(case)


def _has_data(task: Task, home: Path) -> bool:
    """Whether anything at all was received of the agency for the document's year."""
    form = STATED_SCORES if task.document == "analysis" else MEASURES
    year = str(task.fiscal_year)
    try:
        table = read_table(home / "data" / year, form, f"data/{year}")
    except IntakeError:
        return True  # who stands in a file that cannot be read is not known
    return table is not None and task.agency_id in table


# ---------------------------------------------------------------- keys


# The one in C where it is there: it reads the same YAML several times faster.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Fingerprints:
    """The fingerprints of the tasks of one workspace; what they share is read once.

    The workspace must not change while they are worked out.
    """

    def __init__(self, workspace: Path) -> None:
        """Take the folder of the data; nothing is read yet."""
        self._workspace = workspace

    def keyed(self, task: Task) -> Task:
        """Return the task with its fingerprint, and that of the scores with which its document compares."""
        asked = repr((sorted(task.parameters.items()), task.document, sorted(task.formats)))
        parts = [("asked", asked.encode()), ("notebook", _file(notebook_of(task)))]
        parts += [*self._rows(task), *self._words(task)]
        return replace(task, key=_digest(parts, self._shared), peers=self._peers(task))

    @cached_property
    def _shared(self) -> bytes:
        folder = facts_folder(self._workspace)
        facts = sorted(p for p in folder.rglob("*") if p.is_file())
        fonts = sorted((Path(fontpkg_sarabun.__file__).parent / "files").iterdir())
        parts = [("code", code_version().encode()), ("environment", environment().encode())]
        parts += [(path.name, path.read_bytes()) for path in (*fonts, *facts)]
        return _digest(parts).encode()

    @cached_property
    def _tables(self) -> list[tuple[int, str, Table | bytes | None]]:
        """Every table of every year, or what is said of one that cannot be read."""
        folders = (p for p in (self._workspace / "data").iterdir() if p.is_dir())
        years = sorted(int(p.name) for p in folders if p.name.isascii() and p.name.isdecimal())
        every = [(year, form.name, self._table(str(year), form)) for year in years for form in YEAR_TABLES]
        return [(0, AGENCIES.name, self._table("", AGENCIES)), *every]

    def _table(self, folder: str, form: TableForm) -> Table | bytes | None:
        try:
            return read_table(self._workspace / "data" / folder, form, f"data/{folder}".rstrip("/"))
        except IntakeError as error:
            return str(error).encode()

    def _rows(self, task: Task) -> Iterator[tuple[str, bytes]]:
        # Measures are for the year after the scores at the latest: what comes later is in no document.
        known = [entry for entry in self._tables if entry[0] <= task.fiscal_year + 1]
        for year, name, table in known:
            if isinstance(table, bytes):
                yield f"{year}/{name}", table
            elif table is not None and task.agency_id in table:
                yield f"{year}/{name}", table.fingerprint(task.agency_id)
        tables = (table for _, _, table in known if isinstance(table, Table))
        for doubt in doubts(read_directory(self._workspace), task.agency_id, tables):
            yield "doubt", repr(doubt).encode("utf-8", "surrogatepass")

    def _words(self, task: Task) -> Iterator[tuple[str, bytes]]:
        """Yield the files of people's words that the document reads, and the pictures that they name."""
        home, agency_id, year = self._workspace, task.agency_id, task.fiscal_year
        paths = [words_path(home, agency_id, year, task.document)]
        if task.document == "progress":  # measures and office come from the analysis that set them
            paths += [words_path(home, agency_id, y, "analysis") for y in (year, year - 1)]
        for path in paths:
            content = _file(path)
            if content:
                yield path.name, content
                yield from ((f"logo of {path.name}", _file(logo)) for logo in logos(home, content))

    def _peers(self, task: Task) -> str:
        """Return the fingerprint of the others' scores, ``""`` where they are too few to compare with."""
        agency = read_directory(self._workspace).agencies.get(task.agency_id)
        if task.document != "analysis" or agency is None:
            return ""
        marks = self._marks(task.fiscal_year).get(agency.agency_type, Marks({}))
        enough = marks.number_without(agency.agency_id) >= load_rules().peers_min
        return marks.without(agency.agency_id) if enough else ""

    @cache  # noqa: B019 it lives as long as the planning
    def _marks(self, fiscal_year: int) -> dict[str, Marks]:
        """Return the marks of the agencies with scores, by type; an agency without a type has no peers."""
        marks: dict[str, dict[str, bytes]] = {}
        asked = (fiscal_year, STATED_SCORES.name)
        for scores in (t for y, name, t in self._tables if (y, name) == asked and isinstance(t, Table)):
            for agency in read_directory(self._workspace).agencies.values():
                if agency.agency_type and agency.agency_id in scores:
                    own = scores.fingerprint(agency.agency_id)
                    marks.setdefault(agency.agency_type, {})[agency.agency_id] = own
        return {kind: Marks(own) for kind, own in marks.items()}


@cache
def environment() -> str:
    """Return the versions of Python and of every package that the project asks for, one a line."""
    asked = [found.split(";")[0] for found in metadata.requires("ita-nb") or () if "extra ==" not in found]
    names = sorted(re.split(r"[^\w.-]", name.strip())[0] for name in asked)
    python = f"python {sys.version_info.major}.{sys.version_info.minor}"
    return "\n".join([python, *(f"{name} {metadata.version(name)}" for name in names)])


def logos(workspace: Path, words: bytes) -> list[Path]:
    """Return the picture that a file of people's words names, as far as it can be read at all.

    One outside the workspace is left out: no document reads it.
    """
    if b"logo" not in words:
        return []
    try:
        name = yaml.load(words, Loader=_LOADER)["office"]["logo"]  # noqa: S506 it makes nothing but text
        path = (workspace / name.strip().replace("\\", "/")).resolve()
        return [path] if path.is_relative_to(workspace.resolve()) and path.is_file() else []
    # RuntimeError: a link that leads to itself.
    except (yaml.YAMLError, TypeError, LookupError, AttributeError, OSError, ValueError, RuntimeError):
        return []


def _file(path: Path) -> bytes:
    """Return what a file holds, nothing where there is none: whoever needs it says so."""
    return path.read_bytes() if path.is_file() else b""


def _digest(parts: Iterable[tuple[str, bytes]], begin: bytes = b"") -> str:
    digest = hashlib.sha256(begin)
    for name, content in parts:
        # With its name and length no content can pass for another's.
        digest.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogatepass"))
        digest.update(content)
    return digest.hexdigest()
