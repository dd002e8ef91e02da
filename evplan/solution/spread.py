"""A plan of merged steps laid out on the site's own short ones, and where that lays bare what the long ones hid.

Inside a merged step the battery takes the top off what is needed and charges in its valleys, panels give their share of what
they could, and who is turned away comes when most do; the grid carries the rest. What ports, queues or the connection cannot
carry then is turned away as well. So the plan laid out obeys every law of the site, and costs no less than the plan of merged
steps; where it costs more, `hidden` says in which steps that came about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evplan.assets.tariff import peak_kw
from evplan.parameters.merge import Groups
from evplan.parameters.types import SiteParameters
from evplan.solution.inside import Inside
from evplan.solution.invariants import present_values
from evplan.solution.outages import least_lost_kwh
from evplan.solution.tables import OF_VEHICLES, SiteSolution, site_bill

NOISE_KW = 1e-6
NOISE_KWH = 2e-6  # per kWh of battery, and at least of one


@dataclass(frozen=True)
class Laid:
    """A plan laid out, and how much each merged step hid, shape (years, groups), kW: 0 where nothing."""

    plan: SiteSolution
    hidden_kw: np.ndarray


def spread(
    site: SiteParameters, merged: SiteParameters, groups: Groups, plan: SiteSolution, may_export: np.ndarray
) -> Laid:
    """Return a plan of the merged site laid out on the site. may_export : shape (steps,), bool: where export is modelled."""
    inside = Inside(groups, site.clock.step_h)
    served, lost = _served(site, merged, inside, plan)
    used = _solar_used(site, merged, groups, plan)
    efficiency = np.array([c.efficiency for c in site.chargers])
    drawn = np.tensordot(1 / efficiency, served, axes=1) if len(efficiency) else np.zeros_like(used)
    battery = _battery(site, merged, inside, plan, drawn + site.load_kw - used)
    moved = battery["charge_kw"] - battery["discharge_kw"]
    over = np.maximum(drawn + site.load_kw + moved - used - _most_import_kw(site, plan)[:, None], 0.0)
    kept = 1 - np.minimum(1.0, np.divide(over, drawn, out=np.zeros_like(over), where=drawn > 0))
    served = served * kept  # what the connection cannot carry is turned away
    net = drawn * kept + site.load_kw + moved - used
    sent = np.where(
        may_export, np.clip(-net, 0.0, min(site.export_limit * plan.connection_kw, site.export_max_kw)), 0.0
    )
    unsent = np.maximum(-net - sent, 0.0)
    curtailed = np.minimum(unsent, used)
    nobody: dict[str, Any] = dict.fromkeys(OF_VEHICLES, np.zeros_like(used))  # sites where vehicles stay are not merged
    fine = replace(
        plan, import_kw=np.maximum(net + sent + curtailed, 0.0), export_kw=sent, solar_used_kw=used - curtailed,
        served_kw=served, bills=(), **battery, **nobody,
    )  # fmt: skip
    bills = tuple(site_bill(site, fine, y) for y in range(len(site.years)))
    fine = replace(fine, bills=bills, outage_lost_kwh=least_lost_kwh(site, fine))
    fine = replace(fine, objective=sum(present_values(site, fine).values()))
    both_ways = np.maximum(inside.mean(fine.import_kw) - plan.import_kw, 0.0)[:, groups]  # bought and sent in one step
    hidden = np.maximum(lost + over + unsent + both_ways, _above_peaks(site, merged, groups, plan, fine.import_kw))
    noise = NOISE_KW * max(1.0, plan.connection_kw)
    shown = np.where((np.bincount(groups)[groups] > 1) & (hidden > noise), hidden, 0.0)
    return Laid(fine, np.maximum.reduceat(shown, inside.first, axis=-1))


def _served(
    site: SiteParameters, merged: SiteParameters, inside: Inside, plan: SiteSolution
) -> tuple[np.ndarray, np.ndarray]:
    """Return what each type serves, shape (types, years, steps), and what ports and queues keep all from, (years, steps).

    Who is turned away, of those whom ports and queues let in, comes when most do; types share what is served as they do in
    the merged step.
    """
    wanted, together = site.demand_kwh / site.clock.step_h, plan.served_kw.sum(axis=0)
    counts = [plan.chargers[c.name] for c in site.chargers]
    groups = [
        [i for i, c in enumerate(site.chargers) if c.efficiency == e] for e in {c.efficiency for c in site.chargers}
    ]
    let_in = [_let_in(site, own, counts, wanted) for own in groups]
    ceiling = np.minimum(wanted, sum(let_in, np.zeros_like(wanted)))
    away = np.maximum(inside.mean(ceiling) - together, 0.0)
    asked = ceiling - inside.off_the_top(ceiling, away, ceiling)
    part = np.divide(plan.served_kw, together, out=np.zeros_like(plan.served_kw), where=together > 0)
    served = part[..., inside.groups] * asked
    for own, most in zip(groups, let_in, strict=True):
        group = served[own].sum(axis=0)
        served[own] *= np.minimum(1.0, np.divide(most, group, out=np.ones_like(most), where=group > 0))
    lost = together - inside.mean(served.sum(axis=0))
    return served, np.maximum(lost, 0.0)[:, inside.groups]


def _let_in(site: SiteParameters, own: list[int], counts: list[int], wanted: np.ndarray) -> np.ndarray:
    """Return what the ports and queues of some types let in, shape (years, steps), kW."""
    full = np.sum([site.chargers[i].full_of(counts[i]) for i in own], axis=0)
    most = np.broadcast_to(full[:, None], wanted.shape)
    if any(site.chargers[i].waits for i in own):
        carried = np.sum(
            [site.chargers[i].capacity_kw[:, min(counts[i], site.chargers[i].max_count)] for i in own], axis=0
        )
        most = np.minimum(most, site.rush * carried[:, None])
    return np.asarray(most)


def _battery(
    site: SiteParameters, merged: SiteParameters, inside: Inside, plan: SiteSolution, need_kw: np.ndarray
) -> dict[str, Any]:
    """Return the battery's series: inside a merged step it takes the top off the need and charges when that is low.

    Where its window does not allow that, it holds its power.
    """
    names = ("charge_kw", "discharge_kw", "discharge_by_depth_kw")
    held = {name: getattr(plan, name)[..., inside.groups] for name in names}
    if site.battery is None or not plan.battery_kwh:
        depths = np.zeros_like(held["discharge_by_depth_kw"])
        return {**held, "stored_by_depth_kwh": depths, "above_min_kwh": np.zeros(need_kw.shape)}
    battery, efficiency = site.battery, site.battery.efficiency[:, None]
    power = np.full(need_kw.shape, plan.battery_kw)
    given = inside.off_the_top(need_kw, plan.discharge_kw, power)
    room = np.minimum(power - given, battery.charge_c_rate * plan.battery_kwh)
    taken = inside.off_the_top(given - need_kw, plan.charge_kw, np.maximum(room, 0.0))
    before, gained = _stored(site, merged, plan)
    charged = (gained + plan.discharge_by_depth_kw / efficiency) / efficiency
    by_depth = _shared(plan.discharge_by_depth_kw, plan.discharge_kw)[..., inside.groups]
    for smooth in (True, False):
        own = by_depth * given
        into = _shared(charged, plan.charge_kw)[..., inside.groups] * taken
        added = np.cumsum((efficiency * into - own / efficiency) * site.clock.step_h, axis=-1)
        start = np.concatenate([np.zeros((*added.shape[:-1], 1)), added], axis=-1)[..., inside.first]
        stored = before[..., inside.groups] + added - start[..., inside.groups]
        if smooth:
            window = battery.depth_share[:, None, None] * (battery.usable_fraction * plan.battery_kwh)[:, None]
            off = np.maximum(stored - window, -stored).max(axis=0) > NOISE_KWH * max(1.0, plan.battery_kwh)
            off |= taken + given - power > NOISE_KWH * max(1.0, plan.battery_kwh)
            off = np.maximum.reduceat(off, inside.first, axis=-1)
            off |= np.abs(inside.mean(taken) - plan.charge_kw) > NOISE_KWH * max(1.0, plan.battery_kwh)
            off |= np.abs(inside.mean(given) - plan.discharge_kw) > NOISE_KWH * max(1.0, plan.battery_kwh)
            given = np.where(off[:, inside.groups], held["discharge_kw"], given)
            taken = np.where(off[:, inside.groups], held["charge_kw"], taken)
    return {
        "charge_kw": taken, "discharge_kw": given, "discharge_by_depth_kw": own, "stored_by_depth_kwh": stored,
        "above_min_kwh": stored.sum(axis=0),
    }  # fmt: skip


def _stored(site: SiteParameters, merged: SiteParameters, plan: SiteSolution) -> tuple[np.ndarray, np.ndarray]:
    """Return what each depth holds when a merged step begins, kWh, and what it gains in it, kW, shape (depths, years, groups)."""
    stored = plan.stored_by_depth_kwh
    before = stored[..., np.argsort(merged.clock.next_step)]
    if site.battery is not None and (start := site.battery.start_by_depth) is not None:
        before[..., 0] = np.outer(start, site.battery.usable_fraction * plan.battery_kwh)
    return before, (stored - before) / merged.clock.step_h


def _shared(by_depth: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return the parts that depths have of a power; the first has all of nothing."""
    none = np.zeros_like(by_depth)
    none[0] = 1.0
    return np.divide(by_depth, whole, out=none, where=whole > 0)


