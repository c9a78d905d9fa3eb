"""The file of people's words, params/<agency>-<year>.yaml: what is refused, and what becomes of the rest."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
import yaml
from conftest import AGENCY, BROKEN, PLAN_YEAR, REPOSITORY, YEAR, Workspace
from opened import Opened
from papermill.iorw import read_yaml_file

from ita_nb.analysis.diagnosis import draft_entry
from ita_nb.case import Case, build_case
from ita_nb.document.blocks import Section
from ita_nb.document.notebook import read_document
from ita_nb.errors import IntakeError
from ita_nb.facts.loader import load_framework
from ita_nb.intake.params_file import Office, Words, read_words, words_path
from ita_nb.intake.record import PlannedMeasure, Record, Remark
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
GOOD = ("year_as_text", "year_in_thai_digits", "number_for_phone", "number_for_text")


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


def put_remarks_csv(workspace: Workspace, *texts: dict[str, str]) -> None:
    """Write texts in the form of the file of words into remarks.csv."""
    workspace.write_rows(REMARKS, ["agency_id", *texts[0]], [(AGENCY, *t.values()) for t in texts])


# -------------------------------------------------------------------------------------- broken files


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.defect)
def test_a_broken_file_is_refused_with_file_and_line(tmp_path: Path, case: Refused) -> None:
    """The message names the file, the line at fault, and what stands there or is missing."""
    put_broken(tmp_path, case.defect)
    error = refusal(tmp_path)
    lines = {int(n) for n in re.findall(r"(?:บรรทัด|line) (\d+)", f"{error.where} {error.found}")}
    assert error.where.startswith(PARAMS)
    assert case.line is None or case.line in lines
    assert case.says in f"{error.found} {error.expected}"


@pytest.mark.parametrize("defect", ["windows_874", "control_character", "unknown_form_of_measures"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, defect: str) -> None:
    """Whatever cannot be told of the place, the message names the file and what to do."""
    put_broken(tmp_path, defect)
    error = refusal(tmp_path)
    assert error.where.startswith(PARAMS)
    assert error.todo


def test_a_wrong_encoding_is_not_blamed_on_the_indentation(tmp_path: Path) -> None:
    """The message about bytes that are no UTF-8 says that UTF-8 is expected."""
    put_broken(tmp_path, "windows_874")
    assert "UTF-8" in refusal(tmp_path).expected


def test_names_for_parts_of_the_file_are_refused_unread(tmp_path: Path) -> None:
    """A few hundred bytes of names that stand for names, which would fill all memory, are named by line."""
    names = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12))
    put_text(tmp_path, f"x0: &x0 [a]\n{names}")
    assert "บรรทัด 3" in refusal(tmp_path).where


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    """A file that nests deeper than can be read is no crash."""
    put_text(tmp_path, "office: " + "[" * 20_000)
    assert refusal(tmp_path).where.startswith(PARAMS)


def test_every_offence_is_named_at_once(tmp_path: Path) -> None:
    """Two slips in one file are both named, each with its line."""
    put_text(tmp_path, "offise: {}\noffice:\n  memo:\n    webste: x\n")
    found = refusal(tmp_path).found
    assert 'บรรทัด 3 ไม่รู้จักชื่อ "offise"' in found
    assert 'บรรทัด 6 ไม่รู้จักชื่อ "office.memo.webste"' in found


@pytest.mark.parametrize("ending", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_line_numbers_count_lines_of_any_ending(tmp_path: Path, ending: str) -> None:
    """In a file of another system the line named is the one that an editor shows."""
    put_broken(tmp_path, "unknown_key_of_memo")
    path = words_path(tmp_path, AGENCY, YEAR, "analysis")
    path.write_bytes(path.read_bytes().replace(b"\n", ending.encode()))
    assert "บรรทัด 7 " in refusal(tmp_path).found


def test_a_byte_order_mark_does_not_move_the_line(tmp_path: Path) -> None:
    """Behind a byte-order mark the line named is the same."""
    put_broken(tmp_path, "unknown_key_of_memo")
    path = words_path(tmp_path, AGENCY, YEAR, "analysis")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert "บรรทัด 7 " in refusal(tmp_path).found


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    """What the system cannot read as a file is refused with its name."""
    words_path(tmp_path, AGENCY, YEAR, "analysis").mkdir(parents=True)
    assert refusal(tmp_path).where == PARAMS


@pytest.mark.parametrize("defect", ["unknown_key", "tab", "other_agency", "windows_874"])
def test_a_broken_file_stops_the_case(workspace: Workspace, defect: str) -> None:
    """A report is never made as if the words of people were not there."""
    put_broken(workspace.root, defect)
    with pytest.raises(IntakeError, match=re.escape(PARAMS)):
        built(workspace)


def test_reading_leaves_a_broken_file_as_it_is(workspace: Workspace) -> None:
    """The file belongs to its author: a refused one is neither repaired nor replaced."""
    put_broken(workspace.root, "unknown_key")
    before = (workspace.root / PARAMS).read_bytes()
    with pytest.raises(IntakeError):
        built(workspace)
    assert (workspace.root / PARAMS).read_bytes() == before


def test_every_broken_params_file_is_used_here() -> None:
    """Each params file of tests/broken stands in one of the tables above, and the reverse."""
    files = {p.stem.removeprefix("params_") for p in BROKEN.glob("params_*.yaml")}
    assert files == {*(case.defect for case in REFUSED), *GOOD}


# --------------------------------------------------------------------------------------- good files


def test_no_file_is_no_words(tmp_path: Path) -> None:
    """Without a file nothing was written, and that is no error."""
    assert read_words(tmp_path, AGENCY, YEAR) == Words()


def test_agency_and_year_alone_are_a_good_file(tmp_path: Path) -> None:
    """A file with nothing but the agency and the year says no more than no file."""
    put_text(tmp_path, "")
    assert read_words(tmp_path, AGENCY, YEAR) == Words()


# Drafts that a report wrote beside a file are no file of words: nothing reads them.
COMMITTED = sorted(p for p in (REPOSITORY / "params").glob("*.yaml") if not p.stem.endswith(".drafts"))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_the_files_of_the_repository_are_good(path: Path) -> None:
    """Every committed file can be read under the agency, the year and the document of its name."""
    agency, year, *progress = path.stem.split("-")
    assert read_words(REPOSITORY, agency, int(year), "progress" if progress else "analysis")


@pytest.mark.parametrize("name", GOOD)
def test_what_looks_like_a_number_is_read_as_written(tmp_path: Path, name: str) -> None:
    """A year in quotes or Thai digits is the year; a telephone number and a text of digits stay text."""
    put_broken(tmp_path, name)
    words = read_words(tmp_path, AGENCY, YEAR)
    contact = words.office.contact
    expected = {"number_for_phone": "42000000", "number_for_text": "12"}.get(name, "")
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


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["without BOM", "with BOM"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_byte_order_mark_and_line_ending_do_not_matter(tmp_path: Path, mark: str, ending: str) -> None:
    """A file saved by Notepad reads like one saved by an editor."""
    put_text(tmp_path, "office:\n  memo:\n    to_th: นายก\n")
    before = read_words(tmp_path, AGENCY, YEAR)
    path = words_path(tmp_path, AGENCY, YEAR, "analysis")
    path.write_bytes((mark + path.read_text(encoding="utf-8").replace("\n", ending)).encode())
    assert read_words(tmp_path, AGENCY, YEAR) == before != Words()


@pytest.mark.parametrize(
    "lines",
    [
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
def test_a_key_without_content_is_empty(tmp_path: Path, lines: str) -> None:
    """Whoever deletes the last entry of a list, or empties a value, leaves nothing behind."""
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
def test_a_date_of_the_office_is_buddhist(tmp_path: Path, written: str, day: dt.date | None) -> None:
    """Without quotes, in Thai digits, or on 29 February of a Buddhist year, a date is the day it says."""
    put_text(tmp_path, f"office:\n  memo:\n    date: {written}\n")
    assert read_words(tmp_path, AGENCY, YEAR).office.memo.date == day


@pytest.mark.parametrize(("written", "day"), DAYS)
def test_a_date_of_a_measure_is_buddhist(workspace: Workspace, written: str, day: dt.date | None) -> None:
    """YAML's own dates, which are of the Common Era, never enter a measure."""
    entry = f"measures:\n  - {{measure_id: m1, items: [i10], title_th: ก, start: {written}}}\n"
    put_text(workspace.root, entry)
    assert [m.start for m in received(workspace).measures] == [day]


