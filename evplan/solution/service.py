"""A plan's service, event by event: do drivers wait as short, and leave as seldom, as the plan says?

Drivers come at random at the rate of their hour (Poisson), want log-normal energy, take the port that is free first (of those
free at once, the fastest), and leave if they would wait longer than they accept (at once, where no wait is given). Ports break
down and are repaired, so that they work the share of the time that the catalogue gives. What the plan turns away for reasons
other than ports (a peak that does not pay, a connection) is refused at the gate. Nothing of the model is used but sizes and
what was served.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from evplan.instance.catalogue import Charger
from evplan.instance.site import Site
from evplan.parameters.components import mean_port_kw, usable_chargers
from evplan.parameters.context import Context
from evplan.parameters.draws import arrivals_per_step, draw_energy
from evplan.parameters.types import SiteParameters
from evplan.solution.tables import SiteSolution

REPAIR_H = 24.0  # mean time until a port works again
MINUTES = 60.0
MOST_DRIVERS = 1e6  # in a modelled year; more take too long to simulate
FAR = 0.02  # of the energy wanted
SIGMAS = 3.0  # standard deviations that chance explains, of a share among so many drivers


@dataclass(frozen=True)
class Service:
    """What the event simulation of one modelled year found, and what the plan says of it.

    turned_away, planned : shares of the energy wanted.  waited_longer : share of drivers who left, or would have waited longer
    than they accept.  mean_wait_min : of those served.
    """

    year: int
    drivers: int
    turned_away: float
    planned: float
    waited_longer: float
    mean_wait_min: float
    seed: int

    @property
    def told(self) -> str | None:
        """Return what a reader should know where the plan's service is not what the simulation finds; else None."""
        share = max(self.turned_away, self.planned)
        if self.error <= max(FAR, SIGMAS * (share * (1 - share) / self.drivers) ** 0.5):
            return None
        return (
            f"year {self.year}: the plan turns away {self.planned:.1%} of the energy wanted, an event simulation of its "
            f"{self.drivers:,} drivers {self.turned_away:.1%}"
        )

    @property
    def error(self) -> float:
        """Return how far the plan's turned-away energy lies from the simulation's, as a share of the energy wanted."""
        return abs(self.turned_away - self.planned)


def service(
    said: Site, site: SiteParameters, plan: SiteSolution, context: Context, seed: int = 1
) -> tuple[Service, ...]:
    """Return the simulated service of every modelled year; nothing where nobody comes or sessions are not known."""
    types = tuple(usable_chargers(said, context))
    port_kw = {charger.name: mean_port_kw(charger, context) for charger in types}
    found = (simulate(said, types, site, plan, port_kw, y, seed) for y in range(len(site.years)))
    return tuple(year for year in found if year is not None)


def simulate(
    said: Site,
    types: tuple[Charger, ...],
    site: SiteParameters,
    plan: SiteSolution,
    port_kw: dict[str, float],
    y: int,
    seed: int,
) -> Service | None:
    """Return the simulated service of one modelled year, or None where nobody comes, sessions are not known, or vehicles stay.

    port_kw : mean power of a busy port of each type, kW.
    """
    demand = said.demand
    if demand.energy_kwh is None or site.managed is not None or not site.demand_kwh[y].any():
        return None
    random = np.random.default_rng([seed, site.years[y]])
    if demand.load_kw is not None:
        rate = site.demand_kwh[y] / demand.energy_kwh.mean
    else:
        rate = arrivals_per_step(demand, site.clock) * demand.level(site.years[y])
    if rate.sum() > MOST_DRIVERS:
        return None
    count = random.poisson(rate)
    if not count.any():
        return None
    step = np.repeat(np.arange(site.clock.steps), count)
    begins = np.append(0.0, np.cumsum(site.clock.step_h))[:-1]
    arrives = begins[step] + random.random(len(step)) * site.clock.step_h[step]
    order = np.argsort(arrives)
    step, arrives = step[order], arrives[order]
    energy, weight = draw_energy(demand.energy_kwh, random, len(step)), site.clock.weight[step]
    refused = random.random(len(step)) < _refused(site, plan, y)[step]
    ports = [port_kw[c.name] for c in types for _ in range(plan.chargers.get(c.name, 0) * c.ports)]
    share = min((c.availability for c in types if plan.chargers.get(c.name, 0)), default=1.0)
    patience = (demand.max_wait_min or 0.0) / MINUTES  # where no wait is said to be accepted, the plan lets nobody wait
    waits = _waits(arrives, energy, refused, ports, patience, share, random)
    gone = ~np.isfinite(waits)
    queued = gone & ~refused
    wanted = float((energy * weight).sum())
    planned = 1 - float(plan.served_total_kw[y] @ site.clock.year_h) / float(site.demand_kwh[y] @ site.clock.weight)
    seen = weight[~refused].sum()
    return Service(
        site.years[y], len(step), float((energy * weight)[gone].sum()) / wanted if wanted else 0.0, max(0.0, planned),
        float(weight[queued].sum() / seen) if seen else 0.0,
        MINUTES * float(np.average(waits[~gone], weights=weight[~gone])) if (~gone).any() else 0.0, seed,
    )  # fmt: skip


