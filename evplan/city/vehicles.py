"""Many vehicles at once: a table of them in plain words in, the same table with predictions out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from evplan.city.ageing import DISTANCE, ENERGY, LEAST_HEALTH, Wear, wear
from evplan.city.prediction import AGES, ends, likely
from evplan.city.words import Described, air_of, described, features
from evplan.degradation.fade import MAX_LIFE_YEARS, Fade
from evplan.degradation.predict import load_model
from evplan.errors import InputError
from evplan.instance.suggest import nearest

if TYPE_CHECKING:
    import pandas as pd

Outlook = Literal["lab", "field"]
NEEDED = ("climate", "usage", "traffic", "age")
MOST_FAULTS = 20
PREDICTED = (
    "health_now",
    "soh",
    "soh_low",
    "soh_high",
    "resistance",
    "life_years",
    "life_low",
    "life_high",
    "life_may_be_longer",
)
AT_ONCE = 1000  # vehicles: what is held at a time


def read_vehicles(
    path: Path, frame: pd.DataFrame, years: float, outlook: Outlook
) -> tuple[list[Described], np.ndarray]:
    """Return the vehicles of a table, a row each, and the years ahead to tell of each (`years` where no column says).

    Raises: InputError that names missing and unknown columns, or every row that is not understood.
    """
    known = [*(one.name for one in features()), "years"]
    missing = [name for name in NEEDED if name not in frame]
    if missing or frame.empty:
        raise InputError(
            f"{path}: needs rows, and columns {', '.join(NEEDED)}; missing: {', '.join(missing) or 'rows'}"
        )
    odd = {name: near for name in frame if name not in known and (near := nearest(name, known)) and near not in frame}
    clash = [name for name in PREDICTED if name in frame]
    if odd or clash:
        meant = [f"{path}: is column {name!r} meant to be {near!r}?" for name, near in odd.items()]
        raise InputError(
            "\n".join([*meant, *(f"{path}: column {name!r} is one that is predicted; rename it" for name in clash)])
        )
    said = frame[[name for name in known if name in frame]].astype(object)
    said = said.where(said.notna(), None)
    found, faults = [], []
    for line, row in enumerate(said.to_dict("records"), start=2):
        faults += [f"{path}:{line}: {name} is empty" for name in NEEDED if row[name] is None]
        try:
            found.append(
                _same(tuple(sorted((k, str(v)) for k, v in row.items() if v is not None and k != "years")), outlook)
            )
        except InputError as error:
            faults += [f"{path}:{line}: {fault}" for fault in str(error).splitlines()]
    ahead = (
        np.array([_years(value, years) for value in frame["years"]]) if "years" in frame else np.full(len(frame), years)
    )
    faults += [
        f"{path}:{row + 2}: years must be a number from 0 to {MAX_LIFE_YEARS:g}"
        for row in np.flatnonzero(np.isnan(ahead))
    ]
    faults += [
        f"{path}:{row + 2}: age and years together must be at most {MAX_LIFE_YEARS:g}"
        for row, (one, more_years) in enumerate(zip(found, ahead, strict=False))
        if not faults and one.age_years + more_years > MAX_LIFE_YEARS
    ]
    if faults:
        more = [f"and {len(faults) - MOST_FAULTS:,} more"] if len(faults) > MOST_FAULTS else []
        raise InputError("\n".join([*faults[:MOST_FAULTS], *more]))
    return found, ahead


@cache
def _same(row: tuple[tuple[str, str], ...], outlook: Outlook) -> Described:
    return described(dict(row), outlook)


def _years(value: Any, usual: float) -> float:
    """Return years ahead, the usual where nothing is said, NaN for what is none."""
    import pandas as pd

    number = usual if value is None or value != value or value == "" else float(pd.to_numeric(value, errors="coerce"))
    return number if 0 <= number <= MAX_LIFE_YEARS else float("nan")


def predict_vehicles(vehicles: list[Described], years: np.ndarray, end_of_life_soh: float) -> dict[str, np.ndarray]:
    """Return health today and after `years`, their 90 % bounds, resistance then, years to the end of life and their bounds."""
    found: dict[str, np.ndarray] = {}
    for rows in _alike(vehicles):
        part = _predicted([vehicles[row] for row in rows], years[rows], end_of_life_soh)
        for name, values in part.items():
            found.setdefault(name, np.empty(len(vehicles), values.dtype))[rows] = values
    return found


def _alike(vehicles: list[Described]) -> Iterator[np.ndarray]:
    """Yield rows of one chemistry, whose laws have the same exponents, so many at once."""
    chemistry = np.array([one.vehicle.chemistry for one in vehicles])
    for name in np.unique(chemistry):
        rows = np.flatnonzero(chemistry == name)
        for first in range(0, len(rows), AT_ONCE):
            yield rows[first : first + AT_ONCE]


def _predicted(vehicles: list[Described], years: np.ndarray, end_of_life_soh: float) -> dict[str, np.ndarray]:
    """Return the predictions of vehicles of one chemistry."""
    own = _together(vehicles)
    age = np.array([one.age_years for one in vehicles])
    measured = np.array([np.nan if one.health_today is None else one.health_today for one in vehicles])
    model = load_model(vehicles[0].vehicle.chemistry).outlook(vehicles[0].fleet.ageing_outlook)
    health, resistance, _ = own.times(likely(own, model.log_interval, age, measured)).by_age(AGES[:, None, None])
    health, resistance = (np.concatenate([np.ones((1, *line.shape[1:])), line]) for line in (health, resistance))

    def at(line: np.ndarray, when: np.ndarray, course: int) -> np.ndarray:
        ages = np.append(0.0, AGES)
        return np.array([np.interp(a, ages, line[:, k, course]) for k, a in enumerate(when)])

    beside = [np.where(np.isnan(measured), 0.0, measured - at(health, age, course)) for course in range(3)]
    life = [np.maximum(0.0, ends(health[:, :, course] + beside[course], end_of_life_soh) - age) for course in range(3)]

    def health_at(when: np.ndarray, course: int) -> np.ndarray:
        return np.clip(at(health, when, course) + beside[course], LEAST_HEALTH, 1.0)

    return {
        "health_now": health_at(age, 0), "soh": health_at(age + years, 0), "soh_low": health_at(age + years, 1),
        "soh_high": health_at(age + years, 2), "resistance": at(resistance, age + years, 0), "life_years": life[0],
        "life_low": life[1], "life_high": life[2], "life_may_be_longer": life[0] >= MAX_LIFE_YEARS - age,
    }  # fmt: skip


def rates_key(one: Described) -> tuple:
    """Return everything that a vehicle's rates of ageing follow from; distance and energy per km only say how much it cycles."""
    own = one.vehicle
    return (
        one.place.name,
        one.fast,
        one.fleet.ageing_outlook,
        own.use,
        own.chemistry,
        own.mean_soc,
        own.depth,
        own.battery_kwh,
    )


