"""From the instance file to the owners: loans, losses that wait, and when amounts fall, on solved plans."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import variant

from evplan.errors import InstanceError
from evplan.finance.cashflow import refunded
from evplan.finance.worth import npv
from evplan.instance.read import read
from evplan.parameters.money import discounts
from evplan.plan import solve
from evplan.report.write import write

LOAN = {"rate": 0.065, "years": 10, "share": 0.6, "min_dscr": 1.3, "fee": 0.015, "reserve_months": 6}
SAVING = {"finance.replacement_saving_years": 10, "finance.reserve_rate": 0.02}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("owners")


@pytest.fixture(scope="module")
def lent(folder):
    """Return the small instance with a loan and losses that wait."""
    changes = {"finance.loan": LOAN, "finance.losses": "carried-forward", "sites[rock-creek].demand.min_served": 0.8}
    return solve(variant(folder, changes | SAVING, name="lent.yaml"))


def test_a_loan_changes_neither_plan_nor_project(tiny, folder):
    with_loan = solve(variant(folder, {"finance.loan": LOAN} | SAVING, name="same.yaml"))
    assert with_loan.objective == pytest.approx(tiny.objective, rel=1e-4)
    for ours, plain in zip(with_loan.appraisal.sites, tiny.appraisal.sites):
        assert ours.metrics.npv == pytest.approx(plain.metrics.npv, rel=1e-3)
        assert plain.owners.loan == 0.0
        assert plain.owners.financed.equity == pytest.approx(plain.flow.net)


def test_coverage_is_kept_and_gearing_too(lent):
    for site in (*lent.appraisal.sites, lent.appraisal.portfolio):
        owners = site.owners
        if not owners.loan:
            assert owners.min_dscr is None and owners.llcr is None
            continue
        uses = owners.loan + owners.equity
        assert owners.min_dscr >= 1.3 * (1 - 1e-9)
        assert owners.loan <= 0.6 * uses * (1 + 1e-9)
        assert owners.min_dscr == pytest.approx(1.3) or owners.loan == pytest.approx(0.6 * uses)
    assert lent.appraisal.sites[0].owners.loan > 0


def test_losses_that_wait_cost_what_the_reconciliation_says(lent):
    finance = lent.read.instance.finance
    for site, told in zip(lent.appraisal.sites, lent.reconciliations):
        at_once = npv(refunded(site.flow).net, finance.discount_rate)
        assert told["losses_that_wait"] == pytest.approx(site.metrics.npv - at_once)
        assert told["losses_that_wait"] <= 1e-6
        assert (site.flow.tax >= 0).all()
    assert min(told["losses_that_wait"] for told in lent.reconciliations) < -1.0  # the rural site makes losses


def test_the_table_adds_up_to_the_owners_cash(lent, tmp_path):
    write(lent, tmp_path / "run")
    table = pd.read_csv(tmp_path / "run" / "cashflow.csv")
    bill = (
        table["energy"]
        + table["demand"]
        + table["capacity"]
        + table["fixed"]
        + table["minimum"]
        - table["export_credit"]
    )
    operating = (
        table["revenue"]
        + table["other_revenue"]
        - table["host_share"]
        - bill
        - table["om"]
        - table["land"]
        - table["given_back"]
    )
    first = table["year"] == 0
    held = table["debt_reserve"] + table["saved_for_replacements"] + table["working_capital"]
    more = held.where(first, held.diff())
    cash = operating + table["premium"] + table["grant"] + table["residual"] + table["reserve_interest"]
    cash -= table["capex"] + table["replacements"] + table["owners_tax"] - table["owners_credit_used"]
    cash += table["loan_drawn"] - table["loan_fee"] - table["interest"] - table["principal"] - more
    np.testing.assert_allclose(table["equity"], cash, atol=1e-6 * table["revenue"].max())
    page = (tmp_path / "run" / "report.html").read_text()
    assert "What it brings to its owners" in page and "Losses wait for profits" in page


@pytest.mark.parametrize("falling", ["middle", "beginning"])
def test_the_objective_discounts_as_the_cash_flow_does(tiny, folder, falling):
    # The reconciliation of `solve` refuses a plan whose two sums differ; money that comes sooner is worth more.
    run = solve(variant(folder, {"finance.discounting": falling}, name=f"{falling}.yaml"))
    assert run.appraisal.portfolio.metrics.npv > tiny.appraisal.portfolio.metrics.npv
    assert run.objective > tiny.objective
    lead = {"middle": 0.5, "beginning": 1.0}[falling]
    flow = run.appraisal.portfolio.flow.net
    by_hand = flow[0] + sum(flow[k] / 1.08 ** (k - lead) for k in range(1, len(flow)))
    assert run.appraisal.portfolio.metrics.npv == pytest.approx(by_hand)
    rate = run.appraisal.portfolio.metrics.irr.value
    assert npv(flow, rate, falling) == pytest.approx(0.0, abs=1e-6 * abs(flow).max())


def test_discounts_by_hand():
    assert discounts(0.1, 2) == pytest.approx([1, 1 / 1.1, 1 / 1.21])
    assert discounts(0.1, 2, "middle") == pytest.approx([1, 1.1**-0.5, 1.1**-1.5])
    assert discounts(0.1, 2, "beginning") == pytest.approx([1, 1, 1 / 1.1])


def test_a_site_without_cash_to_pay_from_gets_no_loan_and_is_told_so(folder):
    # Chargers are replaced in year 10, out of that year's cash.
    run = solve(variant(folder, {"finance.loan": LOAN}, name="none.yaml"))
    assert run.appraisal.sites[0].owners.loan == 0.0
    assert any("no loan" in said and "year 10; finance.replacement_saving_years" in said for said in run.warnings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"finance.loan": {"rate": 0.05, "years": 8}}, "finance.loan: needs share, min_dscr, or both"),
        ({"finance.loan": LOAN | {"grace_years": 10}}, "grace_years: must be less than the loan's years"),
        ({"finance.loan": {"rate": 0.05, "years": 8, "share": 0.5, "payments": "sculpted"}}, "payments: sculpted payments follow min_dscr"),
        ({"finance.loan": LOAN | {"payments": "sculpted", "payments_per_year": 12}}, "payments_per_year: must be 1"),
        ({"finance.loan": LOAN, "finance.discounting": "middle"}, "discounting: must be end beside finance.loan"),
        ({"finance.support": {"instruments": ["loan"], "criteria": ["equity"]}}, "instruments: loan needs finance.loan"),
        ({"finance.loan": LOAN, "finance.support": {"instruments": ["loan"]}}, "a cheaper loan moves the owners' figures alone"),
        ({"finance.loss_years": 8}, "loss_years: needs losses: carried-forward"),
        ({"finance.losses": "carried-forward", "portfolio": {"subsidy": {"pot": 1e5}}}, "losses: cannot stand beside portfolio.subsidy"),
        ({"finance.loan": LOAN | {"min_dscr": 0.5}}, "min_dscr: must be at least 1"),
    ],
)  # fmt: skip
def test_terms_that_contradict_each_other_are_named(folder, changes, message):
    with pytest.raises(InstanceError, match=message.replace("(", r"\(")):
        read(variant(folder, changes, name="bad.yaml"))


def test_the_levelised_cost_of_energy_in_plain_python(tiny):
    # Panels, cells, power, connection and their replacements, the bills and upkeep, less residual, over discounted energy.
    instance, plan, life = tiny.read.instance, tiny.plans[0], tiny.lives[0].resimulated_years
    solar, battery, flow = instance.catalogue.solar, instance.catalogue.battery, tiny.appraisal.sites[0].flow
    cost = [0.0] * 16
    cells = battery.cost_per_kwh * plan.battery_kwh
    for first, again, years in (
        (solar.cost_per_kw * plan.solar_kw, solar.cost_per_kw * plan.solar_kw, solar.life_years),
        (battery.cost_per_kw * plan.battery_kw, battery.cost_per_kw * plan.battery_kw, battery.power_life_years),
        (cells, battery.replacement_cost_fraction * cells, life),
    ):
        cost[0] += first
        number, price = 1, min(first, again)
        while -(-number * years // 1) < 15:
            year = int(-(-number * years // 1))
            price = again * 1.02 ** (year - 1)
            cost[year] += price
            number += 1
        cost[15] -= price * min(1.0, max(0.0, number * years - 15) / years)
    for k in range(1, 16):
        cost[k] += flow.bill[k] + (
            solar.om_per_kw_year * plan.solar_kw + battery.om_per_kw_year * plan.battery_kw
        ) * 1.02 ** (k - 1)
    worth = sum(cost[k] / 1.08**k for k in range(16))
    energy = sum(flow.served_kwh[k] * 1.02 ** (k - 1) / 1.08**k for k in range(1, 16))
    assert plan.connection_kw == instance.sites[0].connection.existing_kw  # no step is bought
    assert tiny.appraisal.sites[0].lcoe_per_kwh == pytest.approx(worth / energy, rel=1e-9)
    assert tiny.appraisal.sites[0].lcoe_per_kwh < tiny.appraisal.sites[0].metrics.lcoc_before_tax_per_kwh
