"""The template forks what is asked of it, cleanly, and nothing that is bound to it or to its owner stays."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ita_nb.batch.forking import check_one_thread
from ita_nb.batch.template import Forked, Template, TemplateError, fork, private_folder

TESTS = Path(__file__).parent
SECONDS = 20

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the template is for Linux")


# ---------------------------------------------------------------- what the forked processes do


def answer(value: object, fd: int) -> int:
    """Say in JSON what was handed over; the exit status is 7."""
    os.write(fd, json.dumps([value, os.fstat(fd).st_size]).encode())
    return 7


def describe(fd: int) -> None:
    """Say what a process finds itself in."""
    import numpy as np

    main = [name for name in vars(sys.modules["__main__"]) if not name.startswith("__")]
    found = {
        "main": main,
        "argument": os.environ.get("ITA_TEST"),
        "home": os.environ.get("HOME"),
        "cwd": str(Path.cwd()),
        "leader": os.getsid(0) == os.getpid(),
        "input": sys.stdin.read(),
        "open": [str(fd.readlink()).split(":")[0] for fd in Path("/proc/self/fd").iterdir() if fd.exists()],
        "threads": len(list(Path("/proc/self/task").iterdir())),
        "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
        "random": [random.random(), float(np.random.random())],  # noqa: S311 it guards no secret
        "left": getattr(sys, "left_behind", None),
    }
    sys.left_behind = "a trace"  # type: ignore[attr-defined]
    os.write(fd, json.dumps(found).encode())


def sleep_beside(fd: int) -> None:
    """Start another process that sleeps, say both numbers, and sleep too."""
    other = subprocess.Popen(["sleep", "60"])
    os.write(fd, f"{os.getpid()} {other.pid}".encode())
    time.sleep(60)


def raise_value_error() -> None:
    """Fail."""
    raise ValueError("a fault")


def own_template(fd: int) -> None:
    """Own a template with a bound and a free process, say their numbers, and wait to be killed."""
    template = Template.start()
    bound = fork(template.address, "time:sleep", [60], bound=True)
    os.write(fd, json.dumps([template.pid, bound.pid, str(Path(template.address).parent)]).encode())
    time.sleep(60)


# ---------------------------------------------------------------- the tests


@pytest.fixture(autouse=True, scope="module")
def importable() -> Iterator[None]:
    """Let the processes import this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(TESTS))
        yield


@pytest.fixture(scope="module")
def template(importable: None) -> Iterator[Template]:  # noqa: ARG001 it must have been set before
    """A template that no test ends."""
    with Template.start() as template:
        yield template


def told(address: str, target: str, *arguments: object, **options: object) -> tuple[bytes, Forked]:
    """Fork a process, and return what it wrote and the ended process."""
    reading, writing = os.pipe()
    try:
        forked = fork(address, f"test_template:{target}", arguments, [writing], **options)  # type: ignore[arg-type]
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    forked.wait(SECONDS)
    return text, forked


def described(address: str, **options: object) -> dict[str, object]:
    """What a forked process finds itself in."""
    return dict(json.loads(told(address, "describe", **options)[0]))


def is_gone(pid: int) -> bool:
    """Whether a process has ended, waiting a little for it."""
    return within(lambda: not runs(pid))


