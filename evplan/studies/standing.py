"""What stands at a site once a plan is built: as the model's numbers, and as the instance file would say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evplan.instance.site import Existing, Site, SolarArray
from evplan.parameters.types import SiteParameters
from evplan.solution.tables import SiteSolution


def standing_numbers(numbers: SiteParameters, earlier: Sequence[SiteSolution], battery_kwh: float) -> SiteParameters:
    """Return a later stage's site with what the stages before built as what stands.

    battery_kwh : that of the stage itself; the window of its energy is the mean of its cells', each at their age.
    """
    before = earlier[-1]
    chargers = tuple(replace(c, existing=before.chargers[c.name]) for c in numbers.chargers)
    solar, battery = numbers.solar, numbers.battery
    if solar is not None:
        pairs = zip(solar.arrays, before.solar_by_array_kw.tolist(), strict=True)
        solar = replace(solar, arrays=tuple(replace(array, existing_kw=kw) for array, kw in pairs))
    if battery is not None:
        added = np.diff([0.0, *(plan.battery_kwh for plan in earlier), max(battery_kwh, before.battery_kwh)])
        assert battery.usable_by_age is not None
        usable = added @ battery.usable_by_age / added.sum() if added.sum() > 0 else battery.usable_fraction
        battery = replace(
            battery,
            existing_kwh=before.battery_kwh,
            existing_kw=before.battery_kw,
            usable_fraction=usable,
            usable_by_age=None,
        )
    steps = tuple(step for step in numbers.connection_steps if step.power_kw > before.connection_kw)
    return replace(
        numbers,
        chargers=chargers,
        solar=solar,
        battery=battery,
        existing_kw=before.connection_kw,
        connection_steps=steps,
        later=False,
    )


def standing_site(site: Site, plan: SiteSolution) -> Site:
    """Return the site as the file would say it once a plan stands there."""
    stands = Existing(
        chargers=plan.chargers, solar_kw=0.0 if site.solar_arrays else plan.solar_kw,
        battery_kwh=plan.battery_kwh, battery_kw=plan.battery_kw,
    )  # fmt: skip
    arrays = site.solar_arrays
    if arrays:
        pairs: list[tuple[SolarArray, float]] = list(zip(arrays, plan.solar_by_array_kw.tolist(), strict=True))
        arrays = tuple(array.model_copy(update={"existing_kw": kw}) for array, kw in pairs)
    connection = site.connection.model_copy(update={
        "existing_kw": plan.connection_kw,
        "steps": tuple(step for step in site.connection.steps if step.power_kw > plan.connection_kw),
    })  # fmt: skip
    return site.model_copy(update={"existing": stands, "solar_arrays": arrays, "connection": connection})
