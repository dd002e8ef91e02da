"""The commands about batteries: train the ageing models, rebuild the heat tables, predict a battery's life."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from evplan.commands.asked import says
from evplan.commands.progress import live

Chemistry = Literal["lfp", "nmc", "nmc622", "nca", "sodium"]
CHEMISTRIES: tuple[Chemistry, ...] = ("lfp", "nmc", "nmc622", "nca", "sodium")
NUMBER_OR_WORD = "A number or a word: "


def train(
    chemistry: Annotated[Chemistry | None, says("Left out: all.")] = None,
    *,
    samples: Annotated[int | None, says("Size of the dataset; left out: the file's.")] = None,
    seed: Annotated[int | None, says("Left out: the file's.")] = None,
    distributions: Annotated[Path | None, says("YAML file to draw from; left out: the shipped one.")] = None,
    output: Annotated[Path | None, says("Folder of models, cards and datasets; left out: models/.")] = None,
) -> None:
    """Draw the Monte Carlo dataset, train the ageing models, and write them with cards and a page of plots."""
    from evplan.degradation.train import train as train_one
    from evplan.report.training import write_training_page
    from evplan.show.battery import show_card

    with live() as progress:
        cards = [
            train_one(name, output, samples, seed, distributions, progress=progress)
            for name in ([chemistry] if chemistry else CHEMISTRIES)
        ]
        progress("page", "plots")
        page = write_training_page(output, distributions)
    for card in cards:
        show_card(card)
    print(page)


def lookup(
    *,
    output: Annotated[Path | None, says("Folder; left out: the shipped one.")] = None,
    jobs: Annotated[int, says("Processes.")] = 2,
) -> None:
    """Rebuild the heat, temperature and charging tables with PyBaMM (some minutes)."""
    from evplan.degradation.lookup import build_lookup

    with live() as progress:
        paths = build_lookup(output, lambda done, total, point: progress("lookup", f"{done} of {total}: {point}"), jobs)
    for path in paths:
        print(path)


def predict(
    *,
    chemistry: Annotated[Chemistry | None, says("Cell chemistry; left out: lfp.")] = None,
    temperature_c: Annotated[str | None, says("Cells' mean temperature, °C, or cool, mild, warm, hot.")] = None,
    soc: Annotated[str | None, says("Mean state of charge, 0 to 1, or low, half, high, full.")] = None,
    depth: Annotated[str | None, says("Depth of the usual cycle, 0 to 1, or shallow, half, deep, full.")] = None,
    c_rate: Annotated[str | None, says("Mean rate of charge and discharge, 1/h, or slow, normal, fast.")] = None,
    charge_c_rate: Annotated[str | None, says("Mean rate of charge, 1/h; left out: the same.")] = None,
    cycles_per_year: Annotated[str | None, says("Full equivalent cycles a year, or seldom, car, taxi, daily, twice.")] = None,
    years: Annotated[float, says("Years ahead to predict."), Parameter(validator=Number(gte=0, lte=60))] = 10.0,
    initial_soh: Annotated[str | None, says("State of health today, 0 to 1, or new, used, old; left out: new.")] = None,
    end_of_life_soh: Annotated[float, says("Fraction of new capacity at which cells are replaced.")] = 0.8,
    outlook: Annotated[Literal["lab", "field"], says("Calendar fade as the laboratory has it, or as years in the field do.")] = "lab",
    measured: Annotated[Path | None, says("CSV of your own batteries' years and soh, to calibrate to.")] = None,
    use: Annotated[Path | None, says("CSV of hourly temperature_c and soc that repeats, in place of a duty.")] = None,
    bulk: Annotated[Path | None, says("CSV or Parquet of duties, a battery a row.")] = None,
    output: Annotated[Path | None, says("File of the forecast (.csv or .svg), or of the bulk table.")] = None,
) -> None:  # fmt: skip
    """Predict state of health, resistance and end of life, with interval and causes; asks if you say nothing."""
    from evplan.show import battery as show_battery

    alone = {"--bulk": bulk, "--use": use}
    duty = {
        "--temperature-c": temperature_c, "--soc": soc, "--depth": depth, "--c-rate": c_rate, "--charge-c-rate": charge_c_rate,
        "--cycles-per-year": cycles_per_year, "--measured": measured, "--output": None if bulk else output,
        "--initial-soh": initial_soh,
    }  # fmt: skip
    show_battery.refuse_together(alone, duty)
    if bulk:
        return show_battery.show_bulk(chemistry or "lfp", bulk, output, end_of_life_soh, outlook)
    if use:
        return show_battery.show_use(chemistry or "lfp", use, years, end_of_life_soh, outlook)
    said = {
        "temperature_c": temperature_c, "soc": soc, "depth": depth, "c_rate": c_rate, "charge_c_rate": charge_c_rate,
        "cycles_per_year": cycles_per_year, "initial_soh": initial_soh,
    }  # fmt: skip
    return show_battery.show_forecast(chemistry, said, years, end_of_life_soh, outlook, measured, output)
