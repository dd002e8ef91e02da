"""What may be built: charger types, solar, battery; and the vehicles that come."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from evplan.instance.base import (
    ONE,
    SEVERAL,
    Fraction,
    Name,
    NotNegative,
    Noun,
    Positive,
    Rate,
    Share,
    Text,
    Years,
    one_or_several,
)

Chemistry = Literal["lfp", "nmc", "nmc622", "nca", "sodium"]
Health = Annotated[float, Field(strict=True, ge=0.5, lt=1)]
Healths = Annotated[
    Annotated[Health, Tag(ONE)]
    | Annotated[Annotated[tuple[Health, ...], Field(min_length=1, max_length=5)], Tag(SEVERAL)],
    Discriminator(one_or_several),
]


class Incentives(Noun):
    """What tax law gives for an investment, besides ordinary depreciation."""

    investment_tax_credit: Fraction = 0.0
    """Fraction of the cost that is taken off tax at the end of the first year."""
    itc_basis_reduction: Fraction = 0.5
    """Fraction of the tax credit by which what can be depreciated shrinks (0.5 in US law)."""
    macrs_years: Literal[5, 7, 15] | None = None
    """Class of the US accelerated depreciation, years; left out, `finance.depreciation_years` in a straight line."""
    bonus_depreciation: Fraction = 0.0
    """Fraction that is depreciated in the first year, before the schedule takes the rest."""
    depreciation: Annotated[tuple[Fraction, ...], Field(min_length=1, max_length=60)] | None = None
    """A schedule of its own: the fractions of the cost depreciated in the first year, the second, and so on; they sum to 1."""
    credit_cap: NotNegative | None = None
    """Most tax credit per charger, or per kW of panels; batteries have none."""

    def within(self, unit_cost: float) -> Incentives:
        """Return what tax law gives for units of a cost each, the credit cut at its cap."""
        if self.credit_cap is None or unit_cost * self.investment_tax_credit <= self.credit_cap:
            return self
        return self.model_copy(update={"investment_tax_credit": self.credit_cap / unit_cost, "credit_cap": None})


class Charger(Noun):
    """One type of charger."""

    name: Name
    """Name of the type, as plans and reports show it."""
    power_kw: Annotated[float, Field(strict=True, gt=0, le=10_000)]
    """Rated power of one charger, delivered to vehicles, kW."""
    ports: Annotated[int, Field(strict=True, ge=1, le=20)] = 1
    """Vehicles served at once; ports share the rated power evenly."""
    cost: NotNegative
    """Hardware, per charger."""
    install_cost: NotNegative = 0.0
    """Installation, per charger."""
    cost_change_per_year: Rate = 0.0
    """Yearly change of its price, in real terms, for what a later stage builds."""
    om_per_year: NotNegative = 0.0
    """Operation and maintenance, per charger and year."""
    max_count: Annotated[int, Field(strict=True, ge=0, le=500)] = 50
    """Most chargers of this type at one site."""
    efficiency: Annotated[float, Field(strict=True, ge=0.5, le=1)] = 0.94
    """Energy into the vehicle per energy drawn from the site's bus."""
    availability: Share = 0.97
    """Fraction of hours a port is in working order (97 % is the US federal NEVI rule)."""
    life_years: Years = 10
    """Years until the hardware is replaced (the installation is not)."""
    incentives: Incentives = Incentives()
    """What tax law gives for it."""
    source: Text = ""
    """Where the figures come from; printed in the report."""


class Solar(Noun):
    """Photovoltaic panels with their inverter."""

    cost_per_kw: NotNegative
    """Installed cost, per kW of direct-current rating."""
    cost_change_per_year: Rate = 0.0
    """Yearly change of its price, in real terms, for what a later stage builds."""
    om_per_kw_year: NotNegative = 0.0
    """Operation and maintenance, per kW and year."""
    degradation: Annotated[float, Field(strict=True, ge=0, lt=0.2)] = 0.005
    """Fraction of yield lost per year."""
    life_years: Years = 30
    """Years until the panels are replaced."""
    losses: Fraction = 0.14
    """System losses (soiling, wiring, mismatch); 0.14 is the PVWatts default."""
    tilt_deg: Annotated[float, Field(strict=True, ge=0, le=90)] | None = None
    """Tilt from horizontal, degrees; left out, the site's latitude."""
    azimuth_deg: Annotated[float, Field(strict=True, ge=0, lt=360)] = 180.0
    """Direction the panels face, degrees clockwise from north."""
    max_kw: NotNegative = 1000.0
    """Roof and land limit of a site, kW, what stands there included."""
    fixed_cost: NotNegative = 0.0
    """Cost of installing any at all, whatever the size."""
    module_kw: Positive | None = None
    """Panels are added in blocks of this size, kW; left out, in any size."""
    incentives: Incentives = Incentives()
    """What tax law gives for them."""
    source: Text = ""
    """Where the figures come from; printed in the report."""


