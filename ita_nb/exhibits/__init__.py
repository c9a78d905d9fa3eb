"""The official parts of the documents: each is a function that takes an opened report and returns blocks.

A cell of a notebook displays one; which sections a document has, and in which order, is the form of the year
(``facts/forms.yaml``). What a part shows in the working edition alone is empty in a publication.
"""

from __future__ import annotations

from ita_nb.exhibits.checks import (
    before_and_after,
    checklist,
    checks,
    incomplete,
    progress_summary,
    progress_table,
    provenance,
    row_checks,
    unknowns,
    upright,
)
from ita_nb.exhibits.instruments import by_instrument, ends, trend
from ita_nb.exhibits.opening import (
    against,
    contact,
    cover,
    instruments,
    meeting,
    memo,
    result,
    signature,
    suggestions,
)
from ita_nb.exhibits.plan import coverage, measures_table, outputs
from ita_nb.exhibits.points import loss_tables, low_lists, published_items, sensitivity, targets
from ita_nb.exhibits.topics import topics

__all__ = [
    "against",
    "before_and_after",
    "by_instrument",
    "checklist",
    "checks",
    "contact",
    "cover",
    "coverage",
    "ends",
    "incomplete",
    "instruments",
    "loss_tables",
    "low_lists",
    "measures_table",
    "meeting",
    "memo",
    "outputs",
    "progress_summary",
    "progress_table",
    "provenance",
    "published_items",
    "result",
    "row_checks",
    "sensitivity",
    "signature",
    "suggestions",
    "targets",
    "topics",
    "trend",
    "unknowns",
    "upright",
]
