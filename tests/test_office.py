"""The parts that an office adds to its document: each can be switched, left empty, and is plain text."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any

import opened
import pytest
import yaml
from conftest import AGENCY, REPOSITORY, YEAR, Workspace
from documents import page_texts
from opened import Opened

from ita_nb.case import Case, build_case
from ita_nb.document import html, pdf
from ita_nb.document.blocks import Cover, Document, Heading, PageBreak, Paragraph, Section, Signature
from ita_nb.intake.params_file import Office
from ita_nb.intake.record import Remark
from ita_nb.progress import build_progress

BLANK = "...................."
# An office that filled in everything and chose nothing.
FILLED: dict[str, Any] = {
    "memo": {
        "number_th": "นข 71001/12",
        "date": "2568-12-08",
        "department_th": "สำนักปลัด งานนโยบายและแผน",
        "to_th": "นายกองค์การบริหารส่วนตำบล",
        "website": "https://www.example.go.th/ita",
    },
    "meeting": {
        "date": "2568-11-20",
        "place_th": "ห้องประชุมสภา",
        "present_th": ["ปลัด", "ผู้อำนวยการกองคลัง"],
        "resolution_th": "เห็นชอบมาตรการเจ็ดข้อ",
    },
    "suggestions": ["เปิดเผยข้อมูลให้ค้นง่าย"],
    "contact": {
        "department_th": "งานนโยบายและแผน",
        "address_th": "หมู่ที่ 1 ตำบลตัวอย่าง",
        "phone": "042-000000",
        "email": "office@example.go.th",
        "website": "https://www.example.go.th",
    },
    "signers": [
        {"role_th": "ผู้จัดทำ", "name_th": "นางสาวหนึ่ง ตัวอย่าง", "position_th": "นักวิเคราะห์นโยบายและแผน"},
        {"role_th": "ผู้ตรวจสอบ", "name_th": "นายสอง ตัวอย่าง", "position_th": "ปลัด"},
        {"role_th": "ผู้อนุมัติ", "name_th": "นายสาม ตัวอย่าง", "position_th": "นายก"},
    ],
}
# Each part and a passage that it alone prints.
HEADINGS = {
    "memo": "บันทึกข้อความ",
    "meeting": "การประชุมพิจารณาผลการประเมินและกำหนดมาตรการ",
    "suggestions": "ข้อเสนอแนะจากผู้มีส่วนได้ส่วนเสีย",
    "contact": "ข้อมูลการติดต่อ",
    "signature": "การลงนามรับรองเอกสาร",
}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return the real case without anything that people wrote for its document."""
    root = tmp_path_factory.mktemp("office") / "workspace"
    shutil.copytree(REPOSITORY / "data", root / "data")
    return build_case(AGENCY, YEAR, root)


def report_of(case: Case, office: dict[str, Any], **parameters: object) -> Opened:
    """Return the report of a case with an office's entries, in Arabic digits unless told otherwise."""
    filled = replace(case, record=replace(case.record, office=Office.model_validate(office)))
    return opened.report_of(filled, **{"digits": "arabic", **parameters})


def part(case: Case, name: str, office: dict[str, Any], **parameters: object) -> Section:
    """Return one part of the document."""
    return report_of(case, office, **parameters).sections[name]


def headings(section: Section | Document) -> list[str]:
    """Return the headings of a section or document."""
    return [b.text for b in section.blocks if isinstance(b, Heading)]


def labelled(section: Section) -> dict[str, str]:
    """Return the paragraphs that have a label, by it."""
    return {b.label: b.text for b in section.blocks if isinstance(b, Paragraph) and b.label}


def running_text(section: Section) -> str:
    """Return the paragraphs without a label."""
    return "\n".join(b.text for b in section.blocks if isinstance(b, Paragraph) and not b.label)


def signers(section: Section) -> list[tuple[tuple[str, ...], ...]]:
    """Return the signature blocks."""
    return [b.signers for b in section.blocks if isinstance(b, Signature)]


# -------------------------------------------------------------------------------------- the switches


