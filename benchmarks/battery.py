"""Battery truth: ageing, heat, the learned models and the prices they give, against independent sums and BLAST-Lite.

BLAST-Lite runs in its own environment, made once in build/blast (or given with BLAST_PYTHON).
"""

from __future__ import annotations

import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from harness import arguments, finish

from evplan.degradation import field, lookup, quality
from evplan.degradation.cells import CELLS
from evplan.degradation.dataset import beyond_range, monte_carlo, read_distributions
from evplan.degradation.duty import Duty
from evplan.degradation.history import Use, fade_of_use
from evplan.degradation.laws import LAWS
from evplan.degradation.predict import AgeingModel, load_model
from evplan.degradation.surrogate import draw_year, errors, summary
from evplan.degradation.thermal import cell_temperature, step_temperature
from evplan.paths import data_dir
from evplan.plan import solve

ROOT = Path(__file__).resolve().parent.parent
HELD_OUT_AIR_C, UP_TO_ONE_C = (-10, 0, 10, 25, 35, 45), (0.2, 0.5, 1.0)
YEARS = (10, 20)
CASES = {
    "storage": {
        "temperature_c": 25,
        "soc": 0.5,
        "depth": 0.0,
        "c_rate": 0.0,
        "charge_c_rate": 0.0,
        "cycles_per_day": 0.0,
    },
    "cycling": {
        "temperature_c": 30,
        "soc": 0.5,
        "depth": 0.4,
        "c_rate": 0.4,
        "charge_c_rate": 0.4,
        "cycles_per_day": 0.2,
    },
}


def heat() -> dict[str, float]:
    """Return the worst energy closure of the shipped tables."""
    closures = []
    for name in ("heat", "temperature"):
        with (data_dir() / "degradation" / f"{name}.csv").open(newline="") as file:
            closures += [float(row["heat_to_loss"]) for row in csv.DictReader(file) if row["status"] != "depleted"]
    return {"heat_closure_worst": max(abs(closure - 1) for closure in closures), "heat_points": len(closures)}


def temperature() -> dict[str, float]:
    """Return the error of cell temperatures read off the table, against lumped runs at air temperatures not in it."""
    points = [(cell, air_c, rate) for cell in CELLS for air_c in HELD_OUT_AIR_C for rate in UP_TO_ONE_C]
    off, by_step = [], []
    for cell, air_c, rate in points:
        row = lookup.temperature_row(cell, air_c, rate)
        if row.status != "depleted":
            off.append(abs(float(cell_temperature(cell.chemistry, air_c, rate)) - row.cell_c))
            steady = step_temperature(cell.chemistry, np.full(200, float(air_c)), np.full(200, rate), 1.0)[-1]
            by_step.append(abs(float(steady) - row.cell_c))
    return {
        "thermal_mae_k": statistics.mean(off),
        "thermal_worst_k": max(off),
        "thermal_points": len(off),
        "thermal_mae_k_step_by_step": statistics.mean(by_step),
        "thermal_worst_k_step_by_step": max(by_step),
    }


def learned() -> dict[str, float]:
    """Return errors, violations, additivity and coverage of the shipped models, each the worst chemistry's."""
    found: dict[str, list[float]] = {
        name: [] for name in ("rate_mape", "rate_mape_out", "violations", "additivity", "coverage", "coverage_out")
    }
    for name, law in LAWS.items():
        model = load_model(name)
        inside, outside = monte_carlo(name, 20_000, seed=101), beyond_range(name, 20_000, seed=102)
        for key, rows in (("rate_mape", inside), ("rate_mape_out", outside)):
            off = quality.rate_errors(model, law, rows)
            found[key] += [off["calendar_rate_mape"], off["cycle_rate_mape"]]
        ranges = read_distributions().ranges(law)
        broken = quality.violations(lambda rows, m=model, own=law: quality.learned_loss(m, own, rows), ranges, seed=103)
        found["violations"].append(sum(broken.values()))
        rates = float(model.calendar_rate(25, 0.5)), float(model.cycle_rate(25, 0.8, 0.5))
        found["additivity"].append(quality.additivity_error(model, *rates, 300.0))
        for key, rows in (("coverage", inside), ("coverage_out", outside)):
            alive = rows[rows["fleet_loss"] < 1]
            predicted = quality.learned_loss(model, law, alive)
            found[key].append(quality.coverage(alive["fleet_loss"].to_numpy(), predicted, model.log_interval))
    return {
        "rate_mape": max(found["rate_mape"]),
        "rate_mape_out": max(found["rate_mape_out"]),
        "monotone_violations": sum(found["violations"]),
        "additivity_error": max(found["additivity"]),
        "interval_coverage": max(found["coverage"], key=lambda share: abs(share - 0.9)),
        "interval_coverage_out": max(found["coverage_out"], key=lambda share: abs(share - 0.9)),
    }


