"""The agency's emblem: which picture files are taken, how they come out, and what becomes of the others."""

from __future__ import annotations

import base64
import io
import os
import random
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import AGENCY, YEAR, Workspace
from opened import report_of
from PIL import Image, PngImagePlugin

from ita_nb.case import build_case
from ita_nb.document import html
from ita_nb.document.blocks import Callout
from ita_nb.document.first_words import first_words
from ita_nb.errors import Problem
from ita_nb.frames import AnyCase
from ita_nb.intake.peers import read_emblem
from ita_nb.progress import build_progress

RED, BLUE, CLEAR = (200, 0, 0), (0, 0, 200), (0, 0, 0, 0)
LOGO = "params/logo/a.png"


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Return the picture as a file's bytes."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def put(root: Path, content: bytes, name: str = LOGO) -> str:
    """Write a file into the workspace and return its name."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return name


def emblem(root: Path, content: bytes) -> Image.Image:
    """Return the emblem that is made of a file."""
    problems: list[Problem] = []
    found = read_emblem(root, put(root, content), problems)
    assert problems == []
    assert found is not None
    return Image.open(io.BytesIO(found))


def half_and_half(size: tuple[int, int] = (40, 20)) -> Image.Image:
    """Return a lying picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, BLUE)
    image.paste(RED, (0, 0, size[0] // 2, size[1]))
    return image


def turned() -> bytes:
    """Return a JPEG as a camera held upright writes it: lying, with a note to turn it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(half_and_half(), "JPEG", exif=exif, quality=95)


def one_bit(side: int) -> bytes:
    """Return a large white picture in a small file."""
    return saved(Image.new("1", (side, side), 1))


def header_only(side: int) -> bytes:
    """Return the beginning of a PNG: it tells the size of a picture that does not follow."""
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = b"IDAT" + zlib.compress(b"")
    parts = (
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in (header, pixels)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


# What an office may name by mistake, and what it is told.
NAMES = {
    "missing": ("params/logo/none.png", "ไม่มีแฟ้มนี้"),
    "folder": ("folder.png", "เป็นโฟลเดอร์"),
    "pipe": ("pipe.png", "ไม่ใช่แฟ้มภาพ"),
    "workspace itself": (".", "เป็นโฟลเดอร์"),
    "above the workspace": ("../outside.png", "อยู่นอกโฟลเดอร์งาน"),
    "above, as Windows writes it": (r"folder.png\..\..\outside.png", "อยู่นอกโฟลเดอร์งาน"),
    "absolute": ("/etc/hostname", "อยู่นอกโฟลเดอร์งาน"),
    "link to outside": ("link.png", "อยู่นอกโฟลเดอร์งาน"),
    "address": ("https://example.go.th/a.png", "ไม่มีแฟ้มนี้"),
    "no name of a file": ("a\0.png", "อ่านแฟ้มไม่ได้"),
    "link to itself": ("loop.png", "ไม่มีแฟ้มนี้|อ่านแฟ้มไม่ได้"),
    "endless name": ("ก" * 5000, "อ่านแฟ้มไม่ได้"),
}
NO_PICTURE = "ไม่ใช่ภาพ PNG หรือ JPEG ที่สมบูรณ์"
FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", NO_PICTURE),
    "text": ("ตรา".encode, NO_PICTURE),
    "drawing": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", NO_PICTURE),
    "gif": (lambda: saved(half_and_half(), "GIF"), NO_PICTURE),
    "cut short png": (lambda: saved(half_and_half())[:60], NO_PICTURE),
    "cut short jpeg": (lambda: turned()[:400], NO_PICTURE),
    "head only": (lambda: saved(half_and_half())[:8], NO_PICTURE),
    "heavy": (lambda: saved(half_and_half()) + bytes(5 * 2**20), "แฟ้มใหญ่เกินไป"),
    "too many pixels": (lambda: one_bit(5001), "ภาพละเอียดเกินไป (5001 x 5001 พิกเซล)"),
    "pixels that Pillow warns of": (lambda: one_bit(9_500), "ภาพละเอียดเกินไป"),
    "pixels that Pillow refuses": (lambda: header_only(20_000), "ภาพละเอียดเกินไป"),
}


def refused(root: Path, logo: str) -> str:
    """Return what an office is told of a file that is not taken: one warning that names the file."""
    problems: list[Problem] = []
    assert read_emblem(root, logo, problems) is None
    assert [(p.rule, p.severity, p.stated) for p in problems] == [("logo-unreadable", "warning", logo)]
    return problems[0].message_th


@pytest.mark.parametrize(("logo", "said"), NAMES.values(), ids=NAMES)
def test_only_a_file_of_the_workspace_is_taken(tmp_path: Path, logo: str, said: str) -> None:
    """What is no file, or lies elsewhere, is no emblem, and the office is told why and what to do."""
    root = tmp_path / "workspace"
    (root / "folder.png").mkdir(parents=True)
    (tmp_path / "outside.png").write_bytes(saved(half_and_half()))
    (root / "link.png").symlink_to(tmp_path / "outside.png")
    (root / "loop.png").symlink_to("loop.png")
    os.mkfifo(root / "pipe.png")

    message = refused(root, logo)

    assert re.search(f"ที่พบคือ (?:{said})", message)
    assert "โปรดวางแฟ้มภาพตามที่ระบุ หรือแก้ office.logo" in message


@pytest.mark.parametrize(("content", "said"), FILES.values(), ids=FILES)
def test_only_a_whole_picture_of_common_size_is_taken(
    tmp_path: Path, content: Callable[[], bytes], said: str
) -> None:
    """A file that is no picture, or too much of one, is no emblem, and the office is told why."""
    assert f"ที่พบคือ {said}" in refused(tmp_path, put(tmp_path, content()))


@pytest.mark.parametrize("logo", ["", "  "])
def test_no_name_is_no_emblem(tmp_path: Path, logo: str) -> None:
    """An office that names no file has no emblem, and nothing is wrong with that."""
    problems: list[Problem] = []

    assert read_emblem(tmp_path, logo, problems) is None
    assert problems == []


@pytest.mark.parametrize(
    "name", [LOGO, r"params\logo\a.png", " params/logo/a.png ", "params/../params/logo/a.png"]
)
def test_file_is_found_however_its_folder_is_written(tmp_path: Path, name: str) -> None:
    """Backslashes, spaces around the name and detours inside the workspace are understood."""
    put(tmp_path, saved(half_and_half()))

    assert read_emblem(tmp_path, name, []) is not None


# Pictures as offices have them; each is made into the picture of the two halves.
LYING = ((40, 20), (5, 10), (35, 10))  # its size, and a place of each half
USABLE = {
    "png": (saved(half_and_half()), *LYING),
    "jpeg": (saved(half_and_half(), "JPEG", quality=95), *LYING),
    "jpeg for print": (saved(half_and_half().convert("CMYK"), "JPEG", quality=95), *LYING),
    "palette": (saved(half_and_half().convert("P", palette=Image.Palette.ADAPTIVE)), *LYING),
    "with a ground that lets nothing through": (saved(half_and_half().convert("RGBA")), *LYING),
    "turned by its camera": (turned(), (20, 40), (10, 5), (10, 35)),
}


@pytest.mark.parametrize(("content", "size", "first", "last"), USABLE.values(), ids=USABLE)
def test_picture_keeps_its_shape_and_colours(
    tmp_path: Path, content: bytes, size: tuple[int, int], first: tuple[int, int], last: tuple[int, int]
) -> None:
    """PNG and JPEG of every kind come out as the same opaque picture, a camera's turned as it was seen."""
    found = emblem(tmp_path, content)

    assert (found.format, found.mode, found.size) == ("PNG", "RGB", size)
    assert found.getpixel(first) == pytest.approx(RED, abs=15)
    assert found.getpixel(last) == pytest.approx(BLUE, abs=15)


def test_clear_ground_stays_clear(tmp_path: Path) -> None:
    """What lets the paper through goes on doing so."""
    image = Image.new("RGBA", (30, 30), CLEAR)
    image.paste((*RED, 255), (10, 10, 20, 20))

    found = emblem(tmp_path, saved(image))

    assert found.mode == "RGBA"
    assert found.getpixel((1, 1)) == CLEAR
    assert found.getpixel((15, 15)) == (*RED, 255)


def test_fine_greys_stay_grey(tmp_path: Path) -> None:
    """Sixteen bits a pixel become eight: half grey is not white."""
    found = emblem(tmp_path, saved(Image.new("I;16", (10, 10), 0x8080)))

    assert found.getpixel((5, 5)) == (0x80, 0x80, 0x80)


NOISE = random.Random(1).randbytes(800 * 800 * 3)  # noqa: S311 no secret depends on it


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (half_and_half((600, 600)), (600, 600)),
        (half_and_half((1200, 600)), (600, 300)),
        (half_and_half((500, 2000)), (150, 600)),
        (half_and_half((3, 2)), (3, 2)),
        (Image.frombytes("RGB", (800, 800), NOISE), (300, 300)),  # what does not compress
    ],
)
def test_longer_side_has_at_most_600_pixels(
    tmp_path: Path, picture: Image.Image, expected: tuple[int, int]
) -> None:
    """A large picture is made smaller in its proportions, one of many colours more."""
    assert emblem(tmp_path, saved(picture)).size == expected


