"""What costs many agencies points: each question, item or indicator over all agencies that have it.

A sum is given only where every agency's loss is known: full marks lose nothing whatever the weight, so a
sum of the known losses of an item without a weight would be of the full ones alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ita_nb.intake.members import Lost
from ita_nb.intake.record import Node


@dataclass(frozen=True)
class SharedLoss:
    """A node over the agencies that have it: how many these are and how many of them lose points there.

    ``whole`` is what they lose together, in points of the total; ``None`` where a loss cannot be told apart.
    """

    node: Node
    whole: float | None
    losing: int
    agencies: int

    @property
    def mean(self) -> float | None:
        """What one of these agencies loses on average, in points of the total."""
        return None if self.whole is None else self.whole / self.agencies


def shared_losses(rows: Iterable[Lost]) -> tuple[SharedLoss, ...]:
    """Return the nodes of the rows, what is lost most together first, then those that most agencies lose at.

    Of one agency there is one row a node.
    """
    by_node: dict[Node, list[Lost]] = defaultdict(list)
    for row in rows:
        by_node[row.node].append(row)
    found = [_shared(node, own) for node, own in by_node.items()]
    return tuple(sorted(found, key=lambda s: (s.whole is None, -(s.whole or 0), -s.losing)))


def _shared(node: Node, rows: list[Lost]) -> SharedLoss:
    losses = [row.loss for row in rows if row.loss is not None]
    whole = sum(losses) if len(losses) == len(rows) else None
    losing = sum(row.loss is None or row.loss > 0 for row in rows)
    return SharedLoss(node, whole, losing, len(rows))
