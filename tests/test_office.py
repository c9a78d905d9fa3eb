"""The parts that an office adds to its document: each can be switched, left empty, and is plain text."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import yaml
from conftest import AGENCY, REPOSITORY, YEAR
from opened import Opened

from ita_nb.case import Case, build_case
from ita_nb.document import html, pdf
from ita_nb.document.blocks import Cover, Document, Heading, PageBreak, Paragraph, Section, Signature
from ita_nb.intake.params_file import Office
from ita_nb.intake.record import Remark
from ita_nb.parameters import ReportParameters
from ita_nb.progress import build_progress

PARTS = ("front", "result", "analysis", "measures", "closing", "checks")
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
    values = {"agency_id": AGENCY, "fiscal_year": YEAR, "digits": "arabic", **parameters}
    filled = replace(case, record=replace(case.record, office=Office.model_validate(office)))
    return Opened(filled, ReportParameters.model_validate(values))


def part(case: Case, name: str, office: dict[str, Any], **parameters: object) -> Section:
    """Return one part of the document."""
    section = getattr(report_of(case, office, **parameters), name)()
    assert isinstance(section, Section)
    return section


def document_of(report: Opened) -> Document:
    """Return the whole document in the order of its form."""
    section = Section(blocks=())
    for name in PARTS:
        section += report.part(name)  # type: ignore[arg-type]
    return Document(cover=next(b for b in section.blocks if isinstance(b, Cover)), blocks=section.blocks)


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


def pages_of(document: Document) -> list[str]:
    """Return the text of every page of the PDF."""
    file = pypdfium2.PdfDocument(pdf.render(document))
    texts = [page.get_textpage().get_text_range() for page in file]
    file.close()
    return texts


# -------------------------------------------------------------------------------------- the switches


@pytest.mark.parametrize("name", HEADINGS)
def test_a_part_that_is_switched_on_is_shown(case: Case, name: str) -> None:
    """A filled part that is wanted stands in the document under its heading."""
    section = part(case, name, {**FILLED, "show": {name: True}})
    assert headings(section) == [HEADINGS[name]]


@pytest.mark.parametrize("name", HEADINGS)
def test_a_part_that_is_switched_off_is_not_shown(case: Case, name: str) -> None:
    """A part that is not wanted leaves nothing behind, though it is filled in."""
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
    everything = {"memo": True, "meeting": True, "suggestions": True, "contact": True, "signature": True}
    document = document_of(report_of(case, {**FILLED, "show": {**everything, name: False}}))
    found = [key for key, heading in HEADINGS.items() if heading in headings(document)]
    assert found == [key for key in HEADINGS if key != name]


def test_what_is_shown_unless_somebody_chooses(case: Case) -> None:
    """Of an office that filled in everything and chose nothing all is shown but the memo."""
    document = document_of(report_of(case, FILLED))
    found = [key for key, heading in HEADINGS.items() if heading in headings(document)]
    assert found == ["meeting", "suggestions", "contact", "signature"]
    assert document.cover.shown


@pytest.mark.parametrize("edition", ["working", "publish"])
@pytest.mark.parametrize("name", HEADINGS)
def test_both_editions_show_the_parts_of_the_office(case: Case, name: str, edition: str) -> None:
    """What the office adds belongs to the working and to the published document."""
    office = {**FILLED, "show": {"memo": True}}
    assert part(case, name, office, edition=edition, draft=edition == "publish").blocks


def test_the_switches_of_the_file_reach_the_document(tmp_path: Path) -> None:
    """``office.show`` in params/<agency>-<year>.yaml is what switches the parts."""
    shutil.copytree(REPOSITORY / "data", tmp_path / "data")
    words = {"agency_id": AGENCY, "fiscal_year": YEAR, "office": {"show": {"memo": True, "signature": False}}}
    (tmp_path / "params").mkdir()
    (tmp_path / f"params/{AGENCY}-{YEAR}.yaml").write_text(yaml.safe_dump(words), encoding="utf-8")
    report = Opened(build_case(AGENCY, YEAR, tmp_path), ReportParameters(agency_id=AGENCY, fiscal_year=YEAR))
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


@pytest.mark.parametrize("asks", ["เพื่อโปรดทราบ", "พิจารณาอนุญาตให้เผยแพร่"])
def test_the_memo_asks_to_take_note_and_to_permit_publication(case: Case, asks: str) -> None:
    """The executive is asked for both: to take note of the document and to permit its publication."""
    assert asks in running_text(memo(case))


@pytest.mark.parametrize("choice", ["ทราบ", "( ) อนุญาตให้เผยแพร่", "( ) ไม่อนุญาต"])
def test_the_executive_can_answer_either_way(case: Case, choice: str) -> None:
    """The answer is a line to mark: taken note of, and publication permitted or not."""
    assert choice in labelled(memo(case))["ความเห็นของผู้บริหาร"]


def test_the_memo_speaks_of_the_document(case: Case) -> None:
    """Its subject names both years of the document and asks for leave to publish."""
    subject = labelled(memo(case))["เรื่อง"]
    assert f"ปีงบประมาณ พ.ศ. {YEAR} " in subject
    assert f"ปีงบประมาณ พ.ศ. {YEAR + 1} " in subject
    assert subject.endswith("ขออนุญาตเผยแพร่ต่อสาธารณะ")


@pytest.mark.parametrize(
    "named", ["องค์การบริหารส่วนตำบลหันนางาม", "ข้อ o25 การนำผลการประเมิน ITA ไปสู่การพัฒนาองค์กร"]
)
def test_the_memo_says_whose_document_it_is_and_for_which_item(case: Case, named: str) -> None:
    """The agency and the published item of the round stand in the memo."""
    assert named in running_text(memo(case))


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("ส่วนราชการ", "สำนักปลัด งานนโยบายและแผน"),
        ("ที่", "นข 71001/12 วันที่ 8 ธันวาคม 2568"),
        ("เรียน", "นายกองค์การบริหารส่วนตำบล"),
    ],
)
def test_the_memo_prints_what_was_filled_in(case: Case, label: str, value: str) -> None:
    """Department, number, date and addressee are those of the office, the date in words."""
    assert labelled(memo(case, **FILLED))[label] == value


@pytest.mark.parametrize("label", ["ที่", "เรียน"])
def test_what_nobody_filled_in_is_a_line_to_write_on(case: Case, label: str) -> None:
    """An empty entry is a dotted line, so that the memo can be completed by hand."""
    assert labelled(memo(case))[label].startswith(BLANK)


def test_a_memo_without_a_department_is_of_the_agency(case: Case) -> None:
    """Where no department is named the agency itself writes."""
    assert labelled(memo(case))["ส่วนราชการ"] == case.agency.name_th


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


def test_the_memo_is_signed_by_the_whole_chain(case: Case) -> None:
    """Who made the document signs the request; who reviews and who decides sign their opinions."""
    names = [[signer[0] for signer in block] for block in signers(memo(case, **FILLED))]
    assert names == [["(นางสาวหนึ่ง ตัวอย่าง)"], ["(นายสอง ตัวอย่าง)", "(นายสาม ตัวอย่าง)"]]


def test_two_makers_ask_together(case: Case) -> None:
    """Signers of the maker's role stand under the request side by side."""
    two = [FILLED["signers"][0], FILLED["signers"][0] | {"name_th": "นางสี่ ตัวอย่าง"}, *FILLED["signers"][1:]]
    asked, _ = signers(memo(case, signers=two))
    assert [signer[0] for signer in asked] == ["(นางสาวหนึ่ง ตัวอย่าง)", "(นางสี่ ตัวอย่าง)"]