def test_nothing_but_the_picture_is_kept(tmp_path: Path) -> None:
    """Comments, places, devices and profiles of a file do not get into the document."""
    words, exif = PngImagePlugin.PngInfo(), Image.Exif()
    words.add_text("Author", "somebody")
    exif[0x010F] = "a camera"
    content = saved(half_and_half(), pnginfo=words, exif=exif, dpi=(72, 72), icc_profile=b"profile")

    found = emblem(tmp_path, content)
    found.load()

    assert found.info == {}
    assert dict(found.getexif()) == {}


# ------------------------------------------------------------------------------------ in the documents


def office(workspace: Workspace, name: str, logo: str) -> None:
    """Let an office name its logo in a params file of its own."""
    agency_id, year = name.split("-")[:2]
    text = f"agency_id: {agency_id}\nfiscal_year: {year}\noffice:\n  logo: {logo}\n"
    workspace.write(f"params/{name}.yaml", text)


@pytest.mark.parametrize(
    ("name", "build", "agency"),
    [
        ("hannangam-2568", build_case, "องค์การบริหารส่วนตำบลหันนางาม"),
        ("takothong-2568-progress", build_progress, "องค์การบริหารส่วนตำบลตะโกทอง"),
        # A report takes what it lacks from the analysis that set its measures.
        ("takothong-2567", build_progress, "องค์การบริหารส่วนตำบลตะโกทอง"),
    ],
)
def test_emblem_stands_on_the_cover(
    workspace: Workspace, name: str, build: Callable[..., AnyCase], agency: str
) -> None:
    """The cover of each document carries the picture, with its description, and so does the page."""
    put(workspace.root, saved(half_and_half()))
    office(workspace, name, LOGO)
    document = report_of(build(name.split("-")[0], YEAR, workspace.root)).document()
    seal = document.cover.seal

    assert seal is not None
    assert Image.open(io.BytesIO(base64.b64decode(seal.png))).size == (40, 20)
    assert seal.alt == f"ตราสัญลักษณ์ของ{agency}"
    assert f'src="data:image/png;base64,{seal.png}" alt="{seal.alt}"' in html.render(document)


