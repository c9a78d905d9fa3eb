"""What a cell displays becomes part of the document: tables, figures and text as blocks.

:func:`show` displays a thing with caption, name and note; a bare display of the same thing works too, without
them. :func:`register` teaches the notebook's shell both; it is called where a report is opened, for at import
there may be no shell yet.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import IPython.display
import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.text import Text
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype
from pandas.io.formats.style import Styler
from pydantic import BaseModel

from ita_nb.document import blocks, sheet
from ita_nb.document.blocks import Block, Column, Paragraph, Row, Section, Table
from ita_nb.document.figures import svg_of
from ita_nb.frames import CODEBOOK
from ita_nb.thai import Digits, marks_apart, number_text, short_date, to_thai_digits

# What is longer is data, not a table to read; what is wider is parted.
MOST_ROWS, MOST_COLUMNS = 500, 10
MOST_BYTES = 1_000_000  # of a drawing or a text
NO_NUMBER, NO_VALUE, NO_HEADING = "ไม่มีข้อมูล", "-", "รายการ"
_CELL_END = "\x1f"  # that no text holds
_WIDEST, _NARROWEST = 36, 4  # characters that the width of a column is measured by
_PAGE_WIDTH = sheet.SHEETS["portrait"].text_width
_NARROWEST_TEXT = 40.0  # points, of a column that can be broken into lines


def show(thing: object, caption: str = "", *, name: str = "", alt: str = "", note: str = "") -> None:
    """Display a thing as part of the document: DataFrame, Series, Styler, Figure, Axes, blocks or text.

    ``caption`` stands above it with its number; ``[[name]]`` in other texts becomes that number. ``alt`` says
    in words what a figure shows, ``note`` stands below. An empty table or chart is its caption alone.
    """
    IPython.display.display(section_of(thing, caption, name=name, alt=alt, note=note))  # type: ignore[no-untyped-call]


def section_of(thing: object, caption: str = "", *, name: str = "", alt: str = "", note: str = "") -> Section:
    """Return what a document prints of a thing; what it cannot print is named in ``left_out``."""
    if isinstance(thing, Section):
        return thing
    found, left_out = _printed(thing, caption, name, alt)
    notes = [Paragraph(text=note, style="small")] if note and found else []
    return Section(blocks=(*found, *notes), shown=True, left_out=left_out)


def register(shell: Any, digits: Digits) -> None:
    """Teach an IPython shell to carry what it displays, in the digits of the document."""

    def bundle(thing: object, include: object = None, exclude: object = None) -> dict[str, Any]:
        del include, exclude  # all forms are always wanted
        return section_of(thing).in_digits(digits)._repr_mimebundle_()

    formatter = shell.display_formatter.mimebundle_formatter
    for kind in (pd.DataFrame, pd.Series, Styler, Figure, Axes, Section):
        formatter.for_type(kind, bundle)
    if hasattr(shell, "kernel"):
        from matplotlib_inline.backend_inline import configure_inline_support
        from matplotlib_inline.config import InlineBackend

        # Pictures come from the formatter above: a PNG beside each would double time and size.
        configure_inline_support(shell, "inline")  # type: ignore[no-untyped-call]
        InlineBackend.instance(parent=shell).figure_formats = set()


def _printed(thing: object, caption: str, name: str, alt: str) -> tuple[list[Block], tuple[str, ...]]:
    """Return the blocks of a thing, and what of it could not become blocks."""
    if isinstance(thing, pd.Series):
        thing = thing.to_frame(NO_HEADING if thing.name is None else thing.name)
    if isinstance(thing, Styler):
        caption = caption or str(thing.caption or "")  # type: ignore[attr-defined]
        thing = _styled(thing)
        if thing is None:
            return [], (f"ตารางที่จัดรูปแบบไว้ (Styler) ซึ่งบางช่องมีหลายบรรทัด {caption}".strip(),)
    if isinstance(thing, pd.DataFrame):
        return _tables(thing, caption, name)
    if isinstance(thing, Axes):
        thing = thing.get_figure(root=True)
    if isinstance(thing, Figure | SubFigure):
        return _figure(thing, caption, name, alt)
    if isinstance(thing, BaseModel):
        return [thing], ()  # type: ignore[list-item] # a block; anything else is refused by Section
    if isinstance(thing, str):
        whole = len(thing.encode("utf-8", "ignore")) <= MOST_BYTES
        return ([Paragraph(text=thing)], ()) if whole else ([], ("ข้อความยาวเกิน 1 MB",))
    if isinstance(thing, int | float | Fraction | Decimal):
        return [Paragraph(text=_cell(thing))], ()
    return [], (f"ผลลัพธ์ชนิด {type(thing).__name__}",)


# ---------------------------------------------------------------- tables


def _tables(frame: pd.DataFrame, caption: str, name: str) -> tuple[list[Block], tuple[str, ...]]:
    if frame.empty:
        return ([Paragraph(text=caption)] if caption else []), ()
    if len(frame) > MOST_ROWS:
        return [], (f"ตาราง {len(frame)} แถว (พิมพ์ได้ไม่เกิน {MOST_ROWS} แถว){f' {caption}' if caption else ''}",)
    index = [NO_HEADING if name is None else name for name in frame.index.names]
    whole = frame if _is_plain(frame.index) else frame.reset_index(allow_duplicates=True, names=index)
    kept = whole.shape[1] - frame.shape[1]  # columns of the index, which each part begins with
    cells = [[_cell(value) for value in whole.iloc[:, place]] for place in range(whole.shape[1])]
    columns = [_column(whole.iloc[:, p], own, whole.columns[p]) for p, own in enumerate(cells)]
    needs = [_need(column, own) for column, own in zip(columns, cells, strict=True)]
    found: list[Block] = []
    for places in _parts(needs, max(kept, 1)):
        rows = zip(*(cells[place] for place in places), strict=True)
        found.append(
            Table(
                columns=tuple(_fitting([columns[p] for p in places], [needs[p] for p in places])),
                rows=tuple(Row(cells=row) for row in rows),
                caption=f"{caption} (ต่อ)" if found and caption else caption,
                name="" if found else name,
            )
        )
    return found, ()


def _is_plain(index: pd.Index) -> bool:
    """Say whether an index only numbers the rows, as after a query or a sort."""
    return index.nlevels == 1 and index.name is None and is_integer_dtype(index)


def _need(column: Column, cells: Iterable[str]) -> float:
    """Return how many points a column takes at least: a number is never parted, a text may be."""
    # Thai digits are the wider ones.
    widths = (sheet.width_of(to_thai_digits(cell), sheet.CELL) for cell in cells)
    return 2 * sheet.CELL_INSET[0] + (max(widths) if column.align == "right" else _NARROWEST_TEXT)


def _parts(needs: list[float], kept: int) -> Iterator[list[int]]:
    """Part columns into tables that fit a page; the first ``kept`` columns begin each."""
    part = [*range(kept)]
    for place in range(kept, len(needs)):
        is_full = len(part) == MOST_COLUMNS or sum(needs[p] for p in [*part, place]) > _PAGE_WIDTH
        if is_full and len(part) > kept:
            yield part
            part = [*range(kept)]
        part.append(place)
    yield part


def _fitting(columns: list[Column], needs: list[float]) -> list[Column]:
    """Return columns in which every number stands on one line, the others as wide as their texts ask for."""
    whole, page = sum(column.width for column in columns), _PAGE_WIDTH
    if all(page * column.width / whole >= need for column, need in zip(columns, needs, strict=True)):
        return columns
    spare = max(page - sum(needs), 0) / whole
    return [
        column.model_copy(update={"width": round(need + spare * column.width, 1)})
        for column, need in zip(columns, needs, strict=True)
    ]


def _column(values: pd.Series, cells: Iterable[str], label: object) -> Column:
    heading = _heading(label)
    longest = max([*map(len, marks_apart(heading).split()), *(len(marks_apart(cell)) for cell in cells)])
    is_number = is_numeric_dtype(values) and not is_bool_dtype(values)
    return Column(
        heading=heading,
        width=min(max(longest, _NARROWEST), _WIDEST) + 2,
        align="right" if is_number else "left",
    )


def _heading(label: object) -> str:
    """Return the heading of a column: the Thai one of the codebook for its names, else the label itself."""
    if isinstance(label, tuple):
        return " ".join(str(part) for part in label if part != "")
    name = str(label)
    return next((columns[name].th for columns in CODEBOOK.values() if name in columns), name)


def _cell(value: Any) -> str:
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool):
        return "ใช่" if value else "ไม่ใช่"
    if isinstance(value, float | Fraction | Decimal):
        is_number = math.isfinite(value)
        return number_text(value) if is_number else NO_NUMBER if math.isnan(value) else str(value)
    if value is None or value is pd.NaT or value is pd.NA:
        return NO_VALUE
    return short_date(value) if isinstance(value, dt.date) else str(value)


def _styled(styler: Any) -> pd.DataFrame | None:
    """Return what a Styler shows, as text in its own formats; ``None`` where a cell has several lines."""
    text = styler.to_string(delimiter=_CELL_END, sparse_index=False, sparse_columns=False)
    lines = [line.split(_CELL_END) for line in text.removesuffix("\n").split("\n")]
    if len({len(line) for line in lines}) > 1:
        return None
    has_index = not all(styler.hide_index_)
    names = [name for name in styler.index.names if name is not None and not styler.hide_index_names]
    heads = styler.hide_columns_.count(False) + (has_index and bool(names))
    headings = [" ".join(filter(None, parts)) or NO_HEADING for parts in zip(*lines[:heads], strict=True)]
    frame = pd.DataFrame(lines[heads:], columns=headings or None)
    return frame.iloc[:, 1:] if has_index and _is_plain(styler.index) else frame


# ---------------------------------------------------------------- figures


def _figure(figure: Any, caption: str, name: str, alt: str) -> tuple[list[Block], tuple[str, ...]]:
    whole = figure.get_figure(root=True)
    pyplot.close(whole)  # else the notebook shows it once more at the end of the cell
    if getattr(whole, "is_empty", False):
        return ([Paragraph(text=caption)] if caption else []), ()
    titled = [axes for axes in whole.axes if axes.get_title()]
    title = titled[0].title if not caption and len(whole.axes) == len(titled) == 1 else Text()
    title.set_visible(False)
    svg = svg_of(whole)
    title.set_visible(True)
    caption = caption or title.get_text()
    if len(svg) > MOST_BYTES:
        return [], (f"แผนภาพขนาดเกิน 1 MB{f' {caption}' if caption else ''}",)
    data = getattr(whole, "data", None)
    behind = _tables(data, "", "")[0] if data is not None else []
    shown = blocks.Figure(
        svg=svg,
        alt=alt or str(whole.get_label()),
        caption=caption,
        name=name,
        data=behind[0].model_copy(update={"notes": whole.notes}) if behind else None,  # type: ignore[arg-type]
    )
    return [shown], ()
