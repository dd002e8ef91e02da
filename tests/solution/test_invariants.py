"""The checker: passes what adds up, refuses 20 seeded tamperings and every kind by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evplan.errors import CheckError
from evplan.solution.invariants import check
from evplan.solution.tables import SERIES


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
