"""The commands about batteries: train the ageing models, rebuild the heat tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from evplan.commands.asked import says
from evplan.commands.progress import live

Chemistry = Literal["lfp", "nmc", "nmc622", "nca", "sodium"]
CHEMISTRIES: tuple[Chemistry, ...] = ("lfp", "nmc", "nmc622", "nca", "sodium")


def train(
    chemistry: Annotated[Chemistry | None, says("Left out: all.")] = None,
    *,
    samples: Annotated[int | None, says("Size of the dataset; left out: the file's.")] = None,
    seed: Annotated[int | None, says("Left out: the file's.")] = None,
    distributions: Annotated[Path | None, says("YAML file to draw from; left out: the shipped one.")] = None,
    output: Annotated[Path | None, says("Folder of models, cards and datasets; left out: models/.")] = None,
    exchange: Annotated[
        bool, says("Write estimators as skops, too, which others can open safely (extra `exchange`).")
    ] = False,
) -> None:
    """Draw the Monte Carlo dataset, train the ageing models, and write them with cards and a page of plots."""
    from evplan.degradation.train import train as train_one
    from evplan.report.training import write_training_page
    from evplan.show.battery import show_card

    with live() as progress:
        cards = [
            train_one(name, output, samples, seed, distributions, exchange=exchange, progress=progress)
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
