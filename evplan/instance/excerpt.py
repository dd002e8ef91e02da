"""The line of a file that a fault stands on, with a caret under the column."""

from __future__ import annotations

import unicodedata

WIDTH = 110


def excerpt(lines: tuple[str, ...], line: int, column: int) -> str:
    """Return a source line and, below it, a caret; `line` and `column` count from 1."""
    text = lines[line - 1] if line <= len(lines) else ""
    text, column = _shortened(_printable(text), min(column, len(text) + 1))
    number = f"{line:>5}"
    return f"{number} | {text}\n{' ' * len(number)} | {_blank(text[: column - 1])}^"


def _shortened(text: str, column: int, width: int = WIDTH) -> tuple[str, int]:
    first = max(0, min(column - 60, len(text) - width))
    return text[first : first + width], column - first


def _printable(text: str) -> str:
    """Return the text with tabs and control characters as one column each: they would move the caret."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _blank(text: str) -> str:
    """Return blanks as wide as the text on a terminal, where East Asian letters take two columns."""
    return "".join("  " if unicodedata.east_asian_width(letter) in "WF" else " " for letter in text)
