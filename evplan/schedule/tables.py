"""Read sessions: CSV, Parquet, and the JSON of ACN-Data and OCPI; columns by the names that these forms give them."""

from __future__ import annotations

import datetime
import json
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from evplan.errors import InputError
from evplan.instance.columns import Wrong, header_of, read_columns, rows_shown
from evplan.instance.sessions import FORM, LONGEST_H, instants, stay_hours
from evplan.instance.suggest import did_you_mean
from evplan.schedule.sessions import Sessions
from evplan.schedule.site import Chargers

# What each field is called: first by us, then by ACN-Data (API and tables), OCPI 2.2.1 (sessions and CDRs), and usual exports.
NAMES = {
    "name": ("id", "name", "session_id", "sessionid", "session", "_id", "ev_id", "vehicle"),
    "arrival": ("arrival", "connectiontime", "start_date_time", "plug_in", "start_plugin", "arrival_time", "start"),
    "departure": ("departure", "disconnecttime", "end_date_time", "plug_out", "end_plugout", "departure_time", "end"),
    "energy_kwh": ("energy_kwh", "kwhrequested", "requested_energy (kwh)", "kwhdelivered", "delivered_energy (kwh)", "kwh", "total_energy"),
    "max_kw": ("max_power_kw", "max_kw", "power_kw", "nominal_power_kw"),
    "min_kw": ("min_power_kw", "min_kw"),
    "priority": ("priority",),
    "phases": ("phases",),
    "gives": ("v2g", "gives"),
    "battery_kwh": ("battery_kwh", "capacity_kwh"),
    "arrival_soc": ("arrival_soc", "soc"),
    "target_soc": ("target_soc", "departure_soc"),
}  # fmt: skip
NEEDED = ("arrival", "departure")
YES, NO = ("true", "yes", "1", "1.0"), ("false", "no", "0", "0.0", "")


def read_sessions(path: Path, chargers: Chargers, zone: str) -> Sessions:
    """Return the sessions of a file. Raises: InputError that names missing columns and every bad row."""
    try:
        cells, named, first = _cells(path)
        return _checked(cells, named, first, chargers, ZoneInfo(zone))
    except Wrong as wrong:
        raise InputError("\n".join(f"{path}: {line}" for line in str(wrong).splitlines())) from None


def sessions_from_rows(rows: list[dict[str, Any]], chargers: Chargers, zone: str) -> Sessions:
    """Return the sessions of rows as a JSON file has them. Raises: InputError as for a file."""
    try:
        return _checked(*_of_rows([_flat(row) for row in rows]), chargers, ZoneInfo(zone))
    except Wrong as wrong:
        raise InputError("\n".join(f"sessions: {line}" for line in str(wrong).splitlines())) from None


def _cells(path: Path) -> tuple[dict[str, list], dict[str, str], int]:
    """Return columns by field as they are written, what the file calls them, and the number of the first row.

    Where a file has several columns of a field, what is empty in the first is taken from the next: asked for, else delivered.
    """
    if path.suffix.lower() == ".json":
        return _of_rows(_json_rows(path))
    named = _named(header_of(path))
    several, first = read_columns(path, {name: name for names in named.values() for name in names})
    return _coalesced(named, several), {field: names[0] for field, names in named.items()}, first


def _of_rows(rows: list[dict[str, Any]]) -> tuple[dict[str, list], dict[str, str], int]:
    """Return the same of rows, each a mapping."""
    if not rows:
        raise Wrong("file", "holds no sessions")
    named = _named(list(dict.fromkeys(name for row in rows for name in row)))
    several = {name: [row.get(name) for row in rows] for names in named.values() for name in names}
    return _coalesced(named, several), {field: names[0] for field, names in named.items()}, 1


def _coalesced(named: dict[str, list[str]], several: dict[str, list]) -> dict[str, list]:
    """Return one column for each field: what is empty in a file's first column of it is taken from the next."""
    cells = {}
    for field, names in named.items():
        pairs = zip(*(several[name] for name in names), strict=True)
        cells[field] = [next((cell for cell in row if not _empty(cell)), None) for row in pairs]
    return cells


def _empty(cell: Any) -> bool:
    return cell is None or cell == "" or cell != cell


