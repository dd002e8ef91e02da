"""The instance: horizon, weather, catalogue, tariffs, sites, finance, solver, scenarios."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from evplan.instance.base import Day, Name, NotNegative, Noun, Positive, SeriesFile, Text, Years
from evplan.instance.catalogue import Catalogue
from evplan.instance.citations import Citation
from evplan.instance.context import Context
from evplan.instance.finance import Finance
from evplan.instance.futures import Futures
from evplan.instance.outages import Outages
from evplan.instance.portfolio import Portfolio
from evplan.instance.risk import Risk
from evplan.instance.site import Site
from evplan.instance.tariff import Tariff

DIALECT = "https://json-schema.org/draft/2020-12/schema"
StepMinutes = Literal[5, 10, 15, 20, 30, 60]


class Horizon(Noun):
    """Which years are planned and how finely."""

    start: Day
    """First day of operation; everything is built the year before."""
    years: Annotated[int, Field(strict=True, ge=1, le=40)] = 15
    """Years of operation."""
    step_minutes: StepMinutes = 60
    """Length of a dispatch step, minutes."""
    timezone: Text = "UTC"
    """IANA name; tariffs and arrivals follow its civil time."""
    operating_years: Annotated[tuple[Years, ...], Field(min_length=1, max_length=12)] | None = None
    """Years modelled step by step (1 is the first); those between are interpolated along the energy wanted, later ones held.
    Left out: the first and the eighth (or the last, if sooner)."""
    stages: Annotated[tuple[Years, ...], Field(min_length=2, max_length=6)] | None = None
    """Years before which something may be built, the first is 1: `[1, 6, 11]`; `evplan stages` says what to build when. The
    first and the last year of each stage are modelled."""
    weeks: Annotated[tuple[Day, ...], Field(max_length=52)] = ()
    """First days of representative weeks that stand for the year; left out, every hour of the year."""

    storage_cycle: Literal["month", "year"] = "month"
    """Over what a battery ends with the energy it began with: months can be planned side by side, a year is slower."""

    def modelled_years(self) -> tuple[int, ...]:
        """Return the operating years that are modelled, ascending."""
        if self.stages:
            ends = (*(year - 1 for year in self.stages[1:]), self.years)
            return tuple(sorted({*self.stages, *ends}))
        return self.operating_years or tuple(sorted({1, min(8, self.years)}))


class Weather(Noun):
    """The year of weather every site sees."""

    file: Text
    """TMY3 file beside this file, or `pvlib:NAME` for one that pvlib ships."""
    warmer_by_k: Annotated[float, Field(strict=True, ge=-30, le=30)] = 0.0
    """Added to every air temperature, K; a simple climate scenario."""


class Carbon(Noun):
    """Emissions of the energy drawn from the grid: a price that steers the plan, and a limit."""

    grid_kg_per_kwh: NotNegative | None = None
    """CO2-equivalent of a kWh drawn, kg."""
    grid_series: SeriesFile | None = None
    """The same for every hour, from a file."""
    price_per_t: NotNegative = 0.0
    """What the planner puts on a tonne emitted; steers the plan, is not cash."""
    cap_t_per_year: NotNegative | None = None
    """Most that each site may emit in a year, tonnes."""


SolverName = Literal["highs", "highs-simplex", "highs-ipm", "highs-hipo", "scip", "cbc", "gurobi"]


class Solver(Noun):
    """How the plan is solved."""

    name: SolverName = "highs"
    """Solver: highs decomposes the plan by months; highs-simplex, highs-ipm and highs-hipo solve it whole, with that method for
    its linear programs; scip and cbc need the `solvers` extra, gurobi its own package and licence."""
    options: dict[SolverName, dict[str, bool | int | float | str]] = Field(default_factory=dict)
    """Options of each solver, by its own names: `options: {highs: {presolve: "off"}, cbc: {cuts: "off"}}`."""
    gap: Annotated[float, Field(strict=True, ge=0, lt=1)] = 0.001
    """Relative distance to the proved bound at which the search stops."""
    time_limit_s: Positive = 600.0
    """Seconds after which the best plan so far is returned."""


class Instance(Noun):
    """An instance file, validated."""

    kind: Literal["plan"]
    """What the file describes: plan."""
    format: Literal[1]
    """Version of this format."""
    title: Text = ""
    """One line for people."""
    horizon: Horizon
    """Which years are planned and how finely."""
    weather: Weather
    """The year of weather every site sees."""
    context: Context | None = None
    """A city run whose figures fill in what sites leave to it; left out, there is none."""
    catalogue: Catalogue
    """Everything a plan may choose from."""
    tariffs: dict[Name, Tariff]
    """Electricity rates by name."""
    sites: Annotated[tuple[Site, ...], Field(min_length=1, max_length=1000)]
    """Charging sites."""
    portfolio: Portfolio | None = None
    """Limits on all sites together; left out, sites are planned side by side."""
    finance: Finance = Finance()
    """Money."""
    carbon: Carbon | None = None
    """Emissions of the energy drawn; left out, they are not looked at."""
    outages: Outages | None = None
    """Outages of the grid; left out, there are none."""
    solver: Solver = Solver()
    """How the plan is solved."""
    scenarios: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    """Named sets of changes: dotted path to new value."""
    futures: Futures | None = None
    """What may come once the sites stand, for `evplan futures`: sizes that are best over all of it."""
    risk: Risk | None = None
    """What is uncertain about the plan's money, for `evplan risk`."""
    sources: dict[Text, Citation] = Field(default_factory=dict)
    """Where inputs come from, by dotted path: `"sites[NAME].demand": {source: traffic count, date: 2026-05-01}`; the report's register
    of inputs prints it."""


def json_schema() -> str:
    """Return the JSON Schema of an instance file, as text ending in a newline.

    Every catalogue entry and tariff may also say `use: FILE/ENTRY`, which fills in shipped figures.
    """
    schema = Instance.model_json_schema()
    for name in ("Charger", "Solar", "Battery", "Tariff"):
        noun = schema["$defs"][name]
        noun["properties"]["use"] = {
            "type": "string",
            "pattern": "^[^/]+/[^/]+$",
            "description": "Take every field not given here from data/, as FILE/ENTRY.",
        }
        needed = [["energy"], ["energy_series"]] if name == "Tariff" else [noun.pop("required")]
        noun["anyOf"] = [{"required": names} for names in (*needed, ["use"])]
    for name in ("tariffs", "scenarios"):
        schema["properties"][name]["additionalProperties"] = False
    return json.dumps({"$schema": DIALECT, **schema}, indent=2) + "\n"
