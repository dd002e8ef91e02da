"""Laws of the whole chain: scaling, nobody comes, a free battery, climate and model, growth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support import TINY, solved, tree, variant

from evplan.assets.tariff import flat
from evplan.degradation.train import train
from evplan.errors import InputError
from evplan.instance.read import read
from evplan.parameters.prepare import prepare
from evplan.plan import solve
from evplan.planning.sites import solve_site
from evplan.solution.invariants import check
from evplan.solver.outcome import Options

EXACT = 1e-6  # the bar; the search runs to a gap ten times smaller


def objectives(sites) -> np.ndarray:
    found = read(TINY)
    plans = [solve_site(found, site, "highs", Options(1e-8, 120.0), lambda *_: None) for site in sites]
    return np.array([plan.objective for plan in plans])


@pytest.fixture(scope="module")
def sites():
    """Return tiny's parameters."""
    return prepare(read(TINY)).sites


@pytest.fixture(scope="module")
def base(sites):
    return objectives(sites)


def three_times_the_power(site):
    """Return a site whose every kW, and every price of a whole thing, is three times as large."""
    return replace(
        site,
        demand_kwh=3 * site.demand_kwh,
        expected_kwh=3 * site.expected_kwh,
        existing_kw=3 * site.existing_kw,
        connection_steps=tuple(
            replace(s, power_kw=3 * s.power_kw, present_cost=3 * s.present_cost) for s in site.connection_steps
        ),
        chargers=tuple(
            replace(
                c,
                capacity_kw=3 * c.capacity_kw,
                full_kw=3 * c.full_kw,
                present_cost=3 * c.present_cost,
                om_per_year=3 * c.om_per_year,
            )
            for c in site.chargers
        ),
        solar=replace(
            site.solar,
            max_kw=3 * site.solar.max_kw,
            arrays=tuple(replace(array, max_kw=3 * array.max_kw) for array in site.solar.arrays),
        ),
        battery=replace(site.battery, max_kwh=3 * site.battery.max_kwh),
        land_cost_per_year=3 * site.land_cost_per_year,
        tariffs=tuple(replace(tariff, fixed_per_month=3 * tariff.fixed_per_month) for tariff in site.tariffs),
    )


def seven_times_the_prices(site):
    """Return a site whose every amount of money is seven times as large."""
    battery = site.battery
    return replace(
        site,
        price_per_kwh=7 * site.price_per_kwh,
        land_cost_per_year=7 * site.land_cost_per_year,
        turned_away_cost_per_kwh=7 * site.turned_away_cost_per_kwh,
        connection_steps=tuple(replace(s, present_cost=7 * s.present_cost) for s in site.connection_steps),
        chargers=tuple(
            replace(c, present_cost=7 * c.present_cost, om_per_year=7 * c.om_per_year) for c in site.chargers
        ),
        solar=replace(
            site.solar,
            present_cost_per_kw=7 * site.solar.present_cost_per_kw,
            om_per_kw_year=7 * site.solar.om_per_kw_year,
        ),
        battery=replace(
            battery,
            present_cost_per_kwh=7 * battery.present_cost_per_kwh,
            present_cost_per_kw=7 * battery.present_cost_per_kw,
            om_per_kw_year=7 * battery.om_per_kw_year,
            wear_per_kwh=7 * battery.wear_per_kwh,
            fade_per_kwh_year=7 * battery.fade_per_kwh_year,
            fade_per_stored_kwh_year=7 * battery.fade_per_stored_kwh_year,
        ),
        tariffs=tuple(
            replace(
                tariff,
                energy_per_kwh=7 * tariff.energy_per_kwh,
                demand=tuple(replace(d, tiers=flat(7 * d.tiers[0].price)) for d in tariff.demand),
                fixed_per_month=7 * tariff.fixed_per_month,
                export_per_kwh=7 * tariff.export_per_kwh,
            )
            for tariff in site.tariffs
        ),
    )


