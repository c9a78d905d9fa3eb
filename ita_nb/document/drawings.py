"""A drawing as a page takes it: its shape, and its words apart from its lines.

The words of a figure are text. Typst reads every sara am of a drawing wrongly, so they are taken out and set
by themselves, like those of the page. Inside a page only drawing elements, attributes and values are kept.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from markupsafe import Markup

from ita_nb.document.sheet import TextStyle, printable, width_of
from ita_nb.errors import RenderError
from ita_nb.thai import visible

_TAG = re.compile(r"<svg\b[^>]*>")
_PLACE, _NUMBER = r"-?\d+(?:\.\d+)?", r"(\d+(?:\.\d+)?)(?![\d.])"
_VIEW_BOX = re.compile(
    rf"""\sviewBox\s*=\s*["']\s*({_PLACE})[\s,]+({_PLACE})[\s,]+{_NUMBER}[\s,]+{_NUMBER}"""
)
_SIDES = tuple(re.compile(rf"""\s{side}\s*=\s*["']\s*{_NUMBER}""") for side in ("width", "height"))
_WORDS = re.compile(r"(?<=>)[^<]+(?=</text>)")
# A line of words as :mod:`ita_nb.document.figures` writes it.
_LINE = re.compile(
    rf'<text x="(?P<x>{_PLACE})" y="(?P<y>{_PLACE})" font-size="(?P<size>[\d.]+)"'
    r'(?P<bold> font-weight="700")? fill="(?P<color>#[0-9a-f]{6})"(?: opacity="(?P<opacity>[\d.]+)")?'
    rf'(?: text-anchor="(?P<anchor>middle|end)")?(?: transform="rotate\((?P<angle>{_PLACE}) [^"]*")?'
    r">(?P<text>[^<]+)</text>"
)
_BEFORE_ANCHOR = {None: 0.0, "middle": 0.5, "end": 1.0}  # share of the words


@dataclass(frozen=True)
class Words:
    """A line of text in a drawing: where its foot begins, from the upper left corner, in the drawing's unit.

    From there it runs, turned clockwise by ``angle`` degrees. ``color`` is ``#rrggbb`` or ``#rrggbbaa``.
    """

    text: str
    x: float
    y: float
    size: float
    bold: bool
    color: str
    angle: float


def size_of(svg: str) -> tuple[float, float] | None:
    """Return width and height of a drawing in its own unit; ``None`` when it does not say."""
    box = _box_of(svg)
    return (box[2], box[3]) if box else None


def _box_of(svg: str) -> list[float] | None:
    """Return left, top, width and height of a drawing."""
    tag = _TAG.search(svg)
    if tag is None:
        return None
    box = _VIEW_BOX.search(tag[0])
    sides = [side.search(tag[0]) for side in _SIDES]
    numbers = list(map(float, box.groups() if box else ["0", "0", *(side[1] for side in sides if side)]))
    return numbers if len(numbers) == 4 and all(numbers[2:]) else None


def words_apart(svg: str) -> tuple[str, tuple[Words, ...]]:
    """Return the drawing without its words, and these."""
    box = _box_of(svg)
    found = tuple(_words(line, box[0], box[1]) for line in _LINE.finditer(svg)) if box else ()
    return (_LINE.sub("", svg), found) if found else (svg, ())


def _words(line: re.Match[str], left: float, top: float) -> Words:
    text, size, bold = printable(html.unescape(line["text"])), float(line["size"]), bool(line["bold"])
    angle = float(line["angle"] or 0)
    before = width_of(text, TextStyle(size, bold)) * _BEFORE_ANCHOR[line["anchor"]]
    x = float(line["x"]) - left - before * math.cos(math.radians(angle))
    y = float(line["y"]) - top - before * math.sin(math.radians(angle))
    through = f"{round(255 * float(line['opacity'])):02x}" if line["opacity"] else ""
    return Words(text, x, y, size, bold, line["color"] + through, angle)


def words_changed(svg: str, change: Callable[[str], str]) -> str:
    """Return the drawing with every line of its words changed."""
    return _WORDS.sub(lambda words: html.escape(change(html.unescape(words[0])), quote=False), svg)


