"""The tariff: which price holds when, and the bill of any series, without any model.

Every amount is that of one month, then counted as often as the month stands for the year. Of month m:

    energy     sum over its steps of price * import, and of each metered line tiers(import inside the line)
    demand     of each line tiers(billed kW), billed = max(highest import inside it, ratchet * those of other months)
    coincident price * import in the utility's peak hours (mean or highest), once a year
    capacity   price * contracted kW + excess price * max(0, highest import - contracted kW)
    minimum    what energy, demand, capacity and fixed charge less the export credit lack of the minimum charge
    export     price * export; or, where export is netted, metered lines take import - export and pay for what is over
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Tier:
    """A price that holds up to some amount a month (kWh or kW); the last tier has no end."""

    up_to: float
    price: float


Tiers = tuple[Tier, ...]


def flat(price: float) -> Tiers:
    """Return the tiers of one price for every amount."""
    return (Tier(np.inf, price),)


def charge(amount, tiers: Tiers) -> np.ndarray:
    """Return what an amount costs when each part of it pays its tier's price."""
    amount, below, cost = np.asarray(amount, float), 0.0, 0.0
    for tier in tiers:
        cost = cost + tier.price * np.clip(amount - below, 0.0, tier.up_to - below)
        below = tier.up_to
    return np.asarray(cost)


@dataclass(frozen=True)
class EnergyLine:
    """Energy metered by the month: tiers of kWh on what is drawn, or drawn less sent, where `applies`."""

    name: str
    applies: np.ndarray  # shape (steps,), bool
    tiers: Tiers


@dataclass(frozen=True)
class Ratchet:
    """A demand charge that remembers: `fraction` of other months' peaks is billed at least.

    counts : bool array, shape (months, months)   counts[m, k]: the peak of month k holds in month m.
    remembers : bool array, shape (steps,)   Steps whose import counts for the peak that is remembered: those of the line, and
        its hours in the months in which it is not charged.
    """

    fraction: float
    counts: np.ndarray
    remembers: np.ndarray


@dataclass(frozen=True)
class DemandLine:
    """One demand charge: tiers of kW on the highest power of a month where `applies`."""

    name: str
    applies: np.ndarray  # shape (steps,), bool
    tiers: Tiers
    ratchet: Ratchet | None = None


@dataclass(frozen=True)
class CoincidentLine:
    """A price per kW and year on the import in the utility's own peak hours: their mean, or the highest."""

    price_per_kw_year: float
    applies: np.ndarray  # shape (steps,), bool
    highest: bool


@dataclass(frozen=True)
class Contract:
    """Contracted capacity: paid every month, used or not; what exceeds it is paid dearer, or forbidden (None)."""

    price_per_kw_month: float
    excess_price_per_kw_month: float | None
    min_kw: float
    max_kw: float


@dataclass(frozen=True)
class TariffSeries:
    """A tariff laid on a clock, for one modelled year.

    energy_per_kwh : array, shape (steps,)   0 where a metered line holds.
    export_per_kwh : array, shape (steps,)   0 where export is netted.
    netting : "month" or "year" if export is taken off import in every metered line, else "".
    surplus_per_kwh : what export beyond import earns where it is netted.
    """

    energy_per_kwh: np.ndarray
    demand: tuple[DemandLine, ...]
    fixed_per_month: float
    export_per_kwh: np.ndarray
    lines: tuple[EnergyLine, ...] = ()
    coincident: tuple[CoincidentLine, ...] = ()
    contract: Contract | None = None
    minimum_per_month: float = 0.0
    netting: str = ""
    surplus_per_kwh: float = 0.0

    @property
    def first_price(self) -> np.ndarray:
        """Return the energy price of each step, a metered line's that of its first tier, shape (steps,)."""
        price = self.energy_per_kwh.copy()
        for line in self.lines:
            price[line.applies] = line.tiers[0].price
        return price


@dataclass(frozen=True)
class Bill:
    """A year's bill by component, in the tariff's currency; the export credit is positive."""

    energy: float
    demand: float
    fixed: float
    export_credit: float
    capacity: float = 0.0
    minimum: float = 0.0

    @property
    def total(self) -> float:
        """Return what is paid in the year."""
        return self.energy + self.demand + self.capacity + self.fixed + self.minimum - self.export_credit


BILL_PARTS = ("energy", "demand", "capacity", "fixed", "minimum", "export_credit")
NO_BILL = Bill(0.0, 0.0, 0.0, 0.0)


class BillingClock(Protocol):
    """What a bill needs of a clock: see `parameters/clock.py`."""

    @property
    def year_h(self) -> np.ndarray: ...
    @property
    def month(self) -> np.ndarray: ...
    @property
    def month_weight(self) -> np.ndarray: ...


