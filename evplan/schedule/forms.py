"""Cells of sessions by field, as they are written: from CSV, Parquet and XLSX tables, and the JSON of ACN-Data and OCPI."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evplan.instance.columns import Wrong, header_of, read_columns
from evplan.instance.letters import acts
from evplan.instance.suggest import did_you_mean
from evplan.paths import sized
from evplan.schedule.names import NAMES, SessionColumns

NEEDED = ("arrival", "departure")


@dataclass(frozen=True)
class Cells:
    """What is written: a list of cells for each field that is there.

    named : what the table calls each field.  first : the number of the first row, as an editor shows it.
    """

    of: dict[str, list]
    named: dict[str, str]
    first: int

    def __len__(self) -> int:
        return len(self.of["arrival"])


def cells_of_file(path: Path, columns: SessionColumns) -> Cells:
    """Return the cells of a file. Raises: `Wrong` for what cannot be read, and for columns that are missing."""
    form = path.suffix.lower()
    if form == ".json":
        return cells_of_rows(_json_rows(path), columns)
    if form == ".xlsx":
        return cells_of_rows(_sheet_rows(path), columns, 2)
    named = _named(header_of(path), columns)
    several, first = read_columns(path, {name: name for names in named.values() for name in names})
    return _coalesced(named, several, first)


def cells_of_rows(rows: list[dict[str, Any]], columns: SessionColumns, first: int = 1) -> Cells:
    """Return the cells of rows, each a mapping; what ACN-Data's drivers asked for last stands beside the rest."""
    if not rows:
        raise Wrong("file", "holds no sessions")
    rows = [_flat(row) for row in rows]
    named = _named(list(dict.fromkeys(name for row in rows for name in row)), columns)
    several = {name: [row.get(name) for row in rows] for names in named.values() for name in names}
    return _coalesced(named, several, first)


def empty(cell: Any) -> bool:
    """Return whether nothing is written in a cell."""
    return cell is None or cell == "" or cell != cell


def _coalesced(named: dict[str, list[str]], several: dict[str, list], first: int) -> Cells:
    """Return one list for each field: what is empty in a table's first column of it is taken from the next: asked for, else delivered."""
    cells = {}
    for name in (name for names in named.values() for name in names):
        bad = next((i for i, cell in enumerate(several[name]) if acts(cell)), None)
        if bad is not None:
            raise Wrong("file", f"row {first + bad}, column {name!r} holds control characters; take them out")
    for field, names in named.items():
        pairs = zip(*(several[name] for name in names), strict=True)
        cells[field] = [next((cell for cell in row if not empty(cell)), None) for row in pairs]
    return Cells(cells, {field: names[0] for field, names in named.items()}, first)


def _named(header: list[str], columns: SessionColumns) -> dict[str, list[str]]:
    """Return what a table calls each field that it has, the names that come first in NAMES first; or what `columns` says, and only that."""
    said = {field: name for field, name in columns if name is not None}
    absent = [f"{name!r}{did_you_mean(name, header)}" for name in said.values() if name not in header]
    if absent:
        raise Wrong("file", f"has no column {', '.join(absent)} (see `columns`)")
    lower = {name.strip().lower(): name for name in header}
    known = {field: [lower[name] for name in names if name in lower] for field, names in NAMES.items()}
    named = {field: [said[field]] if field in said else names for field, names in known.items()}
    if "departure" in said:  # who said none left when the table says
        named["departure"] += [name for name in known["departure"] if name != said["departure"]]
    named = {field: names for field, names in named.items() if names}
    missing = [field for field in NEEDED if field not in named]
    if "energy_kwh" not in named and not {"battery_kwh", "arrival_soc"} <= set(named):
        missing.append("energy_kwh (or battery_kwh and arrival_soc)")
    if missing:
        raise Wrong("file", f"has no column {', '.join(missing)}{did_you_mean(missing[0], header)}")
    return named


def _json_rows(path: Path) -> list[dict[str, Any]]:
    """Return the sessions of a JSON file: a list, or what ACN-Data (`_items`) and OCPI (`data`) wrap it in."""
    try:
        said = json.loads(sized(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Wrong("file", "no such file") from None
    except (OSError, ValueError, RecursionError) as error:
        raise Wrong("file", f"cannot be read ({error})") from None
    if isinstance(said, dict):
        said = said.get("_items", said.get("data", said.get("sessions")))
    if not isinstance(said, list) or not said or not all(isinstance(row, dict) for row in said):
        raise Wrong("file", "holds no list of sessions: neither a list, nor _items (ACN-Data), nor data (OCPI)")
    return said


def _sheet_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a workbook's first sheet, whose first row names the columns."""
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(sized(path), read_only=True, data_only=True)
        header, *rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)] or [[]]
        book.close()
    except FileNotFoundError:
        raise Wrong("file", "no such file") from None
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile, InvalidFileException) as error:
        raise Wrong("file", f"cannot be read as a workbook ({error})") from None
    names = [str(cell).strip() if cell is not None else "" for cell in header]
    return [dict(zip(names, row)) for row in rows if any(cell is not None for cell in row)]


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return a session with what its driver asked for (ACN-Data's userInputs, the last) beside the rest."""
    asked = row.get("userInputs") or []
    last = asked[-1] if isinstance(asked, list) and asked and isinstance(asked[-1], dict) else {}
    return {**row, **{name: cell for name, cell in last.items() if name not in row}}
