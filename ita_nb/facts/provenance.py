"""Which code made a document."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from ita_nb import __version__


@dataclass(frozen=True)
class Provenance:
    """Fingerprints of the agency's slice of the data, of the code, and of the facts of the year."""

    data: str
    code: str
    framework: str


_CODE_ENDINGS = {".py", ".yaml", ".typ", ".j2", ".css", ".js"}


@cache
def code_version() -> str:
    """Return the package version and a fingerprint of its code and facts, as ``0.1.0+1f2e3d4c5b6a``."""
    digest = hashlib.sha256()
    root = Path(str(files("ita_nb")))
    for path in sorted(p for p in root.rglob("*") if p.suffix in _CODE_ENDINGS):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:12]}"
