"""Turn an instance into parameters, site by site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from evplan.instance.read import Read
from evplan.instance.site import Site
from evplan.parameters.battery import battery_parameters
from evplan.parameters.components import (
    charger_parameters,
    connection_steps,
    mean_port_kw,
    solar_parameters,
    usable_chargers,
)
from evplan.parameters.context import Context, make_context
from evplan.parameters.doubt import peak_notes
from evplan.parameters.expected import expected_kwh
from evplan.parameters.fleet import ManagedParameters
from evplan.parameters.managed import managed_parameters
from evplan.parameters.money import shares, weights
from evplan.parameters.outages import outage_parameters
from evplan.parameters.series import series_on_clock
from evplan.parameters.sessions import AS_PLANNED, Level, demand_kwh, levels
from evplan.parameters.tariff import tariff_years
from evplan.parameters.types import CarbonParameters, Parameters, SiteParameters

KG_PER_T = 1000.0
NOTHING = 1e-9
FAR = 0.1  # of the energy expected: sessions drawn that are further from it are told


def prepare(read: Read, level: Level = AS_PLANNED) -> Parameters:
    """Return the parameters of every site of an instance. level : of its demand, beside an instance it is compared with."""
    context = replace(make_context(read), level=level)
    firsts = [_site(site, context, salt) for salt, site in enumerate(read.instance.sites)]
    told = [note for _, notes in firsts for note in notes]
    offers = tuple(
        tuple(_offers(first, site, context)) for site, (first, _) in zip(read.instance.sites, firsts, strict=True)
    )
    sites = tuple(offered[0] for offered in offers)
    demand, billed = (
        tuple(site.demand_kwh for site in sites),
        tuple(any(map(_bills_power, offered)) for offered in offers),
    )
    doubts = peak_notes(read.instance.sites, demand, context.clock, billed)
    unused = _unused(read.instance.sites, context)
    return Parameters(sites, offers, context, (*read.notes, *told, *_unserved(sites), *unused, *doubts))


def _bills_power(site: SiteParameters) -> bool:
    return any(tariff.demand or tariff.contract for tariff in site.tariffs)


def _offers(numbers: SiteParameters, site: Site, context: Context) -> Iterator[SiteParameters]:
    """Yield a site under every tariff it is offered, with cells replaced at every state of health they may be."""
    said, ageing = context.instance.catalogue.battery, context.ageing
    for name in site.offered:
        offer = under(numbers, site, name, context)
        if said is None or ageing is None:
            yield offer
            continue
        for soh in said.replaced_at:
            then = ageing.replaced_at(soh, said.max_life_years)
            yield replace(offer, battery=battery_parameters(said, site, context, then, numbers.share))


def under(numbers: SiteParameters, site: Site, name: str, context: Context) -> SiteParameters:
    """Return a site under one of the tariffs it is offered."""
    tariff = context.instance.tariffs[name]
    by_year = tariff_years(tariff, context.clock, context.year, numbers.share, context.instance.finance, context.folder)
    most = np.inf if tariff.export_max_kw is None else tariff.export_max_kw
    return replace(numbers, tariff_name=name, tariffs=by_year, export_max_kw=most)


def counted_to(numbers: SiteParameters, site: Site, at_least: Mapping[str, int], context: Context) -> SiteParameters:
    """Return a site whose tables of chargers go on to some counts by type, whether or not so many are of use there."""
    types = usable_chargers(site, context)
    demand, ports = (numbers.demand_kwh, numbers.expected_kwh), most_ports(numbers.managed)
    return replace(
        numbers, chargers=tuple(charger_parameters(c, site, context, *demand, at_least[c.name], ports) for c in types)
    )


def most_ports(managed: ManagedParameters | None) -> int:
    """Return the ports beyond which no further one hosts anybody; 0 where nobody stays."""
    return max((year.most_ports for year in managed.hosting), default=0) if managed is not None else 0


def _unserved(sites: tuple[SiteParameters, ...]) -> Iterator[str]:
    """Yield a note for each site whose drivers accept no charger that is allowed there."""
    for site in sites:
        if not site.chargers and site.demand_kwh.any():
            yield f"site {site.name}: no charger type that is allowed here has a port of min_charger_kw, so nobody is served"


def _unused(sites: tuple[Site, ...], context: Context) -> Iterator[str]:
    """Yield a note for each site where chargers stand that its drivers do not use."""
    for site in sites:
        usable = {c.name for c in usable_chargers(site, context)}
        idle = [name for name, count in site.existing.chargers.items() if count and name not in usable]
        if idle:
            yield f"site {site.name}: {', '.join(idle)} stand, drivers use none (min_charger_kw, chargers); their upkeep is left out"


def _by_chance(site: Site, drawn: np.ndarray, expected: np.ndarray, context: Context) -> Iterator[str]:
    """Yield a note where the sessions drawn come to another energy than is expected. drawn, expected : of each modelled year, kWh."""
    far = np.abs(drawn - expected) > FAR * expected
    if far.any() and context.level == AS_PLANNED:
        y = int(np.argmax(far))
        parts = f"{drawn[y]:,.0f} kWh in year {context.years[y]} where {expected[y]:,.0f} are expected"
        yield f"site {site.name}: the sessions drawn want {parts}: few are drawn; `matched: true` in demand draws what is expected"


def _site(site: Site, context: Context, salt: int) -> tuple[SiteParameters, tuple[str, ...]]:
    """Return a site's parameters under no tariff yet, and what a reader should know of its vehicles."""
    instance, years = context.instance, context.years
    types = usable_chargers(site, context)
    fastest = max((mean_port_kw(c, context) for c in types), default=1.0)
    finance = instance.finance
    port_kw = np.full(len(years), fastest)
    managed: ManagedParameters | None = None
    notes: tuple[str, ...] = ()
    if site.demand.managed is not None:
        managed, told = managed_parameters(site, context, fastest, salt)
        notes = told if types else ()  # without a port nobody's stay is too short
        expected = demand = managed.wanted_kwh.sum(axis=1)
    else:
        demand = demand_kwh(
            site.demand, context.clock, context.year, years, port_kw, context.folder, salt, context.level
        )
        expected = expected_kwh(site.demand, context.clock, years, port_kw, demand)
        notes = tuple(_by_chance(site, demand @ context.clock.weight, expected @ context.clock.weight, context))
    ports = most_ports(managed)
    chargers = tuple(charger_parameters(c, site, context, demand, expected, ports=ports) for c in types)
    efficiency, load = min((c.efficiency for c in chargers), default=1.0), _load_kw(site, context)
    share = shares(years, _wanted(site, demand @ context.clock.weight, load[0], context))
    numbers = SiteParameters(
        name=site.name,
        setting=site.setting,
        clock=context.clock,
        years=years,
        share=share,
        worth=weights(share, finance),
        worth_bill=weights(share, finance, kind="electricity"),
        worth_om=weights(share, finance, kind="om"),
        worth_untaxed=weights(share, finance, taxed=False),
        demand_kwh=demand,
        expected_kwh=expected,
        price_per_kwh=(1.0 if site.is_shared else 1 - site.revenue_share) * (site.price_per_kwh or 0.0)
        + sum(o.per_kwh_sold for o in site.other_revenue),
        min_served=site.demand.min_served,
        turned_away_cost_per_kwh=site.demand.turned_away_cost_per_kwh,
        land_cost_per_year=(0.0 if site.is_shared else site.land_cost_per_year)
        - sum(o.per_year for o in site.other_revenue),
        tariff_name="",
        tariffs=(),
        existing_kw=site.connection.existing_kw,
        connection_steps=connection_steps(site, context),
        export_limit=site.export_limit,
        export_max_kw=np.inf,
        chargers=chargers,
        solar=solar_parameters(instance.catalogue.solar, site, context),
        battery=battery_parameters(instance.catalogue.battery, site, context, context.ageing, share),
        load_kw=load,
        carbon=_carbon(context),
        outages=outage_parameters(site.critical_load, load, demand, efficiency, context),
        managed=managed,
    )
    return numbers, notes


