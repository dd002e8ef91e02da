"""Loads and static generators of a pandapower net as customers of constant power, with the profiles that simbench gives them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evplan.errors import InputError
from evplan.feeder.network import PHASES, Customer
from evplan.feeder.panda_tables import as_frame, in_service, said

KINDS = {
    "load": "load",
    "asymmetric_load": "load",
    "sgen": "renewables",
    "asymmetric_sgen": "renewables",
}  # their profiles
Profiles = Mapping[str, pd.DataFrame]


def customers_of(
    net: dict[str, Any], path: Path, date: datetime.date | None, at: tuple[dict[int, str], set[int]], notes: list[str]
) -> list[Customer]:
    """Return everybody who draws or gives. at : what each bus is called, and the buses that are off.

    notes : grow by what is not as in the net.

    Raises: InputError for loads that are not modelled, and for a date that profiles do not have.
    """
    profiles = _profiles(net, path, date, notes)
    found = []
    for kind in KINDS:
        for k, row in enumerate(in_service(net, kind)):
            if int(row["bus"]) not in at[1]:
                found += _customers(row, kind, k, at[0][int(row["bus"])], profiles)
            if any(said(row, f"const_{what}_percent", 0.0) for what in ("z", "i", "z_p", "z_q", "i_p", "i_q")):
                notes.append("loads that the net has by voltage draw constant power")
    return found


def _customers(row: dict[str, Any], kind: str, k: int, bus: str, profiles: Profiles) -> list[Customer]:
    name, balanced = str(row.get("name") or f"{kind}{k + 1}"), not kind.startswith("asymmetric")
    times, delta = 1000 * (-1 if kind.endswith("sgen") else 1) * said(row, "scaling", 1.0), row.get("type") == "delta"
    if delta and not balanced:
        raise InputError(f"load {name!r}: unbalanced loads between phases are not modelled")
    factors = _factors(row, kind, profiles)

    def one(name: str, phases: tuple[int, ...], mw: float, mvar: float) -> Customer:
        kw, kvar = times * mw, times * mvar
        active, reactive = (None, None) if factors is None else (kw * factors[0], kvar * factors[1])
        return Customer(name, bus, phases, kw, kvar, delta, active, reactive, kind.endswith("sgen"))

    if balanced:
        return [one(name, PHASES, said(row, "p_mw", 0.0), said(row, "q_mvar", 0.0))]
    own = [
        (phase, said(row, f"p_{letter}_mw", 0.0), said(row, f"q_{letter}_mvar", 0.0))
        for phase, letter in zip(PHASES, "abc", strict=True)
    ]
    drawn = [part for part in own if part[1] or part[2]] or own[:1]
    names = [name] if len(drawn) == 1 else [f"{name}-{phase}" for phase, _, _ in drawn]
    return [one(n, (phase,), mw, mvar) for n, (phase, mw, mvar) in zip(names, drawn, strict=True)]


def _factors(row: dict[str, Any], kind: str, profiles: Profiles) -> tuple[np.ndarray, np.ndarray] | None:
    """Return what its profile takes of power and of reactive power, step by step; None where it has no profile."""
    table, name = profiles.get(KINDS[kind]), row.get("profile")
    if table is None or not isinstance(name, str):
        return None
    if f"{name}_pload" in table:
        return table[f"{name}_pload"].to_numpy(float), table[f"{name}_qload"].to_numpy(float)
    if name in table:
        return table[name].to_numpy(float), np.ones(len(table))
    raise InputError(f"the net has no profile {name!r}, which {row.get('name')} is to follow")


def _profiles(net: dict[str, Any], path: Path, date: datetime.date | None, notes: list[str]) -> Profiles:
    """Return the rows of a day of each table of profiles. Source: Meinecke et al. 2020, Energies 13(12), 3290 (simbench)."""
    own = net.get("profiles")
    if not isinstance(own, dict) or not own:
        if date is not None:
            raise InputError(f"{path}: holds no profiles of a year (simbench's nets do); leave out horizon.date")
        return {}
    if date is None:
        notes.append(
            "the net has profiles of a year: `horizon.date` takes a day of them; left out, all draw what they may"
        )
        return {}
    found = {}
    for name in set(KINDS.values()) & own.keys():
        table = as_frame(own[name])
        times = pd.to_datetime(table["time"], format="%d.%m.%Y %H:%M")
        found[name] = table[times.dt.date == date]
        if not len(found[name]):
            raise InputError(
                f"{path}: profiles go from {times.min():%Y-%m-%d} to {times.max():%Y-%m-%d}; horizon.date is {date}"
            )
    return found