def _refused(site: SiteParameters, plan: SiteSolution, y: int) -> np.ndarray:
    """Return the share that the plan turns away although ports and queues would let it in, shape (steps,).

    It is that of the hour of the day: other drivers come in the simulation than in the plan, at other steps.
    """
    wanted = site.demand_kwh[y] / site.clock.step_h
    full = sum(c.full_of(plan.chargers[c.name])[y] for c in site.chargers)
    could = np.minimum(wanted, full)
    if any(c.waits for c in site.chargers):
        queue = sum(c.capacity_kw[y, min(plan.chargers[c.name], c.max_count)] for c in site.chargers)
        could = np.minimum(could, site.rush[y] * queue)
    could = could * site.clock.year_h
    hour = np.asarray(site.clock.start.hour)
    served, possible = (np.bincount(hour, kwh, 24) for kwh in (plan.served_total_kw[y] * site.clock.year_h, could))
    return np.clip(1 - np.divide(served, possible, out=np.ones(24), where=possible > 0), 0.0, 1.0)[hour]


def _waits(arrives, energy, refused, ports: list[float], patience_h: float, share: float, random) -> np.ndarray:
    """Return each driver's wait, h; infinite for those who leave. Whoever comes first is served first."""
    waits = np.full(len(arrives), np.inf)
    if not ports:
        return waits
    works = [Port(share, float(arrives[-1]) if len(arrives) else 0.0, random) for _ in ports]
    fastest = sorted(range(len(ports)), key=lambda j: -ports[j])
    rank = {j: place for place, j in enumerate(fastest)}
    busy = [(0.0, rank[j], j) for j in range(len(ports))]  # when a port is free, the fastest first
    heapq.heapify(busy)
    idle: list[tuple[int, int]] = []
    for i, (now, kwh, turned) in enumerate(zip(arrives.tolist(), energy.tolist(), refused.tolist(), strict=True)):
        if turned:
            continue
        while busy and busy[0][0] <= now:
            _, place, j = heapq.heappop(busy)
            back = works[j].back(now)
            if back > now:
                heapq.heappush(busy, (back, place, j))
            else:
                heapq.heappush(idle, (place, j))
        while idle and works[idle[0][1]].back(now) > now:
            place, j = heapq.heappop(idle)
            heapq.heappush(busy, (works[j].back(now), place, j))
        if idle:
            place, j = heapq.heappop(idle)
            begin = now
        else:
            begin, place, j = _first(busy, works)
            if begin - now > patience_h:
                heapq.heappush(busy, (begin, place, j))
                continue
        waits[i] = begin - now
        heapq.heappush(busy, (begin + kwh / ports[j], place, j))
    return waits


def _first(busy: list[tuple[float, int, int]], works: list[Port]) -> tuple[float, int, int]:
    """Take the port that is first free and working off the queue of busy ones."""
    while True:
        begin, place, j = heapq.heappop(busy)
        back = works[j].back(begin)
        if back <= begin:
            return begin, place, j
        heapq.heappush(busy, (back, place, j))


class Port:
    """When one port works: up and down in turn, both exponential."""

    def __init__(self, share: float, until_h: float, random: np.random.Generator) -> None:
        self._ends: np.ndarray = np.zeros(0)
        if 0 < share < 1:
            up_h = REPAIR_H * share / (1 - share)
            rounds = int(3 * until_h / (up_h + REPAIR_H)) + 10
            spells = np.column_stack([random.exponential(up_h, rounds), random.exponential(REPAIR_H, rounds)])
            self._ends = np.cumsum(spells.ravel())

    def back(self, now: float) -> float:
        """Return when the port works from `now` on: now, if it does."""
        place = int(np.searchsorted(self._ends, now, side="right"))
        return float(self._ends[place]) if place % 2 and place < len(self._ends) else now