def _wanted(site: Site, vehicles_kwh: np.ndarray, load_kw: np.ndarray, context: Context) -> np.ndarray:
    """Return the energy wanted by vehicles and load in each of the plan's years, shape (years,), kWh.

    vehicles_kwh : of each modelled year; the first in which any come speaks for all.
    load_kw : of the first year, growing at a rate of its own.
    """
    k, modelled = np.arange(context.instance.horizon.years), levels(site.demand, context.years)
    first = int(np.argmax(modelled > 0))
    vehicles = levels(site.demand, tuple((k + 1).tolist())) * (vehicles_kwh[first] / max(modelled[first], NOTHING))
    return vehicles + float(load_kw @ context.clock.year_h) * (1 + site.load_growth_per_year) ** k


def _carbon(context: Context) -> CarbonParameters | None:
    """Return what drawn energy emits, its price and its limit; None where nothing is said of it."""
    said, clock = context.instance.carbon, context.clock
    if said is None:
        return None
    kg = np.full(clock.steps, said.grid_kg_per_kwh or 0.0)
    if said.grid_series is not None:
        kg = series_on_clock(said.grid_series, clock, context.year, context.folder)
    cap = np.inf if said.cap_t_per_year is None else said.cap_t_per_year * KG_PER_T
    return CarbonParameters(kg, said.price_per_t / KG_PER_T, cap)


def _load_kw(site: Site, context: Context) -> np.ndarray:
    """Return the load beside the chargers in each modelled year and step, shape (years, steps), kW."""
    if site.load_kw is None:
        return np.zeros((len(context.years), context.clock.steps))
    growth = (1 + site.load_growth_per_year) ** (np.array(context.years) - 1.0)
    return growth[:, None] * series_on_clock(site.load_kw, context.clock, context.year, context.folder)
