"""What the battery commands print: cards, forecasts, bulk tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table

from evplan.errors import InputError
from evplan.show.asking import asked_battery
from evplan.show.plan import console
from evplan.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 12
TABLES = (".csv", ".parquet")


def show_card(card: dict[str, Any]) -> None:
    """Print what a training run achieved."""
    from evplan.degradation.quality import PAIRS

    console.print(f"{card['chemistry']}: {card['samples']:,} batteries, seed {card['seed']}; {card['cell']}")
    for place, said in (("held_out", "in range"), ("out_of_range", "out of range")):
        found = card[place]
        console.print(
            f"  {said}: mean error of the calendar rate {found['calendar_rate_mape']:.2%}, of the cycle rate {found['cycle_rate_mape']:.2%}"
        )
    interval = card["interval"]
    console.print(
        f"  90 % interval: holds {interval['coverage']:.1%} of unseen batteries, {interval['coverage_out_of_range']:.1%} out of range"
    )
    console.print(
        f"  pairs of {PAIRS:,} in which more wear gave less loss: {sum(card['monotone_violations'].values())}"
    )


def refuse_together(alone: Mapping[str, Any], others: Mapping[str, Any]) -> None:
    """Raise `InputError` for a flag that would be ignored beside one that replaces it."""
    given = [name for name, value in alone.items() if value is not None]
    beside = [*given[1:], *(name for name, value in others.items() if value is not None)]
    if given and beside:
        raise InputError(f"{given[0]} says everything about its batteries; leave out {', '.join(beside)}")


def show_forecast(chemistry: str | None, said: Mapping[str, str | None], years: float, end_of_life_soh: float, outlook: str,
                  measured: Path | None, output: Path | None) -> None:  # fmt: skip
    """Print one battery's future: health and resistance by year, end of life, causes, and how sure it is."""
    from evplan.degradation.bulk import read_measured
    from evplan.degradation.field import calibrate
    from evplan.degradation.forecast import drivers, forecast, spread
    from evplan.degradation.predict import load_model
    from evplan.report.forecast import checked_suffix, write_forecast

    if output:
        checked_suffix(output)
    tests = read_measured(measured) if measured else None
    chemistry, duty, initial_soh = asked_battery(chemistry, said)
    model = load_model(chemistry).outlook(outlook)
    factor = calibrate(model.capacity, duty, *tests) if tests else 1.0
    if tests:
        console.print(f"calibrated: your batteries fade {factor:.2f} times as fast as the model's")
    future = forecast(model, duty, end_of_life_soh, initial_soh, factor)
    low, high = future.life_interval
    console.print(
        f"{chemistry}, cells at {duty.temperature_c:g} °C, {duty.soc:.0%} charged, cycles of {duty.depth:.0%} at {duty.c_rate:g} 1/h, "
        f"{duty.cycles_per_year:g} a year; {model.card['cell']}"
    )
    _table(future, years)
    if initial_soh <= end_of_life_soh:
        console.print(f"end of life at {end_of_life_soh:.0%}: it is there already, at {initial_soh:.0%}")
    else:
        console.print(
            f"end of life at {end_of_life_soh:.0%}: in {_years(future.life_years)}; "
            f"90 % of batteries between {_years(low)} and {_years(high)}"
        )
        console.print(
            f"time alone causes {future.calendar_share:.0%} of the fade, cycling the rest; what would change the life:"
        )
        for change, gain in sorted(drivers(future, duty), key=lambda pair: -abs(pair[1])):
            console.print(f"  {change}: {gain:+.1f} years")
    worst, best = spread(duty, years)
    console.print(
        f"other cells under this duty, by published laws, after {years:g} years: {worst[1]:.0%} ({worst[0]}) to {best[1]:.0%} ({best[0]}); "
        "which cell you buy matters more than the model's error"
    )
    if outlook == "lab":
        other = model.outlook("field")
        again = calibrate(other.capacity, duty, *tests) if tests else 1.0
        field = forecast(other, duty, end_of_life_soh, initial_soh, again)
        console.print(
            f"with the field's calendar fade (--outlook field): {float(field.soh(years)):.1%} then, "
            f"end of life in {_years(field.life_years)}"
        )
    hours = 2 * duty.cycles_per_year / duty.c_rate
    if hours > HOURS_PER_YEAR:
        console.print(
            f"warning: {duty.cycles_per_year:g} cycles a year at {duty.c_rate:g} 1/h take {hours:,.0f} hours, more than a year has"
        )
    for warning in model.warnings(duty):
        console.print(f"warning: {warning}")
    if output:
        console.print(f"forecast: {write_forecast(future, output)}")