def whole_years() -> dict[str, float]:
    """Return the surrogate's error on years it was not trained on, the worst chemistry's and rate's."""
    years = [draw_year(np.random.default_rng([104, number])) for number in range(200)]
    features = np.array([summary(*year) for year in years])
    worst = 0.0
    for name in LAWS:
        model = load_model(name)
        fades = [fade_of_use(model.capacity, Use(*year)) for year in years]
        off = errors(model, features, np.array([(f.calendar_rate, f.cycle_rate) for f in fades]))
        worst = max(worst, off["calendar_rate_mape"], off["cycle_rate_mape"])
    return {"surrogate_mape": worst}


def in_the_field() -> dict[str, float]:
    """Return the errors of the calibrated law against the fleet, and of the field outlook against calendar fits."""
    fleet = field.field_data()["fleet"]
    model, duty = load_model(fleet["chemistry"]).outlook("field"), Duty(**fleet["duty"])
    years, soh = np.array(fleet["years"], float), np.array(fleet["soh"])
    fade = field.scaled(model.fade(duty), field.calibrate(model.capacity, duty, years, soh))
    off = 100 * np.abs(fade.state_of_health(years, years * duty.cycles_per_year) - soh)
    lab, calibrated, left_out = [], [], []
    for law in (LAWS["lfp"], LAWS["nca"]):
        scale = field.calendar_scale(law)
        calibrated += field.calendar_errors(law, field.FIELD_EXPONENT, scale).values()
        lab += field.calendar_errors(law, law.capacity.time_exponent, 1.0).values()
        for cell in sorted({fit.cell for fit in field.calendar_fits(law.chemistry)}):
            others = field.calendar_errors(law, field.FIELD_EXPONENT, field.calendar_scale(law, left_out=cell))
            left_out += [error for said, error in others.items() if said.startswith(cell)]
    return {
        "fleet_error_pp": float(off.max()),
        "calendar_mae_pp": statistics.mean(calibrated),
        "calendar_mae_pp_laboratory": statistics.mean(lab),
        "calendar_mae_pp_cell_left_out": statistics.mean(left_out),
    }


def stepwise() -> dict[str, float]:
    """Return how far 20 years in closed form are from hours and cycles integrated one by one, p.u. of capacity."""
    temperature_c, soc = draw_year(np.random.default_rng(105))
    worst = 0.0
    for name in LAWS:
        rates = LAWS[name].capacity
        use = Use(temperature_c, soc)
        fade, cycles = fade_of_use(rates, use), use.cycles
        hourly = rates.calendar_rate(use.temperature_c, use.mean_soc).tolist()
        each = rates.cycle_rate(cycles.temperature_c, cycles.depth, cycles.c_rate, cycles.charge_c_rate).tolist()
        q_time = q_cycles = 0.0
        p, q = rates.time_exponent, rates.cycle_exponent
        for _ in range(20):
            for k in hourly:
                q_time = (q_time ** (1 / p) + k ** (1 / p) / 8760) ** p
            for k, fec in zip(each, cycles.fec.tolist(), strict=True):
                q_cycles = (q_cycles ** (1 / q) + k ** (1 / q) * fec) ** q
        worst = max(
            worst,
            abs(q_time - float(fade.calendar_loss(20.0))),
            abs(q_cycles - float(fade.cycle_loss(20 * cycles.fec.sum()))),
        )
    return {"stepwise_error": worst}


def speed() -> dict[str, float]:
    """Return rows predicted per second on one core, median of five runs of 500,000."""
    model, rows = load_model("lfp"), monte_carlo("lfp", 500_000, seed=106)
    columns = {name: rows[name].to_numpy() for name in rows}
    seconds = []
    for _ in range(5):
        begun = time.perf_counter()
        model.soh_of(columns)
        seconds.append(time.perf_counter() - begun)
    return {"predict_rows_per_s": 500_000 / statistics.median(seconds)}


def against_blast() -> dict[str, Any]:
    """Return laws and times beside BLAST-Lite's own, which runs in its own environment.

    Both are given one year of hours that repeats, and asked for 20 years. BLAST-Lite steps through every year; a law that
    adds up in Z need not. `ratio_blast_if_no_year_repeated` is the time of reading 20 different years against that.
    """
    temperature_c, soc = draw_year(np.random.default_rng(107))
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "use.npz", temperature_c=temperature_c, soc=soc)
        (Path(folder) / "cases.json").write_text(json.dumps(CASES))
        peer = Path(__file__).parent / "blast_peer.py"
        said = subprocess.run([blast_python(), str(peer), folder], check=True, capture_output=True, text=True)
    theirs = json.loads(said.stdout.splitlines()[-1])
    off, ratios, unrepeated, own_seconds = [], {}, {}, {}
    for name, cases in theirs["soh"].items():
        for case, healths in cases.items():
            off += [100 * abs(ours - health) for ours, health in zip(own_law(name, CASES[case]), healths, strict=True)]
        model = load_model(name)
        own_seconds[name] = median_seconds(model, temperature_c, soc)
        ratios[name] = theirs["seconds"][name] / own_seconds[name]
        unrepeated[name] = theirs["seconds"][name] / median_seconds(model, np.tile(temperature_c, 20), np.tile(soc, 20))
    return {
        "blast_law_error_pp": max(off),
        "ratio_blast": min(ratios.values()),
        "ratio_blast_by_model": ratios,
        "ratio_blast_if_no_year_repeated": min(unrepeated.values()),
        "seconds_blast": theirs["seconds"],
        "seconds_evplan": own_seconds,
    }


