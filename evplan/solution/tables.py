"""The solution: sizes, series, bills and bounds, frozen; and tables of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.assets.tariff import NO_BILL, Bill, bill
from evplan.parameters.fleet import Together
from evplan.parameters.merge import Merging
from evplan.parameters.types import SiteParameters
from evplan.solution.outages import least_lost_kwh

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SiteSolution:
    """The plan of one site. Series have shape (years, steps); `served_kw` (types, years, steps).

    discharge_by_depth_kw, stored_by_depth_kwh : of the battery, shape (depths, years, steps); no depths without one.
    v2g_kw, into_v2g_kw : out of and into vehicles that give back, at their ports.  held_kwh, held_v2g_kwh : what the vehicles
        plugged in at the end of a step got so far, all and those that give back; 0 where no vehicles are managed.
    sizes : the program's linking columns, to begin another search from.
    cuts : what the search learnt, for a tighter program.
    together : rows that were added to the walls of managed vehicles, if any were.
    merging : the steps that were merged when it was planned, if any were.
    outage_lost_kwh : critical energy that each outage loses, shape (years, outages); an outage lies beside the ordinary series.

    objective, bound : of the maximisation, first-year money; see `formulation/site.py`.
    """

    name: str
    stands: bool  # something was here before the plan
    chargers: dict[str, int]
    connection_kw: float
    contracted_kw: np.ndarray  # shape (years,)
    solar_kw: float
    solar_by_array_kw: np.ndarray  # shape (planes,); they sum to solar_kw
    battery_kwh: float
    battery_kw: float
    import_kw: np.ndarray
    export_kw: np.ndarray
    solar_used_kw: np.ndarray
    charge_kw: np.ndarray
    discharge_kw: np.ndarray
    above_min_kwh: np.ndarray
    discharge_by_depth_kw: np.ndarray
    stored_by_depth_kwh: np.ndarray
    served_kw: np.ndarray
    hosted: np.ndarray  # shape (years, groups): share of the managed vehicles of each group of ports that find one
    v2g_kw: np.ndarray
    into_v2g_kw: np.ndarray
    held_kwh: np.ndarray
    held_v2g_kwh: np.ndarray
    bills: tuple[Bill, ...]
    objective: float
    bound: float
    status: str
    seconds: dict[str, float]
    solver: str
    sizes: np.ndarray
    merging: Merging | None = None
    together: tuple[Together, ...] = ()
    cuts: tuple[Any, ...] = ()
    outage_lost_kwh: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def open(self) -> bool:
        """Return whether anything is built or stands here."""
        return self.stands or bool(sum(self.chargers.values())) or self.solar_kw > 0 or self.battery_kwh > 0

    @property
    def served_total_kw(self) -> np.ndarray:
        """Return power into vehicles from every charger type, shape (years, steps), kW."""
        return self.served_kw.sum(axis=0)

    @property
    def gap(self) -> float:
        """Return the distance to the bound as a fraction of the objective; 0 when both are 0."""
        return relative_gap(self.objective, self.bound)


def relative_gap(objective: float, bound: float) -> float:
    """Return (bound - objective) / |objective| of a maximisation.

    A distance below one hundredth of the currency's unit is none; a larger one from 0 is infinite.
    """
    distance = max(0.0, bound - objective)
    if distance <= 0.01:
        return 0.0
    return distance / abs(objective) if objective else float("inf")


def make_solution(site: SiteParameters, found: dict[str, Any], **run: Any) -> SiteSolution:
    """Return a solution from the formulation's results; solver noise in sizes below 0.1 W or 0.1 Wh is cut."""
    nothing = np.zeros(site.demand_kwh.shape)
    fields: dict[str, Any] = {name: found.get(name, nothing) for name in (*SERIES, *OF_VEHICLES)}
    fields["hosted"] = found.get("hosted", np.zeros((len(site.years), 0)))
    fields |= {name: found.get(name, np.zeros((0, *nothing.shape))) for name in BY_DEPTH}
    fields |= {name: _clean(found.get(name, 0.0)) for name in ("battery_kwh", "battery_kw")}
    fields["solar_by_array_kw"] = np.array([_clean(kw) for kw in found.get("solar_by_array_kw", ())])
    fields["solar_kw"] = float(fields["solar_by_array_kw"].sum())
    if not fields["battery_kwh"]:  # what so small a battery carried, the grid carries
        fields["import_kw"] = np.maximum(fields["import_kw"] + fields["discharge_kw"] - fields["charge_kw"], 0.0)
        fields |= {name: np.zeros_like(fields[name]) for name in (*BY_DEPTH, *OF_BATTERY)} | {"battery_kw": 0.0}
    fields["chargers"] = {c.name: int(n) for c, n in zip(site.chargers, found["chargers"], strict=True)}
    fields |= {name: found[name] for name in ("connection_kw", "contracted_kw", "served_kw")}
    plan = SiteSolution(name=site.name, stands=site.stands, bills=(), **fields, **run)
    bills = (site_bill(site, plan, y) for y in range(len(site.years)))
    lost = least_lost_kwh(site, plan)  # of sizes without their noise: it can be a little more than the program's own
    return replace(plan, bills=tuple(bills), outage_lost_kwh=np.maximum(found.get("outage_lost_kwh", lost), lost))


