"""CSV files as they go out and come back: whole or not at all, and no text of theirs is a formula to a spreadsheet.

A name from somebody's data that opens with =, +, -, @, a tab or a line's end would be run by the spreadsheet that opens the table. Such a
text goes out behind an apostrophe, and so does one that has an apostrophe there already; coming back, one apostrophe is taken off.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.paths import replacing

if TYPE_CHECKING:
    import pandas as pd

FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table without its index, whole or not at all."""
    with replacing(path) as temporary:
        with_cells(table, as_text).to_csv(temporary, index=False)


def read_csv(path: Path, **how: Any) -> pd.DataFrame:
    """Return a table that `write_csv` wrote. how : as pandas.read_csv takes it."""
    import pandas as pd

    return with_cells(pd.read_csv(path, **how), as_said)


def as_text(cell: Any) -> Any:
    """Return a cell as it goes out: a text that would be a formula behind an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) and not NUMBER.fullmatch(cell) else cell


def as_said(cell: Any) -> Any:
    """Return a cell as it was before it went out."""
    return cell[1:] if isinstance(cell, str) and cell[:1] == "'" and FORMULA.match(cell) else cell


def with_cells(table: pd.DataFrame, change: Any) -> pd.DataFrame:
    """Return a table with its texts changed, those of its head, too."""
    from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

    texts = [
        i
        for i, kind in enumerate(table.dtypes)
        if not (is_numeric_dtype(kind) or is_bool_dtype(kind) or is_datetime64_any_dtype(kind))
    ]
    made = table.copy(deep=False)
    for i in texts:
        made.isetitem(i, made.iloc[:, i].map(change))
    return made.set_axis([change(name) for name in table.columns], axis=1)