@pytest.mark.parametrize("name", HEADINGS)
def test_a_part_can_be_switched(case: Case, name: str) -> None:
    """A filled part that is wanted stands under its heading in both editions, any other nowhere."""
    shown = [
        part(case, name, {**FILLED, "show": {name: True}}, edition=edition, draft=edition == "publish")
        for edition in ("working", "publish")
    ]
    assert [headings(section) for section in shown] == [[HEADINGS[name]]] * 2
    assert part(case, name, {**FILLED, "show": {name: False}}).blocks == ()


@pytest.mark.parametrize("shown", [True, False])
def test_the_cover_can_be_switched(case: Case, shown: bool) -> None:
    """Without a cover page the document still tells the renderers whose it is."""
    (cover,) = part(case, "cover", {"show": {"cover": shown}}).blocks
    assert isinstance(cover, Cover)
    assert (cover.shown, cover.agency) == (shown, case.agency.name_th)


@pytest.mark.parametrize("name", HEADINGS)
def test_a_switch_turns_its_own_part_only(case: Case, name: str) -> None:
    """Switching one part off leaves the others in the document."""
    document = report_of(case, {**FILLED, "show": {**dict.fromkeys(HEADINGS, True), name: False}}).document()
    found = [key for key, heading in HEADINGS.items() if heading in headings(document)]
    assert found == [key for key in HEADINGS if key != name]


def test_what_is_shown_unless_somebody_chooses(case: Case) -> None:
    """Of an office that filled in everything and chose nothing all is shown but the memo."""
    document = report_of(case, FILLED).document()
    found = [key for key, heading in HEADINGS.items() if heading in headings(document)]
    assert found == ["meeting", "suggestions", "contact", "signature"]
    assert document.cover.shown


def test_the_switches_of_the_file_reach_the_document(workspace: Workspace) -> None:
    """``office.show`` in params/<agency>-<year>.yaml is what switches the parts."""
    words = {"agency_id": AGENCY, "fiscal_year": YEAR, "office": {"show": {"memo": True, "signature": False}}}
    workspace.write(f"params/{AGENCY}-{YEAR}.yaml", yaml.safe_dump(words))
    report = opened.report_of(build_case(AGENCY, YEAR, workspace.root))
    assert (headings(report.memo()), report.signature().blocks) == (["บันทึกข้อความ"], ())


@pytest.mark.parametrize(
    ("name", "office"),
    [
        ("meeting", {}),
        ("meeting", {"meeting": {}}),
        ("meeting", {"meeting": {"date": "", "place_th": "", "present_th": [], "resolution_th": ""}}),
        ("suggestions", {}),
        ("suggestions", {"suggestions": []}),
        ("contact", {}),
        ("contact", {"contact": {}}),
        ("contact", {"contact": {"phone": "", "email": ""}}),
        ("suggestions", {"suggestions": [""]}),
    ],
)
def test_a_part_without_content_is_left_out(case: Case, name: str, office: dict[str, Any]) -> None:
    """A part that nobody filled in makes no heading above nothing."""
    assert part(case, name, office).blocks == ()


# ------------------------------------------------------------------------------------------- the memo


def memo(case: Case, **office: Any) -> Section:
    """Return the memo of an office with the given entries."""
    return part(case, "memo", {**office, "show": {"memo": True}})


def test_the_memo_asks_to_take_note_and_to_permit_publication(case: Case) -> None:
    """It is of the agency and the item of the round, before the document; its answer is a line to mark."""
    section = memo(case)
    labels, text = labelled(section), running_text(section)
    asked = (
        *("เพื่อโปรดทราบ", "พิจารณาอนุญาตให้เผยแพร่", case.agency.name_th),
        "ข้อ o25 การนำผลการประเมิน ITA ไปสู่การพัฒนาองค์กร",
    )
    assert [words for words in asked if words not in text] == []
    answers = ("ทราบ", "( ) อนุญาตให้เผยแพร่", "( ) ไม่อนุญาต")
    assert [words for words in answers if words not in labels["ความเห็นของผู้บริหาร"]] == []
    for year in (YEAR, YEAR + 1):
        assert f"ปีงบประมาณ พ.ศ. {year} " in labels["เรื่อง"]
    assert labels["เรื่อง"].endswith("ขออนุญาตเผยแพร่ต่อสาธารณะ")
    assert isinstance(section.blocks[-1], PageBreak)


