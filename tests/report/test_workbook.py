"""The workbook's formulas, recalculated by another program, are ours, and follow when inputs are changed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from support import variant

from evplan.finance.cashflow import BILL, BUILT
from evplan.finance.financing import under
from evplan.finance.metrics import irr, payback_years
from evplan.finance.owners import terms_of
from evplan.finance.worth import npv
from evplan.plan import solve
from evplan.report.workbook.inputs import ROWS
from evplan.report.workbook.sheet import FIRST_COLUMN
from evplan.report.workbook.write import render_workbook
from evplan.report.write import write

formulas = pytest.importorskip("formulas", reason="needs the oracle extra")
EQUAL = 1e-9
LOAN = {"rate": 0.065, "years": 10, "share": 0.6, "fee": 0.01, "reserve_months": 6}
TERMS = {
    "finance.loan": LOAN,
    "finance.replacement_saving_years": 10,
    "finance.reserve_rate": 0.02,
    "finance.working_capital_months": 2,
}
LAWS = {
    "refunded": {},
    "carried": {"finance.losses": "carried-forward", "finance.loss_share": 0.8, "finance.tax_credits": "carried-forward",
                "catalogue.solar.incentives": {"investment_tax_credit": 0.3}},
    "lapsing": {"finance.losses": "carried-forward", "finance.loss_years": 3},
    "middle": {"finance.discounting": "middle", "finance.loan": None},
    "beginning": {"finance.discounting": "beginning", "finance.loan": None},
    "granted": {"portfolio": {"subsidy": {"pot": 5e5}}, "catalogue.solar.incentives": {"investment_tax_credit": 0.3, "macrs_years": 5}},
}  # fmt: skip


@pytest.fixture(scope="module", params=LAWS)
def made(request, tmp_path_factory):
    """Return a run under one law and its workbook."""
    folder = tmp_path_factory.mktemp(request.param)
    run = solve(
        variant(folder, TERMS | LAWS[request.param] | {"sites[rock-creek].demand.min_served": 0.8}, name="w.yaml")
    )
    write(run, folder / "run")
    return run, render_workbook(folder / "run")


def recalculated(path, changes=None):
    """Return every figure of the workbook by (sheet, title), recalculated, with inputs changed."""
    book = f"[{path.name}]"
    inputs = {f"'{book}INPUTS'!B{ROWS[name] + 1}": value for name, value in (changes or {}).items()}
    found = loaded(path).calculate(inputs=inputs)

    def value(sheet, row, column):
        key = f"'{book}{sheet.upper()}'!{chr(65 + column)}{row + 1}"
        return found[key].value[0, 0] if key in found else None

    return value


@cache
def known(path, changes):
    """Return what `recalculated` does, worked out once for all sheets."""
    return recalculated(path, dict(changes))


@cache
def loaded(path):
    """Return the workbook as another program understands it."""
    return formulas.ExcelModel().loads(str(path)).finish()


def titles(path, sheet):
    """Return the row of each title of a sheet; of one that comes twice, both."""
    import openpyxl

    page = openpyxl.load_workbook(path)[sheet]
    rows: dict[str, list[int]] = {}
    for row in page.iter_rows(min_col=1, max_col=1):
        if row[0].value:
            rows.setdefault(row[0].value, []).append(row[0].row - 1)
    return rows


def figures(path, sheet, changes=None):
    """Return NPV, IRR and payback of the project and, after them, of the owners."""
    value, rows = known(path, tuple((changes or {}).items())), titles(path, sheet)
    names = ("Net present value", "Internal rate of return", "Payback, years")
    return [[value(sheet, row, FIRST_COLUMN) for row in rows.get(name, [])] for name in names]


@pytest.mark.parametrize("sheet", ["portfolio", "rock-creek"])
def test_recalculated_figures_are_ours(made, sheet):
    run, path = made
    money = next(m for m in (run.appraisal.portfolio, *run.appraisal.sites) if m.name == sheet)
    worth, rates, paybacks = figures(path, sheet)
    assert worth == pytest.approx([money.metrics.npv, money.owners.npv], rel=EQUAL)
    wanted = [one.value for one in (money.metrics.irr, money.owners.irr)]
    for found, own in zip(rates, wanted, strict=True):
        assert found in ("none", "none, or several") if own is None else found == pytest.approx(own, abs=EQUAL)
    for found, own in zip(paybacks, (money.metrics.payback_years, money.owners.payback_years), strict=True):
        assert found == "never" if own is None else found == pytest.approx(own, rel=EQUAL)


SOLD = ("revenue", "other_revenue", "host_share", "given_back", "premium")


def with_factors(flow, changes):
    """Return a cash flow with the factors of the workbook's inputs; what a grant takes off depreciation and credits stays."""
    lines = {name: changes.get("bill", 1.0) * getattr(flow, name) for name in BILL}
    lines |= {name: changes.get("sold", 1.0) * getattr(flow, name) for name in SOLD}
    built = changes.get("built", 1.0)
    lines |= {name: built * getattr(flow, name) for name in BUILT}
    part = flow.grant.sum() / flow.capex[0]
    for line, whole in (
        ("depreciation", flow.first_depreciation),
        ("book", flow.first_book),
        ("tax_credit", flow.tax_credit / (1 - part)),
    ):
        lines[line] = built * (getattr(flow, line) + part * whole) - part * whole
    return replace(flow, **lines, law=replace(flow.law, rate=changes.get("tax_rate", flow.law.rate)))


