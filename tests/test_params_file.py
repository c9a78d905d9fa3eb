"""The file of people's words, params/<agency>-<year>.yaml: what is refused, and what becomes of the rest."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple, get_args

import nbformat
import pytest
import yaml
from conftest import AGENCY, BROKEN, PLAN_YEAR, REPOSITORY, YEAR, Workspace
from opened import report_of
from papermill.iorw import read_yaml_file

from ita_nb.analysis.diagnosis import draft_entry
from ita_nb.case import Case, build_case
from ita_nb.document.blocks import Section
from ita_nb.document.notebook import read_document
from ita_nb.errors import IntakeError
from ita_nb.facts.loader import load_framework
from ita_nb.intake.params_file import Words, read_words, words_path
from ita_nb.intake.record import MeasureStatus, PlannedMeasure, Record, Remark, RemarkKind, Status
from ita_nb.intake.workspace import read_record
from ita_nb.parameters import ReportParameters, validate

PARAMS = f"params/{AGENCY}-{YEAR}.yaml"
MEASURES = f"data/{PLAN_YEAR}/measures.csv"
REMARKS = f"data/{YEAR}/remarks.csv"
HEAD: dict[str, Any] = {"agency_id": AGENCY, "fiscal_year": YEAR}
MEASURE_COLUMNS = (
    *("agency_id", "measure_id", "items", "title_th", "steps_th", "start", "end", "responsible_th"),
    *("follow_up_th", "topic", "status"),
)


class Refused(NamedTuple):
    """A broken file, the line that the message must name (``None``: none is at fault), and what it says."""

    defect: str
    line: int | None
    says: str


REFUSED = (
    Refused("empty", None, '"agency_id"'),
    Refused("only_comments", None, '"agency_id"'),
    Refused("no_agency", None, '"agency_id"'),
    Refused("only_a_sentence", None, "ยังไม่ได้กรอก"),
    Refused("not_a_mapping", None, AGENCY),
    Refused("other_agency", 2, "bangkrabue"),
    Refused("other_year", 3, "2567"),
    Refused("number_for_agency", 2, "0012"),
    Refused("unknown_key", 4, '"offise" (ใกล้เคียงที่สุดคือ "office")'),
    Refused("unknown_key_of_office", 6, '"office.mesures_form" (ใกล้เคียงที่สุดคือ "measures_form")'),
    Refused("unknown_key_of_show", 7, '"office.show.signatures" (ใกล้เคียงที่สุดคือ "signature")'),
    Refused("unknown_key_of_memo", 7, '"office.memo.webste" (ใกล้เคียงที่สุดคือ "website")'),
    Refused("unknown_key_of_meeting", 6, '"office.meeting.place" (ใกล้เคียงที่สุดคือ "place_th")'),
    Refused("unknown_key_of_contact", 6, '"office.contact.telephone" (ใกล้เคียงที่สุดคือ "phone")'),
    Refused("unknown_key_of_signer", 7, '"office.signers.1.name" (ใกล้เคียงที่สุดคือ "name_th")'),
    Refused("unknown_key_of_text", 9, '"texts.1.item_th" (ใกล้เคียงที่สุดคือ "item")'),
    Refused("unknown_key_of_measure", 8, '"measures.1.responsable_th" (ใกล้เคียงที่สุดคือ "responsible_th")'),
    Refused("repeated_key", 6, "บรรทัด 3"),
    Refused("repeated_key_of_memo", 8, "บรรทัด 6"),
    Refused("repeated_key_of_text", 9, "บรรทัด 7"),
    Refused("tab", 5, r"'\t'"),
    Refused("unclosed_quote", 6, '"นายก'),
    Refused("unclosed_bracket", 5, "[ก, ข"),
    Refused("colon_unquoted", 6, "เรียน: นายก"),
    Refused("two_documents", 4, "---"),
    Refused("utf_16", None, "UTF-8"),
    Refused("anchor_of_itself", 4, "office"),
    Refused("list_for_office", 4, '"office"'),
    Refused("word_for_cover", 6, "อาจจะ"),
    Refused("word_for_plan_year", 5, "ปีหน้า"),
    Refused("line_for_steps", 8, "จัดทำทะเบียน"),
    Refused("line_for_items", 6, '"measures.1.items"'),
    Refused("sentence_for_a_text", 5, "ทะเบียนอยู่คนละอาคาร"),
    Refused("mapping_for_texts", 4, '"texts"'),
    Refused("unknown_period", 5, "six"),
    Refused("unknown_edition", 4, "final"),
    Refused("date_with_slashes", 6, "8/13/2568"),
    Refused("date_in_words", 6, "ธันวาคม 2568"),
    Refused("day_that_does_not_exist", 5, "2569-02-30"),
    Refused("year_for_date", 6, '"office.memo.date"'),
    Refused("text_without_item", 5, 'ขาด "texts.1.item"'),
    Refused("text_without_kind", 5, 'ขาด "texts.1.kind"'),
    Refused("text_without_text", 5, 'ขาด "texts.1.text_th"'),
    Refused("measure_without_id", 5, 'ขาด "measures.1.measure_id"'),
    Refused("measure_without_title", 5, 'ขาด "measures.1.title_th"'),
    Refused("windows_874", 5, "Windows-874"),
    Refused("control_character", 6, "#x0007"),
    Refused("unknown_form_of_measures", 6, "by_topic, follow_up"),
    Refused("unknown_form_of_progress", 6, "by_deadline"),
    Refused("plan_year_of_the_common_era", 5, "2026"),
    Refused("plan_year_with_a_digit_too_many", 5, "25699"),
)
# What YAML would take for a number stays what was written: these files are good.
GOOD = {
    "year_as_text": "",
    "year_in_thai_digits": "",
    "number_for_phone": "42000000",
    "number_for_text": "12",
}


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """Return a workspace in which nobody has written anything about the agency yet."""
    for path in (workspace.root / "params").glob(f"{AGENCY}-*"):
        path.unlink()
    return workspace


def put_broken(root: Path, defect: str) -> None:
    """Put a broken file of ``tests/broken`` where the words of the agency stand."""
    target = words_path(root, AGENCY, YEAR, "analysis")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(BROKEN / f"params_{defect}.yaml", target)


def refusal(root: Path) -> IntakeError:
    """Return the error that reading the words ends in."""
    with pytest.raises(IntakeError) as caught:
        read_words(root, AGENCY, YEAR)
    return caught.value


def put(workspace: Workspace, **content: Any) -> None:
    """Write the file of people's words."""
    workspace.write(PARAMS, yaml.safe_dump({**HEAD, **content}, allow_unicode=True, sort_keys=False))


