"""The printed report: the run's sections set by Typst, without the network and the same file for the same run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.csvs import read_csv
from evplan.report import debt, drawing, figures, host, support, words
from evplan.report.page import Page, Section, Table, write_pdf
from evplan.report.register import numbered, register_section

if TYPE_CHECKING:
    import pandas as pd


def render_pdf(folder: Path) -> Path:
    """Write report.pdf of a run folder whose files are as they were written; return its path."""

    from evplan.report.write import read_run

    said = read_run(folder)
    flows = read_csv(folder / "cashflow.csv")
    own = flows[flows["level"] == "portfolio"].reset_index(drop=True)
    inputs = numbered(read_csv(folder / "inputs.csv", dtype=str, keep_default_na=False))
    with drawing.drawn_paths():
        page = _page(said, own, read_csv(folder / "assumptions.csv").fillna(""), inputs)
    return write_pdf(page, folder / "report.pdf")


def _page(said: dict[str, Any], own: pd.DataFrame, assumptions: pd.DataFrame, inputs: dict[str, Any]) -> Page:
    """Return the report of a run."""
    currency, target = said["currency"], said["finance"]["target_irr"]
    verdict = [words.verdict(said["portfolio"], target, currency)]
    if len(said["sites"]) > 1:
        verdict += [f"{site['name']}: {words.verdict(site, target, currency)}" for site in said["sites"]]
    if said["status"] != "optimal":
        verdict.insert(0, f"This plan is {words.STATUS[said['status']]}.")
    horizon = said["horizon"]
    sections = (
        _build(said), _pays(said), *_owners(said), *_hosts(said), *_support(said), _cash(own, currency),
        *_debt(said, own), _assumptions(assumptions),
        _trust(said), register_section(inputs),
    )  # fmt: skip
    return Page(
        title=said["title"] or said["instance"],
        subtitle=f"Investment report. {horizon['years']} years from {horizon['start']}. All amounts in {currency}.",
        verdict=tuple(verdict),
        pays=said["portfolio"]["viability_gap"]["grant"] == 0 and said["status"] == "optimal",
        sections=sections,
        footer=f"evplan {said['evplan_version']}, {said['instance']}, SHA-256 {said['instance_hash'][:16]}…",
    )


def _build(said: dict[str, Any]) -> Section:
    currency = said["currency"]
    rows = [
        ["Setting", *(site["setting"] for site in said["sites"])],
        ["Chargers", *(", ".join(f"{n} × {name}" for name, n in site["chargers"].items() if n) or "none" for site in said["sites"])],
        ["Solar", *(words.number(site["pv_kw"], "kW", 1) if site["pv_kw"] else "none" for site in said["sites"])],
        ["Battery", *(
            f"{words.number(s['battery_kwh'], 'kWh', 1)}, {words.number(s['battery_kw'], 'kW', 1)}" if s["battery_kwh"] else "none"
            for s in said["sites"]
        )],
        ["Grid connection", *(words.number(site["connection_kw"], "kW") for site in said["sites"])],
        ["Tariff", *(site["tariff"] for site in said["sites"])],
        ["Construction", *(words.money(site["capex"], currency) for site in said["sites"])],
        ["Bill of the first year", *(words.money(site["bill"]["total"], currency) for site in said["sites"])],
    ]  # fmt: skip
    offers = [words.offers(site["name"], site["offers"], currency, said["asked_gap"]) for site in said["sites"]]
    table = Table(["", *(site["name"] for site in said["sites"])], rows)
    return Section("What to build", table=table, notes=tuple(text for text in offers if text))


def _groups(said: dict[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the names and figures of urban, rural, each site, and all."""
    names = [*(f"all {name}" for name in said["settings"]), *(site["name"] for site in said["sites"]), "portfolio"]
    return names, [*said["settings"].values(), *said["sites"], said["portfolio"]]


def _pays(said: dict[str, Any]) -> Section:
    currency, (names, groups) = said["currency"], _groups(said)
    rows = [
        ["Net present value", *(words.money(g["npv"], currency) for g in groups)],
        ["Internal rate of return", *(words.rate_of_return(g) for g in groups)],
        ["Modified rate of return", *(words.percent(g["mirr"]) for g in groups)],
        ["Payback", *(words.number(g["payback_years"], "years", 1) for g in groups)],
        ["Payback, discounted", *(words.number(g["discounted_payback_years"], "years", 1) for g in groups)],
        ["Return on investment", *(words.percent(g["roi"]) for g in groups)],
        ["Profitability index", *(words.times(g["profitability_index"]) for g in groups)],
        ["Levelised cost of charging", *(words.number(g["lcoc_per_kwh"], f"{currency}/kWh", 3) for g in groups)],
        ["Levelised cost of energy", *(words.number(g["lcoe_per_kwh"], f"{currency}/kWh", 3) for g in groups)],
        ["Viability gap: grant", *(words.money(g["viability_gap"]["grant"], currency) for g in groups)],
        ["or per kWh sold", *(words.number(g["viability_gap"]["per_kwh"], f"{currency}/kWh", 3) for g in groups)],
    ]
    figure = figures.settings(said["settings"], currency)
    return Section("Does it pay?", (), (figure,), Table(["", *names], rows, 7), (words.tax(said["finance"]),))


