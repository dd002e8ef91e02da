"""A plan of vehicles that stay, shared out one by one: do they get in time what the plan gives them together?

Envelopes sum vehicles, so a plan may count on energy moving between them. Here every vehicle comes at its own time to a real port,
first come first served, and who finds none leaves. Step by step the plan's power goes to those with the least laxity (the time left
less the time that charging still takes) until theirs is that of the others (smoothed least laxity first: Nakahira, Chen, Chen and
Low 2017, ACM e-Energy), what is given back comes from those with the most, and no vehicle leaves its own walls. What the plan hosts
less than its ports could is taken off every vehicle of a group of ports alike. Nothing of the model is used but the plan's sizes,
shares hosted and powers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evplan.assets.tariff import bill
from evplan.parameters.envelope import lower_kwh, presences, upper_kwh
from evplan.parameters.fleet import ManagedParameters, Stays
from evplan.parameters.ports import group_of, port_numbers
from evplan.parameters.types import SiteParameters
from evplan.solution.tables import SiteSolution, drawn_kw, hosted_share

FAR = 0.01  # of the energy planned
LEAST_KW = 0.5  # beyond the connection: less is not told


@dataclass(frozen=True)
class Sharing:
    """What came of one modelled year's plan when it was shared out.

    hosted, planned : shares of the energy wanted whose vehicles find a port: really, and by the plan.
    reached : share of the planned energy that vehicles had when they left.  given : share of what was to be given back that was.
    peak_kw, planned_peak_kw : highest power into vehicles, if all are to be ready in time, and by the plan.
    extra_bill : what the year's bill is then over the plan's.  over_kw : what is then drawn beyond the connection.
    """

    year: int
    vehicles: int
    hosted: float
    planned: float
    reached: float
    given: float
    peak_kw: float
    planned_peak_kw: float
    extra_bill: float
    bill: float
    over_kw: float

    @property
    def told(self) -> str | None:
        """Return what a reader should know where vehicles do not get what the plan gives them; else None."""
        if min(self.reached, self.given) >= 1 - FAR:
            return None
        given = f", and {self.given:.1%} of what is given back can be" if self.given < 1 - FAR else ""
        return (
            f"year {self.year}: shared out one by one, {self.reached:.1%} of the planned energy reaches its vehicles in time{given}; "
            f"to be ready in time they need a peak of {self.peak_kw:,.0f} kW instead of {self.planned_peak_kw:,.0f} kW"
            + (
                f" and a bill {abs(self.extra_bill) / self.bill:.1%} {'higher' if self.extra_bill > 0 else 'lower'} than the plan's"
                if self.bill > 0
                else ""
            )
            + (f"; that draws {self.over_kw:,.0f} kW more than the connection gives" if self.over_kw > LEAST_KW else "")
        )


def sharing(site: SiteParameters, plan: SiteSolution) -> tuple[Sharing, ...]:
    """Return what comes of every modelled year when it is shared out; nothing where nobody stays."""
    if site.managed is None or not sum(plan.chargers.values()):
        return ()
    return tuple(
        shared_out(site, site.managed, plan, y)
        for y in range(len(site.years))
        if site.managed.stays[y].energy_kwh.any()
    )


def shared_out(site: SiteParameters, managed: ManagedParameters, plan: SiteSolution, y: int) -> Sharing:
    """Return what comes of one modelled year when its plan is shared out."""
    stays, weight = managed.stays[y], site.clock.weight
    own, hosted = _at_ports(site, plan, stays)
    counted, missed = _as_planned(own, managed, plan, y, stays)
    strict = _Dispatch(site, plan, y, counted).run(in_time=False)
    in_time = _Dispatch(site, plan, y, counted).run(in_time=True)
    wanted = float(stays.energy_kwh @ weight[stays.step])
    planned = float(hosted_share(site, plan)[y])
    short = (strict.short_kwh + missed * wanted) / (planned * wanted) if planned else 0.0
    out = float(plan.v2g_kw[y] @ site.clock.year_h)
    series = _grid_kw(site, plan, y, in_time)
    return Sharing(
        site.years[y], len(stays), hosted, planned, 1 - short, 1 - strict.ungiven_kwh / out if out > 0 else 1.0,
        in_time.peak_kw, float(plan.served_total_kw[y].max(initial=0.0)),
        bill(site.tariffs[y], *series, site.clock, float(plan.contracted_kw[y])).total - plan.bills[y].total,
        plan.bills[y].total, max(0.0, float(series[0].max(initial=0.0)) - plan.connection_kw),
    )  # fmt: skip


def _grid_kw(site: SiteParameters, plan: SiteSolution, y: int, actual: _Dispatch) -> tuple[np.ndarray, np.ndarray]:
    """Return import and export of a year in which chargers draw what the vehicles took, all else as planned, kW."""
    served, h = plan.served_total_kw[y], site.clock.step_h
    efficiency = float(
        (plan.served_kw[:, y] @ h).sum() / max(1e-9, (drawn_kw(site, replace(plan, v2g_kw=0 * plan.v2g_kw))[y] @ h))
    )
    more = (actual.took_kwh / h - served) / max(efficiency, 1e-9)
    less = site.managed.give_efficiency * (actual.gave_kwh / h - plan.v2g_kw[y]) if site.managed else 0.0
    drawn = plan.import_kw[y] - plan.export_kw[y] + more - less
    return np.maximum(drawn, 0.0), np.minimum(np.maximum(-drawn, 0.0), plan.export_kw[y])


def _at_ports(site: SiteParameters, plan: SiteSolution, stays: Stays) -> tuple[Stays, float]:
    """Return the vehicles that find a port, with what it gives at most, and their share of the energy wanted."""
    ports = [c.port_kw for c in site.chargers for _ in range(plan.chargers[c.name] * c.ports)]
    port_kw = np.array(sorted(ports, reverse=True))
    number = port_numbers(stays.step, stays.offset_h, stays.stay_h, site.clock)
    found = number <= len(port_kw)
    own, kw = stays.of(found), port_kw[number[found] - 1]
    power = np.minimum(own.power_kw, kw)
    own = replace(
        own, power_kw=power, energy_kwh=np.minimum(own.energy_kwh, power * own.stay_h),
        give_kw=np.minimum(own.give_kw, kw),
    )  # fmt: skip
    return own, float(own.energy_kwh.sum() / stays.energy_kwh.sum())


def _as_planned(
    own: Stays, managed: ManagedParameters, plan: SiteSolution, y: int, stays: Stays
) -> tuple[Stays, float]:
    """Return vehicles of which only the part counts that the plan hosts, and the share of all energy that it hosts beyond."""
    table, total = managed.hosting[y], float(stays.energy_kwh.sum())
    group = group_of(own, table)
    found = np.bincount(group, own.energy_kwh, len(table.share)) / total
    meant = plan.hosted[y] * table.share
    part = np.minimum(1.0, np.divide(meant, found, out=np.zeros_like(meant), where=found > 0))[group]
    names = ("energy_kwh", "power_kw", "give_kw", "out_kwh", "spare_kwh")
    counted = replace(own, **{name: part * getattr(own, name) for name in names})
    return counted, float(np.maximum(meant - found, 0.0).sum())


class _Dispatch:
    """One year's vehicles at their ports, and the plan's power, step by step."""

    def __init__(self, site: SiteParameters, plan: SiteSolution, y: int, stays: Stays) -> None:
        self.clock, self.stays = site.clock, stays
        h = site.clock.step_h
        self.into_kwh, self.out_kwh = plan.served_total_kw[y] * h, plan.v2g_kw[y] * h
        self.held = {True: plan.held_v2g_kwh[y], False: plan.held_kwh[y] - plan.held_v2g_kwh[y]}
        self.short_kwh = self.ungiven_kwh = 0.0
        self.took_kwh, self.gave_kwh = np.zeros(self.clock.steps), np.zeros(self.clock.steps)
        self._lay()

    @property
    def peak_kw(self) -> float:
        """Return the highest power into vehicles."""
        return float((self.took_kwh / self.clock.step_h).max(initial=0.0))

    def _lay(self) -> None:
        """Lay out who is there when: rows of one step beside one another; who runs past a block's end is another after it."""
        laps, last = np.zeros(len(self.stays), int), np.full(len(self.stays), -1)
        rows = []
        for now in presences(self.stays, self.clock):
            laps[now.who] += now.step <= last[now.who]
            last[now.who] = now.step
            rows.append((now.who, now.step, laps[now.who], now.begins_h, now.ends_h, now.stays_on))
        who, step, lap, begins, ends, on = (np.concatenate(part) for part in zip(*rows, strict=True))
        order = np.argsort(step, kind="stable")
        self.who, lap, self.begins, self.ends, self.on = (part[order] for part in (who, lap, begins, ends, on))
        self.number = self.who + lap * len(self.stays)
        self.first = np.searchsorted(step[order], np.arange(self.clock.steps + 1))
        self.low, self.high = (wall(self.stays, self.who, self.ends) for wall in (lower_kwh, upper_kwh))
        self.got = np.zeros(len(self.stays) * (int(lap.max(initial=0)) + 1))
        self.carried = lap > 0

    def run(self, in_time: bool) -> _Dispatch:
        """Share the plan out. in_time : whether power beyond the plan's is given to those who would be late."""
        for block in np.unique(self.clock.block):
            steps = np.flatnonzero(self.clock.block == block)
            begun = self._begin(int(steps[0]), int(steps[-1]))
            for t in steps.tolist():
                self._step(t, in_time)
            end = self._rows(int(steps[-1]))
            kept = float(self.got[self.number[end]][self.on[end]].sum())
            self.short_kwh += float(self.clock.weight[steps[0]]) * max(0.0, begun - kept)
        return self

    def _rows(self, t: int) -> slice:
        return slice(int(self.first[t]), int(self.first[t + 1]))

    def _begin(self, first: int, last: int) -> float:
        """Give those who came before a block's end what the plan has them hold there, each as far between its walls."""
        rows, total = self._rows(first), 0.0
        for willing in (True, False):
            own = np.flatnonzero(self.carried[rows] & (self.stays.willing[self.who[rows]] == willing)) + rows.start
            low, high = (wall(self.stays, self.who[own], self.begins[own]) for wall in (lower_kwh, upper_kwh))
            room = float((high - low).sum())
            part = float(np.clip((self.held[willing][last] - low.sum()) / room, 0.0, 1.0)) if room > 0 else 0.0
            self.got[self.number[own]] = low + part * (high - low)
            total += float(self.got[self.number[own]].sum())
        return total

    def _step(self, t: int, in_time: bool) -> None:
        rows = self._rows(t)
        number, who = self.number[rows], self.who[rows]
        if not len(who):
            return
        stays, hours = self.stays, self.ends[rows] - self.begins[rows]
        got, low, high = self.got[number], self.low[rows], self.high[rows]
        power = stays.power_kw[who]
        owed_h = np.divide(stays.energy_kwh[who] - got, power, out=np.zeros_like(power), where=power > 0)
        laxity_h = stays.stay_h[who] - self.begins[rows] - owed_h
        out = np.zeros(len(who))
        if self.out_kwh[t] > 0:
            give = stays.give_kw[who]
            out = level(self.out_kwh[t], np.clip(got - low, 0.0, give * hours), give, -laxity_h)
        most = np.where(out > 0, 0.0, power * hours)
        into = level(self.into_kwh[t], np.clip(high - got, 0.0, most), power, laxity_h)
        if in_time:
            into += np.clip(low - got - into + out, 0.0, np.maximum(most - into, 0.0))
        self.got[number] = got = got + into - out
        weight, leaves = float(self.clock.weight[t]), ~self.on[rows]
        self.short_kwh += weight * float(np.maximum(stays.energy_kwh[who] - got, 0.0)[leaves].sum())
        self.ungiven_kwh += weight * max(0.0, float(self.out_kwh[t] - out.sum()))
        self.took_kwh[t], self.gave_kwh[t] = into.sum(), out.sum()


def level(total: float, room: np.ndarray, power: np.ndarray, laxity_h: np.ndarray) -> np.ndarray:
    """Return what each gets of a total so that those with the least laxity come up to one level, as far as room goes.

    room, power : shape (vehicles,)   Most that each gets, kWh, and the power by which a kWh buys it time, kW.
    """
    if total >= room.sum():
        return room
    able = power > 0
    rate = np.where(able, power, 1.0)
    full_h = laxity_h + np.where(able, room / rate, 0.0)
    at_h, slope = np.concatenate([laxity_h, full_h]), np.concatenate([power, -power])
    order = np.argsort(at_h, kind="stable")
    at_h, rising = at_h[order], np.cumsum(slope[order])
    given = np.append(0.0, np.cumsum(rising[:-1] * np.diff(at_h)))
    return np.clip(power * (np.interp(total, given, at_h) - laxity_h), 0.0, room)
