"""Columns of CSV and Parquet files as they are written, without pandas; faults name the field that leads there."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Mapping
from pathlib import Path

from evplan.instance.suggest import did_you_mean
from evplan.paths import sized

MAX_SHOWN = 5
MOST_ROWS = 20_000_000


class Wrong(Exception):
    """What is wrong with a file, and the field of the instance that leads there; its readers turn it into a fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def read_columns(path: Path, columns: Mapping[str, str]) -> tuple[dict[str, list], int]:
    """Return columns as they are written, by field, and the number of the first row as an editor or a table shows it.

    columns : the name of a column for each field of the instance that names one.
    """
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise Wrong("file", "must be a .csv or .parquet file")
    try:
        if path.suffix.lower() == ".csv":
            return _csv(path, columns), 2
        return _parquet(path, columns), 1
    except FileNotFoundError:
        raise Wrong("file", "no such file (paths are relative to the instance file)") from None
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        raise Wrong("file", f"cannot be read ({reason})") from None


def header_of(path: Path) -> list[str]:
    """Return the names of a file's columns."""
    try:
        if path.suffix.lower() == ".parquet":
            from pyarrow import parquet

            return list(parquet.read_schema(path).names)
        with path.open(encoding="utf-8-sig", newline="") as handle:
            header = next(csv.reader(handle), [])
    except FileNotFoundError:
        raise Wrong("file", "no such file") from None
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        raise Wrong("file", f"cannot be read ({reason})") from None
    mark = next((mark for mark in (";", "\t") if len(header) == 1 and mark in header[0]), None)
    if mark is not None:
        raise Wrong("file", f"has its columns apart by {mark!r}; write it with commas, and decimals with points")
    return header


def _csv(path: Path, columns: Mapping[str, str]) -> dict[str, list]:
    with sized(path).open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.reader(handle)
        header = next(reader, [])
        places = {field: _index(field, column, header) for field, column in columns.items()}
        found: dict[str, list] = {field: [] for field in places}
        last = 0
        for rows, row in enumerate(reader, start=1):
            last = rows if any(row) else last  # editors end files with empty lines
            for field, i in places.items():
                found[field].append(row[i] if i < len(row) else "")
    return {field: cells[:last] for field, cells in found.items()}


def _parquet(path: Path, columns: Mapping[str, str]) -> dict[str, list]:
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(sized(path)) as file:
            if file.metadata.num_rows > MOST_ROWS:  # which a few bytes can hold
                raise Wrong("file", f"holds {file.metadata.num_rows:,} rows; at most {MOST_ROWS:,} are read")
            for field, column in columns.items():
                _index(field, column, file.schema_arrow.names)
            table = file.read(columns=list(dict.fromkeys(columns.values())))
            return {field: table[column].to_pylist() for field, column in columns.items()}
    except ArrowException as error:
        raise Wrong("file", f"not a readable Parquet file ({str(error).splitlines()[0]})") from None


def _index(field: str, column: str, header: list[str]) -> int:
    if header.count(column) == 1:
        return header.index(column)
    if column in header:
        raise Wrong(field, f"column {column!r} appears {header.count(column)} times")
    if len(header) == 1 and ";" in header[0]:
        raise Wrong("file", "columns must be separated by commas, not semicolons")
    raise Wrong(field, f"there is no column {column!r}{did_you_mean(column, header)}")


def rows_shown(bad: list[str]) -> str:
    """Return the first few of what is wrong, and how many more there are."""
    return ", ".join(bad[:MAX_SHOWN]) + (f" and {len(bad) - MAX_SHOWN} more" if len(bad) > MAX_SHOWN else "")


def cell_shown(text: object) -> str:
    """Return a cell as a fault shows it."""
    if text is None or text == "":
        return "empty"
    if isinstance(text, datetime.datetime):
        return str(text)
    return repr(text) if len(repr(text)) <= 30 else repr(text)[:27] + "..."
