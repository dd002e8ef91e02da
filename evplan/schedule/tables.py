"""Read sessions: cells of a table (forms.py) checked and turned into numbers and instants, every bad row told."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from evplan.errors import InputError
from evplan.instance.columns import Wrong, rows_shown
from evplan.instance.sessions import FORM, LONGEST_H, instants, stay_hours
from evplan.schedule.chargers import Chargers
from evplan.schedule.forms import Cells, cells_of_file, cells_of_rows, empty
from evplan.schedule.names import OCPI, SessionColumns
from evplan.schedule.sessions import HOUR_S, Sessions

AS_USUAL = SessionColumns()
UTC = ZoneInfo("UTC")
YES, NO = ("true", "yes", "y", "1", "1.0"), ("false", "no", "n", "0", "0.0", "")


def read_sessions(path: Path, chargers: Chargers, zone: str, columns: SessionColumns = AS_USUAL) -> Sessions:
    """Return the sessions of a file. Raises: InputError that names missing columns and every bad row."""
    try:
        return _checked(cells_of_file(path, columns), chargers, ZoneInfo(zone))
    except Wrong as wrong:
        raise _told(str(path), wrong) from None


def sessions_from_rows(
    rows: list[dict[str, Any]], chargers: Chargers, zone: str, columns: SessionColumns = AS_USUAL
) -> Sessions:
    """Return the sessions of rows as a JSON file has them. Raises: InputError as for a file."""
    try:
        return _checked(cells_of_rows(rows, columns), chargers, ZoneInfo(zone))
    except Wrong as wrong:
        raise _told("sessions", wrong) from None


def _told(where: str, wrong: Wrong) -> InputError:
    return InputError("\n".join(f"{where}: {line}" for line in str(wrong).splitlines()))


def _checked(cells: Cells, chargers: Chargers, zone: ZoneInfo) -> Sessions:
    """Return sessions from what is written, or raise `Wrong` with everything that is wrong."""
    faults: list[str] = []
    if not len(cells):
        raise Wrong("file", "holds no sessions")
    arrival, departure = (_instants(cells, field, zone, faults) for field in ("arrival", "departure"))
    battery = _numbers(cells, "battery_kwh", np.nan, (1.0, 2000.0), faults)
    soc, target = (
        _numbers(cells, f, usual, (0.0, 1.0), faults) for f, usual in (("arrival_soc", np.nan), ("target_soc", 1.0))
    )
    energy = _numbers(cells, "energy_kwh", np.nan, (0.0, 2000.0), faults)
    energy = np.where(np.isnan(energy), np.maximum(target - soc, 0.0) * battery, energy)
    most = _numbers(cells, "max_kw", chargers.power_kw, (0.1, 2000.0), faults)
    least = _numbers(cells, "min_kw", np.nan, (0.0, 2000.0), faults)
    priority, phases = (
        _numbers(cells, "priority", 1.0, (1e-3, 1e3), faults),
        _numbers(cells, "phases", 3.0, (1.0, 3.0), faults),
    )
    phase = _numbers(cells, "phase", 0.0, (0.0, 3.0), faults)
    for field, values in (("phases", phases), ("phase", phase)):
        broken = np.flatnonzero(values % 1 != 0)
        if len(broken) and np.isfinite(values).all():
            faults.append(
                f"column {cells.named[field]!r} must hold whole numbers; see {_rows(broken, cells.of[field], cells.first)}"
            )
    gives = [text.strip().lower() for text in _texts(cells, "gives").tolist()]
    unclear = np.array([i for i, text in enumerate(gives) if text not in YES + NO], int)
    if len(unclear):
        faults.append(
            f"column {cells.named['gives']!r} must hold yes or no; see {_rows(unclear, cells.of['gives'], cells.first)}"
        )
    twice = _twice(cells.of.get("name", []))
    if len(twice):
        faults.append(
            f"column {cells.named['name']!r} must name each session once; see {_rows(twice, cells.of['name'], cells.first)}"
        )
    unknown = np.flatnonzero(np.isnan(energy))
    if len(unknown):
        faults.append(f"no energy is asked for in {_rows(unknown, [''] * len(cells), cells.first)}")
    if faults:
        raise Wrong("file", "\n".join(faults))
    least = np.where(np.isnan(least), chargers.least_kw(phases), least)
    come, leave = _seconds(arrival), _leaving(cells, arrival, departure, "departure")
    return Sessions(
        name=_names(cells), arrival_s=come, departure_s=leave,
        energy_kwh=energy, max_kw=np.minimum(most, chargers.power_kw), min_kw=np.minimum(least, most), priority=priority,
        phases=phases.astype(int), phase=phase.astype(int), charger=_texts(cells, "charger"),
        gives=np.array([text in YES for text in gives]), battery_kwh=battery, arrival_soc=soc,
        left_s=_left(cells, arrival, leave, zone),
    )  # fmt: skip


def _names(cells: Cells) -> np.ndarray:
    """Return what each session is called: as it is written, or its number."""
    written = cells.of.get("name", [None] * len(cells))
    return np.array([str(i + 1) if empty(cell) else str(cell) for i, cell in enumerate(written)])


def _twice(names: list) -> np.ndarray:
    """Return the places of names that stand there before; empty ones are numbered and do not count."""
    seen: set[str] = set()
    found = []
    for i, name in enumerate(names):
        if not empty(name) and str(name) in seen:
            found.append(i)
        seen.add(str(name))
    return np.array(found, int)


def _numbers(cells: Cells, field: str, usual: float, walls: tuple[float, float], faults: list[str]) -> np.ndarray:
    """Return a field as numbers, the usual where nothing is written; note what lies outside its walls."""
    written = cells.of.get(field)
    if written is None:
        return np.full(len(cells), usual)
    values = np.array([_number(cell, usual) for cell in written])
    bad = np.flatnonzero(~(np.isnan(values) & np.isnan(usual)) & ~((values >= walls[0]) & (values <= walls[1])))
    if len(bad):
        rows = _rows(bad, written, cells.first)
        faults.append(f"column {cells.named[field]!r} must hold numbers from {walls[0]:g} to {walls[1]:g}; see {rows}")
    return values


def _instants(cells: Cells, field: str, zone: ZoneInfo, faults: list[str]) -> list[datetime.datetime]:
    """Return a field as instants; note what is none. OCPI's are of UTC where they say nothing else (2.2.1, type DateTime)."""
    of_ocpi = cells.named[field].strip().lower() in OCPI
    found, bad = instants([_time(cell) for cell in cells.of[field]], cells.first, UTC if of_ocpi else zone)
    if bad:
        faults.append(f"column {cells.named[field]!r} must hold {FORM}; see {rows_shown(bad)}")
    return found