def bill(
    tariff: TariffSeries, import_kw: np.ndarray, export_kw: np.ndarray, clock: BillingClock, contracted_kw: float = 0.0
) -> Bill:
    """Return the year's bill of an import and an export series.

    Parameters
    ----------
    import_kw, export_kw : arrays, shape (steps,)   Mean powers.
    clock : step lengths, billing months, and how often in a year each happens.
    contracted_kw : what was contracted, if the tariff has a contract.
    """
    months = clock.month_weight
    energy, credit = _energy(tariff, import_kw, export_kw, clock)
    demand = sum(
        (charge(billed_kw(line, import_kw, clock), line.tiers) for line in tariff.demand), np.zeros(len(months))
    )
    capacity = _capacity(tariff.contract, import_kw, clock, contracted_kw)
    lacking = np.maximum(0.0, tariff.minimum_per_month - energy - demand - capacity - tariff.fixed_per_month + credit)
    return Bill(
        energy=float(energy @ months),
        demand=float(demand @ months) + sum(_coincident(line, import_kw, clock) for line in tariff.coincident),
        capacity=float(capacity @ months),
        fixed=float(tariff.fixed_per_month * months.sum()),
        minimum=float(lacking @ months) if tariff.minimum_per_month > 0 else 0.0,
        export_credit=float(credit @ months),
    )


def peak_kw(line: DemandLine, import_kw: np.ndarray, clock: BillingClock) -> np.ndarray:
    """Return the highest import of each month inside a line, shape (months,), kW; 0 where the line never applies."""
    return _highest(line.applies, import_kw, clock)


def _highest(where: np.ndarray, import_kw: np.ndarray, clock: BillingClock) -> np.ndarray:
    peaks = np.zeros(len(clock.month_weight))
    np.maximum.at(peaks, clock.month[where], import_kw[where])
    return peaks


def billed_kw(line: DemandLine, import_kw: np.ndarray, clock: BillingClock) -> np.ndarray:
    """Return the power each month is billed for, its ratchet included, shape (months,), kW."""
    peaks = peak_kw(line, import_kw, clock)
    if line.ratchet is None:
        return peaks
    remembered = np.where(line.ratchet.counts, _highest(line.ratchet.remembers, import_kw, clock), 0.0).max(axis=1)
    charged = np.bincount(clock.month, line.applies, len(peaks)) > 0
    return np.where(charged, np.maximum(peaks, line.ratchet.fraction * remembered), 0.0)


def by_month(kw: np.ndarray, clock: BillingClock) -> np.ndarray:
    """Return the energy of one month of each billing month, shape (months,), kWh; or money, of money per hour."""
    return np.bincount(clock.month, kw * clock.year_h, len(clock.month_weight)) / clock.month_weight


def _energy(tariff: TariffSeries, import_kw, export_kw, clock: BillingClock) -> tuple[np.ndarray, np.ndarray]:
    """Return what the energy of each month costs, and what its export earns, both shape (months,)."""
    cost, credit = (
        by_month(tariff.energy_per_kwh * import_kw, clock),
        by_month(tariff.export_per_kwh * export_kw, clock),
    )
    drawn = import_kw - export_kw if tariff.netting else import_kw
    for line in tariff.lines:
        kwh = by_month(np.where(line.applies, drawn, 0.0), clock)
        if tariff.netting == "year":  # one account for all months, so each pays the same part of it
            kwh = np.full(len(kwh), (kwh @ clock.month_weight) / clock.month_weight.sum())
        cost = cost + charge(np.maximum(kwh, 0.0), line.tiers)
        credit = credit + tariff.surplus_per_kwh * np.maximum(-kwh, 0.0)
    return cost, credit


def _coincident(line: CoincidentLine, import_kw: np.ndarray, clock: BillingClock) -> float:
    if not line.applies.any():
        return 0.0
    kw = import_kw[line.applies]
    mean = np.average(kw, weights=clock.year_h[line.applies])
    return line.price_per_kw_year * float(kw.max() if line.highest else mean)


def _capacity(contract: Contract | None, import_kw, clock: BillingClock, contracted_kw: float) -> np.ndarray:
    """Return what contracted capacity costs each month, shape (months,)."""
    months = len(clock.month_weight)
    if contract is None:
        return np.zeros(months)
    always = DemandLine("contract", np.ones(len(clock.month), bool), ())
    over = np.maximum(0.0, peak_kw(always, import_kw, clock) - contracted_kw)
    return contract.price_per_kw_month * contracted_kw + (contract.excess_price_per_kw_month or 0.0) * over
