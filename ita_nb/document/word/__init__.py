"""A document as Word: blocks -> paragraphs, tables and pictures, by python-docx, for editing before signing.

What it looks like stands in ``template/``, an empty document as plain XML: styles, numbering, settings.
Unlike the PDF, the text keeps emoji and foreign letters: Word draws them from other fonts. Text is only
ever text: nothing in it can become a field, a link or markup.
"""

from __future__ import annotations

from ita_nb.document.blocks import Document
from ita_nb.document.layout import contents, contents_run, page_runs
from ita_nb.document.word.body import Body
from ita_nb.document.word.elements import paragraph
from ita_nb.document.word.package import new_file, saved
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
