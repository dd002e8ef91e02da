"""The battery's life at the plan's own use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evplan.solution.invariants import wear_and_fade
from evplan.solution.use import count, plan_use


@pytest.fixture(scope="module")
def urban(tiny):
    """Return what `plan_use` takes for tiny's urban site."""
    battery = tiny.read.instance.catalogue.battery
    return battery, tiny.parameters.sites[0], tiny.plans[0], tiny.parameters.context.air_c


def test_a_representative_week_stands_for_every_week_of_the_year(tiny):
    steps, week = tiny.parameters.sites[0].clock.full_year(8760)
    assert len(steps) == 8760
    assert steps[:168].tolist() == steps[168:336].tolist() == list(range(168))
    assert week.max() == 52


def test_two_weeks_share_the_year(tiny):
    clock = replace(tiny.parameters.sites[0].clock, step_h=np.ones(336))
    steps, _ = clock.full_year(8760)
    assert (steps[: 26 * 168] < 168).all()
    assert (steps[26 * 168 :] >= 168).all()


def test_full_equivalent_cycles_are_half_of_all_that_moves(urban):
    use = plan_use(*urban[:3], 1, urban[3])
    weeks = np.split(use.soc, np.flatnonzero(np.diff(use.block)) + 1)
    moved = sum(np.abs(np.diff(np.append(soc[-1], soc))).sum() for soc in weeks)
    assert use.cycles_per_year == pytest.approx(moved / 2, rel=1e-3)  # swings below 0.01 % are not counted


def test_cells_are_as_warm_as_the_air_where_nothing_happens_and_warmer_where_it_does(urban):
    battery, site, plan, air_c = urban
    idle = replace(plan, charge_kw=0 * plan.charge_kw, discharge_kw=0 * plan.discharge_kw)
    still, worked = (plan_use(battery, site, p, 0, air_c).temperature_c for p in (idle, plan))
    assert still.mean() == pytest.approx(air_c.mean(), abs=0.01)  # what a night cools, a day warms: cells only lag
    assert still.std() < air_c.std()
    assert (worked >= still).all() and worked.mean() > still.mean() + 0.02


def test_half_the_swing_lasts_longer_and_a_warmer_year_less_long(urban, tiny):
    battery, site, plan, air_c = urban
    priced = site.battery.ageing
    spared = replace(plan, above_min_kwh=plan.above_min_kwh / 2)
    worn, easy, hot = (
        count(battery, site, p, priced, air).ageing.wear
        for p, air in ((plan, air_c), (spared, air_c), (plan, air_c + 10))
    )
    assert easy.life_years > worn.life_years > hot.life_years
    assert easy.cycles_per_year == pytest.approx(worn.cycles_per_year / 2, rel=1e-3)


def test_the_plan_leads_the_life_that_it_was_priced_for(tiny):
    for life in tiny.lives:
        assert life.rounds <= 8
        assert life.resimulated_years == pytest.approx(life.priced_years, rel=0.01)
        assert life.wear_error <= 0.02
        assert life.fade_error <= 0.02
        assert 0.7 < life.wear_scale < 1.4  # the prices' own shape is right: what rounds put back is small
        assert 0.7 < life.fade_scale < 1.4


def test_priced_wear_over_a_life_buys_one_set_of_cells(tiny):
    # Independent of the prices' derivation: what the model charges in a year, times the years of life, is the replacement.
    battery = tiny.read.instance.catalogue.battery
    for site, plan, life in zip(tiny.parameters.sites, tiny.plans, tiny.lives, strict=True):
        cells = battery.replacement_cost_fraction * battery.cost_per_kwh * plan.battery_kwh
        yearly = sum(part.mean() for part in wear_and_fade(site, plan))
        assert yearly * life.resimulated_years == pytest.approx(cells, rel=0.04)  # a year's mean, not a life's


def test_the_report_of_a_life_is_consistent(tiny):
    for life in tiny.lives:
        assert life.soh_by_year[0] == 1.0
        assert (np.diff(life.soh_by_year) < 0).all()
        assert (np.array(life.soh_low) <= life.soh_by_year).all() and (
            np.array(life.soh_high) >= life.soh_by_year
        ).all()
        assert life.life_low_years < life.resimulated_years < life.life_high_years
        assert len(life.cell_c_by_month) == 12
        assert (np.array(life.cell_c_by_month) > life.air_c_by_month).all()
