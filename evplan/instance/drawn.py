"""Sessions that are too many to draw, told where the file says so."""

from __future__ import annotations

from collections.abc import Iterator

from evplan.instance.faults import Fault
from evplan.instance.schema import Instance
from evplan.units import DAYS_PER_WEEK, DAYS_PER_YEAR

MOST_SESSIONS = 2e7  # a draw of this size takes about a gigabyte


def drawn_faults(instance: Instance) -> Iterator[Fault]:
    """Yield sites at which more sessions come in a modelled year than can be drawn."""
    days = DAYS_PER_WEEK * len(instance.horizon.weeks) or DAYS_PER_YEAR
    for i, site in enumerate(instance.sites):
        levels = {year: site.demand.level(year) for year in instance.horizon.modelled_years()}
        year = max(levels, key=lambda one: levels[one])
        sessions = (site.demand.sessions_per_day or 0.0) * levels[year] * days
        if sessions > MOST_SESSIONS:
            yield Fault(
                ("sites", i, "demand", "sessions_per_day"),
                f"with growth, {sessions:,.0f} sessions are to be drawn in year {year}, at most {MOST_SESSIONS:,.0f} can be; "
                "lower it, by_year or growth_per_year, or plan representative weeks",
            )
