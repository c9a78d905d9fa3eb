"""The digest at the end of a batch: counts, groups with one command each, names as text on one line."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import get_args

import pytest

from ita_nb.batch import digest
from ita_nb.batch.digest import Note, Tally, digest_text, reproduction, shortened_th
from ita_nb.batch.plan import StopCause, Stopped
from ita_nb.batch.task import Cause, Failure, Task

YEAR = 2568
RAISED = Failure("cell-failed", "เซลล์ที่ 3", "KeyError: 'i1'", "failed/a-kept.ipynb")
WHY = "data/2568/x.csv\n  ที่คาดไว้: คะแนน\n  ที่พบ: ไม่มีแถว\n  วิธีแก้: เพิ่มแถว"
OVERRAN = Failure("cell-timeout", "เซลล์ที่ 4", "เกิน 120 วินาที")


def _task(agency_id: str, name: str = "", **other: object) -> Task:
    place = {"workspace": "/data/นคร พนม", "out": "/out"}
    return Task(
        f"key {agency_id}", agency_id, name or f"อบต.{agency_id}", YEAR, **(place | other)  # type: ignore[arg-type]
    )  # fmt: skip


def _stop(agency_id: str, cause: StopCause = "no-data", message: str = "", **other: object) -> Stopped:
    return Stopped(_task(agency_id, **other), cause, message or WHY)  # type: ignore[arg-type]


def _tally(**parts: object) -> Tally:
    return replace(Tally("udon", "/out", ["ita-nb", "batch", "params/udon.yaml"]), **parts)  # type: ignore[arg-type]


def test_everyone_is_counted() -> None:
    """Made, contradictory, unchanged, stopped, failed and left are counted, each on a line."""
    text = digest_text(
        _tally(
            made=1200,
            contradictory=(_task("a"), _task("b")),
            unchanged=3,
            stopped=(_stop("s"),),
            failed=((_task("a"), RAISED),),
            left=(_task("b"), _task("c")),
        )
    )

    assert [line for line in text.splitlines() if "แห่ง" in line and not line.startswith("  ")] == [
        "จัดทำแล้วในครั้งนี้ 1,200 แห่ง",
        "ไม่เปลี่ยนแปลง ไม่ต้องทำใหม่ 3 แห่ง",
        "มีตัวเลขทางการที่ขัดแย้งกันหรือข้อมูลที่ใช้ไม่ได้ 2 แห่ง (ดูรายการตรวจสอบในเอกสาร)",
        "หยุดไว้ก่อนเริ่ม 1 แห่ง",
        "ไม่สำเร็จ 1 แห่ง",
        "ยังไม่ได้ทำ 2 แห่ง",
    ]


def test_contradictory_agencies_are_named() -> None:
    """The first ten stand with name and code, then how many more, also at the end of a run."""
    tally = _tally(made=12, contradictory=tuple(_task(f"c{number:02}") for number in range(12)))
    text = digest_text(tally)

    for told in (text, shortened_th(tally, "/out/digest.txt")):
        assert "อบต.c00 (c00), อบต.c01 (c01)" in told
        assert "อบต.c09 (c09) และอีก 2 แห่ง" in told


def test_contradictions_are_the_last_word_of_a_batch_without_failures() -> None:
    """All documents are made, but it is not said that nothing went wrong; where details are is said."""
    tally = _tally(made=3, contradictory=(_task("a"),))
    text = digest_text(tally)

    assert "จัดทำเอกสารครบทุกแห่ง แต่ต้องตรวจสอบตัวเลขของ 1 แห่งที่มีข้อขัดแย้งก่อนนำไปใช้" in text
    assert "ไม่มีข้อผิดพลาด" not in text
    assert "/out/digest.txt" in shortened_th(tally, "/out/digest.txt")


def test_slow_kernels_are_told_with_the_reason() -> None:
    """Where warm kernels were asked for and ordinary ones had to do, the digest says how many, and why."""
    text = digest_text(_tally(made=5, slow=3, slow_why="มีสองเธรด"))

    assert "ซึ่งช้ากว่า เพราะเตรียมไว้ล่วงหน้าไม่ได้ 3 แห่ง มีสองเธรด" in text


def test_failures_are_grouped_by_cause_and_cell() -> None:
    """Twelve failures in one cell are one group, the largest first, with ten names and how many more."""
    failed = ((_task("z"), OVERRAN), *((_task(f"a{number:02}"), RAISED) for number in range(12)))
    text = digest_text(_tally(failed=failed))

    assert text.index("12 แห่ง: เซลล์ของสมุดบันทึกทำงานผิดพลาด (เซลล์ที่ 3)") < text.index(
        "1 แห่ง: เซลล์ของสมุดบันทึกใช้เวลา"
    )
    assert "อบต.a09 (a09) และอีก 2 แห่ง" in text
    assert "a10" not in text


def test_each_group_has_one_command_and_its_partial_notebook() -> None:
    """One command a group reproduces its first failure, and the kept notebook is named where there is one."""
    failed = ((_task("a"), RAISED), (_task("b"), RAISED), (_task("c"), OVERRAN))
    text = digest_text(_tally(failed=failed))

    commands = [line for line in text.splitlines() if "ita-nb report" in line]
    assert [line.split("report ")[1].split()[0] for line in commands] == ["a", "c"]
    assert text.count("failed/a-kept.ipynb") == 1


@pytest.mark.parametrize(
    ("task", "options"),
    [
        (_task("a"), []),
        (_task("a", document="progress"), ["--document", "progress"]),
        (_task("a", edition="publish", draft=True), ["--edition", "publish", "--draft"]),
        (_task("a", digits="arabic"), ["--digits", "arabic"]),
        (_task("a", formats=("html", "pdf")), ["--format", "html,pdf"]),
    ],
)
def test_the_command_asks_for_the_same_document(task: Task, options: list[str]) -> None:
    """The command names the agency, the year, the folder, and every choice that is not the usual one."""
    assert reproduction(task) == [
        *["ita-nb", "report", "a", "--year", str(YEAR)],
        *options,
        *["--workspace", "/data/นคร พนม"],
    ]


@pytest.mark.skipif(digest.os.name != "posix", reason="quotes for the shell of POSIX")
def test_the_command_can_be_pasted() -> None:
    """A folder with spaces, quotes and dollars comes back whole from the shell's own reading."""
    task = _task("a", workspace='/data/it\'s $HOME; `x` "q"')

    assert shlex.split(digest.command_text(reproduction(task))) == reproduction(task)


