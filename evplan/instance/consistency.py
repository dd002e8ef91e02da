"""Faults that need two places of the file: names that must exist, numbers that must agree.

Works on the plain tree, before the schema has accepted it, so that every fault shows at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from evplan.instance.dotted import leading_nowhere
from evplan.instance.equipment import equipment_faults, twins
from evplan.instance.faults import Fault
from evplan.instance.finance import finance_faults
from evplan.instance.futures import future_faults
from evplan.instance.horizon import horizon_faults
from evplan.instance.host import host_faults
from evplan.instance.managed import managed_faults
from evplan.instance.outages import outage_faults
from evplan.instance.portfolio import portfolio_faults
from evplan.instance.profiles import profile_names
from evplan.instance.rates import coincident_faults, edge_faults, line_faults, tariff_faults
from evplan.instance.risk import risk_faults
from evplan.instance.schema import StepMinutes
from evplan.instance.source import Loc
from evplan.instance.suggest import did_you_mean
from evplan.instance.tree import are_numbers, is_whole, items, mapping, names_of


def inconsistencies(tree: Any) -> list[Fault]:
    """Return every fault between parts of the file."""
    faults = [
        *_format(tree),
        *horizon_faults(mapping(tree, "horizon")),
        *equipment_faults(mapping(tree, "catalogue"), mapping(tree, "horizon")),
        *finance_faults(tree),
        *future_faults(tree),
        *portfolio_faults(tree),
        *risk_faults(tree),
        *leading_nowhere(tree, "sources"),
        *outage_faults(tree),
    ]
    for name, tariff in mapping(tree, "tariffs").items():
        faults += tariff_faults(tariff, ("tariffs", name))
        faults += coincident_faults(tariff, ("tariffs", name), items(mapping(tree, "horizon"), "weeks"))
        faults += line_faults(tariff, ("tariffs", name), mapping(tree, "horizon").get("years", 15))
        faults += edge_faults(tariff, ("tariffs", name), mapping(tree, "horizon").get("step_minutes", 60))
    carbon = mapping(tree, "carbon")
    if carbon and (carbon.get("grid_series") is None) == (carbon.get("grid_kg_per_kwh") is None):
        faults.append(Fault(("carbon",), "needs grid_kg_per_kwh or grid_series, and one of them only", True))
    faults += twins(names_of(items(tree, "sites")), ("sites",), "site")
    for i, site in enumerate(items(tree, "sites")):
        if isinstance(site, dict):
            faults += _site(site, ("sites", i), tree)
    return faults


def _format(tree: dict) -> Iterator[Fault]:
    version = tree.get("format")
    if isinstance(version, int) and version > 1:
        yield Fault(("format",), f"is newer than this evplan reads (got {version}, known 1); upgrade evplan")


def _site(site: dict, loc: Loc, tree: dict) -> Iterator[Fault]:
    tariff, tariffs = site.get("tariff"), list(mapping(tree, "tariffs"))
    offers = (
        [(("tariff",), tariff)]
        if isinstance(tariff, str)
        else [(("tariff", j), t) for j, t in enumerate(items(site, "tariff"))]
    )
    for j, (place, name) in enumerate(offers):
        if isinstance(name, str) and name in [other for _, other in offers[:j]]:
            yield Fault((*loc, *place), f"is offered already (got {name!r} again)")
        if isinstance(name, str) and tariffs and name not in tariffs:
            yield Fault((*loc, *place), f"there is no tariff {name!r}{did_you_mean(name, tariffs)}")
    types = items(mapping(tree, "catalogue"), "chargers")
    if not any("use" in entry for entry in types if isinstance(entry, dict)):  # one left over has a fault of its own
        yield from _chargers(items(site, "chargers"), [name for name in names_of(types) if name], (*loc, "chargers"))
    yield from _connection(mapping(site, "connection"), (*loc, "connection"))
    yield from _equal_steps(mapping(site, "connection"), (*loc, "connection"))
    yield from _standing(site, loc, mapping(tree, "catalogue"))
    yield from host_faults(site, loc, tree)
    streams = items(site, "other_revenue")
    yield from twins(names_of(streams), (*loc, "other_revenue"), "stream of income")
    for j, stream in enumerate(streams):
        if isinstance(stream, dict) and stream.get("per_year") is None and stream.get("per_kwh_sold") is None:
            yield Fault((*loc, "other_revenue", j), "needs per_year, per_kwh_sold, or both: it brings nothing", True)
    if isinstance(site.get("demand"), dict):
        if site.get("price_per_kwh") is None:
            yield Fault((*loc, "price_per_kwh"), "is missing: what drivers pay per kWh", True)
        managed = site["demand"].get("managed") is not None
        if managed:
            vehicle = mapping(mapping(tree, "catalogue"), "vehicle")
            yield from managed_faults(site["demand"], (*loc, "demand"), vehicle)
        yield from _demand(site["demand"], (*loc, "demand"), mapping(tree, "horizon").get("step_minutes", 60), managed)


def _standing_battery(existing: dict, battery: dict, loc: Loc) -> Iterator[Fault]:
    """Yield a battery that stands in sizes that the catalogue's cells and durations do not allow."""
    kw, kwh, rate = existing.get("battery_kw", 0), existing.get("battery_kwh", 0), battery.get("max_c_rate", 1.0)
    least, most = battery.get("min_duration_h", 0), battery.get("max_duration_h")
    if not are_numbers(kw, kwh, rate, least):
        return
    if kw > 0 and not kwh:
        yield Fault((*loc, "battery_kw"), "needs battery_kwh beside it")
    elif kw > rate * kwh:
        yield Fault((*loc, "battery_kw"), f"must be at most max_c_rate x battery_kwh = {rate * kwh:g} (got {kw:g})")
    elif kwh < least * kw or (most is not None and are_numbers(most) and kwh > most * kw):
        yield Fault(
            (*loc, "battery_kwh"),
            f"must last from min_duration_h to max_duration_h at battery_kw = {kw:g} (got {kwh:g})",
        )


