"""What a city study may say of money: prices of energy, costs and lives of what is built, and how it is judged."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from evplan.instance.base import CURRENCY, Fraction, NotNegative, Noun, Rate

Hourly = Annotated[tuple[NotNegative, ...], Field(min_length=24, max_length=24)]
Life = Annotated[float, Field(strict=True, ge=1, le=100)]
Price = Annotated[float, Field(strict=True, ge=0, le=1e4)]  # of a kWh, in whatever currency


class Prices(Noun):
    """Prices of energy, relative to each city's own price."""

    by_hour: Hourly = (1.0,) * 24
    """Factor of each hour of the day, standard time."""
    cheap_below: NotNegative = 0.0
    """Factor below which the rule-based dispatch fills batteries from the grid; 0 never does."""
    export_factor: Fraction = 0.4
    """Price of exported energy, of the city's own price."""
    per_kw_year: NotNegative = 0.0
    """Price of the year's highest import, per kW."""
    escalation: Rate = 0.0
    """Yearly rise of all of them."""


class Lives(Noun):
    """Years that things last before they are bought again."""

    solar: Life = 30.0
    """Solar panels."""
    wind: Life = 25.0
    """Wind turbines."""
    storage: Life = 15.0
    """Batteries."""
    chargers: Life = 12.0
    """Charge points."""


class Costs(Noun):
    """Costs of what is built, in the first year's money, and how it is judged."""

    currency: Annotated[str, Field(strict=True, pattern=CURRENCY)] = "USD"
    """ISO 4217 code of every amount."""
    solar_per_kw: NotNegative
    """Solar panels."""
    wind_per_kw: NotNegative
    """Wind turbines."""
    storage_per_kwh: NotNegative
    """Batteries with their power electronics."""
    charger_per_kw: NotNegative = 0.0
    """Charge points, per kW of the year's highest charging power."""
    life_years: Lives = Lives()
    """Years that things last; what is left of them at the end counts as worth."""
    om_share: Fraction = 0.02
    """Operation and maintenance a year, part of what was built."""
    unmet_per_kwh: Price = 1.0
    """What a kWh of charging that never comes costs drivers."""
    discount_rate: Rate = 0.06
    """Real rate at which costs and energy are discounted."""
