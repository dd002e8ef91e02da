"""Vehicles that stay: when, between as soon as possible and as late as possible, they are charged, and what they give back.

    hosted[y,j]          share of the vehicles of port group j that are served (hosting.py)     0 ... 1
    served_kw[g,y,t]     power into all vehicles from charger group g (chargers.py)             >= 0
    into_kw[y,t]         of it, into vehicles that also give back, if there are both kinds      >= 0
    v2g_kw[y,t]          power out of them                                                      >= 0
    held_kwh[f,y,t]      what the vehicles of kind f plugged in at the end of a step got so far, kWh

    held[f,t] = held[f,t-1] + h (into[f,t] - v2g[t]) - sum over j of leaving[f,j,t] hosted[j]   held_energy
    sum over j of lower[f,j,t] hosted[j] <= held[f,t] <= sum over j of upper[f,j,t] hosted[j]   latest, soonest
    into[f,t] <= sum over j of plugged[f,j,t] hosted[j]                                         plugged_power
    v2g[t] <= sum over j of give[j,t] hosted[j]                                                 give_power
    sum over t in S of h into[f,t] <= sum over j of most[j,S] hosted[j] + sum over t in B of h v2g[t]   taken_together
    into[giving,t] <= sum over g of served[g,t]                                                 plain_power
    sum over g of served[g,t] + v2g[t] <= sum over g of full_kw[g,y], served[g,t] <= full_kw[g,y]   port_power, group_power

Held energy closes over each block. Whoever is hosted leaves with all that it wants. Income: the price of what vehicles leave with,
not of what they give back and take again. Yearly: payments to drivers and wear of their cells, per kWh out of vehicles.
`parameters/envelope.py` says what the walls are, `solution/together.py` which sets S of steps get a row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.formulation import hosting
from evplan.formulation.battery import previous_step
from evplan.formulation.terms import Terms
from evplan.formulation.values import Values
from evplan.linear import Linear, Pairs
from evplan.parameters.fleet import Envelope, ManagedParameters
from evplan.parameters.types import SiteParameters

TINY_KWH = 1e-9  # a wall closer to 0 than this is none: what is left of sums of vehicles


def add(block: Any, site: SiteParameters, terms: Terms) -> None:
    """Add vehicles that stay to the site's block; its chargers are there already."""
    managed = site.managed
    assert managed is not None
    hosting.add(block, site, managed)
    _columns(block, managed)
    _energy(block, site, managed)
    _power(block, managed)
    _together(block, site, managed)
    _register(block, site, managed, terms)


def _columns(block: Any, managed: ManagedParameters) -> None:
    """Add what goes into each kind of vehicle, comes out, and is held, only where vehicles are plugged in."""
    kinds = managed.envelopes
    block.PLUGGED_FYT = pyo.Set(
        initialize=_where([kind.plugged_kw.sum(axis=1) > 0 for kind in kinds]), ordered=True, dimen=3
    )
    block.HELD_FYT = pyo.Set(initialize=_where([_walls(kind) for kind in kinds]), ordered=True, dimen=3)
    giving = managed.giving
    both, gives = len(kinds) > 1, giving is not None and giving.gives
    into = _where([giving.plugged_kw.sum(axis=1) > 0]) if giving is not None and both else []
    out = _where([giving.give_kw.sum(axis=1) > 0]) if giving is not None and gives else []
    block.INTO_YT = pyo.Set(initialize=[(y, t) for _, y, t in into], ordered=True, dimen=2)
    block.GIVE_YT = pyo.Set(initialize=[(y, t) for _, y, t in out], ordered=True, dimen=2)
    block.into_kw = pyo.Var(block.INTO_YT, domain=pyo.NonNegativeReals)
    block.v2g_kw = pyo.Var(block.GIVE_YT, domain=pyo.NonNegativeReals)
    block.held_kwh = pyo.Var(block.HELD_FYT, bounds=lambda b, f, y, t: (None if kinds[f].gives else 0, None))


def _walls(kind: Envelope) -> np.ndarray:
    return (kind.upper_kwh.sum(axis=1) > TINY_KWH) | (kind.lower_kwh.sum(axis=1) < -TINY_KWH)


def _where(marks: list[np.ndarray]) -> list[tuple[int, int, int]]:
    return [(f, y, t) for f, mark in enumerate(marks) for y, t in np.argwhere(mark).tolist()]