def _solar_used(site: SiteParameters, merged: SiteParameters, groups: Groups, plan: SiteSolution) -> np.ndarray:
    if site.solar is None or merged.solar is None:
        return plan.solar_used_kw[:, groups]
    could = merged.solar.could_kw(plan.solar_by_array_kw)
    share = np.divide(plan.solar_used_kw, could, out=np.zeros_like(could), where=could > 0)
    return np.minimum(share, 1.0)[:, groups] * site.solar.could_kw(plan.solar_by_array_kw)


def _most_import_kw(site: SiteParameters, plan: SiteSolution) -> np.ndarray:
    """Return the import that connection and contract allow, shape (years,), kW."""
    most = np.full(len(site.years), plan.connection_kw)
    for y, tariff in enumerate(site.tariffs):
        if tariff.contract is not None and tariff.contract.excess_price_per_kw_month is None:
            most[y] = min(most[y], plan.contracted_kw[y])
    return most


def _above_peaks(
    site: SiteParameters, merged: SiteParameters, groups: Groups, plan: SiteSolution, import_kw: np.ndarray
) -> np.ndarray:
    """Return how far each step's import lies above a peak that the merged plan is billed for, shape (years, steps), kW."""
    above = np.zeros_like(import_kw)
    for y, (tariff, coarse) in enumerate(zip(site.tariffs, merged.tariffs, strict=True)):
        for line, known in zip(tariff.demand, coarse.demand, strict=True):
            billed = peak_kw(known, plan.import_kw[y], merged.clock)
            applies = line.applies
            if line.ratchet is not None and known.ratchet is not None:
                applies = applies | line.ratchet.remembers
                remembered = replace(known, applies=known.applies | known.ratchet.remembers)
                billed = peak_kw(remembered, plan.import_kw[y], merged.clock)
            above[y] = np.maximum(above[y], np.where(applies, import_kw[y] - billed[site.clock.month], 0.0))
        for shared, hours in zip(tariff.coincident, coarse.coincident, strict=True):
            if shared.highest and shared.applies.any():
                peak = plan.import_kw[y][hours.applies].max()
                above[y] = np.maximum(above[y], np.where(shared.applies, import_kw[y] - peak, 0.0))
        if tariff.contract is not None:
            above[y] = np.maximum(above[y], import_kw[y] - max(plan.contracted_kw[y], plan.import_kw[y].max()))
    return above
