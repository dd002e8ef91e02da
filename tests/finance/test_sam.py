"""Cash flows against NREL's System Advisor Model (PySAM, single owner): year by year, levered and not, taxed with MACRS.

The model is run beside ours on the same project; nothing of its output is kept. Its own IRR stops at about 1e-7, so the rate is
compared with the roots of its flows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cashflows import flow_of

from evplan.finance.financing import Terms, financed
from evplan.finance.loan import Loan
from evplan.finance.rates import UNIQUE, rates_of_return
from evplan.finance.tax import TaxLaw
from evplan.finance.worth import npv
from evplan.instance.finance import Construction, Finance
from evplan.parameters.depreciation import MACRS

singleowner = pytest.importorskip("PySAM.Singleowner", reason="needs the oracle extra")

CAPEX, ENERGY_KWH = 1e6, 1e6
BASE = {
    "years": 20, "price": 0.2, "price_rise": 0.01, "om": 30_000.0, "om_rise": 0.03, "federal": 0.21, "state": 0.07,
    "share": 0.0, "dscr": None, "rate": 0.06, "tenor": 15, "equal": False, "grace": 0, "macrs": 5, "bonus": 0.0, "itc": 0.0,
    "salvage": 0.0, "working_months": 0.0, "reserve_months": 0.0, "reserve_rate": 0.0, "discount": 0.08,
    "building": None,
}  # fmt: skip
CASES = {
    "unlevered": {},
    "unlevered, MACRS 15 years": {"macrs": 15},
    "unlevered, bonus depreciation": {"bonus": 0.4},
    "unlevered, tax credit": {"itc": 0.3},
    "unlevered, salvage": {"salvage": 0.1},
    "a loss every year": {"price": 0.02},
    "annuity": {"share": 0.6},
    "equal principal": {"share": 0.6, "equal": True},
    "grace": {"share": 0.6, "grace": 2},
    "tax credit and debt": {"share": 0.7, "itc": 0.3},
    "sculpted": {"dscr": 1.3, "price": 0.15},
    "sculpted, tax credit": {"dscr": 1.45, "itc": 0.3, "price": 0.14, "tenor": 12},
    "working capital": {"share": 0.5, "working_months": 6.0, "reserve_rate": 0.0175},
    "debt reserve": {"share": 0.5, "reserve_months": 6.0, "reserve_rate": 0.0175},
    "interest while building": {"share": 0.6, "building": Construction(months=9.0, rate=0.07, fee=0.01)},
    "interest while building, tax credit": {"itc": 0.3, "building": Construction(months=18.0, rate=0.05)},
    "25 years, thin": {"years": 25, "price": 0.12, "om": 5_000.0, "share": 0.8, "rate": 0.08, "tenor": 18},
}
FLOW, WORTH, RATE = 1e-6, 1e-9, 1e-8  # the bars: relative of each year, of NPV; absolute, of IRR


def by_sam(case: dict[str, Any]) -> Any:
    """Return PySAM's model of a case, run."""
    m = singleowner.default("CustomGenerationProfileSingleOwner")
    money, costs, credit, tax, sold, output = (
        m.FinancialParameters, m.SystemCosts, m.TaxCreditIncentives, m.Depreciation, m.Revenue, m.SystemOutput,
    )  # fmt: skip
    money.analysis_period, money.system_capacity = case["years"], 1000.0
    money.federal_tax_rate, money.state_tax_rate = [100 * case["federal"]], [100 * case["state"]]
    money.inflation_rate, money.real_discount_rate = 0.0, 100 * case["discount"]
    for name in ("property_tax_rate", "prop_tax_assessed_decline", "prop_tax_cost_assessed_percent", "insurance_rate",
                 "construction_financing_cost", "cost_debt_closing", "cost_debt_fee", "cost_other_financing",
                 "months_receivables_reserve", "dscr_limit_debt_fraction"):  # fmt: skip
        setattr(money, name, 0.0)
    for i in (1, 2, 3):
        setattr(money, f"equip{i}_reserve_cost", 0.0)
        setattr(money, f"equip{i}_reserve_freq", 0.0)
    money.debt_option, money.debt_percent, money.dscr = (
        int(case["dscr"] is not None),
        100 * case["share"],
        case["dscr"] or 1.3,
    )
    money.term_int_rate, money.term_tenor, money.payment_option = 100 * case["rate"], case["tenor"], int(case["equal"])
    money.loan_moratorium, money.dscr_reserve_months = case["grace"], case["reserve_months"]
    money.months_working_reserve, money.reserves_interest = case["working_months"], 100 * case["reserve_rate"]
    money.construction_financing_cost = CAPEX * (Finance(construction=case["building"]).built_factor - 1)
    money.salvage_percentage = 100 * case["salvage"]
    costs.om_fixed, costs.om_fixed_escal, costs.total_installed_cost = [case["om"]], 100 * case["om_rise"], CAPEX
    for name in ("om_capacity", "om_production", "om_fuel_cost"):
        setattr(costs, name, [0.0])
    for of in ("fed", "sta"):
        for name in (f"itc_{of}_amount", f"ptc_{of}_amount"):
            setattr(credit, name, [0.0])
        setattr(credit, f"itc_{of}_percent", [100 * case["itc"] if of == "fed" else 0.0])
        setattr(credit, f"itc_{of}_percent_maxvalue", [1e38])
        for basis in ("fed", "sta"):
            setattr(credit, f"itc_{of}_percent_deprbas_{basis}", int(of == "fed"))
    classes = ("custom", "macrs_15", "macrs_5", "sl_15", "sl_20", "sl_39", "sl_5")
    for name in classes:
        own = float(name == f"macrs_{case['macrs']}")
        setattr(tax, f"depr_alloc_{name}_percent", 100 * own)
        for field in (f"depr_bonus_fed_{name}", f"depr_bonus_sta_{name}", f"depr_itc_fed_{name}"):
            setattr(tax, field, own)
        setattr(tax, f"depr_itc_sta_{name}", 0.0)
    tax.depr_bonus_fed = tax.depr_bonus_sta = 100 * case["bonus"]
    tax.depr_fedbas_method = tax.depr_stabas_method = 0
    sold.ppa_soln_mode, sold.ppa_price_input, sold.ppa_escalation = 1, [case["price"]], 100 * case["price_rise"]
    sold.ppa_multiplier_model, sold.dispatch_tod_factors = 0, [1.0] * 9
    flat = [ENERGY_KWH / 8760] * 8760
    output.gen, output.gen_without_battery, output.system_pre_curtailment_kwac = flat, flat, flat
    output.annual_energy_pre_curtailment_ac, output.degradation, output.gen_purchases = ENERGY_KWH, [0.0], [0.0] * 8760
    m.LandLease.om_land_lease = [0.0]
    m.CapacityPayments.cp_capacity_payment_type, m.CapacityPayments.cp_capacity_payment_amount = 0, [0.0]
    m.execute(0)
    return m


