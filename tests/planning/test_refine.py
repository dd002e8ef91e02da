"""Merged steps: the same plan as on the short steps, proved on them; and what is said of peaks that data cannot show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import TINY, solved, variant

from evplan.instance.read import read
from evplan.parameters.merge import Merging, by_the_hour, merge
from evplan.parameters.prepare import prepare
from evplan.planning.refine import first_merging
from evplan.planning.sites import solve_model, solve_site
from evplan.solution.invariants import check
from evplan.solver.outcome import Options

QUARTER = {"horizon.step_minutes": 15, "horizon.operating_years": [1]}
GAP = 1e-3


def silent(what, known):
    """Report nothing."""


def planned(folder, changes, site=0):
    """Return a variant's site, its plan by merged steps, and its plan on the short steps themselves."""
    found = read(variant(folder, changes))
    numbers = prepare(found).sites[site]
    how = Options(GAP, 120.0)
    return (
        numbers,
        solve_site(found, numbers, "highs", how, silent),
        solve_model(found, numbers, "highs", how, silent, numbers),
    )


TARIFFS = {
    "windows": {},
    "ratchet": {"tariffs.general-service.demand": [{"price_per_kw_month": 9.0, "ratchet": {"fraction": 0.8}}]},
    "contract": {"tariffs.general-service.contract": {"price_per_kva_month": 9.0, "excess_price_per_kva_month": 20.0}},
    "fixed contract": {"tariffs.general-service.contract": {"price_per_kva_month": 9.0}},
}


@pytest.mark.parametrize(("name", "site"), [("windows", 0), *((name, 1) for name in TARIFFS)])
def test_merged_steps_give_the_plan_of_the_short_ones(name, site, tmp_path):
    numbers, merged, whole = planned(tmp_path, QUARTER | TARIFFS[name], site)
    assert merged.status == whole.status == "optimal"
    assert check(numbers, merged).passed
    assert merged.import_kw.shape == (1, 672)
    assert merged.objective <= whole.bound + 0.01
    assert whole.objective <= merged.bound + 0.01
    assert merged.objective == pytest.approx(whole.objective, rel=GAP)
    assert merged.merging is not None
    assert merged.merging.groups[-1] < 671


@pytest.mark.parametrize(
    "changes", [{"catalogue.battery": None}, {"catalogue.solar": None}, {"horizon.step_minutes": 30}]
)
def test_other_equipment_and_other_steps(changes, tmp_path):
    numbers, merged, whole = planned(tmp_path, QUARTER | changes)
    assert check(numbers, merged).passed
    assert merged.objective == pytest.approx(whole.objective, rel=2 * GAP)


def test_where_nothing_varies_inside_an_hour_merging_loses_nothing(tmp_path):
    rows = np.random.default_rng(3).random(8760) * 60
    (tmp_path / "demand.csv").write_text("kw\n" + "\n".join(f"{row:.2f}" for row in rows) + "\n")
    measured = {
        "sites[gate-city].demand": {"load_kw": {"file": "demand.csv", "column": "kw"}},
        "horizon.operating_years": [1],
    }
    hourly, quarter = (
        solved(TINY, measured | {"horizon.step_minutes": minutes}, tmp_path, gap=GAP).plans[0] for minutes in (60, 15)
    )
    assert quarter.objective == pytest.approx(hourly.objective, rel=2 * GAP)


def test_the_merged_problem_is_a_bound_whatever_is_merged(tmp_path):
    found = read(variant(tmp_path, QUARTER))
    site, how = prepare(found).sites[0], Options(1e-6, 120.0)
    whole = solve_model(found, site, "highs", how, silent, site)
    hours = Merging(by_the_hour(site), np.zeros(site.clock.steps, bool))
    for merging in (hours, replace(hours, peaks=~hours.peaks), first_merging(site)):
        bound = solve_model(found, merge(site, merging), "highs", how, silent, site).bound
        assert bound >= whole.objective * (1 - 1e-6)


def test_merging_keeps_energy_and_hours(tmp_path):
    site = prepare(read(variant(tmp_path, QUARTER))).sites[0]
    merged = merge(site, first_merging(site))
    assert merged.clock.steps == 168
    assert merged.clock.year_h.sum() == pytest.approx(8760)
    assert merged.demand_kwh.sum() == pytest.approx(site.demand_kwh.sum())
    assert site.solar is not None
    assert merged.solar is not None
    kwh = (
        site.solar.arrays[0].yield_kw_per_kw @ site.clock.step_h,
        merged.solar.arrays[0].yield_kw_per_kw @ merged.clock.step_h,
    )
    assert kwh[0] == pytest.approx(kwh[1])


def peaks(folder, days):
    """Return the changes of a site measured by the hour, some of its days by the quarter hour."""
    hourly = np.tile(np.r_[np.full(12, 10.0), np.full(12, 20.0)], 365)
    (folder / "hours.csv").write_text("kw\n" + "\n".join(map(str, hourly)) + "\n")
    quarter = np.tile(np.repeat(hourly[:24], 4) * np.tile([2.0, 1.0, 1.0, 0.0], 24), len(days))
    (folder / "days.csv").write_text("kw\n" + "\n".join(map(str, quarter)) + "\n")
    return {
        "sites[gate-city].demand": {
            "load_kw": {"file": "hours.csv", "column": "kw"}, "peak_days": {"file": "days.csv", "column": "kw", "days": days},
        },
        "horizon.weeks": ["2027-01-04"], "horizon.step_minutes": 15, "horizon.operating_years": [1],
    }  # fmt: skip


def test_peak_days_replace_their_days_and_no_other(tmp_path):
    site = prepare(read(variant(tmp_path, peaks(tmp_path, ["2027-01-05"])))).sites[0]
    kw = (site.demand_kwh[0] / site.clock.step_h).reshape(7, 96)
    assert kw[1].max() == pytest.approx(40.0)
    assert kw[[0, 2, 3, 4, 5, 6]].max() == pytest.approx(20.0)
    assert kw.mean(axis=1) == pytest.approx(np.full(7, 15.0))


def test_a_summer_day_stands_where_the_series_own_rows_do(tmp_path):
    ramp = np.arange(24.0)
    (tmp_path / "hours.csv").write_text("kw\n" + "\n".join(map(str, np.tile(ramp, 365))) + "\n")
    (tmp_path / "days.csv").write_text("kw\n" + "\n".join(map(str, np.repeat(ramp, 4))) + "\n")
    load = {"load_kw": {"file": "hours.csv", "column": "kw"}}
    day = {"peak_days": {"file": "days.csv", "column": "kw", "days": ["2027-07-20"]}}
    changes = {"horizon.weeks": [], "horizon.step_minutes": 15, "horizon.operating_years": [1]}
    plain, fine = (
        prepare(read(variant(tmp_path, changes | {"sites[gate-city].demand": demand}))).sites[0].demand_kwh
        for demand in (load, load | day)
    )
    assert plain == pytest.approx(fine)


def test_what_peak_days_leave_open_is_told(tmp_path):
    told = " ".join(prepare(read(variant(tmp_path, peaks(tmp_path, ["2027-01-05"])))).warnings)
    assert "2.00 to 2.00 times" in told
    assert "up to 0% higher" in told
    data = peaks(tmp_path, ["2027-01-05"])
    del data["sites[gate-city].demand"]["peak_days"]
    assert "demand.peak_days" in " ".join(prepare(read(variant(tmp_path, data))).warnings)
    assert "horizon.step_minutes: 15" in " ".join(prepare(read(TINY)).warnings)
