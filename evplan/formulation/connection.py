"""The grid connection.

step_bought[k]          1 if the connection is raised to step k             binary
connection_kw           import limit, kW: existing, or that of the step bought
import_kw[y,t]          mean power drawn from the grid, kW                  >= 0
export_kw[y,t]          mean power sent into the grid, kW                   >= 0, <= what the tariff takes
step_paid[k]            at a later stage: 1 if step k is bought in it        >= step_bought[k] - what the stage before had
highest_kw[y,m]         highest import of a month, kW                       >= 0

sum over k of step_bought[k] <= 1
import_kw[y,t]  <= highest_kw[y,m(t)]                 monthly_highest
highest_kw[y,m] <= connection_kw                      import_limit
export_kw[y,t]  <= export_limit * connection_kw       export_limit
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.assets.tariff import TariffSeries
from evplan.formulation.terms import Terms
from evplan.formulation.values import Values
from evplan.linear.affine import each
from evplan.linear.columns import Columns
from evplan.linear.pairs import Linear
from evplan.linear.rows import Rows
from evplan.parameters.types import SiteParameters


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add the connection to the site's block and register its terms."""
    steps, month, grid = site.connection_steps, site.clock.month, site.demand_kwh.shape
    sends = np.zeros(grid, bool)
    sends[:, export_steps(site)] = True
    block.STEP = pyo.RangeSet(0, len(steps) - 1)
    block.step_bought = pyo.Var(block.STEP, domain=pyo.Binary)
    block.import_kw = Columns(grid)
    block.export_kw = Columns(sends, upper=site.export_max_kw)
    block.highest_kw = Columns((grid[0], len(site.clock.month_weight)))
    block.connection_kw = pyo.Var(domain=pyo.NonNegativeReals)
    import_kw, highest_kw, export_kw = each(block.import_kw), each(block.highest_kw), each(block.export_kw)
    connection_kw = each(block.connection_kw)

    raised = [(-(step.power_kw - site.existing_kw), block.step_bought[k]) for k, step in enumerate(steps)]
    block.connection_choice = pyo.Constraint(
        expr=Linear([(1.0, block.connection_kw), *raised]) == site.existing_kw,
        doc="the import limit is the existing one or that of the step bought",
    )
    if len(steps) > 1:
        block.one_step = pyo.Constraint(
            expr=Linear((1.0, block.step_bought[k]) for k in block.STEP) <= 1, doc="at most one step is bought"
        )
    block.monthly_highest = Rows(
        import_kw - highest_kw[:, month] <= 0, doc="no step draws more than the month's highest import"
    )
    block.import_limit = Rows(highest_kw - connection_kw <= 0, doc="import stays within the grid connection")
    block.export_cap = Rows(
        export_kw - site.export_limit * connection_kw <= 0, sends,
        doc="export stays within its share of the grid connection",
    )  # fmt: skip
    terms.supply.append(import_kw)
    terms.demand.append(export_kw)
    terms.capital.append((np.array([step.present_cost for step in steps]) * each(_paid(block, site))).sum())


def _paid(block: Any, site: SiteParameters) -> Any:
    """Return what is paid for: the step bought, or at a later stage that one if the stage before did not have it."""
    if not site.later:
        return block.step_bought
    block.stood_step_bought = pyo.Var(block.STEP, domain=pyo.NonNegativeReals, bounds=(0, 1))
    block.stood_connection_kw = pyo.Var(domain=pyo.NonNegativeReals)
    block.step_paid = pyo.Var(block.STEP, domain=pyo.NonNegativeReals, bounds=(0, 1))
    block.step_is_paid = pyo.Constraint(
        block.STEP,
        rule=lambda b, k: Linear([(1.0, b.step_paid[k]), (-1.0, b.step_bought[k]), (1.0, b.stood_step_bought[k])]) >= 0,
        doc="a step that the stage before did not have is bought",
    )  # fmt: skip
    block.connection_stays = pyo.Constraint(
        expr=Linear([(1.0, block.connection_kw), (-1.0, block.stood_connection_kw)]) >= 0,
        doc="the connection is not made smaller",
    )
    return block.step_paid


def export_steps(site: SiteParameters) -> list[int]:
    """Return the steps at which export can pay.

    Where it earns nothing, none. A battery, or vehicles, discharge to export only where that is worth more than it costs;
    otherwise only panels export, while the sun shines.
    """
    worth = np.max([export_worth(tariff) for tariff in site.tariffs], axis=0)
    could = np.zeros(site.clock.steps, bool)
    if site.solar is not None:
        could |= site.solar.shines
    if site.battery is not None:
        could |= worth > float(site.battery.wear_cost.min())
    if site.managed is not None and site.managed.giving is not None:
        could |= worth * site.managed.give_efficiency > site.managed.cost_per_kwh
    return np.flatnonzero(could & (worth > 0)).tolist()


def export_worth(tariff: TariffSeries) -> np.ndarray:
    """Return the most that a kWh sent into the grid can be worth in each step, shape (steps,)."""
    worth = tariff.export_per_kwh.copy()
    if tariff.netting:
        for line in tariff.lines:
            worth[line.applies] = max(tier.price for tier in line.tiers)
    return worth


def largest_kw(site: SiteParameters) -> float:
    """Return the largest import limit that the site can have, kW."""
    return max([site.existing_kw, *(step.power_kw for step in site.connection_steps)])


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return the import limit and the grid's series, shape (years, steps), kW."""
    bought = values.of(block.step_bought)
    limits = [step.power_kw for step, chosen in zip(site.connection_steps, bought, strict=True) if chosen > 0.5]
    return {
        "connection_kw": limits[0] if limits else site.existing_kw,
        "import_kw": values.least_0(block.import_kw),
        "export_kw": values.least_0(block.export_kw),
    }