def test_the_memo_has_pages_of_its_own(case: Case) -> None:
    """The document begins on a new page behind the memo."""
    assert isinstance(memo(case).blocks[-1], PageBreak)


@pytest.mark.parametrize(("certain", "code"), [(False, "o25"), (True, None)], ids=["round", "code"])
def test_a_memo_names_no_item_that_is_not_known(case: Case, certain: bool, code: str | None) -> None:
    """Where the round or the code is not known, the paper that people sign says nothing of it."""
    item = case.requirement.item.model_copy(update={"code": code})
    unknown = replace(case, requirement=replace(case.requirement, item=item, certain=certain))
    text = running_text(memo(unknown))
    assert "ยังไม่ทราบ" not in text
    assert "o25" not in text
    assert "o25" in running_text(memo(case))


def test_the_memo_of_a_report_on_measures_names_it_once() -> None:
    """A document whose own title begins with "report" is not called the report of a report."""
    progress = build_progress("takothong", 2568, REPOSITORY)
    office = Office.model_validate({"show": {"memo": True}})
    filled = replace(progress, record=replace(progress.record, office=office))
    parameters = ReportParameters(agency_id="takothong", fiscal_year=2568, digits="arabic")
    subject = labelled(Opened(filled, parameters).memo())["เรื่อง"]
    assert subject.startswith("รายงานผลการดำเนินการ")


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
class TestMeeting:
    """What is known of a meeting is shown, and nothing is said of the rest."""

    def test_it_is_shown_where_it_is_known(self, case: Case, key: str, label: str, value: str) -> None:
        """One entry alone makes the part, with that line and no other."""
        office = {"meeting": {key: FILLED["meeting"][key]}}
        assert labelled(part(case, "meeting", office)) == {label: value}

    def test_it_is_left_out_where_it_is_not(self, case: Case, key: str, label: str, value: str) -> None:
        """An entry that nobody filled in is no line."""
        held = {name: entry for name, entry in FILLED["meeting"].items() if name != key}
        lines = labelled(part(case, "meeting", {"meeting": held}))
        assert label not in lines
        assert value not in lines.values()
        assert len(lines) == 3


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


