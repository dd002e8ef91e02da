"""Prices in the plan file of a station, recomputed from those of the base, in money of its first year."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evplan.errors import InstanceError
from evplan.instance.context import TARIFF
from evplan.instance.read import read
from evplan.instance.schema import Instance
from evplan.instance.tariff import EnergyPrice, Tariff
from evplan.region.read import ReadRegion
from evplan.region.summed import same
from evplan.region.tables import REFUSED

BILLED = re.compile(r"(^|_)per_(kwh|kw_month|kw_year|kva_month|month)$")  # of a tariff; its other numbers are no prices
OWN = ("name", "demand", "connection", "existing", "programmes")  # of a station itself; programmes may be files
BUILT = ("cost", "install_cost", "cost_per_kw", "cost_per_kwh")


def as_priced(region: ReadRegion, row: dict[str, Any], folder: Path) -> bool:
    """Return whether a plan file buys, sells and builds at the prices of the year in which it begins, and counts as the base does."""
    try:
        own = read(folder / row["run"] / "plan.yaml").instance
    except InstanceError:
        return bool(row["state"] == REFUSED)
    base, said = region.base.instance, region.base.source.tree
    years, rise = int(row["opens"]) - base.horizon.start.year, 1 + base.finance.inflation
    rates = (base.finance.electricity_escalation, base.finance.om_escalation)
    bills, upkeep = (1.0 if rate is None else ((1 + rate) / rise) ** years for rate in rates)
    like = next(site for site in base.sites if site.setting == row["setting"])
    return (
        own.finance == base.finance
        and own.horizon.start.year == int(row["opens"])
        and _as_before(own.sites[0].model_dump(mode="json")) == _as_before(like.model_dump(mode="json"))
        and (bool(row.get("feeder")) or own.sites[0].connection == like.connection)
        and (
            all(_same_tariff(base, own, name, bills) for name in base.tariffs)
            if "tariffs" in said
            else _citys_price(region, own, folder)
        )
        and len(own.catalogue.chargers) == len(base.catalogue.chargers)
        and all(_same_equipment(*pair, upkeep, years) for pair in zip(_equipment(base), _equipment(own), strict=True))
    )


def _citys_price(region: ReadRegion, own: Instance, folder: Path) -> bool:
    """Return whether all energy is bought at the price that the city has in the year in which a plan begins. folder : of the region."""
    there, base = region.city_folder(folder), region.base
    if there is None and base.instance.context is None:
        return False
    file = there / "city.json" if there is not None else base.path.parent / base.instance.context.file  # type: ignore[union-attr]
    city = json.loads(file.read_text(encoding="utf-8"))
    price = city["price_per_kwh"][city["years"].index(own.horizon.start.year)]
    return own.tariffs == {TARIFF: Tariff(energy=(EnergyPrice(price_per_kwh=price),))}


def _same_tariff(base: Instance, own: Instance, name: str, bills: float) -> bool:
    if name not in own.tariffs:
        return False
    both = [one.tariffs[name].model_dump(mode="json") for one in (base, own)]
    was, now = (dict(_numbers(one)) for one in both)
    if _texts(both[0]) != _texts(both[1]):
        return False
    if base.tariffs[name].energy_series is not None:
        was["energy_series", "scale"] *= bills
    return was.keys() == now.keys() and all(
        same(now[place], value * (bills if BILLED.search(str(place[-1])) else 1.0)) for place, value in was.items()
    )


def _equipment(one: Instance) -> list[dict[str, Any]]:
    """Return what costs something in a catalogue."""
    parts = (*one.catalogue.chargers, one.catalogue.solar, one.catalogue.battery)
    return [part.model_dump() if part is not None else {} for part in parts]


def _same_equipment(was: dict[str, Any], now: dict[str, Any], upkeep: float, years: int) -> bool:
    """Return whether every number is the same, but for what is built, cheaper by the year, and what its upkeep costs."""
    change = (1 + was.get("cost_change_per_year", 0.0)) ** years
    numbers = dict(_numbers(now))
    factors = {(name,): change for name in BUILT} | {(name,): upkeep for name in was if name.startswith("om_")}
    return all(same(numbers.get(place), value * factors.get(place, 1.0)) for place, value in _numbers(was))


def _as_before(site: dict[str, Any]) -> dict[tuple[Any, ...], Any]:
    """Return what a site is like, but for who comes, what stands, and what it is connected by."""
    kept = {name: value for name, value in site.items() if name not in OWN}
    return {**_texts(kept), **dict(_numbers(kept))}


def _texts(node: Any, place: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """Return every text and truth of a tree with its place, but for dates, which move, and files, which are brought along."""
    if isinstance(node, dict | list | tuple):
        named = node.items() if isinstance(node, dict) else enumerate(node)
        skipped = {"file", "start"} if isinstance(node, dict) and "column" in node else {"holidays", "hours"}
        parts = (_texts(value, (*place, name)) for name, value in named if name not in skipped)
        return {key: value for part in parts for key, value in part.items()}
    return {place: node} if isinstance(node, str | bool) else {}


def _numbers(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], float]]:
    """Yield every number of a tree with its place."""
    if isinstance(node, dict | list | tuple):
        for name, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _numbers(value, (*place, name))
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield place, float(node)
