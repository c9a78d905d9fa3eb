"""Typst with the bundled fonts and no others: a document must look the same on every machine."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import typst

from ita_nb.document.fonts import DIRECTORY
from ita_nb.errors import RenderError


def typeset(
    source: bytes, inputs: dict[str, str], *, where: str, expected: str, todo: str, **options: Any
) -> bytes:
    """Compile ``source`` with ``inputs`` and return the file; ``options`` are those of Typst's compiler.

    Raises RenderError, which says ``where``, what was ``expected`` and what ``todo``.
    """
    try:
        # Formats with a file for each page can give a list; with one page, and PDF, they do not.
        return cast("bytes", _compiler().compile(source, sys_inputs=inputs, **options))
    except BaseException as error:
        # A panic inside Typst is no Exception, and must not end a whole batch.
        if not isinstance(error, typst.TypstError) and type(error).__name__ != "PanicException":
            raise
        found = " ".join(str(error).split())
        raise RenderError(where=where, expected=expected, found=found, todo=todo) from error


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[DIRECTORY])
    # A drawing could name files beside it; in the folder of the fonts there is nothing to be read but fonts.
    return typst.Compiler(root=DIRECTORY, font_paths=fonts)
