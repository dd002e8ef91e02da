"""What an instance may say but hardly means: told as notes, never refused."""

from __future__ import annotations

import csv
import datetime
import itertools
from collections.abc import Iterator
from pathlib import Path

from evplan.instance.context import outlived, read_run
from evplan.instance.schema import Horizon, Instance
from evplan.instance.site import Site

DEAR = 20.0  # times the dearest energy price: a price to drivers beyond it was perhaps typed in cents
FORMS = ("%m/%d/%y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M")  # besides ISO 8601


def notes(instance: Instance, folder: Path) -> Iterator[str]:
    """Yield a sentence for everything in a sound instance that looks like a slip."""
    if instance.horizon.stages:
        yield "horizon.stages: `evplan solve` builds everything before year 1; `evplan stages` says what to build when"
    if instance.context is not None and any(site.demand.context_share is not None for site in instance.sites):
        horizon = instance.horizon
        told = outlived(
            (horizon.start.year, horizon.start.year + horizon.years - 1), read_run(folder / instance.context.file)
        )
        yield from [told] if told else []
    for site in instance.sites:
        yield from _price(site, instance)
        yield from _unseen(site, instance.horizon)
        yield from _weekdays(site, instance, folder)


def _unseen(site: Site, horizon: Horizon) -> Iterator[str]:
    """Demand that changes where no modelled year sees it: after the last, or there and back between two."""
    if site.demand.by_year is None:
        return
    level, modelled = site.demand.level, horizon.modelled_years()
    way_out = "begin a stage there" if horizon.stages else "add it to horizon.operating_years"
    pairs = [*itertools.pairwise(modelled), (modelled[-1], modelled[-1])]
    ends = [*(b for _, b in pairs[:-1]), horizon.years]
    for (a, b), end in zip(pairs, ends, strict=True):
        low, high = sorted((level(a), level(b)))
        off = [year for year in range(a, end + 1) if not low <= level(year) <= high]
        if off:
            yield (
                f"site {site.name}: demand.by_year is {level(off[0]):.3g} in year {off[0]}, which the modelled years "
                f"{', '.join(map(str, modelled))} do not see; {way_out}"
            )
            return


def _price(site: Site, instance: Instance) -> Iterator[str]:
    lines = (line for name in site.offered for line in instance.tariffs[name].energy)
    dearest = max((price for line in lines for price in line.prices), default=0.0)
    if site.price_per_kwh is not None and site.price_per_kwh > DEAR * dearest > 0:
        times = site.price_per_kwh / dearest
        price = f"{site.price_per_kwh:g} {instance.finance.currency}/kWh"
        yield f"site {site.name}: price_per_kwh {price} is {times:.0f} times the dearest energy price; is it in cents?"


def _weekdays(site: Site, instance: Instance, folder: Path) -> Iterator[str]:
    """A measured series whose own dates fall on other weekdays than the planned year's."""
    series = site.demand.load_kw
    first = first_day(folder / series.file) if series else None
    if not series or not first:
        return
    start = series.start or instance.horizon.start
    if first.weekday() != start.weekday():
        what = "demand.load_kw.start is" if series.start else "the plan on"
        yield (
            f"site {site.name}: {series.file} begins on {first:%A %Y-%m-%d}, {what} {start:%A %Y-%m-%d}, so weekdays "
            f"meet other prices than they did; say demand.load_kw.start: {first}, and each day has the rows of its weekday"
        )


def first_day(path: Path) -> datetime.date | None:
    """Return the date in the first row of a CSV file, if it has one."""
    if path.suffix.lower() != ".csv":
        return None
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = csv.reader(handle)
        next(rows, None)
        cells = next(rows, [])
    return next((day for day in map(_day, cells) if day), None)


def _day(cell: str) -> datetime.date | None:
    for form in (None, *FORMS):
        try:
            read = datetime.datetime.strptime(cell, form) if form else datetime.datetime.fromisoformat(cell)
        except ValueError:
            continue
        return read.date() if len(cell) >= len("1/1/17") else None
    return None
