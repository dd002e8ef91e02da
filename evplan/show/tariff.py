"""What the tariff commands print: a year's bill by each tariff, cheapest first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rich.table import Table

from evplan.assets.tariff import BILL_PARTS, Bill, TariffSeries, bill
from evplan.instance.base import SeriesFile
from evplan.instance.schema import Instance
from evplan.parameters.clock import Clock, make_clock
from evplan.parameters.series import series_on_clock
from evplan.parameters.tariff import tariff_series
from evplan.show.plan import console


def show_bills(
    found: Instance, series: SeriesFile, load: Path, folder: Path, names: list[str], contracted_kw: float | None
) -> None:
    """Print what a load would be billed by each tariff in its first year, cheapest first."""
    year = make_clock(found.horizon.model_copy(update={"weeks": (), "step_minutes": series.step_minutes}))
    kw = series_on_clock(series, year, year, load.parent)
    bills = {
        name: one_bill(tariff_series(found.tariffs[name], year, year, folder), kw, year, contracted_kw)
        for name in names
    }
    table = Table(title=f"one year's bill of {load.name}, {found.finance.currency}", title_justify="left")
    table.add_column("tariff")
    parts = [part for part in BILL_PARTS if any(getattr(owed, part) for owed in bills.values())]
    for part in (*parts, "total", f"{found.finance.currency}/kWh"):
        table.add_column(part.replace("_", " "), justify="right", no_wrap=True)
    drawn = float(kw @ year.year_h)
    for name, owed in sorted(bills.items(), key=lambda item: item[1].total):
        amounts = [f"{getattr(owed, part):,.0f}" for part in parts]
        table.add_row(name, *amounts, f"{owed.total:,.0f}", f"{owed.total / drawn:.4f}" if drawn else "–")
    console.print(table)
    console.print(f"{drawn:,.0f} kWh, highest import {kw.max(initial=0.0):,.1f} kW")


def one_bill(tariff: TariffSeries, kw: np.ndarray, year: Clock, contracted_kw: float | None) -> Bill:
    """Return a year's bill; what is contracted, if anything must be and nothing is said, is what costs least."""
    nothing = np.zeros_like(kw)
    if tariff.contract is None:
        return bill(tariff, kw, nothing, year)
    if contracted_kw is not None:
        return bill(tariff, kw, nothing, year, contracted_kw)
    peaks = np.unique(
        np.append(np.maximum.reduceat(kw, np.flatnonzero(np.diff(year.month, prepend=-1))), tariff.contract.min_kw)
    )
    if np.isfinite(tariff.contract.max_kw):
        peaks = np.append(peaks, tariff.contract.max_kw)
    allowed = [peak for peak in peaks if tariff.contract.min_kw <= peak <= tariff.contract.max_kw]
    fits = [peak for peak in allowed if tariff.contract.excess_price_per_kw_month is not None or peak >= kw.max()]
    bills = [bill(tariff, kw, nothing, year, float(peak)) for peak in fits or [tariff.contract.max_kw]]
    return min(bills, key=lambda owed: owed.total)
