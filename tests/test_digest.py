"""The digest of a batch: counts, groups with one command each, names as text on one line."""

from __future__ import annotations

import io
import os
import shlex
from pathlib import Path
from typing import Any

import pytest

from ita_nb.batch.digest import RunFacts, digest_text, is_all_well, tell
from ita_nb.batch.folder import CAUSES, Asked, Entry, Failure, MadeFile, Note, completed
from ita_nb.batch.summary import Summed

YEAR = 2568
WHY = "data/2568/x.csv\n  ที่คาดไว้: คะแนน\n  ที่พบ: ไม่มีแถว\n  วิธีแก้: เพิ่มแถว"
AGAIN = ["ita-nb", "batch", "params/udon.yaml"]
HOME = Path("/data/นคร พนม")
ASKED = Asked(batch="udon", fiscal_year=YEAR, document="analysis")


def entry(
    agency_id: str, cause: str = "", message: str = "KeyError: 'i1'", where: str = "", **other: Any
) -> Entry:
    """Return an entry with a failure of a cause; without one its document is done."""
    failure = Failure(cause=cause, where=where, message_th=message) if cause else None
    status = "done" if not cause else "stopped" if CAUSES[cause].is_stop else "failed"
    standard = {"name_th": f"อบต.{agency_id}", "fiscal_year": YEAR, "document": "analysis", "status": status}
    return Entry.model_construct(agency_id=agency_id, failure=failure, **standard | other)


def raised(agency_id: str, **other: Any) -> Entry:
    """Return an entry of which a cell raised."""
    return entry(agency_id, "cell-failed", where="เซลล์ที่ 3", **other)


def left(agency_id: str) -> Entry:
    """Return an entry that was not reached."""
    return entry(agency_id, status="left")


def summed(*entries: Entry, asked: Asked = ASKED, title: str = "udon", **other: Any) -> Summed:
    """Return what was summed up of entries, in a workspace whose name needs quotes."""
    return Summed(Path("/out"), title, completed(entries, asked, HOME), **{"notes": (), "aside": (), **other})


def text_of(*entries: Entry, run: RunFacts | None = None, details: str = "", **other: Any) -> str:
    """Return the digest of a run that ended with these entries; its facts may be given."""
    return digest_text(summed(*entries, **other), run or RunFacts(again=AGAIN), details)


def test_everyone_is_counted() -> None:
    """Made, unchanged, contradictory, stopped, failed and left are counted, each on a line."""
    run = RunFacts(made=1200, unchanged=3, again=AGAIN)
    ends = [
        entry("a", errors=2),
        entry("b", errors=1),
        entry("s", "no-data"),
        raised("f"),
        left("l"),
        left("m"),
    ]

    assert [line for line in text_of(*ends, run=run).splitlines() if "แห่ง" in line and line[0] != " "] == [
        "จัดทำแล้วในครั้งนี้ 1,200 แห่ง",
        "ไม่เปลี่ยนแปลง ไม่ต้องทำใหม่ 3 แห่ง",
        "มีตัวเลขทางการที่ขัดแย้งกันหรือข้อมูลที่ใช้ไม่ได้ 2 แห่ง (ดูรายการตรวจสอบในเอกสาร)",
        "หยุดไว้ก่อนเริ่ม 1 แห่ง",
        "ไม่สำเร็จ 1 แห่ง",
        "ยังไม่ได้ทำ 2 แห่ง",
    ]


def test_a_folder_that_nobody_ran_is_told_without_a_run() -> None:
    """What is there is counted, who is missing is named, and there is no command that goes on."""
    text = digest_text(summed(entry("a"), left("b")), None)

    assert text.splitlines()[1:] == [
        "จัดทำแล้ว 1 ฉบับ",
        "ยังไม่ได้ทำ 1 แห่ง",
        "    หน่วยงาน: อบต.b (b)",
        f"ผลลัพธ์อยู่ที่ {Path('/out')}",
    ]


EDITED = (MadeFile("e/e.html", 1, "f" * 64, is_edited=True),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (text_of(run=RunFacts(made=5, slow=3)), "เพราะเตรียมไว้ล่วงหน้าไม่ได้ 3 แห่ง"),
        (
            text_of(run=RunFacts(unchanged=5, outdated=("a", "b"))),
            "ก่อนที่คะแนนนั้นจะถูกแก้ 2 แห่ง (ทำใหม่ทั้งหมดด้วย --fresh)",
        ),
        (text_of(entry("e", made=EDITED)), "มีแฟ้มที่แก้ไขด้วยมือ 1 แห่ง (เก็บไว้ตามเดิม)\n    หน่วยงาน: อบต.e (e)"),
        (
            text_of(aside=(Path("x.html"),), run=RunFacts(set_aside=["y.docx"])),
            "2 แฟ้ม\n    y.docx\n    x.html\n",
        ),
        (text_of(notes=(Note("ขาดส่วนที่ 2/3", "4 แห่ง"),)), "สิ่งที่ทำไม่สำเร็จนอกจากนี้\n  ขาดส่วนที่ 2/3: 4 แห่ง\n"),
        (text_of(run=RunFacts(notes=(Note("ภาพรวม", "RenderError: x"),))), "  ภาพรวม: RenderError: x\n"),
        (text_of(entry("a", errors=1)), "แต่ต้องตรวจสอบตัวเลขของ 1 แห่งที่มีข้อขัดแย้งก่อนนำไปใช้"),
        (text_of(entry("a")), "ครบทุกแห่ง ไม่มีข้อผิดพลาด"),
    ],
    ids=[
        "slow",
        "outdated",
        "edited",
        "set aside",
        "notes",
        "notes of the run",
        "contradictions",
        "all well",
    ],
)
def test_what_else_is_worth_knowing_is_told(text: str, told: str) -> None:
    """Each with how many, and where somebody has to look."""
    assert told in text