@pytest.mark.parametrize(
    "name",
    ["สอง\nบรรทัด", "\x1b[2Jล้างจอ", "{n} {0}", "‮กลับ", "=cmd|'/C calc'!A0", "ก" * 5000],
    ids=["two lines", "escape", "braces", "direction", "formula", "endless"],
)
def test_names_stay_on_one_line_as_text(name: str) -> None:
    """Whatever an agency is called, it adds no line, steers no terminal and fills no screen."""
    harmless = digest_text(_tally(name="x", failed=((_task("a", "x"), replace(RAISED, message_th="x")),)))
    hostile = digest_text(_tally(name=name, failed=((_task("a", name), replace(RAISED, message_th=name)),)))
    stopped = digest_text(_tally(name=name, stopped=(_stop("a", message=name, name=name),)))

    assert len(stopped.splitlines()) == len(
        digest_text(_tally(stopped=(_stop("a", message="x"),))).splitlines()
    )
    assert "\x1b" not in stopped
    assert len(hostile.splitlines()) == len(harmless.splitlines())
    assert "\x1b" not in hostile
    assert max(map(len, hostile.splitlines())) < 1000


def test_stopped_agencies_are_grouped_by_cause() -> None:
    """A group has the short name of its cause, the largest first, ten names and how many more."""
    stopped = (_stop("odd", "unknown"), *(_stop(f"s{number}") for number in range(15)))
    text = digest_text(_tally(stopped=stopped))

    assert text.index("15 แห่ง: ไม่มีข้อมูลปี 2568") < text.index("1 แห่ง: ไม่รู้จักรหัส")
    assert "อบต.s9 (s9) และอีก 5 แห่ง" in text


def test_the_first_stop_of_a_group_is_told_in_full() -> None:
    """The message of the first agency stands once, its four parts on one line each."""
    text = digest_text(_tally(stopped=(_stop("a"), _stop("b", message="ที่สอง"))))
    lines = text.splitlines()
    first = lines.index("    ข้อความ: data/2568/x.csv")

    assert lines[first + 1 : first + 4] == [
        "      ที่คาดไว้: คะแนน",
        "      ที่พบ: ไม่มีแถว",
        "      วิธีแก้: เพิ่มแถว",
    ]
    assert "ที่สอง" not in text


