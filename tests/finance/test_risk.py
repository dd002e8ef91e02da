"""Risk: samples with the distributions asked for, measures by hand, Sobol indices against theory and SALib."""

from __future__ import annotations

import numpy as np
import pytest
from cashflows import flow_of
from scipy import stats

from evplan.assets.tariff import NO_BILL
from evplan.errors import InputError
from evplan.finance.cashflow import Cashflow, Running, make_cashflow, with_grant
from evplan.finance.financing import Terms
from evplan.finance.many import Response
from evplan.finance.risk.at_risk import AtRisk
from evplan.finance.risk.indices import sobol_indices
from evplan.finance.risk.measures import spread, worst_mean
from evplan.finance.risk.sampling import drawn_values, quantile, sobol_points
from evplan.finance.risk.sensitivity import break_evens, grid, spider, support_curve, tornado
from evplan.finance.tax import TaxLaw
from evplan.finance.worth import npv
from evplan.instance.catalogue import Incentives
from evplan.instance.finance import Finance
from evplan.instance.risk import Distribution, Risk
from evplan.parameters.money import schedule

FINANCE = Finance(discount_rate=0.0, target_irr=0.0, tax_rate=0.0, inflation=0.0)
DRIVERS = {
    "electricity-price": {"shape": "lognormal", "sd": 0.2},
    "adoption": {"shape": "triangular", "low": 0.5, "mode": 1.0, "high": 1.8},
    "construction": {"shape": "normal", "sd": 0.1},
    "charging-price": {"shape": "uniform", "low": 0.8, "high": 1.2},
}


def risk(**said) -> Risk:
    return Risk.model_validate({"drivers": DRIVERS, **said})


def linear() -> AtRisk:
    """Return a plan whose worth, untaxed and undiscounted, is 1,000 demand x price - 300 demand x bill - 500 built."""
    levels = np.array([0.25, 1.0, 4.0])

    def at(level: float):
        return flow_of(
            TaxLaw(0.0), capex=np.array([500.0, 0, 0]), served_kwh=np.array([0, 1.0, 1.0]) * level,
            revenue=np.array([0, 500.0, 500.0]) * level, energy=np.array([0, 150.0, 150.0]) * level,
        )  # fmt: skip

    return AtRisk((Response(levels, tuple(at(level) for level in levels)),), Terms(), FINANCE)


def test_every_driver_has_the_distribution_asked_for():
    values = drawn_values(risk(), sobol_points(1 << 14, 4, 1))
    electricity = values["electricity-price"]
    assert electricity.mean() == pytest.approx(1.0, abs=2e-3) and electricity.std() == pytest.approx(0.2, abs=5e-3)
    assert values["adoption"].mean() == pytest.approx((0.5 + 1.0 + 1.8) / 3, abs=2e-3)
    assert values["construction"].std() == pytest.approx(0.1, abs=2e-3)
    assert values["charging-price"].min() >= 0.8 and values["charging-price"].max() <= 1.2
    assert stats.kstest(values["charging-price"], "uniform", args=(0.8, 0.4)).statistic < 0.005


def test_drivers_move_together_as_asked_and_keep_their_distributions():
    pairs = [{"between": ["electricity-price", "charging-price"], "correlation": 0.6}]
    values = drawn_values(risk(together=pairs), sobol_points(1 << 14, 4, 1))
    scores = [stats.norm.ppf((stats.rankdata(values[name]) - 0.5) / (1 << 14)) for name in DRIVERS]
    found = np.corrcoef(scores)
    assert found[0, 3] == pytest.approx(0.6, abs=0.01)
    assert abs(found[1, 2]) < 0.01 and abs(found[0, 1]) < 0.01
    assert values["electricity-price"].std() == pytest.approx(0.2, abs=5e-3)


def test_correlations_that_contradict_each_other_are_refused():
    pairs = [
        {"between": ["electricity-price", "adoption"], "correlation": 0.9},
        {"between": ["adoption", "construction"], "correlation": 0.9},
        {"between": ["electricity-price", "construction"], "correlation": -0.9},
    ]
    with pytest.raises(InputError, match="contradict each other"):
        drawn_values(risk(together=pairs), sobol_points(64, 4, 1))


def test_factors_stay_above_zero_and_interest_may_fall():
    wide = Distribution(shape="normal", sd=2.0)
    assert (quantile(wide, "upkeep", np.array([0.01, 0.5])) > 0).all()
    assert quantile(Distribution(shape="normal", sd=0.01), "interest", np.array([0.1]))[0] == pytest.approx(-0.01281552)


def test_quantiles_and_the_mean_of_the_worst_by_hand():
    found = spread(np.arange(1.0, 101.0) - 30.0, 0.1)
    assert (found.p90, found.p50, found.p10) == pytest.approx((10.9 - 30, 50.5 - 30, 90.1 - 30))
    assert found.p90 < found.p50 < found.p10
    assert found.below == pytest.approx(0.29)
    assert found.cvar == pytest.approx(5.5 - 30)
    assert worst_mean(np.array([1.0, 2.0, 3.0]), 0.5) == pytest.approx(
        (1.0 + 0.5 * 2.0) / 1.5
    )  # one and a half of three


def test_indices_of_the_ishigami_function():
    # a = 7, b = 0.1: S1 0.3139, S2 0.4424, S3 0; T1 0.5576, T2 0.4424, T3 0.2437 (Ishigami and Homma 1990; Saltelli 2008)
    def ishigami(points):
        x = np.pi * (2 * points - 1)
        return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])

    first, total = sobol_indices(ishigami, 3, 4096, 1)
    assert first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)
    assert sobol_indices(lambda points: np.ones(len(points)), 3, 64, 1)[0].tolist() == [0, 0, 0]


