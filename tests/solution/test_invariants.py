"""The checker: passes what adds up, refuses 20 seeded tamperings and every kind by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import three_step_outages

from evplan.errors import CheckError
from evplan.parameters.outages import Outage
from evplan.parameters.types import CarbonParameters
from evplan.solution.invariants import check, present_values
from evplan.solution.outages import least_lost_kwh
from evplan.solution.tables import BY_DEPTH, SERIES, site_bill


def tampered(site, plan, seed):
    """Return a plan with one series, size or bill changed by a few percent, somewhere it matters."""
    random = np.random.default_rng(seed)
    kind = ("series", "size", "bill")[seed % 3]
    factor = 1 + random.choice([-1, 1]) * random.uniform(0.01, 0.1)
    if kind == "series":
        name = random.choice([s for s in (*SERIES, "served_kw") if getattr(plan, s).max() > 1.0])
        series = getattr(plan, name).copy()
        busy = np.argwhere(series > 0.5 * series.max())
        series[tuple(random.choice(busy))] *= factor
        return replace(plan, **{name: series})
    if kind == "size":
        name = random.choice(["solar_kw", "battery_kwh", "battery_kw", "connection_kw", "chargers"])
        if name == "chargers":
            type_ = random.choice(list(plan.chargers))
            return replace(plan, chargers={**plan.chargers, type_: plan.chargers[type_] + int(random.choice([-1, 1]))})
        return replace(plan, **{name: getattr(plan, name) * factor})
    y = int(random.integers(len(plan.bills)))
    part = str(random.choice(["energy", "demand", "fixed"]))
    bill = replace(plan.bills[y], **{part: getattr(plan.bills[y], part) * factor})
    return replace(plan, bills=(*plan.bills[:y], bill, *plan.bills[y + 1 :]))


def test_a_true_plan_passes(tiny):
    for site, plan in zip(tiny.parameters.sites, tiny.plans, strict=True):
        assert check(site, plan).passed


@pytest.mark.parametrize("seed", range(20))
def test_a_tampered_plan_is_refused(tiny, seed):
    i = seed % 2
    site, plan = tiny.parameters.sites[i], tiny.plans[i]
    with pytest.raises(CheckError, match="refused"):
        check(site, tampered(site, plan, seed))


def honest(site, plan):
    """Return the plan with bills and objective that are truly its own: only a physical law can refuse it now."""
    bills = tuple(site_bill(site, plan, y) for y in range(len(site.years)))
    plan = replace(plan, bills=bills)
    worth = sum(present_values(site, plan).values())
    return replace(plan, objective=worth, bound=max(worth, plan.bound))


def served_more(site, plan, type_, added):
    """Return a plan that serves `added` kW more from one type, drawn from the grid."""
    served = plan.served_kw.copy()
    served[type_] += added
    return replace(plan, served_kw=served, import_kw=plan.import_kw + added / site.chargers[type_].efficiency)


def admitting(site, plan):
    """Return all that is wanted up to the ports' full power: more than the queue admits."""
    full_kw = plan.chargers["dc50"] * site.chargers[0].full_kw[:, None]
    return np.clip(np.minimum(site.demand_kwh / site.clock.step_h, full_kw) - plan.served_total_kw, 0, None)


def at_peak(series):
    """Return zeros with a 1 where the series is highest."""
    mark = np.zeros_like(series)
    mark[np.unravel_index(series.argmax(), series.shape)] = 1.0
    return mark


TAMPERINGS = {  # the law that refuses it: what was done to the plan of tiny's urban site, or to the site
    "power balance": lambda s, p: replace(p, import_kw=0.99 * p.import_kw),
    "import limit": lambda s, p: replace(
        p, import_kw=p.import_kw + 60 * at_peak(p.import_kw), export_kw=p.export_kw + 60 * at_peak(p.import_kw)
    ),
    "export limit": lambda s, p: replace(p, import_kw=p.import_kw + 300, export_kw=p.export_kw + 300),
    "contract": lambda s, p: replace(p, contracted_kw=p.contracted_kw + 5.0),
    "solar yield": lambda s, p: replace(p, solar_kw=0.9 * p.solar_kw, solar_by_array_kw=0.9 * p.solar_by_array_kw),
    "negative power": lambda s, p: replace(p, import_kw=p.import_kw - 200, export_kw=p.export_kw - 200),
    "stored energy": lambda s, p: replace(p, above_min_kwh=p.above_min_kwh + at_peak(-p.above_min_kwh)),
    "energy window": lambda s, p: replace(p, battery_kwh=0.9 * p.battery_kwh),
    "battery rate": lambda s, p: replace(p, battery_kw=2 * p.battery_kwh),
    "battery power": lambda s, p: replace(p, battery_kw=0.8 * p.battery_kw),
    "depths' sum": lambda s, p: replace(p, discharge_by_depth_kw=p.discharge_by_depth_kw + at_peak(p.discharge_kw)),
    "depth window": lambda s, p: replace(p, stored_by_depth_kwh=p.stored_by_depth_kwh[::-1]),
    "depths' flow": lambda s, p: replace(p, stored_by_depth_kwh=p.stored_by_depth_kwh - 5 * at_peak(-p.above_min_kwh)),
    "carbon cap": lambda s, p: (replace(s, carbon=CarbonParameters(np.full(s.clock.steps, 0.5), 0.0, 1000.0)), p),
    "outage energy": lambda s, p: claiming(s, p, -1.0),
    "critical share": lambda s, p: claiming(s, p, 0.0, min_carried=0.999),
    "cold charging": lambda s, p: replace(
        p, charge_kw=p.charge_kw + 2 * p.battery_kwh, discharge_kw=p.discharge_kw + 2 * p.battery_kwh
    ),
    "port power": lambda s, p: replace(p, served_kw=p.served_kw[::-1]),
    "drivers admitted": lambda s, p: served_more(s, p, 0, admitting(s, p)),
    "nobody stays": lambda s, p: replace(p, held_kwh=p.held_kwh + 1.0),
    "served over wanted": lambda s, p: served_more(s, p, 0, np.full_like(p.import_kw, 20.0)),
    "charger count": lambda s, p: replace(p, chargers=p.chargers | {"dc50": 9}),
    "solar limit": lambda s, p: replace(p, solar_kw=400.0),
    "solar modules": lambda s, p: (replace(s, solar=replace(s.solar, module_kw=0.7)), p),
    "battery duration": lambda s, p: (replace(s, battery=replace(s.battery, min_duration_h=50.0)), p),
    "battery modules": lambda s, p: (replace(s, battery=replace(s.battery, module_kwh=70.0)), p),
    "battery room": lambda s, p: replace(p, battery_kwh=3000.0),
    "closed site": lambda s, p: replace(nothing(p), import_kw=p.import_kw * 0 + 50, export_kw=p.export_kw * 0 + 50),
    "served share": lambda s, p: nothing(p),
}


