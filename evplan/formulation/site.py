"""The site: brings its components together, closes the power balance, states the objective.

    open                     1 if anything is built or stands here                          binary
    supply - demand == load      at every step of every modelled year                           balance
    every size is 0 unless the site is open                                                 opened_*

    minimise   sum of capital + sum over y of worth[kind,y] * yearly[kind,y] + worth_untaxed[y] * steering[y]

which is the net present value after tax with its sign turned, plus the prices of demand turned away, of carbon and of load lost in outages.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from evplan.formulation import (
    battery,
    carbon,
    chargers,
    connection,
    demand,
    inner,
    managed,
    outage,
    reach,
    sessions,
    solar,
    tariff,
)  # fmt: skip
from evplan.formulation.terms import Terms
from evplan.formulation.values import Values
from evplan.linear.affine import Affine, Total, each
from evplan.linear.pairs import Linear
from evplan.linear.rows import Rows
from evplan.parameters.types import SiteParameters

SIZES = (
    "open", "step_bought", "connection_kw", "another", "capacity_kw", "full_kw", "pledged_kwh", "ports", "hosted", "beyond", "allowance_kg",
    "solar_kw",
    "battery_kwh", "battery_kw", "solar_built", "solar_modules", "battery_built", "battery_modules",
    "stood_another", "stood_solar_kw", "stood_battery_kwh", "earlier_battery_kwh", "stood_battery_kw",
    "stood_step_bought", "stood_connection_kw", "step_paid",
    "contracted_kw", "remembered_kw", "ratcheted_kw", "ratcheted_tier", "ratcheted_full", "coincident_kw",
    "demand_full", "energy_full", "month_net_kwh", "year_net_kwh", "year_over_kwh",
)  # fmt: skip
BUILT = (
    "open", "step_bought", "connection_kw", "another", "solar_kw", "solar_built", "solar_modules",
    "battery_kwh", "battery_kw", "battery_built", "battery_modules",
)  # fmt: skip  # of the sizes, those that are built before anyone knows what comes


def build(site: SiteParameters, every_row: bool = False) -> pyo.ConcreteModel:
    """Return the model of one site; every_row keeps rows that cannot bind, for questions that relax others."""
    model, terms = pyo.ConcreteModel(name=site.name), Terms(load_kw=site.load_kw if site.load_kw.any() else None)
    model.Y = pyo.RangeSet(0, len(site.years) - 1)
    model.open = pyo.Var(domain=pyo.Binary, bounds=(int(site.stands), 1))
    connection.add(model, site, terms)
    chargers.add(model, site, terms)
    if site.managed is None:
        sessions.add(model, site, terms, every_row)
    else:
        managed.add(model, site, terms)
    if site.solar is not None:
        solar.add(model, site, terms)
    if site.battery is not None:
        battery.add(model, site, terms)
    carbon.add(model, site, terms)
    outage.add(model, site, terms)
    tariff.add(model, site, terms)
    inner.add(model, site)
    if not every_row:
        reach.add(model, site)
    _open(model, site, terms)
    model.balance = Rows(terms.balance() == 0, doc="supply meets demand at every step")
    model.objective = pyo.Objective(expr=_cost(site, terms), sense=pyo.minimize)
    return model


def _open(model: Any, site: SiteParameters, terms: Terms) -> None:
    """Tie every size to the site being open, where opening costs something and is a choice."""
    terms.each_year(site.land_cost_per_year * each(model.open))
    if site.stands:
        return
    if site.land_cost_per_year < 0:
        first = [(-1.0, model.another[c, k]) for c, k in model.CK if k == 1 and site.chargers[c].max_count]
        model.open_with_chargers = pyo.Constraint(
            expr=Linear([(1.0, model.open), *first]) <= 0, doc="a site earns for being open where a charger stands"
        )
    meter = max(tariff.fixed_per_month + tariff.minimum_per_month for tariff in site.tariffs)
    contracted = any(tariff.contract is not None for tariff in site.tariffs)
    if site.land_cost_per_year + meter <= 0 and not contracted:
        return
    counts = [(c, k) for c, k in model.CK if k == 1 and site.chargers[c].max_count]
    model.opened_chargers = pyo.Constraint(
        counts, rule=lambda m, c, k: Linear([(1.0, m.another[c, k]), (-float(m.another[c, k].ub), m.open)]) <= 0,
        doc="chargers stand only on an open site",
    )  # fmt: skip
    if site.solar is not None:
        model.opened_solar = pyo.Constraint(
            expr=Linear([*((1.0, model.solar_kw[a]) for a in model.ARRAY), (-site.solar.max_kw, model.open)]) <= 0,
            doc="panels stand only on an open site",
        )
    if site.battery is not None:
        model.opened_battery = pyo.Constraint(
            expr=Linear([(1.0, model.battery_kwh), (-site.battery.max_kwh, model.open)]) <= 0,
            doc="a battery stands only on an open site",
        )


def sizes(model: Any) -> list[Any]:
    """Return the components decided once and for all; given them, each month is a problem of its own."""
    return [component for name in SIZES if (component := model.component(name)) is not None]


def _cost(site: SiteParameters, terms: Terms) -> Total:
    worth = {"general": site.worth, "bill": site.worth_bill, "om": site.worth_om}
    whole = [cost.sum() for cost in terms.capital]
    whole += [(worth[kind] * cost).sum() for kind, costs in terms.yearly.items() for cost in costs]
    whole += [(site.worth_untaxed * cost).sum() for cost in terms.steering]
    return Total(sum(whole, Affine(())))


def results(model: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return every component's sizes and series in one flat dictionary."""
    found = {
        **connection.results(model, site, values),
        **chargers.results(model, site, values),
        **demand.results(model, site, values),
    }
    if site.managed is not None:
        found |= managed.results(model, site, values)
    if site.solar is not None:
        found |= solar.results(model, site, values)
    if site.battery is not None:
        found |= battery.results(model, site, values)
    if site.outages is not None and site.outages.steers:
        found |= outage.results(model, site, values)
    return found
