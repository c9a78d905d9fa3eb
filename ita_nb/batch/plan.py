"""What a batch has to do: every agency checked before the first kernel starts, and one task for each.

An agency whose documents are in place and rest on the same as now is neither checked nor made again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ita_nb.batch.batch_file import Batch, BatchParameters, Limits, Selection, chosen_ids, read_batch
from ita_nb.batch.edition import Edition
from ita_nb.batch.entries import OVERVIEW
from ita_nb.batch.keys import Fingerprints, Keyed
from ita_nb.batch.ledger import Ledger
from ita_nb.batch.notebook_files import check_notebook, notebook_of, shared_notebook, work_notebook
from ita_nb.batch.shards import Shard, part_of
from ita_nb.batch.task import NOTEBOOKS, KernelKind, Task, parameters_of
from ita_nb.errors import FactsError, IntakeError, ItaError, ParameterError
from ita_nb.facts.loader import facts_folder, load_framework
from ita_nb.intake.directory import Directory, find_agency, read_directory
from ita_nb.intake.params_file import read_words
from ita_nb.intake.tables import MEASURES, STATED_SCORES, read_table
from ita_nb.intake.workspace import find_workspace, framework_of, read_record, unclaimed

__all__ = [
    "Batch",
    "BatchParameters",
    "Limits",
    "Plan",
    "Selection",
    "Stopped",
    "make_plan",
    "read_batch",
    "stop_name",
]

StopCause = Literal[
    "unknown",
    "unusable-row",
    "duplicate",
    "no-data",
    "no-facts",
    "words",
    "notebook",
    "unusable",
    "not-ready",
]

_NAMED = 10  # agencies that one line names
_CAUSES: dict[StopCause, str] = {
    "unknown": "ไม่รู้จักรหัส",
    "unusable-row": "แถวใน data/agencies.csv ใช้ไม่ได้",
    "duplicate": "รหัสซ้ำกับหน่วยงานอื่นเมื่อไม่แยกตัวพิมพ์",
    "no-data": "ไม่มีข้อมูลปี {year}",
    "no-facts": "ไม่มีข้อเท็จจริงของการประเมินปีที่ต้องใช้",
    "words": "แฟ้มใน params ใช้ไม่ได้",
    "notebook": "สมุดบันทึกใน work ใช้ไม่ได้",
    "unusable": "ข้อมูลปี {year} ใช้ไม่ได้",
    "not-ready": "ฉบับเผยแพร่ยังไม่พร้อม",
}


def stop_name(cause: StopCause, fiscal_year: int) -> str:
    """Return the short Thai name of a cause for stopping."""
    return _CAUSES[cause].format(year=fiscal_year)


@dataclass(frozen=True)
class Stopped:
    """An agency of which no document can be made, and why; nobody else is stopped by it.

    ``task`` is what was asked for; its ``name_th`` is empty where the agency has no usable name.
    """

    task: Task
    cause: StopCause
    message_th: str

    @property
    def agency_id(self) -> str:
        """The code of the agency, as the batch was asked for it."""
        return self.task.agency_id


@dataclass(frozen=True)
class Plan:
    """The tasks to do, those that are done and unchanged, and the agencies that are stopped.

    ``peers`` is, by the key of a task, the fingerprint of the other agencies' scores with which its document
    compares. ``outdated`` are agencies whose unchanged document compares with an earlier state of them, and
    ``edited`` are those of the unchanged of which a person edited a file. ``notices`` tell in Thai
    what the data or an earlier run hold beside the agencies of the batch, and ``contradictory`` are those of
    the unchanged whose official numbers contradict one another.
    """

    tasks: tuple[Task, ...]
    unchanged: tuple[Task, ...]
    stopped: tuple[Stopped, ...]
    fiscal_year: int
    peers: Mapping[str, str] = field(default_factory=dict)
    outdated: tuple[str, ...] = ()
    edited: tuple[Task, ...] = ()
    notices: tuple[str, ...] = ()
    contradictory: tuple[Task, ...] = ()

    def summary_th(self) -> str:
        """Return one Thai line: how many are ready, unchanged and stopped, by cause."""
        ready = len(self.tasks) + len(self.unchanged)
        parts = [f"พร้อม {ready} จาก {ready + len(self.stopped)} หน่วยงาน"]
        if self.unchanged:
            parts.append(f"ทำแล้วและไม่เปลี่ยนแปลง {len(self.unchanged)} ต้องทำ {len(self.tasks)}")
        if self.stopped:
            parts.append(f"หยุดไว้ {len(self.stopped)}: {self._by_cause()}")
        if self.outdated:
            parts.append(f"เอกสารเดิมที่เทียบกับคะแนนก่อนแก้ไขของหน่วยงานอื่น {len(self.outdated)}")
        if self.edited:
            parts.append("มีแฟ้มที่แก้ไขด้วยมือ" + _counted([t.agency_id for t in self.edited], "เก็บไว้ตามเดิม"))
        return "; ".join(parts)

    def _by_cause(self) -> str:
        counted = Counter(stopped.cause for stopped in self.stopped).most_common()
        return ", ".join(f"{stop_name(cause, self.fiscal_year)} ({n})" for cause, n in counted)


def make_plan(
    batch: Batch,
    workspace: Path,
    ledger: Ledger | None,
    *,
    kernel: KernelKind,
    fresh: bool = False,
    shard: Shard | None = None,
    out: str = "",
) -> Plan:
    """Select the agencies of a batch and check each one that is not done already.

    ``fresh`` does everything again; ``shard`` takes one part of the agencies; ``out`` stands in place of
    the file's output folder. Raises an ItaError for what stops the batch as a whole: no
    workspace, a notebook that is missing or lacks parameters, a year without facts, an agency table or file
    that cannot be read, a province that has no agencies, or no agency at all.
    """
    home, asked = find_workspace(workspace), batch.parameters
    like = _task(batch, home, out or batch.out(home), kernel)
    _check_whole(home, asked, like)
    directory = read_directory(home)
    chosen = chosen_ids(batch, home, directory)
    if not chosen:
        raise ParameterError(
            where=str(batch.path),
            expected="หน่วยงานอย่างน้อยหนึ่งแห่ง",
            found="ไม่มีหน่วยงานที่ตรงกับ agencies",
            todo="แก้ agencies ในแฟ้มชุดงาน หรือเพิ่มหน่วยงานใน data/agencies.csv",
        )
    if shard:
        chosen = [agency_id for agency_id in chosen if part_of(shard, agency_id)]
    refused = {stopped.agency_id: stopped for stopped in _refused(chosen, home, directory, like)}
    named = [agency_id for agency_id in chosen if agency_id not in refused]
    names = {agency_id: directory.agencies[agency_id].name_th for agency_id in named}
    keyed = _with_keys(replace(like, agency_id=i, name_th=name) for i, name in names.items())
    done = {} if ledger is None or fresh else _done(ledger, [task.key for task, _ in keyed])
    new = [task for task, _ in keyed if task.key not in done]
    stopped = {task.key: found for task in new if (found := _checked(task, home))}
    return Plan(
        tuple(task for task in new if task.key not in stopped),
        tuple(task for task, _ in keyed if task.key in done),
        (*refused.values(), *stopped.values()),
        asked.fiscal_year,
        {key.key: key.peers for _, key in keyed},
        tuple(t.agency_id for t, key in keyed if t.key in done and done[t.key].peers != key.peers),
        tuple(task for task, _ in keyed if task.key in done and done[task.key].is_edited),
        tuple(_notices(home, asked, chosen, None if shard else ledger)),
        tuple(task for task, _ in keyed if task.key in done and done[task.key].errors),
    )


def _notices(
    home: Path, asked: BatchParameters, chosen: Sequence[str], ledger: Ledger | None
) -> Iterator[str]:
    """Yield what would be lost silently: rows of nobody, and agencies that the batch has no longer."""
    with suppress(IntakeError):  # told for each agency
        if asked.document == "analysis":
            yield from unclaimed(home, asked.fiscal_year)
    made = ledger.agencies(asked.fiscal_year, asked.document) if ledger else []
    gone = [agency_id for agency_id in made if agency_id not in set(chosen)]
    if gone:
        yield "เคยจัดทำไว้ในโฟลเดอร์นี้ แต่ไม่อยู่ในชุดงานนี้แล้ว" + _counted(gone, "แฟ้มเดิมยังอยู่ ไม่มีในสารบัญ")
    own = [i for i in chosen if work_notebook(home, i, asked.fiscal_year, asked.document).exists()]
    if own:
        yield "มีสมุดบันทึกของหน่วยงานเองใน work" + _counted(own, "ใช้แทนสมุดบันทึกของชุดงาน")


def _counted(agencies: Sequence[str], meaning: str) -> str:
    """Return how many agencies something is true of, what that means, and the first of them."""
    more = " …" if len(agencies) > _NAMED else ""
    return f" {len(agencies)} แห่ง ({meaning}): {', '.join(agencies[:_NAMED])}{more}"


def _done(ledger: Ledger, keys: Sequence[str]) -> dict[str, Edition]:
    """Return the editions that need not be made: a run that was to make all anew may have been cut off."""
    renewals = ledger.renewals()
    return ledger.done(key for key in keys if key not in renewals)


def _check_whole(home: Path, asked: BatchParameters, like: Task) -> None:
    check_notebook(shared_notebook(home, NOTEBOOKS[asked.document]), parameters_of(like), asked.document)
    if asked.wants_overview:
        overview = shared_notebook(home, f"{OVERVIEW}.ipynb")
        check_notebook(overview, {"folder": like.out, "digits": like.digits})
    if asked.document == "analysis":  # a report on measures rests on the year before, or on its own
        load_framework(asked.fiscal_year, facts_folder(home))


def _refused(chosen: Iterable[str], home: Path, directory: Directory, like: Task) -> Iterable[Stopped]:
    """Yield the agencies that cannot be named: unknown, unusable, or of one file name with another."""
    first: dict[str, str] = {}
    for agency_id in chosen:
        task = replace(like, agency_id=agency_id)
        try:
            find_agency(home, agency_id)
        except IntakeError as error:
            yield Stopped(task, "unusable-row" if agency_id in directory.refused else "unknown", str(error))
            continue
        other = first.setdefault(agency_id.casefold(), agency_id)
        if other != agency_id:  # some file systems would put both into one folder
            yield Stopped(
                replace(task, name_th=directory.agencies[agency_id].name_th),
                "duplicate",
                f'รหัส "{agency_id}" ต่างจาก "{other}" เพียงตัวพิมพ์เล็กใหญ่ ให้เปลี่ยนรหัสใดรหัสหนึ่ง',
            )


def _task(batch: Batch, home: Path, out: str, kernel: KernelKind) -> Task:
    """Return what the tasks of all agencies have in common."""
    asked = batch.parameters
    return Task(
        key="",
        agency_id="",
        name_th="",
        fiscal_year=asked.fiscal_year,
        workspace=str(home),
        out=out,
        document=asked.document,
        edition=asked.edition,
        digits=asked.digits,
        draft=asked.draft,
        formats=tuple(asked.formats),
        kernel=kernel,
        cell_seconds=asked.limits.cell_seconds,
        run_seconds=asked.limits.run_seconds,
        memory_mb=asked.limits.memory_mb,
    )


def _with_keys(tasks: Iterable[Task]) -> Sequence[tuple[Task, Keyed]]:
    every = list(tasks)
    fingerprints = Fingerprints(Path(every[0].workspace)) if every else None
    keyed = [(task, fingerprints.task_key(task)) for task in every if fingerprints]
    return [(replace(task, key=key.key), key) for task, key in keyed]


# ---------------------------------------------------------------- one agency


def _checked(task: Task, home: Path) -> Stopped | None:
    """Return why no document can be made of an agency, ``None`` where nothing speaks against it."""
    try:
        read_words(home, task.agency_id, task.fiscal_year, task.document)
    except IntakeError as error:
        return Stopped(task, "words", str(error))
    try:
        check_notebook(notebook_of(task), parameters_of(task), task.document)
    except ParameterError as error:
        return Stopped(task, "notebook", str(error))
    try:
        _refuse_unready(task, home)
    except FactsError as error:
        return Stopped(task, "no-facts", str(error))
    except IntakeError as error:
        return Stopped(task, "unusable" if _has_data(task, home) else "no-data", str(error))
    except ItaError as error:
        return Stopped(task, "not-ready", str(error))
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
