"""A document as Word: blocks -> paragraphs, tables and pictures, by python-docx, for editing before signing.

What it looks like stands in ``template/``, an empty document as plain XML: styles, numbering, settings.
Unlike the PDF, the text keeps emoji and foreign letters: Word draws them from other fonts. Text is only
ever text: nothing in it can become a field, a link or markup.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from functools import cache
from pathlib import Path

import docx
from docx.document import Document as WordDocument

from ita_nb.document.blocks import Cover, Document
from ita_nb.document.layout import contents, contents_run, page_runs
from ita_nb.document.word.body import Body
from ita_nb.document.word.elements import paragraph, plain
from ita_nb.document.word.pages import Sections


def render(document: Document) -> bytes:
    """Return the document as the bytes of a ``.docx`` file.

    The same document gives the same bytes. Raises RenderError when a figure or the seal is no picture.
    """
    made = new_file(document.cover)
    runs = page_runs(document)
    listed = contents(runs)
    body = Body(made.part, listed)
    pages = [(run.kind, [*body.items(run.items, run.kind)]) for run in runs]
    if listed:
        pages[-1][1].append(body.end_of_listed())
        pages.insert(contents_run(runs), ("portrait", [*body.contents()]))
    if not pages:
        pages = [("portrait", [paragraph("BodyText")])]
    sections = Sections(made.part, document.cover)
    before = None
    for number, (kind, content) in enumerate(pages, start=1):
        section = sections.section(kind, begins_count=before == "cover")
        made.element.body.extend(content)
        if number < len(pages):
            # A section ends with the paragraph that holds its properties; the last one with the document.
            content[-1].get_or_add_pPr().append(section)
        else:
            made.element.body.append(section)
        before = kind
    return saved(made)


# ---------------------------------------------------------------- the file


_TEMPLATE = Path(__file__).with_name("template")
# The earliest day that a zip file can tell: the same document must give the same bytes.
_DAY = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
_LONGEST_PROPERTY = 255  # characters; Word refuses more


def new_file(cover: Cover) -> WordDocument:
    """Return an empty document with the report's styles and the properties that the cover gives."""
    made = docx.Document(io.BytesIO(_template()))
    properties = made.core_properties
    properties.title = _property(" ".join(cover.title)) or _property(cover.running_title) or "รายงาน"
    properties.author = properties.last_modified_by = _property(cover.agency)
    properties.created = properties.modified = _DAY
    return made


def saved(document: WordDocument) -> bytes:
    """Return the document as the bytes of a ``.docx`` file."""
    written, fixed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(_entry(name), source.read(name))
    return fixed.getvalue()


@cache
def _template() -> bytes:
    """Return the template, which is kept as the plain files that a ``.docx`` file is a zip of."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for path in sorted(_TEMPLATE.rglob("*")):
            if path.is_file():
                target.writestr(_entry(path.relative_to(_TEMPLATE).as_posix()), path.read_bytes())
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DAY.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _property(text: str) -> str:
    return plain(text)[:_LONGEST_PROPERTY]
