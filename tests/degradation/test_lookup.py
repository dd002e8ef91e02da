"""The simulation behind the heat tables, without running all of it."""

import csv

import numpy as np
import pytest

from evplan.degradation import lookup
from evplan.degradation.cells import CELLS, LFP, NMC
from evplan.degradation.tables import HeatRow, TemperatureRow
from evplan.degradation.thermal import HEAT_CAPACITY_WH_PER_K_KWH, cooling_w_per_k_kwh
from evplan.paths import data_dir
from evplan.units import SECONDS_PER_HOUR


@pytest.fixture(scope="module")
def tables():
    """The shipped tables by (chemistry, temperature, rate); a repeated point would raise."""
    found = {}
    for name, axis in (("heat", "cell_c"), ("temperature", "ambient_c")):
        with (data_dir() / "degradation" / f"{name}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        found[name] = {(row["chemistry"], float(row[axis]), float(row["c_rate"])): row for row in rows}
        assert len(found[name]) == len(rows)
    return found


def test_the_tables_hold_every_point(tables):
    assert set(tables["heat"]) == {(c.chemistry, t, r) for c in CELLS for t in lookup.CELL_C for r in c.c_rates}
    assert set(tables["temperature"]) == {
        (c.chemistry, t, r) for c in CELLS for t in lookup.AMBIENT_C for r in c.c_rates
    }


def test_points_simulated_again_equal_the_tables(tables):
    heat, warmed = lookup.heat_row(NMC, 25, 1.0), lookup.temperature_row(LFP, 15, 0.5)
    assert heat.heat_w_per_kwh == pytest.approx(float(tables["heat"]["nmc", 25, 1.0]["heat_w_per_kwh"]), rel=1e-3)
    assert heat.status == tables["heat"]["nmc", 25, 1.0]["status"]
    assert warmed.cell_c == pytest.approx(float(tables["temperature"]["lfp", 15, 0.5]["cell_c"]), abs=0.02)


def test_a_cell_beyond_the_model_is_depleted_not_guessed():
    row = lookup.heat_row(NMC, -10, 2.0)
    assert row.status == "depleted"
    assert np.isnan(row.heat_w_per_kwh)
    assert row.charged_from_empty < 0.1


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.chemistry)
def test_planning_cools_and_warms_cells_as_the_simulation_does(cell):
    values = lookup.parameter_values(cell, 25.0)
    per_k = lookup.cooling_w_per_k(cell)
    assert cooling_w_per_k_kwh(cell.chemistry) == pytest.approx(per_k / cell.kwh, rel=1e-3)
    if cell is LFP:
        joule_per_k = values["Cell heat capacity [J.K-1.m-3]"] * values["Cell volume [m3]"]
        assert HEAT_CAPACITY_WH_PER_K_KWH["lfp"] == pytest.approx(joule_per_k / SECONDS_PER_HOUR / cell.kwh, rel=2e-3)


def test_points_are_reported_and_written_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(lookup, "CELLS", (LFP,))
    monkeypatch.setattr(lookup, "CELL_C", (0, 20))
    monkeypatch.setattr(lookup, "AMBIENT_C", (10, 30))
    monkeypatch.setattr(lookup, "heat_row", lambda cell, t, c: HeatRow(cell.chemistry, t, c, c, 1.0, 1.0, 1.0, "ok"))
    monkeypatch.setattr(
        lookup, "temperature_row", lambda cell, t, c: TemperatureRow(cell.chemistry, t, c, t + c, c, 1.0, "ok")
    )
    seen = []
    paths = lookup.build_lookup(tmp_path, progress=lambda done, total, point: seen.append((done, total)))
    assert seen == [(number, 24) for number in range(1, 25)]
    assert [path.name for path in paths] == ["heat.csv", "temperature.csv", "charging.csv"]
    assert paths[1].read_text().splitlines()[:2] == [
        "chemistry,ambient_c,c_rate,cell_c,heat_w_per_kwh,heat_to_loss,status",
        "lfp,10,0.1,10.1,0.1,1.0,ok",
    ]
    assert paths[2].read_text().splitlines() == ["chemistry,cell_c,max_charge_c_rate", "lfp,0,2.0", "lfp,20,2.0"]