def half_the_steps(site):
    """Return the same site on steps of half the length: every power held over two steps."""
    clock = site.clock

    def twice(values):
        return np.repeat(values, 2, axis=-1)

    start = pd.DatetimeIndex(np.repeat(clock.start, 2))
    finer = replace(
        clock,
        start=start,
        step_h=twice(clock.step_h) / 2,
        weight=twice(clock.weight),
        month=twice(clock.month),
        block=twice(clock.block),
    )
    return replace(
        site,
        clock=finer,
        demand_kwh=twice(site.demand_kwh) / 2,
        expected_kwh=twice(site.expected_kwh) / 2,
        load_kw=twice(site.load_kw),
        solar=replace(
            site.solar,
            arrays=tuple(replace(array, yield_kw_per_kw=twice(array.yield_kw_per_kw)) for array in site.solar.arrays),
        ),
        battery=replace(
            site.battery, warmth=twice(site.battery.warmth), charge_c_rate=twice(site.battery.charge_c_rate)
        ),
        tariffs=tuple(
            replace(
                tariff,
                energy_per_kwh=twice(tariff.energy_per_kwh),
                export_per_kwh=twice(tariff.export_per_kwh),
                demand=tuple(replace(d, applies=twice(d.applies)) for d in tariff.demand),
            )
            for tariff in site.tariffs
        ),
    )


@pytest.mark.parametrize(("change", "factor"), [(three_times_the_power, 3), (seven_times_the_prices, 7)])
def test_the_objective_scales_as_its_units_say(sites, base, change, factor):
    assert objectives([change(site) for site in sites]) == pytest.approx(factor * base, rel=EXACT)


def test_half_the_steps_is_the_same_plan_where_holding_energy_costs_nothing(sites):
    free = [replace(s, battery=replace(s.battery, fade_per_stored_kwh_year=np.zeros(2))) for s in sites]
    assert objectives([half_the_steps(site) for site in free]) == pytest.approx(objectives(free), rel=EXACT)


def test_half_the_steps_gain_only_what_holding_energy_for_less_time_spares(sites, base):
    # Inside an hour a finer plan can charge later and discharge earlier: never worse, and the fade spared is small.
    gain = objectives([half_the_steps(site) for site in sites]) - base
    assert (gain > -EXACT * abs(base)).all()
    assert (gain < 1e-3 * abs(base)).all()


def test_a_rural_site_without_demand_builds_nothing(tmp_path):
    run = solved(TINY, {"sites[rock-creek].demand.sessions_per_day": 0.0}, tmp_path)
    plan = run.plans[1]
    assert not plan.open
    assert plan.objective == 0.0
    assert run.appraisal.sites[1].metrics.npv == 0.0
    assert run.appraisal.sites[1].metrics.irr.status == "none"


def test_a_free_battery_never_makes_a_plan_dearer(tiny, tmp_path):
    without = solved(TINY, {"catalogue.battery": None}, tmp_path)
    battery = tree()["catalogue"]["battery"] | {"cost_per_kwh": 0.0, "cost_per_kw": 0.0}
    free = solved(TINY, {"catalogue.battery": battery}, tmp_path)
    for dear, priced, given in zip(without.plans, tiny.plans, free.plans, strict=True):
        assert given.objective >= priced.objective - 1e-6 * abs(priced.objective)
        assert priced.objective >= dear.objective - 2e-6 * abs(dear.objective)


def test_a_hotter_climate_shortens_battery_life_raises_wear_and_changes_sizes(tiny, tmp_path):
    hot = solved(TINY, {"weather.warmer_by_k": 15.0}, tmp_path)
    for i in range(2):
        mild_battery, hot_battery = tiny.parameters.sites[i].battery, hot.parameters.sites[i].battery
        assert hot_battery.life_years < 0.8 * mild_battery.life_years
        assert hot_battery.fade_per_kwh_year > mild_battery.fade_per_kwh_year
        assert hot_battery.mean_cell_c == pytest.approx(mild_battery.mean_cell_c + 15.0, abs=1.0)
        assert hot.lives[i].resimulated_years < tiny.lives[i].resimulated_years
        assert abs(hot.plans[i].battery_kwh - tiny.plans[i].battery_kwh) > 0.01 * tiny.plans[i].battery_kwh