def _owners(said: dict[str, Any]) -> list[Section]:
    if not said["has_terms"]:
        return []
    currency, (names, groups) = said["currency"], _groups(said)
    owners = [group["owners"] for group in groups]
    rows = [
        ["Loan", *(words.money(o["loan"], currency) for o in owners)],
        ["Equity paid in", *(words.money(o["equity"], currency) for o in owners)],
        [
            f"Net present value at {words.percent(owners[-1]['rate'])}",
            *(words.money(o["npv"], currency) for o in owners),
        ],
        ["Internal rate of return", *(words.rate_of_return(o) for o in owners)],
        ["Least DSCR", *(words.times(o["min_dscr"]) for o in owners)],
        ["LLCR when drawn", *(words.times(o["llcr"]) for o in owners)],
    ]
    return [Section("What it brings to its owners", table=Table(["", *names], rows, 7))]


def _hosts(said: dict[str, Any]) -> list[Section]:
    rows = [[title, *cells] for title, cells in host.rows(said)]
    names = [site["name"] for site in said["sites"] if site["host"]]
    return [Section("What it is to the host", table=Table(["", *names], rows), notes=(host.NOTE,))] if rows else []


def _support(said: dict[str, Any]) -> list[Section]:
    rows = [[name, *cells] for name, cells in support.rows(said)]
    if not rows:
        return []
    asked, currency = support.criteria(said), said["currency"]
    given = [
        f"{site['name']}, {one['title']} ({one['category']}): {'; '.join(support.given(one, currency))}; {support.outcome(one, currency)}."
        for site in said["sites"]
        for one in site["programmes"]
    ]
    rules = tuple(dict.fromkeys(rule for site in said["sites"] for rule in support.rules(site)))
    said_of = [support.recommendation(site, asked, currency) for site in said["sites"]]
    head = ["Instrument, each by itself", *(site["name"] for site in said["sites"]), "portfolio"]
    return [Section("What support makes it pay", (*said_of, *given), table=Table(head, rows, 7), notes=rules)]


def _cash(own: pd.DataFrame, currency: str) -> Section:
    bill = own["energy"] + own["demand"] + own["capacity"] + own["fixed"] + own["minimum"] - own["export_credit"]
    earned = own["revenue"] + own["other_revenue"] - own["host_share"]
    lines = {
        "Earned": earned, "Electricity": bill, "Upkeep, land": own["om"] + own["land"] + own["given_back"],
        "Building": own["capex"] + own["replacements"], "Tax": own["tax"] - own["credit_used"], "Residual": own["residual"],
        "Net": own["net"], "Owners": own["equity"],
    }  # fmt: skip
    rows = [
        [str(year), *(words.number(float(line[k]), "") for line in lines.values())]
        for k, year in enumerate(own["year"])
    ]
    note = f"{currency}, nominal; year 0 is construction. Earned: revenue and other revenue less the host's share."
    return Section(
        "Cash flow of the portfolio", (), (figures.cashflow(own, currency),), Table(["Year", *lines], rows, 7), (note,)
    )


def _debt(said: dict[str, Any], own: pd.DataFrame) -> list[Section]:
    if not said["has_terms"]:
        return []
    note = f"{said['currency']}, nominal."
    return [Section("The portfolio's loan and reserves", table=Table(debt.HEAD, debt.rows(own), 6.5), notes=(note,))]


def _assumptions(assumptions: pd.DataFrame) -> Section:
    rows = [[str(cell) for cell in row] for row in assumptions.itertuples(index=False)]
    table = Table(["Subject", "Assumption", "Source"], rows, 7, True, ("auto", "2fr", "1fr"))
    return Section("Assumptions and sources", table=table)


def _trust(said: dict[str, Any]) -> Section:
    currency = said["currency"]
    proof = (
        "Balance, stored energy, limits, bills, objective and cash flow were recomputed without the model; the largest residual is "
        f"{said['checker']['worst_residual']:.1e} of the site's own scale. Objective {words.money(said['objective'], currency)}, "
        f"bound {words.money(said['bound'], currency)}, gap {words.percent(said['gap'], 3)}: {words.STATUS[said['status']]}. "
        f"{said['solver']}."
    )
    return Section("Can it be trusted?", (proof,), notes=(*said["warnings"], words.reproducible(said)))