def runs(pid: int) -> bool:
    """Whether a process is there, and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def within(holds: Callable[[], bool]) -> bool:
    """Whether something becomes true before long."""
    end = time.monotonic() + SECONDS
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_only_this_user_reaches_the_template(template: Template) -> None:
    """The folder of the socket lets nobody else in."""
    assert Path(template.address).parent.stat().st_mode & 0o777 == 0o700


def test_nothing_is_open_that_children_would_share(template: Template) -> None:
    """After warming up the template holds no file open: parent and children would share the place in it."""
    links = [str(fd.readlink()) for fd in Path(f"/proc/{template.pid}/fd").iterdir() if int(fd.name) > 2]

    assert [link for link in links if not link.startswith("socket:")] == []


def test_function_gets_arguments_and_files(template: Template) -> None:
    """The function is called with the arguments, then the files; what it returns is the exit status."""
    text, forked = told(template.address, "answer", {"ชื่อ": ["ก", 1]})

    assert (json.loads(text), forked.returncode) == ([{"ชื่อ": ["ก", 1]}, 0], 7)


def test_use_is_known_after_the_end(template: Template) -> None:
    """An ended process has used some CPU and memory."""
    forked = fork(template.address, "builtins:sum", [list(range(1000))])
    forked.wait(SECONDS)

    assert forked.cpu_seconds > 0
    assert forked.peak_mb > 10


def test_process_finds_what_was_given(template: Template, tmp_path: Path) -> None:
    """A process has the environment and folder that were given, a session of its own, and nothing to read."""
    found = described(template.address, env={"ITA_TEST": "ก"}, cwd=str(tmp_path))
    expected = {"argument": "ก", "home": None, "cwd": str(tmp_path), "leader": True, "input": "", "main": []}

    assert expected.items() <= found.items()


def test_process_is_left_nothing_of_the_template(template: Template) -> None:
    """A process has one thread, its own signals, and only the file handed over."""
    others = [fork(template.address, "time:sleep", [60], bound=bound) for bound in (True, False)]
    found = described(template.address)
    for other in others:
        other.kill()
        other.wait(SECONDS)

    assert (found["threads"], found["interrupt"]) == (1, True)
    assert sum(link == "socket" for link in found["open"]) == 0  # type: ignore[attr-defined]
    assert sum(link == "pipe" for link in found["open"]) == 1  # type: ignore[attr-defined]


def test_children_differ_in_random_numbers(template: Template) -> None:
    """No two processes draw the same numbers, of Python or of numpy."""
    drawn = [described(template.address)["random"] for _ in range(3)]

    assert len({number for numbers in drawn for number in numbers}) == 6  # type: ignore[attr-defined]


def test_a_child_leaves_nothing_to_the_next(template: Template) -> None:
    """What a process changes in its modules, the next one does not see."""
    assert [described(template.address)["left"] for _ in range(2)] == [None, None]


@pytest.mark.parametrize(
    ("target", "arguments", "status"),
    [
        ("test_template:raise_value_error", [], 1),
        ("sys:exit", [5], 5),
        ("sys:exit", ["a word"], 1),
        ("os:_exit", [6], 6),
        ("os:abort", [], -signal.SIGABRT),
        ("no_such_module:main", [], 1),
        ("os:no_such_function", [], 1),
    ],
)
def test_exit_status(template: Template, target: str, arguments: list[object], status: int) -> None:
    """However a process ends, its exit status comes back, and the template goes on."""
    assert fork(template.address, target, arguments).wait(SECONDS) == status
    assert template.is_alive


@pytest.mark.parametrize(
    ("end", "status"), [(Forked.kill, -signal.SIGKILL), (Forked.terminate, -signal.SIGTERM)]
)
def test_process_can_be_ended(template: Template, end: Callable[[Forked], None], status: int) -> None:
    """A forked process looks like a Popen: it runs, can be waited for, and ends by a signal."""
    forked = fork(template.address, "time:sleep", [60])
    with pytest.raises(subprocess.TimeoutExpired):
        forked.wait(0.01)
    before = forked.poll()
    end(forked)

    assert (before, forked.wait(SECONDS), forked.poll()) == (None, status, status)


@pytest.mark.parametrize("bound", [True, False])
def test_losing_the_client_ends_what_is_bound(template: Template, bound: bool) -> None:
    """Who goes away takes a bound process along, and leaves another."""
    forked = fork(template.address, "time:sleep", [60], bound=bound)
    forked._connection.close()

    assert is_gone(forked.pid) if bound else not within_a_moment(forked)
    forked.kill()
    forked.wait(SECONDS)


def within_a_moment(forked: Forked) -> bool:
    """Whether a process ends within a moment."""
    try:
        forked.wait(0.3)
    except subprocess.TimeoutExpired:
        return False
    return True


def test_what_a_bound_process_started_goes_with_it(template: Template) -> None:
    """When a bound process ends, so does what it has started."""
    reading, writing = os.pipe()
    forked = fork(template.address, "test_template:sleep_beside", [], [writing], bound=True)
    os.close(writing)
    _, other = map(int, os.read(reading, 100).split())
    os.close(reading)
    forked.kill()
    forked.wait(SECONDS)

    assert is_gone(other)


def test_killed_template_takes_along_what_is_bound() -> None:
    """When the template is killed bound processes die; others go on, and can still be watched and ended."""
    with Template.start() as template:
        bound = fork(template.address, "time:sleep", [60], bound=True)
        free = fork(template.address, "time:sleep", [60])
        os.kill(template.pid, signal.SIGKILL)
        assert bound.wait(SECONDS) == -signal.SIGKILL
        assert not within_a_moment(free)
        free.kill()
        assert free.wait(SECONDS) == -signal.SIGKILL
        assert not template.is_alive
        with pytest.raises(TemplateError):
            fork(template.address, "time:sleep", [0])


def test_killed_owner_takes_everything_along(template: Template) -> None:
    """When the owner is killed the template, its folder and what is bound to it are gone."""
    reading, writing = os.pipe()
    owner = fork(template.address, "test_template:own_template", [], [writing])
    os.close(writing)
    pid, bound, folder = json.loads(os.read(reading, 1000))
    os.close(reading)
    owner.kill()
    owner.wait(SECONDS)

    assert is_gone(pid)
    assert is_gone(bound)
    assert within(lambda: not Path(folder).exists())


def test_close_leaves_nothing() -> None:
    """Closing ends the template and what is bound to it, and removes its folder, also when done twice."""
    template = Template.start()
    bound = fork(template.address, "time:sleep", [60], bound=True)
    template.close()
    template.close()

    assert (template.is_alive, Path(template.address).parent.exists()) == (False, False)
    assert bound.wait(SECONDS) == -signal.SIGKILL


def test_many_at_once(template: Template) -> None:
    """Twenty-four processes, eight at a time, all start and end well."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: told(template.address, "answer", n)[1].returncode, range(24)))

    assert found == [7] * 24