@pytest.mark.parametrize("kind", ["assessor", "suggestion", "cause", "note", "guideline"])
def test_texts_become_remarks(workspace: Workspace, kind: str) -> None:
    """A text of any kind stands in the record behind those of remarks.csv."""
    before = received(workspace).remarks
    put(workspace, texts=[text("i1", "เขียนไว้เอง", kind)])
    assert received(workspace).remarks == (*before, Remark("i1", kind, "เขียนไว้เอง", "confirmed"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "status"), [("cause", "draft"), ("guideline", "draft"), ("assessor", "confirmed")]
)
def test_a_text_without_status_waits_for_confirmation(workspace: Workspace, kind: str, status: str) -> None:
    """Only an official text of the assessor counts without having been confirmed."""
    put(workspace, texts=[{"item": "i1", "kind": kind, "text_th": "ก"}])
    assert received(workspace).remarks[-1].status == status


def test_measures_become_measures(workspace: Workspace) -> None:
    """Every field of a measure arrives in the record."""
    put(workspace, measures=[measure(output_th="ทะเบียน 1 ฉบับ", evidence_th=["ทะเบียน", "ภาพถ่าย"], topic=2)])
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
            status="confirmed",
            topic=2,
            output_th="ทะเบียน 1 ฉบับ",
            evidence_th=("ทะเบียน", "ภาพถ่าย"),
        ),
    )


