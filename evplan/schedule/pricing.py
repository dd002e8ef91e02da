"""What energy and its peaks cost in every step: a tariff's prices as means over steps of any length, and day-ahead prices on top."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evplan.errors import InputError
from evplan.instance.tariff import EnergyPrice, Tariff
from evplan.parameters.clock import Clock
from evplan.parameters.tariff import TariffSeries, tariff_series
from evplan.schedule.clock import steps_from
from evplan.units import MINUTES_PER_HOUR

NOT_HERE = ("energy_series", "coincident", "contract", "net_metering", "minimum_per_month")
DEAR = (EnergyPrice(price_per_kwh=1e6),)  # energy nobody sells for: what export earns is read beside it


@dataclass(frozen=True)
class Priced:
    """Money by step. energy, export : per kWh, shape (steps,).  demand : (steps that it applies in, bool; price per kW) of each charge."""

    energy: np.ndarray
    export: np.ndarray
    demand: tuple[tuple[np.ndarray, float], ...]


def priced(tariff: Tariff, clock: Clock, added: np.ndarray | None) -> Priced:
    """Return a tariff in every step: means of prices; a demand charge applies in a step that it applies in at all.

    added : day-ahead prices, shape (steps,). Export never earns more than energy costs in its step.
    Raises: InputError for parts of a tariff that a day has no use for.
    """
    _only_known(tariff)
    minutes = round(MINUTES_PER_HOUR * float(clock.step_h[0]))
    grain = _grain(tariff, clock, minutes)
    fine = clock if grain == minutes else steps_from(clock.start[0], clock.steps * (minutes // grain), grain)

    def mean(values: np.ndarray) -> np.ndarray:
        return values.reshape(clock.steps, -1).mean(axis=1)

    bare = tariff if added is None else tariff.model_copy(update={"export_per_kwh": 0.0, "export": ()})
    series = tariff_series(bare, fine)
    energy = mean(series.energy_per_kwh) + (0.0 if added is None else added)
    sold = series if added is None else tariff_series(tariff.model_copy(update={"energy": DEAR}), fine)
    return Priced(energy, np.minimum(mean(sold.export_per_kwh), energy), tuple(_demand(series, clock.steps)))


def _demand(series: TariffSeries, steps: int) -> list[tuple[np.ndarray, float]]:
    return [(line.applies.reshape(steps, -1).max(axis=1), line.tiers[0].price) for line in series.demand]


def _grain(tariff: Tariff, clock: Clock, minutes: int) -> int:
    """Return the longest minutes that divide steps, hours, and every window's ends on this clock."""
    edges = [clock.start[0].minute]
    for line in (*tariff.energy, *tariff.demand, *tariff.export):
        edges += [int(text[-2:]) for text in (line.start, line.end)]
    return math.gcd(minutes, MINUTES_PER_HOUR, *edges)


def _only_known(tariff: Tariff) -> None:
    """Raise `InputError` for parts of a tariff that no day's plan can weigh."""
    said = [name for name in NOT_HERE if getattr(tariff, name)]
    said += ["energy.tiers"] * any(line.tiers for line in tariff.energy)
    said += ["demand.tiers or ratchet"] * any(line.tiers or line.ratchet or line.where for line in tariff.demand)
    if said:
        raise InputError(
            f"tariff: {', '.join(said)}: a schedule knows prices by time of use, demand charges of one price, and export; prices by "
            "the hour go into `prices`"
        )
