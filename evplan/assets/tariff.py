"""The tariff: which price holds when, and the bill of any series, without any model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class DemandLine:
    """One demand charge: a price per kW and month on the highest power where `applies`."""

    name: str
    price_per_kw_month: float
    applies: np.ndarray  # shape (steps,), bool


@dataclass(frozen=True)
class TariffSeries:
    """A tariff laid on a clock."""

    energy_per_kwh: np.ndarray  # shape (steps,)
    demand: tuple[DemandLine, ...]
    fixed_per_month: float
    export_per_kwh: float


@dataclass(frozen=True)
class Bill:
    """A year's bill by component, in the tariff's currency; the export credit is positive."""

    energy: float
    demand: float
    fixed: float
    export_credit: float

    @property
    def total(self) -> float:
        """Return what is paid in the year."""
        return self.energy + self.demand + self.fixed - self.export_credit


def bill(tariff: TariffSeries, import_kw, export_kw, step_h, weight, month, month_weight) -> Bill:
    """Return the year's bill of an import and an export series.

    Parameters
    ----------
    import_kw, export_kw, step_h, weight : arrays, shape (steps,)
        Mean powers, step lengths, and how many times a year each step happens.
    month : int array, shape (steps,)
        Billing month of each step, 0 to months - 1.
    month_weight : array, shape (months,)
        How many months of the year each billing month stands for.
    """
    year_h = step_h * weight
    peaks = sum(line.price_per_kw_month * peak_kw(line, import_kw, month, len(month_weight)) for line in tariff.demand)
    return Bill(
        energy=float(np.sum(tariff.energy_per_kwh * import_kw * year_h)),
        demand=float(np.sum(peaks * month_weight)) if tariff.demand else 0.0,
        fixed=12.0 * tariff.fixed_per_month,
        export_credit=float(tariff.export_per_kwh * np.sum(export_kw * year_h)),
    )


def peak_kw(line: DemandLine, import_kw, month, months: int) -> np.ndarray:
    """Return the billed power of each month, shape (months,), kW; 0 where the line never applies."""
    peaks = np.zeros(months)
    np.maximum.at(peaks, month[line.applies], import_kw[line.applies])
    return peaks
