"""The other agencies of the same type and year: what they have in common is worked out once for all.

Everything asked of :class:`Peers` is as if it had been worked out from the others alone; yet it costs the
same in a group of ten and in one of thousands.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Generic, NamedTuple, TypeVar

from ita_nb.intake.record import Node

_Any = TypeVar("_Any")


class Standing(NamedTuple):
    """Where a score stands among others: how many lie below it, are equal to it, and are there at all."""

    below: int
    equal: int
    others: int


class Same(Generic[_Any]):
    """A value as a key that is equal to itself only: its own comparison would cost too much."""

    def __init__(self, it: _Any) -> None:
        """Wrap the value."""
        self.it = it

    def __eq__(self, other: object) -> bool:
        """Whether both wrap one and the same value."""
        return isinstance(other, Same) and self.it is other.it

    def __hash__(self) -> int:
        """Go by the identity of the value."""
        return id(self.it)


class Marks:
    """Fingerprints of the members of a group, added up: a sum can be had without one of its terms."""

    def __init__(self, marks: Mapping[str, bytes]) -> None:
        """Add the fingerprints of the members up; each is 32 bytes."""
        self._marks = {member: int.from_bytes(mark, "big") for member, mark in marks.items()}
        self._sum = sum(self._marks.values())

    def without(self, member: str) -> str:
        """Return the fingerprint of the others: it changes with any of theirs, not with the member's own."""
        return f"{(self._sum - self._marks.get(member, 0)) % (1 << 256):064x}"

    def number_without(self, member: str) -> int:
        """Return how many others there are."""
        return len(self._marks) - (member in self._marks)


class PeerGroup:
    """The usable scores of all agencies of one type in one year, with their sums."""

    def __init__(self, scores: Mapping[str, Mapping[Node, Fraction]]) -> None:
        """Add the scores up, node by node."""
        self.scores = scores
        self.marks = Marks({agency_id: _mark(agency_id, own) for agency_id, own in scores.items()})
        values: dict[Node, list[Fraction]] = defaultdict(list)
        for own in scores.values():
            for node, value in own.items():
                values[node].append(value)
        self.ordered = {node: sorted(found) for node, found in values.items()}
        self.sums = {node: sum(found, Fraction(0)) for node, found in values.items()}


class Peers(Mapping[str, Mapping[Node, Fraction]]):
    """The scores of the agencies of a group other than one of them, by agency."""

    def __init__(self, group: PeerGroup, without: str) -> None:
        """Look at ``group`` as the agency ``without`` sees it; it need not be in it."""
        self._group, self._without = group, without
        self._left_out: Mapping[Node, Fraction] = group.scores.get(without, {})

    @classmethod
    def of(cls, scores: Mapping[str, Mapping[Node, Fraction]]) -> Peers:
        """Return the scores themselves where they are such peers, else peers of them."""
        return scores if isinstance(scores, Peers) else cls(PeerGroup(scores), "")

    def __getitem__(self, agency_id: str) -> Mapping[Node, Fraction]:
        """Return the scores of one of the others."""
        if agency_id == self._without:
            raise KeyError(agency_id)
        return self._group.scores[agency_id]

    def __iter__(self) -> Iterator[str]:
        """Go through the others in the order of the table."""
        return (agency_id for agency_id in self._group.scores if agency_id != self._without)

    def __len__(self) -> int:
        """How many others there are."""
        return self._group.marks.number_without(self._without)

    def mean(self, node: Node, least: int) -> Fraction | None:
        """Return the mean score of the others, ``None`` where fewer than ``least`` have one."""
        number = self.standing(node, Fraction(0)).others
        if not number or number < least:
            return None
        return (self._group.sums[node] - self._left_out.get(node, Fraction(0))) / number

    def standing(self, node: Node, score: Fraction) -> Standing:
        """Return where a score stands among those of the others."""
        ordered = self._group.ordered.get(node, [])
        below, up_to = bisect_left(ordered, score), bisect_right(ordered, score)
        own = self._left_out.get(node)
        if own is None:
            return Standing(below, up_to - below, len(ordered))
        return Standing(below - (own < score), up_to - below - (own == score), len(ordered) - 1)

    @property
    def fingerprint(self) -> str:
        """What the others' scores are, in short: it changes with any of theirs and with none of one's own."""
        return self._group.marks.without(self._without)


def _mark(agency_id: str, own: Mapping[Node, Fraction]) -> bytes:
    text = repr((agency_id, sorted((*node, str(value)) for node, value in own.items())))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
