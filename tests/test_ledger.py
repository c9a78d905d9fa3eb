"""The ledger of an output folder: what it keeps, what it calls done, and what state it may be found in."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ita_nb.batch import ledger_file
from ita_nb.batch.content import Content
from ita_nb.batch.edition import Cost, Estimate
from ita_nb.batch.ledger import LEDGER, Ledger, Record
from ita_nb.batch.ledger_file import LedgerError
from ita_nb.batch.stores import sha256_of
from ita_nb.batch.task import Failure, MadeFile, Outcome, Task

CHANGES = {
    "as it was": (b"old", 0, False),
    "another size": (b"older", 0, True),
    "the same size": (b"odd", 60, True),
    "only touched": (b"old", 60, False),
    "gone": (None, 0, None),
}
CONTENT = Content({"scores": [{"node": "total", "stated": 49.74}]})
HOSTILE = [
    "'; DROP TABLE runs; --",
    "../../x",
    '"<b>"',
    "a\nb",
    "=cmd|' /C'!A0",
    "นา\u200bงาม",
    "%s {} ?",
    "x" * 5000,
]
FAILURE = Failure("cell-failed", "เซลล์ที่ 3", "ผิดพลาด", "failed/x.ipynb")


def task(key: str = "k1", agency_id: str = "banmai", out: Path = Path()) -> Task:
    """Return a task."""
    return Task(key, agency_id, "บ้านใหม่", 2568, "/data", str(out))


def made(out: Path, asked: Task, text: str = "made", endings: tuple[str, ...] = ("html", "pdf")) -> Outcome:
    """Put the files of a task in place and return its outcome."""
    files = []
    for ending in endings:
        path = out / asked.agency_id / f"{asked.stem}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        files.append(MadeFile(path.relative_to(out).as_posix(), path.stat().st_size, sha256_of(path)))
    cost = {"seconds": 2.0, "cpu_seconds": 1.0, "peak_mb": 200}
    return Outcome(asked.key, asked.agency_id, tuple(files), None, CONTENT.packed(), 3, 9, **cost)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return an output folder."""
    return tmp_path / "outputs"


@pytest.fixture
def ledger(out: Path) -> Iterator[Ledger]:
    """Return the ledger of the output folder."""
    with Ledger.open(out / LEDGER) as opened:
        yield opened


# ---------------------------------------------------------------- what is kept


def test_an_edition_is_kept_whole(ledger: Ledger, out: Path) -> None:
    """What was recorded of a task comes back as it was."""
    outcome = made(out, task())
    ledger.record(task(), outcome, "state of the others")
    (edition,) = ledger.editions("banmai", 2568, "analysis")

    assert edition.content == CONTENT
    assert (edition.key, edition.edition, edition.files) == ("k1", "working", outcome.files)
    assert (edition.errors, edition.pages, edition.peers) == (3, 9, "state of the others")
    assert (edition.seconds, edition.cpu_seconds, edition.peak_mb, edition.kernel) == (2.0, 1.0, 200, "warm")
    assert edition.made_at.endswith("+00:00")


def test_every_edition_stays(ledger: Ledger, out: Path) -> None:
    """Editions are kept from the first to the last, also two of one key."""
    for key in ("k1", "k2", "k2"):
        ledger.record(task(key), made(out, task(key)))

    assert [edition.key for edition in ledger.editions("banmai", 2568, "analysis")] == ["k1", "k2", "k2"]


