"""Tables of a run: cash flow, bills, sizes, assumptions; written as CSV for anyone to open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evplan.assets.tariff import BILL_PARTS, billed_kw, charge
from evplan.finance.appraise import Appraised
from evplan.finance.cashflow import Cashflow
from evplan.finance.financing import Financed
from evplan.parameters.money import index_of
from evplan.report.run import Run
from evplan.solution.tables import sold_kwh

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "served_kwh", "revenue", "other_revenue", "host_share", "energy", "demand", "capacity", "fixed", "minimum", "export_credit", "om",
    "land", "given_back", "capex", "replacements", "depreciation", "book", "taxable", "tax", "tax_credit", "credit_used", "grant",
    "premium", "residual", "net", "first_depreciation", "first_book",
)  # fmt: skip


def cashflow_table(run: Run) -> pd.DataFrame:
    """Return every cash flow, nominal, one row per site (or group, or site's host) and year; year 0 is construction."""
    import pandas as pd

    appraisal = run.appraisal
    flows: list[tuple[str, Appraised]] = [("site", site) for site in appraisal.sites]
    flows += [("setting", group) for group in appraisal.settings.values()] + [("portfolio", appraisal.portfolio)]
    parts = []
    for level, money in flows:
        part = _lines(level, money.name, money.flow).assign(**owners_lines(money.owners.financed))
        parts.append(part)
    for site in appraisal.sites:
        if site.host is not None:
            parts.append(_lines("host", site.name, site.host.flow))
    return pd.concat(parts, ignore_index=True)


def _lines(level: str, name: str, flow: Cashflow) -> pd.DataFrame:
    """Return one cash flow year by year."""
    import pandas as pd

    part = pd.DataFrame({"level": level, "name": name, "year": range(len(flow.capex))})
    part = part.assign(**{line: getattr(flow, line) for line in COLUMNS})
    return part.assign(cumulative_net=part["net"].cumsum())


def owners_lines(found: Financed) -> dict[str, np.ndarray]:
    """Return the owners' lines of a cash flow by column, nominal. `dscr` is NaN where no payment is due."""
    fee = np.zeros_like(found.equity)
    fee[0] = found.fee
    drawn = np.zeros_like(found.equity)
    drawn[0] = found.service.amount
    return {
        "loan_drawn": drawn, "loan_fee": fee, "interest": found.service.interest, "principal": found.service.principal,
        "loan_owed": found.service.owed, "debt_reserve": found.debt_reserve, "saved_for_replacements": found.put_by,
        "working_capital": found.working_capital, "reserve_interest": found.reserve_interest, "owners_tax": found.tax,
        "owners_credit_used": found.tax_credit, "cash_for_debt": found.available, "dscr": found.dscr, "equity": found.equity,
    }  # fmt: skip


def streams_table(run: Run) -> pd.DataFrame:
    """Return every stream of income of a site year by year, nominal: charging, and each of those beside it."""
    import pandas as pd

    rows: list[dict[str, object]] = []
    finance = run.read.instance.finance
    for site, plan, numbers in zip(run.read.instance.sites, run.plans, run.parameters.sites, strict=True):
        served = np.concatenate([[0.0], numbers.share @ sold_kwh(numbers, plan)])
        index = index_of(finance, len(served) - 1)
        amounts = {"charging": (site.price_per_kwh or 0.0) * served}
        amounts |= {
            o.name: o.per_kwh_sold * served + o.per_year * float(plan.open) * (np.arange(len(served)) > 0)
            for o in site.other_revenue
        }
        for name, amount in amounts.items():
            rows += [{"site": site.name, "stream": name, "year": k, "amount": a} for k, a in enumerate(amount * index)]
    return pd.DataFrame(rows)


def bills_table(run: Run) -> pd.DataFrame:
    """Return the electricity bill of every site and modelled year, first-year prices."""
    import pandas as pd

    rows = [
        {"site": plan.name, "operating_year": year, **{part: getattr(b, part) for part in BILL_PARTS}, "total": b.total}
        for plan, numbers in zip(run.plans, run.parameters.sites, strict=True)
        for year, b in zip(numbers.years, plan.bills, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def peaks_table(run: Run) -> pd.DataFrame:
    """Return the power each demand charge bills in each month: what a utility's bill can be compared with."""
    import pandas as pd

    rows = [
        {"site": plan.name, "operating_year": year, "month": month, "line": line.name, "billed_kw": kw,
         "charge": float(charge(kw, line.tiers)), "months_like_it": times}
        for plan, numbers in zip(run.plans, run.parameters.sites, strict=True) if plan.open
        for y, year in enumerate(numbers.years)
        for line in numbers.tariffs[y].demand
        for month, kw, times in zip(
            numbers.clock.month_name,
            billed_kw(line, plan.import_kw[y], numbers.clock),
            numbers.clock.month_weight,
            strict=True,
        )
    ]  # fmt: skip
    names = ["site", "operating_year", "month", "line", "billed_kw", "charge", "months_like_it"]
    return pd.DataFrame(rows, columns=names)


def sizes_table(run: Run) -> pd.DataFrame:
    """Return what is built at each site."""
    import pandas as pd

    rows = [
        {"site": plan.name, "setting": site.setting, **{f"{name}_count": n for name, n in plan.chargers.items()},
         "connection_kw": plan.connection_kw, "pv_kw": plan.solar_kw, "battery_kwh": plan.battery_kwh, "battery_kw": plan.battery_kw,
         "capex": money.metrics.capex}
        for plan, site, money in zip(run.plans, run.read.instance.sites, run.appraisal.sites, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows).fillna(0)
