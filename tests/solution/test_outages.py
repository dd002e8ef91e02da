"""The simulated island: nothing carries more than greedy, and the chance to survive counts every hour of the year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog
from support import three_step_outages

from evplan.parameters.outages import Outage
from evplan.solution.outages import Island, begun_kwh, island, least_lost_kwh, survival


def random_island(seed, steps=10):
    """Return an island of one year with a battery, and what it holds at first."""
    random = np.random.default_rng(seed)

    def series(most):
        return random.uniform(0, most, (1, steps)) * (random.random((1, steps)) < 0.7)

    power, window = random.uniform(1, 20), random.uniform(1, 60)
    hours = np.full(steps, random.choice([0.25, 0.5, 1.0]))
    efficiency = np.array([[random.uniform(0.7, 1.0)]])
    made = Island(series(20), series(2), series(40), series(30), hours, power, np.array([[window]]), efficiency)
    return made, random.uniform(0, window)


def least_by_linear_program(made, stored):
    """Return the least energy lost, by HiGHS through SciPy: the same island written down once more."""
    n, h, eff = made.need_kw.shape[1], made.step_h[0], float(made.efficiency[0, 0])
    none, one, low = np.zeros((n, n)), np.eye(n), np.tril(np.ones((n, n)))  # columns: lost, discharge, charge, sun used
    held = np.hstack([none, -low * h / eff, low * h * eff, none])
    limits = np.vstack([-held, held, np.hstack([none, one, one, none])])
    most = np.concatenate([
        np.full(n, stored), np.full(n, float(made.window_kwh[0, 0]) - stored), np.full(n, made.power_kw)
    ])  # fmt: skip
    found = linprog(
        np.concatenate([np.full(n, h), np.zeros(3 * n)]), A_ub=limits, b_ub=most,
        A_eq=np.hstack([one, one, -one, one]), b_eq=made.need_kw[0],
        bounds=[(0, None)] * (2 * n) + [(0, kw) for kw in made.charge_kw[0]] + [(0, kw) for kw in made.sun_kw[0]],
    )  # fmt: skip
    return found.fun + made.out_of_reach_kw[0].sum() * h


@pytest.mark.parametrize("seed", range(20))
def test_no_dispatch_carries_more_than_greedy(seed):
    made, begun = random_island(seed)
    stored, lost = np.array([[begun]]), 0.0
    for t in range(made.need_kw.shape[1]):
        stored, now = made.step(stored, np.array([t]))
        lost += float(now[0, 0] * made.step_h[t])
        assert -1e-9 <= stored[0, 0] <= made.window_kwh[0, 0] + 1e-9
    assert lost == pytest.approx(least_by_linear_program(made, begun), abs=1e-6)


def with_outages(run, i=0, **changes):
    """Return a site of tiny's with 30 kW that are critical at all times, and its plan."""
    site, plan = run.parameters.sites[i], run.plans[i]
    critical = {"load_kw": np.full(site.load_kw.shape, 30.0), "charging_kw": np.zeros(site.load_kw.shape)}
    each = (Outage("storm", 1.0, np.arange(17, 23), np.arange(17, 168, 24)),)
    site = replace(site, outages=three_step_outages(each=each, **{**critical, **changes}))
    return site, replace(plan, outage_lost_kwh=least_lost_kwh(site, plan))


def test_survival_is_what_outages_at_every_hour_one_by_one_say(tiny):
    site, plan = with_outages(tiny)
    follows = site.clock.runs_on
    begun, alone = begun_kwh(site, plan), island(site, plan)
    through = np.zeros((len(site.years), 168, 6))
    for start in range(168):
        stored, t, whole = begun[:, [start]], start, np.ones(len(site.years), bool)
        for n in range(6):
            stored, lost = alone.step(stored, np.array([t]))
            whole &= lost[:, 0] < 1e-3
            through[:, start, n], t = whole, follows[t]
    assert survival(site, plan, 6) == pytest.approx(through.mean(axis=1))
    assert (np.diff(survival(site, plan)) <= 1e-12).all()


def test_an_outage_begins_with_the_least_of_its_hours(tiny):
    site, plan = with_outages(tiny)
    emptier = plan.above_min_kwh.copy()
    emptier[:, 16 + 3 * 24] = 0.0  # on another day, at the end of the step before its hour
    assert (least_lost_kwh(site, replace(plan, above_min_kwh=emptier)) >= least_lost_kwh(site, plan)).all()
    each = (replace(site.outages.each[0], begins=np.array([17 + 3 * 24])),)
    alone = replace(site, outages=replace(site.outages, each=each))
    assert least_lost_kwh(alone, replace(plan, above_min_kwh=emptier)) == pytest.approx(
        least_lost_kwh(site, replace(plan, above_min_kwh=0 * emptier))
    )
