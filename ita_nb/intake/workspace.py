"""The workspace on disk: ``data/agencies.csv`` and one folder a fiscal year -> :class:`Record`."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ita_nb.errors import IntakeError, Problem
from ita_nb.facts.framework import Framework
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.facts.loader import known_years
from ita_nb.facts.rules import load_rules, problem
from ita_nb.intake.params_file import Office, Words, read_words
from ita_nb.intake.peers import (
    Directory,
    PeerGroup,
    Peers,
    doubts,
    find_agency,
    read_directory,
    read_emblem,
    strays,
)
from ita_nb.intake.people import Window, nodes_of, read_measures, read_remarks, read_results
from ita_nb.intake.record import Agency, Record
from ita_nb.intake.rows import read_answers, read_scores, read_stated_results
from ita_nb.intake.tables import (
    AGENCIES,
    MEASURES,
    PROGRESS,
    REMARKS,
    RESPONSES,
    STATED_RESULTS,
    STATED_SCORES,
    YEAR_TABLES,
    Table,
    TableForm,
    TableRow,
    read_table,
)
from ita_nb.thai import nearest, overlooked_th, revealed, to_common_year

# The environment variable that names the workspace to a notebook that runs in a folder of its own.
WORKSPACE = "ITA_NB_WORKSPACE"


def find_workspace(start: Path) -> Path:
    """Return the nearest folder from ``start`` upwards that holds ``data/agencies.csv`` (or ``.parquet``).

    Where the environment names a workspace (``ITA_NB_WORKSPACE``), the search begins there for the default
    start, and goes on there for any other one. Raises IntakeError when there is none.
    """
    named = [Path(os.environ[WORKSPACE])] if os.environ.get(WORKSPACE) else []
    for begin in named if named and start == Path() else [start, *named]:
        for folder in (begin.resolve(), *begin.resolve().parents) if begin.is_dir() else ():
            if any((folder / "data" / f"agencies.{ending}").exists() for ending in ("csv", "parquet")):
                return folder
    raise IntakeError(
        where=str(start),
        expected="โฟลเดอร์งานที่มีแฟ้ม data/agencies.csv",
        found="ไม่พบแฟ้มนี้ในโฟลเดอร์ที่ระบุและโฟลเดอร์ที่อยู่เหนือขึ้นไป",
        todo="ย้ายไปที่โฟลเดอร์งาน หรือระบุ --workspace โฟลเดอร์งาน",
    )


def make_workspace(folder: Path, notebooks: Path) -> tuple[Path, ...]:
    """Lay out a workspace for the newest known year, with copies of the ``notebooks``; return its files.

    Raises IntakeError where something stands there already, OSError where it cannot be written.
    """
    if folder.exists():
        there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else ["แฟ้มชื่อนี้"]
        if there:
            raise IntakeError(
                where=str(folder),
                expected="โฟลเดอร์ใหม่ หรือโฟลเดอร์ว่าง",
                found=", ".join(there[:5]) + (" …" if len(there) > 5 else ""),
                todo="ระบุชื่อโฟลเดอร์ใหม่ โปรแกรมไม่เขียนทับแฟ้มที่มีอยู่",
            )
    year = known_years()[-1]
    forms = {"agencies": AGENCIES, **{f"{year}/{form.name}": form for form in YEAR_TABLES}}
    # With the mark at its beginning Excel reads Thai, and keeps it when it saves.
    texts = {f"data/{name}.csv": "\ufeff" + ",".join(form.columns) + "\n" for name, form in forms.items()}
    readme = Path(__file__).with_name("new_workspace.txt").read_text(encoding="utf-8")
    texts["README.txt"] = readme.format(year=year)
    made = {folder / name: text.encode() for name, text in texts.items()}
    copies = sorted(notebooks.glob("*.ipynb"))
    made |= {folder / "notebooks" / path.name: path.read_bytes() for path in copies}
    for name in ("params", "notebooks", f"data/{year}"):
        (folder / name).mkdir(parents=True)
    for path, content in made.items():
        path.write_bytes(content)
    return tuple(made)


def framework_of(workspace: Path, agency_id: str, framework: Framework) -> Framework:
    """Return the year with the codes that the agency's rows have and the year can neither know nor refute."""
    agency = find_agency(workspace, agency_id)
    tables = {form: _read_year(workspace, framework.fiscal_year, form) for form in _SCORED_TABLES}
    tables[MEASURES] = _read_year(workspace, framework.plan_year, MEASURES)
    own = _own(tables, agency_id)
    codes = [Node.typed(row["node"] or row["item"]).code for form in _SCORED_TABLES for row in own[form]]
    codes += [code for row in own[MEASURES] for code, _ in nodes_of(row["items"])]
    return framework.with_codes(codes, items_known=not other_assessor(agency))