def test_another_ageing_model_changes_life_wear_and_sizes(tiny, tmp_path):
    train("nmc", tmp_path, samples=2000, seed=3, surrogate_years=60, direct=False)
    named = {"catalogue.battery.ageing_model": str(tmp_path / "nmc.npz")}
    with pytest.raises(InputError, match="is of nmc cells, chemistry says lfp"):
        solved(TINY, named, tmp_path)
    other = solved(TINY, {**named, "catalogue.battery.chemistry": "nmc"}, tmp_path)
    for i in range(2):
        lfp, nmc = tiny.parameters.sites[i].battery, other.parameters.sites[i].battery
        assert nmc.life_years < lfp.life_years
        assert nmc.wear_per_kwh[0] != pytest.approx(lfp.wear_per_kwh[0], rel=0.1)
        assert abs(other.plans[i].battery_kwh - tiny.plans[i].battery_kwh) > 0.01 * tiny.plans[i].battery_kwh


def test_more_growth_is_never_worth_less_where_nothing_is_obliged(tiny, tmp_path):
    path = variant(tmp_path, {"sites[gate-city].demand.growth_per_year": 0.12})
    run = solved(path)
    assert run.plans[0].objective > tiny.plans[0].objective
    demand, before = run.parameters.sites[0].demand_kwh, tiny.parameters.sites[0].demand_kwh
    assert demand[1].sum() > before[1].sum()


def test_both_settings_stand_in_one_plan(tiny):
    assert {site.setting for site in tiny.read.instance.sites} == {"urban", "rural"}
    assert len(tiny.parameters.sites[0].years) == 2


def test_cash_flow_and_objective_meet(tiny):
    for meeting in tiny.reconciliations:
        assert abs(meeting["unexplained"]) < 1e-6 * abs(meeting["objective"])


def test_a_site_that_hardly_pays_is_built_or_left_but_never_refused(tmp_path):
    found = read(variant(tmp_path, {"sites[rock-creek].demand.min_served": 0.0}))
    site = prepare(found).sites[0]
    worth = []
    for price in np.linspace(0.05, 0.35, 25):
        plan = solve_site(
            found, replace(site, price_per_kwh=float(price)), "highs", Options(1e-4, 60.0), lambda *_: None
        )
        assert check(replace(site, price_per_kwh=float(price)), plan).passed
        worth.append(plan.objective)
    assert worth[0] == pytest.approx(0.0, abs=0.01)
    assert (np.diff(worth) >= -1e-4 * abs(max(worth))).all()


def test_a_year_that_begins_in_july_is_planned_and_checked(tmp_path):
    run = solved(
        TINY, {"horizon.start": "2027-07-01", "horizon.weeks": [], "horizon.operating_years": [1]}, tmp_path, gap=1e-3
    )
    assert all(verdict.passed for verdict in run.verdicts)


def test_a_portfolio_that_nearly_cancels_is_never_called_proved_before_it_is(tmp_path):
    for seconds in (0.3, 1.0, 30.0):
        run = solve(variant(tmp_path, {"sites[gate-city].price_per_kwh": 0.3584375}), gap=1e-3, time_limit_s=seconds)
        assert (run.status == "optimal") == (run.gap <= 1e-3)


def test_the_optimum_is_the_same_with_every_upper_bound_ten_times_larger(tmp_path):
    """No answer may depend on how large a bound was written; none of these binds."""
    ten = {
        "catalogue.chargers[dc50].max_count": 60, "catalogue.chargers[dc150].max_count": 80, "catalogue.solar.max_kw": 3000,
        "catalogue.battery.max_kwh": 20000,
    }  # fmt: skip
    found = read(variant(tmp_path, ten))
    for site, wide in zip(prepare(read(variant(tmp_path))).sites, prepare(found).sites, strict=True):
        plans = [solve_site(found, s, "highs", Options(1e-6, 120.0), lambda *_: None) for s in (site, wide)]
        assert plans[1].objective == pytest.approx(plans[0].objective, rel=2e-6)
        assert plans[0].chargers == plans[1].chargers