@pytest.mark.parametrize(
    ("label", "empty", "value"),
    [
        ("ส่วนราชการ", "องค์การบริหารส่วนตำบลหันนางาม", "สำนักปลัด งานนโยบายและแผน"),
        ("ที่", BLANK, "นข 71001/12 วันที่ 8 ธันวาคม 2568"),
        ("เรียน", BLANK, "นายกองค์การบริหารส่วนตำบล"),
    ],
)
def test_the_memo_prints_what_was_filled_in(case: Case, label: str, empty: str, value: str) -> None:
    """Department, number, date and addressee are those of the office, else a line to write on."""
    assert labelled(memo(case, **FILLED))[label] == value
    assert labelled(memo(case))[label].startswith(empty)


@pytest.mark.parametrize(
    ("office", "website"),
    [
        (
            {"memo": {"website": "https://a.go.th"}, "contact": {"website": "https://b.go.th"}},
            "https://a.go.th",
        ),
        ({"contact": {"website": "https://b.go.th"}}, "https://b.go.th"),
        ({}, "เว็บไซต์ของหน่วยงาน"),
    ],
    ids=["of the memo", "of the contact", "none"],
)
def test_the_memo_says_where_it_is_to_be_published(case: Case, office: dict[str, Any], website: str) -> None:
    """The website of the memo, else that of the contact, else just the agency's."""
    assert running_text(memo(case, **office)).endswith(website)


FIRST, SECOND, THIRD = (f"({signer['name_th']})" for signer in FILLED["signers"])


@pytest.mark.parametrize(
    ("signing", "asked", "answered"),
    [
        (FILLED["signers"], [FIRST], [SECOND, THIRD]),
        ([FILLED["signers"][0], *FILLED["signers"]], [FIRST, FIRST], [SECOND, THIRD]),
        (FILLED["signers"][:1], [FIRST], None),
    ],
    ids=["whole chain", "two makers", "maker alone"],
)
def test_the_memo_is_signed_by_the_chain(
    case: Case, signing: list[dict[str, str]], asked: list[str], answered: list[str] | None
) -> None:
    """Who made the document signs the request; who reviews and decides answer, and never the maker."""
    first, second = ([signer[0] for signer in block] for block in signers(memo(case, signers=signing)))
    assert first == asked
    assert second == answered or (answered is None and FIRST not in second)


@pytest.mark.parametrize(("certain", "code"), [(False, "o25"), (True, None)], ids=["round", "code"])
def test_a_memo_names_no_item_that_is_not_known(case: Case, certain: bool, code: str | None) -> None:
    """Where the round or the code is not known, the paper that people sign says nothing of it."""
    item = case.requirement.item.model_copy(update={"code": code})
    unknown = replace(case, requirement=replace(case.requirement, item=item, certain=certain))
    text = running_text(memo(unknown))
    assert [words for words in ("ยังไม่ทราบ", "o25") if words in text] == []


def test_the_memo_of_a_report_on_measures_names_it_once() -> None:
    """A document whose own title begins with "report" is not called the report of a report."""
    report = report_of(build_progress("takothong", 2568, REPOSITORY), {"show": {"memo": True}})
    assert labelled(report.memo())["เรื่อง"].startswith("รายงานผลการดำเนินการ")


# ------------------------------------------------------------------------------ meeting, suggestions


