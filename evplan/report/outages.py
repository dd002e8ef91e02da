"""How a plan comes through outages: each of those planned for, what a year is expected to lose, and any other of up to a day."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.instance.outages import Outages
from evplan.parameters.outages import Outage
from evplan.parameters.types import SiteParameters
from evplan.report.words import percent
from evplan.solution.outages import in_full, least_lost_kwh, lost_kw, survival
from evplan.solution.tables import SiteSolution


def outage_figures(numbers: SiteParameters, plan: SiteSolution) -> dict[str, Any] | None:
    """Return what the summary says of outages, None where there are none; the same in every modelled year, by year."""
    outages = numbers.outages
    if outages is None:
        return None
    critical, lost = outages.critical_kwh(numbers.clock.step_h), least_lost_kwh(numbers, plan)
    chances, expected = survival(numbers, plan), lost @ outages.per_year
    wanted = critical @ outages.per_year
    return {
        "per_year": float(outages.per_year.sum()),
        "by_year": {
            year: {
                "critical_kwh": float(wanted[y]),
                "lost_kwh": float(expected[y]),
                "value_lost": float(expected[y] * outages.value_per_kwh),
                "carried": float(1 - expected[y] / wanted[y]) if wanted[y] else None,
                "survival": chances[y].tolist(),
            }
            for y, year in enumerate(numbers.years)
        },
        "each": [
            _outage(outage, numbers, critical[:, o], series)
            for o, (outage, series) in enumerate(zip(outages.each, lost_kw(numbers, plan), strict=True))
        ],
    }


def _outage(outage: Outage, numbers: SiteParameters, critical_kwh: np.ndarray, lost: np.ndarray) -> dict[str, Any]:
    """Return one outage: when it comes, and what is carried of it. lost : shape (years, steps of the outage), kW."""
    hours = numbers.clock.step_h[outage.steps]
    whole = in_full(numbers, lost) @ hours
    lost_kwh = lost @ hours
    return {
        "name": outage.name,
        "start": f"{numbers.clock.start[outage.steps[0]]:%m-%d %H:%M}",
        "hours": float(hours.sum()),
        "per_year": outage.per_year,
        "by_year": {
            year: {
                "critical_kwh": float(critical_kwh[y]),
                "carried_kwh": float(critical_kwh[y] - lost_kwh[y]),
                "lost_kwh": float(lost_kwh[y]),
                "hours_in_full": float(whole[y]),
            }
            for y, year in enumerate(numbers.years)
        },
    }


def carried_share(numbers: SiteParameters, plan: SiteSolution) -> float | None:
    """Return the part of the critical energy expected to be carried in the last modelled year, None where nothing is."""
    outages = numbers.outages
    if outages is None:
        return None
    critical = float(outages.critical_kwh(numbers.clock.step_h)[-1] @ outages.per_year)
    return 1 - float(least_lost_kwh(numbers, plan)[-1] @ outages.per_year) / critical if critical else None


def words_of(said: Outages, currency: str) -> str:
    """Return what an instance assumes of outages, in words."""
    if said.draws is not None:
        drawn = said.draws
        which = f"{drawn.per_year:g} a year of {drawn.hours:g} h on average, {drawn.count} drawn with seed {drawn.seed}"
    else:
        which = ", ".join(f"{n} ({c.start}, {c.hours} h, {c.per_year:g} a year)" for n, c in said.cases.items())
    value = f"a kWh lost is worth {said.value_of_lost_load_per_kwh:g} {currency}"
    owed = f", {percent(said.min_carried, 0)} of every outage must be carried" if said.min_carried else ""
    return f"{which}; {value}{owed}"