def for_typst(svg: str, width: float, tallest: float) -> dict[str, Any]:
    """Return what ``drawing.typ`` draws, as JSON takes it: ``width`` points wide, or less where too high.

    Raises :class:`~ita_nb.errors.RenderError` when ``svg`` is not one well-formed SVG element.
    """
    size, (rest, words) = size_of(svg), words_apart(svg)
    width = min(width, tallest * size[0] / size[1]) if size else width
    scale = width / size[0] if size else 1.0
    return {
        "svg": safe_file(rest),
        "width": width,
        "words": [
            [w.text, w.x * scale, w.y * scale, w.size * scale, w.bold, w.color, w.angle] for w in words
        ],
    }


# ---------------------------------------------------------------- made safe to stand inside a page


_SVG = "{http://www.w3.org/2000/svg}"
_LINKS = frozenset({"href", "{http://www.w3.org/1999/xlink}href"})
_DEPTH = 100  # far more than any drawing needs, and far less than Python's recursion allows


_ELEMENTS = frozenset(
    """
    svg g defs symbol use path rect circle ellipse line polyline polygon text tspan image clipPath mask
    pattern marker linearGradient radialGradient stop
""".split()
)
# Presentation attributes: each is allowed by itself and in a style attribute.
_STYLES = frozenset(
    """
    fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-dasharray stroke-dashoffset
    stroke-linecap stroke-linejoin stroke-miterlimit opacity clip-path clip-rule mask marker-start
    marker-mid marker-end stop-color stop-opacity color display visibility font font-family font-size
    font-style font-weight text-anchor dominant-baseline image-rendering shape-rendering vector-effect
""".split()
)
_ATTRIBUTES = _STYLES | frozenset(
    """
    d x y x1 y1 x2 y2 cx cy r rx ry dx dy fx fy points width height transform viewBox preserveAspectRatio
    offset rotate gradientUnits gradientTransform spreadMethod patternUnits patternContentUnits
    patternTransform clipPathUnits maskUnits maskContentUnits markerUnits markerWidth markerHeight
    orient refX refY
""".split()
)
_PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=\s]*")
_VALUE = re.compile(r"""[\w\s.,#%+()'"-]*""")
_CALL = re.compile(r"([\w-]*)\(")
_CALLS = frozenset("rgb rgba hsl hsla matrix translate scale rotate skewX skewY".split())
_LOCAL_URL = re.compile(r"""url\(\s*["']?#([^"'()\s]+)["']?\s*\)""")
_SPACE_OF_PATHS = re.compile(r"\s*([MmZzLlHhVvCcSsQqTtAa])\s*")


def safe_svg(svg: str, name: str, alt: str = "") -> Markup:
    """Return the drawing alone, for use inside a page: no script, no style sheet, nothing to load.

    ``name`` begins every id that the drawing keeps; ``alt`` says in words what it shows.
    Raises :class:`~ita_nb.errors.RenderError` when ``svg`` is not one well-formed SVG element.
    """
    root = _svg_root(svg)
    ids = _new_ids(root, name)
    looks = dict(_safe_attributes(root, ids))
    size = [re.match(r"\s*[\d.]+", looks.pop(side, "")) for side in ("width", "height")]
    if "viewBox" not in looks and all(size):
        looks["viewBox"] = " ".join(["0 0", *(side.group().strip() for side in size if side)])
    # matplotlib sets these two by a style sheet, which here would reach the whole page.
    looks = {"stroke-linejoin": "round", "stroke-linecap": "butt"} | looks
    looks |= {"role": "img", "aria-label": visible(alt)}
    return Markup(tostring(_safe(root, looks, ids), "unicode"))  # noqa: S704 - built from the lists above


def safe_file(svg: str) -> str:
    """Return the drawing, made safe, as a file of its own; errors as in :func:`safe_svg`."""
    return str(safe_svg(svg, "drawing")).replace("<svg ", f'<svg xmlns="{_SVG[1:-1]}" ', 1)