def put_text(root: Path, text: str) -> None:
    """Write the file with agency and year and some more lines."""
    path = words_path(root, AGENCY, YEAR, "analysis")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"agency_id: {AGENCY}\nfiscal_year: {YEAR}\n{text}", encoding="utf-8", newline="")


def received(workspace: Workspace) -> Record:
    """Read what the workspace holds of the agency."""
    return read_record(workspace.root, AGENCY, load_framework(YEAR))


def built(workspace: Workspace) -> Case:
    """Build the case of the agency."""
    return build_case(AGENCY, YEAR, workspace.root)


def text(item: str, words: str, kind: str = "cause", status: str = "confirmed") -> dict[str, str]:
    """Return a text as the file holds it."""
    return {"item": item, "kind": kind, "text_th": words, "status": status}


def measure(**values: Any) -> dict[str, Any]:
    """Return a measure as the file holds it: complete and confirmed, but for the given values."""
    whole = {
        "measure_id": "m1",
        "items": ["i10"],
        "title_th": "ทะเบียนยืมทรัพย์สิน",
        "steps_th": ["จัดทำทะเบียน", "เผยแพร่ทะเบียน"],
        "start": f"{PLAN_YEAR - 1}-10-01",
        "end": f"{PLAN_YEAR}-09-30",
        "responsible_th": "กองคลัง",
        "follow_up_th": "ทุกไตรมาส",
        "status": "confirmed",
    }
    return {**whole, **values}


def put_measures_csv(workspace: Workspace, *measures: dict[str, Any], year: int = PLAN_YEAR) -> None:
    """Write measures in the form of the file of words into measures.csv."""
    joined = {"items": ",", "steps_th": "\n"}
    rows = [
        (AGENCY, *(joined[c].join(m[c]) if c in joined else m.get(c, "") for c in MEASURE_COLUMNS[1:]))
        for m in measures
    ]
    workspace.write_rows(f"data/{year}/measures.csv", MEASURE_COLUMNS, rows)


# -------------------------------------------------------------------------------------- broken files


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.defect)
def test_a_broken_file_is_refused_with_file_and_line(tmp_path: Path, case: Refused) -> None:
    """The message names the file, the line at fault, what stands there or is missing, and what to do."""
    put_broken(tmp_path, case.defect)
    error = refusal(tmp_path)
    lines = {int(n) for n in re.findall(r"(?:บรรทัด|line) (\d+)", f"{error.where} {error.found}")}
    assert error.where.startswith(PARAMS)
    assert case.line in {None, *lines}
    assert case.says in f"{error.found} {error.expected}"
    assert error.todo


NAMES_OF_NAMES = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12))
HOSTILE_FILES = {
    "names for names, which would fill all memory": (f"x0: &x0 [a]\n{NAMES_OF_NAMES}", ["บรรทัด 3"]),
    "nesting deeper than can be read": ("office: " + "[" * 20_000, []),
    "two slips": (
        "offise: {}\noffice:\n  memo:\n    webste: x\n",
        ['บรรทัด 3 ไม่รู้จักชื่อ "offise"', 'บรรทัด 6 ไม่รู้จักชื่อ "office.memo.webste"'],
    ),
}


