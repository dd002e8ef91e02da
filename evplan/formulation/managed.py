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

from evplan.formulation import hosting
from evplan.formulation.battery import previous_step
from evplan.formulation.terms import Terms
from evplan.formulation.values import Values
from evplan.linear.affine import Affine, each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
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
    kinds, giving = managed.envelopes, managed.giving
    nowhere = np.zeros(managed.plugged_kw.shape, bool)
    block.into_kw = Columns(giving.plugged_kw.sum(axis=1) > 0 if giving is not None and len(kinds) > 1 else nowhere)
    block.v2g_kw = Columns(giving.give_kw.sum(axis=1) > 0 if giving is not None and giving.gives else nowhere)
    least = np.array([-np.inf if kind.gives else 0.0 for kind in kinds])
    block.held_kwh = Columns(np.array([_walls(kind) for kind in kinds]), lower=least[:, None, None])


def _walls(kind: Envelope) -> np.ndarray:
    return (kind.upper_kwh.sum(axis=1) > TINY_KWH) | (kind.lower_kwh.sum(axis=1) < -TINY_KWH)


def _hosted(block: Any, managed: ManagedParameters, name: str) -> Affine:
    """Return a series of the vehicles that are hosted, shape (kinds, years, steps)."""
    series = np.stack([np.swapaxes(getattr(kind, name), 1, 2) for kind in managed.envelopes])  # groups last
    return (series * each(block.hosted)[:, None]).sum(3)


def _flows(block: Any, managed: ManagedParameters) -> tuple[Affine, Affine]:
    """Return what goes into vehicles of each kind, and what comes out of them, shape (kinds, years, steps), kW."""
    count = len(managed.envelopes)
    gives = np.arange(count)[:, None, None] == count - 1  # the last kind, if there are two
    served_kw, into_kw = each(block.served_kw).sum(0), each(block.into_kw)
    taken = np.where(gives & (count > 1), 0.0, 1.0) * served_kw + np.where(gives, 1.0, -1.0) * into_kw
    return taken, gives * each(block.v2g_kw)


def _energy(block: Any, site: SiteParameters, managed: ManagedParameters) -> None:
    """Energy is conserved, and held between the walls."""
    kinds, step_h = managed.envelopes, site.clock.step_h
    held_kwh, there, (taken, given) = each(block.held_kwh), block.held_kwh.where, _flows(block, managed)
    lower = np.array([kind.lower_kwh.sum(axis=1) for kind in kinds])
    least = np.array([-np.inf if kind.gives else TINY_KWH for kind in kinds])[:, None, None]
    block.held_energy = Rows(
        held_kwh - held_kwh[..., previous_step(site.clock)] - step_h * taken + step_h * given
        + _hosted(block, managed, "leaving_kwh") == 0, _plugged(managed),
        doc="what vehicles got is held until they leave",
    )  # fmt: skip
    block.soonest = Rows(
        held_kwh - _hosted(block, managed, "upper_kwh") <= 0, there,
        doc="vehicles have not got more than at the earliest they can",
    )  # fmt: skip
    block.latest = Rows(
        held_kwh - _hosted(block, managed, "lower_kwh") >= 0, there & (lower > least),
        doc="vehicles have got enough to be ready when they leave",
    )  # fmt: skip


def _plugged(managed: ManagedParameters) -> np.ndarray:
    return np.array([kind.plugged_kw.sum(axis=1) > 0 for kind in managed.envelopes])


def _power(block: Any, managed: ManagedParameters) -> None:
    """Vehicles take and give no more than those plugged in can, and ports carry no more than their power."""
    served_kw, full_kw, (taken, _) = each(block.served_kw), each(block.full_kw)[..., None], _flows(block, managed)
    v2g_kw, into_kw, wanted = each(block.v2g_kw), each(block.into_kw), block.served_kw.where
    block.plugged_power = Rows(
        taken - _hosted(block, managed, "plugged_kw") <= 0, _plugged(managed),
        doc="vehicles take no more than those plugged in can",
    )  # fmt: skip
    if len(managed.envelopes) > 1:
        block.plain_power = Rows(
            into_kw - served_kw.sum(0) <= 0, block.into_kw.where,
            doc="what goes into vehicles that give back comes from the chargers",
        )  # fmt: skip
    block.give_power = Rows(
        v2g_kw - _hosted(block, managed, "give_kw")[-1] <= 0, block.v2g_kw.where,
        doc="vehicles give no more than those plugged in can",
    )  # fmt: skip
    block.port_power = Rows(
        served_kw.sum(0) + v2g_kw - full_kw.sum(0) <= 0, wanted.any(axis=0), doc="ports carry no more than their power"
    )
    if len(wanted) > 1:
        block.group_power = Rows(
            served_kw - full_kw <= 0, wanted, doc="ports of one kind give no more than their power"
        )


def _together(block: Any, site: SiteParameters, managed: ManagedParameters) -> None:
    """Forbid what would move between vehicles, where plans before this one did."""
    rows = managed.together
    if not rows:
        return
    (taken, given), kind, y = _flows(block, managed), np.array([r.kind for r in rows]), np.array([r.y for r in rows])

    def energy(power: Affine, steps: np.ndarray) -> Affine:
        picked = power[kind[:, None], y[:, None], steps]
        return (picked * (site.clock.step_h[steps] * (steps >= 0))).sum(1)

    hosted = (np.array([row.most_kwh for row in rows]) * each(block.hosted)[y]).sum(1)
    block.taken_together = Rows(
        energy(taken, _padded([row.steps for row in rows])) - energy(given, _padded([row.back for row in rows])) - hosted <= 0,
        doc="vehicles take in some hours no more than each of them can",
    )  # fmt: skip


def _padded(lists: list[tuple[int, ...]]) -> np.ndarray:
    """Return lists of steps side by side, the shorter ones filled up with -1."""
    padded = np.full((len(lists), max(map(len, lists))), -1)
    for row, own in zip(padded, lists, strict=True):
        row[: len(own)] = own
    return padded


def _register(block: Any, site: SiteParameters, managed: ManagedParameters, terms: Terms) -> None:
    v2g_kw, lost = each(block.v2g_kw), site.turned_away_cost_per_kwh
    terms.supply.append(managed.give_efficiency * v2g_kw)
    kwh = managed.wanted_kwh @ site.clock.weight
    sold_kwh = (kwh * each(block.hosted)).sum(1)
    terms.each_year(-site.price_per_kwh * sold_kwh)
    terms.each_year((managed.cost_per_kwh * site.clock.year_h * v2g_kw).sum(1))
    if lost > 0:
        terms.steering.append(lost * (kwh.sum(axis=1) - sold_kwh))


def results(block: Any, site: SiteParameters, values: Values) -> dict[str, Any]:
    """Return the shares hosted, shape (years, groups), and the vehicles' series, shape (years, steps)."""
    managed, shape = site.managed, site.demand_kwh.shape
    assert managed is not None
    held = values.of(block.held_kwh)
    return {
        "hosted": np.clip(values.of(block.hosted), 0.0, 1.0),
        "into_v2g_kw": values.least_0(block.into_kw),
        "v2g_kw": values.least_0(block.v2g_kw),
        "held_kwh": held.sum(axis=0),
        "held_v2g_kwh": held[-1] if managed.giving is not None else np.zeros(shape),
    }
