"""Session files: when each vehicle came, how long it stayed, what it got; checked with row numbers, without pandas."""

from __future__ import annotations

import datetime
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

from evplan.errors import InputError
from evplan.instance.columns import Wrong, cell_shown, read_columns, rows_shown
from evplan.instance.managed import SessionsFile
from evplan.instance.series import numbers

LONGEST_H = 720.0  # a vehicle parked for more than thirty days is a slip, or has left the system
NEARLY = 5  # days of a last week that stand for all of it: data of working days end on a Friday
WRITTEN = len("2027-03-01 08:15")
HOUR_S = 3600.0
FORM = "ISO 8601, such as 2027-03-01 08:15 or 2027-03-01T08:15:00+01:00"


@dataclass(frozen=True)
class FileSessions:
    """Sessions of a file, those of whole weeks only. Lists run over sessions.

    first_day : date of the first arrival.  weeks : whole weeks covered.  left_out : sessions of the last, broken week.
    day : of arrival, counted from the first.  second : of arrival, local time of that day.  row : in the file.
    """

    first_day: datetime.date
    weeks: int
    left_out: int
    row: list[int]
    day: list[int]
    second: list[float]
    stay_h: list[float]
    energy_kwh: list[float]
    max_power_kw: list[float] | None
    arrival_soc: list[float] | None


def read_sessions(said: SessionsFile, folder: Path, zone: str) -> FileSessions:
    """Return the sessions of a file, or raise `InputError` naming the bad rows."""
    found, wrong = _read(said, folder / said.file, zone)
    if found is None:
        raise InputError("; ".join(f"{folder / said.file}: {fault}" for fault in wrong))
    return found


def session_faults(said: SessionsFile, folder: Path, zone: str) -> list[tuple[str, str]]:
    """Return everything that is wrong with a file of sessions as (field, message)."""
    return [(fault.field, str(fault)) for fault in _read(said, folder / said.file, zone)[1]]


def _read(said: SessionsFile, path: Path, zone: str) -> tuple[FileSessions | None, list[Wrong]]:
    fields = ("arrival", "departure", "energy_kwh", "max_power_kw", "arrival_soc")
    named = {field: column for field in fields if (column := getattr(said, field)) is not None}
    try:
        cells, first = read_columns(path, named)
        if not cells["arrival"]:
            raise Wrong("file", "holds no sessions")
        return _checked(cells, named, first, zoneinfo.ZoneInfo(zone))
    except Wrong as wrong:
        return None, [wrong]


def _checked(
    cells: dict[str, list], named: dict[str, str], first: int, zone: zoneinfo.ZoneInfo
) -> tuple[FileSessions | None, list[Wrong]]:
    wrong: list[Wrong] = []
    values: dict[str, list] = {}
    for field in named:
        if field in ("arrival", "departure"):
            values[field], bad, what = *instants(cells[field], first, zone), FORM
        else:
            values[field], bad = numbers(cells[field], first)
            what = "numbers of at least 0"
            if field == "arrival_soc":
                over = [f"row {first + i} ({value:g})" for i, value in enumerate(values[field]) if value > 1]
                bad, what = bad + over, "fractions from 0 to 1"
        if bad:
            wrong.append(Wrong(field, f"column {named[field]!r} must hold {what}; see {rows_shown(bad)}"))
    if not wrong:
        wrong = _stay_faults(values, named, first)
    if not wrong and not any(values["energy_kwh"]):
        wrong = [Wrong("energy_kwh", f"column {named['energy_kwh']!r} holds nothing but 0: nobody wants energy")]
    return (None, wrong) if wrong else _in_weeks(values, first)


def instants(cells: list, first: int, zone: zoneinfo.ZoneInfo) -> tuple[list[datetime.datetime], list[str]]:
    """Return cells as instants in the zone, and rows that hold none."""
    found, bad = [], []
    for row, cell in enumerate(cells, start=first):
        try:
            found.append(instant(cell, zone))
        except (ValueError, TypeError, OverflowError) as error:
            why = f", {error}" if isinstance(error, Skipped) else ""
            bad.append(f"row {row} ({cell_shown(cell)}{why})")
    return found, bad


class Skipped(ValueError):
    """A local time that daylight saving skips."""


def instant(cell: object, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """Return a cell as an instant in the zone; of a local time that comes twice, the first."""
    if not isinstance(cell, datetime.datetime):
        if not isinstance(cell, str) or len(cell) < WRITTEN:
            raise ValueError
        cell = datetime.datetime.fromisoformat(cell)
    if cell.tzinfo is not None:
        return cell.astimezone(zone)
    local = cell.replace(tzinfo=zone, fold=0)
    back = datetime.datetime.fromtimestamp(local.timestamp(), zone)
    if back.replace(tzinfo=None, fold=0) != cell.replace(fold=0):
        raise Skipped(f"which the clocks of {zone.key} skip; are these times of another zone? give their offset")
    return local


def stay_hours(arrival: datetime.datetime, departure: datetime.datetime) -> float:
    """Return how long a vehicle stayed, h; of a departure that comes twice, the second where the first is too early."""
    stay = departure.timestamp() - arrival.timestamp()
    if stay <= 0:
        stay = departure.replace(fold=1).timestamp() - arrival.timestamp()
    return stay / HOUR_S


def _stay_faults(values: dict[str, list], named: dict[str, str], first: int) -> list[Wrong]:
    """Return vehicles that leave before they come, or stay beyond belief; on success, put the stays into `values`."""
    pairs = zip(values["arrival"], values["departure"], strict=True)
    values["stay_h"] = stays = [stay_hours(*pair) for pair in pairs]
    wrong = []
    early = [f"row {first + i} ({values['departure'][i]:%Y-%m-%d %H:%M})" for i, stay in enumerate(stays) if stay <= 0]
    if early:
        wrong.append(Wrong("departure", f"must come after {named['arrival']!r}; see {rows_shown(early)}"))
    long = [f"row {first + i} ({stay / 24:,.0f} days)" for i, stay in enumerate(stays) if stay > LONGEST_H]
    if long:
        message = f"no stay may be longer than {LONGEST_H / 24:g} days; see {rows_shown(long)}"
        wrong.append(Wrong("departure", message))
    return wrong


def _in_weeks(values: dict[str, list], first: int) -> tuple[FileSessions | None, list[Wrong]]:
    """Return the sessions of the whole weeks that the file covers."""
    ordinal = [instant.toordinal() for instant in values["arrival"]]
    begins, covered = min(ordinal), max(ordinal) - min(ordinal) + 1
    weeks = covered // 7 + (covered % 7 >= NEARLY)
    if not weeks:
        return None, [Wrong("file", f"covers {covered} days; sessions of one whole week at least are needed")]
    kept = [i for i, day in enumerate(ordinal) if day - begins < 7 * weeks]

    def of(name: str) -> list | None:
        return [values[name][i] for i in kept] if name in values else None

    clock = [values["arrival"][i] for i in kept]
    seconds = [t.hour * HOUR_S + t.minute * 60.0 + t.second + t.microsecond / 1e6 for t in clock]
    return FileSessions(
        datetime.date.fromordinal(begins), weeks, len(ordinal) - len(kept), [first + i for i in kept],
        [ordinal[i] - begins for i in kept], seconds, of("stay_h") or [], of("energy_kwh") or [], of("max_power_kw"), of("arrival_soc"),
    ), []  # fmt: skip