def by_us(case: dict[str, Any]) -> Any:
    """Return the same project by evplan."""
    years, k = case["years"], np.arange(case["years"] + 1)
    schedule = (1 - case["bonus"]) * np.array(MACRS[case["macrs"]])
    schedule[0] += case["bonus"]
    written, built = np.zeros(years + 1), CAPEX * Finance(construction=case["building"]).built_factor
    written[1 : 1 + len(schedule)] = built * (1 - case["itc"] / 2) * schedule
    flow = flow_of(
        TaxLaw(case["federal"] + case["state"] - case["federal"] * case["state"]),  # state tax lowers the federal
        revenue=np.where(k > 0, ENERGY_KWH * case["price"] * (1 + case["price_rise"]) ** (k - 1.0), 0.0),
        om=np.where(k > 0, case["om"] * (1 + case["om_rise"]) ** (k - 1.0), 0.0),
        capex=np.where(k == 0, built, 0.0), depreciation=written, tax_credit=np.where(k == 1, built * case["itc"], 0.0),
        residual=np.where(k == years, CAPEX * case["salvage"], 0.0),
    )  # fmt: skip
    payments = "sculpted" if case["dscr"] else "equal-principal" if case["equal"] else "annuity"
    loan = Loan(
        case["rate"], case["tenor"], None if case["dscr"] else case["share"], case["dscr"], payments, case["grace"],
        reserve_months=case["reserve_months"],
    )  # fmt: skip
    borrows = case["share"] or case["dscr"]
    return financed(flow, Terms(loan if borrows else None, True, case["working_months"], 0, case["reserve_rate"]))


@pytest.mark.parametrize("name", CASES)
def test_every_year_is_that_of_the_system_advisor_model(name):
    case = BASE | CASES[name]
    model, ours = by_sam(case), by_us(case)
    theirs = model.Outputs  # lives as long as its model
    flow = np.array(theirs.cf_project_return_aftertax)[: case["years"] + 1]
    assert ours.equity == pytest.approx(flow, rel=FLOW, abs=FLOW)
    assert npv(ours.equity, case["discount"]) == pytest.approx(theirs.project_return_aftertax_npv, rel=WORTH)
    if case["share"] or case["dscr"]:
        assert float(ours.service.amount) == pytest.approx(theirs.size_of_debt, rel=FLOW)
        for line, own in (("interest", ours.service.interest), ("principal", ours.service.principal)):
            said = np.array(getattr(theirs, f"cf_debt_payment_{line}"))[: case["years"] + 1]
            assert own == pytest.approx(said, rel=FLOW, abs=1e-3)
    rates = rates_of_return(np.array([ours.equity, flow]).T)
    assert rates.status[0] == rates.status[1]
    if rates.status[0] == UNIQUE:
        assert rates.value[0] == pytest.approx(rates.value[1], abs=RATE)
        assert rates.value[0] == pytest.approx(theirs.project_return_aftertax_irr / 100, abs=1e-5)
