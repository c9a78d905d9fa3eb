"""The small interface behind which tasks are run: on this machine, or on others.

An engine is handed tasks, gives back an outcome for each in the order in which they end, and never raises
for what goes wrong in one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ita_nb.batch.task import Outcome, Task


class Engine(Protocol):
    """Runs tasks. Only the process that holds the engine writes the ledger."""

    def submit(self, task: Task) -> None:
        """Queue a task; it starts when there is room."""

    def as_completed(self) -> Iterator[Outcome]:
        """Yield one outcome for every submitted task that was not cancelled, as they end."""

    def cancel(self) -> None:
        """Start nothing more: what runs is finished and yielded, what waits is dropped."""

    def close(self) -> None:
        """Stop what still runs and free everything. May be called at any time, and twice."""
