"""Plans of vehicles that stay, shared out one by one: what the sums hide is found, and vehicles keep to their own walls."""

from __future__ import annotations

import gzip
from dataclasses import replace

import numpy as np
import pytest
from support import DEPOT, best, solved, staying_site

from evplan.assets.tariff import TariffSeries
from evplan.solution.sharing import level, sharing
from evplan.solution.tables import make_solution
from evplan.solution.together import broken


def plan_of(site, **changes):
    """Return the best plan of a three-step site, with some of its series changed."""
    cost, found = best(site)
    plan = make_solution(
        site, found | changes, objective=-cost, bound=-cost, status="optimal", seconds={}, solver="", sizes=np.zeros(0)
    )
    return plan


def priced(*prices):
    return (TariffSeries(np.array(prices), (), fixed_per_month=0.0, export_per_kwh=np.zeros(3)),)


FIRST = {"step": 0, "stay_h": 2.0, "energy_kwh": 10.0}


def test_what_one_vehicle_is_given_reaches_it():
    site = staying_site([FIRST], tariffs=priced(0.3, 0.1, 0.3))
    (found,) = sharing(site, plan_of(site))
    assert (found.reached, found.planned, found.hosted) == pytest.approx((1.0, 1.0, 1.0))
    assert found.peak_kw == pytest.approx(found.planned_peak_kw) == pytest.approx(10.0)
    assert found.extra_bill == pytest.approx(0.0)
    assert found.told is None


def test_energy_that_no_vehicle_can_take_is_found():
    # 20 kW in the second hour cannot go into a vehicle that takes 10: half of 20 kWh is left for nobody.
    site = staying_site([FIRST | {"energy_kwh": 20.0}], min_served=1.0)
    plan = plan_of(site)
    late = replace(plan, served_kw=np.array([[[0.0, 20.0, 0.0]]]))
    (found,) = sharing(site, late)
    assert found.reached == pytest.approx(0.5)
    assert "50.0% of the planned energy" in found.told


def test_least_laxity_is_served_first():
    # One leaves at 23:00, the other at 24:00; 10 kWh in the first hour go to the first alone.
    site = staying_site([FIRST | {"stay_h": 1.0}, FIRST], min_served=1.0)
    plan = replace(plan_of(site), served_kw=np.array([[[10.0, 10.0, 0.0]]]))
    assert sharing(site, plan)[0].reached == pytest.approx(1.0)


def test_a_vehicle_that_comes_while_all_ports_are_taken_leaves():
    site = staying_site([FIRST, FIRST], min_served=1.0)
    plan = replace(plan_of(site), chargers={"ac20": 1})
    (found,) = sharing(site, plan)
    assert found.hosted == pytest.approx(0.5)
    assert found.planned == pytest.approx(1.0)
    assert found.reached == pytest.approx(0.5)


def test_no_vehicle_gives_below_its_own_floor():
    # Two vehicles may give 10 kWh each, but only the first is there in the first hour: of 15 kWh, 10 can be given.
    gives = {"give_kw": 20.0, "out_kwh": 10.0, "spare_kwh": 0.0, "power_kw": 40.0, "energy_kwh": 10.0}
    rows = [FIRST | gives, FIRST | gives | {"step": 1, "stay_h": 1.0}]
    site = staying_site(rows, {"give_efficiency": 1.0}, min_served=1.0)
    plan = replace(plan_of(site), v2g_kw=np.array([[15.0, 0.0, 0.0]]), served_kw=np.array([[[0.0, 40.0, 0.0]]]))
    assert sharing(site, plan)[0].given == pytest.approx(10 / 15)


def test_water_finds_its_level():
    room, power, laxity = np.array([10.0, 10.0, 10.0]), np.array([10.0, 5.0, 10.0]), np.array([0.0, 1.0, 5.0])
    assert level(10.0, room, power, laxity) == pytest.approx([10.0, 0.0, 0.0])
    assert level(12.5, room, power, laxity) == pytest.approx([10.0, 2.5, 0.0])
    assert level(99.0, room, power, laxity) == pytest.approx(room)
    assert level(0.0, room, power, laxity) == pytest.approx([0.0, 0.0, 0.0])


def test_energy_that_moves_between_vehicles_is_found_and_forbidden():
    # The early vehicle is full after the first hour; the late one, there from 23:00 to 24:00, cannot take the 20 kWh that
    # the two are given together in the second hour.
    rows = [FIRST | {"energy_kwh": 10.0, "stay_h": 2.0}, FIRST | {"step": 1, "stay_h": 1.0, "energy_kwh": 10.0}]
    site = staying_site(rows, min_served=1.0)
    plan = plan_of(site)
    fine = replace(plan, served_kw=np.array([[[10.0, 10.0, 0.0]]]))
    assert broken(site, fine) == ((), pytest.approx(0.0))
    wrong = replace(plan, served_kw=np.array([[[15.0, 5.0, 0.0]]]))  # the early one alone cannot take 15 in an hour
    rows, moved = broken(site, wrong)
    assert moved == pytest.approx(5 / 20, abs=1e-3)
    assert (0,) in {row.steps for row in rows}
    row = next(row for row in rows if row.steps == (0,))
    assert row.most_kwh.sum() == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("file", "least", "dearer"), [("jpl_2019-05-01_2019-08-31", 0.96, 0.03), ("jpl_2020-02-01_2020-05-31", 0.96, 0.03)]
)
def test_plans_of_measured_sessions_reach_their_vehicles(shared_data, tmp_path, file, least, dearer):
    text = gzip.decompress((shared_data / "sessions" / "acn" / f"{file}.csv.gz").read_bytes()).decode()
    (tmp_path / "acn.csv").write_text(text)
    managed = {"sessions": {"file": "acn.csv", "energy_kwh": "delivered_energy (kWh)"}}
    changes = {
        "sites[depot].demand": {"managed": managed, "min_served": 0.9}, "horizon.operating_years": [1],
        "horizon.timezone": "America/Los_Angeles",
    }  # fmt: skip
    run = solved(DEPOT, changes, tmp_path, gap=1e-4)
    (found,) = run.sharings[0]
    assert found.vehicles > 100
    assert found.reached > least
    assert found.extra_bill < dearer * found.bill