@pytest.mark.parametrize("sent", [b"", b"\0\0", b"\0\0\0\x05{", b"\0\0\0\x02{}", b"\0\0\0\x01{"])
def test_broken_request_does_no_harm(template: Template, sent: bytes) -> None:
    """A request that ends early or says nothing is dropped, and the next one is served."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(template.address)
        connection.sendall(sent)

    assert fork(template.address, "time:sleep", [0]).wait(SECONDS) == 0


SECOND_THREAD = "import threading, time; threading.Thread(target=time.sleep, args=[60], daemon=True).start()"


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("papermill.py", "raise ImportError('no such thing')", "no such thing"),
        ("papermill.py", "import os; os._exit(3)", "รหัส 3"),
        ("sitecustomize.py", SECOND_THREAD, "2 threads"),
    ],
    ids=["broken-package", "sudden-end", "second-thread"],
)
def test_template_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str, found: str
) -> None:
    """A template that cannot import its modules, or has a second thread, is refused with the reason."""
    (tmp_path / file).write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(TemplateError, match=found):
        Template.start()


def test_a_second_thread_is_refused() -> None:
    """Nothing is forked while there is a second thread, whose locks a fork would copy."""
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        with pytest.raises(RuntimeError, match="threads"):
            check_one_thread()
    finally:
        ended.set()
        thread.join()


def test_other_systems_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a fork of a warmed process is not safe no template starts."""
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(TemplateError, match="Linux"):
        Template.start()


def test_folder_has_a_short_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where temporary files lie deep, the folder lies elsewhere: the path of a socket must be short."""
    deep = tmp_path / ("ลึก" * 20)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    folder = private_folder()
    folder.rmdir()

    assert len(os.fsencode(folder)) < 60
