"""Some scenarios planned anew: sizes and all, as if the scenario were known beforehand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import BaseModel

from evplan.errors import EvplanError
from evplan.fanout import working
from evplan.finance.worth import npv
from evplan.instance.read import Read
from evplan.instance.risk import DriverName
from evplan.instance.schema import Instance
from evplan.parallel import cores, run_all
from evplan.parameters.prepare import prepare
from evplan.parameters.sessions import Level
from evplan.plan import solve_read
from evplan.planning.sites import Progress
from evplan.report.run import Run
from evplan.solver.outcome import Options, make_options
from evplan.studies.future_cases import wanting
from evplan.studies.risk_levels import Kept, flow_at, kept

PRICES = ("price_per_kwh", "price_per_kw_month", "price_per_kw_year", "price_per_kva_month", "excess_price_per_kva_month",
          "fixed_per_month", "minimum_per_month", "export_per_kwh")  # fmt: skip
PRICE_SERIES = "energy_series"
COSTS = ("cost", "install_cost", "cost_per_kw", "cost_per_kwh", "fixed_cost")
UPKEEP = ("om_per_year", "om_per_kw_year")


@dataclass(frozen=True)
class Resolved:
    """One scenario planned anew. Net present values by site.

    drawn : of the plan that stays, as interpolated between levels of demand.  stays : the same, dispatched in this scenario.
    anew : of the plan made for it; None, with why, if there is none.
    """

    number: int
    drawn: dict[str, float]
    stays: dict[str, float] | None
    anew: dict[str, float] | None
    capex: float | None
    built: str
    message: str = ""

    @property
    def gained(self) -> float | None:
        """Return what planning for this scenario would have brought, all sites together."""
        return None if self.stays is None or self.anew is None else sum(self.anew.values()) - sum(self.stays.values())


def resolve(
    run: Run, values: dict[DriverName, np.ndarray], by_site: dict[str, np.ndarray], count: int, most: float,
    options: Options, progress: Progress, cluster: str | None = None,
) -> tuple[Resolved, ...]:  # fmt: skip
    """Return the first scenarios planned anew, side by side in processes or on a cluster. Sobol points fill the cube evenly from the start.

    most : the highest level of demand that the plan was dispatched at, whose sessions come here too.
    """
    numbers, stop = range(min(count, len(next(iter(values.values()))))), threading.Event()
    keeps = kept(run)
    with working(None if cluster else max(1, min(cores(), len(numbers))), cluster, progress) as workers:

        def one(k: int) -> Resolved:
            changed = instance_in(run.read.instance, {name: float(value[k]) for name, value in values.items()})
            drawn = {name: float(npv[k]) for name, npv in by_site.items()}
            demand = float(np.prod([values[name][k] for name in ("adoption", "utilisation") if name in values]))
            return workers.run(
                solve_scenario, keeps, options.gap, options.time_limit_s, replace(run.read.placed, instance=changed),
                Level(demand, max(most, demand)), k, drawn, tell=lambda what, known: progress(f"scenario {k + 1}", f"{what}: {known}"),
                stop=stop,
            )  # fmt: skip

        return tuple(run_all(one, numbers, stop, workers.size))


def solve_scenario(
    keeps: tuple[Kept, ...], gap: float, time_limit_s: float, found: Read, level: Level, number: int, drawn: dict[str, float],
    tell: Callable[[str, str], None],
) -> Resolved:  # fmt: skip
    """Return one scenario planned anew; one that fails says why and stops none of the others."""
    finance, stays = found.instance.finance, None
    try:
        options, others = make_options(gap, time_limit_s, False), prepare(found, level)
        flows = [flow_at(found, others, i, keep, options) if keep.plan.open else None for i, keep in enumerate(keeps)]
        stays = {
            keep.plan.name: 0.0 if flow is None else npv(flow.net, finance.discount_rate, finance.discounting)
            for keep, flow in zip(keeps, flows, strict=True)
        }
        run = solve_read(found, gap=gap, time_limit_s=time_limit_s, progress=tell, level=level)
    except EvplanError as error:
        return Resolved(number, drawn, stays, None, None, "", str(error).split("\n")[0])
    built = "; ".join(
        f"{plan.name}: " + (", ".join(f"{n} x {name}" for name, n in plan.chargers.items() if n) or "nothing")
        for plan in run.plans
    )
    anew = {site.name: site.metrics.npv for site in run.appraisal.sites}
    return Resolved(number, drawn, stays, anew, run.appraisal.portfolio.metrics.capex, built)


def instance_in(instance: Instance, values: dict[DriverName, float]) -> Instance:
    """Return an instance as one scenario has it. What vehicles want, prices, costs and the loan's rate are all that differ."""
    demand = values.get("adoption", 1.0) * values.get("utilisation", 1.0)
    sites = tuple(wanting(site, demand, 0.0) for site in instance.sites)
    price, built = values.get("charging-price", 1.0), values.get("construction", 1.0)
    sites = tuple(
        site.model_copy(update={
            "price_per_kwh": None if site.price_per_kwh is None else price * site.price_per_kwh,
            "connection": site.connection.model_copy(update={
                "steps": tuple(step.model_copy(update={"cost": built * step.cost}) for step in site.connection.steps)
            }),
        })
        for site in sites
    )  # fmt: skip
    bill = values.get("electricity-price", 1.0)
    tariffs = {name: _scaled(tariff, PRICES, bill) for name, tariff in instance.tariffs.items()}
    catalogue = _scaled(_scaled(instance.catalogue, COSTS, built), UPKEEP, values.get("upkeep", 1.0))
    finance, points = instance.finance, values.get("interest", 0.0)
    if finance.loan is not None and points:
        rate = max(0.0, finance.loan.rate + points)
        finance = finance.model_copy(update={"loan": finance.loan.model_copy(update={"rate": rate})})
    return instance.model_copy(update={"sites": sites, "tariffs": tariffs, "catalogue": catalogue, "finance": finance})


def _scaled(noun: Any, fields: tuple[str, ...], factor: float) -> Any:
    """Return a block with every field of some names, in it and in the blocks inside it, times a factor."""
    update: dict[str, Any] = {}
    for name in type(noun).model_fields:
        value = getattr(noun, name)
        if name == PRICE_SERIES and value is not None and fields is PRICES:
            update[name] = value.model_copy(update={"scale": factor * value.scale})
        elif name in fields and isinstance(value, (int, float)):
            update[name] = factor * value
        elif isinstance(value, BaseModel):
            update[name] = _scaled(value, fields, factor)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            update[name] = tuple(_scaled(item, fields, factor) for item in value)
    return noun.model_copy(update=update)
