"""Texts of strangers' files that would act on whoever reads them: colours, bells, whatever a terminal or a page obeys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # but tabs and the ends of lines


def acts(value: Any) -> bool:
    """Return whether a value is a text that holds control characters."""
    return isinstance(value, str) and CONTROLS.search(value) is not None


def require_letters(table: pd.DataFrame, path: Path) -> None:
    """Raise `InputError` for a table, as a file has it, whose head or cells hold control characters."""
    from pandas.api.types import is_numeric_dtype

    for i, name in enumerate(table.columns):
        if acts(name):
            raise InputError(
                f"{path}: the name of column {i + 1} holds control characters ({name!r:.60}); take them out"
            )
        if is_numeric_dtype(table.dtypes.iloc[i]):
            continue
        row, cell = next(((row, cell) for row, cell in enumerate(table.iloc[:, i]) if acts(cell)), (0, None))
        if cell is not None:
            raise InputError(
                f"{path}: row {row + 2}, column {name!r} holds control characters ({cell!r:.60}); take them out"
            )
