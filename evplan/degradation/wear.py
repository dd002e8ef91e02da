"""What a year and a cycle cost a battery, as fractions of its life.

A battery that lives L years at n cycles a year loses Q_cal to time and Q_cyc to cycling. Time then
takes  share / L  of a life per year, with share = Q_cal / (Q_cal + Q_cyc), and a cycle takes
(1 - share) / (n L). Over one life they add up to exactly one battery.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.degradation.duty import Duty
from evplan.degradation.fade import MAX_LIFE_YEARS, Fade
from evplan.degradation.predict import AgeingModel
from evplan.errors import InputError


@dataclass(frozen=True)
class Wear:
    """The wear of one battery under one duty.

    calendar_share : p.u. of the fade at the end of life that time alone causes.
    life_fraction_per_year_calendar, life_fraction_per_fec : fractions of one replacement.
    end_of_life_soh : p.u. of new capacity at which it is replaced.
    """

    life_years: float
    calendar_share: float
    life_fraction_per_year_calendar: float
    life_fraction_per_fec: float
    fade: Fade
    cycles_per_year: float
    end_of_life_soh: float

    def soh_by_year(self, years) -> np.ndarray:
        """Return the state of health at these ages, p.u.; for years 0 to 15 give `range(16)`."""
        age_years = np.asarray(years, float)
        return self.fade.state_of_health(age_years, self.cycles_per_year * age_years)

    @property
    def price_of_time(self) -> float:
        """Return the fraction of one replacement per unit of Z that time adds (see `pricing.py`)."""
        z = self.fade.calendar_rate ** (1 / self.fade.time_exponent)
        return self.life_fraction_per_year_calendar / z if z > 0 else 0.0

    @property
    def price_of_cycling(self) -> float:
        """Return the fraction of one replacement per unit of Z that cycles add; 0 without cycles."""
        z = self.fade.cycle_rate ** (1 / self.fade.cycle_exponent)
        return self.life_fraction_per_fec / z if z > 0 else 0.0


def battery_wear(model: AgeingModel, duty: Duty, end_of_life_soh: float, longest_years: float = MAX_LIFE_YEARS) -> Wear:
    """Return the wear of a battery that is replaced at `end_of_life_soh`.

    Raises: InputError for a duty without cycles: what a cycle then costs is not defined.
    """
    if duty.cycles_per_year <= 0:
        raise InputError("cycles_per_year: 0 gives no cost per cycle; give the cycles you expect (365 is one a day)")
    return wear_of(model.fade(duty), duty.cycles_per_year, end_of_life_soh, longest_years)


def wear_of(fade: Fade, cycles_per_year: float, end_of_life_soh: float, longest_years: float = MAX_LIFE_YEARS) -> Wear:
    """Return the wear of a battery that fades so; without cycles, time alone is to blame.

    longest_years : age at which it is replaced at the latest.
    """
    life_years = min(longest_years, fade.life_years(cycles_per_year, end_of_life_soh))
    life_fec = cycles_per_year * life_years
    calendar_share = float(fade.calendar_loss(life_years) / fade.capacity_loss(life_years, life_fec))
    return Wear(
        life_years=life_years,
        calendar_share=calendar_share,
        life_fraction_per_year_calendar=calendar_share / life_years,
        life_fraction_per_fec=(1.0 - calendar_share) / life_fec if life_fec > 0 else 0.0,
        fade=fade,
        cycles_per_year=cycles_per_year,
        end_of_life_soh=end_of_life_soh,
    )
