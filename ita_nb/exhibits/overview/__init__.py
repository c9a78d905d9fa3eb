"""The official parts of the overview: the agencies of one batch together as blocks, in the reader's words.

``province_overview.ipynb`` displays them. The working edition is for those who help the agencies: it alone
shows the quality of the data and whom to help first. Without a result of any agency the cover and the first
section alone have something to show.
"""

from __future__ import annotations

from ita_nb.exhibits.overview.annex import agencies, provenance
from ita_nb.exhibits.overview.changes import changes
from ita_nb.exhibits.overview.costs import costs
from ita_nb.exhibits.overview.funnel import funnel
from ita_nb.exhibits.overview.likeness import likeness
from ita_nb.exhibits.overview.names import Overview
from ita_nb.exhibits.overview.opening import cover, members
from ita_nb.exhibits.overview.priorities import priorities
from ita_nb.exhibits.overview.quality import quality
from ita_nb.exhibits.overview.totals import totals

__all__ = [
    "Overview",
    "agencies",
    "changes",
    "costs",
    "cover",
    "funnel",
    "likeness",
    "members",
    "priorities",
    "provenance",
    "quality",
    "totals",
]
