"""A region's stations as tables: what each is, what it costs and earns, what it lacks, and which run says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.instance.later import carried_back
from evplan.region.read import ReadRegion
from evplan.region.stationed import Stationed

if TYPE_CHECKING:
    import pandas as pd

    from evplan.instance.finance import Finance

READY, SUPPORTED, WAITS, REFUSED = "pays by itself", "pays with its grant", "waits for support", "cannot be planned"


def stations_table(region: ReadRegion, stations: Sequence[Stationed], granted: set[str]) -> pd.DataFrame:
    """Return a row for every station. Amounts are in prices of the first year.

    npv : worth in the year before it opens.  npv_first_year : that, carried back to the first year.
    run : the folder whose summary.json says what stands here; siting_kwh_day is of siting, limit_kw and upgraded_kw of the network.
    adds_kwh, capex, npv and grant are of what the plan adds; a levelised cost is left out where something stood before.
    levelised_kwh : what a levelised cost is divided by, energy in the first year's prices and worth.
    """
    import pandas as pd

    start, finance = region.base.instance.horizon.start.year, region.base.instance.finance
    phases = [phase.name for phase in region.siting.study.phases]
    return pd.DataFrame([{
        "station": one.station.name, "setting": one.station.setting, "lat": one.station.lat, "lon": one.station.lon,
        "phase": phases[one.station.phase], "opens": start + one.years, "action": one.station.action,
        "siting_kwh_day": one.station.wanted_kwh_day, "siting_last_kwh_day": one.station.kwh_day[-1],
        "city_share": one.shared.of_city if one.shared else None,
        "feeder": one.limit.feeder if one.limit else "", "bus": one.limit.bus if one.limit else "",
        "limit_kw": one.limit.now_kw if one.limit else None, "upgraded_kw": one.limit.upgraded_kw if one.limit else None,
        **_planned(one, finance), "npv_first_year": one.site["npv"] * carried_back(finance, one.years) if one.site else None,
        "state": _state(one, granted), "run": f"stations/{one.name}", "why": _why(one),
    } for one in stations])  # fmt: skip


def _planned(one: Stationed, finance: Finance) -> dict[str, Any]:
    """Return what a plan says of its station, or nothing where there is none."""
    site = one.site
    if site is None:
        names = ("connection_kw", "pv_kw", "battery_kwh", "battery_kw", "served_kwh", "turned_away_kwh", "adds_kwh", "capex", "npv", "irr",
                 "payback_years", "lcoc_per_kwh", "levelised_kwh", "grant", "grant_per_kwh", "status", "gap")  # fmt: skip
        return {"chargers": "", **dict.fromkeys(names)}
    gap = site["viability_gap"]
    return {
        "chargers": ", ".join(f"{count} {kind}" for kind, count in site["chargers"].items() if count),
        "connection_kw": site["connection_kw"],
        "pv_kw": site["pv_kw"], "battery_kwh": site["battery_kwh"], "battery_kw": site["battery_kw"],
        "served_kwh": site["energy_served_kwh"], "turned_away_kwh": site["energy_turned_away_kwh"], "adds_kwh": one.adds_kwh,
        "capex": site["capex"], "npv": site["npv"], "irr": site["irr"], "payback_years": site["payback_years"],
        "lcoc_per_kwh": None if one.stood else site["lcoc_per_kwh"], "levelised_kwh": None if one.stood else one.levelised_kwh(finance),
        "grant": gap["grant"], "grant_per_kwh": gap["per_kwh"], "status": site["status"], "gap": site["gap"],
    }  # fmt: skip


def _why(one: Stationed) -> str:
    """Return why a station could not be planned, in a line, the same in whichever folder."""
    if not one.refused:
        return ""
    if one.limit is not None and max(one.limit.now_kw, one.limit.upgraded_kw or 0.0) < 0.1:
        return f"its network carries nothing at bus {one.limit.bus}"
    return one.refused.splitlines()[0].replace(f"{one.folder.absolute()}/", "").replace(f"{one.folder}/", "")


def _state(one: Stationed, granted: set[str]) -> str:
    if one.site is None:
        return REFUSED
    if one.site["viability_gap"]["grant"] <= 0:
        return READY
    return SUPPORTED if one.name in granted else WAITS


def phases_table(region: ReadRegion, stations: pd.DataFrame) -> pd.DataFrame:
    """Return a row for every phase: what is built and given, and what waits."""
    import pandas as pd

    pot = region.study.pot
    rows = []
    for t, phase in enumerate(region.siting.study.phases):
        own = stations[stations["phase"] == phase.name]
        rows.append({"phase": phase.name, "stations": len(own), **_sums(own), "pot": pot.by_phase[t] if pot else 0.0})
    return pd.DataFrame(rows)


def settings_table(stations: pd.DataFrame) -> pd.DataFrame:
    """Return a row for urban and for rural stations."""
    import pandas as pd

    return pd.DataFrame([
        {"setting": setting, "stations": int((stations["setting"] == setting).sum()), **_sums(stations[stations["setting"] == setting])}
        for setting in ("urban", "rural")
    ])  # fmt: skip


def _sums(own: pd.DataFrame) -> dict[str, Any]:
    """Return counts of what stations are, and sums over those that are built: that pay, by themselves or with a grant.

    The levelised cost is that of stations where nothing stood, by the energy of their lives, worth in the first year.
    """
    built, given = own[own["state"].isin([READY, SUPPORTED])], own[own["state"] == SUPPORTED]
    lacks = own[own["state"] == WAITS]
    new = built[built["lcoc_per_kwh"].notna()]
    energy = new["levelised_kwh"].astype(float)
    cost = float((new["lcoc_per_kwh"].astype(float) * energy).sum() / max(energy.sum(), 1e-9)) if len(new) else np.nan
    return {
        **{state: int((own["state"] == state).sum()) for state in (READY, SUPPORTED, WAITS, REFUSED)},
        "served_kwh": float(built["served_kwh"].astype(float).sum()), "adds_kwh": float(built["adds_kwh"].astype(float).sum()),
        "capex": float(built["capex"].astype(float).sum()),
        "npv_first_year": float(built["npv_first_year"].astype(float).sum()), "grants": float(given["grant"].astype(float).sum()),
        "grants_lacking": float(lacks["grant"].astype(float).sum()), "lcoc_per_kwh": cost,
    }  # fmt: skip
