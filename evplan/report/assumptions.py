"""Every assumption a reader should weigh, with its source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evplan.instance.base import SeriesFile
from evplan.instance.catalogue import Battery, Charger, Incentives, Solar
from evplan.instance.finance import Loan
from evplan.instance.profiles import arrival_profile
from evplan.instance.schema import Instance
from evplan.instance.site import Demand, Site
from evplan.instance.tariff import Tariff
from evplan.report.outages import words_of
from evplan.report.run import Run

if TYPE_CHECKING:
    import pandas as pd

HERE = "instance file"
METERED_MINUTES = 15  # what most utilities bill
Row = tuple[str, str, str]  # subject, assumption, source


def assumptions_table(run: Run) -> pd.DataFrame:
    """Return the assumptions of a run as one table."""
    import pandas as pd

    return pd.DataFrame(list(_rows(run)), columns=["subject", "assumption", "source"])


def _rows(run: Run) -> Iterator[Row]:
    instance = run.read.instance
    catalogue, money = instance.catalogue, instance.finance.currency
    yield "weather", f"one typical year, {instance.weather.warmer_by_k:+g} K", run.parameters.weather_source
    for charger in catalogue.chargers:
        yield _charger(charger, money)
    if catalogue.solar:
        yield _solar(catalogue.solar, money)
    if catalogue.battery:
        yield _battery(catalogue.battery, money)
    for name in dict.fromkeys(name for site in instance.sites for name in site.offered):
        tariff = instance.tariffs[name]
        yield f"tariff {name}", _lines(tariff), tariff.source or HERE
    for site in instance.sites:
        if site.demand.load_kw is not None or site.demand.sessions_per_day:
            yield _demand(site)
        yield from _staying(site, instance)
        yield from _standing(site)
    if instance.outages is not None:
        yield "outages", words_of(instance.outages, money), HERE
        yield from (_critical(site) for site in instance.sites)
    yield _money(instance)
    if instance.finance.loan is not None:
        yield _loan(instance.finance.loan)
    if instance.finance.construction is not None:
        said = instance.finance.construction
        lent = f"{said.share:.0%} of construction lent at {said.rate:.2%} for {said.months:g} months, half of it on average"
        yield "while building", f"{lent}; fee {said.fee:.2%}: prices times {instance.finance.built_factor:.4f}", HERE
    yield _peaks(instance)


def _lines(tariff: Tariff) -> str:
    """Return what a tariff is made of, in words."""
    series, demand = tariff.energy_series, f"{len(tariff.demand)} demand lines"
    if series is None:
        return f"{len(tariff.energy)} energy and {demand}"
    return f"prices of {series.file}{_from(series)}, {demand}"


def _charger(c: Charger, money: str) -> Row:
    cost = f"{c.cost:,.0f} + {c.install_cost:,.0f} {money} installation, {c.om_per_year:,.0f} {money} a year"
    return c.name, f"{c.power_kw:g} kW, {cost}, {c.life_years} years{_law(c.incentives)}", c.source or HERE


def _solar(s: Solar, money: str) -> Row:
    cost = f"{s.cost_per_kw:,.0f} {money}/kW, {s.om_per_kw_year:g} {money}/kW a year"
    return "solar", f"{cost}, {s.life_years} years{_law(s.incentives)}", s.source or HERE


def _battery(b: Battery, money: str) -> Row:
    cost = f"{b.cost_per_kwh:,.0f} {money}/kWh + {b.cost_per_kw:,.0f} {money}/kW"
    healths = " or ".join(f"{soh:.0%}" for soh in b.replaced_at)
    again = f"replaced at {healths} health for {b.replacement_cost_fraction:.0%} of the cells' price"
    law = f"ageing of {b.chemistry.upper()} cells, {b.ageing_outlook} outlook, at most {b.max_life_years} years"
    if b.replaced_in_years is not None:
        law = "neither wear nor fade"
        again = f"cells and power replaced at the end of years {', '.join(map(str, b.replaced_in_years))}"
    return "battery", f"{cost}, {law}, {again}{_law(b.incentives)}", b.source or HERE


def _law(given: Incentives) -> str:
    """Return what tax law gives, to be put after a cost; nothing where it gives nothing."""
    parts = [
        f"tax credit {given.investment_tax_credit:.0%}" if given.investment_tax_credit else "",
        f"MACRS {given.macrs_years} years" if given.macrs_years else "",
        f"bonus depreciation {given.bonus_depreciation:.0%}" if given.bonus_depreciation else "",
    ]
    return "".join(f", {part}" for part in parts if part)


def _standing(site: Site) -> Iterator[Row]:
    """Yield the load beside the chargers and what stands at a site."""
    if site.load_kw is not None:
        yield (
            f"load {site.name}",
            f"{_measured(site.load_kw)}, growing {site.load_growth_per_year:.1%} a year",
            site.load_kw.file,
        )
    if standing(site):
        yield f"stands at {site.name}", f"{standing(site)}; kept up, never replaced, in the plan or without it", HERE


def _measured(series: SeriesFile) -> str:
    return f"measured series{_from(series)}"


def _from(series: SeriesFile) -> str:
    """Return on which day a series starts, to be put after it; nothing where that is the plan's first."""
    return "" if series.start is None else f" from {series.start} on, by weekday"


