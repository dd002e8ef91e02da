"""Helpers for tests: variants of a shipped instance, and a three-step site made by hand."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evplan.assets.tariff import DemandLine, TariffSeries, flat
from evplan.formulation import site as formulation
from evplan.formulation.values import Values
from evplan.instance.scenarios import put
from evplan.instance.source import plain, read_source
from evplan.parameters.clock import Clock
from evplan.parameters.envelope import envelopes, wanted_kwh
from evplan.parameters.fleet import ManagedParameters, Stays
from evplan.parameters.outages import Outage, OutageParameters
from evplan.parameters.ports import LEVELS, group_of, hosting, port_numbers
from evplan.parameters.storage import BatteryParameters
from evplan.parameters.types import (
    ArrayParameters,
    ChargerParameters,
    ConnectionStepParameters,
    SiteParameters,
    SolarParameters,
)
from evplan.plan import solve
from evplan.report.run import Run
from evplan.solver.compile import compile_model
from evplan.solver.highs import run
from evplan.solver.outcome import Options

ROOT = Path(__file__).resolve().parent.parent
TINY = ROOT / "instances" / "tiny.yaml"
DEPOT = ROOT / "instances" / "depot.yaml"


def tree(path: Path = TINY, changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an instance as plain data, without its scenarios, with dotted changes applied."""
    data = plain(read_source(path).tree)
    data.pop("scenarios", None)
    for dotted, value in (changes or {}).items():
        put(data, dotted, value)
    return data


def variant(folder: Path, changes: dict[str, Any] | None = None, path: Path = TINY, name: str = "variant.yaml") -> Path:
    """Write a variant of an instance (JSON is YAML) and return its path."""
    file = folder / name
    for series in path.parent.glob("*.csv"):
        if not (folder / series.name).exists():
            shutil.copy(series, folder)
    file.write_text(json.dumps(tree(path, changes), default=str), encoding="utf-8")
    return file


def solved(path: Path, changes: dict[str, Any] | None = None, folder: Path | None = None, gap: float = 1e-6) -> Run:
    """Return the run of an instance, or of a variant of it written into `folder`."""
    if changes:
        assert folder is not None
        path = variant(folder, changes, path)
    return solve(path, gap=gap)


def three_steps() -> Clock:
    """Return a clock of three hours in two months, each step 100 times a year."""
    start = pd.DatetimeIndex(["2027-01-31 22:00", "2027-01-31 23:00", "2027-02-01 00:00"], tz="UTC")
    month = np.array([0, 0, 1])
    return Clock(start, np.ones(3), np.full(3, 100.0), month, np.array([1.0, 1.0]), (1, 2), month)


def three_step_site(**changes: Any) -> SiteParameters:
    """Return a site on three steps with round numbers, so that its mathematics can be read and summed by hand."""
    clock = three_steps()
    charger = ChargerParameters(
        name="dc50", limit=2, max_count=2, present_cost=1000.0, om_per_year=10.0, efficiency=0.8,
        full_kw=np.array([40.0]), capacity_kw=np.array([[0.0, 20.0, 60.0]]),
    )  # fmt: skip
    fields: dict[str, Any] = {
        "name": "three", "setting": "urban", "clock": clock, "years": (1,), "share": np.ones((15, 1)), "worth": np.array([5.0]),
        "worth_untaxed": np.array([6.0]), "worth_bill": np.array([5.0]), "worth_om": np.array([5.0]),
        "load_kw": np.zeros((1, 3)), "demand_kwh": np.array([[40.0, 0.0, 10.0]]),
        "expected_kwh": np.array([[25.0, 0.0, 4.0]]), "price_per_kwh": 0.5, "min_served": 0.5,
        "turned_away_cost_per_kwh": 0.1, "land_cost_per_year": 7.0,
        "tariff_name": "by-hand", "tariffs": (TariffSeries(
            np.array([0.1, 0.2, 0.3]),
            (DemandLine("flat", np.ones(3, bool), flat(2.0)), DemandLine("night", np.array([False, True, True]), flat(3.0))),
            fixed_per_month=1.0, export_per_kwh=np.full(3, 0.05),
        ),),
        "existing_kw": 30.0, "connection_steps": (ConnectionStepParameters(80.0, 500.0),), "export_limit": 0.5, "export_max_kw": np.inf,
        "chargers": (charger,),
        "solar": SolarParameters(40.0, 900.0, 9.0, (ArrayParameters("panels", 0.0, 40.0, np.array([[0.0, 0.5, 0.25]])),)),
        "battery": BatteryParameters(
            max_kwh=100.0, max_c_rate=1.0, present_cost_per_kwh=200.0, present_cost_per_kw=300.0, om_per_kw_year=4.0,
            efficiency=np.array([0.9]), usable_fraction=np.array([0.8]), soh=np.array([0.8]),
            charge_c_rate=np.array([[1.0, 1.0, 0.5]]), depth_share=np.array([0.25, 0.75]),
            wear_per_kwh=np.array([0.0144, 0.0288]), fade_per_kwh_year=5.0, fade_per_stored_kwh_year=np.array([0.8, 2.4]),
            stored_share=np.array([0.0, 0.5]), warmth=np.array([29.2, 43.8, 14.6]), life_years=10.0, mean_cell_c=20.0,
        ),
    }  # fmt: skip
    return SiteParameters(**{**fields, **changes})


