"""A city run as the context of a plan: what `evplan city` hands over fills in what sites leave to it.

sessions a day   share * kWh charged a day in the city, of the site's setting, in the first year / kWh per session
by year          that energy of each year over the first year's, so far as the city is run; it stays from then on
carbon, age      of the grid, and of the vehicles, where the file says neither
price            of energy, where the file has no tariffs
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError, model_validator

from evplan.instance.base import NotNegative, Noun, Text
from evplan.instance.faults import Fault
from evplan.instance.tree import are_numbers, items, mapping
from evplan.paths import sized

SPREAD = 0.5  # of the energy of a session, standard deviation over mean, where the file says none
MOST = 1e6  # times the first year: what a plan may say
TARIFF = "city"  # what the tariff of a city is called in a plan that has none of its own

Series = tuple[NotNegative, ...]


class Context(Noun):
    """A city run that the plan refines."""

    file: Text
    """city.json of a city, relative to this file; `evplan city` writes it."""


class CityRun(Noun):
    """What `evplan city` hands over: a figure for each of its years."""

    model_config = Noun.model_config | {"extra": "ignore"}
    kind: Literal["city-context"]
    format: Literal[1]
    city: Text
    currency: Text = ""
    years: tuple[int, ...]
    urban_kwh_per_day: Series
    rural_kwh_per_day: Series
    kwh_per_session: Series
    mean_age_years: Series
    price_per_kwh: Series = ()
    grid_kg_per_kwh: NotNegative

    @model_validator(mode="after")
    def whole(self) -> CityRun:
        """Raise where years have gaps, or a series does not run over all of them."""
        if not self.years or list(self.years) != list(range(self.years[0], self.years[0] + len(self.years))):
            raise ValueError("years must follow one another")
        for name in ("urban_kwh_per_day", "rural_kwh_per_day", "kwh_per_session", "mean_age_years", "price_per_kwh"):
            if len(getattr(self, name)) != len(self.years) and (name != "price_per_kwh" or self.price_per_kwh):
                raise ValueError(f"{name} must have a figure for each of its {len(self.years)} years")
        return self


def read_run(path: Path) -> CityRun:
    """Return a city run. Raises: ValueError in words for a file that is none."""
    try:
        return CityRun.model_validate_json(sized(path).read_bytes())
    except FileNotFoundError:
        raise ValueError("no such file (paths are relative to the instance file); `evplan city` writes it") from None
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from None
    except ValidationError as error:  # before ValueError, which it is
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(
            f"is no city.json that `evplan city` wrote ({place}{': ' * bool(place)}{first['msg'].removeprefix('Value error, ')})"
        ) from None


def fill(tree: Any, folder: Path) -> tuple[Any, list[Fault]]:
    """Return the tree with what its context says filled in, and faults. Sites take from it what they say no figure of."""
    name, here = mapping(tree, "context").get("file"), ("context", "file")
    sharing = [
        (i, site)
        for i, site in enumerate(items(tree, "sites"))
        if mapping(site, "demand").get("context_share") is not None
    ]
    if not isinstance(name, str):
        return tree, [
            Fault(("sites", i, "demand", "context_share"), "needs context.file: the city it is a share of")
            for i, _ in sharing
        ]
    year = _first_year(tree)
    try:
        said = read_run(folder / name)
    except ValueError as error:
        _hold_places(tree, sharing)
        return tree, [Fault(here, str(error))]
    if year is None:
        return tree, []  # the schema says what is wrong with horizon.start
    if year not in said.years:
        _hold_places(tree, sharing)
        span = f"{said.years[0]} to {said.years[-1]}"
        return tree, [Fault(here, f"knows {span}; the plan begins in {year}, so run the city for that year")]
    faults = list(_priced_otherwise(tree, said, here))
    for i, site in sharing:
        faults += _fill_site(site, said, year, tree, ("sites", i, "demand"))
    _fill_rest(tree, said, said.years.index(year))
    return tree, faults


def _hold_places(tree: dict, sharing: list[tuple[int, dict]]) -> None:
    """Fill in what a context would have, so that no other faults follow from its own."""
    for _, site in sharing:
        site["demand"].setdefault("sessions_per_day", 1.0)
        site["demand"].setdefault("energy_kwh", {"mean": 1.0, "sd": 0.5})
    if "tariffs" not in tree:
        tree["tariffs"] = {TARIFF: {"energy": [{"price_per_kwh": 0.0}]}}
        for site in items(tree, "sites"):
            if isinstance(site, dict):
                site.setdefault("tariff", TARIFF)


def _priced_otherwise(tree: dict, said: CityRun, here: tuple) -> Iterator[Fault]:
    """Yield that a plan without tariffs would take a price in another currency."""
    own = mapping(tree, "finance").get("currency", "USD")
    if "tariffs" not in tree and said.price_per_kwh and said.currency and own != said.currency:
        yield Fault(here, f"has prices in {said.currency}, the plan is in {own}: give it tariffs of its own")


def _fill_rest(tree: dict, said: CityRun, at: int) -> None:
    """Fill in the grid's carbon, the age of vehicles, and the price of energy where the file has no tariffs."""
    if isinstance(tree.get("carbon"), dict) and tree["carbon"].get("grid_series") is None:
        tree["carbon"].setdefault("grid_kg_per_kwh", said.grid_kg_per_kwh)
    catalogue = mapping(tree, "catalogue")
    if catalogue and isinstance(catalogue.get("vehicle", {}), dict):
        catalogue.setdefault("vehicle", {}).setdefault("mean_age_years", said.mean_age_years[at])
    if "tariffs" not in tree and said.price_per_kwh:
        tree["tariffs"] = {TARIFF: {"energy": [{"price_per_kwh": said.price_per_kwh[at]}]}}
        for site in items(tree, "sites"):
            if isinstance(site, dict):
                site.setdefault("tariff", TARIFF)


