"""What `evplan predict` prints of a vehicle: health by year, end of life, what drives it; and of a table of vehicles."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from evplan.city.ageing import LEAST_HEALTH
from evplan.city.prediction import Prediction, drivers, predict
from evplan.city.vehicles import Outlook
from evplan.city.words import Described, air_of
from evplan.degradation.fade import MAX_LIFE_YEARS
from evplan.errors import InputError
from evplan.show.plan import console

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 11


def show_vehicle(said: Described, years: float, end_of_life_soh: float, output: Path | None) -> None:
    """Print one vehicle's future; write it too where a file is named."""
    from evplan.report.forecast import checked_suffix, write_courses

    if output:
        checked_suffix(output)
    if said.age_years + years > MAX_LIFE_YEARS:
        raise InputError(
            f"age and years ahead together must be at most {MAX_LIFE_YEARS:g} (got {said.age_years + years:g})"
        )
    found = predict(said, end_of_life_soh)
    own, fleet = said.vehicle, said.fleet
    console.print(
        f"a vehicle in {said.place.name}'s climate (mean {air_of(said.place).mean():.0f} °C), {own.use} use, {fleet.traffic} traffic, "
        f"{said.fast:.0%} of its energy from fast chargers, {said.age_years:g} years old"
    )
    console.print(
        f"{own.battery_kwh:g} kWh of {own.chemistry} cells without pack cooling, {found.wear.km_per_year:,.0f} km a year at "
        f"{found.wear.kwh_per_km * found.wear.climate:.3f} kWh/km in this climate, "
        f"{found.wear.duty.cycles_per_year:.0f} full cycles a year, resting at {own.mean_soc:.0%}"
    )
    if said.health_today is not None:
        low, high = found.expected
        console.print(
            f"it shows {said.health_today:.0%} today, so it fades {found.factors[0]:.2f} times as fast as the model's middle battery"
        )
        if not low <= said.health_today <= high:
            console.print(
                f"warning: the model expects {low:.0%} to {high:.0%} of 90 % of such vehicles; is the age right, and the reading?"
            )
    _by_year(found, years)
    _end(found)
    console.print(
        f"time alone causes {found.time_share:.0%} of the fade, driving and charging the rest; "
        f"its life from new is {found.life_from_new:.1f} years, and would change with:"
    )
    for change, gain in sorted(drivers(found), key=lambda pair: -abs(pair[1])):
        console.print(f"  {change}: {'no difference in this law' if abs(gain) < 0.05 else f'{gain:+.1f} years'}")
    if found.model.resistance is None:
        console.print(
            f"no law of resistance is published for {own.chemistry}; it is taken to grow by twice the capacity lost"
        )
    for warning in found.model.warnings(found.wear.duty):
        console.print(f"warning: {warning}")
    if output:
        ages = np.arange(0.0, max(years, min(60.0 - said.age_years, float(found.life_years[2]))) + 0.25, 0.5)
        health = found.ahead(ages).T
        title = f"{own.use} use in {said.place.name}, {own.chemistry}"
        extra = {"resistance": found.ahead(ages, 1)[:, 0], "kwh_per_km": found.ahead(ages, 2)[:, 0]}
        console.print(
            f"forecast: {write_courses(output, ages, health[0], health[1], health[2], end_of_life_soh, title, extra)}"
        )


def _by_year(found: Prediction, years: float) -> None:
    shown = np.unique(np.round(np.linspace(0, years, min(MOST_ROWS, max(2, int(years) + 1))), 1))
    now = datetime.date.today().year
    health, resistance, per_km = (found.ahead(shown, line) for line in range(3))
    reach = health[:, 0] / per_km[:, 0] * found.wear.kwh_per_km
    power = found.fast_kw(shown)
    table = Table("year", "age", "health", "90 % of vehicles", "resistance", "range", "fast charge", padding=(0, 1))
    for column in table.columns:
        column.justify = "right"
    for i, year in enumerate(shown):
        table.add_row(
            f"{now + year:.0f}", f"{found.described.age_years + year:g}", f"{health[i, 0]:.1%}",
            f"{health[i, 1]:.1%} to {health[i, 2]:.1%}", f"{resistance[i, 0]:.0%}", f"{reach[i]:.0%}", f"{power[i]:.0f} kW",
        )  # fmt: skip
    console.print(table)
    if health.min() <= LEAST_HEALTH:
        console.print(f"{LEAST_HEALTH:.0%} stands for that and less: no vehicle is driven then")
    console.print(
        "health, resistance and range: of new; fast charge: what the battery accepts, mean of a charge and of the year's temperatures"
    )


def _end(found: Prediction) -> None:
    """Print when the end of life comes, with its interval."""
    (middle, soon, late), seen = found.life_years, found.seen_years
    limit = f"end of life at {found.end_of_life_soh:.0%}"
    if middle <= 0:
        console.print(f"{limit}: it is probably there already; 90 % of such vehicles reach it by {_when(late, seen)}")
    else:
        console.print(
            f"{limit}: {_when(middle, seen)}; 90 % of such vehicles between {_when(soon, seen)} and {_when(late, seen)}"
        )


def _when(years: float, seen: float) -> str:
    """Return a year of the calendar with the years until then. seen : years beyond which nothing is predicted."""
    today = datetime.date.today()
    if years <= 0:
        return "today"
    year = int(today.year + (today.timetuple().tm_yday - 1) / 365 + years)
    return f"after {year}" if years >= seen else f"{year} (in {years:.1f} years)"


def show_vehicles(
    path: Path, frame: pd.DataFrame, output: Path, years: float, end_of_life_soh: float, outlook: Outlook
) -> None:
    """Predict a table of vehicles and write it."""
    from evplan.city.vehicles import predict_vehicles, read_vehicles
    from evplan.show.battery import write_table

    vehicles, ahead = read_vehicles(path, frame, years, outlook)
    found = predict_vehicles(vehicles, ahead, end_of_life_soh)
    write_table(frame.assign(**{"years": ahead} | found), output)
    life = float(np.median(found["life_years"]))
    console.print(
        f"{len(frame):,} vehicles: median state of health {np.median(found['health_now']):.1%} now, {np.median(found['soh']):.1%} "
        f"after their years; median {life:.1f} years to {end_of_life_soh:.0%}"
    )
    console.print(f"table: {output}")
