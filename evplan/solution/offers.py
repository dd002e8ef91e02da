"""What a site was offered, tariffs and states of health at which cells are replaced, and what each is worth."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Offer:
    """A site planned under one tariff, with cells replaced at one state of health, settled for its own use.

    end_of_life_soh : p.u. of new capacity; None where no battery may age.
    life_years : of the cells at the plan's own use; None without a battery.
    objective, bound, npv : in the file's money; the net present value is of the whole site, losses refunded, cells replaced as they wear.
    """

    tariff: str
    end_of_life_soh: float | None
    battery_kwh: float
    life_years: float | None
    objective: float
    bound: float
    npv: float
    status: str
    picked: bool
