"""What would be without the plan: a flat load, panels that stand, a charger that stands, summed by hand."""

from __future__ import annotations

import json

import pytest
from support import ROOT, tree, variant

from evplan.plan import solve

HOURS = 365 / 7 * 168  # of a year, by one representative week


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Return the run of one site with a load of 50 kW at every hour, on a flat rate, with panels and a charger that stand."""
    folder = tmp_path_factory.mktemp("office")
    (folder / "load.csv").write_text("kw\n" + "50\n" * 8760)
    data = tree()
    site = data["sites"][0] | {
        "load_kw": {"file": "load.csv", "column": "kw"},
        "existing": {"solar_kw": 10.0, "chargers": {"dc50": 1}},
        "connection": {"existing_kw": 200.0},
        "land_cost_per_year": 0.0,
    }
    data["sites"] = [site]
    data["tariffs"]["general-service"] = {"energy": [{"price_per_kwh": 0.12}], "demand": [{"price_per_kw_month": 9}]}
    data["horizon"]["operating_years"] = [1]
    data["catalogue"]["battery"] = None
    (folder / "office.yaml").write_text(json.dumps(data, default=str))
    return solve(folder / "office.yaml", gap=1e-6)


def test_what_stands_stays_and_is_not_paid_for(office):
    plan = office.plans[0]
    assert plan.chargers["dc50"] >= 1
    assert plan.solar_kw >= 10.0
    paid = office.appraisal.sites[0].flow.capex[0]
    dc50, dc150 = plan.chargers["dc50"] - 1, plan.chargers["dc150"]
    assert paid == pytest.approx(58_000 * dc50 + 150_000 * dc150 + 1920 * (plan.solar_kw - 10.0))


def test_the_plan_is_worth_what_it_adds(office):
    # The load's own bill, 50 kW less what the 10 kW of panels give, is in both; the difference has none of it.
    flow = office.appraisal.sites[0].flow
    plan, site = office.plans[0], office.parameters.sites[0]
    with_load = 0.12 * float(plan.import_kw[0] @ site.clock.year_h)
    assert flow.energy[1] < with_load - 0.12 * 0.5 * 50 * HOURS
    assert office.reconciliations[0]["unexplained"] == pytest.approx(0.0, abs=1e-3)
    assert office.reconciliations[0]["nothing_new"] > 0  # without the plan the site pays its bill: a cost taken off


def test_business_as_usual_gives_the_same_service_from_the_grid(office):
    life, plan, site = office.lifecycles[0], office.plans[0], office.parameters.sites[0]
    drawn = plan.served_total_kw[0] / 0.94 + 50.0
    stands = site.solar.arrays[0].yield_kw_per_kw[0] * 10.0
    assert (drawn >= stands).all()
    bought = drawn - stands
    bill = 0.12 * float(bought @ site.clock.year_h) + 12 * 9 * float(bought.max())
    assert life.usual_bill == pytest.approx(bill, rel=1e-6)
    assert life.usual_connection_kw == 200.0
    assert life.usual - life.cost == pytest.approx(life.savings_npv, abs=1.0)
    assert life.savings_npv >= -1e-6


def test_the_shipped_office_is_proved_and_its_best_rate_chosen():
    run = solve(ROOT / "instances" / "office.yaml")
    assert run.status == "optimal"
    assert run.parameters.sites[0].tariff_name in ("flat-with-ratchet", "time-of-use")
    assert run.lifecycles[0].savings_npv > 0
    assert run.plans[0].solar_by_array_kw[0] >= 20.0


def test_a_site_that_could_not_go_on_without_the_plan_says_how_it_is_appraised(tmp_path):
    (tmp_path / "load.csv").write_text("kw\n" + "150\n" * 8760)
    changes = {
        "sites[rock-creek].load_kw": {"file": "load.csv", "column": "kw"}, "catalogue.battery": None,
        "sites[rock-creek].connection": {"existing_kw": 100, "steps": [{"power_kw": 300, "cost": 50_000}]},
    }  # fmt: skip
    run = solve(variant(tmp_path, changes))
    assert [text for text in run.warnings if "rock-creek" in text and "whole bill" in text]
    assert run.reconciliations[1]["nothing_new"] == 0


def test_chargers_that_stand_and_drivers_do_not_use_are_neither_sold_nor_bought(tmp_path):
    """The same plan, with and without slow chargers that stand beside: the same money, and a note."""
    slow = {
        "catalogue.chargers": [*[{"use": f"us/{name}", "max_count": 6} for name in ("ac19", "dc50", "dc150")]],
        "catalogue.battery": None,
    }
    runs = [
        solve(variant(tmp_path, slow | {"sites[gate-city].existing": {"chargers": own}}))
        for own in ({"dc150": 1}, {"dc150": 1, "ac19": 3})
    ]
    worth = [run.appraisal.sites[0].metrics.npv for run in runs]
    assert worth[0] == pytest.approx(worth[1], rel=1e-9)
    assert [any("gate-city: ac19 stand, drivers use none" in text for text in run.warnings) for run in runs] == [
        False,
        True,
    ]
