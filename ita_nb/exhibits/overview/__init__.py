"""The official parts of the overview: the agencies of one batch together as blocks, in the reader's words.

``province_overview.ipynb`` displays them. The working edition is for those who help the agencies: it alone
shows the quality of the data and whom to help first. Without a result of any agency the cover and the first
section alone have something to show.
"""

from __future__ import annotations

from ita_nb.exhibits.overview.losses import costs, funnel, priorities
from ita_nb.exhibits.overview.members import Overview, agencies, cover, members, provenance, quality
from ita_nb.exhibits.overview.scores import changes, likeness, totals

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
