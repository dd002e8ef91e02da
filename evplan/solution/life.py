"""How long a plan's battery really lasts: the plan's own use, hour by hour, put back through the ageing model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from evplan.degradation.duty import Duty
from evplan.degradation.field import published_spread
from evplan.degradation.history import Use, fade_of_use, mean_fade, use_warnings
from evplan.degradation.laws import Rates
from evplan.degradation.wear import wear_of
from evplan.instance.catalogue import Battery
from evplan.parameters.ageing import BatteryAgeing
from evplan.parameters.context import Context
from evplan.parameters.money import discounts, index_of
from evplan.solution.tables import SiteSolution
from evplan.solution.use import Counted, weighted
from evplan.units import DAYS_PER_YEAR

SETTLED = 0.01  # a life that changes by less is the same life
WEAR_SETTLED = 0.02  # a price of wear that is this near to its count is its count
COOLER_K, SPREAD_YEARS = 5.0, 8


@dataclass(frozen=True)
class BatteryLife:
    """A battery's use and life. Series by year hold the end of years 0, 1, ...

    priced_years : the life that wear was priced for.  rounds : how often the plan was solved until both agreed.
    wear_error, fade_error : difference of what cycling, and time, were priced at from what rainflow and hours count, p.u.
    wear_scale, fade_scale : what convex prices were multiplied by so that they meet the count.
    depth, c_rate, charge_c_rate : means over the plan's cycles, each weighted by its energy.
    soh_low, soh_high : hold 90 % of batteries in service.  life_low_years, life_high_years : their lives.
    lab_years, field_years : life with the laboratory's calendar fade and with the field's; `outlook` says which was planned with.
    cell : whose ageing law it is.
    resistance_by_year : of new; empty where no law of it is published.
    cell_c_by_month, air_c_by_month : means, degrees Celsius.
    replacement_years : operating years within the horizon at whose end the cells are replaced.
    cooler_years : years of life that cells 5 K cooler would add.  time_factor : speed of calendar fade over that at 25 °C.
    published_soh : {chemistry: state of health} of other published cells under a steady duty like it, after spread_years.
    replacing_cost, adding_cost : present cost of replacing worn cells, and of adding each year what its fade took.
    replacing_cost_short : of replacing cells that last `life_low_years`.
    """

    end_of_life_soh: float
    priced_years: float
    resimulated_years: float
    rounds: int
    wear_error: float
    fade_error: float
    wear_scale: float
    fade_scale: float
    cycles_per_year: float
    depth: float
    c_rate: float
    charge_c_rate: float
    mean_cell_c: float
    warmest_cell_c: float
    calendar_share: float
    life_low_years: float
    life_high_years: float
    lab_years: float
    field_years: float
    outlook: str
    cell: str
    soh_by_year: tuple[float, ...]
    soh_low: tuple[float, ...]
    soh_high: tuple[float, ...]
    resistance_by_year: tuple[float, ...]
    cell_c_by_month: tuple[float, ...]
    air_c_by_month: tuple[float, ...]
    replacement_years: tuple[int, ...]
    cooler_years: float
    time_factor: float
    published_soh: dict[str, float]
    spread_years: int
    replacing_cost: float
    replacing_cost_short: float
    adding_cost: float
    warnings: tuple[str, ...]

    @property
    def settled(self) -> bool:
        """Return whether the plan was made for the life that it leads."""
        moved = abs(self.resimulated_years - self.priced_years) / self.resimulated_years
        return moved <= SETTLED and max(self.wear_error, self.fade_error) <= WEAR_SETTLED


def battery_life(
    battery: Battery, plan: SiteSolution, priced: BatteryAgeing, counted: Counted, errors: tuple[float, float],
    context: Context, rounds: int,
) -> BatteryLife:  # fmt: skip
    """Return the life of a site's battery at the plan's own use.

    priced : the ageing that the plan was made for.  errors : of its prices of wear and of fade.
    """
    ageing, uses, (wear_error, fade_error) = counted.ageing, counted.uses, errors
    wear, model, years = ageing.wear, ageing.model, context.instance.horizon.years
    age = np.arange(years + 1.0)
    soh = wear.soh_by_year(age)
    low, high = model.interval(1 - soh)
    short_life, long_life = _interval(battery, ageing)
    cooler = tuple(replace(use, temperature_c=use.temperature_c - COOLER_K) for use in uses)
    spread_years, like = min(years, SPREAD_YEARS), _like(ageing, uses)
    replaced = _replacements(wear.life_years, years)
    replacing, adding = _renewal(battery, plan, soh, replaced, context)
    return BatteryLife(
        end_of_life_soh=wear.end_of_life_soh,
        priced_years=priced.wear.life_years,
        resimulated_years=wear.life_years,
        rounds=rounds,
        wear_error=wear_error,
        fade_error=fade_error,
        wear_scale=priced.cycle_scale,
        fade_scale=priced.time_scale,
        cycles_per_year=wear.cycles_per_year,
        depth=weighted(uses, "depth"),
        c_rate=weighted(uses, "c_rate"),
        charge_c_rate=weighted(uses, "charge_c_rate"),
        mean_cell_c=ageing.mean_cell_c,
        warmest_cell_c=float(max(use.temperature_c.max() for use in uses)),
        calendar_share=wear.calendar_share,
        life_low_years=short_life,
        life_high_years=long_life,
        lab_years=_years(model.outlook("lab").capacity, uses, wear.end_of_life_soh, battery),
        field_years=_years(model.outlook("field").capacity, uses, wear.end_of_life_soh, battery),
        outlook=battery.ageing_outlook,
        cell=str(model.card["cell"]),
        replacing_cost_short=_replacing(battery, plan, _replacements(short_life, years), context),
        soh_by_year=tuple(soh.tolist()),
        soh_low=tuple(low.tolist()),
        soh_high=tuple(high.tolist()),
        resistance_by_year=tuple(ageing.resistance(age).tolist()) if ageing.growth else (),
        cell_c_by_month=_by_month(ageing.cells_c, context),
        air_c_by_month=_by_month(context.air_c, context),
        replacement_years=replaced,
        cooler_years=_years(model.capacity, cooler, wear.end_of_life_soh, battery) - wear.life_years,
        time_factor=float(wear.fade.calendar_rate / model.calendar_rate(25.0, like.soc)) ** (1 / model.time_exponent),
        published_soh=published_spread(like, spread_years),
        spread_years=spread_years,
        replacing_cost=replacing,
        adding_cost=adding,
        warnings=(
            *(f"battery {text}" for text in use_warnings(model, uses[-1])),
            *_surprise(priced, ageing, max(wear_error, fade_error)),
        ),
    )


def _interval(battery: Battery, ageing: BatteryAgeing) -> tuple[float, float]:
    """Return the lives that hold 90 % of batteries, years: of those that fade fastest, and slowest."""
    factor, allowed = float(np.exp(ageing.model.log_interval)), 1 - ageing.wear.end_of_life_soh
    ends = (float(np.clip(1 - allowed * share, 1e-9, 1 - 1e-9)) for share in (1 / factor, factor))
    short, long = (ageing.wear.fade.life_years(ageing.wear.cycles_per_year, end) for end in ends)
    return min(short, battery.max_life_years), min(long, battery.max_life_years)


def _by_month(series: np.ndarray, context: Context) -> tuple[float, ...]:
    """Return the means of a full year's series over each month, in the clock's order."""
    month = np.asarray(context.year.month)
    return tuple(float(series[month == m].mean()) for m in range(len(context.year.month_name)))


def _years(rates: Rates, uses: tuple[Use, ...], end_of_life_soh: float, battery: Battery) -> float:
    """Return the life of a battery that spends equal times at several uses."""
    cycles = [use.cycles_per_year for use in uses]
    fade, mean_cycles = mean_fade([fade_of_use(rates, use) for use in uses], cycles)
    return wear_of(fade, mean_cycles, end_of_life_soh, battery.max_life_years).life_years


def _like(ageing: BatteryAgeing, uses: tuple[Use, ...]) -> Duty:
    """Return the steady duty most like the plan's use."""
    soc = float(np.mean([use.soc.mean() for use in uses]))
    depth = float(np.clip(weighted(uses, "depth"), 0.01, 1.0))
    return Duty(ageing.mean_cell_c, soc, depth, ageing.c_rate, ageing.wear.cycles_per_year, ageing.charge_c_rate)