def _together(vehicles: list[Described]) -> Wear:
    """Return the wear of many vehicles of one chemistry as columns. Rates are worked out once for all that share them."""
    known: dict[tuple, Wear] = {}
    for one in vehicles:
        if rates_key(one) not in known:
            known[rates_key(one)] = wear(one.vehicle, one.fleet, air_of(one.place), one.fast)
    each = [known[rates_key(one)] for one in vehicles]
    first = each[0]

    def column(values: list[Any]) -> np.ndarray:
        return np.array(values)[:, None]

    def rates(fades: list[Fade]) -> Fade:
        calendar, cycle = (column([getattr(fade, name) for fade in fades]) for name in ("calendar_rate", "cycle_rate"))
        return Fade(calendar, cycle, fades[0].time_exponent, fades[0].cycle_exponent)

    growth = [own.growth for own in each if own.growth is not None]
    return Wear(
        first.duty, rates([own.fade for own in each]), rates(growth) if growth else None,
        column([one.vehicle.km_per_year * DISTANCE[one.vehicle.use] for one in vehicles]),
        column([one.vehicle.kwh_per_km * ENERGY[one.fleet.traffic] for one in vehicles]),
        column([one.vehicle.battery_kwh for one in vehicles]), first.internal_loss, column([own.climate for own in each]),
    )  # fmt: skip
