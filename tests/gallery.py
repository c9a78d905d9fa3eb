"""Pictures of everything that the documents are made of, for review: ``make gallery``.

Writes ``build/gallery/<document>/<format>-<page>.png`` and an ``index.html`` that shows them side by side: a
specimen of every block, a page of every figure, and the documents of all five agencies. The PDF needs
nothing but the package; the screen needs Chromium and Word needs LibreOffice, and each is left out, and
said so, where it is not installed.
"""

from __future__ import annotations

import html as markup
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pypdfium2
from documents import DOCUMENTS, REPOSITORY
from fontTools.ttLib import TTFont
from specimen import specimen

from ita_nb.document import html, pdf, sheet, word
from ita_nb.document.blocks import Document, Figure, Heading
from ita_nb.document.notebook import read_document
from ita_nb.document.sheet import BODY
from ita_nb.report import make_report
from ita_nb.task import Task

OUT = REPOSITORY / "build" / "gallery"
SCALE = 1.4  # of 72 dots an inch


def pictures_of_pdf(content: Path | bytes, folder: Path, name: str) -> None:
    """Write each page as a picture."""
    pages = pypdfium2.PdfDocument(content)
    for number, page in enumerate(pages, start=1):
        page.render(scale=SCALE).to_pil().save(folder / f"{name}-{number:02}.png")


def picture_of_screen(page: Path, folder: Path, width: int, name: str) -> None:
    """Write what Chromium shows of the top of a page."""
    size, shot = f"--window-size={width},{width * 3 // 2}", f"--screenshot={folder / name}.png"
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", size, shot]
    subprocess.run([*command, page.as_uri()], check=True, capture_output=True)


def stand_in_fonts(folder: Path) -> Path:
    """Write Sarabun under the name and in the size of TH Sarabun New, which is on office machines only.

    Returns the configuration by which programs find these fonts and the system's.
    """
    for source in (sheet.REGULAR, sheet.BOLD):
        with TTFont(source) as font:
            # The same outlines on a larger em: as large at 16 points as Sarabun at 12.5.
            font["head"].unitsPerEm = round(font["head"].unitsPerEm * 16 / BODY.size)
            for record in font["name"].names:
                if record.nameID in {1, 16}:
                    record.string = "TH Sarabun New"
            font.save(folder / source.name)
    configuration = folder / "fonts.conf"
    configuration.write_text(
        f"<fontconfig><include>/etc/fonts/fonts.conf</include><dir>{folder}</dir></fontconfig>",
        encoding="utf-8",
    )
    return configuration


def pictures_of_word(file: Path, folder: Path) -> None:
    """Write the pages that LibreOffice makes of a Word file."""
    with tempfile.TemporaryDirectory() as work:
        env = os.environ | {"FONTCONFIG_FILE": str(stand_in_fonts(Path(work)))}
        command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", work, str(file)]
        subprocess.run(command, check=True, capture_output=True, env=env)
        pictures_of_pdf(Path(work) / f"{file.stem}.pdf", folder, "word")


def show(name: str, document: Document) -> None:
    """Write all pictures of one document."""
    folder = OUT / name
    folder.mkdir(parents=True)
    pictures_of_pdf(pdf.render(document), folder, "pdf")
    page, file = folder / f"{name}.html", folder / f"{name}.docx"
    page.write_text(html.render(document), encoding="utf-8")
    file.write_bytes(word.render(document))
    if shutil.which("chromium"):
        picture_of_screen(page, folder, 1280, "screen")
        picture_of_screen(page, folder, 500, "phone")
    if shutil.which("soffice"):
        pictures_of_word(file, folder)
    print(f"{folder.relative_to(REPOSITORY)}: {len(list(folder.glob('*.png')))} pictures")


def index() -> Path:
    """Write the page that shows all pictures."""
    parts = ["<!doctype html><meta charset=utf-8><title>ita-nb gallery</title>"]
    for folder in sorted(path for path in OUT.iterdir() if path.is_dir()):
        parts.append(f"<h1>{markup.escape(folder.name)}</h1>")
        parts += [
            f'<a href="{folder.name}/{picture.name}"><img src="{folder.name}/{picture.name}" '
            f'alt="{picture.stem}" title="{picture.stem}" width=260 loading=lazy></a>'
            for picture in sorted(folder.glob("*.png"))
        ]
    path = OUT / "index.html"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def main() -> None:
    """Make the pictures anew."""
    shutil.rmtree(OUT, ignore_errors=True)
    for program, what in (("chromium", "the screen"), ("soffice", "Word")):
        if not shutil.which(program):
            print(f"{program} is not installed: no pictures of {what}", file=sys.stderr)
    show("blocks", specimen())
    with tempfile.TemporaryDirectory() as work:
        for agency, year, kind in DOCUMENTS:
            task = Task(agency, "", year, REPOSITORY, kind, formats=("html",))
            notebook = make_report(task, Path(work)).paths[0]
            document = read_document(nbformat.read(notebook, as_version=4))
            show(f"{agency}-{year}-{kind}", document)
            figures = [block for block in document.blocks if isinstance(block, Figure)]
            if figures:  # alone too, each under its alternative text
                pairs = ((Heading(level=2, text=figure.alt[:80]), figure) for figure in figures)
                headed = (block for pair in pairs for block in pair)
                alone = Document(cover=document.cover, blocks=(document.cover, *headed))
                show(f"{agency}-{year}-figures", alone)
    print(index())


if __name__ == "__main__":
    main()
