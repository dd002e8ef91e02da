"""The laws of vehicles that stay, each as a residual: energy held, walls, powers, ports, and who is hosted."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from evplan.parameters.fleet import Envelope, ManagedParameters
from evplan.parameters.types import SiteParameters
from evplan.solution.residuals import Residuals, excess_of, growth
from evplan.solution.tables import SiteSolution, hosted_share


def staying(site: SiteParameters, managed: ManagedParameters, plan: SiteSolution) -> Residuals:
    """Return the residual of every law of vehicles that stay."""
    each = zip(managed.envelopes, _flows(managed, plan), strict=True)
    kinds = [_Kind(_hosted(envelope, plan.hosted), *flows) for envelope, flows in each]
    scale = max(1.0, float(site.takes_kw.max(initial=0.0)))
    stores = max(1.0, *(float(np.abs(kind.may.upper_kwh).max(initial=0.0)) for kind in kinds)) if kinds else 1.0
    owed = site.min_served - hosted_share(site, plan)
    return {
        "held energy": max((_unbalanced(site, kind) for kind in kinds), default=0.0) / stores,
        "held between walls": max((_outside(kind) for kind in kinds), default=0.0) / stores,
        "plugged power": max((excess_of(kind.taken_kw - kind.may.plugged_kw) for kind in kinds), default=0.0) / scale,
        "given power": max((excess_of(kind.given_kw - kind.may.give_kw) for kind in kinds), default=0.0) / scale,
        "port power": _port_power(site, plan) / scale,
        "vehicles hosted": _ports_over(site, managed, plan),
        "served share": excess_of(owed[site.demand_kwh.any(axis=1)]),
    }


def _hosted(envelope: Envelope, hosted: np.ndarray) -> Envelope:
    """Return the envelope of the vehicles that are hosted, shape (years, steps)."""
    parts = {field.name: np.einsum("yj,yjt->yt", hosted, getattr(envelope, field.name)) for field in fields(Envelope)}
    return Envelope(**parts)


@dataclass(frozen=True)
class _Kind:
    """Vehicles that only take, or that also give: what those hosted allow, and what a plan does with them."""

    may: Envelope
    taken_kw: np.ndarray
    given_kw: np.ndarray
    held_kwh: np.ndarray


def _flows(managed: ManagedParameters, plan: SiteSolution) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return what goes into each kind of vehicle, comes out of it, and is held by it."""
    nothing, served = np.zeros_like(plan.v2g_kw), plan.served_total_kw
    if managed.giving is None:
        return [(served, plan.v2g_kw, plan.held_kwh)] if managed.taking is not None else []
    if managed.taking is None:
        return [(served, plan.v2g_kw, plan.held_kwh)]
    own = (served - plan.into_v2g_kw, nothing, plan.held_kwh - plan.held_v2g_kwh)
    return [own, (plan.into_v2g_kw, plan.v2g_kw, plan.held_v2g_kwh)]


def _unbalanced(site: SiteParameters, kind: _Kind) -> float:
    """What vehicles hold grows by what goes in, less what comes out, less what leaves with them; nothing is taken negative."""
    gain = site.clock.step_h * (kind.taken_kw - kind.given_kw) - kind.may.leaving_kwh
    return max(excess_of(np.abs(growth(site, kind.held_kwh, None) - gain)), excess_of(-kind.taken_kw))


def _outside(kind: _Kind) -> float:
    return max(excess_of(kind.held_kwh - kind.may.upper_kwh), excess_of(kind.may.lower_kwh - kind.held_kwh))


def _port_power(site: SiteParameters, plan: SiteSolution) -> float:
    """No type gives more than its full power, and all together carry no more than that in both directions."""
    full = np.array([c.full_of(plan.chargers[c.name]) for c in site.chargers]).reshape(
        len(site.chargers), len(site.years)
    )
    each = excess_of(plan.served_kw - full[:, :, None]) if len(full) else 0.0
    return max(each, excess_of(plan.served_total_kw + plan.v2g_kw - full.sum(axis=0)[:, None]))


def _ports_over(site: SiteParameters, managed: ManagedParameters, plan: SiteSolution) -> float:
    """No group takes more ports than those before it leave of the ones that work on average, no share leaves 0 to 1, and no
    later group is served before an earlier one."""
    ports = float(sum(plan.chargers[c.name] * c.ports * c.availability for c in site.chargers))
    taken = managed.group_ports
    left = np.maximum(ports - (np.cumsum(taken, axis=1) - taken), 0.0)
    there = [own[number > 0] for own, number in zip(plan.hosted, taken, strict=True)]
    unfair = max((excess_of(np.diff(own)) for own in there), default=0.0)
    over = excess_of(plan.hosted * taken - left) / max(1.0, ports)
    return max(over, excess_of(plan.hosted - 1), excess_of(-plan.hosted), unfair)