@pytest.mark.parametrize(
    ("stop", "command"),
    [
        (_stop("a"), f"ita-nb report a --year {YEAR} --workspace '/data/นคร พนม'"),
        (
            _stop("a", "not-ready", document="progress", edition="publish", workspace="/w"),
            f"ita-nb report a --year {YEAR} --document progress --edition publish --workspace /w",
        ),
        (_stop("a; rm x", "unknown"), f"ita-nb report 'a; rm x' --year {YEAR} --workspace '/data/นคร พนม'"),
        (_stop("A", "duplicate"), "ita-nb batch params/udon.yaml"),
    ],
    ids=["report", "other document", "unsafe code", "only among others"],
)
@pytest.mark.skipif(digest.os.name != "posix", reason="quotes for the shell of POSIX")
def test_a_group_of_stopped_has_one_command(stop: Stopped, command: str) -> None:
    """One command shows the stop of the first agency again; that of a double code needs the whole batch."""
    text = digest_text(_tally(stopped=(stop, replace(stop, task=_task("zz")))))

    assert [line for line in text.splitlines() if "ทำซ้ำเพื่อดูปัญหา" in line] == [f"    ทำซ้ำเพื่อดูปัญหา: {command}"]


def test_the_points_of_a_message_stand_one_a_line() -> None:
    """What a publication still lacks is listed point by point."""
    message = "ก\n  ที่คาดไว้: ครบ\n  ที่พบ: 2 รายการ\n    - หนึ่ง\n    - สอง\n  วิธีแก้: แก้"
    text = digest_text(_tally(stopped=(_stop("a", "not-ready", message),)))

    assert "      ที่พบ: 2 รายการ\n      - หนึ่ง\n      - สอง\n      วิธีแก้: แก้\n" in text


@pytest.mark.parametrize("cause", get_args(StopCause))
def test_an_agency_without_a_name_is_told_by_its_code(cause: StopCause) -> None:
    """Of an agency that nobody knows the code stands alone, whatever the cause."""
    nameless = Stopped(replace(_task("a1"), name_th=""), cause, "")

    assert "    หน่วยงาน: a1\n" in digest_text(_tally(stopped=(nameless,)))


@pytest.mark.parametrize(
    ("cause", "is_told"), [("cell-timeout", True), ("run-timeout", True), ("memory", True), ("data", False)]
)
def test_a_command_without_limits_says_so(cause: Cause, is_told: bool) -> None:
    """What goes beyond a limit of the batch goes on in the command: it is said how to stop it."""
    text = digest_text(_tally(failed=((_task("a"), replace(OVERRAN, cause=cause)),)))

    assert ("หยุดได้ด้วย Ctrl-C" in text) == is_told


def test_what_failed_besides_is_listed() -> None:
    """A failed overview is told although every agency has its documents, and the batch is not well."""
    tally = _tally(made=2, notes=(Note("ภาพรวม", "RenderError: x"),))
    text = digest_text(tally)

    assert "ภาพรวม: RenderError: x" in text
    assert not tally.is_all_well


def test_the_command_to_go_on_stands_where_something_is_left() -> None:
    """It is told where agencies are stopped, failed or left, and not where all is well."""
    told = "ita-nb batch params/udon.yaml"

    assert told in digest_text(_tally(left=(_task("a"),)))
    assert told in digest_text(_tally(failed=((_task("a"), RAISED),)))
    assert told in digest_text(_tally(stopped=(_stop("a"),)))
    assert told not in digest_text(_tally(made=1))


def test_the_terminal_gets_the_groups_without_their_names() -> None:
    """The shortened digest counts each group, gives one code of it, and says where the whole digest is."""
    failed = ((_task("ปกติ"), RAISED),)
    text = shortened_th(_tally(failed=failed), "/out/digest.txt")

    assert "1 แห่ง: เซลล์ของสมุดบันทึกทำงานผิดพลาด (เซลล์ที่ 3)" in text
    assert "อบต.ปกติ" not in text
    assert "/out/digest.txt" in text


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
    """One line has the first agency's code, what was found and what to do: of the stopped and the failed."""
    failed = ((_task("f"), replace(RAISED, message_th=message)),)
    text = shortened_th(
        _tally(stopped=(replace(_stop("s"), message_th=message), _stop("t")), failed=failed), ""
    )

    assert [line for line in text.splitlines() if "เช่น" in line] == [
        f"    เช่น s: {gist}".rstrip(),
        f"    เช่น f: {gist}".rstrip(),
    ]


def test_every_cause_has_words() -> None:
    """Each cause of a failure is named, and no other."""
    assert set(digest.CAUSE_TH) == set(get_args(Cause))
