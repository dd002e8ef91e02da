"""One cash flow as a sheet of formulas: lines times the factors of Inputs, tax, net cash, its metrics, and the owners' side.

line(k)     = as planned(k) * factor
tax(k)      = rate * profit(k), or with losses that wait: used(k) = MIN(pool(k-1), share * MAX(profit(k), 0))
NPV         = SUMPRODUCT(net, discount)         payback = the year in which the running sum turns positive for good
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evplan.finance.metrics import irr, payback_years
from evplan.instance.finance import Finance
from evplan.parameters.money import LEAD, discounts
from evplan.report.workbook.inputs import FACTORS, address
from evplan.report.workbook.sheet import Sheet

if TYPE_CHECKING:
    import pandas as pd

TITLES = {
    "revenue": "Revenue", "other_revenue": "Other revenue", "host_share": "The host's share", "energy": "Electricity: energy",
    "demand": "Electricity: demand charges", "capacity": "Electricity: capacity", "fixed": "Electricity: fixed",
    "minimum": "Electricity: minimum", "export_credit": "Export credit", "om": "Operation and maintenance", "land": "Land",
    "given_back": "Paid for energy from vehicles", "capex": "Construction", "replacements": "Replacements",
    "depreciation": "Depreciation", "tax_credit": "Tax credit due", "residual": "Residual value", "book": "Left in the books",
    "grant": "Grant", "premium": "Premium",
}  # fmt: skip
AGREED = {
    "loan_drawn": "Loan drawn", "loan_fee": "Fee", "interest": "Interest", "principal": "Principal", "debt_reserve": "Debt reserve",
    "saved_for_replacements": "Saved for replacements", "working_capital": "Working capital", "reserve_interest": "Interest on reserves",
}  # fmt: skip
HELD = ("debt_reserve", "saved_for_replacements", "working_capital")
PAID = ("host_share", "energy", "demand", "capacity", "fixed", "minimum", "om", "land", "given_back")


def write_cash(sheet: Sheet, own: pd.DataFrame, finance: Finance) -> None:
    """Write one cash flow. own : its rows of cashflow.csv, year by year."""
    flow = {str(name): own[name].to_numpy() for name in own.columns if name not in ("level", "name")}
    sheet.values("year", "Year (0: construction)", flow["year"], "year")
    sheet.heading("As planned")
    for line, title in TITLES.items():
        if np.any(flow[line]):
            sheet.values(f"planned {line}", title, flow[line])
    sheet.heading("With the factors of Inputs")
    for line, title in TITLES.items():
        if np.any(flow[line]):
            times = f"*{address(FACTORS[line])}" if line in FACTORS else ""
            sheet.formulas(
                line, title, [f"={sheet.cell(f'planned {line}', k)}{times}" for k in sheet.every_year], flow[line]
            )
    sheet.heading("Profit, tax and cash")
    operating = flow["revenue"] + flow["other_revenue"] + flow["export_credit"] - sum(flow[name] for name in PAID)
    sheet.formulas(
        "operating", "Operating cash", sheet.sums(("revenue", "other_revenue", "export_credit"), PAID), operating
    )
    profit = sheet.sums(("operating", "premium", "residual"), ("depreciation", "book"))
    sheet.formulas("taxable", "Profit for tax", profit, flow["taxable"])
    _tax(sheet, "", flow["taxable"], flow["tax"], flow["credit_used"], finance)
    net = sheet.sums(("operating", "premium", "grant", "credit used", "residual"), ("capex", "replacements", "tax"))
    sheet.formulas("net", "Net cash", net, flow["net"])
    _metrics(sheet, "", "net", flow["net"], "discount_rate", finance.discount_rate, finance)
    if any(np.any(flow[line]) for line in AGREED):
        _owners(sheet, flow, finance)


def _owners(sheet: Sheet, flow: dict[str, np.ndarray], finance: Finance) -> None:
    """Write the owners' side. The loan is the one agreed for the plan: what it takes are values."""
    sheet.heading("The owners' side; loan and reserves as agreed for the plan")
    for line, title in AGREED.items():
        sheet.values(line, title, flow[line])
    over = min(finance.loan.years, sheet.years) if finance.loan else 1
    fee = np.array([flow["loan_fee"][0] / over if 1 <= k <= over else 0.0 for k in sheet.every_year])
    sheet.values("fee written off", "Fee, written off", fee)
    taxable = flow["taxable"] + flow["reserve_interest"] - flow["interest"] - fee
    profit = sheet.sums(("taxable", "reserve_interest"), ("interest", "fee written off"))
    sheet.formulas("owners taxable", "Owners' profit for tax", profit, taxable)
    _tax(sheet, "owners ", taxable, flow["owners_tax"], flow["owners_credit_used"], finance)
    plus = ("operating", "premium", "grant", "owners credit used", "residual", "reserve_interest", "loan_drawn")
    minus = ("capex", "replacements", "owners tax", "loan_fee", "interest", "principal", *HELD)
    sheet.formulas("equity", "Owners' cash", sheet.sums(plus, minus, HELD), flow["equity"])
    rate = finance.target_irr if finance.equity_rate is None else finance.equity_rate
    _metrics(sheet, "owners ", "equity", flow["equity"], "equity_rate", rate, finance)