@pytest.mark.parametrize("other", [{"agency_id": "another"}, {"fiscal_year": 2567}, {"document": "progress"}])
def test_editions_are_of_one_document(ledger: Ledger, out: Path, other: dict[str, str]) -> None:
    """Editions of another agency, year or document are not among them."""
    ledger.record(task(), made(out, task()))
    elsewhere = replace(task("k2"), **other)
    ledger.record(elsewhere, made(out, elsewhere))

    assert [edition.key for edition in ledger.editions("banmai", 2568, "analysis")] == ["k1"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_is_data(ledger: Ledger, text: str) -> None:
    """Ids, messages and states hold anything and do nothing."""
    asked = task(f"k {text}", text)
    ledger.record(asked, Outcome(asked.key, text, failure=Failure("data", text, text, text)))
    ledger.record(asked, Outcome(asked.key, text, content=CONTENT.packed()), peers=text)
    ledger.record(task("k3", text), Outcome("k3", text, failure=replace(FAILURE, message_th=text)))

    assert [edition.peers for edition in ledger.editions(text, 2568, "analysis")] == [text]
    assert ledger.failed(["k3"])["k3"].failure.message_th == text
    assert ledger.latest_keys() == ["k3"]


def test_half_characters_of_a_message_are_no_obstacle(ledger: Ledger) -> None:
    """A message that quotes bytes that are no text is recorded, the rest of it unharmed."""
    ledger.record(task(), Outcome("k1", "banmai", failure=replace(FAILURE, message_th="ผิด \udcff")))

    assert ledger.failed(["k1"])["k1"].failure.message_th == "ผิด ?"


@pytest.mark.parametrize("other", [Outcome("k2", "banmai"), Outcome("k1", "another")])
def test_the_outcome_of_another_task_is_refused(ledger: Ledger, other: Outcome) -> None:
    """An outcome is never recorded under another task, agency by agency."""
    with pytest.raises(ValueError, match="not of the task"):
        ledger.record(task(), other)


# ---------------------------------------------------------------- what is done


def test_what_was_made_is_done(ledger: Ledger, out: Path) -> None:
    """A task is done when its edition is recorded and its files are in place; others are not."""
    ledger.record(task(), made(out, task()))

    assert set(ledger.done(["k1", "k2"])) == {"k1"}


def test_content_comes_where_it_is_asked_for(ledger: Ledger, out: Path) -> None:
    """``done`` leaves the content where it is; ``current`` brings it."""
    ledger.record(task(), made(out, task()))

    assert ledger.done(["k1"])["k1"].packed == ""
    assert [edition.content for edition in ledger.current(["k1"])] == [CONTENT]


@pytest.mark.parametrize("damage", ["gone", "a folder"])
def test_what_is_no_longer_in_place_is_not_done(ledger: Ledger, out: Path, damage: str) -> None:
    """A file that was deleted or replaced by a folder makes its task one to do."""
    ledger.record(task(), made(out, task()))
    path = out / "banmai/banmai-2568-analysis.pdf"
    path.unlink()
    if damage == "a folder":
        path.mkdir()

    assert ledger.done(["k1"]) == {}
    assert list(ledger.current(["k1"])) == []


EDITS = {
    "untouched": (None, 0, False),
    "another size": ("made longer", 0, True),
    "the same size, later": ("edit", 60, True),
    "only touched": ("made", 60, False),
}


@pytest.mark.parametrize(("text", "later", "is_edited"), EDITS.values(), ids=EDITS.keys())
def test_an_edited_edition_is_done(
    ledger: Ledger, out: Path, text: str | None, later: int, is_edited: bool
) -> None:
    """A file with other content than was recorded leaves its edition done, and is told of."""
    ledger.record(task(), made(out, task()))
    path = out / "banmai/banmai-2568-analysis.pdf"
    if text:
        path.write_text(text, encoding="utf-8")
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime + later))

    assert {key: edition.is_edited for key, edition in ledger.done(["k1"]).items()} == {"k1": is_edited}


def test_of_every_file_the_last_record_counts(ledger: Ledger, out: Path) -> None:
    """Of the files of a document the last record of each is told, and which the last edition lacks."""
    ledger.record(task("k1"), made(out, task("k1")))
    ledger.record(task("k2"), made(out, task("k2"), "made anew", endings=("html",)))
    found = {
        (record.file.path.rpartition(".")[2], record.file.size, record.is_former)
        for record in ledger.records("banmai", 2568, "analysis")
    }

    assert found == {("html", 9, False), ("pdf", 4, True)}


def test_what_is_to_be_renewed_is_so_until_it_is_made(ledger: Ledger, out: Path) -> None:
    """A task that is to be done anew stays one through failures, until it succeeds."""
    ledger.renew(["k1", "k2"])
    ledger.renew(["k1"])
    ledger.record(task("k1"), made(out, task("k1")))
    ledger.record(task("k2"), Outcome("k2", "banmai", failure=FAILURE))

    assert ledger.renewals() == {"k2"}


