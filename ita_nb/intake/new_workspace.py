"""A new workspace: its tables with their headings, the notebooks, and what to do first."""

from __future__ import annotations

import shutil
from pathlib import Path

from ita_nb.errors import IntakeError
from ita_nb.facts.loader import known_years
from ita_nb.intake.tables import AGENCIES, YEAR_TABLES

_README = Path(__file__).with_suffix(".txt")


def make_workspace(folder: Path, notebooks: Path) -> tuple[Path, ...]:
    """Lay out a workspace for the newest known year, with copies of the ``notebooks``; return its files.

    Raises IntakeError where something stands there already, OSError where it cannot be written.
    """
    _refuse_others(folder)
    year = known_years()[-1]
    tables = {folder / "data" / "agencies.csv": AGENCIES}
    tables |= {folder / "data" / str(year) / f"{form.name}.csv": form for form in YEAR_TABLES}
    # With the mark at its beginning Excel reads Thai, and keeps it when it saves.
    texts = {path: "\ufeff" + ",".join(form.columns) + "\n" for path, form in tables.items()}
    texts[folder / "README.txt"] = _README.read_text(encoding="utf-8").format(year=year)
    copies = {folder / "notebooks" / path.name: path for path in sorted(notebooks.glob("*.ipynb"))}
    for name in ("params", "notebooks", f"data/{year}"):
        (folder / name).mkdir(parents=True)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8", newline="")
    for path, source in copies.items():
        shutil.copyfile(source, path)
    return (*texts, *copies)


def _refuse_others(folder: Path) -> None:
    if not folder.exists():
        return
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else ["แฟ้มชื่อนี้"]
    if there:
        raise IntakeError(
            where=str(folder),
            expected="โฟลเดอร์ใหม่ หรือโฟลเดอร์ว่าง",
            found=", ".join(there[:5]) + (" …" if len(there) > 5 else ""),
            todo="ระบุชื่อโฟลเดอร์ใหม่ โปรแกรมไม่เขียนทับแฟ้มที่มีอยู่",
        )