def _tax(sheet: Sheet, of: str, taxable: np.ndarray, tax: np.ndarray, used: np.ndarray, finance: Finance) -> None:
    """Write tax and credits: refunded, or waiting year by year. of : whose, '' for the project."""
    rate, base, years = address("tax_rate"), f"{of}taxable", sheet.every_year
    if finance.losses == "refunded":
        formulas = [f"={rate}*{sheet.cell(base, k)}" for k in years]
    else:
        offset = np.maximum(taxable, 0.0) - (tax / finance.tax_rate if finance.tax_rate else np.maximum(taxable, 0.0))
        _losses(sheet, of, base, taxable, offset, finance)
        formulas = [f"={rate}*(MAX({sheet.cell(base, k)},0)-{sheet.cell(f'{of}offset', k)})" for k in years]
    sheet.formulas(f"{of}tax", "Tax, before credits", formulas, tax)
    if "tax_credit" not in sheet.rows:
        return
    name, credit = f"{of}credit used", [f"={sheet.cell('tax_credit', k)}" for k in years]
    if finance.tax_credits == "carried-forward":
        sheet.rows[name] = sheet.at
        before = ["", *(f"-SUM({sheet.span(name, 0, k - 1)})" for k in years[1:])]
        credit = [
            f"=MIN(SUM({sheet.span('tax_credit', 0, k)}){before[k]},MAX({sheet.cell(f'{of}tax', k)},0))" for k in years
        ]
    sheet.formulas(name, "Tax credits used", credit, used)


def _losses(sheet: Sheet, of: str, base: str, taxable: np.ndarray, offset: np.ndarray, finance: Finance) -> None:
    """Write which losses of years before are used in each year, and which still wait. Where they lapse, both are values."""
    sheet.rows[f"{of}offset"], sheet.rows[f"{of}pool"] = sheet.at, sheet.at + 1
    before = ["0", *(sheet.cell(f"{of}pool", k - 1) for k in sheet.every_year[1:])]
    taken = [f"=MIN({before[k]},{finance.loss_share:g}*MAX({sheet.cell(base, k)},0))" for k in sheet.every_year]
    left = [f"={before[k]}-{sheet.cell(f'{of}offset', k)}+MAX(-{sheet.cell(base, k)},0)" for k in sheet.every_year]
    if finance.loss_years is not None:
        sheet.values(f"{of}offset", f"Losses of the last {finance.loss_years} years, used (values)", offset)
        return
    sheet.formulas(f"{of}offset", "Losses of years before, used", taken, offset)
    sheet.formulas(f"{of}pool", "Losses that wait, at year end", left, np.cumsum(np.maximum(-taxable, 0.0) - offset))


def _metrics(sheet: Sheet, of: str, line: str, flow: np.ndarray, asked: str, rate: float, finance: Finance) -> None:
    """Write net present value, rate of return and payback of a line of cash. asked : the input that discounts it."""
    falling, years = finance.discounting, sheet.years
    factors = discounts(rate, years, falling)
    powers = [max(k - LEAD[falling], 0.0) for k in sheet.every_year]
    sheet.formulas(
        f"{of}discount", "Discount factor", [f"=1/(1+{address(asked)})^{power:g}" for power in powers], factors, "plain"
    )
    sheet.running_sum(f"{of}sum", "Running sum", line, flow)
    sums, total = [sheet.cell(f"{of}sum", k) for k in sheet.every_year], np.cumsum(flow)
    turns = [k > 0 and total[k - 1] < 0 <= total[k:].min() for k in sheet.every_year]
    paid = [k - 1 - total[k - 1] / flow[k] if turns[k] else 0.0 for k in sheet.every_year]
    formulas = ["=0"] + [
        f"=IF(AND({sums[k - 1]}<0,MIN({sheet.span(f'{of}sum', k)})>=0),{k - 1}-{sums[k - 1]}/{sheet.cell(line, k)},0)"
        for k in sheet.every_year[1:]
    ]
    sheet.formulas(f"{of}paid", "Paid back for good after, years", formulas, paid, "plain")
    sheet.figure(
        f"{of}npv",
        "Net present value",
        f"=SUMPRODUCT({sheet.span(line)},{sheet.span(f'{of}discount')})",
        float(factors @ flow),
        "money",
    )
    found, years_to = irr(flow, falling), payback_years(flow)
    if falling == "end":
        sheet.figure(
            f"{of}irr",
            "Internal rate of return",
            f"=IRR({sheet.span(line)})",
            found.value,
            "share",
            f"{found.status}; none given",
        )
    sheet.figure(f"{of}payback", "Payback, years", f"=MAX({sheet.span(f'{of}paid')})", years_to, "plain", "never")
