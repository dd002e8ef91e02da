"""A day on a feeder as numbers: who draws what, what panels could give, what vehicles want. C customers, P panels, S sessions, T steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.feeder.flow import Flow, legs_of
from evplan.feeder.network import Customer, Network
from evplan.feeder.panda import read_pandapower
from evplan.feeder.plain import CUSTOMER, phases_of, read_rows, read_tables
from evplan.feeder.ratings import allowed, binding
from evplan.feeder.series import fits, minute_of, on_horizon, read_series
from evplan.feeder.study import FeederStudy, NetworkOf
from evplan.instance.columns import rows_shown
from evplan.instance.suggest import did_you_mean

SESSION = ("name", "bus", "phases", "arrival", "departure", "energy_kwh", "max_kw")
DAY = 1440


@dataclass(frozen=True)
class Session:
    """A vehicle. first, last : steps between which it is there, the last not included.  kwh : from the grid.  kw : at most."""

    at: Customer
    first: int
    last: int
    kwh: float
    kw: float

    def possible(self, hours: float) -> float:
        """Return the most energy that it can get, kWh."""
        return min(self.kwh, self.kw * hours * (self.last - self.first))


@dataclass(frozen=True)
class Day:
    """A day. load : VA drawn, complex, shape (C, T).  panel_kw : that panels could give, shape (P, T)."""

    study: FeederStudy
    network: Network
    customers: tuple[Customer, ...]
    load: np.ndarray
    panels: tuple[Customer, ...]
    panel_kw: np.ndarray
    sessions: tuple[Session, ...]

    @cached_property
    def flow(self) -> Flow:
        """Return the power flow of everybody: customers, panels and vehicles, in this order."""
        everybody = [*self.customers, *self.panels, *(one.at for one in self.sessions)]
        return Flow(self.network, legs_of(self.network, everybody))

    @cached_property
    def rated(self) -> np.ndarray:
        """Return the current that each row of branches may carry, A."""
        return allowed(self.network, self.study.limits)

    @cached_property
    def binding(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of branches that can pass their rating first, and these, A."""
        return binding(self.flow, self.rated)

    @property
    def hours(self) -> float:
        """Return the length of a step."""
        return self.study.horizon.hours

    @cached_property
    def there(self) -> np.ndarray:
        """Return whether each vehicle is there, shape (S, T)."""
        steps = np.arange(self.study.horizon.steps)
        first, last = (np.array([getattr(one, field) for one in self.sessions], int) for field in ("first", "last"))
        return (steps >= first[:, None]) & (steps < last[:, None])

    def drawn(
        self, charge_kw: np.ndarray, curtailed_kw: np.ndarray, panel_kvar: np.ndarray | None = None
    ) -> np.ndarray:
        """Return what everybody draws, VA, shape (C + P + S, T). charge_kw : shape (S, T).  curtailed_kw, panel_kvar : shape (P, T)."""
        panels = 1000 * (curtailed_kw - self.panel_kw) + (0j if panel_kvar is None else 1000j * panel_kvar)
        return np.concatenate([self.load, panels, 1000 * charge_kw + 0j])


def day_of(study: FeederStudy, folder: Path) -> Day:
    """Return a study's day. Raises: InputError for files that cannot be read or do not fit together."""
    network = network_of(study.network, folder)
    panels, panel_kw = _panels(study, folder, network)
    return Day(
        study,
        network,
        network.customers,
        _loads(study, folder, network),
        panels,
        panel_kw,
        _sessions(study, folder, network),
    )


def network_of(said: NetworkOf, folder: Path) -> Network:
    """Return the network that a file names."""
    if said.dss is not None:
        from evplan.feeder.dss import read_dss

        return read_dss(folder / said.dss)
    if said.pandapower is not None:
        return read_pandapower(folder / said.pandapower)
    assert said.tables is not None
    return read_tables(folder, said.tables)


def _loads(study: FeederStudy, folder: Path, network: Network) -> np.ndarray:
    said, horizon = study.loads, study.horizon
    table = read_series(folder / said.file, horizon) if said.file is not None else None
    if table is not None:
        _known(
            folder / said.file if said.file else folder,
            list(table.columns),
            [one.name for one in network.customers],
            "customer",
        )
    made = np.zeros((len(network.customers), horizon.steps), complex)
    for c, one in enumerate(network.customers):
        usual = one.kvar / one.kw if one.kw else 0.0
        per_kw = usual if said.power_factor is None else np.sqrt(1 / said.power_factor**2 - 1)
        if table is not None and one.name in table:
            kw = table[one.name].to_numpy(float)
            made[c] = kw * (1 + 1j * per_kw)
        elif one.kw_series is not None and fits(len(one.kw_series), horizon):
            kw, kvar = (
                on_horizon(part, horizon) if part is not None else 0.0 for part in (one.kw_series, one.kvar_series)
            )
            made[c] = kw + 1j * (kvar if said.power_factor is None else kw * per_kw)
        else:
            made[c] = one.kw * (1 + 1j * per_kw) if one.kw else 1j * one.kvar
    return 1000 * said.scale * made


def _panels(study: FeederStudy, folder: Path, network: Network) -> tuple[tuple[Customer, ...], np.ndarray]:
    if study.panels is None:
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
