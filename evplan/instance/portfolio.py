"""What ties sites together: one budget, one pot of grants, a service that rural sites owe together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import Fraction, NotNegative, Noun
from evplan.instance.faults import Fault
from evplan.instance.tree import are_numbers, items, mapping

Setting = Literal["urban", "rural"]


class Subsidy(Noun):
    """A pot of capital grants for sites that would not pay by themselves."""

    pot: NotNegative
    """Grants of all sites together, at most; paid in the construction year."""
    max_share: Fraction = 1.0
    """Most of a site's construction cost that a grant may pay."""
    settings: Annotated[tuple[Setting, ...], Field(min_length=1)] = ("urban", "rural")
    """Which sites may have grants."""
    cross_subsidy: bool = False
    """Whether what one site earns may carry another; else each site must pay by itself, its grant included."""


class Portfolio(Noun):
    """Limits on all sites together: the plan picks which sites to fund."""

    budget: NotNegative | None = None
    """Construction cost of all sites together, at most, grants aside."""
    subsidy: Subsidy | None = None
    """Grants; given, nothing is built that does not pay with them (net present value at `finance.discount_rate`)."""
    rural_min_served: Fraction = 0.0
    """Fraction of the energy wanted at all rural sites together that must be served in every modelled year."""


def portfolio_faults(tree: dict) -> Iterator[Fault]:
    """Yield portfolio limits that limit nothing, or that other parts of the file leave without a meaning."""
    said, here, sites = mapping(tree, "portfolio"), ("portfolio",), items(tree, "sites")
    if not isinstance(tree.get("portfolio"), dict):
        return
    if said.get("budget") is None and said.get("subsidy") is None and not said.get("rural_min_served"):
        yield Fault(here, "needs a budget, a subsidy, or rural_min_served", True)
    share = said.get("rural_min_served", 0)
    if are_numbers(share) and share > 0 and not any(s.get("setting") == "rural" for s in sites if isinstance(s, dict)):
        yield Fault((*here, "rural_min_served"), f"no site has setting: rural (got {share:g})")
    for i, site in enumerate(sites):
        if isinstance(site, dict) and len(items(site, "tariff")) > 1:
            message = "one tariff only where `portfolio` ties sites together; leave one, then `evplan compare --tariffs all` ranks them"
            yield Fault(("sites", i, "tariff"), message)
    if len(items(mapping(mapping(tree, "catalogue"), "battery"), "end_of_life_soh")) > 1:
        message = "one only where `portfolio` ties sites together; compare the others as scenarios"
        yield Fault(("catalogue", "battery", "end_of_life_soh"), message)
    for i, site in enumerate(sites):
        owes = isinstance(site, dict) and site.get("setting") == "rural" and are_numbers(share) and share > 0
        if owes and mapping(mapping(site, "demand"), "managed"):
            message = "cannot owe portfolio.rural_min_served where vehicles stay; oblige this site by demand.min_served"
            yield Fault(("sites", i, "demand", "managed"), message)
    if said.get("subsidy") is not None:
        yield from _cash_alone(tree, sites)


def _cash_alone(tree: dict, sites: list) -> Iterator[Fault]:
    """Yield prices that steer but are no cash: whether a site pays is a matter of cash."""
    why = "steers the plan but is no cash, so it cannot stand beside portfolio.subsidy, where every site must pay; use an obligation"
    for i, site in enumerate(sites):
        priced = mapping(site, "demand").get("turned_away_cost_per_kwh") if isinstance(site, dict) else None
        if priced:
            yield Fault(
                ("sites", i, "demand", "turned_away_cost_per_kwh"), f"{why} (rural_min_served, demand.min_served)"
            )
    if mapping(tree, "outages").get("value_of_lost_load_per_kwh"):
        yield Fault(("outages", "value_of_lost_load_per_kwh"), f"{why} (outages.min_carried)")
    if mapping(tree, "carbon").get("price_per_t"):
        yield Fault(("carbon", "price_per_t"), f"{why} (carbon.cap_t_per_year)")
