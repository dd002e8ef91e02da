"""The simulation behind the cell-temperature table, without running all of it."""

import csv
import math

import pytest

from evplan.degradation import lookup
from evplan.degradation.cells import CELLS, LFP, NMC
from evplan.paths import data_dir


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.chemistry)
def test_every_step_of_a_cycle_says_when_it_ends(cell):
    assert all(" until " in step for step in lookup.cycle_steps(cell, 1.0))


@pytest.fixture
def table():
    """The shipped table by (chemistry, ambient_c, c_rate); a repeated point would raise."""
    with (data_dir() / "degradation" / "thermal_lookup.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    points = {(row["chemistry"], float(row["ambient_c"]), float(row["c_rate"])): row for row in rows}
    assert len(points) == len(rows)
    return points


def test_the_table_holds_every_point(table):
    assert set(table) == {(cell.chemistry, t, c) for cell in CELLS for t in lookup.AMBIENT_C for c in cell.c_rates}


def test_one_point_simulated_again_equals_the_table(table):
    row = lookup.simulate(NMC, 25, 1.0)
    point = table["nmc", 25, 1.0]
    assert row.cell_c == pytest.approx(float(point["cell_c"]), abs=0.05)  # solver versions differ in the last steps
    assert row.status == point["status"]


@pytest.mark.parametrize("c_rate", [1.5, 2.0], ids=["electrolyte below zero", "solver gives up"])
def test_a_cell_beyond_the_model_is_failed_not_guessed(c_rate):
    row = lookup.simulate(NMC, -10, c_rate)
    assert row.status == "failed"
    assert math.isnan(row.cell_c) and math.isnan(row.rise_k)


def test_points_are_reported_and_written_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(lookup, "CELLS", (LFP,))
    monkeypatch.setattr(lookup, "AMBIENT_C", (0, 20))
    monkeypatch.setattr(lookup, "simulate", lambda cell, t, c: lookup.Row(cell.chemistry, t, c, t + c, c, 1.0, "ok"))
    seen = []
    path = lookup.build_lookup(tmp_path / "table.csv", progress=lambda done, total, row: seen.append((done, total)))
    assert seen == [(number, 6) for number in range(1, 7)]
    assert path.read_text().splitlines()[:2] == [
        "chemistry,ambient_c,c_rate,cell_c,rise_k,heat_to_loss,status",
        "lfp,0,0.2,0.2,0.2,1.0,ok",
    ]