def _hosted(block: Any, series: np.ndarray, y: int, t: int, sign: float = -1.0) -> Pairs:
    """Return a series of the vehicles that are hosted, shape (years, groups, steps), at one step, as pairs."""
    return [(sign * value, block.hosted[y, j]) for j, value in enumerate(series[y, :, t].tolist()) if value]


def _flows(block: Any, managed: ManagedParameters) -> Any:
    """Return functions of (kind, year, step): what goes into vehicles of that kind, and what comes out of them, as pairs."""
    both, gives = len(managed.envelopes) > 1, set(block.GIVE_YT)
    into, groups, giving, wanted = set(block.INTO_YT), tuple(block.G), len(managed.envelopes) - 1, set(block.WANTED_YT)

    def taken(f: int, y: int, t: int) -> Pairs:
        own = [(1.0, block.into_kw[y, t])] if (y, t) in into else []
        if both and f == giving:
            return own
        served = [(1.0, block.served_kw[g, y, t]) for g in groups] if (y, t) in wanted else []
        return [*served, *((-a, v) for a, v in own)]

    def given(f: int, y: int, t: int) -> Pairs:
        return [(1.0, block.v2g_kw[y, t])] if f == giving and (y, t) in gives else []

    return taken, given


def _energy(block: Any, site: SiteParameters, managed: ManagedParameters) -> None:
    """Energy is conserved, and held between the walls."""
    kinds, before, step_h = managed.envelopes, previous_step(site.clock), site.clock.step_h.tolist()
    held, (taken, given) = set(block.HELD_FYT), _flows(block, managed)

    def energy(b: Any, f: int, y: int, t: int) -> Any:
        now = [(1.0, b.held_kwh[f, y, t])] if (f, y, t) in held else []
        then = [(-1.0, b.held_kwh[f, y, before[t]])] if (f, y, before[t]) in held else []
        flows = [(-step_h[t] * a, v) for a, v in taken(f, y, t)] + [(step_h[t] * a, v) for a, v in given(f, y, t)]
        return Linear([*now, *then, *flows, *_hosted(b, kinds[f].leaving_kwh, y, t, 1.0)]) == 0

    def wall(series: np.ndarray, f: int, y: int, t: int) -> Any:
        return Linear([(1.0, block.held_kwh[f, y, t]), *_hosted(block, series, y, t)])

    lower = [kind.lower_kwh.sum(axis=1) for kind in kinds]
    least = [-np.inf if kind.gives else TINY_KWH for kind in kinds]
    block.held_energy = pyo.Constraint(block.PLUGGED_FYT, rule=energy, doc="what vehicles got is held until they leave")
    block.soonest = pyo.Constraint(
        block.HELD_FYT, rule=lambda b, f, y, t: wall(kinds[f].upper_kwh, f, y, t) <= 0,
        doc="vehicles have not got more than at the earliest they can",
    )  # fmt: skip
    block.latest = pyo.Constraint(
        [(f, y, t) for f, y, t in block.HELD_FYT if lower[f][y, t] > least[f]],
        rule=lambda b, f, y, t: wall(kinds[f].lower_kwh, f, y, t) >= 0,
        doc="vehicles have got enough to be ready when they leave",
    )  # fmt: skip