@pytest.mark.parametrize(
    ("ends", "run", "is_well"),
    [
        ([entry("a"), entry("b", errors=1)], None, True),
        ([entry("a", "no-data")], None, False),
        ([raised("a")], None, False),
        ([left("a")], None, False),
        ([], RunFacts(notes=(Note("ภาพรวม", "x"),)), False),
    ],
    ids=["done", "stopped", "failed", "left", "noted"],
)
def test_when_all_is_well(ends: list[Entry], run: RunFacts | None, is_well: bool) -> None:
    """When every agency has its documents and nothing else failed."""
    assert is_all_well(summed(*ends), run) == is_well


def test_contradictory_agencies_are_named() -> None:
    """The first ten stand with name and code, then how many more, also at the end of a run."""
    ends = [entry(f"c{number:02}", errors=1) for number in range(12)]

    for details in ("", "/out/digest.txt"):
        told = text_of(*ends, details=details)
        assert "อบต.c00 (c00), อบต.c01 (c01)" in told
        assert "อบต.c09 (c09) และอีก 2 แห่ง" in told


def test_failures_are_grouped_by_cause_and_place() -> None:
    """The largest group first, with ten names, one command and one partial notebook each."""
    overran = entry("z", "cell-timeout", where="เซลล์ที่ 4")
    text = text_of(
        overran, *(raised(f"a{number:02}", kept=f"a{number:02}/x.failed.ipynb") for number in range(12))
    )
    commands = [line.split("report ")[1].split()[0] for line in text.splitlines() if "ita-nb report" in line]

    assert text.index("12 แห่ง: เซลล์ของสมุดบันทึกทำงานผิดพลาด (เซลล์ที่ 3)") < text.index(
        "1 แห่ง: เซลล์ของสมุดบันทึกใช้เวลา"
    )
    assert ("อบต.a09 (a09) และอีก 2 แห่ง" in text, "a10" in text) == (True, False)
    assert (commands, text.count(".failed.ipynb")) == (["a00", "z"], 1)


def test_stopped_agencies_are_grouped_by_cause() -> None:
    """A group has the short name of its cause, the largest first, and the message of its first in full."""
    ends = [
        entry("odd", "unknown"),
        *(entry(f"s{n:02}", "no-data", WHY if n == 0 else "ที่สอง") for n in range(15)),
    ]
    text = text_of(*ends)

    assert text.index("15 แห่ง: ไม่มีข้อมูลปี 2568") < text.index("1 แห่ง: ไม่รู้จักรหัส")
    assert "อบต.s09 (s09) และอีก 5 แห่ง" in text
    whole = "    ข้อความ: data/2568/x.csv\n      ที่คาดไว้: คะแนน\n      ที่พบ: ไม่มีแถว\n      วิธีแก้: เพิ่มแถว\n"
    assert (whole in text, "ที่สอง" in text) == (True, False)


def test_the_points_of_a_message_stand_one_a_line() -> None:
    """What a publication still lacks is listed point by point."""
    message = "ก\n  ที่คาดไว้: ครบ\n  ที่พบ: 2 รายการ\n    - หนึ่ง\n    - สอง\n  วิธีแก้: แก้"

    told = "      ที่พบ: 2 รายการ\n      - หนึ่ง\n      - สอง\n      วิธีแก้: แก้\n"
    assert told in text_of(entry("a", "not-ready", message))


REPORT, PLACE = f"ita-nb report a --year {YEAR}", "--workspace '/data/นคร พนม'"