def _renewal(
    battery: Battery, plan: SiteSolution, soh: np.ndarray, replaced: tuple[int, ...], context: Context
) -> tuple[float, float]:
    """Return the present cost, before tax, of replacing the cells, and of adding each year what its fade took.

    soh : at the end of years 0, 1, ...; the added cells' own fade is left out, so the second is a lower bound.
    """
    worth, cells = _yearly_worth(context), battery.replacement_cost_fraction * battery.cost_per_kwh * plan.battery_kwh
    adding = -np.diff(soh) @ worth[1:] - float(soh[-2] - soh[-1]) * worth[-1]  # nothing is added at the very end
    return _replacing(battery, plan, replaced, context), float(cells * adding)


def _replacing(battery: Battery, plan: SiteSolution, replaced: tuple[int, ...], context: Context) -> float:
    """Return the present cost, before tax, of new cells at the end of these years."""
    cells = battery.replacement_cost_fraction * battery.cost_per_kwh * plan.battery_kwh
    return float(cells * _yearly_worth(context)[list(replaced)].sum())


def _yearly_worth(context: Context) -> np.ndarray:
    """Return the present worth of one unit of first-year money at the end of each year, shape (years + 1,)."""
    finance, years = context.instance.finance, context.instance.horizon.years
    return index_of(finance, years) * discounts(finance.discount_rate, years, finance.discounting)


def _replacements(life_years: float, years: int) -> tuple[int, ...]:
    """Return the operating years at whose end cells are replaced, within the horizon."""
    ends = (int(np.ceil(number * life_years - 1e-9)) for number in range(1, int(years / life_years) + 2))
    return tuple(year for year in ends if year < years)


def _surprise(priced: BatteryAgeing, ageing: BatteryAgeing, error: float) -> Iterator[str]:
    """Yield a sentence if the plan was made for another battery life than its own use gives."""
    wear, before = ageing.wear, priced.wear.life_years
    if abs(wear.life_years - before) > SETTLED * wear.life_years or error > WEAR_SETTLED:
        yield (
            f"battery life had not settled: wear was priced for {before:.1f} years, the plan's own use gives {wear.life_years:.1f}, "
            f"and wear is priced {error:.1%} away from its count ({wear.cycles_per_year / DAYS_PER_YEAR:.2g} cycles a day)"
        )