def _standing(site: dict, loc: Loc, catalogue: dict) -> Iterator[Fault]:
    """Yield what stands at a site without the catalogue knowing it, and arrays that share a name or hold too much."""
    existing, arrays = mapping(site, "existing"), items(site, "solar_arrays")
    for field, noun in (("solar_kw", "solar"), ("battery_kwh", "battery")):
        if existing.get(field) and catalogue.get(noun) is None:
            yield Fault((*loc, "existing", field), f"needs catalogue.{noun}, which says how it is kept up")
    yield from _standing_battery(existing, mapping(catalogue, "battery"), (*loc, "existing"))
    if existing.get("solar_kw") and arrays:
        yield Fault((*loc, "existing", "solar_kw"), "stands in one of solar_arrays: say existing_kw there")
    if arrays and catalogue.get("solar") is None:
        yield Fault((*loc, "solar_arrays"), "needs catalogue.solar, which says what panels cost")
    types = [name for name in names_of(items(catalogue, "chargers")) if name]
    for name in mapping(existing, "chargers"):
        if name not in types:
            yield Fault(
                (*loc, "existing", "chargers", name), f"there is no charger type {name!r}{did_you_mean(name, types)}"
            )
    yield from twins(names_of(arrays), (*loc, "solar_arrays"), "array")
    for i, array in enumerate(arrays):
        most, stands = (array.get("max_kw"), array.get("existing_kw", 0)) if isinstance(array, dict) else (None, 0)
        if most is not None and are_numbers(most, stands) and stands > most:
            yield Fault((*loc, "solar_arrays", i, "existing_kw"), f"must be at most max_kw = {most:g} (got {stands:g})")


def _chargers(names: list, types: list[str], loc: Loc) -> Iterator[Fault]:
    for i, name in enumerate(names):
        if isinstance(name, str) and name not in types:
            yield Fault((*loc, i), f"there is no charger type {name!r}{did_you_mean(name, types)}")
        elif name in names[:i]:
            yield Fault((*loc, i), f"is in the list already (got {name!r} again)")


def _connection(connection: dict, loc: Loc) -> Iterator[Fault]:
    existing = connection.get("existing_kw", 0)
    for j, step in enumerate(items(connection, "steps")):
        power = step.get("power_kw") if isinstance(step, dict) else None
        if are_numbers(power, existing) and power <= existing:
            yield Fault(
                (*loc, "steps", j, "power_kw"),
                f"must be greater than existing_kw = {existing:g} (got {power:g}): a step is a total, not an addition",
            )


def _equal_steps(connection: dict, loc: Loc) -> Iterator[Fault]:
    powers = [step.get("power_kw") if isinstance(step, dict) else None for step in items(connection, "steps")]
    for j, power in enumerate(powers):
        if power is not None and power in powers[:j]:
            yield Fault((*loc, "steps", j, "power_kw"), f"another step already has {power:g} kW; keep the cheaper one")


def _demand(demand: dict, loc: Loc, step_minutes: Any, managed: bool) -> Iterator[Fault]:
    drawn, measured = demand.get("sessions_per_day") is not None, demand.get("load_kw") is not None
    if drawn == measured and not managed:
        yield Fault(loc, "needs sessions_per_day with energy_kwh, or load_kw" + (", not both" if drawn else ""), True)
    if drawn and demand.get("energy_kwh") is None:
        yield Fault((*loc, "sessions_per_day"), "needs energy_kwh: {mean, sd} beside it", True)
    if measured and demand.get("max_wait_min") is not None and demand.get("energy_kwh") is None:
        yield Fault(
            (*loc, "max_wait_min"),
            "needs energy_kwh: {mean} beside it: waiting depends on how long a session charges",
            True,
        )
    if demand.get("peak_days") is not None and not measured:
        yield Fault((*loc, "peak_days"), "needs load_kw beside it: they are days of that series", True)
    days = [str(day)[5:10] for day in items(mapping(demand, "peak_days"), "days")]
    for i, day in enumerate(days):
        if day in days[:i]:
            yield Fault((*loc, "peak_days", "days", i), f"month and day are in the list already (got {day} again)")
        if day == "02-29":
            yield Fault((*loc, "peak_days", "days", i), "29 February is no day of the planned year")
    levels = items(demand, "by_year")
    if levels and are_numbers(*levels) and not any(levels):
        yield Fault((*loc, "by_year"), "holds nothing but 0: nobody would come in any year")
    if demand.get("matched") and (managed or not drawn):
        yield Fault(
            (*loc, "matched"), "needs sessions_per_day, of vehicles that charge as they come: others are not drawn so"
        )
    profile = demand.get("arrival_profile")
    if isinstance(profile, str) and profile not in profile_names():
        known = did_you_mean(profile, profile_names())
        yield Fault((*loc, "arrival_profile"), f"there is no arrival profile {profile!r} in data/profiles{known}")
    rows = mapping(demand, "load_kw").get("step_minutes", 60)
    fitting = measured and is_whole(rows) and rows > 0 and step_minutes in get_args(StepMinutes)
    if fitting and max(rows, step_minutes) % min(rows, step_minutes):
        message = f"must divide horizon.step_minutes = {step_minutes}, or be divided by it (got {rows})"
        yield Fault((*loc, "load_kw", "step_minutes"), message)
