"""The city: the hourly balance of 100 cities over ten years against the same rules in a plain Python loop, eight cities from file to
report, energy kept in every hour, and rule-based import against the least at a flat price. `--json` prints one object."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from harness import finish

from evplan.city.balance import Supply, balance, conserved
from evplan.city.least_cost import least_cost
from evplan.city.prices import Prices
from evplan.city.read import read_study
from evplan.city.run import run_study

CITIES, YEARS, HOURS = 100, 10, 8760
LINES = ("imported", "charge", "discharge", "exported", "curtailed", "stored", "backlog", "unmet")  # of plain_series
ROOT = Path(__file__).parents[1]


def many(columns: int, years: int) -> tuple[np.ndarray, np.ndarray, Supply]:
    """Return demand, renewables and supply of random cities, a column for each of their years."""
    rng, hour = np.random.default_rng(11), np.arange(HOURS)[:, None] % 24
    demand = rng.uniform(0.5, 1.5, (HOURS, columns)) * 1000 * (1 + 0.5 * np.sin(hour / 24 * 2 * np.pi))
    sun = np.maximum(0.0, np.sin((hour - 6) / 12 * np.pi)) * rng.uniform(500, 4000, columns)
    one = np.ones(columns)
    power, efficiency = 1000 * one, 0.93 * one
    supply = Supply(
        4000 * one,
        power,
        power,
        efficiency,
        efficiency,
        1200 * one,
        500 * one,
        2000 * one,
        3000 * one,
        np.arange(columns) % years == 0,
    )
    return demand, sun, supply


def balance_figures() -> dict[str, Any]:
    """Return seconds for all cities and years on one core, and how many times a plain loop takes, by one city: quietest runs.

    ratio_python : a loop that returns the same series.  ratio_python_import_only : one that keeps nothing but the sum of imports.
    """
    demand, sun, supply = many(CITIES * YEARS, YEARS)
    never, taken, found = np.zeros(demand.shape, bool), [], None
    for _ in range(5):
        begun = time.perf_counter()
        found = balance(demand, sun, never, supply)
        taken.append(time.perf_counter() - begun)
    assert found is not None
    wants, gives = (series[:, :YEARS].T.ravel().tolist() for series in (demand, sun))
    alone, total = quietest(plain_series, wants, gives), quietest(plain, wants, gives)
    series, seconds = plain_series(wants, gives), min(taken)
    for name, line in zip(LINES, series, strict=True):
        assert np.abs(np.array(line) - getattr(found, name)[:, :YEARS].T.ravel()).max() < 1e-6, name
    return {
        "balance_s": seconds,
        "balance_median_s": statistics.median(taken),
        "ratio_python": alone * CITIES / seconds,
        "ratio_python_import_only": total * CITIES / seconds,
        "conservation_error": conserved(found),
    }


def quietest(loop: Callable[[list[float], list[float]], Any], wants: list[float], gives: list[float]) -> float:
    """Return the seconds of the quietest of three runs."""
    taken = []
    for _ in range(3):
        begun = time.perf_counter()
        loop(wants, gives)
        taken.append(time.perf_counter() - begun)
    return min(taken)


def plain(demand: list[float], sun: list[float]) -> float:
    """Return the import of one city's years by the same rules, an hour at a time, nothing else kept."""
    stored = backlog = total = 0.0
    for want, give in zip(demand, sun, strict=True):
        held = max(0.0, want + backlog - 3000.0)
        wanted = want + backlog - held
        given = min(give, wanted)
        lacking = wanted - given
        charge = min(give - given, 1000.0, (4000.0 - stored) / 0.93)
        discharge = min(lacking, 1000.0, stored * 0.93)
        lacking -= discharge
        bought = min(lacking, 1200.0)
        lacking += held - bought
        backlog = min(lacking, 2000.0)
        stored = max(0.0, stored + 0.93 * charge - discharge / 0.93)
        total += bought
    return total


def plain_series(demand: list[float], sun: list[float]) -> list[list[float]]:
    """Return what happens in every hour of one city's years, the series that the balance returns, an hour at a time."""
    stored = backlog = 0.0
    rows: list[list[float]] = [[] for _ in range(8)]
    bought_, charge_, discharge_, exported_, curtailed_, stored_, backlog_, unmet_ = (row.append for row in rows)
    for want, give in zip(demand, sun, strict=True):
        held = max(0.0, want + backlog - 3000.0)
        wanted = want + backlog - held
        given = min(give, wanted)
        lacking = wanted - given
        charge = min(give - given, 1000.0, (4000.0 - stored) / 0.93)
        discharge = min(lacking, 1000.0, stored * 0.93)
        lacking -= discharge
        bought = min(lacking, 1200.0)
        lacking += held - bought
        backlog = min(lacking, 2000.0)
        stored = max(0.0, stored + 0.93 * charge - discharge / 0.93)
        left = give - given - charge
        exported = min(left, 500.0)
        bought_(bought), charge_(charge), discharge_(discharge), exported_(exported), curtailed_(left - exported)
        stored_(stored), backlog_(backlog), unmet_(lacking - backlog)
    return rows


def least_figures() -> dict[str, Any]:
    """Return by how much rule-based import differs from the least at a flat price, relative, where the grid is never short."""
    demand, sun, supply = many(4, 1)
    ample = Supply(**vars(supply) | {"import_kw": 1e6 * supply.import_kw})
    rules = balance(demand, sun, np.zeros(demand.shape, bool), ample)
    least = least_cost(
        rules, Prices(np.full(demand.shape, 0.2), np.full(demand.shape, 0.05), 2.0, np.zeros(4), np.zeros(4))
    )
    return {"lp_import_error": float(np.abs(rules.imported.sum(axis=0) / least.imported.sum(axis=0) - 1).max())}


def study_figures() -> dict[str, Any]:
    """Return seconds for eight cities over ten years, both dispatches, ageing, tables and plots included."""
    found = read_study(ROOT / "instances" / "city.yaml")
    with tempfile.TemporaryDirectory() as name:
        run = run_study(found, Path(name), lambda *_: None)
    worst = max(said["conservation_error"] for said in run.summaries)
    return {"study_s": run.seconds, "study_conservation_error": worst}


def main() -> None:
    """Run everything and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    asked = parser.parse_args()
    finish(balance_figures() | least_figures() | study_figures(), asked.json)


if __name__ == "__main__":
    main()