def claiming(site, plan, more_kwh, **changes):
    """Return the site with an outage too long for it, and the plan with so much more lost in it than is true."""
    each = (Outage("storm", 1.0, np.arange(17, 41), np.arange(17, 168, 24)),)
    critical = {"load_kw": np.full(site.load_kw.shape, 30.0), "charging_kw": np.zeros(site.load_kw.shape)}
    site = replace(site, outages=three_step_outages(each=each, **critical, **changes))
    return site, replace(plan, outage_lost_kwh=least_lost_kwh(site, plan) + more_kwh)


def nothing(plan):
    """Return a plan that builds nothing and does nothing."""
    silent = {name: 0 * getattr(plan, name) for name in (*SERIES, *BY_DEPTH, "served_kw")}
    none = dict.fromkeys(plan.chargers, 0)
    sizes = {"solar_kw": 0.0, "solar_by_array_kw": 0 * plan.solar_by_array_kw, "battery_kwh": 0.0, "battery_kw": 0.0}
    return replace(plan, **silent, chargers=none, **sizes)


@pytest.mark.parametrize("law", TAMPERINGS)
def test_every_law_refuses_a_plan_that_breaks_it_whatever_its_bills_say(tiny, law):
    site, plan = tiny.parameters.sites[0], tiny.plans[0]
    if law == "served share":
        site = replace(site, min_served=0.5)
    check(site, honest(site, plan))
    broken = TAMPERINGS[law](site, plan)
    site, plan = broken if isinstance(broken, tuple) else (site, broken)
    with pytest.raises(CheckError) as caught:
        check(site, honest(site, plan))
    assert law in caught.value.residuals


def test_every_law_has_a_plan_that_breaks_it(tiny):
    physical = set(check(tiny.parameters.sites[0], tiny.plans[0]).residuals) - {"bill", "objective", "bound"}
    assert physical == set(TAMPERINGS)


def test_a_bill_that_is_no_number_is_refused(tiny):
    site, plan = tiny.parameters.sites[0], tiny.plans[0]
    bills = (replace(plan.bills[0], fixed=float("nan")), *plan.bills[1:])
    with pytest.raises(CheckError) as caught:
        check(site, replace(plan, bills=bills))
    assert "bill" in caught.value.residuals


def test_an_objective_or_bound_that_is_not_the_plans_is_refused(tiny):
    site, plan = tiny.parameters.sites[0], tiny.plans[0]
    for change in ({"objective": plan.objective * 1.001}, {"bound": plan.objective - 10.0}):
        with pytest.raises(CheckError):
            check(site, replace(plan, **change))


def test_energy_out_of_nothing_is_refused(tiny):
    site, plan = tiny.parameters.sites[0], tiny.plans[0]
    with pytest.raises(CheckError, match=r"stored energy|energy window"):
        check(site, replace(plan, above_min_kwh=plan.above_min_kwh + 1.0))


def test_nan_anywhere_is_refused(tiny):
    site, plan = tiny.parameters.sites[0], tiny.plans[0]
    broken = plan.import_kw.copy()
    broken[0, 5] = np.nan
    with pytest.raises(CheckError):
        check(site, replace(plan, import_kw=broken))


def test_what_cannot_be_this_sites_plan_is_refused_by_name(tiny):
    site, plan = tiny.parameters.sites[0], tiny.plans[0]
    for change, said in (
        ({"bound": float("nan")}, "finite"),
        ({"connection_kw": plan.connection_kw + 4e-6}, "connection choice"),
        ({"chargers": {**plan.chargers, "dc50": 7.5}}, "charger counts"),
        ({"chargers": {"dc50": 5}}, "charger counts"),
        ({"bills": plan.bills[:1]}, "bills"),
        ({"name": "other"}, "name"),
        ({"import_kw": plan.import_kw[:, :-1]}, "series"),
    ):
        with pytest.raises(CheckError, match=said):
            check(site, replace(plan, **change))


def test_a_battery_where_none_can_be_is_refused(tiny):
    site, plan = tiny.parameters.sites[0], tiny.plans[0]
    with pytest.raises(CheckError):
        check(replace(site, battery=None), plan)


def test_the_checker_knows_nothing_of_pyomo():
    import subprocess
    import sys

    code = "import evplan.solution.invariants, sys; sys.exit('pyomo' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
