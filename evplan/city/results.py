"""A city's results as tables: every hour, every year, one row for a summary; units in the names of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.city.balance import Balance, conserved
from evplan.city.money import Money
from evplan.city.simulate import CityYears
from evplan.city.study import CityStudy
from evplan.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class CityResult:
    """A city run. dispatch : by its name, each with what it comes to; the first is the one that is reported.

    rules_cost, least_cost : operating cost of each year by either dispatch, where both were run.
    """

    city: CityYears
    dispatch: dict[str, tuple[Balance, Money]]
    operating: dict[str, np.ndarray]

    @property
    def balance(self) -> Balance:
        """Return the dispatch that is reported."""
        return next(iter(self.dispatch.values()))[0]

    @property
    def money(self) -> Money:
        """Return what it comes to."""
        return next(iter(self.dispatch.values()))[1]


def hourly_table(result: CityResult) -> pd.DataFrame:
    """Return every hour of every year: a row each."""
    import pandas as pd

    city, found = result.city, result.balance
    flat = {
        "year": np.repeat(city.years, HOURS_PER_YEAR), "hour": np.tile(np.arange(HOURS_PER_YEAR), len(city.years)),
        "air_c": np.tile(city.weather.air_c, len(city.years)),
    }  # fmt: skip
    lines = {
        "demand_kwh": found.demand, "solar_kwh": city.solar, "wind_kwh": city.wind, "import_kwh": found.imported,
        "grid_to_storage_kwh": found.from_grid, "charge_kwh": found.charge, "discharge_kwh": found.discharge,
        "export_kwh": found.exported, "curtailed_kwh": found.curtailed, "stored_kwh": found.stored, "backlog_kwh": found.backlog,
        "served_kwh": found.served, "unmet_kwh": found.unmet, "price_per_kwh": city.price,
    }  # fmt: skip
    return pd.DataFrame(flat | {name: line.T.ravel() for name, line in lines.items()})


def yearly_table(result: CityResult) -> pd.DataFrame:
    """Return a row for every year: fleet, energy, peaks, money."""
    import pandas as pd

    city, found, own = result.city, result.balance, result.money
    wanted, built, flow, alone = city.wanted, city.capacities, own.flow, own.grid_alone
    sums = {
        "demand": found.demand, "solar": city.solar, "wind": city.wind, "import": found.imported, "export": found.exported,
        "curtailed": found.curtailed, "storage_charge": found.charge, "storage_discharge": found.discharge, "served": found.served,
        "unmet": found.unmet,
    }  # fmt: skip
    columns: dict[str, Any] = {
        "year": city.years, "vehicles": wanted.vehicles, "health": wanted.health, "kwh_per_km": wanted.kwh_per_km,
        "charges_per_vehicle": wanted.sessions / np.maximum(wanted.vehicles, 1e-9), "usable_kwh": wanted.usable_kwh,
        "solar_kw": built.solar_kw, "wind_kw": built.wind_kw, "storage_kwh": built.storage_kwh,
        "vehicles_lent_kwh": city.lent_kwh, "import_limit_kw": built.import_kw,
        **{f"{name}_kwh": line.sum(axis=0) for name, line in sums.items()},
        "peak_charging_kw": wanted.peak_kw, "peak_import_kw": found.imported.max(axis=0),
        "emissions_t": city.place.grid_kg_per_kwh * found.imported.sum(axis=0) / 1000,
        "capex": flow.capex, "om": flow.om, "energy_cost": flow.energy, "capacity_cost": flow.capacity, "wear_cost": flow.wear,
        "unmet_cost": flow.unmet,
        "residual": flow.residual, "paid": flow.paid, "grid_alone_paid": alone.paid, "grid_alone_unmet_cost": alone.unmet,
        "cumulative_saved": own.cumulative,
        **{f"operating_cost_{name.replace('-', '_')}": cost for name, cost in result.operating.items()},
    }  # fmt: skip
    return pd.DataFrame(columns)


def city_summary(study: CityStudy, result: CityResult) -> dict[str, Any]:
    """Return the figures of a city for its summary row, as plain values."""
    city, found, own = result.city, result.balance, result.money
    demand, renewable = float(found.demand.sum()), float(found.renewable.sum())
    served, waits = float(found.served.sum()), float(found.backlog[-1, -1])
    first_rules = result.operating.get("rule-based")
    saved = (
        None
        if len(result.operating) < 2 or first_rules is None
        else float((first_rules - result.operating["least-cost"]).sum())
    )
    vehicles, unmet, curtailed = city.wanted.vehicles, float(found.unmet.sum()), float(found.curtailed.sum())
    return {
        "city": city.place.name, "country": city.place.country, "currency": study.costs.currency, "dispatch": next(iter(result.dispatch)),
        "years": len(city.years), "vehicles_first": float(vehicles[0]), "vehicles_last": float(vehicles[-1]),
        "health_last": float(city.wanted.health[-1]) if vehicles[-1] > 0 else None, "demand_kwh": demand,
        "served_share": 1 - (unmet + waits) / demand if demand > 0 else None,
        "renewable_share": max(0.0, 1 - float(found.imported.sum()) / served) if served > 0 else None,
        "curtailed_share": curtailed / max(renewable, 1e-9),
        "peak_import_kw": float(found.imported.max()), "emissions_t": city.place.grid_kg_per_kwh * float(found.imported.sum()) / 1000,
        "lcoe_per_kwh": own.lcoe_per_kwh, "grid_alone_lcoe_per_kwh": own.grid_alone_lcoe_per_kwh, "savings": own.savings,
        "least_cost_saves": saved, "conservation_error": conserved(found),
    }  # fmt: skip
