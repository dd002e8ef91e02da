"""A tariff laid on the clock: which line holds in which step, year by modelled year."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import numpy as np

from evplan.assets.tariff import (
    CoincidentLine,
    Contract,
    DemandLine,
    EnergyLine,
    Ratchet,
    TariffSeries,
    Tier,
    Tiers,
    flat,
)  # fmt: skip
from evplan.errors import InputError
from evplan.instance.finance import Finance
from evplan.instance.tariff import ALL_MONTHS, ContractedCapacity, DemandCharge, EnergyPrice, RatchetRule, Tariff
from evplan.parameters.clock import Clock
from evplan.parameters.money import discounts, index_of
from evplan.parameters.series import series_on_clock
from evplan.units import MONTHS_PER_YEAR

Days = frozenset[datetime.date]


def tariff_years(
    tariff: Tariff, clock: Clock, year: Clock, share: np.ndarray, finance: Finance, folder: Path
) -> tuple[TariffSeries, ...]:
    """Return the tariff of every modelled year.

    A demand charge that holds in some of the years that a modelled year speaks for is charged in that share of them, by
    present value.

    year : the full year's clock, whose first step is a price series' first row.
    share : array, shape (years, modelled)   How much each modelled year speaks for each of the plan's.
    """
    whole = tariff_series(tariff, clock, year, folder)
    years, modelled = share.shape
    weight = (
        share
        * (index_of(finance, years, "electricity") * discounts(finance.discount_rate, years, finance.discounting))[
            1:, None
        ]
    )
    every = np.arange(1, years + 1)
    found = []
    for y in range(modelled):
        lines = []
        for said, line in zip(tariff.demand, whole.demand, strict=True):
            holds = (every >= said.from_year) & (every <= (said.until_year or years))
            part = float(weight[holds, y].sum() / weight[:, y].sum())
            lines.append(replace(line, tiers=tuple(Tier(tier.up_to, part * tier.price) for tier in line.tiers)))
        found.append(replace(whole, demand=tuple(lines)))
    return tuple(found)


def tariff_series(tariff: Tariff, clock: Clock, year: Clock | None = None, folder: Path = Path()) -> TariffSeries:
    """Return a tariff laid on the clock, all its demand charges in force; later energy lines override earlier ones."""
    days = holidays_of(tariff, clock)
    price, lines = _energy(tariff, clock, days)
    if tariff.energy_series is not None:
        price = series_on_clock(tariff.energy_series, clock, year or clock, folder)
    found = TariffSeries(
        energy_per_kwh=price,
        lines=lines,
        demand=tuple(_demand(i, line, clock, days, year or clock, folder) for i, line in enumerate(tariff.demand)),
        coincident=tuple(
            CoincidentLine(line.price_per_kw_year, at_hours(line.hours, clock), line.measure == "highest")
            for line in tariff.coincident
        ),
        contract=_contract(tariff.contract),
        fixed_per_month=tariff.fixed_per_month,
        minimum_per_month=tariff.minimum_per_month,
        export_per_kwh=_export(tariff, clock, days),
        netting=tariff.net_metering or "",
        surplus_per_kwh=tariff.export_per_kwh if tariff.net_metering else 0.0,
    )
    _no_arbitrage(found, clock)
    return found


def _no_arbitrage(tariff: TariffSeries, clock: Clock) -> None:
    """Raise `InputError` where a kWh bought could be sold at a gain in the same step."""
    cheapest = tariff.energy_per_kwh.copy()
    for line in tariff.lines:
        cheapest[line.applies] = min(tier.price for tier in line.tiers)
    gain = np.flatnonzero(tariff.export_per_kwh > np.maximum(cheapest, 0.0) + 1e-12)
    if len(gain):
        t = int(gain[0])
        raise InputError(
            f"tariffs: export earns {tariff.export_per_kwh[t]:g} per kWh on {clock.start[t]:%d %B, %H:%M}, where energy costs "
            f"{cheapest[t]:g} ({len(gain)} steps): a plan would buy to sell without end; lower the export price there"
        )


def _energy(tariff: Tariff, clock: Clock, days: Days) -> tuple[np.ndarray, tuple[EnergyLine, ...]]:
    """Return the price of every step, 0 where a metered line holds, and the metered lines."""
    owner = np.full(clock.steps, -1)
    for i, line in enumerate(tariff.energy):
        owner[covers(line, clock, days)] = i
    price, metered = np.zeros(clock.steps), []
    for i, line in enumerate(tariff.energy):
        if line.tiers or tariff.net_metering:
            metered.append(EnergyLine(f"energy{i}", owner == i, energy_tiers(line)))
        else:
            price[owner == i] = line.prices[0]
    return price, tuple(line for line in metered if line.applies.any())


def energy_tiers(line: EnergyPrice) -> Tiers:
    """Return the tiers of an energy line; one of a single price has one."""
    if not line.tiers:
        return flat(line.prices[0])
    return tuple(Tier(tier.up_to_kwh or np.inf, tier.price_per_kwh) for tier in line.tiers)


def _demand(number: int, line: DemandCharge, clock: Clock, days: Days, year: Clock, folder: Path) -> DemandLine:
    applies = covers(line, clock, days)
    if line.where is not None:
        applies = series_on_clock(line.where, clock, year, folder) > 0
    tiers = (
        tuple(Tier(tier.up_to_kw or np.inf, tier.price_per_kw_month) for tier in line.tiers)
        if line.tiers
        else flat(line.price_per_kw_month or 0.0)
    )
    ratchet = None
    if line.ratchet is not None:
        every = [window.model_copy(update={"months": ALL_MONTHS}) for window in line.all_windows]
        hours = applies if line.where is not None else np.any([clock.within(w, days) for w in every], axis=0)
        charged = np.isin(clock.month, clock.month[applies])
        remembers = np.where(charged, applies, hours)
        ratchet = Ratchet(line.ratchet.fraction, remembered(line.ratchet, clock), remembers)
    return DemandLine(f"demand{number}", applies, tiers, ratchet)


def covers(line: EnergyPrice | DemandCharge, clock: Clock, days: Days) -> np.ndarray:
    """Return the steps that any window of a line holds, shape (steps,), bool."""
    return np.any([clock.within(window, days) for window in line.all_windows], axis=0)


def remembered(rule: RatchetRule, clock: Clock) -> np.ndarray:
    """Return which month's peak holds in which month, shape (months, months); years repeat."""
    numbers = np.array(clock.month_number)
    back = (numbers[:, None] - numbers[None, :]) % MONTHS_PER_YEAR
    back = np.where(back == 0, MONTHS_PER_YEAR, back)
    return (back <= rule.lookback_months) & np.isin(numbers, rule.months)[None, :]


