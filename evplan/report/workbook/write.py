"""Write the workbook of a run: Inputs, one sheet for each cash flow, Assumptions, Register of all inputs.

Every formula carries the value that was checked; a spreadsheet recalculates it when an input changes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.csvs import read_csv
from evplan.instance.finance import Finance
from evplan.report.workbook.book import opened, write_texts
from evplan.report.workbook.cash import write_cash
from evplan.report.workbook.inputs import write_inputs
from evplan.report.workbook.sheet import FIRST_COLUMN, Sheet

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 31  # letters of a sheet's name
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def render_workbook(folder: Path) -> Path:
    """Write report.xlsx of a run folder whose files are as they were written; return its path."""

    from evplan.report.write import read_run

    said = read_run(folder)
    flows, finance = read_csv(folder / "cashflow.csv"), Finance.model_validate(said["finance"], strict=False)
    inputs = read_csv(folder / "inputs.csv", dtype=str, keep_default_na=False)
    with opened(folder / "report.xlsx", said["title"] or "evplan", said["horizon"]["start"]) as (book, formats):
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
        for site in said["sites"]:
            if site["host"]:
                names.append(_unique(f"host of {site['name']}", names))
                _host(book.add_worksheet(names[-1]), site, flows, finance, formats)
        told = read_csv(folder / "assumptions.csv").fillna("")
        for title, table, widths in (
            ("Assumptions", told, (24, 70, 70)),
            ("Register", inputs, (46, 22, 16, 60, 50, 11, 34)),
        ):
            head = [str(name).capitalize() for name in table.columns]
            write_texts(book.add_worksheet(title), head, table.to_numpy().tolist(), widths, formats)
    return folder / "report.xlsx"


def _host(page: Any, site: dict[str, Any], flows: pd.DataFrame, finance: Finance, formats: dict[str, Any]) -> None:
    """Write the host's cash flow, at rates of its own."""
    own = flows[(flows["level"] == "host") & (flows["name"] == site["name"])].reset_index(drop=True).fillna(0.0)
    rates = {"discount_rate": site["host"]["rate"], "tax_rate": site["host"]["tax_rate"]}
    page.set_column(0, 0, 34)
    page.freeze_panes(1, 1)
    alone = finance.model_copy(update={"loan": None, **rates})
    write_cash(Sheet(page, len(own) - 1, formats, rates), own, alone)


def _unique(name: str, taken: list[str]) -> str:
    """Return a name that a spreadsheet takes and that no other sheet has."""
    base = FORBIDDEN.sub("-", name)[:LONGEST]
    known, number, found = {one.lower() for one in taken}, 1, base
    while found.lower() in known:
        number += 1
        found = f"{base[: LONGEST - len(str(number)) - 1]}-{number}"
    return found
