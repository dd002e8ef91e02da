"""From climate and use to a stationary battery's ageing: wear, fade, resistance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evplan.degradation.duty import Duty
from evplan.degradation.fade import Fade
from evplan.degradation.laws import law_named
from evplan.degradation.predict import AgeingModel, load_model
from evplan.degradation.thermal import cell_temperature
from evplan.degradation.wear import Wear, battery_wear, wear_of
from evplan.errors import InputError
from evplan.instance.catalogue import Battery
from evplan.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class BatteryAgeing:
    """What the ageing model says of a stationary battery in its climate and use, assumed or a plan's own.

    growth : of resistance, or None where no law of it is published.
    cells_c : array, shape (steps of the full year,)   Cell temperature, degrees Celsius.
    c_rate, charge_c_rate : mean over the cycles, 1/h.
    cycle_scale, time_scale : what the plan's priced wear and fade must be multiplied by to equal their count.
    """

    model: AgeingModel
    wear: Wear
    growth: Fade | None
    cells_c: np.ndarray
    c_rate: float
    charge_c_rate: float
    cycle_scale: float = 1.0
    time_scale: float = 1.0

    @property
    def mean_cell_c(self) -> float:
        """Return the mean cell temperature of the year, degrees Celsius."""
        return float(np.mean(self.cells_c))

    def replaced_at(self, soh: float, longest_years: float) -> BatteryAgeing:
        """Return the ageing of the same cells in the same use, replaced at another state of health."""
        return replace(self, wear=wear_of(self.wear.fade, self.wear.cycles_per_year, soh, longest_years))

    def resistance(self, age_years: np.ndarray) -> np.ndarray:
        """Return the resistance at these ages, of new; 1 where no law of it is published."""
        if self.growth is None:
            return np.ones(len(age_years))
        return 1.0 + self.growth.capacity_loss(age_years, self.wear.cycles_per_year * age_years)

    def resistance_of_years(self, share: np.ndarray) -> np.ndarray:
        """Return the resistance to plan with in each modelled year, of new, shape (modelled,)."""
        return mean_over_years(self.resistance, self.wear, share)


def between(before: BatteryAgeing, after: BatteryAgeing, step: float, battery: Battery) -> BatteryAgeing:
    """Return the ageing a part `step` of the way from one to another; rates, cycles and scales in logarithms."""

    def part(old: float, new: float) -> float:
        return old ** (1 - step) * new**step

    def fade(old: Fade, new: Fade) -> Fade:
        rates = part(old.calendar_rate, new.calendar_rate), part(old.cycle_rate, new.cycle_rate)
        return Fade(*rates, new.time_exponent, new.cycle_exponent)

    cycles = part(before.wear.cycles_per_year, after.wear.cycles_per_year)
    return BatteryAgeing(
        after.model,
        wear_of(fade(before.wear.fade, after.wear.fade), cycles, after.wear.end_of_life_soh, battery.max_life_years),
        fade(before.growth, after.growth) if before.growth and after.growth else after.growth,
        (1 - step) * before.cells_c + step * after.cells_c,
        part(before.c_rate, after.c_rate),
        part(before.charge_c_rate, after.charge_c_rate),
        part(before.cycle_scale, after.cycle_scale),
        part(before.time_scale, after.time_scale),
    )


def battery_model(battery: Battery, folder: Path) -> AgeingModel:
    """Return the ageing model of the battery: the one named, or its chemistry's own, by the outlook asked for."""
    name = battery.ageing_model or battery.chemistry
    model = load_model(folder / name if name.endswith(".npz") else name)
    if model.chemistry != battery.chemistry:
        raise InputError(
            f"catalogue.battery: ageing_model {name!r} is of {model.chemistry} cells, chemistry says {battery.chemistry}; "
            "name the same in both"
        )
    return model.outlook(battery.ageing_outlook)


def thermal_cell(chemistry: str) -> str:
    """Return the simulated cell whose warming stands for a chemistry's."""
    return law_named(chemistry).thermal_cell


def assumed_ageing(battery: Battery, air_c: np.ndarray, folder: Path) -> BatteryAgeing:
    """Return wear at the duty that the instance assumes; a plan's own duty replaces it.

    air_c : array, shape (steps of the full year,)   Air temperature, degrees Celsius.
    """
    model = battery_model(battery, folder)
    duty = Duty(
        temperature_c=cell_temperature(thermal_cell(battery.chemistry), air_c, battery.c_rate),
        soc=(battery.soc_min + battery.soc_max) / 2,
        depth=battery.cycle_depth or battery.soc_max - battery.soc_min,
        c_rate=battery.c_rate,
        cycles_per_year=365.0 * battery.cycles_per_day,
    )
    wear = battery_wear(model, duty, battery.replaced_at[0], battery.max_life_years)
    growth = model.resistance.fade(duty) if model.resistance else None
    return BatteryAgeing(model, wear, growth, np.asarray(duty.temperature_c), duty.c_rate, duty.charging)


GENTLE = {"cycles_per_day": 0.3, "cycle_depth": 0.3, "c_rate": 0.25}  # the use of a battery that hardly wears


def gentle_ageing(battery: Battery, air_c: np.ndarray, folder: Path) -> BatteryAgeing:
    """Return wear at a duty no harsher than the assumed and no harsher than a gentle one."""
    own = {name: getattr(battery, name) or limit for name, limit in GENTLE.items()}
    softer = {name: min(own[name], limit) for name, limit in GENTLE.items()}
    return assumed_ageing(battery.model_copy(update=softer), air_c, folder)


def mean_over_years(
    of_age: Callable[[np.ndarray], np.ndarray], wear: Wear, share: np.ndarray, built_in: int = 0
) -> np.ndarray:
    """Return the mean of a function of the cells' age over what each modelled year stands for, shape (modelled,).

    Cells are new again after each life. A mean over months, not the modelled year's own middle: else a life that ends
    just before or just after that year would be two different batteries.

    share : array, shape (the plan's years, modelled)   How much each modelled year speaks for each of them.
    built_in : the year in which the cells are bought, 0 for construction; before it they are as good as new.
    """
    years = len(share)
    months = np.maximum((np.arange(years * MONTHS_PER_YEAR) + 0.5) / MONTHS_PER_YEAR - built_in, 0.0)
    by_year = of_age(np.mod(months, max(wear.life_years, 0.5))).reshape(years, -1).mean(axis=1)
    return by_year @ share / share.sum(axis=0)


def soh_of_years(wear: Wear, share: np.ndarray, built_in: int = 0) -> np.ndarray:
    """Return the state of health to plan with in each modelled year, shape (modelled,), of cells bought in a year."""

    def of_age(age: np.ndarray) -> np.ndarray:
        return np.clip(wear.soh_by_year(age), wear.end_of_life_soh, 1.0)

    return mean_over_years(of_age, wear, share, built_in)
