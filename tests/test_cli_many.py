"""The commands for many agencies: what they print, and with which exit status."""

from __future__ import annotations

import csv
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import REPOSITORY
from small_batch import StandIn

from ita_nb.cli import main

YEAR = 2568
BATCH = f"params/province-{YEAR}.yaml"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the command in this process and returns status, stdout and stderr."""

    def run_here(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ita-nb", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        shown = capsys.readouterr()
        return int(left.value.code or 0), shown.out, shown.err

    return run_here


@pytest.fixture
def province(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two synthetic agencies, and a batch of their HTML alone; commands run in their workspace."""
    monkeypatch.chdir(REPOSITORY)
    size = ["--province", "ทดลอง", "--agencies", "2", "--year", str(YEAR), "--seed", "3"]
    status, _, _ = run("synth", *size, "-o", tmp_path / "trial")
    assert status == 0
    monkeypatch.chdir(tmp_path / "trial")
    chosen = f"fiscal_year: {YEAR}\nagencies: {{all: true}}\nformats: [html]\noverview: false\n"
    Path(BATCH).write_text(chosen, encoding="utf-8")
    return tmp_path / "trial"


def statuses(folder: Path) -> dict[str, str]:
    """Return what the list of files of an output folder says of each agency."""
    with (folder / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["agency_id"]: row["status"] for row in csv.DictReader(file)}


def test_synth_prints_what_it_made(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The paths stand on stdout, one a line; that all is synthetic is said beside it."""
    monkeypatch.chdir(REPOSITORY)
    _, out, err = run(
        "synth", "--province", "ทดลอง", "--agencies", "1", "--year", "๒๕๖๘", "-o", tmp_path / "x"
    )
    assert (all(Path(line).exists() for line in out.splitlines()), "สังเคราะห์" in err) == (True, True)


def test_a_batch_its_repetition_and_its_index(province: Path, run: Run) -> None:
    """A batch makes every agency, again makes none, and its index tells when one is lost."""
    out = province / "outputs" / Path(BATCH).stem
    first, again = run("batch", BATCH, "--jobs", "2"), run("batch", BATCH, "--jobs", "2")
    whole = run("index", out)[0], statuses(out)
    shutil.rmtree(out / "synth-002")
    lost = run("index", out)[0], statuses(out)

    assert ((first[0], again[0]), "จัดทำแล้วในครั้งนี้ 0 แห่ง" in again[2]) == ((0, 0), True)
    assert whole == (0, {"synth-001": "done", "synth-002": "done"})
    assert lost == (1, {"synth-001": "done", "synth-002": "left"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--part", "5/2"], "5/2"),
        (["--part", "one"], "one"),
        (["--jobs", "0"], "--jobs"),
        (["--kernel", "hot"], "hot"),
        (["--scheduler", "tcp://192.0.2.1:8786"], "tcp://192.0.2.1:8786"),
        (["--tls-ca", "a", "--tls-cert", "b", "--tls-key", "c"], "--scheduler"),
        (["--scheduler", "tls://h:1", "--tls-ca", "a", "--tls-cert", "b"], "--tls-key"),
    ],
    ids=[
        "part-beyond",
        "part-no-number",
        "no-jobs",
        "kernel",
        "plain-tcp",
        "no-scheduler",
        "no-key",
    ],
)
def test_wrong_use_is_refused(province: Path, run: Run, arguments: list[str], said: str) -> None:
    """A wrong option ends with status 2, names what was typed, and starts nothing."""
    status, _, err = run("batch", BATCH, *arguments)
    assert (status, said in err, (province / "outputs").exists()) == (2, True, False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["batch", BATCH, "--out", "s3://bucket/ita"],
        ["index", "s3://bucket/ita"],
        ["report", "a", "--year", str(YEAR), "--out", "s3://bucket/ita"],
        ["synth", "--province", "a", "--agencies", "1", "--year", str(YEAR), "-o", "s3://bucket/ita"],
    ],
    ids=["batch", "index", "report", "synth"],
)
def test_an_address_is_no_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """An address ends with status 2, says that a folder was expected, and makes no folder."""
    monkeypatch.chdir(tmp_path)
    status, _, err = run(*arguments)
    assert (status, list(tmp_path.iterdir())) == (2, [])
    assert re.search("ที่คาดไว้: โฟลเดอร์.*\n.*ที่พบ: s3://bucket/ita.*\n.*วิธีแก้: ", err)


@pytest.mark.usefixtures("province")
@pytest.mark.parametrize(
    "words",
    [
        ["--scheduler", "tls://h:1", "--tls-ca", "my ca", "--tls-cert", "b", "--tls-key", "c"],
        ["--scheduler", "tcp://localhost:1"],
        [],
    ],
)
def test_the_command_to_go_on_asks_for_the_same_cluster(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """Scheduler and certificates are handed on as they were typed."""
    handed: list[str] = []

    def take(*_: object, engine_options: list[str], **__: object) -> object:
        handed.extend(engine_options)
        return SimpleNamespace(exit_code=0)

    monkeypatch.setattr("ita_nb.batch.run.run_batch", take)
    monkeypatch.setattr("ita_nb.batch.cluster.DaskEngine", lambda *_, **__: StandIn())

    assert (run("batch", BATCH, *words)[0], handed) == (0, words)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "nothing.yaml"),
        ("fiscal_year: 2568\nagencys: {all: true}\n", "agencies"),
        ("out: ../x\n", "../x"),
    ],
    ids=["none", "a-key", "outside"],
)
def test_an_unusable_batch_file_is_refused(province: Path, run: Run, text: str | None, said: str) -> None:
    """A batch file that cannot be used ends with status 2, names what is wrong, and starts nothing."""
    path = Path("params/nothing.yaml")
    if text:
        path.write_text(text if "fiscal" in text else Path(BATCH).read_text(encoding="utf-8") + text)
    status, _, err = run("batch", path)
    assert (status, said in err, (province / "outputs").exists()) == (2, True, False)