def test_indices_of_a_plan_are_those_of_salib():
    sample, analyze = pytest.importorskip("SALib.sample.sobol"), pytest.importorskip("SALib.analyze.sobol")
    said, names, sites = risk(), list(DRIVERS), linear()

    def worth(points):
        return sites.worth({n: quantile(said.drivers[n], n, points[:, j]) for j, n in enumerate(names)})

    problem = {"num_vars": 4, "names": names, "bounds": [[1e-12, 1 - 1e-12]] * 4}
    points = sample.sample(problem, 8192, calc_second_order=False, seed=3)
    theirs = analyze.analyze(problem, worth(points), calc_second_order=False, seed=3)
    first, total = sobol_indices(worth, 4, 4096, 1)
    assert first == pytest.approx(theirs["S1"], abs=0.02)
    assert total == pytest.approx(theirs["ST"], abs=0.02)


def test_quantiles_of_4096_points_are_those_of_a_million():
    said, sites = risk(together=[{"between": ["electricity-price", "charging-price"], "correlation": 0.5}]), linear()
    few, many = (
        np.quantile(sites.worth(drawn_values(said, sobol_points(count, 4, 1))), (0.1, 0.5, 0.9))
        for count in (4096, 1 << 20)
    )
    assert np.abs(few - many).max() <= 0.02 * (many[2] - many[0])


def test_one_driver_at_a_time_by_hand():
    sites, said = linear(), risk()
    assert sites.worth({})[0] == pytest.approx(1000 - 300 - 500)
    bars = {bar.driver: bar for bar in tornado(sites, said)}
    # At the uniform price's 10 % value, 0.84: 840 - 300 - 500.
    assert (bars["charging-price"].at_low, bars["charging-price"].at_high) == pytest.approx((40.0, 360.0))
    assert [bar.swing for bar in tornado(sites, said)] == sorted((bar.swing for bar in bars.values()), reverse=True)
    assert spider(sites, said)["construction"][[0, 5, 10]] == pytest.approx([450.0, 200.0, -50.0])
    zero = break_evens(sites, said)
    assert zero["charging-price"] == pytest.approx(0.8)
    assert zero["construction"] == pytest.approx(1.4)
    assert zero["electricity-price"] == pytest.approx(5 / 3)
    assert zero["adoption"] == pytest.approx(5 / 7)
    found = grid(sites, said, "charging-price", "construction")
    assert found.npv[0, 0] == pytest.approx(1000 * found.across[0] - 300 - 500 * found.down[0])


def test_a_driver_that_changes_nothing_breaks_even_nowhere():
    idle = Risk.model_validate({"drivers": {"upkeep": {"shape": "normal", "sd": 0.1}}})
    assert break_evens(linear(), idle) == {"upkeep": None}


def test_a_grant_stays_what_was_agreed_when_construction_costs_more_and_lowers_depreciation_by_itself():
    # 350 a year for two years, taxed at 25 %: 525. Construction of 500 c less a grant of 500 s, what is left written off in year 1.
    k = np.arange(3)
    flow = flow_of(
        TaxLaw(0.25), capex=np.where(k == 0, 500.0, 0.0), revenue=np.where(k > 0, 500.0, 0.0), energy=np.where(k > 0, 150.0, 0.0),
        depreciation=np.where(k == 1, 500.0, 0.0),
    )  # fmt: skip
    finance = FINANCE.model_copy(update={"tax_rate": 0.25, "depreciation_years": 1})
    sites = AtRisk((Response(np.array([1.0, 2.0]), (flow, flow)),), Terms(), finance)
    for share in (0.0, 0.4, 1.0):
        worth = sites.with_grants(share).worth({"construction": np.array([0.7, 1.0, 1.3])})
        assert worth == pytest.approx([525 - (500 * c - 500 * share) * 0.75 for c in (0.7, 1.0, 1.3)])


def test_a_tax_credit_counts_what_a_grant_leaves_of_construction_at_any_cost():
    # A credit of 30 % on 500 c less a grant of 200: 0.3 (500 c - 200); half of it lowers the basis, which the grant lowered before.
    k = np.arange(3)
    law = Incentives(investment_tax_credit=0.3)
    finance = FINANCE.model_copy(update={"tax_rate": 0.25, "depreciation_years": 1, "residual_value": "none"})

    def built(cost: float) -> Cashflow:
        idle = Running(np.zeros(1), np.zeros(1), (NO_BILL,), 0.0, 0.0)
        return with_grant(
            make_cashflow(idle, [schedule(cost, 0.0, 9.0, 2, finance, law)], np.ones((2, 1)), finance), 200.0, finance
        )

    sites = AtRisk((Response(np.array([1.0, 2.0]), (built(500.0), built(500.0))),), Terms(), finance)
    worth = sites.worth({"construction": np.array([0.7, 1.0, 1.3])})
    assert worth == pytest.approx([npv(built(500.0 * c).net, finance.discount_rate) for c in (0.7, 1.0, 1.3)])
    assert built(500.0).tax_credit == pytest.approx(np.where(k == 1, 90.0, 0.0))


def test_the_more_grant_the_surer():
    sites, said = linear(), risk()
    chances = support_curve(sites, drawn_values(said, sobol_points(1024, 4, 1)), 0.0)
    assert (np.diff(chances) >= 0).all()
    # A grant of all of construction leaves 1,000 demand x price - 300 demand x bill, which is never below zero here.
    assert chances[-1] == pytest.approx(1.0, abs=5e-3) and chances[0] < 0.95
