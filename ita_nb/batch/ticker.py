"""How far a batch is: one bar on a terminal, and elsewhere, as in a log, a few plain lines (Thai)."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from ita_nb.thai import duration_th

_STEPS = 10  # lines of a log, about
_SILENCE = 30.0  # seconds after which a log gets a line anyway


class Ticker:
    """Shows tasks ending on ``stream``. Use it as a context manager.

    ``notice`` may be set at any time, also by a signal handler; it is shown beside the bar, or in the
    next line of a log.
    """

    def __init__(self, stream: TextIO, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare to show ``total`` tasks; ``clock`` returns seconds."""
        self.notice = ""
        self._stream, self._total, self._clock = stream, total, clock
        self._done = self._failed = self._shown = 0
        self._began = self._last = clock()
        self._bar = self._progress() if stream.isatty() else None

    def __enter__(self) -> Ticker:
        """Show that the work begins."""
        if self._bar is None:
            self._line(f"เริ่มจัดทำ {self._total:,} แห่ง")
        else:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state on the screen, or in the log."""
        if self._bar is not None:
            self._bar.stop()
        elif self._shown != self._done:
            self._line(self._state())

    def tick(self, *, failed: bool) -> None:
        """Count one task that has ended."""
        self._done += 1
        self._failed += failed
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], advance=1)
        elif self._is_due():
            self._shown, self._last = self._done, self._clock()
            self._line(self._state())

    def _is_due(self) -> bool:
        has_stepped = self._done * _STEPS // self._total > self._shown * _STEPS // self._total
        return has_stepped or self._clock() - self._last >= _SILENCE

    def _state(self) -> str:
        text = (
            f"ทำแล้ว {self._done:,}/{self._total:,} ({self._done * 100 // self._total} %) {self._failures()}"
        )
        rest = self._total - self._done
        if rest and not self.notice:
            text += f" เหลืออีกประมาณ {duration_th((self._clock() - self._began) / self._done * rest)}"
        return f"{text} {self.notice}".rstrip()

    def _failures(self) -> str:
        return f"ไม่สำเร็จ {self._failed:,}"

    def _line(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()

    def _progress(self) -> Progress:
        columns = (
            TextColumn("จัดทำรายงาน"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("เหลือเวลา"),
            TimeRemainingColumn(),
            _Live(self),
        )
        progress = Progress(*columns, console=Console(file=self._stream))
        progress.add_task("", total=self._total)
        return progress


class _Live(TextColumn):
    """What changes between ends of tasks as well; drawn anew with each refresh of the bar."""

    def __init__(self, ticker: Ticker) -> None:
        super().__init__("")
        self._ticker = ticker

    def render(self, task: Task) -> Text:  # noqa: ARG002 - rich's own signature
        return Text(f"{self._ticker._failures()} {self._ticker.notice}".rstrip())
