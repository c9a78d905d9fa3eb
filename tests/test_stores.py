"""Finished files are put in place together or not at all: in folders, and in stores behind an address."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from ita_nb.batch.stores import StoreError, copy_aside, is_changed, put_together, remove, size_of
from ita_nb.batch.task import MadeFile

NAMES = ("a-2568-analysis.html", "a-2568-analysis.pdf")


@pytest.fixture
def made(tmp_path: Path) -> list[Path]:
    """Return two finished files in a work folder."""
    return _made(tmp_path / "work", b"new")


@pytest.fixture(params=["folder", "memory"])
def out(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return a place for the files of an agency, by path or by address, with an earlier edition in it."""
    place = f"memory://{uuid4().hex}/a" if request.param == "memory" else str(tmp_path / "out" / "a")
    put_together(_made(tmp_path / "earlier", b"old"), place)
    return place


def _made(folder: Path, content: bytes) -> list[Path]:
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes(content + name.encode())
    return [folder / name for name in NAMES]


def _held(out: str) -> dict[str, bytes]:
    store, folder = fsspec.url_to_fs(out)
    return {path.rpartition("/")[2]: store.cat_file(path) for path in store.find(folder)}


def test_the_result_describes_the_files(made: list[Path], out: str) -> None:
    """Paths begin with the agency's folder; sizes and fingerprints are those of what was put in place."""
    described = put_together(made, out)

    assert described == tuple(
        MadeFile(f"a/{name}", len(content), hashlib.sha256(content).hexdigest())
        for name, content in sorted(_held(out).items())
    )


def test_the_earlier_edition_is_replaced(made: list[Path], out: str) -> None:
    """Afterwards the place holds the new files, nothing else, and the work folder none."""
    put_together(made, out)

    assert _held(out) == {name: b"new" + name.encode() for name in NAMES}
    assert not any(path.exists() for path in made)


def test_a_size_is_that_of_the_file(made: list[Path], out: str) -> None:
    """A size is told for what is there, and none for what is not, or is a folder."""
    put_together(made, out)

    assert size_of(f"{out}/{NAMES[0]}") == len(b"new" + NAMES[0].encode())
    assert size_of(f"{out}/missing.pdf") is None
    assert size_of(out) is None


@pytest.mark.parametrize(
    ("content", "later", "changed"),
    [(b"old", 0, False), (b"older", 0, True), (b"odd", 60, True), (b"old", 60, False), (None, 0, None)],
    ids=["as it was", "another size", "the same size", "only touched", "gone"],
)
def test_what_was_changed_is_seen(
    tmp_path: Path, content: bytes | None, later: int, changed: bool | None
) -> None:
    """Size tells at once, a later time makes the content tell; a file that is gone is neither."""
    path, recorded = tmp_path / "a.docx", MadeFile("a.docx", 3, hashlib.sha256(b"old").hexdigest())
    before = 1_000_000.0
    if content is not None:
        path.write_bytes(content)
        os.utime(path, (before, before + later))

    assert is_changed(str(path), recorded, before) is changed


def test_at_an_address_the_size_tells() -> None:
    """An object is changed where its size is another, and not read."""
    place = f"memory://{uuid4().hex}"
    fsspec.url_to_fs(place)[0].pipe_file(f"{place}/a.docx", b"odd")
    sizes = {size: is_changed(f"{place}/a.docx", MadeFile("a.docx", size, ""), 0) for size in (3, 4)}

    assert sizes == {3: False, 4: True}
    assert is_changed(f"{place}/b.docx", MadeFile("b.docx", 3, ""), 0) is None


def test_copies_are_kept_under_the_next_free_name(out: str) -> None:
    """Each edited content is kept once, under the first number that is free, and the file stays."""
    store, folder = fsspec.url_to_fs(out)
    names = []
    for content in (b"one", b"two", b"one"):
        store.pipe_file(f"{folder}/{NAMES[0]}", content)
        names.append(copy_aside(f"{out}/{NAMES[0]}").rpartition("/")[2])
    held = _held(out)

    assert names == [f"a-2568-analysis.edited-{number}.html" for number in (1, 2, 1)]
    assert [held[name] for name in (*names[:2], NAMES[0])] == [b"one", b"two", b"one"]
    assert len(held) == len(NAMES) + 2


def test_what_cannot_be_copied_is_told(out: str) -> None:
    """A file that cannot be read is an error, not a lost copy."""
    with pytest.raises(StoreError, match="missing"):
        copy_aside(f"{out}/missing.docx")


def test_remove_takes_away_what_is_there(out: str) -> None:
    """A file is removed; one that is not there is no error."""
    for _ in range(2):
        remove(f"{out}/{NAMES[0]}")

    assert list(_held(out)) == [NAMES[1]]


def test_files_of_the_same_disk_are_not_copied(made: list[Path], tmp_path: Path) -> None:
    """What lies on the same disk is renamed: the file in place is the very file that was made."""
    numbers = [path.stat().st_ino for path in made]
    put_together(made, str(tmp_path / "out" / "a"))

    assert [(tmp_path / "out" / "a" / name).stat().st_ino for name in NAMES] == numbers


@pytest.fixture
def _two_disks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replace = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if path.parent == tmp_path / "work":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)


