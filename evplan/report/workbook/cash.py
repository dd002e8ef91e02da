"""One cash flow as a sheet of formulas: lines times the factors of Inputs, tax, net cash, its metrics, and the owners' side.

line(k)     = as planned(k) * factor; what a grant takes off depreciation and credits stays
tax(k)      = rate * profit(k), or with losses that wait: rate * (MAX(profit(k), 0) - used(k))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evplan.instance.finance import Finance
from evplan.report.workbook.inputs import FACTORS, address
from evplan.report.workbook.metrics import write_metrics
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
    taken = _taken_by_grant(flow)
    for line, amounts in taken.items():
        sheet.values(f"taken {line}", f"{TITLES[line]}: taken off by the grant", amounts)
    sheet.heading("With the factors of Inputs")
    for line, title in TITLES.items():
        if np.any(flow[line]):
            sheet.formulas(
                line, title, [_with_factor(sheet, line, k, line in taken) for k in sheet.every_year], flow[line]
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
    write_metrics(sheet, "", "net", flow["net"], "discount_rate", finance.discount_rate, finance)
    if any(np.any(flow[line]) for line in AGREED):
        _owners(sheet, flow, finance)


def _taken_by_grant(flow: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what a grant that was agreed takes off depreciation, what is left in the books, and tax credits: it follows no factor."""
    built, grant = flow["capex"][0], flow["grant"].sum()
    if not grant or not built:
        return {}
    part = grant / built
    credit = flow["tax_credit"] * part / (1 - part) if part < 1 else np.zeros_like(flow["tax_credit"])
    found = {"depreciation": part * flow["first_depreciation"], "book": part * flow["first_book"], "tax_credit": credit}
    return {line: amounts for line, amounts in found.items() if np.any(amounts)}


def _with_factor(sheet: Sheet, line: str, k: int, is_taken: bool) -> str:
    """Return the formula of a line in a year: as planned, times its factor."""
    planned, factor = sheet.cell(f"planned {line}", k), FACTORS.get(line)
    if factor is None:
        return f"={planned}"
    if is_taken:
        taken = sheet.cell(f"taken {line}", k)
        return f"=({planned}+{taken})*{address(factor)}-{taken}"
    return f"={planned}*{address(factor)}"


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
    _coverage(sheet, flow, finance)
    rate = finance.target_irr if finance.equity_rate is None else finance.equity_rate
    write_metrics(sheet, "owners ", "equity", flow["equity"], "equity_rate", rate, finance)


def _coverage(sheet: Sheet, flow: dict[str, np.ndarray], finance: Finance) -> None:
    """Write what is owed, the cash that covers payments, and how often it does."""
    if finance.loan is None or not np.any(flow["loan_drawn"]):
        return
    owed = [f"=SUM({sheet.span('loan_drawn', 0, k)})-SUM({sheet.span('principal', 0, k)})" for k in sheet.every_year]
    sheet.formulas("owed", "Owed at year end", owed, flow["loan_owed"])
    reserves = tuple(name for name in HELD if name != "debt_reserve")
    cash = sheet.sums(("operating", "premium", "reserve_interest"), ("replacements", *reserves), reserves)
    if finance.loan.coverage == "after-tax":
        on_residual = [
            f"{sheet.rate('tax_rate')}*({sheet.value('residual', k)}-{sheet.value('book', k)})"
            for k in sheet.every_year
        ]
        cash = [f"{one}-{sheet.cell('owners tax', k)}+{on_residual[k]}" for k, one in enumerate(cash)]
    sheet.formulas("cash for debt", "Cash that covers payments", cash, flow["cash_for_debt"])
    due = flow["interest"] + flow["principal"]
    years = [k for k in sheet.every_year if due[k] > 0]
    cover = [
        f"={sheet.cell('cash for debt', k)}/({sheet.value('interest', k)}+{sheet.value('principal', k)})"
        if k in years
        else None
        for k in sheet.every_year
    ]
    sheet.formulas("dscr", "Debt service coverage", cover, np.nan_to_num(flow["dscr"]), "plain")


def _tax(sheet: Sheet, of: str, taxable: np.ndarray, tax: np.ndarray, used: np.ndarray, finance: Finance) -> None:
    """Write tax and credits: refunded, or waiting year by year. of : whose, '' for the project."""
    rate, base, years = sheet.rate("tax_rate"), f"{of}taxable", sheet.every_year
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
    """Write which losses of years before are used in each year, the oldest first; those that lapse are gone as if used.

    used(k) = MIN(losses until k-1 - gone(k-1), share * MAX(profit(k), 0))          gone(k-1) >= losses until the year that lapsed last
    """
    names = f"{of}losses", f"{of}offset", f"{of}gone"
    for k, name in enumerate(names):
        sheet.rows[name] = sheet.at + k
    losses, lapses = np.cumsum(np.maximum(-taxable, 0.0)), finance.loss_years

    def until(k: int) -> str:
        return sheet.cell(names[0], k) if k >= 0 else "0"

    def gone(k: int) -> str:
        before = sheet.cell(names[2], k - 1) if k else "0"
        return before if lapses is None else f"MAX({before},{until(k - lapses - 1)})"

    every = sheet.every_year
    sheet.formulas(
        names[0], "Losses, running sum", [f"={until(k - 1)}+MAX(-{sheet.cell(base, k)},0)" for k in every], losses
    )
    most = [f"{finance.loss_share:g}*MAX({sheet.cell(base, k)},0)" for k in every]
    used = [f"=MIN({until(k - 1)}-{gone(k)},{most[k]})" for k in every]
    sheet.formulas(names[1], "Losses of years before, used", used, offset)
    left, total = [], 0.0
    for k in every:
        old = losses[k - lapses - 1] if lapses is not None and k > lapses else 0.0
        total = max(total, old) + offset[k]
        left.append(total)
    sheet.formulas(names[2], "Losses used or lapsed", [f"={gone(k)}+{sheet.cell(names[1], k)}" for k in every], left)
