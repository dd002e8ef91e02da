"""The battery's life at the plan's own use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evplan.solution.life import battery_life, plan_use, year_steps


@pytest.fixture(scope="module")
def urban(tiny):
    """Return what `battery_life` takes for tiny's urban site."""
    battery = tiny.read.instance.catalogue.battery
    return battery, tiny.parameters.sites[0], tiny.plans[0], tiny.parameters.air_c


def test_a_representative_week_stands_for_every_week_of_the_year(tiny):
    site = tiny.parameters.sites[0]
    steps, week = year_steps(site, 8760)
    assert len(steps) == 8760
    assert steps[:168].tolist() == steps[168:336].tolist() == list(range(168))
    assert week.max() == 52


def test_two_weeks_share_the_year(tiny):
    site = tiny.parameters.sites[0]
    clock = replace(site.clock, step_h=np.ones(336))
    steps, _ = year_steps(replace(site, clock=clock), 8760)
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
    assert plan_use(battery, site, idle, 0, air_c).temperature_c == pytest.approx(air_c)
    assert (plan_use(battery, site, plan, 0, air_c).temperature_c > air_c).mean() > 0.7


def test_half_the_swing_lasts_longer_and_a_warmer_year_less_long(urban, tiny):
    battery, site, plan, air_c = urban
    years, folder = tiny.read.instance.horizon.years, tiny.read.folder
    spared = replace(plan, above_min_kwh=plan.above_min_kwh / 2)
    life, easy, hot = (
        battery_life(battery, site, p, air, years, folder)
        for p, air in ((plan, air_c), (spared, air_c), (plan, air_c + 10))
    )
    assert easy.resimulated_years > life.resimulated_years > hot.resimulated_years
    assert easy.cycles_per_year == pytest.approx(life.cycles_per_year / 2, rel=1e-3)
    assert life.soh_by_year[0] == 1.0
    assert (np.diff(life.soh_by_year) < 0).all()
