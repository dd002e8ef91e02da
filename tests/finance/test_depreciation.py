"""Tax schedules and credits against what a published study says equipment costs after them."""

import numpy as np
import pytest
from support import variant

from evplan.errors import InstanceError
from evplan.instance.catalogue import Incentives
from evplan.instance.finance import Finance
from evplan.instance.read import read
from evplan.parameters.depreciation import MACRS, fractions
from evplan.parameters.money import index_of, schedule
from evplan.plan import solve

# REopt-API-Analysis results S1 (8.3 %, tax 26 %, 25 years) and S5 (8.1 %, 20 years): cost after credit and depreciation.
STUDIES = [
    (
        0.083,
        25,
        1600.0,
        Incentives(investment_tax_credit=0.26, macrs_years=5, bonus_depreciation=1.0),
        None,
        0.0,
        881.699,
    ),
    (0.083, 25, 840.0, Incentives(macrs_years=7, bonus_depreciation=1.0), [10], 410.0, 775.0261),
    (0.083, 25, 420.0, Incentives(macrs_years=7, bonus_depreciation=1.0), [10], 200.0, 385.8461),
    (0.081, 20, 2000.0, Incentives(investment_tax_credit=0.3, macrs_years=5), None, 0.0, 1087.2263),
    (0.081, 20, 1000.0, Incentives(macrs_years=7), [10], 460.0, 957.638),
]


@pytest.mark.parametrize(("rate", "years", "cost", "law", "again", "price", "published"), STUDIES)
def test_cost_after_tax_is_the_published_one(rate, years, cost, law, again, price, published):
    finance = Finance(discount_rate=rate, inflation=0.0, tax_rate=0.26, residual_value="none", replacements="expensed")
    found = schedule(cost, price, 40.0, years, finance, law, again or []).present_value(rate, 0.26)
    assert found == pytest.approx(published, abs=1e-3)


@pytest.mark.parametrize("years", MACRS)
def test_a_macrs_class_depreciates_all_of_it(years):
    assert sum(MACRS[years]) == pytest.approx(1.0)
    assert len(MACRS[years]) == years + 1


def test_the_credit_lowers_what_can_be_depreciated():
    law = Incentives(investment_tax_credit=0.3, macrs_years=5, bonus_depreciation=0.6)
    found = fractions(law, 10)
    assert found.sum() == pytest.approx(0.85)
    assert found[0] == pytest.approx(0.85 * (0.6 + 0.4 * 0.2))


def test_a_replacement_earns_no_credit_and_is_depreciated_whole():
    law = Incentives(investment_tax_credit=0.3, macrs_years=5)
    found = schedule(100.0, 50.0, 10.0, 20, Finance(inflation=0.0), law)
    assert found.credit.sum() == pytest.approx(30.0)
    assert found.depreciation.sum() + found.book == pytest.approx(85.0 + 50.0)


def test_what_is_replaced_in_given_years_is_old_by_those_years():
    # Bought for 1,000, replaced at the end of year 10: after 25 years it is 15 of 15 years old, after 20 years 10 of 15.
    finance = Finance(inflation=0.0)
    assert schedule(1000.0, 1000.0, 15.0, 25, finance, replaced_in=[10]).residual == pytest.approx(0.0)
    assert schedule(1000.0, 1000.0, 15.0, 20, finance, replaced_in=[10]).residual == pytest.approx(1000 / 3)


def test_every_kind_of_money_rises_at_its_own_rate_from_the_year_of_its_prices():
    first = Finance(inflation=0.02, electricity_escalation=0.05)
    assert index_of(first, 2, "electricity") == pytest.approx([1, 1, 1.05])
    assert index_of(first, 2, "om") == pytest.approx([1, 1, 1.02])
    built = first.model_copy(update={"prices_of": "construction-year", "om_escalation": 0.0})
    assert index_of(built, 2, "electricity") == pytest.approx([1, 1.05, 1.1025])
    assert index_of(built, 2, "om") == pytest.approx(np.ones(3))


def test_a_schedule_of_its_own_and_a_cap_on_the_credit_by_hand():
    law = Incentives(investment_tax_credit=0.3, credit_cap=100.0, depreciation=(0.5, 0.3, 0.2), itc_basis_reduction=0.5)
    # A unit of 1,000: 300 of credit is cut to 100, a tenth; basis 0.95.
    capped = law.within(1000.0)
    assert capped.investment_tax_credit == pytest.approx(0.1)
    assert fractions(capped, 10) == pytest.approx([0.475, 0.285, 0.19])
    assert law.within(200.0) is law  # 60 of credit are below the cap
    found = schedule(4 * 1000.0, 0.0, 20.0, 5, Finance(inflation=0.0), capped)
    assert found.credit[1] == pytest.approx(400.0)
    assert found.depreciation[1:4] == pytest.approx([1900.0, 1140.0, 760.0])


def test_plan_and_cash_flow_agree_on_capped_credits_and_own_schedules(tmp_path):
    # `solve` refuses a plan whose objective and cash flow differ, so a solved plan is the test.
    incentives = {"investment_tax_credit": 0.3, "credit_cap": 2000.0, "depreciation": [0.6, 0.4]}
    changes = {f"catalogue.chargers[{name}].incentives": incentives for name in ("dc50", "dc150")}
    run = solve(
        variant(
            tmp_path, changes | {"catalogue.solar.incentives": incentives | {"credit_cap": 50.0}}, name="capped.yaml"
        )
    )
    money, plan = run.appraisal.sites[0], run.plans[0]
    assert money.flow.tax_credit[1] == pytest.approx(2000.0 * sum(plan.chargers.values()) + 50.0 * plan.solar_kw)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"depreciation": [0.5, 0.4]}, "must sum to 1"),
        ({"depreciation": [0.5, 0.5], "macrs_years": 5}, "leave macrs_years out"),
    ],
)
def test_schedules_that_contradict_are_named(tmp_path, said, message):
    with pytest.raises(InstanceError, match=message):
        read(variant(tmp_path, {"catalogue.solar.incentives": said}, name="bad.yaml"))
