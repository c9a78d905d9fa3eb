"""What a document says, without how it looks: its tidy tables, packed small.

The ledger keeps it of every edition: the tables of a batch are merged from it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TidyRow = Mapping[str, Any]


@dataclass(frozen=True)
class Content:
    """``tables`` by name, one mapping a row."""

    tables: Mapping[str, Sequence[TidyRow]]

    def packed(self) -> str:
        """Return the content compressed, as base64 text."""
        plain = json.dumps({"tables": self.tables}, ensure_ascii=False)
        return base64.b64encode(zlib.compress(plain.encode())).decode("ascii")

    @classmethod
    def unpacked(cls, packed: str) -> Content:
        """Read what :meth:`packed` wrote. Raises ValueError where it is damaged."""
        try:
            values = json.loads(zlib.decompress(base64.b64decode(packed)))
        except zlib.error as error:
            raise ValueError(f"damaged content: {error}") from error
        return cls(values["tables"])
