"""What a plan comes to, on a page: figures, sizes, dispatch, cash flow, urban beside rural."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from evplan.report import words
from evplan.web.dashboard import parts, plan_drawing
from evplan.web.dashboard.plan import Plan, bill

SPANS = {"week": "the week with the highest import", "day": "a day that is the mean of all"}
COLUMNS = {
    "import_kw": "from the grid", "solar_used_kw": "solar", "discharge_kw": "battery gives", "charge_kw": "battery takes",
    "served_kw": "into vehicles", "turned_away_kw": "turned away",
}  # fmt: skip
REPORTS = {"html": "Full report", "pdf": "PDF", "xlsx": "Workbook", "csv": "Tables, zip", "json": "Summary, JSON"}


def key_figures(plan: Plan, money: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the figures of a cash flow with their units. money : of all sites, a setting or a site."""
    currency, gap = plan.currency, money["viability_gap"]
    share = f"{words.percent(gap['grant_fraction_of_capex'], 0)} of construction" if gap["grant"] else ""
    target = f"target {words.percent(gap['target_irr'])}"
    return [
        ("Construction", words.money(money["capex"], currency), ""),
        ("Net present value", words.money(money["npv"], currency), ""),
        ("Internal rate of return", words.rate_of_return(money), target),
        ("Payback", _years(money["payback_years"]), f"discounted {_years(money['discounted_payback_years'])}"),
        ("Levelised cost of charging", words.number(money["lcoc_per_kwh"], f"{currency}/kWh", 3), ""),
        ("Levelised cost of energy", words.number(money["lcoe_per_kwh"], f"{currency}/kWh", 3), ""),
        ("Grant needed", words.money(gap["grant"], currency), share),
        ("Support needed", words.number(gap["per_kwh"], f"{currency}/kWh", 3), "instead of the grant"),
    ]


def _years(value: float | None) -> str:
    return "never" if value is None else words.number(value, "years", 1)


def view(plan: Plan) -> list[Any]:
    """Return all that a page shows of a plan."""
    return [
        _verdict(plan), parts.section("sizes", "What to build", sizes(plan)), parts.section("dispatch", "Dispatch", *_dispatch(plan)),
        parts.section("cash", "Cash flow", _pick("whose", "Of", list(plan.flows)), html.Div(id="cash-here")), *_settings(plan),
    ]  # fmt: skip


def _verdict(plan: Plan) -> Any:
    """Return whether the plan pays, its figures, its reports and its notes."""
    said, all_sites = plan.said, plan.said["portfolio"]
    proof = f"{words.STATUS.get(said['status'], said['status'])}, gap {words.percent(said['gap'], 4)}"
    size = f"{len(plan.sites):,} sites, {said['horizon']['years']} years"
    intro = f"{size}; {proof}, {said['seconds']['total']:.1f} s. Amounts in {plan.currency}."
    verdict = words.verdict(all_sites, said["finance"]["target_irr"], plan.currency)
    notes = [html.Li(one) for one in said["warnings"]]
    return parts.section(
        "results", said["title"] or "What it comes to", html.P(verdict), parts.key_figures(key_figures(plan, all_sites)), _reports(plan),
        *([parts.more(f"Notes ({len(notes)})", html.Ul(notes))] if notes else []), intro=intro,
    )  # fmt: skip


def _reports(plan: Plan) -> Any:
    links = [html.Li(html.A(label, href=f"/plans/{plan.id}/report?format={form}")) for form, label in REPORTS.items()]
    return html.Ul(links, className="links", **parts.attributes({"aria-label": "The report"}))


def sizes(plan: Plan) -> Any:
    """Return what is built at each site."""
    kinds = list(dict.fromkeys(kind for site in plan.sites for kind in site["chargers"]))
    heads = [
        "site",
        "setting",
        *kinds,
        "connection, kW",
        "solar, kW",
        "battery, kWh",
        "battery, kW",
        f"construction, {plan.currency}",
    ]
    rows = [
        [site["name"], site["setting"] or "", *(str(site["chargers"].get(kind, 0)) for kind in kinds),
         *(f"{site[name]:,.1f}" for name in ("connection_kw", "pv_kw", "battery_kwh", "battery_kw")), f"{site['capex']:,.0f}"]
        for site in plan.sites
    ]  # fmt: skip
    return parts.table("Chargers, connection, solar and battery by site", heads, rows)


