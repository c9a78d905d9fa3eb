"""A batch in parts: every agency in exactly one, and the parts put together again."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ita_nb.batch.claim import claimed
from ita_nb.batch.ledger import LEDGER, Ledger
from ita_nb.batch.shards import MergeResult, merge, parse_shard, part_of, shard_text
from ita_nb.batch.task import Failure, MadeFile, Outcome, Task
from ita_nb.errors import ParameterError

AGENCIES = tuple(f"a{number}" for number in range(6))
Shards = Callable[[int], list[Path]]


@pytest.mark.parametrize("text", ["1/1", "2/5", "5/5", " 3 / 12 "])
def test_a_shard_is_read(text: str) -> None:
    """K/N gives the two numbers."""
    part, parts = text.split("/")

    assert parse_shard(text) == (int(part), int(parts))


@given(st.integers(1, 999_999).flatmap(lambda parts: st.tuples(st.integers(1, parts), st.just(parts))))
def test_a_shard_is_written_as_it_is_read(shard: tuple[int, int]) -> None:
    """What is written of a part is read as the same part."""
    assert parse_shard(shard_text(shard)) == shard


@pytest.mark.parametrize(
    "text", ["", "2", "0/5", "6/5", "-1/5", "1/0", "2/5/7", "two/five", "1.5/5", "2\\5", "2 of 5"]
)
def test_what_is_no_shard_is_refused(text: str) -> None:
    """The message repeats what was given and shows how it is written."""
    with pytest.raises(ParameterError) as refused:
        parse_shard(text)

    assert refused.value.found == (text or "ไม่ได้ระบุ")
    assert "--shard 2/5" in refused.value.todo


@given(st.text(min_size=1), st.integers(1, 50))
def test_an_agency_is_in_one_part(agency_id: str, parts: int) -> None:
    """Whatever its code, exactly one of the parts has it."""
    assert sum(part_of((part, parts), agency_id) for part in range(1, parts + 1)) == 1


def test_the_parts_are_the_same_on_every_machine() -> None:
    """Which part has an agency does not depend on the process: these are known values."""
    parts = [[a for a in AGENCIES if part_of((part, 3), a)] for part in (1, 2, 3)]

    assert parts == [["a1"], ["a2", "a3", "a4", "a5"], ["a0"]]


def test_the_parts_are_nearly_equal() -> None:
    """Of 8,300 agencies in 5 parts each has about a fifth."""
    counts = [sum(part_of((part, 5), f"agency{n}") for n in range(8300)) for part in range(1, 6)]

    assert all(1500 < count < 1820 for count in counts)


def _task(agency_id: str, key: str = "") -> Task:
    return Task(key or f"key of {agency_id}", agency_id, "", 2568, "/data", "/out")


def _make(folder: Path, agency_ids: Iterable[str], *, key: str = "", content: str = "made") -> Path:
    """Leave a folder as a batch does that made small documents of these agencies."""
    with Ledger.open(folder / LEDGER) as ledger:
        for agency_id in agency_ids:
            task = _task(agency_id, key)
            files = tuple(
                _file(folder, f"{agency_id}/{task.stem}.{ending}", content) for ending in ("html", "pdf")
            )
            ledger.record(task, Outcome(task.key, agency_id, files, pages=1))
    return folder


def _file(folder: Path, path: str, content: str) -> MadeFile:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    text = f"{content} {path}".encode()
    place.write_bytes(text)
    return MadeFile(path, len(text), hashlib.sha256(text).hexdigest())


def _fail(folder: Path, agency_id: str, key: str = "") -> Path:
    """Add a failure, with its partial notebook, to a folder."""
    task = _task(agency_id, key)
    kept = f"failed/{task.stem}.ipynb"
    _file(folder, kept, "partial")
    with Ledger.open(folder / LEDGER) as ledger:
        failure = Failure("cell-failed", "เซลล์ที่ 3", "ผิด", kept)
        ledger.record(task, Outcome(task.key, agency_id, failure=failure))
    return folder


def _merged(sources: Iterable[Path], into: Path) -> MergeResult:
    with claimed(into):
        return merge(list(sources), into)


def _documents(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.glob("*/*.*"))}


def _done(folder: Path) -> list[str]:
    with Ledger.open_existing(folder / LEDGER) as ledger:
        return sorted(e.agency_id for e in ledger.done(ledger.latest_keys()).values())


def _keys(folder: Path) -> list[str]:
    with Ledger.open_existing(folder / LEDGER) as ledger:
        return list(ledger.done(ledger.latest_keys()))


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    """Return the folders of three shards which together have every agency."""
    return [
        _make(tmp_path / f"shard{part}", [a for a in AGENCIES if part_of((part, 3), a)]) for part in (1, 2, 3)
    ]


def test_the_merged_folder_is_that_of_one_batch(shards: list[Path], tmp_path: Path) -> None:
    """Its documents and what its ledger calls done are those of a batch that was not divided."""
    whole = _make(tmp_path / "whole", AGENCIES)
    result = _merged(shards, tmp_path / "all")

    assert _documents(tmp_path / "all") == _documents(whole)
    assert _done(tmp_path / "all") == _done(whole) == list(AGENCIES)
    assert (result.copied, result.unchanged, result.conflicts, result.unmerged) == (6, 0, (), ())


def test_the_shards_stay_as_they_are(shards: list[Path], tmp_path: Path) -> None:
    """Nothing is taken away from a shard."""
    before = [_documents(folder) for folder in shards]
    _merged(shards, tmp_path / "all")

    assert [_documents(folder) for folder in shards] == before


def test_merging_again_changes_nothing(shards: list[Path], tmp_path: Path) -> None:
    """The second time nothing is copied and the ledger gets no further run."""
    _merged(shards, tmp_path / "all")
    with closing(sqlite3.connect(tmp_path / "all" / LEDGER)) as connection:
        before = connection.execute("SELECT * FROM runs").fetchall()
    result = _merged([*shards, shards[0]], tmp_path / "all")

    with closing(sqlite3.connect(tmp_path / "all" / LEDGER)) as connection:
        assert connection.execute("SELECT * FROM runs").fetchall() == before
    assert (result.copied, result.unchanged) == (0, 6)


def test_a_shard_that_went_on_is_merged_again(shards: list[Path], tmp_path: Path) -> None:
    """A correction that one shard made after the first merge replaces the earlier documents."""
    _merged(shards, tmp_path / "all")
    holder = next(folder for folder in shards if (folder / "a0").exists())
    _make(holder, ["a0"], key="corrected", content="corrected")
    result = _merged(shards, tmp_path / "all")

    assert _documents(tmp_path / "all")["a0/a0-2568-analysis.pdf"].startswith("corrected")
    assert _done(tmp_path / "all") == list(AGENCIES)
    assert (result.copied, result.conflicts) == (1, ())


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["older first", "newer first"])
@pytest.mark.parametrize("others", [False, True], ids=["nothing else", "older shard with newer others"])
def test_of_two_editions_the_later_one_wins(order: tuple[int, int], others: bool, tmp_path: Path) -> None:
    """An agency that two shards made from different data is listed, and the later edition is in place."""
    older = _make(tmp_path / "older", ["a0"], key="first", content="older")
    newer = _make(tmp_path / "newer", ["a0"], key="second", content="the newer one")
    if others:
        _make(older, ["a1"])
    result = _merged([(older, newer)[i] for i in order], tmp_path / "all")

    assert _documents(tmp_path / "all")["a0/a0-2568-analysis.pdf"].startswith("the newer one")
    assert "second" in _keys(tmp_path / "all")
    (conflict,) = result.conflicts
    assert conflict.agency_id == "a0"


def test_an_older_edition_does_not_replace_what_is_there(tmp_path: Path) -> None:
    """A folder in which work went on keeps its documents, and its ledger still calls them done."""
    shard = _make(tmp_path / "shard", ["a0"], key="first", content="older")
    _make(tmp_path / "all", ["a0"], key="second", content="the newer one")
    result = _merged([shard], tmp_path / "all")

    assert _documents(tmp_path / "all")["a0/a0-2568-analysis.pdf"].startswith("the newer one")
    assert _keys(tmp_path / "all") == ["second"]
    assert (result.copied, result.unchanged) == (0, 1)


def test_the_same_edition_in_two_shards_is_no_conflict(shards: list[Path], tmp_path: Path) -> None:
    """An agency that two shards made from the same is taken over without a word."""
    _make(shards[0], AGENCIES)

    assert _merged(shards, tmp_path / "all").conflicts == ()


@pytest.mark.parametrize(
    "defect",
    ["no folder", "no ledger", "broken ledger", "another database"],
    ids=lambda d: d.replace(" ", "-"),
)
def test_a_shard_that_cannot_be_read_is_named(defect: str, shards: list[Path], tmp_path: Path) -> None:
    """The others are merged; the folder and what is wrong with it are listed."""
    ledger = shards[1] / LEDGER
    if defect == "no folder":
        shutil.rmtree(shards[1])
    elif defect == "no ledger":
        ledger.unlink()
    elif defect == "broken ledger":
        ledger.write_bytes(b"no ledger" * 1000)
    else:
        ledger.unlink()
        with closing(sqlite3.connect(ledger)) as connection:
            connection.execute("CREATE TABLE runs (run_id)")
    result = _merged(shards, tmp_path / "all")

    (unmerged,) = result.unmerged
    assert (unmerged.folder, unmerged.agency_id) == (shards[1], "")
    assert LEDGER in unmerged.why
    assert result.merged == (shards[0], shards[2])
    assert _done(tmp_path / "all") == sorted(a for a in AGENCIES if not part_of((2, 3), a))


def test_a_changed_document_is_not_taken_over(shards: list[Path], tmp_path: Path) -> None:
    """A file that is no longer what was made is named, its agency left to be made again, the rest merged."""
    (changed,) = [p for folder in shards for p in folder.glob("a0/*.pdf")]
    changed.write_bytes(changed.read_bytes().swapcase())
    result = _merged(shards, tmp_path / "all")

    assert [(u.agency_id, u.why) for u in result.unmerged] == [
        ("a0", "a0/a0-2568-analysis.pdf ไม่ใช่แฟ้มที่จัดทำไว้ (ถูกแก้ไขหรือเสียหาย)")
    ]
    assert not (tmp_path / "all" / "a0").exists()
    assert _done(tmp_path / "all") == list(AGENCIES[1:])


def test_a_lost_document_is_left_to_be_made_again(shards: list[Path], tmp_path: Path) -> None:
    """An agency of which a file is gone is not merged as done."""
    (lost,) = [p for folder in shards for p in folder.glob("a0/*.pdf")]
    lost.unlink()
    _merged(shards, tmp_path / "all")

    assert _done(tmp_path / "all") == list(AGENCIES[1:])


@pytest.mark.parametrize(
    "path", ["../a0.pdf", "/etc/a0.pdf", "a0/../../a0.pdf", "a0/.lock", "a1/a0.pdf", "a0.pdf"]
)
def test_a_path_out_of_its_place_is_not_followed(path: str, tmp_path: Path) -> None:
    """A ledger of another machine cannot have a file written but in the agency's own folder."""
    shard = _make(tmp_path / "shard", ["a0"])
    with closing(sqlite3.connect(shard / LEDGER)) as connection:
        source = (shard / path).resolve()
        if source.is_relative_to(tmp_path):
            source.parent.mkdir(exist_ok=True)
            shutil.copyfile(shard / "a0" / "a0-2568-analysis.pdf", source)
        connection.execute("UPDATE files SET path = ? WHERE path LIKE '%.pdf'", (path,))
        connection.commit()
    before = sorted(p for p in tmp_path.rglob("*"))
    _merged([shard], tmp_path / "all")

    assert [
        p for p in tmp_path.rglob("*") if p not in before and not p.is_relative_to(tmp_path / "all")
    ] == []
    assert not list((tmp_path / "all").glob("*/*"))


