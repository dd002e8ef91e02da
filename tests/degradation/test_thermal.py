"""Cell temperature: the shipped tables and what is read off them."""

import csv

import numpy as np
import pytest

from evplan.degradation import thermal
from evplan.degradation.tables import Grid, HeatRow, charging_rows, read_grids
from evplan.degradation.thermal import (
    bilinear,
    cell_temperature,
    cooling_w_per_k_kwh,
    heat_w_per_kwh,
    max_charge_c_rate,
    refined,
    step_temperature,
)
from evplan.errors import InputError
from evplan.paths import data_dir

CELLS = ["lfp", "nmc"]
CLOSURE = 0.005  # heat released against electrical energy lost


def rows_of(name):
    with (data_dir() / "degradation" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def small():
    """Return a grid of two temperatures and three rates with one unknown point."""
    return {
        "lfp": Grid(np.array([0.0, 20.0]), np.array([0.5, 1.0, 2.0]), np.array([[2.0, 4.0, np.nan], [1.0, 2.0, 6.0]]))
    }


@pytest.mark.parametrize("name", ["heat", "temperature"])
def test_simulated_heat_equals_the_electrical_energy_lost(name):
    closures = [float(row["heat_to_loss"]) for row in rows_of(name) if row["status"] != "depleted"]
    assert len(closures) > 60
    assert closures == pytest.approx(np.ones(len(closures)), abs=CLOSURE)


@pytest.mark.parametrize("name", ["heat", "temperature"])
def test_every_row_is_either_a_real_state_or_depleted(name):
    for row in rows_of(name):
        numbers = [float(row[column]) for column in row if column not in ("chemistry", "status", "charged_from_empty")]
        assert row["status"] in ("ok", "voltage-limited", "depleted")
        assert bool(np.isnan(numbers).any()) == (row["status"] == "depleted")


@pytest.mark.parametrize("cell", CELLS)
def test_current_never_cools_a_cell_and_more_current_warms_it_more(cell):
    rise_k = thermal.fine_rises()[cell].values
    steps = np.diff(rise_k, axis=1)
    assert rise_k[np.isfinite(rise_k)].min() > 0
    assert (steps[np.isfinite(steps)] > 0).all()


def test_table_points_come_back_unchanged():
    for row in rows_of("temperature"):
        if row["status"] != "depleted":
            found = cell_temperature(row["chemistry"], float(row["ambient_c"]), float(row["c_rate"]))
            assert found == pytest.approx(float(row["cell_c"]), abs=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_an_idle_cell_is_as_warm_as_the_air(cell):
    assert cell_temperature(cell, np.array([-20.0, 7.0, 50.0]), 0.0) == pytest.approx([-20.0, 7.0, 50.0])


def test_between_points_a_grid_is_bilinear_by_hand(small):
    # at 10 °C and 0.75: a quarter of each corner, (2 + 4 + 1 + 2) / 4 = 2.25
    assert bilinear(small["lfp"], np.array(10.0), np.array(0.75)) == pytest.approx(2.25)


def test_below_the_lowest_rate_the_rise_falls_with_the_square_of_the_current(small):
    # half the lowest rate: a quarter of its rise of 1 K
    assert cell_temperature("lfp", 20.0, 0.25, small) == pytest.approx(20.25)


def test_beyond_the_edges_the_rise_stays_and_the_air_does_not(small):
    assert cell_temperature("lfp", 35.0, 3.0, small) == pytest.approx(35.0 + 6.0)
    assert cell_temperature("lfp", -15.0, 1.0, small) == pytest.approx(-15.0 + 4.0)


def test_a_state_nobody_knows_is_refused_and_its_neighbours_are_not(small):
    with pytest.raises(InputError, match="lower c_rate"):
        cell_temperature("lfp", np.array([10.0, 19.0]), np.array([0.5, 1.5]), small)
    assert cell_temperature("lfp", 20.0, 1.5, small) == pytest.approx(24.0)
    assert cell_temperature("lfp", 0.0, 1.0, small) == pytest.approx(4.0)


def test_refining_keeps_known_points_and_never_crosses_an_unknown_one():
    coarse = Grid(
        np.array([0.0, 10.0, 20.0]), np.array([0.5, 1.0, 2.0]), np.array([[4.0, 8.0, np.nan], [2, 4, 8], [1, 2, 4]])
    )
    fine = refined(coarse)
    assert fine.values[0, 0] == pytest.approx(4.0)
    assert fine.values[-1, -1] == pytest.approx(4.0)
    assert np.isnan(fine.values[:10, -1]).all()
    assert np.isfinite(fine.values[10:, -1]).all()


@pytest.mark.parametrize(("ambient_c", "c_rate"), [(np.nan, 1.0), (20.0, -1.0), (20.0, np.nan)])
def test_gaps_and_negative_rates_are_refused(small, ambient_c, c_rate):
    with pytest.raises(InputError, match="cell temperature"):
        cell_temperature("lfp", ambient_c, c_rate, small)


def test_an_unknown_cell_is_refused(small):
    with pytest.raises(InputError, match="it has lfp"):
        cell_temperature("nmc", 20.0, 1.0, small)


@pytest.mark.parametrize("cell", CELLS)
def test_a_steady_current_warms_a_cell_by_its_heat_over_what_leaves(cell):
    warm_c = step_temperature(cell, np.full(200, 25.0), np.full(200, 0.5), 1.0)[-1]
    assert warm_c - 25.0 == pytest.approx(
        float(heat_w_per_kwh(cell, warm_c, 0.5)) / cooling_w_per_k_kwh(cell), rel=1e-3
    )


@pytest.mark.parametrize("cell", CELLS)
def test_an_hour_of_current_warms_less_than_a_day_of_it_and_then_dies_away(cell):
    burst = np.zeros(48)
    burst[10] = 0.5
    warmed = step_temperature(cell, np.full(48, 25.0), burst, 1.0) - 25.0
    steady = step_temperature(cell, np.full(48, 25.0), np.full(48, 0.5), 1.0)[-1] - 25.0
    assert warmed[:10] == pytest.approx(np.zeros(10), abs=1e-9)
    assert 0 < warmed[11] < warmed[10] < steady
    assert warmed[-1] < 0.01


def test_finer_steps_of_the_same_current_warm_the_same():
    rate = np.where(np.arange(240) % 24 < 4, 0.5, 0.0)
    hourly = step_temperature("lfp", np.full(240, 20.0), rate, 1.0)
    quarters = step_temperature("lfp", np.full(960, 20.0), np.repeat(rate, 4), 0.25)
    assert quarters.reshape(-1, 4).mean(axis=1) == pytest.approx(hourly, abs=0.05)


def test_cold_cells_are_charged_slowly():
    rates = [float(max_charge_c_rate("lfp", t)) for t in (-20.0, -10.0, 0.0, 10.0, 25.0)]
    assert rates[0] == rates[1] < rates[2] < rates[3] < rates[4]
    with pytest.raises(InputError, match="charging table"):
        max_charge_c_rate("lto", 20.0)


def test_the_charging_limit_is_where_the_charge_falls_below_four_fifths_by_hand():
    # 1.0 at 0.5 C and 0.6 at 1 C: 0.8 half way between, 0.75 C.  All above 0.8: the fastest.  Below at once: 0.1 / 0.5 of it.
    def heat(cell_c, *charged):
        return [HeatRow("x", cell_c, c, 1.0, 1.0, 1.0, q, "ok") for c, q in zip((0.5, 1.0), charged, strict=True)]

    rows = charging_rows([*heat(0.0, 1.0, 0.6), *heat(10.0, 1.0, 0.9), *heat(-10.0, 0.0, 0.0)], 0.8)
    assert [row.max_charge_c_rate for row in rows] == [0.75, 1.0, 0.1]


def test_a_missing_table_says_what_to_do(tmp_path):
    with pytest.raises(InputError, match="evplan lookup"):
        read_grids("heat", "cell_c", "heat_w_per_kwh", tmp_path / "absent.csv")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "chemistry,cell_c\nlfp,20\n",
        "chemistry,cell_c,c_rate,heat_w_per_kwh\nlfp,20,1,warm\n",
        "chemistry,cell_c,c_rate,heat_w_per_kwh\nlfp,0,1,2\nlfp,20,2,3\n",
        "chemistry,cell_c,c_rate,heat_w_per_kwh\nlfp,0\n",
        "\xff\xfe\x00",
    ],
)
def test_a_damaged_table_is_refused(tmp_path, text):
    path = tmp_path / "heat.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="evplan lookup"):
        read_grids("heat", "cell_c", "heat_w_per_kwh", path)
