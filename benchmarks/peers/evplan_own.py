"""The case with evplan: built, compiled, decomposed, proved."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from case import Case, told

from evplan.assets.tariff import DemandLine, TariffSeries, flat
from evplan.formulation import site as formulation
from evplan.formulation.values import Values
from evplan.parameters.clock import Clock
from evplan.parameters.storage import BatteryParameters
from evplan.parameters.types import (
    ArrayParameters,
    ChargerParameters,
    ConnectionStepParameters,
    SiteParameters,
    SolarParameters,
)
from evplan.solution.invariants import check
from evplan.solution.tables import make_solution
from evplan.solver import benders
from evplan.solver.compile import compile_model, no_garbage_collection
from evplan.solver.outcome import Options


def site_of(case: Case) -> SiteParameters:
    """Return the case as the parameters of a site."""
    s, steps = case.said, len(case.price)
    start = pd.date_range("2027-01-01", periods=steps, freq="h", tz="UTC")
    clock = Clock(start, np.ones(steps), np.ones(steps), case.month, np.ones(12), tuple(range(1, 13)), case.month)
    always, demand, battery = np.ones(steps, bool), case.demand_kw[None], s["battery"]
    worth = np.array([s["worth"]])
    return SiteParameters(
        name="case", setting="urban", clock=clock, years=(1,), share=np.ones((1, 1)), worth=worth, worth_bill=worth, worth_om=worth,
        worth_untaxed=worth, demand_kwh=demand, expected_kwh=demand, price_per_kwh=s["price_per_kwh"], min_served=0.0,
        turned_away_cost_per_kwh=0.0, land_cost_per_year=0.0, tariff_name="case", tariffs=(TariffSeries(
            case.price, (DemandLine("flat", always, flat(s["demand_price"])),), s["fixed"] / 12, np.zeros(steps)),),
        existing_kw=s["existing_kw"],
        connection_steps=tuple(ConnectionStepParameters(k["power_kw"], k["cost"]) for k in s["steps"]),
        export_limit=1.0, export_max_kw=np.inf, load_kw=np.zeros((1, steps)),
        chargers=tuple(ChargerParameters(
            c["name"], c["max_count"], c["max_count"], c["cost"], c["om"], c["efficiency"], np.array([c["full_kw"]]),
            c["full_kw"] * np.arange(c["max_count"] + 1.0)[None]) for c in s["chargers"]),
        solar=SolarParameters(s["solar"]["max_kw"], s["solar"]["cost"], s["solar"]["om"], (
            ArrayParameters("panels", 0.0, s["solar"]["max_kw"], case.sun[None]),)),
        battery=BatteryParameters(
            max_kwh=battery["max_kwh"], max_c_rate=battery["max_c_rate"], present_cost_per_kwh=battery["cost_kwh"],
            present_cost_per_kw=battery["cost_kw"], om_per_kw_year=battery["om"], efficiency=np.array([battery["efficiency"]]),
            usable_fraction=np.array([battery["usable"]]), soh=np.ones(1), charge_c_rate=np.full((1, steps), battery["max_c_rate"]),
            depth_share=np.ones(1), wear_per_kwh=np.zeros(1), fade_per_kwh_year=0.0, fade_per_stored_kwh_year=np.zeros(1),
            stored_share=np.zeros(1), warmth=np.ones(steps), life_years=10.0, mean_cell_c=20.0),
    )  # fmt: skip


def solve(case: Case) -> dict:
    """Return objective (value of the plan), bound, and the part of the time spent before the search."""
    begun = time.perf_counter()
    site = site_of(case)
    with no_garbage_collection():
        model = formulation.build(site)
        program = compile_model(model)
        values = Values(program.columns)
        linking = values.mark(formulation.sizes(model))
    ready = time.perf_counter()
    found = benders.run(program, linking, Options(case.said["gap"], case.said["cap_s"], threads=case.said["threads"]))
    plan = make_solution(
        site, formulation.results(model, site, values.at(found.x)), objective=-found.objective, bound=-found.bound,
        status=found.status, solver=found.solver, sizes=found.x[linking], seconds={},
    )  # fmt: skip
    check(site, plan)
    return {
        "objective": -found.objective, "bound": -found.bound, "capped": found.status != "optimal",
        "overhead_s": ready - begun + found.loading_s,
        "sizes": {**plan.chargers, "pv": plan.solar_kw, "kwh": plan.battery_kwh, "grid": plan.connection_kw},
    }  # fmt: skip


if __name__ == "__main__":
    told(solve)