def _named(header: list[str]) -> dict[str, list[str]]:
    """Return what a file calls each field that it has, the names that come first in NAMES first."""
    lower = {name.strip().lower(): name for name in header}
    found = {field: [lower[known] for known in names if known in lower] for field, names in NAMES.items()}
    named = {field: names for field, names in found.items() if names}
    missing = [field for field in NEEDED if field not in named]
    if "energy_kwh" not in named and not {"battery_kwh", "arrival_soc"} <= set(named):
        missing.append("energy_kwh (or battery_kwh and arrival_soc)")
    if missing:
        raise Wrong("file", f"has no column {', '.join(missing)}{did_you_mean(missing[0], header)}")
    return named


def _json_rows(path: Path) -> list[dict[str, Any]]:
    """Return the sessions of a JSON file: a list, or what ACN-Data (`_items`) and OCPI (`data`) wrap it in."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Wrong("file", "no such file") from None
    except (OSError, ValueError) as error:
        raise Wrong("file", f"cannot be read ({error})") from None
    if isinstance(said, dict):
        said = said.get("_items", said.get("data", said.get("sessions")))
    if not isinstance(said, list) or not said or not all(isinstance(row, dict) for row in said):
        raise Wrong("file", "holds no list of sessions: neither a list, nor _items (ACN-Data), nor data (OCPI)")
    return [_flat(row) for row in said]


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return a session with what its driver asked for (ACN-Data's userInputs, the last) beside the rest."""
    asked = row.get("userInputs") or []
    last = asked[-1] if isinstance(asked, list) and asked and isinstance(asked[-1], dict) else {}
    return {**row, **{name: last[name] for name in ("kWhRequested",) if name in last}}


def _checked(cells: dict[str, list], named: dict[str, str], first: int, chargers: Chargers, zone: ZoneInfo) -> Sessions:
    """Return sessions from what is written, or raise `Wrong` with everything that is wrong."""
    count, faults = len(cells["arrival"]), []
    if not count:
        raise Wrong("file", "holds no sessions")

    def number(field: str, usual: float, low: float, high: float) -> np.ndarray:
        values = np.array([_number(cell, usual) for cell in cells.get(field, [None] * count)])
        bad = np.flatnonzero(~(np.isnan(values) & np.isnan(usual)) & ~((values >= low) & (values <= high)))
        if len(bad):
            faults.append(
                f"column {named[field]!r} must hold numbers from {low:g} to {high:g}; see {_rows(bad, cells[field], first)}"
            )
        return values

    times = {}
    for field in NEEDED:
        found, bad = instants([_time(cell) for cell in cells[field]], first, zone)
        times[field] = found
        if bad:
            faults.append(f"column {named[field]!r} must hold {FORM}; see {rows_shown(bad)}")
    battery = number("battery_kwh", np.nan, 1.0, 2000.0)
    soc, target = number("arrival_soc", np.nan, 0.0, 1.0), number("target_soc", 1.0, 0.0, 1.0)
    energy = number("energy_kwh", np.nan, 0.0, 2000.0)
    energy = np.where(np.isnan(energy), np.maximum(target - soc, 0.0) * battery, energy)
    most = number("max_kw", chargers.power_kw, 0.1, 2000.0)
    least = number("min_kw", chargers.min_power_kw, 0.0, 2000.0)
    priority, phases = number("priority", 1.0, 1e-3, 1e3), number("phases", 3.0, 1.0, 3.0)
    unknown = np.flatnonzero(np.isnan(energy))
    if len(unknown):
        faults.append(f"no energy is asked for in {_rows(unknown, [''] * count, first)}")
    gives = np.array([str(cell).strip().lower() in YES for cell in cells.get("gives", ["no"] * count)])
    if faults:
        raise Wrong("file", "\n".join(faults))
    stay = np.array([stay_hours(a, d) for a, d in zip(times["arrival"], times["departure"], strict=True)])
    wrong = np.flatnonzero((stay <= 0) | (stay > LONGEST_H))
    if len(wrong):
        raise Wrong(
            "file",
            f"a session must leave after it comes, within {LONGEST_H / 24:g} days; see {_rows(wrong, cells['departure'], first)}",
        )
    arrival = np.array([t.timestamp() for t in times["arrival"]])
    name = np.array([str(cell) for cell in cells.get("name", range(1, count + 1))])
    return Sessions(
        name, arrival, arrival + 3600.0 * stay, energy, np.minimum(most, chargers.power_kw), np.minimum(least, most), priority,
        phases.astype(int), gives, battery, soc,
    )  # fmt: skip


def _number(cell: Any, usual: float) -> float:
    """Return a cell as a number, the usual where it is empty, infinity where it is none."""
    if _empty(cell):
        return usual
    try:
        return float(cell)
    except (TypeError, ValueError):
        return float("inf")


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
