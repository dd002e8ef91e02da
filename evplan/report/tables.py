"""Tables of a run: cash flow, bills, sizes, assumptions; written as CSV for anyone to open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evplan.finance.appraise import Appraised
from evplan.instance.profiles import arrival_profile
from evplan.report.run import Run

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "served_kwh", "revenue", "energy", "demand", "fixed", "export_credit", "om", "land", "capex", "replacements",
    "depreciation", "taxable", "tax", "grant", "premium", "residual", "net",
)  # fmt: skip


def cashflow_table(run: Run) -> pd.DataFrame:
    """Return every cash flow, nominal, one row per site (or group) and year; year 0 is construction."""
    import pandas as pd

    appraisal = run.appraisal
    flows: list[tuple[str, Appraised]] = [("site", site) for site in appraisal.sites]
    flows += [("setting", group) for group in appraisal.settings.values()] + [("portfolio", appraisal.portfolio)]
    parts = []
    for level, money in flows:
        part = pd.DataFrame({name: getattr(money.flow, name) for name in COLUMNS})
        part.insert(0, "year", range(len(part)))
        part.insert(0, "name", money.name)
        part.insert(0, "level", level)
        part["cumulative_net"] = part["net"].cumsum()
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def bills_table(run: Run) -> pd.DataFrame:
    """Return the electricity bill of every site and modelled year, first-year prices."""
    import pandas as pd

    rows = [
        {"site": plan.name, "operating_year": year, "energy": b.energy, "demand": b.demand, "fixed": b.fixed,
         "export_credit": b.export_credit, "total": b.total}
        for plan, numbers in zip(run.plans, run.parameters.sites, strict=True)
        for year, b in zip(numbers.years, plan.bills, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


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


def assumptions_table(run: Run) -> pd.DataFrame:
    """Return every assumption a reader should weigh, with its source."""
    import pandas as pd

    return pd.DataFrame(_assumptions(run), columns=["subject", "assumption", "source"])


def _assumptions(run: Run) -> list[tuple[str, str, str]]:
    instance, here = run.read.instance, "instance file"
    catalogue, finance, money = instance.catalogue, instance.finance, instance.finance.currency
    rows = [("weather", f"one typical year, {instance.weather.warmer_by_k:+g} K", run.parameters.weather_source)]
    for c in catalogue.chargers:
        said = f"{c.power_kw:g} kW, {c.cost:,.0f} + {c.install_cost:,.0f} {money} installation, {c.om_per_year:,.0f} {money} a year, {c.life_years} years"
        rows.append((c.name, said, c.source or here))
    if catalogue.solar:
        s = catalogue.solar
        rows.append(("solar", f"{s.cost_per_kw:,.0f} {money}/kW, {s.om_per_kw_year:g} {money}/kW a year, {s.life_years} years", s.source or here))
    if catalogue.battery:
        b = catalogue.battery
        said = f"{b.cost_per_kwh:,.0f} {money}/kWh + {b.cost_per_kw:,.0f} {money}/kW, {b.chemistry.upper()}, replaced at {b.end_of_life_soh:.0%} health for {b.replacement_cost_fraction:.0%} of the cells' price"
        rows.append(("battery", said, b.source or here))
    for name in dict.fromkeys(site.tariff for site in instance.sites):
        rows.append((f"tariff {name}", f"{len(instance.tariffs[name].energy)} energy and {len(instance.tariffs[name].demand)} demand lines", instance.tariffs[name].source or here))
    for site in instance.sites:
        d = site.demand
        if d.load_kw is not None:
            rows.append((f"demand {site.name}", f"measured series, growing {d.growth_per_year:.0%} a year", d.load_kw.file))
        else:
            said = f"{d.sessions_per_day:g} sessions a day growing {d.growth_per_year:.0%} a year, shape {d.arrival_profile}"
            rows.append((f"demand {site.name}", said, f"shape: {arrival_profile(d.arrival_profile).source}"))
    rows.append(("money", f"{finance.discount_rate:.1%} discount, {finance.target_irr:.1%} target return, {finance.tax_rate:.0%} tax, {finance.inflation:.1%} inflation", here))
    rows.append(("peaks", f"billed peaks come from {instance.horizon.step_minutes}-minute means; a meter with a shorter interval bills more, 30 to 54 % more on hourly data of fast chargers", "comparison of 15-minute and hourly station profiles, NREL lcoc-ldevs"))
    return rows