def test_files_of_a_later_run_are_not_an_earlier_edition_s(ledger: Ledger, out: Path) -> None:
    """Data that are changed and changed back are made anew: the files are those of the change between."""
    for key in ("k1", "k2"):
        ledger.record(task(key), made(out, task(key)))  # of the same size

    assert set(ledger.done(["k1", "k2"])) == {"k2"}


def test_a_partly_replaced_edition_is_not_done(ledger: Ledger, out: Path) -> None:
    """An edition of which one file was made anew for another task is not whole any more."""
    ledger.record(task("k1"), made(out, task("k1")))
    ledger.record(task("k2"), made(out, task("k2"), endings=("html",)))

    assert set(ledger.done(["k1", "k2"])) == {"k2"}


def test_a_failure_is_not_done(ledger: Ledger) -> None:
    """A failed task is kept with its failure, and is to be done."""
    ledger.record(task(), Outcome("k1", "banmai", failure=FAILURE))

    assert ledger.done(["k1"]) == {}
    assert ledger.failed(["k1"])["k1"].failure == FAILURE


def test_a_failure_after_success_leaves_the_edition(ledger: Ledger, out: Path) -> None:
    """A later failure of the same task takes nothing away: the documents are still in place."""
    ledger.record(task(), made(out, task()))
    ledger.record(task(), Outcome("k1", "banmai", failure=FAILURE))

    assert set(ledger.done(["k1"])) == {"k1"}
    assert set(ledger.failed(["k1"])) == {"k1"}


def test_success_after_failure_is_no_failure(ledger: Ledger, out: Path) -> None:
    """A task that was repaired is not among the failed."""
    ledger.record(task(), Outcome("k1", "banmai", failure=FAILURE))
    ledger.record(task(), made(out, task()))

    assert ledger.failed(["k1"]) == {}


def test_more_keys_than_one_question_holds(ledger: Ledger, out: Path) -> None:
    """Thousands of keys are asked for in one call, and come in the order of the keys."""
    keys = [f"k{i}" for i in range(1200)]
    for key in ("k3", "k700", "k1199"):
        ledger.record(task(key, key), made(out, task(key, key)))

    assert [edition.key for edition in ledger.current(reversed(keys))] == ["k1199", "k700", "k3"]


def test_the_latest_run_of_each_document(ledger: Ledger, out: Path) -> None:
    """The latest keys are one a document, whether it was made or failed."""
    for key, agency in (("k1", "b"), ("k2", "a"), ("k3", "b")):
        ledger.record(task(key, agency), made(out, task(key, agency)))
    ledger.record(task("k4", "a"), Outcome("k4", "a", failure=FAILURE))

    assert ledger.latest_keys() == ["k4", "k3"]


