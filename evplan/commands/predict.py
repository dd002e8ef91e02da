"""The command that predicts the life of a battery: of a vehicle in plain words, of cells by their duty, or of tables of either."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter
from cyclopts.validators import Number

from evplan.commands.asked import says
from evplan.commands.battery import Chemistry
from evplan.errors import InputError

VEHICLE = Group("A vehicle, in plain words", sort_key=1)
Outlook = Literal["lab", "field"]
CELLS = Group("Cells by their duty, a number or a word each", sort_key=2)


def of(group: Group, text: str) -> Parameter:
    """Return a parameter of a group with a help text."""
    return Parameter(help=text, group=group)


def predict(
    *,
    climate: Annotated[str | None, of(VEHICLE, "cold, cool, mild, warm, hot, tropical, or a city of data/cities.")] = None,
    usage: Annotated[str | None, of(VEHICLE, "gentle, average, heavy or taxi.")] = None,
    traffic: Annotated[str | None, of(VEHICLE, "free, normal or jammed.")] = None,
    age: Annotated[str | None, of(VEHICLE, "Its age, years, or new, used, old.")] = None,
    charging: Annotated[str | None, of(VEHICLE, "slow, mixed, fast, or the share of its energy from fast chargers.")] = None,
    health_today: Annotated[str | None, of(VEHICLE, "State of health that it shows today, 0.45 to 1, if you know it.")] = None,
    battery_kwh: Annotated[str | None, of(VEHICLE, "Capacity when new; left out: 60.")] = None,
    kwh_per_km: Annotated[str | None, of(VEHICLE, "Energy per km when new, in normal traffic; left out: 0.17.")] = None,
    km_per_year: Annotated[str | None, of(VEHICLE, "Distance of average use, which --usage multiplies; left out: 12000.")] = None,
    temperature_c: Annotated[str | None, of(CELLS, "Their mean temperature, °C, or cool, mild, warm, hot.")] = None,
    c_rate: Annotated[str | None, of(CELLS, "Mean rate of charge and discharge, 1/h, or slow, normal, fast.")] = None,
    charge_c_rate: Annotated[str | None, of(CELLS, "Mean rate of charge, 1/h; left out: the same.")] = None,
    cycles_per_year: Annotated[str | None, of(CELLS, "Full equivalent cycles a year, or seldom, car, taxi, daily, twice.")] = None,
    initial_soh: Annotated[str | None, of(CELLS, "State of health today, 0 to 1, or new, used, old; left out: new.")] = None,
    measured: Annotated[Path | None, of(CELLS, "CSV of your own batteries' years and soh, to calibrate to.")] = None,
    use: Annotated[Path | None, of(CELLS, "CSV of hourly temperature_c and soc that repeats, in place of a duty.")] = None,
    chemistry: Annotated[Chemistry | None, says("Cell chemistry; left out: nmc of a vehicle, lfp of cells.")] = None,
    soc: Annotated[str | None, says("Mean state of charge, 0 to 1, or low, half, high, full.")] = None,
    depth: Annotated[str | None, says("Depth of the usual cycle, 0 to 1, or shallow, half, deep, full.")] = None,
    years: Annotated[float, says("Years ahead to predict."), Parameter(validator=Number(gte=0, lte=60))] = 10.0,
    end_of_life_soh: Annotated[float, says("Fraction of new capacity at which cells are replaced.")] = 0.8,
    outlook: Annotated[Outlook | None, says("As the laboratory has it, or years in the field; left out: field of a vehicle.")] = None,
    bulk: Annotated[Path | None, says("CSV or Parquet of vehicles (climate, usage, traffic, age) or of duties of cells.")] = None,
    output: Annotated[Path | None, says("File of the forecast (.csv or .svg), or of the bulk table.")] = None,
) -> None:  # fmt: skip
    """Predict state of health, resistance and end of life, with interval and causes: of a vehicle in plain words, or of cells.

    At a terminal it asks if you say nothing: evplan predict --climate hot --usage taxi --age 3.
    """
    from evplan.show import battery as show_battery

    either = {"soc": soc, "depth": depth}
    vehicle = {
        "climate": climate, "usage": usage, "traffic": traffic, "age": age, "charging": charging, "health_today": health_today,
        "battery_kwh": battery_kwh, "kwh_per_km": kwh_per_km, "km_per_year": km_per_year,
    }  # fmt: skip
    cells = {
        "temperature_c": temperature_c, "c_rate": c_rate, "charge_c_rate": charge_c_rate, "cycles_per_year": cycles_per_year,
        "initial_soh": initial_soh,
    }  # fmt: skip
    flags = flags_of(vehicle | cells | either | {"measured": measured, "output": None if bulk else output})
    show_battery.refuse_together({"--bulk": bulk, "--use": use}, flags)
    if bulk:
        return _bulk(bulk, output, chemistry, years, end_of_life_soh, outlook)
    if use:
        return show_battery.show_use(chemistry or "lfp", use, years, end_of_life_soh, outlook or "lab")
    of_cells = flags_of(cells | {"measured": measured})
    refuse_both(flags_of(vehicle), of_cells)
    if is_vehicle(any(vehicle.values()), bool(of_cells) or any(either.values())):
        return _vehicle(vehicle | either | {"chemistry": chemistry}, years, end_of_life_soh, outlook, output)
    return show_battery.show_forecast(
        chemistry, cells | either, years, end_of_life_soh, outlook or "lab", measured, output
    )


def flags_of(values: dict[str, Any]) -> dict[str, Any]:
    """Return what was said, by the name of its flag."""
    return {f"--{name.replace('_', '-')}": value for name, value in values.items() if value is not None}


def refuse_both(vehicle: dict[str, Any], cells: dict[str, Any]) -> None:
    """Raise `InputError` where some flags speak of a vehicle and others of cells."""
    if vehicle and cells:
        raise InputError(f"{', '.join(vehicle)} speaks of a vehicle, {', '.join(cells)} of cells; say one or the other")


def is_vehicle(vehicle_said: bool, cells_said: bool) -> bool:
    """Return whether a vehicle is meant: by what was said, else as the reader answers at a terminal, else yes."""
    if vehicle_said or cells_said:
        return vehicle_said
    if not sys.stdin.isatty():
        return True
    from evplan.show.asking import asked_kind

    return asked_kind() == "vehicle"


def _vehicle(
    said: dict[str, Any], years: float, end_of_life_soh: float, outlook: Outlook | None, output: Path | None
) -> None:
    from evplan.city.words import asked_first, described
    from evplan.show.asking import ask_text
    from evplan.show.vehicle import show_vehicle

    if sys.stdin.isatty() and not any(said.values()):
        said |= {one.name: ask_text(one) for one in asked_first()}
    show_vehicle(described(said, outlook or "field"), years, end_of_life_soh, output)


def _bulk(
    path: Path,
    output: Path | None,
    chemistry: str | None,
    years: float,
    end_of_life_soh: float,
    outlook: Outlook | None,
) -> None:
    """Predict a table: of vehicles where a column says their climate, of cells otherwise."""
    from evplan.degradation.bulk import open_table
    from evplan.show.battery import bulk_output, show_bulk
    from evplan.show.vehicle import show_vehicles

    output = bulk_output(path, output)
    frame = open_table(path)
    if "climate" not in frame:
        return show_bulk(chemistry or "lfp", path, frame, output, end_of_life_soh, outlook or "lab")
    if chemistry and "chemistry" not in frame:
        frame["chemistry"] = chemistry
    return show_vehicles(path, frame, output, years, end_of_life_soh, outlook or "field")