def three_step_outages(**changes: Any) -> OutageParameters:
    """Return one outage of all three steps, twice a year, in which 10 kW are critical."""
    fields: dict[str, Any] = {
        "each": (Outage("storm", 2.0, np.array([0, 1, 2]), np.array([0])),), "value_per_kwh": 3.0, "min_carried": 0.0,
        "load_kw": np.full((1, 3), 10.0), "charging_kw": np.zeros((1, 3)), "efficiency": 0.8,
    }  # fmt: skip
    return OutageParameters(**{**fields, **changes})


def vehicles(clock: Clock, rows: list[dict[str, Any]], **prices: Any) -> ManagedParameters:
    """Return managed vehicles of one modelled year, a row each; what a row leaves out is 0, or 10 kW."""
    usual: dict[str, Any] = {"offset_h": 0.0, "power_kw": 10.0, "give_kw": 0.0, "out_kwh": 0.0, "spare_kwh": 0.0}
    rows = [usual | row for row in rows]
    column = {name: np.array([row[name] for row in rows], float) for name in (*usual, "stay_h", "energy_kwh")}
    step = np.array([row["step"] for row in rows], int)
    stays = Stays(
        step=step, port=port_numbers(step, column["offset_h"], column["stay_h"], clock), willing=column["give_kw"] > 0, **column
    )  # fmt: skip
    table, groups = hosting(stays), len(LEVELS)
    group = group_of(stays, table)
    wanted = wanted_kwh(stays, group, groups, clock)[None]
    return ManagedParameters((stays,), *envelopes([(stays, group)], groups, clock), (table,), wanted, **prices)


def staying_site(rows: list[dict[str, Any]], prices: Any = None, **changes: Any) -> SiteParameters:
    """Return the bare three-step site where vehicles stay; two chargers of 20 kW that never fail, 0.8 of it arrives."""
    clock = changes.get("clock", three_steps())
    managed = vehicles(clock, rows, **(prices or {}))
    charger = ChargerParameters(
        name="ac20", limit=2, max_count=2, present_cost=1000.0, om_per_year=10.0, efficiency=0.8,
        full_kw=np.array([20.0]), capacity_kw=np.array([[0.0, 20.0, 40.0]]), port_kw=20.0,
    )  # fmt: skip
    demand = managed.wanted_kwh.sum(axis=1)
    fields = {**BARE, "chargers": (charger,), "managed": managed, "demand_kwh": demand, "expected_kwh": demand}
    return three_step_site(**{**fields, **changes})


FLAT = TariffSeries(np.full(3, 0.1), (), fixed_per_month=0.0, export_per_kwh=np.zeros(3))
BARE = {
    "solar": None,
    "battery": None,
    "tariffs": (FLAT,),
    "land_cost_per_year": 0.0,
    "min_served": 0.0,
    "turned_away_cost_per_kwh": 0.0,
}


def best(site: SiteParameters) -> tuple[float, dict[str, Any]]:
    """Return the cost of the best plan and its results."""
    model = formulation.build(site)
    program = compile_model(model)
    outcome = run(program, Options(0.0, 60.0))
    assert outcome.status == "optimal"
    return outcome.objective, formulation.results(model, site, Values(program.columns, outcome.x))


UNWORN = {
    "efficiency": np.array([0.9]), "usable_fraction": np.array([1.0]), "soh": np.array([1.0]), "charge_c_rate": np.ones((1, 3)),
    "depth_share": np.array([1.0]), "wear_per_kwh": np.array([0.0]), "fade_per_kwh_year": 0.0,
    "fade_per_stored_kwh_year": np.array([0.0]), "stored_share": np.array([0.0]), "warmth": np.ones(3),
    "life_years": 10.0, "mean_cell_c": 20.0,
}  # fmt: skip


def ran(*words: object) -> int | None:
    """Return the exit code of a command that is run in this process; an error that it would print is raised."""
    from evplan.cli import app

    with pytest.raises(SystemExit) as ended:
        app([str(word) for word in words])
    return ended.value.code


def wait_for(child: subprocess.Popen, word: str) -> None:
    """Read what a command says on standard error until a word appears."""
    assert child.stderr is not None
    for line in child.stderr:
        if word in line:
            return
    raise AssertionError(f"it never said {word!r}")