def median_seconds(model: AgeingModel, temperature_c: np.ndarray, soc: np.ndarray) -> float:
    """Return the time from hours of use to 20 years of health, median of seven."""
    runs = []
    for _ in range(7):
        begun = time.perf_counter()
        use = Use(temperature_c, soc)
        fade_of_use(model.capacity, use).state_of_health(np.arange(21.0), np.arange(21.0) * use.cycles_per_year)
        runs.append(time.perf_counter() - begun)
    return statistics.median(runs)


def own_law(name: str, case: dict[str, float]) -> list[float]:
    """Return our law's state of health after 10 and 20 years of a case: hours of charge as in the peer's day."""
    rates, years = LAWS[name].capacity, np.array(YEARS, float)
    hours = np.arange(25.0)
    soc = case["soc"] + case["depth"] * (np.abs((hours % 24) - 12) / 12 - 0.5)
    calendar = float(np.trapezoid(rates.calendar_rate(case["temperature_c"], soc), hours) / 24)
    if name == "nmc622":  # the peer takes the day's mean charge there
        calendar = float(rates.calendar_rate(case["temperature_c"], soc.mean()))
    loss = calendar * years**rates.time_exponent
    if case["cycles_per_day"]:
        cycle = float(rates.cycle_rate(case["temperature_c"], case["depth"], case["c_rate"], case["charge_c_rate"]))
        loss = loss + cycle * (365 * years * case["cycles_per_day"]) ** rates.cycle_exponent
    return (1 - loss).tolist()


def blast_python() -> str:
    """Return the Python of BLAST-Lite's environment, made if there is none."""
    if given := os.environ.get("BLAST_PYTHON"):
        return given
    place = ROOT / "build" / "blast"
    python = place / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        quiet = ["-qqq", "--disable-pip-version-check"]
        subprocess.run([str(python), "-m", "pip", "install", *quiet, "blast-lite==1.1.1", "rainflow"], check=True)
    return str(python)


def plans() -> dict[str, Any]:
    """Return how a plan's priced wear differs from its count once settled, in how many rounds, and what heat does."""
    tiny = ROOT / "instances" / "tiny.yaml"
    mild = solve(tiny)
    with tempfile.TemporaryDirectory() as folder:
        hot_file = Path(folder) / "hot.yaml"
        text = tiny.read_text()
        assert "warmer_by_k" not in text
        hot_file.write_text(text.replace("weather: {", "weather: {warmer_by_k: 15.0, ", 1))
        hot = solve(hot_file)
    lives = [life for run in (mild, hot) for life in run.lives if life]
    return {
        "wear_error": max(life.wear_error for life in lives),
        "fade_error": max(life.fade_error for life in lives),
        "wear_scales": [life.wear_scale for life in lives],
        "fade_scales": [life.fade_scale for life in lives],
        "wear_rounds": max(life.rounds for life in lives),
        "life_error": max(abs(life.resimulated_years / life.priced_years - 1) for life in lives),
        "life_years": [life.resimulated_years for life in mild.lives if life],
        "life_years_15_k_hotter": [life.resimulated_years for life in hot.lives if life],
        "battery_kwh": [plan.battery_kwh for plan in mild.plans],
        "battery_kwh_15_k_hotter": [plan.battery_kwh for plan in hot.plans],
    }


def main() -> int:
    """Measure everything and print it; 1 if a bar is missed."""
    said = arguments(__doc__.splitlines()[0])
    figures: dict[str, Any] = {}
    for part in (heat, temperature, learned, whole_years, in_the_field, stepwise, speed, against_blast, plans):
        figures |= part()
    finish(figures, said.json)
    missed = [name for name, fine in BARS.items() if not fine(figures[name])]
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return len(missed) > 0


BARS = {
    "heat_closure_worst": lambda x: x <= 0.005,
    "thermal_mae_k": lambda x: x <= 0.05,
    "rate_mape": lambda x: x <= 0.01,
    "rate_mape_out": lambda x: x <= 0.06,
    "monotone_violations": lambda x: x == 0,
    "additivity_error": lambda x: x <= 1e-12,
    "surrogate_mape": lambda x: x <= 0.02,
    "interval_coverage": lambda x: 0.88 <= x <= 0.92,
    "fleet_error_pp": lambda x: x <= 1.0,
    "calendar_mae_pp": lambda x: x <= 2.0,
    "stepwise_error": lambda x: x <= 1e-9,
    "blast_law_error_pp": lambda x: x <= 0.2,
    "ratio_blast": lambda x: x >= 100,
    "predict_rows_per_s": lambda x: x >= 300_000,
    "wear_error": lambda x: x <= 0.02,
    "wear_rounds": lambda x: x <= 8,
}


if __name__ == "__main__":
    sys.exit(main())