@pytest.mark.usefixtures("_two_disks")
def test_files_of_another_disk_are_copied(made: list[Path], tmp_path: Path) -> None:
    """Where a file cannot be renamed, copies are put in place, and nothing unfinished stays."""
    place = tmp_path / "out" / "a"
    put_together(made, str(place))

    assert _held(str(place)) == {name: b"new" + name.encode() for name in NAMES}
    assert not any(path.exists() for path in made)


@pytest.mark.usefixtures("_two_disks")
def test_a_full_disk_leaves_the_earlier_edition(
    made: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When there is no room for the second copy, both earlier files stand and no half one does."""
    place = tmp_path / "out" / "a"
    put_together(_made(tmp_path / "earlier", b"old"), str(place))

    def copy(path: Path, part: Path) -> None:
        part.write_bytes(b"half")
        if path.name == NAMES[1]:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ita_nb.batch.stores.shutil.copyfile", copy)
    with pytest.raises(StoreError) as failed:
        put_together(made, str(place))

    assert "No space left" in failed.value.found
    assert _held(str(place)) == {name: b"old" + name.encode() for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_cannot_be_replaced_leaves_the_set(name: str, made: list[Path], tmp_path: Path) -> None:
    """Where a folder stands in the place of one file, the other one is not replaced either."""
    place = tmp_path / "out" / "a"
    put_together(_made(tmp_path / "earlier", b"old"), str(place))
    (place / name).unlink()
    (place / name).mkdir()
    other = next(n for n in NAMES if n != name)

    with pytest.raises(StoreError):
        put_together(made, str(place))

    assert _held(str(place)) == {other: b"old" + other.encode()}


def test_a_place_that_is_a_file_is_told(made: list[Path], tmp_path: Path) -> None:
    """The message names the place and what to do."""
    (tmp_path / "out").write_text("", encoding="utf-8")

    with pytest.raises(StoreError) as failed:
        put_together(made, str(tmp_path / "out" / "a"))

    assert failed.value.where == str(tmp_path / "out" / "a")
    assert "--out" in failed.value.todo


@pytest.mark.parametrize(
    "out",
    ["nosuchstore://bucket/a", "http://127.0.0.1:1/a"],
    ids=["unknown kind", "cannot be written"],
)
def test_an_address_that_cannot_be_used_is_told(out: str, made: list[Path]) -> None:
    """The message names the address; the files stay where they were made."""
    with pytest.raises(StoreError) as failed:
        put_together(made, out)

    assert failed.value.where.startswith(out[:12])
    assert all(path.exists() for path in made)


class _Shelf(MemoryFileSystem):
    """A store in which a file can be seen while it is written, as on a file server."""

    protocol = "shelf"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    fails_at = ""

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("shelf://")))

    def put_file(self, lpath: str, rpath: str, **other: Any) -> None:
        assert rpath.rpartition("/")[2].startswith("."), "a reader could meet half a file"
        if self.fails_at and self.fails_at in rpath:
            self.pipe_file(rpath, b"half")
            raise OSError("connection lost")
        super().put_file(lpath, rpath, **other)


@pytest.fixture
def shelf() -> Iterator[type[_Shelf]]:
    """Return a store of which files must be renamed into place."""
    fsspec.register_implementation("shelf", _Shelf, clobber=True)
    yield _Shelf
    _Shelf.fails_at = ""
    _Shelf.store.clear()


def test_a_file_server_gets_whole_files_only(made: list[Path], shelf: type[_Shelf]) -> None:
    """Files are written under other names and renamed when all are there."""
    put_together(made, "shelf://share/a")

    assert sorted(shelf.store) == [f"/share/a/{name}" for name in NAMES]


def test_a_lost_connection_leaves_nothing_half(made: list[Path], shelf: type[_Shelf], tmp_path: Path) -> None:
    """When the second file is cut off, the earlier edition stands and nothing unfinished stays."""
    put_together(_made(tmp_path / "earlier", b"old"), "shelf://share/a")
    shelf.fails_at = NAMES[1]

    with pytest.raises(StoreError) as failed:
        put_together(made, "shelf://share/a")

    assert "connection lost" in failed.value.found
    assert _held("shelf://share/a") == {name: b"old" + name.encode() for name in NAMES}


def test_files_arrive_in_a_bucket(made: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a real S3 server the files of an outcome are there, whole, under their agency."""
    pytest.importorskip("s3fs", reason="needs s3fs: pip install s3fs")
    server = pytest.importorskip(
        "moto.server", reason="needs moto's server: pip install 'moto[s3]' flask flask-cors"
    )
    pytest.importorskip("flask_cors", reason="needs moto's server: pip install flask flask-cors")
    import s3fs

    here = server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    here.start()
    try:
        host, port = here.get_host_and_port()
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        s3fs.S3FileSystem().mkdir("bucket")
        described = put_together(made, "s3://bucket/batch/a")
        sizes = {file.path: size_of(f"s3://bucket/batch/{file.path}") for file in described}
        held = _held("s3://bucket/batch/a")
    finally:
        here.stop()

    assert sizes == {file.path: file.size for file in described}
    assert held == {name: b"new" + name.encode() for name in NAMES}
