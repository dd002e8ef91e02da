"""Scaling laws through the whole file: larger power, dearer money and shorter steps give what units demand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import tree

from evplan.instance.read import read
from evplan.parameters.prepare import prepare
from evplan.planning.side_by_side import solve_sites
from evplan.solver.outcome import Options

EXACT = 1e-6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a year of hourly demand up to 120 kW."""
    path = tmp_path_factory.mktemp("units")
    hours = np.arange(8760)
    demand = 60 - 60 * np.cos(hours / 24 * 2 * np.pi) * (1 + 0.3 * np.sin(hours))
    lines = ["kw", *(f"{max(0.0, kw):.3f}" for kw in demand)]
    (path / "load.csv").write_text("\n".join(lines))
    return path


def measured(**load: Any) -> dict[str, Any]:
    """Return tiny with one site whose demand is the measured series, served within a waiting limit."""
    data = tree()
    data["sites"] = data["sites"][:1]
    data["sites"][0]["demand"] = {
        "load_kw": {"file": "load.csv", "column": "kw", **load}, "growth_per_year": 0.08, "turned_away_cost_per_kwh": 0.05,
        "energy_kwh": {"mean": 25.0}, "max_wait_min": 10.0,
    }  # fmt: skip
    return data


def times(data: dict[str, Any], factor: float, *words: str) -> None:
    """Multiply every number whose name begins with one of the words, wherever it stands."""
    for key, value in data.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                times(item, factor, *words)
        if key.startswith(words) and isinstance(value, (int, float)):
            data[key] = value * factor


def objective(data: dict[str, Any], folder: Path, name: str) -> float:
    """Return the objective at the battery life the file assumes; rounds that settle within 1 % would hide a unit's error."""
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(data, default=str))
    found, options = read(path), Options(1e-7, 600.0)
    plans = solve_sites(found, prepare(found).sites, "highs", options, lambda *_: None)
    return sum(plan.objective for plan in plans)


@pytest.fixture(scope="module")
def base(folder):
    return objective(measured(), folder, "base")


def test_three_times_the_power_is_three_times_the_plan(base, folder):
    data = measured(scale=3.0)
    times(data, 3.0, "power_kw", "existing_kw", "max_kw")
    for charger in data["catalogue"]["chargers"]:
        times(charger, 3.0, "cost", "install_cost", "om_per_year")
    times(data["sites"][0]["connection"], 3.0, "cost")
    times(data["tariffs"]["general-service"], 3.0, "fixed_per_month")
    times(data["sites"][0], 3.0, "land_cost_per_year")
    data["catalogue"]["vehicle"] = {"battery_kwh": 225.0}
    data["sites"][0]["demand"]["energy_kwh"]["mean"] = 75.0
    assert objective(data, folder, "power") == pytest.approx(3 * base, rel=EXACT)


def test_seven_times_the_prices_is_seven_times_the_worth(base, folder):
    data = measured()
    times(
        data, 7.0, "cost", "install_cost", "om_per", "price_per", "fixed_per", "export_per", "land_cost", "turned_away"
    )
    assert objective(data, folder, "prices") == pytest.approx(7 * base, rel=EXACT)


def test_seven_times_the_prices_is_seven_times_the_worth_of_drawn_sessions_too(folder):
    data = tree()
    base = objective(data, folder, "drawn")
    times(
        data, 7.0, "cost", "install_cost", "om_per", "price_per", "fixed_per", "export_per", "land_cost", "turned_away"
    )
    assert objective(data, folder, "drawn-prices") == pytest.approx(7 * base, rel=EXACT)


def test_half_the_step_gains_only_what_holding_energy_for_less_time_spares(base, folder):
    data = measured()
    data["horizon"]["step_minutes"] = 30
    assert objective(data, folder, "steps") == pytest.approx(base, rel=1e-3)


def test_half_the_step_is_the_same_plan_of_a_measured_series_without_a_battery(folder):
    data = measured()
    data["catalogue"]["battery"] = None
    hourly = objective(data, folder, "bare")
    data["horizon"]["step_minutes"] = 30
    assert objective(data, folder, "bare-steps") == pytest.approx(hourly, rel=EXACT)