def _power(block: Any, managed: ManagedParameters) -> None:
    """Vehicles take and give no more than those plugged in can, and ports carry no more than their power."""
    kinds, (taken, given) = managed.envelopes, _flows(block, managed)
    groups, giving = tuple(block.G), len(kinds) - 1

    def plugged(b: Any, f: int, y: int, t: int) -> Any:
        return Linear([*taken(f, y, t), *_hosted(b, kinds[f].plugged_kw, y, t)]) <= 0

    def gives(b: Any, y: int, t: int) -> Any:
        return Linear([(1.0, b.v2g_kw[y, t]), *_hosted(b, kinds[giving].give_kw, y, t)]) <= 0

    def ports(b: Any, y: int, t: int) -> Any:
        served = [(1.0, b.served_kw[g, y, t]) for g in groups]
        return Linear([*served, *given(giving, y, t), *((-1.0, b.full_kw[g, y]) for g in groups)]) <= 0

    block.plugged_power = pyo.Constraint(
        block.PLUGGED_FYT, rule=plugged, doc="vehicles take no more than those plugged in can"
    )
    if len(kinds) > 1:
        block.plain_power = pyo.Constraint(
            [(y, t) for y, t in block.INTO_YT],
            rule=lambda b, y, t: Linear([(1.0, b.into_kw[y, t]), *((-1.0, b.served_kw[g, y, t]) for g in groups)]) <= 0,
            doc="what goes into vehicles that give back comes from the chargers",
        )
    block.give_power = pyo.Constraint(block.GIVE_YT, rule=gives, doc="vehicles give no more than those plugged in can")
    block.port_power = pyo.Constraint(block.WANTED_YT, rule=ports, doc="ports carry no more than their power")
    if len(groups) > 1:
        block.group_power = pyo.Constraint(
            block.G, block.WANTED_YT,
            rule=lambda b, g, y, t: Linear([(1.0, b.served_kw[g, y, t]), (-1.0, b.full_kw[g, y])]) <= 0,
            doc="ports of one kind give no more than their power",
        )  # fmt: skip


def _together(block: Any, site: SiteParameters, managed: ManagedParameters) -> None:
    """Forbid what would move between vehicles, where plans before this one did."""
    step_h, (taken, given) = site.clock.step_h.tolist(), _flows(block, managed)

    def most(b: Any, n: int) -> Any:
        row = managed.together[n]
        into = [(step_h[t] * a, v) for t in row.steps for a, v in taken(row.kind, row.y, t)]
        back = [(-step_h[t] * a, v) for t in row.back for a, v in given(row.kind, row.y, t)]
        hosted = [(-kwh, b.hosted[row.y, j]) for j, kwh in enumerate(row.most_kwh.tolist()) if kwh]
        return Linear([*into, *back, *hosted]) <= 0

    block.taken_together = pyo.Constraint(
        range(len(managed.together)), rule=most, doc="vehicles take in some hours no more than each of them can"
    )


def _register(block: Any, site: SiteParameters, managed: ManagedParameters, terms: Terms) -> None:
    gives, year_h, lost = set(block.GIVE_YT), site.clock.year_h, site.turned_away_cost_per_kwh
    terms.supply.append(lambda y, t: [(managed.give_efficiency, block.v2g_kw[y, t])] if (y, t) in gives else [])
    kwh = managed.wanted_kwh @ site.clock.weight
    for y in block.Y:
        sold = [(float(kwh[y, j]), block.hosted[y, j]) for yy, j in block.HOSTED_YJ if yy == y]
        terms.each_year(y, Linear((-site.price_per_kwh * a, v) for a, v in sold))
        if managed.cost_per_kwh > 0:
            own = [(managed.cost_per_kwh * float(year_h[t]), block.v2g_kw[yy, t]) for yy, t in block.GIVE_YT if yy == y]
            terms.each_year(y, Linear(own))
        if lost > 0:
            away = Linear(((-lost * a, v) for a, v in sold), constant=lost * float(kwh[y].sum()))
            terms.steering.setdefault(y, []).append(away)


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return the shares hosted, shape (years, groups), and the vehicles' series, shape (years, steps)."""
    managed = site.managed
    assert managed is not None
    shape, giving = site.demand_kwh.shape, len(managed.envelopes) - 1
    held = np.zeros((max(1, giving + 1), *shape))
    _put(held, block.HELD_FYT, values.of(block.held_kwh))
    into, out, hosted = np.zeros(shape), np.zeros(shape), np.zeros(managed.group_ports.shape)
    _put(hosted, block.HOSTED_YJ, np.clip(values.of(block.hosted), 0.0, 1.0))
    _put(into, block.INTO_YT, np.maximum(values.of(block.into_kw), 0.0))
    _put(out, block.GIVE_YT, np.maximum(values.of(block.v2g_kw), 0.0))
    return {
        "hosted": hosted,
        "into_v2g_kw": into,
        "v2g_kw": out,
        "held_kwh": held.sum(axis=0),
        "held_v2g_kwh": held[giving] if managed.giving is not None else np.zeros(shape),
    }


def _put(series: np.ndarray, places: Any, found: np.ndarray) -> None:
    """Write values at their places."""
    at = list(places)
    if at:
        series[tuple(np.array(at).T)] = found