def test_the_named_signers_sign(case: Case) -> None:
    """Each signer is the name in brackets, the position and the role, in the order of the file."""
    (block,) = signers(part(case, "signature", {"signers": FILLED["signers"]}))
    assert block == tuple((f"({s['name_th']})", s["position_th"], s["role_th"]) for s in FILLED["signers"])


def test_an_office_of_two_signs_with_two(case: Case) -> None:
    """A chain that the office shortened is not lengthened again."""
    (block,) = signers(part(case, "signature", {"signers": FILLED["signers"][:2]}))
    assert [signer[2] for signer in block] == ["ผู้จัดทำ", "ผู้ตรวจสอบ"]


def test_the_maker_does_not_answer_their_own_memo(case: Case) -> None:
    """Where only the maker is named, the answer waits for the executive."""
    asked, answered = signers(memo(case, signers=FILLED["signers"][:1]))
    assert asked[0][0] == "(นางสาวหนึ่ง ตัวอย่าง)"
    assert asked != answered


# ------------------------------------------------------------------------------------- hostile text

HOSTILE = "<script>alert(1)</script> <b>x</b> & \"y\" 'z'"


def hostile(name: str) -> dict[str, Any]:
    """Return an office whose every entry of one part is hostile."""
    entries: dict[str, Any] = {
        "memo": dict.fromkeys(("number_th", "department_th", "to_th", "website"), HOSTILE),
        "meeting": {"place_th": HOSTILE, "present_th": [HOSTILE], "resolution_th": HOSTILE},
        "suggestions": [HOSTILE],
        "contact": dict.fromkeys(FILLED["contact"], HOSTILE),
        "signers": [dict.fromkeys(("role_th", "name_th", "position_th"), HOSTILE)] * 3,
    }
    key = "signers" if name == "signature" else name
    return {key: entries[key], "show": {"memo": name == "memo"}}