def read_record(workspace: Path, agency_id: str, framework: Framework, words: Words | None = None) -> Record:
    """Read what the workspace holds of one agency in the framework's year.

    ``words`` stand in place of ``params/<agency>-<year>.yaml`` where they are given. Rows that cannot be
    used become problems of the record; raises IntakeError when nothing can be done: unknown agency, no
    data of the year, a file that cannot be read, or not one usable score.
    """
    agency = find_agency(workspace, agency_id)
    year = framework.fiscal_year
    words = read_words(workspace, agency_id, year) if words is None else words
    plan_year = words.office.plan_year or framework.plan_year
    tables = {form: _read_year(workspace, year, form) for form in _SCORED_TABLES}
    tables[MEASURES] = _read_year(workspace, plan_year, MEASURES)
    scores = tables[STATED_SCORES]
    if scores is None:
        raise IntakeError(
            where=f"data/{year}/stated_scores.csv",
            expected=f"แฟ้มคะแนนของปีงบประมาณ พ.ศ. {year}",
            found="ไม่มีแฟ้มนี้",
            todo="สร้างแฟ้มตาม data/README.md หรือตรวจปีที่ระบุใน --year"
            + _hint_of_progress(workspace, agency_id, year),
        )
    own = _own(tables, agency_id)
    doubted = doubts(read_directory(workspace), agency_id, tables.values())
    record = _record(agency, framework, own, words, plan_year, doubted)
    if not record.scores:
        raise IntakeError(
            where=f"data/{year}/stated_scores.csv",
            expected=f'คะแนนอย่างน้อยหนึ่งค่าของ "{agency_id}"',
            found="; ".join(p.message_th for p in record.problems) or "ไม่มีแถวของหน่วยงานนี้",
            todo="เพิ่มหรือแก้แถวคะแนนของหน่วยงานในแฟ้ม" + _hint_of_progress(workspace, agency_id, year),
        )
    problems = [*record.problems]
    emblem = read_emblem(workspace, words.office.logo, problems)
    group = _group(read_directory(workspace), agency.agency_type, scores, framework)
    return replace(
        record,
        emblem=emblem,
        peers=Peers(group, agency_id),
        problems=tuple(problems),
        slice_hash=_slice_hash(agency, own, words, emblem=emblem),
    )


def _hint_of_progress(workspace: Path, agency_id: str, year: int) -> str:
    """Whoever asks for an analysis where there are only measures most likely wants the report on these."""
    table = _read_year(workspace, year, MEASURES)
    if table is None or agency_id not in table:
        return ""
    return f" (มีมาตรการของปี {year} อยู่แล้ว หากต้องการรายงานผลตามมาตรการ ให้ระบุ --document progress)"


def read_stated(workspace: Path, agency_id: str, framework: Framework) -> Record | None:
    """Read only the scores and the level of a year, for comparisons; ``None`` where there are none."""
    year = framework.fiscal_year
    tables = {form: _read_year(workspace, year, form) for form in (STATED_SCORES, STATED_RESULTS)}
    own = _own(tables, agency_id)
    if not own[STATED_SCORES]:
        return None
    agency = find_agency(workspace, agency_id)
    record = _record(agency, framework, own, Words(), framework.plan_year)
    return replace(record, slice_hash=_slice_hash(agency, own)) if record.scores else None


def scored_year(workspace: Path, agency_id: str, plan_year: int) -> int:
    """Return the year whose scores the measures of ``plan_year`` answer: the one before, as a rule.

    An analysis may state another plan year (``office.plan_year``) than the rule gives.
    """
    own = read_words(workspace, agency_id, plan_year)
    return plan_year if own.office.plan_year == plan_year else plan_year - 1


