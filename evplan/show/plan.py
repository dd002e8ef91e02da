"""What the command line prints at the end: tables, verdicts, where the report is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from evplan.finance.appraise import Appraised
from evplan.finance.owners import Owners
from evplan.parameters.types import SiteParameters
from evplan.report import words
from evplan.report.outages import carried_share
from evplan.report.run import Run
from evplan.report.summary import funding as summary_of_funding
from evplan.report.vehicles import reached
from evplan.scenarios.rows import exit_code
from evplan.solution.outages import survival
from evplan.solution.service import Service
from evplan.solution.tables import SiteSolution

AWAY = "turned away: plan,\nsimulated"
CARRIED = "critical energy carried\nin outages"
ANY = "… whole, through any 4 h"
IN_TIME = "managed: hosted,\nin time one by one"
IRR = {"unique": "", "none": "none", "several": "several"}
console = Console(highlight=False, markup=False)


def show_run(run: Run, folder: Path) -> int:
    """Print a run: a column per site, the verdict on the proof, where the report is; return its exit code."""
    currency = run.read.instance.finance.currency
    table = Table(title=run.read.instance.title or str(run.read.path), title_justify="left")
    table.add_column("")
    for plan, site in zip(run.plans, run.read.instance.sites, strict=True):
        table.add_column(f"{plan.name}\n{site.setting}", justify="right")
    table.add_column("portfolio", justify="right")
    columns = [
        _plan(plan) | _service(service) | _in_time(run, i) | _outages(numbers, plan) | _money(money, currency)
        for i, (plan, numbers, service, money) in enumerate(
            zip(run.plans, run.parameters.sites, run.services, run.appraisal.sites, strict=True)
        )
    ]
    if run.read.instance.outages is None:
        columns = [{name: said for name, said in column.items() if name not in (CARRIED, ANY)} for column in columns]
    if not any(run.sharings):
        columns = [{name: said for name, said in column.items() if name != IN_TIME} for column in columns]
    if not any(run.services):
        columns = [{name: said for name, said in column.items() if name != AWAY} for column in columns]
    if any(len(site.offered) > 1 for site in run.read.instance.sites):
        names = [numbers.tariff_name for numbers in run.parameters.sites]
        columns = [{"tariff": name} | column for name, column in zip(names, columns, strict=True)]
    limits = run.read.instance.portfolio
    if run.funded and limits is not None and limits.subsidy is not None:
        for column, grant in zip(columns, run.funded.grants, strict=True):
            column["grant from the pot"] = words.money(float(grant), currency)
    columns.append(_money(run.appraisal.portfolio, currency))
    for name in dict.fromkeys(name for column in columns for name in column):
        table.add_row(name, *(column.get(name, "") for column in columns))
    console.print(table)
    console.print(
        f"{words.STATUS[run.status]}; objective {words.money(run.objective, currency)}, bound {words.money(run.bound, currency)}, "
        f"gap {words.percent(run.gap, 3)}"
    )
    alone, together = words.total([site.gap.grant for site in run.appraisal.sites]), run.appraisal.portfolio.gap.grant
    if alone != together:
        console.print(
            f"grants that bring each site by itself to {run.appraisal.portfolio.gap.target_irr:.0%}: "
            f"{words.money(alone, currency)}; the portfolio as a whole needs {words.money(together, currency)}"
        )
    for plan, offers in zip(run.plans, run.offers, strict=True):
        if said := words.offers(plan.name, [asdict(offer) for offer in offers], currency, run.asked_gap):
            console.print(said)
    if run.funded:
        console.print(words.funding(summary_of_funding(run), currency))
    console.print(f"checked: worst residual {run.worst_residual:.1e}; {run.seconds['total']:.1f} s in all")
    for warning in run.warnings:
        console.print(f"note: {warning}")
    console.print(f"report: {folder / 'report.html'}")
    return exit_code(run)


def _plan(plan: SiteSolution) -> dict[str, str]:
    return {
        "chargers": ", ".join(f"{n} x {name}" for name, n in plan.chargers.items() if n) or "none",
        "solar": words.number(plan.solar_kw, "kW", 1) if plan.solar_kw else "none",
        "battery": f"{plan.battery_kwh:,.1f} kWh, {plan.battery_kw:,.1f} kW" if plan.battery_kwh else "none",
        "grid connection": words.number(plan.connection_kw, "kW"),
    }


def _service(years: tuple[Service, ...]) -> dict[str, str]:
    """Return the energy turned away in the last modelled year: by the plan, and by the event simulation."""
    return {AWAY: f"{years[-1].planned:.1%}, {years[-1].turned_away:.1%}" if years else "–"}


def _outages(numbers: SiteParameters, plan: SiteSolution) -> dict[str, str]:
    """Return the part of the critical energy carried in the last modelled year's outages, and the chance to carry all of it."""
    share = carried_share(numbers, plan)
    if share is None:
        return {CARRIED: "–", ANY: "–"}
    return {CARRIED: words.percent(share), ANY: words.percent(float(survival(numbers, plan, 4)[-1, -1]), 0)}