def _svg_root(svg: str) -> Element:
    try:
        root: Element = fromstring(svg)
        found = root.tag if _depth(root) < _DEPTH else f"ซ้อนกัน {_DEPTH} ชั้นขึ้นไป"
    except (ParseError, DefusedXmlException, ValueError) as error:
        found = str(error)
    else:
        if found in {f"{_SVG}svg", "svg"}:
            return root
    raise RenderError(
        where="แผนภาพ",
        expected="ภาพ SVG ที่สมบูรณ์",
        found=found,
        todo="สร้างแผนภาพใหม่ด้วยเครื่องมือของ ita-nb แล้วสั่งสมุดบันทึกทำงานอีกครั้ง",
    )


def _depth(root: Element) -> int:
    """Return how many elements lie in one another, at most ``_DEPTH``."""
    level, depth = [root], 0
    while level and depth < _DEPTH:
        level, depth = [child for element in level for child in element], depth + 1
    return depth


def _new_ids(root: Element, name: str) -> dict[str, str]:
    """Return a new id for every id that something in the drawing refers to; the first bearer has it.

    The rest go: matplotlib gives an id to every line and tick.
    """
    bearers: set[str] = set()
    targets: dict[str, None] = {}
    for element in root.iter():
        if element.get("id") in bearers:
            del element.attrib["id"]
        bearers.add(element.get("id", ""))
        for key, value in element.attrib.items():
            if key in _LINKS and value.startswith("#"):
                targets[value[1:]] = None
            elif "url(" in value:
                targets |= dict.fromkeys(_LOCAL_URL.findall(value))
    kept = [target for target in targets if target and target in bearers]
    return {target: f"{name}-{number}" for number, target in enumerate(kept, start=1)}


def _safe(element: Element, attributes: dict[str, str], ids: dict[str, str]) -> Element:
    """Return an element with its safe ``attributes`` and, of what is in it, all that is safe."""
    made = Element(element.tag.removeprefix(_SVG), attributes)
    is_text = made.tag in {"text", "tspan"}
    made.text = visible(element.text or "") if is_text else None
    for child in element:
        if str(child.tag).removeprefix(_SVG) in _ELEMENTS:
            made.append(_safe(child, dict(_safe_attributes(child, ids)), ids))
            made[-1].tail = visible(child.tail or "") if is_text else None
    return made


def _safe_attributes(element: Element, ids: dict[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        name, text = key, ""
        if key in _LINKS:
            name, text = "href", _safe_link(value, ids, picture=element.tag.removeprefix(_SVG) == "image")
        elif key == "id":
            text = ids.get(value, "")
        elif key == "style":
            text = _safe_style(value, ids)
        elif key in _ATTRIBUTES:
            text = _safe_path(value) if key == "d" else _safe_value(value, ids)
        if text:
            yield name, text


def _safe_link(value: str, ids: dict[str, str], *, picture: bool) -> str:
    if value.startswith("#") and value[1:] in ids:
        return f"#{ids[value[1:]]}"
    return value if picture and _PICTURE.fullmatch(value) else ""


def _safe_style(style: str, ids: dict[str, str]) -> str:
    pairs = (declaration.partition(":") for declaration in style.split(";"))
    safe = ((name.strip(), _safe_value(value, ids)) for name, _, value in pairs if name.strip() in _STYLES)
    return ";".join(f"{name}:{text}" for name, text in safe if text)


def _safe_value(value: str, ids: dict[str, str]) -> str:
    """Return a value that names colours, numbers and parts of this drawing only, or nothing."""
    text = value.strip()
    if "url(" not in text:
        return _plain_value(text)
    rest = _LOCAL_URL.sub("", text)
    if _plain_value(rest) != rest or not ids.keys() >= {*_LOCAL_URL.findall(text)}:
        return ""
    return _LOCAL_URL.sub(lambda match: f"url(#{ids[match[1]]})", text)


# Colours are few, and charts of a kind have places in common.
@lru_cache(maxsize=8192)
def _plain_value(text: str) -> str:
    """Return a value that refers to nothing, or nothing where it is none."""
    return text if _VALUE.fullmatch(text) and _CALLS.issuperset(_CALL.findall(text)) else ""


@lru_cache(maxsize=8192)
def _safe_path(value: str) -> str:
    return _SPACE_OF_PATHS.sub(r"\1", _plain_value(value.strip()))