def read_plan(workspace: Path, agency_id: str, plan_year: int, framework: Framework, words: Words) -> Record:
    """Read the measures of ``plan_year``, what is recorded of them, and the remarks on the scored year.

    ``framework`` is of the year whose scores the measures answer. Measures that were confirmed in its
    analysis (``params/<agency>-<scored year>.yaml``) count beside those of ``measures.csv``. Raises
    IntakeError when there is no measure at all.
    """
    agency = find_agency(workspace, agency_id)
    year = framework.fiscal_year
    planned = read_words(workspace, agency_id, year)
    if (planned.office.plan_year or framework.plan_year) != plan_year:
        planned = Words()  # its measures are for another year
    tables = {
        MEASURES: _read_year(workspace, plan_year, MEASURES),
        PROGRESS: _read_year(workspace, plan_year, PROGRESS),
        REMARKS: _read_year(workspace, year, REMARKS),
    }
    own = _own(tables, agency_id)
    problems = [*doubts(read_directory(workspace), agency_id, tables.values())]
    usable = _whole(own, problems)
    found = read_measures([*usable[MEASURES], *planned.measures], framework, plan_year, problems)
    measures = tuple(measure for measure in found if measure.status != "declined")
    remarks = read_remarks([*usable[REMARKS], *planned.texts], framework, problems)
    results = read_results(usable[PROGRESS], measures, _window(plan_year, words.office), problems)
    if not measures:
        raise IntakeError(
            where=f"data/{plan_year}/measures.csv",
            expected=f'มาตรการอย่างน้อยหนึ่งข้อของ "{agency_id}" สำหรับปีงบประมาณ พ.ศ. {plan_year}',
            found="; ".join(p.message_th for p in problems) or "ไม่มีแถวของหน่วยงานนี้",
            todo=f"เพิ่มมาตรการในแฟ้มนี้ หรือยืนยันมาตรการใน params/{agency_id}-{year}.yaml "
            "(--year ของ --document progress คือปีของมาตรการ)",
        )
    emblem = read_emblem(workspace, words.office.logo, problems)
    return Record(
        agency=agency,
        fiscal_year=year,
        scores={},
        remarks=remarks,
        measures=measures,
        results=results,
        office=words.office,
        accepted=words.accepted,
        emblem=emblem,
        problems=tuple(problems),
        slice_hash=_slice_hash(agency, own, planned, words, emblem=emblem),
    )


_SCORED_TABLES = (STATED_SCORES, STATED_RESULTS, RESPONSES, REMARKS)


def unclaimed(workspace: Path, fiscal_year: int) -> list[str]:
    """Name what in the tables of a year is of no agency, or is not there, a Thai sentence each.

    Rows of a mistyped code would be lost silently, and so would a whole table with a mistyped name.
    Raises IntakeError where a table cannot be read at all.
    """
    directory = read_directory(workspace)
    told, absent = [], []
    for form in _SCORED_TABLES:
        table = _read_year(workspace, fiscal_year, form)
        if table is None:
            absent.append(f"data/{fiscal_year}/{form.name}.csv")
            continue
        for code in strays(table, directory):
            near = nearest(code, [*directory.agencies, *directory.refused])
            told.append(
                f'data/{fiscal_year}/{form.name}.csv มีแถวของรหัส "{revealed(code)}" ซึ่งไม่มีใน data/agencies.csv'
                + (f' (ใกล้เคียงที่สุดคือ "{near}"){overlooked_th(code, near)}' if near else "")
            )
    if absent:
        told.append(f"ไม่มีแฟ้ม {', '.join(absent)} เอกสารจะไม่มีเนื้อหาส่วนนั้น")
    return told


def _read_year(workspace: Path, year: int, form: TableForm) -> Table | None:
    return read_table(workspace / "data" / str(year), form, f"data/{year}")


def _own(tables: Mapping[TableForm, Table | None], agency_id: str) -> dict[TableForm, list[TableRow]]:
    return {form: table.rows_of(agency_id) if table else [] for form, table in tables.items()}


@lru_cache(maxsize=64)
def _group(directory: Directory, kind: str, scores: Table, framework: Framework) -> PeerGroup:
    """Read the scores of all agencies of a type, once; an agency whose rows cannot be read is left out."""
    found = {}
    for agency_id in scores.agency_ids:
        agency = directory.agencies.get(agency_id)
        if agency is not None and kind and agency.agency_type == kind:
            with suppress(IntakeError):
                own = read_scores(scores.rows_of(agency_id), framework, [])
                found[agency_id] = {node: score.value for node, score in own.items()}
    return PeerGroup(found)


