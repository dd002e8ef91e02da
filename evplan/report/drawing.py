"""How figures are drawn: colours, axes, what shows under the pointer, and the SVG itself, small and the same every time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from typing import Any

INK, PALE = "#22303c", "#d7dde2"
GRID, SUN, STORE, LOAD, LOST = "#5b7a99", "#e0a526", "#3f8f6b", "#22303c", "#c4513d"
GIVE = "#8a5aa8"
TAG = re.compile(r"<[^>]*>")  # numbers in it are coordinates; those between are read
FINE = re.compile(r"(?<![\d.])([1-9]\d*\.\d)\d+")  # a tenth of a point is finer than a screen shows
PATH = re.compile(r' d="([^"]*)"')
STEP = re.compile(r"([ML]) (\S+) (\S+)\s*")
LETTERS: ContextVar[str] = ContextVar("letters", default="none")  # 'none': the reader's own fonts; 'path': drawn


@contextmanager
def drawn_paths() -> Iterator[None]:
    """Draw letters as paths meanwhile: for a page that is set elsewhere, whatever fonts are there."""
    token = LETTERS.set("path")
    try:
        yield
    finally:
        LETTERS.reset(token)


def axes_of(height: float = 2.9, width: float = 8.4) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=INK)
    return figure, axes


def tips(bars: Any, texts: Iterable[str], of: str) -> dict[str, str]:
    """Name the bars of a figure, and return what each shows under the pointer, by its name."""
    told = {}
    for k, (bar, text) in enumerate(zip(bars, texts, strict=True)):
        bar.set_gid(f"{of}-{k}")
        told[f"{of}-{k}"] = text
    return told


def points(axes: Any, across: Iterable[float], up: Iterable[float], texts: Iterable[str], of: str) -> dict[str, str]:
    """Lay places to point at over a line, and return what each shows under the pointer, by its name."""
    told = {}
    for k, (x, y, text) in enumerate(zip(across, up, texts, strict=True)):
        axes.plot([x], [y], "s", color=INK, markersize=9, alpha=0, markeredgewidth=0, gid=f"{of}-{k}", zorder=9)
        told[f"{of}-{k}"] = text
    return told


def shortened(path: str) -> str:
    """Return a path of straight lines in fewer letters: level and upright steps by one number. Others stay as they are."""
    steps = STEP.findall(path)
    if STEP.sub("", path).strip(" \nz") or not steps:
        return path
    said, x, y = [], "", ""
    for letter, to_x, to_y in steps:
        level, upright = letter == "L" and to_y == y, letter == "L" and to_x == x
        said.append(f"V{to_y}" if upright else f"H{to_x}" if level else f"{letter}{to_x} {to_y}")
        x, y = to_x, to_y
    return "".join(said) + ("z" if path.rstrip().endswith("z") else "")


def svg(figure: Any, said: str, shown: dict[str, str] | None = None) -> str:
    """Return a figure as an SVG element, with a text for those who cannot see it. shown : what parts of it show under the pointer."""
    import matplotlib
    from matplotlib.text import Text

    with matplotlib.rc_context({
        "svg.hashsalt": "evplan", "svg.fonttype": LETTERS.get(), "font.family": "sans-serif", "text.parse_math": False,
    }):  # fmt: skip
        for words in figure.findobj(Text):
            words.set_parse_math(False)  # a name with dollars is a name
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = TAG.sub(lambda tag: FINE.sub(r"\1", tag[0]), text.getvalue())
    svg = PATH.sub(lambda path: f' d="{shortened(path[1])}"', svg)
    for name, tip in (shown or {}).items():
        svg = svg.replace(f'<g id="{name}">', f"<g><title>{escape(tip)}</title>", 1)
    return svg[svg.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{escape(said)}"', 1)