def test_a_measure_reads_alike_from_both_places(workspace: Workspace) -> None:
    """The same measure in measures.csv and in the file of words is the same measure."""
    put_measures_csv(workspace, measure())
    of_table = received(workspace).measures
    workspace.drop(MEASURES)
    put(workspace, measures=[measure()])
    assert received(workspace).measures == of_table != ()


def test_a_measure_without_status_is_a_draft(workspace: Workspace) -> None:
    """What nobody confirmed is not confirmed."""
    put(workspace, measures=[measure(status="")])
    assert [m.status for m in received(workspace).measures] == ["draft"]


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
    values = {"agency_id": AGENCY, "fiscal_year": YEAR, "edition": edition, "draft": edition == "publish"}
    report = Opened(case, ReportParameters.model_validate(values))
    section: Section = report.topics() + report.published_items()
    return section.in_digits("arabic").model_dump_json(exclude={"blocks": {"__all__": {"svg"}}})


def catalogue_text(case: Case, item: str, kind: str) -> str:
    """Return the draft of the catalogue for a weak item."""
    weakness = next(w for w in case.weaknesses if w.node.code == item)
    entry = draft_entry(case.framework, case.catalogue, weakness)
    return entry.candidate_cause_th if kind == "cause" else entry.guideline_th


# A question that is the lowest of its topic, one that is not, and a published item.
REPLACED = [("i1", "cause"), ("i1", "guideline"), ("i13", "guideline"), ("o13", "guideline")]


@pytest.mark.parametrize(("item", "kind"), REPLACED)
def test_the_catalogue_speaks_where_nobody_wrote(workspace: Workspace, item: str, kind: str) -> None:
    """Without people's words the working edition proposes the draft of the catalogue, and says so."""
    case = built(workspace)
    assert catalogue_text(case, item, kind) in shown(case)


@pytest.mark.parametrize(("item", "kind"), REPLACED)
def test_a_confirmed_text_replaces_the_draft_of_the_catalogue(
    workspace: Workspace, item: str, kind: str
) -> None:
    """Once confirmed, a person's text stands in the working edition and the draft is gone."""
    put(workspace, texts=[text(item, "ถ้อยคำของหน่วยงาน", kind)])
    case = built(workspace)
    assert "ถ้อยคำของหน่วยงาน" in shown(case)
    assert catalogue_text(case, item, kind) not in shown(case)