def _leaving(
    cells: Cells, arrival: Sequence[datetime.datetime], departure: Sequence[datetime.datetime], field: str
) -> np.ndarray:
    """Return when sessions leave, seconds since 1970. Raises: `Wrong` for those that leave before they come, or stay too long."""
    stay = np.array([stay_hours(a, d) for a, d in zip(arrival, departure, strict=True)])
    wrong = np.flatnonzero((stay <= 0) | (stay > LONGEST_H))
    if len(wrong):
        rows = _rows(wrong, cells.of[field], cells.first)
        raise Wrong("file", f"a session must leave after it comes, within {LONGEST_H / 24:g} days; see {rows}")
    return _seconds(arrival) + HOUR_S * stay


def _left(cells: Cells, arrival: Sequence[datetime.datetime], leave: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """Return when sessions really left, seconds since 1970: as their drivers said where nothing else is written."""
    written, faults = cells.of.get("left"), list[str]()
    if written is None:
        return leave
    there = [i for i, cell in enumerate(written) if not empty(cell)]
    some = Cells({"left": [written[i] for i in there], "arrival": there}, cells.named, cells.first)
    found = _instants(some, "left", zone, faults)
    if faults:
        raise Wrong("file", faults[0])
    left = leave.copy()
    left[there] = _leaving(some, [arrival[i] for i in there], found, "left")
    return left


def _texts(cells: Cells, field: str) -> np.ndarray:
    return np.array(["" if empty(cell) else str(cell) for cell in cells.of.get(field, [""] * len(cells))])


def _number(cell: Any, usual: float) -> float:
    """Return a cell as a number, the usual where it is empty, infinity where it is none."""
    if empty(cell):
        return usual
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        return float("inf")


def _seconds(times: Sequence[datetime.datetime]) -> np.ndarray:
    return np.array([t.timestamp() for t in times])


def _time(cell: Any) -> Any:
    """Return a cell as an instant's text; ACN-Data writes its times as mail does (RFC 1123)."""
    if isinstance(cell, str) and cell[:3].isalpha():
        try:
            return parsedate_to_datetime(cell)
        except (TypeError, ValueError):
            return cell
    return cell if not hasattr(cell, "to_pydatetime") else datetime.datetime.fromisoformat(str(cell))


def _rows(bad: np.ndarray, cells: list, first: int) -> str:
    return rows_shown([f"row {first + i} ({cells[i]})" for i in bad.tolist()])