@pytest.mark.parametrize(
    ("key", "label", "value"),
    [
        ("date", "วันที่ประชุม", "20 พฤศจิกายน 2568"),
        ("place_th", "สถานที่", "ห้องประชุมสภา"),
        ("present_th", "ผู้เข้าร่วมประชุม", "ปลัด, ผู้อำนวยการกองคลัง"),
        ("resolution_th", "มติที่ประชุม", "เห็นชอบมาตรการเจ็ดข้อ"),
    ],
)
def test_a_meeting_is_told_as_far_as_it_is_known(case: Case, key: str, label: str, value: str) -> None:
    """One entry alone makes the part, with its line; an entry that nobody filled in is no line."""
    alone, whole = {key: FILLED["meeting"][key]}, FILLED["meeting"]
    others = {name: entry for name, entry in whole.items() if name != key}
    of_all, of_others = (labelled(part(case, "meeting", {"meeting": held})) for held in (whole, others))
    assert labelled(part(case, "meeting", {"meeting": alone})) == {label: value}
    assert of_others == {name: text for name, text in of_all.items() if name != label}
    assert len(of_others) == 3


def test_suggestions_of_the_office_come_before_those_of_the_remarks(case: Case) -> None:
    """What stakeholders suggested is one list, whoever wrote it down."""
    remark = Remark("IIT", "suggestion", "ข้อเสนอในหมายเหตุ", "confirmed")
    noted = replace(case, record=replace(case.record, remarks=(remark,)))
    section = part(noted, "suggestions", {"suggestions": ["ข้อเสนอหนึ่ง", "ข้อเสนอสอง"]})
    bullets = [b.text for b in section.blocks if isinstance(b, Paragraph) and b.style == "bullet"]
    assert bullets == ["ข้อเสนอหนึ่ง", "ข้อเสนอสอง", "ข้อเสนอในหมายเหตุ"]


# --------------------------------------------------------------------------------- contact, signature


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("ส่วนงาน", "department_th"),
        ("ที่อยู่", "address_th"),
        ("โทรศัพท์", "phone"),
        ("อีเมล", "email"),
        ("เว็บไซต์", "website"),
    ],
)
def test_a_way_to_reach_the_office_is_shown_where_it_is_known(case: Case, label: str, key: str) -> None:
    """One entry alone makes the part: the agency with its place, and that line."""
    lines = labelled(part(case, "contact", {"contact": {key: FILLED["contact"][key]}}))
    assert lines == {
        "หน่วยงาน": "องค์การบริหารส่วนตำบลหันนางาม อำเภอศรีบุญเรือง จังหวัดหนองบัวลำภู",
        label: FILLED["contact"][key],
    }


@pytest.mark.parametrize(
    ("key", "written", "printed"),
    [
        ("phone", "042-123456", "๐๔๒-๑๒๓๔๕๖"),
        ("email", "office1@example2.go.th", "office1@example2.go.th"),
        ("website", "https://www.example3.go.th/2568", "https://www.example3.go.th/2568"),
        ("website", "www.example3.go.th", "www.example3.go.th"),
        ("website", "example3.go.th/2568", "example3.go.th/2568"),
    ],
)
def test_addresses_keep_their_digits(case: Case, key: str, written: str, printed: str) -> None:
    """In a document of Thai digits a telephone number is Thai; what is to be typed in stays as it is."""
    section = part(case, "contact", {"contact": {key: written}}, digits="thai")
    assert list(labelled(section).values())[-1] == printed


def test_the_usual_three_sign_where_nobody_is_named(case: Case) -> None:
    """Without names there are dotted lines for maker, checker and executive."""
    ((maker, checker, executive),) = signers(part(case, "signature", {}))
    assert [maker[-1], checker[-1], executive[-1]] == ["ผู้จัดทำ", "ผู้ตรวจสอบ", "ผู้บริหารของหน่วยงาน"]
    assert {signer[0].strip("().") for signer in (maker, checker, executive)} == {""}


@pytest.mark.parametrize("number", [2, 3])
def test_the_named_signers_sign(case: Case, number: int) -> None:
    """Each is the name in brackets, the position and the role, in order; a shortened chain stays short."""
    signing = FILLED["signers"][:number]
    (block,) = signers(part(case, "signature", {"signers": signing}))
    assert block == tuple((f"({s['name_th']})", s["position_th"], s["role_th"]) for s in signing)


# ------------------------------------------------------------------------------------- hostile text

