"""How sure the billed peaks are: what is known of demand between the hours, and what that leaves open."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evplan.instance.site import Site
from evplan.parameters.clock import Clock

METER_MINUTES = 15  # what most meters bill by
MEASURED = "1.43 to 2.25 times the hourly ones at four public fast-charging stations (NREL lcoc-ldevs)"


def peak_notes(
    sites: tuple[Site, ...], demand_kwh: tuple[np.ndarray, ...], clock: Clock, billed: tuple[bool, ...]
) -> Iterator[str]:
    """Yield a note for every site whose power is billed and whose demand is not known by the quarter hour.

    demand_kwh : arrays, shape (years, steps).  billed : whether any tariff of the site bills power.
    """
    step_minutes = round(float(clock.step_h.max()) * 60)
    for site, kwh, has_charge in zip(sites, demand_kwh, billed, strict=True):
        if not has_charge or not kwh.any() or site.demand.managed is not None:
            continue  # vehicles that stay can be charged evenly inside the hour
        demand = site.demand
        if step_minutes > METER_MINUTES:
            yield (
                f"site {site.name}: billed peaks come from {step_minutes}-minute means, and quarter-hour peaks were {MEASURED}; "
                f"set horizon.step_minutes: {METER_MINUTES}"
            )
        elif demand.load_kw is not None and demand.load_kw.step_minutes > METER_MINUTES:
            if demand.peak_days is None:
                yield (
                    f"site {site.name}: demand is measured every {demand.load_kw.step_minutes} minutes, and quarter-hour peaks "
                    f"were {MEASURED}; give the days of highest demand in demand.peak_days"
                )
            else:
                dates = {(day.month, day.day) for day in demand.peak_days.days}
                known = np.array([(day.month, day.day) in dates for day in clock.start])
                if not known.any():
                    yield f"site {site.name}: none of demand.peak_days lies in the planned weeks"
                    continue
                yield f"site {site.name}: {_sureness(kwh[0] / clock.step_h, known, clock)}"


def _sureness(kw: np.ndarray, known: np.ndarray, clock: Clock) -> str:
    """Return how quarter-hour peaks lie over hourly ones on the days known, and what other days could bring."""
    hour = clock.hour
    hourly = (np.bincount(hour, kw * clock.step_h) / np.bincount(hour, clock.step_h))[hour]
    days = np.asarray(clock.start.month * 100 + clock.start.day)
    busy = [own for own in (days == day for day in np.unique(days[known])) if hourly[own].max() > 0]
    ratios = [kw[own].max() / hourly[own].max() for own in busy] or [1.0]
    least, most, usual = min(ratios), max(ratios), float(np.median(ratios))
    above = {"usual": 0.0, "most": 0.0}
    for m in np.unique(clock.month):
        own = clock.month == m
        here, other = kw[own & known].max(initial=0.0), hourly[own & ~known].max(initial=0.0)
        peak = max(here, other)
        if peak > 0:
            above["usual"] = max(above["usual"], other * usual / peak - 1)
            above["most"] = max(above["most"], other * most / peak - 1)
    return (
        f"quarter-hour peaks are {least:.2f} to {most:.2f} times the hourly ones on the days in demand.peak_days; were the other "
        f"days alike, a month's demand could peak up to {above['usual']:.0%} higher (middle ratio) or {above['most']:.0%} (highest)"
    )