def _dispatch(plan: Plan) -> list[Any]:
    return [
        html.Div([
            _pick("at-site", "Site", [site["name"] for site in plan.sites]), _pick("at-year", "Year", [str(year) for year in plan.years]),
            parts.choice("at-span", "Shown", SPANS, "week"),
        ], className="picks"),
        html.Div(id="dispatch-here"),
    ]  # fmt: skip


def _pick(id: str, label: str, options: list[str]) -> Any:
    """Return a choice of one; of many from a list."""
    if len(options) <= 6:
        return parts.choice(id, label, dict(zip(options, options, strict=True)), options[0])
    return parts.field(id, label, dcc.Dropdown(options, options[0], id=id, clearable=False))


def dispatch_figure(series: dict[str, Any], site: str, year: str, span: str) -> Any:
    """Return the dispatch of a site as a figure with its table."""
    grid, sun, sold = (series["step_h"] * sum(series[name]) for name in ("import_kw", "solar_used_kw", "served_kw"))
    told = (
        f"Import is {max(series['import_kw']):,.1f} kW at most; {grid:,.0f} kWh come from the grid and {sun:,.0f} from the sun, "
        f"{sold:,.0f} go into vehicles."
    )
    at = [one[11:16] if span == "day" else one[:16].replace("T", " ") for one in series["start"]]
    rows = [[one, *(f"{series[name][k]:,.1f}" for name in COLUMNS)] for k, one in enumerate(at)]
    table = parts.table("Dispatch by step, kW", ["begins", *COLUMNS.values()], rows)
    return parts.figure(
        "dispatch-figure", f"{site}, year {year}: {SPANS[span]}", plan_drawing.dispatch(series), told, table
    )


def cash_figure(plan: Plan, whose: str) -> Any:
    """Return a cash flow as a figure with its table."""
    years, currency = plan.flows[whose], plan.currency
    first, last = years[0], years[-1]
    told = (
        f"{words.money(first['net'], currency)} in the year of construction; "
        f"{words.money(last['cumulative_net'], currency)} in sum after year {last['year']:.0f}."
    )
    heads = ["year", "income", "electricity", "upkeep and land", "built and replaced", "tax", "net", "running sum"]
    rows = [[f"{year['year']:.0f}", *(f"{amount:,.0f}" for amount in _lines(year))] for year in years]
    table = parts.table(f"Cash flow of {whose}, {currency}; the report has every line", heads, rows)
    drawn = plan_drawing.cashflow(years, currency)
    return parts.figure("cash-figure", f"Cash flow of {whose}, nominal, after tax", drawn, told, table)


def _lines(year: dict[str, float]) -> list[float]:
    """Return the main lines of a year, what is paid below 0."""
    income, kept = year["revenue"] + year["other_revenue"], -year["om"] - year["land"]
    built = -year["capex"] - year["replacements"]
    return [income, -bill(year), kept, built, -year["tax"], year["net"], year["cumulative_net"]]


def _settings(plan: Plan) -> list[Any]:
    """Return urban sites beside rural ones, where there are both."""
    groups = plan.said["settings"]
    if len(groups) < 2:
        return []
    columns = {name: key_figures(plan, money) for name, money in groups.items()}
    firsts = next(iter(columns.values()))
    rows = [[label, *(column[k][1] for column in columns.values())] for k, (label, _, _) in enumerate(firsts)]
    told = "; ".join(f"{name}: charging costs {column[4][1]}" for name, column in columns.items()) + "."
    return [
        parts.section("settings", " and ".join(groups).capitalize(), parts.table("Figures by setting", ["", *columns], rows),
                      parts.figure("settings-figure", "Per kWh sold", plan_drawing.settings(plan), told))
    ]  # fmt: skip
