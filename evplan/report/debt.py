"""The loan of the portfolio year by year: what is paid, owed and held, and how often cash covers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evplan.report.words import number, times

if TYPE_CHECKING:
    import pandas as pd

HEAD = ["Year", "Cash that covers payments", "Interest", "Principal", "DSCR", "Owed at year end", "Held: debt reserve", "for replacements",
        "as working capital", "Owners' cash"]  # fmt: skip
LINES = (
    "cash_for_debt",
    "interest",
    "principal",
    "dscr",
    "loan_owed",
    "debt_reserve",
    "saved_for_replacements",
    "working_capital",
    "equity",
)


def rows(own: pd.DataFrame) -> list[list[str]]:
    """Return a row for each year. own : the portfolio's rows of cashflow.csv."""
    return [
        [str(row["year"]), *(_cell(name, row[name]) for name in LINES)]
        for row in own.to_dict("records")
    ]  # fmt: skip


def _cell(name: str, value: float) -> str:
    if name == "dscr":
        return times(value) if value == value else "–"
    return number(float(value), "")