def test_a_failure_is_merged_with_its_partial_notebook(shards: list[Path], tmp_path: Path) -> None:
    """What one shard could not make is a failure of the whole, and what is left of it is kept."""
    _fail(shards[0], "b")
    _merged(shards, tmp_path / "all")

    with Ledger.open_existing(tmp_path / "all" / LEDGER) as ledger:
        assert [f.agency_id for f in ledger.failed(ledger.latest_keys()).values()] == ["b"]
    assert (tmp_path / "all" / "failed" / "b-2568-analysis.ipynb").is_file()


def test_a_failure_that_another_shard_mended_leaves_nothing(shards: list[Path], tmp_path: Path) -> None:
    """A partial notebook is not kept of an agency whose documents were made later."""
    _fail(shards[0], "b")
    _make(shards[1], ["b"])
    _merged(shards, tmp_path / "all")

    assert "b" in _done(tmp_path / "all")
    assert not (tmp_path / "all" / "failed").exists()


def test_documents_before_a_failure_are_taken_over(tmp_path: Path) -> None:
    """Of an agency that failed the last time the earlier documents, still in place, are copied."""
    shard = _make(tmp_path / "shard", ["a0"])
    _fail(shard, "a0", "corrected")
    _merged([shard], tmp_path / "all")

    assert (tmp_path / "all" / "a0" / "a0-2568-analysis.pdf").is_file()


def test_a_folder_is_not_merged_into_itself(shards: list[Path]) -> None:
    """Merging the others into the first shard's folder gives the whole there."""
    result = _merged(shards, shards[0])

    assert result.merged == tuple(shards[1:])
    assert _done(shards[0]) == list(AGENCIES)
