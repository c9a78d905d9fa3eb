"""The emblem of an agency: the picture that its office names, made fit for a document."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageOps

from ita_nb.errors import Problem
from ita_nb.facts.rules import problem

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
        size = f"{image.width} x {image.height}"
        raise _UnusableError(f"{_TOO_FINE} ({size} พิกเซล)", f"{_TOO_FINE_EN} ({size})")
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16 bits a pixel
        image = image.convert("I").point(lambda level: level * (1 / 257)).convert("L")
    plain = image.convert("RGBA")
    if plain.getchannel("A").getextrema() == (_OPAQUE, _OPAQUE):
        plain = plain.convert("RGB")
    plain.info.clear()
    return plain
