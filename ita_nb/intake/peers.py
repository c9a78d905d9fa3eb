"""The agencies of a workspace: ``data/agencies.csv``, one row an agency; the others of a type; the emblem.

What those of a type and year have in common is worked out once for all. Everything asked of :class:`Peers`
is as if it had been worked out from the others alone; yet it costs the same in a group of any size.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageOps

from ita_nb.errors import IntakeError, Problem
from ita_nb.facts.kinds import TOTAL, Node
from ita_nb.facts.rules import problem
from ita_nb.intake.record import Agency
from ita_nb.intake.tables import AGENCIES, Table, TableRow, read_table
from ita_nb.thai import folded, nearest, overlooked_th, revealed


class Standing(NamedTuple):
    """Where a score stands among others: how many lie below it, are equal to it, and are there at all."""

    below: int
    equal: int
    others: int


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
        texts = {i: repr((i, sorted((*n, str(v)) for n, v in own.items()))) for i, own in scores.items()}
        self.marks = Marks(
            {i: hashlib.sha256(t.encode("utf-8", "surrogatepass")).digest() for i, t in texts.items()}
        )
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


# ---------------------------------------------------------------- directory


# Folders that a batch puts beside those of the agencies, and what Windows takes for devices; in which case
# some disks see no difference.
OWN_FOLDERS = frozenset({"tables"})
_DEVICES = {"con", "nul", "prn", "aux", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
AGENCY_ID = r"[A-Za-z][A-Za-z0-9_-]{0,39}"


@dataclass(frozen=True, eq=False)  # equal only to itself: a key for what is worked out from it
class Directory:
    """The agencies of a workspace by their id, and those whose row cannot be used, with the reason.

    A refused agency stops nobody else; its province is known where its row can be read at all.
    """

    agencies: Mapping[str, Agency]
    refused: Mapping[str, IntakeError]
    refused_provinces: Mapping[str, str] = field(default_factory=dict)


def read_directory(workspace: Path) -> Directory:
    """Read the agencies of the workspace. Raises IntakeError for a table that cannot be read at all."""
    table = read_table(workspace / "data", AGENCIES, "data")
    return _directory(table) if table else Directory({}, {})


@lru_cache(maxsize=8)
def _directory(table: Table) -> Directory:
    agencies: dict[str, Agency] = {}
    refused: dict[str, IntakeError] = {}
    provinces: dict[str, str] = {}
    for agency_id in table.agency_ids:
        try:
            found = table.rows_of(agency_id)
            provinces[agency_id] = found[-1]["province_th"]
            agencies[agency_id] = _agency(agency_id, found)
        except IntakeError as error:
            refused[agency_id] = error
    return Directory(agencies, refused, {i: p for i, p in provinces.items() if i in refused})


def _agency(agency_id: str, found: Sequence[TableRow]) -> Agency:
    # The id becomes a folder and a file name: nothing else may come through here.
    if not re.fullmatch(AGENCY_ID, agency_id):
        raise IntakeError(
            where=found[0].where,
            expected="agency_id ขึ้นต้นด้วยอักษร a-z ใช้เฉพาะ a-z 0-9 ขีดกลาง ขีดล่าง ไม่เกิน 40 ตัวอักษร เช่น hannangam",
            found=f'"{revealed(agency_id)[:100]}"',
            todo="ตั้งรหัสหน่วยงานใหม่ให้เป็นข้อความ",
        )
    if agency_id.casefold() in OWN_FOLDERS | _DEVICES:
        raise IntakeError(
            where=found[0].where,
            expected="agency_id ที่ไม่ใช่ชื่อโฟลเดอร์ของโปรแกรม (tables) หรือชื่ออุปกรณ์ของ Windows (con, nul ฯลฯ)",
            found=f'"{agency_id}"',
            todo="ตั้งรหัสหน่วยงานใหม่",
        )
    row = found[-1]
    if len(found) > 1 or not row["name_th"]:
        raise IntakeError(
            where=row.where,
            expected="รหัสหน่วยงานไม่ซ้ำ และมีชื่อหน่วยงาน",
            found=f'"{agency_id}" ซ้ำ' if len(found) > 1 else f'"{agency_id}" ไม่มี name_th',
            todo="แก้แถวนี้ในแฟ้ม",
        )
    return Agency(**{column: row[column] for column in AGENCIES.columns})


def _name_and_place(agency: Agency) -> tuple[str, ...]:
    return tuple(folded(text) for text in (agency.name_th, agency.district_th, agency.province_th))


@lru_cache(maxsize=8)
def _by_name_and_place(directory: Directory) -> Mapping[tuple[str, ...], list[str]]:
    """Return the agencies by name and place, for all of them at once: each is asked for its namesakes."""
    found: dict[tuple[str, ...], list[str]] = {}
    for agency_id, agency in directory.agencies.items():
        found.setdefault(_name_and_place(agency), []).append(agency_id)
    return found


def find_agency(workspace: Path, agency_id: str) -> Agency:
    """Return one agency of the workspace.

    Raises IntakeError naming the nearest when there is none, and saying what is wrong with its row where
    that cannot be used.
    """
    directory = read_directory(workspace)
    agencies = directory.agencies
    if agency_id in agencies:
        return agencies[agency_id]
    if agency_id in directory.refused:
        raise directory.refused[agency_id].with_traceback(None)
    near = nearest(agency_id, agencies)
    raise IntakeError(
        where="data/agencies.csv",
        expected=f"หน่วยงานที่มีในแฟ้ม ({len(agencies)} หน่วยงาน เช่น {', '.join(list(agencies)[:5])})",
        found=f'"{revealed(agency_id)}"',
        todo=f'ใช้รหัส "{near}"{overlooked_th(agency_id, near)}'
        if near
        else "ตรวจรหัสหน่วยงาน หรือเพิ่มหน่วยงานในแฟ้ม",
    )


@lru_cache(maxsize=256)
def strays(table: Table, directory: Directory) -> tuple[str, ...]:
    """Return the codes of a table that no agency has."""
    return tuple(sorted(set(table.agency_ids) - {*directory.agencies, *directory.refused}))


def doubts(directory: Directory, agency_id: str, tables: Iterable[Table | None]) -> Iterator[Problem]:
    """Yield what stands beside an agency's own rows and may be its own: rows of a like code, a namesake.

    Codes that differ in their numbers (``ban-1``, ``ban-2``) are of agencies side by side, no slips.
    """
    for table, code in ((found, code) for found in tables if found for code in strays(found, directory)):
        numbers, own = ([c for c in folded(text) if c.isdecimal()] for text in (code, agency_id))
        # The second comparison is with every agency, so that the cheap one comes first.
        if (
            numbers == own
            and nearest(code, [agency_id], 0.8)
            and nearest(code, directory.agencies) == agency_id
        ):
            yield problem(
                "rows-of-near-code",
                TOTAL,
                stated=code,
                expected=agency_id + overlooked_th(code, agency_id),
                where=table.shown_as,
            )
    name = _name_and_place(directory.agencies[agency_id]) if agency_id in directory.agencies else ()
    alike = _by_name_and_place(directory).get(name, []) if all(name) else []
    namesakes = ", ".join(other for other in alike if other != agency_id)
    if namesakes:
        yield problem(
            "agency-name-twice",
            TOTAL,
            stated=directory.agencies[agency_id].name_th,
            expected=f"ไม่ซ้ำกับรหัส {namesakes}",
        )


# ---------------------------------------------------------------- emblem


_MEGABYTES = 5
# A small file can hold a picture that fills the memory.
_MILLION_PIXELS = 25
_EXPECTED = f"แฟ้มภาพ PNG หรือ JPEG ในโฟลเดอร์งาน ไม่เกิน {_MEGABYTES} เมกะไบต์ และไม่เกิน {_MILLION_PIXELS} ล้านพิกเซล"
# Pixels of the longer side: on paper 3 cm, at most 500 pixels an inch. A picture with a photograph's many
# colours is made smaller until it weighs no more than this, for each document carries it.
_SIDES = (600, 450, 300)
_HEAVY = 200_000
_OPAQUE = 255
_TOO_FINE, _TOO_FINE_EN = "ภาพละเอียดเกินไป", "it has too many pixels"


class _UnusableError(Exception):
    """The file cannot be used; said in Thai and in English."""


def read_emblem(workspace: Path, logo: str, problems: list[Problem]) -> bytes | None:
    """Return the picture that ``office.logo`` names, upright, as a PNG of at most 600 pixels a side.

    ``logo`` is relative to the workspace. ``None`` where nothing is named; a file that cannot be used
    becomes a problem, for the document can do without it.
    """
    name = logo.strip()
    if not name:
        return None
    try:
        return _png(_content(workspace, name))
    except _UnusableError as error:
        problems.append(
            problem(
                "logo-unreadable",
                "total",
                stated=name,
                expected=_EXPECTED,
                where="office.logo",
                found=error.args[0],
                found_en=error.args[1],
            )
        )
        return None


def _content(workspace: Path, name: str) -> bytes:
    """Return the bytes of the file; only a file inside the workspace may get into a document."""
    home = workspace.resolve()
    try:
        # Windows writes folders with backslashes.
        path = (home / name.replace("\\", "/")).resolve()
        refused: tuple[tuple[Callable[[], bool], str, str], ...] = (
            (lambda: not path.is_relative_to(home), "อยู่นอกโฟลเดอร์งาน", "it lies outside the workspace"),
            (lambda: not path.exists(), "ไม่มีแฟ้มนี้", "there is no such file"),
            (path.is_dir, "เป็นโฟลเดอร์ ไม่ใช่แฟ้มภาพ", "it is a folder"),
            (lambda: not path.is_file(), "ไม่ใช่แฟ้มภาพ", "it is no picture file"),
            (lambda: path.stat().st_size > _MEGABYTES * 2**20, "แฟ้มใหญ่เกินไป", "the file is too large"),
        )
        for is_so, found, found_en in refused:
            if is_so():
                raise _UnusableError(found, found_en)
        return path.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        raise _UnusableError("อ่านแฟ้มไม่ได้", "the file cannot be read") from error


def _png(content: bytes) -> bytes:
    try:
        image = _upright(content)
    except _UnusableError:
        raise
    except Exception as error:  # a broken picture raises whatever its decoder trips over
        raise _UnusableError("ไม่ใช่ภาพ PNG หรือ JPEG ที่สมบูรณ์", "it is no whole PNG or JPEG picture") from error
    for side in _SIDES:
        small = image.copy()
        small.thumbnail((side, side))
        file = io.BytesIO()
        small.save(file, "PNG", optimize=True)
        if file.tell() <= _HEAVY:
            break
    return file.getvalue()


def _upright(content: bytes) -> Image.Image:
    """Return the pixels alone: turned as the camera says, eight bits a colour, without metadata."""
    with warnings.catch_warnings():
        # Pillow's own limits are far above the one below: from the lower it warns, from the upper it refuses.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image: Image.Image = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
        except Image.DecompressionBombError as error:
            raise _UnusableError(_TOO_FINE, _TOO_FINE_EN) from error
    if image.width * image.height > _MILLION_PIXELS * 1_000_000:
        raise _UnusableError(
            f"{_TOO_FINE} ({image.width} x {image.height} พิกเซล)",
            f"{_TOO_FINE_EN} ({image.width} x {image.height})",
        )
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16 bits a pixel
        image = image.convert("I").point(lambda level: level * (1 / 257)).convert("L")
    plain = image.convert("RGBA")
    if plain.getchannel("A").getextrema() == (_OPAQUE, _OPAQUE):
        plain = plain.convert("RGB")
    plain.info.clear()
    return plain