def warm_peers(workspace: Path, framework: Framework) -> None:
    """Read now what all agencies of a year share, so that a process that is forked later has it."""
    scores = _read_year(workspace, framework.fiscal_year, STATED_SCORES)
    directory = read_directory(workspace)
    for kind in {agency.agency_type for agency in directory.agencies.values()} if scores else ():
        _group(directory, kind, scores, framework)


def _slice_hash(
    agency: Agency,
    own: Mapping[TableForm, Iterable[TableRow]],
    *words: Words,
    emblem: bytes | None = None,
) -> str:
    # Only this agency's rows count, so a correction for another agency leaves the fingerprint alone.
    content = {form.name: [sorted(row.values.items()) for row in table] for form, table in own.items()}
    written = [
        [
            w.office.model_dump(mode="json"),
            *(sorted(row.values.items()) for row in (*w.texts, *w.measures)),
            *(entry.model_dump(mode="json") for entry in w.accepted),
            w.form,
        ]
        for w in words
    ]
    text = json.dumps([vars(agency), content, written], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode() + (emblem or b"")).hexdigest()[:12]


# ---------------------------------------------------------------- rows to a record


def _record(
    agency: Agency,
    framework: Framework,
    own: Mapping[TableForm, Sequence[TableRow]],
    words: Words,
    plan_year: int,
    doubted: Iterable[Problem] = (),
) -> Record:
    """Type the agency's rows of every table and what its people wrote.

    ``doubted`` are problems that were found beside these rows.
    """
    problems = [*doubted]
    own = _whole(own, problems)
    scores = read_scores(own[STATED_SCORES], framework, problems)
    assessor = other_assessor(agency)
    if assessor and any(node.code.startswith("o") for node in scores):
        problems.append(problem("other-assessor", TOTAL, stated=assessor))
    level, respondents, population = read_stated_results(own[STATED_RESULTS], problems)
    answers = read_answers(own[RESPONSES], framework, problems)
    iit = (found for node, found in answers.items() if framework.instrument_of(node.code) == "IIT")
    most = max([respondents.get("IIT", 0), *(sum(a.count or 0 for a in counted) for counted in iit)])
    if population is not None and most > population:
        problems.append(
            problem(
                "respondents-above-staff",
                "IIT",
                stated=f"{most}",
                expected=f"ไม่เกิน {population}",
                where=own[STATED_RESULTS][0].where,
            )
        )
    return Record(
        agency=agency,
        fiscal_year=framework.fiscal_year,
        scores=scores,
        level_th=level,
        respondents=respondents,
        population_iit=population,
        answers=answers,
        remarks=read_remarks([*own[REMARKS], *words.texts], framework, problems),
        measures=read_measures([*own[MEASURES], *words.measures], framework, plan_year, problems),
        office=words.office,
        accepted=words.accepted,
        form=words.form,
        problems=tuple(problems),
    )


def other_assessor(agency: Agency) -> str:
    """Return the body that assesses agencies of this kind by a list of its own, ``""`` for all others."""
    known = load_rules().other_assessors.items()
    kind = agency.agency_type or ("" if "(องค์การมหาชน)" in agency.name_th else agency.name_th)
    return next((body for begin, body in known if kind.startswith(begin)), "")


def _whole(
    own: Mapping[TableForm, Sequence[TableRow]], problems: list[Problem]
) -> Mapping[TableForm, list[TableRow]]:
    """Return the rows that have a cell in every required column; the others become problems."""
    short = [row for form, table in own.items() for row in table if {*form.required} & {*row.missing}]
    problems += [
        problem(
            "too-few-cells",
            Node.typed(row["node"] or row["item"]).label or row["measure_id"] or TOTAL,
            stated=f"{len(row.values)} ช่อง",
            expected=f"{len(row.values) + len(row.missing)} ช่อง",
            where=row.where,
            columns=", ".join(row.missing),
        )
        for row in short
    ]
    usable = {form: [row for row in table if row not in short] for form, table in own.items()}
    return defaultdict(list, usable)


def _window(plan_year: int, office: Office) -> Window:
    """Return the days on which a record belongs to the report: the plan year up to its day or its period.

    What was done by the end of a period is often written down in the weeks after it.
    """
    year = to_common_year(plan_year)
    latest = dt.date(year, 12, 31)
    late = dt.date(year, 4, 30) if office.period == "six_months" else latest
    return Window(dt.date(year - 1, 10, 1), office.as_of or late, latest)
