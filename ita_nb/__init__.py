"""Thailand's ITA results as checked, official documents. Start reading at :mod:`ita_nb.case`."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what a notebook opens only where it is asked for: commands start without it."""
    if name in {"open_report", "open_overview", "show"}:
        from ita_nb import displayed, notebook

        return getattr(displayed if name == "show" else notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