OPERATIONS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from(["make", "fail", "lose"])), max_size=12
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OPERATIONS)
def test_done_is_what_the_folder_holds(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    """After any order of successes, failures and losses exactly the last edition in place is done."""
    out = tmp_path_factory.mktemp("out")
    holds = None
    with Ledger.open(out / LEDGER) as ledger:
        for key, step in steps:
            if step == "make":
                ledger.record(task(key), made(out, task(key)))
                holds = key
            elif step == "fail":
                ledger.record(task(key), Outcome(key, "banmai", failure=FAILURE))
            else:
                (out / "banmai/banmai-2568-analysis.html").unlink(missing_ok=True)
                holds = None

        assert set(ledger.done("ABC")) == ({holds} if holds else set())


# ---------------------------------------------------------------- the cost of more


def test_an_estimate_rests_on_earlier_editions(ledger: Ledger, out: Path) -> None:
    """The estimate takes medians of time and disk and the most memory, as many at once as there are jobs."""
    assert ledger.estimate(10, 2) is None
    for i, seconds in enumerate((1.0, 2.0, 9.0)):
        asked = task(f"k{i}", f"a{i}")
        ledger.record(asked, replace(made(out, asked), seconds=seconds, peak_mb=100 + i))
    found = ledger.estimate(5, 2)

    assert found == Estimate(2, seconds=6.0, memory_mb=204, disk_mb=1, rests_on=3)


COST = st.builds(Cost, st.floats(0, 1e4), st.integers(0, 10**5), st.integers(0, 10**9))


@given(st.lists(COST, min_size=1, max_size=9), st.integers(1, 500), st.integers(1, 16))
def test_more_jobs_take_less_time_and_more_memory(costs: list[Cost], tasks: int, jobs: int) -> None:
    """With a job more the estimated time does not grow, nor does the memory shrink; the disk is the same."""
    few, many = Estimate.of(costs, tasks, jobs), Estimate.of(costs, tasks, jobs + 1)

    assert few is not None
    assert many is not None
    assert many.seconds <= few.seconds
    assert many.memory_mb >= few.memory_mb
    assert many.disk_mb == few.disk_mb


# ---------------------------------------------------------------- merging


def test_parts_are_merged(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    """The runs of another ledger are taken over with their files, content and failures, each once."""
    with Ledger.open(tmp_path / "other" / LEDGER) as other:
        other.record(task("k1", "a"), made(out, task("k1", "a")))
        other.record(task("k2", "b"), Outcome("k2", "b", failure=FAILURE))
        expected = other.editions("a", 2568, "analysis")
    added = [ledger.merge_from(tmp_path / "other" / LEDGER) for _ in range(2)]

    assert added == [2, 0]
    assert ledger.editions("a", 2568, "analysis") == expected
    assert set(ledger.done(["k1"])) == {"k1"}
    assert set(ledger.failed(["k2"])) == {"k2"}


def test_merging_keeps_what_is_there(ledger: Ledger, out: Path, tmp_path: Path) -> None:
    """Runs of both ledgers stand side by side, whatever their numbers."""
    ledger.record(task("k0", "z"), made(out, task("k0", "z")))
    with Ledger.open(tmp_path / "other" / LEDGER) as other:
        other.record(task("k1", "a"), made(out, task("k1", "a")))
    ledger.merge_from(tmp_path / "other" / LEDGER)

    assert set(ledger.done(["k0", "k1"])) == {"k0", "k1"}


@pytest.mark.parametrize("is_later_first", [False, True], ids=["earlier first", "later first"])
def test_merged_runs_are_in_the_order_of_time(
    ledger: Ledger, out: Path, tmp_path: Path, is_later_first: bool
) -> None:
    """In whatever order ledgers are merged, the editions of a document stand the oldest first."""
    parts = [tmp_path / name / LEDGER for name in ("earlier", "later")]
    for number in range(4):  # by turns
        with Ledger.open(parts[number % 2]) as part:
            part.record(task(f"k{number}"), made(out, task(f"k{number}"), "x" * number))
    for part_path in reversed(parts) if is_later_first else parts:
        ledger.merge_from(part_path)
    editions = ledger.editions("banmai", 2568, "analysis")

    assert [edition.key for edition in editions] == ["k0", "k1", "k2", "k3"]
    assert [[file.size for file in edition.files] for edition in editions] == [[n, n] for n in range(4)]
    assert (ledger.latest_keys(), set(ledger.done(["k0", "k1", "k2", "k3"]))) == (["k3"], {"k3"})


@pytest.mark.parametrize("content", [None, b"no ledger at all" * 99])
def test_a_part_that_cannot_be_read_is_refused(ledger: Ledger, tmp_path: Path, content: bytes | None) -> None:
    """A part without a whole ledger stops the merging and stays as it is."""
    path = tmp_path / "part.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"part\.sqlite"):
        ledger.merge_from(path)

    assert [p.name for p in tmp_path.glob("part*")] == ([] if content is None else ["part.sqlite"])


# ---------------------------------------------------------------- the state of the file


def recorded(path: Path) -> list[str]:
    """Return the keys of the runs in a ledger file."""
    with closing(sqlite3.connect(path)) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM runs ORDER BY run_id")]


def test_a_new_ledger_has_nothing_to_say(ledger: Ledger) -> None:
    """A ledger that is begun, or opened again, gives no notice."""
    assert ledger.notice == ""


def test_an_empty_file_is_a_new_ledger(out: Path) -> None:
    """A file that was created and not written before the program ended is begun anew."""
    out.mkdir()
    (out / LEDGER).touch()
    with Ledger.open(out / LEDGER) as ledger:
        assert (ledger.notice, ledger.latest_keys()) == ("", [])


BROKEN = {
    "no database": lambda path: path.write_bytes(b"\0\1 not a database" * 500),
    "cut short": lambda path: os.truncate(path, 5000),
    "overwritten": lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 20_000),
    "of another program": lambda path: (path.unlink(), sqlite3.connect(path).execute("CREATE TABLE x (y)")),
    "of another version": lambda path: sqlite3.connect(path).execute("PRAGMA user_version = 2"),
}


@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
@pytest.mark.parametrize("breaks", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_ledger_is_set_aside(out: Path, breaks: object) -> None:
    """A file that is no whole ledger of this version is set aside and told, and a new one begun."""
    with Ledger.open(out / LEDGER) as ledger:
        for i in range(40):
            ledger.record(task(f"k{i}"), made(out, task(f"k{i}")))
    breaks(out / LEDGER)  # type: ignore[operator]
    content = (out / LEDGER).read_bytes()
    with Ledger.open(out / LEDGER) as ledger:
        assert "ledger.broken-1.sqlite" in ledger.notice
        ledger.record(task(), made(out, task()))

    assert (out / "ledger.broken-1.sqlite").read_bytes() == content
    assert recorded(out / LEDGER) == ["k1"]


def test_a_second_broken_ledger_replaces_nothing(out: Path) -> None:
    """What was set aside before stays."""
    out.mkdir()
    for content in (b"first" * 999, b"second" * 999):
        (out / LEDGER).write_bytes(content)
        Ledger.open(out / LEDGER).close()

    assert [(out / f"ledger.broken-{i}.sqlite").read_bytes()[:5] for i in (1, 2)] == [b"first", b"secon"]


def test_a_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    """Where the file cannot be created the message says where and what to do."""
    (tmp_path / "outputs").write_text("a file, not a folder")
    with pytest.raises(LedgerError, match="สั่งใหม่"):
        Ledger.open(tmp_path / "outputs" / LEDGER)


def test_a_locked_ledger_is_told_and_stays(
    ledger: Ledger, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written because another program holds the file is said; what was there stays."""
    monkeypatch.setattr(ledger_file, "_PATIENCE", 0)
    ledger.record(task("k1"), made(out, task("k1")))
    with Ledger.open(out / LEDGER) as second, closing(sqlite3.connect(out / LEDGER)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match="locked"):
            second.record(task("k2"), made(out, task("k2")))
    assert recorded(out / LEDGER) == ["k1"]


KILLED = """
import sys
from pathlib import Path
from ita_nb.batch.ledger import Ledger
from ita_nb.batch.task import MadeFile, Outcome, Task
with Ledger.open(Path(sys.argv[1])) as ledger:
    for i in range(100_000):
        task = Task(f"k{i}", "a", "", 2568, "", "")
        files = tuple(MadeFile(f"{i}/{j}", 1, "") for j in range(4))
        ledger.record(task, Outcome(task.key, "a", files, content="x" * 20_000))
        print(i, flush=True)
"""


def test_a_killed_run_leaves_whole_outcomes(out: Path) -> None:
    """After kill -9 the ledger opens without a word and holds every outcome that was recorded, whole."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(out / LEDGER)], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        said = [run.stdout.readline() for _ in range(7)]
        run.send_signal(signal.SIGKILL)
        said += run.stdout.readlines()
    with Ledger.open(out / LEDGER) as ledger:
        editions = ledger.editions("a", 2568, "analysis")
        assert ledger.notice == ""

    assert len(editions) in {len(said), len(said) + 1}  # the last one may have been killed before it spoke
    assert {len(edition.files) for edition in editions} == {4}
    assert {len(edition.packed) for edition in editions} == {20_000}


@pytest.mark.parametrize(("content", "later", "edited"), CHANGES.values(), ids=CHANGES)
def test_what_was_edited_is_seen(
    tmp_path: Path, content: bytes | None, later: int, edited: bool | None
) -> None:
    """Size tells at once, a later time makes the content tell; a file that is gone is neither."""
    made = MadeFile("a.docx", 3, hashlib.sha256(b"old").hexdigest())
    before = 1_000_000.0
    if content is not None:
        (tmp_path / "a.docx").write_bytes(content)
        os.utime(tmp_path / "a.docx", (before, before + later))

    assert Record(made, before, is_former=False).is_edited(tmp_path) is edited
