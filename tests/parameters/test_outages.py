"""Outages on the clock: where they run, how they are drawn, and that none of their steps is merged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import TINY, solved, three_step_outages, variant

from evplan.instance.outages import OutageDraws
from evplan.instance.read import read
from evplan.instance.schema import Horizon
from evplan.parameters.clock import make_clock
from evplan.parameters.merge import Merging, by_the_hour, merge
from evplan.parameters.outages import drawn
from evplan.parameters.prepare import prepare
from evplan.planning.sites import solve_model, solve_site
from evplan.solution.invariants import check
from evplan.solution.outages import least_lost_kwh
from evplan.solver.outcome import Options

CRITICAL = {
    "horizon.operating_years": [1],
    "sites[gate-city].critical_load": {"charging_fraction": 0.2},
    "sites[rock-creek].critical_load": {"charging_fraction": 0.5},
}


def silent(what, known):
    """Report nothing."""


def outage(folder, start, hours, changes=None):
    """Return an outage laid on the clock of a variant of tiny, and that clock."""
    cases = {"storm": {"start": start, "hours": hours, "per_year": 1.0}}
    found = read(variant(folder, CRITICAL | {"outages": {"cases": cases}} | (changes or {})))
    site = prepare(found).sites[0]
    return site.outages.each[0], site.clock


def test_an_outage_runs_on_into_the_next_month_and_year(tmp_path):
    for start, months in (("01-31 22:00", [1, 1, 2, 2]), ("12-31 22:00", [12, 12, 1, 1])):
        found, clock = outage(tmp_path, start, 4, {"horizon.weeks": []})
        assert clock.start[found.steps].month.tolist() == months
        assert clock.start[found.steps].hour.tolist() == [22, 23, 0, 1]
        assert (clock.start[found.begins].hour == 22).all()
        assert len(found.begins) == 31
        assert (clock.block[found.begins] == clock.block[found.steps[0]]).all()


def test_a_year_that_begins_in_summer_has_its_outages_where_they_fall(tmp_path):
    found, clock = outage(tmp_path, "07-14 17:00", 30, {"horizon.weeks": [], "horizon.start": "2027-07-20"})
    assert str(clock.start[found.steps[0]])[:16] == "2028-07-14 17:00"
    assert len(found.begins) == 19  # the days of July after the year's first are another month
    assert np.diff(found.steps).tolist() == [1] * 29


def test_an_outage_at_the_end_of_a_representative_week_meets_the_week_again(tmp_path):
    found = outage(tmp_path, "07-18 22:00", 4)[0]
    assert found.steps.tolist() == [166, 167, 0, 1]
    assert len(found.begins) == 7


@pytest.mark.parametrize("weeks", [(), ("2027-01-11", "2027-07-12")])
def test_drawn_outages_are_spread_over_the_year_and_as_long_as_asked_on_average(weeks):
    clock = make_clock(Horizon(start="2027-01-01", weeks=weeks, step_minutes=30, timezone="America/New_York"))
    found = drawn(OutageDraws(count=100, hours=5.0, per_year=2.0, seed=7), clock)
    starts, lengths = np.array([o.steps[0] for o in found]), np.array([len(o.steps) / 2 for o in found])
    part = clock.steps / 100
    assert (
        np.abs(starts - part * (np.arange(100) + 0.5)) <= part / 2 + 2
    ).all()  # to the whole hour before, two steps at most
    assert lengths.mean() == pytest.approx(5.0, rel=0.05)
    assert lengths.std() == pytest.approx(np.sqrt(5.0 * 4.0), rel=0.2)  # of a geometric distribution with mean 5
    assert sum(o.per_year for o in found) == pytest.approx(2.0)
    again = drawn(OutageDraws(count=100, hours=5.0, per_year=2.0, seed=7), clock)
    assert all((a.steps == b.steps).all() for a, b in zip(found, again, strict=True))
    assert any(
        len(a.steps) != len(b.steps)
        for a, b in zip(found, drawn(OutageDraws(count=100, hours=5.0, per_year=2.0, seed=8), clock), strict=True)
    )


def test_outages_of_an_hour_each_are_drawn_as_such():
    clock = make_clock(Horizon(start="2027-01-01", weeks=("2027-07-12",)))
    assert {len(o.steps) for o in drawn(OutageDraws(count=9, hours=1.0, per_year=1.0), clock)} == {1}


QUARTER = CRITICAL | {
    "horizon.step_minutes": 15,
    "outages": {
        "cases": {"storm": {"start": "07-14 17:00", "hours": 5, "per_year": 1.0}}, "value_of_lost_load_per_kwh": 50.0,
    },
}  # fmt: skip


def test_quarter_hours_of_an_outage_are_never_merged(tmp_path):
    site = prepare(read(variant(tmp_path, QUARTER))).sites[0]
    groups = by_the_hour(site)
    merged = merge(site, Merging(groups, np.zeros(site.clock.steps, bool)))
    assert merged.clock.steps < 0.4 * site.clock.steps
    whole, parts = site.outages.each[0], merged.outages.each[0]
    assert (np.bincount(groups)[groups[whole.steps]] == 1).all()
    assert merged.outages.critical_kw[:, parts.steps] == pytest.approx(site.outages.critical_kw[:, whole.steps])
    assert (merged.clock.start[parts.begins] == site.clock.start[whole.begins]).all()


def test_merged_steps_give_the_plan_of_the_short_ones(tmp_path):
    found = read(variant(tmp_path, QUARTER))
    site, how = prepare(found).sites[1], Options(1e-3, 120.0)
    merged = solve_site(found, site, "highs", how, silent)
    whole = solve_model(found, site, "highs", how, silent, site)
    assert merged.objective == pytest.approx(whole.objective, rel=3e-3)
    assert merged.bound >= whole.objective - 1e-3 * abs(whole.objective)
    assert check(site, merged).passed
    assert merged.outage_lost_kwh == pytest.approx(least_lost_kwh(site, merged), abs=1e-6)


def test_half_the_steps_change_nothing_for_data_that_are_constant_inside_them(tiny):
    from test_laws import half_the_steps

    site = tiny.parameters.sites[0]
    site = replace(site, battery=replace(site.battery, fade_per_stored_kwh_year=np.zeros(2)))
    finer, found, worth = half_the_steps(site), read(TINY), []
    for numbers, twice in ((site, 1), (finer, 2)):
        steps = np.arange(17 * twice, 22 * twice)
        each = (
            replace(three_step_outages().each[0], steps=steps, begins=np.arange(17 * twice, 168 * twice, 24 * twice)),
        )
        critical, none = 0.2 * numbers.demand_kwh / numbers.clock.step_h, np.zeros_like(numbers.load_kw)
        outages = three_step_outages(each=each, value_per_kwh=20.0, load_kw=critical, charging_kw=none)
        numbers = replace(numbers, outages=outages)
        worth.append(solve_site(found, numbers, "highs", Options(1e-7, 60.0), silent).objective)
    assert worth[1] == pytest.approx(worth[0], rel=1e-6)


def test_business_as_usual_and_nothing_new_owe_nothing_in_outages(tmp_path):
    rows = "kw\n" + "\n".join(["20"] * 8760) + "\n"
    (tmp_path / "load.csv").write_text(rows)
    run = solved(TINY, QUARTER | {
        "horizon.step_minutes": 60, "sites[rock-creek].load_kw": {"file": "load.csv", "column": "kw"},
        "outages.min_carried": 1.0,
    }, tmp_path, gap=1e-3)  # fmt: skip
    assert run.plans[1].outage_lost_kwh == pytest.approx(np.zeros((1, 1)), abs=1e-4)
    assert run.lifecycles[1].usual is not None
    assert run.reconciliations[1]["nothing_new"] != 0.0
