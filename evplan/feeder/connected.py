"""Who is connected beside customers: panels and vehicles, as files or the network itself have them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.feeder.day import Session
from evplan.feeder.network import Customer, Network
from evplan.feeder.plain import CUSTOMER, phases_of, read_rows
from evplan.feeder.series import DAY, minute_of, read_series
from evplan.feeder.study import FeederStudy
from evplan.instance.columns import rows_shown
from evplan.instance.suggest import did_you_mean

MOST_KWH, MOST_KW = 2_000, 2_000  # of a vehicle: more is a slip of units
FAR_ABOVE = 20.0  # the head's rating
ABOVE = 1.5  # of its rating: what a panel may give at most under clouds' edges, and more is a slip of units
SESSION = ("name", "bus", "phases", "arrival", "departure", "energy_kwh", "max_kw")


def own_panels(
    study: FeederStudy, folder: Path, network: Network, load: np.ndarray
) -> tuple[np.ndarray, tuple[Customer, ...], np.ndarray]:
    """Return loads without what the network's own panels give, the panels, and that; their reactive power stays with loads."""
    giving = np.flatnonzero((load.real < 0).any(axis=1))
    if not len(giving):
        raise InputError(
            f"{folder}: the network has no panels of its own (nobody gives power); name panels.file and panels.series"
        )
    kw = -np.minimum(load[giving].real, 0.0) / 1000
    rest = load.copy()
    rest[giving] += 1000 * kw
    panels = (network.customers[c] for c in giving.tolist())
    return rest, tuple(replace(one, kw=float(most)) for one, most in zip(panels, kw.max(axis=1), strict=True)), kw


def panels_of(study: FeederStudy, folder: Path, network: Network) -> tuple[tuple[Customer, ...], np.ndarray]:
    """Return the panels of a study's files, and what each could give, kW, shape (P, T). Raises: InputError for what is wrong with them."""
    if study.panels is None or study.panels.file is None or study.panels.series is None:
        return (), np.zeros((0, study.horizon.steps))
    path = folder / study.panels.file
    panels = tuple(_placed(row, network, path) for row in read_rows(path, CUSTOMER).to_dict("records"))
    table = read_series(folder / study.panels.series, study.horizon)
    if "pu" in table:
        kw = np.array([one.kw for one in panels])[:, None] * table["pu"].to_numpy(float)
    else:
        require_known(path, [one.name for one in panels], list(table.columns), "column of the series")
        kw = np.array([table[one.name].to_numpy(float) for one in panels]).reshape(len(panels), -1)
    most = FAR_ABOVE * (network.head_kva or np.inf)
    biggest = max(one.kw for one in panels)
    if biggest > most:
        raise InputError(f"{path}: kw: {biggest:,.0f} is more than {FAR_ABOVE:g} times the head's rating; it is in kW")
    over = [one.name for one, own in zip(panels, kw, strict=True) if own.max(initial=0.0) > ABOVE * one.kw]
    if over:
        raise InputError(
            f"{folder / study.panels.series}: gives more than {ABOVE:g} times what these panels are rated for, {rows_shown(over)}; "
            "series are in kW, or of the rated in a column `pu`"
        )
    if (kw < 0).any():
        raise InputError(f"{folder / study.panels.series}: panels give, so their series must be at least 0")
    return panels, kw


def sessions_of(study: FeederStudy, folder: Path, network: Network) -> tuple[Session, ...]:
    """Return the vehicles of a study's file. Raises: InputError for those that are wrong, all at once."""
    if study.sessions is None:
        return ()
    path, horizon, found, faults = folder / study.sessions.file, study.horizon, [], []
    for i, row in enumerate(read_rows(path, SESSION).to_dict("records")):
        try:
            times = [
                (minute_of(_clock(row[field])) - minute_of(horizon.start)) % DAY for field in ("arrival", "departure")
            ]
        except ValueError as error:
            faults.append(f"row {i + 2}: {error}")
            continue
        first, last = -(-times[0] // horizon.minutes), (times[1] or DAY) // horizon.minutes
        kwh, kw = float(row["energy_kwh"]) / study.sessions.efficiency, float(row["max_kw"])
        if last <= first:
            faults.append(
                f"row {i + 2}: {row['name']} leaves before it comes in the 24 hours from {horizon.start}, or within a step"
            )
        elif not (0 <= kwh <= MOST_KWH and 0 < kw <= MOST_KW):
            faults.append(
                f"row {i + 2}: energy_kwh must be from 0 to {MOST_KWH:,} and max_kw above 0 and up to {MOST_KW:,} (kWh and kW)"
            )
        else:
            found.append(Session(_placed({**row, "kw": kw}, network, path), first, last, kwh, kw))
    if faults:
        raise InputError(f"{path}: {rows_shown(faults)}")
    return tuple(found)


def _placed(row: dict[str, object], network: Network, path: Path) -> Customer:
    bus, phases = str(row["bus"]), phases_of(row["phases"], path)
    if bus not in network.buses:
        raise InputError(f"{path}: {row['name']}: there is no bus {bus!r}{did_you_mean(bus, list(network.buses))}")
    lacking = [phase for phase in phases if (bus, phase) not in network.at]
    if lacking:
        raise InputError(f"{path}: {row['name']}: bus {bus!r} has no phase {lacking[0]}")
    return Customer(str(row["name"]), bus, phases, float(str(row["kw"])))


def _clock(said: object) -> str:
    text = str(said).strip()
    hours, _, minutes = text.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise ValueError(f"times are HH:MM (got {text!r})")
    return f"{int(hours):02}:{int(minutes):02}"


def require_known(path: Path, named: list[str], known: list[str], what: str) -> None:
    """Raise `InputError` for a name that is not known, with the nearest that is."""
    unknown = [name for name in named if name not in known]
    if unknown:
        raise InputError(f"{path}: there is no {what} {unknown[0]!r}{did_you_mean(unknown[0], known)}")
