"""Write the workbook of a run: Inputs, one sheet for each cash flow, Assumptions, Register of all inputs.

Every formula carries the value that was checked; a spreadsheet recalculates it when an input changes.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.instance.finance import Finance
from evplan.paths import replacing
from evplan.report.workbook.cash import write_cash
from evplan.report.workbook.inputs import write_inputs
from evplan.report.workbook.sheet import FIRST_COLUMN, Sheet

if TYPE_CHECKING:
    import pandas as pd

LOOKS: dict[str, dict[str, Any]] = {
    "text": {}, "bold": {"bold": True}, "money": {"num_format": "#,##0;[Red]-#,##0"}, "share": {"num_format": "0.00%"},
    "plain": {"num_format": "0.0000"}, "year": {"bold": True, "num_format": "0"},
    "input": {"bg_color": "#FFF6C8", "num_format": "0.0000", "border": 1}, "wrap": {"text_wrap": True, "valign": "top"},
}  # fmt: skip
LONGEST = 31  # letters of a sheet's name
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def render_workbook(folder: Path) -> Path:
    """Write report.xlsx of a run folder whose files are as they were written; return its path."""
    import pandas as pd
    import xlsxwriter

    from evplan.report.write import read_run

    said = read_run(folder)
    flows, finance = pd.read_csv(folder / "cashflow.csv"), Finance.model_validate(said["finance"], strict=False)
    with replacing(folder / "report.xlsx") as path:
        book = xlsxwriter.Workbook(str(path), {"in_memory": True})
        made = datetime.datetime.fromisoformat(said["horizon"]["start"])  # the same run, the same file
        book.set_properties({"title": said["title"] or "evplan", "created": made})
        formats = {name: book.add_format(look) for name, look in LOOKS.items()}
        write_inputs(book.add_worksheet("Inputs"), said, formats)
        names: list[str] = ["Inputs", "Assumptions", "Register"]
        for level, name in (("portfolio", "portfolio"), *(("site", site["name"]) for site in said["sites"])):
            own = flows[(flows["level"] == level) & (flows["name"] == name)].reset_index(drop=True)
            names.append(_unique(name, names))
            page = book.add_worksheet(names[-1])
            page.set_column(0, 0, 34)
            page.set_column(FIRST_COLUMN, FIRST_COLUMN + len(own) - 1, 11)
            page.freeze_panes(1, 1)
            write_cash(Sheet(page, len(own) - 1, formats), own, finance)
        _texts(
            book.add_worksheet("Assumptions"), pd.read_csv(folder / "assumptions.csv").fillna(""), (24, 70, 70), formats
        )
        inputs = pd.read_csv(folder / "inputs.csv", dtype=str, keep_default_na=False)
        _texts(book.add_worksheet("Register"), inputs, (46, 22, 16, 60, 50, 11, 34), formats)
        book.close()
    return folder / "report.xlsx"


def _unique(name: str, taken: list[str]) -> str:
    """Return a name that a spreadsheet takes and that no other sheet has."""
    base = FORBIDDEN.sub("-", name)[:LONGEST]
    known, number, found = {one.lower() for one in taken}, 1, base
    while found.lower() in known:
        number += 1
        found = f"{base[: LONGEST - len(str(number)) - 1]}-{number}"
    return found


def _texts(page: Any, table: pd.DataFrame, widths: tuple[int, ...], formats: dict[str, Any]) -> None:
    """Write a table of texts."""
    page.freeze_panes(1, 0)
    for column, (name, width) in enumerate(zip(table.columns, widths, strict=True)):
        page.set_column(column, column, width)
        page.write_string(0, column, str(name).capitalize(), formats["bold"])
    for row, line in enumerate(table.itertuples(index=False), start=1):
        for column, text in enumerate(line):
            page.write_string(row, column, str(text), formats["wrap"])