@pytest.mark.parametrize(("edition", "there"), [("working", True), ("publish", False)])
def test_a_text_that_is_no_more_than_a_draft_stays_out_of_publication(
    workspace: Workspace, edition: str, there: bool
) -> None:
    """A draft text is marked in the working edition and absent from the publication edition."""
    put(workspace, texts=[text("i1", "ถ้อยคำที่รอการยืนยัน", status="draft")])
    assert ("(ร่าง) ถ้อยคำที่รอการยืนยัน" in shown(built(workspace), edition)) is there


def test_a_confirmed_text_is_published(workspace: Workspace) -> None:
    """A confirmed cause stands in the publication edition."""
    put(workspace, texts=[text("i1", "ถ้อยคำของหน่วยงาน")])
    assert "ถ้อยคำของหน่วยงาน" in shown(built(workspace), "publish")


def test_a_measure_replaces_the_draft_for_its_items(workspace: Workspace) -> None:
    """The catalogue proposes nothing for an item that a measure of the file answers."""
    assert "i10-absent" in {m.measure_id for m in built(workspace).plan}
    put(workspace, measures=[measure()])
    plan = built(workspace).plan
    assert [m.measure_id for m in plan if "i10" in m.items] == ["m1"]


class SameId(NamedTuple):
    """The status of one id in measures.csv and in the file of words; whose counts as what, the problems."""

    table: str
    file: str
    counts: tuple[str, str]
    rules: list[str]


@pytest.mark.parametrize(
    "case",
    [
        SameId("draft", "draft", ("file", "draft"), []),
        SameId("draft", "confirmed", ("file", "confirmed"), []),
        SameId("draft", "declined", ("file", "declined"), []),
        SameId("confirmed", "draft", ("table", "confirmed"), []),
        SameId("confirmed", "confirmed", ("table", "confirmed"), ["duplicate-row"]),
        SameId("confirmed", "declined", ("table", "confirmed"), ["duplicate-row"]),
    ],
    ids=lambda case: f"{case.table} in the table, {case.file} in the file",
)
def test_of_one_id_what_a_person_decided_counts(workspace: Workspace, case: SameId) -> None:
    """A decision beats the draft of its id, wherever it stands; of two different ones one is named."""
    put_measures_csv(workspace, measure(title_th="table", status=case.table))
    put(workspace, measures=[measure(title_th="file", status=case.file, reason_th="ใช้ของปีก่อน")])
    record = received(workspace)
    assert [(m.title_th, m.status) for m in record.measures] == [case.counts]
    assert [p.rule for p in record.problems] == case.rules


def test_the_same_measure_in_both_places_is_one(workspace: Workspace) -> None:
    """A confirmed measure that was copied from the table is not called a second one."""
    put_measures_csv(workspace, measure())
    put(workspace, measures=[measure()])
    assert received(workspace).problems == ()
    assert len(received(workspace).measures) == 1


def test_a_declined_measure_is_not_planned(workspace: Workspace) -> None:
    """Whoever decides against a measure, with a reason, gets neither it nor its draft back."""
    put(workspace, measures=[measure(status="declined", reason_th="ดำเนินการครบแล้ว")])
    case = built(workspace)
    assert [m.measure_id for m in case.plan if "i10" in m.items] == []
    assert "i10" not in {node.code for node in case.coverage.uncovered}


def test_a_measure_declined_without_a_reason_is_missing(workspace: Workspace) -> None:
    """Without a reason a weak item has no measure, and that keeps the document from publication."""
    put(workspace, measures=[measure(status="declined")])
    assert "i10" in {node.code for node in built(workspace).coverage.uncovered}


# ------------------------------------------------------------------- two confirmed causes of one item


class TwoCauses(NamedTuple):
    """Where two confirmed causes of one item stand, the first and the second place."""

    table: int
    file: int
    first: str
    second: str


TWO_CAUSES = (
    TwoCauses(2, 0, f"{REMARKS} บรรทัด 2", f"{REMARKS} บรรทัด 3"),
    TwoCauses(0, 2, f"{PARAMS} บรรทัด 4", f"{PARAMS} บรรทัด 8"),
    TwoCauses(1, 1, f"{REMARKS} บรรทัด 2", f"{PARAMS} บรรทัด 4"),
)


