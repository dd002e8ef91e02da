"""How a workbook is opened, looks, and holds tables of text: the same run, the same file."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evplan.paths import replacing

LOOKS: dict[str, dict[str, Any]] = {
    "text": {}, "bold": {"bold": True}, "money": {"num_format": "#,##0;[Red]-#,##0"}, "share": {"num_format": "0.00%"},
    "plain": {"num_format": "0.0000"}, "year": {"bold": True, "num_format": "0"},
    "input": {"bg_color": "#FFF6C8", "num_format": "0.0000", "border": 1}, "wrap": {"text_wrap": True, "valign": "top"},
}  # fmt: skip


@contextmanager
def opened(path: Path, title: str, begins: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield a workbook and its formats, and put it in its place when all is written. begins : a day, ISO, to be dated by."""
    import xlsxwriter

    with replacing(path) as temporary:
        book = xlsxwriter.Workbook(str(temporary), {"in_memory": True})
        book.set_properties({"title": title, "created": datetime.datetime.fromisoformat(begins)})
        yield book, {name: book.add_format(look) for name, look in LOOKS.items()}
        book.close()


def write_texts(
    page: Any, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], formats: dict[str, Any]
) -> None:
    """Write a table of texts."""
    page.freeze_panes(1, 0)
    for column, (name, width) in enumerate(zip(head, widths, strict=True)):
        page.set_column(column, column, width)
        page.write_string(0, column, name, formats["bold"])
    for row, line in enumerate(rows, start=1):
        for column, text in enumerate(line):
            page.write_string(row, column, str(text), formats["wrap"])
