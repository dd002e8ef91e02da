"""Vehicles that stay, as a report tells of them: who is hosted, what managing saves, what is given back, what sharing out shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from evplan.parameters.types import SiteParameters
from evplan.report.run import Run
from evplan.solution.invariants import given_back
from evplan.solution.tables import SiteSolution, drawn_kw, hosted_share, sold_kwh, soonest_kw


def vehicles(run: Run, i: int) -> dict[str, Any] | None:
    """Return the figures of a site's managed vehicles; None where none stay."""
    numbers, plan = run.parameters.sites[i], run.plans[i]
    if numbers.managed is None:
        return None
    return {
        "wear_per_kwh": numbers.managed.wear_per_kwh,
        "payment_per_kwh": numbers.managed.payment_per_kwh,
        "by_year": {year: _year(numbers, plan, y) for y, year in enumerate(numbers.years)},
        "shared_out": [asdict(year) for year in run.sharings[i]],
    }


def _year(numbers: SiteParameters, plan: SiteSolution, y: int) -> dict[str, float]:
    assert numbers.managed is not None
    year_h, stays = numbers.clock.year_h, numbers.managed.stays[y]
    payments, wear = given_back(numbers, plan)
    need, soonest = ((power[y] + numbers.load_kw[y]) for power in (drawn_kw(numbers, plan), soonest_kw(numbers, plan)))
    return {
        "vehicles": float(numbers.clock.weight[stays.step].sum()),
        "hosted": float(hosted_share(numbers, plan)[y]),
        "energy_kwh": float(sold_kwh(numbers, plan)[y]),
        "given_back_kwh": float(plan.v2g_kw[y] @ year_h),
        "payments": float(payments[y]),
        "wear": float(wear[y]),
        "peak_kw": float(need.max(initial=0.0)),
        "peak_as_soon_as_possible_kw": float(soonest.max(initial=0.0)),
        "peak_saved_kw": float(soonest.max(initial=0.0) - need.max(initial=0.0)),
    }


def told(site: dict[str, Any], currency: str) -> list[str]:
    """Return what a page says of a site's managed vehicles, from its summary."""
    found = site["managed"]
    if found is None:
        return []
    year, figures = list(found["by_year"].items())[-1]
    said = [
        f"In year {year} {figures['hosted']:.1%} of the energy wanted comes to vehicles that find a port. Chargers and building need "
        f"{figures['peak_kw']:,.0f} kW at most, {figures['peak_as_soon_as_possible_kw']:,.0f} kW if all charged as soon as they come."
    ]
    if figures["given_back_kwh"] > 0:
        said.append(
            f"Vehicles give back {figures['given_back_kwh']:,.0f} kWh a year; drivers are paid {figures['payments']:,.0f} {currency}, "
            f"and their cells lose {figures['wear']:,.0f} {currency} ({found['wear_per_kwh']:.4f} {currency}/kWh)."
        )
    if found["shared_out"]:
        reached = found["shared_out"][-1]["reached"]
        said.append(f"{reached:.1%} of the planned energy reaches vehicles in time when it is shared out one by one.")
    return said


def reached(run: Run, i: int) -> tuple[float, float] | None:
    """Return shares of the last modelled year: of the energy that is hosted, of what is planned that is there in time."""
    years = run.sharings[i] if run.sharings else ()
    return (years[-1].planned, years[-1].reached) if years else None