@pytest.mark.parametrize(
    ("failed", "asked", "command"),
    [
        (raised("a"), {}, f"{REPORT} {PLACE}"),
        (raised("a", document="progress"), {}, f"{REPORT} --document progress {PLACE}"),
        (
            entry("a", "not-ready"),
            {"edition": "publish", "digits": "arabic", "draft": True, "formats": ("html", "pdf")},
            f"{REPORT} --edition publish --digits arabic --draft --format html,pdf {PLACE}",
        ),
        (entry("a; rm x", "unknown"), {}, None),
        (entry("A", "duplicate"), {}, "ita-nb batch params/udon.yaml"),
    ],
    ids=["usual", "other document", "other choices", "unsafe code", "only among others"],
)
@pytest.mark.skipif(os.name != "posix", reason="quotes for the shell of POSIX")
def test_a_group_has_one_command(failed: Entry, asked: dict[str, Any], command: str | None) -> None:
    """It asks for the first document as the batch did; that of a double code needs the whole batch."""
    text = text_of(failed, failed.but(agency_id="zz"), asked=ASKED.model_copy(update=asked))
    begin = "    ทำซ้ำเพื่อดูปัญหา: "

    assert [line for line in text.splitlines() if begin in line] == ([f"{begin}{command}"] if command else [])


@pytest.mark.skipif(os.name != "posix", reason="quotes for the shell of POSIX")
def test_the_command_can_be_pasted() -> None:
    """A folder with spaces, quotes and dollars comes back whole from the shell's own reading."""
    home = Path('/data/it\'s $HOME; `x` "q"')
    (failed,) = completed([raised("a")], ASKED, home)

    assert shlex.split(failed.command)[-2:] == ["--workspace", str(home)]


@pytest.mark.parametrize(
    "name",
    ["สอง\nบรรทัด", "\x1b[2Jล้างจอ", "{n} {0}", "\u202eกลับ", "=cmd|'/C calc'!A0", "ก" * 5000],
    ids=["two lines", "escape", "braces", "direction", "formula", "endless"],
)
@pytest.mark.parametrize("cause", ["cell-failed", "no-data"])
def test_names_stay_on_one_line_as_text(name: str, cause: str) -> None:
    """Whatever an agency is called, it adds no line, steers no terminal and fills no screen."""
    harmless, hostile = (text_of(entry("a", cause, text, name_th=text), title=text) for text in ("x", name))

    assert len(hostile.splitlines()) == len(harmless.splitlines())
    assert ("\x1b" in hostile, max(map(len, hostile.splitlines())) < 1000) == (False, True)


@pytest.mark.parametrize("cause", [cause for cause in CAUSES if CAUSES[cause].is_stop])
def test_an_agency_without_a_name_is_told_by_its_code(cause: str) -> None:
    """Of an agency that nobody knows the code stands alone, whatever the cause."""
    assert "    หน่วยงาน: a1\n" in text_of(entry("a1", cause, name_th="a1"))


@pytest.mark.parametrize("cause", ["cell-timeout", "run-timeout", "memory", "data"])
def test_a_command_without_limits_says_so(cause: str) -> None:
    """What goes beyond a limit of the batch goes on in the command: it is said how to stop it."""
    assert ("หยุดได้ด้วย Ctrl-C" in text_of(entry("a", cause))) == (cause != "data")


@pytest.mark.parametrize(("end", "is_told"), [(left("a"), True), (raised("a"), True), (entry("a"), False)])
def test_the_command_to_go_on_stands_where_something_is_left(end: Entry, is_told: bool) -> None:
    """It is told where agencies are stopped, failed or left, and not where all is well."""
    assert ("ita-nb batch params/udon.yaml" in text_of(end)) == is_told


@pytest.mark.parametrize(
    ("message", "gist"),
    [
        (WHY, "ที่พบ: ไม่มีแถว วิธีแก้: เพิ่มแถว"),
        ("KeyError: 'i1'", "KeyError: 'i1'"),
        ("ก\n  ที่คาดไว้: ครบ\n  ที่พบ: 1 รายการ\n    - หนึ่ง\n  วิธีแก้: แก้", "ที่พบ: 1 รายการ วิธีแก้: แก้"),
        ("", ""),
    ],
    ids=["four parts", "one", "points", "none"],
)
def test_the_terminal_gets_the_gist_of_each_cause(message: str, gist: str) -> None:
    """A line has the first agency's code, what was found and what to do; the whole stands in the file."""
    text = text_of(
        entry("s", "no-data", message), entry("f", "cell-failed", message), details="/out/digest.txt"
    )

    assert [line for line in text.splitlines() if "เช่น" in line] == [
        f"    เช่น {i}: {gist}".rstrip() for i in "sf"
    ]
    assert ("อบต." in text, "รายละเอียดอยู่ที่ /out/digest.txt" in text) == (False, True)


def test_the_digest_is_put_into_the_folder(tmp_path: Path) -> None:
    """The whole stands in the file and the gist is said; where the disk is full the whole is said."""
    found = Summed(tmp_path, "udon", summed(raised("a")).entries, (), ())
    said, said_alone = io.StringIO(), io.StringIO()
    tell(found, None, said)
    (tmp_path / "file").write_text("")
    tell(Summed(tmp_path / "file", "udon", found.entries, (), ()), None, said_alone)

    assert (tmp_path / "digest.txt").read_text(encoding="utf-8") == digest_text(found, None)
    assert (str(tmp_path / "digest.txt") in said.getvalue(), "ข้อความ: KeyError" in said_alone.getvalue()) == (
        True,
        True,
    )