def outlived(instance_years: tuple[int, int], run: CityRun) -> str:
    """Return a sentence where a plan runs on after the city run that it takes demand from, else nothing.

    instance_years : the plan's first and last.
    """
    if instance_years[1] <= run.years[-1]:
        return ""
    return (
        f"the city run ends in {run.years[-1]} and the plan in {instance_years[1]}: from then on demand stays what {run.city} wants in "
        f"{run.years[-1]}; run the city for longer to know better"
    )


def _fill_site(site: dict, said: CityRun, year: int, tree: dict, loc: tuple) -> list[Fault]:
    """Fill in the demand of a site that takes a share of its city's."""
    demand, share = site["demand"], site["demand"]["context_share"]
    for other in ("sessions_per_day", "load_kw", "managed"):
        if demand.get(other) is not None:
            return [Fault((*loc, other), "cannot stand beside context_share, which says what comes here")]
    if not are_numbers(share) or site.get("setting") not in ("urban", "rural"):
        return []  # the schema says so
    energy = said.urban_kwh_per_day if site["setting"] == "urban" else said.rural_kwh_per_day
    at, years = said.years.index(year), mapping(tree, "horizon").get("years", 15)
    session = mapping(demand, "energy_kwh").get("mean", round(said.kwh_per_session[at], 3))
    if not are_numbers(session, years):
        return []
    if session <= 0 or energy[at] <= 0:
        demand.setdefault("sessions_per_day", 0.0)
        demand.setdefault("energy_kwh", {"mean": 1.0, "sd": 0.5})
        return [Fault((*loc, "context_share"), f"{said.city} has no charging in {year} to take a share of")]
    demand.setdefault("energy_kwh", {"mean": session, "sd": round(SPREAD * session, 3)})
    demand["sessions_per_day"] = round(share * energy[at] / session, 9)
    if demand.get("growth_per_year") is None:
        known = energy[at : at + max(1, int(years))]
        demand.setdefault("by_year", [round(min(MOST, one / energy[at]), 6) for one in known])
    return []


def _first_year(tree: dict) -> int | None:
    start = mapping(tree, "horizon").get("start")
    if isinstance(start, datetime.date):
        return start.year
    return int(str(start)[:4]) if str(start)[:4].isdecimal() else None
