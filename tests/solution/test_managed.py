"""Each law of vehicles that stay refuses a plan that breaks it, whatever its bills say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import DEPOT, solved

from evplan.errors import CheckError
from evplan.solution.invariants import check, present_values
from evplan.solution.tables import hosted_share, site_bill, sold_kwh

V2G = {"share": 0.5, "payment_per_kwh": 0.02, "wear_per_kwh": 0.01}


@pytest.fixture(scope="module")
def depot(tmp_path_factory):
    """Return a week of the depot, half of its vans giving back."""
    changes = {"horizon.weeks": ["2027-07-12"], "sites[depot].demand.managed.v2g": V2G, "horizon.operating_years": [1]}
    return solved(DEPOT, changes, tmp_path_factory.mktemp("depot"), gap=1e-4)


def honest(site, plan):
    """Return the plan with bills and objective that are truly its own."""
    plan = replace(plan, bills=tuple(site_bill(site, plan, y) for y in range(len(site.years))))
    worth = sum(present_values(site, plan).values())
    return replace(plan, objective=worth, bound=max(worth, plan.bound))


def moved(site, plan, into=0.0, out=0.0):
    """Return a plan in which so much more power goes into vehicles, and comes out of those that give, from the grid."""
    served = plan.served_kw.copy()
    served[0] += into
    drawn = into / site.chargers[0].efficiency - site.managed.give_efficiency * out
    return replace(plan, served_kw=served, v2g_kw=plan.v2g_kw + out, import_kw=plan.import_kw + drawn)


def once(plan, value):
    """Return a series that is `value` at the step in which most is served."""
    series = np.zeros_like(plan.import_kw)
    series[np.unravel_index(plan.served_total_kw.argmax(), series.shape)] = value
    return series


TAMPERINGS = {
    "held energy": lambda s, p: moved(s, p, into=once(p, 1.0)),
    "held between walls": lambda s, p: replace(p, held_kwh=p.held_kwh + 500.0),
    "plugged power": lambda s, p: moved(s, p, into=once(p, 900.0)),
    "given power": lambda s, p: moved(s, p, out=once(p, 900.0)),
    "port power": lambda s, p: replace(p, chargers={"ac11": 2}),
    "vehicles hosted": lambda s, p: replace(p, chargers={"ac11": p.chargers["ac11"] - 3}),
    "served share": lambda s, p: replace(p, hosted=0.5 * p.hosted),
}


def test_a_true_plan_passes_and_sells_what_leaves(depot):
    site, plan = depot.parameters.sites[0], depot.plans[0]
    assert check(site, plan).worst < 1e-6
    net = (plan.served_total_kw - plan.v2g_kw) @ site.clock.year_h
    assert net == pytest.approx(sold_kwh(site, plan), rel=1e-6)
    assert sold_kwh(site, plan) == pytest.approx(hosted_share(site, plan) * (site.demand_kwh @ site.clock.weight))
    assert plan.v2g_kw.max() > 1.0


@pytest.mark.parametrize("law", TAMPERINGS)
def test_every_law_refuses_a_plan_that_breaks_it(depot, law):
    site, plan = depot.parameters.sites[0], depot.plans[0]
    check(site, honest(site, plan))
    broken = TAMPERINGS[law](site, plan)
    with pytest.raises(CheckError) as caught:
        check(site, honest(site, broken))
    assert law in caught.value.residuals


def test_every_law_has_a_plan_that_breaks_it(depot, tiny):
    of_managed = set(check(depot.parameters.sites[0], depot.plans[0]).residuals)
    of_others = set(check(tiny.parameters.sites[0], tiny.plans[0]).residuals)
    assert of_managed - of_others == {*TAMPERINGS, "battery absent"} - {"port power", "served share"}


def test_more_than_everybody_and_later_before_earlier_are_refused(depot):
    site, plan = depot.parameters.sites[0], depot.plans[0]
    for hosted in (1.01 * plan.hosted + 0.01, plan.hosted[:, ::-1] - 0.5):
        with pytest.raises(CheckError) as caught:
            check(site, honest(site, replace(plan, hosted=hosted)))
        assert "vehicles hosted" in caught.value.residuals


def test_a_plan_of_other_groups_is_refused_by_name(depot):
    site, plan = depot.parameters.sites[0], depot.plans[0]
    with pytest.raises(CheckError, match="series"):
        check(site, replace(plan, hosted=plan.hosted[:, :-1]))