@pytest.mark.parametrize(("lines", "says"), HOSTILE_FILES.values(), ids=HOSTILE_FILES)
def test_a_hostile_file_is_refused_with_every_line(tmp_path: Path, lines: str, says: list[str]) -> None:
    """However a file tries to fill memory or stack it is refused, and of several slips each is named."""
    put_text(tmp_path, lines)
    error = refusal(tmp_path)
    assert error.where.startswith(PARAMS)
    assert [part for part in says if part not in f"{error.where} {error.found}"] == []


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["without BOM", "with BOM"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_how_a_file_was_saved_does_not_matter(tmp_path: Path, mark: str, ending: str) -> None:
    """A file of another system is read, and the line that a message names is the one that an editor shows."""
    path = words_path(tmp_path, AGENCY, YEAR, "analysis")
    put_text(tmp_path, "office:\n  memo:\n    to_th: นายก\n")
    path.write_bytes((mark + path.read_text(encoding="utf-8").replace("\n", ending)).encode())
    assert read_words(tmp_path, AGENCY, YEAR).office.memo.to_th == "นายก"
    put_broken(tmp_path, "unknown_key_of_memo")
    path.write_bytes((mark + path.read_text(encoding="utf-8").replace("\n", ending)).encode())
    assert "บรรทัด 7 " in refusal(tmp_path).found


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    """What the system cannot read as a file is refused with its name."""
    words_path(tmp_path, AGENCY, YEAR, "analysis").mkdir(parents=True)
    assert refusal(tmp_path).where == PARAMS


@pytest.mark.parametrize("defect", ["unknown_key", "windows_874"])
def test_a_broken_file_stops_the_case_and_stays_as_it_is(workspace: Workspace, defect: str) -> None:
    """A report is never made as if people's words were not there; the file is theirs to repair."""
    put_broken(workspace.root, defect)
    before = (workspace.root / PARAMS).read_bytes()
    with pytest.raises(IntakeError, match=re.escape(PARAMS)):
        built(workspace)
    assert (workspace.root / PARAMS).read_bytes() == before


def test_every_broken_params_file_is_used_here() -> None:
    """Each params file of tests/broken stands in one of the tables above, and the reverse."""
    files = {p.stem.removeprefix("params_") for p in BROKEN.glob("params_*.yaml")}
    assert files == {*(case.defect for case in REFUSED), *GOOD}


# --------------------------------------------------------------------------------------- good files


# Drafts that a report wrote beside a file are no file of words: nothing reads them.
COMMITTED = sorted(p for p in (REPOSITORY / "params").glob("*.yaml") if not p.stem.endswith(".drafts"))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_the_files_of_the_repository_are_good(path: Path) -> None:
    """Every committed file can be read under the agency, the year and the document of its name."""
    agency, year, *progress = path.stem.split("-")
    assert read_words(REPOSITORY, agency, int(year), "progress" if progress else "analysis")


@pytest.mark.parametrize(("name", "expected"), GOOD.items())
def test_what_looks_like_a_number_is_read_as_written(tmp_path: Path, name: str, expected: str) -> None:
    """A year in quotes or Thai digits is the year; a telephone number and a text of digits stay text."""
    put_broken(tmp_path, name)
    words = read_words(tmp_path, AGENCY, YEAR)
    contact = words.office.contact
    assert (contact.phone if contact else "".join(t["text_th"] for t in words.texts)) == expected


@pytest.mark.parametrize("written", ["042123456", "0421894567", "+66 42 000 000", "12:30:45", "1e3", "0x1F"])
def test_a_telephone_number_is_no_number(tmp_path: Path, written: str) -> None:
    """What YAML takes for an octal, a float or a time of day is the text that was typed."""
    put_text(tmp_path, f"office:\n  contact:\n    phone: {written}\n")
    contact = read_words(tmp_path, AGENCY, YEAR).office.contact
    assert contact is not None
    assert contact.phone == written


def test_a_tag_runs_nothing(tmp_path: Path) -> None:
    """A tag that asks YAML to call a program makes no call and no word."""
    made = tmp_path / "made"
    put_text(tmp_path, f"office:\n  memo:\n    to_th: !!python/object/apply:os.mkdir [{made}]\n")
    with pytest.raises(IntakeError, match=re.escape(PARAMS)):
        read_words(tmp_path, AGENCY, YEAR)
    assert not made.exists()


@pytest.mark.parametrize(
    "lines",
    [
        None,
        "",
        "texts:\n",
        "measures:\n",
        "office:\n",
        "office:\n  meeting:\n",
        "office:\n  contact:\n",
        "office:\n  suggestions:\n",
        "office:\n  signers:\n",
        "office:\n  plan_year:\n  as_of:\n",
        "office:\n  measures_form:\n  progress_form:\n",
        "office:\n  memo:\n",
        "office:\n  show:\n",
        "office:\n  period:\n",
    ],
)
def test_what_holds_nothing_says_nothing(tmp_path: Path, lines: str | None) -> None:
    """No file, a file of agency and year alone, and keys whose content was deleted are all no words."""
    if lines is not None:
        put_text(tmp_path, lines)
    assert read_words(tmp_path, AGENCY, YEAR) == Words()


DAYS = [
    ("2568-10-01", dt.date(2025, 10, 1)),
    ("'2568-10-01'", dt.date(2025, 10, 1)),
    ("2568-10-1", dt.date(2025, 10, 1)),
    ("๒๕๖๘-๑๐-๐๑", dt.date(2025, 10, 1)),
    ("2025-10-01", dt.date(2025, 10, 1)),
    ("2567-02-29", dt.date(2024, 2, 29)),
    ("''", None),
]


@pytest.mark.parametrize(("written", "day"), DAYS)
def test_a_date_is_buddhist(workspace: Workspace, written: str, day: dt.date | None) -> None:
    """Without quotes, in Thai digits, or on 29 February of a Buddhist year, a date is the day it says."""
    entry = f"{{measure_id: m1, items: [i10], title_th: ก, start: {written}}}"
    put_text(workspace.root, f"office: {{memo: {{date: {written}}}}}\nmeasures: [{entry}]\n")
    record = received(workspace)
    assert (record.office.memo.date, [m.start for m in record.measures]) == (day, [day])


@pytest.mark.parametrize(
    ("kind", "given", "status"),
    [
        *((kind, {"status": "confirmed"}, "confirmed") for kind in get_args(RemarkKind)),
        *(("cause", {}, "draft"), ("guideline", {}, "draft"), ("assessor", {}, "confirmed")),
    ],
)
def test_texts_become_remarks(
    workspace: Workspace, kind: RemarkKind, given: dict[str, str], status: Status
) -> None:
    """A text stands in the record behind those of remarks.csv; unconfirmed, only the assessor's count."""
    before = received(workspace).remarks
    put(workspace, texts=[{"item": "i1", "kind": kind, "text_th": "เขียนไว้เอง", **given}])
    assert received(workspace).remarks == (*before, Remark("i1", kind, "เขียนไว้เอง", status))


@pytest.mark.parametrize(("status", "counts"), [("confirmed", "confirmed"), ("", "draft")])
def test_measures_become_measures(workspace: Workspace, status: str, counts: MeasureStatus) -> None:
    """Every field of a measure arrives in the record; what nobody confirmed is a draft."""
    more = {"output_th": "ทะเบียน 1 ฉบับ", "evidence_th": ["ทะเบียน", "ภาพถ่าย"], "topic": 2, "status": status}
    put(workspace, measures=[measure(**more)])
    assert received(workspace).measures == (
        PlannedMeasure(
            measure_id="m1",
            items=("i10",),
            title_th="ทะเบียนยืมทรัพย์สิน",
            steps_th=("จัดทำทะเบียน", "เผยแพร่ทะเบียน"),
            start=dt.date(2025, 10, 1),
            end=dt.date(2026, 9, 30),
            responsible_th="กองคลัง",
            follow_up_th="ทุกไตรมาส",
            status=counts,
            topic=2,
            output_th="ทะเบียน 1 ฉบับ",
            evidence_th=("ทะเบียน", "ภาพถ่าย"),
        ),
    )


def test_a_measure_reads_alike_from_both_places(workspace: Workspace) -> None:
    """The same measure of a whole plan year, in measures.csv, in the file of words or in both, is one."""
    put_measures_csv(workspace, measure())
    of_table = received(workspace)
    put(workspace, measures=[measure()])
    of_both = received(workspace)
    workspace.drop(MEASURES)
    of_file = received(workspace)
    assert of_table.measures == of_both.measures == of_file.measures != ()
    assert of_table.problems == of_both.problems == of_file.problems == ()


def test_words_change_the_fingerprint_of_the_data(workspace: Workspace) -> None:
    """Two documents with different words of people do not bear the same fingerprint."""
    before = built(workspace).provenance.data
    put(workspace, texts=[text("i1", "เขียนไว้เอง")])
    assert built(workspace).provenance.data != before


def test_words_of_another_agency_or_year_do_not_enter(workspace: Workspace) -> None:
    """Only the file of the agency and the year is read."""
    before = built(workspace)
    for agency, year in (("bangkrabue", YEAR), (AGENCY, YEAR - 1)):
        content = {"agency_id": agency, "fiscal_year": year, "texts": [text("i1", "ของผู้อื่น")]}
        workspace.write(f"params/{agency}-{year}.yaml", yaml.safe_dump(content, allow_unicode=True))
    assert built(workspace).record == before.record


HOSTILE = (
    "<b>เทศบาล</b><script>alert(1)</script>",
    "=cmd|' /C calc'!A1",
    "{{ 7 * 7 }} {stated} %s",
    "ก: ข # ค - \"ง\" 'จ' & *ฉ !ช | >",
    "บรรทัดหนึ่ง\nบรรทัดสอง",
    "😀 é",
    "yes",
    "null",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_text_from_people_survives_as_text(workspace: Workspace, words: str) -> None:
    """Markup, formulas, templates and the signs of YAML come through a quoted text unchanged."""
    put(workspace, texts=[text("i1", words)])
    assert received(workspace).remarks[-1].text_th == words


# -------------------------------------------------------- people's words instead of the catalogue's


def shown(case: Case, edition: str = "working") -> str:
    """Return all text of the analysis in an edition, as JSON."""
    report = report_of(case, edition=edition, draft=edition == "publish", digits="arabic")
    section: Section = report.topics() + report.published_items()
    return section.model_dump_json(exclude={"blocks": {"__all__": {"svg"}}})


# A question that is the lowest of its topic, one that is not, and a published item.
REPLACED = [("i1", "cause"), ("i1", "guideline"), ("i13", "guideline"), ("o13", "guideline")]


@pytest.mark.parametrize(("item", "kind"), REPLACED)
def test_a_confirmed_text_replaces_the_draft_of_the_catalogue(
    workspace: Workspace, item: str, kind: str
) -> None:
    """The catalogue speaks where nobody wrote; a person's text takes its place in the working edition."""
    case = built(workspace)
    weakness = next(w for w in case.weaknesses if w.node.code == item)
    entry = draft_entry(case.framework, case.catalogue, weakness)
    draft = entry.candidate_cause_th if kind == "cause" else entry.guideline_th
    assert draft in shown(case)
    put(workspace, texts=[text(item, "ถ้อยคำของหน่วยงาน", kind)])
    after = shown(built(workspace))
    assert ("ถ้อยคำของหน่วยงาน" in after, draft in after) == (True, False)


@pytest.mark.parametrize(
    ("status", "edition", "printed"),
    [("draft", "working", {"(ร่าง) "}), ("draft", "publish", set()), ("confirmed", "publish", {""})],
)
def test_only_a_confirmed_text_is_published(
    workspace: Workspace, status: str, edition: str, printed: set[str]
) -> None:
    """A draft text is marked in the working edition and absent from the publication edition."""
    put(workspace, texts=[text("i1", "ถ้อยคำของหน่วยงาน", status=status)])
    assert set(re.findall(r"(\(ร่าง\) )?ถ้อยคำของหน่วยงาน", shown(built(workspace), edition))) == printed


@pytest.mark.parametrize(
    ("decision", "planned", "uncovered"),
    [
        ({}, ["m1"], False),
        ({"status": "declined", "reason_th": "ดำเนินการครบแล้ว"}, [], False),
        ({"status": "declined"}, [], True),
    ],
    ids=["confirmed", "declined with a reason", "declined without"],
)
def test_a_decision_replaces_the_draft_for_its_items(
    workspace: Workspace, decision: dict[str, str], planned: list[str], uncovered: bool
) -> None:
    """The catalogue proposes nothing where people decided; declined without a reason is missing."""
    assert "i10-absent" in {m.measure_id for m in built(workspace).plan}
    put(workspace, measures=[measure(**decision)])
    case = built(workspace)
    assert [m.measure_id for m in case.plan if "i10" in m.items] == planned
    assert ("i10" in {node.code for node in case.coverage.uncovered}) is uncovered


@pytest.mark.parametrize(
    ("table", "file", "counts", "rules"),
    [
        ("draft", "draft", ("file", "draft"), []),
        ("draft", "confirmed", ("file", "confirmed"), []),
        ("draft", "declined", ("file", "declined"), []),
        ("confirmed", "draft", ("table", "confirmed"), []),
        ("confirmed", "confirmed", ("table", "confirmed"), ["duplicate-row"]),
        ("confirmed", "declined", ("table", "confirmed"), ["duplicate-row"]),
    ],
)
def test_of_one_id_what_a_person_decided_counts(
    workspace: Workspace, table: str, file: str, counts: tuple[str, str], rules: list[str]
) -> None:
    """A decision beats the draft of its id, wherever it stands; of two different ones one is named."""
    put_measures_csv(workspace, measure(title_th="table", status=table))
    put(workspace, measures=[measure(title_th="file", status=file, reason_th="ใช้ของปีก่อน")])
    record = received(workspace)
    assert [(m.title_th, m.status) for m in record.measures] == [counts]
    assert [p.rule for p in record.problems] == rules


# ------------------------------------------------------------------- two confirmed causes of one item


@pytest.mark.parametrize(
    ("in_table", "in_file", "first", "second"),
    [
        (2, 0, f"{REMARKS} บรรทัด 2", f"{REMARKS} บรรทัด 3"),
        (0, 2, f"{PARAMS} บรรทัด 4", f"{PARAMS} บรรทัด 8"),
        (1, 1, f"{REMARKS} บรรทัด 2", f"{PARAMS} บรรทัด 4"),
    ],
    ids=["in the table", "in the file", "one in each"],
)
def test_two_confirmed_causes_are_left_to_a_person(
    workspace: Workspace, in_table: int, in_file: int, first: str, second: str
) -> None:
    """The problem names both places and quotes the second text, which becomes a draft; neither is lost."""
    causes = [text("i1", f"สาเหตุที่ {n}") for n in (1, 2)]
    header, table = ["agency_id", *causes[0]], [(AGENCY, *cause.values()) for cause in causes[:in_table]]
    workspace.write_rows(REMARKS, header, table)
    put(workspace, texts=causes[2 - in_file :])
    record = received(workspace)
    (problem,) = record.problems
    assert (problem.rule, problem.node, problem.severity) == ("two-confirmed-causes", "i1", "error")
    assert problem.message_th.startswith(f"{second} ")
    assert [part for part in (f"{first} ", '"สาเหตุที่ 2"') if part not in problem.message_th] == []
    assert [(r.text_th, r.status) for r in record.remarks] == [
        ("สาเหตุที่ 1", "confirmed"),
        ("สาเหตุที่ 2", "draft"),
    ]


@pytest.mark.parametrize(
    ("texts", "rules"),
    [
        ([text("i1", "ก"), text("i1", "ข", status="draft")], []),
        ([text("i1", "ข", status="draft"), text("i1", "ก")], []),
        ([text("i1", "ก"), text("i10", "ข")], []),
        ([text("i1", "ก"), text("i1", "ข", kind="note")], []),
        ([text("i1", "ก", kind="guideline"), text("i1", "ข", kind="guideline")], []),
        ([text("i1", "ก"), text("I ๑", "ข")], ["two-confirmed-causes"]),
    ],
    ids=["one is a draft", "the first is a draft", "two items", "one is a note", "guidelines", "spelling"],
)
def test_other_texts_do_not_contradict_each_other(
    workspace: Workspace, texts: list[dict[str, str]], rules: list[str]
) -> None:
    """Only two confirmed causes of the same item, in whatever spelling, are a problem."""
    put(workspace, texts=texts)
    assert [p.rule for p in received(workspace).problems] == rules


# ------------------------------------------------------------------------- what is wrong in a measure


class Wrong(NamedTuple):
    """A wrong value of a measure, the rule and node of its problem, what the message names, what is kept."""

    values: dict[str, Any]
    rule: str
    node: str
    found: str
    kept: dict[str, Any]
    severity: str = "error"


START, END = dt.date(2025, 10, 1), dt.date(2026, 9, 30)
WRONG = {
    "unknown item": Wrong({"items": ["x9", "i10"]}, "unknown-node", "x9", "x9", {"items": ("i10",)}),
    "only an unknown item": Wrong({"items": ["x9"]}, "unknown-node", "x9", "x9", {"items": ()}),
    "code of another year": Wrong(
        {"items": ["i10", "o43"]}, "item-of-other-year", "o43", "o43", {"items": ("i10",)}
    ),
    "end before start": Wrong(
        {"start": "2569-04-01", "end": "2569-01-31"},
        "period-reversed",
        "m1",
        "1 เม.ย. 2569 – 31 ม.ค. 2569",
        {"start": dt.date(2026, 4, 1), "end": dt.date(2026, 1, 31)},
    ),
    "start before the plan year": Wrong(
        {"start": "2568-09-30"},
        "period-outside-plan-year",
        "m1",
        "30 ก.ย. 2568",
        {"start": dt.date(2025, 9, 30)},
    ),
    "end after the plan year": Wrong(
        {"end": "2569-10-01"},
        "period-outside-plan-year",
        "m1",
        "1 ต.ค. 2569",
        {"end": dt.date(2026, 10, 1)},
        "warning",  # a measure may run on beyond its year, if someone says so
    ),
    "day that does not exist": Wrong(
        {"start": "2569-02-30"}, "unknown-value", "m1", "2569-02-30", {"start": None, "end": END}
    ),
    "day in the order of another country": Wrong(
        {"end": "2/28/2569"}, "unknown-value", "m1", "2/28/2569", {"start": START, "end": None}
    ),
    "unknown topic": Wrong({"topic": "99"}, "unknown-value", "m1", "99", {"topic": 4}),
}
# A good measure stands before the wrong one, so that the line is not that of the first entry by chance.
BEFORE = measure(measure_id="m0", items=["o13"])


def put_wrong(workspace: Workspace, place: str, wrong: dict[str, Any]) -> str:
    """Put a good and a wrong measure in one of the two places and return where the wrong one stands."""
    if place == "table":
        put_measures_csv(workspace, BEFORE, measure(**wrong))
        return f"{MEASURES} บรรทัด 4"  # the steps of the first one take two lines
    put(workspace, measures=[BEFORE, measure(**wrong)])
    lines = (workspace.root / PARAMS).read_text(encoding="utf-8").splitlines()
    return f"{PARAMS} บรรทัด {lines.index('- measure_id: m1') + 1}"


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("place", ["table", "file"])
def test_a_wrong_measure_is_listed_and_kept(workspace: Workspace, place: str, wrong: Wrong) -> None:
    """A wrong value is one problem with its place and value; only what cannot be used is left out."""
    where = put_wrong(workspace, place, wrong.values)
    record = received(workspace)
    (problem,) = record.problems
    assert (problem.rule, problem.node, problem.severity) == (wrong.rule, wrong.node, wrong.severity)
    assert problem.message_th.startswith(f"{where} ")
    assert wrong.found in problem.message_th
    good, kept = record.measures
    assert {field: getattr(kept, field) for field in wrong.kept} == wrong.kept
    assert (good.measure_id, kept.title_th, len(kept.steps_th)) == ("m0", "ทะเบียนยืมทรัพย์สิน", 2)


@pytest.mark.parametrize("place", ["table", "file"])
def test_a_status_that_is_none_leaves_the_measure_out(workspace: Workspace, place: str) -> None:
    """Where it cannot be told whether a measure is confirmed it is not used, and the message says so."""
    where = put_wrong(workspace, place, {"status": "Confirmed"})
    record = received(workspace)
    assert [m.measure_id for m in record.measures] == ["m0"]
    assert record.problems[0].message_th.startswith(f"{where} ")
    assert "ไม่ใช้แถวนี้" in record.problems[0].message_th


@pytest.mark.parametrize(
    ("entry", "rule", "found"),
    [
        (text("x9", "ก"), "unknown-node", "x9"),
        (text("o43", "ก"), "item-of-other-year", "o43"),
        (text("i1", "ก", kind="reason"), "unknown-value", "reason"),
        (text("i1", "ก", status="done"), "unknown-value", "done"),
    ],
    ids=["unknown item", "code of another year", "unknown kind", "unknown status"],
)
def test_a_wrong_text_is_listed_with_its_line(
    workspace: Workspace, entry: dict[str, str], rule: str, found: str
) -> None:
    """A text that cannot be used is a problem with file, line and value; the others are used."""
    before = received(workspace).remarks
    put(workspace, texts=[text("i10", "ข", kind="note"), entry])
    record = received(workspace)
    (problem,) = record.problems
    assert (problem.rule, problem.stated) == (rule, found)
    assert problem.message_th.startswith(f"{PARAMS} บรรทัด 8 ")
    assert [r.text_th for r in record.remarks] == [*(r.text_th for r in before), "ข"]


# -------------------------------------------------------------------------------- another plan year


def test_measures_are_planned_for_the_year_of_the_rule(workspace: Workspace) -> None:
    """The plan year follows the facts where nobody says otherwise; repeating it is no problem."""
    assert built(workspace).plan_year == load_framework(YEAR).plan_year == PLAN_YEAR
    put(workspace, office={"plan_year": PLAN_YEAR})
    assert [p for p in built(workspace).problems if p.rule == "plan-year-differs"] == []


OTHER = YEAR


def test_the_plan_year_of_the_office_decides(workspace: Workspace) -> None:
    """Measures, drafts and checks of days are of the year that the office plans for, which is named."""
    put_measures_csv(workspace, measure(measure_id="of-the-rule", items=["i1"]))
    other = measure(measure_id="of-the-office", start=f"{OTHER - 1}-10-01", end=f"{OTHER}-09-30")
    put_measures_csv(workspace, other, year=OTHER)
    put(workspace, office={"plan_year": OTHER})
    case = built(workspace)
    found = [(p.severity, p.stated, p.expected) for p in case.problems if p.rule == "plan-year-differs"]
    assert (case.plan_year, [m.measure_id for m in case.record.measures]) == (OTHER, ["of-the-office"])
    assert (case.record.problems, found) == ((), [("warning", str(OTHER), str(PLAN_YEAR))])
    days = {day for m in case.plan if m.status == "draft" for day in (m.start, m.end) if day is not None}
    assert days
    assert dt.date(OTHER - 544, 10, 1) <= min(days) <= max(days) <= dt.date(OTHER - 543, 9, 30)


# ---------------------------------------------------------------- papermill -f: words as parameters

WORDS: dict[str, Any] = {
    "office": {"memo": {"to_th": "นายก", "date": "2568-12-08"}, "show": {"memo": True}},
    "texts": [text("i1", "ถ้อยคำของหน่วยงาน")],
    "measures": [measure()],
}


def handed(**values: Any) -> ReportParameters:
    """Return parameters as papermill injects them."""
    return validate({**HEAD, **values})


@pytest.mark.parametrize("key", sorted(WORDS))
def test_a_word_handed_over_replaces_its_own_kind_only(tmp_path: Path, key: str) -> None:
    """Office, texts or measures handed over stand in place of those of the file; the others stay."""
    content = {"office": {"memo": {"to_th": "ปลัด"}}, "texts": [text("i10", "ของแฟ้ม")]}
    content |= {"measures": [measure(measure_id="m9")]}
    put_text(tmp_path, yaml.safe_dump(content, allow_unicode=True))
    filed = read_words(tmp_path, AGENCY, YEAR)
    found = handed(**{key: WORDS[key]}).words(filed)
    assert handed().words(filed) == filed
    assert getattr(found, key) not in (getattr(filed, key), getattr(Words(), key))
    assert [k for k in WORDS if getattr(found, k) != getattr(filed, k)] == [key]


@pytest.mark.parametrize(
    "lines",
    [
        "measures: [{measure_id: m1, items: [i1], title_th: ก, topic: 2}]",
        "office: {contact: {phone: 42000000}}",
        "office: {plan_year: 2569}",
        "office: {meeting: , suggestions: , signers: }",
        yaml.safe_dump(WORDS, allow_unicode=True),
    ],
)
def test_what_the_file_may_hold_papermill_may_hand_over(tmp_path: Path, lines: str) -> None:
    """papermill reads the file as YAML, where a number is a number: it is the same file all the same."""
    put_text(tmp_path, f"{lines}\n")
    content = read_yaml_file(str(words_path(tmp_path, AGENCY, YEAR, "analysis")))
    of_file, of_parameters = read_words(tmp_path, AGENCY, YEAR), validate(content).words(Words())
    assert of_parameters.office == of_file.office
    for rows, others in ((of_parameters.texts, of_file.texts), (of_parameters.measures, of_file.measures)):
        assert [row.values for row in rows] == [row.values for row in others]


def test_a_document_is_the_same_from_the_file_and_from_parameters(workspace: Workspace) -> None:
    """Both ways give the same plan, the same remarks and the same fingerprint of the data."""
    put(workspace, **WORDS)
    of_file = built(workspace)
    workspace.drop(PARAMS)
    of_parameters = build_case(AGENCY, YEAR, workspace.root, handed(**WORDS).words)
    assert of_parameters.record == of_file.record
    assert of_parameters.plan == of_file.plan
    assert of_parameters.provenance == of_file.provenance


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"office": {"memo": {"webste": "x"}}}, '"office.memo.webste" (ใกล้เคียงที่สุดคือ "website")'),
        ({"texts": [{"item": "i1"}]}, 'ขาด "texts.1.kind"'),
        ({"measures": [{"measure_id": "m1"}]}, 'ขาด "measures.1.title_th"'),
        ({"office": {"measures_form": "by_topics"}}, "by_topics"),
    ],
    ids=["unknown key", "text without kind", "measure without title", "unknown form"],
)
def test_broken_words_among_the_parameters_are_refused(values: dict[str, Any], says: str) -> None:
    """Words handed over are checked like those of the file, and named as parameters of the notebook."""
    with pytest.raises(IntakeError) as caught:
        handed(**values).words(Words())
    assert caught.value.where == "พารามิเตอร์ของสมุดบันทึก"
    assert says in caught.value.found


def test_papermill_brings_the_words_into_the_document(tmp_path: Path) -> None:
    """Text, measure, memo and Buddhist dates of a file elsewhere stand in the document of papermill -f."""
    content = yaml.safe_dump({**HEAD, **WORDS}, allow_unicode=True).replace("'", "")
    (tmp_path / "elsewhere.yaml").write_text(content, encoding="utf-8")
    command = [sys.executable, "-m", "papermill", "notebooks/agency_report.ipynb", f"{tmp_path}/out.ipynb"]
    command += ["-f", f"{tmp_path}/elsewhere.yaml", "--no-progress-bar"]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    executed = nbformat.reads((tmp_path / "out.ipynb").read_text(encoding="utf-8"), as_version=4)
    text = read_document(executed).model_dump_json()
    wanted = ("ถ้อยคำของหน่วยงาน", "ทะเบียนยืมทรัพย์สิน", "บันทึกข้อความ", "๘ ธันวาคม ๒๕๖๘", "๑ ต.ค. ๒๕๖๘")
    assert [words for words in wanted if words not in text] == []
