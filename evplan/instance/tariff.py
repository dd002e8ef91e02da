"""What a tariff may say: energy prices by window, monthly demand charges, export."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import ClockTime, Month, NotNegative, Noun, Text

ALL_MONTHS = tuple(range(1, 13))


class Window(Noun):
    """When a line of a tariff applies, in the site's local (civil) time."""

    months: Annotated[tuple[Month, ...], Field(min_length=1)] = ALL_MONTHS
    """Months, 1 to 12."""
    days: Literal["all", "weekday", "weekend"] = "all"
    """Days of the week; public holidays count as their weekday."""
    start: ClockTime = "00:00"
    """First minute, HH:MM."""
    end: ClockTime = "24:00"
    """Minute after the last, HH:MM; a window whose end is not after its start runs past midnight."""


class EnergyPrice(Window):
    """A price of imported energy; a later line overrides earlier ones inside its window."""

    price_per_kwh: NotNegative
    """Price of a kWh drawn from the grid."""


class DemandCharge(Window):
    """A price on the highest mean power of each month inside the window; lines add up."""

    price_per_kw_month: NotNegative
    """Price per kW and month."""


class Tariff(Noun):
    """A commercial electricity rate."""

    fixed_per_month: NotNegative = 0.0
    """Charge per month, whatever is used."""
    energy: Annotated[tuple[EnergyPrice, ...], Field(min_length=1)]
    """Energy prices; together they must cover every hour."""
    demand: tuple[DemandCharge, ...] = ()
    """Monthly demand charges."""
    export_per_kwh: NotNegative = 0.0
    """Credit for a kWh sent into the grid, at most the cheapest energy price; 0, nothing is exported."""
    source: Text = ""
    """Rate sheet and effective date; printed in the report."""