def _in_time(run: Run, i: int) -> dict[str, str]:
    """Return the share of the vehicles' energy that is hosted, and of that, what reaches them in time one by one."""
    share = reached(run, i)
    return {IN_TIME: "–" if share is None else f"{share[0]:.1%}, {share[1]:.1%}"}


def _money(money: Appraised, currency: str) -> dict[str, str]:
    metrics, gap = money.metrics, money.gap
    irr = IRR[metrics.irr.status] or words.percent(metrics.irr.value)
    return {
        "construction": words.money(metrics.capex, currency),
        "net present value": words.money(metrics.npv, currency),
        "internal rate of return": irr,
        "payback": words.number(metrics.payback_years, "years", 1),
        "levelised cost": words.number(metrics.lcoc_per_kwh, f"{currency}/kWh", 3),
        f"grant for {gap.target_irr:.0%} return": "not closable"
        if gap.grant is None
        else words.money(gap.grant, currency),
        **_owners(money.owners, currency),
    }


def _owners(owners: Owners, currency: str) -> dict[str, str]:
    """Return what the owners get, where a loan is between them and the plan."""
    if not owners.loan:
        return {}
    return {
        "loan": words.money(owners.loan, currency),
        "owners' return": IRR[owners.irr.status] or words.percent(owners.irr.value),
        "least debt coverage": f"{words.times(owners.min_dscr)} in year {owners.min_dscr_year}",
    }


SHORT = {
    "scenario": ("scenario", "{}"), "solver": ("solver", "{}"), "status": ("status", "{}"), "gap": ("gap", "{:.2%}"),
    "seconds": ("s", "{:.1f}"), "objective": ("objective", "{:,.0f}"), "npv": ("NPV", "{:,.0f}"), "irr": ("IRR", "{:.1%}"),
    "viability_gap_grant": ("grant", "{:,.0f}"),
}  # fmt: skip
LONG = {
    "chargers": "{}", "connection_kw": "grid {:,.0f} kW", "pv_kw": "solar {:,.1f} kW",
    "battery_kwh": "battery {:,.1f} kWh", "battery_kw": "{:,.1f} kW", "capex": "construction {:,.0f} {}",
    "payback_years": "payback {:.1f} years", "lcoc_per_kwh": "LCOC {:.3f} {}/kWh",
}  # fmt: skip


def show_comparison(rows: list[dict[str, Any]], path: Path) -> int:
    """Print the comparison, a line per run and what each would build, and where it is; return the worst exit code."""
    currency = next((row["currency"] for row in rows if row["currency"]), "")
    table = Table(title=f"whole portfolio; amounts in {currency}", title_justify="left", padding=(0, 0))
    for name, (heading, _) in SHORT.items():
        table.add_column(
            heading, justify="left" if name in ("scenario", "solver", "status") else "right", no_wrap=name != "scenario"
        )
    for row in rows:
        table.add_row(*(_cell(row[name], form) for name, (_, form) in SHORT.items()))
    console.print(table)
    for row in rows:
        built = ", ".join(form.format(row[name], currency) for name, form in LONG.items() if row[name] is not None)
        console.print(f"{row['scenario']}, {row['solver']}: {row['message'] or built}", soft_wrap=bool(row["message"]))
    console.print(f"table: {path}")
    return max(row["exit_code"] for row in rows)


def _cell(value: Any, form: str) -> str:
    return "–" if value is None else form.format(value)
