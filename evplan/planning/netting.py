"""Net metering by the year, without tying the months together where that is not needed.

A year's energy N of a line costs max(p N, s N), with p its price and s <= p what surplus earns. That is never less than
p N, so a plan made with export credited at p is a bound; if its N is not below 0 it costs just p N, and is the best plan.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evplan.assets.tariff import TariffSeries
from evplan.parameters.types import SiteParameters
from evplan.solution.tables import SiteSolution, site_bill

NOISE = 1e-9  # of what a year draws


def months_apart(site: SiteParameters) -> SiteParameters | None:
    """Return the site with export credited at its line's price, or None if its years are not netted."""
    if site.tariffs[0].netting != "year":
        return None
    return replace(site, tariffs=tuple(_credited(tariff) for tariff in site.tariffs))


def _credited(tariff: TariffSeries) -> TariffSeries:
    price = tariff.first_price
    return replace(tariff, netting="", lines=(), energy_per_kwh=price, export_per_kwh=price, surplus_per_kwh=0.0)


def is_exact(site: SiteParameters, plan: SiteSolution) -> bool:
    """Return whether a plan made by `months_apart` draws at least what it sends, in every line and modelled year."""
    net = (plan.import_kw - plan.export_kw) * site.clock.year_h
    drawn = np.array([[net[y] @ line.applies for line in tariff.lines] for y, tariff in enumerate(site.tariffs)])
    return bool((drawn >= -NOISE * max(1.0, float(np.abs(net).sum()))).all())


def billed_as_netted(site: SiteParameters, plan: SiteSolution) -> SiteSolution:
    """Return the plan with the bills of the site's own tariff."""
    return replace(plan, bills=tuple(site_bill(site, plan, y) for y in range(len(site.years))))
