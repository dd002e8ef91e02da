"""Read a day on a feeder from the files that a study names."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.feeder.day import Day, Session
from evplan.feeder.network import Customer, Network
from evplan.feeder.panda import read_pandapower
from evplan.feeder.plain import CUSTOMER, phases_of, read_rows, read_tables
from evplan.feeder.series import DAY, fits, minute_of, on_horizon, read_series
from evplan.feeder.study import FeederStudy, NetworkOf
from evplan.instance.columns import rows_shown
from evplan.instance.suggest import did_you_mean

SESSION = ("name", "bus", "phases", "arrival", "departure", "energy_kwh", "max_kw")


def day_of(study: FeederStudy, folder: Path) -> Day:
    """Return a study's day. Raises: InputError for files that cannot be read or do not fit together."""
    network = network_of(study.network, folder, study.horizon.date)
    load = _loads(study, folder, network)
    if study.panels is not None and study.panels.file is None:
        load, panels, panel_kw = _own_panels(study, folder, network, load)
    else:
        panels, panel_kw = _panels(study, folder, network)
    return Day(study, network, network.customers, load, panels, panel_kw, _sessions(study, folder, network))


def network_of(said: NetworkOf, folder: Path, date: datetime.date | None = None) -> Network:
    """Return the network that a file names. date : of its own series, where these last longer than a day."""
    if said.dss is not None:
        from evplan.feeder.dss import read_dss

        return read_dss(folder / said.dss, date)
    if said.pandapower is not None:
        return read_pandapower(folder / said.pandapower, date)
    assert said.tables is not None
    return read_tables(folder, said.tables)


def _loads(study: FeederStudy, folder: Path, network: Network) -> np.ndarray:
    """Return what customers draw, VA, shape (C, T). The file's scale and power factor are those of who draws, not of who gives."""
    said, horizon = study.loads, study.horizon
    table = None
    if said.file is not None:
        table = read_series(folder / said.file, horizon)
        _known(folder / said.file, list(table.columns), [one.name for one in network.customers], "customer")
    per_kw = np.sqrt(1 / said.power_factor**2 - 1) if said.power_factor is not None else None
    made = np.zeros((len(network.customers), horizon.steps), complex)
    for c, one in enumerate(network.customers):
        usual = one.kvar / one.kw if one.kw else 0.0
        if table is not None and one.name in table:
            kw = table[one.name].to_numpy(float)
            kvar = kw * usual
        elif one.kw_series is not None and fits(len(one.kw_series), horizon):
            kw = on_horizon(one.kw_series, horizon)
            kvar = np.zeros_like(kw) if one.kvar_series is None else on_horizon(one.kvar_series, horizon)
        else:
            kw, kvar = np.full(horizon.steps, one.kw), np.full(horizon.steps, one.kvar)
        if one.kw >= 0:
            kw, kvar = said.scale * kw, said.scale * (kvar if per_kw is None else kw * per_kw)
        made[c] = kw + 1j * kvar
    return 1000 * made


def _own_panels(
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


def _panels(study: FeederStudy, folder: Path, network: Network) -> tuple[tuple[Customer, ...], np.ndarray]:
    if study.panels is None or study.panels.file is None or study.panels.series is None:
        return (), np.zeros((0, study.horizon.steps))
    path = folder / study.panels.file
    panels = tuple(_placed(row, network, path) for row in read_rows(path, CUSTOMER).to_dict("records"))
    table = read_series(folder / study.panels.series, study.horizon)
    if "pu" in table:
        kw = np.array([one.kw for one in panels])[:, None] * table["pu"].to_numpy(float)
    else:
        _known(path, [one.name for one in panels], list(table.columns), "column of the series")
        kw = np.array([table[one.name].to_numpy(float) for one in panels]).reshape(len(panels), -1)
    if (kw < 0).any():
        raise InputError(f"{folder / study.panels.series}: panels give, so their series must be at least 0")
    return panels, kw


def _sessions(study: FeederStudy, folder: Path, network: Network) -> tuple[Session, ...]:
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
        elif kwh < 0 or kw <= 0:
            faults.append(f"row {i + 2}: energy_kwh must be at least 0 and max_kw above 0")
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


def _known(path: Path, named: list[str], known: list[str], what: str) -> None:
    unknown = [name for name in named if name not in known]
    if unknown:
        raise InputError(f"{path}: there is no {what} {unknown[0]!r}{did_you_mean(unknown[0], known)}")