def with_causes(workspace: Workspace, case: TwoCauses) -> Record:
    """Read the record with two confirmed causes of i1, numbered in the order of reading."""
    causes = [text("i1", f"สาเหตุที่ {n}") for n in (1, 2)]
    if case.table:
        put_remarks_csv(workspace, *causes[: case.table])
    else:
        workspace.drop(REMARKS)
    if case.file:
        put(workspace, texts=causes[-case.file :])
    return received(workspace)


@pytest.mark.parametrize("case", TWO_CAUSES, ids=["in the table", "in the file", "one in each"])
class TestTwoConfirmedCauses:
    """Nobody but a person can say which of two confirmed causes is the cause."""

    def test_the_problem_names_both_places(self, workspace: Workspace, case: TwoCauses) -> None:
        """The one problem is at the item and names the file and line of either cause."""
        (problem,) = with_causes(workspace, case).problems
        assert (problem.rule, problem.node, problem.severity) == ("two-confirmed-causes", "i1", "error")
        assert problem.message_th.startswith(f"{case.second} ")
        assert f"{case.first} " in problem.message_th

    def test_both_texts_are_kept(self, workspace: Workspace, case: TwoCauses) -> None:
        """The first cause counts, the second one becomes a draft, and neither is lost."""
        remarks = with_causes(workspace, case).remarks
        assert [(r.text_th, r.status) for r in remarks] == [("สาเหตุที่ 1", "confirmed"), ("สาเหตุที่ 2", "draft")]

    def test_the_second_text_is_quoted(self, workspace: Workspace, case: TwoCauses) -> None:
        """The message says which text it is that counts as a draft."""
        assert '"สาเหตุที่ 2"' in with_causes(workspace, case).problems[0].message_th


@pytest.mark.parametrize(
    "texts",
    [
        [text("i1", "ก"), text("i1", "ข", status="draft")],
        [text("i1", "ข", status="draft"), text("i1", "ก")],
        [text("i1", "ก"), text("i10", "ข")],
        [text("i1", "ก"), text("i1", "ข", kind="note")],
        [text("i1", "ก", kind="guideline"), text("i1", "ข", kind="guideline")],
    ],
    ids=["one is a draft", "the first is a draft", "two items", "one is a note", "guidelines"],
)
def test_other_texts_do_not_contradict_each_other(workspace: Workspace, texts: list[dict[str, str]]) -> None:
    """Only two confirmed causes of the same item are a problem."""
    put(workspace, texts=texts)
    assert received(workspace).problems == ()


def test_the_same_item_is_known_in_any_spelling(workspace: Workspace) -> None:
    """Causes of i1 and of "I ๑" are two causes of one item."""
    put(workspace, texts=[text("i1", "ก"), text("I ๑", "ข")])
    assert [p.rule for p in received(workspace).problems] == ["two-confirmed-causes"]


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


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("place", ["table", "file"])
class TestAWrongMeasure:
    """A wrong value in a measure is listed with its place; the measure itself is kept."""

    def test_the_problem_is_named(self, workspace: Workspace, place: str, name: str) -> None:
        """Exactly one problem has the rule, the node and the severity of the slip."""
        wrong = WRONG[name]
        put_wrong(workspace, place, wrong.values)
        problems = received(workspace).problems
        assert [(p.rule, p.node, p.severity) for p in problems] == [(wrong.rule, wrong.node, wrong.severity)]

    def test_the_message_names_file_and_line(self, workspace: Workspace, place: str, name: str) -> None:
        """The message begins with the place and quotes the value."""
        wrong = WRONG[name]
        where = put_wrong(workspace, place, wrong.values)
        message = received(workspace).problems[0].message_th
        assert message.startswith(f"{where} ")
        assert wrong.found in message

    def test_the_rest_of_the_measure_is_kept(self, workspace: Workspace, place: str, name: str) -> None:
        """Only what cannot be used is left out: the measure and the one beside it stay."""
        wrong = WRONG[name]
        put_wrong(workspace, place, wrong.values)
        good, kept = received(workspace).measures
        assert good.measure_id == "m0"
        assert {field: getattr(kept, field) for field in wrong.kept} == wrong.kept
        assert (kept.title_th, len(kept.steps_th)) == ("ทะเบียนยืมทรัพย์สิน", 2)


