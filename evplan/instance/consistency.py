"""Faults that need two places of the file: names that must exist, numbers that must agree.

Works on the plain tree, before the schema has accepted it, so that every fault shows at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from evplan.instance.faults import Fault
from evplan.instance.finance import finance_faults
from evplan.instance.futures import future_faults
from evplan.instance.horizon import horizon_faults
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
        *_catalogue(mapping(tree, "catalogue"), mapping(tree, "horizon")),
        *finance_faults(tree),
        *future_faults(tree),
        *portfolio_faults(tree),
        *risk_faults(tree),
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
    faults += _twins(names_of(items(tree, "sites")), ("sites",), "site")
    for i, site in enumerate(items(tree, "sites")):
        if isinstance(site, dict):
            faults += _site(site, ("sites", i), tree)
    return faults


def _format(tree: dict) -> Iterator[Fault]:
    version = tree.get("format")
    if isinstance(version, int) and version > 1:
        yield Fault(("format",), f"is newer than this evplan reads (got {version}, known 1); upgrade evplan")


def _catalogue(catalogue: dict, horizon: dict) -> Iterator[Fault]:
    yield from _twins(names_of(items(catalogue, "chargers")), ("catalogue", "chargers"), "charger type")
    yield from _incentives(catalogue)
    battery, loc = mapping(catalogue, "battery"), ("catalogue", "battery")
    low, high = battery.get("soc_min", 0.1), battery.get("soc_max", 0.95)
    yield from _battery_sizes(battery, horizon.get("years", 15), loc)
    yield from _healths(battery, (*loc, "end_of_life_soh"))
    start = battery.get("soc_start")
    if start is not None and are_numbers(low, high, start) and low < high and not low <= start <= high:
        yield Fault((*loc, "soc_start"), f"must be from soc_min = {low:g} to soc_max = {high:g} (got {start:g})")
    if start is not None and (horizon.get("storage_cycle", "month") != "year" or items(horizon, "weeks")):
        yield Fault((*loc, "soc_start"), "needs horizon.storage_cycle: year, and every hour of the year")
    if not are_numbers(low, high) or not 0 <= high <= low <= 1:
        return
    if "soc_max" in battery:
        yield Fault((*loc, "soc_max"), f"must be greater than soc_min = {low:g} (got {high:g})")
    else:
        yield Fault((*loc, "soc_min"), f"must be less than soc_max = {high:g} (got {low:g})")


def _incentives(catalogue: dict) -> Iterator[Fault]:
    """Yield tax schedules that are two, or do not add up, and a cap where none is known."""
    blocks: list[tuple[Loc, dict]] = [
        (("catalogue", "chargers", i), c) for i, c in enumerate(items(catalogue, "chargers")) if isinstance(c, dict)
    ]
    blocks += [(("catalogue", name), mapping(catalogue, name)) for name in ("solar", "battery")]
    for loc, block in blocks:
        own, here = mapping(block, "incentives"), (*loc, "incentives")
        schedule = items(own, "depreciation")
        if schedule and own.get("macrs_years") is not None:
            yield Fault((*here, "depreciation"), "is a schedule of its own; leave macrs_years out")
        if schedule and are_numbers(*schedule) and abs(sum(schedule) - 1) > 1e-6:
            yield Fault((*here, "depreciation"), f"must sum to 1 (got {sum(schedule):.6g})")
        if own.get("credit_cap") is not None and loc[-1] == "battery":
            yield Fault((*here, "credit_cap"), "is known for chargers and panels only")


def _healths(battery: dict, loc: Loc) -> Iterator[Fault]:
    """Yield states of health that are named twice, or that given years of replacement leave without a meaning."""
    said = items(battery, "end_of_life_soh")
    for j, soh in enumerate(said):
        if soh in said[:j]:
            yield Fault((*loc, j), f"is offered already (got {soh!r} again)")
    if len(said) > 1 and battery.get("replaced_in_years") is not None:
        yield Fault(
            loc, "has no meaning where replaced_in_years says when cells are replaced; leave one of the two out"
        )


def _battery_sizes(battery: dict, years: Any, loc: Loc) -> Iterator[Fault]:
    """Yield durations that no battery has, and replacement years out of order or beyond the plan."""
    least, most, rate = battery.get("min_duration_h", 0), battery.get("max_duration_h"), battery.get("max_c_rate", 1.0)
    if most is not None and are_numbers(least, most) and least > most:
        yield Fault((*loc, "min_duration_h"), f"must be at most max_duration_h = {most:g} (got {least:g})")
    if most is not None and are_numbers(most, rate) and rate > 0 and most < 1 / rate:
        yield Fault((*loc, "max_duration_h"), f"must be at least 1 / max_c_rate = {1 / rate:g} h (got {most:g})")
    again = items(battery, "replaced_in_years")
    if all(is_whole(year) for year in again) and again:
        if again != sorted(set(again)):
            yield Fault((*loc, "replaced_in_years"), f"must ascend (got {again})")
        elif is_whole(years) and again[-1] > years:
            yield Fault((*loc, "replaced_in_years"), f"must be at most horizon.years = {years} (got {again[-1]})")


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
    yield from _twins(names_of(arrays), (*loc, "solar_arrays"), "array")
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
    profile = demand.get("arrival_profile")
    if isinstance(profile, str) and profile not in profile_names():
        known = did_you_mean(profile, profile_names())
        yield Fault((*loc, "arrival_profile"), f"there is no arrival profile {profile!r} in data/profiles{known}")
    rows = mapping(demand, "load_kw").get("step_minutes", 60)
    fitting = measured and is_whole(rows) and rows > 0 and step_minutes in get_args(StepMinutes)
    if fitting and max(rows, step_minutes) % min(rows, step_minutes):
        message = f"must divide horizon.step_minutes = {step_minutes}, or be divided by it (got {rows})"
        yield Fault((*loc, "load_kw", "step_minutes"), message)


def _twins(names: list[str | None], loc: Loc, noun: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name is not None and name in seen:
            yield Fault((*loc, i, "name"), f"another {noun} is already called {name!r}")
        seen.add(str(name))