@pytest.mark.parametrize("factor", [0.3, 1.4])
def test_payback_and_rate_come_and_go_with_the_money(made, factor):
    run, path = made
    for sheet, money in (("portfolio", run.appraisal.portfolio), ("rock-creek", run.appraisal.sites[1])):
        changed = with_factors(money.flow, {"sold": factor})
        worth, rates, paybacks = figures(path, sheet, {"sold": factor})
        finance = run.read.instance.finance
        assert worth[0] == pytest.approx(
            npv(changed.net, finance.discount_rate, finance.discounting), rel=EQUAL, abs=1e-5
        )
        own, years = irr(changed.net, finance.discounting), payback_years(changed.net)
        assert paybacks[0] == ("never" if years is None else pytest.approx(years, rel=EQUAL))
        if isinstance(rates[0], str):
            assert own.status != "unique" or np.sum(np.diff(np.sign(changed.net[changed.net != 0])) != 0) > 1
        else:
            assert rates[0] == pytest.approx(own.value, abs=1e-8)


def test_three_inputs_changed_are_followed(made):
    run, path = made
    changes = {"tax_rate": 0.31, "discount_rate": 0.065, "bill": 1.2, "built": 0.9}
    finance = run.read.instance.finance
    money = run.appraisal.portfolio
    flow, changed = money.flow, with_factors(money.flow, changes)
    law = changed.law
    worth, rates, paybacks = figures(path, "portfolio", changes)
    assert worth[0] == pytest.approx(npv(changed.net, 0.065, finance.discounting), rel=EQUAL)
    assert rates[0] == pytest.approx(irr(changed.net, finance.discounting).value, abs=EQUAL)
    assert paybacks[0] == pytest.approx(payback_years(changed.net), rel=EQUAL)
    # The owners' side: what is saved for replacements, held, and owed stays as agreed; profit and tax follow.
    as_agreed = under(flow, money.owners.financed.service, terms_of(finance))
    more = (
        changed.operating - flow.operating - (changed.capex - flow.capex) - (changed.replacements - flow.replacements)
    )
    more = more + changed.residual - flow.residual
    tax_less = as_agreed.tax - as_agreed.tax_credit
    taxable = as_agreed.taxable + changed.taxable - flow.taxable
    from evplan.finance.tax import credits_used, income_tax

    tax = income_tax(taxable, law)
    equity = as_agreed.equity + more + tax_less - (tax - credits_used(tax, changed.tax_credit, law))
    rate = money.owners.rate
    assert worth[1] == pytest.approx(npv(equity, rate, finance.discounting), rel=EQUAL)


def test_cached_values_are_the_checked_ones_and_two_runs_are_the_same_file(made):
    import openpyxl

    run, path = made
    page, rows = openpyxl.load_workbook(path, data_only=True)["portfolio"], titles(path, "portfolio")
    net = [page.cell(rows["Net cash"][0] + 1, FIRST_COLUMN + 1 + k).value for k in range(16)]
    np.testing.assert_allclose(net, run.appraisal.portfolio.flow.net)
    before = path.read_bytes()
    assert render_workbook(path.parent).read_bytes() == before
