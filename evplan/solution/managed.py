"""The laws of vehicles that stay, each as a residual: energy held, walls, powers, ports, and who is hosted."""

from __future__ import annotations

import numpy as np

from evplan.parameters.fleet import Envelope, ManagedParameters
from evplan.parameters.types import SiteParameters
from evplan.solution.residuals import Residuals, excess_of, growth
from evplan.solution.tables import SiteSolution


def staying(site: SiteParameters, managed: ManagedParameters, plan: SiteSolution) -> Residuals:
    """Return the residual of every law of vehicles that stay."""
    kinds = [_Kind(envelope, *flows) for envelope, flows in zip(managed.envelopes, _flows(managed, plan), strict=True)]
    scale = max(1.0, float(site.takes_kw.max(initial=0.0)))
    stores = max(1.0, *(float(np.abs(kind.envelope.upper_kwh).max(initial=0.0)) for kind in kinds)) if kinds else 1.0
    share = plan.hosted[:, None]
    owed = [site.min_served - h for h, kwh in zip(plan.hosted, site.demand_kwh, strict=True) if kwh.any()]
    return {
        "held energy": max((_unbalanced(site, kind, share) for kind in kinds), default=0.0) / stores,
        "held between walls": max((_outside(kind, share) for kind in kinds), default=0.0) / stores,
        "plugged power": max((excess_of(k.taken_kw - share * k.envelope.plugged_kw) for k in kinds), default=0.0)
        / scale,
        "given power": max((excess_of(k.given_kw - share * k.envelope.give_kw) for k in kinds), default=0.0) / scale,
        "port power": _port_power(site, plan) / scale,
        "vehicles hosted": excess_of(plan.hosted - most_hosted(site, managed, plan)),
        "served share": max(0.0, *owed) if owed else 0.0,
    }


class _Kind:
    """Vehicles that only take, or that also give: their envelope, and what a plan does with them."""

    def __init__(self, envelope: Envelope, taken_kw: np.ndarray, given_kw: np.ndarray, held_kwh: np.ndarray) -> None:
        self.envelope, self.taken_kw, self.given_kw, self.held_kwh = envelope, taken_kw, given_kw, held_kwh


def _flows(managed: ManagedParameters, plan: SiteSolution) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return what goes into each kind of vehicle, comes out of it, and is held by it."""
    nothing, served = np.zeros_like(plan.v2g_kw), plan.served_total_kw
    if managed.giving is None:
        return [(served, plan.v2g_kw, plan.held_kwh)] if managed.taking is not None else []
    if managed.taking is None:
        return [(served, plan.v2g_kw, plan.held_kwh)]
    own = (served - plan.into_v2g_kw, nothing, plan.held_kwh - plan.held_v2g_kwh)
    return [own, (plan.into_v2g_kw, plan.v2g_kw, plan.held_v2g_kwh)]


def _unbalanced(site: SiteParameters, kind: _Kind, share: np.ndarray) -> float:
    """What vehicles hold grows by what goes in, less what comes out, less what leaves with them; nothing is taken negative."""
    gain = site.clock.step_h * (kind.taken_kw - kind.given_kw) - share * kind.envelope.leaving_kwh
    return max(excess_of(np.abs(growth(site, kind.held_kwh, None) - gain)), excess_of(-kind.taken_kw))


def _outside(kind: _Kind, share: np.ndarray) -> float:
    above, below = kind.held_kwh - share * kind.envelope.upper_kwh, share * kind.envelope.lower_kwh - kind.held_kwh
    return max(excess_of(above), excess_of(below))


def _port_power(site: SiteParameters, plan: SiteSolution) -> float:
    """No type gives more than its full power, and all together carry no more than that in both directions."""
    full = np.array([c.full_of(plan.chargers[c.name]) for c in site.chargers]).reshape(
        len(site.chargers), len(site.years)
    )
    each = excess_of(plan.served_kw - full[:, :, None]) if len(full) else 0.0
    return max(each, excess_of(plan.served_total_kw + plan.v2g_kw - full.sum(axis=0)[:, None]))


def most_hosted(site: SiteParameters, managed: ManagedParameters, plan: SiteSolution) -> np.ndarray:
    """Return the share of the vehicles that the ports which work on average can host, shape (years,)."""
    ports = sum(plan.chargers[c.name] * c.ports * c.availability for c in site.chargers)
    return np.array([table.at_most(float(ports)) for table in managed.hosting])