BY_DEPTH = ("discharge_by_depth_kw", "stored_by_depth_kwh")
SERIES = ("import_kw", "export_kw", "solar_used_kw", "charge_kw", "discharge_kw", "above_min_kwh")


OF_VEHICLES = ("v2g_kw", "into_v2g_kw", "held_kwh", "held_v2g_kwh")
OF_BATTERY = ("charge_kw", "discharge_kw", "above_min_kwh")
NOISE = 1e-4  # kW or kWh


def _clean(size: float) -> float:
    return size if size > NOISE else 0.0


def site_bill(site: SiteParameters, plan: SiteSolution, y: int) -> Bill:
    """Return the bill of one modelled year; a site that is not open has no meter and pays nothing."""
    if not plan.open:
        return NO_BILL
    return bill(site.tariffs[y], plan.import_kw[y], plan.export_kw[y], site.clock, float(plan.contracted_kw[y]))


def sold_kwh(site: SiteParameters, plan: SiteSolution) -> np.ndarray:
    """Return the energy with which vehicles leave, a year, shape (years,): what is paid for, given back and taken again or not."""
    if site.managed is None:
        return plan.served_total_kw @ site.clock.year_h
    return hosted_kwh(site, plan) @ site.clock.weight


def hosted_kwh(site: SiteParameters, plan: SiteSolution) -> np.ndarray:
    """Return what vehicles that find a port want, if they charge as soon as they come, shape (years, steps), kWh."""
    assert site.managed is not None
    return np.einsum("yj,yjt->yt", plan.hosted, site.managed.wanted_kwh)


def hosted_share(site: SiteParameters, plan: SiteSolution) -> np.ndarray:
    """Return the share of the energy wanted whose vehicles find a port, shape (years,)."""
    assert site.managed is not None
    return (plan.hosted * site.managed.group_share).sum(axis=1)


def turned_away_kw(site: SiteParameters, plan: SiteSolution) -> np.ndarray:
    """Return power that vehicles wanted and did not get, shape (years, steps); of those that stay, if they charged at once."""
    wanted = site.demand_kwh / site.clock.step_h
    if site.managed is None:
        return np.maximum(wanted - plan.served_total_kw, 0.0)
    return np.maximum(wanted - hosted_kwh(site, plan) / site.clock.step_h, 0.0)


def drawn_kw(site: SiteParameters, plan: SiteSolution) -> np.ndarray:
    """Return what chargers draw from the site's bus, less what vehicles give back, shape (years, steps), kW."""
    efficiency = np.array([c.efficiency for c in site.chargers])
    drawn = np.tensordot(1 / efficiency, plan.served_kw, axes=1) if len(efficiency) else np.zeros_like(site.load_kw)
    return drawn - (site.managed.give_efficiency if site.managed else 1.0) * plan.v2g_kw


def soonest_served_kw(site: SiteParameters, plan: SiteSolution) -> np.ndarray:
    """Return what the plan's vehicles would take, by type, if each charged as soon as it came, shape (types, years, steps), kW.

    Vehicles that do not stay do so anyhow. Types share the energy of a year as they do in the plan.
    """
    if site.managed is None:
        return plan.served_kw
    by_type = plan.served_kw @ site.clock.year_h
    share = np.divide(by_type, by_type.sum(axis=0), out=np.zeros_like(by_type), where=by_type.sum(axis=0) > 0)
    return share[:, :, None] * (hosted_kwh(site, plan) / site.clock.step_h)


def soonest_kw(site: SiteParameters, plan: SiteSolution) -> np.ndarray:
    """Return what chargers would draw if every vehicle charged as soon as it came, shape (years, steps), kW."""
    nothing = np.zeros_like(plan.v2g_kw)
    return drawn_kw(site, replace(plan, served_kw=soonest_served_kw(site, plan), v2g_kw=nothing))


def dispatch_table(site: SiteParameters, solution: SiteSolution) -> pd.DataFrame:
    """Return every step of every modelled year as one table."""
    import pandas as pd

    parts = []
    for y, year in enumerate(site.years):
        part = pd.DataFrame({"site": site.name, "operating_year": year, "start": site.clock.start})
        part["step_h"], part["weight"] = site.clock.step_h, site.clock.weight
        part["demand_kw"] = site.demand_kwh[y] / site.clock.step_h
        part["load_kw"] = site.load_kw[y]
        for charger, served in zip(site.chargers, solution.served_kw, strict=True):
            part[f"served_{charger.name}_kw"] = served[y]
        part["turned_away_kw"] = turned_away_kw(site, solution)[y]
        for name in SERIES if site.managed is None else (*SERIES, *OF_VEHICLES):
            part[name] = getattr(solution, name)[y]
        if site.managed is not None:
            part["v2g_bus_kw"] = site.managed.give_efficiency * solution.v2g_kw[y]
            part["as_soon_as_possible_kw"] = soonest_served_kw(site, solution)[:, y].sum(axis=0)
        part["energy_price_per_kwh"] = site.tariffs[y].first_price
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
