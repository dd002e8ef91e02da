"""A two-year project worked out by hand, with its grant, its premium and its tax."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import variant

from evplan.assets.tariff import Bill
from evplan.finance.cashflow import Running, charged, make_cashflow, total, with_grant, with_premium
from evplan.finance.levelised import levelised_cost
from evplan.finance.metrics import measure
from evplan.finance.support.gap import viability_gap
from evplan.finance.worth import npv
from evplan.instance.finance import Construction, Finance
from evplan.parameters.money import price_index, schedule, shares, weights
from evplan.plan import solve
from evplan.report.tables import streams_table

FINANCE = Finance(discount_rate=0.1, target_irr=0.1, tax_rate=0.25, inflation=0.0, depreciation_years=2)


def project(price: float = 0.5):
    """Return 1,000 kWh a year at `price`, a bill of 100, O&M 50, land 20, for an outlay of 600 that lasts two years."""
    running = Running(
        np.array([1000.0]), np.array([1000.0 * price]), (Bill(60.0, 30.0, 15.0, 5.0),), om=50.0, land=20.0
    )
    return make_cashflow(running, [schedule(600.0, 600.0, 2.0, 2, FINANCE)], np.ones((2, 1)), FINANCE)


def test_each_year_adds_up_by_hand():
    # Operating: 500 - (60 + 30 + 15 - 5) - 50 - 20 = 330. Depreciation 300. Tax 0.25 x 30 = 7.5. Net 322.5 a year.
    flow = project()
    assert flow.operating[1:] == pytest.approx([330.0, 330.0])
    assert flow.tax[1:] == pytest.approx([7.5, 7.5])
    assert flow.net == pytest.approx([-600.0, 322.5, 322.5])


def test_net_present_value_by_hand():
    # -600 + 322.5 / 1.1 + 322.5 / 1.21 = -600 + 293.1818 + 266.5289 = -40.2893
    assert measure(project(), FINANCE).npv == pytest.approx(-40.2893, abs=1e-4)


def test_levelised_cost_is_the_price_at_which_npv_is_zero():
    # Discounted energy: 1000 / 1.1 + 1000 / 1.21 = 1735.5372; 40.2893 / (0.75 x 1735.5372) = 0.030952 above 0.5.
    price = levelised_cost(project(), FINANCE)
    assert price == pytest.approx(0.530952, abs=1e-6)
    assert measure(project(price), FINANCE).npv == pytest.approx(0.0, abs=1e-9)


def test_the_grant_of_the_viability_gap_by_hand():
    # A grant G saves G now and costs the relief on G / 2 a year: G (1 - 0.125 x 1.7355372) = 40.2893 -> G = 51.450
    gap = viability_gap(project(), FINANCE)
    assert gap.grant == pytest.approx(40.28926 / (1 - 0.125 * 1.7355372), abs=1e-3)
    assert gap.grant_fraction_of_capex == pytest.approx(gap.grant / 600.0)
    assert npv(with_grant(project(), gap.grant, FINANCE).net, 0.1) == pytest.approx(0.0, abs=600 * 1e-6)


def test_the_premium_of_the_viability_gap_is_taxed():
    # p x 0.75 x 1735.5372 = 40.2893 -> 0.030952
    gap = viability_gap(project(), FINANCE)
    assert gap.per_kwh == pytest.approx(0.030952, abs=1e-6)
    assert npv(with_premium(project(), gap.per_kwh, FINANCE).net, 0.1) == pytest.approx(0.0, abs=1e-6)


def test_a_project_that_pays_needs_no_support():
    gap = viability_gap(project(0.6), FINANCE)
    assert (gap.grant, gap.per_kwh) == (0.0, 0.0)


def test_a_grant_larger_than_depreciation_can_carry_is_written_off_at_the_end():
    finance = FINANCE.model_copy(update={"depreciation_years": 10})
    running = Running(np.array([1000.0]), np.array([500.0]), (Bill(0, 0, 0, 0),), om=0.0, land=0.0)
    flow = make_cashflow(running, [schedule(600.0, 600.0, 2.0, 2, finance)], np.ones((2, 1)), finance)
    # 60 a year for two years; the other 480 are written off at the end: all 600 relieve tax.
    assert flow.depreciation.sum() + flow.book.sum() == pytest.approx(600.0)
    supported = with_grant(flow, 600.0, finance)
    assert supported.depreciation.sum() + supported.book.sum() == pytest.approx(0.0, abs=1e-9)


def test_replacement_and_residual_value_by_hand():
    # Life 2 years over 3: bought in year 0, replaced at the end of year 2 for 80, half of whose life is left after year 3.
    plan = schedule(100.0, 80.0, 2.0, 3, FINANCE)
    assert plan.first_cost.tolist() == [100.0, 0.0, 0.0, 0.0]
    assert plan.replacements.tolist() == [0.0, 0.0, 80.0, 0.0]
    assert plan.residual == pytest.approx(40.0)
    # Depreciation 50, 50, then 40 of the replacement; 40 stay in the books and are set against the residual.
    assert plan.depreciation == pytest.approx([0.0, 50.0, 50.0, 40.0])
    assert plan.book == pytest.approx(40.0)


def test_an_item_that_is_never_replaced_has_no_residual_without_a_second_hand_price():
    assert schedule(100.0, 0.0, 30.0, 15, FINANCE).residual == 0.0


def test_inflation_raises_a_replacement_to_the_price_level_of_its_year():
    finance = FINANCE.model_copy(update={"inflation": 0.1})
    assert price_index(0.1, 3) == pytest.approx([1.0, 1.0, 1.1, 1.21])
    assert schedule(100.0, 100.0, 2.0, 3, finance).replacements[2] == pytest.approx(110.0)


def test_years_between_modelled_ones_are_interpolated_and_later_ones_held():
    assert shares((1, 3), np.ones(5)) == pytest.approx(np.array([[1, 0], [0.5, 0.5], [0, 1], [0, 1], [0, 1]]))


def test_years_between_modelled_ones_follow_growth_that_compounds():
    # 100, 120, 144: the second year lies (120 - 100) / (144 - 100) = 5/11 of the way from the first to the third.
    assert shares((1, 3), np.array([100.0, 120, 144])) == pytest.approx(np.array([[1, 0], [6 / 11, 5 / 11], [0, 1]]))
    wanted = 1.2 ** np.arange(20)
    assert shares((1, 8, 9, 20), wanted) @ wanted[[0, 7, 8, 19]] == pytest.approx(wanted)


def test_energy_that_leaves_the_range_of_the_modelled_years_is_taken_along_time():
    assert shares((1, 3), np.array([100.0, 90, 110])) == pytest.approx(np.array([[1, 0], [0.5, 0.5], [0, 1]]))


def test_the_worth_of_a_modelled_year_is_its_part_of_an_annuity():
    # Two years at 10 % without inflation: 1 / 1.1 + 1 / 1.21 = 1.7355372, kept after tax: 0.75 of it.
    assert weights(np.ones((2, 1)), FINANCE) == pytest.approx([0.75 * 1.7355372], rel=1e-7)
    split = weights(np.eye(2), FINANCE, taxed=False)
    assert split == pytest.approx([1 / 1.1, 1 / 1.21])


def test_a_schedule_and_its_present_value_agree_with_the_cash_flow():
    plan = schedule(100.0, 80.0, 2.0, 5, FINANCE)
    running = Running(np.zeros(1), np.zeros(1), (Bill(0, 0, 0, 0),), om=0.0, land=0.0)
    flow = make_cashflow(running, [plan], np.ones((5, 1)), FINANCE)
    assert npv(flow.net, 0.1) == pytest.approx(-plan.present_value(0.1, 0.25))


def test_the_portfolio_is_the_sum_of_its_sites():
    both = total([project(), project(0.6)])
    assert both.net == pytest.approx(project().net + project(0.6).net)


def test_zero_target_with_the_reported_grant_on_a_real_plan(tiny):
    finance = tiny.read.instance.finance
    for site in (*tiny.appraisal.sites, tiny.appraisal.portfolio):
        if site.gap.grant:
            supported = npv(with_grant(site.flow, site.gap.grant, finance).net, finance.target_irr)
            assert abs(supported) <= 1e-6 * site.metrics.capex
    assert tiny.appraisal.sites[1].gap.grant > 0


@pytest.mark.parametrize("life", [0.3, 0.5, 0.9, 1.0, 2.5, 7.3, 40.0])
def test_every_replacement_is_paid_whatever_the_life(life):
    # A second count: the item is bought anew at the end of the year in which each life ends, while years remain.
    plan = schedule(100.0, 80.0, life, 15, FINANCE)
    ends = [k * life for k in range(1, 60) if -(-k * life // 1) < 15]
    assert plan.replacements.sum() == pytest.approx(80.0 * len(ends))
    left = max(0.0, (len(ends) + 1) * life - 15) / life
    assert plan.residual == pytest.approx(80.0 * min(1.0, left))
    assert plan.depreciation.sum() + plan.book == pytest.approx(100.0 + 80.0 * len(ends))


def test_other_revenue_and_the_hosts_share_by_hand():
    # 500 charging, 40 beside it, a tenth of 500 to the host: 500 + 40 - 50 - 100 - 50 - 20 = 320.
    flow = project()
    k = np.array([0.0, 1.0, 1.0])
    shared = replace(flow, other_revenue=40.0 * k, host_share=50.0 * k, shared_kwh=100.0 * k)
    assert shared.operating[1:] == pytest.approx([320.0, 320.0])
    # At a price of 1 the host's tenth is 100: 1000 + 40 - 100 - 170 = 770.
    assert charged(shared, 1.0, FINANCE).operating[1:] == pytest.approx([770.0, 770.0])
    price = levelised_cost(shared, FINANCE)
    assert npv(charged(shared, price, FINANCE).net, 0.1) == pytest.approx(0.0, abs=1e-9)
    # A site without a price of its own owes the host its tenth at any price that is found for it.
    unpriced = replace(shared, revenue=0.0 * k, host_share=0.0 * k)
    assert levelised_cost(unpriced, FINANCE) == pytest.approx(price)


def test_interest_while_building_is_part_of_what_is_built():
    # Half of 600 is owed on average for 18 months at 8 %, and 1 % of it is the fee: 600 (1 + 0.08 * 1.5 / 2 + 0.01) = 642.
    finance = FINANCE.model_copy(update={"construction": Construction(months=18, rate=0.08, fee=0.01)})
    built = schedule(600.0, 600.0, 2.0, 5, finance)
    assert built.first_cost[0] == pytest.approx(642.0)
    assert built.depreciation[1:3] == pytest.approx([321.0, 321.0])
    assert built.replacements[2] == pytest.approx(600.0)  # is bought in a day


def test_streams_steer_the_plan_and_stand_in_the_cash_flow(tmp_path):
    # `solve` refuses a plan whose objective and cash flow differ, so a solved plan shows that both know the streams.
    streams = [{"name": "advertising", "per_year": 5000.0}, {"name": "carbon credits", "per_kwh_sold": 0.03}]
    changes = {
        "sites[gate-city].other_revenue": streams,
        "sites[gate-city].revenue_share": 0.08,
        "sites[gate-city].land_cost_per_year": 0,
    }
    run = solve(variant(tmp_path, changes, name="streams.yaml"))
    flow, index = run.appraisal.sites[0].flow, price_index(0.02, 15)
    sold = flow.served_kwh
    np.testing.assert_allclose(flow.other_revenue[1:], (5000.0 + 0.03 * sold[1:]) * index[1:])
    np.testing.assert_allclose(flow.host_share, 0.08 * flow.revenue)
    table = streams_table(run)
    own = table[table["site"] == "gate-city"].pivot(index="year", columns="stream", values="amount")
    np.testing.assert_allclose(own["charging"], flow.revenue)
    np.testing.assert_allclose(own["advertising"] + own["carbon credits"], flow.other_revenue)
    assert run.status == "optimal" and run.plans[0].open


def test_nothing_is_earned_for_being_open_where_no_charger_stands(tmp_path):
    # Half a million a year would be worth any charger; without one allowed, nothing is open and nothing earned.
    changes = {
        "sites[gate-city].other_revenue": [{"name": "advertising", "per_year": 500_000.0}], "sites[gate-city].land_cost_per_year": 0,
        "catalogue.chargers[dc50].max_count": 0, "catalogue.chargers[dc150].max_count": 0, "sites[rock-creek].demand.min_served": 0,
        "catalogue.solar": None, "catalogue.battery": None,
    }  # fmt: skip
    run = solve(variant(tmp_path, changes, name="idle.yaml"))
    assert run.appraisal.sites[0].flow.other_revenue.sum() == 0.0
    assert run.objective == pytest.approx(0.0, abs=1.0)
