"""Loads, PV systems, generators and storage of OpenDSS as customers of constant power, with their load shapes."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evplan.errors import InputError
from evplan.feeder.network import Customer

HOURS, LEAP = 24.0, 366
FIRST = "of load shape {name} the first day is taken; `horizon.date` takes another"


def customers_of(engine: Any, path: Path, date: datetime.date | None, notes: list[str]) -> list[Customer]:
    """Return everybody who draws or gives, with the day of a date where shapes last longer. notes : grow by what is not as in the file."""
    return [*_loads(engine, path, date, notes), *_plants(engine, path, date, notes)]


def _day(date: datetime.date, days: int) -> int:
    """Return the number of a date in a shape of so many days: of a year of 365, 29 February is the 28th."""
    if days >= LEAP:
        return date.timetuple().tm_yday
    return date.replace(year=2001, day=28 if (date.month, date.day) == (2, 29) else date.day).timetuple().tm_yday


def _loads(engine: Any, path: Path, date: datetime.date | None, notes: list[str]) -> list[Customer]:
    found, own, more, times = [], engine.Loads, engine.Loads.First(), engine.Solution.LoadMult()
    while more:
        bus, phases, delta = _where(engine, path, own.Name(), own.Phases(), bool(own.IsDelta()))
        if own.Model() != 1:
            notes.append("loads that depend on voltage in OpenDSS (model other than 1) draw constant power")
        kw, kvar = own.kW(), own.kvar()
        series = _shape(engine, own.Yearly() or own.Daily(), kw, kvar, date, notes)
        kw_series, kvar_series = (None if part is None else times * part for part in series)
        found.append(Customer(own.Name(), bus, phases, times * kw, times * kvar, delta, kw_series, kvar_series))
        more = own.Next()
    return found


def _plants(engine: Any, path: Path, date: datetime.date | None, notes: list[str]) -> list[Customer]:
    """Return panels, generators and storage as customers that draw what OpenDSS says: less than nothing where they give.

    Those with a shape follow it as OpenDSS has them step by step, with what their inverters cut off; others stand at its snapshot.
    """
    found, shapes = [], dict[str, str]()
    for kind in ("PVSystem", "Generator", "Storage"):
        more = engine.Circuit.SetActiveClass(kind) and engine.ActiveClass.First()
        while more:
            element = engine.CktElement
            name, total = element.Name().split(".", 1)[-1], _power(engine)
            delta, shape = _asked(engine, "conn").startswith("d"), _asked(engine, "yearly") or _asked(engine, "daily")
            bus, phases, delta = _where(engine, path, name, element.NumPhases(), delta)
            found.append(Customer(name, bus, phases, float(total.real), float(total.imag), delta, plant=True))
            if shape and kind != "Storage":
                shapes[element.Name()] = shape
                engine.Text.Command(f"{element.Name()}.yearly={shape}")
            else:
                notes.append(f"{kind} {name} stands at what OpenDSS's snapshot says, all day")
            more = engine.ActiveClass.Next()
    series = {name.split(".", 1)[-1].lower(): own for name, own in _days(engine, shapes, date, notes).items()}
    return [
        replace(one, kw_series=series[key].real, kvar_series=series[key].imag) if (key := one.name.lower()) in series else one
        for one in found
    ]  # fmt: skip


def _days(engine: Any, shapes: dict[str, str], date: datetime.date | None, notes: list[str]) -> dict[str, np.ndarray]:
    """Return what plants draw in each step of a day, complex kVA, by OpenDSS's own run over it. shapes : of each, by its full name."""
    if not shapes:
        return {}
    hours, longest = HOURS, 0
    for shape in set(shapes.values()):
        engine.LoadShape.Name(shape)
        own = engine.LoadShape.HrInterval()
        hours = min(hours, own if own > 0 else 1.0)
        longest = max(longest, round(own * engine.LoadShape.Npts() / HOURS))
        if date is None and own * engine.LoadShape.Npts() > HOURS:
            notes.append(FIRST.format(name=shape))
    steps, first = round(HOURS / max(hours, 1 / 60)), 1 if date is None else _day(date, longest)
    for command in ("set controlmode=off", "batchedit load..* enabled=no",
                    f"set mode=yearly number=1 stepsize={HOURS / steps:.9g}h", f"set hour={24 * (first - 1)} sec=0"):  # fmt: skip
        engine.Text.Command(command)
    found = {name: np.zeros(steps, complex) for name in shapes}
    for step in range(steps):
        engine.Solution.Solve()
        for name, own in found.items():
            engine.Circuit.SetActiveElement(name)
            own[step] = _power(engine)
    engine.Text.Command("set mode=snapshot")
    return found


def _power(engine: Any) -> complex:
    """Return what the element that is active draws, kVA."""
    return complex(np.array(engine.CktElement.Powers()).view(complex)[: engine.CktElement.NumConductors()].sum())


def _asked(engine: Any, field: str) -> str:
    """Return what the element that is active says of a field; nothing where it says none."""
    engine.Text.Command(f"? {engine.CktElement.Name()}.{field}")
    said = str(engine.Text.Result()).strip().lower()
    return "" if said in ("none", "property unknown") else said


def _shape(
    engine: Any, name: str, kw: float, kvar: float, date: datetime.date | None, notes: list[str]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the power of each step of a day by a load shape; of a longer one, the day of a date, or else its first."""
    if not name:
        return None, None
    engine.LoadShape.Name(name)
    factor, reactive = (np.array(part(), float) for part in (engine.LoadShape.PMult, engine.LoadShape.QMult))
    hours = engine.LoadShape.HrInterval()
    rows = round(HOURS / hours) if hours > 0 else 0
    if rows <= 0 or len(factor) < rows:
        notes.append(f"load shape {name} is not a day long: its loads stand at what they may draw")
        return None, None
    first = 0
    if len(factor) > rows and date is None:
        notes.append(FIRST.format(name=name))
    elif len(factor) > rows and date is not None:
        number = _day(date, len(factor) // rows)
        first = (number - 1) * rows
        if first + rows > len(factor):
            notes.append(f"load shape {name} has no day {number}: its last is taken")
            first = len(factor) - rows
    reactive = (
        reactive
        if len(reactive) == len(factor)
        else factor * (kvar / kw if engine.LoadShape.UseActual() and kw else 1.0)
    )
    scale = (1.0, 1.0) if engine.LoadShape.UseActual() else (kw, kvar)
    return scale[0] * factor[first : first + rows], scale[1] * reactive[first : first + rows]


def _where(engine: Any, path: Path, name: str, count: int, delta: bool) -> tuple[str, tuple[int, ...], bool]:
    """Return the bus and phases of the element that is active, and whether it draws between them."""
    bus = bus_name(engine.CktElement.BusNames()[0])
    phases = tuple(dict.fromkeys(phase for phase in engine.CktElement.NodeOrder() if phase))
    if count == 1 and len(phases) == 2:  # from one phase to another
        return bus, phases, True
    if delta and count == 2:
        raise InputError(f"{path}: {name}: two phases in delta are not modelled; say two loads of one phase")
    return bus, phases, delta and len(phases) > 1


def bus_name(name: str) -> str:
    """Return the bus of a node or terminal as OpenDSS names it."""
    return name.split(".")[0].lower()
