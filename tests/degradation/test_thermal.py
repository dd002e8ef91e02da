"""Cell temperature: the shipped table and its interpolation."""

import csv

import numpy as np
import pytest

from evplan.degradation.thermal import RiseGrid, cell_temperature, load_lookup
from evplan.errors import InputError
from evplan.paths import data_dir

ENERGY_TOLERANCE = 0.02  # heat released against electrical energy lost; see docs/validation-battery.md


@pytest.fixture(scope="module")
def rows():
    with (data_dir() / "degradation" / "thermal_lookup.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def small():
    rise_k = np.array([[0.0, 4.0, np.nan], [0.0, 2.0, 6.0]])
    return {"lfp": RiseGrid(np.array([0.0, 20.0]), np.array([0.0, 1.0, 2.0]), rise_k)}


def test_current_never_cools_a_cell_and_more_current_warms_it_more(chemistry):
    steps = np.diff(load_lookup()[chemistry].rise_k, axis=1)
    assert (steps[np.isfinite(steps)] > 0).all()


def test_a_cold_cell_warms_itself_more_than_a_warm_one(chemistry):
    rise_k = load_lookup()[chemistry].rise_k[:, 1:]
    steps = np.diff(rise_k, axis=0)
    assert (steps[np.isfinite(steps)] < 0).all()


def test_every_row_is_either_a_real_state_or_failed(rows):
    for row in rows:
        numbers = [float(row[name]) for name in ("cell_c", "rise_k", "heat_to_loss")]
        assert row["status"] in ("ok", "voltage-limited", "failed")
        assert np.isnan(numbers).all() == (row["status"] == "failed")


def test_simulated_heat_equals_the_electrical_energy_lost(rows):
    closures = [float(row["heat_to_loss"]) for row in rows if row["status"] != "failed"]
    assert closures == pytest.approx(np.ones(len(closures)), abs=ENERGY_TOLERANCE)


def test_table_points_come_back_unchanged(rows):
    for row in rows:
        if row["status"] != "failed":
            found = cell_temperature(row["chemistry"], float(row["ambient_c"]), float(row["c_rate"]))
            assert found == pytest.approx(float(row["cell_c"]), abs=2e-3)  # both columns carry three decimals


def test_an_idle_cell_is_as_warm_as_the_air(chemistry):
    assert cell_temperature(chemistry, np.array([-20.0, 7.0, 50.0]), 0.0) == pytest.approx([-20.0, 7.0, 50.0])


def test_below_the_lowest_rate_the_rise_falls_to_zero_with_the_current(chemistry):
    # the lowest simulated rate is 0.2 C; at 0.1 C half of its rise is left
    warmed = np.array([cell_temperature(chemistry, 25.0, c_rate) for c_rate in (0.1, 0.2)]) - 25.0
    assert warmed[0] == pytest.approx(warmed[1] / 2)


def test_between_points_the_rise_is_bilinear_by_hand(small):
    # at 10 °C and 0.5 C: a quarter of each corner, (0 + 4 + 0 + 2) / 4 = 1.5 K
    assert cell_temperature("lfp", 10.0, 0.5, small) == pytest.approx(11.5)


def test_beyond_the_edges_the_rise_stays_and_the_air_does_not(small):
    assert cell_temperature("lfp", 35.0, 3.0, small) == pytest.approx(35.0 + 6.0)
    assert cell_temperature("lfp", -15.0, 1.0, small) == pytest.approx(-15.0 + 4.0)


def test_inputs_broadcast(small):
    assert cell_temperature("lfp", np.zeros((3, 1)), np.array([0.0, 0.5]), small).shape == (3, 2)


def test_a_state_nobody_knows_is_refused_and_its_neighbours_are_not(small):
    with pytest.raises(InputError, match="lower c_rate"):
        cell_temperature("lfp", np.array([10.0, 19.0]), np.array([0.5, 1.5]), small)
    assert cell_temperature("lfp", 20.0, 1.5, small) == pytest.approx(24.0)
    assert cell_temperature("lfp", 0.0, 1.0, small) == pytest.approx(4.0)


@pytest.mark.parametrize(("ambient_c", "c_rate"), [(np.nan, 1.0), (20.0, -1.0), (20.0, np.nan)])
def test_gaps_and_negative_rates_are_refused(small, ambient_c, c_rate):
    with pytest.raises(InputError, match="cell temperature"):
        cell_temperature("lfp", ambient_c, c_rate, small)


def test_an_unknown_chemistry_is_refused(small):
    with pytest.raises(InputError, match="it has lfp"):
        cell_temperature("nmc", 20.0, 1.0, small)


def test_a_missing_table_says_what_to_do(tmp_path):
    with pytest.raises(InputError, match="build_lookup"):
        load_lookup(tmp_path / "absent.csv")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "chemistry,ambient_c\nlfp,20\n",
        "chemistry,ambient_c,c_rate,rise_k\nlfp,20,1,warm\n",
        "chemistry,ambient_c,c_rate,rise_k\nlfp,0,1,2\nlfp,20,2,3\n",
        "chemistry,ambient_c,c_rate,rise_k\nlfp,0\n",
    ],
)
def test_a_damaged_table_is_refused(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(InputError, match="build_lookup"):
        load_lookup(path)