@pytest.mark.parametrize("place", ["table", "file"])
def test_the_first_and_the_last_day_of_the_plan_year_are_inside(workspace: Workspace, place: str) -> None:
    """A measure from 1 October to 30 September is no problem."""
    put_wrong(workspace, place, {})
    assert received(workspace).problems == ()


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
    """Where nobody says otherwise the plan year follows the facts of the year."""
    assert built(workspace).plan_year == load_framework(YEAR).plan_year == PLAN_YEAR


OTHER = YEAR


@pytest.fixture
def moved(workspace: Workspace) -> Case:
    """Return the case whose office plans for another year; both years have a measures.csv."""
    put_measures_csv(workspace, measure(measure_id="of-the-rule", items=["i1"]))
    other = measure(measure_id="of-the-office", start=f"{OTHER - 1}-10-01", end=f"{OTHER}-09-30")
    put_measures_csv(workspace, other, year=OTHER)
    put(workspace, office={"plan_year": OTHER})
    return built(workspace)


def test_the_plan_year_of_the_office_decides_which_measures_are_read(moved: Case) -> None:
    """The measures are those of the year that the office plans for, and no others."""
    assert (moved.plan_year, [m.measure_id for m in moved.record.measures]) == (OTHER, ["of-the-office"])


def test_drafts_lie_in_the_plan_year_of_the_office(moved: Case) -> None:
    """The drafts of the catalogue are dated inside the year that the office plans for."""
    days = {day for m in moved.plan if m.status == "draft" for day in (m.start, m.end) if day is not None}
    assert days
    assert dt.date(OTHER - 544, 10, 1) <= min(days) <= max(days) <= dt.date(OTHER - 543, 9, 30)


def test_days_are_checked_against_the_plan_year_of_the_office(moved: Case) -> None:
    """A measure inside the year of the office is no problem, though it lies outside that of the rule."""
    assert moved.record.problems == ()


def test_another_plan_year_is_named(moved: Case) -> None:
    """The document says that its plan year is not that of the rule."""
    found = [(p.severity, p.stated, p.expected) for p in moved.problems if p.rule == "plan-year-differs"]
    assert found == [("warning", str(OTHER), str(PLAN_YEAR))]


def test_the_plan_year_of_the_rule_is_not_named(workspace: Workspace) -> None:
    """An office that repeats the year of the rule has no problem."""
    put(workspace, office={"plan_year": PLAN_YEAR})
    assert [p for p in built(workspace).problems if p.rule == "plan-year-differs"] == []


# ---------------------------------------------------------------- papermill -f: words as parameters

WORDS: dict[str, Any] = {
    "office": {"memo": {"to_th": "นายก", "date": "2568-12-08"}, "show": {"memo": True}},
    "texts": [text("i1", "ถ้อยคำของหน่วยงาน")],
    "measures": [measure()],
}


def handed(**values: Any) -> ReportParameters:
    """Return parameters as papermill injects them."""
    return validate({**HEAD, **values})


@pytest.fixture
def filed(tmp_path: Path) -> Words:
    """Return words that stand in the file: an office, a text and a measure."""
    content = {"office": {"memo": {"to_th": "ปลัด"}}, "texts": [text("i10", "ของแฟ้ม")]}
    put_text(
        tmp_path, yaml.safe_dump({**content, "measures": [measure(measure_id="m9")]}, allow_unicode=True)
    )
    return read_words(tmp_path, AGENCY, YEAR)


def test_parameters_without_words_leave_those_of_the_file(filed: Words) -> None:
    """``ita-nb`` hands over no words: the notebook takes them from their file."""
    assert handed().words(filed) == filed != Words()


@pytest.mark.parametrize("key", sorted(WORDS))
def test_a_word_handed_over_replaces_its_own_kind_only(filed: Words, key: str) -> None:
    """Office, texts or measures handed over stand in place of those of the file; the others stay."""
    found = handed(**{key: WORDS[key]}).words(filed)
    assert getattr(found, key) not in (getattr(filed, key), getattr(Words(), key))
    assert [k for k in WORDS if getattr(found, k) != getattr(filed, k)] == [key]