# How often the hostile text is printed in a document of each part.
TIMES = {"memo": 5, "meeting": 3, "suggestions": 1, "contact": 5, "signature": 9}


@pytest.mark.parametrize("name", TIMES)
def test_hostile_text_is_escaped_in_html(case: Case, name: str) -> None:
    """Whatever an office writes is text on the page: all of it, and never markup."""
    page = html.render(document_of(report_of(case, hostile(name), edition="publish", draft=True)))
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;x&lt;/b&gt; &amp; ") == TIMES[name]


@pytest.mark.parametrize(
    "text", ['#let x = read("/etc/passwd")', "$x$ *a* _b_ `c` @ref", "\\u{41} {{ 7 * 7 }} =1+1"]
)
def test_hostile_text_is_text_in_the_pdf(case: Case, text: str) -> None:
    """Whatever an office writes is printed in the PDF as it was written."""
    section = part(case, "meeting", {"meeting": {"place_th": text}})
    (cover,) = part(case, "cover", {"show": {"cover": False}}).blocks
    assert isinstance(cover, Cover)
    pages = pages_of(Document(cover=cover, blocks=(cover, *section.blocks)))
    assert text.replace(" ", "") in "".join("".join(pages).split())


# ---------------------------------------------------------------------------------- without a cover


def short(case: Case, cover: bool, memo: bool = False) -> Document:
    """Return a document that ends long before its first page does."""
    report = report_of(case, {"show": {"cover": cover, "memo": memo}})
    section = report.cover() + report.memo() + report.result()
    return Document(cover=next(b for b in section.blocks if isinstance(b, Cover)), blocks=section.blocks)


def test_without_a_cover_the_document_is_one_page_shorter(case: Case) -> None:
    """A title that needs no page of its own saves one."""
    assert (len(pages_of(short(case, cover=True))), len(pages_of(short(case, cover=False)))) == (2, 1)


def test_without_a_cover_the_real_publication_loses_it_and_the_contents(case: Case) -> None:
    """The real document of the publication edition loses its cover and its contents, and no other page."""
    counts = [
        len(pages_of(document_of(report_of(case, {"show": {"cover": shown}}, edition="publish", draft=True))))
        for shown in (True, False)
    ]
    assert counts[0] - counts[1] == 2


@pytest.mark.parametrize(
    "text", ["การวิเคราะห์ผลการประเมินคุณธรรมและความโปร่งใส", "องค์การบริหารส่วนตำบลหันนางาม", "ส่วนที่ 1"]
)
def test_without_a_cover_the_title_stands_on_page_1(case: Case, text: str) -> None:
    """Title, agency and the first part of the document share the first page."""
    assert text in pages_of(short(case, cover=False))[0].replace("\r\n", "")


def test_with_a_cover_the_first_part_stands_on_page_2(case: Case) -> None:
    """A cover is a page of its own."""
    first, second = pages_of(short(case, cover=True))
    assert "ส่วนที่ 1" not in first
    assert "ส่วนที่ 1" in second


def test_without_a_cover_the_title_stands_above_the_document_not_the_memo(case: Case) -> None:
    """A memo goes before the document, so it comes before the title too."""
    memo_page, title_page = pages_of(short(case, cover=False, memo=True))
    assert "บันทึกข้อความ" in memo_page
    assert "บันทึกข้อความ" not in title_page
    assert "ในการดำเนินงานของหน่วยงานภาครัฐ\r\nประจำปีงบประมาณ" in title_page


@pytest.mark.parametrize("cover", [True, False])
def test_the_page_has_one_title_with_or_without_a_cover(case: Case, cover: bool) -> None:
    """In HTML the title stands once at the top, whether or not the PDF gives it a page."""
    page = html.render(short(case, cover=cover))
    assert page.count("<h1") == 1
