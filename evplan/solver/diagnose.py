"""Why there is no plan: which inputs clash, where they stand in the file, by how much, and one repair that was tried.

The shares of demand and of critical load in outages (outages.py) that must be served, and a load beside the chargers, are what
can clash. First the largest share that has a plan is solved for: that repair suffices; if there is none, the connection or the
contract is too small for the load.
Then each other limit is relaxed on its own, at a price of 1 per kW and everything else free: what must be given up is the
amount missing, and a limit whose relaxation does not help is not to blame. If none helps alone, all are relaxed together. The
program asked must hold every row: one that cannot bind now may once another limit gives way. A repair is only named once the
site, so repaired, was solved.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from evplan.assets.tariff import Contract
from evplan.errors import EvplanError, InfeasibleError
from evplan.instance.read import Read
from evplan.instance.site import Demand
from evplan.instance.source import Loc
from evplan.parameters.types import ConnectionStepParameters, SiteParameters
from evplan.solver.compile import Program
from evplan.solver.outages import clash_lines, largest_carried, lower_carried, owing_nothing
from evplan.solver.relax import ROWS, has_any, largest_share, missing

Works = Callable[[SiteParameters], bool]  # whether a site has a plan
Repair = tuple[str, SiteParameters]  # what to write in the file, and the site so repaired
KG_PER_T = 1000.0
ROOM = (1.0, 1.02, 1.1, 1.5)  # how much more than is missing to try


def explain(program: Program, site: SiteParameters, status: str, found: Read, works: Works) -> EvplanError:
    """Return the error that tells the user why the site has no plan."""
    if status == "unbounded" and not has_any(program):
        status = "infeasible"  # some solvers say the one for the other
    if status == "unbounded":
        why = "the plan could earn without end; look for a price of energy below the export price"
        return EvplanError(f"site {site.name}: {why}")
    carried = largest_carried(program, site)
    if carried is not None and site.outages is not None and carried < site.outages.min_carried:
        lines = clash_lines(program, site, found, carried)
        return InfeasibleError("\n".join([*lines, _tried(lower_carried(site, carried), works)]))
    share = largest_share(program, site.min_served)
    if share is None:  # perhaps two obligations clash, each for itself
        program = owing_nothing(program)
        share = largest_share(program, site.min_served)
    i = [s.name for s in found.instance.sites].index(site.name)
    if share is None:
        return InfeasibleError(_load_unmet(program, site, found, i, works))
    share = min(share, _by_ports(site))
    alone = [given for limit in ROWS if site.chargers and (given := missing(program, (limit,)))]
    place = found.position(("sites", i, "demand", "min_served"))
    lines = [
        f"{found.path}:{place.line}:{place.column}: sites[{site.name}].demand.min_served: {site.min_served:g} cannot be reached; "
        f"the other limits let at most {share:.4f} of a year's energy be served",
        found.source.excerpt(place),
        *_clashes(alone, program, site, found.instance.sites[i].demand),
        _tried((*_raised(alone, site, found), *_lower_shares(site, share)), works),
    ]
    return InfeasibleError("\n".join(lines))


def _by_ports(site: SiteParameters) -> float:
    """Return the share of the energy that all the ports allowed can host where vehicles stay; 1 where none do."""
    if site.managed is None:
        return 1.0
    return min(table.most_share(_working_ports(site)) for table in site.managed.hosting)


def _working_ports(site: SiteParameters) -> float:
    """Return how many ports work on average if all chargers allowed stand."""
    return sum(c.max_count * c.ports * c.availability for c in site.chargers)


def _tried(repairs: Iterable[Repair], works: Works) -> str:
    """Return the first repair with which the site has a plan."""
    for text, repaired in repairs:
        if works(repaired):
            return f"  One repair that suffices: {text}"
    return "  No single repair was found to suffice."


def _lower_shares(site: SiteParameters, share: float) -> Iterable[Repair]:
    for part in (1.0, 0.99, 0.95, 0.9, 0.0):
        lower = float(np.floor(share * part * 1000) / 1000)
        yield f"sites[{site.name}].demand.min_served: {lower:g}", replace(site, min_served=lower)


def _load_unmet(program: Program, site: SiteParameters, found: Read, i: int, works: Works) -> str:
    """Return why not even the load beside the chargers can be met: the connection or the contract, by how much, what would do."""
    contract = next((tariff.contract for tariff in site.tariffs if tariff.contract is not None), None)
    limits = [limit for limit in ("grid", "contract", "carbon") if site.load_kw.any() and missing(program, (limit,))]
    if not limits and site.load_kw.any() and contract and missing(program, ("grid", "contract")):
        limits = ["grid", "contract"]
    if not limits:
        return f"site {site.name}: the inputs contradict each other, and no single limit repairs it"
    more = (
        missing(program, tuple(limits) if len(limits) > 1 and not missing(program, (limits[0],)) else (limits[0],))
        or {}
    )
    y, t = np.unravel_index(int(np.argmax(site.load_kw)), site.load_kw.shape)
    when = f"{site.clock.start[t]:%d %B, %H:%M} of year {site.years[y]}"
    said_contract = found.instance.tariffs[site.tariff_name].contract
    power_factor = said_contract.power_factor if said_contract is not None else 1.0
    lines = []
    for limit, kw in more.items():
        loc, said = _limit(limit, site, found, i, contract)
        more_of = f"{_up(kw / KG_PER_T):g} t" if limit == "carbon" else f"{_up(kw):,g} kW"
        place = found.position(loc)
        lines += [
            f"{found.path}:{place.line}:{place.column}: {said} cannot carry load_kw, with all the panels and battery allowed: "
            f"{more_of} more would do; the load is highest on {when}: {site.load_kw[y, t]:,.0f} kW",
            found.source.excerpt(place),
        ]
    return "\n".join([*lines, _tried(_larger(site, more, contract, power_factor), works)])


def _limit(limit: str, site: SiteParameters, found: Read, i: int, contract: Contract | None) -> tuple[Loc, str]:
    """Return where a limit stands in the file, and its name and size."""
    if limit == "carbon" and site.carbon is not None:
        return ("carbon", "cap_t_per_year"), f"carbon.cap_t_per_year: {site.carbon.cap_kg / KG_PER_T:g} t"
    if limit == "contract" and contract is not None:
        loc: Loc = ("tariffs", site.tariff_name, "contract")
        return loc, f"tariffs.{site.tariff_name}.contract: {contract.max_kw:g} kW"
    return ("sites", i, "connection"), f"sites[{site.name}].connection: {_largest_kw(site):g} kW"


def _larger(
    site: SiteParameters, more: dict[str, float], contract: Contract | None, power_factor: float
) -> Iterable[Repair]:
    """Yield the site with so much larger a connection, or contract, or both, as is missing, and a little more."""
    for room in ROOM:
        texts, larger = [], site
        if "grid" in more:
            power = round(_largest_kw(site) + room * _up(more["grid"]), 1)
            texts.append(f"a step of {power:,g} kW in sites[{site.name}].connection.steps")
            larger = replace(larger, connection_steps=(ConnectionStepParameters(power, 0.0),))
        if "contract" in more and contract is not None:
            most = round(contract.max_kw + room * _up(more["contract"]), 1)
            texts.append(f"tariffs.{site.tariff_name}.contract.max_kva: {math.ceil(10 * most / power_factor) / 10:.1f}")
            larger = replace(larger, tariffs=tuple(
                replace(tariff, contract=tariff.contract and replace(tariff.contract, max_kw=most)) for tariff in site.tariffs
            ))  # fmt: skip
        if "carbon" in more and site.carbon is not None:
            tonnes = round(site.carbon.cap_kg / KG_PER_T + room * _up(more["carbon"] / KG_PER_T), 1)
            texts.append(f"carbon.cap_t_per_year: {tonnes:.1f}")
            larger = replace(larger, carbon=replace(site.carbon, cap_kg=tonnes * KG_PER_T))
        yield ", and ".join(texts), larger


def _raised(alone: list[dict[str, float]], site: SiteParameters, found: Read) -> Iterable[Repair]:
    """Yield a raise of each limit that is short by itself, so that what is owed need not be lowered."""
    contract = next((tariff.contract for tariff in site.tariffs if tariff.contract is not None), None)
    said = found.instance.tariffs[site.tariff_name].contract
    for more in alone:
        if set(more) <= {"grid", "contract", "carbon"}:
            yield from _larger(site, more, contract, said.power_factor if said is not None else 1.0)


def _clashes(alone: list[dict[str, float]], program: Program, site: SiteParameters, demand: Demand) -> list[str]:
    """Return a line for each other limit that takes part in the clash, with when and by how much.

    alone : what each limit that is to blame by itself lacks.
    """
    demand_kw = site.demand_kwh / site.clock.step_h
    y, t = np.unravel_index(int(np.argmax(demand_kw)), demand_kw.shape)
    when = f"{site.clock.start[t]:%d %B, %H:%M} of year {site.years[y]}"
    lines = [f"  Demand is highest on {when}: {demand_kw[y, t]:,.0f} kW."]
    if not site.chargers:
        least = f"a port of at least min_charger_kw = {demand.min_charger_kw:g} kW"
        return [*lines, f"  It clashes with the catalogue: no charger type that is allowed here has {least}."]
    together = {} if alone else missing(program, tuple(ROWS)) or {}
    if together:
        lines.append("  Two limits are short together; each must give way:")
    for found in alone or [together]:
        lines += [SAID[limit](site, _up(kw)) for limit, kw in found.items()]
    return lines


def _grid(site: SiteParameters, more_kw: float) -> str:
    return f"  It clashes with sites[{site.name}].connection: {_largest_kw(site):g} kW at most; {more_kw:,g} kW more would do."


def _contract(site: SiteParameters, more_kw: float) -> str:
    most = max(tariff.contract.max_kw for tariff in site.tariffs if tariff.contract is not None)
    return f"  It clashes with tariffs.{site.tariff_name}.contract: {most:g} kW at most; {more_kw:,g} kW more would do."


def _ports(site: SiteParameters, more_kw: float) -> str:
    types = ", ".join(f"{c.name} up to {c.max_count}" for c in site.chargers)
    waits = any(c.waits for c in site.chargers)
    carried = sum(float(c.capacity_kw[-1, -1]) for c in site.chargers)
    within = " within the waiting limit" if waits else ""
    relax = ", or relax max_wait_min" if waits else ""
    return (
        f"  It clashes with the chargers ({types}): together they carry {carried:,.0f} kW{within}; "
        f"{more_kw:,g} kW more would do: raise max_count{relax}."
    )


def _carbon(site: SiteParameters, more_kg: float) -> str:
    assert site.carbon is not None
    cap, more = site.carbon.cap_kg / KG_PER_T, _up(more_kg / KG_PER_T)
    return f"  It clashes with carbon.cap_t_per_year: {cap:,.10g} t; {more:,.10g} t more would do."


def _sockets(site: SiteParameters, more: float) -> str:
    """Say how many ports are short, counted from who finds one; the relaxed program's own answer may be too small."""
    types = ", ".join(f"{c.name} up to {c.max_count}" for c in site.chargers)
    working, tables = _working_ports(site), site.managed.hosting if site.managed else ()
    enough = max((table.fewest_ports(site.min_served) for table in tables), default=0)
    return (
        f"  It clashes with the chargers ({types}): vehicles that stay take a port each; "
        f"{max(math.ceil(enough - working), math.ceil(more)):,} more working ports would do: raise max_count."
    )


SAID = {"grid": _grid, "ports": _ports, "contract": _contract, "carbon": _carbon, "sockets": _sockets}


def _largest_kw(site: SiteParameters) -> float:
    return max([site.existing_kw, *(step.power_kw for step in site.connection_steps)])


def _up(amount: float) -> float:
    """Return an amount rounded up to a tenth, so that it suffices as it is printed."""
    return math.ceil(10 * amount + 0.01) / 10