def test_words_are_the_same_from_the_file_and_from_parameters(tmp_path: Path) -> None:
    """papermill -f hands over what the file says: office and rows are equal, only their places differ."""
    put_text(tmp_path, yaml.safe_dump(WORDS, allow_unicode=True))
    of_file, of_parameters = read_words(tmp_path, AGENCY, YEAR), handed(**WORDS).words(Words())
    assert of_parameters.office == of_file.office != Office()
    for rows, others in ((of_parameters.texts, of_file.texts), (of_parameters.measures, of_file.measures)):
        assert [row.values for row in rows] == [row.values for row in others] != []


@pytest.mark.parametrize(
    "lines",
    [
        "measures: [{measure_id: m1, items: [i1], title_th: ก, topic: 2}]",
        "office: {contact: {phone: 42000000}}",
        "office: {plan_year: 2569}",
        "office: {meeting: , suggestions: , signers: }",
    ],
)
def test_what_the_file_may_hold_papermill_may_hand_over(tmp_path: Path, lines: str) -> None:
    """papermill reads the file as YAML, where a number is a number: it is the same file all the same."""
    put_text(tmp_path, f"{lines}\n")
    content = read_yaml_file(str(words_path(tmp_path, AGENCY, YEAR, "analysis")))
    of_file, of_parameters = read_words(tmp_path, AGENCY, YEAR), validate(content).words(Words())
    assert of_parameters.office == of_file.office
    assert [row.values for row in of_parameters.measures] == [row.values for row in of_file.measures]


def test_a_document_is_the_same_from_the_file_and_from_parameters(workspace: Workspace) -> None:
    """Both ways give the same plan, the same remarks and the same fingerprint of the data."""
    put(workspace, **WORDS)
    of_file = built(workspace)
    workspace.drop(PARAMS)
    of_parameters = build_case(AGENCY, YEAR, workspace.root, handed(**WORDS).words)
    assert of_parameters.record == of_file.record
    assert of_parameters.plan == of_file.plan
    assert of_parameters.provenance == of_file.provenance


def test_injected_texts_are_not_mixed_with_those_of_the_file(workspace: Workspace) -> None:
    """Texts handed over are the only ones, though the file holds others on the same item."""
    put(workspace, texts=[text("i1", "ของแฟ้ม")])
    parameters = handed(texts=[text("i1", "ของพารามิเตอร์")])
    case = build_case(AGENCY, YEAR, workspace.root, parameters.words)
    assert [r.text_th for r in case.record.remarks if r.item == "i1"] == ["ของพารามิเตอร์"]


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


def all_text(value: object) -> Iterable[str]:
    """Yield every text of a document's content."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from all_text(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from all_text(inner)
    elif isinstance(value, str):
        yield value


@pytest.fixture(scope="module")
def papermill_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the text of the notebook run by ``papermill -f`` with a file elsewhere, dates unquoted."""
    folder = tmp_path_factory.mktemp("papermill")
    content = yaml.safe_dump({**HEAD, **WORDS}, allow_unicode=True).replace("'", "")
    (folder / "elsewhere.yaml").write_text(content, encoding="utf-8")
    command = [sys.executable, "-m", "papermill", "notebooks/agency_report.ipynb", f"{folder}/out.ipynb"]
    command += ["-f", f"{folder}/elsewhere.yaml", "--no-progress-bar"]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    executed = nbformat.reads((folder / "out.ipynb").read_text(encoding="utf-8"), as_version=4)
    return "\n".join(all_text(read_document(executed).model_dump()))


@pytest.mark.parametrize(
    "words", ["ถ้อยคำของหน่วยงาน", "ทะเบียนยืมทรัพย์สิน", "บันทึกข้อความ", "๘ ธันวาคม ๒๕๖๘", "๑ ต.ค. ๒๕๖๘"]
)
def test_papermill_brings_the_words_into_the_document(papermill_text: str, words: str) -> None:
    """Text, measure, memo and Buddhist dates of a file given to papermill -f stand in the document."""
    assert words in papermill_text
