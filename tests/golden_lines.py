"""What the cells of the real documents display, a line an output: ``python tests/golden_lines.py`` renews it.

``section | kinds | name | caption | first row | last row | alternative text``: here a change of the documents
can be read in a few lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from in_process import executed, task_for

from ita_nb.document.blocks import MIME, Block, Figure, Section, Table
from ita_nb.task import Task

FOLDER = Path(__file__).parent / "golden"
TASKS: dict[str, Task] = {
    "hannangam": task_for(),
    "takothong": task_for(agency_id="takothong", document="progress"),
}
# Which data and code made the document, and when: differs where nothing else does.
_STAMP = re.compile(r"[0-9a-f]{8,}|[\d๐-๙]+(?:\.[\d๐-๙]+){2}\S*")


def lines_of(notebook: Any) -> Iterator[str]:
    """Yield a line for each output of an executed notebook."""
    section = ""
    for cell in notebook.cells:
        tag = next(iter(cell.metadata.get("tags", ())), "")
        section = tag.removeprefix("section:") if tag.startswith("section:") else section
        for output in cell.get("outputs", ()):
            payload = output.get("data", {}).get(MIME, {"blocks": ()})
            blocks = Section.model_validate(payload).blocks
            shown = "explore" if tag == "explore" else section
            yield " | ".join([shown, *_fields(blocks)]).rstrip(" |")


def _fields(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Yield kinds, name, caption, first and last row, and the alternative text of what one output holds."""
    kinds = [(kind, len([*found])) for kind, found in groupby(block.type for block in blocks)]
    yield " ".join(f"{kind}*{count}" if count > 1 else kind for kind, count in kinds) or "nothing"
    captioned = [block for block in blocks if isinstance(block, Table | Figure)]
    yield " ".join(block.name for block in captioned if block.name)
    yield _short(next((block.caption for block in captioned if block.caption), ""))
    rows = [row for block in blocks for row in _rows(block)]
    yield _short(rows[0] if rows else "")
    yield _short(rows[-1] if rows else "")
    yield _short(next((block.alt for block in blocks if isinstance(block, Figure)), ""))


def _rows(block: Block) -> Iterator[str]:
    if isinstance(block, Table):
        yield from (" · ".join(row.cells) for row in block.rows)
    elif isinstance(block, Figure):
        yield from _rows(block.data) if block.data else ()
    elif text := getattr(block, "text", "") or getattr(block, "title", ""):
        yield text if isinstance(text, str) else " ".join(text)


def _short(text: str) -> str:
    whole = _STAMP.sub("#", " ".join(text.split()))
    return whole if len(whole) <= 80 else f"{whole[:79]}…"


def written(name: str) -> Path:
    """Return the file of one document."""
    return FOLDER / f"{name}.txt"


if __name__ == "__main__":
    for name, task in TASKS.items():
        written(name).write_text("\n".join(lines_of(executed(task))) + "\n", encoding="utf-8")
