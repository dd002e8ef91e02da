"""How long a plan's battery really lasts: the plan's own use, hour by hour, put back through the ageing model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evplan.degradation.history import Use, fade_of_use, mean_fade, use_warnings
from evplan.degradation.thermal import cell_temperature
from evplan.degradation.wear import wear_of
from evplan.instance.catalogue import Battery
from evplan.parameters.ageing import battery_model
from evplan.parameters.types import SiteParameters
from evplan.solution.tables import SiteSolution
from evplan.units import DAYS_PER_WEEK, DAYS_PER_YEAR, HOURS_PER_DAY

FAR = 0.2  # a life that differs by more than this share is another battery
WARMEST_C_RATE = 1.0  # the cell-temperature table has a state for every chemistry and climate up to here


@dataclass(frozen=True)
class BatteryLife:
    """A battery's use and life. `soh_by_year` holds the state of health at the end of years 0, 1, ...

    depth, c_rate : means over the plan's cycles, each weighted by its energy.
    """

    assumed_years: float
    resimulated_years: float
    cycles_per_year: float
    depth: float
    c_rate: float
    mean_cell_c: float
    calendar_share: float
    soh_by_year: tuple[float, ...]
    warnings: tuple[str, ...]


def battery_life(
    battery: Battery, site: SiteParameters, plan: SiteSolution, air_c: np.ndarray, years: int, folder: Path
) -> BatteryLife | None:
    """Return the life of a site's battery at the plan's own use, or None where none is built.

    air_c : array, shape (steps of the full year,)   Air temperature, degrees Celsius.
    """
    if not plan.battery_kwh or site.battery is None:
        return None
    model = battery_model(battery, folder)
    uses = [plan_use(battery, site, plan, y, air_c) for y in range(len(site.years))]
    fade, cycles = mean_fade([fade_of_use(model, use) for use in uses], [use.cycles_per_year for use in uses])
    wear = wear_of(fade, cycles, battery.end_of_life_soh)
    weight = np.concatenate([use.cycles.fec for use in uses])
    depth, c_rate = (_mean(np.concatenate([getattr(u, name) for u in uses]), weight) for name in ("depth", "c_rate"))
    told = use_warnings(model, uses[-1])
    return BatteryLife(
        assumed_years=site.battery.life_years,
        resimulated_years=wear.life_years,
        cycles_per_year=cycles,
        depth=depth,
        c_rate=c_rate,
        mean_cell_c=float(np.mean([use.temperature_c for use in uses])),
        calendar_share=wear.calendar_share,
        soh_by_year=tuple(float(s) for s in wear.soh_by_year(np.arange(years + 1))),
        warnings=(*(f"battery {text}" for text in told), *_surprise(site, wear.life_years, cycles, depth, c_rate)),
    )


def plan_use(battery: Battery, site: SiteParameters, plan: SiteSolution, y: int, air_c: np.ndarray) -> Use:
    """Return what the plan asks of a battery's cells in one modelled year, on the full year's steps.

    Cells are as warm as the table says at the day's root-mean-square C-rate.
    """
    step_h = float(site.clock.step_h[0])
    steps, block = year_steps(site, len(air_c))
    soc = np.clip(battery.soc_min + plan.above_min_kwh[y] / plan.battery_kwh, 0.0, 1.0)
    c_rate = (plan.charge_kw[y] + plan.discharge_kw[y]) / plan.battery_kwh
    per_day = round(HOURS_PER_DAY / step_h)
    daily = np.sqrt((c_rate[steps] ** 2).reshape(-1, per_day).mean(axis=1)).clip(max=WARMEST_C_RATE)
    cells_c = cell_temperature(battery.chemistry, air_c, np.repeat(daily, per_day))
    return Use(cells_c, soc[steps], step_h, block)


def year_steps(site: SiteParameters, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each of the full year's steps, the clock's step that stands for it, and the block it lies in.

    Representative weeks stand for equal parts of the year, in their order; each is repeated as a whole.
    """
    clock = site.clock
    if clock.steps == steps:
        return np.arange(steps), clock.block
    per_week = round(DAYS_PER_WEEK * HOURS_PER_DAY / clock.step_h[0])
    week = np.arange(steps) // per_week
    weeks = clock.steps // per_week
    chosen = np.minimum(week * weeks // (DAYS_PER_YEAR // DAYS_PER_WEEK), weeks - 1)
    return chosen * per_week + np.arange(steps) % per_week, week


def _mean(values: np.ndarray, weight: np.ndarray) -> float:
    return float(values @ weight / weight.sum()) if weight.sum() > 0 else 0.0


def _surprise(
    site: SiteParameters, life_years: float, cycles_per_year: float, depth: float, c_rate: float
) -> Iterator[str]:
    """Yield a sentence if the plan lives by another battery life than its own use gives."""
    assert site.battery is not None
    assumed = site.battery.life_years
    if abs(life_years - assumed) > FAR * assumed:
        yield (
            f"battery wear was priced for {assumed:.1f} years of life, but the plan's own use gives {life_years:.1f}: "
            f"{cycles_per_year / DAYS_PER_YEAR:.2g} cycles a day of depth {depth:.2g} at {c_rate:.2g} 1/h, to compare with "
            "catalogue.battery.cycles_per_day, cycle_depth and c_rate"
        )
