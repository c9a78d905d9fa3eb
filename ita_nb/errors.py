"""What can go wrong, in one place.

Problems in *data* are rows (:class:`Problem`) that travel with the data and are shown.
Problems that leave nothing to work with are raised (:class:`ItaError`); the command line turns them
into a message and exit status 2. Every message says where, what was expected, what was found and
what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
# How surely something is known; that of a verdict is that of the weakest fact it rests on.
Confidence = Literal["confirmed", "partial", "derived", "unknown"]


class ItaError(Exception):
    """The work cannot be done; the message says where, expected, found and what to do (Thai)."""

    def __init__(self, *, where: str, expected: str, found: str, todo: str) -> None:
        """Build the four-part message that every error of the package carries."""
        self.where, self.expected, self.found, self.todo = where, expected, found, todo
        self.parts = {"where": where, "expected": expected, "found": found, "todo": todo}
        super().__init__(f"{where}\n  ที่คาดไว้: {expected}\n  ที่พบ: {found}\n  วิธีแก้: {todo}")


class FactsError(ItaError):
    """A facts file contradicts itself, or there are no facts for the year."""


class IntakeError(ItaError):
    """A received file cannot be used at all."""


class ParameterError(ItaError):
    """A notebook parameter is unknown, of the wrong type, or would be ignored."""


class PublicationRefusedError(ItaError):
    """The publication edition still holds a blocking problem or an unconfirmed draft."""


class FrameError(ItaError):
    """A table lacks a column that a chart needs."""


class RenderError(ItaError):
    """A document could not be made from a notebook, or is not the document that was asked for."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the numbers or the rows of one agency.

    ``rule`` names the check (part of the public interface, see ``ita_nb/facts/rules.yaml``);
    ``stated`` and ``expected`` are texts, as a person would write the two numbers;
    ``suggestion`` is the only single edit that satisfies every constraint, or ``None``;
    ``confidence`` is that of the weakest fact that the verdict rests on.
    """

    rule: str
    severity: Severity
    node: str
    stated: str | None
    expected: str | None
    message_th: str
    message_en: str
    suggestion: str | None = None
    confidence: Confidence = "confirmed"


@dataclass(frozen=True)
class NotChecked:
    """A check that could not be made, and why (Thai)."""

    rule: str
    node: str
    why: str