class Battery(Noun):
    """A stationary battery: cells priced per kWh, power electronics per kW."""

    cost_per_kwh: NotNegative
    """Installed cost of cells and enclosure, per kWh."""
    cost_per_kw: NotNegative
    """Installed cost of power electronics and connection, per kW."""
    cost_change_per_year: Rate = 0.0
    """Yearly change of its price, in real terms, for what a later stage builds."""
    om_per_kw_year: NotNegative = 0.0
    """Operation and maintenance, per kW and year."""
    chemistry: Chemistry = "lfp"
    """Cell chemistry; chooses the ageing model and the thermal lookup."""
    ageing_model: Text | None = None
    """Name of a model in models/, or an .npz file beside this file; left out, the chemistry's own."""
    ageing_outlook: Literal["lab", "field"] = "lab"
    """Calendar fade as the laboratory law has it, or as years in the field do (slower at first, faster later)."""
    soc_min: Fraction = 0.1
    """Lowest state of charge used."""
    soc_max: Fraction = 0.95
    """Highest state of charge used."""
    soc_start: Fraction | None = None
    """State of charge in which each year begins, whatever it ends in; left out, it ends as it began."""
    round_trip_efficiency: Annotated[float, Field(strict=True, ge=0.3, le=1)] = 0.85
    """Energy out per energy in, alternating current to alternating current."""
    end_of_life_soh: Healths = 0.8
    """Fraction of new capacity at which the cells are replaced, or several, of which the plan picks one at each site."""
    max_life_years: Years = 20
    """Age at which the cells are replaced at the latest, whatever the ageing model says; no test behind it ran so long."""
    replacement_cost_fraction: Fraction = 0.7
    """Price of replacement cells as a fraction of `cost_per_kwh`."""
    power_life_years: Years = 15
    """Years until the power electronics are replaced."""
    cycles_per_day: Annotated[float, Field(strict=True, gt=0, le=6)] = 1.0
    """Full equivalent cycles per day: the first guess when wear is priced; the plan's own use replaces it."""
    cycle_depth: Annotated[float, Field(strict=True, gt=0, le=1)] | None = None
    """Depth of the usual cycle, the first guess; left out, the whole window of charge."""
    c_rate: Annotated[float, Field(strict=True, gt=0, le=4)] = 0.5
    """Charge and discharge rate, the first guess, 1/h."""
    max_c_rate: Annotated[float, Field(strict=True, gt=0, le=10)] = 1.0
    """Most power per energy capacity that the cells allow, 1/h."""
    max_kwh: NotNegative = 5000.0
    """Room for the battery at a site, kWh, what stands there included."""
    max_kw: NotNegative | None = None
    """Most power at a site, kW."""
    min_duration_h: NotNegative = 0.0
    """Least energy per power, h."""
    max_duration_h: Positive | None = None
    """Most energy per power, h."""
    fixed_cost: NotNegative = 0.0
    """Cost of installing any at all, whatever the size."""
    module_kwh: Positive | None = None
    """Batteries are added in blocks of this size, kWh; left out, in any size."""
    power_replacement_fraction: Fraction = 1.0
    """Price of replacement power electronics as a fraction of `cost_per_kw`."""
    replaced_in_years: Annotated[tuple[Years, ...], Field(min_length=1)] | None = None
    """Years at whose end cells and power electronics are replaced, whatever the use: then neither wear nor fade is
    modelled, and capacity stays as new. Left out, the ageing model decides."""
    incentives: Incentives = Incentives()
    """What tax law gives for it."""
    source: Text = ""
    """Where the figures come from; printed in the report."""

    @property
    def replaced_at(self) -> tuple[float, ...]:
        """Return the states of health at which the cells may be replaced; of those the plan picks one at each site."""
        said = self.end_of_life_soh
        return tuple(dict.fromkeys(said)) if isinstance(said, tuple) else (said,)


class Vehicle(Noun):
    """The typical vehicle that comes; its age and cold weather limit the power it accepts."""

    battery_kwh: Annotated[float, Field(strict=True, ge=1, le=2000)] = 75.0
    """Capacity when new, kWh."""
    mean_charge_c_rate: Annotated[float, Field(strict=True, gt=0, le=10)] = 1.3
    """Mean power a new vehicle with warm cells accepts over a fast charge, per kWh of capacity, 1/h."""
    preconditioned: bool = False
    """Whether vehicles warm their cells to 25 °C before a fast charge, so that cold does not slow it."""
    chemistry: Chemistry = "nca"
    """Cell chemistry; chooses the ageing model."""
    ageing_outlook: Literal["lab", "field"] = "field"
    """Ageing as the laboratory has it, or as cars in service show it (NCA: scaled to a measured fleet)."""
    mean_age_years: Annotated[float, Field(strict=True, ge=0, le=20)] = 4.0
    """Mean age of the vehicles that come, years."""
    cycles_per_year: Positive = 60.0
    """Full equivalent cycles per year (about 18,000 km at 75 kWh and 0.2 kWh/km, with losses)."""
    soc: Fraction = 0.6
    """Mean state of charge while parked."""


class Catalogue(Noun):
    """Everything a plan may choose from."""

    chargers: Annotated[tuple[Charger, ...], Field(min_length=1)] = ()
    """Charger types; none where only a building's load is planned for."""
    solar: Solar | None = None
    """Solar panels; null forbids them."""
    battery: Battery | None = None
    """Stationary battery; null forbids it."""
    vehicle: Vehicle = Vehicle()
    """The typical vehicle."""
