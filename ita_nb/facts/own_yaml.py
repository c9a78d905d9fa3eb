"""YAML that is ours: facts and words of the package, and what workspaces add to the facts."""

from __future__ import annotations

from typing import Any

import yaml

# The one in C where it is there: it reads the same YAML several times faster.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(text: str) -> Any:
    """Return what ``text`` says, made of plain values only. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 both are the safe one