@pytest.mark.parametrize(
    ("name", "build"), [("hannangam-2568", build_case), ("takothong-2568-progress", build_progress)]
)
def test_document_is_made_without_an_emblem_that_is_missing(
    workspace: Workspace, name: str, build: Callable[..., AnyCase]
) -> None:
    """The cover has none, the page no picture, and the checks of the working edition say why."""
    office(workspace, name, "params/logo/none.png")
    case = build(name.split("-")[0], YEAR, workspace.root)
    document = report_of(case).document()
    remarks = [b for b in document.blocks if isinstance(b, Callout) and b.title == "ตราสัญลักษณ์ของหน่วยงาน"]

    assert document.cover.seal is None
    assert "<img" not in html.render(document)
    assert [remark.kind for remark in remarks] == ["caution"]
    assert "ไม่มีแฟ้มนี้" in remarks[0].lines[0]
    assert [p.severity for p in case.problems if p.rule == "logo-unreadable"] == ["warning"]


def test_another_picture_is_another_fingerprint(workspace: Workspace) -> None:
    """A document tells by its fingerprint that the picture under the same name was changed."""
    office(workspace, "hannangam-2568", LOGO)
    marks = []
    for colour in (RED, RED, BLUE):
        put(workspace.root, saved(Image.new("RGB", (9, 9), colour)))
        marks.append(build_case(AGENCY, YEAR, workspace.root).provenance.data)

    assert marks[0] == marks[1] != marks[2]


def test_first_params_file_has_a_place_for_the_logo(workspace: Workspace) -> None:
    """Whoever fills in the first file finds where the emblem is named, with an example."""
    text = first_words(build_case(AGENCY, YEAR, workspace.root))

    assert "  logo: ''  # ภาพตราสัญลักษณ์" in text
    assert f"params/logo/{AGENCY}.png" in text