def _table(future: Any, years: float) -> None:
    """Print health, its interval and resistance by year."""
    last = max(years, min(future.life_years, 60.0))
    shown = np.unique(np.round(np.append(np.linspace(0, last, MOST_ROWS - 1), years), 1))
    low, high = future.soh_interval(shown)
    soh, resistance = future.soh(shown), future.resistance(shown)
    heading = "resistance" if resistance is not None else "resistance: no law published"
    table = Table("years", "state of health", "90 % of batteries", heading, padding=(0, 1))
    for column in table.columns:
        column.justify = "right"
    for i, year in enumerate(shown):
        grown = "–" if resistance is None else f"{resistance[i]:.0%} of new"
        table.add_row(f"{year:g}", f"{soh[i]:.1%}", f"{low[i]:.1%} to {high[i]:.1%}", grown)
    console.print(table)


def show_use(chemistry: str, path: Path, years: float, end_of_life_soh: float, outlook: str) -> None:
    """Print state of health and life of a measured use that repeats."""
    from evplan.degradation.fade import Fade
    from evplan.degradation.history import fade_of_use, read_use, use_warnings
    from evplan.degradation.predict import load_model
    from evplan.degradation.surrogate import summary, year_rates
    from evplan.degradation.wear import wear_of

    model, use = load_model(chemistry).outlook(outlook), read_use(path)
    wear = wear_of(fade_of_use(model.capacity, use), use.cycles_per_year, end_of_life_soh)
    console.print(
        f"{path}: {use.cycles_per_year:.1f} full equivalent cycles a year, the deepest {use.depth.max(initial=0.0):.0%}"
    )
    soh = float(wear.soh_by_year(years))
    low, high = model.interval(1 - soh)
    console.print(
        f"{chemistry}: state of health after {years:g} years: {soh:.1%} of new capacity; 90 % of batteries {low:.1%} to {high:.1%}"
    )
    console.print(
        f"end of life at {end_of_life_soh:.0%}: in {_years(wear.life_years)}; "
        f"time alone causes {wear.calendar_share:.0%} of the fade, cycling the rest"
    )
    if len(use.soc) == HOURS_PER_YEAR:
        calendar, cycle = year_rates(model, summary(use.temperature_c, use.soc)).tolist()
        fade = Fade(calendar, cycle, model.time_exponent, model.cycle_exponent)
        quick = wear_of(fade, use.cycles_per_year, end_of_life_soh)
        console.print(f"without counting cycles, the year's surrogate says {float(quick.soh_by_year(years)):.1%}")
    if model.resistance:
        grown = 1 + float(fade_of_use(model.resistance, use).capacity_loss(years, years * use.cycles_per_year))
        console.print(f"resistance then: {grown:.0%} of new")
    for warning in use_warnings(model, use):
        console.print(f"warning: {warning}")


def bulk_output(path: Path, output: Path | None) -> Path:
    """Return the file that a bulk table is written to; raise `InputError` for one that cannot be."""
    from evplan.paths import require_file

    output = output or path.with_name(f"{path.stem}-predicted.csv")
    require_file(output)
    if output.suffix not in TABLES:
        raise InputError(f"{output}: a table is written as {' or '.join(TABLES)}")
    if output.resolve() == path.resolve():
        raise InputError(f"{output}: is the input; name another file with --output")
    return output


def write_table(found: pd.DataFrame, output: Path) -> None:
    """Write a bulk table."""
    from evplan.csvs import write_csv
    from evplan.paths import replacing

    if output.suffix != ".parquet":
        return write_csv(output, found)
    with replacing(output) as temporary:
        found.to_parquet(temporary, index=False)


def show_bulk(
    chemistry: str, path: Path, frame: pd.DataFrame, output: Path, end_of_life_soh: float, outlook: str
) -> None:
    """Predict a table of duties and write it."""
    from evplan.degradation.bulk import checked_duties, predict_table

    found = predict_table(checked_duties(frame, path), chemistry, end_of_life_soh, outlook)
    write_table(found, output)
    outside = int((~found["in_range"]).sum())
    console.print(
        f"{len(found):,} batteries: median state of health {found['soh'].median():.1%}, median life {_years(found['life_years'].median())}"
    )
    if outside:
        console.print(f"warning: {outside:,} leave the range in which their model holds (in_range is False)")
    console.print(f"table: {output}")


def _years(years: float) -> str:
    return "60 years or more" if years >= 60 else f"{years:.1f} years"
