"""A page of sections, as a self-contained HTML file or as a PDF set by Typst: the same run, the same file, no network."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from evplan.paths import replacing
from evplan.report import words
from evplan.report.drawing import drawn_paths

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Table:
    """Rows of cells under a head. size : of the letters in print, points.  text : whether cells are words, set from the left.

    widths : of the columns in print: auto, 1fr, 2fr; left out, the first as wide as it must be and the others alike.
    """

    head: list[str]
    rows: list[list[str]]
    size: float = 8.0
    text: bool = False
    widths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """What stands under one heading, in this order. figures : SVG elements."""

    heading: str
    sentences: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    table: Table | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A report. pays : whether its verdict is a good one.  footer : at the foot of every printed page."""

    title: str
    subtitle: str
    verdict: tuple[str, ...]
    pays: bool
    sections: tuple[Section, ...]
    footer: str


@cache
def environment() -> Any:
    """Return what fills the templates of HTML pages, which are compiled once."""
    import jinja2

    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    found.globals |= {
        "money": words.money, "number": words.number, "percent": words.percent, "times": words.times, "rate": words.rate_of_return,
    }  # fmt: skip
    return found


def write_page(make: Callable[[], Page], folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write report.html, report.pdf or both into a folder; return the files. make : makes the page, for each with its kind of figures."""
    written = []
    if "html" in formats:
        written.append(write_html(make(), folder / "report.html"))
    if "pdf" in formats:
        with drawn_paths():
            page = make()
        written.append(write_pdf(page, folder / "report.pdf"))
    return written


def write_html(page: Page, path: Path) -> Path:
    """Write a page as one self-contained HTML file; return its path."""
    text = environment().get_template("page.html.j2").render(page=page)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def write_pdf(page: Page, path: Path) -> Path:
    """Write a page as a PDF; return its path. Its figures must be drawn with `drawing.drawn_paths`."""
    import typst

    with tempfile.TemporaryDirectory() as name:
        here = Path(name)
        (here / "page.json").write_text(json.dumps(_for_typst(page, here)), encoding="utf-8")
        shutil.copy(TEMPLATES / "report.typ", here / "report.typ")
        with replacing(path) as temporary:
            temporary.write_bytes(typst.compile(str(here / "report.typ"), format="pdf"))
    return path


def _for_typst(page: Page, folder: Path) -> dict[str, Any]:
    """Return a page as plain JSON, its figures as files in a folder."""
    sections = []
    for k, section in enumerate(page.sections):
        names = [f"figure-{k}-{j}.svg" for j in range(len(section.figures))]
        for name, figure in zip(names, section.figures, strict=True):
            (folder / name).write_text(figure, encoding="utf-8")
        table = section.table and vars(section.table)
        sections.append(vars(section) | {"figures": names, "table": table})
    return vars(page) | {"sections": sections}
