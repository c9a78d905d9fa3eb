"""The sheet of paper and the sizes of type, in points: what lines, Typst and Word must agree on."""

from __future__ import annotations

from dataclasses import dataclass

from ita_nb.document.layout import RunKind

CM = 72 / 2.54


@dataclass(frozen=True)
class Sheet:
    """A page of A4 and its margins."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def text_width(self) -> float:
        """What lies between the left and the right margin."""
        return self.width - self.left - self.right

    @property
    def text_height(self) -> float:
        """What lies between the upper and the lower margin."""
        return self.height - self.top - self.bottom


# Official papers leave 3 cm on the left, where they are filed, and 2 cm on the right.
_UPRIGHT = Sheet(21 * CM, 29.7 * CM, left=3 * CM, right=2 * CM, top=2.5 * CM, bottom=2.2 * CM)
# A turned page is filed at its upper edge.
_TURNED = Sheet(29.7 * CM, 21 * CM, left=2.2 * CM, right=2.2 * CM, top=2.5 * CM, bottom=2 * CM)
SHEETS: dict[RunKind, Sheet] = {"cover": _UPRIGHT, "portrait": _UPRIGHT, "landscape": _TURNED}


@dataclass(frozen=True)
class TextStyle:
    """Size, weight and the white between lines (em) of a kind of text."""

    size: float
    bold: bool = False
    leading: float = 0.16


# From the highest mark over a letter to the lowest under it, in em: lines never touch.
LINE_HEIGHT = 1.3
ASCENT = 1.068  # of it, above the foot of the letters
INDENT = 1.25 * CM  # of the first line of a paragraph
CELL_INSET = (5.0, 3.0)  # of table cells: at the sides, above and below
CALLOUT_INSET = 10.0
SIGNERS: dict[RunKind, int] = {"cover": 3, "portrait": 3, "landscape": 4}  # at most side by side
# The longest line to sign on, and the least gap between two signers.
SIGNATURE_LINE, BETWEEN_SIGNERS = 6.8 * CM, 0.6 * CM
SEAL_HEIGHT = 3 * CM
# A table's header higher than this share of a page could never be followed by a row.
TALLEST_HEADER = 1 / 3
BULLET_INDENT, BULLET_GAP = 0.6 * CM, 0.3 * CM
CONTENTS_STEP, PAGE_NUMBER_ROOM = 0.8 * CM, 1.2 * CM

# Sarabun at 12.5 pt looks as large as TH Sarabun at the official 16 pt.
BODY = TextStyle(12.5)
BODY_BOLD = TextStyle(12.5, bold=True)
LEAD = TextStyle(13.5)
SMALL = TextStyle(10.5)
CAPTION = TextStyle(11.5, bold=True)
CELL = TextStyle(10.7, leading=0.1)
HEAD_CELL = TextStyle(10.7, bold=True, leading=0.1)
# Of the page header: the first in which title and agency take two lines at most.
RUNNING = tuple(TextStyle(size, leading=0.1) for size in (9.5, 8.5, 7.5))
HEADINGS = (TextStyle(16, bold=True), TextStyle(14, bold=True), TextStyle(12.5, bold=True))
COVER_TITLE = TextStyle(20, bold=True)
COVER_AGENCY = TextStyle(17, bold=True)
COVER_PLACE = TextStyle(15)
TITLE_BLOCK = TextStyle(16, bold=True)
