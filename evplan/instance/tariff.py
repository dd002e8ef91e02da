"""What a tariff may say: energy by window and tier, demand with ratchets, contracts, minimums, holidays, export."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from evplan.instance.base import (
    ONE,
    PEAK_HOUR,
    PLACE,
    SEVERAL,
    ClockTime,
    Day,
    Month,
    NotNegative,
    Noun,
    Positive,
    SeriesFile,
    Share,
    Text,
    Years,
    one_or_several,
)  # fmt: skip

ALL_MONTHS = tuple(range(1, 13))
PeakHour = Annotated[str, Field(strict=True, pattern=PEAK_HOUR)]
PlaceCode = Annotated[str, Field(strict=True, pattern=PLACE)]
Holidays = Annotated[
    Annotated[PlaceCode, Tag(ONE)] | Annotated[tuple[Day, ...], Tag(SEVERAL)], Discriminator(one_or_several)
]


class Window(Noun):
    """When a line of a tariff applies, in the site's local (civil) time."""

    months: Annotated[tuple[Month, ...], Field(min_length=1)] = ALL_MONTHS
    """Months, 1 to 12."""
    days: Literal["all", "weekday", "weekend"] = "all"
    """Days of the week; a holiday of the tariff's `holidays` counts as weekend."""
    start: ClockTime = "00:00"
    """First minute, HH:MM."""
    end: ClockTime = "24:00"
    """Minute after the last, HH:MM; a window whose end is not after its start runs past midnight."""


class Line(Window):
    """A line of a tariff: it applies in its own window, or in several."""

    windows: Annotated[tuple[Window, ...], Field(min_length=1)] | None = None
    """Several windows, instead of the line's own, that share one meter: one peak, one set of tiers."""

    @property
    def all_windows(self) -> tuple[Window, ...]:
        """Return every window in which the line applies."""
        return self.windows or (self,)


class EnergyTier(Noun):
    """A price up to some energy a month."""

    up_to_kwh: Positive | None = None
    """Energy of a month, inside the line, where the tier ends, kWh; the last tier has no end."""
    price_per_kwh: NotNegative
    """Price of a kWh in the tier."""


class EnergyPrice(Line):
    """A price of imported energy; a later line overrides earlier ones inside its windows."""

    price_per_kwh: NotNegative | None = None
    """Price of a kWh drawn from the grid; or give `tiers`."""
    tiers: Annotated[tuple[EnergyTier, ...], Field(min_length=1)] | None = None
    """Prices by how much of a month's energy the line has metered, cheapest or dearest first."""

    @property
    def prices(self) -> tuple[float, ...]:
        """Return the price of every tier."""
        return tuple(tier.price_per_kwh for tier in self.tiers) if self.tiers else (self.price_per_kwh or 0.0,)


class DemandTier(Noun):
    """A price up to some power."""

    up_to_kw: Positive | None = None
    """Billed power where the tier ends, kW; the last tier has no end."""
    price_per_kw_month: NotNegative
    """Price per kW and month in the tier."""


class RatchetRule(Noun):
    """Billed power is at least a fraction of the highest of earlier months."""

    fraction: Share
    """Fraction of the earlier peak."""
    lookback_months: Annotated[int, Field(strict=True, ge=1, le=12)] = 11
    """How many months back a peak is remembered; every year is like the last."""
    months: Annotated[tuple[Month, ...], Field(min_length=1)] = ALL_MONTHS
    """Months whose peaks are remembered."""


class DemandCharge(Line):
    """A price on the highest mean power of each month inside the windows; lines add up."""

    price_per_kw_month: NotNegative | None = None
    """Price per kW and month; or give `tiers`."""
    tiers: Annotated[tuple[DemandTier, ...], Field(min_length=1)] | None = None
    """Prices by how high the billed power is."""
    where: SeriesFile | None = None
    """A column that is above 0 in the hours in which the line applies, instead of windows."""
    ratchet: RatchetRule | None = None
    """What earlier peaks do to the billed power."""
    from_year: Years = 1
    """First year of operation in which it is charged: later than 1 where the utility grants a demand-charge holiday."""
    until_year: Years | None = None
    """Last year of operation in which it is charged."""


class CoincidentPeak(Noun):
    """A price on the import in the hours in which the utility itself peaks."""

    price_per_kw_year: NotNegative
    """Price per kW and year."""
    hours: Annotated[tuple[PeakHour, ...], Field(min_length=1)]
    """Hours expected to be the utility's peaks, `MM-DD HH:00`, local time."""
    measure: Literal["mean", "highest"] = "mean"
    """Whether the mean import of these hours is billed, or the highest."""


class ContractedCapacity(Noun):
    """Capacity that is contracted and paid whether used or not; the plan chooses how much."""

    price_per_kva_month: NotNegative
    """Price per kVA contracted and month."""
    excess_price_per_kva_month: NotNegative | None = None
    """Price per kVA by which a month's highest import exceeds the contract; left out, it must not."""
    power_factor: Share = 1.0
    """kW drawn per kVA."""
    min_kva: NotNegative = 0.0
    """Least that can be contracted, kVA."""
    max_kva: Positive | None = None
    """Most that can be contracted, kVA."""


class ExportPrice(Window):
    """A price of energy sent into the grid; a later line overrides earlier ones inside its window."""

    price_per_kwh: NotNegative
    """Credit for a kWh sent into the grid."""


class Tariff(Noun):
    """A commercial electricity rate."""

    fixed_per_month: NotNegative = 0.0
    """Charge per month, whatever is used."""
    minimum_per_month: NotNegative = 0.0
    """Least that a month's bill comes to, export credits taken off; what is lacking is added."""
    energy: Annotated[tuple[EnergyPrice, ...], Field(min_length=1)] = ()
    """Energy prices; together they must cover every hour, unless `energy_series` does."""
    energy_series: SeriesFile | None = None
    """Price of every hour from a file, instead of `energy`: day-ahead or real-time prices."""
    demand: tuple[DemandCharge, ...] = ()
    """Monthly demand charges."""
    coincident: tuple[CoincidentPeak, ...] = ()
    """Charges on the utility's own peak hours."""
    contract: ContractedCapacity | None = None
    """Contracted capacity."""
    export_per_kwh: NotNegative = 0.0
    """Credit for a kWh sent into the grid, never above the energy price of its hour; 0, nothing is exported."""
    export: tuple[ExportPrice, ...] = ()
    """Credits by window (wholesale, feed-in), over `export_per_kwh`."""
    export_max_kw: NotNegative | None = None
    """Most that may be sent into the grid, kW; left out, what the connection allows."""
    net_metering: Literal["month", "year"] | None = None
    """Export is taken off import, line by line, over this time; what is left over earns `export_per_kwh`."""
    holidays: Holidays | None = None
    """Days that count as weekend: a country or part of one (US, US-NC, DE-BY), or dates."""
    source: Text = ""
    """Rate sheet and effective date; printed in the report."""