HOSTILE = "<script>alert(1)</script> <b>x</b> & \"y\" 'z'"


HOSTILE_OFFICE: dict[str, Any] = {
    "memo": dict.fromkeys(("number_th", "department_th", "to_th", "website"), HOSTILE),
    "meeting": {"place_th": HOSTILE, "present_th": [HOSTILE], "resolution_th": HOSTILE},
    "suggestions": [HOSTILE],
    "contact": dict.fromkeys(FILLED["contact"], HOSTILE),
    "signers": [dict.fromkeys(("role_th", "name_th", "position_th"), HOSTILE)] * 3,
}


# How often it is printed: in the memo and under it, in meeting, suggestions, contact and signature.
HOSTILE_TIMES = 4 + 9 + 3 + 1 + 5 + 9


def test_hostile_text_is_escaped_in_html(case: Case) -> None:
    """Whatever an office writes, in any entry, is text on the page: all of it, and never markup."""
    office = {**HOSTILE_OFFICE, "show": {"memo": True}}
    page = html.render(report_of(case, office, edition="publish", draft=True).document())
    assert [markup for markup in ("<script>alert", "<b>x</b>") if markup in page] == []
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;x&lt;/b&gt; &amp; ") == HOSTILE_TIMES


def test_hostile_text_is_text_in_the_pdf(case: Case) -> None:
    """Whatever an office writes is printed in the PDF as it was written."""
    texts = ['#let x = read("/etc/passwd")', "$x$ *a* _b_ `c` @ref", "\\u{41} {{ 7 * 7 }} =1+1"]
    report = report_of(case, {"meeting": {"present_th": texts}, "show": {"cover": False}})
    (cover,) = report.cover().blocks
    pages = page_texts(pdf.render(Document(cover=cover, blocks=(cover, *report.meeting().blocks))))
    printed = "".join("".join(pages).split())
    assert [text for text in texts if text.replace(" ", "") not in printed] == []


# ---------------------------------------------------------------------------------- without a cover


def short(case: Case, cover: bool, memo: bool = False) -> Document:
    """Return a document that ends long before its first page does."""
    report = report_of(case, {"show": {"cover": cover, "memo": memo}})
    section = report.cover() + report.memo() + report.result()
    return Document(cover=next(b for b in section.blocks if isinstance(b, Cover)), blocks=section.blocks)


def test_without_a_cover_the_document_is_one_page_shorter(case: Case) -> None:
    """A cover is a page of its own; without it title, agency and first part share one. HTML has one title."""
    titled, bare = short(case, cover=True), short(case, cover=False)
    (first, second), (only,) = page_texts(pdf.render(titled)), page_texts(pdf.render(bare))
    title = ("การวิเคราะห์ผลการประเมินคุณธรรมและความโปร่งใส", "องค์การบริหารส่วนตำบลหันนางาม", "ส่วนที่ 1")
    assert ("ส่วนที่ 1" in first, "ส่วนที่ 1" in second) == (False, True)
    assert [text for text in title if text not in only.replace("\n", "")] == []
    assert [html.render(document).count("<h1") for document in (titled, bare)] == [1, 1]


def test_without_a_cover_the_real_publication_loses_it_and_the_contents(case: Case) -> None:
    """The real document of the publication edition loses its cover and its contents, and no other page."""
    covers = [{"show": {"cover": shown}} for shown in (True, False)]
    reports = [report_of(case, office, edition="publish", draft=True) for office in covers]
    counts = [len(page_texts(pdf.render(report.document()))) for report in reports]
    assert counts[0] - counts[1] == 2


def test_without_a_cover_the_title_stands_above_the_document_not_the_memo(case: Case) -> None:
    """A memo goes before the document, so it comes before the title too."""
    memo_page, title_page = page_texts(pdf.render(short(case, cover=False, memo=True)))
    assert ("บันทึกข้อความ" in memo_page, "บันทึกข้อความ" in title_page) == (True, False)
    assert "ในการดำเนินงานของหน่วยงานภาครัฐ\nประจำปีงบประมาณ" in title_page