def standing(site: Site) -> str:
    """Return what stands at a site in words, empty where nothing does."""
    here = site.existing
    solar = here.solar_kw + sum(array.existing_kw for array in site.solar_arrays or ())
    parts = [f"{n} x {name}" for name, n in here.chargers.items() if n]
    parts += [f"{solar:g} kW of panels"] if solar else []
    parts += [f"a battery of {here.battery_kwh:g} kWh, {here.battery_kw:g} kW"] if here.battery_kwh else []
    return ", ".join(parts)


def _demand(site: Site) -> Row:
    d = site.demand
    if d.load_kw is not None:
        return f"demand {site.name}", f"{_measured(d.load_kw)}, {_growing(d)}", d.load_kw.file
    sessions = f"{d.sessions_per_day:g} sessions a day, {_growing(d)}"
    return f"demand {site.name}", f"{sessions}, shape {d.arrival_profile}", arrival_profile(d.arrival_profile).source


def _growing(d: Demand) -> str:
    """Return how demand grows, in words."""
    rate = f"growing {d.growth_per_year:.0%} a year"
    if d.by_year is None:
        return rate
    path = f"{', '.join(f'{level:.3g}' for level in d.by_year)} times that, year by year"
    return f"{path}, then {rate}" if d.growth_per_year else f"{path}, then as in the last"


def _critical(site: Site) -> Row:
    said, parts = site.critical_load, []
    if site.load_kw is not None and said.load_fraction:
        parts.append(f"{said.load_fraction:.0%} of the load")
    if said.charging_fraction:
        parts.append(f"{said.charging_fraction:.0%} of charging")
    return f"critical at {site.name}", " and ".join(parts) or "nothing", HERE


def _staying(site: Site, instance: Instance) -> Iterator[Row]:
    """Yield what is assumed of vehicles that stay."""
    managed, vehicle = site.demand.managed, instance.catalogue.vehicle
    if managed is None:
        return
    if managed.sessions is not None:
        growing = _growing(site.demand)
        yield f"vehicles {site.name}", f"sessions of a file, repeated over the year, {growing}", managed.sessions.file
    if managed.stay_h is not None:
        yield (
            f"vehicles {site.name}",
            f"stay {managed.stay_h.mean:g} h, standard deviation {managed.stay_h.sd:g} h",
            HERE,
        )
    if managed.v2g is not None:
        v2g, money = managed.v2g, instance.finance.currency
        beside = f"beside {vehicle.cycles_per_year:g} cycles of driving a year"
        wear = f"ageing of {vehicle.chemistry.upper()} cells at {v2g.cell_cost_per_kwh:g} {money}/kWh, {beside}"
        if v2g.wear_per_kwh is not None:
            wear = f"wear of {v2g.wear_per_kwh:g} {money}/kWh"
        taken = f"{v2g.share:.0%} of the vehicles give back, never below {v2g.min_soc:.0%}, for {v2g.payment_per_kwh:g} {money}/kWh"
        yield (
            f"V2G {site.name}",
            f"{taken}; {wear}",
            "BloombergNEF, December 2024" if v2g.cell_cost_per_kwh == 115 else HERE,
        )


def _money(instance: Instance) -> Row:
    f = instance.finance
    rates = f"{f.discount_rate:.1%} discount, {f.target_irr:.1%} target return, {f.tax_rate:.0%} tax, {f.inflation:.1%} inflation"
    for name, rate in (("electricity", f.electricity_escalation), ("upkeep", f.om_escalation)):
        rates += f", {name} rises {rate:.1%} a year" if rate is not None else ""
    rates += ", prices of the construction year" if f.prices_of == "construction-year" else ""
    rates += ", replacements expensed" if f.replacements == "expensed" else ""
    rates += f", amounts fall at the {f.discounting} of their year" if f.discounting != "end" else ""
    rates += ", losses carried forward" if f.losses == "carried-forward" else ""
    rates += ", tax credits carried forward" if f.tax_credits == "carried-forward" else ""
    rates += f", {f.working_capital_months:g} months of running costs held" if f.working_capital_months else ""
    rates += f", replacements saved for over {f.replacement_saving_years} years" if f.replacement_saving_years else ""
    rates += f", reserves earn {f.reserve_rate:.2%}" if f.reserve_rate else ""
    rates += ", no residual value" if f.residual_value == "none" else ""
    return "money", rates, HERE


def _loan(loan: Loan) -> Row:
    parts = (
        [f"at most {loan.share:.0%} of uses" if loan.min_dscr else f"{loan.share:.0%} of uses"] if loan.share else []
    )
    parts += [f"coverage of at least {loan.min_dscr:g} {loan.coverage}"] if loan.min_dscr else []
    parts += [f"{loan.rate:.2%} over {loan.years} years, {loan.payments}, {loan.payments_per_year} a year"]
    parts += [f"{loan.grace_years} years of grace"] if loan.grace_years else []
    parts += [f"fee {loan.fee:.2%}"] if loan.fee else []
    parts += [f"reserve of {loan.reserve_months:g} months"] if loan.reserve_months else []
    return "loan", ", ".join(parts), HERE


def _peaks(instance: Instance) -> Row:
    step = instance.horizon.step_minutes
    said = f"billed peaks come from {step}-minute means"
    if step <= METERED_MINUTES:
        return "peaks", said, HERE
    said += "; a meter with a shorter interval may bill much more"
    measured = "hourly means understate the monthly 15-minute peak of fast chargers by 30 to 56 %: four stations, NREL lcoc-ldevs"
    return "peaks", said, measured
