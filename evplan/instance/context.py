"""A city run as the context of a plan: what `evplan city` hands over fills in what sites leave to it.

sessions a day   share * kWh charged a day in the city, of the site's setting, in the first year / kWh per session
growth           of that energy, from the first year to the last that plan and city have in common, compounding
carbon, age      of the grid, and of the vehicles, where the file says neither
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from evplan.instance.base import Noun, Text
from evplan.instance.faults import Fault
from evplan.instance.tree import are_numbers, items, mapping

SPREAD = 0.5  # of the energy of a session, standard deviation over mean, where the file says none
KEYS = ("years", "urban_kwh_per_day", "rural_kwh_per_day", "kwh_per_session", "mean_age_years", "grid_kg_per_kwh")


class Context(Noun):
    """A city run that the plan refines."""

    file: Text
    """city.json of a city, relative to this file; `evplan city` writes it."""


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
    try:
        said = json.loads((folder / name).read_text(encoding="utf-8"))
        if said.get("kind") != "city-context" or any(key not in said for key in KEYS):
            raise ValueError("it is no city.json that `evplan city` wrote")
        year = _first_year(tree)
        if not said["years"][0] <= year <= said["years"][-1]:
            span = f"{said['years'][0]} to {said['years'][-1]}"
            return tree, [Fault(here, f"knows {span}; the plan begins in {year}, so run the city for that year")]
    except (OSError, ValueError, AttributeError, TypeError) as error:
        return tree, [Fault(here, f"cannot be read ({error}); paths are relative to the instance file")]
    faults = []
    for i, site in sharing:
        faults += _fill_site(site, said, year, tree, ("sites", i, "demand"))
    if isinstance(tree.get("carbon"), dict) and tree["carbon"].get("grid_series") is None:
        tree["carbon"].setdefault("grid_kg_per_kwh", said["grid_kg_per_kwh"])
    catalogue = mapping(tree, "catalogue")
    if catalogue and isinstance(catalogue.get("vehicle", {}), dict):
        at = said["years"].index(year)
        catalogue.setdefault("vehicle", {}).setdefault("mean_age_years", said["mean_age_years"][at])
    return tree, faults


def _fill_site(site: dict, said: dict, year: int, tree: dict, loc: tuple) -> list[Fault]:
    """Fill in the demand of a site that takes a share of its city's."""
    demand, share = site["demand"], site["demand"]["context_share"]
    for other in ("sessions_per_day", "load_kw", "managed"):
        if demand.get(other) is not None:
            return [Fault((*loc, other), "cannot stand beside context_share, which says what comes here")]
    if not are_numbers(share) or site.get("setting") not in ("urban", "rural"):
        return []  # the schema says so
    energy, at = said[f"{site['setting']}_kwh_per_day"], said["years"].index(year)
    until = min(len(energy) - 1, at + int(mapping(tree, "horizon").get("years", 15)) - 1)
    session = mapping(demand, "energy_kwh").get("mean", round(said["kwh_per_session"][at], 3))
    if not are_numbers(session) or session <= 0:
        return []
    demand.setdefault("energy_kwh", {"mean": session, "sd": round(SPREAD * session, 3)})
    demand["sessions_per_day"] = round(share * energy[at] / session, 6)
    if until > at and energy[at] > 0:
        growth = (energy[until] / energy[at]) ** (1 / (until - at)) - 1
        demand.setdefault("growth_per_year", round(min(1.0, growth), 6))
    return []


def _first_year(tree: dict) -> int:
    start = mapping(tree, "horizon").get("start")
    if isinstance(start, datetime.date):
        return start.year
    return int(str(start)[:4])
