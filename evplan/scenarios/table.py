"""The table of a comparison: written as a whole after every row, and read again to go on from.

How long rows took stands in a table beside it, so that the same rows are the same bytes.
"""

from __future__ import annotations

import csv
import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.csvs import as_said, as_text
from evplan.errors import InputError
from evplan.paths import replacing
from evplan.scenarios.rows import ASKED, COLUMNS, Asked, Row

if TYPE_CHECKING:
    from evplan.planning.sites import Progress

KNOWN_BY = ("scenario", *ASKED)  # a row, in the table of seconds
TEXT = {"scenario", "solver", "status", "chargers", "currency", "message", "asked_solver", "instance_hash"}


class Rows:
    """The rows so far, in the order in which they were asked for; a table of them is written after each."""

    def __init__(
        self, every: list[Asked], known: list[Row], table: Path | None, *, by_objective: bool, progress: Progress
    ) -> None:
        self._every, self._table, self._by_objective, self._progress = every, table, by_objective, progress
        answers = ((i, row) for i, asked in enumerate(every) for row in known if asked.is_answered_by(row))
        self._rows: dict[int, Row] = dict(answers)
        self._beside = [
            row for row in known if not any(asked.asks_the_same(row) for asked in every)
        ]  # kept as they are
        self._lock = threading.Lock()
        self.missing = [i for i in range(len(every)) if i not in self._rows]
        if self._rows:
            progress("rows", f"{len(self._rows)} of {len(every)} taken from {table}")

    @property
    def finished(self) -> list[Row]:
        """Return the finished rows, best first if tariffs are compared."""
        rows = [self._rows[i] for i in sorted(self._rows)]
        if self._by_objective:
            rows.sort(key=lambda row: -math.inf if row["objective"] is None else row["objective"], reverse=True)
        return rows

    def finish(self, i: int, row: Row) -> None:
        """Take a finished row in, write the table and say so."""
        with self._lock:
            self._rows[i] = row
            if self._table is not None:
                write_rows([*self.finished, *self._beside], self._table)
            took = "" if row["seconds"] is None else f" in {row['seconds']:.1f} s"
            for subject in (self._every[i].said, "rows"):
                self._progress(subject, "")
            self._progress(
                "rows", f"{len(self._rows)} of {len(self._every)} done; {self._every[i].said}: {row['status']}{took}"
            )


def write_rows(rows: Sequence[Row], path: Path) -> None:
    """Write a table, and that of seconds beside it, each as a whole in place of what was there."""
    for file, columns in (
        (beside(path), (*KNOWN_BY, "seconds")),
        (path, tuple(name for name in COLUMNS if name != "seconds")),
    ):
        with replacing(file) as temporary, temporary.open("w", newline="", encoding="utf-8") as handle:
            table = csv.DictWriter(handle, columns, extrasaction="ignore")
            table.writeheader()
            table.writerows({name: as_text(value) for name, value in row.items()} for row in rows)


def beside(path: Path) -> Path:
    """Return the table of seconds that belongs to a table."""
    return path.with_name(f"{path.stem}-seconds.csv")


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a table, none if there is no such file.  Raises `InputError` for a file that is no such table."""
    if not path.exists():
        return []
    try:
        rows = _read(path, COLUMNS)
        seconds = _read(beside(path), (*KNOWN_BY, "seconds")) if beside(path).is_file() else []
    except (ValueError, csv.Error):
        raise InputError(f"{path}: is no table of `evplan compare`; name another with --output") from None
    took = {_key(row): row["seconds"] for row in seconds}
    return [{**row, "seconds": took.get(_key(row))} for row in rows]


def _read(path: Path, columns: Sequence[str]) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as handle:
        return [{name: _value(name, as_said(said.get(name))) for name in columns} for said in csv.DictReader(handle)]


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in KNOWN_BY)


def _value(name: str, said: str | None) -> Any:
    if not said:
        return None
    return said if name in TEXT else int(said) if name == "exit_code" else float(said)
