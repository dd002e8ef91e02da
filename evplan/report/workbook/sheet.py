"""One sheet being written: lines over the years, each cell a value or a formula with the value that was checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evplan.report.workbook.inputs import address

FIRST_COLUMN = 1  # of year 0, after the title


@dataclass
class Sheet:
    """One sheet. rates : rates that are not those of Inputs, by name.  rows : row of each line, by name.  at : the next free row."""

    page: Any
    years: int
    formats: dict[str, Any]
    rates: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    at: int = 0

    @property
    def every_year(self) -> range:
        """Return the years of the cash flow, from construction on."""
        return range(self.years + 1)

    def values(self, name: str, title: str, values: Iterable[float], look: str = "money") -> None:
        """Write a line of values."""
        self._titled(name, title)
        for k, value in enumerate(values):
            self.page.write_number(self.at, FIRST_COLUMN + k, float(value), self.formats[look])
        self.at += 1

    def formulas(
        self, name: str, title: str, formulas: Sequence[str | None], values: Iterable[float], look: str = "money"
    ) -> None:
        """Write a line of formulas with the values that they come to; nothing where there is none."""
        self._titled(name, title)
        for k, (formula, value) in enumerate(zip(formulas, values, strict=True)):
            if formula is not None:
                self.page.write_formula(self.at, FIRST_COLUMN + k, formula, self.formats[look], float(value))
        self.at += 1

    def figure(self, name: str, title: str, formula: str, value: float | str, look: str) -> None:
        """Write one figure with the value, or the word, that it comes to."""
        self._titled(name, title, "bold")
        self.page.write_formula(self.at, FIRST_COLUMN, formula, self.formats[look], value)
        self.at += 1

    def value(self, name: str, k: int) -> str:
        """Return the address of a line's cell in year k, or 0 where the sheet has no such line."""
        return self.cell(name, k) if name in self.rows else "0"

    def rate(self, name: str) -> str:
        """Return a rate for a formula: its input's address, or this sheet's own."""
        return repr(self.rates[name]) if name in self.rates else address(name)

    def heading(self, text: str) -> None:
        """Write a heading over the lines that follow."""
        self.page.write_string(self.at + 1, 0, text, self.formats["bold"])
        self.at += 2

    def cell(self, name: str, k: int) -> str:
        """Return the address of a line's cell in year k."""
        from xlsxwriter.utility import xl_rowcol_to_cell

        return str(xl_rowcol_to_cell(self.rows[name], FIRST_COLUMN + k))

    def span(self, name: str, first: int = 0, last: int | None = None) -> str:
        """Return the range of a line's cells over some years."""
        return f"{self.cell(name, first)}:{self.cell(name, self.years if last is None else last)}"

    def sums(self, plus: Sequence[str], minus: Sequence[str], before: Sequence[str] = ()) -> list[str]:
        """Return formulas that add and subtract lines, those that the sheet has. before : lines of which last year's is added."""
        found = []
        for k in self.every_year:
            parts = [f"+{self.cell(name, k)}" for name in plus if name in self.rows]
            parts += [f"-{self.cell(name, k)}" for name in minus if name in self.rows]
            parts += [f"+{self.cell(name, k - 1)}" for name in before if k and name in self.rows]
            found.append("=" + ("".join(parts) or "0"))
        return found

    def running_sum(self, name: str, title: str, line: str, values: np.ndarray) -> None:
        """Write the running sum of a line."""
        row = self.at
        self.rows[name] = row
        formulas = [f"={self.cell(line, k)}" + (f"+{self.cell(name, k - 1)}" if k else "") for k in self.every_year]
        self.formulas(name, title, formulas, np.cumsum(values))

    def _titled(self, name: str, title: str, look: str = "text") -> None:
        self.page.write_string(self.at, 0, title, self.formats[look])
        self.rows[name] = self.at