def at_hours(hours: tuple[str, ...], clock: Clock) -> np.ndarray:
    """Return the steps that lie in hours said as `MM-DD HH:00`, shape (steps,), bool."""
    return np.isin(clock.start.strftime("%m-%d %H:00"), hours)


def _contract(said: ContractedCapacity | None) -> Contract | None:
    """Return a contract in kW: a kVA carries power_factor kW."""
    if said is None:
        return None
    factor, excess = said.power_factor, said.excess_price_per_kva_month
    return Contract(
        said.price_per_kva_month / factor,
        None if excess is None else excess / factor,
        said.min_kva * factor,
        np.inf if said.max_kva is None else said.max_kva * factor,
    )


def _export(tariff: Tariff, clock: Clock, days: Days) -> np.ndarray:
    price = np.full(clock.steps, 0.0 if tariff.net_metering else tariff.export_per_kwh)
    for line in tariff.export:
        price[clock.within(line, days)] = line.price_per_kwh
    return price


def holidays_of(tariff: Tariff, clock: Clock) -> Days:
    """Return the days that a tariff counts as weekend."""
    said = tariff.holidays
    if said is None:
        return frozenset()
    if not isinstance(said, str):
        return frozenset(said)
    import holidays

    country, _, part = said.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=sorted(set(clock.start.year))))
