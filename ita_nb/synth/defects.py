"""Defects as real workspaces have them, planted one an agency, each listed with what must notice it.

Which agency gets which defect depends on the seed and its number alone, not on how many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ita_nb.errors import ParameterError
from ita_nb.facts.framework import Framework
from ita_nb.synth.chance import one_of, shuffled, stream
from ita_nb.synth.planters import PLANTERS, has_room
from ita_nb.synth.rows import AgencyFiles, Row
from ita_nb.synth.settings import DefectKind, load_settings


@dataclass(frozen=True)
class Defect:
    """A planted defect: whose (empty: of a whole file), what, where, and what a program should notice.

    ``notice`` is the rule that names it, ``IntakeError`` where the agency cannot be used at all, or
    ``none`` where everything must go well.
    """

    agency_id: str
    kind: str
    where: str
    notice: str
    what_th: str
    what_en: str


def plant(files: Sequence[AgencyFiles], framework: Framework, seed: int) -> tuple[Defect, ...]:
    """Plant the defects in place and return them in the order of the agencies.

    Raises ParameterError when there are too few agencies for one defect of every kind.
    """
    settings = load_settings().defects
    if len(files) < settings.block:
        raise ParameterError(
            where="--defects",
            expected=f"อย่างน้อย {settings.block} หน่วยงาน ให้ครบทุกชนิด (at least {settings.block} agencies)",
            found=str(len(files)),
            todo=f"ระบุ --agencies {settings.block} ขึ้นไป หรือไม่ใช้ --defects",
        )
    kinds = [kind for kind in settings.kinds if has_room(kind.kind, framework)]
    at = dict(zip(shuffled(stream(seed, "defects"), settings.block), kinds, strict=False))
    planted = []
    for place, own in enumerate(files):
        rng = stream(seed, place + 1, "defect")
        kind = at.get(place)
        if place >= settings.block and rng.random() < settings.share:
            kind = kinds[one_of(rng, len(kinds))]
        if kind is not None:
            planted.append(_planted(own, kind, PLANTERS[kind.kind](own, framework)))
    return tuple(planted)


def left_out(framework: Framework) -> tuple[str, ...]:
    """Return the kinds of defects for which the facts of the year leave no room."""
    return tuple(k.kind for k in load_settings().defects.kinds if not has_room(k.kind, framework))


def _planted(own: AgencyFiles, kind: DefectKind, where: str) -> Defect:
    return Defect(own.agency_id, kind.kind, where, kind.notice, kind.what_th, kind.what_en)


def of_file(shown: str) -> Defect:
    """Return the entry of the defect of a whole file."""
    kind = load_settings().defects.file_kind
    return Defect("", kind.kind, shown, kind.notice, kind.what_th, kind.what_en)


def table_of(defects: Iterable[Defect]) -> list[Row]:
    """Return the rows of ``defects.csv``."""
    return [{column: str(value) for column, value in vars(defect).items()} for defect in defects]
