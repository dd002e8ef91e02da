"""How long a plan's battery really lasts: the plan's own use put back through the ageing model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evplan.degradation.duty import Duty
from evplan.degradation.wear import battery_wear
from evplan.instance.catalogue import Battery
from evplan.parameters.ageing import battery_duty, battery_model
from evplan.parameters.types import SiteParameters
from evplan.solution.tables import SiteSolution
from evplan.units import DAYS_PER_YEAR

FAR = 0.2  # a life that differs by more than this share is another battery
FEWEST_CYCLES = 1.0  # per year; below it a battery only ages on the shelf, and wear per cycle has no meaning


@dataclass(frozen=True)
class BatteryLife:
    """A battery's use and life. `soh_by_year` holds the state of health at the end of years 0, 1, ..."""

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
    """Return the life of a site's battery at the plan's mean use, or None where none is built."""
    if not plan.battery_kwh or site.battery is None:
        return None
    model = battery_model(battery, folder)
    cycles, depth, c_rate = plan_use(battery, site, plan)
    duty = battery_duty(battery, air_c, cycles, depth, c_rate)
    wear = battery_wear(model, duty, battery.end_of_life_soh)
    return BatteryLife(
        assumed_years=site.battery.life_years,
        resimulated_years=wear.life_years,
        cycles_per_year=cycles,
        depth=depth,
        c_rate=c_rate,
        mean_cell_c=float(np.mean(duty.temperature_c)),
        calendar_share=wear.calendar_share,
        soh_by_year=tuple(float(s) for s in wear.soh_by_year(np.arange(years + 1))),
        warnings=(*(f"battery {text}" for text in model.warnings(duty)), *_surprise(site, wear.life_years, duty)),
    )


def _surprise(site: SiteParameters, life_years: float, duty: Duty) -> Iterator[str]:
    """Yield a sentence if the plan lives by another battery life than its own use gives."""
    assert site.battery is not None
    assumed = site.battery.life_years
    if abs(life_years - assumed) > FAR * assumed:
        yield (
            f"battery wear was priced for {assumed:.1f} years of life, but the plan's own use gives {life_years:.1f}: "
            f"{duty.cycles_per_year / DAYS_PER_YEAR:.2g} cycles a day at {duty.c_rate:.2g} 1/h, to compare with "
            "catalogue.battery.cycles_per_day and c_rate"
        )


def plan_use(battery: Battery, site: SiteParameters, plan: SiteSolution) -> tuple[float, float, float]:
    """Return full equivalent cycles per year, mean daily depth, and mean C-rate of discharge."""
    assert site.battery is not None
    year_h, efficiency = site.clock.year_h, site.battery.efficiency
    out_kw = plan.discharge_kw / efficiency
    cycles = float(np.mean(out_kw @ year_h)) / plan.battery_kwh
    busy = out_kw > 0.01 * max(plan.battery_kw, 1e-9)
    mean_kw = float((out_kw * busy) @ year_h @ np.ones(len(out_kw)) / max((busy @ year_h).sum(), 1e-9))
    depth = min(battery.soc_max - battery.soc_min, max(0.05, cycles / DAYS_PER_YEAR))
    return max(cycles, FEWEST_CYCLES), depth, max(0.05, min(4.0, mean_kw / plan.battery_kwh))
